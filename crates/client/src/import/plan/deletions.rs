//! Whom the source does not have any more, and whether they may be deleted.
//!
//! A wrong pool, a wrong connection or a pool that was emptied by mistake must not empty a directory. So deleting is
//! asked for, is limited, and needs a sign that the connection was filled from this very source.

use std::collections::BTreeSet;

use super::{Act, Choices, Plan, Step, Work};
use crate::import::desired::Desired;
use crate::import::held::{Held, path};

/// The least that the limit is, unless one is given.
const FEWEST: usize = 10;
/// Of those there are, one in so many may be deleted, unless a limit is given.
const ONE_IN: usize = 10;

/// What becomes of users and groups that the source does not have any more.
#[derive(Clone, Debug)]
pub struct Deletion {
    /// Places among the users held.
    users: BTreeSet<usize>,
    /// Places among the groups held.
    groups: BTreeSet<usize>,
    verdict: Verdict,
}

#[derive(Clone, Debug)]
enum Verdict {
    NotAsked,
    Allowed,
    Refused(String),
}

impl Deletion {
    /// Finds who is missing, and decides.
    pub fn decide(desired: &Desired, held: &Held, choices: &Choices) -> Self {
        let origin = &desired.origin;
        let wanted: BTreeSet<&str> = desired.users.iter().map(|user| user.external_id.as_str()).collect();
        let own = |external_id: &Option<String>| {
            external_id.as_deref().is_some_and(|id| wanted.contains(id) || (origin.is_user_id)(id))
        };
        let is_missing = |external_id: &Option<String>| {
            external_id.as_deref().is_some_and(|id| !wanted.contains(id) && (origin.is_user_id)(id))
        };
        let own_users = held.users.iter().filter(|user| own(&user.external_id)).count();
        let users: BTreeSet<usize> = places(&held.users, |user| is_missing(&user.external_id));
        let named: Option<BTreeSet<&str>> = desired
            .groups
            .as_ref()
            .map(|groups| groups.iter().map(|group| group.external_id.as_str()).collect());
        let held_groups = held.groups.as_deref().unwrap_or_default();
        let own_group = |external_id: &Option<String>| {
            external_id.as_deref().is_some_and(|external_id| origin.owns_group(external_id))
        };
        let groups = places(held_groups, |group| {
            own_group(&group.external_id)
                && named.as_ref().is_some_and(|named| {
                    !group.external_id.as_deref().is_some_and(|external_id| named.contains(external_id))
                })
        });
        let own_groups = held_groups.iter().filter(|group| own_group(&group.external_id)).count();
        let mut deletion = Self { users, groups, verdict: Verdict::NotAsked };
        if choices.delete {
            let refusal = deletion
                .rivals(desired, held)
                .or_else(|| deletion.too_many(desired, choices, own_users, own_groups));
            deletion.verdict = refusal.map_or(Verdict::Allowed, Verdict::Refused);
        }
        deletion
    }

    /// Whether the user at this place will be gone.
    pub fn deletes_user(&self, place: usize) -> bool {
        matches!(self.verdict, Verdict::Allowed) && self.users.contains(&place)
    }

    /// Another source of the same kind feeds the connection: whose users are whose cannot be told.
    fn rivals(&self, desired: &Desired, held: &Held) -> Option<String> {
        let origin = &desired.origin;
        let rival = held
            .groups
            .iter()
            .flatten()
            .filter_map(|group| group.external_id.as_deref())
            .find(|external_id| (origin.is_group_id)(external_id) && !origin.owns_group(external_id))?;
        (!self.users.is_empty()).then(|| {
            format!(
                "Nothing is deleted: the connection also holds a group that is not of {} ({rival}), so who is missing may \
                 be of another source. Give each source a connection of its own.",
                origin.name
            )
        })
    }

    fn too_many(
        &self,
        desired: &Desired,
        choices: &Choices,
        own_users: usize,
        own_groups: usize,
    ) -> Option<String> {
        let origin = &desired.origin.name;
        let (users, groups) = (self.users.len(), self.groups.len());
        if choices.delete_limit.is_none() && users > 0 && users == own_users {
            return Some(format!(
                "Nothing is deleted: nobody whom the connection holds is in {origin}. Is it the right connection? If so, \
                 say with --delete-limit {users} how many may go."
            ));
        }
        let limit = |there_are: usize| choices.delete_limit.unwrap_or(FEWEST.max(there_are.div_ceil(ONE_IN)));
        let (user_limit, group_limit) = (limit(own_users), limit(own_groups));
        (users > user_limit || groups > group_limit).then(|| {
            format!(
                "Nothing is deleted: {users} of {own_users} users and {groups} of {own_groups} groups are not in {origin} any \
                 more, and at most {user_limit} users and {group_limit} groups may be deleted. If that is right, allow more \
                 with --delete-limit {}.",
                users.max(groups)
            )
        })
    }

    /// Puts the deletions into the plan, or says why there are none.
    pub fn plan(self, plan: &mut Plan, held: &Held) {
        let users = self.users.iter().filter_map(|place| held.users.get(*place));
        let groups = self.groups.iter().filter_map(|place| held.groups.as_ref()?.get(*place));
        if matches!(self.verdict, Verdict::Allowed) {
            let users = users.map(|user| (Act::DeleteUser, &user.user_name, path("Users", &user.id)));
            let groups =
                groups.map(|group| (Act::DeleteGroup, &group.display_name, path("Groups", &group.id)));
            plan.steps.extend(users.chain(groups).map(|(act, subject, path)| Step {
                act,
                subject: subject.clone(),
                detail: Vec::new(),
                work: Work::Delete { path },
            }));
        } else {
            plan.missing_users.extend(users.map(|user| user.user_name.clone()));
            plan.missing_groups.extend(groups.map(|group| group.display_name.clone()));
        }
        if let Verdict::Refused(reason) = self.verdict {
            plan.problems.push(reason);
        }
    }
}

fn places<T>(items: &[T], matches: impl Fn(&T) -> bool) -> BTreeSet<usize> {
    items.iter().enumerate().filter(|(_, item)| matches(item)).map(|(place, _)| place).collect()
}
