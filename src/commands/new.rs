//! `flaskship new`: renders what production needs around the app.

use anyhow::{Context, Result};

use super::install::install;
use super::survey::Survey;
use super::{Exit, Failure, Output, open, recover, told};
use crate::change::{self, ChangeSet};
use crate::cli::NewArgs;
use crate::deploy::{self, Choices, Fate, Origin, Outcome, Plan, Stored};
use crate::report::count;
use crate::source::{ProjectPath, Tree};

/// Runs it.
pub(super) fn run(args: &NewArgs, output: &mut Output<'_>) -> Result<Exit> {
    let is_new = !args.diff && !args.path.exists();
    if is_new {
        std::fs::create_dir_all(&args.path)
            .with_context(|| format!("the folder `{}` cannot be made", args.path.display()))?;
    }
    let result = render(args, output);
    if is_new && result.is_err() {
        // It goes only where it is still empty.
        let _ = std::fs::remove_dir(&args.path);
    }
    result
}

/// Renders what is needed, and writes or shows it.
fn render(args: &NewArgs, output: &mut Output<'_>) -> Result<Exit> {
    let mut tree = open(&args.path)?;
    recover(tree.root(), output)?;
    let started = start(&mut tree)?;
    let NewArgs { path: _, diff, force, restore, conflict, fix, allow_dirty, answers, from_environment } = args;
    let (flags, environment) = answers.clone().split(|key| from_environment.iter().any(|id| id == key));
    let stored = Stored::read(&tree)?;
    let wanted = [&flags, &environment, &stored.answers].into_iter().find_map(|answers| answers.app.clone());
    let survey = Survey::of(&tree, &args.path, &stored, wanted.as_ref())?;
    let (answers, origins) = deploy::merge([
        (Origin::Flag, flags),
        (Origin::Environment, environment),
        (Origin::File, stored.answers),
        (Origin::Detected, survey.detected),
    ]);
    let plan = Plan::decide(&answers, &origins, &survey.profile, survey.app)
        .map_err(|conflict| Failure::new(conflict.message, conflict.hint))?;
    let rendered = deploy::render_all(&plan)?;

    let fixes = *fix && survey.needs_fix;
    let mut tree = if fixes { survey.fixed } else { tree };
    let choices = Choices { on_conflict: *conflict, restore: *restore, force: *force };
    let outcomes = deploy::lay(&mut tree, rendered, choices).context("what is there cannot be read")?;
    if let Some((path, text)) = &survey.wsgi {
        tree.write(path.clone(), text.clone().into_bytes());
    }
    let installed = install(&mut tree, &plan.app.dir, &plan.run.packages)?;
    let changes = ChangeSet::of(&tree)?;
    if *diff {
        output.diff(&changes, tree.root())?;
    } else if !changes.is_empty() {
        if !allow_dirty {
            change::gate(tree.root(), &changes)?;
        }
        change::apply(tree.root(), &changes)?;
    }
    if !started.is_empty() {
        let (verb, files) = (if *diff { "would start" } else { "started" }, started.join(", "));
        output.say(&format!("{verb} a small app, since there was none: {files}"))?;
    }
    for line in told::decisions(&plan, &origins, &survey.profile) {
        output.say(&line)?;
    }
    summary(&outcomes, !diff, output)?;
    if let Some((path, _)) = &survey.wsgi {
        output.say(&format!(
            "{} `{path}`, which the server loads the app from",
            if *diff { "would write" } else { "wrote" }
        ))?;
    }
    for one in &installed {
        output.say(&told::installed(one, !diff))?;
    }
    offer(&outcomes, tree, output)?;
    if survey.needs_fix && !fixes {
        output.say("the project still needs `flaskship fix`, and these files are for what it will be then")?;
        output.say("to make its changes too: `flaskship new --fix`")?;
    }
    if *diff {
        return Ok(Exit::Success);
    }
    output.say("next: follow deploy/README.md")?;
    if !changes.is_empty() {
        output.say("to take it back: `flaskship undo`")?;
    }
    let unfinished =
        outcomes.iter().any(|outcome| matches!(outcome.fate, Fate::Marked | Fate::Rejected | Fate::Unresolved));
    Ok(if unfinished { Exit::Found } else { Exit::Success })
}

