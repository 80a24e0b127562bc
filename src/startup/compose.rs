//! What `wsgi.py` says for a module that it imports: the work as plain statements.

use super::About;
use super::app::App;
use super::asks;
use super::excerpt::{dedent, normalized};
use super::guard::{self};
use super::sketch::{Planner, Refusal};
use super::target::{self, Obstacle, Way};
use super::work::Before;
use super::wsgi::Wsgi;
use crate::project::{Serve, in_project, top_level_imports};
use crate::source::Span;
use crate::syntax::effects::is_harmless;
use crate::syntax::names::{Names, bound_name, within};
use crate::syntax::python::{self, Expr, Stmt, Visitor, ast, visitor};
use std::collections::BTreeSet;

impl<'p> Planner<'p> {
    pub(super) fn way(&mut self, serve: &Serve<'p>) -> Result<Way, Box<Refusal>> {
        let way = target::way(self.desk.tree, self.desk.project, self.id).map_err(|obstacle| match obstacle {
            Obstacle::Shadowed { package } => {
                let path = self.module.path();
                self.note(
                    serve,
                    About::ShadowedModule,
                    format!("`import {package}` finds the package `{package}/`, not `{path}`"),
                );
                Refusal::new(
                    format!("`{path}` cannot be imported, because the package `{package}/` beside it has its name"),
                    "rename the file, for example to `main.py`, and run flaskship again",
                )
            }
            Obstacle::Other { reason, hint } => Refusal::new(reason, hint),
        })?;
        // Where a server finds it today, it is found tomorrow.
        let names = self.desk.loads(self.module.path());
        Ok(names.iter().find_map(|name| target::loaded(self.desk.project, self.id, name, &way)).unwrap_or(way))
    }

    /// `wsgi.py` that does the work as plain statements. `block` is what goes from the module.
    pub(super) fn statements(
        &self,
        app: &App<'p>,
        before: &Before<'p>,
        block: Span,
        way: &Way,
    ) -> Result<Wsgi, String> {
        let mut wsgi = Wsgi::default();
        let (hoisted, work) = self.hoistable(&before.work);
        for stmt in &hoisted {
            self.hoist(stmt, app, way, &mut wsgi)?;
        }
        let spans: Vec<Span> = work.iter().map(|stmt| python::span(*stmt)).collect();
        let bound: BTreeSet<&str> =
            before.work.iter().flat_map(|stmt| self.names.bound_in(python::span(*stmt))).collect();
        for name in &bound {
            if self.names.used_later_outside(name, &[block]) {
                return Err(format!("`{name}` is bound in the `__main__` guard, and functions read it"));
            }
            let read = spans.iter().any(|span| self.names.read_in(*span).any(|read| read.name == **name));
            if self.names.bound_outside(name, &[block]) && read {
                return Err(format!("`{name}` gets a new value in the `__main__` guard"));
            }
        }
        // What the work reads, and what the app's expression reads.
        let mut wanted: BTreeSet<&str> =
            spans.iter().flat_map(|span| self.names.read_in(*span)).map(|read| read.name.as_str()).collect();
        if app.name.is_none() {
            wanted.extend(self.names.idents_in(app.span));
        }
        // Passed on beside the script, the name of `wsgi.py` leads Flask to the same folder.
        if way.dir == self.module.path().dir() && work.iter().all(|stmt| only_passes_on(stmt, "__name__")) {
            wanted.remove("__name__");
        }
        if wanted.contains("__name__") || wanted.contains("__file__") {
            return Err("the app is made with the `__name__` or `__file__` of the script".to_owned());
        }
        // `from server import app as connexion_app`, where what the name `app` is to be comes from it.
        let holder = match (app.name, app.expr) {
            (None, Expr::Name(name)) if name.id.as_str() == "app" && work.is_empty() && way.plain => match &*app.suffix
            {
                ".app" => Some("connexion_app"),
                ".server" => Some("dash_app"),
                _ => None,
            },
            _ => None,
        };
        if let Some(holder) = holder {
            wanted.remove("app");
            self.import_own("app", Some(holder), way, &mut wsgi)?;
            wsgi.body.push(format!("app = {holder}{}", app.suffix));
            wsgi.uses_app = true;
            return Ok(wsgi);
        }
        let star = self.has_star_import();
        let bound_by_app = app.name.filter(|name| bound.contains(name));
        for name in wanted.iter().copied().filter(|name| !bound.contains(name)) {
            if self.names.bound_outside(name, &[block]) {
                if self.names.rebound_later(name) {
                    return Err(format!("functions give `{name}` a new value"));
                }
                let of_app = app.name.is_none() && self.names.idents_in(app.span).any(|it| it == name);
                if app.name == Some(name) || of_app && self.does_besides(app, block) {
                    self.import_own(name, None, way, &mut wsgi)?;
                } else {
                    self.import_name(name, None, way, &mut wsgi)?;
                }
            } else if star && !is_builtin(name) {
                self.import_own(name, None, way, &mut wsgi)?;
            } else if !is_builtin(name) {
                return Err(format!("`{name}` is not bound at module level"));
            }
        }
        for stmt in &work {
            let gap = if !wsgi.body.is_empty() && self.has_gap_above(stmt) { "\n" } else { "" };
            wsgi.body.push(format!("{gap}{}", self.dedented(stmt)?));
        }
        match app.name {
            Some(name) if bound_by_app.is_some() => {
                if name != "app" {
                    match self.only_assignment(&work, name) {
                        Some(value) => wsgi.body = vec![format!("app = {value}")],
                        None => wsgi.body.push(format!("app = {name}")),
                    }
                }
                wsgi.uses_app = true;
            }
            Some(name) if !self.names.bound_outside(name, &[block]) && !star => {
                return Err(format!("`{name}` is not bound at module level"));
            }
            Some(name) if wanted.contains(name) => {
                if name != "app" {
                    wsgi.body.push(format!("app = {name}"));
                }
                wsgi.uses_app = true;
                // The work uses the name, and it comes from the module that starts the app.
            }
            Some(name) if self.names.rebound_later(name) => return Err(format!("functions give `{name}` a new value")),
            Some(name) => self.import_own(name, Some("app"), way, &mut wsgi)?,
            None => {
                if let Some(why) = asks::in_expression(self.desk.project, self.id, app.expr) {
                    return Err(why);
                }
                let value = self.expression(app.expr)?;
                wsgi.body.push(format!("app = {value}{}", app.suffix));
                wsgi.uses_app = true;
            }
        }
        Ok(wsgi)
    }

