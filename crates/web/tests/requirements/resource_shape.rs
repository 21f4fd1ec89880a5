//! What a resource looks like: schemas, id, externalId, meta, types of values, extensions, references.

use crate::support::{
    ENTERPRISE, GROUP, NOBODY, USER, acme, create, encoded, filtered, found, group, keys, nowhere_on_disk,
    raw, shown, strict, user_with, user_without,
};
use axum::http::Method;
use scim::Provider;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::slice::from_ref;
use testkit::{Client, Server, user};

async fn refused(client: &Client, attributes: Value, scim_type: &str) {
    let body = user_with("refused", attributes);
    let reply = client.post("/Users", &body).await;
    assert_eq!((reply.code(), &reply.body["scimType"]), (400, &json!(scim_type)), "{body}: {}", reply.text);
}

/// R7643-3-01: the order of schemas is irrelevant; duplicates are joined on the porch and refused by the letter.
/// R7643-2.3.8-02: so is the order of the members of an object.
#[tokio::test]
async fn order_has_no_meaning() {
    let (_server, client) = acme().await;
    let first = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"userName":"a","name":{"givenName":"A","familyName":"B"},"emails":[{"value":"a@b.c","type":"work"}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"D"}}"#;
    let second = r#"{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"D"},"emails":[{"type":"work","value":"a@b.c"}],"name":{"familyName":"B","givenName":"A"},"userName":"a","schemas":["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User","urn:ietf:params:scim:schemas:core:2.0:User"]}"#;
    let created = raw(&client, Method::POST, "/Users", first).await.expect(201);
    let path = format!("/Users/{}", created.id());
    let again = raw(&client, Method::PUT, &path, second).await.expect(200);
    assert_eq!(again.body, created.body);
    let twice = user_with("bo", json!({ "schemas": [USER, USER] }));
    assert_eq!(client.post("/Users", &twice).await.expect(201).body["schemas"], json!([USER]));
    let (_other, strict) = strict().await;
    strict.post("/Users", &twice).await.expect_error(400, Some("invalidSyntax"));
}

/// R7643-3-02: schemas holds schemas of the type alone.
/// R7643-3.3-01: the base schema must be there by the letter; the porch adds it.
#[tokio::test]
async fn schemas_belong_to_the_type() {
    for (_server, client) in [acme().await, strict().await] {
        refused(&client, json!({ "schemas": [GROUP] }), "invalidSyntax").await;
        refused(&client, json!({ "schemas": [USER, GROUP] }), "invalidSyntax").await;
        refused(&client, json!({ "schemas": [USER, 7] }), "invalidSyntax").await;
        let reply = client.post("/Groups", &json!({ "schemas": [USER], "displayName": "x" })).await;
        reply.expect_error(400, Some("invalidSyntax"));
    }
    let (_server, lenient) = acme().await;
    let (_other, strict) = strict().await;
    for body in [user_without("ana", "schemas"), user_with("bo", json!({ "schemas": [] }))] {
        strict.post("/Users", &body).await.expect_error(400, Some("invalidSyntax"));
        assert_eq!(lenient.post("/Users", &body).await.expect(201).body["schemas"], json!([USER]));
    }
}

/// R7643-3.3-03: an extension is listed exactly while it has data.
/// R7643-3.3-02: its attributes are in its container alone.
#[tokio::test]
async fn an_extension_is_listed_while_it_has_data() {
    let (_server, client) = acme().await;
    let id = client.create_user("ana").await;
    let path = format!("/Users/{id}");
    assert_eq!(shown(&client, &id).await["schemas"], json!([USER]));
    let department = format!("{ENTERPRISE}:department");
    let set = json!([{ "op": "add", "path": department, "value": "Sales" }]);
    let body = client.operate(&path, set).await.expect(200).body;
    assert_eq!(body["schemas"], json!([USER, ENTERPRISE]));
    assert_eq!(body[ENTERPRISE], json!({ "department": "Sales" }));
    assert!(body.get("department").is_none());
    let body = client.operate(&path, json!([{ "op": "remove", "path": department }])).await.expect(200).body;
    assert_eq!(body["schemas"], json!([USER]));
    assert!(body.get(ENTERPRISE).is_none());
}

