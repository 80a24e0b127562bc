//! # startup-reloader-test
//!
//! ## What it does
//!
//! Finds code that waits for `WERKZEUG_RUN_MAIN`, which only the reloader of the development server
//! sets, in what an app imports.
//!
//! ## Why is this bad
//!
//! Under a WSGI server, and in the development server without debug mode, there is no reloader: the
//! job, thread or scheduler behind the test never starts, and nothing says so.
//!
//! ## Example
//!
//! ```python
//! if os.environ.get("WERKZEUG_RUN_MAIN") == "true":
//!     scheduler.start()
//! ```
//!
//! ## Use instead
//!
//! Keep out of the reloader's parent only, or give the job a process of its own:
//!
//! ```python
//! if not app.debug or os.environ.get("WERKZEUG_RUN_MAIN") == "true":
//!     scheduler.start()
//! ```
//!
//! ## Fix safety
//!
//! There is no fix, and the app is not moved before a person has looked at it.
//!
//! ## References
//!
//! - [Werkzeug: Reloader](https://werkzeug.palletsprojects.com/en/stable/serving/#reloader)

use super::development_server::noted;
use super::{Context, Rule};
use crate::finding::{Finding, Kind, Severity};
use crate::startup::About;

pub(super) const RULE: Rule = Rule {
    name: "startup-reloader-test",
    kind: Kind::Startup,
    source: include_str!("startup_reloader_test.rs"),
    check,
};

fn check(context: Context<'_>) -> Vec<Finding> {
    noted(context, &RULE, About::ReloaderTest, Severity::Warning, false)
}
