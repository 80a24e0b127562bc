//! What working out an expression may do besides giving a value.

use super::python::{Expr, Visitor, visitor};

/// Built-ins, and classes and modules of the standard library, whose calls only give a value.
const HARMLESS: &[&str] = &[
    "bool",
    "datetime",
    "dict",
    "enumerate",
    "float",
    "format",
    "getattr",
    "hasattr",
    "int",
    "isinstance",
    "len",
    "list",
    "max",
    "min",
    "platform",
    "range",
    "repr",
    "round",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
    "type",
    "zip",
];

/// Methods that only give a value, of whatever object.
const GIVING: &[&str] = &[
    "abspath",
    "basename",
    "dirname",
    "exists",
    "format",
    "get",
    "getcwd",
    "getenv",
    "gethostbyname",
    "gethostname",
    "getpid",
    "isatty",
    "isdir",
    "isfile",
    "isoformat",
    "items",
    "iter_rules",
    "join",
    "keys",
    "localtime",
    "lower",
    "now",
    "strftime",
    "strip",
    "today",
    "upper",
    "values",
];

/// Whether working out an expression does nothing else.
pub(crate) fn is_harmless(expr: &Expr) -> bool {
    struct Finder(bool);
    impl<'a> Visitor<'a> for Finder {
        fn visit_expr(&mut self, expr: &'a Expr) {
            match expr {
                Expr::Call(call) => {
                    let gives = match &*call.func {
                        Expr::Attribute(method) => {
                            GIVING.contains(&method.attr.as_str())
                                || is_text(&method.value)
                                || root(&method.value).is_some_and(|root| HARMLESS.contains(&root))
                        }
                        Expr::Name(name) => HARMLESS.contains(&name.id.as_str()),
                        _ => false,
                    };
                    self.0 &= gives;
                }
                Expr::Await(_) | Expr::Yield(_) | Expr::YieldFrom(_) | Expr::Named(_) => self.0 = false,
                _ => {}
            }
            visitor::walk_expr(self, expr);
        }
    }
    let mut finder = Finder(true);
    finder.visit_expr(expr);
    finder.0
}

fn is_text(expr: &Expr) -> bool {
    matches!(expr, Expr::StringLiteral(_) | Expr::FString(_))
}

/// The name that a chain of attributes and calls starts from.
pub(crate) fn root(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => root(&attribute.value),
        Expr::Call(call) => root(&call.func),
        Expr::Subscript(subscript) => root(&subscript.value),
        _ => None,
    }
}
