//! What a changed policy means for the people there are: done at once where few are concerned, by a job where many.

use super::{mapping, renew};
use crate::Error;
use crate::connections::Shape;
use crate::directory::{rederive_id, users_within};
use crate::people::Act;
use crate::{hand, jobs};
use store::connections::Connection;
use store::jobs::Job;
use store::{Scope, StoreError, TenantId, Tx, members, mirror_groups, mirror_users, organizations, users};

/// How many rows may be gone through within the transaction of a change; more are left to a job.
const AT_ONCE: i64 = 200;
/// More than [`AT_ONCE`] rows, for one page.
const ALL: i64 = AT_ONCE + 1;

/// Whom a change of the policy concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Whoever is in a group.
    Group(String),
    /// Every group and every user of the connection.
    Everybody,
}

/// Lets the directory follow a changed policy, which stands in the archive already. Returns the job that carries it
/// out, unless it was carried out at once.
pub fn follow(act: &mut Act<'_, '_>, connection: &Connection, reach: &Reach) -> Result<Option<Job>, Error> {
    let scope = connection.scope;
    match reach {
        Reach::Group(group) => {
            let groups = groups_within(act.tx, scope, group)?;
            let mut rows = 0;
            for group in &groups {
                rows += members::count(act.tx, scope, group)?;
            }
            if rows > AT_ONCE {
                return jobs::ask_for_groups(act, scope, &groups).map(Some);
            }
            let shape = Shape::read(act.tx, connection)?;
            let mut work = act.work(scope, &shape.policy);
            for id in users_within(work.tx, scope, group)? {
                rederive_id(&mut work, &id)?;
            }
        }
        Reach::Everybody => {
            let rows = mirror_groups::count(act.tx, scope)? + mirror_users::count(act.tx, scope)?;
            if rows > AT_ONCE {
                return jobs::ask_for_all(act, scope).map(Some);
            }
            let shape = Shape::read(act.tx, connection)?;
            let mut work = act.work(scope, &shape.policy);
            for group in mirror_groups::page(work.tx, scope, "", ALL)? {
                while !renew::group(&mut work, &shape, &group)? {}
            }
            for resource in mirror_users::page(work.tx, scope, "", ALL)? {
                renew::user(&mut work, &shape, &resource)?;
            }
        }
    }
    let shape = Shape::read(act.tx, connection)?;
    let made = organizations::all(act.tx, scope.tenant)?;
    let made = made.into_iter().filter(|found| found.origin == "mapping" && found.archived_at.is_none());
    for organization in made {
        mapping::archive_unused(&mut act.work(scope, &shape.policy), &organization.id)?;
    }
    Ok(None)
}

/// Lets the users by hand follow a changed default.
pub fn follow_by_hand(act: &mut Act<'_, '_>, tenant: TenantId) -> Result<Option<Job>, Error> {
    let page = users::by_hand(act.tx, tenant, "", ALL)?;
    if page.len() > usize::try_from(AT_ONCE).unwrap_or_default() {
        return jobs::ask_for_by_hand(act, tenant).map(Some);
    }
    for user in &page {
        hand::follow(act, tenant, user)?;
    }
    Ok(None)
}

/// A group, and every group within it. Cycles are harmless.
fn groups_within(tx: &mut Tx<'_>, scope: Scope, group: &str) -> Result<Vec<String>, StoreError> {
    let mut found = vec![group.to_owned()];
    let mut next = 0;
    while let Some(open) = found.get(next).cloned() {
        next += 1;
        for inner in members::groups_in(tx, scope, &open)? {
            if !found.contains(&inner) {
                found.push(inner);
            }
        }
    }
    Ok(found)
}
