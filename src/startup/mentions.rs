//! Where the project's other files name a script: what launches it, and what tells people to.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use super::Target;
use super::told::{self, Called};
use crate::project::Project;
use crate::project::naming::{
    NamingLine, Sort, is_comment, loaded_on, module_of, module_on, names_of, starts_process, told_on,
};
use crate::source::{ProjectPath, Span, Tree, is_in};
use crate::syntax::names::prefixes;

/// A line of a file that names a script.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mention {
    /// The file.
    pub(super) path: ProjectPath,
    /// The line, from 1.
    pub(super) line: usize,
    /// What the file is.
    pub(super) by: By,
    /// How the line has a server load the script.
    pub(super) loads: Option<Target>,
    /// The command of documentation that it is, where that is one for a developer.
    pub(super) called: Option<Called>,
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

/// The lines of a project on which some scripts are named.
pub(super) struct Texts {
    lines: Vec<Line>,
    /// By the file name or the last part of the module name that is on them; each that was looked for is there.
    by_name: BTreeMap<String, Vec<usize>>,
    /// The folders that hold a file of the name of a script, by that name.
    homes: BTreeMap<String, Vec<String>>,
    scripts: Vec<ProjectPath>,
}

/// A line that may name a script.
struct Line {
    path: ProjectPath,
    sort: Sort,
    /// From 1.
    number: usize,
    text: String,
    /// The folder that documentation changes to above it.
    dir: Option<String>,
    /// Whether documentation speaks of production there.
    deploys: bool,
}

/// How a line names a script.
struct Named {
    /// Whether in a way that can start it.
    starts: bool,
    /// The place of the file's name with the folder in front of it, or of the module's; empty where neither is known.
    place: Span,
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

/// Programs, instructions of a Dockerfile too, that do something with a script and do not run it.
const HANDLERS: &[&str] = &[
    "add",
    "attrib",
    "cat",
    "chmod",
    "chown",
    "copy",
    "cp",
    "del",
    "dos2unix",
    "echo",
    "echo.",
    "git",
    "grep",
    "ln",
    "ls",
    "move",
    "mv",
    "nano",
    "notepad",
    "printf",
    "rm",
    "scp",
    "sed",
    "test",
    "touch",
    "type",
    "vi",
    "vim",
    "write-host",
    "write-output",
];

/// Keys behind which settings of tools list files.
const LISTS: &[&str] =
    &["exclude", "extend-exclude", "extend_skip", "files", "ignore", "include", "known", "omit", "skip", "source"];

/// What is in front of the file that uWSGI or mod_wsgi loads: nothing of it is started as a script.
const LOADING: &[&str] = &["wsgi-file", "wsgi_file", "WSGIScriptAlias"];

impl Texts {
    /// Reads the files that can name one of these scripts.
    pub(super) fn read<'a>(tree: &Tree, project: &Project, scripts: impl Iterator<Item = &'a ProjectPath>) -> Self {
        let mut texts = Self::looked_for(scripts, &project.files);
        for (path, sort, lines) in project.naming_lines(tree) {
            texts.add(path, sort, &lines);
        }
        texts
    }

