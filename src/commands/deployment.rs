//! A deployment from what is said of it to files laid over the tree: what `new`, `config` and the
//! wizard share.

use std::path::Path;

use anyhow::{Context, Result};

use super::Failure;
use super::install::{Installed, install};
use super::survey::Survey;
use crate::deploy::{self, Answers, Choices, Origin, Origins, Outcome, Plan, Stored};
use crate::source::{ProjectPath, Tree, is_in};

/// A project, and what has been said of its deployment.
pub(super) struct Deployment {
    /// What the project is.
    pub(super) survey: Survey,
    flags: Answers,
    environment: Answers,
    file: Answers,
}

/// Everything decided.
pub(super) struct Decided {
    /// The plan.
    pub(super) plan: Plan,
    /// The answers it was made from.
    pub(super) answers: Answers,
    /// Who gave each.
    pub(super) origins: Origins,
}

impl Deployment {
    /// Looks at the project in the folder `path`, knowing what was said on the command line and in the environment.
    ///
    /// # Errors
    /// `flaskship.toml` cannot be followed; there is no app, or there are several and none was chosen.
    pub(super) fn of(tree: &Tree, path: &Path, flags: Answers, environment: Answers) -> Result<Self> {
        let stored = Stored::read(tree)?;
        let wanted = [&flags, &environment, &stored.answers].into_iter().find_map(|answers| answers.app.clone());
        let survey = Survey::of(tree, path, &stored, wanted.as_ref())?;
        Ok(Self { survey, flags, environment, file: stored.answers })
    }

    /// Whether a person has said anything at all.
    pub(super) fn is_said(&self) -> bool {
        [&self.flags, &self.environment, &self.file].into_iter().any(|answers| !answers.is_empty())
    }

    /// Whether a person has answered this key.
    pub(super) fn says(&self, key: &str) -> bool {
        [&self.flags, &self.environment, &self.file].into_iter().any(|answers| answers.to_table().contains_key(key))
    }

    /// Decides, with what was answered at the terminal.
    ///
    /// # Errors
    /// Answers that contradict each other.
    pub(super) fn decide(&self, asked: &Answers) -> Result<Decided, Failure> {
        let layers = [
            (Origin::Flag, &self.flags),
            (Origin::Environment, &self.environment),
            (Origin::File, &self.file),
            (Origin::Wizard, asked),
            (Origin::Detected, &self.survey.detected),
        ];
        let (answers, origins) = deploy::merge(layers.map(|(origin, answers)| (origin, answers.clone())));
        if let Some(dir) = &answers.static_dir
            && !has_folder(&self.survey.fixed, dir.as_ref())
        {
            return Err(Failure::new(
                format!("`static-dir` is `{dir}`, and the project has no such folder"),
                "write it relative to the project, make it first if it is still to be built, or leave `--static-dir` out: \
                 static folders of the app are read from its code",
            ));
        }
        let plan = Plan::decide(&answers, &origins, &self.survey.profile, self.survey.app.clone())
            .map_err(|conflict| Failure::new(conflict.message, conflict.hint))?;
        Ok(Decided { plan, answers, origins })
    }
}

/// Whether a project has a folder, or will have once what is in memory is written.
fn has_folder(tree: &Tree, dir: &str) -> bool {
    let made = |(path, content): (&ProjectPath, Option<&[u8]>)| content.is_some() && is_in(path.dir(), dir);
    tree.root().join(dir).is_dir() || tree.changed().any(made)
}

/// What was laid over the tree.
pub(super) struct Laid {
    /// The rendered files, and what became of each.
    pub(super) outcomes: Vec<Outcome>,
    /// The `wsgi.py` that nothing but this needed.
    pub(super) wsgi: Option<ProjectPath>,
    /// The server's packages among the dependencies.
    pub(super) installed: Vec<Installed>,
}

impl Decided {
    /// Renders everything over a tree, and keeps what was said in `flaskship.toml`.
    ///
    /// # Errors
    /// A broken template, a value that a format cannot hold, a file that cannot be read.
    pub(super) fn lay(&self, survey: &Survey, tree: &mut Tree, choices: Choices) -> Result<Laid> {
        let library = deploy::library(tree).context("the project's own templates cannot be read")?;
        let rendered = deploy::render_all(&library, &self.plan)?;
        let outcomes = deploy::lay(tree, rendered, choices).context("what is there cannot be read")?;
        if let Some((path, text)) = &survey.wsgi {
            tree.write(path.clone(), text.clone().into_bytes());
        }
        let installed = install(tree, &self.plan.app.dir, &self.plan.run.packages)?;
        self.remember(tree)?;
        Ok(Laid { outcomes, wsgi: survey.wsgi.as_ref().map(|(path, _)| path.clone()), installed })
    }

    /// Keeps what was said.
    fn remember(&self, tree: &mut Tree) -> Result<()> {
        let file = ProjectPath::new(deploy::FILE);
        let bytes = tree.read(&file).with_context(|| format!("`{file}` cannot be read"))?;
        let text = bytes.map(String::from_utf8).transpose().with_context(|| format!("`{file}` is not UTF-8"))?;
        if let Some(new) = deploy::remember(text.as_deref(), &self.answers, &self.origins)? {
            tree.write(file, new.into_bytes());
            tree.write(ProjectPath::new(".flaskship/schema.json"), deploy::schema()?.into_bytes());
        }
        Ok(())
    }
}

/// Puts a small app into a folder that holds none and nothing else; tells its files.
pub(super) fn start(tree: &mut Tree) -> Result<Vec<String>> {
    let is_beside = |path: &ProjectPath| {
        let name = path.name();
        let papers = ["LICENSE", "LICENCE", "COPYING", "README", "CHANGELOG", "flaskship.toml"];
        path.as_str().starts_with('.') || papers.iter().any(|start| name.starts_with(start))
    };
    if !tree.files().iter().all(is_beside) {
        return Ok(Vec::new());
    }
    let root = tree.root().canonicalize().context("the project's folder cannot be found")?;
    let folder = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut started = Vec::new();
    let library = deploy::library(tree).context("the project's own templates cannot be read")?;
    for (path, text) in deploy::starter(&library, &folder)? {
        if !tree.exists(&path) {
            started.push(path.to_string());
            tree.write(path, text.into_bytes());
        }
    }
    Ok(started)
}
