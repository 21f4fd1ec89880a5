//! `--json`: exactly one document on stdout and nothing beside it. [`Home::json`] holds every command to that.

use crate::support::{Home, Serving, text};
use crate::user;
use client::http::Method;
use serde_json::{Value, json};

/// Whether an object has exactly these members.
fn has(value: &Value, names: &[&str]) -> bool {
    let mut found: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    let mut names = names.to_vec();
    found.sort_unstable();
    names.sort_unstable();
    found == names
}

#[test]
fn tenants_and_connections() {
    let home = Home::new();
    let made = home.json(&["tenant", "create", "acme"]);
    let members = [
        "name",
        "rootOrganization",
        "defaultOrganization",
        "defaultRole",
        "createdAt",
        "lastEvent",
        "firstEvent",
        "keepEventsDays",
        "keepRecordsDays",
    ];
    assert!(has(&made, &members), "{made}");
    assert_eq!(home.json(&["tenant", "list"]), json!([made]));

    let made = home.json(&[
        "connection",
        "create",
        "--tenant",
        "acme",
        "--provider",
        "entra",
        "--name",
        "Entra of Acme",
    ]);
    let id = text(&made["id"]);
    assert!(text(&made["base_url"]).ends_with(&format!("/scim/v2/{id}")), "{made}");
    assert!(text(&made["token"]).starts_with("scim_"), "{made}");
    let set = ["connection", "set", &id, "strict=true", "required=userName", "name=Entra"];
    let settings = home.json(&set)["settings"].clone();
    assert_eq!((&settings["strict"], &settings["required"]), (&json!(true), &json!("userName")));
    let listed = home.json(&["connection", "list"]);
    assert_eq!(listed, home.json(&["connection", "list", "--tenant", "acme"]));
    let listed = &listed.as_array().expect("a list")[0];
    assert_eq!((&listed["id"], &listed["name"]), (&made["id"], &json!("Entra")));
    assert_eq!(
        (&listed["settings"], &listed["users"], &listed["tenant"]),
        (&settings, &json!(0), &json!("acme"))
    );
}

#[test]
fn tokens() {
    let home = Home::new();
    let connection = home.connection("okta");
    let second =
        home.json(&["token", "create", "--connection", &connection.id, "--name", "second", "--days", "1"]);
    assert!(has(&second, &["id", "name", "token", "expiresAt"]), "{second}");
    let third = home.json(&["token", "rotate", &text(&second["id"])]);
    assert_ne!(third["token"], second["token"]);
    let revoked = home.json(&["token", "revoke", &text(&second["id"])]);
    assert_eq!(revoked, json!({ "id": second["id"], "state": "revoked" }));
    let endless = ["token", "create", "--connection", &connection.id, "--days", "0", "--read-only"];
    assert_eq!(home.json(&endless)["expiresAt"], Value::Null);

    let listed = home.json(&["token", "list", "--connection", &connection.id]);
    let state = |token: &Value| (text(&token["name"]), text(&token["state"]), token["readOnly"] == true);
    let mut states: Vec<_> = listed.as_array().expect("a list").iter().map(state).collect();
    states.sort();
    let wanted = [
        ("first", "active", false),
        ("second", "active", false),
        ("second", "revoked", false),
        ("token", "active", true),
    ];
    assert_eq!(states, wanted.map(|(name, state, reading)| (name.to_owned(), state.to_owned(), reading)));
    assert!(!listed.to_string().contains("scim_"), "a list never shows a token: {listed}");
}

