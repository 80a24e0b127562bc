//! # startup-server-shutdown
//!
//! ## What it does
//!
//! Finds requests that stop the development server through `werkzeug.server.shutdown`, or end or
//! replace the process that serves them: `os.kill(os.getpid(), …)`, `os.execv(sys.executable, …)`.
//!
//! ## Why is this bad
//!
//! No other server hands that function to requests, and Werkzeug's own has not since version 2.1: the
//! page answers with an error. Where it works, anyone who can ask for the page stops the app. Under
//! Gunicorn the process is one worker of several: a signal ends that one, and another takes its place;
//! what is started in its place is a second server.
//!
//! ## Example
//!
//! ```python
//! @app.route("/shutdown")
//! def shutdown():
//!     request.environ.get("werkzeug.server.shutdown")()
//!     return "bye"
//! ```
//!
//! ## Use instead
//!
//! Stop the service from outside: `systemctl stop`, or a signal to the server.
//!
//! ## Fix safety
//!
//! There is no fix: what the page is for is for a person to say.
//!
//! ## References
//!
//! - [Werkzeug 2.1.0](https://werkzeug.palletsprojects.com/en/stable/changes/#version-2-1-0)
//! - [Gunicorn: Signal Handling](https://docs.gunicorn.org/en/stable/signals.html)

use super::development_server::noted;
use super::{Context, Rule};
use crate::finding::{Finding, Kind, Severity};
use crate::startup::{self, About};

pub(super) const RULE: Rule = Rule {
    name: "startup-server-shutdown",
    kind: Kind::Startup,
    source: include_str!("startup_server_shutdown.rs"),
    check,
};

fn check(context: Context<'_>) -> Vec<Finding> {
    let mut findings = noted(context, &RULE, About::Shutdown, Severity::Warning, false);
    // It is no better once the app is served from a `wsgi.py`.
    for (place, message) in startup::shutdowns(context.project, context.facts) {
        let path = context.project.module(place.module).path();
        if findings.iter().any(|finding| finding.path == *path && finding.span == place.span) {
            continue;
        }
        findings.push(Finding {
            rule: RULE.name,
            kind: RULE.kind,
            severity: Severity::Warning,
            path: path.clone(),
            span: place.span,
            message: message.to_owned(),
            hint: None,
            fix: None,
            related: Vec::new(),
        });
    }
    findings
}
