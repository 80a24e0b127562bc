//! Each format, for findings that are hard to print.

use std::io::Write as _;

use super::*;
use crate::edit::{Edit, FileEdit, Fix};
use crate::finding::Related;

const APP: &str = "from flask import Flask\n\napp = Flask(__name__)\nDEBUG = True  # é\n\nif __name__ == \"__main__\":\n\tapp.run(\n\t\tdebug=DEBUG,\n\t)\n";
const OTHER: &str = "x = 'é'; app.run(debug=True)\r\n";

fn source(path: &str, text: &str) -> (ProjectPath, Source) {
    let path = ProjectPath::new(path);
    (path.clone(), Source::decode(path, text.as_bytes()).unwrap())
}

fn at(text: &str, word: &str) -> Span {
    let start = text.find(word).unwrap();
    Span::new(start, start + word.len())
}

fn finding(rule: &'static str, severity: Severity, path: &str, span: Span, message: &str) -> Finding {
    Finding {
        rule,
        kind: Kind::Debug,
        severity,
        path: ProjectPath::new(path),
        span,
        message: message.to_owned(),
        hint: None,
        fix: None,
        related: Vec::new(),
    }
}

/// Every kind of finding: with a fix, an unsafe one, one that makes a file, by hand; on one line and
/// on several; with places in this file and another; without a source.
fn findings() -> Vec<Finding> {
    let app = ProjectPath::new("app.py");
    let mut safe = finding(
        "debug-argument",
        Severity::Error,
        "app.py",
        at(APP, "debug=DEBUG"),
        "`debug` is on, so that anyone who reaches the debugger runs code on the server",
    );
    safe.fix =
        Some(Fix::edit("remove `debug`", Applicability::Safe, Edit::delete(&app, at(APP, "\t\tdebug=DEBUG,\n"))));
    safe.related = vec![
        Related { path: app.clone(), span: at(APP, "True"), message: "it is set here".to_owned() },
        Related { path: ProjectPath::new("a b/ü.py"), span: at(OTHER, "debug=True"), message: "and here".to_owned() },
    ];
    let mut server = finding(
        "development-server",
        Severity::Warning,
        "app.py",
        at(APP, "app.run(\n\t\tdebug=DEBUG,\n\t)"),
        "the development server serves this app",
    );
    server.kind = Kind::Server;
    server.hint = Some("serve it with Gunicorn or Waitress".to_owned());
    server.fix = Some(Fix {
        title: "write `wsgi.py`".to_owned(),
        applicability: Applicability::Safe,
        edits: vec![Edit::delete(&app, at(APP, "if __name__ == \"__main__\":"))],
        files: vec![FileEdit::Create { path: ProjectPath::new("wsgi.py"), text: String::new() }],
    });
    let mut risky =
        finding("debug-argument", Severity::Error, "a b/ü.py", at(OTHER, "debug=True"), "50%: `debug` is on, always");
    let other = ProjectPath::new("a b/ü.py");
    risky.fix =
        Some(Fix::edit("replace `True`", Applicability::Unsafe, Edit::replace(&other, at(OTHER, "True"), "False")));
    let gone = finding("launcher", Severity::Note, "Procfile", Span::empty(0), "`Procfile` names no server");
    vec![risky, safe, server, gone]
}

fn unread() -> Vec<Unread> {
    vec![
        Unread { path: ProjectPath::new("old.py"), line: Some(3), message: "a `print` statement".to_owned() },
        Unread { path: ProjectPath::new("secret.py"), line: None, message: "cannot be read".to_owned() },
    ]
}

fn rules() -> Vec<RulePage> {
    let manual = "## What it does\nFinds `debug` that is on.\nIn calls.\n\n## Why is this bad?\nIt is.\n".to_owned();
    vec![
        RulePage { name: "debug-argument", kind: Kind::Debug, manual: manual.clone() },
        RulePage { name: "development-server", kind: Kind::Server, manual },
    ]
}

fn render(write: impl Fn(&Report<'_>, &mut Vec<u8>) -> io::Result<()>) -> String {
    let (findings, unread) = (findings(), unread());
    let sources = BTreeMap::from([source("app.py", APP), source("a b/ü.py", OTHER)]);
    let report = Report::new(&findings, &unread, &sources, rules());
    let mut out = Vec::new();
    write(&report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn human() {
    snapshot(
        "report_human",
        &render(|report, out| {
            report.human(out, Style::Plain)?;
            writeln!(out, "{}", report.summary())
        }),
    );
}

#[test]
fn colour_adds_nothing_but_colour() {
    let coloured = render(|report, out| report.human(out, Style::Coloured));
    assert!(coloured.contains("\u{1b}["));
    let plain = render(|report, out| report.human(out, Style::Plain));
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
}

#[test]
fn json() {
    let text = render(|report, out| report.json(out));
    assert_eq!(text.matches('\n').count(), 1);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    snapshot("report_json", &serde_json::to_string_pretty(&value).unwrap());
}

#[test]
fn the_keys_of_a_json_finding_are_those_of_the_contract() {
    let text = render(|report, out| report.json(out));
    let first = text.find('{').and_then(|at| text[at + 1..].find('{').map(|next| at + 1 + next)).unwrap();
    let object = &text[first..];
    let keys = [
        "rule",
        "kind",
        "severity",
        "path",
        "line",
        "column",
        "end_line",
        "end_column",
        "message",
        "applicability",
        "fix",
    ];
    let places: Vec<usize> = keys.iter().map(|key| object.find(&format!("\"{key}\":")).unwrap()).collect();
    assert!(places.is_sorted(), "{object}");
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["findings"][0].as_object().unwrap().len(), keys.len());
    // Ten characters from the eighteenth on, though `é` has two bytes.
    assert_eq!((&value["findings"][0]["column"], &value["findings"][0]["end_column"]), (&18.into(), &28.into()));
}

#[test]
fn sarif() {
    snapshot("report_sarif", &render(|report, out| report.sarif(out)));
}

#[test]
fn github() {
    snapshot("report_github", &render(|report, out| report.github(out)));
}

#[test]
fn counts_are_in_the_right_number() {
    assert_eq!([0, 1, 2].map(|number| human::count(number, "file")), ["0 files", "1 file", "2 files"]);
    assert_eq!(human::count(2, "more fix"), "2 more fixes");
    let sources = BTreeMap::new();
    let all = findings();
    let summary = |findings: &[Finding]| Report::new(findings, &[], &sources, Vec::new()).summary();
    assert_eq!(summary(&[]), "no findings");
    assert_eq!(summary(&all[3..]), "1 finding (1 note) in 1 file");
    assert_eq!(
        summary(&all),
        "4 findings (2 errors, 1 warning, 1 note) in 3 files; 2 can be fixed with `flaskship fix`, 1 more with `--unsafe-fixes`"
    );
}
