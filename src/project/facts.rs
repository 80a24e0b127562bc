//! The facts that rules and the startup planner read: owned summaries of what running the
//! project's code would do, each with the place in the code it comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::needs::Needs;
use super::{ModuleId, Project};
use crate::source::{ProjectPath, Span};
use crate::syntax::python::{self, ast};

/// A place in a parsed module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The module.
    pub(crate) module: ModuleId,
    /// The place in its text.
    pub(crate) span: Span,
}

impl Place {
    /// Before all others.
    pub(crate) const FIRST: Self = Self { module: ModuleId(0), span: Span::empty(0) };
}

/// A constant of Python's.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Const {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number that fits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Str(String),
    /// Bytes, by whether there are any.
    Bytes(bool),
}

impl Const {
    /// Python's truth of it.
    pub(crate) fn truth(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(value) | Self::Bytes(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Str(value) => !value.is_empty(),
        }
    }
}

/// Under which circumstances something holds or happens, from the surest to the least sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum When {
    /// With nothing set and nothing asked for.
    Default,
    /// When the environment says so.
    Environment,
    /// When the command line says so.
    CommandLine,
    /// Not known.
    Unknown,
}

/// When a value is true in Python's sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    /// Never.
    Never,
    /// Not by default: the environment or the command line can ask for it.
    OnRequest,
    /// Nothing is known.
    Unknown,
    /// In one of several cases, none of them known to be the default.
    Sometimes,
    /// By default; the environment or the command line can turn it off.
    ByDefault,
    /// Always.
    Always,
}

/// What is known of a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Known {
    /// It is this.
    Constant(Const),
    /// It is read from this environment variable, else it is the default (`None`: unknown or none).
    Environment {
        /// The variable.
        variable: String,
        /// What it is without the variable.
        default: Option<Const>,
    },
    /// It is given on the command line, else it is the default.
    CommandLine {
        /// What it is when not given.
        default: Option<Const>,
    },
    /// It is one of these.
    OneOf(Vec<Const>),
    /// Not known.
    Unknown,
}

/// A value handed over or written somewhere.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Setting {
    /// What it is.
    pub(crate) known: Known,
    /// When it is true.
    pub(crate) truth: Truth,
    /// Where the deciding constant is written, when that is another place than where it is used.
    pub(crate) origin: Option<Place>,
    /// The variables of the environment without which it is a constant; `None` where it may hang on more.
    pub(crate) hangs_on: Option<BTreeSet<String>>,
}

/// How a debug setting is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is on, or on unless something turns it off.
    On,
    /// It is on in some cases.
    MayBeOn,
    /// Only the environment or the command line turns it on.
    OnRequest,
    /// Nothing is known.
    Unknown,
    /// It is off.
    Off,
}

impl Setting {
    /// Takes up what the same setting hangs on another time.
    pub(crate) fn hang_on_more(&mut self, other: &Self) {
        match (&mut self.hangs_on, &other.hangs_on) {
            (Some(own), Some(more)) => own.extend(more.iter().cloned()),
            (own, _) => *own = None,
        }
    }

    /// Judges a value that is handed over under these circumstances.
    pub(crate) fn verdict(&self, when: When) -> Verdict {
        match (self.truth, when) {
            (Truth::Never, _) => Verdict::Off,
            (Truth::Always | Truth::ByDefault, When::Default) => Verdict::On,
            (_, When::Environment | When::CommandLine) | (Truth::OnRequest, _) => Verdict::OnRequest,
            (Truth::Always | Truth::ByDefault, When::Unknown) | (Truth::Sometimes, _) => Verdict::MayBeOn,
            (Truth::Unknown, _) => Verdict::Unknown,
        }
    }
}

/// How an argument reaches a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    /// `name=value` in the call.
    Keyword,
    /// By position in the call, from 0.
    Positional(usize),
    /// As an item of a dictionary that is passed with `**` or as `kwargs=`.
    Item,
    /// As an element of a sequence that is passed with `*` or as `args=`.
    Element,
}

