//! A line on the terminal that says how far a long run has come; nowhere else, and gone when it is done.

use std::fs::File;
use std::io::{IsTerminal as _, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use crate::report::count;
use crate::source::{Progress, Tree};

/// Shorter runs need none.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often it is brought up to date.
const PACE: Duration = Duration::from_millis(100);
/// Takes away what stands on the line.
const CLEAR: &str = "\r\u{1b}[K";

/// Works on a tree, and shows meanwhile how far it has come.
pub(super) fn shown<T>(tree: &Tree, quiet: bool, work: impl FnOnce() -> T) -> T {
    let Some(mut terminal) = terminal().filter(|_| !quiet) else { return work() };
    let progress = tree.progress();
    let (done, until_done) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut wait = PATIENCE;
            let mut is_shown = false;
            // What cannot be shown is no trouble: the work goes on.
            while until_done.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                is_shown = write!(terminal, "{CLEAR}{}", line(progress)).is_ok();
                wait = PACE;
            }
            if is_shown {
                let _ = write!(terminal, "{CLEAR}");
            }
        });
        // Dropped by a panic, too: the line must not outlive the work.
        let _done = done;
        work()
    })
}

fn line(progress: &Progress) -> String {
    match progress.so_far() {
        (files, 0) => format!("{} looked at …", count(files, "file")),
        (files, findings) => format!("{} looked at, {} so far …", count(files, "file"), count(findings, "finding")),
    }
}

/// stderr, where that is a terminal that can take a line back. The program holds the lock of its own
/// handle, so that it gets another.
fn terminal() -> Option<File> {
    let stderr = std::io::stderr();
    if !stderr.is_terminal() || std::env::var_os("TERM").is_none_or(|term| term == "dumb") {
        return None;
    }
    #[cfg(unix)]
    let copy = std::os::fd::AsFd::as_fd(&stderr).try_clone_to_owned();
    #[cfg(windows)]
    let copy = std::os::windows::io::AsHandle::as_handle(&stderr).try_clone_to_owned();
    copy.ok().map(File::from)
}
