//! Tokens: `scim_`, 43 characters that hold 256 random bits, 6 characters of checksum.
//!
//! Greppable by its prefix, recognisable as mistyped by its checksum. A person sees it once; only the SHA-256 of it is
//! kept. High entropy needs no slow hash, and the digest finds the row by an index.

use crate::connections::NAME_LENGTH;
use crate::people::{self, Operator};
use crate::{Error, connections, names};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::tokens::{self, Credential, Token};
use store::{Scope, Store, Tx};

const PREFIX: &str = "scim_";
/// What the secret of a client begins with. It has the form of a token otherwise, and is none.
const SECRET_PREFIX: &str = "scim_client_";
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BODY: usize = 43;
const CHECKSUM: usize = 6;

/// How long a token lives unless said otherwise: one year, in microseconds.
pub const LIFETIME: i64 = 365 * DAY;
/// One day in microseconds.
pub const DAY: i64 = 24 * 3_600 * 1_000_000;

/// Makes the text of a token from 256 random bits.
pub fn compose(secret: [u8; 32]) -> String {
    compose_after(PREFIX, secret)
}

/// Makes the text of a client's secret from 256 random bits.
pub(crate) fn compose_secret(secret: [u8; 32]) -> String {
    compose_after(SECRET_PREFIX, secret)
}

/// The same with another prefix.
pub(crate) fn compose_after(prefix: &str, secret: [u8; 32]) -> String {
    let body = base62(&secret, BODY);
    let checksum = checksum(&body);
    format!("{prefix}{body}{checksum}")
}

/// Whether the text has the form of a token, checksum included. A mistyped one is refused without asking the archive.
pub fn is_well_formed(token: &str) -> bool {
    is_formed_as(PREFIX, token)
}

/// The same with another prefix.
pub(crate) fn is_formed_as(prefix: &str, token: &str) -> bool {
    let Some(rest) = token.strip_prefix(prefix) else { return false };
    rest.len() == BODY + CHECKSUM
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && checksum(&rest[..BODY]) == rest[BODY..]
}

/// The digest under which a token is kept.
pub fn digest(token: &str) -> String {
    store::hex(&Sha256::digest(token.as_bytes()))
}

fn checksum(body: &str) -> String {
    base62(&Sha256::digest(body.as_bytes())[..4], CHECKSUM)
}

/// A big-endian number in base 62, most significant digit first.
fn base62(bytes: &[u8], digits: usize) -> String {
    let mut number = bytes.to_vec();
    let mut text = vec![b'0'; digits];
    for place in text.iter_mut().rev() {
        let mut rest: u32 = 0;
        for byte in &mut number {
            let value = rest * 256 + u32::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
            rest = value % 62;
        }
        *place = ALPHABET[rest as usize];
    }
    text.into_iter().map(char::from).collect()
}

/// The credential a bearer token is, if it is accepted now for the connection of that public id.
///
/// Unknown, mistyped, foreign, expired and revoked tokens are all alike: `None`.
pub fn authenticate(
    tx: &mut Tx<'_>,
    token: &str,
    connection: &str,
    now: i64,
) -> Result<Option<Credential>, Error> {
    if !is_well_formed(token) {
        return Ok(None);
    }
    let found = tokens::by_digest(tx, &digest(token))?;
    Ok(found.filter(|credential| {
        credential.connection.id == connection
            && is_accepted(credential.expires_at, credential.revoked_at, now)
    }))
}

/// Whether a token with that end, and that revocation, opens anything now.
pub(crate) fn is_accepted(expires_at: Option<i64>, revoked_at: Option<i64>, now: i64) -> bool {
    revoked_at.is_none() && expires_at.is_none_or(|expires_at| now < expires_at)
}

/// A token just made: the only time its text is at hand.
#[derive(Clone)]
pub struct NewToken {
    /// The row.
    pub token: Token,
    /// The text, to be shown once.
    pub text: String,
}

impl std::fmt::Debug for NewToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("NewToken").field("token", &self.token.id).finish_non_exhaustive()
    }
}

/// What a new token shall be.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// A name to know it by.
    pub name: &'a str,
    /// From when on it is refused; `None` for a token without end.
    pub expires_at: Option<i64>,
    /// Whether it opens reading alone.
    pub read_only: bool,
}

