//! What is shown is what is written, it compiles, a second run has nothing to do, and it can be taken back.

#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod scratch;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use scratch::{Held, Project, differences, set_mode, tree};

/// One way to run `fix`.
const WAYS: &[&[&str]] = &[&[], &["--unsafe-fixes"]];

#[test]
fn the_sample_apps_go_round() {
    all(&folders(Path::new("tests/apps"), |_| true));
}

#[test]
fn the_cases_go_round() {
    all(&folders(Path::new("tests/cases"), |_| true));
}

#[test]
fn the_fixtures_of_the_move_go_round() {
    all(&inputs(Path::new("tests/fixtures/startup")));
}

/// A fixture of a rule is a folder or one file, which stands for the `app.py` of a project.
#[test]
fn the_fixtures_of_the_rules_go_round() {
    let (mut folders_of, mut alone) = (Vec::new(), Vec::new());
    for rule in folders(Path::new("tests/fixtures/rules"), |_| true) {
        folders_of.extend(folders(&rule, |_| true));
        let files = rule.read_dir().unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        alone.extend(files.map(|file| (Project::with(&[("app.py", &std::fs::read(&file).unwrap())]), file)));
    }
    assert!(!alone.is_empty(), "no file found: the test would prove nothing");
    let alone = alone.iter().map(|(project, file)| (project.root(), file.display().to_string()));
    all_named(&alone.chain(named(&folders_of)).collect::<Vec<_>>());
}

const PLAIN: &str = "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef index():\n    return \"hi\"\n\n\nif __name__ == \"__main__\":\n    app.run(debug=True)\n";

fn made(files: &[(&str, &[u8])]) {
    round(&Project::with(files).root(), "made").unwrap_or_else(|problem| panic!("{problem}"));
}

#[test]
fn two_byte_line_ends_stay() {
    made(&[("app.py", PLAIN.replace('\n', "\r\n").as_bytes())]);
}

#[test]
fn one_byte_line_ends_of_old_stay() {
    made(&[("app.py", PLAIN.replace('\n', "\r").as_bytes())]);
}

#[test]
fn mixed_line_ends_stay() {
    made(&[("app.py", PLAIN.replacen('\n', "\r\n", 4).as_bytes())]);
}

#[test]
fn a_byte_order_mark_stays() {
    made(&[("app.py", format!("\u{feff}{PLAIN}").as_bytes())]);
}

#[test]
fn latin_1_stays() {
    let text = format!("# -*- coding: latin-1 -*-\n{}", PLAIN.replace("hi", "gr\u{fc}n"));
    let bytes: Vec<u8> = text.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect();
    made(&[("app.py", &bytes)]);
}

#[test]
fn shift_jis_stays() {
    let text = format!("# -*- coding: shift_jis -*-\n{}", PLAIN.replace("hi", "HI"));
    // The second byte of this letter is a backslash in ASCII.
    let at = text.find("HI").unwrap();
    made(&[("app.py", &[&text.as_bytes()[..at], b"\x82\xa0\x83\x5c", &text.as_bytes()[at + 2..]].concat())]);
}

#[test]
fn a_missing_final_line_end_stays_missing() {
    made(&[("app.py", PLAIN.trim_end().as_bytes())]);
    made(&[("app.py", format!("{}\n\nNAME = \"x\"", PLAIN.trim_end()).as_bytes())]);
}

#[test]
fn a_form_feed_and_odd_line_breaks_stay() {
    made(&[("app.py", PLAIN.replace("\n\n\n", "\n\x0c\n\n").replace("hi", "a\u{2028}b\u{85}c\x0bd").as_bytes())]);
}

#[test]
fn a_runner_that_goes_and_a_package_that_stays() {
    made(&[
        ("run.py", b"from shop import app\n\nif __name__ == \"__main__\":\n    app.run(debug=True)\n"),
        ("shop/__init__.py", b"from flask import Flask\n\napp = Flask(__name__)\n"),
    ]);
}

#[test]
fn names_that_git_quotes() {
    made(&[
        ("with space/app.py", PLAIN.as_bytes()),
        ("gr\u{fc}n/app.py", PLAIN.as_bytes()),
        ("quo\"te/app.py", PLAIN.as_bytes()),
        ("back\\slash/app.py", PLAIN.as_bytes()),
        ("new\nline/app.py", PLAIN.as_bytes()),
        ("tab\there/app.py", PLAIN.as_bytes()),
    ]);
}

#[test]
fn an_empty_file_and_one_of_spaces() {
    made(&[("app.py", PLAIN.as_bytes()), ("empty.py", b""), ("spaces.py", b"   ")]);
}

