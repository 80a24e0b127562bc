//! Functions that need not be walked: those that nothing calls and that can do nothing that is looked for.
//!
//! Most functions of a large program are of this kind, and walking them took most of the time. A function
//! may tell something where a word in it is one that the interpreter looks for, or where it may come to a
//! function of which the same is true. What is called is walked anyway, for its result.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::frameworks;
use super::super::modules::Import;
use super::flask::CONFIG;
use super::needs::SETTINGS;
use super::value::{Alt, ClassId, Code, Function, Obj, ScopeId, Value};
use super::{Interpreter, Kind, MAX_DEPTH, address, starts_with_the_server, writes};
use crate::syntax::python::{self, Expr, Stmt, Visitor, ast};

/// Names of functions, methods, attributes, parameters and keys that the interpreter knows, besides those
/// of the frameworks and the settings that a deployment asks for.
const WORDS: &[&str] = &[
    "APIBlueprint",
    "Blueprint",
    "DEBUG_TB_ENABLED",
    "DispatcherMiddleware",
    "ENV",
    "Limiter",
    "Mqtt",
    "PiCamera",
    "Picamera2",
    "Popen",
    "Process",
    "ProcessPoolExecutor",
    "ProxyFix",
    "SMBus",
    "Serial",
    "SharedDataMiddleware",
    "Sock",
    "Sockets",
    "SpiDev",
    "Thread",
    "ThreadPoolExecutor",
    "Timer",
    "VideoCapture",
    "WebSocketHandler",
    "WebSocketServer",
    "__import__",
    "add_url_rule",
    "allow_unsafe_werkzeug",
    "call",
    "check_call",
    "check_output",
    "config",
    "connect",
    "execv",
    "execve",
    "execvp",
    "execvpe",
    "getoutput",
    "getstatusoutput",
    "import_module",
    "import_string",
    "init_app",
    "loop_start",
    "makedirs",
    "mkdir",
    "open",
    "popen",
    "register_blueprint",
    "route",
    "run_with_cloudflared",
    "run_with_lt",
    "run_with_ngrok",
    "secret_key",
    "setmode",
    "spawn",
    "spawn_n",
    "start",
    "start_background_task",
    "start_new_thread",
    "static_folder",
    "stream_with_context",
    "submit",
    "system",
    "wsgi_app",
];

/// Those of them that have to do with debug mode, or with what it may hang on.
const DEBUG_WORDS: &[&str] = &[
    "AutoConfig",
    "BaseSettings",
    "Config",
    "DEBUG",
    "DebuggedApplication",
    "Env",
    "FileAwareEnv",
    "debug",
    "dotenv_values",
    "environ",
    "find_dotenv",
    "from_file",
    "from_json",
    "from_mapping",
    "from_object",
    "from_prefixed_env",
    "from_pyfile",
    "get_debug_flag",
    "getenv",
    "load_dotenv",
    "putenv",
    "read_env",
    "use_debugger",
    "use_evalex",
];

/// Names that nothing but a look at what they stand for tells from those of others.
const COMMON: &[&str] = &["Server", "__init__", "bind", "listen", "server"];

static KNOWN: LazyLock<FxHashSet<&str>> =
    LazyLock::new(|| WORDS.iter().chain(SETTINGS).chain(DEBUG_WORDS).copied().chain(frameworks::words()).collect());
static KNOWN_OF_DEBUG: LazyLock<FxHashSet<&str>> =
    LazyLock::new(|| DEBUG_WORDS.iter().copied().chain(frameworks::debug_words()).collect());

static KNOWN_FOR_DEPLOYMENT: LazyLock<FxHashSet<&str>> =
    LazyLock::new(|| KNOWN.iter().chain(writes::WORDS).copied().collect());

/// Which of the functions that nothing called are walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// All of them, to try that the others tell nothing.
    #[cfg(test)]
    All,
    /// Those that may tell something.
    Telling,
    /// Those that may tell something of debug mode, and none of tests.
    OfDebug,
}

/// What was found out of the functions of a program, each by what tells its code from others.
#[derive(Debug, Default)]
pub(super) struct Idle<'p> {
    /// Whether each that was looked at may tell something.
    telling: FxHashMap<usize, bool>,
    /// What is in the code of each.
    code: FxHashMap<usize, Rc<Content<'p>>>,
}

