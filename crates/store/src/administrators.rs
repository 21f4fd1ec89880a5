//! Administrators: people who sign in at the console, and what each of them may do in which tenant.
//!
//! They are of the installation, not of a tenant, and no users of a directory. A grant leads with its tenant;
//! [`INSTALLATION`] stands for every tenant there is.

use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;
use crate::{StoreError, TenantId};

/// What stands for every tenant in a grant.
pub const INSTALLATION: TenantId = TenantId(0);

/// A person who signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Administrator {
    /// The id.
    pub id: String,
    /// The address they sign in with.
    pub email: String,
    /// Their name.
    pub name: String,
    /// The hash of their password, as a PHC string; none if they have none.
    pub password: Option<String>,
    /// When they were added.
    pub created_at: i64,
    /// By whom.
    pub created_by: String,
    /// Since when they can no longer sign in.
    pub disabled_at: Option<i64>,
    /// When they last signed in.
    pub last_signed_in_at: Option<i64>,
}

/// What a person may do in a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The tenant, or [`INSTALLATION`].
    pub tenant: TenantId,
    /// The administrator.
    pub administrator: String,
    /// As what.
    pub role: String,
}

statements! {
    INSERT = "insert into administrators (id, email, email_key, name, password, created_at, created_by)
        values ($1, $2, $3, $4, $5, $6, $7)";
    BY_ID = "select id, email, name, password, created_at, created_by, disabled_at, last_signed_in_at
        from administrators where id = $1";
    BY_EMAIL = "select id, email, name, password, created_at, created_by, disabled_at, last_signed_in_at
        from administrators where email_key = $1";
    ALL = "select id, email, name, password, created_at, created_by, disabled_at, last_signed_in_at
        from administrators order by id";
    SIGNED_IN = "update administrators set last_signed_in_at = $1 where id = $2";
    SET_NAME = "update administrators set name = $1 where id = $2";
    SET_PASSWORD = "update administrators set password = $1 where id = $2";
    SET_DISABLED = "update administrators set disabled_at = $1 where id = $2";
    GRANT = "insert into administrator_grants (tenant_id, administrator_id, role) values ($1, $2, $3)
        on conflict (tenant_id, administrator_id) do update set role = excluded.role";
    WITHDRAW = "delete from administrator_grants where tenant_id = $1 and administrator_id = $2";
    GRANTS_OF = "select tenant_id, administrator_id, role from administrator_grants where administrator_id = $1
        order by tenant_id";
    GRANTS_IN = "select tenant_id, administrator_id, role from administrator_grants where tenant_id = $1
        order by administrator_id";
}

fn read(row: &Row<'_>) -> Result<Administrator, StoreError> {
    Ok(Administrator {
        id: row.text(0)?,
        email: row.text(1)?,
        name: row.text(2)?,
        password: row.optional_text(3)?,
        created_at: row.int(4)?,
        created_by: row.text(5)?,
        disabled_at: row.optional_int(6)?,
        last_signed_in_at: row.optional_int(7)?,
    })
}

fn read_grant(row: &Row<'_>) -> Result<Grant, StoreError> {
    Ok(Grant { tenant: TenantId(row.int(0)?), administrator: row.text(1)?, role: row.text(2)? })
}

/// Adds a person. The constraint `administrators_email_key` refuses an address that is taken.
pub fn insert(tx: &mut Tx<'_>, administrator: &Administrator) -> Result<Unrecorded, StoreError> {
    let key = scim::fold::fold(&administrator.email);
    tx.execute(
        INSERT,
        params![
            &administrator.id,
            &administrator.email,
            &key,
            &administrator.name,
            administrator.password.as_deref(),
            administrator.created_at,
            &administrator.created_by,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// The person of an id.
pub fn by_id(tx: &mut Tx<'_>, id: &str) -> Result<Option<Administrator>, StoreError> {
    tx.query_optional(BY_ID, params![id], read)
}

/// The person of an address, in any letter case.
pub fn by_email(tx: &mut Tx<'_>, email: &str) -> Result<Option<Administrator>, StoreError> {
    tx.query_optional(BY_EMAIL, params![&scim::fold::fold(email)], read)
}

/// Everyone who signs in, oldest first.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Administrator>, StoreError> {
    tx.query(ALL, &[], read)
}

/// Writes down that a person signed in.
pub fn signed_in(tx: &mut Tx<'_>, id: &str, at: i64) -> Result<Unrecorded, StoreError> {
    tx.execute(SIGNED_IN, params![at, id])?;
    Ok(Unrecorded::new())
}

/// Sets the name of a person.
pub fn set_name(tx: &mut Tx<'_>, id: &str, name: &str) -> Result<Unrecorded, StoreError> {
    tx.execute(SET_NAME, params![name, id])?;
    Ok(Unrecorded::new())
}

/// Sets the hash of a person's password.
pub fn set_password(tx: &mut Tx<'_>, id: &str, hash: &str) -> Result<Unrecorded, StoreError> {
    tx.execute(SET_PASSWORD, params![hash, id])?;
    Ok(Unrecorded::new())
}

/// Sets since when a person can no longer sign in; none if they can.
pub fn set_disabled(tx: &mut Tx<'_>, id: &str, at: Option<i64>) -> Result<Unrecorded, StoreError> {
    tx.execute(SET_DISABLED, params![at, id])?;
    Ok(Unrecorded::new())
}

/// Lets a person do something in a tenant, in place of what they might do there before.
pub fn grant(tx: &mut Tx<'_>, grant: &Grant) -> Result<Unrecorded, StoreError> {
    tx.execute(GRANT, params![grant.tenant.0, &grant.administrator, &grant.role])?;
    Ok(Unrecorded::new())
}

/// Lets a person do nothing in a tenant any more.
pub fn withdraw(tx: &mut Tx<'_>, tenant: TenantId, administrator: &str) -> Result<Unrecorded, StoreError> {
    tx.execute(WITHDRAW, params![tenant.0, administrator])?;
    Ok(Unrecorded::new())
}

/// What a person may do, everywhere.
pub fn grants_of(tx: &mut Tx<'_>, administrator: &str) -> Result<Vec<Grant>, StoreError> {
    tx.query(GRANTS_OF, params![administrator], read_grant)
}

/// Who may do what in a tenant, or in the installation.
pub fn grants_in(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Grant>, StoreError> {
    tx.query(GRANTS_IN, params![tenant.0], read_grant)
}
