//! flaskship takes a Flask app out of debug mode and off the development server, in one reviewable
//! diff.

mod edit;
mod engine;
mod finding;
mod project;
mod render;
mod rules;
mod source;
mod startup;
mod syntax;

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program with these arguments, the first being its own name.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let _ = args;
    ExitCode::SUCCESS
}
