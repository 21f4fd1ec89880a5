//! Assertions that clients signed and the token endpoint took: each is remembered until it expires.

use crate::StoreError;
use crate::clients::Client;
use crate::engine::{Tx, params, statements};

statements! {
    TAKE = "insert into assertions (tenant_id, connection_id, client_id, digest, expires_at)
        values ($1, $2, $3, $4, $5)
        on conflict (tenant_id, connection_id, client_id, digest) do nothing";
    PRUNE = "delete from assertions
        where tenant_id = $1 and connection_id = $2 and client_id = $3 and expires_at <= $4";
}

/// Takes an assertion of a client by the digest of its `jti`; `false` if it was taken before. It is remembered until
/// `expires_at`. No change that the journal tells of: the token that comes of it is.
pub fn take(tx: &mut Tx<'_>, client: &Client, digest: &str, expires_at: i64) -> Result<bool, StoreError> {
    let scope = client.scope;
    let rows = tx.execute(TAKE, params![scope.tenant.0, scope.connection, &client.id, digest, expires_at])?;
    Ok(rows == 1)
}

/// Forgets the assertions of a client that have expired: they are refused for their age.
pub fn prune(tx: &mut Tx<'_>, client: &Client, now: i64) -> Result<(), StoreError> {
    let scope = client.scope;
    tx.execute(PRUNE, params![scope.tenant.0, scope.connection, &client.id, now])?;
    Ok(())
}
