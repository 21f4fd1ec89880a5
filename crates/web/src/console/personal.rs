//! What is a person's own: the way in, the theme, the way out.

use super::cookies::{self, THEME};
use super::desk::Visitor;
use super::form::{Fields, own_path, to};
use super::frame::Theme;
use super::tenants;
use super::trouble::Trouble;
use axum::http::header;
use axum::response::Response;
use cookie::time::Duration;
use provisioning::sign_in;

/// `GET /`: the overview of the person's tenant, or a choice if there are several.
pub async fn home(visitor: Visitor) -> Result<Response, Trouble> {
    let places = tenants::places(&visitor)?;
    match places.as_slice() {
        [only] => Ok(to(&only.path)),
        _ => tenants::show(&visitor, places, None),
    }
}

/// `POST /theme`: keeps the chosen theme in the browser.
pub async fn theme(visitor: Visitor, fields: Fields) -> Response {
    let theme = Theme::named(fields.text("theme")).as_str();
    let mut response = to(own_path(fields.text("back")).unwrap_or("/"));
    let cookie = cookies::set(THEME, theme, visitor.app.is_tls(), Some(Duration::days(365)));
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// `POST /sign-out`.
pub async fn sign_out(visitor: Visitor) -> Result<Response, Trouble> {
    sign_in::end(visitor.app.store(), &visitor.who).await?;
    let is_tls = visitor.app.is_tls();
    let mut response = to("/sign-in");
    let cookie = cookies::clear(cookies::session_name(is_tls), is_tls);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}
