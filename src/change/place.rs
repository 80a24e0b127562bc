//! Where flaskship may write: regular files in real folders below the project folder.

use std::fs::Metadata;
use std::io;
use std::path::Path;

use super::error::ChangeError;
use super::journal::HOME;
use crate::source::ProjectPath;

/// The permission bits of what is at `path`; `None` where nothing is, or on a system without them.
#[cfg(unix)]
pub(super) fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    path.symlink_metadata().ok().map(|metadata| metadata.permissions().mode() & 0o7777)
}

/// The permission bits of what is at `path`; `None` where nothing is, or on a system without them.
#[cfg(not(unix))]
pub(super) fn mode(_: &Path) -> Option<u32> {
    None
}

/// Refuses a path that could lead out of the project, into git's data or into the journal.
///
/// # Errors
/// [`ChangeError::Outside`].
pub(super) fn check_path(path: &ProjectPath) -> Result<(), ChangeError> {
    let text = path.as_str();
    let bad_part = |part: &str| {
        matches!(part, "" | "." | "..")
            || part.eq_ignore_ascii_case(".git")
            || part.contains('\0')
            || (cfg!(windows) && part.contains(['\\', ':']))
    };
    let in_journal = text.strip_prefix(HOME).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if in_journal || text.split('/').any(bad_part) {
        return Err(ChangeError::Outside { path: text.to_owned() });
    }
    Ok(())
}

/// The regular file at `path`; `None` where nothing is. No folder on the way may be a link.
///
/// # Errors
/// Something else than a file is there, or something else than a folder on the way to it.
pub(super) fn file_at(root: &Path, path: &ProjectPath) -> Result<Option<Metadata>, ChangeError> {
    for (at, _) in path.as_str().match_indices('/') {
        if folder_at(root, &path.as_str()[..at])?.is_none() {
            return Ok(None);
        }
    }
    match metadata(root, path.as_str())? {
        Some(metadata) if metadata.is_symlink() => Err(ChangeError::Link { path: path.as_str().to_owned() }),
        Some(metadata) if !metadata.is_file() => Err(ChangeError::NotAFile { path: path.as_str().to_owned() }),
        found => Ok(found),
    }
}

/// The folder at `path`; `None` where nothing is. Only the last part is looked at.
///
/// # Errors
/// Something else than a folder is there.
pub(super) fn folder_at(root: &Path, path: &str) -> Result<Option<Metadata>, ChangeError> {
    match metadata(root, path)? {
        Some(metadata) if metadata.is_symlink() => Err(ChangeError::Link { path: path.to_owned() }),
        Some(metadata) if !metadata.is_dir() => Err(ChangeError::NotAFolder { path: path.to_owned() }),
        found => Ok(found),
    }
}

fn metadata(root: &Path, path: &str) -> Result<Option<Metadata>, ChangeError> {
    match ProjectPath::new(path).to_fs(root).symlink_metadata() {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ChangeError::io("look at", path, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for path in
            ["", "/etc/passwd", "../a", "a/../b", "a//b", "./a", ".git/config", "a/.GIT/hooks/x", ".flaskship/undo/1"]
        {
            assert!(matches!(check_path(&ProjectPath::new(path)), Err(ChangeError::Outside { .. })), "{path}");
        }
        for path in ["a", "a..b/c", ".gitignore", ".flaskship/rendered/x", ".flaskship/undone"] {
            assert!(check_path(&ProjectPath::new(path)).is_ok(), "{path}");
        }
    }
}
