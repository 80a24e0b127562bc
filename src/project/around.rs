//! The files around the Python code: how they launch the project, and which variables they set.

mod code;
mod data;
mod docker;
mod hcl;
mod image;
mod lines;
mod plist;
mod units;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use image::{
    behind_flask, copied_from, copy_line, in_image, installs_by_name, installs_in, is_dockerfile, work_folder,
};

use super::Project;
use super::dependencies::Dependencies;
use super::environment::{self, Standing, Variable};
use super::facts::Facts;
use super::launch::{self, Launch, Reader};
use super::scope::{self, Scope};
use crate::source::{ProjectPath, Source, Span, Tree, Unread, is_in};
use crate::syntax::command::{Assignment, Command};

/// Larger files are data.
const MAX_BYTES: usize = 1 << 20;

/// Bytes of which one is in every file that matters here.
const MARKS: &[&[u8]] = &[
    b"FLASK_",
    b"flask",
    b"Flask",
    b"WERKZEUG",
    b"_DEBUG",
    b"python",
    b".py",
    b"gunicorn",
    b"waitress",
    b"uwsgi",
    b".env",
    b"env_file",
    b"EnvironmentFile",
    b"runserver",
    b"celery",
    b"dramatiq",
    b"huey",
    b"rq worker",
    b"pypy",
];

/// What the files around the code say.
#[derive(Debug, Default)]
pub(crate) struct Around {
    /// The commands that start the project, by file and place.
    pub(crate) launches: Vec<Launch>,
    /// The commands that start what works beside the app, by file and place.
    pub(crate) workers: Vec<Worker>,
    /// The debug variables that are set, to whatever value, by file and place.
    pub(crate) variables: Vec<Variable>,
    /// Where the project keeps its dependencies.
    pub(crate) dependencies: Dependencies,
    /// What could not be read, sorted.
    pub(crate) unread: Vec<Unread>,
    /// The files read, for their texts.
    sources: BTreeMap<ProjectPath, Source>,
    /// Packages that a Dockerfile or script installs by name, each behind its folder.
    installed: BTreeSet<(String, String)>,
    /// What `.env` and `.flaskenv` set for `flask`, by folder and name.
    loaded: BTreeMap<(String, String), String>,
    /// Files named as environment files.
    env_files: BTreeSet<ProjectPath>,
    /// Variables of files of variables that a compose file passes on to its services.
    passed: BTreeSet<(ProjectPath, String)>,
    /// The variables that the code asks for.
    asked: BTreeSet<String>,
    /// Stages of Dockerfiles that a compose file builds.
    targets: BTreeSet<String>,
    /// The words of the commands that images start, which may be scripts, each with the image's Dockerfile and
    /// variables.
    images: Vec<(ProjectPath, String, BTreeMap<String, String>)>,
}

/// A command that starts what works beside the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Worker {
    /// The file it stands in.
    pub(crate) path: ProjectPath,
    /// What it is called: `worker`, `beat`.
    pub(crate) name: String,
    /// The words of its program.
    pub(crate) words: Vec<String>,
    /// Which run it belongs to.
    pub(crate) scope: Scope,
}

impl Worker {
    fn of(site: &Site<'_>, scope: Scope, name: &str, command: &Command) -> Self {
        let words = command.program().iter().map(|word| word.text.clone()).collect();
        Self { path: site.path.clone(), name: name.to_owned(), words, scope }
    }
}

/// Where in the project some commands stand.
#[derive(Clone, Debug)]
struct Site<'a> {
    path: &'a ProjectPath,
    scope: Scope,
    reader: Reader,
    platform: bool,
    dir: Option<String>,
    environment: BTreeMap<String, String>,
    /// The place to report and not to edit, for commands whose words are not written as they are read.
    opaque: Option<Span>,
}

impl<'a> Site<'a> {
    fn new(path: &'a ProjectPath, scope: Scope, reader: Reader) -> Self {
        Self { path, scope, reader, platform: false, dir: None, environment: BTreeMap::new(), opaque: None }
    }
}

/// What a file is, told from its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Yaml,
    Json,
    Toml,
    Ecosystem,
    Dotenv,
    Dockerfile,
    Procfile,
    Shell,
    Batch,
    Makefile,
    Crontab,
    Ini,
    Hcl,
    Plist,
}

impl Around {
    /// Reads the files around the Python code. Nothing is run.
    pub(crate) fn gather(tree: &Tree, project: &Project) -> Self {
        Self::of(tree, project, None)
    }

