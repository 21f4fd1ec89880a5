//! What a guide says that the service says, the service does say: each error is provoked, and compared word by word.

use axum::body::{Body, Bytes};
use axum::http::Method;
use http_body_util::channel::Channel;
use provisioning::people::{self, Hand};
use provisioning::tokens::{self, Wanted};
use provisioning::{domains, hand, setup, tenants};
use scim::Provider;
use serde_json::{Map, Value, json};
use std::num::NonZeroU32;
use testkit::{Client, Reply, Server, operator, user};
use web::gate::BODY_LIMIT;

/// The errors that guides may name, as they stand in the file.
pub fn known() -> Map<String, Value> {
    toml::from_str(include_str!("../../guides/errors.toml")).expect("a table")
}

#[tokio::test]
async fn every_error_is_what_the_service_says() {
    for (id, said) in known() {
        let reply = provoke(&id).await;
        let status = said["status"].as_u64().and_then(|status| u16::try_from(status).ok()).expect("a status");
        let scim_type = said.get("scim_type").and_then(Value::as_str);
        let reply = reply.expect_error(status, scim_type);
        let detail = reply.body["detail"].as_str().expect("a detail");
        let expected = said["detail"].as_str().expect("a detail");
        assert!(fits(detail, expected), "{id}: the service says {detail:?}, the guides {expected:?}");
    }
}

/// Whether a sentence is one in which each "…" may be anything.
fn fits(sentence: &str, pattern: &str) -> bool {
    let Some((start, pattern)) = pattern.split_once('…') else { return sentence == pattern };
    let Some(mut rest) = sentence.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = pattern.split('…').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(end)
}

#[test]
fn a_pattern_fits_its_sentences_alone() {
    assert!(fits("ana is gone.", "… is gone."));
    assert!(fits("ana (7) is gone", "… (…) is …"));
    for (sentence, pattern) in
        [("ana is gone!", "… is gone."), ("gone", "gone."), ("is gone. Or", "is gone.")]
    {
        assert!(!fits(sentence, pattern), "{sentence} {pattern}");
    }
}

async fn connected(settings: &[(&str, &str)]) -> (Server, Client) {
    let server = Server::start().await;
    let client = server.connect_with("acme", Provider::Generic, settings).await;
    (server, client)
}

