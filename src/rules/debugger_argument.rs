//! # debugger-argument
//!
//! ## What it does
//!
//! Finds servers that are started with Werkzeug's debugger by its own argument, whether debug mode
//! is on or not: `run_simple(…, use_debugger=True)`, `app.run(use_debugger=True)`, and
//! `Server(use_debugger=True)` of Flask-Script.
//!
//! ## Why is this bad
//!
//! The debugger shows the source of every frame of an error and, with `use_evalex` (on unless
//! turned off), a console that runs any Python code on the machine (CWE-489).
//!
//! ## Example
//!
//! ```python
//! run_simple("0.0.0.0", 5000, app, use_debugger=True)
//! ```
//!
//! ## Use instead
//!
//! ```python
//! run_simple("0.0.0.0", 5000, app)
//! ```
//!
//! ## Fix safety
//!
//! The argument is taken away; the default of all three is off. `use_reloader=True`, which watches files
//! and starts the program twice, goes in the same way: it is a note, for it lets nobody in. A positional argument with others
//! behind it becomes `False`. The fix is safe: nothing but the debugger changes.
//!
//! ## References
//!
//! - [Werkzeug: Debugging Applications](https://werkzeug.palletsprojects.com/en/stable/debug/)
//! - [CWE-489: Active Debug Code](https://cwe.mitre.org/data/definitions/489.html)

use super::{Context, Rule, debug_argument, safe};
use crate::finding::{Finding, Kind, Severity};
use crate::project::{Server, Truth, When};

pub(super) const RULE: Rule =
    Rule { name: "debugger-argument", kind: Kind::Debug, source: include_str!("debugger_argument.rs"), check };

fn check(context: Context<'_>) -> Vec<Finding> {
    let mut findings =
        debug_argument::arguments(context, &RULE, &|serve| serve.argument("use_debugger").cloned(), "the debugger");
    findings.extend(reloaders(context));
    findings
}

/// The findings about calls that turn the reloader on, with or without debug mode.
fn reloaders(context: Context<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for serve in context.facts.serves.iter().filter(|serve| serve.when == When::Default) {
        let Some(argument) = serve.argument("use_reloader") else { continue };
        let serves_for_developers = !matches!(serve.server, Server::Embedded | Server::Production);
        if argument.setting.truth != Truth::Always || !serves_for_developers || context.in_tests(argument.place) {
            continue;
        }
        let quoted = context.quote(argument.place);
        let message = format!("the reloader is on: `{quoted}`");
        let mut finding = context.finding(&RULE, Severity::Note, argument.place, message);
        finding.fix = Some(safe(format!("remove `{quoted}`"), vec![context.without(argument)]));
        if !findings.iter().any(|have| have.path == finding.path && have.span == finding.span) {
            findings.push(finding);
        }
    }
    findings
}
