//! The kinds of identity provider.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The kind of identity provider behind a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Okta.
    Okta,
    /// Microsoft Entra ID.
    Entra,
    /// Google Workspace.
    Google,
    /// Auth0.
    Auth0,
    /// AWS Cognito.
    Cognito,
    /// Any other SCIM 2.0 client.
    #[default]
    Generic,
}

/// A name that is no provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an identity provider; use okta, entra, google, auth0, cognito or generic")]
pub struct UnknownProvider(pub String);

impl Provider {
    /// All of them, in the order people are shown.
    pub const ALL: [Self; 6] =
        [Self::Okta, Self::Entra, Self::Google, Self::Auth0, Self::Cognito, Self::Generic];

    /// The name that is stored and typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::Entra => "entra",
            Self::Google => "google",
            Self::Auth0 => "auth0",
            Self::Cognito => "cognito",
            Self::Generic => "generic",
        }
    }

    /// The name that people know.
    pub fn label(self) -> &'static str {
        match self {
            Self::Okta => "Okta",
            Self::Entra => "Microsoft Entra ID",
            Self::Google => "Google Workspace",
            Self::Auth0 => "Auth0",
            Self::Cognito => "AWS Cognito",
            Self::Generic => "Other SCIM 2.0 client",
        }
    }

    /// Whether a creation may be old news: it is sent without a look, delivered again, and in no promised order, while every
    /// return of somebody is an update (docs/identity-providers.md ). To restore by it who was deactivated would
    /// undo a block.
    pub fn repeats_creations(self) -> bool {
        self == Self::Auth0
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Provider {
    type Err = UnknownProvider;

    fn from_str(text: &str) -> Result<Self, UnknownProvider> {
        let found = Self::ALL.into_iter().find(|provider| provider.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| UnknownProvider(text.to_owned()))
    }
}