    /// The same, with what the code has to do with it: the variables it asks for, and the commands it
    /// starts.
    pub(crate) fn gather_with(tree: &Tree, project: &Project, facts: &Facts<'_>) -> Self {
        Self::of(tree, project, Some(facts))
    }

    fn of(tree: &Tree, project: &Project, facts: Option<&Facts<'_>>) -> Self {
        let asked = facts.iter().flat_map(|facts| &facts.asked).map(|(name, _)| name.clone()).collect();
        let mut around = Self { asked, ..Self::default() };
        let mut found: Vec<(Format, ProjectPath)> = Vec::new();
        for path in project.files.iter() {
            if let Some(format) = format(path) {
                found.push((format, path.clone()));
            }
        }
        // Compose files and units name environment files and stages, so those come last.
        found.sort_by_key(|(format, _)| matches!(format, Format::Dotenv | Format::Dockerfile));
        for (format, path) in &found {
            around.read(tree, project, path, *format);
        }
        let named: Vec<ProjectPath> = around.env_files.iter().filter(|path| project.has_file(path)).cloned().collect();
        for path in named {
            if !around.sources.contains_key(&path) {
                match tree.read(&path) {
                    Ok(Some(bytes)) if bytes.len() <= MAX_BYTES => around.take(&path, Format::Dotenv, &bytes),
                    Ok(_) => {}
                    Err(error) => {
                        let message = format!("cannot be read ({error}); check its permissions");
                        around.unread.push(Unread { path, line: None, message });
                    }
                }
            }
        }
        around.in_images();
        around.server_settings(project);
        for command in facts.iter().flat_map(|facts| &facts.commands) {
            around.started_by_code(project, command);
        }
        around.beside_production();
        around.dependencies = Dependencies::gather(tree, project, &mut around.unread);
        around.variables.sort_by(|a, b| (&a.path, a.span).cmp(&(&b.path, b.span)));
        around.variables.dedup_by(|later, earlier| later.path == earlier.path && later.span.overlaps(earlier.span));
        around.launches.sort_by(|a, b| (&a.path, a.command.whole()).cmp(&(&b.path, b.command.whole())));
        around.launches.dedup_by(|later, earlier| {
            later.path == earlier.path && later.editable && later.command.whole() == earlier.command.whole()
        });
        around.unread.sort();
        around.unread.dedup();
        around
    }

    /// The text of a file that was read.
    pub(crate) fn text(&self, path: &ProjectPath) -> &str {
        self.sources.get(path).map_or("", |source| &source.text)
    }

    /// What `.env` or `.flaskenv` in a folder set a variable of `flask` to.
    pub(crate) fn loaded(&self, dir: &str, name: &str) -> Option<&str> {
        self.loaded.get(&(dir.to_owned(), name.to_owned())).map(String::as_str)
    }

    /// Whether a Dockerfile or a script of a folder, one above it or below it installs a package by name.
    pub(crate) fn installs(&self, package: &str, dir: &str) -> bool {
        let is_near = |home: &str| is_in(home, dir) || is_in(dir, home);
        self.installed.iter().any(|(home, name)| name == package && is_near(home))
    }

    /// Whether a file is one of variables: `.env`.
    pub(crate) fn is_variables_file(&self, path: &ProjectPath) -> bool {
        self.env_files.contains(path) || format(path) == Some(Format::Dotenv)
    }

    /// Whether something puts what a file of variables sets into the environment of the program.
    pub(crate) fn passes(&self, path: &ProjectPath, name: &str) -> bool {
        self.env_files.contains(path) || self.passed.contains(&(path.clone(), name.to_owned()))
    }

    /// Whether a variable is one to know about.
    fn matters(&self, name: &str) -> bool {
        environment::matters(name) || self.asked.contains(name)
    }

    /// Takes what a compose file starts for development, where another beside it says how it is served in
    /// production: `docker-compose.yml` with a `docker-compose.prod.yml` that starts Gunicorn.
    fn beside_production(&mut self) {
        let in_compose = |launch: &&Launch| scope::is_compose(launch.path.name());
        let serves = |launch: &&Launch| matches!(launch.what, launch::What::Server(_));
        let served = self.launches.iter().filter(in_compose).filter(serves);
        let served: BTreeSet<String> = served
            .filter(|launch| launch.scope == Scope::Production)
            .map(|launch| launch.path.dir().to_owned())
            .collect();
        for launch in self.launches.iter_mut().filter(|launch| in_compose(&&**launch)) {
            if launch.scope == Scope::Unknown && !serves(&&*launch) && served.contains(launch.path.dir()) {
                launch.scope = Scope::Development;
            }
        }
    }

