//! `flaskship check`: what is wrong, and nothing changed.

use std::path::Path;

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
    let report = Report::new(&checked.findings, &checked.unread, &checked.sources, rule_pages())
        .seen_from_above(way_down(&args.path));
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
        let missing = match checked.unread.len() {
            0 => String::new(),
            1 => "; 1 file was not read".to_owned(),
            files => format!("; {files} files were not read"),
        };
        output.say(&format!("{}{missing}", report.summary()))?;
    }
    Ok(if checked.findings.iter().any(|finding| finding.severity > Severity::Note) {
        Exit::Found
    } else if !checked.unread.is_empty() {
        Exit::Error
    } else {
        Exit::Success
    })
}

/// The way from the current folder to the project, ending in `/`: code scanning and GitHub look
/// from the top of the repository, where such programs are run.
fn way_down(path: &Path) -> String {
    let below = || {
        let cwd = std::env::current_dir().ok()?.canonicalize().ok()?;
        let path = path.canonicalize().ok()?;
        let parts = path.strip_prefix(&cwd).ok()?.components();
        Some(parts.map(|part| format!("{}/", part.as_os_str().to_string_lossy())).collect::<String>())
    };
    below().unwrap_or_default()
}
