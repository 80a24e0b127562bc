//! The plan for one module that starts a server, before it is put together with others.

use std::collections::BTreeSet;

use super::app::{App, same_receiver};
use super::asks;
use super::desk::Desk;
use super::ending::Ending;
use super::guard::{self, Site};
use super::launcher::cut_at;
use super::script::Script;
use super::target::Way;
use super::work;
use super::wsgi::Wsgi;
use super::{About, Note, Target, import_time};
use crate::edit::Applicability;
use crate::project::{AppObject, Module, ModuleId, Place, Serve, Server};
use crate::source::Span;
use crate::syntax::effects;
use crate::syntax::names::{Names, locals};
use crate::syntax::python::{self, Stmt, ast};

/// The plan for one module.
#[derive(Clone, Debug)]
pub(super) struct Sketch {
    /// The start-up calls in it.
    pub(super) serves: Vec<usize>,
    /// What they serve.
    pub(super) app: Option<AppObject>,
    /// What its factory is told, if a factory makes it: two calls can make two apps.
    pub(super) variant: Option<String>,
    /// The folder `wsgi.py` goes into.
    pub(super) dir: String,
    /// What `wsgi.py` says.
    pub(super) text: String,
    /// How the module itself is served, when it is a `wsgi.py`.
    pub(super) own: Option<Target>,
    /// What becomes of the script.
    pub(super) script: Script,
    /// Whether its launcher does more than start the server.
    pub(super) does_work: bool,
    /// The last parts of the names of what it calls to do so.
    pub(super) calls: BTreeSet<String>,
    /// Whether the edits of the script only let a `wsgi.py` import it.
    pub(super) only_for_wsgi: bool,
    /// The lower, the more the module does for the app.
    pub(super) rank: u8,
    /// What to choose it by: `module:name`.
    pub(super) flag: String,
    pub(super) applicability: Applicability,
    /// Why it wants to be served by one worker process, if it does.
    pub(super) one_worker: Option<String>,
    /// A variable that is left to the launcher, for development.
    pub(super) left: Option<&'static str>,
    /// Notes on what the move changes.
    pub(super) notes: Vec<Note>,
    /// Notes that stay true after the move.
    pub(super) lasting: Vec<Note>,
}

/// The rank of a module that is a manager's command line.
pub(super) const MANAGER: u8 = 4;

/// Why a module's start-up is left to a person.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) reason: String,
    pub(super) hint: String,
    pub(super) notes: Vec<Note>,
}

impl Refusal {
    pub(super) fn new(reason: impl Into<String>, hint: impl Into<String>) -> Box<Self> {
        Box::new(Self { reason: reason.into(), hint: hint.into(), notes: Vec::new() })
    }
}

/// Plans the start-up calls of one module.
pub(super) fn sketch(desk: &Desk<'_>, id: ModuleId, serves: &[usize]) -> Result<Sketch, Box<Refusal>> {
    let module = desk.project.module(id);
    let names = Names::of(module.syntax.body());
    let mut planner = Planner {
        desk,
        id,
        module,
        names,
        notes: Vec::new(),
        lasting: Vec::new(),
        calls: BTreeSet::new(),
        once: None,
        call_lines: None,
        ending: None,
        left: None,
        launched_by: "the `__main__` guard".to_owned(),
    };
    let result = planner.plan(serves);
    result.map_err(|mut refusal| {
        refusal.notes.append(&mut planner.notes);
        refusal
    })
}

pub(super) struct Planner<'p> {
    pub(super) desk: &'p Desk<'p>,
    pub(super) id: ModuleId,
    pub(super) module: &'p Module,
    pub(super) names: Names,
    pub(super) notes: Vec<Note>,
    pub(super) lasting: Vec<Note>,
    /// What the launcher calls before it starts the server.
    pub(super) calls: BTreeSet<String>,
    /// What is done once for all requests, if something is.
    pub(super) once: Option<String>,
    /// The lines of the start-up call, where the statement it is in is kept without it.
    pub(super) call_lines: Option<Span>,
    /// What is to be done when the server has stopped, if it is one call.
    pub(super) ending: Option<Ending<'p>>,
    /// A variable that only the launcher sets, for development.
    pub(super) left: Option<&'static str>,
    /// What starts the server, as messages name it.
    pub(super) launched_by: String,
}

