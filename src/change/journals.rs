//! The journals of a project: written, read and turned under a lock.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::disk::{Disk, Like};
use super::error::ChangeError;
use super::journal::{Entry, Folder, HOME, Journal, State, folder_name, folders, parents};
use super::place;
use super::set::ChangeSet;
use crate::source::ProjectPath;

/// How many applies can be taken back.
const KEPT: usize = 20;

/// How long to wait for another flaskship.
const PATIENCE: Duration = Duration::from_secs(1);

/// The version of the journal's format.
const VERSION: u32 = 1;

/// The list of files in a journal's folder.
const LIST: &str = "files.json";

/// The list of files, as it is written down.
#[derive(Serialize, Deserialize)]
struct Listed {
    version: u32,
    /// See [`mark`].
    mark: String,
    files: Vec<ListedFile>,
    folders: Vec<Folder>,
}

/// A file, as it is written down. Its contents are in `<index>.before` and `<index>.after`.
#[derive(Serialize, Deserialize)]
struct ListedFile {
    path: String,
    mode: Option<u32>,
    before: bool,
    after: bool,
}

/// All journals of a project.
pub(super) struct Journals<'a> {
    disk: Disk<'a>,
    home: PathBuf,
    /// Held until this is dropped; the system lets go of it when the process is killed.
    _lock: File,
}

