//! What the admin API does, at the command line: the same documents, and work that a command carries out itself or leaves
//! to the server.

use crate::support::{Home, Serving, text};
use crate::user;
use client::http::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long a server may take to carry a job out.
const PATIENCE: Duration = Duration::from_secs(30);

/// A tenant with a connection, Ana, and the group Sales that she is in.
pub async fn acme(home: &Home) -> (String, Serving) {
    let connection = home.connection("generic");
    let serving = Serving::start(home).await;
    let client = serving.client(&connection);
    let ana = client.send(Method::POST, "/Users", Some(&user("ana@example.com"))).await.expect("a user");
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Sales",
        "members": [{ "value": ana.body.expect("a user")["id"] }],
    });
    client.send(Method::POST, "/Groups", Some(&group)).await.expect("a group");
    (connection.id, serving)
}

/// Asks a server to stop, and waits until it has ended well.
pub async fn stop(serving: Serving) {
    serving.ask_to_stop();
    assert!(serving.ended().await.success());
}

/// What the admin API answers: status and body.
async fn get(serving: &Serving, path: &str, key: &str) -> (u16, Value) {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let request = http.get(format!("http://{}/api/v1{path}", serving.address())).bearer_auth(key);
    let reply = request.send().await.expect("an answer");
    (reply.status().as_u16(), reply.json().await.expect("JSON"))
}

/// The names of the roles a user has, with where.
fn roles(home: &Home, user: &str) -> Vec<String> {
    let access = home.json(&["user", "access", user, "--tenant", "acme"]);
    let entries = access["entries"].as_array().expect("entries").iter();
    entries
        .map(|entry| format!("{} of {}", text(&entry["role"]["name"]), text(&entry["organization"]["name"])))
        .collect()
}

