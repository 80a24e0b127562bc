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
//! There is no fix: what documentation says is its author's. It is told once, with the move; a later
//! run has nothing left to move and does not look into documentation.
//!
//! ## References
//!
//! - [Flask: Deploying to Production](https://flask.palletsprojects.com/en/stable/deploying/)

use super::{Context, Rule};
use crate::finding::{Finding, Kind, Severity};
use crate::source::{ProjectPath, Span};
use crate::startup::{Documented, Outcome, commands};

pub(super) const RULE: Rule = Rule {
    name: "development-server-in-docs",
    kind: Kind::Startup,
    source: include_str!("development_server_in_docs.rs"),
    check,
};

fn check(context: Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for planned in context.moves {
        let Outcome::Move { target, .. } = &planned.outcome else { continue };
        let commands = commands(target, &planned.served);
        let place = if commands.dir.is_empty() { String::new() } else { format!(", in `{}`", commands.dir) };
        let hint = commands.production.first().map(|serve| {
            format!("it is `{}` to work on the app and `{serve}` to serve it{place}", commands.development)
        });
        for Documented { path, line, script } in &planned.documented {
            let Some(span) = span(context, path, *line) else { continue };
            findings.push(Finding {
                rule: RULE.name,
                kind: RULE.kind,
                severity: Severity::Note,
                path: path.clone(),
                span,
                message: format!("this tells people to run `{script}`"),
                hint: hint.clone(),
                fix: None,
                related: Vec::new(),
            });
        }
    }
    findings
}

/// The text of a line.
fn span(context: Context<'_>, path: &ProjectPath, line: usize) -> Option<Span> {
    let text = String::from_utf8(context.tree.read(path).ok()??).ok()?;
    let mut at = 0;
    for (number, whole) in (1..).zip(text.split_inclusive('\n')) {
        if number == line {
            let lead = whole.len() - whole.trim_start().len();
            return Some(Span::new(at + lead, at + lead + whole.trim().len()));
        }
        at += whole.len();
    }
    None
}
