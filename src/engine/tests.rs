//! The fixed point, with rules made for it.

use super::*;
use crate::edit::{Edit, FileEdit, Fix};
use crate::finding::{Kind, Severity};
use crate::source::Span;

/// A folder with these files.
fn project(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Tree) {
    let dir = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let tree = Tree::open(dir.path()).unwrap();
    (dir, tree)
}

const fn rule(name: &'static str, check: fn(Context<'_>) -> Vec<Finding>) -> Rule {
    Rule { name, kind: Kind::Debug, source: "", check }
}

/// A finding at every place a word is, with a fix that puts another in its place.
fn each(
    context: Context<'_>,
    rule: &'static str,
    word: &str,
    other: &str,
    applicability: Applicability,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (_, module) in context.project.iter() {
        for (at, _) in module.source.text.match_indices(word) {
            let span = Span::new(at, at + word.len());
            let edit = Edit::replace(module.path(), span, other);
            let fix = Fix::edit(format!("{word} -> {other}"), applicability, edit);
            findings.push(finding(rule, module.path(), span, Some(fix)));
        }
    }
    findings
}

fn finding(rule: &'static str, path: &ProjectPath, span: Span, fix: Option<Fix>) -> Finding {
    Finding {
        rule,
        kind: Kind::Debug,
        severity: Severity::Error,
        path: path.clone(),
        span,
        message: String::new(),
        hint: None,
        fix,
        related: Vec::new(),
    }
}

fn one_to_two(context: Context<'_>) -> Vec<Finding> {
    each(context, "one-to-two", "one", "two", Applicability::Safe)
}

fn two_to_three(context: Context<'_>) -> Vec<Finding> {
    each(context, "two-to-three", "two", "three", Applicability::Safe)
}

fn two_to_one(context: Context<'_>) -> Vec<Finding> {
    each(context, "two-to-one", "two", "one", Applicability::Safe)
}

fn call_goes(context: Context<'_>) -> Vec<Finding> {
    each(context, "call-goes", "call(one)", "pass", Applicability::Safe)
}

fn quote(context: Context<'_>) -> Vec<Finding> {
    each(context, "quote", "broken", "'''", Applicability::Safe)
}

fn risky(context: Context<'_>) -> Vec<Finding> {
    each(context, "risky", "one", "1", Applicability::Unsafe)
}

fn by_hand(context: Context<'_>) -> Vec<Finding> {
    each(context, "by-hand", "hand", "", Applicability::Manual)
}

fn import_os(context: Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (_, module) in context.project.iter().filter(|(_, module)| !module.source.text.contains("import os")) {
        for (at, word) in module.source.text.match_indices("needs_os") {
            let fix = Fix {
                title: "import os".to_owned(),
                applicability: Applicability::Safe,
                edits: vec![Edit::insert(module.path(), 0, "import os\n\n")],
                files: Vec::new(),
            };
            findings.push(finding("import-os", module.path(), Span::new(at, at + word.len()), Some(fix)));
        }
    }
    findings
}

fn make_wsgi(context: Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (_, module) in context.project.iter() {
        if let Some(at) = module.source.text.find("serve()") {
            let span = Span::new(at, at + 7);
            let fix = Fix {
                title: "make wsgi.py".to_owned(),
                applicability: Applicability::Safe,
                edits: vec![Edit::replace(module.path(), span, "served")],
                files: vec![FileEdit::Create { path: ProjectPath::new("wsgi.py"), text: "import flask\n".to_owned() }],
            };
            findings.push(finding("make-wsgi", module.path(), span, Some(fix)));
        }
    }
    findings
}

fn run_fix(tree: &Tree, rules: &[Rule], options: &Options) -> Fixed {
    let config = Config::read(tree, rules).unwrap();
    Session::new(options, &config, rules).fix(tree.clone())
}

