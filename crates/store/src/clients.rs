//! Clients: programs that fetch access tokens for a connection by OAuth 2.0. Of a secret only its digest is here.

use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;
use crate::{Scope, StoreError, TenantId};

/// A client. It has either the digest of a secret or public keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Tenant and connection.
    pub scope: Scope,
    /// The id, which the client names itself by.
    pub id: String,
    /// The name a person gave it.
    pub name: String,
    /// SHA-256 of its secret, in hexadecimal digits.
    pub digest: Option<String>,
    /// Its public keys, a JWK Set.
    pub public_keys: Option<String>,
    /// Whether its tokens open reading alone.
    pub read_only: bool,
    /// When it was made.
    pub created_at: i64,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
}

statements! {
    INSERT = "insert into clients (tenant_id, connection_id, id, name, digest, public_keys, read_only, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    BY_ID = "select tenant_id, connection_id, id, name, digest, public_keys, read_only, created_at, revoked_at
        from clients where id = $1";
    OF_CONNECTION = "select tenant_id, connection_id, id, name, digest, public_keys, read_only, created_at, revoked_at
        from clients where tenant_id = $1 and connection_id = $2 order by created_at, id";
    REVOKE = "update clients set revoked_at = $1 where tenant_id = $2 and connection_id = $3 and id = $4";
    REVOKE_ALL = "update clients set revoked_at = $1
        where tenant_id = $2 and connection_id = $3 and revoked_at is null";
    SET_DIGEST = "update clients set digest = $1 where tenant_id = $2 and connection_id = $3 and id = $4";
}

fn read(row: &Row<'_>) -> Result<Client, StoreError> {
    Ok(Client {
        scope: Scope { tenant: TenantId(row.int(0)?), connection: row.int(1)? },
        id: row.text(2)?,
        name: row.text(3)?,
        digest: row.optional_text(4)?,
        public_keys: row.optional_text(5)?,
        read_only: row.boolean(6)?,
        created_at: row.int(7)?,
        revoked_at: row.optional_int(8)?,
    })
}

/// Adds a client.
pub fn insert(tx: &mut Tx<'_>, client: &Client) -> Result<Unrecorded, StoreError> {
    tx.execute(
        INSERT,
        params![
            client.scope.tenant.0,
            client.scope.connection,
            &client.id,
            &client.name,
            client.digest.as_ref(),
            client.public_keys.as_ref(),
            client.read_only,
            client.created_at,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// The client of an id, whatever its tenant: for the token endpoint and the operator's commands.
pub fn by_id(tx: &mut Tx<'_>, id: &str) -> Result<Option<Client>, StoreError> {
    tx.query_optional(BY_ID, params![id], read)
}

/// The clients of a connection, oldest first.
pub fn of_connection(tx: &mut Tx<'_>, scope: Scope) -> Result<Vec<Client>, StoreError> {
    tx.query(OF_CONNECTION, params![scope.tenant.0, scope.connection], read)
}

/// Writes down that a client was revoked.
pub fn revoke(tx: &mut Tx<'_>, client: &Client, at: i64) -> Result<Unrecorded, StoreError> {
    let scope = client.scope;
    tx.execute(REVOKE, params![at, scope.tenant.0, scope.connection, &client.id])?;
    Ok(Unrecorded::new())
}

/// Writes down that every client of a connection was revoked.
pub fn revoke_all(tx: &mut Tx<'_>, scope: Scope, at: i64) -> Result<Unrecorded, StoreError> {
    tx.execute(REVOKE_ALL, params![at, scope.tenant.0, scope.connection])?;
    Ok(Unrecorded::new())
}

/// Gives a client the digest of another secret.
pub fn set_digest(tx: &mut Tx<'_>, client: &Client, digest: &str) -> Result<Unrecorded, StoreError> {
    let scope = client.scope;
    tx.execute(SET_DIGEST, params![digest, scope.tenant.0, scope.connection, &client.id])?;
    Ok(Unrecorded::new())
}
