//! For people: the source line, a caret below it, the rule's name and a way out.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Report, View};
use crate::edit::Applicability;
use crate::finding::Severity;
use crate::source::{ProjectPath, Source, Span};

/// Whether the output has colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Text alone.
    Plain,
    /// With ANSI escape sequences.
    Coloured,
}

/// A number and its noun: `1 file`, `2 files`, `3 fixes`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let ending = match number {
        1 => "",
        _ if noun.ends_with('x') => "es",
        _ => "s",
    };
    format!("{number} {noun}{ending}")
}

/// A text that may hold pieces of the project, fit for a terminal: control characters, which could
/// rewrite what stands above them or worse (CWE-150), are shown as escapes. Line ends stay.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    let harmful = |character: char| character.is_control() && character != '\n';
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let shown =
        |character: char| if harmful(character) { character.escape_default().to_string() } else { character.into() };
    Cow::Owned(text.chars().map(shown).collect())
}

/// Writes each finding with its source, and an empty line after it.
pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write, style: Style) -> io::Result<()> {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    for view in &report.findings {
        let group = group(report, view);
        writeln!(out, "{}\n", renderer.render(&[group]))?;
    }
    Ok(())
}

/// A place in a file, with what to write below it.
type Mark<'a> = (Span, AnnotationKind, Option<&'a str>);

fn group<'a>(report: &'a Report<'a>, view: &'a View<'a>) -> Group<'a> {
    let level = match view.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let finding = view.finding;
    // One excerpt for each file, that of the finding first.
    let mut files: Vec<(&ProjectPath, Vec<Mark<'a>>)> =
        vec![(view.path, vec![(finding.span, AnnotationKind::Primary, None)])];
    for related in &finding.related {
        let mark = (related.span, AnnotationKind::Context, Some(related.message.as_str()));
        match files.iter_mut().find(|(path, _)| **path == related.path) {
            Some((_, marks)) => marks.push(mark),
            None => files.push((&related.path, vec![mark])),
        }
    }
    let mut group = Group::with_title(level.primary_title(harmless(view.message)).id(view.rule));
    for (path, marks) in files {
        group = match report.sources.get(path) {
            Some(source) => group.element(excerpt(path, source, &marks)),
            None => group.element(annotate_snippets::Origin::path(harmless(path.as_str()))),
        };
    }
    if let Some(hint) = &finding.hint {
        group = group.element(Level::HELP.message(harmless(hint)));
    }
    match (view.fix, view.applicability) {
        (Some(fix), Applicability::Safe) => {
            group = group.element(Level::HELP.with_name("fix").message(harmless(fix)));
        }
        (Some(fix), Applicability::Unsafe) => {
            let fix = harmless(fix);
            let text = format!("{fix} (may change what the app does: `--unsafe-fixes`)");
            group = group.element(Level::HELP.with_name("fix").message(text));
        }
        _ => {}
    }
    group
}

/// The lines around the marks, and no more of the file: rendering takes time by its length.
fn excerpt<'a>(
    path: &'a ProjectPath,
    source: &'a Source,
    marks: &[Mark<'a>],
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let first = marks.iter().map(|(span, ..)| span.start).min().unwrap_or(0);
    let last = marks.iter().map(|(span, ..)| span.end).max().unwrap_or(0);
    let (start, end) = (source.lines().line_start(first), source.lines().line_end(&source.text, last));
    let within = |span: Span| -> Range<usize> { span.start - start..span.end - start };
    // A lone `\r` at the end of a line would be shown as a sign.
    let text = source.text[start..end].trim_end_matches(['\r', '\n']);
    let text = if text.len() < last - start { &source.text[start..end] } else { text };
    // The renderer shows the other control characters as signs. These take two bytes, as the dot does,
    // so that the marks stay where they are.
    let text = text.replace(|character| ('\u{80}'..='\u{9f}').contains(&character), "\u{b7}");
    Snippet::source(text)
        .path(harmless(path.as_str()))
        .line_start(source.lines().line(first))
        .annotations(marks.iter().map(|(span, kind, label)| kind.span(within(*span)).label(*label)))
}

impl Report<'_> {
    /// One line that says how much was found: `3 findings (2 errors, 1 warning) in 2 files`.
    pub(crate) fn summary(&self) -> String {
        if self.findings.is_empty() {
            return "no findings".to_owned();
        }
        let of = |severity| self.findings.iter().filter(|view| view.severity == severity).count();
        let by: Vec<String> = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")]
            .into_iter()
            .filter(|(severity, _)| of(*severity) > 0)
            .map(|(severity, noun)| count(of(severity), noun))
            .collect();
        let files: BTreeSet<&ProjectPath> = self.findings.iter().map(|view| view.path).collect();
        let mut text =
            format!("{} ({}) in {}", count(self.findings.len(), "finding"), by.join(", "), count(files.len(), "file"));
        let with = |kind| self.findings.iter().filter(|view| view.applicability == kind).count();
        let _ = match (with(Applicability::Safe), with(Applicability::Unsafe)) {
            (0, 0) => Ok(()),
            (0, risky) => write!(text, "; {risky} can be fixed with `flaskship fix --unsafe-fixes`"),
            (safe, 0) => write!(text, "; {safe} can be fixed with `flaskship fix`"),
            (safe, risky) => {
                write!(text, "; {safe} can be fixed with `flaskship fix`, {risky} more with `--unsafe-fixes`")
            }
        };
        text
    }
}

impl Style {
    /// A word in bold and a colour, where there is colour.
    pub(crate) fn paint(self, word: &str, color: anstyle::AnsiColor) -> String {
        match self {
            Self::Plain => word.to_owned(),
            Self::Coloured => {
                let style = color.on_default().bold();
                format!("{style}{word}{style:#}")
            }
        }
    }
}
