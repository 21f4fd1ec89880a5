//! Access explained: every (organization, role) a user holds, where it is inherited from, and the whole chain of
//! reasons: role ← mapping or rule ← group ← the request; and the other way round, who has access to an organization.

mod chain;
mod organization;
pub(crate) mod tree;

pub use chain::Because;
pub use organization::{Holder, OrganizationAccess, of_organization, sought};

use crate::Error;
use crate::policy::attributes::Profile;
use chain::chain;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use store::memberships;
use store::roles::{self, Role};
use store::users::{self, Status, User};
use store::{TenantId, Tx};
use tree::Tree;

/// What a user may do, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// The user's id.
    pub user: String,
    /// The username.
    pub user_name: String,
    /// How the person is called.
    pub name: String,
    /// `active`, `deactivated` or `staged`. Only an active user has the access below; for others it is on record.
    pub status: &'static str,
    /// Every organization and role.
    pub entries: Vec<Entry>,
}

/// One role at one organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The organization.
    pub organization: Named,
    /// The role.
    pub role: Named,
    /// Whether this is the strongest role the user has there, and the user is active.
    pub effective: bool,
    /// The organization above that passes the role down, if it is not held here itself.
    pub inherited_from: Option<Named>,
    /// The chain of reasons, nearest first.
    pub because: Vec<Because>,
}

/// An id and a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Named {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// Finds a user by id or username; somebody whose resource was deleted as well, if nobody else has the name.
///
/// # Errors
/// There is none.
pub fn find_user(tx: &mut Tx<'_>, tenant: TenantId, who: &str) -> Result<User, Error> {
    if let Some(user) = users::by_id(tx, tenant, who)? {
        return Ok(user);
    }
    if let Some(user) = users::linked_by_user_name(tx, tenant, who)? {
        return Ok(user);
    }
    users::former(tx, tenant, who)?
        .ok_or_else(|| Error::NotFound(format!("There is no user \"{who}\" in this tenant. Give a username or an id; `accessiq user list` shows them.")))
}

/// The same, for whatever changes somebody: of a person who was erased there is nothing to change.
pub(crate) fn find_living(tx: &mut Tx<'_>, tenant: TenantId, who: &str) -> Result<User, Error> {
    let user = find_user(tx, tenant, who)?;
    if user.status == Status::Erased {
        return Err(Error::Conflict(format!("User {} was erased. Nothing but the id is left.", user.id)));
    }
    Ok(user)
}

/// What a user may do, and why.
pub fn of_user(tx: &mut Tx<'_>, tenant: TenantId, user: &User) -> Result<Access, Error> {
    let tree = Tree::read(tx, tenant)?;
    let roles: HashMap<String, Role> =
        roles::all(tx, tenant)?.into_iter().map(|role| (role.id.clone(), role)).collect();
    let mut entries = Vec::new();
    for membership in memberships::of_user(tx, tenant, &user.id)? {
        let (Some(organization), Some(role)) =
            (tree.named(&membership.organization), roles.get(&membership.role))
        else {
            continue;
        };
        let because = chain(tx, tenant, user, &membership)?;
        let role = Named { id: role.id.clone(), name: role.name.clone() };
        if membership.inherit {
            for below in tree.below(&membership.organization) {
                entries.push(Entry {
                    organization: below,
                    role: role.clone(),
                    effective: false,
                    inherited_from: Some(organization.clone()),
                    because: because.clone(),
                });
            }
        }
        entries.push(Entry { organization, role, effective: false, inherited_from: None, because });
    }
    mark_effective(&mut entries, &roles, user.status == Status::Active);
    let profile = Profile::of_user(user);
    Ok(Access {
        user: user.id.clone(),
        user_name: user.user_name.clone(),
        name: profile.called(),
        status: user.status.as_str(),
        entries,
    })
}

/// Of several roles at one organization the one of the highest priority is effective.
fn mark_effective(entries: &mut [Entry], roles: &HashMap<String, Role>, active: bool) {
    let priority = |entry: &Entry| roles.get(&entry.role.id).map_or(0, |role| role.priority);
    let mut strongest: BTreeMap<Named, i64> = BTreeMap::new();
    for entry in entries.iter() {
        let known = strongest.entry(entry.organization.clone()).or_insert(i64::MIN);
        *known = (*known).max(priority(entry));
    }
    for entry in entries.iter_mut() {
        entry.effective = active && strongest.get(&entry.organization) == Some(&priority(entry));
    }
    entries.sort_by(|left, right| {
        let order =
            |entry: &Entry| (entry.organization.name.clone(), -priority(entry), entry.inherited_from.clone());
        order(left).cmp(&order(right))
    });
}
