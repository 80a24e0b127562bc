//! What import statements mean: the project's own modules, the standard library's, others.

use std::collections::BTreeSet;

use super::modules::{Import, Module, ModuleId, Project};
use super::stdlib::STDLIB;
use crate::source::ProjectPath;
use crate::syntax::python::{self, Stmt, ast};

/// The import statements at the top level of a module, in order.
pub(crate) fn top_level_imports(body: &[Stmt]) -> impl Iterator<Item = &Stmt> {
    body.iter().filter(|stmt| matches!(stmt, Stmt::Import(_) | Stmt::ImportFrom(_)))
}

/// Whether `dotted` is a module of the project for a file in `dir`, and not of an installed package.
/// A folder without `__init__.py` only counts where code in it can be meant: `flask/` in a collection
/// of examples is not what `import flask` finds.
pub(crate) fn in_project(project: &Project, dir: &str, dotted: &str) -> bool {
    let file = ProjectPath::in_dir(dir, "any.py");
    match project.resolve(&file, 0, dotted) {
        Import::Module(_) => true,
        Import::External => false,
        Import::Opaque => {
            let top = dotted.split('.').next().unwrap_or_default();
            !is_stdlib(top) && !is_served_by(top) && holds_python(project, dir, dotted)
        }
    }
}

/// Whether the folder that `dotted` leads to from `dir` or above has Python files directly in it.
fn holds_python(project: &Project, dir: &str, dotted: &str) -> bool {
    let mut dir = dir;
    loop {
        let folder = ProjectPath::in_dir(dir, &dotted.replace('.', "/"));
        let is_in = |path: &&ProjectPath| path.dir() == folder.as_str() && path.name().ends_with(".py");
        if project.files.iter().any(|path| is_in(&path)) || project.has_file(&ProjectPath::new(format!("{folder}.py")))
        {
            return true;
        }
        if dir.is_empty() {
            return false;
        }
        dir = dir.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
}

/// Modules that a server or Flask has loaded before it loads the app.
const SERVED_BY: &[&str] = &[
    "blinker",
    "click",
    "flask",
    "gunicorn",
    "itsdangerous",
    "jinja2",
    "markupsafe",
    "packaging",
    "waitress",
    "werkzeug",
];

/// Whether a server or Flask has loaded a module of this name before it loads the app.
pub(crate) fn is_served_by(name: &str) -> bool {
    SERVED_BY.contains(&name)
}

/// Whether the standard library has a module of this name.
pub(crate) fn is_stdlib(name: &str) -> bool {
    STDLIB.binary_search(&name).is_ok()
}

/// Whether a member of a `from` import is a module of the project by itself.
pub(crate) fn is_module(project: &Project, module: &Module, import: &ast::StmtImportFrom, alias: &ast::Alias) -> bool {
    let from = import.module.as_ref().map_or("", |name| name.as_str());
    let dotted = if from.is_empty() { alias.name.to_string() } else { format!("{from}.{}", alias.name) };
    matches!(project.resolve(module.path(), import.level, &dotted), Import::Module(_))
}

/// The import statements anywhere in a module.
pub(crate) fn import_statements(module: &Module) -> Vec<&Stmt> {
    all_imports(module.syntax.body())
}

/// The import statements anywhere in some code.
pub(crate) fn all_imports(body: &[Stmt]) -> Vec<&Stmt> {
    struct Found<'p>(Vec<&'p Stmt>);
    impl<'a> python::Visitor<'a> for Found<'a> {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            match stmt {
                Stmt::Import(_) | Stmt::ImportFrom(_) => self.0.push(stmt),
                _ => python::visitor::walk_stmt(self, stmt),
            }
        }
        fn visit_expr(&mut self, _: &'a python::Expr) {}
    }
    let mut found = Found(Vec::new());
    python::Visitor::visit_body(&mut found, body);
    found.0
}

/// The imports anywhere in a module that mean a module of the project.
pub(crate) fn imported<'p>(project: &Project, module: &'p Module) -> Vec<(&'p Stmt, ModuleId)> {
    let mut result = Vec::new();
    for stmt in import_statements(module) {
        let mut add = |level, dotted: &str| {
            if let Import::Module(id) = project.resolve(module.path(), level, dotted) {
                result.push((stmt, id));
            }
        };
        match stmt {
            Stmt::Import(import) => import.names.iter().for_each(|alias| add(0, &alias.name)),
            Stmt::ImportFrom(import) => add(import.level, import.module.as_ref().map_or("", |name| name.as_str())),
            _ => {}
        }
    }
    result
}

/// The modules of the project that are run for certain where these import statements of a module are, with
/// all that those import at their top level.
pub(crate) fn run_with<'p>(
    project: &'p Project,
    module: &'p Module,
    imports: impl Iterator<Item = &'p Stmt>,
) -> BTreeSet<ModuleId> {
    let mut newest: Vec<ModuleId> = imports.flat_map(|stmt| project.run_by(module.path(), stmt)).collect();
    let mut run: BTreeSet<ModuleId> = newest.iter().copied().collect();
    while let Some(id) = newest.pop() {
        let module = project.module(id);
        let further = top_level_imports(module.syntax.body()).flat_map(|stmt| project.run_by(module.path(), stmt));
        newest.extend(further.filter(|id| run.insert(*id)));
    }
    run
}

/// Whether another module of the project imports this one, by name or as a member of its package.
pub(crate) fn is_imported(project: &Project, id: ModuleId) -> bool {
    project.importers(id).any(|other| {
        imported(project, other).iter().any(|(stmt, target)| {
            *target == id
                || matches!(stmt, Stmt::ImportFrom(import) if import.names.iter().any(|alias| {
                    let from = import.module.as_ref().map_or("", |name| name.as_str());
                    let dotted = if from.is_empty() { alias.name.to_string() } else { format!("{from}.{}", alias.name) };
                    project.resolve(other.path(), import.level, &dotted) == Import::Module(id)
                }))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_library_is_sorted() {
        assert!(STDLIB.is_sorted());
        assert!(is_stdlib("calendar") && is_stdlib("os") && !is_stdlib("flask"));
    }
}
