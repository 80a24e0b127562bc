//! # debug-environment
//!
//! ## What it does
//!
//! Finds environment variables that turn debug mode or the interactive debugger on, wherever
//! outside Python they are set: `.env` and `.flaskenv`, Dockerfiles, compose files, Procfiles,
//! scripts, systemd units, Supervisor, Kubernetes manifests, workflows, and the files of hosting
//! platforms. The variables are `FLASK_DEBUG`, `FLASK_RUN_DEBUG`, `FLASK_RUN_DEBUGGER`,
//! `WERKZEUG_DEBUG_PIN=off`, `DASH_DEBUG`, and `FLASK_ENV=development` where Flask is older than 2.3.
//!
//! A variable that only the code gives a meaning to is found by what the code makes of it: `DEBUG=1`
//! beside `app.run(debug=os.getenv("DEBUG") == "1")`, and `APP_SETTINGS=config.DevelopmentConfig`
//! beside `from_object(os.environ["APP_SETTINGS"])`. A file of variables counts where something loads
//! it: `load_dotenv()`, python-decouple, environs, `env_file`, `EnvironmentFile`. Flask itself loads
//! `.env` too late for what a module reads when it is imported.
//!
//! ## Why is this bad
//!
//! `FLASK_DEBUG=1` turns debug mode on under every server, Gunicorn too: exceptions are raised again
//! where the error page should come, and the development server answers with a console in which
//! anyone can run code. Only an empty value, `0`, `false` and `no` are off; `off` is on.
//!
//! ## Example
//!
//! ```yaml
//! services:
//!   web:
//!     environment:
//!       - FLASK_DEBUG=1
//!       - DATABASE_URL=postgresql://db/app
//! ```
//!
//! ## Use instead
//!
//! ```yaml
//! services:
//!   web:
//!     environment:
//!       - DATABASE_URL=postgresql://db/app
//! ```
//! For development, `flask run --debug` turns debug mode on for one run (before Flask 2.2.3,
//! `FLASK_DEBUG=1 flask run`).
//!
//! ## Fix safety
//!
//! The entry is deleted, and what would be left empty with it. The fix is safe unless the project's
//! Python code reads the variable itself; then it is unsafe, and where the code needs the variable to
//! exist (`os.environ["FLASK_DEBUG"]`) it takes a person. In files for development the finding is a
//! note without a fix; in files for tests there is none.
//!
//! A variable that the code gives its meaning to gets the value that the code takes for off, which is
//! tried out on the code first: `0`, `False`, `production`, in the style of what is there. A URL or a secret
//! is never changed because the code asks whether it is set: what the code chooses then takes a person. That
//! fix is safe where the code reads the variable for a debug setting only, else unsafe.
//!
//! ## References
//!
//! - [Flask: Debug Mode](https://flask.palletsprojects.com/en/stable/config/#DEBUG)
//! - [Flask 2.3: `FLASK_ENV` is removed](https://flask.palletsprojects.com/en/stable/changes/#version-2-3-0)
//! - [Werkzeug: Debugger PIN](https://werkzeug.palletsprojects.com/en/stable/debug/#debugger-pin)

use super::{Context, Rule};
use crate::edit::{Applicability, Edit, Fix};
use crate::finding::{Finding, Kind, Related, Severity};
use crate::project::{
    Answer, Effect, FlaskCommand, Pin, Place, Project, Remedy, Scope, Standing, Switch, Variable, When, effect, resolve,
};

pub(super) const RULE: Rule =
    Rule { name: "debug-environment", kind: Kind::Debug, source: include_str!("debug_environment.rs"), check };

/// Finds variables that turn debug mode on.
pub(super) fn check(context: Context<'_>) -> Vec<Finding> {
    let all = context.around.variables.iter().enumerate();
    all.filter_map(|(at, variable)| {
        let switch = context.switches.iter().find(|switch| switch.variable == at);
        switch.map_or_else(|| finding(context, variable), |switch| switched(context, variable, switch))
    })
    .collect()
}

/// How the project's own code reads a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    /// It does not.
    Never,
    /// With a way out when it is missing.
    Softly,
    /// With an error when it is missing.
    Strictly,
}

