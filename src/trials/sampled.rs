//! The figures of a server under load, from one look at the start of the window and one at its end.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::other_load::OtherLoad;
use crate::base::as_f64;
use crate::client::Target;
use crate::client::admin::AdminClient;
use crate::load::Observer;
use crate::observe::{ByState, Status, Total};

/// A server under load, and its administration port.
pub(crate) struct Sampled<'a> {
    /// The target of the load.
    pub(crate) target: Target,
    /// The client of its administration port.
    pub(crate) admin: &'a AdminClient,
}

/// The figures of a server between two looks; `None` where the server did not report them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Figures {
    /// The share of their time that workers held a session.
    pub(crate) occupied: Option<f64>,
    /// The share of their time that workers held a session and did not wait for its client.
    pub(crate) working: Option<f64>,
    /// The share of its machine's CPU time that the server took.
    pub(crate) server_cpu: Option<f64>,
    /// Other programs' share of this machine's CPU time. Only meaningful if the server runs here.
    pub(crate) others_cpu: Option<f64>,
    /// Sessions that the server accepted, from any client.
    pub(crate) accepted: Option<u64>,
    /// The mean queue wait.
    pub(crate) waited: Option<Duration>,
    /// The mean length of sessions after that wait.
    pub(crate) lasted: Option<Duration>,
}

/// Runs a load with an observer that must be called at its start. Looks at the server when the window
/// begins and `length` later.
pub(crate) fn watch<T>(
    server: &Sampled<'_>,
    length: Duration,
    load: impl FnOnce(&mut dyn Observer) -> T,
) -> (T, Figures) {
    let (begins, begun) = bounded(1);
    thread::scope(|scope| {
        let looks = scope.spawn(move || server.looks(length, &begun));
        let result = load(&mut Beginning(begins));
        let looks = looks.join().ok().flatten();
        let figures = looks.map(|(first, last)| Figures::between(&first, &last));
        (result, figures.unwrap_or_default())
    })
}

/// One status reply, and the load of this machine at that time.
struct Look {
    status: Status,
    machine: Option<OtherLoad>,
}

/// Passes on the start of a run's window. Its drop reports the end of the run.
struct Beginning(Sender<SystemTime>);

impl Observer for Beginning {
    fn begins(&mut self, window: SystemTime) {
        // A receiver that is gone needs no window.
        let _ = self.0.try_send(window);
    }
}

impl Sampled<'_> {
    /// Both looks; `None` for a run that ended before its window.
    fn looks(&self, length: Duration, begun: &Receiver<SystemTime>) -> Option<(Look, Look)> {
        let window = begun.recv().ok()?;
        let left = window.duration_since(SystemTime::now()).unwrap_or_default();
        let end = Instant::now() + left + length;
        if begun.recv_timeout(left) != Err(RecvTimeoutError::Timeout) {
            return None;
        }
        let first = self.look()?;
        // The run may have ended just now. If it ended earlier, nothing uses the figures.
        let _over_or_not = begun.recv_deadline(end);
        Some((first, self.look()?))
    }

    fn look(&self) -> Option<Look> {
        let status = self.admin.status().ok()?;
        let machine = OtherLoad::now();
        Some(Look { status, machine })
    }
}

impl Figures {
    fn between(before: &Look, after: &Look) -> Self {
        let (first, last) = (&before.status, &after.status);
        let machine = before.machine.zip(after.machine);
        let [before, after] = [first, last].map(|status| status.server.worker_seconds);
        let share = |of: fn(&ByState<f64>) -> f64| {
            let all = all(&after) - all(&before);
            (all > 0.0).then(|| ((of(&after) - of(&before)) / all).clamp(0.0, 1.0))
        };
        let [before, after] = [first, last].map(|status| status.session_times);
        Self {
            occupied: share(|seconds| all(seconds) - seconds.idle),
            working: share(|seconds| seconds.working + seconds.writing),
            waited: mean(before.waited, after.waited),
            lasted: mean(before.lasted, after.lasted),
            server_cpu: server_cpu(first, last),
            others_cpu: machine.and_then(|(then, now)| then.others(&now, cpu_time(first, last)?)),
            accepted: (last.server.ledger.accepted).checked_sub(first.server.ledger.accepted),
        }
    }
}

fn all(seconds: &ByState<f64>) -> f64 {
    let ByState {
        idle,
        awaiting,
        reading,
        working,
        writing,
    } = seconds;
    idle + awaiting + reading + working + writing
}

/// The share of all its cores that a server took, by its own clock.
fn server_cpu(first: &Status, last: &Status) -> Option<f64> {
    let cores = as_f64(u64::try_from(last.process?.cores).ok()?);
    let elapsed = last.uptime_seconds - first.uptime_seconds;
    let share = cpu_time(first, last)?.as_secs_f64() / (elapsed * cores);
    share.is_finite().then(|| share.clamp(0.0, 1.0))
}

/// The CPU time that a server took.
fn cpu_time(first: &Status, last: &Status) -> Option<Duration> {
    let (before, after) = first.process.zip(last.process)?;
    Duration::try_from_secs_f64(after.cpu_seconds - before.cpu_seconds).ok()
}

/// The mean between two totals.
fn mean(before: Total, after: Total) -> Option<Duration> {
    let count = after.count.checked_sub(before.count)?;
    let count = u32::try_from(count).ok().filter(|count| *count > 0)?;
    let mean = (after.seconds - before.seconds) / f64::from(count);
    Duration::try_from_secs_f64(mean).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_of_what_was_counted_between_two_totals() {
        let total = |count, seconds| Total { count, seconds };
        let second = Duration::from_secs(1);
        assert_eq!(mean(total(2, 9.0), total(4, 11.0)), Some(second));
        assert_eq!(mean(total(2, 9.0), total(2, 9.0)), None);
        assert_eq!(mean(total(2, 9.0), total(0, 0.0)), None, "another server");
        assert_eq!(mean(total(2, 9.0), total(3, 8.0)), None);
    }
}
