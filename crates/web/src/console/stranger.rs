//! Somebody who is not signed in, and the gate before the pages for them.
//!
//! A cookie ties their forms to their browser, so that no other site signs a person in as somebody else.

use super::assets::Assets;
use super::cookies::{self, NOTICE, THEME};
use super::frame::Theme;
use super::gate::{dress, own_form};
use super::trouble::Trouble;
use crate::App;
use crate::gate::refusals::network;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use provisioning::sign_in::Browser;
use provisioning::tokens::digest;
use std::net::SocketAddr;

/// Somebody who is not signed in.
#[derive(Clone)]
pub struct Stranger {
    /// What every request needs at hand.
    pub app: App,
    /// The theme they chose.
    pub theme: Theme,
    /// What was done just before.
    pub notice: Option<String>,
    /// What their forms send along.
    pub csrf: String,
    /// Where they are.
    pub browser: Browser,
    /// The network they come from, as attempts are counted.
    pub network: Option<String>,
    /// When.
    pub now: i64,
}

/// What stands around a page for them.
pub struct Bare {
    /// The files that every page needs.
    pub assets: Assets,
    /// The theme.
    pub theme: Theme,
    /// What every form sends along.
    pub csrf: String,
    /// What was done just before.
    pub notice: Option<String>,
    /// What is wrong with what was sent.
    pub wrong: Option<String>,
}

impl Stranger {
    /// What stands around a page.
    pub fn bare(&self, wrong: Option<String>) -> Bare {
        Bare {
            assets: Assets,
            theme: self.theme,
            csrf: self.csrf.clone(),
            notice: self.notice.clone(),
            wrong,
        }
    }
}

/// Around pages that need no session.
pub async fn unsigned(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let request_id = app.store().ids().next();
    let is_tls = app.is_tls();
    let headers = request.headers();
    let known = cookies::read(headers, cookies::before_name(is_tls)).filter(|secret| !secret.is_empty());
    let secret = known.clone().unwrap_or_else(|| store::hex(&app.store().ids().secret()));
    let theme = cookies::read(headers, THEME).map(|word| Theme::named(&word)).unwrap_or_default();
    let stranger = stranger(&app, &request, theme, &secret);
    let notice = stranger.notice.is_some();
    let csrf = stranger.csrf.clone();
    request.extensions_mut().insert(stranger);
    let mut response = if request.method().is_safe() {
        next.run(request).await
    } else {
        match own_form(&app, &csrf, request).await {
            Ok(request) => next.run(request).await,
            Err(trouble) => trouble.bare_page(theme, &request_id),
        }
    };
    if let Some(trouble) = response.extensions_mut().remove::<Trouble>() {
        response = trouble.bare_page(theme, &request_id);
    }
    let is_page = response.status() != StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    if known.is_none() {
        let cookie = cookies::set(cookies::before_name(is_tls), &secret, is_tls, None);
        headers.append(header::SET_COOKIE, cookie);
    }
    if notice && is_page {
        headers.append(header::SET_COOKIE, cookies::clear(NOTICE, is_tls));
    }
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        headers.insert("x-request-id", value);
    }
    dress(headers, &app);
    response
}

fn stranger(app: &App, request: &Request, theme: Theme, secret: &str) -> Stranger {
    let headers = request.headers();
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    Stranger {
        app: app.clone(),
        theme,
        notice: cookies::read(headers, NOTICE).filter(|text| !text.is_empty()),
        csrf: digest(&format!("form {secret}")),
        browser: Browser { address: address.map(|address| address.to_string()), agent: agent(headers) },
        network: address.map(|address| network(address).to_string()),
        now: app.store().clock().now(),
    }
}

fn agent(headers: &HeaderMap) -> Option<String> {
    headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).map(str::to_owned)
}

impl<S: Send + Sync> FromRequestParts<S> for Stranger {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Trouble> {
        parts.extensions.get().cloned().ok_or_else(Trouble::without_gate)
    }
}