    fn looked_for<'a>(scripts: impl Iterator<Item = &'a ProjectPath>, files: &[ProjectPath]) -> Self {
        let scripts: BTreeSet<&ProjectPath> = scripts.collect();
        let by_name = scripts.iter().flat_map(|script| names_of(script)).map(|name| (name, Vec::new())).collect();
        let names: FxHashSet<&str> = scripts.iter().map(|script| script.name()).collect();
        let mut homes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for file in files.iter().filter(|file| names.contains(file.name())) {
            homes.entry(file.name().to_owned()).or_default().push(file.dir().to_owned());
        }
        Self { lines: Vec::new(), by_name, homes, scripts: scripts.into_iter().cloned().collect() }
    }

    /// Whether documentation that names a script by its name alone, or with a folder in front of it, can mean
    /// this one and not another: the one in the folder that it changed to, else one below its own folder, or the
    /// only one that is so close, or that is above it.
    fn is_meant(&self, line: &Line, script: &ProjectPath, folder: &str) -> bool {
        let path = &line.path;
        let parts = |dir| str::split(dir, '/').filter(|part| !part.is_empty() && *part != ".");
        let homes = self.homes.get(script.name()).map_or(&[][..], Vec::as_slice);
        let changed: Vec<&str> = line.dir.iter().flat_map(|dir| parts(dir.as_str())).chain(parts(folder)).collect();
        if line.dir.is_some() && changed.len() > parts(folder).count() {
            // What is in front may be the folder that the project is cloned into.
            let known = (0..changed.len()).map(|start| changed[start..].join("/"));
            let is_in_it = |home: &str, dir: &str| home == dir || home.ends_with(&format!("/{dir}"));
            let mut known = known.filter(|dir| homes.iter().any(|home| is_in_it(home, dir)));
            if let Some(dir) = known.next() {
                return is_in_it(script.dir(), &dir);
            }
        }
        if parts(folder).next().is_some() {
            return true;
        }
        let close = |dir| parts(dir).zip(parts(path.dir())).take_while(|(one, two)| one == two).count();
        let rank = |dir| (close(dir), is_in(path.dir(), dir));
        let own = rank(script.dir());
        is_in(script.dir(), path.dir()) || homes.iter().all(|home| *home == script.dir() || rank(home) < own)
    }

    /// How a line names a script.
    fn named(&self, line: &Line, script: &ProjectPath, files: &[ProjectPath]) -> Option<Named> {
        names_script(line, script, &module_of(script), files, &|folder| {
            line.sort != Sort::Docs || self.is_meant(line, script, folder)
        })
    }

    /// The command that a line of documentation has for a script, where it means this script and no other.
    fn called(&self, line: &Line, script: &ProjectPath, named: &Named, files: &[ProjectPath]) -> Option<Called> {
        let is_told = |other: &&ProjectPath| {
            other.name() == script.name()
                && *other != script
                && self.named(line, other, files).is_some_and(|named| named.starts)
        };
        // What cannot be decoded has places that are not known.
        if line.deploys || line.text.contains(['\u{fffd}', '\u{feff}']) || line.path.name().ends_with(".sql") {
            return None;
        }
        let written = named.place.of(&line.text);
        let written =
            if written.ends_with(script.name()) { written.replace('\\', "/") } else { written.replace('.', "/") };
        let folder = written.rsplit_once('/').map_or("", |(folder, _)| folder);
        let folder = folder.strip_prefix("./").unwrap_or(folder).trim_end_matches('.');
        let from = script.dir().strip_suffix(folder)?;
        let is_whole = from.is_empty() || from.ends_with('/') || folder.is_empty();
        let called = told::called(&line.text, named.place).filter(|_| is_whole)?;
        let is_one = !self.scripts.iter().any(|other| is_told(&other));
        is_one.then(|| Called { from: from.trim_end_matches('/').to_owned(), ..called })
    }

    /// Takes those lines of a file that name one of the scripts.
    fn add(&mut self, path: &ProjectPath, sort: Sort, lines: &[NamingLine]) {
        for NamingLine { number, text, names, dir, deploys } in lines {
            let mut is_wanted = false;
            for name in names {
                if let Some(lines) = self.by_name.get_mut(name) {
                    lines.push(self.lines.len());
                    is_wanted = true;
                }
            }
            if is_wanted {
                let (path, text, dir) = (path.clone(), text.clone(), dir.clone());
                self.lines.push(Line { path, sort, number: *number, text, dir, deploys: *deploys });
            }
        }
    }

    /// The dotted names by which servers load a module from above its folder: `shop.web` for `shop/web.py`.
    pub(super) fn loads(&self, script: &ProjectPath) -> BTreeSet<&str> {
        let module = module_of(script);
        let last = module.rsplit('.').next().unwrap_or_default();
        let lines = self.by_name.get(last).into_iter().flatten().map(|index| &self.lines[*index]);
        lines
            .filter(|line| line.sort == Sort::Launcher && !is_comment(&line.text))
            .flat_map(|line| loaded_on(&line.text))
            .map(|(module, _)| module)
            .filter(|name| name.contains('.') && (module == *name || module.ends_with(&format!(".{name}"))))
            .collect()
    }

    /// Where a script is named, by file and line, and first where it is started.
    pub(super) fn of(&self, script: &ProjectPath, files: &[ProjectPath]) -> Vec<Mention> {
        let module = &module_of(script);
        let keys = names_of(script);
        debug_assert!(keys.iter().all(|key| self.by_name.contains_key(key)), "{script} was not looked for");
        let lines: BTreeSet<usize> = keys.iter().filter_map(|key| self.by_name.get(key)).flatten().copied().collect();
        let mut found = Vec::new();
        for line in lines.into_iter().map(|index| &self.lines[index]) {
            let Line { path, sort, number, text, .. } = line;
            if path == script {
                continue;
            }
            let loads = *sort == Sort::Launcher && !is_comment(text);
            let named = self.named(line, script, files);
            let mention = |by, loads| Mention { path: path.clone(), line: *number, by, loads, called: None };
            if named.is_none()
                && let Some(target) = loads.then(|| loaded(text, path, module, files)).flatten()
            {
                found.push(mention(By::Loader, Some(target)));
            }
            let Some(named) = named else { continue };
            let started = named.starts;
            if loads && LOADING.iter().any(|option| text.contains(option)) {
                let (dir, module) = (script.dir().to_owned(), script.stem().to_owned());
                found.push(mention(By::Loader, Some(Target { dir, module, name: "application".to_owned() })));
                continue;
            }
            // Vercel imports the file and looks for its app.
            if started && loads && matches!(path.name(), "vercel.json" | "now.json") {
                let (dir, module) = (script.dir().to_owned(), script.stem().to_owned());
                found.push(mention(By::Loader, Some(Target { dir, module, name: "app".to_owned() })));
                continue;
            }
            let by = match sort {
                Sort::Docs if started && runs_python(text) && !told::asks_else(text, named.place) => {
                    let called = self.called(line, script, &named, files);
                    found.push(Mention { called, ..mention(By::Docs, None) });
                    continue;
                }
                Sort::Launcher if started && !is_comment(text) => By::Launcher,
                Sort::Python if started && starts_process(text) => By::Launcher,
                _ => By::Other,
            };
            found.push(mention(by, None));
        }
        found.sort_by_key(|mention| (mention.by, mention.path.clone(), mention.line));
        found
    }
}

