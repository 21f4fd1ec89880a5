//! Roles of a tenant's own, beside those built in.

use crate::organizations::check_seen;
use crate::people::{self, Act, Operator};
use crate::{Error, find, names};
use serde_json::{Value, json};
use store::roles::{self, Role};
use store::tenants::Tenant;
use store::{Scope, Store, TenantId, Tx, connections, mappings, memberships, rules, tenants};

/// How long a role's name may be, in characters.
const NAME_LENGTH: usize = 100;
/// How many permissions a role may have.
const MAX_PERMISSIONS: usize = 200;
/// The priorities that a tenant's own roles may have: Owner stays the strongest.
const PRIORITIES: std::ops::RangeInclusive<i64> = 1..=99;

/// What a person wants of a role; `None` leaves what there is.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The name.
    pub name: Option<String>,
    /// The higher, the stronger: 1 to 99.
    pub priority: Option<i64>,
    /// What its holder may do, in the words of the applications that ask.
    pub permissions: Option<Vec<String>>,
}

/// Makes a role.
///
/// # Errors
/// A name that is taken or cannot be; a priority out of range; permissions that are no words.
pub async fn create(
    store: &Store,
    operator: &Operator,
    tenant: &Tenant,
    wanted: Wanted,
) -> Result<Role, Error> {
    let number = tenant.tenant;
    let made = people::act(store, operator, number, move |act| {
        let role = Role {
            id: act.new_id(),
            name: checked_name(wanted.name.as_deref().unwrap_or_default())?,
            priority: checked_priority(wanted.priority.ok_or_else(|| {
                Error::invalid("A role needs a priority of 1 to 99: the higher, the stronger.")
            })?)?,
            permissions: checked_permissions(wanted.permissions.clone().unwrap_or_default())?,
            built_in: false,
            version: 1,
            created_at: act.at,
        };
        let change = roles::insert(act.tx, number, &role)?;
        let summary = format!("Role \"{}\" was created", role.name);
        act.record(change, "role.created", ("role", &role.id), None, summary, None, Some(told(&role)));
        Ok(role)
    })
    .await;
    made.map_err(name_taken)
}

/// Changes a role. `version` is the one the person has seen.
///
/// # Errors
/// A version that is not the present one; a role that is built in; a name that a setting speaks of; a priority above the ceiling of a connection that gives it.
pub async fn change(
    store: &Store,
    operator: &Operator,
    tenant: &Tenant,
    who: &str,
    version: Option<i64>,
    wanted: Wanted,
) -> Result<Role, Error> {
    let (number, who) = (tenant.tenant, who.to_owned());
    let changed = people::act(store, operator, number, move |act| {
        let before = own(act.tx, number, &who)?;
        check_seen(before.version, version)?;
        let mut after = before.clone();
        if let Some(name) = &wanted.name {
            after.name = checked_name(name)?;
        }
        if let Some(priority) = wanted.priority {
            after.priority = checked_priority(priority)?;
        }
        if let Some(permissions) = &wanted.permissions {
            after.permissions = checked_permissions(permissions.clone())?;
        }
        if after == before {
            return Ok(before);
        }
        if after.name != before.name {
            check_not_named(act.tx, number, &before)?;
        }
        if after.priority > before.priority {
            check_ceilings(act, number, &after)?;
        }
        after.version += 1;
        let change = roles::update(act.tx, number, &after)?;
        let summary = format!("Role \"{}\" was changed", before.name);
        let (old, new) = (Some(told(&before)), Some(told(&after)));
        act.record(change, "role.changed", ("role", &after.id), None, summary, old, new);
        Ok(after)
    })
    .await;
    changed.map_err(name_taken)
}

/// Deletes a role that nobody has and nothing gives.
///
/// # Errors
/// A version that is not the present one; a role that is built in or in use.
pub async fn delete(
    store: &Store,
    operator: &Operator,
    tenant: &Tenant,
    who: &str,
    version: Option<i64>,
) -> Result<(), Error> {
    let (number, who) = (tenant.tenant, who.to_owned());
    people::act(store, operator, number, move |act| {
        let role = own(act.tx, number, &who)?;
        check_seen(role.version, version)?;
        check_not_named(act.tx, number, &role)?;
        if let Some(use_of) = use_of(act.tx, number, &role)? {
            return Err(Error::Conflict(format!(
                "Role \"{}\" is in use: {use_of}. End that first.",
                role.name
            )));
        }
        let change = roles::delete(act.tx, number, &role.id)?;
        let summary = format!("Role \"{}\" was deleted", role.name);
        act.record(change, "role.deleted", ("role", &role.id), None, summary, Some(told(&role)), None);
        Ok(())
    })
    .await
}

