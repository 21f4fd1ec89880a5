//! PATCH through the whole service. The matrix of operations and targets is tested where it is written.

use crate::support::{ENTERPRISE, GROUP, NOBODY, PATCH_OP, USER, acme, allowed, create, raw, strict, tag};
use axum::http::Method;
use serde_json::{Value, json};
use testkit::{Client, Reply, Server};
use tokio::task::JoinSet;

/// One user with something of everything.
async fn rich() -> (Server, Client, String) {
    let (server, client) = acme().await;
    let id = create(
        &client,
        "ana",
        json!({
            "title": "Dr", "nickName": "A",
            "emails": [{ "value": "w@x.org", "type": "work", "primary": true }, { "value": "h@x.org", "type": "home" }],
            "addresses": [{ "type": "work", "locality": "Bonn", "region": "NW" }, { "type": "work", "locality": "Köln" }],
            ENTERPRISE: { "department": "Sales", "costCenter": "1" },
        }),
    )
    .await;
    (server, client, format!("/Users/{id}"))
}

async fn patched(client: &Client, path: &str, operation: Value) -> Value {
    client.operate(path, json!([operation])).await.expect(200).body
}

async fn refused(client: &Client, path: &str, operation: Value, scim_type: &str) {
    let before = client.get(path).await.expect(200);
    let reply = client.operate(path, json!([operation])).await;
    assert_eq!(
        (reply.code(), &reply.body["scimType"]),
        (400, &json!(scim_type)),
        "{operation}: {}",
        reply.text
    );
    assert_eq!(client.get(path).await.expect(200).text, before.text);
}

/// R7644-3.5.2-02: a PATCH says what it is and has operations.
/// M-18: none is an error by the letter; the porch takes it for no change.
#[tokio::test]
async fn the_envelope_is_checked() {
    let (_server, client) = strict().await;
    let path = format!("/Users/{}", client.create_user("ana").await);
    let operation = json!({ "op": "replace", "path": "title", "value": "x" });
    for body in [
        json!({ "Operations": [operation] }),
        json!({ "schemas": [USER], "Operations": [operation] }),
        json!({ "schemas": [], "Operations": [operation] }),
        json!({ "schemas": [PATCH_OP] }),
        json!({ "schemas": [PATCH_OP], "Operations": [] }),
        json!({ "schemas": [PATCH_OP], "Operations": operation }),
        json!({ "schemas": [PATCH_OP], "Operations": ["x"] }),
        json!([operation]),
    ] {
        client.patch(&path, &body).await.expect_error(400, Some("invalidSyntax"));
    }
    assert!(client.get(&path).await.expect(200).body.get("title").is_none());
}

/// R7644-3.5.2-03: an operation is add, remove or replace.
/// R7644-3.5.2-04: in any letter case on the porch, names of members in any everywhere.
/// M-17: "Add" and "operations" are read.
#[tokio::test]
async fn operations_are_add_remove_replace() {
    let (_server, client, path) = rich().await;
    for operation in [
        json!({ "path": "title", "value": "x" }),
        json!({ "op": "move", "path": "title", "from": "nickName" }),
        json!({ "op": 1, "path": "title" }),
    ] {
        refused(&client, &path, operation, "invalidSyntax").await;
    }
    let body = json!({ "SCHEMAS": [PATCH_OP], "operations": [{ "OP": "Replace", "Path": "TITLE", "VALUE": "Prof" }] });
    assert_eq!(client.patch(&path, &body).await.expect(200).body["title"], "Prof");
}

/// R7644-3.5.2-05: a path is an attribute, or a value path with a part.
/// R7644-3.5.2-06: no index, no JSON pointer.
/// R7644-3.12-06: an unknown attribute is refused by the letter.
/// R7644-3.12-07: a filter within a path must be one.
#[tokio::test]
async fn paths_follow_the_grammar() {
    let (_server, client, path) = rich().await;
    let shown = patched(
        &client,
        &path,
        json!({ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "n@x.org" }),
    )
    .await;
    assert_eq!(shown["emails"][0]["value"], "n@x.org");
    for bad in [
        "emails[",
        "/emails/0",
        "emails[0]",
        "emails]",
        "[type eq \"x\"]",
        "emails..value",
        ".emails",
        "emails.",
        "emails[type eq \"work\"]value",
    ] {
        let reply = client.operate(&path, json!([{ "op": "replace", "path": bad, "value": "x" }])).await;
        assert_eq!(reply.code(), 400, "{bad}: {}", reply.text);
        let scim_type = reply.body["scimType"].as_str().unwrap_or_default();
        assert!(["invalidPath", "invalidFilter"].contains(&scim_type), "{bad}: {}", reply.text);
    }
    refused(
        &client,
        &path,
        json!({ "op": "replace", "path": "name[givenName eq \"x\"]", "value": { "givenName": "y" } }),
        "invalidFilter",
    )
    .await;
    refused(
        &client,
        &path,
        json!({ "op": "replace", "path": "emails[foo eq \"x\"].value", "value": "y" }),
        "invalidFilter",
    )
    .await;
    refused(&client, &path, json!({ "op": "replace", "path": 7, "value": "y" }), "invalidPath").await;
    let (_other, strict) = strict().await;
    let path = format!("/Users/{}", strict.create_user("bo").await);
    refused(&strict, &path, json!({ "op": "add", "path": "nope", "value": "y" }), "invalidPath").await;
}

