//! Tokens: their form, what is kept of them, and when they are refused.

use provisioning::tokens::{self, DAY, LIFETIME, Wanted, compose, digest, is_well_formed};
use scim::Provider;
use store::StoreError;
use testkit::{Client, Server, operator};

const BODY: std::ops::Range<usize> = 5..48;
const ALPHANUMERIC: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Secrets of every kind: nothing set, everything set, and some between.
fn secrets() -> Vec<[u8; 32]> {
    let mut secrets = vec![[0; 32], [255; 32]];
    for number in 0..32 {
        let mut secret = [0; 32];
        secret[usize::from(number)] = 1 + number * 7;
        secrets.push(secret);
    }
    secrets
}

#[test]
fn a_token_is_its_prefix_43_characters_and_6_of_checksum() {
    for secret in secrets() {
        let token = compose(secret);
        assert_eq!(token.len(), "scim_".len() + 43 + 6, "{token}");
        assert!(token.starts_with("scim_"), "{token}");
        assert!(token["scim_".len()..].bytes().all(|byte| byte.is_ascii_alphanumeric()), "{token}");
        assert!(is_well_formed(&token), "{token}");
    }
}

#[test]
fn no_two_secrets_have_one_token() {
    let mut tokens: Vec<String> = secrets().into_iter().map(compose).collect();
    let count = tokens.len();
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), count);
}

#[test]
fn the_checksum_detects_every_change_of_a_single_character() {
    for secret in secrets().into_iter().step_by(7) {
        let token = compose(secret);
        for place in 0..token.len() {
            let own = &token[place..=place];
            for other in ALPHANUMERIC.split("").chain(["_", " ", "-", "ä", "."]).filter(|other| *other != own)
            {
                // Among them the empty text: a character that is missing.
                let mistyped = format!("{}{other}{}", &token[..place], &token[place + 1..]);
                assert!(!is_well_formed(&mistyped), "{mistyped} passes for {token}");
            }
        }
    }
}

#[test]
fn the_checksum_detects_two_neighbours_that_changed_places() {
    let token = compose(std::array::from_fn(|place| u8::try_from(place * 8).unwrap()));
    for place in BODY.start..token.len() - 1 {
        let mut characters: Vec<char> = token.chars().collect();
        characters.swap(place, place + 1);
        let mistyped: String = characters.into_iter().collect();
        assert!(mistyped == token || !is_well_formed(&mistyped), "{mistyped} passes for {token}");
    }
}

#[test]
fn what_is_no_token_is_not_taken_for_one() {
    let token = compose([7; 32]);
    for text in [
        "",
        "scim_",
        "scim",
        &token[1..],
        &format!("{token}0"),
        &format!(" {token}"),
        &token.to_uppercase(),
        &token.replace("scim_", "sci_m"),
    ] {
        assert!(!is_well_formed(text), "{text:?}");
    }
}

/// How often bytes stand in the files of a directory.
fn occurrences(kept: &[u8], wanted: &str) -> usize {
    kept.windows(wanted.len()).filter(|window| *window == wanted.as_bytes()).count()
}

#[tokio::test]
async fn only_the_digest_of_a_token_is_on_the_disk() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Generic).await;
    let old = server.store().read(|tx| store::tokens::of_connection(tx, client.connection.scope)).unwrap();
    let rotated = tokens::rotate(server.store(), &operator(), &old[0].id, DAY).await.unwrap();
    client.create_user("ana").await;
    client.get("/Users?filter=userName+eq+%22ana%22").await.expect(200);
    client.with_token(Some("scim_wrong")).get("/Users").await.expect(401);
    server.flush().await;
    let kept = server.kept();
    for token in [client.token(), &rotated.text] {
        assert!(occurrences(&kept, &digest(token)) > 0, "the digest was looked for in vain");
        assert_eq!(occurrences(&kept, token), 0);
        // Nor what is left of it without its prefix and its checksum.
        assert_eq!(occurrences(&kept, &token[BODY]), 0);
    }
    assert!(occurrences(&kept, "ana") > 0, "what else is on the disk was looked for in vain");
}