fn run_check(tree: &Tree, rules: &[Rule], options: &Options) -> Vec<(String, usize)> {
    let config = Config::read(tree, rules).unwrap();
    let checked = Session::new(options, &config, rules).check(tree);
    checked
        .findings
        .iter()
        .map(|finding| (finding.path.to_string(), line(&checked.sources, &finding.path, finding.span.start)))
        .collect()
}

fn text(fixed: &Fixed, path: &str) -> String {
    String::from_utf8(fixed.tree.read(&ProjectPath::new(path)).unwrap().unwrap()).unwrap()
}

fn applied(fixed: &Fixed) -> Vec<(&str, usize, &str)> {
    fixed.applied.iter().map(|applied| (applied.path.as_str(), applied.line, applied.rule)).collect()
}

#[test]
fn fixes_go_on_until_nothing_is_left_and_lines_are_those_on_disk() {
    let (_dir, tree) = project(&[("a.py", b"import flask\nx = needs_os\ny = one\n")]);
    let rules = [rule("import-os", import_os), rule("one-to-two", one_to_two), rule("two-to-three", two_to_three)];
    let fixed = run_fix(&tree, &rules, &Options::default());
    assert_eq!(text(&fixed, "a.py"), "import os\n\nimport flask\nx = needs_os\ny = three\n");
    assert_eq!(applied(&fixed), [("a.py", 2, "import-os"), ("a.py", 3, "one-to-two"), ("a.py", 3, "two-to-three")]);
    assert!(fixed.stable && fixed.given_back.is_empty() && fixed.remaining.is_empty());
}

#[test]
fn what_remains_is_named_by_its_line_before_and_after() {
    let (_dir, tree) = project(&[("a.py", b"import flask\nx = needs_os\nhand = 1\n")]);
    let rules = [rule("by-hand", by_hand), rule("import-os", import_os)];
    let fixed = run_fix(&tree, &rules, &Options::default());
    let lines: Vec<_> = fixed.remaining.iter().map(|left| (left.line_before, left.line_after)).collect();
    assert_eq!(lines, [(3, 5)]);
}

#[test]
fn a_fix_whose_bytes_are_taken_waits_and_is_planned_anew() {
    let (_dir, tree) = project(&[("a.py", b"import flask\ncall(one)\ny = one\n")]);
    let rules = [rule("call-goes", call_goes), rule("one-to-two", one_to_two)];
    let fixed = run_fix(&tree, &rules, &Options::default());
    assert_eq!(text(&fixed, "a.py"), "import flask\npass\ny = two\n");
    // The finding inside the call went with it, and is told.
    assert_eq!(applied(&fixed), [("a.py", 2, "call-goes"), ("a.py", 2, "one-to-two"), ("a.py", 3, "one-to-two")]);
}

#[test]
fn an_import_that_two_fixes_need_is_put_in_once() {
    let (_dir, tree) = project(&[("a.py", b"import flask\nx = needs_os\ny = needs_os\n")]);
    let fixed = run_fix(&tree, &[rule("import-os", import_os)], &Options::default());
    assert_eq!(text(&fixed, "a.py").matches("import os").count(), 1);
}

#[test]
fn two_fixes_that_make_the_same_file_do_not_both_make_it() {
    let (_dir, tree) = project(&[("a.py", b"import flask\nserve()\n"), ("b.py", b"import flask\nserve()\n")]);
    let fixed = run_fix(&tree, &[rule("make-wsgi", make_wsgi)], &Options::default());
    assert_eq!(text(&fixed, "a.py"), "import flask\nserved\n");
    // All of a fix or none: the second may not be half done.
    assert_eq!(text(&fixed, "b.py"), "import flask\nserve()\n");
    assert_eq!(fixed.given_back.len(), 1);
    assert!(fixed.given_back[0].reason.contains("exists"), "{}", fixed.given_back[0].reason);
}