/// R7644-3.10-04: paths carry schemas in any letter case; a URN alone is the container.
/// M-09: the extension, not an attribute of that name.
/// R7644-3.5.2-13: the URN comes into schemas, and later operations see it.
/// R7644-3.5.2.2-11: and goes with the container.
#[tokio::test]
async fn an_extension_can_be_patched_by_its_urn() {
    let (_server, client) = acme().await;
    let path = format!("/Users/{}", client.create_user("ana").await);
    let operations = json!([
        { "op": "add", "path": format!("{}:DEPARTMENT", ENTERPRISE.to_uppercase()), "value": "Sales" },
        { "op": "add", "path": ENTERPRISE, "value": { "costCenter": "1" } },
        { "op": "replace", "path": format!("{ENTERPRISE}:department"), "value": "Marketing" },
    ]);
    let body = client.operate(&path, operations).await.expect(200).body;
    assert_eq!(body[ENTERPRISE], json!({ "costCenter": "1", "department": "Marketing" }));
    assert_eq!(body["schemas"], json!([USER, ENTERPRISE]));
    let body = patched(&client, &path, json!({ "op": "remove", "path": ENTERPRISE })).await;
    assert!(body.get(ENTERPRISE).is_none());
    assert_eq!(body["schemas"], json!([USER]));
}

/// R7644-3.5.2-07: each operation sees what those before it did.
/// R7644-3.5.2-11: a new primary value takes the place of the old one.
/// M-44: a PATCH settles the primary by itself.
#[tokio::test]
async fn operations_follow_each_other() {
    let (_server, client, path) = rich().await;
    let operations = json!([
        { "op": "add", "path": "emails", "value": [{ "value": "o@x.org", "type": "other", "primary": true }] },
        { "op": "replace", "path": "emails[type eq \"other\"].value", "value": "p@x.org" },
    ]);
    let body = client.operate(&path, operations).await.expect(200).body;
    let primaries: Vec<&Value> =
        body["emails"].as_array().expect("emails").iter().filter(|email| email["primary"] == true).collect();
    assert_eq!(primaries, [&json!({ "value": "p@x.org", "type": "other", "primary": true })]);
    let body = patched(
        &client,
        &path,
        json!({ "op": "replace", "path": "emails[type eq \"home\"].primary", "value": true }),
    )
    .await;
    let primaries =
        body["emails"].as_array().expect("emails").iter().filter(|email| email["primary"] == true).count();
    assert_eq!(primaries, 1);
}

/// R7644-3.5.2-08: one error undoes all, on users and groups, members included.
#[tokio::test]
async fn a_patch_happens_whole_or_not_at_all() {
    let (server, client, path) = rich().await;
    let user = path.rsplit('/').next().expect("an id").to_owned();
    let group_path = format!("/Groups/{}", client.create_group("Sales", &[]).await);
    for (path, operations) in [
        (
            &path,
            json!([{ "op": "replace", "path": "title", "value": "x" }, { "op": "replace", "path": "id", "value": "y" }]),
        ),
        (&path, json!([{ "op": "remove", "path": "title" }, { "op": "remove", "path": "userName" }])),
        (
            &group_path,
            json!([{ "op": "add", "path": "members", "value": [{ "value": user }] }, { "op": "replace", "path": "meta.created", "value": "y" }]),
        ),
        (
            &group_path,
            json!([{ "op": "add", "path": "members", "value": [{ "value": user }] }, { "op": "remove", "path": "displayName" }]),
        ),
    ] {
        let before = client.get(path).await.expect(200);
        client.operate(path, operations).await.expect_error(400, Some("mutability"));
        let after = client.get(path).await.expect(200);
        assert_eq!(
            (after.text.as_str(), after.header("etag")),
            (before.text.as_str(), before.header("etag"))
        );
    }
    assert_eq!(server.faults(), Vec::<String>::new());
}

