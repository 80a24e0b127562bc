//! Which variables turn something on, and what turns it off again.

use super::*;
use crate::source::Tree;

/// `path NAME` of each switch with its remedy: `.env DEBUG -> 0`.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    with_switches(files, |_, around, switch| {
        let variable = &around.variables[switch.variable];
        let remedy = match &switch.remedy {
            Some(Remedy::Value(value)) => format!("{value:?}"),
            Some(Remedy::Deletion) => "gone".to_owned(),
            None => "none".to_owned(),
        };
        let wide = if switch.debug_only { "" } else { " and more" };
        format!("{} {} -> {remedy}{wide}", variable.path, variable.name)
    })
}

/// The files of the settings that each switch turns on.
fn settings(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    with_switches(files, |project, _, switch| {
        switch.settings.iter().map(|place| project.module(place.module).path().to_string()).collect()
    })
}

fn with_switches<T>(files: &[(&str, &str)], tell: impl Fn(&Project, &Around, &Switch) -> T) -> Vec<T> {
    let dir = tempfile::tempdir().unwrap();
    let mut tree = Tree::open(dir.path()).unwrap();
    for (path, text) in files {
        tree.write(ProjectPath::new(*path), text.as_bytes().to_vec());
    }
    let project = Project::load(&tree);
    let facts = Facts::gather(&project);
    let around = Around::gather_with(&tree, &project, &facts);
    switches(&project, &facts, &around).iter().map(|switch| tell(&project, &around, switch)).collect()
}

fn app(code: &str) -> String {
    format!("import os\nfrom flask import Flask\napp = Flask(__name__)\n{code}\n")
}

/// What a Dockerfile turns on that sets variables.
fn with(code: &str, variables: &str) -> Vec<String> {
    found(&[
        ("app.py", &app(code)),
        ("Dockerfile", &format!("FROM python:3\nENV {variables}\nCMD [\"python\", \"app.py\"]\n")),
    ])
}

#[test]
fn what_the_code_makes_of_a_variable_decides() {
    for (code, variables, wanted) in [
        ("app.run(debug=os.getenv('DEBUG') == '1')", "DEBUG=1", "DEBUG -> \"0\""),
        ("app.run(debug=os.getenv('DEBUG') == '1')", "DEBUG=true", ""),
        ("app.run(debug=os.getenv('DEBUG') == '1')", "APP_DEBUG=1", ""),
        (
            "app.run(debug=os.environ.get('DEBUG', 'false').lower() in ('true', '1'))",
            "DEBUG=True",
            "DEBUG -> \"False\"",
        ),
        ("app.config['DEBUG'] = bool(os.getenv('APP_DEBUG'))", "APP_DEBUG=1", "APP_DEBUG -> \"\""),
        ("app.debug = bool(int(os.environ['DBG']))", "DBG=1", "DBG -> \"0\""),
        ("if 'DEV_MODE' in os.environ:\n    app.debug = True", "DEV_MODE=yes", "DEV_MODE -> gone and more"),
        (
            "if os.getenv('ENV', 'production') == 'development':\n    app.run(debug=True)",
            "ENV=development",
            "ENV -> \"production\" and more",
        ),
        (
            "app.run(debug=os.getenv('FLASK_ENV') == 'development')",
            "FLASK_ENV=development",
            "FLASK_ENV -> \"production\"",
        ),
        ("os.environ['FLASK_DEBUG'] = os.getenv('VERBOSE', '0')", "VERBOSE=1", "VERBOSE -> \"0\""),
        ("level = os.getenv('DEBUG')\napp.run()", "DEBUG=1", ""),
        ("app.run(debug=os.getenv('A') == '1' and os.getenv('B') == '1')", "A=1 B=0", ""),
        ("app.run(debug=os.getenv('A') == '1' and os.getenv('B') != 'prod')", "A=1 B=prod", ""),
    ] {
        let wanted: Vec<String> = (!wanted.is_empty()).then(|| format!("Dockerfile {wanted}")).into_iter().collect();
        assert_eq!(with(code, variables), wanted, "{variables}: {code}");
    }
}

#[test]
fn what_holds_no_choice_is_not_changed() {
    let code = "if os.environ.get('DATABASE_URL', '').strip():\n    app.debug = True";
    assert_eq!(with(code, "DATABASE_URL=postgres://db/app"), ["Dockerfile DATABASE_URL -> none and more"]);
    let code = "app.debug = bool(os.environ.get('SECRET_KEY'))";
    assert_eq!(with(code, "SECRET_KEY=dev"), ["Dockerfile SECRET_KEY -> none"]);
    let code = "app.debug = bool(os.environ.get('SHOP_ADMIN'))";
    assert_eq!(with(code, "SHOP_ADMIN=anna"), ["Dockerfile SHOP_ADMIN -> none"]);
    assert_eq!(with(code, "SHOP_ADMIN=1"), ["Dockerfile SHOP_ADMIN -> \"\""]);
}

