//! # startup-development-config
//!
//! ## What it does
//!
//! Finds an app factory that is called with a development configuration, written literally, by what
//! starts the app.
//!
//! ## Why is this bad
//!
//! The configuration goes into production with the call: debug mode, a test database or a known
//! secret key may come with it.
//!
//! ## Example
//!
//! ```python
//! create_app("development").run()
//! ```
//!
//! ## Use instead
//!
//! Name the production configuration, or let the environment choose:
//!
//! ```python
//! app = create_app(os.environ.get("APP_CONFIG", "production"))
//! ```
//!
//! ## Fix safety
//!
//! There is no fix: which configuration is right for production is a person's choice. The move
//! keeps the argument as it is.
//!
//! ## References
//!
//! - [Flask: Configuration Handling](https://flask.palletsprojects.com/en/stable/config/)

use super::development_server::noted;
use super::{Context, Rule};
use crate::finding::{Finding, Kind, Severity};
use crate::startup::About;

pub(super) const RULE: Rule = Rule {
    name: "startup-development-config",
    kind: Kind::Startup,
    source: include_str!("startup_development_config.rs"),
    check,
};

fn check(context: Context<'_>) -> Vec<Finding> {
    noted(context, &RULE, About::DevelopmentConfig, Severity::Warning, false)
}
