//! A project's own templates, and the second run of `new`, through the program itself.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod scratch;

use std::fs;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use scratch::{Project, tree};

const APP: &[u8] = b"from flask import Flask\n\napp = Flask(__name__)\n";

fn project() -> Project {
    Project::with(&[("app.py", APP), ("requirements.txt", b"flask\ngunicorn\n")])
}

fn read(project: &Project, path: &str) -> String {
    fs::read_to_string(project.root().join(path)).unwrap()
}

#[test]
fn an_ejected_template_is_rendered_as_the_person_changed_it() {
    let project = project();
    let before = tree(&project.root());
    let ran = project.flaskship(["templates", "eject", "gunicorn", "gunicorn.conf.py.hbs"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let path = ".flaskship/templates/gunicorn/gunicorn.conf.py.hbs";
    let shown = project.flaskship(["templates", "show", "gunicorn", "gunicorn.conf.py.hbs"]);
    assert_eq!(shown.text(), read(&project, path));
    // It goes as it came.
    assert_eq!(project.flaskship(["undo"]).code, 0);
    assert_eq!(tree(&project.root()), before);

    project.flaskship(["templates", "eject", "gunicorn", "gunicorn.conf.py.hbs"]);
    project.write(path, b"# ours: {{app.target}}\n");
    assert!(project.flaskship(["templates", "list"]).text().contains("gunicorn.conf.py.hbs  (the project's own)"));
    assert_eq!(project.flaskship(["new", "--yes"]).code, 0);
    assert_eq!(read(&project, "gunicorn.conf.py"), "# ours: app:app\n");
}

#[test]
fn a_broken_template_is_told_with_file_line_and_field() {
    let project = project();
    project.write(".flaskship/templates/gunicorn/gunicorn.conf.py.hbs", b"a\n{{app.tarket}}\n");
    let before = tree(&project.root());
    let ran = project.flaskship(["new", "--yes"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr
            .contains("`.flaskship/templates/gunicorn/gunicorn.conf.py.hbs`, line 2: there is no field `app.tarket`"),
        "{}",
        ran.stderr
    );
    assert_eq!(tree(&project.root()), before);
}

#[test]
fn a_set_of_the_project_needs_no_rust_and_writes_nowhere_else() {
    let project = project();
    let set = |path: &str| {
        format!(
            "name = \"motd\"\ndescription = \"a greeting\"\n\n[when]\nserver = \"gunicorn\"\n\n\
             [[file]]\ntemplate = \"motd.hbs\"\npath = \"{path}\"\nformat = \"shell\"\n"
        )
    };
    project.write(".flaskship/templates/motd/motd.hbs", b"echo \"{{place.home}}\"\n");
    for outside in ["../motd.sh", "/tmp/motd.sh", ".git/hooks/pre-commit"] {
        project.write(".flaskship/templates/motd/template.toml", set(outside).as_bytes());
        let before = tree(&project.root());
        let ran = project.flaskship(["new", "--yes"]);
        assert_eq!(ran.code, 2, "{outside}: {}", ran.stderr);
        assert_eq!(tree(&project.root()), before, "{outside}");
    }
    project.write(".flaskship/templates/motd/template.toml", set("deploy/motd.sh").as_bytes());
    assert_eq!(project.flaskship(["new", "--yes", "--home", "/srv/a b"]).code, 0);
    assert_eq!(read(&project, "deploy/motd.sh"), "echo \"/srv/a b\"\n");
    let waitress = project.flaskship(["new", "--server", "waitress"]);
    assert_eq!(waitress.code, 0, "{}", waitress.stderr);
    assert!(!project.root().join("deploy/motd.sh").exists(), "{}", waitress.stderr);
}

#[test]
fn sets_and_files_that_do_not_exist_are_told_with_the_nearest() {
    let project = project();
    for (arguments, hint) in [
        (&["templates", "show", "ngnix"][..], "did you mean `nginx`?"),
        (&["templates", "eject", "gunicorn", "gunicorn.conf.py"], "did you mean `gunicorn.conf.py.hbs`?"),
        (&["templates", "show", "kubernetes"], "there are "),
    ] {
        let ran = project.flaskship(arguments);
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    }
}

/// A change by hand: a line put in, taken out, or written anew, at a place from 0 to 1.
#[derive(Clone, Debug)]
enum Hand {
    Insert(f64, u8),
    Delete(f64),
    Replace(f64, u8),
}

fn hand() -> impl Strategy<Value = Hand> {
    let place = || 0.0..1.0f64;
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(at, what)| Hand::Insert(at, what)),
        place().prop_map(Hand::Delete),
        (place(), any::<u8>()).prop_map(|(at, what)| Hand::Replace(at, what)),
    ]
}

fn by_hand(text: &str, hands: &[Hand]) -> (String, Vec<String>) {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut written = Vec::new();
    for (number, hand) in hands.iter().enumerate() {
        let place = |at: &f64, length: usize| (at * length as f64) as usize;
        let line = |what: &u8| format!("# by hand {number}-{what}");
        match hand {
            Hand::Insert(at, what) => {
                lines.insert(place(at, lines.len() + 1), line(what));
                written.push(line(what));
            }
            Hand::Delete(at) if lines.len() > 1 => {
                let line = lines.remove(place(at, lines.len()));
                written.retain(|kept| *kept != line);
            }
            Hand::Replace(at, what) if !lines.is_empty() => {
                let at = place(at, lines.len());
                let old = std::mem::replace(&mut lines[at], line(what));
                written.retain(|kept| *kept != old);
                written.push(line(what));
            }
            Hand::Delete(_) | Hand::Replace(..) => {}
        }
    }
    (lines.join("\n") + "\n", written)
}

#[test]
fn whatever_a_person_and_the_answers_change_no_hand_written_line_is_lost() {
    let answers = [
        &["--threads", "9"][..],
        &["--timeout", "77"],
        &["--domain", "other.example.com"],
        &["--proxy", "apache"],
        &["--rate-limit", "3"],
        &["--metrics", "true"],
        &["--server", "waitress"],
        &["--body-limit", "1m"],
        &[],
    ];
    let files = ["gunicorn.conf.py", "deploy/README.md", "deploy/nginx/project.conf"];
    let case = (vec(hand(), 1..6), 0..files.len(), 0..answers.len(), any::<bool>());
    let mut runner = TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() });
    runner
        .run(&case, |(hands, file, answer, rej)| {
            let project = project();
            assert_eq!(project.flaskship(["new", "--domain", "shop.example.com"]).code, 0);
            let same = tree(&project.root());
            assert_eq!(project.flaskship(["new"]).code, 0);
            prop_assert_eq!(&tree(&project.root()), &same, "a run without changes changes something");

            let (text, written) = by_hand(&read(&project, files[file]), &hands);
            project.write(files[file], text.as_bytes());
            let before = tree(&project.root());
            let conflict = format!("--conflict={}", if rej { "rej" } else { "mark" });
            let arguments = ["new", &conflict].into_iter().chain(answers[answer].iter().copied());
            let ran = project.flaskship(arguments);
            let after = fs::read_to_string(project.root().join(files[file])).unwrap_or_default();
            for line in &written {
                prop_assert!(after.lines().any(|kept| kept == line), "`{}` is lost: {}", line, ran.stderr);
            }
            let marked = after.contains("<<<<<<< yours\n") && after.contains(">>>>>>> flaskship\n");
            prop_assert_eq!(marked, ran.code == 1 && !rej, "{}", &ran.stderr);
            if ran.code == 1 {
                prop_assert!(ran.stderr.contains(files[file]), "{}", &ran.stderr);
            }
            if tree(&project.root()) != before {
                let undone = project.flaskship(["undo"]);
                prop_assert_eq!(undone.code, 0, "{}", undone.stderr);
                prop_assert_eq!(tree(&project.root()), before);
            }
            Ok(())
        })
        .unwrap();
}