#[test]
fn an_environment_that_the_code_reads_has_an_effect_in_any_version() {
    let code = "if os.environ.get('FLASK_ENV', 'development') == 'development':\n    app.debug = True";
    let off = "if os.environ.get('FLASK_ENV', 'production') == 'test':\n    app.debug = True";
    let on = "name = os.environ.get('FLASK_ENV')\napp.debug = True";
    for (code, wanted) in [(code, "\"production\" and more"), (off, ""), (on, "")] {
        let wanted: Vec<String> =
            (!wanted.is_empty()).then(|| format!("Dockerfile FLASK_ENV -> {wanted}")).into_iter().collect();
        for flask in ["flask==3.0.0\n", "flask\n"] {
            let docker = "FROM python:3\nENV FLASK_ENV=development\nCMD [\"python\", \"app.py\"]\n";
            let files = [("app.py", &*app(code)), ("requirements.txt", flask), ("Dockerfile", docker)];
            assert_eq!(found(&files), wanted, "{flask} {code}");
        }
    }
}

#[test]
fn a_variable_that_has_nothing_to_do_with_it_is_told_from_one_that_has() {
    let code = "url, name = os.environ['URL'], os.environ.get('NAME')\napp.run(debug=os.getenv('DEBUG') == '1')";
    let many = "URL=http://x NAME=y A=1 B=2 DEBUG=1 C=3 D=4";
    assert_eq!(with(code, many), ["Dockerfile DEBUG -> \"0\""]);
    let code = "a, b, c = os.getenv('A'), os.getenv('B'), os.getenv('C')\nif a and c:\n    app.debug = True\nif b:\n    app.config['DEBUG'] = True";
    assert_eq!(with(code, "A=1 B=1 C=1").len(), 2);
}

#[test]
fn one_of_two_that_are_needed_is_told() {
    let code = "app.run(debug=os.getenv('A') == '1' and os.getenv('B') == '1')";
    assert_eq!(with(code, "A=1 B=1"), ["Dockerfile A -> \"0\""]);
}

const CONFIG: &str = "class Config:\n    DEBUG = False\nclass DevelopmentConfig(Config):\n    DEBUG = True\nclass ProductionConfig(Config):\n    pass\nconfig = {'development': DevelopmentConfig, 'production': ProductionConfig, 'default': ProductionConfig}\n";

#[test]
fn a_variable_may_choose_the_configuration() {
    for (read, value, wanted) in [
        ("from_object(os.environ['APP_SETTINGS'])", "config.DevelopmentConfig", "\"config.ProductionConfig\" and more"),
        ("from_object(config[os.getenv('APP_SETTINGS') or 'default'])", "development", "\"production\" and more"),
        ("from_object(config.get(os.getenv('APP_SETTINGS', 'production')))", "production", ""),
        (
            "from_object('config.%sConfig' % os.getenv('APP_SETTINGS', 'Production'))",
            "Development",
            "\"Production\" and more",
        ),
    ] {
        let code = app(&format!("from config import config\napp.config.{read}"));
        let compose = format!("services:\n  web:\n    build: .\n    environment:\n      APP_SETTINGS: {value}\n");
        let wanted: Vec<String> =
            (!wanted.is_empty()).then(|| format!("compose.yml APP_SETTINGS -> {wanted}")).into_iter().collect();
        assert_eq!(found(&[("app.py", &code), ("config.py", CONFIG), ("compose.yml", &compose)]), wanted, "{read}");
    }
}

