//! The configuration for production that could be chosen where one for development is.

use std::collections::BTreeSet;

use super::super::facts::{Const, Place, Production, Truth};
use super::value::{ClassId, Obj, Value};
use super::{Interpreter, Kind};

impl<'p> Interpreter<'p> {
    /// The only configuration for production beside a class, and how it is chosen at a place in its
    /// stead; `None` where there is none, or more than one.
    pub(super) fn production(&self, class: ClassId, chosen_at: Place) -> Option<Production> {
        let name = self.class_name(class);
        let registered = self.registered(class);
        let (key, instead) = match &registered[..] {
            [(key, instead)] => (Some(key.as_str()), *instead),
            [] => (None, self.beside(class)?),
            _ => return None,
        };
        let other = self.class_name(instead);
        let text = self.project.module(chosen_at.module).slice(chosen_at.span);
        let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\'') && text.len() > 1);
        let (written, value) = match quote {
            Some(quote) => {
                let said = text.trim_matches(quote);
                let lead = said.strip_suffix(name).filter(|lead| lead.is_empty() || lead.ends_with(['.', ':']));
                let value = lead.map(|lead| format!("{lead}{other}")).or_else(|| key.map(str::to_owned));
                (value.as_ref().map(|value| format!("{quote}{value}{quote}")), value)
            }
            None => (self.named_instead(text, name, instead, chosen_at), key.map(str::to_owned)),
        };
        Some(Production { name: other.to_owned(), written, value })
    }

    /// An expression that names a class, with another in its place.
    fn named_instead(&self, text: &str, name: &str, instead: ClassId, at: Place) -> Option<String> {
        let (named, call) = text.strip_suffix("()").map_or((text, ""), |named| (named, "()"));
        let lead = named.strip_suffix(name)?;
        let other = self.class_name(instead);
        if lead.is_empty() {
            // The other name has to be there, too.
            let scope = self.imported.get(&at.module)?;
            let bound = self.lookup(*scope, other)?;
            let is_it = |class: ClassId| std::ptr::eq(self.classes[class.0].def, self.classes[instead.0].def);
            if !bound.0.iter().any(|alt| matches!(alt.obj, Obj::Class(class) if is_it(class))) {
                return None;
            }
        } else if !lead.ends_with('.') {
            return None;
        }
        Some(format!("{lead}{other}{call}"))
    }

    /// What dictionaries that hold a class have for production, by key: without debug mode.
    fn registered(&self, class: ClassId) -> Vec<(String, ClassId)> {
        let mut found: Vec<(String, ClassId)> = Vec::new();
        for object in self.objects.iter().filter(|object| matches!(object.kind, Kind::Dict)) {
            let held = |value: &Value<'p>| match value.single()?.obj {
                Obj::Class(held) => Some(held),
                _ => None,
            };
            let holds = object.items.iter().any(|item| held(&item.value).is_some_and(|held| self.same(held, class)));
            for item in object.items.iter().filter(|_| holds) {
                let (Some(Const::Str(key)), Some(other)) = (&item.key, held(&item.value)) else { continue };
                if is_production(key) && self.is_off(other) && !found.iter().any(|(have, _)| have == key) {
                    found.push((key.clone(), other));
                }
            }
        }
        // Of `prod` and `production` for the same one, either will do.
        let targets: BTreeSet<&str> = found.iter().map(|(_, class)| self.class_name(*class)).collect();
        if targets.len() == 1 {
            found.sort_by_key(|(key, _)| key != "production");
            found.truncate(1);
        }
        found
    }

    /// The class for production in the module of another.
    fn beside(&self, class: ClassId) -> Option<ClassId> {
        let module = self.classes[class.0].module;
        let all = (0..self.classes.len()).map(ClassId).filter(|other| self.classes[other.0].module == module);
        let mut found: Vec<ClassId> = Vec::new();
        for other in all.filter(|other| is_production(self.class_name(*other)) && self.is_off(*other)) {
            if !found.iter().any(|have| self.same(*have, other)) {
                found.push(other);
            }
        }
        match found[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether a configuration leaves debug mode off.
    fn is_off(&self, class: ClassId) -> bool {
        let debug = self.class_attribute(class, "DEBUG", 0);
        debug.is_none_or(|(_, value)| self.truth(&value) == Truth::Never)
    }

    /// A class is walked anew with each run of its module.
    fn same(&self, one: ClassId, other: ClassId) -> bool {
        std::ptr::eq(self.classes[one.0].def, self.classes[other.0].def)
    }

    fn class_name(&self, class: ClassId) -> &'p str {
        self.classes[class.0].def.name.as_str()
    }
}

fn is_production(name: &str) -> bool {
    name.to_lowercase().contains("prod")
}
