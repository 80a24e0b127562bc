//! HCL: Terraform and Nomad. Only what is written as a literal is read, line by line.

use super::Around;
use crate::project::environment::{self, Standing, Variable};
use crate::project::scope::Scope;
use crate::source::{ProjectPath, Span};

impl Around {
    /// `FLASK_DEBUG = "1"` in a block of variables, and `name = "FLASK_DEBUG"` with a `value` behind it.
    pub(super) fn hcl(&mut self, path: &ProjectPath, text: &str, scope: Scope) {
        // The headers of the blocks that are open.
        let mut open: Vec<String> = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let body = line.trim();
            if body.starts_with(['#', '/', '*']) {
                continue;
            }
            let in_environment = || open.iter().any(|header| holds_variables(header)) || holds_variables(body);
            for found in assignments(line) {
                let wanted =
                    |name: &str| environment::NAMES.contains(&name) || (self.matters(name) && in_environment());
                let (name, value) = if found.key == "name" || found.key == "key" {
                    let Some(value) = value_behind(text, start + found.value.end) else { continue };
                    (text[start + found.value.start..start + found.value.end].trim_matches('"'), value)
                } else {
                    (found.key, Span::new(start + found.value.start, start + found.value.end))
                };
                if !wanted(name) {
                    continue;
                }
                let alone = found.key == name
                    && found.start == line.len() - line.trim_start().len()
                    && start + line.trim_end().len() == value.end;
                self.variables.push(Variable {
                    path: path.clone(),
                    name: name.to_owned(),
                    value: value.of(text).trim_matches('"').to_owned(),
                    span: Span::new(start + found.start, value.end),
                    value_span: value,
                    removal: alone.then(|| Span::new(start, at)),
                    block: Span::empty(0),
                    home: Some(path.dir().to_owned()),
                    scope,
                    standing: Standing::Counts,
                });
            }
            for sign in body.chars() {
                match sign {
                    '{' | '[' => open.push(body.to_owned()),
                    '}' | ']' => drop(open.pop()),
                    _ => {}
                }
            }
        }
    }
}

fn holds_variables(header: &str) -> bool {
    let header = header.to_ascii_lowercase();
    ["env", "variables", "app_settings", "config_vars"].iter().any(|word| header.contains(word))
}

/// An attribute with a literal, within a line.
struct Found<'t> {
    key: &'t str,
    /// Where the key starts, quotes included.
    start: usize,
    /// The literal, quotes included.
    value: std::ops::Range<usize>,
}

fn assignments(line: &str) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    for (sign, _) in line.match_indices(['=', ':']) {
        let before = line[..sign].trim_end();
        let key = before.trim_end_matches('"');
        let name = key.trim_end_matches(|sign: char| sign.is_ascii_alphanumeric() || sign == '_').len();
        let start = if key.len() < before.len() { name.saturating_sub(1) } else { name };
        let value = line[sign + 1..].trim_start();
        let from = line.len() - value.len();
        let end = match value.strip_prefix('"') {
            Some(rest) => rest.find('"').map(|close| from + close + 2),
            None => Some(from + value.find(|sign: char| !sign.is_ascii_alphanumeric()).unwrap_or(value.len())),
        };
        if let Some(end) = end.filter(|end| *end > from && name < key.len()) {
            found.push(Found { key: &key[name..], start, value: from..end });
        }
    }
    found
}

/// The literal of the `value` that follows a `name` in the same block.
fn value_behind(text: &str, from: usize) -> Option<Span> {
    let end = text[from..].find('}').map_or(text.len(), |at| from + at);
    let mut at = from;
    for line in text[from..end].split_inclusive('\n') {
        if let Some(found) = assignments(line).into_iter().find(|found| found.key == "value") {
            return Some(Span::new(at + found.value.start, at + found.value.end));
        }
        at += line.len();
    }
    None
}
