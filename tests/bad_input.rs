//! Input that nothing can be done with: a message that says which file and what helps, no panic, no
//! hang, nothing half-written, and the rest of the project still looked at.

#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod scratch;

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use scratch::{Project, Ran, differences, set_mode, tree};

const GOOD: &[u8] =
    b"from flask import Flask\n\napp = Flask(__name__)\n\nif __name__ == \"__main__\":\n    app.run(debug=True)\n";

/// The code of a run that could not do what was asked.
const ERROR: i32 = 2;

/// What `check` could not read, as path and message.
fn unread(ran: &Ran) -> Vec<(String, String)> {
    let report = ran.json();
    let entries = report["unread"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| (entry["path"].as_str().unwrap().to_owned(), entry["message"].as_str().unwrap().to_owned()))
        .collect()
}

/// Whether the good file beside the bad one was still looked at.
fn found_in(ran: &Ran, path: &str) -> bool {
    let report = ran.json();
    let findings = report["findings"].as_array().unwrap();
    findings.iter().any(|finding| finding["path"] == path && finding["kind"] == "debug")
}

/// A project with a good app and one bad file: the bad one is named with `hint`, by every command, and
/// the good one is still found and fixed.
fn bad_file(name: &str, bytes: &[u8], hint: &str) {
    let project = Project::with(&[("good/app.py", GOOD), (name, bytes)]);
    bad_file_in(&project, name, hint);
    assert_eq!(fs::read(project.root().join(name)).unwrap(), bytes, "the bad file was touched");
}

fn bad_file_in(project: &Project, name: &str, hint: &str) {
    let check = project.flaskship(["check", "--format", "json"]);
    let listed = unread(&check);
    assert!(listed.iter().any(|(path, message)| path == name && message.contains(hint)), "{listed:?}");
    assert!(found_in(&check, "good/app.py"), "{}", check.text());
    assert_ne!(check.code, 0);

    let human = project.flaskship(["check"]);
    let said = human.text() + &human.stderr;
    assert!(said.contains(name), "{said}");
    assert_ne!(human.code, 0);

    let fix = project.flaskship(["fix", "--apply"]);
    assert!(fix.stderr.contains(name), "`fix` is silent about {name}: {}", fix.stderr);
    assert!(!fs::read_to_string(project.root().join("good/app.py")).unwrap().contains("debug=True"), "{}", fix.stderr);
}

/// A bad file alone: `check` fails, and `fix` is not silent about it.
fn bad_file_alone(name: &str, bytes: &[u8]) {
    let project = Project::with(&[(name, bytes)]);
    assert_eq!(project.flaskship(["check"]).code, ERROR);
    for arguments in [&["check"][..], &["fix"], &["fix", "--apply"], &["fix", "--check"]] {
        let ran = project.flaskship(arguments.iter());
        assert!((ran.text() + &ran.stderr).contains(name), "{arguments:?}: {}", ran.stderr);
    }
}

fn refused(ran: &Ran, named: &str, hint: &str) {
    assert_eq!(ran.code, ERROR, "{}", ran.stderr);
    assert!(ran.stderr.contains(named) && ran.stderr.contains(hint), "{}", ran.stderr);
    assert_eq!(ran.text(), "");
}

#[test]
fn a_path_that_is_a_file_is_refused() {
    let project = Project::with(&[("notes.txt", b"hello")]);
    for command in ["check", "fix"] {
        refused(&project.flaskship([command, "notes.txt"]), "notes.txt", "folder");
    }
}

#[test]
fn a_path_that_is_not_there_is_refused() {
    let project = Project::empty();
    for command in ["check", "fix"] {
        refused(&project.flaskship([command, "nowhere"]), "nowhere", "");
    }
}

#[test]
fn an_empty_project_is_said_to_be_empty() {
    let project = Project::empty();
    for arguments in [&["check"][..], &["fix"], &["fix", "--apply"]] {
        let ran = project.flaskship(arguments.iter());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stderr.contains("no Python files"), "{arguments:?} is silent: {}", ran.stderr);
    }
    assert_eq!(tree(&project.root()).len(), 0);
}

#[test]
fn a_project_without_flask_is_said_to_have_none() {
    let project = Project::with(&[("tool.py", b"import subprocess\n\nsubprocess.run([\"ls\"])\n")]);
    let before = tree(&project.root());
    for arguments in [&["check"][..], &["fix"], &["fix", "--apply"]] {
        let ran = project.flaskship(arguments.iter());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stderr.contains("Flask"), "{arguments:?} is silent: {}", ran.stderr);
    }
    assert_eq!(differences(&before, &tree(&project.root())), Vec::<String>::new());
}

