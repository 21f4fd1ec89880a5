//! Work in the background: a changed policy is carried out for many people a few at a time, while traffic goes on.
//!
//! A job is asked for in the transaction of the change that makes it necessary. Each step is a transaction of its own
//! that holds the job's place, so that a job goes on where it stopped, whoever takes it up: the server, or a command
//! beside it. Requests that come meanwhile are carried out under the new policy already.

use crate::connections::Shape;
use crate::ending::steps;
use crate::erasure::steps as erasure;
use crate::people::{self, Act, Operator};
use crate::policy::{Policy, mapping, renew};
use crate::unit::Work;
use crate::{Error, directory};
use serde_json::{Value, json};
use store::connections::Way;
use store::events::{Journal, Origin};
use store::ids::Ids;
use store::jobs::{self, Job, JobState};
use store::members::MemberKind;
use store::{Scope, Store, StoreError, TenantId, Tx};
use store::{connections, members, mirror_groups, mirror_users, organizations, requests, tenants, users};

/// Groups are mapped and users derived anew.
const REDERIVE: &str = "rederive";
/// What was written about a person who was erased loses the names.
pub const ERASURE: &str = "erasure";
/// What a connection gave becomes by hand, or ends with it.
pub const ENDING: &str = "ending";
/// How many groups one step maps.
const GROUPS_A_STEP: i64 = 32;
/// How many users one step derives: the writer is held for some milliseconds.
const USERS_A_STEP: i64 = 64;
/// How many organizations one step looks at.
const ORGANIZATIONS_A_STEP: usize = 128;

/// Asks for the whole directory of a connection to be derived anew: what `doctor` finds wrong is put right by it.
///
/// # Errors
/// There is no such connection.
pub async fn rederive(store: &Store, operator: &Operator, connection: &str) -> Result<Job, Error> {
    let connection = crate::connections::by_id(store, connection)?;
    let scope = connection.scope;
    people::act(store, operator, scope.tenant, move |act| {
        let (connection, _) = crate::connections::present(act.tx, &connection)?;
        // The row as it is: what was asked for is the job, and this event tells of it.
        let change = connections::update(act.tx, &connection)?;
        let summary = format!("Connection \"{}\" is to be derived anew", connection.name);
        let subject = ("connection", connection.id.as_str());
        act.record(change, "connection.rederived", subject, Some(scope), summary, None, None);
        ask_for_all(act, scope)
    })
    .await
}

/// Asks for every group of a connection to be mapped and every user to be derived anew.
pub fn ask_for_all(act: &mut Act<'_, '_>, scope: Scope) -> Result<Job, Error> {
    let total = mirror_groups::count(act.tx, scope)? + mirror_users::count(act.tx, scope)?;
    ask(act, scope, REDERIVE, json!({}), ("groups", total))
}

/// Asks for events and records to be gone through for a person who was erased. `detail` says what names the person.
pub(crate) fn ask_for_erasure(act: &mut Act<'_, '_>, tenant: TenantId, detail: Value) -> Result<Job, Error> {
    let mut total = tenants::by_id(act.tx, tenant)?.map_or(0, |tenant| tenant.last_event);
    for connection in connections::of_tenant(act.tx, tenant)? {
        total += requests::count(act.tx, connection.scope)?;
    }
    // Of no one connection: the number is nobody's.
    ask(act, Scope { tenant, connection: 0 }, ERASURE, detail, ("events", total))
}

/// Asks for the people and groups of a connection that was ended to be let go.
pub(crate) fn ask_for_ending(act: &mut Act<'_, '_>, scope: Scope, way: Way) -> Result<Job, Error> {
    let total = mirror_groups::count(act.tx, scope)? + mirror_users::count(act.tx, scope)?;
    ask(act, scope, ENDING, json!({ "way": way.as_str() }), ("users", total))
}

/// Asks for the users within these groups to be derived anew.
pub fn ask_for_groups(act: &mut Act<'_, '_>, scope: Scope, groups: &[String]) -> Result<Job, Error> {
    let mut total = 0;
    for group in groups {
        total += members::count(act.tx, scope, group)?;
    }
    ask(act, scope, REDERIVE, json!({ "groups": groups }), ("users", total))
}

