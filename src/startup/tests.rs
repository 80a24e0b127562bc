//! Every folder of `tests/fixtures/startup` is a shape: what the plans make of `in/` is `out/`, and
//! what they say is `plan.txt`. `UPDATE=1 cargo test --lib startup` writes both anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Options, Outcome, plan};
use crate::edit::{self, Edit, FileEdit, Fix};
use crate::project::{Facts, Project};
use crate::source::{ProjectPath, Source, Tree};
use crate::syntax::python;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/startup")
}

/// The files below a folder that are not hidden in caches, by relative path.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    if let Ok(tree) = Tree::open(root) {
        for path in tree.files() {
            let bytes = tree.read(&path).unwrap().unwrap_or_default();
            found.insert(path.as_str().to_owned(), bytes);
        }
    }
    found
}

/// Puts a fix into the tree.
fn apply(tree: &mut Tree, fix: &Fix) {
    let mut edits: BTreeMap<&ProjectPath, Vec<&Edit>> = BTreeMap::new();
    for edit in &fix.edits {
        edits.entry(&edit.path).or_default().push(edit);
    }
    for (path, edits) in edits {
        let bytes = tree.read(path).unwrap().unwrap();
        let source = Source::decode(path.clone(), &bytes).unwrap();
        let text = edit::apply(&source.text, source.newline(), &edits).unwrap();
        if path.name().ends_with(".py") {
            python::parse(&text).unwrap_or_else(|error| panic!("{path}: {error:?}\n{text}"));
        }
        tree.write(path.clone(), source.encode(&text).unwrap());
    }
    for file in &fix.files {
        match file {
            FileEdit::Create { path, text } => {
                assert!(!tree.exists(path), "{path} is there already");
                tree.write(path.clone(), text.clone().into_bytes());
            }
            FileEdit::Remove { path } => tree.remove(path.clone()),
        }
    }
}

/// Takes every plan, one a pass, until nothing is left to do; tells what the first pass planned.
fn settle(root: &Path) -> (Tree, String) {
    let mut tree = Tree::open(root).unwrap();
    let mut said = String::new();
    for pass in 0..8 {
        let project = Project::load(&tree);
        assert_eq!(project.unread, [], "{}", root.display());
        let facts = Facts::gather(&project);
        let moves = plan(&tree, &project, &facts, &Options::default());
        if pass == 0 {
            for planned in &moves {
                let serve = &facts.serves[planned.serves[0]];
                let module = project.module(serve.module);
                let line = module.source.lines().line(python::span(serve.call).start);
                write!(said, "{}:{line}: ", module.path()).unwrap();
                match &planned.outcome {
                    Outcome::Move { fix, target } => {
                        let applicability = format!("{:?}", fix.applicability).to_lowercase();
                        writeln!(said, "{} ({applicability}), {target:?}", fix.title).unwrap();
                    }
                    Outcome::Done { target } => writeln!(said, "done, {target:?}").unwrap(),
                    Outcome::Manual { reason, hint } => writeln!(said, "by hand: {reason}\n  hint: {hint}").unwrap(),
                }
                for note in &planned.notes {
                    let module = project.module(note.place.module);
                    let line = module.source.lines().line(note.place.span.start);
                    writeln!(said, "  {:?}, line {line}: {}", note.about, note.message).unwrap();
                }
            }
        }
        let fix = moves.iter().find_map(|planned| match &planned.outcome {
            Outcome::Move { fix, .. } => Some(fix.clone()),
            _ => None,
        });
        drop(facts);
        match fix {
            Some(fix) => apply(&mut tree, &fix),
            None => return (tree, said),
        }
    }
    panic!("{}: the plans do not come to an end", root.display());
}

#[test]
fn an_app_beside_python_2_is_not_half_moved() {
    let app = "from flask import Flask\n\napp = Flask(__name__)\n\nif __name__ == \"__main__\":\n    app.run()\n";
    let old = "from flask import Flask\napp = Flask(__name__)\nprint \"go\"\napp.run()\n";
    for (name, text, moved) in
        [("old.py", old, false), ("helper.py", "print \"no app\"\n", true), ("tools/old.py", old, true)]
    {
        let dir = tempfile::tempdir().unwrap();
        let mut tree = Tree::open(dir.path()).unwrap();
        tree.write(ProjectPath::new("app.py"), app.as_bytes().to_vec());
        tree.write(ProjectPath::new(name), text.as_bytes().to_vec());
        let project = Project::load(&tree);
        let moves = plan(&tree, &project, &Facts::gather(&project), &Options::default());
        let plans = moves.iter().map(|planned| matches!(planned.outcome, Outcome::Move { .. }));
        assert_eq!(plans.collect::<Vec<_>>(), [moved], "{name}");
    }
}

#[test]
fn every_shape_becomes_what_is_written_down() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut shapes: Vec<PathBuf> = fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().path()).collect();
    shapes.sort();
    assert!(shapes.len() >= 25, "only {} shapes", shapes.len());
    let mut wrong = Vec::new();
    for shape in shapes.iter().filter(|shape| shape.is_dir()) {
        let (tree, said) = settle(&shape.join("in"));
        let mut made = files(&shape.join("in"));
        for (path, content) in tree.changed() {
            match content {
                Some(bytes) => made.insert(path.as_str().to_owned(), bytes.to_vec()),
                None => made.remove(path.as_str()),
            };
        }
        let (out, plan) = (shape.join("out"), shape.join("plan.txt"));
        if update {
            let _ = fs::remove_dir_all(&out);
            for (path, bytes) in &made {
                let path = out.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, bytes).unwrap();
            }
            fs::write(plan, said).unwrap();
        } else if made != files(&out) || fs::read_to_string(plan).unwrap_or_default() != said {
            wrong.push(format!("{}\n{said}", shape.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
