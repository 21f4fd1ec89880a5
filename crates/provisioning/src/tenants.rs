//! Tenants: making one, with its root organization and the built-in roles.

use crate::directory::slug;
use crate::people::{self, Act, Operator};
use crate::policy::follow::{Reach, follow, follow_by_hand};
use crate::{Error, find, names, retention};
use serde_json::json;
use store::jobs::Job;
use store::organizations::{self, Organization};
use store::roles::{self, Role};
use store::tenants::{self, Tenant};
use store::{Store, TenantId, connections};

/// The built-in roles: name, priority, permissions.
const ROLES: &[(&str, i64, &[&str])] = &[
    ("Owner", 100, &["everything"]),
    ("Admin", 80, &["users", "organizations", "settings", "read"]),
    ("Manager", 60, &["users", "read"]),
    ("Member", 40, &["read", "write"]),
    ("Viewer", 20, &["read"]),
];

/// The role every user gets at the default organization, and groups give by default.
const DEFAULT_ROLE: &str = "Member";
/// The built-in role from which on a link to its holder needs approval.
pub(crate) const ADMIN: &str = "Admin";
/// The role that the last holder of cannot lose over SCIM.
pub const OWNER: &str = "Owner";

/// How many days records of requests are kept unless something else is chosen.
const RECORDS_KEPT: i64 = 90;

/// How long the name of a tenant may be, in characters.
pub(crate) const NAME_LENGTH: usize = 100;

/// Makes a tenant.
///
/// # Errors
/// An empty, too long or taken name.
pub async fn create(store: &Store, operator: &Operator, name: &str) -> Result<Tenant, Error> {
    let name = name.trim().to_owned();
    names::check("A tenant's", &name, NAME_LENGTH)?;
    let taken = Error::invalid(format!("There is a tenant \"{name}\" already. Choose another name."));
    let made = people::act_first(store, operator, move |act| {
        let tenant = make(act, &name)?;
        Ok((tenant.tenant, tenant))
    })
    .await;
    match made {
        Err(Error::Store(error)) if error.is_constraint("tenants_name_key") => Err(taken),
        other => other,
    }
}

fn make(act: &mut Act<'_, '_>, name: &str) -> Result<Tenant, Error> {
    let number = tenants::next_number(act.tx)?;
    let root = act.new_id();
    let roles: Vec<Role> = ROLES
        .iter()
        .map(|&(name, priority, permissions)| built_in(act, name, priority, permissions))
        .collect();
    let default_role =
        roles.iter().find(|role| role.name == DEFAULT_ROLE).map_or_else(String::new, |role| role.id.clone());
    let tenant = Tenant {
        tenant: number,
        name: name.to_owned(),
        root_organization: root.clone(),
        default_organization: root.clone(),
        default_role,
        last_event: 0,
        created_at: act.at,
        keep_events: None,
        keep_records: Some(RECORDS_KEPT),
        first_event: 1,
        events_since: 0,
    };
    let mut change = tenants::insert(act.tx, &tenant)?;
    for role in &roles {
        change = change.and(roles::insert(act.tx, number, role)?);
    }
    let organization = Organization {
        id: root,
        parent: None,
        name: name.to_owned(),
        slug: slug(name),
        kind: "company".into(),
        origin: "root".into(),
        archived_at: None,
        version: 1,
        created_at: act.at,
        modified_at: act.at,
    };
    change = change.and(organizations::insert(act.tx, number, &organization)?);
    let after = json!({ "name": name, "organization": organization.id });
    act.record(
        change,
        "tenant.created",
        ("tenant", name),
        None,
        format!("Tenant \"{name}\" was created"),
        None,
        Some(after),
    );
    Ok(tenant)
}

fn built_in(act: &Act<'_, '_>, name: &str, priority: i64, permissions: &[&str]) -> Role {
    Role {
        id: act.new_id(),
        name: name.to_owned(),
        priority,
        permissions: permissions.iter().map(|&permission| permission.to_owned()).collect(),
        built_in: true,
        version: 1,
        created_at: act.at,
    }
}

/// What a person wants of a tenant: what is left out stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The organization that every user becomes a member of, by id, name or slug.
    pub organization: Option<String>,
    /// With this role, by id or name.
    pub role: Option<String>,
    /// How long events and records are kept.
    pub kept: retention::Wanted,
}

/// Sets which organization every user of a tenant becomes a member of, with which role, and how long its history is kept.
/// Returns the jobs that let the users of its connections follow where there are many.
///
/// # Errors
/// No such organization or role; Owner, which is given by hand alone; history would go, and nobody confirmed it.
pub async fn set_up(
    store: &Store,
    operator: &Operator,
    tenant: &Tenant,
    wanted: Wanted,
) -> Result<Vec<Job>, Error> {
    let number = tenant.tenant;
    people::act(store, operator, number, move |act| {
        let before =
            tenants::by_id(act.tx, number)?.ok_or_else(|| Error::NotFound("The tenant is gone.".into()))?;
        retention::change(act, &before, wanted.kept)?;
        let organization = wanted.organization.as_ref().unwrap_or(&before.default_organization);
        let organization = find::organization(act.tx, number, organization)?;
        let role = find::role(act.tx, number, wanted.role.as_ref().unwrap_or(&before.default_role))?;
        if role.name == OWNER {
            return Err(Error::invalid("Owner is given by hand alone. Choose a weaker role for everybody."));
        }
        let after = (&organization.id, &role.id);
        if after == (&before.default_organization, &before.default_role) {
            return Ok(Vec::new());
        }
        let change = tenants::set_default(act.tx, number, after.0, after.1)?;
        let summary =
            format!("Every user becomes {} of the organization \"{}\"", role.name, organization.name);
        let told = |organization: &str, role: &str| json!({ "organization": organization, "role": role });
        let old = Some(told(&before.default_organization, &before.default_role));
        let new = Some(told(after.0, after.1));
        act.record(change, "tenant.default_changed", ("tenant", &before.name), None, summary, old, new);
        let mut jobs = Vec::new();
        let living =
            connections::of_tenant(act.tx, number)?.into_iter().filter(|found| found.ending.is_none());
        for connection in living {
            jobs.extend(follow(act, &connection, &Reach::Everybody)?);
        }
        jobs.extend(follow_by_hand(act, number)?);
        Ok(jobs)
    })
    .await
}

/// The tenant of a name.
///
/// # Errors
/// There is none, with how to make one.
pub fn named(store: &Store, name: &str) -> Result<Tenant, Error> {
    let found = store.read(|tx| tenants::by_name(tx, name))?;
    found.ok_or_else(|| {
        Error::NotFound(format!(
            "There is no tenant \"{name}\". Make it with `accessiq tenant create {name}`."
        ))
    })
}

/// The tenant of a number, which a row of that tenant named.
pub fn of(store: &Store, tenant: TenantId) -> Result<Tenant, Error> {
    let found = store.read(|tx| tenants::by_id(tx, tenant))?;
    found.ok_or_else(gone)
}

pub(crate) fn gone() -> Error {
    Error::NotFound("The tenant is gone.".into())
}