/// R7643-3.1-02: ids are unique across types and tenants.
/// R7643-3.1-05: none has the word bulkId.
/// R7643-3.1-15: none can be guessed from another.
#[tokio::test]
async fn ids_are_unique_and_not_guessable() {
    let (server, client) = acme().await;
    let other = server.connect("globex", Provider::Generic).await;
    let mut ids = HashSet::new();
    for number in 0..20 {
        for client in [&client, &other] {
            assert!(ids.insert(client.create_user(&format!("u{number}")).await));
            assert!(ids.insert(client.create_group(&format!("g{number}"), &[]).await));
        }
    }
    // The last 62 bits of a version 7 UUID are random.
    let random: HashSet<&str> = ids.iter().map(|id| &id[19..]).collect();
    assert_eq!(random.len(), ids.len());
    for _ in 0..10_000 {
        let id = server.store().ids().next();
        assert!(!id.is_empty() && !id.to_lowercase().contains("bulkid"));
        assert!(ids.insert(id));
    }
}

/// R7643-3.1-03: an id that the client sends is ignored.
/// R7643-3.1-04: an id is never given again, not even to the same user.
/// RIPS-5.2-01: the userName of a deleted user is free.
#[tokio::test]
async fn ids_are_never_given_again() {
    let (_server, client) = acme().await;
    let first = create(&client, "ana", json!({ "id": "x", "externalId": "e1" })).await;
    assert_ne!(first, "x");
    client.delete(&format!("/Users/{first}")).await.expect(204);
    let second = create(&client, "ana", json!({ "id": first, "externalId": "e1" })).await;
    assert_ne!(first, second);
    client.get(&format!("/Users/{first}")).await.expect_error(404, None);
}

/// R7643-3.1-07: externalId comes back as it was sent, and never by itself.
/// R7643-3.1-09: it need not be unique.
/// M-30: two users may have the same.
#[tokio::test]
async fn external_ids_are_the_clients() {
    let (_server, client) = acme().await;
    let id = client.create_user("ana").await;
    assert!(shown(&client, &id).await.get("externalId").is_none());
    for name in ["bo", "cy"] {
        let body = user_with(name, json!({ "externalId": " Ä/ß é\u{301} " }));
        assert_eq!(client.post("/Users", &body).await.expect(201).body["externalId"], " Ä/ß é\u{301} ");
    }
    assert_eq!(found(&client, "externalId eq \" Ä/ß é\u{301} \"").await, ["bo", "cy"]);
    assert!(found(&client, "externalId eq \" ä/ß é\u{301} \"").await.is_empty());
}

/// R7643-3.1-08: an externalId is one tenant's own.
/// R7644-6.2-01: the same may be used in another.
#[tokio::test]
async fn external_ids_belong_to_a_tenant() {
    let (server, acme) = acme().await;
    let globex = server.connect("globex", Provider::Generic).await;
    create(&acme, "ana", json!({ "externalId": "e1" })).await;
    create(&globex, "bo", json!({ "externalId": "e1" })).await;
    assert_eq!(found(&acme, "externalId eq \"e1\"").await, ["ana"]);
    assert_eq!(found(&globex, "externalId eq \"e1\"").await, ["bo"]);
}

/// R7643-3.1-10: meta is the server's, on a create and on a replace.
/// R7643-3.1-11: created and lastModified are times, the same until the first change.
/// R7643-3.1-14: meta.version is the tag, weak.
#[tokio::test]
async fn meta_is_the_servers() {
    let (server, client) = acme().await;
    let meta = json!({ "created": "1999-01-01T00:00:00Z", "lastModified": "1999-01-01T00:00:00Z", "version": "W/\"99\"" });
    let created = client.post("/Users", &user_with("ana", json!({ "meta": meta }))).await.expect(201);
    assert_eq!(created.body["meta"]["created"], "2026-01-01T00:00:00.000Z");
    assert_eq!(created.body["meta"]["created"], created.body["meta"]["lastModified"]);
    assert_eq!(created.body["meta"]["version"], created.header("etag").expect("a tag"));
    assert!(created.header("etag").is_some_and(|tag| tag.starts_with("W/\"")));
    server.wait(90);
    let body = user_with("ana", json!({ "meta": meta, "title": "Dr" }));
    let replaced = client.put(&format!("/Users/{}", created.id()), &body).await.expect(200);
    assert_eq!(replaced.body["meta"]["created"], "2026-01-01T00:00:00.000Z");
    assert_eq!(replaced.body["meta"]["lastModified"], "2026-01-01T00:01:30.000Z");
    assert_ne!(replaced.header("etag"), created.header("etag"));
    assert_eq!(replaced.body["meta"]["version"], replaced.header("etag").expect("a tag"));
}

