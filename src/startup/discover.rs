//! The app that a server is told to load where no call in the code starts one: what the project's own
//! commands load, what `flask` itself would find, and a `wsgi.py` for an app that only a factory makes.

use std::collections::{BTreeMap, BTreeSet};

use super::hidden::{Hidden, hidden};
use super::sketch::Refusal;
use super::target::{self, Obstacle};
use super::wsgi::Wsgi;
use super::{Move, Outcome, Target, is_production};
use crate::project::{Around, Factory, Facts, Launch, ModuleId, Place, Project, What};
use crate::source::{ProjectPath, Tree};
use crate::syntax::names::is_identifier;
use crate::syntax::python::{self, Expr, Stmt, ast};

/// An app that can be served.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    /// How a server is told to load it.
    pub(crate) target: Target,
    /// The `wsgi.py` that has to be written for it.
    pub(crate) wsgi: Option<(ProjectPath, String)>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Discovery {
    /// Apps, none more likely than another.
    Found(Vec<Found>),
    /// There is one, and it cannot be loaded as it is.
    Refused {
        /// Why, without a final period.
        reason: String,
        /// What to do, without a final period.
        hint: String,
    },
    /// There is one that no server can be told to load.
    Hidden(Hidden),
    /// There is none.
    Nothing,
}

/// Names that `flask` takes an app for, the first that is there.
const NAMES: &[&str] = &["app", "application"];

/// Names of factories that `flask` calls by itself.
const FACTORIES: &[&str] = &["create_app", "make_app"];

/// What modules that make an app for a server to load are called, beside those that `flask` looks for.
const ENTRIES: &[&str] = &["wsgi", "app", "application", "autoapp", "main", "run", "server", "web", "index", "manage"];

/// Looks for an app to serve. `moves` says which start-up calls a person has to move.
pub(crate) fn discover(
    tree: &Tree,
    project: &Project,
    facts: &Facts<'_>,
    around: &Around,
    moves: &[Move],
) -> Discovery {
    let mut refusals: Vec<Refusal> = Vec::new();
    // Served as they are, these would not be what they are when they are started.
    let mut left = BTreeSet::new();
    for planned in moves {
        if let Outcome::Manual { reason, hint } = &planned.outcome {
            refusals.push(*Refusal::new(reason.as_str(), hint.as_str()));
            left.extend(planned.serves.iter().filter_map(|serve| Some(facts.serves[*serve].app.as_ref()?.made)));
        }
    }
    let scout = Scout { tree, project, facts, left };
    for look in [Scout::commands, Scout::variables] {
        let found = look(&scout, around);
        if !found.is_empty() {
            return Discovery::Found(found);
        }
    }
    let by_name = scout.by_file_name(&mut refusals);
    if !by_name.is_empty() {
        return Discovery::Found(by_name);
    }
    for look in [Scout::objects, Scout::factories] {
        let found = look(&scout, &mut refusals);
        if !found.is_empty() {
            return Discovery::Found(found);
        }
    }
    match refusals.into_iter().next() {
        Some(refusal) => Discovery::Refused { reason: refusal.reason, hint: refusal.hint },
        None => hidden(project).map_or(Discovery::Nothing, Discovery::Hidden),
    }
}

/// The app that a person named: `module:name`, in the project folder or in the folder nearest to it.
pub(crate) fn named(project: &Project, facts: &Facts<'_>, wanted: &str) -> Option<Target> {
    let (module, name) = wanted.split_once(':')?;
    let file = module.replace('.', "/");
    let is_it = |path: &ProjectPath, name: &str| {
        path.as_str() == name || path.as_str().strip_suffix(name).is_some_and(|rest| rest.ends_with('/'))
    };
    let (file, package) = (format!("{file}.py"), format!("{file}/__init__.py"));
    let binds = |id: &ModuleId| {
        let module = project.module(*id);
        facts.apps.get(id).is_some_and(|names| names.iter().any(|known| known.on_import && known.name == name))
            || crate::syntax::names::has_word(&module.source.text, name)
    };
    let found = project
        .iter()
        .filter(|(_, module)| is_it(module.path(), &file) || is_it(module.path(), &package))
        .map(|(id, _)| id)
        .filter(binds)
        .min_by_key(|id| project.module(*id).path().as_str().matches('/').count())?;
    let path = project.module(found).path().as_str();
    let dir = path.strip_suffix(&file).or_else(|| path.strip_suffix(&package))?.trim_end_matches('/');
    Some(Target { dir: dir.to_owned(), module: module.to_owned(), name: name.to_owned() })
}

