//! What is done when the server has stopped: behind the start-up call, around it, and by handlers of signals.

use super::About;
use super::launcher::leaves_of;
use super::sketch::Planner;
use super::target::Way;
use super::work::{self, Before};
use super::wsgi::Wsgi;
use super::{guard, work::called};
use crate::project::{Serve, Server};
use crate::source::Span;
use crate::syntax::effects::{is_harmless, root};
use crate::syntax::python::{self, Expr, Stmt, ast};

/// The one call that cleans up, as `wsgi.py` registers it.
pub(super) struct Ending<'p> {
    stmt: &'p Stmt,
    call: &'p ast::ExprCall,
    /// Whether it uses what the launcher makes, so that the work has to be in `wsgi.py` itself.
    of_launcher: bool,
}

impl Ending<'_> {
    /// The last part of the name of what cleans up.
    pub(super) fn called(&self) -> &str {
        called(self.call)
    }
}

/// What of a launcher comes to pass when the server has stopped.
enum Late<'p> {
    /// Nothing that anyone would miss.
    Nothing,
    /// One call.
    One(Ending<'p>),
    /// More than a call, from here on.
    More(Span),
}

/// The simple statements of a body that are done when the server has stopped, `calls` being those that start it.
/// What an error of that server is answered with is none of them.
pub(super) fn behind<'p>(body: &'p [Stmt], calls: &[Span], found: &mut Vec<&'p Stmt>) {
    let first = calls.iter().map(|call| call.start).min().unwrap_or(usize::MAX);
    let starts = |body: &[Stmt]| body.iter().any(|stmt| calls.iter().any(|call| python::span(stmt).contains(*call)));
    for stmt in body {
        match stmt {
            Stmt::Try(it) => {
                behind(&it.body, calls, found);
                for ast::ExceptHandler::ExceptHandler(handler) in &it.handlers {
                    if handler.type_.as_deref().is_none_or(is_stop) {
                        behind(&handler.body, calls, found);
                    }
                }
                behind(&it.orelse, calls, found);
                behind(&it.finalbody, calls, found);
            }
            Stmt::With(it) => behind(&it.body, calls, found),
            // The other ways are not taken.
            Stmt::If(it) if python::span(it).contains(Span::empty(first)) => {
                let bodies = std::iter::once(&it.body).chain(it.elif_else_clauses.iter().map(|clause| &clause.body));
                bodies.filter(|body| starts(body)).for_each(|body| behind(body, calls, found));
            }
            Stmt::If(it) => {
                behind(&it.body, calls, found);
                it.elif_else_clauses.iter().for_each(|clause| behind(&clause.body, calls, found));
            }
            _ => {
                let span = python::span(stmt);
                if span.start > first && !calls.iter().any(|call| span.contains(*call)) {
                    found.push(stmt);
                }
            }
        }
    }
}

/// Whether an exception is one of those by which a person or the system ends a program.
fn is_stop(expr: &Expr) -> bool {
    match expr {
        Expr::Name(name) => matches!(name.id.as_str(), "KeyboardInterrupt" | "SystemExit" | "BaseException"),
        Expr::Tuple(tuple) => tuple.elts.iter().any(is_stop),
        _ => false,
    }
}

/// Whether a statement leaves nothing undone where it is not reached: it says something, waits, or ends
/// the program.
fn is_nothing(stmt: &Stmt) -> bool {
    let says = |call: &ast::ExprCall| {
        let level = matches!(called(call), "debug" | "info" | "warning" | "error" | "critical" | "exception" | "log");
        let values = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
        level && call.func.is_attribute_expr() && values.into_iter().all(is_harmless)
    };
    let ends = |call: &ast::ExprCall| matches!(called(call), "exit" | "_exit" | "quit" | "print_exc");
    match stmt {
        Stmt::Return(it) => it.value.as_deref().is_none_or(is_harmless),
        Stmt::Raise(_) | Stmt::Import(_) | Stmt::ImportFrom(_) => true,
        Stmt::Expr(expr) if let Expr::Call(call) = &*expr.value => {
            says(call) || ends(call) || work::for_terminal(stmt) || work::only_waits(stmt)
        }
        _ => guard::is_inert(stmt) || work::for_terminal(stmt) || work::only_waits(stmt),
    }
}

