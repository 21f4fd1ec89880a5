//! Large answers: written while they are read, the same bytes as if they had been made at once, and never whole to look at when
//! they are not.

use super::support::{acme, group, records, user_with};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use provisioning::{Caller, Session, groups};
use scim::projection::Projection;
use scim::{Document, Mode};
use serde_json::{Value, json};
use std::time::Duration;
use store::members::{self, Member, MemberKind};
use store::mirror_groups::{self, MirrorGroup};
use store::mirror_users::{self, MirrorUser};
use store::{Scope, Store, StoreError, TenantId, Tx};
use testkit::{Client, Server};
use tokio::sync::oneshot;
use tower::ServiceExt;
use web::flow::{self, Flow, Pace, Stop};

/// Sizes about the pages that members are read in, about what is made with a change, and about what is sent whole.
const SIZES: [usize; 14] = [0, 1, 2, 499, 500, 501, 999, 1_000, 1_001, 1_100, 1_200, 1_500, 2_000, 2_601];
/// The largest of them.
const ALL: usize = 2_601;
/// What is asked of groups: everything, and parts.
const PROJECTIONS: [(&str, &str); 8] = [
    ("", ""),
    ("attributes", "members"),
    ("attributes", "members.value"),
    ("attributes", "displayName,members.type,members.display"),
    ("attributes", "displayName"),
    ("excludedAttributes", "members"),
    ("excludedAttributes", "members.display,meta"),
    ("excludedAttributes", "members.value,members.$ref,members.type,members.display"),
];

/// Names that are short, long, absent and hard to write.
fn person(number: usize) -> Document {
    let mut document = Document::new();
    document.insert("userName".into(), format!("person {number}").into());
    let name = match number % 5 {
        0 => Some("Straße \"und\" \\Zeichen\u{1}\n\u{10FFFF}".to_owned()),
        1 => Some("x".repeat(number % 400)),
        2 => None,
        _ => Some(format!("Given{number} Family{number}")),
    };
    document.extend(name.map(|name| ("displayName".to_owned(), name.into())));
    document
}

fn id_of(number: usize) -> String {
    format!("01900000-0000-7000-8000-{number:012}")
}

fn resource(scope: Scope, tx: &mut Tx<'_>, number: usize) -> Result<(), StoreError> {
    let user = MirrorUser {
        id: id_of(number),
        user_id: id_of(number),
        document: person(number),
        active: true,
        feeds: true,
        version: 1,
        created_at: 0,
        modified_at: 0,
    };
    // Only the mirror matters here, and the directory behind it is left as it is.
    mirror_users::insert(tx, scope, &user).map(drop)
}

fn add(scope: Scope, tx: &mut Tx<'_>, group: &str, number: usize) -> Result<(), StoreError> {
    let member = Member {
        group_id: group.to_owned(),
        member_id: id_of(number),
        // One that is gone has no name, whatever it was.
        kind: if number.is_multiple_of(7) { MemberKind::Group } else { MemberKind::User },
        added_at: 0,
        request_id: "r".into(),
        token_id: None,
    };
    members::insert(tx, scope, &member).map(drop)
}

/// The id of the group of so many members.
fn group_of(size: usize) -> String {
    format!("01900000-0000-7000-9000-{size:012}")
}

/// People, and for each size a group of that many of them.
async fn fill(server: &Server, client: &Client, sizes: &'static [usize]) {
    let scope = client.connection.scope;
    let all = sizes.iter().copied().max().unwrap_or(0);
    let unit = move |tx: &mut Tx<'_>| {
        // The last one is a member that nothing stands under.
        for number in 0..all.saturating_sub(1) {
            resource(scope, tx, number)?;
        }
        for size in sizes {
            let mut document = Document::new();
            document.insert("displayName".into(), format!("{size} people").into());
            let group =
                MirrorGroup { id: group_of(*size), document, version: 3, created_at: 0, modified_at: 1 };
            drop(mirror_groups::insert(tx, scope, &group)?);
            for number in all - size..all {
                add(scope, tx, &group.id, number)?;
            }
        }
        Ok::<_, StoreError>(())
    };
    server.store().write_of(scope.tenant, unit).await.expect("people and groups");
}

