//! The directory's side of a request: reads the facts of one user, asks `policy::derive`, and writes the difference
//! with its events. One changed user re-derives one user; one changed group, the members that changed.

use crate::Error;
use crate::policy::attributes::Profile;
use crate::policy::derive::{self, Facts};
use crate::tenants::OWNER;
use crate::unit::{Told, Work};
use crate::users::short;
use scim::ScimError;
use scim::fold::fold;
use serde_json::json;
use std::collections::BTreeSet;
use store::mappings::{self, Mapping};
use store::members::{self, MemberKind};
use store::memberships::{self, Membership, Reason};
use store::mirror_users::{self, MirrorUser};
use store::users::{self, Status, User};
use store::{Scope, StoreError, TenantId, Tx, organizations, roles, tenants};

/// Every group that holds a resource, directly or through groups within groups. Cycles are harmless.
pub fn groups_holding(tx: &mut Tx<'_>, scope: Scope, id: &str) -> Result<BTreeSet<String>, StoreError> {
    let mut found = BTreeSet::new();
    let mut open = vec![id.to_owned()];
    while let Some(next) = open.pop() {
        for member in members::of_member(tx, scope, &next)? {
            if found.insert(member.group_id.clone()) {
                open.push(member.group_id);
            }
        }
    }
    Ok(found)
}

/// Every User resource within a group, directly or through groups within it. Cycles are harmless.
pub fn users_within(tx: &mut Tx<'_>, scope: Scope, group_id: &str) -> Result<BTreeSet<String>, StoreError> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::from([group_id.to_owned()]);
    let mut open = vec![group_id.to_owned()];
    while let Some(next) = open.pop() {
        for member in members::of_group(tx, scope, &next)? {
            match member.kind {
                MemberKind::User => {
                    found.insert(member.member_id);
                }
                MemberKind::Group if seen.insert(member.member_id.clone()) => open.push(member.member_id),
                MemberKind::Group => {}
            }
        }
    }
    Ok(found)
}

/// The mappings of every group that holds a resource.
pub fn mappings_of(tx: &mut Tx<'_>, scope: Scope, id: &str) -> Result<Vec<Mapping>, StoreError> {
    let mut found = Vec::new();
    for group in groups_holding(tx, scope, id)? {
        found.extend(mappings::of_group(tx, scope, &group)?);
    }
    Ok(found)
}

/// What the tenant gives to everyone: organization and role.
pub fn default_of(tx: &mut Tx<'_>, scope: Scope) -> Result<(String, String), StoreError> {
    let tenant = tenants::by_id(tx, scope.tenant)?
        .ok_or_else(|| StoreError::Unreadable("the tenant of a connection is gone".into()))?;
    Ok((tenant.default_organization, tenant.default_role))
}

/// What keeps a user from what its resource says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// A person locked the user out, whom the resource has as active.
    Locked,
    /// The user follows other connections, and this one no longer.
    TakenOver,
}

/// Re-derives the directory's user behind a resource that is there. Returns what keeps the user from following it.
pub fn rederive(work: &mut Work<'_, '_>, resource: &MirrorUser) -> Result<Option<Held>, Error> {
    let user = users::by_id(work.tx, work.scope.tenant, &resource.user_id)?.ok_or_else(|| {
        StoreError::Unreadable(format!("user {} of resource {} is gone", resource.user_id, resource.id))
    })?;
    apply(work, &user, Some(resource))?;
    Ok(match (resource.feeds, user.locked_at) {
        (false, _) => Some(Held::TakenOver),
        (true, Some(_)) if resource.active => Some(Held::Locked),
        (true, _) => None,
    })
}

/// Re-derives the user behind the resource of an id. Returns what keeps the user from following it.
pub fn rederive_id(work: &mut Work<'_, '_>, id: &str) -> Result<Option<Held>, Error> {
    match mirror_users::by_id(work.tx, work.scope, id)? {
        Some(resource) => rederive(work, &resource),
        None => Ok(None),
    }
}

