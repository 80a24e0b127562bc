//! The commands that start the project, in whatever file they stand.

use std::collections::BTreeMap;

use super::scope::Scope;
use crate::source::{ProjectPath, Span};
use crate::syntax::command::{Command, Word, base_name};

/// A command that starts the app, or may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Launch {
    /// The file it stands in.
    pub(crate) path: ProjectPath,
    /// The command.
    pub(crate) command: Command,
    /// What it starts.
    pub(crate) what: What,
    /// Which run it belongs to.
    pub(crate) scope: Scope,
    /// How its words are turned into arguments.
    pub(crate) reader: Reader,
    /// The folder it is started in as far as the file says: the last `cd`, `WORKDIR`,
    /// `WorkingDirectory`.
    pub(crate) dir: Option<String>,
    /// The variables the same file sets for it.
    pub(crate) environment: BTreeMap<String, String>,
    /// Whether the platform it runs on sets `PORT` and expects to be answered there.
    pub(crate) platform: bool,
    /// What else has to go when the command is rewritten: an `ENTRYPOINT` whose `CMD` it is.
    pub(crate) also: Vec<Span>,
    /// Whether its words can be replaced in the file: they are written in one piece, as they are.
    pub(crate) editable: bool,
}

/// Who turns the words into arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// A shell: variables are filled in.
    Shell,
    /// A list of words, as JSON or YAML has it: nothing is filled in.
    List,
    /// A line that is split into words, and whose `${NAME}` the program that reads it fills in, but
    /// not a shell's `${NAME:-default}`: systemd, Supervisor.
    Split,
    /// `cmd` of Windows.
    Batch,
}

/// What a command starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// `flask run`: the development server.
    FlaskRun(FlaskRun),
    /// `python app.py`, `python -m app`.
    Script {
        /// The script or the dotted module, as written.
        name: String,
        /// Whether it is a module (`-m`).
        module: bool,
        /// Its arguments.
        arguments: Vec<String>,
        /// Those words of it that ask for debug mode: `manage.py runserver --debug`.
        debug: Vec<Span>,
    },
    /// `python -c "from app import app; app.run()"`.
    Code {
        /// The code, where it asks for debug mode.
        debug: Option<Span>,
    },
    /// A production server.
    Server(&'static str),
}

/// `flask run` and its options.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FlaskRun {
    /// `--app`.
    pub(crate) app: Option<String>,
    /// The words that turn debug mode or the debugger on.
    pub(crate) debug: Vec<Span>,
    /// Whether `--no-debug` is given, which beats the environment.
    pub(crate) no_debug: bool,
    /// Where and how it listens.
    pub(crate) listen: Listen,
}

/// Where and how a server listens, as the command says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listen {
    /// The address.
    pub(crate) host: Option<String>,
    /// The port.
    pub(crate) port: Option<String>,
    /// The certificate.
    pub(crate) cert: Option<String>,
    /// Its key.
    pub(crate) key: Option<String>,
}

/// Programs that serve in production, and how people call them.
const SERVERS: &[(&str, &str)] = &[
    ("bjoern", "bjoern"),
    ("cheroot", "Cheroot"),
    ("daphne", "Daphne"),
    ("granian", "Granian"),
    ("gunicorn", "Gunicorn"),
    ("hypercorn", "Hypercorn"),
    ("mod_wsgi-express", "mod_wsgi"),
    ("unitd", "Unit"),
    ("uvicorn", "Uvicorn"),
    ("uwsgi", "uWSGI"),
    ("uwsgi-core", "uWSGI"),
    ("waitress", "Waitress"),
    ("waitress-serve", "Waitress"),
];

/// What the worker or the scheduler of a task queue is called that a command starts; `None` for other commands.
pub(crate) fn worker(command: &Command) -> Option<&'static str> {
    let words: Vec<&str> = command.program().iter().map(|word| word.text.as_str()).collect();
    let words = match &words[..] {
        [python, "-m", rest @ ..] if is_python(base_name(python)) => rest,
        words => words,
    };
    let (program, rest) = words.split_first()?;
    match base_name(program) {
        "celery" if rest.contains(&"worker") => Some("worker"),
        "celery" if rest.contains(&"beat") => Some("beat"),
        "rq" if rest.starts_with(&["worker"]) || rest.starts_with(&["worker-pool"]) => Some("worker"),
        "flask" if rest.windows(2).any(|pair| pair == ["rq", "worker"]) => Some("worker"),
        "rqscheduler" => Some("scheduler"),
        "huey_consumer" | "huey_consumer.py" | "dramatiq" => Some("worker"),
        _ => None,
    }
}