/// How a line of a file has a server load a module: from a folder that it changes to, from its own where the
/// module is there, or from the project's.
fn loaded(line: &str, path: &ProjectPath, module: &str, files: &[ProjectPath]) -> Option<Target> {
    let change = changed_to(line).map(|dir| dir.trim_start_matches("./").trim_matches('/').replace('/', "."));
    let own = path.dir().replace('/', ".");
    loaded_on(line).find_map(|(loaded, name)| {
        let above = || module.strip_suffix(loaded)?.strip_suffix('.');
        let beside = path.beside(&format!("{}.py", loaded.replace('.', "/")));
        let from = match &change {
            // `/srv/shop/web` on the server is `web` here.
            Some(dir) if !dir.is_empty() => {
                let from = above()?;
                (dir == from || dir.strip_suffix(from)?.ends_with('.')).then_some(from)?
            }
            _ if !own.is_empty() && files.binary_search(&beside).is_ok() => above().filter(|from| **from == own)?,
            _ => (loaded == module).then_some("")?,
        };
        Some(Target { dir: from.replace('.', "/"), module: loaded.to_owned(), name: name.to_owned() })
    })
}

/// The folder that a line changes to before a server loads anything.
fn changed_to(line: &str) -> Option<&str> {
    let words = line.split(|it: char| it.is_whitespace() || "\"'[],=".contains(it)).filter(|word| !word.is_empty());
    words.skip_while(|word| !matches!(*word, "--chdir" | "cd")).nth(1)
}

