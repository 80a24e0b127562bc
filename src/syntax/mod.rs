//! Syntax of the formats a Flask project is written in: texts in, trees with byte ranges out. No
//! opinions and no reading of files.

pub(crate) mod command;
pub(crate) mod dockerfile;
pub(crate) mod dotenv;
pub(crate) mod effects;
pub(crate) mod ini;
pub(crate) mod names;
pub(crate) mod nodes;
pub(crate) mod procfile;
pub(crate) mod python;
pub(crate) mod removal;
pub(crate) mod requirements;
