//! # startup-shadowed-module
//!
//! ## What it does
//!
//! Finds a script that starts an app and has the name of a package beside it: `app.py` beside
//! `app/`.
//!
//! ## Why is this bad
//!
//! `import app` finds the package, so no WSGI server can load anything from the script; `app:app`
//! means something else than the file a reader opens.
//!
//! ## Example
//!
//! ```python
//! # app.py, beside the package app/
//! from app import app
//!
//! app.run()
//! ```
//!
//! ## Use instead
//!
//! A `wsgi.py` that imports from the package, or a script with a name of its own.
//!
//! ## Fix safety
//!
//! Where the script only imports an app and runs it, the fix of `development-server` makes a
//! `wsgi.py` that imports the same. Anything else is left to a person.
//!
//! ## References
//!
//! - [Python: The import system](https://docs.python.org/3/reference/import.html)

use super::development_server::noted;
use super::{Context, Rule};
use crate::finding::{Finding, Kind, Severity};
use crate::startup::About;

pub(super) const RULE: Rule = Rule {
    name: "startup-shadowed-module",
    kind: Kind::Startup,
    source: include_str!("startup_shadowed_module.rs"),
    check,
};

fn check(context: Context<'_>) -> Vec<Finding> {
    noted(context, &RULE, About::ShadowedModule, Severity::Warning, true)
}
