//! Where files come from: walking a project, reading and decoding its files, and places in them.

mod decode;
mod lines;
mod parallel;
mod path;
mod progress;
mod tree;
mod walk;

pub(crate) use decode::Source;
pub(crate) use lines::{LineColumn, LineIndex};
pub(crate) use parallel::{both, in_parallel};
pub(crate) use path::{ProjectPath, is_in, with_parents};
pub(crate) use progress::Progress;
pub(crate) use tree::Tree;
pub(crate) use walk::{Look, NotRead, repository_top};

/// A half-open range of byte offsets into the decoded text of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Span {
    /// First byte.
    pub(crate) start: usize,
    /// One past the last byte.
    pub(crate) end: usize,
}

impl Span {
    /// The range `start..end`.
    pub(crate) const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The empty range at `at`.
    pub(crate) const fn empty(at: usize) -> Self {
        Self { start: at, end: at }
    }

    /// Whether `other` lies within this range.
    pub(crate) const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two ranges share a byte, or one is an empty range strictly inside the other.
    pub(crate) const fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The text of this range.
    pub(crate) fn of(self, text: &str) -> &str {
        &text[self.start..self.end]
    }
}

/// A file that could not be read or parsed, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Unread {
    /// The file, relative to the project.
    pub(crate) path: ProjectPath,
    /// The line the trouble is on, from 1, where there is one.
    pub(crate) line: Option<usize>,
    /// What is wrong and what helps, without a final period.
    pub(crate) message: String,
}
