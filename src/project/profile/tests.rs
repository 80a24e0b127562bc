//! Small apps and what is read from them: what has to be seen, and what must not.

use super::super::{Facts, Project};
use super::*;

mod writes;

/// The profile of `app:app` in a project of these files.
fn profile(files: &[(&str, &str)]) -> Profile {
    served(files, Served { dir: "", module: "app", name: "app" })
}

fn served(files: &[(&str, &str)], served: Served<'_>) -> Profile {
    let dir = tempfile::tempdir().unwrap();
    let mut tree = Tree::open(dir.path()).unwrap();
    for (path, text) in files {
        tree.write(ProjectPath::new(*path), text.as_bytes().to_vec());
    }
    let project = Project::load(&tree);
    let facts = Facts::gather_for_deployment(&project);
    Profile::gather(&tree, &project, &facts, served)
}

/// The profile of one module with an app, and these lines after it.
fn app(lines: &str) -> Profile {
    profile(&[("app.py", &format!("import os\nfrom flask import Flask\napp = Flask(__name__)\n{lines}"))])
}

fn statics(profile: &Profile) -> Vec<(&str, &str)> {
    profile.statics.iter().map(|folder| (folder.url.as_str(), folder.dir.as_str())).collect()
}

const FLASK: &str = "from flask import Flask, Blueprint\n";
const CSS: &str = "body {}";

#[test]
fn the_default_static_folder_counts_where_it_exists() {
    let plain = format!("{FLASK}app = Flask(__name__)\n");
    assert_eq!(statics(&profile(&[("app.py", &plain), ("static/a.css", CSS)])), [("/static", "static")]);
    assert_eq!(statics(&profile(&[("app.py", &plain), ("assets/a.css", CSS)])), []);
    let none = format!("{FLASK}app = Flask(__name__, static_folder=None)\n");
    assert_eq!(statics(&profile(&[("app.py", &none), ("static/a.css", CSS)])), []);
    let package = served(
        &[("shop/__init__.py", &plain), ("shop/static/a.css", CSS), ("static/b.css", CSS)],
        Served { dir: "", module: "shop", name: "app" },
    );
    assert_eq!(statics(&package), [("/static", "shop/static")]);
}

#[test]
fn static_folders_that_the_code_names_are_followed() {
    for (arguments, expected) in [
        ("static_folder='public'", vec![("/public", "public")]),
        ("static_folder='public', static_url_path='/files/'", vec![("/files", "public")]),
        ("static_url_path='/s', static_folder='a/b/'", vec![("/s", "a/b")]),
        ("'/assets', 'dist'", vec![("/assets", "dist")]),
        ("static_folder=os.path.join(BASE, 'web', 'static')", vec![("/static", "web/static")]),
        ("static_folder=str(Path(__file__).resolve().parent / 'ui')", vec![("/ui", "ui")]),
        // A single-page app below `/`, a folder elsewhere, one that nobody can know: the app serves them.
        ("static_folder='build', static_url_path=''", vec![]),
        ("static_folder='build', static_url_path='/'", vec![]),
        ("static_folder='/var/www/static'", vec![]),
        ("static_folder='../frontend/dist'", vec![]),
        ("static_folder=os.environ['STATIC']", vec![]),
        ("static_folder='.'", vec![]),
        ("**options", vec![]),
    ] {
        let code = format!(
            "import os\nfrom pathlib import Path\nfrom flask import Flask\nBASE = os.path.abspath(os.path.dirname(__file__))\n\
             app = Flask(__name__, {arguments})\n"
        );
        assert_eq!(statics(&profile(&[("app.py", &code)])), expected, "{arguments}");
    }
    let nested = format!("{FLASK}app = Flask(__name__, static_folder='../frontend/dist')\n");
    let nested = served(&[("web/app.py", &nested)], Served { dir: "web", module: "app", name: "app" });
    assert_eq!(statics(&nested), [("/dist", "frontend/dist")]);
}

#[test]
fn blueprints_bring_static_folders_of_their_own() {
    let code = |blueprint: &str, registered: &str| {
        format!("{FLASK}app = Flask(__name__)\nbp = Blueprint('shop', __name__{blueprint})\n{registered}\n")
    };
    let files = |code: &str| statics(&profile(&[("app.py", code), ("static/a.css", CSS)])).len();
    let one =
        profile(&[("app.py", &code(", static_folder='media', url_prefix='/shop'", "app.register_blueprint(bp)"))]);
    assert_eq!(statics(&one), [("/shop/media", "media")]);
    let two = code(", static_folder='media', url_prefix='/shop'", "app.register_blueprint(bp, url_prefix='/store')");
    assert_eq!(statics(&profile(&[("app.py", &two)])), [("/store/media", "media")]);
    // Not registered; no folder; below the app's own URL, where the app's folder comes first.
    assert_eq!(files(&code(", static_folder='media', url_prefix='/shop'", "")), 1);
    assert_eq!(files(&code("", "app.register_blueprint(bp)")), 1);
    assert_eq!(files(&code(", static_folder='static'", "app.register_blueprint(bp)")), 1);
    let nested = "parent = Blueprint('p', __name__, url_prefix='/p')\nparent.register_blueprint(bp)\napp.register_blueprint(parent)";
    let nested = code(", static_folder='media', url_prefix='/b'", nested);
    assert_eq!(statics(&profile(&[("app.py", &nested)])), [("/p/b/media", "media")]);
}

