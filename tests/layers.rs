//! The architecture, held as data: which room may import which, which crates only one room may
//! name, and how rules are registered. The table is the one of the design.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room with the rooms it may import. A room is a file or a folder directly below `src/`.
const ROOMS: &[(&str, &[&str])] = &[
    ("merge", &[]),
    ("nearest", &[]),
    ("source", &[]),
    ("edit", &["source"]),
    ("finding", &["edit", "source"]),
    ("syntax", &["source"]),
    ("project", &["syntax", "source"]),
    ("render", &[]),
    ("leftovers", &["project", "edit", "source", "syntax"]),
    ("rules", &["project", "startup", "edit", "finding", "source", "syntax"]),
    ("startup", &["leftovers", "project", "edit", "source", "syntax", "render"]),
    ("deploy", &["project", "source", "syntax", "render", "merge", "nearest"]),
    ("change", &["source"]),
    (
        "engine",
        &[
            "rules",
            "startup",
            "leftovers",
            "deploy",
            "project",
            "syntax",
            "finding",
            "edit",
            "change",
            "source",
            "nearest",
        ],
    ),
    ("wizard", &["deploy", "project", "source"]),
    ("report", &["finding", "edit", "change", "source"]),
    ("verify", &["deploy", "project", "source"]),
    ("bench", &["deploy", "project", "source"]),
    ("cli", &["deploy", "rules"]),
    (
        "commands",
        &[
            "source", "edit", "finding", "syntax", "project", "render", "rules", "startup", "deploy", "change",
            "engine", "wizard", "report", "verify", "bench", "cli", "nearest",
        ],
    ),
    // What fuzzers and benchmarks call looks into every room and is part of none.
    ("probes", &["source", "edit", "syntax", "project", "deploy", "engine", "merge"]),
    ("lib", &["cli", "commands"]),
    ("main", &[]),
];

/// Crates that one place alone may name, so that it alone changes when they do.
const KEPT: &[(&str, &str)] = &[
    ("ruff_python_ast", "syntax/python.rs"),
    ("ruff_python_parser", "syntax/python.rs"),
    ("ruff_text_size", "syntax/python.rs"),
    ("handlebars", "render"),
    ("similar", "change"),
    ("dialoguer", "wizard"),
    ("diffy", "merge"),
    ("clap_complete", "cli.rs commands"),
    ("clap_mangen", "commands"),
    ("annotate_snippets", "report"),
    ("ignore", "source engine"),
];

/// Names of modules that say nothing of what is in them.
const NAMELESS: &[&str] = &["utils", "util", "helpers", "helper", "common", "misc"];

/// The headings of a rule's manual page, in order.
const HEADINGS: &[&str] = &["What it does", "Why is this bad", "Example", "Use instead", "Fix safety", "References"];

/// A source file: its path below `src/` and its code without comments, strings and test modules.
struct File {
    path: String,
    code: String,
}

impl File {
    fn room(&self) -> &str {
        self.path.split(['/', '.']).next().unwrap_or_default()
    }
}

fn sources() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.len() > 20, "the sources were not found");
    files
}

fn collect(root: &Path, dir: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            files.push(File { path: name, code: code_of(&fs::read_to_string(&path).unwrap()) });
        }
    }
}

/// The code without comments and with empty literals, so that a word in prose is no import.
fn code_of(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if let Some(length) = raw_string(rest).filter(|_| !code.ends_with(is_word)) {
            length
        } else if first == '"' {
            quoted(rest)
        } else if let Some(length) = character(rest) {
            length
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        rest = &rest[skipped..];
    }
    code
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of a raw string at the start: `r"…"`, `br#"…"#`.
fn raw_string(text: &str) -> Option<usize> {
    let body = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = body.len() - body.trim_start_matches('#').len();
    let inner = body[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let opened = text.len() - inner.len();
    Some(opened + inner.find(&end)? + end.len())
}

/// The length of the string at the start.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of the character at the start; `None` for a lifetime.
fn character(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    if let Some(escape) = inner.strip_prefix('\\') {
        let after = escape.chars().next()?.len_utf8();
        return Some(2 + after + escape[after..].find('\'')? + 1);
    }
    let c = inner.chars().next()?;
    inner[c.len_utf8()..].starts_with('\'').then(|| 2 + c.len_utf8())
}

/// The words that follow `crate::` in code, those in braces after it included.
fn imported(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| is_word(c) || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(list) => {
                let mut depth = 0;
                let mut item = String::new();
                for c in list.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => {
                            found.insert(first_word(&std::mem::take(&mut item)));
                            continue;
                        }
                        _ => {}
                    }
                    item.push(c);
                }
                found.insert(first_word(&item));
            }
            None => {
                found.insert(first_word(rest));
            }
        }
    }
    found.remove("");
    found
}

fn first_word(text: &str) -> String {
    text.trim_start().chars().take_while(|c| is_word(*c)).collect()
}

/// Whether `name` is used as a path's first part.
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].trim_end();
        let after = &code[at + name.len()..];
        // `a::similar` and `x.similar` are parts of something else, `::similar` is the crate.
        let inner = before.strip_suffix("::").is_some_and(|path| path.ends_with(|c| is_word(c) || c == '>'));
        let starts_path = !code[..at].ends_with(is_word) && !inner && !before.ends_with('.');
        let imported = before.ends_with("use") || before.ends_with("extern crate");
        starts_path && (after.starts_with("::") || (imported && !after.starts_with(is_word)))
    })
}

