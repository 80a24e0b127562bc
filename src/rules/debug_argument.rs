//! # debug-argument
//!
//! ## What it does
//!
//! Finds calls that start an app with debug mode on: `app.run(debug=True)` and its relatives, by
//! keyword, by position, through a dictionary, a tuple, a variable or a default.
//!
//! ## Why is this bad
//!
//! Debug mode puts Werkzeug's interactive debugger behind every error page. Whoever can reach the
//! port and make the app fail can read its source and, once the PIN is guessed or leaked, run any
//! Python code on the machine (CWE-489).
//!
//! A value read from the environment counts by what it is when nothing is set, and truth is
//! Python's: `os.getenv("DEBUG", "False")` is the text `"False"`, which is true.
//!
//! ## Example
//!
//! ```python
//! app.run(host="0.0.0.0", debug=True)
//! ```
//!
//! ## Use instead
//!
//! ```python
//! app.run(host="0.0.0.0")
//! ```
//!
//! In development, `flask run --debug` turns debug mode on without a change to the code.
//!
//! ## Fix safety
//!
//! The argument is taken away, so that the environment (`FLASK_DEBUG`) decides, which is off unless
//! set. A positional argument with others behind it becomes `False`. The fix is safe: nothing but
//! debug mode and the reloader that comes with it changes.
//!
//! ## References
//!
//! - [Flask: Debug Mode](https://flask.palletsprojects.com/en/stable/quickstart/#debug-mode)
//! - [CWE-489: Active Debug Code](https://cwe.mitre.org/data/definitions/489.html)

use std::collections::BTreeMap;

use super::{Context, Rule, safe};
use crate::finding::{Finding, Kind, Severity};
use crate::project::{Argument, Known, Passed, Place, Serve, Server, Verdict};
use crate::syntax::python::{self, Expr};

pub(super) const RULE: Rule =
    Rule { name: "debug-argument", kind: Kind::Debug, source: include_str!("debug_argument.rs"), check };

fn check(context: Context<'_>) -> Vec<Finding> {
    let debug = |serve: &Serve<'_>| match serve.server {
        Server::RunSimple | Server::Embedded | Server::Production => None,
        _ => serve.argument("debug").cloned(),
    };
    let mut findings = arguments(context, &RULE, &debug, "debug mode");
    findings.extend(context.facts.serves.iter().filter(|serve| serve.argument("debug").is_none()).filter_map(
        |serve| {
            let takes_debug = !matches!(
                serve.server,
                Server::RunSimple | Server::Embedded | Server::Production | Server::FlaskScript
            );
            (serve.open && takes_debug).then(|| unknown_arguments(context, serve)).flatten()
        },
    ));
    findings
}

/// The finding about a call that is handed arguments nobody knows: `app.run(**options)`.
fn unknown_arguments(context: Context<'_>, serve: &Serve<'_>) -> Option<Finding> {
    let list = &serve.call.arguments;
    let starred = list.args.iter().find(|argument| matches!(argument, Expr::Starred(_))).map(python::span);
    let doubly = list.keywords.iter().find(|keyword| keyword.arg.is_none()).map(python::span);
    let place = Place { module: serve.module, span: starred.or(doubly)? };
    let quoted = context.quote(place);
    let message = format!("cannot tell whether debug mode is on: what `{quoted}` holds is not known");
    let mut finding = context.finding(&RULE, Severity::Note, place, message);
    finding.hint = Some("make sure that it is off in production".to_owned());
    Some(finding)
}