#[test]
fn clients() {
    let home = Home::new();
    let connection = home.connection("okta");
    let made = home.json(&["client", "create", "--connection", &connection.id, "--name", "sync"]);
    assert!(has(&made, &["id", "name", "secret", "tokenEndpoint", "scope"]), "{made}");
    assert!(text(&made["secret"]).starts_with("scim_client_"), "{made}");
    assert!(text(&made["tokenEndpoint"]).ends_with("/oauth/token"), "{made}");
    let keys = home.data().join("jwks.json");
    // The example of RFC 7517, appendix A.1.
    let jwk = json!({
        "kty": "EC",
        "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        "use": "enc",
        "kid": "1",
    });
    let write = |purpose: &str| {
        let mut jwk = jwk.clone();
        jwk["use"] = json!(purpose);
        std::fs::write(&keys, json!({ "keys": [jwk] }).to_string()).expect("a file");
    };
    let file = keys.to_string_lossy();
    let create = [
        "client",
        "create",
        "--connection",
        &connection.id,
        "--name",
        "signs",
        "--read-only",
        "--jwks",
        &file,
    ];
    write("enc");
    assert!(!home.run(&create).status.success());
    write("sig");
    let signs = home.json(&create);
    assert_eq!((&signs["secret"], &signs["scope"]), (&Value::Null, &json!("scim.read")));
    let revoked = home.json(&["client", "revoke", &text(&made["id"])]);
    assert_eq!(revoked, json!({ "id": made["id"], "state": "revoked" }));

    let listed = home.json(&["client", "list", "--connection", &connection.id]);
    let shown = |client: &Value| {
        let [name, state, method] = ["name", "state", "method"].map(|member| text(&client[member]));
        (name, state, method, client["readOnly"] == true)
    };
    let shown: Vec<_> = listed.as_array().expect("a list").iter().map(shown).collect();
    let wanted = [("sync", "revoked", "client_secret", false), ("signs", "active", "private_key_jwt", true)];
    let wanted = wanted.map(|(name, state, method, reads)| (name.into(), state.into(), method.into(), reads));
    assert_eq!(shown, wanted);
    assert!(!listed.to_string().contains("scim_"), "a list never shows a secret: {listed}");
}

#[test]
fn schemas() {
    const URN: &str = "urn:example:acme:2.0:User";
    let home = Home::new();
    home.json(&["tenant", "create", "acme"]);
    let file = home.data().join("extension.json");
    let attribute = json!({ "name": "badge", "type": "string", "multiValued": false });
    let schema = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": URN,
        "name": "AcmeUser",
        "attributes": [attribute],
    });
    std::fs::write(&file, schema.to_string()).expect("a file");
    let added = home.json(&["schema", "add", "--tenant", "acme", &file.to_string_lossy()]);
    assert_eq!(added, json!({ "id": URN, "name": "AcmeUser", "attributes": 1 }));
    let listed = home.json(&["schema", "list", "--tenant", "acme"]);
    assert_eq!((&listed[0]["id"], &listed[0]["attributes"][0]["name"]), (&json!(URN), &json!("badge")));
    assert_eq!(home.json(&["schema", "remove", "--tenant", "acme", URN])["state"], "removed");
    assert_eq!(home.json(&["schema", "list", "--tenant", "acme"]), json!([]));
}