/// An argument of a call, under the name of its parameter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Argument {
    /// The parameter: `debug`, `host`.
    pub(crate) name: String,
    /// Its value.
    pub(crate) setting: Setting,
    /// How it gets there.
    pub(crate) passed: Passed,
    /// The whole argument: `debug=True`, `"debug": True`, `True`.
    pub(crate) place: Place,
    /// The value's expression within it.
    pub(crate) value: Place,
}

/// What kind of server a start-up call starts, and on what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Server {
    /// `Flask.run`: Werkzeug's development server.
    FlaskRun,
    /// `werkzeug.serving.run_simple`.
    RunSimple,
    /// `SocketIO.run` of Flask-SocketIO.
    SocketIo,
    /// `Manager.run` of Flask-Script.
    FlaskScript,
    /// `run` of a Connexion app.
    Connexion,
    /// `run` or `run_server` of Dash.
    Dash,
    /// A server embedded by hand: gevent, eventlet, tornado, wsgiref, livereload.
    Embedded,
    /// A production server started by the code: waitress, gunicorn, cheroot, bjoern, hypercorn.
    Production,
}

/// The object that is served, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AppObject {
    /// The dotted name of its class: `flask.Flask`.
    pub(crate) class: String,
    /// The call that makes it.
    pub(crate) made: Place,
}

/// A call that starts a server.
#[derive(Clone, Debug)]
pub(crate) struct Serve<'p> {
    /// The module the call is in.
    pub(crate) module: ModuleId,
    /// The call: `app.run(debug=True)`. For a call through an alias, a `partial` or a `Thread`,
    /// the call that has the arguments.
    pub(crate) call: &'p ast::ExprCall,
    /// What it starts.
    pub(crate) server: Server,
    /// What is served.
    pub(crate) app: Option<AppObject>,
    /// What it is told; parameters that are not passed are not listed.
    pub(crate) arguments: Vec<Argument>,
    /// Whether it may be told more, by a `*` or `**` of something that is not known.
    pub(crate) open: bool,
    /// When it happens.
    pub(crate) when: When,
}

impl<'p> Serve<'p> {
    /// The argument of a parameter.
    pub(crate) fn argument(&self, name: &str) -> Option<&Argument> {
        self.arguments.iter().find(|argument| argument.name == name)
    }
}

/// A name in a module that stands for an app once the module is imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AppName {
    /// The name: `app`.
    pub(crate) name: String,
    /// The app.
    pub(crate) app: AppObject,
    /// Whether the name is bound whenever the module is imported, and not only when it is run as
    /// a script.
    pub(crate) on_import: bool,
}

/// A function at module level that returns an app.
#[derive(Clone, Debug)]
pub(crate) struct Factory<'p> {
    /// The module it is defined in.
    pub(crate) module: ModuleId,
    /// Its definition.
    pub(crate) def: &'p ast::StmtFunctionDef,
}

/// How a debug setting is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Written {
    /// `app.debug = True`, `setattr(app, "debug", True)`.
    Attribute,
    /// `app.config["DEBUG"] = True`.
    Item,
    /// `app.config.update(DEBUG=True)`, `from_mapping`, `|=`: an entry of what is handed over.
    Entry,
    /// An attribute of a class, object or module that `from_object` reads.
    Object,
    /// `debug = True` in a subclass of `Flask`.
    ClassAttribute,
    /// An argument of a constructor: `connexion.App(__name__, debug=True)`.
    Constructor,
    /// An argument of a method that turns it on unless it is told not to, or the whole call where that is not
    /// told: `dash_app.enable_dev_tools(debug=True)`.
    Method,
    /// An entry of a file that is no Python: JSON, TOML, YAML.
    File,
}

