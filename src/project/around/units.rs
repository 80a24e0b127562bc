//! INI files: systemd units, Supervisor, uWSGI, and the configurations of test runners.

use super::{Around, Site};
use crate::project::environment::{Standing, Variable};
use crate::project::launch::Reader;
use crate::project::scope::{self, Scope};
use crate::source::{ProjectPath, Span};
use crate::syntax::command::{self, Shell};
use crate::syntax::ini::{self, Entry, Parted};

impl Around {
    pub(super) fn ini(&mut self, path: &ProjectPath, text: &str, scope: Scope) {
        self.apache(path, text, scope);
        let entries = ini::parse(text);
        for entry in &entries {
            let parted = match (entry.section.as_str(), entry.key.as_str()) {
                ("Service" | "Manager", "Environment") => Parted::Space,
                (section, "environment") if is_supervisor(section) => Parted::Comma,
                ("uwsgi", "env") | (_, "setenv" | "set_env" | "env") => Parted::Line,
                _ => continue,
            };
            let own = section_scope(&entry.section).within(scope);
            let first = entries.iter().find(|other| other.section == entry.section).unwrap_or(entry);
            if parted == Parted::Space && entry.value.of(text).trim().is_empty() {
                // An empty `Environment=` takes back what was set before.
                self.override_block(path, first.span, None);
                continue;
            }
            self.pairs(path, text, entry, first.span, parted, own);
        }
        for entry in &entries {
            let prefix = entry.value.of(text);
            match (entry.section.as_str(), entry.key.as_str()) {
                ("Service", "ExecStart") => {
                    // `-`, `@`, `!` and the like say how systemd is to start it.
                    let lead = prefix.len() - prefix.trim_start_matches(['-', '@', ':', '+', '!']).len();
                    let span = Span::new(entry.value.start + lead, entry.value.end);
                    self.unit_command(
                        path,
                        text,
                        &entries,
                        entry,
                        span,
                        scope,
                        ("WorkingDirectory", Parted::Space, "Environment"),
                    );
                }
                ("Service", "EnvironmentFile") => {
                    let name = prefix.trim_start_matches('-').rsplit('/').next().unwrap_or_default();
                    self.env_files.insert(path.beside(name));
                    self.env_files.insert(ProjectPath::new(name));
                }
                (section, "command") if is_supervisor(section) => {
                    let own = section_scope(section).within(scope);
                    self.unit_command(
                        path,
                        text,
                        &entries,
                        entry,
                        entry.value,
                        own,
                        ("directory", Parted::Comma, "environment"),
                    );
                }
                (section, "cmd" | "exec") if section.starts_with("watcher:") => {
                    let own = section_scope(section).within(scope);
                    self.unit_command(
                        path,
                        text,
                        &entries,
                        entry,
                        entry.value,
                        own,
                        ("working_dir", Parted::Comma, "environment"),
                    );
                }
                _ => {}
            }
        }
    }

    /// Apache's `SetEnv NAME value`. mod_wsgi hands these to each request and not to the process, so that
    /// Flask never sees them; CGI and Passenger start the process with them.
    pub(super) fn apache(&mut self, path: &ProjectPath, text: &str, scope: Scope) {
        let lower = text.to_ascii_lowercase();
        let wsgi = ["wsgiscriptalias", "wsgidaemonprocess", "wsgiprocessgroup"].iter().any(|name| lower.contains(name));
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let mut words = line.split_whitespace();
            let (Some(directive), Some(name), Some(_)) = (words.next(), words.next(), words.next()) else { continue };
            let name = name.trim_matches('"');
            if !matches!(directive.to_ascii_lowercase().as_str(), "setenv" | "passengerenvvar") || !self.matters(name) {
                continue;
            }
            let written = line.trim();
            let span = Span::new(start + (line.len() - line.trim_start().len()), start + line.trim_end().len());
            let behind = written.find(name).map_or(0, |found| found + name.len());
            let value = written[behind..].trim_start_matches('"').trim();
            let value_span = Span::new(span.end - value.len(), span.end);
            let request = wsgi && directive.eq_ignore_ascii_case("setenv");
            self.variables.push(Variable {
                path: path.clone(),
                name: name.to_owned(),
                value: value.trim_matches(['"', '\'']).to_owned(),
                span,
                value_span,
                removal: Some(Span::new(start, at)),
                block: Span::empty(0),
                home: Some(path.dir().to_owned()),
                scope,
                standing: if request { Standing::Request } else { Standing::Counts },
            });
        }
    }

    /// A command of a unit, with what the other entries of its section say.
    #[expect(clippy::too_many_arguments, reason = "one place in one file, spelt out")]
    fn unit_command(
        &mut self,
        path: &ProjectPath,
        text: &str,
        entries: &[Entry],
        entry: &Entry,
        span: Span,
        scope: Scope,
        (dir, parted, environment): (&str, Parted, &str),
    ) {
        let mut site = Site::new(path, scope, Reader::Split);
        for other in entries.iter().filter(|other| other.section == entry.section) {
            if other.key == dir {
                site.dir = Some(other.value.of(text).to_owned());
            }
            if other.key == environment {
                let pairs = ini::pairs(text, other.value, parted);
                site.environment.extend(pairs.into_iter().map(|pair| (pair.name, pair.value)));
            }
        }
        self.commands(text, site, command::parse(text, span, Shell::Posix));
    }

    /// What was set in a block before, under one name or all, is set anew.
    fn override_block(&mut self, path: &ProjectPath, block: Span, name: Option<&str>) {
        let earlier = self.variables.iter_mut().filter(|earlier| earlier.path == *path && earlier.block == block);
        for earlier in earlier.filter(|earlier| name.is_none_or(|name| name == earlier.name)) {
            earlier.standing = Standing::Overridden;
        }
    }

    fn pairs(&mut self, path: &ProjectPath, text: &str, entry: &Entry, block: Span, parted: Parted, scope: Scope) {
        let pairs = ini::pairs(text, entry.value, parted);
        for (at, pair) in pairs.iter().enumerate() {
            if !self.matters(&pair.name) {
                continue;
            }
            self.override_block(path, block, Some(&pair.name));
            let removal = match (pairs.get(at + 1), at.checked_sub(1).map(|at| &pairs[at])) {
                (None, None) => entry.span,
                (Some(next), _) => Span::new(pair.span.start, next.span.start),
                (None, Some(previous)) => Span::new(previous.span.end, pair.span.end),
            };
            self.variables.push(Variable {
                path: path.clone(),
                name: pair.name.clone(),
                value: pair.value.clone(),
                span: pair.span,
                value_span: pair.value_span,
                removal: Some(removal),
                block,
                home: Some(path.dir().to_owned()),
                scope,
                standing: Standing::Counts,
            });
        }
    }
}

fn is_supervisor(section: &str) -> bool {
    section.starts_with("program:") || section.starts_with("fcgi-program:") || section == "supervisord"
}

/// What a section is for: those of test runners are for tests.
fn section_scope(section: &str) -> Scope {
    let tests =
        section.starts_with("testenv") || section.starts_with("tool:pytest") || section == "pytest" || section == "tox";
    if tests { Scope::Test } else { scope::of_name(section) }
}
