//! Where the project keeps its dependencies, and which Flask it pins.

mod narrow;

use std::cmp::Ordering;

use super::Project;
use super::scope::{self, Scope};
use crate::source::{ProjectPath, Source, Span, Tree, Unread, is_in};
use crate::syntax::nodes::{self, Id, Nodes};
use crate::syntax::{ini, requirements};

/// The version of Flask that no longer reads `FLASK_ENV`.
const WITHOUT_ENV: &[u32] = &[2, 3];

/// Larger files are no list of dependencies that a person keeps; lock files may be long.
const MAX_BYTES: usize = 8 << 20;

/// Whether something is so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// The project does not say.
    #[default]
    Unknown,
}

/// What the `flask` command of the installed Flask understands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FlaskCommand {
    /// `flask --app shop run --debug`.
    #[default]
    Options,
    /// Before 2.2.3, variables: `FLASK_DEBUG=1 flask run`.
    Variables,
    /// Before 1.0 it does not look for a `wsgi.py` either.
    AppInVariable,
}

/// The Flask a file asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pin {
    /// The file.
    pub(crate) path: ProjectPath,
    /// The place in it.
    pub(crate) span: Span,
    /// Whether it is older than 2.3.
    pub(crate) before_2_3: Answer,
    /// As written: `>=1.1,<2.3`.
    pub(crate) specifier: String,
    /// Whether it is a lock file's, which says exactly what is installed.
    locked: bool,
}

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Format {
    Requirements,
    Project,
    Poetry,
    Pipfile,
    SetupCfg,
    Environment,
}

/// A file that lists dependencies.
#[derive(Clone, Debug)]
struct List {
    path: ProjectPath,
    format: Format,
    text: String,
    /// Whether Flask is in it.
    has_flask: bool,
    /// Why nothing can be added to it, where that is so.
    closed: Option<String>,
}

/// The project's dependencies.
#[derive(Debug, Default)]
pub(crate) struct Dependencies {
    lists: Vec<List>,
    pins: Vec<Pin>,
    /// Texts in which a package may be named, `setup.py` and lock files too, in lower case.
    texts: Vec<(ProjectPath, String)>,
    /// The files that a command makes from lists, or that it makes them from, and that command.
    locks: Vec<(ProjectPath, &'static str)>,
}

/// How to add a package, or what limits its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Addition {
    /// By putting `text` at a place.
    Insert {
        /// The file.
        path: ProjectPath,
        /// The place; empty for an insertion.
        span: Span,
        /// What to put there.
        text: String,
    },
    /// By hand.
    Manual {
        /// The file.
        path: ProjectPath,
        /// Why.
        reason: String,
    },
}

/// How much of a file is read, in bytes; `None` where it lists no dependencies.
pub(super) fn most(path: &ProjectPath) -> Option<usize> {
    lists(path).then_some(MAX_BYTES)
}

/// Whether a file has to be read closely for the dependencies it lists.
pub(super) fn matters(path: &ProjectPath, bytes: &[u8]) -> bool {
    lists(path) && bytes.len() <= MAX_BYTES
}

/// Whether a file lists dependencies, by its name.
fn lists(path: &ProjectPath) -> bool {
    let name = path.name().to_ascii_lowercase();
    let named = matches!(
        name.as_str(),
        "pyproject.toml"
            | "pipfile"
            | "setup.cfg"
            | "setup.py"
            | "environment.yml"
            | "environment.yaml"
            | "conda.yaml"
            | "poetry.lock"
            | "uv.lock"
            | "pipfile.lock"
            | "pdm.lock"
    );
    named || is_requirements(path, &name)
}

/// Whether a file with this name in lower case is one of requirements.
fn is_requirements(path: &ProjectPath, name: &str) -> bool {
    let in_folder = path.dir().rsplit('/').next() == Some("requirements");
    let is_text = name.ends_with(".txt") || name.ends_with(".in");
    is_text && (name.contains("requirements") || in_folder)
}

