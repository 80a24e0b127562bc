//! How a value is written so that it cannot break out of the text around it.

use std::fmt::Write as _;

use serde::Deserialize;

/// A format that templates render.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// Python: a value is the inside of a string in single or double quotes.
    Python,
}

impl Format {
    /// Escapes a value for the place where the format's templates put values.
    pub(super) fn escape(self, value: &str) -> String {
        match self {
            Self::Python => python(value),
        }
    }
}

fn python(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '\\' | '"' | '\'' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            // Writing to a string cannot fail.
            it if it.is_control() => drop(write!(escaped, "\\x{:02x}", u32::from(it))),
            it => escaped.push(it),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_ends_a_python_string() {
        assert_eq!(python("a\"b'c\\d\ne\u{7f}"), "a\\\"b\\'c\\\\d\\ne\\x7f");
        assert_eq!(python("shop.app"), "shop.app");
    }
}
