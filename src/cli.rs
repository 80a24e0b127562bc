//! The command line: what can be typed, and its help.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

use crate::deploy::{Answers, OnConflict};
use crate::rules::RULES;

/// Take a Flask app out of debug mode and off the development server, in one reviewable diff.
#[derive(Debug, Parser)]
#[command(
    name = "flaskship",
    version,
    after_help = "Examples:\n  flaskship                   be led through it all, at a terminal\n  flaskship check             what is wrong in this folder\n  flaskship fix               what flaskship would change, as a diff\n  flaskship fix --apply       change it\n  flaskship undo              change it back\n\n`flaskship help COMMAND` tells more about each. Every flag can be set in the environment: --server as FLASKSHIP_SERVER."
)]
pub(crate) struct Cli {
    /// What to do; without one, flaskship leads you through `fix` and `new`.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Whether the output has colour: only on a terminal (auto), always or never.
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        env = "FLASKSHIP_COLOR",
        hide_env = true
    )]
    pub(crate) color: Color,
    /// Say nothing on stderr but errors.
    #[arg(long, short, global = true, env = "FLASKSHIP_QUIET", hide_env = true)]
    pub(crate) quiet: bool,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what keeps a Flask app from being safe in production; change nothing.
    #[command(
        after_help = "Examples:\n  flaskship check\n  flaskship check path/to/app\n  flaskship check --format sarif > flaskship.sarif\n\nExit code: 0 nothing of severity warning or error was found, 1 something was, 2 nothing was found but a file could not be read, or flaskship could not run.\n\nA finding that is meant to be there is silenced by a comment on its line:\n  app.run(debug=True)  # flaskship: ignore[debug-argument]"
    )]
    Check(CheckArgs),
    /// Show the changes that put the findings right, or make them with --apply.
    ///
    /// Without --apply nothing is written: the changes are printed as a diff, which `git apply` takes too.
    #[command(
        after_help = "Examples:\n  flaskship fix                   show the changes as a diff\n  flaskship fix --apply           make them; `flaskship undo` takes them back\n  flaskship fix --check           in CI: exit code 1 if there is something to change\n  flaskship fix | git apply       the same as --apply, by way of git\n\nExit code: 0 done, 1 only with --check: there is something to change, 2 error."
    )]
    Fix(FixArgs),
    /// Render what production needs around the app: server settings, services, the site in front.
    ///
    /// What can be read from the project is not asked. Run it again at any time: what you changed by hand in
    /// a rendered file stays, what changed in the answers comes in. Every flag can also be
    /// set in the environment (--server as FLASKSHIP_SERVER) and in `[deploy]` of flaskship.toml (as `server`).
    ///
    /// In an empty folder, or one that does not exist yet, a small app is started.
    #[command(
        after_help = "Examples:\n  flaskship new --server gunicorn --domain shop.example.com\n  flaskship new --server waitress --target windows\n  flaskship new --diff                  show what would be written\n\nExit code: 0 done, 1 done but for conflicts that you have to solve, 2 error. Then follow deploy/README.md."
    )]
    New(Box<NewArgs>),
    /// Show what `flaskship new` goes by, and where each answer comes from.
    #[command(
        after_help = "Examples:\n  flaskship config\n  flaskship config --schema > flaskship.schema.json\n\nThe output can be put into flaskship.toml as it is."
    )]
    Config(Box<ConfigArgs>),
    /// Show the templates that `flaskship new` renders, or put them into the project to change them.
    #[command(
        after_help = "Examples:\n  flaskship templates list\n  flaskship templates show nginx\n  flaskship templates eject nginx\n\nWhat is in .flaskship/templates/SET/ takes the place of flaskship's own, file by file; a folder with a template.toml of its own is a further set."
    )]
    Templates(TemplatesArgs),
    /// Take back what the last `flaskship fix --apply` changed.
    #[command(after_help = "Example:\n  flaskship undo")]
    Undo(UndoArgs),
    /// Show the manual page of a rule; without RULE, list the rules.
    #[command(
        after_help = "Examples:\n  flaskship explain                   list the rules\n  flaskship explain debug-argument    what this one looks for, why, and what its fix does"
    )]
    Explain(ExplainArgs),
    /// Print a script that lets your shell complete flaskship's commands.
    #[command(
        after_help = "Example, for bash:\n  flaskship completions bash > ~/.local/share/bash-completion/completions/flaskship"
    )]
    Completions(CompletionsArgs),
    /// Print the manual page of flaskship, or write those of all commands into a folder.
    #[command(after_help = "Examples:\n  flaskship man | man -l -\n  flaskship man --dir ~/.local/share/man/man1")]
    Man(ManArgs),
}