impl Dependencies {
    /// Reads the files that list dependencies.
    pub(crate) fn gather(tree: &Tree, project: &Project, unread: &mut Vec<Unread>) -> Self {
        let mut found = Self::default();
        for path in project.files.iter() {
            if !lists(path) {
                continue;
            }
            let Ok(Some(bytes)) = project.text(tree, path) else { continue };
            let name = path.name().to_ascii_lowercase();
            let is_requirements = is_requirements(path, &name);
            let read = if is_requirements { Source::decode_text } else { Source::decode };
            let source = match read(path.clone(), &bytes) {
                Ok(source) => source,
                Err(mut problem) => {
                    problem.message =
                        "it is not text in UTF-8, so its dependencies are not known; save it as UTF-8".to_owned();
                    unread.push(problem);
                    continue;
                }
            };
            found.texts.push((path.clone(), source.text.to_ascii_lowercase()));
            let scope = scope::of_path(path);
            match name.as_str() {
                _ if is_requirements => found.requirements(path, source.text, scope),
                "pyproject.toml" => found.pyproject(path, source.text),
                "pipfile" => found.pipfile(path, source.text),
                "setup.cfg" => found.setup_cfg(path, source.text),
                "setup.py" => found.setup_py(path, &source.text),
                "environment.yml" | "environment.yaml" | "conda.yaml" => found.environment(path, source.text),
                "poetry.lock" => found.lock_file(path, &source.text, "poetry lock"),
                "uv.lock" => found.lock_file(path, &source.text, "uv lock"),
                "pdm.lock" => found.lock_file(path, &source.text, "pdm lock"),
                "pipfile.lock" => found.pipfile_lock(path, &source.text),
                _ => {}
            }
        }
        found
    }

    /// Whether the Flask that is installed is older than 2.3, and what says so.
    pub(crate) fn flask_before_2_3(&self) -> (Answer, Option<&Pin>) {
        let pins = || self.pins.iter().filter(|pin| pin.before_2_3 != Answer::Unknown);
        let best =
            pins().find(|pin| pin.locked).or_else(|| pins().min_by_key(|pin| pin.path.as_str().matches('/').count()));
        best.map_or((Answer::Unknown, self.pins.first()), |pin| (pin.before_2_3, Some(pin)))
    }

    /// What the `flask` command of the Flask that is installed understands.
    pub(crate) fn flask_command(&self) -> FlaskCommand {
        if self.is_flask_0() {
            FlaskCommand::AppInVariable
        } else if self.pins.iter().any(|pin| before(&pin.specifier, &[2, 2, 3]) == Answer::Yes) {
            FlaskCommand::Variables
        } else {
            FlaskCommand::Options
        }
    }

    /// Whether the Flask that is installed is older than 1.0, whose development server answers one request
    /// after the other.
    pub(crate) fn is_flask_0(&self) -> bool {
        self.pins.iter().any(|pin| before(&pin.specifier, &[1]) == Answer::Yes)
    }

    /// Whether the project keeps a list of its dependencies at all.
    pub(crate) fn any(&self) -> bool {
        !self.lists.is_empty()
    }

    /// Whether a package is named among the dependencies of what is started from a folder: in a file
    /// of a folder above or below it.
    pub(crate) fn names(&self, package: &str, dir: &str) -> bool {
        self.texts.iter().filter(|(path, _)| related(path.dir(), dir)).any(|(_, text)| {
            text.match_indices(package).any(|(at, _)| {
                let joins = |character: char| character.is_ascii_alphanumeric() || character == '_';
                let before = text[..at].chars().next_back().is_some_and(joins);
                let after = text[at + package.len()..].chars().next().is_some_and(joins);
                !before && !after
            })
        })
    }

