//! Cookies: the session, the theme, and the sentence that the next page opens with.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite, time::Duration};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::borrow::Cow;

/// The theme that a person chose.
pub const THEME: &str = "aiq_theme";
/// What the next page says first.
pub const NOTICE: &str = "aiq_notice";

/// The name of the session's cookie. Over TLS its prefix makes browsers refuse it from any other host or path
/// (RFC 6265bis §4.1.3.2).
pub fn session_name(is_tls: bool) -> &'static str {
    if is_tls { "__Host-aiq_session" } else { "aiq_session" }
}

/// The name of the cookie of a browser that nobody is signed in with yet: what ties its forms to it.
pub fn before_name(is_tls: bool) -> &'static str {
    if is_tls { "__Host-aiq_before" } else { "aiq_before" }
}

/// The name of the cookie between the two steps of signing in.
pub fn step_name(is_tls: bool) -> &'static str {
    if is_tls { "__Host-aiq_step" } else { "aiq_step" }
}

/// The name of the cookie of a browser that is at a sign-in provider.
pub fn journey_name(is_tls: bool) -> &'static str {
    if is_tls { "__Host-aiq_journey" } else { "aiq_journey" }
}

/// The value of a cookie that a browser sent.
pub fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = sent.flat_map(|text| text.split(';')).filter_map(|pair| Cookie::parse(pair.trim()).ok());
    let found = pairs.find(|cookie| cookie.name() == name)?;
    percent_decode_str(found.value()).decode_utf8().ok().map(Cow::into_owned)
}

/// A cookie that scripts cannot read and other sites' forms do not send along. Without a lifetime it ends with the browser.
pub fn set(name: &'static str, value: &str, is_tls: bool, lifetime: Option<Duration>) -> HeaderValue {
    let value = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    let mut cookie =
        Cookie::build((name, value)).path("/").http_only(true).secure(is_tls).same_site(SameSite::Lax);
    if let Some(lifetime) = lifetime {
        cookie = cookie.max_age(lifetime);
    }
    HeaderValue::try_from(cookie.build().to_string()).unwrap_or(HeaderValue::from_static(""))
}

/// Takes a cookie away.
pub fn clear(name: &'static str, is_tls: bool) -> HeaderValue {
    set(name, "", is_tls, Some(Duration::ZERO))
}