#[test]
fn an_unreadable_file_is_named() {
    let project = Project::with(&[("good/app.py", GOOD), ("secret.py", GOOD)]);
    set_mode(&project.root().join("secret.py"), 0o000);
    let check = project.flaskship_bound(&["check", "--format", "json"]);
    let listed = unread(&check);
    assert!(listed.iter().any(|(path, message)| path == "secret.py" && message.contains("ermission")), "{listed:?}");
    assert!(found_in(&check, "good/app.py"));
}

#[test]
fn an_unreadable_folder_is_named() {
    let project = Project::with(&[("good/app.py", GOOD), ("closed/app.py", GOOD)]);
    set_mode(&project.root().join("closed"), 0o000);
    let check = project.flaskship_bound(&["check", "--format", "json"]);
    set_mode(&project.root().join("closed"), 0o755);
    let listed = unread(&check);
    assert!(listed.iter().any(|(path, message)| path == "closed" && message.contains("ermission")), "{listed:?}");
    assert!(found_in(&check, "good/app.py"));
}

#[test]
fn a_pipe_called_py_does_not_hang() {
    let project = Project::with(&[("good/app.py", GOOD)]);
    assert!(Command::new("mkfifo").arg(project.root().join("pipe.py")).status().unwrap().success());
    bad_file_in(&project, "pipe.py", "regular file");
}

#[test]
fn a_socket_or_device_called_py_is_not_read() {
    let project = Project::with(&[("good/app.py", GOOD)]);
    let _socket = std::os::unix::net::UnixListener::bind(project.root().join("socket.py")).unwrap();
    bad_file_in(&project, "socket.py", "regular file");
    // A device that never ends: through a link, as anyone can make one, and as only root can.
    let project = Project::with(&[("good/app.py", GOOD)]);
    std::os::unix::fs::symlink("/dev/zero", project.root().join("link.py")).unwrap();
    bad_file_in(&project, "link.py", "out of the project");
    let project = Project::with(&[("good/app.py", GOOD)]);
    let device = project.root().join("device.py");
    if Command::new("mknod").arg(&device).args(["c", "1", "5"]).output().unwrap().status.success() {
        bad_file_in(&project, "device.py", "regular file");
    }
}

#[test]
fn a_folder_called_py_is_walked() {
    let project = Project::with(&[("folder.py/app.py", GOOD)]);
    let check = project.flaskship(["check", "--format", "json"]);
    assert!(found_in(&check, "folder.py/app.py"), "{}", check.text());
}

#[test]
fn a_syntax_error_is_named_with_its_line() {
    let text = b"from flask import Flask\n\napp = Flask(__name__\n\napp.run(debug=True)\n";
    bad_file("broken.py", text, "");
    bad_file_alone("broken.py", text);
    let project = Project::with(&[("broken.py", text)]);
    let report = project.flaskship(["check", "--format", "json"]).json();
    assert!(report["unread"][0]["line"].as_u64().is_some_and(|line| (3..=5).contains(&line)), "{report}");
}

#[test]
fn python_2_is_named() {
    let text = b"from flask import Flask\napp = Flask(__name__)\nprint \"starting\"\napp.run(debug=True)\n";
    bad_file("old.py", text, "Python 2");
    bad_file_alone("old.py", text);
}

#[test]
fn a_binary_file_called_py_is_named() {
    let mut bytes = b"\x7fELF\x02\x01\x01\x00\x00flask debug".to_vec();
    bytes.extend((0..=255).cycle().take(4096));
    bad_file("tool.py", &bytes, "");
}

#[test]
fn a_file_of_20_megabytes_is_read_or_named() {
    let mut text = GOOD.to_vec();
    while text.len() < 20 << 20 {
        text.extend_from_slice(b"ROW = [1, 2, 3, 'flask debug', 5, 6, 7, 8, 9, 10]\n");
    }
    let project = Project::with(&[("good/app.py", GOOD), ("data/rows.py", &text)]);
    let check = project.flaskship(["check", "--format", "json"]);
    assert!(found_in(&check, "good/app.py"));
    let named = unread(&check).iter().any(|(path, message)| path == "data/rows.py" && message.contains("MB"));
    assert!(named != found_in(&check, "data/rows.py"), "{}", check.text());
}

#[test]
fn a_file_of_100_megabytes_is_named_and_not_read() {
    let project = Project::with(&[("good/app.py", GOOD)]);
    let rows = fs::File::create(project.root().join("rows.py")).unwrap();
    rows.set_len(100 << 20).unwrap();
    bad_file_in(&project, "rows.py", "100 MB is too large");
}

