//! What asks the command line or the keyboard, itself or in a function of the project that it calls.

use std::collections::BTreeSet;

use super::work::{called, import_of};
use crate::project::{Import, Module, ModuleId, Project};
use crate::source::Span;
use crate::syntax::names::bound_name;
use crate::syntax::python::{self, Expr, Stmt, Visitor, ast, visitor};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    CommandLine,
    Keyboard,
}

/// Where a statement asks, and through which call where it does not do so itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asking {
    pub(super) span: Span,
    pub(super) asked: Asked,
    pub(super) through: Option<String>,
}

impl Asking {
    /// What it does, for a module that a server imports.
    fn message(&self) -> String {
        let what = match self.asked {
            Asked::CommandLine => "reads the command line, which is the server's when it imports the module",
            Asked::Keyboard => "waits for the keyboard, which a server does not have",
        };
        let through = self.through.as_ref().map_or_else(String::new, |name| format!(", in `{name}`"));
        format!("{what}{through}")
    }
}

/// The first of the statements that importing a module runs which asks: where, and what it does.
pub(super) fn at_import(project: &Project, id: ModuleId, stmts: &[&Stmt]) -> Option<(Span, String)> {
    let mut search = Search { project, seen: BTreeSet::new() };
    let found = stmts.iter().find_map(|stmt| search.code(Home::of(id), &|finder| finder.visit_stmt(stmt)));
    found.map(|asking| (asking.span, asking.message()))
}

/// Where a statement asks, itself or in what it calls.
pub(super) fn in_statement(project: &Project, id: ModuleId, stmt: &Stmt) -> Option<Asking> {
    Search { project, seen: BTreeSet::new() }.code(Home::of(id), &|finder| finder.visit_stmt(stmt))
}

/// Where an expression asks, itself or in what it calls, as a reason not to repeat it elsewhere.
pub(super) fn in_expression(project: &Project, id: ModuleId, expr: &Expr) -> Option<String> {
    let asking = Search { project, seen: BTreeSet::new() }.code(Home::of(id), &|finder| finder.visit_expr(expr))?;
    Some(format!("making the app {}", asking.message()))
}

/// How many calls deep what a module calls is followed.
const DEEP: usize = 6;

/// Where code stands: its module, the class of its method, and the parameters that have no value but `None`.
#[derive(Clone, Debug)]
struct Home<'p> {
    module: ModuleId,
    class: Option<(ModuleId, &'p ast::StmtClassDef)>,
    body: &'p [Stmt],
    unset: BTreeSet<&'p str>,
    depth: usize,
}

impl Home<'_> {
    fn of(module: ModuleId) -> Self {
        Self { module, class: None, body: &[], unset: BTreeSet::new(), depth: 0 }
    }
}

/// Code of the project that a call runs.
#[derive(Clone, Copy)]
enum Callee<'p> {
    Function(ModuleId, &'p ast::StmtFunctionDef),
    Class(ModuleId, &'p ast::StmtClassDef),
    /// A method, with the class of the object that it is called on.
    Method(ModuleId, &'p ast::StmtFunctionDef, (ModuleId, &'p ast::StmtClassDef)),
}

struct Search<'p> {
    project: &'p Project,
    /// The functions that were looked into, and whether they were called without a value for a parameter.
    seen: BTreeSet<(ModuleId, usize, bool)>,
}

impl<'p> Search<'p> {
    fn code(&mut self, home: Home<'p>, visit: &dyn Fn(&mut Finder<'p, '_>)) -> Option<Asking> {
        let mut finder = Finder { search: self, home, found: None };
        visit(&mut finder);
        finder.found
    }

    fn callee(&mut self, callee: Callee<'p>, call: &ast::ExprCall, depth: usize) -> Option<Asked> {
        match callee {
            Callee::Function(module, def) => self.function(module, def, None, call, depth),
            Callee::Method(module, def, class) => self.function(module, def, Some(class), call, depth),
            Callee::Class(module, class) => ["__new__", "__init__", "__post_init__"].into_iter().find_map(|name| {
                let Callee::Method(home, def, class) = self.method(module, class, name, 0)? else { return None };
                self.function(home, def, Some(class), call, depth)
            }),
        }
    }