/// R7643-3.1-12: the endpoint decides meta.resourceType.
/// R7643-3.1-13: meta.location is absolute and starts with the public URL, whatever host a request names.
/// R7644-6-05: every URI in an answer lies within the caller's base URL.
#[tokio::test]
async fn locations_start_with_the_public_url() {
    let (_server, client) = acme().await;
    let spoofed = client
        .with_header("host", "evil.example")
        .with_header("x-forwarded-host", "evil.example")
        .with_header("x-forwarded-proto", "http")
        .with_header("forwarded", "host=evil.example;proto=http");
    let user = spoofed.post("/Users", &user("ana")).await.expect(201);
    let group = spoofed.post("/Groups", &group("Sales", &[&user.id()])).await.expect(201);
    assert_eq!(
        (&user.body["meta"]["resourceType"], &group.body["meta"]["resourceType"]),
        (&json!("User"), &json!("Group"))
    );
    let base = format!("{}{}", testkit::PUBLIC_URL, client.base_path());
    let mut replies = vec![user, group];
    for path in ["/Users", "/Groups", "/Schemas", "/ResourceTypes", "/ServiceProviderConfig"] {
        replies.push(spoofed.get(path).await.expect(200));
    }
    for reply in replies {
        assert!(!reply.text.contains("evil") && !format!("{:?}", reply.headers).contains("evil"));
        for part in reply
            .text
            .split("https://")
            .skip(1)
            .filter(|part| part.contains("/scim/v2/") && part.starts_with("iam"))
        {
            let uri = format!("https://{}", part.split('"').next().unwrap_or_default());
            assert!(uri.starts_with(&base), "{uri}");
        }
    }
}

/// R7643-2.1-01: names of attributes in any letter case; they come back as the schema spells them.
#[tokio::test]
async fn attribute_names_have_no_case() {
    for (_server, client) in [acme().await, strict().await] {
        let body = json!({
            "SCHEMAS": [USER.to_uppercase(), ENTERPRISE],
            "USERNAME": "ana",
            "Name": { "GIVENNAME": "Ana", "familyname": "B" },
            "EMAILS": [{ "VALUE": "a@b.c", "Primary": true }],
            ENTERPRISE.to_uppercase(): { "DEPARTMENT": "Sales" },
        });
        let created = client.post("/Users", &body).await.expect(201).body;
        assert_eq!(created["userName"], "ana");
        assert_eq!(created["name"], json!({ "familyName": "B", "givenName": "Ana" }));
        assert_eq!(created["emails"], json!([{ "value": "a@b.c", "primary": true }]));
        assert_eq!(created[ENTERPRISE], json!({ "department": "Sales" }));
        assert_eq!(created["schemas"], json!([USER, ENTERPRISE]));
    }
}

/// R7643-2.1-02: the same name twice in different letter case is refused.
/// R8259-01: the same key twice is one value, the same for every reader.
#[tokio::test]
async fn an_attribute_stands_once() {
    let (_server, client) = acme().await;
    refused(&client, json!({ "username": "bo" }), "invalidSyntax").await;
    refused(
        &client,
        json!({ "name": { "givenName": "a", "GivenName": "b", "familyName": "c" } }),
        "invalidSyntax",
    )
    .await;
    let body = r#"{"userName":"first","userName":"last","name":{"givenName":"A","familyName":"B"},"emails":[{"value":"a@b.c"}]}"#;
    let reply = raw(&client, Method::POST, "/Users", body).await;
    match reply.code() {
        201 => assert_eq!(shown(&client, &reply.id()).await["userName"], "last"),
        _ => drop(reply.expect_error(400, Some("invalidSyntax"))),
    }
    assert!(found(&client, "userName eq \"first\"").await.is_empty());
}

