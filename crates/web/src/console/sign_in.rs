//! Signing in: address and password, then a code for who has a second factor.
//!
//! Whoever is not let in reads the same words after the same work, whether there is such a person or not.

use super::cookies;
use super::form::{Fields, own_path, to};
use super::frame::{Theme, page, page_with};
use super::passwords;
use super::provider::{self, Choice};
use super::stranger::{Bare, Stranger};
use super::trouble::Trouble;
use crate::App;
use askama::Template;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use cookie::time::Duration;
use provisioning::administrators::has_operator;
use provisioning::sign_in::{self, Begun, Coded, Passed, Proof, attempts};

const WRONG: &str = "That e-mail address and password do not go together. Check both and try again.";
const TOO_MANY: &str =
    "Too many attempts failed. Wait 15 minutes and try again, or ask an administrator for a new link.";

#[derive(Template)]
#[template(path = "sign-in/password.html")]
struct PasswordPage {
    bare: Bare,
    next: String,
    email: String,
    is_set_up: bool,
    providers: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "sign-in/code.html")]
struct CodePage {
    bare: Bare,
    next: String,
}

/// Where to go on to, from the query of a page.
fn next_of(query: Option<&str>) -> String {
    let query = query.unwrap_or_default();
    let next = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "next");
    let next = next.map(|(_, path)| path.into_owned()).unwrap_or_default();
    own_path(&next).unwrap_or("/").to_owned()
}

/// `GET /sign-in`.
pub async fn first_step(stranger: Stranger, RawQuery(query): RawQuery) -> Result<Response, Trouble> {
    page(&PasswordPage {
        bare: stranger.bare(None),
        next: next_of(query.as_deref()),
        email: String::new(),
        is_set_up: stranger.app.store().read(has_operator)?,
        providers: provider::choices(&stranger.app)?,
    })
}

/// `POST /sign-in`.
pub async fn sign_in(stranger: Stranger, headers: HeaderMap, fields: Fields) -> Result<Response, Trouble> {
    let store = stranger.app.store();
    let (email, password) = (fields.text("email"), fields.exact("password"));
    let next = own_path(fields.text("next")).unwrap_or("/");
    let refused = |status: StatusCode, words: &str| {
        let (next, email) = (next.to_owned(), email.to_owned());
        let (bare, providers) = (stranger.bare(Some(words.into())), provider::choices(&stranger.app)?);
        page_with(status, &PasswordPage { bare, next, email, is_set_up: true, providers })
    };
    let Some(attempt) = attempts::take(store, email, stranger.network.as_deref()).await? else {
        return refused(StatusCode::TOO_MANY_REQUESTS, TOO_MANY);
    };
    let person = store.read(|tx| store::administrators::by_email(tx, email))?;
    let hash = person.as_ref().and_then(|person| person.password.as_deref());
    let is_right = passwords::is_right(&stranger.app, password, hash).await?;
    let Some(person) = person.as_ref().filter(|person| is_right && person.disabled_at.is_none()) else {
        tracing::warn!(address = stranger.browser.address, "a sign-in failed");
        attempts::failed(store, attempt, person.as_ref()).await?;
        return refused(StatusCode::UNPROCESSABLE_ENTITY, WRONG);
    };
    match sign_in::pass(store, Proof::Password(attempt), person, stranger.browser.clone()).await? {
        Passed::Begun(begun) => entered(&stranger.app, &headers, &begun, next).await,
        Passed::CodeNeeded(secret) => Ok(coded(&stranger.app, &secret, next)),
    }
}

/// On to the second step, with its secret.
pub(super) fn coded(app: &App, secret: &str, next: &str) -> Response {
    let is_tls = app.is_tls();
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    let mut response = to(&format!("/sign-in/code?next={next}"));
    let step = cookies::set(cookies::step_name(is_tls), secret, is_tls, Some(Duration::minutes(5)));
    response.headers_mut().append(header::SET_COOKIE, step);
    response
}

/// The secret of the second step that a browser is at.
fn step(stranger: &Stranger, headers: &HeaderMap) -> String {
    cookies::read(headers, cookies::step_name(stranger.app.is_tls())).unwrap_or_default()
}

/// `GET /sign-in/code`.
pub async fn second_step(
    stranger: Stranger,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let secret = step(&stranger, &headers);
    let person = stranger.app.store().read(|tx| sign_in::at_second_step(tx, &secret, stranger.now))?;
    match person {
        Some(_) => page(&CodePage { bare: stranger.bare(None), next: next_of(query.as_deref()) }),
        None => Ok(to("/sign-in")),
    }
}

/// `POST /sign-in/code`.
pub async fn give_code(stranger: Stranger, headers: HeaderMap, fields: Fields) -> Result<Response, Trouble> {
    let store = stranger.app.store();
    let next = own_path(fields.text("next")).unwrap_or("/");
    let refused = |status: StatusCode, words: &str| {
        page_with(status, &CodePage { bare: stranger.bare(Some(words.into())), next: next.to_owned() })
    };
    let secret = step(&stranger, &headers);
    match sign_in::give_code(store, &secret, fields.text("code"), stranger.browser.clone()).await? {
        Coded::Begun(begun) => {
            let is_tls = stranger.app.is_tls();
            let mut response = entered(&stranger.app, &headers, &begun, next).await?;
            let cookie = cookies::clear(cookies::step_name(is_tls), is_tls);
            response.headers_mut().append(header::SET_COOKIE, cookie);
            Ok(response)
        }
        Coded::Wrong => refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "That code is wrong, or was used before. Wait for the next one, or give a recovery code.",
        ),
        Coded::TooMany => refused(StatusCode::TOO_MANY_REQUESTS, TOO_MANY),
        Coded::Over => Ok(to("/sign-in")),
    }
}

/// On into a session that has just begun. Whoever was signed in with this browser no longer is.
pub(super) async fn entered(
    app: &App,
    headers: &HeaderMap,
    begun: &Begun,
    next: &str,
) -> Result<Response, Trouble> {
    let (store, is_tls) = (app.store(), app.is_tls());
    let name = cookies::session_name(is_tls);
    if let Some(old) = cookies::read(headers, name) {
        let now = store.clock().now();
        if let Some(who) = store.read(|tx| sign_in::find(tx, &old, now))? {
            sign_in::end(store, &who).await?;
        }
    }
    let mut response = to(next);
    response.headers_mut().append(header::SET_COOKIE, cookies::set(name, &begun.secret, is_tls, None));
    Ok(response)
}
