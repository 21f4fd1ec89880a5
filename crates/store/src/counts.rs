//! How many resources a connection has: kept beside them, so that a list of any size tells its total at once.

use crate::engine::{Tx, params, statements};
use crate::{Scope, StoreError};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// User resources.
    User,
    /// Group resources.
    Group,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }
}

statements! {
    ADD = "insert into mirror_counts (tenant_id, connection_id, kind, total) values ($1, $2, $3, $4)
        on conflict (tenant_id, connection_id, kind) do update set total = mirror_counts.total + excluded.total";
    OF = "select total from mirror_counts where tenant_id = $1 and connection_id = $2 and kind = $3";
}

/// Counts resources that came, or that went if it is negative. Those who write them call this; the journal tells of the
/// resources themselves.
pub(crate) fn add(tx: &mut Tx<'_>, scope: Scope, kind: Kind, number: i64) -> Result<(), StoreError> {
    tx.post(ADD, params![scope.tenant.0, scope.connection, kind.as_str(), number])
}

/// How many there are.
pub(crate) fn of(tx: &mut Tx<'_>, scope: Scope, kind: Kind) -> Result<i64, StoreError> {
    let params = params![scope.tenant.0, scope.connection, kind.as_str()];
    Ok(tx.query_optional(OF, params, |row| row.int(0))?.unwrap_or(0))
}
