//! YAML.

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::{Id, Key, Kind, MAX_DEPTH, Nodes, Style, SyntaxError, too_deep};
use crate::source::Span;

/// A map or list whose end has not been seen yet.
struct Open {
    id: Id,
    /// The key whose value comes next, in a map.
    key: Option<Key>,
}

/// Reads YAML: all documents of the text.
///
/// # Errors
/// The text is no YAML.
pub(crate) fn parse(text: &str) -> Result<Nodes, SyntaxError> {
    if let Some(at) = too_deep(text) {
        return Err(SyntaxError { at, message: "nested too deeply".to_owned() });
    }
    let offsets = Offsets::new(text);
    let mut nodes = Nodes::default();
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| SyntaxError {
            at: offsets.byte(error.marker().index()),
            message: error.info().to_owned(),
        })?;
        let span = Span::new(offsets.byte(span.start.index()), offsets.byte(span.end.index()));
        match event {
            Event::Scalar(value, style, ..) => {
                let scalar = scalar(text, value.into_owned(), style, span);
                match &mut open.last_mut() {
                    Some(top) if nodes.is_map(top.id) && top.key.is_none() => {
                        let Kind::Scalar { text, .. } = &scalar.1 else { continue };
                        top.key = Some(Key { text: text.clone(), span: scalar.0 });
                    }
                    top => {
                        let (parent, key) = top.as_mut().map_or((None, None), |top| (Some(top.id), top.key.take()));
                        // A value that is not there is found where the next token is.
                        let (span, kind) = match &key {
                            Some(key) if scalar.0.start == scalar.0.end => {
                                let span = Span::empty(key.span.end);
                                (span, Kind::Scalar { text: String::new(), style: Style::Plain, content: span })
                            }
                            _ => scalar,
                        };
                        nodes.push(parent, key, span, kind, false);
                    }
                }
            }
            Event::Alias(_) => {
                let top = open.last_mut();
                if let Some(top) = top {
                    if nodes.is_map(top.id) && top.key.is_none() {
                        top.key = Some(Key { text: String::new(), span });
                    } else {
                        let key = top.key.take();
                        nodes.push(Some(top.id), key, span, Kind::Alias, false);
                    }
                }
            }
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                if open.len() >= MAX_DEPTH {
                    return Err(SyntaxError { at: span.start, message: "nested too deeply".to_owned() });
                }
                let (kind, bracket) =
                    if matches!(event, Event::MappingStart(..)) { (Kind::Map, "{") } else { (Kind::List, "[") };
                let flow = text[span.start..].starts_with(bracket) && !span.of(text).is_empty();
                let complex_key = open.last().is_some_and(|top| nodes.is_map(top.id) && top.key.is_none());
                if complex_key {
                    return Err(SyntaxError { at: span.start, message: "a key that is no plain text".to_owned() });
                }
                let (parent, key) = open.last_mut().map_or((None, None), |top| (Some(top.id), top.key.take()));
                let id = nodes.push(parent, key, span, kind, flow);
                open.push(Open { id, key: None });
            }
            Event::MappingEnd | Event::SequenceEnd => {
                if let Some(Open { id, .. }) = open.pop() {
                    close(&mut nodes, id, span);
                }
            }
            _ => {}
        }
    }
    Ok(nodes)
}

/// Sets the place of a map or list from what is in it: the parser's own end is that of the next token.
fn close(nodes: &mut Nodes, id: Id, end: Span) {
    let first = nodes.children(id).first().map(|child| nodes.entry(*child).start);
    let last = nodes.children(id).last().map(|child| nodes.entry(*child).end);
    let node = &mut nodes.list[id.0];
    if node.flow {
        node.span.end = end.end;
    } else if let (Some(first), Some(last)) = (first, last) {
        node.span = Span::new(first, last);
    } else {
        node.span.end = node.span.start;
    }
}

/// A scalar's place and value.
fn scalar(text: &str, value: String, style: ScalarStyle, span: Span) -> (Span, Kind) {
    // The parser's end of a text in quotes may be behind the comment that follows.
    let span = match style {
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => quoted(text, span),
        _ => span,
    };
    let inside = |span: Span| {
        Span::new((span.start + 1).min(span.end), span.end.saturating_sub(1).max(span.start + 1).min(span.end))
    };
    let (span, style, content) = match style {
        ScalarStyle::Plain => (span, Style::Plain, span),
        ScalarStyle::SingleQuoted => (span, Style::Single, inside(span)),
        ScalarStyle::DoubleQuoted => (span, Style::Double, inside(span)),
        // The parser's span of a block starts at its first line, behind the `|` or `>`.
        ScalarStyle::Literal => (span, Style::Literal, span),
        ScalarStyle::Folded => (span, Style::Folded, span),
    };
    (span, Kind::Scalar { text: value, style, content })
}

/// A text in quotes, up to the quote that closes it.
fn quoted(text: &str, span: Span) -> Span {
    let written = span.of(text);
    let Some(quote) = written.chars().next() else { return span };
    let mut signs = written.char_indices().skip(1).peekable();
    while let Some((at, sign)) = signs.next() {
        if sign == '\\' && quote == '"' {
            signs.next();
        } else if sign == quote {
            // A single quote in single quotes is written twice.
            if quote == '\'' && signs.next_if(|(_, next)| *next == quote).is_some() {
                continue;
            }
            return Span::new(span.start, span.start + at + 1);
        }
    }
    span
}

/// The byte offsets of characters, because the parser counts characters.
struct Offsets {
    /// `None` when each character is one byte.
    bytes: Option<Vec<usize>>,
    length: usize,
}

impl Offsets {
    fn new(text: &str) -> Self {
        let bytes = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect());
        Self { bytes, length: text.len() }
    }

    fn byte(&self, character: usize) -> usize {
        match &self.bytes {
            None => character.min(self.length),
            Some(bytes) => bytes.get(character).copied().unwrap_or(self.length),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::find;
    use super::*;

    #[test]
    fn scalars_are_where_they_are_written() {
        let text = "é: ü\na: \"x \\\" y\"\nb: 'it''s'\nc: |\n  one\n    two\n\nd: >-\n  flask\n  run\ne:\n  - f\n  -   g # h\nl: plain\n  goes on\nm: \"a # b\"  # why\nn: 'c''d' # e\n";
        let nodes = parse(text).unwrap();
        let spans = |path: &[&str]| {
            let node = nodes.node(find(&nodes, path));
            let Kind::Scalar { content, text: value, .. } = &node.kind else { panic!() };
            (node.span.of(text), content.of(text), value.clone())
        };
        assert_eq!(spans(&["é"]), ("ü", "ü", "ü".to_owned()));
        assert_eq!(spans(&["a"]).0, "\"x \\\" y\"");
        assert_eq!(spans(&["b"]).1, "it''s");
        assert_eq!(spans(&["c"]).1.trim_end(), "one\n    two");
        assert_eq!(spans(&["d"]).1.trim_end(), "flask\n  run");
        assert_eq!(spans(&["l"]).0, "plain\n  goes on");
        assert_eq!(spans(&["m"]), ("\"a # b\"", "a # b", "a # b".to_owned()));
        assert_eq!((spans(&["n"]).0, spans(&["n"]).1), ("'c''d'", "c''d"));
        let list = nodes.children(find(&nodes, &["e"])).to_vec();
        assert_eq!(nodes.node(list[1]).span.of(text), "g");
    }

    #[test]
    fn an_error_has_its_place() {
        let error = parse("a: 1\nb: [1\nc: 2\n").unwrap_err();
        assert!(error.at >= 5, "{error:?}");
    }
}
