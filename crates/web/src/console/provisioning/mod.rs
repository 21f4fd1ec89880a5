//! Provisioning: the connections of a tenant, enabling one, what happened over it.

mod activity;
mod chart;
mod export;
mod filter;
pub mod head;
pub mod line;
mod links;
mod list;
pub mod needs;
mod new;
mod overview;
mod prose;
mod raw;
mod replay;
mod request;
mod search;
mod setup;
mod sync;

use crate::App;
use axum::Router;
use axum::routing::{get, post};

/// Its routes, below `/t/{tenant}`.
pub(super) fn routes() -> Router<App> {
    let connection = Router::new()
        .route("/", get(overview::page))
        .route("/activity", get(activity::page))
        .route("/activity/newer", get(activity::newer))
        .route("/activity/export", get(export::file))
        .route("/activity/{request}", get(request::page))
        .route("/activity/{request}/replay", get(replay::page))
        .route("/setup", get(setup::show))
        .route("/setup/token", post(setup::make_token))
        .route("/setup/attributes", post(setup::choose))
        .route("/setup/self-test", post(setup::test))
        .route("/setup/heard", get(setup::heard));
    Router::new()
        .route("/provisioning", get(list::page))
        .route("/provisioning/new", get(new::form).post(new::create))
        .route("/provisioning/links", get(links::page))
        .route("/provisioning/links/{link}/approve", post(links::approve))
        .route("/provisioning/links/{link}/reject", post(links::reject))
        .nest("/provisioning/{connection}", connection)
}
