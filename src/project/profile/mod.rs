//! What an app needs of the servers around it, read from its code: the modules that the served app
//! imports, and no others of the project.

mod besides;
mod devices;
mod environment;
mod forwarded;
mod health;
mod imports;
mod installer;
mod python;
mod settings;
mod single;
mod socketio;
mod state;
mod statics;
mod streaming;
#[cfg(test)]
mod tests;
mod workers;
mod writes;

use std::collections::BTreeSet;

pub(crate) use workers::WorkerClass;

use super::facts::Facts;
use super::modules::{ModuleId, Project};
use super::needs::DeedKind;
use crate::source::{ProjectPath, Tree, is_in};

/// What a deployment has to know of an app.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Profile {
    /// Folders of static files and the URL below which the app serves each.
    pub(crate) statics: Vec<StaticFolder>,
    /// The largest request body in bytes: `MAX_CONTENT_LENGTH`.
    pub(crate) body_limit: Option<u64>,
    /// What makes it speak WebSocket, where it does.
    pub(crate) websockets: Option<Websockets>,
    /// What it makes the standard library wait with.
    pub(crate) patched: Option<AsyncMode>,
    /// Whether it sends responses bit by bit.
    pub(crate) streaming: bool,
    /// Why it must run in a single process, in a few words: `starts a thread in app.py:12`.
    pub(crate) single_process: Option<String>,
    /// Where it limits requests and each process counts for itself: `app.py:12`.
    pub(crate) limiter: Option<String>,
    /// How it trusts forwarded headers itself, where it does.
    pub(crate) proxy_fix: Option<ProxyFix>,
    /// Where it keeps its session's cookie to HTTPS: `app.py:12`.
    pub(crate) secure_cookies: Option<String>,
    /// Where its `SECRET_KEY` comes from.
    pub(crate) secret_key: SecretKey,
    /// Where the keys of extensions come from that have one of their own, by the name of the setting.
    pub(crate) further_keys: Vec<(&'static str, SecretKey)>,
    /// A URL that only says whether it is well: `/healthz`.
    pub(crate) health_url: Option<String>,
    /// The host of `SERVER_NAME`.
    pub(crate) server_name: Option<String>,
    /// The names that it tells apart, each with where the code says so: `None` for those that are not known.
    pub(crate) names: Vec<(Option<String>, String)>,
    /// Variables of the environment that it reads, by name.
    pub(crate) environment: Vec<EnvironmentRead>,
    /// What it writes.
    pub(crate) writes: Writes,
    /// Whether it makes machine code while it runs, as PyTorch and Numba do.
    pub(crate) compiles: bool,
    /// Whether it looks at the machine it is on, through psutil.
    pub(crate) reads_system: bool,
    /// Devices of the machine that it opens.
    pub(crate) devices: Vec<Device>,
    /// Where it calls a program with the rights of another user: `app.py:12`.
    pub(crate) sudo: Option<String>,
    /// What works beside it.
    pub(crate) workers: Vec<Job>,
    /// The queue of jobs that it uses, by the name of its package.
    pub(crate) queue: Option<&'static str>,
    /// Whether its database is brought up to date by Flask-Migrate.
    pub(crate) migrates: bool,
    /// The version of Python it asks for.
    pub(crate) python: Option<PythonVersion>,
    /// How its dependencies are installed.
    pub(crate) installer: Installer,
}

/// What an app writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Writes {
    /// The folders that it writes files into, relative to the project.
    pub(crate) folders: Vec<String>,
    /// What of that is no code of the project, and stays as it is where the app runs when new code comes:
    /// folders, with a slash at their end, and files.
    pub(crate) data: Vec<String>,
    /// Whether one of the folders holds code of the project.
    pub(crate) holds_code: bool,
    /// Where it writes beside its own code, in the project's folder itself: `app.py:12`.
    pub(crate) beside_code: Option<String>,
    /// Folders of the machine outside of the project, each with where the code says so.
    pub(crate) outside: Vec<(String, String)>,
    /// Where it writes into folders that cannot be told.
    pub(crate) somewhere: Vec<String>,
}