/// R7644-3.5.2-09: what is read-only cannot be a target.
/// M-21: by its path; in a value without path the porch leaves it out.
/// R7644-3.5.2.3-11: and by the letter it is an error there too.
#[tokio::test]
async fn read_only_targets_are_refused() {
    let (_server, client, path) = rich().await;
    for target in
        ["id", "meta", "meta.created", "meta.version", "groups", "groups[value eq \"x\"]", "groups.value"]
    {
        for op in ["add", "replace", "remove"] {
            refused(&client, &path, json!({ "op": op, "path": target, "value": "x" }), "mutability").await;
        }
    }
    let value = json!({ "id": NOBODY, "meta": { "created": "x" }, "title": "Prof" });
    assert_eq!(patched(&client, &path, json!({ "op": "replace", "value": value })).await["title"], "Prof");
}

/// R7644-3.5.2-12: a user is answered with 200 and itself, a group with 204 unless attributes are asked for.
/// M-43: large groups are not sent back.
/// R7644-3.5.2-01: with attributes it is 200.
#[tokio::test]
async fn users_are_answered_with_themselves_groups_with_nothing() {
    let (_server, client, path) = rich().await;
    let reply =
        client.operate(&path, json!([{ "op": "add", "path": "title", "value": "x" }])).await.expect(200);
    assert_eq!(reply.body, client.get(&path).await.expect(200).body);
    let group_path = format!("/Groups/{}", client.create_group("Sales", &[]).await);
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "Marketing" }]);
    let reply = client.operate(&group_path, rename.clone()).await.expect(204);
    assert!(reply.text.is_empty() && reply.header("content-type").is_none());
    assert_eq!(reply.header("etag"), Some(&*tag(&client, &group_path).await));
    let reply = client.operate(&format!("{group_path}?attributes=displayName"), rename).await.expect(200);
    assert_eq!(reply.body["displayName"], "Marketing");
}

/// R7644-3.5.2-14: a known extension may be added to schemas; the base schema stays.
#[tokio::test]
async fn the_base_schema_stays() {
    let (_server, client, path) = rich().await;
    for operation in [
        json!({ "op": "remove", "path": "schemas" }),
        json!({ "op": "remove", "path": format!("schemas[value eq \"{USER}\"]") }),
        json!({ "op": "replace", "path": "schemas", "value": [GROUP] }),
    ] {
        let reply = client.operate(&path, json!([operation])).await;
        let scim_type = reply.body["scimType"].as_str().unwrap_or_default();
        assert!(
            reply.code() == 400 && ["mutability", "invalidValue", "invalidSyntax"].contains(&scim_type),
            "{operation}: {}",
            reply.text
        );
    }
    client
        .operate(&path, json!([{ "op": "add", "path": "schemas", "value": [ENTERPRISE] }]))
        .await
        .expect(200);
    assert_eq!(client.get(&path).await.expect(200).body["schemas"], json!([USER, ENTERPRISE]));
}

/// R7644-3.5.2.1-01: what changes nothing leaves version and time alone.
/// R7644-3.5.2.1-08: adding what is there is such a thing.
/// R7644-3.5.2.2-08: so is removing what a filter does not find.
/// R7644-3.5.2.2-09: and removing what is not there.
/// M-14: success, unchanged.
/// M-41: no new version.
/// R7644-3.14-05: on users and groups alike.
#[tokio::test]
async fn what_changes_nothing_makes_no_version() {
    let (server, client, path) = rich().await;
    let user = path.rsplit('/').next().expect("an id").to_owned();
    let group_path = format!("/Groups/{}", client.create_group("Sales", &[&user]).await);
    server.wait(60);
    for (path, operation) in [
        (&path, json!({ "op": "add", "path": "emails", "value": [{ "value": "h@x.org", "type": "home" }] })),
        (&path, json!({ "op": "replace", "path": "title", "value": "Dr" })),
        (&path, json!({ "op": "add", "value": { "title": "Dr", "active": true } })),
        (&path, json!({ "op": "remove", "path": "emails[type eq \"fax\"]" })),
        (&path, json!({ "op": "remove", "path": "timezone" })),
        (&path, json!({ "op": "remove", "path": "name.middleName" })),
        (&group_path, json!({ "op": "add", "path": "members", "value": [{ "value": user }] })),
        (&group_path, json!({ "op": "remove", "path": format!("members[value eq \"{NOBODY}\"]") })),
        (&group_path, json!({ "op": "replace", "path": "displayName", "value": "Sales" })),
        (&group_path, json!({ "op": "replace", "path": "members", "value": [{ "value": user }] })),
    ] {
        let before = client.get(path).await.expect(200);
        let reply = client.operate(path, json!([operation])).await;
        assert!(matches!(reply.code(), 200 | 204), "{operation}: {}", reply.text);
        assert_eq!(client.get(path).await.expect(200).text, before.text, "{operation}");
    }
}

