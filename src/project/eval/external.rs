//! What functions from outside the project do: builtins, the environment, the command line, and
//! the libraries that read settings.

use std::rc::Rc;

use super::super::facts::Const;
use super::super::frameworks::{self, Role};
use super::super::modules::settings_file;
use super::stmt::NEVER;
use super::value::{Alt, Arguments, Function, Obj, ObjectId, Partial, Passing, Type, Value, dotted};
use super::{Interpreter, Item, Kind, fold, paths};
use crate::syntax::ini;
use crate::syntax::python::{Expr, ast};

impl<'p> Interpreter<'p> {
    /// A call of something from outside the project.
    pub(super) fn call_external(
        &mut self,
        path: &str,
        arguments: &Arguments<'p>,
        call: &'p ast::ExprCall,
    ) -> Value<'p> {
        if let Some(builtin) = path.strip_prefix("builtins.") {
            return self.call_builtin(builtin, arguments, call);
        }
        self.note_call(path, self.place(call));
        if let ("os.makedirs" | "os.mkdir" | "sqlite3.connect", Some(written)) = (path, first(arguments)) {
            self.note_written(&written, path != "sqlite3.connect", self.place(call));
        }
        if let Some(found) = path_call(path, arguments) {
            return found;
        }
        match path {
            "os.getenv" | "os.environ.get" | "os.environ.pop" => self.read_environment(arguments, Type::Str, call),
            "os.environ.setdefault" | "os.putenv" => {
                if let (Some(name), Some(value)) = (arguments.positional.first(), arguments.positional.get(1))
                    && let Some(name) = name.value.as_str()
                {
                    let (name, given) = (name.to_owned(), value.value.clone());
                    let place = self.place(call);
                    self.write_environment(&name, &given, place, value.at, path.ends_with("setdefault"));
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
                    let mut given = Arguments::default();
                    if let Some(value) = arguments.value("args", Some(3)) {
                        self.spread(value, &mut given);
                    }
                    if let Some(value) = arguments.value("kwargs", Some(4)) {
                        self.spread_mapping(value, &mut given);
                    }
                    self.call(&target, &given, call);
                }
                Value::of(Obj::Object(self.external_object(path, arguments, call)))
            }
            "threading.Timer" => {
                if let Some(target) = arguments.value("function", Some(1)).cloned() {
                    self.call(&target, &Arguments::default(), call);
                }
                Value::of(Obj::Object(self.external_object(path, arguments, call)))
            }
            "asyncio.run" | "asyncio.get_event_loop" => Value::unknown(),
            "distutils.util.strtobool" | "setuptools.distutils.util.strtobool" | "strtobool.strtobool" => {
                first(arguments).map_or_else(Value::unknown, |value| strtobool(&value))
            }
            "decouple.config" => self.read_decouple(arguments, call),
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
            "builtins.__import__" => Value::unknown(),
            "environs.Env" | "environs.Env.read_env" => {
                Value::of(Obj::Object(self.external_object(path, arguments, call)))
            }
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
                        _ => Obj::Any(kind),
                    })
                }),
            },
            "dict" => {
                let made = self.place(call);
                let id = self.object(Kind::Dict, made);
                for passing in &arguments.positional {
                    self.merge_into(id, &passing.value, passing.place);
                }
                for (name, passing) in &arguments.keywords {
                    let item = Item {
                        key: Some(Const::Str(name.to_string())),
                        value: passing.value.clone(),
                        place: passing.place,
                        at: passing.at,
                    };
                    self.put(id, item);
                }
                self.objects[id.0].open |= arguments.open;
                Value::of(Obj::Object(id))
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
                    (Some(owner), Some(name)) => {
                        let place = self.place(call);
                        match owner.single().cloned() {
                            Some(alt) => self.attribute_of(&alt, &name, place),
                            None => Value::unknown(),
                        }
                    }
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
            "input" | "raw_input" => Value::command_line(None, Obj::Any(Type::Str)),
            "exit" | "quit" => Value::external(NEVER),
            "isinstance" | "issubclass" | "hasattr" | "callable" | "any" | "all" => Value::any(Type::Bool),
            "print" => Value::constant(Const::None),
            "open" => {
                self.note_open(arguments, self.place(call));
                Value::unknown()
            }
            _ => Value::unknown(),
        }
    }

    // The environment.

    /// What a variable gives: what the program put there itself, or what the process was given.
    pub(super) fn environment(&mut self, name: &str, default: Option<Value<'p>>, kind: Type) -> Value<'p> {
        match self.environment.get(name) {
            Some(value) => value.clone(),
            None => Value::environment(name, default, kind),
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

    /// `config(name, default=…, cast=…)` of python-decouple.
    fn read_decouple(&mut self, arguments: &Arguments<'p>, call: &'p ast::ExprCall) -> Value<'p> {
        let Some(name) = first(arguments).as_ref().and_then(Value::as_str).map(str::to_owned) else {
            return Value::unknown();
        };
        let default = arguments.value("default", Some(1)).cloned();
        self.note_read(&name, self.place(call), default.is_none(), default.as_ref());
        let cast = arguments.value("cast", Some(2)).and_then(|value| match &value.single()?.obj {
            Obj::External(path) => Some(Rc::clone(path)),
            _ => None,
        });
        let (default, kind) = match cast.as_deref() {
            Some("builtins.bool") => (default.map(|value| cast_bool(&value)), Type::Bool),
            Some("builtins.int") => (default, Type::Int),
            _ => (default, Type::Str),
        };
        self.environment(&name, default, kind)
    }

    /// `env.bool(name, default)` of environs.
    fn read_environs(&mut self, method: &str, arguments: &Arguments<'p>, call: &'p ast::ExprCall) -> Value<'p> {
        let Some(name) = first(arguments).as_ref().and_then(Value::as_str).map(str::to_owned) else {
            return Value::unknown();
        };
        let default = arguments.value("default", Some(1)).cloned();
        if matches!(method, "read_env" | "prefixed") {
            return Value::unknown();
        }
        self.note_read(&name, self.place(call), default.is_none(), default.as_ref());
        let (default, kind) = match method {
            "bool" => (default.map(|value| cast_bool(&value)), Type::Bool),
            "int" => (default, Type::Int),
            _ => (default, Type::Str),
        };
        self.environment(&name, default, kind)
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
            Kind::Dict => return self.call_dict(id, name, arguments),
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
            Some("environs.Env") => return self.read_environs(name, arguments, call),
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
        // What others are to run, runs: executors, task queues, `Thread(target=…).start()` is done.
        if matches!(name, "submit" | "start_background_task" | "apply_async" | "run_in_executor" | "spawn") {
            let callable = arguments.positional.iter().position(|passing| {
                matches!(
                    passing.value.single().map(|alt| &alt.obj),
                    Some(Obj::Function(_) | Obj::Member(..) | Obj::Method(..))
                )
            });
            if let Some(at) = callable {
                let target = arguments.positional[at].value.clone();
                let rest = Arguments {
                    positional: arguments.positional[at + 1..].to_vec(),
                    keywords: arguments.keywords.clone(),
                    open: arguments.open,
                };
                self.call(&target, &rest, call);
            }
            return Value::unknown();
        }
        self.call_framework_member(id, name, arguments, call)
    }

    fn call_dict(&mut self, id: ObjectId, name: &str, arguments: &Arguments<'p>) -> Value<'p> {
        match name {
            "get" | "pop" | "setdefault" => {
                let Some(key) = first(arguments) else { return Value::unknown() };
                let has = key
                    .as_const()
                    .is_some_and(|key| self.objects[id.0].items.iter().any(|item| item.key.as_ref() == Some(key)));
                let known = key.as_const().is_some() && !self.objects[id.0].open;
                let default =
                    arguments.value("default", Some(1)).cloned().unwrap_or_else(|| Value::constant(Const::None));
                let owner = Value::of(Obj::Object(id));
                let found = self.item(&owner, &key);
                let result = match (has, known) {
                    (true, _) => found,
                    (false, true) => default,
                    (false, false) => found.or(default),
                };
                if name == "pop"
                    && let Some(key) = key.as_const()
                {
                    self.objects[id.0].items.retain(|item| item.key.as_ref() != Some(key));
                }
                result
            }
            "update" => {
                for passing in &arguments.positional {
                    self.merge_into(id, &passing.value, passing.place);
                }
                for (name, passing) in &arguments.keywords {
                    let item = Item {
                        key: Some(Const::Str(name.to_string())),
                        value: passing.value.clone(),
                        place: passing.place,
                        at: passing.at,
                    };
                    self.put(id, item);
                }
                Value::constant(Const::None)
            }
            "copy" => {
                let made = self.objects[id.0].made;
                let copy = self.object(Kind::Dict, made);
                self.objects[copy.0].items = self.objects[id.0].items.clone();
                self.objects[copy.0].open = self.objects[id.0].open;
                Value::of(Obj::Object(copy))
            }
            "clear" => {
                self.objects[id.0].items.clear();
                Value::constant(Const::None)
            }
            _ => Value::unknown(),
        }
    }

    /// `argparse`: what an argument is when it is not given is its default.
    fn call_parser(
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
                let place = self.place(call);
                self.put(id, Item { key: Some(Const::Str(dest)), value, place, at: place });
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

    /// `configparser`: what the file says, as text; `getboolean` reads it as a word.
    fn call_config_parser(
        &mut self,
        id: ObjectId,
        name: &str,
        arguments: &Arguments<'p>,
        call: &'p ast::ExprCall,
    ) -> Value<'p> {
        let text = |at: usize| arguments.positional.get(at).and_then(|passing| passing.value.as_str());
        match name {
            "read" => {
                let Some(file) = text(0).map(str::to_owned) else { return Value::unknown() };
                let place = self.place(call);
                let project = self.project;
                let from = project.module(place.module).path();
                let found = settings_file(&|path| project.settings.contains_key(path), from, &file);
                let Some(source) = found.and_then(|path| project.settings.get(&path)) else { return Value::unknown() };
                for entry in ini::parse(&source.text) {
                    let key = Const::Str(format!("{}.{}", entry.section, entry.key.to_lowercase()));
                    let value = Value::constant(Const::Str(source.slice(entry.value).trim().to_owned()));
                    self.put(id, Item { key: Some(key), value, place, at: place });
                }
                Value::unknown()
            }
            "get" | "getboolean" | "getint" | "getfloat" => {
                let (Some(section), Some(option)) = (text(0), text(1)) else { return Value::unknown() };
                let key = Const::Str(format!("{section}.{}", option.to_lowercase()));
                let item = self.objects[id.0].items.iter().rev().find(|item| item.key.as_ref() == Some(&key));
                let fallback = arguments.value("fallback", None).cloned();
                match (item, name) {
                    (Some(item), "getboolean") => cast_bool(&item.value),
                    (Some(item), "get") => item.value.clone(),
                    (Some(item), _) => item.value.map(|alt| {
                        Value::of(match &alt.obj {
                            Obj::Const(value) => fold::convert("int", value).map_or(Obj::Any(Type::Int), Obj::Const),
                            _ => Obj::Any(Type::Int),
                        })
                    }),
                    (None, _) => fallback.map_or_else(Value::unknown, |value| value.or(Value::unknown())),
                }
            }
            _ => Value::unknown(),
        }
    }

    /// Calling an object: `env("DEBUG")`, `config("DEBUG")`.
    pub(super) fn call_object(
        &mut self,
        id: ObjectId,
        arguments: &Arguments<'p>,
        call: &'p ast::ExprCall,
    ) -> Value<'p> {
        match self.external_class(id).as_deref() {
            Some("environs.Env") => return self.read_environs("str", arguments, call),
            Some("decouple.AutoConfig" | "decouple.Config") => return self.read_decouple(arguments, call),
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
            Obj::Const(Const::Str(text)) if paths::is_own(text) => {
                let parts: Option<Vec<&str>> =
                    arguments.positional.iter().map(|passing| passing.value.as_str()).collect();
                let path = parts.and_then(|parts| {
                    let all: Vec<&str> = std::iter::once(text.as_str()).chain(parts).collect();
                    paths::call(name, &all)
                });
                path.map_or(Obj::Any(Type::Unknown), |path| Obj::Const(Const::Str(path)))
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
                "lower" | "upper" | "strip" | "casefold" | "title" | "replace" => Obj::Any(Type::Str),
                "startswith" | "endswith" | "isdigit" => Obj::Any(Type::Bool),
                _ => Obj::Any(Type::Unknown),
            },
        };
        Value(vec![owner.with(made)])
    }

    /// What a field of a settings class is: for pydantic the environment may say otherwise.
    pub(super) fn class_field(&self, id: ObjectId, name: &str, value: Value<'p>) -> Value<'p> {
        let settings = self.external_class(id).is_some_and(|class| {
            matches!(&*class, "pydantic_settings.BaseSettings" | "pydantic.BaseSettings" | "pydantic.v1.BaseSettings")
        });
        if settings { Value::environment(&name.to_uppercase(), Some(value), Type::Unknown) } else { value }
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

/// What a function of paths makes of texts that are known.
fn path_call<'p>(path: &str, arguments: &Arguments<'p>) -> Option<Value<'p>> {
    let texts: Option<Vec<&str>> = arguments.positional.iter().map(|passing| passing.value.as_str()).collect();
    paths::call(path, &texts?).map(|path| Value::constant(Const::Str(path)))
}

/// The first argument.
pub(super) fn first<'p>(arguments: &Arguments<'p>) -> Option<Value<'p>> {
    arguments.positional.first().map(|passing: &Passing<'p>| passing.value.clone())
}

fn strtobool<'p>(value: &Value<'p>) -> Value<'p> {
    value.map(|alt| {
        Value::of(match &alt.obj {
            Obj::Const(Const::Str(text)) => match fold::strtobool(text) {
                Some(truth) => Obj::Const(Const::Int(i64::from(truth))),
                None => Obj::Any(Type::Bool),
            },
            _ => Obj::Any(Type::Bool),
        })
    })
}

/// A default cast to a truth value as settings readers do: by its word where it is a text.
fn cast_bool<'p>(value: &Value<'p>) -> Value<'p> {
    value.map(|alt| {
        let truth = match &alt.obj {
            Obj::Const(Const::Str(text)) => fold::strtobool(text),
            Obj::Const(value) => Some(value.truth()),
            _ => None,
        };
        let mut made = alt.with(truth.map_or(Obj::Any(Type::Bool), |truth| Obj::Const(Const::Bool(truth))));
        made.origin = alt.origin;
        Value(vec![made])
    })
}
