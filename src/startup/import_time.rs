//! What is different once a module is imported by a server instead of run as a script, apart from
//! its guard: tests of `__name__`, a command line that belongs to the server, a process that may
//! end, work that every worker process does, and jobs that only the reloader's child starts.

use std::collections::{BTreeMap, BTreeSet};

use super::asks;
use super::guard;
use crate::project::{Import, Module, ModuleId, Place, Project, import_statements};
use crate::source::{ProjectPath, Span, Unread};
use crate::syntax::effects;
use crate::syntax::names::has_word;
use crate::syntax::python::{self, Expr, Stmt, Visitor, ast, visitor};

/// The variable that Werkzeug's reloader sets for the process that serves.
pub(super) const RELOADER: &str = "WERKZEUG_RUN_MAIN";

/// The key under which Werkzeug's server, before 2.1, hands requests a function that stops it.
const SHUTDOWN: &str = "werkzeug.server.shutdown";

/// A test of `__name__` that is no `__main__` guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NameTest {
    /// The comparison.
    pub(super) span: Span,
    /// Whether it only decides about statements of the module that the author wrote for imports:
    /// `if __name__ != "__main__":`.
    pub(super) for_imports: bool,
}

/// Finds where a module tests `__name__` other than in a guard.
pub(super) fn name_tests(module: &Module) -> Vec<NameTest> {
    struct Finder(Vec<Span>);
    impl<'a> Visitor<'a> for Finder {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            if let Stmt::If(it) = stmt
                && guard::is_guard(it)
            {
                it.body.iter().for_each(|stmt| self.visit_stmt(stmt));
                it.elif_else_clauses.iter().for_each(|clause| self.visit_elif_else_clause(clause));
                return;
            }
            visitor::walk_stmt(self, stmt);
        }
        fn visit_expr(&mut self, expr: &'a Expr) {
            if let Expr::Compare(compare) = expr
                && compares_name(compare)
            {
                self.0.push(python::span(compare));
            }
            visitor::walk_expr(self, expr);
        }
    }
    let mut finder = Finder(Vec::new());
    finder.visit_body(module.syntax.body());
    let for_imports = |span: Span| {
        module.syntax.body().iter().any(|stmt| {
            matches!(stmt, Stmt::If(it) if python::span(&*it.test) == span
                && matches!(&*it.test, Expr::Compare(compare) if matches!(&*compare.ops, [ast::CmpOp::NotEq])))
        })
    };
    finder.0.into_iter().map(|span| NameTest { span, for_imports: for_imports(span) }).collect()
}

fn compares_name(compare: &ast::ExprCompare) -> bool {
    let name = |expr: &Expr| matches!(expr, Expr::Name(name) if name.id.as_str() == "__name__");
    name(&compare.left) || compare.comparators.iter().any(name)
}

/// A module and the modules of the project that importing it leads to; `deep` counts the imports
/// in functions too.
pub(super) fn reached(project: &Project, from: ModuleId, deep: bool) -> Vec<ModuleId> {
    let mut seen = BTreeSet::from([from]);
    let mut found = vec![from];
    let mut next = 0;
    while let Some(id) = found.get(next).copied() {
        next += 1;
        let module = project.module(id);
        let at_import: Vec<Span> = if deep { Vec::new() } else { import_time(module) };
        for stmt in import_statements(module) {
            let span = python::span(stmt);
            if !deep && !at_import.iter().any(|run| run.contains(span)) {
                continue;
            }
            let mut targets = Vec::new();
            let mut add = |level, dotted: &str| {
                if let Import::Module(id) = project.resolve(module.path(), level, dotted) {
                    targets.push(id);
                }
            };
            match stmt {
                Stmt::Import(import) => import.names.iter().for_each(|alias| add(0, &alias.name)),
                Stmt::ImportFrom(import) => {
                    let from = import.module.as_ref().map_or("", |name| name.as_str());
                    add(import.level, from);
                    for alias in &import.names {
                        let gap = if from.is_empty() { "" } else { "." };
                        add(import.level, &format!("{from}{gap}{}", alias.name));
                    }
                }
                _ => {}
            }
            found.extend(targets.into_iter().filter(|id| seen.insert(*id)));
        }
    }
    found
}