/// How many people a crowd has: more than are answered with a change.
const CROWD: usize = 1_100;

/// Makes people with long names over SCIM, so that a group of them is more than is sent whole; returns their ids.
async fn crowd(client: &Client) -> Vec<String> {
    let create = |number: usize| {
        let person = user_with(&format!("p{number}"), json!({ "displayName": "name ".repeat(40) }));
        json!({ "method": "POST", "path": "/Users", "bulkId": number.to_string(), "data": person })
    };
    let mut ids = Vec::new();
    for from in (0..CROWD).step_by(550) {
        let operations: Vec<Value> = (from..from + 550).map(create).collect();
        let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations });
        let made = client.post("/Bulk", &bulk).await.expect(200);
        let locations =
            made.body["Operations"].as_array().expect("operations").iter().map(|made| &made["location"]);
        ids.extend(locations.map(|location| {
            let location = location.as_str().expect("a location");
            location.rsplit('/').next().expect("an id").to_owned()
        }));
    }
    assert_eq!(ids.len(), CROWD);
    ids
}

fn session(server: &Server, client: &Client) -> Session {
    let session = server.app().session(&client.connection, Caller::Nobody, String::new(), 0);
    session.expect("a session")
}

/// A group as it is made at once.
fn built(server: &Server, session: &Session, id: &str, asked: (&str, &str)) -> Document {
    let of = |name: &str| (asked.0 == name).then_some(asked.1);
    let definition = &session.definitions.group;
    let projection = Projection::parse(definition, of("attributes"), of("excludedAttributes"), Mode::Lenient);
    let document = server.store().read(|tx| {
        let group = groups::one(tx, session, id)?;
        Ok::<_, provisioning::Error>(groups::document(tx, session, &group, true)?)
    });
    projection.expect("a projection").apply(definition, document.expect("a group"))
}

fn query((name, value): (&str, &str)) -> String {
    if name.is_empty() { String::new() } else { format!("{name}={value}") }
}

/// The answer to a GET, its body not taken yet.
async fn opened(server: &Server, client: &Client, path: &str) -> Response {
    let request = Request::get(format!("{}{path}", client.base_path()))
        .header(header::AUTHORIZATION, format!("Bearer {}", client.token()))
        .body(Body::empty());
    server.router().clone().oneshot(request.expect("a request")).await.expect("an answer")
}

/// The next bytes of a body.
async fn piece(body: &mut Body) -> Vec<u8> {
    let frame = body.frame().await.expect("a frame").expect("no error");
    frame.into_data().expect("data").to_vec()
}

/// The rest of a body; what it broke off with.
async fn rest(mut body: Body, mut begun: Vec<u8>) -> Result<String, String> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| error.to_string())?;
        begun.extend_from_slice(&frame.into_data().expect("data"));
    }
    Ok(String::from_utf8(begun).expect("UTF-8"))
}

/// What is sent piece by piece is what would have been made at once, whatever is shown of it.
#[tokio::test]
async fn a_group_of_any_size_is_answered_as_it_is_built() {
    let (server, client) = acme().await;
    fill(&server, &client, &SIZES).await;
    let session = session(&server, &client);
    for size in SIZES {
        for asked in PROJECTIONS {
            let path = format!("/Groups/{}?{}", group_of(size), query(asked));
            let reply = client.get(&path).await.expect(200);
            let built = built(&server, &session, &group_of(size), asked);
            let expected = serde_json::to_string(&built).expect("JSON");
            assert!(reply.text == expected, "{path}: {} bytes of {}", reply.text.len(), expected.len());
            assert_eq!(reply.header("etag"), Some("W/\"3\""), "{path}");
        }
    }
    // The largest ones do not fit in what is sent whole: this test is about them.
    let mut body = opened(&server, &client, &format!("/Groups/{}", group_of(ALL))).await.into_body();
    assert!(piece(&mut body).await.len() < 512 * 1024);
    body.frame().await.expect("a second piece").expect("no error");
}

