//! # startup-after-run
//!
//! ## What it does
//!
//! Finds what is done when the server has stopped: by statements that follow the call that starts it, or
//! the `__main__` guard around that call, by `finally`, and by handlers of signals.
//!
//! ## Why is this bad
//!
//! It is done when the development server has stopped. A WSGI server never gets there: clean-up is
//! not done. What follows the guard, or an unguarded call, is done when a server imports the module, before
//! the app is served.
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
//! One call that cleans up is registered with `atexit` in `wsgi.py`: unsafe, because each worker process
//! then does it when it ends. More than that is left to you: the guard stays as it is for development,
//! and a `wsgi.py` without it is made. Behind an unguarded call, statements that are not definitions make
//! the fix unsafe. A module that goes on behind its guard is not moved.
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
    let mut findings = noted(context, &RULE, About::AfterRun, Severity::Warning, true);
    findings.extend(noted(context, &RULE, About::Undone, Severity::Warning, false));
    findings.extend(noted(context, &RULE, About::Behind, Severity::Warning, false));
    findings
}
