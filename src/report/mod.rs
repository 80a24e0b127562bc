//! How findings are shown.

mod github;
mod human;
mod json;
mod sarif;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use crate::edit::Applicability;
use crate::finding::{Finding, Kind, Severity};
use crate::source::{ProjectPath, Source, Span, Unread};

pub(crate) use human::{Style, count, harmless};

/// What every format shows.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    /// The findings, in the order in which they are shown.
    findings: Vec<View<'a>>,
    /// Files that could not be read or parsed.
    unread: &'a [Unread],
    /// The texts of the files that findings speak of.
    sources: &'a BTreeMap<ProjectPath, Source>,
    /// Every rule, by name.
    rules: Vec<RulePage>,
    /// What SARIF and GitHub put before each path: the way to the project from where they look.
    prefix: String,
}

/// A rule, as reports speak of it.
#[derive(Clone, Debug)]
pub(crate) struct RulePage {
    /// Its name.
    pub(crate) name: &'static str,
    /// What its findings are about.
    pub(crate) kind: Kind,
    /// Its manual page, as Markdown.
    pub(crate) manual: String,
}

impl RulePage {
    /// What the rule looks for: the first sentence below "What it does".
    pub(crate) fn summary(&self) -> String {
        let body = self.manual.split_once("# What it does").map_or(self.manual.as_str(), |(_, body)| body);
        let lines = body.lines().map(str::trim).skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty());
        let paragraph = lines.collect::<Vec<_>>().join(" ");
        match paragraph.split_once(". ") {
            Some((sentence, _)) => format!("{sentence}."),
            None => paragraph,
        }
    }
}

/// A finding with its place as people count it. The fields that are serialised are a contract.
#[derive(Debug, Serialize)]
struct View<'a> {
    rule: &'a str,
    kind: Kind,
    severity: Severity,
    path: &'a ProjectPath,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    message: &'a str,
    applicability: Applicability,
    fix: Option<&'a str>,
    #[serde(skip)]
    finding: &'a Finding,
}

/// A place as people count it: lines and columns from 1, columns in characters, the end being the
/// column behind the last character.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

impl<'a> Report<'a> {
    /// A report of these findings; `sources` has the texts of their files.
    pub(crate) fn new(
        findings: &'a [Finding],
        unread: &'a [Unread],
        sources: &'a BTreeMap<ProjectPath, Source>,
        rules: Vec<RulePage>,
    ) -> Self {
        let findings = findings
            .iter()
            .map(|finding| {
                let place = region(sources, &finding.path, finding.span);
                View {
                    rule: finding.rule,
                    kind: finding.kind,
                    severity: finding.severity,
                    path: &finding.path,
                    line: place.start_line,
                    column: place.start_column,
                    end_line: place.end_line,
                    end_column: place.end_column,
                    message: &finding.message,
                    applicability: finding.applicability(),
                    fix: finding.fix.as_ref().map(|fix| fix.title.as_str()),
                    finding,
                }
            })
            .collect();
        Self { findings, unread, sources, rules, prefix: String::new() }
    }

    /// The same report, for a reader who looks from a folder above the project: `prefix` is the way
    /// down, ending in `/`. The JSON format stays relative to the project.
    pub(crate) fn seen_from_above(mut self, prefix: String) -> Self {
        self.prefix = prefix;
        self
    }

    /// For people: each finding with its source line.
    pub(crate) fn human(&self, out: &mut dyn io::Write, style: Style) -> io::Result<()> {
        human::write(self, out, style)
    }

    /// For programs: one JSON object.
    pub(crate) fn json(&self, out: &mut dyn io::Write) -> io::Result<()> {
        json::write(self, out)
    }

    /// For code scanning services: SARIF 2.1.0.
    pub(crate) fn sarif(&self, out: &mut dyn io::Write) -> io::Result<()> {
        sarif::write(self, out)
    }

    /// For GitHub Actions: workflow commands that become annotations.
    pub(crate) fn github(&self, out: &mut dyn io::Write) -> io::Result<()> {
        github::write(self, out)
    }
}

/// The place of a span. A file without text, one that should exist and does not, has one place.
fn region(sources: &BTreeMap<ProjectPath, Source>, path: &ProjectPath, span: Span) -> Region {
    match sources.get(path) {
        Some(source) => {
            let (start, end) = (source.line_column(span.start), source.line_column(span.end));
            Region { start_line: start.line, start_column: start.column, end_line: end.line, end_column: end.column }
        }
        None => Region { start_line: 1, start_column: 1, end_line: 1, end_column: 1 },
    }
}
