//! `flaskship templates`: the templates of `new`, shown or put into the project to be changed there.

use std::path::Path;

use anyhow::{Context, Result};

use super::{Exit, Failure, Output, open, recover};
use crate::change::{self, ChangeSet};
use crate::cli::{TemplatesArgs, TemplatesCommand};
use crate::deploy;
use crate::nearest::nearest;
use crate::render::{Library, OWN};
use crate::source::ProjectPath;

/// Runs it in the current folder.
pub(super) fn run(args: &TemplatesArgs, output: &mut Output<'_>) -> Result<Exit> {
    let mut tree = open(Path::new("."))?;
    let library = deploy::library(&tree).context("the project's own templates cannot be read")?;
    match &args.command {
        TemplatesCommand::List => list(&library, output)?,
        TemplatesCommand::Show { set, file } => {
            let files = chosen(&library, set, file.as_deref())?;
            for name in &files {
                if files.len() > 1 {
                    writeln!(output.out, "{{{{!-- {set}/{name} --}}}}")?;
                }
                output.out.write_all(library.text(set, name).unwrap_or_default().as_bytes())?;
            }
        }
        TemplatesCommand::Eject { set, file } => {
            recover(tree.root(), output)?;
            let own = library.files(set);
            for name in chosen(&library, set, file.as_deref())? {
                let path = ProjectPath::new(format!("{OWN}/{set}/{name}"));
                if own.get(name.as_str()) == Some(&true) {
                    output.say(&format!("{path} is there already"))?;
                    continue;
                }
                tree.write(path.clone(), library.text(set, &name).unwrap_or_default().as_bytes().to_vec());
                output.say(&format!("wrote {path}"))?;
            }
            change::apply(tree.root(), &ChangeSet::of(&tree)?)?;
            output.say("change them as you like; `flaskship new` renders them from now on")?;
        }
    }
    Ok(Exit::Success)
}

/// Every set with what it is for, and its files.
fn list(library: &Library, output: &mut Output<'_>) -> Result<()> {
    for set in library.sets() {
        let manifest = library.manifest(set)?;
        writeln!(output.out, "{set}: {}", manifest.description)?;
        for (file, own) in library.files(set) {
            writeln!(output.out, "  {file}{}", if own { "  (the project's own)" } else { "" })?;
        }
    }
    Ok(())
}

/// The files that are meant.
fn chosen(library: &Library, set: &str, file: Option<&str>) -> Result<Vec<String>> {
    let unknown = |what: &str, name: &str, known: Vec<&str>| {
        let hint = match nearest(name, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there are {}", known.join(", ")),
        };
        Failure::new(format!("there is no {what} `{name}`"), hint)
    };
    let files = library.files(set);
    if files.is_empty() {
        return Err(unknown("set", set, library.sets().into_iter().collect()).into());
    }
    match file {
        None => Ok(files.into_keys().map(str::to_owned).collect()),
        Some(file) if files.contains_key(file) => Ok(vec![file.to_owned()]),
        Some(file) => Err(unknown("file", file, files.into_keys().collect()).into()),
    }
}
