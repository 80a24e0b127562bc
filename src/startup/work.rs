//! What a launcher does before it starts the server: what only feeds the start-up call, and what is
//! work that a WSGI server must not skip.

use std::collections::BTreeSet;

use super::guard::is_inert;
use super::import_time;
use super::words::{INTERACTIVE, code, is_interactive};
use crate::project::{Import, Module, Project, in_project, is_module, top_level_imports};
use crate::source::Span;
use crate::syntax::effects::{is_harmless, root};
use crate::syntax::names::{Names, bound_name, prefixes};
use crate::syntax::python::{self, Expr, Stmt, Visitor, ast, visitor};

/// The statements before a start-up call, sorted by what they are for.
#[derive(Debug, Default)]
pub(super) struct Before<'p> {
    /// Those that do something for the app, in order.
    pub(super) work: Vec<&'p Stmt>,
    /// Whether the command line or the keyboard decides what is served, or how.
    pub(super) interactive: bool,
}

/// Methods that give control to a loop of their own and come back when the program is to end: asyncio's and
/// socketserver's, those of clients of brokers and of bots, and of windows.
const LOOPS: &[&str] = &[
    "idle",
    "infinity_polling",
    "loop_forever",
    "mainloop",
    "run_forever",
    "run_polling",
    "run_until_disconnected",
    "serve_forever",
    "start_consuming",
];

/// Whether a statement does not come to an end by itself.
pub(super) fn never_ends(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Expr(expr) => {
            matches!(&*expr.value, Expr::Call(call)
                if matches!(&*call.func, Expr::Attribute(attribute) if LOOPS.contains(&attribute.attr.as_str())))
        }
        Stmt::While(it) => matches!(&*it.test, Expr::BooleanLiteral(test) if test.value) && !leaves_loop(&it.body),
        _ => false,
    }
}

/// Whether a body of a loop may leave the loop.
fn leaves_loop(body: &[Stmt]) -> bool {
    struct Leaves(bool);
    impl<'a> python::Visitor<'a> for Leaves {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            self.0 |= matches!(stmt, Stmt::Break(_) | Stmt::Return(_) | Stmt::Raise(_));
            python::visitor::walk_stmt(self, stmt);
        }
    }
    let mut leaves = Leaves(false);
    python::Visitor::visit_body(&mut leaves, body);
    leaves.0
}

/// Sorts the statements before a start-up call. `served` is the expression of the app.
pub(super) fn sort<'p>(
    project: &Project,
    module: &'p Module,
    names: &Names,
    before: &[&'p Stmt],
    call: Span,
    served: Span,
) -> Before<'p> {
    let block = before.iter().map(|stmt| python::span(*stmt));
    let spans: Vec<Span> = block.chain([call]).collect();
    let served: BTreeSet<&str> = names.read_in(served).map(|name| name.name.as_str()).collect();
    let (aside, before): (Vec<&Stmt>, Vec<&Stmt>) = before.iter().copied().partition(|stmt| for_terminal(stmt));
    let told: Vec<Span> = aside.iter().map(|stmt| python::span(*stmt)).chain([call]).collect();
    let before = &before[..];
    let feeds = |stmt: &Stmt| can_feed(stmt) && !calls_project(project, module, names, stmt) && !wraps(stmt, &served);
    let mut feeding: Vec<bool> = before.iter().map(|stmt| feeds(stmt)).collect();
    loop {
        let fed: BTreeSet<&str> = before
            .iter()
            .zip(&feeding)
            .filter(|(_, feeds)| **feeds)
            .flat_map(|(stmt, _)| names.bound_in(python::span(*stmt)))
            .collect();
        let reaching = reaching(module, names, before, &feeding, &told);
        let wanted_elsewhere = |name: &str| {
            served.contains(name)
                || names.bound_outside(name, &spans)
                || names.mentioned_outside(name, &spans)
                || before
                    .iter()
                    .zip(&feeding)
                    .any(|(stmt, feeds)| !feeds && names.read_in(python::span(*stmt)).any(|read| read.name == name))
        };
        let mut changed = false;
        let mut next = feeding.clone();
        for (index, stmt) in before.iter().enumerate().filter(|(index, _)| feeding[*index]) {
            let bound = names.bound_in(python::span(*stmt));
            let stays = inner_calls(stmt)
                .iter()
                .all(|call| root_of_call(call).is_some_and(|root| fed.contains(root) && reaching.contains(root)))
                && !bound.iter().any(|name| wanted_elsewhere(name))
                && (bound.is_empty()
                    || bound.iter().any(|name| reaching.contains(name))
                    || matches!(stmt, Stmt::Import(_) | Stmt::ImportFrom(_))
                    || !has_call(stmt));
            if !stays {
                next[index] = false;
                changed = true;
            }
        }
        feeding = next;
        if !changed {
            break;
        }
    }
    let mut sorted = Before { work: Vec::new(), interactive: is_interactive(&code(module, call)) };
    // Signals are the server's own; whoever runs the script keeps the handlers.
    sorted.interactive |= aside.iter().any(|stmt| handles_signal(stmt));
    for (stmt, feeds) in before.iter().zip(&feeding) {
        if *feeds {
            sorted.interactive |= is_interactive(&code(module, python::span(*stmt)));
        } else if !is_inert(stmt) {
            sorted.work.push(stmt);
        }
    }
    sorted
}

