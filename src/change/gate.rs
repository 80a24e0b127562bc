//! The gate: uncommitted work is not mixed with ours.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::error::{ChangeError, DirtyFile};
use super::git;
use super::set::ChangeSet;
use crate::source::{ProjectPath, repository_top};

/// How many bytes of paths go to git at once: command lines are limited, to 32 kB on Windows.
const AT_ONCE: usize = 16_000;

/// Refuses a change set that touches files with uncommitted changes.
///
/// As with `cargo fix`, a file that git does not know is refused like one that was changed, for no
/// commit holds it; a file that git ignores (`.env`, often) is let through, as is everything outside a
/// repository, for undo brings it back. A new file is fine. Each file is asked about in the repository it lies in, nested ones included.
///
/// # Errors
/// [`ChangeError::Dirty`] naming the files, [`ChangeError::Untrusted`], or [`ChangeError::Git`] when
/// git cannot say.
pub(crate) fn gate(root: &Path, changes: &ChangeSet) -> Result<(), ChangeError> {
    let root = root.canonicalize().map_err(|error| ChangeError::io("open", root.display().to_string(), error))?;
    let mut repositories: BTreeMap<PathBuf, BTreeMap<String, ProjectPath>> = BTreeMap::new();
    for change in changes.iter() {
        let file = change.path.to_fs(&root);
        let Some(top) = file.parent().and_then(repository_top) else { continue };
        let Some(name) = ProjectPath::from_fs(top, &file) else { continue };
        repositories.entry(top.to_path_buf()).or_default().insert(name.as_str().to_owned(), change.path.clone());
    }
    // A file taken out of the index and left where it is has two states; the first says enough.
    let mut dirty: BTreeMap<ProjectPath, &'static str> = BTreeMap::new();
    for (top, files) in &repositories {
        let neutral = neutralised(top)?;
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        for batch in batches(&names) {
            for (state, name) in status(top, &neutral, batch)? {
                let path = files.get(&name).cloned().unwrap_or_else(|| ProjectPath::new(name));
                dirty.entry(path).or_insert(state);
            }
        }
    }
    if dirty.is_empty() {
        return Ok(());
    }
    Err(ChangeError::Dirty { files: dirty.into_iter().map(|(path, state)| DirtyFile { path, state }).collect() })
}

/// Options that switch off the filter programs which the repository's own configuration names: git
/// would run them on files to compare, and the repository may be a stranger's. (A file kept through such
/// a filter can then look changed; `--allow-dirty` lets it through.)
fn neutralised(top: &Path) -> Result<Vec<String>, ChangeError> {
    let mut command = git::command(top);
    command.args(["config", "--show-scope", "--name-only", "-z", "--get-regexp", r"^filter\..*\.(clean|process)$"]);
    let output = run(top, &mut command, &[0, 1])?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut options = Vec::new();
    let mut fields = text.split('\0');
    while let (Some(scope), Some(name)) = (fields.next(), fields.next()) {
        if let Some((filter, _)) = name.rsplit_once('.').filter(|_| matches!(scope, "local" | "worktree")) {
            for setting in ["clean=", "process=", "required=false"] {
                options.extend(["-c".to_owned(), format!("{filter}.{setting}")]);
            }
        }
    }
    Ok(options)
}

/// What git says of files, named from the top of their repository.
fn status(top: &Path, options: &[String], names: &[&str]) -> Result<Vec<(&'static str, String)>, ChangeError> {
    let mut command = git::command(top);
    command.args(options);
    command.args(["-c", "status.renames=false", "status", "--porcelain=v1", "-z", "--untracked-files=all"]);
    command.args(["--ignore-submodules=all", "--"]).args(names);
    let output = run(top, &mut command, &[0])?;
    let text = String::from_utf8_lossy(&output.stdout);
    let entries = text.split('\0').filter_map(|entry| {
        let (code, name) = entry.split_at_checked(3)?;
        Some((state(code.as_bytes()), name.to_owned()))
    });
    Ok(entries.collect())
}