fn finding(context: Context<'_>, variable: &Variable) -> Option<Finding> {
    let prefixed = prefixed(context, variable);
    let effect = effect(&variable.name, &variable.value).or(prefixed.map(|_| Effect::Debug))?;
    if variable.standing == Standing::Overridden || variable.scope == Scope::Test {
        return None;
    }
    let shown = format!("`{}={}`", variable.name, variable.value);
    let (age, pin) = context.around.dependencies.flask_before_2_3();
    let dead = effect == Effect::OldDebug && age == Answer::No;
    let mut message = match effect {
        Effect::Debug => format!("{shown} turns debug mode on"),
        Effect::OldDebug => old_debug(&shown, age, pin),
        Effect::Debugger => format!("{shown} turns the interactive debugger of `flask run` on"),
        Effect::NoPin => format!("{shown} takes away the PIN that guards the interactive debugger"),
        Effect::Dash => format!("{shown} turns Dash's debug mode on"),
    };
    let harmless = harmless(variable);
    if let Some(harmless) = harmless {
        message.push_str(", ");
        message.push_str(harmless);
    }
    let severity = match effect {
        _ if harmless.is_some() || dead => Severity::Note,
        Effect::OldDebug if age == Answer::Unknown => Severity::Warning,
        _ => Severity::Error,
    };
    let reads = reads(context.project, &variable.name);
    let off = effect.off();
    let fix = match (variable.removal, reads) {
        (Some(removal), Reads::Never | Reads::Softly) if harmless.is_none() => {
            let safe = reads == Reads::Never && !dead;
            let applicability = if safe { Applicability::Safe } else { Applicability::Unsafe };
            Some(Fix::edit(format!("delete {shown}"), applicability, Edit::delete(&variable.path, removal)))
        }
        (None, Reads::Never | Reads::Softly) if harmless.is_none() => {
            let applicability = if reads == Reads::Never { Applicability::Safe } else { Applicability::Unsafe };
            off.and_then(|off| changed(context, variable, off))
                .map(|edit| Fix::edit(format!("turn {shown} off"), applicability, edit))
        }
        _ => None,
    };
    let hint = match (&fix, harmless) {
        (_, Some(_)) => None,
        (None, _) if reads == Reads::Strictly => {
            let value = off.unwrap_or("on");
            Some(format!("the code needs `{}` to exist; set it to `{value}`", variable.name))
        }
        (None, _) => Some(format!("delete {shown} by hand")),
        (Some(_), _) if dead => None,
        (Some(_), _) => match context.around.dependencies.flask_command() {
            FlaskCommand::Options => Some("for development, use `flask run --debug`".to_owned()),
            FlaskCommand::Variables => Some("for development, use `FLASK_DEBUG=1 flask run`".to_owned()),
            FlaskCommand::AppInVariable => None,
        },
    };
    let pin = pin.filter(|_| effect == Effect::OldDebug).map(|pin| Related {
        path: pin.path.clone(),
        span: pin.span,
        message: "the Flask version is asked for here".to_owned(),
    });
    let read = prefixed.map(|place| context.related(place, "it is read here, where any text is true"));
    let related = pin.or(read);
    Some(Finding {
        rule: "debug-environment",
        kind: Kind::Debug,
        severity,
        path: variable.path.clone(),
        span: variable.span,
        message,
        hint,
        fix,
        related: related.into_iter().collect(),
    })
}

/// Why a variable does no harm where it is set.
fn harmless(variable: &Variable) -> Option<&'static str> {
    match (variable.standing, variable.scope) {
        (Standing::OtherStage, _) => Some("in a stage that the last one does not build on"),
        (Standing::Sample, _) => Some("in a file that is there to be copied"),
        (Standing::Request, _) => Some("but mod_wsgi hands it to requests and not to the process"),
        (_, Scope::Development) => Some("for development"),
        _ => None,
    }
}

