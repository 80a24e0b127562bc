//! Apply, undo and recovery, failed and killed at every step.

use std::cell::Cell;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::rc::Rc;

use super::apply::{apply, apply_on};
use super::disk::Disk;
use super::error::ChangeError;
use super::recover::{recover, recover_on};
use super::set::{ChangeSet, FileChange};
use super::testing::{Snapshot, change, folder, lay_out, snapshot, write};
use super::undo::{undo, undo_on};

/// What is done while something goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Apply,
    Undo,
    Recover,
}

impl Act {
    fn run(self, disk: Disk<'_>) -> Result<(), ChangeError> {
        match self {
            Self::Apply => apply_on(disk, &ChangeSet::new(changes())),
            Self::Undo => undo_on(disk, false).map(drop),
            Self::Recover => recover_on(disk).map(drop),
        }
    }
}

fn changes() -> Vec<FileChange> {
    vec![
        change("app.py", Some("app.run(debug=True)\n"), Some("app.run()\n")),
        change("deploy/app.toml", None, Some("bind = 1\n")),
        change("deploy/sub/x.toml", None, Some("")),
        change("old/runner/run.py", Some("import app\r\n"), None),
        change("web/views.py", Some("a\r\nb"), Some("a\r\nb\r\n")),
        change("wsgi.py", None, Some("from app import app\n")),
    ]
}

/// A project with modes of its own, and what it is to be.
fn project(root: &Path) -> (Snapshot, Snapshot) {
    std::fs::create_dir_all(root).unwrap();
    lay_out(root, &changes());
    write(root, "untouched.py", "pass\n");
    for (path, mode) in [("app.py", 0o755), ("web/views.py", 0o640), ("old", 0o750), ("old/runner/run.py", 0o711)] {
        std::fs::set_permissions(root.join(path), std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let old = snapshot(root);
    let mut new = old.clone();
    let (file, folder) = (old["untouched.py"].1, old["web"].1);
    new.retain(|path, _| !path.starts_with("old"));
    new.insert("app.py".to_owned(), (Some(b"app.run()\n".to_vec()), 0o755));
    new.insert("web/views.py".to_owned(), (Some(b"a\r\nb\r\n".to_vec()), 0o640));
    new.insert("wsgi.py".to_owned(), (Some(b"from app import app\n".to_vec()), file));
    new.insert("deploy".to_owned(), (None, folder));
    new.insert("deploy/sub".to_owned(), (None, folder));
    new.insert("deploy/app.toml".to_owned(), (Some(b"bind = 1\n".to_vec()), file));
    new.insert("deploy/sub/x.toml".to_owned(), (Some(Vec::new()), file));
    (old, new)
}

/// A fresh project, brought to where `act` can begin.
fn begin(root: &Path, act: Act) -> (Snapshot, Snapshot) {
    let (old, new) = project(root);
    if act == Act::Undo {
        apply(root, &ChangeSet::new(changes())).unwrap();
        assert_eq!(snapshot(root), new);
    }
    (old, new)
}

/// How many steps `act` has.
fn count_steps(act: Act) -> usize {
    let dir = folder();
    begin(dir.path(), act);
    let count = Rc::new(Cell::new(0));
    let counted = count.clone();
    let watch = move |_: &'static str| {
        counted.set(counted.get() + 1);
        Ok(())
    };
    act.run(Disk::watched(dir.path(), &watch)).unwrap();
    count.get()
}

/// What may be found after something went wrong in `act` and the next run looked.
fn settle(root: &Path, old: &Snapshot, new: &Snapshot, context: &str) -> bool {
    recover(root).unwrap_or_else(|error| panic!("{context}: {error}"));
    let now = snapshot(root);
    assert!(now == *old || now == *new, "{context}: neither the old tree nor the new: {now:#?}");
    assert_eq!(recover(root).unwrap(), None, "{context}: recovery left something to recover");
    now == *old
}

/// After any accident the tool goes on working: forth and back again.
fn still_works(root: &Path, is_old: bool, old: &Snapshot, new: &Snapshot) {
    if is_old {
        apply(root, &ChangeSet::new(changes())).unwrap();
    }
    assert_eq!(snapshot(root), *new);
    undo(root, false).unwrap();
    assert_eq!(snapshot(root), *old);
}

#[test]
fn an_error_at_any_step_leaves_the_old_tree_or_the_new() {
    for act in [Act::Apply, Act::Undo] {
        let steps = count_steps(act);
        assert!(steps > 30, "{act:?} has {steps} steps");
        for bad in 0..steps {
            let dir = folder();
            let root = dir.path();
            let (old, new) = begin(root, act);
            let step = Cell::new(0);
            let watch = move |_: &'static str| {
                let now = step.replace(step.get() + 1);
                if now == bad { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
            };
            let context = format!("{act:?}, step {bad} of {steps}");
            let result = act.run(Disk::watched(root, &watch));
            // Before anyone recovers: one failure alone is rolled back on the spot, and said.
            let now = snapshot(root);
            let (start, end) = if act == Act::Apply { (&old, &new) } else { (&new, &old) };
            match result {
                Ok(()) => assert!(now == *end, "{context}: reported done"),
                Err(error) => {
                    let text = error.to_string();
                    assert!(text.contains("make room on the disk"), "{context}: {text}");
                    assert!(now == *start, "{context}: {text}: {now:#?}");
                    assert!(!matches!(error, ChangeError::Torn { .. }), "{context}: {text}");
                }
            }
            let is_old = settle(root, &old, &new, &context);
            still_works(root, is_old, &old, &new);
        }
    }
}

#[test]
fn an_error_that_stays_leaves_a_tree_that_the_next_run_puts_right() {
    for act in [Act::Apply, Act::Undo] {
        let steps = count_steps(act);
        for bad in 0..steps {
            let dir = folder();
            let root = dir.path();
            let (old, new) = begin(root, act);
            let before = snapshot(root);
            let step = Cell::new(0);
            let watch = move |_: &'static str| {
                let now = step.replace(step.get() + 1);
                if now >= bad { Err(io::ErrorKind::ReadOnlyFilesystem.into()) } else { Ok(()) }
            };
            let context = format!("{act:?}, steps {bad} and on of {steps}");
            let result = act.run(Disk::watched(root, &watch));
            if let Err(error) = result
                && snapshot(root) != before
            {
                assert!(matches!(error, ChangeError::Torn { .. }), "{context}: silent about it: {error}");
            }
            let is_old = settle(root, &old, &new, &context);
            still_works(root, is_old, &old, &new);
        }
    }
}