#[test]
fn files_behind_a_login_stay_behind_it() {
    let guard = |body: &str| {
        let code = format!(
            "from flask import Flask, redirect, request, session, url_for, abort\napp = Flask(__name__)\n\
             @app.before_request\ndef check():\n{body}"
        );
        statics(&profile(&[("app.py", &code), ("static/a.css", CSS)])).len()
    };
    assert_eq!(guard("    if 'user' not in session:\n        return redirect('/login')\n"), 0);
    assert_eq!(guard("    if 'user' not in session:\n        abort(401)\n"), 0);
    assert_eq!(guard("    if request.endpoint != 'static' and 'user' not in session:\n        abort(401)\n"), 1);
    assert_eq!(
        guard("    if not request.is_secure:\n        return redirect(request.url.replace('http:', 'https:'))\n"),
        1
    );
    assert_eq!(guard("    session.permanent = True\n"), 1);
}

#[test]
fn the_body_limit_is_read_however_it_is_set() {
    for (lines, expected) in [
        ("app.config['MAX_CONTENT_LENGTH'] = 16 * 1024 * 1024\n", Some(16 << 20)),
        ("app.config['MAX_CONTENT_LENGTH'] = 16 * 1000 * 1000\n", Some(16_000_000)),
        ("app.config.update(MAX_CONTENT_LENGTH=2 ** 20)\n", Some(1 << 20)),
        ("app.config.from_mapping({'MAX_CONTENT_LENGTH': 1 << 20})\n", Some(1 << 20)),
        ("app.config['MAX_CONTENT_LENGTH'] = 1.5 * 1024\n", Some(1536)),
        ("SIZE = 8\napp.config['MAX_CONTENT_LENGTH'] = SIZE * 1024\n", Some(8192)),
        ("class C:\n    MAX_CONTENT_LENGTH = 5 * 1024\napp.config.from_object(C)\n", Some(5120)),
        ("class B:\n    MAX_CONTENT_LENGTH = 7\nclass C(B):\n    pass\napp.config.from_object(C())\n", Some(7)),
        ("app.config['MAX_CONTENT_LENGTH'] = int(os.environ.get('LIMIT', '4096'))\n", Some(4096)),
        ("app.config['MAX_CONTENT_LENGTH'] = int(os.environ['LIMIT'])\n", None),
        ("app.config['MAX_CONTENT_LENGTH'] = None\n", None),
        ("config = {'MAX_CONTENT_LENGTH': 5}\n", None),
        ("", None),
    ] {
        assert_eq!(app(lines).body_limit, expected, "{lines}");
    }
    let factory = format!(
        "{FLASK}import config\ndef create_app(kind='default'):\n    app = Flask(__name__)\n    app.config.from_object(config.KINDS[kind])\n    return app\n"
    );
    let kinds = "class A:\n    MAX_CONTENT_LENGTH = 10\nclass B:\n    MAX_CONTENT_LENGTH = 20\nKINDS = {'a': A, 'default': B}\n";
    let files = [
        ("shop.py", factory.as_str()),
        ("config.py", kinds),
        ("wsgi.py", "from shop import create_app\napp = create_app('a')\n"),
    ];
    assert_eq!(served(&files, Served { dir: "", module: "wsgi", name: "app" }).body_limit, Some(10));
}

#[test]
fn websockets_are_seen_by_what_speaks_them() {
    assert_eq!(
        app("from flask_socketio import SocketIO\nsocketio = SocketIO(app)\n").websockets,
        Some(Websockets::SocketIo(AsyncMode::Threading))
    );
    assert_eq!(
        app("from flask_socketio import SocketIO\nio = SocketIO()\nio.init_app(app)\n").websockets,
        Some(Websockets::SocketIo(AsyncMode::Threading))
    );
    assert_eq!(app("from flask_sock import Sock\nsock = Sock(app)\n").websockets, Some(Websockets::Sock));
    let server = "import simple_websocket\n@app.route('/ws', websocket=True)\ndef ws():\n    ws = simple_websocket.Server(None)\n";
    assert_eq!(app(server).websockets, Some(Websockets::Sock));
    // A client, and a name that is only mentioned.
    assert_eq!(app("import socketio\nclient = socketio.Client()\n").websockets, None);
    assert_eq!(app("from flask_socketio import emit\n").websockets, None);
}

#[test]
fn streams_are_seen_and_files_are_not() {
    let view = |body: &str| {
        app(&format!("from flask import Response, stream_with_context, send_file\n@app.route('/x')\ndef x():\n{body}"))
            .streaming
    };
    assert!(view("    return Response(x(), mimetype='text/event-stream')\n"));
    assert!(view("    def gen():\n        yield 'a'\n    return Response(gen())\n"));
    assert!(view("    return Response(stream_with_context(rows()), mimetype='text/csv')\n"));
    assert!(view("    return Response(str(i) for i in range(3))\n"));
    assert!(view("    return app.response_class(response=(c for c in 'ab'))\n"));
    assert!(!view("    return Response(dump(), mimetype='text/csv')\n"));
    assert!(!view("    return send_file('a.pdf')\n"));
    assert!(!view("    def items():\n        yield 1\n    return {'items': list(items())}\n"));
}

