//! The audits of a measurement: checks that every result carries.

use std::time::Duration;

use crate::base::as_f64;
use crate::load::result::{Audit, AuditResult, End, Failure, Measurement};
use crate::load::{Arrivals, Drive, Then};

/// Largest accepted relative error of Little's law.
const LITTLE: f64 = 0.02;

/// Largest accepted relative error of the achieved rate.
const RATE: f64 = 0.01;

/// The share of a core above which a thread itself is the bottleneck.
const SATURATED: f64 = 0.90;

/// The share of the window for which a thread may wait for a core. A thread that shares a core with a
/// busy server waits half the time, which is a property of both.
const DELAYED: f64 = 0.9;

/// A delay within the scheduler's granularity, which means nothing in a short run.
const LITTLE_DELAY: Duration = Duration::from_millis(100);

/// The largest accepted ratio of schedule lag to latency, at one percentile.
const LAG_PART: f64 = 0.5;

/// A schedule lag that is always accepted.
const LITTLE_LAG: Duration = Duration::from_millis(1);

/// The dispersion up to which sessions count as evenly spaced.
const EVEN: f64 = 1.1;

/// The probability below which gaps are not accepted as a Poisson process.
const NO_POISSON: f64 = 0.01;

/// Every check of a measurement that applies to it.
pub fn all(measured: &Measurement) -> Vec<Audit> {
    let audits = [
        Some(conservation(measured)),
        littles_law(measured),
        achieved_rate(measured),
        Some(saturation(measured)),
        schedule_lag(measured),
        pacing(measured),
        own_resources(measured),
        starvation(measured),
        backlog(measured),
        ports(measured),
        machine(measured),
    ];
    audits.into_iter().flatten().collect()
}

/// Every session that began has exactly one end.
pub(in crate::load) fn conservation(measured: &Measurement) -> Audit {
    let tally = &measured.tally;
    let (good, busy) = (tally.good.count(), tally.busy.count());
    let (errors, unfinished) = (tally.errors(), tally.unfinished.count());
    let is_kept = tally.started == good + busy + errors + unfinished;
    let sign = if is_kept { "=" } else { "is not" };
    let evidence = format!(
        "{} started {sign} {good} good + {busy} busy + {errors} errors + {unfinished} unfinished",
        tally.started
    );
    Audit::judge(
        "conservation",
        is_kept,
        evidence,
        "sessions were lost in the count",
    )
}

/// In a closed loop every client is always in a session, or known to be idle. Throughput times mean
/// session time is the number of clients.
///
/// Source: J. D. C. Little, "A Proof for the Queuing Formula: L = λW", *Operations Research* 9, 1961.
fn littles_law(measured: &Measurement) -> Option<Audit> {
    let is_open = measured.plan.drive.is_open();
    let elapsed = measured.window.elapsed.as_secs_f64();
    if is_open || measured.end == End::Interrupted || elapsed == 0.0 {
        return None;
    }
    let client = &measured.client;
    let occupied = measured.tally.occupied().as_secs_f64();
    let inside = (occupied + client.before_seconds - client.after_seconds) / elapsed;
    let idle = client.idle_seconds / elapsed;
    let clients = as_f64(client.clients);
    let is_kept = ((inside + idle) / clients - 1.0).abs() <= LITTLE;
    let between = if idle > 0.005 * clients {
        format!(" + {idle:.1} between sessions")
    } else {
        String::new()
    };
    let evidence = format!("rate × mean time = {inside:.1} clients{between}, of {clients}");
    Some(Audit::judge(
        "Little's law",
        is_kept,
        evidence,
        "times or sessions are missing",
    ))
}

/// An open loop began as many sessions as were scheduled.
fn achieved_rate(measured: &Measurement) -> Option<Audit> {
    let scheduled = measured.client.scheduled;
    if !measured.plan.drive.is_open() || scheduled == 0 || measured.end == End::Interrupted {
        return None;
    }
    let started = measured.tally.started;
    let share = as_f64(started) / as_f64(scheduled);
    let evidence = format!("{started} of {scheduled} begun, {:.2} %", share * 100.0);
    let is_kept = (share - 1.0).abs() <= RATE;
    let hint = "no client was free to begin the others: it takes more clients or a lower rate";
    Some(Audit::judge("achieved rate", is_kept, evidence, hint))
}

/// No thread of the load tester was busy all the time, or kept from the cores.
fn saturation(measured: &Measurement) -> Audit {
    let most = |shares: &[f64]| shares.iter().copied().fold(0.0, f64::max);
    let busiest = most(&measured.client.busy);
    let delayed = most(&measured.client.delayed);
    let evidence = format!(
        "busiest thread {:.0} % of a core; one was ready and had none for {:.0} % of the time",
        busiest * 100.0,
        delayed * 100.0
    );
    let is_little = delayed * measured.window.elapsed.as_secs_f64() <= LITTLE_DELAY.as_secs_f64();
    let is_free = busiest <= SATURATED && (delayed <= DELAYED || is_little);
    let hint = if busiest > SATURATED {
        "the client is the bottleneck; give it more --threads or another machine"
    } else {
        "the client is the bottleneck: others held the cores; give it a machine of its own"
    };
    Audit::judge("client saturation", is_free, evidence, hint)
}