/// The finding about a variable that means debug mode to the code that reads it.
fn switched(context: Context<'_>, variable: &Variable, switch: &Switch) -> Option<Finding> {
    let shown = format!("`{}={}`", variable.name, variable.value);
    let harmless = harmless(variable);
    let note = harmless.map_or_else(String::new, |harmless| format!(", {harmless}"));
    let message = if switch.chooses {
        format!("{shown} turns debug mode on, because of how the code reads it{note}")
    } else {
        format!("debug mode is on where `{}` is set, as the code tests it{note}", variable.name)
    };
    let applicability = if switch.debug_only { Applicability::Safe } else { Applicability::Unsafe };
    let (title, edit) = match &switch.remedy {
        Some(Remedy::Value(value)) => {
            (format!("set `{}` to `{value}`", variable.name), changed(context, variable, value))
        }
        Some(Remedy::Deletion) => {
            let gone = variable.removal.filter(|_| reads(context.project, &variable.name) != Reads::Strictly);
            (format!("delete {shown}"), gone.map(|removal| Edit::delete(&variable.path, removal)))
        }
        None if !switch.chooses => {
            (format!("in the code, choose what leaves debug mode off where `{}` is set", variable.name), None)
        }
        None => ("choose a value that leaves debug mode off".to_owned(), None),
    };
    let fix = edit.filter(|_| harmless.is_none()).map(|edit| Fix::edit(title.clone(), applicability, edit));
    let hint = (fix.is_none() && harmless.is_none()).then_some(title);
    let mut related = Vec::new();
    related.extend(switch.read.map(|read| context.related(read, "it is read here")));
    let is_elsewhere = |place: &&Place| {
        switch.read.is_none_or(|read| read.module != place.module || context.line(read) != context.line(**place))
    };
    let settings = switch.settings.iter().filter(is_elsewhere);
    related.extend(settings.map(|place| context.related(*place, "debug mode is turned on here")));
    Some(Finding {
        rule: "debug-environment",
        kind: Kind::Debug,
        severity: if harmless.is_some() { Severity::Note } else { Severity::Error },
        path: variable.path.clone(),
        span: variable.span,
        message,
        hint,
        fix,
        related,
    })
}

/// The call of `from_prefixed_env` that takes a variable for `DEBUG` and finds it true. It reads values as
/// JSON, and what is none as a text: `False` is a text, which is true.
fn prefixed(context: Context<'_>, variable: &Variable) -> Option<Place> {
    let value = resolve(&variable.value)?;
    if matches!(value.trim(), "" | "\"\"" | "0" | "0.0" | "false" | "null" | "[]" | "{}") {
        return None;
    }
    let reads = |prefix: &str| variable.name.strip_prefix(prefix) == Some("_DEBUG");
    let found = context.facts.prefixed.iter().find(|call| call.when == When::Default && reads(&call.prefix))?;
    (!context.in_tests(found.place)).then_some(found.place)
}

/// The edit that gives a variable another value; `None` where its value is not written in one piece.
fn changed(context: Context<'_>, variable: &Variable, value: &str) -> Option<Edit> {
    let span = variable.value_span;
    let written = context.around.text(&variable.path).get(span.start..span.end)?;
    // An item of a list is written with its name: `- FLASK_DEBUG=1`.
    let lead = if written.contains('=') { format!("{}=", variable.name) } else { String::new() };
    let said = format!("{lead}{}", variable.value);
    let whole = written.trim_matches(['"', '\'']) == said && !variable.value.is_empty();
    whole.then(|| Edit::replace(&variable.path, span, written.replace(&said, &format!("{lead}{value}"))))
}

/// What `FLASK_ENV=development` does with the Flask there is.
fn old_debug(shown: &str, age: Answer, pin: Option<&Pin>) -> String {
    let version = pin.map(|pin| pin.specifier.as_str()).filter(|specifier| !specifier.is_empty());
    let asked = version.map_or_else(String::new, |version| format!(" (`{version}` is asked for)"));
    match age {
        Answer::Yes => format!("{shown} turns debug mode on, because Flask is older than 2.3{asked}"),
        Answer::No => format!("{shown} has no effect since Flask 2.3{asked}"),
        Answer::Unknown => format!("{shown} turns debug mode on if Flask is older than 2.3; its version is not known"),
    }
}