/// The folder that a file lies in under this name: `web` for `web/wsgi/__init__.py`.
fn folder_of<'a>(path: &'a ProjectPath, name: &str) -> Option<&'a str> {
    let before = path.as_str().strip_suffix(name)?;
    if before.is_empty() { Some(before) } else { before.strip_suffix('/') }
}

struct Scout<'a> {
    tree: &'a Tree,
    project: &'a Project,
    facts: &'a Facts<'a>,
    /// Apps whose start-up a person has to move, by where they are made.
    left: BTreeSet<Place>,
}

impl Scout<'_> {
    /// What the commands that start a production server load.
    fn commands(&self, around: &Around) -> Vec<Found> {
        let mut found = BTreeSet::new();
        for launch in &around.launches {
            if matches!(launch.what, What::Server("Gunicorn" | "Waitress" | "uWSGI" | "mod_wsgi"))
                && launch.scope.reaches_production()
            {
                found.extend(self.loaded_by(launch));
            }
        }
        found.into_iter().collect()
    }

    fn loaded_by(&self, launch: &Launch) -> Option<Found> {
        let words: Vec<&str> = launch.command.program().iter().map(|word| word.text.as_str()).collect();
        let change = words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix("--chdir") {
            Some("") => words.get(at + 1).copied(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        });
        let home = launch.path.dir();
        let mut dirs: Vec<String> = Vec::new();
        for dir in [change, launch.dir.as_deref()].into_iter().flatten() {
            let dir = dir.trim_start_matches("./").trim_matches('/');
            dirs.push(ProjectPath::in_dir(home, dir).as_str().trim_matches('/').to_owned());
            // `/app/web` in an image is most likely `web` here.
            dirs.extend(dir.split_once('/').map(|(_, rest)| rest.to_owned()));
        }
        dirs.extend([home.to_owned(), String::new()]);
        words.iter().find_map(|word| dirs.iter().find_map(|dir| self.import_string(dir, word)))
    }

    /// What `FLASK_APP` in the files that `flask` reads names.
    fn variables(&self, around: &Around) -> Vec<Found> {
        let mut found = BTreeSet::new();
        let files = self.project.files.iter().filter(|path| matches!(path.name(), ".env" | ".flaskenv"));
        for dir in files.map(ProjectPath::dir) {
            found.extend(around.loaded(dir, "FLASK_APP").and_then(|named| self.import_string(dir, named)));
        }
        found.into_iter().collect()
    }

    /// `module:name`, `module:factory()`, `module` or `module.py` in a folder.
    fn import_string(&self, dir: &str, text: &str) -> Option<Found> {
        let (module, name) = text.split_once(':').map_or((text, None), |(module, name)| (module, Some(name)));
        let module = module.trim_end_matches(".py").trim_start_matches("./").replace('/', ".");
        if module.is_empty() || !module.split('.').all(is_identifier) {
            return None;
        }
        let file = module.replace('.', "/");
        let id = [format!("{file}.py"), format!("{file}/__init__.py")]
            .iter()
            .find_map(|file| self.project.by_path(&ProjectPath::in_dir(dir, file)))?;
        let there = |name: &str| {
            let target = Target { dir: dir.to_owned(), module: module.clone(), name: name.to_owned() };
            Found { target, wsgi: None }
        };
        match name {
            Some(name) if self.binds(id, name) => Some(there(name)),
            Some(call) => {
                let (factory, arguments) = call.split_once('(').unwrap_or((call, ")"));
                let is_factory =
                    self.facts.factories.iter().any(|it| it.module == id && it.def.name.as_str() == factory);
                let arguments = arguments.trim_end_matches(')');
                (is_factory && is_call(arguments)).then(|| self.for_factory(dir, &module, factory, arguments))?
            }
            None => match self.flask_finds(id) {
                Some(Ok(name)) => Some(there(&name)),
                Some(Err(factory)) => self.for_factory(dir, &module, &factory, ""),
                None => None,
            },
        }
    }

    /// Whether importing a module binds a name to an app.
    fn binds(&self, id: ModuleId, name: &str) -> bool {
        self.names(id).any(|known| known == name)
    }

    fn names(&self, id: ModuleId) -> impl Iterator<Item = &str> {
        let names = self.facts.apps.get(&id).into_iter().flatten();
        names.filter(|known| known.on_import).map(|known| known.name.as_str())
    }

    /// Whether the app that a name stands for is one whose start-up a person has to move.
    fn is_left(&self, id: ModuleId, name: &str) -> bool {
        let names = self.facts.apps.get(&id).into_iter().flatten();
        names.filter(|known| known.name == name).any(|known| self.left.contains(&known.app.made))
    }

    /// The name that `flask` would take in a module, or the factory that it would call.
    fn flask_finds(&self, id: ModuleId) -> Option<Result<String, String>> {
        if let Some(name) = NAMES.iter().find(|name| self.binds(id, name)) {
            return Some(Ok((*name).to_owned()));
        }
        let mut names = self.names(id);
        if let (Some(only), None) = (names.next(), names.next()) {
            return Some(Ok(only.to_owned()));
        }
        FACTORIES.iter().find_map(|name| {
            let factory = self.facts.factories.iter().find(|it| it.module == id && it.def.name.as_str() == *name)?;
            takes_nothing(factory.def).then(|| Err((*name).to_owned()))
        })
    }

    /// `wsgi`, as a package or a module, then `app.py`, in the project folder or the folders nearest to it.
    fn by_file_name(&self, refusals: &mut Vec<Refusal>) -> Vec<Found> {
        let mut by_depth: BTreeMap<usize, Vec<Found>> = BTreeMap::new();
        let mut dirs: BTreeSet<&str> = BTreeSet::new();
        // Python takes a package before a module of the same name.
        for name in ["wsgi/__init__.py", "wsgi.py", "app.py"] {
            let modules = self.project.iter().filter(|(_, module)| is_production(module.path()));
            for (id, module, dir) in
                modules.filter_map(|(id, module)| Some((id, module, folder_of(module.path(), name)?)))
            {
                // A package's own module is imported through the package, unless it is made to be loaded.
                let inner = self.project.has_file(&ProjectPath::in_dir(dir, "__init__.py"));
                if inner || !dirs.insert(dir) {
                    continue;
                }
                let stem = name.split(['/', '.']).next().unwrap_or(name);
                let there = |name: &str| Found {
                    target: Target { dir: dir.to_owned(), module: stem.to_owned(), name: name.to_owned() },
                    wsgi: None,
                };
                let found = match self.flask_finds(id) {
                    Some(Ok(name)) if stem == "app" && self.is_left(id, &name) => None,
                    Some(Ok(name)) => Some(there(&name)),
                    Some(Err(factory)) if stem == "wsgi" => {
                        refusals.push(*Refusal::new(
                            format!("`{}` has a factory and no app, and a WSGI server loads an app", module.path()),
                            format!("add to it: `app = {factory}()`"),
                        ));
                        None
                    }
                    Some(Err(factory)) => self.for_factory(dir, stem, &factory, ""),
                    None => {
                        dirs.remove(dir);
                        None
                    }
                };
                let depth = if dir.is_empty() { 0 } else { dir.matches('/').count() + 1 };
                by_depth.entry(depth).or_default().extend(found);
            }
        }
        by_depth.into_values().find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// Apps that a module makes, or calls a factory for, when it is imported.
    fn objects(&self, refusals: &mut Vec<Refusal>) -> Vec<Found> {
        let mut by_app: BTreeMap<Place, Vec<(ModuleId, &str)>> = BTreeMap::new();
        for (id, names) in &self.facts.apps {
            if is_production(self.project.module(*id).path()) {
                for known in names.iter().filter(|known| known.on_import) {
                    by_app.entry(known.app.made).or_default().push((*id, &known.name));
                }
            }
        }
        let mut found = BTreeSet::new();
        for (made, names) in by_app.into_iter().filter(|(made, _)| !self.left.contains(made)) {
            let stem = |id: ModuleId| self.project.module(id).path().stem();
            let entry = |id: ModuleId| ENTRIES.iter().position(|known| *known == stem(id));
            // Where it is made at import, it is loaded from there; what a factory makes, from a module
            // that is called like one to be loaded. Scripts that need the app for a task make one too.
            let best =
                names.iter().filter(|(id, _)| *id == made.module || entry(*id).is_some()).min_by_key(|(id, name)| {
                    let at_name = NAMES.iter().position(|known| known == name).unwrap_or(NAMES.len());
                    (*id != made.module, entry(*id), at_name, *name)
                });
            if let Some((id, name)) = best {
                match self.loaded(*id, name) {
                    Ok(one) => drop(found.insert(one)),
                    Err(refusal) => refusals.push(*refusal),
                }
            }
        }
        found.into_iter().collect()
    }

    /// How a name of a module is loaded.
    fn loaded(&self, id: ModuleId, name: &str) -> Result<Found, Box<Refusal>> {
        let module = self.project.module(id);
        let way = self.way(id)?;
        if way.plain {
            let target = Target { dir: way.dir, module: way.dotted, name: name.to_owned() };
            return Ok(Found { target, wsgi: None });
        }
        let mut wsgi = Wsgi::default();
        wsgi.import_by_text(&way.dotted, name, Some("app"));
        self.written(&way.dir, &wsgi).ok_or_else(|| {
            Refusal::new(
                format!("`{}` has a name that a WSGI server cannot load", module.path()),
                "rename it to a Python name such as `main.py`",
            )
        })
    }

    fn way(&self, id: ModuleId) -> Result<target::Way, Box<Refusal>> {
        let module = self.project.module(id);
        if let Some(way) = target::in_package(self.project, module) {
            return Ok(way);
        }
        let path = module.path();
        // It is there to be loaded itself, from its folder where its imports lead from there.
        if path.name() == "wsgi.py" && target::root(self.tree, self.project, module).as_deref() == Some(path.dir()) {
            return Ok(target::Way { dir: path.dir().to_owned(), dotted: "wsgi".to_owned(), plain: true });
        }
        target::way(self.tree, self.project, id).map_err(|obstacle| match obstacle {
            Obstacle::Shadowed { package } => Refusal::new(
                format!(
                    "`{}` cannot be imported, because the folder `{package}` beside it has its import name",
                    module.path()
                ),
                "rename one of them",
            ),
            Obstacle::Other { reason, hint } => Refusal::new(reason, hint),
        })
    }

    /// Factories, for whose app there is no module yet.
    fn factories(&self, refusals: &mut Vec<Refusal>) -> Vec<Found> {
        let ours = |module: ModuleId| is_production(self.project.module(module).path());
        let all: Vec<_> = self.facts.factories.iter().filter(|factory| ours(factory.module)).collect();
        let usual: Vec<_> = all.iter().filter(|it| FACTORIES.contains(&it.def.name.as_str())).copied().collect();
        let mut found = BTreeSet::new();
        let is_left = |factory: &Factory<'_>| {
            let def = python::span(factory.def);
            self.left.iter().any(|made| made.module == factory.module && def.contains(made.span))
        };
        for factory in if usual.is_empty() { all } else { usual } {
            if is_left(factory) {
                continue;
            }
            let (name, path) = (factory.def.name.as_str(), self.project.module(factory.module).path());
            let way = match self.way(factory.module) {
                Ok(way) => way,
                Err(refusal) => {
                    refusals.push(*refusal);
                    continue;
                }
            };
            if !takes_nothing(factory.def) {
                let lines = format!("`from {} import {name}` and `app = {name}(…)`", way.dotted);
                refusals.push(*Refusal::new(
                    format!("the factory `{name}` in `{path}` needs arguments, and nothing says which in production"),
                    format!("write `{}` with {lines}", ProjectPath::in_dir(&way.dir, "wsgi.py")),
                ));
                continue;
            }
            let wsgi = ProjectPath::in_dir(&way.dir, "wsgi.py");
            match self.for_factory(&way.dir, &way.dotted, name, "").filter(|_| way.plain) {
                Some(one) => drop(found.insert(one)),
                None => refusals.push(*Refusal::new(
                    format!("`{wsgi}` exists and has no app"),
                    format!("add to it: `from {} import {name}`, `app = {name}()`", way.dotted),
                )),
            }
        }
        found.into_iter().collect()
    }

    /// A `wsgi.py` that calls a factory; `None` where there is a `wsgi.py` already.
    fn for_factory(&self, dir: &str, module: &str, factory: &str, arguments: &str) -> Option<Found> {
        let mut wsgi = Wsgi::default();
        wsgi.uses_app = true;
        wsgi.import_from(module, factory, None);
        wsgi.body.push(format!("app = {factory}({arguments})"));
        self.written(dir, &wsgi)
    }

    fn written(&self, dir: &str, wsgi: &Wsgi) -> Option<Found> {
        let path = ProjectPath::in_dir(dir, "wsgi.py");
        let text = wsgi.text(self.project, dir).ok()?;
        if self.tree.exists(&path) {
            return None;
        }
        let target = Target { dir: dir.to_owned(), module: "wsgi".to_owned(), name: "app".to_owned() };
        Some(Found { target, wsgi: Some((path, text)) })
    }
}

