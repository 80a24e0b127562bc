//! `flaskship new`: renders what production needs around the app.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};

use super::deployment::{self, Deployment};
use super::{Exit, Failure, Output, config, fates, open, progress, recover, split, told};
use crate::change::{self, ChangeSet};
use crate::cli::NewArgs;
use crate::deploy::{Answers, Choices, Taken};
use crate::nearest::nearest;
use crate::report::Style;
use crate::wizard::{self, Asked, Screen};

/// Runs it.
pub(super) fn run(args: &NewArgs, output: &mut Output<'_>) -> Result<Exit> {
    let is_new = !args.diff && !args.path.exists();
    if is_new {
        make(&args.path)?;
    }
    let result = render(args, output);
    if is_new && !matches!(result, Ok(Exit::Success | Exit::Found)) {
        // It goes only where it is still empty.
        let _ = std::fs::remove_dir(&args.path);
    }
    result
}

/// Makes the folder of a new project, unless its name looks like a slip of the fingers.
fn make(path: &Path) -> Result<()> {
    let missing = |path: &Path, hint: String| Failure::new(format!("there is no folder `{}`", path.display()), hint);
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !parent.is_dir() {
        return Err(missing(parent, "make it first, if a new project is to be in it".to_owned()).into());
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside: BTreeSet<String> = std::fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    if let Some(near) = nearest(&name, beside.iter().map(String::as_str)) {
        let near = path.with_file_name(near);
        let hint = format!("did you mean `{}`? For a new project, make the folder first", near.display());
        return Err(missing(path, hint).into());
    }
    std::fs::create_dir(path).with_context(|| format!("the folder `{}` cannot be made", path.display()))
}

/// Renders what is needed, and writes or shows it.
fn render(args: &NewArgs, output: &mut Output<'_>) -> Result<Exit> {
    let mut tree = open(&args.path)?;
    recover(tree.root(), output)?;
    let started = deployment::start(&mut tree)?;
    let (flags, environment) = split(&args.answers, &args.from_environment);
    let mut deployment =
        progress::shown(&tree, output.quiet, || Deployment::of(&tree, &args.path, flags, environment))?;
    if args.force {
        // What is there is replaced, so no name is taken.
        deployment.survey.app.taken = Taken::default();
    }
    let decided = if deployment.is_said() || args.yes || args.diff || args.defaults {
        deployment.decide(&Answers::default())?
    } else {
        match asked(&deployment, output)? {
            Some(answers) => deployment.decide(&answers)?,
            None => {
                output.say("nothing was changed")?;
                return Ok(Exit::Interrupted);
            }
        }
    };
    if args.defaults {
        config::print(&decided, output)?;
        return Ok(Exit::Success);
    }

    let needs_fix = deployment.survey.needs_fix;
    let mut tree = if args.fix && needs_fix { deployment.survey.fixed.clone() } else { tree };
    let choices = Choices { on_conflict: args.conflict, restore: args.restore, force: args.force };
    let laid = decided.lay(&deployment.survey, &mut tree, choices)?;
    let changes = ChangeSet::of(&tree)?;
    if args.diff {
        output.diff(&changes, tree.root())?;
    } else if !changes.is_empty() {
        if !args.allow_dirty {
            change::gate(tree.root(), &changes)?;
        }
        change::apply(tree.root(), &changes)?;
    }
    if !started.is_empty() {
        let (verb, files) = (if args.diff { "would start" } else { "started" }, started.join(", "));
        output.say(&format!("{verb} a small app, since there was none: {files}"))?;
    }
    for line in told::decisions(&decided.plan, &decided.origins, &deployment.survey.profile) {
        output.say(&line)?;
    }
    fates::summary(&laid.outcomes, !args.diff, output)?;
    for line in told::besides(&laid, !args.diff) {
        output.say(&line)?;
    }
    fates::offer(&laid.outcomes, tree, output)?;
    if needs_fix && !args.fix {
        output.say("the project still needs `flaskship fix`, and these files are for what it will be then")?;
        output.say("to make its changes too: `flaskship new --fix`")?;
    }
    if args.diff {
        return Ok(Exit::Success);
    }
    output.say("next: follow deploy/README.md")?;
    if !changes.is_empty() {
        output.say("to take it back: `flaskship undo`")?;
    }
    Ok(if fates::are_unfinished(&laid.outcomes) { Exit::Found } else { Exit::Success })
}

/// What a person answers at the terminal; nothing where they do not want to go on.
fn asked(deployment: &Deployment, output: &Output<'_>) -> Result<Option<Answers>> {
    let Some(screen) = Screen::open(output.err_style == Style::Coloured)? else {
        return Err(Failure::new(
            format!("nobody can be asked here, and nothing was said of {}", wizard::flags().join(", ")),
            "give these flags, or take every default with `--yes`; `flaskship new --defaults` shows them",
        )
        .into());
    };
    let plan = |answers: &Answers| {
        deployment.decide(answers).map(|decided| decided.plan).map_err(|failure| failure.to_string())
    };
    Ok(match wizard::ask(&screen, &|key| deployment.says(key), &plan)? {
        Asked::Done(answers) => Some(*answers),
        Asked::Back | Asked::Quit => None,
    })
}