/// Makes the service refuse for that reason.
async fn provoke(id: &str) -> Reply {
    let (server, client) = connected(&[]).await;
    match id {
        "wrong-token" => client.with_token(Some("scim_wrong")).get("/Users").await,
        "no-token" => client.with_token(None).get("/Users").await,
        "read-only-token" => {
            let wanted = Wanted { name: "reader", expires_at: None, read_only: true };
            let made = tokens::create(server.store(), &operator(), client.connection.scope, wanted).await;
            client.with_token(Some(&made.expect("a token").text)).post("/Users", &user("ana")).await
        }
        "last-owner" => last_owner(&server, &client).await,
        "sensitive-filter" => {
            let (_server, client) = connected(&[("sensitive", "emails")]).await;
            client.get("/Users?filter=emails.value+eq+%22a%40example.com%22").await
        }
        "unknown-user" => client.put("/Users/7", &user("ana")).await,
        "user-exists" => {
            client.create_user("ana").await;
            client.post("/Users", &user("ANA")).await
        }
        "user-blocked" => {
            let client = server.connect("acme", Provider::Auth0).await;
            let mut body = user("ana");
            body["externalId"] = "auth0|1".into();
            body["active"] = false.into();
            client.post("/Users", &body).await.expect(201);
            client.post("/Users", &body).await
        }
        "user-elsewhere" => {
            client.create_user("ana").await;
            server.connect("acme", Provider::Okta).await.post("/Users", &user("ana")).await
        }
        "user-by-hand" => {
            by_hand(&server, "Member").await;
            client.post("/Users", &user("ana@acme.example")).await
        }
        "domain-unverified" => {
            let (server, client) = connected(&[("existing-users", "link")]).await;
            by_hand(&server, "Member").await;
            client.post("/Users", &user("ana@acme.example")).await
        }
        "link-unapproved" => {
            let (server, client) = connected(&[("existing-users", "link")]).await;
            by_hand(&server, "Admin").await;
            let (who, tenant) = (operator(), tenants::named(server.store(), "acme").expect("a tenant"));
            for domain in ["acme.example", "example.com"] {
                domains::add(server.store(), &who, &tenant, domain).await.expect("a domain");
                let attested = domains::attest(server.store(), &who, &tenant, domain, "a test").await;
                attested.expect("an attestation");
            }
            client.post("/Users", &user("ana@acme.example")).await
        }
        "username-taken" => {
            client.create_user("ana").await;
            let id = client.create_user("ben").await;
            client.put(&format!("/Users/{id}"), &user("ana")).await
        }
        "group-exists" => {
            client.create_group("Sales", &[]).await;
            client.post("/Groups", &group("sales", &[])).await
        }
        "missing-attribute" => client.post("/Users", &json!({ "schemas": [USER], "userName": "ana" })).await,
        "cleared-attribute" => {
            let id = client.create_user("ana").await;
            let clear = json!([{ "op": "remove", "path": "name.familyName" }]);
            client.operate(&format!("/Users/{id}"), clear).await
        }
        "unknown-member" => {
            let (_server, client) = connected(&[("strict", "true")]).await;
            client.post("/Groups", &group("Sales", &["7"])).await
        }
        "groups-off" => {
            let (_server, client) = connected(&[("groups", "false")]).await;
            client.post("/Groups", &group("Sales", &[])).await
        }
        "body-too-large" => client.send(Method::POST, "/Users", vec![b' '; BODY_LIMIT + 1]).await,
        "media-type" => {
            client.with_header("content-type", "text/plain").send(Method::POST, "/Users", "ana").await
        }
        "too-many-requests" => too_many_requests().await,
        "settings-changed" => settings_changed(&server, &client).await,
        "database-away" => {
            server.lose_database();
            client.post("/Users", &user("ana")).await
        }
        _ => panic!("nothing provokes {id}"),
    }
}

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name, "members": members })
}

async fn too_many_requests() -> Reply {
    let server = Server::start_with_limit(NonZeroU32::new(25)).await;
    let client = server.connect("acme", Provider::Generic).await;
    loop {
        let reply = client.get("/Users?count=0").await;
        if reply.code() != 200 {
            return reply;
        }
    }
}

async fn last_owner(server: &Server, client: &Client) -> Reply {
    let id = client.create_user("ana").await;
    let tenant = tenants::named(server.store(), "acme").expect("a tenant");
    let hand = Hand { user: "ana".into(), role: "Owner".into(), organization: None, inherit: false };
    people::by_hand(server.store(), &operator(), &tenant, hand, true).await.expect("an Owner");
    client.delete(&format!("/Users/{id}")).await
}

/// Makes ana@acme.example by hand, with a role.
async fn by_hand(server: &Server, role: &str) {
    let tenant = tenants::named(server.store(), "acme").expect("a tenant");
    let wanted = hand::Wanted { user_name: Some("ana@acme.example".into()), ..Default::default() };
    hand::create(server.store(), &operator(), &tenant, wanted).await.expect("a user");
    let given =
        Hand { user: "ana@acme.example".into(), role: role.into(), organization: None, inherit: false };
    people::by_hand(server.store(), &operator(), &tenant, given, true).await.expect("a role");
}

/// The settings change while a body is on its way.
async fn settings_changed(server: &Server, client: &Client) -> Reply {
    let (mut sender, body) = Channel::<Bytes>::new(1);
    let sending = client.clone();
    let reply = tokio::spawn(async move { sending.send(Method::POST, "/Users", Body::new(body)).await });
    // Once the server takes a part of the body, it has let the request in.
    sender.send_data(Bytes::from_static(b" ")).await.expect("a body that is read");
    tokio::task::yield_now().await;
    let settings = [("strict".to_owned(), "true".to_owned())];
    let id = &client.connection.id;
    setup::set(server.store(), &operator(), id, setup::Wanted::of(&settings)).await.expect("settings");
    sender.send_data(user("ana").to_string().into()).await.expect("a body that is read");
    drop(sender);
    reply.await.expect("an answer")
}
