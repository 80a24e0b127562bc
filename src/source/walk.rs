//! Finding the files of a project.

use std::path::Path;
use std::sync::mpsc;

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::{ProjectPath, Unread};

/// Folders that hold other people's code or a tool's data, whether git ignores them or not: 77 of
/// 375 real Flask repositories commit one.
const SKIPPED: &[&str] = &[
    ".eggs",
    ".flaskship",
    ".git",
    ".hg",
    ".mypy_cache",
    ".nox",
    ".pytest_cache",
    ".ruff_cache",
    ".svn",
    ".tox",
    "__pycache__",
    "__pypackages__",
    "bower_components",
    "dist-packages",
    "node_modules",
    "site-packages",
];

/// What a virtual environment holds: one of venv and virtualenv since 20, one of an older virtualenv on
/// Unix or Windows, one of conda.
const ENVIRONMENTS: &[&str] = &["pyvenv.cfg", "bin/activate", "Scripts/activate", "conda-meta"];

/// Environment files are read although `.gitignore` nearly always names them: Flask loads them.
const ALWAYS: &[&str] = &[".env", ".flaskenv"];

/// One step of the walk.
enum Visited {
    File(ProjectPath),
    Unread(Unread),
}

/// The top folder of the repository that a folder is in.
pub(crate) fn repository_top(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| {
        let git = folder.join(".git");
        // A file in a worktree or submodule. A folder without HEAD is not a repository to git either.
        git.is_file() || git.join("HEAD").symlink_metadata().is_ok()
    })
}

/// Lists the regular files below `root`, sorted.
pub(super) fn walk(root: &Path) -> (Vec<ProjectPath>, Vec<Unread>) {
    // What the folders above ignore counts up to the top of the repository. Where there is none, a
    // `.gitignore` up there is about something else.
    let in_repository = root.canonicalize().is_ok_and(|root| repository_top(&root).is_some());
    let (send, receive) = mpsc::channel();
    WalkBuilder::new(root)
        .hidden(false)
        .ignore(false)
        .parents(in_repository)
        .require_git(false)
        .git_global(false)
        .follow_links(false)
        .filter_entry(|entry| entry.depth() == 0 || !skipped(entry))
        .build_parallel()
        .run(|| {
            let send = send.clone();
            Box::new(move |entry| {
                visit(root, entry, &mut |visited| {
                    // The receiver outlives the walk, so a failed send cannot happen.
                    let _ = send.send(visited);
                });
                WalkState::Continue
            })
        });
    drop(send);
    let mut files = Vec::new();
    let mut unread = Vec::new();
    for visited in receive {
        match visited {
            Visited::File(path) => files.push(path),
            Visited::Unread(problem) => unread.push(problem),
        }
    }
    files.sort();
    files.dedup();
    unread.sort();
    (files, unread)
}

/// Whether an entry is a folder to stay out of.
fn skipped(entry: &DirEntry) -> bool {
    if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return false;
    }
    let name = entry.file_name();
    SKIPPED.iter().any(|skipped| name == *skipped)
        || ENVIRONMENTS.iter().any(|mark| entry.path().join(mark).symlink_metadata().is_ok())
}

/// Sorts one entry into files and troubles.
fn visit(root: &Path, entry: Result<DirEntry, ignore::Error>, found: &mut dyn FnMut(Visited)) {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => {
            let message = match error.io_error() {
                Some(io) => format!("cannot be listed ({io}); check its permissions"),
                None => format!("cannot be listed: {error}"),
            };
            found(Visited::Unread(Unread { path: path_of(root, &error), line: None, message }));
            return;
        }
    };
    let Some(kind) = entry.file_type() else { return };
    if kind.is_dir() {
        for name in ALWAYS {
            let path = entry.path().join(name);
            if path.symlink_metadata().is_ok_and(|metadata| metadata.is_file())
                && let Some(path) = ProjectPath::from_fs(root, &path)
            {
                found(Visited::File(path));
            }
        }
        return;
    }
    let Some(path) = ProjectPath::from_fs(root, entry.path()) else {
        if is_python(entry.path()) {
            let path = ProjectPath::new(entry.path().to_string_lossy());
            let message = "its name is not Unicode; rename it".to_owned();
            found(Visited::Unread(Unread { path, line: None, message }));
        }
        return;
    };
    if kind.is_file() {
        found(Visited::File(path));
    } else if is_python(entry.path())
        && let Some(message) = not_a_file(root, &entry)
    {
        found(Visited::Unread(Unread { path, line: None, message }));
    }
}

