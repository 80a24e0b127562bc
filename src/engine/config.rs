//! What a project says of `check`: `[check]` in `flaskship.toml`, `[tool.flaskship.check]` in
//! `pyproject.toml`. Both are read, and what either ignores is ignored.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use toml::{Table, Value};

use crate::nearest::nearest;
use crate::rules::Rule;
use crate::source::{ProjectPath, Tree};

/// The rules a project does not want, everywhere or in some files.
#[derive(Debug, Default)]
pub(super) struct Config {
    ignore: Vec<String>,
    per_file: Vec<(Gitignore, Vec<String>)>,
}

/// The tables of `flaskship.toml`; what the others say is for other commands.
const TABLES: &[&str] = &["app", "check", "deploy"];

/// The keys of `[check]`.
const KEYS: &[&str] = &["ignore", "per-file-ignores"];

/// A setting that cannot be followed.
#[derive(Debug, thiserror::Error)]
#[error("`{path}`: {message}")]
pub(crate) struct ConfigError {
    /// The file.
    pub(crate) path: ProjectPath,
    /// What is wrong, without a final period.
    pub(crate) message: String,
    /// What was probably meant, without a final period.
    pub(crate) hint: Option<String>,
}

impl Config {
    /// Reads the settings of a project.
    ///
    /// # Errors
    /// A file that is no TOML, an unknown key or rule, a value of the wrong type.
    pub(super) fn read(tree: &Tree, rules: &[Rule]) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        let names: Vec<&str> = rules.iter().map(|rule| rule.name).collect();
        config.read_file(tree, "flaskship.toml", &[], &names)?;
        config.read_file(tree, "pyproject.toml", &["tool", "flaskship"], &names)?;
        Ok(config)
    }

    /// Whether a rule is not wanted anywhere.
    pub(super) fn ignores(&self, rule: &str) -> bool {
        self.ignore.iter().any(|name| name == rule)
    }

    /// Whether a rule is not wanted in a file.
    pub(super) fn ignores_in(&self, rule: &str, path: &ProjectPath) -> bool {
        self.per_file.iter().any(|(glob, rules)| {
            rules.iter().any(|name| name == rule)
                && glob.matched_path_or_any_parents(Path::new(path.as_str()), false).is_ignore()
        })
    }

    fn read_file(&mut self, tree: &Tree, name: &str, section: &[&str], rules: &[&str]) -> Result<(), ConfigError> {
        let path = ProjectPath::new(name);
        let fail = |message: String, hint: Option<String>| ConfigError { path: path.clone(), message, hint };
        let Some(bytes) = tree.read(&path).map_err(|error| fail(format!("cannot be read ({error})"), None))? else {
            return Ok(());
        };
        let text = String::from_utf8(bytes).map_err(|_| fail("is not UTF-8".to_owned(), None))?;
        // A pyproject.toml that does not speak of us is none of our business, however broken.
        if !section.is_empty() && !text.contains("flaskship") {
            return Ok(());
        }
        let mut table: Table = toml::from_str(&text).map_err(|error| fail(one_line(&error, &text), None))?;
        for part in section {
            table = match table.remove(*part) {
                Some(Value::Table(inner)) => inner,
                _ => return Ok(()),
            };
        }
        let known = if section.is_empty() { TABLES } else { &["check"] };
        if let Some(key) = table.keys().find(|key| !known.contains(&key.as_str())) {
            let hint = if KEYS.contains(&key.as_str()) {
                format!("it belongs below `[{}]`", [section, &["check"]].concat().join("."))
            } else {
                meant(key, known)
            };
            return Err(fail(format!("unknown key `{key}`"), Some(hint)));
        }
        let Some(check) = table.remove("check") else { return Ok(()) };
        let Value::Table(check) = check else {
            return Err(fail("`check` must be a table: `[check]`".to_owned(), None));
        };
        for (key, value) in check {
            match (key.as_str(), value) {
                ("ignore", value) => {
                    self.ignore.extend(names(value, rules).map_err(|(message, hint)| fail(message, hint))?);
                }
                ("per-file-ignores", Value::Table(files)) => {
                    for (glob, value) in files {
                        let names = names(value, rules).map_err(|(message, hint)| fail(message, hint))?;
                        let matcher = matcher(&glob)
                            .map_err(|error| fail(format!("`{glob}` is no pattern of files: {error}"), None))?;
                        self.per_file.push((matcher, names));
                    }
                }
                ("per-file-ignores", _) => {
                    let hint = "write `[check.per-file-ignores]`, then lines like `\"tests/\" = [\"rule\"]`";
                    return Err(fail("`per-file-ignores` must be a table".to_owned(), Some(hint.to_owned())));
                }
                (key, _) => {
                    return Err(fail(format!("unknown key `{key}` in `check`"), Some(meant(key, KEYS))));
                }
            }
        }
        Ok(())
    }
}

/// Patterns mean what they mean in `.gitignore`: `tests/` is everything below any folder `tests`.
fn matcher(glob: &str) -> Result<Gitignore, ignore::Error> {
    let mut builder = GitignoreBuilder::new("");
    builder.add_line(None, glob)?;
    builder.build()
}

