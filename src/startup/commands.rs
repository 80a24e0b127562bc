//! The commands that run the app after the move.

use super::told::Called;
use super::{Served, Target};
use crate::project::{Const, FlaskCommand, Known, Setting, WorkerClass, threads};
use crate::source::is_in;

/// How to run the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commands {
    /// The folder to be in, `""` for the project folder.
    pub(crate) dir: String,
    /// What has to be installed for the first of those for production.
    pub(crate) packages: &'static [&'static str],
    /// For production: by Gunicorn, or what the app waits in, then by Waitress where that will do.
    pub(crate) production: Vec<String>,
    /// For production on Windows, whose shells have no `${PORT:-5000}`.
    pub(crate) windows: Option<String>,
    /// For development.
    pub(crate) development: String,
}

/// The commands for a target. Where the code said nothing of an address, it is Gunicorn's default.
pub(crate) fn commands(target: &Target, served: &Served, flask: FlaskCommand) -> Commands {
    let told = served.host.is_some() || served.port.is_some();
    let host = shell(served.host.as_ref(), "127.0.0.1");
    let port = shell(served.port.as_ref(), if told { "5000" } else { "8000" });
    let app = format!("{}:{}", target.module, target.name);
    let bind = quoted(&format!("{host}:{port}"));
    let value = |setting: &Option<Setting>| setting.as_ref().and_then(fixed);
    let host = value(&served.host).unwrap_or_else(|| "127.0.0.1".to_owned());
    let port = value(&served.port).unwrap_or_else(|| if told { "5000" } else { "8000" }.to_owned());
    let windows = production(&app, &format!("{host}:{port}"), served).into_iter().nth(1);
    Commands {
        dir: target.dir.clone(),
        packages: packages(served),
        production: production(&app, &bind, served),
        windows,
        development: development("flask", target, "", &Listens { host: None, port: port_of(served) }, flask),
    }
}

/// What a call of a script in documentation becomes; `None` where the target is not to be reached from its folder.
pub(crate) fn instead(called: &Called, target: &Target, served: &Served, flask: FlaskCommand) -> Option<String> {
    let below = target.dir.strip_prefix(called.from.as_str()).filter(|_| is_in(&target.dir, &called.from))?;
    let host = served.host.as_ref().and_then(fixed);
    let listens = Listens { host: host.filter(|host| !is_local(host)), port: port_of(served) };
    Some(development(&called.flask, target, below.trim_start_matches('/'), &listens, flask))
}

/// Where the development server listens, where that is not where it does by itself.
struct Listens {
    host: Option<String>,
    port: Option<String>,
}

/// The command that works on a target from a folder that has the target's below it.
fn development(program: &str, target: &Target, below: &str, listens: &Listens, flask: FlaskCommand) -> String {
    let is_found = below.is_empty() && target.module == "wsgi" && matches!(&*target.name, "app" | "application");
    let lead = if below.is_empty() { String::new() } else { format!("{below}/") };
    let name = match &*target.name {
        "app" | "application" if target.module == "wsgi" => String::new(),
        name => format!(":{name}"),
    };
    let app = format!("{lead}{}{name}", target.module);
    // Debug mode is for the machine that one sits at.
    let debugs = listens.host.is_none();
    let mut words: Vec<String> = Vec::new();
    if flask == FlaskCommand::Options {
        words.push(program.to_owned());
        words.extend((!is_found).then(|| format!("--app {app}")));
    } else {
        let file = if name.is_empty() { format!("{app}.py") } else { app };
        let named = !is_found || flask == FlaskCommand::AppInVariable;
        words.extend(named.then(|| format!("FLASK_APP={file}")));
        words.extend(debugs.then(|| "FLASK_DEBUG=1".to_owned()));
        words.push(program.to_owned());
    }
    words.push("run".to_owned());
    words.extend((debugs && flask == FlaskCommand::Options).then(|| "--debug".to_owned()));
    words.extend(listens.host.iter().map(|host| format!("--host {host}")));
    words.extend(listens.port.iter().map(|port| format!("--port {port}")));
    words.join(" ")
}

