//! Flask and the frameworks on it, as one table: which names stand for what, and how their server
//! is started. Signatures are those of the releases named.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::facts::Server;

/// What an external name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A class whose instances are Flask apps.
    App,
    /// A class whose instances have the Flask app as this attribute.
    Holder(&'static str),
    /// A function that serves: the app is this parameter.
    Serve {
        /// What it starts.
        server: Server,
        /// Its positional parameters.
        parameters: &'static [&'static str],
        /// The parameter that takes the app.
        app: &'static str,
    },
    /// A class of servers: made with the app as this parameter, started by one of these methods.
    ServerClass {
        /// What it starts.
        server: Server,
        /// The positional parameters of its constructor.
        parameters: &'static [&'static str],
        /// The parameter that takes the app.
        app: &'static str,
        /// The methods that start it.
        methods: &'static [&'static str],
    },
}

/// A method of a class that starts a server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    /// The method.
    pub(crate) method: &'static str,
    /// What it starts.
    pub(crate) server: Server,
    /// Its positional parameters, after `self`.
    pub(crate) parameters: &'static [&'static str],
}

/// A class or function of a framework.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Its dotted names.
    pub(crate) names: &'static [&'static str],
    /// What it stands for.
    pub(crate) role: Role,
    /// The methods that start a server.
    pub(crate) starts: &'static [Start],
    /// The parameter of its constructor that takes the Flask app, and its position.
    pub(crate) takes_app: Option<(&'static str, usize)>,
    /// The methods whose `debug` turns debug mode on though they start nothing, with its position.
    pub(crate) debugs: &'static [(&'static str, Option<usize>)],
    /// Where its constructor takes its configuration.
    pub(crate) settings: Option<Settings>,
}

/// A parameter that takes a configuration: a mapping, or the name of a Python file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Its name.
    pub(crate) parameter: &'static str,
    /// Its position.
    pub(crate) position: usize,
    /// The file that is read where it is not given.
    pub(crate) default: &'static str,
}

/// An entry about which there is nothing to tell.
const PLAIN: Entry = Entry { names: &[], role: Role::App, starts: &[], takes_app: None, debugs: &[], settings: None };

/// `Flask.run(host, port, debug, load_dotenv, **options)`: Flask 1.0 to 3.1.
const FLASK_RUN: &[Start] =
    &[Start { method: "run", server: Server::FlaskRun, parameters: &["host", "port", "debug", "load_dotenv"] }];

/// `werkzeug.serving.run_simple`: Werkzeug 0.15 to 3.1.
const RUN_SIMPLE: &[&str] = &[
    "hostname",
    "port",
    "application",
    "use_reloader",
    "use_debugger",
    "use_evalex",
    "extra_files",
    "exclude_patterns",
    "reloader_interval",
    "reloader_type",
    "threaded",
    "processes",
];

