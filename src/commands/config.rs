//! `flaskship config`: what `new` would go by, and who said it.

use anyhow::Result;

use super::deployment::{Decided, Deployment};
use super::{Exit, Output, open, split};
use crate::cli::ConfigArgs;
use crate::deploy::{self, Answers};

/// Runs it.
pub(super) fn run(args: &ConfigArgs, output: &mut Output<'_>) -> Result<Exit> {
    if args.schema {
        write!(output.out, "{}", deploy::schema()?)?;
        return Ok(Exit::Success);
    }
    let tree = open(&args.path)?;
    let (flags, environment) = split(&args.answers, &args.from_environment);
    let deployment = Deployment::of(&tree, &args.path, flags, environment)?;
    print(&deployment.decide(&Answers::default())?, output)?;
    Ok(Exit::Success)
}

/// Prints every answer as `flaskship.toml` would have it, with who gave it.
pub(super) fn print(decided: &Decided, output: &mut Output<'_>) -> Result<()> {
    let effective = decided.plan.answers().to_table();
    let lines: Vec<(String, String)> = Answers::keys()
        .into_iter()
        .map(|key| {
            let origin = decided.origins.get(key.replace('-', "_").as_str());
            let origin = origin.map_or_else(|| "default".to_owned(), ToString::to_string);
            match effective.get(&key) {
                Some(value) => (format!("{key} = {value}"), origin),
                None => (format!("# {key} ="), "nothing is set".to_owned()),
            }
        })
        .collect();
    let width = lines.iter().map(|(line, _)| line.chars().count()).max().unwrap_or_default().min(48);
    writeln!(output.out, "[deploy]")?;
    for (line, origin) in lines {
        writeln!(output.out, "{line:width$}  # {origin}")?;
    }
    Ok(())
}