/// The load tester kept its schedule.
fn schedule_lag(measured: &Measurement) -> Option<Audit> {
    let lag = |quantile| measured.tally.lag.quantile(quantile);
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    let evidence = format!(
        "p50 {:.2} ms, p99 {:.2} ms",
        millis(lag(0.5)?),
        millis(lag(0.99)?)
    );
    let is_kept = [0.5, 0.99].into_iter().all(|quantile| {
        let latency = measured.latency().quantile(quantile);
        let most = latency.unwrap_or(Duration::MAX).as_secs_f64() * LAG_PART;
        lag(quantile).is_none_or(|lag| lag <= LITTLE_LAG || lag.as_secs_f64() <= most)
    });
    let hint = "the client made most of the latency itself";
    Some(Audit::judge("schedule lag", is_kept, evidence, hint))
}

/// Sessions began as evenly, or as randomly, as intended.
fn pacing(measured: &Measurement) -> Option<Audit> {
    let Drive::Open { arrivals, .. } = measured.plan.drive else {
        return None;
    };
    let dispersion = measured.client.dispersion?;
    let p = measured.client.poisson_p;
    let is_kept = match arrivals {
        Arrivals::Constant => dispersion <= EVEN,
        Arrivals::Poisson => p.is_none_or(|p| p > NO_POISSON),
    };
    let verdict = if is_kept {
        AuditResult::Passed
    } else {
        AuditResult::Noted
    };
    let test = p.map(|p| format!(", Anderson-Darling p {p:.2}"));
    let evidence = format!(
        "index of dispersion {dispersion:.2}{}",
        test.unwrap_or_default()
    );
    Some(Audit::new("pacing", verdict, evidence))
}

/// No session failed for lack of a resource on the load tester's machine.
fn own_resources(measured: &Measurement) -> Option<Audit> {
    let own = Failure::ALL.into_iter().filter(|failure| failure.is_own());
    let failed: u64 = own
        .map(|failure| measured.tally.failed(failure).count())
        .sum();
    let evidence = format!(
        "{failed} sessions had no local port or descriptor, which is the client's fault; there are \
         {} ports",
        measured.client.ports
    );
    (failed > 0).then(|| Audit::new("own resources", AuditResult::Failed, evidence))
}

/// Keep-alive clients did not starve each other.
fn starvation(measured: &Measurement) -> Option<Audit> {
    let starved = measured.client.starved;
    let evidence = format!(
        "{starved} of {} keep-alive clients were connected and never answered: the others held every \
         worker",
        measured.plan.drive.clients()
    );
    let is_so = starved > 0 && measured.plan.shape.then == Then::KeepAlive;
    is_so.then(|| Audit::new("starvation", AuditResult::Noted, evidence))
}

/// No connection waited because of a full accept backlog.
fn backlog(measured: &Measurement) -> Option<Audit> {
    let retried = measured.backlog.retried;
    let overflows = measured.backlog.overflows.unwrap_or(0);
    let evidence = format!(
        "{retried} connections took whole seconds, as a handshake that is sent again, and listeners of \
         this machine dropped {overflows} handshakes: a backlog was full"
    );
    (retried > 0 || overflows > 0)
        .then(|| Audit::new("accept backlog", AuditResult::Noted, evidence))
}

/// Notes a connection rate that the local ports would not sustain against a remote server.
fn ports(measured: &Measurement) -> Option<Audit> {
    let ports = measured.client.ports;
    let lasting = measured.plan.sources.lasting_rate();
    let churns = measured.plan.shape.then == Then::Quit && measured.place.shares_machine;
    let evidence = format!(
        "against a remote server, {ports} outgoing ports allow {lasting:.0} new connections a second unless \
         the server closes first; this does not apply to loopback"
    );
    (churns && measured.attempts() > lasting)
        .then(|| Audit::new("ports", AuditResult::Noted, evidence))
}

/// Notes that the load tester and the server share a machine.
fn machine(measured: &Measurement) -> Option<Audit> {
    let place = &measured.place;
    let busy: f64 = measured
        .client
        .busy
        .iter()
        .chain(&measured.client.spun)
        .sum();
    let evidence = format!(
        "the server runs here too; the client took {busy:.1} of {} cores",
        place.cores
    );
    place
        .shares_machine
        .then(|| Audit::new("shared machine", AuditResult::Noted, evidence))
}
