//! A company to tell stories about.

use axum::body::Body;
use axum::http::Method;
use provisioning::keys::Scope;
use scim::Provider;
use serde_json::{Value, json};
use testkit::{Api, Client, NameServer, Reply, Server, user};
use web::api::endpoint::Endpoint;
use web::api::routes;

/// What a tenant's administrator may do.
pub const ALL: [Scope; 3] = [Scope::Read, Scope::Write, Scope::Tokens];

/// A tenant with a connection that has a user, Ana, in the group Sales.
pub struct Acme {
    /// The server.
    pub server: Server,
    /// The name server that it asks.
    pub names: NameServer,
    /// The connection's identity provider.
    pub client: Client,
    /// An administrator's program.
    pub api: Api,
    /// Ana's SCIM id.
    pub ana: String,
    /// The SCIM id of Sales.
    pub sales: String,
}

impl Acme {
    /// Starts it.
    pub async fn start() -> Self {
        let names = NameServer::start().await;
        let server = Server::start_with_names(&names).await;
        let client = server.connect("acme", Provider::Okta).await;
        let ana = client.create_user("ana@acme.example").await;
        let sales = client.create_group("Sales", &[&ana]).await;
        let api = server.api("acme", &ALL).await;
        Self { server, names, client, api, ana, sales }
    }

    /// The path of the connection, with what comes below it.
    pub fn below(&self, rest: &str) -> String {
        format!("/connections/{}{rest}", self.client.connection.id)
    }

    /// The first item of a list.
    pub async fn first(&self, path: &str) -> Value {
        self.api.get(path).await.expect(200).body["items"][0].clone()
    }

    /// An id for each word that a path can name something by, all of things that are there.
    pub async fn ids(&self) -> Vec<(&'static str, String)> {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let role = json!({ "name": "Auditor", "priority": 30 });
        let role = self.api.post("/roles", &role).await.expect(201).id();
        let naming = json!({ "kind": "naming", "expression": "^aiq-(?<org>.+)$" });
        let naming = self.api.post(&self.below("/rules"), &naming).await.expect(201).id();
        let mapping = json!({ "group": self.sales, "organization": "sales" });
        let mapping = self.api.post(&self.below("/mappings"), &mapping).await.expect(201).id();
        let organization = json!({ "name": "Empty" });
        let organization = self.api.post("/organizations", &organization).await.expect(201).id();
        let domain = self.domain("acme.test").await;
        let link = self.link().await;
        let job = self.api.ask(&self.below("/rederive")).await.expect(201).id();
        provisioning::jobs::run_open(self.server.store(), |_| {}).await.expect("work");
        self.server.flush().await;
        let client = json!({ "name": "nightly" });
        let client = self.api.post(&self.below("/clients"), &client).await.expect(201).id();
        let schema = json!({
            "id": "urn:acme:params:scim:schemas:extension:room:2.0:User",
            "name": "Room",
            "attributes": [{ "name": "roomNumber", "type": "string" }],
        });
        let schema = self.api.post("/schemas", &schema).await.expect(201).id();
        vec![
            ("client", client),
            ("schema", schema),
            ("connection", self.client.connection.id.clone()),
            ("domain", domain),
            ("group", self.sales.clone()),
            ("job", job),
            ("link", link),
            ("mapping", mapping),
            ("organization", organization),
            ("request", text(&self.first(&self.below("/requests")).await["id"])),
            ("role", role),
            ("rule", naming),
            ("token", text(&self.first(&self.below("/tokens")).await["id"])),
            ("user", text(&self.first("/users").await["id"])),
        ]
    }
}

impl Acme {
    /// Adds a domain, and publishes what shows that it is the tenant's.
    pub async fn domain(&self, name: &str) -> String {
        let added = self.api.post("/domains", &json!({ "name": name })).await.expect(201);
        let text = |member: &str| added.body[member].as_str().expect("text").to_owned();
        self.names.publish(&text("record"), &["v=spf1 -all", &text("challenge")]);
        name.to_owned()
    }

    /// Lets the provider send an Admin who was made by hand, and gives the id of the link that waits.
    pub async fn link(&self) -> String {
        self.domain("linked.test").await;
        self.api.ask("/domains/linked.test/verify").await.expect(200);
        let link = json!({ "settings": { "existingUsers": "link" } });
        self.api.patch(&self.below(""), &link).await.expect(200);
        self.api.post("/users", &json!({ "userName": "root@linked.test" })).await.expect(201);
        self.api.post("/users/root@linked.test/memberships", &json!({ "role": "Admin" })).await.expect(200);
        let reply = self.client.post("/Users", &Self::root()).await;
        reply.expect_error(409, Some("uniqueness"));
        self.first("/links").await["id"].as_str().expect("an id").to_owned()
    }

    /// What the provider sends of that Admin.
    pub fn root() -> Value {
        let mut root = user("root@linked.test");
        root["emails"] = json!([{ "value": "root@linked.test" }]);
        root
    }
}

/// The path of an operation with these ids in it.
pub fn filled(path: &str, ids: &[(&'static str, String)]) -> String {
    ids.iter().fold(path.to_owned(), |path, (word, id)| path.replace(&format!("{{{word}}}"), id))
}

/// Every operation, with the body of its example.
pub fn operations() -> Vec<(Endpoint, Option<Value>)> {
    let with_example = |endpoint: Endpoint| {
        let body = endpoint.takes.map(|form| (form.example)());
        (endpoint, body)
    };
    routes::all().into_iter().map(with_example).collect()
}

/// Sends an operation.
pub async fn send(api: &Api, method: &Method, path: &str, body: Option<&Value>) -> Reply {
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    api.with_header("content-type", "application/json").send(method.clone(), path, body).await
}

/// The problem's document but for its request.
pub fn told(reply: &Reply) -> Value {
    let mut body = reply.body.clone();
    body.as_object_mut().expect("a problem").remove("instance");
    body
}

/// The texts of one member of items.
pub fn texts<'v>(items: &'v [Value], member: &str) -> Vec<&'v str> {
    items.iter().map(|item| item[member].as_str().unwrap_or_default()).collect()
}
