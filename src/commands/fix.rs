//! `flaskship fix`: what would put the findings right, as a diff or written.

use anyhow::Result;

use super::{Exit, Failure, Output, open, options, say_reach};
use crate::cli::FixArgs;
use crate::engine;
use crate::source::Tree;

/// Runs it.
pub(super) fn run(args: &FixArgs, output: &mut Output<'_>) -> Result<Exit> {
    let tree = open(&args.path)?;
    let fixed = engine::fix(&tree, &options(&args.rules, args.unsafe_fixes))?;
    output.unread(&fixed.unread)?;
    say_reach(fixed.reach, &args.path, output)?;
    if args.apply {
        return Err(Failure::new("`--apply` is not there yet", "use `flaskship fix | git apply`").into());
    }
    for (path, content) in fixed.tree.changed() {
        let old = Tree::read_disk(tree.root(), path)?.unwrap_or_default();
        let new = content.unwrap_or_default();
        let diff = similar::TextDiff::from_lines(old.as_slice(), new);
        diff.unified_diff().header(&format!("a/{path}"), &format!("b/{path}")).to_writer(&mut *output.out)?;
    }
    let pending = fixed.tree.changed().next().is_some();
    Ok(if args.check && pending { Exit::Found } else { Exit::Success })
}
