//! What the app writes: a sandbox has to leave it open, and new code must not overwrite it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{Const, Known};
use super::super::needs::{AppSetting, Folder};
use super::settings::settings;
use super::{Desk, StaticFolder, Writes};
use crate::source::{ProjectPath, Tree, is_in};

/// Settings that name a folder.
const FOLDERS: &[&str] = &["CACHE_DIR", "SESSION_FILE_DIR", "UPLOADS_DEFAULT_DEST", "UPLOAD_FOLDER"];

/// What is written, and what cannot be told of it.
pub(super) fn writes(tree: &Tree, desk: &Desk<'_>, statics: &[StaticFolder]) -> Writes {
    // The folders, each with where the code says so.
    let mut found: BTreeMap<String, Option<String>> = BTreeMap::new();
    // Those that any file may be written into, and the files that are known of others.
    let (mut open, mut files) = (BTreeSet::new(), BTreeSet::new());
    let mut writes = Writes::default();
    for key in FOLDERS {
        for setting in settings(desk, key) {
            found.extend(setting.path.clone().or_else(|| working(desk, text(setting)?)).map(|dir| (dir, None)));
        }
    }
    let uploads: BTreeSet<String> = found.keys().cloned().collect();
    found.extend(sessions(desk).map(|dir| (dir, None)));
    open.extend(found.keys().cloned());
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
            files.insert(file.as_str().to_owned());
            // One that is named relatively lies beside the code only where an old version puts it there.
            found.insert(file.dir().to_owned(), setting.path.is_some().then(|| desk.at(setting.place)));
            if setting.path.is_none() {
                let instance = ProjectPath::in_dir(desk.served.dir, "instance").as_str().to_owned();
                open.insert(instance.clone());
                found.insert(instance, None);
            }
        }
    }
    let mut outside: BTreeSet<(String, String)> = BTreeSet::new();
    for written in desk.facts.needs.written.iter().filter(|written| desk.modules.contains(&written.place.module)) {
        let place = desk.at(written.place);
        let dir = match &written.folder {
            Folder::InProject(dir) => Some(dir.clone()),
            Folder::InWorking(dir) => working_dir(desk, dir),
            Folder::OnMachine(dir) => {
                outside.insert((dir.clone(), place));
                continue;
            }
            Folder::Unknown => {
                writes.somewhere.push(place);
                continue;
            }
        };
        if let Some(dir) = dir {
            let path = written.file.as_ref().map(|file| ProjectPath::in_dir(&dir, file));
            // Its own code is nothing for an app to write, whatever it tries.
            if path.is_some_and(|path| is_code(&path) && tree.exists(&path)) {
                continue;
            }
            match &written.file {
                Some(file) => files.insert(ProjectPath::in_dir(&dir, file).as_str().to_owned()),
                None => open.insert(dir.clone()),
            };
            found.entry(dir).or_default().get_or_insert(place);
        }
    }
    writes.beside_code = found.get("").cloned().flatten();
    let outer = |dir: &String| !found.keys().any(|other| other != dir && is_in(dir, other));
    writes.folders = found.keys().filter(|dir| outer(dir)).cloned().collect();
    writes.outside = outside.into_iter().collect();
    writes.somewhere.dedup();
    if found.is_empty() {
        return writes;
    }
    let code: Vec<ProjectPath> = tree.files().into_iter().filter(is_code).collect();
    // A folder that is named for uploads is no code for being served, too.
    let holds_code = |dir: &String| {
        let serves = |folder: &StaticFolder| is_in(&folder.dir, dir) && !uploads.contains(dir);
        dir.is_empty() || code.iter().any(|path| is_in(path.dir(), dir)) || statics.iter().any(serves)
    };
    writes.holds_code = writes.folders.iter().any(holds_code);
    let alone: Vec<String> = open.into_iter().filter(|dir| !holds_code(dir)).collect();
    let outer = alone.iter().filter(|dir| !alone.iter().any(|other| other != *dir && is_in(dir, other)));
    writes.data = outer.map(|dir| format!("{dir}/")).collect();
    writes.data.extend(files.into_iter().filter(|file| !alone.iter().any(|dir| is_in(file, dir))));
    writes
}

/// Whether a file is one that the app cannot do without, and no data.
fn is_code(path: &ProjectPath) -> bool {
    const ENDINGS: &[&str] = &[
        "css", "htm", "html", "j2", "jinja", "jinja2", "js", "mjs", "py", "pyx", "scss", "sql", "svelte", "ts", "vue",
    ];
    path.name().rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

/// The folder of Flask-Session, where it keeps sessions in files and is not told which.
fn sessions(desk: &Desk<'_>) -> Option<String> {
    let in_files = settings(desk, "SESSION_TYPE").any(|setting| text(setting) == Some("filesystem"));
    let is_told = settings(desk, "SESSION_FILE_DIR").next().is_some();
    if in_files && !is_told { working(desk, "flask_session") } else { None }
}

/// A path relative to the working directory, which is the folder that the server is started in.
fn working(desk: &Desk<'_>, path: &str) -> Option<String> {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    let leads_out = path.is_empty() || path.starts_with(['/', '~', '\\']) || path.split('/').any(|part| part == "..");
    (!leads_out).then(|| ProjectPath::in_dir(desk.served.dir, path).as_str().to_owned())
}

/// The same, where the working directory itself is one.
fn working_dir(desk: &Desk<'_>, dir: &str) -> Option<String> {
    if dir.is_empty() { Some(desk.served.dir.to_owned()) } else { working(desk, dir) }
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
