//! The gate of the console: a session, its own forms, the tenant and the role. No handler checks any of these itself.

use super::cookies::{self, NOTICE, THEME};
use super::desk::{Desk, Visitor};
use super::form::{CSRF, Fields, to};
use super::frame::{Section, Theme};
use super::trouble::Trouble;
use crate::App;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, OriginalUri, RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use provisioning::sign_in;
use provisioning::tokens::digest;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::tenants;

/// The largest form, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;
/// How long a browser may take to send it.
const BODY_PATIENCE: Duration = Duration::from_secs(30);

/// What a page may load and do: files of ours, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Around pages that are a person's own.
pub async fn signed_in(State(app): State<App>, request: Request, next: Next) -> Response {
    let request_id = app.store().ids().next();
    let (visitor, request) = match admit(app.clone(), request).await {
        Ok(admitted) => admitted,
        Err(refused) => return dressed(*refused, &app, &request_id, None),
    };
    let response = next.run(request).await;
    let response = explained(response, &visitor, None, &request_id);
    dressed(response, &app, &request_id, Some(&visitor))
}

/// Around pages of a tenant.
pub async fn in_tenant(
    State(app): State<App>,
    named: RawPathParams,
    request: Request,
    next: Next,
) -> Response {
    let request_id = app.store().ids().next();
    let (visitor, mut request) = match admit(app.clone(), request).await {
        Ok(admitted) => admitted,
        Err(refused) => return dressed(*refused, &app, &request_id, None),
    };
    let name = named.iter().find(|(name, _)| *name == "tenant").map(|(_, value)| value.to_owned());
    let (response, desk) = match desk(&visitor, name.as_deref().unwrap_or_default(), request.method()) {
        Ok(desk) => {
            request.extensions_mut().insert(desk.clone());
            (next.run(request).await, Some(desk))
        }
        Err(trouble) => (trouble.into_response(), None),
    };
    let response = explained(response, &visitor, desk.as_ref(), &request_id);
    dressed(response, &app, &request_id, Some(&visitor))
}

/// The tenant of an address, and as what the person acts in it. A tenant that is not there and one that is not
/// theirs are one and the same.
fn desk(visitor: &Visitor, name: &str, method: &Method) -> Result<Desk, Trouble> {
    let tenant = visitor.app.store().read(|tx| tenants::by_name(tx, name))?.ok_or_else(Trouble::not_found)?;
    let role = visitor.who.role_in(tenant.tenant).ok_or_else(Trouble::not_found)?;
    if !method.is_safe() && !role.may_change() {
        return Err(Trouble::forbidden(
            "You are signed in as an auditor: you see everything of this tenant and change nothing. Ask an administrator.",
        ));
    }
    Ok(Desk { visitor: visitor.clone(), tenant, role })
}

/// Who is it, and is what they send their own?
async fn admit(app: App, request: Request) -> Result<(Visitor, Request), Box<Response>> {
    let now = app.store().clock().now();
    let headers = request.headers();
    // As the browser sees it: a nested route sees the rest of its path alone.
    let uri = request.extensions().get::<OriginalUri>().map_or(request.uri(), |original| &original.0);
    let address = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let secret = cookies::read(headers, cookies::session_name(app.is_tls()));
    let found = match secret {
        Some(secret) => app.store().read(|tx| sign_in::find(tx, &secret, now)),
        None => Ok(None),
    };
    let who = match found {
        Ok(Some(who)) => who,
        Ok(None) => return Err(Box::new(to_sign_in(request.method(), headers, &address))),
        Err(error) => {
            // Without a database nobody can be known, so there is no frame to say it in.
            let trouble = Trouble::from(error);
            return Err(Box::new((trouble.status, trouble.detail).into_response()));
        }
    };
    let visitor = Visitor {
        theme: cookies::read(headers, THEME).map(|word| Theme::named(&word)).unwrap_or_default(),
        notice: cookies::read(headers, NOTICE).filter(|text| !text.is_empty()),
        is_part: headers.contains_key("hx-request"),
        who: Arc::new(who),
        app: app.clone(),
        now,
        address,
    };
    let place = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_string());
    if let Err(error) = sign_in::note_use(app.store(), &visitor.who.session, place).await {
        tracing::warn!(%error, "the last use of a session was not written down");
    }
    let mut request = if request.method().is_safe() {
        request
    } else {
        own_form(&app, &visitor.who.session.csrf, request)
            .await
            .map_err(|trouble| Box::new(trouble.page(&visitor, None, &app.store().ids().next())))?
    };
    request.extensions_mut().insert(visitor.clone());
    Ok((visitor, request))
}

