//! The `flaskship` program: everything lives in the library.

use std::process::ExitCode;

/// Values and trees are many and small, on all cores at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    flaskship::run(std::env::args_os())
}
