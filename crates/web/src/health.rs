//! Is it alive, is it ready: for load balancers and the operator.

use crate::App;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// The process answers.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// The database answers, for reading and for writing.
pub async fn ready(State(app): State<App>) -> Response {
    let read = app.store().read(store::tenants::all).map(drop);
    let written = match read {
        Ok(()) => app.store().write_beside::<_, store::StoreError>(|_| Ok(())).await,
        Err(error) => Err(error),
    };
    match written {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database is not available\n").into_response()
        }
    }
}
