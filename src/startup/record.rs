//! What `run` was told, kept in `flaskship.toml`, since `wsgi.py` has no place for it.
//!
//! One `[[app]]` table per app, found by `dir` (the folder to start the server in) and `target`
//! (`module:name`). A key is named like the argument it comes from. A value read from the
//! environment is `{ env = "PORT", default = 5000 }`, a certificate and its key are `["cert.pem", "key.pem"]`. An app that keeps something in its process gets
//! `workers = 1`. What is written there already is never changed.

use toml_edit::{Document, Item, Value};

use super::desk::{Desk, certificate};
use super::sketch::Refusal;
use super::{Certificate, Target};
use crate::edit::{Edit, FileEdit};
use crate::project::{Argument, Const, Known, Place};
use crate::source::{ProjectPath, Source};

/// The arguments of the server that are worth keeping; debug mode and the debugger are not.
const KEPT: &[&str] = &["host", "port", "threaded", "processes", "ssl_context", "use_reloader", "extra_files"];

const FILE: &str = "flaskship.toml";

/// How the record gets into the project.
pub(super) enum Recorded {
    /// Into the file that is there.
    Edits(Vec<Edit>),
    /// Into a new file.
    Create(FileEdit),
}

/// What is to be recorded of one target.
pub(super) struct Told<'a> {
    /// The target.
    pub(super) target: &'a Target,
    /// The start-up calls that told something about it.
    pub(super) serves: Vec<usize>,
    /// Why it wants one worker process, if it does.
    pub(super) one_worker: Option<&'a str>,
}

/// What was told of each target, once.
fn by_target<'a>(told: impl Iterator<Item = Told<'a>>) -> Vec<Told<'a>> {
    let mut all: Vec<Told<'a>> = Vec::new();
    for one in told {
        match all.iter_mut().find(|known| known.target == one.target) {
            Some(known) => {
                known.serves.extend(one.serves);
                known.one_worker = known.one_worker.or(one.one_worker);
            }
            None => all.push(one),
        }
    }
    all
}

/// Records what start-up calls were told for their targets; nothing when they were told nothing.
pub(super) fn record<'a>(desk: &Desk<'_>, told: impl Iterator<Item = Told<'a>>) -> Result<Option<Recorded>, Refusal> {
    let told = by_target(told);
    let told: Vec<(&Target, Vec<(String, String)>)> =
        told.iter().map(|told| (told.target, lines(desk, told))).filter(|(_, lines)| !lines.is_empty()).collect();
    if told.is_empty() {
        return Ok(None);
    }
    let path = ProjectPath::new(FILE);
    let Some(text) = read(desk, &path)? else {
        if desk.tree.exists(&path) {
            return Err(refusal("is no regular file", "move it away"));
        }
        let head = "# What the app was told when its own code started the server.\n";
        let tables: Vec<String> = told.iter().map(|(target, lines)| table(target, lines)).collect();
        let text = format!("{head}\n{}", tables.join("\n"));
        return Ok(Some(Recorded::Create(FileEdit::Create { path, text })));
    };
    let document = Document::parse(text.as_str())
        .map_err(|error| refusal(&format!("is not valid TOML: {}", error.message()), "put it right"))?;
    let tables = document.get("app").and_then(Item::as_array_of_tables);
    if document.get("app").is_some() && tables.is_none() {
        return Err(refusal("has an `app` that is not `[[app]]`", "write `[[app]]` tables"));
    }
    let (mut edits, mut new) = (Vec::new(), String::new());
    for (target, lines) in told {
        let name = format!("{}:{}", target.module, target.name);
        let found = tables.into_iter().flatten().find(|table| {
            let text = |key: &str| table.get(key).and_then(Item::as_str).unwrap_or_default();
            text("target") == name && text("dir") == target.dir
        });
        let Some(found) = found else {
            let gap = match text.trim_end() {
                "" if new.is_empty() => "",
                _ if text.ends_with('\n') || !new.is_empty() => "\n",
                _ => "\n\n",
            };
            new.push_str(gap);
            new.push_str(&table(target, &lines));
            continue;
        };
        let missing = lines.iter().filter(|(name, line)| !found.contains_key(name) && !text.contains(line.as_str()));
        let missing: String = missing.map(|(_, line)| format!("{line}\n")).collect();
        if missing.is_empty() {
            continue;
        }
        // Behind the table's last key, on a line of its own.
        let ends = found.iter().filter_map(|(_, item)| item.span()).map(|span| span.end).max();
        let end = ends.unwrap_or(text.len());
        edits.push(match text[end..].find('\n') {
            Some(newline) => Edit::insert(&path, end + newline + 1, missing),
            None => Edit::insert(&path, text.len(), format!("\n{missing}")),
        });
    }
    if !new.is_empty() {
        edits.push(Edit::insert(&path, text.len(), new));
    }
    Ok((!edits.is_empty()).then_some(Recorded::Edits(edits)))
}

