//! Shell command lines: simple commands with their words, and the variables set in front of them.

use crate::source::Span;

/// Whose rules a command line is read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shell {
    /// `sh` and its kin.
    Posix,
    /// As `sh`, but a line end is only a space: a command folded over the lines of a YAML value.
    Folded,
    /// Windows `cmd`.
    Batch,
}

/// A word of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// What it says without its quotes; `$NAME` stays as it is.
    pub(crate) text: String,
    /// Where it is written, with its quotes.
    pub(crate) span: Span,
    /// Where exactly `text` is written, when it is written in one piece.
    pub(crate) content: Option<Span>,
}

/// A variable set in front of a command, or by `export` or `set`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    /// The variable.
    pub(crate) name: String,
    /// What it is set to, without quotes.
    pub(crate) value: String,
    /// `NAME=value`.
    pub(crate) span: Span,
    /// The value, with its quotes.
    pub(crate) value_span: Span,
}

/// One simple command: `A=1 exec gunicorn wsgi:app`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Command {
    /// Variables set for it, those behind `env` too; all there is for `export A=1`.
    pub(crate) assignments: Vec<Assignment>,
    /// The words, wrappers such as `exec` and `sudo` too.
    pub(crate) words: Vec<Word>,
    /// How many of the words only wrap the program: `poetry run` before `flask run`.
    pub(crate) wrappers: usize,
    /// The shell keywords in front of it: `if`, `then`, `else`; `)` for the pattern of a `case`.
    pub(crate) keywords: Vec<String>,
    /// Whether the variables stay set for the commands that follow.
    pub(crate) exports: bool,
    /// Whether the command was taken from a list of words, which no shell expands.
    pub(crate) list: bool,
}

impl Command {
    /// The words of the program itself: `flask`, `run`.
    pub(crate) fn program(&self) -> &[Word] {
        &self.words[self.wrappers.min(self.words.len())..]
    }

    /// From the first to the last word of the program.
    pub(crate) fn span(&self) -> Option<Span> {
        let program = self.program();
        Some(Span::new(program.first()?.span.start, program.last()?.span.end))
    }

    /// All of it, from the first variable or wrapper on.
    pub(crate) fn whole(&self) -> Option<Span> {
        let starts = self.words.first().map(|word| word.span.start).into_iter();
        let start = starts.chain(self.assignments.first().map(|assignment| assignment.span.start)).min()?;
        let ends = self.words.last().map(|word| word.span.end).into_iter();
        let end = ends.chain(self.assignments.last().map(|assignment| assignment.span.end)).max()?;
        Some(Span::new(start, end))
    }
}

/// Reads the commands in a part of a text, those inside `sh -c "…"` included. Never fails: what is
/// no command line gives words that mean nothing to anyone.
pub(crate) fn parse(text: &str, span: Span, shell: Shell) -> Vec<Command> {
    let mut commands = Vec::new();
    for raw in scan(text, span, shell) {
        let inner = finish(raw, shell);
        nested(text, inner, shell, &mut commands, 0);
    }
    commands
}

/// The command that a list of words makes: the JSON form in a Dockerfile, a list in compose.
pub(crate) fn from_list(text: &str, words: Vec<Word>) -> Vec<Command> {
    let mut command = Command { words, list: true, ..Command::default() };
    unwrap(&mut command, 0);
    let mut commands = Vec::new();
    nested(text, command, Shell::Posix, &mut commands, 0);
    commands
}

