//! Which Python files can have to do with Flask, found out without parsing them.
//!
//! A large tree holds few files that matter: those that import Flask or a framework on it, those that
//! import one of these, and so on, for any of them may start or configure the app. What those import in
//! turn is found when they are parsed.

use std::collections::BTreeSet;

use memchr::{memchr, memmem, memrchr};
use rustc_hash::{FxHashMap, FxHashSet};

use super::marks::Marks;
use crate::source::{ProjectPath, in_parallel, is_in, with_parents};

/// What a look at a file's bytes tells.
#[derive(Clone, Debug, Default)]
pub(super) struct Glance {
    /// The lines that import.
    lines: Box<[u8]>,
    /// Hashes of the words on them, sorted.
    words: Box<[u32]>,
    /// Whether anything is imported by a relative name.
    relative: bool,
    /// Whether Flask or a framework on it is imported.
    framework: bool,
    /// Whether something called `DEBUG` gets a value, or one of Flask's variables is named.
    settings: bool,
    /// Whether these are no bytes that Python reads, which a person should be told.
    strange: bool,
}

impl Glance {
    /// Looks at a file.
    pub(super) fn at(bytes: &[u8], marks: &Marks) -> Self {
        // As much as most lines take, so that neither grows piece by piece.
        let mut lines = Vec::with_capacity(marks.imports.len() * 64);
        let mut words = Vec::with_capacity(marks.imports.len() * 8);
        let (mut relative, mut framework) = (false, false);
        for line in import_lines(bytes, marks.imports.iter().copied()) {
            relative |= is_relative(line);
            lines.extend_from_slice(line);
            lines.push(b'\n');
            for word in words_of(line) {
                framework |= is_framework(word);
                words.push(hash(word));
            }
        }
        words.sort_unstable();
        words.dedup();
        Self {
            // Thousands of these are kept at once, and what an allocator makes smaller may stay where it is.
            lines: lines.as_slice().into(),
            words: words.as_slice().into(),
            relative,
            framework,
            settings: !marks.flask.is_empty() || marks.debug.iter().any(|at| sets_debug(&bytes[*at..])),
            strange: marks.has_nul || bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff"),
        }
    }

    /// The imports of the file, as [`seeming_imports`] reads them.
    pub(super) fn imports(&self) -> BTreeSet<(u32, String)> {
        seeming_imports(&self.lines)
    }
}

/// The files that imports are looked for of, by the words that a line has on it that imports one of them.
struct Wanted<'a> {
    /// By the hash of the last part of a file's import name: the folders that hold such files, each with
    /// the hash of its own name.
    homes: FxHashMap<u32, Vec<(u32, &'a str)>>,
    /// A bit for each value of a hash's lower part: most files have none of the words, and looking each
    /// word of each file up took longer than all else that is done here.
    bits: Vec<u64>,
    /// The folders of packages.
    packages: FxHashSet<&'a str>,
}

impl<'a> Wanted<'a> {
    const BITS: usize = 1 << 16;

    fn new(files: impl Iterator<Item = &'a ProjectPath>) -> Self {
        let mut wanted =
            Self { homes: FxHashMap::default(), bits: vec![0; Self::BITS / 64], packages: FxHashSet::default() };
        for path in files {
            let (mut home, mut stem) = (path.dir(), path.stem());
            if stem == "__init__" {
                wanted.packages.insert(home);
                (home, stem) = home.rsplit_once('/').unwrap_or(("", home));
            }
            let stem = hash(stem.as_bytes());
            let name = home.rsplit('/').next().unwrap_or_default();
            wanted.homes.entry(stem).or_default().push((hash(name.as_bytes()), home));
            let at = stem as usize % Self::BITS;
            wanted.bits[at / 64] |= 1 << (at % 64);
        }
        wanted
    }

    /// Whether a file in a folder may import one of these. What is imported is named, and so is the folder
    /// that it is in, unless imports are looked for in that folder: the file's own, one above it, or `src`.
    fn may_be_in(&self, glance: &Glance, dir: &str) -> bool {
        let is_named = |word: &u32| glance.words.binary_search(word).is_ok();
        let mut stems = glance.words.iter().filter(|hash| {
            let at = **hash as usize % Self::BITS;
            self.bits[at / 64] & (1 << (at % 64)) != 0
        });
        stems.any(|stem| {
            let homes = self.homes.get(stem).map_or(&[][..], Vec::as_slice);
            homes.iter().any(|(name, home)| is_named(name) || is_in(dir, home) || *home == "src")
        }) || glance.relative && with_parents(dir).any(|dir| self.packages.contains(dir))
    }
}

