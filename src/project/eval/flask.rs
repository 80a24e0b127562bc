//! What Flask and the frameworks on it do: debug settings, configuration, servers.

use std::rc::Rc;

use super::super::environment::effect;
use super::super::facts::{
    AppObject, Argument, Chosen, Const, DebugWrite, Debugger, EnvironmentWrite, Known, Passed, Place,
    PrefixedEnvironment, Serve, Server, Setting, Truth, Tunnel, When, Written,
};
use super::super::frameworks::{self, Role, Settings};
use super::external::first;
use super::value::{Alt, Arguments, ClassId, Obj, ObjectId, Passing, Type, Value, dotted};
use super::{Interpreter, Item, Kind, nowhere, paths};
use crate::source::{ProjectPath, Span};
use crate::syntax::python::{self, Stmt, ast};

/// The attribute under which an object keeps its configuration.
pub(super) const CONFIG: &str = "config";
/// The attribute under which a wrapper or server keeps the app it was given.
const SERVED: &str = "(served)";

/// What chooses a configuration: the place, and the variable of the environment that chooses another.
struct ChosenBy {
    place: Place,
    variable: Option<String>,
}

impl<'p> Interpreter<'p> {
    /// The app that `flask.current_app` stands for.
    pub(super) fn the_current_app(&mut self) -> ObjectId {
        if let Some(id) = self.current_app {
            return id;
        }
        let made = nowhere(self.module_id());
        let id = self.object(Kind::External(Rc::from("flask.Flask")), made);
        self.current_app = Some(id);
        id
    }

    /// The configuration of an app.
    pub(super) fn config_of(&mut self, app: ObjectId) -> ObjectId {
        if let Some(Value(alts)) = self.objects[app.0].attributes.get(CONFIG)
            && let Some(Alt { obj: Obj::Object(id), .. }) = alts.first()
        {
            return *id;
        }
        let made = self.objects[app.0].made;
        let config = self.object(Kind::Config, made);
        self.objects[config.0].open = true;
        self.objects[app.0].attributes.insert(Rc::from(CONFIG), Value::of(Obj::Object(config)));
        config
    }

