//! The directory's users: people, whatever feeds them. Never deleted.

use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;
use crate::{Scope, StoreError, TenantId};
use scim::fold::fold;

/// What a user may do at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Has the access of its memberships.
    Active,
    /// Has no access; memberships stay on record.
    Deactivated,
    /// Known, and not yet let in.
    Staged,
    /// Was erased: nothing but the ids is left.
    Erased,
}

impl Status {
    /// As it is kept and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deactivated => "deactivated",
            Self::Staged => "staged",
            Self::Erased => "erased",
        }
    }

    fn of(text: &str) -> Result<Self, StoreError> {
        match text {
            "active" => Ok(Self::Active),
            "deactivated" => Ok(Self::Deactivated),
            "staged" => Ok(Self::Staged),
            "erased" => Ok(Self::Erased),
            other => Err(StoreError::Unreadable(format!("\"{other}\" is no status of a user"))),
        }
    }
}

/// A person in the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The id.
    pub id: String,
    /// The connection that owns the person; `None` for a user by hand.
    pub connection: Option<i64>,
    /// What the user may do at all.
    pub status: Status,
    /// By hand, or fed by a resource that is there. False once that resource was deleted.
    pub linked: bool,
    /// The username.
    pub user_name: String,
    /// The provider's own id of the person.
    pub external_id: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The name to show.
    pub display_name: Option<String>,
    /// When a person locked the user out by hand; no identity provider lets the user in again.
    pub locked_at: Option<i64>,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: i64,
    /// When it last changed.
    pub modified_at: i64,
}

statements! {
    INSERT = "insert into users (tenant_id, id, connection_id, status, linked, user_name, user_name_key, external_id,
        email, email_key, given_name, family_name, display_name, locked_at, version, created_at, modified_at,
        given_name_key, family_name_key, display_name_key, folded_version)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)";
    UPDATE = "update users set connection_id = $1, status = $2, linked = $3, user_name = $4, user_name_key = $5,
        external_id = $6, email = $7, email_key = $8, given_name = $9, family_name = $10, display_name = $11,
        locked_at = $12, version = $13, modified_at = $14, given_name_key = $15, family_name_key = $16,
        display_name_key = $17, folded_version = $18 where tenant_id = $19 and id = $20";
    BY_ID = "select id, connection_id, status, linked, user_name, external_id, email, given_name, family_name,
        display_name, locked_at, version, created_at, modified_at from users where tenant_id = $1 and id = $2";
    LINKED_BY_USER_NAME = "select id, connection_id, status, linked, user_name, external_id, email, given_name,
        family_name, display_name, locked_at, version, created_at, modified_at
        from users where tenant_id = $1 and user_name_key = $2 and linked = 1";
    FORMER_BY_EXTERNAL_ID = "select id, connection_id, status, linked, user_name, external_id, email, given_name,
        family_name, display_name, locked_at, version, created_at, modified_at
        from users where tenant_id = $1 and connection_id = $2 and external_id = $3
        order by modified_at desc, id desc limit 2";
    FORMER_BY_USER_NAME = "select id, connection_id, status, linked, user_name, external_id, email, given_name,
        family_name, display_name, locked_at, version, created_at, modified_at
        from users where tenant_id = $1 and connection_id = $2 and user_name_key = $3 and linked = 0
        order by modified_at desc, id desc";
    FORMER = "select id, connection_id, status, linked, user_name, external_id, email, given_name,
        family_name, display_name, locked_at, version, created_at, modified_at
        from users where tenant_id = $1 and user_name_key = $2 and linked = 0 order by modified_at desc, id desc limit 1";
    PAGE = "select id, connection_id, status, linked, user_name, external_id, email, given_name,
        family_name, display_name, locked_at, version, created_at, modified_at
        from users where tenant_id = $1 and id > $2 order by id limit $3";
    BY_HAND = "select id, connection_id, status, linked, user_name, external_id, email, given_name,
        family_name, display_name, locked_at, version, created_at, modified_at
        from users where tenant_id = $1 and connection_id is null and id > $2 order by id limit $3";
    COUNT_BY_HAND = "select count(*) from users where tenant_id = $1 and connection_id is null";
    DELETE = "delete from users where tenant_id = $1 and id = $2";
    ANY_UNFOLDED = "select 1 from users where tenant_id = $1 and folded_version <> version limit 1";
    UNFOLDED = "select id, connection_id, status, linked, user_name, external_id, email, given_name, family_name,
        display_name, locked_at, version, created_at, modified_at
        from users where tenant_id = $1 and folded_version <> version limit $2";
    FOLD = "update users set email_key = $1, given_name_key = $2, family_name_key = $3, display_name_key = $4,
        folded_version = version where tenant_id = $5 and id = $6";
    COUNTS = "select status, count(*) from users where tenant_id = $1 group by status order by status";
}

pub(crate) fn read(row: &Row<'_>) -> Result<User, StoreError> {
    Ok(User {
        id: row.text(0)?,
        connection: row.optional_int(1)?,
        status: Status::of(&row.text(2)?)?,
        linked: row.boolean(3)?,
        user_name: row.text(4)?,
        external_id: row.optional_text(5)?,
        email: row.optional_text(6)?,
        given_name: row.optional_text(7)?,
        family_name: row.optional_text(8)?,
        display_name: row.optional_text(9)?,
        locked_at: row.optional_int(10)?,
        version: row.int(11)?,
        created_at: row.int(12)?,
        modified_at: row.int(13)?,
    })
}

/// What a name or an address is compared by.
fn key(text: Option<&str>) -> Option<String> {
    text.map(fold)
}

