//! `flaskship undo`: the last `fix --apply` taken back.

use anyhow::Result;

use super::{Exit, Output, open};
use crate::change;
use crate::cli::UndoArgs;
use crate::report::count;

/// Runs it.
pub(super) fn run(args: &UndoArgs, output: &mut Output<'_>) -> Result<Exit> {
    let tree = open(&args.path)?;
    let undone = change::undo(tree.root(), args.force)?;
    if undone.was_cut_off {
        output.say("an earlier run of flaskship had been cut off")?;
    }
    let files = undone.restored.len() + undone.removed.len();
    output.say(&format!("took back the changes of {}:", count(files, "file")))?;
    for path in &undone.restored {
        output.say(&format!("  {path}: as it was"))?;
    }
    for path in &undone.removed {
        output.say(&format!("  {path}: removed, it had been new"))?;
    }
    Ok(Exit::Success)
}
