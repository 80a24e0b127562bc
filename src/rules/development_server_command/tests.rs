use super::super::fixtures::{check_all, check_tree, step, tree};
use super::*;
use crate::edit::{Applicability, FileEdit};
use crate::project::{AppName, AppObject, Around, Facts, Place, Project};
use crate::source::Span;
use crate::startup::{Move, Outcome, Target};

const WSGI: (&str, &str) = ("wsgi.py", "from app import app\n\n__all__ = [\"app\"]  # flask\n");

fn app(run: &str) -> String {
    format!("from flask import Flask\n\napp = Flask(__name__)\n\nif __name__ == \"__main__\":\n    app.run({run})\n")
}

fn rewritten(path: &str, before: &str, run: &str) -> String {
    let code = app(run);
    let files = [(path, before), ("app.py", code.as_str()), WSGI];
    let (_dir, mut tree) = tree(&files);
    let findings = check_tree(&tree, check, &|_| Vec::new());
    if !step(&mut tree, &findings) {
        return format!("{:?}", findings.iter().map(|finding| &finding.hint).collect::<Vec<_>>());
    }
    let again = check_tree(&tree, check, &|_| Vec::new());
    assert_eq!(again, [], "{path}: {before}");
    String::from_utf8(tree.read(&ProjectPath::new(path)).unwrap().unwrap()).unwrap()
}