/// Which rules to use.
#[derive(Debug, Args)]
pub(crate) struct RuleArgs {
    /// Use only these rules; `flaskship explain` lists them. May be given several times.
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rule_names(), hide_possible_values = true, env = "FLASKSHIP_SELECT", hide_env = true)]
    pub(crate) select: Vec<String>,
    /// Do not use these rules. May be given several times.
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rule_names(), hide_possible_values = true, env = "FLASKSHIP_IGNORE", hide_env = true)]
    pub(crate) ignore: Vec<String>,
    /// Serve this app, where a folder has several: its module and its name in there, as in `shop.main:app`.
    #[arg(long, value_name = "MODULE:NAME", value_parser = app_name, env = "FLASKSHIP_APP", hide_env = true)]
    pub(crate) app: Option<String>,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The project's folder.
    #[arg(default_value = ".", hide_default_value = true)]
    pub(crate) path: PathBuf,
    /// How to print: for people (human), programs (json), code scanning (sarif) or GitHub Actions (github).
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "human",
        hide_default_value = true,
        env = "FLASKSHIP_FORMAT",
        hide_env = true
    )]
    pub(crate) format: Format,
    /// Which rules.
    #[command(flatten)]
    pub(crate) rules: RuleArgs,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// For programs: one JSON object.
    Json,
    /// For code scanning services: SARIF 2.1.0.
    Sarif,
    /// For GitHub Actions: annotations of a pull request.
    Github,
}

/// Arguments of `fix`.
#[derive(Debug, Args)]
pub(crate) struct FixArgs {
    /// The project's folder.
    #[arg(default_value = ".", hide_default_value = true)]
    pub(crate) path: PathBuf,
    /// Only say whether there is something to change: exit code 1 if so.
    #[arg(long, conflicts_with = "apply", env = "FLASKSHIP_CHECK", hide_env = true)]
    pub(crate) check: bool,
    /// Write the changes instead of printing them.
    #[arg(long, env = "FLASKSHIP_APPLY", hide_env = true)]
    pub(crate) apply: bool,
    /// Include fixes that are very likely right but may change what the app does.
    #[arg(long, env = "FLASKSHIP_UNSAFE_FIXES", hide_env = true)]
    pub(crate) unsafe_fixes: bool,
    /// Change files though they hold changes that are not committed to git.
    #[arg(long, env = "FLASKSHIP_ALLOW_DIRTY", hide_env = true)]
    pub(crate) allow_dirty: bool,
    /// Which rules.
    #[command(flatten)]
    pub(crate) rules: RuleArgs,
}

/// Arguments of `new`.
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// The project's folder.
    #[arg(default_value = ".", hide_default_value = true)]
    pub(crate) path: PathBuf,
    /// Take the default where nothing is said, and ask nothing.
    #[arg(long, short, env = "FLASKSHIP_YES", hide_env = true)]
    pub(crate) yes: bool,
    /// Only show what would be answered where nothing is said.
    #[arg(long, env = "FLASKSHIP_DEFAULTS", hide_env = true)]
    pub(crate) defaults: bool,
    /// Only show what would be written, as a diff.
    #[arg(long, env = "FLASKSHIP_DIFF", hide_env = true)]
    pub(crate) diff: bool,
    /// Replace files that are there, whatever they hold; `flaskship undo` brings them back.
    #[arg(long, env = "FLASKSHIP_FORCE", hide_env = true)]
    pub(crate) force: bool,
    /// Bring back rendered files that you deleted.
    #[arg(long, env = "FLASKSHIP_RESTORE", hide_env = true)]
    pub(crate) restore: bool,
    /// What to do where you and flaskship changed the same lines: mark both, or write FILE.rej.
    #[arg(
        long,
        value_enum,
        default_value = "mark",
        hide_default_value = true,
        env = "FLASKSHIP_CONFLICT",
        hide_env = true
    )]
    pub(crate) conflict: OnConflict,
    /// Make the changes of `flaskship fix` in the same go, where the project still needs them.
    #[arg(long, env = "FLASKSHIP_FIX", hide_env = true)]
    pub(crate) fix: bool,
    /// Change files though they hold changes that are not committed to git.
    #[arg(long, env = "FLASKSHIP_ALLOW_DIRTY", hide_env = true)]
    pub(crate) allow_dirty: bool,
    /// What is known already.
    #[command(flatten)]
    pub(crate) answers: Answers,
    /// The answers that came from the environment and not from a flag, by their ids.
    #[arg(skip)]
    pub(crate) from_environment: Vec<String>,
}

/// Arguments of `config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// The project's folder.
    #[arg(default_value = ".", hide_default_value = true)]
    pub(crate) path: PathBuf,
    /// Print the JSON Schema of flaskship.toml instead.
    #[arg(long, env = "FLASKSHIP_SCHEMA", hide_env = true)]
    pub(crate) schema: bool,
    /// What would be said to `new`.
    #[command(flatten)]
    pub(crate) answers: Answers,
    /// The answers that came from the environment and not from a flag, by their ids.
    #[arg(skip)]
    pub(crate) from_environment: Vec<String>,
}