/// Set for a child that is to be killed: what to do, where, and before which step to die.
const CHILD: &str = "FLASKSHIP_TEST_CHILD";

/// Runs `act` in a process of its own that dies before step `bad`; whether it died.
fn killed(test: &str, act: Act, root: &Path, bad: usize) -> bool {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("{}::{test}", module_path!().split_once("::").unwrap().1), "--test-threads=1"])
        .env(CHILD, format!("{act:?} {bad} {}", root.display()))
        .output()
        .unwrap()
        .status;
    assert!(status.success() || status.code().is_none(), "{act:?} failed before step {bad}: {status}");
    !status.success()
}

/// In the child: does what it was told and dies there, without any clean-up, as by SIGKILL.
fn child() -> bool {
    let Ok(told) = std::env::var(CHILD) else { return false };
    let [act, bad, root] = told.splitn(3, ' ').collect::<Vec<_>>().try_into().unwrap();
    let act = [Act::Apply, Act::Undo, Act::Recover].into_iter().find(|known| format!("{known:?}") == act).unwrap();
    let bad: usize = bad.parse().unwrap();
    let step = Cell::new(0);
    let watch = move |_: &'static str| {
        if step.replace(step.get() + 1) == bad {
            std::process::abort();
        }
        Ok(())
    };
    act.run(Disk::watched(Path::new(root), &watch)).unwrap();
    true
}

#[test]
fn a_kill_at_any_step_leaves_the_old_tree_or_the_new() {
    if child() {
        return;
    }
    for act in [Act::Apply, Act::Undo] {
        let mut trees = [0, 0];
        for bad in 0.. {
            let dir = folder();
            let root = dir.path();
            let (old, new) = begin(root, act);
            let died = killed("a_kill_at_any_step_leaves_the_old_tree_or_the_new", act, root, bad);
            let is_old = settle(root, &old, &new, &format!("{act:?} killed before step {bad}"));
            trees[usize::from(is_old)] += 1;
            still_works(root, is_old, &old, &new);
            if !died {
                assert_eq!(bad, count_steps(act));
                break;
            }
        }
        assert!(trees.iter().all(|count| *count > 0), "{act:?} always ended the same: {trees:?}");
    }
}

#[test]
fn a_kill_at_any_step_of_a_recovery_is_recovered_from() {
    if child() {
        return;
    }
    let test = "a_kill_at_any_step_of_a_recovery_is_recovered_from";
    // The last step of an apply is the sync behind the rename that makes it done.
    let nearly_done = count_steps(Act::Apply) - 2;
    for bad in 0.. {
        let dir = folder();
        let root = dir.path();
        let (old, new) = project(root);
        assert!(killed(test, Act::Apply, root, nearly_done));
        let died = killed(test, Act::Recover, root, bad);
        assert!(settle(root, &old, &new, &format!("recovery killed before step {bad}")));
        still_works(root, true, &old, &new);
        if !died {
            assert!(bad > 20, "recovery has {bad} steps");
            break;
        }
    }
}

#[test]
fn recovery_says_what_it_did_and_refuses_to_lose_work() {
    if child() {
        return;
    }
    let test = "recovery_says_what_it_did_and_refuses_to_lose_work";
    let dir = folder();
    let root = dir.path();
    let (old, _) = project(root);
    assert!(killed(test, Act::Apply, root, count_steps(Act::Apply) - 2));
    // A copy elsewhere is not recovered unasked: its journal might be a stranger's.
    let copy = folder();
    let copied = copy.path().join("copy");
    assert!(Command::new("cp").arg("-a").arg(root).arg(&copied).status().unwrap().success());
    let as_copied = snapshot(&copied);
    let said = recover(&copied).unwrap().unwrap().to_string();
    assert!(said.contains("`.flaskship/undo/0001.pending`") && said.contains("not written in this folder"), "{said}");
    assert_eq!(snapshot(&copied), as_copied);
    assert!(matches!(apply(&copied, &ChangeSet::new([change("n", None, Some(""))])), Err(ChangeError::Pending)));
    assert!(undo(&copied, false).unwrap().was_cut_off);
    assert_eq!(snapshot(&copied), old);
    // Work done after the kill is not overwritten.
    write(root, "wsgi.py", "mine\n");
    let as_found = snapshot(root);
    let error = recover(root).unwrap_err().to_string();
    assert!(error.contains("`wsgi.py` changed since") && error.contains("flaskship undo --force"), "{error}");
    assert_eq!(snapshot(root), as_found);
    write(root, "wsgi.py", "from app import app\n");
    let said = recover(root).unwrap().unwrap().to_string();
    assert_eq!(
        said,
        "an earlier run of flaskship was cut off; put back the old contents of `app.py`, `deploy/app.toml`, \
         `deploy/sub/x.toml`, `old/runner/run.py`, `web/views.py` and `wsgi.py`"
    );
    assert_eq!(snapshot(root), old);
}
