//! Taking the last apply back.

use std::path::Path;

use super::disk::Disk;
use super::error::ChangeError;
use super::journal::{self, Journal, Side, State};
use super::journals::Journals;
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
    let strange = if force { Strange::Overwrite } else { Strange::Refuse };
    let done = journals.turn(&mut journal, State::Undoing).and_then(|()| {
        let put = put(disk, &journal, Side::Before, strange)?;
        journals.turn(&mut journal, State::Gone)?;
        Ok(put.moved)
    });
    match done {
        Ok(moved) => {
            journals.discard(&journal);
            Ok(sort(moved, &made, false))
        }
        Err(cause) => {
            // Undoing first, even where it was already called gone: a kill in here must be noticed.
            let back = journals.turn(&mut journal, State::Undoing).and_then(|()| {
                let put = put(disk, &journal, Side::After, Strange::Leave)?;
                journals.turn(&mut journal, State::Done)?;
                Ok(put.left)
            });
            Err(ChangeError::half_way(cause, back))
        }
    }
}

/// The files that an apply made.
fn made_by(journal: &Journal) -> Vec<ProjectPath> {
    let made = journal.entries.iter().filter(|entry| entry.content(Side::Before).is_none());
    made.map(|entry| entry.path.clone()).collect()
}

fn sort(moved: Vec<ProjectPath>, made: &[ProjectPath], was_cut_off: bool) -> Undone {
    let (removed, restored) = moved.into_iter().partition(|path| made.contains(path));
    Undone { restored, removed, was_cut_off }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{change, folder, snapshot, write};
    use super::super::{ChangeSet, apply, recover};
    use super::*;

    fn step(root: &Path, path: &str, before: Option<&str>, after: Option<&str>) {
        apply(root, &ChangeSet::new([change(path, before, after)])).unwrap();
    }

    #[test]
    fn applies_are_taken_back_one_by_one() {
        let dir = folder();
        let root = dir.path();
        write(root, "a.py", "1");
        let mut trees = vec![snapshot(root)];
        step(root, "a.py", Some("1"), Some("2"));
        trees.push(snapshot(root));
        step(root, "sub/b.py", None, Some("x"));
        trees.push(snapshot(root));
        step(root, "a.py", Some("2"), None);
        let mut undone = Vec::new();
        while let Some(tree) = trees.pop() {
            undone.push(undo(root, false).unwrap());
            assert_eq!(snapshot(root), tree);
        }
        let paths = |names: &[&str]| names.iter().map(|name| ProjectPath::new(*name)).collect::<Vec<_>>();
        let restored = Undone { restored: paths(&["a.py"]), removed: Vec::new(), was_cut_off: false };
        let removed = Undone { restored: Vec::new(), removed: paths(&["sub/b.py"]), was_cut_off: false };
        assert_eq!(undone, [restored.clone(), removed, restored]);
        assert!(matches!(undo(root, false), Err(ChangeError::NothingToUndo)));
    }

    #[test]
    fn without_an_apply_nothing_is_undone_and_nothing_written() {
        let dir = folder();
        assert!(matches!(undo(dir.path(), false), Err(ChangeError::NothingToUndo)));
        assert_eq!(recover(dir.path()).unwrap(), None);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_changed_since_is_refused_by_name_and_nothing_is_touched() {
        let dir = folder();
        let root = dir.path();
        write(root, "a.py", "1");
        write(root, "b.py", "1");
        let set = ChangeSet::new(["a.py", "b.py"].map(|name| change(name, Some("1"), Some("2"))));
        apply(root, &set).unwrap();
        write(root, "b.py", "mine");
        let before = snapshot(root);
        let error = undo(root, false).unwrap_err().to_string();
        assert!(error.starts_with("`b.py` changed since flaskship wrote it"), "{error}");
        assert!(error.contains("`flaskship undo --force`"), "{error}");
        assert_eq!(snapshot(root), before);
        assert_eq!(undo(root, true).unwrap().restored, ["a.py", "b.py"].map(ProjectPath::new));
        assert_eq!(std::fs::read(root.join("b.py")).unwrap(), b"1");
    }

    #[test]
    fn a_file_already_put_back_by_hand_is_fine() {
        let dir = folder();
        let root = dir.path();
        write(root, "a.py", "1");
        let set = ChangeSet::new([change("a.py", Some("1"), Some("2")), change("b.py", None, Some("x"))]);
        apply(root, &set).unwrap();
        write(root, "a.py", "1");
        let undone = undo(root, false).unwrap();
        assert_eq!((undone.restored, undone.removed), (Vec::new(), vec![ProjectPath::new("b.py")]));
    }

    #[test]
    fn a_folder_that_got_other_files_stays() {
        let dir = folder();
        let root = dir.path();
        step(root, "new/a.py", None, Some("x"));
        write(root, "new/mine.py", "y");
        undo(root, false).unwrap();
        assert_eq!(snapshot(root).into_keys().collect::<Vec<_>>(), ["new", "new/mine.py"]);
    }

    #[test]
    fn an_empty_folder_that_was_there_before_is_there_afterwards() {
        let dir = folder();
        let root = dir.path();
        std::fs::create_dir(root.join("deploy")).unwrap();
        step(root, "deploy/a.py", None, Some("x"));
        undo(root, false).unwrap();
        assert!(root.join("deploy").is_dir());
    }

    #[test]
    fn only_the_newest_applies_are_kept() {
        let dir = folder();
        let root = dir.path();
        write(root, "a.py", "0");
        for n in 0..25 {
            step(root, "a.py", Some(&n.to_string()), Some(&(n + 1).to_string()));
        }
        for _ in 0..20 {
            undo(root, false).unwrap();
        }
        assert!(matches!(undo(root, false), Err(ChangeError::NothingToUndo)));
        assert_eq!(std::fs::read(root.join("a.py")).unwrap(), b"5");
    }

    #[test]
    fn a_journal_cannot_lead_out_of_the_project() {
        for evil in ["../evil", ".git/config", "/tmp/evil"] {
            let dir = folder();
            let root = dir.path().join("project");
            std::fs::create_dir(&root).unwrap();
            step(&root, "a.py", None, Some("x"));
            let list = root.join(".flaskship/undo/0001/files.json");
            let text = std::fs::read_to_string(&list).unwrap();
            assert!(text.contains("\"a.py\""));
            std::fs::write(&list, text.replace("\"a.py\"", &format!("\"{evil}\""))).unwrap();
            let error = undo(&root, true).unwrap_err().to_string();
            assert!(error.contains(&format!("`{evil}` is not a place in the project")), "{error}");
            std::fs::write(&list, "{").unwrap();
            let error = undo(&root, true).unwrap_err().to_string();
            assert!(error.contains("`.flaskship/undo/0001` is damaged"), "{error}");
        }
    }
}
