//! Files of data that the code reads: JSON, TOML, YAML, INI.

use std::rc::Rc;

use super::super::facts::{Const, Place, When};
use super::super::modules::{ModuleId, settings_file};
use super::external::first;
use super::value::{Arguments, Obj, ObjectId, Type, Value};
use super::{Interpreter, Item, Kind, paths};
use crate::source::{ProjectPath, Span};
use crate::syntax::nodes::{self, Nodes, Style};
use crate::syntax::python::ast;

/// What stands for an open file, or for its contents.
const FILE: &str = "(file)";
/// The attribute under which it keeps its path.
const AT: &str = "(path)";

/// How a file of data is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    Toml,
    Yaml,
}

/// What stands for a module that is to be made of a file.
const SPEC: &str = "importlib.machinery.ModuleSpec";

impl<'p> Interpreter<'p> {
    /// `importlib.util.spec_from_file_location(name, path)`
    pub(super) fn spec_of_file(&mut self, arguments: &Arguments<'p>, place: Place) -> Value<'p> {
        let id = self.object(Kind::External(Rc::from(SPEC)), place);
        let path = arguments.value("location", Some(1)).and_then(Value::as_str);
        let file = path.and_then(|path| match paths::relative(path) {
            Some(path) => Some(ProjectPath::new(path)),
            None => self.nearest(place.module, path.trim_start_matches("./")),
        });
        if let Some(file) = file {
            self.objects[id.0].attributes.insert(Rc::from(AT), Value::constant(paths::own(file.as_str())));
        }
        Value::of(Obj::Object(id))
    }

    /// `importlib.util.module_from_spec(spec)`: a module like any other, which its loader runs afterwards.
    pub(super) fn module_of_spec(&mut self, arguments: &Arguments<'p>) -> Value<'p> {
        let spec = arguments.value("spec", Some(0)).and_then(Value::single).map(|alt| &alt.obj);
        let Some(Obj::Object(id)) = spec else { return Value::unknown() };
        let file = self.objects[id.0].attributes.get(AT).and_then(Value::as_str).and_then(paths::relative);
        match file.and_then(|file| self.project.by_path(&ProjectPath::new(file))) {
            Some(module) => {
                self.import(module);
                Value::of(Obj::Module(module))
            }
            None => Value::unknown(),
        }
    }

    /// A function that opens or reads files; `None` for others.
    pub(super) fn call_file_function(
        &mut self,
        path: &str,
        arguments: &Arguments<'p>,
        call: &'p ast::ExprCall,
    ) -> Option<Value<'p>> {
        let given = first(arguments)?;
        if matches!(path, "builtins.open" | "io.open" | "codecs.open") {
            self.note_open(arguments, self.place(call));
            return Some(self.open_file(&given, self.place(call)));
        }
        let format = loader(path)?;
        Some(self.load_data(format, &given, self.place(call)))
    }

    /// A method of an open file or of its contents; `None` for others.
    pub(super) fn call_file_member(&self, id: ObjectId, name: &str) -> Option<Value<'p>> {
        if !matches!(&self.objects[id.0].kind, Kind::External(class) if &**class == FILE) {
            return None;
        }
        Some(if name == "read" { Value::of(Obj::Object(id)) } else { Value::unknown() })
    }

