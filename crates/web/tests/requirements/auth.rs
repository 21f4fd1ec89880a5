//! Who is let in.

use crate::support::{NOBODY, acme, halfway, nowhere_on_disk, shown};
use axum::http::Method;
use provisioning::{setup, tokens};
use serde_json::json;
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use testkit::{Client, Reply, operator, user};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

async fn with_authorization(client: &Client, value: &str) -> Reply {
    client.with_token(None).with_header("authorization", value).get("/Users").await
}

/// R7644-2-01: a 401 names the scheme.
/// R6750-3.1-01: without a credential it names no error.
#[tokio::test]
async fn without_a_credential_the_scheme_is_named() {
    let (_server, client) = acme().await;
    let reply = client.with_token(None).get("/Users").await.expect_error(401, None);
    let challenge = reply.header("www-authenticate").expect("a challenge");
    assert!(challenge.starts_with("Bearer realm=\"") && !challenge.contains("error"), "{challenge}");
}

/// R6750-3.1-02: a bad, expired or revoked token is 401 invalid_token.
/// R7644-7.4-01: a token has an end.
/// M-53: its end is kept and enforced.
#[tokio::test]
async fn bad_expired_and_revoked_tokens_are_refused_alike() {
    let (server, client) = acme().await;
    let mut replies = Vec::new();
    replies.push(client.with_token(Some("scim_nonsense")).get("/Users").await);
    let token = client.token().to_owned();
    replies.push(client.with_token(Some(&token[..token.len() - 1])).get("/Users").await);
    replies.push(client.with_token(Some(&format!("{token}x"))).get("/Users").await);
    let scope = client.connection.scope;
    let revoked =
        tokens::create(server.store(), &operator(), scope, wanted("other", None)).await.expect("a token");
    let other = client.with_token(Some(&revoked.text));
    other.get("/Users").await.expect(200);
    tokens::revoke(server.store(), &operator(), &revoked.token.id).await.expect("revoked");
    replies.push(other.get("/Users").await);
    let short = tokens::create(
        server.store(),
        &operator(),
        scope,
        wanted("short", Some(testkit::NEW_YEAR + 5_000_000)),
    )
    .await
    .expect("a token");
    let short = client.with_token(Some(&short.text));
    short.get("/Users").await.expect(200);
    server.wait(5);
    replies.push(short.get("/Users").await);
    server.wait(366 * 86_400);
    replies.push(client.get("/Users").await);
    for reply in &replies {
        let reply = reply.clone().expect_error(401, None);
        assert_eq!(reply.header("www-authenticate"), replies[0].header("www-authenticate"));
        assert_eq!(reply.text, replies[0].text);
        assert!(
            reply
                .header("www-authenticate")
                .is_some_and(|challenge| challenge.contains("error=\"invalid_token\""))
        );
    }
}

/// A request whose body is still on its way while the token is revoked, or the settings change, changes nothing.
/// R6750-3.1-02: what counts is the token when the change is made.
#[tokio::test]
async fn what_holds_when_the_change_is_made_counts() {
    let (server, client) = acme().await;
    let scope = client.connection.scope;
    let other =
        tokens::create(server.store(), &operator(), scope, wanted("other", None)).await.expect("a token");

    let send_rest = halfway(&client, "ana").await;
    let settings = [("strict".to_owned(), "true".to_owned())];
    setup::set(server.store(), &operator(), &client.connection.id, setup::Wanted::of(&settings))
        .await
        .expect("settings");
    let reply = send_rest().await.expect_error(503, None);
    assert!(reply.header("retry-after").is_some());

    let send_rest = halfway(&client, "ana").await;
    let of_connection = server.store().read(|tx| store::tokens::of_connection(tx, scope)).expect("tokens");
    for token in of_connection.iter().filter(|token| token.id != other.token.id) {
        tokens::revoke(server.store(), &operator(), &token.id).await.expect("revoked");
    }
    let reply = send_rest().await.expect_error(401, None);
    assert!(reply.header("www-authenticate").is_some_and(|challenge| challenge.contains("invalid_token")));

    let list = client.with_token(Some(&other.text)).get("/Users").await.expect(200);
    assert_eq!(list.body["totalResults"], 0);
    server.flush().await;
    let (events, records) = server
        .store()
        .read(|tx| {
            let events = store::events::newest(tx, scope.tenant, 100)?;
            Ok::<_, store::StoreError>((events, store::requests::newest(tx, scope, 100)?))
        })
        .expect("a readable database");
    assert!(events.iter().all(|event| event.subject.0 != "user"), "nobody came to be");
    let refused: Vec<i64> =
        records.iter().filter(|record| record.method == "POST").map(|record| record.status).collect();
    assert_eq!(refused, [401, 503], "both are on record, the newest first");
    assert_eq!(server.faults(), Vec::<String>::new());
}

