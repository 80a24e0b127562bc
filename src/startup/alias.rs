//! The name `app` in a `wsgi.py` that exposes the app by another name only.

use super::Target;
use super::desk::Desk;
use super::guard;
use crate::edit::Edit;
use crate::project::Module;
use crate::source::ProjectPath;
use crate::syntax::names::Names;
use crate::syntax::python::{self, Expr, Stmt};
use crate::syntax::removal;

/// Binds `app` in the `wsgi.py` of a target too; what loads the other name still can. Tells whether
/// it did: not when `app` is bound there, to whatever it may be.
pub(super) fn add(desk: &Desk<'_>, target: &Target, edits: &mut Vec<Edit>) -> bool {
    let path = ProjectPath::in_dir(&target.dir, "wsgi.py");
    let Some(module) = desk.project.by_path(&path).map(|id| desk.project.module(id)) else { return false };
    let Some((at, gap)) = place(module, target) else { return false };
    let line = format!("{gap}app = {}", target.name);
    // A guard at the end of a file without a final newline takes the newline in front of it along.
    let taken = edits.iter_mut().find(|edit| edit.path == path && edit.span.start < at && at <= edit.span.end);
    match taken {
        Some(edit) => edit.text = format!("\n{line}{}", edit.text),
        None if module.source.text[..at].ends_with(['\n', '\r']) => {
            edits.push(Edit::insert(&path, at, format!("{line}\n")));
        }
        None => edits.push(Edit::insert(&path, at, format!("\n{line}"))),
    }
    true
}

/// Whether a module says `app = NAME` of this name.
pub(super) fn is_there(module: &Module, name: &str) -> bool {
    module.syntax.body().iter().any(|stmt| match stmt {
        Stmt::Assign(assign) => {
            matches!((&assign.targets[..], &*assign.value), ([Expr::Name(to)], Expr::Name(from))
                if to.id.as_str() == "app" && from.id.as_str() == name)
        }
        _ => false,
    })
}

/// Where `app` is bound, and the blank lines it wants above.
fn place(module: &Module, target: &Target) -> Option<(usize, &'static str)> {
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
    let lines = removal::own_lines(&module.source.text, last)?;
    let gap = match last {
        Stmt::FunctionDef(_) | Stmt::ClassDef(_) => "\n\n",
        Stmt::Import(_) | Stmt::ImportFrom(_) => "\n",
        _ => "",
    };
    Some((lines.end, gap))
}
