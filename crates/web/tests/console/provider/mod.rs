//! Signing in with an account at a provider.

mod refusals;

use crate::support::{PASSWORD, between, fill, invite, joined, journal, sign_in, with_form};
use provisioning::administrators::{Reach, Role, changes};
use provisioning::one_time_codes;
use provisioning::sign_in::providers::{self, Wanted};
use serde_json::json;
use testkit::openid::{CLIENT, OpenId};
use testkit::{Browser, CLIENT_SECRET, NEW_YEAR, Server, Shown, operator};

const EMAIL: &str = "ana@acme.example";
const COOKIE: &str = "__Host-aiq_session";
const JOURNEY: &str = "__Host-aiq_journey";

/// A server that people may sign in to with a provider, called `secretive` if it wants a secret and else `plain`.
async fn stage(is_secretive: bool) -> (Server, OpenId) {
    let server = Server::start().await;
    let openid = OpenId::start(NEW_YEAR).await;
    if is_secretive {
        openid.want_secret(CLIENT_SECRET);
    }
    add(&server, &openid, if is_secretive { "secretive" } else { "plain" }, is_secretive).await;
    (server, openid)
}

async fn add(server: &Server, openid: &OpenId, id: &str, has_secret: bool) {
    let wanted = Wanted {
        id: id.into(),
        name: "Plain <b>".into(),
        issuer: openid.issuer.clone(),
        client_id: CLIENT.into(),
        has_secret,
    };
    providers::add(server.store(), &operator(), &wanted).await.expect("a provider");
}

/// Where a page leads the browser on to.
fn onward(page: &Shown) -> String {
    page.is(200).says("http-equiv=\"refresh\"");
    between(&page.text, "0; url=", "\"").replace("&#38;", "&").replace("&amp;", "&")
}

/// Presses the button of a provider on the sign-in page; returns where it leads.
async fn leave(browser: &Browser, provider: &str) -> String {
    let page = browser.get("/sign-in").await;
    let with = format!("/sign-in/with/{provider}");
    page.says(&with);
    onward(&with_form(browser, &page).post(&with, &[("next", "/me")]).await)
}

/// There and back; returns what the service says then.
async fn through(browser: &Browser, openid: &OpenId) -> Shown {
    let back = openid.visit(&leave(browser, "plain").await);
    browser.get(&back).await
}

/// Links an account to whoever is signed in.
async fn link(browser: &Browser, openid: &OpenId, provider: &str) -> Shown {
    let fields = [("provider", provider), ("present", PASSWORD)];
    let browser = &with_form(browser, &browser.get("/me").await);
    let page = browser.post("/me/accounts/link", &fields).await;
    browser.get(&openid.visit(&onward(&page))).await
}

#[tokio::test]
async fn an_account_that_was_linked_signs_in_and_out_of_the_blue_it_does_not() {
    for is_secretive in [false, true] {
        let (server, openid) = stage(is_secretive).await;
        let provider = if is_secretive { "secretive" } else { "plain" };
        // An address alone finds nobody.
        openid.claim(&json!({ "email": EMAIL, "email_verified": true }));
        let (_, browser) = joined(&server, None, EMAIL, Role::Operator).await;
        let stranger = server.browser();
        let back = openid.visit(&leave(&stranger, provider).await);
        stranger.get(&back).await.is(403).says("is not linked here").says("Plain &#60;b&#62;");
        assert!(stranger.cookie(COOKIE).is_none());

        let fields = [("provider", provider), ("present", "not the password")];
        browser.post("/me/accounts/link", &fields).await.is(422).says("another one");
        let other = server.browser();
        sign_in(&other, EMAIL, PASSWORD).await.is(303);
        let before = browser.cookie(COOKIE);
        assert_eq!(link(&browser, &openid, provider).await.is(303).location(), "/me");
        assert_ne!(browser.cookie(COOKIE), before);
        browser.get("/me").await.is(200).says(EMAIL).says("is linked").says("Unlink");
        other.get("/me").await.is(303);

        let fresh = server.browser();
        let back = openid.visit(&leave(&fresh, provider).await);
        assert_eq!(fresh.get(&back).await.is(303).location(), "/me");
        let page = fresh.get("/me").await;
        page.is(200).says(EMAIL);
        // A code is good once, and so is the way back.
        fresh.get(&back).await.is(403).says("This sign-in is over");

        let fresh = with_form(&fresh, &page);
        let id = between(&page.text, "<option value=\"", "\"").to_owned();
        fresh.post("/me/accounts/unlink", &[("id", &id), ("present", "wrong")]).await.is(422);
        fresh.post("/me/accounts/unlink", &[("id", &id), ("present", PASSWORD)]).await.is(303);
        let late = server.browser();
        let back = openid.visit(&leave(&late, provider).await);
        late.get(&back).await.is(403).says("is not linked here");
        let kept = server.kept();
        let has = |text: &str| kept.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!has(CLIENT_SECRET) && !has("code-0"));
        let kinds = journal(&server);
        assert_eq!(kinds.iter().filter(|kind| *kind == "sign_in.failed").count(), 4);
        assert!(kinds.contains(&"sign_in_provider.added".to_owned()));
        assert!(kinds.contains(&"administrator.identity_linked".to_owned()));
        assert!(kinds.contains(&"administrator.identity_unlinked".to_owned()));
    }
}

