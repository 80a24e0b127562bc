//! What the app writes in its project: a sandbox has to leave it open, and new code must not overwrite it.

use std::collections::BTreeSet;

use super::super::facts::{Const, Known};
use super::super::needs::AppSetting;
use super::settings::settings;
use super::{Desk, StaticFolder};
use crate::source::{ProjectPath, Tree, is_in};

/// What the app writes in its project.
#[derive(Debug, Default)]
pub(super) struct Writes {
    /// The folders, relative to the project; one that holds others stands for them.
    pub(super) folders: Vec<String>,
    /// What of it is no code of the project: folders, with a slash at their end, and files.
    pub(super) data: Vec<String>,
    /// Whether one of the folders holds code of the project.
    pub(super) beside_code: bool,
}

/// Reads off what the app writes.
pub(super) fn writes(tree: &Tree, desk: &Desk<'_>, statics: &[StaticFolder]) -> Writes {
    let mut uploads: BTreeSet<String> = BTreeSet::new();
    let (mut dirs, mut files) = (BTreeSet::new(), BTreeSet::new());
    for setting in settings(desk, "UPLOAD_FOLDER") {
        uploads.extend(setting.path.clone().or_else(|| working(desk, text(setting)?)));
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
            files.insert(file);
            if setting.path.is_none() {
                dirs.insert(ProjectPath::in_dir(desk.served.dir, "instance").as_str().to_owned());
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
            if written.is_dir {
                dirs.insert(path)
            } else {
                files.insert(path)
            };
        }
    }
    if uploads.is_empty() && dirs.is_empty() && files.is_empty() {
        return Writes::default();
    }

    let code: Vec<ProjectPath> = tree.files().into_iter().filter(is_code).collect();
    // A folder that is named for uploads is no code for being served, too.
    let holds_code = |dir: &String| {
        let serves = |folder: &StaticFolder| is_in(&folder.dir, dir) && !uploads.contains(dir);
        dir.is_empty() || code.iter().any(|path| is_in(path.dir(), dir)) || statics.iter().any(serves)
    };
    dirs.extend(uploads.iter().cloned());
    let of_files = files.iter().map(|file| ProjectPath::new(file.as_str()).dir().to_owned());
    let found: BTreeSet<String> = of_files.chain(dirs.iter().cloned()).collect();
    let outer = |dir: &&String| !found.iter().any(|other| other != *dir && is_in(dir, other));
    let folders: Vec<String> = found.iter().filter(outer).cloned().collect();

    let alone: Vec<String> = dirs.into_iter().filter(|dir| !holds_code(dir)).collect();
    let mut data: Vec<String> =
        alone.iter().filter(|dir| !alone.iter().any(|other| other != *dir && is_in(dir, other))).cloned().collect();
    data.iter_mut().for_each(|dir| dir.push('/'));
    data.extend(files.into_iter().filter(|file| !alone.iter().any(|dir| is_in(file, dir))));
    Writes { beside_code: folders.iter().any(holds_code), folders, data }
}

/// Whether a file is one that the app cannot do without, and no data.
fn is_code(path: &ProjectPath) -> bool {
    const ENDINGS: &[&str] = &[
        "css", "htm", "html", "j2", "jinja", "jinja2", "js", "mjs", "py", "pyx", "scss", "sql", "svelte", "ts", "vue",
    ];
    path.name().rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
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
