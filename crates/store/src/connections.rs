//! Connections: one identity provider's feed into a tenant. Settings are text here; the rules give them meaning.

use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;
use crate::{Scope, StoreError, TenantId};

/// What becomes of what a connection gave, when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It stays, by hand.
    Finalise,
    /// What no other connection gives ends.
    Terminate,
}

impl Way {
    /// As it is kept and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finalise => "finalise",
            Self::Terminate => "terminate",
        }
    }

    fn of(text: &str) -> Result<Self, StoreError> {
        match text {
            "finalise" => Ok(Self::Finalise),
            "terminate" => Ok(Self::Terminate),
            other => Err(StoreError::Unreadable(format!("\"{other}\" is no way to end a connection"))),
        }
    }
}

/// That a connection takes no more requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// What becomes of what it gave.
    pub way: Way,
    /// Since when.
    pub at: i64,
}

/// A connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Tenant and number.
    pub scope: Scope,
    /// The public id, part of the SCIM base URL.
    pub id: String,
    /// The name.
    pub name: String,
    /// The provider, such as `okta`.
    pub provider: String,
    /// The settings as JSON.
    pub settings: String,
    /// Counts the changes of name and settings.
    pub version: i64,
    /// When it was made.
    pub created_at: i64,
    /// When it last changed.
    pub modified_at: i64,
    /// Whether it was ended.
    pub ending: Option<Ending>,
}

statements! {
    NEXT = "select coalesce(max(connection_id), 0) + 1 from connections where tenant_id = $1";
    INSERT = "insert into connections (tenant_id, connection_id, id, name, provider, settings, version, created_at,
        modified_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    BY_ID = "select tenant_id, connection_id, id, name, provider, settings, version, created_at, modified_at,
        ending, ended_at from connections where id = $1";
    VERSION = "select version from connections where tenant_id = $1 and connection_id = $2 and ended_at is null";
    OF_TENANT = "select tenant_id, connection_id, id, name, provider, settings, version, created_at, modified_at,
        ending, ended_at from connections where tenant_id = $1 order by connection_id";
    END = "update connections set ending = $1, ended_at = $2, version = $3, modified_at = $4
        where tenant_id = $5 and connection_id = $6";
    UPDATE = "update connections set name = $1, settings = $2, version = $3, modified_at = $4
        where tenant_id = $5 and connection_id = $6";
}

pub(crate) fn read(row: &Row<'_>) -> Result<Connection, StoreError> {
    Ok(Connection {
        scope: Scope { tenant: TenantId(row.int(0)?), connection: row.int(1)? },
        id: row.text(2)?,
        name: row.text(3)?,
        provider: row.text(4)?,
        settings: row.text(5)?,
        version: row.int(6)?,
        created_at: row.int(7)?,
        modified_at: row.int(8)?,
        ending: match (row.optional_text(9)?, row.optional_int(10)?) {
            (Some(way), Some(at)) => Some(Ending { way: Way::of(&way)?, at }),
            _ => None,
        },
    })
}

/// The number the tenant's next connection gets.
pub fn next_number(tx: &mut Tx<'_>, tenant: TenantId) -> Result<i64, StoreError> {
    Ok(tx.query_optional(NEXT, params![tenant.0], |row| row.int(0))?.unwrap_or(1))
}

/// Adds a connection.
pub fn insert(tx: &mut Tx<'_>, connection: &Connection) -> Result<Unrecorded, StoreError> {
    tx.execute(
        INSERT,
        params![
            connection.scope.tenant.0,
            connection.scope.connection,
            &connection.id,
            &connection.name,
            &connection.provider,
            &connection.settings,
            connection.version,
            connection.created_at,
            connection.modified_at,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// Writes name, settings and version.
pub fn update(tx: &mut Tx<'_>, connection: &Connection) -> Result<Unrecorded, StoreError> {
    tx.execute(
        UPDATE,
        params![
            &connection.name,
            &connection.settings,
            connection.version,
            connection.modified_at,
            connection.scope.tenant.0,
            connection.scope.connection,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// Writes that a connection was ended, and its version.
pub fn end(tx: &mut Tx<'_>, connection: &Connection) -> Result<Unrecorded, StoreError> {
    let Connection { scope, ending, .. } = connection;
    tx.execute(
        END,
        params![
            ending.map(|ending| ending.way.as_str()),
            ending.map(|ending| ending.at),
            connection.version,
            connection.modified_at,
            scope.tenant.0,
            scope.connection,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// The connection of a public id.
pub fn by_id(tx: &mut Tx<'_>, id: &str) -> Result<Option<Connection>, StoreError> {
    tx.query_optional(BY_ID, params![id], read)
}

/// How often the connection's name and settings have changed; `None` if it was ended.
pub fn version(tx: &mut Tx<'_>, scope: Scope) -> Result<Option<i64>, StoreError> {
    tx.query_optional(VERSION, params![scope.tenant.0, scope.connection], |row| row.int(0))
}

/// The connections of a tenant, oldest first.
pub fn of_tenant(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Connection>, StoreError> {
    tx.query(OF_TENANT, params![tenant.0], read)
}
