//! What would be written.

use std::collections::BTreeMap;
use std::path::Path;

use super::diff;
use super::error::ChangeError;
use super::git;
use super::place;
use super::stat::Stat;
use crate::source::{ProjectPath, Tree};

/// One file, before and after. `None` is a file that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileChange {
    /// The file.
    pub(crate) path: ProjectPath,
    /// The bytes that the new ones were made from.
    pub(crate) before: Option<Vec<u8>>,
    /// The bytes to be.
    pub(crate) after: Option<Vec<u8>>,
}

/// Every file that would be written, in order of path. A file that stays as it is is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChangeSet {
    changes: Vec<FileChange>,
}

impl ChangeSet {
    /// The changes of a list. Of two changes to one file, the first says what was and the last what
    /// will be.
    pub(crate) fn new(changes: impl IntoIterator<Item = FileChange>) -> Self {
        let mut by_path: BTreeMap<ProjectPath, FileChange> = BTreeMap::new();
        for change in changes {
            match by_path.get_mut(&change.path) {
                Some(earlier) => earlier.after = change.after,
                None => {
                    by_path.insert(change.path.clone(), change);
                }
            }
        }
        Self { changes: by_path.into_values().filter(|change| change.before != change.after).collect() }
    }

    /// What a tree changed in memory, against what it was made from.
    ///
    /// # Errors
    /// A file is there and cannot be read.
    pub(crate) fn of(tree: &Tree) -> Result<Self, ChangeError> {
        let changes = tree.changed().map(|(path, after)| {
            let before = tree.base(path).map_err(|reason| ChangeError::io("read", path.as_str(), reason))?;
            Ok(FileChange { path: path.clone(), before, after: after.map(<[u8]>::to_vec) })
        });
        Ok(Self::new(changes.collect::<Result<Vec<_>, ChangeError>>()?))
    }

    /// Whether nothing would be written.
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The changes, in order of path.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &FileChange> {
        self.changes.iter()
    }

    /// The changes as one unified diff in git's format, for `git apply` run in `cwd`. What flaskship
    /// keeps for itself in `.flaskship/` is left out.
    ///
    /// Git takes the paths of such a diff from the top of the repository, wherever below it one
    /// stands, and silently passes over what does not fit; so that is where they start here. Outside a
    /// repository they start at `cwd`, or at `root` where that is not below `cwd`.
    pub(crate) fn diff(&self, root: &Path, cwd: &Path) -> Vec<u8> {
        let prefix = git::path_prefix(root, cwd);
        let mut out = Vec::new();
        for change in self.shown() {
            let mode = place::mode(&change.path.to_fs(root));
            diff::write(&mut out, change, &prefix, mode);
        }
        out
    }

    /// How much would change, without what flaskship keeps for itself.
    pub(crate) fn stat(&self) -> Stat {
        self.shown().map(Stat::of).sum()
    }

    /// The changes without what flaskship keeps for itself, in order of path.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &FileChange> {
        self.changes.iter().filter(|change| !change.path.as_str().starts_with(".flaskship/"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{change, folder};
    use super::*;

    #[test]
    fn the_first_before_and_the_last_after_of_a_file_count() {
        let set = ChangeSet::new([
            change("b.py", None, Some("new")),
            change("a.py", Some("1"), Some("2")),
            change("a.py", Some("2"), Some("3")),
            change("c.py", Some("1"), Some("2")),
            change("c.py", Some("2"), Some("1")),
        ]);
        let expected = [change("a.py", Some("1"), Some("3")), change("b.py", None, Some("new"))];
        assert_eq!(set.iter().collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_tree_is_compared_with_the_disk() {
        let dir = folder();
        std::fs::write(dir.path().join("same.py"), "x").unwrap();
        std::fs::write(dir.path().join("gone.py"), "y").unwrap();
        let mut tree = Tree::open(dir.path()).unwrap();
        tree.write(ProjectPath::new("same.py"), b"x".to_vec());
        tree.write(ProjectPath::new("new.py"), b"z".to_vec());
        tree.remove(ProjectPath::new("gone.py"));
        tree.remove(ProjectPath::new("never.py"));
        let expected = ChangeSet::new([change("gone.py", Some("y"), None), change("new.py", None, Some("z"))]);
        assert_eq!(ChangeSet::of(&tree).unwrap(), expected);
    }

    #[test]
    fn what_an_editor_saves_meanwhile_is_not_taken_for_the_base() {
        let dir = folder();
        std::fs::write(dir.path().join("app.py"), "read").unwrap();
        let mut tree = Tree::open(dir.path()).unwrap();
        tree.write(ProjectPath::new("app.py"), b"fixed".to_vec());
        tree.set_base(ProjectPath::new("app.py"), Some(b"read".to_vec()));
        std::fs::write(dir.path().join("app.py"), "saved by an editor").unwrap();
        let set = ChangeSet::of(&tree).unwrap();
        assert_eq!(set.iter().next(), Some(&change("app.py", Some("read"), Some("fixed"))));
        let error = super::super::apply(dir.path(), &set).unwrap_err();
        assert!(error.to_string().contains("app.py"), "{error}");
        assert_eq!(std::fs::read(dir.path().join("app.py")).unwrap(), b"saved by an editor");
    }

    #[test]
    fn what_flaskship_keeps_is_not_shown() {
        let set = ChangeSet::new([change(".flaskship/rendered/a", None, Some("x\n"))]);
        assert!(!set.is_empty());
        assert_eq!(set.diff(Path::new("/p"), Path::new("/p")), b"");
        assert_eq!(set.stat(), Stat::default());
    }
}
