//! What the service's own test of a connection leaves: people and organizations that nobody is and nobody uses. They go
//! without a trace but for their events.
//!
//! Users are never deleted. A scratch user is none: a token that was made for the test created it, and nothing that
//! anybody else did tells of it. Whatever somebody else touched stays.

use crate::Error;
use crate::people::{self, Act, Operator};
use serde_json::json;
use store::events::{self, Event};
use store::{Scope, Store, TenantId, Tx, memberships, mirror_users, organizations, tenants, tokens, users};

/// How many events are read at once.
const PAGE: i64 = 500;

/// The number of the tenant's newest event: where a test begins.
pub fn mark(tx: &mut Tx<'_>, tenant: TenantId) -> Result<i64, Error> {
    Ok(tenants::by_id(tx, tenant)?.map_or(0, |tenant| tenant.last_event))
}

/// Revokes the token of a test: from then on nothing that is late is carried out with it.
///
/// # Errors
/// The archive cannot be written. The token lives for a few minutes then.
pub async fn end(store: &Store, operator: &Operator, scope: Scope, token: &str) -> Result<(), Error> {
    let (token, now) = (token.to_owned(), store.clock().now());
    people::act(store, operator, scope.tenant, move |act| end_token(act, scope, &token, now)).await
}

/// The resources that a token created after an event, as paths below the connection: groups first.
pub fn resources(tx: &mut Tx<'_>, tenant: TenantId, token: &str, mark: i64) -> Result<Vec<String>, Error> {
    let mut paths = Vec::new();
    for event in events_by(tx, tenant, token, mark)? {
        match event.kind.as_str() {
            "group.created" => paths.insert(0, format!("/Groups/{}", event.subject.1)),
            "user.created" => {
                let id = event.after.as_ref().and_then(|after| after["scimId"].as_str());
                paths.extend(id.map(|id| format!("/Users/{id}")));
            }
            _ => {}
        }
    }
    Ok(paths)
}

/// Takes away the people and organizations that a token created after an event; returns how many. Their resources were
/// deleted before.
///
/// # Errors
/// The archive cannot be written.
pub async fn take_away(
    store: &Store,
    operator: &Operator,
    scope: Scope,
    token: &str,
    mark: i64,
) -> Result<usize, Error> {
    let token = token.to_owned();
    people::act(store, operator, scope.tenant, move |act| {
        let mut gone = 0;
        for event in events_by(act.tx, scope.tenant, &token, mark)? {
            let id = &event.subject.1;
            gone += usize::from(match event.kind.as_str() {
                "user.created" => take_user(act, scope, id, &token)?,
                "organization.created" => take_organization(act, scope, id, &token)?,
                _ => false,
            });
        }
        Ok(gone)
    })
    .await
}

fn end_token(act: &mut Act<'_, '_>, scope: Scope, token: &str, now: i64) -> Result<(), Error> {
    let known = tokens::of_connection(act.tx, scope)?.into_iter().find(|known| known.id == token);
    if let Some(known) = known.filter(|known| known.revoked_at.is_none()) {
        let change = tokens::set_end(act.tx, &known, known.expires_at, Some(now))?;
        let summary = format!("Token \"{}\" was revoked", known.name);
        act.record(change, "token.revoked", ("token", token), Some(scope), summary, None, None);
    }
    Ok(())
}

/// What a token did after an event, oldest first.
fn events_by(tx: &mut Tx<'_>, tenant: TenantId, token: &str, mark: i64) -> Result<Vec<Event>, Error> {
    let mut found = Vec::new();
    let mut after = mark;
    loop {
        let page = events::after(tx, tenant, after, PAGE)?;
        let Some(last) = page.last() else { return Ok(found) };
        after = last.number;
        found.extend(page.into_iter().filter(|event| is_by(event, token)));
    }
}

/// The token's own act, or one of the service itself: only from within does a request come without a credential and
/// change something.
fn is_by(event: &Event, token: &str) -> bool {
    event.actor.0 == "token" && event.actor.1.as_deref().is_none_or(|actor| actor == token)
}

/// Whether nobody else did anything to it.
fn is_untouched(tx: &mut Tx<'_>, tenant: TenantId, id: &str, token: &str) -> Result<bool, Error> {
    Ok(events::of_subject(tx, tenant, id)?.iter().all(|event| is_by(event, token)))
}

fn take_user(act: &mut Act<'_, '_>, scope: Scope, id: &str, token: &str) -> Result<bool, Error> {
    let tenant = scope.tenant;
    let Some(user) = users::by_id(act.tx, tenant, id)? else { return Ok(false) };
    let is_fed = user.linked || !mirror_users::of_user(act.tx, scope, id)?.is_empty();
    if is_fed || !is_untouched(act.tx, tenant, id, token)? {
        return Ok(false);
    }
    let held = memberships::of_user(act.tx, tenant, id)?;
    let mut change = users::delete(act.tx, tenant, id)?;
    for membership in &held {
        if let Some(also) = memberships::delete(act.tx, tenant, membership)? {
            change = change.and(also);
        }
    }
    let before = Some(json!({ "userName": user.user_name, "status": user.status.as_str() }));
    let summary = format!("The scratch user {} of a test was taken away", user.user_name);
    act.record(change, "user.removed", ("user", id), Some(scope), summary, before, None);
    Ok(true)
}

fn take_organization(act: &mut Act<'_, '_>, scope: Scope, id: &str, token: &str) -> Result<bool, Error> {
    let tenant = scope.tenant;
    let Some(organization) = organizations::by_id(act.tx, tenant, id)? else { return Ok(false) };
    let is_used = organization.archived_at.is_none()
        || memberships::any_at(act.tx, tenant, id)?
        || organizations::has_children(act.tx, tenant, id)?;
    if is_used || !is_untouched(act.tx, tenant, id, token)? {
        return Ok(false);
    }
    let change = organizations::delete(act.tx, tenant, id)?;
    let before = Some(json!({ "name": organization.name }));
    let summary = format!("The scratch organization {} of a test was taken away", organization.name);
    act.record(change, "organization.removed", ("organization", id), Some(scope), summary, before, None);
    Ok(true)
}
