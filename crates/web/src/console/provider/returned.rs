//! Back from a provider: whoever comes must be the browser that went, once, with an answer of that provider.

use super::exchange::{self, Failure};
use super::{failed, find, refused};
use crate::console::cookies;
use crate::console::form::to;
use crate::console::sign_in::{coded, entered};
use crate::console::stranger::Stranger;
use crate::console::trouble::Trouble;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use cookie::time::Duration;
use provisioning::Error;
use provisioning::sign_in::openid::{self, Account, Expected, Journey};
use provisioning::sign_in::requests::{self, Purpose, Returned};
use provisioning::sign_in::{self, Passed, Proof, attempts, identities};
use provisioning::tokens::digest;
use store::sign_in_providers::Provider;

/// What a provider sent along.
struct Answer(Vec<(String, String)>);

impl Answer {
    fn read(query: Option<&str>) -> Self {
        Self(form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    /// A parameter; none if it is missing or given twice (RFC 6749 §3.1).
    fn one(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        found.next().filter(|_| found.next().is_none())
    }
}

/// `GET /sign-in/return/{provider}`.
pub async fn back(
    stranger: Stranger,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let provider = find(&stranger.app, &id)?;
    let answer = Answer::read(query.as_deref());
    let is_tls = stranger.app.is_tls();
    let secret = cookies::read(&headers, cookies::journey_name(is_tls)).unwrap_or_default();
    let journey = Journey(&secret);
    // Compared as digests, so that how long it takes tells nothing. A foreign answer does not use the browser's own up.
    let is_own = answer.one("state").is_some_and(|state| digest(state) == digest(&journey.state()));
    let returned = if is_own && !secret.is_empty() {
        requests::take(stranger.app.store(), &provider, &secret).await?
    } else {
        None
    };
    let Some(returned) = returned else {
        let title = "This sign-in is over".to_owned();
        let detail = "It did not begin in this browser, was finished already, or took longer than ten minutes. Nothing was changed. Begin again.";
        return refused(stranger.bare(None), StatusCode::FORBIDDEN, title, detail);
    };
    let mut response = match account(&stranger, &provider, &answer, journey, &returned).await {
        Ok(account) => settle(&stranger, &headers, &provider, returned, account).await?,
        Err(failure) => {
            if let Failure::Refused(reason) = &failure {
                let network = stranger.network.as_deref();
                attempts::journey_failed(stranger.app.store(), &provider, network, reason).await?;
            }
            failed(stranger.bare(None), &provider, failure)?
        }
    };
    let cookie = cookies::clear(cookies::journey_name(is_tls), is_tls);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Who came back.
async fn account(
    stranger: &Stranger,
    provider: &Provider,
    answer: &Answer,
    journey: Journey<'_>,
    returned: &Returned,
) -> Result<Account, Failure> {
    let discovery = exchange::discovery(&stranger.app, provider).await?;
    let named = answer.0.iter().any(|(name, _)| name == "iss").then(|| answer.one("iss").unwrap_or_default());
    discovery.check_issuer(named, &provider.issuer).map_err(Failure::Refused)?;
    if let Some(error) = answer.one("error") {
        return Err(Failure::Refused(format!("It answered with {}", exchange::error_word(error))));
    }
    let Some(code) = answer.one("code") else {
        return Err(Failure::Refused("It answered without a code".into()));
    };
    let (token, keys) = exchange::redeem(&stranger.app, provider, &discovery, code, journey).await?;
    let now = stranger.app.store().clock().now();
    let expected = Expected { provider, journey, began_at: returned.began_at, now };
    openid::account(&token, expected, &keys).map_err(Failure::Refused)
}

/// Goes on with an account that was proven.
async fn settle(
    stranger: &Stranger,
    headers: &HeaderMap,
    provider: &Provider,
    returned: Returned,
    account: Account,
) -> Result<Response, Trouble> {
    match returned.purpose {
        Purpose::SignIn => enter(stranger, headers, provider, account, &returned.next).await,
        Purpose::Link(person, session) => {
            link(stranger, headers, provider, account, (&person, &session)).await
        }
        Purpose::Invitation(link) => {
            let store = stranger.app.store();
            match identities::accept(store, &link, provider, account).await {
                Ok(Some(person)) => {
                    let begun = sign_in::begin(store, &person, stranger.browser.clone()).await?;
                    entered(&stranger.app, headers, &begun, "/").await
                }
                Ok(None) => crate::console::welcome::over(stranger),
                Err(error) => in_the_way(stranger, error),
            }
        }
    }
}

/// Signs in whoever's account it is. Their second factor is asked for as after a password: what a provider asked for, it
/// asked for its own sake.
async fn enter(
    stranger: &Stranger,
    headers: &HeaderMap,
    provider: &Provider,
    account: Account,
    next: &str,
) -> Result<Response, Trouble> {
    let store = stranger.app.store();
    let owner = store.read(|tx| identities::owner(tx, &account))?;
    let Some((person, _)) = owner else {
        let reason = "the account there is nobody's here";
        attempts::journey_failed(store, provider, stranger.network.as_deref(), reason).await?;
        let title = format!("Your account at {} is not linked here", provider.name);
        let detail = "Nobody is found by an e-mail address alone. Sign in with your password and link the account on your own page, or open your invitation and continue from there.";
        return refused(stranger.bare(None), StatusCode::FORBIDDEN, title, detail);
    };
    let proof = Proof::Account(account, provider.name.clone());
    match sign_in::pass(store, proof, &person, stranger.browser.clone()).await? {
        Passed::Begun(begun) => entered(&stranger.app, headers, &begun, next).await,
        Passed::CodeNeeded(secret) => Ok(coded(&stranger.app, &secret, next)),
    }
}

/// Links an account to who asked for it, in the session that they asked in.
async fn link(
    stranger: &Stranger,
    headers: &HeaderMap,
    provider: &Provider,
    account: Account,
    (person, session): (&str, &str),
) -> Result<Response, Trouble> {
    let (store, is_tls) = (stranger.app.store(), stranger.app.is_tls());
    let cookie = cookies::read(headers, cookies::session_name(is_tls)).unwrap_or_default();
    let who = store.read(|tx| sign_in::find(tx, &cookie, stranger.now))?;
    let who = who.filter(|who| who.administrator.id == person && who.session.id == session);
    let Some(who) = who else {
        let title = "You are no longer signed in".to_owned();
        let detail = "Nothing was linked. Sign in, and link the account on your own page again.";
        return refused(stranger.bare(None), StatusCode::FORBIDDEN, title, detail);
    };
    if let Err(error) = identities::link(store, &who.administrator, &who.session, provider, account).await {
        return in_the_way(stranger, error);
    }
    let secret = sign_in::renew(store, &who).await?;
    let mut response = to("/me");
    let words =
        format!("Your account at {} is linked. Every other session of yours has ended.", provider.name);
    let notice = cookies::set(cookies::NOTICE, &words, is_tls, Some(Duration::seconds(60)));
    let session = cookies::set(cookies::session_name(is_tls), &secret, is_tls, None);
    for cookie in [notice, session] {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// What there is stands against it.
fn in_the_way(stranger: &Stranger, error: Error) -> Result<Response, Trouble> {
    match error {
        Error::Conflict(words) => {
            let title = "This account cannot be linked".to_owned();
            refused(stranger.bare(None), StatusCode::CONFLICT, title, words)
        }
        other => Err(other.into()),
    }
}
