//! What a request's record says beyond the answer: corrected habits, and what was accepted and not applied.

use crate::support::{USER, group, user_with};
use scim::Provider;
use serde_json::{Value, json};
use testkit::{Client, Reply, Server};

/// What the record of an answered request remarks: kind and sentence.
fn remarks(server: &Server, client: &Client, reply: &Reply) -> Vec<(String, String)> {
    let id = reply.header("x-request-id").expect("an id");
    let scope = client.connection.scope;
    let record =
        server.store().read(|tx| store::requests::by_id(tx, scope, id)).expect("a readable database");
    let notes = record.expect("a record").notes.unwrap_or_default();
    let text = |note: &Value, name: &str| note[name].as_str().expect("a text").to_owned();
    notes.as_array().into_iter().flatten().map(|note| (text(note, "kind"), text(note, "text"))).collect()
}

fn ignored(sentences: &[&str]) -> Vec<(String, String)> {
    sentences.iter().map(|sentence| ("ignored".to_owned(), (*sentence).to_owned())).collect()
}

/// O-8, E-26: password, unknown attributes and schemas, `groups: []`, meta, what is switched off.
#[tokio::test]
async fn what_is_accepted_and_not_applied_is_on_the_record() {
    let server = Server::start().await;
    let client = server.connect_with("acme", Provider::Okta, &[("off", "title")]).await;
    let sent = json!({
        "schemas": [USER, "urn:example:other"], "id": "7", "meta": { "location": "https://old.example" }, "groups": [],
        "password": "S3cret!", "title": "T", "shoeSize": 44, "name": { "givenName": "Ana", "familyName": "B", "pet": "C" },
        "emails": [{ "value": "a@b.example" }, { "value": "a@b.example" }],
    });
    let reply = client.post("/Users", &user_with("ana", sent)).await.expect(201);
    let told = ignored(&[
        "id is read-only: what was sent was passed over",
        "meta is read-only: what was sent was passed over",
        "groups is read-only: what was sent was passed over",
        "\"password\" was dropped: passwords are never taken",
        "\"title\" is not synchronised on this connection",
        "\"shoeSize\" is not an attribute of a User and was not stored",
        "\"name.pet\" is not an attribute of a User and was not stored",
        "emails: 1 repeated value(s) were left out",
        "\"urn:example:other\" in \"schemas\" is not a schema of a User",
    ]);
    let mut found = remarks(&server, &client, &reply);
    for remark in &told {
        assert!(found.contains(remark), "{remark:?} is not among {found:?}");
    }
    found.retain(|remark| !told.contains(remark));
    assert_eq!(found, Vec::new(), "nothing else is said");

    let id = reply.id();
    let team = client.create_group("Team", &[&id]).await;
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": id }, { "value": "nobody" }] }]);
    let reply = client.operate(&format!("/Groups/{team}"), add).await.expect(204);
    let told = remarks(&server, &client, &reply);
    assert!(told[0].1.ends_with("is a member already"), "{told:?}");
    assert_eq!(told[1..], ignored(&["members: \"nobody\" is no user and no group here and was left out"]));
}

/// what was corrected is said as what was sent and what was read.
#[tokio::test]
async fn what_is_corrected_is_on_the_record() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Entra).await;
    let reply = client.post("/Users", &user_with("ana", json!({ "active": "False" }))).await.expect(201);
    let told = vec![("corrected".to_owned(), "active: \"False\" was read as false".to_owned())];
    assert_eq!(remarks(&server, &client, &reply), told);
    let reply = client.post("/Groups", &group("Team", &[&reply.id()])).await.expect(201);
    assert_eq!(remarks(&server, &client, &reply), Vec::new());
}

/// A strict connection corrects nothing, and still says what it passed over.
#[tokio::test]
async fn a_strict_connection_says_what_it_passed_over() {
    let server = Server::start().await;
    let client = server.connect_with("acme", Provider::Generic, &[("strict", "true")]).await;
    let sent = json!({ "id": "7", "meta": { "resourceType": "User" } });
    let reply = client.post("/Users", &user_with("ana", sent)).await.expect(201);
    let told = [
        "id is read-only: what was sent was passed over",
        "meta is read-only: what was sent was passed over",
    ];
    assert_eq!(remarks(&server, &client, &reply), ignored(&told));
}
