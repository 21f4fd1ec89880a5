//! A connection's pages: what to sync, mappings and rules, users, groups, tokens, settings.

use crate::App;
use axum::Router;

/// Its routes, below `/t/{tenant}`.
pub(super) fn routes() -> Router<App> {
    Router::new()
}
