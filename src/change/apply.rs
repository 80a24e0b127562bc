//! Writing a change set: all of it, or none.

use std::path::Path;

use super::disk::Disk;
use super::error::ChangeError;
use super::journal::{Journal, Side, State};
use super::journals::Journals;
use super::place;
use super::put::{Strange, put, read};
use super::set::ChangeSet;
use crate::source::ProjectPath;

/// Writes a change set below `root`. If the process is killed half-way, the next [`recover`] puts the
/// old contents back.
///
/// Files keep their mode, and their owner where the system lets us; new ones get the usual mode. A
/// file with several hard links is replaced under this name only, as git does, so that nothing outside
/// the project changes. Folders left empty by a removal go, as with `git apply`. Extended attributes
/// and access lists are not carried over.
///
/// [`recover`]: super::recover
///
/// # Errors
/// A file is not what it was when it was read, is a link, is read-only, or the system refuses
/// something; another flaskship is at work. In every case the files are as they were, unless the error
/// is [`ChangeError::Torn`], which says so.
pub(crate) fn apply(root: &Path, changes: &ChangeSet) -> Result<(), ChangeError> {
    apply_on(Disk::new(root), changes)
}

pub(super) fn apply_on(disk: Disk<'_>, changes: &ChangeSet) -> Result<(), ChangeError> {
    if changes.is_empty() {
        return Ok(());
    }
    // Before the journal, so that a refusal leaves no trace.
    check(disk.root(), changes)?;
    let journals = Journals::lock(disk)?;
    if journals.unfinished()?.is_some() {
        return Err(ChangeError::Pending);
    }
    // Again, because another flaskship may have held the lock until now.
    check(disk.root(), changes)?;
    let mut journal = journals.begin(changes)?;
    let written =
        put(disk, &journal, Side::After, Strange::Refuse).and_then(|_| journals.turn(&mut journal, State::Done));
    if let Err(cause) = written {
        return Err(roll_back(disk, &journals, journal, cause));
    }
    journals.prune();
    Ok(())
}

/// Refuses a change set that does not fit what is on disk.
fn check(root: &Path, changes: &ChangeSet) -> Result<(), ChangeError> {
    let mut changed: Vec<ProjectPath> = Vec::new();
    for change in changes.iter() {
        place::check_path(&change.path)?;
        if let Some(metadata) = place::file_at(root, &change.path)?
            && metadata.permissions().readonly()
        {
            return Err(ChangeError::ReadOnly { path: change.path.clone() });
        }
        if read(root, &change.path)? != change.before {
            changed.push(change.path.clone());
        }
    }
    if changed.is_empty() { Ok(()) } else { Err(ChangeError::ChangedOnDisk { paths: changed }) }
}

