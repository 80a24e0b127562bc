//! The rules: one file each, its module documentation being its manual page.

mod debug_environment;
mod debug_flag;
mod debug_in_notebook;
mod development_server_command;
#[cfg(test)]
mod fixtures;
mod missing_server_dependency;

use crate::finding::{Finding, Kind};
use crate::project::{Around, Facts, Project};
use crate::source::Tree;
use crate::startup::Move;

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
    /// What the startup planner decided for each start-up call.
    pub(crate) moves: &'a [Move],
}

/// A rule.
pub(crate) struct Rule {
    /// Its name: the pattern it forbids, in kebab case.
    pub(crate) name: &'static str,
    /// What its findings are about.
    pub(crate) kind: Kind,
    /// Its source file; the manual page is its module documentation.
    source: &'static str,
    /// Looks for the pattern.
    pub(crate) check: fn(Context<'_>) -> Vec<Finding>,
}

/// Every rule, by name.
pub(crate) static RULES: &[Rule] = &[
    Rule {
        name: "debug-environment",
        kind: Kind::Debug,
        source: include_str!("debug_environment.rs"),
        check: debug_environment::check,
    },
    Rule { name: "debug-flag", kind: Kind::Debug, source: include_str!("debug_flag.rs"), check: debug_flag::check },
    Rule {
        name: "debug-in-notebook",
        kind: Kind::Debug,
        source: include_str!("debug_in_notebook.rs"),
        check: debug_in_notebook::check,
    },
    Rule {
        name: "development-server-command",
        kind: Kind::Server,
        source: include_str!("development_server_command.rs"),
        check: development_server_command::check,
    },
    Rule {
        name: "missing-server-dependency",
        kind: Kind::Startup,
        source: include_str!("missing_server_dependency.rs"),
        check: missing_server_dependency::check,
    },
];

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
