//! Links that wait for a person: a connection sent somebody who is there by hand, with a role that is not to be had so.

use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;
use crate::{Scope, StoreError, TenantId};

/// How a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Nobody has decided.
    Pending,
    /// The connection's next attempt links.
    Approved,
    /// No attempt links.
    Rejected,
}

impl LinkState {
    /// As it is kept and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }

    fn of(text: &str) -> Result<Self, StoreError> {
        match text {
            "pending" => Ok(Self::Pending),
            "approved" => Ok(Self::Approved),
            "rejected" => Ok(Self::Rejected),
            other => Err(StoreError::Unreadable(format!("\"{other}\" is no state of a link"))),
        }
    }
}

/// A link that waits, or was decided and not carried out yet. What was sent is part of it: nobody approves another person
/// than the one that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The id.
    pub id: String,
    /// The connection's number within the tenant.
    pub connection: i64,
    /// The user by hand.
    pub user: String,
    /// The userName that was sent.
    pub user_name: String,
    /// The provider's own id that was sent.
    pub external_id: Option<String>,
    /// The address that was sent.
    pub email: Option<String>,
    /// How it stands.
    pub state: LinkState,
    /// The request that asked last for something new.
    pub request_id: String,
    /// Who decided, and when.
    pub decided: Option<(String, i64)>,
    /// Counts the changes.
    pub version: i64,
    /// When it was first asked for.
    pub created_at: i64,
    /// When it last changed.
    pub modified_at: i64,
}

statements! {
    INSERT = "insert into links (tenant_id, id, connection_id, user_id, user_name, external_id, email, state, request_id,
        decided_by, decided_at, version, created_at, modified_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    UPDATE = "update links set user_name = $1, external_id = $2, email = $3, state = $4, request_id = $5, decided_by = $6,
        decided_at = $7, version = $8, modified_at = $9 where tenant_id = $10 and id = $11";
    DELETE = "delete from links where tenant_id = $1 and id = $2";
    BY_ID = "select id, connection_id, user_id, user_name, external_id, email, state, request_id, decided_by, decided_at,
        version, created_at, modified_at from links where tenant_id = $1 and id = $2";
    OF_USER = "select id, connection_id, user_id, user_name, external_id, email, state, request_id, decided_by, decided_at,
        version, created_at, modified_at from links where tenant_id = $1 and connection_id = $2 and user_id = $3";
    PAGE = "select id, connection_id, user_id, user_name, external_id, email, state, request_id, decided_by, decided_at,
        version, created_at, modified_at from links where tenant_id = $1 and id > $2 order by id limit $3";
}

fn read(row: &Row<'_>) -> Result<Link, StoreError> {
    Ok(Link {
        id: row.text(0)?,
        connection: row.int(1)?,
        user: row.text(2)?,
        user_name: row.text(3)?,
        external_id: row.optional_text(4)?,
        email: row.optional_text(5)?,
        state: LinkState::of(&row.text(6)?)?,
        request_id: row.text(7)?,
        decided: row.optional_text(8)?.zip(row.optional_int(9)?),
        version: row.int(10)?,
        created_at: row.int(11)?,
        modified_at: row.int(12)?,
    })
}

/// Adds a link. The constraint `links_user_id` refuses a second one of a connection to a user.
pub fn insert(tx: &mut Tx<'_>, tenant: TenantId, link: &Link) -> Result<Unrecorded, StoreError> {
    tx.execute(
        INSERT,
        params![
            tenant.0,
            &link.id,
            link.connection,
            &link.user,
            &link.user_name,
            link.external_id.as_ref(),
            link.email.as_ref(),
            link.state.as_str(),
            &link.request_id,
            link.decided.as_ref().map(|(by, _)| by),
            link.decided.as_ref().map(|(_, at)| *at),
            link.version,
            link.created_at,
            link.modified_at,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// Writes a changed link.
pub fn update(tx: &mut Tx<'_>, tenant: TenantId, link: &Link) -> Result<Unrecorded, StoreError> {
    tx.execute(
        UPDATE,
        params![
            &link.user_name,
            link.external_id.as_ref(),
            link.email.as_ref(),
            link.state.as_str(),
            &link.request_id,
            link.decided.as_ref().map(|(by, _)| by),
            link.decided.as_ref().map(|(_, at)| *at),
            link.version,
            link.modified_at,
            tenant.0,
            &link.id,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// Takes a link away: it was carried out.
pub fn delete(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<Unrecorded, StoreError> {
    tx.execute(DELETE, params![tenant.0, id])?;
    Ok(Unrecorded::new())
}

/// The link of an id.
pub fn by_id(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<Option<Link>, StoreError> {
    tx.query_optional(BY_ID, params![tenant.0, id], read)
}

/// The link of a connection to a user.
pub fn of_user(tx: &mut Tx<'_>, scope: Scope, user: &str) -> Result<Option<Link>, StoreError> {
    tx.query_optional(OF_USER, params![scope.tenant.0, scope.connection, user], read)
}

/// Links after an id, in the order of their making.
pub fn page(tx: &mut Tx<'_>, tenant: TenantId, after: &str, limit: i64) -> Result<Vec<Link>, StoreError> {
    tx.query(PAGE, params![tenant.0, after, limit], read)
}
