//! `flaskship completions`: a script for the shell.

use anyhow::Result;
use clap::CommandFactory;

use super::{Exit, Output};
use crate::cli::{Cli, CompletionsArgs};

/// Runs it.
pub(super) fn run(args: &CompletionsArgs, output: &mut Output<'_>) -> Result<Exit> {
    // Written to memory first: the generator panics where a write fails, as in `… | head`.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "flaskship", &mut script);
    output.out.write_all(&script)?;
    Ok(Exit::Success)
}
