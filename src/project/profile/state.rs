//! Values of the process that requests change: with several processes, each has its own.

mod objects;

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

/// The first change of a value of the process that a request makes, told with its place.
pub(super) fn written(desk: &Desk<'_>) -> Option<String> {
    let books: Books<'_> =
        desk.modules.iter().map(|id| (*id, Book::of(desk.project.module(*id).syntax.body()))).collect();
    let reader = Reader { desk, books: &books };
    let mut waiting: Vec<(ModuleId, Handler<'_>)> =
        books.iter().flat_map(|(id, book)| book.handlers.iter().map(|handler| (*id, handler.clone()))).collect();
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    let mut found: Vec<(Place, String)> = Vec::new();
    while let Some((id, handler)) = waiting.pop() {
        if !seen.insert(std::ptr::from_ref(handler.def) as usize) {
            continue;
        }
        let around: Vec<Book<'_>> = handler.around.iter().map(|def| Book::scope(&def.body)).collect();
        let mut body = Body::of(handler.def);
        body.visit_body(&handler.def.body);
        for change in &body.changes {
            if let Some(name) = reader.changed(id, &around, change)
                && !is_harmless(&name)
            {
                found.push((Place { module: id, span: change.span }, name));
            }
        }
        for (called, span) in &body.calls {
            if let Some(name) = reader.changed_by_method(id, &around, called)
                && !is_harmless(&name)
            {
                found.push((Place { module: id, span: *span }, name));
            }
            if let Some(def) = around.iter().rev().find_map(|book| book.functions.get(called.as_str())) {
                waiting.push((id, Handler { def, around: handler.around.clone() }));
            } else if let Some((owner, name)) = reader.origin(id, called)
                && let Some(def) = books.get(&owner).and_then(|book| book.functions.get(name.as_str()))
            {
                waiting.push((owner, Handler { def, around: Vec::new() }));
            }
        }
    }
    let (place, name) = found.into_iter().min()?;
    Some(format!(
        "a request changes the variable {name} in {}, which each process would have of its own",
        desk.at(place)
    ))
}

/// The names of each module.
type Books<'a> = BTreeMap<ModuleId, Book<'a>>;

/// Looks names up.
#[derive(Clone, Copy)]
struct Reader<'a> {
    desk: &'a Desk<'a>,
    books: &'a Books<'a>,
}

