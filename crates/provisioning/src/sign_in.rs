//! Signing in at the console: sessions, and what they are good for.
//!
//! A session's secret is in the browser's cookie alone; only the SHA-256 of it is kept. It ends after a working day, or
//! when it was not used for two hours. The installation's journal tells who signed in, who failed to, and who signed out.

pub mod attempts;
pub mod identities;
pub mod openid;
pub mod providers;
pub mod requests;

use crate::administrators::{Role, role_in};
use crate::people::{self, Act, Operator};
use crate::tokens::digest;
use crate::{Error, second_factors as factor};
use attempts::Attempt;
use openid::Account;
use serde_json::json;
use store::administrators::{self, Administrator, Grant, INSTALLATION};
use store::events::Unrecorded;
use store::sessions::{self, Session};
use store::tickets::{self, Ticket};
use store::{Store, StoreError, TenantId, Tx, second_factors};

const MINUTE: i64 = 60 * 1_000_000;
/// How long a session lasts at most, in microseconds.
pub const LIFETIME: i64 = 12 * 60 * MINUTE;
/// How long a session lasts without use, in microseconds.
pub const IDLE: i64 = 2 * 60 * MINUTE;

/// A session just begun: the only time its secret is at hand.
#[derive(Clone)]
pub struct Begun {
    /// The row.
    pub session: Session,
    /// The secret, for the cookie.
    pub secret: String,
}

/// Where a browser is.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    /// Its address.
    pub address: Option<String>,
    /// How it names itself.
    pub agent: Option<String>,
}

/// Begins a session of a person whose identity was proven.
pub async fn begin(store: &Store, administrator: &Administrator, browser: Browser) -> Result<Begun, Error> {
    let begun = Begun::new(store, administrator, browser);
    let (row, person) = (begun.session.clone(), administrator.clone());
    people::act(store, &Operator::signed_in(&administrator.email), INSTALLATION, move |act| {
        enter(act, &row, &person, None)
    })
    .await?;
    Ok(begun)
}

impl Begun {
    fn new(store: &Store, administrator: &Administrator, browser: Browser) -> Self {
        let (secret, csrf) = (store::hex(&store.ids().secret()), store::hex(&store.ids().secret()));
        let now = store.clock().now();
        let session = Session {
            digest: digest(&secret),
            id: store.ids().next(),
            administrator: administrator.id.clone(),
            csrf,
            created_at: now,
            expires_at: now + LIFETIME,
            last_used_at: now,
            address: browser.address,
            agent: browser.agent.map(|agent| agent.chars().take(200).collect()),
        };
        Self { session, secret }
    }
}

/// Adds a session, and forgets those that ended.
fn enter(
    act: &mut Act<'_, '_>,
    session: &Session,
    person: &Administrator,
    used: Option<Unrecorded>,
) -> Result<(), Error> {
    sessions::delete_expired(act.tx, act.at, act.at - IDLE)?;
    let change = sessions::insert(act.tx, session)?;
    let mut change = change.and(administrators::signed_in(act.tx, &person.id, act.at)?);
    if let Some(used) = used {
        change = change.and(used);
    }
    let summary = match &session.address {
        Some(address) => format!("{} signed in from {address}", person.name),
        None => format!("{} signed in", person.name),
    };
    let after = json!({ "session": session.id, "address": session.address, "agent": session.agent });
    act.record(change, "session.began", ("administrator", &person.id), None, summary, None, Some(after));
    Ok(())
}

/// How somebody showed who they are.
pub enum Proof {
    /// By their password.
    Password(Attempt),
    /// By their account at the provider of that name.
    Account(Account, String),
}

impl Proof {
    /// Asked once more, where nothing can come between: proving takes its time, and the password may be another one by
    /// now, or the account unlinked.
    fn stand(&self, act: &mut Act<'_, '_>, person: &Administrator) -> Result<Option<Unrecorded>, Error> {
        let found = administrators::by_id(act.tx, &person.id)?.filter(|found| found.disabled_at.is_none());
        let change = match self {
            Self::Password(attempt)
                if found.as_ref().is_some_and(|found| found.password == person.password) =>
            {
                attempts::forgive(act.tx, attempt)?;
                return Ok(None);
            }
            Self::Account(account, _) => match identities::owner(act.tx, account)? {
                Some((owner, identity)) if owner.id == person.id => {
                    Some(store::identities::used(act.tx, &identity, act.at)?)
                }
                _ => None,
            },
            Self::Password(_) => None,
        };
        let changed = || Error::Conflict("The account was changed meanwhile. Sign in again.".into());
        change.map(Some).ok_or_else(changed)
    }

