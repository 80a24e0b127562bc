//! What the code shows of the servers it needs around it, noted in passing.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{Const, Known, Place, When};
use super::super::frameworks;
use super::super::modules::{Import, ModuleId};
use super::super::needs::{
    AppSetting, AppSettings, AskedName, Deed, DeedKind, Folder, Needs, Read, Route, StaticRoute, WrittenFolder,
};
use super::value::{Arguments, Obj, ObjectId, Value};
use super::{Interpreter, Kind, paths};
use crate::source::ProjectPath;
use crate::syntax::python::{Expr, Stmt, ast};

/// Settings of an app that a deployment asks for.
pub(super) const SETTINGS: &[&str] = &[
    "CACHE_DIR",
    "JWT_SECRET_KEY",
    "MAX_CONTENT_LENGTH",
    "RATELIMIT_STORAGE_URI",
    "RATELIMIT_STORAGE_URL",
    "SECRET_KEY",
    "SECURITY_PASSWORD_SALT",
    "SERVER_NAME",
    "SESSION_COOKIE_SECURE",
    "SESSION_FILE_DIR",
    "SESSION_TYPE",
    "SQLALCHEMY_DATABASE_URI",
    "UPLOADS_DEFAULT_DEST",
    "UPLOAD_FOLDER",
    "WTF_CSRF_SECRET_KEY",
];

/// Parameters of `Flask` and of `Blueprint`, by position (Flask 0.11 to 3.1).
const APP: &[&str] = &["import_name", "static_url_path", "static_folder"];
const BLUEPRINT: &[&str] =
    &["name", "import_name", "static_folder", "static_url_path", "template_folder", "url_prefix"];

/// Methods of apps and blueprints that decorate a handler with its URL.
const ROUTES: &[&str] = &["route", "get", "post", "put", "patch", "delete"];

/// What is gathered while walking, and put together at the end.
#[derive(Debug, Default)]
pub(super) struct Notes<'p> {
    /// The apps and blueprints, with the arguments they were made with.
    made: BTreeMap<ObjectId, Arguments<'p>>,
    mounts: Vec<Mount>,
    routes: Vec<Handler>,
    reads: Vec<Read>,
    deeds: Vec<Deed>,
    pub(super) written: Vec<WrittenFolder>,
    named_imports: Vec<(ModuleId, ModuleId)>,
    names: Vec<AskedName>,
}

/// A blueprint registered on an app or on another blueprint.
#[derive(Debug)]
struct Mount {
    parent: ObjectId,
    blueprint: ObjectId,
    /// The prefix given here; `None` where the blueprint's own counts.
    prefix: Option<Option<String>>,
}

/// A handler of a URL.
#[derive(Debug)]
struct Handler {
    owner: ObjectId,
    rule: String,
    get: bool,
    guarded: bool,
    place: Place,
}

/// What a call of this function, class or method does.
fn deed(path: &str) -> Option<DeedKind> {
    let last = path.rsplit('.').next().unwrap_or(path);
    Some(match path {
        "threading.Thread.start" | "threading.Timer.start" | "_thread.start_new_thread" => DeedKind::Thread,
        "multiprocessing.Process.start" | "multiprocess.Process.start" => DeedKind::Thread,
        "concurrent.futures.ThreadPoolExecutor.submit" | "concurrent.futures.ProcessPoolExecutor.submit" => {
            DeedKind::Thread
        }
        "flask_apscheduler.APScheduler.start" | "flask_apscheduler.scheduler.APScheduler.start" => DeedKind::Scheduler,
        "timeloop.Timeloop.start" | "rocketry.Rocketry.run" | "sched.scheduler.run" => DeedKind::Scheduler,
        "flask_socketio.SocketIO.start_background_task" => DeedKind::BackgroundTask,
        "gevent.spawn" | "gevent.Greenlet.start" | "eventlet.spawn" | "eventlet.spawn_n" => DeedKind::BackgroundTask,
        "subprocess.Popen" => DeedKind::Program,
        "paho.mqtt.client.Client.loop_start" | "flask_mqtt.Mqtt" => DeedKind::Broker,
        "flask_socketio.SocketIO" => DeedKind::SocketIo,
        "flask_sock.Sock" | "flask_sockets.Sockets" | "simple_websocket.Server" => DeedKind::WebSocket,
        "geventwebsocket.handler.WebSocketHandler" | "geventwebsocket.WebSocketServer" => DeedKind::WebSocket,
        "flask.stream_with_context" | "flask.helpers.stream_with_context" => DeedKind::Stream,
        _ if path.starts_with("apscheduler.schedulers.") && last == "start" => DeedKind::Scheduler,
        _ if last == "ProxyFix" => DeedKind::ProxyFix,
        _ => return None,
    })
}

