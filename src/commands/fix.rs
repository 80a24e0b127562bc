//! `flaskship fix`: what would put the findings right, as a diff or written.

use std::path::{Path, PathBuf};

use anstyle::AnsiColor;
use anyhow::Result;

use super::{Exit, Output, known_app, open, options, progress, recover, say_reach};
use crate::change::{self, ChangeSet};
use crate::cli::FixArgs;
use crate::edit::Applicability;
use crate::engine::{self, Applied, Fixed, Remaining};
use crate::project::{self, Installer};
use crate::report::count;
use crate::startup::{self, Target};

/// Runs it.
pub(super) fn run(args: &FixArgs, output: &mut Output<'_>) -> Result<Exit> {
    let tree = open(&args.path)?;
    recover(tree.root(), output)?;
    known_app(&tree, &args.path, &args.rules)?;
    let wanted = options(&args.rules, args.unsafe_fixes);
    let fixed = progress::shown(&tree, output.quiet, || engine::fix(&tree, &wanted))?;
    let changes = ChangeSet::of(&fixed.tree)?;
    if args.apply && !changes.is_empty() {
        if !args.allow_dirty {
            change::gate(tree.root(), &changes)?;
        }
        change::apply(tree.root(), &changes)?;
    } else if !args.check {
        output.diff(&changes, tree.root())?;
    }
    output.unread(&fixed.unread)?;
    given_back(&fixed, output)?;
    if fixed.applied.is_empty() && fixed.remaining.is_empty() && fixed.reach != engine::Reach::Flask {
        say_reach(&fixed.reach, &args.path, output)?;
        return Ok(Exit::Success);
    }
    let written = args.apply && !changes.is_empty();
    summary(&fixed, &changes, written, output)?;
    next_steps(args, &fixed, !changes.is_empty(), output)?;
    Ok(if args.check && !changes.is_empty() { Exit::Found } else { Exit::Success })
}

/// Admits what is our mistake; quiet or not, a person should know.
fn given_back(fixed: &Fixed, output: &mut Output<'_>) -> Result<()> {
    for back in &fixed.given_back {
        let place = format!("{}:{}: {}", back.path, back.line, back.rule);
        let text =
            format!("{place}: a fix was left out because {}; please report it, the file stays as it is", back.reason);
        output.tell("bug", AnsiColor::Red, &text)?;
    }
    if !fixed.stable {
        let text = "the fixes do not come to an end; please report it, and read the diff with care";
        output.tell("bug", AnsiColor::Red, text)?;
    }
    Ok(())
}

/// What was put right, and what a person has to do.
fn summary(fixed: &Fixed, changes: &ChangeSet, written: bool, output: &mut Output<'_>) -> Result<()> {
    if fixed.applied.is_empty() {
        output.say("nothing to fix")?;
    } else {
        let stat = changes.stat();
        let verb = if written { "fixed" } else { "would fix" };
        let (fixes, files) = (count(fixed.applied.len(), "finding"), count(stat.files(), "file"));
        output.say(&format!("{verb} {fixes} in {files} (+{} -{}):", stat.lines_added, stat.lines_removed))?;
        for together in done(&fixed.applied) {
            let rules: Vec<&str> = together.iter().map(|one| one.rule).collect();
            let Some(Applied { path, line, title, .. }) = together.first() else { continue };
            output.say(&format!("  {path}:{line}: {}: {title}", rules.join(", ")))?;
            let rest = fixed.remaining.iter().find(|left| together.iter().any(|one| is_rest(left, one)));
            if let Some(hint) = rest.and_then(|left| left.finding.hint.as_ref()) {
                output.say(&format!("    help: {hint}"))?;
            }
        }
    }
    let of = |applicability: Applicability| {
        fixed.remaining.iter().filter(move |left| left.finding.applicability() == applicability)
    };
    let risky: Vec<&Remaining> = of(Applicability::Unsafe).collect();
    // A fix that was left out is one of ours to make, and has been told.
    let manual: Vec<&Remaining> =
        of(Applicability::Manual).filter(|left| !fixed.applied.iter().any(|one| is_rest(left, one))).collect();
    let place = |left: &Remaining| {
        let line = if written { left.line_after } else { left.line_before };
        format!("{}:{line}: {}", left.finding.path, left.finding.rule)
    };
    if !manual.is_empty() {
        output.say(&format!("left to you, {}:", count(manual.len(), "finding")))?;
        // One way out for several findings is told once, below the last of them.
        let mut manual = manual.into_iter().peekable();
        while let Some(left) = manual.next() {
            output.say(&format!("  {}: {}", place(left), left.finding.message))?;
            if manual.peek().is_some_and(|next| next.finding.hint == left.finding.hint) {
                continue;
            }
            if let Some(hint) = &left.finding.hint {
                output.say(&format!("    help: {hint}"))?;
            }
        }
    }
    if !risky.is_empty() {
        output.say(&format!(
            "{} with `--unsafe-fixes`, which may change what the app does:",
            count(risky.len(), "more fix")
        ))?;
        for left in risky {
            let title = left.finding.fix.as_ref().map_or("", |fix| fix.title.as_str());
            output.say(&format!("  {}: {title}", place(left)))?;
        }
    }
    Ok(())
}

/// Whether a finding is what is left of one that was put right as far as a program can.
fn is_rest(left: &Remaining, one: &Applied) -> bool {
    let finding = &left.finding;
    finding.applicability() == Applicability::Manual
        && finding.path == one.path
        && finding.rule == one.rule
        && left.line_before == one.line
}

