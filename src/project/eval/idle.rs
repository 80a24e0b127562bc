//! Functions that need not be walked: those that nothing calls and that can do nothing that is looked for.
//!
//! Most functions of a large program are of this kind, and walking them took most of the time. A function
//! may tell something where a word in it is one that the interpreter looks for, or where a name in it
//! stands for a function or a class of which the same is true. What is called is walked anyway, for its
//! result.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::LazyLock;

use super::super::frameworks;
use super::super::modules::Import;
use super::value::{Alt, ClassId, Code, Function, Obj, ScopeId, Value};
use super::{Interpreter, Kind, address, starts_with_the_server};
use crate::syntax::python::{self, Expr, Stmt, Visitor, ast};

/// Names of functions, methods, attributes, parameters and keys that the interpreter knows, besides those
/// of the frameworks.
const WORDS: &[&str] = &[
    "APIBlueprint",
    "AutoConfig",
    "BaseSettings",
    "Blueprint",
    "Config",
    "DEBUG",
    "DEBUG_TB_ENABLED",
    "DebuggedApplication",
    "DispatcherMiddleware",
    "ENV",
    "Env",
    "FileAwareEnv",
    "MAX_CONTENT_LENGTH",
    "Mqtt",
    "Popen",
    "Process",
    "ProcessPoolExecutor",
    "ProxyFix",
    "SECRET_KEY",
    "SERVER_NAME",
    "SQLALCHEMY_DATABASE_URI",
    "Server",
    "SharedDataMiddleware",
    "Sock",
    "Sockets",
    "Thread",
    "ThreadPoolExecutor",
    "Timer",
    "UPLOAD_FOLDER",
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
    "debug",
    "dotenv_values",
    "environ",
    "execv",
    "execve",
    "execvp",
    "execvpe",
    "find_dotenv",
    "from_file",
    "from_json",
    "from_mapping",
    "from_object",
    "from_prefixed_env",
    "from_pyfile",
    "get_debug_flag",
    "getenv",
    "getoutput",
    "getstatusoutput",
    "import_module",
    "import_string",
    "init_app",
    "load_dotenv",
    "loop_start",
    "makedirs",
    "mkdir",
    "open",
    "popen",
    "putenv",
    "read_env",
    "register_blueprint",
    "route",
    "run_with_cloudflared",
    "run_with_lt",
    "run_with_ngrok",
    "secret_key",
    "spawn",
    "spawn_n",
    "start",
    "start_background_task",
    "start_new_thread",
    "static_folder",
    "stream_with_context",
    "submit",
    "system",
    "use_debugger",
    "use_evalex",
    "wsgi_app",
];

static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| WORDS.iter().copied().chain(frameworks::words()).collect());

fn is_known(word: &str) -> bool {
    KNOWN.contains(word)
}

/// A function or a class, by what tells it from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Function(usize),
    Class(ClassId),
}

/// What was found out of the functions of a program.
#[derive(Debug, Default)]
pub(super) struct Idle {
    /// Whether each that was looked at may tell something.
    telling: BTreeMap<Node, bool>,
}

/// What a function or a class leads to.
#[derive(Default)]
struct Leads<'p> {
    /// Whether it may tell something by itself.
    tells: bool,
    functions: Vec<Function<'p>>,
    classes: Vec<ClassId>,
}

impl<'p> Interpreter<'p> {
    /// Whether nothing can be learnt from walking a function that nothing calls.
    pub(super) fn is_idle(&mut self, function: Function<'p>) -> bool {
        let node = Node::Function(address(function.code));
        if !self.idle.telling.contains_key(&node) {
            self.look_at(function);
        }
        let own = self.classes_by_scope.get(&function.scope).map(|class| Node::Class(*class));
        // Methods of one class hand each other what they know through the object.
        !std::iter::once(node).chain(own).any(|node| self.idle.telling.get(&node).copied().unwrap_or(true))
    }

    /// Finds out what a function may tell, with all that it leads to.
    fn look_at(&mut self, first: Function<'p>) {
        let mut leads: BTreeMap<Node, Vec<Node>> = BTreeMap::new();
        let mut telling: BTreeSet<Node> = BTreeSet::new();
        let mut functions = vec![first];
        let mut classes: Vec<ClassId> = self.classes_by_scope.get(&first.scope).copied().into_iter().collect();
        loop {
            let (node, found) = if let Some(function) = functions.pop() {
                let node = Node::Function(address(function.code));
                if leads.contains_key(&node) || self.idle.telling.contains_key(&node) {
                    continue;
                }
                (node, self.leads_of(function))
            } else if let Some(class) = classes.pop() {
                let node = Node::Class(class);
                if leads.contains_key(&node) || self.idle.telling.contains_key(&node) {
                    continue;
                }
                (node, self.leads_of_class(class))
            } else {
                break;
            };
            if found.tells {
                telling.insert(node);
            }
            let nodes = found.functions.iter().map(|function| Node::Function(address(function.code)));
            leads.insert(node, nodes.chain(found.classes.iter().copied().map(Node::Class)).collect());
            functions.extend(found.functions);
            classes.extend(found.classes);
        }
        let mut from: BTreeMap<Node, Vec<Node>> = BTreeMap::new();
        for (node, targets) in &leads {
            for target in targets {
                if self.idle.telling.get(target) == Some(&true) {
                    telling.insert(*node);
                }
                from.entry(*target).or_default().push(*node);
            }
        }
        let mut newest: Vec<Node> = telling.iter().copied().collect();
        while let Some(node) = newest.pop() {
            newest.extend(from.get(&node).into_iter().flatten().filter(|node| telling.insert(**node)));
        }
        self.idle.telling.extend(leads.into_keys().map(|node| (node, telling.contains(&node))));
    }

