//! Signing in with an account at a provider.

use crate::support::{PASSWORD, between, fill, invite, joined, journal, sign_in, with_form};
use provisioning::administrators::{Reach, Role, changes};
use provisioning::one_time_codes;
use provisioning::sign_in::providers::{self, Wanted};
use serde_json::{Value, json};
use testkit::openid::{CLIENT, OpenId};
use testkit::signer::Signer;
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
        openid.claim(json!({ "email": EMAIL, "email_verified": true }));
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
    openid.claim(json!({ "sub": "bea" }));
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

/// OpenID Connect Core 1.0 §3.1.3.7; RFC 8725 §3.1.
#[tokio::test]
async fn an_id_token_that_says_anything_else_lets_nobody_in() {
    let (server, openid) = stage(false).await;
    let (_, browser) = joined(&server, None, EMAIL, Role::Operator).await;
    link(&browser, &openid, "plain").await.is(303);
    let seconds = NEW_YEAR / 1_000_000;
    let good = json!({ "iss": openid.issuer, "aud": CLIENT, "sub": "ana-at-provider", "iat": seconds,
        "exp": seconds + 300, "azp": null, "nbf": null });
    let bad = [
        json!({ "iss": "https://evil.example" }),
        json!({ "aud": "another" }),
        json!({ "aud": [CLIENT, "another"] }),
        json!({ "aud": [CLIENT, "another"], "azp": "another" }),
        json!({ "azp": "another" }),
        json!({ "exp": seconds - 301 }),
        json!({ "iat": seconds + 301 }),
        json!({ "iat": seconds - 301 }),
        json!({ "iat": null }),
        json!({ "exp": null }),
        json!({ "nbf": seconds + 301 }),
        json!({ "nonce": "another" }),
        json!({ "nonce": null }),
        json!({ "sub": "" }),
        json!({ "sub": null }),
        json!({ "sub": "x".repeat(256) }),
    ];
    for claims in bad {
        openid.claim(claims.clone());
        let stranger = server.browser();
        let shown = through(&stranger, &openid).await;
        shown.is(403).says("let nobody in").says_not("evil.example");
        assert!(stranger.cookie(COOKIE).is_none(), "{claims}");
        openid.claim(good.clone());
        clear_nonce(&openid, &claims);
    }
    let fine = [
        json!({ "aud": [CLIENT, "another"], "azp": CLIENT }),
        json!({ "aud": [CLIENT] }),
        json!({ "exp": seconds - 299 }),
    ];
    for claims in fine {
        openid.claim(claims);
        through(&server.browser(), &openid).await.is(303);
        openid.claim(good.clone());
    }
    let forged: [fn(&Signer, &Value) -> String; 4] = [
        |signer, claims| signer.leave_unsigned(claims),
        |signer, claims| signer.confuse(claims),
        |_, claims| Signer::rsa("first").sign("RS256", claims),
        |_, _| "not.a.token".into(),
    ];
    for forge in forged {
        let stranger = server.browser();
        let address = leave(&stranger, "plain").await;
        let nonce = between(&address, "nonce=", "&").to_owned();
        let token = openid.sign(|signer, claims| {
            let mut claims = claims.clone();
            claims["nonce"] = nonce.into();
            claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            forge(signer, &claims)
        });
        openid.give(Some(token));
        stranger.get(&openid.visit(&address)).await.is(403).says("let nobody in");
        openid.give(None);
    }
    through(&server.browser(), &openid).await.is(303);
}

/// The provider's claims hold what a test said last; a nonce is put back to what the browser asked for.
fn clear_nonce(openid: &OpenId, claims: &Value) {
    if claims.get("nonce").is_some() {
        openid.forget("nonce");
    }
}

#[tokio::test]
async fn a_provider_changes_its_keys_and_the_old_one_is_good_no_more() {
    let (server, openid) = stage(false).await;
    let (_, browser) = joined(&server, None, EMAIL, Role::Operator).await;
    link(&browser, &openid, "plain").await.is(303);
    openid.rotate(Signer::elliptic("second"), true);
    through(&server.browser(), &openid).await.is(303);
    openid.rotate(Signer::elliptic("third"), false);
    through(&server.browser(), &openid).await.is(403);
}

