//! What must hold for any bytes.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use tempfile::TempDir;

use crate::deploy::{self, Answers, Origin, Stored};
use crate::engine::{self, Fixed, Options};
use crate::merge::{Merged, has_marks};
use crate::source::{ProjectPath, Source, Span, Tree};
use crate::syntax::command::{self, Command, Shell};
use crate::syntax::nodes::{self, Nodes};
use crate::syntax::{dockerfile, dotenv, ini, procfile, python, requirements};

/// Parts an input into the files of a project, or the sides of a merge.
const SEPARATOR: u8 = 0;

/// An app for files that are about one.
const APP: &[u8] = b"import os\nfrom flask import Flask\napp = Flask(__name__)\nif __name__ == '__main__':\n    app.run(host='0.0.0.0', port=int(os.environ.get('PORT', 5000)), debug=True)\n";

/// The names that an input for [`syntax`] can have, by its first byte.
const NAMES: &[&str] = &[
    "Dockerfile",
    "docker-compose.yml",
    ".env",
    "app.service",
    "run.sh",
    "Procfile",
    "Makefile",
    "requirements.txt",
    "supervisord.conf",
    "setup.cfg",
    "package.json",
    "pyproject.toml",
    "Pipfile",
    "run.bat",
    "crontab",
    "ecosystem.config.js",
    "app.ipynb",
    ".vscode/launch.json",
    ".github/workflows/deploy.yml",
    "README.md",
];

/// The Python front: `app.py`, and behind NUL bytes `settings.py` and `run.py`. What is decoded comes
/// back to the same bytes; whatever is fixed parses, and a second run finds nothing to do.
///
/// # Panics
/// A promise is broken.
pub fn python(data: &[u8]) {
    let parts: Vec<&[u8]> = data.splitn(3, |byte| *byte == SEPARATOR).collect();
    let files: Vec<(&str, &[u8])> = ["app.py", "settings.py", "run.py"].into_iter().zip(parts).collect();
    for (path, bytes) in &files {
        let Ok(source) = Source::decode(ProjectPath::new(*path), bytes) else { continue };
        assert_eq!(source.encode(&source.text).ok().as_deref(), Some(*bytes), "`{path}` would be written otherwise");
        if let Ok(parsed) = engine::on_deep_stack(|| python::parse(&source.text)) {
            let spans = parsed.iter().flat_map(|syntax| syntax.comments(&source.text));
            spans.for_each(|span| lies_in(span, &source.text));
        }
    }
    fix_twice(&files);
}

/// The small syntaxes: the first byte chooses the name of the file, the rest is in it.
///
/// # Panics
/// A promise is broken.
pub fn syntax(data: &[u8]) {
    let Some((first, bytes)) = data.split_first() else { return };
    let name = NAMES[usize::from(*first) % NAMES.len()];
    if let Ok(source) = Source::decode(ProjectPath::new(name), bytes) {
        parse(&source.text);
    }
    fix_twice(&[("app.py", APP), (name, bytes)]);
}

/// The three-way merge of a base, a person's text and a new one, with NUL bytes between them: what the
/// person wrote is in the result, and one side alone simply wins.
///
/// # Panics
/// A promise is broken.
pub fn merge(data: &[u8]) {
    let mut parts = data.splitn(3, |byte| *byte == SEPARATOR);
    let [base, yours, new] = [(); 3].map(|()| parts.next().unwrap_or_default());
    let kept = match crate::merge::merge(base, yours, new) {
        Merged::Clean(text) => text,
        Merged::Conflict(conflict) => {
            assert!(conflict.places > 0 && has_marks(&conflict.marked), "a conflict that is not marked");
            keeps_lines(base, yours, &conflict.marked);
            conflict.yours
        }
    };
    keeps_lines(base, yours, &kept);
    assert_eq!(crate::merge::merge(base, yours, base), Merged::Clean(yours.to_vec()), "what is not new changes yours");
    if let Merged::Clean(text) = crate::merge::merge(base, base, new) {
        assert_eq!(lines(&text), lines(new), "what nobody touched is not the new text");
    } else {
        panic!("a conflict with nobody");
    }
}