#[test]
fn the_command_is_rewritten_in_its_own_form() {
    for (path, before, run, after) in [
        (
            "run.bat",
            "venv\\Scripts\\python.exe app.py\r\n",
            "port=8080",
            "venv\\Scripts\\python.exe -m waitress --listen=127.0.0.1:8080 wsgi:app\r\n",
        ),
        (
            "run.bat",
            "cmd /k \"venv\\Scripts\\activate && python app.py\"\r\n",
            "",
            "cmd /k \"venv\\Scripts\\activate && waitress-serve --listen=127.0.0.1:5000 wsgi:app\"\r\n",
        ),
        (
            "run.bat",
            "start \"Server\" py app.py\r\n",
            "",
            "start \"Server\" py -m waitress --listen=127.0.0.1:5000 wsgi:app\r\n",
        ),
        (
            "Dockerfile",
            "FROM x\nCMD [\"flask\", \"run\", \"-p 8000\"]\n",
            "",
            "FROM x\nCMD [\"gunicorn\", \"--bind\", \"127.0.0.1:8000\", \"--threads\", \"4\", \"wsgi:app\"]\n",
        ),
        ("Procfile", "web: python app.py\n", "", "web: gunicorn --threads 4 wsgi:app\n"),
        (
            "Procfile",
            "web: flask --app app run --host=0.0.0.0 --port=$PORT\r\n",
            "",
            "web: gunicorn --bind 0.0.0.0:$PORT --threads 4 wsgi:app\r\n",
        ),
        (
            "Procfile",
            "web: python app.py\n",
            "host='0.0.0.0', port=int(os.environ.get('PORT', 5000))",
            "web: gunicorn --threads 4 wsgi:app\n",
        ),
        (
            "run.sh",
            "cd \"$DIR\"\nsetsid \"$DIR/venv/bin/python\" app.py &\n",
            "port=int(x())",
            "cd \"$DIR\"\nsetsid \"$DIR/venv/bin/python\" -m gunicorn --bind \"127.0.0.1:${PORT:-5000}\" --threads 4 wsgi:app &\n",
        ),
        (
            "render.yaml",
            "services:\n  - startCommand: python app.py # start\n",
            "",
            "services:\n  - startCommand: gunicorn --threads 4 wsgi:app # start\n",
        ),
        (
            "Dockerfile",
            "FROM x\nCMD [\"python\", \"app.py\"]\n",
            "host='0.0.0.0', port=80",
            "FROM x\nCMD [\"gunicorn\", \"--bind\", \"0.0.0.0:80\", \"--threads\", \"4\", \"wsgi:app\"]\n",
        ),
        (
            "Dockerfile",
            "FROM x\nCMD [\"python\",\"app.py\"]\n",
            "host='0.0.0.0', port=int(x())",
            "FROM x\nCMD [\"sh\",\"-c\",\"exec gunicorn --bind 0.0.0.0:${PORT:-5000} --threads 4 wsgi:app\"]\n",
        ),
        (
            "Dockerfile",
            "FROM x\nCOPY app.py /srv/app.py\nCMD [\"python\", \"app.py\"]\n",
            "host='0.0.0.0', port=80",
            "FROM x\nCOPY app.py /srv/app.py\nCOPY wsgi.py /srv/wsgi.py\nCMD [\"gunicorn\", \"--bind\", \"0.0.0.0:80\", \"--threads\", \"4\", \"wsgi:app\"]\n",
        ),
        (
            "Dockerfile",
            "FROM x\nCMD python3 -u app.py\n",
            "",
            "FROM x\nCMD gunicorn --bind 127.0.0.1:5000 --threads 4 wsgi:app\n",
        ),
        (
            "Dockerfile",
            "FROM x\nENV FLASK_RUN_HOST=0.0.0.0\nWORKDIR /app\nCMD [\"flask\", \"run\"]\n",
            "",
            "FROM x\nENV FLASK_RUN_HOST=0.0.0.0\nWORKDIR /app\nCMD [\"gunicorn\", \"--bind\", \"0.0.0.0:5000\", \"--threads\", \"4\", \"wsgi:app\"]\n",
        ),
        (
            "Dockerfile",
            "FROM x\nENTRYPOINT [\"python\"]\nCMD [\"app.py\"]\n",
            "host='0.0.0.0'",
            "FROM x\nCMD [\"gunicorn\", \"--bind\", \"0.0.0.0:5000\", \"--threads\", \"4\", \"wsgi:app\"]\n",
        ),
        (
            "Dockerfile",
            "FROM x\nENTRYPOINT [\"/docker-entrypoint.sh\"]\nCMD [\"python\", \"/srv/app.py\"]\nWORKDIR /srv\n",
            "",
            "FROM x\nENTRYPOINT [\"/docker-entrypoint.sh\"]\nCMD [\"gunicorn\", \"--bind\", \"127.0.0.1:5000\", \"--threads\", \"4\", \"wsgi:app\"]\nWORKDIR /srv\n",
        ),
        (
            "compose.yml",
            "services:\n  web:\n    command:\n      - python\n      - app.py\n",
            "",
            "services:\n  web:\n    command:\n      - gunicorn\n      - --bind\n      - 127.0.0.1:5000\n      - --threads\n      - \"4\"\n      - wsgi:app\n",
        ),
        (
            "compose.yml",
            "services:\n  web:\n    command: 'flask run --host 0.0.0.0'\n",
            "",
            "services:\n  web:\n    command: 'gunicorn --bind 0.0.0.0:5000 --threads 4 wsgi:app'\n",
        ),
        (
            "web.service",
            "[Service]\nExecStart=/v/bin/python /srv/x/app.py\nWorkingDirectory=/srv/x\n",
            "",
            "[Service]\nExecStart=/v/bin/python -m gunicorn --bind 127.0.0.1:5000 --threads 4 wsgi:app\nWorkingDirectory=/srv/x\n",
        ),
        (
            "supervisor.conf",
            "[program:web]\ncommand=/v/bin/flask run -p 8000 ; serve\n",
            "",
            "[program:web]\ncommand=/v/bin/gunicorn --bind 127.0.0.1:8000 --threads 4 wsgi:app ; serve\n",
        ),
        (
            "start.sh",
            "cd /srv/x && exec poetry run python app.py &\n",
            "",
            "cd /srv/x && exec poetry run gunicorn --bind 127.0.0.1:5000 --threads 4 wsgi:app &\n",
        ),
        (
            "start.bat",
            "@echo off\r\npython app.py\r\n",
            "",
            "@echo off\r\nwaitress-serve --listen=127.0.0.1:5000 wsgi:app\r\n",
        ),
        (
            "fly.toml",
            "[processes]\n  app = \"python app.py\"\n",
            "host='0.0.0.0', port=8080",
            "[processes]\n  app = \"gunicorn --bind 0.0.0.0:8080 --threads 4 wsgi:app\"\n",
        ),
        (
            "crontab",
            "@reboot cd /x && python3 app.py >> log 2>&1\n",
            "",
            "@reboot cd /x && gunicorn --bind 127.0.0.1:5000 --threads 4 wsgi:app >> log 2>&1\n",
        ),
        (
            "play.yml",
            "- tasks:\n    - shell: nohup flask run --cert c.pem --key k.pem &\n",
            "",
            "- tasks:\n    - shell: nohup gunicorn --bind 127.0.0.1:5000 --certfile c.pem --keyfile k.pem --threads 4 wsgi:app &\n",
        ),
    ] {
        assert_eq!(rewritten(path, before, run), after, "{path}: {before}");
    }
}

