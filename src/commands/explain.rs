//! `flaskship explain`: a rule's manual page, or the list of rules.

use anyhow::Result;

use super::{Exit, Output, rule_pages};
use crate::cli::ExplainArgs;
use crate::report::Style;

/// Runs it.
pub(super) fn run(args: &ExplainArgs, output: &mut Output<'_>) -> Result<Exit> {
    let pages = rule_pages();
    match pages.iter().find(|page| Some(page.name) == args.rule.as_deref()) {
        Some(page) => {
            output.out.write_all(text(&page.manual, output.out_style).as_bytes())?;
        }
        None => {
            let width = pages.iter().map(|page| page.name.len()).max().unwrap_or(0);
            for page in &pages {
                writeln!(output.out, "{:width$}  {}", page.name, page.summary())?;
            }
            output.out.flush()?;
            output.say("\n`flaskship explain RULE` shows more about one of them")?;
        }
    }
    Ok(Exit::Success)
}

/// The manual page as it reads in a terminal: headings without marks, code indented, links with
/// their address behind them.
fn text(markdown: &str, style: Style) -> String {
    let mut text = String::new();
    let mut in_code = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if in_code {
            text.push_str(&format!("    {line}"));
            text.truncate(text.trim_end_matches(' ').len());
            text.push('\n');
        } else if line.starts_with('#') {
            let heading = line.trim_start_matches('#').trim();
            text.push_str(&style.paint(heading, anstyle::AnsiColor::Green));
            text.push('\n');
        } else {
            text.push_str(&links(line));
            text.push('\n');
        }
    }
    text
}

/// `[name](address)` as `name (address)`.
fn links(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('[') {
        let link = after.split_once("](").and_then(|(name, tail)| Some((name, tail.split_once(')')?)));
        match link {
            Some((name, (address, tail))) if !name.contains(['[', ']']) => {
                text.push_str(&format!("{before}{name} ({address})"));
                rest = tail;
            }
            _ => {
                text.push_str(before);
                text.push('[');
                rest = after;
            }
        }
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_well_without_its_marks() {
        let page = "## What it does\nLooks for `x[0]`.\n\n## Example\n```python\nif a:\n    run()\n\n```\n- [Flask](https://x.org)\n";
        assert_eq!(
            text(page, Style::Plain),
            "What it does\nLooks for `x[0]`.\n\nExample\n    if a:\n        run()\n\n- Flask (https://x.org)\n"
        );
    }

    #[test]
    fn brackets_that_are_no_link_stay() {
        assert_eq!(links("a[0] and [b](c)(d) [e"), "a[0] and b (c)(d) [e");
    }
}