/// R7644-3.4.2-01: lists too, by index, by cursor, in an order, at the root.
#[tokio::test]
async fn a_list_of_large_groups_is_answered_as_it_is_built() {
    let (server, client) = acme().await;
    fill(&server, &client, &SIZES).await;
    let session = session(&server, &client);
    for asked in PROJECTIONS {
        for paging in ["count=100", "startIndex=9&count=3", "cursor&count=100", "sortBy=id&count=100"] {
            let path = format!("/Groups?{paging}&{}", query(asked));
            let reply = client.get(&path).await.expect(200);
            let resources = reply.body["Resources"].as_array().expect("Resources");
            assert_eq!(resources.len(), if paging.contains("=9") { 3 } else { SIZES.len() }, "{path}");
            let skipped = if paging.contains("=9") { 8 } else { 0 };
            let shown = SIZES.iter().skip(skipped).take(resources.len());
            let shown: Vec<Value> =
                shown.map(|size| built(&server, &session, &group_of(*size), asked).into()).collect();
            let text = serde_json::to_string(&shown).expect("JSON");
            let (_, found) = reply.text.split_once("\"Resources\":").expect("Resources come last");
            assert!(found == format!("{text}}}"), "{path}");
            assert_eq!(reply.body["itemsPerPage"], json!(resources.len()), "{path}");
            assert_eq!(reply.body["totalResults"], json!(SIZES.len()), "{path}");
        }
        let root = format!("/?filter=meta.resourceType+eq+%22Group%22&count=100&{}", query(asked));
        let list = format!("/Groups?count=100&{}", query(asked));
        let (root, list) = (client.get(&root).await.expect(200), client.get(&list).await.expect(200));
        assert!(root.text == list.text, "the root, {asked:?}");
    }
}

/// R7644-3.3-04: the body of a creation is the resource, whatever its size.
/// R7644-3.5.1-03: and that of a replacement.
/// R7644-3.5.2-12: and that of a PATCH whose client says what it wants to see.
#[tokio::test]
async fn a_change_of_a_large_group_is_answered_with_all_of_it() {
    let (server, client) = acme().await;
    let members = crowd(&client).await;
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let made = client.post("/Groups", &group("Everybody", &members)).await.expect(201);
    let path = format!("/Groups/{}", made.id());
    assert_eq!(made.body["members"].as_array().map(Vec::len), Some(CROWD));
    assert_eq!(made.header("location"), made.body["meta"]["location"].as_str());
    assert!(made.text == client.get(&path).await.text, "the creation");
    let replaced = client.put(&path, &group("Everybody else", &members[1..])).await.expect(200);
    assert!(replaced.text == client.get(&path).await.text, "the replacement");
    assert_eq!(replaced.header("etag"), replaced.body["meta"]["version"].as_str());
    assert_eq!(replaced.header("content-location"), replaced.body["meta"]["location"].as_str());
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "Nobody else" }]);
    let asked = format!("{path}?attributes=members.value,displayName");
    let changed = client.operate(&asked, rename).await.expect(200);
    assert!(changed.text == client.get(&asked).await.text, "the change");
    assert_eq!(changed.body["members"].as_array().map(Vec::len), Some(CROWD - 1));
    // One record each, with the change; it keeps the beginning of what was answered.
    server.flush().await;
    for (method, status) in [("POST", 201), ("PUT", 200), ("PATCH", 200)] {
        let mut records = records(&server, &client).await;
        records.retain(|record| record.method == method && record.path.starts_with("/Groups"));
        assert_eq!(records.iter().map(|record| record.status).collect::<Vec<_>>(), [status], "{method}");
        let body = records[0].response_body.as_deref().expect("a body");
        assert!(body.len() < 17 * 1024 && body.ends_with(" bytes in all]"), "{method}: {body}");
        assert!(body.contains("more than ") && records[0].changes.is_some(), "{method}: {body}");
    }
}

