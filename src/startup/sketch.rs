//! The plan for one module that starts a server, before it is put together with others.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::compose::{blank_lines_above, normalized};
use super::guard::{self, Block, Site};
use super::mentions::{By, Mention, Texts};
use super::target::Way;
use super::work::{self, Before};
use super::wsgi::Wsgi;
use super::{About, Documented, Note, Served, Target, connexion, import_time};
use crate::edit::{self, Applicability, Edit};
use crate::project::{
    AppObject, Facts, Import, Module, ModuleId, Place, Project, Serve, Server, Truth, Written, is_imported,
};
use crate::source::{ProjectPath, Span, Tree};
use crate::syntax::names::{Names, bound_name, has_word};
use crate::syntax::python::{self, Expr, Stmt, Visitor, ast, visitor};
use crate::syntax::{effects, removal};

/// What planning works with.
pub(super) struct Desk<'a> {
    pub(super) tree: &'a Tree,
    pub(super) project: &'a Project,
    pub(super) facts: &'a Facts<'a>,
    texts: OnceCell<Texts>,
}

/// What becomes of the module that starts the server.
#[derive(Clone, Debug)]
pub(super) enum Script {
    /// It stays as it is.
    Keep,
    /// It loses its launcher.
    Edit(Vec<Edit>),
    /// It goes.
    Remove(ProjectPath),
}

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
    /// Whether the edits of the script only let a `wsgi.py` import it.
    pub(super) only_for_wsgi: bool,
    /// The lower, the more the module does for the app.
    pub(super) rank: u8,
    /// What to choose it by: `module:name`.
    pub(super) flag: String,
    pub(super) applicability: Applicability,
    /// Why it wants to be served by one worker process, if it does.
    pub(super) one_worker: Option<String>,
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

impl<'a> Desk<'a> {
    pub(super) fn new(tree: &'a Tree, project: &'a Project, facts: &'a Facts<'a>) -> Self {
        Self { tree, project, facts, texts: OnceCell::new() }
    }

    /// Where other files name a script.
    pub(super) fn mentions(&self, script: &ProjectPath) -> Vec<Mention> {
        let files = &self.project.files;
        self.texts.get_or_init(|| Texts::read(self.tree, files)).of(script, files)
    }

    /// Where documentation tells people to run a script.
    pub(super) fn documented(&self, script: &ProjectPath) -> Vec<Documented> {
        let mentions = self.mentions(script).into_iter().filter(|mention| mention.by == By::Docs);
        mentions.map(|it| Documented { path: it.path, line: it.line, script: script.clone() }).collect()
    }

    /// A file beside a module that cannot be read, and makes an app too: most are for Python 2.
    fn unreadable(&self, module: &Module) -> Option<&ProjectPath> {
        self.project.unread.iter().map(|unread| &unread.path).find(|path| {
            let makes_app = || self.text(path).is_some_and(|text| has_word(&text, "Flask") && text.contains(".run("));
            path.name().ends_with(".py") && path.dir() == module.path().dir() && makes_app()
        })
    }

    /// A file's text, when it can be read.
    pub(super) fn text(&self, path: &ProjectPath) -> Option<String> {
        String::from_utf8(self.tree.read(path).ok()??).ok()
    }

    /// Where the calls were told to listen.
    pub(super) fn served(&self, serves: &[usize]) -> Served {
        let setting = |name: &str| {
            serves.iter().find_map(|index| self.facts.serves[*index].argument(name)).map(|it| it.setting.clone())
        };
        Served { host: setting("host"), port: setting("port"), one_worker: None }
    }

    /// How the `wsgi.py` of a folder exposes an app, if it does.
    pub(super) fn exposed(&self, dir: &str, app: Option<&AppObject>) -> Option<Target> {
        let id = self.project.by_path(&ProjectPath::in_dir(dir, "wsgi.py"))?;
        let names = self.facts.apps.get(&id)?;
        let same = |name: &&crate::project::AppName| name.on_import && app.is_none_or(|app| name.app.made == app.made);
        let found = ["app", "application"]
            .iter()
            .find_map(|wanted| names.iter().filter(same).find(|name| name.name == *wanted))
            .or_else(|| names.iter().find(same))?;
        Some(Target { dir: dir.to_owned(), module: "wsgi".to_owned(), name: found.name.clone() })
    }
}

