//! Works out what a project's code would do, by walking it the way Python would run it but with
//! values that may be unknown, or different under different circumstances. Nothing is run.
//!
//! Every module is walked as Python would import it and, where it asks for `__name__`, once more as
//! a script. Functions that nothing calls are walked last, with what is known of their parameters.
//! What is met on the way (a server started, debug mode set) is recorded in [`Facts`].

mod call;
mod chosen;
mod command_line;
mod commands;
mod devices;
mod expr;
mod external;
mod files;
mod flask;
mod fold;
mod given;
mod idle;
mod items;
mod needs;
mod paths;
mod readers;
mod stmt;
mod value;
mod writes;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::facts::{AppName, AppObject, Const, Factory, Facts, Given, Place, Purpose, Truth, When};
use super::frameworks;
use super::modules::{ModuleId, Project};
use crate::source::{Span, in_parallel};
use crate::syntax::python::{self, Ranged, ast};

use idle::Rest;
use value::{Alt, ClassId, Code, Function, Obj, ObjectId, ScopeId, Value};

/// Statements walked for one module, or for one function that nothing calls, before the rest is taken
/// as unknown: a bound on time, far above what real modules need.
const MAX_STEPS: usize = 500_000;
/// Calls within calls that are followed.
const MAX_DEPTH: usize = 24;
/// How often one function is walked; the last result serves further calls.
const MAX_WALKS: usize = 12;

/// Works out the facts of a project. Programs of a tree that have nothing to do with each other are
/// worked out side by side.
pub(super) fn gather(project: &Project, purpose: Purpose) -> Facts<'_> {
    gather_with(project, purpose, Rest::Telling)
}

/// The same, with these of the functions walked that nothing calls.
fn gather_with(project: &Project, purpose: Purpose, rest: Rest) -> Facts<'_> {
    let islands: Arc<[usize]> = project.islands().into();
    // By the group that each island belongs to: groups grow where a program imports by a name in a text.
    let mut groups: BTreeMap<usize, BTreeSet<usize>> =
        islands.iter().map(|island| (*island, [*island].into())).collect();
    let mut sizes = vec![0; islands.len()];
    for (id, module) in project.iter() {
        sizes[islands[id.0]] += module.source.text.len();
    }
    let mut done: BTreeMap<usize, Facts<'_>> = BTreeMap::new();
    loop {
        let mut pending: Vec<(usize, BTreeSet<usize>)> =
            groups.iter().filter(|(first, _)| !done.contains_key(first)).map(|it| (*it.0, it.1.clone())).collect();
        if pending.is_empty() {
            break;
        }
        // The largest first, so that none is left to wait for at the end.
        pending.sort_by_key(|(_, group)| std::cmp::Reverse(group.iter().map(|island| sizes[*island]).sum::<usize>()));
        let found = in_parallel(&pending, |(_, group)| walk(project, &islands, group, purpose, rest));
        for ((first, group), (strays, facts)) in pending.iter().zip(found) {
            if strays.is_empty() {
                // One that another imports from by now is walked again, with that.
                if groups.get(first) == Some(group) {
                    done.insert(*first, facts);
                }
                continue;
            }
            let touched = |group: &BTreeSet<usize>| group.contains(first) || !group.is_disjoint(&strays);
            let keys: Vec<usize> = groups.iter().filter(|(_, group)| touched(group)).map(|(key, _)| *key).collect();
            let mut joined = BTreeSet::new();
            for key in keys {
                joined.extend(groups.remove(&key).unwrap_or_default());
                done.remove(&key);
            }
            if let Some(first) = joined.first() {
                groups.insert(*first, joined);
            }
        }
    }
    let mut facts = Facts::default();
    done.into_values().for_each(|part| facts.add(part));
    facts.sort();
    facts
}

/// What running the programs of some islands would do, and the other islands that they import from.
fn walk<'p>(
    project: &'p Project,
    islands: &Arc<[usize]>,
    group: &BTreeSet<usize>,
    purpose: Purpose,
    rest: Rest,
) -> (BTreeSet<usize>, Facts<'p>) {
    let mut interpreter = Interpreter::new(project, Given::default(), Arc::clone(islands), rest);
    interpreter.for_deployment = purpose == Purpose::Deployment;
    let of_group = project.iter().map(|(id, _)| id).filter(|id| group.contains(&islands[id.0]));
    interpreter.walk_modules(of_group.collect());
    interpreter.walk_rest();
    let strays = interpreter.reached.difference(group).copied().collect();
    (strays, interpreter.finish())
}

