//! Calls: requests of API keys, and how one that is sent twice is carried out once.
//!
//! A client names a call (`Idempotency-Key`). The name is claimed before the call is carried out, marked in the
//! transaction of the change, and given the answer after. Whatever happens between, the change is made once at most.

use crate::Error;
use store::replays::{self, Owner, Replay};
use store::{Store, StoreError, TenantId, Tx};

/// How long an answer is given again, in microseconds.
pub const KEPT: i64 = 24 * 3_600 * 1_000_000;
/// How long a call may be under way before another may take its place, in microseconds.
const PATIENCE: i64 = 60 * 1_000_000;

/// A request of an API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The request's id.
    pub request_id: String,
    /// The tenant of the key.
    pub key_tenant: TenantId,
    /// What the client calls it, so that it can be sent twice.
    pub name: Option<String>,
}

/// What a claim found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The call is the first of its name: it is to be carried out.
    First,
    /// It was carried out; this was answered.
    Before(String),
    /// The name belongs to a call that asks for something else.
    Other,
    /// The first call of the name has not been answered yet.
    Underway,
    /// It was carried out, and the answer was lost with the process that gave it.
    Unanswered,
}

fn owner(call: &Call, key: &str) -> Owner {
    Owner { tenant: call.key_tenant, key: key.to_owned() }
}

/// Claims the name of a call. `fingerprint` is a digest of what it asks for.
pub async fn claim(
    store: &Store,
    call: &Call,
    name: &str,
    key: &str,
    fingerprint: String,
) -> Result<Claimed, StoreError> {
    let (owner, name, request_id) = (owner(call, key), name.to_owned(), call.request_id.clone());
    let now = store.clock().now();
    store
        .write_of(call.key_tenant, move |tx| {
            replays::forget_before(tx, &owner, now - KEPT)?;
            let fresh = Replay {
                fingerprint: fingerprint.clone(),
                request_id: request_id.clone(),
                at: now,
                carried: false,
                answer: None,
            };
            if let Some(known) = replays::of_name(tx, &owner, &name)? {
                if known.fingerprint != fingerprint {
                    return Ok(Claimed::Other);
                }
                if let Some(answer) = known.answer {
                    return Ok(Claimed::Before(answer));
                }
                let is_old = now - known.at >= PATIENCE;
                if !is_old || known.carried {
                    return Ok(if is_old { Claimed::Unanswered } else { Claimed::Underway });
                }
                // It changed nothing, and can no more: its mark needs the row that goes now.
                replays::forget(tx, &owner, &name)?;
            }
            replays::claim(tx, &owner, &name, &fresh)?;
            Ok(Claimed::First)
        })
        .await
}

/// Marks a call as carried out, in the transaction of its change.
pub(crate) fn carry(tx: &mut Tx<'_>, call: &Call, key: &str) -> Result<(), Error> {
    let Some(name) = &call.name else { return Ok(()) };
    if replays::carry(tx, &owner(call, key), name, &call.request_id)? {
        return Ok(());
    }
    Err(Error::Conflict("Another request with this Idempotency-Key was faster. Send it again.".into()))
}

/// Keeps what a call was answered. An answer without a change is kept as well.
pub async fn answered(store: &Store, call: &Call, key: &str, answer: String) -> Result<(), StoreError> {
    let Some(name) = call.name.clone() else { return Ok(()) };
    let (owner, request_id) = (owner(call, key), call.request_id.clone());
    store.write_of(call.key_tenant, move |tx| replays::answer(tx, &owner, &name, &request_id, &answer)).await
}

/// Gives the name of a call back that changed nothing: it can be sent again.
pub async fn release(store: &Store, call: &Call, key: &str) -> Result<(), StoreError> {
    let Some(name) = call.name.clone() else { return Ok(()) };
    let (owner, request_id) = (owner(call, key), call.request_id.clone());
    store.write_of(call.key_tenant, move |tx| replays::release(tx, &owner, &name, &request_id)).await
}
