//! # debug-variable
//!
//! ## What it does
//!
//! Finds code that sets the environment variables of debug mode for its own process:
//! `os.environ["FLASK_DEBUG"] = "1"`, `setdefault`, `update`, and `WERKZEUG_DEBUG_PIN`.
//!
//! ## Why is this bad
//!
//! Flask reads `FLASK_DEBUG` when the app is made and when it is run: everything but an empty text,
//! `0`, `false` and `no` turns debug mode on, `off` included. Set in code, it holds in production
//! too, and brings the interactive debugger (CWE-489). `WERKZEUG_DEBUG_PIN=off` takes away the PIN
//! that guards the debugger's console.
//!
//! ## Example
//!
//! ```python
//! os.environ["FLASK_DEBUG"] = "1"
//! app = Flask(__name__)
//! ```
//!
//! ## Use instead
//!
//! ```python
//! app = Flask(__name__)
//! ```
//!
//! In development, `flask run --debug` turns debug mode on without a change to the code.
//!
//! ## Fix safety
//!
//! The assignment or entry is taken away. The fix is safe: nothing but debug mode changes.
//!
//! ## References
//!
//! - [Flask: Debug Mode](https://flask.palletsprojects.com/en/stable/config/#debug-mode)
//! - [Werkzeug: Debugger PIN](https://werkzeug.palletsprojects.com/en/stable/debug/#debugger-pin)
//! - [CWE-489: Active Debug Code](https://cwe.mitre.org/data/definitions/489.html)

use super::{Context, Rule, safe};
use crate::finding::{Finding, Kind, Severity};
use crate::project::{Argument, Const, EnvironmentWrite, Known, Passed, When, is_flask_flag_on};
use crate::source::Span;
use crate::syntax::python::{Expr, Stmt};
use crate::syntax::removal;

pub(super) const RULE: Rule =
    Rule { name: "debug-variable", kind: Kind::Debug, source: include_str!("debug_variable.rs"), check };

fn check(context: Context<'_>) -> Vec<Finding> {
    context.facts.environment_writes.iter().filter_map(|write| one(context, write)).collect()
}

fn one(context: Context<'_>, write: &EnvironmentWrite) -> Option<Finding> {
    let text = match &write.setting.known {
        Known::Constant(Const::Str(text)) => Some(text.as_str()),
        Known::Constant(_) => return None,
        _ => None,
    };
    let message = match (write.name.as_str(), text) {
        ("FLASK_DEBUG" | "FLASK_RUN_DEBUG" | "FLASK_RUN_DEBUGGER" | "DASH_DEBUG", Some(text)) => {
            if !is_flask_flag_on(text) {
                return None;
            }
            format!("debug mode is on: `{}` is set to {text:?} in code", write.name)
        }
        ("WERKZEUG_DEBUG_PIN", Some("off")) => "the PIN that guards the debugger's console is turned off".to_owned(),
        _ => return None,
    };
    let asked = matches!(write.when, When::Environment | When::CommandLine);
    let severity = if asked || context.in_tests(write.place) { Severity::Note } else { Severity::Error };
    let place = crate::project::Place { span: shown(context, write), ..write.place };
    let mut finding = context.finding(&RULE, severity, place, message);
    if severity == Severity::Error {
        let quoted = context.quote(place);
        let argument = Argument {
            name: write.name.clone(),
            setting: write.setting.clone(),
            passed: Passed::Keyword,
            place: write.place,
            value: write.value,
        };
        let edit = if is_own_statement(context, write) {
            context.without_statement(write.place)
        } else {
            context.without(&argument)
        };
        finding.fix = Some(safe(format!("remove `{quoted}`"), vec![edit]));
    }
    Some(finding)
}

/// Whether the statement does nothing but set this variable.
fn is_own_statement(context: Context<'_>, write: &EnvironmentWrite) -> bool {
    let body = context.module(write.place).syntax.body();
    match removal::statement(body, write.place.span).map(|place| place.stmt()) {
        Some(Stmt::Assign(assign)) => assign.targets.len() == 1 && !matches!(&*assign.value, Expr::Dict(_)),
        Some(Stmt::Expr(stmt)) => match &*stmt.value {
            Expr::Call(call) => {
                crate::syntax::python::span(call) == write.place.span
                    || (call.arguments.args.is_empty() && call.arguments.keywords.len() == 1)
            }
            _ => false,
        },
        _ => false,
    }
}

fn shown(context: Context<'_>, write: &EnvironmentWrite) -> Span {
    if is_own_statement(context, write) { context.statement_span(write.place) } else { write.place.span }
}
