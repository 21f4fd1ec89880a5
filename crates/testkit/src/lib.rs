//! A server in process for tests: real rules, real database, real routes, no socket.
//!
//! The database is a SQLite file, or one of PostgreSQL where `ACCESSIQ_TEST_DATABASE` names a cluster.
//!
//! Time stands still unless a test moves it and ids come from a seed, so a story has the same answers every time.
//! For tests only: failing loudly is right here, so helpers panic with what they saw.

#![expect(clippy::missing_panics_doc, reason = "in tests a panic is the way to fail")]

mod api;
pub mod authority;
mod browser;
mod client;
pub mod conversation;
mod names;
pub mod openid;
pub mod signer;

pub use api::Api;
pub use browser::{Browser, Shown};
pub use client::{Client, Reply, user};
pub use names::NameServer;

use axum::Router;
use cluster::Scratch;
use provisioning::administrators::links;
use provisioning::keys::{self, Scope};
use provisioning::people::Operator;
use provisioning::{administrators, connections, doctor, setup, sign_in, tenants};
use scim::Provider;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::Path;
use store::clock::Clock;
use store::ids::Ids;
use store::tenants::Tenant;
use store::{Address, Store};
use tempfile::TempDir;
use web::App;
use web::resolver::Resolver;
use web::secrets::Secrets;

/// 1 January 2026, 00:00 UTC, in microseconds: when every test begins.
pub const NEW_YEAR: i64 = 1_767_225_600_000_000;
/// Where the server believes to be reached.
pub const PUBLIC_URL: &str = "https://iam.example.com";

/// A server with a database of its own.
pub struct Server {
    app: App,
    router: Router,
    clock: Clock,
    directory: TempDir,
    scratch: Option<Scratch>,
}

impl Server {
    /// Starts a server on a fresh database.
    pub async fn start() -> Self {
        Self::start_with_limit(None).await
    }

    /// Starts a server that takes so many requests a second of a connection.
    pub async fn start_with_limit(limit: Option<NonZeroU32>) -> Self {
        Self::start_as(Scratch::of_environment(), PUBLIC_URL, limit, None).await
    }

    /// Starts a server that asks this name server.
    pub async fn start_with_names(names: &NameServer) -> Self {
        Self::start_as(Scratch::of_environment(), PUBLIC_URL, None, Some(names.address)).await
    }

    /// Starts a server that believes to be reached at this URL.
    pub async fn start_at(public_url: &str, limit: Option<NonZeroU32>) -> Self {
        Self::start_as(Scratch::of_environment(), public_url, limit, None).await
    }

    /// Starts a server on a SQLite file, whatever the others run on.
    pub async fn start_on_sqlite() -> Self {
        Self::start_as(None, PUBLIC_URL, None, None).await
    }

    /// Starts a server on PostgreSQL, whatever the others run on.
    pub async fn start_on_postgres() -> Self {
        Self::start_as(Some(Scratch::anywhere()), PUBLIC_URL, None, None).await
    }

