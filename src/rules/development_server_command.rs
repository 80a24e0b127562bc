//! # development-server-command
//!
//! ## What it does
//!
//! Finds commands that start the development server where the app is deployed: `flask run`,
//! `python app.py` for a script that calls `app.run()`, `manage.py runserver`; in Dockerfiles,
//! compose files, Procfiles, scripts, crontabs, systemd units, Supervisor, Kubernetes manifests and
//! the files of hosting platforms.
//!
//! ## Why is this bad
//!
//! The development server is made for one person. It is slow, it does not survive load, and its
//! authors do not treat its weaknesses as security problems.
//!
//! ## Example
//!
//! ```text
//! web: flask --app app run --host=0.0.0.0 --port=$PORT
//! ```
//!
//! ## Use instead
//!
//! ```text
//! web: gunicorn --bind 0.0.0.0:$PORT --threads 4 wsgi:app
//! ```
//!
//! ## Fix safety
//!
//! The command is rewritten to the server the project already uses, else to Gunicorn (Waitress in
//! Windows batch files). Host, port and certificate are carried over from the command, from the
//! variables set beside it, or from the `run()` call. A worker gets four threads, or a hundred where the
//! app keeps connections open, since the development server has one for each request; and an app that
//! keeps something in its process gets one worker. Flask-SocketIO gets one of the class that it waits
//! with, as its documentation has it; and a unit that stops its program by a signal which Gunicorn takes
//! for something else, such as SIGHUP, gets SIGTERM. The fix is safe where the module to serve
//! exists or is written by the same run. Where a value is computed and cannot be carried, the finding
//! says so and takes a person.
//!
//! ## References
//!
//! - [Flask: Deploying to Production](https://flask.palletsprojects.com/en/stable/deploying/)
//! - [Gunicorn: Settings](https://docs.gunicorn.org/en/stable/settings.html)
//! - [Flask-SocketIO: Deployment](https://flask-socketio.readthedocs.io/en/latest/deployment.html)
//! - [Waitress: waitress-serve](https://docs.pylonsproject.org/projects/waitress/en/stable/runner.html)

mod container;
mod served;
mod words;

use super::{Context, Rule};
use crate::edit::{Edit, Fix};
use crate::finding::{Finding, Kind, Severity};
use crate::project::{Addition, Launch, Reader, Serve, Server, What, WorkerClass, copy_line, is_dockerfile};
use crate::source::ProjectPath;
use crate::syntax::ini;
pub(super) use served::started_in;
use served::{Served, dotted, existing, of_flask, of_script};
use words::{Rewrite, render, words};

pub(super) const RULE: Rule = Rule {
    name: "development-server-command",
    kind: Kind::Server,
    source: include_str!("development_server_command.rs"),
    check,
};

/// Finds commands that start the development server.
pub(super) fn check(context: Context<'_>) -> Vec<Finding> {
    context.around.launches.iter().filter_map(|launch| finding(context, launch)).collect()
}

/// The servers that a command is rewritten to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Gunicorn.
    Gunicorn,
    /// Waitress.
    Waitress,
}

impl Wanted {
    /// Its package.
    pub(super) fn package(self) -> &'static str {
        match self {
            Self::Gunicorn => "gunicorn",
            Self::Waitress => "waitress",
        }
    }

    /// Its program.
    fn program(self) -> &'static str {
        match self {
            Self::Gunicorn => "gunicorn",
            Self::Waitress => "waitress-serve",
        }
    }

    /// What people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gunicorn => "Gunicorn",
            Self::Waitress => "Waitress",
        }
    }
}

/// Why a command is not rewritten, and what to do about it.
struct Manual(String);

