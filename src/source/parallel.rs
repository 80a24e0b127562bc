//! Work on all cores.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// Stack of a thread, in bytes: trees are parsed and dropped on it. Only what is used is ever backed by memory.
const STACK: usize = 256 << 20;

/// Runs `work` over `items` on all cores, on stacks deep enough for any tree that parses, and
/// gives the results in the order of the items.
pub(crate) fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len());
    if threads <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    std::thread::scope(|scope| {
        let mut started = Vec::new();
        for _ in 0..threads {
            let (send, next, work) = (send.clone(), &next, &work);
            let body = move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { break };
                    if send.send((at, work(item))).is_err() {
                        break;
                    }
                }
            };
            match std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, body) {
                Ok(thread) => started.push(thread),
                Err(_) => break,
            }
        }
        drop(send);
        let mut results: Vec<(usize, R)> = receive.iter().collect();
        // Threads that could not be started leave their share to this one.
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { break };
            results.push((at, work(item)));
        }
        // A handle that is dropped detaches its thread, and glibc's `pthread_detach` then looks at the thread
        // once more, whose stack may be gone by that time: one of this size is given back at once.
        for thread in started {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
        results.sort_by_key(|(at, _)| *at);
        results.into_iter().map(|(_, result)| result).collect()
    })
}
