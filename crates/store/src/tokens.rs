//! Tokens: bearer credentials of a connection. Only the SHA-256 digest of a token is ever here.

use crate::clients::Client;
use crate::connections::{self, Connection};
use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;
use crate::{Scope, StoreError, TenantId};

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Tenant and connection.
    pub scope: Scope,
    /// The id.
    pub id: String,
    /// The name a person gave it.
    pub name: String,
    /// SHA-256 of the secret, in hexadecimal digits.
    pub digest: String,
    /// Whether it opens reading alone.
    pub read_only: bool,
    /// When it was made.
    pub created_at: i64,
    /// From when on it is refused.
    pub expires_at: Option<i64>,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
    /// When it was last used.
    pub last_used_at: Option<i64>,
    /// From where.
    pub last_used_address: Option<String>,
    /// By which user agent.
    pub last_used_agent: Option<String>,
    /// The client it was issued to; `None` if a person made it.
    pub client_id: Option<String>,
}

statements! {
    INSERT = "insert into tokens (tenant_id, connection_id, id, name, digest, read_only, created_at, expires_at,
        client_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    BY_DIGEST = "select c.tenant_id, c.connection_id, c.id, c.name, c.provider, c.settings, c.version, c.created_at,
        c.modified_at, c.ending, c.ended_at, t.id, t.expires_at, t.revoked_at, t.last_used_at, t.read_only, t.client_id
        from tokens t join connections c on c.tenant_id = t.tenant_id and c.connection_id = t.connection_id
        where t.digest = $1";
    STANDING = "select t.expires_at, t.revoked_at, c.version
        from tokens t join connections c on c.tenant_id = t.tenant_id and c.connection_id = t.connection_id
        where t.tenant_id = $1 and t.connection_id = $2 and t.id = $3";
    OF_CONNECTION = "select tenant_id, connection_id, id, name, digest, created_at, expires_at, revoked_at,
        last_used_at, last_used_address, last_used_agent, read_only, client_id
        from tokens where tenant_id = $1 and connection_id = $2 order by created_at, id";
    OF_ID = "select tenant_id, connection_id, id, name, digest, created_at, expires_at, revoked_at,
        last_used_at, last_used_address, last_used_agent, read_only, client_id from tokens where id = $1";
    END = "update tokens set expires_at = $1, revoked_at = $2 where tenant_id = $3 and connection_id = $4 and id = $5";
    TOUCH = "update tokens set last_used_at = $1, last_used_address = $2, last_used_agent = $3
        where tenant_id = $4 and connection_id = $5 and id = $6";
    END_OF_CLIENT = "update tokens set revoked_at = $1
        where tenant_id = $2 and connection_id = $3 and client_id = $4 and revoked_at is null";
    END_OF_CONNECTION = "update tokens set revoked_at = $1
        where tenant_id = $2 and connection_id = $3 and revoked_at is null";
    PRUNE = "delete from tokens
        where tenant_id = $1 and connection_id = $2 and client_id = $3 and expires_at <= $4";
}

fn read(row: &Row<'_>) -> Result<Token, StoreError> {
    Ok(Token {
        scope: Scope { tenant: TenantId(row.int(0)?), connection: row.int(1)? },
        id: row.text(2)?,
        name: row.text(3)?,
        digest: row.text(4)?,
        created_at: row.int(5)?,
        expires_at: row.optional_int(6)?,
        revoked_at: row.optional_int(7)?,
        last_used_at: row.optional_int(8)?,
        last_used_address: row.optional_text(9)?,
        last_used_agent: row.optional_text(10)?,
        read_only: row.boolean(11)?,
        client_id: row.optional_text(12)?,
    })
}

/// Adds a token.
pub fn insert(tx: &mut Tx<'_>, token: &Token) -> Result<Unrecorded, StoreError> {
    tx.execute(
        INSERT,
        params![
            token.scope.tenant.0,
            token.scope.connection,
            &token.id,
            &token.name,
            &token.digest,
            token.read_only,
            token.created_at,
            token.expires_at,
            token.client_id.as_ref(),
        ],
    )?;
    Ok(Unrecorded::new())
}

