//! The version of Python that a project asks for.

use super::super::Project;
use super::PythonVersion;
use crate::source::{ProjectPath, Source, Tree, with_parents};
use crate::syntax::dockerfile;
use crate::syntax::nodes;

/// A version, and whether later ones will do.
type Asked = (String, bool);
/// Reads it from the text of a file.
type Reader = fn(&str) -> Option<Asked>;

/// The version for what is started from a folder: what a file in the nearest folder upwards says.
pub(super) fn version(tree: &Tree, project: &Project, dir: &str) -> Option<PythonVersion> {
    let read = |path: &ProjectPath| {
        if !project.has_file(path) {
            return None;
        }
        Some(Source::decode(path.clone(), &tree.read(path).ok()??).ok()?.text)
    };
    let readers: [(&str, Reader); 6] = [
        (".python-version", |text| exact(text.lines().next()?)),
        ("runtime.txt", |text| exact(text.trim().strip_prefix("python-")?)),
        ("pyproject.toml", pyproject),
        ("Pipfile", |text| {
            let nodes = nodes::toml(text).ok()?;
            exact(nodes.text(nodes.at(nodes.roots().next()?, &["requires", "python_version"])?)?)
        }),
        ("setup.cfg", |text| {
            let line = text.lines().find_map(|line| line.trim().strip_prefix("python_requires"))?;
            specifier(line.trim_start().trim_start_matches('='))
        }),
        ("Dockerfile", docker),
    ];
    with_parents(dir).find_map(|dir| {
        readers.iter().find_map(|(name, reader)| {
            let path = ProjectPath::in_dir(dir, name);
            let (version, or_later) = reader(&read(&path)?)?;
            Some(PythonVersion { version, or_later, path })
        })
    })
}

/// `3.12.4` or `3.12` as `3.12`; nothing for another Python than CPython.
fn exact(text: &str) -> Option<Asked> {
    Some((minor(text.trim().trim_start_matches("cpython@").trim_start_matches("python"))?, false))
}

/// The first two parts of a version of Python 3.
fn minor(text: &str) -> Option<String> {
    let mut parts = text.trim().split(['.', '-', ' ']);
    let (major, minor) = (parts.next()?, parts.next()?);
    let minor: u32 = minor.parse().ok()?;
    (major == "3").then(|| format!("3.{minor}"))
}

/// A version specifier: its lower bound, and whether later ones will do
/// ([specifiers](https://packaging.python.org/en/latest/specifications/version-specifiers/)).
fn specifier(text: &str) -> Option<Asked> {
    let mut found: Option<Asked> = None;
    for part in text.split(',').map(str::trim) {
        let (operator, version) = part.split_at(part.find(|c: char| c.is_ascii_digit())?);
        let wanted = match operator.trim() {
            ">=" | ">" | "^" => (minor(version)?, true),
            "==" | "===" => (minor(version)?, false),
            // `~=3.11` and Poetry's `~3.11` allow what the first parts say: 3.x, and 3.11.x.
            "~=" => (minor(version)?, version.trim().matches('.').count() < 2),
            "~" | "" => (minor(version)?, false),
            _ => continue,
        };
        found.get_or_insert(wanted);
    }
    found
}

fn pyproject(text: &str) -> Option<Asked> {
    let nodes = nodes::toml(text).ok()?;
    let root = nodes.roots().next()?;
    let at = |path: &[&str]| nodes.text(nodes.at(root, path)?);
    specifier(at(&["project", "requires-python"]).or_else(|| at(&["tool", "poetry", "dependencies", "python"]))?)
}

/// The Python of the image that a Dockerfile starts from.
fn docker(text: &str) -> Option<Asked> {
    dockerfile::parse(text).instructions.iter().rev().find_map(|one| {
        let dockerfile::What::From { image, .. } = &one.what else { return None };
        let (name, tag) = image.rsplit_once(':')?;
        (name.rsplit('/').next() == Some("python")).then(|| exact(tag)).flatten()
    })
}
