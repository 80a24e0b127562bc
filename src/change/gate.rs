//! The gate: uncommitted work is not mixed with ours.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::error::{ChangeError, DirtyFile};
use super::git;
use super::set::ChangeSet;
use crate::source::ProjectPath;

/// How many bytes of paths go to git at once: command lines are limited, to 32 kB on Windows.
const AT_ONCE: usize = 16_000;

/// Refuses a change set that touches files with uncommitted changes.
///
/// As with `cargo fix`, a file that git does not know is refused like one that was changed, for no
/// commit holds it; a file that git ignores (`.env`, often) is let through, as is everything outside a
/// repository or where there is no `git` program, for undo brings it back. A new file is fine.
/// Each file is asked about in the repository it lies in, nested ones included.
///
/// # Errors
/// [`ChangeError::Dirty`] naming the files, [`ChangeError::Untrusted`], or [`ChangeError::Git`] when
/// git cannot say.
pub(crate) fn gate(root: &Path, changes: &ChangeSet) -> Result<(), ChangeError> {
    let root = root.canonicalize().map_err(|error| ChangeError::io("open", root.display().to_string(), error))?;
    let mut repositories: BTreeMap<PathBuf, BTreeMap<String, ProjectPath>> = BTreeMap::new();
    for change in changes.iter() {
        let file = change.path.to_fs(&root);
        let Some(top) = file.parent().and_then(git::top) else { continue };
        let Some(name) = ProjectPath::from_fs(top, &file) else { continue };
        repositories.entry(top.to_path_buf()).or_default().insert(name.as_str().to_owned(), change.path.clone());
    }
    let mut dirty = BTreeSet::new();
    for (top, files) in &repositories {
        let Some(neutral) = neutralised(top)? else { return Ok(()) };
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        for batch in batches(&names) {
            let Some(status) = status(top, &neutral, batch)? else { return Ok(()) };
            for (state, name) in status {
                let path = files.get(&name).cloned().unwrap_or_else(|| ProjectPath::new(name));
                dirty.insert(DirtyFile { path, state });
            }
        }
    }
    if dirty.is_empty() { Ok(()) } else { Err(ChangeError::Dirty { files: dirty.into_iter().collect() }) }
}

/// Options that switch off the filter programs which the repository's own configuration names: git
/// would run them on files to compare, and the repository may be a stranger's. (A file kept through such
/// a filter can then look changed; `--allow-dirty` lets it through.) `None` without a `git` program.
fn neutralised(top: &Path) -> Result<Option<Vec<String>>, ChangeError> {
    let mut command = git::command(top);
    command.args(["config", "--show-scope", "--name-only", "-z", "--get-regexp", r"^filter\..*\.(clean|process)$"]);
    let Some(output) = run(top, &mut command, &[0, 1])? else { return Ok(None) };
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
    Ok(Some(options))
}

/// What git says of files, named from the top of their repository. `None` without a `git` program.
fn status(top: &Path, options: &[String], names: &[&str]) -> Result<Option<Vec<(&'static str, String)>>, ChangeError> {
    let mut command = git::command(top);
    command.args(options);
    command.args(["-c", "status.renames=false", "status", "--porcelain=v1", "-z", "--untracked-files=all"]);
    command.args(["--ignore-submodules=all", "--"]).args(names);
    let Some(output) = run(top, &mut command, &[0])? else { return Ok(None) };
    let text = String::from_utf8_lossy(&output.stdout);
    let entries = text.split('\0').filter_map(|entry| {
        let (code, name) = entry.split_at_checked(3)?;
        Some((state(code.as_bytes()), name.to_owned()))
    });
    Ok(Some(entries.collect()))
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

/// Runs git; `None` where there is no such program.
fn run(top: &Path, command: &mut Command, good: &[i32]) -> Result<Option<Output>, ChangeError> {
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ChangeError::Git { message: error.to_string() }),
    };
    if output.status.code().is_some_and(|code| good.contains(&code)) {
        return Ok(Some(output));
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
