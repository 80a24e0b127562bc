//! Taking away the imports that only removed code used.

use super::guard;
use super::names::{Names, bound_name};
use super::target::{self, in_project, top_level_imports};
use super::wsgi::Wsgi;
use crate::edit::Edit;
use crate::project::{Import, Module, ModuleId, Project};
use crate::source::Span;
use crate::syntax::python::{self, Stmt, TokenKind, ast};

/// Why an import may stay though the code that used it goes.
#[derive(Clone, Copy)]
pub(super) struct Spare<'a> {
    /// A name that `wsgi.py` takes from the module.
    pub(super) export: Option<&'a str>,
    /// What `wsgi.py` imports, so that what an import does is done there.
    pub(super) wsgi: &'a Wsgi,
    /// The folder that the server is started in.
    pub(super) dir: &'a str,
}

/// The edits that remove what the module imports only for the removed spans.
pub(super) fn unused(project: &Project, id: ModuleId, names: &Names, removed: &[Span], spare: Spare<'_>) -> Vec<Edit> {
    let module = project.module(id);
    let mut edits = Vec::new();
    let taken = taken_by_others(project, id);
    if matches!(taken, Taken::All) {
        return edits;
    }
    for stmt in top_level_imports(module.syntax.body()) {
        let span = python::span(stmt);
        if super::names::within(span, removed) {
            continue;
        }
        let aliases = match stmt {
            Stmt::Import(import) => &import.names,
            Stmt::ImportFrom(import) if import.module.as_ref().is_some_and(|name| name.as_str() == "__future__") => {
                continue;
            }
            Stmt::ImportFrom(import) => &import.names,
            _ => continue,
        };
        let unread = |alias: &ast::Alias| {
            let name = bound_name(alias);
            alias.name.as_str() != "*"
                && spare.export != Some(name)
                && names.reads.iter().any(|read| read.name == name && super::names::within(read.span, removed))
                && !names.mentioned_outside(name, removed)
                && !taken.has(name)
                && names.binds.iter().filter(|bind| bind.name == name).count() == 1
        };
        // Beside a name that stays, the module is imported all the same.
        let some_stay = matches!(stmt, Stmt::ImportFrom(_)) && !aliases.iter().all(unread);
        let missed = |alias: &ast::Alias| match stmt {
            Stmt::ImportFrom(import) => {
                let from = target::absolute(module, spare.dir, import);
                is_module(project, module, import, alias)
                    || !some_stay
                        && !from.is_some_and(|from| spare.wsgi.imports(&from))
                        && has_effects(project, module, stmt, alias)
            }
            _ => !spare.wsgi.imports(&alias.name) && has_effects(project, module, stmt, alias),
        };
        let gone: Vec<bool> = aliases.iter().map(|alias| unread(alias) && !missed(alias)).collect();
        if gone.iter().all(|gone| *gone) {
            if let Some(lines) = own_lines(module, stmt) {
                edits.push(Edit::delete(module.path(), guard::cut(module, lines)));
            }
        } else if gone.contains(&true) {
            let spans = remaining(module, aliases, &gone);
            edits.extend(spans.into_iter().map(|span| Edit::delete(module.path(), span)));
        }
    }
    merge(edits)
}

/// Whether a member of a `from` import is a module of the project by itself.
pub(super) fn is_module(project: &Project, module: &Module, import: &ast::StmtImportFrom, alias: &ast::Alias) -> bool {
    let from = import.module.as_ref().map_or("", |name| name.as_str());
    let dotted = if from.is_empty() { alias.name.to_string() } else { format!("{from}.{}", alias.name) };
    matches!(project.resolve(module.path(), import.level, &dotted), Import::Module(_))
}

/// Adjacent deletions can want the same blank line: they become one.
pub(super) fn merge(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|edit| edit.span);
    let mut merged: Vec<Edit> = Vec::new();
    for edit in edits {
        match merged.last_mut() {
            Some(last) if edit.span.start < last.span.end => last.span.end = last.span.end.max(edit.span.end),
            _ => merged.push(edit),
        }
    }
    merged
}

