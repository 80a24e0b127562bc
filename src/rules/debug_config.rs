//! # debug-config
//!
//! ## What it does
//!
//! Finds configuration that turns debug mode on: `app.config["DEBUG"] = True`, `update`,
//! `from_mapping`, `|=`, the classes and modules that `from_object` reads, with what they inherit,
//! and the files that `from_pyfile` and `from_file` read. A class that is only for development is no danger until
//! production gets it by default. What a script beside the served module names for itself is not production.
//!
//! ## Why is this bad
//!
//! The setting holds however the app is started. On the development server it brings the
//! interactive debugger (CWE-489); under a WSGI server errors skip the error handlers and are
//! raised again, and templates are read anew for every request.
//!
//! ## Example
//!
//! ```python
//! class Config:
//!     DEBUG = True
//!
//! app.config.from_object(Config)
//! ```
//!
//! ## Use instead
//!
//! ```python
//! class Config:
//!     DEBUG = False
//!
//! app.config.from_object(Config)
//! ```
//!
//! ## Fix safety
//!
//! An assignment or entry is taken away; an attribute of a configuration class or module becomes
//! `False`, because other classes may inherit it. The fix is safe: nothing but debug mode changes.
//!
//! Where a class for development is chosen by default, and the project has exactly one for production
//! that leaves debug mode off, the fix chooses that one. It is unsafe, because more than debug mode
//! hangs on it: who starts the app for development has to name the other from then on. Where a
//! variable of the environment chooses, nothing has to change but the environment of the server:
//! the hint says how, and `flaskship new` writes it there. With none or several for production there
//! is no fix: which is the one is for a person to say.
//!
//! ## References
//!
//! - [Flask: Configuration Handling](https://flask.palletsprojects.com/en/stable/config/)
//! - [CWE-489: Active Debug Code](https://cwe.mitre.org/data/definitions/489.html)

use std::collections::BTreeSet;

use super::{Context, Rule, safe};
use crate::edit::{Applicability, Edit, Fix};
use crate::finding::{Finding, Kind, Severity};
use crate::project::{
    Argument, Chosen, Const, DebugWrite, Known, ModuleId, Passed, Place, Scope, Verdict, What, Written,
};
use crate::syntax::python::{self, Expr, Stmt};
use crate::syntax::removal;

pub(super) const RULE: Rule =
    Rule { name: "debug-config", kind: Kind::Debug, source: include_str!("debug_config.rs"), check };

fn check(context: Context<'_>) -> Vec<Finding> {
    writes(context, &RULE, &|written| !matches!(written, Written::Attribute | Written::ClassAttribute))
}

/// The findings about settings that are written in one of some ways.
pub(super) fn writes(context: Context<'_>, rule: &Rule, of: &dyn Fn(Written) -> bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let programs = Programs::of(context);
    let writes = context.facts.debug_writes.iter().filter(|write| of(write.written) && !write.overridden);
    for finding in writes.flat_map(|write| told(context, rule, write, &programs)) {
        // One attribute may be read by several calls.
        match findings.iter_mut().find(|have| have.path == finding.path && have.span == finding.span) {
            Some(have) => {
                have.severity = have.severity.max(finding.severity);
                if have.fix.is_none() {
                    have.fix = finding.fix;
                }
                for related in finding.related {
                    if !have.related.contains(&related) {
                        have.related.push(related);
                    }
                }
            }
            None => findings.push(finding),
        }
    }
    findings
}

/// What is told about one setting: for a configuration for development, each place that chooses it.
fn told(context: Context<'_>, rule: &Rule, write: &DebugWrite, programs: &Programs) -> Vec<Finding> {
    let all = write.chosen.iter().chain(&write.chosen_elsewhere);
    let mut chosen = all.filter(|chosen| is_development(&chosen.name)).peekable();
    if chosen.peek().is_none() {
        return one(context, rule, write).into_iter().collect();
    }
    let tests = context.in_tests(write.place) || write.via.is_some_and(|via| context.in_tests(via));
    if write.setting.verdict(write.when) != Verdict::On || tests {
        return Vec::new();
    }
    let counts = |chosen: &&Chosen| !context.in_tests(chosen.place) && !programs.is_aside(context, write, chosen);
    chosen.filter(counts).map(|chosen| by_default(context, rule, write, chosen)).collect()
}