fn own(tx: &mut Tx<'_>, tenant: TenantId, who: &str) -> Result<Role, Error> {
    let role = find::role(tx, tenant, who)?;
    if role.built_in {
        return Err(Error::Conflict(format!(
            "Role \"{}\" is built in and stays as it is. Make one of your own beside it.",
            role.name
        )));
    }
    Ok(role)
}

/// What uses a role, in words.
fn use_of(tx: &mut Tx<'_>, tenant: TenantId, role: &Role) -> Result<Option<&'static str>, Error> {
    let scope = Scope { tenant, connection: 0 };
    let is_default = tenants::by_id(tx, tenant)?.is_some_and(|tenant| tenant.default_role == role.id);
    let mut is_changing = false;
    for connection in connections::of_tenant(tx, tenant)? {
        is_changing |= !store::jobs::open_of_connection(tx, connection.scope)?.is_empty();
    }
    Ok(if is_default {
        Some("every user gets it by default")
    } else if !mappings::connections_giving(tx, scope, &role.id)?.is_empty() {
        Some("groups are mapped to it")
    } else if !rules::connections_giving(tx, scope, &role.id)?.is_empty() {
        Some("a rule gives it")
    } else if memberships::any_given(tx, tenant, &role.id)? {
        Some("somebody was given it by hand")
    } else {
        is_changing.then_some("a changed policy is being carried out, and may still take it from people")
    })
}

/// Settings speak of roles by name: such a name stays.
fn check_not_named(tx: &mut Tx<'_>, tenant: TenantId, role: &Role) -> Result<(), Error> {
    for connection in connections::of_tenant(tx, tenant)? {
        let settings = crate::connections::settings(&connection)?;
        let is = |name: &str| scim::fold::fold(name) == scim::fold::fold(&role.name);
        if settings.mapping_role.as_deref().is_some_and(is) || is(&settings.role_ceiling) {
            return Err(Error::Conflict(format!(
                "Role \"{}\" is named by the settings of connection \"{}\" (mapping-role or role-ceiling). Change them first.",
                role.name, connection.name
            )));
        }
    }
    Ok(())
}

/// A role that a connection gives stays below the connection's ceiling.
fn check_ceilings(act: &mut Act<'_, '_>, tenant: TenantId, role: &Role) -> Result<(), Error> {
    let scope = Scope { tenant, connection: 0 };
    let mut giving = mappings::connections_giving(act.tx, scope, &role.id)?;
    giving.extend(rules::connections_giving(act.tx, scope, &role.id)?);
    for connection in connections::of_tenant(act.tx, tenant)? {
        let settings = crate::connections::settings(&connection)?;
        let ceiling = roles::by_name(act.tx, tenant, &settings.role_ceiling)?;
        let above = ceiling.as_ref().is_none_or(|ceiling| role.priority > ceiling.priority);
        if above && giving.contains(&connection.scope.connection) {
            return Err(Error::Conflict(format!(
                "With this priority \"{}\" is above what connection \"{}\" may give ({}), and a mapping or rule there gives it.",
                role.name, connection.name, settings.role_ceiling
            )));
        }
    }
    Ok(())
}

fn checked_name(name: &str) -> Result<String, Error> {
    let name = name.trim();
    names::check("A role's", name, NAME_LENGTH)?;
    Ok(name.to_owned())
}

fn checked_priority(priority: i64) -> Result<i64, Error> {
    if PRIORITIES.contains(&priority) {
        return Ok(priority);
    }
    Err(Error::invalid("A role's priority is 1 to 99: the higher, the stronger. Owner alone has 100."))
}

fn checked_permissions(permissions: Vec<String>) -> Result<Vec<String>, Error> {
    let is_word = |word: &String| {
        !word.is_empty()
            && word.len() <= 200
            && !word.contains(|letter: char| letter.is_whitespace() || letter.is_control())
    };
    if permissions.len() > MAX_PERMISSIONS || !permissions.iter().all(is_word) {
        return Err(Error::invalid(format!(
            "A role has {MAX_PERMISSIONS} permissions at most, each a word without spaces, such as invoices.read."
        )));
    }
    Ok(permissions)
}

fn name_taken(error: Error) -> Error {
    match error {
        Error::Store(error) if error.is_constraint("roles_name_key") => {
            Error::Conflict("Another role has this name.".into())
        }
        other => other,
    }
}

fn told(role: &Role) -> Value {
    json!({ "name": role.name, "priority": role.priority, "permissions": role.permissions })
}