#[test]
fn work_that_each_process_would_start_asks_for_a_single_one() {
    let head =
        "import threading\nfrom apscheduler.schedulers.background import BackgroundScheduler\ndef work():\n    pass\n";
    let reason = |lines: &str| app(&format!("{head}{lines}")).single_process;
    for (lines, expected) in [
        ("threading.Thread(target=work, daemon=True).start()\n", "it starts a thread in app.py:8"),
        ("t = threading.Thread(target=work)\nt.start()\n", "it starts a thread in app.py:9"),
        ("def begin():\n    threading.Thread(target=work).start()\nbegin()\n", "it starts a thread in app.py:9"),
        ("s = BackgroundScheduler()\ns.add_job(work)\ns.start()\n", "it starts a scheduler in app.py:10"),
        ("if not app.debug:\n    s = BackgroundScheduler()\n    s.start()\n", "it starts a scheduler in app.py:10"),
        ("class W(threading.Thread):\n    pass\nW().start()\n", "it starts a thread in app.py:10"),
        (
            "@app.before_first_request\ndef begin():\n    threading.Thread(target=work).start()\n",
            "it starts a thread in app.py:10",
        ),
        (
            "from flask_apscheduler import APScheduler\ns = APScheduler()\ns.init_app(app)\ns.start()\n",
            "it starts a scheduler in app.py:11",
        ),
    ] {
        assert_eq!(reason(lines).as_deref(), Some(expected), "{lines}");
    }
    for lines in [
        "",
        "t = threading.Thread(target=work)\n",
        "@app.route('/mail')\ndef mail():\n    threading.Thread(target=work).start()\n    return 'sent'\n",
        "if __name__ == '__main__':\n    threading.Thread(target=work).start()\n",
        "if os.environ.get('RUN_JOBS'):\n    BackgroundScheduler().start()\n",
        "lock = threading.Lock()\n",
        "s = BackgroundScheduler()\n",
    ] {
        assert_eq!(reason(lines), None, "{lines}");
    }
    let wsgi = served(
        &[
            (
                "shop.py",
                "from flask import Flask\nimport threading\napp = Flask(__name__)\ndef begin():\n    threading.Thread(target=print).start()\n",
            ),
            ("wsgi.py", "from shop import app, begin\n\nbegin()\n"),
        ],
        Served { dir: "", module: "wsgi", name: "app" },
    );
    assert_eq!(wsgi.single_process.as_deref(), Some("it starts a thread in shop.py:5"));
}

#[test]
fn a_device_is_opened_by_one_process() {
    let seen = |lines: &str| {
        let profile = app(lines);
        let devices: Vec<DeviceClass> = profile.devices.iter().map(|device| device.class).collect();
        (devices, profile.single_process)
    };
    for (lines, class, reason) in [
        ("import cv2\ncamera = cv2.VideoCapture(0)\n", DeviceClass::Camera, "it opens a camera in app.py:5"),
        (
            "from cv2 import VideoCapture\ndef frames():\n    VideoCapture('/dev/video1')\n",
            DeviceClass::Camera,
            "it opens a camera in app.py:6",
        ),
        (
            "import cv2\ncv2.VideoCapture(int(os.environ.get('CAMERA', '0')))\n",
            DeviceClass::Camera,
            "it opens a camera",
        ),
        ("from picamera2 import Picamera2\npicam2 = Picamera2()\n", DeviceClass::Camera, "it opens a camera"),
        (
            "import serial\nport = serial.Serial('/dev/ttyUSB0', 9600)\n",
            DeviceClass::SerialPort,
            "it opens a serial port in app.py:5",
        ),
        (
            "import RPi.GPIO as GPIO\nGPIO.setmode(GPIO.BCM)\nGPIO.setup(18, GPIO.OUT)\n",
            DeviceClass::Pins,
            "it opens pins of the board in app.py:5",
        ),
        ("from gpiozero import LED\nled = LED(17)\n", DeviceClass::Pins, "it opens pins of the board in app.py:5"),
        ("import smbus\nbus = smbus.SMBus(1)\n", DeviceClass::Pins, "it opens pins of the board in app.py:5"),
    ] {
        let (devices, because) = seen(lines);
        assert_eq!(devices, [class], "{lines}");
        assert!(because.as_deref().is_some_and(|it| it.starts_with(reason)), "{lines}: {because:?}");
    }
    for lines in [
        "import cv2\ncv2.VideoCapture('film.mp4')\n",
        "import cv2\ncv2.VideoCapture('rtsp://10.0.0.2/stream')\n",
        "import cv2\ncv2.imread('a.png')\n",
        "import serial\nimport gpiozero\n",
        "if os.environ.get('CAMERA'):\n    import picamera\n    picamera.PiCamera()\n",
    ] {
        assert_eq!(seen(lines), (vec![], None), "{lines}");
    }
}

#[test]
fn what_works_beside_the_app_is_seen() {
    let seen = |files: &[(&str, &str)]| -> Vec<(String, String)> {
        let all: Vec<(&str, &str)> =
            files.iter().copied().chain([("app.py", "from flask import Flask\napp = Flask(__name__)\n")]).collect();
        profile(&all).workers.into_iter().map(|job| (job.name, job.words.join(" "))).collect()
    };
    let one = |name: &str, words: &str| (name.to_owned(), words.to_owned());
    let procfile = "web: gunicorn app:app\nworker: celery -A app.celery worker\nclock: python clock.py\nrelease: flask db upgrade\n";
    assert_eq!(
        seen(&[("Procfile", procfile)]),
        [one("worker", "celery -A app.celery worker"), one("clock", "python clock.py")]
    );
    let compose = "services:\n  web:\n    command: gunicorn app:app\n  jobs:\n    command: celery -A app worker -l info\n  times:\n    command: [celery, -A, app, beat]\n  queue:\n    command: rq worker high\n";
    assert_eq!(
        seen(&[("docker-compose.yml", compose)]),
        [
            one("worker", "celery -A app worker -l info"),
            one("beat", "celery -A app beat"),
            one("worker2", "rq worker high")
        ]
    );
    assert_eq!(seen(&[("Procfile", "web: gunicorn app:app\n"), ("run.sh", "celery -A app flower\n")]), []);
    assert_eq!(seen(&[("Procfile.dev", "worker: celery -A app worker\n")]), []);
}

