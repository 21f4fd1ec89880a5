//! Browsers that are at a provider: what they went for. Each comes back once, within ten minutes.

use super::{MINUTE, SignedIn};
use crate::Error;
use crate::administrators::links::Opened;
use crate::tokens::digest;
use store::Store;
use store::administrators::Administrator;
use store::sign_in_providers::{self, Provider, Request};

/// For how long a browser may stay at a provider, in microseconds.
pub const PATIENCE: i64 = 10 * MINUTE;

const SIGN_IN: &str = "sign_in";
const LINK: &str = "link";
const INVITATION: &str = "invitation";

/// What a browser goes to a provider for.
#[derive(Clone, Copy)]
pub enum Wish<'w> {
    /// To sign in, and go on to an address of ours.
    SignIn(&'w str),
    /// To link the account there to whoever is signed in here.
    Link(&'w SignedIn),
    /// To accept an invitation with the account there.
    Invitation(&'w Opened, &'w Administrator),
}

/// What a browser that came back went for.
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// To link the account there to this person, in the session of that id.
    Link(String, String),
    /// To accept the invitation of that digest.
    Invitation(String),
}

/// A browser that came back.
pub struct Returned {
    /// What for.
    pub purpose: Purpose,
    /// Where it goes on to.
    pub next: String,
    /// When it went.
    pub began_at: i64,
}

/// Lets a browser go to a provider; returns the secret for its cookie.
pub async fn begin(store: &Store, provider: &Provider, wish: Wish<'_>) -> Result<String, Error> {
    let secret = store::hex(&store.ids().secret());
    let now = store.clock().now();
    let (purpose, administrator, opened_by, next) = match wish {
        Wish::SignIn(next) => (SIGN_IN, None, None, next),
        Wish::Link(who) => (LINK, Some(who.administrator.id.clone()), Some(who.session.id.clone()), "/me"),
        Wish::Invitation(opened, person) => {
            (INVITATION, Some(person.id.clone()), Some(opened.digest().to_owned()), "/")
        }
    };
    let request = Request {
        digest: digest(&secret),
        provider: provider.id.clone(),
        purpose: purpose.into(),
        administrator,
        opened_by,
        next: next.to_owned(),
        created_at: now,
        expires_at: now + PATIENCE,
    };
    // Rows of one browser each: what is decided by them is decided when one is taken out, which happens once.
    store.write_beside(move |tx| sign_in_providers::add_request(tx, &request)).await?;
    Ok(secret)
}

/// Takes out what a browser went to a provider for; none if it did not go there, came back before, or too late.
pub async fn take(store: &Store, provider: &Provider, secret: &str) -> Result<Option<Returned>, Error> {
    let (digest, now) = (digest(secret), store.clock().now());
    // A row is deleted once, whoever else comes with it at the same time.
    let found = store.write_beside(move |tx| sign_in_providers::take_request(tx, &digest)).await?;
    let found = found.filter(|request| now < request.expires_at && request.provider == provider.id);
    Ok(found.and_then(|request| {
        let purpose = match (request.purpose.as_str(), request.administrator, request.opened_by) {
            (SIGN_IN, ..) => Purpose::SignIn,
            (LINK, Some(administrator), Some(session)) => Purpose::Link(administrator, session),
            (INVITATION, _, Some(link)) => Purpose::Invitation(link),
            _ => return None,
        };
        Some(Returned { purpose, next: request.next, began_at: request.created_at })
    }))
}
