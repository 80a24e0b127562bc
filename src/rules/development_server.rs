//! # development-server
//!
//! ## What it does
//!
//! Finds calls that start the development server: `app.run()`, `run_simple()`, `socketio.run()` and
//! their relatives. Where it can, it moves the app into a `wsgi.py` that any WSGI server loads as
//! `wsgi:app`.
//!
//! ## Why is this bad
//!
//! The development server is made for one developer at one machine. It has no limits on connections
//! or sizes, is not hardened against hostile requests, and comes with the interactive debugger one
//! argument away. A call outside of a `__main__` guard also blocks every WSGI server that imports
//! the module.
//!
//! ## Example
//!
//! ```python
//! from flask import Flask
//!
//! app = Flask(__name__)
//!
//! if __name__ == "__main__":
//!     app.run(host="0.0.0.0", port=8080)
//! ```
//!
//! ## Use instead
//!
//! A `wsgi.py` beside the module, served with `gunicorn wsgi:app` or `waitress-serve wsgi:app`, and
//! in development with `flask run --debug`:
//!
//! ```python
//! from app import app
//!
//! __all__ = ["app"]
//! ```
//!
//! ## Fix safety
//!
//! The move is safe when everything the module does before it serves is still done: plain
//! statements of the guard go into `wsgi.py`; where functions of the module read what the guard
//! binds, they become a function of the module that `wsgi.py` calls once. Imports that only the
//! removed code used go with it. Comments inside the guard go with it, and so does a comment of one
//! or two lines right above it that speaks of starting the server; all other comments stay.
//!
//! The guard stays when a file of the project still starts the script, when the command line
//! decides how it runs, or when something follows the call. A script that only imports an app and
//! runs it is removed when nothing in the project names it. A `wsgi.py` that exists is never
//! overwritten.
//!
//! The move is unsafe when it starts a thread or process in every worker that was started once, or
//! when code that followed an unguarded call will run at import. What `run` was told (host, port,
//! threads, TLS) is recorded in `flaskship.toml`.
//!
//! ## References
//!
//! - [Flask: Deploying to Production](https://flask.palletsprojects.com/en/stable/deploying/)
//! - [Gunicorn: Running Gunicorn](https://docs.gunicorn.org/en/stable/run.html)

use super::{Context, Rule};
use crate::finding::{Finding, Kind, Related, Severity};
use crate::project::{Argument, Const, Known, Place, Serve, Server, Truth};
use crate::startup::{About, Move, Outcome};
use crate::syntax::python;

pub(super) const RULE: Rule =
    Rule { name: "development-server", kind: Kind::Server, source: include_str!("development_server.rs"), check };

fn check(context: Context<'_>) -> Vec<Finding> {
    context
        .moves
        .iter()
        .flat_map(|planned| planned.serves.iter().map(move |index| (planned, *index)))
        .filter_map(|(planned, index)| one(context, planned, index))
        .collect()
}

/// The finding about one start-up call; none where it is settled and harmless.
fn one(context: Context<'_>, planned: &Move, index: usize) -> Option<Finding> {
    let serve = context.facts.serves.get(index)?;
    let module = context.project.module(serve.module);
    let launched = planned.notes.iter().find(|note| note.about == About::Launcher);
    let exposed = exposure(serve);
    let what = match serve.server {
        Server::Embedded => "a server that the code starts itself",
        _ => "the development server",
    };
    let (fix, hint) = match &planned.outcome {
        Outcome::Move { fix, .. } => (Some(fix.clone()), aside(planned)),
        Outcome::Manual { reason, hint } => (None, Some(format!("{reason}: {hint}"))),
        Outcome::Done { target } => {
            // A script that nothing starts is for development.
            let note = launched?;
            (
                None,
                Some(format!("{}; start `{}:{}` with a WSGI server instead", note.message, target.module, target.name)),
            )
        }
    };
    let severity = if exposed.is_some() || launched.is_some() || !is_guarded(context, serve) {
        Severity::Warning
    } else {
        Severity::Note
    };
    let reach = exposed.map(|reach| format!(", {reach}")).unwrap_or_default();
    Some(Finding {
        rule: RULE.name,
        kind: RULE.kind,
        severity,
        path: module.path().clone(),
        span: python::span(serve.call),
        message: format!("this starts {what}{reach}"),
        hint,
        fix,
        related: Vec::new(),
    })
}

