//! # development-tunnel
//!
//! ## What it does
//!
//! Finds tunnels from the internet to the development server: `run_with_ngrok(app)` of flask-ngrok,
//! `ngrok.connect(…)` of pyngrok, and their like.
//!
//! ## Why is this bad
//!
//! Whoever has or guesses the address of the tunnel reaches the development server, which is not
//! made for that, and its debugger where debug mode is on.
//!
//! ## Example
//!
//! ```python
//! run_with_ngrok(app)
//! app.run()
//! ```
//!
//! ## Use instead
//!
//! A WSGI server behind a reverse proxy, on a machine that is meant to be reached:
//!
//! ```console
//! $ gunicorn wsgi:app
//! ```
//!
//! ## Fix safety
//!
//! There is no fix: whether the app is to be reached from the internet, and how, is for a person to
//! say.
//!
//! ## References
//!
//! - [Flask: Deploying to Production](https://flask.palletsprojects.com/en/stable/deploying/)

use super::{Context, Rule};
use crate::finding::{Finding, Kind, Severity};
use crate::project::When;

pub(super) const RULE: Rule =
    Rule { name: "development-tunnel", kind: Kind::Server, source: include_str!("development_tunnel.rs"), check };

fn check(context: Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for tunnel in &context.facts.tunnels {
        let asked = matches!(tunnel.when, When::Environment | When::CommandLine);
        let severity = if asked || context.in_tests(tunnel.place) { Severity::Note } else { Severity::Warning };
        let message = "this makes the development server reachable from the internet".to_owned();
        let mut finding = context.finding(&RULE, severity, tunnel.place, message);
        finding.hint =
            Some("take the tunnel out and serve the app with a WSGI server on a machine of its own".to_owned());
        findings.push(finding);
    }
    findings
}
