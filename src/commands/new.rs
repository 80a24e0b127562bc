//! `flaskship new`: renders what production needs around the app.

use anyhow::{Context, Result};

use super::survey::Survey;
use super::{Exit, Failure, Output, open, recover};
use crate::change::{self, ChangeSet};
use crate::cli::NewArgs;
use crate::deploy::{self, Origin, Plan, Rendered, Stored};
use crate::report::{Style, count};
use crate::source::Tree;

/// Runs it.
pub(super) fn run(args: &NewArgs, output: &mut Output<'_>) -> Result<Exit> {
    let tree = open(&args.path)?;
    recover(tree.root(), output)?;
    let NewArgs { path: _, diff: _, force, fix, allow_dirty, answers, from_environment } = args;
    let (flags, environment) = answers.clone().split(|key| from_environment.iter().any(|id| id == key));
    let stored = Stored::read(&tree)?;
    let wanted = [&flags, &environment, &stored.answers].into_iter().find_map(|answers| answers.app.clone());
    let survey = Survey::of(&tree, &stored, wanted.as_ref())?;
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
    let base = if fixes { survey.fixed } else { tree };
    let files = Files::sort(&base, rendered)?;
    let changes = files.changes(base.clone(), *force)?;
    if args.diff {
        return show(&changes, &base, output);
    }
    if !changes.is_empty() {
        if !allow_dirty {
            change::gate(base.root(), &changes)?;
        }
        change::apply(base.root(), &changes)?;
    }
    summary(&files, *force, output)?;
    if !*force && !files.different.is_empty() {
        show(&files.differences(base.clone())?, &base, output)?;
        output.say("files that differ stay as they are; `flaskship new --force` replaces them")?;
    }
    if survey.needs_fix && !fixes {
        output.say("the project still needs `flaskship fix`: these files are for what it will be then; run `flaskship fix --apply`")?;
    }
    output.say("next: follow deploy/README.md")?;
    if !changes.is_empty() {
        output.say("to take it back: `flaskship undo`")?;
    }
    Ok(Exit::Success)
}

/// The rendered files, by what is there already.
struct Files {
    new: Vec<Rendered>,
    different: Vec<Rendered>,
    same: usize,
}

impl Files {
    fn sort(tree: &Tree, rendered: Vec<Rendered>) -> Result<Self> {
        let mut files = Self { new: Vec::new(), different: Vec::new(), same: 0 };
        for file in rendered {
            let there = tree.read(&file.path).with_context(|| format!("`{}` cannot be read", file.path))?;
            match there {
                None => files.new.push(file),
                Some(bytes) if bytes == file.text.as_bytes() => files.same += 1,
                Some(_) => files.different.push(file),
            }
        }
        Ok(files)
    }

    /// What is to be written.
    fn changes(&self, tree: Tree, force: bool) -> Result<ChangeSet> {
        let replaced = self.different.iter().filter(|_| force);
        Self::over(tree, self.new.iter().chain(replaced))
    }

    /// What would be written if the files that differ were replaced.
    fn differences(&self, tree: Tree) -> Result<ChangeSet> {
        Self::over(tree, self.different.iter())
    }

    fn over<'a>(mut tree: Tree, files: impl Iterator<Item = &'a Rendered>) -> Result<ChangeSet> {
        for file in files {
            tree.write(file.path.clone(), file.text.clone().into_bytes());
        }
        Ok(ChangeSet::of(&tree)?)
    }
}

/// Prints changes as a diff.
fn show(changes: &ChangeSet, tree: &Tree, output: &mut Output<'_>) -> Result<Exit> {
    let cwd = std::env::current_dir().context("the current folder cannot be found")?;
    let diff = changes.diff(tree.root(), &cwd);
    match output.out_style {
        Style::Plain => output.out.write_all(&diff)?,
        Style::Coloured => output.out.write_all(&change::paint(&diff))?,
    }
    output.out.flush()?;
    Ok(Exit::Success)
}

/// What was written, and what was not.
fn summary(files: &Files, force: bool, output: &mut Output<'_>) -> Result<()> {
    let Files { new, different, same } = files;
    let width = new.iter().chain(different).map(|file| file.path.as_str().chars().count()).max().unwrap_or_default();
    let mut list = |title: String, files: &[Rendered]| -> Result<()> {
        if files.is_empty() {
            return Ok(());
        }
        output.say(&title)?;
        for file in files {
            let line = format!("  {:width$}  {}", file.path.as_str(), file.description);
            output.say(line.trim_end())?;
        }
        Ok(())
    };
    list(format!("wrote {}:", count(new.len(), "file")), new)?;
    let verb = if force { "replaced" } else { "left alone, because they differ:" };
    list(format!("{verb} {}:", count(different.len(), "file")), different)?;
    if *same > 0 {
        output.say(&format!("{} already as they should be", count(*same, "file")))?;
    }
    Ok(())
}