#[test]
fn modes_stay() {
    let project = Project::with(&[("app.py", format!("#!/usr/bin/env python3\n{PLAIN}").as_bytes())]);
    for mode in [0o755, 0o600, 0o664, 0o640] {
        set_mode(&project.root().join("app.py"), mode);
        round(&project.root(), "modes").unwrap_or_else(|problem| panic!("{mode:o}: {problem}"));
    }
}

#[test]
fn a_link_stays_a_link() {
    let project = Project::with(&[("real/app.py", PLAIN.as_bytes())]);
    std::os::unix::fs::symlink("real/app.py", project.root().join("main.py")).unwrap();
    round(&project.root(), "link").unwrap_or_else(|problem| panic!("{problem}"));
}

#[test]
fn the_diff_applies_in_a_folder_of_a_repository() {
    for (run_in, argument, apply_in) in
        [("", "site", ""), ("", "site", "site"), ("site", ".", "site"), ("site", ".", "")]
    {
        let shown = Project::with(&[("site/app.py", PLAIN.as_bytes()), ("README", b"a site")]);
        for arguments in [&["init", "-q"][..], &["add", "-A"], &["commit", "-qm", "first"]] {
            assert_eq!(shown.git(&shown.root(), arguments, b"").code, 0);
        }
        let written = Project::copy_of(&shown.root());
        let diff = shown.flaskship_in(&shown.root().join(run_in), ["fix", argument]);
        assert_eq!(diff.code, 0, "{}", diff.stderr);
        assert_ne!(diff.text(), "");
        let applied = shown.git(&shown.root().join(apply_in), &["apply"], &diff.stdout);
        assert_eq!(applied.code, 0, "{}", applied.stderr);
        let apply = written.flaskship_in(&written.root().join(run_in), ["fix", "--apply", argument]);
        assert_eq!(apply.code, 0, "{}", apply.stderr);
        let different = differences(&tree(&written.root()), &tree(&shown.root()));
        assert_eq!(different, Vec::<String>::new(), "run in `{run_in}`, applied in `{apply_in}`");
    }
}

#[test]
fn an_app_that_needs_nothing_is_left_alone() {
    let clean =
        b"from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef index():\n    return \"hi\"\n";
    let project = Project::with(&[("shop.py", clean), ("wsgi.py", b"from shop import app\n\n__all__ = [\"app\"]\n")]);
    let before = tree(&project.root());
    let ran = project.flaskship(["fix", "--apply", "--unsafe-fixes"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(differences(&before, &tree(&project.root())), Vec::<String>::new());
    assert_eq!(project.flaskship(["fix", "--check"]).code, 0);
    assert_eq!(project.flaskship(["check"]).code, 0);
}

/// Takes every folder round, and fails with every problem found.
fn all(folders: &[PathBuf]) {
    all_named(&named(folders).collect::<Vec<_>>());
}

/// Folders, each with the name it has in a message.
fn named(folders: &[PathBuf]) -> impl Iterator<Item = (PathBuf, String)> {
    folders.iter().map(|folder| (folder.clone(), folder.display().to_string()))
}

/// The same on all cores, for folders and the names to tell them by.
fn all_named(folders: &[(PathBuf, String)]) {
    assert!(!folders.is_empty(), "no project found: the test would prove nothing");
    let (queue, problems) = (Mutex::new(folders.iter()), Mutex::new(BTreeSet::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((folder, name)) = { queue.lock().unwrap().next() } {
                    if let Err(problem) = round(folder, name) {
                        problems.lock().unwrap().insert(problem);
                    }
                }
            });
        }
    });
    let problems = problems.into_inner().unwrap();
    let list: Vec<_> = problems.iter().map(String::as_str).collect();
    assert!(list.is_empty(), "{} of {} projects:\n{}", list.len(), folders.len(), list.join("\n"));
}

/// Shows, writes, repeats and takes back, in copies of one project, by every way that shows another diff.
fn round(folder: &Path, name: &str) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    WAYS.iter().try_for_each(|way| {
        let named = format!("{name} {}", way.join(" "));
        round_one_way(folder, way, &mut seen).map_err(|problem| format!("{}: {problem}", named.trim_end()))
    })
}

