//! Carrying out: what is refused, what ends it, and that the next run goes on.

use std::sync::{Arc, Mutex};

use client::http::ScimClient;
use client::import::PROFILE;
use client::import::apply::{Outcome, apply};
use client::import::held::Held;
use client::import::mapping::desired;
use client::import::plan::{Choices, Plan};
use serde_json::json;

use crate::fake::{self, Reply, Request};
use crate::{group, pool, user};

/// Carries out the first import of four people and a group; also gives the requests, in their order.
async fn applied(
    answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
) -> (Outcome, Vec<String>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let base_url = fake::serve(move |request| {
        let mut seen = seen.lock().unwrap();
        seen.push(format!("{} {}", request.method, request.target));
        answer(&request, seen.len())
    })
    .await;
    let client = Arc::new(ScimClient::new(&base_url, "t", PROFILE).unwrap());
    let pool = pool((1..5).map(user).collect(), vec![group("admins", &[1, 2, 3, 4])]);
    let held = Held { groups: Some(Vec::new()), ..Held::default() };
    let plan = Plan::make(&desired(&pool), &held, &Choices::default());
    // One at a time, so that the requests have an order.
    let outcome = apply(&client, &plan, 1, &|_| ()).await;
    let asked = asked.lock().unwrap().clone();
    (outcome, asked)
}

fn created(request: &Request) -> Reply {
    let body = request.body.as_ref().unwrap();
    let name = body["userName"].as_str().or(body["displayName"].as_str()).unwrap_or_default();
    (201, "", json!({ "id": format!("id-{name}") }).to_string())
}

#[tokio::test]
async fn what_is_refused_is_told_and_the_rest_is_done() {
    let (outcome, asked) = applied(|request, _| {
        let body = request.body.as_ref().unwrap();
        if body["userName"] == "user2@acme.example" {
            return (400, "", json!({ "scimType": "invalidValue", "detail": "No." }).to_string());
        }
        if request.method == "PATCH" {
            let members = body["Operations"][0]["value"].as_array().unwrap();
            assert_eq!(members.len(), 3, "who was refused joins nothing: {body}");
            return (204, "", String::new());
        }
        created(request)
    })
    .await;
    assert_eq!((outcome.done, outcome.is_whole()), (5, false));
    assert_eq!(outcome.failures, ["create user user2@acme.example: POST /Users: 400 invalidValue: No."]);
    assert_eq!(asked.last().unwrap(), "PATCH /Groups/id%2Dadmins");
}

#[tokio::test]
async fn a_group_that_is_refused_has_no_members() {
    let (outcome, _) = applied(|request, _| match request.target.as_str() {
        "/Groups" => (409, "", String::new()),
        _ => created(request),
    })
    .await;
    let failures = outcome.failures;
    assert_eq!(failures.len(), 2);
    assert_eq!(failures[1], "add members admins: the group could not be created");
}

/// 429 is waited out.
#[tokio::test]
async fn a_busy_server_is_waited_for() {
    let (outcome, asked) = applied(|request, number| match (number, request.method.as_str()) {
        (2, _) => (429, "Retry-After: 0\r\n", String::new()),
        (_, "PATCH") => (204, "", String::new()),
        _ => created(request),
    })
    .await;
    assert_eq!((outcome.done, outcome.is_whole(), asked.len()), (6, true, 7));
}

/// A token that is revoked meanwhile: nothing more is sent.
#[tokio::test]
async fn a_server_that_does_not_know_the_token_any_more() {
    let (outcome, asked) =
        applied(|request, number| if number > 2 { (401, "", String::new()) } else { created(request) }).await;
    assert!(outcome.stopped.unwrap().contains("401"));
    assert_eq!((outcome.done, asked.len()), (2, 3));
}
