//! Clients that fetch their access tokens: OAuth 2.0 client credentials, and the metadata that leads to them.

use crate::support::{acme, changed, halfway, nowhere_on_disk, records};
use axum::http::Method;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use provisioning::clients::{self, NewClient, Wanted};
use scim::Provider;
use serde_json::{Value, json};
use testkit::signer::{Signer, jwks};
use testkit::{Client, NEW_YEAR, PUBLIC_URL, Reply, Server, operator, user};

const NOW: i64 = NEW_YEAR / 1_000_000;
const ENDPOINT: &str = "/oauth/token";
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The parameters of a form.
type Pairs<'p> = Vec<(&'p str, &'p str)>;

/// A client with a secret.
async fn with_secret(server: &Server, client: &Client) -> NewClient {
    make(server, client, Wanted { name: "sync", public_keys: None, read_only: false }).await
}

/// A client that signs with these keys.
async fn with_keys(server: &Server, client: &Client, signers: &[&Signer]) -> NewClient {
    make(server, client, Wanted { name: "signs", public_keys: Some(&jwks(signers)), read_only: false }).await
}

async fn make(server: &Server, client: &Client, wanted: Wanted<'_>) -> NewClient {
    clients::create(server.store(), &operator(), client.connection.scope, wanted).await.expect("a client")
}

fn secret(new: &NewClient) -> String {
    new.secret.clone().expect("a secret")
}

/// Sends a form to the token endpoint.
async fn ask(client: &Client, pairs: &[(&str, &str)]) -> Reply {
    let encoded = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let form: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    let anyone = client.with_token(None).with_header("content-type", "application/x-www-form-urlencoded");
    anyone.send_to(Method::POST, ENDPOINT, form.join("&")).await
}

