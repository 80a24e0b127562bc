//! Values of a module that requests change: with several processes, each has its own.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::Place;
use super::super::modules::{Import, ModuleId};
use super::Desk;
use crate::syntax::python::{self, Expr, Stmt, Visitor, ast};

/// Methods that change a collection.
const CHANGES: &[&str] = &[
    "append",
    "appendleft",
    "add",
    "extend",
    "insert",
    "update",
    "pop",
    "popleft",
    "popitem",
    "remove",
    "discard",
    "clear",
    "setdefault",
    "put",
    "put_nowait",
];

/// Decorators, besides those with a URL, of functions that a request calls.
const EVENTS: &[&str] = &["route", "get", "post", "put", "patch", "delete", "on", "event", "websocket", "errorhandler"];

/// Methods of class-based views.
const VERBS: &[&str] = &["get", "post", "put", "patch", "delete", "dispatch_request"];

/// Makers of collections that can be changed.
const COLLECTIONS: &[&str] =
    &["dict", "list", "set", "deque", "defaultdict", "OrderedDict", "Counter", "Queue", "LifoQueue", "bytearray"];

/// Words in names of what may differ between processes without harm.
const HARMLESS: &[&str] = &["cache", "memo", "lock", "logger", "pool", "seen_warnings", "metrics"];

/// The first change of a module's value that a request makes, told with its place.
pub(super) fn written(desk: &Desk<'_>) -> Option<String> {
    let books: BTreeMap<ModuleId, Book<'_>> =
        desk.modules.iter().map(|id| (*id, Book::of(desk.project.module(*id).syntax.body()))).collect();
    let mut waiting: Vec<(ModuleId, &ast::StmtFunctionDef)> =
        books.iter().flat_map(|(id, book)| book.handlers.iter().map(|def| (*id, *def))).collect();
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    let mut found: Vec<(Place, String)> = Vec::new();
    while let Some((id, def)) = waiting.pop() {
        if !seen.insert(std::ptr::from_ref(def) as usize) {
            continue;
        }
        let Some(book) = books.get(&id) else { continue };
        let mut body = Body::of(def);
        body.visit_body(&def.body);
        for change in &body.changes {
            let owner = match book.origin(desk, id, &change.name) {
                Some(origin) => origin,
                None => continue,
            };
            let (owner, name) = owner;
            let holds = books.get(&owner).and_then(|book| book.values.get(name.as_str())).copied();
            let counts = match holds {
                Some(Holds::Collection) => true,
                // A number or text is only changed where the function declares it global.
                Some(Holds::Plain) => change.rebinds && owner == id,
                None => false,
            };
            if counts && !is_harmless(&name) {
                found.push((Place { module: id, span: change.span }, name));
            }
        }
        for called in &body.calls {
            if let Some((owner, name)) = book.origin(desk, id, called)
                && let Some(def) = books.get(&owner).and_then(|book| book.functions.get(name.as_str()))
            {
                waiting.push((owner, def));
            }
        }
    }
    let (place, name) = found.into_iter().min()?;
    Some(format!(
        "a request changes the variable {name} in {}, which each process would have of its own",
        desk.at(place)
    ))
}

fn is_harmless(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    HARMLESS.iter().any(|word| name.contains(word))
}

/// What a module's name holds after the import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Collection,
    Plain,
}

/// The names of a module.
#[derive(Default)]
struct Book<'a> {
    values: BTreeMap<&'a str, Holds>,
    functions: BTreeMap<&'a str, &'a ast::StmtFunctionDef>,
    /// What is imported from elsewhere: level, module and name there.
    imports: BTreeMap<&'a str, (u32, &'a str, &'a str)>,
    handlers: Vec<&'a ast::StmtFunctionDef>,
}

impl<'a> Book<'a> {
    fn of(body: &'a [Stmt]) -> Self {
        let mut book = Self::default();
        book.top(body);
        let mut handlers = Handlers { found: Vec::new(), views: false };
        handlers.visit_body(body);
        book.handlers = handlers.found;
        book
    }