/// `flaskship.toml`: as the project's settings, and as what answers are kept in. What is written is
/// TOML that says what was answered, keeps every line, and is written once.
///
/// # Panics
/// A promise is broken.
pub fn settings(data: &[u8]) {
    fix_twice(&[("app.py", APP), (deploy::FILE, data)]);
    fix_twice(&[("app.py", APP), ("pyproject.toml", data)]);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let tree = tree(&[(deploy::FILE, data)]);
    if Stored::read(&tree).is_err() {
        return;
    }
    let said: Answers = toml::from_str(ANSWERS).unwrap_or_default();
    assert!(!said.is_empty(), "the answers are none");
    let (answers, origins) = deploy::merge([(Origin::Flag, said.clone())]);
    let Ok(Some(new)) = deploy::remember(Some(text), &answers, &origins) else { return };
    keeps_lines(b"", without_answers(text, &said).as_bytes(), new.as_bytes());
    let tree = self::tree(&[(deploy::FILE, new.as_bytes())]);
    let stored = Stored::read(&tree).unwrap_or_else(|error| panic!("what was written is not read: {error}\n{new}"));
    let (said, stored) = (said.to_table(), stored.answers.to_table());
    assert!(said.iter().all(|(key, value)| stored.get(key) == Some(value)), "an answer is lost:\n{new}");
    let again = deploy::remember(Some(&new), &answers, &origins);
    assert!(matches!(again, Ok(None)), "written twice: {again:?}\n{new}");
}

/// What is answered in [`settings`].
const ANSWERS: &str = "server = 'waitress'\nport = 8001\ndomain = ['a.example', 'b.example']\n";

/// The lines that do not give a value to what is answered.
fn without_answers(text: &str, said: &Answers) -> String {
    let said = said.to_table();
    // A value over several lines goes with its key.
    if text.contains("'''") || text.contains("\"\"\"") || text.contains('[') && text.contains("domain") {
        return String::new();
    }
    let is_answer = |line: &&str| said.keys().any(|key| line.contains(key.as_str()));
    text.split_inclusive('\n').filter(|line| !is_answer(line)).collect()
}

/// A project of these files, in memory.
fn tree(files: &[(&str, &[u8])]) -> Tree {
    static EMPTY: LazyLock<Option<TempDir>> = LazyLock::new(|| tempfile::tempdir().ok());
    let root = EMPTY.as_ref().map_or(Path::new("/nonexistent"), TempDir::path);
    let mut tree = Tree::open(root).unwrap_or_else(|error| panic!("no empty folder to work in: {error}"));
    for (path, bytes) in files {
        tree.write(ProjectPath::new(*path), bytes.to_vec());
    }
    tree
}

/// Fixes a project in memory, and once more.
fn fix_twice(files: &[(&str, &[u8])]) {
    for unsafe_fixes in [false, true] {
        let options = Options { unsafe_fixes, ..Options::default() };
        let before = tree(files);
        let Ok(fixed) = engine::fix(&before, &options) else { return };
        holds(&fixed, files);
        let Ok(again) = engine::fix(&fixed.tree, &options) else { panic!("the settings cannot be followed any more") };
        assert!(
            again.applied.is_empty(),
            "a second run has something to do: {:?}\n{}",
            again.applied,
            show(&fixed.tree)
        );
    }
}

/// What is promised of a run.
fn holds(fixed: &Fixed, files: &[(&str, &[u8])]) {
    assert!(fixed.given_back.is_empty(), "a fix failed its proof: {:?}", fixed.given_back);
    assert!(fixed.stable, "the fixes never end");
    let edited: BTreeSet<&ProjectPath> = fixed.tree.changed().map(|(path, _)| path).collect();
    for (path, bytes) in fixed.tree.changed() {
        let Some(bytes) = bytes else { continue };
        let given = files.iter().find(|(name, _)| *name == path.as_str()).map(|(_, bytes)| *bytes);
        if given == Some(bytes) || !path.is_python() {
            continue;
        }
        let source =
            Source::decode(path.clone(), bytes).unwrap_or_else(|unread| panic!("`{path}`: {}", unread.message));
        let parsed = engine::on_deep_stack(|| python::parse(&source.text).map(drop));
        assert!(matches!(parsed, Ok(Ok(()))), "`{path}` of {edited:?} does not parse: {parsed:?}\n{}", source.text);
    }
}

