//! How often one may try to sign in. Counted before a password is looked at, so that many tries at once are many tries;
//! in the database, so that neither another node nor a restart forgives.
//!
//! By account and address together, so that a stranger elsewhere locks nobody out; more loosely by account, for who has
//! many addresses, and by address, for who tries many accounts.

use crate::Error;
use crate::people::{self, Operator};
use crate::tokens::digest;
use store::administrators::{Administrator, INSTALLATION};
use store::sign_in_providers::Provider;
use store::{Store, StoreError, Tx, attempts};

/// For how long an attempt counts, in microseconds.
pub const WINDOW: i64 = 15 * 60 * 1_000_000;
/// How many attempts within the window: at one account from one address, at one account, from one address.
const LIMITS: [i64; 3] = [10, 100, 200];
/// How many wrong codes of a second factor within the window. Whoever tries has shown the password.
const CODES: i64 = 10;

/// An attempt that was counted.
#[derive(Clone, Debug)]
pub struct Attempt {
    subjects: [String; 3],
    address: String,
}

impl Attempt {
    fn of(email: &str, address: Option<&str>) -> Self {
        let account = scim::fold::fold(email.trim());
        let address = address.unwrap_or("an unknown address").to_owned();
        // What somebody typed may be anything, a password even.
        let subjects =
            [digest(&format!("{account} {address}")), digest(&account), format!("address {address}")];
        Self { subjects, address }
    }
}

/// Counts an attempt; `None` if it is one too many, whoever it is.
pub async fn take(store: &Store, email: &str, address: Option<&str>) -> Result<Option<Attempt>, Error> {
    let attempt = Attempt::of(email, address);
    let (counted, now) = (attempt.clone(), store.clock().now());
    let is_within = store
        .write(move |tx| {
            attempts::delete_before(tx, now - WINDOW)?;
            let mut is_within = true;
            for (subject, limit) in counted.subjects.iter().zip(LIMITS) {
                is_within &= count(tx, subject, limit, now)?;
            }
            Ok::<_, Error>(is_within)
        })
        .await?;
    Ok(is_within.then_some(attempt))
}

/// Counts one; `false` if it is one too many.
fn count(tx: &mut Tx<'_>, subject: &str, limit: i64, now: i64) -> Result<bool, StoreError> {
    let (taken, since) = attempts::of(tx, subject)?.unwrap_or((0, now));
    if taken >= limit {
        return Ok(false);
    }
    attempts::set(tx, subject, taken + 1, since)?;
    Ok(true)
}

/// Takes an attempt back that turned out to be the person's own.
pub(super) fn forgive(tx: &mut Tx<'_>, attempt: &Attempt) -> Result<(), StoreError> {
    let [here, account, address] = &attempt.subjects;
    attempts::delete(tx, here)?;
    attempts::delete(tx, account)?;
    if let Some((taken, since)) = attempts::of(tx, address)? {
        attempts::set(tx, address, taken - 1, since)?;
    }
    Ok(())
}

/// Writes down that an attempt failed. Nothing of what was typed is kept: it may be a password in the wrong field.
pub async fn failed(store: &Store, attempt: Attempt, person: Option<&Administrator>) -> Result<(), Error> {
    let by = Operator { kind: "system", name: "sign-in".into(), call: None };
    let (id, called) = match person {
        Some(person) => (person.id.clone(), person.name.clone()),
        None => ("unknown".into(), "nobody there is".into()),
    };
    people::act(store, &by, INSTALLATION, move |act| {
        let change = attempts::fail(act.tx, &attempt.subjects[0], act.at)?;
        let summary = format!("Signing in as {called} failed, from {}", attempt.address);
        act.record(change, "sign_in.failed", ("administrator", &id), None, summary, None, None);
        Ok(())
    })
    .await
}

/// Counts a way to a provider; `false` if it is one too many from that address.
pub async fn take_journey(store: &Store, address: Option<&str>) -> Result<bool, Error> {
    let subject = format!("provider {}", address.unwrap_or("an unknown address"));
    let now = store.clock().now();
    store
        .write(move |tx| {
            attempts::delete_before(tx, now - WINDOW)?;
            Ok(count(tx, &subject, LIMITS[2], now)?)
        })
        .await
}

/// Writes down that somebody came back from a provider and was not let in, and why: as a sentence without its stop.
pub async fn journey_failed(
    store: &Store,
    provider: &Provider,
    address: Option<&str>,
    reason: &str,
) -> Result<(), Error> {
    let by = Operator { kind: "system", name: "sign-in".into(), call: None };
    let (id, subject) =
        (provider.id.clone(), format!("provider {}", address.unwrap_or("an unknown address")));
    let place = address.unwrap_or("an unknown address");
    let summary = format!("Signing in with {} failed, from {place}: {reason}", provider.name);
    people::act(store, &by, INSTALLATION, move |act| {
        let change = attempts::fail(act.tx, &subject, act.at)?;
        let about = ("sign_in_provider", id.as_str());
        act.record(change, "sign_in.failed", about, None, summary.clone(), None, None);
        Ok(())
    })
    .await
}

/// Counts the code of a second factor; `false` if it is one too many.
pub(crate) fn take_code(tx: &mut Tx<'_>, person: &str, now: i64) -> Result<bool, StoreError> {
    attempts::delete_before(tx, now - WINDOW)?;
    count(tx, &code_subject(person), CODES, now)
}

/// Takes the codes of a person back: the last was right.
pub(crate) fn forgive_codes(tx: &mut Tx<'_>, person: &str) -> Result<(), StoreError> {
    attempts::delete(tx, &code_subject(person))
}

/// Writes down that a code was wrong.
pub(super) async fn code_failed(store: &Store, person: &Administrator) -> Result<(), Error> {
    let person = person.clone();
    let by = Operator { kind: "system", name: "sign-in".into(), call: None };
    people::act(store, &by, INSTALLATION, move |act| {
        let change = attempts::fail(act.tx, &code_subject(&person.id), act.at)?;
        let summary = format!("Signing in as {} failed, with a wrong code at the second step", person.name);
        act.record(change, "sign_in.failed", ("administrator", &person.id), None, summary, None, None);
        Ok(())
    })
    .await
}

fn code_subject(person: &str) -> String {
    format!("code {person}")
}
