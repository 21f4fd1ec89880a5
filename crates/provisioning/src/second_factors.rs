//! Second factors: an authenticator app beside the password, and recovery codes for who loses it.
//!
//! An app's secret must be read to tell its next code, so it is kept as it is: whoever reads the database can make codes,
//! and still lacks the password. Of recovery codes only digests are kept, and each is good once.

use crate::Error;
use crate::administrators::{Reach, journal_of, known};
use crate::one_time_codes::{SECRET, address, base32, from_base32, plain_recovery, recovery, step_of};
use crate::people::{self, Operator};
use crate::sign_in::attempts;
use crate::tokens::digest;
use store::administrators::Administrator;
use store::second_factors::{self, SecondFactor};
use store::sessions::{self, Session};
use store::{Store, StoreError, Tx};

/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;

/// A secret for an app, before it is proven that the app has it.
#[derive(Clone)]
pub struct Proposed {
    /// The secret as a person types it.
    pub secret: String,
    /// What the picture says.
    pub address: String,
}

/// Proposes a new secret to a person.
pub fn propose(store: &Store, person: &Administrator) -> Proposed {
    offer(base32(&store.ids().secret()[..SECRET]), person)
}

/// A secret that was proposed before, to be shown again; none of what has not the form of one.
pub fn proposed(secret: &str, person: &Administrator) -> Option<Proposed> {
    let bytes = read(secret)?;
    Some(offer(base32(&bytes), person))
}

fn offer(secret: String, person: &Administrator) -> Proposed {
    let address = address(&secret, &person.email);
    Proposed { secret, address }
}

fn read(secret: &str) -> Option<Vec<u8>> {
    from_base32(secret).filter(|bytes| bytes.len() == SECRET)
}

/// Takes a proposed secret whose first code was typed; returns the recovery codes, to be shown once. Every other session
/// of the person ends.
///
/// # Errors
/// It is no secret that was proposed, or the code is not one of its.
pub async fn add(
    store: &Store,
    person: &Administrator,
    session: &Session,
    secret: &str,
    code: &str,
) -> Result<Vec<String>, Error> {
    let bytes = from_base32(secret).filter(|bytes| bytes.len() == SECRET);
    let bytes =
        bytes.ok_or_else(|| Error::invalid("This is not the secret that was proposed. Begin again."))?;
    let last_step = step_of(&bytes, code, store.clock().now()).ok_or_else(|| {
        Error::invalid("That is not the code the app should show. Check that the phone's clock is right, and type the code it shows now.")
    })?;
    let factor = SecondFactor { secret: base32(&bytes), last_step, created_at: store.clock().now() };
    let (codes, digests) = fresh_codes(store);
    let (id, kept) = (person.id.clone(), session.digest.clone());
    people::act_first(store, &Operator::signed_in(&person.email), move |act| {
        let person = known(act.tx, Reach::Installation, &id)?;
        let change = second_factors::set(act.tx, &id, &factor)?;
        let change = change.and(second_factors::set_codes(act.tx, &id, &digests)?);
        let change = change.and(sessions::delete_others(act.tx, &id, Some(&kept))?);
        let summary = format!("{} added a second factor", person.administrator.name);
        let subject = ("administrator", id.as_str());
        act.record(change, "administrator.second_factor_added", subject, None, summary, None, None);
        Ok((journal_of(&person.grants), ()))
    })
    .await?;
    Ok(codes)
}

/// Makes new recovery codes in place of the old ones, to be shown once.
///
/// # Errors
/// The person has no second factor.
pub async fn renew_codes(store: &Store, person: &Administrator) -> Result<Vec<String>, Error> {
    let (codes, digests) = fresh_codes(store);
    let id = person.id.clone();
    people::act_first(store, &Operator::signed_in(&person.email), move |act| {
        let person = known(act.tx, Reach::Installation, &id)?;
        if !person.has_second_factor {
            return Err(Error::invalid("You have no second factor that codes could stand in for."));
        }
        let change = second_factors::set_codes(act.tx, &id, &digests)?;
        let summary = format!("{} made new recovery codes", person.administrator.name);
        let subject = ("administrator", id.as_str());
        act.record(change, "administrator.recovery_codes_renewed", subject, None, summary, None, None);
        Ok((journal_of(&person.grants), ()))
    })
    .await?;
    Ok(codes)
}

/// Takes one's own second factor away, with a code of it.
///
/// # Errors
/// The code is wrong.
pub async fn remove(
    store: &Store,
    person: &Administrator,
    session: &Session,
    code: &str,
) -> Result<(), Error> {
    let (id, now) = (person.id.clone(), store.clock().now());
    if !store.write(move |tx| attempts::take_code(tx, &id, now)).await? {
        return Err(Error::Conflict("Too many codes were wrong. Wait 15 minutes and try again.".into()));
    }
    let (id, kept, code) = (person.id.clone(), session.digest.clone(), code.to_owned());
    people::act_first(store, &Operator::signed_in(&person.email), move |act| {
        if !take(act.tx, &id, &code, act.at)? {
            return Err(Error::invalid(
                "That is not the code the app should show. Type the code it shows now.",
            ));
        }
        attempts::forgive_codes(act.tx, &id)?;
        let person = known(act.tx, Reach::Installation, &id)?;
        let change = second_factors::delete(act.tx, &id)?;
        let change = change.and(sessions::delete_others(act.tx, &id, Some(&kept))?);
        let summary = format!("{} removed their second factor", person.administrator.name);
        let subject = ("administrator", id.as_str());
        act.record(change, "administrator.second_factor_removed", subject, None, summary, None, None);
        Ok((journal_of(&person.grants), ()))
    })
    .await
}

fn fresh_codes(store: &Store) -> (Vec<String>, Vec<String>) {
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery(&store.ids().secret())).collect();
    let digests = codes.iter().map(|code| digest(&plain_recovery(code))).collect();
    (codes, digests)
}

/// Takes a code of a person's app, or a recovery code; `false` if it is neither, or was taken before.
pub(crate) fn take(tx: &mut Tx<'_>, person: &str, typed: &str, at: i64) -> Result<bool, StoreError> {
    let Some(factor) = second_factors::of(tx, person)? else { return Ok(false) };
    let secret = from_base32(&factor.secret).unwrap_or_default();
    if let Some(step) = step_of(&secret, typed, at) {
        return second_factors::take_step(tx, person, step);
    }
    second_factors::take_code(tx, person, &digest(&plain_recovery(typed)))
}
