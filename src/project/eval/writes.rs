//! Files and folders that the code writes.

use super::super::facts::{Const, Place};
use super::super::needs::{Folder, WrittenFolder};
use super::value::{Alt, Arguments, Obj, ObjectId, Value};
use super::{Interpreter, Kind, paths};
use crate::source::is_in;

/// Names of functions, methods and classes that write, besides those that every run looks for.
pub(super) const WORDS: &[&str] = &[
    "Cache",
    "FileHandler",
    "RotatingFileHandler",
    "TimedRotatingFileHandler",
    "TinyDB",
    "VideoWriter",
    "WatchedFileHandler",
    "ZipFile",
    "basicConfig",
    "copy",
    "copy2",
    "copyfile",
    "copytree",
    "dictConfig",
    "dump",
    "export",
    "extractall",
    "imsave",
    "imwrite",
    "move",
    "output",
    "rename",
    "save",
    "savefig",
    "savetxt",
    "savez",
    "to_csv",
    "to_excel",
    "to_feather",
    "to_html",
    "to_json",
    "to_parquet",
    "to_pickle",
    "touch",
    "urlretrieve",
    "write_bytes",
    "write_html",
    "write_image",
    "write_text",
];

/// The uploaded files of a request.
pub(super) const UPLOADS: &str = "flask.request.files";

/// What a call writes.
struct Writing {
    /// The parameter that has the path, by name and position.
    parameter: (&'static str, Option<usize>),
    /// Whether that is a folder.
    is_dir: bool,
    /// Whether the argument is a path for sure; what is not may be anything that has such a method.
    is_sure: bool,
}

/// What a call of this function, class or method writes, by its dotted name.
fn writing(path: &str) -> Option<Writing> {
    let name = path.rsplit('.').next().unwrap_or(path);
    let sure = |name, position| Some(Writing { parameter: (name, position), is_dir: false, is_sure: true });
    let likely = |name, position| Some(Writing { parameter: (name, position), is_dir: false, is_sure: false });
    let folder = |name, position| Some(Writing { parameter: (name, position), is_dir: true, is_sure: false });
    match path {
        "os.makedirs" | "os.mkdir" => return folder("name", Some(0)),
        "sqlite3.connect" => return likely("database", Some(0)),
        "logging.basicConfig" => return sure("filename", None),
        "joblib.dump" => return sure("filename", Some(1)),
        "torch.save" => return sure("f", Some(1)),
        "shelve.open" => return sure("filename", Some(0)),
        "shutil.copy" | "shutil.copy2" | "shutil.copyfile" | "shutil.move" | "os.rename" | "os.replace" => {
            return likely("dst", Some(1));
        }
        "shutil.copytree" => return folder("dst", Some(1)),
        _ => {}
    }
    match name {
        _ if name.ends_with("FileHandler") => sure("filename", Some(0)),
        "to_csv" | "to_json" | "to_parquet" | "to_pickle" | "to_feather" => sure("path_or_buf", Some(0)),
        "to_excel" => sure("excel_writer", Some(0)),
        "savefig" | "imsave" => sure("fname", Some(0)),
        "imwrite" | "VideoWriter" => sure("filename", Some(0)),
        "urlretrieve" => likely("filename", Some(1)),
        "TinyDB" => likely("path", Some(0)),
        "write_image" | "write_html" => likely("file", Some(0)),
        "extractall" => folder("path", Some(0)),
        "save" => Some(Writing { parameter: ("dst", Some(0)), is_dir: false, is_sure: path.starts_with(UPLOADS) }),
        "savetxt" | "savez" | "to_html" | "export" | "output" => likely("dest", Some(0)),
        _ => None,
    }
}

/// Whether a method of a path writes there, and whether it makes a folder.
fn path_method(name: &str) -> Option<bool> {
    match name {
        "mkdir" => Some(true),
        "write_text" | "write_bytes" | "touch" => Some(false),
        _ => None,
    }
}

impl<'p> Interpreter<'p> {
    /// Notes what a call of something from outside the project writes, by its dotted name.
    pub(super) fn note_writing(&mut self, path: &str, arguments: &Arguments<'p>, place: Place) {
        let always = matches!(path, "os.makedirs" | "os.mkdir" | "sqlite3.connect");
        if !always && !self.for_deployment {
            return;
        }
        match path {
            "logging.config.dictConfig" => return self.note_log_files(arguments, place),
            "zipfile.ZipFile" => return self.note_open(arguments, place),
            "flask_caching.Cache" | "flask_caching.Cache.init_app" => return self.note_cache(arguments, place),
            _ if path.ends_with(".open") && path != "shelve.open" => return self.note_open(arguments, place),
            _ => {}
        }
        let Some(writing) = writing(path) else { return };
        let (name, position) = writing.parameter;
        let Some(value) = arguments.value(name, position).cloned() else { return };
        // A file has an ending or is in a folder: what has neither may be a name of anything.
        let is_path = |alt: &Alt<'p>| match &alt.obj {
            Obj::Const(Const::Str(text)) => writing.is_dir || writing.is_sure || always || text.contains(['.', '/']),
            Obj::Const(_) => false,
            Obj::Starts(_) => true,
            Obj::External(path) => writing.is_sure && path.starts_with(UPLOADS),
            Obj::Any(_) => writing.is_sure,
            Obj::Object(id) => self.is_file_name(*id),
            _ => false,
        };
        let paths = Value(value.0.into_iter().filter(is_path).collect());
        self.note_written(&paths, writing.is_dir, place);
    }

