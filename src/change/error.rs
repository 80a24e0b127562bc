//! What can go wrong, in words for people: the file, what is the matter, what helps.

use std::fmt;
use std::io;

use crate::source::ProjectPath;

/// Why something was not shown, written or taken back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    /// The system refused something.
    #[error("cannot {doing} `{path}` ({reason}); {}", remedy(reason))]
    Io {
        /// What was tried: a verb.
        doing: &'static str,
        /// The file or folder, relative to the project where it lies in it.
        path: String,
        /// What the system said. It is part of the message, so not its source: it would be told twice.
        reason: io::Error,
    },
    /// A path that leads out of the project, into `.git` or into the journal.
    #[error("`{path}` is not a place in the project that flaskship may write to")]
    Outside {
        /// The path.
        path: String,
    },
    /// A symbolic link where a file or folder is wanted.
    #[error(
        "`{path}` is a symbolic link, and flaskship does not write through links; run it where the link leads, or replace the link with what it points to"
    )]
    Link {
        /// The link.
        path: String,
    },
    /// Something else where a file is wanted.
    #[error("`{path}` is not a regular file; move it away")]
    NotAFile {
        /// The path.
        path: String,
    },
    /// Something else where a folder is wanted.
    #[error("`{path}` is not a folder; move it away")]
    NotAFolder {
        /// The path.
        path: String,
    },
    /// A file that its owner protected.
    #[error("`{path}` is read-only; make it writable (`chmod u+w {path}`) and run flaskship again")]
    ReadOnly {
        /// The file.
        path: ProjectPath,
    },
    /// Files that changed between being read and being written.
    #[error("{} changed on disk since flaskship read {}; run flaskship again", list(paths), it(paths))]
    ChangedOnDisk {
        /// The files.
        paths: Vec<ProjectPath>,
    },
    /// Files that changed between an apply and its undo.
    #[error(
        "{} changed since flaskship wrote {}, and undo would lose that; run `flaskship undo --force` to lose it",
        list(paths),
        it(paths)
    )]
    ChangedSince {
        /// The files.
        paths: Vec<ProjectPath>,
    },
    /// A run that was cut off, and files that changed after it.
    #[error(
        "an earlier run of flaskship was cut off, and {} changed since; run `flaskship undo --force` to put the old \
         contents back, or remove the folder `{journal}` to keep the files as they are",
        list(paths)
    )]
    Unfinished {
        /// The files.
        paths: Vec<ProjectPath>,
        /// The folder of the journal.
        journal: String,
    },
    /// A run that was cut off stands in the way of a new one.
    #[error("an earlier run of flaskship was cut off; run `flaskship undo` to put the old contents back first")]
    Pending,
    /// A journal that cannot be understood.
    #[error("the undo journal in `{journal}` is damaged ({reason}); look into it for old contents, then remove it")]
    Damaged {
        /// The folder of the journal.
        journal: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Another process holds the lock.
    #[error("another flaskship is at work in this project; wait until it is done")]
    Busy,
    /// No apply is left to take back.
    #[error("nothing to undo: flaskship has written nothing here that was not already taken back")]
    NothingToUndo,
    /// Something failed half-way and the tree was put back.
    #[error("{cause}; {}", put_back(left))]
    RolledBack {
        /// What failed.
        cause: Box<ChangeError>,
        /// Files that were left as they were found, because someone else changed them meanwhile.
        left: Vec<ProjectPath>,
    },
    /// Something failed half-way and so did putting the tree back.
    #[error("{cause}; putting the files back failed too ({rollback}); run `flaskship undo` once the cause is gone")]
    Torn {
        /// What failed.
        cause: Box<ChangeError>,
        /// Why it could not be put back.
        rollback: Box<ChangeError>,
    },
    /// Work that no commit holds yet.
    #[error(
        "{} not committed, and flaskship would mix its changes with yours:\n{}\ncommit or stash first, or pass \
         `--allow-dirty`",
        if files.len() == 1 { "a file it would change is" } else { "files it would change are" },
        files.iter().map(|file| format!("  {file}")).collect::<Vec<_>>().join("\n")
    )]
    Dirty {
        /// The files.
        files: Vec<DirtyFile>,
    },
    /// Git refuses to look into the repository.
    #[error(
        "git does not trust the repository `{repository}`, because another user owns it; run \
         `git config --global --add safe.directory '{repository}'` if you do, or pass `--allow-dirty` to go on without \
         asking git"
    )]
    Untrusted {
        /// Its top folder.
        repository: String,
    },
    /// Git could not say.
    #[error(
        "git could not say whether your work is committed ({message}); pass `--allow-dirty` to go on without asking it"
    )]
    Git {
        /// What it said instead.
        message: String,
    },
}

