//! # debug-attribute
//!
//! ## What it does
//!
//! Finds assignments to the `debug` attribute of an app, and subclasses of `Flask` that set it for
//! all their instances.
//!
//! ## Why is this bad
//!
//! The attribute holds however the app is started. On the development server it brings the
//! interactive debugger (CWE-489); under a WSGI server errors skip the error handlers and are
//! raised again, and templates are read anew for every request.
//!
//! ## Example
//!
//! ```python
//! app = Flask(__name__)
//! app.debug = True
//! ```
//!
//! ## Use instead
//!
//! ```python
//! app = Flask(__name__)
//! ```
//!
//! In development, `flask run --debug` turns debug mode on without a change to the code.
//!
//! ## Fix safety
//!
//! The assignment is taken away, so that the environment (`FLASK_DEBUG`) decides, which is off
//! unless set. The fix is safe: nothing but debug mode changes.
//!
//! ## References
//!
//! - [Flask: Debug Mode](https://flask.palletsprojects.com/en/stable/quickstart/#debug-mode)
//! - [Flask.debug](https://flask.palletsprojects.com/en/stable/api/#flask.Flask.debug)
//! - [CWE-489: Active Debug Code](https://cwe.mitre.org/data/definitions/489.html)

use super::{Context, Rule, debug_config};
use crate::finding::{Finding, Kind};
use crate::project::Written;

pub(super) const RULE: Rule =
    Rule { name: "debug-attribute", kind: Kind::Debug, source: include_str!("debug_attribute.rs"), check };

fn check(context: Context<'_>) -> Vec<Finding> {
    debug_config::writes(context, &RULE, &|written| matches!(written, Written::Attribute | Written::ClassAttribute))
}
