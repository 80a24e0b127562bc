//! Template sets and rendering them. The only room that knows handlebars.
//!
//! A set is a folder of `templates/` with a `template.toml` and `.hbs` files. Rendering is strict: a
//! name the data does not have is an error. `{{value}}` is escaped for the format of the file it is
//! rendered into; `{{{code}}}` is put in as it is.

mod escape;

use handlebars::Handlebars;
use serde::{Deserialize, Serialize};

pub(crate) use escape::Format;

/// The files below `templates/`, by path.
static EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// What a template set consists of: its `template.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// Its name, that of its folder.
    pub(crate) name: String,
    /// What it is for, in a sentence.
    pub(crate) description: String,
    /// The files it renders.
    #[serde(rename = "file")]
    pub(crate) files: Vec<File>,
}

/// A file that a set renders.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// The template, in the set's folder.
    pub(crate) template: String,
    /// Where the result goes, in the project's folder.
    pub(crate) path: String,
    /// The format of the result, which decides how values are escaped.
    pub(crate) format: Format,
}

/// Why a template gave no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template `{template}`{}: {message}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub(crate) struct RenderError {
    /// The template or manifest, as a path below `templates/`.
    pub(crate) template: String,
    /// The line in it, from 1.
    pub(crate) line: Option<usize>,
    /// What is wrong, without a final period.
    pub(crate) message: String,
}

/// The manifest of an embedded set.
///
/// # Errors
/// No such set, or a manifest that is not as [`Manifest`] says.
pub(crate) fn manifest(set: &str) -> Result<Manifest, RenderError> {
    let path = format!("{set}/template.toml");
    let text = embedded(&path)?;
    let manifest: Manifest = toml::from_str(text).map_err(|error| RenderError {
        line: error.span().map(|span| text[..span.start].matches('\n').count() + 1),
        message: error.message().to_owned(),
        template: path.clone(),
    })?;
    if manifest.name != set || manifest.description.is_empty() {
        let message = "a set is called like its folder and says what it is for".to_owned();
        return Err(RenderError { template: path, line: None, message });
    }
    Ok(manifest)
}

/// Renders one file of an embedded set.
///
/// # Errors
/// The template cannot be read, or asks for what `data` does not have.
pub(crate) fn render(set: &str, file: &File, data: &impl Serialize) -> Result<String, RenderError> {
    let path = format!("{set}/{}", file.template);
    render_text(&path, embedded(&path)?, file.format, data)
}

fn embedded(path: &str) -> Result<&'static str, RenderError> {
    EMBEDDED.iter().find(|(name, _)| *name == path).map(|(_, text)| *text).ok_or_else(|| RenderError {
        template: path.to_owned(),
        line: None,
        message: "there is no such file".to_owned(),
    })
}

fn render_text(path: &str, text: &str, format: Format, data: &impl Serialize) -> Result<String, RenderError> {
    let mut handlebars = Handlebars::new();
    handlebars.set_strict_mode(true);
    handlebars.register_escape_fn(move |value| format.escape(value));
    handlebars.register_template_string(path, text).map_err(|error| RenderError {
        template: path.to_owned(),
        line: error.pos().map(|(line, _)| line),
        message: error.reason().to_string(),
    })?;
    handlebars.render(path, data).map_err(|error| RenderError {
        template: path.to_owned(),
        line: error.line_no,
        message: error.reason().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(template: &str, data: &serde_json::Value) -> Result<String, RenderError> {
        render_text("set/file.hbs", template, Format::Python, data)
    }

    #[test]
    fn a_missing_name_is_an_error_with_template_and_line() {
        let error = text("a\n{{b}}\n", &json!({})).unwrap_err();
        assert_eq!((error.template.as_str(), error.line), ("set/file.hbs", Some(2)));
        assert!(error.to_string().contains("line 2"), "{error}");
    }

    #[test]
    fn a_template_that_is_none_is_an_error_with_its_line() {
        assert_eq!(text("a\n{{#if b}}\n", &json!({})).unwrap_err().template, "set/file.hbs");
    }

    #[test]
    fn values_are_escaped_and_code_is_not() {
        let data = json!({"value": "\"\n\\", "code": "x = \"y\""});
        assert_eq!(text("\"{{value}}\"\n{{{code}}}", &data).unwrap(), "\"\\\"\\n\\\\\"\nx = \"y\"");
    }

    #[test]
    fn every_embedded_set_has_its_templates() {
        let sets: Vec<&str> = EMBEDDED.iter().filter_map(|(path, _)| path.strip_suffix("/template.toml")).collect();
        assert!(sets.contains(&"wsgi"));
        for set in sets {
            let manifest = manifest(set).unwrap();
            assert_eq!(manifest.name, set);
            assert!(!manifest.description.is_empty());
            for file in &manifest.files {
                assert!(embedded(&format!("{set}/{}", file.template)).is_ok(), "{}", file.template);
            }
        }
    }
}
