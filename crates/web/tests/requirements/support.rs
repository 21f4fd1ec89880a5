//! What most tests begin with: a server with one client, and bodies to send.

use axum::body::{Body, Bytes};
use axum::http::Method;
use http_body_util::channel::Channel;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use scim::Provider;
use serde_json::{Value, json};
use testkit::{Client, Reply, Server, user};

/// The schema of users.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The schema of groups.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension of users.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The message of a list.
pub const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// The message of a search.
pub const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// The message of a PATCH.
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// An id that nothing has.
pub const NOBODY: &str = "01900000-0000-7000-8000-00000000dead";

/// A server, and a client of a lenient connection of the tenant "acme".
pub async fn acme() -> (Server, Client) {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Generic).await;
    (server, client)
}

/// A server, and a client of a strict connection.
pub async fn strict() -> (Server, Client) {
    let server = Server::start().await;
    let client = server.connect_with("acme", Provider::Generic, &[("strict", "true")]).await;
    (server, client)
}

/// The body of a user with further or other attributes.
pub fn user_with(user_name: &str, attributes: Value) -> Value {
    let mut body = user(user_name);
    let Value::Object(attributes) = attributes else { panic!("no object: {attributes}") };
    for (name, value) in attributes {
        body[name] = value;
    }
    body
}

/// An object with further or other members; null takes one away.
pub fn changed(mut object: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("no object: {changes}") };
    let members = object.as_object_mut().expect("an object");
    for (name, value) in changes {
        match value {
            Value::Null => drop(members.remove(&name)),
            value => drop(members.insert(name, value)),
        }
    }
    object
}

/// The body of a user without one of its attributes.
pub fn user_without(user_name: &str, attribute: &str) -> Value {
    let mut body = user(user_name);
    body.as_object_mut().expect("an object").remove(attribute);
    body
}

/// The body of a group.
pub fn group(display_name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    json!({ "schemas": [GROUP], "displayName": display_name, "members": members })
}

/// Creates a user with further attributes; returns its id.
pub async fn create(client: &Client, user_name: &str, attributes: Value) -> String {
    client.post("/Users", &user_with(user_name, attributes)).await.expect(201).id()
}

/// Text as part of a query.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// `GET` of an endpoint with a filter.
pub async fn filtered(client: &Client, endpoint: &str, filter: &str) -> Reply {
    client.get(&format!("{endpoint}?filter={}", encoded(filter))).await
}

/// The usernames that a filter finds, in the order they come.
pub async fn found(client: &Client, filter: &str) -> Vec<String> {
    texts(&filtered(client, "/Users", filter).await.expect(200), "userName")
}

/// The values of one attribute of the resources of a list.
pub fn texts(reply: &Reply, attribute: &str) -> Vec<String> {
    let resources =
        reply.body["Resources"].as_array().unwrap_or_else(|| panic!("no Resources in {}", reply.text));
    resources.iter().filter_map(|resource| resource[attribute].as_str()).map(str::to_owned).collect()
}

/// The names of the members of an object, sorted.
pub fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// One user as it is now.
pub async fn shown(client: &Client, id: &str) -> Value {
    client.get(&format!("/Users/{id}")).await.expect(200).body
}

/// The entity tag of a resource as it is now.
pub async fn tag(client: &Client, path: &str) -> String {
    client.get(path).await.expect(200).header("etag").expect("a tag").to_owned()
}

/// Text sent as JSON.
pub async fn raw(client: &Client, method: Method, path: &str, body: impl Into<axum::body::Body>) -> Reply {
    client.with_header("content-type", "application/scim+json").send(method, path, body).await
}

/// The methods that `Allow` names, sorted.
pub fn allowed(reply: &Reply) -> Vec<String> {
    let header = reply.header("allow").unwrap_or_else(|| panic!("no Allow in {reply:?}"));
    let mut methods: Vec<String> = header.split(',').map(|method| method.trim().to_owned()).collect();
    methods.sort_unstable();
    methods
}

/// Sends a user whose body stops halfway; what comes back sends the rest and waits for the answer.
pub async fn halfway(client: &Client, user_name: &str) -> impl AsyncFnOnce() -> Reply + use<> {
    let client = client.clone();
    let text = user(user_name).to_string();
    let (first, rest) = text.split_at(20);
    let [first, rest] = [first, rest].map(|part| Bytes::copy_from_slice(part.as_bytes()));
    let (mut sender, body) = Channel::<Bytes>::new(2);
    let reply = tokio::spawn(async move { client.send(Method::POST, "/Users", Body::new(body)).await });
    sender.send_data(first).await.expect("a body that is read");
    tokio::task::yield_now().await;
    async move || {
        sender.send_data(rest).await.expect("a body that is read");
        drop(sender);
        reply.await.expect("an answer")
    }
}

/// The records of a client's connection, the newest first.
pub async fn records(server: &Server, client: &Client) -> Vec<store::requests::Record> {
    server.flush().await;
    let scope = client.connection.scope;
    server.store().read(|tx| store::requests::newest(tx, scope, 1000)).expect("records")
}

/// The server's database holds none of this text.
pub fn nowhere_on_disk(server: &Server, secret: &str) {
    let holds = server.kept().windows(secret.len()).any(|window| window == secret.as_bytes());
    assert!(!holds, "the database holds the secret");
}