#[test]
fn a_script_in_a_folder_keeps_its_working_directory() {
    let code = app("");
    let files = [("Procfile", "web: python src/app.py\n"), ("src/app.py", code.as_str()), ("src/wsgi.py", WSGI.1)];
    let (_dir, mut tree) = tree(&files);
    let findings = check_tree(&tree, check, &|_| Vec::new());
    assert!(step(&mut tree, &findings), "{findings:#?}");
    let text = tree.read(&ProjectPath::new("Procfile")).unwrap().unwrap();
    assert_eq!(text, b"web: gunicorn --threads 4 --pythonpath src wsgi:app\n");
}

#[test]
fn what_cannot_be_carried_takes_a_person() {
    let code = app("port=PORT");
    for files in [
        // The port is computed.
        vec![("Procfile", "web: python app.py\n"), ("app.py", code.as_str()), WSGI],
        // There is nothing to serve yet.
        vec![("Procfile", "web: flask run\n"), ("app.py", code.as_str())],
        vec![("Procfile", "web: python app.py --port 80\n"), ("app.py", code.as_str()), WSGI],
        vec![("Procfile", "web: flask run --cert adhoc\n"), ("app.py", code.as_str()), WSGI],
    ] {
        let (_dir, tree) = tree(&files);
        let found = check_tree(&tree, check, &|_| Vec::new());
        assert_eq!(found.len(), 1, "{files:?}: {found:#?}");
        assert!(found[0].fix.is_none() && found[0].hint.is_some(), "{found:#?}");
    }
}

#[test]
fn a_planned_wsgi_module_counts_as_there_when_its_rule_is_run_too() {
    let code = app("");
    let (_dir, tree) = tree(&[("Procfile", "web: python app.py\n"), ("app.py", &code)]);
    let moves = || {
        let target = Target { dir: String::new(), module: "wsgi".to_owned(), name: "app".to_owned() };
        let wsgi = FileEdit::Create { path: ProjectPath::new("wsgi.py"), text: String::new() };
        let fix =
            Fix { title: String::new(), applicability: Applicability::Unsafe, edits: Vec::new(), files: vec![wsgi] };
        vec![Move {
            serves: vec![0],
            outcome: Outcome::Move { fix, target },
            notes: Vec::new(),
            served: crate::startup::Served::default(),
            told: Vec::new(),
            documented: Vec::new(),
        }]
    };
    let found = check_tree(&tree, check, &|_| moves());
    assert_eq!(found[0].applicability(), Applicability::Unsafe, "{found:#?}");
    let alone = check_tree(&tree, |context| check(Context { rules: &[&RULE], ..context }), &|_| moves());
    assert_eq!(alone[0].applicability(), Applicability::Manual, "{alone:#?}");
}

