//! What is said of rendered files, when they were written and when they only would be.

use anyhow::Result;

use super::Output;
use crate::change::ChangeSet;
use crate::deploy::{Fate, Outcome};
use crate::report::count;
use crate::source::Tree;

/// What became of the files.
pub(super) fn summary(outcomes: &[Outcome], written: bool, output: &mut Output<'_>) -> Result<()> {
    let width = outcomes.iter().map(|outcome| outcome.path.as_str().chars().count()).max().unwrap_or_default();
    for (fate, done, planned) in FATES {
        let files: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.fate == *fate).collect();
        if files.is_empty() {
            continue;
        }
        let said = if written { done } else { planned };
        if *fate == Fate::Unchanged {
            output.say(&format!("{}: {said}", count(files.len(), "file")))?;
            continue;
        }
        output.say(&format!("{said}:"))?;
        for file in files {
            let line = format!("  {:width$}  {}", file.path.as_str(), file.description);
            output.say(line.trim_end())?;
        }
    }
    Ok(())
}

/// What is said of files, when they were written and when they only would be.
const FATES: &[(Fate, &str, &str)] = &[
    (Fate::New, "wrote", "would write"),
    (Fate::Updated, "brought up to date", "would bring up to date"),
    (Fate::Merged, "merged with what you changed", "would merge with what you changed"),
    (Fate::Replaced, "replaced", "would replace"),
    (Fate::Removed, "removed, since nothing needs it any more", "would remove, since nothing needs it any more"),
    (Fate::Unchanged, "as it should be", "as it should be"),
    (
        Fate::Marked,
        "you and flaskship changed the same lines; choose between the marks <<<<<<< and >>>>>>> in",
        "you and flaskship changed the same lines; both would be marked in",
    ),
    (
        Fate::Rejected,
        "you and flaskship changed the same lines; yours stay, and FILE.rej has what did not fit",
        "you and flaskship changed the same lines; yours would stay, and FILE.rej have what does not fit",
    ),
    (
        Fate::Unresolved,
        "left alone, because the marks <<<<<<< and >>>>>>> of an earlier run are still in it",
        "left alone, because the marks <<<<<<< and >>>>>>> of an earlier run are still in it",
    ),
    (
        Fate::Foreign,
        "left alone, because it is not from flaskship (`--force` replaces it)",
        "left alone, because it is not from flaskship (`--force` replaces it)",
    ),
    (
        Fate::StaysDeleted,
        "still deleted, because you deleted it (`--restore` brings it back)",
        "still deleted, because you deleted it (`--restore` brings it back)",
    ),
    (
        Fate::Orphan,
        "left alone, because you changed it, though nothing needs it any more",
        "left alone, because you changed it, though nothing needs it any more",
    ),
];

/// Shows what flaskship would put in the place of files that are not its own.
pub(super) fn offer(outcomes: &[Outcome], mut tree: Tree, output: &mut Output<'_>) -> Result<()> {
    tree.forget();
    for outcome in outcomes {
        if let Some(text) = &outcome.offered {
            tree.write(outcome.path.clone(), text.clone().into_bytes());
        }
    }
    output.diff(&ChangeSet::of(&tree)?, tree.root())
}

/// Whether a person has to solve a conflict.
pub(super) fn are_unfinished(outcomes: &[Outcome]) -> bool {
    outcomes.iter().any(|outcome| matches!(outcome.fate, Fate::Marked | Fate::Rejected | Fate::Unresolved))
}
