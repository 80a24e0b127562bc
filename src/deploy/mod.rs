//! From what was said and what the code shows to rendered files: answers, plan, template sets.

mod answers;
mod detect;
mod file;
mod plan;
mod platform;
mod sets;
mod words;

pub(crate) use answers::{Answers, Origin, merge};
pub(crate) use detect::{Surroundings, detect};
pub(crate) use file::{Stored, Told};
pub(crate) use plan::{AppSource, Plan};
pub(crate) use sets::{Rendered, render_all};
pub(crate) use words::ImportTarget;