/// Asks for every user by hand to be derived anew.
pub fn ask_for_by_hand(act: &mut Act<'_, '_>, tenant: TenantId) -> Result<Job, Error> {
    let total = users::count_by_hand(act.tx, tenant)?;
    ask(act, Scope::by_hand(tenant), REDERIVE, json!({}), ("by_hand", total))
}

/// A job that covers as much and waits already begins anew instead: its first part was done under another policy.
fn ask(
    act: &mut Act<'_, '_>,
    scope: Scope,
    kind: &str,
    detail: Value,
    (phase, total): (&str, i64),
) -> Result<Job, Error> {
    let known = jobs::open_of_connection(act.tx, scope)?;
    let same = known.into_iter().find(|job| job.kind == kind && job.detail == detail);
    let mut job = Job {
        scope,
        id: act.new_id(),
        kind: kind.into(),
        detail,
        state: JobState::Waiting,
        phase: phase.into(),
        place: String::new(),
        done: 0,
        total,
        actor: (act.operator.kind.to_owned(), Some(act.operator.name.clone())),
        failure: None,
        created_at: act.at,
        modified_at: act.at,
        finished_at: None,
    };
    match same {
        Some(known) => {
            job = Job { id: known.id, actor: known.actor, created_at: known.created_at, ..job };
            jobs::update(act.tx, &job)?;
        }
        None => jobs::insert(act.tx, &job)?,
    }
    Ok(job)
}

/// Makes steps of every job that is open until none is. `report` hears of each step. Returns how many steps there were.
///
/// # Errors
/// The archive fails. A job that cannot go on is marked as failed, and is no error here.
pub async fn run_open(store: &Store, mut report: impl FnMut(&Job)) -> Result<usize, Error> {
    let mut steps = 0;
    loop {
        let open = store.read(jobs::open)?;
        let Some(job) = open.first() else { return Ok(steps) };
        report(&step(store, job.scope.tenant, &job.id).await?);
        steps += 1;
    }
}

/// Makes one step of a job, and returns how it stands then.
///
/// # Errors
/// There is no such job; the archive fails.
pub async fn step(store: &Store, tenant: TenantId, id: &str) -> Result<Job, Error> {
    let (ids, at, wanted) = (store.ids().clone(), store.clock().now(), id.to_owned());
    let known = store.read(|tx| find(tx, tenant, id))?;
    if known.kind == ERASURE && known.phase == erasure::TRACES && !store.give_up_traces().await? {
        return Ok(known);
    }
    let made = store
        .write_of(tenant, move |tx| {
            let job = find(tx, tenant, &wanted)?;
            if job.finished_at.is_some() {
                return Ok(job);
            }
            let mut journal = Journal::default();
            let job = advance(tx, job, &ids, at, &mut journal)?;
            journal.flush(tx, tenant, &origin(&job, at))?;
            jobs::update(tx, &job)?;
            Ok(job)
        })
        .await;
    match made {
        Err(Error::Store(error)) => Err(error.into()),
        Err(error) => fail(store, tenant, id, error.to_string()).await,
        Ok(job) => Ok(job),
    }
}

