//! The stages of a run one by one, for fuzzing and benchmarks. No part of the program: the feature
//! `probes` is off but for them, and nothing here is promised to stay.
//!
//! A fuzzing probe takes any bytes and panics where a promise is broken; `fuzz/` feeds it what a fuzzer
//! makes up, and the tests here what fuzzers found worth keeping.

mod fuzz;
#[cfg(test)]
mod scale;
mod stages;

pub use fuzz::{merge, python, settings, syntax};
pub use stages::{Deployment, check, decode, fix, load, parse, walk};