/// The rule names in a list; what is wrong with it, and a hint.
fn names(value: Value, rules: &[&str]) -> Result<Vec<String>, (String, Option<String>)> {
    let list = || ("a list of rule names is needed: `[\"rule\"]`".to_owned(), None);
    let Value::Array(items) = value else { return Err(list()) };
    items
        .into_iter()
        .map(|item| {
            let Value::String(name) = item else { return Err(list()) };
            if rules.contains(&name.as_str()) {
                Ok(name)
            } else {
                let meant = nearest(&name, rules.iter().copied());
                let hint = meant.map_or_else(|| "`flaskship explain` lists the rules".to_owned(), did_you_mean);
                Err((format!("unknown rule `{name}`"), Some(hint)))
            }
        })
        .collect()
}

/// What was probably meant by a key that does not exist, or what there is.
fn meant(key: &str, known: &[&str]) -> String {
    nearest(key, known.iter().copied()).map_or_else(
        || {
            let known: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
            match known.split_last() {
                Some((last, others)) if !others.is_empty() => {
                    format!("the keys here are {} and {last}", others.join(", "))
                }
                _ => format!("the only key here is {}", known.join("")),
            }
        },
        did_you_mean,
    )
}

fn did_you_mean(name: &str) -> String {
    format!("did you mean `{name}`?")
}

/// A TOML error on one line, with its place.
fn one_line(error: &toml::de::Error, text: &str) -> String {
    let message = error.message();
    match error.span() {
        Some(span) => {
            let line = text[..span.start.min(text.len())].matches('\n').count() + 1;
            format!("line {line} is not valid TOML: {message}")
        }
        None => format!("not valid TOML: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, section: &[&str], text: &str) -> Result<Config, ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(name), text).unwrap();
        let tree = Tree::open(dir.path()).unwrap();
        let mut config = Config::default();
        config.read_file(&tree, name, section, &["debug-argument", "development-server"])?;
        Ok(config)
    }

    fn flaskship(text: &str) -> Result<Config, ConfigError> {
        read("flaskship.toml", &[], text)
    }

    #[test]
    fn rules_are_ignored_everywhere_or_by_path() {
        let config = flaskship(
            "[deploy]\nport = 1\n[[app]]\n[check]\nignore = [\"debug-argument\"]\n[check.per-file-ignores]\n\"tests/\" = [\"development-server\"]\n",
        )
        .unwrap();
        assert!(config.ignores("debug-argument"));
        assert!(!config.ignores("development-server"));
        assert!(config.ignores_in("development-server", &ProjectPath::new("a/tests/b/c.py")));
        assert!(!config.ignores_in("development-server", &ProjectPath::new("a/tests.py")));
        let config = read(
            "pyproject.toml",
            &["tool", "flaskship"],
            "[tool.flaskship.check]\nper-file-ignores = { \"*.wsgi\" = [\"debug-argument\"] }\n",
        )
        .unwrap();
        assert!(config.ignores_in("debug-argument", &ProjectPath::new("a/x.wsgi")));
    }

    #[test]
    fn typos_are_told_with_what_was_meant() {
        for (text, message, hint) in [
            ("[check]\nignroe = []\n", "unknown key `ignroe` in `check`", Some("did you mean `ignore`?")),
            ("[chekc]\n", "unknown key `chekc`", Some("did you mean `check`?")),
            ("[deplyo]\n", "unknown key `deplyo`", Some("did you mean `deploy`?")),
            ("[xyzzy]\n", "unknown key `xyzzy`", Some("the keys here are `app`, `check` and `deploy`")),
            ("ignore = []\n", "unknown key `ignore`", Some("it belongs below `[check]`")),
            (
                "[check]\nselect = []\n",
                "unknown key `select` in `check`",
                Some("the keys here are `ignore` and `per-file-ignores`"),
            ),
            (
                "[check]\nignore = [\"debug-arguments\"]\n",
                "unknown rule `debug-arguments`",
                Some("did you mean `debug-argument`?"),
            ),
            ("[check]\nignore = [\"x\"]\n", "unknown rule `x`", Some("`flaskship explain` lists the rules")),
            ("[check]\nignore = \"x\"\n", "a list of rule names is needed: `[\"rule\"]`", None),
        ] {
            let error = flaskship(text).unwrap_err();
            assert_eq!((error.message.as_str(), error.hint.as_deref()), (message, hint));
        }
        let error = flaskship("[check]\nignore = [\n").unwrap_err();
        assert!(error.message.starts_with("line "), "{}", error.message);
        let error = read("pyproject.toml", &["tool", "flaskship"], "[tool.flaskship]\nchek = 1\n").unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("did you mean `check`?"));
        let text = "[tool.flaskship]\nper-file-ignores = {}\n";
        let error = read("pyproject.toml", &["tool", "flaskship"], text).unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("it belongs below `[tool.flaskship.check]`"));
    }

    #[test]
    fn a_broken_pyproject_of_somebody_else_is_not_read() {
        assert!(read("pyproject.toml", &["tool", "flaskship"], "[tool\n").is_ok());
    }
}