/// What a command starts; `None` where it starts nothing that matters here.
pub(crate) fn what(command: &Command) -> Option<What> {
    of_program(command.program())
}

fn of_program(words: &[Word]) -> Option<What> {
    let (program, rest) = words.split_first()?;
    let name = base_name(&program.text);
    if let Some((_, server)) = SERVERS.iter().find(|(known, _)| *known == name) {
        return Some(What::Server(server));
    }
    if name == "flask" {
        return flask(rest);
    }
    if is_python(name) {
        return python(rest);
    }
    // A script run by its own first line.
    (name.ends_with(".py") && (program.text.contains('/') || program.text.contains('\\') || rest.is_empty()))
        .then(|| script(&program.text, false, rest))
}

/// Whether a program is Python itself.
pub(crate) fn is_python(name: &str) -> bool {
    let rest = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"));
    matches!(name, "py" | "pythonw" | "uwsgi-python")
        || rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

/// What `python` is told to run.
fn python(words: &[Word]) -> Option<What> {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        match word.text.as_str() {
            "-m" => return module(words.get(at + 1)?, words.get(at + 2..)?),
            "-" => return None,
            "-c" => return words.get(at + 1).and_then(code),
            "-W" | "-X" | "--check-hash-based-pycs" => at += 2,
            option if option.starts_with('-') => {
                if let Some(name) = option.strip_prefix("-m").filter(|name| !name.is_empty()) {
                    return of_module(name, words.get(at + 1..)?);
                }
                at += 1;
            }
            // A console script that is handed to Python: `python venv/bin/flask run`.
            name if base_name(name) == "flask" => return flask(&words[at + 1..]),
            name if SERVERS.iter().any(|(known, _)| *known == base_name(name)) => return of_program(&words[at..]),
            name => return Some(script(name, false, &words[at + 1..])),
        }
    }
    None
}

/// Code that imports an app and runs it.
fn code(word: &Word) -> Option<What> {
    use crate::syntax::python::{self, Expr, Visitor};
    #[derive(Default)]
    struct Runs {
        any: bool,
        debug: bool,
    }
    impl<'a> Visitor<'a> for Runs {
        fn visit_expr(&mut self, expr: &'a Expr) {
            if let Expr::Call(call) = expr
                && let Expr::Attribute(function) = &*call.func
                && function.attr.as_str() == "run"
                && matches!(&*function.value, Expr::Name(_) | Expr::Call(_) | Expr::Attribute(_))
            {
                self.any = true;
                self.debug |= call
                    .arguments
                    .find_keyword("debug")
                    .is_some_and(|keyword| matches!(&keyword.value, Expr::BooleanLiteral(literal) if literal.value));
            }
            python::visitor::walk_expr(self, expr);
        }
    }
    let syntax = python::parse(&word.text).ok()?;
    let imports = word.text.contains("import") && !word.text.contains("subprocess");
    let mut runs = Runs::default();
    runs.visit_body(syntax.body());
    (imports && runs.any).then(|| What::Code { debug: runs.debug.then_some(word.span) })
}

fn module(name: &Word, rest: &[Word]) -> Option<What> {
    of_module(&name.text, rest)
}

fn of_module(name: &str, rest: &[Word]) -> Option<What> {
    if name == "flask" {
        return flask(rest);
    }
    if let Some((_, server)) = SERVERS.iter().find(|(known, _)| *known == name) {
        return Some(What::Server(server));
    }
    // Tools that run another program under their eyes.
    if matches!(name, "debugpy" | "ptvsd" | "pdb" | "cProfile" | "coverage" | "dotenv") {
        let valued = |word: &str| matches!(word, "--listen" | "--host" | "--port" | "--log-to" | "-f" | "-o");
        let mut at = 0;
        while let Some(word) = rest.get(at) {
            match word.text.as_str() {
                "run" => at += 1,
                "-m" => return python(&rest[at..]),
                option if valued(option) => at += 2,
                option if option.starts_with('-') => at += 1,
                program if program.ends_with(".py") => return python(&rest[at..]),
                _ => return of_program(&rest[at..]),
            }
        }
        return None;
    }
    Some(script(name, true, rest))
}

fn script(name: &str, module: bool, rest: &[Word]) -> What {
    let serves = rest.first().is_some_and(|word| word.text == "runserver");
    let debug = rest.iter().skip(1).filter(|word| serves && matches!(word.text.as_str(), "-d" | "--debug"));
    What::Script {
        name: name.to_owned(),
        module,
        arguments: rest.iter().map(|word| word.text.clone()).collect(),
        debug: debug.map(|word| word.span).collect(),
    }
}

