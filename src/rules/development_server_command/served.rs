//! What a command serves, and where it listens.

use super::super::{Context, development_server};
use super::Manual;
use super::container::{Container, is_published};
use crate::edit::Applicability;
use crate::project::{
    self, AsyncMode, Const, Demands, FlaskRun, Known, Launch, Listen, ModuleId, Serve, Server, What, is_dockerfile,
    threads,
};
use crate::source::ProjectPath;
use crate::startup::{Outcome, Target, certificate, is_one_by_one};
use crate::syntax::python::{Expr, Stmt};

/// A part of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// As written in the command or the code; may hold a `$NAME` from the command.
    Text(String),
    /// Read from the environment, with a default.
    Variable(String, Option<String>),
}

/// Where a server listens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) host: Option<Part>,
    pub(super) port: Option<Part>,
    pub(super) cert: Option<String>,
    pub(super) key: Option<String>,
}

/// What a launch serves and how.
pub(super) struct Served {
    pub(super) address: Address,
    pub(super) target: Target,
    /// How the folder of the target is reached from where the command is started; `None` where it is not below.
    pub(super) below: Option<String>,
    pub(super) applicability: Applicability,
    /// Whether a port of the container that it is started in is to be reached from outside.
    pub(super) is_exposed: bool,
    /// Whether there may be only one worker process.
    pub(super) is_single: bool,
    /// How many threads a worker gets; `None` where it gets one, or a configuration of the server says.
    pub(super) threads: Option<u32>,
    /// What it waits with, where its Flask-SocketIO or it itself has a way of its own.
    pub(super) waits_with: Option<AsyncMode>,
}

impl Served {
    fn new(
        context: Context<'_>,
        launch: &Launch,
        address: Address,
        (target, applicability): (Target, Applicability),
        below: Option<String>,
        serve: Option<&Serve<'_>>,
    ) -> Self {
        let of_target = context.moves.iter().filter(|planned| match &planned.outcome {
            Outcome::Move { target: planned, .. } | Outcome::Done { target: planned } => *planned == target,
            Outcome::Manual { .. } => false,
        });
        let one_by_one = serve.is_some_and(is_one_by_one)
            || launch.command.program().iter().any(|word| word.text == "--without-threads")
            || context.around.dependencies.is_flask_0();
        let start = started_in(context, launch);
        let is_configured = launch.environment.contains_key("GUNICORN_CMD_ARGS")
            || context.project.has_file(&ProjectPath::in_dir(&start, "gunicorn.conf.py"));
        // Until `wsgi.py` is written, the script says what the app is.
        let written = context.project.by_path(&ProjectPath::in_dir(&target.dir, &format!("{}.py", target.module)));
        let planned =
            || of_target.clone().flat_map(|planned| &planned.serves).find_map(|it| context.facts.serves.get(*it));
        let script = serve.or_else(planned).filter(|_| written.is_none());
        let script = script.map(|serve| context.project.module(serve.module).path());
        let app = match script {
            Some(path) => project::Served { dir: path.dir(), module: path.stem(), name: &target.name },
            None => project::Served { dir: &target.dir, module: &target.module, name: &target.name },
        };
        let (project, facts) = (context.project, context.facts);
        let Demands { is_single, stay_open, waits_with } = Demands::of(context.tree, project, facts, app);
        let threads = (!one_by_one && !is_configured).then(|| threads(stay_open));
        let one_worker = of_target.clone().any(|planned| planned.served.one_worker.is_some());
        Self {
            is_single: one_worker || is_single,
            threads,
            waits_with,
            is_exposed: is_published(context, launch),
            address,
            below,
            applicability,
            target,
        }
    }
}