/// Gives the directory's user what follows from the connection's resource, or from there being none any more.
pub fn apply(work: &mut Work<'_, '_>, user: &User, resource: Option<&MirrorUser>) -> Result<(), Error> {
    let scope = work.scope;
    let resource = resource.filter(|resource| resource.feeds);
    let others = mirror_users::feeding_beside(work.tx, scope, &user.id)?;
    let default = default_of(work.tx, scope)?;
    let mappings = match resource {
        Some(resource) => mappings_of(work.tx, scope, &resource.id)?,
        None => Vec::new(),
    };
    let facts = Facts {
        user,
        resource,
        others: &others,
        mappings: &mappings,
        rules: &work.policy.attributes,
        connection: scope.connection,
        default: (&default.0, &default.1),
    };
    let desired = derive::desired(&facts);
    let id = user.id.clone();
    let called = update_user(work, user, desired.status, desired.profile, desired.linked)?;
    let has = memberships::of_user(work.tx, scope.tenant, &id)?;
    let difference = derive::difference(scope.connection, &has, &desired.grants);
    for membership in difference.end {
        end_membership(work, membership, &called)?;
    }
    for ((organization, role, reason), inherit) in difference.start {
        let membership = Membership {
            user: id.clone(),
            organization: organization.clone(),
            role: role.clone(),
            reason: reason.clone(),
            inherit,
            since: work.at,
            request_id: work.request_id.map(str::to_owned),
        };
        let held = has.iter().find(|held| held.is_same_as(&membership));
        start_membership(work, &membership, held, &called)?;
    }
    Ok(())
}

/// Writes status and attributes where they differ; returns how the person is called.
fn update_user(
    work: &mut Work<'_, '_>,
    before: &User,
    status: Status,
    profile: Option<Profile>,
    linked: bool,
) -> Result<String, Error> {
    let mut user = before.clone();
    user.status = status;
    user.linked = linked;
    if let Some(profile) = profile {
        profile.put_on(&mut user);
    }
    let (old, new) = (Profile::of_user(before), Profile::of_user(&user));
    let called = new.called();
    if user == *before {
        return Ok(called);
    }
    if status != Status::Active {
        protect_last_owner(work, before)?;
    }
    user.version += 1;
    user.modified_at = work.at;
    let change =
        users::update(work.tx, work.scope.tenant, &user).map_err(|error| taken(error, &user.user_name))?;
    let (kind, summary) = match (before.status, status) {
        (Status::Active, Status::Deactivated) => {
            ("user.deactivated", format!("{called} was deactivated: all access ends"))
        }
        (Status::Deactivated, Status::Active) => {
            ("user.reactivated", format!("{called} was reactivated: memberships are restored"))
        }
        _ => ("user.updated", format!("{called} was updated")),
    };
    let told = |user: &User, profile: &Profile| {
        let mut told = profile.told();
        told["status"] = json!(user.status.as_str());
        told
    };
    let (before, after) = changed_parts(told(before, &old), told(&user, &new));
    work.record(change, kind, ("user", &user.id), Told { summary, before: Some(before), after: Some(after) });
    Ok(called)
}

