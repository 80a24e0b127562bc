//! Comments that say a finding is meant to be there: `# flaskship: ignore[rule]`.

use std::collections::BTreeMap;

use crate::finding::Finding;
use crate::source::{Source, Span};
use crate::syntax::python::Syntax;

/// The lines of a file on which findings are not wanted.
#[derive(Debug, Default)]
pub(super) struct Suppressed(BTreeMap<usize, Vec<Ignored>>);

/// Which rules a comment speaks of.
#[derive(Debug, PartialEq, Eq)]
enum Ignored {
    All,
    Rules(Vec<String>),
}

impl Suppressed {
    /// Reads the comments of a file: those the parser found, or whatever follows a `#` where the
    /// file is not Python.
    pub(super) fn new(source: &Source, syntax: Option<&Syntax>) -> Self {
        let mut lines: BTreeMap<usize, Vec<Ignored>> = BTreeMap::new();
        if memchr::memmem::find(source.text.as_bytes(), b"flaskship:").is_none() {
            return Self(lines);
        }
        let mut take = |comment: Span| {
            let ignored = parse(source.slice(comment));
            if !ignored.is_empty() {
                lines.entry(line_meant(source, comment)).or_default().extend(ignored);
            }
        };
        match syntax {
            Some(syntax) => syntax.comments(&source.text).for_each(take),
            None => {
                for at in memchr::memmem::find_iter(source.text.as_bytes(), b"flaskship:") {
                    let start = source.lines().line_start(at);
                    if let Some(hash) = source.text[start..at].rfind('#') {
                        take(Span::new(start + hash, source.lines().line_end(&source.text, at)));
                    }
                }
            }
        }
        Self(lines)
    }

    /// Whether a comment on the finding's first or last line, or on its own just above, covers it.
    pub(super) fn covers(&self, source: &Source, finding: &Finding) -> bool {
        let first = source.lines().line(finding.span.start);
        let last = source.lines().line(finding.span.end.max(finding.span.start + 1) - 1);
        [first, last].iter().filter_map(|line| self.0.get(line)).flatten().any(|ignored| match ignored {
            Ignored::All => true,
            Ignored::Rules(rules) => rules.iter().any(|rule| rule == finding.rule),
        })
    }
}

/// The line, from 1, that a comment speaks of: its own, or the first below it that is no comment where
/// it has a line to itself. JSON arrays in a Dockerfile and values in a .env file leave no room for
/// one beside them.
fn line_meant(source: &Source, comment: Span) -> usize {
    let lines = source.lines();
    let is_comment = |start: usize| source.text[start..].trim_start_matches([' ', '\t']).starts_with('#');
    let mut at = lines.line_start(comment.start);
    if source.text[at..comment.start].trim().is_empty() {
        while at < source.text.len() && is_comment(at) {
            at = lines.line_end(&source.text, at);
        }
    }
    lines.line(at)
}

/// What a comment asks for. It may stand behind other comments: `# noqa # flaskship: ignore`.
fn parse(comment: &str) -> Vec<Ignored> {
    let of = |part: &str| {
        let rest = part.trim().strip_prefix("flaskship:")?.trim_start().strip_prefix("ignore")?;
        match rest.trim_start().strip_prefix('[') {
            Some(list) => {
                let (list, _) = list.split_once(']')?;
                Some(Ignored::Rules(list.split(',').map(|rule| rule.trim().to_owned()).collect()))
            }
            // `ignored` and `ignore-file` are other words.
            None if rest.is_empty() || rest.starts_with(char::is_whitespace) => Some(Ignored::All),
            None => None,
        }
    };
    comment.split('#').filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Kind, Severity};
    use crate::source::ProjectPath;
    use crate::syntax::python;

    fn covered(name: &str, text: &str, place: &str, rule: &'static str) -> bool {
        let path = ProjectPath::new(name);
        let source = Source::decode(path.clone(), text.as_bytes()).unwrap();
        let syntax = name.ends_with(".py").then(|| python::parse(text).unwrap());
        let start = text.find(place).unwrap();
        let finding = Finding {
            rule,
            kind: Kind::Debug,
            severity: Severity::Error,
            path,
            span: Span::new(start, start + place.len()),
            message: String::new(),
            hint: None,
            fix: None,
            related: Vec::new(),
        };
        Suppressed::new(&source, syntax.as_ref()).covers(&source, &finding)
    }

    #[test]
    fn a_comment_covers_its_own_line() {
        assert!(covered("a.py", "x = 1\nf(1)  # flaskship: ignore\n", "f(1)", "one"));
        assert!(covered("a.py", "f(1)  # noqa # flaskship: ignore[two, one] because\n", "f(1)", "one"));
        assert!(covered("a.py", "f(\n  1\n)  # flaskship:ignore[one]\n", "f(\n  1\n)", "one"));
        assert!(!covered("a.py", "f(1)  # flaskship: ignore[two]\n", "f(1)", "one"));
        assert!(!covered("a.py", "f(1)  # flaskship: ignored\n", "f(1)", "one"));
        assert!(!covered("a.py", "f(1)  # flaskship: ignore\ng(1)\n", "g(1)", "one"));
    }

    #[test]
    fn a_comment_on_a_line_of_its_own_covers_the_line_below() {
        assert!(covered("a.py", "# flaskship: ignore[one]\nf(1)\n", "f(1)", "one"));
        assert!(covered("Dockerfile", "# flaskship: ignore[one]\nCMD [\"flask\"]\n", "CMD", "one"));
        assert!(!covered("a.py", "# flaskship: ignore[one]\n\nf(1)\n", "f(1)", "one"));
        assert!(covered("a.py", "# flaskship: ignore[one]\n# because\nf(1)\n", "f(1)", "one"));
    }

    #[test]
    fn comments_for_one_line_add_up() {
        for text in [
            "# flaskship: ignore[one]\nf(1)  # flaskship: ignore[two]\n",
            "# flaskship: ignore[one]\n# flaskship: ignore[two]\nf(1)\n",
            "# flaskship: ignore\nf(1)  # flaskship: ignore[two]\n",
            "f(1)  # flaskship: ignore[one] # flaskship: ignore[two]\n",
        ] {
            assert!(covered("a.py", text, "f(1)", "one") && covered("a.py", text, "f(1)", "two"), "{text}");
        }
    }

    #[test]
    fn a_string_is_no_comment() {
        assert!(!covered("a.py", "f('# flaskship: ignore')\n", "f(", "one"));
        assert!(covered("Procfile", "web: flask run # flaskship: ignore\n", "flask run", "one"));
    }
}