    /// The command that brings the lock file of a list up to date, where it has one.
    pub(crate) fn lock_command(&self, list: &ProjectPath) -> Option<&'static str> {
        let is_of_list = |command: &str| match command {
            "pipenv lock" => list.name() == "Pipfile",
            "pip-compile" => list.name().ends_with(".in") || list.name().ends_with(".txt"),
            _ => matches!(list.name(), "pyproject.toml" | "setup.cfg"),
        };
        let locks = self.locks.iter().filter(|(path, command)| is_in(list.dir(), path.dir()) && is_of_list(command));
        locks.max_by_key(|(path, _)| path.dir().len()).map(|(_, command)| *command)
    }

    /// How to add a package where the project keeps its dependencies.
    pub(crate) fn add(&self, package: &str, dir: &str) -> Option<Addition> {
        let rank = |list: &&List| {
            (!list.has_flask, list.closed.is_some(), list.path.as_str().matches('/').count(), list.format)
        };
        // A list without Flask, deep in the project, is that of something else.
        let ours = |list: &&List| related(list.path.dir(), dir) && (list.has_flask || list.path.dir().is_empty());
        let list = self.lists.iter().filter(ours).min_by_key(rank)?;
        if let Some(reason) = &list.closed {
            return Some(Addition::Manual { path: list.path.clone(), reason: reason.clone() });
        }
        let place = match list.format {
            Format::Requirements => add_line(&list.text, package),
            Format::Project => add_element(&list.text, package),
            Format::Poetry => add_entry(&list.text, &["tool", "poetry", "dependencies"], package),
            Format::Pipfile => add_entry(&list.text, &["packages"], package),
            Format::SetupCfg => add_indented(&list.text, package),
            Format::Environment => add_item(&list.text, package),
        };
        let path = list.path.clone();
        Some(match place {
            Some((span, text)) => Addition::Insert { path, span, text },
            None => Addition::Manual { path, reason: "its form is not one flaskship can add to".to_owned() },
        })
    }

    fn pin(&mut self, path: &ProjectPath, span: Span, specifier: &str, locked: bool) {
        let specifier = specifier.to_owned();
        self.pins.push(Pin {
            path: path.clone(),
            span,
            before_2_3: before(&specifier, WITHOUT_ENV),
            specifier,
            locked,
        });
    }

    fn requirements(&mut self, path: &ProjectPath, text: String, scope: Scope) {
        let read = requirements::parse(&text);
        let flask = read.list.iter().find(|one| one.name == "flask");
        if let Some(flask) = flask {
            self.pin(path, flask.span, &flask.specifier, false);
        }
        let has_flask = flask.is_some();
        if path.name().ends_with(".in") && has_flask {
            self.locks.push((path.clone(), "pip-compile"));
        }
        if matches!(scope, Scope::Development | Scope::Test) || (read.list.is_empty() && !read.includes.is_empty()) {
            return;
        }
        let closed = if read.generated {
            Some("another file is compiled into it; add the package there and compile it again".to_owned())
        } else if read.hashed {
            Some("it lists hashes, and pip refuses a line without one".to_owned())
        } else {
            None
        };
        self.lists.push(List { path: path.clone(), format: Format::Requirements, text, has_flask, closed });
    }

    fn pyproject(&mut self, path: &ProjectPath, text: String) {
        let Ok(tree) = nodes::toml(&text) else { return };
        let Some(root) = tree.roots().next() else { return };
        if let Some(list) = tree.at(root, &["project", "dependencies"]).filter(|list| tree.is_list(*list)) {
            let mut has_flask = false;
            for id in tree.children(list) {
                if let Some((name, specifier)) = tree.text(*id).and_then(requirements::requirement)
                    && name == "flask"
                {
                    has_flask = true;
                    self.pin(path, tree.node(*id).span, &specifier, false);
                }
            }
            self.lists.push(List { path: path.clone(), format: Format::Project, text, has_flask, closed: None });
        } else if let Some(table) = tree.at(root, &["tool", "poetry", "dependencies"]) {
            let has_flask = self.table(path, &tree, table);
            self.lists.push(List { path: path.clone(), format: Format::Poetry, text, has_flask, closed: None });
        }
    }

    /// A table of packages, as Poetry and Pipenv have it; true when Flask is in it.
    fn table(&mut self, path: &ProjectPath, tree: &Nodes, table: Id) -> bool {
        let flask = tree
            .children(table)
            .iter()
            .copied()
            .find(|id| tree.key(*id).is_some_and(|key| requirements::normal(key) == "flask"));
        if let Some(flask) = flask {
            let version = tree.text(flask).or_else(|| tree.text(tree.get(flask, "version")?)).unwrap_or_default();
            self.pin(path, tree.entry(flask), &version.replace(' ', ""), false);
        }
        flask.is_some()
    }

    fn pipfile(&mut self, path: &ProjectPath, text: String) {
        let Ok(tree) = nodes::toml(&text) else { return };
        let Some(table) = tree.roots().next().and_then(|root| tree.get(root, "packages")) else { return };
        let has_flask = self.table(path, &tree, table);
        self.lists.push(List { path: path.clone(), format: Format::Pipfile, text, has_flask, closed: None });
    }

    fn setup_cfg(&mut self, path: &ProjectPath, text: String) {
        let Some(span) = install_requires(&text) else { return };
        let read = requirements::parse(span.of(&text));
        let flask = read.list.iter().find(|one| one.name == "flask").cloned();
        if let Some(flask) = &flask {
            let place = Span::new(span.start + flask.span.start, span.start + flask.span.end);
            self.pin(path, place, &flask.specifier, false);
        }
        let has_flask = flask.is_some();
        self.lists.push(List { path: path.clone(), format: Format::SetupCfg, text, has_flask, closed: None });
    }

    /// `setup.py` is code; what stands in it as a literal is read all the same.
    fn setup_py(&mut self, path: &ProjectPath, text: &str) {
        for quote in ['"', '\''] {
            let mut from = 0;
            while let Some(at) = text[from..].find(quote).map(|at| from + at) {
                let Some(end) = text[at + 1..].find(quote).map(|end| at + 1 + end) else { break };
                if let Some((name, specifier)) = requirements::requirement(&text[at + 1..end])
                    && name == "flask"
                    && !specifier.is_empty()
                {
                    self.pin(path, Span::new(at, end + 1), &specifier, false);
                    return;
                }
                from = at + 1;
            }
        }
    }

    fn environment(&mut self, path: &ProjectPath, text: String) {
        let Ok(tree) = nodes::yaml(&text) else { return };
        let Some(list) = tree.roots().next().and_then(|root| tree.get(root, "dependencies")) else { return };
        let mut has_flask = false;
        for (id, _) in tree.iter() {
            if !within(&tree, id, list) {
                continue;
            }
            if let Some((name, specifier)) = tree.text(id).and_then(requirements::requirement)
                && name == "flask"
            {
                has_flask = true;
                // conda writes `flask=1.1` for what pip writes as `flask==1.1.*`.
                let conda = specifier.starts_with('=') && !specifier.starts_with("==");
                let specifier = if conda { format!("={specifier}.*") } else { specifier };
                self.pin(path, tree.node(id).span, &specifier, false);
            }
        }
        self.lists.push(List { path: path.clone(), format: Format::Environment, text, has_flask, closed: None });
    }

    fn lock_file(&mut self, path: &ProjectPath, text: &str, command: &'static str) {
        self.locks.push((path.clone(), command));
        let Ok(tree) = nodes::toml(text) else { return };
        let packages = tree.roots().next().and_then(|root| tree.get(root, "package"));
        for id in packages.into_iter().flat_map(|packages| tree.children(packages)) {
            let said = |key: &str| tree.get(*id, key).and_then(|id| tree.text(id));
            if said("name").is_some_and(|name| requirements::normal(name) == "flask")
                && let Some(version) = said("version")
            {
                let span = tree.get(*id, "version").map_or(Span::empty(0), |id| tree.entry(id));
                self.pin(path, span, &format!("=={version}"), true);
            }
        }
    }

    fn pipfile_lock(&mut self, path: &ProjectPath, text: &str) {
        self.locks.push((path.clone(), "pipenv lock"));
        let Ok(tree) = nodes::json(text) else { return };
        let version = tree.roots().next().and_then(|root| tree.at(root, &["default", "flask", "version"]));
        if let Some((id, version)) = version.and_then(|id| Some((id, tree.text(id)?))) {
            self.pin(path, tree.entry(id), version, true);
        }
    }
}