/// Adds a command, or those it hands to a shell.
fn nested(text: &str, mut command: Command, shell: Shell, commands: &mut Vec<Command>, depth: usize) {
    let mut read_by = Shell::Posix;
    let script = match command.program() {
        // `cmd /k "cd shop && python app.py"`, or the command's own words behind `/k`.
        [program, options @ ..] if shell == Shell::Batch && base_name(&program.text).eq_ignore_ascii_case("cmd") => {
            let at = options.iter().position(|word| matches!(word.text.as_str(), "/c" | "/C" | "/k" | "/K"));
            let first = at.and_then(|at| Some((at, options.get(at + 1)?)));
            let script = first.and_then(|(_, word)| word.content.filter(|_| word.text.contains(' ')));
            if let Some((at, _)) = first.filter(|_| script.is_none()) {
                command.wrappers += at + 2;
            }
            read_by = Shell::Batch;
            script
        }
        [program, options @ ..] if is_shell(base_name(&program.text)) => {
            let at = options.iter().position(|word| {
                word.text.strip_prefix('-').is_some_and(|flags| !flags.starts_with('-') && flags.ends_with('c'))
            });
            at.and_then(|at| options.get(at + 1)).and_then(|word| word.content)
        }
        // What a terminal multiplexer or another machine is to run, in one word with its quotes.
        [program, options @ ..]
            if matches!(base_name(&program.text), "tmux" | "ssh" | "su" | "runuser" | "concurrently") =>
        {
            options.iter().rev().filter(|word| word.text.contains(' ')).find_map(|word| word.content)
        }
        _ => None,
    };
    match script {
        Some(script) if depth < 3 => {
            let outer = command.assignments.clone();
            for raw in scan(text, script, read_by) {
                let mut inner = finish(raw, shell);
                if !inner.exports {
                    let mut assignments = outer.clone();
                    assignments.append(&mut inner.assignments);
                    inner.assignments = assignments;
                }
                nested(text, inner, shell, commands, depth + 1);
            }
        }
        _ => commands.push(command),
    }
}

/// The last part of a program's path, without `.exe`.
pub(crate) fn base_name(program: &str) -> &str {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    name.strip_suffix(".exe").unwrap_or(name)
}

fn is_shell(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh")
}

/// Words that open a compound command and stand before the first word of a simple one.
const KEYWORDS: &[&str] = &["!", "(", "do", "elif", "else", "if", "then", "until", "while", "{"];

/// Sorts the words of a command into keywords, variables, wrappers and the program.
fn finish(mut command: Command, shell: Shell) -> Command {
    let keywords = command.words.iter().take_while(|word| KEYWORDS.contains(&word.text.as_str())).count();
    command.keywords.extend(command.words.drain(..keywords).map(|word| word.text));
    if shell == Shell::Batch {
        batch_set(&mut command);
        quiet(&mut command);
    }
    while let Some(assignment) = command.words.first().and_then(assignment) {
        command.words.remove(0);
        command.assignments.push(assignment);
    }
    if command.words.is_empty() {
        command.exports = !command.assignments.is_empty();
        return command;
    }
    let first = command.words[0].text.as_str();
    if matches!(first, "export" | "declare" | "typeset" | "readonly") {
        let assigned: Vec<Assignment> = command.words[1..].iter().filter_map(assignment).collect();
        if !assigned.is_empty() {
            command.assignments = assigned;
            command.words.clear();
            command.exports = true;
            return command;
        }
    }
    let from = if shell == Shell::Batch { batch_wrappers(&command.words) } else { 0 };
    unwrap(&mut command, from);
    command
}

/// Takes the `@` off a command that is not to be shown.
fn quiet(command: &mut Command) {
    if let Some(first) = command.words.first_mut()
        && let (Some(text), Some(content)) = (first.text.strip_prefix('@'), first.content)
        && content.start == first.span.start
        && !text.is_empty()
    {
        first.text = text.to_owned();
        first.span.start += 1;
        first.content = Some(Span::new(content.start + 1, content.end));
    }
}