    fn leads_of(&self, function: Function<'p>) -> Leads<'p> {
        let mut looker = Looker { of: self, scope: function.scope, returns: 0, leads: Leads::default() };
        match function.code {
            Code::Lambda(lambda) => looker.visit_expr(&lambda.body),
            Code::Def(def) => {
                looker.leads.tells = starts_with_the_server(function.code);
                for parameter in def.parameters.iter() {
                    parameter.annotation().into_iter().chain(parameter.default()).for_each(|it| looker.visit_expr(it));
                }
                looker.visit_body(&def.body);
            }
        }
        looker.leads
    }

    /// A class leads to its methods and to what it inherits from.
    fn leads_of_class(&self, class: ClassId) -> Leads<'p> {
        let mut leads = Leads::default();
        let data = &self.classes[class.0];
        for value in data.bases.iter().chain(self.scopes[data.scope.0].vars.values().map(|value| &**value)) {
            self.follow(value, 0, &mut leads);
        }
        leads
    }

    /// Takes up what a value leads to.
    fn follow(&self, value: &Value<'p>, depth: usize, leads: &mut Leads<'p>) {
        for Alt { obj, .. } in &value.0 {
            match obj {
                Obj::Const(_) | Obj::Any(_) | Obj::Module(_) | Obj::ValueMember(..) => {}
                Obj::Function(function) | Obj::Method(_, function) => leads.functions.push(*function),
                Obj::Class(class) => leads.classes.push(*class),
                Obj::External(path) => leads.tells |= path.rsplit('.').next().is_some_and(is_known),
                Obj::Member(_, name) => leads.tells |= is_known(name),
                Obj::Partial(partial) => self.follow(&partial.function, depth, leads),
                Obj::Object(id) => {
                    let object = &self.objects[id.0];
                    match &object.kind {
                        Kind::Instance(class) => leads.classes.push(*class),
                        Kind::Config => leads.tells = true,
                        Kind::External(path) => {
                            let reads = ["environs.", "environ.", "decouple.", "starlette.config."];
                            leads.tells |= reads.iter().any(|start| path.starts_with(start));
                        }
                        Kind::Dict | Kind::Sequence if depth < 3 => {
                            object.items.iter().for_each(|item| self.follow(&item.value, depth + 1, leads));
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
    leads: Leads<'p>,
}

impl<'p> Looker<'_, 'p> {
    fn word(&mut self, word: &str) {
        self.leads.tells |= is_known(word);
    }

    fn value(&mut self, value: &Value<'p>) {
        self.of.follow(value, 0, &mut self.leads);
        // What returns an app is a factory.
        let is_app = |alt: &Alt<'p>| matches!(alt.obj, Obj::Object(id) if self.of.app_object(id).is_some());
        self.leads.tells |= self.returns > 0 && value.0.iter().any(is_app);
    }
}

impl<'p> Visitor<'p> for Looker<'_, 'p> {
    fn visit_stmt(&mut self, stmt: &'p Stmt) {
        if self.leads.tells {
            return;
        }
        match stmt {
            // What others see of it may be told by them.
            Stmt::Global(_) | Stmt::Nonlocal(_) => self.leads.tells = true,
            Stmt::Return(_) => {
                self.returns += 1;
                python::visitor::walk_stmt(self, stmt);
                self.returns -= 1;
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    let from = self.of.project.module(self.of.scopes[self.scope.0].module).path();
                    self.leads.tells |=
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
        if self.leads.tells {
            return;
        }
        match expr {
            Expr::Name(name) => {
                self.word(name.id.as_str());
                if let Some(value) = self.of.lookup(self.scope, name.id.as_str()) {
                    self.value(&value);
                }
            }
            Expr::Attribute(attribute) => {
                self.word(attribute.attr.as_str());
                if let Expr::Name(name) = &*attribute.value
                    && let Some(value) = self.of.lookup(self.scope, name.id.as_str())
                {
                    for alt in &value.0 {
                        if let Obj::Module(id) = alt.obj
                            && let Some(scope) = self.of.imported.get(&id)
                            && let Some(value) = self.of.lookup(*scope, attribute.attr.as_str())
                        {
                            self.value(&value);
                        }
                    }
                }
                python::visitor::walk_expr(self, expr);
            }
            Expr::StringLiteral(text) => self.word(text.value.to_str()),
            _ => python::visitor::walk_expr(self, expr),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::super::Project;
    use crate::source::{ProjectPath, Tree};

    /// The facts of a project, with those functions walked that need not be, and without.
    fn facts(tree: &Tree) -> (String, String) {
        let project = Project::load(tree);
        let text = |all| format!("{:#?}", super::super::gather_with(&project, all));
        (text(true), text(false))
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
            "go = app.run\ndef main():\n    go(host='0.0.0.0')\n",
            "from functools import partial\ngo = partial(app.run, debug=True)\ndef main():\n    go()\n",
            "def main():\n    return app\n",
            "def main():\n    from flask import Flask as F\n    return F(__name__)\n",
            "flag = False\ndef main():\n    global flag\n    flag = True\ndef other():\n    app.debug = flag\n",
            "settings = app.config\ndef main():\n    settings.update(x)\n",
            "import os\nenv = os.environ\ndef main():\n    return env['SHOP']\n",
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

    fn first_difference(one: &str, other: &str) -> String {
        let at = one.lines().zip(other.lines()).position(|(one, other)| one != other).unwrap_or_default();
        let around = |text: &str| text.lines().skip(at.saturating_sub(8)).take(20).collect::<Vec<_>>().join("\n");
        format!("{}\n---- instead of\n{}", around(other), around(one))
    }
}