/// R6750-3.1-04: a header that is malformed, or there twice, lets nobody in.
/// R6750-2.1-01: the scheme's name has no letter case.
/// R7644-2-03: Basic is not offered.
#[tokio::test]
async fn malformed_credentials_let_nobody_in() {
    let (_server, client) = acme().await;
    let token = client.token();
    for good in [format!("Bearer {token}"), format!("bearer {token}"), format!("BEARER {token}")] {
        with_authorization(&client, &good).await.expect(200);
    }
    for bad in [
        token.to_owned(),
        "Bearer".into(),
        "Bearer ".into(),
        format!("Bearer{token}"),
        format!("Bearer \"{token}\""),
        format!("Basic {token}"),
        "Basic dXNlcjpwYXNz".into(),
        format!("Bearer {token}, Bearer {token}"),
        format!("Bearer {token} x"),
        format!("Token {token}"),
        "Bearer \u{e4}".into(),
        format!("Bearer {}", "x".repeat(5000)),
        "Bearer '; --".into(),
    ] {
        let reply = with_authorization(&client, &bad).await;
        assert!(matches!(reply.code(), 400 | 401), "{bad}: {}", reply.text);
        let code = reply.code();
        let reply = reply.expect_error(code, None);
        assert!(
            reply.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Bearer")),
            "{bad}"
        );
    }
    let twice = client.with_header("authorization", &format!("Bearer {token}"));
    assert!(matches!(twice.get("/Users").await.code(), 400 | 401));
}

/// R6750-2.3-01: a token in the query lets nobody in and is written nowhere.
/// R6750-3.1-04: nor does it help beside a header.
#[tokio::test]
async fn a_token_in_the_query_is_refused() {
    let (server, client) = acme().await;
    let token = client.token().to_owned();
    for query in [
        format!("access_token={token}"),
        format!("a=b&ACCESS_TOKEN={token}"),
        format!("token={token}"),
        format!("access%5Ftoken={token}"),
    ] {
        let reply = client.with_token(None).get(&format!("/Users?{query}")).await;
        assert!(matches!(reply.code(), 400 | 401), "{}", reply.text);
        assert!(!reply.text.contains(&token));
        client.get(&format!("/Users?{query}")).await;
    }
    server.flush().await;
    nowhere_on_disk(&server, &token);
}

/// R7644-7.4-01: a token holds at least 128 bits.
/// R7644-7.4-02: it is kept as a digest, and comes in no answer.
#[tokio::test]
async fn a_token_is_long_and_kept_as_a_digest() {
    let (server, client) = acme().await;
    let token = client.token().to_owned();
    assert!(token.len() >= 5 + 43, "{}", token.len());
    let id = client.create_user("ana").await;
    client.get(&format!("/Users/{id}")).await.expect(200);
    client.post("/Users", &user(&token)).await;
    let other = tokens::create(server.store(), &operator(), client.connection.scope, wanted("other", None))
        .await
        .expect("a token");
    assert_ne!(other.text, token);
    server.flush().await;
    nowhere_on_disk(&server, &other.text);
}

/// R7644-2-02: a token opens its own connection and no other.
/// M-53: the old and the new token of a rotation both work until the overlap ends.
#[tokio::test]
async fn a_rotated_token_works_until_its_overlap_ends() {
    let (server, client) = acme().await;
    let scope = client.connection.scope;
    let known = server.store().read(|tx| store::tokens::of_connection(tx, scope)).expect("tokens");
    let new = tokens::rotate(server.store(), &operator(), &known[0].id, 60_000_000).await.expect("a token");
    let renewed = client.with_token(Some(&new.text));
    renewed.get("/Users").await.expect(200);
    client.get("/Users").await.expect(200);
    server.wait(61);
    renewed.get("/Users").await.expect(200);
    client.get("/Users").await.expect_error(401, None);
}