/// Works out what some modules have to do with debug mode in a process that is given these variables, and
/// the variables that it depends on: another process with the same of them does the same.
pub(super) fn gather_given<'p>(
    project: &'p Project,
    islands: &Arc<[usize]>,
    given: &Given,
    modules: Vec<ModuleId>,
) -> (Facts<'p>, BTreeSet<String>) {
    let mut interpreter = Interpreter::new(project, given.clone(), Arc::clone(islands), Rest::OfDebug);
    interpreter.walk_modules(modules);
    interpreter.walk_rest();
    let depends = interpreter.depends.take();
    let mut facts = interpreter.finish();
    facts.sort();
    (facts, depends)
}

/// What a scope belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Module,
    Class,
    Function,
}

/// The names of a module, a class body or a call.
#[derive(Debug)]
struct Scope<'p> {
    owner: Owner,
    module: ModuleId,
    parent: Option<ScopeId>,
    vars: Vars<'p>,
    /// Names declared `global`, and `nonlocal` ones, which are taken for those of the parent.
    globals: BTreeSet<&'p str>,
    nonlocals: BTreeSet<&'p str>,
    /// External modules that were imported with `*`.
    stars: Vec<Rc<str>>,
    /// Whether a function or a class was defined in it, which sees its names for as long as that may be called.
    is_kept: bool,
}

/// Names and their values. A branch keeps what was there before it: that is shared until it is changed,
/// for copying every name around each branch took a fifth of a run.
type Vars<'p> = Rc<FxHashMap<&'p str, Rc<Value<'p>>>>;

/// A class of the project.
#[derive(Debug)]
struct Class<'p> {
    def: &'p ast::StmtClassDef,
    module: ModuleId,
    bases: Vec<Value<'p>>,
    scope: ScopeId,
}

/// What the class of an object is.
#[derive(Clone, Debug)]
enum Kind {
    /// An instance of a class of the project.
    Instance(ClassId),
    /// An instance of a class from elsewhere, or what a function from elsewhere made.
    External(Rc<str>),
    /// The configuration of a Flask app.
    Config,
    Dict,
    Sequence,
    /// What `super()` gives in a method of this class.
    Super {
        of: ObjectId,
        class: ClassId,
    },
}

/// A key and its value in a dictionary or a configuration; an element of a sequence has no key.
#[derive(Clone, Debug)]
struct Item<'p> {
    key: Option<Const>,
    value: Value<'p>,
    /// The whole item.
    place: Place,
    /// Its value.
    at: Place,
}

/// An object on the heap.
#[derive(Debug)]
struct Object<'p> {
    kind: Kind,
    made: Place,
    attributes: BTreeMap<Rc<str>, Value<'p>>,
    items: Vec<Item<'p>>,
    /// Whether there may be items that are not known.
    open: bool,
    /// The debug settings in force, as indexes into the facts.
    debug_writes: Vec<usize>,
}

/// A call that is being walked.
#[derive(Debug)]
struct Frame<'p> {
    scope: ScopeId,
    returns: Option<Value<'p>>,
    /// What it yields, if it does.
    yields: Option<Value<'p>>,
    /// Under which circumstances it was entered.
    entered: When,
    /// Which code it is, against recursion.
    code: Option<usize>,
}

/// How a block ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// At its end.
    Through,
    /// By `return`, `raise`, `break`, `continue` or the end of the program.
    Left,
}