/// A number with the words for one or for many: `1 group`, `2 groups`.
pub fn counted(number: impl TryInto<i64>, one: &str, many: &str) -> String {
    let number = number.try_into().unwrap_or(i64::MAX);
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Leaves of two objects only the members that differ.
pub fn changed_parts(
    before: serde_json::Value,
    after: serde_json::Value,
) -> (serde_json::Value, serde_json::Value) {
    let (serde_json::Value::Object(mut before), serde_json::Value::Object(mut after)) = (before, after)
    else {
        return Default::default();
    };
    let same: Vec<String> = before
        .iter()
        .filter(|(key, value)| after.get(*key) == Some(value))
        .map(|(key, _)| key.clone())
        .collect();
    for key in same {
        before.shift_remove(&key);
        after.shift_remove(&key);
    }
    (before.into(), after.into())
}

/// The directory's own guard of usernames, told to the provider as the conflict it is.
pub fn taken(error: StoreError, user_name: &str) -> Error {
    if error.is_constraint("users_user_name_key") || error.is_constraint("mirror_users_user_name_key") {
        return conflict(user_name).into();
    }
    error.into()
}

/// `409` for a username that somebody has.
pub fn conflict(user_name: &str) -> ScimError {
    ScimError::uniqueness(format!(
        "userName \"{}\" belongs to another user. Choose another userName, or deactivate and remove the user who has it.",
        short(user_name)
    ))
}

/// Whether a user is the last active Owner of a tenant: the one who was made Owner of its root, by hand, and no other
/// active user was. An Owner of an organization further down is not one of the tenant.
pub fn is_last_owner(tx: &mut Tx<'_>, tenant: TenantId, user: &User) -> Result<bool, StoreError> {
    if user.status != Status::Active {
        return Ok(false);
    }
    let Some(owner) = roles::by_name(tx, tenant, OWNER)? else { return Ok(false) };
    let Some(root) = tenants::by_id(tx, tenant)?.map(|found| found.root_organization) else {
        return Ok(false);
    };
    let is_owner = memberships::of_user(tx, tenant, &user.id)?.iter().any(|membership| {
        membership.organization == root && membership.role == owner.id && membership.reason == Reason::Hand
    });
    Ok(is_owner && !memberships::another_active_holder(tx, tenant, (&root, &owner.id), &user.id)?)
}

/// The last active Owner of a tenant is never locked out by a directory.
fn protect_last_owner(work: &mut Work<'_, '_>, user: &User) -> Result<(), Error> {
    if is_last_owner(work.tx, work.scope.tenant, user)? {
        return Err(ScimError::status(403, format!(
            "{} is the last active Owner in AccessIQ and cannot be deactivated or deleted by the identity provider. Make someone else an Owner in AccessIQ first.",
            Profile::of_user(user).called()
        )).into());
    }
    Ok(())
}

/// Starts a membership, or gives the one that is `held` another `inherit`.
pub fn start_membership(
    work: &mut Work<'_, '_>,
    membership: &Membership,
    held: Option<&Membership>,
    called: &str,
) -> Result<(), Error> {
    let tenant = work.scope.tenant;
    let Some(change) = memberships::insert(work.tx, tenant, membership)? else { return Ok(()) };
    let (organization, role) = names(work.tx, work.scope, membership)?;
    let (kind, summary) = started(held, membership.inherit, called, &role, &organization);
    let told = |membership: &Membership| told(membership, &organization, &role);
    let told = Told { summary, before: held.map(told), after: Some(told(membership)) };
    work.record(change, kind, ("user", &membership.user), told);
    Ok(())
}

/// What it is called that somebody has a role from now on, or has it otherwise than the one that was `held`.
pub fn started(
    held: Option<&Membership>,
    inherit: bool,
    called: &str,
    role: &str,
    organization: &str,
) -> (&'static str, String) {
    match held {
        None => ("membership.started", format!("{called} became {role} of {organization}")),
        Some(_) if inherit => {
            ("membership.changed", format!("{called} became {role} below {organization} as well"))
        }
        Some(_) => ("membership.changed", format!("{called} is no longer {role} below {organization}")),
    }
}

/// Ends every membership of a user that a connection gave, but for the one that everybody has.
pub fn end_given(work: &mut Work<'_, '_>, user: &User, connection: i64) -> Result<(), Error> {
    let called = Profile::of_user(user).called();
    for membership in memberships::of_user(work.tx, work.scope.tenant, &user.id)? {
        if membership.reason.connection() == Some(connection) {
            end_membership(work, &membership, &called)?;
        }
    }
    Ok(())
}

/// Ends a membership.
pub fn end_membership(work: &mut Work<'_, '_>, membership: &Membership, called: &str) -> Result<(), Error> {
    let tenant = work.scope.tenant;
    let Some(change) = memberships::delete(work.tx, tenant, membership)? else { return Ok(()) };
    let (organization, role) = names(work.tx, work.scope, membership)?;
    let summary = format!("{called} is no longer {role} of {organization}");
    let told = Told { summary, before: Some(told(membership, &organization, &role)), after: None };
    work.record(change, "membership.ended", ("user", &membership.user), told);
    Ok(())
}

pub(crate) fn names(
    tx: &mut Tx<'_>,
    scope: Scope,
    membership: &Membership,
) -> Result<(String, String), StoreError> {
    let organization = organizations::by_id(tx, scope.tenant, &membership.organization)?;
    let role = roles::by_id(tx, scope.tenant, &membership.role)?;
    Ok((
        organization.map_or_else(String::new, |found| found.name),
        role.map_or_else(String::new, |found| found.name),
    ))
}

/// A membership as events tell of it.
pub fn told(membership: &Membership, organization: &str, role: &str) -> serde_json::Value {
    json!({
        "organization": { "id": membership.organization, "name": organization },
        "role": { "id": membership.role, "name": role },
        "reason": membership.reason,
        "inherit": membership.inherit,
    })
}

/// A name in a form for addresses: letters and digits of any script, folded, words joined by `-`.
pub fn slug(name: &str) -> String {
    let folded = fold(name);
    let words = folded.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("-");
    if slug.is_empty() { "organization".to_owned() } else { slug }
}
