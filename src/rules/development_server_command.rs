//! # development-server-command
//!
//! ## What it does
//!
//! Finds commands that start the development server where the app is deployed: `flask run`,
//! `python app.py` for a script that calls `app.run()`, `manage.py runserver`; in Dockerfiles,
//! compose files, Procfiles, scripts, crontabs, systemd units, Supervisor, Kubernetes manifests and
//! the files of hosting platforms.
//!
//! ## Why is this bad
//!
//! The development server is made for one person. It is slow, it does not survive load, and its
//! authors do not treat its weaknesses as security problems.
//!
//! ## Example
//!
//! ```text
//! web: flask --app app run --host=0.0.0.0 --port=$PORT
//! ```
//!
//! ## Use instead
//!
//! ```text
//! web: gunicorn --bind 0.0.0.0:$PORT wsgi:app
//! ```
//!
//! ## Fix safety
//!
//! The command is rewritten to the server the project already uses, else to Gunicorn (Waitress in
//! Windows batch files). Host, port and certificate are carried over from the command, from the
//! variables set beside it, or from the `run()` call. The fix is safe where the module to serve
//! exists or is written by the same run. Where a value is computed and cannot be carried, the finding
//! says so and takes a person.
//!
//! ## References
//!
//! - [Flask: Deploying to Production](https://flask.palletsprojects.com/en/stable/deploying/)
//! - [Gunicorn: Settings](https://docs.gunicorn.org/en/stable/settings.html)
//! - [Waitress: waitress-serve](https://docs.pylonsproject.org/projects/waitress/en/stable/runner.html)

use super::{Context, Rule};
use crate::edit::{Applicability, Edit, Fix};
use crate::finding::{Finding, Kind, Severity};
use crate::project::{Const, FlaskRun, Known, Launch, Listen, ModuleId, Reader, Serve, Server, What, copy_line};
use crate::source::{ProjectPath, Span};
use crate::startup::{Outcome, Target};
use crate::syntax::command::base_name;
use crate::syntax::python::{Expr, Stmt};

pub(super) const RULE: Rule = Rule {
    name: "development-server-command",
    kind: Kind::Server,
    source: include_str!("development_server_command.rs"),
    check,
};

/// Finds commands that start the development server.
pub(super) fn check(context: Context<'_>) -> Vec<Finding> {
    context.around.launches.iter().filter_map(|launch| finding(context, launch)).collect()
}

/// The servers that a command is rewritten to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Gunicorn.
    Gunicorn,
    /// Waitress.
    Waitress,
}

impl Wanted {
    /// Its package.
    pub(super) fn package(self) -> &'static str {
        match self {
            Self::Gunicorn => "gunicorn",
            Self::Waitress => "waitress",
        }
    }

    /// Its program.
    fn program(self) -> &'static str {
        match self {
            Self::Gunicorn => "gunicorn",
            Self::Waitress => "waitress-serve",
        }
    }

    /// What people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gunicorn => "Gunicorn",
            Self::Waitress => "Waitress",
        }
    }
}

/// A part of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// As written in the command or the code; may hold a `$NAME` from the command.
    Text(String),
    /// Read from the environment, with a default.
    Variable(String, Option<String>),
}

/// Where a server listens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Address {
    host: Option<Part>,
    port: Option<Part>,
    cert: Option<String>,
    key: Option<String>,
}

/// What a launch serves and how.
struct Served {
    address: Address,
    target: Target,
    /// How the folder of the target is reached from where the command is started.
    below: String,
    applicability: Applicability,
    /// Whether a port of the container that it is started in is to be reached from outside.
    is_exposed: bool,
}

/// Why a command is not rewritten, and what to do about it.
struct Manual(String);