/// What a script serves, as its `run()` call says it.
pub(super) fn of_script(context: Context<'_>, launch: &Launch, serve: &Serve<'_>) -> Result<Served, Manual> {
    let (target, applicability) = target_of(context, serve.module)?;
    let What::Script { name, module, arguments, .. } = &launch.what else {
        return Err(Manual("start a production server by hand".to_owned()));
    };
    let mut address = Address::default();
    if serve.server == Server::FlaskScript {
        let listen = Listen::of_runserver(arguments).ok_or_else(|| {
            Manual("the arguments of `runserver` are not all known; rewrite the command by hand".to_owned())
        })?;
        address.take(&listen);
    } else if !arguments.is_empty() {
        return Err(Manual(format!(
            "the script is given arguments, which a server does not pass on; start `gunicorn {}` by hand",
            dotted(&target)
        )));
    }
    for (slot, name) in [(&mut address.host, "host"), (&mut address.port, "port")] {
        // What the command says wins over the code.
        if slot.is_some() {
            continue;
        }
        if let Some(argument) = serve.argument(name) {
            *slot = part(&argument.setting.known).map_err(|()| {
                Manual(format!(
                    "the {name} is computed by the code; start `gunicorn --bind … {}` with the {name} it is to listen on",
                    dotted(&target)
                ))
            })?;
        }
    }
    // Dash reads it, and has another port than Flask (`Dash.run`).
    if serve.server == Server::Dash && address.port.is_none() {
        address.port = Some(Part::Variable("PORT".to_owned(), Some("8050".to_owned())));
    }
    match certificate(serve).map(|certificate| certificate.files) {
        Some(Some((cert, key))) => (address.cert, address.key) = (Some(cert), Some(key)),
        Some(None) => {
            return Err(Manual(format!(
                "the code serves TLS itself; give the certificate to the server: `gunicorn --certfile … --keyfile … {}`",
                dotted(&target)
            )));
        }
        None => {}
    }
    let path = context.project.module(serve.module).path();
    let written = if *module { String::new() } else { name.replace('\\', "/") };
    let lead = written.rsplit_once('/').map_or("", |(lead, _)| lead);
    // A module is found from the folder that its dotted name starts in.
    let own = if *module {
        let depth = name.matches('.').count();
        ancestors(path.dir(), depth)
    } else {
        path.dir().to_owned()
    };
    let lead = if lead == "." { "" } else { lead.trim_start_matches("./") };
    let joined = |below: String| match (lead, below.as_str()) {
        ("", _) => below,
        (lead, "") => lead.to_owned(),
        (lead, below) => format!("{lead}/{below}"),
    };
    // A script is named from the folder that the command is started in, which can be that of the target.
    let above = || {
        let above = own.strip_suffix(lead).filter(|above| above.is_empty() || above.ends_with('/'))?;
        beside(above.trim_end_matches('/'), &target.dir)
    };
    let below = beside(&own, &target.dir).map(joined).or_else(above);
    // An absolute folder that the command is started in anyway need not be named.
    let is_there = |below: &String| launch.dir.as_deref().is_some_and(|dir| dir.trim_end_matches('/') == below);
    let below = below.map(|below| if is_there(&below) { String::new() } else { below });
    Ok(Served::new(context, launch, address, (target, applicability), below, Some(serve)))
}

/// What `flask run` serves.
pub(super) fn of_flask(context: Context<'_>, launch: &Launch, run: &FlaskRun) -> Result<Served, Manual> {
    let (target, applicability) = target_of_flask(context, launch, run)?;
    let mut address = Address::default();
    address.take(&run.listen);
    let set = |name: &str| launch.environment.get(name).cloned();
    for (slot, name) in [(&mut address.host, "FLASK_RUN_HOST"), (&mut address.port, "FLASK_RUN_PORT")] {
        if slot.is_none() {
            let dir = started_in(context, launch);
            let loaded = || context.around.loaded(&dir, name).or_else(|| context.around.loaded("", name));
            *slot = set(name).or_else(|| loaded().map(str::to_owned)).map(Part::Text);
        }
    }
    if address.cert.as_deref() == Some("adhoc") {
        return Err(Manual("`--cert adhoc` makes a certificate nobody trusts; give the server a real one".to_owned()));
    }
    let below = beside(&started_in(context, launch), &target.dir);
    Ok(Served::new(context, launch, address, (target, applicability), below, None))
}

/// The folder of the project that a command is started in, as far as can be told.
pub(in crate::rules) fn started_in(context: Context<'_>, launch: &Launch) -> String {
    if let Some(dir) = copied(context, launch) {
        return dir;
    }
    let dir = launch.dir.as_deref().unwrap_or_default();
    let parts: Vec<&str> = dir.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let is_package = |path: &ProjectPath| context.project.has_file(&ProjectPath::in_dir(path.as_str(), "__init__.py"));
    for start in 0..parts.len() {
        let rest = parts[start..].join("/");
        for base in [launch.path.dir(), ""] {
            let path = ProjectPath::in_dir(base, &rest);
            // Nothing is started inside of a package: `/srv/shop` is the project, though it has one called `shop`.
            if context.project.has_dir(path.as_str()) && !(dir.starts_with('/') && is_package(&path)) {
                return path.as_str().to_owned();
            }
        }
    }
    home(context, launch)
}

