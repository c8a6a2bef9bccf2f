//! The routes of the administration port and their answers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::guard;
use super::lease::{Refusal, Terms};
use super::method::Method;
use super::panel::Panel;
use super::request::Request;
use super::response::Response;
use crate::observe::metrics::{self, Exposition};
use crate::server::ResizeError;

/// The live page.
const PAGE: &str = include_str!("page.html");

/// The bounds of a lease, in seconds.
const SHORTEST_LEASE: f64 = 0.1;
const LONGEST_LEASE: f64 = 3600.0;

/// The body of a request to change the number of workers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    workers: usize,
    /// The length of the lease in seconds.
    for_seconds: Option<f64>,
    /// The number of the lease to renew or end; it must be current.
    lease: Option<u64>,
}

impl Change {
    fn terms(&self) -> Result<Terms, String> {
        let length = self.for_seconds.map(length).transpose()?;
        Ok(match (length, self.lease) {
            (None, None) => Terms::ForGood,
            (Some(length), None) => Terms::Lease(length),
            (Some(length), Some(lease)) => Terms::Renewed(lease, length),
            (None, Some(lease)) => Terms::Ended(lease),
        })
    }
}

fn length(seconds: f64) -> Result<Duration, String> {
    let is_in_range = (SHORTEST_LEASE..=LONGEST_LEASE).contains(&seconds);
    let length = Duration::try_from_secs_f64(seconds).ok();
    length.filter(|_| is_in_range).ok_or_else(|| {
        format!("for_seconds must be between {SHORTEST_LEASE} and {LONGEST_LEASE}, got {seconds}")
    })
}

/// Answers a request after checking its host.
pub(super) fn answer(panel: &Panel, request: &Request<'_>) -> Response {
    match guard::check_host(request, panel.names) {
        Ok(()) => route(panel, request),
        Err(rejection) => rejection,
    }
}

fn route(panel: &Panel, request: &Request<'_>) -> Response {
    match (request.path, request.method) {
        ("/", Method::Get | Method::Head) => Response::page(PAGE),
        ("/status", Method::Get | Method::Head) => as_json(&panel.status()),
        ("/metrics", Method::Get | Method::Head) => metrics(panel, request.accept),
        ("/healthz", Method::Get | Method::Head) => Response::text(200, "alive"),
        ("/readyz", Method::Get | Method::Head) => readiness(panel),
        ("/workers", Method::Get | Method::Head) => workers(panel),
        ("/workers", Method::Post) => change_workers(panel, request),
        ("/workers", _) => not_allowed("GET, HEAD, POST"),
        ("/" | "/status" | "/metrics" | "/healthz" | "/readyz", _) => not_allowed("GET, HEAD"),
        _ => Response::error(
            404,
            "there are /, /status, /metrics, /healthz, /readyz and /workers",
        ),
    }
}

fn metrics(panel: &Panel, accept: &str) -> Response {
    let exposition = if accept.contains("text/plain") && !accept.contains("openmetrics") {
        Exposition::Prometheus
    } else {
        Exposition::OpenMetrics
    };
    match metrics::render(panel.scrape(), exposition) {
        Ok(text) => Response::metrics(exposition.content_type(), text),
        Err(err) => Response::error(500, err.to_string()),
    }
}

fn readiness(panel: &Panel) -> Response {
    let readiness = panel.readiness();
    let status = if readiness.ready { 200 } else { 503 };
    Response::text(status, &readiness.reason)
}

fn workers(panel: &Panel) -> Response {
    as_json(&panel.headcount())
}

fn change_workers(panel: &Panel, request: &Request<'_>) -> Response {
    if let Err(rejection) = guard::check_change(request) {
        return rejection;
    }
    let change = match serde_json::from_slice::<Change>(request.body) {
        Ok(change) => change,
        Err(err) => {
            // The name of the Rust type means nothing to the client.
            let err = err
                .to_string()
                .replace("expected usize", "expected a whole number");
            let reason = format!("the body must be like {{\"workers\": 32}}: {err}");
            return Response::error(400, reason);
        }
    };
    let (wanted, most) = (change.workers, panel.most_workers);
    if !(1..=most).contains(&wanted) {
        let reason = format!("workers must be between 1 and {most}, got {wanted}");
        return Response::error(422, reason);
    }
    let changed = match change.terms() {
        Ok(terms) => panel.change(wanted, terms),
        Err(reason) => return Response::error(422, reason),
    };
    match changed {
        Ok(()) => workers(panel),
        Err(refusal) => Response::error(code(&refusal), refusal.to_string()),
    }
}

/// The HTTP status for a refused change.
fn code(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::Resize(ResizeError::NoWorkers) => 422,
        Refusal::Over { .. } => 412,
        Refusal::Leased { .. } => 423,
        // A conflict with the present state, which may change.
        Refusal::NoThread(_) | Refusal::Resize(_) => 409,
    }
}

fn not_allowed(methods: &'static str) -> Response {
    Response::error(405, format!("this takes {methods}")).with("Allow", methods)
}

fn as_json(value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(mut body) => {
            body.push(b'\n');
            Response::json(200, body)
        }
        Err(err) => Response::error(500, err.to_string()),
    }
}