/// How many words only start the program, another way than by its name: `call`, `start "Title" /min`.
fn batch_wrappers(words: &[Word]) -> usize {
    let mut at = 0;
    let is = |at: usize, name: &str| words.get(at).is_some_and(|word| word.text.eq_ignore_ascii_case(name));
    while is(at, "call") || is(at, "start") {
        let starts = is(at, "start");
        at += 1;
        // The first word in quotes is the title of the window.
        let is_quoted = words.get(at).is_some_and(|word| word.content != Some(word.span));
        at += usize::from(starts && is_quoted);
        while starts && words.get(at).is_some_and(|word| word.text.starts_with('/')) {
            at += if is(at, "/d") { 2 } else { 1 };
        }
    }
    if at < words.len() { at } else { 0 }
}

/// `set NAME=value`, `set "NAME=value"`, `setx NAME value`, and PowerShell's `$env:NAME = "value"`.
fn batch_set(command: &mut Command) {
    let Some(first) = command.words.first() else { return };
    let name = first.text.trim_start_matches('@').to_ascii_lowercase();
    let assigned = if name == "set" && command.words.len() >= 2 {
        assignment(&command.words[1])
    } else if name == "setx" && command.words.len() >= 3 {
        let (variable, value) = (&command.words[1], &command.words[2]);
        Some(Assignment {
            name: variable.text.clone(),
            value: value.text.clone(),
            span: Span::new(variable.span.start, value.span.end),
            value_span: value.span,
        })
    } else if let Some(variable) = first.text.strip_prefix("$env:").or_else(|| first.text.strip_prefix("$Env:")) {
        match (variable.split_once('='), command.words.get(1), command.words.get(2)) {
            (None, Some(equals), Some(value)) if equals.text == "=" => Some(Assignment {
                name: variable.to_owned(),
                value: value.text.trim_matches('\'').to_owned(),
                span: Span::new(first.span.start, value.span.end),
                value_span: value.span,
            }),
            (Some((name, value)), ..) => Some(Assignment {
                name: name.to_owned(),
                value: value.trim_matches(['\'', '"']).to_owned(),
                span: first.span,
                value_span: Span::new(first.span.end - value.len().min(first.span.end), first.span.end),
            }),
            _ => None,
        }
    } else {
        None
    };
    if let Some(assigned) = assigned {
        command.assignments = vec![assigned];
        command.words.clear();
        command.exports = true;
    }
}

/// `NAME=value`, when a word is that.
fn assignment(word: &Word) -> Option<Assignment> {
    let (name, value) = word.text.split_once('=')?;
    let starts = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if !starts || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return None;
    }
    // Where the whole word is in quotes (`"NAME=value"`), the value ends before the last of them.
    let value_span = match word.content {
        Some(content) => Span::new(content.start + name.len() + 1, content.end),
        None => Span::new((word.span.start + name.len() + 1).min(word.span.end), word.span.end),
    };
    Some(Assignment { name: name.to_owned(), value: value.to_owned(), span: word.span, value_span })
}

/// How many words behind a wrapper belong to it.
enum Skip {
    /// Its options, those listed with a value of their own.
    Options(&'static [&'static str]),
    /// Everything up to and including `--`.
    Dashes,
    /// A sub-command, then options.
    Sub(&'static str, &'static [&'static str]),
    /// This many words, after options.
    Words(usize, &'static [&'static str]),
}

