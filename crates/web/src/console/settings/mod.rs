//! Settings: administrators, API keys, domains and retention of a tenant; for operators administrators and keys of the
//! installation, with its journal.

mod administrator;
mod administrators;
mod domains;
mod journal;
mod keys;
mod office;
mod retention;
mod sign_in;

use super::form::to;
use crate::App;
use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use office::Office;
pub use office::{Tab, tabs_of_installation};

/// Its routes, below `/t/{tenant}`.
pub(super) fn routes() -> Router<App> {
    let own = shared()
        .route("/domains", get(domains::list).post(domains::add))
        .route("/domains/{name}", get(domains::page_of))
        .route("/domains/{name}/verify", post(domains::verify))
        .route("/domains/{name}/attest", post(domains::attest))
        .route("/domains/{name}/remove", post(domains::remove))
        .route("/retention", get(retention::page).post(retention::change));
    Router::new().route("/settings", get(first)).nest("/settings", own)
}

/// Those of the installation, below `/installation`.
pub(super) fn of_installation() -> Router<App> {
    Router::new()
        .route("/", get(first))
        .route("/journal", get(journal::page_of))
        .route("/sign-in", get(sign_in::list).post(sign_in::add))
        .route("/sign-in/new", get(sign_in::form))
        .route("/sign-in/{id}", get(sign_in::page_of))
        .route("/sign-in/{id}/remove", post(sign_in::remove))
        .merge(shared())
}

fn shared() -> Router<App> {
    Router::new()
        .route("/administrators", get(administrators::list).post(administrators::invite))
        .route("/administrators/new", get(administrators::form))
        .route("/administrators/{id}", get(administrator::page_of))
        .route("/administrators/{id}/role", post(administrator::set_role))
        .route("/administrators/{id}/link", post(administrator::make_link))
        .route("/administrators/{id}/enable", post(administrator::enable))
        .route("/administrators/{id}/disable", post(administrator::disable))
        .route("/administrators/{id}/sign-out", post(administrator::sign_out))
        .route("/administrators/{id}/second-factor", post(administrator::remove_second_factor))
        .route("/administrators/{id}/withdraw", post(administrator::withdraw))
        .route("/keys", get(keys::list).post(keys::create))
        .route("/keys/new", get(keys::form))
        .route("/keys/{id}", get(keys::page_of))
        .route("/keys/{id}/revoke", post(keys::revoke))
}

/// `GET /t/{tenant}/settings`.
async fn first(office: Office) -> Response {
    to(&office.path("/administrators"))
}
