//! The `flaskship` program: everything lives in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    flaskship::run(std::env::args_os())
}