/// The walker.
struct Interpreter<'p> {
    project: &'p Project,
    /// The island of each module.
    islands: Arc<[usize]>,
    /// The islands that were imported from.
    reached: BTreeSet<usize>,
    facts: Facts<'p>,
    scopes: Vec<Scope<'p>>,
    classes: Vec<Class<'p>>,
    objects: Vec<Object<'p>>,
    frames: Vec<Frame<'p>>,
    /// Under which circumstances what is being walked happens.
    when: When,
    imported: BTreeMap<ModuleId, ScopeId>,
    scripts: BTreeMap<ModuleId, ScopeId>,
    /// Functions and classes in the order they were met.
    functions: Vec<Function<'p>>,
    classes_by_scope: FxHashMap<ScopeId, ClassId>,
    idle: idle::Idle<'p>,
    /// Whether what only a deployment has to know is looked for too.
    for_deployment: bool,
    /// Which functions are walked that nothing called.
    rest: Rest,
    /// Whether what is walked are the functions that nothing called.
    resting: bool,
    /// What such functions give that can tell nothing, called with nothing known, by what is told of
    /// them: the function, and where the object was made whose method it is.
    blind: FxHashMap<(usize, Option<Place>), Value<'p>>,
    walked: FxHashMap<usize, (usize, Value<'p>)>,
    current_app: Option<ObjectId>,
    /// What processes are given.
    given: Given,
    /// The variables of which it was asked what is given.
    depends: RefCell<BTreeSet<String>>,
    /// What the process that is walked has by now of what it is given.
    process: BTreeMap<String, String>,
    /// What the program has put into its own environment.
    environment: BTreeMap<String, Value<'p>>,
    /// How many apps there were when the program last set each of its variables.
    set_since: BTreeMap<String, usize>,
    /// What concerns the servers around the app.
    notes: needs::Notes<'p>,
    /// Whether a module is walked as a script, which a WSGI server never does.
    as_script: bool,
    /// Whether a function is walked that Flask calls before the first request.
    at_start: bool,
    /// What around the place that is walked lets the program do without it: `try` statements that catch
    /// something, conditions within an expression.
    optional: usize,
    steps: usize,
}

impl<'p> Interpreter<'p> {
    fn new(project: &'p Project, given: Given, islands: Arc<[usize]>, rest: Rest) -> Self {
        Self {
            project,
            process: given.process.clone(),
            given,
            depends: RefCell::default(),
            islands,
            reached: BTreeSet::new(),
            facts: Facts::default(),
            scopes: Vec::new(),
            classes: Vec::new(),
            objects: Vec::new(),
            frames: Vec::new(),
            when: When::Default,
            imported: BTreeMap::new(),
            scripts: BTreeMap::new(),
            functions: Vec::new(),
            classes_by_scope: FxHashMap::default(),
            idle: idle::Idle::default(),
            for_deployment: false,
            rest,
            resting: false,
            blind: FxHashMap::default(),
            walked: FxHashMap::default(),
            current_app: None,
            environment: BTreeMap::new(),
            set_since: BTreeMap::new(),
            notes: needs::Notes::default(),
            as_script: false,
            at_start: false,
            optional: 0,
            steps: 0,
        }
    }

    /// Walks modules: those of tests last, so that what tests change is not seen elsewhere.
    fn walk_modules(&mut self, mut order: Vec<ModuleId>) {
        let project = self.project;
        let islands = Arc::clone(&self.islands);
        // Where files of variables are loaded it counts who comes first: the program that loads them,
        // and not the module that it imports afterwards.
        let imported = |id: &ModuleId| !self.given.files.is_empty() && project.importers(*id).next().is_some();
        order.sort_by_key(|id| (islands[id.0], is_test(project.module(*id).path().as_str()), imported(id)));
        let mut island = None;
        for id in &order {
            if island.replace(islands[id.0]) != Some(islands[id.0]) {
                // Another program, which knows nothing of what the last one did.
                self.begin_process();
            }
            self.steps = 0;
            self.import(*id);
        }
        for id in order {
            // Only a module that asks how it is run can tell the difference.
            if project.module(id).source.text.contains("__main__") {
                self.begin_process();
                self.steps = 0;
                self.as_script = true;
                let scope = self.walk_module(id, "__main__");
                self.as_script = false;
                self.scripts.insert(id, scope);
            }
        }
    }

    /// The scope of a module, walked on its first import.
    fn import(&mut self, id: ModuleId) -> ScopeId {
        if let Some(scope) = self.imported.get(&id) {
            return *scope;
        }
        self.walk_module(id, "")
    }