/// What is in the code of a function.
#[derive(Debug, Default)]
struct Content<'p> {
    /// Whether it may tell something by itself, which can depend on who calls it.
    tells: bool,
    /// Whether it reads a variable of the environment, and always the same: a caller tells no more of that.
    reads: bool,
    /// What names in it stand for.
    functions: Vec<Function<'p>>,
    classes: BTreeSet<ClassId>,
    /// The attributes that it asks for.
    attributes: BTreeSet<&'p str>,
}

impl<'p> Interpreter<'p> {
    /// Whether nothing that is wanted can be learnt from walking a function that nothing calls.
    pub(super) fn is_idle(&mut self, function: Function<'p>) -> bool {
        match self.rest {
            #[cfg(test)]
            Rest::All => return false,
            Rest::OfDebug if self.is_test(function.module) => return true,
            Rest::Telling | Rest::OfDebug => {}
        }
        let code = address(function.code);
        if !self.idle.telling.contains_key(&code) {
            self.look_at(function);
        }
        !self.idle.telling.get(&code).copied().unwrap_or(true) && !self.content(function).reads
    }

    /// Finds out what a function may tell, with all that it leads to.
    fn look_at(&mut self, first: Function<'p>) {
        let mut callers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut newest: Vec<usize> = Vec::new();
        let mut seen: BTreeSet<usize> = BTreeSet::new();
        let mut waiting = vec![first];
        while let Some(function) = waiting.pop() {
            let code = address(function.code);
            match self.idle.telling.get(&code) {
                Some(true) => newest.push(code),
                Some(false) => {}
                None if seen.insert(code) => {
                    if self.content(function).tells {
                        newest.push(code);
                        continue;
                    }
                    for target in self.targets(function) {
                        callers.entry(address(target.code)).or_default().push(code);
                        waiting.push(target);
                    }
                }
                None => {}
            }
        }
        let mut telling: BTreeSet<usize> = newest.iter().copied().collect();
        while let Some(code) = newest.pop() {
            newest.extend(callers.get(&code).into_iter().flatten().filter(|code| telling.insert(**code)));
        }
        self.idle.telling.extend(seen.into_iter().map(|code| (code, telling.contains(&code))));
    }

