//! What was read of a project's files on disk: once, for all that look at the same tree.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustc_hash::{FxBuildHasher, FxHashSet};

use super::marks::Marks;
use super::modules::Parsed;
use super::naming::{self, NamingLine, Sort};
use super::reach::Glance;
use super::{around, dependencies};
use crate::source::{Look, NotRead, ProjectPath, Tree, Unread, in_parallel};
use crate::syntax::python;

/// The files on disk.
#[derive(Debug)]
pub(super) struct Disk {
    /// All of them, sorted.
    pub(super) files: Arc<Vec<ProjectPath>>,
    /// What could not be listed, sorted.
    pub(super) unread: Vec<Unread>,
    /// What was seen of each.
    seen: Vec<Option<Box<Seen>>>,
    /// The lines of files that are no Python code that may name a script, by the place of the file; read when
    /// they are asked for.
    naming: OnceLock<Vec<(usize, Vec<NamingLine>)>>,
    /// The names that imports can mean.
    names: Arc<Names>,
    parsed: Mutex<HashMap<ProjectPath, Result<Arc<Parsed>, Unread>>>,
}

/// What was seen of a file that was looked at.
#[derive(Debug, Default)]
struct Seen {
    /// One of Python code, at a glance.
    glance: Option<Glance>,
    /// The lines of one of Python code that may name a script.
    naming: Vec<NamingLine>,
    /// One around the code that may matter, whole.
    text: Option<Vec<u8>>,
    /// Why it was not read.
    unread: Option<Unread>,
}

/// Looks at files while the disk is walked.
struct Reading;

impl Look for Reading {
    // Most files of a tree are not looked at.
    type Seen = Box<Seen>;

    fn wants(&self, path: &ProjectPath) -> Option<usize> {
        if path.is_python() {
            return Some(python::MAX_BYTES);
        }
        around::most(path).max(dependencies::most(path))
    }

    fn at(&self, path: &ProjectPath, bytes: Result<&[u8], NotRead>) -> Option<Box<Seen>> {
        let seen = match bytes {
            Ok(bytes) => {
                let text = (around::matters(path, bytes) || dependencies::matters(path, bytes)).then(|| bytes.to_vec());
                if path.is_python() {
                    let marks = Marks::of(bytes);
                    let (glance, naming) =
                        (Glance::at(bytes, &marks), naming::marked_lines(Sort::Python, bytes, &marks));
                    Seen { glance: Some(glance), naming, text, unread: None }
                } else {
                    Seen { text: Some(text?), ..Seen::default() }
                }
            }
            Err(NotRead::TooLarge(size)) if path.is_python() => unread(too_large(path, size)),
            // What is that large is data.
            Err(NotRead::TooLarge(_)) => return None,
            Err(NotRead::Failed(error)) => unread(failed(path, &error)),
        };
        Some(Box::new(seen))
    }
}

fn unread(unread: Unread) -> Seen {
    Seen { unread: Some(unread), ..Seen::default() }
}

fn too_large(path: &ProjectPath, size: u64) -> Unread {
    let message = format!(
        "{} MB is too large for source code; exclude it with .gitignore if it is data (the limit is {} MB)",
        size >> 20,
        python::MAX_BYTES >> 20
    );
    Unread { path: path.clone(), line: None, message }
}

fn failed(path: &ProjectPath, error: &io::Error) -> Unread {
    Unread { path: path.clone(), line: None, message: format!("cannot be read ({error}); check its permissions") }
}

impl Disk {
    /// What is remembered of a tree's disk; it is read the first time.
    pub(super) fn of(tree: &Tree) -> Arc<Self> {
        tree.memory(|| Self::read(tree))
    }

    fn read(tree: &Tree) -> Self {
        let walked = tree.walk(&Reading);
        let (files, seen): (Vec<ProjectPath>, Vec<Option<Box<Seen>>>) = walked.files.into_iter().unzip();
        let names = Arc::new(Names::of(&files));
        let (naming, parsed) = (OnceLock::new(), Mutex::default());
        Self { files: Arc::new(files), unread: walked.unread, seen, naming, names, parsed }
    }

