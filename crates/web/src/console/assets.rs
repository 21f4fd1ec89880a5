//! The few files that every page needs: part of the program, and kept by browsers for good under a name that changes
//! with what is in them.

use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// Name, media type, text.
const FILES: [(&str, &str, &str); 4] = [
    ("console.css", "text/css; charset=utf-8", include_str!("../../assets/console.css")),
    ("console.js", "text/javascript; charset=utf-8", include_str!("../../assets/console.js")),
    ("htmx.min.js", "text/javascript; charset=utf-8", include_str!("../../assets/htmx.min.js")),
    ("mark.svg", "image/svg+xml", include_str!("../../assets/mark.svg")),
];

/// What tells this release's files from those of others.
static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (name, _, text) in FILES {
        hash.update(name);
        hash.update(text);
    }
    store::hex(&hash.finalize())[..12].to_owned()
});

/// The address of a file.
pub fn path(name: &str) -> String {
    format!("/assets/{}/{name}", *HASH)
}

/// The files, for templates.
#[derive(Clone, Copy, Debug)]
pub struct Assets;

impl Assets {
    /// The address of a file.
    pub fn path(self, name: &str) -> String {
        path(name)
    }
}

/// `GET /assets/{hash}/{name}`.
pub async fn asset(Path((hash, name)): Path<(String, String)>) -> Response {
    let found = FILES.iter().find(|(known, _, _)| *known == name);
    let Some((_, media_type, text)) = found else { return StatusCode::NOT_FOUND.into_response() };
    // A page of another release may ask for its own: it gets ours, and keeps it for no longer than it must.
    let keep = if hash == *HASH { "public, max-age=31536000, immutable" } else { "no-store" };
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, *text).into_response()
}