    /// The functions that a function can come to: those that it names, and the methods of classes that it
    /// may have an object of, by their names.
    fn targets(&mut self, function: Function<'p>) -> Vec<Function<'p>> {
        let own = self.content(function);
        let mut targets = own.functions.clone();
        let mut classes = own.classes.clone();
        // What a function gives may be an object of a class that only that function names.
        let mut given: Vec<Rc<Content<'p>>> = own.functions.iter().map(|function| self.content(*function)).collect();
        if let Some(class) = self.classes_by_scope.get(&function.scope).copied() {
            classes.insert(class);
            // So may what the object was made with.
            if let Some((_, init)) = self.class_function(class, "__init__") {
                let init_content = self.content(init);
                targets.extend(&init_content.functions);
                given.push(init_content);
                targets.push(init);
            }
        }
        classes.extend(given.iter().flat_map(|content| &content.classes));
        let names = ["__call__", "__enter__", "__init__"];
        for class in classes {
            for name in own.attributes.iter().copied().chain(names) {
                self.methods(class, name, 0, &mut targets);
            }
        }
        targets
    }

    /// All functions that an attribute of an object of a class may be.
    fn methods(&self, class: ClassId, name: &str, depth: usize, found: &mut Vec<Function<'p>>) {
        if depth > MAX_DEPTH {
            return;
        }
        let data = &self.classes[class.0];
        for alt in self.scopes[data.scope.0].vars.get(name).iter().flat_map(|value| &value.0) {
            if let Obj::Function(function) = alt.obj {
                found.push(function);
            }
        }
        for alt in data.bases.iter().flat_map(|base| &base.0) {
            if let Obj::Class(base) = alt.obj {
                self.methods(base, name, depth + 1, found);
            }
        }
    }

    /// Whether what has this name is looked for.
    fn is_known(&self, word: &str) -> bool {
        let known = match self.rest {
            Rest::OfDebug => &KNOWN_OF_DEBUG,
            _ if self.for_deployment => &KNOWN_FOR_DEPLOYMENT,
            _ => &KNOWN,
        };
        known.contains(word)
    }

    /// Whether an attribute is a function of the standard library that is called like one that serves.
    fn is_of_no_server(&self, scope: ScopeId, attribute: &ast::ExprAttribute) -> bool {
        let Expr::Name(name) = &*attribute.value else { return false };
        let value = self.lookup(scope, name.id.as_str());
        let path = value.as_ref().and_then(|value| value.single()).map(|alt| &alt.obj);
        matches!(path, Some(Obj::External(path)) if matches!(&**path, "asyncio" | "subprocess"))
            && self.rest == Rest::OfDebug
    }

    /// Whether what has this dotted name is.
    fn is_known_path(&self, path: &str) -> bool {
        path.rsplit('.').next().is_some_and(|name| self.is_known(name))
    }

    fn content(&mut self, function: Function<'p>) -> Rc<Content<'p>> {
        let code = address(function.code);
        if let Some(known) = self.idle.code.get(&code) {
            return Rc::clone(known);
        }
        let mut looker = Looker { of: self, scope: function.scope, returns: 0, content: Content::default() };
        match function.code {
            Code::Lambda(lambda) => looker.visit_expr(&lambda.body),
            Code::Def(def) => {
                looker.content.tells = starts_with_the_server(function.code);
                for parameter in def.parameters.iter() {
                    parameter.annotation().into_iter().chain(parameter.default()).for_each(|it| looker.visit_expr(it));
                }
                looker.visit_body(&def.body);
            }
        }
        let content = Rc::new(looker.content);
        self.idle.code.insert(code, Rc::clone(&content));
        content
    }

    /// Takes up what a value leads to.
    fn follow(&self, value: &Value<'p>, depth: usize, content: &mut Content<'p>) {
        for Alt { obj, .. } in &value.0 {
            match obj {
                Obj::Const(_) | Obj::Any(_) | Obj::Starts(_) | Obj::Module(_) | Obj::ValueMember(..) => {}
                Obj::Function(function) | Obj::Method(_, function) => content.functions.push(*function),
                Obj::Class(class) => {
                    content.tells |= self.external_base(*class, 0).is_some_and(|path| self.is_known_path(&path));
                    content.classes.insert(*class);
                }
                Obj::External(path) => content.tells |= self.is_known_path(path),
                Obj::Member(_, name) => content.tells |= self.is_known(name),
                Obj::Partial(partial) => self.follow(&partial.function, depth, content),
                Obj::Object(id) => {
                    let object = &self.objects[id.0];
                    match &object.kind {
                        Kind::Instance(class) => drop(content.classes.insert(*class)),
                        Kind::Config => content.tells = true,
                        Kind::External(path) => {
                            let reads = ["environs.", "environ.", "decouple.", "starlette.config."];
                            let serves =
                                frameworks::entry(path).is_some_and(|entry| entry.role != frameworks::Role::App);
                            content.tells |= serves || reads.iter().any(|start| path.starts_with(start));
                        }
                        Kind::Dict | Kind::Sequence if depth < 3 => {
                            object.items.iter().for_each(|item| self.follow(&item.value, depth + 1, content));
                        }
                        Kind::Dict | Kind::Sequence | Kind::Super { .. } => {}
                    }
                }
            }
        }
    }
}

/// Looks through the code of a function.
struct Looker<'a, 'p> {
    of: &'a Interpreter<'p>,
    scope: ScopeId,
    /// How many `return` statements are around.
    returns: usize,
    content: Content<'p>,
}

impl<'p> Looker<'_, 'p> {
    fn word(&mut self, word: &str) {
        self.content.tells |= self.of.is_known(word) && !COMMON.contains(&word);
    }

    fn value(&mut self, value: &Value<'p>) {
        self.of.follow(value, 0, &mut self.content);
        // What returns an app is a factory.
        let is_app = |alt: &Alt<'p>| matches!(alt.obj, Obj::Object(id) if self.of.app_object(id).is_some());
        self.content.tells |= self.returns > 0 && value.0.iter().any(is_app);
    }

    /// Takes up an attribute, the name of which tells something unless it is only read from or called.
    fn attribute(&mut self, attribute: &'p ast::ExprAttribute, tells: bool) {
        if tells && !self.of.is_of_no_server(self.scope, attribute) {
            self.word(attribute.attr.as_str());
            // Objects that are no apps often keep something of this name too, which is theirs alone.
            let is_own = matches!(last_name(&attribute.value), Some("self" | "cls"));
            self.content.tells |= self.of.rest == Rest::OfDebug && attribute.attr.as_str() == CONFIG && !is_own;
        }
        self.content.attributes.insert(attribute.attr.as_str());
        self.dotted(attribute, tells);
        self.visit_expr(&attribute.value);
    }

    /// Takes up what `a.b.c` leads to, where `a` is a module.
    fn dotted(&mut self, attribute: &'p ast::ExprAttribute, tells: bool) {
        let mut names = vec![attribute.attr.as_str()];
        let mut at = &*attribute.value;
        while let Expr::Attribute(inner) = at {
            names.push(inner.attr.as_str());
            at = &inner.value;
        }
        let Expr::Name(first) = at else { return };
        let Some(value) = self.of.lookup(self.scope, first.id.as_str()) else { return };
        for alt in &value.0 {
            match &alt.obj {
                Obj::External(_) => self.content.tells |= tells && self.of.is_known(attribute.attr.as_str()),
                Obj::Module(id) => {
                    if let Some(scope) = self.of.imported.get(id)
                        && let Some(value) = names.last().and_then(|name| self.of.lookup(*scope, name))
                    {
                        self.value(&value);
                    }
                }
                _ => {}
            }
        }
    }
}

/// `os.environ`
fn is_environ(expr: &Expr) -> bool {
    last_name(expr) == Some("environ")
}

/// The last part of a dotted name.
fn last_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}

