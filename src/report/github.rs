//! Workflow commands of GitHub Actions, which become annotations in a pull request.

use std::io;

use super::Report;
use crate::finding::Severity;

/// Writes one command for each finding and each file that could not be read.
pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    for view in &report.findings {
        let command = match view.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        write!(
            out,
            "::{command} file={},line={},endLine={},",
            property(&format!("{}{}", report.prefix, view.path)),
            view.line,
            view.end_line
        )?;
        // Columns count only where one line is marked: GitHub refuses them otherwise.
        if view.line == view.end_line {
            write!(out, "col={},endColumn={},", view.column, view.end_column)?;
        }
        let hint = view.finding.hint.as_ref().map(|hint| format!("\n{hint}")).unwrap_or_default();
        writeln!(out, "title={}::{}", property(view.rule), message(&format!("{}{hint}", view.message)))?;
    }
    for unread in report.unread {
        let path = property(&format!("{}{}", report.prefix, unread.path));
        let line = unread.line.map(|line| format!(",line={line}")).unwrap_or_default();
        writeln!(out, "::error file={path}{line},title=not read::{}", message(&unread.message))?;
    }
    Ok(())
}

/// Escapes what would end a message (`escapeData` of actions/toolkit).
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes what would end a property (`escapeProperty` of actions/toolkit).
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_early() {
        assert_eq!(property("a,b:c%\r\n.py"), "a%2Cb%3Ac%25%0D%0A.py");
        assert_eq!(message("50%: a, b\n::error::x"), "50%25: a, b%0A::error::x");
    }
}