    /// Walks a module under a name; `""` stands for the name it is imported by.
    fn walk_module(&mut self, id: ModuleId, name: &str) -> ScopeId {
        let project = self.project;
        let module = project.module(id);
        self.reached.insert(self.islands[id.0]);
        let scope = self.scope(Owner::Module, id, None);
        if name.is_empty() {
            // Before its body, so that circular imports find what is there so far.
            self.imported.insert(id, scope);
        }
        let imported_as =
            module.path().as_str().trim_end_matches(".py").trim_end_matches("/__init__").replace('/', ".");
        let name = if name.is_empty() { imported_as } else { name.to_owned() };
        self.set(scope, "__name__", Value::constant(Const::Str(name)));
        self.set(scope, "__file__", Value::constant(paths::own(module.path().as_str())));
        let when = std::mem::replace(&mut self.when, When::Default);
        self.frames.push(Frame { scope, returns: None, yields: None, entered: When::Default, code: None });
        self.walk_block(module.syntax.body());
        self.frames.pop();
        self.when = when;
        scope
    }

    /// Walks the functions that nothing called.
    fn walk_rest(&mut self) {
        self.resting = true;
        let mut at = 0;
        while let Some(function) = self.functions.get(at).copied() {
            at += 1;
            let Code::Def(_) = function.code else { continue };
            if self.walked.contains_key(&address(function.code)) || self.is_idle(function) {
                continue;
            }
            let receiver = self.receiver_of(function);
            let arguments = self.assumed_arguments(function, receiver.is_some());
            self.when = When::Default;
            self.steps = 0;
            self.at_start = starts_with_the_server(function.code);
            self.call_function(function, receiver, &arguments);
            self.at_start = false;
        }
    }

