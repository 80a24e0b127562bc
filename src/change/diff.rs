//! One file's change as git writes it.

use std::ops::Range;
use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp, DiffTag};

use super::quote::quote;
use super::set::FileChange;

/// Lines of context around a change, as git has it.
const CONTEXT: usize = 3;

/// How long to look for the smallest diff of one file. After it the rest of the file is shown as
/// replaced, which is as right, only longer.
const DEADLINE: Duration = Duration::from_secs(2);

/// The lines of a file as git counts them: `\n` ends one and nothing else does, so a `\r` stays
/// within its line.
pub(super) fn lines(content: Option<&[u8]>) -> Vec<&[u8]> {
    content.unwrap_or_default().split_inclusive(|byte| *byte == b'\n').collect()
}

/// What to do to get from the old lines to the new.
pub(super) fn operations(old: &[&[u8]], new: &[&[u8]], deadline: Option<Instant>) -> Vec<DiffOp> {
    similar::capture_diff_slices_deadline(Algorithm::Myers, old, new, deadline)
}

/// When the diff of a file begun now has to be done.
pub(super) fn deadline() -> Option<Instant> {
    Some(Instant::now() + DEADLINE)
}

/// Appends the diff of one file, its path below `prefix` (empty, or ending in `/`). `mode` is that of
/// the file on disk.
pub(super) fn write(out: &mut Vec<u8>, change: &FileChange, prefix: &[u8], mode: Option<u32>) {
    let path = [prefix, change.path.as_str().as_bytes()].concat();
    let [old_name, new_name] = [b"a/", b"b/"].map(|side| quote(&[side.as_slice(), &path].concat()));
    out.extend([b"diff --git ", old_name.as_slice(), b" ", &new_name, b"\n"].concat());
    match (&change.before, &change.after) {
        (None, _) => out.extend(b"new file mode 100644\n"),
        // Git knows two modes of a file: executable by its owner, or not.
        (_, None) if mode.is_some_and(|mode| mode & 0o100 != 0) => out.extend(b"deleted file mode 100755\n"),
        (_, None) => out.extend(b"deleted file mode 100644\n"),
        _ => {}
    }
    let (old, new) = (lines(change.before.as_deref()), lines(change.after.as_deref()));
    let operations = operations(&old, &new, deadline());
    if old == new {
        // An empty file comes or goes: the lines above say it all.
        return;
    }
    name_line(out, b"--- ", change.before.as_ref().map(|_| old_name.as_slice()), &path);
    name_line(out, b"+++ ", change.after.as_ref().map(|_| new_name.as_slice()), &path);
    for hunk in similar::group_diff_ops(operations, CONTEXT) {
        write_hunk(out, &hunk, &old, &new);
    }
}

/// The `---` or `+++` line. A name with a space is followed by a tab, so that programs which look for
/// a time stamp behind the name do not cut it at the space.
fn name_line(out: &mut Vec<u8>, marker: &[u8], name: Option<&[u8]>, path: &[u8]) {
    out.extend(marker);
    out.extend(name.unwrap_or(b"/dev/null"));
    if name.is_some() && path.contains(&b' ') {
        out.push(b'\t');
    }
    out.push(b'\n');
}

fn write_hunk(out: &mut Vec<u8>, hunk: &[DiffOp], old: &[&[u8]], new: &[&[u8]]) {
    let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { return };
    let old_range = range(first.old_range().start..last.old_range().end);
    let new_range = range(first.new_range().start..last.new_range().end);
    out.extend(format!("@@ -{old_range} +{new_range} @@\n").bytes());
    for operation in hunk {
        if operation.tag() == DiffTag::Equal {
            write_lines(out, b' ', &old[operation.old_range()]);
        } else {
            write_lines(out, b'-', &old[operation.old_range()]);
            write_lines(out, b'+', &new[operation.new_range()]);
        }
    }
}

/// Lines from 1 and their count, which is left out when it is 1; no lines are counted from the line
/// before them.
fn range(lines: Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => (lines.start + 1).to_string(),
        count => format!("{},{count}", lines.start + 1),
    }
}