/// What the gate learns of a credential.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The connection it opens.
    pub connection: Connection,
    /// The token's id.
    pub token_id: String,
    /// From when on it is refused.
    pub expires_at: Option<i64>,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
    /// When it was last used, as far as it is written.
    pub last_used_at: Option<i64>,
    /// Whether it opens reading alone.
    pub read_only: bool,
    /// The client it was issued to.
    pub client_id: Option<String>,
}

/// The credential of a digest, with the connection it opens.
pub fn by_digest(tx: &mut Tx<'_>, digest: &str) -> Result<Option<Credential>, StoreError> {
    tx.query_optional(BY_DIGEST, params![digest], |row| {
        Ok(Credential {
            connection: connections::read(row)?,
            token_id: row.text(11)?,
            expires_at: row.optional_int(12)?,
            revoked_at: row.optional_int(13)?,
            last_used_at: row.optional_int(14)?,
            read_only: row.boolean(15)?,
            client_id: row.optional_text(16)?,
        })
    })
}

/// Whether a token still opens its connection, and what the connection's version is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// From when on the token is refused.
    pub expires_at: Option<i64>,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
    /// Counts the changes of the connection's name and settings.
    pub connection_version: i64,
}

/// How a token and its connection stand now.
pub fn standing(tx: &mut Tx<'_>, scope: Scope, id: &str) -> Result<Option<Standing>, StoreError> {
    tx.query_optional(STANDING, params![scope.tenant.0, scope.connection, id], |row| {
        Ok(Standing {
            expires_at: row.optional_int(0)?,
            revoked_at: row.optional_int(1)?,
            connection_version: row.int(2)?,
        })
    })
}

/// The tokens of a connection, oldest first.
pub fn of_connection(tx: &mut Tx<'_>, scope: Scope) -> Result<Vec<Token>, StoreError> {
    tx.query(OF_CONNECTION, params![scope.tenant.0, scope.connection], read)
}

/// The token of an id, whatever its tenant: for the operator's commands.
pub fn by_id(tx: &mut Tx<'_>, id: &str) -> Result<Option<Token>, StoreError> {
    tx.query_optional(OF_ID, params![id], read)
}

/// Sets from when on a token is refused, and whether it was revoked.
pub fn set_end(
    tx: &mut Tx<'_>,
    token: &Token,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
) -> Result<Unrecorded, StoreError> {
    let scope = token.scope;
    tx.execute(END, params![expires_at, revoked_at, scope.tenant.0, scope.connection, &token.id])?;
    Ok(Unrecorded::new())
}

/// Revokes every token that was issued to a client.
pub fn end_of_client(tx: &mut Tx<'_>, client: &Client, at: i64) -> Result<Unrecorded, StoreError> {
    let scope = client.scope;
    tx.execute(END_OF_CLIENT, params![at, scope.tenant.0, scope.connection, &client.id])?;
    Ok(Unrecorded::new())
}

/// Revokes every token of a connection.
pub fn end_of_connection(tx: &mut Tx<'_>, scope: Scope, at: i64) -> Result<Unrecorded, StoreError> {
    tx.execute(END_OF_CONNECTION, params![at, scope.tenant.0, scope.connection])?;
    Ok(Unrecorded::new())
}

/// Forgets the tokens of a client that have expired. No change that the journal tells of: they opened nothing.
pub fn prune(tx: &mut Tx<'_>, client: &Client, now: i64) -> Result<(), StoreError> {
    let scope = client.scope;
    tx.execute(PRUNE, params![scope.tenant.0, scope.connection, &client.id, now])?;
    Ok(())
}

/// Writes down the last use of a token: no change that the journal tells of.
pub fn touch(
    tx: &mut Tx<'_>,
    scope: Scope,
    id: &str,
    at: i64,
    address: Option<&str>,
    agent: Option<&str>,
) -> Result<(), StoreError> {
    tx.post(TOUCH, params![at, address, agent, scope.tenant.0, scope.connection, id])?;
    Ok(())
}
