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
    pub settings: Arc<Settings>,
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
    /// Who came with it.
    pub caller: Caller,
    /// Whether it is only to be seen what would happen: everything is carried out, answered, and taken back.
    pub is_rehearsal: bool,
}

/// Whose credential a request came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// None that was accepted.
    Nobody,
    /// A token that a person made, by its id.
    Token(String),
    /// An access token that a client was given.
    Client {
        /// The client's id.
        client: String,
        /// The token's id. The token is forgotten when it has expired.
        token: String,
    },
    /// Entra ID, with its own access token.
    Entra {
        /// The id of the application that the token was given to.
        application: String,
        /// From when on the token is refused.
        until: i64,
    },
}

impl Caller {
    /// The token, where one of ours was sent.
    pub fn token_id(&self) -> Option<&str> {
        match self {
            Self::Token(id) | Self::Client { token: id, .. } => Some(id),
            Self::Nobody | Self::Entra { .. } => None,
        }
    }

    /// What a person made and can end: a token, or a client.
    pub fn credential_id(&self) -> Option<&str> {
        match self {
            Self::Token(id) | Self::Client { client: id, .. } => Some(id),
            Self::Nobody | Self::Entra { .. } => None,
        }
    }

    /// Who it is in the journal: kind and id.
    pub fn actor(&self) -> (&'static str, Option<String>) {
        match self {
            Self::Nobody => ("token", None),
            Self::Token(id) => ("token", Some(id.clone())),
            Self::Client { client, .. } => ("client", Some(client.clone())),
            Self::Entra { application, .. } => ("entra", Some(application.clone())),
        }
    }

    /// A client on a request's record.
    pub fn named_client(id: &str) -> String {
        format!("client:{id}")
    }

    /// Who it is on a request's record, where the token alone does not say it.
    pub fn named(&self) -> Option<String> {
        match self {
            Self::Nobody | Self::Token(_) => None,
            Self::Client { client, .. } => Some(Self::named_client(client)),
            Self::Entra { application, .. } => Some(format!("entra:{application}")),
        }
    }
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
