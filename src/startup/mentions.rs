//! Where the project's other files name a script: what launches it, and what tells people to.

use std::collections::{BTreeMap, BTreeSet};

use memchr::{memchr, memchr_iter, memmem, memrchr};

use super::target::is_identifier;
use crate::source::{ProjectPath, Tree, in_parallel};
use crate::syntax::names::has_word;

/// A line of a file that names a script.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mention {
    /// The file.
    pub(super) path: ProjectPath,
    /// The line, from 1.
    pub(super) line: usize,
    /// What the file is.
    pub(super) by: By,
}

/// What kind of file names a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    /// A file that starts things, on a line that would start the script.
    Launcher,
    /// Documentation that tells people to run it.
    Docs,
    /// A line that has a server load an app from it: `gunicorn shop:app`.
    Loader,
    /// A line that speaks of it otherwise: copies it.
    Other,
}

/// The lines of a project on which a script may be named.
pub(super) struct Texts {
    lines: Vec<Line>,
    /// By the file name or the last part of the module name that is on them.
    by_name: BTreeMap<String, Vec<usize>>,
}

/// A line that may name a script.
struct Line {
    path: ProjectPath,
    sort: Sort,
    /// From 1.
    number: usize,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Launcher,
    Docs,
    Python,
    Other,
}

/// Programs that read a script and do not run it.
const CHECKERS: &[&str] = &[
    "bandit",
    "black",
    "compileall",
    "flake8",
    "isort",
    "mypy",
    "py_compile",
    "pycodestyle",
    "pyflakes",
    "pylint",
    "pyright",
    "ruff",
    "yapf",
];

/// Larger files are data.
const LARGEST: usize = 1 << 20;

impl Texts {
    /// Reads the files that can name a script.
    pub(super) fn read(tree: &Tree, files: &[ProjectPath]) -> Self {
        let sorts: Vec<(&ProjectPath, Sort)> = files.iter().filter_map(|path| Some((path, sort(path)?))).collect();
        let found = in_parallel(&sorts, |(path, sort)| match tree.read(path) {
            Ok(Some(bytes)) if bytes.len() <= LARGEST => lines(*sort, &bytes),
            _ => Vec::new(),
        });
        let mut texts = Self { lines: Vec::new(), by_name: BTreeMap::new() };
        for ((path, sort), found) in sorts.into_iter().zip(found) {
            texts.add(path, sort, found);
        }
        texts
    }

    /// Takes the lines of a file that may name a script.
    fn add(&mut self, path: &ProjectPath, sort: Sort, lines: Vec<(usize, String)>) {
        for (number, text) in lines {
            for name in names_on(&text) {
                self.by_name.entry(name).or_default().push(self.lines.len());
            }
            self.lines.push(Line { path: path.clone(), sort, number, text });
        }
    }

    /// Where a script is named, by file and line, and first where it is started.
    pub(super) fn of(&self, script: &ProjectPath, files: &[ProjectPath]) -> Vec<Mention> {
        let module = script.as_str().strip_suffix(".py").unwrap_or(script.as_str()).replace('/', ".");
        let module = module.strip_suffix(".__main__").unwrap_or(&module);
        let last = |text: &str, by: char| text.rsplit(by).next().unwrap_or_default().to_owned();
        // A name with a space in it is on a line by its last word.
        let keys = BTreeSet::from([last(script.name(), ' '), last(module, '.')]);
        let lines: BTreeSet<usize> = keys.iter().filter_map(|key| self.by_name.get(key)).flatten().copied().collect();
        let mut found = Vec::new();
        for Line { path, sort, number, text } in lines.into_iter().map(|index| &self.lines[index]) {
            if path == script {
                continue;
            }
            let loaded = || *sort == Sort::Launcher && !is_comment(text) && loaded_on(text).any(|name| name == module);
            let started = names_script(text, path, script, module, files);
            if started.is_none() && loaded() {
                found.push(Mention { path: path.clone(), line: *number, by: By::Loader });
            }
            let Some(started) = started else { continue };
            let by = match sort {
                Sort::Docs if started && tells(text) => By::Docs,
                Sort::Launcher if started && !is_comment(text) => By::Launcher,
                Sort::Python if started && starts_process(text) => By::Launcher,
                _ => By::Other,
            };
            found.push(Mention { path: path.clone(), line: *number, by });
        }
        found.sort_by_key(|mention| (mention.by, mention.path.clone(), mention.line));
        found
    }
}

