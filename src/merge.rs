//! Merging what a person changed in a file with what changed in what it was made from. The only room
//! that knows diffy.

use diffy::{ConflictStyle, DiffOptions, IncompleteHunkStyle, MergeOptions};

/// What a merge gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Merged {
    /// Both sides' changes are in it.
    Clean(Vec<u8>),
    /// Both sides changed the same lines.
    Conflict(Conflict),
}

/// A merge that a person has to finish. In each text all other changes of both sides are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// With both versions of the lines in question, between git's markers.
    pub(crate) marked: Vec<u8>,
    /// With the person's version of them.
    pub(crate) yours: Vec<u8>,
    /// What leads from the person's version of them to the new one, as a unified diff.
    pub(crate) rejected: Vec<u8>,
    /// How many places are in question.
    pub(crate) places: usize,
}

/// The length of git's conflict markers.
const MARKER: usize = 7;

/// Merges the changes from `base` to `yours` with those from `base` to `new`.
///
/// Line ends follow `yours`: where a person, or git for them, has made them CRLF, they stay so.
pub(crate) fn merge(base: &[u8], yours: &[u8], new: &[u8]) -> Merged {
    let (base, new) = (with_ends_of(yours, base), with_ends_of(yours, new));
    // Markers longer than any run of their characters in the texts, so that they can be told from them.
    let longest = [&base[..], yours, &new[..]].into_iter().map(longest_run).max().unwrap_or_default();
    let length = (longest + 1).max(MARKER);
    let mut options = MergeOptions::new();
    options
        .set_conflict_marker_length(length)
        .set_conflict_style(ConflictStyle::Merge)
        .set_incomplete_hunk_style(IncompleteHunkStyle::Git);
    match options.merge_bytes(&base, yours, &new) {
        Ok(text) => Merged::Clean(text),
        Err(text) => Merged::Conflict(resolve(&text, length, yours)),
    }
}

/// Whether a text still has the marks of a conflict.
pub(crate) fn has_marks(text: &[u8]) -> bool {
    let starts = |mark: u8| {
        text.split(|byte| *byte == b'\n')
            .any(|line| line.strip_prefix(&[mark; MARKER]).is_some_and(|rest| rest.starts_with(b" ")))
    };
    starts(b'<') && starts(b'>')
}

/// Line ends as in `like`, where that has CRLF throughout.
fn with_ends_of(like: &[u8], text: &[u8]) -> Vec<u8> {
    let count = |text: &[u8], what: &[u8]| memchr::memmem::find_iter(text, what).count();
    let crlf = count(like, b"\r\n");
    if crlf == 0 || crlf != count(like, b"\n") || count(text, b"\r") > 0 {
        return text.to_vec();
    }
    let mut ended = Vec::with_capacity(text.len() + text.len() / 16);
    for byte in text {
        if *byte == b'\n' {
            ended.push(b'\r');
        }
        ended.push(*byte);
    }
    ended
}

/// The longest run of a marker's character.
fn longest_run(text: &[u8]) -> usize {
    let (mut longest, mut run, mut last) = (0, 0, 0);
    for byte in text {
        run = if *byte == last { run + 1 } else { 1 };
        last = *byte;
        if b"<=>".contains(byte) {
            longest = longest.max(run);
        }
    }
    longest
}

/// Takes a marked text apart.
fn resolve(text: &[u8], length: usize, like: &[u8]) -> Conflict {
    #[derive(Clone, Copy, PartialEq)]
    enum Side {
        Both,
        Yours,
        New,
    }

    let end: &[u8] = if memchr::memmem::find(like, b"\r\n").is_some() { b"\r\n" } else { b"\n" };
    let mut conflict = Conflict { marked: Vec::new(), yours: Vec::new(), rejected: Vec::new(), places: 0 };
    let mut new = Vec::new();
    let mut side = Side::Both;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let is = |mark: u8| line.len() > length && line[..length].iter().all(|byte| *byte == mark);
        let (next, mark, label): (Side, u8, &[u8]) = if is(b'<') {
            conflict.places += 1;
            (Side::Yours, b'<', b" yours")
        } else if is(b'=') {
            (Side::New, b'=', b"")
        } else if is(b'>') {
            (Side::Both, b'>', b" flaskship")
        } else {
            if side != Side::New {
                conflict.yours.extend_from_slice(line);
            }
            if side != Side::Yours {
                new.extend_from_slice(line);
            }
            conflict.marked.extend_from_slice(line);
            continue;
        };
        side = next;
        conflict.marked.extend_from_slice(&[mark; MARKER]);
        conflict.marked.extend_from_slice(label);
        conflict.marked.extend_from_slice(end);
    }
    // A marker behind a last line without an end had to end it: with "\n", whatever ends the others.
    if !like.ends_with(b"\n") && conflict.yours.ends_with(b"\n") && !ends_in_both(text, length) {
        conflict.yours.truncate(conflict.yours.len() - 1);
    }
    conflict.rejected = DiffOptions::new()
        .set_original_filename("yours")
        .set_modified_filename("flaskship")
        .create_patch_bytes(&conflict.yours, &new)
        .to_bytes();
    conflict
}

