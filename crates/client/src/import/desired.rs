//! What a connection should hold, whatever it was read from.
//!
//! A source is mapped to these values; reading the server, planning and carrying out know nothing else of it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// All that a connection should hold of one source.
#[derive(Clone, Debug)]
pub struct Desired {
    /// Where it comes from.
    pub origin: Origin,
    /// Everybody.
    pub users: Vec<WantedUser>,
    /// All groups; nothing if groups were not read, and are then left as they are.
    pub groups: Option<Vec<WantedGroup>>,
}

/// How resources of a source are told from others.
#[derive(Clone, Debug)]
pub struct Origin {
    /// What people call the source.
    pub name: String,
    /// For a SCIM path, the source's own name of what fills it.
    pub sources: &'static [(&'static str, &'static str)],
    /// Whether an `externalId` can be of a user of the source; who has another is never deleted.
    pub is_user_id: fn(&str) -> bool,
    /// How the `externalId` of each of its groups begins, if the source has a name.
    pub group_prefix: Option<String>,
    /// Whether an `externalId` is of a group of a source of this kind, this one or another.
    pub is_group_id: fn(&str) -> bool,
}

impl Origin {
    /// Whether a group with this `externalId` is of this source.
    pub fn owns_group(&self, external_id: &str) -> bool {
        self.group_prefix.as_ref().is_some_and(|prefix| external_id.starts_with(prefix))
    }
}

/// A user as the connection should hold them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedUser {
    /// The source's id of the person.
    pub external_id: String,
    /// `userName`.
    pub user_name: String,
    /// Whether the source has verified that the name is theirs; only then a user without `externalId` is taken for them.
    pub is_verified: bool,
    /// `active`.
    pub active: bool,
    /// Every other attribute that the source decides on, and every sub-attribute of a complex one, null where it has no
    /// value. What is not named here is left alone.
    pub attributes: Map<String, Value>,
}

/// A group as the connection should hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedGroup {
    /// The source's id of the group.
    pub external_id: String,
    /// `displayName`.
    pub display_name: String,
    /// `externalId` of each member; nothing if members were not read, and are then left as they are.
    pub members: Option<BTreeSet<String>>,
}
