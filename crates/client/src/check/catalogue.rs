//! What a check is: a sentence that holds or does not, what it rests on, and who suffers if it does not hold.

use std::fmt;
use std::pin::Pin;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::session::Session;
use super::verdict::Verdict;

/// The function of a check.
pub type Run = for<'a> fn(&'a mut Session) -> Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>;

/// An async function over a [`Session`] as a [`Run`].
macro_rules! run {
    ($function:path) => {
        |on| Box::pin($function(on))
    };
}
pub(super) use run;

/// Checks that belong together.
#[derive(Debug)]
pub struct Topic {
    /// What they are about, for people.
    pub name: &'static str,
    /// The checks, in the order in which they run.
    pub checks: &'static [Check],
}

/// One thing that a client relies on.
#[derive(Debug)]
pub struct Check {
    /// The stable name, in kebab case.
    pub id: &'static str,
    /// What should be so, as a sentence.
    pub title: &'static str,
    /// How bad it is if it is not so.
    pub severity: Severity,
    /// Sections of RFCs, requirements (`R7644-3.3-01`) and quirks (`Q-2`) that say so.
    pub basis: &'static [&'static str],
    /// Who suffers, and how.
    pub harms: &'static [Harm],
    /// The request departs from the RFC, or uses what the interoperability profile forbids: a strict server refuses it.
    pub habit: bool,
    /// Finds out.
    pub run: Run,
}

/// How bad it is if a check does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// An identity provider cannot do its work.
    BreaksProvider,
    /// The RFC says MUST.
    Must,
    /// The RFC says SHOULD.
    Should,
    /// Worth knowing; never a failure.
    Remark,
}

impl Severity {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::BreaksProvider => "breaks a provider",
            Self::Must => "violates a MUST",
            Self::Should => "violates a SHOULD",
            Self::Remark => "remark",
        }
    }
}

/// Whom it harms, and how.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Harm {
    /// Who.
    pub provider: Provider,
    /// The fact of docs/identity-providers.md that tells of it.
    pub fact: &'static str,
    /// What they cannot do, or do wrongly: a sentence without its subject.
    pub what: &'static str,
}

impl fmt::Display for Harm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {} ({})", self.provider.label(), self.what, self.fact)
    }
}

/// A harm.
pub(super) const fn harm(provider: Provider, fact: &'static str, what: &'static str) -> Harm {
    Harm { provider, fact, what }
}

/// A check of something that the RFC says MUST be so.
pub(super) const fn must(
    id: &'static str,
    title: &'static str,
    basis: &'static [&'static str],
    run: Run,
) -> Check {
    Check { id, title, severity: Severity::Must, basis, harms: &[], habit: false, run }
}

/// A check of something that the RFC says SHOULD be so.
pub(super) const fn should(
    id: &'static str,
    title: &'static str,
    basis: &'static [&'static str],
    run: Run,
) -> Check {
    Check { severity: Severity::Should, ..must(id, title, basis, run) }
}

/// A check of something that is worth knowing.
pub(super) const fn remark(
    id: &'static str,
    title: &'static str,
    basis: &'static [&'static str],
    run: Run,
) -> Check {
    Check { severity: Severity::Remark, ..must(id, title, basis, run) }
}

impl Check {
    /// The same, which harms these; unless it is a remark, they cannot do their work without it.
    pub(super) const fn harms(self, harms: &'static [Harm]) -> Self {
        let severity = match self.severity {
            Severity::Remark => Severity::Remark,
            _ => Severity::BreaksProvider,
        };
        Self { severity, harms, ..self }
    }

    /// The same, with a request that a strict server refuses.
    pub(super) const fn habit(self) -> Self {
        Self { habit: true, ..self }
    }

    /// Whether it matters to that provider.
    pub fn matters_to(&self, provider: Provider) -> bool {
        self.harms.iter().any(|harm| harm.provider == provider || harm.provider == Provider::Every)
    }
}

/// Who pushes users and groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provider {
    /// Okta.
    Okta,
    /// Microsoft Entra ID.
    Entra,
    /// Google Workspace.
    Google,
    /// Auth0.
    Auth0,
    /// AWS Cognito, by what reconciles a pool.
    Cognito,
    /// OneLogin.
    OneLogin,
    /// JumpCloud.
    JumpCloud,
    /// PingOne, PingFederate.
    Ping,
    /// ServiceNow and other clients that read the schemas first.
    ServiceNow,
    /// All of them.
    Every,
}

impl Provider {
    /// Those that can be named.
    pub const NAMED: [Self; 9] = [
        Self::Okta,
        Self::Entra,
        Self::Google,
        Self::Auth0,
        Self::Cognito,
        Self::OneLogin,
        Self::JumpCloud,
        Self::Ping,
        Self::ServiceNow,
    ];

    /// The name by which [`FromStr`] knows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::Entra => "entra",
            Self::Google => "google",
            Self::Auth0 => "auth0",
            Self::Cognito => "cognito",
            Self::OneLogin => "onelogin",
            Self::JumpCloud => "jumpcloud",
            Self::Ping => "ping",
            Self::ServiceNow => "servicenow",
            Self::Every => "every",
        }
    }

    /// The name that people know.
    pub fn label(self) -> &'static str {
        match self {
            Self::Okta => "Okta",
            Self::Entra => "Entra ID",
            Self::Google => "Google Workspace",
            Self::Auth0 => "Auth0",
            Self::Cognito => "A Cognito reconciliation",
            Self::OneLogin => "OneLogin",
            Self::JumpCloud => "JumpCloud",
            Self::Ping => "Ping Identity",
            Self::ServiceNow => "ServiceNow",
            Self::Every => "Every provider",
        }
    }
}

impl Serialize for Provider {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// There is no such provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no provider `{asked}`; there are: {}", Provider::NAMED.map(Provider::name).join(", "))]
pub struct UnknownProvider {
    /// The name that was asked for.
    pub asked: String,
}

impl FromStr for Provider {
    type Err = UnknownProvider;

    fn from_str(name: &str) -> Result<Self, UnknownProvider> {
        let found =
            Self::NAMED.into_iter().find(|provider| provider.name().eq_ignore_ascii_case(name.trim()));
        found.ok_or_else(|| UnknownProvider { asked: name.to_owned() })
    }
}
