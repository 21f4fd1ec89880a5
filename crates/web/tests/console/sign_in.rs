//! The first run, signing in, invitations and new passwords.

use crate::support::{PASSWORD, between, fill, invite, joined, journal, sign_in, tenant, with_form};
use axum::body::Body;
use axum::http::Request;
use provisioning::administrators::{Reach, Role, changes, links};
use provisioning::one_time_codes;
use testkit::{Browser, Server, operator};

const EMAIL: &str = "ana@acme.example";

#[tokio::test]
async fn the_first_operator_is_made_by_the_setup_link_and_nobody_by_it_again() {
    let server = Server::start().await;
    let replaced = links::setup(server.store()).await.unwrap().expect("a link").address("");
    let path = links::setup(server.store()).await.unwrap().expect("a link").address("");
    let browser = server.browser();
    browser.get("/sign-in").await.says("Nobody can sign in yet");
    browser.get(&replaced).await.is(404).says("no longer valid");
    browser.get(&path).await.is(200).says("Set up AccessIQ");

    let name = "<script>alert(1)</script>";
    let with = |password: &'static str, again: &'static str| {
        [("name", name), ("email", EMAIL), ("password", password), ("again", again)]
    };
    let short = fill(&browser, &path, &with("eleven char", "eleven char")).await;
    short
        .is(422)
        .says("fewer than 12")
        .says(EMAIL)
        .says("&#60;script")
        .says_not("<script>alert")
        .says_not("eleven char");
    fill(&browser, &path, &with(PASSWORD, "another one than that")).await.is(422).says("not the same");
    assert_eq!(fill(&browser, &path, &with(PASSWORD, PASSWORD)).await.is(303).location(), "/");
    browser
        .get("/")
        .await
        .is(200)
        .says("There is no tenant yet")
        .says("Make a tenant")
        .says_not("<script>alert");

    server.browser().get(&path).await.is(404).says("no longer valid");
    assert!(links::setup(server.store()).await.unwrap().is_none());
    server.browser().get("/sign-in").await.says_not("Nobody can sign in yet");
    let expected = ["setup.link_created", "setup.link_created", "administrator.added", "session.began"];
    assert_eq!(journal(&server), expected);
}

#[tokio::test]
async fn a_link_opens_once_within_its_time_and_mistyped_never() {
    let server = Server::start().await;
    let (_, path) = invite(&server, None, EMAIL, Role::Operator).await;
    server.browser().get(&path[..path.len() - 1]).await.is(404);
    server.browser().get("/setup/aiq_link_%3Cscript%3E").await.is(404).says_not("<script>");
    let early = server.browser().get(&path).await;
    early.is(200);
    let page = with_form(&server.browser(), &early);
    page.post(&path, &[("password", PASSWORD)]).await.is(403).says("no longer valid");
    server.wait(7 * 24 * 3600);
    server.browser().get(&path).await.is(404).says("no longer valid");
}

