//! Doctor: recomputes what the directory should hold from the mirror, and checks that mirror, directory and events
//! agree. Reads only.

use crate::Error;
use crate::connections::Shape;
use crate::directory::{default_of, mappings_of};
use crate::policy::attributes::Profile;
use crate::policy::derive::{self, Facts};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use store::connections::Connection;
use store::events::{self, Event};
use store::memberships::Reason;
use store::tenants::Tenant;
use store::users::{Status, User};
use store::{
    Scope, Tx, connections, jobs, members, memberships, mirror_groups, mirror_users, tenants, users,
};

/// What was looked at, and what was found wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Report {
    /// Tenants looked at.
    pub tenants: usize,
    /// User resources looked at.
    pub resources: usize,
    /// Directory users looked at.
    pub users: usize,
    /// Groups looked at.
    pub groups: usize,
    /// Events looked at.
    pub events: usize,
    /// Connections whose policy is being carried out in the background: what their users hold was not compared.
    pub changing: usize,
    /// Each thing found wrong, as a sentence; none is health.
    pub findings: Vec<String>,
}

/// How many findings are kept; more are the same illness.
const LIMIT: usize = 200;
/// How many rows are read at once.
const PAGE: i64 = 1000;

impl Report {
    fn find(&mut self, finding: impl Into<String>) {
        if self.findings.len() < LIMIT {
            self.findings.push(finding.into());
        }
    }
}

/// Examines every tenant on one snapshot.
pub fn examine(tx: &mut Tx<'_>) -> Result<Report, Error> {
    let mut report = Report::default();
    for tenant in tenants::all(tx)? {
        examine_tenant(tx, &tenant, &mut report)?;
    }
    Ok(report)
}

/// Examines one tenant, for a report that may tell of others as well.
pub fn examine_tenant(tx: &mut Tx<'_>, tenant: &Tenant, report: &mut Report) -> Result<(), Error> {
    report.tenants += 1;
    let told = examine_events(tx, tenant, report)?;
    for connection in connections::of_tenant(tx, tenant.tenant)? {
        examine_mirror(tx, &connection, &told, report)?;
    }
    examine_users(tx, tenant, &told, report)
}

/// What the journal tells: which subjects were created, whose users are, and which memberships stand.
#[derive(Default)]
struct Told {
    subjects: HashSet<String>,
    /// The connection that owns each user, by its number; `None` for users by hand.
    owners: HashMap<String, Option<i64>>,
    /// Resources that their users follow no longer.
    detached: HashSet<String>,
    /// The numbers of the tenant's connections, by their ids.
    connections: HashMap<String, i64>,
    /// The numbers of those that were ended.
    ended: HashSet<i64>,
    /// What is older than this is not told any more.
    since: i64,
    /// Whether each is passed down, by user, organization, role and reason.
    memberships: HashMap<(String, String, String, String), bool>,
}

fn examine_events(tx: &mut Tx<'_>, tenant: &Tenant, report: &mut Report) -> Result<Told, Error> {
    let all = connections::of_tenant(tx, tenant.tenant)?;
    let mut told = Told { since: tenant.events_since, ..Told::default() };
    for connection in all {
        let number = connection.scope.connection;
        told.ended.extend(connection.ending.is_some().then_some(number));
        told.connections.insert(connection.id, number);
    }
    // Older ones were not to be kept: whatever is missing after the first is a gap.
    let mut expected = tenant.first_event;
    loop {
        let page = events::after(tx, tenant.tenant, expected - 1, PAGE)?;
        if page.is_empty() {
            break;
        }
        for event in page {
            report.events += 1;
            if event.number != expected {
                report.find(format!("tenant {}: event {expected} is missing", tenant.name));
            }
            expected = event.number + 1;
            told.take(&event);
        }
    }
    if expected - 1 != tenant.last_event {
        report.find(format!(
            "tenant {}: the newest event is {}, the counter says {}",
            tenant.name,
            expected - 1,
            tenant.last_event
        ));
    }
    Ok(told)
}

impl Told {
    fn take(&mut self, event: &Event) {
        let key = |value: &serde_json::Value| {
            let text = |pointer: &str| {
                value.pointer(pointer).and_then(|found| found.as_str()).unwrap_or_default().to_owned()
            };
            let reason = value.pointer("/reason").map(ToString::to_string).unwrap_or_default();
            (event.subject.1.clone(), text("/organization/id"), text("/role/id"), reason)
        };
        match event.kind.as_str() {
            "user.created" => {
                self.subjects.insert(event.subject.1.clone());
                self.owners.insert(event.subject.1.clone(), event.connection);
            }
            "group.created" => {
                self.subjects.insert(event.subject.1.clone());
            }
            "user.linked" | "user.taken_over" | "user.released" => {
                let owner = event.after.as_ref().and_then(|after| after.pointer("/owner/id")?.as_str());
                let number = owner.and_then(|id| self.connections.get(id).copied());
                self.owners.insert(event.subject.1.clone(), number);
            }
            "user.detached" => self.detached.extend(scim_id(event.before.as_ref())),
            "user.attached" => {
                if let Some(id) = scim_id(event.after.as_ref()) {
                    self.detached.remove(&id);
                }
            }
            "membership.started" | "membership.changed" => {
                let inherit = |after: &serde_json::Value| after["inherit"] == true;
                self.memberships.extend(event.after.as_ref().map(|after| (key(after), inherit(after))));
            }
            "membership.ended" => {
                if let Some(before) = &event.before {
                    self.memberships.remove(&key(before));
                }
            }
            _ => {}
        }
    }
}

