//! Lists, a page at a time.

use crate::support::Acme;
use serde_json::{Value, json};

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
}

async fn many() -> Acme {
    let acme = Acme::start().await;
    for number in 0..23 {
        acme.client.create_user(&format!("user{number}@acme.example")).await;
        acme.client.create_group(&format!("Group {number}"), &[&acme.ana]).await;
        let role = json!({ "name": format!("Role {number}"), "priority": 10 });
        acme.api.post("/roles", &role).await.expect(201);
        let token = json!({ "name": format!("token {number}") });
        acme.api.post(&acme.below("/tokens"), &token).await.expect(201);
        let naming = json!({ "kind": "naming", "expression": format!("^{number}-(?<org>.+)$") });
        acme.api.post(&acme.below("/rules"), &naming).await.expect(201);
        acme.api.post("/connections", &json!({ "provider": "okta" })).await.expect(201);
        acme.api.ask(&acme.below("/rederive")).await.expect(201);
    }
    provisioning::jobs::run_open(acme.server.store(), |_| {}).await.expect("work");
    acme.server.flush().await;
    acme
}

#[tokio::test]
async fn a_walk_through_a_list_meets_everything_once() {
    let acme = many().await;
    let lists = [
        "/users".to_owned(),
        "/users?filter=userName%20sw%20%22user%22".into(),
        "/users?filter=name.givenName%20co%20%22n%22".into(),
        "/organizations".into(),
        "/roles".into(),
        "/jobs".into(),
        "/connections".into(),
        acme.below("/groups"),
        acme.below("/mappings"),
        acme.below("/rules"),
        acme.below("/tokens"),
        acme.below("/requests"),
        acme.below("/requests?method=post&status=2xx"),
    ];
    for path in lists {
        let whole = ids(&acme.api.sweep(&path, 200).await);
        let distinct: std::collections::BTreeSet<&String> = whole.iter().collect();
        assert_eq!(distinct.len(), whole.len(), "{path}");
        assert!(whole.len() >= 23 || path == "/jobs", "{path}: {}", whole.len());
        for limit in [1, 7, 23, 24] {
            assert_eq!(ids(&acme.api.sweep(&path, limit).await), whole, "{path}, {limit} at a time");
        }
    }
}

#[tokio::test]
async fn what_comes_and_goes_meanwhile_moves_nobody() {
    let acme = many().await;
    let first = acme.api.get("/roles?limit=10").await.expect(200);
    let next = first.body["next"].as_str().expect("a cursor").to_owned();
    let last = first.body["items"][9]["name"].as_str().expect("a name").to_owned();
    acme.api.delete(&format!("/roles/{}", last.replace(' ', "%20"))).await.expect(204);
    acme.api.post("/roles", &json!({ "name": "Late", "priority": 1 })).await.expect(201);
    let rest = acme.api.get(&format!("/roles?limit=200&cursor={next}")).await.expect(200);
    assert_eq!(rest.body["items"].as_array().expect("items").len(), 5 + 23 - 10 + 1);
}

#[tokio::test]
async fn a_cursor_belongs_to_its_query_and_its_tenant_and_holds_for_an_hour() {
    let acme = many().await;
    let cursor = acme.api.get("/roles?limit=3").await.expect(200).body["next"].clone();
    let cursor = cursor.as_str().expect("a cursor");
    // The page size goes with it.
    let page = acme.api.get(&format!("/roles?cursor={cursor}")).await.expect(200);
    assert_eq!(page.body["items"].as_array().map(Vec::len), Some(3));
    for path in ["/users", "/organizations", "/users?filter=active%20eq%20true"] {
        let separator = if path.contains('?') { '&' } else { '?' };
        acme.api.get(&format!("{path}{separator}cursor={cursor}")).await.expect_problem(400, "malformed");
    }
    let stranger = acme.server.api("globex", &crate::support::ALL).await;
    stranger.get(&format!("/roles?cursor={cursor}")).await.expect_problem(400, "malformed");
    let forged = cursor.replacen('e', "f", 1);
    acme.api.get(&format!("/roles?cursor={forged}")).await.expect_problem(400, "malformed");
    acme.server.wait(3600);
    acme.api.get(&format!("/roles?cursor={cursor}")).await.expect_problem(400, "malformed");
}

#[tokio::test]
async fn events_are_a_feed_that_goes_on() {
    let acme = many().await;
    let (mut after, mut numbers) = (0, Vec::new());
    loop {
        let reply = acme.api.get(&format!("/events?after={after}&limit=50")).await.expect(200);
        let items = reply.body["items"].as_array().expect("items").clone();
        assert_eq!(reply.body["next"], items.last().map_or(json!(after), |last| last["number"].clone()));
        if items.is_empty() {
            break;
        }
        numbers.extend(items.iter().filter_map(|item| item["number"].as_i64()));
        after = reply.body["next"].as_i64().expect("a number");
    }
    assert_eq!(numbers, (1..=after).collect::<Vec<_>>());
    acme.api.post("/roles", &json!({ "name": "Late", "priority": 1 })).await.expect(201);
    let news = acme.api.get(&format!("/events?after={after}")).await.expect(200);
    assert_eq!(news.body["items"][0]["kind"], "role.created");
}
