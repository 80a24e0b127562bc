//! Finding the files of a project, and looking at them on the way.
//!
//! Measured on 28,000 Python files, half the time of the `ignore` crate's walk went into asking the system
//! for files that the listing of their folder had already told of, and into matching what nothing ignores.
//! So folders are listed here, and only the matching of `.gitignore` is that crate's.

use std::ffi::{OsStr, OsString};
use std::fs::{DirEntry, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::{Progress, ProjectPath, Unread};

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

/// What is done with files while they are found, on the threads that find them.
pub(crate) trait Look: Sync {
    /// What it tells of a file.
    type Seen: Send;

    /// How much of a file is wanted, in bytes; `None` where it need not be read.
    fn wants(&self, path: &ProjectPath) -> Option<usize>;

    /// Looks at a file's bytes, or at why it was not read; nothing where there is nothing to tell of it.
    fn at(&self, path: &ProjectPath, bytes: Result<&[u8], NotRead>) -> Option<Self::Seen>;
}

/// Why the bytes of a file are not there.
#[derive(Debug)]
pub(crate) enum NotRead {
    /// It has more bytes than were wanted, as many as this.
    TooLarge(u64),
    /// The system refused.
    Failed(io::Error),
}

/// Reads nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nothing;

impl Look for Nothing {
    type Seen = ();

    fn wants(&self, _: &ProjectPath) -> Option<usize> {
        None
    }

    fn at(&self, _: &ProjectPath, _: Result<&[u8], NotRead>) -> Option<()> {
        None
    }
}

/// What a walk found.
#[derive(Debug)]
pub(crate) struct Walked<T> {
    /// The regular files, sorted, and what a look at them told.
    pub(crate) files: Vec<(ProjectPath, Option<T>)>,
    /// What could not be listed, sorted.
    pub(crate) unread: Vec<Unread>,
}

/// The top folder of the repository that a folder is in.
pub(crate) fn repository_top(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| {
        let git = folder.join(".git");
        // A file in a worktree or submodule. A folder without HEAD is not a repository to git either.
        git.is_file() || git.join("HEAD").symlink_metadata().is_ok()
    })
}

