//! Erasing a person: access ends at once, names and addresses leave directory, mirror, events and records, and a
//! nameless tombstone with the ids stays. "Never deleted" yields to the law, and to nothing else.
//!
//! The act takes the person out of directory and mirror; a job goes through events and records (`steps.rs`), looking
//! for what names the person (`traces.rs`). See `docs/decisions/0013-erasure-and-retention.md`.

pub(crate) mod steps;
mod traces;

use crate::access::find_living;
use crate::directory::{self, counted};
use crate::organizations::check_seen;
use crate::people::{self, Act, Operator};
use crate::policy::attributes::Profile;
use crate::{Error, jobs};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use store::erasures::{self, Erasure};
use store::events::Unrecorded;
use store::jobs::Job;
use store::tenants::Tenant;
use store::users::{self, Status, User};
use store::{Scope, Store, TenantId, Tx};
use store::{connections, events, links, members, memberships, mirror_groups, mirror_users, rules};
use traces::{Traces, gather};

/// How long the reason of an erasure may be, in characters.
const REASON_LENGTH: usize = 500;
/// How somebody who was erased is called in the events of the erasure, and in those that told of the person before.
pub(crate) const NOBODY: &str = "A person who was erased";

/// What a person wants of somebody who shall be erased.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Why; it is kept, and may not name the person.
    pub reason: String,
    /// The version that the person has seen.
    pub version: Option<i64>,
    /// Whether it was confirmed.
    pub confirmed: bool,
}

/// What an erasure would take away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ErasurePreview")]
pub struct Preview {
    /// All of it in words.
    pub summary: String,
    /// The user's id, which stays.
    pub user: String,
    /// The resources that feed the user, of whatever connection.
    pub resources: usize,
    /// The memberships that would end.
    pub memberships: usize,
    /// The events about the user that would lose names, addresses and attributes; those of others that name the person
    /// are looked for besides.
    pub events: usize,
    /// Rules that name the person, and have to be changed before.
    pub rules: Vec<String>,
}

/// What an erasure would take away.
///
/// # Errors
/// No such user; somebody who was erased; the last active Owner.
pub fn preview(tx: &mut Tx<'_>, tenant: TenantId, who: &str) -> Result<Preview, Error> {
    let user = checked(tx, tenant, who)?;
    let traces = gather(tx, tenant, &user)?;
    let scope = Scope { tenant, connection: 0 };
    let resources = mirror_users::of_user(tx, scope, &user.id)?.len();
    let held = memberships::of_user(tx, tenant, &user.id)?.len();
    let told = events::of_subject(tx, tenant, &user.id)?.len();
    let summary = format!(
        "{} ({}) would be erased: {}, {}, and every name, address and attribute in {} and in the records of requests.",
        Profile::of_user(&user).called(),
        user.user_name,
        counted(resources, "resource", "resources"),
        counted(held, "membership", "memberships"),
        counted(told, "event", "events"),
    );
    let rules = naming_rules(tx, tenant, &traces)?;
    Ok(Preview { summary, user: user.id, resources, memberships: held, events: told, rules })
}

/// Erases a person. Returns the job that goes through events and records.
///
/// # Errors
/// As for the preview; a reason that is empty, too long or names the person; a rule that names the person; a version
/// that is not the present one; nobody confirmed it.
pub async fn erase(
    store: &Store,
    operator: &Operator,
    tenant: &Tenant,
    who: &str,
    wanted: Wanted,
) -> Result<Job, Error> {
    let (number, who) = (tenant.tenant, who.to_owned());
    if !wanted.confirmed {
        let preview = store.read_long(move |tx| preview(tx, number, &who)).await?;
        return Err(Error::Unconfirmed(format!("{} Nothing of it can be taken back.", preview.summary)));
    }
    people::act(store, operator, number, move |act| {
        let user = checked(act.tx, number, &who)?;
        check_seen(user.version, wanted.version)?;
        let traces = gather(act.tx, number, &user)?;
        let reason = checked_reason(&wanted.reason, &traces)?;
        if let Some(rule) = naming_rules(act.tx, number, &traces)?.first() {
            return Err(Error::Conflict(format!(
                "Rule \"{rule}\" names the person. Change or delete it first; what a rule gives is not an erasure's to decide."
            )));
        }
        take_out(act, number, &user)?;
        bury(act, number, &user, &reason)?;
        jobs::ask_for_erasure(act, number, traces.kept())
    })
    .await
}

