//! The rules: one file each, its module documentation being its manual page.

mod debug_argument;
mod debug_attribute;
mod debug_config;
mod debug_environment;
mod debug_flag;
mod debug_in_notebook;
mod debug_toolbar;
mod debug_variable;
mod debugged_application;
mod debugger_argument;
mod development_server;
mod development_server_command;
mod development_server_in_docs;
mod development_tunnel;
#[cfg(test)]
mod fixtures;
mod missing_server_dependency;
mod startup_after_run;
mod startup_at_import;
mod startup_development_config;
mod startup_every_worker;
mod startup_in_guard;
mod startup_name_test;
mod startup_other_name;
mod startup_reloader_test;
mod startup_server_shutdown;
mod startup_shadowed_module;

use crate::edit::{Applicability, Edit, Fix};
use crate::finding::{Finding, Kind, Related, Severity};
use crate::project::{Argument, Around, Facts, Module, Passed, Place, Project, Switch};
use crate::source::{Span, Tree};
use crate::startup::Move;
use crate::syntax::python;
use crate::syntax::removal::{self, Parent};

/// Everything a rule may look at.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The files.
    pub(crate) tree: &'a Tree,
    /// The parsed modules.
    pub(crate) project: &'a Project,
    /// What running them would do.
    pub(crate) facts: &'a Facts<'a>,
    /// What the files around the code say.
    pub(crate) around: &'a Around,
    /// The variables set there that turn on what the code makes of them.
    pub(crate) switches: &'a [Switch],
    /// What the startup planner decided for each start-up call.
    pub(crate) moves: &'a [Move],
    /// The rules that are run, because some fixes only hold together with those of another rule.
    pub(crate) rules: &'a [&'a Rule],
}

/// A rule.
pub(crate) struct Rule {
    /// Its name: the pattern it forbids, in kebab case.
    pub(crate) name: &'static str,
    /// What its findings are about.
    pub(crate) kind: Kind,
    /// Its source file; the manual page is its module documentation.
    pub(crate) source: &'static str,
    /// Looks for the pattern.
    pub(crate) check: fn(Context<'_>) -> Vec<Finding>,
}

/// Every rule, by name.
pub(crate) static RULES: &[Rule] = &[
    debug_argument::RULE,
    debug_attribute::RULE,
    debug_config::RULE,
    debug_environment::RULE,
    debug_flag::RULE,
    debug_in_notebook::RULE,
    debug_toolbar::RULE,
    debug_variable::RULE,
    debugged_application::RULE,
    debugger_argument::RULE,
    development_server::RULE,
    development_server_command::RULE,
    development_server_in_docs::RULE,
    development_tunnel::RULE,
    missing_server_dependency::RULE,
    startup_after_run::RULE,
    startup_at_import::RULE,
    startup_development_config::RULE,
    startup_every_worker::RULE,
    startup_in_guard::RULE,
    startup_name_test::RULE,
    startup_other_name::RULE,
    startup_reloader_test::RULE,
    startup_server_shutdown::RULE,
    startup_shadowed_module::RULE,
];

/// Whether a finding speaks of documentation, which stays as it is when the code it describes is
/// changed: the finding is told, though what it was found by is gone.
pub(crate) fn is_about_documentation(finding: &Finding) -> bool {
    finding.rule == development_server_in_docs::RULE.name
}

impl Rule {
    /// The manual page, as Markdown: the rule file's `//!` lines.
    pub(crate) fn manual(&self) -> String {
        let mut page = String::new();
        for line in self.source.lines().take_while(|line| line.starts_with("//!")) {
            let line = line.trim_start_matches("//!");
            page.push_str(line.strip_prefix(' ').unwrap_or(line));
            page.push('\n');
        }
        page
    }
}

impl Context<'_> {
    fn module(&self, place: Place) -> &Module {
        self.project.module(place.module)
    }

    /// The text of a place.
    fn text(&self, place: Place) -> &str {
        self.module(place).slice(place.span)
    }

    /// The text of a place as it is quoted in a message: on one line, and not too long.
    fn quote(&self, place: Place) -> String {
        let text = self.text(place).split_whitespace().collect::<Vec<_>>().join(" ");
        match text.char_indices().nth(60) {
            Some((at, _)) => format!("{}…", &text[..at]),
            None => text,
        }
    }

    /// The line of a place, from 1.
    fn line(&self, place: Place) -> usize {
        self.module(place).source.line_column(place.span.start).line
    }

    /// Whether a place is in code that only tests run.
    fn in_tests(&self, place: Place) -> bool {
        crate::project::is_test(self.module(place).path().as_str())
    }

    /// A finding at a place, without a fix.
    fn finding(&self, rule: &Rule, severity: Severity, place: Place, message: String) -> Finding {
        Finding {
            rule: rule.name,
            kind: rule.kind,
            severity,
            path: self.module(place).path().clone(),
            span: place.span,
            message,
            hint: None,
            fix: None,
            related: Vec::new(),
        }
    }

    fn related(&self, place: Place, message: impl Into<String>) -> Related {
        Related { path: self.module(place).path().clone(), span: place.span, message: message.into() }
    }

    /// The edit that takes an argument, an item or an assignment of one away; an element of a
    /// sequence, and a positional argument that others follow, become `False`.
    fn without(&self, argument: &Argument) -> Edit {
        let module = self.module(argument.place);
        let (path, text, syntax) = (module.path(), &module.source.text, &module.syntax);
        let off = || Edit::replace(module.path(), self.value_span(argument), "False");
        let span = argument.place.span;
        match (argument.passed, removal::parent(syntax.body(), span)) {
            (Passed::Positional(index), Some(Parent::Call(call))) if index + 1 < call.arguments.args.len() => off(),
            (Passed::Element, _) | (_, Some(Parent::Sequence)) => off(),
            (_, Some(Parent::Call(call))) => Edit::delete(path, removal::argument(text, syntax, call, span)),
            (_, Some(Parent::Dict(dict))) => Edit::delete(path, removal::item(text, syntax, dict, span)),
            (_, None) => self.without_statement(argument.place),
        }
    }

    /// The edit that takes the statement around a place away.
    fn without_statement(&self, place: Place) -> Edit {
        let module = self.module(place);
        let body = module.syntax.body();
        match removal::statement(body, place.span) {
            Some(statement) => {
                let change = removal::take_statement(&module.source.text, body, statement);
                Edit::replace(module.path(), change.span, change.text)
            }
            None => Edit::replace(module.path(), place.span, "False"),
        }
    }

    /// The value of an argument, without parentheses of its own.
    fn value_span(&self, argument: &Argument) -> Span {
        argument.value.span
    }

    /// The span of the whole statement around a place.
    fn statement_span(&self, place: Place) -> Span {
        let body = self.module(place).syntax.body();
        removal::statement(body, place.span).map_or(place.span, |statement| python::span(statement.stmt()))
    }
}

/// A fix that may be applied without asking.
fn safe(title: String, edits: Vec<Edit>) -> Fix {
    Fix { title, applicability: Applicability::Safe, edits, files: Vec::new() }
}