/// The simple statements of a module that run when it is imported.
fn statements(module: &Module) -> Vec<&Stmt> {
    let mut found = Vec::new();
    collect(module.syntax.body(), &mut found);
    found
}

fn import_time(module: &Module) -> Vec<Span> {
    statements(module).into_iter().map(python::span).collect()
}

fn collect<'p>(body: &'p [Stmt], found: &mut Vec<&'p Stmt>) {
    for stmt in body {
        match stmt {
            Stmt::FunctionDef(_) => {}
            Stmt::ClassDef(def) => collect(&def.body, found),
            Stmt::If(it) => {
                if !guard::is_guard(it) {
                    collect(&it.body, found);
                }
                it.elif_else_clauses.iter().for_each(|clause| collect(&clause.body, found));
            }
            Stmt::For(it) => [&it.body, &it.orelse].into_iter().for_each(|body| collect(body, found)),
            Stmt::While(it) => [&it.body, &it.orelse].into_iter().for_each(|body| collect(body, found)),
            Stmt::With(it) => collect(&it.body, found),
            Stmt::Try(it) => {
                collect(&it.body, found);
                for handler in &it.handlers {
                    let ast::ExceptHandler::ExceptHandler(handler) = handler;
                    collect(&handler.body, found);
                }
                [&it.orelse, &it.finalbody].into_iter().for_each(|body| collect(body, found));
            }
            _ => found.push(stmt),
        }
    }
}

/// The Python 2 file that importing a module leads to, if one does.
pub(super) fn python2(project: &Project, id: ModuleId) -> Option<ProjectPath> {
    let old: Vec<&Unread> = project.unread.iter().filter(|unread| unread.message.contains("Python 2")).collect();
    if old.is_empty() {
        return None;
    }
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for id in reached(project, id, false) {
        for stmt in import_statements(project.module(id)) {
            match stmt {
                Stmt::Import(import) => wanted.extend(import.names.iter().map(|alias| alias.name.to_string())),
                Stmt::ImportFrom(import) => {
                    let from = import.module.as_ref().map_or("", |name| name.as_str());
                    wanted.insert(from.to_owned());
                    wanted.extend(import.names.iter().map(|alias| format!("{from}.{}", alias.name)));
                }
                _ => {}
            }
        }
    }
    let found = old.into_iter().find(|unread| {
        let module = unread.path.as_str().trim_end_matches(".py").trim_end_matches("/__init__").replace('/', ".");
        let last = module.rsplit('.').next().unwrap_or(&module);
        wanted.iter().any(|dotted| {
            let dotted = dotted.trim_start_matches('.');
            dotted.split('.').any(|part| part == last) && (module.ends_with(dotted) || dotted.contains(last))
        })
    });
    found.map(|unread| unread.path.clone())
}

/// Why importing a module cannot go as running it did: the place, and what it does there.
pub(super) fn obstacle(project: &Project, id: ModuleId) -> Option<(Place, String)> {
    reached(project, id, false).into_iter().find_map(|id| {
        let module = project.module(id);
        let asks = asks::at_import(project, id, &statements(module));
        let found = asks.or_else(|| exits_without_debug(module));
        found.map(|(span, why)| (Place { module: id, span }, why))
    })
}

/// Where a module that an app leads to imports from the script by the name that it only has while it is
/// the one that runs.
pub(super) fn main_import(project: &Project, id: ModuleId) -> Option<Place> {
    reached(project, id, false).into_iter().find_map(|id| {
        let stmts = statements(project.module(id));
        let found = stmts.into_iter().find(|stmt| imports_main(stmt))?;
        Some(Place { module: id, span: python::span(found) })
    })
}

fn imports_main(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Import(import) => import.names.iter().any(|alias| alias.name.as_str() == "__main__"),
        Stmt::ImportFrom(import) => {
            import.level == 0 && import.module.as_ref().is_some_and(|from| from.as_str() == "__main__")
        }
        _ => false,
    }
}

