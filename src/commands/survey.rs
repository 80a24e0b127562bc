//! What a project is, as `new` sees it: what `fix` would make of it, the app to deploy, and what
//! the project answers of itself.

use std::path::Path;

use anyhow::{Context, Result};

use super::Failure;
use crate::deploy::{self, Answers, AppSource, ImportTarget, Server, Stored, Surroundings, Taken, Told};
use crate::engine::{self, Fixed};
use crate::project::{Around, Facts, Profile, Project, Served, What};
use crate::source::{ProjectPath, Tree};
use crate::startup::{self, Discovery, Found, Target};

/// What was found.
pub(super) struct Survey {
    /// The project with the changes of `fix`.
    pub(super) fixed: Tree,
    /// Whether these are still to be made.
    pub(super) needs_fix: bool,
    /// What the app needs.
    pub(super) profile: Profile,
    /// What the project answers.
    pub(super) detected: Answers,
    /// The app.
    pub(super) app: AppSource,
    /// The `wsgi.py` that it needs and that `fix` does not make.
    pub(super) wsgi: Option<(ProjectPath, String)>,
}

impl Survey {
    /// Looks at the project in the folder `path`.
    ///
    /// # Errors
    /// There is no app, there are several and none was chosen, or it cannot be loaded.
    pub(super) fn of(tree: &Tree, path: &Path, stored: &Stored, wanted: Option<&ImportTarget>) -> Result<Self> {
        let (fixed, found) = choose(tree, path, wanted)?;
        let needs_fix = !fixed.applied.is_empty();
        let Found { target, wsgi } = found;
        let mut whole = fixed.tree.clone();
        if let Some((path, text)) = &wsgi {
            whole.write(path.clone(), text.clone().into_bytes());
        }
        let around = surroundings(&whole)?;
        let (profile, server) = engine::on_deep_stack(|| {
            let project = Project::load(&whole);
            let facts = Facts::gather_for_deployment(&project);
            let served = Served { dir: &target.dir, module: &target.module, name: &target.name };
            let profile = Profile::gather(&whole, &project, &facts, served);
            (profile, server(&whole, &project, &target.dir))
        })?;
        let name = format!("{}:{}", target.module, target.name);
        let import: ImportTarget = name.parse().map_err(|error| {
            Failure::new(format!("`{name}` cannot be loaded: {error}"), "choose another app with `--app MODULE:NAME`")
        })?;
        // What `fix` has still to write is as good as written.
        let pending = Stored::read(&fixed.tree)?.told;
        let is_it = |told: &&Told| told.dir == target.dir && told.target == name;
        let told = stored.told.iter().find(is_it).or_else(|| pending.iter().find(is_it));
        let around = Surroundings { server, ..around };
        Ok(Self {
            needs_fix,
            detected: deploy::detect(&profile, told, &around),
            app: AppSource {
                target: import,
                port_variable: told.and_then(|told| told.port.as_ref()?.variable()).map(str::to_owned),
                tls: told.and_then(Told::tls),
                taken: Taken::of(&fixed.tree, &target.dir).context("what is there cannot be read")?,
                dir: target.dir,
            },
            profile,
            fixed: fixed.tree,
            wsgi,
        })
    }
}