/// The word for git's two letters, the first for the index and the second for the work tree.
fn state(code: &[u8]) -> &'static str {
    match code {
        [b'?', ..] => "untracked",
        [b'U', ..] | [_, b'U', ..] | [b'A', b'A', ..] | [b'D', b'D', ..] => "unmerged",
        [_, b' ', ..] => "staged",
        [_, b'D', ..] => "deleted",
        _ => "modified",
    }
}

/// Runs git. Without the program it cannot be known whether work would be mixed with ours.
fn run(top: &Path, command: &mut Command, good: &[i32]) -> Result<Output, ChangeError> {
    let output = command.output().map_err(|error| ChangeError::Git {
        message: match error.kind() {
            io::ErrorKind::NotFound => "there is no `git` program".to_owned(),
            _ => error.to_string(),
        },
    })?;
    if output.status.code().is_some_and(|code| good.contains(&code)) {
        return Ok(output);
    }
    let text = String::from_utf8_lossy(&output.stderr);
    if text.contains("dubious ownership") {
        return Err(ChangeError::Untrusted { repository: top.display().to_string() });
    }
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("it gave no reason");
    Err(ChangeError::Git { message: line.trim_start_matches("fatal: ").to_owned() })
}

/// The names in runs that fit on a command line.
fn batches<'n, 'a>(names: &'n [&'a str]) -> Vec<&'n [&'a str]> {
    let mut batches = Vec::new();
    let (mut start, mut size) = (0, 0);
    for (at, name) in names.iter().enumerate() {
        if size + name.len() > AT_ONCE && at > start {
            batches.push(&names[start..at]);
            (start, size) = (at, 0);
        }
        // The quotes and the space around it count too.
        size += name.len() + 3;
    }
    if start < names.len() {
        batches.push(&names[start..]);
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::super::testing::{change, folder, repository, run_git, write};
    use super::*;

    /// The files that the gate refuses among these, as they are on disk.
    fn dirty(root: &Path, paths: &[&str]) -> Vec<String> {
        let changes = paths.iter().map(|path| {
            let before = std::fs::read_to_string(root.join(path)).ok();
            change(path, before.as_deref(), Some("ours"))
        });
        match gate(root, &ChangeSet::new(changes)) {
            Ok(()) => Vec::new(),
            Err(ChangeError::Dirty { files }) => files.iter().map(DirtyFile::to_string).collect(),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn each_kind_of_uncommitted_work_is_named() {
        let dir = folder();
        let root = dir.path();
        let names = ["clean.py", "modified.py", "staged.py", "deleted.py", "other.py", "a b/caf\u{e9} [x]*.py"];
        let files: Vec<(&str, &str)> = names.iter().map(|name| (*name, "1\n")).collect();
        repository(root, &files);
        write(root, ".gitignore", ".env\n");
        write(root, ".env", "FLASK_DEBUG=1\n");
        write(root, "untracked/x.py", "1\n");
        for name in ["modified.py", "staged.py", "other.py", "a b/caf\u{e9} [x]*.py"] {
            write(root, name, "2\n");
        }
        run_git(root, &["add", "staged.py"]);
        std::fs::remove_file(root.join("deleted.py")).unwrap();
        let asked = [
            "clean.py",
            "modified.py",
            "staged.py",
            "deleted.py",
            "a b/caf\u{e9} [x]*.py",
            "untracked/x.py",
            ".env",
            "new.py",
        ];
        let expected = [
            "`a b/caf\u{e9} [x]*.py` (modified)",
            "`deleted.py` (deleted)",
            "`modified.py` (modified)",
            "`staged.py` (staged)",
            "`untracked/x.py` (untracked)",
        ];
        assert_eq!(dirty(root, &asked), expected);
        assert_eq!(dirty(root, &["clean.py", ".env", "new.py"]), [""; 0]);
    }

    #[test]
    fn a_project_in_a_folder_of_the_repository_is_asked_about_its_own_files() {
        let dir = folder();
        repository(dir.path(), &[("app.py", "1\n"), ("web/app.py", "1\n"), ("web/b.py", "1\n")]);
        write(dir.path(), "app.py", "2\n");
        let web = dir.path().join("web");
        assert_eq!(dirty(&web, &["app.py", "b.py"]), [""; 0]);
        write(&web, "b.py", "2\n");
        assert_eq!(dirty(&web, &["app.py", "b.py"]), ["`b.py` (modified)"]);
    }

    #[test]
    fn a_nested_repository_answers_for_its_files() {
        let dir = folder();
        repository(dir.path(), &[("app.py", "1\n")]);
        repository(&dir.path().join("nested"), &[("app.py", "1\n"), ("b.py", "1\n")]);
        write(dir.path(), "nested/b.py", "2\n");
        assert_eq!(dirty(dir.path(), &["app.py", "nested/app.py", "nested/b.py"]), ["`nested/b.py` (modified)"]);
    }

    #[test]
    fn outside_a_repository_all_is_let_through() {
        let dir = folder();
        write(dir.path(), "a.py", "1\n");
        assert_eq!(dirty(dir.path(), &["a.py"]), [""; 0]);
    }

    #[test]
    fn many_files_are_asked_about_in_batches() {
        let dir = folder();
        let names: Vec<String> = (0..700).map(|n| format!("{}/{n}.py", "long".repeat(20))).collect();
        let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1\n")).collect();
        repository(dir.path(), &files);
        write(dir.path(), &names[0], "2\n");
        write(dir.path(), &names[699], "2\n");
        let asked: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(batches(&asked).len() > 2);
        assert_eq!(batches(&asked).concat(), asked);
        assert_eq!(dirty(dir.path(), &asked).len(), 2);
    }

    #[test]
    fn no_program_that_the_repository_names_is_run() {
        let dir = folder();
        let (root, canary) = (dir.path().join("repo"), dir.path().join("canary"));
        repository(&root, &[("a.py", "1\n"), (".gitattributes", "*.py filter=evil\n")]);
        let evil = format!("touch '{}'; cat", canary.display());
        for name in ["filter.evil.clean", "core.fsmonitor"] {
            run_git(&root, &["config", name, &evil]);
        }
        run_git(&root, &["config", "filter.evil.required", "true"]);
        // Of the same size, so that git has to look into it.
        write(&root, "a.py", "2\n");
        assert_eq!(dirty(&root, &["a.py"]), ["`a.py` (modified)"]);
        assert!(!canary.exists());
        // The trap is a real one.
        run_git(&root, &["status"]);
        assert!(canary.exists());
    }

    #[test]
    fn the_folder_decides_which_repository_is_asked() {
        let command = git::command(Path::new("."));
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            assert!(command.get_envs().any(|env| env == (name.as_ref(), None)), "{name}");
        }
    }

    #[test]
    fn a_repository_of_another_user_is_explained() {
        let dir = folder();
        repository(dir.path(), &[]);
        let mut command = git::command(dir.path());
        command.arg("status").env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        let error = run(dir.path(), &mut command, &[0]).unwrap_err().to_string();
        assert!(error.contains("git config --global --add safe.directory"), "{error}");
        assert!(error.contains("`--allow-dirty`"), "{error}");
    }

    #[test]
    fn a_broken_repository_is_an_error_with_a_way_out() {
        let dir = folder();
        repository(dir.path(), &[("a.py", "1\n")]);
        write(dir.path(), ".git/index", "not an index");
        let set = ChangeSet::new([change("a.py", Some("1\n"), Some("2\n"))]);
        let error = gate(dir.path(), &set).unwrap_err().to_string();
        assert!(error.contains("git could not say") && error.contains("--allow-dirty"), "{error}");
    }

    #[test]
    fn a_repository_without_the_git_program_is_not_written_to_unasked() {
        let mut command = Command::new("/nonexistent/git");
        let error = run(Path::new("."), &mut command, &[0]).unwrap_err().to_string();
        assert!(error.contains("there is no `git` program") && error.contains("`--allow-dirty`"), "{error}");
    }

    #[test]
    fn a_file_taken_out_of_the_index_is_named_once() {
        let dir = folder();
        repository(dir.path(), &[("a.py", "1\n")]);
        run_git(dir.path(), &["rm", "-q", "--cached", "a.py"]);
        assert_eq!(dirty(dir.path(), &["a.py"]), ["`a.py` (staged)"]);
    }
}