/// Arguments of `templates`.
#[derive(Debug, Args)]
pub(crate) struct TemplatesArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub(crate) command: TemplatesCommand,
}

/// What can be done with templates.
#[derive(Debug, Subcommand)]
pub(crate) enum TemplatesCommand {
    /// List the sets and their files.
    List,
    /// Print the files of a set, or one of them.
    Show {
        /// The set, as `list` names it.
        set: String,
        /// One file of it.
        file: Option<String>,
    },
    /// Copy the files of a set into the project, or one of them, to change them there.
    Eject {
        /// The set, as `list` names it.
        set: String,
        /// One file of it.
        file: Option<String>,
    },
}

/// Arguments of `undo`.
#[derive(Debug, Args)]
pub(crate) struct UndoArgs {
    /// The project's folder.
    #[arg(default_value = ".", hide_default_value = true)]
    pub(crate) path: PathBuf,
    /// Take it back though files were changed since, and lose those changes.
    #[arg(long, env = "FLASKSHIP_FORCE", hide_env = true)]
    pub(crate) force: bool,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The rule.
    #[arg(value_name = "RULE", value_parser = rule_names(), hide_possible_values = true)]
    pub(crate) rule: Option<String>,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    pub(crate) shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write one page for each command into this folder.
    #[arg(long, value_name = "FOLDER", env = "FLASKSHIP_DIR", hide_env = true)]
    pub(crate) dir: Option<PathBuf>,
}

/// Reads the command line.
///
/// # Errors
/// A mistake in it, or a request for help.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let args: Vec<OsString> = args.into_iter().collect();
    let matches = Cli::command().try_get_matches_from(&args).map_err(|error| by_its_variable(error, &args))?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    match (&mut cli.command, matches.subcommand()) {
        (Some(Command::New(new)), Some((_, matches))) => new.from_environment = from_environment(matches),
        (Some(Command::Config(config)), Some((_, matches))) => config.from_environment = from_environment(matches),
        _ => {}
    }
    Ok(cli)
}

/// Names the variable of the environment where a wrong value came from one: clap names the flag.
fn by_its_variable(mut error: clap::Error, args: &[OsString]) -> clap::Error {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return error };
    let flag = argument.split(' ').next().unwrap_or_default().to_owned();
    let given = |arg: &OsString| arg.to_string_lossy().split('=').next() == Some(&flag);
    let command = Answers::augment_args(clap::Command::new("new"));
    let variable = command
        .get_arguments()
        .find(|argument| argument.get_long().is_some_and(|long| flag == format!("--{long}")))
        .and_then(|argument| argument.get_env())
        .filter(|variable| std::env::var_os(variable).is_some());
    if let (Some(variable), false) = (variable, args.iter().any(given)) {
        let variable = variable.to_string_lossy().into_owned();
        error.insert(ContextKind::InvalidArg, ContextValue::String(variable));
    }
    error
}

/// The arguments whose values came from the environment.
fn from_environment(matches: &ArgMatches) -> Vec<String> {
    let from = |id: &&clap::Id| matches.value_source(id.as_str()) == Some(ValueSource::EnvVariable);
    matches.ids().filter(from).map(ToString::to_string).collect()
}

/// The names of the rules, so that a misspelt one is told with the nearest.
fn rule_names() -> PossibleValuesParser {
    PossibleValuesParser::new(RULES.iter().map(|rule| rule.name))
}

/// What helps, beyond what clap says itself, without a final period.
pub(crate) fn hint(error: &clap::Error) -> Option<&'static str> {
    let about_rules = matches!(
        error.get(ContextKind::InvalidArg),
        Some(ContextValue::String(argument)) if argument.contains("RULE")
    );
    (error.kind() == ErrorKind::InvalidValue && about_rules).then_some("`flaskship explain` lists the rules")
}

/// A module and a name in it.
fn app_name(text: &str) -> Result<String, String> {
    match text.split_once(':') {
        Some((module, name)) if !module.is_empty() && !name.is_empty() => Ok(text.to_owned()),
        _ => Err("write the module, a colon and the name of the app in it, as in `shop.main:app`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_has_a_variable() {
        let cli = Cli::command();
        for command in std::iter::once(&cli).chain(cli.get_subcommands()) {
            for argument in command.get_arguments() {
                let Some(long) = argument.get_long().filter(|long| !matches!(*long, "help" | "version")) else {
                    continue;
                };
                let variable = format!("FLASKSHIP_{}", long.to_uppercase().replace('-', "_"));
                let env = argument.get_env().and_then(std::ffi::OsStr::to_str);
                assert_eq!(env, Some(variable.as_str()), "{} --{long}", command.get_name());
            }
        }
    }

    #[test]
    fn every_command_has_an_example() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example") && help.contains("\n  flaskship"), "{}", command.get_name());
        }
    }
}
