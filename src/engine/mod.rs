//! Runs the rules, and their fixes to a fixed point in memory.

mod config;
mod fixes;
mod proof;
mod shift;
mod suppress;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::edit::Applicability;
use crate::finding::{Finding, Kind};
use crate::leftovers::{self, Apps};
use crate::project::{self, Around, Facts, FlaskCommand, Installer, Project};
use crate::rules::{Context, RULES, Rule, is_about_documentation};
use crate::source::{ProjectPath, Source, Span, Tree, Unread, both};
use crate::startup::{self, Hidden, Move, Outcome, Served, Target};

pub(crate) use config::ConfigError;
pub(crate) use fixes::GivenBack;

use config::Config;
use shift::Shift;
use suppress::Suppressed;

/// Stack of the thread that visits trees, in bytes: the parser accepts deeper nesting than a usual
/// stack holds. Only what is used is ever backed by memory.
const STACK: usize = 256 << 20;

/// Packages that serve an app, and what their workers wait with.
const SERVING: &[&str] = &["gunicorn", "waitress", "uwsgi", "eventlet", "gevent", "gevent-websocket"];

/// A fix may make room for another, but a chain longer than this is two rules undoing each other.
const MAX_PASSES: usize = 10;

/// What a person chose.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// Only these rules; all of them where empty.
    pub(crate) select: Vec<String>,
    /// Not these rules.
    pub(crate) ignore: Vec<String>,
    /// Whether fixes that may change behaviour are wanted too.
    pub(crate) unsafe_fixes: bool,
    /// Choices about the move into `wsgi.py`.
    pub(crate) startup: startup::Options,
    /// Fixes that a person looked at and does not want, as [`Fixed`] named them.
    pub(crate) declined: Vec<Applied>,
}

/// Why nothing could be looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The project's settings cannot be followed.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No thread with a stack deep enough could be started.
    #[error("no thread could be started ({0})")]
    Thread(std::io::Error),
}

/// What there is to look at in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// No Python file at all.
    NoPython,
    /// Python, but no Flask app that anything leads to; perhaps one that is made out of reach.
    NoFlask(Option<Hidden>),
    /// A Flask app, or something that starts one.
    Flask,
}

/// What `check` found.
#[derive(Debug)]
pub(crate) struct Checked {
    /// By path, place and rule.
    pub(crate) findings: Vec<Finding>,
    /// Files that could not be read or parsed.
    pub(crate) unread: Vec<Unread>,
    /// The files that findings, their related places and their fixes are in.
    pub(crate) sources: BTreeMap<ProjectPath, Source>,
    /// What there was to look at.
    pub(crate) reach: Reach,
}

/// A finding that was put right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Applied {
    /// The file.
    pub(crate) path: ProjectPath,
    /// The line on disk, from 1.
    pub(crate) line: usize,
    /// The rule.
    pub(crate) rule: &'static str,
    /// What was done, in the imperative.
    pub(crate) title: String,
}

/// A finding that is still there after the fixes.
#[derive(Debug)]
pub(crate) struct Remaining {
    /// The finding; its places are those of the tree with the fixes.
    pub(crate) finding: Finding,
    /// Its line on disk, from 1, before the fixes are written.
    pub(crate) line_before: usize,
    /// Its line once they are.
    pub(crate) line_after: usize,
}

/// What `fix` would do.
#[derive(Debug)]
pub(crate) struct Fixed {
    /// The project with the fixes laid over it.
    pub(crate) tree: Tree,
    /// What was put right.
    pub(crate) applied: Vec<Applied>,
    /// What was not.
    pub(crate) remaining: Vec<Remaining>,
    /// Files that could not be read or parsed.
    pub(crate) unread: Vec<Unread>,
    /// Fixes that failed their proof: our mistakes.
    pub(crate) given_back: Vec<GivenBack>,
    /// What a WSGI server can be told to serve, and where the app was told to listen.
    pub(crate) targets: BTreeMap<Target, Served>,
    /// Whether a further pass would find nothing to do.
    pub(crate) stable: bool,
    /// What there was to look at.
    pub(crate) reach: Reach,
    /// What the project's `flask` command understands.
    pub(crate) flask: FlaskCommand,
    /// What installs what each target needs.
    pub(crate) installers: BTreeMap<Target, Installer>,
    /// Packages for serving that the project's files named before the fixes.
    pub(crate) named_before: BTreeSet<&'static str>,
    /// And those that they name after them.
    pub(crate) named: BTreeSet<&'static str>,
}

