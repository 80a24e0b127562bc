//! The README says what the program does.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::Command;

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

#[test]
fn the_diff_is_the_one_that_fix_prints() {
    let text = readme();
    let block = text.split("```diff\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_flaskship"))
        .args(["fix", "tests/sample"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let printed: String = printed
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("diff --git") && !line.starts_with("new file mode"))
        .collect();
    assert_eq!(block, printed);
}

#[test]
fn every_command_and_flag_exists() {
    let text = readme();
    let mut seen = 0;
    for command in text.split('`').chain(text.lines()).filter_map(|part| {
        part.trim_start_matches("$ ").strip_prefix("flaskship ").filter(|rest| rest.starts_with(char::is_lowercase))
    }) {
        let mut words = command.split_whitespace();
        let Some(name) = words.next() else { continue };
        // Prose that begins with the program's name is not a command.
        let help = Command::new(env!("CARGO_BIN_EXE_flaskship")).args(["help", name]).output().unwrap();
        if !help.status.success() {
            assert!(text.contains(&format!("flaskship {name} ")), "`flaskship {name}` does not exist");
            assert!(!text.contains(&format!("`flaskship {name}")), "`flaskship {name}` does not exist");
            continue;
        }
        let help = String::from_utf8(help.stdout).unwrap();
        for flag in words.take_while(|word| *word != "#").filter(|word| word.starts_with("--")) {
            assert!(help.contains(flag), "`flaskship {name}` has no {flag}");
            seen += 1;
        }
        seen += 1;
    }
    assert!(seen > 8, "only {seen} commands and flags were looked at");
}

#[test]
fn every_file_named_is_there() {
    let text = readme();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["tests/sample", "tests/run", "LICENSE"] {
        assert!(text.contains(name), "the README does not speak of {name}");
        assert!(root.join(name).exists(), "{name} is not there");
    }
}
