//! How much a change set changes.

use std::iter::Sum;

use similar::DiffTag;

use super::diff;
use super::set::FileChange;

/// Counts of files and lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stat {
    /// Files that get other contents.
    pub(crate) changed: usize,
    /// New files.
    pub(crate) added: usize,
    /// Files that go.
    pub(crate) removed: usize,
    /// Lines that come: the `+` lines of the diff.
    pub(crate) lines_added: usize,
    /// Lines that go: the `-` lines of the diff.
    pub(crate) lines_removed: usize,
}

impl Stat {
    /// The counts of one file.
    pub(super) fn of(change: &FileChange) -> Self {
        let (old, new) = (diff::lines(change.before.as_deref()), diff::lines(change.after.as_deref()));
        let mut stat = Self {
            changed: usize::from(change.before.is_some() && change.after.is_some()),
            added: usize::from(change.before.is_none()),
            removed: usize::from(change.after.is_none()),
            ..Self::default()
        };
        for operation in diff::operations(&old, &new, diff::deadline()) {
            if operation.tag() != DiffTag::Equal {
                stat.lines_added += operation.new_range().len();
                stat.lines_removed += operation.old_range().len();
            }
        }
        stat
    }

    /// How many files there are in all.
    pub(crate) fn files(&self) -> usize {
        self.changed + self.added + self.removed
    }
}

impl Sum for Stat {
    fn sum<I: Iterator<Item = Self>>(stats: I) -> Self {
        stats.fold(Self::default(), |sum, stat| Self {
            changed: sum.changed + stat.changed,
            added: sum.added + stat.added,
            removed: sum.removed + stat.removed,
            lines_added: sum.lines_added + stat.lines_added,
            lines_removed: sum.lines_removed + stat.lines_removed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::set::ChangeSet;
    use super::super::testing::change;
    use super::*;

    #[test]
    fn files_and_lines_are_counted() {
        let set = ChangeSet::new([
            change("a", Some("1\n2\n3\n"), Some("1\n3\n4\n5\n")),
            change("b", None, Some("1\n2\n")),
            change("c", Some("1"), None),
        ]);
        let expected = Stat { changed: 1, added: 1, removed: 1, lines_added: 4, lines_removed: 2 };
        assert_eq!((set.stat(), set.stat().files()), (expected, 3));
    }
}
