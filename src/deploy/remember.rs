//! Keeps what was said in `[deploy]` of `flaskship.toml`, each answer with where it came from.

use toml_edit::{DocumentMut, Item, Table};

use super::answers::{Answers, Origin, Origins};
use super::file::FileError;

/// A first line that names the schema, by which editors complete and check.
const HEAD: &str = "#:schema .flaskship/schema.json\n";

/// The text of `flaskship.toml` with these answers in it; `None` where it has them all. Comments, order
/// and everything that is not an answer stay as they are.
///
/// # Errors
/// The text is no TOML.
pub(crate) fn remember(text: Option<&str>, answers: &Answers, origins: &Origins) -> Result<Option<String>, FileError> {
    let fail = |message: String| FileError { line: None, message, hint: None };
    let old = text.unwrap_or_default();
    let mut document: DocumentMut =
        old.parse().map_err(|error: toml_edit::TomlError| fail(error.message().to_owned()))?;
    let mut changed = false;
    for (key, value) in answers.to_table() {
        let Some(comment) = origins.get(key.replace('-', "_").as_str()).and_then(comment) else { continue };
        if !document.contains_key("deploy") {
            document.insert("deploy", Item::Table(Table::new()));
        }
        let Some(table) = document.get_mut("deploy").and_then(Item::as_table_like_mut) else {
            return Err(fail("`deploy` must be a table: `[deploy]`".to_owned()));
        };
        let value = edited(value).map_err(fail)?;
        let stands = table.get(&key).and_then(Item::as_value);
        if stands.is_some_and(|stands| plain(stands) == plain(&value)) {
            continue;
        }
        let mut value = value;
        value.decor_mut().set_suffix(format!(" # {comment}"));
        table.insert(&key, Item::Value(value));
        changed = true;
    }
    if !changed {
        return Ok(None);
    }
    let new = document.to_string();
    Ok(Some(if old.contains("#:schema") { new } else { format!("{HEAD}{new}") }))
}

/// What is written behind an answer; nothing for one that is there already or needs no keeping.
fn comment(origin: &Origin) -> Option<&'static str> {
    match origin {
        Origin::Flag => Some("given as a flag"),
        Origin::Environment => Some("from the environment"),
        Origin::Wizard => Some("chosen in the wizard"),
        Origin::File | Origin::Detected => None,
    }
}

/// A value for toml_edit.
fn edited(value: toml::Value) -> Result<toml_edit::Value, String> {
    value.to_string().parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())
}

/// A value without what stands around it.
fn plain(value: &toml_edit::Value) -> String {
    let mut value = value.clone();
    value.decor_mut().clear();
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::merge;

    fn run(text: Option<&str>, origin: Origin, said: &str) -> Option<String> {
        let (answers, origins) = merge([(origin, toml::from_str(said).unwrap())]);
        remember(text, &answers, &origins).unwrap()
    }

    #[test]
    fn answers_are_kept_with_where_they_came_from() {
        let text =
            run(None, Origin::Flag, "server = 'waitress'\nport = 8001\ndomain = ['a.example', 'b.example']").unwrap();
        assert_eq!(
            text,
            "#:schema .flaskship/schema.json\n[deploy]\ndomain = [\"a.example\", \"b.example\"] # given as a flag\n\
             port = 8001 # given as a flag\nserver = \"waitress\" # given as a flag\n"
        );
        assert_eq!(run(Some(&text), Origin::Wizard, "server = 'waitress'"), None);
        let text = run(Some(&text), Origin::Wizard, "server = 'gunicorn'").unwrap();
        assert!(text.ends_with("server = \"gunicorn\" # chosen in the wizard\n"), "{text}");
    }

    #[test]
    fn what_a_person_wrote_stays() {
        let text = "# mine\n[[app]]\ntarget = \"wsgi:app\"\n\n[check]\nignore = [] # all\n";
        let new = run(Some(text), Origin::Environment, "port = 80").unwrap();
        assert_eq!(new, format!("{HEAD}{text}\n[deploy]\nport = 80 # from the environment\n"));
        assert_eq!(run(Some(text), Origin::Detected, "port = 80"), None);
    }
}
