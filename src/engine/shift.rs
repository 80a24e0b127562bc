//! Where a place in a text goes when edits are put into it, and where it came from.

use crate::edit::Edit;
use crate::source::Span;

/// The edits of one file in one pass, as lengths.
#[derive(Clone, Debug, Default)]
pub(super) struct Shift {
    /// Replaced spans, sorted, with the length of what came in their place.
    edits: Vec<(Span, usize)>,
}

impl Shift {
    /// The shift of edits that do not overlap, in a file with these line ends.
    pub(super) fn new(edits: &[&Edit], newline: &str) -> Self {
        let wider = newline.len() - 1;
        let mut edits: Vec<(Span, usize)> =
            edits.iter().map(|edit| (edit.span, edit.text.len() + wider * edit.text.matches('\n').count())).collect();
        edits.sort_by_key(|(span, _)| (span.start, span.end));
        Self { edits }
    }

    /// Whether an edit changes bytes of `span` or adds some at its rim.
    pub(super) fn touches(&self, span: Span) -> bool {
        self.edits.iter().any(|(edit, _)| {
            edit.overlaps(span) || (edit.start == edit.end && span.start <= edit.start && edit.start <= span.end)
        })
    }

    /// Where the byte at `old`, which no edit changes, is afterwards.
    pub(super) fn forward(&self, old: usize) -> usize {
        let (mut added, mut removed) = (0, 0);
        for (span, length) in self.edits.iter().take_while(|(span, _)| span.end <= old) {
            added += length;
            removed += span.end - span.start;
        }
        old + added - removed
    }

    /// Where the byte at `new` was before; for a byte that an edit brought, where that edit begins.
    pub(super) fn backward(&self, new: usize) -> usize {
        let (mut added, mut removed) = (0, 0);
        for (span, length) in &self.edits {
            let start = span.start + added - removed;
            if new < start {
                break;
            }
            if new < start + length {
                return span.start;
            }
            added += length;
            removed += span.end - span.start;
        }
        new + removed - added
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::ProjectPath;

    #[test]
    fn places_go_forth_and_back() {
        let path = ProjectPath::new("a.py");
        let edits = [
            Edit::delete(&path, Span::new(2, 4)),
            Edit::insert(&path, 6, "xy\n"),
            Edit::replace(&path, Span::new(8, 9), "long"),
        ];
        let shift = Shift::new(&edits.iter().collect::<Vec<_>>(), "\r\n");
        let forth: Vec<usize> = [0, 1, 4, 5, 6, 7, 9].map(|at| shift.forward(at)).to_vec();
        assert_eq!(forth, [0, 1, 2, 3, 8, 9, 14]);
        let back: Vec<usize> = [0, 1, 2, 3, 5, 8, 9, 12, 14].map(|at| shift.backward(at)).to_vec();
        assert_eq!(back, [0, 1, 4, 5, 6, 6, 7, 8, 9]);
    }
}
