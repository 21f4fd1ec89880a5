//! The end of a connection: it takes no more requests from one moment on, and what it gave becomes by hand (*finalise*)
//! or ends with it (*terminate*), in the background. Its events and records stay.
//!
//! `preview.rs` tells who is concerned, `steps.rs` does it. See `docs/decisions/0013-erasure-and-retention.md`.

mod preview;
pub(crate) mod steps;

pub use preview::{Concerned, Preview};

use crate::connections::{by_id, ended};
use crate::organizations::check_seen;
use crate::people::{self, Act, Operator};
use crate::policy::attributes::Profile;
use crate::tenants::OWNER;
use crate::{Error, jobs};
use serde_json::json;
use store::connections::{self, Connection, Ending, Way};
use store::jobs::{Job, JobState};
use store::{
    Scope, Store, Tx, clients, memberships, mirror_groups, mirror_users, roles, tenants, tokens, users,
};

/// What a person wants of a connection that shall end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What becomes of what it gave.
    pub way: Way,
    /// The version that the person has seen.
    pub version: Option<i64>,
    /// Whether the person knows whom it concerns.
    pub confirmed: bool,
}

/// Ends a connection: from here on it takes no request, and its tokens and clients are revoked. Returns the job that
/// carries the rest out.
///
/// # Errors
/// No such connection, or one that was ended; a version that is not the present one; the tenant would lose its last
/// active Owner; nobody confirmed it.
pub async fn begin(store: &Store, operator: &Operator, id: &str, wanted: Wanted) -> Result<Job, Error> {
    let known = by_id(store, id)?;
    let place = known.clone();
    let preview = store.read_long(move |tx| preview::of(tx, &place, wanted.way)).await?;
    if !wanted.confirmed {
        return Err(Error::Unconfirmed(format!("{} Nothing of it can be taken back.", preview.summary)));
    }
    people::act(store, operator, known.scope.tenant, move |act| {
        let before = connections::by_id(act.tx, &known.id)?.ok_or_else(|| ended(&known))?;
        check_seen(before.version, wanted.version)?;
        check(act.tx, &before, wanted.way)?;
        let scope = before.scope;
        supersede(act, scope)?;
        let after = Connection {
            ending: Some(Ending { way: wanted.way, at: act.at }),
            version: before.version + 1,
            modified_at: act.at,
            ..before
        };
        let change = connections::end(act.tx, &after)?
            .and(tokens::end_of_connection(act.tx, scope, act.at)?)
            .and(clients::revoke_all(act.tx, scope, act.at)?);
        let becomes = match wanted.way {
            Way::Finalise => "what it gave becomes by hand",
            Way::Terminate => "what it alone gave ends",
        };
        let summary = format!(
            "Connection \"{}\" was ended: its tokens and clients are revoked, and {becomes}",
            after.name
        );
        let told = Some(json!({ "ending": wanted.way.as_str() }));
        let subject = ("connection", after.id.as_str());
        act.record(change, "connection.ending", subject, Some(scope), summary, None, told);
        jobs::ask_for_ending(act, scope, wanted.way)
    })
    .await
}

/// What the end of a connection would mean, and for whom.
///
/// # Errors
/// What ending it would refuse.
pub async fn preview(store: &Store, connection: &Connection, way: Way) -> Result<Preview, Error> {
    let connection = connection.clone();
    store.read_long(move |tx| preview::of(tx, &connection, way)).await
}

/// Refuses an end that cannot be.
fn check(tx: &mut Tx<'_>, connection: &Connection, way: Way) -> Result<(), Error> {
    match connection.ending {
        // What could not be carried out may be asked for again.
        Some(ending) if ending.way == way && is_left_undone(tx, connection)? => {}
        Some(_) => return Err(ended(connection)),
        None => {}
    }
    if way == Way::Terminate
        && let Some(owner) = last_owner(tx, connection.scope)?
    {
        return Err(Error::Conflict(format!(
            "{owner} is the last active Owner, and would be deactivated with connection \"{}\". Make someone else an Owner first, or finalise the connection.",
            connection.name
        )));
    }
    Ok(())
}

/// Whether something of an ended connection is left, and nobody is about to let it go: its end may be asked for again.
///
/// # Errors
/// The archive fails.
pub fn is_left_undone(tx: &mut Tx<'_>, connection: &Connection) -> Result<bool, Error> {
    let scope = connection.scope;
    if connection.ending.is_none() {
        return Ok(false);
    }
    let is_open = !store::jobs::open_of_connection(tx, scope)?.is_empty();
    Ok(!is_open && mirror_users::count(tx, scope)? + mirror_groups::count(tx, scope)? > 0)
}

/// An active Owner of the tenant, if this connection alone feeds every one there is.
fn last_owner(tx: &mut Tx<'_>, scope: Scope) -> Result<Option<String>, Error> {
    let (Some(owner), Some(tenant)) =
        (roles::by_name(tx, scope.tenant, OWNER)?, tenants::by_id(tx, scope.tenant)?)
    else {
        return Ok(None);
    };
    let mut last = None;
    for id in memberships::active_holders(tx, scope.tenant, (&tenant.root_organization, &owner.id))? {
        let Some(user) = users::by_id(tx, scope.tenant, &id)? else { continue };
        if !is_fed_by_it_alone(tx, scope, &user)? {
            return Ok(None);
        }
        last = Some(Profile::of_user(&user).called());
    }
    Ok(last)
}

/// Whether a user is this connection's, and no resource of another feeds them.
fn is_fed_by_it_alone(tx: &mut Tx<'_>, scope: Scope, user: &users::User) -> Result<bool, Error> {
    Ok(user.connection == Some(scope.connection)
        && mirror_users::feeding_beside(tx, scope, &user.id)?.is_empty())
}

/// Ends what was to be carried out for the connection: nobody needs it any more.
fn supersede(act: &mut Act<'_, '_>, scope: Scope) -> Result<(), Error> {
    for mut job in store::jobs::open_of_connection(act.tx, scope)? {
        job.state = JobState::Failed;
        job.failure = Some("The connection was ended before this was carried out.".into());
        job.modified_at = act.at;
        job.finished_at = Some(act.at);
        store::jobs::update(act.tx, &job)?;
    }
    Ok(())
}
