//! Units that change something, until they have happened once: attempts, conflicts, and commits whose answer was lost.
//!
//! Each transaction writes a mark of its own into `_units`. When the connection is lost while `commit` is
//! on its way, the next attempt writes the same mark first: the database lets it wait until the lost transaction has
//! ended either way, and then knows the mark or does not.

use super::queue::Job;
use super::session::Session;
use super::trouble::Trouble;
use super::{PATIENCE, Place, Postgres};
use crate::StoreError;
use crate::engine::Param;
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
/// What a unit that is refused goes back to, where others share its transaction.
const SAVEPOINT: &str = "savepoint unit";
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

/// Runs units of one place in one transaction until it was committed once, or every unit was refused. Each has come to
/// what it says; if this fails, none has happened.
pub fn run(engine: &Arc<Postgres>, place: Place, units: &mut [Job]) -> Result<(), StoreError> {
    let (mark, at) = (engine.marks.next(), engine.marks.clock().now());
    let tenant = place.tenant().map_or(0, |tenant| tenant.0);
    let mark = [Param::Int(tenant), Param::Text(&mark), Param::Int(at)];
    let (mut conflicts, mut losses) = (0, 0);
    // Since when it is asked whether a commit has happened that was not answered.
    let mut doubtful: Option<Instant> = None;
    loop {
        let opening = match units.len() {
            1 => opening(place),
            _ => format!("{}; {SAVEPOINT}", opening(place)),
        };
        let mut session = Session::new(engine, &engine.writers, opening, PATIENCE);
        let is_marked = doubtful.is_some();
        if let Some(since) = doubtful.take() {
            match session.execute(ASK, &mark) {
                Ok(0) => return Ok(()),
                Ok(_) => {
                    tracing::info!("a unit whose commit was not answered had not happened: it is done again");
                }
                Err(error) => {
                    if since.elapsed() > ASKING || !matches!(error, StoreError::Unavailable(_)) {
                        return Err(StoreError::Uncertain(error.to_string()));
                    }
                    doubtful = Some(since);
                    pause(engine);
                    continue;
                }
            }
        }
        let carried_out = carry_out(&mut session, units);
        let carried_out = match (session.trouble(), carried_out) {
            (None, Ok(true)) => match session.commit((!is_marked).then_some((MARK, &mark))) {
                Ok(()) => return Ok(()),
                Err(_) if session.trouble() == Some(Trouble::Lost) => {
                    doubtful = Some(Instant::now());
                    pause(engine);
                    continue;
                }
                Err(error) => Err(error),
            },
            (_, carried_out) => carried_out,
        };
        let tried = match session.trouble() {
            None => return carried_out.map(drop),
            Some(Trouble::Conflict) => (&mut conflicts, CONFLICTS),
            Some(Trouble::Lost) => (&mut losses, LOSSES),
        };
        *tried.0 += 1;
        if *tried.0 >= tried.1 {
            // A unit that goes on in spite of a lost connection has not happened either.
            let lost = || StoreError::Unavailable("the connection was lost".into());
            return Err(carried_out.err().unwrap_or_else(lost));
        }
        drop(session);
        pause(engine);
    }
}

/// Runs units one after the other, and takes back those that were refused; whether there is anything to commit.
fn carry_out(session: &mut Session, units: &mut [Job]) -> Result<bool, StoreError> {
    if let [unit] = units {
        return Ok(unit.run(session));
    }
    let mut is_any_kept = false;
    for unit in units {
        // The first one's savepoint is made with the transaction.
        if session.has_begun() {
            session.post(SAVEPOINT, &[])?;
        }
        let mut is_kept = unit.run(session);
        if session.trouble().is_some() {
            return Ok(false);
        }
        if is_kept && session.has_begun() {
            session.post("release savepoint unit", &[])?;
            if let Err(error) = session.settle() {
                unit.refuse(error);
                is_kept = false;
            }
        }
        if !is_kept && session.has_begun() {
            session.go_back("rollback to savepoint unit; release savepoint unit")?;
        }
        is_any_kept |= is_kept;
    }
    Ok(is_any_kept)
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