/// What was put right, together where rules wanted the same at one place.
fn done(applied: &[Applied]) -> Vec<Vec<&Applied>> {
    let mut done: Vec<Vec<&Applied>> = Vec::new();
    for fix in applied {
        let is_same = |other: &Applied| (&other.path, other.line, &other.title) == (&fix.path, fix.line, &fix.title);
        match done.iter_mut().find(|together| together.first().is_some_and(|other| is_same(other))) {
            Some(together) => together.push(fix),
            None => done.push(vec![fix]),
        }
    }
    done
}

/// How to go on from here.
fn next_steps(args: &FixArgs, fixed: &Fixed, pending: bool, output: &mut Output<'_>) -> Result<()> {
    let path = shown(&args.path);
    if pending && !args.apply {
        let mut command = vec!["flaskship fix --apply".to_owned()];
        if args.unsafe_fixes {
            command.push("--unsafe-fixes".to_owned());
        }
        for (flag, rules) in [("--select", &args.rules.select), ("--ignore", &args.rules.ignore)] {
            if !rules.is_empty() {
                command.push(format!("{flag} {}", rules.join(",")));
            }
        }
        if let Some(app) = &args.rules.app {
            command.push(format!("--app {}", shell(app)));
        }
        output.say(&format!("to write this: `{}{path}`", command.join(" ")))?;
        return Ok(());
    }
    if !pending {
        return Ok(());
    }
    how_to_run(&args.path, fixed, output)?;
    output.say(&format!("to take it back: `flaskship undo{path}`"))?;
    Ok(())
}

/// The commands that run each app, from the folder that flaskship was run in.
pub(super) fn how_to_run(path: &Path, fixed: &Fixed, output: &mut Output<'_>) -> Result<()> {
    for (target, served) in &fixed.targets {
        let commands = startup::commands(target, served, fixed.flask);
        let enter = enter(path, &commands.dir);
        let several = fixed.targets.len() > 1;
        let which = if several { format!(" `{}`", place_of(target)) } else { String::new() };
        let installer = fixed.installers.get(target);
        let runs = installer.map_or("", Installer::runs);
        // A project that has Waitress and not Gunicorn is served by that everywhere.
        let has_waitress = fixed.named.contains("waitress") && !fixed.named.contains("gunicorn");
        let waitress = commands.production.get(1).filter(|_| has_waitress);
        output.say(&format!("to run{which} in production:"))?;
        let packages = if waitress.is_some() { &["waitress"][..] } else { commands.packages };
        if let Some(command) = installer.and_then(|it| install(path, it, packages, fixed)) {
            output.say(&format!("  {command}"))?;
        }
        if let Some(command) = waitress.or(commands.production.first()) {
            output.say(&format!("  {enter}{runs}{command}"))?;
        }
        if let Some(command) = commands.windows.filter(|_| waitress.is_none()) {
            output.say("or on Windows, which Gunicorn does not run on:")?;
            if let Some(command) = installer.and_then(|it| install(path, it, &["waitress"], fixed)) {
                output.say(&format!("  {command}"))?;
            }
            output.say(&format!("  {enter}{runs}{command}"))?;
        }
        output.say(&format!("to work on{}:", if several { &which } else { " it" }))?;
        output.say(&format!("  {enter}{runs}{}", commands.development))?;
    }
    Ok(())
}

/// The command that installs what production needs; none where the project named all of it before.
fn install(path: &Path, installer: &Installer, packages: &[&str], fixed: &Fixed) -> Option<String> {
    let there = |command: String| format!("{}{command}", enter(path, installer.path().map_or("", |file| file.dir())));
    let name = |package: &str| project::split(package).0.to_owned();
    // Another server will do as well where threads are all that is needed.
    let is_served = |package: &str| {
        packages.len() == 1
            && name(package) == "gunicorn"
            && ["waitress", "uwsgi"].iter().any(|it| fixed.named.contains(it))
    };
    let missing: Vec<String> = packages
        .iter()
        .filter(|package| !fixed.named.contains(&*name(package)) && !is_served(package))
        .map(|package| shell(package))
        .collect();
    if !missing.is_empty() {
        let command = installer.add(&missing);
        return Some(if installer.runs().is_empty() { command } else { there(command) });
    }
    let is_new = |package: &str| fixed.named.contains(package) && !fixed.named_before.contains(package);
    let added = ["gunicorn", "waitress"].into_iter().any(is_new);
    installer.sync().filter(|_| added).map(there)
}

/// What goes to a folder of the project, from where flaskship was run; nothing where that is the folder.
fn enter(path: &Path, dir: &str) -> String {
    // Joining nothing would leave a slash at the end, and `./` at the start says nothing.
    let folder = match (path == Path::new("."), dir) {
        (true, dir) => PathBuf::from(dir),
        (false, "") => path.to_path_buf(),
        (false, dir) => path.join(dir),
    };
    if folder.as_os_str().is_empty() {
        String::new()
    } else {
        format!("cd {} && ", shell(&folder.display().to_string()))
    }
}

/// A target by its folder and name, to tell it from others.
fn place_of(target: &Target) -> String {
    match target.dir.as_str() {
        "" => format!("{}:{}", target.module, target.name),
        dir => format!("{dir}/{}:{}", target.module, target.name),
    }
}

/// The path as it has to be typed, with a space before it; nothing for the current folder.
fn shown(path: &Path) -> String {
    if path == Path::new(".") { String::new() } else { format!(" {}", shell(&path.display().to_string())) }
}

/// A word for a shell, quoted where it has to be.
fn shell(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:+,@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_for_the_shell() {
        assert_eq!(shell("my/app"), "my/app");
        assert_eq!(shell("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(shown(Path::new(".")), "");
    }
}