#[test]
fn a_script_whose_start_up_call_is_gone_starts_nothing() {
    let code = "from flask import Flask\n\napp = Flask(__name__)\n";
    let (_dir, tree) = tree(&[("Procfile", "web: python app.py\n"), ("app.py", code), WSGI]);
    let project = Project::load(&tree);
    let around = Around::gather(&tree, &project);
    let module = project.by_path(&ProjectPath::new("app.py")).unwrap();
    let made = Place { module, span: Span::empty(0) };
    let app = AppObject { class: "flask.Flask".to_owned(), made };
    let mut facts = Facts::default();
    facts.apps.insert(module, vec![AppName { name: "app".to_owned(), app, on_import: true }]);
    let found = check(Context {
        tree: &tree,
        project: &project,
        facts: &facts,
        around: &around,
        switches: &[],
        moves: &[],
        rules: &[],
    });
    assert!(found[0].message.contains("starts no server"), "{found:#?}");
}

#[test]
fn what_flaskenv_says_is_carried_over() {
    let (_dir, mut tree) =
        tree(&[("start.sh", "flask run\n"), (".flaskenv", "FLASK_RUN_PORT=8000\n"), ("app.py", &app("")), WSGI]);
    let findings = check_tree(&tree, check, &|_| Vec::new());
    assert!(step(&mut tree, &findings), "{findings:#?}");
    let text = tree.read(&ProjectPath::new("start.sh")).unwrap().unwrap();
    assert_eq!(text, b"gunicorn --bind 127.0.0.1:8000 --threads 4 wsgi:app\n");
}

#[test]
fn production_servers_and_other_scripts_are_no_finding() {
    let code = app("");
    for (path, text) in [
        ("Dockerfile", "FROM x\nCMD [\"gunicorn\", \"-b\", \"0.0.0.0:8000\", \"wsgi:app\"]\n"),
        ("Dockerfile", "FROM x AS dev\nCMD flask run\nFROM x\nCMD gunicorn wsgi:app\n"),
        (
            "Procfile",
            "# web: python app.py\nweb: python seed.py\nworker: python -m celery\nrelease: flask db upgrade\n",
        ),
        ("Procfile.dev", "web: flask run\n"),
        (".github/workflows/test.yml", "jobs:\n  t:\n    steps:\n      - run: flask run & sleep 2\n"),
        ("Makefile", "run:\n\tpython app.py\n"),
        ("README.md", "python app.py\n"),
    ] {
        assert_eq!(
            check_all(&[(path, text), ("app.py", &code), ("seed.py", "import flask\n")], check),
            [],
            "{path}: {text}"
        );
    }
}

/// What becomes of a file, in a project whose `app.py` says `code`.
fn rewritten_with(path: &str, before: &str, others: &[(&str, &str)]) -> String {
    let mut files = vec![(path, before), WSGI];
    files.extend(others);
    let (_dir, mut tree) = tree(&files);
    let findings = check_tree(&tree, check, &|_| Vec::new());
    assert!(step(&mut tree, &findings), "{findings:#?}");
    String::from_utf8(tree.read(&ProjectPath::new(path)).unwrap().unwrap()).unwrap()
}