    /// Names the apps and factories.
    fn finish(mut self) -> Facts<'p> {
        let scripts: Vec<(ModuleId, ScopeId)> = self.scripts.iter().map(|(id, scope)| (*id, *scope)).collect();
        let imported: Vec<(ModuleId, ScopeId)> = self.imported.iter().map(|(id, scope)| (*id, *scope)).collect();
        let mut apps: BTreeMap<ModuleId, Vec<AppName>> = BTreeMap::new();
        for (on_import, scopes) in [(true, imported), (false, scripts)] {
            for (id, scope) in scopes {
                for (name, app) in self.apps_in(scope) {
                    let names = apps.entry(id).or_default();
                    if !names.iter().any(|have| have.name == name) {
                        names.push(AppName { name, app, on_import });
                    }
                }
            }
        }
        for names in apps.values_mut() {
            names.sort_by(|one, two| one.name.cmp(&two.name));
        }
        let factories = self.factories();
        let needs = self.needs();
        let mut facts = std::mem::take(&mut self.facts);
        facts.needs = needs;
        facts.apps = apps;
        facts.factories = factories;
        facts
    }

    /// The names in a scope that stand for apps.
    fn apps_in(&self, scope: ScopeId) -> Vec<(String, AppObject)> {
        let app_of = |value: &Value<'p>| {
            value.0.iter().find_map(|alt| match alt.obj {
                Obj::Object(object) => self.app_object(object),
                _ => None,
            })
        };
        let vars = self.scopes[scope.0].vars.iter();
        vars.filter_map(|(name, value)| Some(((*name).to_owned(), app_of(value)?))).collect()
    }

    /// Functions at module level whose result is an app.
    fn factories(&self) -> Vec<Factory<'p>> {
        let mut factories = Vec::new();
        let mut seen = FxHashSet::default();
        for function in &self.functions {
            let Code::Def(def) = function.code else { continue };
            let code = address(function.code);
            if self.scopes[function.scope.0].owner != Owner::Module || !seen.insert(code) {
                continue;
            }
            let Some((_, result)) = self.walked.get(&code) else { continue };
            let is_app = |alt: &Alt<'p>| matches!(alt.obj, Obj::Object(id) if self.app_object(id).is_some());
            if result.0.iter().any(is_app) {
                factories.push(Factory { module: function.module, def });
            }
        }
        factories
    }

    // Scopes and names.

    fn scope(&mut self, owner: Owner, module: ModuleId, parent: Option<ScopeId>) -> ScopeId {
        self.scopes.push(Scope {
            owner,
            module,
            parent,
            vars: Vars::default(),
            globals: BTreeSet::new(),
            nonlocals: BTreeSet::new(),
            stars: Vec::new(),
            is_kept: false,
        });
        ScopeId(self.scopes.len() - 1)
    }

    /// The scope of what is walked, for what is defined in it.
    fn kept_here(&mut self) -> ScopeId {
        let here = self.here();
        self.scopes[here.0].is_kept = true;
        here
    }

    /// Forgets the names of a call that is over, where nothing can ask for them any more.
    fn forget(&mut self, scope: ScopeId) {
        if self.scopes.len() == scope.0 + 1 && !self.scopes[scope.0].is_kept {
            self.scopes.pop();
        }
    }

    fn here(&self) -> ScopeId {
        self.frames.last().map_or(ScopeId(0), |frame| frame.scope)
    }

    fn module_id(&self) -> ModuleId {
        self.scopes[self.here().0].module
    }

    /// The scope of the module that a scope lies in.
    fn top(&self, mut scope: ScopeId) -> ScopeId {
        while let Some(parent) = self.scopes[scope.0].parent {
            scope = parent;
        }
        scope
    }

    fn set(&mut self, scope: ScopeId, name: &'p str, value: Value<'p>) {
        let target = if self.scopes[scope.0].globals.contains(name) {
            self.top(scope)
        } else if self.scopes[scope.0].nonlocals.contains(name) {
            self.scopes[scope.0].parent.unwrap_or(scope)
        } else {
            scope
        };
        Rc::make_mut(&mut self.scopes[target.0].vars).insert(name, Rc::new(value));
    }

    fn lookup(&self, scope: ScopeId, name: &str) -> Option<Rc<Value<'p>>> {
        let mut at = Some(scope);
        let mut first = true;
        if self.scopes[scope.0].globals.contains(name) {
            at = Some(self.top(scope));
        }
        while let Some(id) = at {
            let scope = &self.scopes[id.0];
            // The names of a class body are not seen from its methods.
            if (first || scope.owner != Owner::Class)
                && let Some(value) = scope.vars.get(name)
            {
                return Some(Rc::clone(value));
            }
            if let [.., star] = scope.stars.as_slice() {
                let path = format!("{star}.{name}");
                if scope.stars.len() == 1 || frameworks::entry(&path).is_some() {
                    let known = scope
                        .stars
                        .iter()
                        .map(|star| format!("{star}.{name}"))
                        .find(|path| frameworks::entry(path).is_some());
                    if known.is_some() || !is_builtin(name) {
                        return Some(Rc::new(Value::external(known.as_deref().unwrap_or(&path))));
                    }
                }
            }
            first = false;
            at = scope.parent;
        }
        None
    }

    /// The names that a branch could change: those of this scope and the ones around it.
    fn snapshot(&self) -> Vec<(ScopeId, Vars<'p>)> {
        let mut snapshot = Vec::new();
        let mut at = Some(self.here());
        while let Some(id) = at {
            snapshot.push((id, Rc::clone(&self.scopes[id.0].vars)));
            at = self.scopes[id.0].parent;
        }
        snapshot
    }

    fn restore(&mut self, snapshot: &[(ScopeId, Vars<'p>)]) {
        for (id, vars) in snapshot {
            self.scopes[id.0].vars = Rc::clone(vars);
        }
    }

    /// Makes the names what either of two branches left behind.
    fn join(&mut self, one: Vec<(ScopeId, Vars<'p>)>, first: When, two: Vec<(ScopeId, Vars<'p>)>, second: When) {
        for ((id, one), (_, mut joined)) in one.into_iter().zip(two) {
            if !Rc::ptr_eq(&one, &joined) {
                let merged = one.iter().filter_map(|(name, value)| {
                    let value = match joined.get(name) {
                        Some(other) if Rc::ptr_eq(other, value) => return None,
                        Some(other) => (**value).clone().under(first).or((**other).clone().under(second)),
                        None => (**value).clone().under(first),
                    };
                    Some((*name, Rc::new(value)))
                });
                let merged: Vec<(&str, Rc<Value<'p>>)> = merged.collect();
                if !merged.is_empty() {
                    Rc::make_mut(&mut joined).extend(merged);
                }
            }
            self.scopes[id.0].vars = joined;
        }
    }

    // Objects.

    fn object(&mut self, kind: Kind, made: Place) -> ObjectId {
        self.objects.push(Object {
            kind,
            made,
            attributes: BTreeMap::new(),
            items: Vec::new(),
            open: false,
            debug_writes: Vec::new(),
        });
        ObjectId(self.objects.len() - 1)
    }

    /// The dotted name of the external class that an object is an instance of, directly or by
    /// inheritance.
    fn external_class(&self, id: ObjectId) -> Option<Rc<str>> {
        match &self.objects[id.0].kind {
            Kind::External(path) => Some(Rc::clone(path)),
            Kind::Instance(class) => self.external_base(*class, 0),
            _ => None,
        }
    }

    /// The external class that a class inherits from; one of a framework where there are several.
    fn external_base(&self, class: ClassId, depth: usize) -> Option<Rc<str>> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut found = None;
        for base in &self.classes[class.0].bases {
            for alt in &base.0 {
                let path = match &alt.obj {
                    Obj::External(path) => Some(Rc::clone(path)),
                    Obj::Class(base) => self.external_base(*base, depth + 1),
                    _ => None,
                };
                match path {
                    Some(path) if frameworks::entry(&path).is_some() => return Some(path),
                    Some(path) => found = found.or(Some(path)),
                    None => {}
                }
            }
        }
        found
    }

    /// The Flask app that an object is.
    fn app_object(&self, id: ObjectId) -> Option<AppObject> {
        let class = self.external_class(id)?;
        frameworks::is_app(&class).then(|| AppObject { class: class.to_string(), made: self.objects[id.0].made })
    }

    fn is_flask(&self, id: ObjectId) -> bool {
        self.app_object(id).is_some()
    }

    /// Python's truth of a thing, for those that only the heap can tell.
    fn truth_of(&self, obj: &Obj<'p>) -> Option<bool> {
        match obj {
            Obj::Object(id) => {
                let object = &self.objects[id.0];
                match &object.kind {
                    Kind::Dict | Kind::Sequence if object.open => None,
                    Kind::Dict | Kind::Sequence => Some(!object.items.is_empty()),
                    // What a function of another package gives may be false; what a class makes is an object.
                    Kind::External(path) => is_class_name(path).then_some(true),
                    _ => Some(true),
                }
            }
            _ => None,
        }
    }

    fn is_test(&self, module: ModuleId) -> bool {
        is_test(self.project.module(module).path().as_str())
    }

    /// Whether a test leads to what is being walked.
    fn walks_test(&self) -> bool {
        self.frames.first().is_some_and(|frame| self.is_test(self.scopes[frame.scope.0].module))
    }

    fn truth(&self, value: &Value<'p>) -> Truth {
        value.truth(&|obj| self.truth_of(obj))
    }

    fn place(&self, node: &impl Ranged) -> Place {
        Place { module: self.module_id(), span: python::span(node) }
    }
}

/// What tells one function's code from another's.
fn address(code: Code<'_>) -> usize {
    match code {
        Code::Def(def) => std::ptr::from_ref(def) as usize,
        Code::Lambda(lambda) => std::ptr::from_ref(lambda) as usize,
    }
}

/// Whether Flask (before 2.3) calls a function itself before the first request.
fn starts_with_the_server(code: Code<'_>) -> bool {
    matches!(code, Code::Def(def) if call::has_decorator(def, "before_first_request"))
}

/// Whether a file holds tests.
pub(crate) fn is_test(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "test" || part.starts_with("test_") || part == "conftest.py")
}

/// Builtins whose names an unknown `from x import *` does not take over.
fn is_builtin(name: &str) -> bool {
    matches!(
        name,
        "bool"
            | "int"
            | "str"
            | "float"
            | "dict"
            | "list"
            | "tuple"
            | "set"
            | "len"
            | "print"
            | "open"
            | "getattr"
            | "setattr"
            | "hasattr"
            | "isinstance"
            | "super"
            | "range"
            | "input"
            | "any"
            | "all"
            | "vars"
            | "type"
            | "staticmethod"
            | "classmethod"
            | "property"
            | "object"
            | "Exception"
            | "exit"
            | "quit"
            | "__file__"
            | "globals"
            | "locals"
            | "zip"
            | "map"
            | "filter"
            | "enumerate"
            | "sorted"
            | "callable"
    )
}

/// Whether a dotted name ends like that of a class: `argparse.Namespace`.
fn is_class_name(path: &str) -> bool {
    path.rsplit('.').next().is_some_and(|name| name.starts_with(char::is_uppercase))
}

/// An empty span where there is no better place.
fn nowhere(module: ModuleId) -> Place {
    Place { module, span: Span::empty(0) }
}