fn finding(context: Context<'_>, launch: &Launch) -> Option<Finding> {
    if !launch.scope.reaches_production() {
        return None;
    }
    let serve = match &launch.what {
        What::FlaskRun(_) => None,
        What::Script { .. } => match serve_of(context, launch) {
            Some(serve) => Some(serve),
            None if is_flask_group(context, launch) => None,
            None => return starts_nothing(context, launch),
        },
        What::Code { .. } => None,
        What::Server(_) => return None,
    };
    let span = launch.command.span()?;
    let server = server(context, launch);
    let plan = match &launch.what {
        What::FlaskRun(run) => of_flask(context, launch, run),
        What::Script { .. } => match serve {
            Some(serve) => of_script(context, launch, serve),
            None => Err(Manual("start a WSGI server with the app that the command's factory makes".to_owned())),
        },
        What::Code { .. } => Err(Manual("start a WSGI server with the app that the code imports".to_owned())),
        What::Server(_) => return None,
    };
    let rewritten = plan.and_then(|served| {
        let words = words(launch, server, &served)?;
        let text = render(context, launch, &words)?;
        Ok((text, words, served))
    });
    let message = match &launch.what {
        What::FlaskRun(_) => "`flask run` starts the development server in production".to_owned(),
        _ => "this command starts the development server in production".to_owned(),
    };
    let (fix, hint) = match rewritten {
        Ok((Rewrite { span: place, text }, words, Served { target, applicability, address, is_exposed, .. }))
            if launch.editable =>
        {
            let mut edits = vec![Edit::replace(&launch.path, place, text)];
            edits.extend(launch.also.iter().map(|span| Edit::delete(&launch.path, *span)));
            if is_dockerfile(launch) {
                // Where each file is copied by its name, the image would lack the new one.
                let module = ProjectPath::in_dir(&target.dir, &format!("{}.py", target.module.replace('.', "/")));
                let copied = copy_line(&launch.path, context.around.text(&launch.path), &module);
                edits.extend(copied.map(|(at, line)| Edit::insert(&launch.path, at, line)));
            }
            let title = format!("start {} instead: `{}`", server.name(), words.join(" "));
            let opened = is_exposed && address.host.is_none();
            let hint = opened.then(|| {
                "it listens on every address of the container, for on 127.0.0.1, as before, the exposed port reaches \
                 nothing"
                    .to_owned()
            });
            (Some(Fix { title, applicability, edits, files: Vec::new() }), hint)
        }
        Ok((_, words, _)) => (None, Some(format!("start `{}` instead", words.join(" ")))),
        Err(Manual(reason)) => (None, Some(reason)),
    };
    Some(Finding {
        rule: "development-server-command",
        kind: Kind::Server,
        severity: Severity::Warning,
        path: launch.path.clone(),
        span,
        message,
        hint,
        fix,
        related: Vec::new(),
    })
}

/// A command that runs a module whose start-up call is gone: it makes the app and ends.
fn starts_nothing(context: Context<'_>, launch: &Launch) -> Option<Finding> {
    let path = script(context, launch)?;
    let module = context.project.by_path(&path)?;
    let What::Script { arguments, .. } = &launch.what else { return None };
    let serves = context.facts.serves.iter().any(|serve| serve.module == module);
    let apps = context.facts.apps.get(&module)?;
    let makes_app = apps.iter().any(|app| app.on_import && app.app.made.module == module);
    let target = existing(context, path.dir())?;
    if serves || !makes_app || !arguments.is_empty() || path.name() == "wsgi.py" {
        return None;
    }
    let server = server(context, launch);
    Some(Finding {
        rule: "development-server-command",
        kind: Kind::Server,
        severity: Severity::Warning,
        path: launch.path.clone(),
        span: launch.command.span()?,
        message: format!("this command starts no server: `{}` makes the app and ends", path.name()),
        hint: Some(format!("start `{} {}` with the address it is to listen on", server.program(), dotted(&target))),
        fix: None,
        related: Vec::new(),
    })
}

/// The server that the launches which start the development server are rewritten to, with the first
/// of those launches.
pub(super) fn planned<'a>(context: Context<'a>) -> Vec<(Wanted, &'a Launch)> {
    let rewritten = context
        .around
        .launches
        .iter()
        .filter(|launch| finding(context, launch).is_some_and(|finding| finding.fix.is_some()));
    rewritten.map(|launch| (server(context, launch), launch)).collect()
}

