//! From what was said and what the code shows to rendered files: answers, plan, template sets.

mod answers;
mod detect;
mod file;
mod memory;
mod own;
mod plan;
mod platform;
mod refusals;
mod remember;
mod schema;
mod sets;
mod setup;
mod start;
mod taken;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use answers::{Answers, Origin, Origins, Platform, ProcessManager, Proxy, Server, Tls, merge};
pub(crate) use detect::{Surroundings, detect};
pub(crate) use file::{FILE, FileError, Stored, Told};
pub(crate) use memory::{Choices, Fate, OnConflict, Outcome, lay};
pub(crate) use own::library;
pub(crate) use plan::{AppSource, Plan};
pub(crate) use remember::remember;
pub(crate) use schema::schema;
pub(crate) use sets::render_all;
pub(crate) use start::starter;
pub(crate) use taken::Taken;
pub(crate) use words::{ImportTarget, WritableFolder};
