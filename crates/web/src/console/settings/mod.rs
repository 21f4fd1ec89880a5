//! Settings: administrators, API keys, tenants.

use crate::App;
use axum::Router;

/// Its routes, below `/t/{tenant}`.
pub(super) fn routes() -> Router<App> {
    Router::new()
}
