//! Imports: people and groups out of something that speaks no SCIM, reconciled through SCIM into a connection.
//!
//! Four steps, each a room of its own. A *source* is read whole ([`pool`], [`aws`], [`export`]); the *mapping* says what a
//! connection should hold of it ([`mapping`], [`desired`]); the *plan* compares that with what the server holds
//! ([`held`], [`shape`], [`plan`]); *carrying out* sends what the plan says ([`apply`]). Nothing is remembered between
//! runs: a run that was interrupted is continued by the next one, which compares again. Works against any SCIM server.

pub mod apply;
pub mod aws;
pub mod desired;
pub mod export;
pub mod held;
pub mod mapping;
pub mod plan;
pub mod pool;
mod records;
pub mod shape;

use std::path::PathBuf;

use crate::http::{ClientError, Profile};
use crate::parallel::Interrupted;

/// What imports call themselves.
const USER_AGENT: &str = "accessiq-import/1";

/// The headers of an import's requests.
pub const PROFILE: Profile = Profile {
    headers: &[("accept", "application/scim+json"), ("user-agent", USER_AGENT)],
    content_type: "application/scim+json",
};

/// Why an import came to no plan, or did not get through with it.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The source cannot be read as it was named.
    #[error("{0}")]
    Source(String),
    /// A file cannot be read.
    #[error("{}: {reason}", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// No credentials for AWS.
    #[error(
        "no usable AWS credentials (looked for in the environment, in ~/.aws with AWS_PROFILE, in a web identity, in a container \
         and on the machine): {0}"
    )]
    Credentials(String),
    /// AWS does not answer as it should.
    #[error("AWS, {operation}: {reason}")]
    Aws {
        /// The call.
        operation: &'static str,
        /// Why.
        reason: String,
    },
    /// The server cannot be reached, does not know the token, or stays busy.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The server answers, and the import cannot work with what it says.
    #[error("the SCIM server: {0}")]
    Server(String),
    /// The runtime is shutting down.
    #[error("the import was interrupted")]
    Interrupted,
}

impl From<Interrupted> for ImportError {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}