/// The files of a tree, for a message.
fn show(tree: &Tree) -> String {
    let text = |bytes: Option<&[u8]>| bytes.map_or("(gone)".into(), String::from_utf8_lossy).into_owned();
    tree.changed().map(|(path, bytes)| format!("--- {path}\n{}\n", text(bytes))).collect()
}

/// Reads a text with every parser: each place it tells lies in the text.
fn parse(text: &str) {
    for instruction in dockerfile::parse(text).instructions {
        [instruction.arguments, instruction.span].into_iter().for_each(|span| lies_in(span, text));
    }
    for variable in dotenv::parse(text) {
        [variable.span, variable.value_span].into_iter().for_each(|span| lies_in(span, text));
    }
    for entry in ini::parse(text) {
        [entry.span, entry.value].into_iter().for_each(|span| lies_in(span, text));
        for parted in [ini::Parted::Comma, ini::Parted::Space, ini::Parted::Line] {
            for pair in ini::pairs(text, entry.value, parted) {
                [pair.span, pair.value_span].into_iter().for_each(|span| lies_in(span, text));
            }
        }
    }
    procfile::parse(text).iter().for_each(|process| lies_in(process.command, text));
    requirements::parse(text).list.iter().for_each(|requirement| lies_in(requirement.span, text));
    for shell in [Shell::Posix, Shell::Folded, Shell::Batch] {
        command::parse(text, Span::new(0, text.len()), shell).iter().for_each(|command| command_lies_in(command, text));
    }
    [nodes::json(text), nodes::yaml(text), nodes::toml(text), nodes::ecosystem(text)]
        .iter()
        .flatten()
        .for_each(|nodes| nodes_lie_in(nodes, text));
}

fn command_lies_in(command: &Command, text: &str) {
    command.whole().into_iter().chain(command.span()).for_each(|span| lies_in(span, text));
    for assignment in &command.assignments {
        [assignment.span, assignment.value_span].into_iter().for_each(|span| lies_in(span, text));
    }
    for word in &command.words {
        lies_in(word.span, text);
        if let Some(content) = word.content {
            lies_in(content, text);
        }
    }
}

fn nodes_lie_in(nodes: &Nodes, text: &str) {
    for (id, node) in nodes.iter() {
        let removal = nodes.removal(text, id).into_iter().chain(nodes.removal_of_block(text, id));
        [node.span, nodes.entry(id)].into_iter().chain(removal).for_each(|span| lies_in(span, text));
    }
}

/// A place in a text: its ends are in order, and between characters.
fn lies_in(span: Span, text: &str) {
    let Span { start, end } = span;
    let holds = start <= end && text.is_char_boundary(start) && text.is_char_boundary(end);
    assert!(holds, "{start}..{end} is no place in a text of {} bytes", text.len());
}

/// The lines of a text, whatever ends them.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    let body = |line: &'_ [u8]| line.len() - line.iter().rev().take_while(|byte| b"\r\n".contains(byte)).count();
    text.split_inclusive(|byte| *byte == b'\n').map(|line| &line[..body(line)]).collect()
}

/// Every line of `yours` that is not of `base` is in `kept`, as often.
fn keeps_lines(base: &[u8], yours: &[u8], kept: &[u8]) {
    let (base, mine, kept) = (lines(base), lines(yours), lines(kept));
    let count = |lines: &[&[u8]], line: &[u8]| lines.iter().filter(|it| **it == line).count();
    for line in &mine {
        let written = count(&mine, line).saturating_sub(count(&base, line));
        assert!(count(&kept, line) >= written, "{:?} is lost", String::from_utf8_lossy(line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds a probe what is kept for it.
    fn each(target: &str, probe: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
        let mut inputs: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        inputs.sort();
        assert!(inputs.len() > 20, "{} is nearly empty", folder.display());
        for input in inputs {
            let data = std::fs::read(&input).unwrap();
            if std::panic::catch_unwind(|| probe(&data)).is_err() {
                panic!("broken by {}", input.display());
            }
        }
    }

    #[test]
    fn any_python() {
        each("python", python);
    }

    #[test]
    fn any_small_syntax() {
        each("syntax", syntax);
    }

    #[test]
    fn any_merge() {
        each("merge", merge);
    }

    #[test]
    fn any_settings() {
        each("settings", settings);
    }
}
