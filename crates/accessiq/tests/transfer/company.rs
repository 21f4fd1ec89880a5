//! A company that has everything in it that an installation can keep, and what it is asked afterwards.

use crate::stop;
use crate::support::{Connection, Home, Serving, text};
use client::http::Method;
use serde_json::{Value, json};

/// What is known of it from outside.
pub struct Company {
    /// The connection of its provider.
    pub connection: Connection,
    /// A key of its own.
    pub key: String,
    /// What providers and programs ask, and what they are answered.
    pub answers: Vec<Answer>,
}

/// What was asked, and every byte of what was answered that means something.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// What was asked for.
    pub path: String,
    status: u16,
    version: Option<String>,
    body: String,
}

/// Somebody of the installation, whom no tenant knows.
pub const OPERATOR: &str = "root@ops.example";

/// Tables that only people at the console, and clients with keys of their own, fill.
const UNFILLED: [&str; 8] = [
    "administrator_identities",
    "assertions",
    "console_sessions",
    "recovery_codes",
    "second_factors",
    "sign_in_attempts",
    "sign_in_providers",
    "sign_in_requests",
];
/// A table that a server fills when it comes to it.
const IN_TIME: &str = "status_days";

fn user(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "name": { "givenName": "Ana", "familyName": "Müller \u{1} 漢" },
        "emails": [{ "value": name, "type": "work", "primary": true }],
        "active": true,
    })
}

/// Makes the company in a home that is empty. The server that it was made with has ended.
pub async fn found(home: &Home, people: &str) -> Company {
    let connection = home.connection("okta");
    home.json(&["administrator", "setup-link"]);
    home.json(&["administrator", "create", "--email", "op@acme.example", "--name", "Op", "--tenant", "acme"]);
    home.json(&["administrator", "create", "--email", OPERATOR, "--name", "Root", "--role", "operator"]);
    home.json(&["client", "create", "--connection", &connection.id, "--name", "sync"]);
    home.json(&["key", "create", "--operator", "--scopes", "read", "--name", "ops"]);
    let key =
        home.json(&["key", "create", "--tenant", "acme", "--scopes", "read,write", "--name", "reports"]);
    let key = text(&key["key"]);
    extend(home);
    let serving = Serving::start(home).await;
    let base_url = serving.base_url(&connection);
    let play = ["simulate", "okta", "--base-url", &base_url, "--token", &connection.token];
    home.json(&[&play[..], &["--users", people, "--groups", "5"]].concat());
    govern(home, &connection);
    call(&serving, &key).await;
    meet(home, &serving).await;
    stop(serving).await;
    let answers = answers(home, &connection, &key).await;
    Company { connection, key, answers }
}

fn extend(home: &Home) {
    let file = home.log().with_file_name("extension.json");
    let attribute = json!({ "name": "badge", "type": "string", "multiValued": false });
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Schema"];
    let id = "urn:example:acme:2.0:User";
    let schema = json!({ "schemas": schemas, "id": id, "name": "AcmeUser", "attributes": [attribute] });
    std::fs::write(&file, schema.to_string()).expect("a file");
    home.json(&["schema", "add", "--tenant", "acme", &file.to_string_lossy()]);
}

/// What people decide: roles, rules, mappings, users by hand, somebody who is erased.
fn govern(home: &Home, connection: &Connection) {
    home.json(&["role", "create", "Auditor", "--tenant", "acme", "--priority", "30"]);
    home.json(&["organization", "create", "Research lab", "--tenant", "acme"]);
    let rule = ["rule", "create", "--connection", &connection.id, "--kind", "attribute"];
    let reading =
        ["--expression", "userName co \"a\"", "--organization", "Research lab", "--role", "Auditor"];
    home.json(&[&rule[..], &reading].concat());
    let groups = home.json(&["group", "list", "--connection", &connection.id]);
    let group = text(&groups[0]["id"]);
    let mapping = ["mapping", "create", "--connection", &connection.id, "--group", &group];
    home.json(&[&mapping[..], &["--organization", "Research lab", "--role", "Manager"]].concat());
    home.json(&["domain", "add", "acme.example", "--tenant", "acme"]);
    home.json(&["domain", "attest", "acme.example", "--tenant", "acme", "--reason", "ours"]);
    for (name, role) in [("eve@acme.example", "Owner"), ("adam@acme.example", "Admin")] {
        home.json(&["user", "create", name, "--tenant", "acme"]);
        home.json(&["user", "grant", name, "--tenant", "acme", "--role", role]);
    }
    home.json(&["user", "create", "gone@acme.example", "--tenant", "acme"]);
    let erase = ["user", "erase", "gone@acme.example", "--tenant", "acme", "--reason", "request 17"];
    home.json(&[&erase[..], &["--yes"]].concat());
}