/// Makes a token for a connection.
///
/// # Errors
/// A name that is empty, too long or has control characters.
pub async fn create(
    store: &Store,
    operator: &Operator,
    scope: Scope,
    wanted: Wanted<'_>,
) -> Result<NewToken, Error> {
    names::check("A token's", wanted.name, NAME_LENGTH)?;
    let new = compose_row(store, scope, wanted);
    let row = new.token.clone();
    people::act(store, operator, scope.tenant, move |act| {
        connections::check_open(act.tx, scope)?;
        insert(act, &row)
    })
    .await?;
    Ok(new)
}

/// The row and the text of a new token, not yet kept.
pub(crate) fn compose_row(store: &Store, scope: Scope, wanted: Wanted<'_>) -> NewToken {
    let text = compose(store.ids().secret());
    let token = Token {
        scope,
        id: store.ids().next(),
        name: wanted.name.to_owned(),
        digest: digest(&text),
        read_only: wanted.read_only,
        created_at: store.clock().now(),
        expires_at: wanted.expires_at,
        revoked_at: None,
        last_used_at: None,
        last_used_address: None,
        last_used_agent: None,
        client_id: None,
    };
    NewToken { token, text }
}

pub(crate) fn insert(act: &mut people::Act<'_, '_>, token: &Token) -> Result<(), Error> {
    let change = tokens::insert(act.tx, token)?;
    let after = json!({ "name": token.name, "expiresAt": token.expires_at.map(people::time) });
    act.record(
        change,
        "token.created",
        ("token", &token.id),
        Some(token.scope),
        format!("Token \"{}\" was created", token.name),
        None,
        Some(after),
    );
    Ok(())
}

/// Makes a new token beside an old one, which lives on for `overlap` microseconds at most.
pub async fn rotate(store: &Store, operator: &Operator, id: &str, overlap: i64) -> Result<NewToken, Error> {
    let known = store.read(|tx| usable(tx, id))?;
    if known.client_id.is_some() {
        return Err(Error::invalid(format!(
            "Token {id} was issued to a client, which fetches the next one itself."
        )));
    }
    let now = store.clock().now();
    let lifetime = known.expires_at.map(|expires_at| now + (expires_at - known.created_at).max(DAY));
    let wanted = Wanted { name: &known.name, expires_at: lifetime, read_only: known.read_only };
    let new = compose_row(store, known.scope, wanted);
    let (row, id) = (new.token.clone(), id.to_owned());
    people::act(store, operator, known.scope.tenant, move |act| {
        // Read anew: it may have been revoked or rotated meanwhile, and must not come back to life.
        let old = usable(act.tx, &id)?;
        insert(act, &row)?;
        let ends = old.expires_at.map_or(now + overlap, |expires_at| expires_at.min(now + overlap));
        let change = tokens::set_end(act.tx, &old, Some(ends), None)?;
        let summary =
            format!("Token \"{}\" was rotated; the old one lives until {}", old.name, people::time(ends));
        let before = json!({ "expiresAt": old.expires_at.map(people::time) });
        let after = json!({ "expiresAt": people::time(ends), "replacedBy": row.id });
        act.record(
            change,
            "token.rotated",
            ("token", &old.id),
            Some(old.scope),
            summary,
            Some(before),
            Some(after),
        );
        Ok(())
    })
    .await?;
    Ok(new)
}

/// Ends a token at once.
pub async fn revoke(store: &Store, operator: &Operator, id: &str) -> Result<Token, Error> {
    let known = store.read(|tx| usable(tx, id))?;
    let now = store.clock().now();
    let id = id.to_owned();
    people::act(store, operator, known.scope.tenant, move |act| {
        let old = usable(act.tx, &id)?;
        let change = tokens::set_end(act.tx, &old, old.expires_at, Some(now))?;
        let summary = format!("Token \"{}\" was revoked", old.name);
        act.record(change, "token.revoked", ("token", &old.id), Some(old.scope), summary, None, None);
        Ok(())
    })
    .await?;
    Ok(known)
}

fn usable(tx: &mut Tx<'_>, id: &str) -> Result<Token, Error> {
    let token = tokens::by_id(tx, id)?.ok_or_else(|| {
        Error::NotFound(format!(
            "There is no token {id}. `accessiq token list --connection ID` shows those there are."
        ))
    })?;
    if token.revoked_at.is_some() {
        return Err(Error::invalid(format!("Token {id} was revoked already.")));
    }
    Ok(token)
}
