//! A function that does work before it starts the server: the work becomes a function of its own.

use super::app::App;
use super::excerpt::normalized;
use super::launcher::{Launcher, cut_at};
use super::script::Script;
use super::sketch::{Planner, Refusal, Sketch};
use super::work::Before;
use super::wsgi::Wsgi;
use crate::edit::{Applicability, Edit};
use crate::project::{Serve, Server};
use crate::source::Span;
use crate::syntax::effects;
use crate::syntax::names::{Names, locals};
use crate::syntax::python::{self, Expr, Stmt, Visitor, ast, visitor};

impl<'p> Planner<'p> {
    /// A function that does work before the call: the work is done by `wsgi.py` too, as it is where
    /// that takes no more than a call, else through a function of its own. `None` where the work is
    /// not to be parted from the function.
    pub(super) fn with_work(
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
    pub(super) fn inlined(&self, def: &ast::StmtFunctionDef) -> Option<Names> {
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
        self.after_in(serve, def, &launcher.before, before);
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

    /// Lines that are to go, with the blank ones behind them where there are some in front of them, too.
    fn with_blank_lines(&self, lines: Span) -> Span {
        let source = &self.module.source;
        let is_blank = |line: Span| self.module.slice(line).trim().is_empty();
        let above = lines.start.checked_sub(1).map(|end| Span::new(source.lines().line_start(end), lines.start));
        let mut end = lines.end;
        while above.is_some_and(is_blank) && end < source.text.len() {
            let next = source.lines().line_end(&source.text, end);
            if !is_blank(Span::new(end, next)) {
                break;
            }
            end = next;
        }
        Span::new(lines.start, end)
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
        let mut runs: Vec<Span> = Vec::new();
        // Which of them does more than say what is global, so that the call takes its place.
        let mut first: Option<usize> = None;
        let mut last: Option<Span> = None;
        let mut run: Option<Span> = None;
        for stmt in &launcher.before {
            let lines = self.segment(stmt);
            if !is_work(stmt) {
                runs.extend(run.take());
                continue;
            }
            if !matches!(stmt, Stmt::Global(_)) {
                first = first.or(Some(runs.len()));
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
        runs.extend(run.take());
        let first = first?;
        let mut edits: Vec<Edit> = runs.iter().map(|run| Edit::delete(path, self.with_blank_lines(*run))).collect();
        edits[first] = Edit::replace(path, runs[first], call);
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