fn find(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<Job, Error> {
    jobs::by_id(tx, tenant, id)?.ok_or_else(|| Error::NotFound(format!("There is no job {id}.")))
}

/// Marks a job that cannot go on.
async fn fail(store: &Store, tenant: TenantId, id: &str, failure: String) -> Result<Job, Error> {
    let (at, id) = (store.clock().now(), id.to_owned());
    store
        .write_of(tenant, move |tx| {
            let mut job = find(tx, tenant, &id)?;
            job.state = JobState::Failed;
            job.failure = Some(failure.clone());
            job.modified_at = at;
            job.finished_at = Some(at);
            jobs::update(tx, &job)?;
            Ok(job)
        })
        .await
}

fn origin(job: &Job, at: i64) -> Origin {
    let actor_kind = if job.actor.0 == "key" { "key" } else { "operator" };
    Origin { actor_kind, actor_id: job.actor.1.clone(), request_id: Some(job.id.clone()), at }
}

fn advance(tx: &mut Tx<'_>, mut job: Job, ids: &Ids, at: i64, journal: &mut Journal) -> Result<Job, Error> {
    let scope = job.scope;
    if job.kind == ERASURE {
        job.modified_at = at;
        erasure::advance(tx, &mut job, at)?;
        return Ok(job);
    }
    if !scope.is_of_connection() {
        let (id, policy) = (job.id.clone(), Policy::default());
        let mut work = Work { tx, scope, policy: &policy, at, request_id: Some(&id), ids, journal };
        derive_by_hand(&mut work, &mut job)?;
        return Ok(job);
    }
    let connection = connections::of_tenant(tx, scope.tenant)?.into_iter().find(|found| found.scope == scope);
    let connection =
        connection.ok_or_else(|| StoreError::Unreadable("the connection of a job is gone".into()))?;
    let shape = Shape::read(tx, &connection)?;
    let id = job.id.clone();
    let mut work = Work { tx, scope, policy: &shape.policy, at, request_id: Some(&id), ids, journal };
    job.modified_at = at;
    if job.kind == ENDING {
        steps::advance(&mut work, &connection, &mut job)?;
        return Ok(job);
    }
    match job.phase.as_str() {
        "groups" => map_groups(&mut work, &shape, &mut job)?,
        "users" => derive_users(&mut work, &shape, &mut job)?,
        _ => {
            if tidy(&mut work, &mut job)? {
                done(&mut job, at);
            }
        }
    }
    Ok(job)
}

/// Gives users by hand what everybody has by now.
fn derive_by_hand(work: &mut Work<'_, '_>, job: &mut Job) -> Result<(), Error> {
    job.modified_at = work.at;
    let page = users::by_hand(work.tx, work.scope.tenant, &job.place, USERS_A_STEP)?;
    for user in &page {
        directory::apply(work, user, None)?;
        job.place.clone_from(&user.id);
        job.done += 1;
    }
    if page.is_empty() {
        done(job, work.at);
    }
    Ok(())
}

/// Goes on to the next part of a job.
pub(crate) fn next(job: &mut Job, phase: &str) {
    phase.clone_into(&mut job.phase);
    job.place.clear();
}

/// Marks a job of which everything is done.
pub(crate) fn done(job: &mut Job, at: i64) {
    job.state = JobState::Done;
    job.done = job.total.max(job.done);
    job.total = job.done;
    job.finished_at = Some(at);
}

fn map_groups(work: &mut Work<'_, '_>, shape: &Shape, job: &mut Job) -> Result<(), Error> {
    let page = mirror_groups::page(work.tx, work.scope, &job.place, GROUPS_A_STEP)?;
    for group in &page {
        if !renew::group(work, shape, group)? {
            return Ok(());
        }
        job.place.clone_from(&group.id);
        job.done += 1;
    }
    if page.is_empty() {
        next(job, "users");
    }
    Ok(())
}

fn derive_users(work: &mut Work<'_, '_>, shape: &Shape, job: &mut Job) -> Result<(), Error> {
    let Some(groups) = job.detail.get("groups").and_then(Value::as_array) else {
        let page = mirror_users::page(work.tx, work.scope, &job.place, USERS_A_STEP)?;
        for resource in &page {
            renew::user(work, shape, resource)?;
            job.place.clone_from(&resource.id);
            job.done += 1;
        }
        if page.is_empty() {
            next(job, "tidy");
        }
        return Ok(());
    };
    // The place is the number of a group, and the last of its members.
    let (number, after) = job.place.split_once('/').unwrap_or(("0", ""));
    let number: usize = number.parse().unwrap_or(0);
    let Some(group) = groups.get(number).and_then(Value::as_str) else {
        next(job, "tidy");
        return Ok(());
    };
    let page = members::page(work.tx, work.scope, group, after, USERS_A_STEP)?;
    for member in &page {
        if member.kind == MemberKind::User {
            directory::rederive_id(work, &member.member_id)?;
        }
        job.done += 1;
    }
    job.place = match page.last() {
        Some(last) => format!("{number}/{}", last.member_id),
        None => format!("{}/", number + 1),
    };
    Ok(())
}

/// Archives organizations that were made for groups and that nothing uses any more. Returns whether all were looked at.
pub(crate) fn tidy(work: &mut Work<'_, '_>, job: &mut Job) -> Result<bool, Error> {
    let all = organizations::all(work.tx, work.scope.tenant)?;
    let made = all.into_iter().filter(|found| found.origin == "mapping" && found.archived_at.is_none());
    let page: Vec<_> = made.filter(|found| found.id > job.place).take(ORGANIZATIONS_A_STEP).collect();
    for organization in &page {
        mapping::archive_unused(work, &organization.id)?;
        job.place.clone_from(&organization.id);
    }
    Ok(page.is_empty())
}
