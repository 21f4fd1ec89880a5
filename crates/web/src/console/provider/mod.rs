//! Signing in with an account at a provider (OpenID Connect): there, back, and what came of it.
//!
//! A form sends the browser on by a page that leads there, not by a redirect: browsers hold every redirect of a form
//! against `form-action`, those that a provider makes among its own hosts as well, and the policy stays what it is.

mod exchange;
mod returned;

pub use exchange::Discoveries;
pub use returned::back;

use super::cookies;
use super::form::{Fields, own_path};
use super::frame::{Theme, page, page_with};
use super::stranger::{Bare, Stranger};
use super::trouble::Trouble;
use crate::App;
use askama::Template;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::Response;
use cookie::time::Duration;
use exchange::Failure;
use provisioning::Error;
use provisioning::administrators::links::{self, Purpose};
use provisioning::sign_in::openid::Journey;
use provisioning::sign_in::requests::{self, Wish};
use provisioning::sign_in::{attempts, providers};
use store::sign_in_providers::Provider;

/// For how long a browser may stay at a provider.
const PATIENCE: Duration = Duration::minutes(10);

/// Where a provider sends browsers back to: each to an address of its own, so that one cannot be taken for another.
pub fn return_address(app: &App, provider: &Provider) -> String {
    format!("{}/sign-in/return/{}", app.public_url(), provider.id)
}

/// A provider, as a button shows it.
pub struct Choice {
    /// What stands for it in addresses.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// Those that there are.
pub fn choices(app: &App) -> Result<Vec<Choice>, Trouble> {
    let providers = app.store().read(store::sign_in_providers::all)?;
    Ok(providers.into_iter().map(|provider| Choice { id: provider.id, name: provider.name }).collect())
}

#[derive(Template)]
#[template(path = "sign-in/onward.html")]
struct OnwardPage {
    bare: Bare,
    provider: String,
    address: String,
}

#[derive(Template)]
#[template(path = "sign-in/refused.html")]
struct RefusedPage {
    bare: Bare,
    title: String,
    detail: String,
    back: &'static str,
}

/// What went wrong, to whoever is not let in.
fn refused(
    bare: Bare,
    status: StatusCode,
    title: String,
    detail: impl Into<String>,
) -> Result<Response, Trouble> {
    page_with(status, &RefusedPage { bare, title, detail: detail.into(), back: "/sign-in" })
}

/// What a provider or this service failed to do.
fn failed(bare: Bare, provider: &Provider, failure: Failure) -> Result<Response, Trouble> {
    let name = &provider.name;
    let (status, title, reason) = match failure {
        Failure::Provider(reason) => (StatusCode::BAD_GATEWAY, format!("{name} cannot be reached"), reason),
        Failure::Here(reason) => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("{name} is not set up wholly"), reason)
        }
        Failure::Refused(reason) => (StatusCode::FORBIDDEN, format!("{name} let nobody in"), reason),
    };
    tracing::warn!(provider = provider.id, reason, "signing in with a provider failed");
    let detail = "Nothing was changed. Try again; if it fails again, sign in with your password, and tell whoever runs this installation: the reason is in the service's log.";
    refused(bare, status, title, detail)
}

/// The provider of an id in an address.
pub(super) fn find(app: &App, id: &str) -> Result<Provider, Trouble> {
    match app.store().read(|tx| providers::find(tx, id)) {
        Err(Error::NotFound(_)) => Err(Trouble::not_found()),
        other => Ok(other?),
    }
}

/// The page that leads on to a provider.
pub(super) async fn onward(
    app: &App,
    bare: Bare,
    network: Option<&str>,
    provider: &Provider,
    wish: Wish<'_>,
) -> Result<Response, Trouble> {
    let store = app.store();
    if !attempts::take_journey(store, network).await? {
        let title = "Too many attempts".to_owned();
        return refused(bare, StatusCode::TOO_MANY_REQUESTS, title, "Wait 15 minutes and try again.");
    }
    let discovery = match exchange::discovery(app, provider).await {
        Ok(discovery) => discovery,
        Err(failure) => return failed(bare, provider, failure),
    };
    let secret = requests::begin(store, provider, wish).await?;
    let address = Journey(&secret).address(&discovery, provider, &return_address(app, provider));
    let mut response = page(&OnwardPage { bare, provider: provider.name.clone(), address })?;
    let is_tls = app.is_tls();
    let cookie = cookies::set(cookies::journey_name(is_tls), &secret, is_tls, Some(PATIENCE));
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// `POST /sign-in/with/{provider}`.
pub async fn sign_in(
    stranger: Stranger,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let provider = find(&stranger.app, &id)?;
    let next = own_path(fields.text("next")).unwrap_or("/");
    let network = stranger.network.as_deref();
    onward(&stranger.app, stranger.bare(None), network, &provider, Wish::SignIn(next)).await
}

/// `POST /setup/{secret}/with/{provider}`: accepts an invitation with an account in place of a password.
pub async fn join(
    stranger: Stranger,
    Path((secret, id)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let provider = find(&stranger.app, &id)?;
    let opened = stranger.app.store().read(|tx| links::open(tx, &secret, stranger.now))?;
    let opened = opened.filter(|opened| opened.purpose == Purpose::Invitation);
    let invited = opened.as_ref().and_then(|opened| Some((opened, opened.administrator.as_ref()?)));
    let Some((opened, person)) = invited else { return super::welcome::over(&stranger) };
    let (network, wish) = (stranger.network.as_deref(), Wish::Invitation(opened, person));
    onward(&stranger.app, stranger.bare(None), network, &provider, wish).await
}
