//! What has to run beside an app, or before it starts.

use super::super::around::Around;
use super::{Desk, Job, imports};
use crate::source::{ProjectPath, Tree};

/// The programs that the files around the code start beside it, each once.
pub(super) fn workers(tree: &Tree, desk: &Desk<'_>) -> Vec<Job> {
    let mut found: Vec<Job> = Vec::new();
    for worker in Around::gather(tree, desk.project).workers {
        let is_known = found.iter().any(|job| job.words == worker.words);
        if worker.scope.reaches_production() && !is_known {
            // Two of a name are told apart by a number.
            let same =
                found.iter().filter(|job| job.name.trim_end_matches(|c: char| c.is_ascii_digit()) == worker.name);
            let name = match same.count() {
                0 => worker.name,
                before => format!("{}{}", worker.name, before + 1),
            };
            found.push(Job { name, words: worker.words, path: worker.path });
        }
    }
    found
}

/// Whether Flask-Migrate keeps the changes of its database in the project.
pub(super) fn migrates(tree: &Tree, desk: &Desk<'_>) -> bool {
    let script = ProjectPath::in_dir(desk.served.dir, "migrations/env.py");
    tree.exists(&script) && imports::migrates(desk)
}
