//! Bulk requests.

use crate::support::{
    ENTERPRISE, GROUP, NOBODY, PATCH_OP, USER, acme, found, group, raw, shown, tag, user_with,
};
use axum::http::Method;
use serde_json::{Value, json};
use std::slice::from_ref;
use testkit::{Client, Reply, user};

const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

async fn bulk(client: &Client, operations: Value) -> Reply {
    client.post("/Bulk", &json!({ "schemas": [REQUEST], "Operations": operations })).await
}

async fn results(client: &Client, operations: Value) -> Vec<Value> {
    bulk(client, operations).await.expect(200).body["Operations"].as_array().expect("results").clone()
}

fn create(bulk_id: &str, user_name: &str) -> Value {
    json!({ "method": "POST", "path": "/Users", "bulkId": bulk_id, "data": user(user_name) })
}

fn statuses(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["status"].as_str().unwrap_or("no text")).collect()
}

fn id_of(result: &Value) -> String {
    result["location"]
        .as_str()
        .and_then(|location| location.rsplit('/').next())
        .expect("a location")
        .to_owned()
}

fn error(result: &Value) -> (&str, Option<&str>) {
    assert_eq!(
        result["response"]["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:Error"]),
        "{result}"
    );
    assert!(result["response"]["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{result}");
    assert_eq!(result["response"]["status"], result["status"]);
    (result["status"].as_str().expect("a status"), result["response"]["scimType"].as_str())
}

/// R7644-3.7-02: request and answer say what they are.
/// R7644-3.7-05: the whole is 200, whatever its parts.
/// R7644-3.7-08: a bulkId comes back with what was created.
/// R7644-3.7.3-01: method, status as text, location, bulkId.
/// R7644-3.7.3-02: and the version.
/// M-23: status is a string.
/// RIPS-4.3-01: there is /Bulk.
#[tokio::test]
async fn a_bulk_request_answers_each_operation() {
    let (_server, client) = acme().await;
    let existing = client.create_user("old").await;
    let path = format!("/Users/{existing}");
    let reply = bulk(
        &client,
        json!([
            create("a", "ana"),
            { "method": "PUT", "path": path, "data": user_with("old", json!({ "title": "x" })) },
            { "method": "PATCH", "path": path, "data": { "schemas": [PATCH_OP], "Operations": [{ "op": "remove", "path": "title" }] } },
            { "method": "post", "path": "Groups", "bulkId": "g", "data": group("Sales", &[&existing]) },
            { "method": "DELETE", "path": path },
        ]),
    )
    .await
    .expect(200);
    assert_eq!(reply.body["schemas"], json!([RESPONSE]));
    let results = reply.body["Operations"].as_array().expect("results");
    assert_eq!(statuses(results), ["201", "200", "200", "201", "204"]);
    let methods: Vec<&str> = results.iter().filter_map(|result| result["method"].as_str()).collect();
    assert_eq!(methods, ["POST", "PUT", "PATCH", "POST", "DELETE"]);
    assert_eq!((&results[0]["bulkId"], &results[3]["bulkId"]), (&json!("a"), &json!("g")));
    let base = format!("{}{}", testkit::PUBLIC_URL, client.base_path());
    for result in results {
        assert!(result["location"].as_str().is_some_and(|location| location.starts_with(&base)), "{result}");
        assert!(result.get("response").is_none(), "{result}");
    }
    assert!(results[0]["version"].as_str().is_some_and(|tag| tag.starts_with("W/")));
    assert_eq!(shown(&client, &id_of(&results[0])).await["userName"], "ana");
    client.get(&path).await.expect_error(404, None);
}