/// Whether one folder is in the other, or they are the same.
fn related(a: &str, b: &str) -> bool {
    is_in(a, b) || is_in(b, a)
}

fn within(tree: &Nodes, id: Id, ancestor: Id) -> bool {
    let mut at = tree.node(id).parent;
    while let Some(id) = at {
        if id == ancestor {
            return true;
        }
        at = tree.node(id).parent;
    }
    false
}

/// Whether every version that a specifier allows is older than `version`.
fn before(specifier: &str, version: &[u32]) -> Answer {
    let mut lower: Vec<u32> = Vec::new();
    let mut upper: Option<Vec<u32>> = None;
    let mut cap = |bound: Vec<u32>| {
        if upper.as_ref().is_none_or(|upper| compare(&bound, upper) == Ordering::Less) {
            upper = Some(bound);
        }
    };
    for clause in specifier.split(',').map(str::trim).filter(|clause| !clause.is_empty()) {
        let number = clause.trim_start_matches(['=', '<', '>', '~', '!', '^', ' ']);
        let sign = &clause[..clause.len() - number.len()];
        let any = number.ends_with('*');
        let Some(parts) = parts(number.trim_end_matches('*').trim_end_matches('.')) else { continue };
        match sign.trim() {
            "==" | "===" | "=" | "" if any => {
                lower.clone_from(&parts);
                cap(next(&parts, parts.len()));
            }
            "==" | "===" | "=" | "" => {
                lower.clone_from(&parts);
                // The version itself: nothing from its next patch on.
                let mut bound = parts;
                bound.push(1);
                cap(bound);
            }
            "<" => cap(parts),
            "<=" => {
                let mut bound = parts;
                bound.push(1);
                cap(bound);
            }
            ">" | ">=" => lower = parts,
            "~=" => {
                cap(next(&parts, parts.len().saturating_sub(1).max(1)));
                lower = parts;
            }
            "~" => {
                cap(next(&parts, parts.len().min(2)));
                lower = parts;
            }
            "^" => {
                let lead = parts.iter().position(|part| *part != 0).unwrap_or(0);
                cap(next(&parts, lead + 1));
                lower = parts;
            }
            _ => {}
        }
    }
    if upper.is_some_and(|upper| compare(&upper, version) != Ordering::Greater) {
        Answer::Yes
    } else if !lower.is_empty() && compare(&lower, version) != Ordering::Less {
        Answer::No
    } else {
        Answer::Unknown
    }
}

