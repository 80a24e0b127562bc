//! A small app to start from, for a folder that has none yet.

use serde::Serialize;

use super::detect::service_name;
use crate::render::{Library, RenderError};
use crate::source::ProjectPath;

/// The set that it is rendered from.
const SET: &str = "app";

/// The oldest Python that is still given fixes of security holes in November 2026
/// ([status of versions](https://devguide.python.org/versions/)).
const PYTHON: &str = "3.11";

#[derive(Serialize)]
struct Data {
    name: String,
    python: &'static str,
}

/// The files of the app, called like its folder.
///
/// # Errors
/// A broken template.
pub(crate) fn starter(library: &Library, folder: &str) -> Result<Vec<(ProjectPath, String)>, RenderError> {
    let name = service_name(folder).map_or_else(|| "app".to_owned(), |name| name.to_string());
    let data = Data { name, python: PYTHON };
    let mut files = Vec::new();
    for file in &library.manifest(SET)?.files {
        let text = library.render(SET, &file.template, file.format, &data)?;
        files.push((ProjectPath::new(library.render_path(SET, file, &data)?), text));
    }
    Ok(files)
}