/// R7644-3.7-02: what does not say that it is a bulk request is none.
/// R7644-3.7-03: Operations are there, and each has what its method needs.
/// R7644-3.7.3-03: the data of a PATCH is a PatchOp.
/// R7644-3.7-04: a POST goes to an endpoint, all others to a resource.
/// R7644-3.7-11: nothing but users and groups.
#[tokio::test]
async fn operations_are_checked_one_by_one() {
    let (_server, client) = acme().await;
    for body in [
        json!({ "Operations": [] }),
        json!({ "schemas": [USER], "Operations": [] }),
        json!({ "schemas": [REQUEST] }),
        json!({ "schemas": [REQUEST], "Operations": {} }),
        json!([]),
    ] {
        client.post("/Bulk", &body).await.expect_error(400, Some("invalidSyntax"));
    }
    let id = client.create_user("ana").await;
    let path = format!("/Users/{id}");
    let operations = json!([
        { "path": "/Users", "bulkId": "a", "data": user("x") },
        { "method": "GET", "path": path },
        { "method": "POST", "bulkId": "b", "data": user("x") },
        { "method": "POST", "path": "/Users", "bulkId": "c" },
        { "method": "POST", "path": "/Users", "data": user("x") },
        { "method": "PUT", "path": path },
        { "method": "PATCH", "path": path, "data": [{ "op": "remove", "path": "title" }] },
        { "method": "POST", "path": path, "bulkId": "d", "data": user("x") },
        { "method": "DELETE", "path": "/Users" },
        { "method": "POST", "path": "/Bulk", "bulkId": "e", "data": { "schemas": [REQUEST], "Operations": [] } },
        { "method": "POST", "path": "/Users/.search", "bulkId": "f", "data": {} },
        { "method": "PATCH", "path": "/Me", "data": {} },
        { "method": "POST", "path": "/Schemas", "bulkId": "h", "data": {} },
        "nonsense",
        null,
        { "method": 1, "path": 2, "bulkId": 3, "data": 4 },
    ]);
    let results = results(&client, operations).await;
    assert_eq!(results.len(), 16);
    for result in &results {
        let (status, _) = error(result);
        assert!(matches!(status, "400" | "405" | "404"), "{result}");
    }
    assert_eq!(found(&client, "userName pr").await, ["ana"]);
}

/// R7644-3.7-06: a failure stops nothing.
/// R7644-3.7-09: it comes with its error.
/// R7644-3.7-07: unless so many failures are too many; what was done before stays done.
/// M-47: stop, keep, 200.
#[tokio::test]
async fn failures_stop_when_there_are_too_many() {
    let (_server, client) = acme().await;
    client.create_user("taken").await;
    let operations = json!([
        create("a", "ana"),
        create("b", "taken"),
        create("c", "cy"),
        create("d", "TAKEN"),
        create("e", "eve")
    ]);
    let body = |limit: u64| json!({ "schemas": [REQUEST], "failOnErrors": limit, "Operations": operations });
    let reply = client.post("/Bulk", &body(1)).await.expect(200);
    let first = reply.body["Operations"].as_array().expect("results");
    assert_eq!(statuses(first), ["201", "409"]);
    assert_eq!(error(&first[1]), ("409", Some("uniqueness")));
    assert!(first[1].get("location").is_none() && first[1]["bulkId"] == "b");
    assert_eq!(found(&client, "userName pr").await, ["taken", "ana"]);
    let all = results(
        &client,
        json!([create("b", "taken"), create("c", "cy"), create("d", "TAKEN"), create("e", "eve")]),
    )
    .await;
    assert_eq!(statuses(&all), ["409", "201", "409", "201"]);
    for limit in [json!(0), json!(-1), json!("x"), json!(1.5)] {
        let body = json!({ "schemas": [REQUEST], "failOnErrors": limit, "Operations": [] });
        client.post("/Bulk", &body).await.expect_error(400, Some("invalidSyntax"));
    }
}

