//! One apply in the journal: what it changed, and how far it got.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::ChangeError;
use super::place;
use crate::source::ProjectPath;

/// Where the journal is, relative to the project.
pub(super) const HOME: &str = ".flaskship/undo";

/// How far an apply got: the suffix of its folder's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// The journal is being written; no file of the project was touched.
    New,
    /// The files are being written.
    Pending,
    /// Done; it can be taken back.
    Done,
    /// It is being taken back.
    Undoing,
    /// Taken back; the folder is rubbish.
    Gone,
}

const STATES: [(State, &str); 5] = [
    (State::New, ".new"),
    (State::Pending, ".pending"),
    (State::Done, ""),
    (State::Undoing, ".undoing"),
    (State::Gone, ".gone"),
];

/// Before or after an apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    After,
}

/// One file of an apply.
#[derive(Debug)]
pub(super) struct Entry {
    /// The file.
    pub(super) path: ProjectPath,
    /// Its permission bits before.
    pub(super) mode: Option<u32>,
    /// Its contents before.
    pub(super) before: Option<Vec<u8>>,
    /// Its contents after.
    pub(super) after: Option<Vec<u8>>,
}

impl Entry {
    /// Its contents before or after; `None` where it was not there or is not to be.
    pub(super) fn content(&self, side: Side) -> Option<&[u8]> {
        match side {
            Side::Before => self.before.as_deref(),
            Side::After => self.after.as_deref(),
        }
    }
}

/// A folder that holds a file of an apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Folder {
    /// Its path in the project.
    pub(super) path: String,
    /// Whether it was there before.
    pub(super) existed: bool,
    /// Its permission bits before.
    pub(super) mode: Option<u32>,
}

/// One apply.
#[derive(Debug)]
pub(super) struct Journal {
    /// Its number: the higher, the later.
    pub(super) number: u32,
    /// How far it got.
    pub(super) state: State,
    /// The files.
    pub(super) entries: Vec<Entry>,
    /// Their folders, outer before inner.
    pub(super) folders: Vec<Folder>,
    /// Whether it was written in this very folder, see `mark` in `journals`.
    pub(super) made_here: bool,
}

impl Journal {
    /// The name of the file that is written beside the `index`th file to take its place.
    pub(super) fn staging_name(&self, index: usize) -> String {
        format!(".flaskship-{:04}-{index}.tmp", self.number)
    }

    /// Its folder, relative to the project.
    pub(super) fn shown(&self) -> String {
        format!("{HOME}/{}", folder_name(self.number, self.state))
    }
}

/// Whether a project has a journal that is not done: a look without the lock.
pub(super) fn has_unfinished(root: &Path) -> Result<bool, ChangeError> {
    match home_exists(root) {
        // flaskship writes no journal there.
        Ok(false) | Err(ChangeError::Link { .. } | ChangeError::NotAFolder { .. }) => return Ok(false),
        found => found?,
    };
    Ok(folders(root)?.iter().any(|(_, state)| *state != State::Done))
}

/// Whether the project has a folder for journals, made of real folders only: through a link the
/// journal would be written, and old contents read, somewhere else.
pub(super) fn home_exists(root: &Path) -> Result<bool, ChangeError> {
    Ok(place::folder_at(root, ".flaskship")?.is_some() && place::folder_at(root, HOME)?.is_some())
}

/// Every folder above these files and below the project folder, outer before inner.
pub(super) fn parents<'p>(paths: impl Iterator<Item = &'p ProjectPath>) -> BTreeSet<String> {
    let mut parents = BTreeSet::new();
    for path in paths {
        let text = path.as_str();
        parents.extend(text.match_indices('/').map(|(at, _)| text[..at].to_owned()));
    }
    parents
}

/// The folders of journals, in order of number.
pub(super) fn folders(root: &Path) -> Result<Vec<(u32, State)>, ChangeError> {
    let failed = |source| ChangeError::io("list", HOME, source);
    let mut found = Vec::new();
    for entry in ProjectPath::new(HOME).to_fs(root).read_dir().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_dir()
            && let Some(parsed) = entry.file_name().to_str().and_then(parse_folder_name)
        {
            found.push(parsed);
        }
    }
    found.sort_by_key(|(number, _)| *number);
    Ok(found)
}

pub(super) fn folder_name(number: u32, state: State) -> String {
    let suffix = STATES.iter().find(|(known, _)| *known == state).map_or("", |(_, suffix)| suffix);
    format!("{number:04}{suffix}")
}

fn parse_folder_name(name: &str) -> Option<(u32, State)> {
    let (digits, suffix) = name.split_at(name.find('.').unwrap_or(name.len()));
    let (state, _) = STATES.iter().find(|(_, known)| *known == suffix)?;
    let number = digits.parse().ok()?;
    // Only names that flaskship would write: not `+1`, not `1`.
    (folder_name(number, *state) == name).then_some((number, *state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_names_go_there_and_back() {
        for (state, _) in STATES {
            assert_eq!(parse_folder_name(&folder_name(7, state)), Some((7, state)));
            assert_eq!(parse_folder_name(&folder_name(12345, state)), Some((12345, state)));
        }
        for name in ["1", "+001", "0001.x", "lock", ".gitignore", ""] {
            assert_eq!(parse_folder_name(name), None, "{name}");
        }
    }

    #[test]
    fn outer_folders_come_first() {
        let paths = ["a/b/c.py", "a-b/d.py", "e.py"].map(ProjectPath::new);
        assert_eq!(parents(paths.iter()).into_iter().collect::<Vec<_>>(), ["a", "a-b", "a/b"]);
    }
}
