//! Start-up calls in functions and methods: the entry point stays, and what it does before it starts
//! the server is made callable without it.

use std::collections::BTreeSet;

use super::app::App;
use super::compose::normalized;
use super::guard;
use super::launcher::{Launcher, cut_at, leaves_of};
use super::script::Script;
use super::sketch::{Planner, Refusal, Sketch};
use super::work::{self, Before};
use super::wsgi::Wsgi;
use crate::edit::{Applicability, Edit};
use crate::project::{Serve, Server};
use crate::source::Span;
use crate::syntax::effects;
use crate::syntax::names::{Names, has_word, locals};
use crate::syntax::python::{self, Expr, Stmt, Visitor, ast, visitor};

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
                    if !others.is_empty() && others.len() < it.body.len() {
                        return Err(self.by_hand(
                            "the `__main__` guard does work before it calls the function that starts the server",
                            app,
                        ));
                    }
                    if let Some(stmt) = beside.filter(|_| mentions(python::span(it))) {
                        let line = self.line(python::span(*stmt).start);
                        return Err(Refusal::new(
                            format!("the server runs in a thread, and the main thread does other work on line {line}"),
                            "give that work a process of its own, and serve the app with a WSGI server",
                        ));
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

    /// A function and those of the module that lead to it.
    fn starters(&self, def: &ast::StmtFunctionDef) -> BTreeSet<&'p str> {
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
        if !launcher.after.is_empty() {
            self.after(serve, launcher);
        }
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

    /// A function that does work before the call: the work is done by `wsgi.py` too, as it is where
    /// that takes no more than a call, else through a function of its own. `None` where the work is
    /// not to be parted from the function.
    fn with_work(
        &mut self,
        serve: &Serve<'p>,
        app: &App<'p>,
        def: &'p ast::StmtFunctionDef,
        at: usize,
    ) -> Option<Result<Sketch, Box<Refusal>>> {
        // What is handed to something that runs it is a part of another program.
        if self.is_handed_on(&def.name) {
            return None;
        }
        let root = effects::root(app.expr)?.to_owned();
        let inlined = self.inlined(def)?;
        let module_names = std::mem::replace(&mut self.names, inlined);
        let launched = std::mem::replace(&mut self.launched_by, format!("`{}`", def.name));
        let launcher = cut_at(&def.body, at);
        let before = self.before(&launcher, serve, app);
        let result = self.part(serve, app, def, &launcher, &before, &root);
        self.names = module_names;
        if result.as_ref().is_none_or(Result::is_err) {
            self.launched_by = launched;
        }
        result
    }

    /// Whether a function of the module is read other than to call it: `Thread(target=main)`.
    fn is_handed_on(&self, name: &str) -> bool {
        struct Finder<'n> {
            name: &'n str,
            calls: usize,
        }
        impl<'a> Visitor<'a> for Finder<'_> {
            fn visit_expr(&mut self, expr: &'a Expr) {
                if let Expr::Call(call) = expr {
                    self.calls += usize::from(matches!(&*call.func, Expr::Name(it) if it.id.as_str() == self.name));
                }
                visitor::walk_expr(self, expr);
            }
        }
        let mut finder = Finder { name, calls: 0 };
        finder.visit_body(self.module.syntax.body());
        let reads: usize = self.names.reads.iter().filter(|read| read.name == name).count();
        reads > finder.calls
    }

    /// The names of the module as if the function's body stood at its level; `None` where a name of
    /// the function means something else in the module.
    fn inlined(&self, def: &ast::StmtFunctionDef) -> Option<Names> {
        let own = python::span(def);
        let means_more = |name: &String| {
            let elsewhere = |span: Span| !own.contains(span);
            self.names.binds.iter().chain(&self.names.reads).any(|used| used.name == *name && elsewhere(used.span))
        };
        let clear = !def.is_async && !locals(def).iter().any(means_more);
        clear.then(|| Names::with_inlined(self.module.syntax.body(), def))
    }

    fn part(
        &mut self,
        serve: &Serve<'p>,
        app: &App<'p>,
        def: &'p ast::StmtFunctionDef,
        launcher: &Launcher<'p>,
        before: &Before<'p>,
        root: &str,
    ) -> Option<Result<Sketch, Box<Refusal>>> {
        let whole = python::span(def);
        if let Err(refusal) = self.check_work(before) {
            return Some(Err(refusal));
        }
        let parameters: Vec<&str> = def.parameters.iter().map(|parameter| parameter.name().as_str()).collect();
        let reads = |planner: &Self, stmt: &Stmt, name: &str| planner.names.anywhere_in(name, python::span(stmt));
        if before.work.iter().any(|stmt| leaves_early(stmt) || parameters.iter().any(|name| reads(self, stmt, name))) {
            return None;
        }
        if parameters.contains(&root) {
            return None;
        }
        self.after(serve, launcher);
        let way = match self.way(serve) {
            Ok(way) => way,
            Err(refusal) => return Some(Err(refusal)),
        };
        let is_local = locals(def).contains(root);
        // The commands of a manager are nothing that the app needs.
        let of_manager = serve.server == Server::FlaskScript
            && !before.work.iter().any(|stmt| app.name.is_some_and(|name| reads(self, stmt, name)));
        if before.work.is_empty() || of_manager {
            let none = Before::default();
            let wsgi = self.statements(app, &none, python::span(serve.call), &way).ok().filter(|_| !is_local)?;
            return Some(self.finish(app, way, &wsgi, Script::Keep, true, Applicability::Safe));
        }
        let applicability = if self.every_worker(serve, before) { Applicability::Unsafe } else { Applicability::Safe };
        self.note_work(serve, app, before);
        let simple = before.work.len() <= 2 && before.work.iter().all(|stmt| is_call(stmt));
        if simple && let Ok(wsgi) = self.statements(app, before, whole, &way) {
            return Some(self.finish(app, way, &wsgi, Script::Keep, true, applicability));
        }
        if !way.plain {
            return None;
        }
        // What the rest of the function reads has to stay in it, but for the app.
        let rest: Vec<&Stmt> = def
            .body
            .iter()
            .filter(|stmt| !before.work.iter().any(|work| python::span(*work) == python::span(*stmt)))
            .collect();
        let own = locals(def);
        let needed = before
            .work
            .iter()
            .flat_map(|stmt| self.names.bound_in(python::span(*stmt)))
            .any(|name| own.contains(name) && name != root && rest.iter().any(|stmt| reads(self, stmt, name)));
        if needed {
            return None;
        }
        let wanted: &[&str] = match is_local {
            true => &["create_app", "make_app", "build_app"],
            false => &["prepare", "prepare_app", "start_up", "before_serving"],
        };
        let function = wanted.iter().copied().find(|name| self.names.is_free(name))?;
        let edits = self.parted(def, launcher, before, function, is_local.then_some(root))?;
        let mut wsgi = Wsgi::default();
        wsgi.import_from(&way.dotted, function, None);
        if is_local {
            // `create_app()` gives back the object that the expression starts from.
            let rest = &self.module.slice(app.span)[root.len()..];
            if !self.module.slice(app.span).starts_with(root) {
                return None;
            }
            wsgi.body.push(format!("app = {function}(){rest}{}", app.suffix));
            wsgi.uses_app = true;
        } else {
            let name = app.name?;
            if self.names.rebound_later(name) {
                return None;
            }
            wsgi.import_from(&way.dotted, name, Some("app"));
            wsgi.body.push(format!("{function}()"));
        }
        Some(self.finish(app, way, &wsgi, Script::Edit(edits), true, applicability))
    }

    /// The edits that take work out of a function and into one of its own, above it.
    fn parted(
        &self,
        def: &ast::StmtFunctionDef,
        launcher: &Launcher<'p>,
        before: &Before<'p>,
        function: &str,
        made: Option<&str>,
    ) -> Option<Vec<Edit>> {
        let path = self.module.path();
        let indent = self.indent(python::span(&def.body[0]).start);
        let is_work = |stmt: &Stmt| before.work.iter().any(|work| python::span(*work) == python::span(stmt));
        let does = match made {
            Some(_) => "Make the app.",
            None => "Do what has to be done once before the app is served.",
        };
        let mut text = format!("def {function}():\n{indent}\"\"\"{does}\"\"\"\n");
        let call = match made {
            Some(name) => format!("{indent}{name} = {function}()\n"),
            None => format!("{indent}{function}()\n"),
        };
        let mut edits = Vec::new();
        let mut last: Option<Span> = None;
        let mut run: Option<Span> = None;
        for stmt in &launcher.before {
            let lines = self.segment(stmt);
            if !is_work(stmt) {
                edits.extend(run.take().map(|run| Edit::delete(path, run)));
                continue;
            }
            if lines == python::span(*stmt) {
                return None;
            }
            if let Some(last) = last
                && last.end <= lines.start
                && self.module.slice(Span::new(last.end, lines.start)).contains('\n')
            {
                text.push('\n');
            }
            text.push_str(normalized(self.module.slice(lines)).trim_end_matches('\n'));
            text.push('\n');
            last = Some(lines);
            run = Some(run.map_or(lines, |run: Span| Span::new(run.start, lines.end)));
        }
        edits.extend(run.take().map(|run| Edit::delete(path, run)));
        edits.first_mut()?.text = call;
        if let Some(name) = made {
            let last = before.work.last();
            let gap = last.is_some_and(|stmt| matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_)));
            text.push_str(&format!("{}{indent}return {name}\n", if gap { "\n" } else { "" }));
        }
        let decorated = def.decorator_list.first().map_or(python::span(def).start, |it| python::span(it).start);
        let mut start = self.module.source.lines().line_start(decorated);
        // A comment right above the function is about it.
        while start > 0 {
            let above = self.module.source.lines().line_start(start - 1);
            if !self.module.slice(Span::new(above, start)).starts_with('#') {
                break;
            }
            start = above;
        }
        edits.push(Edit::insert(path, start, format!("{text}\n\n")));
        Some(edits)
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
        let enters = self.enters(&def.body[at], call);
        self.names = module_names;
        if let Some(stmt) = before.work.first().copied().or(enters) {
            let line = self.line(python::span(stmt).start);
            return Err(self.by_hand(
                &format!("`{}` does work on line {line}, and starts the server inside another block", def.name),
                app,
            ));
        }
        let way = self.way(serve)?;
        let none = Before::default();
        let wsgi = self.statements(app, &none, call, &way).map_err(|why| self.by_hand(&why, app))?;
        self.finish(app, way, &wsgi, Script::Keep, true, Applicability::Safe)
    }

    /// A `with` around the call that enters something other than the app's own context.
    pub(super) fn enters(&self, holder: &'p Stmt, call: Span) -> Option<&'p Stmt> {
        struct Finder<'f> {
            call: Span,
            found: Option<&'f Stmt>,
        }
        impl<'a> Visitor<'a> for Finder<'a> {
            fn visit_stmt(&mut self, stmt: &'a Stmt) {
                if !python::span(stmt).contains(self.call) {
                    return;
                }
                if let Stmt::With(with) = stmt
                    && !with.items.iter().all(|item| is_context(&item.context_expr))
                {
                    self.found = self.found.or(Some(stmt));
                }
                visitor::walk_stmt(self, stmt);
            }
        }
        let mut finder = Finder { call, found: None };
        finder.visit_stmt(holder);
        finder.found
    }

    /// The call is in a method of a class. Where the guard makes the object and calls the method,
    /// `wsgi.py` makes the object and serves its app.
    pub(super) fn method(
        &mut self,
        serve: &Serve<'p>,
        app: &App<'p>,
        class: &'p ast::StmtClassDef,
        def: &'p ast::StmtFunctionDef,
    ) -> Result<Sketch, Box<Refusal>> {
        let why = "the call is in a method of a class";
        let by_hand = |planner: &Self| planner.by_hand(why, app);
        // `self.app.run()`, behind nothing but what feeds the call.
        let Expr::Attribute(attribute) = app.expr else { return Err(by_hand(self)) };
        let Expr::Name(receiver) = &*attribute.value else { return Err(by_hand(self)) };
        let is_self = def.parameters.iter().next().is_some_and(|it| it.name().as_str() == receiver.id.as_str());
        let call = python::span(serve.call);
        let prior = def.body.iter().filter(|stmt| python::span(*stmt).start < call.start);
        let harmless = prior.into_iter().all(|stmt| {
            guard::is_inert(stmt) || work::for_terminal(stmt) || self.names_only(stmt) || is_start(stmt, call)
        });
        let set_up = class.body.iter().any(|stmt| {
            matches!(stmt, Stmt::FunctionDef(init) if init.name.as_str() == "__init__"
                && sets(init, &attribute.attr, self.module))
        });
        if !is_self || !harmless || !set_up || !app.suffix.is_empty() {
            return Err(by_hand(self));
        }
        // The one statement of the guard that calls the method.
        let blocks = self.module.syntax.body().iter().enumerate().filter_map(|(index, stmt)| match stmt {
            Stmt::If(guard) if guard::is_guard(guard) && guard.elif_else_clauses.is_empty() => Some((index, guard)),
            _ => None,
        });
        let [(index, guard)] = blocks.collect::<Vec<_>>()[..] else { return Err(by_hand(self)) };
        let found = guard.body.iter().enumerate().find_map(|(at, stmt)| match stmt {
            Stmt::Expr(expr) => match &*expr.value {
                Expr::Call(it) => match &*it.func {
                    Expr::Attribute(method) if method.attr.as_str() == def.name.as_str() => Some((at, &*method.value)),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        });
        let Some((at, object)) = found else { return Err(by_hand(self)) };
        // Either a name that is made from the class once, or the call of the class itself.
        let made = match object {
            Expr::Name(name) => self.made_from(name.id.as_str(), &class.name),
            Expr::Call(it) => matches!(&*it.func, Expr::Name(name) if name.id.as_str() == class.name.as_str()),
            _ => false,
        };
        if !made {
            return Err(by_hand(self));
        }
        let stand_in =
            App { expr: object, span: python::span(object), name: None, suffix: format!(".{}", attribute.attr).into() };
        let mut launcher = cut_at(&guard.body, at);
        let before = {
            let call = python::span(&guard.body[at]);
            work::sort(self.desk.project, self.module, &self.names, &launcher.before, call, stand_in.span)
        };
        launcher.before.clear();
        self.check_work(&before)?;
        self.after(serve, &launcher);
        let way = self.way(serve)?;
        let applicability = if self.every_worker(serve, &before) { Applicability::Unsafe } else { Applicability::Safe };
        let _ = index;
        let wsgi =
            self.statements(&stand_in, &before, python::span(guard), &way).map_err(|why| self.by_hand(&why, app))?;
        self.finish(app, way, &wsgi, Script::Keep, true, applicability)
    }

    /// Whether a statement only gives local names values that take no work.
    fn names_only(&self, stmt: &Stmt) -> bool {
        match stmt {
            Stmt::Assign(assign) => {
                assign.targets.iter().all(|target| matches!(target, Expr::Name(_)))
                    && effects::is_harmless(&assign.value)
            }
            _ => false,
        }
    }

    /// Whether a global name is bound once, to a new object of a class of the module.
    fn made_from(&self, name: &str, class: &str) -> bool {
        let binds = self.names.binds.iter().filter(|bind| bind.name == name).count();
        let mut leaves = Vec::new();
        leaves_of(self.module.syntax.body(), &mut leaves);
        let made = leaves.into_iter().any(|stmt| match stmt {
            Stmt::Assign(assign) => {
                matches!(&assign.targets[..], [Expr::Name(target)] if target.id.as_str() == name)
                    && matches!(&*assign.value, Expr::Call(call)
                        if matches!(&*call.func, Expr::Name(made) if made.id.as_str() == class))
            }
            _ => false,
        });
        binds == 1 && made
    }
}

fn effects_root<'p>(app: &App<'p>) -> Option<&'p str> {
    effects::root(app.expr)
}