/// How a line names the script. `is_meant` tells whether it is this one that a name stands for, with the folder
/// in front of it.
fn names_script(
    line: &Line,
    script: &ProjectPath,
    module: &str,
    files: &[ProjectPath],
    is_meant: &dyn Fn(&str) -> bool,
) -> Option<Named> {
    let Line { path, text: line, .. } = line;
    if let Some(word) = module_on(line) {
        let same = word == module || module.ends_with(&format!(".{word}"));
        if same && (word.contains('.') || is_meant("")) && word != "pytest" {
            let behind = |at: usize| {
                let start = line.len() - line[at + 2..].trim_start().len();
                line[start..].starts_with(&word).then_some(Span::new(start, start + word.len()))
            };
            let place = line.match_indices("-m").find_map(|(at, _)| behind(at));
            return Some(Named { starts: true, place: place.unwrap_or(Span::empty(0)) });
        }
    }
    let name = script.name();
    // Nothing is started by that, and the name has to stay.
    let mut named = told_on(line)
        .any(|told| is_told(told, path, script, module, files))
        .then_some(Named { starts: false, place: Span::empty(0) });
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
        let folder = folder.trim_end_matches('/');
        if !same_folder(folder, path, script, files) || !is_meant(folder) {
            continue;
        }
        let lead = before[..start].trim_end_matches(['"', '\'', ' ', '=']).to_ascii_lowercase();
        let inert = lead.ends_with("flask_app") || lead.ends_with("--app") || lead.ends_with("fastapi_app");
        // The value of a variable of the environment, whose name is on the line above: nothing else.
        let rest = line[at + name.len()..].trim_matches(['"', '\'', ' ']);
        let is_value = lead.trim_start_matches([' ', '\t', '-']) == "value:" && (rest.is_empty() || is_comment(rest));
        let checked =
            before.split(|it: char| !(it.is_alphanumeric() || it == '_')).any(|word| CHECKERS.contains(&word));
        let handled = HANDLERS.contains(&&*program(&before[..start]));
        let listed = is_setting(path) && !runs_python(line) || is_listed(line, start, at + name.len());
        let starts = !(inert || is_value || handled || checked || listed);
        if starts || named.is_none() {
            named = Some(Named { starts, place: Span::new(start, at + name.len()) });
        }
    }
    named
}

/// The program, in lower case, of the command that the end of a line's start belongs to.
fn program(before: &str) -> String {
    let mut quote = None;
    let mut start = 0;
    for (at, it) in before.char_indices() {
        match quote {
            Some(open) if it == open => quote = None,
            Some(_) => {}
            // An apostrophe is within a word.
            None if it == '"' || it == '\'' && !before[..at].ends_with(char::is_alphanumeric) => quote = Some(it),
            None if matches!(it, '&' | '|' | ';') => start = at + 1,
            None => {}
        }
    }
    let wraps = |word: &str| word.ends_with(':') || matches!(word, "run" | "sudo" | "then" | "do" | "else");
    let words = before[start..].split_whitespace().map(str::to_lowercase);
    let mut words = words.map(|word| word.trim_start_matches(['@', '-', '$', '[', '"']).to_owned());
    words.find(|word| !word.is_empty() && !wraps(word)).unwrap_or_default()
}

/// Whether a file holds settings of Python's tools, which name files and start those only by a command.
fn is_setting(path: &ProjectPath) -> bool {
    let name = path.name();
    let is_known = matches!(name, "pyproject.toml" | "setup.cfg" | "tox.ini" | "pytest.ini" | "mypy.ini" | "ruff.toml");
    is_known || name.starts_with(".pre-commit")
}

/// Whether the name at a place of a line is one of a list of files: `skip = 'a.py,b.py'`.
fn is_listed(line: &str, start: usize, end: usize) -> bool {
    let key = line.split(['=', ':']).next().unwrap_or_default().trim_matches([' ', '\t', '"', '\'', '-']);
    let joined = line[..start].ends_with(',') || line[end..].starts_with(',');
    LISTS.contains(&&*key.to_ascii_lowercase()) || joined
}