/// A process that ends itself at import when debug mode is off.
fn exits_without_debug(module: &Module) -> Option<(Span, String)> {
    let mut found = None;
    for stmt in module.syntax.body() {
        let Stmt::If(it) = stmt else { continue };
        if guard::is_guard(it) {
            continue;
        }
        let test = module.slice(python::span(&*it.test));
        let mut inner = Vec::new();
        collect(&it.body, &mut inner);
        it.elif_else_clauses.iter().for_each(|clause| collect(&clause.body, &mut inner));
        let exit = inner.into_iter().find(|stmt| ends_process(stmt));
        if ["debug", "DEBUG"].iter().any(|word| has_word(test, word))
            && let Some(exit) = exit
        {
            found = found.or(Some((python::span(exit), format!("ends the process, as `{test}` decides"))));
        }
    }
    found
}

fn ends_process(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Expr(expr) => match &*expr.value {
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(method) => matches!(method.attr.as_str(), "exit" | "_exit" | "abort"),
                Expr::Name(name) => matches!(name.id.as_str(), "exit" | "quit"),
                _ => false,
            },
            _ => false,
        },
        Stmt::Raise(raise) => {
            raise.exc.as_deref().and_then(|exc| effects::root(exc)).is_some_and(|name| name == "SystemExit")
        }
        _ => false,
    }
}

/// Where importing a module starts something that runs beside the server.
pub(super) fn started(project: &Project, id: ModuleId) -> Vec<Place> {
    let mut places = Vec::new();
    for id in reached(project, id, false) {
        let module = project.module(id);
        let all = statements(module);
        let runners: BTreeSet<&str> = all.iter().filter_map(|stmt| background(stmt)).collect();
        for stmt in all {
            if starts_background(stmt, &runners) {
                places.push(Place { module: id, span: python::span(stmt) });
            }
        }
    }
    places
}

/// What runs beside the code that makes it.
const BACKGROUND: &[&str] = &["Thread", "Timer", "Process", "APScheduler", "Observer"];

/// Calls that start another program, or that take away what every start of the app would lose again.
const DRASTIC: &[&str] = &["Popen", "flushall", "flushdb", "drop_all", "drop_database", "rmtree", "delete_many"];

/// Methods that start something by themselves.
const STARTS: &[&str] =
    &["start_new_thread", "start_background_task", "loop_start", "loop_forever", "start_consuming", "start_polling"];

/// Where importing a module starts another program or takes data away, which every worker process
/// would do again.
pub(super) fn drastic(project: &Project, id: ModuleId) -> Option<Place> {
    reached(project, id, false).into_iter().find_map(|id| {
        let found = statements(project.module(id)).into_iter().find(|stmt| is_drastic(stmt))?;
        Some(Place { module: id, span: python::span(found) })
    })
}

/// Whether a statement is, or gives a name to, one of the drastic calls.
fn is_drastic(stmt: &Stmt) -> bool {
    let call = match stmt {
        Stmt::Expr(expr) => &*expr.value,
        Stmt::Assign(assign) => &*assign.value,
        _ => return false,
    };
    let Expr::Call(call) = call else { return false };
    match &*call.func {
        Expr::Attribute(method) => DRASTIC.contains(&method.attr.as_str()),
        Expr::Name(name) => DRASTIC.contains(&name.id.as_str()),
        _ => false,
    }
}

fn makes_background(expr: &Expr) -> bool {
    let Expr::Call(call) = expr else { return false };
    let name = match &*call.func {
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        Expr::Name(name) => name.id.as_str(),
        _ => return false,
    };
    BACKGROUND.contains(&name) || name.ends_with("Scheduler")
}

/// The name that a statement gives to something that will run beside the server.
fn background(stmt: &Stmt) -> Option<&str> {
    let Stmt::Assign(assign) = stmt else { return None };
    let [Expr::Name(name)] = &assign.targets[..] else { return None };
    makes_background(&assign.value).then_some(name.id.as_str())
}

