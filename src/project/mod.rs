//! What is known of a project: its modules, what they do when they run, and where its settings are.

mod eval;
mod facts;
mod frameworks;
mod modules;

pub(crate) use eval::{is_flask_flag_on, is_test};
pub(crate) use facts::{
    AppName, AppObject, Argument, Chosen, Const, DebugWrite, Debugger, EnvironmentWrite, Factory, Facts, Known, Passed,
    Place, Serve, Server, Setting, Truth, When, Written,
};
pub(crate) use modules::{Import, Module, ModuleId, Project};
