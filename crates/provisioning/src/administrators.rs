//! Administrators: who may sign in at the console, and as what in which tenant.
//!
//! *Operators* run the installation and may do everything in every tenant; *administrators* of a tenant may do
//! everything in it; *auditors* look at everything of a tenant and change nothing. What a person may do in which tenant is
//! asked with every request, so a change holds from the next one on.

pub mod changes;
pub mod links;

use crate::{Error, names};
use links::Purpose;
use std::fmt;
use std::str::FromStr;
use store::administrators::{self, Administrator, Grant, INSTALLATION};
use store::identities::{self, Identity};
use store::tenants::Tenant;
use store::{Store, StoreError, TenantId, Tx, second_factors, tickets};

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

/// How far somebody's say over other administrators reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To everybody: an operator's.
    Installation,
    /// To people of this tenant.
    Tenant(TenantId),
}

impl Reach {
    /// Whether it reaches to a person at all. Of others nobody learns that they are there.
    pub fn sees(self, grants: &[Grant]) -> bool {
        match self {
            Self::Installation => true,
            Self::Tenant(tenant) => grants.iter().any(|grant| grant.tenant == tenant),
        }
    }

    /// Whether it reaches to the person as a whole: a new password is one for every tenant they act in.
    pub fn covers(self, grants: &[Grant]) -> bool {
        match self {
            Self::Installation => true,
            Self::Tenant(tenant) => self.sees(grants) && grants.iter().all(|grant| grant.tenant == tenant),
        }
    }
}

/// A person, and all that is known of how they sign in.
#[derive(Clone, Debug)]
pub struct Known {
    /// The person.
    pub administrator: Administrator,
    /// What they may do, everywhere.
    pub grants: Vec<Grant>,
    /// Whether they have an authenticator app.
    pub has_second_factor: bool,
    /// The accounts at providers that they sign in with.
    pub identities: Vec<Identity>,
    /// Until when a link that was made for them can be opened.
    pub linked_until: Option<i64>,
}

impl Known {
    /// Whether they can prove who they are: by a password, or by an account at a provider.
    pub fn has_joined(&self) -> bool {
        self.administrator.password.is_some() || !self.identities.is_empty()
    }
}

/// The person of an id.
///
/// # Errors
/// There is none, or the reach does not go to them: both in the same words.
pub fn known(tx: &mut Tx<'_>, reach: Reach, id: &str) -> Result<Known, Error> {
    let found = administrators::by_id(tx, id)?.map(|person| with_details(tx, person)).transpose()?;
    found.filter(|known| reach.sees(&known.grants)).ok_or_else(|| unknown(id))
}

/// The person of an address, or of an id, for whoever runs the installation.
///
/// # Errors
/// There is none.
pub fn named(tx: &mut Tx<'_>, name: &str) -> Result<Known, Error> {
    match administrators::by_email(tx, name)? {
        Some(person) => Ok(with_details(tx, person)?),
        None => known(tx, Reach::Installation, name),
    }
}

fn unknown(name: &str) -> Error {
    Error::NotFound(format!(
        "There is no administrator {name}. `accessiq administrator list` shows those there are."
    ))
}

fn with_details(tx: &mut Tx<'_>, administrator: Administrator) -> Result<Known, StoreError> {
    let tickets = tickets::of_administrator(tx, &administrator.id)?;
    let linked = tickets.iter().filter(|ticket| ticket.kind.parse::<Purpose>().is_ok());
    Ok(Known {
        grants: administrators::grants_of(tx, &administrator.id)?,
        identities: identities::of_administrator(tx, &administrator.id)?,
        has_second_factor: second_factors::of(tx, &administrator.id)?.is_some(),
        linked_until: linked.map(|ticket| ticket.expires_at).max(),
        administrator,
    })
}

/// Everybody who may do something in a tenant, or in the installation, by their grants there.
pub fn of_tenant(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Known>, StoreError> {
    let mut people = Vec::new();
    for grant in administrators::grants_in(tx, tenant)? {
        if let Some(person) = administrators::by_id(tx, &grant.administrator)? {
            people.push(with_details(tx, person)?);
        }
    }
    people.sort_by_cached_key(|known| scim::fold::fold(&known.administrator.name));
    Ok(people)
}

/// Everybody who signs in, those without any grant among them.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Known>, StoreError> {
    let people = administrators::all(tx)?;
    people.into_iter().map(|person| with_details(tx, person)).collect()
}

/// The journal that tells of a person: their tenant's if they act in one alone, else the installation's.
pub(crate) fn journal_of(grants: &[Grant]) -> TenantId {
    match grants {
        [only] => only.tenant,
        _ => INSTALLATION,
    }
}

/// Whether somebody can sign in who runs the installation.
pub fn has_operator(tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    Ok(!operators(tx)?.is_empty())
}

/// Operators who can sign in.
fn operators(tx: &mut Tx<'_>) -> Result<Vec<Administrator>, StoreError> {
    let mut operators = Vec::new();
    for grant in administrators::grants_in(tx, INSTALLATION)? {
        if grant.role != Role::Operator.as_str() {
            continue;
        }
        let person = administrators::by_id(tx, &grant.administrator)?;
        let known = person.map(|person| with_details(tx, person)).transpose()?;
        let can = |known: &Known| known.has_joined() && known.administrator.disabled_at.is_none();
        operators.extend(known.filter(can).map(|known| known.administrator));
    }
    Ok(operators)
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

impl Wanted {
    /// With spaces cut off around everything.
    ///
    /// # Errors
    /// An address or a name that cannot be.
    fn checked(self) -> Result<Self, Error> {
        let (email, name) = (self.email.trim().to_owned(), self.name.trim().to_owned());
        check_email(&email)?;
        check_name(&name)?;
        Ok(Self { email, name, role: self.role })
    }

    /// The row of a new person.
    fn row(&self, store: &Store, by: &str) -> Administrator {
        Administrator {
            id: store.ids().next(),
            email: self.email.clone(),
            name: self.name.clone(),
            password: None,
            created_at: store.clock().now(),
            created_by: by.to_owned(),
            disabled_at: None,
            last_signed_in_at: None,
        }
    }
}

fn check_name(name: &str) -> Result<(), Error> {
    names::check("An administrator's", name, NAME_LENGTH)
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
