//! TOML.

use std::ops::Range;

use toml_edit::{Document, Item, Key as TomlKey, TableLike, Value};

use super::{Id, Key, Kind, Nodes, Style, SyntaxError, too_deep};
use crate::source::Span;

/// Reads TOML.
///
/// # Errors
/// The text is no TOML.
pub(crate) fn parse(text: &str) -> Result<Nodes, SyntaxError> {
    if let Some(at) = too_deep(text) {
        return Err(SyntaxError { at, message: "nested too deeply".to_owned() });
    }
    let document = Document::parse(text).map_err(|error| SyntaxError {
        at: error.span().map_or(0, |span| span.start),
        message: error.message().to_owned(),
    })?;
    let mut nodes = Nodes::default();
    let root = nodes.push(None, None, Span::new(0, text.len()), Kind::Map, false);
    table(&mut nodes, text, root, document.as_table());
    Ok(nodes)
}

fn table(nodes: &mut Nodes, text: &str, id: Id, table: &dyn TableLike) {
    for (name, item) in table.iter() {
        let span = table.get_key_value(name).and_then(|(key, _)| TomlKey::span(key));
        let Some(span) = span.map(place) else { continue };
        add(nodes, text, id, Some(Key { text: name.to_owned(), span }), item);
    }
}

fn add(nodes: &mut Nodes, text: &str, parent: Id, key: Option<Key>, item: &Item) {
    match item {
        Item::None => {}
        Item::Value(value) => add_value(nodes, text, parent, key, value),
        Item::Table(inner) => {
            // A table made by dotted keys or by its sub-tables has no place of its own.
            let span = inner.span().map(place).or(key.as_ref().map(|key| key.span)).unwrap_or(Span::empty(0));
            let id = nodes.push(Some(parent), key, span, Kind::Map, false);
            table(nodes, text, id, inner);
        }
        Item::ArrayOfTables(tables) => {
            let span = tables.span().map(place).or(key.as_ref().map(|key| key.span)).unwrap_or(Span::empty(0));
            let id = nodes.push(Some(parent), key, span, Kind::List, false);
            for inner in tables {
                let span = inner.span().map_or(span, place);
                let child = nodes.push(Some(id), None, span, Kind::Map, false);
                table(nodes, text, child, inner);
            }
        }
    }
}

fn add_value(nodes: &mut Nodes, text: &str, parent: Id, key: Option<Key>, value: &Value) {
    let Some(span) = value.span().map(place) else { return };
    match value {
        Value::Array(array) => {
            let id = nodes.push(Some(parent), key, span, Kind::List, true);
            for element in array {
                add_value(nodes, text, id, None, element);
            }
        }
        Value::InlineTable(inline) => {
            let id = nodes.push(Some(parent), key, span, Kind::Map, true);
            table(nodes, text, id, inline);
        }
        Value::String(string) => {
            let source = span.of(text);
            let (style, quote) = match source.as_bytes() {
                [b'"', b'"', b'"', ..] | [b'\'', b'\'', b'\'', ..] => (Style::Literal, 3),
                [b'\'', ..] => (Style::Single, 1),
                _ => (Style::Double, 1),
            };
            let content = Span::new((span.start + quote).min(span.end), span.end.saturating_sub(quote).max(span.start));
            let kind = Kind::Scalar { text: string.value().clone(), style, content };
            nodes.push(Some(parent), key, span, kind, false);
        }
        _ => {
            let kind = Kind::Scalar { text: span.of(text).to_owned(), style: Style::Plain, content: span };
            nodes.push(Some(parent), key, span, kind, false);
        }
    }
}

fn place(range: Range<usize>) -> Span {
    Span::new(range.start, range.end)
}