#[test]
fn a_fix_that_breaks_a_file_is_given_back_and_the_others_stay() {
    let before = "import flask\nx = one\ny = broken\nz = one\n";
    let (_dir, tree) = project(&[("a.py", before.as_bytes())]);
    let rules = [rule("one-to-two", one_to_two), rule("quote", quote)];
    let fixed = run_fix(&tree, &rules, &Options::default());
    assert_eq!(text(&fixed, "a.py"), before.replace("one", "two"));
    let back: Vec<_> = fixed.given_back.iter().map(|back| (back.rule, back.line)).collect();
    assert_eq!(back, [("quote", 3)]);
    assert_eq!(fixed.remaining.len(), 1);
    assert!(fixed.stable);
}

#[test]
fn what_waited_for_a_broken_fix_does_not_wait_for_ever() {
    fn wide(context: Context<'_>) -> Vec<Finding> {
        each(context, "a-wide", "x = one", "'''", Applicability::Safe)
    }
    let (_dir, tree) = project(&[("a.py", b"import flask\nx = one\n")]);
    let fixed = run_fix(&tree, &[rule("a-wide", wide), rule("one-to-two", one_to_two)], &Options::default());
    assert_eq!(text(&fixed, "a.py"), "import flask\nx = two\n");
    assert_eq!(fixed.given_back.len(), 1);
}

#[test]
fn rules_that_undo_each_other_end_and_it_is_said() {
    let (_dir, tree) = project(&[("a.py", b"import flask\nx = one\n")]);
    let rules = [rule("one-to-two", one_to_two), rule("two-to-one", two_to_one)];
    assert!(!run_fix(&tree, &rules, &Options::default()).stable);
}

#[test]
fn unsafe_fixes_wait_to_be_asked_for() {
    let (_dir, tree) = project(&[("a.py", b"import flask\nx = one\n")]);
    let rules = [rule("risky", risky)];
    assert_eq!(run_fix(&tree, &rules, &Options::default()).tree.changed().count(), 0);
    let options = Options { unsafe_fixes: true, ..Options::default() };
    assert_eq!(text(&run_fix(&tree, &rules, &options), "a.py"), "import flask\nx = 1\n");
}

#[test]
fn bytes_that_no_edit_names_stay() {
    let before = b"\xef\xbb\xbfimport flask\r\nx = needs_os  # \xc3\xa9\r\nif x :\r\n\ty = one";
    let (_dir, tree) = project(&[("a.py", before), ("b.py", b"# coding: latin-1\nimport flask\nx = 'one\xe9'\n")]);
    let rules = [rule("import-os", import_os), rule("one-to-two", one_to_two)];
    let fixed = run_fix(&tree, &rules, &Options::default());
    let read = |path: &str| fixed.tree.read(&ProjectPath::new(path)).unwrap().unwrap();
    let after = b"\xef\xbb\xbfimport os\r\n\r\nimport flask\r\nx = needs_os  # \xc3\xa9\r\nif x :\r\n\ty = two";
    assert_eq!(read("a.py"), after);
    assert_eq!(read("b.py"), b"# coding: latin-1\nimport flask\nx = 'two\xe9'\n");
}

#[test]
fn a_text_the_encoding_cannot_hold_is_given_back() {
    fn greek(context: Context<'_>) -> Vec<Finding> {
        each(context, "greek", "one", "'α'", Applicability::Safe)
    }
    let (_dir, tree) = project(&[("b.py", b"# coding: latin-1\nimport flask\nx = one\n")]);
    let fixed = run_fix(&tree, &[rule("greek", greek)], &Options::default());
    assert_eq!(fixed.tree.changed().count(), 0);
    assert!(fixed.given_back[0].reason.contains("encoding"), "{}", fixed.given_back[0].reason);
}

