//! A project folder as it is on disk, with what this run would change laid over it.

use std::any::Any;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::walk::{self, Look, Walked};
use super::{Progress, ProjectPath};

/// A project folder and the changes made to it in memory. Nothing here writes to disk.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    root: PathBuf,
    /// New contents; `None` for a file taken away.
    overlay: BTreeMap<ProjectPath, Option<Vec<u8>>>,
    /// The bytes on disk that the new contents were made from; `None` for a file that is not there.
    bases: BTreeMap<ProjectPath, Option<Vec<u8>>>,
    memory: Arc<OnceLock<Arc<dyn Any + Send + Sync>>>,
    progress: Arc<Progress>,
}

impl Tree {
    /// The tree below `root`, unchanged.
    ///
    /// # Errors
    /// `root` does not exist, is not a folder, or cannot be opened.
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        // Reading it says at once whether it is a folder and whether it may be read.
        std::fs::read_dir(root)?;
        let (overlay, bases) = (BTreeMap::new(), BTreeMap::new());
        let (memory, progress) = (Arc::default(), Arc::default());
        Ok(Self { root: root.to_path_buf(), overlay, bases, memory, progress })
    }

    /// What a reader of the tree remembers of the files on disk, so that a project that is looked at
    /// several times is read once. It is of one type for the life of the tree and shared by its clones;
    /// what was changed in memory is no part of it.
    pub(crate) fn memory<T: Send + Sync + 'static>(&self, make: impl Fn() -> T) -> Arc<T> {
        let memory = Arc::clone(self.memory.get_or_init(|| Arc::new(make())));
        memory.downcast().unwrap_or_else(|_| Arc::new(make()))
    }

    /// How far the work on it has come.
    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The folder on disk.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A file's bytes; `None` where there is no such regular file. Links are not followed.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub(crate) fn read(&self, path: &ProjectPath) -> io::Result<Option<Vec<u8>>> {
        if let Some(content) = self.overlay.get(path) {
            return Ok(content.clone());
        }
        Self::read_disk(&self.root, path)
    }

    /// A file's bytes on disk; `None` where there is no such regular file.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub(crate) fn read_disk(root: &Path, path: &ProjectPath) -> io::Result<Option<Vec<u8>>> {
        Self::read_disk_within(root, path, usize::MAX)
    }

    /// A file's bytes on disk; `None` where there is no such regular file, or has more than `most`.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub(crate) fn read_disk_within(root: &Path, path: &ProjectPath, most: usize) -> io::Result<Option<Vec<u8>>> {
        let path = path.to_fs(root);
        match std::fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_file() && metadata.len() <= most as u64 => std::fs::read(&path).map(Some),
            Ok(_) => Ok(None),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether something is at `path`: a file, a folder, a link.
    pub(crate) fn exists(&self, path: &ProjectPath) -> bool {
        match self.overlay.get(path) {
            Some(content) => content.is_some(),
            None => std::fs::symlink_metadata(path.to_fs(&self.root)).is_ok(),
        }
    }

    /// Every file on disk below a folder, by its path from there, sorted; none where there is no such
    /// folder. Links are left out.
    ///
    /// # Errors
    /// A folder is there and cannot be read.
    pub(crate) fn files_below(&self, dir: &str) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            let path = ProjectPath::in_dir(dir, &folder).to_fs(&self.root);
            let entries = match std::fs::read_dir(path) {
                Ok(entries) => entries,
                Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                    continue;
                }
                Err(error) => return Err(error),
            };
            for entry in entries {
                let entry = entry?;
                let kind = entry.file_type()?;
                let Ok(name) = entry.file_name().into_string() else { continue };
                let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file() {
                    found.push(path);
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// Gives a file new contents in memory.
    pub(crate) fn write(&mut self, path: ProjectPath, bytes: Vec<u8>) {
        self.overlay.insert(path, Some(bytes));
    }

    /// Takes a file away in memory.
    pub(crate) fn remove(&mut self, path: ProjectPath) {
        self.overlay.insert(path, None);
    }

    /// Takes back everything that was changed in memory.
    pub(crate) fn forget(&mut self) {
        self.overlay.clear();
        self.bases.clear();
    }

    /// Says which bytes the contents of a changed file were made from. Only the first time counts: later
    /// contents are made from earlier ones.
    pub(crate) fn set_base(&mut self, path: ProjectPath, bytes: Option<Vec<u8>>) {
        self.bases.entry(path).or_insert(bytes);
    }

    /// The bytes on disk that the contents of a changed file were made from.
    ///
    /// # Errors
    /// Nothing was said of it, and the file is there and cannot be read.
    pub(crate) fn base(&self, path: &ProjectPath) -> io::Result<Option<Vec<u8>>> {
        match self.bases.get(path) {
            Some(bytes) => Ok(bytes.clone()),
            None => Self::read_disk(&self.root, path),
        }
    }

    /// What was changed in memory, in order of path; `None` for a file taken away.
    pub(crate) fn changed(&self) -> impl Iterator<Item = (&ProjectPath, Option<&[u8]>)> {
        self.overlay.iter().map(|(path, content)| (path, content.as_deref()))
    }

    /// Walks the folder on disk and looks at its files on the way. Files that git ignores, virtual
    /// environments and vendored packages are left out.
    pub(crate) fn walk<L: Look>(&self, look: &L) -> Walked<L::Seen> {
        walk::walk(&self.root, look, &self.progress)
    }

    /// Whether a file was changed in memory, made or taken away.
    pub(crate) fn is_changed(&self, path: &ProjectPath) -> bool {
        self.overlay.contains_key(path)
    }

    /// Every file of the project, sorted, with what was made in memory and without what was taken away.
    pub(crate) fn files(&self) -> Vec<ProjectPath> {
        self.with_changes(self.walk(&walk::Nothing).files.into_iter().map(|(path, _)| path))
    }

    /// Files on disk, without those taken away in memory and with those made, sorted.
    pub(crate) fn with_changes(&self, files: impl Iterator<Item = ProjectPath>) -> Vec<ProjectPath> {
        let mut files: Vec<ProjectPath> = files.filter(|path| !matches!(self.overlay.get(path), Some(None))).collect();
        files.extend(self.overlay.iter().filter(|(_, content)| content.is_some()).map(|(path, _)| path.clone()));
        files.sort();
        files.dedup();
        files
    }
}
