//! Operators on constants, as Python computes them.

use std::cmp::Ordering;
use std::rc::Rc;

use super::super::facts::Const;
use super::paths;
use super::value::{Obj, Type};
use crate::syntax::python::ast::{CmpOp, Operator};

/// Python sees `True` as 1.
fn number(value: &Const) -> Option<f64> {
    match value {
        Const::Bool(value) => Some(f64::from(u8::from(*value))),
        // Whole numbers here are ports and flags; beyond 2^53 a comparison may be off by one.
        #[allow(clippy::cast_precision_loss)]
        Const::Int(value) => Some(*value as f64),
        Const::Float(value) => Some(*value),
        _ => None,
    }
}

/// `one == two`.
pub(super) fn equal(one: &Const, two: &Const) -> bool {
    match (number(one), number(two)) {
        (Some(one), Some(two)) => one == two,
        _ => one == two,
    }
}

/// A comparison of two things, `in` and `not in` of a text included.
pub(super) fn compare<'p>(op: CmpOp, one: &Obj<'p>, two: &Obj<'p>) -> Obj<'p> {
    let known = match (one, two) {
        (Obj::Const(one), Obj::Const(two)) => match op {
            CmpOp::Eq => Some(equal(one, two)),
            CmpOp::NotEq => Some(!equal(one, two)),
            CmpOp::Is => Some(one == two),
            CmpOp::IsNot => Some(one != two),
            CmpOp::Lt => order(one, two).map(|order| order == Ordering::Less),
            CmpOp::LtE => order(one, two).map(|order| order != Ordering::Greater),
            CmpOp::Gt => order(one, two).map(|order| order == Ordering::Greater),
            CmpOp::GtE => order(one, two).map(|order| order != Ordering::Less),
            CmpOp::In | CmpOp::NotIn => match (one, two) {
                (Const::Str(one), Const::Str(two)) => Some(two.contains(one.as_str()) == (op == CmpOp::In)),
                _ => None,
            },
        },
        // A module, class or function is never None.
        (Obj::Const(Const::None), other) | (other, Obj::Const(Const::None))
            if !matches!(other, Obj::Any(_) | Obj::Starts(_) | Obj::External(_)) =>
        {
            match op {
                CmpOp::Is | CmpOp::Eq => Some(false),
                CmpOp::IsNot | CmpOp::NotEq => Some(true),
                _ => None,
            }
        }
        // What is read from the environment or the command line, once read, is a text.
        (Obj::Any(Type::Str) | Obj::Starts(_), Obj::Const(Const::None)) => match op {
            CmpOp::Is => Some(false),
            CmpOp::IsNot => Some(true),
            _ => None,
        },
        _ => None,
    };
    known.map_or(Obj::Any(Type::Bool), |value| Obj::Const(Const::Bool(value)))
}

fn order(one: &Const, two: &Const) -> Option<Ordering> {
    match (one, two) {
        (Const::Str(one), Const::Str(two)) => Some(one.cmp(two)),
        _ => number(one)?.partial_cmp(&number(two)?),
    }
}

/// `one op two`.
pub(super) fn binary<'p>(op: Operator, one: &Obj<'p>, two: &Obj<'p>) -> Obj<'p> {
    let (Obj::Const(left), Obj::Const(right)) = (one, two) else {
        if let Some(start) = start(op, one, two) {
            return Obj::Starts(start);
        }
        let text = |obj: &Obj<'p>| matches!(obj, Obj::Const(Const::Str(_)) | Obj::Any(Type::Str) | Obj::Starts(_));
        return Obj::Any(if text(one) && (text(two) || op == Operator::Mod) { Type::Str } else { Type::Unknown });
    };
    let result = match (op, left, right) {
        (Operator::Add, Const::Str(left), Const::Str(right)) => Some(Const::Str(format!("{left}{right}"))),
        (Operator::Add, Const::Int(left), Const::Int(right)) => left.checked_add(*right).map(Const::Int),
        (Operator::Sub, Const::Int(left), Const::Int(right)) => left.checked_sub(*right).map(Const::Int),
        (Operator::Mult, Const::Int(left), Const::Int(right)) => left.checked_mul(*right).map(Const::Int),
        (Operator::BitAnd, Const::Bool(left), Const::Bool(right)) => Some(Const::Bool(*left & *right)),
        (Operator::BitOr, Const::Bool(left), Const::Bool(right)) => Some(Const::Bool(*left | *right)),
        (Operator::BitXor, Const::Bool(left), Const::Bool(right)) => Some(Const::Bool(*left ^ *right)),
        (Operator::Mod, Const::Str(_), _) => return Obj::Any(Type::Str),
        (Operator::Pow, Const::Int(left), Const::Int(right)) => {
            u32::try_from(*right).ok().and_then(|right| left.checked_pow(right)).map(Const::Int)
        }
        (Operator::LShift, Const::Int(left), Const::Int(right @ 0..=62)) => {
            left.checked_mul(1 << right).map(Const::Int)
        }
        (Operator::FloorDiv, Const::Int(left), Const::Int(right)) if *right > 0 => {
            Some(Const::Int(left.div_euclid(*right)))
        }
        // `pathlib`: a path is taken for its text.
        (Operator::Div, Const::Str(left), Const::Str(right)) => Some(Const::Str(paths::join(left, right))),
        (Operator::Mult, Const::Int(_) | Const::Float(_), Const::Int(_) | Const::Float(_)) => {
            number(left).zip(number(right)).map(|(left, right)| Const::Float(left * right))
        }
        _ => None,
    };
    result.map_or(Obj::Any(Type::Unknown), Obj::Const)
}

