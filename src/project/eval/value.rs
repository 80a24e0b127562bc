//! Values as the interpreter knows them: each is one or several alternatives, and each alternative
//! says under which circumstances it is the one.

use std::rc::Rc;

use super::super::facts::{Const, Known, Place, Setting, Truth, When};
use super::super::modules::ModuleId;
use crate::syntax::python::{Expr, ast};

/// More alternatives than this are folded into one unknown.
const MAX_ALTERNATIVES: usize = 12;

/// An object on the interpreter's heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ObjectId(pub(super) usize);

/// A class defined in the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ClassId(pub(super) usize);

/// A scope: the names of a module, a class body or one call of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ScopeId(pub(super) usize);

/// The kind of something that is otherwise not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Bool,
    Str,
    Int,
    Unknown,
}

/// The code of a function.
#[derive(Clone, Copy, Debug)]
pub(super) enum Code<'p> {
    Def(&'p ast::StmtFunctionDef),
    Lambda(&'p ast::ExprLambda),
}

/// A function of the project, with the scope it was defined in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function<'p> {
    pub(super) module: ModuleId,
    pub(super) code: Code<'p>,
    pub(super) scope: ScopeId,
}

impl Function<'_> {
    /// Two functions are the same when they are the same code.
    pub(super) fn same(&self, other: &Self) -> bool {
        match (self.code, other.code) {
            (Code::Def(one), Code::Def(two)) => std::ptr::eq(one, two),
            (Code::Lambda(one), Code::Lambda(two)) => std::ptr::eq(one, two),
            _ => false,
        }
    }
}

/// A callable with arguments already given to it.
#[derive(Clone, Debug)]
pub(super) struct Partial<'p> {
    pub(super) function: Value<'p>,
    pub(super) arguments: Arguments<'p>,
}

/// One thing a value can be.
#[derive(Clone, Debug)]
pub(super) enum Obj<'p> {
    Const(Const),
    Any(Type),
    /// A text of which only the start is known: `f"uploads/{name}"`.
    Starts(Rc<str>),
    /// A name of a module that is not in the project: `flask.Flask`.
    External(Rc<str>),
    Module(ModuleId),
    Function(Function<'p>),
    Class(ClassId),
    Object(ObjectId),
    /// A function of the project bound to an object.
    Method(ObjectId, Function<'p>),
    /// An attribute of an object whose class is not in the project: `app.run`.
    Member(ObjectId, Rc<str>),
    /// A method of a constant or of something known only by its type: `"x".lower`.
    ValueMember(Box<Alt<'p>>, Rc<str>),
    Partial(Rc<Partial<'p>>),
}

impl Obj<'_> {
    /// Python's truth of it, where it is known.
    fn truth(&self) -> Option<bool> {
        match self {
            Self::Const(value) => Some(value.truth()),
            Self::Any(_) | Self::Starts(_) => None,
            // Collections may be empty; the interpreter answers for those that it knows. A name of
            // another package may stand for anything.
            Self::Object(_) | Self::External(_) => None,
            // It may as well be a value as a method: `args.debug` of a parser that is not known.
            Self::Member(..) | Self::ValueMember(..) => None,
            _ => Some(true),
        }
    }

    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Const(one), Self::Const(two)) => one == two,
            (Self::Any(one), Self::Any(two)) => one == two,
            (Self::Starts(one), Self::Starts(two)) => one == two,
            (Self::External(one), Self::External(two)) => one == two,
            (Self::Module(one), Self::Module(two)) => one == two,
            (Self::Function(one), Self::Function(two)) => one.same(two),
            (Self::Class(one), Self::Class(two)) => one == two,
            (Self::Object(one), Self::Object(two)) => one == two,
            (Self::Method(one, f), Self::Method(two, g)) => one == two && f.same(g),
            (Self::Member(one, name), Self::Member(two, other)) => one == two && name == other,
            (Self::Partial(one), Self::Partial(two)) => Rc::ptr_eq(one, two),
            _ => false,
        }
    }
}

/// One alternative of a value.
#[derive(Clone, Debug)]
pub(super) struct Alt<'p> {
    pub(super) obj: Obj<'p>,
    /// When it is this one.
    pub(super) when: When,
    /// The environment variable it hangs on.
    pub(super) variable: Option<Rc<str>>,
    /// Where it is written.
    pub(super) origin: Option<Place>,
}

impl<'p> Alt<'p> {
    pub(super) fn new(obj: Obj<'p>) -> Self {
        Self { obj, when: When::Default, variable: None, origin: None }
    }

    /// The same circumstances with another thing.
    pub(super) fn with(&self, obj: Obj<'p>) -> Self {
        Self { obj, when: self.when, variable: self.variable.clone(), origin: None }
    }
}

/// What is known of a value: at least one alternative.
#[derive(Clone, Debug)]
pub(super) struct Value<'p>(pub(super) Vec<Alt<'p>>);