#[test]
fn a_worker_has_as_many_threads_as_the_app_needs() {
    let after = |code: &str, others: &[(&str, &str)]| {
        let mut files = vec![("app.py", code)];
        files.extend(others);
        rewritten_with("Procfile", "web: python app.py\n", &files)
    };
    let plain = app("");
    assert_eq!(after(&plain, &[]), "web: gunicorn --threads 4 wsgi:app\n");
    let streams = "from flask import Flask, Response\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef events():\n    \
                   return Response(tell(), mimetype='text/event-stream')\n\n\nif __name__ == '__main__':\n    app.run()\n";
    assert_eq!(after(streams, &[]), "web: gunicorn --threads 100 wsgi:app\n");
    // One process keeps what the app keeps in it, whatever the platform says of workers.
    let counts = "from flask import Flask\n\napp = Flask(__name__)\nhits = 0\n\n\n@app.route('/')\ndef index():\n    global hits\n    \
                  hits += 1\n    return str(hits)\n\n\nif __name__ == '__main__':\n    app.run()\n";
    assert_eq!(after(counts, &[]), "web: gunicorn --workers 1 --threads 4 wsgi:app\n");
    // Those that had one have one.
    assert_eq!(after(&plain, &[("requirements.txt", "flask==0.12.2\n")]), "web: gunicorn wsgi:app\n");
    assert_eq!(after(&app("threaded=False"), &[]), "web: gunicorn wsgi:app\n");
    // Threads of a patched standard library never wake up.
    let patched = format!("from gevent import monkey\n\nmonkey.patch_all()\n\n{plain}");
    assert_eq!(after(&patched, &[]), "web: gunicorn --worker-class gevent wsgi:app\n");
    let patched = format!("import eventlet\n\neventlet.monkey_patch()\n\n{plain}");
    assert_eq!(after(&patched, &[]), "web: gunicorn --worker-class eventlet wsgi:app\n");
    // A configuration says it better.
    assert_eq!(after(&plain, &[("gunicorn.conf.py", "threads = 8\n")]), "web: gunicorn wsgi:app\n");
}

#[test]
fn a_published_port_is_listened_to_from_outside() {
    let code = app("");
    let compose = |service: &str| format!("services:\n  web:\n    build: ./web\n{service}");
    let image = |service: &str| {
        let compose = compose(service);
        let (dockerfile, before) = ("web/Dockerfile", "FROM x\nCMD python app.py\n");
        let files = [("web/app.py", code.as_str()), ("web/wsgi.py", WSGI.1), ("compose.yml", compose.as_str())];
        rewritten_with(dockerfile, before, &files).contains("0.0.0.0:5000")
    };
    assert!(image("    ports:\n      - \"80:5000\"\n"));
    assert!(image("    expose: [5000]\n"));
    assert!(!image(""));
    assert!(!image("    network_mode: host\n    ports:\n      - \"80:5000\"\n"));
    let service = |ports: &str| {
        let before =
            format!("services:\n  web:\n    command: python app.py\n{ports}  db:\n    image: x\n    ports: ['1:1']\n");
        rewritten_with("compose.yml", &before, &[("app.py", code.as_str())])
    };
    assert!(service("    ports:\n      - 80:5000\n").contains("command: gunicorn --bind 0.0.0.0:5000 "));
    assert!(service("").contains("command: gunicorn --bind 127.0.0.1:5000 "));
}

#[test]
fn a_command_whose_server_cannot_be_installed_stays() {
    let code = app("");
    let files = [
        ("Procfile", "web: python app.py\n"),
        ("app.py", code.as_str()),
        ("requirements.txt", "flask==3 --hash=sha256:00\n"),
        WSGI,
    ];
    let found = check_all(&files, check);
    assert_eq!(found[0].fix, None);
    let hint = found[0].hint.as_deref().unwrap_or_default();
    let told = "add `gunicorn` to `requirements.txt` by hand, then start `gunicorn --threads 4 wsgi:app` instead: ";
    assert!(hint.starts_with(told), "{hint}");
}

#[test]
fn a_signal_that_only_reloads_gunicorn_does_not_stop_it() {
    let unit = |signal: &str| {
        format!(
            "[program:jobs]\ncommand=python jobs.py\nstopsignal=HUP\n\n[program:web]\ncommand=%s\nuser=www\n\
             stopsignal={signal}\n"
        )
    };
    let served = "gunicorn --bind 127.0.0.1:5000 --threads 4 wsgi:app";
    for (before, after) in [("HUP", "TERM"), ("SIGUSR2", "SIGTERM"), ("INT", "INT"), ("QUIT", "QUIT")] {
        let files = [("web.conf", &*unit(before).replace("%s", "python app.py")), ("app.py", &app("")), WSGI];
        assert_eq!(
            super::super::fixtures::fixed(&files, check, "web.conf"),
            unit(after).replace("%s", served),
            "{before}"
        );
    }
}

