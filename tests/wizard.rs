//! The wizard, driven at a terminal as a person would.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod scratch;

use std::num::NonZeroU16;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rexpect::session::{PtySession, spawn_command};
use scratch::{Project, tree};

/// The longest that a screen may take to show what is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

const ROWS: NonZeroU16 = NonZeroU16::new(60).unwrap();
const WIDE: NonZeroU16 = NonZeroU16::new(110).unwrap();
const NARROW: NonZeroU16 = NonZeroU16::new(40).unwrap();

/// What stands before the exit code on the screen.
const ENDED: &str = "exit code:";

const DOWN: &str = "\x1b[B";
const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";
const CTRL_C: &str = "\x03";

/// What is waited for and then typed to take everything as it is proposed, but for the domain.
const ALL: &[(&str, &str)] = &[
    ("Change 3 files", "\x1b[B\r"),
    ("Render the files", ENTER),
    ("What will it run on?", ENTER),
    ("Which server runs the app?", ENTER),
    ("What stands in front of it?", ENTER),
    ("Domain", "shop.example.com\r"),
    ("E-mail", ENTER),
    ("Write ", ENTER),
];

/// A wizard at work.
struct Wizard {
    session: PtySession,
    screen: vt100::Parser,
}

impl Wizard {
    /// Starts it in a project, at a terminal so many columns wide.
    fn start(project: &Project, columns: NonZeroU16, set_up: &str) -> Self {
        let mut command = Command::new("sh");
        let program = env!("CARGO_BIN_EXE_flaskship");
        command.args(["-c", &format!("stty rows {ROWS} cols {columns}; {set_up} '{program}'; echo '{ENDED}' $?")]);
        command.current_dir(project.root()).env_clear();
        for name in ["PATH", "HOME"] {
            command.env(name, std::env::var_os(name).unwrap_or_default());
        }
        command.env("TERM", "xterm-256color");
        let session = spawn_command(command, Some(60_000)).unwrap();
        Self { session, screen: vt100::Parser::new(ROWS, columns, 0) }
    }

    /// What is on the screen.
    fn text(&self) -> String {
        self.screen.screen().contents().trim_end().to_owned()
    }

    fn read(&mut self) {
        while let Some(c) = self.session.try_read() {
            // Each is a byte of the stream, whatever it is part of.
            self.screen.process(&[u8::try_from(u32::from(c)).unwrap()]);
        }
    }

    /// Waits until the screen's last lines, where the question is, show a text.
    fn wait(&mut self, text: &str) {
        let start = Instant::now();
        loop {
            self.read();
            let shown = self.text();
            let last = shown.lines().rev().take(7).any(|line| line.contains(text));
            if last {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "`{text}` did not come; the screen is:\n{shown}");
            sleep(Duration::from_millis(10));
        }
    }

    /// The screen once nothing more is drawn.
    fn settled(&mut self) -> String {
        loop {
            let before = self.text();
            sleep(Duration::from_millis(200));
            self.read();
            if self.text() == before {
                return before;
            }
        }
    }

    /// Waits for a text, then types.
    fn answer(&mut self, text: &str, keys: &str) {
        self.wait(text);
        // A question is drawn before its keys are read.
        sleep(Duration::from_millis(50));
        self.session.send(keys).unwrap();
        self.session.flush().unwrap();
    }

    /// Waits for the end and gives the exit code; the screen is then what flaskship left.
    fn end(&mut self) -> i32 {
        self.wait(ENDED);
        let text = self.text();
        let (_, code) = text.rsplit_once(ENDED).unwrap();
        code.trim().parse().unwrap()
    }

    /// What flaskship has left on the screen.
    fn left(&self) -> String {
        let text = self.text();
        text.rsplit_once(ENDED).map_or(text.as_str(), |(left, _)| left).trim_end().to_owned()
    }
}

fn sample() -> Project {
    let project = Project::empty();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sample");
    fs_extra::dir::copy(from, project.root(), &fs_extra::dir::CopyOptions::new().content_only(true)).unwrap();
    project
}