    fn seen(&self, path: &ProjectPath) -> Option<&Seen> {
        self.seen[self.files.binary_search(path).ok()?].as_deref()
    }

    /// The Python files, in order, each at a glance or why it was not read.
    pub(super) fn python(&self) -> impl Iterator<Item = (&ProjectPath, Result<&Glance, &Unread>)> {
        self.files.iter().zip(&self.seen).filter_map(|(path, seen)| {
            let seen = seen.as_deref().filter(|_| path.is_python())?;
            let glance = seen.glance.as_ref().map(Ok);
            Some((path, glance.or_else(|| seen.unread.as_ref().map(Err))?))
        })
    }

    /// The lines of a file that is no Python code and may name a script; none where it cannot be read.
    fn lines_of(&self, root: &Path, file: usize) -> Vec<NamingLine> {
        let path = &self.files[file];
        let Some(sort) = naming::sort(path) else { return Vec::new() };
        match self.seen[file].as_deref() {
            Some(Seen { text: Some(text), .. }) => naming::lines(sort, text),
            _ => {
                let bytes = Tree::read_disk_within(root, path, naming::most(path)).ok().flatten();
                bytes.map_or_else(Vec::new, |bytes| naming::lines(sort, &bytes))
            }
        }
    }

    /// A file as it was parsed before, or by `parse` now.
    pub(super) fn parsed(
        &self,
        path: &ProjectPath,
        parse: impl FnOnce() -> Result<Parsed, Unread>,
    ) -> Result<Arc<Parsed>, Unread> {
        let parsed = || self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = parsed().get(path) {
            return known.clone();
        }
        let new = parse().map(Arc::new);
        parsed().insert(path.clone(), new.clone());
        new
    }
}

/// The bytes of a file around the code in a tree; nothing where it does not matter.
///
/// # Errors
/// It is there and cannot be read.
pub(super) fn text<'a>(tree: &Tree, disk: &'a Disk, path: &ProjectPath) -> Result<Option<Cow<'a, [u8]>>, Unread> {
    if tree.is_changed(path) {
        let bytes = tree.read(path).map_err(|error| failed(path, &error))?;
        let wanted = |bytes: &Vec<u8>| around::matters(path, bytes) || dependencies::matters(path, bytes);
        return Ok(bytes.filter(wanted).map(Cow::Owned));
    }
    match disk.seen(path) {
        Some(Seen { unread: Some(unread), .. }) => Err(unread.clone()),
        Some(Seen { text: Some(text), .. }) => Ok(Some(Cow::Borrowed(text))),
        _ => Ok(None),
    }
}

/// The lines of a tree's files that may name a script.
pub(super) fn naming_lines<'a>(
    tree: &'a Tree,
    disk: &'a Disk,
) -> impl Iterator<Item = (&'a ProjectPath, Sort, Cow<'a, [NamingLine]>)> {
    let python = disk.files.iter().zip(&disk.seen).filter_map(|(path, seen)| {
        let lines = &seen.as_deref().filter(|_| path.is_python())?.naming;
        (!lines.is_empty()).then_some((path, Cow::Borrowed(lines.as_slice())))
    });
    let others = disk.naming.get_or_init(|| {
        let may = |path: &ProjectPath| !path.is_python() && naming::sort(path).is_some();
        let files: Vec<usize> = (0..disk.files.len()).filter(|file| may(&disk.files[*file])).collect();
        let lines = in_parallel(&files, |file| disk.lines_of(tree.root(), *file));
        files.into_iter().zip(lines).collect()
    });
    let others = others.iter().map(|(file, lines)| (&disk.files[*file], Cow::Borrowed(lines.as_slice())));
    let as_they_are = python.chain(others).filter(|(path, _)| !tree.is_changed(path));
    let changed = tree.changed().filter_map(|(path, bytes)| {
        let lines = naming::lines(naming::sort(path)?, bytes?);
        Some((path, Cow::Owned(lines)))
    });
    as_they_are.chain(changed).filter_map(|(path, lines)| Some((path, naming::sort(path)?, lines)))
}

