//! The lines of a project's files on which a script may be named: `CMD ["python", "app.py"]`.

use std::collections::BTreeSet;

use memchr::{memchr, memchr_iter, memmem, memrchr};

use crate::source::ProjectPath;
use crate::syntax::names::{has_word, is_identifier};

/// A line that may name a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamingLine {
    /// From 1.
    pub(crate) number: usize,
    /// Its text.
    pub(crate) text: String,
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
pub(super) const LARGEST: usize = 1 << 20;

/// The names by which some scripts are looked for.
#[derive(Debug)]
pub(crate) struct Names(BTreeSet<String>);

impl Names {
    /// The names that [`names_on`] gives for lines that name one of these scripts.
    pub(crate) fn of<'a>(scripts: impl Iterator<Item = &'a ProjectPath>) -> Self {
        Self(scripts.flat_map(names_of).collect())
    }

    /// The names one by one.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &String> {
        self.0.iter()
    }

    /// Whether a line names one of the scripts.
    pub(super) fn are_on(&self, line: &str) -> bool {
        self.any_in(line.as_bytes()) && names_on(line).iter().any(|name| self.0.contains(name))
    }

    fn any_in(&self, bytes: &[u8]) -> bool {
        self.0.iter().any(|name| memmem::find(bytes, name.as_bytes()).is_some())
    }
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

/// The lines of a file that name one of some scripts, each with its number from 1. Few lines do, so that
/// those are looked for and not every line taken up.
pub(crate) fn lines(names: &Names, sort: Sort, bytes: &[u8]) -> Vec<NamingLine> {
    if !names.any_in(bytes) {
        return Vec::new();
    }
    let mut hits: Vec<usize> = memmem::find_iter(bytes, b"-m").collect();
    for name in &names.0 {
        // Only what starts things has a server load an app.
        let loads = |at: &usize| sort == Sort::Launcher && bytes.get(at + name.len()) == Some(&b':');
        hits.extend(memmem::find_iter(bytes, name.as_bytes()).filter(|at| is_file(name) || loads(at)));
    }
    lines_at(hits, sort, bytes, |line| names.are_on(line))
}

/// Whether a name is that of a script's file.
fn is_file(name: &str) -> bool {
    [".py", ".pyw", ".wsgi"].iter().any(|ending| name.ends_with(ending))
}

/// The lines of Python code that may name any script.
pub(super) fn python_lines(bytes: &[u8]) -> Vec<NamingLine> {
    let hits = [&b".py"[..], b"-m", b".wsgi"].iter().flat_map(|mark| memmem::find_iter(bytes, mark)).collect();
    lines_at(hits, Sort::Python, bytes, |line| !names_on(line).is_empty())
}

/// The lines at some places of a file that are wanted and may name a script.
fn lines_at(mut hits: Vec<usize>, sort: Sort, bytes: &[u8], wanted: impl Fn(&str) -> bool) -> Vec<NamingLine> {
    hits.sort_unstable();
    let mut lines = Vec::new();
    if hits.is_empty() || bytes.len() > LARGEST || memchr(0, bytes).is_some() {
        return lines;
    }
    let (mut number, mut counted, mut end) = (1, 0, 0);
    for hit in hits {
        if hit < end {
            continue;
        }
        let start = memrchr(b'\n', &bytes[..hit]).map_or(0, |newline| newline + 1);
        end = memchr(b'\n', &bytes[hit..]).map_or(bytes.len(), |newline| hit + newline);
        number += memchr_iter(b'\n', &bytes[counted..start]).count();
        counted = start;
        let text = String::from_utf8_lossy(&bytes[start..end]);
        let counts = sort != Sort::Python || is_comment(&text) || starts_process(&text);
        if counts && wanted(&text) {
            lines.push(NamingLine { number, text: text.into_owned() });
        }
    }
    lines
}

/// The file names of scripts on a line, and the last part of the module that `-m` runs.
pub(crate) fn names_on(line: &str) -> BTreeSet<String> {
    let part = |it: char| it.is_alphanumeric() || "_-.".contains(it);
    let mut names: BTreeSet<String> = line
        .split(|it| !part(it))
        .map(|name| name.trim_end_matches('.'))
        .filter(|name| is_file(name))
        .map(str::to_owned)
        .collect();
    let modules = module_on(line).into_iter().chain(loaded_on(line).map(str::to_owned));
    names.extend(modules.filter_map(|word| word.rsplit('.').next().map(str::to_owned)));
    names
}

/// The modules that a server is told to load an app from on a line: `shop.web` in `gunicorn shop.web:app`.
pub(crate) fn loaded_on(line: &str) -> impl Iterator<Item = &str> {
    let word = |it: char| it.is_alphanumeric() || "_.:".contains(it);
    let dotted = |text: &str| !text.is_empty() && text.split('.').all(is_identifier);
    line.split(move |it| !word(it))
        .filter_map(|word| word.split_once(':'))
        .filter(move |(module, name)| dotted(module) && is_identifier(name))
        .map(|(module, _)| module)
}

/// The module that `-m` runs on a line.
pub(crate) fn module_on(line: &str) -> Option<String> {
    let at = line.find("-m")?;
    let words = line[at + 2..].trim_start_matches(|character: char| !character.is_alphanumeric() && character != '_');
    let word: String = words.chars().take_while(|it| it.is_alphanumeric() || "_.".contains(*it)).collect();
    (!word.is_empty()).then_some(word)
}

/// Whether a line is a comment in one of the languages that start things.
pub(crate) fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('#')
        || line.starts_with("//")
        || line.starts_with("::")
        || line.to_ascii_uppercase().starts_with("REM ")
}

/// Whether a line of Python seems to start a process.
pub(crate) fn starts_process(line: &str) -> bool {
    ["subprocess", "Popen", "os.system", "executable", "runpy", "execv"].iter().any(|word| line.contains(word))
        || has_word(line, "python")
        || has_word(line, "python3")
}

/// What a file can have to say of a script; `None` when it is not looked into.
pub(crate) fn sort(path: &ProjectPath) -> Option<Sort> {
    let name = path.name().to_ascii_lowercase();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
    let starts = |prefix: &str| name.starts_with(prefix);
    if extension == "py" {
        return Some(Sort::Python);
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
        "md" | "rst" | "adoc" => Some(Sort::Docs),
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
        "lock" | "css" | "js" | "ts" | "html" | "csv" | "svg" | "png" | "jpg" | "gif" | "ico" | "db" | "sqlite"
        | "sqlite3" | "eot" | "gz" | "jpeg" | "jsx" | "less" | "map" | "mo" | "npy" | "npz" | "parquet" | "pdf"
        | "pickle" | "pkl" | "po" | "pot" | "pxd" | "pyc" | "pyi" | "pyx" | "scss" | "tsx" | "ttf" | "vue" | "webp"
        | "whl" | "woff" | "woff2" | "zip" => None,
        // Scripts without an extension, `.flaskenv`, `.env.example`, `Pipfile`.
        _ => Some(if stem.is_empty() || starts(".") && !starts(".replit") { Sort::Other } else { Sort::Launcher }),
    }
}