/// Programs that only start another one.
const WRAPPERS: &[(&str, Skip)] = &[
    ("authbind", Skip::Options(&[])),
    ("aws-vault", Skip::Dashes),
    ("catchsegv", Skip::Options(&[])),
    ("chamber", Skip::Dashes),
    ("chpst", Skip::Options(&["-u", "-U", "-e", "-/", "-n", "-l", "-L"])),
    ("conda", Skip::Sub("run", &["-n", "--name", "-p", "--prefix"])),
    ("cross-env", Skip::Options(&[])),
    ("ddtrace-run", Skip::Options(&[])),
    ("docker-entrypoint.sh", Skip::Options(&[])),
    ("doppler", Skip::Dashes),
    ("dotenv", Skip::Sub("run", &["-f", "--file"])),
    ("dumb-init", Skip::Options(&[])),
    ("env", Skip::Options(&["-u", "-C", "--unset", "--chdir"])),
    ("envdir", Skip::Words(1, &[])),
    ("exec", Skip::Options(&["-a"])),
    ("flock", Skip::Words(1, &["-w", "-E"])),
    ("gosu", Skip::Words(1, &[])),
    ("hatch", Skip::Sub("run", &[])),
    ("honcho", Skip::Sub("run", &["-e", "-f"])),
    ("ionice", Skip::Options(&["-c", "-n"])),
    ("micromamba", Skip::Sub("run", &["-n", "--name", "-p", "--prefix"])),
    ("newrelic-admin", Skip::Sub("run-program", &[])),
    ("nice", Skip::Options(&["-n"])),
    ("nohup", Skip::Options(&[])),
    ("op", Skip::Dashes),
    ("opentelemetry-instrument", Skip::Options(&[])),
    ("pdm", Skip::Sub("run", &["-p", "--project"])),
    ("pipenv", Skip::Sub("run", &[])),
    ("poetry", Skip::Sub("run", &["-C", "--directory", "-P", "--project"])),
    ("rye", Skip::Sub("run", &[])),
    ("screen", Skip::Options(&["-S", "-dmS", "-dS", "-Logfile", "-c", "-e", "-h", "-p", "-t", "-T"])),
    ("s6-setuidgid", Skip::Words(1, &[])),
    ("setsid", Skip::Options(&[])),
    ("setuidgid", Skip::Words(1, &[])),
    ("stdbuf", Skip::Options(&["-i", "-o", "-e"])),
    ("su-exec", Skip::Words(1, &[])),
    ("sudo", Skip::Options(&["-u", "-g", "-h", "-p", "-C", "-D", "--user", "--group"])),
    ("time", Skip::Options(&[])),
    ("timeout", Skip::Words(1, &["-s", "-k", "--signal", "--kill-after"])),
    ("systemd-run", Skip::Options(&["-u", "-p", "-E", "--unit", "--property", "--uid", "--gid", "--slice"])),
    ("taskset", Skip::Words(1, &[])),
    ("tini", Skip::Options(&["-p", "-e"])),
    ("unbuffer", Skip::Options(&[])),
    (
        "uv",
        Skip::Sub("run", &["--env-file", "--extra", "--group", "--project", "--python", "--with", "-p", "--directory"]),
    ),
    ("wait-for", Skip::Dashes),
    ("wait-for-it", Skip::Dashes),
    ("wait-for-it.sh", Skip::Dashes),
    ("watchmedo", Skip::Dashes),
    ("xvfb-run", Skip::Options(&["-s", "-n"])),
];

/// Counts the words that only wrap the program, the first of which are known, and takes the variables of `env` out of them.
fn unwrap(command: &mut Command, from: usize) {
    let mut at = from;
    while let Some(word) = command.words.get(at) {
        let name = base_name(&word.text);
        let Some((_, skip)) = WRAPPERS.iter().find(|(wrapper, _)| *wrapper == name) else { break };
        let mut next = at + 1;
        let options = |next: &mut usize, valued: &[&str]| {
            while let Some(word) = command.words.get(*next).filter(|word| word.text.starts_with('-')) {
                *next += 1;
                if word.text == "--" {
                    break;
                }
                if valued.contains(&word.text.as_str()) {
                    *next += 1;
                }
            }
        };
        match skip {
            Skip::Options(valued) => options(&mut next, valued),
            Skip::Words(count, valued) => {
                options(&mut next, valued);
                next += count;
            }
            Skip::Sub(sub, valued) => {
                options(&mut next, valued);
                if command.words.get(next).is_none_or(|word| word.text != *sub) {
                    break;
                }
                next += 1;
                options(&mut next, valued);
            }
            Skip::Dashes => match command.words[at..].iter().position(|word| word.text == "--") {
                Some(dashes) => next = at + dashes + 1,
                None => break,
            },
        }
        if matches!(name, "env" | "sudo" | "cross-env") {
            while let Some(assignment) = command.words.get(next).and_then(assignment) {
                command.assignments.push(assignment);
                next += 1;
            }
        }
        if next >= command.words.len() {
            break;
        }
        at = next;
    }
    command.wrappers = at;
}