fn round_one_way(folder: &Path, way: &[&str], seen: &mut BTreeSet<Vec<u8>>) -> Result<(), String> {
    let shown = Project::copy_of(folder);
    let original = tree(&shown.root());
    let with = |more: &[&'static str]| [&["fix"], way, more].concat();
    let fail = |problem: &str, said: &str| Err(format!("{problem}: {}", said.trim()));

    let diff = shown.flaskship(with(&[]));
    if diff.code != 0 {
        return fail(&format!("`fix` ended with {}", diff.code), &diff.stderr);
    }
    if !seen.insert(diff.stdout.clone()) {
        return Ok(());
    }
    let touched = differences(&original, &tree(&shown.root()));
    if !touched.is_empty() {
        return fail("`fix` without `--apply` wrote", &touched.join("; "));
    }
    let pending = shown.flaskship(with(&["--check"]));
    if pending.code != i32::from(!diff.stdout.is_empty()) || !pending.stdout.is_empty() {
        let problem = format!("`fix --check` ended with {}, the diff has {} bytes", pending.code, diff.stdout.len());
        return fail(&problem, &(pending.text() + &pending.stderr));
    }
    if !diff.stdout.is_empty() {
        for arguments in [&["apply", "--check", "--whitespace=nowarn"][..], &["apply", "--whitespace=nowarn"]] {
            let applied = shown.git(&shown.root(), arguments, &diff.stdout);
            if applied.code != 0 {
                return fail("`git apply` refuses the diff", &format!("{}\n{}", applied.stderr, diff.text()));
            }
        }
    }

    let written = Project::copy_of(folder);
    let apply = written.flaskship(with(&["--apply"]));
    if apply.code != 0 {
        return fail(&format!("`fix --apply` ended with {}", apply.code), &apply.stderr);
    }
    let now = tree(&written.root());
    let different = differences(&as_git_keeps(tree(&shown.root())), &as_git_keeps(tree(&written.root())));
    if !different.is_empty() {
        return fail("`fix --apply` wrote something else than the diff says", &different.join("; "));
    }
    for (path, held) in &now {
        if let (Held::File(new, _), Some(Held::File(old, _))) = (held, original.get(path))
            && new != old
        {
            return fail("`fix --apply` changed a mode", &format!("{path:?} has {new:o}, not {old:o}"));
        }
    }
    let changed: Vec<_> =
        now.iter().filter(|(path, held)| original.get(*path) != Some(held)).map(|(path, _)| path).collect();
    let broken = broken(folder, &written.root(), &changed);
    if !broken.is_empty() {
        return fail("Python no longer compiles", &broken);
    }

    let again = written.flaskship(with(&[]));
    if again.code != 0 || !again.stdout.is_empty() {
        return fail("a second `fix` finds something to do", &format!("{}{}", again.stderr, again.text()));
    }
    let check = written.flaskship(with(&["--check"]));
    if check.code != 0 {
        return fail(&format!("a second `fix --check` ended with {}", check.code), &check.stderr);
    }

    if !diff.stdout.is_empty() {
        let undo = written.flaskship(["undo"]);
        if undo.code != 0 {
            return fail(&format!("`undo` ended with {}", undo.code), &undo.stderr);
        }
    }
    let different = differences(&original, &tree(&written.root()));
    if !different.is_empty() {
        return fail("`undo` leaves another tree", &different.join("; "));
    }
    Ok(())
}

/// A tree with the only modes that git knows: executable or not.
fn as_git_keeps(mut tree: BTreeMap<PathBuf, Held>) -> BTreeMap<PathBuf, Held> {
    for held in tree.values_mut() {
        if let Held::File(mode, _) = held {
            *mode = if *mode & 0o100 == 0 { 0o644 } else { 0o755 };
        }
    }
    tree
}

/// What Python says of those `paths` that compile, or are not there, before and do not compile after.
fn broken(before: &Path, after: &Path, paths: &[&PathBuf]) -> String {
    const PROGRAM: &str = "
import pathlib, sys, warnings
warnings.simplefilter('ignore')
def trouble(path):
    try:
        compile(path.read_bytes(), str(path), 'exec', dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        return f'{path}: {error}'
before, after = map(pathlib.Path, sys.argv[1:3])
for name in sys.argv[3:]:
    if not (before / name).exists() or not trouble(before / name):
        print(trouble(after / name) or '', end='')
";
    let paths: Vec<_> =
        paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "py")).collect();
    if paths.is_empty() {
        return String::new();
    }
    let ran = Command::new("python3").args(["-c", PROGRAM]).args([before, after]).args(paths).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

/// The folders in `parent` that `wanted` accepts, sorted.
fn folders(parent: &Path, wanted: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let entries = parent.read_dir().unwrap_or_else(|error| panic!("{}: {error}", parent.display()));
    let mut found: Vec<_> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir() && wanted(path)).collect();
    found.sort();
    found
}

/// Every folder called `in` below `parent`.
fn inputs(parent: &Path) -> Vec<PathBuf> {
    folders(parent, |_| true)
        .into_iter()
        .flat_map(|folder| if folder.ends_with("in") { vec![folder] } else { inputs(&folder) })
        .collect()
}
