//! One request, one typed answer; and patience with a busy server.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod fake;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use client::http::{
    Authorization, ClientError, Method, Patience, Profile, RawRequest, ScimClient, pause_before_retry,
};
use client::players::okta::PROFILE;
use client::players::{auth0, entra, google};
use serde_json::json;

#[tokio::test]
async fn a_busy_server_is_asked_again_until_it_answers() {
    let calls = AtomicU32::new(0);
    let base_url = fake::serve(move |_| match calls.fetch_add(1, Ordering::Relaxed) {
        0 => (429, "Retry-After: 0\r\n", String::new()),
        1 => (503, "Retry-After: 0\r\n", String::new()),
        _ => (200, "", r#"{"totalResults":0}"#.into()),
    })
    .await;
    let client = ScimClient::new(&base_url, "t", PROFILE).unwrap();
    assert_eq!(client.get("/Users").await.unwrap(), json!({ "totalResults": 0 }));
    assert_eq!((client.traffic().requests, client.traffic().retries), (3, 2));
}

#[tokio::test]
async fn ten_attempts_are_enough() {
    let base_url = fake::serve(|_| (429, "Retry-After: 0\r\n", String::new())).await;
    let client = ScimClient::new(&base_url, "t", PROFILE).unwrap();
    let error = client.get("/Users").await.unwrap_err();
    assert_eq!((error.status(), error.ends_the_play(), client.traffic().requests), (Some(429), true, 10));
}

#[test]
fn pauses_follow_retry_after_and_double() {
    let seconds = Duration::from_secs;
    assert_eq!(pause_before_retry(None, None), seconds(1));
    assert_eq!(pause_before_retry(None, Some("7")), seconds(7));
    assert_eq!(pause_before_retry(Some(seconds(7)), Some("7")), seconds(14));
    assert_eq!(pause_before_retry(Some(seconds(1)), Some("30")), seconds(30));
    assert_eq!(pause_before_retry(None, Some("Wed, 21 Oct 2026 07:28:00 GMT")), seconds(300));
}

#[tokio::test]
async fn a_scim_error_is_read_whole_and_names_no_token() {
    let body = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"409","scimType":"uniqueness","detail":"userName is taken"}"#;
    let base_url = fake::serve(move |_| (409, "", body.into())).await;
    let client = ScimClient::new(&base_url, "secret-token", PROFILE).unwrap();
    let error = client.send(Method::POST, "/Users", Some(&json!({}))).await.unwrap_err();
    assert_eq!(error.to_string(), "POST /Users: 409 uniqueness: userName is taken");
    assert!(!format!("{client:?} {error:?}").contains("secret-token"));
}

#[tokio::test]
async fn what_is_not_json_and_who_is_not_there_are_told_apart() {
    let base_url = fake::serve(|_| (200, "", "<html>".into())).await;
    let client = ScimClient::new(&base_url, "t", PROFILE).unwrap();
    assert!(matches!(client.get("/Users").await, Err(ClientError::Invalid { .. })));
    let client = ScimClient::new("http://127.0.0.1:9", "t", PROFILE).unwrap();
    assert!(matches!(client.get("/Users").await, Err(ClientError::Transport { .. })));
    assert!(matches!(ScimClient::new("nowhere", "t", PROFILE), Err(ClientError::Settings(_))));
}

/// A-2
#[tokio::test]
async fn a_client_that_insists_asks_again_after_any_failure_and_heeds_no_retry_after() {
    assert_eq!(auth0::PATIENCE.timeout, Duration::from_millis(1500));
    assert_eq!((auth0::PATIENCE.attempts, auth0::PATIENCE.pause), (2, Some(Duration::from_millis(250))));
    let patience = Patience { pause: Some(Duration::ZERO), ..auth0::PATIENCE };
    for (status, text) in [(429, "429"), (500, "500")] {
        let base_url = fake::serve(move |_| (status, "Retry-After: 3600\r\n", String::new())).await;
        let client = ScimClient::new(&base_url, "t", PROFILE).unwrap().with_patience(patience);
        let error = client.get("/Users").await.unwrap_err();
        assert!(error.to_string().contains(text) && error.may_pass(), "{error}");
        assert_eq!(client.traffic().requests, 2);
    }
    let client = ScimClient::new("http://127.0.0.1:9", "t", PROFILE).unwrap().with_patience(patience);
    assert!(client.get("/Users").await.unwrap_err().may_pass());
    assert_eq!(client.traffic().requests, 2);
}

#[tokio::test]
async fn a_failure_of_the_server_is_not_asked_again_by_others() {
    let base_url = fake::serve(|_| (500, "", String::new())).await;
    let client = ScimClient::new(&base_url, "t", PROFILE).unwrap();
    assert_eq!(client.get("/Users").await.unwrap_err().status(), Some(500));
    assert_eq!(client.traffic().requests, 1);
}