    fn function(
        &mut self,
        module: ModuleId,
        def: &'p ast::StmtFunctionDef,
        class: Option<(ModuleId, &'p ast::StmtClassDef)>,
        call: &ast::ExprCall,
        depth: usize,
    ) -> Option<Asked> {
        let unset = unset(def, class.is_some(), call);
        let key = (module, python::span(def).start, !unset.is_empty());
        if depth > DEEP || def.is_async || !self.seen.insert(key) {
            return None;
        }
        let home = Home { module, class, body: &def.body, unset, depth };
        self.code(home, &|finder| finder.visit_body(&def.body)).map(|asking| asking.asked)
    }

    /// The code of the project that an expression stands for, if a call of it runs any.
    fn resolve(&self, home: &Home<'p>, func: &Expr, hops: usize) -> Option<Callee<'p>> {
        match func {
            // `rows = rows.sorted()` leads back to itself.
            _ if hops > DEEP => None,
            Expr::Name(name) => self.defined(home.module, &name.id, 0),
            Expr::Attribute(attribute) => {
                let class = match &*attribute.value {
                    Expr::Name(name) if name.id.as_str() == "self" || name.id.as_str() == "cls" => home.class,
                    Expr::Call(call) => self.class(home, &call.func, hops + 1),
                    Expr::Name(name) => {
                        let own = self.project.module(home.module).syntax.body();
                        home.body.iter().chain(own).find_map(|stmt| match stmt {
                            Stmt::Assign(assign) => match (&assign.targets[..], &*assign.value) {
                                ([Expr::Name(target)], Expr::Call(call)) if target.id == name.id => {
                                    self.class(home, &call.func, hops + 1)
                                }
                                _ => None,
                            },
                            _ => None,
                        })
                    }
                    _ => None,
                };
                match class {
                    Some((module, class)) => self.method(module, class, &attribute.attr, hops),
                    None => self.defined(self.imported(home.module, &attribute.value)?, &attribute.attr, 0),
                }
            }
            _ => None,
        }
    }

    fn class(&self, home: &Home<'p>, func: &Expr, hops: usize) -> Option<(ModuleId, &'p ast::StmtClassDef)> {
        match self.resolve(home, func, hops)? {
            Callee::Class(module, class) => Some((module, class)),
            _ => None,
        }
    }

    /// A function or class that a name of a module stands for, also where it is passed on by another module.
    fn defined(&self, id: ModuleId, name: &str, hops: usize) -> Option<Callee<'p>> {
        let module = self.project.module(id);
        let own = module.syntax.body().iter().find_map(|stmt| match stmt {
            Stmt::FunctionDef(def) if def.name.as_str() == name => Some(Callee::Function(id, def)),
            Stmt::ClassDef(def) if def.name.as_str() == name => Some(Callee::Class(id, def)),
            _ => None,
        });
        if own.is_some() || hops > DEEP {
            return own;
        }
        let Some(Stmt::ImportFrom(import)) = import_of(module, name) else { return None };
        let alias = import.names.iter().find(|alias| bound_name(alias) == name)?;
        match self.project.resolve(module.path(), import.level, import.module.as_ref().map_or("", |from| from.as_str()))
        {
            Import::Module(from) if from != id => self.defined(from, &alias.name, hops + 1),
            _ => None,
        }
    }

    /// The module of the project that an expression names.
    fn imported(&self, id: ModuleId, expr: &Expr) -> Option<ModuleId> {
        let module = self.project.module(id);
        let text = module.slice(python::span(expr));
        let root = text.split('.').next()?;
        let dotted = match import_of(module, root)? {
            Stmt::Import(import) => {
                let alias = import.names.iter().find(|alias| match &alias.asname {
                    Some(name) => name.as_str() == text,
                    None => alias.name.as_str() == text,
                })?;
                (0, alias.name.to_string())
            }
            Stmt::ImportFrom(import) if root == text => {
                let alias = import.names.iter().find(|alias| bound_name(alias) == text)?;
                let from = import.module.as_ref().map_or("", |from| from.as_str());
                let gap = if from.is_empty() { "" } else { "." };
                (import.level, format!("{from}{gap}{}", alias.name))
            }
            _ => return None,
        };
        match self.project.resolve(module.path(), dotted.0, &dotted.1) {
            Import::Module(id) => Some(id),
            _ => None,
        }
    }

    /// A method of a class or of those that it is made from.
    fn method(&self, module: ModuleId, class: &'p ast::StmtClassDef, name: &str, hops: usize) -> Option<Callee<'p>> {
        let own = class.body.iter().find_map(|stmt| match stmt {
            Stmt::FunctionDef(def) if def.name.as_str() == name => Some(Callee::Method(module, def, (module, class))),
            _ => None,
        });
        if own.is_some() || hops > DEEP {
            return own;
        }
        let bases = class.arguments.iter().flat_map(|arguments| &arguments.args);
        let home = Home::of(module);
        bases.filter_map(|base| self.class(&home, base, hops + 1)).find_map(|(from, base)| {
            let Callee::Method(home, def, _) = self.method(from, base, name, hops + 1)? else { return None };
            Some(Callee::Method(home, def, (module, class)))
        })
    }
}

/// The parameters of a function that a call leaves at `None`.
fn unset<'p>(def: &'p ast::StmtFunctionDef, is_method: bool, call: &ast::ExprCall) -> BTreeSet<&'p str> {
    let told = &call.arguments;
    if told.args.iter().any(Expr::is_starred_expr) || told.keywords.iter().any(|keyword| keyword.arg.is_none()) {
        return BTreeSet::new();
    }
    let skipped = usize::from(is_method);
    let parameters = def.parameters.posonlyargs.iter().chain(&def.parameters.args).skip(skipped).skip(told.args.len());
    parameters
        .chain(&def.parameters.kwonlyargs)
        .filter(|it| it.default.as_deref().is_some_and(Expr::is_none_literal_expr))
        .map(|it| it.parameter.name.as_str())
        .filter(|name| !told.keywords.iter().any(|keyword| keyword.arg.as_ref().is_some_and(|arg| arg == *name)))
        .collect()
}