/// Looks for everything that is wrong in a project.
///
/// # Errors
/// Settings that cannot be followed; no thread to work on.
pub(crate) fn check(tree: &Tree, options: &Options) -> Result<Checked, Error> {
    let config = Config::read(tree, RULES)?;
    on_deep_stack(|| Session::new(options, &config, RULES).check(tree))
}

/// Puts right what may be put right, in memory.
///
/// # Errors
/// Settings that cannot be followed; no thread to work on.
pub(crate) fn fix(tree: &Tree, options: &Options) -> Result<Fixed, Error> {
    let config = Config::read(tree, RULES)?;
    on_deep_stack(|| Session::new(options, &config, RULES).fix(tree.clone()))
}

/// Works on a stack deep enough for any tree.
///
/// # Errors
/// No thread with such a stack could be started.
pub(crate) fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Error> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).map_err(Error::Thread)?;
        match thread.join() {
            Ok(result) => Ok(result),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// One run's choices.
struct Session<'a> {
    options: &'a Options,
    config: &'a Config,
    rules: Vec<&'a Rule>,
}

/// What one look at the project gave.
struct Analysis {
    project: Project,
    apps: Apps,
    named: BTreeSet<&'static str>,
    flask: FlaskCommand,
    findings: Vec<Finding>,
    moves: Vec<Move>,
    reach: Reach,
    sources: BTreeMap<ProjectPath, Source>,
}

impl<'a> Session<'a> {
    fn new(options: &'a Options, config: &'a Config, rules: &'a [Rule]) -> Self {
        let named = |list: &[String], rule: &Rule| list.iter().any(|name| name == rule.name);
        let rules = rules
            .iter()
            .filter(|rule| {
                // A flag beats the file: a rule selected by name runs though the project ignores it.
                let selected = named(&options.select, rule);
                (selected || (options.select.is_empty() && !config.ignores(rule.name))) && !named(&options.ignore, rule)
            })
            .collect();
        Self { options, config, rules }
    }

    fn check(&self, tree: &Tree) -> Checked {
        let Analysis { mut project, findings, sources, reach, .. } = self.analyse(tree);
        Checked { findings, unread: std::mem::take(&mut project.unread), sources, reach }
    }

    fn analyse(&self, tree: &Tree) -> Analysis {
        let mut project = Project::load(tree);
        let facts = Facts::gather(&project);
        let (moves, around) = both(
            || startup::plan(tree, &project, &facts, &self.options.startup),
            || Around::gather_with(tree, &project, &facts),
        );
        let switches = project::switches(&project, &facts, &around);
        let context = Context {
            tree,
            project: &project,
            facts: &facts,
            around: &around,
            switches: &switches,
            moves: &moves,
            rules: &self.rules,
        };
        let apps = leftovers::apps(&facts);
        let mut findings: Vec<Finding> = Vec::new();
        for rule in &self.rules {
            findings.extend((rule.check)(context));
            tree.progress().found(findings.len());
        }
        findings
            .iter_mut()
            .filter_map(|finding| finding.fix.as_mut())
            .for_each(|fix| leftovers::complete(tree, &project, &apps, fix));
        let reach = if !facts.serves.is_empty() || !facts.apps.is_empty() || !facts.factories.is_empty() {
            Reach::Flask
        } else if project.files.iter().any(ProjectPath::is_python) {
            Reach::NoFlask(startup::hidden(&project))
        } else {
            Reach::NoPython
        };
        let named = SERVING.iter().copied();
        let named =
            named.filter(|package| around.installs(package, "") || around.dependencies.names(package, "")).collect();
        let flask = around.dependencies.flask_command();
        drop(facts);
        project.unread.extend(around.unread);
        project.unread.sort();
        project.unread.dedup();
        findings.sort_by(|a, b| {
            let key = |finding: &'_ Finding| (finding.span.start, finding.rule, finding.span.end);
            a.path.cmp(&b.path).then(key(a).cmp(&key(b))).then_with(|| a.message.cmp(&b.message))
        });
        findings.dedup();
        let sources = sources(tree, &project, &findings);
        let mut comments: BTreeMap<ProjectPath, Suppressed> = BTreeMap::new();
        findings.retain(|finding| {
            if self.config.ignores_in(finding.rule, &finding.path) {
                return false;
            }
            let Some(source) = sources.get(&finding.path) else { return true };
            let suppressed = comments.entry(finding.path.clone()).or_insert_with(|| {
                let syntax = project.by_path(&finding.path).map(|id| &project.module(id).syntax);
                Suppressed::new(source, syntax)
            });
            !suppressed.covers(source, finding)
        });
        Analysis { project, apps, named, flask, findings, moves, reach, sources }
    }

    /// Whether fixes of this kind are wanted.
    fn allows(&self, applicability: Applicability) -> bool {
        match applicability {
            Applicability::Safe => true,
            Applicability::Unsafe => self.options.unsafe_fixes,
            Applicability::Manual => false,
        }
    }

