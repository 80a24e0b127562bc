//! The program as people and scripts meet it. The cases in `tests/cli/` are a command, what it
//! prints and its exit code each; here is what such a case cannot say.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

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

const APP: &str = "from flask import Flask\n\napp = Flask(__name__)\n\nif __name__ == \"__main__\":\n    app.run(host=\"0.0.0.0\", debug=True)\n";

/// The files of a folder but for what flaskship keeps there, by name.
fn files(dir: &Path) -> Vec<(String, String)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn the_main_job_is_shown_then_done_then_taken_back() {
    let dir = project(&[("app.py", APP)]);
    let before = files(dir.path());

    let (code, stdout, stderr) = run(dir.path(), &["check"]);
    assert_eq!(code, Some(1));
    assert!(stdout.contains("error[debug-argument]"), "{stdout}");
    assert!(stderr.ends_with("can be fixed with `flaskship fix`\n"), "{stderr}");

    let (code, diff, stderr) = run(dir.path(), &["fix"]);
    assert_eq!(code, Some(0));
    assert!(diff.starts_with("diff --git a/app.py b/app.py\n"), "{diff}");
    assert!(stderr.ends_with("to write this: `flaskship fix --apply`\n"), "{stderr}");
    assert_eq!(files(dir.path()), before);

    let (code, stdout, stderr) = run(dir.path(), &["fix", "--check"]);
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(stderr.starts_with("would fix 2 findings in "), "{stderr}");
    assert_eq!(run(dir.path(), &["fix", "--check", "--quiet"]), (Some(1), String::new(), String::new()));
    assert_eq!(files(dir.path()), before);

    let (code, stdout, stderr) = run(dir.path(), &["fix", "--apply"]);
    assert_eq!((code, stdout.as_str()), (Some(0), ""));
    for line in ["gunicorn wsgi:app --bind 0.0.0.0:5000", "flask run --debug", "`flaskship undo`"] {
        assert!(stderr.contains(line), "{stderr}");
    }
    assert!(files(dir.path()).iter().any(|(name, _)| name == "wsgi.py"));
    assert_eq!(run(dir.path(), &["check"]).0, Some(0));
    assert_eq!(run(dir.path(), &["fix", "--check"]).0, Some(0));

    let (code, stdout, stderr) = run(dir.path(), &["undo"]);
    assert_eq!((code, stdout.as_str()), (Some(0), ""));
    assert!(stderr.contains("app.py: as it was") && stderr.contains("wsgi.py: removed"), "{stderr}");
    assert_eq!(files(dir.path()), before);
}

#[test]
fn the_diff_is_coloured_on_demand_and_the_same_without() {
    let dir = project(&[("app.py", APP)]);
    let (_, plain, _) = run(dir.path(), &["fix"]);
    let (_, coloured, _) = run(dir.path(), &["fix", "--color", "always"]);
    assert!(coloured.contains("\u{1b}["), "{coloured}");
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
}

#[test]
fn a_path_is_part_of_every_command_that_is_suggested() {
    let dir = project(&[("my app/app.py", APP)]);
    let (_, _, stderr) = run(dir.path(), &["fix", "my app", "--select", "development-server"]);
    assert!(stderr.contains("`flaskship fix --apply --select development-server 'my app'`"), "{stderr}");
    let (_, _, stderr) = run(dir.path(), &["fix", "my app", "--apply"]);
    assert!(stderr.contains("  cd 'my app' && flask run --debug\n"), "{stderr}");
    assert!(stderr.contains("`flaskship undo 'my app'`"), "{stderr}");
}

#[test]
fn how_to_run_says_which_server_is_for_which_machine() {
    let dir = project(&[("app.py", APP), ("requirements.txt", "flask\n")]);
    let (_, _, stderr) = run(dir.path(), &["fix", "--apply"]);
    let told = "to run in production:\n  pip install gunicorn\n  gunicorn wsgi:app --bind 0.0.0.0:5000 --threads 4\n\
                or on Windows, which Gunicorn does not run on:\n  pip install waitress\n  \
                waitress-serve --listen=0.0.0.0:5000 wsgi:app\nto work on it:\n  flask run --debug\n";
    assert!(stderr.contains(told), "{stderr}");

    let dir = project(&[("app.py", APP), ("requirements.txt", "flask\nwaitress\n")]);
    let (_, _, stderr) = run(dir.path(), &["fix", "--apply"]);
    let told = "to run in production:\n  waitress-serve --listen=0.0.0.0:5000 wsgi:app\nto work on it:\n";
    assert!(stderr.contains(told), "{stderr}");
}

