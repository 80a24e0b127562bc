//! Syntax of the formats a Flask project is written in: texts in, trees with byte ranges out. No
//! opinions and no reading of files.

pub(crate) mod command;
pub(crate) mod nodes;
pub(crate) mod python;
