//! The directory of a tenant: users, organizations, roles, events, and finding any of them.

use crate::App;
use axum::Router;

/// Its routes, below `/t/{tenant}`.
pub(super) fn routes() -> Router<App> {
    Router::new()
}
