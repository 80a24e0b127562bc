//! How far a run has come, for who waits for it.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts that those who work on a tree add to, and others may look at meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    files: AtomicUsize,
    findings: AtomicUsize,
}

impl Progress {
    /// One more file was looked at.
    pub(crate) fn file(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
    }

    /// So many things were found.
    pub(crate) fn found(&self, findings: usize) {
        self.findings.store(findings, Ordering::Relaxed);
    }

    /// The files looked at, and what was found in them so far.
    pub(crate) fn so_far(&self) -> (usize, usize) {
        (self.files.load(Ordering::Relaxed), self.findings.load(Ordering::Relaxed))
    }
}
