//! The error of the protocol: an HTTP status, an optional `scimType` and a sentence for a person (RFC 7644 §3.12).
//!
//! Every `detail` says what is wrong, where, and what to do: identity providers show it to administrators as it is.

use serde_json::{Value, json};

/// The schema URI of an error message.
pub const ERROR_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The detail codes of RFC 7644 table 9 and RFC 9865 table 3; no other value is ever sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScimType {
    /// A filter that cannot be understood or is not supported.
    InvalidFilter,
    /// More results than the service returns.
    TooMany,
    /// A value that must be unique is taken.
    Uniqueness,
    /// A change to what cannot be changed.
    Mutability,
    /// A body that cannot be understood.
    InvalidSyntax,
    /// A PATCH path that names nothing.
    InvalidPath,
    /// A PATCH path whose filter selects nothing.
    NoTarget,
    /// A value that is missing, of the wrong type or not allowed.
    InvalidValue,
    /// A protocol version that is not served.
    InvalidVers,
    /// A request that carries personal data in its URI.
    Sensitive,
    /// A cursor that is not one of ours, or not for this query.
    InvalidCursor,
    /// A cursor that is too old.
    ExpiredCursor,
    /// A page size that is no number or changed between pages.
    InvalidCount,
}

impl ScimType {
    /// The code as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }
}

/// An error that a SCIM client is told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {detail}")]
pub struct ScimError {
    /// The HTTP status code.
    pub status: u16,
    /// The detail code, where the RFC has one for the case.
    pub scim_type: Option<ScimType>,
    /// A sentence for a person.
    pub detail: String,
}

impl ScimError {
    /// An error with a detail code; the status follows from the code (RFC 7644 §3.12, RFC 7643 §7).
    pub fn of(scim_type: ScimType, detail: impl Into<String>) -> Self {
        let status = match scim_type {
            ScimType::Uniqueness => 409,
            ScimType::Sensitive => 403,
            _ => 400,
        };
        Self { status, scim_type: Some(scim_type), detail: detail.into() }
    }

    /// An error that has no detail code.
    pub fn status(status: u16, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into() }
    }

    /// `400 invalidFilter`.
    pub fn invalid_filter(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidFilter, detail)
    }

    /// `400 invalidSyntax`.
    pub fn invalid_syntax(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidSyntax, detail)
    }

    /// `400 invalidValue`.
    pub fn invalid_value(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidValue, detail)
    }

    /// `400 invalidPath`.
    pub fn invalid_path(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidPath, detail)
    }

    /// `400 mutability`.
    pub fn mutability(detail: impl Into<String>) -> Self {
        Self::of(ScimType::Mutability, detail)
    }

    /// `400 noTarget`.
    pub fn no_target(detail: impl Into<String>) -> Self {
        Self::of(ScimType::NoTarget, detail)
    }

    /// `409 uniqueness`.
    pub fn uniqueness(detail: impl Into<String>) -> Self {
        Self::of(ScimType::Uniqueness, detail)
    }

    /// The message body; `status` is a string there (RFC 7644 §3.12).
    pub fn body(&self) -> Value {
        let mut body = json!({ "schemas": [ERROR_SCHEMA], "status": self.status.to_string() });
        if let Some(scim_type) = self.scim_type {
            body["scimType"] = Value::from(scim_type.as_str());
        }
        body["detail"] = Value::from(self.detail.as_str());
        body
    }
}
