//! flaskship takes a Flask app out of debug mode and off the development server, in one reviewable
//! diff.

mod change;
mod cli;
mod commands;
mod deploy;
mod edit;
mod engine;
mod finding;
mod leftovers;
mod merge;
mod nearest;
#[doc(hidden)]
#[cfg(any(test, feature = "probes"))]
pub mod probes;
mod project;
mod render;
mod report;
mod rules;
mod source;
mod startup;
mod syntax;
mod wizard;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

/// Runs the program with these arguments, the first being its own name.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    match cli::parse(args) {
        Ok(cli) => commands::run(cli),
        Err(error) => {
            // Help goes to stdout, a mistake to stderr; where neither can be written, nobody reads it.
            let _ = error.print();
            if let Some(hint) = cli::hint(&error) {
                let _ = writeln!(std::io::stderr(), "hint: {hint}");
            }
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
        }
    }
}
