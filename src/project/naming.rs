//! The lines of a project's files on which a script may be named: `CMD ["python", "app.py"]`.

use std::collections::BTreeSet;

use memchr::{memchr, memchr_iter, memrchr};

use super::launch::entered;
use super::marks::Marks;
use crate::source::ProjectPath;
use crate::syntax::names::{has_word, is_identifier};

/// A line that may name a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamingLine {
    /// From 1.
    pub(crate) number: usize,
    /// Its text.
    pub(crate) text: String,
    /// What may be names of scripts on it, as [`names_of`] gives them.
    pub(crate) names: Box<[String]>,
    /// The folder that documentation changes to above it, as written.
    pub(crate) dir: Option<String>,
    /// Whether documentation speaks of production there.
    pub(crate) deploys: bool,
}

/// Words of a heading, or of a line with a command, that speak of production.
const DEPLOYS: &[&str] = &[
    "aws",
    "azure",
    "deploy",
    "docker",
    "ec2",
    "gunicorn",
    "heroku",
    "nginx",
    "producción",
    "production",
    "produktion",
    "produção",
    "railway",
    "render",
    "replit",
    "start command",
    "supervisor",
    "systemd",
];

/// Whether a text speaks of production.
fn deploys(text: &str) -> bool {
    let text = text.to_lowercase();
    let starts = |at: usize| !text[..at].ends_with(char::is_alphanumeric);
    DEPLOYS.iter().any(|word| text.match_indices(word).any(|(at, _)| starts(at)))
}

/// The folder that documentation has changed to so far in a section.
#[derive(Default)]
struct Section {
    dir: Option<String>,
    deploys: bool,
    is_fenced: bool,
    /// The line before, which an underline makes a heading.
    last: String,
}

impl Section {
    /// Takes what a line changes.
    fn take(&mut self, line: &str) {
        let line = line.trim();
        let fences = line.matches("```").count() + line.matches("~~~").count();
        let is_underline = line.len() > 2 && ['=', '-'].iter().any(|it| line.trim_matches(*it).is_empty());
        if !self.is_fenced && (line.starts_with('#') || is_underline) {
            self.dir = None;
            self.deploys = deploys(if is_underline { &self.last } else { line });
        }
        for (at, _) in line.match_indices("cd ") {
            let starts = !line[..at].ends_with(|it: char| it.is_alphanumeric() || "-_./".contains(it));
            let to = line[at + 3..].trim_start().split(|it: char| it.is_whitespace() || "`&;)\"'<".contains(it)).next();
            if let Some(to) = to.filter(|to| starts && !to.is_empty()) {
                self.dir = Some(entered(self.dir.as_deref(), to));
            }
        }
        self.is_fenced ^= fences % 2 == 1;
        line.clone_into(&mut self.last);
    }
}

/// What a file can have to say of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// It starts things.
    Launcher,
    /// It tells people how to.
    Docs,
    /// It is Python code.
    Python,
    /// Anything else that is text.
    Other,
}

/// Larger files are data.
const LARGEST: usize = 1 << 20;
/// Larger files of formats that are made for data.
const LARGEST_OF_DATA: usize = 32 << 10;
/// Longer lines are data, too.
const LONGEST_LINE: usize = 4 << 10;

/// What is in front of the module that a program other than Python is to take an app from: Flask's, Celery's.
pub(super) const TELLS: &[&str] = &["--app", "-A", "FLASK_APP"];

/// The dotted name behind such a mark, up to a colon; empty where there is none.
fn told_behind(bytes: &[u8]) -> &[u8] {
    let between = |byte: &u8| b" \t=:\"',".contains(byte);
    let start = bytes.iter().position(|byte| !between(byte)).unwrap_or(bytes.len());
    if start == 0 { &[] } else { word_at(&bytes[start..]) }
}

/// The modules that a line tells a program to take an app from, by their dotted names, which may go on with
/// that of the app: `shop.web` in `FLASK_APP=shop.web`, `shop.celery` in `celery -A shop.celery worker`.
pub(crate) fn told_on(line: &str) -> impl Iterator<Item = &str> {
    let marks = TELLS.iter().flat_map(move |mark| line.match_indices(mark));
    marks.filter_map(move |(at, mark)| {
        let name = str::from_utf8(told_behind(&line.as_bytes()[at + mark.len()..])).ok()?;
        let is_name = name.split('.').all(is_identifier) && !name.ends_with(".py");
        (stands_apart(line, at) && is_name).then_some(name)
    })
}

/// Whether a byte can be part of a dotted name.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.' || !byte.is_ascii()
}

/// The dotted name that some bytes start with.
fn word_at(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.iter().position(|byte| !is_word(*byte)).unwrap_or(bytes.len())]
}