    /// Notes what a method of a text writes, where the text is a path.
    pub(super) fn note_path_method(&mut self, owner: &Alt<'p>, name: &str, arguments: &Arguments<'p>, place: Place) {
        let path = Value(vec![owner.clone()]);
        match (&owner.obj, path_method(name)) {
            (Obj::Const(Const::Str(_)) | Obj::Starts(_), Some(is_dir)) if is_dir || self.for_deployment => {
                self.note_written(&path, is_dir, place);
            }
            (Obj::Const(Const::Str(_)) | Obj::Starts(_), None) if name == "open" => {
                if opens_to_write(arguments, 0) {
                    self.note_written(&path, false, place);
                }
            }
            _ => self.note_writing(&format!("?.{name}"), arguments, place),
        }
    }

    /// Notes what `open` is told.
    pub(super) fn note_open(&mut self, arguments: &Arguments<'p>, place: Place) {
        if let (true, Some(path)) = (opens_to_write(arguments, 1), arguments.value("file", Some(0)).cloned()) {
            self.note_written(&path, false, place);
        }
    }

    /// Notes the files of `logging.config.dictConfig`.
    fn note_log_files(&mut self, arguments: &Arguments<'p>, place: Place) {
        let handlers = arguments.value("config", Some(0)).map(|config| self.entry(config, "handlers"));
        let Some(Obj::Object(handlers)) = handlers.as_ref().and_then(|it| it.single()).map(|alt| &alt.obj) else {
            return;
        };
        let all: Vec<Value<'p>> = self.objects[handlers.0].items.iter().map(|item| item.value.clone()).collect();
        for handler in all {
            let file = self.entry(&handler, "filename");
            self.note_written(&file, false, place);
        }
    }

    /// Notes the folder of Flask-Caching.
    fn note_cache(&mut self, arguments: &Arguments<'p>, place: Place) {
        if let Some(config) = arguments.value("config", Some(2)) {
            let folder = self.entry(config, "CACHE_DIR");
            self.note_written(&folder, true, place);
        }
    }

    /// What a dictionary has under a key; nothing where that is not known.
    fn entry(&self, value: &Value<'p>, key: &str) -> Value<'p> {
        let of = |id: ObjectId| {
            let items = self.objects[id.0].items.iter().rev();
            items.clone().find(|item| item.key == Some(Const::Str(key.to_owned()))).map(|item| item.value.clone())
        };
        match value.single().map(|alt| &alt.obj) {
            Some(Obj::Object(id)) if matches!(self.objects[id.0].kind, Kind::Dict) => of(*id),
            _ => None,
        }
        .unwrap_or(Value(Vec::new()))
    }

    /// Notes files that are written to, or a folder that is made.
    pub(super) fn note_written(&mut self, path: &Value<'p>, is_dir: bool, place: Place) {
        if self.as_script {
            return;
        }
        for alt in &path.0 {
            let folder = match &alt.obj {
                Obj::Const(Const::Str(text)) => folder(text, is_dir),
                // What follows is part of the name of the file, or of a folder below.
                Obj::Starts(start) => folder(start, false),
                Obj::Object(id) if self.is_file_name(*id) => Some(Folder::InWorking(String::new())),
                Obj::External(path) if path.starts_with(UPLOADS) => Some(Folder::Unknown),
                Obj::Any(_) => Some(Folder::Unknown),
                _ => None,
            };
            let file = match &alt.obj {
                Obj::Const(Const::Str(text)) if !is_dir => text.rsplit('/').next().map(str::to_owned),
                _ => None,
            };
            if let Some(folder) = folder
                && let written = (WrittenFolder { place, folder, file })
                && !self.notes.written.contains(&written)
            {
                self.notes.written.push(written);
            }
        }
    }

    /// Whether it is what Werkzeug makes of the name of an uploaded file, which has no folder.
    fn is_file_name(&self, id: ObjectId) -> bool {
        self.external_class(id).is_some_and(|class| class.ends_with("secure_filename"))
    }
}

/// Whether the mode in these arguments of an `open` lets it write.
fn opens_to_write(arguments: &Arguments<'_>, position: usize) -> bool {
    let mode = arguments.value("mode", Some(position)).and_then(Value::as_str);
    mode.is_some_and(|mode| mode.contains(['w', 'a', 'x', '+']))
}

/// The folder of a path; none where nothing of the project's or the machine's is written, or where every
/// app may write.
fn folder(path: &str, is_dir: bool) -> Option<Folder> {
    if path.is_empty() || path.starts_with([':', '~']) || path.contains("://") || path.starts_with("file:") {
        return None;
    }
    let dir = if is_dir { path } else { path.rsplit_once('/').map_or("", |(dir, _)| dir) };
    if let Some(dir) = paths::relative(dir) {
        return Some(Folder::InProject(dir));
    }
    if path.starts_with('/') {
        let open = ["/dev", "/proc", "/tmp", "/var/tmp"];
        return (!open.iter().any(|top| is_in(dir, top))).then(|| Folder::OnMachine(dir.to_owned()));
    }
    let dir = dir.strip_prefix(paths::WORKING).map_or(dir, |dir| dir.trim_start_matches('/'));
    (!paths::is_own(dir)).then(|| Folder::InWorking(dir.trim_start_matches("./").trim_end_matches('/').to_owned()))
}
