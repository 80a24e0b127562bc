//! What `new` makes of what an app does: the files that it renders, and what it asks a person to look at.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod scratch;

use scratch::Project;

/// What would be rendered for an `app.py` with these lines after the imports, and what is said of it.
fn rendered(lines: &str, args: &[&str]) -> (String, String) {
    let app = format!("import os\n\nfrom flask import Flask, request\n\napp = Flask(__name__)\n{lines}");
    of(&[("app.py", app.as_bytes()), ("requirements.txt", b"flask\ngunicorn\n")], args)
}

/// The same, for a project of these files.
fn of(files: &[(&str, &[u8])], args: &[&str]) -> (String, String) {
    let ran = Project::with(files).flaskship([&["new", "--diff", "--name", "shop"], args].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    (ran.text(), ran.stderr)
}

#[test]
fn an_app_may_write_where_it_writes_and_where_a_person_says() {
    let open = |files: &str, folder: &str| files.contains(&format!("\n+ReadWritePaths=\"-{folder}\"\n"));
    let log = "import logging\nlogging.FileHandler(\"log/shop.log\")\n";
    let (files, said) = rendered(log, &[]);
    assert!(open(&files, "/srv/shop/app/log") && !said.contains("look:"), "{said}");
    let (files, said) = rendered(log, &["--writable", "out,/data/shop"]);
    assert!(["/srv/shop/app/log", "/srv/shop/app/out", "/data/shop"].iter().all(|it| open(&files, it)), "{files}");
    assert!(said.contains("writes into log/, out/"), "{said}");

    let unknown = "@app.post(\"/\")\ndef up():\n    request.files[\"f\"].save(request.args[\"to\"])\n    return \"\"\n";
    let line = "look: the folder that the app writes into in app.py:8 is not known";
    assert!(rendered(unknown, &[]).1.contains(line));
    assert!(!rendered(unknown, &["--writable", "up"]).1.contains("look:"));

    let outside = "open(\"/data/shop/a.txt\", \"w\")\n";
    assert!(rendered(outside, &[]).1.contains("if it is to, say `--writable /data/shop`"));
    assert!(!rendered(outside, &["--writable", "/data/shop"]).1.contains("look:"));
    let beside = "open(\"a.txt\", \"w\")\n";
    assert!(rendered(beside, &[]).1.contains("look: the app writes beside its own code in app.py:6"));
    let refused = Project::with(&[]).flaskship(["new", "--writable", "/etc"]);
    assert!(refused.code == 2 && refused.stderr.contains("`/etc` is not for one app alone"), "{}", refused.stderr);
}

#[test]
fn a_device_is_within_reach_of_the_service() {
    let lines = "import cv2\nimport serial\ncamera = cv2.VideoCapture(0)\nport = serial.Serial(\"/dev/ttyUSB0\")\n";
    let (files, said) = rendered(lines, &[]);
    for line in [
        "workers = 1",
        "DevicePolicy=closed",
        "DeviceAllow=char-video4linux rw",
        "SupplementaryGroups=video",
        "DeviceAllow=char-ttyUSB rw",
        "SupplementaryGroups=dialout",
        "ProtectKernelTunables=yes",
        "sudo usermod --append --groups dialout shop",
    ] {
        assert!(files.contains(&format!("\n+{line}\n")), "{line}: {files}");
    }
    assert!(!files.contains("PrivateDevices") && said.contains("look: the app opens a camera in app.py:8"), "{said}");
    let (files, _) = rendered("from gpiozero import LED\nled = LED(17)\n", &[]);
    assert!(files.contains("\n+SupplementaryGroups=gpio\n") && !files.contains("ProtectKernelTunables"), "{files}");
    assert!(rendered("", &[]).0.contains("\n+PrivateDevices=yes\n"));
}

#[test]
fn what_a_service_may_not_do_is_told() {
    let (_, said) = rendered("import subprocess\nsubprocess.run([\"sudo\", \"reboot\"])\n", &[]);
    assert!(
        said.contains("look: the app runs a program as another user in app.py:7, which its service may not"),
        "{said}"
    );
}

#[test]
fn a_limit_that_each_process_counts_for_itself_is_told() {
    let lines = "from flask_limiter import Limiter\nlimiter = Limiter(lambda: \"\", app=app)\n";
    let line = "look: each process counts requests for itself in app.py:7";
    assert!(rendered(lines, &[]).1.contains(line));
    assert!(!rendered(lines, &["--workers", "1"]).1.contains(line));
    assert!(!rendered(lines, &["--single-process"]).1.contains(line));
}

#[test]
fn every_key_that_signs_is_filled_in() {
    let lines = "app.config[\"SECRET_KEY\"] = os.environ.get(\"SECRET_KEY\", \"dev\")\n\
                 app.config[\"JWT_SECRET_KEY\"] = os.environ.get(\"JWT_SECRET_KEY\", \"super-secret\")\n";
    let (files, said) = rendered(lines, &[]);
    for key in ["SECRET_KEY", "JWT_SECRET_KEY"] {
        assert!(files.contains(&format!("\n+{key}=\"\"\n")) && files.contains(&format!("s/^{key}=")), "{files}");
    }
    assert!(!files.contains("super-secret") && !said.contains("look:"), "{said}");
    let (files, _) = rendered(lines, &["--target", "windows", "--server", "waitress"]);
    for key in ["SECRET_KEY", "JWT_SECRET_KEY"] {
        assert!(files.contains(&format!("$variables += '{key}=' + (& $python -c")), "{files}");
    }
    assert!(files.contains("install.ps1 -Ask NAME"), "{files}");
    let literal = "app.config[\"SECURITY_PASSWORD_SALT\"] = \"1234\"\n";
    let (files, said) = rendered(literal, &["--target", "windows", "--server", "waitress"]);
    assert!(said.contains("look: SECURITY_PASSWORD_SALT is written in app.py:6"), "{said}");
    assert!(files.contains("`SECURITY_PASSWORD_SALT` is written in `app.py:6`"), "{files}");
}

#[test]
fn workers_and_migrations_have_their_place_in_the_instructions() {
    let app: &[u8] =
        b"from flask import Flask\nfrom flask_migrate import Migrate\n\napp = Flask(__name__)\nMigrate(app, None)\n";
    let files: &[(&str, &[u8])] = &[
        ("app.py", app),
        ("requirements.txt", b"flask\ngunicorn\ncelery\nflask-migrate\n"),
        ("Procfile", b"web: gunicorn app:app\nworker: celery -A app worker\nbeat: celery -A app beat\n"),
        ("migrations/env.py", b""),
    ];
    let (text, said) = of(files, &[]);
    assert!(said.contains("look: Procfile starts `celery -A app worker` beside the app"), "{said}");
    for line in [
        "ExecStart=\"/srv/shop/venv/bin/celery\" -A app worker",
        "ExecStart=\"/srv/shop/venv/bin/celery\" -A app beat --schedule=/var/lib/shop-beat/times",
        "sudo systemctl enable --now shop-worker.service",
        "3. Change its tables with the command of \"The database\".",
    ] {
        assert!(text.contains(&format!("\n+{line}\n")), "{line}: {text}");
    }
    assert!(text.contains("\"/srv/shop/venv/bin/flask\" --app app:app db upgrade\n"), "{text}");
    let (text, _) = of(files, &["--process-manager", "supervisor"]);
    assert!(
        text.contains("\n+[program:shop-worker]\n") && !text.contains("systemctl enable --now shop-worker"),
        "{text}"
    );
    let (_, said) = rendered("from celery import Celery\ncelery = Celery(\"app\")\n", &[]);
    assert!(said.contains("look: the app uses celery, and no file starts a worker of it"), "{said}");
    let (text, said) = of(&[("app.py", app), ("Procfile", b"worker: celery -A app worker -n $NAME\n")], &[]);
    assert!(said.contains("`celery -A app worker -n $NAME`") && !text.contains("shop-worker"), "{said}");
}

#[test]
fn a_package_called_wsgi_is_what_the_server_loads() {
    let (text, said) = of(
        &[
            (
                "shop/__init__.py",
                b"from flask import Flask\n\ndef create_app(config=None):\n    return Flask(__name__)\n",
            ),
            ("wsgi/__init__.py", b"from shop import create_app\n\napp = create_app()\n"),
        ],
        &[],
    );
    assert!(said.contains("app:      wsgi:app\n") && !text.contains("+++ b/wsgi.py"), "{said}");
}

#[test]
fn names_that_the_app_tells_apart_are_told() {
    let flask = |arguments: &str, routes: &str| {
        format!("app = Flask(__name__{arguments})\n{routes}def index():\n    return \"\"\n")
    };
    let domain = &["--domain", "shop.org"];
    let known = flask(
        ", subdomain_matching=True",
        "app.config[\"SERVER_NAME\"] = \"shop.org\"\n@app.route(\"/\", subdomain=\"api\")\n",
    );
    assert!(
        rendered(&known, domain).1.contains("look: the app answers for api.shop.org too (app.py:8), and the site refuses names that it was not told: add `--domain api.shop.org`"),
        "{}", rendered(&known, domain).1
    );
    assert!(!rendered(&known, &["--domain", "shop.org,api.shop.org"]).1.contains("look:"));
    let other = flask(", subdomain_matching=True", "app.config[\"SERVER_NAME\"] = \"shop.org\"\n@app.route(\"/\")\n");
    assert!(rendered(&other, &["--domain", "a.example.com"]).1.contains("the app answers for shop.org too"));
    let any = flask(", subdomain_matching=True", "@app.route(\"/\", subdomain=\"<user>\")\n");
    assert!(
        rendered(&any, domain)
            .1
            .contains("look: the app tells names apart in app.py:7, and the site refuses those that it was not told")
    );
    let hosts = flask(", host_matching=True, static_host=\"s.shop.org\"", "@app.route(\"/\", host=\"shop.org\")\n");
    assert!(rendered(&hosts, domain).1.contains("answers for s.shop.org too"));
    let plain = flask("", "app.config[\"SERVER_NAME\"] = \"shop.org\"\n@app.route(\"/\")\n");
    assert!(!rendered(&plain, &["--domain", "a.example.com"]).1.contains("look:"));
}