/// The files, by index, that can have to do with Flask, sorted; none where no file imports it. `paths`
/// is sorted; `imports` gives the files of the project that a file imports.
pub(super) fn reach(
    paths: &[&ProjectPath],
    glances: &[&Glance],
    imports: impl Fn(&[usize]) -> Vec<BTreeSet<ProjectPath>>,
) -> Vec<usize> {
    let mut reached: Vec<bool> = glances.iter().map(|glance| glance.framework).collect();
    let mut newest: Vec<usize> = (0..paths.len()).filter(|index| reached[*index]).collect();
    if newest.is_empty() {
        return Vec::new();
    }
    let mut known: Vec<Option<BTreeSet<ProjectPath>>> = paths.iter().map(|_| None).collect();
    while !newest.is_empty() {
        let wanted = Wanted::new(newest.iter().map(|index| paths[*index]));
        let candidates = filter_in_parallel(paths.len(), |index| {
            !reached[index] && wanted.may_be_in(glances[index], paths[index].dir())
        });
        let fresh: Vec<usize> = candidates.iter().copied().filter(|index| known[*index].is_none()).collect();
        for (index, targets) in fresh.iter().zip(imports(&fresh)) {
            known[*index] = Some(targets);
        }
        let found = |path: &ProjectPath| paths.binary_search(&path).is_ok_and(|index| reached[index]);
        newest = candidates
            .into_iter()
            .filter(|index| known[*index].as_ref().is_some_and(|targets| targets.iter().any(found)))
            .collect();
        for index in &newest {
            reached[*index] = true;
        }
    }
    // Settings that are chosen by a text nobody can follow lie near the app that they are for.
    let homes: BTreeSet<&str> = (0..paths.len()).filter(|index| reached[*index]).map(|at| paths[at].dir()).collect();
    (0..paths.len())
        .filter(|index| {
            let glance = &glances[*index];
            reached[*index] || glance.strange || glance.settings && is_near(paths[*index].dir(), &homes)
        })
        .collect()
}

/// The numbers below one that something is true of, sorted.
fn filter_in_parallel(end: usize, is_wanted: impl Fn(usize) -> bool + Sync) -> Vec<usize> {
    /// As many as take longer to look at than a thread takes to start.
    const SHARE: usize = 4096;
    let starts: Vec<usize> = (0..end).step_by(SHARE).collect();
    let shares = in_parallel(&starts, |start| {
        (*start..end.min(start + SHARE)).filter(|index| is_wanted(*index)).collect::<Vec<_>>()
    });
    shares.concat()
}

/// Whether a folder, one above it, or one below that from which it starts holds an app's code.
fn is_near(dir: &str, homes: &BTreeSet<&str>) -> bool {
    let base = dir.rsplit_once('/').map_or(dir, |(parent, _)| parent);
    let below = |home: &&str| is_in(home, base);
    with_parents(dir).any(|dir| homes.contains(dir)) || homes.range(base..).next().is_some_and(below)
}

/// The imports that a file's text seems to have, as level and dotted name, as those of a parsed module:
/// `from a import b` may mean the module `a.b`. A few may be none, in a string or a comment.
fn seeming_imports(bytes: &[u8]) -> BTreeSet<(u32, String)> {
    let mut found = BTreeSet::new();
    for line in import_lines(bytes, memmem::find_iter(bytes, b"import")) {
        let text = String::from_utf8_lossy(line);
        let code = text.trim_start();
        if let Some(rest) = code.strip_prefix("from").filter(|rest| rest.starts_with([' ', '\t', '.'])) {
            let Some((module, names)) = rest.split_once("import") else { continue };
            let module: String = module.chars().filter(|it| !it.is_whitespace()).collect();
            let dotted = module.trim_start_matches('.');
            let level = u32::try_from(module.len() - dotted.len()).unwrap_or(u32::MAX);
            found.insert((level, dotted.to_owned()));
            for name in words_of(names.as_bytes()).filter_map(|word| std::str::from_utf8(word).ok()) {
                let joined = if dotted.is_empty() { name.to_owned() } else { format!("{dotted}.{name}") };
                found.insert((level, joined));
            }
        } else {
            // `import a.b as c`, and `importlib.import_module("a.b")`.
            let parts = code.split(|it: char| !(it.is_alphanumeric() || it == '_' || it == '.'));
            found.extend(parts.filter(|part| !part.is_empty()).map(|part| (0, part.trim_matches('.').to_owned())));
        }
    }
    found
}

/// The lines that speak of an import, at some places, with those they go on in.
fn import_lines(bytes: &[u8], places: impl Iterator<Item = usize>) -> impl Iterator<Item = &[u8]> {
    let mut done = 0;
    places.filter_map(move |at| {
        // What pytest skips a test without is only asked for.
        if at < done || bytes[at..].starts_with(b"importorskip") {
            return None;
        }
        let start = memrchr(b'\n', &bytes[..at]).map_or(0, |newline| newline + 1);
        let mut end = line_end(bytes, at);
        if memchr(b'(', &bytes[start..end]).is_some() && memchr(b')', &bytes[start..end]).is_none() {
            // A list of names is not this long; a bracket that never closes is none.
            let limit = bytes.len().min(end + 8192);
            end = memchr(b')', &bytes[end..limit]).map_or(end, |close| end + close);
        }
        while bytes[start..end].trim_ascii_end().ends_with(b"\\") && end < bytes.len() {
            end = line_end(bytes, end + 1);
        }
        done = end;
        Some(&bytes[start..end])
    })
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    let from = from.min(bytes.len());
    memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |newline| from + newline)
}