fn starts_background(stmt: &Stmt, runners: &BTreeSet<&str>) -> bool {
    let call = match stmt {
        Stmt::Expr(expr) => &*expr.value,
        Stmt::Assign(assign) => &*assign.value,
        _ => return false,
    };
    let Expr::Call(call) = call else { return false };
    let Expr::Attribute(method) = &*call.func else { return false };
    if STARTS.contains(&method.attr.as_str()) {
        return true;
    }
    let known = matches!(&*method.value, Expr::Name(name) if runners.contains(name.id.as_str()));
    method.attr.as_str() == "start" && (known || makes_background(&method.value))
}

/// Where code that an app leads to asks whether it runs in the reloader's child, and does so in a
/// way that is never true without the reloader.
pub(super) fn reloader_tests(project: &Project, id: ModuleId) -> Vec<Place> {
    #[derive(Default)]
    struct Finder<'a> {
        found: Vec<Span>,
        /// Whether what is visited may also be true without the variable.
        open: bool,
        /// Names that were given the answer, and where it was asked for.
        answers: BTreeMap<&'a str, Span>,
    }
    impl<'a> Visitor<'a> for Finder<'a> {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            match stmt {
                // What is done with the answer counts: `if not app.debug or is_child:` waits for nothing.
                Stmt::Assign(assign) if let [Expr::Name(name)] = &assign.targets[..] => {
                    let before = self.found.len();
                    self.visit_expr(&assign.value);
                    if let Some(asked) = self.found.drain(before..).next() {
                        self.answers.insert(name.id.as_str(), asked);
                    }
                }
                // Setting it, to quiet the server, asks nothing.
                Stmt::Assign(assign) => self.visit_expr(&assign.value),
                _ => visitor::walk_stmt(self, stmt),
            }
        }
        fn visit_expr(&mut self, expr: &'a Expr) {
            let open = self.open;
            match expr {
                Expr::Call(it) if matches!(&*it.func, Expr::Attribute(method) if matches!(method.attr.as_str(), "setdefault" | "putenv" | "pop")) =>
                {
                    self.open = true;
                }
                Expr::BoolOp(it) if it.op == ast::BoolOp::Or => self.open = true,
                Expr::UnaryOp(it) if it.op == ast::UnaryOp::Not => self.open = true,
                Expr::Compare(it) if it.ops.iter().any(|op| matches!(op, ast::CmpOp::NotEq | ast::CmpOp::NotIn)) => {
                    self.open = true;
                }
                Expr::Compare(it)
                    if it.comparators.iter().any(Expr::is_none_literal_expr)
                        && it.ops.iter().any(|op| matches!(op, ast::CmpOp::Is | ast::CmpOp::Eq)) =>
                {
                    self.open = true;
                }
                Expr::StringLiteral(text) if text.value.to_str() == RELOADER && !self.open => {
                    self.found.push(python::span(text));
                }
                Expr::Name(name) if name.ctx.is_load() && !self.open => {
                    self.found.extend(self.answers.get(name.id.as_str()));
                }
                _ => {}
            }
            visitor::walk_expr(self, expr);
            self.open = open;
        }
    }
    let mut places = Vec::new();
    for id in reached(project, id, true) {
        let mut finder = Finder::default();
        finder.visit_body(project.module(id).syntax.body());
        finder.found.sort();
        finder.found.dedup();
        places.extend(finder.found.into_iter().map(|span| Place { module: id, span }));
    }
    places
}

/// A page that stops or restarts the server.
pub(super) struct Shutdown {
    pub(super) place: Place,
    /// Whether it does so by its own process, and not through the development server.
    pub(super) by_process: bool,
}