/// A device that an app opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Device {
    /// What kind of device.
    pub(crate) class: DeviceClass,
    /// Where it is opened first: `app.py:12`.
    pub(crate) place: String,
}

/// A kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeviceClass {
    /// A camera.
    Camera,
    /// A serial port.
    SerialPort,
    /// Pins and buses of the board: GPIO, I2C, SPI.
    Pins,
}

/// A program that works beside an app: takes jobs from a queue, puts them there at their times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    /// What it is called: `worker`.
    pub(crate) name: String,
    /// Its command, word by word.
    pub(crate) words: Vec<String>,
    /// The file that says so.
    pub(crate) path: ProjectPath,
}

/// A folder of static files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StaticFolder {
    /// The URL: `/static`.
    pub(crate) url: String,
    /// The folder, relative to the project.
    pub(crate) dir: String,
}

/// Werkzeug's `ProxyFix`, which takes forwarded headers for the truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProxyFix {
    /// Where the app is wrapped in it: `app.py:12`.
    pub(crate) place: String,
    /// How many proxies it expects to have told of the client, where that is known.
    pub(crate) x_for: Option<u32>,
    /// How many it expects to have told of HTTPS, where that is known.
    pub(crate) x_proto: Option<u32>,
}

/// What an app uses to speak WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Websockets {
    /// Flask-SocketIO: needs a single worker, of the class that it waits with.
    SocketIo(AsyncMode),
    /// Flask-Sock, simple-websocket: threads will do.
    Sock,
}

/// What Flask-SocketIO waits with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AsyncMode {
    /// Threads, one for each connection.
    Threading,
    /// gevent.
    Gevent,
    /// gevent, with the WebSocket of gevent-websocket.
    GeventWebsocket,
    /// eventlet, which Gunicorn 26 no longer knows.
    Eventlet,
    /// The gevent of uWSGI, which no other server has.
    Uwsgi,
}

/// Where a `SECRET_KEY` comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum SecretKey {
    /// It is not set anywhere.
    #[default]
    None,
    /// It is written in the code: `app.py:12`.
    Literal(String),
    /// It is read from this variable of the environment.
    Environment(String),
    /// It is drawn each time the program starts: `app.py:12`.
    Random(String),
    /// It is set in a way that is not known.
    Unknown,
}

/// A variable of the environment that the code reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EnvironmentRead {
    /// Its name.
    pub(crate) name: String,
    /// Whether the code cannot do without.
    pub(crate) required: bool,
    /// What the code takes without it.
    pub(crate) default: Option<String>,
    /// What chooses the configuration for production, where the code takes one for development without it.
    pub(crate) production: Option<String>,
    /// Where it is read first: `app.py:12`.
    pub(crate) place: String,
}

/// The version of Python that a project asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PythonVersion {
    /// `3.12`, or the lowest that will do.
    pub(crate) version: String,
    /// Whether later ones will do too.
    pub(crate) or_later: bool,
    /// The file that says so.
    pub(crate) path: ProjectPath,
}

/// What installs a project's dependencies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Installer {
    /// `pip install -r` with this file.
    Requirements(ProjectPath),
    /// `pip install` of the folder with this `pyproject.toml` or `setup.py`.
    Project(ProjectPath),
    /// uv, by its lock file.
    Uv(ProjectPath),
    /// Poetry, by its lock file or its table in `pyproject.toml`.
    Poetry(ProjectPath),
    /// Pipenv, by its `Pipfile`.
    Pipenv(ProjectPath),
    /// PDM, by its lock file.
    Pdm(ProjectPath),
    /// Nothing names them.
    #[default]
    None,
}

impl Installer {
    /// The command that adds packages to the project, or installs them where it has no such command. A
    /// package is quoted for a shell.
    pub(crate) fn add(&self, packages: &[String]) -> String {
        let command = match self {
            Self::Uv(_) => "uv add",
            Self::Poetry(_) => "poetry add",
            Self::Pdm(_) => "pdm add",
            Self::Pipenv(_) => "pipenv install",
            Self::Requirements(_) | Self::Project(_) | Self::None => "pip install",
        };
        format!("{command} {}", packages.join(" "))
    }

