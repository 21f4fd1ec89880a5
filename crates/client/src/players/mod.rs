//! Players: each behaves on the wire as one identity provider does, and checks what came of it.
//!
//! [`play`] is the whole of it: a company is invented, synced, lives a week if asked to, and everything is
//! read back. What comes out is a [`Verdict`], for a person or a program to read. Drawing bars and printing
//! is the caller's; nothing here writes to a terminal.

pub mod belief;
pub mod okta;
pub mod play;
pub mod verify;

use std::fmt;
use std::str::FromStr;
use std::time::Instant;

use serde::Serialize;

use self::okta::{Flavor, Okta};
use self::play::Play;
use crate::http::{ClientError, ScimClient};
use crate::parallel::Interrupted;
use crate::people::Company;
use crate::week::plan_week;

/// How many lines an expectation shows at most.
const LINES: usize = 50;

/// The providers that can be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Player {
    /// Okta, an app of the App Integration Wizard.
    Okta,
    /// Okta, an app of its integration catalog.
    OktaCatalog,
}

impl Player {
    /// Every player.
    pub const ALL: [Self; 2] = [Self::Okta, Self::OktaCatalog];

    /// The name by which [`FromStr`] knows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::OktaCatalog => "okta-catalog",
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

/// What came of a play.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// What was expected, and whether it held.
    pub expectations: Vec<Expectation>,
    /// How much was played.
    pub counts: Counts,
    /// How long it took.
    pub duration_ms: u64,
    /// People of the week to look at.
    pub cast: Cast,
}

impl Verdict {
    /// True if every expectation held.
    pub fn held(&self) -> bool {
        self.expectations.iter().all(|expectation| expectation.held)
    }
}

/// One thing that a provider relies on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expectation {
    /// What should be so.
    pub what: &'static str,
    /// Whether it is.
    pub held: bool,
    /// Where it is not: one line each, with what was expected and what was found; fifty at most.
    pub detail: Vec<String>,
}

impl Expectation {
    /// Holds if there is nothing to complain of.
    fn of(what: &'static str, mut complaints: Vec<String>) -> Self {
        let held = complaints.is_empty();
        if let Some(more) = complaints.len().checked_sub(LINES + 1) {
            complaints.truncate(LINES);
            complaints.push(format!("and {} more", more + 1));
        }
        Self { what, held, detail: complaints }
    }
}

/// How much was played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// People the server has, as far as the player believes.
    pub users: usize,
    /// Those of them who are active.
    pub active: usize,
    /// Groups the server has.
    pub groups: usize,
    /// Requests sent, repetitions included.
    pub requests: u64,
    /// Repetitions after 429 and 503.
    pub retries: u64,
    /// Bytes of all bodies, in both directions.
    pub bytes: u64,
}

/// One person for each story of the week, to ask "why does X have role Y?" of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cast {
    /// Left on Monday, came back on Friday.
    pub rehired: Option<Known>,
    /// Changed department, and with it groups.
    pub mover: Option<Known>,
    /// Left, and stayed away.
    pub leaver: Option<Known>,
}

/// Somebody, as the server knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Known {
    /// `userName`.
    pub user_name: String,
    /// `displayName`.
    pub display_name: String,
    /// The SCIM id.
    pub id: String,
}

/// Plays `player` against the connection in `options`, and reads everything back. May be played again with
/// the same seed: people and groups are then found, and brought back to how the week began.
pub async fn play(player: Player, options: &Options, report: &Report) -> Result<Verdict, PlayError> {
    let began = Instant::now();
    let flavor = match player {
        Player::Okta => Flavor::Wizard,
        Player::OktaCatalog => Flavor::Catalog,
    };
    let client = ScimClient::new(&options.base_url, &options.token, okta::PROFILE)?;
    let mut company = Company::found(options.users, options.groups, options.seed);
    let week = options.week.then(|| plan_week(&mut company, options.seed));
    let okta = Okta::new(client, flavor, options.seed);
    let mut play = Play::new(okta, company, week, options.concurrency, report);
    play.initial_sync().await?;
    play.live_the_week().await?;
    let mut expectations = play.expectations();
    expectations.extend(verify::verify(&play.okta.client, &play.belief, report).await?);
    let traffic = play.okta.client.traffic();
    let counts = Counts {
        users: play.belief.users.len(),
        active: play.belief.users.values().filter(|user| user.active).count(),
        groups: play.belief.groups.len(),
        requests: traffic.requests,
        retries: traffic.retries,
        bytes: traffic.bytes,
    };
    let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Verdict { expectations, counts, duration_ms, cast: play.cast() })
}
