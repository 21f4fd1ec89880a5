//! Whose user it is: who owns a user, and which connections feed one.
//!
//! A user is by hand, or owned by one connection. The owner's resource gives the attributes; every resource that the user
//! follows gives memberships, and may let the user in. What decides for which creation the owner changes is in
//! `users/claim.rs`; here is what it takes to change it.

use crate::Error;
use crate::directory::{self, end_given, end_membership, start_membership, taken};
use crate::policy::attributes::Profile;
use crate::unit::{Told, Work};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::memberships::{self, Membership, Reason};
use store::mirror_users::{self, MirrorUser};
use store::users::{self, User};
use store::{Scope, StoreError, Tx, connections};

/// What becomes of a creation that meets a user by hand of the same username.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExistingUsers {
    /// It is refused.
    #[default]
    Reject,
    /// The user becomes the connection's, if the address lies in a domain that the tenant has verified.
    Link,
}

/// What becomes of a creation that meets a user of another connection of the tenant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OtherConnections {
    /// It is refused.
    #[default]
    Reject,
    /// The user becomes this connection's, and follows the other no longer.
    TakeOver,
    /// The user stays the other's, and follows both.
    Share,
}

impl ExistingUsers {
    /// As settings name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Link => "link",
        }
    }

    /// The choice of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Reject, Self::Link].into_iter().find(|choice| choice.as_str() == name)
    }
}

impl OtherConnections {
    /// As settings name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::TakeOver => "take-over",
            Self::Share => "share",
        }
    }

    /// The choice of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Reject, Self::TakeOver, Self::Share].into_iter().find(|choice| choice.as_str() == name)
    }
}

/// Makes a connection the owner of a user, or leaves the user to people's hands, with the event of that kind. Returns the
/// user as it is then. Nothing else is derived anew.
///
/// # Errors
/// Somebody else has the username by now.
pub fn set_owner(
    work: &mut Work<'_, '_>,
    user: &User,
    owner: Option<i64>,
    (kind, summary): (&'static str, String),
) -> Result<User, Error> {
    let after = User {
        connection: owner,
        linked: true,
        version: user.version + 1,
        modified_at: work.at,
        ..user.clone()
    };
    let change =
        users::update(work.tx, work.scope.tenant, &after).map_err(|error| taken(error, &after.user_name))?;
    let (old, new) = (told(work, user.connection)?, told(work, owner)?);
    let told = Told { summary, before: Some(old), after: Some(new) };
    work.record(change, kind, ("user", &user.id), told);
    Ok(after)
}

/// The owner as events tell of it.
fn told(work: &mut Work<'_, '_>, owner: Option<i64>) -> Result<Value, StoreError> {
    let Some(connection) = owner else { return Ok(json!({ "owner": "hand" })) };
    let scope = Scope { connection, ..work.scope };
    Ok(match named(work.tx, scope)? {
        Some((id, name)) => json!({ "owner": { "id": id, "name": name } }),
        None => json!({ "owner": null }),
    })
}

/// Id and name of a connection, if it is there.
pub fn named(tx: &mut Tx<'_>, scope: Scope) -> Result<Option<(String, String)>, StoreError> {
    let found = connections::of_tenant(tx, scope.tenant)?.into_iter().find(|found| found.scope == scope);
    Ok(found.map(|found| (found.id, found.name)))
}

/// Lets a user no longer follow a connection: its resource stays, and every membership that it gave ends.
pub fn detach(work: &mut Work<'_, '_>, user: &User, connection: i64) -> Result<(), Error> {
    stop_following(work, user, connection)?;
    end_given(work, user, connection)
}

fn stop_following(work: &mut Work<'_, '_>, user: &User, connection: i64) -> Result<(), Error> {
    let scope = Scope { connection, ..work.scope };
    let resources = mirror_users::of_user(work.tx, scope, &user.id)?;
    let Some((_, id)) = resources.into_iter().find(|(number, _)| *number == connection) else {
        return Ok(());
    };
    if mirror_users::by_id(work.tx, scope, &id)?.is_none_or(|resource| !resource.feeds) {
        return Ok(());
    }
    let change = mirror_users::set_feeds(work.tx, scope, &id, false)?;
    let name = named(work.tx, scope)?.map_or_else(String::new, |(_, name)| name);
    let called = Profile::of_user(user).called();
    let summary = format!("{called} follows the connection \"{name}\" no longer");
    let told = Told { summary, before: Some(json!({ "scimId": id })), after: None };
    work.record(change, "user.detached", ("user", &user.id), told);
    Ok(())
}

/// Lets the user follow the connection's resource again.
pub(crate) fn attach(work: &mut Work<'_, '_>, resource: &MirrorUser) -> Result<(), Error> {
    let change = mirror_users::set_feeds(work.tx, work.scope, &resource.id, true)?;
    let name = named(work.tx, work.scope)?.map_or_else(String::new, |(_, name)| name);
    let called = Profile::of(&resource.document).called();
    let summary = format!("{called} follows the connection \"{name}\" again");
    let told = Told { summary, before: None, after: Some(json!({ "scimId": resource.id })) };
    work.record(change, "user.attached", ("user", &resource.user_id), told);
    Ok(())
}

/// Takes a user out of the hands of the connection that the work is about, so that nothing changes for the person: what the
/// connection gave is by hand from then on. If it owned the user, the oldest of the others that feed the user does, else
/// nobody but people's hands. Returns the user as it is then.
///
/// # Errors
/// The next owner has a username for the person that somebody else has.
pub fn give_to_hand(work: &mut Work<'_, '_>, user: &User) -> Result<User, Error> {
    let connection = work.scope.connection;
    stop_following(work, user, connection)?;
    let called = Profile::of_user(user).called();
    keep_given(work, user, &called)?;
    if user.connection != Some(connection) {
        return Ok(user.clone());
    }
    let others = mirror_users::feeding_beside(work.tx, work.scope, &user.id)?;
    let next = others.first().map(|(number, _)| *number);
    let summary = match next {
        None => format!("{called} is a user by hand from now on"),
        Some(_) => format!("{called} belongs to the next connection that feeds the user"),
    };
    let after = set_owner(work, user, next, ("user.released", summary))?;
    if next.is_some() {
        directory::apply(work, &after, None)?;
    }
    Ok(users::by_id(work.tx, work.scope.tenant, &user.id)?.unwrap_or(after))
}

/// Makes the memberships that the connection gave memberships by hand.
fn keep_given(work: &mut Work<'_, '_>, user: &User, called: &str) -> Result<(), Error> {
    let connection = work.scope.connection;
    let has = memberships::of_user(work.tx, work.scope.tenant, &user.id)?;
    let mut by_hand: Vec<Membership> =
        has.iter().filter(|membership| membership.reason == Reason::Hand).cloned().collect();
    for given in has.iter().filter(|given| given.reason.connection() == Some(connection)) {
        end_membership(work, given, called)?;
        let kept = Membership { reason: Reason::Hand, ..given.clone() };
        let held = by_hand.iter().position(|held| held.is_same_as(&kept));
        match held {
            // What is passed down already stays so.
            Some(place) if by_hand[place].inherit || !kept.inherit => {}
            Some(place) => {
                let held = by_hand[place].clone();
                start_membership(work, &kept, Some(&held), called)?;
                by_hand[place].inherit = true;
            }
            None => {
                start_membership(work, &kept, None, called)?;
                by_hand.push(kept);
            }
        }
    }
    Ok(())
}
