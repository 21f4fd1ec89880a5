//! Erasures: that somebody was erased, when, by whom and why. Nothing here names the person.

use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;
use crate::{StoreError, TenantId};

/// That somebody was erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The id that is left of the user.
    pub user: String,
    /// When.
    pub at: i64,
    /// Who did it: kind and name.
    pub actor: (String, Option<String>),
    /// Why.
    pub reason: String,
}

statements! {
    INSERT = "insert into erasures (tenant_id, user_id, at, actor_kind, actor_id, reason)
        values ($1, $2, $3, $4, $5, $6)";
    OF_USER = "select user_id, at, actor_kind, actor_id, reason from erasures where tenant_id = $1 and user_id = $2";
}

fn read(row: &Row<'_>) -> Result<Erasure, StoreError> {
    Ok(Erasure {
        user: row.text(0)?,
        at: row.int(1)?,
        actor: (row.text(2)?, row.optional_text(3)?),
        reason: row.text(4)?,
    })
}

/// Writes down that somebody was erased.
pub fn insert(tx: &mut Tx<'_>, tenant: TenantId, erasure: &Erasure) -> Result<Unrecorded, StoreError> {
    tx.execute(
        INSERT,
        params![
            tenant.0,
            &erasure.user,
            erasure.at,
            &erasure.actor.0,
            erasure.actor.1.as_ref(),
            &erasure.reason,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// The erasure of a user.
pub fn of_user(tx: &mut Tx<'_>, tenant: TenantId, user: &str) -> Result<Option<Erasure>, StoreError> {
    tx.query_optional(OF_USER, params![tenant.0, user], read)
}