#[test]
fn migrations_are_seen_where_they_are_kept() {
    let code =
        "from flask import Flask\nfrom flask_migrate import Migrate\napp = Flask(__name__)\nMigrate(app, None)\n";
    assert!(profile(&[("app.py", code), ("migrations/env.py", "")]).migrates);
    assert!(!profile(&[("app.py", code)]).migrates);
    assert!(!profile(&[("app.py", FLASK), ("migrations/env.py", "")]).migrates);
}

#[test]
fn programs_that_run_as_another_user_are_seen() {
    let head = "import subprocess\n@app.route('/x')\ndef x():\n";
    let seen = |call: &str| app(&format!("{head}    {call}\n    return ''\n")).sudo;
    for call in [
        "subprocess.run(['sudo', 'wg', 'show'])",
        "subprocess.run('sudo wg show', shell=True)",
        "os.system('cd /etc && sudo -n wg show')",
        "subprocess.check_output(['/usr/bin/sudo', name])",
    ] {
        assert_eq!(seen(call).as_deref(), Some("app.py:7"), "{call}");
    }
    for call in ["subprocess.run(['wg', 'sudo'])", "os.system('wg sudo')", "run('sudo')"] {
        assert_eq!(seen(call), None, "{call}");
    }
}

#[test]
fn state_that_requests_change_asks_for_a_single_process() {
    let reason = |lines: &str| app(lines).single_process;
    let view = "@app.route('/x', methods=['POST'])\ndef x():\n";
    for (before, body) in [
        ("users = {}\n", "    users['a'] = 1\n"),
        ("users = []\n", "    users.append(1)\n"),
        ("count = 0\n", "    global count\n    count += 1\n"),
        ("current = None\nname = ''\n", "    global name\n    name = 'x'\n"),
        ("games: dict = {}\n", "    games['a']['board'] = 1\n"),
        ("from collections import deque\nlast = deque(maxlen=3)\n", "    last.appendleft(1)\n"),
        ("users = {}\ndef add():\n    users['a'] = 1\n", "    add()\n"),
        ("users = {}\n", "    del users['a']\n"),
    ] {
        let found = reason(&format!("{before}{view}{body}    return ''\n"));
        assert!(
            found.as_deref().is_some_and(|reason| reason.starts_with("a request changes the variable ")),
            "{body}: {found:?}"
        );
    }
    for (before, body) in [
        ("users = {}\n", "    users = {}\n    users['a'] = 1\n"),
        ("users = {'a': 1}\n", "    return users['a']\n"),
        ("_cache = {}\n", "    _cache['a'] = 1\n"),
        ("model = None\n", "    global model\n    if model is None:\n        model = load()\n"),
        ("db = Database()\n", "    db.session.add(1)\n"),
        ("users = {}\ndef add():\n    users['a'] = 1\nadd()\n", "    pass\n"),
        ("from flask import session\n", "    session['a'] = 1\n"),
        ("", "    items = []\n    items.append(1)\n"),
        ("rows = []\n", "    rows = [1]\n    rows.append(1)\n"),
    ] {
        assert_eq!(reason(&format!("{before}{view}{body}    return ''\n")), None, "{before}{body}");
    }
    let imported = profile(&[
        (
            "app.py",
            "from flask import Flask\nfrom store import users\nimport store\napp = Flask(__name__)\n@app.get('/')\ndef x():\n    users.append(1)\n    return ''\n",
        ),
        ("store.py", "users = []\n"),
    ]);
    assert!(imported.single_process.is_some_and(|reason| reason.contains("users in app.py:7")));
}

#[test]
fn state_in_objects_that_requests_change_asks_for_a_single_process() {
    let store = "class Store:\n    def __init__(self):\n        self.items = []\n        self.by_id = {}\n        self.cache = {}\n\
                 \x20   def add(self, x):\n        self._push(x)\n    def _push(self, x):\n        self.items.append(x)\n\
                 \x20   def put(self, key, x):\n        self.by_id[key] = x\n    def all(self):\n        return list(self.items)\n\
                 \x20   def client(self, key):\n        if key not in self.by_id:\n            self.by_id[key] = connect(key)\n\
                 \x20       return self.by_id[key]\n    def seen(self, x):\n        self.cache[x] = 1\n";
    let view = |body: &str| format!("@app.route('/x', methods=['POST'])\ndef x():\n    {body}\n    return ''\n");
    for (before, body, name) in [
        ("store = Store()\n", "store.add(1)", "store"),
        ("store = Store()\n", "store.put('a', 1)", "store"),
        ("store = Store()\n", "store.items.append(1)", "store.items"),
        ("app.jobs = {}\n", "app.jobs['a'] = 1", "app.jobs"),
        ("from flask import current_app\napp.jobs = {}\n", "current_app.jobs['a'] = 1", "current_app.jobs"),
        ("app.config['JOBS'] = {}\n", "app.config['JOBS'][1] = 2", "app.config['JOBS']"),
        ("app.config['LOG'] = []\n", "app.config['LOG'].append(2)", "app.config['LOG']"),
    ] {
        let reason = app(&format!("{store}{before}{}", view(body))).single_process;
        let start = format!("a request changes the variable {name} in app.py:");
        assert!(reason.as_deref().is_some_and(|reason| reason.starts_with(&start)), "{body}: {reason:?}");
    }
    for (before, body) in [
        ("store = Store()\n", "store.all()"),
        ("store = Store()\n", "store.client('a')"),
        ("store = Store()\n", "store.seen('a')"),
        ("store = Store()\nstore.add(1)\n", "pass"),
        ("", "store = Store()\n    store.add(1)"),
        ("cache = Store()\n", "cache.add(1)"),
        ("db = SQLAlchemy(app)\n", "db.session.add(1)"),
        ("from elsewhere import Store as S\nstore = S()\n", "store.add(1)"),
        ("from flask import g\n", "g.items = []\n    g.items.append(1)"),
        ("", "app.config['DAY'] = 1"),
        ("from flask import session\n", "session['config']['a'] = 1"),
    ] {
        assert_eq!(app(&format!("{store}{before}{}", view(body))).single_process, None, "{before}{body}");
    }
    let factory = |line: &str, body: &str| {
        let code = format!(
            "from flask import Flask, request\n{store}def create_app():\n    app = Flask(__name__)\n    {line}\n\
             \x20   @app.route('/x', methods=['POST'])\n    def x():\n        {body}\n        return ''\n    return app\napp = create_app()\n"
        );
        profile(&[("app.py", &code)]).single_process
    };
    assert!(factory("store = Store()", "store.add(1)").is_some());
    assert!(factory("jobs = {}", "jobs['a'] = 1").is_some());
    assert_eq!(factory("store = Store()", "return store.all()"), None);
    let imported = profile(&[
        (
            "app.py",
            "from flask import Flask\nfrom things import store\napp = Flask(__name__)\n@app.get('/')\ndef x():\n    store.add(1)\n    return ''\n",
        ),
        ("things.py", &format!("{store}store = Store()\n")),
    ]);
    assert!(imported.single_process.is_some_and(|reason| reason.contains("store in app.py:6")));
}

