//! Template sets and rendering them. The only room that knows handlebars.
//!
//! A set is a folder of `templates/` with a `template.toml` and `.hbs` files. Rendering is strict: a
//! name the data does not have is an error. `{{value}}` is escaped for the format of the file it is
//! rendered into; `{{{code}}}` is put in as it is.

mod escape;
mod fields;
mod manifest;

use std::sync::{Arc, Mutex, PoisonError};

use handlebars::{Handlebars, Template};
use serde::Serialize;

pub(crate) use escape::Format;
pub(crate) use manifest::{File, Manifest};

/// The files below `templates/`, by path.
static EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

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

/// The names of all sets, in order.
pub(crate) fn sets() -> impl Iterator<Item = &'static str> {
    EMBEDDED.iter().filter_map(|(path, _)| path.strip_suffix("/template.toml"))
}

/// The manifest of an embedded set.
///
/// # Errors
/// No such set, or a manifest that is not as [`Manifest`] says.
pub(crate) fn manifest(set: &str) -> Result<Manifest, RenderError> {
    Manifest::parse(set, embedded(&Manifest::path(set))?)
}

/// Renders a template of an embedded set.
///
/// # Errors
/// The template cannot be read, or asks for what `data` does not have; the format cannot hold a value.
pub(crate) fn render(set: &str, template: &str, format: Format, data: &impl Serialize) -> Result<String, RenderError> {
    let path = format!("{set}/{template}");
    render_text(&path, embedded(&path)?, format, data)
}

/// Renders the path of a file, as its manifest has it.
///
/// # Errors
/// It asks for what `data` does not have.
pub(crate) fn render_path(set: &str, file: &File, data: &impl Serialize) -> Result<String, RenderError> {
    render_text(&Manifest::path(set), &file.path, Format::Markdown, data)
}

fn embedded(path: &str) -> Result<&'static str, RenderError> {
    EMBEDDED.iter().find(|(name, _)| *name == path).map(|(_, text)| *text).ok_or_else(|| RenderError {
        template: path.to_owned(),
        line: None,
        message: "there is no such file".to_owned(),
    })
}

fn render_text(path: &str, text: &str, format: Format, data: &impl Serialize) -> Result<String, RenderError> {
    let fail = |line, message| RenderError { template: path.to_owned(), line, message };
    let data = serde_json::to_value(data).map_err(|error| fail(None, error.to_string()))?;
    let template =
        Template::compile(text).map_err(|error| fail(error.pos().map(|(line, _)| line), error.reason().to_string()))?;
    if let Some((field, line)) = fields::missing(&template, &data) {
        return Err(fail(Some(line), format!("there is no field `{field}`")));
    }
    let mut handlebars = Handlebars::new();
    handlebars.set_strict_mode(true);
    // An escape function can only give back text, so what it refuses is noted aside.
    let refused: Arc<Mutex<Option<String>>> = Arc::default();
    let note = Arc::clone(&refused);
    handlebars.register_escape_fn(move |value| {
        format.escape(value).unwrap_or_else(|why| {
            let message = format!("the value `{}` does not fit: {why}", value.escape_debug());
            note.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(message);
            String::new()
        })
    });
    handlebars.register_template(path, template);
    let text = handlebars.render(path, &data).map_err(|error| fail(error.line_no, error.reason().to_string()))?;
    match refused.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(message) => Err(fail(None, message)),
        None => Ok(text),
    }
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
    fn a_condition_on_a_field_that_does_not_exist_is_an_error_too() {
        for template in [
            "{{#if b}}x{{/if}}",
            "{{#if (eq b 1)}}x{{/if}}",
            "{{#unless a.c}}x{{/unless}}",
            "{{#if a}}{{#if b}}{{/if}}{{/if}}",
        ] {
            let error = text(&format!("line\n{template}\n"), &json!({"a": {"b": 1}})).unwrap_err();
            assert_eq!(error.line, Some(2), "{template}: {error}");
            assert!(error.message.starts_with("there is no field"), "{error}");
        }
        let each = "{{#each a}}{{#if b}}{{b}}{{/if}}{{/each}}{{#if (eq c.d \"x\")}}y{{/if}}";
        assert_eq!(text(each, &json!({"a": [{"b": "1"}, {"b": "2"}], "c": {"d": "x"}})).unwrap(), "12y");
    }

    #[test]
    fn a_value_that_the_format_cannot_hold_is_an_error() {
        let error = render_text("set/file.hbs", "{{a}}", Format::Nginx, &json!({"a": "$host"})).unwrap_err();
        assert!(error.message.contains("`$host` does not fit"), "{error}");
    }

    #[test]
    fn every_embedded_set_has_its_templates() {
        assert!(sets().any(|set| set == "wsgi"));
        for set in sets() {
            let manifest = manifest(set).unwrap();
            let section = manifest.section.iter().map(|section| &section.template);
            for template in manifest.files.iter().map(|file| &file.template).chain(section) {
                assert!(embedded(&format!("{set}/{template}")).is_ok(), "{set}: {template}");
            }
        }
    }
}
