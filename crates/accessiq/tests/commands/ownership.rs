//! Whose user it is, at the command line: users by hand, domains, links that wait for a person.

use crate::support::{Home, Serving, text};
use crate::user;
use client::http::Method;
use serde_json::{Value, json};
use testkit::NameServer;

#[tokio::test]
async fn users_by_hand() {
    let home = Home::new();
    home.json(&["tenant", "create", "acme"]);
    let made = home.json(&[
        "user",
        "create",
        "eve@partner.example",
        "--tenant",
        "acme",
        "--given-name",
        "Eve",
        "--family-name",
        "Marsh",
    ]);
    let told = (&made["source"], &made["status"], &made["email"]);
    assert_eq!(told, (&json!("hand"), &json!("active"), &json!("eve@partner.example")));
    let set =
        ["user", "set", "eve@partner.example", "--tenant", "acme", "--user-name", "eve", "--active", "false"];
    let changed = home.json(&set);
    assert_eq!((&changed["userName"], &changed["status"]), (&json!("eve"), &json!("deactivated")));
    let back = home.json(&["user", "set", "eve", "--tenant", "acme", "--active", "true"]);
    assert_eq!(back["status"], "active");
    let refused = home.run(&["user", "create", "EVE", "--tenant", "acme"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("There is a user \"eve\" already"));
    assert_eq!(home.json(&["doctor"])["findings"], json!([]));
}

/// The name server answers while the test waits for the program.
#[tokio::test(flavor = "multi_thread")]
async fn domains() {
    let home = Home::new();
    home.json(&["tenant", "create", "acme"]);
    let names = NameServer::start().await;
    let address = names.address.to_string();
    let added = home.json(&["domain", "add", "acme.example", "--tenant", "acme"]);
    let verify = ["domain", "verify", "acme.example", "--tenant", "acme", "--resolver", &address];
    let refused = home.run(&verify);
    assert!(!refused.status.success());
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("There is no TXT record at _accessiq-challenge")
    );
    names.publish(&text(&added["record"]), &[&text(&added["challenge"])]);
    let verified = home.run(&verify);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    assert_eq!(String::from_utf8_lossy(&verified.stdout), "The domain acme.example is verified.\n");
    home.json(&["domain", "add", "corp.example", "--tenant", "acme"]);
    let attested = home.json(&["domain", "attest", "corp.example", "--tenant", "acme", "--reason", "ours"]);
    assert_eq!((&attested["verified"], &attested["reason"]), (&json!(true), &json!("ours")));
    let listed = home.json(&["domain", "list", "--tenant", "acme"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
    home.json(&["domain", "remove", "corp.example", "--tenant", "acme"]);
    assert_eq!(home.json(&["domain", "list", "--tenant", "acme"]).as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn links() {
    let home = Home::new();
    let connection = home.connection("generic");
    home.json(&["connection", "set", &connection.id, "existing-users=link"]);
    for domain in ["acme.example", "example.com"] {
        home.json(&["domain", "add", domain, "--tenant", "acme"]);
        home.json(&["domain", "attest", domain, "--tenant", "acme", "--reason", "ours"]);
    }
    home.json(&["user", "create", "ana@acme.example", "--tenant", "acme"]);
    home.json(&["user", "grant", "ana@acme.example", "--tenant", "acme", "--role", "Admin"]);
    let serving = Serving::start(&home).await;
    let client = serving.client(&connection);
    let body = |email: &str| {
        let mut body = user("ana@acme.example");
        body["emails"] = json!([{ "value": email }]);
        body
    };
    let refused = client.send(Method::POST, "/Users", Some(&body("ana@acme.example"))).await;
    assert_eq!(refused.expect_err("a refusal").status(), Some(409));
    let waiting = home.json(&["link", "list", "--tenant", "acme"]);
    assert_eq!(
        (&waiting[0]["state"], &waiting[0]["userName"]),
        (&json!("pending"), &json!("ana@acme.example"))
    );
    let id = text(&waiting[0]["id"]);
    assert_eq!(home.json(&["link", "reject", &id, "--tenant", "acme"])["state"], "rejected");
    assert_eq!(home.json(&["link", "approve", &id, "--tenant", "acme"])["state"], "approved");
    client.send(Method::POST, "/Users", Some(&body("ana@acme.example"))).await.expect("a user");
    assert_eq!(home.json(&["link", "list", "--tenant", "acme"]), json!([]));
    let ana: Value = home.json(&["user", "list", "--tenant", "acme"]);
    assert_eq!(ana[0]["connection"], json!(connection.id));
    serving.ask_to_stop();
    assert!(serving.ended().await.success());
    assert_eq!(home.json(&["doctor"])["findings"], json!([]));
}