#[test]
fn a_finding_is_silenced_by_comment_by_flag_and_by_file() {
    let silent = APP.replace("debug=True)", "debug=True)  # flaskship: ignore[debug-argument, development-server]");
    let dir = project(&[("app.py", &silent)]);
    assert_eq!(run(dir.path(), &["check"]).0, Some(0));
    assert_eq!(run(dir.path(), &["fix", "--check"]).0, Some(0));

    let dir = project(&[("app.py", APP)]);
    assert_eq!(run(dir.path(), &["check", "--ignore", "debug-argument,development-server"]).0, Some(0));
    let config = "[check.per-file-ignores]\n\"/app.py\" = [\"debug-argument\", \"development-server\"]\n";
    fs::write(dir.path().join("flaskship.toml"), config).unwrap();
    assert_eq!(run(dir.path(), &["check"]).0, Some(0));
}

#[test]
fn the_json_of_a_finding_is_what_was_promised() {
    let dir = project(&[("shop/app.py", APP)]);
    let (code, stdout, _) = run(dir.path(), &["check", "shop", "--format", "json", "--select", "debug-argument"]);
    let start = "{\"version\":1,\"findings\":[{\"rule\":\"debug-argument\",\"kind\":\"debug\",\"severity\":\"error\",\
                 \"path\":\"app.py\",\"line\":6,\"column\":29,\"end_line\":6,\"end_column\":39,\"message\":\"";
    assert!(stdout.starts_with(start), "{stdout}");
    let end = "\",\"applicability\":\"safe\",\"fix\":\"remove `debug=True`\"}],\"unread\":[]}\n";
    assert!(stdout.ends_with(end), "{stdout}");
    assert_eq!(code, Some(1));
}

#[test]
fn findings_and_what_was_not_read_are_both_counted() {
    let dir = project(&[("app.py", APP), ("old.py", "import flask\nprint 'x'\n")]);
    let (code, _, stderr) = run(dir.path(), &["check"]);
    assert!(stderr.ends_with("with `flaskship fix`; 1 file was not read\n"), "{stderr}");
    // What was found weighs more than what was not read.
    assert_eq!(code, Some(1));
}

#[test]
fn a_new_project_is_no_slip_of_the_fingers() {
    let dir = project(&[("shop/app.py", APP)]);
    for (path, said, hint) in [
        ("shpo", "there is no folder `shpo`", "did you mean `shop`?"),
        ("./shop1", "there is no folder `./shop1`", "did you mean `./shop`?"),
        ("here/shop", "there is no folder `here`", "make it first"),
    ] {
        let (code, _, stderr) = run(dir.path(), &["new", path, "--yes"]);
        assert_eq!(code, Some(2), "{path}");
        assert!(stderr.contains(said) && stderr.contains(hint), "{path}: {stderr}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "{path}");
    }
    let (code, _, stderr) = run(dir.path(), &["new", "bakery", "--yes"]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.starts_with("started a small app"), "{stderr}");
}

#[test]
fn what_new_is_told_has_an_effect_or_is_named() {
    let dir = project(&[("app.py", APP), ("public/a.css", "")]);
    let new = |flags: &[&str]| run(dir.path(), &[&["new", "--diff"], flags].concat());
    let (code, _, stderr) = new(&["--static-dir", "pubic"]);
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("`static-dir` is `pubic`, and the project has no such folder"), "{stderr}");
    assert_eq!(new(&["--static-dir", "public"]).0, Some(0));

    let alone = ["--proxy", "none", "--rate-limit", "5", "--tls", "off"];
    let looks = |flags: &[&str]| -> Vec<String> {
        new(flags).2.lines().filter(|line| line.contains("changes nothing")).map(str::to_owned).collect()
    };
    let proxy = "changes nothing: there is no proxy that would do it";
    assert_eq!(looks(&alone), [format!("look: rate-limit {proxy}"), format!("look: tls {proxy}")]);
    assert_eq!(looks(&["--rate-limit", "5", "--tls", "off"]), [] as [&str; 0]);
    assert_eq!(
        looks(&["--server", "waitress", "--workers", "2"]),
        ["look: workers changes nothing: Waitress has no workers"]
    );
}

