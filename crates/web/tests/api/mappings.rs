//! Mappings and rules, what if, and the jobs that carry a change out.

use crate::support::{Acme, texts};
use serde_json::{Value, json};

#[tokio::test]
async fn a_group_is_mapped_by_hand_changed_and_given_back_to_its_name() {
    let acme = Acme::start().await;
    let mappings = acme.below("/mappings");
    let by_name = acme.first(&mappings).await;
    assert_eq!((&by_name["origin"], &by_name["organization"]["name"]), (&json!("made"), &json!("Sales")));
    acme.api.post("/organizations", &json!({ "name": "EMEA" })).await.expect(201);
    let wanted = json!({ "group": "Sales", "organization": "emea", "role": "Manager", "inherit": true });
    let made = acme.api.post(&mappings, &wanted).await.expect(201);
    assert_eq!(
        (&made.body["origin"], &made.body["role"]["name"], &made.body["job"]),
        (&json!("hand"), &json!("Manager"), &Value::Null)
    );
    acme.api.post(&mappings, &wanted).await.expect_problem(409, "conflict");
    let group = acme.api.get(&acme.below("/groups/Sales")).await.expect(200).body;
    assert_eq!((&group["members"], &group["mappings"][0]["id"]), (&json!(1), &made.body["id"]));
    let roles = async || {
        let access = acme.api.get("/users/ana@acme.example/access").await.expect(200).body;
        let entries = access["entries"].as_array().expect("entries").clone();
        entries
            .iter()
            .map(|entry| {
                format!("{} of {}", entry["role"]["name"], entry["organization"]["name"]).replace('"', "")
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(roles().await, ["Manager of EMEA", "Member of acme"]);
    let path = format!("{mappings}/{}", made.id());
    let paused = acme.api.patch(&path, &json!({ "paused": true })).await.expect(200);
    assert_eq!((&paused.body["paused"], &paused.body["version"]), (&json!(true), &json!(2)));
    assert_eq!(roles().await, ["Member of acme"]);
    assert_eq!(acme.api.delete(&path).await.expect(200).body, json!({ "job": null }));
    assert_eq!(roles().await, ["Member of Sales", "Member of acme"]);
    assert_eq!(acme.server.faults(), Vec::<String>::new());
}

#[tokio::test]
async fn rules_are_made_ordered_changed_and_deleted() {
    let acme = Acme::start().await;
    let rules = acme.below("/rules");
    let naming = json!({ "kind": "naming", "name": "ours", "expression": "^(?<org>.+)$", "role": "Manager" });
    let naming = acme.api.post(&rules, &naming).await.expect(201);
    let attribute = json!({ "kind": "attribute", "expression": "userName sw \"ana\"", "organization": "acme", "role": "Viewer" });
    let attribute = acme.api.post(&rules, &attribute).await.expect(201);
    assert_eq!(attribute.body["name"], "userName sw \"ana\"");
    let listed = acme.api.get(&rules).await.expect(200);
    assert_eq!(texts(listed.body["items"].as_array().expect("items"), "kind"), ["naming", "attribute"]);
    let path = format!("{rules}/{}", naming.id());
    let mut read = acme.api.get(&path).await.expect(200).body;
    read["job"] = Value::Null;
    assert_eq!(read, naming.body);
    let changed = acme.api.patch(&path, &json!({ "role": "", "position": 3 })).await.expect(200);
    assert_eq!((&changed.body["role"], &changed.body["position"]), (&Value::Null, &json!(3)));
    acme.api.delete(&path).await.expect(200);
    acme.api.get(&path).await.expect(404);
    assert_eq!(acme.server.faults(), Vec::<String>::new());
}

#[tokio::test]
async fn what_if_tells_and_changes_nothing() {
    let acme = Acme::start().await;
    let ids = acme.ids().await;
    let mapping = ids.iter().find(|(word, _)| *word == "mapping").expect("a mapping").1.clone();
    let rule = ids.iter().find(|(word, _)| *word == "rule").expect("a rule").1.clone();
    let before = acme.api.get("/events?limit=200").await.expect(200).body["next"].clone();
    let ask = async |considered: Value| acme.api.post(&acme.below("/what-if"), &considered).await;
    let told =
        ask(json!({ "changeMapping": { "id": mapping, "change": { "role": "Manager" } } })).await.expect(200);
    assert_eq!(told.body["summary"], "1 person gains, 1 loses, 0 unchanged");
    let person = &told.body["people"][0];
    assert_eq!(
        (&person["gains"][0]["role"]["name"], &person["loses"][0]["role"]["name"]),
        (&json!("Manager"), &json!("Member"))
    );
    for considered in [
        json!({ "createMapping": { "group": "Sales", "organization": "empty" } }),
        json!({ "deleteMapping": { "id": mapping } }),
        json!({ "createRule": { "kind": "attribute", "expression": "userName pr", "organization": "empty", "role": "Viewer" } }),
        json!({ "changeRule": { "id": rule, "change": { "paused": true } } }),
        json!({ "deleteRule": { "id": rule } }),
        json!({ "changeSettings": { "groups": false } }),
    ] {
        let told = ask(considered.clone()).await.expect(200);
        assert!(told.body["summary"].is_string(), "{considered}: {}", told.text);
    }
    ask(json!({ "deleteRule": { "id": "none" } })).await.expect_problem(404, "not-found");
    ask(json!({ "createMapping": { "group": "Sales", "organization": "sales", "role": "Owner" } }))
        .await
        .expect_problem(422, "invalid");
    ask(json!({})).await.expect_problem(422, "invalid");
    assert_eq!(acme.api.get("/events?limit=200").await.expect(200).body["next"], before);
}

#[tokio::test]
async fn a_job_is_asked_for_carried_out_and_read() {
    let acme = Acme::start().await;
    let asked = acme.api.ask(&acme.below("/rederive")).await.expect(201);
    let path = asked.header("location").expect("a place").replace("/api/v1", "");
    assert_eq!((&asked.body["state"], &asked.body["total"]), (&json!("waiting"), &json!(2)));
    assert_eq!(asked.body["actor"], json!({ "kind": "key", "id": acme.api.key_id }));
    provisioning::jobs::run_open(acme.server.store(), |_| {}).await.expect("work");
    let done = acme.api.get(&path).await.expect(200);
    assert_eq!((&done.body["state"], &done.body["done"]), (&json!("done"), &json!(2)));
    assert_eq!(acme.first("/jobs").await, done.body);
}