/// Splits a part of a text into simple commands, words not yet sorted.
fn scan(text: &str, span: Span, shell: Shell) -> Vec<Command> {
    Scanner {
        text,
        bytes: text.as_bytes(),
        at: span.start,
        end: span.end,
        shell,
        commands: Vec::new(),
        heredocs: Vec::new(),
    }
    .run()
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    end: usize,
    shell: Shell,
    commands: Vec<Command>,
    /// Delimiters of here-documents whose bodies start on the next line.
    heredocs: Vec<String>,
}

impl Scanner<'_> {
    fn run(mut self) -> Vec<Command> {
        let mut command = Command::default();
        let mut skip_word = false;
        let mut open = 0_usize;
        while let Some(byte) = self.peek(0) {
            match byte {
                b' ' | b'\t' => self.at += 1,
                b'\r' | b'\n' if self.shell == Shell::Folded => self.at += 1,
                b'\r' | b'\n' => {
                    self.at += 1;
                    self.flush(&mut command);
                    if byte == b'\n' {
                        self.skip_heredocs();
                    }
                }
                b'\\' if self.shell != Shell::Batch && self.line_end(1) > 0 => self.at += 1 + self.line_end(1),
                b'^' if self.shell == Shell::Batch && self.line_end(1) > 0 => self.at += 1 + self.line_end(1),
                b'#' if self.shell != Shell::Batch => self.skip_line(),
                b';' if self.shell != Shell::Batch => {
                    self.at += 1;
                    self.flush(&mut command);
                }
                b'&' if self.peek(1) == Some(b'>') => self.at += 1,
                b'&' | b'|' => {
                    self.at += 1;
                    self.flush(&mut command);
                }
                b'(' if self.shell != Shell::Batch => {
                    self.at += 1;
                    open += 1;
                    self.flush(&mut command);
                }
                b')' if self.shell != Shell::Batch => {
                    self.at += 1;
                    match open.checked_sub(1) {
                        Some(left) => open = left,
                        None => command.keywords.push(")".to_owned()),
                    }
                    self.flush(&mut command);
                }
                b'<' | b'>' => skip_word = self.redirection(),
                _ => {
                    let word = self.word();
                    // A number straight before `>` names a descriptor and is no word.
                    let descriptor = word.text.bytes().all(|byte| byte.is_ascii_digit())
                        && matches!(self.peek(0), Some(b'<' | b'>'));
                    if !std::mem::take(&mut skip_word) && !descriptor {
                        command.words.push(word);
                    }
                    if self.shell == Shell::Batch && is_remark(&command.words) {
                        command = Command::default();
                        self.skip_line();
                    }
                }
            }
        }
        self.flush(&mut command);
        self.commands
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        let at = self.at + ahead;
        if at < self.end { self.bytes.get(at).copied() } else { None }
    }

    /// The length of a line end this many bytes ahead.
    fn line_end(&self, ahead: usize) -> usize {
        match (self.peek(ahead), self.peek(ahead + 1)) {
            (Some(b'\r'), Some(b'\n')) => 2,
            (Some(b'\r' | b'\n'), _) => 1,
            _ => 0,
        }
    }

    fn skip_line(&mut self) {
        while self.peek(0).is_some_and(|byte| byte != b'\n' && byte != b'\r') {
            self.at += 1;
        }
    }

    fn flush(&mut self, command: &mut Command) {
        if !command.words.is_empty() {
            self.commands.push(std::mem::take(command));
        }
    }

    /// Steps over `>`, `>>`, `2>&1`, `<`; true when the next word is what it leads to.
    fn redirection(&mut self) -> bool {
        let start = self.at;
        while matches!(self.peek(0), Some(b'<' | b'>')) {
            self.at += 1;
        }
        let operator = &self.text[start..self.at];
        if operator == "<<" {
            if self.peek(0) == Some(b'-') {
                self.at += 1;
            }
            while matches!(self.peek(0), Some(b' ' | b'\t')) {
                self.at += 1;
            }
            if self.peek(0).is_some_and(|byte| !matches!(byte, b'\r' | b'\n')) {
                let word = self.word();
                self.heredocs.push(word.text);
            }
            return false;
        }
        if self.peek(0) == Some(b'&') {
            self.at += 1;
        }
        true
    }

    fn skip_heredocs(&mut self) {
        for delimiter in std::mem::take(&mut self.heredocs) {
            while self.at < self.end {
                let start = self.at;
                self.skip_line();
                let line = self.text[start..self.at].trim();
                self.at += self.line_end(0);
                if line == delimiter {
                    break;
                }
            }
        }
    }

    /// Reads one word. At least one byte is taken.
    fn word(&mut self) -> Word {
        let start = self.at;
        let mut text = String::new();
        // The one stretch of the source that is the text, as long as there is only one.
        let mut pieces: Vec<Span> = Vec::new();
        let mut verbatim = true;
        while let Some(byte) = self.peek(0) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b'&' | b'|' | b'<' | b'>' => break,
                b';' | b'(' | b')' if self.shell != Shell::Batch => break,
                b'\'' if self.shell != Shell::Batch => {
                    let inner = self.quoted(b'\'');
                    text.push_str(inner.of(self.text));
                    pieces.push(inner);
                }
                b'"' => {
                    let inner = self.quoted(b'"');
                    let raw = inner.of(self.text);
                    if self.shell != Shell::Batch && raw.contains('\\') {
                        verbatim = false;
                        unescape(raw, &mut text);
                    } else {
                        text.push_str(raw);
                    }
                    pieces.push(inner);
                }
                b'\\' if self.shell != Shell::Batch => {
                    let gone = self.line_end(1);
                    if gone > 0 {
                        self.at += 1 + gone;
                        verbatim = false;
                        continue;
                    }
                    self.at += 1;
                    verbatim = false;
                    if let Some(next) = self.text[self.at..self.end].chars().next() {
                        text.push(next);
                        self.at += next.len_utf8();
                    }
                }
                b'$' if self.peek(1) == Some(b'(') => {
                    let from = self.at;
                    self.substitution();
                    let piece = Span::new(from, self.at);
                    text.push_str(piece.of(self.text));
                    pieces.push(piece);
                }
                b'`' => {
                    let inner = self.quoted(b'`');
                    let piece = Span::new(inner.start - 1, self.at);
                    text.push_str(piece.of(self.text));
                    pieces.push(piece);
                }
                _ => {
                    let from = self.at;
                    while let Some(byte) = self.peek(0) {
                        let ends =
                            matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'&' | b'|' | b'<' | b'>' | b'"' | b'`')
                                || (self.shell != Shell::Batch && matches!(byte, b';' | b'(' | b')' | b'\'' | b'\\'))
                                || (byte == b'$' && self.peek(1) == Some(b'('));
                        if ends {
                            break;
                        }
                        self.at += 1;
                    }
                    let piece = Span::new(from, self.at);
                    text.push_str(piece.of(self.text));
                    pieces.push(piece);
                }
            }
        }
        let joined = pieces.windows(2).all(|pair| pair[0].end == pair[1].start);
        let content = match (pieces.first(), pieces.last()) {
            (Some(first), Some(last)) if verbatim && joined => Some(Span::new(first.start, last.end)),
            _ => None,
        };
        Word { text, span: Span::new(start, self.at), content }
    }

    /// Steps over a quoted stretch and gives what is inside; one that never ends goes to the end.
    fn quoted(&mut self, quote: u8) -> Span {
        self.at += 1;
        let start = self.at;
        while let Some(byte) = self.peek(0) {
            if byte == quote {
                let inner = Span::new(start, self.at);
                self.at += 1;
                return inner;
            }
            self.at += if byte == b'\\' && quote == b'"' && self.shell != Shell::Batch && self.peek(1).is_some() {
                2
            } else {
                1
            };
        }
        // A backslash before a character of several bytes must not leave us inside it.
        self.at = self.end;
        Span::new(start.min(self.end), self.end)
    }

    /// Steps over `$(…)`.
    fn substitution(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            match byte {
                b'(' => depth += 1,
                b')' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return;
                    }
                }
                _ => {}
            }
        }
    }
}

