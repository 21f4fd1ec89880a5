//! Cursors (RFC 9865): the place where a page ended, sealed so that nobody can make one up.
//!
//! Nothing is kept on the server. A cursor names the connection and the query it belongs to, the page size, when it
//! was made, and a place in the order; a MAC with the installation's key covers all of it. It grants nothing: every
//! page asks for a credential again.

use ::scim::sort::SortKey;
use ::scim::{ScimError, ScimType};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::search::Position;

/// How long a cursor can be used, in seconds.
pub const TIMEOUT: i64 = 3600;
/// How many bytes of the MAC a cursor carries: 128 bits.
const MAC_LENGTH: usize = 16;
/// How long a cursor may be: a place holds one value of one resource.
const MAX_LENGTH: usize = 16 * 1024;

/// The key that cursors are sealed with.
#[derive(Clone)]
pub struct CursorKey(pub [u8; 32]);

impl std::fmt::Debug for CursorKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("CursorKey")
    }
}

/// A place within a walk through a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// How many resources a page of the walk holds.
    pub count: i64,
    /// Where the last page ended.
    pub position: Position,
}

/// What is sealed. Short names: a cursor travels in a URI.
#[derive(Serialize, Deserialize)]
struct Sealed {
    q: String,
    t: i64,
    c: i64,
    i: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    k: Option<Key>,
}

/// A key of the order. Numbers go by their bits, so that they come back as they were.
#[derive(Serialize, Deserialize)]
enum Key {
    #[serde(rename = "b")]
    Boolean(bool),
    #[serde(rename = "n")]
    Number(u64),
    #[serde(rename = "i")]
    Instant(i64),
    #[serde(rename = "t")]
    Text(String),
}

/// The fingerprint of a query: a cursor goes on with the query it was made for and with no other.
pub fn fingerprint<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        let part = part.unwrap_or("\u{0}");
        digest.update(part.len().to_be_bytes());
        digest.update(part.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(&digest.finalize()[..12])
}

/// Seals a cursor. `now` in microseconds since 1970 UTC.
pub fn seal(key: &CursorKey, fingerprint: &str, cursor: &Cursor, now: i64) -> String {
    let place = cursor.position.key.as_ref().map(|key| match key {
        SortKey::Boolean(value) => Key::Boolean(*value),
        SortKey::Number(value) => Key::Number(value.to_bits()),
        SortKey::Instant(value) => Key::Instant(*value),
        SortKey::Text(value) => Key::Text(value.clone()),
    });
    let sealed = Sealed {
        q: fingerprint.to_owned(),
        t: now / 1_000_000,
        c: cursor.count,
        i: cursor.position.id.clone(),
        k: place,
    };
    // Serializing these plain fields has no error case.
    let body = serde_json::to_vec(&sealed).unwrap_or_default();
    // RFC 9865 §2: unreserved characters alone, so that no client needs to encode it.
    format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(&body),
        URL_SAFE_NO_PAD.encode(&mac(key, &body).finalize().into_bytes()[..MAC_LENGTH])
    )
}

/// Opens a cursor for a query.
///
/// # Errors
/// `400 invalidCursor` for one that is not ours, not whole, or of another query or connection, all in the same words;
/// `400 expiredCursor` for one that is too old.
pub fn open(key: &CursorKey, fingerprint: &str, text: &str, now: i64) -> Result<Cursor, ScimError> {
    let sealed = unsealed(key, text).filter(|sealed| sealed.q == fingerprint).ok_or_else(invalid)?;
    if now / 1_000_000 - sealed.t >= TIMEOUT {
        let detail = format!("The cursor is older than {TIMEOUT} seconds. Start again with an empty cursor.");
        return Err(ScimError::of(ScimType::ExpiredCursor, detail));
    }
    let place = sealed.k.map(|key| match key {
        Key::Boolean(value) => SortKey::Boolean(value),
        Key::Number(bits) => SortKey::Number(f64::from_bits(bits)),
        Key::Instant(value) => SortKey::Instant(value),
        Key::Text(value) => SortKey::Text(value),
    });
    Ok(Cursor { count: sealed.c, position: Position { key: place, id: sealed.i } })
}

fn unsealed(key: &CursorKey, text: &str) -> Option<Sealed> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    let (body, tag) = text.split_once('.')?;
    let (body, tag) = (URL_SAFE_NO_PAD.decode(body).ok()?, URL_SAFE_NO_PAD.decode(tag).ok()?);
    if tag.len() != MAC_LENGTH {
        return None;
    }
    // Compares in constant time.
    mac(key, &body).verify_truncated_left(&tag).ok()?;
    serde_json::from_slice(&body).ok()
}

fn mac(key: &CursorKey, body: &[u8]) -> Hmac<Sha256> {
    // A key of any length is taken.
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.0)
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    mac.update(body);
    mac
}

fn invalid() -> ScimError {
    ScimError::of(
        ScimType::InvalidCursor,
        "The cursor is not one of this query. Start again with an empty cursor.",
    )
}