/// Puts the old contents back, and says what became of it.
fn roll_back(disk: Disk<'_>, journals: &Journals<'_>, mut journal: Journal, cause: ChangeError) -> ChangeError {
    // Pending first, even where it was already called done: a kill in here must be noticed.
    let back = journals.turn(&mut journal, State::Pending).and_then(|()| {
        let put = put(disk, &journal, Side::Before, Strange::Leave)?;
        journals.turn(&mut journal, State::Gone)?;
        journals.discard(&journal);
        Ok(put.left)
    });
    ChangeError::half_way(cause, back)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::cell::Cell;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::process::Command;

    use super::super::testing::{change, check_against_git, folder, git_apply, repository, snapshot, write};
    use super::super::{recover, undo};
    use super::*;

    fn set(path: &str, before: Option<&str>, after: Option<&str>) -> ChangeSet {
        ChangeSet::new([change(path, before, after)])
    }

    /// Applying is refused with these words, and nothing is touched.
    fn refused(root: &Path, changes: &ChangeSet, words: &str) {
        let before = snapshot(root);
        let error = apply(root, changes).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert_eq!(snapshot(root), before);
        assert!(!root.join(".flaskship").exists(), "a refusal left a trace");
    }

    #[test]
    fn every_kind_of_change_is_what_git_makes_of_it() {
        check_against_git(&[
            change("bom.py", Some("\u{feff}a = 1\r\n"), Some("\u{feff}a = 2\r\n")),
            change("crlf.py", Some("a\r\nb\r\n"), Some("a\r\n\r\nb")),
            change("empty/made.py", None, Some("")),
            change("empty/only/gone.py", Some(""), None),
            change("filled.py", Some(""), Some("x")),
            change("emptied.py", Some("x\r"), Some("")),
            change("a folder/caf\u{e9}.py", Some("x\n"), None),
            change("a folder/new \"one\".py", None, Some("\n\n")),
        ]);
    }

    #[test]
    fn modes_come_along() {
        let dir = folder();
        let root = dir.path();
        let changes = [change("run.sh", Some("a\n"), Some("b\n")), change("gone.sh", Some("a\n"), None)];
        let executable = std::fs::Permissions::from_mode(0o755);
        for change in &changes {
            write(root, change.path.as_str(), "a\n");
            std::fs::set_permissions(root.join(change.path.as_str()), executable.clone()).unwrap();
        }
        let set = ChangeSet::new(changes);
        let diff = String::from_utf8(set.diff(root, root)).unwrap();
        assert!(diff.contains("deleted file mode 100755\n") && !diff.contains("new mode"), "{diff}");
        apply(root, &set).unwrap();
        assert_eq!(place::mode(&root.join("run.sh")), Some(0o755));
        undo(root, false).unwrap();
        assert_eq!(place::mode(&root.join("gone.sh")), Some(0o755));
        assert_eq!(place::mode(&root.join("run.sh")), Some(0o755));
    }

    #[test]
    fn secrets_stay_secret() {
        let dir = folder();
        let root = dir.path();
        write(root, ".env", "KEY=1\n");
        std::fs::set_permissions(root.join(".env"), std::fs::Permissions::from_mode(0o600)).unwrap();
        let looked = root.to_path_buf();
        let watch = move |_: &'static str| {
            for entry in looked.read_dir().unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    assert_eq!(place::mode(&path), Some(0o600), "{}", path.display());
                }
            }
            Ok(())
        };
        apply_on(Disk::watched(root, &watch), &set(".env", Some("KEY=1\n"), Some("KEY=2\n"))).unwrap();
        assert_eq!(place::mode(&root.join(".flaskship/undo/0001")), Some(0o700));
        assert_eq!(place::mode(&root.join(".env")), Some(0o600));
    }

    #[test]
    fn a_diff_of_a_folder_applies_from_anywhere_in_its_repository() {
        let dir = folder();
        for cwd in ["", "web"] {
            let root = dir.path().join(format!("repo-{cwd}"));
            repository(&root, &[("web/app.py", "1\n"), ("app.py", "other\n")]);
            let (web, cwd) = (root.join("web"), root.join(cwd));
            let set =
                ChangeSet::new([change("app.py", Some("1\n"), Some("2\n")), change("wsgi.py", None, Some("3\n"))]);
            git_apply(&cwd, &set.diff(&web, &cwd));
            let by_git = snapshot(&root);
            super::super::testing::run_git(&root, &["checkout", "-q", "."]);
            std::fs::remove_file(web.join("wsgi.py")).unwrap();
            apply(&web, &set).unwrap();
            std::fs::remove_dir_all(web.join(".flaskship")).unwrap();
            assert_eq!(snapshot(&root), by_git);
            assert_eq!(std::fs::read(web.join("app.py")).unwrap(), b"2\n");
        }
    }

    #[test]
    fn the_journal_is_invisible_to_git() {
        let dir = folder();
        repository(dir.path(), &[("app.py", "1\n")]);
        apply(dir.path(), &set("app.py", Some("1\n"), Some("2\n"))).unwrap();
        let status = super::super::testing::git(dir.path(), &["status", "--porcelain"]).output().unwrap().stdout;
        assert_eq!(String::from_utf8(status).unwrap(), " M app.py\n");
    }

    #[test]
    fn a_file_that_changed_since_it_was_read_is_refused() {
        let dir = folder();
        write(dir.path(), "a.py", "theirs");
        refused(dir.path(), &set("a.py", Some("read"), Some("new")), "`a.py` changed on disk since flaskship read it");
        refused(dir.path(), &set("a.py", None, Some("new")), "`a.py` changed on disk");
        refused(dir.path(), &set("gone.py", Some("read"), Some("new")), "`gone.py` changed on disk");
    }

    #[test]
    fn a_file_that_changes_while_others_are_written_is_kept_and_the_others_put_back() {
        let dir = folder();
        let root = dir.path().to_path_buf();
        for name in ["a.py", "b.py", "c.py"] {
            write(&root, name, "old");
        }
        let set = ChangeSet::new(["a.py", "b.py", "c.py"].map(|name| change(name, Some("old"), Some("new"))));
        let (seen, editor) = (Cell::new(0), root.clone());
        let watch = move |doing: &'static str| {
            // The first replacement is that of the journal's `.gitignore`.
            if doing == "replace" && seen.replace(seen.get() + 1) == 1 {
                write(&editor, "b.py", "theirs");
            }
            Ok(())
        };
        let error = apply_on(Disk::watched(&root, &watch), &set).unwrap_err().to_string();
        assert!(error.contains("`b.py` changed on disk") && error.contains("but for `b.py`"), "{error}");
        let now = ["a.py", "b.py", "c.py"].map(|name| std::fs::read_to_string(root.join(name)).unwrap());
        assert_eq!(now, ["old", "theirs", "old"]);
        assert_eq!(recover(&root).unwrap(), None);
    }

    #[test]
    fn what_takes_the_place_of_a_file_is_there_before_it_goes() {
        let dir = folder();
        let root = dir.path();
        write(root, "a_run.py", "old");
        let set = ChangeSet::new([change("a_run.py", Some("old"), None), change("wsgi.py", None, Some("new"))]);
        let watched = root.to_path_buf();
        let watch = move |_: &'static str| {
            assert!(watched.join("a_run.py").exists() || watched.join("wsgi.py").exists(), "a moment without an entry");
            Ok(())
        };
        apply_on(Disk::watched(root, &watch), &set).unwrap();
        assert!(!root.join("a_run.py").exists() && root.join("wsgi.py").exists());
    }

    #[test]
    fn nothing_is_written_through_links_or_outside() {
        let dir = folder();
        let (root, outside) = (dir.path().join("project"), dir.path().join("outside"));
        write(&root, "a.py", "old");
        write(&outside, "secret", "old");
        symlink(outside.join("secret"), root.join("link.py")).unwrap();
        symlink(&outside, root.join("folder")).unwrap();
        symlink("a.py", root.join("inner.py")).unwrap();
        symlink("nowhere", root.join("dangling.py")).unwrap();
        for path in ["link.py", "inner.py", "dangling.py"] {
            let words = format!("`{path}` is a symbolic link");
            refused(&root, &set(path, Some("old"), Some("new")), &words);
            refused(&root, &set(path, None, Some("new")), &words);
        }
        refused(&root, &set("folder/secret", Some("old"), Some("new")), "`folder` is a symbolic link");
        refused(&root, &set("folder/new", None, Some("new")), "`folder` is a symbolic link");
        for path in ["../outside/secret", "/etc/hosts", ".git/hooks/pre-commit", ".flaskship/undo/x"] {
            refused(&root, &set(path, None, Some("new")), "is not a place in the project");
        }
        assert_eq!(std::fs::read(outside.join("secret")).unwrap(), b"old");
        symlink(&outside, root.join(".flaskship")).unwrap();
        let error = apply(&root, &set("a.py", Some("old"), Some("new"))).unwrap_err().to_string();
        assert!(error.contains("`.flaskship` is a symbolic link"), "{error}");
        assert_eq!(snapshot(&outside).len(), 1);
    }

    #[test]
    fn a_file_replaced_by_a_link_meanwhile_is_not_written_through() {
        let dir = folder();
        let (root, outside) = (dir.path().join("project"), dir.path().join("outside"));
        write(&root, "a.py", "old");
        write(&outside, "secret", "old");
        let (attacker, target, seen) = (root.clone(), outside.join("secret"), Cell::new(0));
        let watch = move |_: &'static str| {
            // Once the journal is being written, the checks are behind us.
            if seen.replace(seen.get() + 1) == 12 {
                std::fs::remove_file(attacker.join("a.py")).unwrap();
                symlink(&target, attacker.join("a.py")).unwrap();
            }
            Ok(())
        };
        let error = apply_on(Disk::watched(&root, &watch), &set("a.py", Some("old"), Some("new"))).unwrap_err();
        assert!(error.to_string().contains("`a.py` is a symbolic link"), "{error}");
        assert_eq!(std::fs::read(outside.join("secret")).unwrap(), b"old");
        assert!(root.join("a.py").is_symlink());
    }

    #[test]
    fn hard_links_outside_keep_the_old_bytes() {
        let dir = folder();
        let root = dir.path().join("project");
        write(dir.path(), "cache", "old");
        std::fs::create_dir(&root).unwrap();
        std::fs::hard_link(dir.path().join("cache"), root.join("a.py")).unwrap();
        apply(&root, &set("a.py", Some("old"), Some("new"))).unwrap();
        assert_eq!(std::fs::read(dir.path().join("cache")).unwrap(), b"old");
        assert_eq!(std::fs::read(root.join("a.py")).unwrap(), b"new");
        assert_eq!(root.join("a.py").metadata().unwrap().nlink(), 1);
    }

    #[test]
    fn what_is_no_file_or_read_only_is_refused() {
        let dir = folder();
        let root = dir.path();
        write(root, "folder/x", "");
        write(root, "file", "old");
        refused(root, &set("folder", None, Some("new")), "`folder` is not a regular file");
        refused(root, &set("file/below", None, Some("new")), "`file` is not a folder");
        std::fs::set_permissions(root.join("file"), std::fs::Permissions::from_mode(0o444)).unwrap();
        let words = "`file` is read-only; make it writable (`chmod u+w file`)";
        refused(root, &set("file", Some("old"), Some("new")), words);
        refused(root, &set("file", Some("old"), None), words);
        // Reading a pipe would wait for ever.
        let pipe = folder();
        assert!(Command::new("mkfifo").arg(pipe.path().join("pipe.py")).status().unwrap().success());
        let error = apply(pipe.path(), &set("pipe.py", None, Some("new"))).unwrap_err().to_string();
        assert!(error.contains("`pipe.py` is not a regular file"), "{error}");
    }

    #[test]
    fn two_at_once_do_not_mix() {
        let dir = folder();
        let root = dir.path();
        write(root, "a.py", "old");
        let changes = set("a.py", Some("old"), Some("new"));
        let held = Journals::lock(Disk::new(root)).unwrap();
        let error = apply(root, &changes).unwrap_err().to_string();
        assert!(error.contains("another flaskship is at work"), "{error}");
        assert!(matches!(undo(root, false), Err(ChangeError::Busy)));
        assert_eq!(std::fs::read(root.join("a.py")).unwrap(), b"old");
        drop(held);
        apply(root, &changes).unwrap();
        assert_eq!(std::fs::read(root.join("a.py")).unwrap(), b"new");
    }

    #[test]
    fn many_files_do_not_run_out_of_descriptors() {
        let dir = folder();
        let changes = (0..1500).map(|n| change(&format!("d{}/f{n}.py", n % 7), None, Some("x\n")));
        let set = ChangeSet::new(changes);
        apply(dir.path(), &set).unwrap();
        assert_eq!(snapshot(dir.path()).len(), 1507);
        assert_eq!(undo(dir.path(), false).unwrap().removed.len(), 1500);
        assert!(snapshot(dir.path()).is_empty());
    }
}
