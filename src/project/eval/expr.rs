//! Expressions.

use std::rc::Rc;

use super::super::facts::{Const, Passed, Place, Truth};
use super::value::{Alt, Arguments, Code, Function, Obj, ObjectId, Passing, Type, Value};
use super::{Interpreter, Item, Kind, fold};
use crate::syntax::python::{self, Expr, ast};

impl<'p> Interpreter<'p> {
    /// What an expression gives, remembering that it was written there.
    pub(super) fn eval_into(&mut self, expr: &'p Expr) -> Value<'p> {
        let place = self.place(expr);
        self.eval(expr).from(place)
    }

    /// What an expression gives.
    pub(super) fn eval(&mut self, expr: &'p Expr) -> Value<'p> {
        match expr {
            Expr::BooleanLiteral(literal) => Value::constant(Const::Bool(literal.value)).from(self.place(expr)),
            Expr::NoneLiteral(_) => Value::constant(Const::None).from(self.place(expr)),
            Expr::NumberLiteral(literal) => {
                let value = match &literal.value {
                    ast::Number::Int(value) => value.as_i64().map_or(Const::Float(f64::INFINITY), Const::Int),
                    ast::Number::Float(value) => Const::Float(*value),
                    ast::Number::Complex { real, imag } => {
                        Const::Float(if *real == 0.0 && *imag == 0.0 { 0.0 } else { 1.0 })
                    }
                };
                Value::constant(value).from(self.place(expr))
            }
            Expr::StringLiteral(literal) => {
                Value::constant(Const::Str(literal.value.to_str().to_owned())).from(self.place(expr))
            }
            Expr::BytesLiteral(literal) => Value::constant(Const::Bytes(literal.value.bytes().next().is_some())),
            Expr::Name(name) => {
                let here = self.here();
                match self.lookup(here, name.id.as_str()) {
                    Some(value) => (*value).clone(),
                    // Python sets it, and `-O`, which nobody runs Flask with, would turn it off.
                    None if name.id.as_str() == "__debug__" => Value::constant(Const::Bool(true)),
                    None => Value::external(&format!("builtins.{}", name.id)),
                }
            }
            Expr::Attribute(attribute) => {
                let owner = self.eval(&attribute.value);
                self.attribute(&owner, attribute.attr.as_str())
            }
            Expr::Subscript(subscript) => {
                let owner = self.eval(&subscript.value);
                let key = self.eval(&subscript.slice);
                if let (Some(Alt { obj: Obj::External(path), .. }), Some(name)) = (owner.single(), key.as_str())
                    && &**path == "os.environ"
                    && subscript.ctx.is_load()
                {
                    self.note_read(name, self.place(expr), true, None);
                }
                self.item(&owner, &key)
            }
            Expr::Call(call) => self.eval_call(call),
            Expr::BoolOp(boolean) => self.eval_bool_op(boolean),
            Expr::UnaryOp(unary) => {
                let value = self.eval(&unary.operand);
                match unary.op {
                    ast::UnaryOp::Not => self.not(&value),
                    ast::UnaryOp::USub => value.map(|alt| {
                        Value::of(match &alt.obj {
                            Obj::Const(Const::Int(number)) => number
                                .checked_neg()
                                .map_or(Obj::Any(Type::Int), |number| Obj::Const(Const::Int(number))),
                            _ => Obj::Any(Type::Unknown),
                        })
                    }),
                    _ => Value::unknown(),
                }
            }
            Expr::Compare(compare) => self.eval_compare(compare),
            Expr::BinOp(binary) => {
                let left = self.eval(&binary.left);
                let right = self.eval(&binary.right);
                if binary.op == ast::Operator::BitOr
                    && let Some(Alt { obj: Obj::Object(one), .. }) = left.single()
                {
                    return self.merged(*one, &right, self.place(expr));
                }
                match binary.op {
                    ast::Operator::Add => {
                        if let Some(joined) = self.concatenated(&left, &right, self.place(expr)) {
                            return joined;
                        }
                    }
                    ast::Operator::Mod if let Some(format) = left.as_str().map(str::to_owned) => {
                        return self.format_percent(&format, &right);
                    }
                    _ => {}
                }
                left.zip(&right, |one, two| fold::binary(binary.op, one, two))
            }
            Expr::If(conditional) => {
                let test = self.eval(&conditional.test);
                self.optional += 1;
                let one = self.eval(&conditional.body);
                let two = self.eval(&conditional.orelse);
                self.optional -= 1;
                match self.truth(&test) {
                    Truth::Always => one,
                    Truth::Never => two,
                    _ => {
                        // Each outcome holds under the circumstances that make the test so.
                        test.map(|alt| match self.known_truth(&alt.obj) {
                            Some(true) => one.clone(),
                            Some(false) => two.clone(),
                            None => one.clone().or(two.clone()),
                        })
                    }
                }
            }
            Expr::Named(named) => {
                let value = self.eval_into(&named.value);
                if let Expr::Name(name) = &*named.target {
                    let here = self.here();
                    self.set(here, name.id.as_str(), value.clone());
                }
                value
            }
            Expr::Dict(dict) => self.eval_dict(dict),
            Expr::Tuple(ast::ExprTuple { elts, .. })
            | Expr::List(ast::ExprList { elts, .. })
            | Expr::Set(ast::ExprSet { elts, .. }) => self.eval_sequence(elts, self.place(expr)),
            Expr::Lambda(lambda) => Value::of(Obj::Function(Function {
                module: self.module_id(),
                code: Code::Lambda(lambda),
                scope: self.kept_here(),
            })),
            Expr::FString(string) => self.eval_f_string(string),
            Expr::Await(expr) => self.eval(&expr.value),
            Expr::Yield(expr) => {
                let value = expr.value.as_ref().map_or_else(|| Value::constant(Const::None), |value| self.eval(value));
                if let Some(frame) = self.frames.last_mut() {
                    frame.yields = Some(match frame.yields.take() {
                        Some(before) => before.or(value),
                        None => value,
                    });
                }
                Value::unknown()
            }
            Expr::YieldFrom(expr) => {
                self.eval(&expr.value);
                Value::unknown()
            }
            Expr::Starred(starred) => {
                self.eval(&starred.value);
                Value::unknown()
            }
            Expr::ListComp(ast::ExprListComp { elt, generators, .. })
            | Expr::SetComp(ast::ExprSetComp { elt, generators, .. })
            | Expr::Generator(ast::ExprGenerator { elt, generators, .. }) => {
                // Comprehension targets are left unbound: what they give is unknown either way.
                for generator in generators {
                    self.eval(&generator.iter);
                }
                let _ = elt;
                Value::unknown()
            }
            Expr::DictComp(_)
            | Expr::TString(_)
            | Expr::EllipsisLiteral(_)
            | Expr::Slice(_)
            | Expr::IpyEscapeCommand(_) => Value::unknown(),
        }
    }

    /// Python's truth of a thing, where it is known.
    pub(super) fn known_truth(&self, obj: &Obj<'p>) -> Option<bool> {
        match obj {
            Obj::Const(value) => Some(value.truth()),
            Obj::Any(_) | Obj::Starts(_) | Obj::External(_) | Obj::Member(..) | Obj::ValueMember(..) => None,
            Obj::Object(_) => self.truth_of(obj),
            _ => Some(true),
        }
    }

    fn not(&self, value: &Value<'p>) -> Value<'p> {
        value.map(|alt| {
            Value::of(match self.known_truth(&alt.obj) {
                Some(truth) => Obj::Const(Const::Bool(!truth)),
                None => Obj::Any(Type::Bool),
            })
        })
    }

    fn eval_bool_op(&mut self, boolean: &'p ast::ExprBoolOp) -> Value<'p> {
        let mut values = boolean.values.iter();
        let Some(first) = values.next() else { return Value::unknown() };
        let mut result = self.eval(first);
        for next in values {
            self.optional += 1;
            let right = self.eval(next);
            self.optional -= 1;
            // `or` keeps the first that is true, `and` the first that is not.
            let keeps = boolean.op == ast::BoolOp::Or;
            result = result.map(|alt| match self.known_truth(&alt.obj) {
                Some(truth) if truth == keeps => Value(vec![alt.clone()]),
                Some(_) => right.clone(),
                None => Value(vec![alt.clone()]).or(right.clone()),
            });
        }
        result
    }

    fn eval_compare(&mut self, compare: &'p ast::ExprCompare) -> Value<'p> {
        let mut left = self.eval(&compare.left);
        let mut result: Option<Value<'p>> = None;
        for (op, comparator) in compare.ops.iter().zip(&*compare.comparators) {
            let right = self.eval(comparator);
            let step = self.compare(*op, &left, &right, self.place(compare));
            result = Some(match result {
                None => step,
                Some(before) => before.zip(&step, |one, two| match (one, two) {
                    (Obj::Const(Const::Bool(one)), Obj::Const(Const::Bool(two))) => {
                        Obj::Const(Const::Bool(*one && *two))
                    }
                    _ => Obj::Any(Type::Bool),
                }),
            });
            left = right;
        }
        result.unwrap_or_else(Value::unknown)
    }

    fn compare(&mut self, op: ast::CmpOp, left: &Value<'p>, right: &Value<'p>, place: Place) -> Value<'p> {
        if matches!(op, ast::CmpOp::In | ast::CmpOp::NotIn) {
            let inside = op == ast::CmpOp::In;
            match right.single().map(|alt| &alt.obj) {
                Some(Obj::Object(id)) => {
                    let object = &self.objects[id.0];
                    let keys: Option<Vec<Const>> = object
                        .items
                        .iter()
                        .map(|item| match object.kind {
                            Kind::Sequence => item.value.as_const().cloned(),
                            _ => item.key.clone(),
                        })
                        .collect();
                    let (open, keys) = (object.open, keys);
                    return left.map(|alt| {
                        Value::of(match (&alt.obj, &keys) {
                            (Obj::Const(value), Some(keys)) => {
                                let found = keys.iter().any(|key| fold::equal(key, value));
                                if found || !open {
                                    Obj::Const(Const::Bool(found == inside))
                                } else {
                                    Obj::Any(Type::Bool)
                                }
                            }
                            _ => Obj::Any(Type::Bool),
                        })
                    });
                }
                // What the user said on the command line or in the environment is not there by default.
                Some(Obj::External(path)) if &**path == "sys.argv" => {
                    let default = Value::constant(Const::Bool(!inside));
                    return Value::command_line(Some(default), Obj::Const(Const::Bool(inside)));
                }
                Some(Obj::External(path)) if &**path == "os.environ" => {
                    if let Some(name) = left.as_str() {
                        let default = Value::constant(Const::Bool(!inside));
                        let name = name.to_owned();
                        self.note_asked(&name, place);
                        if self.given(&name, Type::Str).is_some() {
                            return Value::constant(Const::Bool(inside));
                        }
                        return Value::environment(&name, Some(default), Type::Bool);
                    }
                }
                _ => {}
            }
        }
        left.zip(right, |one, two| fold::compare(op, one, two))
    }

    fn eval_f_string(&mut self, string: &'p ast::ExprFString) -> Value<'p> {
        let mut result = Value::constant(Const::Str(String::new()));
        for part in &string.value {
            match part {
                ast::FStringPart::Literal(literal) => {
                    let text = Value::constant(Const::Str(literal.value.to_string()));
                    result = result.zip(&text, |one, two| fold::binary(ast::Operator::Add, one, two));
                }
                ast::FStringPart::FString(string) => {
                    for element in &string.elements {
                        let text = match element {
                            ast::InterpolatedStringElement::Literal(literal) => {
                                Value::constant(Const::Str(literal.value.to_string()))
                            }
                            ast::InterpolatedStringElement::Interpolation(interpolated) => {
                                as_text(&self.eval(&interpolated.expression))
                            }
                        };
                        result = result.zip(&text, |one, two| fold::binary(ast::Operator::Add, one, two));
                    }
                }
            }
        }
        result
    }

    fn eval_dict(&mut self, dict: &'p ast::ExprDict) -> Value<'p> {
        let id = self.object(Kind::Dict, self.place(dict));
        for item in &dict.items {
            let value = self.eval_into(&item.value);
            let Some(key) = &item.key else {
                // `{**other}`
                self.merge_into(id, &value, self.place(&item.value));
                continue;
            };
            let whole = Place {
                module: self.module_id(),
                span: crate::source::Span::new(python::span(key).start, python::span(&item.value).end),
            };
            let at = self.place(&item.value);
            let key = self.eval(key);
            match key.as_const() {
                Some(key) => self.put(id, Item { key: Some(key.clone()), value, place: whole, at }),
                None => self.objects[id.0].open = true,
            }
        }
        Value::of(Obj::Object(id))
    }

    fn eval_sequence(&mut self, elements: &'p [Expr], made: Place) -> Value<'p> {
        let id = self.object(Kind::Sequence, made);
        for element in elements {
            if let Expr::Starred(starred) = element {
                let value = self.eval(&starred.value);
                let more = match value.single() {
                    Some(Alt { obj: Obj::Object(other), .. })
                        if matches!(self.objects[other.0].kind, Kind::Sequence) =>
                    {
                        Some((self.objects[other.0].items.clone(), self.objects[other.0].open))
                    }
                    _ => None,
                };
                match more {
                    Some((items, open)) => {
                        self.objects[id.0].items.extend(items);
                        self.objects[id.0].open |= open;
                    }
                    None => self.objects[id.0].open = true,
                }
                continue;
            }
            let value = self.eval_into(element);
            let place = self.place(element);
            self.objects[id.0].items.push(Item { key: None, value, place, at: place });
        }
        Value::of(Obj::Object(id))
    }

    /// A new sequence of two; `None` where they are none.
    fn concatenated(&mut self, one: &Value<'p>, two: &Value<'p>, made: Place) -> Option<Value<'p>> {
        let sequence = |this: &Self, value: &Value<'p>| match value.single()?.obj {
            Obj::Object(id) if matches!(this.objects[id.0].kind, Kind::Sequence) => Some(id),
            _ => None,
        };
        let (one, two) = (sequence(self, one)?, sequence(self, two)?);
        let id = self.object(Kind::Sequence, made);
        for part in [one, two] {
            let (items, open) = (self.objects[part.0].items.clone(), self.objects[part.0].open);
            self.objects[id.0].items.extend(items);
            self.objects[id.0].open |= open;
        }
        Some(Value::of(Obj::Object(id)))
    }

    /// `"config.%sConfig" % name`
    fn format_percent(&self, format: &str, given: &Value<'p>) -> Value<'p> {
        let parts = match given.single() {
            Some(Alt { obj: Obj::Object(id), .. }) if matches!(self.objects[id.0].kind, Kind::Sequence) => {
                self.objects[id.0].items.iter().map(|item| item.value.clone()).collect()
            }
            _ => vec![given.clone()],
        };
        let pieces: Vec<&str> = format.split("%s").collect();
        if pieces.len() != parts.len() + 1 || format.replace("%s", "").contains('%') {
            return Value::any(Type::Str);
        }
        interleaved(&pieces, &parts)
    }

    /// `"config.{}Config".format(name)`; `None` where the braces hold more than that.
    pub(super) fn format_braces(&self, format: &str, arguments: &Arguments<'p>) -> Option<Value<'p>> {
        let mut pieces = Vec::new();
        let mut parts = Vec::new();
        let mut rest = format;
        while let Some((before, behind)) = rest.split_once('{') {
            let (field, behind) = behind.split_once('}')?;
            let value = match field.parse::<usize>() {
                Ok(at) => arguments.positional.get(at),
                Err(_) if field.is_empty() => arguments.positional.get(parts.len()),
                Err(_) => arguments.keyword(field),
            };
            pieces.push(before);
            parts.push(value?.value.clone());
            rest = behind;
        }
        pieces.push(rest);
        Some(interleaved(&pieces, &parts))
    }

    /// A new dictionary of two.
    fn merged(&mut self, one: ObjectId, other: &Value<'p>, place: Place) -> Value<'p> {
        let id = self.object(Kind::Dict, place);
        let (items, open) = (self.objects[one.0].items.clone(), self.objects[one.0].open);
        self.objects[id.0].items = items;
        self.objects[id.0].open = open;
        self.merge_into(id, other, place);
        Value::of(Obj::Object(id))
    }

    /// The arguments of a call.
    pub(super) fn arguments(&mut self, list: &'p ast::Arguments) -> Arguments<'p> {
        let mut arguments = Arguments::default();
        for (index, argument) in list.args.iter().enumerate() {
            if let Expr::Starred(starred) = argument {
                let value = self.eval(&starred.value);
                self.spread(&value, &mut arguments);
                continue;
            }
            let value = self.eval(argument);
            let place = self.place(argument);
            let passed = if arguments.open { Passed::Element } else { Passed::Positional(index) };
            arguments.positional.push(Passing { value, passed, place, at: place });
        }
        for keyword in &list.keywords {
            let value = self.eval(&keyword.value);
            match &keyword.arg {
                Some(name) => {
                    let passing = Passing {
                        value,
                        passed: Passed::Keyword,
                        place: self.place(keyword),
                        at: self.place(&keyword.value),
                    };
                    arguments.keywords.push((Rc::from(name.as_str()), passing));
                }
                None => self.spread_mapping(&value, &mut arguments),
            }
        }
        arguments
    }

    /// `*value`
    pub(super) fn spread(&self, value: &Value<'p>, arguments: &mut Arguments<'p>) {
        match value.single().map(|alt| &alt.obj) {
            Some(Obj::Object(id)) if matches!(self.objects[id.0].kind, Kind::Sequence) => {
                for item in &self.objects[id.0].items {
                    arguments.positional.push(Passing {
                        value: item.value.clone(),
                        passed: Passed::Element,
                        place: item.place,
                        at: item.at,
                    });
                }
                arguments.open |= self.objects[id.0].open;
            }
            _ => arguments.open = true,
        }
    }

    /// `**value`
    pub(super) fn spread_mapping(&self, value: &Value<'p>, arguments: &mut Arguments<'p>) {
        match value.single().map(|alt| &alt.obj) {
            Some(Obj::Object(id)) if matches!(self.objects[id.0].kind, Kind::Dict) => {
                for item in &self.objects[id.0].items {
                    if let Some(Const::Str(name)) = &item.key {
                        arguments.keywords.push((
                            Rc::from(name.as_str()),
                            Passing { value: item.value.clone(), passed: Passed::Item, place: item.place, at: item.at },
                        ));
                    }
                }
                arguments.open |= self.objects[id.0].open;
            }
            _ => arguments.open = true,
        }
    }
}

/// Texts with values between them, each as `str` gives it.
fn interleaved<'p>(pieces: &[&str], parts: &[Value<'p>]) -> Value<'p> {
    let text = |text: &str| Value::constant(Const::Str(text.to_owned()));
    let add = |one: &Value<'p>, two: &Value<'p>| one.zip(two, |one, two| fold::binary(ast::Operator::Add, one, two));
    let mut result = text(pieces.first().copied().unwrap_or_default());
    for (part, piece) in parts.iter().zip(pieces.iter().skip(1)) {
        result = add(&add(&result, &as_text(part)), &text(piece));
    }
    result
}

/// `str(value)`
fn as_text<'p>(value: &Value<'p>) -> Value<'p> {
    value.map(|alt| {
        Value::of(match &alt.obj {
            Obj::Const(value) => fold::convert("str", value).map_or(Obj::Any(Type::Str), Obj::Const),
            Obj::Starts(_) => alt.obj.clone(),
            _ => Obj::Any(Type::Str),
        })
    })
}
