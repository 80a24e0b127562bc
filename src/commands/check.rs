//! `flaskship check`: what is wrong, and nothing changed.

use anyhow::Result;

use super::{Exit, Output, open, options, recover, rule_pages, say_reach};
use crate::cli::{CheckArgs, Format};
use crate::engine;
use crate::finding::Severity;
use crate::report::Report;

/// Runs it. Notes alone do not fail a build; a file that was not read does, unless something worse
/// was found: it could hide anything.
pub(super) fn run(args: &CheckArgs, output: &mut Output<'_>) -> Result<Exit> {
    let tree = open(&args.path)?;
    recover(tree.root(), output)?;
    let checked = engine::check(&tree, &options(&args.rules, false))?;
    let report = Report::new(&checked.findings, &checked.unread, &checked.sources, rule_pages());
    match args.format {
        Format::Human => report.human(output.out, output.out_style)?,
        Format::Json => report.json(output.out)?,
        Format::Sarif => report.sarif(output.out)?,
        Format::Github => report.github(output.out)?,
    }
    output.out.flush()?;
    output.unread(&checked.unread)?;
    if checked.findings.is_empty() && checked.reach != engine::Reach::Flask {
        say_reach(checked.reach, &args.path, output)?;
    } else {
        output.say(&report.summary())?;
    }
    Ok(if checked.findings.iter().any(|finding| finding.severity > Severity::Note) {
        Exit::Found
    } else if !checked.unread.is_empty() {
        Exit::Error
    } else {
        Exit::Success
    })
}