#[tokio::test]
async fn a_token_that_is_shown_for_debugging_keeps_its_secret() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Generic).await;
    let wanted = Wanted { name: "second", expires_at: None, read_only: false };
    let new = tokens::create(server.store(), &operator(), client.connection.scope, wanted).await.unwrap();
    assert!(!format!("{new:?}").contains(&new.text[BODY]));
}

/// Makes a further token of a connection, good until then.
async fn another(server: &Server, client: &Client, expires_at: Option<i64>) -> (String, Client) {
    let wanted = Wanted { name: "another", expires_at, read_only: false };
    let new =
        tokens::create(server.store(), &operator(), client.connection.scope, wanted).await.expect("a token");
    (new.token.id, client.with_token(Some(&new.text)))
}

#[tokio::test]
async fn an_expired_token_is_refused_from_that_moment_on() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Generic).await;
    let (_, dated) = another(&server, &client, Some(server.store().clock().now() + DAY)).await;
    let (_, endless) = another(&server, &client, None).await;
    server.wait(24 * 3_600 - 1);
    dated.get("/Users").await.expect(200);
    server.wait(1);
    dated.get("/Users").await.expect(401);
    server.wait(LIFETIME / 1_000_000);
    client.get("/Users").await.expect(401);
    endless.get("/Users").await.expect(200);
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once_and_the_others_live_on() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Generic).await;
    let (id, second) = another(&server, &client, None).await;
    second.get("/Users").await.expect(200);
    tokens::revoke(server.store(), &operator(), &id).await.unwrap();
    second.get("/Users").await.expect(401);
    client.get("/Users").await.expect(200);
    let again = tokens::revoke(server.store(), &operator(), &id).await.unwrap_err();
    assert!(again.to_string().contains("revoked already"), "{again}");
    let rotated = tokens::rotate(server.store(), &operator(), &id, DAY).await.unwrap_err();
    assert!(rotated.to_string().contains("revoked already"), "{rotated}");
    let unknown = tokens::revoke(server.store(), &operator(), "none").await.unwrap_err();
    assert!(matches!(unknown, provisioning::Error::NotFound(_)), "{unknown}");
}

#[tokio::test]
async fn every_bad_credential_has_the_same_answer() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Generic).await;
    let sibling = server.connect("acme", Provider::Generic).await;
    let stranger = server.connect("globex", Provider::Generic).await;
    let (revoked, second) = another(&server, &client, None).await;
    tokens::revoke(server.store(), &operator(), &revoked).await.unwrap();
    let (_, expired) = another(&server, &client, Some(server.store().clock().now())).await;
    let mut mistyped = client.token().to_owned();
    mistyped.pop();
    let unknown = compose([9; 32]);
    let mut answers = Vec::new();
    for token in [sibling.token(), stranger.token(), second.token(), expired.token(), &mistyped, &unknown] {
        let reply = client.with_token(Some(token)).get("/Users").await.expect_error(401, None);
        answers.push((reply.text, reply.headers.get("www-authenticate").cloned()));
    }
    // A connection that is not there.
    let mut elsewhere = client.clone();
    elsewhere.connection.id = "00000000-0000-7000-8000-000000000000".into();
    let nowhere = elsewhere.get("/Users").await.expect_error(401, None);
    answers.push((nowhere.text, nowhere.headers.get("www-authenticate").cloned()));
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
}

#[tokio::test]
async fn rotation_keeps_the_old_token_until_the_overlap_ends() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Generic).await;
    let scope = client.connection.scope;
    let old = server.store().read(|tx| store::tokens::of_connection(tx, scope)).unwrap().remove(0);
    let new = tokens::rotate(server.store(), &operator(), &old.id, DAY).await.unwrap();
    let successor = client.with_token(Some(&new.text));
    client.get("/Users").await.expect(200);
    successor.get("/Users").await.expect(200);
    server.wait(24 * 3_600 - 1);
    client.get("/Users").await.expect(200);
    server.wait(1);
    client.get("/Users").await.expect(401);
    successor.get("/Users").await.expect(200);
    let kept = server.store().read(|tx| store::tokens::of_connection(tx, scope)).unwrap();
    let lifetime = |token: &store::tokens::Token| token.expires_at.map(|ends| ends - token.created_at);
    assert_eq!(kept[1].name, old.name);
    assert_eq!(
        lifetime(&kept[1]),
        lifetime(&old),
        "a successor lives as long as its predecessor was meant to"
    );
}

