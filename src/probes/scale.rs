//! Round trips over a large tree of other people's Python, as `benches/whole.py` makes one:
//!
//! ```sh
//! FLASKSHIP_TREE=~/.cache/flaskship-bench/large cargo test --lib -- --ignored every_file_of_a_large_tree
//! ```

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::edit::{self, Edit};
use crate::source::{ProjectPath, Source, Span, Tree, in_parallel};
use crate::syntax::python::{self, Expr, MAX_BYTES, Syntax, TokenKind, Visitor, ast, visitor};

/// The values `True` of keyword arguments.
#[derive(Default)]
struct Switches(Vec<Span>);

impl<'a> Visitor<'a> for Switches {
    fn visit_keyword(&mut self, keyword: &'a ast::Keyword) {
        if matches!(&keyword.value, Expr::BooleanLiteral(literal) if literal.value) {
            self.0.push(python::span(&keyword.value));
        }
        visitor::walk_keyword(self, keyword);
    }
}

/// What came of a file.
#[derive(Debug, PartialEq, Eq)]
enum Trip {
    /// Read, parsed and written back; so many switches were turned and nothing else changed.
    Round(usize),
    /// Not read, with the line that is to blame, where there is one.
    Unread(String, Option<usize>),
}

/// Reads, parses and writes a file back in memory, then again with every switch turned.
fn trip(path: &ProjectPath, bytes: &[u8]) -> Result<Trip, String> {
    if bytes.len() > MAX_BYTES {
        return Ok(Trip::Unread("too large".to_owned(), None));
    }
    let source = match Source::decode(path.clone(), bytes) {
        Ok(source) => source,
        Err(unread) => return Ok(Trip::Unread(unread.message, unread.line)),
    };
    if source.encode(&source.text).map_err(|error| error.to_string())? != bytes {
        return Err("is written back otherwise".to_owned());
    }
    let syntax = match python::parse(&source.text) {
        Ok(syntax) => syntax,
        Err(error) => {
            let line = source.line_column(error.at).line;
            return Ok(Trip::Unread(python::explain(&source.text, &error), Some(line)));
        }
    };
    let mut switches = Switches::default();
    switches.visit_body(syntax.body());
    let edits: Vec<Edit> = switches.0.iter().map(|span| Edit::replace(path, *span, "False")).collect();
    let turned = edit::apply(&source.text, source.newline(), &edits.iter().collect::<Vec<_>>())
        .map_err(|overlap| overlap.to_string())?;
    let again = python::parse(&turned).map_err(|error| format!("no longer parses: {}", error.message))?;
    let (before, after) = (tokens(&syntax, &source.text), tokens(&again, &turned));
    let changed: Vec<_> = before.iter().zip(&after).filter(|(one, other)| one != other).collect();
    let meant = |((_, old), (_, new)): &&(&(TokenKind, &str), &(TokenKind, &str))| *old == "True" && *new == "False";
    match before.len() == after.len() && changed.len() == edits.len() && changed.iter().all(|pair| meant(&pair)) {
        true => Ok(Trip::Round(edits.len())),
        false => Err("differs elsewhere than where it was edited".to_owned()),
    }
}

fn tokens<'a>(syntax: &Syntax, text: &'a str) -> Vec<(TokenKind, &'a str)> {
    let all = syntax.tokens(text, Span::new(0, text.len()));
    all.iter().map(|token| (token.kind(), python::span(token).of(text))).collect()
}

/// The files that the Python of this machine parses.
fn accepted(root: &Path, paths: &[ProjectPath]) -> BTreeSet<String> {
    const ASK: &str = "import ast, sys, warnings\nwarnings.simplefilter('ignore')\nfor path in sys.stdin.read().split('\\0'):\n    try:\n        compile(open(path, 'rb').read(), path, 'exec', ast.PyCF_ONLY_AST)\n        print(path, end='\\0')\n    except Exception:\n        pass\n";
    let mut python = Command::new("python3")
        .args(["-c", ASK])
        .current_dir(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is needed");
    let mut input = python.stdin.take().unwrap();
    let names: Vec<&str> = paths.iter().map(ProjectPath::as_str).collect();
    input.write_all(names.join("\0").as_bytes()).unwrap();
    drop(input);
    let output = python.wait_with_output().unwrap().stdout;
    String::from_utf8(output).unwrap().split('\0').map(str::to_owned).collect()
}

#[test]
#[ignore = "needs a large tree, named by FLASKSHIP_TREE"]
fn every_file_of_a_large_tree_goes_round() {
    let root = std::env::var("FLASKSHIP_TREE").expect("FLASKSHIP_TREE names the tree");
    let tree = Tree::open(Path::new(&root)).unwrap();
    let paths: Vec<ProjectPath> = tree.files().into_iter().filter(|path| path.name().ends_with(".py")).collect();
    let trips = in_parallel(&paths, |path| trip(path, &tree.read(path).unwrap().unwrap()));
    let accepted = accepted(tree.root(), &paths);
    let (mut round, mut turned, mut both, mut faults) = (0, 0, 0, Vec::new());
    for (path, trip) in paths.iter().zip(trips) {
        match trip {
            Ok(Trip::Round(switches)) => {
                round += 1;
                turned += switches;
            }
            Ok(Trip::Unread(why, line)) if accepted.contains(path.as_str()) => {
                faults.push(format!("{path}: CPython reads it: {why} ({line:?})"));
            }
            Ok(Trip::Unread(why, None)) if !why.contains("NUL") => faults.push(format!("{path}: no line: {why}")),
            Ok(Trip::Unread(..)) => both += 1,
            Err(why) => faults.push(format!("{path}: {why}")),
        }
    }
    let all = paths.len();
    println!(
        "{all} files: {round} went round with {turned} switches turned, {both} are read neither by CPython nor here"
    );
    assert_eq!(faults, Vec::<String>::new());
    assert!(round > 0);
}
