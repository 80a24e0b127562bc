//! # debug-variable
//!
//! ## What it does
//!
//! Finds code that sets the environment variables of debug mode for its own process:
//! `os.environ["FLASK_DEBUG"] = "1"`, `setdefault`, `update`, `WERKZEUG_DEBUG_PIN`, and `FLASK_ENV`
//! where Flask is older than 2.3.
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
//! The assignment or entry is taken away, or given the value `0` where other code needs the variable to
//! be there (`del os.environ["FLASK_DEBUG"]`). The fix is safe: nothing but debug mode changes.
//!
//! ## References
//!
//! - [Flask: Debug Mode](https://flask.palletsprojects.com/en/stable/config/#debug-mode)
//! - [Werkzeug: Debugger PIN](https://werkzeug.palletsprojects.com/en/stable/debug/#debugger-pin)
//! - [CWE-489: Active Debug Code](https://cwe.mitre.org/data/definitions/489.html)

use super::debug_environment::{Reads, reads};
use super::{Context, Rule, safe};
use crate::edit::Edit;
use crate::finding::{Finding, Kind, Related, Severity};
use crate::project::{Answer, Argument, Const, Effect, EnvironmentWrite, Known, Passed, When, effect};
use crate::source::Span;
use crate::syntax::python::{Expr, Stmt};
use crate::syntax::removal;

pub(super) const RULE: Rule =
    Rule { name: "debug-variable", kind: Kind::Debug, source: include_str!("debug_variable.rs"), check };

fn check(context: Context<'_>) -> Vec<Finding> {
    context.facts.environment_writes.iter().filter_map(|write| one(context, write)).collect()
}

fn one(context: Context<'_>, write: &EnvironmentWrite) -> Option<Finding> {
    let Known::Constant(Const::Str(text)) = &write.setting.known else { return None };
    let (age, pin) = context.around.dependencies.flask_before_2_3();
    let effect = effect(&write.name, text)?;
    let message = match effect {
        Effect::NoPin => "the PIN that guards the debugger's console is turned off".to_owned(),
        Effect::OldDebug => match age {
            Answer::No => format!("`{}` has no effect since Flask 2.3", write.name),
            Answer::Yes => {
                format!("debug mode is on: `{}` is set to {text:?}, and Flask is older than 2.3", write.name)
            }
            Answer::Unknown => {
                format!("debug mode is on if Flask is older than 2.3: `{}` is set to {text:?}", write.name)
            }
        },
        _ => format!("debug mode is on: `{}` is set to {text:?} in code", write.name),
    };
    let asked = matches!(write.when, When::Environment | When::CommandLine);
    let severity = match (effect, age) {
        _ if asked || context.in_tests(write.place) => Severity::Note,
        (Effect::OldDebug, Answer::No) => Severity::Note,
        (Effect::OldDebug, Answer::Unknown) => Severity::Warning,
        _ => Severity::Error,
    };
    let place = crate::project::Place { span: shown(context, write), ..write.place };
    let mut finding = context.finding(&RULE, severity, place, message);
    if let (Some(pin), Effect::OldDebug) = (pin, effect) {
        finding.related.push(Related {
            path: pin.path.clone(),
            span: pin.span,
            message: "Flask's version is asked for here".to_owned(),
        });
    }
    // What has no effect is dead code: its removal is offered all the same.
    if !asked && !context.in_tests(write.place) {
        let quoted = context.quote(place);
        let argument = Argument {
            name: write.name.clone(),
            setting: write.setting.clone(),
            passed: Passed::Keyword,
            place: write.place,
            value: write.value,
        };
        // Code that takes the variable back needs it to be there.
        let stays = effect.off().filter(|_| reads(context.project, &write.name) == Reads::Strictly);
        let (title, edit) = match (stays, context.text(write.value).chars().next()) {
            (Some(off), Some(quote @ ('"' | '\''))) => {
                let path = context.module(write.value).path();
                let edit = Edit::replace(path, write.value.span, format!("{quote}{off}{quote}"));
                (format!("set `{}` to `{off}`", write.name), edit)
            }
            _ if is_own_statement(context, write) => {
                (format!("remove `{quoted}`"), context.without_statement(write.place))
            }
            _ => (format!("remove `{quoted}`"), context.without(&argument)),
        };
        finding.fix = Some(safe(title, vec![edit]));
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
