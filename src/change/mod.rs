//! From new contents to files on disk: shown as a diff, let through by the gate, written all or
//! nothing, and taken back.
//!
//! Every write goes through a journal in `.flaskship/undo/`, a folder that git ignores by a
//! `.gitignore` of its own. Each apply has a numbered folder there with the old and the new contents;
//! the folder's suffix says how far it got, and a rename of that folder is the moment that counts.

mod apply;
mod diff;
mod disk;
mod error;
#[cfg(test)]
#[cfg(unix)]
mod faults;
mod gate;
mod git;
mod journal;
mod journals;
mod paint;
mod place;
mod put;
mod quote;
mod recover;
mod set;
mod stat;
#[cfg(test)]
mod testing;
mod undo;

pub(crate) use apply::apply;
pub(crate) use gate::gate;
pub(crate) use git::path_prefix;
pub(crate) use paint::paint;
pub(crate) use recover::recover;
pub(crate) use set::ChangeSet;
pub(crate) use undo::undo;
