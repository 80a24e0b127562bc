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

/// What links lead to, and every path below a folder of this repository.
#[test]
fn every_file_named_is_there() {
    const ROOTS: &[&str] = &[".ci/", "snapshots/", "src/", "templates/", "tests/"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for document in ["README.md", "CHANGELOG.md"] {
        let text = std::fs::read_to_string(root.join(document)).unwrap();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let links = links.filter(|link| !link.contains("://")).map(|link| link.split('#').next().unwrap());
        // A diff names files as they are and as they will be.
        let prose = text.split("```diff").enumerate().map(|(at, part)| match part.split_once("\n```") {
            Some((_, after)) if at > 0 => after,
            _ => part,
        });
        let words = prose.flat_map(|part| part.split([' ', '\n', '`', '"', '(', ')', ',', '|']));
        let paths = words.filter(|word| ROOTS.iter().any(|folder| word.starts_with(folder)));
        // `tests/` is also how a reader's own folder is called.
        for name in links.chain(paths).filter(|name| !name.is_empty() && *name != "tests/") {
            assert!(root.join(name).exists(), "{document} names {name}, which is not there");
            seen += 1;
        }
    }
    assert!(seen > 3, "only {seen} files were looked for");
}
