//! Administrators: who may sign in at the console, and as what in which tenant.
//!
//! *Operators* run the installation and may do everything in every tenant; *administrators* of a tenant may do
//! everything in it; *auditors* look at everything of a tenant and change nothing.

use crate::people::{self, Operator};
use crate::{Error, names};
use serde_json::json;
use std::fmt;
use std::str::FromStr;
use store::administrators::{self, Administrator, Grant, INSTALLATION};
use store::tenants::Tenant;
use store::{Store, StoreError, TenantId, Tx};

/// How long a name may be, in characters.
const NAME_LENGTH: usize = 100;
/// How long an address may be, in characters (RFC 5321 §4.5.3.1.3).
const EMAIL_LENGTH: usize = 254;

/// As what a person acts, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Looks at everything of a tenant, and changes nothing.
    Auditor,
    /// Does everything in a tenant.
    Administrator,
    /// Does everything in every tenant, and makes tenants.
    Operator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Auditor, Self::Administrator, Self::Operator];

    /// As it is kept and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
            Self::Operator => "operator",
        }
    }

    /// Whether it may change anything.
    pub fn may_change(self) -> bool {
        self != Self::Auditor
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| {
            Error::invalid(format!(
                "\"{text}\" is no role of an administrator. There are: auditor, administrator, operator."
            ))
        })
    }
}

/// Whom to add.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The address they sign in with.
    pub email: String,
    /// Their name.
    pub name: String,
    /// As what.
    pub role: Role,
}

/// Adds a person to a tenant, or to the installation if no tenant is given.
///
/// # Errors
/// An address or a name that cannot be; an address that is taken; an operator of one tenant alone.
pub async fn add(
    store: &Store,
    operator: &Operator,
    tenant: Option<&Tenant>,
    wanted: Wanted,
) -> Result<Administrator, Error> {
    let (email, name) = (wanted.email.trim().to_owned(), wanted.name.trim().to_owned());
    check_email(&email)?;
    names::check("An administrator's", &name, NAME_LENGTH)?;
    if tenant.is_some() && wanted.role == Role::Operator {
        return Err(Error::invalid("An operator is of the installation, not of one tenant."));
    }
    let number = tenant.map_or(INSTALLATION, |tenant| tenant.tenant);
    let taken = Error::invalid(format!("{email} is an administrator already."));
    let administrator = Administrator {
        id: store.ids().next(),
        email,
        name,
        password: None,
        created_at: store.clock().now(),
        created_by: operator.name.clone(),
        disabled_at: None,
        last_signed_in_at: None,
    };
    let (row, role) = (administrator.clone(), wanted.role);
    let grant = Grant { tenant: number, administrator: row.id.clone(), role: role.as_str().into() };
    let made = if number == INSTALLATION {
        store
            .write(move |tx| {
                administrators::insert(tx, &row)?;
                administrators::grant(tx, &grant).map(drop)
            })
            .await
            .map_err(Error::from)
    } else {
        people::act(store, operator, number, move |act| {
            administrators::insert(act.tx, &row)?;
            if let Some(change) = administrators::grant(act.tx, &grant)? {
                let after = json!({ "email": row.email, "name": row.name, "role": role.as_str() });
                let summary = format!("{} was added as {role}", row.name);
                let subject = ("administrator", row.id.as_str());
                act.record(change, "administrator.added", subject, None, summary, None, Some(after));
            }
            Ok(())
        })
        .await
    };
    match made {
        Err(Error::Store(error)) if error.is_constraint("administrators_email_key") => Err(taken),
        Err(error) => Err(error),
        Ok(()) => Ok(administrator),
    }
}

fn check_email(email: &str) -> Result<(), Error> {
    let is_address = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.is_empty()
            && !domain.contains('@')
            && !email.contains(char::is_whitespace)
    });
    if !is_address || email.chars().count() > EMAIL_LENGTH || email.contains(char::is_control) {
        return Err(Error::invalid(format!("\"{email}\" is no e-mail address.")));
    }
    Ok(())
}

/// As what a person acts in a tenant; none if they may not even know of it.
pub fn role_in(grants: &[Grant], tenant: TenantId) -> Option<Role> {
    let here = grants.iter().filter(|grant| grant.tenant == tenant || grant.tenant == INSTALLATION);
    here.filter_map(|grant| grant.role.parse().ok()).max()
}

/// The tenants that a person may know of, in the order of their names.
pub fn tenants_of(tx: &mut Tx<'_>, grants: &[Grant]) -> Result<Vec<Tenant>, StoreError> {
    let mut tenants = store::tenants::all(tx)?;
    tenants.retain(|tenant| role_in(grants, tenant.tenant).is_some());
    tenants.sort_by_key(|tenant| scim::fold::fold(&tenant.name));
    Ok(tenants)
}