/// R7644-3.5.2-15: an unknown id is 404, a collection is no target.
/// RINT-6.3-03: no filter turns a collection into one.
#[tokio::test]
async fn only_resources_are_patched() {
    let (_server, client, path) = rich().await;
    let operations = json!([{ "op": "replace", "path": "active", "value": false }]);
    for endpoint in ["/Users", "/Groups"] {
        client.operate(&format!("{endpoint}/{NOBODY}"), operations.clone()).await.expect_error(404, None);
        let reply = client.operate(endpoint, operations.clone()).await.expect_error(405, None);
        assert_eq!(allowed(&reply), ["GET", "HEAD", "POST"]);
        for method in [Method::PATCH, Method::DELETE, Method::PUT] {
            raw(&client, method, &format!("{endpoint}?filter=userName+eq+%22ana%22"), "{}")
                .await
                .expect_error(405, None);
        }
    }
    assert_eq!(client.get(&path).await.expect(200).body["active"], true);
}

/// R7644-3.12-08: a name that is taken is 409 uniqueness.
/// R7644-3.12-09: a value of the wrong type is 400 invalidValue.
/// RINT-6.9-01: on a PATCH as on a POST.
/// M-22: 409.
#[tokio::test]
async fn results_are_checked() {
    let (_server, client, path) = rich().await;
    client.create_user("bo").await;
    let rename = |value: &str| json!([{ "op": "replace", "path": "userName", "value": value }]);
    client.operate(&path, rename("BO")).await.expect_error(409, Some("uniqueness"));
    client.operate(&path, rename("ANA")).await.expect(200);
    for (target, value) in [
        ("active", json!("maybe")),
        ("title", json!({ "a": 1 })),
        ("name", json!("x")),
        ("emails", json!([[["x"]]])),
        ("name.givenName", json!({})),
    ] {
        refused(&client, &path, json!({ "op": "replace", "path": target, "value": value }), "invalidValue")
            .await;
    }
    let first = client.create_group("Sales", &[]).await;
    client.create_group("Other", &[]).await;
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "other" }]);
    client.operate(&format!("/Groups/{first}"), rename).await.expect_error(409, Some("uniqueness"));
}

/// RIPS-6.2.6-01: many members at once, in one operation or in many.
#[tokio::test]
async fn a_thousand_operations_in_one_request() {
    let (_server, client) = acme().await;
    let mut ids = Vec::new();
    for number in 0..60 {
        ids.push(client.create_user(&format!("u{number}")).await);
    }
    let id = client.create_group("Sales", &[]).await;
    let path = format!("/Groups/{id}");
    let operation = |op: &str, id: &String| match op {
        "add" => json!({ "op": "add", "path": "members", "value": [{ "value": id }] }),
        _ => json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") }),
    };
    let mut operations: Vec<Value> = ids.iter().map(|id| operation("add", id)).collect();
    while operations.len() < 1000 {
        operations.push(operation("add", &ids[operations.len() % ids.len()]));
    }
    client.operate(&path, Value::Array(operations)).await.expect(204);
    assert_eq!(client.members(&id).await.len(), 60);
    let operations: Vec<Value> = ids.iter().map(|id| operation("remove", id)).collect();
    client.operate(&path, Value::Array(operations)).await.expect(204);
    assert!(client.members(&id).await.is_empty());
}

/// RINT-6.5-01: by the letter an operation has a path, and a filter in it names one value and a part.
/// RINT-6.5-02: add and replace of a single value are the same.
/// M-10: by the letter a complex value is replaced whole.
#[tokio::test]
async fn the_letter_of_the_profile() {
    let (_server, client) = strict().await;
    let emails = json!([{ "value": "a@x.org", "type": "work" }, { "value": "b@x.org", "type": "work" }]);
    let path = format!("/Users/{}", create(&client, "ana", json!({ "emails": emails })).await);
    refused(&client, &path, json!({ "op": "replace", "value": { "title": "x" } }), "invalidSyntax").await;
    refused(
        &client,
        &path,
        json!({ "op": "replace", "path": "emails[value eq \"a@x.org\"]", "value": { "value": "c@x.org" } }),
        "invalidPath",
    )
    .await;
    refused(
        &client,
        &path,
        json!({ "op": "replace", "path": "emails[type eq \"work\"].display", "value": "x" }),
        "invalidFilter",
    )
    .await;
    refused(
        &client,
        &path,
        json!({ "op": "replace", "path": "emails[type eq \"fax\"].display", "value": "x" }),
        "noTarget",
    )
    .await;
    let added = patched(&client, &path, json!({ "op": "add", "path": "title", "value": "Dr" })).await;
    let replaced = patched(&client, &path, json!({ "op": "replace", "path": "title", "value": "Dr" })).await;
    assert_eq!(added, replaced);
}

