//! Statements.

use std::rc::Rc;

use super::super::facts::{Const, Truth, When};
use super::super::modules::Import;
use super::value::{Alt, Arguments, Code, Function, Obj, Type, Value};
use super::{Class, ClassId, Flow, Frame, Interpreter, Item, Kind, MAX_STEPS, Owner, ScopeId};
use crate::syntax::python::{Expr, Stmt, ast};

/// When each of the two ways of a branch is taken; `None` for a way that never is.
struct Ways {
    then: Option<When>,
    otherwise: Option<When>,
}

impl<'p> Interpreter<'p> {
    /// Walks statements until one leaves the block.
    pub(super) fn walk_block(&mut self, body: &'p [Stmt]) -> Flow {
        for stmt in body {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return Flow::Left;
            }
            if self.walk_stmt(stmt) == Flow::Left {
                return Flow::Left;
            }
        }
        Flow::Through
    }

    fn walk_stmt(&mut self, stmt: &'p Stmt) -> Flow {
        match stmt {
            Stmt::Expr(stmt) => {
                let value = self.eval(&stmt.value);
                let ends = |alt: &Alt<'p>| matches!(&alt.obj, Obj::External(path) if &**path == NEVER);
                if value.0.iter().all(ends) { Flow::Left } else { Flow::Through }
            }
            Stmt::Assign(stmt) => {
                let value = self.eval_into(&stmt.value);
                for target in &stmt.targets {
                    self.assign(target, &value, &stmt.value);
                }
                Flow::Through
            }
            Stmt::AnnAssign(stmt) => {
                if let Some(expr) = &stmt.value {
                    let value = self.eval_into(expr);
                    self.assign(&stmt.target, &value, expr);
                }
                Flow::Through
            }
            Stmt::AugAssign(stmt) => {
                self.walk_aug_assign(stmt);
                Flow::Through
            }
            Stmt::If(stmt) => self.walk_if(stmt),
            Stmt::FunctionDef(def) => {
                self.walk_def(def);
                Flow::Through
            }
            Stmt::ClassDef(def) => {
                self.walk_class(def);
                Flow::Through
            }
            Stmt::Return(stmt) => {
                let value = stmt.value.as_ref().map_or_else(|| Value::constant(Const::None), |expr| self.eval(expr));
                let when = self.when;
                if let Some(frame) = self.frames.last_mut() {
                    let value = if when > frame.entered { value.under(when) } else { value };
                    frame.returns = Some(match frame.returns.take() {
                        Some(before) => before.or(value),
                        None => value,
                    });
                }
                Flow::Left
            }
            Stmt::Raise(stmt) => {
                if let Some(expr) = &stmt.exc {
                    self.eval(expr);
                }
                Flow::Left
            }
            Stmt::Break(_) | Stmt::Continue(_) => Flow::Left,
            Stmt::Import(stmt) => {
                self.walk_import(stmt);
                Flow::Through
            }
            Stmt::ImportFrom(stmt) => {
                self.walk_import_from(stmt);
                Flow::Through
            }
            Stmt::Global(stmt) => {
                let here = self.here();
                self.scopes[here.0].globals.extend(stmt.names.iter().map(|name| name.as_str()));
                Flow::Through
            }
            Stmt::Nonlocal(stmt) => {
                let here = self.here();
                self.scopes[here.0].nonlocals.extend(stmt.names.iter().map(|name| name.as_str()));
                Flow::Through
            }
            Stmt::For(stmt) => {
                let elements = self.eval(&stmt.iter);
                let element = self.element_of(&elements);
                let before = self.snapshot();
                self.assign(&stmt.target, &element, &stmt.iter);
                self.walk_block(&stmt.body);
                let after = self.snapshot();
                self.join(after, When::Default, before, When::Unknown);
                self.walk_block(&stmt.orelse);
                Flow::Through
            }
            Stmt::While(stmt) => {
                let test = self.eval(&stmt.test);
                let ways = self.ways(&test);
                if let Some(when) = ways.then {
                    let before = self.snapshot();
                    self.under(when, |this| this.walk_block(&stmt.body));
                    if ways.otherwise.is_some() {
                        let after = self.snapshot();
                        self.join(after, when, before, When::Default);
                    }
                }
                self.walk_block(&stmt.orelse);
                Flow::Through
            }
            Stmt::With(stmt) => {
                for item in &stmt.items {
                    let value = self.eval(&item.context_expr);
                    if let Some(target) = &item.optional_vars {
                        self.assign(target, &value, &item.context_expr);
                    }
                }
                self.walk_block(&stmt.body)
            }
            Stmt::Try(stmt) => self.walk_try(stmt),
            Stmt::Match(stmt) => {
                let subject = self.eval(&stmt.subject);
                self.walk_cases(&subject, &stmt.cases)
            }
            Stmt::Assert(stmt) => {
                self.eval(&stmt.test);
                Flow::Through
            }
            Stmt::Delete(stmt) => {
                for target in &stmt.targets {
                    self.delete(target);
                }
                Flow::Through
            }
            Stmt::TypeAlias(_) | Stmt::Pass(_) | Stmt::IpyEscapeCommand(_) => Flow::Through,
        }
    }

    /// Walks something that only happens under these circumstances.
    pub(super) fn under<R>(&mut self, when: When, work: impl FnOnce(&mut Self) -> R) -> R {
        let before = self.when;
        self.when = before.max(when);
        let result = work(self);
        self.when = before;
        result
    }

    /// When a test takes which way.
    fn ways(&self, test: &Value<'p>) -> Ways {
        let asked = test.0.iter().map(|alt| alt.when).max().unwrap_or(When::Unknown);
        let surest = |wanted: bool| {
            test.0
                .iter()
                .filter(|alt| self.truth_of(&alt.obj).or_else(|| known_truth(&alt.obj)) == Some(wanted))
                .map(|alt| alt.when)
                .min()
        };
        match self.truth(test) {
            Truth::Always => Ways { then: Some(When::Default), otherwise: None },
            Truth::Never => Ways { then: None, otherwise: Some(When::Default) },
            Truth::OnRequest => Ways { then: Some(asked), otherwise: Some(When::Default) },
            Truth::ByDefault => Ways { then: Some(When::Default), otherwise: Some(asked) },
            Truth::Sometimes => {
                Ways { then: Some(surest(true).unwrap_or(asked)), otherwise: Some(surest(false).unwrap_or(asked)) }
            }
            Truth::Unknown => Ways { then: Some(When::Unknown), otherwise: Some(When::Unknown) },
        }
    }

    fn walk_if(&mut self, stmt: &'p ast::StmtIf) -> Flow {
        if is_type_checking(&stmt.test) {
            return self.walk_elifs(&stmt.elif_else_clauses);
        }
        let test = self.eval(&stmt.test);
        let ways = self.ways(&test);
        self.branch(ways, |this| this.walk_block(&stmt.body), |this| this.walk_elifs(&stmt.elif_else_clauses))
    }

    fn walk_elifs(&mut self, clauses: &'p [ast::ElifElseClause]) -> Flow {
        let Some((clause, rest)) = clauses.split_first() else { return Flow::Through };
        let Some(test) = &clause.test else { return self.walk_block(&clause.body) };
        let test = self.eval(test);
        let ways = self.ways(&test);
        self.branch(ways, |this| this.walk_block(&clause.body), |this| this.walk_elifs(rest))
    }

    /// Walks the cases of a `match` statement like those of an `if`.
    fn walk_cases(&mut self, subject: &Value<'p>, cases: &'p [ast::MatchCase]) -> Flow {
        let Some((case, rest)) = cases.split_first() else { return Flow::Through };
        let mut test = self.fits(subject, &case.pattern);
        if let Some(guard) = &case.guard {
            let guard = self.eval(guard);
            test = test.map(|alt| match self.known_truth(&alt.obj) {
                Some(true) => guard.clone(),
                Some(false) => Value(vec![alt.clone()]),
                None => Value::any(Type::Bool),
            });
        }
        let ways = self.ways(&test);
        self.branch(ways, |this| this.walk_block(&case.body), |this| this.walk_cases(subject, rest))
    }

    /// Whether a subject fits a pattern; names that a pattern binds are left unknown.
    fn fits(&mut self, subject: &Value<'p>, pattern: &'p ast::Pattern) -> Value<'p> {
        match pattern {
            ast::Pattern::MatchValue(value) => {
                let value = self.eval(&value.value);
                subject.zip(&value, |one, two| super::fold::compare(ast::CmpOp::Eq, one, two))
            }
            ast::Pattern::MatchSingleton(constant) => {
                let constant = Obj::Const(match constant.value {
                    ast::Singleton::None => Const::None,
                    ast::Singleton::True => Const::Bool(true),
                    ast::Singleton::False => Const::Bool(false),
                });
                subject.map(|alt| Value::of(super::fold::compare(ast::CmpOp::Is, &alt.obj, &constant)))
            }
            ast::Pattern::MatchOr(either) => {
                let mut found = Value::constant(Const::Bool(false));
                for pattern in &either.patterns {
                    let fits = self.fits(subject, pattern);
                    found = found.zip(&fits, |one, two| match (one, two) {
                        (Obj::Const(one), Obj::Const(two)) => Obj::Const(Const::Bool(one.truth() || two.truth())),
                        _ => Obj::Any(Type::Bool),
                    });
                }
                found
            }
            ast::Pattern::MatchAs(ast::PatternMatchAs { pattern: None, name, .. }) => {
                if let Some(name) = name {
                    let here = self.here();
                    self.set(here, name.as_str(), subject.clone());
                }
                Value::constant(Const::Bool(true))
            }
            ast::Pattern::MatchAs(ast::PatternMatchAs { pattern: Some(pattern), .. }) => self.fits(subject, pattern),
            _ => Value::any(Type::Bool),
        }
    }

    /// Walks two ways of which one is taken, and joins what they leave.
    fn branch(
        &mut self,
        ways: Ways,
        then: impl FnOnce(&mut Self) -> Flow,
        otherwise: impl FnOnce(&mut Self) -> Flow,
    ) -> Flow {
        let (first, second) = match (ways.then, ways.otherwise) {
            (Some(when), None) => return self.under(when, then),
            (None, Some(when)) => return self.under(when, otherwise),
            (None, None) => return Flow::Through,
            (Some(first), Some(second)) => (first, second),
        };
        let before = self.snapshot();
        let one = self.under(first, then);
        let after_one = self.snapshot();
        self.restore(&before);
        let two = self.under(second, otherwise);
        match (one, two) {
            (Flow::Through, Flow::Through) => {
                let after_two = self.snapshot();
                self.join(after_one, first, after_two, second);
                Flow::Through
            }
            (Flow::Through, Flow::Left) => {
                self.restore(&after_one);
                Flow::Through
            }
            (Flow::Left, Flow::Through) => Flow::Through,
            (Flow::Left, Flow::Left) => Flow::Left,
        }
    }

    fn walk_try(&mut self, stmt: &'p ast::StmtTry) -> Flow {
        let before = self.snapshot();
        let catches = usize::from(!stmt.handlers.is_empty());
        self.optional += catches;
        let mut flow = self.walk_block(&stmt.body);
        self.optional -= catches;
        if flow == Flow::Through {
            flow = self.walk_block(&stmt.orelse);
        }
        let mut joined = self.snapshot();
        for handler in &stmt.handlers {
            let ast::ExceptHandler::ExceptHandler(handler) = handler;
            self.restore(&before);
            let handled = self.under(When::Unknown, |this| this.walk_block(&handler.body));
            if handled == Flow::Through {
                let after = self.snapshot();
                if flow == Flow::Left {
                    joined = after;
                    flow = Flow::Through;
                } else {
                    self.join(joined, When::Default, after, When::Unknown);
                    joined = self.snapshot();
                }
            }
        }
        self.restore(&joined);
        match self.walk_block(&stmt.finalbody) {
            Flow::Left => Flow::Left,
            Flow::Through => flow,
        }
    }

    fn walk_def(&mut self, def: &'p ast::StmtFunctionDef) {
        let handlers = self.handlers();
        for decorator in &def.decorator_list {
            self.eval(&decorator.expression);
        }
        self.note_decorators(handlers, def);
        let here = self.kept_here();
        let function = Function { module: self.module_id(), code: Code::Def(def), scope: here };
        self.functions.push(function);
        self.set(here, def.name.as_str(), Value::of(Obj::Function(function)));
    }

    fn walk_class(&mut self, def: &'p ast::StmtClassDef) {
        let here = self.kept_here();
        let module = self.module_id();
        let bases =
            def.arguments.as_ref().map_or_else(Vec::new, |list| list.args.iter().map(|base| self.eval(base)).collect());
        let scope = self.scope(Owner::Class, module, Some(here));
        self.classes.push(Class { def, module, bases, scope });
        let class = ClassId(self.classes.len() - 1);
        self.classes_by_scope.insert(scope, class);
        self.frames.push(Frame { scope, returns: None, yields: None, entered: self.when, code: None });
        self.walk_block(&def.body);
        self.frames.pop();
        self.record_class(class);
        self.set(here, def.name.as_str(), Value::of(Obj::Class(class)));
    }

    fn walk_import(&mut self, stmt: &'p ast::StmtImport) {
        let here = self.here();
        for alias in &stmt.names {
            let dotted = alias.name.as_str();
            let value = self.import_name(0, dotted);
            if let Some(name) = &alias.asname {
                self.set(here, name.as_str(), value);
            } else {
                let first = dotted.split('.').next().unwrap_or(dotted);
                let value = if first == dotted { value } else { self.import_name(0, first) };
                self.set(here, first, value);
            }
        }
    }

    fn walk_import_from(&mut self, stmt: &'p ast::StmtImportFrom) {
        let here = self.here();
        let module = stmt.module.as_ref().map_or("", |name| name.as_str());
        if module == "__future__" {
            return;
        }
        let source = self.import_name(stmt.level, module);
        for alias in &stmt.names {
            let name = alias.name.as_str();
            if name == "*" {
                self.import_star(here, &source);
                continue;
            }
            let value = self.imported_attribute(&source, stmt.level, module, name);
            let bound = alias.asname.as_ref().map_or(name, |asname| asname.as_str());
            self.set(here, bound, value);
        }
    }

    /// The module that an import names.
    pub(super) fn import_name(&mut self, level: u32, dotted: &str) -> Value<'p> {
        let project = self.project;
        let from = project.module(self.module_id()).path();
        // `import a.b` runs `a` first.
        for (at, _) in dotted.match_indices('.') {
            if let Import::Module(id) = project.resolve(from, level, &dotted[..at]) {
                self.import(id);
            }
        }
        match project.resolve(from, level, dotted) {
            Import::Module(id) => {
                self.import(id);
                Value::of(Obj::Module(id))
            }
            Import::Opaque => Value::external(&format!("{OPAQUE}{dotted}")),
            Import::External if level == 0 => Value::external(dotted),
            Import::External => Value::unknown(),
        }
    }

    /// What `from source import name` binds: an attribute, or a module of the package.
    fn imported_attribute(&mut self, source: &Value<'p>, level: u32, module: &str, name: &str) -> Value<'p> {
        if let Some(Alt { obj: Obj::Module(id), .. }) = source.single() {
            let scope = self.import(*id);
            if let Some(value) = self.scopes[scope.0].vars.get(name) {
                return (**value).clone();
            }
            let dotted = if module.is_empty() { name.to_owned() } else { format!("{module}.{name}") };
            let found = self.import_name(level, &dotted);
            if matches!(found.single(), Some(Alt { obj: Obj::Module(_), .. })) {
                return found;
            }
            return self.lookup(scope, name).map_or_else(Value::unknown, |value| (*value).clone());
        }
        if let Some(Alt { obj: Obj::External(path), .. }) = source.single() {
            if let Some(folder) = path.strip_prefix(OPAQUE) {
                return self.import_name(level, &format!("{folder}.{name}"));
            }
            return Value::external(&format!("{path}.{name}"));
        }
        let dotted = if module.is_empty() { name.to_owned() } else { format!("{module}.{name}") };
        if level > 0 { self.import_name(level, &dotted) } else { Value::unknown() }
    }

    fn import_star(&mut self, here: ScopeId, source: &Value<'p>) {
        match source.single().map(|alt| &alt.obj) {
            Some(Obj::Module(id)) => {
                let scope = self.import(*id);
                let public: Vec<(&'p str, Rc<Value<'p>>)> = self.scopes[scope.0]
                    .vars
                    .iter()
                    .filter(|(name, _)| !name.starts_with('_'))
                    .map(|(name, value)| (*name, Rc::clone(value)))
                    .collect();
                let stars = self.scopes[scope.0].stars.clone();
                Rc::make_mut(&mut self.scopes[here.0].vars).extend(public);
                self.scopes[here.0].stars.extend(stars);
            }
            Some(Obj::External(path)) => {
                let path = Rc::clone(path);
                self.scopes[here.0].stars.push(path);
            }
            _ => {}
        }
    }

    fn walk_aug_assign(&mut self, stmt: &'p ast::StmtAugAssign) {
        let value = self.eval_into(&stmt.value);
        let before = self.eval(&stmt.target);
        if stmt.op == ast::Operator::BitOr
            && let Some(Alt { obj: Obj::Object(target), .. }) = before.single()
        {
            // `app.config |= {…}` and `settings |= {…}`.
            self.merge_into(*target, &value, self.place(stmt));
            return;
        }
        if matches!(before.single().map(|alt| &alt.obj), Some(Obj::External(path)) if &**path == "os.environ") {
            let mut all = Arguments::default();
            self.spread_mapping(&value, &mut all);
            for (name, passing) in all.keywords {
                self.write_environment(&name, &passing.value, passing.place, passing.at, false);
            }
            return;
        }
        let joined = before.zip(&value, |one, two| super::fold::binary(stmt.op, one, two));
        self.assign(&stmt.target, &joined, &stmt.value);
    }

    /// Binds a target.
    fn assign(&mut self, target: &'p Expr, value: &Value<'p>, expr: &'p Expr) {
        match target {
            Expr::Name(name) => {
                let here = self.here();
                self.set(here, name.id.as_str(), value.clone());
            }
            Expr::Attribute(attribute) => {
                let owner = self.eval(&attribute.value);
                let place = self.place(target);
                let at = self.place(expr);
                self.set_attribute(&owner, attribute.attr.as_str(), value, place, at);
            }
            Expr::Subscript(subscript) => {
                let owner = self.eval(&subscript.value);
                let key = self.eval(&subscript.slice);
                let place = self.place(target);
                let at = self.place(expr);
                self.set_item(&owner, &key, value, place, at);
            }
            Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => {
                let elements = self.elements(value, elts.len());
                let parts: &'p [Expr] = match expr {
                    Expr::Tuple(tuple) if tuple.elts.len() == elts.len() => &tuple.elts,
                    Expr::List(list) if list.elts.len() == elts.len() => &list.elts,
                    _ => &[],
                };
                for (index, target) in elts.iter().enumerate() {
                    let part = parts.get(index).unwrap_or(expr);
                    self.assign(target, &elements[index], part);
                }
            }
            Expr::Starred(starred) => self.assign(&starred.value, &Value::unknown(), expr),
            _ => {}
        }
    }

    /// The elements of a sequence that is unpacked into `count` targets.
    fn elements(&self, value: &Value<'p>, count: usize) -> Vec<Value<'p>> {
        if let Some(Alt { obj: Obj::Object(id), .. }) = value.single() {
            let object = &self.objects[id.0];
            if matches!(object.kind, Kind::Sequence) && !object.open && object.items.len() == count {
                return object.items.iter().map(|item| item.value.clone()).collect();
            }
        }
        vec![Value::unknown(); count]
    }

    /// Any element of a collection.
    pub(super) fn element_of(&self, value: &Value<'p>) -> Value<'p> {
        let mut joined: Option<Value<'p>> = None;
        for alt in &value.0 {
            let Obj::Object(id) = alt.obj else { return Value::unknown() };
            let object = &self.objects[id.0];
            if object.open || object.items.is_empty() {
                return Value::unknown();
            }
            for Item { key, value, .. } in &object.items {
                let value = match (&object.kind, key) {
                    (Kind::Sequence, _) => value.clone(),
                    (Kind::Dict, Some(key)) => Value::constant(key.clone()),
                    _ => return Value::unknown(),
                };
                joined = Some(joined.map_or(value.clone(), |before| before.or(value)));
            }
        }
        joined.unwrap_or_else(|| Value::any(Type::Unknown))
    }

    fn delete(&mut self, target: &'p Expr) {
        match target {
            Expr::Name(name) => {
                let here = self.here();
                Rc::make_mut(&mut self.scopes[here.0].vars).remove(name.id.as_str());
            }
            Expr::Subscript(subscript) => {
                let owner = self.eval(&subscript.value);
                let key = self.eval(&subscript.slice);
                if let (Some(Alt { obj: Obj::External(path), .. }), Some(name)) = (owner.single(), key.as_str())
                    && &**path == "os.environ"
                {
                    self.unset_environment(name);
                }
                if let (Some(Alt { obj: Obj::Object(id), .. }), Some(key)) = (owner.single(), key.as_const()) {
                    self.objects[id.0].items.retain(|item| item.key.as_ref() != Some(key));
                }
            }
            _ => {}
        }
    }
}

/// The external name that stands for a call that does not return: `sys.exit()`.
pub(super) const NEVER: &str = "builtins.exit()";
/// Before the name of a folder of the project without `__init__.py`.
const OPAQUE: &str = "./";

fn known_truth(obj: &Obj<'_>) -> Option<bool> {
    match obj {
        Obj::Const(value) => Some(value.truth()),
        Obj::Any(_) | Obj::Starts(_) | Obj::Object(_) | Obj::External(_) | Obj::Member(..) | Obj::ValueMember(..) => {
            None
        }
        _ => Some(true),
    }
}

/// `if TYPE_CHECKING:` is never taken when the program runs.
fn is_type_checking(test: &Expr) -> bool {
    super::value::dotted(test).is_some_and(|name| name == "TYPE_CHECKING" || name.ends_with(".TYPE_CHECKING"))
}
