//! What the end of a connection would mean: how many, who, and which organizations. Writes nothing.

use super::{check, is_fed_by_it_alone};
use crate::Error;
use crate::directory::counted;
use crate::policy::attributes::Profile;
use crate::preview::{Grant, SHOWN, grant};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;
use store::connections::{Connection, Way};
use store::memberships::{self, Membership, Reason};
use store::mirror_users::MirrorUser;
use store::users::{self, Status};
use store::{Scope, Tx, mappings, mirror_groups, mirror_users, organizations, rules, tenants};

/// What the end of a connection would mean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "EndingPreview")]
pub struct Preview {
    /// All of it in one sentence.
    pub summary: String,
    /// How many users the connection feeds: whom it concerns.
    pub concerned: usize,
    /// How many of them another connection feeds as well, which lets them stay as they are.
    pub fed_by_others: usize,
    /// How many users would become by hand.
    pub by_hand: usize,
    /// How many active users would be deactivated.
    pub deactivated: usize,
    /// How many memberships would become by hand, or end.
    pub memberships: usize,
    /// How many groups of the identity provider would go.
    pub groups: i64,
    /// Whom it concerns, the first thousand in the order of their making.
    pub people: Vec<Concerned>,
    /// Organizations made for groups: those that would stay as chosen ones, or that would be archived.
    pub organizations: BTreeSet<String>,
}

/// What the end of a connection would mean for one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Concerned {
    /// The user's id.
    pub user: String,
    /// The username.
    pub user_name: String,
    /// How the person is called.
    pub name: String,
    /// `active`, `deactivated` or `staged`, as it is now.
    pub status: &'static str,
    /// `by hand`, `deactivated`, or `fed by another connection`.
    pub becomes: &'static str,
    /// The memberships that would become by hand, or end.
    pub memberships: Vec<Grant>,
}

/// What the end of a connection would mean.
pub(super) fn of(tx: &mut Tx<'_>, connection: &Connection, way: Way) -> Result<Preview, Error> {
    check(tx, connection, way)?;
    let scope = connection.scope;
    let mut preview = Preview { groups: mirror_groups::count(tx, scope)?, ..Preview::default() };
    let mut after = String::new();
    loop {
        let page = mirror_users::page(tx, scope, &after, 500)?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.id);
        for resource in &page {
            look_at(tx, scope, way, resource, &mut preview)?;
        }
    }
    preview.organizations = concerned_organizations(tx, scope, way)?;
    preview.summary = sentence(&preview, &connection.name, way);
    Ok(preview)
}

fn sentence(preview: &Preview, name: &str, way: Way) -> String {
    let organizations = preview.organizations.len();
    match way {
        Way::Finalise => format!(
            "Connection \"{name}\" would end: {} and {} become by hand, {} made for its groups {}, and nobody gains or loses anything.",
            counted(preview.by_hand, "user", "users"),
            counted(preview.memberships, "membership", "memberships"),
            counted(organizations, "organization", "organizations"),
            if organizations == 1 { "stays" } else { "stay" },
        ),
        Way::Terminate => format!(
            "Connection \"{name}\" would end, and with it what it alone gave: {} deactivated, {}, {} archived.",
            counted(preview.deactivated, "active user is", "active users are"),
            counted(preview.memberships, "membership ends", "memberships end"),
            counted(organizations, "organization is", "organizations are"),
        ),
    }
}

fn look_at(
    tx: &mut Tx<'_>,
    scope: Scope,
    way: Way,
    resource: &MirrorUser,
    preview: &mut Preview,
) -> Result<(), Error> {
    let Some(user) = users::by_id(tx, scope.tenant, &resource.user_id)? else { return Ok(()) };
    if !resource.feeds {
        return Ok(());
    }
    let alone = is_fed_by_it_alone(tx, scope, &user)?;
    let held = memberships::of_user(tx, scope.tenant, &user.id)?;
    let concerned = held.iter().filter(|membership| {
        membership.reason.connection() == Some(scope.connection)
            || (way == Way::Terminate && alone && membership.reason == Reason::Default)
    });
    let mut grants = BTreeSet::new();
    for Membership { organization, role, reason, inherit, .. } in concerned {
        grants.insert(grant(tx, scope, (organization, role), reason, *inherit)?);
    }
    preview.memberships += grants.len();
    let becomes = match way {
        _ if !alone => "fed by another connection",
        Way::Finalise => "by hand",
        Way::Terminate => "deactivated",
    };
    preview.concerned += 1;
    preview.fed_by_others += usize::from(!alone);
    preview.by_hand += usize::from(becomes == "by hand");
    preview.deactivated += usize::from(becomes == "deactivated" && user.status == Status::Active);
    if preview.people.len() < SHOWN {
        preview.people.push(Concerned {
            name: Profile::of_user(&user).called(),
            status: user.status.as_str(),
            becomes,
            memberships: grants.into_iter().collect(),
            user: user.id,
            user_name: user.user_name,
        });
    }
    Ok(())
}

/// The organizations made for groups that the connection's groups lead to; when it terminates, those that nothing else
/// uses.
fn concerned_organizations(tx: &mut Tx<'_>, scope: Scope, way: Way) -> Result<BTreeSet<String>, Error> {
    let mut led_to = BTreeSet::new();
    let mut after = String::new();
    loop {
        let page = mappings::page(tx, scope, &after, 500)?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.id);
        led_to.extend(page.into_iter().filter_map(|mapping| Some(mapping.target?.organization)));
    }
    let default = tenants::by_id(tx, scope.tenant)?.map(|tenant| tenant.default_organization);
    let mut found = BTreeSet::new();
    for id in led_to {
        let Some(organization) = organizations::by_id(tx, scope.tenant, &id)? else { continue };
        if organization.origin != "mapping" || organization.archived_at.is_some() {
            continue;
        }
        let stays_used = way == Way::Terminate
            && (default.as_ref() == Some(&id)
                || mappings::of_others_lead_to(tx, scope, &id)?
                || rules::of_others_lead_to(tx, scope, &id)?
                || memberships::any_of_others_at(tx, scope, &id)?
                || organizations::has_children(tx, scope.tenant, &id)?);
        if !stays_used {
            found.insert(organization.name);
        }
    }
    Ok(found)
}