    fn told(&self) -> String {
        match self {
            Self::Password(_) => "gave the right password".into(),
            Self::Account(_, provider) => format!("came from {provider}"),
        }
    }
}

/// What a proof led to.
pub enum Passed {
    /// In.
    Begun(Begun),
    /// To the second step, with this secret to come back with.
    CodeNeeded(String),
}

/// Goes on after a proof of who it is: in, or to the second step for a person who has a second factor.
pub async fn pass(
    store: &Store,
    proof: Proof,
    administrator: &Administrator,
    browser: Browser,
) -> Result<Passed, Error> {
    let begun = Begun::new(store, administrator, browser);
    let secret = store::hex(&store.ids().secret());
    let now = store.clock().now();
    let ticket = Ticket {
        digest: digest(&secret),
        kind: SECOND_STEP.into(),
        administrator: Some(administrator.id.clone()),
        created_at: now,
        created_by: administrator.email.clone(),
        expires_at: now + 5 * MINUTE,
    };
    let (row, person) = (begun.session.clone(), administrator.clone());
    let is_in = people::act(store, &Operator::signed_in(&administrator.email), INSTALLATION, move |act| {
        let used = proof.stand(act, &person)?;
        if second_factors::of(act.tx, &person.id)?.is_none() {
            enter(act, &row, &person, used)?;
            return Ok(true);
        }
        let mut change = tickets::insert(act.tx, &ticket)?;
        if let Some(used) = used {
            change = change.and(used);
        }
        let summary = format!("{} {} and was asked for a code", person.name, proof.told());
        act.record(change, "sign_in.code_asked", ("administrator", &person.id), None, summary, None, None);
        Ok(false)
    })
    .await?;
    Ok(if is_in { Passed::Begun(begun) } else { Passed::CodeNeeded(secret) })
}

/// The kind of ticket that the second step of signing in comes back with.
const SECOND_STEP: &str = "second_step";

/// Who is at the second step with that secret; none if it took too long or there is no such step.
pub fn at_second_step(tx: &mut Tx<'_>, secret: &str, now: i64) -> Result<Option<Administrator>, StoreError> {
    let ticket = tickets::by_digest(tx, &digest(secret))?;
    let ticket = ticket.filter(|ticket| ticket.kind == SECOND_STEP && now < ticket.expires_at);
    let Some(id) = ticket.and_then(|ticket| ticket.administrator) else { return Ok(None) };
    Ok(administrators::by_id(tx, &id)?.filter(|person| person.disabled_at.is_none()))
}

/// What a code led to.
pub enum Coded {
    /// In.
    Begun(Begun),
    /// Nowhere: it is not the code, or was used before.
    Wrong,
    /// Nowhere: too many were wrong.
    TooMany,
    /// Nowhere: the step is over.
    Over,
}

/// The second step: a code of the authenticator app, or a recovery code.
pub async fn give_code(store: &Store, secret: &str, code: &str, browser: Browser) -> Result<Coded, Error> {
    let now = store.clock().now();
    let Some(person) = store.read(|tx| at_second_step(tx, secret, now))? else { return Ok(Coded::Over) };
    let id = person.id.clone();
    if !store.write(move |tx| attempts::take_code(tx, &id, now)).await? {
        return Ok(Coded::TooMany);
    }
    let begun = Begun::new(store, &person, browser);
    let (row, who, secret, code) =
        (begun.session.clone(), person.clone(), secret.to_owned(), code.to_owned());
    let is_in = people::act(store, &Operator::signed_in(&person.email), INSTALLATION, move |act| {
        // A new password or a lock ends the step.
        let is_there = at_second_step(act.tx, &secret, act.at)?.is_some();
        if !is_there || !factor::take(act.tx, &who.id, &code, act.at)? {
            return Ok(false);
        }
        attempts::forgive_codes(act.tx, &who.id)?;
        tickets::delete(act.tx, &digest(&secret))?;
        enter(act, &row, &who, None)?;
        Ok(true)
    })
    .await?;
    if is_in {
        return Ok(Coded::Begun(begun));
    }
    attempts::code_failed(store, &person).await?;
    Ok(Coded::Wrong)
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The person.
    pub administrator: Administrator,
    /// What they may do.
    pub grants: Vec<Grant>,
}