/// What the app is, as the start-up call names it.
pub(super) struct App<'p> {
    /// The expression.
    pub(super) expr: &'p Expr,
    /// Its span, parentheses not included.
    pub(super) span: Span,
    /// The name, when it is one.
    pub(super) name: Option<&'p str>,
    /// What has to follow the expression: `.server` for Dash.
    pub(super) suffix: Cow<'static, str>,
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
        once: None,
        call_lines: None,
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
    /// What is done once for all requests, if something is.
    pub(super) once: Option<String>,
    /// The lines of the start-up call, where the statement it is in is kept without it.
    pub(super) call_lines: Option<Span>,
    /// What starts the server, as messages name it.
    pub(super) launched_by: String,
}

/// The body of a launcher, cut at the start-up call.
pub(super) struct Launcher<'p> {
    /// The statements before the call.
    pub(super) before: Vec<&'p Stmt>,
    /// Those after it.
    pub(super) after: Vec<&'p Stmt>,
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
        for place in import_time::shutdowns(project, self.id) {
            let message = "only the development server can be stopped so, and no longer since Werkzeug 2.1: elsewhere \
                           this is an error"
                .to_owned();
            self.notes.push(Note { place, about: About::Shutdown, message });
        }
        if let Some(test) = tests.iter().find(|test| !test.for_imports) {
            return Err(Refusal::new(
                format!("what the module does depends on its `__name__`, on line {}", self.line(test.span.start)),
                "let a setting decide instead, such as an environment variable, and run flaskship again",
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

    /// Why the app wants to be served by one worker process, if it does.
    fn one_worker(&self, serve: &Serve<'p>) -> Option<String> {
        let keeps_clients = serve.server == Server::SocketIo;
        self.once.clone().or(keeps_clients.then(|| "Flask-SocketIO keeps its clients in one process".to_owned()))
    }

    pub(super) fn note(&mut self, serve: &Serve<'_>, about: About, message: String) {
        let place = Place { module: self.id, span: python::span(serve.call) };
        self.notes.push(Note { place, about, message });
    }

    pub(super) fn by_hand(&self, why: &str, app: &App<'_>) -> Box<Refusal> {
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
        Refusal::new(why, format!("make a `wsgi.py` that binds {what} to the name `app`, and start no server there"))
    }

    /// Whether an expression is a name that stands for an app.
    fn names_app(&self, expr: &Expr) -> bool {
        let Expr::Name(name) = expr else { return false };
        let apps = self.desk.facts.apps.get(&self.id);
        apps.is_some_and(|apps| apps.iter().any(|app| app.name == name.id.as_str()))
    }

    /// The app that a start-up call serves.
    pub(super) fn app(&self, serve: &Serve<'p>) -> Result<App<'p>, Box<Refusal>> {
        let call = serve.call;
        let receiver = match &*call.func {
            Expr::Attribute(attribute) if is_start(attribute) => match call.arguments.args.first() {
                // `Flask.run(app)`
                Some(first) if !self.names_app(&attribute.value) && self.names_app(first) => Some(first),
                _ => Some(&*attribute.value),
            },
            // `executor.submit(app.run)`
            Expr::Attribute(_) => call.arguments.args.iter().find_map(|argument| match argument {
                Expr::Attribute(attribute) if is_start(attribute) => Some(&*attribute.value),
                _ => None,
            }),
            _ => None,
        };
        // `Thread(target=app.run)`: the call that has the arguments is not the one that names the app.
        let values = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
        let runs = values.filter(|_| !guard::calls_method(call, "run")).find_map(|value| match value {
            Expr::Attribute(method) if method.attr.as_str() == "run" => Some(&*method.value),
            _ => None,
        });
        let argument = |position: usize, names: &[&str]| {
            call.arguments.args.get(position).filter(|arg| !arg.is_starred_expr()).or_else(|| {
                call.arguments
                    .keywords
                    .iter()
                    .find(|keyword| keyword.arg.as_ref().is_some_and(|arg| names.contains(&arg.as_str())))
                    .map(|keyword| &keyword.value)
            })
        };
        let (expr, suffix) = match serve.server {
            Server::FlaskRun => (runs.or(receiver), ""),
            Server::SocketIo => (argument(0, &["app"]), ""),
            Server::RunSimple => (argument(2, &["application"]), ""),
            Server::Dash => (receiver, ".server"),
            Server::FlaskScript => (receiver.and_then(|receiver| self.managed(receiver)), ""),
            Server::Connexion => match connexion::is_wsgi(self.desk, self.module) {
                Some(true) => (receiver, ".app"),
                Some(false) => {
                    return Err(Refusal::new(
                        "Connexion 3 is an ASGI app, which no WSGI server can serve",
                        format!(
                            "serve `{}` with `gunicorn -k uvicorn.workers.UvicornWorker`, and start no server in the code",
                            self.asgi_target(receiver)
                        ),
                    ));
                }
                None => {
                    return Err(Refusal::new(
                        "a Connexion app is served in another way in each of its versions, and the project does not say which it uses",
                        "for Connexion 2, make a `wsgi.py` with `app = <the Connexion app>.app`; for Connexion 3, use an ASGI server; \
                         or pin its version, and run flaskship again",
                    ));
                }
            },
            Server::Embedded if let Some(app) = self.embedded(serve)? => return Ok(app),
            Server::Embedded | Server::Production => {
                return Err(Refusal::new(
                    "the code starts a server of its own",
                    "let the code only make the app, and start a WSGI server on `wsgi:app`",
                ));
            }
        };
        let expr = expr.ok_or_else(|| {
            Refusal::new(
                "the call does not name the app it serves",
                "make a `wsgi.py` that binds the app to the name `app`, and start no server there",
            )
        })?;
        let name = match expr {
            Expr::Name(name) if suffix.is_empty() => Some(name.id.as_str()),
            _ => None,
        };
        Ok(App { expr, span: python::span(expr), name, suffix: suffix.into() })
    }

    /// How an ASGI server is told what to serve: `server:app`.
    fn asgi_target(&self, receiver: Option<&Expr>) -> String {
        let module = self.module.path().as_str().trim_end_matches(".py").replace('/', ".");
        let name = receiver.map_or("app", |expr| self.module.slice(python::span(expr)));
        format!("{module}:{name}")
    }

    /// The app that a Flask-Script manager was made with.
    pub(super) fn managed(&self, manager: &Expr) -> Option<&'p Expr> {
        let Expr::Name(manager) = manager else { return None };
        self.module.syntax.body().iter().find_map(|stmt| {
            let Stmt::Assign(assign) = stmt else { return None };
            let [Expr::Name(target)] = &assign.targets[..] else { return None };
            let Expr::Call(call) = &*assign.value else { return None };
            let app = call.arguments.args.first()?;
            // `Manager(create_app)` makes the app from the options of each command.
            let known = self.desk.facts.apps.get(&self.id).into_iter().flatten();
            let is_app =
                matches!(app, Expr::Name(name) if known.into_iter().any(|known| known.name == name.id.as_str()));
            (target.id == manager.id && is_app).then_some(app)
        })
    }

    /// What tells the call that makes the app from other calls of the same factory: its arguments,
    /// when they say what they are, else its place.
    fn variant(&self, app: &App<'p>) -> Option<String> {
        if let Expr::Call(call) = app.expr {
            return Some(told(self.module, call));
        }
        let project = self.desk.project;
        let (mut id, mut name) = (self.id, app.name?.to_owned());
        // Through as many modules as anyone may pass a name on.
        for _ in 0..8 {
            let module = project.module(id);
            let Some(Stmt::ImportFrom(import)) = work::import_of(module, &name) else { break };
            let alias = import.names.iter().find(|alias| bound_name(alias) == name)?;
            let from = import.module.as_ref().map_or("", |name| name.as_str());
            let Import::Module(next) = project.resolve(module.path(), import.level, from) else { return None };
            (id, name) = (next, alias.name.to_string());
        }
        let module = project.module(id);
        let mut leaves = Vec::new();
        for stmt in module.syntax.body() {
            match stmt {
                Stmt::FunctionDef(def) if id == self.id => leaves_of(&def.body, &mut leaves),
                _ => leaves_of(std::slice::from_ref(stmt), &mut leaves),
            }
        }
        leaves.into_iter().find_map(|stmt| match stmt {
            Stmt::Assign(assign) => match (&assign.targets[..], &*assign.value) {
                ([Expr::Name(target)], Expr::Call(call)) if target.id.as_str() == name => Some(told(module, call)),
                _ => None,
            },
            _ => None,
        })
    }

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
        let target = exposed.unwrap_or(Target { dir: dir.clone(), module: "wsgi".to_owned(), name: name.to_owned() });
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
            [Site::WithinGuard(_)] => (Script::Keep, false),
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
            only_for_wsgi: false,
            rank: 0,
            applicability: Applicability::Safe,
            one_worker: self.one_worker(serve),
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
        self.after(serve, &launcher);
        // A server that the author chose stays, beside the `wsgi.py` for any other.
        let is_kept = matches!(serve.server, Server::FlaskScript | Server::Embedded);
        let stays = has_else || before.interactive || !launcher.after.is_empty() || is_kept;
        self.check_work(&before)?;
        if !before.work.is_empty() {
            self.note_work(serve, app, &before);
        }
        let made_in_guard = app.name.is_some_and(|name| !self.names.bound_outside(name, &[guarded]));
        if let Some(runner) = self.runner(serve, app, Some(block), None).filter(|_| !self.is_loaded()) {
            return self.replace_runner(serve, app, &before, Some(block), runner, stays);
        }
        let way = self.way(serve)?;
        let mut applicability = if has_else { Applicability::Unsafe } else { Applicability::Safe };
        if self.every_worker(serve, &before) {
            applicability = Applicability::Unsafe;
        }
        let as_statements = self.statements(app, &before, guarded, &way);
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
    fn in_context(&mut self, serve: &Serve<'p>, block: &Block<'p>) -> Option<Launcher<'p>> {
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
    fn else_branch(&mut self, block: &Block<'p>) -> bool {
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
        if let Some(stmt) = self.enters(holder, python::span(serve.call)) {
            let line = self.line(python::span(stmt).start);
            return Err(self.by_hand(
                &format!("the server is started inside a `with`, on line {line}, which may do work for the app"),
                app,
            ));
        }
        let call = python::span(holder);
        let before = work::sort(self.desk.project, self.module, &self.names, &early, call, app.span);
        if let Some(stmt) = before.work.first() {
            self.note_work(serve, app, &before);
            let line = self.line(python::span(*stmt).start);
            return Err(self.by_hand(
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
        let late = leaves.iter().filter(|stmt| {
            let span = python::span(**stmt);
            span.start > first
                && !calls.iter().any(|call| span.contains(*call))
                && !guard::is_inert(stmt)
                && !serves_too(stmt)
                && !work::only_waits(stmt)
        });
        if late.count() > 0 && serve.server != Server::Embedded {
            self.note(
                serve,
                About::AfterRun,
                "what stands behind the start-up call in the `__main__` guard is not done by a WSGI server".to_owned(),
            );
        }
        let way = self.way(serve)?;
        let none = Before::default();
        let wsgi = self.statements(app, &none, guarded, &way).map_err(|why| self.by_hand(&why, app))?;
        let applicability = if has_else { Applicability::Unsafe } else { Applicability::Safe };
        self.finish(app, way, &wsgi, Script::Keep, true, applicability)
    }

    /// What the main thread does beside a server that a thread of its own runs.
    fn beside_thread(&self, serve: &Serve<'p>, leaves: &[&'p Stmt]) -> Option<&'p Stmt> {
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
    fn besides_commands(&self, serves: &[&'p Serve<'p>], sites: &[Site<'p>]) -> Option<(&'p Serve<'p>, Block<'p>)> {
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

    // What the launcher does.

    pub(super) fn before(&self, launcher: &Launcher<'p>, serve: &Serve<'p>, app: &App<'p>) -> Before<'p> {
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
        let toolbar = |stmt: &Stmt| has_word(self.module.slice(python::span(stmt)), "DebugToolbarExtension");
        before.work.retain(|stmt| !toolbar(stmt));
        before.interactive |= before.work.len() < all;
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
            let own = self.module.slice(span);
            let code = &self.code_behind(stmt);
            let line = self.line(span.start);
            let why = if work::is_interactive(code) {
                "depends on the command line or the keyboard"
            } else if has_word(code, "WERKZEUG_RUN_MAIN") {
                "depends on `WERKZEUG_RUN_MAIN`, which only the development server's reloader sets"
            } else if ["exit", "_exit", "quit"].iter().any(|word| has_word(own, word)) {
                "can end the process"
            } else if ["globals", "locals", "vars", "exec", "eval"].iter().any(|word| has_word(own, word)) {
                "reaches for variables by their names as text"
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

    /// The text of a statement and of the functions of this module that it calls.
    pub(super) fn code_behind(&self, stmt: &Stmt) -> String {
        let span = python::span(stmt);
        let mut code = self.module.slice(span).to_owned();
        for def in self.module.syntax.body() {
            if let Stmt::FunctionDef(function) = def
                && self.names.anywhere_in(&function.name, span)
            {
                code.push('\n');
                code.push_str(self.module.slice(python::span(def)));
            }
        }
        code
    }

    pub(super) fn note_work(&mut self, serve: &Serve<'p>, app: &App<'p>, before: &Before<'p>) {
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

    pub(super) fn after(&mut self, serve: &Serve<'p>, launcher: &Launcher<'p>) {
        // What follows `listen()` is how such a server starts.
        let after = launcher.after.iter().find(|stmt| !guard::is_inert(stmt) && serve.server != Server::Embedded);
        if let Some(stmt) = after {
            let line = self.line(python::span(*stmt).start);
            self.note(
                serve,
                About::AfterRun,
                format!("a WSGI server does not do what follows this call from line {line}, when the server has stopped; `atexit` can"),
            );
        }
    }

    pub(super) fn only_calls(&self, stmt: &Stmt, name: &str) -> bool {
        match stmt {
            Stmt::Expr(expr) => self.names.idents_in(python::span(&*expr.value)).any(|read| read == name),
            _ => false,
        }
    }

    /// Whether a server already loads the app from this module, so that it stays what it is.
    pub(super) fn is_loaded(&self) -> bool {
        self.desk.mentions(self.module.path()).iter().any(|mention| mention.by == By::Loader)
    }

    /// Whether something starts the script, so that its launcher has to stay. Notes what does.
    pub(super) fn keeps(&mut self, serve: &Serve<'p>) -> bool {
        let path = self.module.path();
        let place = Place { module: self.id, span: python::span(serve.call) };
        let mentions = self.desk.mentions(path);
        let by = |by: By| mentions.iter().find(move |mention| mention.by == by);
        if let Some(mention) = by(By::Launcher) {
            let message = format!("`{}`, line {}, starts `{path}`, so it can still be run", mention.path, mention.line);
            let note = Note { place, about: About::Launcher, message };
            if !self.lasting.contains(&note) {
                self.lasting.push(note);
            }
            return true;
        }
        path.name() == "__main__.py"
    }

    // What `wsgi.py` says.

    // What becomes of the module.

    /// The edits that remove a guard.
    pub(super) fn without(&self, block: &Block<'p>, app: &App<'p>) -> Vec<Edit> {
        self.cut_out(guard::block_lines(self.module, block.guard), app)
    }

    /// The edits that remove some lines, and a banner above them.
    fn cut_out(&self, lines: Span, app: &App<'p>) -> Vec<Edit> {
        let path = self.module.path();
        let lines = guard::with_banner(self.module, lines);
        vec![match self.export(lines, app) {
            Some(export) => Edit::replace(path, lines, export),
            None => Edit::delete(path, removal::cut(&self.module.source.text, lines)),
        }]
    }

    /// What says that the module passes the app on, when nothing else in it would use its import any
    /// more: tools take that for a leftover.
    fn export(&self, lines: Span, app: &App<'p>) -> Option<String> {
        let name = app.name?;
        let binds = self.names.binds.iter().filter(|bind| bind.name == name).count();
        // A `wsgi.py` that has it by another name passes it on as `app`.
        let renamed = self.module.path().name() == "wsgi.py" && name != "app";
        let left_over = binds == 1
            && !renamed
            && work::import_of(self.module, name).is_some()
            && !self.names.mentioned_outside(name, &[lines])
            && !self.has_star_import()
            && self.names.is_free("__all__");
        let removed = self.module.slice(lines);
        let quote = if removed.contains('\'') && !removed.contains('"') { '\'' } else { '"' };
        let end = if removed.ends_with(['\n', '\r']) { "\n" } else { "" };
        left_over.then(|| format!("__all__ = [{quote}{name}{quote}]{end}"))
    }

    /// What becomes of a module with the call among its statements.
    pub(super) fn without_call(
        &mut self,
        serve: &Serve<'p>,
        index: usize,
        app: &App<'p>,
    ) -> Result<Script, Box<Refusal>> {
        let stmt = &self.module.syntax.body()[index];
        let path = self.module.path();
        let Some(lines) = removal::own_lines(&self.module.source.text, stmt) else {
            return Err(Refusal::new("the call shares its line with other code", "give it a line of its own"));
        };
        if self.keeps(serve) {
            if self.has_long_string(lines) {
                return Err(Refusal::new(
                    "the module starts the server whenever it is imported",
                    "put the call under `if __name__ == \"__main__\":`",
                ));
            }
            let code = normalized(self.module.slice(python::span(stmt))).replace('\n', "\n    ");
            // Two blank lines are wanted behind a definition, and nowhere else.
            let definition =
                index > 0 && matches!(self.module.syntax.body()[index - 1], Stmt::FunctionDef(_) | Stmt::ClassDef(_));
            let above = blank_lines_above(&self.module.source.text, lines.start).unwrap_or(2);
            let gap = if definition { "\n".repeat(2_usize.saturating_sub(above)) } else { String::new() };
            let guarded = format!("{gap}if __name__ == \"__main__\":\n    {code}");
            return Ok(Script::Edit(vec![Edit::replace(path, python::span(stmt), guarded)]));
        }
        Ok(Script::Edit(self.cut_out(lines, app)))
    }

    pub(super) fn finish(
        &mut self,
        app: &App<'p>,
        way: Way,
        wsgi: &Wsgi,
        script: Script,
        does_work: bool,
        applicability: Applicability,
    ) -> Result<Sketch, Box<Refusal>> {
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
            only_for_wsgi: false,
            rank: if from_elsewhere { 1 } else { 2 },
            applicability,
            one_worker: None,
            notes: Vec::new(),
            lasting: Vec::new(),
        })
    }

    pub(super) fn line(&self, at: usize) -> usize {
        self.module.source.lines().line(at)
    }
}

/// The first of several start-up calls, when all are in one function.
fn in_one_function<'p>(
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

/// Whether two start-up calls run what is written the same way.
pub(super) fn same_receiver(module: &Module, one: &ast::ExprCall, other: &ast::ExprCall) -> bool {
    module.slice(python::span(&*one.func)) == module.slice(python::span(&*other.func))
}

/// The arguments of a call as far as they speak for themselves, else where the call is.
fn told(module: &Module, call: &ast::ExprCall) -> String {
    struct Named(bool);
    impl<'a> Visitor<'a> for Named {
        fn visit_expr(&mut self, expr: &'a Expr) {
            self.0 |= matches!(expr, Expr::Name(_) | Expr::Call(_) | Expr::Starred(_));
            visitor::walk_expr(self, expr);
        }
    }
    let mut named = Named(false);
    named.visit_arguments(&call.arguments);
    if named.0 {
        return format!("{}:{}", module.path(), python::span(call).start);
    }
    module.slice(python::span(&call.arguments)).split_whitespace().collect()
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

/// Whether an attribute is a method that starts a server.
fn is_start(attribute: &ast::ExprAttribute) -> bool {
    matches!(attribute.attr.as_str(), "run" | "run_server" | "run_simple")
}
