//! Paths of files inside a project.

use std::borrow::Borrow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memchr::memrchr;

/// A file's path relative to the project folder, with `/` between its parts on every system.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ProjectPath(Arc<str>);

impl ProjectPath {
    /// Takes a relative path already written with `/`.
    pub(crate) fn new(path: impl Into<String>) -> Self {
        Self(path.into().into())
    }

    /// The path of `path` as seen from `root`; `None` when it lies outside or is not Unicode.
    pub(crate) fn from_fs(root: &Path, path: &Path) -> Option<Self> {
        let relative = path.strip_prefix(root).ok()?;
        let mut text = String::new();
        for part in relative.components() {
            if !text.is_empty() {
                text.push('/');
            }
            text.push_str(part.as_os_str().to_str()?);
        }
        Some(Self(text.into()))
    }

    /// The path on this machine below `root`.
    pub(crate) fn to_fs(&self, root: &Path) -> PathBuf {
        let mut path = root.to_path_buf();
        path.extend(self.0.split('/'));
        path
    }

    /// The path as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder it is in: `""` for the project folder itself.
    pub(crate) fn dir(&self) -> &str {
        self.last_slash().map_or("", |at| &self.0[..at])
    }

    /// The last part.
    pub(crate) fn name(&self) -> &str {
        self.last_slash().map_or(&self.0, |at| &self.0[at + 1..])
    }

    /// Asked for every file, several times: the search of std took a fiftieth of a run.
    fn last_slash(&self) -> Option<usize> {
        memrchr(b'/', self.0.as_bytes())
    }

    /// The last part without its extension.
    pub(crate) fn stem(&self) -> &str {
        let name = self.name();
        match name.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem,
            _ => name,
        }
    }

    /// Whether the file holds Python, by its name.
    pub(crate) fn is_python(&self) -> bool {
        matches!(self.name().rsplit_once('.'), Some((_, "py" | "wsgi" | "pyw")))
    }

    /// A file called `name` in the folder `dir` (`""` for the project folder).
    pub(crate) fn in_dir(dir: &str, name: &str) -> Self {
        if dir.is_empty() { Self(name.into()) } else { Self(format!("{dir}/{name}").into()) }
    }

    /// What a path from a folder leads to; `None` where it leads out of the project.
    pub(crate) fn from_dir(dir: &str, path: &str) -> Option<Self> {
        let mut parts: Vec<&str> = dir.split('/').filter(|part| !part.is_empty()).collect();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()?),
                part => parts.push(part),
            }
        }
        Some(Self::new(parts.join("/")))
    }

    /// A file called `name` in the same folder.
    pub(crate) fn beside(&self, name: &str) -> Self {
        Self::in_dir(self.dir(), name)
    }
}

/// Whether a folder is another or lies below it.
pub(crate) fn is_in(dir: &str, other: &str) -> bool {
    other.is_empty() || dir.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A folder and those above it, the project's own, `""`, last.
pub(crate) fn with_parents(dir: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(dir), |dir| {
        (!dir.is_empty()).then(|| dir.rsplit_once('/').map_or("", |(parent, _)| parent))
    })
}

impl Borrow<str> for ProjectPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProjectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for ProjectPath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
