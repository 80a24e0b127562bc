//! Template sets and rendering them. The only room that knows handlebars.
//!
//! A set is a folder of `templates/` with a `template.toml` and `.hbs` files. Rendering is strict: a
//! name the data does not have is an error. `{{value}}` is escaped for the format of the file it is
//! rendered into; `{{{code}}}` is put in as it is.

mod escape;
mod fields;
mod manifest;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use handlebars::{Handlebars, Template};
use serde::Serialize;

pub(crate) use escape::Format;
pub(crate) use manifest::{File, Manifest};

/// The files below `templates/`, by path.
static EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// Where a project keeps templates of its own.
pub(crate) const OWN: &str = ".flaskship/templates";

/// Why a template gave no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template `{template}`{}: {message}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub(crate) struct RenderError {
    /// The template or manifest, as a path below `templates/`, or in the project where it is its own.
    pub(crate) template: String,
    /// The line in it, from 1.
    pub(crate) line: Option<usize>,
    /// What is wrong, without a final period.
    pub(crate) message: String,
}

/// The templates of flaskship, and over them, file by file, those of a project.
#[derive(Clone, Debug, Default)]
pub(crate) struct Library {
    /// The project's own, by path as below `templates/`.
    own: BTreeMap<String, String>,
}

impl Library {
    /// With these files of a project, by path as below `templates/`.
    pub(crate) fn with(own: BTreeMap<String, String>) -> Self {
        Self { own }
    }

    /// The names of all sets, in order.
    pub(crate) fn sets(&self) -> BTreeSet<&str> {
        let embedded = EMBEDDED.iter().map(|(path, _)| *path);
        embedded
            .chain(self.own.keys().map(String::as_str))
            .filter_map(|path| path.split_once('/'))
            .map(|(set, _)| set)
            .collect()
    }

    /// The files of a set, in order, and whether each is the project's own.
    pub(crate) fn files(&self, set: &str) -> BTreeMap<&str, bool> {
        let of_set = |path: &'static str| path.strip_prefix(set)?.strip_prefix('/');
        let mut files: BTreeMap<&str, bool> =
            EMBEDDED.iter().filter_map(|(path, _)| of_set(path)).map(|file| (file, false)).collect();
        files.extend(self.own.keys().filter_map(|path| Some((path.strip_prefix(set)?.strip_prefix('/')?, true))));
        files
    }

    /// The text of a file of a set.
    pub(crate) fn text(&self, set: &str, file: &str) -> Option<&str> {
        let path = format!("{set}/{file}");
        let embedded = || EMBEDDED.iter().find(|(name, _)| *name == path).map(|(_, text)| *text);
        self.own.get(&path).map(String::as_str).or_else(embedded)
    }

    /// The manifest of a set.
    ///
    /// # Errors
    /// No such set, or a manifest that is not as [`Manifest`] says.
    pub(crate) fn manifest(&self, set: &str) -> Result<Manifest, RenderError> {
        let path = self.shown(set, manifest::FILE);
        Manifest::parse(set, path, self.needed(set, manifest::FILE)?)
    }

    /// Renders a template of a set.
    ///
    /// # Errors
    /// The template cannot be read, or asks for what `data` does not have; the format cannot hold a value.
    pub(crate) fn render(
        &self,
        set: &str,
        template: &str,
        format: Format,
        data: &impl Serialize,
    ) -> Result<String, RenderError> {
        render_text(&self.shown(set, template), self.needed(set, template)?, format, data)
    }

    /// Renders the path of a file, as its manifest has it.
    ///
    /// # Errors
    /// It asks for what `data` does not have.
    pub(crate) fn render_path(&self, set: &str, file: &File, data: &impl Serialize) -> Result<String, RenderError> {
        render_text(&self.shown(set, manifest::FILE), &file.path, Format::Markdown, data)
    }

    /// A file as it is named to a person: the project's own by where they are.
    fn shown(&self, set: &str, file: &str) -> String {
        let path = format!("{set}/{file}");
        if self.own.contains_key(&path) { format!("{OWN}/{path}") } else { path }
    }

    fn needed(&self, set: &str, file: &str) -> Result<&str, RenderError> {
        self.text(set, file).ok_or_else(|| RenderError {
            template: self.shown(set, file),
            line: None,
            message: "there is no such file".to_owned(),
        })
    }
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
        let library = Library::default();
        assert!(library.sets().contains("wsgi"));
        for set in library.sets() {
            let manifest = library.manifest(set).unwrap();
            let section = manifest.section.iter().map(|section| &section.template);
            for template in manifest.files.iter().map(|file| &file.template).chain(section) {
                assert!(library.text(set, template).is_some(), "{set}: {template}");
            }
        }
    }

    #[test]
    fn a_project_overrides_file_by_file_and_adds_sets() {
        let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
        let library = Library::with(BTreeMap::from([
            file("wsgi/wsgi.py.hbs", "mine\n{{nothing}}\n"),
            file("mine/template.toml", "name = \"mine\"\ndescription = \"x\"\nwhat = 1\n"),
        ]));
        assert!(library.sets().contains("mine") && library.sets().contains("wsgi"));
        assert_eq!(
            library.files("wsgi").into_iter().collect::<Vec<_>>(),
            [("template.toml", false), ("wsgi.py.hbs", true)]
        );
        // What is wrong in one is told with where it is.
        let error = library.render("wsgi", "wsgi.py.hbs", Format::Python, &json!({})).unwrap_err();
        assert_eq!(
            error.to_string(),
            "template `.flaskship/templates/wsgi/wsgi.py.hbs`, line 2: there is no field `nothing`"
        );
        let error = library.manifest("mine").unwrap_err().to_string();
        assert!(
            error.starts_with("template `.flaskship/templates/mine/template.toml`, line 3: unknown field `what`"),
            "{error}"
        );
    }
}
