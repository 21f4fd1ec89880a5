//! Schema extensions of a tenant: in use over HTTP as the built-in schemas are.

use crate::support::{USER, acme, create, encoded, filtered, found, shown, strict, user_with};
use provisioning::extensions;
use scim::Provider;
use serde_json::{Value, json};
use testkit::{Client, Server, operator};

const URN: &str = "urn:example:acme:2.0:User";

/// Gives the tenant of a client an extension with an attribute of every kind.
async fn extend(server: &Server, client: &Client) {
    let tenant = client.connection.scope.tenant;
    let tenant =
        server.store().read(|tx| store::tenants::by_id(tx, tenant)).expect("a database").expect("a tenant");
    let attribute = |name: &str, kind: &str, more: Value| {
        let mut attribute = json!({ "name": name, "type": kind, "multiValued": false });
        for (key, value) in more.as_object().expect("an object") {
            attribute[key] = value.clone();
        }
        attribute
    };
    let schema = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": URN,
        "name": "AcmeUser",
        "description": "What Acme keeps of its people.",
        "attributes": [
            attribute("level", "integer", json!({})),
            attribute("quota", "decimal", json!({})),
            attribute("since", "dateTime", json!({})),
            attribute("badge", "string", json!({ "caseExact": true, "mutability": "immutable" })),
            attribute("hint", "string", json!({ "returned": "request" })),
            attribute("pin", "string", json!({ "returned": "never", "mutability": "writeOnly" })),
            attribute("tags", "string", json!({ "multiValued": true })),
        ],
    });
    extensions::put(server.store(), &operator(), &tenant, &schema).await.expect("an extension");
}

/// The body of a user with values of the extension.
fn with(user_name: &str, values: Value) -> Value {
    let mut body = user_with(user_name, json!({ "schemas": [USER, URN] }));
    body[URN] = values;
    body
}

/// R7643-3.1-01: a tenant's own schema is shown to that tenant alone.
/// R7643-7-01: and is there when a resource uses it.
/// R7643-6-02: it is not required of anybody.
#[tokio::test]
async fn an_extension_is_its_tenants_own() {
    let (server, client) = acme().await;
    let other = server.connect("globex", Provider::Generic).await;
    extend(&server, &client).await;
    assert_eq!(client.get(&format!("/Schemas/{URN}")).await.expect(200).body["id"], URN);
    assert!(client.get("/ResourceTypes/User").await.expect(200).text.contains(URN));
    client.create_user("plain").await;
    let id = client.post("/Users", &with("ana", json!({ "level": 3 }))).await.expect(201).id();
    assert_eq!(shown(&client, &id).await["schemas"], json!([USER, URN]));
    for stranger in [&other, &client.with_token(None), &other.with_token(None)] {
        stranger.get(&format!("/Schemas/{URN}")).await.expect_error(404, None);
        assert!(!stranger.get("/Schemas").await.expect(200).text.contains(URN));
        assert!(!stranger.get("/ResourceTypes").await.expect(200).text.contains(URN));
    }
    let reply = other.post("/Users", &with("ana", json!({ "level": 3 }))).await.expect(201);
    assert!(!reply.text.contains(URN));
}

/// R7643-2.3.4-01: an integer has neither fraction nor exponent.
/// R7643-2.3.5-01: a dateTime has a date and a time.
/// R7644-3.12-02: other types are refused.
#[tokio::test]
async fn values_have_their_types() {
    for (server, client) in [acme().await, strict().await] {
        extend(&server, &client).await;
        let bodies = [
            r#"{"level":1.0}"#,
            r#"{"level":1e2}"#,
            r#"{"level":1.5}"#,
            r#"{"level":true}"#,
            r#"{"since":"2024-01-01"}"#,
            r#"{"since":"12:00:00Z"}"#,
            r#"{"since":7}"#,
            r#"{"quota":"x"}"#,
            r#"{"tags":[{}]}"#,
        ];
        for values in bodies {
            let body = with("ana", json!({}))
                .to_string()
                .replace(&format!("\"{URN}\":{{}}"), &format!("\"{URN}\":{values}"));
            let reply = crate::support::raw(&client, axum::http::Method::POST, "/Users", body).await;
            assert_eq!(
                (reply.code(), &reply.body["scimType"]),
                (400, &json!("invalidValue")),
                "{values}: {}",
                reply.text
            );
        }
        let values =
            json!({ "level": 7, "quota": 1.5, "since": "2024-01-01T00:00:00+02:00", "tags": ["a", "b"] });
        let id = client.post("/Users", &with("ana", values.clone())).await.expect(201).id();
        assert_eq!(shown(&client, &id).await[URN], values);
    }
}

