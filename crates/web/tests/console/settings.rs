//! Settings: administrators, API keys, tenants, and the installation's own.

use crate::support::{PASSWORD, between, fill, invite, joined, journal, sign_in, tenant};
use axum::body::Body;
use axum::http::Request;
use provisioning::administrators::Role;
use testkit::{Browser, Server};

const NEW: &str = "bea@acme.example";

/// Invites somebody on the page of a tenant.
async fn invited(browser: &Browser, base: &str, email: &str, name: &str, role: &str) -> testkit::Shown {
    let fields = [("email", email), ("name", name), ("role", role)];
    browser.post(&format!("{base}/administrators"), &fields).await
}

/// The path of a person's page, from the list.
async fn person(browser: &Browser, base: &str, name: &str) -> String {
    let list = browser.get(&format!("{base}/administrators")).await;
    let before = list.text.split(&format!("\"><bdi>{name}</bdi>")).next().expect("text").to_owned();
    before.rsplit("href=\"").next().expect("a link").to_owned()
}

#[tokio::test]
async fn somebody_is_invited_comes_in_and_acts_as_what_they_were_made() {
    let server = Server::start().await;
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    browser.get("/t/acme/settings").await.is(303);
    browser
        .get("/t/acme/settings/administrators/new")
        .await
        .is(200)
        .says("auditor")
        .says_not(r#"value="operator""#);
    let base = "/t/acme/settings";
    invited(&browser, base, "no address", "Bea", "auditor")
        .await
        .is(422)
        .says("no e-mail address")
        .says("Bea");
    invited(&browser, base, NEW, "", "auditor").await.is(422).says("1 to 100").says(NEW);
    invited(&browser, base, NEW, "Bea", "owner").await.is(422).says("no role");
    invited(&browser, base, NEW, "Bea", "operator").await.is(422).says("of the installation");
    let shown = invited(&browser, base, NEW, "Bea", "auditor").await;
    shown.is(200).says("Shown this once");
    let link = between(&shown.text, "id=\"link\">", "<").to_owned();
    let path = link.strip_prefix(testkit::PUBLIC_URL).expect("an address of ours").to_owned();
    invited(&browser, base, "BEA@acme.example", "Bea", "auditor").await.is(422).says("here already");
    browser.get("/t/acme/settings/administrators").await.is(200).says("invited").says(NEW);

    let hers = server.browser();
    let fields = [("name", "Bea"), ("password", PASSWORD), ("again", PASSWORD)];
    fill(&hers, &path, &fields).await.is(303);
    assert_eq!(hers.get("/").await.location(), "/t/acme");
    hers.get("/t/acme/settings/administrators")
        .await
        .is(200)
        .says("Signed in as auditor")
        .says_not("Invite an");
    hers.get("/t/acme/settings/administrators/new").await.is(403);
    hers.get("/t/acme/settings/keys/new").await.is(403);

    let page = person(&browser, base, "Bea").await;
    browser.post(&format!("{page}/role"), &[("role", "administrator")]).await.is(303);
    hers.get("/t/acme").await.is(303);
    sign_in(&hers, NEW, PASSWORD).await.is(303);
    hers.get("/t/acme/settings/administrators/new").await.is(200);

    let events = server.store().read(|tx| {
        let acme = store::tenants::by_name(tx, "acme")?.expect("a tenant");
        store::events::after(tx, acme.tenant, 0, 100)
    });
    let kinds: Vec<String> = events.unwrap().into_iter().map(|event| event.kind).collect();
    let expected =
        ["administrator.added", "administrator.added", "administrator.joined", "administrator.role_changed"];
    assert_eq!(kinds[1..], expected);
    assert!(journal(&server).iter().all(|kind| kind == "session.began"), "{:?}", journal(&server));
}

#[tokio::test]
async fn an_auditor_changes_nothing() {
    let server = Server::start().await;
    let acme = tenant(&server, "acme").await;
    let (id, _) = joined(&server, Some(&acme), NEW, Role::Administrator).await;
    let auditor = server.signed_in(Some("acme"), Role::Auditor).await;
    let person = format!("/t/acme/settings/administrators/{id}");
    auditor.get(&person).await.is(200).says(NEW).says_not("<form method=\"post\" action=\"/t/");
    for act in ["role", "link", "enable", "disable", "sign-out", "second-factor", "withdraw"] {
        auditor.post(&format!("{person}/{act}"), &[("confirm", NEW), ("role", "auditor")]).await.is(403);
    }
    auditor.post("/t/acme/settings/administrators", &[("email", "x@x.example")]).await.is(403);
    auditor.post("/t/acme/settings/keys", &[("name", "x"), ("scope", "read"), ("days", "30")]).await.is(403);
    auditor.get("/t/acme/settings/keys").await.is(200).says_not("Make an API key");
    auditor.post("/tenants", &[("name", "mine")]).await.is(403);
}

#[tokio::test]
async fn nobody_of_another_tenant_or_of_the_installation_is_there() {
    let server = Server::start().await;
    let (acme, globex) = (tenant(&server, "acme").await, tenant(&server, "globex").await);
    let (foreign, _) = joined(&server, Some(&globex), "gus@globex.example", Role::Administrator).await;
    let (operator, _) = joined(&server, None, "op@example.com", Role::Operator).await;
    let (own, _) = joined(&server, Some(&acme), NEW, Role::Administrator).await;
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    for id in [&foreign, &operator] {
        let person = format!("/t/acme/settings/administrators/{id}");
        browser.get(&person).await.is(404).says_not("example.com").says_not("globex");
        for act in ["role", "link", "enable", "disable", "sign-out", "second-factor", "withdraw"] {
            let fields = [("confirm", "gus@globex.example"), ("role", "auditor")];
            browser.post(&format!("{person}/{act}"), &fields).await.is(404);
        }
    }
    for path in ["", "/", "/administrators", "/keys", "/journal", &format!("/administrators/{own}")] {
        browser.get(&format!("/installation{path}")).await.is(404);
    }
    browser
        .post(
            "/installation/administrators",
            &[("email", "x@x.example"), ("name", "X"), ("role", "operator")],
        )
        .await
        .is(404);
    browser.post("/installation/keys", &[("name", "x"), ("scope", "operator"), ("days", "30")]).await.is(404);
    browser
        .get("/t/acme/settings/administrators")
        .await
        .says(NEW)
        .says_not("globex")
        .says_not("op@example.com");
    browser.get("/tenants").await.is(200).says_not("globex").says_not("Make a tenant");
}

/// A new password is one for every tenant a person acts in: no tenant decides it for the others.
#[tokio::test]
async fn a_tenant_has_no_say_over_how_somebody_signs_in_who_also_acts_elsewhere() {
    let server = Server::start().await;
    let globex = tenant(&server, "globex").await;
    let (id, _) = joined(&server, Some(&globex), "gus@globex.example", Role::Administrator).await;
    let (pending, _) = invite(&server, Some(&globex), "pending@globex.example", Role::Administrator).await;
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    for (id, email) in [(&id, "gus@globex.example"), (&pending, "pending@globex.example")] {
        let shown = invited(&browser, "/t/acme/settings", email, "Gus", "auditor").await;
        shown.is(200).says("no link is needed").says_not("aiq_link_");
        let person = format!("/t/acme/settings/administrators/{id}");
        browser.get(&person).await.is(200).says("Only an operator").says_not("globex</");
        for act in ["link", "disable", "sign-out", "second-factor"] {
            let refused = browser.post(&format!("{person}/{act}"), &[("confirm", email)]).await;
            refused.is(422).says("only an operator").says_not("aiq_link_");
        }
        browser.post(&format!("{person}/withdraw"), &[("confirm", email)]).await.is(303);
        browser.get(&person).await.is(404);
    }
    sign_in(&server.browser(), "gus@globex.example", PASSWORD).await.is(303);
}

#[tokio::test]
async fn an_operator_runs_the_installation_and_the_last_one_stays() {
    let server = Server::start().await;
    tenant(&server, "acme").await;
    let (id, browser) = joined(&server, None, "op@example.com", Role::Operator).await;
    browser.get("/tenants").await.is(200).says("acme").says("Make a tenant").says("/installation/journal");
    browser.post("/tenants", &[("name", "acme")]).await.is(422).says("already");
    let made = browser.post("/tenants", &[("name", "a/b <c>")]).await;
    assert_eq!(made.is(303).location(), "/t/a%2Fb%20%3Cc%3E");
    browser.get(made.location()).await.is(200).says("was made");
    browser.get("/t/a%2Fb%20%3Cc%3E/settings/administrators").await.is(200);

    let own = format!("/installation/administrators/{id}");
    let typed = [("confirm", "op@example.com"), ("role", "auditor")];
    for act in ["disable", "withdraw", "role"] {
        browser.post(&format!("{own}/{act}"), &typed).await.is(422).says("last operator");
    }
    // Somebody who has not accepted yet could not take over.
    let (_, link) = invite(&server, None, NEW, Role::Operator).await;
    browser.post(&format!("{own}/disable"), &typed).await.is(422).says("last operator");
    let fields = [("name", "Bea"), ("password", PASSWORD), ("again", PASSWORD)];
    fill(&server.browser(), &link, &fields).await.is(303);
    browser.post(&format!("{own}/disable"), &[("confirm", "somebody else")]).await.is(422).says("to confirm");
    browser.post(&format!("{own}/disable"), &typed).await.is(303);
    browser.get("/tenants").await.is(303);

    let other = server.browser();
    sign_in(&other, NEW, PASSWORD).await.is(303);
    other.get("/installation/administrators").await.is(200).says("disabled").says("operator");
    other.get("/installation/journal").await.is(200).says("can no longer sign in").says("session.began");
    other.get("/installation/journal?before=2").await.is(200).says("Newest");
    other.get("/t/acme/settings/administrators").await.is(200).says("Nobody is invited yet");
}

#[tokio::test]
async fn a_key_is_shown_once_opens_what_its_scopes_say_and_is_revoked_by_its_name() {
    let server = Server::start().await;
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    browser.get("/t/acme/settings/keys").await.is(200).says("There is no key yet");
    let send = async |fields: &[(&str, &str)]| browser.post("/t/acme/settings/keys", fields).await;
    send(&[("name", "ci"), ("days", "30")]).await.is(422).says("at least one scope").says(r#"value="ci""#);
    send(&[("name", ""), ("scope", "read"), ("days", "30")]).await.is(422).says("1 to 100");
    send(&[("name", "ci"), ("scope", "operator"), ("days", "30")]).await.is(422).says("beyond one tenant");
    send(&[("name", "ci"), ("scope", "read"), ("days", "x")]).await.is(422).says("3,650 days");
    let name = "<script>alert(1)</script>";
    let made = send(&[("name", name), ("scope", "read"), ("scope", "write"), ("days", "30")]).await;
    made.is(200).says("Shown this once").says_not("<script>alert");
    let key = between(&made.text, "id=\"key\">", "<").to_owned();
    let call = async || {
        let request = Request::get("/api/v1/users").header("authorization", format!("Bearer {key}"));
        server.browser().send(request.body(Body::empty()).unwrap()).await.status.as_u16()
    };
    assert_eq!(call().await, 200);
    let list = browser.get("/t/acme/settings/keys").await;
    list.is(200).says("read write").says("expires soon").says_not(&key).says_not("<script>alert");
    let page = between(&list.text, "<td data-label=\"Name\"><a href=\"", "\"").to_owned();
    browser.get(&page).await.is(200).says("Revoke key");
    let foreign = server.signed_in(Some("globex"), Role::Administrator).await;
    let theirs = page.replace("acme", "globex");
    foreign.get(&theirs).await.is(404);
    foreign.post(&format!("{theirs}/revoke"), &[("confirm", name)]).await.is(404);
    browser.post(&format!("{page}/revoke"), &[("confirm", "another")]).await.is(422).says("to confirm");
    assert_eq!(call().await, 200);
    browser.post(&format!("{page}/revoke"), &[("confirm", name)]).await.is(303);
    assert_eq!(call().await, 401);
    browser.post(&format!("{page}/revoke"), &[("confirm", name)]).await.is(422).says("revoked already");

    let operator = server.signed_in(None, Role::Operator).await;
    let fields = [("name", "all"), ("scope", "operator"), ("scope", "read"), ("days", "0")];
    operator.post("/installation/keys", &fields).await.is(200).says("Shown this once");
    assert_eq!(journal(&server).last().map(String::as_str), Some("key.created"));
    operator.get(&page.replace("/t/acme/settings", "/installation")).await.is(404);
}

#[tokio::test]
async fn hostile_names_are_shown_as_text_and_pages_stay_small() {
    let server = Server::start().await;
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    let long = "ä".repeat(100);
    for (number, name) in ["<script>alert(1)</script>", "\u{202e}evil 🦀", &long].into_iter().enumerate() {
        let email = format!("person{number}@acme.example");
        invited(&browser, "/t/acme/settings", &email, name, "auditor")
            .await
            .is(200)
            .says_not("<script>alert");
    }
    let too_long = "ä".repeat(101);
    invited(&browser, "/t/acme/settings", NEW, &too_long, "auditor").await.is(422);
    for number in 3..200 {
        let tenant = tenant(&server, "acme").await;
        invite(&server, Some(&tenant), &format!("person{number}@acme.example"), Role::Auditor).await;
    }
    let list = browser.get("/t/acme/settings/administrators").await;
    list.is(200).says("🦀").says(&long).says_not("<script>alert").says("201 people");
    assert!(list.text.len() < 150_000, "{} bytes", list.text.len());
}