fn scim_id(told: Option<&serde_json::Value>) -> Option<String> {
    told.and_then(|told| told["scimId"].as_str()).map(str::to_owned)
}

/// What lists say of how many there are.
fn examine_counts(tx: &mut Tx<'_>, connection: &Connection, report: &mut Report) -> Result<(), Error> {
    let scope = connection.scope;
    let users = (mirror_users::all_ids(tx, scope)?.len(), mirror_users::count(tx, scope)?, "users");
    let groups = (mirror_groups::all_ids(tx, scope)?.len(), mirror_groups::count(tx, scope)?, "groups");
    for (are, counted, what) in [users, groups] {
        if i64::try_from(are) != Ok(counted) {
            report.find(format!("connection {}: {are} {what} are counted as {counted}", connection.name));
        }
    }
    Ok(())
}

fn examine_mirror(
    tx: &mut Tx<'_>,
    connection: &Connection,
    told: &Told,
    report: &mut Report,
) -> Result<(), Error> {
    let scope = connection.scope;
    let policy = Shape::read(tx, connection)?.policy;
    // While a changed policy is being carried out, users that its job has not come to have what they had.
    let is_changing = !jobs::open_of_connection(tx, scope)?.is_empty();
    report.changing += usize::from(is_changing);
    let default = default_of(tx, scope)?;
    examine_counts(tx, connection, report)?;
    for id in mirror_users::all_ids(tx, scope)? {
        report.resources += 1;
        let Some(resource) = mirror_users::by_id(tx, scope, &id)? else { continue };
        let Some(user) = users::by_id(tx, scope.tenant, &resource.user_id)? else {
            report.find(format!("resource {id} ({}) has no user in the directory", resource.user_name()));
            continue;
        };
        // That it was detached may be older than what is told.
        let is_known = told.detached.contains(&id);
        if resource.feeds == is_known && (is_known || told.since == 0) {
            let does = if resource.feeds { "follows" } else { "does not follow" };
            report.find(format!("user {} {does} resource {id}, other than the events tell", user.user_name));
        }
        let mappings = mappings_of(tx, scope, &id)?;
        let others = mirror_users::feeding_beside(tx, scope, &user.id)?;
        let facts = Facts {
            user: &user,
            resource: Some(&resource),
            others: &others,
            mappings: &mappings,
            rules: &policy.attributes,
            connection: scope.connection,
            default: (&default.0, &default.1),
        };
        // What a user has who does not follow the resource is seen with the resources followed, or without any.
        if !is_changing && resource.feeds {
            compare(tx, scope, &user, &facts, report)?;
        }
        for membership in memberships::of_user(tx, scope.tenant, &user.id)? {
            let reason =
                serde_json::to_value(&membership.reason).map(|reason| reason.to_string()).unwrap_or_default();
            let key = (user.id.clone(), membership.organization, membership.role, reason);
            match told.memberships.get(&key) {
                None if membership.since < told.since => {}
                None => report.find(format!("a membership of {} has no event: {key:?}", user.user_name)),
                Some(inherit) if *inherit != membership.inherit => report.find(format!(
                    "a membership of {} is passed down otherwise than the events tell: {key:?}",
                    user.user_name
                )),
                Some(_) => {}
            }
        }
    }
    for id in mirror_groups::all_ids(tx, scope)? {
        report.groups += 1;
        let made = mirror_groups::by_id(tx, scope, &id)?.map_or(0, |group| group.created_at);
        if made >= told.since && !told.subjects.contains(&id) {
            report.find(format!("group {id} has no event of its making"));
        }
        for member in members::of_group(tx, scope, &id)? {
            let there = mirror_users::exists(tx, scope, &member.member_id)?
                || mirror_groups::by_id(tx, scope, &member.member_id)?.is_some();
            if !there {
                report.find(format!("group {id} has a member {} that is not there", member.member_id));
            }
        }
    }
    Ok(())
}