/// The finding about a configuration for development that the app gets by default.
fn by_default(context: Context<'_>, rule: &Rule, write: &DebugWrite, chosen: &Chosen) -> Finding {
    let message = format!("`{}`, which turns debug mode on, is what the app gets by default", chosen.name);
    let mut finding = context.finding(rule, Severity::Error, chosen.place, message);
    if is_named_file(context, write, chosen.place) {
        // Nothing chooses: every run reads this file.
        let quoted = context.quote(shown(context, write));
        finding.fix = fix(context, write, &quoted).map(|(title, edit)| safe(title, vec![edit]));
    } else {
        finding.hint = Some(remedy(chosen));
        finding.fix = instead(context, chosen);
    }
    finding.related.push(context.related(write.place, "debug mode is turned on here"));
    finding
}

/// The modules that run in production, as far as the project says so.
struct Programs {
    /// What a server loads, with what that imports; empty where nothing says.
    served: BTreeSet<ModuleId>,
    /// The words of commands that start a script.
    started: Vec<String>,
}

impl Programs {
    fn of(context: Context<'_>) -> Self {
        let launches = || context.around.launches.iter().filter(|launch| launch.scope != Scope::Development);
        let servers = launches().filter(|launch| matches!(launch.what, What::Server(_)));
        let named: BTreeSet<String> = servers
            .flat_map(|launch| launch.command.words.iter())
            .filter_map(|word| word.text.split_once(':'))
            .map(|(module, _)| module.replace('.', "/"))
            .collect();
        let is_served = |id: &ModuleId| {
            let path = context.project.module(*id).path();
            let stem = path.as_str().trim_end_matches(".py").trim_end_matches("/__init__");
            let is = |name: &String| stem == name || stem.ends_with(&format!("/{name}"));
            path.name() == "wsgi.py" || named.iter().any(is)
        };
        let with_app = context.facts.apps.iter().filter(|(_, names)| names.iter().any(|name| name.on_import));
        let served: Vec<ModuleId> = with_app.map(|(id, _)| *id).filter(is_served).collect();
        let started = launches().filter_map(|launch| match &launch.what {
            What::Script { name, module, .. } => Some(if *module { name.replace('.', "/") } else { name.clone() }),
            _ => None,
        });
        Self { served: context.project.reached(&served, &[]), started: started.collect() }
    }

    /// Whether a configuration is named in a program that production never runs: a script that makes an app
    /// of its own beside the module that is served.
    fn is_aside(&self, context: Context<'_>, write: &DebugWrite, chosen: &Chosen) -> bool {
        let module = chosen.place.module;
        let stem = context.module(chosen.place).path().stem();
        let is_started =
            |name: &String| name.rsplit('/').next().is_some_and(|name| name.trim_end_matches(".py") == stem);
        !self.served.is_empty()
            && !self.served.contains(&module)
            && write.via.is_none_or(|via| via.module != module)
            && chosen.variable.is_none()
            && context.project.importers(module).next().is_none()
            && !self.started.iter().any(is_started)
    }
}

