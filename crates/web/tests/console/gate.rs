//! The gate: who comes in, what they may send, and what every page has.

use axum::body::Body;
use axum::http::Request;
use provisioning::administrators::Role;
use scim::Provider;
use testkit::Server;

#[tokio::test]
async fn without_a_session_every_page_leads_to_signing_in_and_back() {
    let server = Server::start().await;
    let browser = server.browser();
    assert_eq!(browser.get("/").await.is(303).location(), "/sign-in");
    let sent_on = browser.get("/t/acme/provisioning?q=a%26b").await;
    assert_eq!(sent_on.is(303).location(), "/sign-in?next=%2Ft%2Facme%2Fprovisioning%3Fq%3Da%2526b");
    browser.get("/sign-in?next=%2Ft%2Facme").await.is(200).says(r#"name="next" value="/t/acme""#);
}

#[tokio::test]
async fn an_address_to_go_on_to_is_one_of_ours_or_the_beginning() {
    let server = Server::start().await;
    for next in
        ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "%2F%0Aevil"]
    {
        let path = format!("/sign-in?next={next}");
        server.browser().get(&path).await.is(200).says(r#"name="next" value="/""#).says_not("evil");
    }
}

#[tokio::test]
async fn an_administrator_of_a_tenant_comes_to_its_overview_and_to_no_other() {
    let server = Server::start().await;
    server.connect("acme", Provider::Okta).await;
    server.connect("globex", Provider::Okta).await;
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    assert_eq!(browser.get("/").await.location(), "/t/acme");
    browser.get("/t/acme").await.is(200).says("<h1>Overview</h1>").says("Okta");
    let foreign = browser.get("/t/globex").await;
    let unknown = browser.get("/t/nowhere").await;
    foreign.is(404).says("There is nothing here").says_not("globex</");
    unknown.is(404).says("There is nothing here");
}

#[tokio::test]
async fn a_form_counts_only_with_the_token_of_its_session_and_from_a_page_of_ours() {
    let server = Server::start().await;
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    browser.with_csrf("").post("/theme", &[("theme", "dark")]).await.is(403).says("no longer valid");
    browser.with_csrf("0000").post("/theme", &[("theme", "dark")]).await.is(403);
    let body = format!("csrf={}&theme=dark", browser.csrf());
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")]
    {
        let request = Request::post("/theme").header(name, value).body(Body::from(body.clone())).unwrap();
        browser.send(request).await.is(403);
    }
    browser.post("/theme", &[("theme", "dark"), ("back", "//evil.example")]).await.is(303);
    browser.get("/t/acme").await.says(r#"data-theme="dark""#);
}

#[tokio::test]
async fn an_auditor_changes_nothing_whatever_the_address() {
    let server = Server::start().await;
    let auditor = server.signed_in(Some("acme"), Role::Auditor).await;
    auditor.get("/t/acme").await.is(200);
    auditor.post("/t/acme/provisioning/new", &[]).await.is(403).says("auditor");
}

#[tokio::test]
async fn a_session_ends_by_signing_out_by_idling_and_by_its_age() {
    let server = Server::start().await;
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    server.wait(119 * 60);
    browser.get("/t/acme").await.is(200);
    server.wait(119 * 60);
    browser.get("/t/acme").await.is(200);
    server.wait(121 * 60);
    browser.get("/t/acme").await.is(303);
    let other = server.signed_in(Some("acme"), Role::Administrator).await;
    other.post("/sign-out", &[]).await.is(303);
    other.get("/t/acme").await.is(303);
    let third = server.signed_in(Some("acme"), Role::Administrator).await;
    for _ in 0..12 {
        server.wait(59 * 60);
        third.get("/t/acme").await;
    }
    server.wait(30 * 60);
    third.get("/t/acme").await.is(303);
}

#[tokio::test]
async fn every_page_forbids_what_it_does_not_need() {
    let server = Server::start().await;
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    for path in ["/t/acme", "/t/acme/nowhere", "/sign-in"] {
        let shown = browser.get(path).await;
        let header = |name: &str| shown.headers.get(name).map_or("", |value| value.to_str().unwrap());
        assert!(
            header("content-security-policy").starts_with("default-src 'none'; script-src 'self';"),
            "{path}"
        );
        assert!(!header("content-security-policy").contains("unsafe"), "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("x-frame-options"), "DENY", "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("strict-transport-security"), "max-age=31536000", "{path}");
        shown.says_not("style=").says_not("<style").says_not("onclick");
    }
}