    /// Statements that run on import, those in `if` and `try` too.
    fn top(&mut self, body: &'a [Stmt]) {
        for stmt in body {
            match stmt {
                Stmt::Assign(assign) => {
                    for target in &assign.targets {
                        self.bind(target, &assign.value);
                    }
                }
                Stmt::AnnAssign(assign) => {
                    if let Some(value) = &assign.value {
                        self.bind(&assign.target, value);
                    }
                }
                Stmt::FunctionDef(def) => {
                    self.functions.insert(def.name.as_str(), def);
                }
                Stmt::ImportFrom(import) => {
                    let module = import.module.as_ref().map_or("", |name| name.as_str());
                    for alias in &import.names {
                        let bound = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
                        self.imports.insert(bound, (import.level, module, alias.name.as_str()));
                    }
                }
                Stmt::If(it) => {
                    self.top(&it.body);
                    it.elif_else_clauses.iter().for_each(|clause| self.top(&clause.body));
                }
                Stmt::Try(it) => {
                    self.top(&it.body);
                }
                Stmt::With(it) => self.top(&it.body),
                _ => {}
            }
        }
    }

    fn bind(&mut self, target: &'a Expr, value: &'a Expr) {
        let Expr::Name(name) = target else { return };
        let holds = match value {
            Expr::Dict(_) | Expr::List(_) | Expr::Set(_) | Expr::ListComp(_) | Expr::DictComp(_) | Expr::SetComp(_) => {
                Holds::Collection
            }
            Expr::Call(call) if name_of(&call.func).is_some_and(|name| COLLECTIONS.contains(&name)) => {
                Holds::Collection
            }
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::BooleanLiteral(_) => Holds::Plain,
            _ => return,
        };
        self.values.insert(name.id.as_str(), holds);
    }

    /// The module that a name is from, and its name there. `a.b` is `b` in the module `a`.
    fn origin(&self, desk: &Desk<'_>, own: ModuleId, name: &str) -> Option<(ModuleId, String)> {
        let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
        let path = desk.project.module(own).path();
        match (self.imports.get(first), rest) {
            (None, None) => Some((own, name.to_owned())),
            (Some((level, module, there)), None) => match desk.project.resolve(path, *level, module) {
                Import::Module(id) => Some((id, (*there).to_owned())),
                _ => None,
            },
            (Some((level, module, there)), Some(rest)) => {
                let dotted = if module.is_empty() { (*there).to_owned() } else { format!("{module}.{there}") };
                match desk.project.resolve(path, *level, &dotted) {
                    Import::Module(id) => Some((id, rest.to_owned())),
                    _ => None,
                }
            }
            (None, Some(rest)) => match desk.project.resolve(path, 0, first) {
                Import::Module(id) => Some((id, rest.to_owned())),
                _ => None,
            },
        }
    }
}

/// Finds the functions that requests call.
struct Handlers<'a> {
    found: Vec<&'a ast::StmtFunctionDef>,
    /// Whether the class around is a view.
    views: bool,
}

impl<'a> Visitor<'a> for Handlers<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                let decorated = def.decorator_list.iter().any(|decorator| match &decorator.expression {
                    Expr::Call(call) => {
                        matches!(&*call.func, Expr::Attribute(it) if EVENTS.contains(&it.attr.as_str()))
                    }
                    _ => false,
                });
                if decorated || (self.views && VERBS.contains(&def.name.as_str())) {
                    self.found.push(def);
                }
                let views = std::mem::replace(&mut self.views, false);
                python::visitor::walk_stmt(self, stmt);
                self.views = views;
            }
            Stmt::ClassDef(def) => {
                let base = |base: &Expr| {
                    name_of(base).is_some_and(|name| name.ends_with("View") || name.ends_with("Resource"))
                };
                let is_view = def.arguments.as_ref().is_some_and(|list| list.args.iter().any(base));
                let views = std::mem::replace(&mut self.views, is_view);
                python::visitor::walk_stmt(self, stmt);
                self.views = views;
            }
            _ => python::visitor::walk_stmt(self, stmt),
        }
    }
}