/// The user, if an erasure may be.
fn checked(tx: &mut Tx<'_>, tenant: TenantId, who: &str) -> Result<User, Error> {
    let user = find_living(tx, tenant, who)?;
    if directory::is_last_owner(tx, tenant, &user)? {
        return Err(Error::Conflict(format!(
            "{} is the last active Owner. Make someone else an Owner first.",
            Profile::of_user(&user).called()
        )));
    }
    Ok(user)
}

fn checked_reason(reason: &str, traces: &Traces) -> Result<String, Error> {
    let reason = reason.trim();
    let length = reason.chars().count();
    if length == 0 || length > REASON_LENGTH || reason.chars().any(char::is_control) {
        return Err(Error::invalid(format!(
            "Say why, in 1 to {REASON_LENGTH} characters without control characters: the reason is what is kept."
        )));
    }
    if traces.is_told(reason) {
        return Err(Error::invalid(
            "The reason names the person, and it is kept. Say it without the name, such as with the number of the request.",
        ));
    }
    Ok(reason.to_owned())
}

/// The rules of the tenant whose expression or name names the person.
fn naming_rules(tx: &mut Tx<'_>, tenant: TenantId, traces: &Traces) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    for connection in connections::of_tenant(tx, tenant)? {
        let all = rules::of_connection(tx, connection.scope)?;
        let naming =
            all.into_iter().filter(|rule| traces.names(&rule.expression) || traces.names(&rule.name));
        found.extend(naming.map(|rule| rule.name));
    }
    Ok(found)
}

/// Takes the person's resources out of the mirror, and ends every membership.
fn take_out(act: &mut Act<'_, '_>, tenant: TenantId, user: &User) -> Result<(), Error> {
    for (connection, id) in mirror_users::of_user(act.tx, Scope { tenant, connection: 0 }, &user.id)? {
        let scope = Scope { tenant, connection };
        for member in members::of_member(act.tx, scope, &id)? {
            let Some(mut change) = members::delete(act.tx, scope, &member.group_id, &id)? else { continue };
            if let Some(mut group) = mirror_groups::by_id(act.tx, scope, &member.group_id)? {
                group.version += 1;
                group.modified_at = act.at;
                change = change.and(mirror_groups::update(act.tx, scope, &group)?);
            }
            let subject = ("group", member.group_id.as_str());
            let summary = format!("{NOBODY} left the group");
            let before = Some(json!({ "member": id }));
            act.record(change, "group.member_removed", subject, Some(scope), summary, before, None);
        }
        let change = mirror_users::delete(act.tx, scope, &id)?;
        let summary = format!("The resource of {} went", NOBODY.to_lowercase());
        let (subject, before) = (("user", user.id.as_str()), Some(json!({ "scimId": id })));
        act.record(change, "resource.deleted", subject, Some(scope), summary, before, None);
    }
    for membership in memberships::of_user(act.tx, tenant, &user.id)? {
        let Some(change) = memberships::delete(act.tx, tenant, &membership)? else { continue };
        let (organization, role) = directory::names(act.tx, Scope { tenant, connection: 0 }, &membership)?;
        let summary = format!("{NOBODY} is no longer {role} of {organization}");
        let before = Some(directory::told(&membership, &organization, &role));
        act.record(change, "membership.ended", ("user", &user.id), None, summary, before, None);
    }
    Ok(())
}

/// Leaves of the user the ids alone. Without connection and link it is found by nobody: who is sent again is a new user.
fn bury(act: &mut Act<'_, '_>, tenant: TenantId, user: &User, reason: &str) -> Result<(), Error> {
    let mut tombstone = User {
        connection: None,
        status: Status::Erased,
        linked: false,
        locked_at: None,
        version: user.version + 1,
        modified_at: act.at,
        ..user.clone()
    };
    Profile { user_name: user.id.clone(), ..Profile::default() }.put_on(&mut tombstone);
    let change: Unrecorded = users::update(act.tx, tenant, &tombstone)?;
    let erasure = Erasure {
        user: user.id.clone(),
        at: act.at,
        actor: (act.operator.kind.to_owned(), Some(act.operator.name.clone())),
        reason: reason.to_owned(),
    };
    let mut change = change.and(erasures::insert(act.tx, tenant, &erasure)?);
    for link in links::page(act.tx, tenant, "", i64::MAX)?.into_iter().filter(|link| link.user == user.id) {
        change = change.and(links::delete(act.tx, tenant, &link.id)?);
    }
    let after = Some(json!({ "status": Status::Erased.as_str(), "reason": reason }));
    let summary = format!("{NOBODY}: the id stays");
    act.record(change, "user.erased", ("user", &user.id), None, summary, None, after);
    Ok(())
}
