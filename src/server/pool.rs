//! The pool: worker loops, one `execute` each, on the threads of a `threadpool`.
//!
//! A connection is never executed on the pool, whose own queue has no bound: the loops take theirs
//! from our queue.

use std::panic;
use std::sync::{Mutex, PoisonError};

use threadpool::ThreadPool;

/// Threads for worker loops.
#[derive(Debug)]
pub(super) struct Pool(ThreadPool);

/// The machine refused to start so many threads.
#[derive(Debug)]
pub(super) struct Refused;

impl Pool {
    /// Starts this many threads, each with a stack of this many bytes.
    pub(super) fn start(threads: usize, stack_size: usize) -> Result<Self, Refused> {
        let builder = threadpool::Builder::new()
            .num_threads(threads)
            .thread_name("worker".into())
            .thread_stack_size(stack_size);
        // The crate unwraps the result of each spawn, so what the machine refuses is a panic here.
        silently(|| panic::catch_unwind(|| builder.build()))
            .map(Self)
            .map_err(|_| Refused)
    }

    /// Runs a worker loop on one of the threads. There is a thread for each loop.
    pub(super) fn execute(&self, worker: impl FnOnce() + Send + 'static) {
        self.0.execute(worker);
    }
}

/// Keeps the panic hook quiet: what happens in here is reported as an error.
fn silently<T>(act: impl FnOnce() -> T) -> T {
    /// The hook belongs to the process, and servers may start side by side.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let result = act();
    panic::set_hook(hook);
    result
}
