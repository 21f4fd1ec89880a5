//! Players: each behaves on the wire as one identity provider does, and checks what came of it.
//!
//! [`play`] is the whole of it: a company is invented, synced, lives a week if asked to, and everything is
//! read back. What comes out is a [`Verdict`], for a person or a program to read. Drawing bars and printing
//! is the caller's; nothing here writes to a terminal.

pub mod auth0;
pub mod belief;
pub mod deliver;
pub mod entra;
pub mod google;
pub mod okta;
pub mod play;
pub mod provider;
pub mod verdict;
pub mod verify;
pub mod wire;

use std::fmt;
use std::str::FromStr;
use std::time::Instant;

use self::auth0::Auth0;
use self::entra::{Dialect, Entra};
use self::google::Google;
use self::okta::{Flavor, Okta};
use self::play::Play;
use self::provider::Provider;
pub use self::verdict::{Cast, Counts, Expectation, Known, Verdict};
use crate::http::{ClientError, Patience, ScimClient};
use crate::parallel::Interrupted;
use crate::people::Company;
use crate::week::plan_week;

/// The providers that can be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Player {
    /// Okta, an app of the App Integration Wizard.
    Okta,
    /// Okta, an app of its integration catalog.
    OktaCatalog,
    /// Microsoft Entra ID, as it is set up without a flag.
    Entra,
    /// Microsoft Entra ID with `aadOptscim062020` on its tenant URL.
    EntraCompliant,
    /// Google Workspace.
    Google,
    /// Auth0's Action for event streams.
    Auth0,
}

impl Player {
    /// Every player.
    pub const ALL: [Self; 6] =
        [Self::Okta, Self::OktaCatalog, Self::Entra, Self::EntraCompliant, Self::Google, Self::Auth0];

    /// The name by which [`FromStr`] knows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::OktaCatalog => "okta-catalog",
            Self::Entra => "entra",
            Self::EntraCompliant => "entra-compliant",
            Self::Google => "google",
            Self::Auth0 => "auth0",
        }
    }
}

impl fmt::Display for Player {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// There is no such player.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no player `{asked}`; there are: {}", Player::ALL.map(Player::name).join(", "))]
pub struct UnknownPlayer {
    /// The name that was asked for.
    pub asked: String,
}

impl FromStr for Player {
    type Err = UnknownPlayer;

    fn from_str(name: &str) -> Result<Self, UnknownPlayer> {
        let found = Self::ALL.into_iter().find(|player| player.name().eq_ignore_ascii_case(name.trim()));
        found.ok_or_else(|| UnknownPlayer { asked: name.to_owned() })
    }
}

/// What to play, and against which connection.
#[derive(Clone)]
pub struct Options {
    /// `http://host/scim/v2/{connection}`.
    pub base_url: String,
    /// The connection's bearer token.
    pub token: String,
    /// The domain of everybody's login and address; [`crate::people::DOMAIN`] is one that nobody owns.
    pub domain: String,
    /// How many people the company starts with.
    pub users: usize,
    /// How many groups it pushes.
    pub groups: usize,
    /// The same seed, the same company and the same week.
    pub seed: u64,
    /// Whether a week follows the first sync.
    pub week: bool,
    /// How many people or groups are pushed at a time; 8 is a good number.
    pub concurrency: usize,
}

impl fmt::Debug for Options {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Options")
            .field("base_url", &self.base_url)
            .field("domain", &self.domain)
            .field("users", &self.users)
            .field("groups", &self.groups)
            .field("seed", &self.seed)
            .field("week", &self.week)
            .field("concurrency", &self.concurrency)
            .finish_non_exhaustive()
    }
}

/// How far the play is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A phase begins, of so many steps.
    Phase {
        /// What is done in it, for people to read.
        name: String,
        /// Its steps; may be none.
        total: usize,
    },
    /// Of the phase, so much is done.
    Step {
        /// Steps done.
        done: usize,
    },
}

/// Whom to tell of [`Progress`].
pub type Report = dyn Fn(Progress) + Send + Sync;

/// Why a play did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// The server cannot be reached, does not know the token, stays busy, or lists nothing.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The runtime is shutting down.
    #[error("the play was interrupted")]
    Interrupted,
}

impl From<Interrupted> for PlayError {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

/// Plays `player` against the connection in `options`, and reads everything back. May be played again with
/// the same seed: people and groups are then found, and brought back to how the week began.
pub async fn play(player: Player, options: &Options, report: &Report) -> Result<Verdict, PlayError> {
    let seed = options.seed;
    let client = |profile| ScimClient::new(&options.base_url, &options.token, profile);
    let okta = |flavor| Ok::<_, ClientError>(Okta::new(client(okta::PROFILE)?, flavor, seed));
    let entra = |dialect| Ok::<_, ClientError>(Entra::new(client(entra::PROFILE)?, dialect, seed));
    match player {
        Player::Okta => play_as(okta(Flavor::Wizard)?, options, report).await,
        Player::OktaCatalog => play_as(okta(Flavor::Catalog)?, options, report).await,
        Player::Entra => play_as(entra(Dialect::Default)?, options, report).await,
        Player::EntraCompliant => play_as(entra(Dialect::Compliant)?, options, report).await,
        Player::Google => play_as(Google::new(client(google::PROFILE)?, seed), options, report).await,
        Player::Auth0 => play_as(Auth0::new(client(auth0::PROFILE)?), options, report).await,
    }
}

async fn play_as<P: Provider>(provider: P, options: &Options, report: &Report) -> Result<Verdict, PlayError> {
    let began = Instant::now();
    let mut company = Company::found_at(&options.domain, options.users, options.groups, options.seed);
    let week = options.week.then(|| plan_week(&mut company, options.seed));
    let mut play = Play::new(provider, company, week, options.concurrency, report);
    play.initial_sync().await?;
    play.live_the_week().await?;
    let mut expectations = play.expectations();
    // The comparison is no provider's: it waits for the server whatever the provider does.
    let reader = play.provider.client().clone().with_patience(Patience::LONG);
    expectations.extend(verify::verify(&reader, &play.belief, P::FEATURES, report).await?);
    let traffic = reader.traffic();
    let counts = Counts {
        users: play.belief.users.len(),
        active: play.belief.users.values().filter(|user| user.active).count(),
        groups: play.belief.groups.len(),
        requests: traffic.requests,
        retries: traffic.retries,
        bytes: traffic.bytes,
    };
    let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let choices = play.choices(options.groups);
    Ok(Verdict { expectations, counts, duration_ms, cast: play.cast(), choices })
}