fn write_lines(out: &mut Vec<u8>, marker: u8, lines: &[&[u8]]) {
    for line in lines {
        out.push(marker);
        out.extend(*line);
        if !line.ends_with(b"\n") {
            out.extend(b"\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;

    use super::super::testing::{change, check_against_git, folder};
    use super::*;

    fn diff(change: &FileChange) -> String {
        let mut out = Vec::new();
        write(&mut out, change, b"", None);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_change_in_the_middle() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        assert_eq!(
            diff(&change("app.py", Some(old), Some(&old.replace("5\n", "five\n")))),
            "diff --git a/app.py b/app.py\n--- a/app.py\n+++ b/app.py\n\
             @@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
        );
    }

    #[test]
    fn a_missing_final_newline_is_marked_on_the_side_that_misses_it() {
        assert_eq!(
            diff(&change("a", Some("x"), Some("x\n"))),
            "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+x\n"
        );
    }

    #[test]
    fn empty_files_come_and_go_without_a_hunk() {
        assert_eq!(diff(&change("a", None, Some(""))), "diff --git a/a b/a\nnew file mode 100644\n");
        assert_eq!(diff(&change("a", Some(""), None)), "diff --git a/a b/a\ndeleted file mode 100644\n");
    }

    #[test]
    fn a_name_with_a_space_gets_a_tab() {
        assert_eq!(
            diff(&change("a b", None, Some("x\n"))),
            "diff --git a/a b b/a b\nnew file mode 100644\n--- /dev/null\n+++ b/a b\t\n@@ -0,0 +1 @@\n+x\n"
        );
    }

    #[test]
    fn the_same_bytes_as_git_diff() {
        // What git prints but for its `index` line. No line starts with a letter, or git would repeat it
        // behind `@@` as the name of a function.
        let old = "1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\n8\r\n9\r\n-- x\r\n0";
        let new = "A\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\n8\r\n9\r\n0\n";
        let dir = folder();
        std::fs::create_dir_all(dir.path().join("a/x y")).unwrap();
        std::fs::create_dir_all(dir.path().join("b/x y")).unwrap();
        std::fs::write(dir.path().join("a/x y/é.txt"), old).unwrap();
        std::fs::write(dir.path().join("b/x y/é.txt"), new).unwrap();
        let git = std::process::Command::new("git")
            .args(["-c", "core.quotePath=true", "diff", "--no-index", "--no-prefix", "a", "b"])
            .current_dir(dir.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        let expected: Vec<u8> = git
            .stdout
            .split_inclusive(|byte| *byte == b'\n')
            .filter(|line| !line.starts_with(b"index "))
            .flatten()
            .copied()
            .collect();
        assert_eq!(diff(&change("x y/é.txt", Some(old), Some(new))), String::from_utf8(expected).unwrap());
    }

    #[test]
    fn a_diff_that_ran_out_of_time_is_still_right() {
        let numbers = |step: usize| (0..3000).map(|n| format!("{}\n", n * step % 1013)).collect::<String>();
        let (old, new) = (numbers(7), numbers(11));
        let (old, new) = (lines(Some(old.as_bytes())), lines(Some(new.as_bytes())));
        let mut rebuilt = Vec::new();
        let mut read = 0;
        for operation in operations(&old, &new, Some(Instant::now())) {
            assert_eq!(operation.old_range().start, read);
            read = operation.old_range().end;
            match operation.tag() {
                DiffTag::Equal => rebuilt.extend_from_slice(&old[operation.old_range()]),
                _ => rebuilt.extend_from_slice(&new[operation.new_range()]),
            }
        }
        assert_eq!((rebuilt, read), (new, old.len()));
    }

    fn content() -> impl Strategy<Value = Option<Vec<u8>>> {
        const LINES: &[&[u8]] = &[b"", b"a", b"b", b"-- a", b"++ b", b"@@", b"\xe9t\xe9", b"\\ No", b"n\0l"];
        const ENDS: &[&[u8]] = &[b"\n", b"\n", b"\n", b"\n", b"\r\n", b"\r\n", b"\r\n", b"\r", b""];
        let (line, end) = (prop::sample::select(LINES), prop::sample::select(ENDS));
        let text = prop::collection::vec((line, end), 0..25)
            .prop_map(|lines| lines.into_iter().flat_map(|(line, end)| [line, end].concat()).collect());
        prop_oneof![1 => Just(None), 9 => text.prop_map(Some)]
    }

    fn near(old: &Option<Vec<u8>>) -> impl Strategy<Value = Option<Vec<u8>>> + use<> {
        let old = old.clone().unwrap_or_default();
        let same = old.clone();
        let edited = (0..=old.len(), 0..=4usize, prop::collection::vec(prop::sample::select(&b"ab\r\n\xe9"[..]), 0..6))
            .prop_map(move |(at, cut, put)| {
                let mut new = same.clone();
                new.splice(at..(at + cut).min(same.len()), put);
                Some(new)
            });
        prop_oneof![3 => edited, 1 => content()]
    }

    proptest! {
        // Each case starts git twice.
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn git_makes_of_the_diff_what_apply_makes(
            files in prop::collection::vec(content().prop_flat_map(|old| { let new = near(&old); (Just(old), new) }), 1..12)
        ) {
            let names = ["a.py", "b c.py", "d/é.py", "d/\"q\".py", "d/e/\t.py", "f\\g.py", "x/y/z", "-h", "i b/i", "j'k", "l", "#m"];
            let changes = names.iter().zip(files).map(|(name, (before, after))| FileChange {
                path: crate::source::ProjectPath::new(*name), before, after,
            });
            check_against_git(&changes.collect::<Vec<_>>());
        }
    }
}