/// What a text begins with of which the first part is known: `"uploads/" + name`, `Path("uploads") / name`.
fn start(op: Operator, one: &Obj<'_>, two: &Obj<'_>) -> Option<Rc<str>> {
    let known = match two {
        Obj::Const(Const::Str(text)) => text,
        Obj::Starts(start) => &**start,
        _ => "",
    };
    match (op, one) {
        (Operator::Add | Operator::Div, Obj::Starts(start)) => Some(Rc::clone(start)),
        (Operator::Add, Obj::Const(Const::Str(text))) if text.len() + known.len() > 0 => {
            Some(Rc::from(format!("{text}{known}")))
        }
        (Operator::Div, Obj::Const(Const::Str(path))) => Some(Rc::from(paths::join(path, known))),
        _ => None,
    }
}

/// A method of a text, called with constant arguments.
pub(super) fn text_method(text: &str, method: &str, arguments: &[Const]) -> Option<Const> {
    let strings: Option<Vec<&str>> =
        arguments.iter().map(|value| if let Const::Str(text) = value { Some(text.as_str()) } else { None }).collect();
    let text = match (method, strings?.as_slice()) {
        ("lower" | "casefold", []) => text.to_lowercase(),
        ("upper", []) => text.to_uppercase(),
        ("strip", []) => text.trim().to_owned(),
        ("lstrip", []) => text.trim_start().to_owned(),
        ("rstrip", []) => text.trim_end().to_owned(),
        ("capitalize", []) | ("title", []) => {
            let mut chars = text.chars();
            chars.next().map_or_else(String::new, |first| {
                first.to_uppercase().collect::<String>() + &chars.as_str().to_lowercase()
            })
        }
        ("replace", [from, to]) => text.replace(from, to),
        ("startswith", [prefix]) => return Some(Const::Bool(text.starts_with(prefix))),
        ("endswith", [suffix]) => return Some(Const::Bool(text.ends_with(suffix))),
        ("isdigit" | "isnumeric" | "isdecimal", []) => {
            return Some(Const::Bool(!text.is_empty() && text.chars().all(|digit| digit.is_ascii_digit())));
        }
        _ => return None,
    };
    Some(Const::Str(text))
}

/// `bool(value)`, `int(value)`, `str(value)`, `float(value)`.
pub(super) fn convert(to: &str, value: &Const) -> Option<Const> {
    match (to, value) {
        ("bool", value) => Some(Const::Bool(value.truth())),
        ("int", Const::Int(value)) => Some(Const::Int(*value)),
        ("int", Const::Bool(value)) => Some(Const::Int(i64::from(*value))),
        ("int", Const::Str(text)) => text.trim().parse().ok().map(Const::Int),
        ("str", Const::Str(text)) => Some(Const::Str(text.clone())),
        ("str", Const::Bool(value)) => Some(Const::Str(if *value { "True" } else { "False" }.to_owned())),
        ("str", Const::Int(value)) => Some(Const::Str(value.to_string())),
        ("str", Const::None) => Some(Const::Str("None".to_owned())),
        ("float", value) => number(value).map(Const::Float),
        _ => None,
    }
}

/// The constant that a text is as Python code.
pub(super) fn literal(text: &str) -> Option<Const> {
    let text = text.trim();
    Some(match text {
        "True" => Const::Bool(true),
        "False" => Const::Bool(false),
        "None" => Const::None,
        number => match number.parse() {
            Ok(number) => Const::Int(number),
            Err(_) => Const::Float(number.parse().ok()?),
        },
    })
}

/// The words that `strtobool`, python-decouple and environs read as true and false.
pub(super) fn strtobool(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "y" | "yes" | "t" | "true" | "on" | "1" => Some(true),
        "n" | "no" | "f" | "false" | "off" | "0" | "" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truth_is_pythons() {
        let text = |text: &str| Const::Str(text.to_owned());
        assert_eq!(convert("bool", &text("False")), Some(Const::Bool(true)));
        assert_eq!(convert("bool", &text("")), Some(Const::Bool(false)));
        assert_eq!(convert("int", &text(" 5000 ")), Some(Const::Int(5000)));
        assert!(equal(&Const::Bool(true), &Const::Int(1)));
        assert!(!equal(&Const::Str("1".into()), &Const::Int(1)));
        assert_eq!(strtobool("oN"), Some(true));
    }
}
