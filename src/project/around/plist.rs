//! Property lists of launchd: the environment and the command of a job.

use super::{Around, Site};
use crate::project::environment::{Standing, Variable};
use crate::project::launch::Reader;
use crate::project::scope::Scope;
use crate::source::{ProjectPath, Span};
use crate::syntax::command::{self, Word};

impl Around {
    pub(super) fn plist(&mut self, path: &ProjectPath, text: &str, scope: Scope) {
        let elements = elements(text);
        let after_key = |name: &str| {
            elements.iter().position(|element| element.tag == "key" && element.inner.of(text) == name).map(|at| at + 1)
        };
        let block = |from: usize, close: &str| {
            let closes = |element: &Element<'_>| element.tag == close;
            elements[from..].iter().position(closes).map_or(elements.len(), |at| from + at)
        };
        if let Some(from) = after_key("EnvironmentVariables") {
            for pair in elements[from..block(from, "/dict")].windows(2) {
                let [key, value] = pair else { continue };
                let name = key.inner.of(text).trim();
                if key.tag != "key" || value.tag != "string" || !self.matters(name) {
                    continue;
                }
                let span = Span::new(key.whole.start, value.whole.end);
                self.variables.push(Variable {
                    path: path.clone(),
                    name: name.to_owned(),
                    value: value.inner.of(text).to_owned(),
                    span,
                    value_span: value.inner,
                    removal: Some(with_lines(text, span)),
                    block: Span::empty(0),
                    home: Some(path.dir().to_owned()),
                    scope,
                    standing: Standing::Counts,
                });
            }
        }
        let Some(from) = after_key("ProgramArguments") else { return };
        let words: Vec<Word> = elements[from..block(from, "/array")]
            .iter()
            .filter(|element| element.tag == "string")
            .map(|element| Word { text: element.inner.of(text).to_owned(), span: element.whole, content: None })
            .collect();
        let mut site = Site::new(path, scope, Reader::List);
        if let Some(dir) = after_key("WorkingDirectory").and_then(|at| elements.get(at)) {
            site.dir = Some(dir.inner.of(text).to_owned());
        }
        site.opaque = words.first().map(|word| word.span);
        self.commands(text, site, command::from_list(text, words));
    }
}

/// A tag, with the text behind it up to its end.
struct Element<'t> {
    /// Its name; `/dict` where a `dict` ends.
    tag: &'t str,
    inner: Span,
    whole: Span,
}

/// The tags of a property list, in order. Comments hold none.
fn elements(text: &str) -> Vec<Element<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('<').map(|open| at + open) {
        if text[open..].starts_with("<!--") {
            at = text[open..].find("-->").map_or(text.len(), |end| open + end + 3);
            continue;
        }
        let Some(close) = text[open..].find('>').map(|close| open + close) else { break };
        let tag = text[open + 1..close].trim();
        let next = text[close..].find('<').map_or(text.len(), |next| close + next);
        let inner = Span::new(close + 1, next.max(close + 1));
        let ends = format!("</{tag}>");
        let end = if text[inner.end..].starts_with(&ends) { inner.end + ends.len() } else { close + 1 };
        found.push(Element { tag, inner, whole: Span::new(open, end) });
        at = if end > close + 1 { end } else { close + 1 };
    }
    found
}

/// The lines of a span, where nothing else is on them.
fn with_lines(text: &str, span: Span) -> Span {
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at + 1);
    let alone = text[start..span.start].trim().is_empty() && text[span.end..end].trim().is_empty();
    if alone { Span::new(start, end) } else { span }
}