/// Lists the regular files below `root`, and looks at them.
pub(super) fn walk<L: Look>(root: &Path, look: &L, progress: &Progress) -> Walked<L::Seen> {
    let root = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
    let top = Folder { id: 0, path: String::new(), ignores: above(&root) };
    let queue = Mutex::new(Queue { folders: vec![top], busy: 0, made: 1 });
    let walk = Walk { root: &root, look, progress, queue, more: Condvar::new() };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut listings = std::thread::scope(|scope| {
        let others: Vec<_> =
            (1..threads).map_while(|_| std::thread::Builder::new().spawn_scoped(scope, || walk.work()).ok()).collect();
        let mut listings = walk.work();
        for other in others {
            match other.join() {
                Ok(more) => listings.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        listings
    });
    listings.sort_unstable_by_key(|listing| listing.id);
    let mut walked = Walked { files: Vec::new(), unread: Vec::new() };
    flatten(&mut listings, &mut walked);
    walked.unread.sort();
    walked
}

/// Puts the listings of folders together in the order of the paths.
fn flatten<T>(listings: &mut [Listing<T>], walked: &mut Walked<T>) {
    // Folders whose entries are still to come, the deepest last.
    let mut open = Vec::new();
    let take = |listings: &mut [Listing<T>], id: usize| match listings.binary_search_by_key(&id, |listing| listing.id) {
        Ok(at) => (std::mem::take(&mut listings[at].entries), std::mem::take(&mut listings[at].unread)),
        Err(_) => (Vec::new(), Vec::new()),
    };
    let (entries, unread) = take(listings, 0);
    walked.unread.extend(unread);
    open.push(entries.into_iter());
    while let Some(entries) = open.last_mut() {
        match entries.next() {
            None => drop(open.pop()),
            Some(Entry::File(path, seen)) => walked.files.push((path, seen)),
            Some(Entry::Folder(_, id)) => {
                let (entries, unread) = take(listings, id);
                walked.unread.extend(unread);
                open.push(entries.into_iter());
            }
        }
    }
}

/// A folder to list.
struct Folder {
    id: usize,
    /// Its path in the project, with a `/` behind it unless it is the project's own.
    path: String,
    ignores: Option<Arc<Ignores>>,
}

/// What is to be left out in a folder and below it.
struct Ignores {
    above: Option<Arc<Ignores>>,
    /// `.gitignore`.
    own: Gitignore,
    /// What the repository says of itself, which any `.gitignore` beats.
    exclude: Gitignore,
}

/// What a folder holds, in the order of the paths.
struct Listing<T> {
    id: usize,
    entries: Vec<Entry<T>>,
    unread: Vec<Unread>,
}

enum Entry<T> {
    File(ProjectPath, Option<T>),
    /// Its name with a `/` behind it, by which it is sorted.
    Folder(String, usize),
}

impl<T> Entry<T> {
    fn key(&self) -> &str {
        match self {
            Self::File(path, _) => path.name(),
            Self::Folder(name, _) => name,
        }
    }
}

/// The folders that wait for a thread.
struct Queue {
    folders: Vec<Folder>,
    /// Threads that may still find some.
    busy: usize,
    /// How many have a number.
    made: usize,
}

struct Walk<'a, L> {
    root: &'a Path,
    look: &'a L,
    progress: &'a Progress,
    queue: Mutex<Queue>,
    more: Condvar,
}

impl<L: Look> Walk<'_, L> {
    /// Lists folders until there are none left.
    fn work(&self) -> Vec<Listing<L::Seen>> {
        let mut listings = Vec::new();
        let mut buffer = Vec::new();
        let mut queue = self.queue();
        loop {
            if let Some(folder) = queue.folders.pop() {
                queue.busy += 1;
                drop(queue);
                listings.push(self.list(&folder, &mut buffer));
                queue = self.queue();
                queue.busy -= 1;
                if queue.busy == 0 && queue.folders.is_empty() {
                    self.more.notify_all();
                }
            } else if queue.busy == 0 {
                return listings;
            } else {
                queue = self.more.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lists one folder, looks at its files and leaves its folders to whoever is free.
    fn list(&self, folder: &Folder, buffer: &mut Vec<u8>) -> Listing<L::Seen> {
        let mut listing = Listing { id: folder.id, entries: Vec::new(), unread: Vec::new() };
        let place = self.root.join(&folder.path);
        let named = |entry: DirEntry| (entry.file_name(), entry);
        let entries: io::Result<Vec<(OsString, DirEntry)>> =
            std::fs::read_dir(&place).and_then(|entries| entries.map(|entry| entry.map(named)).collect());
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                let message = format!("cannot be listed ({error}); check its permissions");
                let path = ProjectPath::new(folder.path.trim_end_matches('/'));
                listing.unread.push(Unread { path, line: None, message });
                return listing;
            }
        };
        if folder.id > 0 && is_environment(&place, &entries) {
            return listing;
        }
        let ignores = own_ignores(&place, &entries, folder.ignores.as_ref());
        let mut folders = Vec::new();
        for (name, entry) in entries {
            let Ok(kind) = entry.file_type() else { continue };
            let Some(name) = name.to_str() else {
                if if kind.is_dir() { holds_python(&entry.path()) } else { is_python(&name) } {
                    let path = ProjectPath::new(folder.path.clone() + &name.to_string_lossy());
                    let message = "its name is not Unicode; rename it".to_owned();
                    listing.unread.push(Unread { path, line: None, message });
                }
                continue;
            };
            if kind.is_dir() && SKIPPED.contains(&name) {
                continue;
            }
            let always = kind.is_file() && ALWAYS.contains(&name);
            if !always && ignores.as_ref().is_some_and(|ignores| ignores.leave_out(&entry.path(), kind.is_dir())) {
                continue;
            }
            if kind.is_dir() {
                folders.push(format!("{name}/"));
                continue;
            }
            let path = ProjectPath::new(folder.path.clone() + name);
            if kind.is_file() {
                let seen = self.look(&entry, &path, buffer);
                listing.entries.push(Entry::File(path, seen));
            } else if is_python(OsStr::new(name))
                && let Some(message) = self.not_a_file(&entry.path(), kind.is_symlink())
            {
                listing.unread.push(Unread { path, line: None, message });
            }
        }
        if !folders.is_empty() {
            let mut queue = self.queue();
            for name in folders {
                let (id, path) = (queue.made, folder.path.clone() + &name);
                queue.folders.push(Folder { id, path, ignores: ignores.clone() });
                queue.made += 1;
                listing.entries.push(Entry::Folder(name, id));
            }
            drop(queue);
            self.more.notify_all();
        }
        listing.entries.sort_unstable_by(|one, other| one.key().cmp(other.key()));
        listing
    }

    /// Looks at a file that is wanted.
    fn look(&self, entry: &DirEntry, path: &ProjectPath, buffer: &mut Vec<u8>) -> Option<L::Seen> {
        let most = self.look.wants(path)?;
        self.progress.file();
        let seen = match read(&entry.path(), most, buffer) {
            Ok(()) => self.look.at(path, Ok(buffer)),
            Err(why) => self.look.at(path, Err(why)),
        };
        // One large file does not keep its memory for all that follow.
        if buffer.capacity() > 4 << 20 {
            *buffer = Vec::new();
        }
        seen
    }

    /// Why an entry that is no regular file is not read; `None` for a link whose target is read anyway.
    fn not_a_file(&self, path: &Path, is_link: bool) -> Option<String> {
        if !is_link {
            return Some("not a regular file; rename it".to_owned());
        }
        match path.canonicalize() {
            Ok(target) if target.starts_with(self.root) => None,
            Ok(target) => Some(format!("a link out of the project, to `{}`; run flaskship there", target.display())),
            Err(_) => Some("a link that leads nowhere; remove it".to_owned()),
        }
    }
}

/// Reads a file into a buffer that was used before: asking for its size first, and a new buffer for
/// each, cost a third of the time that reading takes.
fn read(path: &Path, most: usize, buffer: &mut Vec<u8>) -> Result<(), NotRead> {
    buffer.clear();
    let file = File::open(path).map_err(NotRead::Failed)?;
    let limit = most as u64 + 1;
    (&file).take(limit).read_to_end(buffer).map_err(NotRead::Failed)?;
    if buffer.len() > most {
        let size = file.metadata().map_or(limit, |metadata| metadata.len());
        return Err(NotRead::TooLarge(size));
    }
    Ok(())
}

/// Whether a folder is a virtual environment.
fn is_environment(place: &Path, entries: &[(OsString, DirEntry)]) -> bool {
    ENVIRONMENTS.iter().any(|mark| {
        let (first, rest) = mark.split_once('/').map_or((*mark, None), |(first, rest)| (first, Some(rest)));
        let is_there = entries.iter().any(|(name, _)| name == first);
        is_there && (rest.is_none() || place.join(mark).symlink_metadata().is_ok())
    })
}

impl Ignores {
    /// Whether git would leave a path out.
    fn leave_out(&self, path: &Path, is_dir: bool) -> bool {
        let levels = || std::iter::successors(Some(self), |level| level.above.as_deref());
        let own = levels().map(|level| level.own.matched(path, is_dir)).find(|found| !found.is_none());
        let exclude = || levels().map(|level| level.exclude.matched(path, is_dir)).find(|found| !found.is_none());
        own.or_else(exclude).unwrap_or(Match::None).is_ignore()
    }
}

/// What is left out in a folder: as above it, and as it says itself.
fn own_ignores(place: &Path, entries: &[(OsString, DirEntry)], above: Option<&Arc<Ignores>>) -> Option<Arc<Ignores>> {
    let has = |wanted: &str| entries.iter().any(|(name, _)| name == wanted);
    let own = if has(".gitignore") { gitignore(place, &place.join(".gitignore")) } else { Gitignore::empty() };
    let exclude = if has(".git") { exclude(place) } else { Gitignore::empty() };
    if own.is_empty() && exclude.is_empty() {
        return above.cloned();
    }
    Some(Arc::new(Ignores { above: above.cloned(), own, exclude }))
}

/// What the folders above the project say of it, up to the top of the repository that it is in. Where
/// there is none, a `.gitignore` up there is about something else.
fn above(root: &Path) -> Option<Arc<Ignores>> {
    let top = repository_top(root)?;
    let mut folders: Vec<&Path> = root.ancestors().skip(1).take_while(|folder| folder.starts_with(top)).collect();
    folders.reverse();
    folders.into_iter().fold(None, |above, folder| {
        let own = gitignore(folder, &folder.join(".gitignore"));
        let exclude = if folder == top { exclude(folder) } else { Gitignore::empty() };
        if own.is_empty() && exclude.is_empty() { above } else { Some(Arc::new(Ignores { above, own, exclude })) }
    })
}

/// A file of patterns for a folder. Patterns that are none are passed over, as by git.
fn gitignore(folder: &Path, file: &Path) -> Gitignore {
    let mut builder = GitignoreBuilder::new(folder);
    drop(builder.add(file));
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// What a repository says that is not to be shared with others.
fn exclude(folder: &Path) -> Gitignore {
    gitignore(folder, &common_folder(folder).join("info/exclude"))
}

/// Where the repository of a folder keeps what all its worktrees share.
fn common_folder(folder: &Path) -> PathBuf {
    let git = folder.join(".git");
    // In a worktree or submodule, a file that names the folder; that of a worktree names the common one.
    let Ok(text) = std::fs::read_to_string(&git) else { return git };
    let Some(named) = text.strip_prefix("gitdir:").map(str::trim) else { return git };
    let own = folder.join(named);
    match std::fs::read_to_string(own.join("commondir")) {
        Ok(common) => own.join(common.trim()),
        Err(_) => own,
    }
}

/// Whether a Python file is in a folder or below it.
fn holds_python(folder: &Path) -> bool {
    std::fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_dir { holds_python(&entry.path()) } else { is_python(&entry.file_name()) }
    })
}

