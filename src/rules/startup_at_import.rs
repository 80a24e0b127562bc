//! # startup-at-import
//!
//! ## What it does
//!
//! Finds what an app does when it is imported and a server cannot have it do: read the command line,
//! wait for the keyboard, end the process because debug mode is off.
//!
//! ## Why is this bad
//!
//! A WSGI server imports the app in each worker. Its command line is the server's own, so a parser
//! ends the worker with a usage message; Gunicorn then gives up or starts the next one for ever.
//!
//! ## Example
//!
//! ```python
//! args = parser.parse_args()
//! app = Flask(__name__)
//! ```
//!
//! ## Use instead
//!
//! Read settings from the environment, and the command line only in a `__main__` guard:
//!
//! ```python
//! app = Flask(__name__)
//! app.config.from_prefixed_env()
//! ```
//!
//! ## Fix safety
//!
//! There is no fix, and the app is not moved before a person has looked at it.
//!
//! ## References
//!
//! - [Flask: Configuration Handling](https://flask.palletsprojects.com/en/stable/config/)

use super::development_server::noted;
use super::{Context, Rule};
use crate::finding::{Finding, Kind, Severity};
use crate::startup::About;

pub(super) const RULE: Rule =
    Rule { name: "startup-at-import", kind: Kind::Startup, source: include_str!("startup_at_import.rs"), check };

fn check(context: Context<'_>) -> Vec<Finding> {
    noted(context, &RULE, About::AtImport, Severity::Warning, false)
}
