//! Putting right what a killed run left.

use std::fmt;
use std::path::Path;

use super::disk::Disk;
use super::error::{ChangeError, list};
use super::journal::{self, Journal, Side, State};
use super::journals::Journals;
use super::put::{Put, Strange, put, strangers};
use crate::source::ProjectPath;

/// What a killed run had left, and what was done about it. Its text is for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Recovered {
    /// The old contents were put back.
    PutBack {
        /// The files that had to be written or removed for it; it can be none.
        paths: Vec<ProjectPath>,
    },
    /// The journal was not written in this folder, so it was left alone.
    NotOurs {
        /// The folder of the journal, relative to the project.
        journal: String,
    },
}

impl fmt::Display for Recovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PutBack { paths } if paths.is_empty() => {
                f.write_str("an earlier run of flaskship was cut off; all files have their old contents")
            }
            Self::PutBack { paths } => {
                write!(f, "an earlier run of flaskship was cut off; put back the old contents of {}", list(paths))
            }
            Self::NotOurs { journal } => write!(
                f,
                "`{journal}` says that a run of flaskship was cut off, but it was not written in this folder; run \
                 `flaskship undo` to put its old contents back, or remove it"
            ),
        }
    }
}

/// Puts back the old contents if an apply or an undo was killed half-way. To be called before a
/// command looks at a project. Without such a thing nothing is written, not even a lock.
///
/// # Errors
/// A file was changed since by someone else (then nothing is touched), another flaskship is at work, or
/// the system refuses something.
pub(crate) fn recover(root: &Path) -> Result<Option<Recovered>, ChangeError> {
    recover_on(Disk::new(root))
}

pub(super) fn recover_on(disk: Disk<'_>) -> Result<Option<Recovered>, ChangeError> {
    if !journal::has_unfinished(disk.root())? {
        return Ok(None);
    }
    let journals = Journals::lock(disk)?;
    let Some(journal) = journals.unfinished()? else { return Ok(None) };
    if !journal.made_here {
        return Ok(Some(Recovered::NotOurs { journal: journal.shown() }));
    }
    let put = put_back(disk, &journals, journal, false)?;
    Ok(Some(Recovered::PutBack { paths: put.moved }))
}

/// Puts the old contents of an unfinished journal back; `force` takes what others wrote since for lost.
pub(super) fn put_back(
    disk: Disk<'_>,
    journals: &Journals<'_>,
    mut journal: Journal,
    force: bool,
) -> Result<Put, ChangeError> {
    let paths = strangers(disk.root(), &journal)?;
    if !force && !paths.is_empty() {
        return Err(ChangeError::Unfinished { paths, journal: journal.shown() });
    }
    let strange = if force { Strange::Overwrite } else { Strange::Refuse };
    let put = put(disk, &journal, Side::Before, strange)?;
    journals.turn(&mut journal, State::Gone)?;
    journals.discard(&journal);
    Ok(put)
}
