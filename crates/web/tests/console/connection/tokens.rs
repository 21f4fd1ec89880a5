//! Tokens and clients.

use super::Acme;
use store::tokens::of_connection;

/// The text of a secret that a page shows.
fn secret(page: &str) -> String {
    let rest = page.split_once("id=\"secret\">").expect("a secret").1;
    rest.split_once('<').expect("its end").0.to_owned()
}

/// The id of the connection's only token that still opens it.
fn only(acme: &Acme) -> String {
    let scope = acme.okta.connection.scope;
    let all = acme.server.store().read(|tx| of_connection(tx, scope)).expect("tokens");
    let active: Vec<_> = all.into_iter().filter(|token| token.revoked_at.is_none()).collect();
    assert_eq!(active.len(), 1);
    active[0].id.clone()
}

#[tokio::test]
async fn a_token_is_made_shown_once_and_opens_the_connection() {
    let acme = Acme::start().await;
    acme.open("/tokens").await.is(200).says("first").says("active").says("/scim/v2/");
    let made = acme.browser.post(&acme.path("/tokens"), &[("name", "2027"), ("days", "90")]).await;
    made.is(200).says("it is shown this once").says("I have stored it").says("data-after=\"stored\"");
    let text = secret(&made.text);
    acme.okta.with_token(Some(&text)).get("/Users").await.expect(200);
    acme.open("/tokens").await.says("2027").says_not(&text);
    for (name, days, wrong) in
        [("", "90", "name has 1 to 100"), ("x", "91", "how long"), ("x", "", "how long")]
    {
        let refused = acme.browser.post(&acme.path("/tokens"), &[("name", name), ("days", days)]).await;
        refused.is(422).says(wrong);
    }
    let reading = [("name", "report"), ("days", "0"), ("read-only", "on")];
    let made = acme.browser.post(&acme.path("/tokens"), &reading).await;
    let reading = acme.okta.with_token(Some(&secret(&made.text)));
    reading.get("/Users").await.expect(200);
    reading.post("/Users", &testkit::user("cy@acme.example")).await.expect(403);
    acme.open("/tokens").await.says("reads only").says("no end");
}

#[tokio::test]
async fn a_token_is_rotated_while_the_provider_goes_on() {
    let acme = Acme::start().await;
    let id = only(&acme);
    let rotate = format!("/tokens/{id}/rotate");
    acme.server.flush().await;
    acme.open(&rotate).await.is(200).says("The old token lives on");
    acme.browser.post(&acme.path(&rotate), &[("hours", "7")]).await.is(422).says("how long the old token");
    let made = acme.browser.post(&acme.path(&rotate), &[("hours", "24")]).await;
    made.is(200).says("Store it now").says("The old token was last used");
    let new = acme.okta.with_token(Some(&secret(&made.text)));
    acme.okta.get("/Users").await.expect(200);
    new.get("/Users").await.expect(200);
    acme.open("/tokens").await.says("replaced").says("the old one was last used");
    acme.server.wait(25 * 3600);
    acme.okta.get("/Users").await.expect(401);
    new.get("/Users").await.expect(200);
}

#[tokio::test]
async fn a_token_is_revoked_by_its_name() {
    let acme = Acme::start().await;
    let revoke = format!("/tokens/{}/revoke", only(&acme));
    acme.open(&revoke).await.is(200).says("refused from the next request on");
    acme.browser.post(&acme.path(&revoke), &[("confirm", "frist")]).await.is(422).says("not the token");
    acme.okta.get("/Users").await.expect(200);
    acme.browser.post(&acme.path(&revoke), &[("confirm", "first")]).await.is(303);
    acme.okta.get("/Users").await.expect(401);
    acme.open("/tokens").await.says("was revoked").says("No token opens this connection");
    acme.browser.post(&acme.path(&revoke), &[("confirm", "first")]).await.is(422).says("revoked already");
}

#[tokio::test]
async fn a_client_is_made_with_a_secret_or_with_keys_and_revoked() {
    let acme = Acme::start().await;
    acme.open("/tokens/clients/new").await.is(200).says("Public keys");
    let made = acme.browser.post(&acme.path("/tokens/clients/new"), &[("name", "sync job")]).await;
    made.is(200).says("Client secret").says("Client id").says("/oauth/token");
    assert!(secret(&made.text).starts_with("scim_client_"));
    let listed = acme.open("/tokens").await;
    listed.says("sync job").says("has a secret").says_not(&secret(&made.text));
    for (keys, wrong) in [("{", "no JSON"), ("{}", "notice wrong")] {
        let fields = [("name", "signer"), ("keys", keys)];
        let refused = acme.browser.post(&acme.path("/tokens/clients/new"), &fields).await;
        refused.is(422).says(wrong).says("value=\"signer\"");
    }
    let clients =
        acme.server.store().read(|tx| store::clients::of_connection(tx, acme.okta.connection.scope));
    let client = clients.expect("clients").remove(0);
    let revoke = format!("/tokens/clients/{}/revoke", client.id);
    acme.open(&revoke).await.is(200).says("sync job");
    acme.browser.post(&acme.path(&revoke), &[("confirm", "")]).await.is(422);
    acme.browser.post(&acme.path(&revoke), &[("confirm", "sync job")]).await.is(303);
    acme.open("/tokens").await.says("<span class=\"tag\">revoked</span>");
    acme.browser.post(&acme.path(&revoke), &[("confirm", "sync job")]).await.is(422).says("revoked already");
}