/// A place that sets debug mode of an app.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DebugWrite {
    /// The assignment, the argument or the entry.
    pub(crate) place: Place,
    /// The value's expression within it.
    pub(crate) value: Place,
    /// How it is written.
    pub(crate) written: Written,
    /// The value.
    pub(crate) setting: Setting,
    /// When it happens.
    pub(crate) when: When,
    /// The call that reads it: `app.config.from_object(Config)`.
    pub(crate) via: Option<Place>,
    /// The class that is read, as it is named at that call, and where it is chosen.
    pub(crate) chosen: Option<Chosen>,
    /// The other places that choose it as surely: each program that makes the app may.
    pub(crate) chosen_elsewhere: Vec<Chosen>,
    /// Whether a later assignment takes its effect away before the app is used.
    pub(crate) overridden: bool,
}

/// A configuration class or module that was chosen by naming it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// Its name: `DevelopmentConfig`.
    pub(crate) name: String,
    /// Where it is named.
    pub(crate) place: Place,
    /// The variable of the environment that chooses another.
    pub(crate) variable: Option<String>,
    /// The only one for production that could be chosen instead.
    pub(crate) production: Option<Production>,
}

/// A configuration for production.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Production {
    /// Its class.
    pub(crate) name: String,
    /// What chooses it, written where another is chosen.
    pub(crate) written: Option<String>,
    /// What a variable of the environment has to say to choose it.
    pub(crate) value: Option<String>,
}

/// A place that sets a variable of the process's own environment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EnvironmentWrite {
    /// The variable.
    pub(crate) name: String,
    /// The assignment, the argument or the entry.
    pub(crate) place: Place,
    /// The value's expression within it.
    pub(crate) value: Place,
    /// Its value.
    pub(crate) setting: Setting,
    /// Whether what the environment says already wins (`setdefault`).
    pub(crate) only_default: bool,
    /// When it happens.
    pub(crate) when: When,
}

/// A call of `werkzeug.debug.DebuggedApplication`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Debugger {
    /// The call.
    pub(crate) place: Place,
    /// The application it wraps, an expression within the call.
    pub(crate) app: Option<Place>,
    /// `evalex`: whether there is a console.
    pub(crate) console: Option<Setting>,
    /// When it happens.
    pub(crate) when: When,
}

/// A call of `app.config.from_prefixed_env`, which takes every variable with a prefix for a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PrefixedEnvironment {
    /// The prefix, without the underscore behind it.
    pub(crate) prefix: String,
    /// The call.
    pub(crate) place: Place,
    /// When it happens.
    pub(crate) when: When,
}

/// A call that makes the development server reachable from the internet through a tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tunnel {
    /// The call.
    pub(crate) place: Place,
    /// When it happens.
    pub(crate) when: When,
}

/// A command that the code hands to the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommandCall {
    /// The call.
    pub(crate) place: Place,
    /// The command.
    pub(crate) words: CommandWords,
    /// The folder it is started in, where the call says one.
    pub(crate) dir: Option<String>,
    /// Whether it is only started when a person asks for it.
    pub(crate) for_people: bool,
    /// When it happens.
    pub(crate) when: When,
}

/// How a command is given to the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CommandWords {
    /// As one text, and where that is written.
    Line(String, Place),
    /// Word by word, up to the first that is not known.
    List(Vec<(String, Place)>),
}

/// The environment that a process is given, to see what the code makes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Given {
    /// The variables that are set when it starts.
    pub(crate) process: BTreeMap<String, String>,
    /// The variables in files that the code may load, by file.
    pub(crate) files: BTreeMap<ProjectPath, BTreeMap<String, String>>,
}

impl Given {
    /// Whether it says the same as another of these variables.
    pub(crate) fn agrees(&self, other: &Self, names: &BTreeSet<String>) -> bool {
        self.files.keys().eq(other.files.keys()) && names.iter().all(|name| self.of(name).eq(other.of(name)))
    }

    /// What it says of a variable: to the process, and in each file.
    fn of(&self, name: &str) -> impl Iterator<Item = Option<&String>> {
        std::iter::once(&self.process).chain(self.files.values()).map(move |said| said.get(name))
    }
}

