//! A unit that changes something, until it has happened once: attempts, conflicts, and commits whose answer was lost.
//!
//! Each unit writes a mark of its own into `_units`, in its transaction. When the connection is lost while `commit` is
//! on its way, the next attempt writes the same mark first: the database lets it wait until the lost transaction has
//! ended either way, and then knows the mark or does not.

use super::session::Session;
use super::trouble::Trouble;
use super::{PATIENCE, Place, Postgres};
use crate::StoreError;
use crate::engine::{Param, Tx};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How often a unit is tried that comes into conflict with others.
const CONFLICTS: u32 = 10;
/// How often a unit is tried whose connection is lost before its commit.
const LOSSES: u32 = 3;
/// For how long it is asked whether a commit whose answer was lost has happened.
const ASKING: Duration = Duration::from_secs(20);
/// How long to wait between attempts at most; half of it at least.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a mark is kept, in microseconds: far longer than anybody asks for it.
const KEPT: i64 = 15 * 60 * 1_000_000;

/// Goes with `commit`. Should it arrive after somebody has asked, it fails, and the commit behind it is none.
const MARK: &str = "insert into _units (tenant_id, id, at) values ($1, $2, $3)";
/// Asks whether the unit has happened, and marks it where it has not.
const ASK: &str = "insert into _units (tenant_id, id, at) values ($1, $2, $3) on conflict do nothing";
const FORGET: &str = "delete from _units where at < $1";

/// Begins the transaction of a unit. What the unit reads, it reads after it has its lock: at this level every
/// statement sees what was committed before it.
fn opening(place: Place) -> String {
    let begin = "begin isolation level read committed read write";
    match place {
        Place::Tenant(tenant) => {
            format!("{begin}; select 1 from tenants where tenant_id = {} for update", tenant.0)
        }
        // Waits for the units of all tenants, and holds them off; reads go on.
        Place::Alone => format!("{begin}; lock table tenants in exclusive mode"),
        Place::Beside => begin.to_owned(),
    }
}

/// Runs a unit until it was committed once, or refused.
pub fn run<T, E: From<StoreError>>(
    engine: &Arc<Postgres>,
    place: Place,
    unit: &impl Fn(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let (mark, at) = (engine.marks.next(), engine.marks.clock().now());
    let tenant = place.tenant().map_or(0, |tenant| tenant.0);
    let mark = [Param::Int(tenant), Param::Text(&mark), Param::Int(at)];
    let (mut conflicts, mut losses) = (0, 0);
    // What a unit came to whose commit was not answered.
    let mut doubtful: Option<(T, Instant)> = None;
    loop {
        let mut session = Session::new(engine, &engine.writers, opening(place), PATIENCE);
        let is_marked = doubtful.is_some();
        if let Some((result, since)) = doubtful.take() {
            match session.execute(ASK, &mark) {
                Ok(0) => return Ok(result),
                Ok(_) => {
                    tracing::info!("a unit whose commit was not answered had not happened: it is done again");
                }
                Err(error) => {
                    if since.elapsed() > ASKING || !matches!(error, StoreError::Unavailable(_)) {
                        return Err(StoreError::Uncertain(error.to_string()).into());
                    }
                    doubtful = Some((result, since));
                    pause(engine);
                    continue;
                }
            }
        }
        let result = catch_unwind(AssertUnwindSafe(|| unit(&mut Tx::postgres(&mut session))))
            .unwrap_or_else(|_| Err(StoreError::Panicked.into()));
        let result = match (session.trouble(), result) {
            (None, Ok(result)) => {
                let committed = session.commit((!is_marked).then_some((MARK, &mark)));
                match (committed, session.trouble()) {
                    (Ok(()), _) => return Ok(result),
                    (Err(_), Some(Trouble::Lost)) => {
                        doubtful = Some((result, Instant::now()));
                        pause(engine);
                        continue;
                    }
                    (Err(error), _) => Err(error.into()),
                }
            }
            (_, result) => result,
        };
        let tried = match session.trouble() {
            None => return result,
            Some(Trouble::Conflict) => (&mut conflicts, CONFLICTS),
            Some(Trouble::Lost) => (&mut losses, LOSSES),
        };
        *tried.0 += 1;
        if *tried.0 >= tried.1 {
            // A unit that goes on in spite of a lost connection has not happened either.
            return result
                .and_then(|_| Err(StoreError::Unavailable("the connection was lost".into()).into()));
        }
        drop(session);
        pause(engine);
    }
}

/// Takes away marks that nobody asks for any more.
pub async fn forget(engine: &Arc<Postgres>) -> Result<(), StoreError> {
    let before = engine.marks.clock().now() - KEPT;
    engine.write(Place::Beside, move |tx| tx.execute(FORGET, &[Param::Int(before)]).map(drop)).await
}

/// Waits before the next attempt, between half of [`PAUSE`] and all of it: those that met once should not meet again.
fn pause(engine: &Postgres) {
    engine.repeated.fetch_add(1, Ordering::Relaxed);
    let [one, other, ..] = engine.marks.secret();
    let part = u32::from(u16::from_be_bytes([one, other]));
    std::thread::sleep(PAUSE / 2 + PAUSE / 2 * part / u32::from(u16::MAX));
}
