//! The shapes in which a module starts its server, each with its plan.

use std::collections::BTreeSet;

use super::alias;
use super::app::App;
use super::ending::behind;
use super::functions::Around;
use super::guard::{self, Block, Site};
use super::launcher::{Launcher, cut_at, leaves_of};
use super::script::Script;
use super::sketch::{Planner, Refusal, Sketch};
use super::work::{self, Before};
use super::{About, Note, Target};
use crate::edit::{self, Applicability, Edit};
use crate::project::{Place, Serve, Server, is_imported};
use crate::source::Span;
use crate::syntax::python::{self, Expr, Stmt, ast};
use crate::syntax::removal;

/// The first of several start-up calls, when all are in one function.
pub(super) fn in_one_function<'p>(
    serves: &[&'p Serve<'p>],
    sites: &[Site<'p>],
) -> Option<(&'p Serve<'p>, &'p ast::StmtFunctionDef, usize)> {
    let mut found: Option<(&'p Serve<'p>, &'p ast::StmtFunctionDef, usize)> = None;
    for (serve, site) in serves.iter().zip(sites) {
        let (Site::Function { def, at } | Site::WithinFunction { def, at }) = site else { return None };
        match found {
            Some((_, known, _)) if !std::ptr::eq(known, *def) => return None,
            Some((first, ..)) if python::span(first.call).start <= python::span(serve.call).start => {}
            _ => found = Some((serve, def, *at)),
        }
    }
    found
}

impl<'p> Planner<'p> {
    /// The module is a `wsgi.py` itself: only its launcher goes.
    pub(super) fn own_wsgi(
        &mut self,
        indexes: &[usize],
        serve: &Serve<'p>,
        app: &App<'p>,
        sites: &[Site<'p>],
    ) -> Result<Sketch, Box<Refusal>> {
        let dir = self.module.path().dir().to_owned();
        let name = app
            .name
            .filter(|name| self.names.bound_outside(name, &[]))
            .ok_or_else(|| self.by_hand("`wsgi.py` does not bind the app to a name at module level", app))?;
        let exposed = self.desk.exposed(&dir, serve.app.as_ref());
        let shown = if alias::is_there(self.module, name) { "app" } else { name };
        let target = exposed.unwrap_or(Target { dir: dir.clone(), module: "wsgi".to_owned(), name: shown.to_owned() });
        let (script, does_work) = match sites {
            [Site::Guard(block)] => {
                let guarded = [python::span(block.guard)];
                if !self.names.bound_outside(name, &guarded) {
                    return Err(self.by_hand("`wsgi.py` makes the app only when it is run as a script", app));
                }
                let launcher = cut_at(&block.guard.body, block.at);
                let before = self.before(&launcher, serve, app);
                if !before.work.is_empty() {
                    return Err(Refusal::new(
                        "the `__main__` guard of `wsgi.py` does work that a WSGI server skips",
                        "move that work in front of the guard, and remove the guard",
                    ));
                }
                let keep = before.interactive
                    || !launcher.after.is_empty()
                    || serve.server == Server::Embedded
                    || self.keeps(serve);
                (if keep { Script::Keep } else { Script::Edit(self.without(block, app)) }, false)
            }
            [Site::Bare { index }] if serve.server != Server::Embedded => {
                (self.without_call(serve, *index, app)?, false)
            }
            [Site::WithinGuard(block)]
                if self.works_around(&block.guard.body[block.at], python::span(serve.call)).is_none() =>
            {
                (Script::Keep, false)
            }
            _ => return Err(self.by_hand("`wsgi.py` starts a server in a way that needs a person", app)),
        };
        self.notes.clear();
        Ok(Sketch {
            serves: indexes.to_vec(),
            app: serve.app.clone(),
            variant: self.variant(app),
            flag: format!("wsgi:{name}"),
            dir,
            text: String::new(),
            own: Some(target),
            script,
            does_work,
            calls: BTreeSet::new(),
            only_for_wsgi: false,
            rank: 0,
            applicability: Applicability::Safe,
            one_worker: self.one_worker(serve),
            left: None,
            notes: Vec::new(),
            lasting: std::mem::take(&mut self.lasting),
        })
    }

    /// `if __name__ == "__main__":` with the call as a statement of its own.
    pub(super) fn guard(
        &mut self,
        serve: &Serve<'p>,
        app: &App<'p>,
        block: Block<'p>,
        launcher: Launcher<'p>,
    ) -> Result<Sketch, Box<Refusal>> {
        let guarded = python::span(block.guard);
        let before = self.before(&launcher, serve, app);
        let has_else = self.else_branch(&block);
        if has_else && !before.work.is_empty() {
            return Err(
                self.by_hand("the `__main__` guard does work, and its `else` branch may do it differently", app)
            );
        }
        // A server that the author chose stays, beside the `wsgi.py` for any other.
        let is_kept = matches!(serve.server, Server::FlaskScript | Server::Embedded);
        let mut stays = has_else || before.interactive || is_kept;
        let mut after = Vec::new();
        behind(&block.guard.body, &[python::span(serve.call)], &mut after);
        if !before.work.is_empty() {
            self.note_work(serve, app, &before);
        }
        self.check_work(&before).map_err(|refusal| self.told_by_arguments(serve, app, block, refusal))?;
        let made_in_guard = app.name.is_some_and(|name| !self.names.bound_outside(name, &[guarded]));
        let launched = (&launcher.before[..], &before);
        if let Some(runner) = self.runner(serve, app, Some(block), None).filter(|_| !self.is_loaded()) {
            stays |= self.after(serve, launched, &after, guarded, true);
            return self.replace_runner(serve, app, &before, Some(block), runner, stays);
        }
        let way = self.way(serve)?;
        let mut applicability = if has_else { Applicability::Unsafe } else { Applicability::Safe };
        if self.every_worker(serve, &before) {
            applicability = Applicability::Unsafe;
        }
        let as_statements = self.statements(app, &before, guarded, &way);
        stays |= self.after(serve, launched, &after, guarded, as_statements.is_ok());
        let (wsgi, edits) = match as_statements {
            Ok(wsgi) if stays || self.keeps(serve) => (wsgi, None),
            Ok(wsgi) => {
                let edits = self.without(&block, app);
                (wsgi, Some(edits))
            }
            Err(why) if made_in_guard || before.work.is_empty() => return Err(self.by_hand(&why, app)),
            Err(_) => {
                let (wsgi, edits) = self.function_form(serve, app, &before, block, &way, stays)?;
                (wsgi, Some(edits))
            }
        };
        let script = edits.map_or(Script::Keep, Script::Edit);
        self.finish(app, way, &wsgi, script, !before.work.is_empty(), applicability)
    }

    /// The launcher of a call that ends a `with app.app_context():`, which serving does not need.
    pub(super) fn in_context(&mut self, serve: &Serve<'p>, block: &Block<'p>) -> Option<Launcher<'p>> {
        let Stmt::With(with) = &block.guard.body[block.at] else { return None };
        let context = |item: &ast::WithItem| {
            matches!(&item.context_expr, Expr::Call(call)
                if matches!(&*call.func, Expr::Attribute(method) if method.attr.as_str() == "app_context"))
        };
        let call = python::span(serve.call);
        let last = with.body.last().filter(|stmt| python::span(*stmt) == call)?;
        if !with.items.iter().all(context) {
            return None;
        }
        let mut launcher = cut_at(&block.guard.body, block.at);
        if with.body.len() > 1 {
            self.call_lines = Some(removal::own_lines(&self.module.source.text, last)?);
            self.names.forget(call);
            launcher.before.push(&block.guard.body[block.at]);
        }
        Some(launcher)
    }

    /// Notes the `else` branch of a guard: what the author wrote for imports, and nothing has run so far.
    pub(super) fn else_branch(&mut self, block: &Block<'p>) -> bool {
        let Some(clause) = block.guard.elif_else_clauses.first() else { return false };
        let place = Place { module: self.id, span: python::span(clause) };
        let message = "a server that imports the module runs this branch of the `__main__` guard".to_owned();
        self.notes.push(Note { place, about: About::NameTest, message });
        true
    }

    /// A call that is a statement of the module.
    pub(super) fn bare(&mut self, serve: &Serve<'p>, app: &App<'p>, index: usize) -> Result<Sketch, Box<Refusal>> {
        if let Some(runner) = self.runner(serve, app, None, Some(index)).filter(|_| !self.is_loaded()) {
            let before = Before::default();
            return self.replace_runner(serve, app, &before, None, runner, false);
        }
        let way = self.way(serve)?;
        let call = python::span(&self.module.syntax.body()[index]);
        let wsgi = self.statements(app, &Before::default(), call, &way).map_err(|why| self.by_hand(&why, app))?;
        let mut applicability = Applicability::Safe;
        let defines = |stmt: &Stmt| {
            matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_) | Stmt::Import(_) | Stmt::ImportFrom(_))
                || guard::is_inert(stmt)
                || matches!(stmt, Stmt::If(it) if guard::is_guard(it))
        };
        if let Some(stmt) = self.module.syntax.body()[index + 1..].iter().find(|stmt| !defines(stmt)) {
            applicability = Applicability::Unsafe;
            let line = self.line(python::span(stmt).start);
            self.note(
                serve,
                About::AfterRun,
                format!("what follows from line {line} ran when the server had stopped, and will run when the module is imported"),
            );
        }
        let script = self.without_call(serve, index, app)?;
        let kept = self.keeps(serve) && !is_imported(self.desk.project, self.id);
        let sketch = self.finish(app, way, &wsgi, script, false, applicability)?;
        Ok(Sketch { only_for_wsgi: kept, ..sketch })
    }

    /// The call is deeper in the guard: the guard stays for development, if it does nothing that the
    /// app needs.
    pub(super) fn within_guard(
        &mut self,
        serves: &[&Serve<'p>],
        app: &App<'p>,
        block: Block<'p>,
    ) -> Result<Sketch, Box<Refusal>> {
        let Some(serve) = serves.first().copied() else {
            return Err(self.by_hand("nothing is started here", app));
        };
        let has_else = self.else_branch(&block);
        let guarded = python::span(block.guard);
        let calls: Vec<Span> = serves.iter().map(|serve| python::span(serve.call)).collect();
        let first = calls.iter().map(|call| call.start).min().unwrap_or(guarded.start);
        let mut leaves = Vec::new();
        leaves_of(&block.guard.body, &mut leaves);
        // A production server that is started in another branch is no work for the app.
        let serves_too = |stmt: &Stmt| {
            let span = python::span(stmt);
            self.desk.facts.serves.iter().any(|it| it.module == self.id && span.contains(python::span(it.call)))
        };
        let early = leaves.iter().copied().filter(|stmt| python::span(*stmt).end <= first && !serves_too(stmt));
        let early: Vec<&Stmt> = early.collect();
        let holder = &block.guard.body[block.at];
        if let Some(around) = calls.iter().find_map(|call| self.works_around(holder, *call)) {
            let line = self.line(around.start());
            let reason = match around {
                Around::With(_) => {
                    format!("the server is started inside a `with`, on line {line}, which may do work for the app")
                }
                Around::Condition(_) => format!(
                    "the server is started on a condition, on line {line}, that calls code of the project, which may do work for the app"
                ),
            };
            return Err(self.work_by_hand(&reason, app));
        }
        let call = python::span(holder);
        let before = work::sort(self.desk.project, self.module, &self.names, &early, call, app.span);
        if let Some(stmt) = before.work.first() {
            self.note_work(serve, app, &before);
            let line = self.line(python::span(*stmt).start);
            return Err(self.work_by_hand(
                &format!("the `__main__` guard does work on line {line}, and starts the server inside another block"),
                app,
            ));
        }
        if let Some(stmt) = self.beside_thread(serve, &leaves) {
            let line = self.line(python::span(stmt).start);
            return Err(Refusal::new(
                format!("the server runs in a thread, and the main thread does other work from line {line}"),
                "give that work a process of its own, and serve the app with a WSGI server",
            ));
        }
        let mut after = Vec::new();
        behind(&block.guard.body, &calls, &mut after);
        after.retain(|stmt| !serves_too(stmt));
        self.after(serve, (&early, &before), &after, guarded, false);
        let way = self.way(serve)?;
        let none = Before::default();
        let wsgi = self.statements(app, &none, guarded, &way).map_err(|why| self.by_hand(&why, app))?;
        let applicability = if has_else { Applicability::Unsafe } else { Applicability::Safe };
        self.finish(app, way, &wsgi, Script::Keep, true, applicability)
    }

    /// What the main thread does beside a server that a thread of its own runs.
    pub(super) fn beside_thread(&self, serve: &Serve<'p>, leaves: &[&'p Stmt]) -> Option<&'p Stmt> {
        let call = python::span(serve.call);
        let holder = leaves.iter().find(|stmt| python::span(**stmt).contains(call))?;
        if !work::runs_beside(holder, call) {
            return None;
        }
        let after = leaves.iter().copied().filter(|stmt| python::span(*stmt).start > call.start);
        after.into_iter().find(|stmt| !guard::is_inert(stmt) && !work::only_waits(stmt) && !work::for_terminal(stmt))
    }

    /// The one start-up call in a guard, when the others are in functions that the guard does not
    /// call: commands, which stay what they are.
    pub(super) fn besides_commands(
        &self,
        serves: &[&'p Serve<'p>],
        sites: &[Site<'p>],
    ) -> Option<(&'p Serve<'p>, Block<'p>)> {
        let mut found = None;
        for (serve, site) in serves.iter().zip(sites) {
            match site {
                Site::Guard(block) if found.is_none() => found = Some((*serve, *block)),
                Site::Function { .. } | Site::WithinFunction { .. } | Site::Method { .. } | Site::Elsewhere(_) => {}
                _ => return None,
            }
        }
        let (serve, block) = found?;
        let within = python::span(block.guard);
        let called = |stmt: &&Stmt| match stmt {
            Stmt::FunctionDef(def) => self.names.anywhere_in(&def.name, within),
            Stmt::ClassDef(def) => self.names.anywhere_in(&def.name, within),
            _ => true,
        };
        let holds = |other: &Serve<'_>, stmt: &&Stmt| python::span(*stmt).contains(python::span(other.call));
        let body = self.module.syntax.body();
        let apart = serves
            .iter()
            .filter(|other| !within.contains(python::span(other.call)))
            .all(|other| body.iter().filter(|stmt| holds(other, stmt)).all(|stmt| !called(&stmt)));
        apart.then_some((serve, block))
    }

    /// Several start-up calls of one app in one module.
    pub(super) fn several(
        &mut self,
        serves: &[&'p Serve<'p>],
        app: &App<'p>,
        sites: &[Site<'p>],
    ) -> Result<Sketch, Box<Refusal>> {
        if let Some((serve, def, at)) = in_one_function(serves, sites) {
            return self.within_function(serve, app, def, at);
        }
        let mut blocks: Vec<Block<'p>> = Vec::new();
        for site in sites {
            match site {
                Site::Guard(block) | Site::WithinGuard(block) => blocks.push(*block),
                _ => return Err(self.by_hand("the app is started in several places of the module", app)),
            }
        }
        if blocks.iter().all(|block| block.index == blocks[0].index) {
            return self.within_guard(serves, app, blocks[0]);
        }
        // Guards of which each only starts the server go together.
        let mut edits = Vec::new();
        for (serve, site) in serves.iter().zip(sites) {
            let Site::Guard(block) = site else {
                return Err(self.by_hand("the app is started in several `__main__` guards", app));
            };
            let launcher = cut_at(&block.guard.body, block.at);
            let before = self.before(&launcher, serve, app);
            if !before.work.is_empty() || before.interactive || !launcher.after.is_empty() || self.keeps(serve) {
                return Err(
                    self.by_hand("the app is started in several `__main__` guards, which do more than that", app)
                );
            }
            edits.push(guard::with_banner(self.module, guard::block_lines(self.module, block.guard)));
        }
        let Some(serve) = serves.first() else { return Err(self.by_hand("nothing is started here", app)) };
        let way = self.way(serve)?;
        let removed = edits.clone();
        if app.name.is_some_and(|name| !self.names.bound_outside(name, &removed)) {
            return Err(self.by_hand("the app is made in one of several `__main__` guards", app));
        }
        let none = Before::default();
        let wsgi = self.statements(app, &none, edits[0], &way).map_err(|why| self.by_hand(&why, app))?;
        let path = self.module.path();
        let all: Vec<Edit> =
            edits.iter().map(|lines| Edit::delete(path, removal::cut(&self.module.source.text, *lines))).collect();
        self.finish(app, way, &wsgi, Script::Edit(edit::merge(all)), false, Applicability::Safe)
    }
}