/// The folder of the project whose files are in the folder that a container starts a command in.
pub(super) fn copied(context: Context<'_>, launch: &Launch) -> Option<String> {
    let container = Container::of(context, launch)?;
    let changed_to = launch.dir.as_deref().filter(|_| !is_dockerfile(&launch.path));
    let start = container.start(context, changed_to);
    start.or_else(|| {
        let known = container.built_from().filter(|_| launch.dir.is_none())?;
        holds_code(context, known).then(|| known.to_owned())
    })
}

/// The folder that a file of launches is about: workflows, units and playbooks are kept in folders of their
/// own and start the app from the top.
fn home(context: Context<'_>, launch: &Launch) -> String {
    if holds_code(context, launch.path.dir()) { launch.path.dir().to_owned() } else { String::new() }
}

/// Whether there is Python code in a folder itself.
pub(super) fn holds_code(context: Context<'_>, dir: &str) -> bool {
    context.project.files.iter().any(|path| path.dir() == dir && path.name().ends_with(".py"))
}

fn ancestors(dir: &str, count: usize) -> String {
    let mut dir = dir;
    for _ in 0..count {
        dir = dir.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
    dir.to_owned()
}

/// How to get from one folder to one in it; `None` when it is not in it.
fn beside(from: &str, to: &str) -> Option<String> {
    if from.is_empty() {
        return Some(to.to_owned());
    }
    let rest = to.strip_prefix(from)?;
    if rest.is_empty() { Some(String::new()) } else { rest.strip_prefix('/').map(str::to_owned) }
}

pub(super) fn dotted(target: &Target) -> String {
    format!("{}:{}", target.module, target.name)
}

/// What is to be served in place of a module's start-up call.
fn target_of(context: Context<'_>, module: ModuleId) -> Result<(Target, Applicability), Manual> {
    let own = |index: &usize| context.facts.serves.get(*index).is_some_and(|serve| serve.module == module);
    for planned in context.moves {
        if planned.serves.iter().any(own) {
            return outcome(context, &planned.outcome);
        }
    }
    let dir = context.project.module(module).path().dir();
    existing(context, dir).map(|target| (target, Applicability::Safe)).ok_or_else(|| {
        Manual("there is no `wsgi.py` yet that a server could be pointed at; write one that imports the app, then serve `wsgi:app`".to_owned())
    })
}

fn outcome(context: Context<'_>, outcome: &Outcome) -> Result<(Target, Applicability), Manual> {
    // The module is written by the fix of another rule, which may be left out of this run.
    let moves = context.rules.iter().any(|rule| rule.name == development_server::RULE.name);
    match outcome {
        Outcome::Move { fix, .. } if !moves && !fix.files.is_empty() => Err(Manual(
            "the module to serve is written by the rule `development-server`; run both rules together".to_owned(),
        )),
        Outcome::Move { fix, target } if fix.applicability != Applicability::Manual => {
            Ok((target.clone(), fix.applicability))
        }
        Outcome::Move { target, .. } => {
            Err(Manual(format!("first move the start-up code, then start `gunicorn {}`", dotted(target))))
        }
        Outcome::Done { target } => Ok((target.clone(), Applicability::Safe)),
        Outcome::Manual { hint, .. } => Err(Manual(hint.clone())),
    }
}

/// What `flask run` finds, as a server is told it.
fn target_of_flask(context: Context<'_>, launch: &Launch, run: &FlaskRun) -> Result<(Target, Applicability), Manual> {
    let dir = started_in(context, launch);
    let set = || launch.environment.get("FLASK_APP").map(String::as_str);
    let app = run.app.as_deref().or_else(set).or_else(|| context.around.loaded(&dir, "FLASK_APP"));
    let asked = app.map(|app| app.split(':').next().unwrap_or(app).trim_end_matches(".py").replace('.', "/"));
    let matches_asked = |path: &ProjectPath| {
        let path = path.as_str().trim_end_matches(".py").trim_end_matches("/__init__");
        asked.as_deref().is_some_and(|asked| path == asked || path.ends_with(&format!("/{asked}")))
    };
    // The move of the module that was asked for, else the only one there is.
    let mut targets: Vec<(Target, Applicability)> = Vec::new();
    for planned in context.moves {
        let named = planned.serves.iter().any(|index| {
            context
                .facts
                .serves
                .get(*index)
                .is_some_and(|serve| matches_asked(context.project.module(serve.module).path()))
        });
        if named {
            return outcome(context, &planned.outcome);
        }
        if let Ok(target) = outcome(context, &planned.outcome) {
            targets.push(target);
        }
    }
    if let Some(target) = existing(context, &dir) {
        return Ok((target, Applicability::Safe));
    }
    targets.sort();
    targets.dedup();
    if let [target] = targets.as_slice() {
        return Ok(target.clone());
    }
    // An app that a module makes when it is imported can be served from there.
    let name = app.and_then(|app| app.split_once(':')).map(|(_, name)| name);
    for (id, apps) in &context.facts.apps {
        let path = context.project.module(*id).path();
        let by_default = asked.is_none() && path.name() == "app.py" && path.dir() == dir;
        if !(matches_asked(path) || by_default) {
            continue;
        }
        let wanted = |found: &str| name.map_or(matches!(found, "app" | "application"), |name| name == found);
        if let Some(found) = apps.iter().find(|found| found.on_import && wanted(&found.name))
            && let Some(inside) = beside(&dir, path.as_str().trim_end_matches(".py").trim_end_matches("/__init__"))
        {
            let module = inside.replace('/', ".");
            return Ok((Target { dir, module, name: found.name.clone() }, Applicability::Safe));
        }
    }
    if let Some((image, command)) = started_by_image(context, launch) {
        return Err(Manual(format!("take this command out: `{image}` starts `{command}` without it")));
    }
    Err(Manual("write a `wsgi.py` that imports the app, then serve `wsgi:app`".to_owned()))
}

/// The command of a server that the image of a compose file's service starts where the service has none.
fn started_by_image(context: Context<'_>, launch: &Launch) -> Option<(ProjectPath, String)> {
    let image = Container::of(context, launch).filter(|_| !is_dockerfile(&launch.path))?.dockerfile?;
    let starts = |it: &&Launch| it.path == image && matches!(it.what, What::Server(_));
    let server = context.around.launches.iter().find(starts)?;
    let words: Vec<&str> = server.command.program().iter().map(|word| word.text.as_str()).collect();
    Some((image, words.join(" ")))
}

/// What a `wsgi.py` that is there exposes.
pub(super) fn existing(context: Context<'_>, dir: &str) -> Option<Target> {
    let path = ProjectPath::in_dir(dir, "wsgi.py");
    let module = context.project.by_path(&path)?;
    let target = |name: &str| Target { dir: dir.to_owned(), module: "wsgi".to_owned(), name: name.to_owned() };
    let mut names: Vec<String> = context
        .facts
        .apps
        .get(&module)
        .into_iter()
        .flatten()
        .filter(|app| app.on_import)
        .map(|app| app.name.clone())
        .collect();
    for stmt in context.project.module(module).syntax.body() {
        match stmt {
            Stmt::ImportFrom(import) => {
                names.extend(import.names.iter().map(|alias| alias.asname.as_ref().unwrap_or(&alias.name).to_string()))
            }
            Stmt::Assign(assign) => names.extend(assign.targets.iter().filter_map(|target| match target {
                Expr::Name(name) => Some(name.id.to_string()),
                _ => None,
            })),
            _ => {}
        }
    }
    ["app", "application"].into_iter().find(|name| names.iter().any(|found| found == name)).map(target)
}

/// A part of an address, from what the code hands to `run()`.
fn part(known: &Known) -> Result<Option<Part>, ()> {
    let text = |constant: &Const| match constant {
        Const::Str(text) => Some(text.clone()),
        Const::Int(number) => Some(number.to_string()),
        _ => None,
    };
    match known {
        // The command says nothing of it.
        Known::CommandLine { default: None | Some(Const::None) } | Known::Constant(Const::None) => Ok(None),
        Known::CommandLine { default: Some(default) } => text(default).map(Part::Text).map(Some).ok_or(()),
        Known::Constant(constant) => text(constant).map(Part::Text).map(Some).ok_or(()),
        Known::Environment { variable, default: None | Some(Const::None) } => {
            Ok(Some(Part::Variable(variable.clone(), None)))
        }
        Known::Environment { variable, default: Some(default) } => {
            Ok(Some(Part::Variable(variable.clone(), Some(text(default).ok_or(())?))))
        }
        _ => Err(()),
    }
}

impl Address {
    /// Takes what a command says.
    fn take(&mut self, listen: &Listen) {
        self.host = listen.host.clone().map(Part::Text);
        self.port = listen.port.clone().map(Part::Text);
        self.cert.clone_from(&listen.cert);
        self.key.clone_from(&listen.key);
    }
}
