//! Provisioning: the connections of a tenant, enabling one, what happened over it.

mod activity;
mod chart;
mod export;
mod filter;
pub mod head;
pub mod line;
mod list;
pub mod needs;
mod overview;
mod raw;
mod replay;
mod request;
mod search;

use crate::App;
use axum::Router;
use axum::routing::get;

/// Its routes, below `/t/{tenant}`.
pub(super) fn routes() -> Router<App> {
    let connection = Router::new()
        .route("/", get(overview::page))
        .route("/activity", get(activity::page))
        .route("/activity/newer", get(activity::newer))
        .route("/activity/export", get(export::file))
        .route("/activity/{request}", get(request::page))
        .route("/activity/{request}/replay", get(replay::page));
    Router::new().route("/provisioning", get(list::page)).nest("/provisioning/{connection}", connection)
}