    /// The command that installs what its file says, run in the folder of that file.
    pub(crate) fn sync(&self) -> Option<String> {
        match self {
            Self::Requirements(path) => Some(format!("pip install -r {}", path.name())),
            Self::Project(_) => Some("pip install .".to_owned()),
            Self::Uv(_) => Some("uv sync".to_owned()),
            Self::Poetry(_) => Some("poetry lock && poetry install".to_owned()),
            Self::Pdm(_) => Some("pdm install".to_owned()),
            Self::Pipenv(_) => Some("pipenv install".to_owned()),
            Self::None => None,
        }
    }

    /// What has to come before the name of an installed program, where an environment of the installer's own
    /// has it.
    pub(crate) fn runs(&self) -> &'static str {
        match self {
            Self::Uv(_) => "uv run ",
            Self::Poetry(_) => "poetry run ",
            Self::Pdm(_) => "pdm run ",
            Self::Pipenv(_) => "pipenv run ",
            Self::Requirements(_) | Self::Project(_) | Self::None => "",
        }
    }

    /// The file that says so.
    pub(crate) fn path(&self) -> Option<&ProjectPath> {
        match self {
            Self::Requirements(path)
            | Self::Project(path)
            | Self::Uv(path)
            | Self::Poetry(path)
            | Self::Pipenv(path)
            | Self::Pdm(path) => Some(path),
            Self::None => None,
        }
    }
}

/// An app of the project, as a server is told to load it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Served<'a> {
    /// The folder that the server is started in, relative to the project.
    pub(crate) dir: &'a str,
    /// The module: `wsgi`.
    pub(crate) module: &'a str,
    /// The name in it: `app`.
    pub(crate) name: &'a str,
}

/// What an app asks of the processes that serve it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Demands {
    /// Whether there must be a single one.
    pub(crate) is_single: bool,
    /// Whether it keeps connections open: streams, or speaks WebSocket.
    pub(crate) stay_open: bool,
    /// What it waits with, where its Flask-SocketIO or it itself has a way of its own.
    pub(crate) waits_with: Option<AsyncMode>,
}

impl Demands {
    /// Reads them off an app.
    pub(crate) fn of(tree: &Tree, project: &Project, facts: &Facts<'_>, served: Served<'_>) -> Self {
        let desk = Desk::new(project, facts, served);
        let deed = |kind: DeedKind| desk.deeds(kind).next().is_some();
        let is_socketio = deed(DeedKind::SocketIo);
        let waits_with =
            if is_socketio { Some(socketio::mode(tree, project, &desk)) } else { socketio::patched(&desk) };
        let stay_open = is_socketio || deed(DeedKind::WebSocket) || deed(DeedKind::Stream) || streaming::streams(&desk);
        let is_single = is_socketio || single::reason(&desk).is_some();
        Self { is_single, stay_open, waits_with }
    }
}

/// What installs the dependencies of what is started from a folder.
pub(crate) fn installer(tree: &Tree, project: &Project, dir: &str) -> Installer {
    installer::installer(tree, project, dir)
}

/// How many threads a worker of Gunicorn gets. Each connection that stays open holds one; and where none
/// does, the development server had one for each request too.
pub(crate) fn threads(stays_open: bool) -> u32 {
    if stays_open { 100 } else { 4 }
}

/// What a profile is read from.
struct Desk<'a> {
    project: &'a Project,
    facts: &'a Facts<'a>,
    served: Served<'a>,
    /// The module that is loaded.
    entry: Option<ModuleId>,
    /// The modules of the app: that one and all it imports.
    modules: BTreeSet<ModuleId>,
}

