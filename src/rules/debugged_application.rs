//! # debugged-application
//!
//! ## What it does
//!
//! Finds apps that the code itself wraps in Werkzeug's `DebuggedApplication`.
//!
//! ## Why is this bad
//!
//! The wrapper works under every server and whether debug mode is on or not: an error page shows
//! the source of every frame, and with `evalex` there is a console that runs any Python code on the
//! machine, at `/console` even without an error (CWE-489).
//!
//! ## Example
//!
//! ```python
//! application = DebuggedApplication(app, evalex=True)
//! ```
//!
//! ## Use instead
//!
//! ```python
//! application = app
//! ```
//!
//! ## Fix safety
//!
//! The call is replaced by what it wraps. The fix is safe: nothing but the debugger goes.
//!
//! ## References
//!
//! - [Werkzeug: Debugging Applications](https://werkzeug.palletsprojects.com/en/stable/debug/)
//! - [CWE-489: Active Debug Code](https://cwe.mitre.org/data/definitions/489.html)

use super::{Context, Rule, safe};
use crate::edit::Edit;
use crate::finding::{Finding, Kind, Severity};
use crate::project::{Module, Place, Truth, When};
use crate::source::Span;
use crate::syntax::python::{self, Stmt};
use crate::syntax::removal;

pub(super) const RULE: Rule =
    Rule { name: "debugged-application", kind: Kind::Debug, source: include_str!("debugged_application.rs"), check };

fn check(context: Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for debugger in &context.facts.debuggers {
        let console = debugger.console.as_ref().is_some_and(|setting| setting.truth > Truth::OnRequest);
        let tests = context.in_tests(debugger.place);
        let asked = matches!(debugger.when, When::Environment | When::CommandLine);
        let severity = match (tests || asked, console) {
            (true, _) => Severity::Note,
            (false, _) => Severity::Error,
        };
        let message = match (asked, console) {
            (true, _) => "the app is wrapped in the debugger when asked for".to_owned(),
            (false, true) => "the app is wrapped in the debugger, with a console for everyone".to_owned(),
            (false, false) => "the app is wrapped in the debugger, which shows its source on errors".to_owned(),
        };
        let mut finding = context.finding(&RULE, severity, debugger.place, message);
        if severity == Severity::Error
            && let Some(app) = debugger.app
        {
            let module = context.module(debugger.place);
            let text = module.slice(app.span);
            finding.fix = Some(if assigns_itself(module, debugger.place.span, text) {
                let whole = Place { span: context.statement_span(debugger.place), ..debugger.place };
                safe(format!("remove `{}`", context.quote(whole)), vec![context.without_statement(debugger.place)])
            } else {
                let edit = Edit::replace(module.path(), debugger.place.span, text);
                safe(format!("use `{}` itself", context.quote(app)), vec![edit])
            });
        }
        findings.push(finding);
    }
    findings
}

/// Whether the statement around the debugger would only give what it wraps its own value again.
fn assigns_itself(module: &Module, debugger: Span, app: &str) -> bool {
    let Some(place) = removal::statement(module.syntax.body(), debugger) else { return false };
    let Stmt::Assign(assign) = place.stmt() else { return false };
    let [target] = &assign.targets[..] else { return false };
    python::span(&*assign.value) == debugger && module.slice(python::span(target)) == app
}
