//! What every request needs at hand: the archive, the public URL, the recorder, the counts.

use crate::console::provider::Discoveries;
use crate::gate::entra::keyring::Keyring;
use crate::gate::limit::{Limiter, TooMany};
use crate::gate::refusals::Refusals;
use crate::metrics::Metrics;
use crate::oauth::throttle::Throttle;
use crate::recorder::Recorder;
use crate::resolver::Resolver;
use crate::scim::cursor::CursorKey;
use crate::secrets::Secrets;
use provisioning::connections::Shape;
use provisioning::{Caller, Session};
use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use store::connections::Connection;
use store::{Scope, Store, StoreError, Tx, tenants};
use tokio::sync::Semaphore;

/// Shared by all requests. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    public_url: String,
    recorder: Recorder,
    cursor_key: CursorKey,
    limiter: Option<Limiter>,
    refusals: Refusals,
    throttle: Throttle,
    keyring: Keyring,
    resolver: Resolver,
    secrets: Secrets,
    discoveries: Discoveries,
    metrics: Metrics,
    hashing: Arc<Semaphore>,
    shapes: Mutex<HashMap<Scope, (i64, Arc<Shape>)>>,
}

/// How many shapes are kept before all are made anew.
const SHAPES: usize = 4096;

impl App {
    /// An application over an archive. `public_url` is where clients reach it, such as `https://iam.example.com`:
    /// every URI in an answer starts with it, whatever host a request names. `limit` is how many requests a second a
    /// connection may send; none for no limit. `resolver` is where the DNS is asked, `secrets` where the secrets for sign-in
    /// providers are.
    ///
    /// # Errors
    /// The archive cannot be read or written.
    pub async fn start(
        store: Store,
        public_url: &str,
        limit: Option<NonZeroU32>,
        resolver: Resolver,
        secrets: Secrets,
    ) -> Result<Self, StoreError> {
        let cursor_key = cursor_key(&store).await?;
        let recorder = Recorder::start(store.clone());
        let public_url = public_url.trim_end_matches('/').to_owned();
        let limiter = limit.map(Limiter::new);
        let metrics = Metrics::new(store.clock().now());
        let inner = Inner {
            store,
            public_url,
            recorder,
            cursor_key,
            limiter,
            refusals: Refusals::default(),
            throttle: Throttle::default(),
            keyring: Keyring::default(),
            resolver,
            secrets,
            discoveries: Discoveries::default(),
            metrics,
            hashing: Arc::new(Semaphore::new(thread::available_parallelism().map_or(1, usize::from))),
            shapes: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Takes one request of a connection from its share.
    ///
    /// # Errors
    /// The connection has had its share.
    pub fn take_request(&self, scope: Scope) -> Result<(), TooMany> {
        self.inner.limiter.as_ref().map_or(Ok(()), |limiter| limiter.take(scope))
    }

    /// Takes one request of an address that came without a good credential, to a connection or to none; `false` if it is
    /// one too many. Where connections have no limit, addresses have none.
    pub fn take_refusal(&self, address: Option<IpAddr>, scope: Option<Scope>) -> bool {
        let taken = self.inner.limiter.is_none() || self.inner.refusals.take(address, scope);
        if !taken {
            self.metrics().unrecorded();
        }
        taken
    }

    /// What the record of a refused credential says of why it was refused; none if this one is to have no record.
    pub fn keep_refusal(&self, scope: Scope, why: String) -> Option<String> {
        let kept = self.inner.refusals.keep(scope, why);
        if kept.is_none() {
            self.metrics().unrecorded();
        }
        kept
    }

    /// How often one may ask for tokens.
    pub fn throttle(&self) -> &Throttle {
        &self.inner.throttle
    }

    /// The keys that Entra ID's tokens are proven with.
    pub fn keyring(&self) -> &Keyring {
        &self.inner.keyring
    }

    /// Where the DNS is asked.
    pub fn resolver(&self) -> &Resolver {
        &self.inner.resolver
    }

    /// The secrets for sign-in providers.
    pub fn secrets(&self) -> &Secrets {
        &self.inner.secrets
    }

    /// What sign-in providers said of themselves.
    pub fn discoveries(&self) -> &Discoveries {
        &self.inner.discoveries
    }

    /// The key that cursors are sealed with.
    pub fn cursor_key(&self) -> &CursorKey {
        &self.inner.cursor_key
    }

    /// The archive.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Where clients reach the application.
    pub fn public_url(&self) -> &str {
        &self.inner.public_url
    }

    /// Whether clients reach the application over TLS.
    pub fn is_tls(&self) -> bool {
        self.inner.public_url.starts_with("https://")
    }

    /// What writes down requests that changed nothing.
    pub fn recorder(&self) -> &Recorder {
        &self.inner.recorder
    }

    /// Turns to hash a password in: as many as there are processors, each taking some 20 MiB.
    pub fn hashing(&self) -> &Arc<Semaphore> {
        &self.inner.hashing
    }

    /// What is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    /// The SCIM base URL of a connection.
    pub fn base_url(&self, connection: &str) -> String {
        format!("{}/scim/v2/{connection}", self.inner.public_url)
    }

    /// The shape of a connection at its present version. The version comes with every request from the archive, so a
    /// change by another process is seen by the next request.
    pub fn shape(&self, connection: &Connection) -> Result<Arc<Shape>, provisioning::Error> {
        match self.known_shape(connection) {
            Some(shape) => Ok(shape),
            None => self.inner.store.read(|tx| self.shape_within(tx, connection)),
        }
    }

    /// The same within a read that has begun.
    pub fn shape_within(
        &self,
        tx: &mut Tx<'_>,
        connection: &Connection,
    ) -> Result<Arc<Shape>, provisioning::Error> {
        if let Some(shape) = self.known_shape(connection) {
            return Ok(shape);
        }
        let shape = Arc::new(Shape::read(tx, connection)?);
        let mut shapes = self.inner.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        if shapes.len() >= SHAPES {
            shapes.clear();
        }
        shapes.insert(connection.scope, (connection.version, Arc::clone(&shape)));
        Ok(shape)
    }

    fn known_shape(&self, connection: &Connection) -> Option<Arc<Shape>> {
        let shapes = self.inner.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        let (version, shape) = shapes.get(&connection.scope)?;
        (*version == connection.version).then(|| Arc::clone(shape))
    }

    /// A request of a connection, as the rules see it.
    pub fn session(
        &self,
        connection: &Connection,
        caller: Caller,
        request_id: String,
        at: i64,
    ) -> Result<Session, provisioning::Error> {
        Ok(self.session_of(connection, &*self.shape(connection)?, caller, request_id, at))
    }

    /// The same for a connection whose shape is at hand.
    pub fn session_of(
        &self,
        connection: &Connection,
        shape: &Shape,
        caller: Caller,
        request_id: String,
        at: i64,
    ) -> Session {
        Session {
            scope: connection.scope,
            provider: connection.provider.parse().unwrap_or_default(),
            connection_version: connection.version,
            settings: Arc::clone(&shape.settings),
            definitions: Arc::clone(&shape.definitions),
            policy: Arc::clone(&shape.policy),
            base_url: self.base_url(&connection.id),
            request_id,
            at,
            caller,
            is_rehearsal: false,
        }
    }
}

/// The installation's value that holds the key of cursors.
const CURSOR_KEY: &str = "cursor_key";

/// The installation's key for cursors, made once: every node and every start must open the cursors of the others.
async fn cursor_key(store: &Store) -> Result<CursorKey, StoreError> {
    let fresh = store::hex(&store.ids().secret());
    let digits = store
        .write(move |tx| {
            if let Some(known) = tenants::installation(tx, CURSOR_KEY)? {
                return Ok::<_, StoreError>(known);
            }
            tenants::set_installation(tx, CURSOR_KEY, &fresh)?;
            Ok(fresh.clone())
        })
        .await?;
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(digits.as_bytes().chunks(2)) {
        let pair = std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
        *byte = pair.ok_or_else(|| StoreError::Unreadable("the key of cursors".into()))?;
    }
    Ok(CursorKey(key))
}
