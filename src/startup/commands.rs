//! The commands that run the app after the move.

use super::{Served, Target};
use crate::project::{Const, Known, Setting, WorkerClass, threads};

/// How to run the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commands {
    /// The folder to be in, `""` for the project folder.
    pub(crate) dir: String,
    /// What has to be installed for the first of those for production.
    pub(crate) packages: &'static [&'static str],
    /// For production, the best known first.
    pub(crate) production: Vec<String>,
    /// For development.
    pub(crate) development: String,
}

/// The commands for a target. Where the code said nothing of an address, it is Gunicorn's default.
pub(crate) fn commands(target: &Target, served: &Served) -> Commands {
    let told = served.host.is_some() || served.port.is_some();
    let host = shell(served.host.as_ref(), "127.0.0.1");
    let port = shell(served.port.as_ref(), if told { "5000" } else { "8000" });
    let app = format!("{}:{}", target.module, target.name);
    let bind = quoted(&format!("{host}:{port}"));
    let development = if target.module == "wsgi" && matches!(target.name.as_str(), "app" | "application") {
        "flask run --debug".to_owned()
    } else {
        format!("flask --app {app} run --debug")
    };
    Commands {
        dir: target.dir.clone(),
        packages: packages(served),
        production: production(&app, &bind, served),
        development,
    }
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

    fn setting(known: Known) -> Option<Setting> {
        Some(Setting { known, truth: Truth::Unknown, origin: None })
    }

    fn target() -> Target {
        Target { dir: String::new(), module: "wsgi".to_owned(), name: "app".to_owned() }
    }

    #[test]
    fn nothing_known_is_gunicorns_default() {
        let commands = commands(&target(), &Served::default());
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
        let commands = commands(&target(), &served);
        assert_eq!(commands.production[0], "gunicorn wsgi:app --bind \"0.0.0.0:${PORT:-5001}\" --threads 4");
        assert_eq!(commands.production[1], "waitress-serve --listen=\"0.0.0.0:${PORT:-5001}\" wsgi:app");
    }

    #[test]
    fn an_app_that_keeps_something_in_its_process_gets_one() {
        for served in [
            Served { one_worker: Some("it does".to_owned()), ..Served::default() },
            Served { is_single: true, ..Served::default() },
        ] {
            assert_eq!(
                commands(&target(), &served).production[0],
                "gunicorn wsgi:app --bind 127.0.0.1:8000 --workers 1 --threads 4"
            );
        }
    }

    #[test]
    fn an_app_that_streams_gets_a_thread_for_each_connection() {
        let served = Served { stays_open: true, ..Served::default() };
        let commands = commands(&target(), &served);
        assert_eq!(commands.production[0], "gunicorn wsgi:app --bind 127.0.0.1:8000 --threads 100");
        assert_eq!(commands.production[1], "waitress-serve --listen=127.0.0.1:8000 --threads=100 wsgi:app");
    }

    #[test]
    fn flask_socketio_gets_the_worker_that_it_waits_in() {
        let of = |mode| {
            let served = Served { stays_open: true, is_single: true, waits_with: Some(mode), ..Served::default() };
            let Commands { production, packages, .. } = commands(&target(), &served);
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
            commands(&target(), &served).production
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
        let commands = commands(&target(), &served);
        assert_eq!(commands.production[0], "gunicorn wsgi:app --bind 127.0.0.1:8000");
        assert_eq!(commands.production[1], "waitress-serve --listen=127.0.0.1:8000 --threads=1 wsgi:app");
    }

    #[test]
    fn a_hostile_host_stays_out_of_the_command() {
        let served =
            Served { host: setting(Known::Constant(Const::Str("x; rm -rf /".to_owned()))), ..Served::default() };
        assert_eq!(commands(&target(), &served).production[0], "gunicorn wsgi:app --bind 127.0.0.1:5000 --threads 4");
    }
}