/// Every class and function that matters.
static ENTRIES: &[Entry] = &[
    Entry {
        names: &[
            "flask.Flask",
            "flask.app.Flask",
            "apiflask.APIFlask",
            "flask_openapi3.OpenAPI",
            "flask_openapi3.openapi.OpenAPI",
            "flask_api.FlaskAPI",
            "flask_appbuilder.Flask",
            "flask_lambda.FlaskLambda",
        ],
        role: Role::App,
        starts: FLASK_RUN,
        ..PLAIN
    },
    Entry {
        // Eve(import_name, settings="settings.py", validator, …): Eve 0.1 to 2.2.
        names: &["eve.Eve", "eve.flaskapp.Eve"],
        role: Role::App,
        starts: FLASK_RUN,
        settings: Some(Settings { parameter: "settings", position: 1, default: "settings.py" }),
        ..PLAIN
    },
    Entry {
        // SocketIO.run(app, host=None, port=None, **kwargs): Flask-SocketIO 4 and 5.
        names: &["flask_socketio.SocketIO"],
        role: Role::Holder("app"),
        starts: &[Start { method: "run", server: Server::SocketIo, parameters: &["app", "host", "port"] }],
        takes_app: Some(("app", 0)),
        ..PLAIN
    },
    Entry {
        // Manager(app); Manager.run(commands, default_command): Flask-Script 2.
        names: &["flask_script.Manager"],
        role: Role::Holder("app"),
        starts: &[Start { method: "run", server: Server::FlaskScript, parameters: &["commands", "default_command"] }],
        takes_app: Some(("app", 0)),
        ..PLAIN
    },
    Entry {
        // FlaskApp.run(port, server, debug, host, **options): Connexion 2.
        names: &["connexion.App", "connexion.FlaskApp", "connexion.apps.flask_app.FlaskApp"],
        role: Role::Holder("app"),
        starts: &[Start { method: "run", server: Server::Connexion, parameters: &["port", "server", "debug", "host"] }],
        debugs: &[("__init__", None)],
        ..PLAIN
    },
    Entry {
        // Dash.run(host, port, proxy, debug, …): Dash 2 to 4; run_server until 3. enable_dev_tools(debug, …)
        // is what `run` calls, and what others call where another server serves.
        names: &["dash.Dash", "jupyter_dash.JupyterDash", "dash_extensions.enrich.DashProxy"],
        role: Role::Holder("server"),
        starts: &[
            Start { method: "run", server: Server::Dash, parameters: &["host", "port", "proxy", "debug"] },
            Start { method: "run_server", server: Server::Dash, parameters: &["host", "port", "proxy", "debug"] },
        ],
        takes_app: Some(("server", 1)),
        debugs: &[("enable_dev_tools", Some(0))],
        ..PLAIN
    },
    Entry {
        // Extensions that keep the app they are given.
        names: &[
            "flask_admin.Admin",
            "flask_appbuilder.AppBuilder",
            "flask_migrate.Migrate",
            "flask_restful.Api",
            "flask_restplus.Api",
            "flask_restx.Api",
            "flask_smorest.Api",
        ],
        role: Role::Holder("app"),
        takes_app: Some(("app", 0)),
        ..PLAIN
    },
    Entry {
        names: &["werkzeug.serving.run_simple", "werkzeug.run_simple"],
        role: Role::Serve { server: Server::RunSimple, parameters: RUN_SIMPLE, app: "application" },
        ..PLAIN
    },
    Entry {
        // Server(host, port, use_debugger, use_reloader, threaded, …): Flask-Script 2.
        names: &["flask_script.Server", "flask_script.commands.Server"],
        role: Role::Serve {
            server: Server::FlaskScript,
            parameters: &["host", "port", "use_debugger", "use_reloader", "threaded", "processes"],
            app: "",
        },
        ..PLAIN
    },
    Entry {
        names: &["waitress.serve"],
        role: Role::Serve { server: Server::Production, parameters: &["app"], app: "app" },
        ..PLAIN
    },
    Entry {
        names: &["bjoern.run"],
        role: Role::Serve { server: Server::Production, parameters: &["wsgi_app", "host", "port"], app: "wsgi_app" },
        ..PLAIN
    },
    Entry {
        names: &["eventlet.wsgi.server"],
        role: Role::Serve { server: Server::Embedded, parameters: &["sock", "site"], app: "site" },
        ..PLAIN
    },
    Entry {
        names: &["gevent.pywsgi.WSGIServer", "gevent.wsgi.WSGIServer"],
        role: Role::ServerClass {
            server: Server::Embedded,
            parameters: &["listener", "application"],
            app: "application",
            methods: &["serve_forever", "start"],
        },
        ..PLAIN
    },
    Entry {
        names: &["wsgiref.simple_server.make_server", "werkzeug.serving.make_server"],
        role: Role::ServerClass {
            server: Server::Embedded,
            parameters: &["host", "port", "app"],
            app: "app",
            methods: &["serve_forever", "handle_request"],
        },
        ..PLAIN
    },
    Entry {
        names: &["tornado.wsgi.WSGIContainer"],
        role: Role::Holder("wsgi_application"),
        takes_app: Some(("wsgi_application", 0)),
        ..PLAIN
    },
    Entry {
        names: &["tornado.httpserver.HTTPServer"],
        role: Role::ServerClass {
            server: Server::Embedded,
            parameters: &["request_callback"],
            app: "request_callback",
            methods: &["listen", "bind"],
        },
        ..PLAIN
    },
    Entry {
        names: &["livereload.Server"],
        role: Role::ServerClass { server: Server::Embedded, parameters: &["app"], app: "app", methods: &["serve"] },
        ..PLAIN
    },
    Entry {
        names: &["cheroot.wsgi.Server", "cheroot.wsgi.WSGIServer", "cherrypy.wsgiserver.CherryPyWSGIServer"],
        role: Role::ServerClass {
            server: Server::Production,
            parameters: &["bind_addr", "wsgi_app"],
            app: "wsgi_app",
            methods: &["start", "safe_start"],
        },
        ..PLAIN
    },
];

/// What is known of an external name. `flask.ext.NAME` is what Flask before 1.0 called `flask_NAME`.
pub(crate) fn entry(path: &str) -> Option<&'static Entry> {
    let old = path.strip_prefix("flask.ext.").map(|rest| format!("flask_{rest}"));
    let path = old.as_deref().unwrap_or(path);
    BY_NAME.get(path).copied()
}

/// Asked of nearly every object and call.
static BY_NAME: LazyLock<FxHashMap<&str, &Entry>> =
    LazyLock::new(|| ENTRIES.iter().flat_map(|entry| entry.names.iter().map(move |name| (*name, entry))).collect());

/// The words by which code can use a class or function of a framework: its name without that of its
/// module, and the methods that matter.
pub(crate) fn words() -> impl Iterator<Item = &'static str> {
    ENTRIES.iter().flat_map(words_of)
}

/// The same for what may turn debug mode on.
pub(crate) fn debug_words() -> impl Iterator<Item = &'static str> {
    let without = |entry: &&Entry| match entry.role {
        Role::Serve { server, .. } | Role::ServerClass { server, .. } => {
            matches!(server, Server::Embedded | Server::Production)
        }
        Role::App | Role::Holder(_) => false,
    };
    ENTRIES.iter().filter(move |entry| !without(entry)).flat_map(words_of)
}

fn words_of(entry: &'static Entry) -> impl Iterator<Item = &'static str> {
    let methods: &[&str] = match entry.role {
        Role::ServerClass { methods, .. } => methods,
        Role::App | Role::Holder(_) | Role::Serve { .. } => &[],
    };
    let names = entry.names.iter().filter_map(|name| name.rsplit('.').next());
    let starts = entry.starts.iter().map(|start| start.method);
    names.chain(starts).chain(methods.iter().copied()).chain(entry.debugs.iter().map(|(method, _)| *method))
}

/// Whether instances of the class of this name are Flask apps.
pub(crate) fn is_app(path: &str) -> bool {
    entry(path).is_some_and(|entry| entry.role == Role::App)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_in_one_entry() {
        let mut names: Vec<&str> = ENTRIES.iter().flat_map(|entry| entry.names).copied().collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn old_extension_names_are_the_new() {
        assert_eq!(entry("flask.ext.script.Manager").map(|entry| entry.names[0]), Some("flask_script.Manager"));
        assert!(is_app("flask.Flask") && !is_app("quart.Quart"));
    }
}