/// `flask` with its options: only `flask run` starts something.
fn flask(words: &[Word]) -> Option<What> {
    let mut run = FlaskRun::default();
    let mut is_run = false;
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let text = word.text.as_str();
        let (option, attached) = split_option(text);
        match option {
            "--debug" | "--debugger" if attached.is_none() => run.debug.push(word.span),
            "--no-debug" => run.no_debug = true,
            "--app" | "-A" => {
                run.app = value(words, &mut at, attached);
            }
            "--env-file" | "-e" | "--extra-files" | "--exclude-patterns" => {
                value(words, &mut at, attached);
            }
            "run" if !is_run => is_run = true,
            _ if !text.starts_with('-') && !is_run => return None,
            _ if is_run => {
                run.listen.take(words, &mut at);
            }
            _ => {}
        }
        at += 1;
    }
    is_run.then_some(What::FlaskRun(run))
}

/// An option and the value attached to it: `--port=80`, `-p80`.
fn split_option(text: &str) -> (&str, Option<&str>) {
    if text.starts_with("--") {
        return text.split_once('=').map_or((text, None), |(option, value)| (option, Some(value)));
    }
    match text.char_indices().nth(2) {
        Some((at, _)) if text.starts_with('-') => (&text[..at], Some(text[at..].trim_start_matches('=').trim())),
        _ => (text, None),
    }
}

/// The value of the option at `at`; steps over it where it is a word of its own.
fn value(words: &[Word], at: &mut usize, attached: Option<&str>) -> Option<String> {
    match attached {
        Some(attached) => Some(attached.to_owned()),
        None => {
            *at += 1;
            words.get(*at).map(|word| word.text.clone())
        }
    }
}

impl Listen {
    /// Takes the option at `at`; false when it is none of these.
    fn take(&mut self, words: &[Word], at: &mut usize) -> bool {
        let Some(word) = words.get(*at) else { return false };
        let (option, attached) = split_option(&word.text);
        let slot = match option {
            "--host" | "-h" => &mut self.host,
            "--port" | "-p" => &mut self.port,
            "--cert" => &mut self.cert,
            "--key" => &mut self.key,
            _ => return false,
        };
        *slot = value(words, at, attached);
        true
    }

    /// Reads the arguments of Flask-Script's `runserver`; `None` where one is not known.
    pub(crate) fn of_runserver(arguments: &[String]) -> Option<Self> {
        let words: Vec<Word> =
            arguments.iter().map(|text| Word { text: text.clone(), span: Span::empty(0), content: None }).collect();
        let mut listen = Self::default();
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let known = matches!(
                word.text.as_str(),
                "runserver"
                    | "-d"
                    | "--debug"
                    | "-D"
                    | "--no-debug"
                    | "-r"
                    | "--reload"
                    | "-R"
                    | "--no-reload"
                    | "--threaded"
            );
            if !known && !listen.take(&words, &mut at) {
                return None;
            }
            at += 1;
        }
        Some(listen)
    }
}

/// The folder that `cd` leads to from one that an earlier `cd` led to.
pub(super) fn entered(from: Option<&str>, to: &str) -> String {
    let to = to.replace('\\', "/");
    let Some(from) = from.filter(|_| !to.starts_with(['/', '~', '$', '%', '`'])) else { return to };
    let mut dir = from.trim_end_matches('/').to_owned();
    for part in to.split('/').filter(|part| !part.is_empty() && *part != ".") {
        let last = dir.rsplit('/').next().unwrap_or_default();
        // Where a variable or the first `..` leads is not known.
        let is_known = !last.is_empty() && !last.contains(['$', '%', '~', '`', '.']);
        if part == ".." && is_known {
            dir.truncate(dir.len() - last.len());
            dir.truncate(dir.trim_end_matches('/').len());
        } else {
            if !dir.is_empty() {
                dir.push('/');
            }
            dir.push_str(part);
        }
    }
    dir
}

/// What follows the program of a command that installs packages: `install gunicorn`.
pub(crate) fn installation(command: &Command) -> Option<&[Word]> {
    let pip = |name: &str| {
        name.starts_with("pip")
            || matches!(name, "uv" | "apt" | "apt-get" | "apk" | "conda" | "poetry" | "pipenv" | "pipx" | "micromamba")
    };
    let words = command.program();
    let text = |at: usize| words.get(at).map_or("", |word| word.text.as_str());
    let rest = match base_name(text(0)) {
        program if pip(program) => words.get(1..)?,
        program if is_python(program) && text(1) == "-m" && text(2) == "pip" => words.get(3..)?,
        _ => return None,
    };
    rest.iter().any(|word| matches!(word.text.as_str(), "install" | "add")).then_some(rest)
}

