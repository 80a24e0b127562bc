//! INI files: systemd units, Supervisor, uWSGI, setup.cfg, tox.ini, pytest.ini.

use crate::source::Span;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The section it is in, without brackets; `""` before the first.
    pub(crate) section: String,
    /// Its key.
    pub(crate) key: String,
    /// Its value, from its first to its last byte, continuation lines and their comments included.
    pub(crate) value: Span,
    /// Its lines, line end included.
    pub(crate) span: Span,
}

/// Reads the entries of an INI file. A value goes on where a line ends with a backslash, as systemd
/// has it, and on lines that are indented, as Python's configparser has it.
pub(crate) fn parse(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut section = String::new();
    let mut at = 0;
    // Whether an indented line belongs to the entry before it.
    let mut open = false;
    let mut continued = false;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let body = line.trim();
        if continued && let Some(entry) = entries.last_mut() {
            continued = body.ends_with('\\');
            if !body.is_empty() {
                entry.value.end = start + line.trim_end().len();
            }
            entry.span.end = at;
            continue;
        }
        if body.is_empty() {
            continue;
        }
        if body.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t'])
            && open
            && let Some(entry) = entries.last_mut()
        {
            if entry.value.start == entry.value.end {
                entry.value.start = start + (line.len() - line.trim_start().len());
            }
            entry.value.end = start + line.trim_end().len();
            entry.span.end = at;
            continue;
        }
        if let Some(name) = body.strip_prefix('[').and_then(|body| body.split_once(']')) {
            section = name.0.to_owned();
            open = false;
            continue;
        }
        let Some(sign) = line.find(['=', ':']) else {
            open = false;
            continue;
        };
        let value = &line[sign + 1..];
        let value_start = start + sign + 1 + (value.trim_end().len() - value.trim().len());
        let value = Span::new(value_start, value_start + value.trim().len());
        let key = line[..sign].trim().to_owned();
        entries.push(Entry { section: section.clone(), key, value, span: Span::new(start, at) });
        open = true;
        continued = body.ends_with('\\');
    }
    entries
}

/// One `NAME=value` of several in a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The name.
    pub(crate) name: String,
    /// The value, without quotes.
    pub(crate) value: String,
    /// The value as written.
    pub(crate) value_span: Span,
    /// All of it, quotes around it included.
    pub(crate) span: Span,
}

/// What parts the pairs in a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parted {
    /// Commas, as Supervisor has it.
    Comma,
    /// Spaces, as systemd has it.
    Space,
    /// One pair on each line, as tox and pytest-env have it.
    Line,
}

/// Reads the `NAME=value` pairs in a part of a text.
pub(crate) fn pairs(text: &str, span: Span, parted: Parted) -> Vec<Pair> {
    let parts = |character: char| match parted {
        Parted::Comma => character == ',',
        Parted::Space => character.is_whitespace() || character == '\\',
        Parted::Line => character == '\n',
    };
    let mut pairs = Vec::new();
    let mut start = span.start;
    let mut quote: Option<char> = None;
    for (offset, character) in span.of(text).char_indices() {
        let at = span.start + offset;
        match quote {
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None if matches!(character, '"' | '\'') && parted != Parted::Line => quote = Some(character),
            None if parts(character) => {
                pairs.extend(pair(text, Span::new(start, at)));
                start = at + character.len_utf8();
            }
            None => {}
        }
    }
    pairs.extend(pair(text, Span::new(start, span.end)));
    pairs
}

fn pair(text: &str, span: Span) -> Option<Pair> {
    let source = span.of(text);
    let trimmed = source.trim();
    let start = span.start + (source.len() - source.trim_start().len());
    let span = Span::new(start, start + trimmed.len());
    // Either the whole pair is in quotes, or its value.
    let inner = unquoted(text, span);
    let (name, value) = inner.of(text).split_once('=')?;
    let value_start = inner.start + name.len() + 1 + (value.len() - value.trim_start().len());
    let value_span = Span::new(value_start, value_start + value.trim().len());
    let name = name.trim();
    // pytest-env marks a variable with `D:` (a default) or `R:` (raw).
    let name = name.rsplit(':').next().unwrap_or(name);
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return None;
    }
    let value = unquoted(text, value_span).of(text).to_owned();
    Some(Pair { name: name.to_owned(), value, value_span, span })
}

fn unquoted(text: &str, span: Span) -> Span {
    let source = span.of(text);
    let quoted =
        source.len() >= 2 && ['"', '\''].iter().any(|quote| source.starts_with(*quote) && source.ends_with(*quote));
    if quoted { Span::new(span.start + 1, span.end - 1) } else { span }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn entries_go_on_over_lines() {
        let text = "; c\n[Service]\r\nEnvironment=\"A=1\" B=2 \\\r\n  C=3\r\nExecStart=/x/flask run\r\n[pytest]\nenv =\n    # not\n    FLASK_DEBUG=1\n\n    D:X = y\nkey: v\n";
        let entries = parse(text);
        let seen: Vec<_> =
            entries.iter().map(|entry| (entry.section.as_str(), entry.key.as_str(), entry.value.of(text))).collect();
        assert_eq!(
            seen,
            [
                ("Service", "Environment", "\"A=1\" B=2 \\\r\n  C=3"),
                ("Service", "ExecStart", "/x/flask run"),
                ("pytest", "env", "FLASK_DEBUG=1\n\n    D:X = y"),
                ("pytest", "key", "v"),
            ]
        );
        let names = |at: usize, parted| {
            pairs(text, entries[at].value, parted).into_iter().map(|pair| (pair.name, pair.value)).collect::<Vec<_>>()
        };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(names(0, Parted::Space), [pair("A", "1"), pair("B", "2"), pair("C", "3")]);
        assert_eq!(names(2, Parted::Line), [pair("FLASK_DEBUG", "1"), pair("X", "y")]);
    }

    #[test]
    fn supervisor_parts_its_pairs_with_commas() {
        let text = "environment=FLASK_DEBUG=\"1\",X='a,b', Y=2";
        let entries = parse(text);
        let pairs = pairs(text, entries[0].value, Parted::Comma);
        assert_eq!(pairs[0].span.of(text), "FLASK_DEBUG=\"1\"");
        assert_eq!(pairs[1].value, "a,b");
        assert_eq!(pairs[2].span.of(text), "Y=2");
    }

    proptest! {
        #[test]
        fn never_panics_and_spans_are_in_bounds(text in "[ a-bé=:#;\"'\\\\,\n\r\\[\\]]{0,50}") {
            for entry in parse(&text) {
                prop_assert!(text.get(entry.span.start..entry.span.end).is_some());
                prop_assert!(text.get(entry.value.start..entry.value.end).is_some());
                for parted in [Parted::Comma, Parted::Space, Parted::Line] {
                    for pair in pairs(&text, entry.value, parted) {
                        prop_assert!(entry.value.contains(pair.span));
                        prop_assert!(pair.span.contains(pair.value_span));
                    }
                }
            }
        }
    }
}