/// R7644-3.5.2.1-02: an add has a value.
/// R7644-3.5.2.1-03: without path it is an object whose attributes are merged.
/// R7644-3.5.2.1-04: and nothing else.
/// R7644-3.5.2.1-05: a single value is replaced.
/// R7644-3.5.2.1-06: of a complex one the given parts are set.
/// R7644-3.5.2.1-07: to several, a list or one is added.
/// R7644-3.5.2.1-13: a part of what is not there makes it.
/// R7644-3.5.2.1-16: names in a value may be paths on the porch.
#[tokio::test]
async fn add_merges() {
    let (_server, client, path) = rich().await;
    refused(&client, &path, json!({ "op": "add", "path": "title" }), "invalidValue").await;
    refused(&client, &path, json!({ "op": "add", "value": "x" }), "invalidValue").await;
    refused(&client, &path, json!({ "op": "add" }), "invalidValue").await;
    let body = patched(
        &client,
        &path,
        json!({ "op": "add", "value": { "nickName": "N", "emails": [{ "value": "n@x.org" }] } }),
    )
    .await;
    assert_eq!((&body["nickName"], body["emails"].as_array().map(Vec::len)), (&json!("N"), Some(3)));
    assert_eq!(
        patched(&client, &path, json!({ "op": "add", "path": "title", "value": "Prof" })).await["title"],
        "Prof"
    );
    let body =
        patched(&client, &path, json!({ "op": "add", "path": "name", "value": { "givenName": "B" } })).await;
    assert_eq!(body["name"], json!({ "familyName": "Müller", "givenName": "B" }));
    let body =
        patched(&client, &path, json!({ "op": "add", "path": "emails", "value": { "value": "m@x.org" } }))
            .await;
    assert_eq!(body["emails"].as_array().map(Vec::len), Some(4));
    let body = patched(
        &client,
        &path,
        json!({ "op": "add", "path": format!("{ENTERPRISE}:manager.value"), "value": "7" }),
    )
    .await;
    assert_eq!(body[ENTERPRISE]["manager"], json!({ "value": "7" }));
    let flat = json!({ "name.middleName": "M", format!("{ENTERPRISE}:department"): "Legal" });
    let body = patched(&client, &path, json!({ "op": "add", "value": flat })).await;
    assert_eq!(
        (&body["name"]["middleName"], &body[ENTERPRISE]["department"]),
        (&json!("M"), &json!("Legal"))
    );
}

/// R7644-3.5.2.1-10: a part of every value that the filter finds is set.
/// R7644-3.5.2.1-11: where it finds none, one is made of what it asks for.
/// R7644-3.5.2.1-12: if it asks for something that can be made.
/// R7644-3.5.2.1-14: a part without filter is of every value on the porch, and refused by the letter.
/// M-12: replace makes one as well, on the porch.
/// M-13: add too.
#[tokio::test]
async fn add_by_filter() {
    let (_server, client, path) = rich().await;
    let body = patched(
        &client,
        &path,
        json!({ "op": "add", "path": "addresses[type eq \"work\"].country", "value": "DE" }),
    )
    .await;
    assert!(
        body["addresses"].as_array().expect("addresses").iter().all(|address| address["country"] == "DE")
    );
    let body = patched(
        &client,
        &path,
        json!({ "op": "add", "path": "phoneNumbers[type eq \"work\"].value", "value": "1" }),
    )
    .await;
    assert_eq!(body["phoneNumbers"], json!([{ "value": "1", "type": "work" }]));
    let body = patched(
        &client,
        &path,
        json!({ "op": "replace", "path": "ims[type eq \"xmpp\"].value", "value": "2" }),
    )
    .await;
    assert_eq!(body["ims"], json!([{ "value": "2", "type": "xmpp" }]));
    refused(
        &client,
        &path,
        json!({ "op": "add", "path": "photos[value co \"x\"].type", "value": "photo" }),
        "noTarget",
    )
    .await;
    let body =
        patched(&client, &path, json!({ "op": "replace", "path": "emails.display", "value": "d" })).await;
    assert!(body["emails"].as_array().expect("emails").iter().all(|email| email["display"] == "d"));
    let (_other, strict) = strict().await;
    let path = format!("/Users/{}", strict.create_user("bo").await);
    refused(
        &strict,
        &path,
        json!({ "op": "replace", "path": "emails.display", "value": "d" }),
        "invalidPath",
    )
    .await;
}

/// R7644-3.5.2.1-15: a member that is nobody is left out on the porch; by the letter it is an error and nothing happens.
/// R7644-3.5.2.1-17: null says that nothing is asserted, and takes a single value away.
#[tokio::test]
async fn add_of_nobody_and_nothing() {
    let (_server, client, path) = rich().await;
    assert!(
        patched(&client, &path, json!({ "op": "add", "path": "title", "value": null }))
            .await
            .get("title")
            .is_none()
    );
    refused(&client, &path, json!({ "op": "add", "path": "userName", "value": null }), "mutability").await;
    let id = client.create_group("Sales", &[]).await;
    let nobody = json!([{ "op": "add", "path": "members", "value": [{ "value": NOBODY }] }]);
    client.operate(&format!("/Groups/{id}"), nobody.clone()).await.expect(204);
    assert!(client.members(&id).await.is_empty());
    let (_other, strict) = strict().await;
    let ana = strict.create_user("ana").await;
    let group_path = format!("/Groups/{}", strict.create_group("Sales", &[]).await);
    let mixed = json!([{ "op": "add", "path": "members", "value": [{ "value": ana }, { "value": NOBODY }] }]);
    strict.operate(&group_path, mixed).await.expect_error(400, Some("invalidValue"));
    assert!(strict.get(&group_path).await.expect(200).body.get("members").is_none());
}