impl Profile {
    /// Reads what an app needs.
    pub(crate) fn gather(tree: &Tree, project: &Project, facts: &Facts<'_>, served: Served<'_>) -> Self {
        let desk = Desk::new(project, facts, served);
        let deed = |kind: DeedKind| desk.deeds(kind).next().is_some();
        let websockets = if deed(DeedKind::SocketIo) {
            Some(Websockets::SocketIo(socketio::mode(tree, project, &desk)))
        } else {
            deed(DeedKind::WebSocket).then_some(Websockets::Sock)
        };
        let statics = statics::statics(&desk);
        let writes = writes::writes(tree, &desk, &statics);
        Self {
            statics,
            body_limit: settings::body_limit(&desk),
            websockets,
            patched: socketio::patched(&desk),
            streaming: deed(DeedKind::Stream) || streaming::streams(&desk),
            single_process: single::reason(&desk),
            limiter: settings::limiter(&desk),
            proxy_fix: forwarded::proxy_fix(&desk),
            secure_cookies: settings::secure_cookies(&desk),
            secret_key: settings::secret_key(&desk),
            further_keys: settings::further_keys(&desk),
            health_url: health::url(&desk),
            server_name: settings::server_name(&desk),
            names: settings::names(&desk),
            environment: environment::reads(&desk),
            writes,
            compiles: imports::compiles(&desk),
            reads_system: imports::reads_system(&desk),
            devices: devices::devices(&desk),
            sudo: devices::sudo(&desk),
            workers: besides::workers(tree, &desk),
            queue: imports::queue(&desk),
            migrates: besides::migrates(tree, &desk),
            python: python::version(tree, project, served.dir),
            installer: installer::installer(tree, project, served.dir),
        }
    }
}

impl<'a> Desk<'a> {
    fn new(project: &'a Project, facts: &'a Facts<'a>, served: Served<'a>) -> Self {
        let inner = served.module.replace('.', "/");
        let file = |name: &str| project.by_path(&ProjectPath::in_dir(served.dir, name));
        let entry = file(&format!("{inner}.py")).or_else(|| file(&format!("{inner}/__init__.py")));
        let has_app = |modules: &BTreeSet<ModuleId>| {
            let is_in = |id: &ModuleId| modules.contains(id);
            facts.apps.keys().any(is_in) || facts.factories.iter().any(|factory| is_in(&factory.module))
        };
        let mut modules = project.reached(entry.as_slice(), &facts.needs.named_imports);
        // A package before the module runs too: `shop/__init__.py` for `shop.web:app`.
        let packages = served.module.match_indices('.').map(|(at, _)| served.module[..at].replace('.', "/"));
        let packages: Vec<ModuleId> = packages.filter_map(|dir| file(&format!("{dir}/__init__.py"))).collect();
        modules.extend(project.reached(&packages, &facts.needs.named_imports));
        // Where modules are found by a search at run time, all that are near may be.
        let searches = |id: &&ModuleId| {
            let text = &project.module(**id).source.text;
            ["import_module(", "find_modules(", "import_string(", "pkgutil", "__import__("]
                .iter()
                .any(|mark| text.contains(mark))
        };
        let homes: Vec<&str> = modules.iter().filter(searches).map(|id| project.module(*id).path().dir()).collect();
        let near = |dir: &str| homes.iter().any(|home| is_in(dir, home) && (!home.is_empty() || dir.is_empty()));
        let found: Vec<ModuleId> =
            project.iter().filter(|(_, module)| near(module.path().dir())).map(|(id, _)| id).collect();
        modules.extend(project.reached(&found, &facts.needs.named_imports));
        if !has_app(&modules) {
            // Loaded in a way that cannot be followed: what is in the folder is what there is.
            modules
                .extend(project.iter().filter(|(_, module)| is_in(module.path().dir(), served.dir)).map(|(id, _)| id));
        }
        modules.retain(|id| !super::eval::is_test(project.module(*id).path().as_str()));
        Self { project, facts, served, entry, modules }
    }

    /// What modules of the app do, by kind.
    fn deeds(&self, kind: DeedKind) -> impl Iterator<Item = &super::needs::Deed> {
        self.facts.needs.deeds.iter().filter(move |deed| deed.kind == kind && self.modules.contains(&deed.place.module))
    }

    /// A place as people write it: `app.py:12`.
    fn at(&self, place: super::facts::Place) -> String {
        let module = self.project.module(place.module);
        format!("{}:{}", module.path(), module.source.lines().line(place.span.start))
    }
}