/// The numbers of a version; what comes behind them (`rc1`, `.dev0`) is left out.
fn parts(version: &str) -> Option<Vec<u32>> {
    let mut parts = Vec::new();
    for part in version.trim_start_matches('v').split('.') {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        match digits.parse() {
            Ok(number) => parts.push(number),
            Err(_) => break,
        }
        if digits.len() < part.len() {
            break;
        }
    }
    (!parts.is_empty()).then_some(parts)
}

/// The first version behind all that start with the first `count` numbers.
fn next(parts: &[u32], count: usize) -> Vec<u32> {
    let mut next = parts[..count.min(parts.len())].to_vec();
    if let Some(last) = next.last_mut() {
        *last = last.saturating_add(1);
    }
    next
}

fn compare(a: &[u32], b: &[u32]) -> Ordering {
    let length = a.len().max(b.len());
    let part = |parts: &[u32], at: usize| parts.get(at).copied().unwrap_or(0);
    (0..length)
        .map(|at| part(a, at).cmp(&part(b, at)))
        .find(|order| *order != Ordering::Equal)
        .unwrap_or(Ordering::Equal)
}

/// Where in a list of names, if it is sorted, a new one belongs: before this one.
fn sorted_place(names: &[String], package: &str) -> Option<usize> {
    let sorted = names.len() > 1 && names.windows(2).all(|pair| pair[0] <= pair[1]);
    if sorted { names.iter().position(|name| name.as_str() > package) } else { None }
}

