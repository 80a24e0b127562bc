//! Every change to the disk, one step at a time.
//!
//! Each step is announced before it is done, so that tests can fail or kill the process there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::error::ChangeError;

/// Called with a verb before each step; an error keeps the step from being done.
pub(super) type Watch = dyn Fn(&'static str) -> io::Result<()>;

/// The disk below a project folder.
#[derive(Clone, Copy)]
pub(super) struct Disk<'a> {
    root: &'a Path,
    watch: &'a Watch,
}

/// Whose permissions a written file gets.
pub(super) enum Like<'a> {
    /// Those of a new file.
    New,
    /// Those that are written down.
    Mode(u32),
    /// Those of an existing file, its owner too where the system lets us.
    File(&'a fs::Metadata),
}

impl<'a> Disk<'a> {
    /// The disk below `root`.
    pub(super) fn new(root: &'a Path) -> Self {
        Self { root, watch: &|_| Ok(()) }
    }

    /// The same, with `watch` called before each step.
    #[cfg(test)]
    pub(super) fn watched(root: &'a Path, watch: &'a Watch) -> Self {
        Self { root, watch }
    }

    /// The project folder.
    pub(super) fn root(&self) -> &'a Path {
        self.root
    }

    fn step<T>(&self, doing: &'static str, path: &Path, act: impl FnOnce() -> io::Result<T>) -> Result<T, ChangeError> {
        (self.watch)(doing).and_then(|()| act()).map_err(|source| {
            let shown = path.strip_prefix(self.root).unwrap_or(path);
            ChangeError::io(doing, shown.display().to_string(), source)
        })
    }

    /// Makes a folder, which must not be there.
    pub(super) fn make_dir(&self, path: &Path, mode: Option<u32>) -> Result<(), ChangeError> {
        self.step("create", path, || {
            let Some(mode) = mode else { return fs::create_dir(path) };
            create_dir(path, mode)?;
            // Again, because the umask was taken off.
            set_mode(path, mode)
        })
    }

    /// Removes a folder if nothing is in it.
    pub(super) fn remove_empty_dir(&self, path: &Path) -> Result<(), ChangeError> {
        self.step("remove", path, || match fs::remove_dir(path) {
            Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty) => {
                Err(error)
            }
            _ => Ok(()),
        })
    }

    /// Removes a folder and what is in it. Links in it are removed, not followed.
    pub(super) fn remove_dir(&self, path: &Path) -> Result<(), ChangeError> {
        self.step("remove", path, || fs::remove_dir_all(path))
    }

    /// Writes a file that must not be there, down to the disk.
    pub(super) fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<(), ChangeError> {
        let mut file = self.step("create", path, || OpenOptions::new().write(true).create_new(true).open(path))?;
        self.step("write", path, || file.write_all(bytes))?;
        self.step("write", path, || file.sync_all())
    }

    /// Writes `bytes` down to the disk in a file of its own beside `target`, ready to take its place.
    /// The file goes when the result is dropped.
    pub(super) fn stage(
        &self,
        target: &Path,
        name: &str,
        bytes: &[u8],
        like: &Like<'_>,
    ) -> Result<TempPath, ChangeError> {
        let dir = target.parent().unwrap_or(self.root);
        let mut builder = tempfile::Builder::new();
        builder.prefix(name).rand_bytes(0);
        // Otherwise it is its owner's alone until it gets its mode: what it replaces may hold a secret.
        if matches!(like, Like::New) {
            new_file_mode(&mut builder);
        }
        let mut staged = self.step("write", target, || builder.tempfile_in(dir))?;
        self.step("write", target, || staged.write_all(bytes))?;
        self.step("write", target, || {
            match like {
                Like::New => {}
                Like::Mode(mode) => set_mode(staged.path(), *mode)?,
                Like::File(metadata) => {
                    keep_owner(staged.as_file(), metadata);
                    // After the owner, because a change of owner clears bits of the mode.
                    staged.as_file().set_permissions(metadata.permissions())?;
                }
            }
            staged.as_file().sync_all()
        })?;
        // The path alone, because a change of many files must not run out of open files.
        Ok(staged.into_temp_path())
    }

    /// Puts a staged file in the place of `target`.
    pub(super) fn put(&self, staged: TempPath, target: &Path) -> Result<(), ChangeError> {
        self.step("replace", target, || staged.persist(target).map_err(io::Error::from))
    }

    /// Renames a folder of the journal.
    pub(super) fn rename(&self, from: &Path, to: &Path) -> Result<(), ChangeError> {
        self.step("rename", from, || fs::rename(from, to))
    }

    /// Removes a file.
    pub(super) fn remove(&self, path: &Path) -> Result<(), ChangeError> {
        self.step("remove", path, || fs::remove_file(path))
    }

    /// Makes the names in a folder last through a power cut. A folder that is gone needs none of it.
    #[cfg(unix)]
    pub(super) fn sync_dir(&self, path: &Path) -> Result<(), ChangeError> {
        self.step("write", path, || match File::open(path) {
            Ok(dir) => match dir.sync_all() {
                // Some network file systems have no such thing for folders.
                Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
                    Ok(())
                }
                done => done,
            },
            // A folder may be writable and not readable; then its names are as safe as they get.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) => Ok(()),
            Err(error) => Err(error),
        })
    }

    /// Makes the names in a folder last through a power cut; this system does so by itself.
    #[cfg(not(unix))]
    pub(super) fn sync_dir(&self, _: &Path) -> Result<(), ChangeError> {
        Ok(())
    }

    /// The path on disk of a path in the project.
    pub(super) fn at(&self, path: &str) -> PathBuf {
        let mut full = self.root.to_path_buf();
        full.extend(path.split('/').filter(|part| !part.is_empty()));
        full
    }
}

#[cfg(unix)]
fn create_dir(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(mode).create(path)
}

#[cfg(not(unix))]
fn create_dir(path: &Path, _: u32) -> io::Result<()> {
    fs::create_dir(path)
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

/// The system takes the umask off this, as it does for any new file.
#[cfg(unix)]
fn new_file_mode(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn new_file_mode(_: &mut tempfile::Builder<'_, '_>) {}

/// Gives a file the owner of another. Only the superuser may give files away, so for all others this
/// does what `git apply` does: the file is theirs.
#[cfg(unix)]
fn keep_owner(file: &File, like: &fs::Metadata) {
    use std::os::unix::fs::MetadataExt;
    if file.metadata().is_ok_and(|own| (own.uid(), own.gid()) != (like.uid(), like.gid())) {
        let _ = std::os::unix::fs::fchown(file, Some(like.uid()), Some(like.gid()));
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &fs::Metadata) {}
