//! The shared cases' shapes, and odd inputs.

use super::*;
use crate::project::Project;

fn gather(files: &[(&str, &str)]) -> Around {
    let dir = tempfile::tempdir().unwrap();
    let mut tree = Tree::open(dir.path()).unwrap();
    for (path, text) in files {
        tree.write(ProjectPath::new(*path), text.as_bytes().to_vec());
    }
    let project = Project::load(&tree);
    Around::gather_with(&tree, &project, &Facts::gather(&project))
}

fn variables(path: &str, text: &str) -> Vec<(String, String, Scope, Standing)> {
    let around = gather(&[(path, text)]);
    around
        .variables
        .into_iter()
        .map(|variable| (variable.name, variable.value, variable.scope, variable.standing))
        .collect()
}

#[test]
fn stages_decide_what_counts_in_a_dockerfile() {
    let text = "FROM x AS base\nENV FLASK_DEBUG=1\nFROM base AS dev\nENV FLASK_ENV=development\nFROM base\nENV FLASK_DEBUG=0\n";
    let found = variables("Dockerfile", text);
    let one = |name: &str, value: &str, scope, standing| (name.to_owned(), value.to_owned(), scope, standing);
    assert_eq!(
        found,
        [
            one("FLASK_DEBUG", "1", Scope::Unknown, Standing::Overridden),
            one("FLASK_ENV", "development", Scope::Development, Standing::OtherStage),
            one("FLASK_DEBUG", "0", Scope::Unknown, Standing::Counts),
        ]
    );
}

#[test]
fn a_stage_that_compose_builds_counts() {
    let around = gather(&[
        ("docker-compose.yml", "services:\n  web:\n    build:\n      context: .\n      target: dev\n"),
        ("Dockerfile", "FROM python AS dev\nENV FLASK_DEBUG=1\nFROM python\n"),
    ]);
    assert_eq!(around.variables[0].standing, Standing::Counts);
}

#[test]
fn raw_env_of_gunicorn_is_read() {
    let around = gather(&[
        ("gunicorn.conf.py", "raw_env = [\"A=1\", \"FLASK_DEBUG=1\"]  # \"FLASK_ENV=development\"\n"),
        ("app.py", "import flask\n"),
    ]);
    assert_eq!(around.variables.len(), 1);
    assert_eq!(around.variables[0].removal.unwrap().of(around.text(&around.variables[0].path)), ", \"FLASK_DEBUG=1\"");
}

#[test]
fn pm2_processes_are_launches() {
    let around = gather(&[(
        "ecosystem.config.js",
        "module.exports = { apps: [{ script: \"flask\", args: \"run --debug\", interpreter: \"none\" }, { script: 'app.py', interpreter: 'python3' }] }",
    )]);
    assert!(matches!(around.launches[0].what, launch::What::FlaskRun(_)), "{around:#?}");
    assert!(matches!(around.launches[1].what, launch::What::Script { .. }));
    assert!(around.launches.iter().all(|launch| !launch.editable));
}

#[test]
fn a_pm2_file_with_code_in_it_is_searched_for_literals() {
    let text = "const port = 80; // FLASK_DEBUG: \"1\"\nmodule.exports = {\n  apps: [{ env: { PORT: port, FLASK_DEBUG: '1', FLASK_ENV: mode } }],\n};\n";
    let around = gather(&[("ecosystem.config.cjs", text)]);
    assert_eq!(around.variables.len(), 1, "{around:#?}");
    assert_eq!(around.variables[0].span.of(text), "FLASK_DEBUG: '1'");
    assert_eq!(around.variables[0].removal, None);
}

#[test]
fn npm_starts_one_script_where_the_app_is_deployed() {
    let text = "{\"scripts\": {\"start\": \"flask run\", \"api\": \"flask run\"}}";
    let scopes: Vec<Scope> = gather(&[("package.json", text)]).launches.iter().map(|launch| launch.scope).collect();
    assert_eq!(scopes, [Scope::Unknown, Scope::Development]);
}

