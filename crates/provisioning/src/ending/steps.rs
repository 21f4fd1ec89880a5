//! The end of a connection, some people and groups at a time. What is done is gone from the mirror, so that a job that
//! was interrupted finds what is left.

use super::is_fed_by_it_alone;
use super::preview::is_of;
use crate::directory::{self, end_membership};
use crate::policy::attributes::Profile;
use crate::policy::mapping;
use crate::unit::{Told, Work};
use crate::{Error, jobs};
use serde_json::json;
use store::connections::{self, Connection, Way};
use store::events::Unrecorded;
use store::jobs::Job;
use store::memberships::{self, Membership, Reason};
use store::mirror_groups::MirrorGroup;
use store::mirror_users::MirrorUser;
use store::users::{self, Status, User};
use store::{StoreError, mappings, members, mirror_groups, mirror_users, organizations, rules};

/// How many users or groups one step lets go.
const A_STEP: i64 = 64;

/// Makes one step.
pub(crate) fn advance(work: &mut Work<'_, '_>, connection: &Connection, job: &mut Job) -> Result<(), Error> {
    let way = connection
        .ending
        .map(|ending| ending.way)
        .ok_or_else(|| StoreError::Unreadable("a connection that is to end was not ended".into()))?;
    match job.phase.as_str() {
        "users" => let_users_go(work, way, job),
        "groups" => let_groups_go(work, way, job),
        "rules" => {
            let_rules_go(work)?;
            jobs::next(job, "tidy");
            Ok(())
        }
        _ => {
            if way == Way::Terminate && !jobs::tidy(work, job)? {
                return Ok(());
            }
            finish(work, connection, way, job)
        }
    }
}

fn let_users_go(work: &mut Work<'_, '_>, way: Way, job: &mut Job) -> Result<(), Error> {
    let page = mirror_users::page(work.tx, work.scope, &job.place, A_STEP)?;
    for resource in &page {
        let_user_go(work, way, resource)?;
        job.place.clone_from(&resource.id);
        job.done += 1;
    }
    if page.is_empty() {
        jobs::next(job, "groups");
    }
    Ok(())
}

fn let_user_go(work: &mut Work<'_, '_>, way: Way, resource: &MirrorUser) -> Result<(), Error> {
    let scope = work.scope;
    let user = users::by_id(work.tx, scope.tenant, &resource.user_id)?.ok_or_else(|| {
        StoreError::Unreadable(format!("user {} of resource {} is gone", resource.user_id, resource.id))
    })?;
    let alone = is_fed_by_it_alone(work.tx, scope, &user)?;
    // An Owner may have become the last one since the end was asked for. Nobody is locked out by it.
    let stays = way == Way::Finalise || (alone && directory::is_last_owner(work.tx, scope.tenant, &user)?);
    let called = Profile::of_user(&user).called();
    let mut change = mirror_users::delete(work.tx, scope, &resource.id)?;
    for member in members::of_member(work.tx, scope, &resource.id)? {
        if let Some(left) = members::delete(work.tx, scope, &member.group_id, &resource.id)? {
            change = change.and(left);
        }
    }
    let gone = json!({ "scimId": resource.id });
    if !alone {
        let summary = format!("The resource of {called} went with its connection; another feeds the user");
        let told = Told { summary, before: Some(gone), after: None };
        work.record(change, "resource.deleted", ("user", &user.id), told);
    } else if stays {
        keep(work, &user, &called, change, gone)?;
    } else {
        deactivate(work, &user, &called, change, gone)?;
    }
    for membership in memberships::of_user(work.tx, scope.tenant, &user.id)? {
        if is_of(scope, &membership) && stays {
            give_by_hand(work, &membership, &called)?;
        } else if is_of(scope, &membership) || (alone && !stays && membership.reason == Reason::Default) {
            end_membership(work, &membership, &called)?;
        }
    }
    Ok(())
}

/// Makes a user one by hand.
fn keep(
    work: &mut Work<'_, '_>,
    user: &User,
    called: &str,
    change: Unrecorded,
    gone: serde_json::Value,
) -> Result<(), Error> {
    let after = User {
        connection: None,
        linked: true,
        version: user.version + 1,
        modified_at: work.at,
        ..user.clone()
    };
    let change = change.and(users::update(work.tx, work.scope.tenant, &after)?);
    let summary = format!("{called} is a user by hand from now on: the connection has ended");
    let told = Told { summary, before: Some(gone), after: Some(json!({ "source": "hand" })) };
    work.record(change, "user.released", ("user", &user.id), told);
    Ok(())
}

fn deactivate(
    work: &mut Work<'_, '_>,
    user: &User,
    called: &str,
    change: Unrecorded,
    mut gone: serde_json::Value,
) -> Result<(), Error> {
    let after = User {
        status: Status::Deactivated,
        linked: false,
        version: user.version + 1,
        modified_at: work.at,
        ..user.clone()
    };
    let change = change.and(users::update(work.tx, work.scope.tenant, &after)?);
    gone["status"] = user.status.as_str().into();
    let (kind, summary) = if user.status == Status::Deactivated {
        ("user.updated", format!("{called} stays deactivated: the connection has ended"))
    } else {
        (
            "user.deactivated",
            format!("{called} was deactivated: the connection has ended, and all access with it"),
        )
    };
    let told = Told { summary, before: Some(gone), after: Some(json!({ "status": after.status.as_str() })) };
    work.record(change, kind, ("user", &user.id), told);
    Ok(())
}

