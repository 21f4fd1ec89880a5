//! Links that wait for a person: a connection sends somebody who is there by hand and has a role of Admin or above.
//!
//! The creation is refused, and what it asked for is kept. Once a person approved it, the provider's next creation of that
//! very person links. See `docs/decisions/0012-whose-user.md`.

use crate::Error;
use crate::ground::Ground;
use crate::organizations::check_seen;
use crate::people::{self, Operator};
use crate::policy::attributes::Profile;
use crate::session::Session;
use crate::unit::{self, Told, Unit};
use crate::users::short;
use scim::ScimError;
use serde_json::{Value, json};
use std::sync::Arc;
use store::links::{self, Link, LinkState};
use store::tenants::Tenant;
use store::users;
use store::{Scope, Store, TenantId, Tx};

/// How long an approval waits for the provider's next attempt, in microseconds.
pub const APPROVAL: i64 = 30 * 24 * 3_600 * 1_000_000;

/// What a creation asked for that a person must approve first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The user by hand.
    pub user: String,
    /// What was sent of the person.
    pub sent: Profile,
    /// What the provider is told.
    pub refusal: ScimError,
}

impl Asked {
    /// Somebody who has a role of Admin or above.
    pub(crate) fn of(user: &str, sent: &Profile) -> Self {
        let refusal = ScimError::uniqueness(format!(
            "userName \"{}\" belongs to a user who was made by hand in AccessIQ and has a role of Admin or above. An Owner \
             must approve the link in AccessIQ first; then send the user again.",
            short(&sent.user_name)
        ));
        Self { user: user.to_owned(), sent: sent.clone(), refusal }
    }
}

/// Whether a person approved the link to somebody for what is sent now, and not too long ago.
pub(crate) fn is_approved(link: &Link, sent: &Profile, now: i64) -> bool {
    let decided = link.decided.as_ref().map_or(i64::MIN, |(_, at)| *at);
    link.state == LinkState::Approved && is_about(link, sent) && now.saturating_sub(decided) <= APPROVAL
}

/// Whether a person refused the link to somebody for what is sent now.
pub(crate) fn is_rejected(link: &Link, sent: &Profile) -> bool {
    link.state == LinkState::Rejected && is_about(link, sent)
}

/// Whether what is sent is what the person who decides was shown.
fn is_about(link: &Link, sent: &Profile) -> bool {
    (&link.user_name, &link.external_id, &link.email) == (&sent.user_name, &sent.external_id, &sent.email)
}

/// Keeps what a refused creation asked for, so that a person can decide. Returns what the provider is told.
pub(crate) async fn ask(ground: impl Ground, session: &Arc<Session>, asked: Asked) -> Error {
    let refusal = asked.refusal.clone();
    match unit::aside(ground, session, move |unit| keep(unit, &asked)).await {
        Ok(()) => refusal.into(),
        Err(error) => error,
    }
}

fn keep(unit: &mut Unit<'_, '_>, asked: &Asked) -> Result<(), Error> {
    let (scope, at) = (unit.session.scope, unit.session.at);
    let Some(user) = users::by_id(unit.tx, scope.tenant, &asked.user)? else { return Ok(()) };
    let known = links::of_user(unit.tx, scope, &asked.user)?;
    if known.as_ref().is_some_and(|link| link.state == LinkState::Pending && is_about(link, &asked.sent)) {
        return Ok(());
    }
    let sent = asked.sent.clone();
    let link = Link {
        id: known.as_ref().map_or_else(|| unit.new_id(), |link| link.id.clone()),
        connection: scope.connection,
        user: user.id.clone(),
        user_name: sent.user_name,
        external_id: sent.external_id,
        email: sent.email,
        state: LinkState::Pending,
        request_id: unit.session.request_id.clone(),
        decided: None,
        version: known.as_ref().map_or(1, |link| link.version + 1),
        created_at: known.as_ref().map_or(at, |link| link.created_at),
        modified_at: at,
    };
    let change = match known {
        Some(_) => links::update(unit.tx, scope.tenant, &link)?,
        None => links::insert(unit.tx, scope.tenant, &link)?,
    };
    let called = Profile::of_user(&user).called();
    let summary = format!("A link to {called}, who was made by hand, waits for approval");
    let told = Told { summary, before: None, after: Some(told(&link)) };
    unit.record(change, "link.asked", ("user", &user.id), told);
    Ok(())
}

/// Decides on a link. Approved, the connection's next creation of that very person links; rejected, none does.
///
/// # Errors
/// There is no such link; a version that is not the present one; somebody who does not act for the tenant; a user who is
/// by hand no more.
pub async fn decide(
    store: &Store,
    operator: &Operator,
    tenant: &Tenant,
    id: &str,
    version: Option<i64>,
    approve: bool,
) -> Result<Link, Error> {
    let (number, id) = (tenant.tenant, id.to_owned());
    people::act(store, operator, number, move |act| {
        let before = find(act.tx, number, &id)?;
        check_seen(before.version, version)?;
        if !act.operator.acts_for(number) {
            let detail = "A link is approved by an operator, or by an administrator who acts for the tenant.";
            return Err(ScimError::status(403, detail).into());
        }
        let user = users::by_id(act.tx, number, &before.user)?.filter(|user| user.connection.is_none());
        let user = user.ok_or_else(|| {
            Error::Conflict("The user is by hand no more: there is nothing left to decide.".into())
        })?;
        let (state, kind, what) = if approve {
            (LinkState::Approved, "link.approved", "was approved: the next attempt links")
        } else {
            (LinkState::Rejected, "link.rejected", "was rejected")
        };
        if before.state == state {
            return Ok(before);
        }
        let after = Link {
            state,
            decided: Some((act.operator.name.clone(), act.at)),
            version: before.version + 1,
            modified_at: act.at,
            ..before.clone()
        };
        let change = links::update(act.tx, number, &after)?;
        let summary = format!("The link to {} {what}", Profile::of_user(&user).called());
        let scope = Some(Scope { tenant: number, connection: after.connection });
        let (old, new) = (Some(told(&before)), Some(told(&after)));
        act.record(change, kind, ("user", &user.id), scope, summary, old, new);
        Ok(after)
    })
    .await
}

/// The link of an id.
///
/// # Errors
/// There is none.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<Link, Error> {
    links::by_id(tx, tenant, id)?.ok_or_else(|| {
        Error::NotFound(format!("There is no link \"{id}\" that waits. It may have been carried out."))
    })
}

fn told(link: &Link) -> Value {
    json!({
        "id": link.id,
        "state": link.state.as_str(),
        "userName": link.user_name,
        "externalId": link.external_id,
        "email": link.email,
    })
}
