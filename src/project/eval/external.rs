//! What functions from outside the project do: builtins, the environment, the command line, and
//! the libraries that read settings.

use std::rc::Rc;

use super::super::facts::Const;
use super::super::frameworks::{self, Role};
use super::given::FILED;
use super::readers::{SECTION, strtobool};
use super::stmt::NEVER;
use super::value::{Alt, Arguments, Obj, ObjectId, Partial, Passing, Type, Value};
use super::{Interpreter, Item, Kind, fold, paths};
use crate::syntax::python::ast;

impl<'p> Interpreter<'p> {
    /// A call of something from outside the project.
    pub(super) fn call_external(
        &mut self,
        path: &str,
        arguments: &Arguments<'p>,
        call: &'p ast::ExprCall,
    ) -> Value<'p> {
        if let Some(given) = self.call_file_function(path, arguments, call) {
            return given;
        }
        if let Some(builtin) = path.strip_prefix("builtins.") {
            return self.call_builtin(builtin, arguments, call);
        }
        self.note_call(path, self.place(call));
        self.note_device(path, arguments, self.place(call));
        self.note_limiter(path, arguments, self.place(call));
        self.note_command(path, arguments, call);
        self.note_writing(path, arguments, self.place(call));
        if let Some(found) = path_call(path, arguments) {
            return found;
        }
        if let Some(given) = self.call_unbound(path, arguments, call) {
            return given;
        }
        match path {
            "os.getenv" | "os.environ.get" => self.read_environment(arguments, Type::Str, call),
            "os.environ.pop" => {
                let value = self.read_environment(arguments, Type::Str, call);
                if let Some(name) = first(arguments).as_ref().and_then(Value::as_str) {
                    self.unset_environment(name);
                }
                value
            }
            // Python's own `os.environ`, which Flask reads, does not learn of it.
            "os.putenv" => Value::constant(Const::None),
            "os.environ.setdefault" => {
                if let (Some(name), Some(value)) = (arguments.positional.first(), arguments.positional.get(1))
                    && let Some(name) = name.value.as_str()
                {
                    let (name, given) = (name.to_owned(), value.value.clone());
                    let place = self.place(call);
                    self.write_environment(&name, &given, place, value.at, true);
                    return self.environment(&name, Some(given), Type::Str);
                }
                Value::any(Type::Str)
            }
            "os.environ.update" => {
                let mut all = arguments.clone();
                for passing in &arguments.positional {
                    self.spread_mapping(&passing.value, &mut all);
                }
                for (name, passing) in all.keywords {
                    self.write_environment(&name, &passing.value, passing.place, passing.at, false);
                }
                Value::constant(Const::None)
            }
            "sys.exit" | "os._exit" | "os.abort" => Value::external(NEVER),
            "functools.partial" => match arguments.positional.split_first() {
                Some((function, rest)) => Value::of(Obj::Partial(Rc::new(Partial {
                    function: function.value.clone(),
                    arguments: Arguments {
                        positional: rest.to_vec(),
                        keywords: arguments.keywords.clone(),
                        open: arguments.open,
                    },
                }))),
                None => Value::unknown(),
            },
            "threading.Thread" | "multiprocessing.Process" | "multiprocess.Process" => {
                if let Some(target) = arguments.value("target", Some(1)).cloned() {
                    let given = self.handed_over(arguments, 3);
                    self.call(&target, &given, call);
                }
                Value::of(Obj::Object(self.external_object(path, arguments, call)))
            }
            "threading.Timer" => {
                if let Some(target) = arguments.value("function", Some(1)).cloned() {
                    let given = self.handed_over(arguments, 2);
                    self.call(&target, &given, call);
                }
                Value::of(Obj::Object(self.external_object(path, arguments, call)))
            }
            "_thread.start_new_thread" => {
                if let Some(target) = arguments.value("function", Some(0)).cloned() {
                    let given = self.handed_over(arguments, 1);
                    self.call(&target, &given, call);
                }
                Value::any(Type::Int)
            }
            "asyncio.to_thread"
            | "atexit.register"
            | "gevent.spawn"
            | "gevent.spawn_later"
            | "gevent.Greenlet.spawn"
            | "eventlet.spawn"
            | "eventlet.spawn_n"
            | "eventlet.spawn_after" => {
                self.call_handed_over(arguments, call);
                Value::unknown()
            }
            "asyncio.run" | "asyncio.get_event_loop" => Value::unknown(),
            "distutils.util.strtobool" | "setuptools.distutils.util.strtobool" | "strtobool.strtobool" => {
                first(arguments).map_or_else(Value::unknown, |value| strtobool(&value))
            }
            "dotenv.load_dotenv" | "dotenv.main.load_dotenv" | "flask.cli.load_dotenv" | "environ.Env.read_env" => {
                self.load_dotenv(arguments, self.place(call));
                Value::any(Type::Bool)
            }
            "dotenv.dotenv_values" | "dotenv.main.dotenv_values" => self.dotenv_values(arguments, self.place(call)),
            "dotenv.find_dotenv" | "dotenv.main.find_dotenv" => self.find_dotenv(arguments, self.place(call)),
            "decouple.config" => self.read_decouple(arguments, call),
            "envparse.env" | "environs.env" => self.read_environs("str", arguments, call),
            "importlib.util.spec_from_file_location" => self.spec_of_file(arguments, self.place(call)),
            "importlib.util.module_from_spec" => self.module_of_spec(arguments),
            // Off unless the environment asks for it.
            "flask.helpers.get_debug_flag" => {
                self.environment("FLASK_DEBUG", Some(Value::constant(Const::Bool(false))), Type::Bool)
            }
            "importlib.import_module" | "werkzeug.utils.import_string" | "werkzeug.import_string" => {
                match first(arguments).as_ref().and_then(Value::as_str) {
                    Some(name) => self.import_string(name),
                    None => Value::unknown(),
                }
            }
            "typer.Option" | "typer.Argument" => {
                let default = arguments.value("default", Some(0)).cloned();
                Value::command_line(default, Obj::Any(Type::Unknown))
            }
            // A field of a class: what it is when an instance is not told.
            "pydantic.Field" | "dataclasses.field" | "attr.ib" | "attr.field" | "attrs.field" => {
                arguments.value("default", Some(0)).cloned().unwrap_or_else(Value::unknown)
            }
            "types.SimpleNamespace" | "argparse.Namespace" => {
                let id = self.external_object(path, arguments, call);
                for (name, passing) in &arguments.keywords {
                    self.objects[id.0].attributes.insert(Rc::clone(name), passing.value.clone());
                }
                Value::of(Obj::Object(id))
            }
            "ast.literal_eval" => first(arguments).map_or_else(Value::unknown, |given| literal(&given)),
            "environ.Env" | "environ.FileAwareEnv" => {
                let id = self.external_object(path, arguments, call);
                for (name, passing) in &arguments.keywords {
                    let key = Some(Const::Str(name.to_string()));
                    let (value, place, at) = (passing.value.clone(), passing.place, passing.at);
                    self.objects[id.0].items.push(Item { key, value, place, at });
                }
                Value::of(Obj::Object(id))
            }
            "environs.Env.read_env" => {
                self.load_dotenv(arguments, self.place(call));
                Value::constant(Const::None)
            }
            "environs.Env" => Value::of(Obj::Object(self.external_object(path, arguments, call))),
            _ => self.call_framework(path, arguments, call),
        }
    }

    /// A new object of an external class.
    pub(super) fn external_object(
        &mut self,
        path: &str,
        arguments: &Arguments<'p>,
        call: &'p ast::ExprCall,
    ) -> ObjectId {
        let made = self.place(call);
        let id = self.object(Kind::External(Rc::from(path)), made);
        self.construct_external(id, arguments, call);
        id
    }

    fn call_builtin(&mut self, name: &str, arguments: &Arguments<'p>, call: &'p ast::ExprCall) -> Value<'p> {
        let given = first(arguments);
        if let (Some(value), "int" | "float") = (&given, name) {
            // None is no number.
            self.note_needed(value);
        }
        match name {
            "bool" => match given {
                None => Value::constant(Const::Bool(false)),
                Some(value) => value.map(|alt| {
                    Value::of(match self.known_truth(&alt.obj) {
                        Some(truth) => Obj::Const(Const::Bool(truth)),
                        None => Obj::Any(Type::Bool),
                    })
                }),
            },
            "int" | "str" | "float" => match given {
                None => Value::constant(if name == "str" { Const::Str(String::new()) } else { Const::Int(0) }),
                Some(value) => value.map(|alt| {
                    let kind = if name == "str" { Type::Str } else { Type::Int };
                    Value::of(match &alt.obj {
                        Obj::Const(value) => fold::convert(name, value).map_or(Obj::Any(kind), Obj::Const),
                        Obj::Object(id) if self.stays_random(*id).is_some() => alt.obj.clone(),
                        Obj::Starts(_) if name == "str" => alt.obj.clone(),
                        _ => Obj::Any(kind),
                    })
                }),
            },
            "dict" => {
                let made = self.place(call);
                let id = self.object(Kind::Dict, made);
                self.fill(id, arguments, made);
                Value::of(Obj::Object(id))
            }
            "dict.fromkeys" => {
                let made = self.place(call);
                let id = self.object(Kind::Dict, made);
                let keys = given.and_then(|keys| self.listed(&keys)).unwrap_or_default();
                // A value that several keys share is not one setting's to change.
                match (keys.as_slice(), arguments.positional.get(1)) {
                    ([key], Some(passing)) => {
                        let key = key.value.as_const().cloned();
                        let (value, place, at) = (passing.value.clone(), passing.place, passing.at);
                        self.put(id, Item { key, value, place, at });
                    }
                    _ => self.objects[id.0].open = true,
                }
                Value::of(Obj::Object(id))
            }
            "zip" => {
                let made = self.place(call);
                let lists: Option<Vec<Vec<Item<'p>>>> =
                    arguments.positional.iter().map(|passing| self.listed(&passing.value)).collect();
                let Some(lists) = lists else { return Value::unknown() };
                let pairs = self.object(Kind::Sequence, made);
                for at in 0..lists.iter().map(Vec::len).min().unwrap_or(0) {
                    let pair = self.object(Kind::Sequence, made);
                    self.objects[pair.0].items = lists.iter().map(|list| list[at].clone()).collect();
                    let (place, at) = lists.last().map_or((made, made), |list| (list[at].place, list[at].at));
                    self.objects[pairs.0].items.push(Item {
                        key: None,
                        value: Value::of(Obj::Object(pair)),
                        place,
                        at,
                    });
                }
                Value::of(Obj::Object(pairs))
            }
            "list" | "tuple" | "set" | "frozenset" | "sorted" => given.unwrap_or_else(|| {
                let made = self.place(call);
                Value::of(Obj::Object(self.object(Kind::Sequence, made)))
            }),
            "len" => match given.as_ref().and_then(|value| value.single()).map(|alt| &alt.obj) {
                Some(Obj::External(path)) if &**path == "sys.argv" => {
                    Value::command_line(Some(Value::constant(Const::Int(1))), Obj::Any(Type::Int))
                }
                Some(Obj::Object(id)) if !self.objects[id.0].open => {
                    let count = i64::try_from(self.objects[id.0].items.len()).unwrap_or(i64::MAX);
                    Value::constant(Const::Int(count))
                }
                _ => Value::any(Type::Int),
            },
            "getattr" => {
                let name = arguments.positional.get(1).and_then(|passing| passing.value.as_str()).map(str::to_owned);
                match (given, name) {
                    (Some(owner), Some(name)) => match owner.single().cloned() {
                        Some(alt) => self.attribute_of(&alt, &name),
                        None => Value::unknown(),
                    },
                    _ => Value::unknown(),
                }
            }
            "setattr" => {
                let [owner, name, value] = arguments.positional.as_slice() else { return Value::unknown() };
                if let (Some(Alt { obj: Obj::Object(id), .. }), Some(name)) =
                    (owner.value.single(), name.value.as_str())
                {
                    let (id, name, place) = (*id, name.to_owned(), self.place(call));
                    self.set_object_attribute(id, &name, &value.value, place, value.at);
                }
                Value::constant(Const::None)
            }
            "eval" => given.map_or_else(Value::unknown, |given| literal(&given)),
            "vars" => match given.as_ref().and_then(|value| value.single()).map(|alt| &alt.obj) {
                Some(Obj::Object(id)) => self.attributes_as_items(*id),
                _ => Value::unknown(),
            },
            "__import__" | "import_module" => match given.as_ref().and_then(Value::as_str) {
                Some(name) => self.import_string(name.split('.').next().unwrap_or(name)),
                None => Value::unknown(),
            },
            "input" | "raw_input" => Value::command_line(None, Obj::Any(Type::Str)),
            "exit" | "quit" => Value::external(NEVER),
            "isinstance" | "issubclass" | "hasattr" | "callable" | "any" | "all" => Value::any(Type::Bool),
            "print" => Value::constant(Const::None),
            _ => Value::unknown(),
        }
    }

    /// The elements of a sequence that is known as a whole.
    fn listed(&self, value: &Value<'p>) -> Option<Vec<Item<'p>>> {
        let Obj::Object(id) = value.single()?.obj else { return None };
        let object = &self.objects[id.0];
        (matches!(object.kind, Kind::Sequence) && !object.open).then(|| object.items.clone())
    }

    /// `vars(object)`: its attributes as a dictionary.
    pub(super) fn attributes_as_items(&mut self, id: ObjectId) -> Value<'p> {
        let made = self.objects[id.0].made;
        let dict = self.object(Kind::Dict, made);
        // What argparse gives keeps where each default is written.
        self.objects[dict.0].items = self.objects[id.0].items.clone();
        for (name, value) in self.objects[id.0].attributes.clone() {
            let key = Const::Str(name.to_string());
            if !self.objects[dict.0].items.iter().any(|item| item.key.as_ref() == Some(&key)) {
                let place = value.decisive().and_then(|alt| alt.origin).unwrap_or(made);
                self.objects[dict.0].items.push(Item { key: Some(key), value, place, at: place });
            }
        }
        Value::of(Obj::Object(dict))
    }

    // The environment.

    /// What a variable gives: what the program put there itself, or what the process was given.
    pub(super) fn environment(&mut self, name: &str, default: Option<Value<'p>>, kind: Type) -> Value<'p> {
        match self.environment.get(name) {
            Some(value) => value.clone(),
            None => self.given(name, kind).unwrap_or_else(|| Value::environment(name, default, kind)),
        }
    }

    /// `os.environ.get(name, default)`
    fn read_environment(&mut self, arguments: &Arguments<'p>, kind: Type, call: &'p ast::ExprCall) -> Value<'p> {
        let default = arguments.value("default", Some(1)).cloned().unwrap_or_else(|| Value::constant(Const::None));
        let name = arguments.value("key", Some(0)).and_then(Value::as_str).map(str::to_owned);
        match name {
            Some(name) => {
                self.note_read(&name, self.place(call), false, Some(&default));
                self.environment(&name, Some(default), kind)
            }
            None => {
                let mut value = default;
                value.0.extend(Value::environment("", None, kind).0);
                value
            }
        }
    }

    /// What a dotted name in a text stands for: `config.ProductionConfig`.
    pub(super) fn import_string(&mut self, name: &str) -> Value<'p> {
        let dotted = name.replace(':', ".");
        let found = self.import_name(0, &dotted);
        if let Some(Alt { obj: Obj::Module(id), .. }) = found.single() {
            self.note_named_import(*id);
            return found;
        }
        match dotted.rsplit_once('.') {
            Some((module, attribute)) => {
                let module = self.import_name(0, module);
                match module.single() {
                    Some(Alt { obj: Obj::Module(id), .. }) => {
                        self.note_named_import(*id);
                        let scope = self.import(*id);
                        self.lookup(scope, attribute).map_or_else(Value::unknown, |value| (*value).clone())
                    }
                    _ => Value::unknown(),
                }
            }
            None => Value::unknown(),
        }
    }

    // Functions handed over to be called later.

    /// The arguments that `args=` and `kwargs=` hold, the first of them also by position.
    fn handed_over(&self, arguments: &Arguments<'p>, position: usize) -> Arguments<'p> {
        let mut given = Arguments::default();
        if let Some(value) = arguments.value("args", Some(position)) {
            self.spread(value, &mut given);
        }
        if let Some(value) = arguments.value("kwargs", Some(position + 1)) {
            self.spread_mapping(value, &mut given);
        }
        given
    }

    /// Calls the function among the arguments with those behind it: `submit(app.run, debug=True)`.
    fn call_handed_over(&mut self, arguments: &Arguments<'p>, call: &'p ast::ExprCall) {
        let is_callable = |passing: &Passing<'p>| {
            matches!(
                passing.value.single().map(|alt| &alt.obj),
                Some(Obj::Function(_) | Obj::Member(..) | Obj::Method(..) | Obj::Partial(_))
            )
        };
        let Some(at) = arguments.positional.iter().position(is_callable) else { return };
        let target = arguments.positional[at].value.clone();
        let rest = Arguments {
            positional: arguments.positional[at + 1..].to_vec(),
            keywords: arguments.keywords.clone(),
            open: arguments.open,
        };
        self.call(&target, &rest, call);
    }

    /// A method called through its class: `Flask.run(app, debug=True)`.
    fn call_unbound(&mut self, path: &str, arguments: &Arguments<'p>, call: &'p ast::ExprCall) -> Option<Value<'p>> {
        let (class, method) = path.rsplit_once('.')?;
        let entry = frameworks::entry(class)?;
        let starts = entry.starts.iter().any(|start| start.method == method);
        let (receiver, rest) = arguments.positional.split_first()?;
        let Some(Alt { obj: Obj::Object(id), .. }) = receiver.value.single() else { return None };
        if !starts && method != "__init__" {
            return None;
        }
        let given = Arguments { positional: rest.to_vec(), ..arguments.clone() };
        Some(self.call_member(*id, method, &given, call))
    }

    // Objects made by libraries.

    /// A call of an attribute of an object: methods of collections, of settings readers, and of
    /// everything that frameworks make.
    pub(super) fn call_member(
        &mut self,
        id: ObjectId,
        name: &str,
        arguments: &Arguments<'p>,
        call: &'p ast::ExprCall,
    ) -> Value<'p> {
        match self.objects[id.0].kind.clone() {
            Kind::Config => return self.call_config(id, name, arguments, call),
            Kind::Dict => return self.call_dict(id, name, arguments, call),
            Kind::Sequence => {
                if matches!(name, "append" | "extend" | "insert" | "remove" | "pop" | "clear") {
                    self.objects[id.0].open = true;
                }
                return Value::unknown();
            }
            _ => {}
        }
        self.note_member(id, name, arguments, self.place(call));
        if let Some(value) = self.stays_random(id) {
            return value;
        }
        let class = self.external_class(id);
        match class.as_deref() {
            Some("environs.Env" | "envparse.Env") => return self.read_environs(name, arguments, call),
            Some("environ.Env" | "environ.FileAwareEnv") => return self.read_django_environ(id, name, arguments, call),
            Some(SECTION) => return self.call_config_section(id, name, arguments),
            Some(FILED) if name == "get" => {
                let Some(variable) = first(arguments).as_ref().and_then(Value::as_str).map(str::to_owned) else {
                    return Value::unknown();
                };
                let default = arguments.positional.get(1).map(|passing| passing.value.clone());
                return self.filed(id, &variable, Some(default.unwrap_or_else(|| Value::constant(Const::None))));
            }
            Some(
                "argparse.ArgumentParser"
                | "optparse.OptionParser"
                | "ArgumentParser"
                | "configargparse.ArgParser"
                | "configargparse.ArgumentParser",
            ) => {
                return self.call_parser(id, name, arguments, call);
            }
            Some(class) if class.rsplit('.').next().is_some_and(|name| name.ends_with("ConfigParser")) => {
                return self.call_config_parser(id, name, arguments, call);
            }
            _ => {}
        }
        if let Some(given) = self.call_file_member(id, name) {
            return given;
        }
        // What others are to run, runs: executors, task queues, `Thread(target=…).start()` is done.
        if matches!(
            name,
            "submit"
                | "start_background_task"
                | "apply_async"
                | "run_in_executor"
                | "spawn"
                | "call_soon"
                | "call_later"
        ) {
            self.call_handed_over(arguments, call);
            return Value::unknown();
        }
        if name == "__init__"
            && let Some(class) = class
        {
            // `super().__init__(…)` of a class of the project.
            self.call_external(&class, arguments, call);
            self.construct_external(id, arguments, call);
            return Value::constant(Const::None);
        }
        self.call_framework_member(id, name, arguments, call)
    }

    /// Calling an object: `env("DEBUG")`, `config("DEBUG")`.
    pub(super) fn call_object(
        &mut self,
        id: ObjectId,
        arguments: &Arguments<'p>,
        call: &'p ast::ExprCall,
    ) -> Value<'p> {
        match self.external_class(id).as_deref() {
            Some("environs.Env" | "envparse.Env") => return self.read_environs("str", arguments, call),
            Some("environ.Env" | "environ.FileAwareEnv") => {
                return self.read_django_environ(id, "str", arguments, call);
            }
            Some("decouple.AutoConfig" | "decouple.Config" | "starlette.config.Config") => {
                return self.read_decouple(arguments, call);
            }
            _ => {}
        }
        if let Kind::Instance(class) = self.objects[id.0].kind
            && let Some((_, Value(alts))) = self.class_attribute(class, "__call__", 0)
            && let Some(Alt { obj: Obj::Function(function), .. }) = alts.first()
        {
            return self.call_function(*function, Some(id), arguments);
        }
        let _ = call;
        Value::unknown()
    }

    /// A method of a text or of something unknown.
    pub(super) fn call_value_member(&mut self, owner: &Alt<'p>, name: &str, arguments: &Arguments<'p>) -> Value<'p> {
        let made = match &owner.obj {
            Obj::Const(Const::Str(text)) if paths::is_own(text) || paths::is_method(name) => {
                let parts: Option<Vec<&str>> =
                    arguments.positional.iter().map(|passing| passing.value.as_str()).collect();
                match parts {
                    Some(parts) => {
                        let all: Vec<&str> = std::iter::once(text.as_str()).chain(parts).collect();
                        let path = paths::call(name, &all);
                        path.map_or(Obj::Any(Type::Unknown), |path| Obj::Const(Const::Str(path)))
                    }
                    None if name == "joinpath" => Obj::Starts(Rc::from(paths::join(text, ""))),
                    None => Obj::Any(Type::Unknown),
                }
            }
            Obj::Starts(_) if paths::is_method(name) => owner.obj.clone(),
            Obj::Const(Const::Str(text)) if name == "format" => {
                let made = self.format_braces(text, arguments).unwrap_or_else(|| Value::any(Type::Str));
                return Value(vec![owner.clone()]).map(|_| made.clone());
            }
            Obj::Const(Const::Str(text)) => {
                let given: Option<Vec<Const>> =
                    arguments.positional.iter().map(|passing| passing.value.as_const().cloned()).collect();
                given
                    .and_then(|given| fold::text_method(text, name, &given))
                    .map_or(Obj::Any(Type::Unknown), Obj::Const)
            }
            // `os.getenv("X").lower()` would fail without the variable; what it is with it counts.
            Obj::Const(Const::None) => Obj::Any(Type::Unknown),
            _ => match name {
                "lower" | "upper" | "strip" | "casefold" | "title" | "capitalize" | "replace" => Obj::Any(Type::Str),
                "startswith" | "endswith" | "isdigit" => Obj::Any(Type::Bool),
                _ => Obj::Any(Type::Unknown),
            },
        };
        Value(vec![owner.with(made)])
    }

    /// What a call of a class or function of a framework gives.
    fn call_framework(&mut self, path: &str, arguments: &Arguments<'p>, call: &'p ast::ExprCall) -> Value<'p> {
        match frameworks::entry(path).map(|entry| entry.role) {
            Some(Role::Serve { server, parameters, app }) => {
                let served = arguments.value(app, parameters.iter().position(|name| *name == app)).cloned();
                self.record_serve(server, parameters, served.as_ref(), arguments, call);
                Value::unknown()
            }
            _ => self.call_wrapper(path, arguments, call),
        }
    }
}