#[test]
fn a_folder_of_an_image_is_the_one_that_was_copied_there() {
    let run = "from app import app\n";
    let package = "from flask import Flask\napp = Flask(__name__)\n";
    let rewritten = |dockerfile: &str, flask_app: &str, folder: &str| {
        let in_folder = |path: &str| format!("{folder}{path}");
        let (run_py, package_py, wsgi_py) = (in_folder("run.py"), in_folder("app/__init__.py"), in_folder("wsgi.py"));
        let before = format!("FROM x\n{dockerfile}\nENV FLASK_APP={flask_app}\nCMD [\"flask\", \"run\"]\n");
        let others = [(run_py.as_str(), run), (package_py.as_str(), package), (wsgi_py.as_str(), WSGI.1)];
        rewritten_with("Dockerfile", &before, &others)
    };
    let served = "CMD [\"gunicorn\", \"--bind\", \"127.0.0.1:5000\", \"--threads\", \"4\", \"wsgi:app\"]\n";
    // The project has a package of the same name as the folder of the image.
    for copied in ["WORKDIR /app\nCOPY requirements.txt .\nCOPY . .", "WORKDIR /app\nADD ./ /app/", "WORKDIR /app"] {
        assert!(rewritten(copied, "run.py", "").ends_with(served), "{}", rewritten(copied, "run.py", ""));
    }
    let text = rewritten("WORKDIR /app\nCOPY web/ .", "run.py", "web/");
    assert!(text.ends_with(served), "{text}");
    let text = rewritten("COPY . /srv\nWORKDIR /srv/web", "run.py", "web/");
    assert!(text.ends_with(served), "{text}");
}

#[test]
fn a_service_starts_in_the_folder_that_its_image_is_built_from() {
    let code = "from flask import Flask\napp = Flask(__name__)\n";
    let after = |service: &str, dockerfile: &str| {
        let compose = format!("services:\n  web:\n{service}    command: flask --app shop run\n");
        let wsgi = ("web/wsgi.py", "from shop import app\n");
        let files = [("web/shop.py", code), wsgi, ("web/Dockerfile", dockerfile)];
        let text = rewritten_with("compose.yml", &compose, &files);
        text.lines().last().unwrap_or_default().trim().to_owned()
    };
    let copies = "FROM x AS base\nWORKDIR /srv\nFROM base\nCOPY . .\n";
    let served = "command: gunicorn --bind 127.0.0.1:5000 --threads 4 wsgi:app";
    for (service, dockerfile) in [
        ("    build: ./web\n", copies),
        ("    build:\n      context: web\n", copies),
        ("    build:\n      context: .\n      dockerfile: web/Dockerfile\n", "FROM x\nWORKDIR /srv\nCOPY web/ .\n"),
        ("    build:\n      context: .\n      dockerfile: web/Dockerfile\n    working_dir: /srv/web\n", copies),
        ("    build: ./web\n    volumes:\n      - ./web:/code\n    working_dir: /code\n", "FROM x\n"),
        (
            "    image: python\n    volumes:\n      - type: bind\n        source: ./web\n        target: /code\n    working_dir: /code/\n",
            "FROM y\n",
        ),
        ("    build: ./web\n", "FROM x\nRUN git clone https://example.org/shop\n"),
    ] {
        assert_eq!(after(service, dockerfile), served, "{service}{dockerfile}");
    }
}