/// RFC 9700 §4.4 and §4.7; RFC 9207 §2.4.
#[tokio::test]
async fn only_the_browser_that_went_comes_back_with_an_answer_of_that_provider() {
    let (server, openid) = stage(false).await;
    let (_, browser) = joined(&server, None, EMAIL, Role::Operator).await;
    link(&browser, &openid, "plain").await.is(303);
    let second = OpenId::start(NEW_YEAR).await;
    add(&server, &second, "second", false).await;

    // Another browser: whoever is sent an answer of somebody else's is not signed in as them.
    let (mine, victim) = (server.browser(), server.browser());
    let back = openid.visit(&leave(&mine, "plain").await);
    leave(&victim, "plain").await;
    let exchanged = openid.asked().0;
    for path in [back.as_str(), "/sign-in/return/plain", "/sign-in/return/plain?state=&code=x"] {
        victim.get(path).await.is(403).says("did not begin in this browser");
        server.browser().get(path).await.is(403);
    }
    // An answer at the address of another provider, without issuer, with another one, with two states.
    let issuer = back.split_once("&iss=").unwrap().1.to_owned();
    let other = back.replace("return/plain", "return/second");
    mine.get(&other).await.is(403).says("This sign-in is over");
    for bend in [
        |back: &str, issuer: &str| back.replace(&format!("&iss={issuer}"), ""),
        |back: &str, issuer: &str| back.replace(issuer, "https%3A%2F%2Fevil.example"),
        |back: &str, issuer: &str| format!("{back}&iss={issuer}"),
        |back: &str, _: &str| back.replace("code=", "error=access_denied&was="),
        |back: &str, _: &str| back.replace("code=", "error=%3Cscript%3E&was="),
    ] {
        let browser = server.browser();
        let back = openid.visit(&leave(&browser, "plain").await);
        browser.get(&bend(&back, &issuer)).await.is(403).says_not("<script>").says_not("evil");
        browser.get(&back).await.is(403);
        assert!(browser.cookie(COOKIE).is_none());
    }
    let twice = server.browser();
    let back = openid.visit(&leave(&twice, "plain").await);
    twice.get(&format!("{back}&state=another")).await.is(403).says("did not begin in this browser");
    assert_eq!(openid.asked().0, exchanged, "a code was brought to the provider for nobody");
    // Nobody uses a way up by guessing.
    assert_eq!(twice.get(&back).await.is(303).location(), "/me");
    // Too late.
    let late = server.browser();
    let back = openid.visit(&leave(&late, "plain").await);
    server.wait(600);
    late.get(&back).await.is(403).says("ten minutes");
    // A code that the provider does not know, and one of another way.
    let mixed = server.browser();
    let mine = openid.visit(&leave(&mixed, "plain").await);
    mixed.get(&mine.replace("code=code-", "code=stolen-")).await.is(403).says("let nobody in");
    server.browser().get("/sign-in/return/nobody?state=x").await.is(404);
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
async fn a_provider_that_is_down_or_says_something_else_is_told_of_and_changes_nothing() {
    let (server, openid) = stage(false).await;
    let page = |browser: Browser| async move {
        let page = browser.get("/sign-in").await;
        with_form(&browser, &page).post("/sign-in/with/plain", &[("next", "/me")]).await
    };
    openid.set_down(true);
    page(server.browser()).await.is(502).says("cannot be reached").says_not(&openid.issuer);
    openid.set_down(false);
    for document in [
        json!({ "issuer": "https://evil.example" }),
        json!({ "issuer": null }),
        json!({ "token_endpoint": "http://evil.example/token" }),
        json!({ "authorization_endpoint": "javascript:alert(1)" }),
        json!({ "jwks_uri": null }),
        json!({ "response_types_supported": ["id_token"] }),
        json!({ "code_challenge_methods_supported": ["plain"] }),
    ] {
        openid.pretend(document);
        page(server.browser()).await.is(502).says_not("evil").says_not("javascript");
    }
    openid.pretend(json!({}));
    let browser = server.browser();
    let back = openid.visit(&leave(&browser, "plain").await);
    let fetched = openid.asked().1;
    leave(&server.browser(), "plain").await;
    assert_eq!(openid.asked().1, fetched, "what it said of itself is kept for a while");
    openid.set_down(true);
    browser.get(&back).await.is(502).says("cannot be reached").says_not("code-");
    assert!(browser.cookie(JOURNEY).is_none());
}

#[tokio::test]
async fn a_secret_stands_in_the_form_where_a_provider_takes_it_there_alone() {
    let (server, openid) = stage(true).await;
    openid.pretend(json!({ "token_endpoint_auth_methods_supported": ["client_secret_post"] }));
    let browser = server.browser();
    let back = openid.visit(&leave(&browser, "secretive").await);
    browser.get(&back).await.is(403).says("is not linked here");
    openid.want_secret("another");
    let back = openid.visit(&leave(&browser, "secretive").await);
    browser.get(&back).await.is(403).says("let nobody in").says_not(CLIENT_SECRET);
}

#[tokio::test]
async fn a_secret_that_the_service_was_not_started_with_is_missed_clearly() {
    let (server, openid) = stage(false).await;
    let second = OpenId::start(NEW_YEAR).await;
    add(&server, &second, "without", true).await;
    let browser = server.browser();
    let back = second.visit(&leave(&browser, "without").await);
    browser.get(&back).await.is(503).says("is not set up wholly").says_not("ACCESSIQ");
    let operator = server.signed_in(None, Role::Operator).await;
    operator
        .get("/installation/sign-in/without")
        .await
        .is(200)
        .says("ACCESSIQ_SIGN_IN_SECRET_WITHOUT_FILE")
        .says("Nobody can sign in with it");
    assert_eq!(openid.asked(), (0, 0));
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
