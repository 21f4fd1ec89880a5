//! Who is asking, of what, and when: everything a rule needs to know of a request besides its body.

use crate::Settings;
use crate::policy::Policy;
use scim::schema::definition::Definitions;
use scim::{Mode, Provider};
use std::sync::Arc;
use store::Scope;

/// One request of a connection's client.
#[derive(Clone, Debug)]
pub struct Session {
    /// Tenant and connection.
    pub scope: Scope,
    /// The kind of identity provider.
    pub provider: Provider,
    /// Which version of the connection the settings are of.
    pub connection_version: i64,
    /// What the administrator chose.
    pub settings: Settings,
    /// What the resource types mean for the connection.
    pub definitions: Arc<Definitions>,
    /// What the directory makes of its groups and users.
    pub policy: Arc<Policy>,
    /// The connection's SCIM base URL, without a slash at its end.
    pub base_url: String,
    /// The request's id.
    pub request_id: String,
    /// When the request came in, in microseconds since 1970 UTC.
    pub at: i64,
    /// The token it came with.
    pub token_id: Option<String>,
}

impl Session {
    /// How strictly the connection reads.
    pub fn mode(&self) -> Mode {
        self.settings.mode
    }

    /// Whether the connection keeps to the letter.
    pub fn is_strict(&self) -> bool {
        self.settings.mode == Mode::Strict
    }

    /// The URI of a user.
    pub fn user_location(&self, id: &str) -> String {
        format!("{}/Users/{id}", self.base_url)
    }

    /// The URI of a group.
    pub fn group_location(&self, id: &str) -> String {
        format!("{}/Groups/{id}", self.base_url)
    }
}
