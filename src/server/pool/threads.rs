//! The threads of the pool: a `threadpool` that runs one worker loop per thread.
//!
//! Connections are never executed on this pool, because its own queue is unbounded; the loops take them
//! from our queue. The number of threads is never lowered: idle ones would stay, and raising it again would
//! start too many.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};

use threadpool::ThreadPool;

/// The threads for worker loops.
#[derive(Debug)]
pub(crate) struct WorkerThreads {
    pool: ThreadPool,
    /// The number of running threads. The crate's own count includes one that failed to start.
    threads: usize,
}

/// The machine refused to start this many threads.
#[derive(Debug)]
pub(crate) struct Refused;

impl WorkerThreads {
    /// Starts this many threads, each with a stack of this many bytes.
    pub(crate) fn start(threads: usize, stack_size: usize) -> Result<Self, Refused> {
        let builder = threadpool::Builder::new()
            .num_threads(threads)
            .thread_name("worker".into())
            .thread_stack_size(stack_size);
        // The crate unwraps the result of each spawn, so a refused thread is a panic here.
        silently(|| panic::catch_unwind(|| builder.build()))
            .map(|pool| Self { pool, threads })
            .map_err(|_| Refused)
    }

    /// Starts threads until there are this many; never ends any.
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

    /// Runs a worker loop on one of the threads. There must be a free thread for it.
    pub(crate) fn execute(&self, worker: impl FnOnce() + Send + 'static) {
        self.pool.execute(worker);
    }
}

/// Silences the panic hook, because panics in `act` are reported as errors.
fn silently<T>(act: impl FnOnce() -> T) -> T {
    /// The hook belongs to the process, and several servers may start at a time.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let result = act();
    panic::set_hook(hook);
    result
}