/// Gives a membership by hand that a group or a rule gave, since the same day. One by hand that is there is kept.
fn give_by_hand(work: &mut Work<'_, '_>, membership: &Membership, called: &str) -> Result<(), Error> {
    let tenant = work.scope.tenant;
    let mut by_hand = Membership { reason: Reason::Hand, request_id: None, ..membership.clone() };
    let held = memberships::of_user(work.tx, tenant, &membership.user)?;
    if let Some(held) = held.iter().find(|held| held.is_same_as(&by_hand)) {
        by_hand.inherit |= held.inherit;
    }
    let Some(ended) = memberships::delete(work.tx, tenant, membership)? else { return Ok(()) };
    let change = match memberships::insert(work.tx, tenant, &by_hand)? {
        Some(started) => ended.and(started),
        None => ended,
    };
    let (organization, role) = directory::names(work.tx, work.scope, membership)?;
    let summary = format!("{called} stays {role} of {organization}, by hand from now on");
    let told = |membership: &Membership| Some(directory::told(membership, &organization, &role));
    let told = Told { summary, before: told(membership), after: told(&by_hand) };
    work.record(change, "membership.changed", ("user", &membership.user), told);
    Ok(())
}

fn let_groups_go(work: &mut Work<'_, '_>, way: Way, job: &mut Job) -> Result<(), Error> {
    let page = mirror_groups::page(work.tx, work.scope, &job.place, A_STEP)?;
    for group in &page {
        let_group_go(work, way, group)?;
        job.place.clone_from(&group.id);
        job.done += 1;
    }
    if page.is_empty() {
        jobs::next(job, "rules");
    }
    Ok(())
}

fn let_group_go(work: &mut Work<'_, '_>, way: Way, group: &MirrorGroup) -> Result<(), Error> {
    let scope = work.scope;
    let mut change = members::delete_of_group(work.tx, scope, &group.id)?;
    for holder in members::of_member(work.tx, scope, &group.id)? {
        if let Some(left) = members::delete(work.tx, scope, &holder.group_id, &group.id)? {
            change = change.and(left);
        }
    }
    change = change.and(mirror_groups::delete(work.tx, scope, &group.id)?);
    let summary = format!("Group \"{}\" went with its connection", group.display_name());
    let told = Told { summary, before: Some(json!({ "attributes": group.document })), after: None };
    work.record(change, "group.deleted", ("group", &group.id), told);
    if way == Way::Finalise {
        for mapping in mappings::of_group(work.tx, scope, &group.id)? {
            if let Some(target) = mapping.target {
                choose(work, &target.organization)?;
            }
        }
    }
    mapping::unmap(work, group)
}

/// Makes an organization that was made for a group one that a person chose: nothing renames or archives it any more.
fn choose(work: &mut Work<'_, '_>, id: &str) -> Result<(), Error> {
    let tenant = work.scope.tenant;
    let Some(mut organization) = organizations::by_id(work.tx, tenant, id)? else { return Ok(()) };
    if organization.origin != "mapping" || organization.archived_at.is_some() {
        return Ok(());
    }
    "hand".clone_into(&mut organization.origin);
    organization.version += 1;
    organization.modified_at = work.at;
    let change = organizations::update(work.tx, tenant, &organization)?;
    let summary = format!(
        "Organization \"{}\" stays, by hand: the connection of its group has ended",
        organization.name
    );
    work.record(change, "organization.changed", ("organization", id), Told { summary, ..Told::default() });
    Ok(())
}

fn let_rules_go(work: &mut Work<'_, '_>) -> Result<(), Error> {
    for rule in rules::of_connection(work.tx, work.scope)? {
        let change = rules::delete(work.tx, work.scope, &rule.id)?;
        let summary = format!("Rule \"{}\" went with its connection", rule.name);
        work.record(change, "rule.deleted", ("rule", &rule.id), Told { summary, ..Told::default() });
    }
    Ok(())
}

fn finish(work: &mut Work<'_, '_>, connection: &Connection, way: Way, job: &mut Job) -> Result<(), Error> {
    let after = Connection { version: connection.version + 1, modified_at: work.at, ..connection.clone() };
    let change = connections::end(work.tx, &after)?;
    let became = match way {
        Way::Finalise => "what it gave is by hand now",
        Way::Terminate => "what it alone gave has ended with it",
    };
    let summary = format!("Connection \"{}\" has ended: {became}", connection.name);
    let told =
        Told { summary, before: None, after: Some(json!({ "ending": way.as_str(), "done": job.done })) };
    work.record(change, "connection.ended", ("connection", &connection.id), told);
    jobs::done(job, work.at);
    Ok(())
}
