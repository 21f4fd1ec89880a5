//! What if: who would gain and lose what, before anything is saved.

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::mappings::{MappingChange, NewMapping};
use super::named::{self, SAMPLE_ID};
use super::problem::Problem;
use super::rules::{NewRule, RuleChange};
use super::settings::SettingsChange;
use provisioning::preview::{self, Grant, Person, Preview, Proposal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is considered: one operation, under its name, with the body that it would have.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Considered {
    /// A new mapping by hand.
    CreateMapping(NewMapping),
    /// A change of a mapping.
    ChangeMapping {
        /// The mapping's id.
        id: String,
        /// The change.
        change: MappingChange,
    },
    /// The end of a mapping.
    DeleteMapping {
        /// The mapping's id.
        id: String,
    },
    /// A new rule.
    CreateRule(NewRule),
    /// A change of a rule.
    ChangeRule {
        /// The rule's id.
        id: String,
        /// The change.
        change: RuleChange,
    },
    /// The end of a rule.
    DeleteRule {
        /// The rule's id.
        id: String,
    },
    /// Changed settings.
    ChangeSettings(SettingsChange),
}

impl From<Considered> for Proposal {
    fn from(considered: Considered) -> Self {
        match considered {
            Considered::CreateMapping(new) => Self::NewMapping(new.into()),
            Considered::ChangeMapping { id, change } => Self::Mapping(id, change.into()),
            Considered::DeleteMapping { id } => Self::MappingEnd(id),
            Considered::CreateRule(new) => Self::NewRule(new.kind.into(), new.into()),
            Considered::ChangeRule { id, change } => Self::Rule(id, change.into()),
            Considered::DeleteRule { id } => Self::RuleEnd(id),
            Considered::ChangeSettings(change) => Self::Settings(change.pairs()),
        }
    }
}

impl Sample for Considered {
    fn sample() -> Self {
        Self::CreateMapping(NewMapping::sample())
    }
}

impl Sample for Preview {
    fn sample() -> Self {
        let gained = Grant {
            organization: named::sample("Sales"),
            role: named::sample("Manager"),
            inherit: true,
            by: named::sample("Sales EMEA"),
        };
        let person = Person {
            user: SAMPLE_ID.into(),
            user_name: "ana@acme.example".into(),
            name: "Ana Müller".into(),
            status: "active",
            gains: vec![gained],
            loses: Vec::new(),
        };
        Self {
            summary: "1 person gains, 0 lose, 41 unchanged".into(),
            gain: 1,
            lose: 0,
            changed: 1,
            unchanged: 41,
            people: vec![person],
            ..Self::default()
        }
    }
}

pub(super) async fn ask(call: Call) -> Result<Reply, Problem> {
    let (connection, considered): (_, Considered) = (call.connection()?, call.body()?);
    let proposal = Proposal::from(considered);
    let read = move |tx: &mut store::Tx<'_>| preview::of(tx, &connection, &proposal);
    Reply::ok(&call.app.store().read_long(read).await?)
}