#[test]
fn a_limiter_that_counts_in_memory_is_seen() {
    let seen = |line: &str| app(&format!("from flask_limiter import Limiter\n{line}\n")).limiter;
    for line in
        ["Limiter(key, app=app)", "Limiter(key, app=app, storage_uri='memory://')", "l = Limiter(key)\nl.init_app(app)"]
    {
        assert_eq!(seen(line).as_deref(), Some("app.py:5"), "{line}");
    }
    for line in [
        "Limiter(key, app=app, storage_uri='redis://localhost')",
        "Limiter(key, app=app, storage_uri=os.environ['REDIS'])",
        "Limiter(key, app=app, **options)",
        "app.config['RATELIMIT_STORAGE_URI'] = 'redis://localhost'\nLimiter(key, app=app)",
    ] {
        assert_eq!(seen(line), None, "{line}");
    }
}

#[test]
fn proxy_fix_counts_where_it_is_always_applied() {
    let import = "from werkzeug.middleware.proxy_fix import ProxyFix\n";
    assert!(app(&format!("{import}app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1)\n")).proxy_fix.is_some());
    assert_eq!(app(import).proxy_fix, None);
    let asked = format!("{import}if os.environ.get('BEHIND_PROXY'):\n    app.wsgi_app = ProxyFix(app.wsgi_app)\n");
    assert_eq!(app(&asked).proxy_fix, None);
}

#[test]
fn proxy_fix_is_read_with_what_it_counts() {
    let fix = |arguments: &str| {
        let import = "from werkzeug.middleware.proxy_fix import ProxyFix\nN = 2\n";
        let fix =
            app(&format!("{import}app.wsgi_app = ProxyFix(\n    app.wsgi_app{arguments}\n)\n")).proxy_fix.unwrap();
        assert_eq!(fix.place, "app.py:6");
        (fix.x_for, fix.x_proto)
    };
    for (arguments, expected) in [
        ("", (Some(1), Some(1))),
        (", x_for=2, x_host=1", (Some(2), Some(1))),
        (", 1, 0", (Some(1), Some(0))),
        (", x_for=N", (None, Some(1))),
        (", **options", (None, None)),
    ] {
        assert_eq!(fix(arguments), expected, "{arguments}");
    }
}

#[test]
fn cookies_that_are_kept_to_https_are_seen() {
    for (value, expected) in [
        ("True", Some("app.py:4")),
        ("False", None),
        ("os.environ.get('HTTPS') == '1'", None),
        ("os.environ.get('HTTPS', True)", Some("app.py:4")),
    ] {
        let found = app(&format!("app.config['SESSION_COOKIE_SECURE'] = {value}\n")).secure_cookies;
        assert_eq!(found.as_deref(), expected, "{value}");
    }
}

#[test]
fn the_source_of_the_secret_key_is_told() {
    let place = |line: usize| format!("app.py:{line}");
    for (lines, expected) in [
        ("app.secret_key = 'dev'\n", SecretKey::Literal(place(4))),
        ("app.config['SECRET_KEY'] = b'x'\n", SecretKey::Literal(place(4))),
        ("app.secret_key = os.environ['KEY']\n", SecretKey::Environment("KEY".to_owned())),
        (
            "app.config['SECRET_KEY'] = os.environ.get('SECRET_KEY') or 'dev'\n",
            SecretKey::Environment("SECRET_KEY".to_owned()),
        ),
        (
            "app.config.from_mapping(SECRET_KEY=os.getenv('SECRET_KEY', 'dev'))\n",
            SecretKey::Environment("SECRET_KEY".to_owned()),
        ),
        ("app.secret_key = os.urandom(24)\n", SecretKey::Random(place(4))),
        ("import secrets\napp.secret_key = secrets.token_hex()\n", SecretKey::Random(place(5))),
        ("import uuid\napp.secret_key = str(uuid.uuid4())\n", SecretKey::Random(place(5))),
        ("app.secret_key = os.environ.get('K') or os.urandom(9).hex()\n", SecretKey::Environment("K".to_owned())),
        ("app.secret_key = read()\n", SecretKey::Unknown),
        ("", SecretKey::None),
    ] {
        assert_eq!(app(lines).secret_key, expected, "{lines}");
    }
    assert!(app("app.secret_key = os.urandom(24)\n").single_process.is_some());
}