#[test]
fn a_line_of_9_megabytes_is_read() {
    let mut text = b"from flask import Flask\n\napp = Flask(__name__)\nDATA = \"".to_vec();
    text.resize(9 << 20, b'x');
    text.extend_from_slice(b"\"\nif __name__ == \"__main__\":\n    app.run(debug=True)\n");
    let project = Project::with(&[("app.py", &text)]);
    let fix = project.flaskship(["fix", "--apply"]);
    assert_eq!(fix.code, 0, "{}", fix.stderr);
    let fixed = fs::read(project.root().join("app.py")).unwrap();
    assert!(fixed.len() > 9 << 20 && !fixed.ends_with(b"debug=True)\n"), "{}", fix.stderr);
}

#[test]
fn what_ends_text_elsewhere_is_named_with_its_line() {
    // Ctrl-Z is the end of a text to DOS, and no Python.
    let mut text = GOOD.to_vec();
    text.extend_from_slice(b"\x1a");
    bad_file("dos.py", &text, "not valid Python");
}

#[test]
fn ten_thousand_nested_parentheses_are_named() {
    for (open, close) in [("(", ")"), ("[", "]"), ("{1:", "}"), ("f(", ")")] {
        let text = format!("from flask import Flask\ndebug = {}1{}\n", open.repeat(10_000), close.repeat(10_000));
        bad_file("deep.py", text.as_bytes(), "nested");
    }
}

#[test]
fn ten_thousand_operators_do_not_end_the_run() {
    for piece in ["-", "not ", "1 + ", "f.a."] {
        let text = format!("from flask import Flask\ndebug = {}f\n", piece.repeat(10_000));
        let project = Project::with(&[("good/app.py", GOOD), ("long.py", text.as_bytes())]);
        let check = project.flaskship(["check", "--format", "json"]);
        assert!(found_in(&check, "good/app.py"), "{piece}: {}", check.text());
    }
}

#[test]
fn a_loop_of_links_ends() {
    let project = Project::with(&[("good/app.py", GOOD)]);
    std::os::unix::fs::symlink("..", project.root().join("good/loop")).unwrap();
    std::os::unix::fs::symlink("self.py", project.root().join("self.py")).unwrap();
    let check = project.flaskship(["check", "--format", "json"]);
    let report = check.json();
    let of_debug = report["findings"].as_array().unwrap().iter().filter(|finding| finding["kind"] == "debug");
    assert_eq!(of_debug.count(), 1, "{report}");
    assert!(unread(&check).iter().any(|(path, _)| path == "self.py"), "{report}");
}

#[test]
fn a_link_that_leads_nowhere_is_named() {
    let project = Project::with(&[("good/app.py", GOOD)]);
    std::os::unix::fs::symlink("gone.py", project.root().join("link.py")).unwrap();
    bad_file_in(&project, "link.py", "link");
}

#[test]
fn a_link_out_of_the_project_is_not_written_through() {
    let outside = Project::with(&[("app.py", GOOD)]);
    let project = Project::with(&[("good/app.py", GOOD)]);
    std::os::unix::fs::symlink(outside.root().join("app.py"), project.root().join("link.py")).unwrap();
    bad_file_in(&project, "link.py", "link");
    assert_eq!(fs::read(outside.root().join("app.py")).unwrap(), GOOD);
}

#[test]
fn a_read_only_project_is_refused_whole() {
    let project = Project::with(&[("app.py", GOOD)]);
    let before = tree(&project.root());
    set_mode(&project.root(), 0o555);
    let ran = project.flaskship_bound(&["fix", "--apply"]);
    set_mode(&project.root(), 0o755);
    assert_eq!(ran.code, ERROR, "{}", ran.stderr);
    assert!(ran.stderr.contains("ermission") || ran.stderr.contains("read-only"), "{}", ran.stderr);
    assert_eq!(differences(&before, &tree(&project.root())), Vec::<String>::new());
}

