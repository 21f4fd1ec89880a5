//! What is counted, and that the counts tell of nobody.

use axum::body::Body;
use axum::http::{Method, Request};
use http_body_util::BodyExt;
use scim::Provider;
use serde_json::json;
use testkit::{Server, user};
use tower::ServiceExt;

/// What Prometheus reads.
async fn counts(server: &Server) -> String {
    let request = Request::get("/metrics").body(Body::empty()).expect("a request");
    let answer = web::metrics::router(server.app().clone()).oneshot(request).await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// The number of one series; 0 if it is not there.
fn number(counts: &str, series: &str) -> u64 {
    let line = counts.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map_or(0, |number| number.parse().expect("a number"))
}

/// Requests are counted by their route, never by their path; what is no route and no method shares one name.
#[tokio::test]
async fn requests_are_counted_by_route() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Okta).await;
    let id = client.create_user("ana").await;
    client.get(&format!("/Users/{id}")).await.expect(200);
    client.get("/Users/somebody-else").await.expect(404);
    client.get("/Users/").await.expect(200);
    client.with_token(None).get("/Users").await.expect(401);
    client.get("/Nope/at/all").await.expect(404);
    client.send_to(Method::from_bytes(b"BREW").expect("a method"), "/pot", Body::empty()).await.expect(404);
    client.send_to(Method::GET, "/healthz", Body::empty()).await.expect(200);

    let counts = counts(&server).await;
    let requests = |method: &str, route: &str, status: u16| {
        let series =
            format!("accessiq_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}");
        number(&counts, &series)
    };
    let base = "/scim/v2/{connection}";
    assert_eq!(requests("POST", &format!("{base}/Users"), 201), 1, "{counts}");
    assert_eq!(requests("GET", &format!("{base}/Users/{{id}}"), 200), 1, "{counts}");
    assert_eq!(requests("GET", &format!("{base}/Users/{{id}}"), 404), 1, "{counts}");
    assert_eq!(requests("GET", &format!("{base}/Users"), 200), 1, "{counts}");
    assert_eq!(requests("GET", &format!("{base}/Users"), 401), 1, "{counts}");
    assert_eq!(requests("other", "none", 404), 1, "{counts}");
    assert_eq!(requests("GET", "/healthz", 200), 1, "{counts}");
    let duration =
        format!("accessiq_request_duration_seconds_count{{method=\"GET\",route=\"{base}/Users/{{id}}\"}}");
    assert_eq!(number(&counts, &duration), 2, "{counts}");
    assert!(number(&counts, "accessiq_database_bytes") > 0, "{counts}");
    assert_eq!(number(&counts, "process_start_time_seconds"), 1_767_225_600, "{counts}");
    assert_eq!(number(&counts, "accessiq_records_lost"), 0, "{counts}");
    for told in ["acme", "ana", "Nope", "pot", "BREW", &id, &client.connection.id] {
        assert!(!counts.contains(told), "the counts tell of {told}: {counts}");
    }
}

/// Every correction is counted by habit and kind of provider, also within a bulk request; refused requests count none.
#[tokio::test]
async fn corrections_are_counted_by_habit() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Entra).await;
    let other = server.connect("globex", Provider::Generic).await;
    let path = format!("/Users/{}", client.create_user("ana").await);
    let disable = json!([{ "op": "Replace", "path": "active", "value": "False" }]);
    client.operate(&path, disable.clone()).await.expect(200);
    client.operate(&path, disable).await.expect(200);
    client.operate(&path, json!([{ "op": "Replace", "path": "active", "value": "maybe" }])).await.expect(400);
    client.get("/Users?filter=userName%20eq%20ana").await.expect(200);
    let mut body = user("ben");
    body["active"] = json!("true");
    body["password"] = json!("S3cret!");
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{ "method": "POST", "path": "/Users", "bulkId": "b", "data": body }],
    });
    other.post("/Bulk", &bulk).await.expect(200);

    let counts = counts(&server).await;
    let corrections = |habit: &str, provider: &str| {
        number(&counts, &format!("accessiq_corrections_total{{habit=\"{habit}\",provider=\"{provider}\"}}"))
    };
    assert_eq!(corrections("string-boolean", "entra"), 2, "{counts}");
    assert_eq!(corrections("op-letter-case", "entra"), 2, "{counts}");
    assert_eq!(corrections("unquoted-filter-value", "entra"), 1, "{counts}");
    assert_eq!(corrections("string-boolean", "generic"), 1, "{counts}");
    let ignored = "accessiq_ignored_total{habit=\"password-ignored\",provider=\"generic\"}";
    assert_eq!(number(&counts, ignored), 1, "{counts}");
}
