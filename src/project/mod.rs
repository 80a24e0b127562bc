//! What is known of a project: its modules, what they do when they run, and where its settings are.

mod facts;
mod modules;

pub(crate) use facts::{
    AppName, AppObject, Argument, Const, Factory, Facts, Known, Passed, Place, Serve, Server, Setting, Truth, When,
};
pub(crate) use modules::{Import, Module, ModuleId, Project};