    /// Whether a text has to be read closely.
    fn is_marked(&self, path: &ProjectPath, bytes: &[u8]) -> bool {
        // A compose file may only name a stage to build, and a Dockerfile only what is copied where, with no
        // word of Flask.
        let always =
            matches!(format(path), Some(Format::Dotenv | Format::Dockerfile)) || scope::is_compose(path.name());
        let asked = || names_in(bytes).any(|name| self.asked.contains(name));
        always || MARKS.iter().any(|mark| memchr::memmem::find(bytes, mark).is_some()) || asked()
    }

    fn read(&mut self, tree: &Tree, project: &Project, path: &ProjectPath, format: Format) {
        match project.text(tree, path) {
            Ok(Some(bytes)) if self.is_marked(path, &bytes) => self.take(path, format, &bytes),
            Ok(_) => {}
            Err(unread) => self.unread.push(unread),
        }
    }

    /// Reads a file's text for what it says.
    fn take(&mut self, path: &ProjectPath, format: Format, bytes: &[u8]) {
        let source = match Source::decode(path.clone(), bytes) {
            Ok(source) => source,
            Err(mut unread) => {
                unread.message = "it is not text in UTF-8, so what it sets is not known; save it as UTF-8".to_owned();
                self.unread.push(unread);
                return;
            }
        };
        let scope = scope::of_path(path);
        let text = source.text.clone();
        match format {
            Format::Yaml | Format::Json | Format::Toml | Format::Ecosystem => self.data(path, &source, format),
            Format::Dotenv => self.dotenv(path, &text, scope),
            Format::Dockerfile => self.dockerfile(path, &text, scope),
            Format::Procfile => self.procfile(path, &text, scope),
            Format::Shell => self.script(path, &text, scope),
            Format::Batch => self.batch(path, &text, scope),
            Format::Makefile => self.makefile(path, &text, scope),
            Format::Crontab => self.crontab(path, &text, scope),
            Format::Ini => self.ini(path, &text, scope),
            Format::Hcl => self.hcl(path, &text, scope),
            Format::Plist => self.plist(path, &text, scope),
        }
        self.sources.insert(path.clone(), source);
    }

