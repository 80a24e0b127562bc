//! # debug-flag
//!
//! ## What it does
//!
//! Finds launch commands that ask for debug mode or the interactive debugger: `flask run --debug`,
//! `flask --debug run`, `flask run --debugger`, `manage.py runserver --debug`, and `--debug` for a
//! script that turns debug mode on when it is told so.
//!
//! ## Why is this bad
//!
//! With the debugger on, the page shown for an error holds a console in which anyone can run code.
//!
//! ## Example
//!
//! ```dockerfile
//! CMD ["flask", "--app", "app", "--debug", "run", "--host", "0.0.0.0"]
//! ```
//!
//! ## Use instead
//!
//! ```dockerfile
//! CMD ["flask", "--app", "app", "run", "--host", "0.0.0.0"]
//! ```
//! and then, since the development server is not made for production, see
//! `development-server-command`.
//!
//! ## Fix safety
//!
//! The option is removed, which is safe. In files for development the finding is a note without a
//! fix; in files for tests there is none.
//!
//! ## References
//!
//! - [Flask: Debug Mode](https://flask.palletsprojects.com/en/stable/quickstart/#debug-mode)

use super::development_server_command::{is_flask_group, script};
use super::{Context, Rule};
use crate::edit::{Applicability, Edit, Fix};
use crate::finding::{Finding, Kind, Severity};
use crate::project::{Known, Launch, Scope, What};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { name: "debug-flag", kind: Kind::Debug, source: include_str!("debug_flag.rs"), check };

/// Finds commands that ask for debug mode.
pub(super) fn check(context: Context<'_>) -> Vec<Finding> {
    context.around.launches.iter().filter_map(|launch| finding(context, launch)).collect()
}

fn finding(context: Context<'_>, launch: &Launch) -> Option<Finding> {
    let asked = asked_of_script(context, launch);
    if let What::Code { debug: Some(place) } = launch.what {
        return in_code(launch, place);
    }
    let flags = match &launch.what {
        What::FlaskRun(run) if !run.no_debug => &run.debug,
        What::Script { debug, .. } if asked.is_empty() => debug,
        What::Script { .. } => &asked,
        _ => return None,
    };
    let first = *flags.first()?;
    if launch.scope == Scope::Test {
        return None;
    }
    let development = launch.scope == Scope::Development;
    let said = context.around.text(&launch.path).get(first.start..first.end).unwrap_or_default();
    let said = said.trim_matches(['"', '\'']);
    let said = if launch.editable { said } else { "--debug" };
    let server = match &launch.what {
        What::FlaskRun(_) => "flask run",
        What::Script { name, .. } if !asked.is_empty() => name,
        _ => "runserver",
    };
    let what = if said == "--debugger" { "the interactive debugger" } else { "debug mode" };
    let edits: Option<Vec<Edit>> = flags
        .iter()
        .map(|flag| before(launch, *flag).map(|end| Edit::delete(&launch.path, Span::new(end, flag.end))))
        .collect();
    let fix = edits.filter(|_| launch.editable && !development).map(|edits| Fix {
        title: format!("remove `{said}`"),
        applicability: Applicability::Safe,
        edits,
        files: Vec::new(),
    });
    let hint = match (&fix, development) {
        (None, false) => Some(format!("remove `{said}` from the command by hand")),
        _ => None,
    };
    let note = if development { ", for development" } else { "" };
    Some(Finding {
        rule: "debug-flag",
        kind: Kind::Debug,
        severity: if development { Severity::Note } else { Severity::Error },
        path: launch.path.clone(),
        span: first,
        message: format!("`{server}` is told to turn {what} on with `{said}`{note}"),
        hint,
        fix,
        related: Vec::new(),
    })
}

/// The finding about `python -c "…; app.run(debug=True)"`.
fn in_code(launch: &Launch, place: Span) -> Option<Finding> {
    if launch.scope == Scope::Test {
        return None;
    }
    let development = launch.scope == Scope::Development;
    Some(Finding {
        rule: "debug-flag",
        kind: Kind::Debug,
        severity: if development { Severity::Note } else { Severity::Error },
        path: launch.path.clone(),
        span: place,
        message: "the code given to Python runs the app with debug mode on".to_owned(),
        hint: Some("start a WSGI server instead, or remove `debug=True` by hand".to_owned()),
        fix: None,
        related: Vec::new(),
    })
}

/// The `--debug` that a command gives to a script whose own command line decides about debug mode.
fn asked_of_script(context: Context<'_>, launch: &Launch) -> Vec<Span> {
    let flags = launch.command.program().iter().filter(|word| word.text == "--debug");
    let flags: Vec<Span> = flags.map(|word| word.span).collect();
    if flags.is_empty() {
        return flags;
    }
    let module = script(context, launch).and_then(|path| context.project.by_path(&path));
    let decides = context.facts.serves.iter().filter(|serve| Some(serve.module) == module).any(|serve| {
        serve.argument("debug").is_some_and(|debug| matches!(debug.setting.known, Known::CommandLine { .. }))
    });
    // `python manage.py run --debug` is the `flask run` of a `FlaskGroup`.
    if decides || is_flask_group(context, launch) { flags } else { Vec::new() }
}

