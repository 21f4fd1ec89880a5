//! Entra ID without a stored secret: its own access token, proven by the keys that it publishes.

use crate::support::{changed, halfway, nowhere_on_disk, records};
use provisioning::setup;
use scim::Provider;
use serde_json::{Value, json};
use testkit::authority::{Authority, ENTRA_TENANT};
use testkit::signer::{Signer, jwks};
use testkit::{Client, NEW_YEAR, Reply, Server, operator, user};

/// Every application outside the gallery.
const AUDIENCE: &str = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621";
const APPLICATION: &str = "00000014-0000-0000-c000-000000000000";
const NOW: i64 = NEW_YEAR / 1_000_000;
const HOUR: i64 = 3_600;

/// A connection that takes the tokens of a tenant, and the authority that publishes the key for them.
struct Story {
    server: Server,
    client: Client,
    authority: Authority,
    signer: Signer,
}

impl Story {
    async fn begin() -> Self {
        let signer = Signer::rsa("first");
        let authority = Authority::start(&[&signer]).await;
        let server = Server::start().await;
        let settings = [("entra-tenant", ENTRA_TENANT), ("entra-authority", authority.url())];
        let client = server.connect_with("acme", Provider::Entra, &settings).await;
        Self { server, client, authority, signer }
    }

    /// A token of the signer's.
    fn token(&self, claims: &Value) -> String {
        self.signer.sign("RS256", claims)
    }

    async fn list(&self, token: &str) -> Reply {
        self.client.with_token(Some(token)).get("/Users").await
    }

    /// Waits, and comes with a token that is good then.
    async fn list_after(&self, seconds: i64, signer: &Signer) -> Reply {
        self.server.wait(seconds);
        let now = self.server.store().clock().now() / 1_000_000;
        let claims = with(json!({ "nbf": now - 60, "exp": now + HOUR }));
        self.list(&signer.sign("RS256", &claims)).await
    }
}

/// What a good token of version 1.0 says.
fn good() -> Value {
    json!({
        "aud": AUDIENCE,
        "iss": format!("https://sts.windows.net/{ENTRA_TENANT}/"),
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + HOUR,
        "appid": APPLICATION,
        "oid": "5a3a4ab8-0000-4f7e-9b0c-7cbb1a5acf33",
        "tid": ENTRA_TENANT,
        "ver": "1.0",
    })
}

/// The same with other claims.
fn with(changes: Value) -> Value {
    changed(good(), changes)
}

/// E-2: with a blank secret Entra ID sends a token of its own. Both versions open the connection, and what they change
/// names the application that came.
#[tokio::test]
async fn entra_comes_without_a_stored_secret() {
    let story = Story::begin().await;
    let second = with(json!({
        "iss": format!("{}/{ENTRA_TENANT}/v2.0", story.authority.url()),
        "appid": null,
        "azp": APPLICATION,
        "aud": [AUDIENCE],
        "ver": "2.0",
    }));
    for claims in [good(), second] {
        story.list(&story.token(&claims)).await.expect(200);
    }
    story.list(&story.signer.sign("RS384", &good())).await.expect(200);
    let entra = story.client.with_token(Some(&story.token(&good())));
    let ana = entra.create_user("ana@acme.example").await;
    entra.create_group("Sales", &[&ana]).await;
    // The bearer token goes on working beside it.
    story.client.get("/Users").await.expect(200);

    let tenant = story.client.connection.scope.tenant;
    let event =
        story.server.store().read(|tx| store::events::newest(tx, tenant, 1)).expect("events").remove(0);
    assert_eq!(event.actor, ("entra".into(), Some(APPLICATION.into())));
    let records = records(&story.server, &story.client).await;
    let made = records.iter().find(|record| record.method == "POST").expect("a record");
    assert_eq!((made.status, &made.token_id), (201, &None));
    assert_eq!(made.caller, Some(format!("entra:{APPLICATION}")));
    assert_eq!(story.server.faults(), Vec::<String>::new());
}