/// The server the project uses, else Gunicorn; Gunicorn does not run on Windows.
fn server(context: Context<'_>, launch: &Launch) -> Wanted {
    if launch.reader == Reader::Batch {
        return Wanted::Waitress;
    }
    let around = context.around;
    let used = |wanted: Wanted| {
        around.dependencies.names(wanted.package(), launch.path.dir())
            || around.launches.iter().any(|launch| launch.what == What::Server(wanted.name()))
    };
    if !used(Wanted::Gunicorn) && used(Wanted::Waitress) { Wanted::Waitress } else { Wanted::Gunicorn }
}

/// Whether a command runs `run` of a script that has the commands of `flask`: `python manage.py run`.
fn is_flask_group(context: Context<'_>, launch: &Launch) -> bool {
    let What::Script { arguments, .. } = &launch.what else { return false };
    arguments.first().is_some_and(|argument| argument == "run")
        && script(context, launch)
            .and_then(|path| context.project.by_path(&path))
            .is_some_and(|module| context.project.module(module).source.text.contains("FlaskGroup"))
}

/// The start-up call of the script a command runs, when that starts a development server.
fn serve_of<'a>(context: Context<'a>, launch: &Launch) -> Option<&'a Serve<'a>> {
    let module = context.project.by_path(&script(context, launch)?)?;
    let What::Script { arguments, .. } = &launch.what else { return None };
    let of_module = |serve: &&Serve<'_>| serve.module == module;
    let serve = context.facts.serves.iter().find(of_module)?;
    let development = match serve.server {
        Server::FlaskRun | Server::RunSimple | Server::Connexion | Server::Dash | Server::SocketIo => true,
        Server::FlaskScript => arguments.first().is_some_and(|argument| argument == "runserver"),
        Server::Embedded | Server::Production => false,
    };
    development.then_some(serve)
}

/// The file of the project that a command runs.
pub(super) fn script(context: Context<'_>, launch: &Launch) -> Option<ProjectPath> {
    let What::Script { name, module, .. } = &launch.what else { return None };
    let files = if *module {
        let path = name.replace('.', "/");
        vec![format!("{path}.py"), format!("{path}/__main__.py")]
    } else {
        vec![name.replace('\\', "/")]
    };
    let dir = launch.dir.as_deref().unwrap_or_default().replace('\\', "/");
    let mut bases = vec![launch.path.dir(), ""];
    bases.dedup();
    for file in &files {
        let absolute = file.starts_with('/');
        let full = if absolute { file.clone() } else { format!("{dir}/{file}") };
        let parts: Vec<&str> = full.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        // An absolute folder of the machine it is deployed on says nothing about the project's own.
        for start in 0..parts.len() {
            let rest = parts[start..].join("/");
            for base in &bases {
                let path = ProjectPath::in_dir(base, &rest);
                if context.project.has_file(&path) {
                    return Some(path);
                }
            }
        }
    }
    None
}