/// R7644-7.6-01: nothing is done or shown without a token, whatever the method.
/// R9110-13-02: who may is asked before what is there.
#[tokio::test]
async fn nothing_is_done_without_a_token() {
    let (_server, client) = acme().await;
    let id = client.create_user("ana").await;
    let before = shown(&client, &id).await;
    let anyone = client.with_token(None);
    for path in [
        "/Users",
        "/Groups",
        "/Bulk",
        "/Me",
        "/.search",
        "/Users/.search",
        "/Nope",
        "/",
        &format!("/Users/{id}"),
        &format!("/Users/{NOBODY}"),
        "/Schemasx",
    ] {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let reply = anyone.send(method.clone(), path, "{}").await;
            assert_eq!(reply.code(), 401, "{method} {path}: {}", reply.text);
        }
    }
    for path in ["/Schemas", "/ServiceProviderConfig"] {
        anyone.send(Method::POST, path, "{}").await.expect_error(401, None);
        client.with_token(Some("wrong")).get(path).await.expect_error(401, None);
    }
    assert_eq!(shown(&client, &id).await, before);
}

/// RIPS-8-01: every change has its event, with who did it; none holds a secret.
#[tokio::test]
async fn every_change_is_audited() {
    let (server, client) = acme().await;
    let tenant = client.connection.scope.tenant;
    let newest = || server.store().read(|tx| store::events::newest(tx, tenant, 1)).expect("events")[0].number;
    let mut last = newest();
    let id = client.create_user("ana").await;
    let path = format!("/Users/{id}");
    let mut grown = |what: &str| {
        let now = newest();
        assert!(now > last, "{what}");
        last = now;
    };
    grown("create");
    client.put(&path, &user("anna")).await.expect(200);
    grown("replace");
    client.operate(&path, json!([{ "op": "replace", "path": "active", "value": false }])).await.expect(200);
    grown("deactivate");
    let group = client.create_group("Sales", &[&id]).await;
    grown("group");
    client
        .operate(&format!("/Groups/{group}"), json!([{ "op": "remove", "path": "members" }]))
        .await
        .expect(204);
    grown("members");
    client.delete(&format!("/Groups/{group}")).await.expect(204);
    grown("delete group");
    client.delete(&path).await.expect(204);
    grown("delete");
    let events = server.store().read(|tx| store::events::newest(tx, tenant, 100)).expect("events");
    for event in events.iter().filter(|event| event.subject.0 == "user") {
        assert!(
            event.actor.0 == "token" && event.actor.1.is_some() && event.request_id.is_some(),
            "{event:?}"
        );
    }
}

/// R7644-3.6-08: deactivation and deletion are told as the end of all access.
#[tokio::test]
async fn deactivation_is_told() {
    let (server, client) = acme().await;
    let tenant = client.connection.scope.tenant;
    let id = client.create_user("ana").await;
    client
        .operate(&format!("/Users/{id}"), json!([{ "op": "replace", "path": "active", "value": false }]))
        .await
        .expect(200);
    let deactivated = || {
        let events = server.store().read(|tx| store::events::newest(tx, tenant, 100)).expect("events");
        events.iter().filter(|event| event.kind == "user.deactivated").count()
    };
    assert_eq!(deactivated(), 1);
    let other = client.create_user("bo").await;
    client.delete(&format!("/Users/{other}")).await.expect(204);
    assert_eq!(deactivated(), 2);
}

/// What was logged, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0.lock().expect("the log"), "{field}={value:?} ").expect("written");
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        attributes.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// R7644-7.5.2-02: what stands in a query is in no log.
/// R7644-3.12-18: nor is a token, nor a body.
#[tokio::test]
async fn nothing_personal_is_logged() {
    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.clone());
    let (_server, client) = acme().await;
    let personal = "zaphod.beeblebrox";
    client.create_user(personal).await;
    client.get(&format!("/Users?filter=userName+eq+%22{personal}%22")).await.expect(200);
    client.get(&format!("/Users?filter=userName+xx+%22{personal}%22")).await.expect(400);
    client.post("/Users", &user(personal)).await.expect(409);
    client.with_token(Some("scim_wrong")).get(&format!("/Users/{personal}")).await.expect(401);
    tracing::info!("the end");
    drop(guard);
    let text = log.0.lock().expect("the log").clone();
    assert!(text.contains("the end"));
    for secret in [personal, client.token(), "scim_wrong"] {
        assert!(!text.contains(secret), "{text}");
    }
}

fn wanted(name: &str, expires_at: Option<i64>) -> tokens::Wanted<'_> {
    tokens::Wanted { name, expires_at, read_only: false }
}