    /// What stands for an open file, or for its contents.
    pub(super) fn open_file(&mut self, path: &Value<'p>, made: Place) -> Value<'p> {
        let id = self.object(Kind::External(Rc::from(FILE)), made);
        self.objects[id.0].attributes.insert(Rc::from(AT), path.clone());
        Value::of(Obj::Object(id))
    }

    /// The files that a path, or an open file, can mean, each with the circumstances.
    pub(super) fn files_at(&mut self, path: &Value<'p>, from: ModuleId) -> Vec<(ModuleId, When)> {
        let project = self.project;
        let from = project.module(from).path();
        let path = path.map(|alt| match alt.obj {
            Obj::Object(id) => self.objects[id.0].attributes.get(AT).cloned().unwrap_or_else(Value::unknown),
            _ => Value(vec![alt.clone()]),
        });
        let single = path.0.len() == 1;
        path.0
            .iter()
            .filter_map(|alt| {
                let Obj::Const(Const::Str(name)) = &alt.obj else { return None };
                let found = match paths::relative(name) {
                    Some(path) => ProjectPath::new(path),
                    None => settings_file(&|path| project.by_path(path).is_some(), from, name)?,
                };
                // Of several, none is sure unless it is the default.
                Some((project.by_path(&found)?, if single { When::Default } else { alt.when }))
            })
            .collect()
    }

    // Data.

    /// What `json.load` and its like give for an open file, a path, or a text.
    fn load_data(&mut self, format: Format, given: &Value<'p>, place: Place) -> Value<'p> {
        if given.0.iter().any(|alt| matches!(alt.obj, Obj::Const(_))) && format != Format::Toml {
            return given.map(|alt| {
                Value::of(match &alt.obj {
                    Obj::Const(Const::Str(text)) => {
                        word(text.trim(), format).map_or(Obj::Any(Type::Unknown), Obj::Const)
                    }
                    _ => Obj::Any(Type::Unknown),
                })
            });
        }
        let files = self.files_at(given, place.module);
        match files.as_slice() {
            [(file, _)] => self.data_of(*file, Some(format)).unwrap_or_else(Value::unknown),
            _ => Value::unknown(),
        }
    }

    /// What is in a file of data; its format is told from its name where it is not known.
    pub(super) fn data_in(&mut self, file: ModuleId) -> Option<Value<'p>> {
        self.data_of(file, None)
    }

    fn data_of(&mut self, file: ModuleId, format: Option<Format>) -> Option<Value<'p>> {
        let source = &self.project.module(file).source;
        let format = match format {
            Some(format) => format,
            None => match source.path.name().rsplit_once('.')?.1 {
                "json" => Format::Json,
                "toml" => Format::Toml,
                "yaml" | "yml" => Format::Yaml,
                _ => return None,
            },
        };
        let nodes = match format {
            Format::Json => nodes::json(&source.text),
            Format::Toml => nodes::toml(&source.text),
            Format::Yaml => nodes::yaml(&source.text),
        };
        let nodes = nodes.ok()?;
        let root = nodes.roots().next()?;
        Some(self.data_value(&nodes, root, file, format))
    }

    fn data_value(&mut self, nodes: &Nodes, id: nodes::Id, file: ModuleId, format: Format) -> Value<'p> {
        let place = |span: Span| Place { module: file, span };
        let kind = match &nodes.node(id).kind {
            nodes::Kind::Scalar { text, style, .. } => {
                let value = match style {
                    Style::Plain => word(text, format).unwrap_or_else(|| Const::Str(text.clone())),
                    _ => Const::Str(text.clone()),
                };
                return Value::constant(value).from(place(nodes.entry(id)));
            }
            nodes::Kind::Alias => return Value::unknown(),
            nodes::Kind::Map => Kind::Dict,
            nodes::Kind::List => Kind::Sequence,
        };
        let object = self.object(kind, place(nodes.node(id).span));
        for child in nodes.children(id) {
            let value = self.data_value(nodes, *child, file, format);
            let key = nodes.key(*child).map(|key| Const::Str(key.to_owned()));
            let (place, at) = (place(nodes.entry(*child)), place(nodes.node(*child).span));
            self.objects[object.0].items.push(Item { key, value, place, at });
        }
        Value::of(Obj::Object(object))
    }
}

/// The format that a function reads.
fn loader(path: &str) -> Option<Format> {
    Some(match path {
        "json.load" | "json.loads" | "simplejson.load" | "simplejson.loads" | "ujson.load" | "ujson.loads"
        | "orjson.loads" | "flask.json.load" | "flask.json.loads" => Format::Json,
        "toml.load" | "toml.loads" | "tomllib.load" | "tomllib.loads" | "tomli.load" | "tomli.loads" => Format::Toml,
        "yaml.load" | "yaml.safe_load" | "yaml.full_load" | "yaml.unsafe_load" => Format::Yaml,
        _ => return None,
    })
}

/// What a word without quotes stands for; `None` for a text. YAML is PyYAML's, which is 1.1.
fn word(text: &str, format: Format) -> Option<Const> {
    let lower = text.to_ascii_lowercase();
    let yaml = format == Format::Yaml;
    Some(match if yaml { lower.as_str() } else { text } {
        "true" => Const::Bool(true),
        "false" => Const::Bool(false),
        "yes" | "on" if yaml => Const::Bool(true),
        "no" | "off" if yaml => Const::Bool(false),
        "null" => Const::None,
        "" | "~" if yaml => Const::None,
        number => match number.parse() {
            Ok(number) => Const::Int(number),
            Err(_) => Const::Float(number.parse().ok()?),
        },
    })
}