/// R7643-2.5-01: null, an empty list and nothing are the same.
/// R7643-2.5-02: what is unassigned is not shown.
#[tokio::test]
async fn unassigned_is_one_state() {
    fn check(value: &Value) {
        match value {
            Value::Null => panic!("a null is shown"),
            Value::Array(items) => {
                assert!(!items.is_empty());
                items.iter().for_each(check);
            }
            Value::Object(members) => {
                assert!(!members.is_empty());
                members.values().for_each(check);
            }
            _ => {}
        }
    }
    for (_server, client) in [acme().await, strict().await] {
        let empty = json!({ "title": null, "phoneNumbers": [], "nickName": null, "roles": null });
        let id = create(&client, "ana", empty.clone()).await;
        check(&shown(&client, &id).await);
        client
            .put(
                &format!("/Users/{id}"),
                &user_with("ana", json!({ "title": "Dr", "phoneNumbers": [{ "value": "1" }] })),
            )
            .await
            .expect(200);
        assert_eq!(found(&client, "title pr and phoneNumbers pr").await, ["ana"]);
        let reply = client.put(&format!("/Users/{id}"), &user_with("ana", empty)).await.expect(200);
        check(&reply.body);
        assert!(reply.body.get("title").is_none() && reply.body.get("phoneNumbers").is_none());
        assert!(found(&client, "title pr or phoneNumbers pr").await.is_empty());
        let group = client.post("/Groups", &group("Sales", &[])).await.expect(201);
        check(&group.body);
    }
}

/// R7643-2.3.1-01: canonical values are suggestions: another type is kept.
/// R7643-7-04: text comes back in the letter case it was sent in, and is found in any.
#[tokio::test]
async fn text_is_kept_as_it_came() {
    for (_server, client) in [acme().await, strict().await] {
        let id =
            create(&client, "BJensen", json!({ "emails": [{ "value": "B@EXAMPLE.com", "type": "banana" }] }))
                .await;
        let body = shown(&client, &id).await;
        assert_eq!(body["userName"], "BJensen");
        assert_eq!(body["emails"], json!([{ "value": "B@EXAMPLE.com", "type": "banana" }]));
        assert_eq!(
            found(&client, "userName eq \"bjensen\" and emails.type eq \"Banana\"").await,
            ["BJensen"]
        );
    }
}

/// R7643-2.3.2-01: a boolean is true or false; text for it is read on the porch alone.
/// M-32: "True" and "False" for booleans, nothing else.
#[tokio::test]
async fn booleans_are_booleans() {
    let (_server, lenient) = acme().await;
    let (_other, strict) = strict().await;
    let texts = [("True", true), ("False", false), ("true", true), ("false", false)];
    for (number, (text, value)) in texts.into_iter().enumerate() {
        refused(&strict, json!({ "active": text }), "invalidValue").await;
        let body = user_with(&format!("u{number}"), json!({ "active": text }));
        assert_eq!(lenient.post("/Users", &body).await.expect(201).body["active"], value);
    }
    for value in [json!("yes"), json!(1), json!(0), json!({}), json!("")] {
        refused(&strict, json!({ "active": value }), "invalidValue").await;
    }
}

/// R7643-2.3.6-01: binary is base64, padded or not.
/// R7643-4.1.2-01: a certificate is one value of DER, not PEM.
#[tokio::test]
async fn certificates_are_base64() {
    let (_server, client) = acme().await;
    refused(&client, json!({ "x509Certificates": [{ "value": "MII!" }] }), "invalidValue").await;
    let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    refused(&client, json!({ "x509Certificates": [{ "value": pem }] }), "invalidValue").await;
    for (name, value) in [("padded", "TUlJQg=="), ("bare", "TUlJQg")] {
        let id = create(&client, name, json!({ "x509Certificates": [{ "value": value }] })).await;
        assert_eq!(shown(&client, &id).await["x509Certificates"][0]["value"], value);
    }
}

/// R7643-2.3.7-01: a reference is relative to the base URL.
/// R7643-2.4-04: with or without the version it names the same resource.
#[tokio::test]
async fn members_may_be_named_by_reference() {
    let (_server, client) = acme().await;
    let user = client.create_user("ana").await;
    let connection = &client.connection.id;
    let references = [
        format!("{}{}/Users/{user}", testkit::PUBLIC_URL, client.base_path()),
        format!("{}/scim/{connection}/Users/{user}", testkit::PUBLIC_URL),
        format!("../Users/{user}"),
        format!("Users/{user}"),
        format!("/Users/{user}"),
    ];
    for (number, reference) in references.iter().enumerate() {
        let body = json!({ "schemas": [GROUP], "displayName": format!("g{number}"), "members": [{ "$ref": reference }] });
        let id = client.post("/Groups", &body).await.expect(201).id();
        assert_eq!(client.members(&id).await, from_ref(&user), "{reference}");
        let both =
            json!([{ "op": "add", "path": "members", "value": [{ "value": user, "$ref": reference }] }]);
        client.operate(&format!("/Groups/{id}"), both).await.expect(204);
        assert_eq!(client.members(&id).await, from_ref(&user));
    }
}

