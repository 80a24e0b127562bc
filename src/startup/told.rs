//! The commands of documentation that run a script, and those that can become commands of `flask`.

use crate::source::Span;
use crate::syntax::command::base_name;

/// A command of documentation that runs a script and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Called {
    /// The place of `python app.py`, within its line.
    pub(crate) span: Span,
    /// How `flask` is reached where the script was: `flask`, `venv/bin/flask`, `py -m flask`.
    pub(crate) flask: String,
    /// The folder of the project that it is called in.
    pub(crate) from: String,
}

/// The part of a line of documentation that is code, for a name in it.
struct Code<'l> {
    /// What is in front of the name, without a prompt.
    before: &'l str,
    /// What is behind it.
    behind: &'l str,
}

/// What runs the Python of an environment.
const RUNNERS: &[&str] = &["hatch run", "pdm run", "pipenv run", "poetry run", "rye run"];

/// What makes a command more than one for a developer's own machine.
const WRAPPERS: &[&str] =
    &["docker", "exec", "flyctl", "forever", "heroku", "kubectl", "nohup", "pm2", "screen", "sudo"];

/// Whether a word is the program of Python.
pub(super) fn is_python(word: &str) -> bool {
    let name = base_name(word);
    matches!(name, "python" | "python2" | "python3" | "py") || name.starts_with("python3.")
}

/// Whether a line shows what a program says, and is no command: `web-1  "python app.py"  running`.
fn is_shown(line: &str, name: Span) -> bool {
    let quote = line[..name.start].rfind('"').filter(|_| line[name.end..].starts_with('"'));
    quote.is_some_and(|at| line[..at].ends_with("  ") && !line[..at].trim().is_empty())
}

/// Whether what is behind a script's name asks for something else than a server: `db upgrade`, `--help`.
/// In prose that cannot be told.
pub(super) fn asks_else(line: &str, name: Span) -> bool {
    if is_shown(line, name) {
        return true;
    }
    let argument = code(line, name).and_then(|code| code.behind.split_whitespace().next());
    argument.is_some_and(|argument| match argument.strip_prefix('-') {
        Some(option) => matches!(option, "-help" | "h" | "-version"),
        None => {
            let is_word = argument.chars().all(|it| it.is_ascii_alphanumeric() || "_-:.".contains(it));
            is_word && !matches!(argument, "runserver" | "run")
        }
    })
}

/// The command that runs the script whose name, with its folder, is at a place of a line; `None` where it is
/// given arguments, or is one for a server.
pub(super) fn called(line: &str, name: Span) -> Option<Called> {
    let before = &line[..name.start];
    let mut front = before.trim_end_matches([' ', '\t']);
    if front.len() == before.len() {
        return None;
    }
    let mut word = last_word(front);
    while matches!(word, "-u" | "-B" | "-O" | "-m") {
        front = front[..front.len() - word.len()].trim_end();
        word = last_word(front);
    }
    let mut start = front.len() - word.len();
    let mut flask = "flask".to_owned();
    if word == "run" && last_word(front[..start].trim_end()) == "uv" {
        start = name.start;
    } else if is_python(word) && !word.contains('=') {
        let dir = word.rfind(['/', '\\']).map_or("", |at| &word[..=at]);
        flask = if base_name(word) == "py" { format!("{word} -m flask") } else { format!("{dir}flask") };
    } else {
        return None;
    }
    let span = Span::new(start, name.end);
    match code(line, span) {
        Some(code) => {
            let command = code.before.rsplit(['&', ';']).next().unwrap_or_default();
            let words: Vec<&str> = command.split_whitespace().filter(|word| !word.contains('=')).collect();
            let is_plain = words.is_empty() || words == ["uv", "run"] || RUNNERS.contains(&&*words.join(" "));
            let behind = code.behind.trim();
            if !is_plain || !(behind.is_empty() || behind.starts_with('#')) {
                return None;
            }
        }
        None => {
            let wrapped = line[..start].split_whitespace().next_back().is_some_and(|word| WRAPPERS.contains(&word));
            if wrapped || line[name.end..].trim_start().starts_with(['-', '&', '|', '>']) {
                return None;
            }
        }
    }
    Some(Called { span, flask, from: String::new() })
}

/// The word that a text ends with.
fn last_word(text: &str) -> &str {
    text.rsplit(|it: char| it.is_whitespace() || "`$>\"'(".contains(it)).next().unwrap_or_default()
}

