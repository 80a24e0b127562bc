//! What the tests of this room share.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::apply::apply;
use super::set::{ChangeSet, FileChange};
use super::undo::undo;
use crate::source::ProjectPath;

/// A folder that goes when it is dropped; in memory where the system has that, because these tests wait
/// for the disk thousands of times.
pub(super) fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// A change of a text file.
pub(super) fn change(path: &str, before: Option<&str>, after: Option<&str>) -> FileChange {
    let bytes = |text: Option<&str>| text.map(|text| text.as_bytes().to_vec());
    FileChange { path: ProjectPath::new(path), before: bytes(before), after: bytes(after) }
}

/// Writes a file, its folders too.
pub(super) fn write(root: &Path, path: &str, content: impl AsRef<[u8]>) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// Writes what was there before these changes.
pub(super) fn lay_out(root: &Path, changes: &[FileChange]) {
    for change in changes {
        if let Some(content) = &change.before {
            write(root, change.path.as_str(), content);
        }
    }
}

/// Git, with nothing of the machine's configuration.
pub(super) fn git(root: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.current_dir(root).args(["-c", "user.name=T", "-c", "user.email=t@example.com"]).args(args);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

/// Runs git, which must succeed.
pub(super) fn run_git(root: &Path, args: &[&str]) {
    let output = git(root, args).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repository with these files committed.
pub(super) fn repository(root: &Path, files: &[(&str, &str)]) {
    std::fs::create_dir_all(root).unwrap();
    run_git(root, &["init", "-q"]);
    for (path, content) in files {
        write(root, path, content);
    }
    run_git(root, &["add", "-A"]);
    run_git(root, &["commit", "-q", "--allow-empty", "-m", "first"]);
}

/// What is at each path: a folder (`None`), a file's bytes or a link's target, and the permission bits.
pub(super) type Snapshot = BTreeMap<String, (Option<Vec<u8>>, u32)>;

/// Everything below `root` but git's data and flaskship's.
pub(super) fn snapshot(root: &Path) -> Snapshot {
    fn visit(root: &Path, dir: &Path, into: &mut Snapshot) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if name == ".git" || name == ".flaskship" {
                continue;
            }
            let mode = super::place::mode(&path).unwrap_or(0);
            if path.is_symlink() {
                let target = std::fs::read_link(&path).unwrap();
                into.insert(name, (Some(target.as_os_str().as_encoded_bytes().to_vec()), mode));
            } else if path.is_dir() {
                visit(root, &path, into);
                into.insert(name, (None, mode));
            } else {
                into.insert(name, (Some(std::fs::read(&path).unwrap()), mode));
            }
        }
    }
    let mut found = Snapshot::new();
    visit(root, root, &mut found);
    found
}

/// Gives a diff to `git apply` in `cwd`, checked first.
pub(super) fn git_apply(cwd: &Path, diff: &[u8]) {
    for args in [&["apply", "--check"][..], &["apply"]] {
        let mut child = git(cwd, args).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(diff).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {args:?}: {said}\n{}", String::from_utf8_lossy(diff));
    }
}

/// Promise 1 and the heart of promise 5: `git apply` of the diff leaves the tree that apply leaves, and
/// undo brings the old one back.
pub(super) fn check_against_git(changes: &[FileChange]) {
    let dir = folder();
    let (by_git, by_us) = (dir.path().join("git"), dir.path().join("us"));
    for root in [&by_git, &by_us] {
        std::fs::create_dir(root).unwrap();
        lay_out(root, changes);
    }
    let old = snapshot(&by_us);
    let set = ChangeSet::new(changes.iter().cloned());
    if set.is_empty() {
        return;
    }
    git_apply(&by_git, &set.diff(&by_git, &by_git));
    apply(&by_us, &set).unwrap();
    let new = snapshot(&by_us);
    assert_eq!(snapshot(&by_git), new);
    for change in changes {
        let content = new.get(change.path.as_str()).map(|(content, _)| content.clone().unwrap());
        assert_eq!(content, change.after, "{}", change.path);
    }
    undo(&by_us, false).unwrap();
    assert_eq!(snapshot(&by_us), old);
}