/// A new line of a requirements file.
fn add_line(text: &str, package: &str) -> Option<(Span, String)> {
    let list = requirements::parse(text).list;
    let names: Vec<String> = list.iter().map(|one| one.name.clone()).collect();
    if let Some(at) = sorted_place(&names, split(package).0) {
        let start = text[..list[at].span.start].rfind('\n').map_or(0, |newline| newline + 1);
        // A comment above belongs to the line below it, so it stays with that.
        let above = text[..start].lines().next_back().is_some_and(|line| line.trim_start().starts_with('#'));
        if !above || at == 0 {
            return Some((Span::empty(start), format!("{package}\n")));
        }
    }
    if text.is_empty() || text.ends_with('\n') {
        Some((Span::empty(text.len()), format!("{package}\n")))
    } else {
        Some((Span::empty(text.len()), format!("\n{package}")))
    }
}

/// A requirement's name and its version: `gunicorn` and `<26`.
pub(crate) fn split(requirement: &str) -> (&str, &str) {
    requirement.split_at(requirement.find(['<', '>', '=', '~', '!']).unwrap_or(requirement.len()))
}

/// A new element of `project.dependencies`.
fn add_element(text: &str, package: &str) -> Option<(Span, String)> {
    let tree = nodes::toml(text).ok()?;
    let list = tree.at(tree.roots().next()?, &["project", "dependencies"])?;
    let children = tree.children(list);
    let Some(last) = children.last().map(|id| tree.node(*id).span) else {
        return Some((tree.node(list).span, format!("[\"{package}\"]")));
    };
    let quote = &text[last.start..=last.start];
    let element = format!("{quote}{package}{quote}");
    let line = text[..last.start].rfind('\n').map_or(0, |newline| newline + 1);
    let indent = &text[line..last.start];
    let own_lines = indent.trim().is_empty();
    let names: Vec<String> =
        children.iter().filter_map(|id| requirements::requirement(tree.text(*id)?)).map(|(name, _)| name).collect();
    if let Some(before) = sorted_place(&names, split(package).0).and_then(|at| children.get(at)) {
        let at = tree.node(*before).span.start;
        let gap = if own_lines { format!("\n{indent}") } else { " ".to_owned() };
        return Some((Span::empty(at), format!("{element},{gap}")));
    }
    let behind = &text[last.end..tree.node(list).span.end];
    let comma = behind.trim_start().starts_with(',').then(|| last.end + behind.find(',').unwrap_or(0) + 1);
    // A comment behind an element stays with it.
    let told = |from: usize| {
        let line = text[from..].lines().next().unwrap_or_default();
        let comment = line.trim_start().starts_with('#');
        if comment { from + line.trim_end().len() } else { from }
    };
    Some(match (comma, own_lines) {
        (Some(at), true) => (Span::empty(told(at)), format!("\n{indent}{element},")),
        (Some(at), false) => (Span::empty(at), format!(" {element}")),
        (None, true) => {
            let behind = Span::new(last.end, told(last.end));
            (behind, format!(",{}\n{indent}{element}", behind.of(text)))
        }
        (None, false) => (Span::empty(last.end), format!(", {element}")),
    })
}