    /// Takes what commands say: the variables they set, what they start and install.
    fn commands(&mut self, text: &str, mut site: Site<'_>, commands: Vec<Command>) {
        // The variables that stay set, by name; a later one of the same name takes their place.
        let mut lasting: BTreeMap<String, usize> = BTreeMap::new();
        // The scope each open `if` gives to its branch, and the one of a `case`'s pattern.
        let mut branches: Vec<Scope> = Vec::new();
        let mut pattern = Scope::Unknown;
        let first_launch = self.launches.len();
        let mut set_here: Vec<usize> = Vec::new();
        for command in commands {
            if command.keywords.iter().any(|keyword| keyword == ")") {
                pattern = command.words.first().map_or(Scope::Unknown, |word| scope::of_name(&word.text));
                continue;
            }
            let is_branch = command.keywords.iter().any(|keyword| keyword == "if" || keyword == "elif");
            if is_branch {
                let condition: Vec<&str> = command.words.iter().map(|word| word.text.as_str()).collect();
                let scope = match scope::of_name(&condition.join(" ")) {
                    Scope::Production if condition.contains(&"!=") => Scope::Development,
                    Scope::Development if condition.contains(&"!=") => Scope::Production,
                    scope => scope,
                };
                if command.keywords.iter().any(|keyword| keyword == "elif") {
                    branches.pop();
                }
                branches.push(scope);
                continue;
            }
            if command.keywords.iter().any(|keyword| keyword == "else")
                && let Some(top) = branches.last_mut()
            {
                *top = if *top == Scope::Production { Scope::Development } else { Scope::Unknown };
            }
            match command.words.first().map(|word| word.text.as_str()) {
                Some("fi") => {
                    branches.pop();
                }
                Some("esac") => pattern = Scope::Unknown,
                Some("unset") => {
                    for word in &command.words[1..] {
                        site.environment.remove(&word.text);
                        if let Some(earlier) = lasting.remove(&word.text) {
                            self.variables[earlier].standing = Standing::Overridden;
                        }
                    }
                }
                Some("cd" | "chdir" | "pushd") => {
                    let to = command.words[1..].iter().find(|word| !word.text.eq_ignore_ascii_case("/d"));
                    site.dir = to.map(|to| launch::entered(site.dir.as_deref(), &to.text)).or(site.dir);
                }
                _ => {}
            }
            let inner = branches.iter().rev().chain([&pattern]).copied().find(|scope| *scope != Scope::Unknown);
            let scope = inner.unwrap_or(site.scope);
            let home = site.path.dir();
            self.installed.extend(launch::installed(&command).map(|name| (home.to_owned(), name)));
            self.sourced(&site, &command);
            if let Some(kind) = launch::worker(&command) {
                self.workers.push(Worker::of(&site, scope, kind, &command));
            }
            let what = launch::what(&command);
            let no_debug = matches!(&what, Some(launch::What::FlaskRun(run)) if run.no_debug);
            for assignment in &command.assignments {
                if command.exports {
                    site.environment.insert(assignment.name.clone(), assignment.value.clone());
                }
                if self.matters(&assignment.name) {
                    let removal = if site.opaque.is_none() { removal(text, &command, assignment) } else { None };
                    let standing = if no_debug { Standing::Overridden } else { Standing::Counts };
                    if command.exports
                        && branches.is_empty()
                        && pattern == Scope::Unknown
                        && let Some(earlier) = lasting.insert(assignment.name.clone(), self.variables.len())
                    {
                        self.variables[earlier].standing = Standing::Overridden;
                    }
                    set_here.push(self.variables.len());
                    self.variable(&site, scope, assignment, removal, standing);
                }
            }
            self.passed_on(&site, scope, &command);
            if let Some(what) = what {
                let mut environment = site.environment.clone();
                let own = command.assignments.iter();
                environment.extend(own.map(|assignment| (assignment.name.clone(), assignment.value.clone())));
                let reader = if command.list { Reader::List } else { site.reader };
                self.launches.push(Launch {
                    path: site.path.clone(),
                    what,
                    scope,
                    reader,
                    dir: site.dir.clone(),
                    environment,
                    platform: site.platform,
                    also: Vec::new(),
                    editable: site.opaque.is_none(),
                    command,
                });
            }
        }
        // What is set for a command that starts no Python is none of ours.
        let reaches = |launch: &Launch, variable: &Variable| {
            launch.environment.get(&variable.name).is_some_and(|value| *value == variable.value)
        };
        for at in set_here {
            if !self.launches[first_launch..].iter().any(|launch| reaches(launch, &self.variables[at])) {
                self.variables[at].home = None;
            }
        }
    }

    /// Takes the files of variables that a command puts into the environment: `. ./.env`,
    /// `export $(cat .env)`, `docker run --env-file .env`, `pipenv run`.
    fn sourced(&mut self, site: &Site<'_>, command: &Command) {
        let words = command.words.iter().map(|word| word.text.as_str());
        let values = command.assignments.iter().map(|assignment| assignment.name.as_str());
        let all: Vec<&str> = words.chain(values).collect();
        if all.windows(2).any(|pair| pair == ["pipenv", "run"]) {
            self.env_files.insert(ProjectPath::new(".env"));
        }
        let reads = |text: &str| {
            let reader = |word: &str| {
                matches!(
                    word,
                    "." | "source" | "cat" | "grep" | "xargs" | "--env-file" | "dotenv" | "env-cmd" | "honcho"
                )
            };
            text.split([' ', '\t', '(', '`', '=']).any(reader)
        };
        if !all.iter().any(|text| reads(text)) {
            return;
        }
        for part in all.iter().flat_map(|text| text.split([' ', '\t', '(', ')', '`', '=', '<'])) {
            let name = part.rsplit('/').next().unwrap_or(part);
            if name.starts_with(".env") || name.ends_with(".env") {
                let part = part.trim_start_matches("./");
                self.env_files.insert(site.path.beside(part));
                self.env_files.insert(ProjectPath::new(part));
            }
        }
    }

