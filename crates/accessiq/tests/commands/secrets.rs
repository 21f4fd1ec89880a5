//! A token is shown once, on stdout. It is in no file and in no log, whatever was sent where.

use crate::support::{Connection, Home, Serving, text};
use crate::{operations, user};
use client::http::Method;
use serde_json::{Value, json};
use std::path::Path;
use testkit::authority::ENTRA_TENANT;
use testkit::signer::Signer;

/// Every file below a directory, with what is in it.
fn contents(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).expect("a file")));
        }
    }
    found
}

/// Fails if any file holds one of the secrets, whole or without its prefix.
fn assert_hidden(home: &Home, secrets: &[String]) {
    let mut files = contents(&home.data());
    files.push(("the log".into(), std::fs::read(home.log()).expect("a log")));
    for (file, bytes) in files {
        for secret in secrets {
            let bare = secret.strip_prefix("scim_").unwrap_or(secret).as_bytes();
            assert!(!bytes.windows(bare.len()).any(|window| window == bare), "{file} holds {secret}");
        }
    }
}

/// What a client proves itself with, what it is given, and what Entra ID sends: everything was shown to the server.
async fn oauth_secrets(home: &Home, serving: &Serving, connection: &Connection) -> Vec<String> {
    let made = home.json(&["client", "create", "--connection", &connection.id, "--name", "sync"]);
    let (id, secret) = (text(&made["id"]), text(&made["secret"]));
    // Nobody listens there: the token cannot be checked, and is on its way through everything that tries.
    let entra = format!("entra-tenant={ENTRA_TENANT}");
    home.json(&["connection", "set", &connection.id, &entra, "entra-authority=http://127.0.0.1:9"]);
    let claims = json!({
        "iss": format!("https://sts.windows.net/{ENTRA_TENANT}/"),
        "aud": "8adf8e6e-67b2-4cf2-a259-e3dc5476c621",
        "tid": ENTRA_TENANT,
        "exp": 4_102_444_800_i64,
    });
    let jwt = Signer::rsa("first").sign("RS256", &claims);
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let users = format!("{}/Users", serving.base_url(connection));
    let unproven = http.get(users).bearer_auth(&jwt).send().await.expect("an answer");
    assert_eq!(unproven.status(), 503);
    let assertion = Signer::rsa("first")
        .sign("RS256", &json!({ "iss": id, "sub": id, "aud": "x", "exp": 0, "jti": "1" }));

    let endpoint = format!("http://{}/oauth/token", serving.address());
    let ask = async |proof: &[(&str, &str)]| {
        let pairs = proof.iter().chain(&[("grant_type", "client_credentials")]);
        let form: Vec<String> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
        let request = http.post(&endpoint).header("content-type", "application/x-www-form-urlencoded");
        request.body(form.join("&")).send().await.expect("an answer").json::<Value>().await.expect("JSON")
    };
    let granted = ask(&[("client_id", &id), ("client_secret", &secret)]).await;
    let jwt_bearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let denied = ask(&[("client_assertion_type", jwt_bearer), ("client_assertion", &assertion)]).await;
    assert_eq!(denied["error"], "invalid_client");
    let signature = |token: &str| token.rsplit('.').next().unwrap_or_default().to_owned();
    let access = text(&granted["access_token"]);
    let token = Connection { id: connection.id.clone(), token: access.clone() };
    serving.client(&token).get("/Users").await.expect("a list");
    vec![secret.replace("client_", ""), access, signature(&jwt), signature(&assertion)]
}

#[tokio::test]
async fn no_token_is_kept_or_logged() {
    let home = Home::new();
    let connection = home.connection("entra");
    let mut serving = Serving::launch(&home, &[("ACCESSIQ_LOG", "trace")]);
    serving.ready().await;
    let client = serving.client(&connection);
    client.send(Method::POST, "/Users", Some(&user("ana@example.com"))).await.expect("a user");

    let second = home.json(&["token", "create", "--connection", &connection.id]);
    let third = home.json(&["token", "rotate", &text(&second["id"])]);
    home.json(&["token", "revoke", &text(&second["id"])]);
    let mut mistyped = connection.token.clone();
    let last = mistyped.pop().expect("a character");
    mistyped.push(if last == 'x' { 'y' } else { 'x' });
    let secrets = [connection.token.clone(), text(&second["token"]), text(&third["token"]), mistyped];
    for token in &secrets {
        let client = serving.client(&Connection { id: connection.id.clone(), token: token.clone() });
        drop(client.get("/Users").await);
        // Where a token does not belong, and people put it all the same.
        drop(client.get(&format!("/Users?access_token={token}")).await);
        drop(client.get(&format!("/Users?count=1&token={token}")).await);
        let mut body = user("bea@example.com");
        body["token"] = json!(token);
        body["password"] = json!(token);
        drop(client.send(Method::POST, "/Users", Some(&body)).await);
        let patch = operations(&json!([{ "op": "replace", "path": "password", "value": token }]));
        drop(client.send(Method::PATCH, "/Users/nobody", Some(&patch)).await);
    }
    let secrets = [&secrets[..], &oauth_secrets(&home, &serving, &connection).await].concat();
    assert_hidden(&home, &secrets);
    // With all that a crash leaves, and put away in good order.
    serving.kill();
    assert_hidden(&home, &secrets);
    let serving = Serving::start(&home).await;
    serving.ask_to_stop();
    assert!(serving.ended().await.success());
    assert_hidden(&home, &secrets);
    let shown = home.run(&["requests", "--connection", &connection.id, "--json"]);
    let shown = String::from_utf8(shown.stdout).expect("UTF-8");
    assert!(secrets.iter().all(|secret| !shown.contains(secret.as_str())), "{shown}");
}