#[tokio::test]
async fn users_events_and_requests_beside_a_server() {
    let home = Home::new();
    let connection = home.connection("generic");
    let serving = Serving::start(&home).await;
    let client = serving.client(&connection);
    client.send(Method::POST, "/Users", Some(&user("ana@example.com"))).await.expect("a user");
    client.send(Method::POST, "/Users", Some(&json!({}))).await.expect_err("no user");

    let users = home.json(&["user", "list", "--tenant", "acme"]);
    assert_eq!((&users[0]["userName"], &users[0]["status"]), (&json!("ana@example.com"), &json!("active")));
    assert_eq!(home.json(&["user", "list", "--tenant", "acme", "--status", "deactivated"]), json!([]));
    let grant = ["user", "grant", "ana@example.com", "--tenant", "acme", "--role", "Manager"];
    assert!(text(&home.json(&grant)["summary"]).contains("Manager"));
    let access = home.json(&["user", "access", "ana@example.com", "--tenant", "acme"]);
    let roles: Vec<&Value> =
        access["entries"].as_array().expect("entries").iter().map(|entry| &entry["role"]["name"]).collect();
    assert!(roles.contains(&&json!("Manager")) && roles.contains(&&json!("Member")), "{access}");
    home.json(&["user", "revoke", "ana@example.com", "--tenant", "acme", "--role", "Manager"]);

    let events = home.json(&["events", "--tenant", "acme", "--limit", "1000"]);
    let events = events.as_array().expect("a list");
    let numbers: Vec<u64> = events.iter().filter_map(|event| event["number"].as_u64()).collect();
    assert_eq!(numbers, (1..=events.len() as u64).collect::<Vec<_>>());
    let newest = events.last().expect("an event");
    assert_eq!((&newest["kind"], &newest["actor"]["id"]), (&json!("membership.ended"), &json!("cli:tester")));
    let rest = home.json(&["events", "--tenant", "acme", "--after", &(events.len() - 1).to_string()]);
    assert_eq!(rest, json!([newest]));

    let requests = home.json(&["requests", "--connection", &connection.id]);
    let statuses: Vec<&Value> =
        requests.as_array().expect("a list").iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, [&json!(201), &json!(400)]);
    assert!(events.iter().any(|event| event["request"] == requests[0]["id"]));
    assert!(!text(&requests[1]["error"]).is_empty());
    assert_eq!(home.json(&["doctor"])["findings"], json!([]));
}

#[tokio::test]
async fn corrections_of_a_connection() {
    let home = Home::new();
    let connection = home.connection("okta");
    let command = ["connection", "corrections", &connection.id];
    assert_eq!(home.json(&command), json!({ "requests": 0, "remarks": [] }));
    let serving = Serving::start(&home).await;
    let client = serving.client(&connection);
    let mut body = user("ana@example.com");
    body["active"] = json!("True");
    body["password"] = json!("S3cret!S3cret!");
    client.send(Method::POST, "/Users", Some(&body)).await.expect("a user");
    body["userName"] = json!("ben@example.com");
    body.as_object_mut().expect("an object").remove("password");
    client.send(Method::POST, "/Users", Some(&body)).await.expect("a user");

    let shown = home.json(&command);
    let remark = |index: usize| {
        let remark = &shown["remarks"][index];
        assert!(has(remark, &["name", "kind", "meaning", "requests", "lastAt", "example"]), "{remark}");
        (text(&remark["name"]), text(&remark["kind"]), remark["requests"].clone(), text(&remark["example"]))
    };
    let of = |name: &str, kind: &str, requests: u64, example: &str| {
        (name.to_owned(), kind.to_owned(), json!(requests), example.to_owned())
    };
    assert_eq!(shown["requests"], 2);
    assert_eq!(remark(0), of("string-boolean", "corrected", 2, "active: \"True\" was read as true"));
    let dropped = "\"password\" was dropped: passwords are never taken";
    assert_eq!(remark(1), of("password-ignored", "ignored", 1, dropped));
    // The older request is looked at no more.
    let newest = home.json(&["connection", "corrections", &connection.id, "--requests", "1"]);
    assert_eq!((&newest["requests"], newest["remarks"].as_array().map(Vec::len)), (&json!(1), Some(1)));
    let said = home.run(&command);
    let said = String::from_utf8_lossy(&said.stdout);
    assert!(said.contains("string-boolean") && said.contains("A boolean is sent as text"), "{said}");
}

#[test]
fn people_read_the_same_without_it() {
    let home = Home::new();
    let connection = home.connection("okta");
    let commands: [&[&str]; 7] = [
        &["tenant", "list"],
        &["connection", "list"],
        &["token", "list", "--connection", &connection.id],
        &["user", "list", "--tenant", "acme"],
        &["events", "--tenant", "acme"],
        &["requests", "--connection", &connection.id],
        &["doctor"],
    ];
    for command in commands {
        let output = home.run(command);
        assert!(output.status.success() && output.stderr.is_empty(), "{command:?}: {output:?}");
        assert!(!output.stdout.is_empty() && output.stdout.ends_with(b"\n"), "{command:?}: {output:?}");
    }
}