/// R9110-9-01: HEAD is GET without a body, and a version that is known is not sent again.
#[tokio::test]
async fn of_a_large_group_no_member_is_sent_that_nobody_wants() {
    let (server, client) = acme().await;
    fill(&server, &client, &[2_601]).await;
    let path = format!("/Groups/{}", group_of(ALL));
    let head = client.send(Method::HEAD, &path, "").await.expect(200);
    let known = client.with_header("if-none-match", "W/\"3\"").get(&path).await.expect(304);
    client.with_header("if-match", "W/\"2\"").get(&path).await.expect_error(412, None);
    let list = client.send(Method::HEAD, "/Groups", "").await.expect(200);
    for reply in [&head, &known, &list] {
        assert!(reply.text.is_empty());
    }
    let get = client.get(&path).await.expect(200);
    for name in ["etag", "content-type", "content-location"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
    // What is kept of an answer of that size is how large it was.
    let records = records(&server, &client).await;
    let bodies: Vec<_> = records.iter().rev().map(|record| record.response_body.clone()).collect();
    assert_eq!(bodies[..2], [None, None]);
    assert_eq!(bodies[4], Some(format!("[{} bytes]", get.text.len())));
}

/// An answer is of one state: that of its version.
#[tokio::test]
async fn what_changes_while_a_group_is_sent_is_not_in_the_answer() {
    let (server, client) = acme().await;
    let members = crowd(&client).await;
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let path = format!("/Groups/{}", client.create_group("Everybody", &members).await);
    let before = client.get(&path).await.expect(200);
    let response = opened(&server, &client, &path).await;
    assert_eq!(response.headers()[header::ETAG], "W/\"1\"");
    let mut body = response.into_body();
    let first = piece(&mut body).await;
    let change = json!([
        { "op": "remove", "path": format!("members[value eq \"{}\"]", members[CROWD - 1]) },
        { "op": "replace", "path": "displayName", "value": "Fewer" },
    ]);
    client.operate(&path, change).await.expect(204);
    client.delete(&format!("/Users/{}", members[CROWD - 2])).await.expect(204);
    assert!(rest(body, first).await.expect("a whole answer") == before.text);
    let after = client.get(&path).await.expect(200);
    assert_eq!(after.body["members"].as_array().map(Vec::len), Some(CROWD - 2));
    assert_eq!(after.header("etag"), Some("W/\"3\""));
}

/// Whoever hangs up in the middle ends the read; the record says so.
#[tokio::test]
async fn a_client_that_hangs_up_leaves_its_turn_to_others() {
    let (server, client) = acme().await;
    fill(&server, &client, &[2_601]).await;
    let path = format!("/Groups/{}", group_of(ALL));
    // More of them than may be sent at once.
    let mut sizes = Vec::new();
    for _ in 0..8 {
        let mut body = opened(&server, &client, &path).await.into_body();
        sizes.push(piece(&mut body).await.len());
        drop(body);
    }
    let whole = client.get(&path).await.expect(200);
    assert_eq!(whole.body["members"].as_array().map(Vec::len), Some(ALL));
    // The records of those who hung up are made behind them.
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
    let records = records(&server, &client).await;
    let mut broken: Vec<_> = records.iter().filter_map(|record| record.error.clone()).collect();
    broken.sort();
    let mut expected: Vec<_> = sizes
        .iter()
        .map(|size| format!("The answer broke off after {size} bytes: the client hung up."))
        .collect();
    expected.sort();
    assert_eq!(broken, expected);
    assert_eq!(records.len(), 9);
}

/// An answer of a mebibyte that ends as `end` says; the sender is dropped with the read.
async fn long(
    store: &Store,
    pace: Pace,
    end: impl Fn() -> Result<(), Stop> + Clone + Send + 'static,
) -> (Body, oneshot::Receiver<()>) {
    let (done, over) = oneshot::channel::<()>();
    let done = std::sync::Arc::new(done);
    let write = move |_: &mut Tx<'_>, flow: &mut Flow| {
        let _done = std::sync::Arc::clone(&done);
        for _ in 0..1024 {
            flow.text(&"x".repeat(1024))?;
        }
        end()
    };
    let answer = flow::run(store, TenantId(1), pace, write).await.expect("an answer");
    let response = answer.into_response();
    assert_eq!(response.status(), StatusCode::OK);
    (response.into_body(), over)
}