/// The code around a place of a line: between backticks, or the whole line where it begins as one does that is to
/// be typed; `None` in prose.
fn code(line: &str, place: Span) -> Option<Code<'_>> {
    let (before, behind) = (&line[..place.start], &line[place.end..]);
    let ticks = before.matches('`').count();
    if ticks % 2 == 1 {
        let start = before.rfind('`').map_or(0, |at| at + 1);
        let end = behind.find('`').unwrap_or(behind.len());
        return Some(Code { before: prompted(&before[start..]), behind: &behind[..end] });
    }
    if ticks > 0 || behind.contains('`') {
        return None;
    }
    let before = prompted(before);
    let first = before.split_whitespace().next().unwrap_or_default();
    let runs = || before.starts_with("uv run") || RUNNERS.iter().any(|runner| before.starts_with(runner));
    let is_typed = first.is_empty() || is_python(first) || first.contains('=') || WRAPPERS.contains(&first);
    let is_typed = is_typed || matches!(first, "cd" | "export" | "set") || runs();
    is_typed.then_some(Code { before, behind })
}

/// The start of a command without the prompt of a shell in front: `$ `, `(venv) $`, `C:\shop> `.
fn prompted(before: &str) -> &str {
    let start = before.trim_start();
    let prompt = ["$ ", "> ", "% "].iter().filter_map(|sign| start.find(sign)).min();
    match prompt {
        Some(at) => start[at + 2..].trim_start(),
        None => start.strip_prefix(['$', '>']).unwrap_or(start),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(line: &str) -> Span {
        let end = line.find("app.py").unwrap() + "app.py".len();
        let start = line[..end].rfind(|it: char| it.is_whitespace() || "`\"".contains(it)).map_or(0, |at| at + 1);
        Span::new(start, end)
    }

    /// What a line becomes when its command does.
    fn rewritten(line: &str) -> Option<String> {
        let Called { span, flask, .. } = called(line, place(line))?;
        Some(format!("{}{flask} run{}", &line[..span.start], &line[span.end..]))
    }

    #[test]
    fn a_bare_call_becomes_one_of_flask() {
        for (line, after) in [
            ("python app.py", "flask run"),
            ("    $ python3 app.py", "    $ flask run"),
            ("$python app.py", "$flask run"),
            ("(venv) $ python -u ./app.py", "(venv) $ flask run"),
            ("```python web/app.py```", "```flask run```"),
            ("Run `python app.py`, then open it.", "Run `flask run`, then open it."),
            ("3. Run python app.py to start it", "3. Run flask run to start it"),
            ("poetry run python app.py  # go", "poetry run flask run  # go"),
            ("cd web && python app.py", "cd web && flask run"),
            ("uv run app.py", "uv run flask run"),
            ("> venv\\Scripts\\python.exe app.py", "> venv\\Scripts\\flask run"),
            ("venv/bin/python app.py", "venv/bin/flask run"),
            ("py app.py", "py -m flask run"),
            ("Start: `python -m app.py`.", "Start: `flask run`."),
            ("PORT=80 python app.py", "PORT=80 flask run"),
        ] {
            assert_eq!(rewritten(line).as_deref(), Some(after), "{line}");
        }
    }

    #[test]
    fn what_is_more_than_a_bare_call_does_not() {
        for line in [
            "python app.py --port 80",
            "sudo python app.py",
            "nohup python3 app.py &",
            "python app.py &",
            "docker run shop python app.py",
            "`python app.py runserver`",
            "CMD [\"python\", \"app.py\"]",
            "command=/srv/venv/bin/python app.py",
            "use sudo python app.py",
            "app.py",
        ] {
            assert_eq!(rewritten(line), None, "{line}");
        }
    }

    #[test]
    fn what_a_command_is_told_may_start_no_server() {
        for (line, other) in [
            ("python app.py db upgrade", true),
            ("`python app.py --help`", true),
            ("$ python app.py shell", true),
            ("python app.py runserver", false),
            ("python app.py --port 80", false),
            ("python app.py", false),
            ("Then python app.py starts it", false),
            ("`python app.py` db", false),
            ("web-1         \"python app.py\"    web    running", true),
            ("Run \"python app.py\" in the terminal", false),
            ("python app.py &", false),
        ] {
            assert_eq!(asks_else(line, place(line)), other, "{line}");
        }
    }
}
