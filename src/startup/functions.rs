//! Start-up calls in functions: the entry point stays, and what it does before it starts the server
//! is made callable without it.

use super::app::App;
use super::ending::behind;
use super::guard;
use super::launcher::{Launcher, cut_at, leaves_of};
use super::script::Script;
use super::sketch::{Planner, Refusal, Sketch};
use super::words;
use super::work::{self, Before};
use crate::edit::Applicability;
use crate::project::{Import, Serve, top_level_imports};
use crate::source::{ProjectPath, Span};
use crate::syntax::effects;
use crate::syntax::names::{bound_name, has_word, locals};
use crate::syntax::python::{self, Expr, Stmt, Visitor, ast, visitor};
use std::collections::BTreeSet;

impl<'p> Planner<'p> {
    /// `def main(): app.run()`: the entry point stays.
    pub(super) fn function(
        &mut self,
        serve: &Serve<'p>,
        app: &App<'p>,
        def: &'p ast::StmtFunctionDef,
        at: usize,
    ) -> Result<Sketch, Box<Refusal>> {
        self.not_at_import(app, def)?;
        if let Some(decorator) = self.own_decorator(def) {
            let why =
                format!("`{}`, which starts the server, is decorated with `{decorator}`, which may do more", def.name);
            return Err(self.by_hand(&why, app));
        }
        let launcher = cut_at(&def.body, at);
        let known = self.notes.len();
        match self.only_starts(serve, app, def, &launcher) {
            Ok(sketch) => Ok(sketch),
            Err(refusal) => {
                let notes = self.notes.split_off(known);
                match self.with_work(serve, app, def, at) {
                    Some(result) => result,
                    None => {
                        self.notes.truncate(known);
                        self.notes.extend(notes);
                        Err(refusal)
                    }
                }
            }
        }
    }

    /// A decorator of the project's own, which may do anything.
    fn own_decorator(&self, def: &'p ast::StmtFunctionDef) -> Option<&'p str> {
        // `@cli.command()` is a command of a framework, whoever made `cli`.
        let name = |decorator: &'p ast::Decorator| match &decorator.expression {
            Expr::Name(name) => Some(name.id.as_str()),
            Expr::Call(call) => match &*call.func {
                Expr::Name(name) => Some(name.id.as_str()),
                _ => None,
            },
            _ => None,
        };
        let names = def.decorator_list.iter().filter_map(name);
        names.into_iter().find(|name| work::is_own(self.desk.project, self.module, &self.names, name))
    }