impl<'p> Planner<'p> {
    /// The statements of the handlers that a launcher gives signals.
    fn handled(&self, launcher: &[&'p Stmt]) -> Vec<&'p Stmt> {
        let mut found = Vec::new();
        let handlers = launcher.iter().filter_map(|stmt| work::signal_handler(stmt));
        for handler in handlers {
            let Expr::Name(name) = handler else { continue };
            for stmt in self.module.syntax.body() {
                if let Stmt::FunctionDef(def) = stmt
                    && def.name.as_str() == name.id.as_str()
                {
                    leaves_of(&def.body, &mut found);
                }
            }
        }
        found
    }

    /// Whether a statement stops what the start-up call started: `socketio.stop()`.
    fn stops_server(&self, stmt: &Stmt) -> bool {
        let Stmt::Expr(expr) = stmt else { return false };
        let Expr::Call(call) = &*expr.value else { return false };
        let Expr::Attribute(stop) = &*call.func else { return false };
        let started = |serve: &&Serve<'_>| serve.module == self.id && root(&serve.call.func) == root(&stop.value);
        matches!(stop.attr.as_str(), "stop" | "shutdown" | "close")
            && root(&stop.value).is_some()
            && self.desk.facts.serves.iter().any(|serve| started(&serve))
    }

    /// What is done when the server has stopped. `around` is the guard or function that starts it.
    fn late(&self, before: &[&'p Stmt], work: &Before<'p>, after: &[&'p Stmt], around: Span) -> Late<'p> {
        let handled = self.handled(before);
        let mut late: Vec<&'p Stmt> = Vec::new();
        for stmt in after.iter().copied().chain(handled).filter(|stmt| !is_nothing(stmt) && !self.stops_server(stmt)) {
            let text = |stmt: &Stmt| self.module.slice(python::span(stmt));
            if !late.iter().any(|known| text(known) == text(stmt)) {
                late.push(stmt);
            }
        }
        match late[..] {
            [] => Late::Nothing,
            [stmt] => match self.registrable(stmt, work, around) {
                Some(ending) => Late::One(ending),
                None => Late::More(python::span(stmt)),
            },
            [first, ..] => Late::More(python::span(first)),
        }
    }

    /// A statement as a call that `atexit` can make.
    fn registrable(&self, stmt: &'p Stmt, work: &Before<'p>, around: Span) -> Option<Ending<'p>> {
        let Stmt::Expr(expr) = stmt else { return None };
        let Expr::Call(call) = &*expr.value else { return None };
        let dotted = |expr: &Expr| {
            let mut expr = expr;
            while let Expr::Attribute(attribute) = expr {
                expr = &attribute.value;
            }
            expr.is_name_expr()
        };
        let mut values = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
        let span = python::span(stmt);
        if !dotted(&call.func) || !values.all(is_harmless) || self.module.slice(span).contains('\n') {
            return None;
        }
        let mut of_launcher = false;
        for name in self.names.idents_in(span) {
            let made = work.work.iter().any(|stmt| self.names.bound_in(python::span(*stmt)).contains(name));
            if made {
                of_launcher = true;
            } else if !self.names.bound_outside(name, &[around]) || self.names.rebound_later(name) || name == "app" {
                return None;
            }
        }
        Some(Ending { stmt, call, of_launcher })
    }

    /// Notes what a launcher does when the server has stopped, and has `wsgi.py` register it where that is
    /// one call. `in_place` says whether the work of the launcher is done by `wsgi.py` itself. Tells
    /// whether something stays undone.
    pub(super) fn after(
        &mut self,
        serve: &Serve<'p>,
        launched: (&[&'p Stmt], &Before<'p>),
        after: &[&'p Stmt],
        around: Span,
        in_place: bool,
    ) -> bool {
        // What follows `listen()` is how such a server starts.
        if serve.server == Server::Embedded {
            return !after.is_empty();
        }
        let (before, work) = launched;
        let place = match self.late(before, work, after, around) {
            Late::Nothing => {
                let says = |stmt: &&&Stmt| work::for_terminal(stmt) && !guard::is_inert(stmt);
                if let Some(stmt) = after.iter().find(says) {
                    let line = self.line(python::span(*stmt).start);
                    let message = format!(
                        "a WSGI server does not do what follows this call from line {line}, when the server has \
                         stopped; `atexit` can"
                    );
                    self.note(serve, About::AfterRun, message);
                }
                return !after.is_empty();
            }
            Late::One(ending) if in_place || !ending.of_launcher => {
                let line = self.line(python::span(ending.stmt).start);
                self.ending = Some(ending);
                let message = format!(
                    "a WSGI server does not do what line {line} does when the server has stopped; `atexit` can"
                );
                self.note(serve, About::AfterRun, message);
                return false;
            }
            Late::One(ending) => python::span(ending.stmt),
            Late::More(place) => place,
        };
        let line = self.line(place.start);
        let message = format!(
            "a WSGI server does not do what is done from line {line} when the server has stopped; register it with \
             `atexit` in `wsgi.py`"
        );
        self.note(serve, About::Undone, message);
        true
    }

    /// Has `wsgi.py` clean up when its process ends.
    pub(super) fn register(&self, ending: &Ending<'p>, way: &Way, wsgi: &mut Wsgi) -> Result<(), String> {
        let span = python::span(ending.call);
        for name in self.names.idents_in(span).filter(|_| !ending.of_launcher) {
            if way.dotted.is_empty() && work::import_of(self.module, name).is_none() {
                return Err(format!("`{name}`, which is to be cleaned up, is made by the script"));
            }
            self.import_name(name, None, way, wsgi)?;
        }
        wsgi.import("atexit", None);
        let text = self.dedented(ending.stmt)?;
        let comments: String =
            text.lines().take_while(|line| line.starts_with('#')).map(|line| format!("{line}\n")).collect();
        let told = self.module.slice(python::span(&ending.call.arguments));
        let told = told[1..told.len() - 1].trim().trim_end_matches(',');
        let gap = if told.is_empty() { "" } else { ", " };
        let lead = if wsgi.body.is_empty() { "" } else { "\n" };
        let function = self.module.slice(python::span(&*ending.call.func));
        wsgi.body.push(format!("{lead}{comments}atexit.register({function}{gap}{told})"));
        Ok(())
    }

    /// Whether the module goes on behind what starts the server, and how: by the first statement that does
    /// more than to give something a name.
    pub(super) fn goes_on(&self, index: usize) -> Option<&'p Stmt> {
        self.module.syntax.body().get(index + 1..)?.iter().find(|stmt| does(stmt))
    }
}

/// Whether a statement of a module does more than to bind names.
fn does(stmt: &Stmt) -> bool {
    let all = |body: &[Stmt]| body.iter().any(does);
    match stmt {
        Stmt::FunctionDef(_) | Stmt::ClassDef(_) | Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::Global(_) => false,
        Stmt::Assign(assign) => {
            assign.targets.iter().any(|target| target.is_attribute_expr() || target.is_subscript_expr())
        }
        Stmt::AnnAssign(assign) => !assign.target.is_name_expr(),
        // What the author wrote for those who import the module, or for other ways to run it.
        Stmt::If(it) if has_name(&it.test) => false,
        Stmt::If(it) => all(&it.body) || it.elif_else_clauses.iter().any(|clause| all(&clause.body)),
        Stmt::Try(it) => {
            all(&it.body)
                || all(&it.orelse)
                || all(&it.finalbody)
                || it.handlers.iter().any(|ast::ExceptHandler::ExceptHandler(handler)| all(&handler.body))
        }
        _ => !guard::is_inert(stmt) && !work::for_terminal(stmt),
    }
}

fn has_name(test: &Expr) -> bool {
    matches!(test, Expr::Compare(compare)
        if std::iter::once(&*compare.left).chain(&*compare.comparators)
            .any(|side| matches!(side, Expr::Name(name) if name.id.as_str() == "__name__")))
}
