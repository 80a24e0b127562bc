//! One pass of fixes: which of them go together, what the files are afterwards, and the proof.

use std::collections::{BTreeMap, BTreeSet};

use super::proof;
use super::read;
use super::shift::Shift;
use crate::edit::{self, Edit, FileEdit, Fix};
use crate::finding::Finding;
use crate::leftovers::{self, Apps};
use crate::project::Project;
use crate::source::{ProjectPath, Source, Span, Tree};
use crate::syntax::python::{self, Syntax};

/// A fix that would have broken a file, and was left out: a mistake of ours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GivenBack {
    /// The file of the finding.
    pub(crate) path: ProjectPath,
    /// Its line on disk, from 1.
    pub(crate) line: usize,
    /// The rule.
    pub(crate) rule: &'static str,
    /// What the fix wanted to do.
    pub(crate) title: String,
    /// What would have gone wrong, without a final period.
    pub(crate) reason: String,
}

/// What one pass did. Fixes are named by the index of their finding.
#[derive(Debug, Default)]
pub(super) struct Pass {
    /// The fixes that were taken.
    pub(super) taken: Vec<usize>,
    /// The fixes that are wrong in themselves, with the reason.
    pub(super) refused: Vec<(usize, String)>,
    /// The new contents of files; `None` for a file taken away.
    pub(super) contents: BTreeMap<ProjectPath, Option<Vec<u8>>>,
    /// The bytes that the new contents were made from; `None` for a file that was not there.
    pub(super) bases: BTreeMap<ProjectPath, Option<Vec<u8>>>,
    /// How places moved in the files that were edited.
    pub(super) shifts: BTreeMap<ProjectPath, Shift>,
}

impl Pass {
    /// Whether a taken fix is that of the finding too, or the finding lies in what it replaced or removed.
    pub(super) fn replaces(&self, findings: &[&Finding], finding: &Finding) -> bool {
        self.taken.iter().filter_map(|index| findings[*index].fix.as_ref()).any(|fix| {
            finding.fix.as_ref() == Some(fix)
                || fix.edits.iter().any(|edit| {
                    edit.path == finding.path && edit.span.start < edit.span.end && edit.span.contains(finding.span)
                })
                || fix.files.iter().any(|file| matches!(file, FileEdit::Remove { path } if *path == finding.path))
        })
    }
}

/// Takes the fixes of `findings` that do not get in each other's way, in order. One that does
/// waits for the next pass, when it is planned anew on what the others left.
pub(super) fn run(tree: &Tree, project: &Project, apps: &Apps, findings: &[&Finding]) -> Pass {
    let mut refused: Vec<(usize, String)> = Vec::new();
    loop {
        let mut claims = Claims::default();
        let mut chosen: Vec<(usize, &Fix)> = Vec::new();
        let mut waiting = false;
        for (index, finding) in findings.iter().enumerate() {
            let Some(fix) = &finding.fix else { continue };
            if refused.iter().any(|(other, _)| *other == index) {
                continue;
            }
            if let Some(reason) = contradiction(fix) {
                refused.push((index, reason));
            } else if claims.claim(fix) {
                chosen.push((index, fix));
            } else {
                waiting = true;
            }
        }
        let before = refused.len();
        let (outcome, taken) = prove(tree, project, apps, chosen, &mut refused);
        // What waited for a fix that is wrong need not wait any more.
        if waiting && refused.len() > before {
            continue;
        }
        let Outcome { contents, bases, shifts } = outcome;
        return Pass { taken, refused, contents, bases, shifts };
    }
}

/// Puts the chosen fixes in together; those that cannot be proven are added to `refused`.
fn prove(
    tree: &Tree,
    project: &Project,
    apps: &Apps,
    chosen: Vec<(usize, &Fix)>,
    refused: &mut Vec<(usize, String)>,
) -> (Outcome, Vec<usize>) {
    let all: Vec<&Fix> = chosen.iter().map(|(_, fix)| *fix).collect();
    if let Ok(outcome) = combine(tree, project, apps, &all) {
        return (outcome, chosen.into_iter().map(|(index, _)| index).collect());
    }
    // At least one is wrong. Each is tried on top of those that are right.
    let (mut outcome, mut kept, mut taken) = (Outcome::default(), Vec::new(), Vec::new());
    for (index, fix) in chosen {
        kept.push(fix);
        match combine(tree, project, apps, &kept) {
            Ok(better) => {
                outcome = better;
                taken.push(index);
            }
            Err(reason) => {
                kept.pop();
                refused.push((index, reason));
            }
        }
    }
    (outcome, taken)
}

/// What is wrong with a fix whatever else is done.
fn contradiction(fix: &Fix) -> Option<String> {
    if fix.edits.is_empty() && fix.files.is_empty() {
        return Some("it changes nothing".to_owned());
    }
    for (at, edit) in fix.edits.iter().enumerate() {
        if fix.edits[..at].iter().any(|other| other.path == edit.path && other.span.overlaps(edit.span)) {
            return Some("its edits overlap".to_owned());
        }
        if fix.files.iter().any(|file| path_of(file) == &edit.path) {
            return Some(format!("it both edits and replaces `{}`", edit.path));
        }
    }
    None
}

fn path_of(file: &FileEdit) -> &ProjectPath {
    match file {
        FileEdit::Create { path, .. } | FileEdit::Remove { path } => path,
    }
}

/// What the fixes of a pass have taken hold of.
#[derive(Default)]
struct Claims {
    edits: BTreeMap<ProjectPath, Vec<Span>>,
    files: BTreeSet<ProjectPath>,
}