/// R7643-2.4-01: one primary at most.
/// M-44: two in a body are refused.
/// R7643-2.4-05: on a replace too.
#[tokio::test]
async fn two_primaries_are_refused() {
    let (_server, client) = acme().await;
    let two =
        json!({ "emails": [{ "value": "a@b.c", "primary": true }, { "value": "d@e.f", "primary": true }] });
    refused(&client, two.clone(), "invalidValue").await;
    let id = client.create_user("ana").await;
    client.put(&format!("/Users/{id}"), &user_with("ana", two)).await.expect_error(400, Some("invalidValue"));
}

/// R7643-2.4-03: the same value of the same type stands once.
#[tokio::test]
async fn the_same_value_stands_once() {
    let (_server, client) = acme().await;
    let email = json!({ "value": "a@b.c", "type": "work" });
    let id = create(&client, "ana", json!({ "emails": [email, email] })).await;
    assert_eq!(shown(&client, &id).await["emails"], json!([email]));
    client
        .operate(&format!("/Users/{id}"), json!([{ "op": "add", "path": "emails", "value": [email] }]))
        .await
        .expect(200);
    assert_eq!(shown(&client, &id).await["emails"], json!([email]));
}

/// R7643-7-05: a password is nowhere: in no answer, no list, no event, no record.
/// R7643-4.1.1-02: it is not stored.
/// R7643-9.2-01: not in clear and not at all.
/// M-56: it is accepted and dropped.
/// R7644-3.12-18: errors do not repeat it either.
#[tokio::test]
async fn a_password_is_nowhere() {
    const SECRET: &str = "Correct-Horse-Battery-Staple-4711";
    let (server, client) = acme().await;
    let body = user_with("ana", json!({ "password": SECRET }));
    let created = client.post("/Users", &body).await.expect(201);
    let path = format!("/Users/{}", created.id());
    let mut replies = vec![created];
    replies.push(client.put(&path, &body).await.expect(200));
    for operation in [
        json!({ "op": "replace", "path": "password", "value": SECRET }),
        json!({ "op": "replace", "value": { "password": SECRET, "title": "Dr" } }),
        json!({ "op": "add", "path": "password.value", "value": SECRET }),
        json!({ "op": "add", "path": "password", "value": { "value": SECRET } }),
    ] {
        replies.push(client.operate(&path, json!([operation])).await);
    }
    for query in ["", "?attributes=password", "?attributes=userName,password"] {
        replies.push(client.get(&format!("{path}{query}")).await.expect(200));
        replies.push(client.get(&format!("/Users{query}")).await.expect(200));
    }
    replies.push(client.post("/Users", &body).await.expect(409));
    replies.push(
        client
            .post("/Users", &user_with("x", json!({ "userName": null, "password": SECRET })))
            .await
            .expect(400),
    );
    for reply in replies {
        assert!(!reply.text.contains(SECRET) && !reply.text.contains("\"password\":"), "{}", reply.text);
        assert!(reply.code() < 500, "{}", reply.text);
    }
    server.flush().await;
    nowhere_on_disk(&server, SECRET);
}

/// R7643-4.1.1-01: a userName is one person's, in whatever letter case.
#[tokio::test]
async fn user_names_are_unique_without_case() {
    let (_server, client) = acme().await;
    create(&client, "A@x.org", json!({})).await;
    client.post("/Users", &user("a@X.ORG")).await.expect_error(409, Some("uniqueness"));
}

/// R7643-4.1.2-02: a country is two letters: by the letter three are refused, the porch keeps them.
#[tokio::test]
async fn countries_are_two_letters() {
    let (_server, lenient) = acme().await;
    let (_other, strict) = strict().await;
    let three = json!({ "addresses": [{ "country": "USA", "type": "work" }] });
    refused(&strict, three.clone(), "invalidValue").await;
    let id = create(&lenient, "ana", three).await;
    assert_eq!(shown(&lenient, &id).await["addresses"][0]["country"], "USA");
    let id = create(&strict, "bo", json!({ "addresses": [{ "country": "US" }] })).await;
    assert_eq!(shown(&strict, &id).await["addresses"][0]["country"], "US");
}

