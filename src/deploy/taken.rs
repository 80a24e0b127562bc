//! Files of a project that are called as what starts the server would be.

use std::io;

use super::memory::kept;
use crate::source::{ProjectPath, Tree};
use crate::syntax::python::{self, Expr, Stmt};

/// The settings that Gunicorn finds by itself.
pub(super) const SETTINGS: &str = "gunicorn.conf.py";

/// The launcher of Waitress.
pub(super) const LAUNCHER: &str = "serve.py";

/// How flaskship's own begin: they may have come without the folder that says so.
const MARKS: &[&str] =
    &["Settings for Gunicorn, which finds this file by itself", "Serves the app with Waitress: run `"];

/// What a project has of its own in the folder that the server is started in. It stays as it is, and what
/// flaskship renders gets another name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// What its own `gunicorn.conf.py` sets, where it has one.
    pub(super) settings: Option<Vec<String>>,
    /// Whether it has a `serve.py` of its own.
    pub(super) launcher: bool,
}

impl Taken {
    /// Looks into the folder that the server is started in.
    ///
    /// # Errors
    /// One of the files cannot be read.
    pub(crate) fn of(tree: &Tree, dir: &str) -> io::Result<Self> {
        let own = |name: &str| -> io::Result<Option<String>> {
            let path = ProjectPath::in_dir(dir, name);
            let Some(bytes) = tree.read(&path)? else { return Ok(None) };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let is_ours = tree.exists(&kept(&path)) || MARKS.iter().any(|mark| text.contains(mark));
            Ok((!is_ours).then_some(text))
        };
        Ok(Self { settings: own(SETTINGS)?.map(|text| set(&text)), launcher: own(LAUNCHER)?.is_some() })
    }
}

/// The settings that a file for Gunicorn makes: names that it binds, in order. Those of other spelling are
/// its own affair.
fn set(text: &str) -> Vec<String> {
    let Ok(syntax) = python::parse(text) else { return Vec::new() };
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        let is_setting = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if is_setting && !names.iter().any(|have| have == name) {
            names.push(name.to_owned());
        }
    };
    for statement in syntax.body() {
        match statement {
            Stmt::Assign(assign) => assign.targets.iter().filter_map(Expr::as_name_expr).for_each(|name| add(&name.id)),
            Stmt::AnnAssign(assign) => assign.target.as_name_expr().into_iter().for_each(|name| add(&name.id)),
            Stmt::FunctionDef(function) => add(&function.name),
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(files: &[(&str, &str)]) -> Taken {
        let dir = tempfile::tempdir().unwrap();
        let mut tree = Tree::open(dir.path()).unwrap();
        for (path, text) in files {
            tree.write(ProjectPath::new(*path), text.as_bytes().to_vec());
        }
        Taken::of(&tree, "web").unwrap()
    }

    #[test]
    fn files_of_the_project_are_told_from_flaskships() {
        let own = (
            "web/gunicorn.conf.py",
            "import os\n_n = 2\nworkers: int = _n\ndaemon = True\ndef post_fork(s, w):\n    pass\n",
        );
        let names = ["workers", "daemon", "post_fork"].map(str::to_owned).to_vec();
        assert_eq!(taken(&[own]), Taken { settings: Some(names), launcher: false });
        assert_eq!(taken(&[("web/serve.py", "import waitress\n")]), Taken { settings: None, launcher: true });
        assert_eq!(taken(&[("web/gunicorn.conf.py", "workers = \n")]).settings, Some(vec![]));
        assert_eq!(taken(&[("gunicorn.conf.py", ""), ("serve.py", "")]), Taken::default());
        // Rendered last time and changed since, and come without what was rendered last time.
        assert_eq!(taken(&[own, (".flaskship/rendered/web/gunicorn.conf.py", "")]), Taken::default());
        let library = crate::render::Library::default();
        let settings = library.text("gunicorn", "gunicorn.conf.py.hbs").unwrap();
        let launcher = library.text("waitress", "serve.py.hbs").unwrap();
        assert_eq!(taken(&[("web/gunicorn.conf.py", settings), ("web/serve.py", launcher)]), Taken::default());
    }
}