impl<'p> Planner<'p> {
    pub(super) fn plan(&mut self, indexes: &[usize]) -> Result<Sketch, Box<Refusal>> {
        let serves: Vec<&Serve<'_>> = indexes.iter().map(|index| &self.desk.facts.serves[*index]).collect();
        let Some(serve) = serves.first().copied() else {
            return Err(Refusal::new("nothing is started here", "nothing is to be done"));
        };
        let different = serves.iter().any(|other| other.app != serve.app)
            || serves.iter().any(|other| other.app.is_none() && other.call != serve.call);
        if different && !serves.iter().all(|other| same_receiver(self.module, serve.call, other.call)) {
            return Err(Refusal::new(
                format!("`{}` starts {} apps", self.module.path(), serves.len()),
                "give each app a module of its own, and a WSGI server to each",
            ));
        }
        if let Some(path) = self.desk.unreadable(self.module) {
            return Err(Refusal::new(
                format!("`{path}` belongs to the app, and cannot be read"),
                format!("make `{path}` valid Python 3, and run flaskship again"),
            ));
        }
        let app = self.app(serve)?;
        if let Some(name) = app.name.filter(|name| *name != "app") {
            self.note(
                serve,
                About::OtherName,
                format!("the app is called `{name}`, so `wsgi.py` gives it the name `app`"),
            );
        }
        let sites: Vec<Site<'p>> = serves.iter().map(|serve| guard::site(self.module, serve.call)).collect();
        if self.module.path().name() == "wsgi.py" {
            return self.own_wsgi(indexes, serve, &app, &sites);
        }
        let in_function = matches!(sites[..], [Site::Function { .. } | Site::WithinFunction { .. }]);
        if !in_function {
            self.other_guards(&serves, &app)?;
        }
        if serve.server == Server::Embedded && matches!(sites[..], [Site::Bare { .. }]) {
            return Err(self.by_hand("importing the module would start the server that it makes", &app));
        }
        let for_imports = self.import_time()?;
        if let Some(why) = asks::in_expression(self.desk.project, self.id, app.expr) {
            return Err(Refusal::new(why, "give the app what it needs by settings, and run flaskship again"));
        }
        self.behind_guard(&sites)?;
        let mut sketch = match sites[..] {
            [Site::Guard(block)] => self.guard(serve, &app, block, cut_at(&block.guard.body, block.at))?,
            [Site::WithinGuard(block)] if let Some(launcher) = self.in_context(serve, &block) => {
                self.guard(serve, &app, block, launcher)?
            }
            [Site::Bare { index }] => self.bare(serve, &app, index)?,
            [Site::Function { def, at }] => self.function(serve, &app, def, at)?,
            [Site::WithinGuard(block)] => self.within_guard(&serves, &app, block)?,
            [Site::WithinFunction { def, at }] => self.within_function(serve, &app, def, at)?,
            [Site::Method { class, def }] => self.method(serve, &app, class, def)?,
            [Site::Elsewhere(why)] => return Err(self.by_hand(why, &app)),
            _ => match self.besides_commands(&serves, &sites) {
                Some((main, block)) => {
                    let app = self.app(main)?;
                    self.guard(main, &app, block, cut_at(&block.guard.body, block.at))?
                }
                None => self.several(&serves, &app, &sites)?,
            },
        };
        if for_imports {
            sketch.applicability = Applicability::Unsafe;
        }
        sketch.one_worker = self.one_worker(serve);
        if serves.iter().any(|serve| serve.server == Server::FlaskScript) {
            // A manager has the app for its commands; what else starts the app knows it better.
            sketch.rank = MANAGER;
        }
        sketch.serves = indexes.to_vec();
        sketch.app = serve.app.clone();
        sketch.variant = self.variant(&app);
        sketch.calls = std::mem::take(&mut self.calls);
        sketch.left = self.left;
        sketch.notes = std::mem::take(&mut self.notes);
        sketch.lasting = std::mem::take(&mut self.lasting);
        Ok(sketch)
    }

