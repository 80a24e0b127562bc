//! Stages of a run, for benchmarks.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::deploy::{self, Answers, AppSource, Choices, Origin, Plan, Taken};
use crate::engine::{self, Options};
use crate::project::{Facts, Profile, Project, Served};
use crate::source::{ProjectPath, Source, Tree};
use crate::syntax::python;

/// Decodes a text, and tells how many bytes it has.
///
/// # Errors
/// It is not text.
pub fn decode(bytes: &[u8]) -> Result<usize> {
    Source::decode(ProjectPath::new("app.py"), bytes)
        .map(|source| source.text.len())
        .map_err(|unread| anyhow::anyhow!(unread.message))
}

/// Parses a text, and tells how many statements it has at its top.
///
/// # Errors
/// It is no Python.
pub fn parse(text: &str) -> Result<usize> {
    python::parse(text).map(|syntax| syntax.body().len()).map_err(|error| anyhow::anyhow!(error.message))
}

/// Lists the files of a folder, and tells how many there are.
///
/// # Errors
/// It cannot be read.
pub fn walk(root: &Path) -> Result<usize> {
    Ok(Tree::open(root)?.files().len())
}

/// Reads a folder and parses what can matter, and tells how many modules that is.
///
/// # Errors
/// It cannot be read.
pub fn load(root: &Path) -> Result<usize> {
    let tree = Tree::open(root)?;
    Ok(engine::on_deep_stack(|| Project::load(&tree).iter().count())?)
}

/// Checks a folder, and tells how many findings there are.
///
/// # Errors
/// It cannot be read.
pub fn check(root: &Path) -> Result<usize> {
    Ok(engine::check(&Tree::open(root)?, &Options::default())?.findings.len())
}

/// Fixes a folder in memory, and tells how many findings are put right.
///
/// # Errors
/// It cannot be read.
pub fn fix(root: &Path) -> Result<usize> {
    Ok(engine::fix(&Tree::open(root)?, &Options::default())?.applied.len())
}

/// A deployment, decided, and the folder it is for.
#[derive(Debug)]
pub struct Deployment {
    tree: Tree,
    plans: Vec<Plan>,
}

/// Answers that together want every set.
const LAYOUTS: &[&str] = &[
    "tls = 'self-signed'\nserver = 'gunicorn'\nproxy = 'nginx'\nmetrics = true\nupdates = 'dependabot'\n",
    "tls = 'self-signed'\nserver = 'waitress'\nproxy = 'apache'\nprocess-manager = 'supervisor'\nlogs = 'files'\nupdates = 'renovate'\n",
];

impl Deployment {
    /// Decides two deployments of the app in a folder, which between them want every set for servers.
    ///
    /// # Errors
    /// There is no such app.
    pub fn of(root: &Path, module: &str, name: &str) -> Result<Self> {
        let tree = Tree::open(root)?;
        let profile = engine::on_deep_stack(|| {
            let project = Project::load(&tree);
            Profile::gather(&tree, &project, &Facts::gather_for_deployment(&project), Served { dir: "", module, name })
        })?;
        let mut plans = Vec::new();
        for layout in LAYOUTS {
            let answers: Answers = toml::from_str(layout)?;
            let (answers, origins) = deploy::merge([(Origin::Flag, answers)]);
            let target = format!("{module}:{name}").parse().ok().context("no import target")?;
            let app = AppSource { target, dir: String::new(), port_variable: None, tls: None, taken: Taken::default() };
            plans.push(Plan::decide(&answers, &origins, &profile, app)?);
        }
        Ok(Self { tree, plans })
    }

    /// Renders all of the first deployment, and tells how many files that are.
    ///
    /// # Errors
    /// A broken template.
    pub fn render(&self) -> Result<usize> {
        let plan = self.plans.first().context("no plan")?;
        Ok(deploy::render_all(&deploy::library(&self.tree)?, plan)?.len())
    }

    /// Renders every set and merges it with what a person changed in each file since the last time;
    /// tells how many files were merged or written.
    ///
    /// # Errors
    /// A broken template, or a file that cannot be read.
    pub fn render_and_merge(&self) -> Result<usize> {
        let mut files = 0;
        for plan in &self.plans {
            let library = deploy::library(&self.tree)?;
            let mut tree = self.tree.clone();
            let rendered = deploy::render_all(&library, plan)?;
            for file in &rendered {
                // As if the last rendering had another first line, and a person had added one at the end.
                let old = format!("# old\n{}", file.text.split_once('\n').map_or("", |(_, rest)| rest));
                tree.write(ProjectPath::in_dir(".flaskship/rendered", file.path.as_str()), old.clone().into_bytes());
                tree.write(file.path.clone(), format!("{old}# mine\n").into_bytes());
            }
            files += deploy::lay(&mut tree, rendered, Choices::default())?.len();
        }
        Ok(files)
    }
}