fn import_faults(files: &[File]) -> Vec<String> {
    let table: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let mut faults = Vec::new();
    for file in files {
        let Some(allowed) = table.get(file.room()) else {
            faults.push(format!("src/{} is in no room of the table", file.path));
            continue;
        };
        for name in imported(&file.code) {
            if name != file.room() && table.contains_key(name.as_str()) && !allowed.contains(&name.as_str()) {
                faults.push(format!("src/{} imports `{name}`, which `{}` may not", file.path, file.room()));
            }
        }
    }
    faults
}

fn crate_faults(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in files {
        for (name, places) in KEPT {
            let at_home = places.split(' ').any(|place| {
                file.path == place || file.path == format!("{place}.rs") || file.path.starts_with(&format!("{place}/"))
            });
            if !at_home && names_crate(&file.code, name) {
                faults.push(format!("src/{} names the crate `{name}`, which only {places} may", file.path));
            }
        }
    }
    faults
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    assert_eq!(import_faults(&sources()), Vec::<String>::new());
}

#[test]
fn crates_stay_in_their_rooms() {
    assert_eq!(crate_faults(&sources()), Vec::<String>::new());
}

#[test]
fn modules_have_names() {
    for file in sources() {
        for part in file.path.split(['/', '.']) {
            assert!(!NAMELESS.contains(&part), "src/{} is named for nothing", file.path);
        }
    }
}

/// The registered rules: name and file, as written in `src/rules/mod.rs` and its rule files.
#[test]
fn every_rule_file_is_registered_under_its_own_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let list = fs::read_to_string(root.join("mod.rs")).unwrap();
    let mut previous = String::new();
    for file in rule_files(&root) {
        let stem = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&file).unwrap();
        let registered = list.contains(&format!("{stem}::RULE"));
        assert!(registered, "paste into src/rules/mod.rs:\nmod {stem};\n    {stem}::RULE,");
        let at = list.find(&format!("{stem}::RULE")).unwrap();
        assert!(previous.is_empty() || list.find(&previous).unwrap() < at, "`{stem}` is not in alphabetic order");
        previous = format!("{stem}::RULE");
        let name = format!("\"{}\"", stem.replace('_', "-"));
        assert!(text.contains(&format!("name: {name}")), "src/rules/{stem}.rs does not name its rule {name}");
        assert_eq!(heading_fault(&text), None, "src/rules/{stem}.rs");
    }
}

/// Files of `src/rules` that define a rule.
fn rule_files(root: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().is_some_and(|name| name != "mod.rs"))
        .filter(|path| path.is_file() && fs::read_to_string(path).unwrap().contains("RULE: Rule"))
        .collect();
    files.sort();
    files
}

/// What is wrong with the headings of a manual page.
fn heading_fault(text: &str) -> Option<String> {
    let found: Vec<&str> = text
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .filter_map(|line| line.strip_prefix("//! ## "))
        .collect();
    if found != HEADINGS {
        return Some(format!("its manual page has the headings {found:?}, and needs {HEADINGS:?}"));
    }
    let crowded =
        text.lines().zip(text.lines().skip(1)).find(|(line, next)| line.starts_with("//! ##") && *next != "//!");
    crowded.map(|(line, _)| format!("there is no empty line below `{line}`"))
}

#[test]
fn the_table_can_be_broken() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), code: code_of(text) };
    let faults = |path: &str, text: &str| {
        let files = [file(path, text)];
        import_faults(&files).len() + crate_faults(&files).len()
    };
    assert_eq!(faults("source/walk.rs", "use crate::source::Span;"), 0);
    assert_eq!(faults("source/walk.rs", "use crate::project::Facts;"), 1);
    assert_eq!(faults("edit.rs", "use crate::{source::{Span, Tree}, rules::RULES};"), 1);
    assert_eq!(faults("finding.rs", "fn f() -> crate::engine::Fixed { todo() }"), 1);
    assert_eq!(faults("nowhere/mod.rs", ""), 1);
    assert_eq!(faults("rules/debug.rs", "use ruff_python_ast::Expr;"), 1);
    assert_eq!(faults("rules/debug.rs", "let x = ::similar::TextDiff::new();"), 1);
    assert_eq!(faults("commands/new.rs", "use dialoguer as ask;"), 1);
    // Words in comments, texts and other names are no imports.
    assert_eq!(faults("source/walk.rs", "// crate::rules\nlet x = \"crate::rules \\\" crate::cli\";"), 0);
    assert_eq!(
        faults("source/walk.rs", "let x = r#\"use similar::x;\"#; let y = dissimilar::x(a.similar::<u8>());"),
        0
    );
    assert_eq!(faults("source/walk.rs", "let q = '\"'; use crate::rules::RULES; let r = '\\'';"), 1);
}

#[test]
fn the_headings_can_be_missed() {
    let page = |headings: &[&str]| {
        headings.iter().map(|heading| format!("//! ## {heading}\n//!\n//! x\n")).collect::<String>()
    };
    assert_eq!(heading_fault(&page(HEADINGS)), None);
    assert!(heading_fault(&page(HEADINGS).replace("bad", "bad?")).is_some());
    assert!(heading_fault(&page(HEADINGS).replace("##", "###")).is_some());
    assert!(heading_fault(&page(HEADINGS).replace("Example\n//!\n", "Example\n")).is_some());
    assert!(heading_fault(&page(&HEADINGS[1..])).is_some());
    assert!(heading_fault("//! A rule.\nfn x() {}\n").is_some());
}