/// Whether a class is one of blueprints.
fn is_blueprint(class: &str) -> bool {
    matches!(class.rsplit('.').next(), Some("Blueprint" | "APIBlueprint"))
}

/// Functions whose result differs each time.
pub(super) fn is_random(path: &str) -> bool {
    matches!(path, "os.urandom" | "secrets.token_hex" | "secrets.token_bytes" | "secrets.token_urlsafe" | "uuid.uuid4")
}

impl<'p> Interpreter<'p> {
    /// Whether importing the module is enough for what is being walked to happen.
    pub(super) fn on_import(&self) -> bool {
        self.at_start || (!self.as_script && self.frames.first().is_some_and(|frame| frame.code.is_none()))
    }

    /// Notes a call of something outside the project.
    pub(super) fn note_call(&mut self, path: &str, place: Place) {
        let Some(kind) = deed(path) else { return };
        self.note_deed(Deed { kind, place, when: self.when, on_import: self.on_import() });
    }

    /// Notes what a call does.
    pub(super) fn note_deed(&mut self, deed: Deed) {
        match self.notes.deeds.iter_mut().find(|have| have.place == deed.place && have.kind == deed.kind) {
            // The circumstances of the import count, where it happens then.
            Some(have) if deed.on_import && !have.on_import => *have = deed,
            Some(have) if deed.on_import == have.on_import => have.when = have.when.min(deed.when),
            Some(_) => {}
            None => self.notes.deeds.push(deed),
        }
    }

    /// Notes a Flask-Limiter that is told to count in memory, or not told where.
    pub(super) fn note_limiter(&mut self, path: &str, arguments: &Arguments<'p>, place: Place) {
        let storage = arguments.keyword("storage_uri").map(|passing| &passing.value);
        let in_memory = storage.is_none_or(|uri| uri.as_str().is_some_and(|uri| uri.starts_with("memory:")));
        if path == "flask_limiter.Limiter" && in_memory && !arguments.open && !self.as_script {
            self.note_deed(Deed { kind: DeedKind::Limiter, place, when: self.when, on_import: self.on_import() });
        }
    }

    /// Notes a read of the environment.
    pub(super) fn note_read(&mut self, name: &str, place: Place, required: bool, default: Option<&Value<'p>>) {
        self.note_asked(name, place);
        if name.is_empty() || self.as_script {
            return;
        }
        // What is only asked for under a condition can be done without, and so can what is tried.
        let required = required && self.when == When::Default && self.optional == 0;
        let default = default.and_then(|value| value.0.iter().find(|alt| alt.when == When::Default)).and_then(|alt| {
            match &alt.obj {
                Obj::Const(Const::Str(text)) if paths::is_own(text) => None,
                Obj::Const(Const::None) => None,
                Obj::Const(value) => Some(value.clone()),
                _ => None,
            }
        });
        match self.notes.reads.iter_mut().find(|have| have.place == place && have.name == name) {
            Some(have) => have.required |= required,
            None => self.notes.reads.push(Read { name: name.to_owned(), place, required, default }),
        }
    }

