//! Work on all cores.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Stack of a thread, in bytes: trees are parsed and dropped on it. Only what is used is ever backed by memory.
const STACK: usize = 256 << 20;

/// Runs `work` over `items` on all cores, this one among them, and gives the results in the order of the
/// items. The other stacks are deep enough for any tree that parses.
pub(crate) fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len());
    if threads <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let share = || {
        let mut results = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return results };
            results.push((at, work(item)));
        }
    };
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let start = |_| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, share).ok();
        // What a thread leaves behind when it ends is not for the next to use at once, so that fewer take less memory.
        let started: Vec<_> = (1..threads).map_while(start).collect();
        let mut results = share();
        // A handle that is dropped detaches its thread, and glibc's `pthread_detach` then looks at the thread
        // once more, whose stack may be gone by that time: one of this size is given back at once.
        for thread in started {
            match thread.join() {
                Ok(part) => results.extend(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    results.sort_unstable_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Does two things side by side, the second on a thread of its own, on a stack as deep; one after the other
/// where no thread can be started.
pub(crate) fn both<A, B: Send>(one: impl FnOnce() -> A, other: impl Fn() -> B + Sync) -> (A, B) {
    std::thread::scope(|scope| {
        let started = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, &other);
        let first = one();
        let second = match started.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(second)) => second,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => other(),
        };
        (first, second)
    })
}
