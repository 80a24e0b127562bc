//! Packages that an app imports, where a sandbox has to let them do what others need not.

use super::Desk;

/// Packages that write machine code and run it: compilers, and what computes with one.
const COMPILING: &[&str] = &[
    "cupy",
    "easyocr",
    "fastai",
    "jax",
    "keras",
    "librosa",
    "llvmlite",
    "numba",
    "onnxruntime",
    "openvino",
    "paddle",
    "sentence_transformers",
    "tensorflow",
    "tflite_runtime",
    "torch",
    "torchvision",
    "transformers",
    "ultralytics",
    "umap",
    "whisper",
];

/// Packages that read of the machine and of other processes what `/proc` tells.
const READING_SYSTEM: &[&str] = &["RPi", "cpuinfo", "gpiozero", "picamera", "psutil"];

/// Whether it makes machine code while it runs.
pub(super) fn compiles(desk: &Desk<'_>) -> bool {
    any(desk, COMPILING)
}

/// Whether it looks at the machine it is on.
pub(super) fn reads_system(desk: &Desk<'_>) -> bool {
    any(desk, READING_SYSTEM)
}

/// The queue of jobs that it uses.
pub(super) fn queue(desk: &Desk<'_>) -> Option<&'static str> {
    ["celery", "dramatiq", "huey", "rq"].into_iter().find(|package| any(desk, &[package]))
}

/// Whether it imports Flask-Migrate.
pub(super) fn migrates(desk: &Desk<'_>) -> bool {
    any(desk, &["flask_migrate"])
}

fn any(desk: &Desk<'_>, packages: &[&str]) -> bool {
    desk.modules.iter().any(|id| desk.project.module(*id).source.text.lines().any(|line| imports(line, packages)))
}

/// Whether a line imports one of these packages. A string that looks like such a line loosens a
/// sandbox by one setting, which is the better mistake.
fn imports(line: &str, packages: &[&str]) -> bool {
    let mut words = line.trim_start().splitn(2, char::is_whitespace);
    let rest = match (words.next(), words.next()) {
        (Some("from"), Some(rest)) => rest.split_whitespace().next().unwrap_or_default(),
        (Some("import"), Some(rest)) => rest,
        _ => return false,
    };
    rest.split(',').any(|name| {
        let top = name.trim_start().split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        packages.contains(&top)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_known_by_the_lines_that_import_them() {
        for line in ["import torch", "    from torch.nn import Linear", "import os, torch.nn as nn", "import torch;x()"]
        {
            assert!(imports(line, COMPILING), "{line}");
        }
        for line in
            ["import torchlight", "from .torch import x", "torch = 1", "import os  # torch", "from os import torch"]
        {
            assert!(!imports(line, COMPILING), "{line}");
        }
    }
}
