//! The variables of the environment that the app reads.

use std::collections::BTreeMap;

use super::super::facts::{Const, Verdict};
use super::{Desk, EnvironmentRead};

/// Variables that the system, the shell, Python, the server or the development server set: nobody
/// writes them into a file of settings.
const NOT_OURS: &[&str] = &[
    "APPDATA",
    "COLUMNS",
    "DISPLAY",
    "EDITOR",
    "FLASK_APP",
    "FLASK_DEBUG",
    "FLASK_ENV",
    "FLASK_RUN_FROM_CLI",
    "FLASK_RUN_HOST",
    "FLASK_RUN_PORT",
    "GUNICORN_CMD_ARGS",
    "HOME",
    "HOSTNAME",
    "LANG",
    "LOCALAPPDATA",
    "LOGNAME",
    "PATH",
    "PWD",
    "PYTEST_CURRENT_TEST",
    "PYTHONPATH",
    "SERVER_SOFTWARE",
    "SHELL",
    "SSH_CONNECTION",
    "TEMP",
    "TERM",
    "TMP",
    "TMPDIR",
    "TZ",
    "USER",
    "USERNAME",
    "USERPROFILE",
    "VIRTUAL_ENV",
    "WERKZEUG_RUN_MAIN",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
];

/// Every variable once, by name.
pub(super) fn reads(desk: &Desk<'_>) -> Vec<EnvironmentRead> {
    let mut found: BTreeMap<&str, EnvironmentRead> = BTreeMap::new();
    let ours = desk.facts.needs.reads.iter().filter(|read| desk.modules.contains(&read.place.module));
    for read in ours.filter(|read| is_variable(&read.name)) {
        let production = production(desk, &read.name);
        if NOT_OURS.contains(&read.name.as_str()) && production.is_none() {
            continue;
        }
        let default = read.default.as_ref().and_then(text);
        match found.get_mut(read.name.as_str()) {
            Some(have) => {
                have.required |= read.required;
                have.default = have.default.take().or(default);
            }
            None => {
                let place = desk.at(read.place);
                let one =
                    EnvironmentRead { name: read.name.clone(), required: read.required, default, production, place };
                found.insert(&read.name, one);
            }
        }
    }
    found.into_values().collect()
}

/// What a variable has to say to choose the configuration for production, where the app takes one for
/// development by default.
fn production(desk: &Desk<'_>, name: &str) -> Option<String> {
    let ours = desk.facts.debug_writes.iter().filter(|write| desk.modules.contains(&write.place.module));
    ours.filter(|write| !write.overridden && write.setting.verdict(write.when) == Verdict::On)
        .filter_map(|write| write.chosen.as_ref())
        .filter(|chosen| chosen.variable.as_deref() == Some(name))
        .find_map(|chosen| chosen.production.as_ref()?.value.clone())
}

/// Whether a shell, systemd and Docker take it for the name of a variable.
fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A default as it would be written into the environment.
fn text(value: &Const) -> Option<String> {
    match value {
        Const::Str(text) if !text.is_empty() && !text.chars().any(char::is_control) => Some(text.clone()),
        Const::Int(number) => Some(number.to_string()),
        Const::Float(number) => Some(number.to_string()),
        Const::Bool(true) => Some("True".to_owned()),
        Const::Bool(false) => Some("False".to_owned()),
        Const::Str(_) | Const::None | Const::Bytes(_) => None,
    }
}
