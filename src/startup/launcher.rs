//! What a launcher does besides starting the server.

use std::collections::BTreeSet;

use super::app::App;
use super::asks;
use super::guard::Block;
use super::import_time;
use super::sketch::{Planner, Refusal};
use super::words;
use super::work::{self, Before, called_in};
use super::{About, Note};
use crate::project::{Place, Serve, Truth, Written};
use crate::source::Span;
use crate::syntax::names::{has_word, reaches_by_text};
use crate::syntax::python::{self, Expr, Stmt, Visitor, ast, visitor};

/// The body of a launcher, cut at the start-up call.
pub(super) struct Launcher<'p> {
    /// The statements before the call.
    pub(super) before: Vec<&'p Stmt>,
    /// Those after it.
    pub(super) after: Vec<&'p Stmt>,
}

pub(super) fn cut_at(body: &[Stmt], at: usize) -> Launcher<'_> {
    Launcher { before: body[..at].iter().collect(), after: body[at + 1..].iter().collect() }
}

/// The simple statements of a body, those of its blocks included.
pub(super) fn leaves_of<'p>(body: &'p [Stmt], leaves: &mut Vec<&'p Stmt>) {
    for stmt in body {
        match stmt {
            Stmt::If(it) => {
                leaves_of(&it.body, leaves);
                it.elif_else_clauses.iter().for_each(|clause| leaves_of(&clause.body, leaves));
            }
            Stmt::With(it) => leaves_of(&it.body, leaves),
            Stmt::Try(it) => {
                leaves_of(&it.body, leaves);
                for handler in &it.handlers {
                    let ast::ExceptHandler::ExceptHandler(handler) = handler;
                    leaves_of(&handler.body, leaves);
                }
                leaves_of(&it.orelse, leaves);
                leaves_of(&it.finalbody, leaves);
            }
            _ => leaves.push(stmt),
        }
    }
}

