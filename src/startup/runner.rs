//! Modules that only import an app and run it, whose place `wsgi.py` takes.

use std::collections::BTreeSet;

use super::app::App;
use super::compose::{is_builtin, only_passes_on, reads_name};
use super::guard::{self, Block};
use super::script::Script;
use super::sketch::{Planner, Refusal, Sketch};
use super::target::{self, Way};
use super::work::{self, Before};
use super::wsgi::Wsgi;
use super::{About, Note};
use crate::edit::Applicability;
use crate::project::{
    Import, Module, ModuleId, Place, Project, Serve, Server, in_project, is_imported, is_module, top_level_imports,
};
use crate::source::Span;
use crate::syntax::effects::{self, is_harmless};
use crate::syntax::names::bound_name;
use crate::syntax::python::{self, Expr, Stmt, ast};

/// An import that a runner makes for what it does.
struct Effect {
    line: String,
    /// Whether it comes before the import of the app.
    before: bool,
    /// The module, where it is one.
    module: Option<ModuleId>,
}

/// The module of the project that an import statement names first.
fn imported_module(project: &Project, module: &Module, stmt: &Stmt) -> Option<ModuleId> {
    let (level, dotted) = match stmt {
        Stmt::Import(import) => (0, import.names.first()?.name.as_str()),
        Stmt::ImportFrom(import) => (import.level, import.module.as_ref().map_or("", |name| name.as_str())),
        _ => return None,
    };
    match project.resolve(module.path(), level, dotted) {
        Import::Module(id) => Some(id),
        _ => None,
    }
}

