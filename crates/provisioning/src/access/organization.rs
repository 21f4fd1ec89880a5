//! Who has access to an organization, since when, and why.

use super::chain::chain;
use super::tree::Tree;
use super::{Entry, Named, mark_effective};
use crate::Error;
use crate::people::time;
use crate::policy::attributes::Profile;
use crate::roster;
use schemars::JsonSchema;
use scim::filter::Filter;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use store::memberships;
use store::organizations::Organization;
use store::roles::{self, Role};
use store::search::Within;
use store::users::{self, Status, User};
use store::{TenantId, Tx};

/// Who may do what at an organization, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationAccess {
    /// The organization.
    pub organization: Named,
    /// The users with a role there, in the order of their making.
    pub people: Vec<Holder>,
    /// The last user of the page, after whom the next begins; `None` at the end.
    pub next: Option<String>,
}

/// A user with a role at an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Holder {
    /// The user's id.
    pub user: String,
    /// The username.
    pub user_name: String,
    /// How the person is called.
    pub name: String,
    /// `active`, `deactivated` or `staged`.
    pub status: &'static str,
    /// Since when the user has had a role there without a break, by what is on record now.
    pub since: String,
    /// The roles there, the strongest first.
    pub entries: Vec<Entry>,
}

/// Who may do what at an organization: `limit` users after an id.
pub fn of_organization(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    organization: &Organization,
    after: &str,
    limit: usize,
) -> Result<OrganizationAccess, Error> {
    let sight = Sight::of(tx, tenant, organization)?;
    // One more than asked for tells whether anybody comes after.
    let one_more = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut found = BTreeSet::new();
    for (place, inherited_only) in &sight.line {
        let there = memberships::users_of_organization(tx, tenant, place, after, *inherited_only, one_more)?;
        found.extend(there);
    }
    let more = found.len() > limit;
    let mut people = Vec::new();
    for id in found.into_iter().take(limit) {
        let Some(user) = users::by_id(tx, tenant, &id)? else { continue };
        people.push(sight.holder(tx, tenant, &user)?);
    }
    let next = people.last().filter(|_| more).map(|last| last.user.clone());
    Ok(OrganizationAccess { organization: sight.organization, people, next })
}

/// The same of those whom a filter over the users of a directory finds, with how many they are in all.
pub fn sought(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    organization: &Organization,
    filter: &Filter,
    (after, limit): (&str, i64),
) -> Result<(i64, OrganizationAccess), Error> {
    let sight = Sight::of(tx, tenant, organization)?;
    let within = Within::Organizations(sight.line.clone());
    let found = roster::among(tx, tenant, filter, &within, (after, limit))?;
    let people = found.rows.iter().map(|user| sight.holder(tx, tenant, user));
    let people = people.collect::<Result<Vec<_>, Error>>()?;
    let next = found.next.map(|next| next.id);
    Ok((found.total, OrganizationAccess { organization: sight.organization, people, next }))
}

/// An organization with what decides who has a role there.
struct Sight {
    organization: Named,
    tree: Tree,
    roles: HashMap<String, Role>,
    /// The organization and those above it, of which only what is passed down counts.
    line: Vec<(String, bool)>,
}

impl Sight {
    fn of(tx: &mut Tx<'_>, tenant: TenantId, organization: &Organization) -> Result<Self, Error> {
        let tree = Tree::read(tx, tenant)?;
        let roles = roles::all(tx, tenant)?.into_iter().map(|role| (role.id.clone(), role)).collect();
        let line = tree.line(&organization.id);
        let organization = Named { id: organization.id.clone(), name: organization.name.clone() };
        Ok(Self { organization, tree, roles, line })
    }

    /// What a user has there, and why.
    fn holder(&self, tx: &mut Tx<'_>, tenant: TenantId, user: &User) -> Result<Holder, Error> {
        let mut held = memberships::of_user(tx, tenant, &user.id)?;
        held.retain(|membership| {
            self.line.iter().any(|(place, inherited_only)| {
                membership.organization == *place && (membership.inherit || !inherited_only)
            })
        });
        let mut entries = Vec::new();
        for membership in &held {
            let Some(role) = self.roles.get(&membership.role) else { continue };
            let above = (membership.organization != self.organization.id)
                .then(|| self.tree.named(&membership.organization));
            entries.push(Entry {
                organization: self.organization.clone(),
                role: Named { id: role.id.clone(), name: role.name.clone() },
                effective: false,
                inherited_from: above.flatten(),
                because: chain(tx, tenant, user, membership)?,
            });
        }
        mark_effective(&mut entries, &self.roles, user.status == Status::Active);
        let since = held.iter().map(|membership| membership.since).min().unwrap_or_default();
        Ok(Holder {
            user: user.id.clone(),
            user_name: user.user_name.clone(),
            name: Profile::of_user(user).called(),
            status: user.status.as_str(),
            since: time(since),
            entries,
        })
    }
}