/// Whether what a line of a file tells a program to take an app from is in a script: in a folder from which
/// the name leads there.
fn is_told(told: &str, path: &ProjectPath, script: &ProjectPath, module: &str, files: &[ProjectPath]) -> bool {
    // A package of the name is what is found.
    let package = script.beside(&format!("{}/__init__.py", script.stem()));
    if files.binary_search(&package).is_ok() {
        return false;
    }
    prefixes(told).any(|told| {
        let Some(above) = module.strip_suffix(told) else { return false };
        let from = above.trim_end_matches('.').replace('.', "/");
        (above.is_empty() || above.ends_with('.')) && (is_in(&from, path.dir()) || is_in(path.dir(), &from))
    })
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

/// Whether a line has a command that runs Python.
fn runs_python(line: &str) -> bool {
    line.contains("uv run") || line.split(|it: char| it.is_whitespace() || "`$>\"'(=".contains(it)).any(told::is_python)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::naming;

    fn by(path: &str, line: &str, script: &str) -> Option<By> {
        let path = ProjectPath::new(path);
        let script = ProjectPath::new(script);
        let mut texts = Texts::looked_for(std::iter::once(&script), std::slice::from_ref(&script));
        let sort = naming::sort(&path)?;
        texts.add(&path, sort, &naming::lines(sort, line.as_bytes()));
        texts.of(&script, std::slice::from_ref(&script)).first().map(|mention| mention.by)
    }

    #[test]
    fn a_name_without_a_folder_means_the_script_that_is_closest() {
        let files = ["api/app.py", "one/app.py", "one/web/app.py", "two/app.py"].map(ProjectPath::new);
        let told = |path: &str, line: &str| {
            let mut texts = Texts::looked_for(files.iter(), &files);
            texts.add(&ProjectPath::new(path), Sort::Docs, &naming::lines(Sort::Docs, line.as_bytes()));
            let is_told = |script: &&ProjectPath| !texts.of(script, &files).is_empty();
            files.iter().filter(is_told).map(ToString::to_string).collect::<Vec<_>>()
        };
        // One below the folder of the documentation, any of them.
        assert_eq!(told("README.md", "python app.py"), ["api/app.py", "one/app.py", "one/web/app.py", "two/app.py"]);
        assert_eq!(told("api/README.md", "python app.py"), ["api/app.py"]);
        assert_eq!(told("two/docs/start.md", "python ./app.py"), ["two/app.py"]);
        assert_eq!(told("docs/start.md", "python app.py"), [""; 0]);
        assert_eq!(told("docs/start.md", "python -m app"), [""; 0]);
        assert_eq!(told("one/web/docs/start.md", "python app.py"), ["one/web/app.py"]);
        assert_eq!(told("one/docs/start.md", "python app.py"), ["one/app.py"]);
        assert_eq!(told("docs/start.md", "python two/app.py"), ["two/app.py"]);
        assert_eq!(told("docs/start.md", "python -m two.app"), ["two/app.py"]);
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
            ("deploy.sh", "./auto-merge && python -m app"),
            ("run_all.py", "subprocess.Popen([\"python\", \"app.py\"])"),
        ] {
            assert_eq!(by(path, line, "app.py"), Some(By::Launcher), "{line}");
        }
    }

    #[test]
    fn documentation_means_the_script_in_the_folder_that_it_changes_to() {
        let files = ["a/main.py", "b/main.py", "b/src/main.py"].map(ProjectPath::new);
        let told = |text: &str| {
            let mut texts = Texts::looked_for(files.iter(), &files);
            texts.add(&ProjectPath::new("README.md"), Sort::Docs, &naming::lines(Sort::Docs, text.as_bytes()));
            let called =
                files.iter().flat_map(|script| texts.of(script, &files).into_iter().map(move |it| (script, it)));
            called.map(|(script, it)| (script.to_string(), it.called.is_some())).collect::<Vec<_>>()
        };
        let one = |script: &str| vec![(script.to_owned(), true)];
        for text in [
            "# Run\n\n1. Go there:\n\n```cd b```\n\n2. Run:\n\n```python main.py```\n",
            "```\ncd b\n```\n\n```\npython main.py\n```\n",
            "    git clone x\n    cd x\n    cd b/\n    python main.py\n",
            "`cd x/b && python main.py`",
            "cd a\r\nnpm i\r\ncd ../b\r\npython main.py\r\n",
            "```\ncd a\n# then\ncd ../b\npython main.py\n```\n",
        ] {
            assert_eq!(told(text), one("b/main.py"), "{text}");
        }
        assert_eq!(told("cd b\npython src/main.py"), one("b/src/main.py"));
        assert_eq!(told("python -m b.src.main"), one("b/src/main.py"));
        // A command for a server is not one for a developer's own machine.
        for text in [
            "## Deploy to Render\n\n    python b/src/main.py\n",
            "Start Command: `python b/src/main.py`",
            "Production\n----------\n\n    python -m b.src.main\n",
        ] {
            assert_eq!(told(text), [("b/src/main.py".to_owned(), false)], "{text}");
        }
        assert_eq!(told("cd x\npython a/main.py"), one("a/main.py"));
        // Where it is not said which, it is any of them.
        let any = |text: &str| assert_eq!(told(text), files.each_ref().map(|it| (it.to_string(), false)), "{text}");
        any("cd x\npython main.py");
        any("## One\n\ncd b\n\n## Other\n\npython main.py");
        any("Two\n===\n\n`cd b`\n\nThree\n-----\n\n`python main.py`\n");
    }

    #[test]
    fn what_only_handles_a_script_does_not_start_it() {
        for (path, line) in [
            ("pyproject.toml", "skip = '.venv/,migrations/,manage.py,app.py,hook.py'"),
            ("pyproject.toml", "    \"app.py\","),
            ("setup.cfg", "omit = app.py"),
            ("codecov.yml", "ignore: app.py"),
            ("run.bat", "echo    python app.py"),
            ("run.bat", "@ECHO Run: python app.py"),
            ("run.sh", "echo \"then; python app.py\""),
            ("Dockerfile", "RUN chmod +x app.py"),
            (".gitlab-ci.yml", "    - sudo chmod +x app.py"),
            ("ci.yml", "      - run: chmod +x app.py"),
            ("Dockerfile", "RUN pip install flask && chmod a+x app.py"),
            ("notes.rtf", "a.py and b.py are imported into app.py . \\"),
        ] {
            assert_eq!(by(path, line, "app.py"), Some(By::Other), "{path}: {line}");
        }
        for (path, line) in [
            ("pyproject.toml", "serve = \"python app.py\""),
            ("tox.ini", "commands=python app.py"),
            ("run.bat", "echo starting && python app.py"),
            ("run.sh", "echo \"don't\"; python app.py"),
            ("run.sh", "sh -c \"cd web && python app.py\""),
            ("Dockerfile", "CMD chmod +x app.py && ./app.py"),
            ("web.json", "\"args\": [\"app.py\", \"-v\"]"),
        ] {
            assert_eq!(by(path, line, "app.py"), Some(By::Launcher), "{path}: {line}");
        }
        assert_eq!(by("vercel.json", "  \"dest\": \"app.py\"", "app.py"), Some(By::Loader));
    }

    #[test]
    fn other_mentions_do_not_start() {
        assert_eq!(by("ci.yml", "run: python -m py_compile main.py app.py", "app.py"), Some(By::Other));
        assert_eq!(by("Makefile", "\truff check app.py", "app.py"), Some(By::Other));
        assert_eq!(by("Dockerfile", "COPY app.py .", "app.py"), Some(By::Other));
        assert_eq!(by("Dockerfile", "ENV FLASK_APP=app.py", "app.py"), Some(By::Other));
        assert_eq!(by(".flaskenv", "FLASK_APP=app", "app.py"), Some(By::Other));
        assert_eq!(
            by("docker-compose.yml", "      FLASK_APP: \"shop.app:create_app\"", "shop/app.py"),
            Some(By::Other)
        );
        assert_eq!(by("Dockerfile", "ENV FLASK_APP shop.app", "shop/app.py"), Some(By::Other));
        assert_eq!(by("Procfile", "worker: celery -A app.celery worker", "app.py"), Some(By::Other));
        assert_eq!(by("worker.sh", "celery --app=shop.app worker", "src/shop/app.py"), Some(By::Other));
        assert_eq!(by("README.md", "    flask --app app db upgrade", "app.py"), Some(By::Other));
        assert_eq!(by("run_all.py", "subprocess.run([\"celery\", \"-A\", \"app.celery\"])", "app.py"), Some(By::Other));
        assert_eq!(by("Procfile", "worker: celery -A tasks.app worker", "app.py"), None);
        assert_eq!(by("docs/cli.rst", "export FLASK_APP=app", "examples/app.py"), None);
        assert_eq!(by(".env", "MY_FLASK_APP=app", "app.py"), None);
        assert_eq!(by("render.yaml", "    value: src/app.py", "src/app.py"), Some(By::Other));
        assert_eq!(by("render.yaml", "    value: \"python src/app.py\"", "src/app.py"), Some(By::Launcher));
        assert_eq!(by("README.md", "run `python app.py`", "app.py"), Some(By::Docs));
        assert_eq!(by("README.md", "    python app.py db upgrade", "app.py"), Some(By::Other));
        assert_eq!(by("README.md", "python -m shop.app --help", "shop/app.py"), Some(By::Other));
        assert_eq!(by("README.md", "python app.py runserver", "app.py"), Some(By::Docs));
        assert_eq!(by("Supervisord.md", "command=python app.py", "app.py"), Some(By::Docs));
        assert_eq!(by("README.md", "├── app.py  # the app", "app.py"), Some(By::Other));
        assert_eq!(by("Dockerfile", "CMD python myapp.py", "app.py"), None);
        assert_eq!(by("Dockerfile", "CMD python web/app.py", "app.py"), None);
        assert_eq!(by("Dockerfile", "CMD python app.pyc", "app.py"), None);
        assert_eq!(by("other.py", "from app import db", "app.py"), None);
        assert_eq!(by("deploy.sh", "./auto-map app", "map.py"), None);
        assert_eq!(
            by("data.json", &format!("{{\"text\": \"{}python app.py\"}}", "word ".repeat(1000)), "app.py"),
            None
        );
        assert_eq!(by("Procfile", "web: gunicorn app:app", "app.py"), Some(By::Loader));
        assert_eq!(by("Procfile", "web: gunicorn -b :80 'shop.app:create_app()'", "shop/app.py"), Some(By::Loader));
        assert_eq!(by("Procfile", "web: gunicorn --chdir ./web app:app", "web/app.py"), Some(By::Loader));
        assert_eq!(by("run.sh", "cd /srv/shop/web && gunicorn app:app", "web/app.py"), Some(By::Loader));
        assert_eq!(
            by("Dockerfile", "CMD [\"gunicorn\", \"--chdir=web\", \"shop.app:app\"]", "web/shop/app.py"),
            Some(By::Loader)
        );
        assert_eq!(by("web/Dockerfile", "CMD gunicorn app:app", "web/app.py"), Some(By::Loader));
        assert_eq!(by("web/uwsgi.ini", "wsgi-file = app.py", "web/app.py"), Some(By::Loader));
        assert_eq!(by("site.conf", "WSGIScriptAlias / /srv/shop/app.py", "app.py"), Some(By::Loader));
        assert_eq!(by("api/Dockerfile", "CMD gunicorn app:app", "web/app.py"), None);
        assert_eq!(by("Procfile", "web: gunicorn --chdir api app:app", "web/app.py"), None);
        assert_eq!(by("Procfile", "web: gunicorn app:app", "web/app.py"), None);
        assert_eq!(by("Procfile", "web: gunicorn myapp:app", "app.py"), None);
        assert_eq!(by("Procfile", "# web: gunicorn app:app", "app.py"), None);
        assert_eq!(by("seed.sql", "-- utils/seed.py does this when app.py starts", "app.py"), Some(By::Other));
        assert_eq!(by("logs/all.log", "  File \"/srv/shop/app.py\", line 388, in home", "app.py"), None);
    }
}