/// R7644-3.7.2-01: a reference to what the request creates becomes its id, in extensions too.
/// R7644-3.7.2-02: and in the path of a later operation.
/// R7644-3.7.2-03: whatever the order.
#[tokio::test]
async fn references_are_followed() {
    let (server, client) = acme().await;
    let mut report = create("report", "report");
    report["data"] = user_with(
        "report",
        json!({ "schemas": [USER, ENTERPRISE], ENTERPRISE: { "manager": { "value": "bulkId:boss" } } }),
    );
    let results = results(
        &client,
        json!([
            { "method": "POST", "path": "/Groups", "bulkId": "g", "data": group("Sales", &["bulkId:boss", "bulkId:report"]) },
            report,
            create("boss", "boss"),
            { "method": "PATCH", "path": "/Groups/bulkId:g", "data": {
                "schemas": [PATCH_OP], "Operations": [{ "op": "remove", "path": "members", "value": [{ "value": "bulkId:boss" }] }] } },
            { "method": "PATCH", "path": "/Users/bulkId:boss", "data": {
                "schemas": [PATCH_OP], "Operations": [{ "op": "add", "path": "title", "value": "Boss" }] } },
        ]),
    )
    .await;
    assert_eq!(statuses(&results), ["201", "201", "201", "204", "200"], "{results:?}");
    let (sales, report, boss) = (id_of(&results[0]), id_of(&results[1]), id_of(&results[2]));
    assert_eq!(client.members(&sales).await, from_ref(&report));
    assert_eq!(shown(&client, &report).await[ENTERPRISE]["manager"]["value"], boss);
    assert_eq!(shown(&client, &boss).await["title"], "Boss");
    assert_eq!(server.faults(), Vec::<String>::new());
}

/// R7644-3.7.1-01: circles are resolved.
#[tokio::test]
async fn circles_are_resolved() {
    let (server, client) = acme().await;
    let operation = |bulk_id: &str, member: &str| json!({ "method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": group(bulk_id, &[member]) });
    let three = json!([
        operation("a", "bulkId:b"),
        operation("b", "bulkId:c"),
        operation("c", "bulkId:a"),
        operation("self", "bulkId:self")
    ]);
    let results = results(&client, three).await;
    assert_eq!(results.len(), 4);
    for result in &results {
        assert!(matches!(result["status"].as_str(), Some("201" | "409")), "{result}");
    }
    assert_eq!(statuses(&results[..3]), ["201"; 3], "{results:?}");
    let ids: Vec<String> = results[..3].iter().map(id_of).collect();
    for (index, id) in ids.iter().enumerate() {
        assert_eq!(client.members(id).await, [ids[(index + 1) % 3].clone()]);
        assert_eq!(results[index]["version"], tag(&client, &format!("/Groups/{id}")).await);
    }
    assert_eq!(server.faults(), Vec::<String>::new());
}