fn is_python(name: &OsStr) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "py")
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

    fn all(root: &Path) -> Vec<String> {
        let walked = walk(root, &Nothing, &Progress::default());
        assert_eq!(walked.unread, []);
        walked.files.iter().map(|(path, _)| path.to_string()).collect()
    }

    fn python(root: &Path) -> Vec<String> {
        all(root).into_iter().filter(|path| path.ends_with(".py")).collect()
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

    /// Sizes of Python files, of which at most ten bytes are wanted.
    struct Sizes;

    impl Look for Sizes {
        type Seen = Result<usize, String>;

        fn wants(&self, path: &ProjectPath) -> Option<usize> {
            path.is_python().then_some(10)
        }

        fn at(&self, _: &ProjectPath, bytes: Result<&[u8], NotRead>) -> Option<Self::Seen> {
            Some(bytes.map(<[u8]>::len).map_err(|why| format!("{why:?}")))
        }
    }

    #[test]
    fn what_is_wanted_is_looked_at_in_the_order_of_the_paths() {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("a/b.py", "12"),
            ("a-b/c.py", "1234567890"),
            ("a.py", ""),
            ("a/large.py", "12345678901"),
            ("a/x.txt", "1"),
        ] {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let walked = walk(dir.path(), &Sizes, &Progress::default());
        let seen: Vec<(&str, Option<Result<usize, String>>)> =
            walked.files.iter().map(|(path, seen)| (path.as_str(), seen.clone())).collect();
        let expected = [
            ("a-b/c.py", Some(Ok(10))),
            ("a.py", Some(Ok(0))),
            ("a/b.py", Some(Ok(2))),
            ("a/large.py", Some(Err("TooLarge(11)".to_owned()))),
            ("a/x.txt", None),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_worktree_is_told_what_to_leave_out_by_the_repository_it_belongs_to() {
        let dir = folder(&["main/.git/HEAD", "main/.git/info/exclude", "tree/hidden/x.py", "tree/app.py"]);
        let at = |path: &str, text: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        at("tree/.git", "gitdir: ../main/.git/worktrees/tree\n");
        at("main/.git/worktrees/tree/commondir", "../..\n");
        assert_eq!(python(&dir.path().join("tree")), ["app.py"]);
    }

    /// What the `ignore` crate's own walk finds.
    fn by_the_crate(root: &Path) -> Vec<String> {
        let mut builder = ignore::WalkBuilder::new(root);
        builder.hidden(false).ignore(false).require_git(false).git_global(false);
        let in_environment = |entry: &ignore::DirEntry| {
            let skipped = SKIPPED.iter().any(|name| entry.file_name() == *name);
            entry.depth() > 0 && entry.file_type().unwrap().is_dir() && skipped
        };
        let walk = builder.filter_entry(move |entry| !in_environment(entry)).build();
        let mut files: Vec<String> = walk
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().unwrap().is_file())
            .map(|entry| entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned())
            .collect();
        files.sort();
        files
    }

    proptest::proptest! {
        #[test]
        fn what_is_ignored_is_what_the_crate_ignores(
            paths in proptest::collection::btree_set("([ab]/){0,3}[abc](\\.py)?", 1..12),
            ignores in proptest::collection::btree_map(
                "([ab]/){0,2}",
                "(!?/?([ab*]/){0,2}([abc]|\\*\\.py|\\*\\*)/?\n){1,3}",
                0..4,
            ),
            exclude in proptest::option::of("[ab]\n"),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let root = dir.path().canonicalize().unwrap();
            let put = |path: &str, text: &str| {
                let path = root.join(path);
                // A file may be where another wants a folder.
                if std::fs::create_dir_all(path.parent().unwrap()).is_ok() {
                    let _ = std::fs::write(path, text);
                }
            };
            put(".git/HEAD", "");
            paths.iter().for_each(|path| put(path, ""));
            ignores.iter().for_each(|(folder, text)| put(&format!("{folder}.gitignore"), text));
            exclude.iter().for_each(|text| put(".git/info/exclude", text));
            proptest::prop_assert_eq!(all(&root), by_the_crate(&root));
            if root.join("a").is_dir() {
                proptest::prop_assert_eq!(all(&root.join("a")), by_the_crate(&root.join("a")));
            }
        }
    }
}
