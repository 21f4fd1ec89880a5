//! Whoever comes back from a provider with anything but its answer to this browser.

use super::{COOKIE, EMAIL, JOURNEY, add, leave, link, stage, through};
use crate::support::{between, joined, with_form};
use provisioning::administrators::Role;
use serde_json::{Value, json};
use testkit::openid::{CLIENT, OpenId};
use testkit::signer::Signer;
use testkit::{Browser, CLIENT_SECRET, NEW_YEAR};

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
        openid.claim(&claims);
        let stranger = server.browser();
        let shown = through(&stranger, &openid).await;
        shown.is(403).says("let nobody in").says_not("evil.example");
        assert!(stranger.cookie(COOKIE).is_none(), "{claims}");
        openid.claim(&good);
        clear_nonce(&openid, &claims);
    }
    let fine = [
        json!({ "aud": [CLIENT, "another"], "azp": CLIENT }),
        json!({ "aud": [CLIENT] }),
        json!({ "exp": seconds - 299 }),
    ];
    for claims in fine {
        openid.claim(&claims);
        through(&server.browser(), &openid).await.is(303);
        openid.claim(&good);
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