#[test]
fn the_keys_of_extensions_are_told_as_well() {
    let place = |line: usize| format!("app.py:{line}");
    for (lines, expected) in [
        ("app.config['JWT_SECRET_KEY'] = 'super-secret'\n", vec![("JWT_SECRET_KEY", SecretKey::Literal(place(4)))]),
        (
            "app.config['JWT_SECRET_KEY'] = os.environ.get('JWT_KEY', 'super-secret')\n",
            vec![("JWT_SECRET_KEY", SecretKey::Environment("JWT_KEY".to_owned()))],
        ),
        (
            "app.config.update(SECURITY_PASSWORD_SALT='1234', WTF_CSRF_SECRET_KEY=os.urandom(9))\n",
            vec![
                ("SECURITY_PASSWORD_SALT", SecretKey::Literal(place(4))),
                ("WTF_CSRF_SECRET_KEY", SecretKey::Random(place(4))),
            ],
        ),
        ("app.config['JWT_ALGORITHM'] = 'HS256'\n", vec![]),
    ] {
        assert_eq!(app(lines).further_keys, expected, "{lines}");
    }
    let drawn = app("app.config['JWT_SECRET_KEY'] = os.urandom(24)\n").single_process;
    assert_eq!(
        drawn.as_deref(),
        Some(
            "it makes a new JWT_SECRET_KEY at each start in app.py:4, and what that signs is only good in one process"
        )
    );
}

#[test]
fn a_key_that_settings_draw_where_they_find_none_is_read() {
    let class = "import secrets\nfrom pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n";
    let init = "    def __init__(self, **kwargs):\n        super().__init__(**kwargs)\n        if not self.SECRET_KEY:\n\
                \x20           self.SECRET_KEY = secrets.token_hex(32)\n";
    for field in [
        format!("    SECRET_KEY: str = ''\n{init}"),
        "    SECRET_KEY: str = secrets.token_hex(32)\n".to_owned(),
        "    SECRET_KEY: str = 'dev'\n".to_owned(),
    ] {
        let profile = app(&format!("{class}{field}app.config.from_object(Settings())\n"));
        assert_eq!(profile.secret_key, SecretKey::Environment("SECRET_KEY".to_owned()), "{field}");
        assert_eq!(profile.single_process, None, "{field}");
    }
}

#[test]
fn health_urls_answer_get_to_everybody() {
    for (lines, expected) in [
        ("@app.route('/healthz')\ndef h():\n    return 'ok'\n", Some("/healthz")),
        (
            "@app.get('/ping')\ndef h():\n    return 'ok'\n@app.get('/api/v1/health')\ndef g():\n    return 'ok'\n",
            Some("/api/v1/health"),
        ),
        ("def h():\n    return 'ok'\napp.add_url_rule('/health', 'h', h)\n", Some("/health")),
        ("@app.route('/health', methods=['POST'])\ndef h():\n    return 'ok'\n", None),
        ("@app.route('/health/<name>')\ndef h(name):\n    return 'ok'\n", None),
        ("@app.route('/status')\n@login_required\ndef h():\n    return 'ok'\n", None),
        ("@app.route('/orders/status')\ndef h():\n    return 'ok'\n", None),
        ("@app.route('/')\ndef h():\n    return 'ok'\n", None),
    ] {
        assert_eq!(app(lines).health_url.as_deref(), expected, "{lines}");
    }
    let blueprint = "from flask import Blueprint\nbp = Blueprint('b', __name__, url_prefix='/api')\n@bp.route('/health')\ndef h():\n    return 'ok'\n";
    assert_eq!(app(&format!("{blueprint}app.register_blueprint(bp)\n")).health_url.as_deref(), Some("/api/health"));
    assert_eq!(app(blueprint).health_url, None);
}

#[test]
fn the_server_name_is_a_name_that_others_can_reach() {
    let name = |text: &str| app(&format!("app.config['SERVER_NAME'] = {text}\n")).server_name;
    assert_eq!(name("'Shop.Example.com:443'").as_deref(), Some("shop.example.com"));
    for text in ["'localhost:5000'", "'127.0.0.1:5000'", "None", "'app.local'", "os.environ['NAME']"] {
        assert_eq!(name(text), None, "{text}");
    }
}

