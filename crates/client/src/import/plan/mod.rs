//! The plan: what has to be done so that a connection holds what it should. Pure: two values in, one out.
//!
//! Steps come in an order in which an interruption leaves nothing wrong: what takes access away first, then what changes
//! people, then what gives access. What cannot be done is a problem, said for each person or group; what is there and is
//! not of this source is left alone.

mod changes;
mod deletions;
mod groups;
mod users;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::desired::Desired;
use super::held::Held;
use deletions::Deletion;
pub use groups::operations;

/// The kinds of steps, in the order in which they are carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// `active` becomes false.
    DisableUser,
    /// Members leave a group.
    RemoveMembers,
    /// A user is deleted who is not in the source.
    DeleteUser,
    /// A group is deleted that is not in the source.
    DeleteGroup,
    /// `userName` changes, other attributes perhaps with it. One at a time, since one may need the name that another gives up.
    RenameUser,
    /// A user without `externalId` gets the one of the person of the same `userName`.
    LinkUser,
    /// Attributes change.
    UpdateUser,
    /// `active` becomes true.
    EnableUser,
    /// A user is created.
    CreateUser,
    /// A group without `externalId` gets the one of the group of the same name.
    LinkGroup,
    /// A group's name changes.
    RenameGroup,
    /// A group is created.
    CreateGroup,
    /// Members join a group.
    AddMembers,
}

impl Act {
    /// All of them, in their order.
    pub const ALL: [Self; 13] = [
        Self::DisableUser,
        Self::RemoveMembers,
        Self::DeleteUser,
        Self::DeleteGroup,
        Self::RenameUser,
        Self::LinkUser,
        Self::UpdateUser,
        Self::EnableUser,
        Self::CreateUser,
        Self::LinkGroup,
        Self::RenameGroup,
        Self::CreateGroup,
        Self::AddMembers,
    ];
}

impl fmt::Display for Act {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::DisableUser => "disable user",
            Self::RemoveMembers => "remove members",
            Self::DeleteUser => "delete user",
            Self::DeleteGroup => "delete group",
            Self::RenameUser => "rename user",
            Self::LinkUser => "link user",
            Self::UpdateUser => "update user",
            Self::EnableUser => "enable user",
            Self::CreateUser => "create user",
            Self::LinkGroup => "link group",
            Self::RenameGroup => "rename group",
            Self::CreateGroup => "create group",
            Self::AddMembers => "add members",
        })
    }
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// What kind of thing.
    #[serde(rename = "action")]
    pub act: Act,
    /// To whom: a `userName`, or a group's name.
    pub subject: String,
    /// The attributes that change, or the members that come or go.
    pub detail: Vec<String>,
    /// What is sent.
    #[serde(skip)]
    pub work: Work,
}

/// What a step sends.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// Operations on a resource.
    Patch {
        /// Its path.
        path: String,
        /// What to do.
        operations: Vec<Value>,
    },
    /// A new resource.
    Create {
        /// Where.
        endpoint: &'static str,
        /// The source's id, by which later steps know it.
        external_id: String,
        /// The resource.
        body: Value,
    },
    /// A resource goes.
    Delete {
        /// Its path.
        path: String,
    },
    /// Members of a group come or go.
    Members {
        /// The group.
        group: Reference,
        /// Who.
        members: Vec<Reference>,
    },
}

/// A resource that is there, or that a step before makes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// By its SCIM id.
    Known(String),
    /// By its `externalId`; a step of this plan creates it.
    New(String),
}

/// What the operator wants of a plan.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// Whether to delete what the source does not have any more.
    pub delete: bool,
    /// How many users, and how many groups, are deleted at most; if none is given, ten or a tenth of those there are.
    pub delete_limit: Option<usize>,
    /// Attributes without which nobody is sent; what the server requires, if none are given.
    pub required: Option<BTreeSet<String>>,
}

/// What has to be done.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Plan {
    /// Everything to do, in order.
    #[serde(rename = "changes")]
    pub steps: Vec<Step>,
    /// What keeps the connection from holding all that it should, a sentence each.
    pub problems: Vec<String>,
    /// Users of the connection whom the source does not have (any more), by `userName`.
    pub missing_users: Vec<String>,
    /// Groups of the connection that the source does not have (any more).
    pub missing_groups: Vec<String>,
    /// What is there and is left as it is, a sentence each.
    pub left_alone: Vec<String>,
    /// How many users are as they should be.
    pub unchanged_users: usize,
    /// How many groups are as they should be.
    pub unchanged_groups: usize,
}

impl Plan {
    /// Compares what should be with what is.
    pub fn make(desired: &Desired, held: &Held, choices: &Choices) -> Self {
        let mut plan = Self::default();
        let deletion = Deletion::decide(desired, held, choices);
        let people = users::plan(&mut plan, desired, held, choices, &deletion);
        groups::plan(&mut plan, desired, held, &people);
        deletion.plan(&mut plan, held);
        // Stable: within an act, steps keep the order in which they were planned.
        plan.steps.sort_by_key(|step| step.act);
        plan
    }

    /// How many steps there are of each kind.
    pub fn counts(&self) -> BTreeMap<Act, usize> {
        let mut counts = BTreeMap::new();
        for step in &self.steps {
            *counts.entry(step.act).or_default() += 1;
        }
        counts
    }
}
