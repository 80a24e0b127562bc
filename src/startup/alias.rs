//! The name `app` in a `wsgi.py` that exposes the app by another name only.

use super::Target;
use super::guard;
use super::imports::own_lines;
use super::names::Names;
use super::sketch::Desk;
use crate::edit::Edit;
use crate::source::ProjectPath;
use crate::syntax::python::{self, Stmt};

/// The edit that binds `app` in the `wsgi.py` of a target too; what loads the other name still can.
/// Nothing when `app` is bound there, to whatever it may be.
pub(super) fn alias(desk: &Desk<'_>, target: &Target) -> Option<Edit> {
    let path = ProjectPath::in_dir(&target.dir, "wsgi.py");
    let module = desk.project.module(desk.project.by_path(&path)?);
    let names = Names::of(module.syntax.body());
    if target.module != "wsgi" || target.name == "app" || names.bound_outside("app", &[]) {
        return None;
    }
    let body = module.syntax.body();
    let bind = body.iter().rposition(|stmt| {
        !matches!(stmt, Stmt::If(it) if guard::is_guard(it))
            && names.bound_in(python::span(stmt)).contains(target.name.as_str())
    })?;
    // Behind everything that may still change the name, but a guard.
    let last = body[bind..].iter().take_while(|stmt| !matches!(stmt, Stmt::If(it) if guard::is_guard(it))).last()?;
    let lines = own_lines(module, last)?;
    let gap = match last {
        Stmt::FunctionDef(_) | Stmt::ClassDef(_) => "\n\n",
        Stmt::Import(_) | Stmt::ImportFrom(_) => "\n",
        _ => "",
    };
    let line = format!("app = {}", target.name);
    let text = &module.source.text;
    let ends = text[..lines.end].ends_with(['\n', '\r']);
    let added = if ends { format!("{gap}{line}\n") } else { format!("\n{gap}{line}") };
    Some(Edit::insert(&path, lines.end, added))
}
