//! The thread that talks to the server, so that no key waits for the network.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::model::News;
use crate::client::admin::AdminClient;
use crate::clock::{Clock, SystemClock, Zone};

/// Changes of the workers that may wait while the server is slow.
const CHANGES_IN_HAND: usize = 4;

/// Polls a server and reports each status; sets its workers to each number received. Ends once the receiver
/// of reports or the sender of numbers is gone.
pub(crate) fn spawn(
    admin: AdminClient,
    interval: Duration,
    tell: impl Fn(News) -> Told + Send + 'static,
) -> io::Result<Sender<usize>> {
    let (changes, wanted) = bounded(CHANGES_IN_HAND);
    let fetch = move || fetch(&admin, interval, &wanted, tell);
    thread::Builder::new().name("fetch".into()).spawn(fetch)?;
    Ok(changes)
}

/// Whether the report was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    Heard,
    NobodyListens,
}

fn fetch(
    admin: &AdminClient,
    interval: Duration,
    wanted: &Receiver<usize>,
    tell: impl Fn(News) -> Told,
) {
    let mut looked = Instant::now();
    while tell(look(admin)) == Told::Heard {
        let next = looked.checked_add(interval).unwrap_or(looked);
        match wanted.recv_deadline(next) {
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
            Ok(workers) => {
                if tell(change(admin, workers)) == Told::NobodyListens {
                    return;
                }
            }
        }
        looked = Instant::now();
    }
}

fn look(admin: &AdminClient) -> News {
    match admin.status() {
        Ok(status) => {
            let now = Zone::Local.hhmmss(SystemClock.unix_second());
            News::Seen(Box::new(status), String::from_utf8_lossy(&now).into_owned())
        }
        Err(err) => News::Silent(err.to_string()),
    }
}

fn change(admin: &AdminClient, workers: usize) -> News {
    match admin.set_workers(workers) {
        Ok(workers) => News::Changed(workers),
        Err(err) => News::NotChanged(err.to_string()),
    }
}
