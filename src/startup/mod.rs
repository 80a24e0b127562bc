//! The move into `wsgi.py`: for each start-up call, what moves, what stays and what is called.

use crate::edit::Fix;
use crate::project::{Facts, Place, Project};
use crate::source::Tree;

/// What a person chose.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// Which app of several: `module:name`.
    pub(crate) app: Option<String>,
}

/// The plan for one start-up call, or for several that belong together.
#[derive(Debug)]
pub(crate) struct Move {
    /// The start-up calls it is for, as indexes into [`Facts::serves`]; the first is reported.
    pub(crate) serves: Vec<usize>,
    /// What to do.
    pub(crate) outcome: Outcome,
    /// What a person should know about it, each at a place.
    pub(crate) notes: Vec<Note>,
}

/// What becomes of a start-up call.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It can be moved.
    Move {
        /// The edits and files.
        fix: Fix,
        /// How a WSGI server is told to serve the result.
        target: Target,
    },
    /// The app is already served from here, and the call may stay as it is.
    Done {
        /// How a WSGI server is told to serve it.
        target: Target,
    },
    /// A person has to do it.
    Manual {
        /// Why, without a final period.
        reason: String,
        /// What to do, without a final period.
        hint: String,
    },
}

/// How a WSGI server is told what to serve.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    /// The folder to start the server in, relative to the project; `""` for the project folder.
    pub(crate) dir: String,
    /// The module: `wsgi`.
    pub(crate) module: String,
    /// The name in it: `app`.
    pub(crate) name: String,
}

/// Something a person should know about a move.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Note {
    /// Where.
    pub(crate) place: Place,
    /// What, without a final period.
    pub(crate) message: String,
}

/// Plans the move of every start-up call in the project.
pub(crate) fn plan(tree: &Tree, project: &Project, facts: &Facts<'_>, options: &Options) -> Vec<Move> {
    let _ = (tree, project, facts, options);
    Vec::new()
}
