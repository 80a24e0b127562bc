//! YAML, JSON and TOML: compose files, manifests of platforms, workflows, playbooks, task runners.

use super::{Around, Format, Site, image};
use crate::project::environment::{self, Standing, Variable};
use crate::project::launch::Reader;
use crate::project::scope::{self, Scope};
use crate::source::{ProjectPath, Source, Span, Unread};
use crate::syntax::command::{self, Command, Shell, Word};
use crate::syntax::nodes::{self, Id, Kind, Nodes, Style};

/// Keys whose text is a command line, or a list of words.
const COMMAND_KEYS: &[&str] = &[
    "ansible.builtin.command",
    "ansible.builtin.shell",
    "args",
    "argv",
    "cmd",
    "command",
    "command_line",
    "dockerCommand",
    "entryPoint",
    "entrypoint",
    "exec",
    "postStartCommand",
    "postAttachCommand",
    "run",
    "runCommand",
    "run_command",
    "shell",
    "start",
    "startCommand",
    "start_command",
];

/// Keys of maps or lists in which every text is a command line.
const COMMAND_PARENTS: &[&str] =
    &["after_script", "before_script", "cmds", "commands", "processes", "run", "script", "scripts", "steps", "tasks"];

/// Keys below which names and values are variables of the environment, besides those that start
/// with `env`.
const HOLDERS: &[&str] =
    &["aws:elasticbeanstalk:application:environment", "aws_environment_variables", "option_settings", "variables"];

/// What a file is for, as far as its name tells.
struct Role {
    scope: Scope,
    /// A build server's: its jobs are no production unless they deploy.
    ci: bool,
    /// A compose file.
    compose: bool,
    /// A platform's that sets `PORT` and runs commands in a shell.
    platform: bool,
    /// A developer's task runner.
    tasks: bool,
    /// npm's own file.
    package: bool,
}

impl Role {
    fn of(path: &ProjectPath) -> Self {
        let name = path.name();
        let whole = path.as_str();
        let ci = whole.contains(".github/")
            || whole.contains(".circleci/")
            || whole.contains(".gitea/")
            || whole.contains(".woodpecker")
            || matches!(
                name,
                ".gitlab-ci.yml"
                    | ".travis.yml"
                    | "appveyor.yml"
                    | ".appveyor.yml"
                    | "azure-pipelines.yml"
                    | "bitbucket-pipelines.yml"
                    | ".drone.yml"
                    | "cloudbuild.yaml"
                    | ".pre-commit-config.yaml"
                    | "codecov.yml"
            );
        let tasks = matches!(
            name,
            "pyproject.toml"
                | "Pipfile"
                | "Taskfile.yml"
                | "Taskfile.yaml"
                | "tox.toml"
                | "launch.json"
                | "hatch.toml"
                | "pixi.toml"
        );
        let platform = matches!(
            name,
            "render.yaml"
                | "render.yml"
                | "app.yaml"
                | "app.yml"
                | "heroku.yml"
                | "railway.json"
                | "railway.toml"
                | "nixpacks.toml"
                | "package.json"
        ) || whole.ends_with(".do/app.yaml");
        Self {
            scope: scope::of_path(path),
            ci,
            compose: scope::is_compose(name),
            platform,
            tasks,
            package: name == "package.json",
        }
    }
}

impl Around {
    pub(super) fn data(&mut self, path: &ProjectPath, source: &Source, format: Format) {
        let text = source.text.as_str();
        let parsed = match format {
            Format::Json => nodes::json(text),
            Format::Toml => nodes::toml(text),
            Format::Ecosystem => nodes::ecosystem(text),
            _ => nodes::yaml(text),
        };
        let nodes = match parsed {
            Ok(nodes) => nodes,
            Err(_) if format == Format::Ecosystem => {
                self.scripted(path, text);
                return;
            }
            Err(error) => {
                // What cannot be read is worth a word only where a debug variable stands in it.
                if let Some(name) = environment::NAMES.iter().find(|name| text.contains(**name)) {
                    let line = Some(source.line_column(error.at.min(text.len())).line);
                    let message = if text.contains("{{") || text.contains("{%") {
                        format!("a template, which is not read; look at `{name}` in it by hand")
                    } else {
                        format!("cannot be read ({}); look at `{name}` in it by hand", error.message)
                    };
                    self.unread.push(Unread { path: path.clone(), line, message });
                }
                return;
            }
        };
        let role = Role::of(path);
        // The entry that each variable is, so that a map is taken away with the last of them.
        let mut entries: Vec<(usize, Id)> = Vec::new();
        for (id, _) in nodes.iter() {
            let scope = self.scope_of(&nodes, id, &role);
            let first = self.variables.len();
            self.data_variable(path, text, &nodes, id, scope, &role);
            entries.extend((first..self.variables.len()).map(|at| (at, id)));
            self.data_command(path, text, &nodes, id, scope, &role);
            if role.compose {
                self.compose(path, &nodes, id, scope);
                self.interpolated(path, text, &nodes, id);
            }
        }
        self.whole_maps(text, &nodes, &entries);
        if format == Format::Ecosystem || matches!(path.name(), "ecosystem.json" | "process.json") {
            self.pm2(path, &nodes);
        }
    }

