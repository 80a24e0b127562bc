//! The JSON Schema of `flaskship.toml`, by which editors complete it and mark mistakes.

use std::collections::BTreeMap;

use schemars::{JsonSchema, schema_for};

use super::answers::Answers;

/// What flaskship knows of a project beyond its code.
#[derive(JsonSchema)]
#[schemars(title = "flaskship.toml", deny_unknown_fields)]
#[allow(dead_code, reason = "only its shape is used")]
struct Document {
    /// What `flaskship check` and `flaskship fix` look at.
    check: Option<Check>,
    /// Apps, and what each was told when its own code started the server.
    app: Option<Vec<App>>,
    /// Answers for `flaskship new`.
    deploy: Option<Answers>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its shape is used")]
struct Check {
    /// Rules that are not wanted anywhere.
    ignore: Option<Vec<String>>,
    /// Rules that are not wanted in some files, by a pattern as in `.gitignore`.
    per_file_ignores: Option<BTreeMap<String, Vec<String>>>,
}

#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its shape is used")]
struct App {
    /// The folder that the server is started in, relative to the project.
    dir: Option<String>,
    /// `module:name`.
    target: String,
    /// The host it was told to listen on.
    host: Option<Told>,
    /// The port it was told to listen on.
    port: Option<Told>,
    /// How many worker processes may serve it: 1 where something in it happens once.
    workers: Option<u32>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "only its shape is used")]
enum Told {
    /// Read from this variable of the environment.
    Environment { env: String, default: Option<Plain> },
    /// Written in the code.
    Written(Plain),
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "only its shape is used")]
enum Plain {
    Text(String),
    Number(i64),
}

/// The schema as JSON.
///
/// # Errors
/// It cannot be written as JSON, which would be a mistake of ours.
pub(crate) fn schema() -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(&schema_for!(Document))? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_described() {
        let schema: serde_json::Value = serde_json::from_str(&schema().unwrap()).unwrap();
        let text = schema.to_string();
        for key in Answers::keys() {
            assert!(text.contains(&format!("\"{key}\":{{")), "{key}");
        }
        assert!(text.contains("The WSGI server"), "{text}");
        assert!(text.contains("\"workers\":{"), "{text}");
    }
}
