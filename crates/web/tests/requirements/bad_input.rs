//! Nonsense of each provider's kind: what its administrator reads in Entra's provisioning log, in Okta's tasks or in
//! the log of an Action. Every sentence says what is wrong, where, and what to do; and nothing changes.

use crate::support::{ENTERPRISE, GROUP, LIST, PATCH_OP, USER, encoded, group, user_with, user_without};
use axum::http::Method;
use scim::Provider;
use serde_json::{Value, json};
use testkit::{Client, Reply, Server, user};

/// What one request was told: status, `scimType`, `detail`.
fn told(what: &str, reply: &Reply) -> String {
    assert!(reply.code() >= 400, "{what}: {}", reply.text);
    let reply = reply.clone().expect_error(reply.code(), reply.body["scimType"].as_str());
    let scim_type = reply.body["scimType"].as_str().unwrap_or("-");
    let detail = reply.body["detail"].as_str().unwrap_or_default();
    // Ids of the service's own making look alike; an answer to a failure names the request.
    let is_id = |word: &&str| word.len() >= 36 && word.contains("-a800-7");
    let words = detail.split([' ', '"', '.', ')', ',']).filter(is_id);
    let detail = words.fold(detail.to_owned(), |detail, id| detail.replace(id, "ID"));
    format!("{what}\n  {} {scim_type}: {detail}", reply.code())
}

/// Sends a case to a connection: method, path, body.
async fn send(client: &Client, method: Method, path: &str, body: &Value) -> Reply {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    client.with_header("content-type", "application/scim+json").send(method, path, body).await
}

/// The body of a PATCH.
fn patch(operations: &Value) -> Value {
    json!({ "schemas": [PATCH_OP], "Operations": operations })
}

/// The answers to all cases, in their order; the connection holds the same afterwards as before.
async fn all(client: &Client, cases: Vec<(&str, Method, String, Value)>) -> String {
    let held = [client.get("/Users").await.text, client.get("/Groups").await.text];
    let mut answers = Vec::new();
    for (what, method, path, body) in cases {
        answers.push(told(what, &send(client, method, &path, &body).await));
    }
    assert_eq!(held, [client.get("/Users").await.text, client.get("/Groups").await.text]);
    answers.join("\n")
}