/// The findings about one argument of the calls that start a server. Arguments that come from the
/// same constant are one finding, where the constant is written.
pub(super) fn arguments(
    context: Context<'_>,
    rule: &Rule,
    argument: &dyn Fn(&Serve<'_>) -> Option<Argument>,
    what: &str,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut shared: BTreeMap<Place, Vec<(Place, Argument)>> = BTreeMap::new();
    for serve in &context.facts.serves {
        let Some(argument) = argument(serve) else { continue };
        let verdict = argument.setting.verdict(serve.when);
        if verdict == Verdict::On
            && !context.in_tests(argument.place)
            && let Some(origin) = argument.setting.origin
        {
            shared.entry(origin).or_default().push((serve_place(serve), argument));
        } else if let Some(finding) = one(context, rule, serve_place(serve), &argument, verdict, what) {
            findings.push(finding);
        }
    }
    for (origin, arguments) in shared {
        let mut places: Vec<Place> = arguments.iter().map(|(call, argument)| shown(*call, argument)).collect();
        places.sort();
        places.dedup();
        if let ([_], [(call, argument), ..]) = (places.as_slice(), arguments.as_slice()) {
            if let Some(mut finding) = one(context, rule, *call, argument, Verdict::On, what) {
                finding.related.push(context.related(origin, "the value comes from here"));
                findings.push(finding);
            }
            continue;
        }
        let message = format!("`{}` turns {what} on in {} places", context.quote(origin), places.len());
        let mut finding = context.finding(rule, Severity::Error, origin, message);
        finding.related = places.iter().map(|place| context.related(*place, "it is used here")).collect();
        let mut edits: Vec<_> = arguments.iter().map(|(_, argument)| context.without(argument)).collect();
        edits.sort();
        edits.dedup();
        finding.fix = Some(safe(format!("remove the arguments that turn {what} on"), edits));
        findings.push(finding);
    }
    findings
}

fn serve_place(serve: &Serve<'_>) -> Place {
    Place { module: serve.module, span: python::span(serve.call) }
}

/// Where an argument is reported: where it is passed, or the call when it is written elsewhere and
/// reaches the call in a dictionary or a sequence.
fn shown(call: Place, argument: &Argument) -> Place {
    match argument.passed {
        Passed::Item | Passed::Element if call.module != argument.place.module => call,
        Passed::Item | Passed::Element if !call.span.contains(argument.place.span) => call,
        _ => argument.place,
    }
}

fn one(
    context: Context<'_>,
    rule: &Rule,
    call: Place,
    argument: &Argument,
    verdict: Verdict,
    what: &str,
) -> Option<Finding> {
    let quoted = context.quote(argument.place);
    let tests = context.in_tests(argument.place);
    let (severity, message) = match verdict {
        Verdict::Off => return None,
        Verdict::On => (Severity::Error, on(argument, &quoted, what)),
        Verdict::MayBeOn => (Severity::Warning, format!("{what} is on in some cases: `{quoted}`")),
        // Off unless somebody asks for it is how it should be; only a literal needs a word.
        Verdict::OnRequest => match argument.setting.known {
            Known::Constant(_) => (Severity::Note, format!("{what} is on when asked for: `{quoted}`")),
            _ => return None,
        },
        Verdict::Unknown => {
            (Severity::Note, format!("cannot tell whether {what} is on: the value of `{quoted}` is not known"))
        }
    };
    let severity = if tests { Severity::Note } else { severity };
    let place = shown(call, argument);
    let mut finding = context.finding(rule, severity, place, message);
    if place != argument.place {
        finding.related.push(context.related(argument.place, "it is set here"));
    }
    if matches!(verdict, Verdict::On | Verdict::MayBeOn) && !tests {
        finding.fix = Some(safe(format!("remove `{quoted}`"), vec![context.without(argument)]));
    } else if verdict == Verdict::Unknown {
        finding.hint = Some("make sure that it is off in production".to_owned());
    }
    Some(finding)
}

/// The message for a value that is on.
fn on(argument: &Argument, quoted: &str, what: &str) -> String {
    match &argument.setting.known {
        Known::Environment { variable, default: Some(default) } => match default {
            crate::project::Const::Str(text) if !text.is_empty() => {
                format!("{what} is always on: without `{variable}` the value is the text {text:?}, which is true")
            }
            _ => format!("{what} is on unless `{variable}` turns it off"),
        },
        Known::CommandLine { .. } => format!("{what} is on unless the command line turns it off: `{quoted}`"),
        _ => format!("{what} is on: `{quoted}`"),
    }
}