/// Compares what the directory holds of a user with what it should hold.
fn compare(
    tx: &mut Tx<'_>,
    scope: Scope,
    user: &User,
    facts: &Facts<'_>,
    report: &mut Report,
) -> Result<(), Error> {
    let desired = derive::desired(facts);
    let who = &user.user_name;
    if user.status != desired.status {
        report.find(format!("user {who} is {}, should be {}", user.status.as_str(), desired.status.as_str()));
    }
    if user.linked != desired.linked {
        report.find(format!("user {who} is marked as linked: {}, should be: {}", user.linked, !user.linked));
    }
    if desired.profile.is_some_and(|profile| profile != Profile::of_user(user)) {
        report.find(format!("user {who} has other attributes than its resource"));
    }
    let has = memberships::of_user(tx, scope.tenant, &user.id)?;
    let difference = derive::difference(scope.connection, &has, &desired.grants);
    for membership in difference.end {
        report.find(format!("user {who} has a membership it should not have: {membership:?}"));
    }
    for (grant, _) in difference.start {
        report.find(format!("user {who} lacks a membership: {grant:?}"));
    }
    Ok(())
}

/// Users that follow no resource, and what no resource explains.
fn examine_users(tx: &mut Tx<'_>, tenant: &Tenant, told: &Told, report: &mut Report) -> Result<(), Error> {
    let by_hand = Scope::by_hand(tenant.tenant);
    let is_changing = !jobs::open_of_connection(tx, by_hand)?.is_empty();
    report.changing += usize::from(is_changing);
    let mut after = String::new();
    loop {
        let page = users::page(tx, tenant.tenant, &after, PAGE)?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.id);
        for user in &page {
            report.users += 1;
            let feeding = examine_user(tx, by_hand, user, told, report)?;
            if !feeding.is_empty() || (is_changing && user.connection.is_none()) {
                continue;
            }
            if user.status == Status::Erased
                || user.connection.is_some_and(|owner| told.ended.contains(&owner))
            {
                examine_ended(tx, by_hand, user, report)?;
            } else {
                examine_unfed(tx, by_hand, user, report)?;
            }
        }
    }
    Ok(())
}

/// Whether owner and memberships of a user are what is known of them. Returns the connections that feed the user.
fn examine_user(
    tx: &mut Tx<'_>,
    scope: Scope,
    user: &User,
    told: &Told,
    report: &mut Report,
) -> Result<HashSet<i64>, Error> {
    let who = &user.user_name;
    let mut feeding = HashSet::new();
    for (connection, id) in mirror_users::of_user(tx, scope, &user.id)? {
        let resource = mirror_users::by_id(tx, Scope { connection, ..scope }, &id)?;
        feeding.extend(resource.filter(|resource| resource.feeds).map(|_| connection));
    }
    if user.connection.is_none() && !feeding.is_empty() {
        report.find(format!("user {who} is by hand and follows a resource"));
    }
    match told.owners.get(&user.id) {
        None if user.created_at < told.since => {}
        None => report.find(format!("user {who} has no event of its making")),
        Some(owner) if user.status != Status::Erased && *owner != user.connection => {
            report.find(format!("user {who} belongs to somebody else than the events tell"));
        }
        Some(_) => {}
    }
    for membership in memberships::of_user(tx, scope.tenant, &user.id)? {
        let giver = membership.reason.connection();
        if giver.is_some_and(|giver| !feeding.contains(&giver)) {
            report.find(format!(
                "user {who} has a membership of a connection that the user does not follow: {membership:?}"
            ));
        }
    }
    Ok(feeding)
}

/// Somebody who ended with a connection, or was erased, has no access.
fn examine_ended(tx: &mut Tx<'_>, scope: Scope, user: &User, report: &mut Report) -> Result<(), Error> {
    let who = &user.user_name;
    if user.status == Status::Active || user.linked {
        report.find(format!("user {who} is {} and follows nothing any more", user.status.as_str()));
    }
    let held = memberships::of_user(tx, scope.tenant, &user.id)?.len();
    if user.status == Status::Erased && held > 0 {
        report.find(format!("user {who} was erased and has {held} memberships"));
    }
    Ok(())
}

/// A user by hand has what everybody has; one whose resources are gone is deactivated and unlinked.
fn examine_unfed(tx: &mut Tx<'_>, scope: Scope, user: &User, report: &mut Report) -> Result<(), Error> {
    // What everybody gets may have changed since: a former user gets it with the return.
    let held = memberships::of_user(tx, scope.tenant, &user.id)?;
    let kept =
        held.into_iter().find(|membership| membership.reason == Reason::Default && user.connection.is_some());
    let default = match kept {
        Some(membership) => (membership.organization, membership.role),
        None => default_of(tx, scope)?,
    };
    let facts = Facts {
        user,
        resource: None,
        others: &[],
        mappings: &[],
        rules: &[],
        connection: user.connection.unwrap_or(scope.connection),
        default: (&default.0, &default.1),
    };
    compare(tx, scope, user, &facts, report)
}