struct Finder<'p, 's> {
    search: &'s mut Search<'p>,
    home: Home<'p>,
    found: Option<Asking>,
}

impl Finder<'_, '_> {
    /// What a call asks by itself.
    fn asked(&self, call: &ast::ExprCall) -> Option<Asked> {
        let name = called(call);
        let told = &call.arguments;
        let by_default =
            told.is_empty() || matches!(&*told.args, [Expr::Name(name)] if self.home.unset.contains(name.id.as_str()));
        let of_server = told.args.iter().any(|told| self.is_argv(told));
        let own = || import_of(self.module(), name).is_none() && !self.is_defined(name);
        match (&*call.func, name) {
            (Expr::Attribute(_), "parse_args" | "parse_command_line") if by_default || of_server => {
                Some(Asked::CommandLine)
            }
            (_, "FLAGS" | "getopt" | "gnu_getopt") if of_server => Some(Asked::CommandLine),
            (Expr::Name(_), "docopt" | "Fire") | (Expr::Attribute(_), "Fire") => Some(Asked::CommandLine),
            (Expr::Name(_), "input" | "raw_input") if own() => Some(Asked::Keyboard),
            (Expr::Name(_), "getpass") => Some(Asked::Keyboard),
            (Expr::Attribute(it), "getpass") if matches!(&*it.value, Expr::Name(name) if name.id.as_str() == "getpass") => {
                Some(Asked::Keyboard)
            }
            _ => None,
        }
    }

    fn module(&self) -> &Module {
        self.search.project.module(self.home.module)
    }

    /// `sys.argv`, or `argv` where that is imported.
    fn is_argv(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Attribute(attribute) => attribute.attr.as_str() == "argv",
            Expr::Name(name) => name.id.as_str() == "argv" && import_of(self.module(), "argv").is_some(),
            _ => false,
        }
    }

    /// `sys.argv[1] == "db"`, `sys.argv[1] in ("db", "shell")`.
    fn is_word_test(&self, compare: &ast::ExprCompare) -> bool {
        let is_word = |expr: &Expr| expr.is_string_literal_expr();
        let words = |expr: &Expr| match expr {
            Expr::Tuple(it) => it.elts.iter().all(is_word),
            Expr::List(it) => it.elts.iter().all(is_word),
            Expr::Set(it) => it.elts.iter().all(is_word),
            _ => is_word(expr),
        };
        matches!(&*compare.left, Expr::Subscript(subscript) if self.is_argv(&subscript.value))
            && compare.comparators.iter().all(words)
    }

    /// Whether the module itself gives a name its meaning.
    fn is_defined(&self, name: &str) -> bool {
        self.module().syntax.body().iter().any(|stmt| match stmt {
            Stmt::FunctionDef(def) => def.name.as_str() == name,
            Stmt::Assign(assign) => {
                assign.targets.iter().any(|target| matches!(target, Expr::Name(it) if it.id.as_str() == name))
            }
            _ => false,
        })
    }
}

impl<'a> Visitor<'a> for Finder<'_, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            // What is only defined is not done.
            Stmt::FunctionDef(_) => {}
            _ if self.found.is_none() => visitor::walk_stmt(self, stmt),
            _ => {}
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if self.found.is_some() {
            return;
        }
        let span = python::span(expr);
        match expr {
            Expr::Lambda(_) => return,
            // Whatever a server is told is none of these words.
            Expr::Compare(it) if self.is_word_test(it) => return,
            Expr::Subscript(subscript) if self.is_argv(&subscript.value) && !is_zero(&subscript.slice) => {
                self.found = Some(Asking { span, asked: Asked::CommandLine, through: None });
            }
            Expr::Call(call) => match self.asked(call) {
                Some(asked) => self.found = Some(Asking { span, asked, through: None }),
                None => {
                    if let Some(callee) = self.search.resolve(&self.home, &call.func, 0)
                        && let Some(asked) = self.search.callee(callee, call, self.home.depth + 1)
                    {
                        let name = self.module().slice(python::span(&*call.func)).to_owned();
                        self.found = Some(Asking { span, asked, through: Some(name) });
                    }
                }
            },
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }
}

fn is_zero(expr: &Expr) -> bool {
    matches!(expr, Expr::NumberLiteral(number) if number.value.as_int().and_then(|it| it.as_u64()) == Some(0))
}