#[tokio::test]
async fn an_invitation_is_accepted_with_an_account_once_and_needs_no_password() {
    let (server, openid) = stage(false).await;
    let (id, path) = invite(&server, None, EMAIL, Role::Operator).await;
    let browser = server.browser();
    let page = browser.get(&path).await;
    page.says("Continue with <bdi>Plain");
    let onward = onward(&with_form(&browser, &page).post(&format!("{path}/with/plain"), &[]).await);
    let back = openid.visit(&onward);
    assert!(!onward.contains(path.trim_start_matches("/setup/")), "the link leaves the house");
    assert_eq!(browser.get(&back).await.is(303).location(), "/");
    browser.get("/me").await.is(200).says("ana-at-provider").says("You have no password here");
    server.browser().get(&path).await.is(404);
    assert_eq!(through(&server.browser(), &openid).await.is(303).location(), "/me");
    // They are an operator who can sign in: no setup link, no invitation, and not the last one to go.
    let links = provisioning::administrators::links::setup(server.store()).await.unwrap();
    assert!(links.is_none());
    let reach = Reach::Installation;
    let refused = changes::set_disabled(server.store(), &operator(), reach, &id, true).await;
    assert!(refused.unwrap_err().to_string().contains("last operator"));
    let refused = providers::remove(server.store(), &operator(), "plain").await;
    assert!(refused.unwrap_err().to_string().contains("No operator could sign in"));
    let link = provisioning::administrators::links::renew(server.store(), &operator(), reach, &id).await;
    server.browser().get(&link.unwrap().address("")).await.is(200).says("Choose a new password");

    // Somebody else's account is not taken, and the invitation stays.
    let (_, path) = invite(&server, None, "bea@acme.example", Role::Operator).await;
    let hers = server.browser();
    let page = hers.get(&path).await;
    let address =
        crate::provider::onward(&with_form(&hers, &page).post(&format!("{path}/with/plain"), &[]).await);
    hers.get(&openid.visit(&address)).await.is(409).says("somebody else");
    hers.get(&path).await.is(200);
    // Neither the way nor the link is good for whoever is not there any more.
    let page = hers.get(&path).await;
    let address =
        crate::provider::onward(&with_form(&hers, &page).post(&format!("{path}/with/plain"), &[]).await);
    fill(&server.browser(), &path, &[("name", "Bea"), ("password", PASSWORD), ("again", PASSWORD)])
        .await
        .is(303);
    openid.claim(&json!({ "sub": "bea" }));
    hers.get(&openid.visit(&address)).await.is(404).says("no longer valid");
}

