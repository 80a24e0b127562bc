//! Folders of the project that the app writes into, which a sandbox has to leave open.

use std::collections::BTreeSet;

use super::super::facts::{Const, Known};
use super::super::needs::AppSetting;
use super::Desk;
use super::settings::settings;
use crate::source::{ProjectPath, is_in};

/// The folders, relative to the project; one that holds others stands for them.
pub(super) fn folders(desk: &Desk<'_>) -> Vec<String> {
    let mut found: BTreeSet<String> = BTreeSet::new();
    for setting in settings(desk, "UPLOAD_FOLDER") {
        found.extend(setting.path.clone().or_else(|| working(desk, text(setting)?)));
    }
    for setting in settings(desk, "SQLALCHEMY_DATABASE_URI") {
        let file = match (&setting.path, text(setting)) {
            (Some(path), _) => Some(path.clone()),
            // Flask-SQLAlchemy 3 takes a relative path from the instance folder, earlier ones from the
            // folder of the app.
            (None, Some(uri)) => relative_database(uri).and_then(|file| working(desk, file)),
            (None, None) => None,
        };
        if let Some(file) = file {
            let file = ProjectPath::new(file);
            found.insert(file.dir().to_owned());
            if setting.path.is_none() {
                found.insert(ProjectPath::in_dir(desk.served.dir, "instance").as_str().to_owned());
            }
        }
    }
    for written in &desk.facts.needs.written {
        if !desk.modules.contains(&written.place.module) {
            continue;
        }
        let path = match written.in_project {
            true => Some(written.path.clone()),
            false => working(desk, &written.path),
        };
        if let Some(path) = path {
            let path = ProjectPath::new(path);
            found.insert(if written.is_dir { path.as_str() } else { path.dir() }.to_owned());
        }
    }
    let outer = |dir: &String| !found.iter().any(|other| other != dir && is_in(dir, other));
    found.iter().filter(|dir| outer(dir)).cloned().collect()
}

/// A path relative to the working directory, which is the folder that the server is started in.
fn working(desk: &Desk<'_>, path: &str) -> Option<String> {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    let leads_out = path.is_empty() || path.starts_with(['/', '~', '\\']) || path.split('/').any(|part| part == "..");
    (!leads_out).then(|| ProjectPath::in_dir(desk.served.dir, path).as_str().to_owned())
}

/// The text that a setting is when nothing is set in the environment.
fn text(setting: &AppSetting) -> Option<&str> {
    match &setting.setting.known {
        Known::Constant(Const::Str(text)) | Known::Environment { default: Some(Const::Str(text)), .. } => Some(text),
        _ => None,
    }
}

/// The file of `sqlite:///site.db`; none for one in memory or with an absolute path.
fn relative_database(uri: &str) -> Option<&str> {
    let file = uri.strip_prefix("sqlite:///")?.split('?').next()?;
    (!file.is_empty() && !file.starts_with([':', '/'])).then_some(file)
}
