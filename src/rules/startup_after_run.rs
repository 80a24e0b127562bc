//! # startup-after-run
//!
//! ## What it does
//!
//! Finds statements that follow the call that starts the server.
//!
//! ## Why is this bad
//!
//! They run when the development server has stopped. A WSGI server never gets there: clean-up is
//! not done. Behind an unguarded call they run at import once that call is gone.
//!
//! ## Example
//!
//! ```python
//! if __name__ == "__main__":
//!     app.run()
//!     connection.close()
//! ```
//!
//! ## Use instead
//!
//! Register what has to be done at the end where the module is imported:
//!
//! ```python
//! import atexit
//!
//! atexit.register(connection.close)
//! ```
//!
//! ## Fix safety
//!
//! The guard stays as it is for development, and a `wsgi.py` without those statements is made:
//! safe, because nothing that served requests changes. Behind an unguarded call, statements that
//! are not definitions make the fix unsafe.
//!
//! ## References
//!
//! - [Python: `atexit`](https://docs.python.org/3/library/atexit.html)

use super::development_server::noted;
use super::{Context, Rule};
use crate::finding::{Finding, Kind, Severity};
use crate::startup::About;

pub(super) const RULE: Rule =
    Rule { name: "startup-after-run", kind: Kind::Startup, source: include_str!("startup_after_run.rs"), check };

fn check(context: Context<'_>) -> Vec<Finding> {
    noted(context, &RULE, About::AfterRun, Severity::Warning, true)
}