/// The app to serve, and what `fix` makes of the project for it.
fn choose(tree: &Tree, path: &Path, wanted: Option<&ImportTarget>) -> Result<(Fixed, Found)> {
    let fix = |app: Option<String>| {
        engine::fix(tree, &engine::Options { startup: startup::Options { app }, ..engine::Options::default() })
    };
    let there = |target: Target| Found { target, wsgi: None };
    let fixed = fix(None)?;
    let mut targets: Vec<Found> = fixed.targets.keys().cloned().map(there).collect();
    if let Some(wanted) = wanted {
        // It may be called by the name it gets, or by the one it has.
        if let Some(found) = targets.iter().find(|found| name(&found.target) == wanted.as_ref()).cloned() {
            return Ok((fixed, found));
        }
        let chosen = fix(Some(wanted.to_string()))?;
        if let [only] = &chosen.targets.keys().collect::<Vec<_>>()[..] {
            let only = there((*only).clone());
            return Ok((chosen, only));
        }
        return match look(&fixed.tree, Some(wanted))? {
            (_, Some(target)) => Ok((fixed, there(target))),
            (Discovery::Found(found), None) if found.iter().any(|one| name(&one.target) == wanted.as_ref()) => {
                let one = found.into_iter().find(|one| name(&one.target) == wanted.as_ref());
                one.map(|one| (fixed, one)).context("it was there")
            }
            _ => Err(Failure::new(
                format!("there is no app `{wanted}` in `{}`", path.display()),
                "write the module, a colon and the name of the app in it, as in `--app shop.main:app`",
            )
            .into()),
        };
    }
    if targets.is_empty() {
        match look(&fixed.tree, None)?.0 {
            Discovery::Found(found) => targets = found,
            Discovery::Refused { reason, hint } => return Err(Failure::new(reason, hint).into()),
            Discovery::Hidden(hidden) => {
                let message = format!("no server can be told to load the app: {}", hidden.place);
                return Err(Failure::new(message, hidden.hint).into());
            }
            Discovery::Nothing => {
                return Err(Failure::new(
                    format!("no Flask app found in `{}`", path.display()),
                    "give the project's folder, or name the app with `--app MODULE:NAME`",
                )
                .into());
            }
        }
    }
    match targets.len() {
        1 => Ok((fixed, targets.remove(0))),
        several => {
            let choices: Vec<String> = targets.iter().map(|found| choice(path, &found.target)).collect();
            Err(Failure::new(
                format!("there are {several} apps in `{}`", path.display()),
                format!("choose one: {}", choices.join(", ")),
            )
            .into())
        }
    }
}

/// What to type for one app of several.
fn choice(path: &Path, target: &Target) -> String {
    let name = name(target);
    match target.dir.as_str() {
        "" => format!("`--app {name}`"),
        dir if path == Path::new(".") => format!("`flaskship new {dir}`"),
        dir => format!("`flaskship new {}`", path.join(dir).display()),
    }
}

fn name(target: &Target) -> String {
    format!("{}:{}", target.module, target.name)
}

/// Looks for an app that no start-up call of the code leads to, and for the one that is named.
fn look(tree: &Tree, wanted: Option<&ImportTarget>) -> Result<(Discovery, Option<Target>)> {
    Ok(engine::on_deep_stack(|| {
        let project = Project::load(tree);
        let facts = Facts::gather(&project);
        let around = Around::gather(tree, &project);
        let moves = startup::plan(tree, &project, &facts, &startup::Options::default());
        let named = wanted.and_then(|wanted| startup::named(&project, &facts, wanted.as_ref()));
        (startup::discover(tree, &project, &facts, &around, &moves), named)
    })?)
}

/// What lies around the code.
fn surroundings(tree: &Tree) -> Result<Surroundings> {
    let root = tree.root().canonicalize().context("the project's folder cannot be found")?;
    let folder = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Surroundings { folder, server: None })
}

/// The production server that the project uses: the one that its commands start, else the one that is
/// among its dependencies.
fn server(tree: &Tree, project: &Project, dir: &str) -> Option<Server> {
    let around = Around::gather(tree, project);
    let started = |name: &str| {
        let is_it = |launch: &&crate::project::Launch| matches!(launch.what, What::Server(server) if server == name);
        around.launches.iter().filter(is_it).any(|launch| launch.scope.reaches_production())
    };
    let installed = |package: &str| around.dependencies.names(package, dir) || around.installs(package, dir);
    let servers = [(Server::Gunicorn, "Gunicorn", "gunicorn"), (Server::Waitress, "Waitress", "waitress")];
    let by = |test: &dyn Fn(&str, &str) -> bool| {
        servers.iter().find(|(_, name, package)| test(name, package)).map(|(server, ..)| *server)
    };
    by(&|name, _| started(name)).or_else(|| by(&|_, package| installed(package)))
}