/// The package that a word behind `pip install` names: `gunicorn==20.1`.
pub(crate) fn package(word: &Word) -> Option<String> {
    crate::syntax::requirements::requirement(&word.text).map(|(name, _)| name)
}

/// Packages that a command installs: `pip install gunicorn`.
pub(crate) fn installed(command: &Command) -> impl Iterator<Item = String> {
    installation(command).unwrap_or_default().iter().filter_map(package)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::command::{Shell, parse};

    fn of(text: &str) -> Option<What> {
        what(parse(text, Span::new(0, text.len()), Shell::Posix).first()?)
    }

    #[test]
    fn flask_run_is_read_with_its_options() {
        let text = "flask --app=src/app:create --debug run -h0.0.0.0 --port $PORT --debugger --no-reload";
        let Some(What::FlaskRun(run)) = of(text) else { panic!() };
        assert_eq!(run.app.as_deref(), Some("src/app:create"));
        assert_eq!(run.listen.host.as_deref(), Some("0.0.0.0"));
        assert_eq!(run.listen.port.as_deref(), Some("$PORT"));
        assert_eq!(run.debug.iter().map(|span| span.of(text)).collect::<Vec<_>>(), ["--debug", "--debugger"]);
        assert!(matches!(
            of("python3.12 -u -m flask run --no-debug"),
            Some(What::FlaskRun(FlaskRun { no_debug: true, .. }))
        ));
        for other in ["flask db upgrade", "flask --app x shell", "flask", "echo flask run", "flask routes run"] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn a_value_in_one_word_with_its_option_may_have_a_space_in_front() {
        let Some(What::FlaskRun(run)) = of("flask run '-p 8000'") else { panic!() };
        assert_eq!(run.listen.port.as_deref(), Some("8000"));
    }

    #[test]
    fn scripts_and_servers_are_told_apart() {
        let name = |text: &str| match of(text) {
            Some(What::Script { name, module, .. }) => (name, module),
            other => panic!("{other:?}"),
        };
        assert_eq!(name("python -u -W ignore app.py --x"), ("app.py".to_owned(), false));
        assert_eq!(name("/venv/bin/python3 -m pkg.app"), ("pkg.app".to_owned(), true));
        assert_eq!(name("./run.py"), ("./run.py".to_owned(), false));
        assert_eq!(of("python -m gunicorn wsgi:app"), Some(What::Server("Gunicorn")));
        assert_eq!(of("exec waitress-serve wsgi:app"), Some(What::Server("Waitress")));
        for other in ["python -c 'import app'", "pip install flask", "cat app.py", "python"] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn python_starts_more_than_scripts() {
        assert!(matches!(of("python venv/bin/flask run -p 80"), Some(What::FlaskRun(_))));
        assert_eq!(of("python3 /venv/bin/gunicorn wsgi:app"), Some(What::Server("Gunicorn")));
        assert!(matches!(of("python -m debugpy --listen 0.0.0.0:5678 -m flask run"), Some(What::FlaskRun(_))));
        assert!(matches!(of("python -m coverage run app.py"), Some(What::Script { .. })));
        let code = |text: &str| match of(text) {
            Some(What::Code { debug }) => debug.is_some(),
            other => panic!("{other:?}"),
        };
        assert!(code("python -c \"from app import app; app.run(debug=True)\""));
        assert!(!code("python -c 'import app; app.app.run()'"));
        assert_eq!(of("python -c 'import app; app.db.create_all()'"), None);
    }

    #[test]
    fn one_folder_is_entered_after_the_other() {
        for (from, to, dir) in [
            (None, "web", "web"),
            (Some("web"), "src/", "web/src"),
            (Some("web"), "..", ""),
            (Some("a/b"), "../c", "a/c"),
            (Some("web"), "/srv/shop", "/srv/shop"),
            (Some("/srv/shop"), "./web", "/srv/shop/web"),
            (Some("$HOME"), "../x", "$HOME/../x"),
            (Some(".."), "..", "../.."),
            (None, "..\\web", "../web"),
        ] {
            assert_eq!(entered(from, to), dir, "{from:?} {to}");
        }
    }

    #[test]
    fn what_pip_installs_is_known() {
        let text = "pip3 install --no-cache-dir -r requirements.txt 'gunicorn==20.1' Waitress";
        let names: Vec<String> = installed(&parse(text, Span::new(0, text.len()), Shell::Posix)[0]).collect();
        assert!(names.contains(&"gunicorn".to_owned()) && names.contains(&"waitress".to_owned()), "{names:?}");
    }
}