/// The names whose values end up in the start-up call or on the terminal, or in what asks the
/// command line.
fn reaching<'n>(
    module: &Module,
    names: &'n Names,
    before: &[&Stmt],
    feeding: &[bool],
    told: &[Span],
) -> BTreeSet<&'n str> {
    let reads = told.iter().flat_map(|span| names.read_in(*span));
    let mut reaching: BTreeSet<&str> = reads.map(|read| read.name.as_str()).collect();
    loop {
        let known = reaching.len();
        for stmt in before.iter().zip(feeding).filter_map(|(stmt, feeds)| feeds.then_some(*stmt)) {
            let span = python::span(stmt);
            let feeds_on = names.bound_in(span).iter().any(|name| reaching.contains(name))
                || root_of_call(stmt).is_some_and(|root| reaching.contains(root))
                || is_interactive(&code(module, span));
            // `group = parser.add_argument_group()`: what fills a part fills the whole.
            if part_of(stmt).is_some_and(|root| reaching.contains(root)) {
                reaching.extend(names.bound_in(span));
            }
            if feeds_on {
                reaching.extend(names.read_in(span).map(|read| read.name.as_str()));
            }
        }
        if reaching.len() == known {
            return reaching;
        }
    }
}

/// Whether a statement only speaks to the person at the terminal, or handles the signals of the
/// process: nothing that a served app would miss.
pub(super) fn for_terminal(stmt: &Stmt) -> bool {
    let all = |body: &[Stmt]| body.iter().all(|stmt| for_terminal(stmt) || is_inert(stmt));
    match stmt {
        Stmt::Expr(expr) => prints(&expr.value) || handles_signal(stmt),
        Stmt::If(it) => {
            is_harmless(&it.test)
                && all(&it.body)
                && it
                    .elif_else_clauses
                    .iter()
                    .all(|clause| clause.test.as_ref().is_none_or(is_harmless) && all(&clause.body))
        }
        Stmt::For(it) => is_name(&it.target) && is_harmless(&it.iter) && all(&it.body) && all(&it.orelse),
        _ => false,
    }
}

/// Functions that print.
const PRINTING: &[&str] = &["print", "pprint", "print.click", "echo.click", "secho.click", "write.sys", "flush.sys"];

/// A call that prints, of values that can be had without doing anything.
fn prints(expr: &Expr) -> bool {
    let Expr::Call(call) = expr else { return false };
    let name = match &*call.func {
        Expr::Name(name) => name.id.to_string(),
        Expr::Attribute(method) => format!("{}.{}", method.attr, root(&method.value).unwrap_or_default()),
        _ => return false,
    };
    let values = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
    let texts = || {
        let mut texts = Texts::default();
        texts.visit_expr(expr);
        texts.0
    };
    // `app.logger.info("Starting server on …")`: that server does not start any more.
    let speaks_of_it = ["info.", "debug."].iter().any(|level| name.starts_with(level))
        && texts().iter().any(|text| {
            let text = text.to_lowercase();
            ["server", "http", "starting", "running"].iter().any(|word| text.contains(word))
        });
    let clears = matches!(&*name, "system.os")
        && !texts().is_empty()
        && texts().iter().all(|text| matches!(text.as_str(), "cls" | "clear" | "nt" | "posix"));
    (PRINTING.contains(&&*name) || clears || speaks_of_it) && values.into_iter().all(is_harmless)
}

