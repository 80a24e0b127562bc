//! What running the code shows of the servers that an app needs around it. A profile is made of
//! what concerns one app.

use std::collections::BTreeMap;

use super::facts::{AppObject, Const, Place, Setting, When};
use super::modules::ModuleId;

/// Everything that was seen, each by place.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    /// Reads of the environment.
    pub(crate) reads: Vec<Read>,
    /// Calls that say what kind of app it is.
    pub(crate) deeds: Vec<Deed>,
    /// The URLs that apps answer, as far as they are known.
    pub(crate) routes: Vec<Route>,
    /// The folders of static files that apps serve.
    pub(crate) statics: Vec<StaticRoute>,
    /// The apps and what their configurations say.
    pub(crate) apps: Vec<AppSettings>,
    /// The folders that files are written into.
    pub(crate) written: Vec<WrittenFolder>,
    /// Modules that others import by a name in a text.
    pub(crate) named_imports: Vec<(ModuleId, ModuleId)>,
    /// The names of hosts that apps tell apart.
    pub(crate) names: Vec<AskedName>,
}

impl Needs {
    /// Adds what was seen in another part of the project.
    pub(super) fn add(&mut self, other: Self) {
        let Self { reads, deeds, routes, statics, apps, written, named_imports, names } = other;
        self.reads.extend(reads);
        self.deeds.extend(deeds);
        self.routes.extend(routes);
        self.statics.extend(statics);
        self.apps.extend(apps);
        self.written.extend(written);
        self.named_imports.extend(named_imports);
        self.names.extend(names);
    }
}

/// A read of a variable of the environment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Read {
    /// The variable.
    pub(crate) name: String,
    /// Where.
    pub(crate) place: Place,
    /// Whether the code fails without it.
    pub(crate) required: bool,
    /// What it is without the variable, where that is known and not `None`.
    pub(crate) default: Option<Const>,
}

/// What a call does that a server has to know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DeedKind {
    /// Starts a thread or a process of Python's.
    Thread,
    /// Starts a scheduler of jobs.
    Scheduler,
    /// Starts a green thread or a background task.
    BackgroundTask,
    /// Starts another program.
    Program,
    /// Keeps a connection to a message broker.
    Broker,
    /// Makes a `SocketIO` object.
    SocketIo,
    /// Speaks WebSocket without Socket.IO.
    WebSocket,
    /// Trusts forwarded headers.
    ProxyFix,
    /// Sends a response bit by bit.
    Stream,
    /// Limits the requests of a client and counts them in memory.
    Limiter,
    /// Opens a camera.
    Camera,
    /// Opens a serial port.
    SerialPort,
    /// Drives or reads pins and buses of the board: GPIO, I2C, SPI.
    Pins,
}

/// A call that says what kind of app it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deed {
    /// What it does.
    pub(crate) kind: DeedKind,
    /// The call.
    pub(crate) place: Place,
    /// Under which circumstances.
    pub(crate) when: When,
    /// Whether importing the module is enough for it to happen.
    pub(crate) on_import: bool,
}

/// A URL that an app answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// The rule, with the prefixes of the blueprints it is in.
    pub(crate) rule: String,
    /// Whether it answers GET.
    pub(crate) get: bool,
    /// Whether a decorator stands before it that may ask who is there.
    pub(crate) guarded: bool,
    /// Where it is said.
    pub(crate) place: Place,
}

/// The name of a host that a request has to ask for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AskedName {
    /// Where the code says so.
    pub(crate) place: Place,
    /// The name; none where it is not one that is known.
    pub(crate) name: Option<String>,
    /// Whether it is a whole name, and not one below `SERVER_NAME`, where that itself is `""`.
    pub(crate) is_host: bool,
}

/// A folder of static files that an app serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StaticRoute {
    /// The URL, without a slash at its end.
    pub(crate) url: String,
    /// The folder, relative to the project.
    pub(crate) dir: String,
    /// Whether the code names the folder, or it is Flask's default.
    pub(crate) named: bool,
    /// Where the app or blueprint is made.
    pub(crate) place: Place,
}

/// A folder that something is written into.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WrittenFolder {
    /// Where the code says so.
    pub(crate) place: Place,
    /// Which folder.
    pub(crate) folder: Folder,
    /// The name of the one file in it that is written, where that is known.
    pub(crate) file: Option<String>,
}

/// A folder, by what its path starts from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Folder {
    /// The project.
    InProject(String),
    /// The working directory.
    InWorking(String),
    /// The root of the machine.
    OnMachine(String),
    /// Nobody knows which.
    Unknown,
}

/// What the configuration of an app says.
#[derive(Clone, Debug)]
pub(crate) struct AppSettings {
    /// The app.
    pub(crate) app: AppObject,
    /// The names it goes by once the modules are imported.
    pub(crate) names: Vec<(ModuleId, String)>,
    /// By key.
    pub(crate) settings: BTreeMap<String, AppSetting>,
}

/// A setting of an app.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AppSetting {
    /// What is known of it.
    pub(crate) setting: Setting,
    /// Whether it is drawn at random each time the program starts.
    pub(crate) random: bool,
    /// The path in the project that it is, or that it ends in (`sqlite:///…`).
    pub(crate) path: Option<String>,
    /// Where it is written.
    pub(crate) place: Place,
}