/// R7643-7-07: what is returned on request is shown to who asks, or writes it.
/// R7643-7-05: what is never returned is shown to nobody.
/// R7643-7-08: not even to who asks.
#[tokio::test]
async fn returned_is_honoured() {
    let (server, client) = acme().await;
    extend(&server, &client).await;
    let created = client
        .post("/Users", &with("ana", json!({ "hint": "h", "pin": "4711", "level": 1 })))
        .await
        .expect(201);
    let path = format!("/Users/{}", created.id());
    assert_eq!(client.get(&path).await.expect(200).body[URN], json!({ "level": 1 }));
    let asked = client.get(&format!("{path}?attributes={URN}:hint,{URN}:pin")).await.expect(200);
    assert_eq!(asked.body[URN], json!({ "hint": "h" }));
    for reply in [
        created,
        client.put(&path, &with("ana", json!({ "hint": "h2", "pin": "4711" }))).await.expect(200),
        client.get("/Users").await.expect(200),
    ] {
        assert!(!reply.text.contains("4711"), "{}", reply.text);
    }
    filtered(&client, "/Users", &format!("{URN}:pin eq \"4711\""))
        .await
        .expect_error(400, Some("invalidFilter"));
    let found = client
        .get(&format!("/Users?filter={}&attributes={URN}:hint", encoded(&format!("{URN}:hint eq \"H2\""))))
        .await
        .expect(200);
    assert_eq!(found.body["Resources"][0][URN], json!({ "hint": "h2" }));
}

/// R7644-3.5.2-10: what is immutable can be set once.
/// R7644-3.5.1-06: and must stay the same in a replace.
#[tokio::test]
async fn immutable_values_are_set_once() {
    let (server, client) = acme().await;
    extend(&server, &client).await;
    let path = format!("/Users/{}", create(&client, "ana", json!({})).await);
    let set = |op: &str, value: &str| json!([{ "op": op, "path": format!("{URN}:badge"), "value": value }]);
    client.operate(&path, set("add", "B1")).await.expect(200);
    client.operate(&path, set("add", "B1")).await.expect(200);
    client.operate(&path, set("add", "B2")).await.expect_error(400, Some("mutability"));
    client.operate(&path, set("replace", "b1")).await.expect_error(400, Some("mutability"));
    client
        .operate(&path, json!([{ "op": "remove", "path": format!("{URN}:badge") }]))
        .await
        .expect_error(400, Some("mutability"));
    client.put(&path, &with("ana", json!({ "badge": "B2" }))).await.expect_error(400, Some("mutability"));
    assert_eq!(
        client.put(&path, &with("ana", json!({ "badge": "B1" }))).await.expect(200).body[URN]["badge"],
        "B1"
    );
}

/// R7644-3.5.2.1-09: simple values are added once each.
/// R7644-3.4.2.3-07: numbers are sorted as numbers.
/// R7644-3.4.2.2-24: and compared as numbers.
/// R7644-3.10-02: the URN of an extension may hold dots.
#[tokio::test]
async fn extensions_are_patched_filtered_and_sorted() {
    let (server, client) = acme().await;
    extend(&server, &client).await;
    for (name, level) in [("ten", 10), ("nine", 9), ("minus", -1)] {
        client.post("/Users", &with(name, json!({ "level": level, "tags": ["a"] }))).await.expect(201);
    }
    let sorted = client.get(&format!("/Users?sortBy={URN}:level")).await.expect(200);
    assert_eq!(crate::support::texts(&sorted, "userName"), ["minus", "nine", "ten"]);
    assert_eq!(found(&client, &format!("{URN}:level gt 8 and {URN}:level le 10")).await, ["ten", "nine"]);
    assert_eq!(found(&client, &format!("{URN}:level eq 9.0")).await, ["nine"]);
    filtered(&client, "/Users", &format!("{URN}:level eq \"x\""))
        .await
        .expect_error(400, Some("invalidFilter"));
    filtered(&client, "/Users", &format!("{URN}:level co 1")).await.expect_error(400, Some("invalidFilter"));
    let id = client.get("/Users?filter=userName+eq+%22ten%22").await.expect(200).body["Resources"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let path = format!("/Users/{id}");
    let tags = format!("{URN}:tags");
    let body = client.operate(&path, json!([{ "op": "add", "path": tags, "value": ["b", "a"] }, { "op": "add", "path": tags, "value": "c" }])).await.expect(200).body;
    assert_eq!(body[URN]["tags"], json!(["a", "b", "c"]));
    let body = client
        .operate(&path, json!([{ "op": "remove", "path": format!("{tags}[value eq \"b\"]") }]))
        .await
        .expect(200)
        .body;
    assert_eq!(body[URN]["tags"], json!(["a", "c"]));
    assert_eq!(found(&client, &format!("{tags} eq \"c\"")).await, ["ten"]);
    assert_eq!(server.faults(), Vec::<String>::new());
}