impl<'a> Journals<'a> {
    /// Takes the lock, and makes the folder where it is missing.
    pub(super) fn lock(disk: Disk<'a>) -> Result<Self, ChangeError> {
        for folder in [".flaskship", HOME] {
            if place::folder_at(disk.root(), folder)?.is_none() {
                let path = disk.at(folder);
                match disk.make_dir(&path, None).and_then(|()| disk.sync_dir(path.parent().unwrap_or(disk.root()))) {
                    // Another flaskship was faster; the lock decides.
                    Err(ChangeError::Io { reason, .. }) if reason.kind() == io::ErrorKind::AlreadyExists => {}
                    made => made?,
                }
            }
        }
        let home = disk.at(HOME);
        let name = ProjectPath::in_dir(HOME, "lock");
        place::file_at(disk.root(), &name)?;
        let failed = |source| ChangeError::io("lock", name.as_str(), source);
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).open(home.join("lock")).map_err(failed)?;
        // An apply takes milliseconds, so one that is nearly done is worth waiting for.
        let patience = Instant::now() + PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < patience => std::thread::sleep(PATIENCE / 50),
                Err(TryLockError::WouldBlock) => return Err(ChangeError::Busy),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        let journals = Self { disk, home, _lock: lock };
        journals.ignore_itself()?;
        journals.sweep()?;
        Ok(journals)
    }

    /// Keeps the folder out of git.
    fn ignore_itself(&self) -> Result<(), ChangeError> {
        let path = self.home.join(".gitignore");
        let rules = b"*\n";
        if place::file_at(self.disk.root(), &ProjectPath::in_dir(HOME, ".gitignore"))?.is_some()
            && fs::read(&path).is_ok_and(|found| found == rules)
        {
            return Ok(());
        }
        let stray = self.home.join("gitignore.tmp");
        if stray.symlink_metadata().is_ok() {
            self.disk.remove(&stray)?;
        }
        let staged = self.disk.stage(&path, "gitignore.tmp", rules, &Like::New)?;
        self.disk.put(staged, &path)
    }

    /// Removes what was never begun and what was taken back.
    fn sweep(&self) -> Result<(), ChangeError> {
        for (number, state) in folders(self.disk.root())? {
            if matches!(state, State::New | State::Gone) {
                self.disk.remove_dir(&self.folder(number, state))?;
            }
        }
        Ok(())
    }

    /// The apply or undo that was cut off, if one was.
    pub(super) fn unfinished(&self) -> Result<Option<Journal>, ChangeError> {
        self.last(|state| matches!(state, State::Pending | State::Undoing))
    }

    /// The last apply that is done and not taken back.
    pub(super) fn last_done(&self) -> Result<Option<Journal>, ChangeError> {
        self.last(|state| state == State::Done)
    }

    fn last(&self, wanted: impl Fn(State) -> bool) -> Result<Option<Journal>, ChangeError> {
        let last = folders(self.disk.root())?.into_iter().rfind(|(_, state)| wanted(*state));
        last.map(|(number, state)| self.read(number, state)).transpose()
    }

    /// Writes the journal of a change set down to the disk. From here on it counts.
    pub(super) fn begin(&self, changes: &ChangeSet) -> Result<Journal, ChangeError> {
        let number = folders(self.disk.root())?.last().map_or(1, |(number, _)| number + 1);
        let folder = self.folder(number, State::New);
        // Old contents may be secrets.
        self.disk.make_dir(&folder, Some(0o700))?;
        let written = self.write(number, &folder, changes);
        if written.is_err() {
            // Best effort: what remains of it is swept up by the next run.
            let _ = fs::remove_dir_all(&folder);
        }
        written
    }

    fn write(&self, number: u32, folder: &Path, changes: &ChangeSet) -> Result<Journal, ChangeError> {
        let root = self.disk.root();
        let mut entries = Vec::new();
        for (index, change) in changes.iter().enumerate() {
            let mode = place::mode(&self.disk.at(change.path.as_str()));
            for (content, side) in [(&change.before, "before"), (&change.after, "after")] {
                if let Some(content) = content {
                    self.disk.write_new(&folder.join(format!("{index}.{side}")), content)?;
                }
            }
            entries.push(Entry {
                path: change.path.clone(),
                mode,
                before: change.before.clone(),
                after: change.after.clone(),
            });
        }
        let mut listed = Listed { version: VERSION, mark: mark(folder), files: Vec::new(), folders: Vec::new() };
        for path in parents(entries.iter().map(|entry| &entry.path)) {
            let existed = place::folder_at(root, &path)?.is_some();
            let mode = place::mode(&self.disk.at(&path));
            listed.folders.push(Folder { path, existed, mode });
        }
        listed.files.extend(entries.iter().map(|entry| ListedFile {
            path: entry.path.as_str().to_owned(),
            mode: entry.mode,
            before: entry.before.is_some(),
            after: entry.after.is_some(),
        }));
        let text = serde_json::to_vec_pretty(&listed)
            .map_err(|error| ChangeError::io("write", LIST, io::Error::other(error)))?;
        self.disk.write_new(&folder.join(LIST), &text)?;
        self.disk.sync_dir(folder)?;
        let mut journal = Journal { number, state: State::New, entries, folders: listed.folders, made_here: true };
        self.turn(&mut journal, State::Pending)?;
        Ok(journal)
    }

    /// Says how far an apply got now, down to the disk.
    pub(super) fn turn(&self, journal: &mut Journal, state: State) -> Result<(), ChangeError> {
        if journal.state == state {
            return Ok(());
        }
        self.disk.rename(&self.folder(journal.number, journal.state), &self.folder(journal.number, state))?;
        journal.state = state;
        self.disk.sync_dir(&self.home)
    }

    /// Removes the folder of an apply that was taken back. Nothing hangs on it: what cannot be removed is
    /// swept up by the next run.
    pub(super) fn discard(&self, journal: &Journal) {
        let _ = self.disk.remove_dir(&self.folder(journal.number, journal.state));
    }

    fn folder(&self, number: u32, state: State) -> PathBuf {
        self.home.join(folder_name(number, state))
    }

    /// Forgets the oldest applies where there are more than are kept. Nothing hangs on it, so a failure
    /// is left to the next run.
    pub(super) fn prune(&self) {
        let Ok(mut done) = folders(self.disk.root()) else { return };
        done.retain(|(_, state)| *state == State::Done);
        let excess = done.len().saturating_sub(KEPT);
        for (number, state) in done.into_iter().take(excess) {
            let _ = self.disk.remove_dir(&self.folder(number, state));
        }
    }

    fn read(&self, number: u32, state: State) -> Result<Journal, ChangeError> {
        let name = folder_name(number, state);
        let folder = self.home.join(&name);
        let damaged = |reason: String| ChangeError::Damaged { journal: format!("{HOME}/{name}"), reason };
        let read = |name: &str| fs::read(folder.join(name)).map_err(|error| damaged(format!("`{name}`: {error}")));
        let listed: Listed =
            serde_json::from_slice(&read(LIST)?).map_err(|error| damaged(format!("`{LIST}`: {error}")))?;
        if listed.version != VERSION {
            return Err(damaged(format!("version {} of the format is not known here", listed.version)));
        }
        let mut entries = Vec::new();
        for (index, file) in listed.files.into_iter().enumerate() {
            let path = ProjectPath::new(file.path);
            place::check_path(&path)?;
            let content = |there: bool, side: &str| there.then(|| read(&format!("{index}.{side}"))).transpose();
            let (before, after) = (content(file.before, "before")?, content(file.after, "after")?);
            entries.push(Entry { path, mode: file.mode, before, after });
        }
        let expected = parents(entries.iter().map(|entry| &entry.path));
        if !listed.folders.iter().map(|folder| &folder.path).eq(&expected) {
            return Err(damaged("its folders are not those of its files".to_owned()));
        }
        let made_here = listed.mark == mark(&folder);
        Ok(Journal { number, state, entries, folders: listed.folders, made_here })
    }
}

/// A number that says that a journal was written into this very folder on this machine. A journal that
/// came with a clone or an archive does not have it: nobody who looks at a stranger's project with
/// flaskship should have files changed by a "recovery" that the stranger wrote.
#[cfg(unix)]
fn mark(folder: &Path) -> String {
    use std::os::unix::fs::MetadataExt;
    // A rename keeps it, a copy does not.
    folder.metadata().map_or_else(|_| "none".to_owned(), |metadata| metadata.ino().to_string())
}

/// The same, by the folder's place, on a system whose inode numbers are out of reach.
#[cfg(not(unix))]
fn mark(folder: &Path) -> String {
    let parent = folder.parent().unwrap_or(folder);
    parent.canonicalize().map_or_else(|_| "none".to_owned(), |path| path.to_string_lossy().into_owned())
}