    /// Notes and refuses what goes another way once a server imports the module. Tells whether that
    /// is a reason to ask a person: code that the author wrote for imports and nothing has run so far,
    /// or something that is done again by every worker and should not be.
    fn import_time(&mut self) -> Result<bool, Box<Refusal>> {
        let project = self.desk.project;
        let tests = import_time::name_tests(self.module);
        for test in &tests {
            let place = Place { module: self.id, span: test.span };
            let message = "`__name__` is tested outside of the `__main__` guard, and is another when a server imports \
                           the module"
                .to_owned();
            self.notes.push(Note { place, about: About::NameTest, message });
        }
        for place in import_time::reloader_tests(project, self.id) {
            let message = format!(
                "only the development server's reloader sets `{}`, so what waits for it never happens under a WSGI \
                 server, nor without debug mode",
                import_time::RELOADER
            );
            self.notes.push(Note { place, about: About::ReloaderTest, message });
        }
        for shutdown in import_time::shutdowns(project, self.id) {
            let (place, message) = (shutdown.place, shutdown.message().to_owned());
            self.notes.push(Note { place, about: About::Shutdown, message });
        }
        if let Some(test) = tests.iter().find(|test| !test.for_imports) {
            // A guard in other words: `__name__ == "__main__" and app.run()`.
            let own = self.desk.facts.serves.iter().filter(|serve| serve.module == self.id);
            let calls: Vec<Span> = own.map(|serve| python::span(serve.call)).collect();
            let is_guard = self.module.syntax.body().iter().any(|stmt| {
                let span = python::span(stmt);
                matches!(stmt, Stmt::If(_) | Stmt::Expr(_))
                    && span.contains(test.span)
                    && calls.iter().any(|call| span.contains(*call))
            });
            let hint = if is_guard {
                "write `if __name__ == \"__main__\":` and nothing else on that line, and run flaskship again"
            } else {
                "let a setting decide instead, such as an environment variable, and run flaskship again"
            };
            return Err(Refusal::new(
                format!("what the module does depends on its `__name__`, on line {}", self.line(test.span.start)),
                hint,
            ));
        }
        if let Some(test) = self.notes.iter().find(|note| note.about == About::ReloaderTest) {
            let module = project.module(test.place.module);
            let line = module.source.lines().line(test.place.span.start);
            return Err(Refusal::new(
                format!("what `{}` does on line {line} depends on the reloader", module.path()),
                "start it whenever the app is served, once or in every worker, and run flaskship again",
            ));
        }
        if let Some(path) = import_time::python2(project, self.id) {
            return Err(Refusal::new(
                format!("`{}` imports `{path}`, which is Python 2", self.module.path()),
                "port the project to Python 3 first",
            ));
        }
        if let Some(place) = import_time::main_import(project, self.id) {
            let module = project.module(place.module);
            let line = module.source.lines().line(place.span.start);
            let why = "imports from `__main__`, which is the server when that serves the app";
            self.notes.push(Note { place, about: About::AtImport, message: format!("this {why}") });
            return Err(Refusal::new(
                format!("`{}` {why}, on line {line}", module.path()),
                "give the app a module of its own, import it from there by name, and run flaskship again",
            ));
        }
        if let Some((place, why)) = import_time::obstacle(project, self.id) {
            let module = project.module(place.module);
            let line = module.source.lines().line(place.span.start);
            self.notes.push(Note { place, about: About::AtImport, message: format!("importing the module {why}") });
            return Err(Refusal::new(
                format!("importing `{}` {why}, on line {line}", module.path()),
                "do that under `if __name__ == \"__main__\":`, give the app what it needs by settings, and run flaskship again",
            ));
        }
        for place in import_time::started(project, self.id) {
            let module = project.module(place.module);
            let line = module.source.lines().line(place.span.start);
            let once = format!("line {line} of {} starts something once", module.path());
            let message = format!(
                "importing `{}` starts something on line {line}, and every worker process imports it, so serve with \
                 one worker or give it a process of its own",
                module.path()
            );
            self.once.get_or_insert(once);
            self.notes.push(Note { place, about: About::EveryWorker, message });
        }
        let drastic = import_time::drastic(project, self.id);
        if let Some(place) = drastic {
            let module = project.module(place.module);
            let line = module.source.lines().line(place.span.start);
            let message = format!(
                "importing `{}` starts another program or takes data away on line {line}, and every worker process \
                 does that whenever it starts, so do it before the server is started, such as in a script of its own",
                module.path()
            );
            self.once.get_or_insert(format!("line {line} of {} does something once", module.path()));
            self.notes.push(Note { place, about: About::EveryWorker, message });
        }
        Ok(!tests.is_empty() || drastic.is_some())
    }