#[test]
fn the_image_of_a_service_gets_the_module_that_it_serves() {
    let code = app("");
    let both = |dockerfile: &str, volumes: &str| {
        let compose = format!("services:\n  web:\n    build: web\n{volumes}    command: python app.py\n");
        let files = [
            ("compose.yml", compose.as_str()),
            ("web/app.py", code.as_str()),
            ("web/wsgi.py", WSGI.1),
            ("web/Dockerfile", dockerfile),
        ];
        super::super::fixtures::fixed(&files, check, "web/Dockerfile")
    };
    let before = "FROM x\nWORKDIR /srv\nCOPY app.py .\n";
    assert_eq!(both(before, ""), format!("{before}COPY wsgi.py .\n"));
    assert_eq!(both(before, "    volumes:\n      - ./web:/srv\n"), before);
    let own = "FROM x\nWORKDIR /srv\nCOPY app.py .\nCMD [\"python\", \"app.py\"]\n";
    assert_eq!(both(own, "").matches("COPY wsgi.py .\n").count(), 1);
    let all = "FROM x\nWORKDIR /srv\nCOPY . .\n";
    assert_eq!(both(all, ""), all);
}

#[test]
fn a_compose_file_beside_one_for_production_is_for_development() {
    let code = app("");
    let plain = ("docker-compose.yml", "services:\n  web:\n    build: .\n    command: python app.py\n");
    let found = |name: &str, command: &str| {
        let other = format!("services:\n  web:\n    build: .\n    command: {command}\n");
        let files = [plain, (name, other.as_str()), ("app.py", code.as_str()), WSGI];
        check_all(&files, check).len()
    };
    assert_eq!(found("docker-compose.prod.yml", "gunicorn wsgi:app"), 0);
    assert_eq!(found("docker-compose.prod.yml", "celery -A app worker"), 1);
    assert_eq!(found("docker-compose.test.yml", "gunicorn wsgi:app"), 1);
    assert_eq!(found("other/docker-compose.prod.yml", "gunicorn wsgi:app"), 1);
}

#[test]
fn a_command_over_one_of_a_server_is_to_be_taken_out() {
    let compose = "services:\n  web:\n    build: web\n    command: flask run\n";
    let dockerfile = "FROM x\nCMD [\"gunicorn\", \"-b\", \"0.0.0.0:80\", \"my-app:app\"]\n";
    let app = "from flask import Flask\napp = Flask(__name__)\n";
    let files = [("compose.yml", compose), ("web/Dockerfile", dockerfile), ("web/my-app.py", app)];
    let found = check_all(&files, check);
    let hint = "take this command out: `web/Dockerfile` starts `gunicorn -b 0.0.0.0:80 my-app:app` without it";
    assert_eq!(found[0].hint.as_deref(), Some(hint));
}

#[test]
fn what_cannot_be_reached_is_said_with_the_whole_command() {
    let told = |path: &str, command: &str| {
        let code = app("host='0.0.0.0', port=5002");
        let (_dir, tree) = tree(&[(path, command), ("web/app.py", &code), WSGI]);
        let target = Target { dir: String::new(), module: "wsgi".to_owned(), name: "app".to_owned() };
        let found = check_tree(&tree, check, &|_| {
            vec![Move {
                serves: vec![0],
                outcome: Outcome::Done { target: target.clone() },
                notes: Vec::new(),
                served: crate::startup::Served::default(),
                told: Vec::new(),
                documented: Vec::new(),
            }]
        });
        let title = found[0].fix.as_ref().map(|fix| fix.title.clone());
        title.or_else(|| found[0].hint.clone()).unwrap_or_default()
    };
    let command = "gunicorn --bind 0.0.0.0:5002 --threads 4 wsgi:app";
    // A script is named from where it is started.
    assert_eq!(told("Dockerfile", "FROM x\nCMD python web/app.py\n"), format!("start Gunicorn instead: `{command}`"));
    assert_eq!(
        told("run.sh", "cd web\npython app.py\n"),
        format!(
            "start `{command}` in the project folder by hand; this command is started in another, where it finds no app"
        )
    );
}