/// R7643-4.1.1-03: a locale is a language tag, with `_` as well; others are refused by the letter.
/// R7643-4.1.1-04: a preferred language may be a weighted list.
/// R7643-4.1.1-05: a time zone is kept, known or not.
#[tokio::test]
async fn locales_languages_and_zones() {
    let (_server, lenient) = acme().await;
    let (_other, strict) = strict().await;
    for client in [&lenient, &strict] {
        let sent = json!({ "locale": "en_US", "preferredLanguage": "en-US,en;q=0.8", "timezone": "America/Los_Angeles" });
        let id = create(client, "ana", sent.clone()).await;
        let body = shown(client, &id).await;
        for name in keys(&sent) {
            assert_eq!(body[name], sent[name]);
        }
    }
    refused(&strict, json!({ "locale": "english!" }), "invalidValue").await;
    let id = create(&lenient, "bo", json!({ "locale": "english!", "timezone": "Moon/Crater" })).await;
    assert_eq!(shown(&lenient, &id).await["timezone"], "Moon/Crater");
}

/// R7643-4.1.2-03: a telephone number is kept as it came.
/// R7643-4.1.2-04: an address is found whatever the letter case of its domain.
#[tokio::test]
async fn numbers_and_addresses_are_kept() {
    let (_server, client) = acme().await;
    let phones = json!([{ "value": "tel:+1-201-555-0123" }, { "value": "555 1234" }]);
    let id =
        create(&client, "ana", json!({ "phoneNumbers": phones, "emails": [{ "value": "Ana@EXAMPLE.com" }] }))
            .await;
    assert_eq!(shown(&client, &id).await["phoneNumbers"], phones);
    assert_eq!(found(&client, "emails[value eq \"ana@example.com\"]").await, ["ana"]);
}

/// R7643-4.1.2-05: a user's groups are computed and follow memberships; what a client sends is ignored.
/// R7643-4.1.2-06: direct, or indirect through another group.
/// R7643-4.2-04: groups may hold groups; circles do no harm.
#[tokio::test]
async fn groups_of_a_user_are_computed() {
    let (_server, client) = acme().await;
    let user = create(&client, "ana", json!({ "groups": [{ "value": NOBODY }] })).await;
    assert!(shown(&client, &user).await.get("groups").is_none());
    let inner = client.create_group("Inner", &[&user]).await;
    let outer = client.create_group("Outer", &[&inner]).await;
    let groups = shown(&client, &user).await["groups"].clone();
    let groups = groups.as_array().expect("groups");
    assert_eq!(groups.len(), 2);
    for (id, name, kind) in [(&inner, "Inner", "direct"), (&outer, "Outer", "indirect")] {
        let location = format!("{}{}/Groups/{id}", testkit::PUBLIC_URL, client.base_path());
        let entry = json!({ "value": id, "$ref": location, "display": name, "type": kind });
        assert!(groups.contains(&entry), "{groups:?}");
    }
    let circle =
        json!([{ "op": "add", "path": "members", "value": [{ "value": outer }, { "value": inner }] }]);
    client.operate(&format!("/Groups/{inner}"), circle).await.expect(204);
    assert_eq!(shown(&client, &user).await["groups"].as_array().map(Vec::len), Some(2));
    client.get(&format!("/Groups/{inner}")).await.expect(200);
    client.put(&format!("/Users/{user}"), &user_with("ana", json!({ "groups": [] }))).await.expect(200);
    assert_eq!(shown(&client, &user).await["groups"].as_array().map(Vec::len), Some(2));
    client
        .operate(&format!("/Groups/{inner}"), json!([{ "op": "remove", "path": "members" }]))
        .await
        .expect(204);
    assert!(shown(&client, &user).await.get("groups").is_none());
}

/// R7643-4.2-01: a group must have a displayName.
/// RIPS-6.2-01: it need not have members.
#[tokio::test]
async fn a_group_needs_a_name_and_no_members() {
    for (_server, client) in [acme().await, strict().await] {
        for body in [
            json!({ "schemas": [GROUP] }),
            json!({ "schemas": [GROUP], "displayName": "" }),
            json!({ "schemas": [GROUP], "displayName": "  " }),
        ] {
            client.post("/Groups", &body).await.expect_error(400, Some("invalidValue"));
        }
        let bare =
            client.post("/Groups", &json!({ "schemas": [GROUP], "displayName": "a" })).await.expect(201);
        assert!(bare.body.get("members").is_none());
        client.post("/Groups", &group("b", &[])).await.expect(201);
    }
}