/// A file system of its own, full but for a few kilobytes, in a namespace where anyone may mount one.
#[test]
fn a_full_disk_changes_nothing_and_says_so() {
    let project = Project::empty();
    let padding = "# a line that makes this file a good deal longer than it was before\n".repeat(150);
    for number in 0..6 {
        project.write(&format!("app{number}/app.py"), &[GOOD, padding.as_bytes()].concat());
    }
    let script = r#"
        set -e
        full=$(mktemp -d)
        mount -t tmpfs -o size=1m tmpfs "$full"
        cp -r . "$full/project"
        cd "$full/project"
        find . -name '*.py' | sort | xargs cat >/tmp/before.$$ || exit 9
        dd if=/dev/zero of="$full/filler" bs=1k 2>/dev/null || true
        # Room for the journal to begin with, and not for all of it.
        truncate -s -20k "$full/filler"
        set +e
        "$1" fix --apply >&2
        echo "code $?"
        find . -name '*.py' | sort | xargs cat | cmp - /tmp/before.$$ && echo unchanged
        rm "$full/filler" /tmp/before.$$
        "$1" fix --apply >/dev/null
        echo "code $?"
        grep -rl 'debug=True' --include='*.py' . || echo fixed
    "#;
    let mut command = Command::new("unshare");
    command.args(["-r", "-m", "sh", "-c", script, "sh", env!("CARGO_BIN_EXE_flaskship")]);
    let ran = project.run(command);
    let text = ran.text();
    assert_eq!(text, "code 2\nunchanged\ncode 0\nfixed\n", "{}", ran.stderr);
    assert!(ran.stderr.contains("make room on the disk"), "{}", ran.stderr);
}

#[test]
fn one_read_only_folder_keeps_the_others_unwritten() {
    let project = Project::with(&[("a/app.py", GOOD), ("b/app.py", GOOD), ("c/app.py", GOOD)]);
    let before = tree(&project.root());
    set_mode(&project.root().join("b"), 0o555);
    let ran = project.flaskship_bound(&["fix", "--apply"]);
    set_mode(&project.root().join("b"), 0o755);
    assert_eq!(ran.code, ERROR, "{}", ran.stderr);
    assert!(ran.stderr.contains("b/"), "{}", ran.stderr);
    assert_eq!(differences(&before, &tree(&project.root())), Vec::<String>::new());
    // With the folder writable again, the same command does its work.
    assert_eq!(project.flaskship(["fix", "--apply"]).code, 0);
}

#[test]
fn bytes_that_are_not_utf_8_are_named() {
    bad_file("latin.py", b"from flask import Flask\n# gr\xfcn debug\n", "UTF-8");
}

#[test]
fn an_unknown_encoding_is_named() {
    bad_file("odd.py", b"# -*- coding: klingon -*-\nfrom flask import Flask\ndebug = True\n", "klingon");
}

#[test]
fn bytes_of_another_encoding_than_the_file_names_are_named() {
    bad_file("wrong.py", b"# coding: shift_jis\nimport flask\ns = '\x82'\n", "not valid Shift_JIS");
    bad_file("ascii.py", b"# coding: ascii\nimport flask\ns = '\xe9'\n", "not UTF-8");
}

#[test]
fn nul_bytes_are_named() {
    bad_file("nul.py", b"from flask import Flask\ndebug = '\x00'\n", "NUL");
}

#[test]
fn utf_16_is_named() {
    let text = "from flask import Flask\ndebug = True\n";
    let little: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    bad_file("little.py", &little, "UTF-16");
    bad_file("big.py", &big, "UTF-16");
}

#[test]
fn a_name_that_is_not_unicode_is_named() {
    let project = Project::with(&[("good/app.py", GOOD)]);
    fs::write(project.root().join(Path::new(std::ffi::OsStr::from_bytes(b"gr\xfcn.py"))), GOOD).unwrap();
    let check = project.flaskship(["check", "--format", "json"]);
    assert!(unread(&check).iter().any(|(_, message)| message.contains("Unicode")), "{}", check.text());
    assert!(found_in(&check, "good/app.py"));
}

#[test]
fn odd_names_are_read_and_fixed() {
    for name in ["my app.py", "gr\u{fc}n.py", "two\nlines.py", "-dash.py", "$(touch x).py"] {
        let project = Project::with(&[(name, GOOD)]);
        assert!(found_in(&project.flaskship(["check", "--format", "json"]), name), "{name:?}");
        let fix = project.flaskship(["fix", "--apply"]);
        assert_eq!(fix.code, 0, "{name:?}: {}", fix.stderr);
        assert!(!fs::read_to_string(project.root().join(name)).unwrap().contains("debug=True"), "{name:?}");
    }
}

#[test]
fn rules_and_formats_that_do_not_exist_are_refused() {
    let project = Project::with(&[("app.py", GOOD)]);
    for arguments in
        [&["check", "--format", "xml"][..], &["fix", "--select", "no-such-rule"], &["explain", "no-such-rule"]]
    {
        let ran = project.flaskship(arguments.iter());
        assert_eq!(ran.code, ERROR, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(arguments[2 - usize::from(arguments.len() == 2)]), "{arguments:?}: {}", ran.stderr);
    }
}