    fn fix(&self, mut tree: Tree) -> Fixed {
        let mut history = History::default();
        let mut applied: Vec<Applied> = Vec::new();
        let mut before_this: Vec<Applied> = Vec::new();
        let mut along: Vec<Applied> = Vec::new();
        let mut given_back: Vec<GivenBack> = Vec::new();
        let mut targets: BTreeMap<Target, Served> = BTreeMap::new();
        let mut documented: Vec<Remaining> = Vec::new();
        // What is told of a move and has no fix, which the next pass finds no more because there is no move.
        let mut noted: Vec<Remaining> = Vec::new();
        let mut passes = 0;
        let mut named_before = BTreeSet::new();
        loop {
            let analysis = self.analyse(&tree);
            if passes == 0 {
                named_before.clone_from(&analysis.named);
                let is_noted = |finding: &&Finding| {
                    finding.fix.is_none() && finding.kind == Kind::Startup && !is_about_documentation(finding)
                };
                noted.extend(analysis.findings.iter().filter(is_noted).map(|finding| {
                    let line = line(&analysis.sources, &finding.path, finding.span.start);
                    Remaining { finding: finding.clone(), line_before: line, line_after: line }
                }));
            }
            let named = |finding: &Finding| Applied {
                path: finding.path.clone(),
                line: history.line_before(&analysis.sources, &finding.path, finding.span.start),
                rule: finding.rule,
                title: finding.fix.as_ref().map_or_else(String::new, |fix| fix.title.clone()),
            };
            let wanted: Vec<&Finding> = analysis
                .findings
                .iter()
                .filter(|finding| finding.fix.as_ref().is_some_and(|fix| self.allows(fix.applicability)))
                .filter(|finding| self.options.declined.is_empty() || !self.options.declined.contains(&named(finding)))
                .collect();
            let last = passes == MAX_PASSES;
            let pass = if last {
                fixes::Pass::default()
            } else {
                fixes::run(&tree, &analysis.project, &analysis.apps, &wanted)
            };
            for (index, reason) in &pass.refused {
                let Applied { path, line, rule, title } = named(wanted[*index]);
                let back = GivenBack { path, line, rule, title, reason: reason.clone() };
                if !given_back.contains(&back) {
                    given_back.push(back);
                }
            }
            for planned in &analysis.moves {
                match &planned.outcome {
                    // Another fix may still give it another name.
                    Outcome::Done { target } if pass.taken.is_empty() => {
                        targets.entry(target.clone()).or_insert_with(|| planned.served.clone());
                    }
                    Outcome::Move { fix, target } => {
                        if pass.taken.iter().any(|index| wanted[*index].fix.as_ref() == Some(fix)) {
                            targets.entry(target.clone()).or_insert_with(|| planned.served.clone());
                        }
                    }
                    Outcome::Done { .. } | Outcome::Manual { .. } => {}
                }
            }
            let is_taken = |finding: &Finding| pass.taken.iter().any(|index| wanted[*index] == finding);
            for finding in analysis.findings.iter().filter(|finding| is_about_documentation(finding)) {
                let line = line(&analysis.sources, &finding.path, finding.span.start);
                // What a pass leaves, a later one may put right. No fix changes how many lines there are above it.
                documented.retain(|left| left.finding.path != finding.path || left.line_before != line);
                if !is_taken(finding) {
                    documented.push(Remaining { finding: finding.clone(), line_before: line, line_after: line });
                }
            }
            if pass.taken.is_empty() {
                let stable = !last || wanted.is_empty();
                let mut remaining = analysis
                    .findings
                    .iter()
                    .filter(|finding| !is_about_documentation(finding))
                    .map(|finding| Remaining {
                        line_before: history.line_before(&analysis.sources, &finding.path, finding.span.start),
                        line_after: line(&analysis.sources, &finding.path, finding.span.start),
                        finding: finding.clone(),
                    })
                    .collect::<Vec<_>>();
                noted.retain(|one| {
                    let is_same = |left: &Remaining| {
                        (&left.finding.path, left.finding.rule, left.line_before)
                            == (&one.finding.path, one.finding.rule, one.line_before)
                    };
                    !remaining.iter().any(is_same)
                });
                for left in &mut noted {
                    let source = read(&tree, &left.finding.path);
                    left.line_after = source.map_or(1, |source| source.lines().line(left.finding.span.start));
                }
                remaining.append(&mut noted);
                remaining.append(&mut documented);
                // What lay in a span that was replaced is gone, unless it turned up elsewhere.
                along.retain(|entry| {
                    !remaining.iter().any(|left| left.finding.rule == entry.rule && left.finding.path == entry.path)
                        && !applied
                            .iter()
                            .any(|done| done.rule == entry.rule && done.path == entry.path && done.line == entry.line)
                });
                applied.append(&mut along);
                applied.sort();
                applied.dedup();
                let installer = |target: &Target| project::installer(&tree, &analysis.project, &target.dir);
                let installers = targets.keys().map(|target| (target.clone(), installer(target))).collect();
                return Fixed {
                    tree,
                    applied,
                    remaining,
                    unread: analysis.project.unread,
                    given_back,
                    targets,
                    stable,
                    reach: analysis.reach,
                    flask: analysis.flask,
                    installers,
                    named_before,
                    named: analysis.named,
                };
            }
            // Findings that want one and the same are put right together.
            let is_done = |finding: &&Finding| pass.taken.iter().any(|index| wanted[*index].fix == finding.fix);
            for one in wanted.iter().copied().filter(is_done).map(named) {
                // What is done in two steps is one finding put right, by the title of the first.
                let same = |done: &Applied| done.path == one.path && done.line == one.line && done.rule == one.rule;
                if !before_this.iter().any(same) {
                    applied.push(one);
                }
            }
            for (index, finding) in wanted.iter().enumerate() {
                if !pass.taken.contains(&index) && pass.replaces(&wanted, finding) {
                    along.push(named(finding));
                }
            }
            before_this.clone_from(&applied);
            noted.retain_mut(|left| {
                let Finding { path, span, .. } = &mut left.finding;
                let Some(shift) = pass.shifts.get(path) else { return pass.contents.get(path) != Some(&None) };
                let is_there = !shift.touches(*span);
                *span = Span::new(shift.forward(span.start), shift.forward(span.end));
                is_there
            });
            history.add(pass.shifts, &analysis.sources, &tree);
            for (path, bytes) in pass.bases {
                tree.set_base(path, bytes);
            }
            for (path, content) in pass.contents {
                match content {
                    Some(bytes) => tree.write(path, bytes),
                    None => tree.remove(path),
                }
            }
            passes += 1;
        }
    }
}