impl<'p> Planner<'p> {
    pub(super) fn before(&mut self, launcher: &Launcher<'p>, serve: &Serve<'p>, app: &App<'p>) -> Before<'p> {
        let call = python::span(serve.call);
        let mut before = work::sort(self.desk.project, self.module, &self.names, &launcher.before, call, app.span);
        // Debug mode is not to be moved anywhere, nor what a later statement turned it on over.
        let all = before.work.len();
        before.work.retain(|stmt| !self.sets_debug(python::span(*stmt), Truth::Always));
        if before.work.len() < all {
            before.work.retain(|stmt| !self.sets_debug(python::span(*stmt), Truth::Never));
        }
        // A browser is for the person who runs the script.
        let all = before.work.len();
        before.work.retain(|stmt| !has_word(&self.code_behind(stmt), "webbrowser"));
        // So is the toolbar, which shows itself in debug mode only.
        let toolbar = |stmt: &Stmt| has_word(&words::code(self.module, python::span(stmt)), "DebugToolbarExtension");
        before.work.retain(|stmt| !toolbar(stmt));
        // And so is what makes a login unsafe.
        let insecure = before.work.iter().find_map(|stmt| work::insecure(stmt));
        before.work.retain(|stmt| work::insecure(stmt).is_none());
        before.interactive |= before.work.len() < all;
        if let Some(variable) = insecure {
            self.left = Some(variable);
            let message = format!(
                "`{variable}` turns off what makes a login safe, so `wsgi.py` does not set it, and it stays here for \
                 development"
            );
            self.note(serve, About::InGuard, message);
        }
        before
    }

    /// Whether a statement does nothing but turn debug mode on or off.
    pub(super) fn sets_debug(&self, span: Span, truth: Truth) -> bool {
        self.desk.facts.debug_writes.iter().any(|write| {
            write.place.module == self.id
                && write.place.span.start == span.start
                && write.value.span.end == span.end
                && matches!(write.written, Written::Attribute | Written::Item)
                && write.setting.truth == truth
        })
    }

    /// Refuses work that cannot be done by importing a module.
    pub(super) fn check_work(&self, before: &Before<'_>) -> Result<(), Box<Refusal>> {
        let place = self.launched_by.replace("`__main__` ", "");
        for stmt in &before.work {
            let span = python::span(*stmt);
            let own = &words::code(self.module, span);
            let code = &self.code_behind(stmt);
            let line = self.line(span.start);
            let asks = || asks::in_statement(self.desk.project, self.id, stmt).is_some();
            let why = if words::is_interactive(code) || asks() {
                "depends on the command line or the keyboard"
            } else if self.waits_for_reloader(span) {
                "depends on `WERKZEUG_RUN_MAIN`, which only the development server's reloader sets"
            } else if ["exit", "_exit", "quit"].iter().any(|word| has_word(own, word)) {
                "can end the process"
            } else if reaches_by_text(own) {
                "reaches for variables by their names as text"
            } else if self
                .desk
                .facts
                .tunnels
                .iter()
                .any(|it| it.place.module == self.id && span.contains(it.place.span))
            {
                "opens a tunnel to the development server"
            } else if work::never_ends(stmt) {
                "does not come to an end, so that what follows never happens"
            } else {
                continue;
            };
            return Err(Refusal::new(
                format!("what {} does on line {line} {why}", self.launched_by),
                format!("move what the app needs out of {place} by hand, and run flaskship again"),
            ));
        }
        Ok(())
    }

    /// A refusal of work that depends on parsed arguments, with the code that gives it their defaults.
    pub(super) fn told_by_arguments(
        &self,
        serve: &Serve<'p>,
        app: &App<'p>,
        block: Block<'p>,
        refusal: Box<Refusal>,
    ) -> Box<Refusal> {
        let guarded = python::span(block.guard);
        let code = words::code(self.module, guarded);
        let parse = ["parse_known_args", "parse_args"].into_iter().find(|name| has_word(&code, name));
        let (Some(parse), Some(name)) = (parse, app.name) else { return refusal };
        let told: BTreeSet<&str> =
            self.names.read_in(python::span(serve.call)).map(|read| read.name.as_str()).collect();
        let bound = self.names.bound_in(guarded).into_iter();
        let needed: BTreeSet<&str> = bound
            .filter(|bound| {
                *bound != name && (told.contains(bound) || self.names.used_later_outside(bound, &[guarded]))
            })
            .collect();
        let needed: Vec<&str> = needed.into_iter().collect();
        let begins = |and: &str| match needed[..] {
            [] => String::new(),
            _ => format!("begins with `global {}`{and} ", needed.join(", ")),
        };
        let Refusal { reason, notes, .. } = *refusal;
        let required = required(block.guard);
        let told: Vec<String> = required.iter().map(|word| format!("\"{word}\"")).collect();
        let told = format!("[{}]", told.join(", "));
        let purpose = if required.is_empty() { "for the defaults" } else { "with what the app is to be told" };
        let hint = if self.names.bound_outside(name, &[guarded]) {
            format!(
                "put it into a function `def prepare(arguments=None):` that {}calls `{parse}(arguments)`; then call \
                 `prepare()` in the guard, and make a `wsgi.py` that imports `{name}` and `prepare` and calls \
                 `prepare({told})`, {purpose}",
                begins(" and")
            )
        } else {
            let function = ["make_app", "build_app"].into_iter().find(|it| self.names.is_free(it)).unwrap_or("make");
            format!(
                "put it into a function `def {function}(arguments=None):` that {}calls `{parse}(arguments)` and \
                 gives the app back; then write `{name} = {function}()` in the guard, and make a `wsgi.py` with \
                 `app = {function}({told})`, {purpose}",
                begins(",")
            )
        };
        Box::new(Refusal { reason, hint, notes })
    }

    /// Notes work that ran once and will run in every worker process.
    pub(super) fn every_worker(&mut self, serve: &Serve<'p>, before: &Before<'p>) -> bool {
        const ONCE: &[&str] = &[
            "Thread",
            "Process",
            "Timer",
            "scheduler",
            "sched",
            "start_new_thread",
            "start_background_task",
            "loop_start",
            "loop_forever",
            "start_consuming",
            "start_polling",
            "serve_forever",
            "Popen",
        ];
        const DRASTIC: &[&str] =
            &["drop_all", "drop_tables", "drop_database", "flushall", "flushdb", "rmtree", "delete_many"];
        const RANDOM: &[&str] = &["urandom", "token_hex", "token_bytes", "token_urlsafe", "uuid4", "getrandbits"];
        for stmt in &before.work {
            let line = self.line(python::span(*stmt).start);
            let code = self.code_behind(stmt);
            let has = |words: &[&str]| words.iter().any(|word| has_word(&code, word));
            let (what, message) = if has(ONCE) || [".start()", ".socket("].iter().any(|call| code.contains(call)) {
                let message = format!(
                    "line {line} starts something once; in `wsgi.py` every worker process starts its own, so serve \
                     with one worker or give it a process of its own"
                );
                ("starts something", message)
            } else if has(DRASTIC) {
                let what = if has(&["drop_all", "drop_tables"]) { "drops tables" } else { "takes data away" };
                let message = format!("line {line} {what}; in `wsgi.py` every worker process does that when it starts");
                (what, message)
            } else if has(RANDOM) {
                let message = format!(
                    "line {line} makes a random value; in `wsgi.py` every worker process makes another, so sessions \
                     signed by one are refused by the next unless there is only one"
                );
                ("makes a random value", message)
            } else {
                continue;
            };
            self.once.get_or_insert(format!("line {line} of {} {what} once", self.module.path()));
            self.note(serve, About::EveryWorker, message);
            return true;
        }
        false
    }

    /// Whether code in a span, or in a function of the module that it calls, asks for the reloader's variable.
    fn waits_for_reloader(&self, span: Span) -> bool {
        let called =
            self.module.syntax.body().iter().filter(
                |def| matches!(def, Stmt::FunctionDef(function) if self.names.anywhere_in(&function.name, span)),
            );
        let spans = called.map(python::span).chain([span]);
        spans.into_iter().any(|span| has_word(self.module.slice(span), import_time::RELOADER))
    }

    /// The code of a statement and of the functions of this module that it calls, without comments and without
    /// what strings say.
    pub(super) fn code_behind(&self, stmt: &Stmt) -> String {
        let span = python::span(stmt);
        let mut code = words::code(self.module, span);
        for def in self.module.syntax.body() {
            if let Stmt::FunctionDef(function) = def
                && self.names.anywhere_in(&function.name, span)
            {
                code.push('\n');
                code.push_str(&words::code(self.module, python::span(def)));
            }
        }
        code
    }

    pub(super) fn note_work(&mut self, serve: &Serve<'p>, app: &App<'p>, before: &Before<'p>) {
        self.calls.extend(before.work.iter().flat_map(|stmt| called_in(stmt)));
        let makes_app =
            |stmt: &&&Stmt| app.name.is_some_and(|name| self.names.bound_in(python::span(**stmt)).contains(name));
        if let Some(stmt) = before.work.iter().find(makes_app) {
            let place = Place { module: self.id, span: python::span(*stmt) };
            let message =
                "the app is made only when the module is run as a script, so a WSGI server finds none".to_owned();
            self.notes.push(Note { place, about: About::InGuard, message });
        } else {
            let lines: Vec<String> =
                before.work.iter().map(|stmt| self.line(python::span(*stmt).start).to_string()).collect();
            let word = if lines.len() == 1 { "line" } else { "lines" };
            self.note(
                serve,
                About::InGuard,
                format!(
                    "a WSGI server skips what {} does before this call, on {word} {}",
                    self.launched_by,
                    lines.join(", ")
                ),
            );
        }
    }

    pub(super) fn only_calls(&self, stmt: &Stmt, name: &str) -> bool {
        match stmt {
            Stmt::Expr(expr) => self.names.idents_in(python::span(&*expr.value)).any(|read| read == name),
            _ => false,
        }
    }
}

/// The arguments that a parser does not do without, each as it is written on a command line: options with
/// a value to fill in, and values.
fn required(guard: &ast::StmtIf) -> Vec<String> {
    struct Finder(Vec<String>);
    impl<'a> Visitor<'a> for Finder {
        fn visit_expr(&mut self, expr: &'a Expr) {
            if let Expr::Call(call) = expr
                && work::called(call) == "add_argument"
            {
                let names = call.arguments.args.iter().filter_map(|name| match name {
                    Expr::StringLiteral(text) => Some(text.value.to_str()),
                    _ => None,
                });
                let keyword = |name: &str| call.arguments.find_keyword(name).map(|keyword| &keyword.value);
                let is_true = |value: &Expr| matches!(value, Expr::BooleanLiteral(it) if it.value);
                let is_open =
                    |value: &Expr| matches!(value, Expr::StringLiteral(it) if matches!(it.value.to_str(), "?" | "*"));
                match names.max_by_key(|name| name.len()) {
                    Some(option) if option.starts_with('-') => {
                        let required = keyword("required").is_some_and(is_true);
                        self.0.extend([option.to_owned(), "…".to_owned()].into_iter().filter(|_| required));
                    }
                    Some(_) if !keyword("nargs").is_some_and(is_open) => self.0.push("…".to_owned()),
                    _ => {}
                }
            }
            visitor::walk_expr(self, expr);
        }
    }
    let mut finder = Finder(Vec::new());
    finder.visit_body(&guard.body);
    finder.0
}
