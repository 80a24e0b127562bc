//! JSON, with the comments and trailing commas that tools allow in it, and the object literal of a
//! JavaScript configuration file.

use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::{Id, Key, Kind, Nodes, Style, SyntaxError, too_deep};
use crate::source::Span;

/// Reads JSON.
///
/// # Errors
/// The text is no JSON.
pub(crate) fn parse(text: &str) -> Result<Nodes, SyntaxError> {
    parse_in(text, 0)
}

/// Reads the JSON that goes from `start` to the end of the text; places are those in the text.
///
/// # Errors
/// It is no JSON.
pub(crate) fn parse_in(text: &str, start: usize) -> Result<Nodes, SyntaxError> {
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        ..ParseOptions::default()
    };
    parse_at(text, start, &options)
}

/// Reads the object that a JavaScript file exports (`module.exports = {…}`, `export default {…}`),
/// as long as it holds nothing but literals. A file without one has no nodes.
///
/// # Errors
/// The object holds more than literals.
pub(crate) fn parse_script(text: &str) -> Result<Nodes, SyntaxError> {
    let start = ["module.exports", "export default"].iter().find_map(|mark| {
        let behind = text.find(mark)? + mark.len();
        let rest = text[behind..].trim_start();
        let rest = rest.strip_prefix('=').unwrap_or(rest).trim_start();
        rest.starts_with('{').then_some(text.len() - rest.len())
    });
    let Some(start) = start else { return Ok(Nodes::default()) };
    let Some(end) = closing(text, start) else {
        return Err(SyntaxError { at: start, message: "the bracket is never closed".to_owned() });
    };
    parse_at(&text[..end], start, &ParseOptions { allow_missing_commas: false, ..ParseOptions::default() })
}

fn parse_at(text: &str, start: usize, options: &ParseOptions) -> Result<Nodes, SyntaxError> {
    let body = &text[start..];
    if let Some(at) = too_deep(body) {
        return Err(SyntaxError { at: start + at, message: "nested too deeply".to_owned() });
    }
    let parsed = parse_to_ast(body, &CollectOptions::default(), options).map_err(|error| SyntaxError {
        at: start + error.range().start.min(body.len()),
        message: error.kind().to_string(),
    })?;
    let mut nodes = Nodes::default();
    if let Some(value) = &parsed.value {
        add(&mut nodes, body, start, None, None, value);
    }
    Ok(nodes)
}

fn add(nodes: &mut Nodes, text: &str, start: usize, parent: Option<Id>, key: Option<Key>, value: &Value<'_>) {
    let place = |range: &dyn Ranged| Span::new(start + range.start(), start + range.end());
    let span = place(value);
    let plain = |said: &str| Kind::Scalar { text: said.to_owned(), style: Style::Plain, content: span };
    match value {
        Value::Object(object) => {
            let id = nodes.push(parent, key, span, Kind::Map, true);
            for property in &object.properties {
                let name = match &property.name {
                    ObjectPropName::String(name) => Key { text: name.value.to_string(), span: place(name) },
                    ObjectPropName::Word(name) => Key { text: name.value.to_owned(), span: place(name) },
                };
                add(nodes, text, start, Some(id), Some(name), &property.value);
            }
        }
        Value::Array(array) => {
            let id = nodes.push(parent, key, span, Kind::List, true);
            for element in &array.elements {
                add(nodes, text, start, Some(id), None, element);
            }
        }
        Value::StringLit(literal) => {
            let single = text.as_bytes().get(literal.start()) == Some(&b'\'');
            let style = if single { Style::Single } else { Style::Double };
            let content = Span::new(span.start + 1, span.end - 1);
            nodes.push(parent, key, span, Kind::Scalar { text: literal.value.to_string(), style, content }, false);
        }
        Value::NumberLit(number) => {
            nodes.push(parent, key, span, plain(number.value), false);
        }
        Value::BooleanLit(boolean) => {
            nodes.push(parent, key, span, plain(if boolean.value { "true" } else { "false" }), false);
        }
        Value::NullKeyword(_) => {
            nodes.push(parent, key, span, plain(""), false);
        }
    }
}

/// The byte behind the bracket that closes the one at `start`.
fn closing(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            quote @ (b'"' | b'\'' | b'`') => {
                at += 1;
                while *bytes.get(at)? != quote {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => at += memchr::memchr(b'\n', &bytes[at..])?,
            b'/' if bytes.get(at + 1) == Some(&b'*') => at += memchr::memmem::find(&bytes[at..], b"*/")? + 1,
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::tests::find;
    use super::*;

    #[test]
    fn a_pm2_file_is_read_as_its_exported_object() {
        let text = "// debug: FLASK_DEBUG: \"1\"\nmodule.exports = {\n  apps: [{ name: 'web', env: { FLASK_DEBUG: \"1\", }, }],\n};\n";
        let nodes = parse_script(text).unwrap();
        let apps = nodes.children(find(&nodes, &["apps"])).to_vec();
        let debug = nodes.at(apps[0], &["env", "FLASK_DEBUG"]).unwrap();
        assert_eq!(nodes.entry(debug).of(text), "FLASK_DEBUG: \"1\"");
        assert_eq!(nodes.text(nodes.get(apps[0], "name").unwrap()), Some("web"));
    }

    #[test]
    fn code_in_the_exported_object_is_an_error_and_no_guess() {
        assert!(parse_script("module.exports = { apps: [{ env: make({ FLASK_DEBUG: 1 }) }] }").is_err());
        assert_eq!(parse_script("export default function () {}").unwrap(), Nodes::default());
    }
}