/// The passes so far, to lead a place in the tree as it is in memory back to the tree on disk.
#[derive(Default)]
struct History {
    shifts: BTreeMap<ProjectPath, Vec<Shift>>,
    /// The text on disk of every file that was edited.
    disk: BTreeMap<ProjectPath, Source>,
}

impl History {
    fn add(&mut self, shifts: BTreeMap<ProjectPath, Shift>, sources: &BTreeMap<ProjectPath, Source>, tree: &Tree) {
        for (path, shift) in shifts {
            if !self.disk.contains_key(&path)
                && let Some(source) = sources.get(&path).cloned().or_else(|| read(tree, &path))
            {
                self.disk.insert(path.clone(), source);
            }
            self.shifts.entry(path).or_default().push(shift);
        }
    }

    /// The line on disk of a place in memory.
    fn line_before(&self, sources: &BTreeMap<ProjectPath, Source>, path: &ProjectPath, at: usize) -> usize {
        match (self.shifts.get(path), self.disk.get(path)) {
            (Some(shifts), Some(disk)) => {
                let at = shifts.iter().rev().fold(at, |at, shift| shift.backward(at));
                disk.lines().line(at.min(disk.text.len()))
            }
            _ => line(sources, path, at),
        }
    }
}

/// The line of a place, from 1.
fn line(sources: &BTreeMap<ProjectPath, Source>, path: &ProjectPath, at: usize) -> usize {
    sources.get(path).map_or(1, |source| source.lines().line(at))
}

/// Reads and decodes a file that is not one of the parsed modules.
fn read(tree: &Tree, path: &ProjectPath) -> Option<Source> {
    let bytes = tree.read(path).ok()??;
    Source::decode_text(path.clone(), &bytes).ok()
}

/// The texts of the files that findings speak of or would edit.
fn sources(tree: &Tree, project: &Project, findings: &[Finding]) -> BTreeMap<ProjectPath, Source> {
    let paths: BTreeSet<&ProjectPath> = findings
        .iter()
        .flat_map(|finding| {
            let edits = finding.fix.iter().flat_map(|fix| &fix.edits).map(|edit| &edit.path);
            std::iter::once(&finding.path).chain(finding.related.iter().map(|related| &related.path)).chain(edits)
        })
        .collect();
    paths
        .into_iter()
        .filter_map(|path| {
            let source = match project.by_path(path) {
                Some(id) => Some(project.module(id).source.clone()),
                None => read(tree, path),
            };
            Some((path.clone(), source?))
        })
        .collect()
}