fn finding(context: Context<'_>, launch: &Launch) -> Option<Finding> {
    if !launch.scope.reaches_production() {
        return None;
    }
    let serve = match &launch.what {
        What::FlaskRun(_) => None,
        What::Script { .. } => match serve_of(context, launch) {
            Some(serve) => Some(serve),
            None if is_flask_group(context, launch) => None,
            None => return starts_nothing(context, launch),
        },
        What::Code { .. } => None,
        What::Server(_) => return None,
    };
    let span = launch.command.span()?;
    let server = server(context, launch);
    let plan = match &launch.what {
        What::FlaskRun(run) => of_flask(context, launch, run),
        What::Script { .. } => match serve {
            Some(serve) => of_script(context, launch, serve),
            None => Err(Manual(
                "write a `wsgi.py` that calls the factory of this command, then start `gunicorn wsgi:app` instead"
                    .to_owned(),
            )),
        },
        What::Code { .. } => Err(Manual("start a WSGI server with the app that the code imports".to_owned())),
        What::Server(_) => return None,
    };
    let rewritten = plan.and_then(|served| {
        let words = words(launch, server, &served)?;
        let text = render(context, launch, &words)?;
        // A command of what is not installed does not start.
        match to_add_by_hand(context, server, launch) {
            Some((path, reason)) => Err(Manual(format!(
                "add `{}` to `{path}` by hand, then start `{}` instead: {reason}",
                server.package(),
                words.join(" ")
            ))),
            None => Ok((text, words, served)),
        }
    });
    let message = match &launch.what {
        What::FlaskRun(_) => "`flask run` starts the development server in production".to_owned(),
        _ => "this command starts the development server in production".to_owned(),
    };
    let (fix, hint) = match rewritten {
        Ok((Rewrite { span: place, text }, words, Served { target, applicability, address, is_exposed, .. }))
            if launch.editable =>
        {
            let mut edits = vec![Edit::replace(&launch.path, place, text)];
            let stop = stop_signal(context, launch).filter(|_| server == Wanted::Gunicorn);
            let stopped = if stop.is_some() { ", stopped by SIGTERM" } else { "" };
            edits.extend(stop);
            edits.extend(launch.also.iter().map(|span| Edit::delete(&launch.path, *span)));
            let module = ProjectPath::in_dir(&target.dir, &format!("{}.py", target.module.replace('.', "/")));
            edits.extend(copied_with(context, launch, &module));
            let title = format!("start {} instead{stopped}: `{}`", server.name(), words.join(" "));
            let opened = is_exposed && address.host.is_none();
            let hint = opened.then(|| {
                "it listens on every address of the container, for on 127.0.0.1, as before, the exposed port reaches \
                 nothing"
                    .to_owned()
            });
            (Some(Fix { title, applicability, edits, files: Vec::new() }), hint)
        }
        Ok((_, words, _)) => (None, Some(format!("start `{}` instead", words.join(" ")))),
        Err(Manual(reason)) => (None, Some(reason)),
    };
    Some(Finding {
        rule: "development-server-command",
        kind: Kind::Server,
        severity: Severity::Warning,
        path: launch.path.clone(),
        span,
        message,
        hint,
        fix,
        related: Vec::new(),
    })
}

/// The signal that a unit stops its program with, where Gunicorn takes it for something else: it loads the
/// app anew on SIGHUP, on which the development server ends.
fn stop_signal(context: Context<'_>, launch: &Launch) -> Option<Edit> {
    let text = context.around.text(&launch.path);
    let command = launch.command.span()?;
    let entries = ini::parse(text);
    let own = entries.iter().find(|entry| entry.value.contains(command))?;
    let told = entries.iter().find(|entry| {
        entry.section == own.section
            && ["stopsignal", "killsignal"].iter().any(|key| entry.key.eq_ignore_ascii_case(key))
    })?;
    let signal = told.value.of(text);
    let (lead, name) = signal.split_at(if signal.starts_with("SIG") { 3 } else { 0 });
    let means_else = matches!(name, "HUP" | "USR1" | "USR2" | "WINCH" | "TTIN" | "TTOU");
    means_else.then(|| Edit::replace(&launch.path, told.value, format!("{lead}TERM")))
}

/// The list of dependencies that lacks a server and that flaskship cannot add it to, and why.
fn to_add_by_hand(context: Context<'_>, server: Wanted, launch: &Launch) -> Option<(ProjectPath, String)> {
    if is_installed(context, server.package(), launch) {
        return None;
    }
    match addition(context, server.package(), launch)? {
        Addition::Manual { path, reason } => Some((path, reason)),
        Addition::Insert { .. } => None,
    }
}

/// The folder of what a launch starts: a script of launches may be kept in a folder of its own.
fn home(context: Context<'_>, launch: &Launch) -> String {
    script(context, launch).map_or_else(|| started_in(context, launch), |path| path.dir().to_owned())
}

/// Whether a package is installed where a launch needs it.
pub(super) fn is_installed(context: Context<'_>, package: &str, launch: &Launch) -> bool {
    let around = context.around;
    let has = |dir: &str| around.installs(package, dir) || around.dependencies.names(package, dir);
    has(launch.path.dir()) || has(&home(context, launch))
}

/// How to add a package to the dependencies of what a launch starts.
pub(super) fn addition(context: Context<'_>, package: &str, launch: &Launch) -> Option<Addition> {
    let dependencies = &context.around.dependencies;
    dependencies.add(package, &home(context, launch)).or_else(|| dependencies.add(package, launch.path.dir()))
}

/// What brings a new module into the image that a command is started in: where each file is copied by its
/// name, it would lack it.
pub(super) fn copied_with(context: Context<'_>, launch: &Launch, module: &ProjectPath) -> Option<Edit> {
    let image = container::image(context, launch, module)?;
    let (at, line) = copy_line(&image, context.around.text(&image), module)?;
    Some(Edit::insert(&image, at, line))
}