    /// Takes the variables that a command hands to what it starts: `docker run -e FLASK_DEBUG=1`.
    fn passed_on(&mut self, site: &Site<'_>, scope: Scope, command: &Command) {
        let program = command.program();
        let Some((name, words)) = program.split_first() else { return };
        let name = crate::syntax::command::base_name(&name.text);
        let hands_on = matches!(
            name,
            "docker" | "podman" | "gunicorn" | "uwsgi" | "heroku" | "fly" | "flyctl" | "eb" | "dokku" | "setenv"
        );
        if !hands_on {
            return;
        }
        for (at, word) in words.iter().enumerate() {
            let inner = word.text.strip_prefix("--env=").or_else(|| word.text.strip_prefix("-e")).unwrap_or(&word.text);
            let Some((variable, value)) = inner.split_once('=') else { continue };
            if !self.matters(variable) {
                continue;
            }
            let option = at > 0 && matches!(words[at - 1].text.as_str(), "-e" | "--env");
            let before =
                if option { at.checked_sub(2).map(|at| &words[at]) } else { at.checked_sub(1).map(|at| &words[at]) };
            let start = before.map_or(program[0].span.end, |before| before.span.end);
            // Without an option in front, the pair is what the command is for, and goes with it.
            let goes = option || inner.len() < word.text.len();
            let value_start = word.content.map_or(word.span.start, |content| content.end - value.len());
            let assignment = Assignment {
                name: variable.to_owned(),
                value: value.to_owned(),
                span: word.span,
                value_span: Span::new(value_start.min(word.span.end), word.span.end),
            };
            let removal = goes.then(|| Span::new(start, word.span.end));
            self.variable(site, scope, &assignment, removal, Standing::Counts);
        }
    }

    fn variable(
        &mut self,
        site: &Site<'_>,
        scope: Scope,
        assignment: &Assignment,
        removal: Option<Span>,
        standing: Standing,
    ) {
        self.variables.push(Variable {
            path: site.path.clone(),
            name: assignment.name.clone(),
            value: assignment.value.clone(),
            span: site.opaque.unwrap_or(assignment.span),
            value_span: site.opaque.unwrap_or(assignment.value_span),
            removal: if site.opaque.is_some() { None } else { removal },
            block: Span::empty(0),
            home: Some(site.path.dir().to_owned()),
            scope,
            standing,
        });
    }

    /// Takes `raw_env` of a Gunicorn configuration.
    fn server_settings(&mut self, project: &Project) {
        use crate::syntax::python::{self, Expr, Stmt};
        for (_, module) in project.iter().filter(|(_, module)| module.path().name().starts_with("gunicorn")) {
            for stmt in module.syntax.body() {
                let Stmt::Assign(assign) = stmt else { continue };
                let named = assign
                    .targets
                    .iter()
                    .any(|target| matches!(target, Expr::Name(name) if name.id.as_str() == "raw_env"));
                let Expr::List(list) = assign.value.as_ref() else { continue };
                if !named {
                    continue;
                }
                for (at, element) in list.elts.iter().enumerate() {
                    let Expr::StringLiteral(string) = element else { continue };
                    let Some((name, value)) = string.value.to_str().split_once('=') else { continue };
                    if !self.matters(name) {
                        continue;
                    }
                    let span = python::span(element);
                    let next = list.elts.get(at + 1).map(python::span);
                    let previous = at.checked_sub(1).map(|at| python::span(&list.elts[at]));
                    let removal = match (next, previous) {
                        (Some(next), _) => Span::new(span.start, next.start),
                        (None, Some(previous)) => Span::new(previous.end, span.end),
                        (None, None) => span,
                    };
                    // A trailing comma behind the only element would be left alone in the brackets.
                    let lone = next.is_none()
                        && previous.is_none()
                        && module.source.text[span.end..].trim_start().starts_with(',');
                    self.variables.push(Variable {
                        path: module.path().clone(),
                        name: name.to_owned(),
                        value: value.to_owned(),
                        span,
                        value_span: span,
                        removal: (!lone).then_some(removal),
                        block: Span::empty(0),
                        home: Some(module.path().dir().to_owned()),
                        scope: scope::of_path(module.path()),
                        standing: Standing::Counts,
                    });
                }
            }
            self.sources.entry(module.path().clone()).or_insert_with(|| module.source.clone());
        }
    }
}