impl ChangeError {
    /// The system refused to do something to a path.
    pub(super) fn io(doing: &'static str, path: impl Into<String>, reason: io::Error) -> Self {
        Self::Io { doing, path: path.into(), reason: bare(reason) }
    }

    /// Something failed half-way, and this came of going back: the files left alone, or another error.
    pub(super) fn half_way(cause: Self, back: Result<Vec<ProjectPath>, Self>) -> Self {
        let cause = Box::new(cause);
        match back {
            Ok(left) => Self::RolledBack { cause, left },
            Err(rollback) => Self::Torn { cause, rollback: Box::new(rollback) },
        }
    }
}

/// A file with uncommitted changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DirtyFile {
    /// The file.
    pub(crate) path: ProjectPath,
    /// How it differs from the last commit: `modified`, `staged`, `untracked`, `deleted`, `unmerged`.
    pub(crate) state: &'static str,
}

impl fmt::Display for DirtyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({})", self.path, self.state)
    }
}

/// The error of the system without the path that tempfile puts to it: that of a file of ours, which
/// nobody has heard of and which is gone.
fn bare(error: io::Error) -> io::Error {
    match error.to_string().split_once(" at path \"") {
        Some((said, _)) => io::Error::new(error.kind(), said),
        None => error,
    }
}

/// What a person can do about an error of the system.
fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "check who owns it and its folder, and their permissions",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on the disk",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is mounted read-only; work on a copy elsewhere",
        io::ErrorKind::AlreadyExists => "something is there already; move it away",
        _ => "put that right and run flaskship again",
    }
}

fn put_back(left: &[ProjectPath]) -> String {
    if left.is_empty() {
        "every file is as it was".to_owned()
    } else {
        format!("every file is as it was, but for {}, which someone else changed meanwhile", list(left))
    }
}

/// `a`, `b` and `c`.
pub(super) fn list(paths: &[ProjectPath]) -> String {
    let quoted: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    match quoted.split_last() {
        None => "no file".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

fn it(paths: &[ProjectPath]) -> &'static str {
    if paths.len() == 1 { "it" } else { "them" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_files_and_remedy() {
        let paths = ["a.py", "b.py", "c.py"].map(ProjectPath::new).to_vec();
        assert_eq!(
            ChangeError::ChangedOnDisk { paths }.to_string(),
            "`a.py`, `b.py` and `c.py` changed on disk since flaskship read them; run flaskship again"
        );
        assert_eq!(
            ChangeError::io("write", "a.py", io::ErrorKind::StorageFull.into()).to_string(),
            "cannot write `a.py` (no storage space); make room on the disk"
        );
        let refused = tempfile::Builder::new().tempfile_in("/nonexistent").unwrap_err();
        assert!(refused.to_string().contains("/nonexistent"), "the error names no path: {refused}");
        let error = ChangeError::io("write", "a.py", refused);
        assert!(!error.to_string().contains("/nonexistent"), "{error}");
        assert!(std::error::Error::source(&error).is_none());
        let files = vec![DirtyFile { path: ProjectPath::new("a.py"), state: "modified" }];
        assert_eq!(
            ChangeError::Dirty { files }.to_string(),
            "a file it would change is not committed, and flaskship would mix its changes with yours:\n  \
             `a.py` (modified)\ncommit or stash first, or pass `--allow-dirty`"
        );
    }
}