impl<'p> Value<'p> {
    pub(super) fn of(obj: Obj<'p>) -> Self {
        Self(vec![Alt::new(obj)])
    }

    pub(super) fn unknown() -> Self {
        Self(vec![Alt { obj: Obj::Any(Type::Unknown), when: When::Unknown, variable: None, origin: None }])
    }

    pub(super) fn any(kind: Type) -> Self {
        Self(vec![Alt { obj: Obj::Any(kind), when: When::Unknown, variable: None, origin: None }])
    }

    pub(super) fn constant(value: Const) -> Self {
        Self::of(Obj::Const(value))
    }

    pub(super) fn external(path: &str) -> Self {
        Self::of(Obj::External(Rc::from(path)))
    }

    /// What a variable of the environment gives: the default when it is not set.
    pub(super) fn environment(variable: &str, default: Option<Self>, kind: Type) -> Self {
        let mut alts = default.map_or_else(Vec::new, |default| default.0);
        alts.push(Alt {
            obj: Obj::Any(kind),
            when: When::Environment,
            variable: Some(Rc::from(variable)),
            origin: None,
        });
        Self(alts)
    }

    /// What the command line gives: the default when nothing is said there.
    pub(super) fn command_line(default: Option<Self>, said: Obj<'p>) -> Self {
        let mut alts = default.map_or_else(Vec::new, |default| default.0);
        alts.push(Alt { obj: said, when: When::CommandLine, variable: None, origin: None });
        Self(alts)
    }