    async fn start_as(
        scratch: Option<Scratch>,
        public_url: &str,
        limit: Option<NonZeroU32>,
        names: Option<SocketAddr>,
    ) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let clock = Clock::fixed(NEW_YEAR);
        let ids = Ids::seeded(clock.clone(), 1);
        let store = match &scratch {
            None => Store::open(directory.path(), ids),
            Some(scratch) => Store::connect(&Address::parse(&scratch.url()).expect("an address"), ids),
        };
        let store = store.expect("a fresh database");
        // No test asks the DNS of the machine it runs on.
        let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let resolver = Resolver::at(Some(names.unwrap_or(nowhere)));
        let app = App::start(store, public_url, limit, resolver, secrets()).await.expect("a fresh database");
        let router = web::router(app.clone());
        tokio::task::yield_now().await;
        Self { app, router, clock, directory, scratch }
    }

    /// The archive behind the server.
    pub fn store(&self) -> &Store {
        self.app.store()
    }

    /// The application.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The routes.
    pub fn router(&self) -> &Router {
        &self.router
    }

    /// The data directory.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Every byte that is kept: the files of the database, or all that is in it.
    pub fn kept(&self) -> Vec<u8> {
        if let Some(scratch) = &self.scratch {
            return scratch.dump();
        }
        let entries = std::fs::read_dir(self.directory()).expect("the data directory");
        let paths = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file());
        paths.flat_map(|path| std::fs::read(path).expect("a file")).collect()
    }

    /// Takes the database away.
    pub fn lose_database(&self) {
        match (self.store().path(), &self.scratch) {
            (Some(path), _) => std::fs::remove_file(path).expect("the database file"),
            (None, Some(scratch)) => scratch.lose(),
            (None, None) => panic!("the database is nowhere"),
        }
    }

    /// Lets time pass.
    pub fn wait(&self, seconds: i64) {
        self.clock.advance(seconds * 1_000_000);
    }

    /// A client of a new connection in the tenant of that name, which is made if it is not there.
    pub async fn connect(&self, tenant: &str, provider: Provider) -> Client {
        self.connect_with(tenant, provider, &[]).await
    }

    /// The same, with settings such as `("strict", "true")`.
    pub async fn connect_with(&self, tenant: &str, provider: Provider, settings: &[(&str, &str)]) -> Client {
        let store = self.store();
        let tenant = self.tenant(tenant).await;
        let expires_at = Some(store.clock().now() + provisioning::tokens::LIFETIME);
        let (connection, token) =
            connections::create(store, &operator(), tenant.tenant, provider, None, expires_at)
                .await
                .expect("a connection");
        let settings: Vec<(String, String)> =
            settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        if !settings.is_empty() {
            let wanted = setup::Wanted { changes: settings, confirmed: true, version: None };
            setup::set(store, &operator(), &connection.id, wanted).await.expect("settings");
        }
        Client::new(self.router.clone(), connection, &token.text)
    }

    /// A client of the admin API, with a key of the tenant of that name, which is made if it is not there.
    pub async fn api(&self, tenant: &str, scopes: &[Scope]) -> Api {
        let tenant = self.tenant(tenant).await;
        self.api_of(Some(&tenant), scopes).await
    }

    /// A client of the admin API, with an operator's key.
    pub async fn operator_api(&self, scopes: &[Scope]) -> Api {
        self.api_of(None, scopes).await
    }

    /// A browser that nobody is signed in with.
    pub fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// A browser in which somebody of this role is signed in: of a tenant, which is made if it is not there, or of the
    /// installation.
    pub async fn signed_in(&self, tenant: Option<&str>, role: administrators::Role) -> Browser {
        let tenant = match tenant {
            Some(name) => Some(self.tenant(name).await),
            None => None,
        };
        let name = tenant.as_ref().map_or("installation", |tenant| tenant.name.as_str());
        let email = format!("{role}-{}@{}.example", self.store().ids().next(), name.replace(' ', "-"));
        let wanted = administrators::Wanted { email, name: format!("Test {role}"), role };
        let by = operator();
        let reach = administrators::Reach::Installation;
        let added = links::invite(self.store(), &by, reach, tenant.as_ref(), wanted);
        let administrator = added.await.expect("an administrator").administrator;
        let begun = sign_in::begin(self.store(), &administrator, sign_in::Browser::default()).await;
        let begun = begun.expect("a session");
        let cookie = web::console::cookies::session_name(self.app.is_tls());
        self.browser().with_session(cookie, &begun.secret, &begun.session.csrf)
    }

    async fn api_of(&self, tenant: Option<&Tenant>, scopes: &[Scope]) -> Api {
        let expires_at = Some(self.store().clock().now() + provisioning::tokens::LIFETIME);
        let wanted = keys::Wanted { name: "test".into(), scopes: scopes.to_vec(), expires_at };
        let made = keys::create(self.store(), &operator(), tenant, wanted).await.expect("a key");
        Api::new(self.router.clone(), &made.text, &made.key.id)
    }

    async fn tenant(&self, name: &str) -> Tenant {
        let store = self.store();
        let known = store.read(|tx| store::tenants::by_name(tx, name)).expect("a readable database");
        match known {
            Some(tenant) => tenant,
            None => tenants::create(store, &operator(), name).await.expect("a tenant"),
        }
    }

    /// The faults that `accessiq doctor` finds.
    pub fn faults(&self) -> Vec<String> {
        self.store().read(doctor::examine).expect("a readable database").findings
    }

    /// Waits until every request that was answered has its record.
    pub async fn flush(&self) {
        self.app.recorder().flush().await;
    }
}

/// The secret that servers have for the sign-in provider `secretive`.
pub const CLIENT_SECRET: &str = "a secret & its = signs";

/// What a server is started with.
pub fn secrets() -> Secrets {
    Secrets::of([(web::secrets::variable("secretive"), CLIENT_SECRET.to_owned())].into_iter())
}

/// Who makes tenants and connections in tests.
pub fn operator() -> Operator {
    Operator::named("test")
}
