//! Files of lines: environment files, Procfiles, scripts, Makefiles, crontabs.

use std::collections::BTreeMap;

use super::{Around, Site, Worker};
use crate::project::environment::{Standing, Variable};
use crate::project::launch::{self, Reader, What};
use crate::project::scope::{self, Scope};
use crate::source::{ProjectPath, Span};
use crate::syntax::command::{self, Shell};
use crate::syntax::{dotenv, procfile};

/// Targets of a Makefile that people deploy with; the others are for their own machines.
const DEPLOYING: &[&str] = &["deploy", "prod", "production", "release", "start-prod", "serve-prod", "start"];

impl Around {
    pub(super) fn dotenv(&mut self, path: &ProjectPath, text: &str, scope: Scope) {
        let mut last: BTreeMap<String, usize> = BTreeMap::new();
        let sample = scope::is_sample(path);
        for variable in dotenv::parse(text) {
            // `flask` loads these files by itself, and what the environment says beats them.
            if matches!(path.name(), ".env" | ".flaskenv") && variable.name.starts_with("FLASK_") {
                let key = (path.dir().to_owned(), variable.name.clone());
                self.loaded.entry(key).or_insert_with(|| variable.value.clone());
            }
            if !self.matters(&variable.name) {
                continue;
            }
            if let Some(earlier) = last.insert(variable.name.clone(), self.variables.len()) {
                self.variables[earlier].standing = Standing::Overridden;
            }
            let line = variable.span.of(text);
            let lead = line.len() - line.trim_start().len();
            self.variables.push(Variable {
                path: path.clone(),
                span: Span::new(variable.span.start + lead, variable.value_span.end),
                name: variable.name,
                value: variable.value,
                value_span: variable.value_span,
                removal: Some(variable.span),
                block: Span::empty(0),
                home: Some(path.dir().to_owned()),
                scope,
                standing: if sample { Standing::Sample } else { Standing::Counts },
            });
        }
    }

    pub(super) fn procfile(&mut self, path: &ProjectPath, text: &str, scope: Scope) {
        for process in procfile::parse(text) {
            let mut site = Site::new(path, scope::of_name(&process.name).within(scope), Reader::Shell);
            site.platform = true;
            let commands = command::parse(text, process.command, Shell::Posix);
            // Of a script, only its name here says that it is no server.
            if let ([command], false) = (&commands[..], matches!(process.name.as_str(), "web" | "release"))
                && matches!(launch::what(command), Some(What::Script { .. }))
            {
                self.workers.push(Worker::of(&site, site.scope, &process.name, command));
            }
            self.commands(text, site, commands);
        }
    }

    pub(super) fn script(&mut self, path: &ProjectPath, text: &str, scope: Scope) {
        // A file without an extension is a script only when its first line says so.
        if !path.name().contains('.') && !text.starts_with("#!") {
            return;
        }
        if text.starts_with("#!") && text.lines().next().is_some_and(|line| line.contains("python")) {
            return;
        }
        let scope = if path.name() == ".envrc" { Scope::Development } else { scope };
        let commands = command::parse(text, Span::new(0, text.len()), Shell::Posix);
        self.commands(text, Site::new(path, scope, Reader::Shell), commands);
    }

    pub(super) fn batch(&mut self, path: &ProjectPath, text: &str, scope: Scope) {
        let commands = command::parse(text, Span::new(0, text.len()), Shell::Batch);
        self.commands(text, Site::new(path, scope, Reader::Batch), commands);
    }

    /// A Makefile: recipes are shell lines, and what stands before the first target is set for all.
    pub(super) fn makefile(&mut self, path: &ProjectPath, text: &str, scope: Scope) {
        let mut at = 0;
        let mut target = Scope::Unknown;
        let mut recipe = false;
        let mut skip_until = 0;
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            if start < skip_until || line.trim().is_empty() || line.trim_start().starts_with('#') {
                continue;
            }
            let body = line.trim_end();
            let indented = line.starts_with([' ', '\t']);
            if !indented
                && let Some((name, _)) = body.split_once(':').filter(|(_, rest)| !rest.starts_with('='))
                && !name.contains('=')
            {
                target = target_scope(name);
                recipe = true;
                continue;
            }
            // The command goes on on the next line after a backslash.
            let mut end = start + body.len();
            while text[..end].ends_with('\\') {
                let Some(newline) = text[end..].find('\n') else { break };
                let next = end + newline + 1;
                end = text[next..].find('\n').map_or(text.len(), |found| next + found);
                end = next + text[next..end].trim_end().len();
            }
            skip_until = end;
            let lead = line.len() - line.trim_start_matches([' ', '\t', '@', '-', '+']).len();
            // What stands outside of recipes is for every target, and make is a developer's tool.
            let scope = if indented && recipe { target } else { scope.within(Scope::Development) };
            let span = Span::new(start + lead, end.max(start + lead));
            if !indented && let Some(assigned) = self.makefile_variable(path, text, span, scope) {
                self.variables.push(assigned);
                continue;
            }
            let site = Site::new(path, scope, Reader::Shell);
            self.commands(text, site, command::parse(text, span, Shell::Posix));
        }
    }

    /// `export FLASK_DEBUG := 1`, which no shell would take.
    fn makefile_variable(&self, path: &ProjectPath, text: &str, span: Span, scope: Scope) -> Option<Variable> {
        let line = span.of(text);
        let body = line.strip_prefix("export ").unwrap_or(line);
        let sign = body.find('=')?;
        let name = body[..sign].trim_end_matches([':', '?', '+']).trim();
        let value = body[sign + 1..].trim();
        if !self.matters(name) {
            return None;
        }
        let end = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at + 1);
        Some(Variable {
            path: path.clone(),
            name: name.to_owned(),
            value: value.to_owned(),
            span,
            value_span: Span::new(span.end - value.len(), span.end),
            removal: Some(Span::new(span.start, end)),
            block: Span::empty(0),
            home: Some(path.dir().to_owned()),
            scope,
            standing: Standing::Counts,
        })
    }

    pub(super) fn crontab(&mut self, path: &ProjectPath, text: &str, scope: Scope) {
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let body = line.trim();
            if body.is_empty() || body.starts_with('#') {
                continue;
            }
            let end = start + line.trim_end().len();
            let fields = if body.starts_with('@') { 1 } else { 5 };
            let scheduled = body.starts_with('@')
                || body
                    .split_whitespace()
                    .take(5)
                    .all(|field| field.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*/,-".contains(&byte)));
            let mut from = start + (line.len() - line.trim_start().len());
            if scheduled {
                for _ in 0..fields {
                    let rest = &text[from..end];
                    let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
                    from += word + (rest[word..].len() - rest[word..].trim_start().len());
                }
            }
            let site = Site::new(path, scope, Reader::Shell);
            self.commands(text, site, command::parse(text, Span::new(from.min(end), end), Shell::Posix));
        }
    }
}

/// What a Makefile's target is for.
fn target_scope(name: &str) -> Scope {
    if name.split_whitespace().any(|name| DEPLOYING.contains(&name)) {
        return Scope::Production;
    }
    scope::of_name(name).within(Scope::Development)
}
