//! Every rule against its fixtures: `tests/fixtures/rules/<rule>/`, a file or a folder each.
//!
//! A comment `# expect: error debug-argument` says that this line carries a finding of that
//! severity and rule; a line without one carries none of kind `debug`. What the fixes do is kept
//! in `snapshots/`, and afterwards nothing is left to fix.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

fn flaskship(args: &[&str], dir: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_flaskship"))
        .args(args)
        .arg(dir)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .output()
        .unwrap()
}

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs::copy(from, to.join("app.py")).unwrap();
        return;
    }
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every file below a folder, relative to it, with `/` between parts.
fn files(dir: &Path) -> Vec<String> {
    fn visit(root: &Path, dir: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(root, &path, found);
            } else {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    let mut found = Vec::new();
    visit(dir, dir, &mut found);
    found.sort();
    found
}

/// (path, line, severity, rule)
type Expectation = (String, u64, String, String);

fn expected(dir: &Path) -> BTreeSet<Expectation> {
    let mut expected = BTreeSet::new();
    for file in files(dir) {
        let Ok(text) = fs::read_to_string(dir.join(&file)) else { continue };
        for (index, line) in text.lines().enumerate() {
            for words in line.split("# expect: ").skip(1) {
                let mut words = words.split_whitespace();
                let severity = words.next().unwrap();
                for rule in words {
                    expected.insert((file.clone(), index as u64 + 1, severity.to_owned(), rule.to_owned()));
                }
            }
        }
    }
    expected
}

fn found(dir: &Path, rules: &BTreeSet<String>) -> BTreeSet<Expectation> {
    let output = flaskship(&["check", "--format", "json"], dir);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(json["unread"].as_array().map(Vec::len), Some(0), "{json:#}");
    let text = |finding: &serde_json::Value, key: &str| finding[key].as_str().unwrap().to_owned();
    json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| rules.contains(finding["rule"].as_str().unwrap()))
        .map(|finding| {
            (text(finding, "path"), finding["line"].as_u64().unwrap(), text(finding, "severity"), text(finding, "rule"))
        })
        .collect()
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rules")
}

fn sorted(dir: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

#[test]
fn every_rule_finds_what_it_should_and_nothing_else() {
    let folders = sorted(&fixtures());
    let rules: BTreeSet<String> =
        folders.iter().map(|dir| dir.file_name().unwrap().to_str().unwrap().replace('_', "-")).collect();
    let mut wrong = Vec::new();
    for folder in &folders {
        for fixture in sorted(folder) {
            let temp = TempDir::new().unwrap();
            copy(&fixture, temp.path());
            let (expected, found) = (expected(temp.path()), found(temp.path(), &rules));
            for missed in expected.difference(&found) {
                wrong.push(format!("{}: missed {missed:?}", fixture.display()));
            }
            for alarm in found.difference(&expected) {
                wrong.push(format!("{}: false alarm {alarm:?}", fixture.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_cases_to_flag_and_cases_to_leave_alone() {
    for folder in sorted(&fixtures()) {
        let counts: Vec<bool> = sorted(&folder)
            .iter()
            .map(|fixture| {
                let temp = TempDir::new().unwrap();
                copy(fixture, temp.path());
                expected(temp.path()).iter().any(|(_, _, severity, _)| severity != "note")
            })
            .collect();
        let name = folder.display();
        assert!(counts.contains(&true), "{name} has nothing to flag");
        assert!(counts.contains(&false), "{name} has nothing to leave alone");
    }
}

/// Fixtures whose findings stay: they have no fix, or an unsafe one; see the page of their rule.
const UNSAFE: &[&str] = &[
    "chosen_by_the_script_that_runs",
    "chosen_config",
    "chosen_surely_elsewhere",
    "envparse",
    "factory_call_dev",
    "factory_default",
    "factory_default_key",
    "flask_group",
    "flask_ngrok",
    "format_name",
    "holds_no_choice",
    "module_from_file",
    "named_by_text",
    "percent_name",
    "pyfile_env_name",
    "pyngrok",
    "read_by_the_code",
    "registry_default_is_development",
    "registry_get",
    "two_for_production",
];

#[test]
fn fixes_are_as_reviewed_and_leave_nothing_to_fix() {
    for folder in sorted(&fixtures()) {
        let rule = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let select = rule.replace('_', "-");
        let mut diffs = String::new();
        for fixture in sorted(&folder) {
            let temp = TempDir::new().unwrap();
            copy(&fixture, temp.path());
            let before = files(temp.path());
            let diff = flaskship(&["fix", "--select", &select], temp.path());
            let stderr = String::from_utf8_lossy(&diff.stderr).into_owned();
            assert_eq!(diff.status.code(), Some(0), "{}: {stderr}", fixture.display());
            if expected(temp.path()).is_empty() {
                assert!(diff.stdout.is_empty(), "{} is to be left alone", fixture.display());
            }
            diffs.push_str(&format!("# {}\n", fixture.file_name().unwrap().to_str().unwrap()));
            diffs.push_str(&String::from_utf8_lossy(&diff.stdout));
            let waits = UNSAFE.contains(&fixture.file_stem().unwrap().to_str().unwrap());
            if waits {
                let more = flaskship(&["fix", "--unsafe-fixes", "--select", &select], temp.path());
                diffs.push_str("# with unsafe fixes\n");
                diffs.push_str(&String::from_utf8_lossy(&more.stdout));
            }
            let applied = flaskship(&["fix", "--apply", "--select", &select], temp.path());
            assert_eq!(applied.status.code(), Some(0), "{}", String::from_utf8_lossy(&applied.stderr));
            let again = flaskship(&["fix", "--check", "--select", &select], temp.path());
            assert_eq!(again.status.code(), Some(0), "{} is not fixed in one go", fixture.display());
            let left = found(temp.path(), &BTreeSet::from([select.clone()]));
            let bad: Vec<_> = left.iter().filter(|(_, _, severity, _)| severity != "note").filter(|_| !waits).collect();
            assert!(bad.is_empty(), "{}: {bad:?} is left", fixture.display());
            assert!(files(temp.path()).iter().filter(|file| !file.starts_with(".flaskship")).eq(before.iter()));
        }
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("fixes_{rule}"), diffs);
        });
    }
}