/// `eval` of a text that is a constant.
fn literal<'p>(value: &Value<'p>) -> Value<'p> {
    value.map(|alt| {
        Value::of(match &alt.obj {
            Obj::Const(Const::Str(text)) => fold::literal(text).map_or(Obj::Any(Type::Unknown), Obj::Const),
            _ => Obj::Any(Type::Unknown),
        })
    })
}

/// What a function of paths makes of texts that are known, or of the texts that they may be.
fn path_call<'p>(path: &str, arguments: &Arguments<'p>) -> Option<Value<'p>> {
    let texts: Option<Vec<&str>> = arguments.positional.iter().map(|passing| passing.value.as_str()).collect();
    if let Some(texts) = texts {
        return paths::call(path, &texts).map(|path| Value::constant(Const::Str(path)));
    }
    let (first, rest) = arguments.positional.split_first()?;
    let of = |texts: &[&Obj<'p>]| {
        let known: Option<Vec<&str>> = texts
            .iter()
            .map(|obj| if let Obj::Const(Const::Str(text)) = obj { Some(text.as_str()) } else { None })
            .collect();
        match (texts, known.map(|known| paths::call(path, &known))) {
            (_, Some(Some(made))) => Obj::Const(Const::Str(made)),
            ([Obj::Starts(_), ..], _) => texts[0].clone(),
            ([Obj::Const(Const::Str(first)), second], None) => {
                let more = if let Obj::Starts(start) = second { start } else { "" };
                Obj::Starts(Rc::from(paths::join(first, more)))
            }
            _ => Obj::Any(Type::Str),
        }
    };
    // Only what knows the function at all is followed further.
    paths::call(path, &vec![paths::ROOT; arguments.positional.len()])?;
    let one = if rest.is_empty() { first.value.map(|alt| Value::of(of(&[&alt.obj]))) } else { first.value.clone() };
    Some(rest.iter().fold(one, |joined, part| joined.zip(&part.value, |one, two| of(&[one, two]))))
}

/// The first argument.
pub(super) fn first<'p>(arguments: &Arguments<'p>) -> Option<Value<'p>> {
    arguments.positional.first().map(|passing: &Passing<'p>| passing.value.clone())
}