#[tokio::test]
async fn a_second_factor_is_asked_for_after_an_account_as_after_a_password() {
    let (server, openid) = stage(false).await;
    let (_, browser) = joined(&server, None, EMAIL, Role::Operator).await;
    link(&browser, &openid, "plain").await.is(303);
    let page = browser.get("/me/second-factor").await;
    let secret = between(&page.text, r#"name="secret" value=""#, "\"").to_owned();
    let code = || one_time_codes::shown_at(&secret, server.store().clock().now());
    fill(&browser, "/me/second-factor", &[("secret", &secret), ("code", &code())]).await.is(200);
    server.wait(60);
    let fresh = server.browser();
    assert_eq!(through(&fresh, &openid).await.is(303).location(), "/sign-in/code?next=%2Fme");
    fresh.get("/me").await.is(303);
    fill(&fresh, "/sign-in/code?next=%2Fme", &[("code", &code()), ("next", "/me")]).await.is(303);
    fresh.get("/me").await.is(200);
}

/// A way to link that is followed in no session, or in another one, links nothing.
#[tokio::test]
async fn an_account_is_linked_in_the_session_that_asked_alone() {
    let (server, openid) = stage(false).await;
    let (_, browser) = joined(&server, None, EMAIL, Role::Operator).await;
    let (_, other) = joined(&server, None, "bea@acme.example", Role::Operator).await;
    let fields = [("provider", "plain"), ("present", PASSWORD)];
    let back = openid.visit(&onward(&browser.post("/me/accounts/link", &fields).await));
    other.set_cookie(JOURNEY, &browser.cookie(JOURNEY).unwrap());
    other.get(&back).await.is(403).says("Nothing was linked");
    through(&server.browser(), &openid).await.is(403).says("is not linked here");
    browser.post("/me/accounts/link", &[("provider", "nobody"), ("present", PASSWORD)]).await.is(404);
    // What is linked to one is not linked to another.
    link(&browser, &openid, "plain").await.is(303);
    link(&browser, &openid, "plain").await.is(409).says("already");
    link(&other, &openid, "plain").await.is(409).says("somebody else");
}

#[tokio::test]
async fn the_way_to_a_provider_leads_back_to_addresses_of_ours_and_begins_with_our_own_form() {
    let (server, openid) = stage(false).await;
    let (_, browser) = joined(&server, None, EMAIL, Role::Operator).await;
    link(&browser, &openid, "plain").await.is(303);
    for next in ["//evil.example", "https://evil.example", "/\\evil.example"] {
        let fresh = server.browser();
        let page = fresh.get("/sign-in").await;
        let shown = with_form(&fresh, &page).post("/sign-in/with/plain", &[("next", next)]).await;
        assert_eq!(fresh.get(&openid.visit(&onward(&shown))).await.is(303).location(), "/");
    }
    server.browser().post("/sign-in/with/plain", &[]).await.is(403);
    server.browser().get("/sign-in/with/plain").await.is(405);
    let policy = server.browser().get("/sign-in").await;
    let policy = policy.headers["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("form-action 'self';"), "{policy}");
    // One was for the link, three for the addresses.
    for _ in 4..200 {
        leave(&server.browser(), "plain").await;
    }
    let last = server.browser();
    let page = last.get("/sign-in").await;
    with_form(&last, &page).post("/sign-in/with/plain", &[]).await.is(429);
}

#[tokio::test]
async fn operators_add_and_remove_providers_and_nobody_else_sees_them() {
    let server = Server::start().await;
    let operator = server.signed_in(None, Role::Operator).await;
    operator.get("/installation/sign-in").await.is(200).says("There is no provider yet");
    let with = |id: &'static str, issuer: &'static str| {
        [("id", id), ("name", "<script>"), ("issuer", issuer), ("client_id", "me"), ("has_secret", "on")]
    };
    let at = "https://id.example/realms/a";
    for (id, issuer) in [
        ("Upper", at),
        ("../x", at),
        ("", at),
        ("ok", "http://id.example"),
        ("ok", "https://user@id.example"),
        ("ok", "https://id.example?x"),
        ("ok", "https://"),
        ("ok", "file:///etc/passwd"),
        ("ok", "http://127.0.0.1.evil.example"),
    ] {
        operator.post("/installation/sign-in", &with(id, issuer)).await.is(422).says("&#60;script&#62;");
    }
    operator.post("/installation/sign-in", &with("ok", at)).await.is(303);
    operator.post("/installation/sign-in", &with("ok", "https://b.example")).await.is(422).says("short name");
    operator.post("/installation/sign-in", &with("ok2", at)).await.is(422).says("already");
    operator
        .get("/installation/sign-in/ok")
        .await
        .is(200)
        .says("https://iam.example.com/sign-in/return/ok")
        .says("ACCESSIQ_SIGN_IN_SECRET_OK")
        .says_not("<script>");
    operator.get("/installation/sign-in").await.says(at);
    let administrator = server.signed_in(Some("acme"), Role::Administrator).await;
    administrator.get("/installation/sign-in").await.is(404);
    administrator.get("/installation/sign-in/ok").await.is(404);
    administrator.post("/installation/sign-in", &with("mine", "https://b.example")).await.is(404);
    administrator.post("/installation/sign-in/ok/remove", &[("confirm", "<script>")]).await.is(404);
    operator.post("/installation/sign-in/ok/remove", &[("confirm", "x")]).await.is(422);
    operator.post("/installation/sign-in/ok/remove", &[("confirm", "<script>")]).await.is(303);
    operator.get("/installation/sign-in/ok").await.is(404);
}
