//! The templates that a project has of its own, in `.flaskship/templates/`.

use std::collections::BTreeMap;
use std::io;

use crate::render::{Library, OWN};
use crate::source::{ProjectPath, Tree};

/// All templates for a project.
///
/// # Errors
/// One of its own cannot be read, or is not UTF-8.
pub(crate) fn library(tree: &Tree) -> io::Result<Library> {
    let mut own = BTreeMap::new();
    for path in tree.files_below(OWN)? {
        let full = ProjectPath::in_dir(OWN, &path);
        let bytes = tree.read(&full)?.unwrap_or_default();
        let text = String::from_utf8(bytes)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, format!("`{full}` is not UTF-8")))?;
        own.insert(path, text);
    }
    Ok(Library::with(own))
}
