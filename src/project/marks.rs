//! What is looked for in every Python file, found in one pass over its bytes.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::memchr;

/// What is looked for. Ten searches for one word each took twice as long.
const WORDS: [&str; 8] = ["import", "DEBUG", "FLASK_", ".py", ".wsgi", "-m", "--app", "-A"];
const IMPORT: usize = 0;
const DEBUG: usize = 1;
const FLASK: usize = 2;
/// Options are those from here on.
const OPTIONS: usize = 5;

/// How far a NUL byte is looked for: as far as git does.
const EARLY: usize = 8000;

static SEARCH: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(WORDS);
    search.expect("eight short words make a small automaton")
});

/// Where things are in the bytes of a Python file; each list is in order.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// `import`.
    pub(super) imports: Vec<usize>,
    /// `DEBUG`.
    pub(super) debug: Vec<usize>,
    /// What the variables of Flask start with.
    pub(super) flask: Vec<usize>,
    /// What ends the file name of a script or is in front of the name of a module: `.py`, `-m`, `FLASK_APP`.
    pub(super) scripts: Vec<usize>,
    /// Whether there is a NUL byte early on, as in what is no text.
    pub(super) has_nul: bool,
}

impl Marks {
    /// Looks for them.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut marks = Self { has_nul: memchr(0, &bytes[..bytes.len().min(EARLY)]).is_some(), ..Self::default() };
        for found in SEARCH.find_iter(bytes) {
            match found.pattern().as_usize() {
                IMPORT => marks.imports.push(found.start()),
                DEBUG => marks.debug.push(found.start()),
                FLASK => {
                    marks.flask.push(found.start());
                    if bytes[found.end()..].starts_with(b"APP") {
                        marks.scripts.push(found.start());
                    }
                }
                // An option stands apart: `auto-merge` has none.
                OPTIONS.. if bytes[..found.start()].last().is_some_and(is_part) => {}
                _ => marks.scripts.push(found.start()),
            }
        }
        marks
    }
}

/// Whether nothing behind a byte is an option, as far as ASCII tells; the line is looked at again.
fn is_part(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_".contains(byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::naming::TELLS;

    #[test]
    fn every_mark_is_found_and_only_those() {
        let text =
            b"import a\nFLASK_DEBUG = 1\nrun('flask --app x -A y', 'FLASK_APP=b.py -mc d.wsgi')\nauto-merge x--app\n";
        let marks = Marks::of(text);
        let at = |word: &str| memchr::memmem::find(text, word.as_bytes()).unwrap();
        assert_eq!(marks.imports, [at("import")]);
        assert_eq!(marks.debug, [at("DEBUG")]);
        assert_eq!(marks.flask, [at("FLASK_DEBUG"), at("FLASK_APP")]);
        assert_eq!(marks.scripts, ["--app x", "-A", "FLASK_APP", ".py", "-mc", ".wsgi"].map(at));
        assert!(!marks.has_nul && Marks::of(b"a\0").has_nul);
    }

    #[test]
    fn what_tells_a_program_of_an_app_is_among_them() {
        for mark in TELLS {
            assert_eq!(Marks::of(mark.as_bytes()).scripts, [0], "{mark}");
        }
    }
}