/// Puts a small app into a folder that holds none and nothing else; tells its files.
fn start(tree: &mut Tree) -> Result<Vec<String>> {
    let is_beside = |path: &ProjectPath| {
        let name = path.name();
        let papers = ["LICENSE", "LICENCE", "COPYING", "README", "CHANGELOG", "flaskship.toml"];
        path.as_str().starts_with('.') || papers.iter().any(|start| name.starts_with(start))
    };
    if !tree.files().0.iter().all(is_beside) {
        return Ok(Vec::new());
    }
    let root = tree.root().canonicalize().context("the project's folder cannot be found")?;
    let folder = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut started = Vec::new();
    for (path, text) in deploy::starter(&folder)? {
        if !tree.exists(&path) {
            started.push(path.to_string());
            tree.write(path, text.into_bytes());
        }
    }
    Ok(started)
}

/// Shows what flaskship would put in the place of files that are not its own.
fn offer(outcomes: &[Outcome], mut tree: Tree, output: &mut Output<'_>) -> Result<()> {
    tree.forget();
    for outcome in outcomes {
        if let Some(text) = &outcome.offered {
            tree.write(outcome.path.clone(), text.clone().into_bytes());
        }
    }
    output.diff(&ChangeSet::of(&tree)?, tree.root())
}

/// What became of the files.
fn summary(outcomes: &[Outcome], written: bool, output: &mut Output<'_>) -> Result<()> {
    let width = outcomes.iter().map(|outcome| outcome.path.as_str().chars().count()).max().unwrap_or_default();
    for (fate, done, planned) in FATES {
        let files: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.fate == *fate).collect();
        if files.is_empty() {
            continue;
        }
        let said = if written { done } else { planned };
        if *fate == Fate::Unchanged {
            output.say(&format!("{}: {said}", count(files.len(), "file")))?;
            continue;
        }
        output.say(&format!("{said}:"))?;
        for file in files {
            let line = format!("  {:width$}  {}", file.path.as_str(), file.description);
            output.say(line.trim_end())?;
        }
    }
    Ok(())
}

/// What is said of files, when they were written and when they only would be.
const FATES: &[(Fate, &str, &str)] = &[
    (Fate::New, "wrote", "would write"),
    (Fate::Updated, "brought up to date", "would bring up to date"),
    (Fate::Merged, "merged with what you changed", "would merge with what you changed"),
    (Fate::Replaced, "replaced", "would replace"),
    (Fate::Removed, "removed, since nothing needs it any more", "would remove, since nothing needs it any more"),
    (Fate::Unchanged, "as it should be", "as it should be"),
    (
        Fate::Marked,
        "you and flaskship changed the same lines; choose between the marks <<<<<<< and >>>>>>> in",
        "you and flaskship changed the same lines; both would be marked in",
    ),
    (
        Fate::Rejected,
        "you and flaskship changed the same lines; yours stay, and FILE.rej has what did not fit",
        "you and flaskship changed the same lines; yours would stay, and FILE.rej have what does not fit",
    ),
    (
        Fate::Unresolved,
        "left alone, because the marks <<<<<<< and >>>>>>> of an earlier run are still in it",
        "left alone, because the marks <<<<<<< and >>>>>>> of an earlier run are still in it",
    ),
    (
        Fate::Foreign,
        "left alone, because it is not from flaskship (`--force` replaces it)",
        "left alone, because it is not from flaskship (`--force` replaces it)",
    ),
    (
        Fate::StaysDeleted,
        "still deleted, because you deleted it (`--restore` brings it back)",
        "still deleted, because you deleted it (`--restore` brings it back)",
    ),
    (
        Fate::Orphan,
        "left alone, because you changed it, though nothing needs it any more",
        "left alone, because you changed it, though nothing needs it any more",
    ),
];