#[test]
fn an_app_that_expects_other_proxies_or_https_is_named() {
    let app = "from flask import Flask\nfrom werkzeug.middleware.proxy_fix import ProxyFix\n\napp = Flask(__name__)\n\
               app.config[\"SESSION_COOKIE_SECURE\"] = True\napp.wsgi_app = ProxyFix(app.wsgi_app, x_for=2, x_proto=0)\n";
    let dir = project(&[("app.py", app), ("requirements.txt", "flask\n")]);
    let looks = |flags: &[&str]| -> Vec<String> {
        let (_, _, stderr) = run(dir.path(), &[&["new", "--diff", "--yes"], flags].concat());
        stderr.lines().filter(|line| line.starts_with("look: ")).map(str::to_owned).collect()
    };
    let proxies = ["x_for=2", "x_proto=0"];
    let named = |flags: &[&str]| -> Vec<&str> {
        let looks = looks(flags).join("\n");
        ["SESSION_COOKIE_SECURE", "x_for=2", "x_proto=0"].into_iter().filter(|what| looks.contains(what)).collect()
    };
    assert_eq!(named(&[]), proxies);
    // Without HTTPS there is nothing to tell of it.
    assert_eq!(named(&["--tls", "off"]), ["SESSION_COOKIE_SECURE", "x_for=2"]);
    assert_eq!(named(&["--proxy", "none"]), ["SESSION_COOKIE_SECURE"]);
}

#[cfg(unix)]
#[test]
fn a_device_is_no_folder() {
    let dir = project(&[]);
    let (code, _, stderr) = run(dir.path(), &["check", "/dev/null"]);
    assert_eq!((code, stderr.lines().next()), (Some(2), Some("error: `/dev/null` is a device, not a folder")));
}

#[test]
fn lone_carriage_returns_end_lines_and_are_not_shown() {
    let dir = project(&[("app.py", &APP.replace('\n', "\r"))]);
    let (_, stdout, _) = run(dir.path(), &["check", "--select", "debug-argument"]);
    assert!(stdout.contains("\n6 |     app.run(host=\"0.0.0.0\", debug=True)\n"), "{stdout}");
}

#[test]
fn notes_alone_do_not_fail_a_build() {
    let dir = project(&[("app.py", &APP.replace("host=\"0.0.0.0\", debug=True", ""))]);
    let (code, stdout, _) = run(dir.path(), &["check"]);
    assert!(stdout.starts_with("note[development-server]"), "{stdout}");
    assert_eq!(code, Some(0));
}

#[test]
fn every_rule_has_a_page_that_reads_as_text() {
    let dir = project(&[]);
    let (_, list, _) = run(dir.path(), &["explain"]);
    let names: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 5 && names.is_sorted(), "{list}");
    for name in names {
        let (code, page, _) = run(dir.path(), &["explain", name]);
        assert_eq!(code, Some(0));
        assert!(page.starts_with(&format!("{name}\n")) && !page.contains("```") && !page.contains("\n#"), "{page}");
    }
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

