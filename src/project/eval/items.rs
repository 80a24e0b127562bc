//! Items of dictionaries, sequences and configurations.

use std::rc::Rc;

use super::super::facts::{Const, Place, When, Written};
use super::super::scope::{self, Scope};
use super::external::first;
use super::given::FILED;
use super::readers::SECTION;
use super::value::{Alt, Arguments, Obj, ObjectId, Type, Value};
use super::writes::UPLOADS;
use super::{Interpreter, Item, Kind, paths};
use crate::syntax::python::ast;

impl<'p> Interpreter<'p> {
    /// Says that a collection, or a configuration, may hold more than is known.
    pub(super) fn leave_open(&mut self, id: ObjectId) {
        self.objects[id.0].open = true;
        if matches!(self.objects[id.0].kind, Kind::Config) {
            let module = self.module_id();
            self.facts.undecided.insert(module);
        }
    }

    /// `owner[key]`
    pub(super) fn item(&mut self, owner: &Value<'p>, key: &Value<'p>) -> Value<'p> {
        let mut result: Option<Value<'p>> = None;
        for alt in owner.0.clone() {
            let value = match &alt.obj {
                Obj::Object(id) => self.object_item(*id, key),
                Obj::External(path) if &**path == "os.environ" => match key.as_str() {
                    Some(name) => self.environment(name, None, Type::Str),
                    None => Value::unknown(),
                },
                Obj::External(path) if &**path == UPLOADS => Value::external(&format!("{UPLOADS}[]")),
                Obj::External(path) if &**path == "sys.argv" => Value::command_line(None, Obj::Any(Type::Str)),
                // `Path(__file__).parents[1]`
                Obj::ValueMember(path, name) if &**name == "parents" => ancestor(path, key),
                _ => Value::unknown(),
            };
            let value = value.under(alt.when);
            result = Some(match result {
                Some(before) => before.or(value),
                None => value,
            });
        }
        result.unwrap_or_else(Value::unknown)
    }

    fn object_item(&mut self, id: ObjectId, key: &Value<'p>) -> Value<'p> {
        match self.objects[id.0].kind {
            Kind::Dict | Kind::Config => {
                let config = matches!(self.objects[id.0].kind, Kind::Config);
                let object = &self.objects[id.0];
                let made = object.made;
                let any = || {
                    object
                        .items
                        .iter()
                        .map(|item| item.value.clone().under(When::Unknown))
                        .reduce(Value::or)
                        .unwrap_or_else(Value::unknown)
                };
                let (mut missing_debug, mut lacking) = (false, false);
                let found = key.map(|alt| match &alt.obj {
                    Obj::Const(key) => match object.items.iter().rev().find(|item| item.key.as_ref() == Some(key)) {
                        Some(item) => chosen_by(item, alt),
                        None => {
                            missing_debug |= *key == Const::Str("DEBUG".to_owned());
                            lacking |= !object.open && alt.when == When::Default;
                            Value::unknown()
                        }
                    },
                    _ => any(),
                });
                if lacking {
                    self.facts.missing.insert(made);
                }
                if config && missing_debug { self.config_value(id, "DEBUG") } else { found }
            }
            Kind::Sequence => {
                let object = &self.objects[id.0];
                match key.as_const() {
                    Some(Const::Int(at)) if !object.open => {
                        let at = if *at < 0 { at + i64::try_from(object.items.len()).unwrap_or(0) } else { *at };
                        usize::try_from(at)
                            .ok()
                            .and_then(|at| object.items.get(at))
                            .map_or_else(Value::unknown, |item| item.value.clone())
                    }
                    _ => Value::unknown(),
                }
            }
            Kind::External(ref class) => {
                let class = Rc::clone(class);
                match key.as_str().map(str::to_owned) {
                    Some(name) if class.ends_with("ConfigParser") => self.config_section(id, &name),
                    Some(name) if &*class == SECTION => self.config_option(id, &name),
                    Some(name) if &*class == FILED => self.filed(id, &name, None),
                    _ => Value::unknown(),
                }
            }
            _ => Value::unknown(),
        }
    }

    /// `owner[key] = value`
    pub(super) fn set_item(&mut self, owner: &Value<'p>, key: &Value<'p>, value: &Value<'p>, place: Place, at: Place) {
        for alt in owner.0.clone() {
            match &alt.obj {
                Obj::Object(id) => match (&self.objects[id.0].kind, key.as_const()) {
                    (Kind::Config, Some(Const::Str(name))) if name == "DEBUG" => {
                        self.write_config_debug(*id, value, place, at, Written::Item, place);
                    }
                    (Kind::Dict | Kind::Config, Some(key)) => {
                        if let (Kind::Config, Const::Str(name)) = (&self.objects[id.0].kind, key) {
                            let name = name.clone();
                            self.note_setting(&name, value, place, at, Written::Item);
                        }
                        let item = Item { key: Some(key.clone()), value: value.clone(), place, at };
                        self.put(*id, item);
                    }
                    (Kind::Dict | Kind::Config, None) => self.leave_open(*id),
                    _ => {}
                },
                Obj::External(path) if &**path == "os.environ" => {
                    if let Some(name) = key.as_str() {
                        let name = name.to_owned();
                        self.write_environment(&name, value, place, at, false);
                    }
                }
                _ => {}
            }
        }
    }

    /// Puts an item into a dictionary: in the place of the one with its key, or at the end.
    pub(super) fn put(&mut self, id: ObjectId, mut item: Item<'p>) {
        let when = self.when;
        let items = &mut self.objects[id.0].items;
        match items.iter_mut().find(|have| have.key == item.key) {
            Some(have) => {
                if when > When::Default {
                    item.value = have.value.clone().or(item.value.under(when));
                }
                *have = item;
            }
            None => {
                item.value = item.value.under(when);
                items.push(item);
            }
        }
    }

    /// Puts the items of one mapping into another: `update`, `|=`, `{**other}`.
    pub(super) fn merge_into(&mut self, id: ObjectId, other: &Value<'p>, place: Place) {
        let items = match other.single().map(|alt| &alt.obj) {
            Some(Obj::Object(other)) if matches!(self.objects[other.0].kind, Kind::Dict | Kind::Config) => {
                if self.objects[other.0].open {
                    self.leave_open(id);
                }
                self.objects[other.0].items.clone()
            }
            // `update([("DEBUG", True)])`: pairs.
            Some(Obj::Object(other)) if matches!(self.objects[other.0].kind, Kind::Sequence) => {
                let pairs = self.objects[other.0].items.clone();
                pairs.iter().filter_map(|pair| self.pair(pair)).collect()
            }
            _ => {
                self.leave_open(id);
                return;
            }
        };
        for item in items {
            self.take_entry(id, item, place);
        }
    }

    /// Fills a mapping as `dict(…)` and `update(…)` do: from the mappings and pairs given by position,
    /// then from the keywords. `place` is the call.
    pub(super) fn fill(&mut self, id: ObjectId, arguments: &Arguments<'p>, place: Place) {
        for passing in &arguments.positional {
            self.merge_into(id, &passing.value, passing.place);
        }
        for (name, passing) in &arguments.keywords {
            let key = Some(Const::Str(name.to_string()));
            let item = Item { key, value: passing.value.clone(), place: passing.place, at: passing.at };
            self.take_entry(id, item, place);
        }
        self.objects[id.0].open |= arguments.open;
    }

    /// Takes over one entry of what is handed to a mapping at a place.
    fn take_entry(&mut self, id: ObjectId, item: Item<'p>, place: Place) {
        if let (Kind::Config, Some(Const::Str(name))) = (&self.objects[id.0].kind, &item.key) {
            if name == "DEBUG" {
                self.write_config_debug(id, &item.value, item.place, item.at, Written::Entry, place);
                return;
            }
            self.note_setting(&name.clone(), &item.value, item.place, item.at, Written::Entry);
        }
        self.put(id, item);
    }

    /// A pair as an item.
    fn pair(&self, pair: &Item<'p>) -> Option<Item<'p>> {
        let Obj::Object(id) = pair.value.single()?.obj else { return None };
        let [key, value] = self.objects[id.0].items.as_slice() else { return None };
        Some(Item {
            key: Some(key.value.as_const()?.clone()),
            value: value.value.clone(),
            place: pair.place,
            at: value.at,
        })
    }

    /// A method of a dictionary.
    pub(super) fn call_dict(
        &mut self,
        id: ObjectId,
        name: &str,
        arguments: &Arguments<'p>,
        call: &'p ast::ExprCall,
    ) -> Value<'p> {
        match name {
            "get" | "pop" | "setdefault" => {
                let Some(key) = first(arguments) else { return Value::unknown() };
                let default =
                    arguments.value("default", Some(1)).cloned().unwrap_or_else(|| Value::constant(Const::None));
                let owner = Value::of(Obj::Object(id));
                let has = |this: &Self, key: &Const| {
                    this.objects[id.0].items.iter().any(|item| item.key.as_ref() == Some(key))
                };
                // The default is for what a key may be and the dictionary does not have, and comes as that key does.
                let result = key.map(|alt| {
                    let found = |this: &mut Self| this.item(&owner, &Value(vec![alt.clone()]));
                    match &alt.obj {
                        Obj::Const(key) if has(self, key) => found(self),
                        Obj::Const(_) if !self.objects[id.0].open => default.clone(),
                        _ => found(self).or(default.clone()),
                    }
                });
                let has = key.as_const().is_some_and(|key| has(self, key));
                match (name, key.as_const()) {
                    ("pop", Some(key)) => self.objects[id.0].items.retain(|item| item.key.as_ref() != Some(key)),
                    ("setdefault", Some(key)) if !has => {
                        let (place, at) = (self.place(call), arguments.positional.last().map(|given| given.at));
                        let key = Some(key.clone());
                        let value = result.clone();
                        self.put(id, Item { key, value, place, at: at.unwrap_or(place) });
                    }
                    _ => {}
                }
                result
            }
            "update" => {
                self.fill(id, arguments, self.place(call));
                Value::constant(Const::None)
            }
            "copy" => {
                let made = self.objects[id.0].made;
                let copy = self.object(Kind::Dict, made);
                self.objects[copy.0].items = self.objects[id.0].items.clone();
                self.objects[copy.0].open = self.objects[id.0].open;
                Value::of(Obj::Object(copy))
            }
            "__setitem__" => {
                if let [key, value] = arguments.positional.as_slice() {
                    let owner = Value::of(Obj::Object(id));
                    self.set_item(&owner, &key.value, &value.value, self.place(call), value.at);
                }
                Value::constant(Const::None)
            }
            "items" => {
                let place = self.place(call);
                let pairs = self.object(Kind::Sequence, place);
                for item in self.objects[id.0].items.clone() {
                    let Some(key) = item.key.clone() else { continue };
                    let pair = self.object(Kind::Sequence, item.place);
                    let key = Item { key: None, value: Value::constant(key), place: item.place, at: item.place };
                    self.objects[pair.0].items = vec![key, Item { key: None, ..item.clone() }];
                    let value = Value::of(Obj::Object(pair));
                    self.objects[pairs.0].items.push(Item { key: None, value, place: item.place, at: item.at });
                }
                self.objects[pairs.0].open = self.objects[id.0].open;
                Value::of(Obj::Object(pairs))
            }
            "clear" => {
                self.objects[id.0].items.clear();
                Value::constant(Const::None)
            }
            _ => Value::unknown(),
        }
    }
}

/// The value of an item that a key was looked up for. In a registry of configurations, the key that
/// names one for development is what chooses it, and not the entry of that name.
fn chosen_by<'p>(item: &Item<'p>, key: &Alt<'p>) -> Value<'p> {
    let mut value = item.value.clone();
    let names = |name: &Const| matches!(name, Const::Str(name) if scope::of_name(name) == Scope::Development);
    if item.key.as_ref().is_some_and(names) && key.origin.is_some() {
        for alt in value
            .0
            .iter_mut()
            .filter(|alt| matches!(alt.obj, Obj::Class(_) | Obj::Module(_) | Obj::Const(Const::Str(_))))
        {
            alt.origin = key.origin;
        }
    }
    value
}

/// `path.parents[key]`
fn ancestor<'p>(path: &Alt<'p>, key: &Value<'p>) -> Value<'p> {
    let (Obj::Const(Const::Str(text)), Some(Const::Int(above @ 0..=9))) = (&path.obj, key.as_const()) else {
        return Value::unknown();
    };
    let found = (0..=*above).try_fold(text.clone(), |path, _| paths::call("parent", &[&path]));
    found.map_or_else(Value::unknown, |path| Value::constant(Const::Str(path)))
}