#[test]
fn findings_are_suppressed_by_comment_and_path_and_flag() {
    let config = "[check]\nignore = [\"risky\"]\n[check.per-file-ignores]\n\"tests/\" = [\"one-to-two\"]\n";
    let (_dir, tree) = project(&[
        ("flaskship.toml", config.as_bytes()),
        ("a.py", b"import flask\nx = one  # flaskship: ignore\ny = one\n"),
        ("tests/b.py", b"import flask\nx = one\n"),
    ]);
    let rules = [rule("one-to-two", one_to_two), rule("risky", risky)];
    let check = |select: &[&str], ignore: &[&str]| {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let options = Options { select: owned(select), ignore: owned(ignore), ..Options::default() };
        run_check(&tree, &rules, &options)
    };
    let at = |path: &str, line| (path.to_owned(), line);
    assert_eq!(check(&[], &[]), [at("a.py", 3)]);
    assert_eq!(check(&[], &["one-to-two"]), []);
    // A rule asked for by name runs though the project ignores it.
    assert_eq!(check(&["risky"], &[]), [at("a.py", 3), at("tests/b.py", 2)]);
}

#[test]
fn a_deep_tree_does_not_overflow_the_stack() {
    let deep = format!("import flask\nx = {}1{}\n", "[".repeat(190), "]".repeat(190));
    let chain = format!("import flask\nx = {}1\n", "1 + ".repeat(2900));
    let (_dir, tree) = project(&[("a.py", deep.as_bytes()), ("b.py", chain.as_bytes())]);
    let options = Options::default();
    let config = Config::default();
    let rules = [rule("one-to-two", one_to_two)];
    let checked = on_deep_stack(|| Session::new(&options, &config, &rules).check(&tree)).unwrap();
    assert_eq!(checked.unread, []);
}

const APP: &str = "from flask import Flask\n\napp = Flask(__name__)\n\nif __name__ == \"__main__\":\n    app.run()\n";

/// The documentation, and the lines of it that are left to a person, once an app is fixed that is run by
/// `app.run(…)`; and whether the script still has its guard.
fn documented(run: &str, readme: &str) -> (String, Vec<usize>, bool) {
    let app = APP.replace("app.run()", run);
    let (_dir, tree) =
        project(&[("app.py", app.as_bytes()), ("other.py", b"print()\n"), ("README.md", readme.as_bytes())]);
    let fixed = fix(&tree, &Options::default()).unwrap();
    let text = |path: &str| String::from_utf8(fixed.tree.read(&ProjectPath::new(path)).unwrap().unwrap()).unwrap();
    let notes = fixed.remaining.iter().filter(|left| is_about_documentation(&left.finding));
    let told = notes.map(|left| left.line_after).collect();
    let again = super::check(&fixed.tree, &Options::default()).unwrap();
    let is_told = again.findings.iter().any(|finding| finding.rule == "development-server");
    let is_kept = text("app.py").contains("__main__");
    assert_eq!(is_told, is_kept, "{readme}");
    (text("README.md"), told, is_kept)
}

#[test]
fn documentation_of_what_was_moved_is_kept_true() {
    let (run, local) = ("app.run(debug=True)", "app.run(debug=True, port=1337)");
    for (run, readme, after) in [
        (run, "# Shop\r\n\r\n    $ python app.py\r\n", "# Shop\r\n\r\n    $ flask run --debug\r\n"),
        (
            local,
            "5. Start:\n   ```bash\n   python3 app.py\n   ```\n",
            "5. Start:\n   ```bash\n   flask run --debug --port 1337\n   ```\n",
        ),
        ("app.run('0.0.0.0', debug=True)", "Run `python app.py`.\n", "Run `flask run --host 0.0.0.0`.\n"),
    ] {
        assert_eq!(documented(run, readme), (after.to_owned(), vec![], false));
    }
    for (readme, lines) in [
        ("The app is in `app.py`.\n", vec![]),
        ("    $ python other.py\n", vec![]),
        ("    $ gunicorn app:app\n", vec![]),
    ] {
        assert_eq!(documented(run, readme), (readme.to_owned(), lines, false));
    }
    // What is a person's to write stays true, since the script does.
    for readme in ["nohup python app.py &\n", "    python app.py --port 80\n", "CMD [\"python\", \"app.py\"]\n"] {
        assert_eq!(documented(run, readme), (readme.to_owned(), vec![1], true));
    }
    let tls = "app.run(ssl_context='adhoc')";
    assert_eq!(documented(tls, "    python app.py\n"), ("    python app.py\n".to_owned(), vec![1], true));
}