#[derive(Default)]
struct Texts(Vec<String>);

impl<'a> Visitor<'a> for Texts {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::StringLiteral(text) = expr {
            self.0.push(text.value.to_str().to_owned());
        }
        visitor::walk_expr(self, expr);
    }
    fn visit_interpolated_string_element(&mut self, element: &'a ast::InterpolatedStringElement) {
        if let ast::InterpolatedStringElement::Literal(literal) = element {
            self.0.push(literal.value.to_string());
        }
        visitor::walk_interpolated_string_element(self, element);
    }
}

fn handles_signal(stmt: &Stmt) -> bool {
    signal_handler(stmt).is_some()
}

/// What a statement has a signal handled by: `signal.signal(signal.SIGTERM, stop)`.
pub(super) fn signal_handler(stmt: &Stmt) -> Option<&Expr> {
    let Stmt::Expr(expr) = stmt else { return None };
    let Expr::Call(call) = &*expr.value else { return None };
    let Expr::Attribute(method) = &*call.func else { return None };
    let is_it = method.attr.as_str() == "signal" && root(&method.value) == Some("signal");
    call.arguments.find_argument_value("handler", 1).filter(|_| is_it)
}

/// Variables of the environment that turn off what makes a login safe, for those who develop without TLS.
const INSECURE: &[&str] = &["OAUTHLIB_INSECURE_TRANSPORT", "AUTHLIB_INSECURE_TRANSPORT"];

/// The variable that a statement, or all of a block, sets for development only.
pub(super) fn insecure(stmt: &Stmt) -> Option<&'static str> {
    let mut leaves = Vec::new();
    super::launcher::leaves_of(std::slice::from_ref(stmt), &mut leaves);
    let named = |expr: &Expr| match expr {
        Expr::StringLiteral(text) => INSECURE.iter().copied().find(|name| *name == text.value.to_str()),
        _ => None,
    };
    let sets = |stmt: &Stmt| match stmt {
        Stmt::Assign(assign) => match &assign.targets[..] {
            [Expr::Subscript(target)] => named(&target.slice),
            _ => None,
        },
        Stmt::Expr(expr) => match &*expr.value {
            Expr::Call(call) if matches!(called(call), "setdefault" | "putenv") => {
                call.arguments.args.first().and_then(named)
            }
            _ => None,
        },
        _ => None,
    };
    let first = leaves.first().and_then(|stmt| sets(stmt))?;
    leaves.into_iter().all(|stmt| sets(stmt).is_some()).then_some(first)
}

/// Whether a statement only starts a thread, or waits.
pub(super) fn only_waits(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Expr(expr) => match &*expr.value {
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(method) => {
                    matches!(method.attr.as_str(), "start" | "join" | "sleep" | "pause" | "wait" | "setDaemon")
                }
                Expr::Name(name) => matches!(name.id.as_str(), "sleep" | "pause" | "input"),
                _ => false,
            },
            _ => false,
        },
        Stmt::Assign(assign) => assign
            .targets
            .iter()
            .all(|target| matches!(target, Expr::Attribute(attribute) if attribute.attr.as_str() == "daemon")),
        Stmt::While(it) => it.body.iter().all(|stmt| only_waits(stmt) || is_inert(stmt)),
        _ => false,
    }
}

/// Whether a statement makes a thread or process for what lies in a span.
pub(super) fn runs_beside(stmt: &Stmt, span: Span) -> bool {
    struct Finder {
        span: Span,
        found: bool,
    }
    impl<'a> Visitor<'a> for Finder {
        fn visit_expr(&mut self, expr: &'a Expr) {
            if let Expr::Call(call) = expr
                && python::span(call).contains(self.span)
            {
                let name = match &*call.func {
                    Expr::Attribute(attribute) => attribute.attr.as_str(),
                    Expr::Name(name) => name.id.as_str(),
                    _ => "",
                };
                self.found |= matches!(
                    name,
                    "Thread" | "Process" | "Timer" | "start_new_thread" | "spawn" | "submit" | "run_in_executor"
                );
            }
            visitor::walk_expr(self, expr);
        }
    }
    let mut finder = Finder { span, found: false };
    finder.visit_stmt(stmt);
    finder.found
}