/// Whether a text is a list of arguments, and nothing more.
fn is_call(arguments: &str) -> bool {
    let call = python::parse(&format!("x({arguments})\n"));
    call.is_ok_and(|call| matches!(call.body(), [Stmt::Expr(stmt)] if matches!(&*stmt.value, Expr::Call(_))))
}

/// Whether a function can be called without arguments.
fn takes_nothing(def: &ast::StmtFunctionDef) -> bool {
    let parameters = &def.parameters;
    let named = parameters.posonlyargs.iter().chain(&parameters.args).chain(&parameters.kwonlyargs);
    named.into_iter().all(|parameter| parameter.default.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn discovered(files: &[(&str, &str)]) -> Discovery {
        let dir = tempfile::tempdir().unwrap();
        let mut tree = Tree::open(dir.path()).unwrap();
        for (path, text) in files {
            tree.write(ProjectPath::new(*path), text.as_bytes().to_vec());
        }
        let project = Project::load(&tree);
        let facts = Facts::gather(&project);
        let around = Around::gather(&tree, &project);
        let moves = super::super::plan(&tree, &project, &facts, &super::super::Options::default());
        discover(&tree, &project, &facts, &around, &moves)
    }

    /// The targets as `dir/module:name`, with the last line of a new `wsgi.py`.
    fn targets(files: &[(&str, &str)]) -> Vec<String> {
        let Discovery::Found(found) = discovered(files) else { panic!("{files:?}: {:?}", discovered(files)) };
        let shown = |found: &Found| {
            let Target { dir, module, name } = &found.target;
            let wsgi = found.wsgi.as_ref().map_or_else(String::new, |(_, text)| {
                let code: Vec<&str> = text.lines().filter(|line| !line.is_empty() && !line.starts_with('"')).collect();
                format!(" <- {}", code.join("; "))
            });
            format!("{}{module}:{name}{wsgi}", if dir.is_empty() { String::new() } else { format!("{dir}/") })
        };
        found.iter().map(shown).collect()
    }

    fn refused(files: &[(&str, &str)]) -> String {
        match discovered(files) {
            Discovery::Refused { reason, hint } => format!("{reason}; {hint}"),
            other => panic!("{other:?}"),
        }
    }

    const APP: &str = "from flask import Flask\napp = Flask(__name__)\n";
    const FACTORY: &str =
        "from flask import Flask\ndef create_app(config=None):\n    app = Flask(__name__)\n    return app\n";

    #[test]
    fn what_flask_would_find_is_found() {
        assert_eq!(targets(&[("app.py", APP)]), ["app:app"]);
        assert_eq!(
            targets(&[("wsgi.py", "from shop import app as application\n"), ("shop.py", APP)]),
            ["wsgi:application"]
        );
        assert_eq!(targets(&[("app.py", "from flask import Flask\nsite = Flask(__name__)\n")]), ["app:site"]);
        assert_eq!(targets(&[("web/app.py", APP), ("README.md", "")]), ["web/app:app"]);
        // A factory is called from a wsgi.py, never named to a server.
        let new = "app = create_app()";
        assert_eq!(targets(&[("app.py", FACTORY)]), [format!("wsgi:app <- from app import create_app; {new}")]);
        assert_eq!(
            targets(&[("shop/__init__.py", FACTORY)]),
            [format!("wsgi:app <- from shop import create_app; {new}")]
        );
        assert_eq!(
            targets(&[("src/shop/__init__.py", ""), ("src/shop/web.py", FACTORY)]),
            [format!("src/wsgi:app <- from shop.web import create_app; {new}")]
        );
    }

    #[test]
    fn what_the_project_loads_already_is_kept() {
        let other = ("app.py", APP);
        let shop = ("shop.py", "from flask import Flask\nsite = Flask(__name__)\n");
        assert_eq!(targets(&[other, shop, ("Procfile", "web: gunicorn -w 2 shop:site\n")]), ["shop:site"]);
        assert_eq!(
            targets(&[("web/shop.py", shop.1), ("Procfile", "web: gunicorn --chdir ./web shop:site\n")]),
            ["web/shop:site"]
        );
        assert_eq!(targets(&[other, shop, (".flaskenv", "FLASK_APP=shop.py\n")]), ["shop:site"]);
        assert_eq!(
            targets(&[("shop.py", FACTORY), ("Procfile", "web: gunicorn 'shop:create_app(\"prod\")'\n")]),
            ["wsgi:app <- from shop import create_app; app = create_app(\"prod\")"]
        );
        // A command for a module that is not there says nothing.
        assert_eq!(targets(&[other, ("Procfile", "web: gunicorn gone:app\n")]), ["app:app"]);
    }

    #[test]
    fn a_wsgi_file_in_a_package_is_loaded_from_its_folder_where_its_imports_lead_from_there() {
        let files = [
            ("api/__init__.py", ""),
            ("api/app.py", FACTORY),
            ("api/wsgi.py", "from app import create_app\n\napp = create_app()\n"),
        ];
        assert_eq!(targets(&files), ["api/wsgi:app"]);
    }

    #[test]
    fn apps_elsewhere_are_loaded_from_where_they_are_made() {
        assert_eq!(targets(&[("flaskapp.py", APP), ("tool.py", "from flaskapp import app\n")]), ["flaskapp:app"]);
        assert_eq!(targets(&[("shop/__init__.py", APP), ("manage.py", "from shop import app\n")]), ["shop:app"]);
        let main = "from shop import create_app\napp = create_app()\n";
        assert_eq!(targets(&[("shop/__init__.py", FACTORY), ("main.py", main), ("check_data.py", main)]), ["main:app"]);
        assert_eq!(targets(&[("one.py", APP), ("two.py", APP)]), ["one:app", "two:app"]);
        assert_eq!(
            targets(&[("my-app.py", APP)]),
            ["wsgi:app <- import importlib; app = importlib.import_module(\"my-app\").app"]
        );
    }

    #[test]
    fn what_cannot_be_loaded_is_said_with_a_remedy() {
        let needs = FACTORY.replace("config=None", "config");
        assert!(refused(&[("shop.py", &needs)]).contains("needs arguments"));
        assert!(refused(&[("wsgi.py", FACTORY)]).contains("add to it: `app = create_app()`"));
        assert!(
            refused(&[("shop.py", FACTORY), ("wsgi.py", "import shop\n")]).contains("`wsgi.py` exists and has no app")
        );
        // Served without what `main` does first, it would be another app.
        let main = "def main(path):\n    app.secret_key = open(path).read()\n    app.run()\nif __name__ == '__main__':\n    import sys\n    main(sys.argv[1])\n";
        for name in ["app.py", "shop.py"] {
            let code = format!("{APP}{main}");
            assert!(matches!(discovered(&[(name, &code)]), Discovery::Refused { .. }), "{name}");
        }
        assert_eq!(discovered(&[("tests/test_app.py", APP), ("lib.py", "import flask\n")]), Discovery::Nothing);
    }

    #[test]
    fn an_app_is_found_by_the_name_a_person_gives_it() {
        let dir = tempfile::tempdir().unwrap();
        let mut tree = Tree::open(dir.path()).unwrap();
        tree.write(ProjectPath::new("web/shop/main.py"), APP.as_bytes().to_vec());
        let project = Project::load(&tree);
        let facts = Facts::gather(&project);
        let named = |text: &str| named(&project, &facts, text).map(|target| target.dir);
        assert_eq!(named("shop.main:app").as_deref(), Some("web"));
        assert_eq!(named("main:app").as_deref(), Some("web/shop"));
        assert_eq!(named("shop.main:other"), None);
        assert_eq!(named("gone:app"), None);
    }
}