/// What a person should know beside the fix.
fn aside(planned: &Move) -> Option<String> {
    let notes = planned.notes.iter().filter(|note| note.about == About::Launcher);
    let messages: Vec<&str> = notes.map(|note| note.message.as_str()).collect();
    (!messages.is_empty()).then(|| messages.join("; "))
}

/// Whether the call does not happen when its module is imported.
fn is_guarded(context: Context<'_>, serve: &Serve<'_>) -> bool {
    // `Server(…)` of Flask-Script only describes the server that its manager starts.
    if serve.server == Server::FlaskScript && serve.app.is_none() {
        return true;
    }
    let module = context.project.module(serve.module);
    let span = python::span(serve.call);
    module.syntax.body().iter().filter(|stmt| python::span(*stmt).contains(span)).any(|stmt| {
        matches!(stmt, python::Stmt::If(_) | python::Stmt::FunctionDef(_) | python::Stmt::ClassDef(_))
            || matches!(stmt, python::Stmt::Assign(assign) if matches!(&*assign.value, python::Expr::Lambda(_)))
    })
}

/// How the server can be reached from other machines, as far as its arguments tell.
fn exposure(serve: &Serve<'_>) -> Option<&'static str> {
    let constant = |name: &str| match serve.argument(name).map(|argument| &argument.setting.known) {
        Some(Known::Constant(value) | Known::Environment { default: Some(value), .. }) => Some(value.clone()),
        _ => None,
    };
    if let Some(Const::Str(host)) = constant("host")
        && matches!(host.as_str(), "0.0.0.0" | "::" | "")
    {
        return Some("which listens on every network address");
    }
    match constant("port") {
        Some(Const::Int(80 | 443)) => return Some("on the port of a public web server"),
        Some(Const::Str(port)) if matches!(port.as_str(), "80" | "443") => {
            return Some("on the port of a public web server");
        }
        _ => {}
    }
    let certain = |argument: &Argument| matches!(argument.setting.truth, Truth::Always | Truth::ByDefault);
    if serve.argument("ssl_context").is_some_and(certain) {
        return Some("with TLS, as if for production");
    }
    if serve
        .argument("allow_unsafe_werkzeug")
        .is_some_and(|argument| argument.setting.known == Known::Constant(Const::Bool(true)))
    {
        return Some("with the check that keeps it out of production turned off");
    }
    None
}

/// The findings about what the moves note, at the places of the notes.
pub(super) fn noted(context: Context<'_>, rule: &Rule, about: About, severity: Severity, fixed: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for planned in context.moves {
        let (fix, hint) = match &planned.outcome {
            Outcome::Move { fix, .. } => (Some(fix.clone()).filter(|_| fixed), None),
            Outcome::Manual { reason, hint } => (None, Some(format!("{reason}: {hint}"))),
            // Where the app is served already, this goes wrong all the same.
            Outcome::Done { .. } if matches!(about, About::Undone | About::Behind) => (None, None),
            Outcome::Done { .. } => continue,
        };
        if about == About::OtherName && hint.is_some() {
            // Without a `wsgi.py` of ours there is no name to explain.
            continue;
        }
        for note in planned.notes.iter().filter(|note| note.about == about) {
            let Place { module, span } = note.place;
            let call = planned.serves.first().and_then(|index| context.facts.serves.get(*index));
            let related = call
                .filter(|serve| python::span(serve.call) != span)
                .map(|serve| Related {
                    path: context.project.module(serve.module).path().clone(),
                    span: python::span(serve.call),
                    message: "the server is started here".to_owned(),
                })
                .into_iter()
                .collect();
            findings.push(Finding {
                rule: rule.name,
                kind: rule.kind,
                severity,
                path: context.project.module(module).path().clone(),
                span,
                message: note.message.clone(),
                hint: hint.clone(),
                fix: fix.clone(),
                related,
            });
        }
    }
    findings
}
