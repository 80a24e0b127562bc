//! What is known of a project: its modules, what they do when they run, and where its settings are.

mod around;
mod dependencies;
mod disk;
mod environment;
mod eval;
mod facts;
mod frameworks;
mod imports;
mod launch;
mod marks;
mod modules;
pub(crate) mod naming;
mod needs;
mod profile;
mod reach;
mod scope;
mod stdlib;
mod switches;

pub(crate) use around::{
    Around, behind_flask, copied_from, copy_line, in_image, installs_by_name, installs_in, is_dockerfile, work_folder,
};
pub(crate) use dependencies::{Addition, Answer, FlaskCommand, Pin, split};
pub(crate) use environment::{Effect, Standing, Variable, effect, resolve};
pub(crate) use eval::is_test;
pub(crate) use facts::{
    AppName, AppObject, Argument, Chosen, Const, DebugWrite, EnvironmentWrite, Factory, Facts, Known, Passed, Place,
    Serve, Server, Setting, Truth, Verdict, When, Written,
};
pub(crate) use imports::{
    all_imports, import_statements, imported, in_project, is_imported, is_module, is_served_by, is_stdlib, run_with,
    top_level_imports,
};
pub(crate) use launch::{FlaskRun, Launch, Listen, Reader, What};
pub(crate) use modules::{Import, Module, ModuleId, Project};
#[cfg(test)]
pub(crate) use profile::PythonVersion;
pub(crate) use profile::{
    AsyncMode, Demands, Device, DeviceClass, EnvironmentRead, Installer, Job, Profile, ProxyFix, SecretKey, Served,
    Websockets, WorkerClass, Writes, installer, threads,
};
pub(crate) use scope::{Scope, is_compose};
pub(crate) use switches::{Remedy, Switch, switches};