#[test]
fn a_file_of_variables_counts_where_it_is_loaded() {
    let run = "app.run(debug=os.getenv('DEBUG') == '1')";
    let plain = app(run);
    let first = format!("from dotenv import load_dotenv\nload_dotenv()\n{plain}");
    let late =
        app("from dotenv import load_dotenv\ndebug = os.getenv('DEBUG') == '1'\nload_dotenv()\napp.run(debug=debug)");
    let named = format!("from dotenv import load_dotenv\nload_dotenv('conf/web.env')\n{plain}");
    let based = format!(
        "import os\nfrom dotenv import load_dotenv\nbasedir = os.path.abspath(os.path.dirname(__file__))\nload_dotenv(os.path.join(basedir, '.env'))\n{plain}"
    );
    let decouple = app("from decouple import config\napp.run(debug=config('DEBUG', default=False, cast=bool))");
    let environs =
        app("from environs import Env\nenv = Env()\nenv.read_env()\napp.run(debug=env.bool('DEBUG', False))");
    let unread = app("from environs import Env\nenv = Env()\napp.run(debug=env.bool('DEBUG', False))");
    let values =
        app("from dotenv import dotenv_values\nconfig = dotenv_values()\napp.run(debug=config['DEBUG'] == '1')");
    for (code, file, loaded) in [
        (&plain, ".env", false),
        (&first, ".env", true),
        (&first, "sub/.env", false),
        (&late, ".env", false),
        (&named, "conf/web.env", true),
        (&named, ".env", false),
        (&based, ".env", true),
        (&decouple, ".env", true),
        (&environs, ".env", true),
        (&unread, ".env", false),
        (&first, ".flaskenv", false),
        (&values, ".env", true),
    ] {
        let switches = found(&[("app.py", code), (file, "DEBUG=1\n")]);
        assert_eq!(switches.len(), usize::from(loaded), "{file}: {switches:?}\n{code}");
    }
    let loaders = [
        ("compose.yml", "services:\n  web:\n    build: .\n    env_file: .env\n"),
        ("compose.yml", "services:\n  web:\n    build: .\n    environment:\n      - DEBUG=${DEBUG}\n"),
        ("compose.yml", "services:\n  web:\n    build: .\n    environment:\n      - DEBUG\n"),
        ("web.service", "[Service]\nEnvironmentFile=/srv/web/.env\nExecStart=/srv/web/venv/bin/python app.py\n"),
        ("start.sh", "#!/bin/sh\nset -a\n. ./.env\npython app.py\n"),
        ("start.sh", "#!/bin/sh\nexport $(grep -v '^#' .env | xargs)\npython app.py\n"),
        ("deploy.sh", "docker run --env-file .env web\n"),
    ];
    for (path, text) in loaders {
        let switches = found(&[("app.py", &plain), (".env", "DEBUG=1\n"), (path, text)]);
        assert_eq!(switches, [".env DEBUG -> \"0\""], "{path}: {text}");
    }
}

#[test]
fn the_program_that_loads_the_file_comes_first() {
    let files = [
        (".env", "APP_DEBUG=on\n"),
        ("config.py", "import os\nDEBUG = os.getenv('APP_DEBUG') == 'on'\n"),
        (
            "shop/__init__.py",
            "from flask import Flask\nimport config\ndef create_app():\n    app = Flask(__name__)\n    app.config.from_object(config)\n    return app\n",
        ),
        ("wsgi.py", "from dotenv import load_dotenv\nload_dotenv()\nfrom shop import create_app\napp = create_app()\n"),
    ];
    assert_eq!(found(&files), [".env APP_DEBUG -> \"off\""]);
}

#[test]
fn what_is_set_for_others_is_none_of_ours() {
    let code = app("app.run(debug=os.getenv('DEBUG') == '1')");
    for (path, text) in [
        ("compose.yml", "services:\n  front:\n    image: node:20\n    environment:\n      DEBUG: 1\n"),
        ("compose.yml", "services:\n  front:\n    build: ./front\n    environment:\n      DEBUG: 1\n"),
        ("front/Dockerfile", "FROM node:20\nENV DEBUG=1\nCMD node server.js\n"),
        ("Dockerfile", "FROM node:20\nENV DEBUG=1\nCMD node server.js\n"),
        ("package.json", "{\"scripts\": {\"start\": \"DEBUG=1 node server.js\"}}"),
        ("mkdocs.yml", "theme:\n  DEBUG: 1\n"),
        ("Dockerfile", "FROM python:3\nENV DEBUG=1\nCMD gunicorn app:app\n"),
        ("tests/.env", "DEBUG=1\n"),
    ] {
        let files = [("app.py", code.as_str()), ("front/package.json", "{}"), (path, text)];
        assert_eq!(found(&files), Vec::<String>::new(), "{path}: {text}");
    }
}

