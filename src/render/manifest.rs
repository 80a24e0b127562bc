//! What a template set consists of, and when it is wanted.

use serde::Deserialize;
use serde_json::Value;

use super::{Format, RenderError};

/// The name of the file that says so, in the folder of the set.
pub(super) const FILE: &str = "template.toml";

/// A set's `template.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// Its name, that of its folder.
    pub(crate) name: String,
    /// What it is for, in a sentence.
    pub(crate) description: String,
    /// How the manifest itself is named to a person.
    #[serde(skip)]
    place: String,
    /// Which command renders it.
    #[serde(default, rename = "rendered-by")]
    pub(crate) rendered_by: RenderedBy,
    /// What has to be so for the set to be wanted.
    #[serde(default)]
    pub(crate) when: Conditions,
    /// What to do with its files, for the instructions that are rendered last.
    #[serde(default)]
    pub(crate) section: Option<Section>,
    /// The files it renders.
    #[serde(default, rename = "file")]
    pub(crate) files: Vec<File>,
}

/// The command that a set is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RenderedBy {
    /// `flaskship fix`, with data of its own.
    Fix,
    /// `flaskship new`.
    #[default]
    New,
    /// `flaskship new` in a folder that has no app yet, with data of its own.
    Start,
}

/// A file that a set renders.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// The template, in the set's folder.
    pub(crate) template: String,
    /// Where the result goes, in the project's folder. It may hold fields: `deploy/{{name}}.service`.
    pub(crate) path: String,
    /// The format of the result, which decides how values are escaped.
    pub(crate) format: Format,
    /// What the file is for, in a few words.
    #[serde(default)]
    pub(crate) description: String,
    /// What has to be so, beyond what the set asks for.
    #[serde(default)]
    pub(crate) when: Conditions,
}

/// A part of the instructions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Section {
    /// The heading.
    pub(crate) title: String,
    /// The template of the text below it, in the set's folder.
    pub(crate) template: String,
    /// Its place among the sections of other sets.
    pub(crate) order: u32,
}

/// Fields and the values they have to have: `server = "gunicorn"`, `"app.websockets" = true`,
/// `process_manager = ["systemd", "supervisor"]` for any of several.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Conditions(toml::Table);

impl Conditions {
    /// Whether all of them hold.
    ///
    /// # Errors
    /// A field that the data does not have; its name.
    pub(super) fn hold(&self, data: &Value) -> Result<bool, String> {
        let mut all = true;
        for (field, wanted) in &self.0 {
            let found = field.split('.').try_fold(data, |value, part| value.get(part)).ok_or_else(|| field.clone())?;
            let is = |wanted: &toml::Value| serde_json::to_value(wanted).is_ok_and(|wanted| wanted == *found);
            all &= match wanted {
                toml::Value::Array(several) => several.iter().any(is),
                one => is(one),
            };
        }
        Ok(all)
    }
}

impl Manifest {
    /// Reads the manifest of a set; `template` is how it is named to a person.
    ///
    /// # Errors
    /// A text that is not as [`Manifest`] says.
    pub(super) fn parse(set: &str, template: String, text: &str) -> Result<Self, RenderError> {
        let mut manifest: Self = toml::from_str(text).map_err(|error| RenderError {
            line: error.span().map(|span| text[..span.start].matches('\n').count() + 1),
            message: error.message().to_owned(),
            template: template.clone(),
        })?;
        if manifest.name != set || manifest.description.is_empty() {
            let message = "a set is called like its folder and says what it is for".to_owned();
            return Err(RenderError { template, line: None, message });
        }
        manifest.place = template;
        Ok(manifest)
    }

    /// Whether `flaskship new` wants the set for this data.
    ///
    /// # Errors
    /// A condition on a field that the data does not have.
    pub(crate) fn is_wanted(&self, data: &Value) -> Result<bool, RenderError> {
        Ok(self.rendered_by == RenderedBy::New && self.holds(&self.when, data)?)
    }

    /// The files that are wanted for this data.
    ///
    /// # Errors
    /// A condition on a field that the data does not have.
    pub(crate) fn wanted_files(&self, data: &Value) -> Result<Vec<&File>, RenderError> {
        let mut wanted = Vec::new();
        for file in &self.files {
            if self.holds(&file.when, data)? {
                wanted.push(file);
            }
        }
        Ok(wanted)
    }

    fn holds(&self, conditions: &Conditions, data: &Value) -> Result<bool, RenderError> {
        conditions.hold(data).map_err(|field| RenderError {
            template: self.place.clone(),
            line: None,
            message: format!("it asks for `{field}`, which does not exist"),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hold(conditions: &str, data: &Value) -> Result<bool, String> {
        toml::from_str::<Conditions>(conditions).unwrap().hold(data)
    }

    #[test]
    fn conditions_are_about_fields() {
        let data = json!({"server": "gunicorn", "app": {"websockets": true}});
        assert_eq!(hold("server = 'gunicorn'\n'app.websockets' = true", &data), Ok(true));
        assert_eq!(hold("server = ['waitress', 'gunicorn']", &data), Ok(true));
        assert_eq!(hold("server = 'waitress'", &data), Ok(false));
        assert_eq!(hold("'app.websockets' = false", &data), Ok(false));
        assert_eq!(hold("", &data), Ok(true));
        assert_eq!(hold("sevrer = 'gunicorn'", &data), Err("sevrer".to_owned()));
    }
}
