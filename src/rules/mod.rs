//! The rules: one file each, its module documentation being its manual page.

use crate::finding::{Finding, Kind};
use crate::project::{Facts, Project};
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
    pub(crate) source: &'static str,
    /// Looks for the pattern.
    pub(crate) check: fn(Context<'_>) -> Vec<Finding>,
}

/// Every rule, by name.
pub(crate) static RULES: &[Rule] = &[];

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
