//! The subcommands, one file each: where the layers meet, and where exit codes come from.

mod check;
mod completions;
mod config;
mod deployment;
mod explain;
mod fates;
mod fix;
mod install;
mod looks;
mod man;
mod new;
mod progress;
mod survey;
mod templates;
mod told;
mod undo;
mod wizard;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use anstyle::AnsiColor;
use anyhow::{Context, Result};

use crate::change::{self, ChangeSet};
use crate::cli::{Cli, Color, Command, RuleArgs};
use crate::deploy::{self, Answers};
use crate::engine;
use crate::nearest::nearest;
use crate::project::{Facts, Project};
use crate::report::{RulePage, Style, harmless};
use crate::rules::RULES;
use crate::source::{Tree, Unread};
use crate::startup;

/// Where output goes.
pub(crate) struct Output<'a> {
    /// Data.
    pub(crate) out: &'a mut dyn Write,
    /// All else.
    pub(crate) err: &'a mut dyn Write,
    /// How data looks.
    pub(crate) out_style: Style,
    /// How all else looks.
    pub(crate) err_style: Style,
    /// Whether stderr is for errors alone.
    pub(crate) quiet: bool,
}

/// Something a person can do something about.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    /// What is wrong, without a final period.
    message: String,
    /// What helps, without a final period.
    hint: Option<String>,
}

impl Failure {
    fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: Some(hint.into()) }
    }
}

/// The exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, or nothing found.
    Success,
    /// Something was found, or would be changed.
    Found,
    /// Something went wrong.
    Error,
    /// A person did not want to go on.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Success => 0,
            Exit::Found => 1,
            Exit::Error => 2,
            // What shells give to a program that Ctrl-C ended.
            Exit::Interrupted => 130,
        })
    }
}

/// Runs a command on the process's own streams.
pub(crate) fn run(cli: Cli) -> ExitCode {
    let (stdout, stderr) = (io::stdout(), io::stderr());
    let mut out = io::BufWriter::new(stdout.lock());
    let mut err = stderr.lock();
    let mut output = Output {
        out_style: style(cli.color, &stdout),
        err_style: style(cli.color, &stderr),
        out: &mut out,
        err: &mut err,
        quiet: cli.quiet,
    };
    let result = dispatch(cli.command, &mut output).and_then(|exit| {
        output.out.flush()?;
        Ok(exit)
    });
    match result {
        Ok(exit) => exit.into(),
        // The reader of a pipe went away, as `head` does: that is no mistake.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = output.out.flush();
            // All other errors of the system come with what was tried.
            let bare = error.is::<io::Error>() && error.chain().nth(1).is_none();
            let error = if bare { error.context("the output cannot be written") } else { error };
            let _ = output.error(&error);
            Exit::Error.into()
        }
    }
}

fn dispatch(command: Option<Command>, output: &mut Output<'_>) -> Result<Exit> {
    let Some(command) = command else { return wizard::run(output) };
    match command {
        Command::Check(args) => check::run(&args, output),
        Command::Fix(args) => fix::run(&args, output),
        Command::Config(args) => config::run(&args, output),
        Command::New(args) => new::run(&args, output),
        Command::Templates(args) => templates::run(&args, output),
        Command::Undo(args) => undo::run(&args, output),
        Command::Explain(args) => explain::run(&args, output),
        Command::Completions(args) => completions::run(&args, output),
        Command::Man(args) => man::run(&args, output),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Colour where it was asked for, else where the stream is a terminal and the environment
/// (`NO_COLOR`, `CLICOLOR`, `TERM`) does not speak against it. Only the decision is left to anstream:
/// its stream would also strip escape sequences that are part of a file, and break the diff.
fn style(color: Color, stream: &impl RawStream) -> Style {
    let coloured = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => AutoStream::choice(stream) != ColorChoice::Never,
    };
    if coloured { Style::Coloured } else { Style::Plain }
}

impl Output<'_> {
    /// A line on stderr, unless it is to be quiet.
    fn say(&mut self, line: &str) -> Result<()> {
        if !self.quiet {
            writeln!(self.err, "{}", harmless(line))?;
        }
        Ok(())
    }

    /// A word in colour and what it is about, on stderr, quiet or not.
    fn tell(&mut self, word: &str, color: AnsiColor, text: &str) -> io::Result<()> {
        writeln!(self.err, "{}: {}", self.err_style.paint(word, color), harmless(text))
    }

    /// Says what went wrong, and what helps.
    fn error(&mut self, error: &anyhow::Error) -> io::Result<()> {
        let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
        self.tell("error", AnsiColor::Red, &causes.join(": "))?;
        match hint(error) {
            Some(hint) => self.tell("hint", AnsiColor::Cyan, hint),
            None => Ok(()),
        }
    }

    /// Names the files that could not be read. They are errors, so `--quiet` does not hide them.
    fn unread(&mut self, unread: &[Unread]) -> Result<()> {
        for file in unread {
            let line = file.line.map(|line| format!(":{line}")).unwrap_or_default();
            self.tell("not read", AnsiColor::Red, &format!("{}{line}: {}", file.path, file.message))?;
        }
        Ok(())
    }

    /// Prints changes as a diff. What is said about them on stderr comes after it.
    fn diff(&mut self, changes: &ChangeSet, root: &Path) -> Result<()> {
        let diff = diff(changes, root, self.out_style)?;
        self.out.write_all(&diff)?;
        Ok(self.out.flush()?)
    }
}