/// The import name of a script, as `-m` runs it from the project folder.
pub(crate) fn module_of(script: &ProjectPath) -> String {
    let module = script.as_str().strip_suffix(".py").unwrap_or(script.as_str()).replace('/', ".");
    module.strip_suffix(".__main__").map(str::to_owned).unwrap_or(module)
}

/// What a line that names a script has on it: its file name, or the last part of its module's name. A file
/// name with a space in it is on a line by its last word.
pub(crate) fn names_of(script: &ProjectPath) -> BTreeSet<String> {
    let module = module_of(script);
    let last = |text: &str, by: char| text.rsplit(by).next().unwrap_or_default().to_owned();
    BTreeSet::from([last(script.name(), ' '), last(&module, '.')])
}

/// The lines of a file that may name a script. Few lines do, so that those are looked for and not every line
/// taken up.
pub(crate) fn lines(sort: Sort, bytes: &[u8]) -> Vec<NamingLine> {
    let marks = Marks::of(bytes);
    // Only what starts things has a server load an app.
    if sort != Sort::Launcher {
        return marked_lines(sort, bytes, &marks);
    }
    let is_part = |byte: Option<&u8>| byte.is_some_and(|byte| is_word(*byte) && *byte != b'.');
    let loads = |at: &usize| {
        let next = bytes.get(at + 1);
        is_part(bytes[..*at].last()) && is_part(next) && !next.is_some_and(u8::is_ascii_digit)
    };
    let mut scripts = marks.scripts;
    scripts.extend(memchr_iter(b':', bytes).filter(loads));
    scripts.sort_unstable();
    marked_lines(sort, bytes, &Marks { scripts, ..marks })
}

/// Whether a name is that of a script's file.
fn is_file(name: &str) -> bool {
    [".py", ".pyw", ".wsgi"].iter().any(|ending| name.ends_with(ending))
}

/// The lines of a file with marks of scripts on them that may name one.
pub(super) fn marked_lines(sort: Sort, bytes: &[u8], marks: &Marks) -> Vec<NamingLine> {
    let mut lines = Vec::new();
    if bytes.len() > LARGEST || marks.has_nul {
        return lines;
    }
    let (mut number, mut counted, mut end) = (1, 0, 0);
    let mut section = Section::default();
    let mut read = 0;
    for &hit in &marks.scripts {
        if hit < end {
            continue;
        }
        let start = memrchr(b'\n', &bytes[..hit]).map_or(0, |newline| newline + 1);
        end = memchr(b'\n', &bytes[hit..]).map_or(bytes.len(), |newline| hit + newline);
        if end - start > LONGEST_LINE {
            continue;
        }
        let text = String::from_utf8_lossy(&bytes[start..end]);
        if sort == Sort::Python && !is_comment(&text) && !starts_process(&text) {
            continue;
        }
        let names: Box<[String]> = names_on(&text).into_iter().collect();
        if !names.is_empty() {
            number += memchr_iter(b'\n', &bytes[counted..start]).count();
            counted = start;
            if sort == Sort::Docs {
                bytes[read..end]
                    .split(|byte| *byte == b'\n')
                    .for_each(|line| section.take(&String::from_utf8_lossy(line)));
                read = bytes.len().min(end + 1);
            }
            let deploys = section.deploys || sort == Sort::Docs && deploys(&text);
            lines.push(NamingLine { number, text: text.into_owned(), names, dir: section.dir.clone(), deploys });
        }
    }
    lines
}

/// The file names of scripts on a line, the last part of the module that `-m` runs or a server loads, and the
/// parts of what another program takes an app from.
fn names_on(line: &str) -> BTreeSet<String> {
    let part = |it: char| it.is_alphanumeric() || "_-.".contains(it);
    let mut names: BTreeSet<String> = line
        .split(|it| !part(it))
        .map(|name| name.trim_end_matches('.'))
        .filter(|name| is_file(name))
        .map(str::to_owned)
        .collect();
    let modules = module_on(line).into_iter().chain(loaded_on(line).map(|(module, _)| module.to_owned()));
    names.extend(modules.filter_map(|word| word.rsplit('.').next().map(str::to_owned)));
    names.extend(told_on(line).flat_map(|told| told.split('.')).map(str::to_owned));
    names
}

/// The modules that a server is told to load an app from on a line, and the names of it there: `shop.web` and
/// `app` in `gunicorn shop.web:app`.
pub(crate) fn loaded_on(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let word = |it: char| it.is_alphanumeric() || "_.:".contains(it);
    let dotted = |text: &str| !text.is_empty() && text.split('.').all(is_identifier);
    line.split(move |it| !word(it))
        .filter_map(|word| word.split_once(':'))
        .filter(move |(module, name)| dotted(module) && is_identifier(name))
}

