//! What there is to be asked, and the answers.

use serde::{Deserialize, Serialize};

use super::guard;
use super::panel::Panel;
use super::request::{Method, Request};
use super::response::Response;
use crate::observe::metrics::{self, Exposition};
use crate::server::ResizeError;

/// The live page.
const PAGE: &str = include_str!("page.html");

/// The most workers that may be asked for, as in the configuration.
const WORKERS_MAX: usize = 30_000;

/// A number of workers, as it is asked for and answered.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Workers {
    workers: usize,
}

/// The answer to a request.
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
    as_json(&Workers {
        workers: panel.workers(),
    })
}

fn change_workers(panel: &Panel, request: &Request<'_>) -> Response {
    if let Err(rejection) = guard::check_change(request) {
        return rejection;
    }
    let wanted = match serde_json::from_slice::<Workers>(request.body) {
        Ok(Workers { workers }) => workers,
        Err(err) => {
            // What the number is called in this program is nobody's business.
            let err = err
                .to_string()
                .replace("expected usize", "expected a whole number");
            let reason = format!("the body must be like {{\"workers\": 32}}: {err}");
            return Response::error(400, reason);
        }
    };
    if !(1..=WORKERS_MAX).contains(&wanted) {
        let reason = format!("workers must be between 1 and {WORKERS_MAX}, got {wanted}");
        return Response::error(422, reason);
    }
    match panel.resize(wanted) {
        Ok(()) => workers(panel),
        Err(err @ ResizeError::NoWorkers) => Response::error(422, err.to_string()),
        // As it stands now, which may change.
        Err(err) => Response::error(409, err.to_string()),
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
