//! One-time links: the first run, an invitation, a new password. Opening one uses nothing up; choosing a password does.

use super::cookies::{self, NOTICE};
use super::form::{Fields, to};
use super::frame::{Theme, page, page_with};
use super::passwords;
use super::provider::{self, Choice};
use super::sign_in::entered;
use super::stranger::{Bare, Stranger};
use super::trouble::Trouble;
use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use cookie::time::Duration;
use provisioning::administrators::links::{self, Accepted, Opened, Purpose};
use provisioning::{Error, sign_in};

#[derive(Template)]
#[template(path = "sign-in/welcome.html")]
struct WelcomePage {
    bare: Bare,
    purpose: Purpose,
    /// The address, where it is known.
    known: Option<String>,
    email: String,
    name: String,
    /// What an account can be continued with, and the path of that.
    providers: Vec<Choice>,
    path: String,
}

impl WelcomePage {
    fn new(
        stranger: &Stranger,
        secret: &str,
        opened: &Opened,
        accepted: Accepted,
        wrong: Option<String>,
    ) -> Result<Self, Trouble> {
        let is_invitation = opened.purpose == Purpose::Invitation;
        let providers = if is_invitation { provider::choices(&stranger.app)? } else { Vec::new() };
        Ok(Self {
            providers,
            path: format!("/setup/{secret}"),
            bare: stranger.bare(wrong),
            purpose: opened.purpose,
            known: opened.administrator.as_ref().map(|person| person.email.clone()),
            email: accepted.email,
            name: accepted.name,
        })
    }
}

#[derive(Template)]
#[template(path = "sign-in/over.html")]
struct OverPage {
    bare: Bare,
}

/// A link that opens nothing: mistyped, used, expired, or replaced by another. All in the same words.
pub(super) fn over(stranger: &Stranger) -> Result<Response, Trouble> {
    page_with(StatusCode::NOT_FOUND, &OverPage { bare: stranger.bare(None) })
}

/// `GET /setup/{secret}`.
pub async fn page_of(stranger: Stranger, Path(secret): Path<String>) -> Result<Response, Trouble> {
    let opened = stranger.app.store().read(|tx| links::open(tx, &secret, stranger.now))?;
    let Some(opened) = opened else { return over(&stranger) };
    let name = opened.administrator.as_ref().map(|person| person.name.clone()).unwrap_or_default();
    page(&WelcomePage::new(&stranger, &secret, &opened, Accepted { email: String::new(), name }, None)?)
}

/// `POST /setup/{secret}`.
pub async fn accept(
    stranger: Stranger,
    Path(secret): Path<String>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Trouble> {
    let store = stranger.app.store();
    let Some(opened) = store.read(|tx| links::open(tx, &secret, stranger.now))? else {
        return over(&stranger);
    };
    let accepted = Accepted { email: fields.text("email").into(), name: fields.text("name").into() };
    let password = fields.exact("password");
    let again = |error: Error| match error {
        Error::Invalid(words) => {
            let shown = WelcomePage::new(&stranger, &secret, &opened, accepted.clone(), Some(words))?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
        other => Err(other.into()),
    };
    if let Err(error) = accepted.check(&opened, password) {
        return again(error);
    }
    if password != fields.exact("again") {
        return again(Error::invalid("The two passwords are not the same. Type both again."));
    }
    let hash = passwords::hash(&stranger.app, password).await?;
    let person = match links::accept(store, &secret, accepted.clone(), hash).await {
        Ok(Some(person)) => person,
        Ok(None) => return over(&stranger),
        Err(error) => return again(error),
    };
    if opened.purpose == Purpose::Reset {
        // Who has a second factor still has to show it.
        let mut response = to("/sign-in");
        let words = "Your new password is set. Sign in with it.";
        let cookie = cookies::set(NOTICE, words, stranger.app.is_tls(), Some(Duration::seconds(60)));
        response.headers_mut().append(header::SET_COOKIE, cookie);
        return Ok(response);
    }
    let begun = sign_in::begin(store, &person, stranger.browser.clone()).await?;
    entered(&stranger.app, &headers, &begun, "/").await
}