/// Adds a user. The constraint `users_user_name_key` refuses a username that another linked user has.
pub fn insert(tx: &mut Tx<'_>, tenant: TenantId, user: &User) -> Result<Unrecorded, StoreError> {
    tx.execute(
        INSERT,
        params![
            tenant.0,
            &user.id,
            user.connection,
            user.status.as_str(),
            user.linked,
            &user.user_name,
            &fold(&user.user_name),
            user.external_id.as_ref(),
            user.email.as_ref(),
            key(user.email.as_deref()).as_ref(),
            user.given_name.as_ref(),
            user.family_name.as_ref(),
            user.display_name.as_ref(),
            user.locked_at,
            user.version,
            user.created_at,
            user.modified_at,
            key(user.given_name.as_deref()).as_ref(),
            key(user.family_name.as_deref()).as_ref(),
            key(user.display_name.as_deref()).as_ref(),
            user.version,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// Writes a changed user. The constraint `users_user_name_key` refuses a username that another linked user has.
pub fn update(tx: &mut Tx<'_>, tenant: TenantId, user: &User) -> Result<Unrecorded, StoreError> {
    tx.execute(
        UPDATE,
        params![
            user.connection,
            user.status.as_str(),
            user.linked,
            &user.user_name,
            &fold(&user.user_name),
            user.external_id.as_ref(),
            user.email.as_ref(),
            key(user.email.as_deref()).as_ref(),
            user.given_name.as_ref(),
            user.family_name.as_ref(),
            user.display_name.as_ref(),
            user.locked_at,
            user.version,
            user.modified_at,
            key(user.given_name.as_deref()).as_ref(),
            key(user.family_name.as_deref()).as_ref(),
            key(user.display_name.as_deref()).as_ref(),
            user.version,
            tenant.0,
            &user.id,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// Whether the keys of all users are of the names that they have now.
pub fn are_folded(tx: &mut Tx<'_>, tenant: TenantId) -> Result<bool, StoreError> {
    Ok(tx.query_optional(ANY_UNFOLDED, params![tenant.0], |row| row.int(0))?.is_none())
}

/// Some of the users whose keys are not of the names that they have now.
pub fn unfolded(tx: &mut Tx<'_>, tenant: TenantId, limit: i64) -> Result<Vec<User>, StoreError> {
    tx.query(UNFOLDED, params![tenant.0, limit], read)
}

/// Writes the keys of a user's names. Nothing that anybody sees of the user changes by it.
pub fn fold_names(tx: &mut Tx<'_>, tenant: TenantId, user: &User) -> Result<(), StoreError> {
    let [email, given, family, shown] =
        [&user.email, &user.given_name, &user.family_name, &user.display_name]
            .map(|text| key(text.as_deref()));
    let params = params![email.as_ref(), given.as_ref(), family.as_ref(), shown.as_ref(), tenant.0, &user.id];
    tx.execute(FOLD, params)?;
    Ok(())
}

/// Takes a row away. Nobody who was ever anybody: what a test made.
pub fn delete(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<Unrecorded, StoreError> {
    tx.execute(DELETE, params![tenant.0, id])?;
    Ok(Unrecorded::new())
}

/// The user of an id.
pub fn by_id(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<Option<User>, StoreError> {
    tx.query_optional(BY_ID, params![tenant.0, id], read)
}

/// The user by hand, or fed by a resource that is there, of a username.
pub fn linked_by_user_name(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    user_name: &str,
) -> Result<Option<User>, StoreError> {
    tx.query_optional(LINKED_BY_USER_NAME, params![tenant.0, &fold(user_name)], read)
}

/// Users of this connection by the provider's own id, two at most: what two had tells of nobody. Where no resource of the
/// connection carries the id, theirs was deleted.
pub fn former_by_external_id(
    tx: &mut Tx<'_>,
    scope: Scope,
    external_id: &str,
) -> Result<Vec<User>, StoreError> {
    tx.query(FORMER_BY_EXTERNAL_ID, params![scope.tenant.0, scope.connection, external_id], read)
}

/// Users of this connection whose resource was deleted, by username, the latest first.
pub fn former_by_user_name(tx: &mut Tx<'_>, scope: Scope, user_name: &str) -> Result<Vec<User>, StoreError> {
    tx.query(FORMER_BY_USER_NAME, params![scope.tenant.0, scope.connection, &fold(user_name)], read)
}

/// The user of a username who was the last to lose their resource, whatever the connection.
pub fn former(tx: &mut Tx<'_>, tenant: TenantId, user_name: &str) -> Result<Option<User>, StoreError> {
    tx.query_optional(FORMER, params![tenant.0, &fold(user_name)], read)
}

/// Users after an id, in the order of their making.
pub fn page(tx: &mut Tx<'_>, tenant: TenantId, after: &str, limit: i64) -> Result<Vec<User>, StoreError> {
    tx.query(PAGE, params![tenant.0, after, limit], read)
}

/// Users by hand after an id, in the order of their making.
pub fn by_hand(tx: &mut Tx<'_>, tenant: TenantId, after: &str, limit: i64) -> Result<Vec<User>, StoreError> {
    tx.query(BY_HAND, params![tenant.0, after, limit], read)
}

/// How many users are by hand.
pub fn count_by_hand(tx: &mut Tx<'_>, tenant: TenantId) -> Result<i64, StoreError> {
    Ok(tx.query_optional(COUNT_BY_HAND, params![tenant.0], |row| row.int(0))?.unwrap_or(0))
}

/// How many users have which status.
pub fn counts(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<(String, i64)>, StoreError> {
    tx.query(COUNTS, params![tenant.0], |row| Ok((row.text(0)?, row.int(1)?)))
}
