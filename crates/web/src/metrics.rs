//! What is counted, for Prometheus: requests and how long they took, habits that were corrected, parts that were passed
//! over, the process and its database.
//!
//! Served at an address of its own. Labels name routes, habits and kinds of providers, never a tenant, a connection or
//! a person: their number is bounded, and nobody learns of another tenant.

use crate::App;
use ::scim::note::NoteKind;
use ::scim::{Notes, Provider};
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::prometheus_text::{CONTENT_TYPE, encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::time::Instant;
use store::Store;

/// Seconds between which requests are told apart: from a lookup by key to the patience of the most patient provider.
const SECONDS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RemarkLabels {
    habit: &'static str,
    provider: &'static str,
}

/// The counts of a process.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    corrections: Family<RemarkLabels, Counter>,
    ignored: Family<RemarkLabels, Counter>,
    database_bytes: Gauge,
    resident_bytes: Gauge,
    records_lost: Gauge,
    units_repeated: Gauge,
    unrecorded: Counter,
}

impl Metrics {
    /// Nothing is counted yet. `started_at` is when the process began, in microseconds since 1970 UTC.
    pub fn new(started_at: i64) -> Self {
        let durations = || Histogram::new(SECONDS);
        let mut metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            durations: Family::new_with_constructor(durations),
            corrections: Family::default(),
            ignored: Family::default(),
            database_bytes: Gauge::default(),
            resident_bytes: Gauge::default(),
            records_lost: Gauge::default(),
            units_repeated: Gauge::default(),
            unrecorded: Counter::default(),
        };
        let started = Gauge::<i64>::default();
        started.set(started_at / 1_000_000);
        let registry = &mut metrics.registry;
        registry.register("accessiq_requests", "Requests answered", metrics.requests.clone());
        let help = "Seconds from the head of a request to its answer";
        registry.register("accessiq_request_duration_seconds", help, metrics.durations.clone());
        let help = "Habits of identity providers that were read as what the RFC says";
        registry.register("accessiq_corrections", help, metrics.corrections.clone());
        let help = "Parts of requests that were accepted and not applied";
        registry.register("accessiq_ignored", help, metrics.ignored.clone());
        let help = "Records of requests that could not be written since the start";
        registry.register("accessiq_records_lost", help, metrics.records_lost.clone());
        let help = "Changes that were tried again since the start: conflicts between nodes, lost connections";
        registry.register("accessiq_units_repeated", help, metrics.units_repeated.clone());
        let help = "Refused credentials without a record, because too many of them came";
        registry.register("accessiq_refusals_unrecorded", help, metrics.unrecorded.clone());
        let help = "Bytes that the database takes; 0 while it cannot be asked";
        registry.register("accessiq_database_bytes", help, metrics.database_bytes.clone());
        registry.register("process_start_time_seconds", "When the process started, since 1970 UTC", started);
        let help = "Bytes of memory that the process holds";
        registry.register("process_resident_memory_bytes", help, metrics.resident_bytes.clone());
        metrics
    }

    /// Counts what was remarked on a request that was answered.
    pub fn remarks(&self, provider: Provider, notes: &Notes) {
        for &(kind, habit, count) in notes.counts() {
            let family = match kind {
                NoteKind::Corrected => &self.corrections,
                NoteKind::Ignored => &self.ignored,
            };
            family.get_or_create(&RemarkLabels { habit, provider: provider.as_str() }).inc_by(count);
        }
    }

    /// Counts a refused credential that has no record.
    pub fn unrecorded(&self) {
        self.unrecorded.inc();
    }

    /// All counts in the text that Prometheus reads.
    fn text(&self, store: &Store, records_lost: u64) -> Result<String, std::fmt::Error> {
        self.database_bytes.set(store.bytes().unwrap_or_else(|error| {
            tracing::warn!(%error, "the size of the database is not known");
            0
        }));
        self.resident_bytes.set(resident_bytes());
        self.records_lost.set(signed(records_lost));
        self.units_repeated.set(signed(store.repeated()));
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// The one route, for an address of its own.
pub fn router(app: App) -> Router {
    Router::new().route("/metrics", get(show)).with_state(app)
}

async fn show(State(app): State<App>) -> Response {
    match app.metrics().text(app.store(), app.recorder().lost()) {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the counts could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Counts every request by its route and the status of its answer.
pub async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = name_of(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    // A path with a slash at its end is the same route.
    let route = if route.len() > 1 { route.trim_end_matches('/') } else { route }.to_owned();
    let response = next.run(request).await;
    let metrics = app.metrics();
    let labels = RouteLabels { method, route: route.clone() };
    metrics.durations.get_or_create(&labels).observe(started.elapsed().as_secs_f64());
    let labels = RequestLabels { method, route, status: response.status().as_u16() };
    metrics.requests.get_or_create(&labels).inc();
    response
}

/// A method by its name; those that HTTP does not have share one, since a client may invent any number.
fn name_of(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// What Linux says of the process; 0 where nothing is said.
fn resident_bytes() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes =
        line.and_then(|line| line.split_whitespace().next()).and_then(|text| text.parse::<i64>().ok());
    kibibytes.unwrap_or(0).saturating_mul(1024)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
