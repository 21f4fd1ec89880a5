//! Accounts at providers, and whose they are here: linked by the person, or by an invitation, and by nothing else.
//!
//! An account is known by issuer and subject. What a provider says of its address is shown to recognise it by; somebody who
//! has an administrator's address at a provider is not that administrator.

use super::openid::Account;
use crate::Error;
use crate::administrators::links::{self, Purpose};
use crate::administrators::{Reach, journal_of, known};
use crate::people::{self, Act, Operator};
use serde_json::json;
use store::administrators::{self, Administrator, INSTALLATION};
use store::events::Unrecorded;
use store::identities::{self, Identity};
use store::sessions::{self, Session};
use store::sign_in_providers::Provider;
use store::{Store, StoreError, Tx, tickets};

/// Whose an account is; none if nobody's, or if they can no longer sign in.
pub fn owner(tx: &mut Tx<'_>, account: &Account) -> Result<Option<(Administrator, Identity)>, StoreError> {
    let Some(identity) = identities::by_subject(tx, &account.issuer, &account.subject)? else {
        return Ok(None);
    };
    let person = administrators::by_id(tx, &identity.administrator)?;
    let person = person.filter(|person| person.disabled_at.is_none());
    Ok(person.map(|person| (person, identity)))
}

/// Links an account to the person who is signed in. Every other session of theirs ends.
///
/// # Errors
/// It is linked already.
pub async fn link(
    store: &Store,
    person: &Administrator,
    session: &Session,
    provider: &Provider,
    account: Account,
) -> Result<(), Error> {
    let (id, kept, provider) = (person.id.clone(), session.digest.clone(), provider.clone());
    people::act_first(store, &Operator::signed_in(&person.email), move |act| {
        let person = known(act.tx, Reach::Installation, &id)?;
        let change = insert(act, &person.administrator, &account)?;
        let change = change.and(sessions::delete_others(act.tx, &id, Some(&kept))?);
        let summary = format!("{} linked their account at {}", person.administrator.name, provider.name);
        let after = json!({ "provider": provider.id, "account": account.told });
        let subject = ("administrator", id.as_str());
        act.record(change, "administrator.identity_linked", subject, None, summary, None, Some(after));
        Ok((journal_of(&person.grants), ()))
    })
    .await
}

fn insert(act: &mut Act<'_, '_>, person: &Administrator, account: &Account) -> Result<Unrecorded, Error> {
    match identities::by_subject(act.tx, &account.issuer, &account.subject)? {
        Some(there) if there.administrator == person.id => {
            return Err(Error::Conflict("That account is linked to you already.".into()));
        }
        Some(_) => {
            return Err(Error::Conflict(
                "That account is somebody else's here. Sign in at the provider with your own, and try again."
                    .into(),
            ));
        }
        None => {}
    }
    let identity = Identity {
        id: act.new_id(),
        issuer: account.issuer.clone(),
        subject: account.subject.clone(),
        administrator: person.id.clone(),
        told: account.told.clone(),
        created_at: act.at,
        last_used_at: None,
    };
    Ok(identities::insert(act.tx, &identity)?)
}

/// Takes the link to an account away from the person who is signed in, and has shown the password that they keep. Every
/// other session of theirs ends.
///
/// # Errors
/// They have no such link.
pub async fn unlink(store: &Store, person: &Administrator, session: &Session, id: &str) -> Result<(), Error> {
    let by = Operator::signed_in(&person.email);
    let (person, kept, id) = (person.id.clone(), session.digest.clone(), id.to_owned());
    people::act_first(store, &by, move |act| {
        let known = known(act.tx, Reach::Installation, &person)?;
        let gone = || Error::NotFound("You have no such account linked any more.".into());
        let change = identities::delete(act.tx, &person, &id)?.ok_or_else(gone)?;
        // Whoever is between the two steps with it begins again.
        tickets::delete_of(act.tx, &person)?;
        let change = change.and(sessions::delete_others(act.tx, &person, Some(&kept))?);
        let account = known.identities.into_iter().find(|identity| identity.id == id);
        let before = account.map(|account| json!({ "issuer": account.issuer, "account": account.told }));
        let summary = format!("{} unlinked an account at a provider", known.administrator.name);
        let subject = ("administrator", person.as_str());
        act.record(change, "administrator.identity_unlinked", subject, None, summary, before, None);
        Ok((journal_of(&known.grants), ()))
    })
    .await
}

/// Accepts an invitation, of that digest, with an account in place of a password. `None` if it opens nothing any more.
///
/// # Errors
/// The account is somebody's already.
pub async fn accept(
    store: &Store,
    digest: &str,
    provider: &Provider,
    account: Account,
) -> Result<Option<Administrator>, Error> {
    let (digest, provider) = (digest.to_owned(), provider.clone());
    let by = Operator { kind: "system", name: "sign-in".into(), call: None };
    people::act_first(store, &by, move |act| {
        // Asked once more, where nothing can come between: an invitation is accepted once.
        let opened = links::open_by_digest(act.tx, &digest, act.at)?;
        let opened = opened.filter(|opened| opened.purpose == Purpose::Invitation);
        let Some(person) = opened.and_then(|opened| opened.administrator) else {
            return Ok((INSTALLATION, None));
        };
        let change = insert(act, &person, &account)?;
        tickets::delete_of(act.tx, &person.id)?;
        let change = change.and(sessions::delete_others(act.tx, &person.id, None)?);
        let summary = format!("{} accepted the invitation with an account at {}", person.name, provider.name);
        let after = json!({ "provider": provider.id, "account": account.told });
        let subject = ("administrator", person.id.as_str());
        act.record(change, "administrator.joined", subject, None, summary, None, Some(after));
        let grants = administrators::grants_of(act.tx, &person.id)?;
        Ok((journal_of(&grants), Some(person)))
    })
    .await
}
