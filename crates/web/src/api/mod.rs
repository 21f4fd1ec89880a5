//! The admin API below `/api/v1`: what administrators do, for programs.
//!
//! `routes` is the one page of all operations: from it come the router, the scopes that the gate asks for and the
//! published description, so that none of them can say what another does not. One file per noun holds what is shown
//! (`…View`), what is taken, and the handlers. The command line prints the same views.

pub mod access;
pub mod call;
pub mod clients;
pub mod connections;
pub mod docs;
pub mod doctor;
pub mod domains;
pub mod ending;
pub mod endpoint;
pub mod erasure;
pub mod events;
mod gate;
pub mod groups;
pub mod jobs;
pub mod links;
pub mod mappings;
pub mod named;
pub mod openapi;
pub mod organizations;
pub mod page;
pub mod problem;
pub mod replay;
pub mod requests;
pub mod roles;
pub mod routes;
pub mod rules;
pub mod schemas;
pub mod settings;
pub mod tenants;
pub mod tokens;
pub mod users;
pub mod whatif;

use crate::App;
use axum::Router;
use axum::http::Method;
use axum::routing::{MethodFilter, get, on};
use problem::{Kind, Problem};
use std::any::Any;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;

/// Where the API stands.
pub const BASE: &str = "/api/v1";

/// Every route of the API, below [`BASE`].
pub fn router() -> Router<App> {
    let mut router = Router::new()
        // Public: they say nothing of anybody.
        .route("/openapi.json", get(openapi::document))
        .route("/docs", get(docs::page));
    for endpoint in routes::all() {
        let (path, endpoint) = (endpoint.path, Arc::new(endpoint));
        // A method without a filter is a mistake in the list of routes, which a test reads.
        let filter = MethodFilter::try_from(endpoint.method.clone()).unwrap_or(MethodFilter::GET);
        router = router.route(path, on(filter, gate::enter).layer(axum::Extension(endpoint)));
    }
    router
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(nowhere)
        .layer(CatchPanicLayer::custom(panicked))
}

async fn nowhere(axum::extract::State(app): axum::extract::State<App>) -> axum::response::Response {
    let problem =
        Problem::new(Kind::NotFound, "There is no such address. /api/v1/docs shows those there are.");
    problem.respond(&app.store().ids().next())
}

async fn method_not_allowed(
    axum::extract::State(app): axum::extract::State<App>,
    method: Method,
) -> axum::response::Response {
    let detail = format!("{method} is not possible here; the Allow header names what is.");
    Problem::new(Kind::MethodNotAllowed, detail).respond(&app.store().ids().next())
}

/// A handler that panicked. Its request has no id any more.
#[expect(clippy::needless_pass_by_value, reason = "the signature that the layer asks for")]
fn panicked(payload: Box<dyn Any + Send + 'static>) -> axum::response::Response {
    let message = payload.downcast_ref::<&str>().copied().map(str::to_owned);
    let message = message.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!(message, "a handler of the API panicked");
    Problem::new(Kind::Internal, "The service failed unexpectedly. Nothing was changed.").respond("")
}
