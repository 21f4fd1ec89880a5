//! Providers that people sign in with (OpenID Connect), and the browsers that are at one just now.
//!
//! Of a browser's secret only the SHA-256 digest is ever here, of a provider's client secret nothing.

use crate::StoreError;
use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;

/// A provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// What stands for it in addresses.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its issuer, to the letter.
    pub issuer: String,
    /// What it calls this service.
    pub client_id: String,
    /// Whether this service has a secret to show to it.
    pub has_secret: bool,
    /// When it was added.
    pub created_at: i64,
    /// By whom.
    pub created_by: String,
}

/// A browser at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// SHA-256 of the secret in its cookie, in hexadecimal digits.
    pub digest: String,
    /// Which provider.
    pub provider: String,
    /// What for.
    pub purpose: String,
    /// Who it is, where somebody is known.
    pub administrator: Option<String>,
    /// What let it go there: a session's id, or a link's digest.
    pub opened_by: Option<String>,
    /// Where it goes on to.
    pub next: String,
    /// When it went.
    pub created_at: i64,
    /// From when on it comes back too late.
    pub expires_at: i64,
}

statements! {
    INSERT = "insert into sign_in_providers (id, name, issuer, client_id, has_secret, created_at, created_by)
        values ($1, $2, $3, $4, $5, $6, $7)";
    BY_ID = "select id, name, issuer, client_id, has_secret, created_at, created_by from sign_in_providers where id = $1";
    ALL = "select id, name, issuer, client_id, has_secret, created_at, created_by from sign_in_providers order by id";
    DELETE = "delete from sign_in_providers where id = $1";
    ADD_REQUEST = "insert into sign_in_requests (digest, provider_id, purpose, administrator_id, opened_by, next, created_at,
        expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8)";
    REQUEST = "select digest, provider_id, purpose, administrator_id, opened_by, next, created_at, expires_at
        from sign_in_requests where digest = $1";
    DELETE_REQUEST = "delete from sign_in_requests where digest = $1";
    DELETE_EXPIRED = "delete from sign_in_requests where expires_at <= $1";
}

fn read(row: &Row<'_>) -> Result<Provider, StoreError> {
    Ok(Provider {
        id: row.text(0)?,
        name: row.text(1)?,
        issuer: row.text(2)?,
        client_id: row.text(3)?,
        has_secret: row.boolean(4)?,
        created_at: row.int(5)?,
        created_by: row.text(6)?,
    })
}

fn read_request(row: &Row<'_>) -> Result<Request, StoreError> {
    Ok(Request {
        digest: row.text(0)?,
        provider: row.text(1)?,
        purpose: row.text(2)?,
        administrator: row.optional_text(3)?,
        opened_by: row.optional_text(4)?,
        next: row.text(5)?,
        created_at: row.int(6)?,
        expires_at: row.int(7)?,
    })
}

/// Adds a provider. The constraint `sign_in_providers_issuer` refuses an issuer that is there.
pub fn insert(tx: &mut Tx<'_>, provider: &Provider) -> Result<Unrecorded, StoreError> {
    tx.execute(
        INSERT,
        params![
            &provider.id,
            &provider.name,
            &provider.issuer,
            &provider.client_id,
            provider.has_secret,
            provider.created_at,
            &provider.created_by,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// The provider of an id.
pub fn by_id(tx: &mut Tx<'_>, id: &str) -> Result<Option<Provider>, StoreError> {
    tx.query_optional(BY_ID, params![id], read)
}

/// Every provider, by its id.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Provider>, StoreError> {
    tx.query(ALL, &[], read)
}

/// Takes a provider away.
pub fn delete(tx: &mut Tx<'_>, id: &str) -> Result<Unrecorded, StoreError> {
    tx.execute(DELETE, params![id])?;
    Ok(Unrecorded::new())
}

/// Adds a browser that goes to a provider, and forgets those that never came back.
pub fn add_request(tx: &mut Tx<'_>, request: &Request) -> Result<(), StoreError> {
    tx.execute(DELETE_EXPIRED, params![request.created_at])?;
    tx.execute(
        ADD_REQUEST,
        params![
            &request.digest,
            &request.provider,
            &request.purpose,
            request.administrator.as_deref(),
            request.opened_by.as_deref(),
            &request.next,
            request.created_at,
            request.expires_at,
        ],
    )?;
    Ok(())
}

/// Takes the request of a digest out, whether it is too late or not: of two who come with it, one has it.
pub fn take_request(tx: &mut Tx<'_>, digest: &str) -> Result<Option<Request>, StoreError> {
    let found = tx.query_optional(REQUEST, params![digest], read_request)?;
    let is_taken = tx.execute(DELETE_REQUEST, params![digest])? > 0;
    Ok(found.filter(|_| is_taken))
}
