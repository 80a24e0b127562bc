//! Taking the last apply back.

use std::path::Path;

use super::disk::Disk;
use super::error::ChangeError;
use super::journal::{self, Journals, Side, State};
use super::put::{Strange, put, strangers};
use super::recover::put_back;
use crate::source::ProjectPath;

/// What undo did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Undone {
    /// Files that have their old contents again, or are there again.
    pub(crate) restored: Vec<ProjectPath>,
    /// Files that flaskship had made and that are gone again.
    pub(crate) removed: Vec<ProjectPath>,
    /// Whether it was an apply or an undo that had been cut off.
    pub(crate) was_cut_off: bool,
}

/// Takes the last apply back; called again, the one before it. If a run was cut off, it is that one
/// which is taken back.
///
/// # Errors
/// There is nothing to undo; a file was changed since, unless `force` takes that for lost; another
/// flaskship is at work; the system refuses something. In every case the files are as they were, unless
/// the error is [`ChangeError::Torn`], which says so.
pub(crate) fn undo(root: &Path, force: bool) -> Result<Undone, ChangeError> {
    undo_on(Disk::new(root), force)
}

pub(super) fn undo_on(disk: Disk<'_>, force: bool) -> Result<Undone, ChangeError> {
    if !journal::home_exists(disk.root())? {
        return Err(ChangeError::NothingToUndo);
    }
    let journals = Journals::lock(disk)?;
    if let Some(journal) = journals.unfinished()? {
        let made = made_by(&journal);
        let put = put_back(disk, &journals, journal, force)?;
        return Ok(sort(put.moved, &made, true));
    }
    let Some(mut journal) = journals.last_done()? else { return Err(ChangeError::NothingToUndo) };
    let paths = strangers(disk.root(), &journal)?;
    if !force && !paths.is_empty() {
        return Err(ChangeError::ChangedSince { paths });
    }
    let made = made_by(&journal);
    journals.turn(&mut journal, State::Undoing)?;
    let strange = if force { Strange::Overwrite } else { Strange::Refuse };
    match put(disk, &journal, Side::Before, strange) {
        Ok(put) => {
            journals.forget(journal)?;
            Ok(sort(put.moved, &made, false))
        }
        Err(cause) => {
            let cause = Box::new(cause);
            let back = put(disk, &journal, Side::After, Strange::Leave)
                .and_then(|put| journals.turn(&mut journal, State::Done).map(|()| put.left));
            Err(match back {
                Ok(left) => ChangeError::RolledBack { cause, left },
                Err(rollback) => ChangeError::Torn { cause, rollback: Box::new(rollback) },
            })
        }
    }
}

/// The files that an apply made.
fn made_by(journal: &journal::Journal) -> Vec<ProjectPath> {
    let made = journal.entries.iter().filter(|entry| entry.content(Side::Before).is_none());
    made.map(|entry| entry.path.clone()).collect()
}

fn sort(moved: Vec<ProjectPath>, made: &[ProjectPath], was_cut_off: bool) -> Undone {
    let (removed, restored) = moved.into_iter().partition(|path| made.contains(path));
    Undone { restored, removed, was_cut_off }
}