    /// Notes that a value may not be missing: what comes from a variable of the environment and has no
    /// default needs the variable.
    pub(super) fn note_needed(&mut self, value: &Value<'p>) {
        let none = value.0.iter().any(|alt| matches!(alt.obj, Obj::Const(Const::None)) && alt.variable.is_none());
        let variable = value.0.iter().find(|alt| alt.when == When::Environment).and_then(|alt| alt.variable.clone());
        let Some(variable) = variable.filter(|_| none && self.when == When::Default && self.optional == 0) else {
            return;
        };
        for read in self.notes.reads.iter_mut().filter(|read| *read.name == *variable && read.default.is_none()) {
            read.required = true;
        }
    }

    /// Notes an import by a name in a text.
    pub(super) fn note_named_import(&mut self, id: ModuleId) {
        let edge = (self.module_id(), id);
        if edge.0 != edge.1 && !self.notes.named_imports.contains(&edge) {
            self.notes.named_imports.push(edge);
        }
    }

    /// Notes an object of a class from outside the project.
    pub(super) fn note_made(&mut self, id: ObjectId, path: &str, arguments: &Arguments<'p>) {
        if frameworks::is_app(path) || is_blueprint(path) {
            let made = self.objects[id.0].made;
            for (key, is_host) in [("subdomain", false), ("static_host", true)] {
                if let Some(passing) = arguments.keyword(key) {
                    self.note_name(&passing.value.clone(), is_host, made);
                }
            }
            let matches = arguments.keyword("subdomain_matching").map(|passing| &passing.value);
            if matches.is_some_and(|value| matches!(value.as_const(), Some(Const::Bool(true)))) {
                self.note_name(&Value::constant(Const::Str(String::new())), false, made);
            }
            self.notes.made.insert(id, arguments.clone());
        }
    }

    /// Notes a name that requests have to ask for: below `SERVER_NAME`, or a whole one.
    fn note_name(&mut self, value: &Value<'p>, is_host: bool, place: Place) {
        let name = match value.as_const() {
            Some(Const::None) => return,
            Some(Const::Str(text)) if !text.contains('<') => Some(text.clone()),
            _ => None,
        };
        let asked = AskedName { place, name, is_host };
        if !self.notes.names.contains(&asked) {
            self.notes.names.push(asked);
        }
    }

    /// Notes a call of a method of such an object.
    pub(super) fn note_member(&mut self, id: ObjectId, name: &str, arguments: &Arguments<'p>, place: Place) {
        let Some(class) = self.external_class(id) else { return };
        let path = format!("{class}.{name}");
        self.note_call(&path, place);
        self.note_writing(&path, arguments, place);
        let routes = frameworks::is_app(&class) || is_blueprint(&class);
        let text = |value: &Value<'p>| value.as_str().map(str::to_owned);
        if name == "register_blueprint" {
            let given = arguments.value("blueprint", Some(0)).and_then(Value::single).map(|alt| &alt.obj);
            if let Some(Obj::Object(blueprint)) = given {
                let prefix = match arguments.keyword("url_prefix") {
                    Some(passing) => Some(text(&passing.value)),
                    None if arguments.open => Some(None),
                    None => None,
                };
                self.notes.mounts.push(Mount { parent: id, blueprint: *blueprint, prefix });
            }
        } else if routes && (ROUTES.contains(&name) || name == "add_url_rule") {
            let Some(rule) = arguments.value("rule", Some(0)).and_then(text) else { return };
            let get = match (name, arguments.keyword("methods").map(|passing| &passing.value)) {
                ("get", _) | ("route" | "add_url_rule", None) => !arguments.open,
                ("route" | "add_url_rule", Some(methods)) => self.holds_text(methods, "GET"),
                _ => false,
            };
            for (key, is_host) in [("subdomain", false), ("host", true)] {
                if let Some(passing) = arguments.keyword(key) {
                    self.note_name(&passing.value.clone(), is_host, place);
                }
            }
            self.notes.routes.push(Handler { owner: id, rule, get, guarded: false, place });
        }
    }