/// The lines of a file that may name a script, each with its number from 1. Few lines do, so that those
/// are looked for and not every line taken up.
fn lines(sort: Sort, bytes: &[u8]) -> Vec<(usize, String)> {
    let mut hits: Vec<usize> =
        [&b".py"[..], b"-m", b".wsgi"].iter().flat_map(|mark| memmem::find_iter(bytes, mark)).collect();
    // Only what starts things has a server load an app.
    if sort == Sort::Launcher {
        hits.extend(memchr_iter(b':', bytes).filter(|at| loads(bytes, *at)));
    }
    hits.sort_unstable();
    let mut lines = Vec::new();
    if hits.is_empty() || memchr(0, bytes).is_some() {
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
        if counts && !names_on(&text).is_empty() {
            lines.push((number, text.into_owned()));
        }
    }
    lines
}

/// Whether a colon can be the one of `module:name`.
fn loads(bytes: &[u8], colon: usize) -> bool {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let before = colon.checked_sub(1).is_some_and(|at| part(bytes[at]));
    before && bytes.get(colon + 1).is_some_and(|byte| part(*byte))
}

/// The file names of scripts on a line, and the last part of the module that `-m` runs.
fn names_on(line: &str) -> BTreeSet<String> {
    let part = |it: char| it.is_alphanumeric() || "_-.".contains(it);
    let mut names: BTreeSet<String> = line
        .split(|it| !part(it))
        .map(|name| name.trim_end_matches('.'))
        .filter(|name| [".py", ".pyw", ".wsgi"].iter().any(|ending| name.ends_with(ending)))
        .map(str::to_owned)
        .collect();
    let modules = module_on(line).into_iter().chain(loaded_on(line).map(str::to_owned));
    names.extend(modules.filter_map(|word| word.rsplit('.').next().map(str::to_owned)));
    names
}

/// The modules that a server is told to load an app from on a line: `shop.web` in `gunicorn shop.web:app`.
fn loaded_on(line: &str) -> impl Iterator<Item = &str> {
    let word = |it: char| it.is_alphanumeric() || "_.:".contains(it);
    let dotted = |text: &str| !text.is_empty() && text.split('.').all(is_identifier);
    line.split(move |it| !word(it))
        .filter_map(|word| word.split_once(':'))
        .filter(move |(module, name)| dotted(module) && is_identifier(name))
        .map(|(module, _)| module)
}

/// The module that `-m` runs on a line.
fn module_on(line: &str) -> Option<String> {
    let at = line.find("-m")?;
    let words = line[at + 2..].trim_start_matches(|character: char| !character.is_alphanumeric() && character != '_');
    let word: String = words.chars().take_while(|it| it.is_alphanumeric() || "_.".contains(*it)).collect();
    (!word.is_empty()).then_some(word)
}

/// Whether a line names the script, and if so whether in a way that can start it.
fn names_script(
    line: &str,
    path: &ProjectPath,
    script: &ProjectPath,
    module: &str,
    files: &[ProjectPath],
) -> Option<bool> {
    if let Some(word) = module_on(line) {
        let same = word == module || module.ends_with(&format!(".{word}"));
        if same && word != "pytest" {
            return Some(true);
        }
    }
    let name = script.name();
    let mut named = None;
    for (at, _) in line.match_indices(name) {
        let behind = line[at + name.len()..].chars().next();
        if behind.is_some_and(|it| it.is_alphanumeric() || it == '_' || it == '-') {
            continue;
        }
        let before = &line[..at];
        let start = before
            .rfind(|it: char| !(it.is_alphanumeric() || "_-./\\${}".contains(it)))
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        let folder = before[start..].replace('\\', "/");
        if !folder.is_empty() && !folder.ends_with('/') {
            continue;
        }
        if !same_folder(folder.trim_end_matches('/'), path, script, files) {
            continue;
        }
        let lead = before[..start].trim_end_matches(['"', '\'', ' ', '=']).to_ascii_lowercase();
        let inert = lead.ends_with("flask_app") || lead.ends_with("--app") || lead.ends_with("fastapi_app");
        let first = line.split_whitespace().next().unwrap_or_default();
        let checked =
            before.split(|it: char| !(it.is_alphanumeric() || it == '_')).any(|word| CHECKERS.contains(&word));
        let copied = matches!(first.to_ascii_uppercase().as_str(), "COPY" | "ADD" | "CHMOD" | "RM" | "CP" | "MV");
        named = Some(named.unwrap_or(false) || !(inert || copied || checked));
    }
    named
}

