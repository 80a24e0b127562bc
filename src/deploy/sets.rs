//! From a plan to the files of every template set that it wants.

use serde::Serialize;
use serde_json::Value;

use super::plan::Plan;
use crate::render::{Format, Library, Manifest, RenderError};
use crate::source::ProjectPath;

/// The set that holds the instructions, rendered when all others are.
const INSTRUCTIONS: &str = "instructions";

/// A rendered file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rendered {
    /// Where it goes.
    pub(crate) path: ProjectPath,
    /// Its content.
    pub(crate) text: String,
    /// What it is for, in a few words.
    pub(crate) description: String,
}

/// The data of the instructions: the plan, and what the other sets say.
#[derive(Serialize)]
struct Instructions<'a> {
    #[serde(flatten)]
    plan: &'a Value,
    sections: Vec<Text>,
    files: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Text {
    title: String,
    text: String,
}

#[derive(Serialize)]
struct Entry<'a> {
    path: &'a str,
    description: &'a str,
}

/// Renders every set that the plan wants.
///
/// # Errors
/// A broken template, or a value that a format cannot hold. Nothing is rendered half.
pub(crate) fn render_all(library: &Library, plan: &Plan) -> Result<Vec<Rendered>, RenderError> {
    let data = serde_json::to_value(plan).map_err(|error| RenderError {
        template: "the plan".to_owned(),
        line: None,
        message: error.to_string(),
    })?;
    let mut rendered: Vec<Rendered> = Vec::new();
    let mut sections = Vec::new();
    for set in library.sets() {
        let manifest = library.manifest(set)?;
        if set == INSTRUCTIONS || !manifest.is_wanted(&data)? {
            continue;
        }
        rendered.extend(files(library, &manifest, &data, &data)?);
        if let Some(section) = &manifest.section {
            let text = library.render(set, &section.template, Format::Markdown, &data)?;
            sections.push((section.order, Text { title: section.title.clone(), text: text.trim().to_owned() }));
        }
    }
    rendered.sort_by(|a, b| a.path.cmp(&b.path));
    sections.sort_by_key(|(order, _)| *order);
    let manifest = library.manifest(INSTRUCTIONS)?;
    let instructions = Instructions {
        plan: &data,
        sections: sections.into_iter().map(|(_, text)| text).collect(),
        files: rendered.iter().map(|file| Entry { path: file.path.as_str(), description: &file.description }).collect(),
    };
    let last = files(library, &manifest, &data, &instructions)?;
    rendered.extend(last);
    Ok(rendered)
}

/// Renders the files of one set.
fn files(
    library: &Library,
    manifest: &Manifest,
    plan: &Value,
    data: &impl Serialize,
) -> Result<Vec<Rendered>, RenderError> {
    let set = manifest.name.as_str();
    let mut rendered = Vec::new();
    for file in manifest.wanted_files(plan)? {
        let path = library.render_path(set, file, data)?;
        let text = library.render(set, &file.template, file.format, data)?;
        rendered.push(Rendered { path: ProjectPath::new(path), text, description: file.description.clone() });
    }
    Ok(rendered)
}