/// A new entry of a table of packages.
fn add_entry(text: &str, table: &[&str], package: &str) -> Option<(Span, String)> {
    let (name, version) = split(package);
    let line = format!("{name} = \"{}\"", if version.is_empty() { "*" } else { version });
    let tree = nodes::toml(text).ok()?;
    let table = tree.at(tree.roots().next()?, table)?;
    let entries = tree.children(table);
    let line_start = |at: usize| text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let names: Vec<String> = entries.iter().filter_map(|id| tree.key(*id)).map(requirements::normal).collect();
    // Poetry's own template has `python` first and the packages behind it.
    let packages = usize::from(names.first().is_some_and(|name| name == "python"));
    if let Some(before) = sorted_place(&names[packages..], name).and_then(|at| entries.get(at + packages)) {
        return Some((Span::empty(line_start(tree.entry(*before).start)), format!("{line}\n")));
    }
    let last = entries.last().map_or(tree.node(table).span.end, |last| tree.entry(*last).end);
    match text[last..].find('\n') {
        Some(newline) => Some((Span::empty(last + newline + 1), format!("{line}\n"))),
        None => Some((Span::empty(text.len()), format!("\n{line}"))),
    }
}

/// The value of `install_requires` in `setup.cfg`.
fn install_requires(text: &str) -> Option<Span> {
    let entries = ini::parse(text);
    let entry = entries.iter().find(|entry| entry.section == "options" && entry.key == "install_requires")?;
    (!entry.value.of(text).is_empty()).then_some(entry.value)
}

/// A new line of `install_requires`.
fn add_indented(text: &str, package: &str) -> Option<(Span, String)> {
    let value = install_requires(text)?;
    let line = text[..value.end].rfind('\n').map_or(0, |newline| newline + 1);
    let indent: String = text[line..].chars().take_while(|character| matches!(character, ' ' | '\t')).collect();
    // `install_requires = flask` stands on one line and cannot simply go on on the next.
    (!indent.is_empty()).then(|| (Span::empty(value.end), format!("\n{indent}{package}")))
}

