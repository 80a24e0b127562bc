//! The environment that a process is given, for a second look at the code: see [`Facts::gather_given`].
//!
//! Without one, a variable is either not set or anything; with one, it is what the files around the
//! code say. What a file of variables says counts from when the code loads it, as it would when it runs.
//!
//! [`Facts::gather_given`]: super::super::facts::Facts::gather_given

use std::rc::Rc;

use super::super::facts::{Const, Place};
use super::super::modules::ModuleId;
use super::external::first;
use super::idle::Rest;
use super::value::{Arguments, Obj, ObjectId, Type, Value};
use super::{Interpreter, Kind, fold, paths};
use crate::source::ProjectPath;

/// The file that loaders look for when they are not told a name.
const DEFAULT_FILE: &str = ".env";
/// The class of what `dotenv_values` gives, and the attribute under which it keeps its file.
pub(super) const FILED: &str = "dotenv.dotenv_values";

impl<'p> Interpreter<'p> {
    /// A new process begins: what the last one loaded or set is forgotten.
    pub(super) fn begin_process(&mut self) {
        self.environment.clear();
        self.process.clone_from(&self.given.process);
        self.current_app = None;
    }

    /// What the process is given for a variable, as a reader of this kind of value gets it; `None` where
    /// nothing is given.
    pub(super) fn given(&self, name: &str, kind: Type) -> Option<Value<'p>> {
        self.note_dependence(name);
        Some(Value::of(typed(self.process.get(name)?, kind)))
    }

    /// Notes that what is found out depends on a variable. Only in a second look does it count.
    fn note_dependence(&self, name: &str) {
        let mut depends = self.depends.borrow_mut();
        if self.rest == Rest::OfDebug && !depends.contains(name) {
            depends.insert(name.to_owned());
        }
    }

    /// The same for a reader that looks into the file of variables by itself, after the environment:
    /// python-decouple, pydantic.
    pub(super) fn given_or_filed(&self, name: &str, kind: Type, from: ModuleId) -> Option<Value<'p>> {
        self.given(name, kind).or_else(|| {
            let file = self.nearest(from, DEFAULT_FILE)?;
            Some(Value::of(typed(self.given.files.get(&file)?.get(name)?, kind)))
        })
    }

    /// Notes that the code asks for a variable.
    pub(super) fn note_asked(&mut self, name: &str, place: Place) {
        if !name.is_empty() {
            self.facts.asked.insert((name.to_owned(), place));
        }
    }

    /// `load_dotenv(path)` and its like: from now on the variables of the file are in the environment,
    /// where it does not have them already.
    pub(super) fn load_dotenv(&mut self, arguments: &Arguments<'p>, place: Place) {
        let given = arguments.value("dotenv_path", Some(0)).or_else(|| arguments.value("path", None));
        let override_ = arguments.keyword("override").is_some_and(|passing| {
            passing.value.single().is_some_and(|alt| matches!(alt.obj, Obj::Const(Const::Bool(true))))
        });
        let Some(file) = self.variables_file(given, place.module) else { return };
        let Some(variables) = self.given.files.get(&file) else { return };
        for (name, value) in variables {
            if override_ || !self.process.contains_key(name) {
                self.process.insert(name.clone(), value.clone());
            }
        }
    }

    /// `dotenv_values(path)`: what the file says, whatever the environment does.
    pub(super) fn dotenv_values(&mut self, arguments: &Arguments<'p>, place: Place) -> Value<'p> {
        let id = self.object(Kind::External(Rc::from(FILED)), place);
        if let Some(file) = self.variables_file(arguments.value("dotenv_path", Some(0)), place.module) {
            self.objects[id.0].attributes.insert(Rc::from(FILED), Value::constant(paths::own(file.as_str())));
        }
        Value::of(Obj::Object(id))
    }

    /// A variable of what `dotenv_values` gave.
    pub(super) fn filed(&mut self, id: ObjectId, name: &str, default: Option<Value<'p>>) -> Value<'p> {
        self.note_asked(name, self.objects[id.0].made);
        self.note_dependence(name);
        let file = self.objects[id.0].attributes.get(FILED).and_then(Value::as_str).and_then(paths::relative);
        let given = file.and_then(|file| self.given.files.get(&ProjectPath::new(file))?.get(name));
        match given {
            Some(text) => Value::constant(Const::Str(text.clone())),
            None => Value::environment(name, default, Type::Str),
        }
    }

    /// `find_dotenv(name)`
    pub(super) fn find_dotenv(&self, arguments: &Arguments<'p>, place: Place) -> Value<'p> {
        let name = first(arguments);
        let name = name.as_ref().and_then(Value::as_str).unwrap_or(DEFAULT_FILE);
        match self.nearest(place.module, name) {
            Some(file) => Value::constant(paths::own(file.as_str())),
            None => Value::constant(Const::Str(String::new())),
        }
    }

    /// The file of variables that a loader reads.
    fn variables_file(&self, path: Option<&Value<'p>>, from: ModuleId) -> Option<ProjectPath> {
        let Some(Const::Str(path)) = path.and_then(Value::as_const).filter(|path| path.truth()) else {
            return self.nearest(from, DEFAULT_FILE);
        };
        match paths::relative(path) {
            Some(path) => Some(ProjectPath::new(path)),
            // The working directory is not known; it is that of the program or one above it.
            None => self.nearest(from, path.trim_start_matches("./")),
        }
    }

    /// The first file of a name in the folder of a module and those above it.
    pub(super) fn nearest(&self, from: ModuleId, name: &str) -> Option<ProjectPath> {
        let mut dir = self.project.module(from).path().dir();
        loop {
            let path = ProjectPath::in_dir(dir, name);
            if self.given.files.contains_key(&path) || self.project.has_file(&path) {
                return Some(path);
            }
            if dir.is_empty() {
                return None;
            }
            dir = dir.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
    }
}

/// A text of the environment as a reader of this kind of value gives it.
fn typed<'p>(text: &str, kind: Type) -> Obj<'p> {
    let value = match kind {
        Type::Bool => fold::strtobool(text).map(Const::Bool),
        Type::Int => text.trim().parse().ok().map(Const::Int),
        Type::Str | Type::Unknown => Some(Const::Str(text.to_owned())),
    };
    value.map_or(Obj::Any(kind), Obj::Const)
}