/// R7644-3.5.2.2-01: a removal has a path.
/// R7644-3.5.2.2-02: a single value, or a part, becomes unassigned.
/// R7644-3.5.2.2-03: several values go all together.
/// R7644-3.5.2.2-04: or those that a filter finds.
/// R7644-3.5.2.2-05: or a part of them.
/// R7644-3.5.2.2-12: with the primary value gone there is none.
#[tokio::test]
async fn remove_unassigns() {
    let (_server, client, path) = rich().await;
    refused(&client, &path, json!({ "op": "remove" }), "noTarget").await;
    assert!(patched(&client, &path, json!({ "op": "remove", "path": "title" })).await.get("title").is_none());
    let body =
        patched(&client, &path, json!({ "op": "remove", "path": "addresses[type eq \"work\"].region" }))
            .await;
    assert_eq!(
        body["addresses"],
        json!([{ "locality": "Bonn", "type": "work" }, { "locality": "Köln", "type": "work" }])
    );
    assert!(
        patched(&client, &path, json!({ "op": "remove", "path": "addresses" }))
            .await
            .get("addresses")
            .is_none()
    );
    let body = patched(
        &client,
        &path,
        json!({ "op": "remove", "path": "emails[type eq \"work\" and value ew \"x.org\"]" }),
    )
    .await;
    assert_eq!(body["emails"], json!([{ "value": "h@x.org", "type": "home" }]));
    let user = path.rsplit('/').next().expect("an id").to_owned();
    let other = client.create_user("bo").await;
    let id = client.create_group("Sales", &[&user, &other]).await;
    let group_path = format!("/Groups/{id}");
    client
        .operate(&group_path, json!([{ "op": "remove", "path": format!("members[value eq \"{user}\"]") }]))
        .await
        .expect(204);
    assert_eq!(client.members(&id).await, [other]);
    client.operate(&group_path, json!([{ "op": "remove", "path": "members" }])).await.expect(204);
    assert!(client.get(&group_path).await.expect(200).body.get("members").is_none());
}

/// R7644-3.5.2.2-06: what is required or read-only cannot be removed.
/// R7644-3.5.2.2-07: nor the part that a member is.
/// M-16: that is mutability.
/// R7644-3.5.2.3-12: nor can a member become another.
#[tokio::test]
async fn required_values_cannot_be_removed() {
    let (_server, client, path) = rich().await;
    for target in ["userName", "name", "name.familyName", "emails", "id", "meta", "groups", "schemas"] {
        refused(&client, &path, json!({ "op": "remove", "path": target }), "mutability").await;
    }
    refused(&client, &path, json!({ "op": "replace", "path": "userName", "value": null }), "mutability")
        .await;
    let user = path.rsplit('/').next().expect("an id").to_owned();
    let group_path = format!("/Groups/{}", client.create_group("Sales", &[&user]).await);
    refused(&client, &group_path, json!({ "op": "remove", "path": "displayName" }), "mutability").await;
    refused(
        &client,
        &group_path,
        json!({ "op": "remove", "path": format!("members[value eq \"{user}\"].value") }),
        "mutability",
    )
    .await;
    refused(
        &client,
        &group_path,
        json!({ "op": "replace", "path": format!("members[value eq \"{user}\"].value"), "value": NOBODY }),
        "mutability",
    )
    .await;
}

/// R7644-3.5.2.2-10: a removal of members with a value removes those alone.
/// M-15: never the whole group.
#[tokio::test]
async fn listed_members_alone_are_removed() {
    let (_server, client) = acme().await;
    let (ana, bo) = (client.create_user("ana").await, client.create_user("bo").await);
    let id = client.create_group("Sales", &[&ana, &bo]).await;
    let path = format!("/Groups/{id}");
    for (value, left) in [
        (json!([{ "value": NOBODY }]), 2),
        (json!([]), 2),
        (json!([{ "value": ana }]), 1),
        (json!({ "value": bo }), 0),
    ] {
        client
            .operate(&path, json!([{ "op": "Remove", "path": "members", "value": value }]))
            .await
            .expect(204);
        assert_eq!(client.members(&id).await.len(), left, "{value}");
    }
}