fn words_of(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80)).filter(|word| !word.is_empty())
}

fn is_relative(line: &[u8]) -> bool {
    line.trim_ascii_start().strip_prefix(b"from").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"."))
}

/// Whether a word is the name of Flask, of what it is built on, or of a framework on it.
fn is_framework(word: &[u8]) -> bool {
    let starts = |name: &[u8]| word.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    starts(b"flask")
        || matches!(
            word,
            b"werkzeug" | b"apiflask" | b"connexion" | b"eve" | b"dash" | b"jupyter_dash" | b"dash_extensions"
        )
}

/// Whether what starts with `DEBUG` gives it a value: `DEBUG = True`, `app.config["DEBUG"] = True`,
/// `{"DEBUG": True}`.
fn sets_debug(bytes: &[u8]) -> bool {
    let rest = &bytes[b"DEBUG".len()..];
    let behind = rest.iter().position(|byte| !b"\"'] \t".contains(byte)).map_or(&[][..], |skip| &rest[skip..]);
    !matches!(behind, [b'=', b'=', ..]) && matches!(behind.first(), Some(b'=' | b':'))
}

/// FNV-1a, 32 bits: short words, and a collision only costs a second look.
fn hash(word: &[u8]) -> u32 {
    word.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(files: &[(&str, &str)]) -> Vec<String> {
        let tree: std::collections::BTreeMap<ProjectPath, &str> =
            files.iter().map(|(path, text)| (ProjectPath::new(*path), *text)).collect();
        let paths: Vec<&ProjectPath> = tree.keys().collect();
        let all: Vec<Glance> =
            tree.values().map(|text| Glance::at(text.as_bytes(), &Marks::of(text.as_bytes()))).collect();
        let glances: Vec<&Glance> = all.iter().collect();
        let imports = |indexes: &[usize]| {
            let targets = |index: &usize| {
                let names = all[*index].imports();
                let dir = paths[*index].dir();
                names
                    .iter()
                    .flat_map(|(level, dotted)| {
                        let root = if *level == 0 { "" } else { dir };
                        let path = ProjectPath::in_dir(root, &dotted.replace('.', "/"));
                        [ProjectPath::new(format!("{path}.py")), ProjectPath::in_dir(path.as_str(), "__init__.py")]
                    })
                    .collect()
            };
            indexes.iter().map(targets).collect()
        };
        reach(&paths, &glances, imports).into_iter().map(|index| paths[index].to_string()).collect()
    }

    #[test]
    fn what_leads_to_flask_is_reached_and_nothing_else() {
        let files = [
            ("shop/__init__.py", "from .app import app\n"),
            ("shop/app.py", "from flask import Flask\napp = Flask(__name__)\n"),
            ("run.py", "from shop import (  # the app\n    app,\n)\napp.run()\n"),
            ("late.py", "import importlib\nimportlib.import_module('shop').app.run()\n"),
            ("tool.py", "import os\nos.system('x')\n"),
            ("test_tool.py", "import pytest\npytest.importorskip('flask')\n"),
            ("app.py", "import numpy\n"),
        ];
        assert_eq!(reached(&files), ["late.py", "run.py", "shop/__init__.py", "shop/app.py"]);
    }

    #[test]
    fn without_a_framework_nothing_is_reached() {
        assert!(reached(&[("a.py", "import b\n"), ("b.py", "DEBUG = True\n")]).is_empty());
    }

    #[test]
    fn settings_near_an_app_are_reached() {
        let files = [
            ("site/app.py", "import flask\n"),
            ("site/config/prod.py", "DEBUG = True\n"),
            ("site/config/other.py", "level = logging.DEBUG\n"),
            ("elsewhere/deep/settings.py", "DEBUG = True\n"),
        ];
        assert_eq!(reached(&files), ["site/app.py", "site/config/prod.py"]);
    }

    #[test]
    fn imports_are_read_off_their_lines() {
        let text =
            b"from ..a import b as c, \\\n    d\nimport x.y as z, w\nfrom . import (\n  e,\n  f)\nfrom a import *\n";
        let found = seeming_imports(text);
        for wanted in [(2, "a"), (2, "a.b"), (2, "a.d"), (0, "x.y"), (0, "w"), (1, "e"), (1, "f"), (0, "a")] {
            assert!(found.contains(&(wanted.0, wanted.1.to_owned())), "{wanted:?} in {found:?}");
        }
    }

    #[test]
    fn only_what_gives_debug_a_value_sets_it() {
        let sets = |text: &[u8]| Glance::at(text, &Marks::of(text)).settings;
        assert!(sets(b"DEBUG = True") && sets(b"c['DEBUG'] = 1") && sets(b"{\"DEBUG\": 1}"));
        assert!(!sets(b"if DEBUG == 1") && !sets(b"logging.DEBUG\n") && !sets(b"DEBUG)"));
    }
}