/// O-5, O-20, E-24, A-5: users that cannot be taken.
#[tokio::test]
async fn users_that_cannot_be_taken() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Entra).await;
    let other = server.connect("acme", Provider::Okta).await;
    other.create_user("omar").await;
    let id = client.create_user("ana").await;
    let post = |what, body| (what, Method::POST, "/Users".to_owned(), body);
    let name = json!({ "givenName": "Bo", "familyName": " " });
    let two =
        json!([{ "value": "a@b.example", "primary": true }, { "value": "c@d.example", "primary": true }]);
    let nowhere = format!("/Users/{id}0");
    let cases = vec![
        post("no userName", user_without("bo", "userName")),
        post("no e-mail", user_without("bo", "emails")),
        post("a last name of spaces", user_with("bo", json!({ "name": name }))),
        post("active is no boolean", user_with("bo", json!({ "active": "disabled" }))),
        post("e-mails are a number", user_with("bo", json!({ "emails": 5 }))),
        post("two primary e-mails", user_with("bo", json!({ "emails": two }))),
        post("a name is a text", user_with("bo", json!({ "name": true }))),
        post("a userName in two spellings", user_with("bo", json!({ "USERNAME": "bob" }))),
        post(
            "a department that is a list",
            user_with("bo", json!({ ENTERPRISE: { "department": ["a", "b"] } })),
        ),
        post("a group sent to users", json!({ "schemas": [GROUP], "displayName": "Sales" })),
        post("a user who is there", user("ANA")),
        post("a user of another connection", user("omar")),
        post("a list instead of a user", json!([user("bo")])),
        ("PUT of nobody", Method::PUT, nowhere.clone(), user("bo")),
        ("DELETE of nobody", Method::DELETE, nowhere, Value::Null),
        ("no body", Method::POST, "/Users".to_owned(), Value::Null),
    ];
    insta::assert_snapshot!(all(&client, cases).await, @r#"
    no userName
      400 invalidValue: A User needs a username: "userName" is missing or empty. Map an attribute that has a value to it in the identity provider.
    no e-mail
      400 invalidValue: A User needs an e-mail address: "emails" is missing or empty. Map an attribute that has a value to it in the identity provider.
    a last name of spaces
      400 invalidValue: A User needs a last name: "name.familyName" is missing or empty. Map an attribute that has a value to it in the identity provider.
    active is no boolean
      400 invalidValue: "active" must be true or false. It was sent as text.
    e-mails are a number
      400 invalidValue: "emails" must be a list. It was sent as a number.
    two primary e-mails
      400 invalidValue: "emails" has more than one primary value; mark one of them.
    a name is a text
      400 invalidValue: "name" must be an object. It was sent as a boolean.
    a userName in two spellings
      400 invalidSyntax: "userName" is there twice, in different letter case; send it once.
    a department that is a list
      400 invalidValue: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department" must be text. It was sent as a list.
    a group sent to users
      400 invalidSyntax: "schemas" holds "urn:ietf:params:scim:schemas:core:2.0:Group", which is not a schema of a User; send Users to /Users.
    a user who is there
      409 uniqueness: There is an active user with the userName "ANA" already. Update that user (id ID) instead of creating it.
    a user of another connection
      409 uniqueness: userName "omar" belongs to the connection "Okta", and one connection owns a user. Let the other identity provider delete that user, change the userName in one of the two, or set other-connections to take-over or share in AccessIQ.
    a list instead of a user
      400 invalidSyntax: The body must be one JSON object that holds a User.
    PUT of nobody
      404 -: There is no user with the id "ID". It was deleted, or never created on this connection: look it up again by userName, or create it.
    DELETE of nobody
      404 -: There is no user with the id "ID". It was deleted, or never created on this connection: look it up again by userName, or create it.
    no body
      400 invalidSyntax: The request has no body. Send a JSON object.
    "#);
    let cut = client
        .with_header("content-type", "application/json")
        .send(Method::POST, "/Users", "{\"userName\":")
        .await;
    insta::assert_snapshot!(told("half a body", &cut), @r#"
    half a body
      400 invalidSyntax: The body is not JSON: EOF while parsing a value at line 1 column 12. Send one JSON object.
    "#);
    let plain =
        client.with_header("content-type", "text/plain").send(Method::POST, "/Users", "userName=bo").await;
    insta::assert_snapshot!(told("no JSON", &plain), @r#"
    no JSON
      415 -: Content-Type must be application/scim+json (or application/json).
    "#);
}

/// E-9, E-10, O-14, Q-21: changes that cannot be read; of several operations, which one.
#[tokio::test]
async fn changes_that_cannot_be_carried_out() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Entra).await;
    let path = format!("/Users/{}", client.create_user("ana").await);
    let change = |what, operations| (what, Method::PATCH, path.clone(), patch(&operations));
    let cases = vec![
        change("an unknown operation", json!([{ "op": "Update", "path": "title", "value": "T" }])),
        change("no operation", json!({})),
        change(
            "a bracket left open",
            json!([{ "op": "Add", "path": "emails[type eq \"work\"", "value": "a" }]),
        ),
        change(
            "a dot forgotten",
            json!([{ "op": "Add", "path": "emails[type eq \"work\"]value", "value": "a" }]),
        ),
        change(
            "an unknown part in a filter",
            json!([{ "op": "Add", "path": "emails[tipe eq \"work\"].value", "value": "a" }]),
        ),
        change("two dots", json!([{ "op": "Add", "path": "name..givenName", "value": "A" }])),
        change("an index", json!([{ "op": "Add", "path": "emails[0].value", "value": "a" }])),
        change(
            "a filter on a schema",
            json!([{ "op": "Add", "path": format!("{USER}[type eq \"a\"]"), "value": "a" }]),
        ),
        change("a read-only attribute", json!([{ "op": "Replace", "path": "id", "value": "7" }])),
        change("a required attribute taken", json!([{ "op": "Remove", "path": "userName" }])),
        change("no value", json!([{ "op": "Add", "path": "title" }])),
        change("a removal of nothing", json!([{ "op": "Remove", "value": "x" }])),
        change(
            "the third of three",
            json!([{ "op": "Add", "path": "title", "value": "T" }, { "op": "Add", "path": "nickName", "value": "N" },
            { "op": "Replace", "path": "active", "value": "maybe" }]),
        ),
        change("a path that is a number", json!([{ "op": "Add", "path": 5, "value": "a" }])),
        change("a list without path", json!([{ "op": "Add", "value": ["a"] }])),
        change(
            "a filter that cannot make a value",
            json!([{ "op": "Add", "path": "emails[value co \"zzz\"].type", "value": "work" }]),
        ),
    ];
    insta::assert_snapshot!(all(&client, cases).await, @r#"
    an unknown operation
      400 invalidSyntax: "op" of an operation must be add, replace or remove. It was sent as "update".
    no operation
      400 invalidSyntax: "op" of an operation must be add, replace or remove.
    a bracket left open
      400 invalidPath: The path "emails[type eq "work"" has a [ without a ].
    a dot forgotten
      400 invalidPath: The path "emails[type eq "work"]value" does not end with ] or with ]. and the name of a sub-attribute.
    an unknown part in a filter
      400 invalidFilter: In the path "emails[tipe eq "work"].value": The filter cannot be read at character 1: "tipe" is not an attribute of emails.
    two dots
      400 invalidPath: The path "name..givenName" is not an attribute path. Write it like name.givenName or emails[type eq "work"].value.
    an index
      400 invalidPath: The path "emails[0].value" counts elements; choose them by a filter, such as [type eq "work"].
    a filter on a schema
      400 invalidPath: The path "urn:ietf:params:scim:schemas:core:2.0:User[type eq "a"]" filters a schema; name one of its attributes before the [.
    a read-only attribute
      400 mutability: "id" is read-only; leave it out.
    a required attribute taken
      400 mutability: A User must keep a username: "userName" is required and cannot be removed.
    no value
      400 invalidValue: An operation that is to add needs a "value".
    a removal of nothing
      400 noTarget: A remove operation needs a "path" that says what to remove.
    the third of three
      400 invalidValue: Operation 3 of 3: "active" must be true or false. It was sent as text.
    a path that is a number
      400 invalidPath: "path" must be text. It was sent as a number.
    a list without path
      400 invalidValue: "value" must be an object of attributes where there is no path. It was sent as a list.
    a filter that cannot make a value
      400 noTarget: The filter on "emails" selects no value. Add the value with the path "emails".
    "#);
}