impl SignedIn {
    /// As what the person acts in a tenant; none if they may not even know of it.
    pub fn role_in(&self, tenant: TenantId) -> Option<Role> {
        role_in(&self.grants, tenant)
    }

    /// As what the person acts in the installation.
    pub fn role_of_installation(&self) -> Option<Role> {
        self.role_in(INSTALLATION)
    }
}

/// Who a session's secret stands for now. Unknown, ended, expired and idle are all alike: `None`.
pub fn find(tx: &mut Tx<'_>, secret: &str, now: i64) -> Result<Option<SignedIn>, StoreError> {
    let Some(session) = sessions::by_digest(tx, &digest(secret))? else { return Ok(None) };
    if session.expires_at <= now || session.last_used_at + IDLE <= now {
        return Ok(None);
    }
    let found = administrators::by_id(tx, &session.administrator)?;
    let Some(administrator) = found.filter(|person| person.disabled_at.is_none()) else { return Ok(None) };
    let grants = administrators::grants_of(tx, &administrator.id)?;
    Ok(Some(SignedIn { session, administrator, grants }))
}

/// Writes down that a session is used, at most once a minute.
pub async fn note_use(store: &Store, session: &Session, address: Option<String>) -> Result<(), Error> {
    let now = store.clock().now();
    if session.last_used_at + MINUTE > now {
        return Ok(());
    }
    let digest = session.digest.clone();
    // One row of one person: on PostgreSQL no tenant waits for it.
    store.write_beside(move |tx| sessions::touch(tx, &digest, now, address.as_deref())).await?;
    Ok(())
}

/// Ends the session that somebody is in.
pub async fn end(store: &Store, who: &SignedIn) -> Result<(), Error> {
    let (digest, person) = (who.session.digest.clone(), who.administrator.clone());
    people::act(store, &Operator::signed_in(&who.administrator.email), INSTALLATION, move |act| {
        let change = sessions::delete(act.tx, &digest)?;
        let summary = format!("{} signed out", person.name);
        act.record(change, "session.ended", ("administrator", &person.id), None, summary, None, None);
        Ok(())
    })
    .await
}

/// Ends a session of somebody in another browser, or with no id all but the one they are in.
///
/// # Errors
/// They have no such session.
pub async fn end_other(store: &Store, who: &SignedIn, id: Option<&str>) -> Result<(), Error> {
    let (kept, person, id) = (who.session.digest.clone(), who.administrator.clone(), id.map(str::to_owned));
    people::act(store, &Operator::signed_in(&who.administrator.email), INSTALLATION, move |act| {
        let (change, summary) = if let Some(id) = &id {
            let gone = || Error::NotFound("You are not signed in there any more.".into());
            let change = sessions::delete_one(act.tx, &person.id, id)?.ok_or_else(gone)?;
            (change, format!("{} ended a session in another browser", person.name))
        } else {
            let change = sessions::delete_others(act.tx, &person.id, Some(&kept))?;
            (change, format!("{} ended every other session", person.name))
        };
        act.record(change, "session.ended", ("administrator", &person.id), None, summary, None, None);
        Ok(())
    })
    .await
}

/// Gives the session that somebody is in another secret, after a change to how they sign in.
pub async fn renew(store: &Store, who: &SignedIn) -> Result<String, Error> {
    let (secret, csrf) = (store::hex(&store.ids().secret()), store::hex(&store.ids().secret()));
    let (old, new) = (who.session.digest.clone(), digest(&secret));
    // One row, changed by one statement or gone: nobody needs to wait for it.
    store.write_beside(move |tx| sessions::renew(tx, &old, &new, &csrf)).await?;
    Ok(secret)
}
