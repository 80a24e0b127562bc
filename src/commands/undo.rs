//! `flaskship undo`: the last `fix --apply` taken back.

use anyhow::Result;

use super::{Exit, Failure, Output, open};
use crate::cli::UndoArgs;

/// Runs it.
pub(super) fn run(args: &UndoArgs, _output: &mut Output<'_>) -> Result<Exit> {
    open(&args.path)?;
    Err(Failure::new("nothing to take back", "`flaskship fix --apply` has not changed this folder").into())
}
