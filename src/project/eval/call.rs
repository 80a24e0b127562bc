//! Calls, attributes and items.

use std::rc::Rc;

use super::super::facts::{Const, Passed, Place, When};
use super::super::modules::ModuleId;
use super::needs::SECRET_KEY;
use super::value::{Alt, Arguments, ClassId, Code, Function, Obj, ObjectId, Passing, Type, Value, dotted};
use super::{Flow, Frame, Interpreter, Item, Kind, MAX_DEPTH, MAX_WALKS, Owner, address, nowhere, paths};
use crate::source::ProjectPath;
use crate::syntax::python::{Expr, Stmt, ast};

impl<'p> Interpreter<'p> {
    pub(super) fn eval_call(&mut self, call: &'p ast::ExprCall) -> Value<'p> {
        let callee = self.eval(&call.func);
        if let Some(Alt { obj: Obj::External(path), .. }) = callee.single()
            && &**path == "builtins.super"
        {
            return self.super_object(call);
        }
        let arguments = self.arguments(&call.arguments);
        self.call(&callee, &arguments, call)
    }

    /// What calling something gives. `call` is the call expression that is the cause.
    pub(super) fn call(&mut self, callee: &Value<'p>, arguments: &Arguments<'p>, call: &'p ast::ExprCall) -> Value<'p> {
        let mut result: Option<Value<'p>> = None;
        for alt in callee.0.clone() {
            let given = self.under(alt.when, |this| this.call_one(&alt, arguments, call)).under(alt.when);
            result = Some(match result {
                Some(before) => before.or(given),
                None => given,
            });
        }
        result.unwrap_or_else(Value::unknown)
    }

    fn call_one(&mut self, callee: &Alt<'p>, arguments: &Arguments<'p>, call: &'p ast::ExprCall) -> Value<'p> {
        match &callee.obj {
            Obj::Function(function) => self.call_function(*function, None, arguments),
            Obj::Method(receiver, function) => self.call_function(*function, Some(*receiver), arguments),
            Obj::Class(class) => self.instantiate(*class, arguments, call),
            Obj::Partial(partial) => {
                let mut all = partial.arguments.clone();
                all.positional.extend(arguments.positional.iter().cloned());
                all.keywords.extend(arguments.keywords.iter().cloned());
                all.open |= arguments.open;
                let function = partial.function.clone();
                self.call(&function, &all, call)
            }
            Obj::External(path) => self.call_external(&Rc::clone(path), arguments, call),
            Obj::Member(id, name) => self.call_member(*id, &Rc::clone(name), arguments, call),
            Obj::ValueMember(alt, name) => {
                self.note_path_method(alt, name, arguments, self.place(call));
                self.call_value_member(alt, name, arguments)
            }
            Obj::Object(id) => self.call_object(*id, arguments, call),
            Obj::Const(_) | Obj::Any(_) | Obj::Starts(_) | Obj::Module(_) => Value::unknown(),
        }
    }

    /// Walks the body of a function with these arguments.
    pub(super) fn call_function(
        &mut self,
        function: Function<'p>,
        receiver: Option<ObjectId>,
        arguments: &Arguments<'p>,
    ) -> Value<'p> {
        let code = address(function.code);
        if self.frames.len() > MAX_DEPTH || self.frames.iter().any(|frame| frame.code == Some(code)) {
            return Value::unknown();
        }
        if let Some((walks, result)) = self.walked.get(&code)
            && *walks >= MAX_WALKS
        {
            return result.clone();
        }
        let blind = self.blind_call(function, receiver, arguments);
        if let Some(known) = blind.and_then(|call| self.blind.get(&call)) {
            return known.clone();
        }
        let scope = self.scope(Owner::Function, function.module, Some(function.scope));
        match function.code {
            Code::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    self.bind(scope, function, parameters, receiver, arguments);
                }
            }
            Code::Def(def) => {
                let receiver = receiver.filter(|_| !has_decorator(def, "staticmethod"));
                self.bind(scope, function, &def.parameters, receiver, arguments);
            }
        }
        self.frames.push(Frame { scope, returns: None, yields: None, entered: self.when, code: Some(code) });
        let result = match function.code {
            Code::Lambda(lambda) => self.eval(&lambda.body),
            Code::Def(def) => {
                let flow = self.walk_block(&def.body);
                let returns = self.frames.last_mut().and_then(|frame| frame.returns.take());
                let yields = self.frames.last_mut().and_then(|frame| frame.yields.take());
                match (returns, flow) {
                    // What a `with` statement gets of it; other generators are not followed.
                    _ if let Some(yields) = yields => {
                        let managed = has_decorator(def, "contextmanager") || has_decorator(def, "asynccontextmanager");
                        if managed { yields } else { Value::unknown() }
                    }
                    (Some(value), Flow::Left) => value,
                    (Some(value), Flow::Through) => value.or(Value::constant(Const::None)),
                    (None, _) => Value::constant(Const::None),
                }
            }
        };
        self.frames.pop();
        self.forget(scope);
        let entry = self.walked.entry(code).or_insert_with(|| (0, Value::unknown()));
        entry.0 += 1;
        entry.1 = result.clone();
        if let Some(call) = blind {
            self.blind.insert(call, result.clone());
        }
        result
    }