    /// How many apps and blueprints were made so far.
    pub(super) fn made_so_far(&self) -> usize {
        self.notes.made.len()
    }

    /// How many handlers are known so far.
    pub(super) fn handlers(&self) -> usize {
        self.notes.routes.len()
    }

    /// Notes what else decorates the handlers that were added since.
    pub(super) fn note_decorators(&mut self, since: usize, def: &ast::StmtFunctionDef) {
        let plain = |expr: &Expr| {
            let function = match expr {
                Expr::Call(call) => &*call.func,
                other => other,
            };
            matches!(function, Expr::Attribute(attribute) if ROUTES.contains(&attribute.attr.as_str()))
        };
        let guarded = def.decorator_list.iter().any(|decorator| !plain(&decorator.expression));
        for handler in self.notes.routes.iter_mut().skip(since) {
            handler.guarded |= guarded;
        }
    }

    /// Notes the fields of a class of settings that are read from the environment (pydantic).
    pub(super) fn note_settings_class(&mut self, def: &'p ast::StmtClassDef) {
        for stmt in &def.body {
            let Stmt::AnnAssign(field) = stmt else { continue };
            let Expr::Name(name) = &*field.target else { continue };
            if name.id.as_str().starts_with('_') || name.id.as_str() == "model_config" {
                continue;
            }
            let place = self.place(stmt);
            let default = field.value.as_ref().map(|value| self.eval(value));
            self.note_read(&name.id.to_uppercase(), place, default.is_none(), default.as_ref());
        }
    }

