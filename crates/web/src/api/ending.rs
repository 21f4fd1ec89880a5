//! The end of a connection: what it would mean, and that it begins.

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::jobs::JobView;
use super::named::{self, SAMPLE_ID, one_of};
use super::problem::Problem;
use provisioning::ending::{self, Concerned, Preview};
use provisioning::people::time;
use provisioning::preview::Grant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::connections::{Ending, Way};

/// What becomes of what a connection gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "EndingWay")]
pub enum WayView {
    /// It stays, by hand: nobody gains or loses anything.
    Finalise,
    /// What no other connection gives ends.
    Terminate,
}

impl From<WayView> for Way {
    fn from(way: WayView) -> Self {
        match way {
            WayView::Finalise => Self::Finalise,
            WayView::Terminate => Self::Terminate,
        }
    }
}

/// That a connection was ended.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Ending")]
pub struct EndingView {
    /// What becomes of what it gave.
    pub way: WayView,
    /// Since when it takes no more requests.
    pub at: String,
}

impl From<Ending> for EndingView {
    fn from(ending: Ending) -> Self {
        let way = match ending.way {
            Way::Finalise => WayView::Finalise,
            Way::Terminate => WayView::Terminate,
        };
        Self { way, at: time(ending.at) }
    }
}

/// How a connection shall end.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndingWanted {
    /// What becomes of what it gave.
    pub way: WayView,
    /// That you know whom it concerns. Without this the answer is `409` and says so, and nothing is begun.
    #[serde(default)]
    pub confirmed: bool,
}

impl Sample for EndingWanted {
    fn sample() -> Self {
        Self { way: WayView::Finalise, confirmed: true }
    }
}

impl Sample for Preview {
    fn sample() -> Self {
        let grant = Grant {
            organization: named::sample("Sales"),
            role: named::sample("Member"),
            inherit: false,
            by: named::sample("Sales"),
        };
        Self {
            summary: "Connection \"Okta\" would end: 1 user and 1 membership become by hand, 1 organization made for its groups stays, and nobody gains or loses anything.".into(),
            concerned: 1,
            fed_by_others: 0,
            by_hand: 1,
            deactivated: 0,
            memberships: 1,
            groups: 1,
            people: vec![Concerned {
                user: SAMPLE_ID.into(),
                user_name: "ana@acme.example".into(),
                name: "Ana Müller".into(),
                status: "active",
                becomes: "by hand",
                memberships: vec![grant],
            }],
            organizations: BTreeSet::from(["Sales".to_owned()]),
        }
    }
}

pub(super) async fn preview(call: Call) -> Result<Reply, Problem> {
    let connection = call.connection()?;
    let way = one_of("way", call.parameter("way").unwrap_or("finalise"), &["finalise", "terminate"])?;
    let way = if way == "terminate" { Way::Terminate } else { Way::Finalise };
    Reply::ok(&ending::preview(call.app.store(), &connection, way).await?)
}

pub(super) async fn begin(call: Call) -> Result<Reply, Problem> {
    let (connection, wanted): (_, EndingWanted) = (call.connection()?, call.body()?);
    let wanted =
        ending::Wanted { way: wanted.way.into(), version: call.seen()?, confirmed: wanted.confirmed };
    let job = ending::begin(call.app.store(), &call.operator, &connection.id, wanted).await?;
    Reply::created(format!("/jobs/{}", job.id), &JobView::of(&job, &connection.id))
}