/// A new item of `dependencies` in a conda environment, in the list that has Flask.
fn add_item(text: &str, package: &str) -> Option<(Span, String)> {
    let tree = nodes::yaml(text).ok()?;
    let root = tree.get(tree.roots().next()?, "dependencies")?;
    let is_flask =
        |id: &Id| tree.text(*id).and_then(requirements::requirement).is_some_and(|(name, _)| name == "flask");
    let flask = tree.iter().map(|(id, _)| id).find(|id| is_flask(id) && within(&tree, *id, root));
    let list = flask.and_then(|flask| tree.node(flask).parent).unwrap_or(root);
    let last = tree.children(list).iter().rev().find(|id| tree.text(**id).is_some())?;
    let span = tree.node(*last).span;
    let line = text[..span.start].rfind('\n').map_or(0, |newline| newline + 1);
    let lead = &text[line..span.start];
    if lead.trim() != "-" {
        return None;
    }
    match text[span.end..].find('\n') {
        Some(newline) => Some((Span::empty(span.end + newline + 1), format!("{lead}{package}\n"))),
        None => Some((Span::empty(text.len()), format!("\n{lead}{package}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_specifier_says_whether_flask_is_older() {
        for old in
            ["<2.3", ">=1.1,<2.3", "==1.1.4", "==2.2.*", "~=2.2.0", "^1.1", "~2.2", "<=2.2.5", "=1.0", "==2.2.5rc1"]
        {
            assert_eq!(before(old, WITHOUT_ENV), Answer::Yes, "{old}");
        }
        for new in [">=3", "==2.3.0", "~=3.0", "^3.0", ">=2.3,<4", "==3.1.3"] {
            assert_eq!(before(new, WITHOUT_ENV), Answer::No, "{new}");
        }
        for unknown in ["", ">=1.0", "^2.0", "*", "==2.*", "<3", "!=1.0"] {
            assert_eq!(before(unknown, WITHOUT_ENV), Answer::Unknown, "{unknown}");
        }
    }

    fn put(text: &str, (span, new): (Span, String)) -> String {
        format!("{}{new}{}", &text[..span.start], &text[span.end..])
    }

    #[test]
    fn a_package_is_added_in_the_style_of_the_file() {
        let requirements = |text: &str| put(text, add_line(text, "gunicorn").unwrap());
        assert_eq!(requirements("Flask==3\nrequests==2\n"), "Flask==3\ngunicorn\nrequests==2\n");
        assert_eq!(requirements("requests\nflask"), "requests\nflask\ngunicorn");
        assert_eq!(requirements(""), "gunicorn\n");
        let project = |text: &str| put(text, add_element(text, "gunicorn").unwrap());
        assert_eq!(
            project("[project]\ndependencies = [\n    'flask>=3', # web\n    'boto',\n]\n"),
            "[project]\ndependencies = [\n    'flask>=3', # web\n    'boto',\n    'gunicorn',\n]\n"
        );
        assert_eq!(
            project("[project]\ndependencies = [\"flask\"]\n"),
            "[project]\ndependencies = [\"flask\", \"gunicorn\"]\n"
        );
        assert_eq!(project("[project]\ndependencies = []\n"), "[project]\ndependencies = [\"gunicorn\"]\n");
        assert_eq!(
            project("[project]\ndependencies = [\n  \"flask\",\n  \"requests\"\n]\n"),
            "[project]\ndependencies = [\n  \"flask\",\n  \"gunicorn\",\n  \"requests\"\n]\n"
        );
        let poetry = "[tool.poetry.dependencies]\npython = \"^3.9\"\nflask = \"^3\"\n\n[build-system]\n";
        assert_eq!(
            put(poetry, add_entry(poetry, &["tool", "poetry", "dependencies"], "gunicorn").unwrap()),
            "[tool.poetry.dependencies]\npython = \"^3.9\"\nflask = \"^3\"\ngunicorn = \"*\"\n\n[build-system]\n"
        );
        let cfg = "[options]\ninstall_requires =\n    flask\n    requests\nzip_safe = no\n";
        assert_eq!(
            put(cfg, add_indented(cfg, "gunicorn").unwrap()),
            "[options]\ninstall_requires =\n    flask\n    requests\n    gunicorn\nzip_safe = no\n"
        );
        let conda = "dependencies:\n  - python\n  - pip:\n    - flask\nname: x\n";
        assert_eq!(
            put(conda, add_item(conda, "gunicorn").unwrap()),
            "dependencies:\n  - python\n  - pip:\n    - flask\n    - gunicorn\nname: x\n"
        );
    }

    #[test]
    fn requirements_in_utf16_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let mut tree = Tree::open(dir.path()).unwrap();
        let bytes: Vec<u8> = "\u{feff}Flask==1.1.2\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        tree.write(ProjectPath::new("requirements.txt"), bytes);
        let mut unread = Vec::new();
        let found = Dependencies::gather(&tree, &Project::load(&tree), &mut unread);
        assert_eq!(unread, []);
        assert_eq!(found.flask_before_2_3().0, Answer::Yes);
        let added = found.add("gunicorn", "");
        assert!(matches!(&added, Some(Addition::Insert { text, .. }) if text == "gunicorn\n"), "{added:?}");
    }

    #[test]
    fn a_package_is_found_as_a_word() {
        let found = Dependencies {
            texts: vec![(ProjectPath::new("a/requirements.txt"), "flask\ngunicorn[gevent]==20\n".to_owned())],
            ..Dependencies::default()
        };
        assert!(found.names("gunicorn", "") && found.names("gunicorn", "a/b") && !found.names("gunicorn", "ab"));
        assert!(!found.names("flask_gunicorn", "") && !found.names("unicorn", ""));
    }
}