/// The headers of a GET and of what a PUT has besides, without `Host`, in order.
async fn headers(profile: Profile) -> (Vec<String>, Vec<String>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&seen);
    let base_url = fake::serve(move |request| {
        let mut lines = request.headers;
        lines.retain(|line| !line.starts_with("Host"));
        lines.sort();
        assert_eq!(request.body.is_some(), request.method == "PUT", "{}", request.target);
        keep.lock().unwrap().push(lines);
        (200, "", "{}".into())
    })
    .await;
    let client = ScimClient::new(&base_url, "raw", profile).unwrap();
    client.get("/Users?startIndex=1&count=2").await.unwrap();
    client.send(Method::PUT, "/Users/1", Some(&json!({}))).await.unwrap();
    let seen = seen.lock().unwrap();
    let besides = seen[1].iter().filter(|line| !seen[0].contains(line));
    (seen[0].clone(), besides.cloned().collect())
}

/// O-1
#[tokio::test]
async fn the_headers_are_those_of_okta() {
    let (get, besides) = headers(PROFILE).await;
    assert_eq!(
        get,
        [
            "Accept-Charset: utf-8",
            "Accept-Encoding: gzip,deflate",
            "Accept: application/scim+json",
            "Authorization: Bearer raw",
            "Connection: close",
            "User-Agent: Okta SCIM Client 1.0.0",
        ]
    );
    assert_eq!(besides, ["Content-Length: 2", "Content-Type: application/scim+json; charset=utf-8"]);
}

/// E-2
/// G-2
/// A-2
#[tokio::test]
async fn the_headers_are_those_of_the_other_providers() {
    let encoding = "Accept-Encoding: gzip,deflate";
    let (get, besides) = headers(entra::PROFILE).await;
    assert_eq!(get, [encoding, "Accept: application/scim+json", "Authorization: Bearer raw"]);
    assert_eq!(besides, ["Content-Length: 2", "Content-Type: application/scim+json; charset=utf-8"]);
    let (get, besides) = headers(google::PROFILE).await;
    let agent = "User-Agent: Google-Auto-Provisioning";
    assert_eq!(get, [encoding, "Accept: application/json", "Authorization: Bearer raw", agent]);
    assert_eq!(besides, ["Content-Length: 2", "Content-Type: application/json"]);
    let (get, besides) = headers(auth0::PROFILE).await;
    let (accept, kind) = ("Accept: application/scim+json", "Content-Type: application/scim+json");
    assert_eq!(get, [encoding, accept, "Authorization: Bearer raw", kind, "User-Agent: node"]);
    assert_eq!(besides, ["Content-Length: 2"]);
}

fn raw(authorization: Authorization) -> RawRequest {
    RawRequest { method: Method::GET, path: "/Users".into(), headers: Vec::new(), authorization, body: None }
}

/// A check of a server wants to see any answer, and says itself who it is.
#[tokio::test]
async fn a_raw_exchange_hands_on_whatever_comes() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&seen);
    let base_url = fake::serve(move |request| {
        let is_authorization = |line: &String| line.to_ascii_lowercase().starts_with("authorization");
        keep.lock().unwrap().push(request.headers.into_iter().find(is_authorization));
        (404, "Content-Type: text/html\r\n", "<html>".into())
    })
    .await;
    let client = ScimClient::new(&base_url, "t0ken", PROFILE).unwrap();
    for authorization in
        [Authorization::Token("bearer"), Authorization::Other("non-token"), Authorization::Absent]
    {
        let answer = client.exchange(&raw(authorization)).await.unwrap();
        assert_eq!((answer.status, answer.text.as_str(), answer.busy.len()), (404, "<html>", 0));
    }
    let said = ["Authorization: bearer t0ken", "Authorization: non-token"].map(|line| Some(line.to_owned()));
    assert_eq!(*seen.lock().unwrap(), [&said[..], &[None]].concat());
}

/// A busy server is asked three times, and not at all if it asks for a long pause: a check must come to an end.
#[tokio::test]
async fn a_raw_exchange_is_not_patient_for_long() {
    for (retry_after, attempts) in [("Retry-After: 0\r\n", 3), ("Retry-After: soon\r\n", 1)] {
        let base_url = fake::serve(move |_| (503, retry_after, String::new())).await;
        let client = ScimClient::new(&base_url, "t", PROFILE).unwrap();
        let answer = client.exchange(&raw(Authorization::Absent)).await.unwrap();
        assert_eq!((answer.status, answer.busy.len()), (503, attempts));
        assert_eq!(client.traffic().requests, attempts as u64);
    }
}

#[test]
fn a_base_url_with_a_password_in_it_is_refused_and_not_repeated() {
    let error = ScimClient::new("https://ana:s3cret@iam.example.com/scim", "t", PROFILE).unwrap_err();
    assert!(error.to_string().contains("leave them out") && !error.to_string().contains("s3cret"), "{error}");
}
