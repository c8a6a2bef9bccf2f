//! The errors of a run: counts, causes and advice.

use crate::load::{Failure, Measurement, Times};

use crate::base::figures;
use crate::base::layout::{Cell, Columns, Page, Tone};

/// How long Linux keeps a port after its connection, in seconds.
const TIME_WAIT_SECONDS: u64 = 60;

/// Writes the errors, if any, and other effects of the server on its clients.
pub(super) fn write(measured: &Measurement, page: &mut Page) {
    let seen = Failure::ALL.map(|failure| (failure, measured.tally.failed(failure)));
    let seen: Vec<_> = seen.into_iter().filter(|(_, t)| !t.is_empty()).collect();
    if !seen.is_empty() {
        page.gap();
        page.columns(&table(measured, &seen));
    }
    let hints = seen.iter().filter_map(|(failure, _)| {
        let said = hint(*failure, measured)?;
        Some(format!("{}: {said}", failure.name()))
    });
    let hints: Vec<_> = hints
        .chain(retried(measured))
        .chain(starved(measured))
        .collect();
    if !hints.is_empty() {
        page.gap();
    }
    for said in hints {
        page.paragraph(Tone::Plain, &said);
    }
}

fn table(measured: &Measurement, seen: &[(Failure, &Times)]) -> Columns {
    let mut columns = Columns::default();
    columns.row("errors", ["count", "share", "p50", "max"].map(Cell::from));
    for (failure, times) in seen {
        let time = |time: Option<_>| time.map(figures::time).unwrap_or_default();
        let cells = [
            figures::count(times.count()),
            figures::share(measured.share(times.count())),
            time(times.quantile(0.5)),
            time(times.max()),
        ];
        let cells = cells.map(|text| Cell::new(Tone::Plain, text));
        columns.row(failure.name(), cells);
    }
    columns
}

/// The most likely cause of a class of errors.
fn hint(failure: Failure, measured: &Measurement) -> Option<String> {
    let plan = &measured.plan;
    Some(match failure {
        Failure::Refused => format!("is a server listening at {}?", measured.place.address),
        Failure::ConnectTimedOut => "the server's accept backlog may be full".to_owned(),
        Failure::NoPort => {
            let ports = measured.client.ports;
            format!(
                "this machine's {} ports, each kept for {TIME_WAIT_SECONDS} s after use, last \
                 for {} connections/s; more source addresses or keep-alive help",
                figures::count(ports),
                figures::count(ports / TIME_WAIT_SECONDS),
            )
        }
        Failure::NoDescriptor => "raise this process's limit of open files".to_owned(),
        Failure::WrongTime => format!(
            "is the server's zone {:?}, and its clock right to {}?",
            plan.zone.to_string(),
            figures::time(plan.skew),
        ),
        Failure::ReplyTimedOut => format!(
            "no reply within {}; all workers may have been occupied",
            figures::time(plan.timeout)
        ),
        Failure::EndedEarly => "the server closed these sessions; a jamd counts its reasons as \
                                closed: reclaimed, session timeout, idle, evicted, drained"
            .to_owned(),
        _ => return None,
    })
}

/// Connections that succeeded at a second attempt.
fn retried(measured: &Measurement) -> Option<String> {
    let backlog = &measured.backlog;
    let overflows = match backlog.overflows {
        Some(count @ 1..) => format!("; it overflowed {} times", figures::count(count)),
        _ => String::new(),
    };
    (backlog.retried > 0 || !overflows.is_empty()).then(|| {
        format!(
            "connection retried: {} took whole seconds, as when the accept backlog is full{overflows}",
            figures::count(backlog.retried),
        )
    })
}

/// Clients that never got a session.
fn starved(measured: &Measurement) -> Option<String> {
    let starved = measured.client.starved;
    (starved > 0).then(|| {
        format!(
            "never answered: {} clients with an open connection waited in vain; a worker serves \
             one client until it leaves, so keep-alive needs a worker for each",
            figures::count(starved),
        )
    })
}