/// Whether the folder in front of a script's name can be the script's.
fn same_folder(folder: &str, path: &ProjectPath, script: &ProjectPath, files: &[ProjectPath]) -> bool {
    let parts: Vec<&str> =
        folder.split('/').filter(|part| !part.is_empty() && *part != "." && !part.contains('$')).collect();
    if parts.is_empty() {
        // A bare name means the file beside the one that names it, when there is one.
        let beside = path.beside(script.name());
        return beside == *script || files.binary_search(&beside).is_err();
    }
    if parts.contains(&"..") {
        return true;
    }
    let dirs: Vec<&str> = script.dir().split('/').filter(|part| !part.is_empty()).collect();
    // `/srv/shop/backend/app.py` on the server is `backend/app.py` here, and `app.py` in a `WORKDIR`.
    dirs.is_empty() && folder.starts_with(['/', '~'])
        || dirs.ends_with(&parts)
        || parts.ends_with(&dirs) && !dirs.is_empty()
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('#')
        || line.starts_with("//")
        || line.starts_with("::")
        || line.to_ascii_uppercase().starts_with("REM ")
}

/// Whether a line of documentation has a command that runs Python.
fn tells(line: &str) -> bool {
    let words = line.split(|it: char| it.is_whitespace() || "`$>\"'(".contains(it));
    line.contains("uv run")
        || words.map(|word| word.rsplit(['/', '\\']).next().unwrap_or(word)).any(|program| {
            matches!(program, "python" | "python2" | "python3" | "py" | "python.exe") || program.starts_with("python3.")
        })
}

fn starts_process(line: &str) -> bool {
    ["subprocess", "Popen", "os.system", "executable", "runpy", "execv"].iter().any(|word| line.contains(word))
        || has_word(line, "python")
        || has_word(line, "python3")
}

/// What a file can have to say of a script; `None` when it is not looked into.
fn sort(path: &ProjectPath) -> Option<Sort> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn by(path: &str, line: &str, script: &str) -> Option<By> {
        let path = ProjectPath::new(path);
        let mut texts = Texts { lines: Vec::new(), by_name: BTreeMap::new() };
        let sort = sort(&path)?;
        texts.add(&path, sort, lines(sort, line.as_bytes()));
        let script = ProjectPath::new(script);
        texts.of(&script, std::slice::from_ref(&script)).first().map(|mention| mention.by)
    }

    #[test]
    fn launchers_start_scripts() {
        for (path, line) in [
            ("Dockerfile", "CMD [\"python\", \"app.py\"]"),
            ("Dockerfile", "CMD python3 -u ./app.py"),
            ("Procfile", "web: python app.py"),
            ("docker-compose.yml", "    command: python /code/app.py"),
            ("start.sh", "exec python app.py \"$@\""),
            (".vscode/launch.json", "\"program\": \"${workspaceFolder}/app.py\","),
            ("Dockerfile", "CMD [\"python\", \"-m\", \"app\"]"),
            ("run_all.py", "subprocess.Popen([\"python\", \"app.py\"])"),
        ] {
            assert_eq!(by(path, line, "app.py"), Some(By::Launcher), "{line}");
        }
    }

    #[test]
    fn other_mentions_do_not_start() {
        assert_eq!(by("ci.yml", "run: python -m py_compile main.py app.py", "app.py"), Some(By::Other));
        assert_eq!(by("Makefile", "\truff check app.py", "app.py"), Some(By::Other));
        assert_eq!(by("Dockerfile", "COPY app.py .", "app.py"), Some(By::Other));
        assert_eq!(by("Dockerfile", "ENV FLASK_APP=app.py", "app.py"), Some(By::Other));
        assert_eq!(by("README.md", "run `python app.py`", "app.py"), Some(By::Docs));
        assert_eq!(by("README.md", "├── app.py  # the app", "app.py"), Some(By::Other));
        assert_eq!(by("Dockerfile", "CMD python myapp.py", "app.py"), None);
        assert_eq!(by("Dockerfile", "CMD python web/app.py", "app.py"), None);
        assert_eq!(by("Dockerfile", "CMD python app.pyc", "app.py"), None);
        assert_eq!(by("other.py", "from app import db", "app.py"), None);
        assert_eq!(by("Procfile", "web: gunicorn app:app", "app.py"), Some(By::Loader));
        assert_eq!(by("Procfile", "web: gunicorn -b :80 'shop.app:create_app()'", "shop/app.py"), Some(By::Loader));
        assert_eq!(by("Procfile", "web: gunicorn myapp:app", "app.py"), None);
        assert_eq!(by("Procfile", "# web: gunicorn app:app", "app.py"), None);
    }
}