    /// `app.root_path` and `app.instance_path`.
    pub(super) fn app_folder(&self, app: ObjectId, instance: bool) -> Value<'p> {
        let dir = self.project.module(self.objects[app.0].made.module).path().dir();
        let path = if instance {
            let parent = dir.rsplit_once('/').map_or("", |(parent, _)| parent);
            let holds = |dir: &&str| self.project.has_dir(ProjectPath::in_dir(dir, "instance").as_str());
            ProjectPath::in_dir([dir, parent].into_iter().find(holds).unwrap_or(dir), "instance")
        } else {
            ProjectPath::new(dir)
        };
        Value::constant(paths::own(path.as_str()))
    }

    /// A value of a configuration; what Flask takes `DEBUG` from when nothing sets it is the
    /// environment (`flask.helpers.get_debug_flag`).
    pub(super) fn config_value(&mut self, config: ObjectId, key: &str) -> Value<'p> {
        let key_value = Const::Str(key.to_owned());
        if let Some(item) = self.objects[config.0].items.iter().rev().find(|item| item.key.as_ref() == Some(&key_value))
        {
            return item.value.clone();
        }
        if key == "DEBUG" {
            return Value::environment("FLASK_DEBUG", Some(Value::constant(Const::Bool(false))), Type::Bool);
        }
        Value::unknown()
    }

    /// `app.debug = value`
    pub(super) fn write_app_debug(&mut self, app: ObjectId, value: &Value<'p>, place: Place, at: Place) {
        let config = self.config_of(app);
        self.write_config_debug(config, value, place, at, Written::Attribute, place);
    }

    /// Sets `DEBUG` of a configuration; `via` is the statement or call that does.
    pub(super) fn write_config_debug(
        &mut self,
        config: ObjectId,
        value: &Value<'p>,
        place: Place,
        at: Place,
        written: Written,
        via: Place,
    ) {
        let setting = self.setting(value, at);
        let in_file = self.project.module(place.module).is_data;
        let (written, via) = if in_file { (Written::File, Some(via)) } else { (written, None) };
        let write = DebugWrite {
            place,
            value: at,
            written,
            setting,
            when: self.when,
            via,
            chosen: None,
            chosen_elsewhere: Vec::new(),
            overridden: false,
        };
        self.record_write(config, write, value);
    }

    fn record_write(&mut self, config: ObjectId, mut write: DebugWrite, value: &Value<'p>) {
        // A configuration that only a test asks for is no default of the app.
        if write.chosen.is_some() && self.walks_test() && !self.is_test(write.via.unwrap_or(write.place).module) {
            write.when = write.when.max(When::CommandLine);
        }
        let never = write.setting.truth == Truth::Never;
        // A later write of "off" takes back what came before, if it always happens.
        if never && write.when == When::Default {
            for index in std::mem::take(&mut self.objects[config.0].debug_writes) {
                self.facts.debug_writes[index].overridden = true;
            }
        }
        let item = Item {
            key: Some(Const::Str("DEBUG".to_owned())),
            value: value.clone().from(write.value),
            place: write.place,
            at: write.value,
        };
        self.put(config, item);
        let known = self.facts.debug_writes.iter().position(|have| have.place == write.place && have.via == write.via);
        let index = match known {
            Some(index) => {
                let have = &mut self.facts.debug_writes[index];
                let (surer, as_sure) = (write.when < have.when, write.when == have.when);
                have.when = have.when.min(write.when);
                have.setting.hang_on_more(&write.setting);
                if write.setting.truth > have.setting.truth {
                    let hangs_on = have.setting.hangs_on.take();
                    have.setting = Setting { hangs_on, ..write.setting };
                }
                have.overridden = false;
                match (&mut have.chosen, write.chosen) {
                    // What chose it less surely is not what to speak of.
                    (Some(first), Some(chosen)) if surer => {
                        *first = chosen;
                        have.chosen_elsewhere.clear();
                    }
                    (Some(first), Some(chosen)) if first.place == chosen.place || !as_sure => {
                        first.variable = first.variable.take().or(chosen.variable);
                    }
                    (Some(_), Some(chosen)) => {
                        if !have.chosen_elsewhere.iter().any(|other| other.place == chosen.place) {
                            have.chosen_elsewhere.push(chosen);
                        }
                    }
                    (None, chosen) => have.chosen = chosen,
                    (Some(_), None) => {}
                }
                index
            }
            None => {
                self.facts.debug_writes.push(write);
                self.facts.debug_writes.len() - 1
            }
        };
        if !never {
            self.objects[config.0].debug_writes.push(index);
        }
    }

    /// `os.environ[name] = value`
    pub(super) fn write_environment(
        &mut self,
        name: &str,
        value: &Value<'p>,
        place: Place,
        at: Place,
        only_default: bool,
    ) {
        let setting = self.setting(value, at);
        let off = matches!(&setting.known, Known::Constant(Const::Str(text)) if effect(name, text).is_none());
        if off && !only_default {
            self.take_back(name);
        }
        self.set_since.insert(name.to_owned(), self.made_so_far());
        let write =
            EnvironmentWrite { name: name.to_owned(), place, value: at, setting, only_default, when: self.when };
        match self.facts.environment_writes.iter_mut().find(|have| have.place == place) {
            Some(have) => have.when = have.when.min(write.when),
            None => self.facts.environment_writes.push(write),
        }
        let value = if only_default {
            self.environment(name, Some(value.clone()), Type::Str)
        } else if self.when > When::Default {
            let before = Value::environment(name, Some(Value::constant(Const::None)), Type::Str);
            self.environment.get(name).cloned().unwrap_or(before).or(value.clone().under(self.when))
        } else {
            value.clone()
        };
        self.environment.insert(name.to_owned(), value);
    }

    /// `del os.environ[name]`
    pub(super) fn unset_environment(&mut self, name: &str) {
        self.take_back(name);
        if self.when == When::Default {
            self.environment.remove(name);
            self.process.remove(name);
        }
    }

    /// What this module set a variable to before has no effect, if no app was made in between.
    fn take_back(&mut self, name: &str) {
        let module = self.module_id();
        if self.when == When::Default && self.set_since.get(name) == Some(&self.made_so_far()) {
            self.facts.environment_writes.retain(|write| write.name != name || write.place.module != module);
        }
    }

    /// A summary of a value for the rules.
    pub(super) fn setting(&self, value: &Value<'p>, place: Place) -> Setting {
        value.setting(place, &|obj| self.truth_of(obj))
    }

    // Configuration.

    /// A method of `app.config`.
    pub(super) fn call_config(
        &mut self,
        config: ObjectId,
        name: &str,
        arguments: &Arguments<'p>,
        call: &'p ast::ExprCall,
    ) -> Value<'p> {
        match name {
            "update" | "from_mapping" => {
                self.fill(config, arguments, self.place(call));
                Value::constant(Const::None)
            }
            "from_object" => {
                if let Some(passing) = arguments.positional.first().or_else(|| arguments.keyword("obj")) {
                    self.read_objects(config, passing, call);
                }
                Value::constant(Const::None)
            }
            "from_pyfile" | "from_file" | "from_json" => {
                if let Some(passing) = arguments.get("filename", Some(0)) {
                    self.read_files(config, name == "from_pyfile", passing, call);
                }
                Value::any(Type::Bool)
            }
            "__setitem__" => {
                if let [key, value] = arguments.positional.as_slice() {
                    let owner = Value::of(Obj::Object(config));
                    self.set_item(&owner, &key.value, &value.value, self.place(call), value.at);
                }
                Value::constant(Const::None)
            }
            "from_prefixed_env" => {
                let prefix = match arguments.value("prefix", Some(0)) {
                    Some(prefix) => prefix.as_str().map(str::to_owned),
                    None => Some("FLASK".to_owned()),
                };
                if let Some(prefix) = prefix {
                    let (place, when) = (self.place(call), self.when);
                    self.facts.prefixed.push(PrefixedEnvironment { prefix, place, when });
                }
                Value::any(Type::Bool)
            }
            // `setdefault("DEBUG", …)` has no effect: Flask has set it by then.
            "get" | "__getitem__" => {
                let key = first(arguments).unwrap_or_else(Value::unknown);
                let Some(Const::Str(key)) = key.as_const() else { return Value::unknown() };
                let wanted = Const::Str(key.clone());
                let has = key == "DEBUG"
                    || self.objects[config.0].items.iter().any(|item| item.key.as_ref() == Some(&wanted));
                let found = self.config_value(config, &key.clone());
                if has {
                    return found;
                }
                // Not seen being set, so most likely the default.
                match arguments.value("default", Some(1)) {
                    Some(default) => default.clone().or(Value::unknown()),
                    None => Value::unknown(),
                }
            }
            _ => Value::unknown(),
        }
    }

    /// `app.config.from_object(…)` of each thing it can be.
    fn read_objects(&mut self, config: ObjectId, passing: &Passing<'p>, call: &'p ast::ExprCall) {
        let via = self.place(call);
        let single = passing.value.0.len() == 1;
        let variable = passing.value.0.iter().find_map(|alt| alt.variable.as_ref()).map(|name| name.to_string());
        for alt in passing.value.0.clone() {
            // Of several, none is sure unless it is the default.
            let when = if single { When::Default } else { alt.when };
            let by = ChosenBy { place: alt.origin.unwrap_or(passing.at), variable: variable.clone() };
            self.under(when, |this| this.read_object(config, &alt, &by, passing.at, via));
        }
    }

    /// Takes over the attributes of one object whose names are in capitals.
    fn read_object(&mut self, config: ObjectId, alt: &Alt<'p>, by: &ChosenBy, at: Place, via: Place) {
        let mut chosen_class: Option<ClassId> = None;
        let (name, attributes): (String, Vec<(String, Value<'p>)>) = match &alt.obj {
            Obj::Const(Const::Str(text)) => {
                let text = text.clone();
                let value = self.import_own_string(&text);
                return match value.single().cloned() {
                    Some(found)
                        if !matches!(found.obj, Obj::Const(_) | Obj::Any(_) | Obj::Starts(_) | Obj::External(_)) =>
                    {
                        self.read_object(config, &found, by, at, via);
                    }
                    _ => {
                        self.facts.missing.insert(via);
                        self.leave_open(config);
                    }
                };
            }
            Obj::Class(class) => {
                chosen_class = Some(*class);
                (self.classes[class.0].def.name.to_string(), self.class_attributes(*class, 0))
            }
            Obj::Module(id) => {
                let scope = self.import(*id);
                let name = self.project.module(*id).path().stem().to_owned();
                (name, self.capitals(scope))
            }
            Obj::Object(id) => match self.objects[id.0].kind {
                Kind::Instance(class) => {
                    chosen_class = Some(class);
                    let mut attributes = self.class_attributes(class, 0);
                    for (name, value) in &mut attributes {
                        // A property has the value that it computes.
                        *value = self.object_attribute(*id, name);
                    }
                    for (name, value) in &self.objects[id.0].attributes {
                        attributes.push((name.to_string(), value.clone()));
                    }
                    (self.classes[class.0].def.name.to_string(), attributes)
                }
                // `SimpleNamespace(DEBUG=True)`
                Kind::External(ref class) => {
                    let attributes = self.objects[id.0].attributes.iter();
                    let attributes = attributes.filter(|(name, _)| is_capital(name));
                    (class.to_string(), attributes.map(|(name, value)| (name.to_string(), value.clone())).collect())
                }
                _ => return,
            },
            _ => {
                self.facts.undecided.insert(via.module);
                return;
            }
        };
        for (key, value) in attributes {
            if key == "DEBUG" {
                let written_at = value.decisive().and_then(|alt| alt.origin).unwrap_or(at);
                let write = DebugWrite {
                    place: written_at,
                    value: written_at,
                    written: Written::Object,
                    setting: self.setting(&value, written_at),
                    when: self.when,
                    via: Some(via),
                    chosen: Some(Chosen {
                        name: name.clone(),
                        place: by.place,
                        variable: by.variable.clone(),
                        production: chosen_class.and_then(|class| self.production(class, by.place)),
                    }),
                    chosen_elsewhere: Vec::new(),
                    overridden: false,
                };
                self.record_write(config, write, &value);
            } else {
                let item = Item { key: Some(Const::Str(key)), value, place: at, at };
                self.put(config, item);
            }
        }
    }

    /// A dotted name in a text, of which `__name__` of a module is one.
    fn import_own_string(&mut self, text: &str) -> Value<'p> {
        let here = self.module_id();
        let own = self.project.module(here).path().as_str().trim_end_matches(".py").replace('/', ".");
        if text == "__main__" || text == own {
            return Value::of(Obj::Module(here));
        }
        self.import_string(text)
    }

    /// The names in capitals of a scope, in their order.
    fn capitals(&self, scope: super::ScopeId) -> Vec<(String, Value<'p>)> {
        let vars = self.scopes[scope.0].vars.iter();
        let mut capitals: Vec<(String, Value<'p>)> = vars
            .filter(|(name, _)| is_capital(name))
            .map(|(name, value)| ((*name).to_owned(), (**value).clone()))
            .collect();
        capitals.sort_by(|(one, _), (two, _)| one.cmp(two));
        capitals
    }

    /// The attributes in capitals of a class, its own before those it inherits.
    fn class_attributes(&self, class: ClassId, depth: usize) -> Vec<(String, Value<'p>)> {
        let mut attributes = self.capitals(self.classes[class.0].scope);
        if depth < super::MAX_DEPTH {
            for alt in self.classes[class.0].bases.iter().flat_map(|base| &base.0) {
                if let Obj::Class(base) = alt.obj {
                    for (name, value) in self.class_attributes(base, depth + 1) {
                        if !attributes.iter().any(|(have, _)| *have == name) {
                            attributes.push((name, value));
                        }
                    }
                }
            }
        }
        attributes
    }

    /// `app.config.from_pyfile(name)` and `from_file(name, load=…)`: a file beside the module, in the
    /// instance folder, or in the project folder.
    fn read_files(&mut self, config: ObjectId, python: bool, passing: &Passing<'p>, call: &'p ast::ExprCall) {
        let via = self.place(call);
        let files = self.files_at(&passing.value, via.module);
        if files.is_empty() || !python {
            self.leave_open(config);
        }
        for (file, when) in files {
            let is_data = self.project.module(file).is_data;
            self.note_named_import(file);
            self.under(when, |this| {
                if python && !is_data {
                    let place = passing.value.0.iter().find_map(|alt| alt.origin).unwrap_or(via);
                    let by = ChosenBy { place, variable: None };
                    this.read_object(config, &Alt::new(Obj::Module(file)), &by, via, via);
                } else if !python && let Some(data) = this.data_in(file) {
                    this.merge_into(config, &data, via);
                }
            });
        }
    }

    /// Turns Flask-DebugToolbar on, which is on in debug mode only unless told otherwise.
    fn write_toolbar(&mut self, value: &Value<'p>, place: Place, at: Place, written: Written) {
        let setting = self.setting(value, at);
        let write = DebugWrite {
            place,
            value: at,
            written,
            setting,
            when: self.when,
            via: None,
            chosen: None,
            chosen_elsewhere: Vec::new(),
            overridden: false,
        };
        if !self.facts.toolbars.iter().any(|have| have.place == place) {
            self.facts.toolbars.push(write);
        }
    }

    /// Looks at a setting of an app that is not `DEBUG`.
    pub(super) fn note_setting(&mut self, key: &str, value: &Value<'p>, place: Place, at: Place, written: Written) {
        if key == "DEBUG_TB_ENABLED" {
            self.write_toolbar(value, place, at, written);
        }
    }

    // Classes and constructors.

    /// Looks at a class that was just defined: `debug = True` in a subclass of Flask is on for all
    /// its instances, since it hides the property of that name.
    pub(super) fn record_class(&mut self, class: ClassId) {
        let base = self.external_base(class, 0);
        if base.as_deref().is_some_and(|base| base.ends_with(".BaseSettings")) {
            self.note_settings_class(self.classes[class.0].def);
        }
        let is_app = base.is_some_and(|base| frameworks::is_app(&base));
        if !is_app {
            return;
        }
        let scope = self.classes[class.0].scope;
        let Some(value) = self.scopes[scope.0].vars.get("debug").cloned() else { return };
        if matches!(value.single().map(|alt| &alt.obj), Some(Obj::Function(_))) {
            return;
        }
        let module = self.classes[class.0].module;
        let statement = self.classes[class.0].def.body.iter().find(|stmt| match stmt {
            Stmt::Assign(assign) => assign.targets.iter().any(|target| dotted(target).as_deref() == Some("debug")),
            Stmt::AnnAssign(assign) => dotted(&assign.target).as_deref() == Some("debug"),
            _ => false,
        });
        let span = statement.map_or(Span::empty(0), python::span);
        let place = Place { module, span };
        let at = value.0.first().and_then(|alt| alt.origin).unwrap_or(place);
        let write = DebugWrite {
            place,
            value: at,
            written: Written::ClassAttribute,
            setting: self.setting(&value, at),
            when: self.when,
            via: None,
            chosen: None,
            chosen_elsewhere: Vec::new(),
            overridden: false,
        };
        if !self.facts.debug_writes.iter().any(|have| have.place == place) {
            self.facts.debug_writes.push(write);
        }
    }

    /// What constructing an object of an external class means.
    pub(super) fn construct_external(&mut self, id: ObjectId, arguments: &Arguments<'p>, call: &'p ast::ExprCall) {
        let Some(path) = self.external_class(id) else { return };
        self.note_made(id, &path, arguments);
        let Some(entry) = frameworks::entry(&path) else { return };
        let given = match entry.role {
            Role::ServerClass { parameters, app, .. } => {
                arguments.value(app, parameters.iter().position(|name| *name == app)).cloned()
            }
            _ => entry.takes_app.and_then(|(name, position)| arguments.value(name, Some(position)).cloned()),
        };
        if let Some(given) = given
            && !matches!(given.single().map(|alt| &alt.obj), Some(Obj::Const(_)))
        {
            self.objects[id.0].attributes.insert(Rc::from(SERVED), given);
        }
        if let Some(settings) = entry.settings {
            self.configure(id, settings, arguments, call);
        }
        self.tell_debug(id, entry, "__init__", arguments, call);
    }

    /// A `debug` argument of a method that starts nothing.
    fn tell_debug(
        &mut self,
        id: ObjectId,
        entry: &frameworks::Entry,
        method: &str,
        arguments: &Arguments<'p>,
        call: &'p ast::ExprCall,
    ) {
        let Some((_, position)) = entry.debugs.iter().find(|(name, _)| *name == method) else { return };
        let is_method = method != "__init__";
        let written = if is_method { Written::Method } else { Written::Constructor };
        let (value, place, at) = match arguments.get("debug", *position) {
            Some(passing) => (passing.value.clone(), passing.place, passing.at),
            // `enable_dev_tools()` enables them.
            None if is_method && !arguments.open => {
                let place = self.place(call);
                (Value::constant(Const::Bool(true)), place, place)
            }
            None => return,
        };
        if let Some(app) = self.held_app(id, call) {
            let config = self.config_of(app);
            self.write_config_debug(config, &value, place, at, written, place);
        }
    }

    /// The configuration that a constructor takes: a mapping, or a Python file.
    fn configure(&mut self, id: ObjectId, settings: Settings, arguments: &Arguments<'p>, call: &'p ast::ExprCall) {
        let place = self.place(call);
        let config = self.config_of(id);
        match arguments.get(settings.parameter, Some(settings.position)) {
            Some(passing) if matches!(passing.value.single().map(|alt| &alt.obj), Some(Obj::Object(_))) => {
                self.merge_into(config, &passing.value, passing.place);
            }
            Some(passing) => self.read_files(config, true, passing, call),
            None => {
                let value = Value::constant(Const::Str(settings.default.to_owned()));
                let passing = Passing { value, passed: Passed::Keyword, place, at: place };
                self.read_files(config, true, &passing, call);
            }
        }
    }

    /// The app that a framework's object holds: the one it was given, or one of its own.
    fn held_app(&mut self, id: ObjectId, call: &'p ast::ExprCall) -> Option<ObjectId> {
        if let Some(app) = self.served_app(id) {
            return Some(app);
        }
        let path = self.external_class(id)?;
        if !matches!(frameworks::entry(&path)?.role, Role::Holder(_)) {
            return None;
        }
        let made = self.objects[id.0].made;
        let _ = call;
        let app = self.object(Kind::External(Rc::from("flask.Flask")), made);
        self.objects[id.0].attributes.insert(Rc::from(SERVED), Value::of(Obj::Object(app)));
        Some(app)
    }

    /// The app that an object was given to hold or serve.
    fn served_app(&self, id: ObjectId) -> Option<ObjectId> {
        let value = self.objects[id.0].attributes.get(SERVED)?;
        self.app_in(value)
    }

    /// The app in a value, unwrapped from what holds it.
    fn app_in(&self, value: &Value<'p>) -> Option<ObjectId> {
        value.0.iter().find_map(|alt| match alt.obj {
            Obj::Object(id) if self.is_flask(id) => Some(id),
            Obj::Object(id) => self.served_app(id),
            _ => None,
        })
    }

    /// `api.app`, `dash.server`: the Flask app that an object holds.
    pub(super) fn framework_attribute(&mut self, id: ObjectId, name: &str) -> Option<Value<'p>> {
        let path = self.external_class(id)?;
        let Role::Holder(attribute) = frameworks::entry(&path)?.role else { return None };
        if attribute != name {
            return None;
        }
        if let Some(app) = self.served_app(id) {
            return Some(Value::of(Obj::Object(app)));
        }
        let made = self.objects[id.0].made;
        let app = self.object(Kind::External(Rc::from("flask.Flask")), made);
        self.objects[id.0].attributes.insert(Rc::from(SERVED), Value::of(Obj::Object(app)));
        Some(Value::of(Obj::Object(app)))
    }

    // Calls.

    /// A class or function from outside that is no server: wrappers, and everything else.
    pub(super) fn call_wrapper(&mut self, path: &str, arguments: &Arguments<'p>, call: &'p ast::ExprCall) -> Value<'p> {
        if matches!(path, "werkzeug.debug.DebuggedApplication" | "werkzeug.DebuggedApplication") {
            let app = arguments.get("app", Some(0));
            let console = arguments.value("evalex", Some(1)).cloned();
            let place = self.place(call);
            if app.is_some_and(|passing| self.is_foreign(&passing.value)) {
                return Value::unknown();
            }
            let debugger = Debugger {
                place,
                app: app.map(|passing| passing.at),
                console: console.map(|value| self.setting(&value, place)),
                when: self.when,
            };
            if !self.facts.debuggers.iter().any(|have| have.place == place) {
                self.facts.debuggers.push(debugger);
            }
            return app.map_or_else(Value::unknown, |passing| passing.value.clone());
        }
        let last = path.rsplit('.').next().unwrap_or(path);
        if matches!(last, "run_with_ngrok" | "run_with_cloudflared" | "run_with_lt") || path == "pyngrok.ngrok.connect"
        {
            let tunnel = Tunnel { place: self.place(call), when: self.when };
            if !self.facts.tunnels.contains(&tunnel) {
                self.facts.tunnels.push(tunnel);
            }
            return Value::unknown();
        }
        if last == "ProxyFix" || last == "DispatcherMiddleware" || last == "SharedDataMiddleware" {
            return first(arguments).unwrap_or_else(Value::unknown);
        }
        // A class by convention, or a function whose result is not known.
        let id = self.external_object(path, arguments, call);
        Value::of(Obj::Object(id))
    }

    /// Whether a value is an object of a framework that has nothing to do with Flask.
    fn is_foreign(&self, value: &Value<'p>) -> bool {
        let Some(Alt { obj: Obj::Object(id), .. }) = value.single() else { return false };
        matches!(self.objects[id.0].kind, Kind::Instance(_))
            && self.external_class(*id).is_some_and(|class| frameworks::entry(&class).is_none())
    }

    /// A method of an object that a framework made.
    pub(super) fn call_framework_member(
        &mut self,
        id: ObjectId,
        name: &str,
        arguments: &Arguments<'p>,
        call: &'p ast::ExprCall,
    ) -> Value<'p> {
        let Some(path) = self.external_class(id) else { return Value::unknown() };
        let Some(entry) = frameworks::entry(&path) else { return Value::unknown() };
        if let Some(start) = entry.starts.iter().find(|start| start.method == name) {
            let served = match entry.role {
                Role::App => Some(Value::of(Obj::Object(id))),
                _ => {
                    // `socketio.run(app)` is told again what it serves.
                    let given = arguments.value("app", start.parameters.iter().position(|name| *name == "app"));
                    match given {
                        Some(given) if start.server == Server::SocketIo => Some(given.clone()),
                        _ => self.held_app(id, call).map(|app| Value::of(Obj::Object(app))),
                    }
                }
            };
            self.record_serve(start.server, start.parameters, served.as_ref(), arguments, call);
            return Value::unknown();
        }
        if let Role::ServerClass { server, methods, .. } = entry.role
            && methods.contains(&name)
        {
            let served = self.objects[id.0].attributes.get(SERVED).cloned();
            if served.as_ref().is_some_and(|value| self.app_in(value).is_some()) {
                self.record_serve(server, &[], served.as_ref(), arguments, call);
            }
            return Value::unknown();
        }
        self.tell_debug(id, entry, name, arguments, call);
        if name == "init_app"
            && entry.takes_app.is_some()
            && let Some(app) = first(arguments)
        {
            self.objects[id.0].attributes.insert(Rc::from(SERVED), app);
        }
        Value::unknown()
    }

    /// Records a call that starts a server.
    pub(super) fn record_serve(
        &mut self,
        server: Server,
        parameters: &[&str],
        served: Option<&Value<'p>>,
        arguments: &Arguments<'p>,
        call: &'p ast::ExprCall,
    ) {
        let app: Option<AppObject> = served.and_then(|value| self.app_in(value)).and_then(|id| self.app_object(id));
        // Other WSGI apps than Flask's are none of our business, unless it is not known what it is.
        if app.is_none() && matches!(server, Server::Production | Server::Embedded | Server::FlaskRun) {
            return;
        }
        let mut told: Vec<Argument> = Vec::new();
        for (index, passing) in arguments.positional.iter().enumerate() {
            if let Some(name) = parameters.get(index) {
                told.push(self.told(name, passing));
            }
        }
        for (name, passing) in &arguments.keywords {
            let argument = self.told(name, passing);
            told.retain(|have| have.name != argument.name);
            told.push(argument);
        }
        // What runs is what was set until now: later writes do not take it back.
        if let Some(id) = served.and_then(|value| self.app_in(value)) {
            let config = self.config_of(id);
            self.objects[config.0].debug_writes.clear();
        }
        let (module, when, open) = (self.module_id(), self.when, arguments.open);
        let serve = Serve { module, call, server, app, arguments: told, open, when };
        match self.facts.serves.iter_mut().find(|have| std::ptr::eq(have.call, call)) {
            Some(have) => {
                have.when = have.when.min(serve.when);
                have.app = have.app.take().or(serve.app);
                have.open |= serve.open;
                for argument in serve.arguments {
                    match have.arguments.iter_mut().find(|known| known.name == argument.name) {
                        Some(known) => {
                            known.setting.hang_on_more(&argument.setting);
                            if argument.setting.truth > known.setting.truth {
                                let hangs_on = known.setting.hangs_on.take();
                                *known = Argument { setting: Setting { hangs_on, ..argument.setting }, ..argument };
                            }
                        }
                        None => have.arguments.push(argument),
                    }
                }
            }
            None => self.facts.serves.push(serve),
        }
    }

    fn told(&self, name: &str, passing: &Passing<'p>) -> Argument {
        // Werkzeug's `run_simple` alone has another word for it.
        let name = if name == "hostname" { "host" } else { name };
        Argument {
            name: name.to_owned(),
            setting: self.setting(&passing.value, passing.at),
            passed: passing.passed,
            place: passing.place,
            value: passing.at,
        }
    }
}

/// A name that `from_object` takes over.
fn is_capital(name: &str) -> bool {
    name.chars().any(char::is_alphabetic) && !name.chars().any(char::is_lowercase)
}
