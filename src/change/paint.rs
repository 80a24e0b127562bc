//! A diff in colour, for a terminal.

use anstyle::{AnsiColor, Style};

const HEADER: Style = Style::new().bold();
const HUNK: Style = AnsiColor::Cyan.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const ADDED: Style = AnsiColor::Green.on_default();

/// Colours a diff as git does. Without the escape sequences it is the same to the byte.
pub(crate) fn paint(diff: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(diff.len() * 5 / 4);
    // Lines of the hunk still to come on either side: a removed line `-- x` looks like a header.
    let (mut old, mut new) = (0_usize, 0_usize);
    for line in diff.split_inclusive(|byte| *byte == b'\n') {
        let style = match line.first() {
            Some(b'\\') => None,
            Some(b'-') if old > 0 => {
                old -= 1;
                Some(REMOVED)
            }
            Some(b'+') if new > 0 => {
                new -= 1;
                Some(ADDED)
            }
            _ if old > 0 || new > 0 => {
                (old, new) = (old.saturating_sub(1), new.saturating_sub(1));
                None
            }
            _ => match counts(line) {
                Some(hunk) => {
                    (old, new) = hunk;
                    Some(HUNK)
                }
                None => Some(HEADER),
            },
        };
        let Some(style) = style else {
            out.extend(line);
            continue;
        };
        // The reset comes before the line end, or the next line starts in this one's colour.
        let body = line.strip_suffix(b"\n").unwrap_or(line);
        let body = body.strip_suffix(b"\r").unwrap_or(body);
        out.extend(style.render().to_string().bytes());
        out.extend(body);
        out.extend(style.render_reset().to_string().bytes());
        out.extend(&line[body.len()..]);
    }
    out
}

/// The line counts of a hunk header: `@@ -1,2 +3 @@`.
fn counts(line: &[u8]) -> Option<(usize, usize)> {
    let line = std::str::from_utf8(line).ok()?;
    let (old, rest) = line.strip_prefix("@@ -")?.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    let count = |range: &str| range.split_once(',').map_or(Some(1), |(_, count)| count.parse().ok());
    Some((count(old)?, count(new)?))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::set::ChangeSet;
    use super::super::testing::change;
    use super::*;

    #[test]
    fn colours_by_what_a_line_is_and_not_by_how_it_looks() {
        let root = Path::new("/nowhere");
        let set = ChangeSet::new([change("q", Some("-- x\nsame\r\nend"), Some("++ y\r\nsame\r\nend"))]);
        let painted = String::from_utf8(paint(&set.diff(root, root))).unwrap();
        let (bold, red, green, cyan, off) = ("\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[36m", "\x1b[0m");
        assert_eq!(
            painted,
            format!(
                "{bold}diff --git a/q b/q{off}\n{bold}--- a/q{off}\n{bold}+++ b/q{off}\n{cyan}@@ -1,3 +1,3 @@{off}\n\
                 {red}--- x{off}\n{green}+++ y{off}\r\n same\r\n end\n\\ No newline at end of file\n"
            )
        );
    }

    #[test]
    fn without_the_colours_it_is_the_same() {
        let root = Path::new("/nowhere");
        let set = ChangeSet::new([
            change("a", Some("1\n2\n"), Some("1\r\n\r2")),
            change("b", None, Some("")),
            change("c é", Some("--- a\n"), None),
        ]);
        let diff = set.diff(root, root);
        let painted = paint(&diff);
        assert_ne!(painted, diff);
        assert_eq!(anstream::adapter::strip_bytes(&painted).into_vec(), diff);
    }
}