/// What is wrong with a token is for the administrator: to the sender it is a bad credential like any other.
/// R6750-3.1-02: 401 invalid_token.
#[tokio::test]
async fn what_is_wrong_with_a_token_stands_on_the_record_alone() {
    let story = Story::begin().await;
    let stranger = Signer::rsa("first");
    let elliptic = Signer::elliptic("first");
    let header = |changes: Value| {
        story.signer.sign_under(&changed(json!({ "alg": "RS256", "kid": "first" }), changes), &good())
    };
    let says = |changes: Value| story.token(&with(changes));
    let other = "01234567-89ab-cdef-0123-456789abcdef";
    let mut cut = story.token(&good());
    cut.pop();
    let cases: Vec<(String, &str)> = vec![
        (says(json!({ "iss": format!("https://sts.windows.net/{other}/") })), "its issuer is"),
        (says(json!({ "iss": format!("https://sts.windows.net/{ENTRA_TENANT}") })), "its issuer is"),
        (
            says(json!({ "iss": format!("https://login.microsoftonline.com/{ENTRA_TENANT}/v2.0") })),
            "its issuer is",
        ),
        (says(json!({ "iss": "https://evil.example/" })), "its issuer is"),
        (says(json!({ "tid": other })), "it is of the tenant"),
        (says(json!({ "tid": null })), "it lacks a claim"),
        (says(json!({ "aud": "00000003-0000-0000-c000-000000000000" })), "it is for audience"),
        (says(json!({ "aud": ["a", "b"] })), "it is for audience"),
        (says(json!({ "aud": null })), "it lacks a claim"),
        (says(json!({ "scp": "user_impersonation" })), "it speaks for a person"),
        (says(json!({ "exp": NOW - 301 })), "it expired at 2025-12-31T23:54:59"),
        (says(json!({ "exp": null })), "it lacks a claim"),
        (says(json!({ "exp": "tomorrow" })), "it lacks a claim"),
        (says(json!({ "nbf": NOW + 301 })), "it is good from 2026-01-01T00:05:01"),
        (stranger.sign("RS256", &good()), "its signature"),
        (cut, "its signature"),
        (story.signer.confuse(&good()), "its algorithm \"HS256\" is not accepted"),
        (story.signer.leave_unsigned(&good()), "its algorithm \"none\" is not accepted"),
        (story.signer.sign("PS256", &good()), "its algorithm \"PS256\" is not accepted"),
        (elliptic.sign("ES256", &good()), "its algorithm \"ES256\" is not accepted"),
        // Signed with one algorithm, named as another.
        (header(json!({ "alg": "RS512" })), "its signature"),
        (header(json!({ "kid": null })), "it does not name its key"),
        (header(json!({ "kid": "second" })), "publishes no key \"second\""),
        (header(json!({ "crit": ["exp"] })), "not understood"),
        (header(json!({ "jwk": stranger.jwk(), "kid": "second" })), "publishes no key"),
        ("eyJhbGciOiJSUzI1NiJ9.e30.AAAA".into(), "it does not name its key"),
        ("a.b.c".into(), "its header cannot be read"),
        ("..".into(), "its header cannot be read"),
        (format!("{}.e30.AAAA", "x".repeat(20_000)), "longer than"),
    ];
    let bad = story.list("scim_wrong").await.expect_error(401, None);
    for (token, _) in &cases {
        let reply = story.list(token).await.expect_error(401, None);
        assert_eq!(reply.text, bad.text);
        assert_eq!(reply.header("www-authenticate"), bad.header("www-authenticate"));
    }
    let records = records(&story.server, &story.client).await;
    let reasons: Vec<&str> =
        records.iter().rev().skip(1).filter_map(|record| record.error.as_deref()).collect();
    assert_eq!(reasons.len(), cases.len());
    for ((token, wanted), reason) in cases.iter().zip(reasons) {
        assert!(reason.starts_with("Entra ID's token was refused: ") && reason.contains(wanted), "{reason}");
        let signature = token.rsplit('.').next().unwrap_or_default();
        if signature.len() > 10 {
            nowhere_on_disk(&story.server, signature);
        }
    }
    assert!(records.iter().all(|record| record.caller.is_none() && record.token_id.is_none()));
}

/// The clocks of two companies are never quite the same: five minutes are forgiven.
#[tokio::test]
async fn clocks_may_be_five_minutes_apart() {
    let story = Story::begin().await;
    for (claims, status) in [
        (json!({ "exp": NOW - 299 }), 200),
        (json!({ "exp": NOW - 300 }), 401),
        (json!({ "nbf": NOW + 300 }), 200),
        (json!({ "nbf": NOW + 301 }), 401),
        (json!({ "nbf": null }), 200),
        (json!({ "exp": i64::MAX }), 200),
        (json!({ "exp": i64::MIN }), 401),
        (json!({ "nbf": i64::MAX }), 401),
        // A fraction of a second is allowed (RFC 7519 §2).
        (json!({ "exp": 1_767_225_600.5 }), 200),
        (json!({ "exp": -1e300 }), 401),
    ] {
        story.list(&story.token(&with(claims.clone()))).await.expect(status);
    }
}