/// The statements within a statement that are nothing but a call.
fn inner_calls(stmt: &Stmt) -> Vec<&Stmt> {
    let mut leaves = Vec::new();
    super::launcher::leaves_of(std::slice::from_ref(stmt), &mut leaves);
    leaves.retain(|leaf| matches!(leaf, Stmt::Expr(expr) if expr.value.is_call_expr()));
    leaves
}

/// The last part of the name of what is called.
pub(super) fn called(call: &ast::ExprCall) -> &str {
    match &*call.func {
        Expr::Name(name) => &name.id,
        Expr::Attribute(attribute) => &attribute.attr,
        _ => "",
    }
}

/// The last parts of the names of all that a statement calls.
pub(super) fn called_in(stmt: &Stmt) -> Vec<String> {
    struct Finder(Vec<String>);
    impl<'a> Visitor<'a> for Finder {
        fn visit_expr(&mut self, expr: &'a Expr) {
            if let Expr::Call(call) = expr {
                self.0.push(called(call).to_owned());
            }
            visitor::walk_expr(self, expr);
        }
    }
    let mut finder = Finder(Vec::new());
    finder.visit_stmt(stmt);
    finder.0
}

fn has_call(stmt: &Stmt) -> bool {
    let mut calls = Calls::default();
    calls.visit_stmt(stmt);
    calls.any
}

/// Methods that only fill the object they are called on, which a start-up call then gets: the
/// options of a parser, the certificate of a TLS context, the keys of a dictionary.
const FILLING: &[&str] = &[
    "add_argument",
    "add_argument_group",
    "add_mutually_exclusive_group",
    "add_option",
    "add_parser",
    "add_subparsers",
    "set_defaults",
    "load_cert_chain",
    "load_verify_locations",
    "use_certificate_file",
    "use_privatekey_file",
    "read",
    "read_file",
    "read_string",
    "append",
    "extend",
    "insert",
    "update",
    "setdefault",
    "pop",
    "add",
];

/// Whether a statement makes something that puts itself around the app: `socketio = SocketIO(app)`.
fn wraps(stmt: &Stmt, served: &BTreeSet<&str>) -> bool {
    let Stmt::Assign(assign) = stmt else { return false };
    let Expr::Call(call) = &*assign.value else { return false };
    let told = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
    let is_app = |value: &Expr| matches!(value, Expr::Name(name) if served.contains(name.id.as_str()));
    called(call) == "SocketIO" && told.into_iter().any(is_app)
}

/// Whether a statement is of a kind that can only give names their values.
fn can_feed(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Assign(assign) => assign.targets.iter().all(is_name),
        Stmt::AnnAssign(assign) => is_name(&assign.target),
        Stmt::AugAssign(assign) => is_name(&assign.target),
        Stmt::Import(_) | Stmt::ImportFrom(_) => true,
        Stmt::Expr(_) => root_of_call(stmt).is_some(),
        // `with open("config.json") as file: config = json.load(file)`.
        Stmt::With(it) => it.items.iter().all(|item| only_reads(&item.context_expr)) && it.body.iter().all(can_feed),
        Stmt::If(it) => {
            it.body.iter().all(can_feed) && it.elif_else_clauses.iter().all(|clause| clause.body.iter().all(can_feed))
        }
        Stmt::Try(it) => {
            it.body.iter().chain(&it.orelse).chain(&it.finalbody).all(can_feed)
                && it.handlers.iter().all(|handler| {
                    let python::ast::ExceptHandler::ExceptHandler(handler) = handler;
                    handler.body.iter().all(|stmt| can_feed(stmt) || is_inert(stmt))
                })
        }
        _ => false,
    }
}

/// Whether an expression opens a file to read it.
fn only_reads(expr: &Expr) -> bool {
    let Expr::Call(call) = expr else { return false };
    let is_path = matches!(&*call.func, Expr::Attribute(attribute) if attribute.attr.as_str() == "open");
    let is_builtin = matches!(&*call.func, Expr::Name(name) if name.id.as_str() == "open");
    let told = call.arguments.keywords.iter().find(|it| it.arg.as_ref().is_some_and(|name| name == "mode"));
    let mode = call.arguments.args.get(usize::from(is_builtin)).or(told.map(|keyword| &keyword.value));
    let reads =
        |mode: &Expr| matches!(mode, Expr::StringLiteral(text) if !text.value.to_str().contains(['w', 'a', 'x', '+']));
    (is_path || is_builtin) && mode.is_none_or(reads)
}

