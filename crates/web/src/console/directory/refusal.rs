//! What a form is told that asked for what cannot be. The form is shown again, with what was typed and this beside it.

use crate::console::trouble::Trouble;
use axum::http::StatusCode;
use provisioning::Error;

/// Why nothing was changed.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The status of the answer.
    pub status: StatusCode,
    /// What is wrong, and what to do.
    pub detail: String,
}

impl Refusal {
    /// What was typed cannot be taken.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, detail: detail.into() }
    }

    /// What the rules say to the person; an error that no form can mend goes on as trouble.
    pub fn of(error: Error) -> Result<Self, Trouble> {
        match error {
            // What a form names and what is not there was mistyped in the form.
            Error::Invalid(detail) | Error::NotFound(detail) => Ok(Self::invalid(detail)),
            Error::Scim(error) if error.status < 500 => Ok(Self::invalid(error.detail)),
            Error::Conflict(detail) => Ok(Self { status: StatusCode::CONFLICT, detail }),
            Error::VersionMismatch { .. } => Ok(Self {
                status: StatusCode::CONFLICT,
                detail: "Somebody changed this since you opened the page. Nothing of yours was saved. Look at what there is now and repeat your change.".into(),
            }),
            other => Err(other.into()),
        }
    }
}