/// How the project's code reads a variable. Flask itself reads it through a name of its own.
pub(super) fn reads(project: &Project, name: &str) -> Reads {
    let mut found = Reads::Never;
    for (_, module) in project.iter() {
        let text = &module.source.text;
        for (at, _) in text.match_indices(name) {
            let before = &text[..at];
            if !before.ends_with(['"', '\'']) || !text[at + name.len()..].starts_with(['"', '\'']) {
                continue;
            }
            let before = before[..before.len() - 1].trim_end();
            if before.ends_with("environ[") {
                // An assignment gives the variable a value and does not read it.
                let after = text[at + name.len() + 1..].trim_start().strip_prefix(']').map(str::trim_start);
                let assigned = after.is_some_and(|after| after.starts_with('=') && !after.starts_with("=="));
                if !assigned {
                    return Reads::Strictly;
                }
            } else if before.ends_with("environ.pop(") && text[at + name.len() + 1..].trim_start().starts_with(')') {
                return Reads::Strictly;
            } else if before.ends_with('(') && !before.ends_with("setdefault(") {
                found = Reads::Softly;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{check_all, fixed, notes};
    use super::*;

    fn run(files: &[(&str, &str)]) -> Vec<Finding> {
        check_all(files, check)
    }

    #[test]
    fn the_command_for_development_is_one_of_the_flask_that_is_asked_for() {
        for (list, command) in [
            ("flask\n", Some("flask run --debug")),
            ("flask==2.2.3\n", Some("flask run --debug")),
            ("flask==2.2.2\n", Some("FLASK_DEBUG=1 flask run")),
            ("flask<2\n", Some("FLASK_DEBUG=1 flask run")),
            ("flask==0.12.2\n", None),
        ] {
            let found = run(&[(".env", "FLASK_DEBUG=1\n"), ("requirements.txt", list)]);
            let hint = command.map(|command| format!("for development, use `{command}`"));
            assert_eq!(found[0].hint, hint, "{list}");
        }
    }

    #[test]
    fn the_entry_is_deleted_in_the_format_of_the_file() {
        for (path, before, after) in [
            (".env", "A=1\r\nexport FLASK_DEBUG='1' # x\r\nB=2", "A=1\r\nB=2"),
            (".flaskenv", "FLASK_RUN_DEBUG=1\n", ""),
            ("Dockerfile", "FROM x\nENV FLASK_DEBUG 1\nENV A=1\n", "FROM x\nENV A=1\n"),
            ("Dockerfile", "FROM x\nENV A=1 \\\n    FLASK_DEBUG=1 \\\n    B=2\n", "FROM x\nENV A=1 \\\n    B=2\n"),
            ("Dockerfile", "FROM x\nENV A=1 \\\n    # why\n    FLASK_DEBUG=1\n", "FROM x\nENV A=1\n"),
            ("Dockerfile", "FROM x\nARG D=1\nENV FLASK_DEBUG=${D}\n", "FROM x\nARG D=1\n"),
            ("Dockerfile", "FROM x AS base\nENV FLASK_DEBUG=1\nFROM base\n", "FROM x AS base\nFROM base\n"),
            (
                "docker-compose.yml",
                "services:\n  web:\n    environment:\n      - FLASK_DEBUG=1\n      - FLASK_RUN_DEBUG=1\n    image: x # y\n",
                "services:\n  web:\n    image: x # y\n",
            ),
            (
                "compose.yaml",
                "services:\n  web:\n    environment:\n      FLASK_DEBUG: \"true\"\n      A: b\n",
                "services:\n  web:\n    environment:\n      A: b\n",
            ),
            (
                "compose.yml",
                "services:\n  web:\n    environment: [\"FLASK_DEBUG=1\", \"A=b\"]\n",
                "services:\n  web:\n    environment: [\"A=b\"]\n",
            ),
            (
                "k8s/deploy.yaml",
                "spec:\n  containers:\n    - name: web\n      env:\n        - name: FLASK_DEBUG\n          value: \"1\"\n        - name: A\n          value: b\n",
                "spec:\n  containers:\n    - name: web\n      env:\n        - name: A\n          value: b\n",
            ),
            (
                "render.yaml",
                "services:\n  - type: web\n    envVars:\n      - key: FLASK_DEBUG\n        value: 1\n",
                "services:\n  - type: web\n",
            ),
            // An anchor is named elsewhere, and an empty file is none to compose.
            (
                "compose.yml",
                "x-env: &env\n  FLASK_DEBUG: \"1\"\nservices:\n  web:\n    environment:\n      <<: *env\n",
                "x-env: &env\n  FLASK_DEBUG: \"0\"\nservices:\n  web:\n    environment:\n      <<: *env\n",
            ),
            (
                "docker-compose.prod.yml",
                "services:\n  web:\n    environment:\n      - FLASK_DEBUG=1\n",
                "services:\n  web:\n    environment:\n      - FLASK_DEBUG=0\n",
            ),
            ("deploy.sh", "heroku config:set FLASK_DEBUG=1\n", "heroku config:set FLASK_DEBUG=0\n"),
            ("app.yaml", "runtime: python39\nenv_variables:\n  FLASK_DEBUG: 1\n", "runtime: python39\n"),
            ("fly.toml", "[env]\n  FLASK_DEBUG = \"1\"\n  PORT = \"80\"\n", "[env]\n  PORT = \"80\"\n"),
            (
                "zappa_settings.json",
                "{\"prod\": {\"environment_variables\": {\"FLASK_DEBUG\": \"1\"}}}",
                "{\"prod\": {\"environment_variables\": {}}}",
            ),
            ("Procfile", "web: FLASK_DEBUG=1 gunicorn wsgi:app\n", "web: gunicorn wsgi:app\n"),
            (
                "crontab.txt",
                "@reboot cd /x && FLASK_DEBUG=1 python3 app.py >> log 2>&1\n",
                "@reboot cd /x && python3 app.py >> log 2>&1\n",
            ),
            (
                "start.sh",
                "#!/bin/sh\nexport FLASK_DEBUG=1\nexport A=1 FLASK_ENV=development\ngunicorn x\n",
                "#!/bin/sh\nexport A=1\ngunicorn x\n",
            ),
            ("start.sh", "export FLASK_DEBUG=1 && gunicorn x\n", "gunicorn x\n"),
            ("start.bat", "@echo off\r\nset FLASK_DEBUG=1\r\npython x.py\r\n", "@echo off\r\npython x.py\r\n"),
            (
                "web.service",
                "[Service]\nEnvironment=\"FLASK_DEBUG=1\" \"A=b\"\nExecStart=/x\n",
                "[Service]\nEnvironment=\"A=b\"\nExecStart=/x\n",
            ),
            ("web.service", "[Service]\nEnvironment=FLASK_DEBUG=1\nExecStart=/x\n", "[Service]\nExecStart=/x\n"),
            (
                "supervisord.conf",
                "[program:web]\ncommand=x\nenvironment=A=\"b\",FLASK_DEBUG=\"1\"\n",
                "[program:web]\ncommand=x\nenvironment=A=\"b\"\n",
            ),
            ("uwsgi.ini", "[uwsgi]\nmodule = wsgi\nenv = FLASK_DEBUG=1\n", "[uwsgi]\nmodule = wsgi\n"),
            (
                "ecosystem.config.js",
                "module.exports = { apps: [{ name: \"web\", env: { FLASK_DEBUG: \"1\" } }] }",
                "module.exports = { apps: [{ name: \"web\", env: {} }] }",
            ),
            (
                "package.json",
                "{\n  \"scripts\": {\"start\": \"FLASK_DEBUG=1 gunicorn x\"}\n}\n",
                "{\n  \"scripts\": {\"start\": \"gunicorn x\"}\n}\n",
            ),
            (
                "play.yml",
                "- hosts: web\n  tasks:\n    - shell: x\n      environment:\n        FLASK_DEBUG: '1'\n",
                "- hosts: web\n  tasks:\n    - shell: x\n",
            ),
            ("deploy.sh", "docker run -d -e FLASK_DEBUG=1 -p 80:80 web\n", "docker run -d -p 80:80 web\n"),
            (
                "cgi/.htaccess",
                "Options +ExecCGI\n  SetEnv FLASK_DEBUG 1\nSetEnv A \"b c\"\n",
                "Options +ExecCGI\nSetEnv A \"b c\"\n",
            ),
            (
                "main.tf",
                "environment {\n  variables = {\n    FLASK_DEBUG = \"1\" # why\n    \"FLASK_RUN_DEBUG\" = true\n    A = \"b\"\n  }\n}\n",
                "environment {\n  variables = {\n    FLASK_DEBUG = \"0\" # why\n    A = \"b\"\n  }\n}\n",
            ),
            (
                "task.tf",
                "environment = [\n  { name = \"A\", value = \"1\" },\n  { name = \"FLASK_DEBUG\", value = \"1\" },\n]\n",
                "environment = [\n  { name = \"A\", value = \"1\" },\n  { name = \"FLASK_DEBUG\", value = \"0\" },\n]\n",
            ),
            (
                "web.plist",
                "<dict>\n  <key>EnvironmentVariables</key>\n  <dict>\n    <key>A</key>\n    <string>b</string>\n    <key>FLASK_DEBUG</key>\n    <string>1</string>\n  </dict>\n</dict>\n",
                "<dict>\n  <key>EnvironmentVariables</key>\n  <dict>\n    <key>A</key>\n    <string>b</string>\n  </dict>\n</dict>\n",
            ),
        ] {
            assert_eq!(fixed(&[(path, before)], check, path), after, "{path}: {before}");
        }
    }

    #[test]
    fn what_is_off_or_not_set_is_no_finding() {
        for (path, text) in [
            (".env", "FLASK_DEBUG=False\nFLASK_ENV=production\n#FLASK_DEBUG=1\nX=\"FLASK_DEBUG=1\"\n"),
            (".env", "FLASK_DEBUG=1\nFLASK_DEBUG=0\n"),
            ("Dockerfile", "FROM x\nENV FLASK_DEBUG=1\nENV FLASK_DEBUG=0\n# ENV FLASK_DEBUG=1\nARG FLASK_DEBUG=1\n"),
            (
                "docker-compose.yml",
                "services:\n  web:\n    environment:\n      FLASK_DEBUG: ${FLASK_DEBUG:-0}\n      FLASK_RUN_DEBUG:\n    labels:\n      - about FLASK_DEBUG=1\n",
            ),
            (
                "start.sh",
                "# export FLASK_DEBUG=1\nexport FLASK_DEBUG=1\nexport FLASK_DEBUG=0\necho FLASK_DEBUG=1\ncat <<E\nFLASK_DEBUG=1\nE\n",
            ),
            ("start.sh", "export FLASK_DEBUG=1\nunset FLASK_DEBUG\nexec gunicorn x\n"),
            ("web.service", "[Service]\nEnvironment=FLASK_DEBUG=1\nEnvironment=\nExecStart=/x\n"),
            ("web.service", "[Service]\nEnvironment=FLASK_DEBUG=1\nEnvironment=FLASK_DEBUG=0\nExecStart=/x\n"),
            ("pytest.ini", "[pytest]\nenv =\n    FLASK_DEBUG=1\n"),
            ("tox.ini", "[testenv]\nsetenv =\n    FLASK_DEBUG=1\n"),
            ("tests/.env", "FLASK_DEBUG=1\n"),
            ("notes.json", "{\"FLASK_DEBUG\": 1}"),
            ("site.conf", "# SetEnv FLASK_DEBUG 1\nSetEnv FLASK_DEBUG 0\n"),
            (
                "main.tf",
                "# FLASK_DEBUG = \"1\"\nvariables = {\n  FLASK_DEBUG = \"0\"\n  NOT_FLASK_DEBUG = \"1\"\n  FLASK_RUN_DEBUG = var.debug\n}\n",
            ),
            (
                "a.plist",
                "<dict><!-- <key>EnvironmentVariables</key><dict><key>FLASK_DEBUG</key><string>1</string></dict> --></dict>",
            ),
        ] {
            assert_eq!(run(&[(path, text)]), [], "{path}: {text}");
        }
    }

    #[test]
    fn development_is_a_note_without_a_fix() {
        for (path, text) in [
            ("docker-compose.override.yml", "services:\n  web:\n    environment:\n      - FLASK_DEBUG=1\n"),
            (".env.development", "FLASK_DEBUG=1\n"),
            (".env.example", "FLASK_DEBUG=1\n"),
            ("site.conf", "WSGIScriptAlias / /srv/web/wsgi.py\nSetEnv FLASK_DEBUG 1\n"),
            ("Dockerfile", "FROM x AS dev\nENV FLASK_DEBUG=1\nFROM x AS prod\n"),
            (".github/workflows/test.yml", "jobs:\n  t:\n    env:\n      FLASK_DEBUG: 1\n"),
            ("zappa_settings.json", "{\"dev\": {\"environment_variables\": {\"FLASK_DEBUG\": \"1\"}}}"),
            ("Makefile", "run:\n\tFLASK_DEBUG=1 flask run\n"),
            ("package.json", "{\"scripts\": {\"dev\": \"FLASK_DEBUG=1 flask run\"}}"),
            ("run.sh", "if [ \"$MODE\" = development ]; then\n  export FLASK_DEBUG=1\nfi\n"),
            ("run.sh", "case \"$1\" in\n  dev) export FLASK_DEBUG=1 ;;\n  *) gunicorn x ;;\nesac\n"),
            ("compose.yml", "services:\n  web-dev:\n    environment: {FLASK_DEBUG: 1}\n"),
        ] {
            let found = run(&[(path, text)]);
            assert!(notes(&found) && found.len() == 1, "{path}: {found:#?}");
        }
    }

    #[test]
    fn the_version_of_flask_decides_about_flask_env() {
        let with =
            |requirement: &str| run(&[(".flaskenv", "FLASK_ENV=development\n"), ("requirements.txt", requirement)]);
        assert_eq!(with("flask>=1.1,<2.3\n")[0].severity, Severity::Error);
        assert_eq!(with("flask\n")[0].severity, Severity::Warning);
        let new = with("Flask>=3\n");
        assert!(notes(&new) && new[0].message.contains("no effect"), "{new:#?}");
        assert_eq!(new[0].applicability(), Applicability::Unsafe);
    }

    #[test]
    fn a_variable_that_code_reads_is_not_deleted_as_a_matter_of_course() {
        let with = |code: &str| {
            let code = format!("import os\nfrom flask import Flask\napp = Flask(__name__)\n{code}\n");
            run(&[(".env", "FLASK_DEBUG=1\n"), ("app.py", &code)])[0].applicability()
        };
        assert_eq!(with("x = 1"), Applicability::Safe);
        assert_eq!(with("x = os.getenv('FLASK_DEBUG')"), Applicability::Unsafe);
        assert_eq!(with("x = os.environ['FLASK_DEBUG']"), Applicability::Manual);
        assert_eq!(with("os.environ['FLASK_DEBUG'] = '0'"), Applicability::Safe);
        let code = "import os\nfrom flask import Flask\napp = Flask(__name__)\nx = os.environ['FLASK_ENV']\n";
        let old = run(&[("app.py", code), (".flaskenv", "FLASK_ENV=development\n")]);
        assert_eq!(old[0].hint.as_deref(), Some("the code needs `FLASK_ENV` to exist; set it to `production`"));
    }

    #[test]
    fn an_environment_file_that_compose_names_is_read() {
        let found = run(&[
            ("docker-compose.yml", "services:\n  web:\n    env_file: [./conf/web.vars]\n"),
            ("conf/web.vars", "FLASK_DEBUG=1\n"),
        ]);
        assert_eq!(found[0].path.as_str(), "conf/web.vars");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named_when_it_matters() {
        let (_, around) = super::super::fixtures::gather(&[
            ("chart/web.yaml", "env:\n{{- if .x }}\n  - name: FLASK_DEBUG\n{{- end }}\n"),
            ("chart/other.yaml", "{{- if .x }}\n"),
        ]);
        assert_eq!(around.unread.len(), 1);
        assert!(around.unread[0].message.contains("template"), "{around:?}");
    }
}