/// The bytes of a Python file in a tree.
///
/// # Errors
/// It is too large, gone, or cannot be read.
pub(super) fn python_bytes(tree: &Tree, path: &ProjectPath) -> Result<Vec<u8>, Unread> {
    // Looked at before it is read, so that a huge file is not taken into memory first.
    let size = std::fs::metadata(path.to_fs(tree.root())).map_or(0, |metadata| metadata.len());
    if size > python::MAX_BYTES as u64 {
        return Err(too_large(path, size));
    }
    match tree.read(path) {
        Ok(Some(bytes)) if bytes.len() > python::MAX_BYTES => Err(too_large(path, bytes.len() as u64)),
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(Unread {
            path: path.clone(),
            line: None,
            message: "gone since the project was listed; run flaskship again".to_owned(),
        }),
        Err(error) => Err(failed(path, &error)),
    }
}

/// The names in a project that imports can mean, for questions that are asked of every import: searching
/// the sorted paths for each took a tenth of a run.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The Python files.
    modules: FxHashSet<ProjectPath>,
    /// The folders that hold a file, directly or deeper.
    folders: FxHashSet<Box<str>>,
    /// What the first part of an absolute import can be.
    tops: FxHashSet<Box<str>>,
    /// The same with the folder that has it, as hashes: most imports of a tree of many programs could mean
    /// something in some of its folders, and hardly any in those that count.
    homes: FxHashSet<u64>,
}

impl Names {
    /// The names in sorted files.
    fn of(files: &[ProjectPath]) -> Self {
        let mut names = Self::default();
        // Growing step by step copies everything several times.
        names.modules.reserve(files.len());
        names.homes.reserve(files.len());
        let mut last = "";
        for path in files {
            if path.is_python() {
                names.modules.insert(path.clone());
                names.add_top(path.dir(), path.stem());
            }
            // Most files lie where the one before them does.
            let mut dir = path.dir();
            if dir != last {
                last = dir;
                while !dir.is_empty() && !names.folders.contains(dir) {
                    names.folders.insert(dir.into());
                    let (parent, name) = dir.rsplit_once('/').unwrap_or(("", dir));
                    names.add_top(parent, name);
                    dir = parent;
                }
            }
        }
        names
    }

    /// The names in a tree whose files are these.
    pub(super) fn in_tree(tree: &Tree, disk: &Disk, files: &[ProjectPath]) -> Arc<Self> {
        if tree.changed().next().is_none() { Arc::clone(&disk.names) } else { Arc::new(Self::of(files)) }
    }

    /// Whether there is a Python file at a path.
    pub(super) fn is_module(&self, path: &str) -> bool {
        self.modules.contains(path)
    }

    /// Whether a folder holds a file of the project, directly or deeper.
    pub(super) fn is_folder(&self, dir: &str) -> bool {
        self.folders.contains(dir)
    }

    fn add_top(&mut self, dir: &str, name: &str) {
        if !self.tops.contains(name) {
            self.tops.insert(name.into());
        }
        self.homes.insert(FxBuildHasher.hash_one((dir, name)));
    }

    /// Whether an absolute import whose first part is this can lead into the project.
    pub(super) fn is_top(&self, name: &str) -> bool {
        self.tops.contains(name)
    }

    /// Whether it can be found in this folder; now and then one that cannot is taken for one that can.
    pub(super) fn is_top_in(&self, dir: &str, name: &str) -> bool {
        self.homes.contains(&FxBuildHasher.hash_one((dir, name)))
    }
}