    /// What a call is known by that can tell nothing new: one of a function that tells nothing, with
    /// arguments of which nothing is known.
    fn blind_call(
        &mut self,
        function: Function<'p>,
        receiver: Option<ObjectId>,
        arguments: &Arguments<'p>,
    ) -> Option<(usize, Option<Place>)> {
        let is_unknown =
            |passing: &Passing<'p>| passing.value.0.iter().all(|alt| matches!(alt.obj, Obj::Any(_) | Obj::Starts(_)));
        let nothing_known = arguments.positional.iter().all(is_unknown)
            && arguments.keywords.iter().all(|(_, passing)| is_unknown(passing));
        (self.resting && nothing_known && self.is_idle(function))
            .then(|| (address(function.code), receiver.map(|id| self.objects[id.0].made)))
    }

    /// Gives the parameters of a function their values.
    fn bind(
        &mut self,
        scope: super::ScopeId,
        function: Function<'p>,
        parameters: &'p ast::Parameters,
        receiver: Option<ObjectId>,
        arguments: &Arguments<'p>,
    ) {
        let options = match function.code {
            Code::Def(def) => self.click_options(def, function),
            Code::Lambda(_) => Vec::new(),
        };
        let mut positional = arguments.positional.iter();
        let mut receiver = receiver;
        let mut named: Vec<&str> = Vec::new();
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args) {
            let name = parameter.parameter.name.as_str();
            named.push(name);
            let value = if let Some(object) = receiver.take() {
                Value::of(Obj::Object(object))
            } else if let Some(passing) = positional.next() {
                passing.value.clone()
            } else {
                self.parameter(function, parameter, arguments, &options)
            };
            self.set(scope, name, value);
        }
        for parameter in &parameters.kwonlyargs {
            named.push(parameter.parameter.name.as_str());
            let value = self.parameter(function, parameter, arguments, &options);
            self.set(scope, parameter.parameter.name.as_str(), value);
        }
        if let Some(rest) = &parameters.vararg {
            let id = self.object(Kind::Sequence, nowhere(function.module));
            self.objects[id.0].items = positional
                .map(|passing| Item { key: None, value: passing.value.clone(), place: passing.place, at: passing.at })
                .collect();
            self.objects[id.0].open = arguments.open;
            self.set(scope, rest.name.as_str(), Value::of(Obj::Object(id)));
        }
        if let Some(rest) = &parameters.kwarg {
            let id = self.object(Kind::Dict, nowhere(function.module));
            self.objects[id.0].items = arguments
                .keywords
                .iter()
                .filter(|(name, _)| !named.contains(&&**name))
                .map(|(name, passing)| Item {
                    key: Some(Const::Str(name.to_string())),
                    value: passing.value.clone(),
                    place: passing.place,
                    at: passing.at,
                })
                .collect();
            self.objects[id.0].open = arguments.open;
            self.set(scope, rest.name.as_str(), Value::of(Obj::Object(id)));
        }
    }

    /// The value of a parameter that is not given by position.
    fn parameter(
        &mut self,
        function: Function<'p>,
        parameter: &'p ast::ParameterWithDefault,
        arguments: &Arguments<'p>,
        options: &[(String, Value<'p>)],
    ) -> Value<'p> {
        let name = parameter.parameter.name.as_str();
        if let Some(passing) = arguments.keyword(name) {
            return passing.value.clone();
        }
        if let Some((_, value)) = options.iter().find(|(option, _)| option == name) {
            return value.clone();
        }
        let default = parameter.default.as_ref().map(|expr| self.eval_in(function, expr));
        match default {
            Some(default) if arguments.open => default.or(Value::unknown()),
            Some(default) => default,
            None => {
                let annotated = parameter.parameter.annotation.as_ref().map(|expr| self.eval_in(function, expr));
                match annotated.as_ref().and_then(|value| value.single()).map(|alt| &alt.obj) {
                    Some(Obj::External(path)) if super::super::frameworks::is_app(path) => {
                        Value::of(Obj::Object(self.the_current_app()))
                    }
                    _ => Value::unknown(),
                }
            }
        }
    }

    /// Evaluates an expression where a function is defined.
    pub(super) fn eval_in(&mut self, function: Function<'p>, expr: &'p Expr) -> Value<'p> {
        self.frames.push(Frame { scope: function.scope, returns: None, yields: None, entered: self.when, code: None });
        let value = self.eval_into(expr);
        self.frames.pop();
        value
    }

    /// Arguments for a function that nothing in the project calls: what its defaults say.
    pub(super) fn assumed_arguments(&mut self, _: Function<'p>, _: bool) -> Arguments<'p> {
        Arguments::default()
    }

    /// The object whose method a function is, for a method that nothing calls.
    pub(super) fn receiver_of(&mut self, function: Function<'p>) -> Option<ObjectId> {
        let class = *self.classes_by_scope.get(&function.scope)?;
        let module = self.classes[class.0].module;
        let made = Place { module, span: crate::syntax::python::span(self.classes[class.0].def) };
        let id = self.object(Kind::Instance(class), made);
        if let Some((_, init)) = self.class_function(class, "__init__")
            && address(init.code) != address(function.code)
        {
            self.call_function(init, Some(id), &Arguments::default());
        }
        Some(id)
    }

    /// A new instance of a class of the project.
    fn instantiate(&mut self, class: ClassId, arguments: &Arguments<'p>, call: &'p ast::ExprCall) -> Value<'p> {
        let made = self.place(call);
        let id = self.object(Kind::Instance(class), made);
        match self.class_function(class, "__init__") {
            Some((_, init)) => {
                self.call_function(init, Some(id), arguments);
            }
            None => {
                // A dataclass, a named tuple: positional arguments are its fields in order.
                for (name, passing) in self.fields(class, 0).into_iter().zip(&arguments.positional) {
                    self.objects[id.0].attributes.insert(Rc::from(name), passing.value.clone());
                }
                for (name, passing) in &arguments.keywords {
                    self.objects[id.0].attributes.insert(Rc::clone(name), passing.value.clone());
                }
                if let Some(path) = self.external_class(id)
                    && is_thread(&path)
                {
                    self.call_external(&path, arguments, call);
                }
                self.construct_external(id, arguments, call);
            }
        }
        Value::of(Obj::Object(id))
    }

    /// The annotated names of a class body, those of its bases first.
    fn fields(&self, class: ClassId, depth: usize) -> Vec<&'p str> {
        let mut fields = Vec::new();
        if depth < MAX_DEPTH {
            for alt in self.classes[class.0].bases.iter().flat_map(|base| &base.0) {
                if let Obj::Class(base) = alt.obj {
                    fields.extend(self.fields(base, depth + 1));
                }
            }
        }
        let def: &'p ast::StmtClassDef = self.classes[class.0].def;
        for stmt in &def.body {
            if let Stmt::AnnAssign(assign) = stmt
                && let Expr::Name(name) = &*assign.target
                && !fields.contains(&name.id.as_str())
            {
                fields.push(name.id.as_str());
            }
        }
        fields
    }

    /// `super()`: the object, with what its class inherits.
    fn super_object(&mut self, call: &'p ast::ExprCall) -> Value<'p> {
        let Some(frame) = self.frames.iter().rev().find(|frame| frame.code.is_some()) else { return Value::unknown() };
        let scope = frame.scope;
        let Some(parent) = self.scopes[scope.0].parent else { return Value::unknown() };
        let Some(class) = self.classes_by_scope.get(&parent).copied() else { return Value::unknown() };
        let code = self.scopes[scope.0].vars.get("self").cloned();
        let Some(Alt { obj: Obj::Object(of), .. }) = code.as_ref().and_then(|value| value.single()) else {
            return Value::unknown();
        };
        let made = self.place(call);
        let id = self.object(Kind::Super { of: *of, class }, made);
        Value::of(Obj::Object(id))
    }

    /// A function found on a class or what it inherits from.
    pub(super) fn class_function(&self, class: ClassId, name: &str) -> Option<(ClassId, Function<'p>)> {
        let (owner, Value(alts)) = self.class_attribute(class, name, 0)?;
        alts.iter().find_map(|alt| match alt.obj {
            Obj::Function(function) => Some((owner, function)),
            _ => None,
        })
    }

    /// An attribute of a class or of what it inherits from in the project, and whose it is.
    pub(super) fn class_attribute(&self, class: ClassId, name: &str, depth: usize) -> Option<(ClassId, Value<'p>)> {
        let data = &self.classes[class.0];
        if let Some(value) = self.scopes[data.scope.0].vars.get(name) {
            return Some((class, (**value).clone()));
        }
        if depth > MAX_DEPTH {
            return None;
        }
        data.bases.iter().flat_map(|base| &base.0).find_map(|alt| match alt.obj {
            Obj::Class(base) => self.class_attribute(base, name, depth + 1),
            _ => None,
        })
    }

    // Attributes.

    /// `owner.name`
    pub(super) fn attribute(&mut self, owner: &Value<'p>, name: &'p str) -> Value<'p> {
        let mut result: Option<Value<'p>> = None;
        for alt in &owner.0 {
            let mut value = self.attribute_of(alt, name).under(alt.when);
            for made in &mut value.0 {
                if made.variable.is_none() {
                    made.variable.clone_from(&alt.variable);
                }
            }
            result = Some(match result {
                Some(before) => before.or(value),
                None => value,
            });
        }
        result.unwrap_or_else(Value::unknown)
    }

    pub(super) fn attribute_of(&mut self, owner: &Alt<'p>, name: &str) -> Value<'p> {
        match &owner.obj {
            // `Path(__file__).parent`
            Obj::Const(Const::Str(text)) if name == "parent" && paths::is_own(text) => {
                Value::of(paths::call(name, &[text]).map_or(Obj::Any(Type::Str), |path| Obj::Const(Const::Str(path))))
            }
            Obj::Const(_) | Obj::Any(_) | Obj::Starts(_) => {
                Value::of(Obj::ValueMember(Box::new(owner.clone()), Rc::from(name)))
            }
            Obj::External(path) if is_current_app(path) => {
                let app = self.the_current_app();
                self.object_attribute(app, name)
            }
            Obj::External(path) => Value::external(&format!("{path}.{name}")),
            Obj::Module(id) => self.module_attribute(*id, name),
            Obj::Class(class) => match self.class_attribute(*class, name, 0) {
                Some((_, value)) => self.bind_class_method(*class, value),
                None => match self.external_base(*class, 0) {
                    Some(path) => Value::external(&format!("{path}.{name}")),
                    None => Value::unknown(),
                },
            },
            Obj::Object(id) => self.object_attribute(*id, name),
            // What click makes of a command keeps the function as `callback`.
            Obj::Function(function) if name == "callback" => Value::of(Obj::Function(*function)),
            Obj::Function(_) | Obj::Method(..) | Obj::Member(..) | Obj::ValueMember(..) | Obj::Partial(_) => {
                Value::unknown()
            }
        }
    }

    /// `Class.method` of a class method has the class as its first argument.
    fn bind_class_method(&self, class: ClassId, value: Value<'p>) -> Value<'p> {
        if let Some(Alt { obj: Obj::Function(Function { code: Code::Def(def), .. }), .. }) = value.single()
            && has_decorator(def, "classmethod")
        {
            let place = nowhere(self.classes[class.0].module);
            let first =
                Passing { value: Value::of(Obj::Class(class)), passed: Passed::Positional(0), place, at: place };
            let arguments = Arguments { positional: vec![first], ..Arguments::default() };
            return Value::of(Obj::Partial(Rc::new(super::value::Partial { function: value, arguments })));
        }
        value
    }

    fn module_attribute(&mut self, id: ModuleId, name: &str) -> Value<'p> {
        let scope = self.import(id);
        if let Some(value) = self.lookup(scope, name) {
            return (*value).clone();
        }
        let path = self.project.module(id).path();
        if path.name() == "__init__.py" {
            for file in [format!("{name}.py"), format!("{name}/__init__.py")] {
                if let Some(module) = self.project.by_path(&ProjectPath::in_dir(path.dir(), &file)) {
                    self.import(module);
                    return Value::of(Obj::Module(module));
                }
            }
        }
        Value::unknown()
    }

    pub(super) fn object_attribute(&mut self, id: ObjectId, name: &str) -> Value<'p> {
        if let Kind::Super { of, class } = self.objects[id.0].kind {
            let bases = self.classes[class.0].bases.clone();
            for alt in bases.iter().flat_map(|base| &base.0) {
                if let Obj::Class(base) = alt.obj
                    && let Some((_, function)) = self.class_function(base, name)
                {
                    return Value::of(Obj::Method(of, function));
                }
            }
            return Value::of(Obj::Member(of, Rc::from(name)));
        }
        if let Some(value) = self.objects[id.0].attributes.get(name) {
            return value.clone();
        }
        if let Kind::Instance(class) = self.objects[id.0].kind
            && let Some((_, value)) = self.class_attribute(class, name, 0)
        {
            if let Some(Alt { obj: Obj::Function(function), .. }) = value.single() {
                let function = *function;
                return match function.code {
                    Code::Def(def) if has_decorator(def, "property") || has_decorator(def, "cached_property") => {
                        self.call_function(function, Some(id), &Arguments::default())
                    }
                    Code::Def(def) if has_decorator(def, "staticmethod") => Value::of(Obj::Function(function)),
                    Code::Def(def) if has_decorator(def, "classmethod") => self.bind_class_method(class, value),
                    _ => Value::of(Obj::Method(id, function)),
                };
            }
            return self.class_field(id, name, value);
        }
        if self.is_flask(id) {
            match name {
                "config" => return Value::of(Obj::Object(self.config_of(id))),
                "debug" => {
                    let config = self.config_of(id);
                    return self.config_value(config, "DEBUG");
                }
                "wsgi_app" => return Value::of(Obj::Object(id)),
                "root_path" | "instance_path" => return self.app_folder(id, name == "instance_path"),
                _ => {}
            }
        }
        if name == "__dict__" {
            return self.attributes_as_items(id);
        }
        if let Some(value) = self.framework_attribute(id, name) {
            return value;
        }
        Value::of(Obj::Member(id, Rc::from(name)))
    }

    /// `owner.name = value`
    pub(super) fn set_attribute(
        &mut self,
        owner: &Value<'p>,
        name: &'p str,
        value: &Value<'p>,
        place: Place,
        at: Place,
    ) {
        for alt in owner.0.clone() {
            match alt.obj {
                Obj::Object(id) => self.set_object_attribute(id, name, value, place, at),
                Obj::External(path) if is_current_app(&path) => {
                    let app = self.the_current_app();
                    self.set_object_attribute(app, name, value, place, at);
                }
                Obj::Class(class) => {
                    let scope = self.classes[class.0].scope;
                    self.set(scope, name, value.clone());
                }
                Obj::Module(id) => {
                    let scope = self.import(id);
                    self.set(scope, name, value.clone());
                }
                _ => {}
            }
        }
    }

    pub(super) fn set_object_attribute(
        &mut self,
        id: ObjectId,
        name: &str,
        value: &Value<'p>,
        place: Place,
        at: Place,
    ) {
        if name == "debug" && self.is_flask(id) {
            self.write_app_debug(id, value, place, at);
            return;
        }
        if name == "secret_key" && self.is_flask(id) {
            let config = self.config_of(id);
            let key = Some(Const::Str(SECRET_KEY.to_owned()));
            self.put(config, Item { key, value: value.clone(), place, at });
        }
        if matches!(self.objects[id.0].kind, Kind::Config) {
            // `app.config.DEBUG = True` sets an attribute of a dictionary, which Flask never reads.
            return;
        }
        let when = self.when;
        let attributes = &mut self.objects[id.0].attributes;
        let value = match attributes.get(name) {
            Some(before) if when > When::Default => before.clone().or(value.clone().under(when)),
            _ => value.clone(),
        };
        attributes.insert(Rc::from(name), value);
    }
}

/// Whether a function has a decorator whose last name is this.
pub(super) fn has_decorator(def: &ast::StmtFunctionDef, name: &str) -> bool {
    def.decorator_list
        .iter()
        .any(|decorator| dotted(&decorator.expression).is_some_and(|dotted| dotted.rsplit('.').next() == Some(name)))
}

/// The same, with or without arguments for the decorator: `@app.cli.command("serve")`.
pub(super) fn is_decorated(def: &ast::StmtFunctionDef, name: &str) -> bool {
    def.decorator_list.iter().any(|decorator| {
        let decorator = match &decorator.expression {
            Expr::Call(call) => &*call.func,
            plain => plain,
        };
        dotted(decorator).is_some_and(|dotted| dotted.rsplit('.').next() == Some(name))
    })
}

/// The classes that run a function in a thread or process of its own.
fn is_thread(path: &str) -> bool {
    matches!(path, "threading.Thread" | "multiprocessing.Process")
}

/// `flask.current_app` stands for the app of the project.
pub(super) fn is_current_app(path: &str) -> bool {
    path == "flask.current_app"
}
