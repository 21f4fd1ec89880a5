//! Media types: what a body may be, what an answer is (RFC 7644 §3.8, RFC 9110 §12).

use ::scim::ScimError;
use axum::http::{HeaderMap, header};

/// The type of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Media {
    /// `application/scim+json`, exactly: some clients refuse a charset.
    #[default]
    Scim,
    /// `application/json`, for clients that accept nothing else.
    Json,
}

impl Media {
    /// The header's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scim => "application/scim+json",
            Self::Json => "application/json",
        }
    }

    /// The type that `Accept` asks for.
    ///
    /// # Errors
    /// `406` if it excludes both.
    pub fn accepted(headers: &HeaderMap, strict: bool) -> Result<Self, ScimError> {
        let mut accepts_json = false;
        let mut given = false;
        for range in headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
        {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let refused =
                parts.any(|part| part.strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0_f32)));
            if name.is_empty() {
                continue;
            }
            given = true;
            if refused {
                continue;
            }
            match name.as_str() {
                "*/*" | "application/*" | "application/scim+json" => return Ok(Self::Scim),
                "application/json" => accepts_json = true,
                _ => {}
            }
        }
        match (given, accepts_json) {
            (false, _) => Ok(Self::Scim),
            // The interoperability profile knows one type alone.
            (true, true) if strict => Ok(Self::Scim),
            (true, true) => Ok(Self::Json),
            (true, false) => {
                Err(ScimError::status(406, "Accept must allow application/scim+json or application/json."))
            }
        }
    }
}

/// Refuses a body that says it is something else than JSON, or packed. A missing type is taken for JSON.
///
/// # Errors
/// `415`.
pub fn check_body(headers: &HeaderMap) -> Result<(), ScimError> {
    let coding = headers.get(header::CONTENT_ENCODING);
    if coding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(ScimError::status(415, "A body must be sent as it is: without Content-Encoding."));
    }
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let name =
        value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if matches!(name.as_str(), "application/scim+json" | "application/json") {
        return Ok(());
    }
    Err(ScimError::status(415, "Content-Type must be application/scim+json (or application/json)."))
}
