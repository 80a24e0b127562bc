//! # startup-name-test
//!
//! ## What it does
//!
//! Finds tests of `__name__` that are no `__main__` guard, and `else` branches of guards, in modules
//! that start an app.
//!
//! ## Why is this bad
//!
//! A WSGI server imports the module, and its `__name__` is then the name of the module. What the
//! test decides goes the other way: a login that is skipped for imports is off in production.
//!
//! ## Example
//!
//! ```python
//! @app.before_request
//! def login():
//!     if __name__ != "__main__":
//!         return
//!     check_password()
//! ```
//!
//! ## Use instead
//!
//! Let a setting decide:
//!
//! ```python
//! @app.before_request
//! def login():
//!     if app.config["TESTING"]:
//!         return
//!     check_password()
//! ```
//!
//! ## Fix safety
//!
//! Where functions or values depend on the test, nothing is moved. A block of the module for imports
//! (`else:` of the guard, `if __name__ != "__main__":`) stays as it is, and the move is unsafe,
//! because nothing has run that block so far.
//!
//! ## References
//!
//! - [Python: `__main__`](https://docs.python.org/3/library/__main__.html)

use super::development_server::noted;
use super::{Context, Rule};
use crate::finding::{Finding, Kind, Severity};
use crate::startup::About;

pub(super) const RULE: Rule =
    Rule { name: "startup-name-test", kind: Kind::Startup, source: include_str!("startup_name_test.rs"), check };

fn check(context: Context<'_>) -> Vec<Finding> {
    noted(context, &RULE, About::NameTest, Severity::Warning, true)
}
