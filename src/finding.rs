//! What is wrong, where, and what would put it right.

use crate::edit::{Applicability, Fix};
use crate::source::{ProjectPath, Span};

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Debug mode, the debugger or its console is on, or may be.
    Debug,
    /// The development server is what serves.
    Server,
    /// What the move into `wsgi.py` does, or what hinders it.
    Startup,
    /// The rest.
    Hygiene,
}

/// How bad it is, by what an attacker or a crash could reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// No danger in production: a development-only scope, an opt-in, an unknown.
    Note,
    /// A weakness.
    Warning,
    /// A danger in production.
    Error,
}

/// Another place that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Related {
    /// The file.
    pub(crate) path: ProjectPath,
    /// The place in it.
    pub(crate) span: Span,
    /// What it has to do with the finding, without a final period.
    pub(crate) message: String,
}

/// One place that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The rule's name.
    pub(crate) rule: &'static str,
    /// What it is about.
    pub(crate) kind: Kind,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// The file.
    pub(crate) path: ProjectPath,
    /// The place in it.
    pub(crate) span: Span,
    /// What is wrong, without a final period, code in backticks.
    pub(crate) message: String,
    /// What a person can do, without a final period.
    pub(crate) hint: Option<String>,
    /// What flaskship can do.
    pub(crate) fix: Option<Fix>,
    /// Other places that belong to it.
    pub(crate) related: Vec<Related>,
}

impl Finding {
    /// How the finding can be put right: what its fix says, `manual` where it has none.
    pub(crate) fn applicability(&self) -> Applicability {
        self.fix.as_ref().map_or(Applicability::Manual, |fix| fix.applicability)
    }
}
