//! Reading a connection: lists to their end, whatever the server offers.

use std::sync::{Arc, Mutex};

use client::http::ScimClient;
use client::import::held::{Held, read};
use client::import::mapping::desired;
use client::import::{ImportError, PROFILE};
use serde_json::{Value, json};

use crate::fake::{self, Reply, Request};
use crate::{group, pool, sub, user};

/// What a server says of itself: whether it has cursors.
fn service(request: &Request, cursor: bool) -> Option<Reply> {
    let body = match request.target.as_str() {
        "/ServiceProviderConfig" => {
            json!({ "patch": { "supported": true }, "pagination": { "cursor": cursor } })
        }
        "/Schemas" | "/ResourceTypes" => return Some((404, "", String::new())),
        _ => return None,
    };
    Some((200, "", body.to_string()))
}

fn users(numbers: std::ops::Range<u32>) -> Vec<Value> {
    numbers.map(|number| json!({ "id": format!("{number}"), "externalId": sub(number), "userName": format!("u{number}") })).collect()
}

/// Reads a server, with everything that it was asked for.
async fn reading(
    answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> (Result<Held, ImportError>, Vec<String>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let base_url = fake::serve(move |request| {
        assert_eq!(request.method, "GET");
        assert!(
            request.headers.contains(&"User-Agent: accessiq-import/1".to_owned()),
            "{:?}",
            request.headers
        );
        seen.lock().unwrap().push(request.target.clone());
        answer(&request)
    })
    .await;
    let client = Arc::new(ScimClient::new(&base_url, "t", PROFILE).unwrap());
    let desired = desired(&pool(vec![user(1)], vec![group("admins", &[1])]));
    let held = read(&client, &desired, 4, &|_| ()).await;
    let asked = asked.lock().unwrap().clone();
    (held, asked)
}

/// The first page is asked for with an empty cursor, and each page says where the next is.
#[tokio::test]
async fn by_cursor_where_the_server_has_them() {
    let (held, asked) = reading(|request| {
        if let Some(said) = service(request, true) {
            return said;
        }
        let (resources, next) = match request.target.as_str() {
            "/Users?cursor=&count=100" => (users(0..100), Some("a/b")),
            "/Users?cursor=a%2Fb&count=100" => (users(100..120), None),
            "/Groups?excludedAttributes=members&cursor=&count=100" => (Vec::new(), None),
            other => panic!("{other}"),
        };
        (200, "", json!({ "totalResults": 120, "Resources": resources, "nextCursor": next }).to_string())
    })
    .await;
    assert_eq!(held.unwrap().users.len(), 120);
    assert_eq!(asked.len(), 6);
}

#[tokio::test]
async fn by_index_where_it_has_none() {
    let (held, _) = reading(|request| {
        if let Some(said) = service(request, false) {
            return said;
        }
        // A server may hand out fewer than it is asked for.
        let (total, resources) = match request.target.as_str() {
            "/Users?startIndex=1&count=100" => (70, users(0..50)),
            "/Users?startIndex=51&count=100" => (70, users(50..70)),
            "/Groups?excludedAttributes=members&startIndex=1&count=100" => {
                let mine = json!({ "id": "g1", "externalId": "eu-west-1_aBcDeFgHi:admins", "displayName": "admins" });
                (2, vec![mine, json!({ "id": "g2", "displayName": "others" })])
            }
            // Members of groups that do not matter are not read.
            "/Groups/g1" => {
                let body = json!({ "id": "g1", "members": [{ "value": "1" }, { "value": "2" }] });
                return (200, "", body.to_string());
            }
            other => panic!("{other}"),
        };
        (200, "", json!({ "totalResults": total, "Resources": resources }).to_string())
    })
    .await;
    let held = held.unwrap();
    assert_eq!(held.users.len(), 70);
    let groups = held.groups.unwrap();
    assert_eq!(groups[0].members, ["1".to_owned(), "2".to_owned()].into());
    assert!(groups[1].members.is_empty());
}

/// Half a list would make people anew who are there.
#[tokio::test]
async fn a_list_that_ends_early_is_no_list() {
    let (held, _) = reading(|request| {
        service(request, false).unwrap_or_else(|| {
            let first = request.target.contains("startIndex=1&");
            let resources = if first { users(0..50) } else { Vec::new() };
            (200, "", json!({ "totalResults": 70, "Resources": resources }).to_string())
        })
    })
    .await;
    let said = held.unwrap_err().to_string();
    assert!(said.contains("ends before its 70 totalResults"), "{said}");
}

#[tokio::test]
async fn a_server_without_patch_is_of_no_use() {
    let (held, _) = reading(|_| (200, "", json!({ "patch": { "supported": false } }).to_string())).await;
    assert!(held.unwrap_err().to_string().contains("PATCH"));
}

#[tokio::test]
async fn a_token_that_is_not_known() {
    let (held, asked) = reading(|_| (401, "", String::new())).await;
    assert!(held.unwrap_err().to_string().contains("401"));
    assert_eq!(asked.len(), 1);
}
