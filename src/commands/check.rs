//! `flaskship check`: what is wrong, and nothing changed.

use anyhow::{Context, Result};

use super::{Exit, Output, known_app, open, options, progress, recover, rule_pages, say_reach};
use crate::change;
use crate::cli::{CheckArgs, Format};
use crate::engine;
use crate::finding::Severity;
use crate::report::Report;

/// Runs it. Notes alone do not fail a build; a file that was not read does, unless something worse
/// was found: it could hide anything.
pub(super) fn run(args: &CheckArgs, output: &mut Output<'_>) -> Result<Exit> {
    let tree = open(&args.path)?;
    recover(tree.root(), output)?;
    known_app(&tree, &args.path, &args.rules)?;
    let checked = progress::shown(&tree, output.quiet, || engine::check(&tree, &options(&args.rules, false)))?;
    let cwd = std::env::current_dir().context("the current folder cannot be found")?;
    let report = Report::new(&checked.findings, &checked.unread, &checked.sources, rule_pages())
        .seen_from_above(String::from_utf8_lossy(&change::path_prefix(tree.root(), &cwd)).into_owned());
    match args.format {
        Format::Human => report.human(output.out, output.out_style)?,
        Format::Json => report.json(output.out)?,
        Format::Sarif => report.sarif(output.out)?,
        Format::Github => report.github(output.out)?,
    }
    output.out.flush()?;
    output.unread(&checked.unread)?;
    if checked.findings.is_empty() && checked.reach != engine::Reach::Flask {
        say_reach(&checked.reach, &args.path, output)?;
    } else {
        let missing = match checked.unread.len() {
            0 => String::new(),
            1 => "; 1 file was not read".to_owned(),
            files => format!("; {files} files were not read"),
        };
        output.say(&format!("{}{missing}", report.summary()))?;
    }
    let exit = if checked.findings.iter().any(|finding| finding.severity > Severity::Note) {
        Exit::Found
    } else if !checked.unread.is_empty() {
        Exit::Error
    } else {
        Exit::Success
    };
    // The program ends here: giving back what was read piece by piece took a twentieth of a run.
    std::mem::forget(tree);
    Ok(exit)
}