#[test]
fn documentation_is_put_right_once_nothing_starts_the_script() {
    let (_dir, tree) = project(&[
        ("app.py", APP.as_bytes()),
        ("Procfile", b"web: python app.py\n"),
        ("README.md", b"    python app.py\n"),
    ]);
    let fixed = fix(&tree, &Options::default()).unwrap();
    assert_eq!(fixed.tree.read(&ProjectPath::new("README.md")).unwrap().unwrap(), b"    flask run --debug\n");
    assert_eq!(fixed.remaining.len(), 0, "{:?}", fixed.remaining);
    let rules: Vec<&str> = fixed.applied.iter().map(|applied| applied.rule).collect();
    assert_eq!(rules, ["development-server-command", "development-server-in-docs", "development-server"]);
}

#[test]
fn findings_that_want_the_same_are_both_put_right() {
    let app = APP.replace("app.run()", "app.run(port=8080)\n    app.run(port=8081)");
    let (_dir, tree) = project(&[("app.py", app.as_bytes())]);
    let options = Options::default();
    let found = super::check(&tree, &options).unwrap().findings;
    let fixed = fix(&tree, &options).unwrap();
    assert!(found.len() == 2 && found.iter().all(|finding| finding.fix.is_some()), "{found:#?}");
    assert_eq!((fixed.applied.len(), fixed.remaining.len()), (2, 0));
}

#[test]
fn what_is_told_of_a_move_and_has_no_fix_is_left_to_a_person() {
    let app = "from flask import Flask\n\n\ndef create_app(config):\n    app = Flask(__name__)\n    \
               app.config.from_object(config)\n    return app\n\n\n\
               app = create_app(\"config.DevelopmentConfig\")\n\nif __name__ == \"__main__\":\n    app.run()\n";
    let (_dir, tree) = project(&[("app.py", app.as_bytes())]);
    let fixed = fix(&tree, &Options::default()).unwrap();
    let left: Vec<(&str, usize)> = fixed.remaining.iter().map(|left| (left.finding.rule, left.line_after)).collect();
    assert_eq!(left, [("startup-development-config", 10)], "{:#?}", fixed.applied);
}

/// What all rules make of an app of Flask-SocketIO that a Procfile starts, with a list of dependencies:
/// the new command and the new list.
fn socketio(told: &str, list: &str) -> (String, String, Fixed) {
    let app = format!(
        "from flask import Flask\nfrom flask_socketio import SocketIO\n\napp = Flask(__name__)\n\
         socketio = SocketIO(app{told})\n\nif __name__ == \"__main__\":\n    socketio.run(app, port=80)\n"
    );
    let (_dir, tree) = project(&[
        ("app.py", app.as_bytes()),
        ("Procfile", b"web: python app.py\n"),
        ("requirements.txt", list.as_bytes()),
    ]);
    let fixed = fix(&tree, &Options::default()).unwrap();
    let text = |path: &str| {
        let path = ProjectPath::new(path);
        String::from_utf8(fixed.tree.read(&path).unwrap().unwrap()).unwrap()
    };
    (text("Procfile"), text("requirements.txt"), fixed)
}