/// What helps against an error.
fn hint(error: &anyhow::Error) -> Option<&str> {
    error.chain().find_map(|cause| {
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            return failure.hint.as_deref();
        }
        if let Some(file) = cause.downcast_ref::<deploy::FileError>() {
            return file.hint.as_deref();
        }
        match cause.downcast_ref::<engine::Error>() {
            Some(engine::Error::Config(config)) => config.hint.as_deref(),
            _ => None,
        }
    })
}

/// Opens the project's folder.
fn open(path: &Path) -> Result<Tree> {
    Tree::open(path).map_err(|error| {
        let shown = path.display();
        match error.kind() {
            io::ErrorKind::NotFound => Failure::new(
                format!("`{shown}` does not exist"),
                "give the folder of a Flask project, or run flaskship inside it without a path",
            ),
            io::ErrorKind::NotADirectory => {
                let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
                let folder = parent.unwrap_or(Path::new(".")).display();
                Failure::new(
                    format!("`{shown}` is {}, not a folder", what(path)),
                    format!("give the project's folder: `{folder}`"),
                )
            }
            io::ErrorKind::PermissionDenied => {
                Failure::new(format!("`{shown}` may not be read"), "check its permissions with `ls -ld`")
            }
            _ => Failure { message: format!("`{shown}` cannot be opened ({error})"), hint: None },
        }
        .into()
    })
}

/// Puts right what a run that was cut off has left, and says so: it must not be hidden by `--quiet`.
fn recover(root: &Path, output: &mut Output<'_>) -> Result<()> {
    if let Some(recovered) = change::recover(root)? {
        writeln!(output.err, "{}", harmless(&recovered.to_string()))?;
    }
    Ok(())
}

/// What kind of thing is at a path that is no folder.
fn what(path: &Path) -> &'static str {
    let Ok(kind) = std::fs::metadata(path).map(|metadata| metadata.file_type()) else { return "something else" };
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return "a pipe";
        } else if kind.is_socket() {
            return "a socket";
        } else if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if kind.is_file() { "a file" } else { "something else" }
}

/// What was typed about rules, as the engine takes it.
fn options(rules: &RuleArgs, unsafe_fixes: bool) -> engine::Options {
    engine::Options {
        select: rules.select.clone(),
        ignore: rules.ignore.clone(),
        unsafe_fixes,
        startup: startup::Options { app: rules.app.clone() },
        declined: Vec::new(),
    }
}

/// Refuses an app that the project does not have: looked for in vain, it would be as if none was chosen.
fn known_app(tree: &Tree, path: &Path, rules: &RuleArgs) -> Result<()> {
    let Some(wanted) = &rules.app else { return Ok(()) };
    let known = engine::on_deep_stack(|| {
        let project = Project::load(tree);
        let facts = Facts::gather(&project);
        let choices = startup::choices(tree, &project, &facts);
        let is_known = choices.contains(wanted) || startup::named(&project, &facts, wanted).is_some();
        (!is_known).then_some(choices)
    })?;
    let Some(choices) = known else { return Ok(()) };
    let near = nearest(wanted, choices.iter().map(String::as_str));
    let hint = match (near, choices.len()) {
        (Some(near), _) => format!("did you mean `--app {near}`?"),
        (None, 0) => "there is none at all".to_owned(),
        (None, _) => {
            let named: Vec<String> = choices.iter().take(8).map(|choice| format!("`--app {choice}`")).collect();
            format!("there is {}", named.join(", "))
        }
    };
    Err(Failure::new(format!("there is no app `{wanted}` in `{}`", path.display()), hint).into())
}

/// What was typed as flags, and what came from the environment.
fn split(answers: &Answers, from_environment: &[String]) -> (Answers, Answers) {
    answers.clone().split(|key| from_environment.iter().any(|id| id == key))
}

/// Changes as a diff, as it is shown.
fn diff(changes: &ChangeSet, root: &Path, style: Style) -> Result<Vec<u8>> {
    let cwd = std::env::current_dir().context("the current folder cannot be found")?;
    let diff = changes.diff(root, &cwd);
    Ok(match style {
        Style::Plain => diff,
        Style::Coloured => change::paint(&diff),
    })
}

/// Every rule with its manual page.
fn rule_pages() -> Vec<RulePage> {
    RULES.iter().map(|rule| RulePage { name: rule.name, kind: rule.kind, manual: rule.manual() }).collect()
}

/// Says that there was nothing to look at; silence would look like a clean bill.
fn say_reach(reach: &engine::Reach, path: &Path, output: &mut Output<'_>) -> Result<()> {
    match reach {
        engine::Reach::Flask => Ok(()),
        engine::Reach::NoPython => output.say(&format!("no Python files in `{}`", path.display())),
        engine::Reach::NoFlask(None) => output.say(&format!("no Flask app found in `{}`", path.display())),
        engine::Reach::NoFlask(Some(hidden)) => {
            output.say(&format!(
                "nothing in `{}` starts a Flask app that could be moved: {}",
                path.display(),
                hidden.place
            ))?;
            output.say(&format!("  help: {}", hidden.hint))
        }
    }
}