    fn holds_text(&self, list: &Value<'p>, wanted: &str) -> bool {
        list.0.iter().any(|alt| match alt.obj {
            Obj::Object(id) => self.objects[id.0]
                .items
                .iter()
                .any(|item| item.value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(wanted))),
            _ => false,
        })
    }

    /// Puts together what was noted.
    pub(super) fn needs(&mut self) -> Needs {
        let mut reads = std::mem::take(&mut self.notes.reads);
        reads.sort_by(|one, two| (&one.name, one.place).cmp(&(&two.name, two.place)));
        let mut deeds = std::mem::take(&mut self.notes.deeds);
        deeds.sort_by_key(|deed| (deed.kind, deed.place));
        let named_imports = std::mem::take(&mut self.notes.named_imports);
        let mut written = std::mem::take(&mut self.notes.written);
        // What is known of one of the ways that lead to a place is known of the place.
        let known: BTreeSet<Place> =
            written.iter().filter(|one| one.folder != Folder::Unknown).map(|one| one.place).collect();
        written.retain(|one| one.folder != Folder::Unknown || !known.contains(&one.place));
        written.sort();
        let (routes, statics, apps) = (self.routes(), self.statics(), self.app_settings());
        let mut names = std::mem::take(&mut self.notes.names);
        names.sort();
        Needs { reads, deeds, routes, statics, apps, written, named_imports, names }
    }

    /// The prefixes below which a blueprint is found; none where it is not registered.
    fn prefixes(&self, blueprint: ObjectId, depth: usize) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for mount in self.notes.mounts.iter().filter(|mount| mount.blueprint == blueprint) {
            let own = match &mount.prefix {
                Some(given) => given.clone(),
                None => {
                    match self.notes.made.get(&blueprint).and_then(|made| argument(made, BLUEPRINT, "url_prefix")) {
                        None => Some(String::new()),
                        Some(value) => match value.as_const() {
                            Some(Const::Str(text)) => Some(text.clone()),
                            Some(Const::None) => Some(String::new()),
                            _ => None,
                        },
                    }
                }
            };
            let Some(own) = own else { continue };
            let is_nested = self.external_class(mount.parent).is_some_and(|class| is_blueprint(&class));
            let above = match is_nested {
                true if depth < 8 => self.prefixes(mount.parent, depth + 1),
                true => Vec::new(),
                false => vec![String::new()],
            };
            found.extend(above.iter().map(|above| under(above, &own)));
        }
        found.sort();
        found.dedup();
        found
    }

    fn is_blueprint_object(&self, id: ObjectId) -> bool {
        self.external_class(id).is_some_and(|class| is_blueprint(&class))
    }

    fn routes(&self) -> Vec<Route> {
        let mut routes: Vec<Route> = Vec::new();
        for handler in &self.notes.routes {
            let prefixes = match self.is_blueprint_object(handler.owner) {
                true => self.prefixes(handler.owner, 0),
                false => vec![String::new()],
            };
            for prefix in prefixes {
                let rule = under(&prefix, &handler.rule);
                routes.push(Route { rule, get: handler.get, guarded: handler.guarded, place: handler.place });
            }
        }
        let key = |route: &Route| (route.place, route.get, route.guarded);
        routes.sort_by(|one, two| one.rule.cmp(&two.rule).then_with(|| key(one).cmp(&key(two))));
        routes.dedup();
        routes
    }

    fn statics(&self) -> Vec<StaticRoute> {
        let mut found: Vec<StaticRoute> = Vec::new();
        // Where two answer one URL, the app's own was there first.
        let (apps, blueprints): (Vec<_>, Vec<_>) =
            self.notes.made.iter().partition(|(id, _)| !self.is_blueprint_object(**id));
        for (id, arguments) in apps {
            found.extend(self.static_of(*id, arguments, APP, Some("static"), ""));
        }
        for (id, arguments) in blueprints {
            for prefix in self.prefixes(*id, 0) {
                if let Some(route) = self.static_of(*id, arguments, BLUEPRINT, None, &prefix)
                    && !found.iter().any(|have| have.url == route.url)
                {
                    found.push(route);
                }
            }
        }
        let mut once: Vec<StaticRoute> = Vec::new();
        for route in found {
            if !once.contains(&route) {
                once.push(route);
            }
        }
        once
    }

    /// The static folder of an app or blueprint.
    fn static_of(
        &self,
        id: ObjectId,
        arguments: &Arguments<'p>,
        parameters: &[&str],
        default: Option<&str>,
        prefix: &str,
    ) -> Option<StaticRoute> {
        if arguments.open {
            return None;
        }
        let place = self.objects[id.0].made;
        let set_later = self.objects[id.0].attributes.get("static_folder");
        let given = set_later.or_else(|| argument(arguments, parameters, "static_folder"));
        let folder = match given {
            None => default?.to_owned(),
            Some(value) => value.as_str()?.trim_end_matches('/').to_owned(),
        };
        let url = match argument(arguments, parameters, "static_url_path").map(Value::as_const) {
            None | Some(Some(Const::None)) => format!("/{}", folder.rsplit('/').next().unwrap_or_default()),
            Some(Some(Const::Str(url))) => url.clone(),
            Some(_) => return None,
        };
        let dir = match paths::relative(&folder) {
            Some(dir) => dir,
            None if folder.starts_with('/') || paths::is_own(&folder) => return None,
            None => {
                let Const::Str(root) = paths::own(&self.root_path(arguments, parameters, place)?) else { return None };
                paths::relative(&paths::join(&root, &folder))?
            }
        };
        let url = under(prefix, &format!("/{}", url.trim_matches('/')));
        let url = url.trim_end_matches('/').to_owned();
        Some(StaticRoute { url, dir, named: given.is_some(), place })
    }

    /// The folder that Flask takes relative paths from.
    fn root_path(&self, arguments: &Arguments<'p>, parameters: &[&str], made: Place) -> Option<String> {
        if let Some(given) = argument(arguments, parameters, "root_path") {
            return paths::relative(given.as_str()?);
        }
        let own = self.project.module(made.module).path();
        let named = argument(arguments, parameters, "import_name").and_then(Value::as_str).unwrap_or_default();
        let module = match self.project.resolve(own, 0, named) {
            Import::Module(id) if !named.is_empty() && dotted(own) != named => self.project.module(id).path(),
            // Its own name, `__main__`, or one that leads nowhere: the working directory, most likely.
            _ => own,
        };
        Some(module.dir().to_owned())
    }

    fn app_settings(&mut self) -> Vec<AppSettings> {
        let mut names: BTreeMap<ObjectId, Vec<(ModuleId, String)>> = BTreeMap::new();
        for (id, scope) in &self.imported {
            let vars = self.scopes[scope.0].vars.iter();
            let objects = vars.flat_map(|(name, value)| value.0.iter().map(move |alt| (name, &alt.obj)));
            objects.for_each(|(name, obj)| {
                if let Obj::Object(object) = *obj
                    && self.is_flask(object)
                {
                    names.entry(object).or_default().push((*id, (*name).to_owned()));
                }
            });
        }
        names.values_mut().for_each(|names| names.sort());
        let apps: Vec<ObjectId> = (0..self.objects.len()).map(ObjectId).filter(|id| self.is_flask(*id)).collect();
        let mut found = Vec::new();
        for id in apps {
            let Some(app) = self.app_object(id) else { continue };
            let config = self.config_of(id);
            let items = self.objects[config.0].items.clone();
            let mut settings = BTreeMap::new();
            for item in items {
                let Some(Const::Str(key)) = item.key else { continue };
                if !SETTINGS.contains(&key.as_str()) {
                    continue;
                }
                let random = self.is_random_value(&item.value);
                let mut setting = self.setting(&item.value, item.at);
                // A number from 2 to the power of 53 is no size.
                if let Known::Constant(Const::Float(number)) = setting.known
                    && (0.0..9e15).contains(&number)
                {
                    #[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
                    let whole = number as i64;
                    setting.known = Known::Constant(Const::Int(whole));
                }
                // Where the working directory will lie matters to nobody here.
                if let Some(text) = item.value.as_str()
                    && text.contains(paths::WORKING)
                {
                    let text = text.replace(&format!("{}/", paths::WORKING), "");
                    setting.known = Known::Constant(Const::Str(text));
                }
                let path = item.value.0.iter().find_map(|alt| match &alt.obj {
                    Obj::Const(Const::Str(text)) => paths::relative(&text[text.find(paths::ROOT)?..]),
                    _ => None,
                });
                settings.insert(key, AppSetting { setting, random, path, place: item.at });
            }
            let names = names.remove(&id).unwrap_or_default();
            if !settings.is_empty() || !names.is_empty() {
                found.push(AppSettings { app, names, settings });
            }
        }
        found
    }

    fn is_random_value(&self, value: &Value<'p>) -> bool {
        value.0.iter().any(|alt| match alt.obj {
            Obj::Object(id) => matches!(&self.objects[id.0].kind, Kind::External(path) if is_random(path)),
            _ => false,
        })
    }

    /// What a method of a random value gives is as random; `None` for other objects.
    pub(super) fn stays_random(&self, id: ObjectId) -> Option<Value<'p>> {
        match &self.objects[id.0].kind {
            Kind::External(path) if is_random(path) => Some(Value::of(Obj::Object(id))),
            _ => None,
        }
    }
}

/// The name that a module is imported by from the project folder.
fn dotted(path: &ProjectPath) -> String {
    path.as_str().trim_end_matches(".py").trim_end_matches("/__init__").replace('/', ".")
}

/// The value of a parameter of a constructor.
fn argument<'a, 'p>(arguments: &'a Arguments<'p>, parameters: &[&str], name: &str) -> Option<&'a Value<'p>> {
    arguments.value(name, parameters.iter().position(|parameter| *parameter == name))
}

/// A rule below a prefix, as Flask joins them.
fn under(prefix: &str, rule: &str) -> String {
    match (prefix, rule) {
        ("", rule) => rule.to_owned(),
        (prefix, "") => prefix.to_owned(),
        (prefix, rule) => format!("{}/{}", prefix.trim_end_matches('/'), rule.trim_start_matches('/')),
    }
}

/// The key that `app.secret_key` is short for.
pub(super) const SECRET_KEY: &str = "SECRET_KEY";
