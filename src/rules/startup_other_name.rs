//! # startup-other-name
//!
//! ## What it does
//!
//! Finds a started app that is not called `app`.
//!
//! ## Why is this bad
//!
//! Commands, examples and platforms expect `wsgi:app`. It is no danger, but each of them has to be
//! told the other name.
//!
//! ## Example
//!
//! ```python
//! application = Flask(__name__)
//!
//! if __name__ == "__main__":
//!     application.run()
//! ```
//!
//! ## Use instead
//!
//! Give it the name in `wsgi.py`; the module keeps its own:
//!
//! ```python
//! from application import application as app
//! ```
//!
//! ## Fix safety
//!
//! The fix is that of `development-server`. The name in the module does not change, so platforms
//! that look for `application` still find it there.
//!
//! ## References
//!
//! - [Flask: Application Discovery](https://flask.palletsprojects.com/en/stable/cli/#application-discovery)

use super::development_server::noted;
use super::{Context, Rule};
use crate::finding::{Finding, Kind, Severity};
use crate::startup::About;

pub(super) const RULE: Rule =
    Rule { name: "startup-other-name", kind: Kind::Startup, source: include_str!("startup_other_name.rs"), check };

fn check(context: Context<'_>) -> Vec<Finding> {
    noted(context, &RULE, About::OtherName, Severity::Note, true)
}