/// `parser` for the statement `group = parser.add_argument_group(...)`.
fn part_of(stmt: &Stmt) -> Option<&str> {
    let Stmt::Assign(assign) = stmt else { return None };
    let Expr::Call(call) = &*assign.value else { return None };
    let Expr::Attribute(method) = &*call.func else { return None };
    if FILLING.contains(&method.attr.as_str()) { root(&call.func) } else { None }
}

fn is_name(expr: &Expr) -> bool {
    match expr {
        Expr::Name(_) => true,
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_name),
        _ => false,
    }
}

/// `parser` for the statement `parser.add_argument(...)`.
fn root_of_call(stmt: &Stmt) -> Option<&str> {
    let Stmt::Expr(expr) = stmt else { return None };
    let Expr::Call(call) = &*expr.value else { return None };
    let Expr::Attribute(method) = &*call.func else { return None };
    let fills = FILLING.contains(&method.attr.as_str()) || INTERACTIVE.contains(&method.attr.as_str());
    if fills { root(&call.func) } else { None }
}

/// Whether a statement calls, or imports, code of the project, which may do more than give a value.
fn calls_project(project: &Project, module: &Module, names: &Names, stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Import(import) => {
            let ours = |alias: &&ast::Alias| in_project(project, module.path().dir(), &alias.name);
            return import.names.iter().filter(ours).any(|alias| !is_quiet(project, module, 0, &alias.name));
        }
        Stmt::ImportFrom(import) => {
            let name = import.module.as_ref().map_or("", |name| name.as_str());
            let ours = import.level > 0 || in_project(project, module.path().dir(), name);
            let has_parts = || import.names.iter().any(|alias| is_module(project, module, import, alias));
            return ours && (!is_quiet(project, module, import.level, name) || has_parts());
        }
        _ => {}
    }
    let mut calls = Calls::default();
    calls.visit_stmt(stmt);
    calls.of_project(project, module, names)
}

/// Whether importing a module of the project gives names their values and does nothing else that importing
/// `module` does not do: a file of settings.
fn is_quiet(project: &Project, module: &Module, level: u32, dotted: &str) -> bool {
    let Some(own) = project.by_path(module.path()) else { return false };
    let reached = import_time::reached(project, own, false);
    prefixes(dotted).all(|dotted| match project.resolve(module.path(), level, dotted) {
        Import::Module(id) => {
            let home = project.module(id);
            reached.contains(&id) || home.syntax.body().iter().all(|stmt| sets(project, home, stmt))
        }
        _ => false,
    })
}

/// Whether a statement of a module only binds names.
fn sets(project: &Project, module: &Module, stmt: &Stmt) -> bool {
    let outside = |dotted: &str| !in_project(project, module.path().dir(), dotted);
    match stmt {
        Stmt::Import(import) => import.names.iter().all(|alias| outside(&alias.name)),
        Stmt::ImportFrom(import) => import.level == 0 && import.module.as_ref().is_some_and(|name| outside(name)),
        Stmt::FunctionDef(def) => def.decorator_list.is_empty(),
        Stmt::Assign(assign) => assign.targets.iter().all(is_name) && is_harmless(&assign.value),
        Stmt::AnnAssign(assign) => is_name(&assign.target) && assign.value.as_deref().is_none_or(is_harmless),
        _ => is_inert(stmt),
    }
}

/// Whether an expression calls code of the project, which may do more than give a value.
pub(super) fn expr_calls_project(project: &Project, module: &Module, names: &Names, expr: &Expr) -> bool {
    let mut calls = Calls::default();
    calls.visit_expr(expr);
    calls.of_project(project, module, names)
}

