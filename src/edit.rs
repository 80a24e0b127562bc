//! Edits, and putting them into a text.

use crate::source::{ProjectPath, Span};

/// How sure it is that a fix keeps what the program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Applicability {
    /// Shown with instructions, never applied.
    Manual,
    /// Very likely what is wanted, but may change behaviour; applied with `--unsafe-fixes`.
    Unsafe,
    /// Production behaviour stays the same but for debug mode and the launcher.
    Safe,
}

/// One replacement in one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edit {
    /// The file.
    pub(crate) path: ProjectPath,
    /// What is replaced; empty for an insertion.
    pub(crate) span: Span,
    /// What comes in its place; empty for a deletion. `\n` stands for the file's own line end.
    pub(crate) text: String,
}

impl Edit {
    /// Puts `text` in the place of `span`.
    pub(crate) fn replace(path: &ProjectPath, span: Span, text: impl Into<String>) -> Self {
        Self { path: path.clone(), span, text: text.into() }
    }

    /// Takes `span` away.
    pub(crate) fn delete(path: &ProjectPath, span: Span) -> Self {
        Self::replace(path, span, "")
    }

    /// Puts `text` before the byte at `at`.
    pub(crate) fn insert(path: &ProjectPath, at: usize, text: impl Into<String>) -> Self {
        Self::replace(path, Span::empty(at), text)
    }
}

/// A whole file that a fix makes or takes away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FileEdit {
    /// A new file. Never in the place of one that exists.
    Create {
        /// The file.
        path: ProjectPath,
        /// Its text, with `\n` line ends.
        text: String,
    },
    /// The file goes.
    Remove {
        /// The file.
        path: ProjectPath,
    },
}

/// What would put one finding right: all of it is applied, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fix {
    /// In the imperative, without a final period: ``remove `debug=True` ``.
    pub(crate) title: String,
    /// How sure it is.
    pub(crate) applicability: Applicability,
    /// Replacements in files that exist.
    pub(crate) edits: Vec<Edit>,
    /// Files made or removed.
    pub(crate) files: Vec<FileEdit>,
}

impl Fix {
    /// A fix of one edit.
    pub(crate) fn edit(title: impl Into<String>, applicability: Applicability, edit: Edit) -> Self {
        Self { title: title.into(), applicability, edits: vec![edit], files: Vec::new() }
    }
}

/// Adjacent deletions can want the same blank line: they become one.
pub(crate) fn merge(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|edit| edit.span);
    let mut merged: Vec<Edit> = Vec::new();
    for edit in edits {
        match merged.last_mut() {
            Some(last) if edit.span.start < last.span.end => last.span.end = last.span.end.max(edit.span.end),
            _ => merged.push(edit),
        }
    }
    merged
}

/// Two edits that want the same bytes.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("two edits of `{path}` overlap at bytes {first:?} and {second:?}")]
pub(crate) struct Overlap {
    /// The file.
    pub(crate) path: ProjectPath,
    /// The earlier edit.
    pub(crate) first: Span,
    /// The later edit.
    pub(crate) second: Span,
}

/// Puts edits of one file into its text. Insertions at one place keep their order.
///
/// # Errors
/// [`Overlap`] when two edits touch the same bytes.
pub(crate) fn apply(text: &str, newline: &str, edits: &[&Edit]) -> Result<String, Overlap> {
    let mut sorted: Vec<&Edit> = edits.to_vec();
    sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    let mut previous: Option<Span> = None;
    for edit in sorted {
        if let Some(first) = previous.filter(|first| edit.span.start < first.end) {
            return Err(Overlap { path: edit.path.clone(), first, second: edit.span });
        }
        result.push_str(&text[at..edit.span.start]);
        if newline == "\n" {
            result.push_str(&edit.text);
        } else {
            result.push_str(&edit.text.replace('\n', newline));
        }
        at = edit.span.end;
        previous = Some(edit.span);
    }
    result.push_str(&text[at..]);
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit::replace(&ProjectPath::new("a.py"), Span::new(start, end), text)
    }

    #[test]
    fn edits_are_put_in_from_left_to_right_whatever_their_order() {
        let (first, second) = (edit(0, 1, "X"), edit(2, 2, "-\n"));
        assert_eq!(apply("abc", "\r\n", &[&second, &first]), Ok("Xb-\r\nc".to_owned()));
    }

    #[test]
    fn an_overlap_is_an_error_and_touching_is_not() {
        assert!(apply("abcd", "\n", &[&edit(0, 2, ""), &edit(1, 3, "")]).is_err());
        assert_eq!(apply("abcd", "\n", &[&edit(0, 2, ""), &edit(2, 3, "")]), Ok("d".to_owned()));
    }
}