/// E-15, O-13, L-2, P-1: groups, questions, addresses.
#[tokio::test]
async fn groups_and_questions_that_cannot_be_answered() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Okta).await;
    let sales = client.create_group("Sales", &[]).await;
    let ask =
        |what, filter: &str| (what, Method::GET, format!("/Users?filter={}", encoded(filter)), Value::Null);
    let get = |what, path: &str| (what, Method::GET, path.to_owned(), Value::Null);
    let members = patch(&json!([{ "op": "add", "path": "members", "value": [{ "display": "Ana" }] }]));
    let cases = vec![
        (
            "a group without name",
            Method::POST,
            "/Groups".to_owned(),
            json!({ "schemas": [GROUP], "members": [] }),
        ),
        ("a group that is there", Method::POST, "/Groups".to_owned(), group("SALES", &[])),
        ("a member without id", Method::PATCH, format!("/Groups/{sales}"), members),
        ask("half a filter", "userName eq"),
        ask("another language", "userName = 'ana'"),
        ask("an unknown attribute", "nickname2 eq \"a\""),
        ask("a parenthesis left open", "(userName eq \"ana\""),
        ask("a name without its quotation marks", "displayName eq Ana Silva"),
        ask("order of booleans", "active gt true"),
        get("a page that is no number", "/Users?startIndex=first"),
        get("both lists of attributes", "/Users?attributes=id&excludedAttributes=name"),
        get("an order by nothing", "/Users?sortBy=shoeSize"),
        get("no endpoint", "/Employees"),
        ("a method there is not", Method::DELETE, "/Users".to_owned(), Value::Null),
        ("a search that is a list", Method::POST, "/Users/.search".to_owned(), json!({ "schemas": [LIST] })),
        (
            "a bulk request without operations",
            Method::POST,
            "/Bulk".to_owned(),
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"] }),
        ),
        get("/Me", "/Me"),
    ];
    insta::assert_snapshot!(all(&client, cases).await, @r#"
    a group without name
      400 invalidValue: A Group needs a display name: "displayName" is missing or empty. Map an attribute that has a value to it in the identity provider.
    a group that is there
      409 uniqueness: There is a group named "SALES" already (id ID). Use that group, or choose another displayName.
    a member without id
      400 invalidValue: Every element of "members" needs a "value": the id of a user or group.
    half a filter
      400 invalidFilter: The filter cannot be read at character 12: expected a value, but the filter ends.
    another language
      400 invalidFilter: The filter cannot be read at character 10: "=" is not an operator. Use eq, ne, co, sw, ew, gt, ge, lt, le or pr.
    an unknown attribute
      400 invalidFilter: The filter cannot be read at character 1: "nickname2" is not an attribute of User.
    a parenthesis left open
      400 invalidFilter: The filter cannot be read at character 19: expected and, or, or ), but the filter ends.
    a name without its quotation marks
      400 invalidFilter: The filter cannot be read at character 20: expected and, or, or the end of the filter, but "Silva" stands there.
    order of booleans
      400 invalidFilter: The filter cannot be read at character 8: gt does not apply to active, which is of the type boolean.
    a page that is no number
      400 invalidValue: startIndex is not a whole number.
    both lists of attributes
      400 invalidValue: "attributes" and "excludedAttributes" exclude each other; send one of them.
    an order by nothing
      400 invalidPath: sortBy: "shoeSize" is not an attribute of User.
    no endpoint
      404 -: There is no such endpoint. SCIM endpoints are /Users, /Groups, /Schemas, /ResourceTypes, /ServiceProviderConfig, /Bulk and /.search.
    a method there is not
      405 -: DELETE is not allowed here; the Allow header names what is.
    a search that is a list
      400 invalidSyntax: "schemas" of a search must hold "urn:ietf:params:scim:api:messages:2.0:SearchRequest".
    a bulk request without operations
      400 invalidSyntax: A bulk request needs "Operations": a list.
    /Me
      501 -: A provisioning token stands for a connection, not for a user: there is no /Me here. Request ID.
    "#);
    let page = client.with_header("accept", "text/html").get("/Users").await;
    insta::assert_snapshot!(told("a page for people", &page), @r#"
    a page for people
      406 -: Accept must allow application/scim+json or application/json.
    "#);
    insta::assert_snapshot!(told("no token", &client.with_token(None).get("/Users").await), @r#"
    no token
      401 -: This address needs a bearer token: Authorization: Bearer <token>.
    "#);
    insta::assert_snapshot!(told("another token", &client.with_token(Some("non-token")).get("/Users").await), @r#"
    another token
      401 -: The bearer token is not valid for this address. Check the token and the SCIM base URL, or make a new token in AccessIQ.
    "#);
}

/// RINT-5.3-01, RINT-6.5: what a strict connection refuses besides, and one without groups.
#[tokio::test]
async fn what_settings_refuse() {
    let server = Server::start().await;
    let strict =
        server.connect_with("acme", Provider::Generic, &[("strict", "true"), ("groups", "false")]).await;
    let path = format!("/Users/{}", strict.create_user("ana").await);
    let change = |what, operations| (what, Method::PATCH, path.clone(), patch(&operations));
    let cases = vec![
        (
            "an unknown attribute",
            Method::POST,
            "/Users".to_owned(),
            user_with("bo", json!({ "shoeSize": "44" })),
        ),
        change("an operation without path", json!([{ "op": "replace", "value": { "active": false } }])),
        change("a boolean as text", json!([{ "op": "replace", "path": "active", "value": "False" }])),
        change("a part of all e-mails", json!([{ "op": "replace", "path": "emails.type", "value": "work" }])),
        change(
            "a filter that selects nothing",
            json!([{ "op": "replace", "path": "emails[type eq \"home\"].value", "value": "a@b.example" }]),
        ),
        change("an unknown member", json!([{ "op": "add", "name": "x", "path": "title", "value": "T" }])),
    ];
    let held = strict.get("/Users").await.text;
    let mut answers = Vec::new();
    for (what, method, path, body) in cases {
        answers.push(told(what, &send(&strict, method, &path, &body).await));
    }
    answers.push(told("groups", &strict.get("/Groups").await));
    assert_eq!(held, strict.get("/Users").await.text);
    insta::assert_snapshot!(answers.join("\n"), @r#"
    an unknown attribute
      400 invalidSyntax: "shoeSize" is not an attribute of a User; leave it out.
    an operation without path
      400 invalidSyntax: Every operation needs a "path" on a strict connection. If the provider sends none, set strict=false.
    a boolean as text
      400 invalidValue: "active" must be true or false. It was sent as text.
    a part of all e-mails
      400 invalidPath: The path "emails.type" must say by a filter which values it means.
    a filter that selects nothing
      400 noTarget: The filter on "emails" selects no value. Add the value with the path "emails".
    an unknown member
      400 invalidSyntax: "name" has no place in an operation; leave it out.
    groups
      501 -: This connection does not synchronise groups. Switch groups on in AccessIQ, or stop pushing them. Request ID.
    "#);
}