/// A token opens the connections that name its tenant, and no other, whether that is there or not.
/// R7644-2-02: a credential opens its own connection.
#[tokio::test]
async fn a_token_opens_the_connections_of_its_tenant() {
    let story = Story::begin().await;
    let token = story.token(&good());
    story.list(&token).await.expect(200);
    let settings = [
        ("entra-tenant", "01234567-89ab-cdef-0123-456789abcdef"),
        ("entra-authority", story.authority.url()),
    ];
    let other = story.server.connect_with("globex", Provider::Entra, &settings).await;
    let closed = story.server.connect("initech", Provider::Entra).await;
    let refused = other.with_token(Some(&token)).get("/Users").await.expect_error(401, None);
    let replies = [
        closed.with_token(Some(&token)).get("/Users").await,
        closed
            .with_header("authorization", &format!("Bearer {token}"))
            .with_token(None)
            .send_to(axum::http::Method::GET, "/scim/v2/nowhere/Users", "")
            .await,
    ];
    for reply in replies {
        assert_eq!(reply.expect_error(401, None).text, refused.text);
    }
    let records = records(&story.server, &closed).await;
    assert!(
        records[0].error.as_deref().is_some_and(|error| error.contains("set entra-tenant")),
        "{records:?}"
    );
}

/// An application of the gallery has an audience of its own.
#[tokio::test]
async fn the_audience_can_be_set() {
    let story = Story::begin().await;
    let set = [("entra-audience".to_owned(), "api://accessiq".to_owned())];
    setup::set(story.server.store(), &operator(), &story.client.connection.id, setup::Wanted::of(&set))
        .await
        .expect("settings");
    story.list(&story.token(&good())).await.expect_error(401, None);
    story.list(&story.token(&with(json!({ "aud": "api://accessiq" })))).await.expect(200);
}

/// Entra ID publishes a new key and signs with it; the old one goes.
#[tokio::test]
async fn rotated_keys_are_found() {
    let story = Story::begin().await;
    let second = Signer::rsa("second");
    story.list_after(0, &story.signer).await.expect(200);
    story.authority.publish(jwks(&[&story.signer, &second]));
    story.list_after(60, &second).await.expect(200);
    story.list_after(0, &story.signer).await.expect(200);
    assert_eq!(story.authority.fetched(), 2);
    story.authority.publish(jwks(&[&second]));
    // What is known is good until it is fetched anew.
    story.list_after(HOUR, &story.signer).await.expect(200);
    story.list_after(6 * HOUR, &story.signer).await.expect_error(401, None);
    story.list_after(0, &second).await.expect(200);
    assert_eq!(story.authority.fetched(), 3);
}

/// Whatever keys tokens name, Entra ID is asked once a minute at most, and not at all for what says the wrong thing.
#[tokio::test]
async fn nonsense_does_not_make_us_ask() {
    let story = Story::begin().await;
    for number in 0..30 {
        let nonsense = Signer::elliptic(&format!("key-{number}"));
        let header = json!({ "alg": "RS256", "kid": format!("key-{number}") });
        story.list(&nonsense.sign_under(&header, &good())).await.expect_error(401, None);
        let elsewhere = with(json!({ "aud": "elsewhere" }));
        story.list(&nonsense.sign_under(&header, &elsewhere)).await.expect_error(401, None);
    }
    assert_eq!(story.authority.fetched(), 1);
    story.list(&story.token(&good())).await.expect(200);
    assert_eq!(story.authority.fetched(), 1);
}

/// Twenty requests that come at once ask for the keys once.
#[tokio::test]
async fn many_at_once_ask_once() {
    let story = Story::begin().await;
    let client = story.client.with_token(Some(&story.token(&good())));
    let requests: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.get("/Users").await })
        })
        .collect();
    for request in requests {
        request.await.expect("an answer").expect(200);
    }
    assert_eq!(story.authority.fetched(), 1);
}

/// While Entra ID cannot be reached its known keys stay good for two days; what cannot be checked is told to come again,
/// since a 401 would make Entra ID stop until somebody looks after it.
#[tokio::test]
async fn an_authority_that_is_down_stops_nobody() {
    let story = Story::begin().await;
    story.authority.set_down(true);
    let reply = story.list_after(0, &story.signer).await.expect_error(503, None);
    assert!(reply.header("retry-after").is_some() && reply.header("www-authenticate").is_none());
    story.list_after(0, &story.signer).await.expect_error(503, None);
    assert_eq!(story.authority.fetched(), 1, "within a minute nobody asks again");
    story.authority.set_down(false);
    story.list_after(60, &story.signer).await.expect(200);

    story.authority.set_down(true);
    let second = Signer::rsa("second");
    story.list_after(60, &second).await.expect_error(503, None);
    story.list_after(0, &story.signer).await.expect(200);
    story.list_after(24 * HOUR, &story.signer).await.expect(200);
    story.list_after(24 * HOUR, &story.signer).await.expect_error(503, None);
    story.authority.set_down(false);
    story.list_after(60, &story.signer).await.expect(200);
    story.list_after(0, &second).await.expect_error(401, None);

    let records = records(&story.server, &story.client).await;
    let waiting = records.iter().rev().find(|record| record.status == 503).expect("a record");
    let reason = waiting.error.as_deref().unwrap_or_default();
    assert!(reason.contains("502 Bad Gateway"), "{reason}");
}

