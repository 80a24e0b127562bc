//! [SARIF 2.1.0](https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), which code
//! scanning services read.

use std::io;

use serde::Serialize;

use super::{Region, Report, RulePage, View, region};
use crate::edit::{Applicability, Fix};
use crate::finding::{Kind, Severity};
use crate::source::{ProjectPath, Unread};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// What relative paths are relative to: GitHub and Azure know this name as the repository.
const BASE: &str = "%SRCROOT%";

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    invocations: [Invocation<'a>; 1],
    column_kind: &'static str,
    results: Vec<ResultObject<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Descriptor<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor<'a> {
    id: &'a str,
    short_description: OwnedText,
    help: Help<'a>,
    properties: Tags,
}

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

#[derive(Serialize)]
struct Help<'a> {
    text: &'a str,
    markdown: &'a str,
}

#[derive(Serialize)]
struct Tags {
    tags: Vec<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'a> {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification<'a>>,
}

#[derive(Serialize)]
struct Notification<'a> {
    level: &'static str,
    message: Text<'a>,
    locations: [Location<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultObject<'a> {
    rule_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: OwnedText,
    locations: [Location<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<FixObject<'a>>,
    properties: Properties,
}

#[derive(Serialize)]
struct OwnedText {
    text: String,
}

#[derive(Serialize)]
struct Properties {
    kind: Kind,
    applicability: Applicability,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Lines>,
}

/// A whole place, or only its first line.
#[derive(Serialize)]
#[serde(untagged)]
enum Lines {
    Place(Region),
    Start {
        #[serde(rename = "startLine")]
        start_line: usize,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    uri: String,
    uri_base_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FixObject<'a> {
    description: Text<'a>,
    artifact_changes: Vec<ArtifactChange>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: Artifact,
    replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    #[serde(skip_serializing_if = "Option::is_none")]
    inserted_content: Option<OwnedText>,
}

/// Writes one log with one run.
pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "flaskship",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: report.rules.iter().map(descriptor).collect(),
                },
            },
            invocations: [Invocation {
                execution_successful: report.unread.is_empty(),
                tool_execution_notifications: report.unread.iter().map(|unread| notification(report, unread)).collect(),
            }],
            column_kind: "unicodeCodePoints",
            results: report.findings.iter().map(|view| result(report, view)).collect(),
        }],
    };
    serde_json::to_writer_pretty(&mut *out, &log).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

fn descriptor(rule: &RulePage) -> Descriptor<'_> {
    let tags = match rule.kind {
        Kind::Debug | Kind::Server => vec!["security"],
        Kind::Startup | Kind::Hygiene => vec!["maintainability"],
    };
    Descriptor {
        id: rule.name,
        short_description: OwnedText { text: rule.summary() },
        help: Help { text: &rule.manual, markdown: &rule.manual },
        properties: Tags { tags },
    }
}

fn notification<'a>(report: &Report<'_>, unread: &'a Unread) -> Notification<'a> {
    let region = unread.line.map(|start_line| Lines::Start { start_line });
    let physical_location = Physical { artifact_location: artifact(report, &unread.path), region };
    Notification {
        level: "error",
        message: Text { text: &unread.message },
        locations: [Location { id: None, physical_location, message: None }],
    }
}

fn result<'a>(report: &'a Report<'a>, view: &'a View<'a>) -> ResultObject<'a> {
    let finding = view.finding;
    let level = match view.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let hint = finding.hint.as_ref().map(|hint| format!("\n{hint}")).unwrap_or_default();
    let location = |path: &ProjectPath, span| Physical {
        artifact_location: artifact(report, path),
        region: Some(Lines::Place(region(report.sources, path, span))),
    };
    let related = finding.related.iter().enumerate().map(|(at, related)| Location {
        id: Some(at + 1),
        physical_location: location(&related.path, related.span),
        message: Some(Text { text: &related.message }),
    });
    ResultObject {
        rule_id: view.rule,
        rule_index: report.rules.iter().position(|rule| rule.name == view.rule),
        level,
        message: OwnedText { text: format!("{}{hint}", view.message) },
        locations: [Location { id: None, physical_location: location(view.path, finding.span), message: None }],
        related_locations: related.collect(),
        fixes: finding.fix.iter().filter_map(|fix| fix_object(report, fix)).collect(),
        properties: Properties { kind: view.kind, applicability: view.applicability },
    }
}

/// The fix, where SARIF can say all of it: it knows no way to make or remove a file, and half a
/// fix would be worse than none.
fn fix_object<'a>(report: &'a Report<'a>, fix: &'a Fix) -> Option<FixObject<'a>> {
    if fix.applicability == Applicability::Manual || !fix.files.is_empty() || fix.edits.is_empty() {
        return None;
    }
    let mut changes: Vec<(&ProjectPath, ArtifactChange)> = Vec::new();
    let mut edits: Vec<_> = fix.edits.iter().collect();
    edits.sort_by(|one, other| (&one.path, one.span).cmp(&(&other.path, other.span)));
    for edit in edits {
        let newline = report.sources.get(&edit.path)?.newline();
        let replacement = Replacement {
            deleted_region: region(report.sources, &edit.path, edit.span),
            inserted_content: (!edit.text.is_empty()).then(|| OwnedText { text: edit.text.replace('\n', newline) }),
        };
        match changes.last_mut() {
            Some((path, change)) if **path == edit.path => change.replacements.push(replacement),
            _ => changes.push((
                &edit.path,
                ArtifactChange { artifact_location: artifact(report, &edit.path), replacements: vec![replacement] },
            )),
        }
    }
    Some(FixObject {
        description: Text { text: &fix.title },
        artifact_changes: changes.into_iter().map(|(_, change)| change).collect(),
    })
}

fn artifact(report: &Report<'_>, path: &ProjectPath) -> Artifact {
    Artifact { uri: uri(&format!("{}{path}", report.prefix)), uri_base_id: BASE }
}

/// A relative path as a URI reference (RFC 3986): all but unreserved characters are escaped, so
/// that a colon in the first part cannot be taken for a scheme.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_uris() {
        assert_eq!(uri("a/b-c_d.py"), "a/b-c_d.py");
        assert_eq!(uri("c:/ü %#?.py"), "c%3A/%C3%BC%20%25%23%3F.py");
    }
}