/// Where code that an app leads to asks the development server to stop itself, or a page ends or replaces
/// the process that it is served by.
pub(super) fn shutdowns(project: &Project, id: ModuleId) -> Vec<Shutdown> {
    struct Finder<'m> {
        module: &'m Module,
        in_page: bool,
        found: Vec<(Span, bool)>,
    }
    impl<'a> Visitor<'a> for Finder<'_> {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            let outer = self.in_page;
            if let Stmt::FunctionDef(def) = stmt {
                self.in_page |= def.decorator_list.iter().any(|decorator| is_page(&decorator.expression));
            }
            visitor::walk_stmt(self, stmt);
            self.in_page = outer;
        }
        fn visit_expr(&mut self, expr: &'a Expr) {
            match expr {
                Expr::StringLiteral(text) if text.value.to_str() == SHUTDOWN => {
                    self.found.push((python::span(text), false));
                }
                Expr::Call(call) if self.in_page && is_of_process(self.module, call) => {
                    self.found.push((python::span(call), true));
                }
                _ => visitor::walk_expr(self, expr),
            }
        }
    }
    let mut shutdowns = Vec::new();
    for id in reached(project, id, true) {
        let mut finder = Finder { module: project.module(id), in_page: false, found: Vec::new() };
        finder.visit_body(project.module(id).syntax.body());
        let found = finder.found.into_iter();
        shutdowns.extend(found.map(|(span, by_process)| Shutdown { place: Place { module: id, span }, by_process }));
    }
    shutdowns
}

impl Shutdown {
    /// What a person should know about it, without a final period.
    pub(super) fn message(&self) -> &'static str {
        if self.by_process {
            "this page ends or replaces the process that serves it: under a WSGI server that is one worker, which its \
             master starts again, so stop or reload the service from outside"
        } else {
            "only the development server can be stopped so, and no longer since Werkzeug 2.1: elsewhere this is an error"
        }
    }
}

/// Whether a decorator makes a function a page: `@app.route("/")`.
fn is_page(decorator: &Expr) -> bool {
    let Expr::Call(call) = decorator else { return false };
    matches!(&*call.func, Expr::Attribute(attribute)
        if matches!(attribute.attr.as_str(), "route" | "get" | "post" | "put" | "delete" | "patch"))
}

