//! What a project is, as `new` sees it: what `fix` would make of it, the app to deploy, and what
//! the project answers of itself.

use anyhow::{Context, Result};

use super::Failure;
use crate::change::ChangeSet;
use crate::deploy::{self, Answers, AppSource, ImportTarget, Stored, Surroundings, Told};
use crate::engine::{self, Fixed};
use crate::project::{Facts, Profile, Project, Served};
use crate::source::Tree;
use crate::startup::{self, Target};

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
}

impl Survey {
    /// Looks at a project.
    ///
    /// # Errors
    /// There is no app, or there are several and none was chosen.
    pub(super) fn of(tree: &Tree, stored: &Stored, wanted: Option<&ImportTarget>) -> Result<Self> {
        let (fixed, target) = target(tree, wanted)?;
        let needs_fix = !ChangeSet::of(&fixed.tree)?.is_empty();
        let project = Project::load(&fixed.tree);
        let facts = Facts::gather(&project);
        let served = Served { dir: &target.dir, module: &target.module, name: &target.name };
        let profile = Profile::gather(&fixed.tree, &project, &facts, served);
        let name = format!("{}:{}", target.module, target.name);
        let import: ImportTarget = name.parse().map_err(|error| {
            Failure::new(format!("`{name}` cannot be loaded: {error}"), "choose another app with `--app MODULE:NAME`")
        })?;
        // What `fix` has still to write is as good as written.
        let pending = Stored::read(&fixed.tree)?.told;
        let is_it = |told: &&Told| told.dir == target.dir && told.target == name;
        let told = stored.told.iter().find(is_it).or_else(|| pending.iter().find(is_it));
        Ok(Self {
            needs_fix,
            detected: deploy::detect(&profile, told, &surroundings(tree)?),
            app: AppSource {
                target: import,
                port_variable: told.and_then(|told| told.port.as_ref()?.variable()).map(str::to_owned),
                dir: target.dir,
            },
            profile,
            fixed: fixed.tree,
        })
    }
}

/// The app to serve, and what `fix` makes of the project for it.
fn target(tree: &Tree, wanted: Option<&ImportTarget>) -> Result<(Fixed, Target)> {
    let name = |target: &Target| format!("{}:{}", target.module, target.name);
    let fix = |app: Option<String>| {
        engine::fix(tree, &engine::Options { startup: startup::Options { app }, ..engine::Options::default() })
    };
    let fixed = fix(None)?;
    let mut targets: Vec<Target> = fixed.targets.keys().cloned().collect();
    if let Some(wanted) = wanted {
        // It may be called by the name it gets, or by the one it has.
        if let Some(found) = targets.iter().find(|target| name(target) == wanted.as_ref()).cloned() {
            return Ok((fixed, found));
        }
        let fixed = fix(Some(wanted.to_string()))?;
        if let [only] = &fixed.targets.keys().collect::<Vec<_>>()[..] {
            let only = (*only).clone();
            return Ok((fixed, only));
        }
        let (module, object) = wanted.as_ref().split_once(':').unwrap_or_default();
        let target = Target { dir: String::new(), module: module.to_owned(), name: object.to_owned() };
        return Ok((fixed, target));
    }
    match targets.len() {
        0 => Err(Failure::new(
            format!("no Flask app found in `{}`", tree.root().display()),
            "give the project's folder, or name the app with `--app MODULE:NAME`",
        )
        .into()),
        1 => Ok((fixed, targets.remove(0))),
        _ => {
            let place = |target: &Target| match target.dir.as_str() {
                "" => format!("`--app {}`", name(target)),
                dir => format!("`flaskship new {dir}`"),
            };
            let choices: Vec<String> = targets.iter().map(place).collect();
            Err(Failure::new(
                format!("there are {} apps in `{}`", targets.len(), tree.root().display()),
                format!("choose one: {}", choices.join(", ")),
            )
            .into())
        }
    }
}

/// What lies around the code.
fn surroundings(tree: &Tree) -> Result<Surroundings> {
    let root = tree.root().canonicalize().context("the project's folder cannot be found")?;
    let folder = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Surroundings { folder, server: None })
}
