//! # startup-every-worker
//!
//! ## What it does
//!
//! Finds a thread, process, timer or scheduler that is started in the `__main__` guard before the
//! server.
//!
//! ## Why is this bad
//!
//! In the development server it runs once. Moved into `wsgi.py` it runs in every worker process:
//! jobs run several times, and a port can be opened only once.
//!
//! ## Example
//!
//! ```python
//! if __name__ == "__main__":
//!     threading.Thread(target=poll, daemon=True).start()
//!     app.run()
//! ```
//!
//! ## Use instead
//!
//! Serve with one worker (`gunicorn --workers 1 --threads 8 wsgi:app`), or give the job a process of
//! its own.
//!
//! ## Fix safety
//!
//! The fix is that of `development-server`, which is unsafe here.
//!
//! ## References
//!
//! - [Gunicorn: Server Hooks](https://docs.gunicorn.org/en/stable/settings.html#server-hooks)

use super::development_server::noted;
use super::{Context, Rule};
use crate::finding::{Finding, Kind, Severity};
use crate::startup::About;

pub(super) const RULE: Rule =
    Rule { name: "startup-every-worker", kind: Kind::Startup, source: include_str!("startup_every_worker.rs"), check };

fn check(context: Context<'_>) -> Vec<Finding> {
    noted(context, &RULE, About::EveryWorker, Severity::Warning, true)
}