fn one(context: Context<'_>, rule: &Rule, write: &DebugWrite) -> Option<Finding> {
    let verdict = write.setting.verdict(write.when);
    let tests = context.in_tests(write.place) || write.via.is_some_and(|via| context.in_tests(via));
    let place = shown(context, write);
    let quoted = context.quote(place);
    let (severity, message) = match verdict {
        Verdict::Off => return None,
        Verdict::On => (Severity::Error, on(write, &quoted)),
        Verdict::MayBeOn => (Severity::Warning, format!("debug mode is on in some cases: `{quoted}`")),
        Verdict::OnRequest => match write.setting.known {
            Known::Constant(_) => (Severity::Note, format!("debug mode is on when asked for: `{quoted}`")),
            _ => return None,
        },
        Verdict::Unknown => {
            (Severity::Note, format!("cannot tell whether debug mode is on: the value of `{quoted}` is not known"))
        }
    };
    let severity = if tests { Severity::Note } else { severity };
    let mut finding = context.finding(rule, severity, place, message);
    if let Some(via) = write.via {
        finding.related.push(context.related(via, "it is read here"));
    }
    if matches!(verdict, Verdict::On | Verdict::MayBeOn) && !tests {
        finding.fix = fix(context, write, &quoted).map(|(title, edit)| safe(title, vec![edit]));
    } else if verdict == Verdict::Unknown {
        finding.hint = Some("make sure that it is off in production".to_owned());
    }
    Some(finding)
}

/// What to do about a development configuration that the app gets by default.
fn remedy(chosen: &Chosen) -> String {
    let production = chosen.production.as_ref();
    match (&chosen.variable, production, production.and_then(|production| production.value.as_ref())) {
        (Some(variable), Some(production), Some(value)) => format!(
            "set `{variable}={value}` in the environment of the server, or make `{}` the default and set `{variable}` for development",
            production.name
        ),
        (None, Some(production), _) => format!("make `{}` the default", production.name),
        _ => "make a configuration for production the default and name the one for development when it is wanted"
            .to_owned(),
    }
}

/// The fix that chooses the configuration for production instead.
fn instead(context: Context<'_>, chosen: &Chosen) -> Option<Fix> {
    let production = chosen.production.as_ref()?;
    let edit = Edit::replace(context.module(chosen.place).path(), chosen.place.span, production.written.clone()?);
    let title = format!("make `{}` the default in place of `{}`", production.name, chosen.name);
    Some(Fix::edit(title, Applicability::Unsafe, edit))
}

/// Whether a setting is in a file that `from_pyfile` is given by its name.
fn is_named_file(context: Context<'_>, write: &DebugWrite, named: Place) -> bool {
    write.via.is_some_and(|via| context.text(via).contains("from_pyfile(") && via.span.contains(named.span))
        && context.text(named).starts_with(['"', '\''])
}

fn on(write: &DebugWrite, quoted: &str) -> String {
    match &write.setting.known {
        Known::Environment { variable, default: Some(Const::Str(text)) } if !text.is_empty() => {
            format!("debug mode is always on: without `{variable}` the value is the text {text:?}, which is true")
        }
        Known::Environment { variable, .. } => format!("debug mode is on unless `{variable}` turns it off"),
        Known::Constant(Const::Str(text)) => {
            format!("debug mode is on: `{quoted}` sets the text {text:?}, which is true")
        }
        _ => format!("debug mode is on: `{quoted}`"),
    }
}

/// What is shown of a write: the whole assignment, or the argument or entry.
pub(super) fn shown(context: Context<'_>, write: &DebugWrite) -> Place {
    let span = match write.written {
        Written::Attribute | Written::Item | Written::Object | Written::ClassAttribute => {
            context.statement_span(write.place)
        }
        Written::Entry | Written::Constructor | Written::Method | Written::File => write.place.span,
    };
    Place { span, ..write.place }
}

/// What takes a write away, and how that is called.
pub(super) fn fix(context: Context<'_>, write: &DebugWrite, quoted: &str) -> Option<(String, Edit)> {
    let off = |word: &str| {
        let module = context.project.module(write.value.module);
        (format!("turn `{quoted}` off"), Edit::replace(module.path(), write.value.span, word))
    };
    let remove = |edit: Edit| (format!("remove `{quoted}`"), edit);
    Some(match write.written {
        Written::Object => off("False"),
        // JSON, TOML and YAML write it alike.
        Written::File => off("false"),
        Written::Method if write.place == write.value => told_off(context, write, quoted)?,
        Written::Method => off("False"),
        Written::Entry | Written::Constructor => {
            if let Some(edit) = whole_call(context, write) {
                return Some(remove(edit));
            }
            let argument = Argument {
                name: "DEBUG".to_owned(),
                setting: write.setting.clone(),
                passed: Passed::Keyword,
                place: write.place,
                value: write.value,
            };
            remove(context.without(&argument))
        }
        Written::ClassAttribute => remove(context.without_statement(write.place)),
        Written::Attribute | Written::Item => {
            match context.debug_only(write.place) {
                true => remove(context.without_statement(write.place)),
                // `app.debug = verbose = True`: the other names keep their value.
                false => remove(context.without_target(write.place)?),
            }
        }
    })
}