/// What to delete so that a variable is no longer set and the command line is still one.
fn removal(text: &str, command: &Command, assignment: &Assignment) -> Option<Span> {
    let own = assignment.span;
    let starts = command
        .words
        .iter()
        .map(|word| word.span.start)
        .chain(command.assignments.iter().map(|other| other.span.start));
    if let Some(next) = starts.filter(|start| *start >= own.end).min() {
        return Some(Span::new(own.start, next));
    }
    if command.assignments.len() > 1 {
        let previous = command.assignments.iter().map(|other| other.span.end).filter(|end| *end <= own.start).max()?;
        return Some(Span::new(previous, own.end));
    }
    let line = text[..own.start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let lead = &text[line..own.start];
    let keyword = lead.trim_end();
    let word = ["export", "set", "setx", "@set", "declare", "readonly", "typeset"]
        .into_iter()
        .find(|word| keyword.to_ascii_lowercase().ends_with(word))
        .map_or(own.start, |word| line + keyword.len() - word.len());
    let end = text[own.end..].find(['\n', '\r']).map_or(text.len(), |at| own.end + at);
    let rest = text[own.end..end].trim_start();
    for separator in ["&&", ";"] {
        if let Some(behind) = rest.strip_prefix(separator).filter(|behind| !behind.trim().is_empty()) {
            return Some(Span::new(word, end - behind.trim_start().len()));
        }
    }
    let alone = text[line..word].trim().is_empty() && (rest.is_empty() || rest == ";" || rest.starts_with('#'));
    let next = if text[end..].starts_with("\r\n") { end + 2 } else { (end + 1).min(text.len()) };
    alone.then(|| Span::new(line, next))
}

/// How much of a file is read, in bytes; `None` where it says nothing about the launch or the environment.
pub(super) fn most(path: &ProjectPath) -> Option<usize> {
    format(path).map(|_| MAX_BYTES)
}

/// Whether a file around the code may have to be read closely. Which variables the code asks for is not
/// known yet.
pub(super) fn matters(path: &ProjectPath, bytes: &[u8]) -> bool {
    format(path).is_some() && bytes.len() <= MAX_BYTES
}

/// The words of a text that can be names of variables.
fn names_in(bytes: &[u8]) -> impl Iterator<Item = &str> {
    let words = bytes.split(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_')).filter(|word| word.len() > 1);
    words.filter_map(|word| std::str::from_utf8(word).ok())
}

/// What a file is; `None` where it says nothing about the launch or the environment.
fn format(path: &ProjectPath) -> Option<Format> {
    let name = path.name();
    let lower = name.to_ascii_lowercase();
    let extension = lower.rsplit_once('.').map_or("", |(_, extension)| extension);
    if lower.starts_with("dockerfile") || lower.starts_with("containerfile") || extension == "dockerfile" {
        return (!matches!(extension, "md" | "py" | "txt" | "dockerignore")).then_some(Format::Dockerfile);
    }
    if lower.starts_with("procfile") {
        return Some(Format::Procfile);
    }
    if lower == ".flaskenv"
        || lower == ".env"
        || lower.starts_with(".env.")
        || lower.starts_with(".flaskenv.")
        || extension == "env"
    {
        return Some(Format::Dotenv);
    }
    if lower.contains("crontab") || extension == "cron" || path.dir().rsplit('/').next() == Some("cron.d") {
        return (extension != "py").then_some(Format::Crontab);
    }
    if matches!(lower.as_str(), "makefile" | "gnumakefile" | "justfile") || extension == "mk" {
        return Some(Format::Makefile);
    }
    match extension {
        "yml" | "yaml" => Some(Format::Yaml),
        "config" if path.dir().ends_with(".ebextensions") => Some(Format::Yaml),
        "json" => matches!(
            lower.as_str(),
            "package.json"
                | "app.json"
                | "vercel.json"
                | "now.json"
                | "railway.json"
                | "launch.json"
                | "devcontainer.json"
                | "dockerrun.aws.json"
                | "task-definition.json"
                | "taskdef.json"
                | "ecosystem.json"
                | "process.json"
                | "zappa_settings.json"
                | ".lambda.json"
        )
        .then_some(Format::Json)
        .or_else(|| lower.starts_with("zappa").then_some(Format::Json)),
        "toml" => (!matches!(lower.as_str(), "poetry.toml" | "cargo.toml")).then_some(Format::Toml),
        "js" | "cjs" | "mjs" => {
            (lower.starts_with("ecosystem.") || lower.starts_with("pm2")).then_some(Format::Ecosystem)
        }
        "sh" | "bash" | "zsh" | "ksh" | "envrc" => Some(Format::Shell),
        "bat" | "cmd" | "ps1" => Some(Format::Batch),
        "service" | "ini" | "conf" | "cfg" | "htaccess" => Some(Format::Ini),
        "tf" | "tfvars" | "hcl" | "nomad" => Some(Format::Hcl),
        "plist" => Some(Format::Plist),
        "" if lower == "pipfile" => Some(Format::Toml),
        "" if matches!(
            lower.as_str(),
            "entrypoint" | "docker-entrypoint" | "start" | "run" | "boot" | "serve" | "launch" | "run_app"
        ) =>
        {
            Some(Format::Shell)
        }
        _ if lower == ".envrc" => Some(Format::Shell),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
