//! Signing in.

use super::assets::Assets;
use super::cookies::{self, THEME};
use super::form::own_path;
use super::frame::{Theme, page};
use super::trouble::Trouble;
use crate::App;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignInPage {
    assets: Assets,
    theme: Theme,
    next: String,
}

/// `GET /sign-in`.
pub async fn page_of(
    State(app): State<App>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let query = query.unwrap_or_default();
    let next = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "next");
    let next = next.map(|(_, path)| path.into_owned()).unwrap_or_default();
    let theme = cookies::read(&headers, THEME).map(|word| Theme::named(&word)).unwrap_or_default();
    let mut response =
        page(&SignInPage { assets: Assets, theme, next: own_path(&next).unwrap_or("/").to_owned() })?;
    super::gate::dress(response.headers_mut(), &app);
    Ok(response)
}