/// Everything that rules and the planner know of a project's Python code.
#[derive(Debug, Default)]
pub(crate) struct Facts<'p> {
    /// Calls that start a server, by module and place.
    pub(crate) serves: Vec<Serve<'p>>,
    /// Places that set debug mode, by module and place.
    pub(crate) debug_writes: Vec<DebugWrite>,
    /// Places that set variables of the environment, by module and place.
    pub(crate) environment_writes: Vec<EnvironmentWrite>,
    /// Wrappings in the debugger, by module and place.
    pub(crate) debuggers: Vec<Debugger>,
    /// Calls that take settings from the environment.
    pub(crate) prefixed: Vec<PrefixedEnvironment>,
    /// Places that turn Flask-DebugToolbar on, by module and place.
    pub(crate) toolbars: Vec<DebugWrite>,
    /// Commands handed to the system, by module and place.
    pub(crate) commands: Vec<CommandCall>,
    /// Tunnels to the development server, by module and place.
    pub(crate) tunnels: Vec<Tunnel>,
    /// The apps each module has names for, by name.
    pub(crate) apps: BTreeMap<ModuleId, Vec<AppName>>,
    /// Functions that return an app, by module and place.
    pub(crate) factories: Vec<Factory<'p>>,
    /// The variables of the environment that the code asks for, and where.
    pub(crate) asked: BTreeSet<(String, Place)>,
    /// Places that look something up which is not there: a key of a dictionary, a name of a module.
    pub(crate) missing: BTreeSet<Place>,
    /// Modules that take settings of which nothing is known.
    pub(crate) undecided: BTreeSet<ModuleId>,
    /// What the servers around an app have to know.
    pub(crate) needs: Needs,
}

/// What facts are gathered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The rules and what becomes of start-up calls.
    Rules,
    /// These, and the servers around the app.
    Deployment,
}

impl<'p> Facts<'p> {
    /// Works out what running the project's code would do. Nothing is run.
    pub(crate) fn gather(project: &'p Project) -> Self {
        super::eval::gather(project, Purpose::Rules)
    }

    /// The same, with what only a deployment has to know, which takes a look at more functions.
    pub(crate) fn gather_for_deployment(project: &'p Project) -> Self {
        super::eval::gather(project, Purpose::Deployment)
    }

    /// Works out what some modules have to do with debug mode in a process that is given these variables, and
    /// the variables that it depends on; `islands` are those of the project.
    pub(crate) fn gather_given(
        project: &'p Project,
        islands: &Arc<[usize]>,
        given: &Given,
        modules: Vec<ModuleId>,
    ) -> (Self, BTreeSet<String>) {
        super::eval::gather_given(project, islands, given, modules)
    }

    /// Adds what is known of another part of the project.
    pub(super) fn add(&mut self, other: Self) {
        let Self {
            serves,
            debug_writes,
            environment_writes,
            debuggers,
            prefixed,
            toolbars,
            commands,
            tunnels,
            apps,
            factories,
            asked,
            missing,
            undecided,
            needs,
        } = other;
        self.serves.extend(serves);
        self.debug_writes.extend(debug_writes);
        self.environment_writes.extend(environment_writes);
        self.debuggers.extend(debuggers);
        self.prefixed.extend(prefixed);
        self.toolbars.extend(toolbars);
        self.commands.extend(commands);
        self.tunnels.extend(tunnels);
        self.apps.extend(apps);
        self.factories.extend(factories);
        self.asked.extend(asked);
        self.missing.extend(missing);
        self.undecided.extend(undecided);
        self.needs.add(needs);
    }

    /// Puts what is known in the order of the places.
    pub(super) fn sort(&mut self) {
        self.serves.sort_by_key(|serve| (serve.module, python::span(serve.call)));
        self.debug_writes.sort_by_key(|write| (write.place, write.via));
        self.environment_writes.sort_by_key(|write| write.place);
        self.debuggers.sort_by_key(|debugger| debugger.place);
        self.commands.sort_by_key(|command| command.place);
        self.factories.sort_by_key(|factory| (factory.module, python::span(factory.def)));
    }
}