/// R7644-3.5.2.3-01: without path each attribute of the value is replaced, several values wholly.
/// R7644-3.5.2.3-02: a single value is replaced.
/// R7644-3.5.2.3-03: several are replaced as a whole.
/// R7644-3.5.2.3-04: what is not there is added.
/// R7644-3.5.2.3-05: of a complex value the parts that are not named stay.
/// R7644-3.5.2.3-06: what a filter finds is replaced as a whole.
/// R7644-3.5.2.3-07: or in one part, everywhere.
/// M-10: merged, on the porch.
/// M-11: the record is replaced.
#[tokio::test]
async fn replace_replaces() {
    let (_server, client, path) = rich().await;
    let body = patched(
        &client,
        &path,
        json!({ "op": "replace", "value": { "active": false, "emails": [{ "value": "n@x.org" }] } }),
    )
    .await;
    assert_eq!(
        (&body["active"], &body["emails"], &body["title"]),
        (&json!(false), &json!([{ "value": "n@x.org" }]), &json!("Dr"))
    );
    assert_eq!(
        patched(&client, &path, json!({ "op": "replace", "path": "timezone", "value": "Europe/Berlin" }))
            .await["timezone"],
        "Europe/Berlin"
    );
    let body =
        patched(&client, &path, json!({ "op": "replace", "path": "name", "value": { "givenName": "B" } }))
            .await;
    assert_eq!(body["name"], json!({ "familyName": "Müller", "givenName": "B" }));
    let body = patched(
        &client,
        &path,
        json!({ "op": "replace", "path": "addresses[type eq \"work\"].region", "value": "BY" }),
    )
    .await;
    assert!(body["addresses"].as_array().expect("addresses").iter().all(|address| address["region"] == "BY"));
    let body = patched(
        &client,
        &path,
        json!({ "op": "replace", "path": "addresses[locality eq \"Bonn\"]", "value": { "locality": "Ulm" } }),
    )
    .await;
    assert!(body["addresses"].as_array().expect("addresses").contains(&json!({ "locality": "Ulm" })));
    let (ana, bo) = (client.create_user("a").await, client.create_user("b").await);
    let id = client.create_group("Sales", &[&ana]).await;
    let members = json!([{ "op": "replace", "path": "members", "value": [{ "value": bo }] }]);
    client.operate(&format!("/Groups/{id}"), members).await.expect(204);
    assert_eq!(client.members(&id).await, [bo]);
}

/// R7644-3.5.2.3-08: by the letter, a filter that finds nothing is noTarget.
/// R7644-3.5.2.3-09: null, an empty list and, on the porch, blank text unassign.
/// R7644-3.5.2.3-10: a replace has a value.
#[tokio::test]
async fn replace_with_nothing() {
    let (_server, client, path) = rich().await;
    for (target, value) in [("title", json!(null)), ("nickName", json!("")), ("addresses", json!([]))] {
        assert!(
            patched(&client, &path, json!({ "op": "replace", "path": target, "value": value }))
                .await
                .get(target)
                .is_none()
        );
    }
    refused(&client, &path, json!({ "op": "replace", "path": "title" }), "invalidValue").await;
    refused(&client, &path, json!({ "op": "replace", "path": "userName", "value": "" }), "mutability").await;
    let (_other, strict) = strict().await;
    let path = format!("/Users/{}", strict.create_user("bo").await);
    refused(
        &strict,
        &path,
        json!({ "op": "replace", "path": "phoneNumbers[type eq \"x\"].value", "value": "1" }),
        "noTarget",
    )
    .await;
}

/// R7644-3.5.2.3-13: deactivated is not gone, and can be undone.
/// M-28: PATCH deactivates, DELETE deletes.
/// RINT-6.6-02: no PATCH deletes a resource.
#[tokio::test]
async fn deactivation_keeps_the_resource() {
    let (_server, client, path) = rich().await;
    for active in [false, true] {
        let body =
            patched(&client, &path, json!({ "op": "replace", "path": "active", "value": active })).await;
        assert_eq!(body["active"], active);
        assert_eq!(client.get(&path).await.expect(200).body, body);
    }
    for target in ["title", "nickName", "addresses", "externalId", "active", ENTERPRISE] {
        client.operate(&path, json!([{ "op": "remove", "path": target }])).await.expect(200);
    }
    client.get(&path).await.expect(200);
}

