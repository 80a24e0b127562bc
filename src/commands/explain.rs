//! `flaskship explain`: a rule's manual page, or the list of rules.

use std::io::Write;

use anyhow::Result;

use super::{Exit, Output, rule_pages};
use crate::cli::ExplainArgs;

/// Runs it.
pub(super) fn run(args: &ExplainArgs, output: &mut Output<'_>) -> Result<Exit> {
    let pages = rule_pages();
    match pages.iter().find(|page| Some(page.name) == args.rule.as_deref()) {
        Some(page) => output.out.write_all(page.manual.as_bytes())?,
        None => {
            let width = pages.iter().map(|page| page.name.len()).max().unwrap_or(0);
            for page in &pages {
                writeln!(output.out, "{:width$}  {}", page.name, page.summary())?;
            }
        }
    }
    Ok(Exit::Success)
}
