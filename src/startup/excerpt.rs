//! The text of statements, as they stand and as they are moved.

use super::sketch::Planner;
use crate::source::Span;
use crate::syntax::python::{self, Stmt, TokenKind, ast};

impl<'p> Planner<'p> {
    /// The text of a statement with the comments above it, at no indentation.
    pub(super) fn dedented(&self, stmt: &Stmt) -> Result<String, String> {
        let lines = self.segment(stmt);
        if self.has_long_string(lines) {
            return Err("a string of several lines cannot be moved to another indentation".to_owned());
        }
        if let Stmt::ImportFrom(ast::StmtImportFrom { level: 1.., .. }) = stmt {
            return Err("the `__main__` guard imports relatively".to_owned());
        }
        let indent = self.indent(python::span(stmt).start);
        let text = normalized(&self.kept(lines));
        let unit = indent.chars().count();
        let text = dedent(&text, indent);
        Ok(reindent(text.trim_end(), indent, unit))
    }

    /// The text of some lines without the start-up call that may be among them.
    pub(super) fn kept(&self, lines: Span) -> String {
        match self.call_lines.filter(|call| lines.contains(*call)) {
            Some(call) => {
                let above = self.module.slice(Span::new(lines.start, call.start)).trim_end();
                format!("{above}\n{}", self.module.slice(Span::new(call.end, lines.end)))
            }
            None => self.module.slice(lines).to_owned(),
        }
    }

    /// Whether a blank line is above a statement and its comments.
    pub(super) fn has_gap_above(&self, stmt: &Stmt) -> bool {
        blank_lines_above(&self.module.source.text, self.segment(stmt).start).is_some_and(|count| count > 0)
    }

    /// The lines of a statement with the comments right above it, or its own text where it shares its line.
    pub(super) fn segment(&self, stmt: &Stmt) -> Span {
        let text = &self.module.source.text;
        let lines = self.module.source.lines();
        let span = python::span(stmt);
        let start = lines.line_start(span.start);
        let end = lines.line_end(text, span.end.max(1) - 1);
        let rest = text[span.end..end].trim();
        if !text[start..span.start].trim().is_empty() || !(rest.is_empty() || rest.starts_with('#')) {
            return span;
        }
        let mut first = start;
        while first > 0 {
            let above = lines.line_start(first - 1);
            let line = &text[above..first];
            if !(line.trim_start().starts_with('#') && line.starts_with([' ', '\t'])) {
                break;
            }
            first = above;
        }
        Span::new(first, end)
    }

    /// The white space in front of the line of an offset.
    pub(super) fn indent(&self, at: usize) -> &str {
        let line = &self.module.source.text[self.module.source.lines().line_start(at)..];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    pub(super) fn has_long_string(&self, span: Span) -> bool {
        self.module.syntax.tokens(&self.module.source.text, span).iter().any(|token| {
            matches!(token.kind(), TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle)
                && self.module.slice(Span::new(python::span(token).start, python::span(token).end)).contains('\n')
        })
    }
}

/// The number of blank lines above an offset; `None` at the top of the text.
pub(super) fn blank_lines_above(text: &str, at: usize) -> Option<usize> {
    let above = &text[..at];
    let kept = above.trim_end();
    (!kept.is_empty()).then(|| above[kept.len()..].matches('\n').count().saturating_sub(1))
}

/// A text with `\n` for every line end, as edits want it.
pub(super) fn normalized(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Takes an indentation away from every line that has it.
pub(super) fn dedent(text: &str, indent: &str) -> String {
    let lines: Vec<&str> = text.split('\n').map(|line| line.strip_prefix(indent).unwrap_or(line)).collect();
    lines.join("\n")
}

/// Gives dedented text the indentation of a new file, four spaces, where its own unit is known.
pub(super) fn reindent(text: &str, indent: &str, unit: usize) -> String {
    if indent.is_empty() || (indent.chars().all(|it| it == ' ') && unit == 4) {
        return text.to_owned();
    }
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| {
            let body = line.trim_start_matches([' ', '\t']);
            let lead = &line[..line.len() - body.len()];
            let tabs = indent.starts_with('\t') && lead.chars().all(|it| it == '\t');
            let spaces =
                indent.starts_with(' ') && lead.chars().all(|it| it == ' ') && lead.len().is_multiple_of(unit.max(1));
            let levels = (tabs || spaces).then(|| lead.len() / unit.max(1));
            levels.map_or_else(|| line.to_owned(), |levels| format!("{}{body}", "    ".repeat(levels)))
        })
        .collect();
    lines.join("\n")
}