    /// Whether importing the module does more than to bind names, `block` left out: then it has to be
    /// imported, and not only what it gets the app from.
    fn does_besides(&self, app: &App<'p>, block: Span) -> bool {
        let dir = self.module.path().dir();
        let is_app = |alias: &ast::Alias| self.names.idents_in(app.span).any(|name| name == bound_name(alias));
        let ours = |dotted: &str| in_project(self.desk.project, dir, dotted);
        self.module.syntax.body().iter().filter(|stmt| !block.contains(python::span(*stmt))).any(|stmt| match stmt {
            Stmt::Import(import) => import.names.iter().any(|alias| ours(&alias.name) && !is_app(alias)),
            Stmt::ImportFrom(import) => {
                let is_ours = import.level > 0 || import.module.as_ref().is_some_and(|name| ours(name));
                is_ours && !import.names.iter().all(is_app)
            }
            Stmt::FunctionDef(def) => !def.decorator_list.is_empty(),
            Stmt::ClassDef(def) => !def.decorator_list.is_empty(),
            Stmt::Assign(assign) => !is_harmless(&assign.value),
            Stmt::AnnAssign(assign) => !assign.value.as_deref().is_none_or(is_harmless),
            Stmt::If(it) => !guard::is_guard(it),
            _ => !guard::is_inert(stmt),
        })
    }

    /// The value of the only statement, when that is all that is done.
    pub(super) fn only_assignment(&self, work: &[&Stmt], name: &str) -> Option<String> {
        let [Stmt::Assign(assign)] = work else { return None };
        let [Expr::Name(target)] = &assign.targets[..] else { return None };
        (target.id.as_str() == name).then(|| self.expression(&assign.value).ok()).flatten()
    }

    /// The text of an expression, which may go over several lines.
    pub(super) fn expression(&self, expr: &Expr) -> Result<String, String> {
        let span = python::span(expr);
        if self.has_long_string(span) && self.module.slice(span).contains(['\n', '\r']) {
            return Err("the app's expression holds a string of several lines".to_owned());
        }
        let indent = self.indent(span.start);
        Ok(dedent(&normalized(self.module.slice(span)), indent))
    }

    pub(super) fn has_star_import(&self) -> bool {
        top_level_imports(self.module.syntax.body()).any(
            |stmt| matches!(stmt, Stmt::ImportFrom(import) if import.names.iter().any(|alias| alias.name.as_str() == "*")),
        )
    }
}

/// Whether code does nothing with a name but to hand it to calls: `Flask(__name__)`.
pub(super) fn only_passes_on(stmt: &Stmt, name: &str) -> bool {
    struct Finder<'n> {
        name: &'n str,
        read: usize,
        passed: usize,
    }
    impl<'a> Visitor<'a> for Finder<'_> {
        fn visit_expr(&mut self, expr: &'a Expr) {
            let is = |expr: &Expr| matches!(expr, Expr::Name(read) if read.id.as_str() == self.name);
            if is(expr) {
                self.read += 1;
            }
            if let Expr::Call(call) = expr {
                let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
                self.passed += call.arguments.args.iter().chain(keywords).filter(|argument| is(argument)).count();
            }
            visitor::walk_expr(self, expr);
        }
    }
    let mut finder = Finder { name, read: 0, passed: 0 };
    finder.visit_stmt(stmt);
    finder.read == finder.passed
}

pub(super) fn reads_name(names: &Names, stmts: &[&Stmt], name: &str) -> bool {
    let spans: Vec<Span> = stmts.iter().map(|stmt| python::span(*stmt)).collect();
    names.reads.iter().any(|read| read.name == name && within(read.span, &spans))
}

/// Whether a name is one that Python has without any import.
pub(super) fn is_builtin(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "abs",
        "all",
        "any",
        "ascii",
        "bin",
        "bool",
        "bytearray",
        "bytes",
        "callable",
        "chr",
        "classmethod",
        "complex",
        "delattr",
        "dict",
        "dir",
        "divmod",
        "enumerate",
        "filter",
        "float",
        "format",
        "frozenset",
        "getattr",
        "hasattr",
        "hash",
        "help",
        "hex",
        "id",
        "int",
        "isinstance",
        "issubclass",
        "iter",
        "len",
        "list",
        "map",
        "max",
        "memoryview",
        "min",
        "next",
        "object",
        "oct",
        "open",
        "ord",
        "pow",
        "print",
        "property",
        "range",
        "repr",
        "reversed",
        "round",
        "set",
        "setattr",
        "slice",
        "sorted",
        "staticmethod",
        "str",
        "sum",
        "super",
        "tuple",
        "type",
        "zip",
    ];
    NAMES.contains(&name)
        || (name.ends_with("Error") || name.ends_with("Exception") || name.ends_with("Warning"))
        || matches!(name, "KeyboardInterrupt" | "SystemExit" | "StopIteration" | "NotImplemented" | "Ellipsis")
}
