//! Bringing the files of a journal to one side: as they were before, or as they are to be after.
//!
//! The one way in which files of a project are written, used by apply, by undo, and by whatever puts
//! right what either left half-done. It can be repeated from any state.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::disk::{Disk, Like};
use super::error::ChangeError;
use super::journal::{Entry, Journal, Side};
use super::place;
use crate::source::ProjectPath;

/// What to do with a file that is neither as it was nor as it was to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strange {
    /// Change nothing at all.
    Refuse,
    /// Take its contents for lost.
    Overwrite,
    /// Leave that file alone.
    Leave,
}

/// What became of the files.
#[derive(Debug, Default)]
pub(super) struct Put {
    /// Files written or removed.
    pub(super) moved: Vec<ProjectPath>,
    /// Files left alone by [`Strange::Leave`].
    pub(super) left: Vec<ProjectPath>,
}

/// The files that are on neither side.
pub(super) fn strangers(root: &Path, journal: &Journal) -> Result<Vec<ProjectPath>, ChangeError> {
    let mut strangers = Vec::new();
    for entry in &journal.entries {
        if standing(root, entry)?.is_none() {
            strangers.push(entry.path.clone());
        }
    }
    Ok(strangers)
}

/// On which side a file is; `None` for neither.
pub(super) fn standing(root: &Path, entry: &Entry) -> Result<Option<Side>, ChangeError> {
    let content = read(root, &entry.path)?;
    Ok([Side::Before, Side::After].into_iter().find(|side| entry.content(*side) == content.as_deref()))
}

/// A file's bytes; `None` where nothing is.
pub(super) fn read(root: &Path, path: &ProjectPath) -> Result<Option<Vec<u8>>, ChangeError> {
    match place::file_at(root, path)? {
        None => Ok(None),
        Some(_) => match fs::read(path.to_fs(root)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ChangeError::io("read", path.as_str(), error)),
        },
    }
}

/// A file that is to be brought to the other side.
struct Task<'j> {
    entry: &'j Entry,
    target: PathBuf,
    /// Where it stood when we looked.
    found: Option<Side>,
    /// Its new contents, already on disk; `None` for a file to be removed.
    staged: Option<TempPath>,
}

/// Brings every file of the journal to `side`.
///
/// # Errors
/// [`ChangeError::ChangedOnDisk`] with nothing changed, if a file is on neither side and `strange`
/// says to refuse. After any other error some files may be on one side and some on the other.
pub(super) fn put(disk: Disk<'_>, journal: &Journal, side: Side, strange: Strange) -> Result<Put, ChangeError> {
    let mut result = Put::default();
    let mut tasks = Vec::new();
    let mut refused = Vec::new();
    for (index, entry) in journal.entries.iter().enumerate() {
        let target = disk.at(entry.path.as_str());
        let found = standing(disk.root(), entry)?;
        // What a killed run may have left.
        let stray = target.with_file_name(journal.staging_name(index));
        if stray.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
            disk.remove(&stray)?;
        }
        if found == Some(side) {
            continue;
        }
        match (found, strange) {
            (None, Strange::Refuse) => refused.push(entry.path.clone()),
            (None, Strange::Leave) => result.left.push(entry.path.clone()),
            _ => tasks.push((index, Task { entry, target, found, staged: None })),
        }
    }
    if !refused.is_empty() {
        return Err(ChangeError::ChangedOnDisk { paths: refused });
    }
    make_folders(disk, journal, side)?;
    // Everything that takes room or permissions comes before the first file is replaced.
    for (index, task) in &mut tasks {
        task.staged = stage(disk, task, side, &journal.staging_name(*index))?;
    }
    let mut touched = BTreeSet::new();
    // New contents first, removals last: a module is there as long as something may import it.
    tasks.sort_by_key(|(index, task)| (task.staged.is_none(), *index));
    for (_, task) in tasks {
        let Task { entry, target, found, staged } = task;
        if strange != Strange::Overwrite && standing(disk.root(), entry)? != found {
            return Err(ChangeError::ChangedOnDisk { paths: vec![entry.path.clone()] });
        }
        match staged {
            Some(staged) => disk.put(staged, &target)?,
            None => disk.remove(&target)?,
        }
        touched.extend(target.parent().map(Path::to_path_buf));
        result.moved.push(entry.path.clone());
    }
    for folder in &touched {
        disk.sync_dir(folder)?;
    }
    remove_folders(disk, journal, side)?;
    result.moved.sort();
    Ok(result)
}

/// Writes a file's new contents beside it.
fn stage(disk: Disk<'_>, task: &Task<'_>, side: Side, name: &str) -> Result<Option<TempPath>, ChangeError> {
    let existing = place::file_at(disk.root(), &task.entry.path)?;
    if existing.as_ref().is_some_and(|metadata| metadata.permissions().readonly()) {
        // A rename would go through, but the owner said no.
        return Err(ChangeError::ReadOnly { path: task.entry.path.clone() });
    }
    let Some(content) = task.entry.content(side) else { return Ok(None) };
    let like = match (&existing, side, task.entry.mode) {
        (Some(metadata), _, _) => Like::File(metadata),
        (None, Side::Before, Some(mode)) => Like::Mode(mode),
        _ => Like::New,
    };
    disk.stage(&task.target, name, content, &like).map(Some)
}

/// Makes the folders that a side has.
fn make_folders(disk: Disk<'_>, journal: &Journal, side: Side) -> Result<(), ChangeError> {
    for folder in &journal.folders {
        let wanted = match side {
            Side::Before => folder.existed,
            Side::After => {
                journal.entries.iter().any(|entry| entry.content(side).is_some() && is_in(entry, &folder.path))
            }
        };
        if wanted && place::folder_at(disk.root(), &folder.path)?.is_none() {
            let path = disk.at(&folder.path);
            disk.make_dir(&path, folder.mode)?;
            disk.sync_dir(path.parent().unwrap_or(disk.root()))?;
        }
    }
    Ok(())
}

/// Removes the folders that a side does not have, where nothing else is in them: before, those that
/// were not there; after, those whose last file went, as `git apply` does.
fn remove_folders(disk: Disk<'_>, journal: &Journal, side: Side) -> Result<(), ChangeError> {
    for folder in journal.folders.iter().rev() {
        let unwanted = match side {
            Side::Before => !folder.existed,
            Side::After => {
                journal.entries.iter().any(|entry| entry.content(side).is_none() && is_in(entry, &folder.path))
            }
        };
        let path = disk.at(&folder.path);
        // Looked at first, because on some systems removing a full folder is an error of another kind.
        let empty = || path.read_dir().is_ok_and(|mut entries| entries.next().is_none());
        if unwanted && place::folder_at(disk.root(), &folder.path)?.is_some() && empty() {
            disk.remove_empty_dir(&path)?;
            disk.sync_dir(path.parent().unwrap_or(disk.root()))?;
        }
    }
    Ok(())
}

fn is_in(entry: &Entry, folder: &str) -> bool {
    entry.path.as_str().strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