/// Whether the text ends behind its last conflict.
fn ends_in_both(text: &[u8], length: usize) -> bool {
    let last = text.split_inclusive(|byte| *byte == b'\n').next_back().unwrap_or_default();
    !(last.len() > length && last[..length].iter().all(|byte| *byte == b'>'))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn clean(base: &str, yours: &str, new: &str) -> String {
        match merge(base.as_bytes(), yours.as_bytes(), new.as_bytes()) {
            Merged::Clean(text) => String::from_utf8(text).unwrap(),
            Merged::Conflict(conflict) => panic!("{}", String::from_utf8_lossy(&conflict.marked)),
        }
    }

    fn conflict(base: &str, yours: &str, new: &str) -> (String, String, String) {
        match merge(base.as_bytes(), yours.as_bytes(), new.as_bytes()) {
            Merged::Clean(text) => panic!("clean: {}", String::from_utf8_lossy(&text)),
            Merged::Conflict(conflict) => {
                let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
                (text(conflict.marked), text(conflict.yours), text(conflict.rejected))
            }
        }
    }

    #[test]
    fn changes_in_different_places_meet() {
        assert_eq!(clean("a\nb\nc\nd\ne\n", "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n"), "A\nb\nc\nd\nE\n");
        assert_eq!(clean("a\n", "a\n", "b\n"), "b\n");
        assert_eq!(clean("a\n", "b\n", "a\n"), "b\n");
        assert_eq!(clean("a\n", "b\n", "b\n"), "b\n");
    }

    #[test]
    fn a_conflict_is_marked_as_git_marks_it() {
        let (marked, yours, rejected) = conflict("a\nx\nb\n", "a\ny\nb\n", "a\nz\nb\n");
        assert_eq!(marked, "a\n<<<<<<< yours\ny\n=======\nz\n>>>>>>> flaskship\nb\n");
        assert_eq!(yours, "a\ny\nb\n");
        assert_eq!(rejected, "--- yours\n+++ flaskship\n@@ -1,3 +1,3 @@\n a\n-y\n+z\n b\n");
        assert!(has_marks(marked.as_bytes()) && !has_marks(yours.as_bytes()));
    }

    #[test]
    fn lines_that_look_like_markers_are_text() {
        let (marked, yours, _) = conflict("<<<<<<< x\n1\n", "<<<<<<< x\n=======\n2\n", "<<<<<<< x\n3\n");
        assert_eq!(yours, "<<<<<<< x\n=======\n2\n");
        assert!(
            marked.starts_with("<<<<<<< x\n<<<<<<< yours\n=======\n2\n=======\n3\n>>>>>>> flaskship\n"),
            "{marked}"
        );
    }

    #[test]
    fn line_ends_and_a_missing_one_stay_as_the_person_has_them() {
        assert_eq!(clean("a\nb\nc\nd\n", "a\r\nb\r\nc\r\nX\r\n", "A\nb\nc\nd\n"), "A\r\nb\r\nc\r\nX\r\n");
        let (marked, yours, _) = conflict("a\n", "b", "c\n");
        assert_eq!(marked, "<<<<<<< yours\nb\n=======\nc\n>>>>>>> flaskship\n");
        assert_eq!(yours, "b");
        let (_, yours, _) = conflict("a\r\nb\r\n", "a\r\nmine", "a\r\nnew\r\n");
        assert_eq!(yours, "a\r\nmine");
    }

    /// A text of few different lines, so that changes often meet.
    fn lines() -> impl Strategy<Value = Vec<u8>> {
        vec(prop_oneof!["[a-d]\n", "=======\n", "<<<<<<< [ab]\n"], 0..12).prop_map(|lines| lines.concat().into_bytes())
    }

    proptest! {
        #[test]
        fn nothing_that_a_person_wrote_is_lost(base in lines(), yours in lines(), new in lines()) {
            let count = |text: &[u8], line: &[u8]| text.split_inclusive(|byte| *byte == b'\n').filter(|it| *it == line).count();
            let merged = match merge(&base, &yours, &new) {
                Merged::Clean(text) => text,
                Merged::Conflict(conflict) => {
                    prop_assert!(conflict.places > 0);
                    conflict.yours
                }
            };
            // A line that the person has more often than the base did is one they wrote.
            for line in yours.split_inclusive(|byte| *byte == b'\n') {
                let written = count(&yours, line).saturating_sub(count(&base, line));
                prop_assert!(count(&merged, line) >= written, "{:?}", String::from_utf8_lossy(line));
            }
        }

        #[test]
        fn one_side_alone_simply_wins(base in lines(), other in lines()) {
            prop_assert_eq!(merge(&base, &other, &base), Merged::Clean(other.clone()));
            prop_assert_eq!(merge(&base, &base, &other), Merged::Clean(other.clone()));
            prop_assert_eq!(merge(&base, &other, &other), Merged::Clean(other));
        }
    }
}
