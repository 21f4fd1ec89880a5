//! The directory's pages: users, organizations, roles, events, find.

mod erasure;
mod events;
mod find;
mod hostile;
mod organizations;
mod roles;
mod users;

use provisioning::administrators::Role;
use scim::Provider;
use store::events::Event;
use testkit::{Browser, Client, Server, Shown};

/// The largest that a page may be, in bytes.
pub const LARGEST: usize = 150_000;

/// A tenant with a connection that has a user, Ana, in the group Sales; and somebody who looks at it.
pub struct Acme {
    /// The server.
    pub server: Server,
    /// The connection's identity provider.
    pub client: Client,
    /// An administrator's browser.
    pub browser: Browser,
    /// Ana's SCIM id.
    pub ana: String,
    /// The SCIM id of the group Sales.
    pub group: String,
}

impl Acme {
    /// Starts it.
    pub async fn start() -> Self {
        let server = Server::start().await;
        let client = server.connect("acme", Provider::Okta).await;
        let ana = client.create_user("ana@acme.example").await;
        let group = client.create_group("Sales", &[&ana]).await;
        server.flush().await;
        let browser = server.signed_in(Some("acme"), Role::Administrator).await;
        Self { server, client, browser, ana, group }
    }

    /// Opens a page of the tenant, which may not be too large.
    pub async fn get(&self, path: &str) -> Shown {
        let shown = self.browser.get(&format!("/t/acme{path}")).await;
        assert!(shown.text.len() < LARGEST, "{path} has {} bytes", shown.text.len());
        shown
    }

    /// Sends a form of the tenant.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Shown {
        self.browser.post(&format!("/t/acme{path}"), fields).await
    }

    /// The directory's id of a username.
    pub fn user(&self, user_name: &str) -> String {
        let found = self
            .server
            .store()
            .read(|tx| store::users::linked_by_user_name(tx, self.client.connection.scope.tenant, user_name));
        found.expect("a readable database").expect("a user").id
    }

    /// The id of an organization of that name.
    pub fn organization(&self, name: &str) -> String {
        let tenant = self.client.connection.scope.tenant;
        self.server
            .store()
            .read(|tx| provisioning::find::organization(tx, tenant, name))
            .expect("it is there")
            .id
    }

    /// The id of a role of that name.
    pub fn role(&self, name: &str) -> String {
        let tenant = self.client.connection.scope.tenant;
        self.server.store().read(|tx| provisioning::find::role(tx, tenant, name)).expect("it is there").id
    }

    /// The newest event.
    pub fn newest(&self) -> Event {
        let tenant = self.client.connection.scope.tenant;
        self.server
            .store()
            .read(|tx| store::events::newest(tx, tenant, 1))
            .expect("a readable database")
            .remove(0)
    }

    /// Makes an organization below another; returns its id.
    pub async fn make(&self, name: &str, parent: &str) -> String {
        let fields = [("name", name), ("type", "team"), ("parent", parent)];
        self.post("/organizations/new", &fields).await.is(303);
        self.organization(name)
    }

    /// Gives somebody a role by hand.
    pub async fn give(&self, user_name: &str, role: &str, organization: &str, inherit: bool) {
        let mut fields = vec![("role", role), ("organization", organization)];
        fields.extend(inherit.then_some(("inherit", "yes")));
        self.post(&format!("/users/{}/roles", self.user(user_name)), &fields).await.is(303);
    }
}

/// The first address that a page leads to and that begins so.
pub fn address<'s>(shown: &'s Shown, begin: &str) -> &'s str {
    let start =
        shown.text.find(&format!("href=\"{begin}")).unwrap_or_else(|| panic!("{begin} in {}", shown.text));
    let rest = &shown.text[start + "href=\"".len()..];
    &rest[..rest.find('"').expect("an end")]
}

/// An address as a page has it, as it is asked for.
pub fn unescaped(address: &str) -> String {
    address.replace("&#38;", "&").replace("&amp;", "&")
}