impl<'p> Planner<'p> {
    /// The statements that give a module that only imports and runs an app its app; `None` when the
    /// module does anything else.
    pub(super) fn runner(
        &self,
        serve: &Serve<'p>,
        app: &App<'p>,
        block: Option<Block<'p>>,
        bare: Option<usize>,
    ) -> Option<Vec<&'p Stmt>> {
        if serve.server == Server::FlaskScript {
            return None;
        }
        let mut makes = Vec::new();
        for (index, stmt) in self.module.syntax.body().iter().enumerate() {
            if block.is_some_and(|block| block.index == index) || bare == Some(index) {
                continue;
            }
            match stmt {
                Stmt::ImportFrom(import) if import.names.iter().any(|alias| self.is_for_workers(alias)) => return None,
                Stmt::Import(_) | Stmt::ImportFrom(_) => {}
                Stmt::Expr(_) if guard::is_inert(stmt) || work::for_terminal(stmt) => {}
                Stmt::Assign(assign) if self.only_tells(stmt, &assign.value, serve, app) => {}
                // `app = create_app()` with an imported factory.
                Stmt::Assign(assign) if makes.is_empty() => {
                    let [Expr::Name(target)] = &assign.targets[..] else { return None };
                    let Expr::Call(call) = &*assign.value else { return None };
                    let factory = effects::root(&call.func)?;
                    if app.name != Some(target.id.as_str()) || !self.is_from_project(factory) {
                        return None;
                    }
                    makes.push(stmt);
                }
                _ => return None,
            }
        }
        let root = effects::root(app.expr)?;
        let guarded = block.map(|block| python::span(block.guard));
        let made_here = !makes.is_empty() || guarded.is_some_and(|span| self.names.bound_in(span).contains(root));
        (made_here || self.is_from_project(root)).then_some(makes)
    }

    /// Whether an import is there for those who run `celery -A run.celery worker`: Celery finds its app in the
    /// module by what it is, and a person knows the command.
    fn is_for_workers(&self, alias: &ast::Alias) -> bool {
        let name = bound_name(alias);
        name.contains("celery") && !self.names.is_read(name)
    }

    /// Whether a statement only gives names plain values that nothing reads but the start-up call, and
    /// other such statements.
    fn only_tells(&self, stmt: &Stmt, value: &Expr, serve: &Serve<'p>, app: &App<'p>) -> bool {
        let call = python::span(serve.call);
        let span = python::span(stmt);
        let bound = self.names.bound_in(span);
        let reads = |name: &&str| {
            self.names.reads.iter().filter(|read| read.name == **name).all(|read| {
                let within = self.module.syntax.body().iter().find(|it| python::span(*it).contains(read.span));
                let told = call.contains(read.span) && !app.span.contains(read.span);
                told || within.is_some_and(|it| match it {
                    Stmt::Assign(assign) => is_harmless(&assign.value) && !python::span(it).contains(call),
                    Stmt::Expr(_) => work::for_terminal(it),
                    _ => false,
                })
            })
        };
        let gives = |value: &Expr| match value {
            Expr::Call(call) => match &*call.func {
                Expr::Name(name) => {
                    let arguments =
                        call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|it| &it.value));
                    arguments.into_iter().all(is_harmless)
                        && work::only_gives(self.desk.project, self.module, name.id.as_str())
                }
                _ => false,
            },
            _ => false,
        };
        // What nothing reads here is there for others: `celery -A run.celery`.
        let is_plain =
            !matches!(value, Expr::Name(_) | Expr::Attribute(_)) || bound.iter().all(|name| self.names.is_read(name));
        (is_harmless(value) || gives(value)) && is_plain && !bound.is_empty() && bound.iter().all(reads)
    }

    /// Whether a name is imported from a module of the project.
    pub(super) fn is_from_project(&self, name: &str) -> bool {
        match work::import_of(self.module, name) {
            Some(Stmt::ImportFrom(import)) => {
                let from = import.module.as_ref().map_or("", |name| name.as_str());
                self.desk.project.resolve(self.module.path(), import.level, from) != Import::External
            }
            Some(Stmt::Import(import)) => import
                .names
                .iter()
                .any(|alias| self.desk.project.resolve(self.module.path(), 0, &alias.name) != Import::External),
            _ => false,
        }
    }

    /// `wsgi.py` takes the place of a module that only imports and runs an app.
    pub(super) fn replace_runner(
        &mut self,
        serve: &Serve<'p>,
        app: &App<'p>,
        before: &Before<'p>,
        block: Option<Block<'p>>,
        makes: Vec<&'p Stmt>,
        stays: bool,
    ) -> Result<Sketch, Box<Refusal>> {
        let Some(dir) = target::root(self.desk.tree, self.desk.project, self.module) else {
            return Err(self.by_hand("the imports reach above the project folder", app));
        };
        let path = self.module.path().clone();
        if self.desk.project.has_file(&path.beside(&format!("{}/__init__.py", path.stem()))) {
            let package = path.stem().to_owned();
            self.note(
                serve,
                About::ShadowedModule,
                format!("`import {package}` finds the package `{package}/`, not `{path}`"),
            );
        }
        let mut applicability = Applicability::Safe;
        if self.every_worker(serve, before) {
            applicability = Applicability::Unsafe;
        }
        // Whatever is needed comes from where the runner gets it, never from the runner.
        let way = Way { dir, dotted: String::new(), plain: false };
        let mut work: Vec<&Stmt> = makes.clone();
        work.extend(before.work.iter().copied());
        let all = Before { work, interactive: false };
        let span = match block {
            Some(block) => python::span(block.guard),
            None => python::span(serve.call),
        };
        let gone: Vec<Span> = makes.iter().map(|stmt| python::span(*stmt)).chain([span]).collect();
        let mut wsgi = Wsgi::default();
        let mut wanted: BTreeSet<&str> = BTreeSet::new();
        let mut bound: BTreeSet<&str> = BTreeSet::new();
        for span in all.work.iter().map(|stmt| python::span(*stmt)) {
            bound.extend(self.names.bound_in(span));
            wanted.extend(self.names.read_in(span).map(|read| read.name.as_str()));
        }
        let (hoisted, rest) = self.hoistable(&all.work);
        for stmt in &hoisted {
            self.hoist(stmt, app, &way, &mut wsgi).map_err(|why| self.by_hand(&why, app))?;
        }
        for stmt in &rest {
            wsgi.body.push(self.dedented(stmt).map_err(|why| self.by_hand(&why, app))?);
        }
        if app.name.is_none() {
            wanted.extend(self.names.idents_in(app.span));
        }
        let aliased = app.name.filter(|name| *name != "app" && !wanted.contains(name) && !bound.contains(name));
        wanted.extend(app.name);
        // Passed on beside the script, the name of `wsgi.py` leads Flask to the same folder.
        if way.dir == path.dir() && all.work.iter().all(|stmt| only_passes_on(stmt, "__name__")) {
            wanted.remove("__name__");
        }
        for name in wanted.iter().copied().filter(|name| !bound.contains(name)) {
            if matches!(name, "__name__" | "__file__") {
                return Err(self.by_hand("the app is made with the `__name__` or `__file__` of the script", app));
            }
            if !self.names.bound_outside(name, &gone) {
                if is_builtin(name) {
                    continue;
                }
                return Err(self.by_hand(&format!("`{name}` is not bound at module level"), app));
            }
            if Some(name) == aliased {
                self.import_as_app(name, &way, &mut wsgi).map_err(|why| self.by_hand(&why, app))?;
            } else {
                self.import_name(name, None, &way, &mut wsgi).map_err(|why| self.by_hand(&why, app))?;
            }
        }
        self.effects(&wanted, &way, &mut wsgi);
        let ending = self.ending.take();
        match app.name {
            Some("app") => {
                wsgi.uses_app =
                    bound.contains("app") || !all.work.is_empty() && reads_name(&self.names, &all.work, "app")
            }
            Some(_) if aliased.is_some() => {}
            Some(name) => {
                match self.only_assignment(&rest, name) {
                    Some(value) => wsgi.body = vec![format!("app = {value}")],
                    None => wsgi.body.push(format!("app = {name}")),
                }
                wsgi.uses_app = true;
            }
            None => {
                if let (Expr::Attribute(attribute), "") = (app.expr, &*app.suffix)
                    && let Some(module) = self.imported_module(&attribute.value)
                {
                    // `import shop` and `shop.app.run()`: the app is a member of a module.
                    wsgi = Wsgi::default();
                    wsgi.import_from(&module, &attribute.attr, Some("app"));
                } else {
                    let value = self.expression(app.expr).map_err(|why| self.by_hand(&why, app))?;
                    wsgi.body.push(format!("app = {value}{}", app.suffix));
                    wsgi.uses_app = true;
                }
            }
        }
        if let Some(ending) = &ending {
            self.register(ending, &way, &mut wsgi).map_err(|why| self.by_hand(&why, app))?;
            applicability = Applicability::Unsafe;
            self.calls.insert(ending.called().to_owned());
        }
        let mentions = self.desk.mentions(&path);
        let keeps = self.keeps(serve);
        let needed = stays || keeps || !mentions.is_empty() || is_imported(self.desk.project, self.id);
        let script = if needed { Script::Keep } else { Script::Remove(path.clone()) };
        self.development_config(serve, app, &makes);
        let text =
            wsgi.text(self.desk.project, &way.dir).map_err(|error| Refusal::new(error.to_string(), "report this"))?;
        let name = app.name.unwrap_or("app");
        Ok(Sketch {
            serves: Vec::new(),
            app: None,
            variant: None,
            flag: format!("{}:{name}", path.stem()),
            dir: way.dir,
            text,
            own: None,
            script,
            does_work: !before.work.is_empty() || ending.is_some(),
            calls: BTreeSet::new(),
            only_for_wsgi: false,
            // A launcher that does something for the app knows more than one that only starts it.
            rank: if before.work.is_empty() { 3 } else { 1 },
            applicability,
            one_worker: None,
            left: None,
            notes: Vec::new(),
            lasting: Vec::new(),
        })
    }

    /// The module that an expression names, when it is one of the project.
    pub(super) fn imported_module(&self, expr: &Expr) -> Option<String> {
        let root = effects::root(expr)?;
        let dotted = self.module.slice(python::span(expr)).to_owned();
        let Some(Stmt::Import(import)) = work::import_of(self.module, root) else { return None };
        import.names.iter().find_map(|alias| match &alias.asname {
            Some(name) => (name.as_str() == dotted).then(|| alias.name.to_string()),
            None => (alias.name.as_str() == dotted).then(|| dotted.clone()),
        })
    }

    pub(super) fn import_as_app(&self, name: &str, way: &Way, wsgi: &mut Wsgi) -> Result<(), String> {
        let missing = || format!("`{name}` is imported in a way that cannot be repeated");
        match work::import_of(self.module, name) {
            Some(Stmt::ImportFrom(import)) => {
                let from = target::absolute(self.module, &way.dir, import).ok_or_else(missing)?;
                let alias = import.names.iter().find(|alias| bound_name(alias) == name).ok_or_else(missing)?;
                wsgi.import_from(&from, &alias.name, Some("app"));
                Ok(())
            }
            _ => Err(missing()),
        }
    }

    /// Keeps the imports of project modules that a runner makes for what they do.
    pub(super) fn effects(&self, wanted: &BTreeSet<&str>, way: &Way, wsgi: &mut Wsgi) {
        let used = |alias: &ast::Alias| wanted.contains(bound_name(alias)) || self.names.is_read(bound_name(alias));
        let project = self.desk.project;
        let path = self.module.path();
        let mut found: Vec<Effect> = Vec::new();
        // The modules that what is wanted comes from, and whether none of them is imported yet.
        let mut sources: BTreeSet<ModuleId> = BTreeSet::new();
        let mut before = true;
        for stmt in top_level_imports(self.module.syntax.body()) {
            let aliases = match stmt {
                Stmt::Import(import) => &import.names,
                Stmt::ImportFrom(import) => &import.names,
                _ => continue,
            };
            let ours = match stmt {
                Stmt::ImportFrom(import) => {
                    let from = import.module.as_ref().map_or("", |name| name.as_str());
                    import.level > 0 || in_project(project, path.dir(), from)
                }
                _ => aliases.iter().any(|alias| in_project(project, path.dir(), &alias.name)),
            };
            if ours && aliases.iter().any(|alias| wanted.contains(bound_name(alias))) {
                before = false;
                sources.extend(self.imported_by(stmt));
            }
            match stmt {
                Stmt::Import(import) => {
                    for alias in import.names.iter().filter(|alias| !used(alias)) {
                        if in_project(project, path.dir(), &alias.name) {
                            let module = self.imported_by(stmt).filter(|_| import.names.len() == 1);
                            found.push(Effect { line: format!("import {}", alias.name), before, module });
                        }
                    }
                }
                Stmt::ImportFrom(import) => {
                    let Some(from) = target::absolute(self.module, &way.dir, import) else { continue };
                    let unused = import.names.iter().filter(|alias| !used(alias) && alias.name.as_str() != "*");
                    if ours && wsgi.imports(&from) {
                        // The package is imported already, its parts are not.
                        for part in unused.filter(|it| is_module(project, self.module, import, it)) {
                            wsgi.import_part(&from, &part.name);
                        }
                        continue;
                    }
                    let unused: Vec<&str> = unused.map(|alias| alias.name.as_str()).collect();
                    let module = self.imported_by(stmt);
                    if ours && aliases.iter().any(|alias| alias.name.as_str() == "*") {
                        let line = match from.rsplit_once('.') {
                            Some((package, part)) => format!("from {package} import {part}"),
                            None => format!("import {from}"),
                        };
                        found.push(Effect { line, before, module });
                    } else if ours && !unused.is_empty() {
                        let line = format!("from {from} import {}", unused.join(", "));
                        found.push(Effect { line, before, module: None });
                    }
                }
                _ => {}
            }
        }
        // Modules that begin with the import of the app's are as well imported first, where import sorters
        // would put them.
        let sources: Vec<ModuleId> = sources.into_iter().collect();
        let begins = |module: ModuleId| {
            let first = top_level_imports(project.module(module).syntax.body())
                .find_map(|stmt| imported_module(project, project.module(module), stmt));
            first.is_some() && first.as_ref() == sources.first() && !project.reached(&sources, &[]).contains(&module)
        };
        // Among themselves they keep their order.
        let in_any_order = sources.len() == 1
            && found.is_sorted_by(|one, other| one.line <= other.line)
            && found.iter().filter(|effect| !effect.before).all(|effect| effect.module.is_some_and(begins));
        for Effect { line, before, .. } in found {
            wsgi.import_for_effect(line, before || in_any_order);
        }
    }

    fn imported_by(&self, stmt: &Stmt) -> Option<ModuleId> {
        imported_module(self.desk.project, self.module, stmt)
    }

    /// Notes a factory that is told by its arguments to use a development configuration.
    pub(super) fn development_config(&mut self, serve: &Serve<'p>, app: &App<'p>, makes: &[&'p Stmt]) {
        let mut calls: Vec<&Expr> = vec![app.expr];
        for stmt in self.module.syntax.body().iter().chain(makes.iter().copied()) {
            let stmts: Vec<&Stmt> = match stmt {
                Stmt::If(it) if guard::is_guard(it) => it.body.iter().collect(),
                Stmt::FunctionDef(def) if python::span(def).contains(python::span(serve.call)) => {
                    def.body.iter().collect()
                }
                _ => vec![stmt],
            };
            for stmt in stmts {
                if let Stmt::Assign(assign) = stmt
                    && let [Expr::Name(name)] = &assign.targets[..]
                    && app.name == Some(name.id.as_str())
                {
                    calls.push(&assign.value);
                }
            }
        }
        for call in calls {
            let Expr::Call(call) = call else { continue };
            let values = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
            for value in values {
                let named = match value {
                    Expr::StringLiteral(text) => {
                        text.value.to_str().rsplit('.').next().unwrap_or_default().to_lowercase()
                    }
                    Expr::Name(name) => name.id.to_lowercase(),
                    Expr::Attribute(attribute) => attribute.attr.to_lowercase(),
                    _ => continue,
                };
                let development = [
                    "development",
                    "dev",
                    "develop",
                    "developmentconfig",
                    "devconfig",
                    "debugconfig",
                    "debug",
                    "local",
                ];
                if development.contains(&named.as_str()) {
                    let place = Place { module: self.id, span: python::span(call) };
                    let what = self.module.slice(python::span(value)).to_owned();
                    let message =
                        format!("the app is made with a development configuration, {what}, in production too");
                    let message = message.replace(&what, &format!("`{what}`"));
                    let note = Note { place, about: About::DevelopmentConfig, message };
                    if !self.notes.contains(&note) {
                        self.notes.push(note);
                    }
                }
            }
        }
    }
}