/// A command that runs a module whose start-up call is gone: it makes the app and ends.
fn starts_nothing(context: Context<'_>, launch: &Launch) -> Option<Finding> {
    let path = script(context, launch)?;
    let module = context.project.by_path(&path)?;
    let What::Script { arguments, .. } = &launch.what else { return None };
    let serves = context.facts.serves.iter().any(|serve| serve.module == module);
    let apps = context.facts.apps.get(&module)?;
    let makes_app = apps.iter().any(|app| app.on_import && app.app.made.module == module);
    let target = existing(context, path.dir())?;
    if serves || !makes_app || !arguments.is_empty() || path.name() == "wsgi.py" {
        return None;
    }
    let server = server(context, launch);
    Some(Finding {
        rule: "development-server-command",
        kind: Kind::Server,
        severity: Severity::Warning,
        path: launch.path.clone(),
        span: launch.command.span()?,
        message: format!("this command starts no server: `{}` makes the app and ends", path.name()),
        hint: Some(format!("start `{} {}` with the address it is to listen on", server.program(), dotted(&target))),
        fix: None,
        related: Vec::new(),
    })
}

/// The server that the launches which start the development server are rewritten to, with the first
/// of those launches.
pub(super) fn planned<'a>(context: Context<'a>) -> Vec<(Wanted, &'a Launch)> {
    let rewritten = context
        .around
        .launches
        .iter()
        .filter(|launch| finding(context, launch).is_some_and(|finding| finding.fix.is_some()));
    rewritten.map(|launch| (server(context, launch), launch)).collect()
}

/// The class of Gunicorn's workers that a launch is rewritten to.
pub(super) fn class_of(context: Context<'_>, launch: &Launch) -> Option<WorkerClass> {
    let served = match &launch.what {
        What::FlaskRun(run) => of_flask(context, launch, run),
        _ => of_script(context, launch, serve_of(context, launch)?),
    };
    words::class(Wanted::Gunicorn, &served.ok()?).ok()
}

/// The server the project uses, else Gunicorn; Gunicorn does not run on Windows.
fn server(context: Context<'_>, launch: &Launch) -> Wanted {
    if launch.reader == Reader::Batch {
        return Wanted::Waitress;
    }
    let around = context.around;
    let homes = [launch.path.dir(), &home(context, launch)];
    let used = |wanted: Wanted| {
        homes.iter().any(|dir| around.dependencies.names(wanted.package(), dir))
            || around.launches.iter().any(|launch| launch.what == What::Server(wanted.name()))
    };
    if !used(Wanted::Gunicorn) && used(Wanted::Waitress) { Wanted::Waitress } else { Wanted::Gunicorn }
}

/// Whether a command runs `run` of a script that has the commands of `flask`: `python manage.py run`.
pub(super) fn is_flask_group(context: Context<'_>, launch: &Launch) -> bool {
    let What::Script { arguments, .. } = &launch.what else { return false };
    arguments.first().is_some_and(|argument| argument == "run")
        && script(context, launch)
            .and_then(|path| context.project.by_path(&path))
            .is_some_and(|module| context.project.module(module).source.text.contains("FlaskGroup"))
}

/// The start-up call of the script a command runs, when that starts a development server.
fn serve_of<'a>(context: Context<'a>, launch: &Launch) -> Option<&'a Serve<'a>> {
    let module = context.project.by_path(&script(context, launch)?)?;
    let What::Script { arguments, .. } = &launch.what else { return None };
    let of_module = |serve: &&Serve<'_>| serve.module == module;
    let serve = context.facts.serves.iter().find(of_module)?;
    let development = match serve.server {
        Server::FlaskRun | Server::RunSimple | Server::Connexion | Server::Dash | Server::SocketIo => true,
        Server::FlaskScript => arguments.first().is_some_and(|argument| argument == "runserver"),
        Server::Embedded | Server::Production => false,
    };
    development.then_some(serve)
}

/// The file of the project that a command runs.
pub(super) fn script(context: Context<'_>, launch: &Launch) -> Option<ProjectPath> {
    let What::Script { name, module, .. } = &launch.what else { return None };
    let files = if *module {
        let path = name.replace('.', "/");
        vec![format!("{path}.py"), format!("{path}/__main__.py")]
    } else {
        vec![name.replace('\\', "/")]
    };
    let own = served::copied(context, launch);
    if let Some(own) = &own
        && let Some(path) =
            files.iter().map(|file| ProjectPath::in_dir(own, file)).find(|it| context.project.has_file(it))
    {
        return Some(path);
    }
    let dir = launch.dir.as_deref().unwrap_or_default().replace('\\', "/");
    let mut bases = vec![launch.path.dir(), ""];
    bases.dedup();
    for file in &files {
        let absolute = file.starts_with('/');
        let full = if absolute { file.clone() } else { format!("{dir}/{file}") };
        let parts: Vec<&str> = full.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        // An absolute folder of the machine it is deployed on says nothing about the project's own.
        for start in 0..parts.len() {
            let rest = parts[start..].join("/");
            for base in &bases {
                let path = ProjectPath::in_dir(base, &rest);
                if context.project.has_file(&path) {
                    return Some(path);
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests;
