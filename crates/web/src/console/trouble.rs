//! What a person reads when something is wrong: what, why, what to do, and the request's id.

use super::assets::Assets;
use super::desk::Visitor;
use super::frame::{Frame, Section, Theme, page_with};
use super::stranger::Bare;
use crate::error::Failure;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use provisioning::Error;
use std::any::Any;
use store::StoreError;

/// An error on its way to the gate, which makes the page of it.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// The status.
    pub status: StatusCode,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// What is wrong, where, and what to do.
    pub detail: String,
}

impl Trouble {
    /// Something that is not there, or of which the person may not know: both in the same words.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "There is nothing here",
            "The address may be mistyped, or what stood here is gone.",
        )
    }

    /// Something that the person may not do.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "You may not do this", detail)
    }

    /// A form that this session did not send.
    pub fn foreign_form() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "This form is no longer valid",
            "It was sent from another session or another site. Nothing was changed. Go back, load the page again and repeat it.",
        )
    }

    /// Something that failed here.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The service failed",
            "Nothing was changed. Try again; if it fails again, the operator finds the reason in the log.",
        )
    }

    /// Too much to do at once.
    pub fn busy() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many people are signing in at once",
            "Nothing was changed. Try again in a few seconds.",
        )
    }

    /// A handler that was reached without the gate: a mistake in the routes.
    pub(super) fn without_gate() -> Self {
        tracing::error!("a page of the console is not behind its gate");
        Self::internal()
    }

    fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, title, detail: detail.into() }
    }

    /// The page that says so.
    pub(super) fn page(self, visitor: &Visitor, frame: Option<Frame>, request_id: &str) -> Response {
        let frame = frame.unwrap_or_else(|| visitor.frame(Section::Personal, self.title));
        let page = TroublePage { frame: &frame, trouble: &self, request_id };
        page_with(self.status, &page).unwrap_or_else(|_| self.status.into_response())
    }

    /// The page that says so to somebody who is not signed in.
    pub(super) fn bare_page(self, theme: Theme, request_id: &str) -> Response {
        let bare = Bare { assets: Assets, theme, csrf: String::new(), notice: None, wrong: None };
        let page = BareTroublePage { bare, trouble: &self, request_id };
        page_with(self.status, &page).unwrap_or_else(|_| self.status.into_response())
    }
}

#[derive(Template)]
#[template(path = "sign-in/trouble.html")]
struct BareTroublePage<'p> {
    bare: Bare,
    trouble: &'p Trouble,
    request_id: &'p str,
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroublePage<'p> {
    frame: &'p Frame,
    trouble: &'p Trouble,
    request_id: &'p str,
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Error::Store(error).into()
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(detail) => Self::new(StatusCode::NOT_FOUND, "There is nothing here", detail),
            Error::Invalid(detail) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "This cannot be done", detail)
            }
            Error::Conflict(detail) => Self::new(StatusCode::CONFLICT, "This cannot be done now", detail),
            Error::VersionMismatch { .. } => {
                Self::new(StatusCode::CONFLICT, "Somebody was faster", error.to_string())
            }
            other => {
                let failure = Failure::from(other).0;
                let status =
                    StatusCode::from_u16(failure.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let title = match failure.status {
                    503 => "The database cannot be reached",
                    500.. => "The service failed",
                    _ => "This cannot be done",
                };
                Self::new(status, title, failure.detail)
            }
        }
    }
}

/// Any address of a tenant that is none.
pub async fn nowhere() -> Trouble {
    Trouble::not_found()
}

/// A handler that panicked.
#[expect(clippy::needless_pass_by_value, reason = "the signature that the layer asks for")]
pub fn panicked(payload: Box<dyn Any + Send + 'static>) -> Response {
    let message = payload.downcast_ref::<&str>().copied().map(str::to_owned);
    let message = message.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!(message, "a page of the console panicked");
    Trouble::internal().into_response()
}