/// Asks with a secret in the body.
async fn ask_with_secret(client: &Client, id: &str, secret: &str) -> Reply {
    ask(client, &[("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)]).await
}

/// Asks with an assertion.
async fn ask_with(client: &Client, assertion: &str) -> Reply {
    ask_as(client, "", assertion).await
}

/// Asks with an assertion, and with the client's id beside it.
async fn ask_as(client: &Client, id: &str, assertion: &str) -> Reply {
    let pairs = [
        ("grant_type", "client_credentials"),
        ("scope", "scim"),
        ("client_id", id),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
    ];
    ask(client, &pairs).await
}

/// What a good assertion says, with other claims.
fn assertion(id: &str, jti: &str, changes: Value) -> Value {
    let claims = json!({
        "iss": id,
        "sub": id,
        "aud": format!("{PUBLIC_URL}{ENDPOINT}"),
        "iat": NOW,
        "exp": NOW + 60,
        "jti": jti,
    });
    changed(claims, changes)
}

/// Fails unless the answer is an error of RFC 6749 §5.2.
#[track_caller]
fn expect_denied(reply: Reply, status: u16, error: &str) -> Reply {
    let reply = reply.expect(status);
    assert_eq!(reply.body["error"], error, "{}", reply.text);
    let description = reply.body["error_description"].as_str().expect("a description");
    assert!(!description.is_empty() && !description.contains(['"', '\\']), "{description}");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("www-authenticate").is_some(), status == 401);
    reply
}

fn access_token(reply: &Reply) -> String {
    reply.body["access_token"].as_str().unwrap_or_else(|| panic!("no token: {}", reply.text)).to_owned()
}

/// RIPS-4.1-01: the metadata of RFC 8414 says where tokens are and how a client proves itself.
/// M-55: by an assertion in the body, or by a secret.
#[tokio::test]
async fn metadata_leads_to_the_token_endpoint() {
    let (_server, client) = acme().await;
    let anyone = client.with_token(None);
    let reply = anyone.send_to(Method::GET, "/.well-known/oauth-authorization-server", "").await.expect(200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(
        reply.body,
        json!({
            "issuer": PUBLIC_URL,
            "token_endpoint": format!("{PUBLIC_URL}/oauth/token"),
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "scopes_supported": ["scim", "scim.read"],
            "token_endpoint_auth_methods_supported":
                ["private_key_jwt", "client_secret_basic", "client_secret_post"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256"],
        })
    );
    anyone.send_to(Method::GET, ENDPOINT, "").await.expect(405);
    let config = client.get("/ServiceProviderConfig").await.expect(200).body;
    let kinds: Vec<&str> = config["authenticationSchemes"]
        .as_array()
        .expect("schemes")
        .iter()
        .filter_map(|scheme| scheme["type"].as_str())
        .collect();
    assert_eq!(kinds, ["oauthbearertoken", "oauth2"]);
}

/// RIPS-4.1-01: client credentials, with the scope `scim`, give a short-lived bearer token of the connection.
#[tokio::test]
async fn a_secret_gives_a_token() {
    let (server, client) = acme().await;
    let new = with_secret(&server, &client).await;
    let posted = ask_with_secret(&client, &new.client.id, &secret(&new)).await.expect(200);
    let token = access_token(&posted);
    assert_eq!(
        posted.body,
        json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": "scim" })
    );
    assert_eq!(posted.header("cache-control"), Some("no-store"));
    assert_eq!(posted.header("pragma"), Some("no-cache"));
    assert_eq!(posted.header("content-type"), Some("application/json"));
    assert!(posted.header("strict-transport-security").is_some());

    let credential =
        BASE64_STANDARD.encode(format!("{}:{}", new.client.id.replace('-', "%2D"), secret(&new)));
    let basic = client
        .with_token(None)
        .with_header("authorization", &format!("Basic {credential}"))
        .with_header("content-type", "application/x-www-form-urlencoded; charset=UTF-8")
        .send_to(Method::POST, ENDPOINT, "grant_type=client_credentials&scope=scim.read&client_secret=")
        .await
        .expect(200);
    assert_eq!(basic.body["scope"], "scim.read");

    let writer = client.with_token(Some(&token));
    let ana = writer.create_user("ana").await;
    writer.create_group("Sales", &[&ana]).await;
    let reader = client.with_token(Some(&access_token(&basic)));
    reader.get("/Users").await.expect(200);
    reader.post("/Users", &user("bo")).await.expect_error(403, None);
    for token in [&token, &access_token(&basic), &secret(&new)] {
        nowhere_on_disk(&server, token);
    }
    server.wait(3_599);
    writer.get("/Users").await.expect(200);
    server.wait(1);
    writer.get("/Users").await.expect_error(401, None);
    client.get("/Users").await.expect(200);
}

/// M-55: an assertion that the client signed, in the body (RFC 7523), with RSA or on an elliptic curve.
/// RIPS-4.1-01: `private_key_jwt`.
#[tokio::test]
async fn an_assertion_gives_a_token() {
    let (server, client) = acme().await;
    let (rsa, elliptic) = (Signer::rsa("r"), Signer::elliptic("e"));
    let new = with_keys(&server, &client, &[&rsa, &elliptic]).await;
    assert_eq!(new.secret, None);
    let id = &new.client.id;
    let assertions = [
        rsa.sign("RS256", &assertion(id, "1", json!({}))),
        rsa.sign("PS256", &assertion(id, "2", json!({ "aud": PUBLIC_URL }))),
        elliptic.sign("ES256", &assertion(id, "3", json!({ "aud": ["elsewhere", PUBLIC_URL], "iat": null }))),
        // Without the name of a key every key of its kind is tried.
        elliptic.sign_under(&json!({ "alg": "ES256" }), &assertion(id, "4", json!({ "nbf": NOW + 60 }))),
        rsa.sign("RS256", &assertion(id, "5", json!({ "exp": NOW + 660 }))),
        rsa.sign("RS256", &assertion(id, "6", json!({ "exp": NOW - 59, "iat": NOW - 119 }))),
    ];
    for assertion in &assertions {
        let token = access_token(&ask_with(&client, assertion).await.expect(200));
        client.with_token(Some(&token)).get("/Users").await.expect(200);
    }
    ask_as(&client, id, &rsa.sign("RS256", &assertion(id, "7", json!({})))).await.expect(200);
}

/// What is wrong with an assertion is for the administrator; the client hears one and the same thing.
#[tokio::test]
async fn what_is_wrong_with_an_assertion_stands_on_the_record_alone() {
    let (server, client) = acme().await;
    let (signer, stranger) = (Signer::rsa("r"), Signer::rsa("r"));
    let new = with_keys(&server, &client, &[&signer]).await;
    let keyless = with_secret(&server, &client).await;
    let (id, other) = (&new.client.id, &keyless.client.id);
    let says = |changes: Value| signer.sign("RS256", &assertion(id, "x", changes));
    let good = assertion(id, "x", json!({}));
    let cases = [
        (says(json!({ "aud": "https://elsewhere.example" })), "it is for audience"),
        (says(json!({ "aud": format!("{PUBLIC_URL}/") })), "it is for audience"),
        (says(json!({ "sub": other })), "must both be the client's id"),
        (says(json!({ "exp": NOW + 661 })), "it expires more than 600 seconds from now"),
        (says(json!({ "exp": i64::MAX })), "it expires more than"),
        (says(json!({ "exp": NOW - 60 })), "it has expired"),
        (says(json!({ "nbf": NOW + 61 })), "it is not good yet"),
        (says(json!({ "iat": NOW + 61 })), "it is not good yet"),
        (says(json!({ "jti": "" })), "its jti"),
        (says(json!({ "jti": "j".repeat(257) })), "its jti"),
        (stranger.sign("RS256", &good), "none of the client's keys signed it"),
        (
            signer.sign_under(&json!({ "alg": "RS256", "kid": "q" }), &good),
            "none of the client's keys signed it",
        ),
        (signer.sign("RS256", &assertion(other, "x", json!({}))), "by a secret, not by signing"),
    ];
    let unnamed = [
        signer.sign("RS256", &assertion("nobody", "x", json!({}))),
        says(json!({ "iss": null })),
        says(json!({ "jti": null })),
        signer.sign("RS384", &good),
        signer.confuse(&good),
        signer.leave_unsigned(&good),
        "nonsense".into(),
        "a.b.c".into(),
    ];
    let wrong = ask_with_secret(&client, "nobody", "wrong").await.expect(401);
    for refused in cases.iter().map(|(refused, _)| refused).chain(&unnamed) {
        let reply = expect_denied(ask_with(&client, refused).await, 401, "invalid_client");
        assert_eq!(reply.text, wrong.text);
    }
    // The client's name beside an assertion must be its own.
    let beside = ask_as(&client, id, &signer.leave_unsigned(&good)).await;
    expect_denied(beside, 401, "invalid_client");

    let records = records(&server, &client).await;
    let reasons: Vec<&str> = records.iter().rev().filter_map(|record| record.error.as_deref()).collect();
    assert_eq!(reasons.len(), cases.len() + 1, "{reasons:?}");
    for ((_, wanted), reason) in cases.iter().zip(&reasons) {
        assert!(reason.starts_with("No access token for client \"") && reason.contains(wanted), "{reason}");
    }
    assert!(reasons[cases.len()].contains("its algorithm \"none\""), "{reasons:?}");
    assert!(records.iter().all(|record| record.status == 401 && record.path == ENDPOINT));
    // Nothing of all that was taken: the same jti is good once it is said right.
    ask_with(&client, &signer.sign("RS256", &good)).await.expect(200);
}

/// M-55: an assertion is taken once (RFC 7523 §3), also when it is sent many times at once.
#[tokio::test]
async fn an_assertion_is_taken_once() {
    let (server, client) = acme().await;
    let signer = Signer::elliptic("e");
    let new = with_keys(&server, &client, &[&signer]).await;
    let text = signer.sign("ES256", &assertion(&new.client.id, "once", json!({})));
    let requests: Vec<_> = (0..8)
        .map(|_| {
            let (client, text) = (client.clone(), text.clone());
            tokio::spawn(async move { ask_with(&client, &text).await.code() })
        })
        .collect();
    let mut codes = Vec::new();
    for request in requests {
        codes.push(request.await.expect("an answer"));
    }
    codes.sort_unstable();
    assert_eq!(codes, [200, 401, 401, 401, 401, 401, 401, 401]);
    // It is remembered for as long as it would be good.
    server.wait(119);
    expect_denied(ask_with(&client, &text).await, 401, "invalid_client");
    server.wait(1);
    expect_denied(ask_with(&client, &text).await, 401, "invalid_client");
    let records = records(&server, &client).await;
    assert!(records[1].error.as_deref().is_some_and(|error| error.contains("sent before")));
    assert!(records[0].error.as_deref().is_some_and(|error| error.contains("it has expired")));
    // Another client may have the same jti.
    let other = with_keys(&server, &client, &[&signer]).await;
    let claims = assertion(&other.client.id, "once", json!({ "exp": NOW + 180 }));
    ask_with(&client, &signer.sign("ES256", &claims)).await.expect(200);
}

/// A wrong secret, an unknown client, a revoked one and another's secret are one and the same answer.
#[tokio::test]
async fn bad_secrets_are_refused_alike() {
    let (server, client) = acme().await;
    let (new, other) = (with_secret(&server, &client).await, with_secret(&server, &client).await);
    let gone = with_secret(&server, &client).await;
    let signs = with_keys(&server, &client, &[&Signer::elliptic("e")]).await;
    clients::revoke(server.store(), &operator(), &gone.client.id).await.expect("revoked");
    let right = secret(&new);
    let cases = [
        (new.client.id.as_str(), secret(&other), Some("the secret is not the client's")),
        (&new.client.id, right[..right.len() - 1].to_owned(), Some("the secret is not the client's")),
        (&new.client.id, client.token().to_owned(), Some("the secret is not the client's")),
        (
            &new.client.id,
            new.client.digest.clone().unwrap_or_default(),
            Some("the secret is not the client's"),
        ),
        (&gone.client.id, secret(&gone), Some("the client was revoked")),
        (&signs.client.id, right.clone(), Some("proves itself by signing")),
        ("01900000-0000-7000-8000-00000000dead", right.clone(), None),
        ("' or 1=1 --", right.clone(), None),
    ];
    let mut texts = Vec::new();
    for (id, secret, _) in &cases {
        texts.push(expect_denied(ask_with_secret(&client, id, secret).await, 401, "invalid_client").text);
    }
    texts.dedup();
    assert_eq!(texts.len(), 1);
    let records = records(&server, &client).await;
    let reasons: Vec<&str> = records.iter().rev().filter_map(|record| record.error.as_deref()).collect();
    let wanted: Vec<&str> = cases.iter().filter_map(|(_, _, reason)| *reason).collect();
    assert_eq!(reasons.len(), wanted.len());
    for (reason, wanted) in reasons.iter().zip(wanted) {
        assert!(reason.contains(wanted), "{reason}");
    }
    // A secret is no token.
    client.with_token(Some(&right)).get("/Users").await.expect_error(401, None);
    for (_, secret, _) in &cases {
        nowhere_on_disk(&server, secret.strip_prefix("scim_").unwrap_or("no such text"));
    }
}

/// What is wrong with the request itself is said by the names of RFC 6749 §5.2.
#[tokio::test]
async fn errors_have_their_names() {
    let (server, client) = acme().await;
    let new = with_secret(&server, &client).await;
    let reading = make(&server, &client, Wanted { name: "reads", public_keys: None, read_only: true }).await;
    let (id, right) = (new.client.id.as_str(), secret(&new));
    let grant = ("grant_type", "client_credentials");
    let own = [("client_id", id), ("client_secret", right.as_str())];
    let cases: Vec<(Pairs<'_>, u16, &str)> = vec![
        (own.to_vec(), 400, "invalid_request"),
        ([&own[..], &[("grant_type", "password")]].concat(), 400, "unsupported_grant_type"),
        ([&own[..], &[grant, grant]].concat(), 400, "invalid_request"),
        ([&own[..], &[grant, ("client_id", id)]].concat(), 400, "invalid_request"),
        ([&own[..], &[grant, ("scope", "admin")]].concat(), 400, "invalid_scope"),
        ([&own[..], &[grant, ("scope", "scim admin")]].concat(), 400, "invalid_scope"),
        ([&own[..], &[grant, ("scope", " ")]].concat(), 400, "invalid_scope"),
        (
            [&own[..], &[grant, ("client_assertion", "x"), ("client_assertion_type", JWT_BEARER)]].concat(),
            400,
            "invalid_request",
        ),
        (vec![grant, ("client_assertion", "x")], 400, "invalid_request"),
        (vec![grant, ("client_assertion", "x"), ("client_assertion_type", "saml")], 400, "invalid_request"),
        (vec![grant], 401, "invalid_client"),
        (vec![grant, ("client_id", id)], 401, "invalid_client"),
        (vec![grant, ("client_secret", &right)], 401, "invalid_client"),
        (vec![], 401, "invalid_client"),
    ];
    for (pairs, status, error) in cases {
        expect_denied(ask(&client, &pairs).await, status, error);
    }
    let asks = |scope: &'static str| {
        let (id, secret) = (reading.client.id.clone(), secret(&reading));
        let client = client.clone();
        async move {
            ask(&client, &[grant, ("client_id", &id), ("client_secret", &secret), ("scope", scope)]).await
        }
    };
    expect_denied(asks("scim").await, 400, "invalid_scope");
    for scope in ["", "scim.read"] {
        assert_eq!(asks(scope).await.expect(200).body["scope"], "scim.read");
    }
    let anyone = client.with_token(None);
    for media in ["application/json", "text/plain", "multipart/form-data"] {
        let sent = anyone.with_header("content-type", media).send_to(Method::POST, ENDPOINT, "{}").await;
        expect_denied(sent, 400, "invalid_request");
    }
    let form = anyone.with_header("content-type", "application/x-www-form-urlencoded");
    let large = form.send_to(Method::POST, ENDPOINT, "x".repeat(70_000)).await;
    expect_denied(large, 413, "invalid_request");
    for header in ["Basic", "Basic x", "Basic eA==", "Bearer x", "Digest x"] {
        let wrong = form.with_header("authorization", header);
        let sent = wrong.send_to(Method::POST, ENDPOINT, "grant_type=client_credentials").await;
        expect_denied(sent, 401, "invalid_client");
    }
    let credential = BASE64_STANDARD.encode(format!("{id}:{right}"));
    let basic = form.with_header("authorization", &format!("Basic {credential}"));
    for body in [format!("client_secret={right}"), "client_id=another".to_owned()] {
        let sent =
            basic.send_to(Method::POST, ENDPOINT, format!("grant_type=client_credentials&{body}")).await;
        expect_denied(sent, 400, "invalid_request");
    }
}

/// Revoking a client ends every token that it was given, at once, also for a request that is on its way.
#[tokio::test]
async fn a_revoked_client_is_out_at_once() {
    let (server, client) = acme().await;
    let (new, other) = (with_secret(&server, &client).await, with_secret(&server, &client).await);
    let mut tokens = Vec::new();
    for client_of in [&new, &new, &other] {
        let reply = ask_with_secret(&client, &client_of.client.id, &secret(client_of)).await.expect(200);
        tokens.push(client.with_token(Some(&access_token(&reply))));
    }
    let send_rest = halfway(&tokens[0], "ana").await;
    clients::revoke(server.store(), &operator(), &new.client.id).await.expect("revoked");
    send_rest().await.expect_error(401, None);
    for token in &tokens[..2] {
        token.get("/Users").await.expect_error(401, None);
    }
    tokens[2].get("/Users").await.expect(200);
    client.get("/Users").await.expect(200);
    expect_denied(ask_with_secret(&client, &new.client.id, &secret(&new)).await, 401, "invalid_client");
    let again = clients::revoke(server.store(), &operator(), &new.client.id).await;
    assert!(again.is_err_and(|error| error.to_string().contains("revoked already")));
    let list = client.get("/Users").await.expect(200);
    assert_eq!(list.body["totalResults"], 0);
}

/// R7644-2-02: the token of a client opens its connection, and no other.
#[tokio::test]
async fn a_token_opens_the_connection_of_its_client() {
    let (server, client) = acme().await;
    let other = server.connect("globex", Provider::Generic).await;
    let new = with_secret(&server, &client).await;
    let token = access_token(&ask_with_secret(&other, &new.client.id, &secret(&new)).await.expect(200));
    client.with_token(Some(&token)).get("/Users").await.expect(200);
    other.with_token(Some(&token)).get("/Users").await.expect_error(401, None);
    assert_eq!(
        records(&server, &other).await.len(),
        1,
        "the request for a token is on the record of its own connection"
    );
}

/// RIPS-8-01: who did it is the client, which stays when its token is long forgotten.
#[tokio::test]
async fn what_a_client_did_names_the_client() {
    let (server, client) = acme().await;
    let new = with_secret(&server, &client).await;
    let token = access_token(&ask_with_secret(&client, &new.client.id, &secret(&new)).await.expect(200));
    let ana = client.with_token(Some(&token)).create_user("ana").await;
    client.with_token(Some(&token)).create_group("Sales", &[&ana]).await;
    server.wait(3_600);
    ask_with_secret(&client, &new.client.id, &secret(&new)).await.expect(200);
    let scope = client.connection.scope;
    let (events, tokens) = server
        .store()
        .read(|tx| {
            let events = store::events::newest(tx, scope.tenant, 100)?;
            Ok::<_, store::StoreError>((events, store::tokens::of_connection(tx, scope)?))
        })
        .expect("a readable database");
    let own: Vec<&store::events::Event> =
        events.iter().filter(|event| event.actor == ("client".into(), Some(new.client.id.clone()))).collect();
    for kind in ["token.issued", "user.created", "group.member_added"] {
        assert!(own.iter().any(|event| event.kind == kind && event.request_id.is_some()), "{kind}");
    }
    // The token made by hand, and the newest of the client's: what has expired is forgotten.
    assert_eq!(tokens.len(), 2);
    assert_eq!(tokens[1].client_id.as_ref(), Some(&new.client.id));
    let rotated = provisioning::tokens::rotate(server.store(), &operator(), &tokens[1].id, 0).await;
    assert!(rotated.is_err_and(|error| error.to_string().contains("issued to a client")));
    let tenant = provisioning::tenants::named(server.store(), "acme").expect("a tenant");
    let access = server
        .store()
        .read(|tx| {
            let user = provisioning::access::find_user(tx, tenant.tenant, "ana")?;
            provisioning::access::of_user(tx, tenant.tenant, &user)
        })
        .expect("access");
    let told = serde_json::to_string(&access).expect("JSON");
    assert!(told.contains("\"client\":{\"id\":") && told.contains("\"name\":\"sync\""), "{told}");
    let records = records(&server, &client).await;
    assert!(records.iter().filter(|record| record.caller.is_some()).count() >= 4);
    let granted = records.iter().find(|record| record.path == ENDPOINT).expect("a record");
    assert_eq!((granted.status, granted.request_body.as_ref()), (200, None));
    assert!(granted.changes.as_ref().is_some_and(|changes| changes[0]["kind"] == "token.issued"));
    assert_eq!(server.faults(), Vec::<String>::new());
}

/// Whoever asks again and again is told to wait; a stranger who names the client elsewhere does not lock it out.
#[tokio::test]
async fn trying_is_limited() {
    let (server, client) = acme().await;
    let new = with_secret(&server, &client).await;
    let mut refused = None;
    for _ in 0..300 {
        let reply = ask_with_secret(&client, "guess", "guess").await;
        if reply.code() != 401 {
            refused = Some(reply);
            break;
        }
    }
    let reply = expect_denied(refused.expect("three hundred are too many"), 429, "temporarily_unavailable");
    assert!(reply.header("retry-after").is_some_and(|seconds| seconds.parse::<u64>().is_ok()));
    ask_with_secret(&client, &new.client.id, &secret(&new)).await.expect(200);
}

/// Keys that are no use, or that are not public, make no client.
#[tokio::test]
async fn only_public_keys_are_registered() {
    let (server, client) = acme().await;
    let scope = client.connection.scope;
    let good = Signer::elliptic("e").jwk();
    let pair = |changes: Value| json!({ "keys": [good, changed(good.clone(), changes)] });
    for (set, wanted) in [
        (json!([]), "no JWK Set"),
        (json!({ "keys": [] }), "has no key"),
        (good.clone(), "no JWK Set"),
        (pair(json!({ "d": "AQAB" })), "Key 2 of the set cannot be used: it holds a secret"),
        (pair(json!({ "kty": "oct", "k": "AQAB" })), "it holds a secret"),
        (pair(json!({ "crv": "P-521" })), "neither RSA nor EC on the curve P-256"),
        (pair(json!({ "x": "AQAB" })), "32 bytes"),
        (pair(json!({ "x": "%" })), "no number in base64url"),
        (pair(json!({ "use": "enc" })), "not for signatures"),
        (pair(json!({ "alg": "HS256" })), "not one that is accepted"),
        (pair(json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" })), "2048 to 8192 bits"),
        (json!({ "keys": vec![good.clone(); 11] }), "10 keys at most"),
    ] {
        let wanted_client = Wanted { name: "signs", public_keys: Some(&set), read_only: false };
        let made = clients::create(server.store(), &operator(), scope, wanted_client).await;
        let error = made.expect_err("no client").to_string();
        assert!(error.contains(wanted), "{error}");
    }
    let nameless = Wanted { name: " ", public_keys: None, read_only: false };
    assert!(clients::create(server.store(), &operator(), scope, nameless).await.is_err());
    let there = server.store().read(|tx| store::clients::of_connection(tx, scope)).expect("clients");
    assert_eq!(there, []);
}