    /// Refuses a module with another `__main__` guard in front that does something for the app.
    fn other_guards(&self, serves: &[&Serve<'p>], app: &App<'p>) -> Result<(), Box<Refusal>> {
        let last = serves.iter().map(|serve| python::span(serve.call).start).max().unwrap_or_default();
        for stmt in self.module.syntax.body() {
            let Stmt::If(it) = stmt else { continue };
            let span = python::span(stmt);
            // With an `else`, the author says what an import does instead.
            let alone = guard::is_guard(it) && it.elif_else_clauses.is_empty();
            let serving = serves.iter().any(|serve| span.contains(python::span(serve.call)));
            if alone
                && !serving
                && span.end <= last
                && !it.body.iter().all(|stmt| work::for_terminal(stmt) || guard::is_inert(stmt))
            {
                let line = self.line(span.start);
                return Err(self.by_hand(
                    &format!("another `__main__` guard, on line {line}, does something that a WSGI server skips"),
                    app,
                ));
            }
        }
        Ok(())
    }

    /// Refuses a module that goes on behind what starts the server: that was done when the server had
    /// stopped, and importing the module does it before the app is served.
    fn behind_guard(&mut self, sites: &[Site<'p>]) -> Result<(), Box<Refusal>> {
        let blocks = sites.iter().filter_map(|site| match site {
            Site::Guard(block) | Site::WithinGuard(block) => Some(block.index),
            Site::Function { def, .. } | Site::WithinFunction { def, .. } => self.started_by(&self.starters(def)),
            Site::Method { class, .. } => self.started_by(&BTreeSet::from([class.name.as_str()])),
            Site::Bare { .. } | Site::Elsewhere(_) => None,
        });
        let Some(stmt) = blocks.max().and_then(|index| self.goes_on(index)) else { return Ok(()) };
        let line = self.line(python::span(stmt).start);
        let place = Place { module: self.id, span: python::span(stmt) };
        let message = "this was done when the server had stopped, and a server that imports the module does it before \
                       it serves"
            .to_owned();
        self.notes.push(Note { place, about: About::Behind, message });
        Err(Refusal::new(
            format!("the module goes on behind the `__main__` guard, on line {line}, when the server has stopped"),
            "move that to the end of the guard where it cleans up, or above the guard where the app needs it, and run \
             flaskship again",
        ))
    }

    /// The place in the module of the guard that calls one of some functions, or makes one of some classes.
    fn started_by(&self, names: &BTreeSet<&str>) -> Option<usize> {
        self.module.syntax.body().iter().rposition(|stmt| {
            matches!(stmt, Stmt::If(it) if guard::is_guard(it))
                && names.iter().any(|name| self.names.anywhere_in(name, python::span(stmt)))
        })
    }

    /// Why the app wants to be served by one worker process, if it does.
    pub(super) fn one_worker(&self, serve: &Serve<'p>) -> Option<String> {
        let keeps_clients = serve.server == Server::SocketIo;
        self.once.clone().or(keeps_clients.then(|| "Flask-SocketIO keeps its clients in one process".to_owned()))
    }

    pub(super) fn note(&mut self, serve: &Serve<'_>, about: About, message: String) {
        let place = Place { module: self.id, span: python::span(serve.call) };
        self.notes.push(Note { place, about, message });
    }

    pub(super) fn by_hand(&self, why: &str, app: &App<'_>) -> Box<Refusal> {
        self.left(why, app, "")
    }

    /// The same where work that the app needs stands around the start-up call.
    pub(super) fn work_by_hand(&self, why: &str, app: &App<'_>) -> Box<Refusal> {
        self.left(why, app, "does that work, ")
    }

    fn left(&self, why: &str, app: &App<'_>, more: &str) -> Box<Refusal> {
        // What only a method or a function knows is no name to give on.
        let what = match (app.name, effects::root(app.expr)) {
            (Some("app"), _) => "the app".to_owned(),
            (Some(name), _) => format!("`{name}`"),
            (None, Some(root)) if self.names.bound_outside(root, &[]) => format!("`{}`", self.module.slice(app.span)),
            _ => "the app".to_owned(),
        };
        if self.module.path().name() == "wsgi.py" {
            return Refusal::new(why, format!("let it bind {what} to the name `app` in any case, and start no server"));
        }
        if let Some(def) = self.made_in(app) {
            let called =
                if def.parameters.is_empty() { format!("{}()", def.name) } else { format!("{}(…)", def.name) };
            return Refusal::new(
                why,
                format!(
                    "let `{}` give the app back instead of starting it, and call it in a `wsgi.py`: `app = {called}`",
                    def.name
                ),
            );
        }
        Refusal::new(why, format!("make a `wsgi.py` that {more}binds {what} to the name `app`, and starts no server"))
    }

    /// The function of the module that the app, a local variable, is made in.
    fn made_in(&self, app: &App<'_>) -> Option<&'p ast::StmtFunctionDef> {
        let root = effects::root(app.expr)?;
        self.module.syntax.body().iter().find_map(|stmt| match stmt {
            Stmt::FunctionDef(def) if python::span(def).contains(app.span) => locals(def).contains(root).then_some(def),
            _ => None,
        })
    }

    pub(super) fn finish(
        &mut self,
        app: &App<'p>,
        way: Way,
        wsgi: &Wsgi,
        script: Script,
        mut does_work: bool,
        mut applicability: Applicability,
    ) -> Result<Sketch, Box<Refusal>> {
        let mut wsgi = wsgi.clone();
        if let Some(ending) = &self.ending {
            self.register(ending, &way, &mut wsgi).map_err(|why| self.by_hand(&why, app))?;
            // It is done as often as there are workers, and by each while others still serve.
            applicability = Applicability::Unsafe;
            does_work = true;
            self.calls.insert(ending.called().to_owned());
        }
        let text =
            wsgi.text(self.desk.project, &way.dir).map_err(|error| Refusal::new(error.to_string(), "report this"))?;
        let name = app.name.unwrap_or("app");
        if let Some(serve) = self.desk.facts.serves.iter().find(|serve| serve.module == self.id) {
            self.development_config(serve, app, &[]);
        }
        let from_elsewhere = app.name.is_some_and(|name| self.is_from_project(name));
        Ok(Sketch {
            serves: Vec::new(),
            app: None,
            variant: None,
            flag: format!("{}:{name}", way.dotted),
            dir: way.dir,
            text,
            own: None,
            script,
            does_work,
            calls: BTreeSet::new(),
            only_for_wsgi: false,
            rank: if from_elsewhere { 1 } else { 2 },
            applicability,
            one_worker: None,
            left: None,
            notes: Vec::new(),
            lasting: Vec::new(),
        })
    }

    pub(super) fn line(&self, at: usize) -> usize {
        self.module.source.lines().line(at)
    }
}