/// See <https://no-color.org>: any value but the empty one.
#[cfg(unix)]
#[test]
fn on_a_terminal_there_is_colour_unless_the_environment_speaks_against_it() {
    const ON_A_TERMINAL: &str = "import pty, sys; pty.spawn(sys.argv[1:])";
    let dir = project(&[("app.py", APP)]);
    for (name, value, coloured) in [
        ("TERM", "xterm", true),
        ("NO_COLOR", "", true),
        ("NO_COLOR", "1", false),
        ("NO_COLOR", "0", false),
        ("CLICOLOR", "0", false),
        ("TERM", "dumb", false),
    ] {
        for command in ["check", "fix", "explain"] {
            let mut terminal = Command::new("python3");
            terminal.current_dir(dir.path()).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
            terminal.args(["-c", ON_A_TERMINAL, env!("CARGO_BIN_EXE_flaskship"), command]);
            if command == "explain" {
                terminal.arg("debug-argument");
            }
            let output = terminal.env("TERM", "xterm").env(name, value).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(text.contains("debug"), "{command}: {text} {}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(text.contains('\u{1b}'), coloured, "{command} with {name}={value}: {text}");
        }
    }
}

/// Long runs say how far they have come, on a terminal, and leave nothing of it there. What is long
/// depends on the machine: the project grows until a run has something to say.
#[cfg(unix)]
#[test]
fn a_long_run_shows_its_progress_on_a_terminal_and_nowhere_else() {
    const ON_A_TERMINAL: &str = "import pty, sys; pty.spawn(sys.argv[1:])";
    /// Ten times what the program waits before it says anything.
    const LONG: Duration = Duration::from_secs(5);
    let row = "ROW = [1, 2, 3, 'flask', 5, 6, 7, 8, 9, 10]\n";
    for rows in (12..).map(|power| 1_usize << power) {
        let long = format!("import flask\n{}", row.repeat(rows));
        let dir = project(&[("app.py", APP), ("a.py", &long), ("b.py", &long), ("c.py", &long)]);
        let mut terminal = Command::new("python3");
        terminal.current_dir(dir.path()).env("TERM", "xterm");
        terminal.args(["-c", ON_A_TERMINAL, env!("CARGO_BIN_EXE_flaskship"), "check"]);
        let start = Instant::now();
        let text = String::from_utf8(terminal.output().unwrap().stdout).unwrap();
        let Some(shown) = text.rfind(" looked at") else {
            assert!(start.elapsed() < LONG, "no progress: {text:?}");
            continue;
        };
        assert!(text[shown..].contains("\r\u{1b}[K") && text[shown..].contains("debug"), "{text:?}");
        let (_, out, err) = run(dir.path(), &["check"]);
        assert!(!out.contains("looked at") && !err.contains("looked at"), "{out} {err}");
        return;
    }
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

#[cfg(unix)]
#[test]
fn a_folder_that_is_gone_is_not_taken_for_output() {
    let dir = project(&[("app.py", APP), ("gone/x", "")]);
    let mut command = Command::new("sh");
    let script = "cd gone && rm -r ../gone && exec \"$0\" fix \"$1\"";
    let output = command.current_dir(dir.path()).args(["-c", script, env!("CARGO_BIN_EXE_flaskship")]).arg(dir.path());
    let stderr = String::from_utf8(output.output().unwrap().stderr).unwrap();
    assert!(stderr.starts_with("error: the current folder cannot be found: "), "{stderr}");
}

#[test]
fn an_app_that_is_not_there_is_not_chosen_in_silence() {
    let dir = project(&[("one.py", APP), ("two.py", APP)]);
    for command in ["fix", "check"] {
        let (code, shown, stderr) = run(dir.path(), &[command, "--app", "tow:app"]);
        assert!(
            (code, shown.as_str()) == (Some(2), "") && stderr.contains("did you mean `--app two:app`?"),
            "{stderr}"
        );
    }
    let (_, diff, stderr) = run(dir.path(), &["fix", "--app", "two:app"]);
    assert!(diff.contains("+from two import app"), "{stderr}");
}

/// CWE-150: the reader's terminal obeys nobody but the reader.
#[cfg(unix)]
#[test]
fn a_terminal_is_sent_no_control_characters_of_a_project() {
    let app = APP.replace("debug=True", "debug=\"\u{1b}]0;x\u{7}\u{9b}31m\"");
    let dir = project(&[("a\u{1b}[2Jb.py", &app), ("\u{1b}c.py", "import flask\nprint 'x'\n")]);
    for args in [&["check"][..], &["fix", "--check"], &["fix", "--apply"], &["undo"], &["check", "no\u{1b}[1m"]] {
        let (_, stdout, stderr) = run(dir.path(), args);
        let harmful = |character: char| character.is_control() && character != '\n';
        assert!(!stdout.contains(harmful) && !stderr.contains(harmful), "{args:?}: {stdout:?} {stderr:?}");
        assert!(args[0] == "check" || stderr.contains("\\u{1b}[2Jb.py"), "{args:?}: {stderr}");
    }
}

#[test]
fn in_a_repository_code_scanning_looks_from_its_top() {
    let dir = project(&[("web/app.py", APP), (".git/HEAD", "ref: refs/heads/main\n")]);
    let (_, github, _) = run(&dir.path().join("web"), &["check", "--format", "github"]);
    assert!(github.starts_with("::warning file=web/app.py,line=6,"), "{github}");
    let (_, sarif, _) = run(&dir.path().join("web"), &["check", "--format", "sarif"]);
    assert!(sarif.contains("\"uri\": \"web/app.py\"") && !sarif.contains("\"uri\": \"app.py\""), "{sarif}");
    let (_, json, _) = run(&dir.path().join("web"), &["check", "--format", "json"]);
    assert!(json.contains("\"path\":\"app.py\"") && !json.contains("web/app.py"), "{json}");
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
    // What a page refers to is there.
    let page = fs::read_to_string(dir.path().join("man/flaskship.1")).unwrap();
    for (before, _) in page.match_indices("(1)").map(|(at, _)| page.split_at(at)) {
        let name =
            before.rsplit(|c: char| !c.is_alphanumeric() && !"\\-".contains(c)).next().unwrap().replace('\\', "");
        assert!(dir.path().join(format!("man/{name}.1")).exists(), "there is no page for {name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error_that_says_so() {
    let dir = project(&[("app.py", APP)]);
    for args in [&["check"][..], &["check", "--format", "json"], &["fix"], &["explain"], &["man"]] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let Output { status, stderr, .. } = flaskship(dir.path()).args(args).stdout(full).output().unwrap();
        let stderr = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(2), "{args:?}");
        assert!(stderr.contains("error: the output cannot be written: No space left on device"), "{args:?}: {stderr}");
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

/// What `new --diff` shows with these flags, variables and `[deploy]`.
fn rendered(flags: &[&str], variables: &[(&str, &str)], deploy: &str) -> String {
    let app = "from flask import Flask\n\napp = Flask(__name__)\n";
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("shop");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("app.py"), app).unwrap();
    fs::create_dir(root.join("public")).unwrap();
    if !deploy.is_empty() {
        fs::write(root.join("flaskship.toml"), format!("[deploy]\n{deploy}")).unwrap();
    }
    let output = flaskship(&root).args(["new", "--diff"]).args(flags).envs(variables.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let diff = String::from_utf8(output.stdout).unwrap();
    // What keeps the answers says who gave each.
    let files = diff.split("diff --git ").filter(|file| !file.starts_with("a/flaskship.toml "));
    files.collect::<Vec<_>>().concat()
}

#[test]
fn a_flag_a_variable_and_a_key_render_the_same_bytes() {
    let answers = [
        ("server", "waitress", "\"waitress\""),
        ("process-manager", "supervisor", "\"supervisor\""),
        ("proxy", "apache", "\"apache\""),
        ("domain", "shop.example.com,www.example.com", "[\"shop.example.com\", \"www.example.com\"]"),
        ("tls", "self-signed", "\"self-signed\""),
        ("tls-profile", "modern", "\"modern\""),
        ("target", "debian-12", "\"debian-12\""),
        ("name", "store", "\"store\""),
        ("user", "www", "\"www\""),
        ("home", "/opt/my store", "\"/opt/my store\""),
        ("port", "8123", "8123"),
        ("threads", "7", "7"),
        ("timeout", "45", "45"),
        ("rate-limit", "9", "9"),
        ("static-url", "/files", "\"/files\""),
        ("static-dir", "public", "\"public\""),
        ("writable", "uploads,/data/shop", "[\"uploads\", \"/data/shop\"]"),
        ("body-limit", "3m", "\"3m\""),
        ("streaming", "true", "true"),
        ("health-url", "/up", "\"/up\""),
        ("metrics", "true", "true"),
    ];
    let plain = rendered(&[], &[], "");
    let (mut flags, mut variables, mut keys) = (Vec::new(), Vec::new(), String::new());
    for (key, value, toml) in answers {
        let variable = format!("FLASKSHIP_{}", key.to_uppercase().replace('-', "_"));
        let flag = format!("--{key}={value}");
        let line = format!("{key} = {toml}\n");
        let by_flag = rendered(&[&flag], &[], "");
        assert_eq!(by_flag, rendered(&[], &[(&variable, value)], ""), "{variable}");
        assert_eq!(by_flag, rendered(&[], &[], &line), "{line}");
        // The one that counts most wins.
        let other = if key == "name" { "name = \"other\"\n" } else { &line };
        assert_eq!(by_flag, rendered(&[&flag], &[], other), "{flag}");
        assert!(
            by_flag != plain || matches!(key, "tls" | "static-url" | "static-dir" | "port" | "tls-profile"),
            "{flag} changes nothing"
        );
        flags.push(flag);
        variables.push((variable, value));
        keys.push_str(&line);
    }
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let all = rendered(&flags, &[], "");
    assert_eq!(all, rendered(&[], &variables, ""));
    assert_eq!(all, rendered(&[], &[], &keys));
}