/// Keys come from where the authority is, and from nowhere else: not from another host, by no redirect, for no other
/// issuer.
#[tokio::test]
async fn keys_from_elsewhere_are_not_taken() {
    for (pretence, wanted) in [
        (json!({ "jwks_uri": "http://169.254.169.254/latest/meta-data/" }), "points to keys at"),
        (json!({ "jwks_uri": "https://evil.example/keys" }), "points to keys at"),
        (json!({ "jwks_uri": "file:///etc/passwd" }), "points to keys at"),
        (json!({ "jwks_uri": 7 }), "points to keys at"),
        (json!({ "issuer": "https://evil.example/" }), "speaks for the issuer"),
        (json!({ "issuer": "https://sts.windows.net/common/" }), "speaks for the issuer"),
    ] {
        let story = Story::begin().await;
        story.authority.pretend(pretence);
        story.list(&story.token(&good())).await.expect_error(503, None);
        let records = records(&story.server, &story.client).await;
        let reason = records[0].error.as_deref().unwrap_or_default();
        assert!(reason.contains(wanted), "{reason}");
    }
    let story = Story::begin().await;
    story.authority.redirect();
    story.list(&story.token(&good())).await.expect_error(503, None);
}

/// Of the published keys those count that may sign for the tenant: RSA, for signatures, large enough, not another tenant's.
#[tokio::test]
async fn keys_that_may_not_sign_are_left_out() {
    for (change, status) in [
        (json!({ "issuer": "https://login.microsoftonline.com/{tenantid}/v2.0" }), 200),
        (json!({ "issuer": format!("https://login.microsoftonline.com/{ENTRA_TENANT}/v2.0") }), 200),
        (
            json!({ "issuer": "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0" }),
            401,
        ),
        (json!({ "use": "enc" }), 401),
        (json!({ "alg": "PS256" }), 401),
        (json!({ "alg": "RS256" }), 200),
        (json!({ "n": "AQAB" }), 401),
        (json!({ "kty": "oct", "k": "AQAB" }), 401),
    ] {
        let story = Story::begin().await;
        let key = changed(story.signer.jwk(), change.clone());
        let other = Signer::rsa("other").jwk();
        story.authority.publish(json!({ "keys": [{ "kty": "unheard-of" }, 7, other, key] }));
        let reply = story.list(&story.token(&good())).await;
        assert_eq!(reply.code(), status, "{change}");
    }
    let story = Story::begin().await;
    for nothing in [json!({ "keys": [] }), json!({}), json!("keys"), json!({ "keys": {} })] {
        story.authority.publish(nothing);
        story.list_after(60, &story.signer).await.expect_error(503, None);
    }
}

/// What holds when the change is made counts: the settings, and the end of the token.
#[tokio::test]
async fn what_changes_on_the_way_keeps_entra_from_changing_anything() {
    let story = Story::begin().await;
    let entra = story.client.with_token(Some(&story.token(&good())));
    let send_rest = halfway(&entra, "ana").await;
    let off = [("entra-tenant".to_owned(), String::new())];
    setup::set(story.server.store(), &operator(), &story.client.connection.id, setup::Wanted::of(&off))
        .await
        .expect("settings");
    send_rest().await.expect_error(503, None);
    entra.post("/Users", &user("ana")).await.expect_error(401, None);

    let on = [("entra-tenant".to_owned(), ENTRA_TENANT.to_owned())];
    setup::set(story.server.store(), &operator(), &story.client.connection.id, setup::Wanted::of(&on))
        .await
        .expect("settings");
    let send_rest = halfway(&entra, "ana").await;
    story.server.wait(HOUR + 300);
    send_rest().await.expect_error(401, None);
    let list = story.client.get("/Users").await.expect(200);
    assert_eq!(list.body["totalResults"], 0);
    assert_eq!(story.server.faults(), Vec::<String>::new());
}
