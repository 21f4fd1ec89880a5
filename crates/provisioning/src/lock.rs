//! Locking a user out by hand: deactivated at once, and no identity provider lets the user in again.
//!
//! The mirror goes on following its provider; only the directory holds the user back, until a person unlocks.

use crate::access::find_living;
use crate::organizations::check_seen;
use crate::people::{self, Act, Operator};
use crate::policy::attributes::Profile;
use crate::{Error, directory};
use serde_json::json;
use store::tenants::Tenant;
use store::users::{self, Status, User};
use store::{Scope, Store, TenantId, Tx, mirror_users};

/// Deactivates a user by hand. Returns the user as it is now.
///
/// # Errors
/// No such user; the last active Owner; a version that is not the present one.
pub async fn lock(
    store: &Store,
    operator: &Operator,
    tenant: &Tenant,
    who: &str,
    version: Option<i64>,
) -> Result<User, Error> {
    let (number, who) = (tenant.tenant, who.to_owned());
    people::act(store, operator, number, move |act| {
        let before = find_living(act.tx, number, &who)?;
        check_seen(before.version, version)?;
        lock_out(act, number, &before)
    })
    .await
}

/// Locks a user out within an act. Returns the user as it is then.
pub(crate) fn lock_out(act: &mut Act<'_, '_>, tenant: TenantId, before: &User) -> Result<User, Error> {
    if before.locked_at.is_some() {
        return Ok(before.clone());
    }
    if directory::is_last_owner(act.tx, tenant, before)? {
        return Err(Error::Conflict(format!(
            "{} is the last active Owner. Make someone else an Owner first.",
            Profile::of_user(before).called()
        )));
    }
    let after = User { locked_at: Some(act.at), status: Status::Deactivated, ..before.clone() };
    write(act, tenant, before, after, ("user.locked", "was locked out by hand: all access ends"))
}

/// Lets a user in again, if the identity provider says so too. Returns the user as it is now.
///
/// # Errors
/// No such user; a version that is not the present one.
pub async fn unlock(
    store: &Store,
    operator: &Operator,
    tenant: &Tenant,
    who: &str,
    version: Option<i64>,
) -> Result<User, Error> {
    let (number, who) = (tenant.tenant, who.to_owned());
    people::act(store, operator, number, move |act| {
        let before = find_living(act.tx, number, &who)?;
        check_seen(before.version, version)?;
        let_in(act, number, &before)
    })
    .await
}

/// Lets a user in again within an act: one by hand in any case. Returns the user as it is then.
pub(crate) fn let_in(act: &mut Act<'_, '_>, tenant: TenantId, before: &User) -> Result<User, Error> {
    let is_by_hand = before.connection.is_none();
    if before.locked_at.is_none() && !(is_by_hand && before.status != Status::Active) {
        return Ok(before.clone());
    }
    let active = match before.connection {
        None => true,
        Some(connection) => fed_as_active(act.tx, Scope { tenant, connection }, before)?,
    };
    let (status, told) = if active {
        (Status::Active, "was unlocked by hand and has access again")
    } else {
        (Status::Deactivated, "was unlocked by hand; the identity provider has the user deactivated")
    };
    let after = User { locked_at: None, status, ..before.clone() };
    write(act, tenant, before, after, ("user.unlocked", told))
}

/// Whether any resource that the user follows is active.
fn fed_as_active(tx: &mut Tx<'_>, scope: Scope, user: &User) -> Result<bool, Error> {
    for (connection, id) in mirror_users::of_user(tx, scope, &user.id)? {
        let resource = mirror_users::by_id(tx, Scope { connection, ..scope }, &id)?;
        if resource.is_some_and(|resource| resource.feeds && resource.active) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn write(
    act: &mut Act<'_, '_>,
    tenant: TenantId,
    before: &User,
    mut after: User,
    (kind, what): (&'static str, &str),
) -> Result<User, Error> {
    after.version += 1;
    after.modified_at = act.at;
    let change = users::update(act.tx, tenant, &after)?;
    let summary = format!("{} {what}", Profile::of_user(&after).called());
    let told = |user: &User| json!({ "status": user.status.as_str(), "locked": user.locked_at.is_some() });
    let scope = before.connection.map(|connection| Scope { tenant, connection });
    act.record(change, kind, ("user", &after.id), scope, summary, Some(told(before)), Some(told(&after)));
    Ok(after)
}