/// Whoever takes nothing is not waited for: the read ends, and what was sent does not look whole.
#[tokio::test]
async fn a_client_that_takes_nothing_holds_no_read() {
    let server = Server::start().await;
    let pace = Pace { patience: Duration::from_millis(20), slowest: u64::MAX };
    let (body, over) = long(server.store(), pace, || Ok(())).await;
    over.await.expect_err("the read has ended, though nothing was taken");
    let broken = rest(body, Vec::new()).await.expect_err("a body that is not whole");
    assert_eq!(broken, "the answer broke off");
    // Everybody else goes on.
    let (body, _) = long(server.store(), Pace::USUAL, || Ok(())).await;
    assert_eq!(rest(body, Vec::new()).await.expect("a whole answer").len(), 1024 * 1024);
}

/// What cannot be read to its end does not look whole, whether it is the database or we who fail.
#[tokio::test]
async fn an_error_in_the_middle_breaks_the_answer_off() {
    let server = Server::start().await;
    let lost = || Err(Stop::from(StoreError::Unavailable("lost".into())));
    let (body, _) = long(server.store(), Pace::USUAL, lost).await;
    assert_eq!(rest(body, Vec::new()).await.expect_err("an error"), "the answer broke off");
    let (body, _) = long(server.store(), Pace::USUAL, || panic!("on purpose")).await;
    assert_eq!(rest(body, Vec::new()).await.expect_err("an error"), "the answer broke off");
}

/// Before anything has left, an error is an error like any other.
#[tokio::test]
async fn an_error_before_the_first_piece_is_answered() {
    let server = Server::start().await;
    let write = |_: &mut Tx<'_>, flow: &mut Flow| {
        flow.text("some of it")?;
        Err(Stop::from(StoreError::Unavailable("lost".into())))
    };
    let refused = flow::run(server.store(), TenantId(1), Pace::USUAL, write).await;
    assert!(refused.expect_err("an error").to_string().contains("lost"));
}

/// Those who take their answers slowly wait for each other, and nobody waits for them.
#[tokio::test]
async fn only_so_many_answers_of_a_tenant_are_under_way() {
    let (server, client) = acme().await;
    fill(&server, &client, &[2_601, 400]).await;
    let path = format!("/Groups/{}", group_of(ALL));
    let mut held = Vec::new();
    for _ in 0..2 {
        held.push(opened(&server, &client, &path).await.into_body());
    }
    let waiting: Vec<_> = (0..4)
        .map(|_| {
            let (client, path) = (client.clone(), path.clone());
            tokio::spawn(async move { client.get(&path).await.expect(200).text.len() })
        })
        .collect();
    // More than there are turns at long reads ask for what is short meanwhile.
    for _ in 0..8 {
        client.get(&format!("/Groups/{}", group_of(400))).await.expect(200);
        client.get("/Users?sortBy=userName&count=5").await.expect(200);
    }
    assert!(waiting.iter().all(|task| !task.is_finished()), "they did not wait");
    for body in held {
        rest(body, Vec::new()).await.expect("a whole answer");
    }
    let whole = client.get(&path).await.expect(200).text.len();
    for task in waiting {
        assert_eq!(task.await.expect("an answer"), whole);
    }
}
