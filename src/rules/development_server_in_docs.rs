//! # development-server-in-docs
//!
//! ## What it does
//!
//! Finds lines of documentation that tell people to start a script whose development server is moved
//! into a `wsgi.py`.
//!
//! ## Why is this bad
//!
//! Whoever follows them starts nothing any more, or still starts the development server.
//!
//! ## Example
//!
//! ```text
//! Start it with `python app.py`.
//! ```
//!
//! ## Use instead
//!
//! ```text
//! Start it with `flask run --debug`, and in production with `gunicorn wsgi:app`.
//! ```
//!
//! ## Fix safety
//!
//! Where the script is to start nothing any more, `python app.py` becomes a command of `flask` that
//! listens where the script did, in debug mode unless other machines reach it. That is as safe as the move.
//! A command with arguments, or one for a server, such as `nohup python app.py &`, is left to its author:
//! the script keeps its start-up call, without debug mode.
//!
//! ## References
//!
//! - [Flask: Deploying to Production](https://flask.palletsprojects.com/en/stable/deploying/)

use super::{Context, Rule, development_server};
use crate::edit::{Edit, Fix};
use crate::finding::{Finding, Kind, Severity};
use crate::source::{ProjectPath, Span};
use crate::startup::{Called, Documented, Outcome, commands, instead};

pub(super) const RULE: Rule = Rule {
    name: "development-server-in-docs",
    kind: Kind::Startup,
    source: include_str!("development_server_in_docs.rs"),
    check,
};

fn check(context: Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let flask = context.around.dependencies.flask_command();
    // What is written there holds once the script is moved.
    let moves = context.rules.iter().any(|rule| rule.name == development_server::RULE.name);
    for planned in context.moves {
        let Outcome::Move { target, fix: moved } = &planned.outcome else { continue };
        let commands = commands(target, &planned.served, flask);
        let place = if commands.dir.is_empty() { String::new() } else { format!(", in `{}`", commands.dir) };
        let hint = commands.production.first().map(|serve| {
            format!("it is `{}` to work on the app and `{serve}` to serve it{place}", commands.development)
        });
        for Documented { path, line, script, called } in &planned.documented {
            let Some((start, span)) = place_of(context, path, *line) else { continue };
            let rewritten = |called: &Called| {
                let text = instead(called, target, &planned.served, flask)?;
                let place = Span::new(start + called.span.start, start + called.span.end);
                let title = format!("run `{text}` instead");
                Some(Fix::edit(title, moved.applicability, Edit::replace(path, place, text)))
            };
            let fix = called.as_ref().filter(|_| moves).and_then(rewritten);
            findings.push(Finding {
                rule: RULE.name,
                kind: RULE.kind,
                severity: Severity::Note,
                path: path.clone(),
                span,
                message: format!("this tells people to run `{script}`"),
                hint: hint.clone(),
                fix,
                related: Vec::new(),
            });
        }
    }
    findings
}

/// Where a line begins, and its text.
fn place_of(context: Context<'_>, path: &ProjectPath, line: usize) -> Option<(usize, Span)> {
    let text = String::from_utf8(context.tree.read(path).ok()??).ok()?;
    // A byte order mark is no part of the text that places are in.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut at = 0;
    for (number, whole) in (1..).zip(text.split_inclusive('\n')) {
        if number == line {
            let lead = whole.len() - whole.trim_start().len();
            return Some((at, Span::new(at + lead, at + lead + whole.trim().len())));
        }
        at += whole.len();
    }
    None
}