/// Keeps a screen as a snapshot.
fn keep(name: &str, text: &str) {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!(format!("wizard_{name}"), text));
}

#[test]
fn everything_is_taken_as_proposed() {
    let project = sample();
    let mut wizard = Wizard::start(&project, WIDE, "");
    wizard.wait(ALL[0].0);
    keep("start", &wizard.settled());
    for (text, keys) in ALL {
        wizard.answer(text, keys);
    }
    assert_eq!(wizard.end(), 0, "{}", wizard.text());
    keep("end", &wizard.left());
    let settings = std::fs::read_to_string(project.root().join("flaskship.toml")).unwrap();
    assert!(settings.contains("domain = [\"shop.example.com\"] # chosen in the wizard"), "{settings}");
    let app = std::fs::read_to_string(project.root().join("app.py")).unwrap();
    assert!(!app.contains("debug") && project.root().join("wsgi.py").exists());
    assert!(project.root().join("deploy/README.md").exists());
    // What was answered is not asked again, and gives the same.
    let before = tree(&project.root());
    let again = project.flaskship(["new"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(tree(&project.root()), before);
}

#[test]
fn leaving_at_any_question_leaves_the_project_as_it_was() {
    let project = sample();
    let before = tree(&project.root());
    for (number, (question, _)) in ALL.iter().enumerate() {
        for leave in [CTRL_C, ESCAPE] {
            let mut wizard = Wizard::start(&project, WIDE, "");
            for (text, keys) in &ALL[..number] {
                wizard.answer(text, keys);
            }
            wizard.answer(question, leave);
            assert_eq!(wizard.end(), 130, "{question}: {}", wizard.text());
            assert!(wizard.left().ends_with("nothing was changed"), "{}", wizard.text());
            assert!(!wizard.screen.screen().hide_cursor(), "{question}: the cursor stays hidden");
            assert_eq!(tree(&project.root()), before, "{question}");
            assert!(!project.root().join(".flaskship").exists(), "{question}");
        }
    }
}

#[test]
fn a_person_can_go_back() {
    let project = sample();
    let mut wizard = Wizard::start(&project, WIDE, "");
    for (text, keys) in &ALL[..5] {
        wizard.answer(text, keys);
    }
    wizard.answer("Domain", "<\r");
    wizard.answer("What stands in front of it?", &format!("{DOWN}{ENTER}"));
    wizard.answer("Domain", "not a name\r");
    wizard.wait("without scheme");
    // What was typed stays, to be put right.
    assert!(wizard.text().ends_with("› not a name"), "{}", wizard.text());
    // Left over the space, "not", "a": the cursor can be moved, and what is before it goes.
    wizard.answer("without scheme", &format!("{}{}localhost", "\x1b[D".repeat(4), "\x7f".repeat(10)));
    wizard.wait("localhostname");
    wizard.answer("localhostname", &format!("{}\r", "\x1b[3~".repeat(9)));
    wizard.answer("Write ", &format!("{DOWN}{DOWN}{ENTER}"));
    wizard.answer("What will it run on?", ENTER);
    wizard.answer("Which server", &format!("{DOWN}{ENTER}"));
    wizard.answer("What stands in front", ENTER);
    wizard.answer("Domain", ENTER);
    wizard.answer("Write ", ENTER);
    assert_eq!(wizard.end(), 0, "{}", wizard.text());
    let settings = std::fs::read_to_string(project.root().join("flaskship.toml")).unwrap();
    assert!(settings.contains("server = \"waitress\""), "{settings}");
}

#[test]
fn fixes_can_be_chosen_one_by_one() {
    let project = sample();
    let mut wizard = Wizard::start(&project, WIDE, "");
    wizard.answer("Change 3 files", &format!("{DOWN}{DOWN}{ENTER}"));
    wizard.wait("Space takes one in or out");
    keep("fix_by_fix", &wizard.settled());
    // All but the first, the one about the configuration.
    wizard.answer("Space takes one in or out", &format!(" {ENTER}"));
    wizard.answer("That is the diff now", ENTER);
    wizard.answer("Render the files", &format!("{DOWN}{ENTER}"));
    assert_eq!(wizard.end(), 0, "{}", wizard.text());
    let app = std::fs::read_to_string(project.root().join("app.py")).unwrap();
    assert!(app.contains("app.config[\"DEBUG\"] = True") && !app.contains("app.run("), "{app}");
    assert!(!project.root().join("deploy").exists());
}

#[test]
fn an_empty_folder_gets_an_app() {
    let project = Project::empty();
    for keys in [CTRL_C, "\x1b[B\r"] {
        let mut wizard = Wizard::start(&project, WIDE, "");
        wizard.answer("Start it?", keys);
        assert_eq!(wizard.end(), 130, "{}", wizard.text());
        assert!(tree(&project.root()).is_empty());
    }
    let mut wizard = Wizard::start(&project, WIDE, "");
    wizard.wait("Start it?");
    keep("empty_folder", &wizard.settled());
    wizard.answer("Start it?", ENTER);
    for (text, keys) in &ALL[1..] {
        wizard.answer(text, keys);
    }
    assert_eq!(wizard.end(), 0, "{}", wizard.text());
    let check = project.flaskship(["check"]);
    assert_eq!(check.code, 0, "{}", check.text());
    assert!(project.root().join("deploy/README.md").exists());
}

#[test]
fn a_narrow_terminal_without_colour_will_do() {
    let project = sample();
    let mut wizard = Wizard::start(&project, NARROW, "export NO_COLOR=1;");
    for (text, keys) in ALL {
        wizard.wait(text.split(' ').next().unwrap());
        if *text == "What will it run on?" {
            keep("narrow", &wizard.settled());
        }
        wizard.answer(text.split(' ').next().unwrap(), keys);
    }
    assert_eq!(wizard.end(), 0, "{}", wizard.text());
    assert!(project.root().join("deploy/README.md").exists());
}

#[test]
fn where_nobody_can_answer_nothing_hangs() {
    let project = sample();
    let before = tree(&project.root());
    for arguments in [&[][..], &["new"]] {
        let ran = project.flaskship(arguments);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        for flag in ["--target", "--server", "--proxy", "--domain", "--yes"] {
            assert!(ran.stderr.contains(flag), "{flag}: {}", ran.stderr);
        }
        assert_eq!(tree(&project.root()), before);
    }
    // A terminal to write on is none to read from.
    let mut wizard = Wizard::start(&project, WIDE, "exec </dev/null;");
    assert_eq!(wizard.end(), 2, "{}", wizard.text());
    let ran = project.flaskship(["new", "--yes", "--fix"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn the_same_answers_give_the_same_files_however_they_are_given() {
    let rendered = |project: &Project| {
        let mut files = tree(&project.root());
        files.retain(|path, _| path != Path::new("flaskship.toml"));
        files
    };
    let by_wizard = sample();
    let mut wizard = Wizard::start(&by_wizard, WIDE, "");
    for (text, keys) in ALL {
        wizard.answer(text, keys);
    }
    assert_eq!(wizard.end(), 0);
    let answers = [("target", "debian-13"), ("server", "gunicorn"), ("proxy", "nginx"), ("domain", "shop.example.com")];

    let by_flags = sample();
    let flags = answers.iter().map(|(key, value)| format!("--{key}={value}"));
    let ran = by_flags.flaskship(["new", "--fix"].map(str::to_owned).into_iter().chain(flags));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(rendered(&by_flags), rendered(&by_wizard));

    let by_environment = sample();
    let mut command = Command::new("env");
    command.args(answers.map(|(key, value)| format!("FLASKSHIP_{}={value}", key.to_uppercase())));
    command.args([env!("CARGO_BIN_EXE_flaskship"), "new", "--fix"]);
    let ran = by_environment.run(command);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(rendered(&by_environment), rendered(&by_wizard));

    let by_file = sample();
    let lines: String = answers.iter().map(|(key, value)| format!("{key} = \"{value}\"\n")).collect();
    by_file.write("flaskship.toml", format!("[deploy]\n{lines}").as_bytes());
    let ran = by_file.flaskship(["new", "--fix"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(rendered(&by_file), rendered(&by_wizard));
}