#[test]
fn every_launch_is_found_once() {
    for (path, text) in [
        ("k8s.yml", "spec:\n  containers:\n    - command: [\"flask\"]\n      args: [\"run\", \"--debug\"]\n"),
        ("compose.yml", "services:\n  web:\n    entrypoint: [\"python\"]\n    command: [\"app.py\"]\n"),
        (".gitlab-ci.yml", "run:\n  script:\n    - pip install .\n    - flask run\n"),
        ("heroku.yml", "run:\n  web: python app.py\n"),
        ("app.yaml", "entrypoint: python app.py\n"),
        ("railway.json", "{\"deploy\": {\"startCommand\": \"python app.py\"}}"),
        (".do/app.yaml", "services:\n  - run_command: flask run\n    envs:\n      - key: A\n        value: b\n"),
        ("Pipfile", "[scripts]\nserve = \"flask run\"\n"),
        ("supervisor/app.conf", "[program:x]\ncommand=python app.py\ndirectory=/srv\n"),
        ("entrypoint.sh", "#!/bin/sh\nset -e\nexec flask run --host=0.0.0.0\n"),
        ("play.yaml", "- hosts: all\n  tasks:\n    - ansible.builtin.command:\n        cmd: python app.py\n"),
        (
            "web.plist",
            "<dict><key>ProgramArguments</key><array><string>/usr/bin/python3</string><string>app.py</string></array></dict>",
        ),
        ("run.ps1", "$env:FLASK_APP = 'app'\nflask run\n"),
    ] {
        let around = gather(&[(path, text)]);
        assert_eq!(around.launches.len(), 1, "{path}: {around:#?}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_any_reader_panic(text in "(FLASK_DEBUG|=|: |\\n|\\r\\n| |-|\"|'|\\[|\\]|\\{|\\}|,|ENV |CMD |FROM x|flask run|python a.py|env:|command:|export |set |&&|\\\\|#|é|\\$|\t){0,30}") {
        let names = [
            "a.yml", "compose.yml", "package.json", "fly.toml", "ecosystem.config.js", ".env", "Dockerfile", "Procfile",
            "a.sh", "a.bat", "Makefile", "crontab", "a.service", "supervisord.conf", "requirements.txt", "pyproject.toml",
            "setup.cfg", "environment.yml", "setup.py", "poetry.lock", "main.tf", "job.plist", ".htaccess",
        ];
        let files: Vec<(&str, &str)> = names.iter().map(|name| (*name, text.as_str())).collect();
        let around = gather(&files);
        for variable in &around.variables {
            let source = around.text(&variable.path);
            proptest::prop_assert!(source.get(variable.span.start..variable.span.end).is_some(), "{variable:?}");
            if let Some(removal) = variable.removal {
                proptest::prop_assert!(source.get(removal.start..removal.end).is_some(), "{variable:?}");
            }
        }
        for launch in &around.launches {
            let source = around.text(&launch.path);
            if let Some(span) = launch.command.span() {
                proptest::prop_assert!(source.get(span.start..span.end).is_some(), "{launch:?}");
            }
        }
        let _ = around.dependencies.add("gunicorn", "");
    }
}

#[test]
fn commands_that_code_starts_are_launches() {
    for (code, wanted) in [
        ("subprocess.run([\"flask\", \"run\", \"--debug\"])", Some(Scope::Unknown)),
        ("subprocess.Popen([sys.executable, '-m', 'flask', 'run', '-p', port])", Some(Scope::Unknown)),
        ("os.system('FLASK_APP=x flask run')", Some(Scope::Unknown)),
        ("subprocess.call('flask run', shell=True)", Some(Scope::Unknown)),
        ("command = ['flask', 'run']\nsubprocess.check_call(command, cwd='web')", Some(Scope::Unknown)),
        ("os.execvp('flask', ['flask', 'run'])", Some(Scope::Unknown)),
        ("@click.command()\ndef serve():\n    subprocess.call(['flask', 'run'])", Some(Scope::Development)),
        ("@task\ndef serve(c):\n    os.system('flask run')", Some(Scope::Development)),
        ("if '--dev' in sys.argv:\n    os.system('flask run')", Some(Scope::Development)),
        ("print('flask run')\nsubprocess.run(['flask', 'db', 'upgrade'])", None),
        ("if False:\n    os.system('flask run')", None),
    ] {
        let code = format!("import os, subprocess, sys, click\nfrom invoke import task\nimport flask\n{code}\n");
        let around = gather(&[("start.py", &code)]);
        let scopes: Vec<Scope> = around.launches.iter().map(|launch| launch.scope).collect();
        assert_eq!(scopes, Vec::from_iter(wanted), "{code}");
    }
}
