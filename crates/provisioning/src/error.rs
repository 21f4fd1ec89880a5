//! What can go wrong with a request by the rules. Translated to a status in one place, `web/error.rs`.

use crate::links::Asked;
use scim::ScimError;
use store::StoreError;

/// An error of the rules.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What a SCIM client is told as it is.
    #[error(transparent)]
    Scim(#[from] ScimError),
    /// What a SCIM client is told who sent somebody that a person must approve first.
    #[error("{}", .0.refusal)]
    Unapproved(Box<Asked>),
    /// The archive failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such thing (any more).
    #[error("{0}")]
    NotFound(String),
    /// The resource is not in the version the client spoke of.
    #[error(
        "The resource has changed since: it is at version {current}. Read it again and repeat the change."
    )]
    VersionMismatch {
        /// The version it has.
        current: i64,
    },
    /// An administrator's input that cannot be taken.
    #[error("{0}")]
    Invalid(String),
    /// An administrator's input that what there is stands against: something is in use, taken, or the last of its kind.
    #[error("{0}")]
    Conflict(String),
    /// What would happen, as whole sentences; it is done once a person has confirmed it.
    #[error("{0} Confirm it to go on.")]
    Unconfirmed(String),
}

impl Error {
    /// An administrator's input that cannot be taken.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }
}
