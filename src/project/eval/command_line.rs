//! What the command line gives: argparse, click, typer.

use std::rc::Rc;

use super::super::facts::Const;
use super::value::{Arguments, Function, Obj, ObjectId, Type, Value, dotted};
use super::{Interpreter, Item, Kind};
use crate::syntax::python::{Expr, ast};

impl<'p> Interpreter<'p> {
    /// `argparse`: what an argument is when it is not given is its default.
    pub(super) fn call_parser(
        &mut self,
        id: ObjectId,
        name: &str,
        arguments: &Arguments<'p>,
        call: &'p ast::ExprCall,
    ) -> Value<'p> {
        match name {
            "add_argument" | "add_option" => {
                let flags: Vec<&str> =
                    arguments.positional.iter().filter_map(|passing| passing.value.as_str()).collect();
                let dest = arguments.value("dest", None).and_then(Value::as_str).map(str::to_owned).or_else(|| {
                    let long = flags.iter().find(|flag| flag.starts_with("--")).or_else(|| flags.first())?;
                    Some(long.trim_start_matches('-').replace('-', "_"))
                });
                let Some(dest) = dest else { return Value::unknown() };
                let action = arguments.value("action", None).and_then(Value::as_str).unwrap_or("store").to_owned();
                let default = arguments.value("default", None).cloned();
                let boolean = |value: bool| Value::constant(Const::Bool(value));
                let value = match action.as_str() {
                    "store_true" => Value::command_line(
                        Some(default.unwrap_or_else(|| boolean(false))),
                        Obj::Const(Const::Bool(true)),
                    ),
                    "store_false" => Value::command_line(
                        Some(default.unwrap_or_else(|| boolean(true))),
                        Obj::Const(Const::Bool(false)),
                    ),
                    _ => {
                        let default = default.unwrap_or_else(|| Value::constant(Const::None));
                        Value::command_line(Some(default), Obj::Any(Type::Unknown))
                    }
                };
                // The default decides, so that is what to take away where the whole namespace is passed on.
                let (place, at) = match arguments.keyword("default") {
                    Some(default) => (default.place, default.at),
                    None => (self.place(call), self.place(call)),
                };
                self.put(id, Item { key: Some(Const::Str(dest)), value, place, at });
                Value::unknown()
            }
            "set_defaults" => {
                for (name, passing) in &arguments.keywords {
                    let value = Value::command_line(Some(passing.value.clone()), Obj::Any(Type::Unknown));
                    let item =
                        Item { key: Some(Const::Str(name.to_string())), value, place: passing.place, at: passing.at };
                    self.put(id, item);
                }
                Value::unknown()
            }
            // Arguments of a group or a sub-command end in the same namespace.
            "add_argument_group" | "add_mutually_exclusive_group" | "add_subparsers" | "add_parser" => {
                Value::of(Obj::Object(id))
            }
            "parse_args" | "parse_known_args" => {
                let made = self.place(call);
                let namespace = self.object(Kind::External(Rc::from("argparse.Namespace")), made);
                self.objects[namespace.0].items = self.objects[id.0].items.clone();
                for item in self.objects[id.0].items.clone() {
                    if let Some(Const::Str(name)) = item.key {
                        self.objects[namespace.0].attributes.insert(Rc::from(name), item.value);
                    }
                }
                let namespace = Value::of(Obj::Object(namespace));
                if name == "parse_args" {
                    return namespace;
                }
                let pair = self.object(Kind::Sequence, made);
                for value in [namespace, Value::unknown()] {
                    self.objects[pair.0].items.push(Item { key: None, value, place: made, at: made });
                }
                Value::of(Obj::Object(pair))
            }
            _ => Value::unknown(),
        }
    }

    /// The parameters that click gives a command, by name.
    pub(super) fn click_options(
        &mut self,
        def: &'p ast::StmtFunctionDef,
        function: Function<'p>,
    ) -> Vec<(String, Value<'p>)> {
        let mut options = Vec::new();
        for decorator in &def.decorator_list {
            let Expr::Call(call) = &decorator.expression else { continue };
            let Some(name) = dotted(&call.func) else { continue };
            if !matches!(name.rsplit('.').next(), Some("option" | "argument")) {
                continue;
            }
            let mut flags: Vec<String> = Vec::new();
            for argument in &call.arguments.args {
                if let Expr::StringLiteral(literal) = argument {
                    flags.push(literal.value.to_str().to_owned());
                }
            }
            // `--debug/--no-debug` names its parameter by the first half.
            let long = flags
                .iter()
                .find(|flag| !flag.starts_with('-'))
                .or_else(|| flags.iter().find(|flag| flag.starts_with("--")).or_else(|| flags.first()));
            let Some(long) = long else { continue };
            let first = long.split('/').next().unwrap_or(long);
            let parameter = first.trim_start_matches('-').replace('-', "_").to_lowercase();
            let keyword = |name: &str| {
                call.arguments
                    .keywords
                    .iter()
                    .find(|keyword| keyword.arg.as_ref().is_some_and(|arg| arg.as_str() == name))
            };
            let flag = flags.iter().any(|flag| flag.contains('/'))
                || keyword("is_flag")
                    .is_some_and(|keyword| matches!(&keyword.value, Expr::BooleanLiteral(literal) if literal.value));
            let default = keyword("default").map(|keyword| self.eval_in(function, &keyword.value));
            let value = match (default, flag) {
                (Some(default), true) => Value::command_line(Some(default), Obj::Any(Type::Bool)),
                (Some(default), false) => Value::command_line(Some(default), Obj::Any(Type::Unknown)),
                (None, true) => {
                    Value::command_line(Some(Value::constant(Const::Bool(false))), Obj::Const(Const::Bool(true)))
                }
                (None, false) => Value::command_line(Some(Value::constant(Const::None)), Obj::Any(Type::Unknown)),
            };
            options.push((parameter, value));
        }
        options
    }
}
