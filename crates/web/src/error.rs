//! Errors to answers, in one place. Internals stay inside: a client learns what to do, the log learns why.

use crate::api::problem::{Kind, Problem};
use ::scim::{ScimError, ScimType};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use provisioning::Error;
use store::StoreError;

/// How many seconds a client is asked to wait when the database is not available.
pub const RETRY_AFTER: &str = "5";

/// An error on its way to the doorway, which writes its body.
#[derive(Clone, Debug)]
pub struct Failure(pub ScimError);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<ScimError> for Problem {
    fn from(error: ScimError) -> Self {
        let kind = match error.status {
            401 => Kind::Unauthorized,
            403 => Kind::InsufficientScope,
            404 => Kind::NotFound,
            409 => Kind::Conflict,
            412 => Kind::VersionMismatch,
            413 => Kind::TooLarge,
            415 => Kind::UnsupportedMediaType,
            503 => Kind::Unavailable,
            500.. => Kind::Internal,
            _ => Kind::Malformed,
        };
        Self::new(kind, error.detail)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Error::Store(error).into()
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(detail) => Self::new(Kind::NotFound, detail),
            Error::Invalid(detail) => Self::new(Kind::Invalid, detail),
            Error::Conflict(detail) => Self::new(Kind::Conflict, detail),
            Error::Unconfirmed(_) => Self::new(Kind::Conflict, error.to_string()),
            Error::VersionMismatch { .. } => Self::new(Kind::VersionMismatch, error.to_string()),
            Error::Scim(scim) => scim.into(),
            Error::Unapproved(asked) => asked.refusal.into(),
            // What the database may do is said in the same words to everybody.
            Error::Store(_) => Failure::from(error).0.into(),
        }
    }
}

impl From<ScimError> for Failure {
    fn from(error: ScimError) -> Self {
        Self(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Error::Store(error).into()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let scim = match error {
            Error::Scim(scim) => scim,
            Error::Unapproved(asked) => asked.refusal,
            Error::NotFound(detail) => ScimError::status(404, detail),
            Error::Invalid(detail) => ScimError::of(ScimType::InvalidValue, detail),
            Error::Conflict(detail) => ScimError::status(409, detail),
            Error::Unconfirmed(_) => ScimError::status(409, error.to_string()),
            // RFC 7644 §3.14; table 8 has 409 for versions too, HTTP says 412.
            Error::VersionMismatch { .. } => ScimError::status(412, error.to_string()),
            Error::Store(StoreError::Unavailable(reason)) => {
                tracing::error!(reason, "the database is not available");
                ScimError::status(
                    503,
                    "The service cannot reach its database right now. Nothing was changed. Try again in a few seconds.",
                )
            }
            Error::Store(StoreError::Uncertain(reason)) => {
                tracing::error!(reason, "the connection to the database was lost during a commit");
                ScimError::status(
                    503,
                    "The service lost its database while it kept the change. It may have been kept. Read the resource before you send the request again.",
                )
            }
            Error::Store(StoreError::Constraint(name)) => {
                tracing::warn!(name, "a constraint caught what the rules did not");
                ScimError::uniqueness(
                    "Another request took this value at the same moment. Read the resource again.",
                )
            }
            Error::Store(error) => {
                tracing::error!(%error, "the database failed");
                ScimError::status(
                    500,
                    "The service failed while it carried out the request. Nothing was changed. Try again; if it fails again, the operator finds the reason in the log.",
                )
            }
        };
        Self(scim)
    }
}
