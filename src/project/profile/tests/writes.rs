//! What apps write.

use super::*;

/// What is written by an app with these lines after the imports.
fn writes(lines: &str) -> Writes {
    let imports = "import logging, logging.config, sqlite3\nfrom logging.handlers import *\nfrom pathlib import Path\n\
                   from flask import request, current_app\nBASE = os.path.abspath(os.path.dirname(__file__))\n";
    app(&format!("{imports}{lines}")).writes
}

/// The same, for the body of a view, which nothing calls.
fn in_view(body: &str) -> Writes {
    writes(&format!("app.config['PHOTOS'] = 'static/photos'\n@app.route('/up', methods=['POST'])\ndef up():\n{body}"))
}

/// Asserts that only these folders are written, and that this is all there is to say.
fn assert_folders(writes: &Writes, expected: &[&str], code: &str) {
    assert_eq!(writes.folders, expected, "{code}");
    assert!(writes.outside.is_empty() && writes.somewhere.is_empty(), "{code}: {writes:?}");
}

#[test]
fn folders_and_databases_are_left_open() {
    for (lines, expected) in [
        ("app.config['UPLOAD_FOLDER'] = 'uploads'\n", &["uploads"][..]),
        ("app.config['UPLOAD_FOLDER'] = os.path.join(BASE, 'static/up')\n", &["static/up"]),
        ("app.config['UPLOAD_FOLDER'] = os.path.join(os.getcwd(), 'up')\n", &["up"]),
        ("app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///' + os.path.join(BASE, 'data', 'a.db')\n", &["data"]),
        ("db = sqlite3.connect('data/a.db')\n", &["data"]),
        ("os.makedirs('out', exist_ok=True)\nopen('out/a.txt', 'w')\n", &["out"]),
        ("os.makedirs(os.getcwd() + '/' + 'log')\n", &["log"]),
        ("os.makedirs(os.path.join(os.getcwd(), 'log'))\n", &["log"]),
        ("os.makedirs(os.path.abspath('log'))\n", &["log"]),
        ("Path('log').mkdir(exist_ok=True)\n", &["log"]),
        ("(Path.cwd() / 'log').mkdir()\n", &["log"]),
        ("app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///:memory:'\n", &[]),
        ("app.config['SQLALCHEMY_DATABASE_URI'] = 'postgresql://x/y'\n", &[]),
        ("app.config['UPLOAD_FOLDER'] = '/tmp/up'\nopen('a.txt')\nopen('/tmp/x', 'w')\n", &[]),
        ("db = sqlite3.connect(':memory:')\n", &[]),
    ] {
        assert_folders(&writes(lines), expected, lines);
    }
}

#[test]
fn code_of_its_own_is_nothing_to_write() {
    let written =
        writes("from pathlib import Path\nPath(app.root_path, 'app.py').write_text('')\nopen('app.py', 'w')\n");
    assert_folders(&written, &[], "app.py");
    assert_folders(&writes("open('apps.json', 'w')\n"), &[""], "apps.json");
}

#[test]
fn what_lies_beside_the_code_opens_all_of_it() {
    let both = writes("db = sqlite3.connect('a.db')\nos.mkdir('x')\n");
    assert_eq!((&both.folders[..], both.beside_code.as_deref()), (&[String::new()][..], Some("app.py:9")));
    // Where this lies hangs on the version of Flask-SQLAlchemy.
    let either = writes("app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///a.db'\n");
    assert_eq!((&either.folders[..], either.beside_code.as_deref()), (&[String::new()][..], None));
    for code in [
        "    f = request.files['f']\n    f.save(secure_filename(f.filename))\n",
        "    request.files['f'].save('last.png')\n",
        "    open(f'report-{request.args}.txt', 'w')\n",
    ] {
        assert_eq!(in_view(&format!("    from werkzeug.utils import secure_filename\n{code}")).folders, [""], "{code}");
    }
}

#[test]
fn log_files_are_written_however_they_are_opened() {
    for lines in [
        "logging.FileHandler('log/x.log')\n",
        "RotatingFileHandler('log/x.log', maxBytes=10)\n",
        "logging.handlers.TimedRotatingFileHandler(filename='log/x.log')\n",
        "WatchedFileHandler(os.path.join(BASE, 'log', 'x.log'))\n",
        "def setup(app):\n    app.logger.addHandler(logging.FileHandler('log/x.log'))\n",
        "class Log:\n    def begin(self):\n        return RotatingFileHandler('log/' + self.name)\n",
        "logging.basicConfig(filename='log/x.log', level=logging.INFO)\n",
        "logging.config.dictConfig({'handlers': {'f': {'class': 'logging.FileHandler', 'filename': 'log/x.log'}}})\n",
        "HOME = os.getcwd() + '/' + 'log'\nh = RotatingFileHandler(HOME + '/x.log')\n",
    ] {
        assert_folders(&writes(lines), &["log"], lines);
    }
    for lines in ["logging.basicConfig(level=logging.INFO)\n", "logging.StreamHandler()\n", "logging.FileHandler\n"] {
        assert_folders(&writes(lines), &[], lines);
    }
}

