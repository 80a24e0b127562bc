//! What the app's configuration says.

use super::super::facts::{Const, Known};
use super::super::needs::{AppSetting, AppSettings, DeedKind};
use super::{Desk, SecretKey};

/// The largest request body in bytes, over all configurations that may be chosen: the proxy must not
/// refuse what the app would take.
pub(super) fn body_limit(desk: &Desk<'_>) -> Option<u64> {
    let of = |setting: &AppSetting| {
        let numbers: Vec<&Const> = match &setting.setting.known {
            Known::Constant(value) => vec![value],
            Known::OneOf(values) => values.iter().collect(),
            Known::Environment { default: Some(value), .. } | Known::CommandLine { default: Some(value) } => {
                vec![value]
            }
            Known::Environment { .. } | Known::CommandLine { .. } | Known::Unknown => Vec::new(),
        };
        let bytes = |value: &Const| match value {
            Const::Int(bytes) => u64::try_from(*bytes).ok().filter(|bytes| *bytes > 0),
            // `None`, or something that is no size: there is no limit.
            _ => None,
        };
        numbers.into_iter().map(bytes).collect::<Option<Vec<u64>>>()?.into_iter().max()
    };
    settings(desk, "MAX_CONTENT_LENGTH").filter_map(of).max()
}

/// The host of `SERVER_NAME`, where it is one that others can reach.
pub(super) fn server_name(desk: &Desk<'_>) -> Option<String> {
    settings(desk, "SERVER_NAME").find_map(|setting| {
        let text = match &setting.setting.known {
            Known::Constant(Const::Str(text)) => text,
            Known::Environment { default: Some(Const::Str(text)), .. } => text,
            _ => return None,
        };
        let host = text.rsplit_once(':').map_or(text.as_str(), |(host, _)| host).to_ascii_lowercase();
        let is_name = host.contains('.') && host.rsplit('.').next().is_some_and(|last| last.parse::<u8>().is_err());
        let reserved = [".localhost", ".local", ".test", ".localdomain", ".lan"];
        (is_name && !reserved.iter().any(|end| host.ends_with(end))).then_some(host)
    })
}

/// Where Flask-Limiter counts in the memory of each process.
pub(super) fn limiter(desk: &Desk<'_>) -> Option<String> {
    let is_told = ["RATELIMIT_STORAGE_URI", "RATELIMIT_STORAGE_URL"].iter().any(|key| {
        settings(desk, key).any(|setting| match &setting.setting.known {
            Known::Constant(Const::Str(uri)) => !uri.starts_with("memory:"),
            _ => true,
        })
    });
    let limiter = desk.deeds(DeedKind::Limiter).next().filter(|_| !is_told)?;
    Some(desk.at(limiter.place))
}

/// The names of hosts that the app tells apart, each once.
pub(super) fn names(desk: &Desk<'_>) -> Vec<(Option<String>, String)> {
    let base = server_name(desk);
    let mut found: Vec<(Option<String>, String)> = Vec::new();
    for asked in desk.facts.needs.names.iter().filter(|asked| desk.modules.contains(&asked.place.module)) {
        let name = match (&asked.name, &base) {
            (Some(name), _) if asked.is_host => Some(name.to_ascii_lowercase()),
            (Some(name), Some(base)) if name.is_empty() => Some(base.clone()),
            (Some(name), Some(base)) => Some(format!("{}.{base}", name.to_ascii_lowercase())),
            // Without one, there is nothing below it.
            (Some(name), None) if name.is_empty() => continue,
            _ => None,
        };
        if !found.iter().any(|(known, _)| *known == name) {
            found.push((name, desk.at(asked.place)));
        }
    }
    found
}

/// Keys that extensions sign or hash with, besides the app's own.
const FURTHER_KEYS: &[&str] = &["JWT_SECRET_KEY", "SECURITY_PASSWORD_SALT", "WTF_CSRF_SECRET_KEY"];

/// Where the secret key comes from.
pub(super) fn secret_key(desk: &Desk<'_>) -> SecretKey {
    source(desk, "SECRET_KEY")
}

/// Where the keys of extensions come from that have one of their own.
pub(super) fn further_keys(desk: &Desk<'_>) -> Vec<(&'static str, SecretKey)> {
    let keys = FURTHER_KEYS.iter().map(|key| (*key, source(desk, key)));
    keys.filter(|(_, source)| *source != SecretKey::None).collect()
}

/// Where a key comes from. With several configurations, the one that reads the environment is the one for
/// production.
fn source(desk: &Desk<'_>, key: &str) -> SecretKey {
    let is_read = || {
        let reads = &desk.facts.needs.reads;
        reads.iter().any(|read| read.name == key && desk.modules.contains(&read.place.module))
    };
    let of = |setting: &AppSetting| match &setting.setting.known {
        Known::Environment { variable, .. } if !variable.is_empty() => SecretKey::Environment(variable.clone()),
        // A class of settings reads it, and draws one where it finds none.
        _ if setting.random && is_read() => SecretKey::Environment(key.to_owned()),
        _ if setting.random => SecretKey::Random(desk.at(setting.place)),
        Known::Constant(Const::Str(_) | Const::Bytes(_)) => SecretKey::Literal(desk.at(setting.place)),
        Known::OneOf(values) if values.iter().all(|value| matches!(value, Const::Str(_) | Const::Bytes(_))) => {
            SecretKey::Literal(desk.at(setting.place))
        }
        Known::Constant(Const::None) => SecretKey::None,
        _ => SecretKey::Unknown,
    };
    let rank = |key: &SecretKey| match key {
        SecretKey::Environment(_) => 0,
        SecretKey::Random(_) => 1,
        SecretKey::Literal(_) => 2,
        SecretKey::Unknown => 3,
        SecretKey::None => 4,
    };
    settings(desk, key).map(of).min_by_key(rank).unwrap_or_default()
}

/// Where the session's cookie is kept to HTTPS.
pub(super) fn secure_cookies(desk: &Desk<'_>) -> Option<String> {
    let is_on = |setting: &&AppSetting| {
        let value = match &setting.setting.known {
            Known::Constant(value) | Known::Environment { default: Some(value), .. } => value,
            _ => return false,
        };
        *value == Const::Bool(true)
    };
    settings(desk, "SESSION_COOKIE_SECURE").find(is_on).map(|setting| desk.at(setting.place))
}

/// What the configuration of the served app says of a key: of the app that the name stands for where
/// that is known, otherwise of every app that its modules make.
pub(super) fn settings<'a>(desk: &'a Desk<'_>, key: &'a str) -> impl Iterator<Item = &'a AppSetting> {
    let is_served = |app: &&AppSettings| {
        desk.entry.is_some_and(|entry| {
            app.names.iter().any(|(module, name)| *module == entry && name.as_str() == desk.served.name)
        })
    };
    let apps = &desk.facts.needs.apps;
    let named = apps.iter().any(|app| is_served(&app));
    apps.iter()
        .filter(move |app| if named { is_served(app) } else { desk.modules.contains(&app.app.made.module) })
        .filter_map(move |app| app.settings.get(key))
}
