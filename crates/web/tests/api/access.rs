//! Access explained: of a user, and of an organization.

use crate::support::Acme;
use serde_json::{Value, json};

#[tokio::test]
async fn the_whole_chain_behind_a_role_is_told() {
    let acme = Acme::start().await;
    let access = acme.api.get("/users/ana@acme.example/access").await.expect(200).body;
    let sales = access["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .find(|entry| entry["organization"]["name"] == "Sales");
    let because = &sales.expect("an entry")["because"];
    assert_eq!((&because[0]["kind"], &because[0]["group"]["id"]), (&json!("mapping"), &json!(acme.sales)));
    assert_eq!((&because[1]["kind"], &because[1]["token"]["name"]), (&json!("request"), &json!("first")));
    let request = because[1]["request"].as_str().expect("an id");
    acme.server.flush().await;
    let record = acme.api.get(&acme.below(&format!("/requests/{request}"))).await.expect(200).body;
    assert_eq!((&record["method"], &record["path"]), (&json!("POST"), &json!("/Groups")));
}

#[tokio::test]
async fn who_may_do_what_at_an_organization_is_told_a_page_at_a_time() {
    let acme = Acme::start().await;
    for number in 0..5 {
        let id = acme.client.create_user(&format!("user{number}@acme.example")).await;
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
        acme.client.operate(&format!("/Groups/{}", acme.sales), add).await;
    }
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page =
            acme.api.get(&format!("/organizations/sales/access?limit=2{cursor}")).await.expect(200).body;
        let people = page["people"].as_array().expect("people").clone();
        assert!(people.len() <= 2);
        names.extend(people.iter().map(|person| person["userName"].as_str().expect("a name").to_owned()));
        match &page["next"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => break,
        }
    }
    assert_eq!(names.len(), 6, "{names:?}");
    assert_eq!(names[0], "ana@acme.example");
}