/// The keys that start-up calls give values to, each with its line.
fn lines(desk: &Desk<'_>, told: &Told<'_>) -> Vec<(String, String)> {
    let told_by = |index: &usize| {
        let arguments = desk.facts.serves[*index].arguments.iter();
        arguments.filter(|argument| KEPT.contains(&argument.name.as_str())).collect::<Vec<&Argument>>()
    };
    // Values of several calls make an address that no server had.
    let call = desk.listening(&told.serves).or_else(|| told.serves.iter().copied().find(|it| !told_by(it).is_empty()));
    let arguments = call.map(|index| told_by(&index)).unwrap_or_default();
    let line_of = |argument: &Argument| {
        let tls = call.filter(|_| argument.name == "ssl_context");
        match tls.and_then(|index| certificate(&desk.facts.serves[index])) {
            Some(certificate) => certified(desk, argument, certificate),
            None => line(desk, argument),
        }
    };
    let mut lines: Vec<(String, String)> =
        arguments.into_iter().map(|argument| (argument.name.clone(), line_of(argument))).collect();
    lines.sort_by_key(|(name, _)| KEPT.iter().position(|kept| kept == name));
    if let Some(why) = told.one_worker {
        lines.push(("workers".to_owned(), format!("workers = 1 # {}", comment(why))));
    }
    lines
}

fn refusal(what: &str, hint: &str) -> Refusal {
    Refusal {
        reason: format!("`{FILE}` {what}, and what the app was told has to be recorded there"),
        hint: format!("{hint}, and run flaskship again"),
        notes: Vec::new(),
    }
}

fn read(desk: &Desk<'_>, path: &ProjectPath) -> Result<Option<String>, Refusal> {
    let bytes =
        desk.tree.read(path).map_err(|error| refusal(&format!("cannot be read ({error})"), "make it readable"))?;
    let Some(bytes) = bytes else { return Ok(None) };
    let source = Source::decode(path.clone(), &bytes).map_err(|_| refusal("is not UTF-8", "save it as UTF-8"))?;
    Ok(Some(source.text))
}

/// The table of a target.
fn table(target: &Target, lines: &[(String, String)]) -> String {
    let dir = Value::from(target.dir.as_str());
    let name = Value::from(format!("{}:{}", target.module, target.name));
    let mut text = String::from("[[app]]\n");
    if !target.dir.is_empty() {
        text.push_str(&format!("dir = {dir}\n"));
    }
    text.push_str(&format!("target = {name}\n"));
    for (_, line) in lines {
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// One key with a comment that says where it is from.
fn line(desk: &Desk<'_>, argument: &Argument) -> String {
    let Place { module, .. } = argument.place;
    let from = desk.project.module(module).path();
    let name = &argument.name;
    match value(&argument.setting.known) {
        Some(value) => format!("{name} = {value} # {}", comment(&format!("told in {from}"))),
        None => {
            let written = desk.project.module(module).slice(argument.value.span);
            format!("# {}", comment(&format!("{name} was `{written}` in {from}")))
        }
    }
}

/// The key for TLS, with the files where the code names them. Of anything else that is not written in the
/// code, what counts is that there is TLS.
fn certified(desk: &Desk<'_>, argument: &Argument, certificate: Certificate) -> String {
    let name = &argument.name;
    let module = desk.project.module(argument.place.module);
    match certificate.files {
        Some((file, key)) => {
            let files: toml_edit::Array = [file, key].into_iter().collect();
            format!("{name} = {files} # {}", comment(&format!("told in {}", module.path())))
        }
        None if value(&argument.setting.known).is_some() => line(desk, argument),
        None => {
            let written = module.slice(argument.value.span);
            format!("{name} = true # {}", comment(&format!("it was `{written}` in {}", module.path())))
        }
    }
}

/// A comment in one line without control characters, which TOML forbids.
fn comment(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().filter(|it| !it.is_control()).collect()
}

fn value(known: &Known) -> Option<Value> {
    match known {
        Known::Constant(value) | Known::CommandLine { default: Some(value) } => constant(value),
        Known::Environment { variable, default } => {
            let mut table = toml_edit::InlineTable::new();
            table.insert("env", Value::from(variable.as_str()));
            if let Some(default) = default.as_ref().and_then(constant) {
                table.insert("default", default);
            }
            Some(Value::InlineTable(table))
        }
        Known::OneOf(_) | Known::CommandLine { default: None } | Known::Unknown => None,
    }
}

fn constant(value: &Const) -> Option<Value> {
    match value {
        Const::Bool(value) => Some(Value::from(*value)),
        Const::Int(value) => Some(Value::from(*value)),
        Const::Float(value) => Some(Value::from(*value)),
        Const::Str(value) => Some(Value::from(value.as_str())),
        Const::None | Const::Bytes(_) => None,
    }
}