/// R7644-3.7.1-01: a circle that cannot be resolved is 409, and leaves nothing behind that was not answered.
/// R7644-3.7-07: each of its operations counts as a failure.
#[tokio::test]
async fn a_circle_that_fails_leaves_nothing() {
    let (server, client) = acme().await;
    client.post("/Groups", &group("taken", &[])).await.expect(201);
    let operation = |bulk_id: &str, name: &str, members: &[&str]| {
        let data = group(name, members);
        json!({ "method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": data })
    };
    // "b" is made bare, and "a", which it lacks, is refused for its name.
    let circle = [
        operation("a", "taken", &["bulkId:b"]),
        operation("b", "B", &["bulkId:c"]),
        operation("c", "C", &["bulkId:a"]),
        operation("d", "D", &["bulkId:b"]),
        create("ok", "ok"),
    ];
    for order in [[0, 1, 2, 3, 4], [3, 2, 1, 0, 4], [4, 1, 3, 0, 2]] {
        let shuffled: Vec<Value> = order.iter().map(|index: &usize| circle[*index].clone()).collect();
        let results = results(&client, shuffled.into()).await;
        assert_eq!(results.len(), 5, "{results:?}");
        for result in &results {
            if result["bulkId"] == "ok" {
                assert!(matches!(result["status"].as_str(), Some("201" | "409")), "{result}");
                continue;
            }
            assert_eq!(error(result).0, "409", "{result}");
            assert!(result.get("location").is_none() && result.get("version").is_none(), "{result}");
        }
        assert_eq!(client.get("/Groups").await.expect(200).body["totalResults"], 1);
    }
    let body = json!({ "schemas": [REQUEST], "failOnErrors": 3, "Operations": [
        operation("a", "taken", &["bulkId:b"]), operation("b", "B", &["bulkId:c"]), operation("c", "C", &["bulkId:a"]),
        create("late", "late"),
    ]});
    let reply = client.post("/Bulk", &body).await.expect(200);
    assert_eq!(statuses(reply.body["Operations"].as_array().expect("results")), ["409"; 3]);
    assert!(found(&client, "userName eq \"late\"").await.is_empty());
    // Sent again without what was wrong, all of it is there.
    let mended = json!([
        operation("a", "A", &["bulkId:b"]),
        operation("b", "B", &["bulkId:c"]),
        operation("c", "C", &["bulkId:a"]),
    ]);
    assert_eq!(statuses(&results(&client, mended).await), ["201"; 3]);
    assert_eq!(server.faults(), Vec::<String>::new());
}