/// The port that the code tells, where it is not the one that Flask takes by itself.
fn port_of(served: &Served) -> Option<String> {
    served.port.as_ref().and_then(fixed).filter(|port| port != "5000" && port.bytes().all(|it| it.is_ascii_digit()))
}

/// A value as it is where the environment and the command line say nothing.
fn fixed(setting: &Setting) -> Option<String> {
    match &setting.known {
        Known::Constant(value)
        | Known::CommandLine { default: Some(value) }
        | Known::Environment { default: Some(value), .. } => plain(value),
        _ => None,
    }
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.starts_with("127.") || host == "[::1]"
}

/// What the first of the commands for production needs installed.
fn packages(served: &Served) -> &'static [&'static str] {
    WorkerClass::of(served.waits_with).map_or(&["uwsgi"], WorkerClass::packages)
}

/// The commands for production, the best known first.
fn production(app: &str, bind: &str, served: &Served) -> Vec<String> {
    let Some(class) = WorkerClass::of(served.waits_with) else {
        // As Flask-SocketIO's documentation has it.
        return vec![format!("uwsgi --http {bind} --gevent 1000 --http-websockets --master --module {app}")];
    };
    let one = served.one_worker.is_some() || served.is_single;
    let workers = if one { " --workers 1" } else { "" };
    let tls = served.tls.as_ref().map_or_else(String::new, |certificate| {
        let (file, key) = certificate.files.as_ref().map_or(("…", "…"), |(file, key)| (file, key));
        let word = |path: &str| if is_plain(path) { path.to_owned() } else { "…".to_owned() };
        format!(" --certfile {} --keyfile {}", word(file), word(key))
    });
    if class != WorkerClass::Gthread {
        return vec![format!("gunicorn {app} --bind {bind} --worker-class {}{workers}{tls}", class.name())];
    }
    // The development server has a thread for each request, and Gunicorn one in all unless it is told.
    let threads = threads(served.stays_open);
    let (own, many) = match (served.one_by_one, served.stays_open) {
        (true, _) => (String::new(), " --threads=1".to_owned()),
        (false, true) => (format!(" --threads {threads}"), format!(" --threads={threads}")),
        (false, false) => (format!(" --threads {threads}"), String::new()),
    };
    let mut commands = vec![format!("gunicorn {app} --bind {bind}{workers}{own}{tls}")];
    // Waitress does not serve TLS.
    if served.tls.is_none() {
        commands.push(format!("waitress-serve --listen={bind}{many} {app}"));
    }
    commands
}

/// Whether a path needs no quotes in a command line.
fn is_plain(path: &str) -> bool {
    !path.is_empty()
        && path.chars().all(|it| it.is_ascii_alphanumeric() || "/._-".contains(it))
        && !path.starts_with('-')
}

/// A value as a shell sees it.
fn shell(setting: Option<&Setting>, default: &str) -> String {
    match setting.map(|setting| &setting.known) {
        Some(Known::Constant(value)) | Some(Known::CommandLine { default: Some(value) }) => {
            plain(value).unwrap_or_else(|| default.to_owned())
        }
        Some(Known::Environment { variable, default: known }) if is_variable(variable) => {
            let default = known.as_ref().and_then(plain).unwrap_or_else(|| default.to_owned());
            format!("${{{variable}:-{default}}}")
        }
        _ => default.to_owned(),
    }
}

/// A constant that is safe in a command line; `None` for anything that is no host or port.
fn plain(value: &Const) -> Option<String> {
    match value {
        Const::Int(port) => Some(port.to_string()),
        Const::Str(text) if text.contains(':') && text.chars().all(|it| it.is_ascii_hexdigit() || it == ':') => {
            Some(format!("[{text}]"))
        }
        Const::Str(text)
            if !text.is_empty() && text.chars().all(|it| it.is_ascii_alphanumeric() || ".-".contains(it)) =>
        {
            Some(text.clone())
        }
        _ => None,
    }
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
}

