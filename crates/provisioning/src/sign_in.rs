//! Signing in at the console: sessions, and what they are good for.
//!
//! A session's secret is in the browser's cookie alone; only the SHA-256 of it is kept. It ends after a working day, or
//! when it was not used for two hours.

use crate::Error;
use crate::administrators::{Role, role_in};
use crate::tokens::digest;
use store::administrators::{self, Administrator, Grant, INSTALLATION};
use store::sessions::{self, Session};
use store::{Store, StoreError, TenantId, Tx};

const MINUTE: i64 = 60 * 1_000_000;
/// How long a session lasts at most, in microseconds.
pub const LIFETIME: i64 = 12 * 60 * MINUTE;
/// How long a session lasts without use, in microseconds.
pub const IDLE: i64 = 2 * 60 * MINUTE;

/// A session just begun: the only time its secret is at hand.
#[derive(Clone)]
pub struct Begun {
    /// The row.
    pub session: Session,
    /// The secret, for the cookie.
    pub secret: String,
}

/// Where a browser is.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    /// Its address.
    pub address: Option<String>,
    /// How it names itself.
    pub agent: Option<String>,
}

/// Begins a session of a person whose identity was proven.
pub async fn begin(store: &Store, administrator: &Administrator, browser: Browser) -> Result<Begun, Error> {
    let (secret, csrf) = (store::hex(&store.ids().secret()), store::hex(&store.ids().secret()));
    let now = store.clock().now();
    let session = Session {
        digest: digest(&secret),
        id: store.ids().next(),
        administrator: administrator.id.clone(),
        csrf,
        created_at: now,
        expires_at: now + LIFETIME,
        last_used_at: now,
        address: browser.address,
        agent: browser.agent.map(|agent| agent.chars().take(200).collect()),
    };
    let row = session.clone();
    store
        .write(move |tx| {
            sessions::insert(tx, &row)?;
            administrators::signed_in(tx, &row.administrator, now)
        })
        .await?;
    Ok(Begun { session, secret })
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The person.
    pub administrator: Administrator,
    /// What they may do.
    pub grants: Vec<Grant>,
}

impl SignedIn {
    /// As what the person acts in a tenant; none if they may not even know of it.
    pub fn role_in(&self, tenant: TenantId) -> Option<Role> {
        role_in(&self.grants, tenant)
    }

    /// As what the person acts in the installation.
    pub fn role_of_installation(&self) -> Option<Role> {
        self.role_in(INSTALLATION)
    }
}

/// Who a session's secret stands for now. Unknown, ended, expired and idle are all alike: `None`.
pub fn find(tx: &mut Tx<'_>, secret: &str, now: i64) -> Result<Option<SignedIn>, StoreError> {
    let Some(session) = sessions::by_digest(tx, &digest(secret))? else { return Ok(None) };
    if session.expires_at <= now || session.last_used_at + IDLE <= now {
        return Ok(None);
    }
    let found = administrators::by_id(tx, &session.administrator)?;
    let Some(administrator) = found.filter(|person| person.disabled_at.is_none()) else { return Ok(None) };
    let grants = administrators::grants_of(tx, &administrator.id)?;
    Ok(Some(SignedIn { session, administrator, grants }))
}

/// Writes down that a session is used, at most once a minute.
pub async fn note_use(store: &Store, session: &Session, address: Option<String>) -> Result<(), Error> {
    let now = store.clock().now();
    if session.last_used_at + MINUTE > now {
        return Ok(());
    }
    let digest = session.digest.clone();
    store.write(move |tx| sessions::touch(tx, &digest, now, address.as_deref())).await?;
    Ok(())
}

/// Ends a session.
pub async fn end(store: &Store, session: &Session) -> Result<(), Error> {
    let digest = session.digest.clone();
    store.write(move |tx| sessions::delete(tx, &digest)).await?;
    Ok(())
}