    /// Refuses a function that importing the module calls, or that the guard calls beside other work.
    fn not_at_import(&self, app: &App<'p>, def: &ast::StmtFunctionDef) -> Result<(), Box<Refusal>> {
        let starters = self.starters(def);
        let mentions = |span: Span| starters.iter().any(|name| self.names.anywhere_in(name, span));
        let in_thread = self.is_threaded(&starters, &mentions);
        if let Some((path, line)) = self.works_elsewhere(&starters).filter(|_| in_thread) {
            return Err(thread_refusal(&format!("on line {line} of `{path}`")));
        }
        for stmt in self.module.syntax.body() {
            match stmt {
                Stmt::If(it) if guard::is_guard(it) => {
                    let others = it.body.iter().filter(|stmt| !starters.iter().any(|name| self.only_calls(stmt, name)));
                    let others: Vec<&Stmt> =
                        others.filter(|stmt| !guard::is_inert(stmt) && !work::for_terminal(stmt)).collect();
                    let beside = others.iter().find(|stmt| {
                        let span = python::span(**stmt);
                        !mentions(span)
                            && !work::only_waits(stmt)
                            && !matches!(stmt, Stmt::Assign(_) | Stmt::AnnAssign(_))
                    });
                    let starts = it.body.iter().position(|stmt| mentions(python::span(stmt)));
                    let goes_on = starts.and_then(|at| other_work(&it.body[at + 1..]));
                    if let Some(stmt) = goes_on.filter(|_| in_thread) {
                        return Err(self.in_thread(stmt));
                    }
                    if !others.is_empty() && others.len() < it.body.len() || self.works_before(it, app, &mentions) {
                        return Err(self.by_hand(
                            "the `__main__` guard does work before it calls the function that starts the server",
                            app,
                        ));
                    }
                    if let Some(stmt) = beside.filter(|_| mentions(python::span(it))) {
                        return Err(self.in_thread(stmt));
                    }
                }
                Stmt::FunctionDef(starter) if starter.name != def.name && starters.contains(starter.name.as_str()) => {
                    if let Some(stmt) = self.works_beside(starter, &mentions) {
                        return Err(self.in_thread(stmt));
                    }
                }
                Stmt::FunctionDef(_) | Stmt::ClassDef(_) | Stmt::Import(_) | Stmt::ImportFrom(_) => {}
                _ if mentions(python::span(stmt)) => {
                    return Err(self.by_hand(
                        &format!(
                            "the function that starts the server is called on line {} when the module is imported",
                            self.line(python::span(stmt).start)
                        ),
                        app,
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether a guard does work, in whatever block, before it first comes to what starts the server.
    fn works_before(&self, guard: &'p ast::StmtIf, app: &App<'p>, starts: &dyn Fn(Span) -> bool) -> bool {
        let mut leaves = Vec::new();
        leaves_of(&guard.body, &mut leaves);
        let Some(at) = leaves.iter().position(|stmt| starts(python::span(*stmt))) else { return false };
        let call = python::span(leaves[at]);
        let before = work::sort(self.desk.project, self.module, &self.names, &leaves[..at], call, app.span);
        !before.work.is_empty()
    }

    fn in_thread(&self, stmt: &Stmt) -> Box<Refusal> {
        thread_refusal(&format!("on line {}", self.line(python::span(stmt).start)))
    }

    /// What a function that starts the server in a thread goes on with.
    fn works_beside(&self, def: &'p ast::StmtFunctionDef, starts: &dyn Fn(Span) -> bool) -> Option<&'p Stmt> {
        let at = self.starts_thread(def, starts)?;
        other_work(&def.body[at + 1..])
    }

    /// The place in a function of what starts the server in a thread.
    fn starts_thread(&self, def: &ast::StmtFunctionDef, starts: &dyn Fn(Span) -> bool) -> Option<usize> {
        def.body.iter().position(|stmt| {
            let code = words::code(self.module, python::span(stmt));
            starts(python::span(stmt)) && (has_word(&code, "Thread") || has_word(&code, "Process"))
        })
    }

    /// Whether one of the functions that lead to the server starts it in a thread.
    fn is_threaded(&self, starters: &BTreeSet<&str>, starts: &dyn Fn(Span) -> bool) -> bool {
        self.module.syntax.body().iter().any(|stmt| {
            matches!(stmt, Stmt::FunctionDef(def)
                if starters.contains(def.name.as_str()) && self.starts_thread(def, starts).is_some())
        })
    }

    /// Where another module calls what starts the server, and goes on with work of its own: a bot.
    fn works_elsewhere(&self, starters: &BTreeSet<&str>) -> Option<(ProjectPath, usize)> {
        let project = self.desk.project;
        project.importers(self.id).find_map(|other| {
            let ours = |import: &ast::StmtImportFrom| {
                let from = import.module.as_ref().map_or("", |name| name.as_str());
                project.resolve(other.path(), import.level, from) == Import::Module(self.id)
            };
            let stmts = top_level_imports(other.syntax.body());
            let names = stmts.filter_map(|stmt| match stmt {
                Stmt::ImportFrom(import) if ours(import) => Some(&import.names),
                _ => None,
            });
            let names = names.flatten().filter(|alias| starters.contains(alias.name.as_str()));
            let names: BTreeSet<&str> = names.map(bound_name).collect();
            let calls = |stmt: &Stmt| match stmt {
                Stmt::Expr(expr) => match &*expr.value {
                    Expr::Call(call) => match &*call.func {
                        Expr::Name(name) => names.contains(name.id.as_str()),
                        // `import web` and `web.keep_alive()`.
                        Expr::Attribute(attribute) => {
                            starters.contains(attribute.attr.as_str())
                                && other.slice(python::span(&*attribute.value)) == self.module.path().stem()
                        }
                        _ => false,
                    },
                    _ => false,
                },
                _ => false,
            };
            let bodies = other.syntax.body().iter().filter_map(|stmt| match stmt {
                Stmt::If(it) if guard::is_guard(it) => Some(&it.body[..]),
                Stmt::FunctionDef(def) => Some(&def.body[..]),
                _ => None,
            });
            std::iter::once(other.syntax.body()).chain(bodies).find_map(|body| {
                let at = body.iter().position(calls)?;
                let work = other_work(&body[at + 1..])?;
                Some((other.path().clone(), other.source.lines().line(python::span(work).start)))
            })
        })
    }

    /// A function and those of the module that lead to it.
    pub(super) fn starters(&self, def: &ast::StmtFunctionDef) -> BTreeSet<&'p str> {
        let mut starters = BTreeSet::new();
        let mut names = vec![def.name.as_str()];
        while let Some(name) = names.pop() {
            for stmt in self.module.syntax.body() {
                let Stmt::FunctionDef(function) = stmt else { continue };
                let leads = function.name.as_str() == name || self.names.anywhere_in(name, python::span(stmt));
                if leads && starters.insert(function.name.as_str()) {
                    names.push(&function.name);
                }
            }
        }
        starters
    }

    /// A function that does nothing but to work out what the start-up call is told, and perhaps to
    /// make the app.
    fn only_starts(
        &mut self,
        serve: &Serve<'p>,
        app: &App<'p>,
        def: &'p ast::StmtFunctionDef,
        launcher: &Launcher<'p>,
    ) -> Result<Sketch, Box<Refusal>> {
        let mut locals: BTreeSet<String> =
            def.parameters.iter().map(|parameter| parameter.name().to_string()).collect();
        let before = launcher.before.iter().filter(|stmt| !guard::is_inert(stmt) && !work::for_terminal(stmt)).copied();
        let before: Vec<&Stmt> = before.collect();
        let mut made = None;
        for stmt in &before {
            if let Stmt::Assign(assign) = stmt
                && let [Expr::Name(name)] = &assign.targets[..]
            {
                if app.name == Some(name.id.as_str()) {
                    made = Some(&*assign.value);
                }
                locals.insert(name.id.to_string());
                continue;
            }
            if !matches!(stmt, Stmt::Global(_)) {
                let line = self.line(python::span(*stmt).start);
                return Err(
                    self.by_hand(&format!("`{}` does work before it starts the server, on line {line}", def.name), app)
                );
            }
        }
        // Anything but the app that is made here may only feed the start-up call.
        let call = Span::new(app.span.end, python::span(serve.call).end);
        for stmt in &before {
            let Stmt::Assign(assign) = stmt else { continue };
            let Some(Expr::Name(name)) = assign.targets.first() else { continue };
            let others: Vec<Span> =
                before.iter().filter(|other| *other != stmt).map(|other| python::span(*other)).collect();
            let read_by_made = made.is_some_and(|made| self.names.anywhere_in(&name.id, python::span(made)));
            let feeds = app.name != Some(name.id.as_str())
                && (self.names.anywhere_in(&name.id, call)
                    || others.iter().any(|span| self.names.anywhere_in(&name.id, *span)));
            if (!feeds && app.name != Some(name.id.as_str())) || read_by_made {
                return Err(self.by_hand(&format!("`{}` does work before it starts the server", def.name), app));
            }
        }
        self.after_in(serve, def, &launcher.before, &Before::default());
        let way = self.way(serve)?;
        let value = made.unwrap_or(app.expr);
        let is_local = |name: &str| locals.contains(name);
        if made.is_none() && app.name.is_some_and(is_local)
            || made.is_some() && self.names.idents_in(python::span(value)).any(is_local)
        {
            return Err(self.by_hand(&format!("the app is known only inside `{}`", def.name), app));
        }
        let stand_in = App {
            expr: value,
            span: python::span(value),
            name: if made.is_some() { None } else { app.name },
            suffix: app.suffix.clone(),
        };
        let wsgi = self
            .statements(&stand_in, &Before::default(), python::span(serve.call), &way)
            .map_err(|why| self.by_hand(&why, app))?;
        self.finish(app, way, &wsgi, Script::Keep, true, Applicability::Safe)
    }

    /// Notes what a function does when the server has stopped.
    pub(super) fn after_in(
        &mut self,
        serve: &Serve<'p>,
        def: &'p ast::StmtFunctionDef,
        before: &[&'p Stmt],
        work: &Before<'p>,
    ) {
        let mut after = Vec::new();
        behind(&def.body, &[python::span(serve.call)], &mut after);
        self.after(serve, (before, work), &after, python::span(def), false);
    }

    /// The call is deeper in a function, which stays if it does nothing that the app needs.
    pub(super) fn within_function(
        &mut self,
        serve: &Serve<'p>,
        app: &App<'p>,
        def: &'p ast::StmtFunctionDef,
        at: usize,
    ) -> Result<Sketch, Box<Refusal>> {
        self.not_at_import(app, def)?;
        let inside = "the call is inside a branch or a nested block of a function";
        let is_global = effects_root(app).is_some_and(|root| !locals(def).contains(root))
            && !def.parameters.iter().any(|it| effects_root(app) == Some(it.name().as_str()));
        let Some(inlined) = self.inlined(def).filter(|_| is_global) else { return Err(self.by_hand(inside, app)) };
        let module_names = std::mem::replace(&mut self.names, inlined);
        let call = python::span(serve.call);
        let mut leaves = Vec::new();
        leaves_of(&def.body[..=at], &mut leaves);
        let early: Vec<&Stmt> = leaves.into_iter().filter(|stmt| python::span(*stmt).end <= call.start).collect();
        let holder = python::span(&def.body[at]);
        let before = work::sort(self.desk.project, self.module, &self.names, &early, holder, app.span);
        let around = self.works_around(&def.body[at], call);
        self.after_in(serve, def, &early, &before);
        self.names = module_names;
        let work = before.work.first().map(|stmt| python::span(*stmt).start);
        if let Some(start) = work.or(around.map(Around::start)) {
            let line = self.line(start);
            return Err(self.work_by_hand(
                &format!("`{}` does work on line {line}, and starts the server inside another block", def.name),
                app,
            ));
        }
        let way = self.way(serve)?;
        let none = Before::default();
        let wsgi = self.statements(app, &none, call, &way).map_err(|why| self.by_hand(&why, app))?;
        self.finish(app, way, &wsgi, Script::Keep, true, Applicability::Safe)
    }

    /// What around the call may do work for the app: a `with` that enters something other than the app's own
    /// context, a condition that calls code of the project.
    pub(super) fn works_around(&self, holder: &'p Stmt, call: Span) -> Option<Around> {
        let mut finder = Finder { of: self, call, found: None };
        finder.visit_stmt(holder);
        finder.found
    }
}

fn thread_refusal(place: &str) -> Box<Refusal> {
    Refusal::new(
        format!("the server runs in a thread, and the main thread does other work {place}"),
        "give that work a process of its own, and serve the app with a WSGI server",
    )
}

/// The first statement behind the start of a thread that is work of its own.
fn other_work(body: &[Stmt]) -> Option<&Stmt> {
    body.iter().find(|stmt| {
        !work::only_waits(stmt)
            && !guard::is_inert(stmt)
            && !work::for_terminal(stmt)
            && !matches!(
                stmt,
                Stmt::Assign(_)
                    | Stmt::AnnAssign(_)
                    | Stmt::Return(_)
                    | Stmt::FunctionDef(_)
                    | Stmt::ClassDef(_)
                    | Stmt::Import(_)
                    | Stmt::ImportFrom(_)
            )
    })
}

/// What around a start-up call may do work for the app, from first to last byte.
#[derive(Clone, Copy, Debug)]
pub(super) enum Around {
    With(Span),
    Condition(Span),
}

impl Around {
    /// Where it begins.
    pub(super) fn start(self) -> usize {
        match self {
            Self::With(span) | Self::Condition(span) => span.start,
        }
    }
}

struct Finder<'a, 'p> {
    of: &'a Planner<'p>,
    call: Span,
    found: Option<Around>,
}

impl Finder<'_, '_> {
    fn condition(&mut self, test: &Expr) {
        if self.found.is_none() && work::expr_calls_project(self.of.desk.project, self.of.module, &self.of.names, test)
        {
            self.found = Some(Around::Condition(python::span(test)));
        }
    }
}

impl<'a> Visitor<'a> for Finder<'_, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if !python::span(stmt).contains(self.call) {
            return;
        }
        match stmt {
            Stmt::With(with) if !with.items.iter().all(|item| is_context(&item.context_expr)) => {
                self.found = self.found.or(Some(Around::With(python::span(with))));
            }
            Stmt::If(it) => {
                self.condition(&it.test);
                // Those of the ways before the one that is taken were asked as well.
                for test in it.elif_else_clauses.iter().filter_map(|clause| clause.test.as_ref()) {
                    if python::span(test).end <= self.call.start {
                        self.condition(test);
                    }
                }
            }
            Stmt::While(it) => self.condition(&it.test),
            Stmt::For(it) => self.condition(&it.iter),
            Stmt::Match(it) => self.condition(&it.subject),
            _ => {}
        }
        visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if !python::span(expr).contains(self.call) || python::span(expr) == self.call {
            return;
        }
        match expr {
            Expr::If(it) => self.condition(&it.test),
            Expr::BoolOp(it) => {
                for value in &it.values {
                    if python::span(value).end <= self.call.start {
                        self.condition(value);
                    }
                }
            }
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }
}

fn effects_root<'p>(app: &App<'p>) -> Option<&'p str> {
    effects::root(app.expr)
}

/// `app.app_context()` and its like, which serving does not need.
fn is_context(expr: &Expr) -> bool {
    matches!(expr, Expr::Call(call)
        if matches!(&*call.func, Expr::Attribute(method) if matches!(method.attr.as_str(), "app_context" | "test_request_context")))
}