#[test]
fn a_folder_without_a_program_is_there_for_the_nearest_that_asks() {
    let code = app("app.run(debug=os.getenv('APP_DEBUG') == '1')");
    let other = app("app.run(debug=os.getenv('APP_DEBUG', '1') == '0')");
    let fly = "[env]\n  APP_DEBUG = \"1\"\n";
    let files = [("one/app.py", code.as_str()), ("two/app.py", &code), ("one/deploy/live/fly.toml", fly)];
    assert_eq!(settings(&files), [["one/app.py"]]);
    let files = [("one/src/app.py", code.as_str()), ("two/app.py", &code), ("one/deploy/fly.toml", fly)];
    assert_eq!(settings(&files), [["one/src/app.py"]]);
    let files = [("one/app.py", other.as_str()), ("two/app.py", &code), ("deploy/fly.toml", fly)];
    assert_eq!(settings(&files), [["two/app.py"]]);
    // An app is nearer than one that asks.
    let files = [
        ("one/app.py", "import flask\napp = flask.Flask(__name__)\n"),
        ("two/app.py", &code),
        ("one/deploy/fly.toml", fly),
    ];
    assert_eq!(settings(&files), Vec::<Vec<String>>::new());
    // What is beside a program is for that program.
    let files = [("one/app.py", code.as_str()), ("two/app.py", "import flask\n"), ("two/fly.toml", fly)];
    assert_eq!(settings(&files), Vec::<Vec<String>>::new());
}

#[test]
fn an_image_of_a_folder_around_runs_all_of_it() {
    let config = "import os\nclass Config:\n    DEBUG = os.getenv('DEBUG') == 'true'\n";
    let web =
        "from flask import Flask\nfrom config import Config\napp = Flask(__name__)\napp.config.from_object(Config)\n";
    for (copied, wanted) in [("backend/ /app/", 1), ("front/ /app/", 0)] {
        let docker = format!("FROM python:3\nCOPY {copied}\nENV DEBUG=true\nCMD gunicorn web:app\n");
        let files = [
            ("backend/config/__init__.py", config),
            ("backend/web/__init__.py", web),
            ("backend/web/Dockerfile", &*docker),
        ];
        assert_eq!(found(&files).len(), wanted, "{copied}");
    }
}

#[test]
fn every_format_is_read() {
    let code = app("app.run(debug=os.getenv('APP_DEBUG') == '1')");
    for (path, text) in [
        ("compose.yml", "services:\n  web:\n    build: .\n    environment:\n      - APP_DEBUG=1\n"),
        (
            "k8s/web.yaml",
            "spec:\n  containers:\n    - name: web\n      env:\n        - name: APP_DEBUG\n          value: \"1\"\n",
        ),
        ("k8s/config.yaml", "kind: ConfigMap\ndata:\n  APP_DEBUG: \"1\"\n"),
        ("fly.toml", "[env]\n  APP_DEBUG = \"1\"\n"),
        ("render.yaml", "services:\n  - type: web\n    envVars:\n      - key: APP_DEBUG\n        value: 1\n"),
        ("app.yaml", "env_variables:\n  APP_DEBUG: '1'\n"),
        ("app.json", "{\"env\": {\"APP_DEBUG\": {\"value\": \"1\"}}}"),
        ("zappa_settings.json", "{\"prod\": {\"environment_variables\": {\"APP_DEBUG\": \"1\"}}}"),
        ("web.service", "[Service]\nEnvironment=A=b APP_DEBUG=1\nExecStart=/usr/bin/python app.py\n"),
        ("supervisord.conf", "[program:web]\ncommand=python app.py\nenvironment=APP_DEBUG=\"1\"\n"),
        ("Procfile", "web: APP_DEBUG=1 python app.py\n"),
        ("start.sh", "#!/bin/sh\nexport APP_DEBUG=1\npython app.py\n"),
        ("deploy.sh", "docker run -e APP_DEBUG=1 web\n"),
        ("ecosystem.config.js", "module.exports = { apps: [{ script: 'app.py', env: { APP_DEBUG: '1' } }] }"),
        ("gunicorn.conf.py", "raw_env = ['APP_DEBUG=1']\n"),
        (".github/workflows/deploy.yml", "jobs:\n  deploy:\n    env:\n      APP_DEBUG: 1\n"),
    ] {
        let switches = found(&[("app.py", &code), (path, text)]);
        assert_eq!(switches, [format!("{path} APP_DEBUG -> \"0\"")], "{path}: {text}");
    }
}

#[test]
fn opposites_keep_the_style() {
    for (value, off) in [
        ("1", "0"),
        ("True", "False"),
        ("TRUE", "FALSE"),
        ("on", "off"),
        ("Yes", "No"),
        ("development", "production"),
        ("app.config.DevelopmentConfig", "app.config.ProductionConfig"),
        ("DevConfig", "ProdConfig"),
    ] {
        assert_eq!(opposites(value)[0], off, "{value}");
    }
}
