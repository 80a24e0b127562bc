//! Libraries that read settings from the environment and from files.

use std::rc::Rc;

use super::super::facts::{Const, Place};
use super::super::modules::ModuleId;
use super::external::first;
use super::value::{Alt, Arguments, Obj, ObjectId, Type, Value};
use super::{Interpreter, Item, Kind, fold};
use crate::source::Span;
use crate::syntax::ini;
use crate::syntax::python::{self, ast};

/// The class of a section of a `ConfigParser`.
pub(super) const SECTION: &str = "configparser.SectionProxy";

impl<'p> Interpreter<'p> {
    /// `config(name, default=…, cast=…)` of python-decouple.
    pub(super) fn read_decouple(&mut self, arguments: &Arguments<'p>, call: &'p ast::ExprCall) -> Value<'p> {
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
        match self.given_or_filed(&name, kind, self.place(call).module) {
            Some(given) => given,
            None => self.environment(&name, default, kind),
        }
    }

    /// `env.bool(name, default)` of environs.
    pub(super) fn read_environs(
        &mut self,
        method: &str,
        arguments: &Arguments<'p>,
        call: &'p ast::ExprCall,
    ) -> Value<'p> {
        if method == "read_env" {
            self.load_dotenv(arguments, self.place(call));
            return Value::constant(Const::None);
        }
        let Some(name) = first(arguments).as_ref().and_then(Value::as_str).map(str::to_owned) else {
            return Value::unknown();
        };
        let default = arguments.value("default", Some(1)).cloned();
        if method == "prefixed" {
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

    /// `env("DEBUG")` and `env.bool("DEBUG", default=…)` of django-environ, whose constructor may have
    /// given the variable a cast and a default: `Env(DEBUG=(bool, True))`.
    pub(super) fn read_django_environ(
        &mut self,
        id: ObjectId,
        method: &str,
        arguments: &Arguments<'p>,
        call: &'p ast::ExprCall,
    ) -> Value<'p> {
        let name = first(arguments).as_ref().and_then(Value::as_str).map(|name| Const::Str(name.to_owned()));
        let scheme = self.objects[id.0].items.iter().find(|item| item.key == name).map(|item| item.value.clone());
        let Some(scheme) = scheme.filter(|_| arguments.value("default", Some(2)).is_none()) else {
            return self.read_environs(method, arguments, call);
        };
        let default = match scheme.single() {
            Some(Alt { obj: Obj::Object(pair), .. }) => match self.objects[pair.0].items.as_slice() {
                [_, default] => default.value.clone(),
                _ => Value::unknown(),
            },
            _ => Value::unknown(),
        };
        match name {
            Some(Const::Str(name)) => {
                self.note_asked(&name, self.place(call));
                self.environment(&name, Some(default), Type::Bool)
            }
            _ => Value::unknown(),
        }
    }

    /// `configparser`: what the file says, as text; `getboolean` reads it as a word.
    pub(super) fn call_config_parser(
        &mut self,
        id: ObjectId,
        name: &str,
        arguments: &Arguments<'p>,
        call: &'p ast::ExprCall,
    ) -> Value<'p> {
        let text = |at: usize| arguments.positional.get(at).and_then(|passing| passing.value.as_str());
        match name {
            "read" | "read_file" | "readfp" => {
                let Some(given) = first(arguments) else { return Value::unknown() };
                let given = match given.single() {
                    Some(Alt { obj: Obj::Object(list), .. }) if matches!(self.objects[list.0].kind, Kind::Sequence) => {
                        self.element_of(&given)
                    }
                    _ => given,
                };
                for (file, _) in self.files_at(&given, self.place(call).module) {
                    self.take_ini(id, file);
                }
                Value::unknown()
            }
            "get" | "getboolean" | "getint" | "getfloat" => {
                let (Some(section), Some(option)) = (text(0), text(1)) else { return Value::unknown() };
                let key = Const::Str(option_key(section, option));
                let item = self.objects[id.0].items.iter().rev().find(|item| item.key.as_ref() == Some(&key));
                option_value(item, name, arguments.value("fallback", None))
            }
            _ => Value::unknown(),
        }
    }

    fn take_ini(&mut self, id: ObjectId, file: ModuleId) {
        let source = &self.project.module(file).source;
        for entry in ini::parse(&source.text) {
            let key = Const::Str(option_key(&entry.section, &entry.key));
            let place = Place { module: file, span: Span::new(entry.span.start, entry.value.end) };
            let value = Value::constant(Const::Str(source.slice(entry.value).trim().to_owned())).from(place);
            self.put(id, Item { key: Some(key), value, place, at: Place { span: entry.value, ..place } });
        }
    }

    /// `parser[section]`: its options by their names.
    pub(super) fn config_section(&mut self, id: ObjectId, section: &str) -> Value<'p> {
        let made = self.objects[id.0].made;
        let proxy = self.object(Kind::External(Rc::from(SECTION)), made);
        let prefix = option_key(section, "");
        for item in self.objects[id.0].items.clone() {
            if let Some(Const::Str(key)) = &item.key
                && let Some(option) = key.strip_prefix(&prefix)
            {
                let key = Some(Const::Str(option.to_owned()));
                self.objects[proxy.0].items.push(Item { key, ..item });
            }
        }
        Value::of(Obj::Object(proxy))
    }

    /// `parser[section][option]`
    pub(super) fn config_option(&self, id: ObjectId, option: &str) -> Value<'p> {
        let key = Const::Str(option.to_lowercase());
        let item = self.objects[id.0].items.iter().rev().find(|item| item.key.as_ref() == Some(&key));
        item.map_or_else(Value::unknown, |item| item.value.clone())
    }

    /// `parser[section].getboolean(option)`
    pub(super) fn call_config_section(&self, id: ObjectId, name: &str, arguments: &Arguments<'p>) -> Value<'p> {
        let Some(option) = first(arguments).as_ref().and_then(Value::as_str).map(str::to_lowercase) else {
            return Value::unknown();
        };
        let key = Const::Str(option);
        let item = self.objects[id.0].items.iter().rev().find(|item| item.key.as_ref() == Some(&key));
        option_value(item, name, arguments.value("fallback", Some(1)))
    }

    /// What a field of a settings class is: for pydantic the environment may say otherwise.
    pub(super) fn class_field(&self, id: ObjectId, name: &str, value: Value<'p>) -> Value<'p> {
        let settings = self.external_class(id).is_some_and(|class| {
            matches!(&*class, "pydantic_settings.BaseSettings" | "pydantic.BaseSettings" | "pydantic.v1.BaseSettings")
        });
        if !settings {
            return value;
        }
        let variable = name.to_uppercase();
        let is_bool = value.single().is_some_and(|alt| matches!(alt.obj, Obj::Const(Const::Bool(_))));
        let kind = if is_bool { Type::Bool } else { Type::Unknown };
        let Kind::Instance(class) = self.objects[id.0].kind else { return value };
        let class = &self.classes[class.0];
        let filed = self.project.module(class.module).slice(python::span(class.def)).contains("env_file");
        let given =
            if filed { self.given_or_filed(&variable, kind, class.module) } else { self.given(&variable, kind) };
        given.unwrap_or_else(|| Value::environment(&variable, Some(value), Type::Unknown))
    }
}

/// How a section and an option are kept together. Options are read in lower case.
fn option_key(section: &str, option: &str) -> String {
    format!("{section}.{}", option.to_lowercase())
}

/// What a `ConfigParser`'s method makes of an option.
fn option_value<'p>(item: Option<&Item<'p>>, method: &str, fallback: Option<&Value<'p>>) -> Value<'p> {
    match (item, method) {
        (Some(item), "getboolean") => cast_bool(&item.value),
        (Some(item), "get") => item.value.clone(),
        (Some(item), _) => item.value.map(|alt| {
            Value::of(match &alt.obj {
                Obj::Const(value) => fold::convert("int", value).map_or(Obj::Any(Type::Int), Obj::Const),
                _ => Obj::Any(Type::Int),
            })
        }),
        (None, _) => fallback.map_or_else(Value::unknown, |value| value.clone().or(Value::unknown())),
    }
}

/// A default cast to a truth value as settings readers do: by its word where it is a text.
pub(super) fn cast_bool<'p>(value: &Value<'p>) -> Value<'p> {
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

pub(super) fn strtobool<'p>(value: &Value<'p>) -> Value<'p> {
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