    /// Where a map or list holds nothing but variables that turn debug mode on, it goes as a whole:
    /// taken away one by one they would leave an empty one behind, which reads as `null` in YAML.
    fn whole_maps(&mut self, text: &str, nodes: &Nodes, entries: &[(usize, Id)]) {
        let on = |at: usize| {
            let variable = &self.variables[at];
            environment::effect(&variable.name, &variable.value).is_some()
        };
        let mut removals: Vec<(usize, Option<Span>)> = Vec::new();
        for (at, id) in entries {
            let Some(parent) = nodes.node(*id).parent.filter(|parent| nodes.children(*parent).len() > 1) else {
                continue;
            };
            let all = nodes.children(parent).iter().all(|child| entries.iter().any(|(at, id)| id == child && on(*at)));
            if all && let Some(removal) = nodes.removal_of_block(text, parent) {
                removals.push((*at, Some(removal)));
            }
        }
        for (at, removal) in removals {
            self.variables[at].removal = removal;
        }
    }

    fn data_variable(&mut self, path: &ProjectPath, text: &str, nodes: &Nodes, id: Id, scope: Scope, role: &Role) {
        let node = nodes.node(id);
        // Flask's own names are told by themselves, others by where they stand.
        let wanted =
            |name: &str| environment::NAMES.contains(&name) || (self.matters(name) && in_environment(nodes, id));
        let is_script =
            node.parent.and_then(|parent| nodes.key(parent)).is_some_and(|key| COMMAND_PARENTS.contains(&key));
        let found = match (&node.kind, nodes.key(id)) {
            (Kind::Scalar { text: value, .. }, Some(name)) if wanted(name) => {
                Some((name, value.as_str(), nodes.entry(id), node.span))
            }
            (Kind::Map, Some(name)) if wanted(name) => {
                let value = nodes.get(id, "value").or_else(|| nodes.get(id, "default"));
                value.and_then(|value| Some((name, nodes.text(value)?, nodes.entry(value), nodes.node(value).span)))
            }
            (Kind::Scalar { text: item, .. }, None) if !is_script => item.split_once('=').and_then(|(name, value)| {
                // Behind the sign, and within the quotes of the item where it has some.
                let written = node.span.of(text);
                let start = written.find('=').map_or(0, |sign| sign + 1);
                let end = written.trim_end_matches(['"', '\'']).len().max(start);
                let place = Span::new(node.span.start + start, node.span.start + end);
                let value = value.trim().trim_matches(['"', '\'']);
                wanted(name.trim()).then_some((name.trim(), value, node.span, place))
            }),
            (Kind::Map, None) => {
                let named = ["name", "key", "option_name", "Name", "Key"]
                    .iter()
                    .find_map(|key| nodes.text(nodes.get(id, key)?));
                let value = nodes.get(id, "value").or_else(|| nodes.get(id, "Value"));
                match (named, value) {
                    (Some(name), Some(value)) if wanted(name) => {
                        nodes.text(value).map(|said| (name, said, nodes.entry(id), nodes.node(value).span))
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        let Some((name, value, span, value_span)) = found else { return };
        self.variables.push(Variable {
            path: path.clone(),
            name: name.to_owned(),
            value: value.to_owned(),
            span,
            value_span,
            removal: nodes.removal(text, id),
            block: node.parent.map_or(node.span, |parent| nodes.node(parent).span),
            home: if role.compose { service_home(path, nodes, id) } else { Some(path.dir().to_owned()) },
            scope,
            standing: Standing::Counts,
        });
    }

    fn data_command(&mut self, path: &ProjectPath, text: &str, nodes: &Nodes, id: Id, scope: Scope, role: &Role) {
        let node = nodes.node(id);
        let Some(parent) = node.parent else { return };
        let key = nodes.key(id);
        let parent_key = nodes.key(parent);
        let is_command = key.is_some_and(|key| COMMAND_KEYS.contains(&key));
        let in_list = key.is_none() && nodes.is_list(parent);
        let is_line = parent_key.is_some_and(|key| COMMAND_PARENTS.contains(&key) || (key == "run" && in_list));
        if key == Some("name") || !(is_command || is_line) {
            return;
        }
        let mut site = Site::new(path, scope, Reader::Shell);
        site.platform = role.platform;
        site.environment = siblings(nodes, parent);
        if matches!(key, Some("ansible.builtin.command" | "command")) && !role.platform {
            site.reader = Reader::Split;
        }
        match &node.kind {
            Kind::Scalar { text: said, style, content } => {
                self.data_line(text, site, node.span, (said, *style, *content));
            }
            // The words of a command; a script is a list of lines, which are taken one by one.
            Kind::List if is_command && key != Some("run") => {
                // `args` go on from `command`, and compose's `command` from its `entrypoint`.
                let first = match key {
                    Some("args") => nodes.get(parent, "command"),
                    Some("command") if role.compose => nodes.get(parent, "entrypoint"),
                    _ => None,
                };
                if key == Some("command") && nodes.get(parent, "args").is_some_and(|args| nodes.is_list(args)) {
                    return;
                }
                let words = match first {
                    Some(first) if nodes.is_list(first) => {
                        site.opaque =
                            nodes.children(first).first().map(|word| nodes.node(*word).span).or(Some(node.span));
                        words(text, nodes, first).into_iter().chain(words(text, nodes, id)).collect()
                    }
                    _ => words(text, nodes, id),
                };
                self.commands(text, site, command::from_list(text, words));
            }
            _ => {}
        }
    }

    /// A command line in a scalar.
    fn data_line(&mut self, text: &str, mut site: Site<'_>, span: Span, (said, style, content): (&str, Style, Span)) {
        let escaped = match style {
            Style::Double => content.of(text).contains('\\'),
            Style::Single => content.of(text).contains("''"),
            _ => false,
        };
        if escaped {
            site.opaque = Some(span);
            let commands = command::parse(said, Span::new(0, said.len()), Shell::Posix);
            let commands = commands.into_iter().map(|command| at(command, span)).collect();
            self.commands(text, site, commands);
            return;
        }
        let shell = if style == Style::Literal { Shell::Posix } else { Shell::Folded };
        self.commands(text, site, command::parse(text, content, shell));
    }

    /// What only compose files say: environment files, and the stages they build.
    fn compose(&mut self, path: &ProjectPath, nodes: &Nodes, id: Id, scope: Scope) {
        let key = nodes.key(id);
        let parent = nodes.node(id).parent;
        let parent_key = parent.and_then(|parent| nodes.key(parent));
        let Some(said) = nodes.text(id) else { return };
        let names_file = key == Some("env_file")
            || (key.is_none() && parent_key == Some("env_file"))
            || (key == Some("path")
                && parent.and_then(|list| nodes.node(list).parent).and_then(|list| nodes.key(list))
                    == Some("env_file"));
        if names_file {
            let name = said.trim_start_matches("./");
            self.env_files.insert(path.beside(name));
        }
        if key == Some("target") && parent_key == Some("build") && scope.reaches_production() {
            self.targets.insert(said.to_ascii_lowercase());
        }
    }

    /// What a compose file passes on of the `.env` beside it: `DEBUG: ${DEBUG}`, and `DEBUG` alone.
    fn interpolated(&mut self, path: &ProjectPath, text: &str, nodes: &Nodes, id: Id) {
        let entry = nodes.entry(id).of(text);
        let Kind::Scalar { text: said, .. } = &nodes.node(id).kind else { return };
        let alone = nodes.key(id).is_none() && !said.contains('=');
        let named = nodes.key(id).or_else(|| said.split_once('=').map(|(name, _)| name)).unwrap_or(said).trim();
        let filled = said.contains(&format!("${{{named}")) || said.ends_with(&format!("${named}"));
        if in_environment(nodes, id)
            && self.matters(named)
            && (alone || filled || (said.is_empty() && entry.ends_with(':')))
        {
            self.passed.insert((path.beside(".env"), named.to_owned()));
        }
    }

    /// A JavaScript file that is more than one literal: variables are found as `NAME: "value"`, with
    /// a literal for a value, outside of comments; what to delete is left to a person.
    fn scripted(&mut self, path: &ProjectPath, text: &str) {
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let code = line.split("//").next().unwrap_or(line);
            if code.trim_start().starts_with(['*', '/']) {
                continue;
            }
            let asked: Vec<String> = self.asked.iter().cloned().collect();
            for name in environment::NAMES.iter().copied().chain(asked.iter().map(String::as_str)) {
                let Some(found) = code.find(name) else { continue };
                let before = code[..found].trim_end_matches(['"', '\'']);
                let behind = code[found + name.len()..].trim_start_matches(['"', '\'']);
                let value = behind.trim_start().strip_prefix(':').map(str::trim_start).unwrap_or_default();
                let end = value.find([',', '}', '\r', '\n']).unwrap_or(value.len());
                let said = value[..end].trim();
                let literal =
                    said.starts_with(['"', '\'']) || said.bytes().all(|byte| byte.is_ascii_digit()) || said == "true";
                let joined = before.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '_' || last == '.');
                if said.is_empty() || !literal || joined {
                    continue;
                }
                let value_start = start + code.len() - value.len();
                self.variables.push(Variable {
                    path: path.clone(),
                    name: name.to_owned(),
                    value: said.trim_matches(['"', '\'']).to_owned(),
                    span: Span::new(start + found, value_start + said.len()),
                    value_span: Span::new(value_start, value_start + said.len()),
                    removal: None,
                    block: Span::empty(0),
                    home: Some(path.dir().to_owned()),
                    scope: scope::of_path(path),
                    standing: Standing::Counts,
                });
            }
        }
    }

    /// The scope of a node: that of the innermost key that tells one, else that of the file.
    fn scope_of(&self, nodes: &Nodes, id: Id, role: &Role) -> Scope {
        let mut at = nodes.node(id).parent;
        let mut found = match nodes.key(id) {
            // The name of a task or process tells what it is for, the name of a variable does not.
            Some(key) if nodes.text(id).is_some() && !self.matters(key) && !COMMAND_KEYS.contains(&key) => {
                scope::of_name(key)
            }
            _ => Scope::Unknown,
        };
        while let Some(id) = at {
            if found == Scope::Unknown
                && let Some(key) = nodes.key(id)
                && !self.matters(key)
            {
                found = scope::of_name(key);
                if role.ci
                    && key
                        .split(|character: char| !character.is_ascii_alphanumeric())
                        .any(|word| matches!(word, "deploy" | "deployment" | "deploys"))
                {
                    found = Scope::Production;
                }
            }
            // A service of compose that only starts with a profile.
            if found == Scope::Unknown
                && role.compose
                && let Some(profiles) = nodes.get(id, "profiles")
            {
                let all = nodes.children(profiles).iter().filter_map(|profile| nodes.text(*profile));
                found = all.map(scope::of_name).find(|scope| *scope != Scope::Unknown).unwrap_or(Scope::Unknown);
            }
            at = nodes.node(id).parent;
        }
        // npm starts `start` where the app is deployed; its other scripts are a developer's.
        if role.package && nodes.path(id).first() == Some(&"scripts") && nodes.key(id) != Some("start") {
            return found.within(Scope::Development);
        }
        if role.tasks || role.ci {
            // The tests a build server runs are its own business, but worth a note all the same.
            let wider = if role.scope == Scope::Production { Scope::Production } else { Scope::Development };
            return if matches!(found, Scope::Production) { found } else { wider };
        }
        found.within(role.scope)
    }

    /// Processes of pm2: `script` with `interpreter` and `args`.
    fn pm2(&mut self, path: &ProjectPath, nodes: &Nodes) {
        for (id, node) in nodes.iter() {
            let Some(script) = nodes.get(id, "script").filter(|_| node.kind == Kind::Map) else { continue };
            let Some(said) = nodes.text(script) else { continue };
            let place = nodes.node(script).span;
            let mut line = nodes
                .get(id, "interpreter")
                .and_then(|id| nodes.text(id))
                .filter(|name| *name != "none")
                .unwrap_or_default()
                .to_owned();
            line.push(' ');
            line.push_str(said);
            if let Some(arguments) = nodes.get(id, "args") {
                match nodes.text(arguments) {
                    Some(arguments) => {
                        line.push(' ');
                        line.push_str(arguments);
                    }
                    None => {
                        for word in nodes.children(arguments).iter().filter_map(|word| nodes.text(*word)) {
                            line.push(' ');
                            line.push_str(word);
                        }
                    }
                }
            }
            let commands = command::parse(&line, Span::new(0, line.len()), Shell::Posix);
            let mut site = Site::new(path, scope::of_path(path), Reader::Split);
            site.opaque = Some(place);
            self.commands("", site, commands.into_iter().map(|command| at(command, place)).collect());
        }
    }
}

/// A command all of whose words are at one place: what is read from a decoded text has no better.
fn at(mut command: Command, place: Span) -> Command {
    for word in &mut command.words {
        word.span = place;
        word.content = None;
    }
    for assignment in &mut command.assignments {
        assignment.span = place;
        assignment.value_span = place;
    }
    command
}

/// The words of a list.
fn words(text: &str, nodes: &Nodes, list: Id) -> Vec<Word> {
    let words = nodes.children(list).iter().filter_map(|id| {
        let node = nodes.node(*id);
        let Kind::Scalar { text: said, content, .. } = &node.kind else { return None };
        Some(Word { text: said.clone(), span: node.span, content: (content.of(text) == said).then_some(*content) })
    });
    words.collect()
}

/// The variables that stand beside a command.
fn siblings(nodes: &Nodes, parent: Id) -> std::collections::BTreeMap<String, String> {
    let mut found = std::collections::BTreeMap::new();
    let holders = ["environment", "env", "envs", "env_variables"].iter().filter_map(|key| nodes.get(parent, key));
    for holder in holders {
        for id in nodes.children(holder) {
            let said = nodes.text(*id);
            if let (Some(name), Some(said)) = (nodes.key(*id), said) {
                found.insert(name.to_owned(), said.to_owned());
            } else if let Some((name, value)) = said.and_then(|said| said.split_once('=')) {
                found.insert(name.to_owned(), value.to_owned());
            } else if let (Some(name), Some(value)) = (nodes.get(*id, "name"), nodes.get(*id, "value"))
                && let (Some(name), Some(value)) = (nodes.text(name), nodes.text(value))
            {
                found.insert(name.to_owned(), value.to_owned());
            }
        }
    }
    found
}

/// Whether a node is below a key that holds variables of the environment.
fn in_environment(nodes: &Nodes, id: Id) -> bool {
    let mut at = nodes.node(id).parent;
    while let Some(id) = at {
        if let Some(key) = nodes.key(id) {
            let holds = HOLDERS.contains(&key) || key.to_ascii_lowercase().starts_with("env");
            let config_map = matches!(key, "data" | "stringData")
                && nodes.node(id).parent.is_some_and(|outer| nodes.get(outer, "kind").is_some());
            if holds || config_map {
                return true;
            }
        }
        at = nodes.node(id).parent;
    }
    false
}

/// The folder whose code a service of a compose file runs; `None` where it runs no Python.
fn service_home(path: &ProjectPath, nodes: &Nodes, id: Id) -> Option<String> {
    let mut at = id;
    while let Some(outer) = nodes.node(at).parent {
        if nodes.key(outer) == Some("services") {
            let build = nodes.get(at, "build");
            let context =
                build.and_then(|build| nodes.text(build).or_else(|| nodes.text(nodes.get(build, "context")?)));
            if build.is_none() && nodes.get(at, "image").and_then(|id| nodes.text(id)).is_some_and(image::is_no_python)
            {
                return None;
            }
            let context = context.map_or("", |context| context.trim_start_matches("./").trim_matches(['/', '.']));
            return Some(ProjectPath::in_dir(path.dir(), context).as_str().trim_end_matches('/').to_owned());
        }
        at = outer;
    }
    Some(path.dir().to_owned())
}
