//! Why a request has no usable answer, in words for a person.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

/// Why a request has no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The base URL or the token cannot be used at all.
    #[error("{0}")]
    Settings(String),
    /// No answer: refused, cut off, or too late.
    #[error("{request}: no answer from the server: {reason}")]
    Transport {
        /// Method and path.
        request: String,
        /// What the network said.
        reason: String,
    },
    /// The server answered with an error.
    #[error("{0}")]
    Status(Box<Refusal>),
    /// The server answered with success, and something that is not SCIM.
    #[error("{request}: {reason}")]
    Invalid {
        /// Method and path.
        request: String,
        /// What is wrong with the answer.
        reason: String,
    },
}

impl ClientError {
    /// The HTTP status, if the server answered with an error.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status(refusal) => Some(refusal.status),
            _ => None,
        }
    }

    /// True if the next request will fare no better: the server is not there, or does not know the token.
    pub fn ends_the_play(&self) -> bool {
        match self {
            Self::Settings(_) | Self::Transport { .. } => true,
            Self::Status(refusal) => matches!(refusal.status, 401 | 403 | 429 | 503),
            Self::Invalid { .. } => false,
        }
    }

    /// True if the same request may fare better later: no answer came, or the server was busy or failed.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Transport { .. } => true,
            Self::Status(refusal) => refusal.status == 429 || refusal.status >= 500,
            Self::Settings(_) | Self::Invalid { .. } => false,
        }
    }
}

/// An error answer (RFC 7644 §3.12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Method and path.
    pub request: String,
    /// The HTTP status.
    pub status: u16,
    /// `scimType`, if the body has one.
    pub scim_type: Option<String>,
    /// `detail`, if the body is a SCIM error.
    pub detail: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.request, self.status)?;
        if let Some(scim_type) = &self.scim_type {
            write!(out, " {scim_type}")?;
        }
        match &self.detail {
            Some(detail) => write!(out, ": {detail}"),
            None => write!(out, " without a SCIM error in the body"),
        }
    }
}

/// The innermost cause: `connection refused` says more than `error sending request`.
pub(crate) fn deepest(error: &reqwest::Error, timeout: Duration) -> String {
    if error.is_timeout() {
        return format!("nothing within {} seconds", timeout.as_secs_f64());
    }
    let mut cause = error.source();
    let mut text = error.to_string();
    while let Some(inner) = cause {
        text = inner.to_string();
        cause = inner.source();
    }
    text
}
