//! The pool: worker loops, one `execute` each, on the threads of a `threadpool`.
//!
//! A connection is never executed on the pool, whose own queue has no bound: the loops take theirs
//! from our queue. Nor is the number of its threads ever lowered: idle ones would stay, and to raise it
//! again would start too many.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};

use threadpool::ThreadPool;

/// Threads for worker loops.
#[derive(Debug)]
pub(crate) struct WorkerThreads {
    pool: ThreadPool,
    /// How many there are. The crate counts one that the machine refused to start as well.
    threads: usize,
}

/// The machine refused to start so many threads.
#[derive(Debug)]
pub(crate) struct Refused;

impl WorkerThreads {
    /// Starts this many threads, each with a stack of this many bytes.
    pub(crate) fn start(threads: usize, stack_size: usize) -> Result<Self, Refused> {
        let builder = threadpool::Builder::new()
            .num_threads(threads)
            .thread_name("worker".into())
            .thread_stack_size(stack_size);
        // The crate unwraps the result of each spawn, so what the machine refuses is a panic here.
        silently(|| panic::catch_unwind(|| builder.build()))
            .map(|pool| Self { pool, threads })
            .map_err(|_| Refused)
    }

    /// Starts as many threads as it takes to have this many; never ends any.
    pub(crate) fn grow(&mut self, threads: usize) -> Result<(), Refused> {
        if self.threads >= threads {
            return Ok(());
        }
        let start_one = |pool: &mut ThreadPool| pool.set_num_threads(pool.max_count() + 1);
        silently(|| {
            while self.threads < threads {
                let pool = &mut self.pool;
                panic::catch_unwind(AssertUnwindSafe(|| start_one(pool))).map_err(|_| Refused)?;
                self.threads += 1;
            }
            Ok(())
        })
    }

    /// Runs a worker loop on one of the threads. There is a thread for each loop.
    pub(crate) fn execute(&self, worker: impl FnOnce() + Send + 'static) {
        self.pool.execute(worker);
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
