//! Derivation: from facts of the mirror to what the directory shall hold of one user, and the difference to what it
//! holds. Pure: the same function serves every request and the whole recomputation of `doctor`.

use super::attributes::Profile;
use super::rules::{AttributeRule, readable};
use std::collections::{BTreeMap, BTreeSet};
use store::mappings::{Mapping, Target};
use store::memberships::{Membership, Reason};
use store::mirror_users::MirrorUser;
use store::users::{Status, User};

/// What is known of one user of one connection.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The user: who owns it, whether a person locked it out, and for one by hand whether it is active.
    pub user: &'a User,
    /// The connection's resource; `None` once it was deleted, or while the user does not follow it.
    pub resource: Option<&'a MirrorUser>,
    /// The resources of other connections that the user follows, each with the number of its connection.
    pub others: &'a [(i64, MirrorUser)],
    /// The mappings of every group that holds the user, directly or through groups within groups.
    pub mappings: &'a [Mapping],
    /// The connection's rules over attributes.
    pub rules: &'a [AttributeRule],
    /// The connection's number.
    pub connection: i64,
    /// The organization and role that every user of the tenant has.
    pub default: (&'a str, &'a str),
}

/// A membership that shall be: organization, role, reason; with whether it is inherited.
pub type Grants = BTreeMap<(String, String, Reason), bool>;

/// What the directory shall hold of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// What the user may do at all.
    pub status: Status,
    /// By hand, or fed by a resource that is there.
    pub linked: bool,
    /// The attributes, which are the owner's; `None` leaves those there are.
    pub profile: Option<Profile>,
    /// The memberships that this connection gives.
    pub grants: Grants,
}

/// What the directory shall hold of a user, given the facts.
pub fn desired(facts: &Facts<'_>) -> Desired {
    let mut grants = Grants::new();
    // The default membership stays on record when a person leaves, as the others do that no group gave.
    grants.insert((facts.default.0.to_owned(), facts.default.1.to_owned(), Reason::Default), false);
    if let Some(resource) = facts.resource {
        let mut give = |target: &Target, reason: Reason| {
            grants.insert((target.organization.clone(), target.role.clone(), reason), target.inherit);
        };
        for mapping in facts.mappings.iter().filter(|mapping| !mapping.paused) {
            if let Some(target) = &mapping.target {
                let group = mapping.group_id.clone();
                give(target, Reason::Group { connection: facts.connection, group });
            }
        }
        let user = readable(&resource.document);
        for rule in facts.rules.iter().filter(|rule| !rule.paused && rule.matches(&user)) {
            give(&rule.target, Reason::Rule { connection: facts.connection, rule: rule.id.clone() });
        }
    }
    let is_by_hand = facts.user.connection.is_none();
    Desired {
        status: status(facts),
        linked: is_by_hand || facts.feeds().next().is_some(),
        profile: facts.owners().map(|resource| Profile::of(&resource.document)),
        grants,
    }
}

/// Active while any connection that feeds the user says so; a user by hand is what a person made of it.
fn status(facts: &Facts<'_>) -> Status {
    if facts.user.locked_at.is_some() {
        return Status::Deactivated;
    }
    match facts.user.connection {
        None => facts.user.status,
        Some(_) if facts.feeds().any(|(_, resource)| resource.active) => Status::Active,
        Some(_) => Status::Deactivated,
    }
}

impl Facts<'_> {
    /// Every resource that the user follows.
    fn feeds(&self) -> impl Iterator<Item = (i64, &MirrorUser)> {
        let own = self.resource.map(|resource| (self.connection, resource));
        own.into_iter().chain(self.others.iter().map(|(connection, resource)| (*connection, resource)))
    }

    /// The resource of the connection that owns the user.
    fn owners(&self) -> Option<&MirrorUser> {
        let owner = self.user.connection?;
        self.feeds().find(|(connection, _)| *connection == owner).map(|(_, resource)| resource)
    }
}

/// How the memberships a user has differ from those it shall have.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Difference<'a> {
    /// Memberships to end.
    pub end: Vec<&'a Membership>,
    /// Memberships to start, or to give another `inherit`.
    pub start: Vec<(&'a (String, String, Reason), bool)>,
}

/// Compares what a user has with what it shall have. Memberships by hand, and those of other connections, are not
/// this connection's to judge.
pub fn difference<'a>(connection: i64, has: &'a [Membership], shall: &'a Grants) -> Difference<'a> {
    let own = |membership: &&Membership| {
        membership.reason == Reason::Default || membership.reason.connection() == Some(connection)
    };
    let has: Vec<&Membership> = has.iter().filter(own).collect();
    let key = |membership: &Membership| {
        (membership.organization.clone(), membership.role.clone(), membership.reason.clone())
    };
    let held: BTreeMap<_, bool> =
        has.iter().map(|membership| (key(membership), membership.inherit)).collect();
    let kept: BTreeSet<_> = shall.keys().collect();
    Difference {
        end: has.iter().copied().filter(|membership| !kept.contains(&key(membership))).collect(),
        start: shall
            .iter()
            .filter(|(key, inherit)| held.get(*key) != Some(*inherit))
            .map(|(key, inherit)| (key, *inherit))
            .collect(),
    }
}