    /// The only thing it can be.
    pub(super) fn single(&self) -> Option<&Alt<'p>> {
        match self.0.as_slice() {
            [alt] => Some(alt),
            _ => None,
        }
    }

    /// The constant it is, whatever the circumstances.
    pub(super) fn as_const(&self) -> Option<&Const> {
        match &self.single()?.obj {
            Obj::Const(value) => Some(value),
            _ => None,
        }
    }

    /// The text it is, whatever the circumstances.
    pub(super) fn as_str(&self) -> Option<&str> {
        match self.as_const()? {
            Const::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Says where the alternatives were written that do not say so themselves.
    pub(super) fn from(mut self, place: Place) -> Self {
        for alt in &mut self.0 {
            alt.origin.get_or_insert(place);
        }
        self
    }

    /// The same, but only under these circumstances.
    pub(super) fn under(mut self, when: When) -> Self {
        for alt in &mut self.0 {
            alt.when = alt.when.max(when);
        }
        self
    }

    /// One or the other.
    pub(super) fn or(mut self, other: Self) -> Self {
        for alt in other.0 {
            self.push(alt);
        }
        self.bounded()
    }

    fn push(&mut self, alt: Alt<'p>) {
        match self.0.iter_mut().find(|have| have.obj.same(&alt.obj) && have.variable == alt.variable) {
            Some(have) if alt.when < have.when => *have = alt,
            Some(_) => {}
            None => self.0.push(alt),
        }
    }

    fn bounded(self) -> Self {
        if self.0.len() > MAX_ALTERNATIVES { Self::unknown() } else { self }
    }

    /// What `work` makes of each alternative.
    pub(super) fn map(&self, mut work: impl FnMut(&Alt<'p>) -> Value<'p>) -> Self {
        let mut result = Self(Vec::new());
        for alt in &self.0 {
            for mut made in work(alt).0 {
                made.when = made.when.max(alt.when);
                if made.variable.is_none() {
                    made.variable.clone_from(&alt.variable);
                }
                result.push(made);
            }
        }
        result.bounded()
    }

    /// What `work` makes of each pair of alternatives. Alternatives that hang on the same variable
    /// are not paired with each other's opposite: the cost is a few impossible pairs, never a
    /// missing one.
    pub(super) fn zip(&self, other: &Self, mut work: impl FnMut(&Obj<'p>, &Obj<'p>) -> Obj<'p>) -> Self {
        let mut result = Self(Vec::new());
        for one in &self.0 {
            for two in &other.0 {
                let variable = one.variable.clone().or_else(|| two.variable.clone());
                let when = one.when.max(two.when);
                result.push(Alt { obj: work(&one.obj, &two.obj), when, variable, origin: None });
            }
        }
        result.bounded()
    }

    /// When it is true.
    pub(super) fn truth(&self, of: &dyn Fn(&Obj<'p>) -> Option<bool>) -> Truth {
        let all: Vec<(When, Option<bool>)> =
            self.0.iter().map(|alt| (alt.when, of(&alt.obj).or_else(|| alt.obj.truth()))).collect();
        let some = |when: &dyn Fn(When) -> bool, truth: Option<bool>| {
            all.iter().any(|(at, value)| when(*at) && *value == truth)
        };
        let default = |when| when == When::Default;
        let asked = |when| matches!(when, When::Environment | When::CommandLine);
        let unknown = |when| when == When::Unknown;
        if all.iter().all(|(_, truth)| *truth == Some(true)) {
            return Truth::Always;
        }
        if all.iter().all(|(_, truth)| *truth == Some(false)) {
            return Truth::Never;
        }
        if some(&default, Some(true)) {
            return if some(&default, Some(false)) { Truth::Sometimes } else { Truth::ByDefault };
        }
        if some(&unknown, Some(true)) {
            return Truth::Sometimes;
        }
        if some(&default, None) || some(&unknown, None) {
            return Truth::Unknown;
        }
        if some(&asked, Some(true)) || some(&asked, None) {
            return Truth::OnRequest;
        }
        Truth::Never
    }

    /// The alternative that makes it true: where the trouble comes from.
    pub(super) fn decisive(&self) -> Option<&Alt<'p>> {
        self.0
            .iter()
            .find(|alt| alt.obj.truth() == Some(true) && alt.when == When::Default)
            .or_else(|| self.0.iter().find(|alt| alt.obj.truth() == Some(true)))
            .or_else(|| self.0.first())
    }

    /// A summary for the rules. `place` is where the value is used.
    pub(super) fn setting(&self, place: Place, of: &dyn Fn(&Obj<'p>) -> Option<bool>) -> Setting {
        let constant = |alt: &Alt<'p>| match &alt.obj {
            // Where the project will lie is not known.
            Obj::Const(Const::Str(text)) if super::paths::is_own(text) => None,
            Obj::Const(value) => Some(value.clone()),
            _ => None,
        };
        let default = self.0.iter().find(|alt| alt.when == When::Default);
        // `8080 if os.environ.get("PROD") else 5000` hangs on a variable, and is never what that holds; a
        // switch is as good as it.
        let is_read = |alt: &&Alt<'p>| {
            alt.variable.is_some() && !matches!(alt.obj, Obj::Const(Const::Str(_) | Const::Int(_) | Const::Float(_)))
        };
        let known = if let Some(alt) = self.single()
            && let Some(value) = constant(alt)
        {
            Known::Constant(value)
        } else if let Some(variable) = self.0.iter().find(is_read).and_then(|alt| alt.variable.as_ref()) {
            Known::Environment { variable: variable.to_string(), default: default.and_then(constant) }
        } else if self.0.iter().any(|alt| alt.when == When::CommandLine) {
            Known::CommandLine { default: default.and_then(constant) }
        } else {
            let constants: Option<Vec<Const>> = self.0.iter().map(constant).collect();
            constants.map_or(Known::Unknown, Known::OneOf)
        };
        let truth = self.truth(of);
        let origin = self
            .decisive()
            .and_then(|alt| alt.origin)
            .filter(|origin| origin.module != place.module || !place.span.contains(origin.span));
        let is_sure =
            |alt: &Alt<'p>| alt.variable.is_some() || alt.when == When::Default && matches!(alt.obj, Obj::Const(_));
        let variables = || self.0.iter().filter_map(|alt| alt.variable.as_ref()).map(|name| name.to_string());
        let hangs_on = self.0.iter().all(is_sure).then(|| variables().collect());
        Setting { known, truth, origin, hangs_on }
    }
}

/// An argument as it reaches a call.
#[derive(Clone, Debug)]
pub(super) struct Passing<'p> {
    pub(super) value: Value<'p>,
    pub(super) passed: super::super::facts::Passed,
    /// The whole argument.
    pub(super) place: Place,
    /// Its value.
    pub(super) at: Place,
}

/// The arguments of a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments<'p> {
    pub(super) positional: Vec<Passing<'p>>,
    pub(super) keywords: Vec<(Rc<str>, Passing<'p>)>,
    /// Whether there may be more, by a `*` or `**` of something unknown.
    pub(super) open: bool,
}

impl<'p> Arguments<'p> {
    /// The argument of a parameter, by its name or its place.
    pub(super) fn get(&self, name: &str, position: Option<usize>) -> Option<&Passing<'p>> {
        self.keyword(name).or_else(|| self.positional.get(position?))
    }

    /// The argument given by this name.
    pub(super) fn keyword(&self, name: &str) -> Option<&Passing<'p>> {
        self.keywords.iter().rev().find(|(have, _)| &**have == name).map(|(_, passing)| passing)
    }

    /// The value of a parameter.
    pub(super) fn value(&self, name: &str, position: Option<usize>) -> Option<&Value<'p>> {
        self.get(name, position).map(|passing| &passing.value)
    }
}

/// The dotted text of an expression that is only names: `app.config`.
pub(super) fn dotted(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Name(name) => Some(name.id.to_string()),
        Expr::Attribute(attribute) => Some(format!("{}.{}", dotted(&attribute.value)?, attribute.attr)),
        _ => None,
    }
}