/// A call that may be sent twice.
async fn call(serving: &Serving, key: &str) {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let request = http.post(format!("http://{}/api/v1/organizations", serving.address()));
    let request = request.bearer_auth(key).header("Idempotency-Key", "one");
    let reply = request.json(&json!({ "name": "Partners desk" })).send().await.expect("an answer");
    assert_eq!(reply.status().as_u16(), 201, "{}", reply.text().await.unwrap_or_default());
}

/// One provider meets somebody who is there by hand; another one ends.
async fn meet(home: &Home, serving: &Serving) {
    let [waiting, ending] = ["entra", "generic"].map(|provider| {
        let made = home.json(&["connection", "create", "--tenant", "acme", "--provider", provider]);
        Connection { id: text(&made["id"]), token: text(&made["token"]) }
    });
    home.json(&["connection", "set", &waiting.id, "existing-users=link"]);
    let adam = user("adam@acme.example");
    let refused = serving.client(&waiting).send(Method::POST, "/Users", Some(&adam)).await;
    assert_eq!(refused.expect_err("it waits for a person").status(), Some(409));
    let zoë = user("zoë@acme.example");
    serving.client(&ending).send(Method::POST, "/Users", Some(&zoë)).await.expect("a user");
    home.json(&["connection", "end", &ending.id, "--finalise", "--yes"]);
}

/// Every table has something in it that can have.
#[track_caller]
pub fn is_complete(tables: &Value) {
    for (table, sum) in tables.as_object().expect("tables") {
        let is_filled = sum["rows"].as_u64() > Some(0) || table == IN_TIME;
        assert_eq!(is_filled, !UNFILLED.contains(&table.as_str()), "{table}: {sum}");
    }
}

/// What providers and programs are answered by a home that is served for it.
pub async fn answers(home: &Home, connection: &Connection, key: &str) -> Vec<Answer> {
    let serving = Serving::start(home).await;
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let host = format!("http://{}", serving.address());
    let ask = async |path: &str, secret: &str| {
        let reply = http.get(format!("{host}{path}")).bearer_auth(secret).send().await.expect("an answer");
        let version = reply.headers().get("etag").and_then(|version| version.to_str().ok());
        let (status, version) = (reply.status().as_u16(), version.map(str::to_owned));
        // Where it is served is all that may differ.
        let body = reply.text().await.expect("a body").replace(&host, "");
        Answer { path: path.to_owned(), status, version, body }
    };
    let scim = format!("/scim/v2/{}", connection.id);
    let mut answers = Vec::new();
    for kind in ["Users", "Groups"] {
        let list = ask(&format!("{scim}/{kind}?count=1000"), &connection.token).await;
        let resources: Value = serde_json::from_str(&list.body).expect("JSON");
        answers.push(list);
        for resource in resources["Resources"].as_array().expect("resources") {
            let one = ask(&format!("{scim}/{kind}/{}", text(&resource["id"])), &connection.token).await;
            assert!(one.status == 200 && one.version.is_some(), "{one:?}");
            answers.push(one);
        }
    }
    answers.push(ask(&format!("{scim}/Schemas"), &connection.token).await);
    let filter = format!("{scim}/Users?filter=userName%20sw%20%22a%22&sortBy=userName&sortOrder=descending");
    answers.push(ask(&filter, &connection.token).await);
    for noun in ["users", "organizations", "roles", "events", "domains", "jobs"] {
        let list = ask(&format!("/api/v1/{noun}?limit=100"), key).await;
        assert_eq!(list.status, 200, "{list:?}");
        answers.push(list);
    }
    stop(serving).await;
    answers
}