/// R9110-13-02: of many changes at once none is lost.
/// R7644-3.14-05: each that changes something makes a version.
#[tokio::test(flavor = "multi_thread")]
async fn no_change_is_lost_among_many_at_once() {
    let (server, client) = acme().await;
    let id = client.create_group("Sales", &[]).await;
    let path = format!("/Groups/{id}");
    let user_path = format!("/Users/{}", client.create_user("target").await);
    let mut racers: JoinSet<Reply> = JoinSet::new();
    for number in 0..50 {
        let user = client.create_user(&format!("u{number}")).await;
        let (one, other, path, user_path) = (client.clone(), client.clone(), path.clone(), user_path.clone());
        racers.spawn(async move {
            one.operate(&path, json!([{ "op": "add", "path": "members", "value": [{ "value": user }] }]))
                .await
        });
        let role = json!([{ "op": "add", "path": "roles", "value": [{ "value": format!("r{number}") }] }]);
        racers.spawn(async move { other.operate(&user_path, role).await });
    }
    for reply in racers.join_all().await {
        assert!(matches!(reply.code(), 200 | 204), "{}", reply.text);
    }
    assert_eq!(client.members(&id).await.len(), 50);
    let user = client.get(&user_path).await.expect(200);
    assert_eq!(user.body["roles"].as_array().map(Vec::len), Some(50));
    assert_eq!((user.header("etag"), tag(&client, &path).await.as_str()), (Some("W/\"51\""), "W/\"51\""));
    assert_eq!(server.faults(), Vec::<String>::new());
}

/// R7644-3.5.2-02: whatever is sent as a PATCH, the server answers.
#[tokio::test]
async fn hostile_patches_are_refused() {
    let (_server, client) = acme().await;
    let user = client.create_user("ana").await;
    let id = client.create_group("Sales", &[&user]).await;
    let values = [
        json!(null),
        json!(true),
        json!(1.5),
        json!(""),
        json!("x"),
        json!("\u{0}"),
        json!([]),
        json!({}),
        json!([[]]),
        json!([null]),
        json!([{ "value": [] }]),
        json!([{ "value": {} }]),
        json!({ "value": null }),
        json!([{ "value": 1 }]),
        json!({ "members": "x" }),
        json!({ "a": { "b": { "c": [] } } }),
        json!("x".repeat(100_000)),
    ];
    let paths = [
        "members",
        "members[value eq \"x\"]",
        "members.value",
        "displayName",
        "userName",
        "emails",
        "emails[type eq \"work\"]",
        "name",
        "active",
        "schemas",
        "meta",
        "",
        " ",
        "\u{0}",
        "emails[value pr].value",
        ENTERPRISE,
        "urn:x",
        "members[",
        "a.b.c",
        "$ref",
    ];
    for op in ["add", "replace", "remove", "ADD"] {
        for path in paths {
            for value in &values {
                for target in [format!("/Users/{user}"), format!("/Groups/{id}")] {
                    let reply =
                        client.operate(&target, json!([{ "op": op, "path": path, "value": value }])).await;
                    assert!(reply.code() < 500, "{op} {path} {value}: {}", reply.text);
                }
            }
        }
        for value in &values {
            for target in [format!("/Users/{user}"), format!("/Groups/{id}")] {
                let reply = client.operate(&target, json!([{ "op": op, "value": value }])).await;
                assert!(reply.code() < 500, "{op} {value}: {}", reply.text);
            }
        }
    }
    client.get("/Users").await.expect(200);
    client.get("/Groups").await.expect(200);
}

/// R7644-3.7.4-01: a PATCH has its limits too, so that nobody holds up all others: 413 with the limit, nothing changed.
/// RIPS-6.2.6-01: members are not counted.
#[tokio::test]
async fn endless_patches_are_refused() {
    let (_server, client) = acme().await;
    let user = client.create_user("ana").await;
    let path = format!("/Users/{user}");
    let group_path = format!("/Groups/{}", client.create_group("Sales", &[]).await);
    let before = client.get(&path).await.expect(200).text;
    let add =
        |number: usize| json!({ "op": "add", "path": "roles", "value": [{ "value": format!("r{number}") }] });
    let operations: Vec<Value> = (0..1001).map(add).collect();
    let reply = client.operate(&path, operations.into()).await.expect_error(413, None);
    assert!(reply.body["detail"].as_str().is_some_and(|detail| detail.contains("1000")));
    let roles: Vec<Value> = (0..2001).map(|number| json!({ "value": format!("r{number}") })).collect();
    let operations = json!([{ "op": "add", "path": "roles", "value": roles }]);
    client.operate(&path, operations).await.expect_error(400, Some("invalidValue"));
    let body = crate::support::user_with("bo", json!({ "roles": roles }));
    client.post("/Users", &body).await.expect_error(400, Some("invalidValue"));
    client.put(&path, &body).await.expect_error(400, Some("invalidValue"));
    assert_eq!(client.get(&path).await.expect(200).text, before);
    let member = json!({ "op": "add", "path": "members", "value": [{ "value": user }] });
    client.operate(&group_path, vec![member; 3000].into()).await.expect(204);
    let search = json!({ "op": "remove", "path": "members[display co \"x\"]" });
    client.operate(&group_path, vec![search.clone(); 21].into()).await.expect_error(413, None);
    client.operate(&group_path, vec![search; 20].into()).await.expect(204);
}