/// The module that `-m` runs on a line.
pub(crate) fn module_on(line: &str) -> Option<String> {
    line.match_indices("-m").filter(|(at, _)| stands_apart(line, *at)).find_map(|(at, _)| {
        let behind = line[at + 2..].trim_start_matches(|it: char| !it.is_alphanumeric() && it != '_');
        let word: String = behind.chars().take_while(|it| it.is_alphanumeric() || "_.".contains(*it)).collect();
        (!word.is_empty()).then_some(word)
    })
}

/// Whether an option or a variable starts at a place of a line: `auto-merge` has no `-m`.
fn stands_apart(line: &str, at: usize) -> bool {
    !line[..at].ends_with(|it: char| it.is_alphanumeric() || it == '-' || it == '_')
}

/// Whether a line is a comment in one of the languages that start things.
pub(crate) fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('#')
        || line.starts_with("//")
        || line.starts_with("::")
        || line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("REM "))
}

/// Whether a line of Python seems to start a process.
pub(crate) fn starts_process(line: &str) -> bool {
    ["subprocess", "Popen", "os.system", "executable", "runpy", "execv"].iter().any(|word| line.contains(word))
        || has_word(line, "python")
        || has_word(line, "python3")
}

/// How large a file may be that is looked into, in bytes.
pub(super) fn most(path: &ProjectPath) -> usize {
    let is_data = [".json", ".xml"].iter().any(|ending| path.name().ends_with(ending));
    if is_data { LARGEST_OF_DATA } else { LARGEST }
}

/// What a file can have to say of a script; `None` when it is not looked into.
pub(crate) fn sort(path: &ProjectPath) -> Option<Sort> {
    let name = path.name().to_ascii_lowercase();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
    let starts = |prefix: &str| name.starts_with(prefix);
    if extension == "py" {
        return Some(Sort::Python);
    }
    let is_docs = matches!(
        extension,
        "adoc"
            | "asciidoc"
            | "markdown"
            | "md"
            | "mdown"
            | "mdx"
            | "org"
            | "rmd"
            | "rst"
            | "rtf"
            | "tex"
            | "textile"
            | "wiki"
    );
    if is_docs {
        return Some(Sort::Docs);
    }
    if starts("dockerfile")
        || extension == "dockerfile"
        || starts("containerfile")
        || starts("procfile")
        || starts("makefile")
        || starts("justfile")
        || starts("vagrantfile")
        || starts("jenkinsfile")
        || starts("tiltfile")
        || starts("supervisord")
    {
        return Some(Sort::Launcher);
    }
    match extension {
        "sql" => Some(Sort::Docs),
        "txt" if starts("requirements") || starts("constraints") => None,
        "txt" => Some(Sort::Docs),
        "" if matches!(stem, "readme" | "install" | "usage" | "contributing" | "todo") => Some(Sort::Docs),
        "yml" | "yaml" | "sh" | "bash" | "zsh" | "fish" | "bat" | "cmd" | "ps1" | "service" | "conf" | "cfg"
        | "ini" | "toml" | "json" | "mk" | "spec" | "xml" | "desktop" | "plist" | "nix" | "tf" | "hcl" | "run"
        | "command" | "config" | "replit" | "env" => {
            if matches!(
                name.as_str(),
                "package-lock.json" | "poetry.lock" | "uv.lock" | "pipfile.lock" | "flaskship.toml"
            ) {
                None
            } else {
                Some(Sort::Launcher)
            }
        }
        "afm" | "avro" | "bin" | "bmp" | "br" | "bz2" | "c" | "cc" | "class" | "cpp" | "css" | "csv" | "cu" | "cuh"
        | "cxx" | "dat" | "db" | "dll" | "doc" | "docx" | "eot" | "eps" | "exe" | "f" | "f77" | "f90" | "feather"
        | "fits" | "gif" | "gz" | "h" | "h5" | "hdr" | "hpp" | "html" | "ico" | "jar" | "jpeg" | "jpg" | "js"
        | "jsx" | "less" | "lock" | "log" | "map" | "mat" | "mo" | "mp3" | "mp4" | "nii" | "npy" | "npz" | "o"
        | "odt" | "onnx" | "otf" | "parquet" | "pb" | "pdf" | "pickle" | "pkl" | "png" | "po" | "pot" | "ppt"
        | "pptx" | "psd" | "pxd" | "pyc" | "pyd" | "pyf" | "pyi" | "pyx" | "scss" | "so" | "sqlite" | "sqlite3"
        | "svg" | "tar" | "tgz" | "tif" | "tiff" | "ts" | "tsv" | "tsx" | "ttf" | "typed" | "vue" | "wav" | "webp"
        | "whl" | "woff" | "woff2" | "xls" | "xlsx" | "xz" | "zip" => None,
        // Scripts without an extension, `.flaskenv`, `.env.example`, `Pipfile`.
        _ => Some(if stem.is_empty() || starts(".") && !starts(".replit") { Sort::Other } else { Sort::Launcher }),
    }
}