#[test]
fn variables_are_those_that_the_code_reads() {
    let reads = |lines: &str| -> Vec<(String, bool, Option<String>)> {
        app(lines).environment.into_iter().map(|read| (read.name, read.required, read.default)).collect()
    };
    let one = |name: &str, required: bool, default: Option<&str>| {
        vec![(name.to_owned(), required, default.map(str::to_owned))]
    };
    for (lines, expected) in [
        ("X = os.environ['TOKEN']\n", one("TOKEN", true, None)),
        ("X = os.environ.get('TOKEN', 'none')\n", one("TOKEN", false, Some("none"))),
        ("X = int(os.getenv('COUNT', 4))\n", one("COUNT", false, Some("4"))),
        ("X = os.getenv('TOKEN')\n", one("TOKEN", false, None)),
        // None is no number.
        ("X = int(os.getenv('COUNT'))\n", one("COUNT", true, None)),
        ("X = os.environ.get('SHARE')\nY = float(X)\n", one("SHARE", true, None)),
        ("X = os.getenv('COUNT')\nif X:\n    Y = int(X)\n", one("COUNT", false, None)),
        ("X = int(os.getenv('COUNT') or 4)\n", one("COUNT", false, None)),
        ("try:\n    X = int(os.getenv('COUNT'))\nexcept TypeError:\n    X = 4\n", one("COUNT", false, None)),
        ("X = int(os.getenv('COUNT')) if os.getenv('COUNT') else 4\n", one("COUNT", false, None)),
        ("X = os.getenv('COUNT') and int(os.getenv('COUNT'))\n", one("COUNT", false, None)),
        ("X = str(os.getenv('TOKEN'))\n", one("TOKEN", false, None)),
        ("from os import environ as env\nX = env['TOKEN']\n", one("TOKEN", true, None)),
        ("try:\n    X = os.environ['TOKEN']\nexcept KeyError:\n    X = ''\n", one("TOKEN", false, None)),
        ("if 'TOKEN' in os.environ:\n    X = os.environ['TOKEN']\n", one("TOKEN", false, None)),
        ("from decouple import config\nX = config('TOKEN')\n", one("TOKEN", true, None)),
        (
            "from environs import Env\nenv = Env()\nenv.read_env()\nX = env.str('TOKEN')\nY = env('TOKEN')\n",
            one("TOKEN", true, None),
        ),
        (
            "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    token: str\n",
            one("TOKEN", true, None),
        ),
        ("@app.get('/')\ndef x():\n    return os.environ['TOKEN']\n", one("TOKEN", true, None)),
        ("class C:\n    KEY = os.environ.get('TOKEN')\n", one("TOKEN", false, None)),
        ("os.environ['TOKEN'] = 'x'\n", vec![]),
        ("X = os.environ['HOME'] + os.environ.get('FLASK_DEBUG', '')\n", vec![]),
        ("X = os.environ.get(name)\n", vec![]),
        ("if __name__ == '__main__':\n    app.run(port=os.environ['PORT'])\n", vec![]),
    ] {
        assert_eq!(reads(lines), expected, "{lines}");
    }
}

#[test]
fn only_the_modules_of_the_app_count() {
    let other = "from flask import Flask\nimport os, threading\napp = Flask(__name__)\napp.config['MAX_CONTENT_LENGTH'] = 5\n\
                 app.secret_key = os.environ['OTHER']\nthreading.Thread(target=print).start()\n";
    let files = [
        (
            "one/app.py",
            "from flask import Flask\nfrom config import LIMIT\napp = Flask(__name__)\napp.config['MAX_CONTENT_LENGTH'] = LIMIT\n",
        ),
        ("one/config.py", "import os\nLIMIT = 9\nTOKEN = os.environ['TOKEN']\n"),
        ("two/app.py", other),
        ("one/test_app.py", "import os\nfrom app import app\nX = os.environ['TESTS']\n"),
        ("two/static/a.css", CSS),
    ];
    let one = served(&files, Served { dir: "one", module: "app", name: "app" });
    assert_eq!(one.body_limit, Some(9));
    assert_eq!(one.environment.iter().map(|read| read.name.as_str()).collect::<Vec<_>>(), ["TOKEN"]);
    assert_eq!((one.single_process, one.secret_key, one.statics), (None, SecretKey::None, vec![]));
    let chosen = profile(&[
        ("app.py", "from flask import Flask\napp = Flask(__name__)\napp.config.from_object('settings.Production')\n"),
        ("settings.py", "import os\nclass Production:\n    SECRET_KEY = os.environ['KEY']\n"),
    ]);
    assert_eq!(chosen.secret_key, SecretKey::Environment("KEY".to_owned()));
    assert_eq!(chosen.environment.len(), 1);
}

#[test]
fn code_of_the_project_is_no_data() {
    let head = "import os, sqlite3\nfrom flask import Flask\napp = Flask(__name__)\nHERE = os.path.dirname(__file__)\n";
    let shop = |lines: &str, more: &[(&str, &str)]| {
        let code = format!("{head}{lines}");
        let files: Vec<(&str, &str)> = [("shop/__init__.py", code.as_str())].iter().chain(more).copied().collect();
        let profile = served(&files, Served { dir: "", module: "shop", name: "app" });
        (profile.writes.folders, profile.writes.data, profile.writes.holds_code)
    };
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let beside = "sqlite3.connect(os.path.join(HERE, 'shop.db'))\n";
    assert_eq!(shop(beside, &[]), (texts(&["shop"]), texts(&["shop/shop.db"]), true));
    let apart = "open('data/users.json', 'w')\n";
    assert_eq!(shop(apart, &[("data/seed.json", "")]), (texts(&["data"]), texts(&["data/users.json"]), false));
    // A file whose name is not known is any file of its folder.
    let any = "def x(name):\n    open(os.path.join('data', name), 'w')\nos.makedirs('data', exist_ok=True)\n";
    assert_eq!(shop(any, &[]), (texts(&["data"]), texts(&["data/"]), false));
    assert_eq!(shop(any, &[("data/load.py", "")]), (texts(&["data"]), texts(&[]), true));
    let plot = "os.makedirs(os.path.join(HERE, 'static'), exist_ok=True)\n";
    assert_eq!(shop(plot, &[("shop/static/logo.png", "")]), (texts(&["shop/static"]), texts(&[]), true));
    let uploads = "app.config['UPLOAD_FOLDER'] = os.path.join(HERE, 'static', 'up')\n";
    let within = (texts(&["shop/static/up"]), texts(&["shop/static/up/"]), false);
    assert_eq!(shop(uploads, &[("shop/static/site.css", CSS), ("shop/static/up/a.png", "")]), within);
}

