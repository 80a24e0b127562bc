//! The JSON format, a contract: keys are added with a new version only.

use std::io;

use serde::Serialize;

use super::{Report, View};
use crate::source::ProjectPath;

/// The version of the contract.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    findings: &'a [View<'a>],
    unread: Vec<UnreadFile<'a>>,
}

#[derive(Serialize)]
struct UnreadFile<'a> {
    path: &'a ProjectPath,
    line: Option<usize>,
    message: &'a str,
}

/// Writes one JSON object and a line end.
pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let unread = report
        .unread
        .iter()
        .map(|unread| UnreadFile { path: &unread.path, line: unread.line, message: &unread.message })
        .collect();
    let document = Document { version: VERSION, findings: &report.findings, unread };
    serde_json::to_writer(&mut *out, &document).map_err(io::Error::from)?;
    out.write_all(b"\n")
}
