//! What installs the project's dependencies.

use super::super::Project;
use super::Installer;
use crate::source::{ProjectPath, Source, Tree, with_parents};
use crate::syntax::nodes;
use crate::syntax::requirements;

/// Files of requirements, the one for production first.
const REQUIREMENTS: &[&str] = &[
    "requirements.txt",
    "requirements/production.txt",
    "requirements/prod.txt",
    "requirements-prod.txt",
    "requirements/base.txt",
    "requirements/requirements.txt",
    "requirements/common.txt",
    "requirements/main.txt",
];

/// The installer of what is started from a folder: that of the nearest folder upwards that has one.
pub(super) fn installer(tree: &Tree, project: &Project, dir: &str) -> Installer {
    let in_dir = |dir: &str, name: &str| {
        let path = ProjectPath::in_dir(dir, name);
        project.has_file(&path).then_some(path)
    };
    // A lock file says what is installed, whatever else lies beside it.
    for dir in with_parents(dir) {
        if let Some(path) = in_dir(dir, "uv.lock") {
            return Installer::Uv(path);
        }
        if let Some(path) = in_dir(dir, "poetry.lock") {
            return Installer::Poetry(path);
        }
        if let Some(path) = in_dir(dir, "pdm.lock") {
            return Installer::Pdm(path);
        }
        if let Some(path) = in_dir(dir, "Pipfile") {
            return Installer::Pipenv(path);
        }
        let requirements = REQUIREMENTS.iter().find_map(|name| in_dir(dir, name));
        if let Some(path) = requirements {
            // A file that only says `-e .` or nothing leaves it to pyproject.toml, and pip reads both alike.
            return Installer::Requirements(path);
        }
        if let Some(path) = in_dir(dir, "pyproject.toml") {
            match pyproject(tree, &path) {
                Some(Kind::Poetry) => return Installer::Poetry(path),
                Some(Kind::Project) => return Installer::Project(path),
                None => {}
            }
        }
        if let Some(path) = ["setup.py", "setup.cfg"].iter().find_map(|name| in_dir(dir, name)) {
            return Installer::Project(path);
        }
    }
    other(tree, project, dir).map_or(Installer::None, Installer::Requirements)
}

enum Kind {
    Project,
    Poetry,
}

/// Which table of a `pyproject.toml` lists dependencies; none where it only holds settings of tools.
fn pyproject(tree: &Tree, path: &ProjectPath) -> Option<Kind> {
    let text = Source::decode(path.clone(), &tree.read(path).ok()??).ok()?.text;
    let nodes = nodes::toml(&text).ok()?;
    let root = nodes.roots().next()?;
    if nodes.at(root, &["project"]).is_some() {
        return Some(Kind::Project);
    }
    nodes.at(root, &["tool", "poetry", "dependencies"]).map(|_| Kind::Poetry)
}

/// A file of requirements by another name that has Flask in it: `requirements_web.txt`.
fn other(tree: &Tree, project: &Project, dir: &str) -> Option<ProjectPath> {
    let development = |name: &str| ["dev", "test", "doc", "lint"].iter().any(|word| name.contains(word));
    let is_list = |path: &&ProjectPath| {
        let name = path.name().to_ascii_lowercase();
        name.ends_with(".txt")
            && (name.contains("requirement") || path.dir().rsplit('/').next() == Some("requirements"))
            && !development(&name)
            && with_parents(dir).any(|above| {
                path.dir() == above
                    || path.dir().strip_suffix("requirements").is_some_and(|rest| rest.trim_end_matches('/') == above)
            })
    };
    project
        .files
        .iter()
        .filter(is_list)
        .find(|path| {
            let text =
                tree.read(path).ok().flatten().and_then(|bytes| Source::decode_text((*path).clone(), &bytes).ok());
            text.is_some_and(|source| requirements::parse(&source.text).list.iter().any(|one| one.name == "flask"))
        })
        .cloned()
}