/// Quotes what a shell would split or match as a pattern.
fn quoted(word: &str) -> String {
    if word.contains(['$', '[']) { format!("\"{word}\"") } else { word.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::Certificate;
    use super::*;
    use crate::project::{AsyncMode, Truth};
    use crate::source::Span;

    fn setting(known: Known) -> Option<Setting> {
        Some(Setting { known, truth: Truth::Unknown, origin: None, hangs_on: None })
    }

    fn target() -> Target {
        Target { dir: String::new(), module: "wsgi".to_owned(), name: "app".to_owned() }
    }

    #[test]
    fn nothing_known_is_gunicorns_default() {
        let commands = commands(&target(), &Served::default(), FlaskCommand::Options);
        assert_eq!(commands.production[0], "gunicorn wsgi:app --bind 127.0.0.1:8000 --threads 4");
        assert_eq!(commands.development, "flask run --debug");
    }

    #[test]
    fn what_the_environment_says_stays_in_the_environment() {
        let served = Served {
            host: setting(Known::Constant(Const::Str("0.0.0.0".to_owned()))),
            port: setting(Known::Environment { variable: "PORT".to_owned(), default: Some(Const::Int(5001)) }),
            ..Served::default()
        };
        let commands = commands(&target(), &served, FlaskCommand::Options);
        assert_eq!(commands.production[0], "gunicorn wsgi:app --bind \"0.0.0.0:${PORT:-5001}\" --threads 4");
        assert_eq!(commands.production[1], "waitress-serve --listen=\"0.0.0.0:${PORT:-5001}\" wsgi:app");
        assert_eq!(commands.windows.as_deref(), Some("waitress-serve --listen=0.0.0.0:5001 wsgi:app"));
    }

    #[test]
    fn an_old_flask_is_told_by_variables() {
        let of = |target: &Target, flask| commands(target, &Served::default(), flask).development;
        let other = Target { module: "shop".to_owned(), ..target() };
        assert_eq!(of(&target(), FlaskCommand::Variables), "FLASK_DEBUG=1 flask run");
        assert_eq!(of(&target(), FlaskCommand::AppInVariable), "FLASK_APP=wsgi.py FLASK_DEBUG=1 flask run");
        assert_eq!(of(&other, FlaskCommand::Options), "flask --app shop:app run --debug");
        assert_eq!(of(&other, FlaskCommand::Variables), "FLASK_APP=shop:app FLASK_DEBUG=1 flask run");
    }

    #[test]
    fn a_call_in_documentation_becomes_one_of_flask_that_listens_there() {
        let called = |from: &str| Called { span: Span::empty(0), flask: "flask".to_owned(), from: from.to_owned() };
        let told = |value: Const| setting(Known::Constant(value));
        let host = |host: &str| told(Const::Str(host.to_owned()));
        let web = Target { dir: "web".to_owned(), ..target() };
        for (from, host, port, after) in [
            ("web", None, None, Some("flask run --debug")),
            ("web", host("127.0.0.1"), told(Const::Int(8080)), Some("flask run --debug --port 8080")),
            ("web", host("0.0.0.0"), told(Const::Int(5000)), Some("flask run --host 0.0.0.0")),
            ("", None, None, Some("flask --app web/wsgi run --debug")),
            ("we", None, None, None),
            ("web/src", None, None, None),
        ] {
            let served = Served { host, port, ..Served::default() };
            assert_eq!(instead(&called(from), &web, &served, FlaskCommand::Options).as_deref(), after, "{from}");
        }
    }

    #[test]
    fn an_app_that_keeps_something_in_its_process_gets_one() {
        for served in [
            Served { one_worker: Some("it does".to_owned()), ..Served::default() },
            Served { is_single: true, ..Served::default() },
        ] {
            assert_eq!(
                commands(&target(), &served, FlaskCommand::Options).production[0],
                "gunicorn wsgi:app --bind 127.0.0.1:8000 --workers 1 --threads 4"
            );
        }
    }

    #[test]
    fn an_app_that_streams_gets_a_thread_for_each_connection() {
        let served = Served { stays_open: true, ..Served::default() };
        let commands = commands(&target(), &served, FlaskCommand::Options);
        assert_eq!(commands.production[0], "gunicorn wsgi:app --bind 127.0.0.1:8000 --threads 100");
        assert_eq!(commands.production[1], "waitress-serve --listen=127.0.0.1:8000 --threads=100 wsgi:app");
    }

    #[test]
    fn flask_socketio_gets_the_worker_that_it_waits_in() {
        let of = |mode| {
            let served = Served { stays_open: true, is_single: true, waits_with: Some(mode), ..Served::default() };
            let Commands { production, packages, .. } = commands(&target(), &served, FlaskCommand::Options);
            (production, packages)
        };
        let gunicorn = "gunicorn wsgi:app --bind 127.0.0.1:8000";
        let (threading, _) = of(AsyncMode::Threading);
        assert_eq!(threading[0], format!("{gunicorn} --workers 1 --threads 100"));
        assert_eq!(threading.len(), 2);
        let (eventlet, packages) = of(AsyncMode::Eventlet);
        assert_eq!(eventlet, [format!("{gunicorn} --worker-class eventlet --workers 1")]);
        assert_eq!(packages, ["gunicorn<26", "eventlet"]);
        assert_eq!(of(AsyncMode::Gevent).0, [format!("{gunicorn} --worker-class gevent --workers 1")]);
        let class = "geventwebsocket.gunicorn.workers.GeventWebSocketWorker";
        assert_eq!(of(AsyncMode::GeventWebsocket).0, [format!("{gunicorn} --worker-class {class} --workers 1")]);
        let (uwsgi, packages) = of(AsyncMode::Uwsgi);
        assert!(uwsgi.len() == 1 && uwsgi[0].starts_with("uwsgi --http 127.0.0.1:8000 --gevent"), "{uwsgi:?}");
        assert_eq!(packages, ["uwsgi"]);
    }

    #[test]
    fn what_was_served_with_tls_still_is() {
        let of = |files: Option<(&str, &str)>| {
            let files = files.map(|(file, key)| (file.to_owned(), key.to_owned()));
            let served = Served { tls: Some(Certificate { files }), ..Served::default() };
            commands(&target(), &served, FlaskCommand::Options).production
        };
        let gunicorn = "gunicorn wsgi:app --bind 127.0.0.1:8000 --threads 4";
        assert_eq!(
            of(Some(("tls/cert.pem", "key.pem"))),
            [format!("{gunicorn} --certfile tls/cert.pem --keyfile key.pem")]
        );
        assert_eq!(of(None), [format!("{gunicorn} --certfile … --keyfile …")]);
        assert_eq!(of(Some(("a; rm b", "key.pem"))), [format!("{gunicorn} --certfile … --keyfile key.pem")]);
    }

    #[test]
    fn an_app_that_answered_one_request_after_the_other_still_does() {
        let served = Served { one_by_one: true, ..Served::default() };
        let commands = commands(&target(), &served, FlaskCommand::Options);
        assert_eq!(commands.production[0], "gunicorn wsgi:app --bind 127.0.0.1:8000");
        assert_eq!(commands.production[1], "waitress-serve --listen=127.0.0.1:8000 --threads=1 wsgi:app");
    }

    #[test]
    fn a_hostile_host_stays_out_of_the_command() {
        let served =
            Served { host: setting(Known::Constant(Const::Str("x; rm -rf /".to_owned()))), ..Served::default() };
        assert_eq!(
            commands(&target(), &served, FlaskCommand::Options).production[0],
            "gunicorn wsgi:app --bind 127.0.0.1:5000 --threads 4"
        );
    }
}