/// Whether a statement holds the start-up call.
fn is_start(stmt: &Stmt, call: Span) -> bool {
    python::span(stmt).contains(call)
}

/// Whether a method gives `self.name` a value, whatever it does besides.
fn sets(init: &ast::StmtFunctionDef, name: &str, module: &crate::project::Module) -> bool {
    init.body.iter().any(|stmt| match stmt {
        Stmt::Assign(assign) => assign.targets.iter().any(|target| {
            matches!(target, Expr::Attribute(attribute) if attribute.attr.as_str() == name)
                && has_word(module.slice(python::span(&*assign.value)), "Flask")
        }),
        _ => false,
    })
}

/// `app.app_context()` and its like, which serving does not need.
fn is_context(expr: &Expr) -> bool {
    matches!(expr, Expr::Call(call)
        if matches!(&*call.func, Expr::Attribute(method) if matches!(method.attr.as_str(), "app_context" | "test_request_context")))
}

/// Whether a statement is one call, or gives one name what one call gives.
fn is_call(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Expr(expr) => expr.value.is_call_expr(),
        Stmt::Assign(assign) => assign.value.is_call_expr() && matches!(&assign.targets[..], [Expr::Name(_)]),
        _ => false,
    }
}

/// Whether a statement may leave the function, or belongs to one that is run bit by bit.
fn leaves_early(stmt: &Stmt) -> bool {
    struct Finder(bool);
    impl<'a> Visitor<'a> for Finder {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            match stmt {
                Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
                Stmt::Return(_) => self.0 = true,
                _ => visitor::walk_stmt(self, stmt),
            }
        }
        fn visit_expr(&mut self, expr: &'a Expr) {
            match expr {
                Expr::Lambda(_) => {}
                Expr::Await(_) | Expr::Yield(_) | Expr::YieldFrom(_) => self.0 = true,
                _ => visitor::walk_expr(self, expr),
            }
        }
    }
    let mut finder = Finder(false);
    finder.visit_stmt(stmt);
    finder.0
}
