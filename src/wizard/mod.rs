//! Asks a person at a terminal. The only room that knows dialoguer.
//!
//! Nothing here writes to the project: what is answered is carried to the end, and only then asked
//! whether to write.

mod line;
mod questions;
mod screen;

pub(crate) use questions::{Asked, ask, flags};
pub(crate) use screen::{Reply, Screen};