#[tokio::test]
async fn organizations_and_roles() {
    let home = Home::new();
    home.json(&["tenant", "create", "acme"]);
    let made = home.json(&["organization", "create", "EMEA", "--tenant", "acme", "--type", "division"]);
    assert_eq!((&made["slug"], &made["type"]), (&json!("emea"), &json!("division")));
    let changed = home.json(&["organization", "change", "emea", "--tenant", "acme", "--name", "Europe"]);
    assert_eq!((&changed["name"], &changed["version"]), (&json!("Europe"), &json!(2)));
    let listed = home.json(&["organization", "list", "--tenant", "acme"]);
    assert_eq!(listed[1], changed);
    home.json(&["organization", "archive", "emea", "--tenant", "acme"]);
    assert_eq!(home.json(&["organization", "list", "--tenant", "acme"]).as_array().map(Vec::len), Some(1));
    let role = [
        "role",
        "create",
        "Auditor",
        "--tenant",
        "acme",
        "--priority",
        "30",
        "--permissions",
        "a.read,b.read",
    ];
    assert_eq!(home.json(&role)["permissions"], json!(["a.read", "b.read"]));
    home.json(&["role", "change", "Auditor", "--tenant", "acme", "--priority", "31"]);
    assert_eq!(home.json(&["role", "list", "--tenant", "acme"]).as_array().map(Vec::len), Some(6));
    home.json(&["role", "delete", "Auditor", "--tenant", "acme"]);
    let refused = home.run(&["role", "delete", "Member", "--tenant", "acme"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is built in"));
}

#[tokio::test]
async fn groups_mappings_rules_and_what_if() {
    let home = Home::new();
    let (connection, serving) = acme(&home).await;
    let groups = home.json(&["group", "list", "--connection", &connection]);
    assert_eq!((&groups[0]["name"], &groups[0]["members"]), (&json!("Sales"), &json!(1)));
    let create = [
        "mapping",
        "create",
        "--connection",
        &connection,
        "--group",
        "Sales",
        "--organization",
        "acme",
        "--role",
        "Manager",
    ];
    let told = home.json(&[&create[..], &["--what-if"]].concat());
    assert_eq!(told["summary"], "1 person gains, 1 loses, 0 unchanged");
    assert_eq!(roles(&home, "ana@example.com"), ["Member of Sales", "Member of acme"]);
    let made = home.json(&create);
    assert_eq!((&made["origin"], &made["job"]), (&json!("hand"), &Value::Null));
    assert_eq!(roles(&home, "ana@example.com"), ["Manager of acme", "Member of acme"]);
    let id = text(&made["id"]);
    let paused = home.json(&["mapping", "change", &id, "--connection", &connection, "--paused", "true"]);
    assert_eq!(paused["paused"], true);
    assert_eq!(
        home.json(&["mapping", "list", "--connection", &connection]).as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(home.json(&["mapping", "delete", &id, "--connection", &connection]), json!({ "job": null }));
    assert_eq!(roles(&home, "ana@example.com"), ["Member of Sales", "Member of acme"]);

    let rule = [
        "rule",
        "create",
        "--connection",
        &connection,
        "--kind",
        "attribute",
        "--expression",
        "userName sw \"ana\"",
        "--organization",
        "acme",
        "--role",
        "Viewer",
    ];
    let rule = text(&home.json(&rule)["id"]);
    let renamed = home.json(&["rule", "change", &rule, "--connection", &connection, "--name", "A"]);
    assert_eq!(renamed["name"], "A");
    assert_eq!(home.json(&["rule", "list", "--connection", &connection])[0]["id"], json!(rule));
    home.json(&["rule", "delete", &rule, "--connection", &connection]);
    let what_if = ["connection", "set", &connection, "groups=false", "--what-if"];
    assert_eq!(home.json(&what_if)["removed"]["groups"], 1);
    let holders = home.json(&["organization", "access", "sales", "--tenant", "acme"]);
    assert_eq!(holders["people"][0]["userName"], "ana@example.com");
    stop(serving).await;
    assert_eq!(home.json(&["doctor"])["findings"], json!([]));
}

#[tokio::test]
async fn users_are_locked_out_and_let_in() {
    let home = Home::new();
    let (_, serving) = acme(&home).await;
    let locked = home.json(&["user", "lock", "ana@example.com", "--tenant", "acme"]);
    assert_eq!(locked["status"], "deactivated");
    let unlocked = home.json(&["user", "unlock", "ana@example.com", "--tenant", "acme"]);
    assert_eq!((&unlocked["status"], &unlocked["lockedAt"]), (&json!("active"), &Value::Null));
    stop(serving).await;
}

#[tokio::test]
async fn keys_open_the_api_until_they_are_revoked() {
    let home = Home::new();
    home.json(&["tenant", "create", "acme"]);
    let made = home.json(&[
        "key",
        "create",
        "--tenant",
        "acme",
        "--scopes",
        "read,write",
        "--name",
        "first",
        "--days",
        "30",
    ]);
    assert_eq!(made["scopes"], json!(["read", "write"]));
    let key = text(&made["key"]);
    assert!(key.starts_with("aiq_key_"));
    let operator = home.json(&["key", "create", "--operator", "--scopes", "read", "--name", "ops"]);
    assert_eq!(operator["scopes"], json!(["read", "operator"]));
    let serving = Serving::start(&home).await;
    let roles = get(&serving, "/roles", &key).await;
    assert_eq!((roles.0, roles.1["items"].as_array().map(Vec::len)), (200, Some(5)));
    // The same document as the command's.
    assert_eq!(roles.1["items"][0], home.json(&["role", "list", "--tenant", "acme"])[0]);
    let listed = home.json(&["key", "list", "--tenant", "acme"]);
    assert_eq!((&listed[0]["id"], &listed[0]["state"]), (&made["id"], &json!("active")));
    assert!(!listed.to_string().contains("aiq_key_"));
    assert_eq!(home.json(&["key", "revoke", &text(&made["id"])])["state"], "revoked");
    assert_eq!(get(&serving, "/roles", &key).await.0, 401);
    assert_eq!(home.json(&["key", "list"])[0]["name"], "ops");
    let nobody = home.run(&["key", "create", "--name", "x"]);
    assert!(!nobody.status.success());
    stop(serving).await;
}

/// A change that concerns many is carried out by the command, or left to the server, which does it by itself.
#[tokio::test]
async fn a_job_is_carried_out_here_or_by_the_server() {
    let home = Home::new();
    let connection = home.connection("generic");
    let serving = Serving::start(&home).await;
    let client = serving.client(&connection);
    for number in 0..260 {
        let name = format!("user{number}@example.com");
        client.send(Method::POST, "/Users", Some(&user(&name))).await.expect("a user");
    }
    stop(serving).await;
    let rule = [
        "rule",
        "create",
        "--connection",
        &connection.id,
        "--kind",
        "attribute",
        "--expression",
        "userName sw \"user\"",
        "--organization",
        "acme",
        "--role",
        "Viewer",
    ];
    let made = home.json(&rule);
    assert_eq!((&made["job"]["state"], &made["job"]["done"]), (&json!("done"), &made["job"]["total"]));
    assert!(roles(&home, "user259@example.com").contains(&"Viewer of acme".to_owned()));

    let delete = ["rule", "delete", &text(&made["id"]), "--connection", &connection.id, "--background"];
    let job = home.json(&delete)["job"].clone();
    assert_eq!((&job["state"], &job["done"]), (&json!("waiting"), &json!(0)));
    assert!(roles(&home, "user259@example.com").contains(&"Viewer of acme".to_owned()));
    let serving = Serving::start(&home).await;
    let started = Instant::now();
    while home.json(&["job", "show", &text(&job["id"]), "--tenant", "acme"])["state"] != "done" {
        assert!(started.elapsed() < PATIENCE, "the server does not carry the job out");
    }
    stop(serving).await;
    assert_eq!(roles(&home, "user259@example.com"), ["Member of acme"]);
    assert_eq!(home.json(&["job", "list", "--tenant", "acme"])[0]["id"], job["id"]);
    assert_eq!(home.json(&["doctor"])["findings"], json!([]));
}
