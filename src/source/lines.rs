//! Lines and columns.

/// A place as people count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LineColumn {
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
}

/// Where the lines of a text start. A line ends with `\n`, `\r\n` or a lone `\r`, as Python reads them.
#[derive(Clone, Debug)]
pub(crate) struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// Indexes a text.
    pub(crate) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') {
                continue;
            }
            starts.push(at + 1);
        }
        Self { starts }
    }

    /// The line of a byte offset, from 0.
    fn row(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset) - 1
    }

    /// The line (from 1) of a byte offset.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.row(offset) + 1
    }

    /// Line and column of a byte offset into `text`, which must be the text indexed.
    pub(crate) fn line_column(&self, text: &str, offset: usize) -> LineColumn {
        let row = self.row(offset);
        let column = text[self.starts[row]..offset].chars().count() + 1;
        LineColumn { line: row + 1, column }
    }

    /// The byte offset at which the line of `offset` starts.
    pub(crate) fn line_start(&self, offset: usize) -> usize {
        self.starts[self.row(offset)]
    }

    /// The byte offset just behind the line of `offset`, its line end included; the length of the
    /// text for the last line.
    pub(crate) fn line_end(&self, text: &str, offset: usize) -> usize {
        self.starts.get(self.row(offset) + 1).copied().unwrap_or(text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_every_kind_of_line_end() {
        let text = "a\nb\r\nc\rd";
        let index = LineIndex::new(text);
        let at = |needle: char| index.line_column(text, text.find(needle).unwrap());
        assert_eq!(at('a'), LineColumn { line: 1, column: 1 });
        assert_eq!(at('b'), LineColumn { line: 2, column: 1 });
        assert_eq!(at('c'), LineColumn { line: 3, column: 1 });
        assert_eq!(at('d'), LineColumn { line: 4, column: 1 });
        assert_eq!(index.line_end(text, 2), 5);
    }

    #[test]
    fn columns_are_characters() {
        let text = "x = 'é' + y";
        let index = LineIndex::new(text);
        assert_eq!(index.line_column(text, text.find('y').unwrap()).column, 11);
    }
}