/// Without a session: on to signing in, and back afterwards.
fn to_sign_in(method: &Method, headers: &HeaderMap, address: &str) -> Response {
    if headers.contains_key("hx-request") {
        // A part of a page cannot show it; the whole page can.
        return ([(HeaderName::from_static("hx-refresh"), HeaderValue::from_static("true"))], "")
            .into_response();
    }
    if method != Method::GET || address == "/" {
        return to("/sign-in");
    }
    let next: String = form_urlencoded::byte_serialize(address.as_bytes()).collect();
    to(&format!("/sign-in?next={next}"))
}

/// Reads a form, if a page sent it that had this token.
pub(super) async fn own_form(app: &App, csrf: &str, request: Request) -> Result<Request, Trouble> {
    if !is_from_here(request.headers(), app.public_url()) {
        return Err(Trouble::foreign_form());
    }
    let (parts, body) = request.into_parts();
    let Ok(Ok(bytes)) = tokio::time::timeout(BODY_PATIENCE, to_bytes(body, BODY_LIMIT)).await else {
        let detail = "The form did not arrive whole, or is too large. Nothing was changed.";
        return Err(provisioning::Error::invalid(detail).into());
    };
    let fields = Fields::read(&bytes);
    // Compared as digests, so that how long it takes tells nothing of the token.
    if digest(fields.exact(CSRF)) != digest(csrf) {
        return Err(Trouble::foreign_form());
    }
    let mut request = Request::from_parts(parts, axum::body::Body::empty());
    request.extensions_mut().insert(fields);
    Ok(request)
}

/// Whether a browser says that a form comes from a page of ours. One that says nothing of it has the form's token to
/// show, as all have.
fn is_from_here(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = text(header::ORIGIN) else { return true };
    let host = |url: &str| {
        url.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or_default().to_owned())
    };
    let here = [text(header::HOST).map(str::to_owned), host(public_url)];
    host(origin).is_some_and(|origin| here.into_iter().flatten().any(|here| here == origin))
}

/// An error as a page.
fn explained(mut response: Response, visitor: &Visitor, desk: Option<&Desk>, request_id: &str) -> Response {
    match response.extensions_mut().remove::<Trouble>() {
        Some(trouble) => {
            let frame = desk.map(|desk| desk.frame(Section::Personal, trouble.title));
            trouble.page(visitor, frame, request_id)
        }
        None => response,
    }
}

/// What all answers have.
fn dressed(mut response: Response, app: &App, request_id: &str, visitor: Option<&Visitor>) -> Response {
    let was_shown = visitor.is_some_and(|visitor| visitor.notice.is_some() && !visitor.is_part)
        && response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let headers = response.headers_mut();
    if was_shown {
        headers.append(header::SET_COOKIE, cookies::clear(NOTICE, app.is_tls()));
    }
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert("x-request-id", value);
    }
    dress(headers, app);
    response
}

/// What all pages have, with or without a session.
pub(super) fn dress(headers: &mut HeaderMap, app: &App) {
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers
        .insert("permissions-policy", HeaderValue::from_static("camera=(), geolocation=(), microphone=()"));
    if app.is_tls() {
        // RFC 6797: whoever came by TLS shall come by TLS again.
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}
