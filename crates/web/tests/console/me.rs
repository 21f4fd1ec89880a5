//! A person's own page.

use crate::support::{PASSWORD, between, fill, joined, sign_in, with_form};
use provisioning::administrators::Role;
use provisioning::one_time_codes::shown_at;
use testkit::{Browser, Server};

const EMAIL: &str = "ana@acme.example";

/// Adds a second factor; returns its secret and the page with the recovery codes.
async fn add_factor(server: &Server, browser: &Browser) -> (String, Vec<String>) {
    let page = browser.get("/me/second-factor").await;
    let secret = between(&page.text, r#"name="secret" value=""#, "\"").to_owned();
    let code = shown_at(&secret, server.store().clock().now());
    let fields = [("secret", secret.as_str()), ("code", &code)];
    let shown = with_form(browser, &page).post("/me/second-factor", &fields).await;
    shown.is(200).says("Shown this once");
    let codes = shown.text.split("<li><code>").skip(1).filter_map(|rest| rest.split('<').next());
    (secret, codes.map(str::to_owned).collect())
}

/// As far as the second step.
async fn first_step(server: &Server) -> Browser {
    let browser = server.browser();
    let asked = sign_in(&browser, EMAIL, PASSWORD).await;
    assert_eq!(asked.is(303).location(), "/sign-in/code?next=%2Fme");
    browser
}

async fn give(browser: &Browser, code: &str) -> u16 {
    fill(browser, "/sign-in/code", &[("code", code)]).await.status.as_u16()
}

#[tokio::test]
async fn a_code_signs_in_once_and_the_one_before_it_no_more() {
    let server = Server::start().await;
    let (_, browser) = joined(&server, None, EMAIL, Role::Operator).await;
    let (secret, codes) = add_factor(&server, &browser).await;
    assert_eq!(codes.len(), 10);
    browser.get("/me").await.is(200).says("10 of 10 recovery codes");
    let now = || server.store().clock().now();

    let used_to_add = shown_at(&secret, now());
    assert_eq!(give(&first_step(&server).await, &used_to_add).await, 422, "used when it was added");
    server.wait(60);
    let code = shown_at(&secret, now());
    let entered = first_step(&server).await;
    assert_eq!(give(&entered, "000000").await, 422);
    assert_eq!(give(&entered, &code).await, 303);
    entered.get("/me").await.is(200);
    assert_eq!(give(&first_step(&server).await, &code).await, 422, "a code is used once");
    assert_eq!(entered.get("/sign-in/code").await.is(303).location(), "/sign-in");
}

#[tokio::test]
async fn a_recovery_code_stands_in_once_however_it_is_typed() {
    let server = Server::start().await;
    let (_, browser) = joined(&server, None, EMAIL, Role::Operator).await;
    let (_, codes) = add_factor(&server, &browser).await;
    let typed = codes[3].to_uppercase().replace('-', " ");
    assert_eq!(give(&first_step(&server).await, &typed).await, 303);
    assert_eq!(give(&first_step(&server).await, &codes[3]).await, 422);
    let page = browser.get("/me").await;
    page.is(200).says("9 of 10 recovery codes");
    let renewed = with_form(&browser, &page).post("/me/recovery-codes", &[]).await;
    renewed.is(200).says_not(&codes[4]);
    assert_eq!(give(&first_step(&server).await, &codes[4]).await, 422, "the old ones are gone");
}

#[tokio::test]
async fn ten_wrong_codes_are_enough_and_a_step_ends_after_five_minutes() {
    let server = Server::start().await;
    let (_, browser) = joined(&server, None, EMAIL, Role::Operator).await;
    let (secret, _) = add_factor(&server, &browser).await;
    server.wait(60);
    for _ in 0..10 {
        assert_eq!(give(&first_step(&server).await, "000000").await, 422);
    }
    let code = || shown_at(&secret, server.store().clock().now());
    assert_eq!(give(&first_step(&server).await, &code()).await, 429);
    server.wait(15 * 60);
    assert_eq!(give(&first_step(&server).await, &code()).await, 303);
    let late = first_step(&server).await;
    server.wait(5 * 60);
    assert_eq!(late.get("/sign-in/code").await.is(303).location(), "/sign-in");
}

#[tokio::test]
async fn a_second_factor_is_added_with_its_first_code_and_removed_with_a_code() {
    let server = Server::start().await;
    let (_, browser) = joined(&server, None, EMAIL, Role::Operator).await;
    let page = browser.get("/me/second-factor").await;
    page.is(200).says("<svg class=\"picture\"").says_not("style=");
    let secret = between(&page.text, r#"name="secret" value=""#, "\"").to_owned();
    let form = with_form(&browser, &page);
    let wrong = form.post("/me/second-factor", &[("secret", &secret), ("code", "000000")]).await;
    wrong.is(422).says("not the code").says(&secret);
    form.post("/me/second-factor", &[("secret", "<script>"), ("code", "1")])
        .await
        .is(422)
        .says_not("<script>\"");
    browser.get("/me").await.says("Add a second factor");

    let other = server.browser();
    sign_in(&other, EMAIL, PASSWORD).await.is(303);
    let old = browser.cookie("__Host-aiq_session").unwrap();
    let (secret, _) = add_factor(&server, &browser).await;
    other.get("/me").await.is(303);
    assert_ne!(browser.cookie("__Host-aiq_session").unwrap(), old, "the session has another secret");

    let remove = async |code: &str| {
        let page = browser.get("/me").await;
        with_form(&browser, &page).post("/me/second-factor/remove", &[("code", code)]).await
    };
    remove("000000").await.is(422).says("not the code");
    server.wait(60);
    remove(&shown_at(&secret, server.store().clock().now())).await.is(303);
    sign_in(&server.browser(), EMAIL, PASSWORD).await.is(303);
}

#[tokio::test]
async fn a_password_is_changed_with_the_present_one_and_ends_other_sessions() {
    let server = Server::start().await;
    let (_, browser) = joined(&server, None, EMAIL, Role::Operator).await;
    let other = server.browser();
    sign_in(&other, EMAIL, PASSWORD).await.is(303);
    let new = "quite another four words";
    let change = |present: &'static str, wanted: &'static str, again: &'static str| {
        let fields = [("present", present), ("password", wanted), ("again", again)];
        let browser = browser.clone();
        async move { browser.post("/me/password", &fields).await }
    };
    change("wrong password here", new, new).await.is(422).says("present password is another one");
    change(PASSWORD, "short", "short").await.is(422).says("fewer than 12");
    change(PASSWORD, "ana@acme.example", "ana@acme.example").await.is(422).says("e-mail");
    change(PASSWORD, new, "quite other four words").await.is(422).says("not the same");
    other.get("/me").await.is(200);
    let before = browser.cookie("__Host-aiq_session").unwrap();
    change(PASSWORD, new, new).await.is(303);
    browser.get("/me").await.is(200).says("Your new password is set");
    assert_ne!(browser.cookie("__Host-aiq_session").unwrap(), before);
    other.get("/me").await.is(303);
    sign_in(&server.browser(), EMAIL, PASSWORD).await.is(422);
    sign_in(&server.browser(), EMAIL, new).await.is(303);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_and_only_ones_own() {
    let server = Server::start().await;
    let (_, browser) = joined(&server, None, EMAIL, Role::Operator).await;
    let (_, stranger) = joined(&server, None, "bea@acme.example", Role::Operator).await;
    let (second, third) = (server.browser(), server.browser());
    sign_in(&second, EMAIL, PASSWORD).await.is(303);
    sign_in(&third, EMAIL, PASSWORD).await.is(303);
    let page = browser.get("/me").await;
    page.says("This one").says("End every other session");
    let id = between(&page.text, r#"name="id" value=""#, "\"").to_owned();
    stranger.post("/me/sessions/end", &[("id", &id)]).await.is(404);
    browser.post("/me/sessions/end", &[("id", &id)]).await.is(303);
    let ended = [&second, &third].map(|other| other.cookie("__Host-aiq_session"));
    assert!(ended.iter().all(Option::is_some));
    let statuses = [second.get("/me").await.status.as_u16(), third.get("/me").await.status.as_u16()];
    assert_eq!(statuses, [200, 303], "the newest stands first");
    browser.post("/me/sessions/end", &[]).await.is(303);
    second.get("/me").await.is(303);
    browser.get("/me").await.is(200).says_not("End every other session");
    stranger.get("/me").await.is(200);
}

#[tokio::test]
async fn a_name_is_saved_or_refused_and_shown_as_text() {
    let server = Server::start().await;
    let (_, browser) = joined(&server, None, EMAIL, Role::Operator).await;
    browser.post("/me", &[("name", "")]).await.is(422).says("1 to 100 characters");
    let hostile = "\u{202e}<script>alert(1)</script> 🦀";
    browser.post("/me", &[("name", hostile)]).await.is(303);
    browser.get("/me").await.is(200).says("🦀").says_not("<script>alert");
}