/// Whether a name is that of a class or function of the project that does nothing when it is called but
/// to give a value: `Config()` that reads the environment, `get_port()`.
pub(super) fn only_gives(project: &Project, module: &Module, name: &str) -> bool {
    let (home, called) = match import_of(module, name) {
        Some(Stmt::ImportFrom(import)) => {
            let from = import.module.as_ref().map_or("", |name| name.as_str());
            let Import::Module(id) = project.resolve(module.path(), import.level, from) else { return false };
            let alias = import.names.iter().find(|alias| bound_name(alias) == name);
            (project.module(id), alias.map_or(name, |alias| alias.name.as_str()))
        }
        Some(_) => return false,
        None => (module, name),
    };
    let mut found = home.syntax.body().iter().filter(|stmt| match stmt {
        Stmt::FunctionDef(def) => def.name.as_str() == called,
        Stmt::ClassDef(def) => def.name.as_str() == called,
        _ => false,
    });
    match (found.next(), found.next()) {
        (Some(Stmt::FunctionDef(def)), None) => {
            def.decorator_list.is_empty() && !def.is_async && def.body.iter().all(gives)
        }
        (Some(Stmt::ClassDef(def)), None) => {
            let made = |stmt: &&Stmt| matches!(stmt, Stmt::FunctionDef(def) if ["__init__", "__new__", "__post_init__"].contains(&def.name.as_str()));
            def.decorator_list.is_empty()
                && def.arguments.is_none()
                && def.body.iter().filter(made).all(|stmt| match stmt {
                    Stmt::FunctionDef(def) => def.name.as_str() == "__init__" && def.body.iter().all(gives),
                    _ => false,
                })
        }
        _ => false,
    }
}

/// Whether a statement of a function does nothing but keep or return a value.
fn gives(stmt: &Stmt) -> bool {
    let keeps = |target: &Expr| match target {
        Expr::Name(_) => true,
        Expr::Attribute(attribute) => matches!(&*attribute.value, Expr::Name(name) if name.id.as_str() == "self"),
        _ => false,
    };
    match stmt {
        Stmt::Assign(assign) => assign.targets.iter().all(keeps) && is_harmless(&assign.value),
        Stmt::AnnAssign(assign) => keeps(&assign.target) && assign.value.as_deref().is_none_or(is_harmless),
        Stmt::Return(it) => it.value.as_deref().is_none_or(is_harmless),
        Stmt::If(it) => {
            is_harmless(&it.test)
                && it.body.iter().all(gives)
                && it.elif_else_clauses.iter().all(|clause| clause.body.iter().all(gives))
        }
        _ => is_inert(stmt),
    }
}

/// Whether a global name of a module is defined in the project: not a built-in, nor imported from outside.
pub(super) fn is_own(project: &Project, module: &Module, names: &Names, name: &str) -> bool {
    match import_of(module, name) {
        Some(Stmt::Import(import)) => import
            .names
            .iter()
            .filter(|alias| bound_name(alias) == name)
            .any(|alias| in_project(project, module.path().dir(), &alias.name)),
        Some(Stmt::ImportFrom(import)) => {
            let from = import.module.as_ref().map_or("", |name| name.as_str());
            import.level > 0 || in_project(project, module.path().dir(), from)
        }
        _ => names.binds.iter().any(|bind| {
            bind.name == name
                && module.syntax.body().iter().any(|stmt| match stmt {
                    Stmt::FunctionDef(def) => python::span(&def.name) == bind.span,
                    Stmt::ClassDef(def) => python::span(&def.name) == bind.span,
                    _ => false,
                })
        }),
    }
}

/// The import statement at the top level that binds a name, when nothing else binds it.
pub(super) fn import_of<'p>(module: &'p Module, name: &str) -> Option<&'p Stmt> {
    top_level_imports(module.syntax.body()).find(|stmt| match stmt {
        Stmt::Import(import) => import.names.iter().any(|alias| bound_name(alias) == name),
        Stmt::ImportFrom(import) => import.names.iter().any(|alias| bound_name(alias) == name),
        _ => false,
    })
}

/// The names that calls in some code start from.
#[derive(Default)]
struct Calls {
    roots: BTreeSet<String>,
    /// Whether there is any call at all.
    any: bool,
}

impl Calls {
    fn of_project(&self, project: &Project, module: &Module, names: &Names) -> bool {
        self.roots.iter().any(|root| is_own(project, module, names, root) && !only_gives(project, module, root))
    }
}

impl<'a> Visitor<'a> for Calls {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            self.any = true;
            self.roots.extend(root(&call.func).map(str::to_owned));
        }
        visitor::walk_expr(self, expr);
    }
}