#[test]
fn the_version_of_python_is_what_the_project_says() {
    let asked = |name: &str, text: &str| {
        profile(&[("app.py", FLASK), (name, text)]).python.map(|python| (python.version, python.or_later))
    };
    let version = |version: &str, or_later: bool| Some((version.to_owned(), or_later));
    assert_eq!(asked(".python-version", "3.11.4\n"), version("3.11", false));
    assert_eq!(asked(".python-version", "pypy3.10-7.3\n"), None);
    assert_eq!(asked("runtime.txt", "python-3.9.18"), version("3.9", false));
    assert_eq!(asked("pyproject.toml", "[project]\nrequires-python = '>=3.10, <4'\n"), version("3.10", true));
    assert_eq!(asked("pyproject.toml", "[project]\nrequires-python = '==3.12.*'\n"), version("3.12", false));
    assert_eq!(asked("pyproject.toml", "[tool.poetry.dependencies]\npython = '^3.8'\n"), version("3.8", true));
    assert_eq!(asked("Pipfile", "[requires]\npython_version = '3.7'\n"), version("3.7", false));
    assert_eq!(asked("Dockerfile", "FROM python:3.12-slim AS build\nRUN x\n"), version("3.12", false));
    assert_eq!(asked("Dockerfile", "FROM debian:12\n"), None);
    assert_eq!(asked("runtime.txt", "python-2.7.18"), None);
}

#[test]
fn the_installer_is_told_by_the_files_of_the_project() {
    let installer = |files: &[(&str, &str)]| {
        let all: Vec<(&str, &str)> = files.iter().copied().chain([("web/app.py", FLASK)]).collect();
        served(&all, Served { dir: "web", module: "app", name: "app" }).installer
    };
    let path = ProjectPath::new;
    let project = "[project]\nname = 'x'\n";
    assert_eq!(installer(&[("requirements.txt", "flask\n")]), Installer::Requirements(path("requirements.txt")));
    assert_eq!(
        installer(&[("requirements.txt", ""), ("web/requirements.txt", "")]),
        Installer::Requirements(path("web/requirements.txt"))
    );
    assert_eq!(installer(&[("uv.lock", ""), ("pyproject.toml", project)]), Installer::Uv(path("uv.lock")));
    assert_eq!(installer(&[("pyproject.toml", project)]), Installer::Project(path("pyproject.toml")));
    assert_eq!(
        installer(&[("pyproject.toml", "[tool.poetry.dependencies]\n")]),
        Installer::Poetry(path("pyproject.toml"))
    );
    assert_eq!(installer(&[("pyproject.toml", "[tool.ruff]\n")]), Installer::None);
    assert_eq!(installer(&[("Pipfile", "")]), Installer::Pipenv(path("Pipfile")));
    assert_eq!(installer(&[("setup.py", "")]), Installer::Project(path("setup.py")));
    assert_eq!(
        installer(&[("requirements_web.txt", "flask\n")]),
        Installer::Requirements(path("requirements_web.txt"))
    );
    assert_eq!(
        installer(&[("requirements-dev.txt", "flask\n"), ("other/requirements.txt", "flask\n")]),
        Installer::None
    );
}

#[test]
fn socketio_waits_with_what_is_said_or_installed() {
    let mode = |lines: &str, requirements: &str| {
        let code =
            format!("from flask import Flask\nfrom flask_socketio import SocketIO\napp = Flask(__name__)\n{lines}");
        match profile(&[("app.py", &code), ("requirements.txt", requirements)]).websockets {
            Some(Websockets::SocketIo(mode)) => mode,
            other => panic!("{other:?}"),
        }
    };
    let plain = "SocketIO(app)\n";
    assert_eq!(mode(plain, "flask-socketio\nsimple-websocket\n"), AsyncMode::Threading);
    assert_eq!(mode(plain, "flask-socketio\neventlet==0.33\n"), AsyncMode::Eventlet);
    assert_eq!(mode(plain, "flask-socketio\ngevent-websocket\n"), AsyncMode::GeventWebsocket);
    assert_eq!(mode("SocketIO(app, async_mode='gevent')\n", "gevent_websocket\n"), AsyncMode::GeventWebsocket);
    assert_eq!(mode("SocketIO(app, async_mode='threading')\n", "gevent-websocket\n"), AsyncMode::Threading);
    assert_eq!(mode("SocketIO(app, async_mode='gevent_uwsgi')\n", "gevent\n"), AsyncMode::Uwsgi);
    // eventlet is what it takes where both are there.
    assert_eq!(mode(plain, "gevent\neventlet\n"), AsyncMode::Eventlet);
    assert_eq!(mode("SocketIO(app, async_mode='threading')\n", "eventlet\ngevent\n"), AsyncMode::Threading);
    assert_eq!(mode("s = SocketIO()\ns.init_app(app, async_mode='gevent')\n", "eventlet\n"), AsyncMode::Gevent);
    assert_eq!(mode("SocketIO(app, async_mode=None)\n", "gevent\n"), AsyncMode::Gevent);
    assert_eq!(mode("import eventlet\neventlet.monkey_patch()\nSocketIO(app)\n", ""), AsyncMode::Eventlet);
    assert_eq!(mode("from gevent import monkey\nmonkey.patch_all()\nSocketIO(app)\n", ""), AsyncMode::Gevent);
}