impl Claims {
    /// Takes hold of all that a fix wants, or of nothing.
    fn claim(&mut self, fix: &Fix) -> bool {
        let free = fix.edits.iter().all(|edit| {
            !self.files.contains(&edit.path)
                && self.edits.get(&edit.path).is_none_or(|taken| taken.iter().all(|span| !clash(*span, edit.span)))
        }) && fix
            .files
            .iter()
            .all(|file| !self.files.contains(path_of(file)) && !self.edits.contains_key(path_of(file)));
        if free {
            for edit in &fix.edits {
                self.edits.entry(edit.path.clone()).or_default().push(edit.span);
            }
            self.files.extend(fix.files.iter().map(|file| path_of(file).clone()));
        }
        free
    }
}

/// Whether edits of two fixes may not be put in together. Two insertions at one place may be the
/// same one, an import that both need, so the second is planned again.
fn clash(one: Span, other: Span) -> bool {
    one.overlaps(other) || one == other
}

/// The files after some fixes.
#[derive(Default)]
struct Outcome {
    contents: BTreeMap<ProjectPath, Option<Vec<u8>>>,
    bases: BTreeMap<ProjectPath, Option<Vec<u8>>>,
    shifts: BTreeMap<ProjectPath, Shift>,
}

/// Puts fixes in, and proves every file that they change.
fn combine(tree: &Tree, project: &Project, apps: &Apps, fixes: &[&Fix]) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    let mut edits: BTreeMap<&ProjectPath, Vec<&Edit>> = BTreeMap::new();
    for fix in fixes {
        for edit in &fix.edits {
            edits.entry(&edit.path).or_default().push(edit);
        }
        for file in &fix.files {
            match file {
                FileEdit::Create { path, text } => {
                    if tree.exists(path) {
                        return Err(format!("`{path}` exists already"));
                    }
                    check_new(path, text)?;
                    outcome.bases.insert(path.clone(), None);
                    outcome.contents.insert(path.clone(), Some(text.clone().into_bytes()));
                }
                FileEdit::Remove { path } => {
                    let source = match project.by_path(path) {
                        Some(id) => Some(project.module(id).source.clone()),
                        None => read(tree, path),
                    };
                    let bytes = source.and_then(|source| source.encode(&source.text).ok());
                    outcome.bases.insert(path.clone(), Some(bytes.ok_or_else(|| format!("`{path}` cannot be read"))?));
                    outcome.contents.insert(path.clone(), None);
                }
            }
        }
    }
    let created = leftovers::created(fixes);
    for (path, edits) in edits {
        // What two fixes together leave over, neither does alone.
        let edits = leftovers::complete_file(tree, project, apps, path, edits.into_iter().cloned().collect(), &created);
        let edits: Vec<&Edit> = edits.iter().collect();
        let (before, bytes, shift) =
            edited(tree, project, path, &edits).map_err(|reason| format!("in `{path}`, {reason}"))?;
        outcome.bases.insert(path.clone(), Some(before));
        outcome.contents.insert(path.clone(), Some(bytes));
        outcome.shifts.insert(path.clone(), shift);
    }
    Ok(outcome)
}

/// Checks a file that is about to be made.
fn check_new(path: &ProjectPath, text: &str) -> Result<(), String> {
    let checked = if path.is_python() { proof::parse(text).map(drop) } else { check_toml(path, text) };
    checked.map_err(|reason| format!("in `{path}`, {reason}"))
}

fn check_toml(path: &ProjectPath, text: &str) -> Result<(), String> {
    if !path.name().ends_with(".toml") {
        return Ok(());
    }
    toml::from_str::<toml::Table>(text)
        .map(drop)
        .map_err(|error| format!("no valid TOML would remain: {}", error.message()))
}

/// The bytes of a file before and after its edits, proven.
fn edited(
    tree: &Tree,
    project: &Project,
    path: &ProjectPath,
    edits: &[&Edit],
) -> Result<(Vec<u8>, Vec<u8>, Shift), String> {
    let module = project.by_path(path).map(|id| project.module(id));
    let owned: Source;
    let source = match module {
        Some(module) => &module.source,
        None => {
            owned = read(tree, path).ok_or("the file cannot be read")?;
            &owned
        }
    };
    let text = &source.text;
    for edit in edits {
        let Span { start, end } = edit.span;
        if start > end || end > text.len() || !text.is_char_boundary(start) || !text.is_char_boundary(end) {
            return Err(format!("bytes {start} to {end} are no place in the file"));
        }
    }
    let newline = source.newline();
    let new = edit::apply(text, newline, edits).map_err(|overlap| overlap.to_string())?;
    let shift = Shift::new(edits, newline);
    if path.is_python() {
        let parsed: Syntax;
        let syntax = match module {
            Some(module) => &module.syntax,
            None => {
                parsed = python::parse(text).map_err(|error| python::explain(text, &error))?;
                &parsed
            }
        };
        proof::prove(syntax, &new, &shift)?;
    } else if check_toml(path, text).is_ok() {
        check_toml(path, &new)?;
    }
    let bytes = source.encode(&new).map_err(|error| error.to_string())?;
    // An edit of the coding comment could make the same bytes mean another text.
    match Source::decode_text(path.clone(), &bytes) {
        Ok(back) if back.text == new => {
            let before = source.encode(text).map_err(|error| error.to_string())?;
            Ok((before, bytes, shift))
        }
        _ => Err("the new text would not be read back as it was written".to_owned()),
    }
}
