//! Writing a change set: all of it, or none.

use std::path::Path;

use super::disk::Disk;
use super::error::ChangeError;
use super::journal::{Journal, Journals, Side, State};
use super::place;
use super::put::{Strange, put, read};
use super::set::ChangeSet;
use crate::source::ProjectPath;

/// Writes a change set below `root`. If the process is killed half-way, the next [`recover`] puts the
/// old contents back.
///
/// Files keep their mode, and their owner where the system lets us; new ones get the usual mode. A
/// file with several hard links is replaced under this name only, as git does, so that nothing outside
/// the project changes. Folders left empty by a removal go, as with `git apply`. Extended attributes
/// and access lists are not carried over.
///
/// [`recover`]: super::recover
///
/// # Errors
/// A file is not what it was when it was read, is a link, is read-only, or the system refuses
/// something; another flaskship is at work. In every case the files are as they were, unless the error
/// is [`ChangeError::Torn`], which says so.
pub(crate) fn apply(root: &Path, changes: &ChangeSet) -> Result<(), ChangeError> {
    apply_on(Disk::new(root), changes)
}

pub(super) fn apply_on(disk: Disk<'_>, changes: &ChangeSet) -> Result<(), ChangeError> {
    if changes.is_empty() {
        return Ok(());
    }
    // Before the journal, so that a refusal leaves no trace.
    check(disk.root(), changes)?;
    let journals = Journals::lock(disk)?;
    if journals.unfinished()?.is_some() {
        return Err(ChangeError::Pending);
    }
    // Again, because another flaskship may have held the lock until now.
    check(disk.root(), changes)?;
    let mut journal = journals.begin(changes)?;
    let written =
        put(disk, &journal, Side::After, Strange::Refuse).and_then(|_| journals.turn(&mut journal, State::Done));
    if let Err(cause) = written {
        return Err(roll_back(disk, &journals, journal, cause));
    }
    journals.prune();
    Ok(())
}

/// Refuses a change set that does not fit what is on disk.
fn check(root: &Path, changes: &ChangeSet) -> Result<(), ChangeError> {
    let mut changed: Vec<ProjectPath> = Vec::new();
    for change in changes.iter() {
        place::check_path(&change.path)?;
        if let Some(metadata) = place::file_at(root, &change.path)?
            && metadata.permissions().readonly()
        {
            return Err(ChangeError::ReadOnly { path: change.path.clone() });
        }
        if read(root, &change.path)? != change.before {
            changed.push(change.path.clone());
        }
    }
    if changed.is_empty() { Ok(()) } else { Err(ChangeError::ChangedOnDisk { paths: changed }) }
}

/// Puts the old contents back, and says what became of it.
fn roll_back(disk: Disk<'_>, journals: &Journals<'_>, journal: Journal, cause: ChangeError) -> ChangeError {
    let cause = Box::new(cause);
    let back =
        put(disk, &journal, Side::Before, Strange::Leave).and_then(|put| journals.forget(journal).map(|()| put.left));
    match back {
        Ok(left) => ChangeError::RolledBack { cause, left },
        Err(rollback) => ChangeError::Torn { cause, rollback: Box::new(rollback) },
    }
}