/// What a double-quoted stretch with backslashes says.
fn unescape(raw: &str, text: &mut String) {
    let mut characters = raw.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some(next @ ('"' | '\\' | '$' | '`'))) => {
                text.push(*next);
                characters.next();
            }
            ('\\', Some('\n')) => {
                characters.next();
            }
            _ => text.push(character),
        }
    }
}

/// Whether the words begin a comment of `cmd`.
fn is_remark(words: &[Word]) -> bool {
    words.first().is_some_and(|word| {
        let text = word.text.trim_start_matches('@');
        text.eq_ignore_ascii_case("rem") || text.starts_with("::") || text.starts_with('#')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str, shell: Shell) -> Vec<Command> {
        parse(text, Span::new(0, text.len()), shell)
    }

    fn programs(text: &str, shell: Shell) -> Vec<String> {
        let words =
            |command: &Command| command.program().iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        all(text, shell).iter().map(words).collect()
    }

    #[test]
    fn commands_are_parted_and_their_wrappers_counted() {
        let text = "set -e # flask run\ncd /app && FLASK_DEBUG=1 nohup python3 app.py >> log 2>&1 &\nif true; then exec env A=1 poetry run flask \\\n  run --debug; fi\nsudo -u www sh -c 'cd x; flask run'\n";
        assert_eq!(
            programs(text, Shell::Posix),
            ["set -e", "cd /app", "python3 app.py", "true", "flask run --debug", "fi", "cd x", "flask run"]
        );
        let commands = all(text, Shell::Posix);
        assert_eq!(commands[2].assignments[0].span.of(text), "FLASK_DEBUG=1");
        assert_eq!(commands[2].assignments[0].value_span.of(text), "1");
        assert_eq!(commands[4].assignments[0].name, "A");
        assert_eq!(commands[4].span().unwrap().of(text), "flask \\\n  run --debug");
    }

    #[test]
    fn what_runs_elsewhere_is_read_too() {
        let text =
            "screen -dmS web python3 app.py\ntmux new -d -s web 'flask run --debug'\nssh www \"cd /srv && ./run.py\"\n";
        assert_eq!(programs(text, Shell::Posix), ["python3 app.py", "flask run --debug", "cd /srv", "./run.py"]);
        let text = "case \"$1\" in\n  dev|local) (flask run) ;;\nesac\n";
        let patterns: Vec<String> = all(text, Shell::Posix)
            .iter()
            .filter(|command| command.keywords.contains(&")".to_owned()))
            .map(|command| command.words[0].text.clone())
            .collect();
        assert_eq!(patterns, ["local"]);
    }

    #[test]
    fn quotes_expansions_and_here_documents_do_not_confuse() {
        let text = "cat <<EOF > app.sh\nflask run --debug\nEOF\nexport FLASK_DEBUG=\"1\" X='a b'\ngunicorn -b \"0.0.0.0:${PORT:-80}\" $(echo a; echo b) wsgi:app\n";
        assert_eq!(
            programs(text, Shell::Posix),
            ["cat", "", "gunicorn -b 0.0.0.0:${PORT:-80} $(echo a; echo b) wsgi:app"]
        );
        let commands = all(text, Shell::Posix);
        assert!(commands[1].exports);
        assert_eq!(commands[1].assignments[0].value, "1");
        assert_eq!(commands[1].assignments[0].span.of(text), "FLASK_DEBUG=\"1\"");
        assert_eq!(commands[1].assignments[1].value, "a b");
    }

    #[test]
    fn batch_files_have_their_own_words() {
        let text = "@echo off\r\nREM flask run\r\n:: flask run\r\nset FLASK_DEBUG=1\r\nset \"FLASK_ENV=development\"\r\nC:\\venv\\Scripts\\flask.exe run & pause\r\n";
        let commands = all(text, Shell::Batch);
        assert_eq!(commands[1].assignments[0].span.of(text), "FLASK_DEBUG=1");
        assert_eq!(commands[2].assignments[0].value, "development");
        assert_eq!(base_name(&commands[3].program()[0].text), "flask");
        assert_eq!(commands.len(), 5);
        let text = "$env:FLASK_DEBUG = \"1\"\n$env:FLASK_ENV='development'; flask run\n";
        assert_eq!(all(text, Shell::Batch)[0].assignments[0].name, "FLASK_DEBUG");
    }

    #[test]
    fn what_a_batch_file_starts_in_a_window_of_its_own_is_read() {
        for (text, expected) in [
            ("cmd /k \"venv\\Scripts\\activate && python app.py\"", &["venv\\Scripts\\activate", "python app.py"][..]),
            ("start \"Shop\" py app.py", &["py app.py"]),
            ("START /B /D web python app.py", &["python app.py"]),
            ("start \"\" cmd.exe /c \"flask run\"", &["flask run"]),
            ("cmd /c python app.py", &["python app.py"]),
            ("call poetry run flask run", &["flask run"]),
            ("@python app.py", &["python app.py"]),
            ("start \"\" http://localhost:5000", &["http://localhost:5000"]),
            ("start", &["start"]),
            ("cmd", &["cmd"]),
        ] {
            assert_eq!(programs(text, Shell::Batch), expected, "{text}");
        }
        let text = "@python app.py";
        assert_eq!(all(text, Shell::Batch)[0].span().unwrap().of(text), "python app.py");
    }

    #[test]
    fn a_folded_command_is_one() {
        assert_eq!(programs("flask\n  run\n  --debug\n", Shell::Folded), ["flask run --debug"]);
    }

    #[test]
    fn a_list_of_words_is_read_through_its_shell() {
        let text = r#"["sh", "-c", "exec flask run"]"#;
        let word = |word: &str| {
            let start = text.find(&format!("\"{word}\"")).unwrap();
            let content = Span::new(start + 1, start + 1 + word.len());
            Word { text: word.to_owned(), span: Span::new(start, content.end + 1), content: Some(content) }
        };
        let commands = from_list(text, vec![word("sh"), word("-c"), word("exec flask run")]);
        assert_eq!(commands[0].span().unwrap().of(text), "flask run");
        assert!(!commands[0].list);
    }

    proptest! {
        #[test]
        fn never_panics_and_spans_are_in_bounds(text in "[ a-cé=$\"'`\\\\()<>&|;#^%\n\r-]{0,50}") {
            for shell in [Shell::Posix, Shell::Folded, Shell::Batch] {
                for command in all(&text, shell) {
                    for word in &command.words {
                        prop_assert!(text.get(word.span.start..word.span.end).is_some(), "{word:?}");
                        if let Some(content) = word.content {
                            prop_assert_eq!(text.get(content.start..content.end), Some(word.text.as_str()));
                        }
                    }
                    for assignment in &command.assignments {
                        prop_assert!(text.get(assignment.span.start..assignment.span.end).is_some());
                        prop_assert!(text.get(assignment.value_span.start..assignment.value_span.end).is_some());
                    }
                }
            }
        }
    }
}