impl<'a> Reader<'a> {
    /// What a name of a module stands for, and the module that it is from: of a function around where one
    /// binds it, of the module otherwise.
    fn holds(self, own: ModuleId, around: &[Book<'a>], name: &str) -> Option<(ModuleId, Holds<'a>)> {
        if let Some(holds) = around.iter().rev().find_map(|book| book.values.get(name)) {
            return Some((own, *holds));
        }
        let (owner, name) = self.origin(own, name)?;
        Some((owner, *self.books.get(&owner)?.values.get(name.as_str())?))
    }

    /// The module that a name is from, and its name there.
    fn origin(self, own: ModuleId, name: &str) -> Option<(ModuleId, String)> {
        self.books.get(&own)?.origin(self.desk, own, name)
    }

    /// The name of what a change leaves changed for the whole process.
    fn changed(self, own: ModuleId, around: &[Book<'a>], change: &Change) -> Option<String> {
        if let Some(key) = &change.key {
            let (app, attribute) = change.name.split_once('.')?;
            return (attribute == CONFIG && self.is_app(app)).then(|| format!("{}['{key}']", change.name));
        }
        match self.holds(own, around, &change.name) {
            Some((_, Holds::Collection)) => return Some(last(&change.name).to_owned()),
            // A number or text is only changed where the function declares it global.
            Some((owner, Holds::Plain)) if change.rebinds && owner == own => {
                return Some(last(&change.name).to_owned());
            }
            _ => {}
        }
        let (object, attribute) = change.name.split_once('.')?;
        if change.rebinds {
            return None;
        }
        if self.is_app(object) && self.books.values().any(|book| book.attributes.contains(attribute)) {
            return Some(change.name.clone());
        }
        let class = self.class_of(own, around, object)?;
        objects::keeps(class, attribute).then(|| change.name.clone())
    }

    /// The name of an object of the process that a call of one of its methods changes.
    fn changed_by_method(self, own: ModuleId, around: &[Book<'a>], called: &str) -> Option<String> {
        let (object, method) = called.split_once('.')?;
        let class = self.class_of(own, around, object)?;
        (!is_harmless(class.name.as_str()) && objects::changes(class, method)).then(|| object.to_owned())
    }

    /// The class of the project that a name has an object of.
    fn class_of(self, own: ModuleId, around: &[Book<'a>], name: &str) -> Option<&'a ast::StmtClassDef> {
        let (owner, Holds::Object(class)) = self.holds(own, around, name)? else { return None };
        if let Some(class) = around.iter().rev().find_map(|book| book.classes.get(class)) {
            return Some(class);
        }
        let (owner, class) = self.origin(owner, class)?;
        self.books.get(&owner)?.classes.get(class.as_str()).copied()
    }

    /// Whether a name is that of an app: of one that a module has, or as those in a factory are called.
    fn is_app(self, name: &str) -> bool {
        matches!(name, "app" | "current_app") || self.desk.facts.apps.values().flatten().any(|it| it.name == name)
    }
}

/// The configuration of an app.
const CONFIG: &str = "config";

/// The last part of a dotted name.
fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn is_harmless(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    HARMLESS.iter().any(|word| name.contains(word))
}

/// What a module's name holds after the import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds<'a> {
    Collection,
    Plain,
    /// An object of what has this name.
    Object(&'a str),
}

/// The names of a module.
#[derive(Default)]
struct Book<'a> {
    values: BTreeMap<&'a str, Holds<'a>>,
    functions: BTreeMap<&'a str, &'a ast::StmtFunctionDef>,
    classes: BTreeMap<&'a str, &'a ast::StmtClassDef>,
    /// The attributes of apps that hold collections.
    attributes: BTreeSet<&'a str>,
    /// What is imported from elsewhere: level, module and name there.
    imports: BTreeMap<&'a str, (u32, &'a str, &'a str)>,
    handlers: Vec<Handler<'a>>,
}

/// A function that a request calls.
#[derive(Clone)]
struct Handler<'a> {
    def: &'a ast::StmtFunctionDef,
    /// The functions that it is defined in, the outermost first.
    around: Vec<&'a ast::StmtFunctionDef>,
}

impl<'a> Book<'a> {
    fn of(body: &'a [Stmt]) -> Self {
        let mut book = Self::scope(body);
        let mut handlers = Handlers::default();
        handlers.visit_body(body);
        book.handlers = handlers.found;
        book.attributes = handlers.attributes;
        book
    }

    /// The names of a function, as those see them that are defined in it.
    fn scope(body: &'a [Stmt]) -> Self {
        let mut book = Self::default();
        book.top(body);
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
                Stmt::ClassDef(def) => {
                    self.classes.insert(def.name.as_str(), def);
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
            value if is_collection(value) => Holds::Collection,
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::BooleanLiteral(_) => Holds::Plain,
            Expr::Call(call) => match &*call.func {
                Expr::Name(class) => Holds::Object(class.id.as_str()),
                _ => return,
            },
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

/// Whether an expression makes a collection that can be changed.
fn is_collection(value: &Expr) -> bool {
    match value {
        Expr::Dict(_) | Expr::List(_) | Expr::Set(_) | Expr::ListComp(_) | Expr::DictComp(_) | Expr::SetComp(_) => true,
        Expr::Call(call) => name_of(&call.func).is_some_and(|name| COLLECTIONS.contains(&name)),
        _ => false,
    }
}

/// Finds the functions that requests call, and the attributes that hold collections.
#[derive(Default)]
struct Handlers<'a> {
    found: Vec<Handler<'a>>,
    attributes: BTreeSet<&'a str>,
    /// The functions around.
    around: Vec<&'a ast::StmtFunctionDef>,
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
                    self.found.push(Handler { def, around: self.around.clone() });
                }
                let views = std::mem::replace(&mut self.views, false);
                self.around.push(def);
                python::visitor::walk_stmt(self, stmt);
                self.around.pop();
                self.views = views;
            }
            Stmt::Assign(assign) if is_collection(&assign.value) => {
                self.attributes.extend(assign.targets.iter().filter_map(|target| match target {
                    Expr::Attribute(attribute) if attribute.value.is_name_expr() => Some(attribute.attr.as_str()),
                    _ => None,
                }));
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
    /// The key of a configuration behind the name that holds what is changed.
    key: Option<String>,
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
    /// The functions and methods that it calls, and where.
    calls: Vec<(String, crate::source::Span)>,
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
            self.changes.push(Change { name, key: None, span, rebinds });
        }
    }

    /// A change of what is in a collection: `games[id]["board"] = …` changes `games`.
    fn change_within(&mut self, collection: &Expr, span: crate::source::Span) {
        let (mut owner, mut key) = (collection, None);
        while let Expr::Subscript(inner) = owner {
            key = Some(&*inner.slice);
            owner = &inner.value;
        }
        self.change(owner, span, false);
        if let (Some(Expr::StringLiteral(key)), Some(change)) = (key, self.changes.last_mut())
            && change.span == span
            && last(&change.name) == CONFIG
        {
            change.key = Some(key.value.to_str().to_owned());
        }
    }

    fn target(&mut self, target: &Expr, span: crate::source::Span) {
        match target {
            Expr::Name(name) if self.globals.contains(name.id.as_str()) => self.change(target, span, true),
            Expr::Subscript(subscript) => self.change_within(&subscript.value, span),
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
                self.calls.push((name, python::span(call)));
            }
            if let Expr::Attribute(method) = &*call.func
                && CHANGES.contains(&method.attr.as_str())
            {
                self.change_within(&method.value, python::span(call));
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
