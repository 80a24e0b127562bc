//! `flaskship man`: manual pages.

use anyhow::{Context, Result};
use clap::CommandFactory;

use super::{Exit, Output};
use crate::cli::{Cli, ManArgs};

/// Runs it.
pub(super) fn run(args: &ManArgs, output: &mut Output<'_>) -> Result<Exit> {
    // `help` has no page of its own, so none may refer to it.
    let command = Cli::command().disable_help_subcommand(true);
    match &args.dir {
        Some(dir) => {
            let shown = dir.display();
            std::fs::create_dir_all(dir).with_context(|| format!("the folder `{shown}` cannot be made"))?;
            clap_mangen::generate_to(command, dir)
                .with_context(|| format!("the pages cannot be written to `{shown}`"))?;
            output.say(&format!("wrote the manual pages to `{shown}`"))?;
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page)?;
            output.out.write_all(&page)?;
        }
    }
    Ok(Exit::Success)
}
