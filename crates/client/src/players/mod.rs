//! Players: each behaves on the wire as one identity provider does, and checks what came of it.
//!
//! [`play`] is the whole of it: a company is invented, synced, lives a week if asked to, and everything is
//! read back. What comes out is a [`Verdict`], for a person or a program to read. Drawing bars and printing
//! is the caller's; nothing here writes to a terminal.

pub mod auth0;
pub mod belief;
pub mod cognito;
pub mod deliver;
pub mod entra;
pub mod google;
pub mod okta;
pub mod play;
pub mod provider;
pub mod story;
pub mod verdict;
pub mod verify;
pub mod wire;

use std::fmt;
use std::str::FromStr;
use std::time::Instant;

use self::auth0::Auth0;
use self::belief::Belief;
use self::cognito::Cognito;
use self::entra::{Dialect, Entra};
use self::google::Google;
use self::okta::{Flavor, Okta};
use self::play::Play;
use self::provider::{Feature, Provider};
use self::story::Story;
pub use self::verdict::{Cast, Counts, Expectation, Known, Verdict};
use crate::http::{ClientError, Patience, ScimClient};
use crate::import::{self, ImportError};
use crate::parallel::Interrupted;
use crate::people::Company;
use crate::week::{Week, plan_week};

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
    /// A user pool of AWS Cognito, and the import that reads it.
    Cognito,
}

impl Player {
    /// Every player.
    pub const ALL: [Self; 7] = [
        Self::Okta,
        Self::OktaCatalog,
        Self::Entra,
        Self::EntraCompliant,
        Self::Google,
        Self::Auth0,
        Self::Cognito,
    ];

    /// The name by which [`FromStr`] knows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::OktaCatalog => "okta-catalog",
            Self::Entra => "entra",
            Self::EntraCompliant => "entra-compliant",
            Self::Google => "google",
            Self::Auth0 => "auth0",
            Self::Cognito => "cognito",
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
    /// An import cannot work with what the server says.
    #[error(transparent)]
    Import(ImportError),
    /// The runtime is shutting down.
    #[error("the play was interrupted")]
    Interrupted,
}

impl From<ImportError> for PlayError {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Client(error) => Self::Client(error),
            ImportError::Interrupted => Self::Interrupted,
            other => Self::Import(other),
        }
    }
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
        Player::Cognito => import_as(client(import::PROFILE)?, options, report).await,
    }
}

/// A provider that pushes.
async fn play_as<P: Provider>(provider: P, options: &Options, report: &Report) -> Result<Verdict, PlayError> {
    let began = Instant::now();
    let (company, week) = invent(options);
    let mut play = Play::new(provider, company, week, options.concurrency, report);
    play.initial_sync().await?;
    play.live_the_week().await?;
    let expectations = play.story.expectations(&play.belief);
    let end = End {
        client: play.provider.client(),
        belief: &play.belief,
        story: &play.story,
        features: P::FEATURES,
        choices: play.choices(options.groups),
    };
    end.conclude(expectations, began, report).await
}

/// A provider that is read, by an import.
async fn import_as(client: ScimClient, options: &Options, report: &Report) -> Result<Verdict, PlayError> {
    let began = Instant::now();
    let (company, week) = invent(options);
    let mut cognito = Cognito::new(client, company, options, report);
    cognito.live(week.as_ref()).await?;
    let mut expectations = cognito.story.expectations(&cognito.belief);
    expectations.push(cognito.run_once_more().await?);
    let end = End {
        client: cognito.client(),
        belief: &cognito.belief,
        story: &cognito.story,
        features: cognito::FEATURES,
        choices: vec![cognito::CHOICE.into()],
    };
    end.conclude(expectations, began, report).await
}

fn invent(options: &Options) -> (Company, Option<Week>) {
    let mut company = Company::found_at(&options.domain, options.users, options.groups, options.seed);
    let week = options.week.then(|| plan_week(&mut company, options.seed));
    (company, week)
}

/// A play that came to its end.
struct End<'a> {
    client: &'a ScimClient,
    belief: &'a Belief,
    story: &'a Story,
    features: &'a [Feature],
    choices: Vec<String>,
}

impl End<'_> {
    /// Reads everything back, and says what held.
    async fn conclude(
        self,
        mut expectations: Vec<Expectation>,
        began: Instant,
        report: &Report,
    ) -> Result<Verdict, PlayError> {
        let Self { client, belief, story, features, choices } = self;
        // The comparison is no provider's: it waits for the server whatever the provider does.
        let reader = client.clone().with_patience(Patience::LONG);
        expectations.extend(verify::verify(&reader, belief, features, report).await?);
        let traffic = reader.traffic();
        let counts = Counts {
            users: belief.users.len(),
            active: belief.users.values().filter(|user| user.active).count(),
            groups: belief.groups.len(),
            requests: traffic.requests,
            retries: traffic.retries,
            bytes: traffic.bytes,
        };
        let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(Verdict { expectations, counts, duration_ms, cast: story.cast(belief), choices })
    }
}