/// Where the word before one ends: what is deleted starts there, comma or space included.
fn before(launch: &Launch, flag: Span) -> Option<usize> {
    launch.command.words.iter().map(|word| word.span.end).filter(|end| *end <= flag.start).max()
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{check_all, fixed, notes};
    use super::*;

    #[test]
    fn the_flag_is_removed_in_the_form_of_the_command() {
        for (path, before, after) in [
            (
                "Dockerfile",
                "FROM x\nCMD [\"flask\", \"--app\", \"app\", \"--debug\", \"run\"]\n",
                "FROM x\nCMD [\"flask\", \"--app\", \"app\", \"run\"]\n",
            ),
            (
                "Dockerfile",
                "FROM x\nCMD flask run \\\n    --debug \\\n    --host 0.0.0.0\n",
                "FROM x\nCMD flask run \\\n    --host 0.0.0.0\n",
            ),
            (
                "compose.yml",
                "services:\n  web:\n    command:\n      - flask\n      - run\n      - --debug\n",
                "services:\n  web:\n    command:\n      - flask\n      - run\n",
            ),
            (
                "compose.yml",
                "services:\n  web:\n    command: sh -c \"flask run --debug --debugger\"\n",
                "services:\n  web:\n    command: sh -c \"flask run\"\n",
            ),
            (
                "play.yml",
                "- tasks:\n    - name: flask run --debug\n      shell: nohup flask run --debug --host=0.0.0.0 &\n",
                "- tasks:\n    - name: flask run --debug\n      shell: nohup flask run --host=0.0.0.0 &\n",
            ),
            (
                "web.service",
                "[Service]\r\nExecStart=/v/bin/flask --app x run --debug\r\n",
                "[Service]\r\nExecStart=/v/bin/flask --app x run\r\n",
            ),
            (
                "k8s.yaml",
                "containers:\n  - command: [\"/bin/sh\", \"-c\"]\n    image: x\n  - args: [flask, run, --debug]\n",
                "containers:\n  - command: [\"/bin/sh\", \"-c\"]\n    image: x\n  - args: [flask, run]\n",
            ),
            (
                "render.yaml",
                "services:\n  - startCommand: >-\n      flask run\n      --debug\n",
                "services:\n  - startCommand: >-\n      flask run\n",
            ),
        ] {
            assert_eq!(fixed(&[(path, before)], check, path), after, "{path}: {before}");
        }
    }

    #[test]
    fn the_commands_of_flask_in_a_script_are_told_the_same() {
        let manage = "from flask.cli import FlaskGroup\n\nfrom shop import create_app\n\ncli = FlaskGroup(create_app=create_app)\n\nif __name__ == \"__main__\":\n    cli()\n";
        let before = "FROM x\nENTRYPOINT [\"python\", \"manage.py\", \"run\", \"--host=0.0.0.0\", \"--debug\"]\n";
        let after = "FROM x\nENTRYPOINT [\"python\", \"manage.py\", \"run\", \"--host=0.0.0.0\"]\n";
        assert_eq!(fixed(&[("Dockerfile", before), ("manage.py", manage)], check, "Dockerfile"), after);
        let other = before.replace("\"run\"", "\"seed\"");
        assert_eq!(check_all(&[("Dockerfile", &other), ("manage.py", manage)], check), []);
    }

    #[test]
    fn what_does_not_turn_it_on_is_no_finding() {
        for (path, text) in [
            ("Procfile", "web: flask run --no-debug\nother: flask run --debug --no-debug\n# web: flask run --debug\n"),
            ("start.sh", "echo \"flask run --debug\"\nflask run # --debug\n"),
            ("tests/run.sh", "flask run --debug\n"),
            ("Dockerfile", "FROM x\nCMD [\"flask\", \"run\", \"--debug\"]\nCMD [\"gunicorn\", \"wsgi:app\"]\n"),
        ] {
            assert_eq!(check_all(&[(path, text)], check), [], "{path}: {text}");
        }
    }

    #[test]
    fn development_is_a_note() {
        for (path, text) in [
            ("Procfile.dev", "web: flask run --debug\n"),
            ("pyproject.toml", "[tool.poe.tasks]\nserve = \"flask --app app run --debug\"\n"),
            ("Makefile", "dev:\n\t@flask run --debug\n"),
            ("Dockerfile", "FROM x AS dev\nCMD [\"flask\", \"run\", \"--debug\"]\nFROM x\nCMD [\"gunicorn\", \"x\"]\n"),
        ] {
            let found = check_all(&[(path, text)], check);
            assert!(notes(&found) && found.len() == 1, "{path}: {found:#?}");
        }
    }

    #[test]
    fn a_command_that_is_written_with_escapes_is_left_to_a_person() {
        let found =
            check_all(&[("package.json", "{\"scripts\": {\"start\": \"sh -c \\\"flask run --debug\\\"\"}}")], check);
        assert!(found.is_empty() || found[0].fix.is_none(), "{found:#?}");
    }
}