/// What a script serves, as its `run()` call says it.
fn of_script(context: Context<'_>, launch: &Launch, serve: &Serve<'_>) -> Result<Served, Manual> {
    let (target, applicability) = target_of(context, serve.module)?;
    let What::Script { name, module, arguments, .. } = &launch.what else {
        return Err(Manual("start a production server by hand".to_owned()));
    };
    if serve.server == Server::SocketIo {
        return Err(Manual(format!(
            "Flask-SocketIO wants one Gunicorn worker that knows WebSocket: `gunicorn --worker-class gthread --threads 100 {}`",
            dotted(&target)
        )));
    }
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
    if serve.argument("ssl_context").is_some() {
        return Err(Manual(format!(
            "the code serves TLS itself; give the certificate to the server: `gunicorn --certfile … --keyfile … {}`",
            dotted(&target)
        )));
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
    let below = beside(&own, &target.dir).ok_or_else(|| elsewhere(&target))?;
    let below = match (lead.trim_start_matches("./"), below.as_str()) {
        ("" | ".", below) => below.to_owned(),
        (lead, "") => lead.to_owned(),
        (lead, below) => format!("{lead}/{below}"),
    };
    // An absolute folder that the command is started in anyway need not be named.
    let below =
        if launch.dir.as_deref().is_some_and(|dir| dir.trim_end_matches('/') == below) { String::new() } else { below };
    Ok(Served { address, target, below, applicability, is_exposed: is_exposed(context, launch) })
}

/// What `flask run` serves.
fn of_flask(context: Context<'_>, launch: &Launch, run: &FlaskRun) -> Result<Served, Manual> {
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
    let below = beside(&started_in(context, launch), &target.dir).ok_or_else(|| elsewhere(&target))?;
    Ok(Served { address, target, below, applicability, is_exposed: is_exposed(context, launch) })
}

/// The folder of the project that a command is started in, as far as can be told.
fn started_in(context: Context<'_>, launch: &Launch) -> String {
    let dir = launch.dir.as_deref().unwrap_or_default();
    let parts: Vec<&str> = dir.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    for start in 0..parts.len() {
        let rest = parts[start..].join("/");
        for base in [launch.path.dir(), ""] {
            let path = ProjectPath::in_dir(base, &rest);
            if context.project.has_dir(path.as_str()) {
                return path.as_str().to_owned();
            }
        }
    }
    // Workflows, units and playbooks are kept in folders of their own and start the app from the top.
    let holds_code =
        |dir: &str| context.project.files.iter().any(|path| path.dir() == dir && path.name().ends_with(".py"));
    if holds_code(launch.path.dir()) { launch.path.dir().to_owned() } else { String::new() }
}

fn elsewhere(target: &Target) -> Manual {
    let place =
        if target.dir.is_empty() { "the project folder".to_owned() } else { format!("the folder `{}`", target.dir) };
    Manual(format!("start `gunicorn {}` in {place} by hand", dotted(target)))
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

fn dotted(target: &Target) -> String {
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
    let moves = context.rules.iter().any(|rule| rule.name == super::development_server::RULE.name);
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
    Err(Manual("write a `wsgi.py` that imports the app, then serve `wsgi:app`".to_owned()))
}

/// What a `wsgi.py` that is there exposes.
fn existing(context: Context<'_>, dir: &str) -> Option<Target> {
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
        Known::Constant(Const::None) => Ok(None),
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

/// The new command. Variables stand as a shell writes them.
fn words(launch: &Launch, server: Wanted, served: &Served) -> Result<Vec<String>, Manual> {
    let mut words = program(launch, server)?;
    let address = &served.address;
    let manual = || {
        Manual(format!(
            "host and port are read from the environment, which this file does not fill in; start `{} {}` with the address it is to listen on",
            server.program(),
            dotted(&served.target)
        ))
    };
    // Gunicorn listens on `0.0.0.0:$PORT` by itself where `PORT` is set.
    let own_port = match &address.port {
        None => launch.platform,
        Some(Part::Variable(name, default)) => name == "PORT" && (launch.platform || default.is_none()),
        Some(Part::Text(_)) => false,
    };
    let anywhere = address.host.is_none() || address.host == Some(Part::Text("0.0.0.0".to_owned()));
    if !(own_port && anywhere && server == Wanted::Gunicorn) {
        let host = address.host.clone().unwrap_or_else(|| {
            Part::Text(if own_port || served.is_exposed { "0.0.0.0" } else { "127.0.0.1" }.to_owned())
        });
        let port = address.port.clone().unwrap_or_else(|| {
            if own_port { Part::Variable("PORT".to_owned(), None) } else { Part::Text("5000".to_owned()) }
        });
        let text = |part: Part| match part {
            Part::Text(text) => Ok(text),
            Part::Variable(name, default) if shell(launch) => {
                Ok(default.map_or_else(|| format!("${name}"), |default| format!("${{{name}:-{default}}}")))
            }
            Part::Variable(..) => Err(manual()),
        };
        let (host, port) = (text(host)?, text(port)?);
        let host = if host.contains(':') && !host.contains('$') { format!("[{host}]") } else { host };
        match server {
            Wanted::Gunicorn => words.extend(["--bind".to_owned(), format!("{host}:{port}")]),
            Wanted::Waitress => words.push(format!("--listen={host}:{port}")),
        }
    }
    if let Some(cert) = &address.cert {
        if server == Wanted::Waitress {
            return Err(Manual("Waitress does not serve TLS; put a proxy in front of it".to_owned()));
        }
        words.extend(["--certfile".to_owned(), cert.clone()]);
        words.extend(address.key.iter().flat_map(|key| ["--keyfile".to_owned(), key.clone()]));
    }
    if !served.below.is_empty() {
        if server == Wanted::Waitress {
            return Err(elsewhere(&served.target));
        }
        words.extend(["--pythonpath".to_owned(), served.below.clone()]);
    }
    words.push(dotted(&served.target));
    let plain = |word: &String| {
        word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:-/${}@%+=,~[]".contains(&byte)) && !word.is_empty()
    };
    if words.iter().all(plain) {
        Ok(words)
    } else {
        Err(Manual("rewrite the command by hand; it holds characters that need quoting".to_owned()))
    }
}

/// The program of the server, reached the same way as the one before: by its name, or in the folder
/// of the Python that ran the script.
fn program(launch: &Launch, server: Wanted) -> Result<Vec<String>, Manual> {
    let first =
        launch.command.program().first().filter(|_| launch.also.is_empty()).map_or("", |word| word.text.as_str());
    let Some(at) = first.rfind(['/', '\\']) else { return Ok(vec![server.program().to_owned()]) };
    let name = base_name(first);
    if name == "flask" {
        return Ok(vec![format!("{}{}", &first[..=at], server.program())]);
    }
    if name.ends_with(".py") {
        return if launch.reader == Reader::Split {
            Err(Manual(format!("start `{}` by its full path instead of the script", server.program())))
        } else {
            Ok(vec![server.program().to_owned()])
        };
    }
    // Next to a Python there need not be a `gunicorn` program, but its module is always found.
    Ok(vec![first.to_owned(), "-m".to_owned(), server.package().to_owned()])
}

/// Whether variables can be given to a shell: the command is read by one, or can be handed to one.
fn shell(launch: &Launch) -> bool {
    match launch.reader {
        Reader::Shell => !is_compose(launch),
        Reader::List => is_dockerfile(launch),
        Reader::Split | Reader::Batch => false,
    }
}

/// Whether the image says that it has a port for others. On 127.0.0.1, where Flask listens without
/// being told, nothing outside of the container would reach it.
fn is_exposed(context: Context<'_>, launch: &Launch) -> bool {
    let exposes = |line: &str| line.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("EXPOSE"));
    is_dockerfile(launch) && context.around.text(&launch.path).lines().any(exposes)
}

fn is_dockerfile(launch: &Launch) -> bool {
    let name = launch.path.name().to_ascii_lowercase();
    name.contains("dockerfile") || name.contains("containerfile")
}

/// Compose fills variables in itself, from where it is run and not from the container.
fn is_compose(launch: &Launch) -> bool {
    let name = launch.path.name();
    name.starts_with("docker-compose") || name.starts_with("compose")
}

/// What takes the place of a command.
struct Rewrite {
    span: Span,
    text: String,
}

/// Writes the new command as the old one is written: a line of words, or a list with its quotes and
/// commas.
fn render(context: Context<'_>, launch: &Launch, words: &[String]) -> Result<Rewrite, Manual> {
    let manual = || Manual(format!("start `{}` instead", words.join(" ")));
    let span = launch.command.span().ok_or_else(manual)?;
    if !launch.editable {
        return Ok(Rewrite { span, text: String::new() });
    }
    let text = context.around.text(&launch.path);
    if !launch.command.list {
        return Ok(Rewrite { span, text: words.join(" ") });
    }
    let own = launch.command.program();
    let (Some(first), Some(content)) = (own.first(), own.first().and_then(|word| word.content)) else {
        return Err(manual());
    };
    let open = &text[first.span.start..content.start];
    let close = &text[content.end..first.span.end];
    let gap = own.get(1).map_or(", ", |second| &text[first.span.end..second.span.start]);
    // A mark that continues a line, or a comment, between the words is not repeated.
    let gap = if gap.contains(['\\', '#']) { ", " } else { gap }.replace("\r\n", "\n");
    let expands = words.iter().any(|word| word.contains('$'));
    let wrapped;
    let words = if expands && is_dockerfile(launch) {
        wrapped = ["sh".to_owned(), "-c".to_owned(), format!("exec {}", words.join(" "))];
        &wrapped[..]
    } else {
        words
    };
    let quoted: Vec<String> = words.iter().map(|word| format!("{open}{word}{close}")).collect();
    Ok(Rewrite { span, text: quoted.join(&gap) })
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{check_all, check_tree, step, tree};
    use super::*;
    use crate::edit::FileEdit;
    use crate::project::{AppName, AppObject, Around, Facts, Place, Project};
    use crate::startup::Move;

    const WSGI: (&str, &str) = ("wsgi.py", "from app import app\n\n__all__ = [\"app\"]  # flask\n");

    fn app(run: &str) -> String {
        format!(
            "from flask import Flask\n\napp = Flask(__name__)\n\nif __name__ == \"__main__\":\n    app.run({run})\n"
        )
    }

    fn rewritten(path: &str, before: &str, run: &str) -> String {
        let code = app(run);
        let files = [(path, before), ("app.py", code.as_str()), WSGI];
        let (_dir, mut tree) = tree(&files);
        let findings = check_tree(&tree, check, &|_| Vec::new());
        if !step(&mut tree, &findings) {
            return format!("{:?}", findings.iter().map(|finding| &finding.hint).collect::<Vec<_>>());
        }
        let again = check_tree(&tree, check, &|_| Vec::new());
        assert_eq!(again, [], "{path}: {before}");
        String::from_utf8(tree.read(&ProjectPath::new(path)).unwrap().unwrap()).unwrap()
    }

    #[test]
    fn the_command_is_rewritten_in_its_own_form() {
        for (path, before, run, after) in [
            ("Procfile", "web: python app.py\n", "", "web: gunicorn wsgi:app\n"),
            (
                "Procfile",
                "web: flask --app app run --host=0.0.0.0 --port=$PORT\r\n",
                "",
                "web: gunicorn --bind 0.0.0.0:$PORT wsgi:app\r\n",
            ),
            (
                "Procfile",
                "web: python app.py\n",
                "host='0.0.0.0', port=int(os.environ.get('PORT', 5000))",
                "web: gunicorn wsgi:app\n",
            ),
            (
                "render.yaml",
                "services:\n  - startCommand: python app.py # start\n",
                "",
                "services:\n  - startCommand: gunicorn wsgi:app # start\n",
            ),
            (
                "Dockerfile",
                "FROM x\nCMD [\"python\", \"app.py\"]\n",
                "host='0.0.0.0', port=80",
                "FROM x\nCMD [\"gunicorn\", \"--bind\", \"0.0.0.0:80\", \"wsgi:app\"]\n",
            ),
            (
                "Dockerfile",
                "FROM x\nCMD [\"python\",\"app.py\"]\n",
                "host='0.0.0.0', port=int(x())",
                "FROM x\nCMD [\"sh\",\"-c\",\"exec gunicorn --bind 0.0.0.0:${PORT:-5000} wsgi:app\"]\n",
            ),
            (
                "Dockerfile",
                "FROM x\nCOPY app.py /srv/app.py\nCMD [\"python\", \"app.py\"]\n",
                "host='0.0.0.0', port=80",
                "FROM x\nCOPY app.py /srv/app.py\nCOPY wsgi.py /srv/wsgi.py\nCMD [\"gunicorn\", \"--bind\", \"0.0.0.0:80\", \"wsgi:app\"]\n",
            ),
            (
                "Dockerfile",
                "FROM x\nCMD python3 -u app.py\n",
                "",
                "FROM x\nCMD gunicorn --bind 127.0.0.1:5000 wsgi:app\n",
            ),
            (
                "Dockerfile",
                "FROM x\nENV FLASK_RUN_HOST=0.0.0.0\nWORKDIR /app\nCMD [\"flask\", \"run\"]\n",
                "",
                "FROM x\nENV FLASK_RUN_HOST=0.0.0.0\nWORKDIR /app\nCMD [\"gunicorn\", \"--bind\", \"0.0.0.0:5000\", \"wsgi:app\"]\n",
            ),
            (
                "Dockerfile",
                "FROM x\nENTRYPOINT [\"python\"]\nCMD [\"app.py\"]\n",
                "host='0.0.0.0'",
                "FROM x\nCMD [\"gunicorn\", \"--bind\", \"0.0.0.0:5000\", \"wsgi:app\"]\n",
            ),
            (
                "Dockerfile",
                "FROM x\nENTRYPOINT [\"/docker-entrypoint.sh\"]\nCMD [\"python\", \"/srv/app.py\"]\nWORKDIR /srv\n",
                "",
                "FROM x\nENTRYPOINT [\"/docker-entrypoint.sh\"]\nCMD [\"gunicorn\", \"--bind\", \"127.0.0.1:5000\", \"wsgi:app\"]\nWORKDIR /srv\n",
            ),
            (
                "compose.yml",
                "services:\n  web:\n    command:\n      - python\n      - app.py\n",
                "",
                "services:\n  web:\n    command:\n      - gunicorn\n      - --bind\n      - 127.0.0.1:5000\n      - wsgi:app\n",
            ),
            (
                "compose.yml",
                "services:\n  web:\n    command: 'flask run --host 0.0.0.0'\n",
                "",
                "services:\n  web:\n    command: 'gunicorn --bind 0.0.0.0:5000 wsgi:app'\n",
            ),
            (
                "web.service",
                "[Service]\nExecStart=/v/bin/python /srv/x/app.py\nWorkingDirectory=/srv/x\n",
                "",
                "[Service]\nExecStart=/v/bin/python -m gunicorn --bind 127.0.0.1:5000 wsgi:app\nWorkingDirectory=/srv/x\n",
            ),
            (
                "supervisor.conf",
                "[program:web]\ncommand=/v/bin/flask run -p 8000 ; serve\n",
                "",
                "[program:web]\ncommand=/v/bin/gunicorn --bind 127.0.0.1:8000 wsgi:app ; serve\n",
            ),
            (
                "start.sh",
                "cd /srv/x && exec poetry run python app.py &\n",
                "",
                "cd /srv/x && exec poetry run gunicorn --bind 127.0.0.1:5000 wsgi:app &\n",
            ),
            (
                "start.bat",
                "@echo off\r\npython app.py\r\n",
                "",
                "@echo off\r\nwaitress-serve --listen=127.0.0.1:5000 wsgi:app\r\n",
            ),
            (
                "fly.toml",
                "[processes]\n  app = \"python app.py\"\n",
                "host='0.0.0.0', port=8080",
                "[processes]\n  app = \"gunicorn --bind 0.0.0.0:8080 wsgi:app\"\n",
            ),
            (
                "crontab",
                "@reboot cd /x && python3 app.py >> log 2>&1\n",
                "",
                "@reboot cd /x && gunicorn --bind 127.0.0.1:5000 wsgi:app >> log 2>&1\n",
            ),
            (
                "play.yml",
                "- tasks:\n    - shell: nohup flask run --cert c.pem --key k.pem &\n",
                "",
                "- tasks:\n    - shell: nohup gunicorn --bind 127.0.0.1:5000 --certfile c.pem --keyfile k.pem wsgi:app &\n",
            ),
        ] {
            assert_eq!(rewritten(path, before, run), after, "{path}: {before}");
        }
    }

    #[test]
    fn a_script_in_a_folder_keeps_its_working_directory() {
        let code = app("");
        let files = [("Procfile", "web: python src/app.py\n"), ("src/app.py", code.as_str()), ("src/wsgi.py", WSGI.1)];
        let (_dir, mut tree) = tree(&files);
        let findings = check_tree(&tree, check, &|_| Vec::new());
        assert!(step(&mut tree, &findings), "{findings:#?}");
        let text = tree.read(&ProjectPath::new("Procfile")).unwrap().unwrap();
        assert_eq!(text, b"web: gunicorn --pythonpath src wsgi:app\n");
    }

    #[test]
    fn what_cannot_be_carried_takes_a_person() {
        let code = app("port=PORT");
        for files in [
            // The port is computed.
            vec![("Procfile", "web: python app.py\n"), ("app.py", code.as_str()), WSGI],
            // There is nothing to serve yet.
            vec![("Procfile", "web: flask run\n"), ("app.py", code.as_str())],
            vec![("Procfile", "web: python app.py --port 80\n"), ("app.py", code.as_str()), WSGI],
            vec![("Procfile", "web: flask run --cert adhoc\n"), ("app.py", code.as_str()), WSGI],
        ] {
            let (_dir, tree) = tree(&files);
            let found = check_tree(&tree, check, &|_| Vec::new());
            assert_eq!(found.len(), 1, "{files:?}: {found:#?}");
            assert!(found[0].fix.is_none() && found[0].hint.is_some(), "{found:#?}");
        }
    }

    #[test]
    fn a_planned_wsgi_module_counts_as_there_when_its_rule_is_run_too() {
        let code = app("");
        let (_dir, tree) = tree(&[("Procfile", "web: python app.py\n"), ("app.py", &code)]);
        let moves = || {
            let target = Target { dir: String::new(), module: "wsgi".to_owned(), name: "app".to_owned() };
            let wsgi = FileEdit::Create { path: ProjectPath::new("wsgi.py"), text: String::new() };
            let fix = Fix {
                title: String::new(),
                applicability: Applicability::Unsafe,
                edits: Vec::new(),
                files: vec![wsgi],
            };
            vec![Move {
                serves: vec![0],
                outcome: Outcome::Move { fix, target },
                notes: Vec::new(),
                served: crate::startup::Served::default(),
                documented: Vec::new(),
            }]
        };
        let found = check_tree(&tree, check, &|_| moves());
        assert_eq!(found[0].applicability(), Applicability::Unsafe, "{found:#?}");
        let alone = check_tree(&tree, |context| check(Context { rules: &[&RULE], ..context }), &|_| moves());
        assert_eq!(alone[0].applicability(), Applicability::Manual, "{alone:#?}");
    }

    #[test]
    fn a_script_whose_start_up_call_is_gone_starts_nothing() {
        let code = "from flask import Flask\n\napp = Flask(__name__)\n";
        let (_dir, tree) = tree(&[("Procfile", "web: python app.py\n"), ("app.py", code), WSGI]);
        let project = Project::load(&tree);
        let around = Around::gather(&tree, &project);
        let module = project.by_path(&ProjectPath::new("app.py")).unwrap();
        let made = Place { module, span: Span::empty(0) };
        let app = AppObject { class: "flask.Flask".to_owned(), made };
        let mut facts = Facts::default();
        facts.apps.insert(module, vec![AppName { name: "app".to_owned(), app, on_import: true }]);
        let found = check(Context {
            tree: &tree,
            project: &project,
            facts: &facts,
            around: &around,
            switches: &[],
            moves: &[],
            rules: &[],
        });
        assert!(found[0].message.contains("starts no server"), "{found:#?}");
    }

    #[test]
    fn what_flaskenv_says_is_carried_over() {
        let (_dir, mut tree) =
            tree(&[("start.sh", "flask run\n"), (".flaskenv", "FLASK_RUN_PORT=8000\n"), ("app.py", &app("")), WSGI]);
        let findings = check_tree(&tree, check, &|_| Vec::new());
        assert!(step(&mut tree, &findings), "{findings:#?}");
        let text = tree.read(&ProjectPath::new("start.sh")).unwrap().unwrap();
        assert_eq!(text, b"gunicorn --bind 127.0.0.1:8000 wsgi:app\n");
    }

    #[test]
    fn production_servers_and_other_scripts_are_no_finding() {
        let code = app("");
        for (path, text) in [
            ("Dockerfile", "FROM x\nCMD [\"gunicorn\", \"-b\", \"0.0.0.0:8000\", \"wsgi:app\"]\n"),
            ("Dockerfile", "FROM x AS dev\nCMD flask run\nFROM x\nCMD gunicorn wsgi:app\n"),
            (
                "Procfile",
                "# web: python app.py\nweb: python seed.py\nworker: python -m celery\nrelease: flask db upgrade\n",
            ),
            ("Procfile.dev", "web: flask run\n"),
            (".github/workflows/test.yml", "jobs:\n  t:\n    steps:\n      - run: flask run & sleep 2\n"),
            ("Makefile", "run:\n\tpython app.py\n"),
            ("README.md", "python app.py\n"),
        ] {
            assert_eq!(
                check_all(&[(path, text), ("app.py", &code), ("seed.py", "import flask\n")], check),
                [],
                "{path}: {text}"
            );
        }
    }
}