/// A change of something that is not local.
struct Change {
    name: String,
    span: crate::source::Span,
    /// Whether the name itself gets a new value.
    rebinds: bool,
}

/// What a function does.
#[derive(Default)]
struct Body {
    locals: BTreeSet<String>,
    globals: BTreeSet<String>,
    changes: Vec<Change>,
    calls: Vec<String>,
    /// Names that are tested for being empty: what is made once and then kept is no state.
    tested: BTreeSet<String>,
}

impl Body {
    fn of(def: &ast::StmtFunctionDef) -> Self {
        let mut body = Self::default();
        body.locals.extend(def.parameters.iter().map(|parameter| parameter.name().to_string()));
        let mut names = Names::default();
        names.visit_body(&def.body);
        body.globals = names.globals;
        body.locals.extend(names.bound);
        body.locals.retain(|name| !body.globals.contains(name));
        body
    }

    fn is_global(&self, name: &str) -> bool {
        let first = name.split('.').next().unwrap_or(name);
        !self.locals.contains(first)
    }

    fn change(&mut self, owner: &Expr, span: crate::source::Span, rebinds: bool) {
        if let Some(name) = dotted(owner)
            && self.is_global(&name)
            && !self.tested.contains(&name)
        {
            self.changes.push(Change { name, span, rebinds });
        }
    }

    fn target(&mut self, target: &Expr, span: crate::source::Span) {
        match target {
            Expr::Name(name) if self.globals.contains(name.id.as_str()) => self.change(target, span, true),
            Expr::Subscript(subscript) => {
                // `games[id]["board"] = …` changes `games`.
                let mut owner = &*subscript.value;
                while let Expr::Subscript(inner) = owner {
                    owner = &inner.value;
                }
                self.change(owner, span, false);
            }
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|part| self.target(part, span)),
            _ => {}
        }
    }
}

impl<'a> Visitor<'a> for Body {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::If(it) => {
                // `if model is None: model = load()` and `if not model: …`
                if let Some(name) = tested(&it.test) {
                    self.tested.insert(name);
                }
            }
            Stmt::Assign(assign) => {
                let span = python::span(assign);
                assign.targets.iter().for_each(|target| self.target(target, span));
            }
            Stmt::AugAssign(assign) => {
                let span = python::span(assign);
                self.target(&assign.target, span);
            }
            Stmt::Delete(delete) => {
                let span = python::span(delete);
                delete.targets.iter().for_each(|target| self.target(target, span));
            }
            _ => {}
        }
        python::visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            if let Some(name) = dotted(&call.func) {
                self.calls.push(name);
            }
            if let Expr::Attribute(method) = &*call.func
                && CHANGES.contains(&method.attr.as_str())
            {
                let mut owner = &*method.value;
                while let Expr::Subscript(inner) = owner {
                    owner = &inner.value;
                }
                self.change(owner, python::span(call), false);
            }
        }
        python::visitor::walk_expr(self, expr);
    }
}

/// The name that a test finds empty: `x is None`, `not x`.
fn tested(test: &Expr) -> Option<String> {
    match test {
        Expr::UnaryOp(unary) if unary.op == ast::UnaryOp::Not => dotted(&unary.operand),
        Expr::Compare(compare) if matches!(&*compare.ops, [ast::CmpOp::Is]) => dotted(&compare.left),
        _ => None,
    }
}

/// The names that a function binds.
#[derive(Default)]
struct Names {
    bound: BTreeSet<String>,
    globals: BTreeSet<String>,
}

impl<'a> Visitor<'a> for Names {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if let Stmt::Global(global) = stmt {
            self.globals.extend(global.names.iter().map(ToString::to_string));
        }
        python::visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Name(name) = expr
            && !name.ctx.is_load()
        {
            self.bound.insert(name.id.to_string());
        }
        python::visitor::walk_expr(self, expr);
    }
}

fn dotted(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Name(name) => Some(name.id.to_string()),
        Expr::Attribute(attribute) => match &*attribute.value {
            Expr::Name(name) => Some(format!("{}.{}", name.id, attribute.attr)),
            _ => None,
        },
        _ => None,
    }
}

fn name_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}
