//! Environment files as python-dotenv reads them: `.env`, `.flaskenv`.

use super::nodes::{line_end, line_start};
use crate::source::Span;

/// One variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    /// Its name.
    pub(crate) name: String,
    /// Its value, without quotes.
    pub(crate) value: String,
    /// The value as written, with its quotes.
    pub(crate) value_span: Span,
    /// Its lines, line end included.
    pub(crate) span: Span,
}

/// Reads the variables of an environment file; lines that are none are passed over.
pub(crate) fn parse(text: &str) -> Vec<Variable> {
    let mut variables = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let end = line_end_at(text, at);
        match variable(text, at, end) {
            Some(variable) => {
                at = variable.span.end.max(end);
                variables.push(variable);
            }
            None => at = end,
        }
    }
    variables
}

/// The end of the line that starts at `at`, line end included.
fn line_end_at(text: &str, at: usize) -> usize {
    if text[at..].starts_with('\n') { at + 1 } else { line_end_behind(text, at) }
}

fn line_end_behind(text: &str, at: usize) -> usize {
    match text[at..].find(['\n', '\r']) {
        Some(found) if text[at + found..].starts_with("\r\n") => at + found + 2,
        Some(found) => at + found + 1,
        None => text.len(),
    }
}

fn variable(text: &str, start: usize, end: usize) -> Option<Variable> {
    let line = text[start..end].trim_end_matches(['\n', '\r']);
    let trimmed = line.trim_start();
    let mut at = start + (line.len() - trimmed.len());
    if trimmed.starts_with('#') {
        return None;
    }
    if let Some(rest) = trimmed.strip_prefix("export")
        && rest.starts_with([' ', '\t'])
    {
        at += trimmed.len() - rest.trim_start().len();
    }
    let assignment = &text[at..start + line.len()];
    let (name, value) = assignment.split_once('=')?;
    let name_text = name.trim().trim_matches('\'');
    if name_text.is_empty() || name_text.contains(char::is_whitespace) {
        return None;
    }
    let value_start = at + name.len() + 1 + (value.len() - value.trim_start().len());
    let value = &text[value_start..start + line.len()];
    for quote in ['"', '\''] {
        // A quoted value may go on over several lines.
        if value.starts_with(quote)
            && let Some(close) = closing(&text[value_start + 1..], quote)
        {
            let value_span = Span::new(value_start, value_start + close + 2);
            let value = text[value_start + 1..value_span.end - 1].to_owned();
            let span = Span::new(line_start(text, start), line_end(text, value_span.end));
            return Some(Variable { name: name_text.to_owned(), value, value_span, span });
        }
    }
    let bare = match value.find(" #").or_else(|| value.find("\t#")) {
        Some(comment) => &value[..comment],
        None if value.starts_with('#') => "",
        None => value,
    };
    let bare = bare.trim_end();
    let value_span = Span::new(value_start, value_start + bare.len());
    Some(Variable { name: name_text.to_owned(), value: bare.to_owned(), value_span, span: Span::new(start, end) })
}

/// Where the quote closes that opened before this text.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if !escaped && character == quote {
            return Some(at);
        }
        escaped = character == '\\' && !escaped;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        parse(text).into_iter().map(|variable| (variable.name, variable.value)).collect()
    }

    #[test]
    fn every_way_to_write_a_variable_is_read() {
        let text = "# FLASK_DEBUG=1\r\nexport A = 1 # why\r\nB='x # y'\r\n\r\nC=\"two\r\nlines\" # z\r\nD=\r\nE=#none\nno equals\nF=a#b";
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            pairs(text),
            [
                pair("A", "1"),
                pair("B", "x # y"),
                pair("C", "two\r\nlines"),
                pair("D", ""),
                pair("E", ""),
                pair("F", "a#b")
            ]
        );
        let variables = parse(text);
        assert_eq!(variables[0].span.of(text), "export A = 1 # why\r\n");
        assert_eq!(variables[1].value_span.of(text), "'x # y'");
        assert_eq!(variables[2].span.of(text), "C=\"two\r\nlines\" # z\r\n");
    }

    proptest! {
        #[test]
        fn never_panics_and_spans_are_in_bounds(text in "[ A-Bé=#\"'\\\\\n\rexport-]{0,50}") {
            let mut behind = 0;
            for variable in parse(&text) {
                prop_assert!(text.get(variable.span.start..variable.span.end).is_some());
                prop_assert!(variable.span.contains(variable.value_span), "{variable:?}");
                prop_assert!(variable.span.start >= behind);
                behind = variable.span.end;
            }
        }
    }
}