#[tokio::test]
async fn rotation_never_lengthens_the_life_of_the_old_token() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Generic).await;
    let (id, short) = another(&server, &client, Some(server.store().clock().now() + DAY / 24)).await;
    tokens::rotate(server.store(), &operator(), &id, 30 * DAY).await.unwrap();
    server.wait(3_600);
    short.get("/Users").await.expect(401);
}

#[tokio::test]
async fn a_rotation_without_overlap_ends_the_old_token_at_once() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Generic).await;
    let (id, old) = another(&server, &client, None).await;
    let new = tokens::rotate(server.store(), &operator(), &id, 0).await.unwrap();
    old.get("/Users").await.expect(401);
    client.with_token(Some(&new.text)).get("/Users").await.expect(200);
}

#[tokio::test]
async fn what_becomes_of_tokens_is_told_by_events_without_their_secrets() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Generic).await;
    let (id, second) = another(&server, &client, None).await;
    let third = tokens::rotate(server.store(), &operator(), &id, DAY).await.unwrap();
    tokens::revoke(server.store(), &operator(), &id).await.unwrap();
    let tenant = client.connection.scope.tenant;
    let events = server.store().read(|tx| store::events::after(tx, tenant, 0, 100)).unwrap();
    let kinds: Vec<&str> =
        events.iter().map(|event| event.kind.as_str()).filter(|kind| kind.starts_with("token.")).collect();
    assert_eq!(kinds, ["token.created", "token.created", "token.created", "token.rotated", "token.revoked"]);
    let told = format!("{events:?}");
    for token in [client.token(), second.token(), &third.text] {
        assert!(!told.contains(&token[BODY]) && !told.contains(&digest(token)), "an event tells a secret");
    }
}

#[tokio::test]
async fn the_last_use_of_a_token_is_written_down() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Generic).await;
    let scope = client.connection.scope;
    server.wait(5);
    client.with_header("user-agent", "Okta SCIM Client 1.0.0").get("/Users").await.expect(200);
    server.flush().await;
    let kept = server.store().read(|tx| store::tokens::of_connection(tx, scope)).unwrap().remove(0);
    assert_eq!(kept.last_used_at, Some(testkit::NEW_YEAR + 5_000_000));
    assert_eq!(kept.last_used_agent.as_deref(), Some("Okta SCIM Client 1.0.0"));
}

#[tokio::test]
async fn the_gate_asks_the_archive_for_a_digest_and_finds_the_connection() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Generic).await;
    let now = server.store().clock().now();
    let found = |token: &str, connection: &str| {
        let found =
            server.store().read(|tx| tokens::authenticate(tx, token, connection, now)).expect("a database");
        found.map(|credential| credential.connection.scope)
    };
    assert_eq!(found(client.token(), &client.connection.id), Some(client.connection.scope));
    assert_eq!(found(client.token(), "another"), None);
    assert_eq!(found(&compose([1; 32]), &client.connection.id), None);
    let none =
        server.store().read(|tx| store::tokens::by_digest(tx, client.token()).map(|found| found.is_some()));
    assert!(matches!(none, Ok::<bool, StoreError>(false)), "the text of a token finds nothing");
}

#[tokio::test]
async fn a_reading_token_stays_one_when_it_is_rotated() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Generic).await;
    let wanted = Wanted { name: "reader", expires_at: None, read_only: true };
    let old = tokens::create(server.store(), &operator(), client.connection.scope, wanted).await.unwrap();
    let new = tokens::rotate(server.store(), &operator(), &old.token.id, DAY).await.unwrap();
    for token in [&old.text, &new.text] {
        let reader = client.with_token(Some(token));
        reader.get("/Users").await.expect(200);
        reader.post("/Users", &testkit::user("ana")).await.expect_error(403, None);
    }
}