/// R7643-4.2-02: members come and go; the parts of one do not change.
#[tokio::test]
async fn the_parts_of_a_member_do_not_change() {
    let (_server, client) = acme().await;
    let (ana, bo) = (client.create_user("ana").await, client.create_user("bo").await);
    let id = client.create_group("Sales", &[&ana]).await;
    for part in ["value", "$ref", "type", "display"] {
        let path = format!("members[value eq \"{ana}\"].{part}");
        let operations = json!([{ "op": "replace", "path": path, "value": bo }]);
        client.operate(&format!("/Groups/{id}"), operations).await.expect_error(400, Some("mutability"));
    }
    assert_eq!(client.members(&id).await, [ana]);
}

/// R7643-4.2-03: a member that is nobody is left out on the porch and refused by the letter.
#[tokio::test]
async fn a_member_must_be_somebody() {
    let (_server, lenient) = acme().await;
    let (_other, strict) = strict().await;
    let ana = lenient.create_user("ana").await;
    let body = group("Sales", &[&ana, NOBODY, "x' or '1'='1"]);
    let id = lenient.post("/Groups", &body).await.expect(201).id();
    assert_eq!(lenient.members(&id).await, [ana]);
    strict.post("/Groups", &group("Sales", &[NOBODY])).await.expect_error(400, Some("invalidValue"));
    assert_eq!(strict.get("/Groups").await.expect(200).body["totalResults"], 0);
}

/// R7643-4.3-01: a manager's displayName is read-only.
/// R7643-4.3-02: a manager is free text, kept as it came; nothing is invented.
/// M-31: text alone is the manager's value, and blank text none, on the porch alone.
#[tokio::test]
async fn a_manager_is_free_text() {
    let (_server, client) = acme().await;
    let id = create(
        &client,
        "ana",
        json!({ ENTERPRISE: { "manager": { "value": "26118915", "displayName": "Boss" } } }),
    )
    .await;
    let path = format!("/Users/{id}");
    assert_eq!(shown(&client, &id).await[ENTERPRISE]["manager"], json!({ "value": "26118915" }));
    let named =
        json!([{ "op": "replace", "path": format!("{ENTERPRISE}:manager.displayName"), "value": "Boss" }]);
    client.operate(&path, named).await.expect_error(400, Some("mutability"));
    let manager = format!("{ENTERPRISE}:manager");
    let text = json!([{ "op": "replace", "path": manager, "value": "42" }]);
    assert_eq!(
        client.operate(&path, text.clone()).await.expect(200).body[ENTERPRISE]["manager"],
        json!({ "value": "42" })
    );
    let blank = json!([{ "op": "replace", "path": manager, "value": "" }]);
    assert!(client.operate(&path, blank).await.expect(200).body.get(ENTERPRISE).is_none());
    let (_other, strict) = strict().await;
    let id = create(&strict, "ana", json!({})).await;
    strict.operate(&format!("/Users/{id}"), text).await.expect_error(400, Some("invalidValue"));
}

/// R7643-9.3-01: an attribute that is not synchronised is neither stored nor shown nor published.
#[tokio::test]
async fn what_is_not_synchronised_is_not_stored() {
    const TITLE: &str = "Title-That-Nobody-Synchronises";
    let server = Server::start().await;
    let client = server.connect_with("acme", Provider::Generic, &[("off", "title,nickName")]).await;
    let id = create(&client, "ana", json!({ "title": TITLE, "nickName": TITLE })).await;
    let body = shown(&client, &id).await;
    assert!(body.get("title").is_none() && body.get("nickName").is_none());
    let set = json!([{ "op": "add", "path": "title", "value": TITLE }]);
    assert!(client.operate(&format!("/Users/{id}"), set).await.expect(200).body.get("title").is_none());
    assert!(!client.get(&format!("/Schemas/{USER}")).await.expect(200).text.contains("\"title\""));
    let reply = client.get(&format!("/Users?filter={}", encoded(&format!("title eq \"{TITLE}\"")))).await;
    assert!(reply.code() == 400 || reply.body["totalResults"] == 0);
    assert!(filtered(&client, "/Users", "userName pr").await.expect(200).text.contains("ana"));
}