/// The spans of some names of an import, each with one comma.
fn remaining(module: &Module, aliases: &[ast::Alias], gone: &[bool]) -> Vec<Span> {
    let mut spans = Vec::new();
    let last_kept = gone.iter().rposition(|gone| !gone).unwrap_or_default();
    for (index, alias) in aliases.iter().enumerate().filter(|(index, _)| gone[*index]) {
        let span = python::span(alias);
        if index < last_kept {
            // With what separates it from the next name.
            spans.push(Span::new(span.start, python::span(&aliases[index + 1]).start));
        } else {
            spans.push(Span::new(python::span(&aliases[index - 1]).end, span.end));
        }
    }
    // A comment between the names would be cut in two.
    let comment = |span: Span| module.syntax.tokens(span).iter().any(|token| token.kind() == TokenKind::Comment);
    if spans.iter().any(|span| comment(*span)) { Vec::new() } else { spans }
}

/// The lines of a statement that has its lines for itself.
pub(super) fn own_lines(module: &Module, stmt: &Stmt) -> Option<Span> {
    let text = &module.source.text;
    let span = python::span(stmt);
    let start = module.source.lines().line_start(span.start);
    let end = module.source.lines().line_end(text, span.end.max(1) - 1);
    let before = text[start..span.start].trim();
    let after = text[span.end..end].trim();
    (before.is_empty() && (after.is_empty() || after.starts_with('#'))).then_some(Span::new(start, end))
}

/// Whether importing a module of the project may do more than bind names. What is outside the
/// project is taken to be imported for its names.
fn has_effects(project: &Project, module: &Module, stmt: &Stmt, alias: &ast::Alias) -> bool {
    let dir = module.path().dir();
    let (level, dotted) = match stmt {
        Stmt::Import(_) => (0, alias.name.as_str()),
        Stmt::ImportFrom(import) => (import.level, import.module.as_ref().map_or("", |name| name.as_str())),
        _ => return true,
    };
    if level == 0 && !in_project(project, dir, dotted) {
        return false;
    }
    match project.resolve(module.path(), level, dotted) {
        Import::Module(id) => !project.module(id).syntax.body().iter().all(is_harmless),
        Import::Opaque => true,
        Import::External => false,
    }
}

fn is_harmless(stmt: &Stmt) -> bool {
    use python::Expr;
    match stmt {
        Stmt::Assign(assign) => !matches!(&*assign.value, Expr::Call(_)),
        Stmt::AnnAssign(assign) => !matches!(assign.value.as_deref(), Some(Expr::Call(_))),
        Stmt::FunctionDef(def) => def.decorator_list.is_empty(),
        Stmt::ClassDef(def) => def.decorator_list.is_empty() && def.arguments.is_none(),
        Stmt::Expr(expr) => matches!(&*expr.value, Expr::StringLiteral(_)),
        Stmt::Pass(_) => true,
        _ => false,
    }
}

/// The names that other modules of the project take from a module.
enum Taken {
    All,
    Some(Vec<String>),
}

impl Taken {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(names) => names.iter().any(|taken| taken == name),
        }
    }
}

fn taken_by_others(project: &Project, id: ModuleId) -> Taken {
    let mut names = Vec::new();
    for other in project.importers(id) {
        for (stmt, target) in imported(project, other) {
            if target != id {
                continue;
            }
            match stmt {
                Stmt::ImportFrom(import) => {
                    for alias in &import.names {
                        if alias.name.as_str() == "*" {
                            return Taken::All;
                        }
                        names.push(alias.name.to_string());
                    }
                }
                // `import app` may be followed by any `app.name`.
                _ => return Taken::All,
            }
        }
    }
    Taken::Some(names)
}

/// The import statements anywhere in a module.
pub(super) fn statements(module: &Module) -> Vec<&Stmt> {
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
    python::Visitor::visit_body(&mut found, module.syntax.body());
    found.0
}

/// The imports anywhere in a module that mean a module of the project.
fn imported<'p>(project: &Project, module: &'p Module) -> Vec<(&'p Stmt, ModuleId)> {
    let mut result = Vec::new();
    for stmt in statements(module) {
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

/// Whether another module of the project imports this one, by name or as a member of its package.
pub(super) fn is_imported(project: &Project, id: ModuleId) -> bool {
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