/// R7644-3.7.1-01: who had been there before, inactive, is restored and not deleted with a circle that fails.
#[tokio::test]
async fn a_circle_that_fails_deletes_nobody_from_before() {
    let (server, client) = acme().await;
    client.create_user("taken").await;
    let former = client.create_user("former").await;
    client
        .put(&format!("/Users/{former}"), &user_with("former", json!({ "active": false })))
        .await
        .expect(200);
    let managed = |bulk_id: &str, name: &str, manager: &str| {
        let data = user_with(
            name,
            json!({ "schemas": [USER, ENTERPRISE], ENTERPRISE: { "manager": { "value": manager } } }),
        );
        json!({ "method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data })
    };
    let circle = json!([managed("a", "taken", "bulkId:b"), managed("b", "former", "bulkId:a")]);
    let results = results(&client, circle).await;
    assert_eq!(statuses(&results), ["409", "409"]);
    let told = results[1]["response"]["detail"].as_str().unwrap_or_default();
    assert!(told.contains("is there nevertheless"), "{told}");
    let restored = shown(&client, &former).await;
    assert_eq!((&restored["active"], restored.get(ENTERPRISE)), (&json!(true), None));
    assert_eq!(server.faults(), Vec::<String>::new());
}

/// R7644-3.7.2-01: text that begins like a reference is text where no other resource is named.
#[tokio::test]
async fn text_like_a_reference_is_text_elsewhere() {
    let (_server, client) = acme().await;
    let mut first = create("a", "ana");
    first["data"] = user_with(
        "ana",
        json!({
            "title": "bulkId:b", "displayName": "bulkId:nobody", "nickName": "bulkId:",
            "name": { "givenName": "bulkId:a", "familyName": "Müller" },
            "phoneNumbers": [{ "value": "bulkId:b", "type": "work" }],
            "schemas": [USER, ENTERPRISE],
            ENTERPRISE: { "department": "bulkId:b", "manager": { "value": "bulkId:b" } },
        }),
    );
    let path = format!("{ENTERPRISE}:manager");
    let operations = json!([
        first,
        create("b", "bulkId:b"),
        { "method": "PATCH", "path": "/Users/bulkId:b", "data": { "schemas": [PATCH_OP], "Operations": [
            { "op": "add", "path": "title", "value": "bulkId:a" },
            { "op": "add", "path": format!("{path}.value"), "value": "bulkId:a" },
            { "op": "add", "value": { "nickName": "bulkId:a", ENTERPRISE: { "division": "bulkId:a" } } },
        ] } },
        { "method": "POST", "path": "/Groups", "bulkId": "g", "data": group("bulkId:a", &[]) },
        { "method": "PATCH", "path": "/Groups/bulkId:g", "data": { "schemas": [PATCH_OP], "Operations": [
            { "op": "add", "value": { "members": [{ "value": "bulkId:a" }] } },
            { "op": "add", "path": "members", "value": [{ "value": "bulkId:b" }] },
        ] } },
    ]);
    let results = results(&client, operations).await;
    assert_eq!(statuses(&results), ["201", "201", "200", "201", "204"], "{results:?}");
    let (ana, boss) = (id_of(&results[0]), id_of(&results[1]));
    let shown_ana = shown(&client, &ana).await;
    for pointer in ["/title", "/phoneNumbers/0/value"] {
        assert_eq!(shown_ana.pointer(pointer), Some(&json!("bulkId:b")), "{shown_ana}");
    }
    assert_eq!(shown_ana[ENTERPRISE]["department"], "bulkId:b");
    assert_eq!(shown_ana[ENTERPRISE]["manager"]["value"], boss);
    let shown_boss = shown(&client, &boss).await;
    assert_eq!(shown_boss["userName"], "bulkId:b");
    assert_eq!((&shown_boss["title"], &shown_boss["nickName"]), (&json!("bulkId:a"), &json!("bulkId:a")));
    assert_eq!(shown_boss[ENTERPRISE]["division"], "bulkId:a");
    assert_eq!(shown_boss[ENTERPRISE]["manager"]["value"], ana);
    let mut members = client.members(&id_of(&results[3])).await;
    let mut wanted = vec![ana, boss];
    members.sort();
    wanted.sort();
    assert_eq!(members, wanted);
}

/// R7644-3.7.2-04: one bulkId twice is an error of the request, an unknown one of its operation.
/// R7644-3.7.2-05: who refers to what failed fails too.
#[tokio::test]
async fn references_to_nothing_fail() {
    let (_server, client) = acme().await;
    client.create_user("taken").await;
    bulk(&client, json!([create("a", "ana"), create("a", "bo")]))
        .await
        .expect_error(400, Some("invalidSyntax"));
    assert!(found(&client, "userName eq \"ana\"").await.is_empty());
    let results = results(
        &client,
        json!([
            create("a", "taken"),
            { "method": "POST", "path": "/Groups", "bulkId": "g", "data": group("Sales", &["bulkId:a"]) },
            { "method": "POST", "path": "/Groups", "bulkId": "h", "data": group("Legal", &["bulkId:nobody"]) },
            { "method": "DELETE", "path": "/Groups/bulkId:g" },
            create("ok", "ok"),
        ]),
    )
    .await;
    assert_eq!(statuses(&results)[0], "409");
    for result in &results[1..4] {
        assert!(matches!(error(result).0, "409" | "400"), "{result}");
    }
    assert_eq!(statuses(&results)[4], "201");
    assert_eq!(client.get("/Groups").await.expect(200).body["totalResults"], 0);
}

/// R7644-3.7-10: a version is a condition.
#[tokio::test]
async fn versions_are_conditions() {
    let (_server, client) = acme().await;
    let path = format!("/Users/{}", client.create_user("ana").await);
    let current = tag(&client, &path).await;
    let stale = json!({ "method": "DELETE", "path": path, "version": "W/\"99\"" });
    let fresh = json!({ "method": "DELETE", "path": path, "version": current });
    let results = results(&client, json!([stale, fresh])).await;
    assert_eq!(statuses(&results), ["412", "204"]);
    error(&results[0]);
}

/// R7644-3.7.4-01: too many operations or bytes are 413, with the limit; nothing is done.
/// R7643-5-06: the limits are those that are published.
#[tokio::test]
async fn limits_are_kept() {
    let (_server, client) = acme().await;
    let config = client.get("/ServiceProviderConfig").await.expect(200).body["bulk"].clone();
    let number =
        |name: &str| usize::try_from(config[name].as_u64().expect("a limit")).expect("a small number");
    let (operations, bytes) = (number("maxOperations"), number("maxPayloadSize"));
    let mut many = vec![create("a", "ana")];
    many.resize(operations + 1, json!({ "method": "DELETE", "path": "/Users/x" }));
    let reply = bulk(&client, many.clone().into()).await.expect_error(413, None);
    assert!(reply.body["detail"].as_str().is_some_and(|detail| detail.contains(&operations.to_string())));
    let mut big = json!({ "schemas": [REQUEST], "Operations": [create("a", "ana")] }).to_string();
    big.push_str(&" ".repeat(bytes + 1 - big.len()));
    let reply = raw(&client, Method::POST, "/Bulk", big).await.expect_error(413, None);
    assert!(reply.body["detail"].as_str().is_some_and(|detail| detail.contains(&bytes.to_string())));
    assert!(found(&client, "userName pr").await.is_empty());
    many.pop();
    let results = results(&client, many.into()).await;
    assert_eq!((results.len(), statuses(&results)[0]), (operations, "201"));
}

/// R7644-3.7-12: whatever the order, the end is the same.
#[tokio::test]
async fn the_order_of_operations_makes_no_difference() {
    let orders = [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]];
    let mut ends = Vec::new();
    for order in orders {
        let (server, client) = acme().await;
        let operations = [
            create("a", "ana"),
            create("b", "bo"),
            json!({ "method": "POST", "path": "/Groups", "bulkId": "g", "data": group("Inner", &["bulkId:a"]) }),
            json!({ "method": "POST", "path": "/Groups", "bulkId": "h", "data": group("Outer", &["bulkId:g", "bulkId:b"]) }),
        ];
        let shuffled: Vec<Value> = order.iter().map(|index: &usize| operations[*index].clone()).collect();
        let results = results(&client, shuffled.into()).await;
        assert_eq!(statuses(&results), ["201"; 4]);
        let mut end = Vec::new();
        for resource in client.get("/Groups").await.expect(200).body["Resources"].as_array().expect("groups")
        {
            let mut members: Vec<Value> = resource["members"]
                .as_array()
                .expect("members")
                .iter()
                .map(|member| member["display"].clone())
                .collect();
            members.sort_by_key(Value::to_string);
            end.push((resource["displayName"].to_string(), members));
        }
        end.sort_by(|left, right| left.0.cmp(&right.0));
        assert_eq!(server.faults(), Vec::<String>::new());
        ends.push(end);
    }
    assert!(ends.windows(2).all(|pair| pair[0] == pair[1]), "{ends:?}");
}

/// R7644-3.7-05: odd paths and references are errors of their operation.
#[tokio::test]
async fn hostile_operations_are_answered() {
    let (_server, client) = acme().await;
    for path in [
        "",
        "/",
        "//",
        "/Users/../Groups",
        "/Users/%00",
        "/Users/\u{0}",
        "bulkId:",
        "/bulkId:a",
        "/Users/bulkId:",
        "https://evil.example/Users/x",
        "/Users/x?filter=1",
        "/Users/x/y/z",
    ] {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            for data in [
                json!({}),
                json!(null),
                user("x"),
                json!({ "members": "bulkId:a" }),
                json!({ "schemas": [GROUP], "displayName": "bulkId:zzz" }),
            ] {
                let operation = json!({ "method": method, "path": path, "bulkId": "a", "data": data });
                let results = results(&client, json!([operation])).await;
                assert_eq!(results.len(), 1, "{operation}");
                assert!(
                    results[0]["status"].as_str().is_some_and(|status| status < "500"),
                    "{operation}: {results:?}"
                );
            }
        }
    }
    client.get(&format!("/Users/{NOBODY}")).await.expect_error(404, None);
    assert!(found(&client, "userName pr").await.is_empty());
}
