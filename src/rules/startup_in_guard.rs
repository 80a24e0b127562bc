//! # startup-in-guard
//!
//! ## What it does
//!
//! Finds work that is done only when a module is run as a script, before the server starts: tables
//! created, models loaded, configuration set, or the app itself made.
//!
//! ## Why is this bad
//!
//! A WSGI server imports the module, so `__name__` is not `"__main__"` and the guard is skipped.
//! The app then starts without its tables or its configuration, or is not found at all.
//!
//! ## Example
//!
//! ```python
//! if __name__ == "__main__":
//!     with app.app_context():
//!         db.create_all()
//!     app.run()
//! ```
//!
//! ## Use instead
//!
//! Do the work in `wsgi.py`, behind the import:
//!
//! ```python
//! from app import app, db
//!
//! with app.app_context():
//!     db.create_all()
//! ```
//!
//! ## Fix safety
//!
//! The fix is that of `development-server`: it moves the work. It is unsafe when the work starts a
//! thread, process or scheduler, which then runs in every worker.
//!
//! ## References
//!
//! - [Python: `__main__`](https://docs.python.org/3/library/__main__.html)
//! - [Flask: Deploying to Production](https://flask.palletsprojects.com/en/stable/deploying/)

use super::development_server::noted;
use super::{Context, Rule};
use crate::finding::{Finding, Kind, Severity};
use crate::startup::About;

pub(super) const RULE: Rule =
    Rule { name: "startup-in-guard", kind: Kind::Startup, source: include_str!("startup_in_guard.rs"), check };

fn check(context: Context<'_>) -> Vec<Finding> {
    noted(context, &RULE, About::InGuard, Severity::Warning, true)
}