/// Whether a call starts the program anew in the place of its process, or sends the process a signal:
/// `os.execv(sys.executable, …)`, `os.kill(os.getpid(), …)`.
fn is_of_process(module: &Module, call: &ast::ExprCall) -> bool {
    let Expr::Attribute(attribute) = &*call.func else { return false };
    let told = module.slice(python::span(&call.arguments));
    match attribute.attr.as_str() {
        "execv" | "execve" | "execl" | "execle" | "execlp" | "execvp" | "execvpe" => {
            has_word(told, "executable") || has_word(told, "argv")
        }
        "kill" => has_word(told, "getpid"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{ProjectPath, Tree};

    /// What `find` says of `app.py`, whose line is `line`.
    fn found<T>(line: &str, find: impl Fn(&Project, ModuleId) -> T) -> T {
        let dir = tempfile::tempdir().unwrap();
        let mut tree = Tree::open(dir.path()).unwrap();
        let text = format!("from flask import Flask\nimport jobs\napp = Flask(__name__)\n{line}\n");
        tree.write(ProjectPath::new("app.py"), text.into_bytes());
        tree.write(ProjectPath::new("jobs.py"), b"import flask\n".to_vec());
        let project = Project::load(&tree);
        let id = project.by_path(&ProjectPath::new("app.py")).unwrap();
        find(&project, id)
    }

    #[test]
    fn a_page_that_ends_its_process_is_found() {
        let ends = |line: &str| found(line, |project, id| shutdowns(project, id).len());
        let page = |call: &str| format!("@app.route('/stop')\ndef stop():\n    {call}\n    return ''");
        assert_eq!(ends(&page("os.execv(sys.executable, [sys.executable] + sys.argv)")), 1);
        assert_eq!(ends(&page("os.kill(os.getpid(), signal.SIGINT)")), 1);
        assert_eq!(ends(&page("os.kill(pid, signal.SIGINT)")), 0);
        assert_eq!(ends(&page("subprocess.run([sys.executable, 'job.py'])")), 0);
        assert_eq!(ends("def restart():\n    os.execv(sys.executable, sys.argv)"), 0);
    }

    #[test]
    fn a_guard_is_no_test_of_the_name() {
        let tests = |line: &str| found(line, |project, id| name_tests(project.module(id)));
        assert_eq!(tests("if __name__ == '__main__':\n    app.run()"), []);
        assert_eq!(tests("log = getLogger(__name__)"), []);
        assert!(!tests("alone = __name__ == '__main__'")[0].for_imports);
        assert!(!tests("def f():\n    if __name__ != '__main__':\n        return")[0].for_imports);
        assert!(tests("if __name__ != '__main__':\n    f()")[0].for_imports);
        assert!(!tests("if __name__ == '__main__':\n    pass\nelif __name__ == 'app':\n    f()").is_empty());
    }

    #[test]
    fn only_waiting_for_the_reloader_is_a_trap() {
        let tests = |line: &str| found(line, |project, id| reloader_tests(project, id).len());
        for trap in [
            "if os.environ.get('WERKZEUG_RUN_MAIN') == 'true':\n    start()",
            "if os.getenv('WERKZEUG_RUN_MAIN'):\n    start()",
            "def f():\n    if 'WERKZEUG_RUN_MAIN' in os.environ:\n        start()",
            "if os.environ.get('WERKZEUG_RUN_MAIN') is not None:\n    start()",
            "if app.config['JOBS'] and os.environ['WERKZEUG_RUN_MAIN'] == 'true':\n    start()",
            "child = os.environ.get('WERKZEUG_RUN_MAIN') == 'true'\nif child:\n    start()",
            "child = os.environ.get('WERKZEUG_RUN_MAIN')\nif child and app.debug:\n    start()\nif child:\n    stop()",
        ] {
            assert_eq!(tests(trap), 1, "{trap}");
        }
        for fine in [
            "if not app.debug or os.environ.get('WERKZEUG_RUN_MAIN') == 'true':\n    start()",
            "if os.environ.get('WERKZEUG_RUN_MAIN') != 'true':\n    start()",
            "if not os.environ.get('WERKZEUG_RUN_MAIN'):\n    start()",
            "if os.environ.get('WERKZEUG_RUN_MAIN') is None:\n    start()",
            "child = os.environ.get('WERKZEUG_RUN_MAIN') == 'true'\nif not app.debug or child:\n    start()",
            "child = os.environ.get('WERKZEUG_RUN_MAIN') == 'true'\nif not child:\n    start()",
            "os.environ['WERKZEUG_RUN_MAIN'] = 'true'",
            "os.environ.setdefault('WERKZEUG_RUN_MAIN', 'true')",
        ] {
            assert_eq!(tests(fine), 0, "{fine}");
        }
    }

    #[test]
    fn what_a_server_cannot_have_an_import_do() {
        let stops = |line: &str| found(line, |project, id| obstacle(project, id).is_some());
        for bad in [
            "args = parser.parse_args()",
            "port = int(sys.argv[1])",
            "name = input('name? ')",
            "if not app.debug:\n    sys.exit(1)",
            "if DEBUG:\n    pass\nelse:\n    raise SystemExit('set SECRET_KEY')",
            "class Options:\n    args = parser.parse_args()",
        ] {
            assert!(stops(bad), "{bad}");
        }
        for fine in [
            "def main():\n    return parser.parse_args()",
            "args = parser.parse_args([])",
            "name = sys.argv[0]",
            "try:\n    import redis\nexcept ImportError:\n    sys.exit('install redis')",
            "if __name__ == '__main__':\n    args = parser.parse_args()",
            "ask = lambda: input('name? ')",
        ] {
            assert!(!stops(fine), "{fine}");
        }
    }

    #[test]
    fn what_an_import_starts() {
        let starts = |line: &str| found(line, |project, id| started(project, id).len());
        for one in [
            "threading.Thread(target=f).start()",
            "t = Thread(target=f, daemon=True)\nt.start()",
            "scheduler = BackgroundScheduler()\nscheduler.start()",
            "client.loop_start()",
        ] {
            assert_eq!(starts(one), 1, "{one}");
        }
        for none in ["timer.start()", "def f():\n    Thread(target=g).start()", "t = Thread(target=f)"] {
            assert_eq!(starts(none), 0, "{none}");
        }
    }
}
