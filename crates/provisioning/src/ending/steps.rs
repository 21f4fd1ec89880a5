//! The end of a connection, some people and groups at a time. What is done is gone from the mirror, so that a job that
//! was interrupted finds what is left.

use crate::policy::attributes::Profile;
use crate::policy::mapping;
use crate::unit::{Told, Work};
use crate::{Error, directory, jobs, ownership};
use serde_json::json;
use store::connections::{self, Connection, Way};
use store::jobs::Job;
use store::memberships::{self, Reason};
use store::mirror_groups::MirrorGroup;
use store::mirror_users::MirrorUser;
use store::users::{self, User};
use store::{StoreError, links, mappings, members, mirror_groups, mirror_users, organizations, rules};

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
    // An Owner may have become the last one since the end was asked for. Nobody is locked out by it.
    let stays = way == Way::Finalise || directory::is_last_owner(work.tx, scope.tenant, &user)?;
    let user = if stays && resource.feeds { ownership::give_to_hand(work, &user)? } else { user };
    let called = Profile::of_user(&user).called();
    let mut change = mirror_users::delete(work.tx, scope, &resource.id)?;
    for member in members::of_member(work.tx, scope, &resource.id)? {
        if let Some(left) = members::delete(work.tx, scope, &member.group_id, &resource.id)? {
            change = change.and(left);
        }
    }
    let summary = format!("The resource of {called} went with its connection");
    let told = Told { summary, before: Some(json!({ "scimId": resource.id })), after: None };
    work.record(change, "resource.deleted", ("user", &user.id), told);
    if stays || !resource.feeds {
        return Ok(());
    }
    let others = mirror_users::feeding_beside(work.tx, scope, &user.id)?;
    match others.first() {
        None => end_access(work, &user),
        Some((next, _)) if user.connection == Some(scope.connection) => {
            let summary = format!("{called} belongs to the next connection that feeds the user");
            let after = ownership::set_owner(work, &user, Some(*next), ("user.released", summary))?;
            directory::apply(work, &after, None)
        }
        Some(_) => directory::apply(work, &user, None),
    }
}

/// Deactivates a user whom nothing feeds any more, and ends what everybody has as well as what the connection gave.
fn end_access(work: &mut Work<'_, '_>, user: &User) -> Result<(), Error> {
    directory::apply(work, user, None)?;
    let called = Profile::of_user(user).called();
    for membership in memberships::of_user(work.tx, work.scope.tenant, &user.id)? {
        if membership.reason == Reason::Default {
            directory::end_membership(work, &membership, &called)?;
        }
    }
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
    let mut change = connections::end(work.tx, &after)?;
    let tenant = work.scope.tenant;
    let waiting = links::page(work.tx, tenant, "", i64::MAX)?;
    for link in waiting.into_iter().filter(|link| link.connection == work.scope.connection) {
        change = change.and(links::delete(work.tx, tenant, &link.id)?);
    }
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