#[test]
fn uploads_are_written_where_the_start_of_their_path_says() {
    for (body, expected) in [
        ("    f = request.files['f']\n    f.save(os.path.join('uploads', f.filename))\n", "uploads"),
        ("    f = request.files.get('f')\n    f.save(os.path.join(app.root_path, 'up', f.filename))\n", "up"),
        (
            "    for f in request.files.getlist('f'):\n        f.save(app.config['PHOTOS'] + '/' + f.filename)\n",
            "static/photos",
        ),
        ("    f = request.files['f']\n    f.save(f'uploads/{f.filename}')\n", "uploads"),
        ("    f = request.files['f']\n    f.save('uploads/%s' % f.filename)\n", "uploads"),
        ("    f = request.files['f']\n    f.save('uploads/{}'.format(f.filename))\n", "uploads"),
        (
            "    path = Path(current_app.root_path) / 'up' / request.args['name']\n    request.files['f'].save(path)\n",
            "up",
        ),
        ("    path = Path('up').joinpath(request.args['name'])\n    request.files['f'].save(str(path))\n", "up"),
        ("    form.photo.data.save(os.path.join(current_app.instance_path, name))\n", "instance"),
    ] {
        assert_folders(&in_view(body), &[expected], body);
    }
}

#[test]
fn libraries_that_write_are_known() {
    for (body, expected) in [
        ("    Path('out/a.txt').write_text('x')\n", &["out"][..]),
        ("    path = Path('out') / 'a.txt'\n    path.write_bytes(b'')\n", &["out"]),
        ("    with Path('out', 'a.txt').open('w') as file:\n        pass\n", &["out"]),
        ("    df.to_csv('out/a.csv')\n    df.to_excel(os.path.join(app.root_path, 'xl', 'a.xlsx'))\n", &["out", "xl"]),
        ("    import pandas as pd\n    pd.DataFrame().to_csv(f'out/{request.args}.csv')\n", &["out"]),
        ("    import matplotlib.pyplot as plt\n    plt.savefig('static/plots/a.png')\n", &["static/plots"]),
        ("    import cv2\n    cv2.imwrite('static/out/a.png', None)\n", &["static/out"]),
        ("    from PIL import Image\n    Image.open('x.png').save('static/thumbs/a.png')\n", &["static/thumbs"]),
        ("    import joblib\n    joblib.dump({}, 'models/m.pkl')\n", &["models"]),
        ("    import shutil\n    shutil.copy('a', 'copies/a')\n    os.rename('x', 'moved/y')\n", &["copies", "moved"]),
        ("    import shutil\n    shutil.copytree('a', 'copies')\n", &["copies"]),
        ("    from tinydb import TinyDB\n    TinyDB('tiny/db.json')\n", &["tiny"]),
        ("    from gtts import gTTS\n    gTTS('x').save('static/audio/a.mp3')\n", &["static/audio"]),
        ("    import zipfile\n    zipfile.ZipFile('zips/a.zip', 'w')\n    zipfile.ZipFile('in/a.zip')\n", &["zips"]),
        ("    from io import BytesIO\n    out = BytesIO()\n    df.to_csv(out)\n    img.save(out, 'PNG')\n", &[]),
        ("    df.to_csv()\n    form.save('draft')\n    user.save(force=True)\n    user.save(name)\n", &[]),
        ("    import json\n    'a/b'.replace('a', 'b/c')\n    json.dump({}, out)\n    items.copy()\n", &[]),
        ("    df.read_csv('in/a.csv')\n    open('in/a.txt', 'rb')\n", &[]),
    ] {
        assert_folders(&in_view(body), expected, body);
    }
}

#[test]
fn extensions_write_where_they_are_told_to() {
    for (lines, expected) in [
        ("app.config['SESSION_TYPE'] = 'filesystem'\n", &["flask_session"][..]),
        ("app.config.update(SESSION_TYPE='filesystem', SESSION_FILE_DIR='sessions')\n", &["sessions"]),
        ("app.config['SESSION_TYPE'] = 'redis'\n", &[]),
        ("app.config['CACHE_DIR'] = os.path.join(BASE, 'cache')\n", &["cache"]),
        (
            "from flask_caching import Cache\nCache(app, config={'CACHE_TYPE': 'FileSystemCache', 'CACHE_DIR': 'c'})\n",
            &["c"],
        ),
        ("from flask_caching import Cache\nc = Cache()\nc.init_app(app, config={'CACHE_DIR': 'c'})\n", &["c"]),
    ] {
        assert_folders(&writes(lines), expected, lines);
    }
}

#[test]
fn what_cannot_be_left_open_is_told() {
    let machine = writes("logging.FileHandler('/var/log/shop/x.log')\nopen('/dev/null', 'w')\n");
    assert_eq!(machine.outside, [("/var/log/shop".to_owned(), "app.py:9".to_owned())]);
    for (code, place) in [
        ("    df.to_csv(request.args['path'])\n", "app.py:12"),
        ("    f = request.files['f']\n    f.save(f.filename)\n", "app.py:13"),
        ("    with open(request.args['path'], 'w') as file:\n        pass\n", "app.py:12"),
    ] {
        let found = in_view(code);
        assert_eq!((&found.folders[..], &found.somewhere[..]), (&[][..], &[place.to_owned()][..]), "{code}");
    }
    // The default is where it writes unless somebody wants otherwise.
    let asked = "    df.to_csv(os.path.join(os.environ.get('OUT', 'out'), 'a.csv'))\n";
    assert_folders(&in_view(asked), &["out"], asked);
}
