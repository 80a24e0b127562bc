//! The `git` program, and where repositories are.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use crate::source::repository_top;

/// Variables that point git at another repository than the one of the folder (what
/// `git rev-parse --local-env-vars` lists), or that change what a path means.
const REDIRECTING: &[&str] = &[
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GLOB_PATHSPECS",
    "GIT_GRAFT_FILE",
    "GIT_ICASE_PATHSPECS",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// The `git` program in a folder, reading only: it takes no locks, runs no hooks, and no file system
/// monitor that the repository's configuration names.
pub(super) fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    for name in REDIRECTING {
        command.env_remove(name);
    }
    command
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        // Its messages are recognised.
        .env("LC_ALL", "C")
        .arg("-C")
        .arg(folder)
        .args(["--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]);
    command
}

/// The way down to the project in `root` for programs that look from the top of a repository, as `git
/// apply` in `cwd` and code scanning do: empty, or ending in `/`. Outside a repository they look from
/// `cwd`, or from `root` where that is not below it.
pub(crate) fn path_prefix(root: &Path, cwd: &Path) -> Vec<u8> {
    let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let (root, cwd) = (canonical(root), canonical(cwd));
    let base: PathBuf = [repository_top(&cwd).unwrap_or(&cwd), repository_top(&root).unwrap_or(&root)]
        .into_iter()
        .find(|base| root.starts_with(base))
        .map_or_else(|| root.clone(), Path::to_path_buf);
    let mut prefix = Vec::new();
    for part in root.strip_prefix(&base).unwrap_or(Path::new("")).components() {
        if let Component::Normal(part) = part {
            prefix.extend(OsStr::as_encoded_bytes(part));
            prefix.push(b'/');
        }
    }
    prefix
}

#[cfg(test)]
mod tests {
    use super::super::testing::{folder, repository};
    use super::*;

    #[test]
    fn paths_of_a_diff_start_where_git_apply_takes_them_from() {
        let dir = folder();
        let path = |name: &str| dir.path().join(name);
        std::fs::create_dir_all(path("plain/app")).unwrap();
        assert_eq!(path_prefix(&path("plain/app"), &path("plain/app")), b"");
        assert_eq!(path_prefix(&path("plain/app"), &path("plain")), b"app/");
        assert_eq!(path_prefix(&path("plain"), &path("plain/app")), b"");
        repository(&path("repo"), &[("web/app.py", "x\n")]);
        for cwd in ["repo", "repo/web", "plain", "."] {
            let expected: &[u8] = if cwd == "." { b"repo/web/" } else { b"web/" };
            assert_eq!(path_prefix(&path("repo/web"), &path(cwd)), expected, "{cwd}");
        }
        // A folder that is called `.git` is no repository yet.
        std::fs::create_dir_all(path("repo/web/.git")).unwrap();
        assert_eq!(path_prefix(&path("repo/web"), &path("repo")), b"web/");
    }
}
