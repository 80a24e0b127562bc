//! The program as people and scripts meet it. The cases in `tests/cli/` are a command, what it
//! prints and its exit code each; here is what such a case cannot say.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// The program in a folder, with nothing of this machine's environment.
fn flaskship(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flaskship"));
    command.current_dir(dir).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

fn run(dir: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = flaskship(dir).args(args).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

#[test]
fn cases() {
    trycmd::TestCases::new().case("tests/cli/*.toml");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let dir = project(&[]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let Output { status, stderr, .. } =
        flaskship(dir.path()).args(["completions", "zsh"]).stdout(writer).output().unwrap();
    assert_eq!((status.code(), String::from_utf8(stderr).unwrap().as_str()), (Some(0), ""));
}

#[test]
fn colour_is_for_terminals_and_for_who_asks() {
    let dir = project(&[("app.py", "import flask\nprint 'x'\n")]);
    let stderr = |command: &mut Command| String::from_utf8(command.output().unwrap().stderr).unwrap();
    let plain = stderr(flaskship(dir.path()).arg("check"));
    assert!(!plain.contains('\u{1b}'), "{plain}");
    let asked = stderr(flaskship(dir.path()).args(["check", "--color", "always"]).env("NO_COLOR", "1"));
    assert!(asked.contains('\u{1b}'), "{asked}");
}

#[test]
fn every_format_ends_with_the_same_code() {
    let dir = project(&[("app.py", "import flask\nprint 'x'\n")]);
    for format in ["human", "json", "sarif", "github"] {
        assert_eq!(run(dir.path(), &["check", "--format", format]).0, Some(2), "{format}");
    }
}

#[test]
fn formats_tell_what_was_not_read() {
    let dir = project(&[("a/app.py", "import flask\nprint 'x'\n")]);
    let (_, json, stderr) = run(dir.path(), &["check", "--format", "json", "a"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["unread"][0]["path"], &json["unread"][0]["line"]), (&"app.py".into(), &2.into()));
    assert!(stderr.starts_with("not read: app.py:2: "), "{stderr}");
    // Code scanning looks from where it was run.
    let (_, sarif, _) = run(dir.path(), &["check", "--format", "sarif", "a"]);
    let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    let notification = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    let place = &notification["locations"][0]["physicalLocation"];
    assert_eq!((&place["artifactLocation"]["uri"], &place["region"]["startLine"]), (&"a/app.py".into(), &2.into()));
    let (_, github, _) = run(dir.path(), &["check", "--format", "github", "a"]);
    assert!(github.starts_with("::error file=a/app.py,line=2,title=not read::"), "{github}");
}

#[test]
fn manual_pages_are_written_for_every_command() {
    let dir = project(&[]);
    let (code, stdout, _) = run(dir.path(), &["man", "--dir", "man"]);
    assert_eq!((code, stdout.as_str()), (Some(0), ""));
    for command in ["", "-check", "-fix", "-undo", "-explain", "-completions", "-man"] {
        let page = fs::read_to_string(dir.path().join(format!("man/flaskship{command}.1"))).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{command}");
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_read_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = project(&[("locked/app.py", "import flask\n")]);
    let locked = dir.path().join("locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    // Whoever may read everything, as root may, cannot be refused.
    let refused = fs::read_dir(&locked).is_err();
    let (code, _, stderr) = run(dir.path(), &["check", "locked"]);
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    if refused {
        assert_eq!(code, Some(2));
        assert!(stderr.starts_with("error: `locked` may not be read\nhint: "), "{stderr}");
    } else {
        assert_eq!((code, stderr.as_str()), (Some(0), "no Flask app found in `locked`\n"));
    }
}