/// What tells a call that turns debug mode on without a word of it not to.
fn told_off(context: Context<'_>, write: &DebugWrite, quoted: &str) -> Option<(String, Edit)> {
    let module = context.module(write.place);
    let call = write.place.span;
    let first = removal::statement(module.syntax.body(), call).and_then(|statement| match statement.stmt() {
        Stmt::Expr(stmt) => match &*stmt.value {
            Expr::Call(call) => call.arguments.keywords.first().map(|keyword| python::span(keyword).start),
            _ => None,
        },
        _ => None,
    });
    let is_empty = context.text(write.place).trim_end_matches(')').trim_end().ends_with('(');
    let edit = match first {
        Some(first) => Edit::insert(module.path(), first, "debug=False, "),
        None if is_empty => Edit::insert(module.path(), call.end.saturating_sub(1), "debug=False"),
        None => return None,
    };
    Some((format!("turn `{quoted}` off"), edit))
}

/// `app.config.update(DEBUG=True)` and `app.config |= {"DEBUG": True}` go as a whole when nothing
/// else is in them.
fn whole_call(context: Context<'_>, write: &DebugWrite) -> Option<Edit> {
    let body = context.module(write.place).syntax.body();
    let statement = removal::statement(body, write.place.span)?;
    let only = |expr: &Expr| match expr {
        Expr::Dict(dict) => dict.items.len() == 1,
        _ => false,
    };
    let alone = match statement.stmt() {
        Stmt::Expr(stmt) => match &*stmt.value {
            Expr::Call(call) => {
                let method = matches!(&*call.func, Expr::Attribute(function) if matches!(function.attr.as_str(), "update" | "from_mapping"));
                let list = &call.arguments;
                method
                    && match (&*list.args, list.keywords.as_slice()) {
                        ([], [keyword]) => keyword.arg.is_some(),
                        ([only_argument], []) => only(only_argument),
                        _ => false,
                    }
            }
            _ => false,
        },
        Stmt::AugAssign(stmt) => only(&stmt.value),
        _ => false,
    };
    alone.then(|| context.without_statement(write.place))
}

impl Context<'_> {
    /// Whether the statement around a place sets nothing but debug mode.
    fn debug_only(&self, place: Place) -> bool {
        let body = self.module(place).syntax.body();
        let Some(statement) = removal::statement(body, place.span) else { return true };
        let Stmt::Assign(assign) = statement.stmt() else { return true };
        assign.targets.iter().all(|target| {
            let at = Place { span: python::span(target), ..place };
            at == place || self.facts.debug_writes.iter().any(|write| write.place == at)
        })
    }

    /// The edit that takes one target of `a = b = value` away.
    fn without_target(&self, place: Place) -> Option<Edit> {
        let module = self.module(place);
        let statement = removal::statement(module.syntax.body(), place.span)?;
        let Stmt::Assign(assign) = statement.stmt() else { return None };
        let index = assign.targets.iter().position(|target| python::span(target) == place.span)?;
        let next = match assign.targets.get(index + 1) {
            Some(target) => python::span(target).start,
            None => python::span(&*assign.value).start,
        };
        Some(Edit::delete(module.path(), crate::source::Span::new(place.span.start, next)))
    }
}

/// Whether a configuration is for development or tests, by its name.
fn is_development(name: &str) -> bool {
    let name = name.to_lowercase();
    ["dev", "local", "test", "debug"].iter().any(|word| name.contains(word))
}
