//! # debug-toolbar
//!
//! ## What it does
//!
//! Finds Flask-DebugToolbar forced on: `app.config["DEBUG_TB_ENABLED"] = True`.
//!
//! ## Why is this bad
//!
//! The toolbar shows configuration, SQL queries and request data to everybody who opens a page. It
//! is on by itself in debug mode, and only there; the setting takes that safeguard away.
//!
//! ## Example
//!
//! ```python
//! app.config["DEBUG_TB_ENABLED"] = True
//! toolbar = DebugToolbarExtension(app)
//! ```
//!
//! ## Use instead
//!
//! ```python
//! toolbar = DebugToolbarExtension(app)
//! ```
//!
//! ## Fix safety
//!
//! The setting is taken away, so that the toolbar is on in debug mode only. The fix is safe.
//!
//! ## References
//!
//! - [Flask-DebugToolbar: Configuration](https://flask-debugtoolbar.readthedocs.io/en/latest/#configuration)

use super::{Context, Rule, debug_config, safe};
use crate::finding::{Finding, Kind, Severity};
use crate::project::Verdict;

pub(super) const RULE: Rule =
    Rule { name: "debug-toolbar", kind: Kind::Hygiene, source: include_str!("debug_toolbar.rs"), check };

fn check(context: Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for write in &context.facts.toolbars {
        if write.setting.verdict(write.when) != Verdict::On || context.in_tests(write.place) {
            continue;
        }
        let place = debug_config::shown(context, write);
        let message = "the debug toolbar is on without debug mode, for everybody who opens a page".to_owned();
        let mut finding = context.finding(&RULE, Severity::Warning, place, message);
        if let Some((title, edit)) = debug_config::fix(context, write, &context.quote(place)) {
            finding.fix = Some(safe(title, vec![edit]));
        }
        findings.push(finding);
    }
    findings
}