/// Whoever is not let in reads the same, whether there is such a person or not.
#[tokio::test]
async fn a_wrong_password_and_a_stranger_are_answered_alike() {
    let server = Server::start().await;
    joined(&server, None, EMAIL, Role::Operator).await;
    let (_, invited) = invite(&server, None, "invited@acme.example", Role::Operator).await;
    assert!(!invited.is_empty());
    let mut answers = Vec::new();
    for email in [EMAIL, "nobody@acme.example", "invited@acme.example"] {
        let browser = server.browser();
        let page = sign_in(&browser, email, "not the password at all").await;
        page.is(422).says("do not go together").says(email);
        assert!(browser.cookie("__Host-aiq_session").is_none());
        let csrf = between(&page.text, r#"name="csrf" value=""#, "\"").to_owned();
        answers.push(page.text.replace(email, "").replace(&csrf, ""));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(journal(&server).iter().filter(|kind| *kind == "sign_in.failed").count(), 3);

    let browser = server.browser();
    assert_eq!(sign_in(&browser, "ANA@acme.example", PASSWORD).await.is(303).location(), "/me");
    browser.get("/me").await.is(200).says(EMAIL);
}

#[tokio::test]
async fn signing_in_leads_to_addresses_of_ours_alone() {
    let server = Server::start().await;
    joined(&server, None, EMAIL, Role::Operator).await;
    for next in ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"] {
        let fields = [("email", EMAIL), ("password", PASSWORD), ("next", next)];
        assert_eq!(fill(&server.browser(), "/sign-in", &fields).await.is(303).location(), "/", "{next}");
    }
}

/// Another site signs nobody in as somebody else.
#[tokio::test]
async fn the_form_to_sign_in_counts_only_from_the_browser_that_was_shown_it() {
    let server = Server::start().await;
    joined(&server, None, EMAIL, Role::Operator).await;
    let fields = [("email", EMAIL), ("password", PASSWORD)];
    server.browser().post("/sign-in", &fields).await.is(403);
    let mine = server.browser();
    let page = mine.get("/sign-in").await;
    let foreign = server.browser();
    foreign.get("/sign-in").await;
    with_form(&foreign, &page).post("/sign-in", &fields).await.is(403);
    let body = format!("csrf={}&email={EMAIL}", between(&page.text, r#"name="csrf" value=""#, "\""));
    let sent = Request::post("/sign-in").header("origin", "https://evil.example").body(Body::from(body));
    mine.send(sent.unwrap()).await.is(403);
    assert!(mine.cookie("__Host-aiq_session").is_none());
}

/// A secret that somebody else planted, or that was there before, is not the one that is signed in.
#[tokio::test]
async fn signing_in_gives_a_fresh_secret_and_ends_the_session_before() {
    let server = Server::start().await;
    let (_, before) = joined(&server, None, EMAIL, Role::Operator).await;
    let old = before.cookie("__Host-aiq_session").unwrap();
    sign_in(&before, EMAIL, PASSWORD).await.is(303);
    let fresh = before.cookie("__Host-aiq_session").unwrap();
    assert_ne!(fresh, old);
    let thief = server.browser();
    thief.set_cookie("__Host-aiq_session", &old);
    thief.get("/me").await.is(303);

    let planted = server.browser();
    planted.set_cookie("__Host-aiq_session", "planted");
    sign_in(&planted, EMAIL, PASSWORD).await.is(303);
    assert_ne!(planted.cookie("__Host-aiq_session").unwrap(), "planted");
}

/// Attempts are counted in the database: neither another node nor a restart forgives.
#[tokio::test]
async fn ten_wrong_passwords_are_enough_and_a_restart_forgives_none() {
    let server = Server::start().await;
    joined(&server, None, EMAIL, Role::Operator).await;
    joined(&server, None, "bea@acme.example", Role::Operator).await;
    for _ in 0..10 {
        sign_in(&server.browser(), EMAIL, "not the password at all").await.is(422);
    }
    sign_in(&server.browser(), EMAIL, PASSWORD).await.is(429).says("Wait 15 minutes");
    let resolver = web::resolver::Resolver::at(Some(([127, 0, 0, 1], 0).into()));
    let other_node =
        web::App::start(server.store().clone(), testkit::PUBLIC_URL, None, resolver, testkit::secrets())
            .await
            .unwrap();
    let browser = Browser::new(web::router(other_node));
    sign_in(&browser, EMAIL, PASSWORD).await.is(429);
    sign_in(&browser, "bea@acme.example", PASSWORD).await.is(303);
    server.wait(15 * 60);
    sign_in(&server.browser(), EMAIL, PASSWORD).await.is(303);
    // A success takes back what was counted.
    for _ in 0..9 {
        sign_in(&server.browser(), EMAIL, "not the password at all").await.is(422);
    }
    sign_in(&server.browser(), EMAIL, PASSWORD).await.is(303);
    sign_in(&server.browser(), EMAIL, "not the password at all").await.is(422);
}

#[tokio::test]
async fn whoever_is_disabled_is_out_at_once_and_comes_in_no_more() {
    let server = Server::start().await;
    let acme = tenant(&server, "acme").await;
    let (id, browser) = joined(&server, Some(&acme), EMAIL, Role::Administrator).await;
    browser.get("/t/acme").await.is(200);
    let reach = Reach::Installation;
    changes::set_disabled(server.store(), &operator(), reach, &id, true).await.unwrap();
    browser.get("/t/acme").await.is(303);
    sign_in(&server.browser(), EMAIL, PASSWORD).await.is(422).says("do not go together");
    changes::set_disabled(server.store(), &operator(), reach, &id, false).await.unwrap();
    sign_in(&server.browser(), EMAIL, PASSWORD).await.is(303);
}

#[tokio::test]
async fn a_reset_link_sets_a_password_ends_every_session_and_still_asks_for_the_code() {
    let server = Server::start().await;
    let (id, browser) = joined(&server, None, EMAIL, Role::Operator).await;
    let page = browser.get("/me/second-factor").await;
    let secret = between(&page.text, r#"name="secret" value=""#, "\"").to_owned();
    let now = || server.store().clock().now();
    let code = one_time_codes::shown_at(&secret, now());
    fill(&browser, "/me/second-factor", &[("secret", &secret), ("code", &code)]).await.is(200);

    let link = links::renew(server.store(), &operator(), Reach::Installation, &id).await.unwrap();
    let path = link.address("");
    let other = "another four words for it";
    let visitor = server.browser();
    visitor.get(&path).await.is(200).says("Choose a new password").says(EMAIL);
    let done = fill(&visitor, &path, &[("password", other), ("again", other)]).await;
    assert_eq!(done.is(303).location(), "/sign-in");
    visitor.get("/sign-in").await.says("Your new password is set");
    browser.get("/me").await.is(303);
    visitor.get(&path).await.is(404);
    sign_in(&server.browser(), EMAIL, PASSWORD).await.is(422);
    let asked = sign_in(&visitor, EMAIL, other).await;
    assert_eq!(asked.is(303).location(), "/sign-in/code?next=%2Fme");
    visitor.get("/me").await.is(303);
    server.wait(60);
    let code = one_time_codes::shown_at(&secret, now());
    let entered = fill(&visitor, "/sign-in/code?next=%2Fme", &[("code", &code), ("next", "/me")]).await;
    assert_eq!(entered.is(303).location(), "/me");
    visitor.get("/me").await.is(200);
}

#[tokio::test]
async fn nothing_of_a_password_a_link_or_a_session_is_kept() {
    let server = Server::start().await;
    let (_, link) = invite(&server, None, EMAIL, Role::Operator).await;
    let browser = server.browser();
    let before = browser.get(&link).await;
    let fields = [("name", "Ana"), ("password", PASSWORD), ("again", PASSWORD)];
    with_form(&browser, &before).post(&link, &fields).await.is(303);
    sign_in(&server.browser(), PASSWORD, "typed into the wrong field").await.is(422);
    let secrets = [
        PASSWORD.to_owned(),
        link.trim_start_matches("/setup/aiq_link_").to_owned(),
        browser.cookie("__Host-aiq_session").unwrap(),
    ];
    for entry in std::fs::read_dir(server.directory()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for secret in &secrets {
            let held = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!held, "{} holds {secret}", path.display());
        }
    }
}
