//! Provisioning: the connections of a tenant, enabling one, what happened over it.

pub mod head;

use crate::App;
use axum::Router;

/// Its routes, below `/t/{tenant}`.
pub(super) fn routes() -> Router<App> {
    Router::new()
}