/// What a call that reads a variable of the environment, named in place, is given besides: a default.
fn environment_read(call: &ast::ExprCall) -> Option<&[Expr]> {
    let is_read = match &*call.func {
        Expr::Attribute(get) if get.attr.as_str() == "get" => is_environ(&get.value),
        function => last_name(function) == Some("getenv"),
    };
    match &*call.arguments.args {
        [Expr::StringLiteral(_), default @ ..] if is_read && call.arguments.keywords.is_empty() => Some(default),
        _ => None,
    }
}

/// `app.config`. Most functions that name one only read a value from it.
fn config(expr: &Expr) -> Option<&ast::ExprAttribute> {
    expr.as_attribute_expr().filter(|attribute| attribute.attr.as_str() == CONFIG)
}

impl<'p> Visitor<'p> for Looker<'_, 'p> {
    fn visit_stmt(&mut self, stmt: &'p Stmt) {
        if self.content.tells {
            return;
        }
        match stmt {
            // What others see of it may be told by them.
            Stmt::Global(_) | Stmt::Nonlocal(_) => self.content.tells = true,
            Stmt::Return(_) => {
                self.returns += 1;
                python::visitor::walk_stmt(self, stmt);
                self.returns -= 1;
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    let from = self.of.project.module(self.of.scopes[self.scope.0].module).path();
                    self.content.tells |=
                        matches!(self.of.project.resolve(from, 0, alias.name.as_str()), Import::Module(_));
                }
            }
            Stmt::ImportFrom(import) => {
                let from = self.of.project.module(self.of.scopes[self.scope.0].module).path();
                let module = import.module.as_ref().map_or("", |name| name.as_str());
                let found = self.of.project.resolve(from, import.level, module);
                let scope = match found {
                    Import::Module(id) => self.of.imported.get(&id),
                    Import::Opaque | Import::External => None,
                };
                for alias in &import.names {
                    self.word(alias.name.as_str());
                    if let Some(scope) = scope
                        && let Some(value) = self.of.lookup(*scope, alias.name.as_str())
                    {
                        self.value(&value);
                    }
                }
            }
            _ => python::visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_keyword(&mut self, keyword: &'p ast::Keyword) {
        if let Some(name) = &keyword.arg {
            self.word(name.as_str());
        }
        python::visitor::walk_keyword(self, keyword);
    }

    fn visit_expr(&mut self, expr: &'p Expr) {
        if self.content.tells {
            return;
        }
        match expr {
            Expr::Name(name) => {
                // What is called `config` may be anything, and what it stands for is looked at below.
                if name.id.as_str() != CONFIG {
                    self.word(name.id.as_str());
                }
                if let Some(value) = self.of.lookup(self.scope, name.id.as_str()) {
                    self.value(&value);
                }
            }
            Expr::Call(call)
                if let Expr::Attribute(function) = &*call.func
                    && function.attr.as_str() == "debug" =>
            {
                // A line for a log: the `debug` of an app is no function.
                self.attribute(function, false);
                self.visit_arguments(&call.arguments);
            }
            Expr::Call(call) if let Some(default) = environment_read(call) => {
                self.content.reads = true;
                default.iter().for_each(|it| self.visit_expr(it));
            }
            Expr::Subscript(subscript)
                if subscript.ctx.is_load()
                    && subscript.slice.is_string_literal_expr()
                    && is_environ(&subscript.value) =>
            {
                self.content.reads = true;
            }
            Expr::Subscript(subscript)
                if subscript.ctx.is_load()
                    && let Some(config) = config(&subscript.value) =>
            {
                self.attribute(config, false);
                self.visit_expr(&subscript.slice);
            }
            // Whatever the key is, and whatever is put in.
            Expr::Subscript(subscript)
                if subscript.ctx.is_store()
                    && !subscript.slice.is_string_literal_expr()
                    && config(&subscript.value).is_some() =>
            {
                self.content.tells = true;
            }
            Expr::Attribute(attribute) => match config(&attribute.value) {
                Some(_) if attribute.attr.as_str() == "update" => self.content.tells = true,
                Some(config) if attribute.attr.as_str() == "get" => {
                    self.content.attributes.insert("get");
                    self.attribute(config, false);
                }
                _ => self.attribute(attribute, true),
            },
            Expr::StringLiteral(text) => self.word(text.value.to_str()),
            _ => python::visitor::walk_expr(self, expr),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::super::Project;
    use super::super::super::facts::Purpose;
    use super::Rest;
    use crate::source::{ProjectPath, Tree};

    /// The facts of a project, with those functions walked that need not be, and without.
    fn facts(tree: &Tree) -> (String, String) {
        let project = Project::load(tree);
        let both = [Purpose::Rules, Purpose::Deployment];
        let text =
            |rest| both.map(|purpose| format!("{:#?}", super::super::gather_with(&project, purpose, rest))).concat();
        (text(Rest::All), text(Rest::Telling))
    }

    #[test]
    fn what_need_not_be_walked_tells_nothing() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        let mut seen = 0;
        for folder in ["apps", "fixtures", "cases"] {
            let mut folders = vec![root.join(folder)];
            while let Some(folder) = folders.pop() {
                let entries: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap()).collect();
                folders.extend(entries.iter().map(std::fs::DirEntry::path).filter(|path| path.is_dir()));
                if !entries.iter().any(|entry| entry.path().extension().is_some_and(|end| end == "py")) {
                    continue;
                }
                let (all, some) = facts(&Tree::open(&folder).unwrap());
                assert!(all == some, "{}:\n{}", folder.display(), first_difference(&all, &some));
                seen += 1;
            }
        }
        assert!(seen > 100, "{seen}");
    }

    #[test]
    fn what_can_tell_something_is_walked_however_it_is_reached() {
        for code in [
            "def serve():\n    app.run(debug=True)\ndef main():\n    serve()\n",
            "def serve():\n    go = app.run\n    go(debug=True)\ndef main():\n    COMMANDS['serve']()\nCOMMANDS = {'serve': serve}\n",
            "class Runner:\n    def go(self):\n        app.run()\n    def main(self):\n        self.go()\n",
            "class Runner:\n    def go(self):\n        app.run()\ndef main():\n    one = Runner()\n    one.go()\n",
            "class Base:\n    def go(self):\n        app.run()\nclass Runner(Base): pass\ndef main():\n    Runner().go()\n",
            "class Runner:\n    def go(self):\n        app.run()\ndef one():\n    return Runner()\ndef main():\n    one().go()\n",
            "class Runner:\n    def go(self, d):\n        app.run(debug=d)\nclass Shop:\n    def __init__(self):\n        self.one = Runner()\n    def main(self):\n        self.one.go(True)\n",
            "class Shop(Flask):\n    pass\ndef main():\n    return Shop(__name__)\n",
            "class Shop:\n    def __init__(self):\n        self.app = Flask(__name__)\n    def main(self):\n        self.app.run()\n",
            "def launch(one):\n    one.run(debug=True)\ndef main():\n    launch(app)\n",
            "from eventlet import wsgi\nimport eventlet\ndef main():\n    wsgi.server(eventlet.listen(('', 80)), app)\n",
            "go = app.run\ndef main():\n    go(host='0.0.0.0')\n",
            "from functools import partial\ngo = partial(app.run, debug=True)\ndef main():\n    go()\n",
            "def main():\n    return app\n",
            "def main():\n    from flask import Flask as F\n    return F(__name__)\n",
            "flag = False\ndef main():\n    global flag\n    flag = True\ndef other():\n    app.debug = flag\n",
            "settings = app.config\ndef main():\n    settings.update(x)\n",
            "import os\nenv = os.environ\ndef main():\n    return env['SHOP']\n",
            "def main(key):\n    app.config[key] = True\n",
            "def main():\n    app.config['DEBUG'] = True\n",
            "def main(new):\n    app.config.update(new)\n",
            "def main(new):\n    app.config |= new\n",
            "def set(config):\n    config['DEBUG'] = True\ndef main():\n    set(app.config)\n",
            "def main():\n    app.debug = app.config['X']\n",
            "def main():\n    app.config.get('RUNNER').run(debug=True)\n",
            "class Logger:\n    def debug(self, one):\n        one.run(debug=True)\ndef main():\n    Logger().debug(app)\n",
            "def debug(one):\n    one.run(debug=True)\ndef main():\n    debug(app)\n",
            "import os\ndef flag():\n    return os.environ.get('SHOP')\ndef main():\n    return flag()\n",
            "import os\ndef flag(name):\n    return os.environ.get(name)\ndef main():\n    return flag('SHOP')\n",
            "import os\ndef flag():\n    return os.getenv('SHOP', '0')\ndef serve(d):\n    app.run(debug=d)\ndef main():\n    serve(flag())\n",
            "import os\ndef flag():\n    return os.environ['SHOP'] == '1'\ndef main():\n    if flag():\n        app.run()\n",
            "def main():\n    from decouple import config\n    return config('SHOP')\n",
            "from decouple import config\ndef main():\n    return config('SHOP')\n",
            "def even(n):\n    return odd(n)\ndef odd(n):\n    app.run()\n    return even(n)\ndef main():\n    even(1)\n",
        ] {
            let dir = tempfile::tempdir().unwrap();
            let mut tree = Tree::open(dir.path()).unwrap();
            let text = format!("from flask import Flask\napp = Flask(__name__)\n{code}");
            tree.write(ProjectPath::new("app.py"), text.into_bytes());
            let (all, some) = facts(&tree);
            assert!(all == some, "{code}\n{}", first_difference(&all, &some));
        }
    }

    #[test]
    #[ignore = "takes a folder of projects, in FLASKSHIP_PROJECTS"]
    fn what_need_not_be_walked_tells_nothing_in_other_projects() {
        let projects = std::env::var_os("FLASKSHIP_PROJECTS").unwrap();
        let mut wrong = 0;
        for project in std::fs::read_dir(projects).unwrap().map(|entry| entry.unwrap().path()) {
            let Ok(tree) = Tree::open(&project) else { continue };
            let (all, some) = facts(&tree);
            if all != some {
                wrong += 1;
                println!("{}:\n{}", project.display(), first_difference(&all, &some));
            }
        }
        assert_eq!(wrong, 0);
    }

    fn first_difference(one: &str, other: &str) -> String {
        let at = one.lines().zip(other.lines()).position(|(one, other)| one != other).unwrap_or_default();
        let around = |text: &str| text.lines().skip(at.saturating_sub(8)).take(20).collect::<Vec<_>>().join("\n");
        format!("{}\n---- instead of\n{}", around(other), around(one))
    }
}