#[test]
fn flask_socketio_is_started_with_the_worker_that_it_waits_in() {
    let gunicorn = "web: gunicorn --bind 127.0.0.1:80";
    let websocket = "geventwebsocket.gunicorn.workers.GeventWebSocketWorker";
    for (told, list, options, after) in [
        ("", "flask-socketio\n", "--workers 1 --threads 100", "flask-socketio\ngunicorn\n"),
        ("", "eventlet\nflask\n", "--worker-class eventlet --workers 1", "eventlet\nflask\ngunicorn<26\n"),
        ("", "eventlet\ngunicorn\n", "--worker-class eventlet --workers 1", "eventlet\ngunicorn<26\n"),
        ("", "eventlet\ngunicorn>=20 # a\n", "--worker-class eventlet --workers 1", "eventlet\ngunicorn>=20,<26 # a\n"),
        ("", "eventlet\ngunicorn==20.1.0\n", "--worker-class eventlet --workers 1", "eventlet\ngunicorn==20.1.0\n"),
        ("", "flask\ngevent\n", "--worker-class gevent --workers 1", "flask\ngevent\ngunicorn\n"),
        (
            "",
            "flask\ngevent-websocket\n",
            &format!("--worker-class {websocket} --workers 1"),
            "flask\ngevent-websocket\ngunicorn\n",
        ),
        (", async_mode='threading'", "eventlet\nflask\n", "--workers 1 --threads 100", "eventlet\nflask\ngunicorn\n"),
    ] {
        let (procfile, requirements, fixed) = socketio(told, list);
        assert_eq!(procfile, format!("{gunicorn} {options} wsgi:app\n"), "{list}");
        assert_eq!(requirements, after);
        assert_eq!(fixed.targets.len(), 1);
    }
    let (procfile, _, fixed) = socketio(", async_mode='gevent_uwsgi'", "gevent\n");
    assert_eq!(procfile, "web: python app.py\n");
    let hints: Vec<&str> = fixed.remaining.iter().filter_map(|left| left.finding.hint.as_deref()).collect();
    assert!(hints.iter().any(|hint| hint.contains("uwsgi --http")), "{hints:?}");
    let (_, _, fixed) = socketio("", "eventlet\ngunicorn==27.0.1\n");
    let hints: Vec<&str> = fixed.remaining.iter().filter_map(|left| left.finding.hint.as_deref()).collect();
    assert!(hints.iter().any(|hint| hint.contains("ask for `gunicorn<26` by hand")), "{hints:?}");
}

#[test]
fn an_app_that_gets_another_name_is_one_target() {
    let wsgi = "from werkzeug.middleware.dispatcher import DispatcherMiddleware\n\
                from werkzeug.serving import run_simple\n\nfrom shop import front, back\n\n\
                application = DispatcherMiddleware(front.create_app(), {\"/api\": back.create_app()})\n\n\
                if __name__ == \"__main__\":\n    run_simple(\"0.0.0.0\", 5000, application)\n";
    let makes = b"from .factory import make\n\n\ndef create_app():\n    return make(__name__)\n";
    let factory = b"from flask import Flask\n\n\ndef make(name):\n    return Flask(name)\n";
    let manager = b"from flask_script import Manager\n\nfrom shop.back import create_app\n\n\
                    manager = Manager(create_app())\n\nif __name__ == \"__main__\":\n    manager.run()\n";
    let (_dir, tree) = project(&[
        ("wsgi.py", wsgi.as_bytes()),
        ("manage.py", manager),
        ("shop/__init__.py", b""),
        ("shop/factory.py", factory),
        ("shop/front.py", makes),
        ("shop/back.py", makes),
        ("Dockerfile", b"FROM python:3\nRUN pip install flask gunicorn\nCMD python wsgi.py\n"),
    ]);
    let fixed = fix(&tree, &Options::default()).unwrap();
    let names: Vec<&str> = fixed.targets.keys().map(|target| target.name.as_str()).collect();
    assert_eq!(names, ["app"]);
    let docker = fixed.tree.read(&ProjectPath::new("Dockerfile")).unwrap().unwrap();
    assert!(String::from_utf8(docker).unwrap().ends_with("CMD gunicorn --bind 0.0.0.0:5000 wsgi:app\n"));
}