/// Why an entry that is no regular file is not read; `None` for a link whose target is read anyway.
fn not_a_file(root: &Path, entry: &DirEntry) -> Option<String> {
    if !entry.path_is_symlink() {
        return Some("not a regular file; rename it".to_owned());
    }
    match entry.path().canonicalize() {
        Ok(target) if root.canonicalize().is_ok_and(|root| target.starts_with(root)) => None,
        Ok(target) => Some(format!("a link out of the project, to `{}`; run flaskship there", target.display())),
        Err(_) => Some("a link that leads nowhere; remove it".to_owned()),
    }
}

fn is_python(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "py")
}

/// The path an error of the walk speaks of.
fn path_of(root: &Path, error: &ignore::Error) -> ProjectPath {
    match error {
        ignore::Error::WithPath { path, .. } => {
            ProjectPath::from_fs(root, path).unwrap_or_else(|| ProjectPath::new(path.to_string_lossy()))
        }
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(root, err),
        ignore::Error::Loop { child, .. } => {
            ProjectPath::from_fs(root, child).unwrap_or_else(|| ProjectPath::new(child.to_string_lossy()))
        }
        _ => ProjectPath::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these files, all empty but for the `.gitignore`s and the like, which say `hidden`.
    fn folder(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let ignores = file.ends_with("ignore") || file.ends_with("exclude");
            std::fs::write(path, if ignores { "hidden\n" } else { "" }).unwrap();
        }
        dir
    }

    fn python(root: &Path) -> Vec<String> {
        let (files, unread) = walk(root);
        assert_eq!(unread, []);
        files.iter().map(ToString::to_string).filter(|path| path.ends_with(".py")).collect()
    }

    #[test]
    fn what_is_not_the_projects_own_is_left_out() {
        let dir = folder(&[
            "app.py",
            ".hidden/app.py",
            "new/pyvenv.cfg",
            "new/bin/x.py",
            "old/bin/activate",
            "old/lib/python2.7/re.py",
            "windows/Scripts/activate",
            "windows/Lib/re.py",
            "conda/conda-meta/history",
            "conda/lib/re.py",
            "lib/site-packages/x.py",
            "web/node_modules/x/y.py",
            "__pycache__/x.py",
            ".tox/x.py",
            ".git/hooks/x.py",
        ]);
        assert_eq!(python(dir.path()), [".hidden/app.py", "app.py"]);
    }

    #[test]
    fn a_project_that_is_itself_an_environment_is_read() {
        let dir = folder(&["app.py", "pyvenv.cfg", "lib/site-packages/x.py"]);
        assert_eq!(python(dir.path()), ["app.py"]);
    }

    #[test]
    fn what_git_ignores_is_left_out_also_by_what_the_folders_above_say() {
        for ignores in [".gitignore", "web/.gitignore", ".git/info/exclude"] {
            let dir = folder(&[".git/HEAD", ignores, "web/hidden/x.py", "web/app.py", "web/sub/hidden/x.py"]);
            assert_eq!(python(&dir.path().join("web")), ["app.py"], "{ignores}");
            assert_eq!(python(dir.path()), ["web/app.py"], "{ignores}");
        }
    }

    #[test]
    fn a_folder_that_is_ignored_is_read_when_it_is_asked_for() {
        let dir = folder(&[".git/HEAD", ".gitignore", "hidden/app.py"]);
        assert_eq!(python(&dir.path().join("hidden")), ["app.py"]);
    }

    #[test]
    fn outside_a_repository_the_folders_above_do_not_count() {
        let dir = folder(&[".gitignore", "web/hidden/x.py", "web/.ignore"]);
        assert_eq!(python(&dir.path().join("web")), ["hidden/x.py"]);
    }
}