/// The new command of a Dockerfile that starts an app whose start-up call is this.
fn command_of(app: &str) -> String {
    let dockerfile = b"FROM python:3\nWORKDIR /srv\nCOPY . .\nRUN pip install flask dash gunicorn\nCMD python app.py\n";
    let (_dir, tree) = project(&[("app.py", app.as_bytes()), ("Dockerfile", dockerfile)]);
    let fixed = fix(&tree, &Options::default()).unwrap();
    text(&fixed, "Dockerfile").lines().last().unwrap_or_default().to_owned()
}

#[test]
fn the_address_of_a_command_is_the_one_that_the_code_has_without_being_told() {
    let flask = |before: &str, run: &str| {
        format!(
            "import argparse\nimport os\n\nfrom flask import Flask\n\napp = Flask(__name__)\n{before}\n\n\
             if __name__ == \"__main__\":\n    {run}\n"
        )
    };
    let gunicorn = |bind: &str| format!("CMD gunicorn --bind {bind} --threads 4 wsgi:app");
    let dash = "from dash import Dash\n\napp = Dash(__name__)\n\nif __name__ == \"__main__\":\n    app.run(host=\"0.0.0.0\")\n";
    assert_eq!(command_of(dash), gunicorn("0.0.0.0:${PORT:-8050}"));
    assert_eq!(command_of(&dash.replace("0.0.0.0\"", "0.0.0.0\", port=80")), gunicorn("0.0.0.0:80"));
    let parsed = "parser = argparse.ArgumentParser()\n    parser.add_argument(\"--port\", type=int, default=7000)\n    \
                  parser.add_argument(\"--host\")\n    args = parser.parse_args()\n    \
                  app.run(host=args.host, port=args.port)";
    assert_eq!(command_of(&flask("", parsed)), gunicorn("127.0.0.1:7000"));
    // What hangs on a variable is not what that holds.
    let production = "production = os.environ.get(\"STAGE\") == \"production\"";
    let code = flask(production, "app.run(host=\"0.0.0.0\", port=80 if production else 5000)");
    assert_eq!(command_of(&code), "CMD python app.py");
    let code = flask("", "app.run(host=\"0.0.0.0\", port=int(os.environ.get(\"SHOP_PORT\", 80)))");
    assert_eq!(command_of(&code), gunicorn("0.0.0.0:${SHOP_PORT:-80}"));
}

#[test]
fn a_script_of_an_image_is_started_with_the_variables_of_the_image() {
    let image = "FROM python:3\nENV FLASK_APP=main.py\nWORKDIR /app\nCOPY . .\n";
    let entry = "#!/bin/sh\nflask db upgrade\nflask run --host=0.0.0.0 --port=3001\n";
    let after = |started: &str| {
        let dockerfile = format!("{image}{started}\n");
        let (_dir, tree) = project(&[
            ("Dockerfile", dockerfile.as_bytes()),
            ("entry.sh", entry.as_bytes()),
            ("main.py", b"from shop import create_app\n\napp = create_app()\n"),
            ("shop/__init__.py", b"from flask import Flask\n\n\ndef create_app():\n    return Flask(__name__)\n"),
            ("requirements.txt", b"flask\ngunicorn\n"),
        ]);
        let fixed = fix(&tree, &Options::default()).unwrap();
        String::from_utf8(fixed.tree.read(&ProjectPath::new("entry.sh")).unwrap().unwrap()).unwrap()
    };
    let served = "#!/bin/sh\nflask db upgrade\ngunicorn --bind 0.0.0.0:3001 --threads 4 main:app\n";
    for started in ["ENTRYPOINT [\"./entry.sh\"]", "CMD [\"sh\", \"/app/entry.sh\"]", "CMD exec bash entry.sh"] {
        assert_eq!(after(started), served, "{started}");
    }
    assert_eq!(after("CMD [\"./other.sh\"]"), entry);
}
