//! How long the history is kept: chosen in days or for ever, shortened only after one read what goes.

use provisioning::administrators::Role;
use scim::Provider;
use testkit::Server;

const PAGE: &str = "/t/acme/settings/retention";

#[tokio::test]
async fn a_shorter_time_is_confirmed_once_something_would_go() {
    let server = Server::start().await;
    let okta = server.connect("acme", Provider::Okta).await;
    okta.create_user("ana@acme.example").await;
    server.flush().await;
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    browser.get("/t/acme/settings/keys").await.says(PAGE);
    browser.get(PAGE).await.is(200).says("For ever").says("For some time");
    let for_days = [("events", "days"), ("events-days", "30"), ("records", "all")];
    // Nothing is as old yet.
    assert_eq!(browser.post(PAGE, &for_days).await.is(303).location(), PAGE);
    browser
        .get(PAGE)
        .await
        .is(200)
        .says("name=\"events-days\" type=\"number\" min=\"1\" max=\"36500\" value=\"30\"");
    server.wait(10 * 24 * 3_600);
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    let shorter = [("events", "days"), ("events-days", "5"), ("records", "days"), ("records-days", "7")];
    let asked = browser.post(PAGE, &shorter).await;
    asked
        .is(422)
        .says("events older than 5 days and records older than 7 days, for good")
        .says("value=\"5\"")
        .says("value=\"7\"")
        .says("Remove what is older");
    let kept = [&shorter[..], &[("confirm", "ac")]].concat();
    browser.post(PAGE, &kept).await.is(422).says("Nothing was changed").says("value=\"ac\"");
    browser.get(PAGE).await.says("value=\"30\"");
    let confirmed = [&shorter[..], &[("confirm", "acme")]].concat();
    browser.post(PAGE, &confirmed).await.is(303);
    provisioning::retention::prune(server.store()).await.expect("a step");
    browser.get(PAGE).await.is(200).says("value=\"5\"").says("are not kept any more");
}

#[tokio::test]
async fn what_cannot_be_is_said_and_what_was_typed_stays() {
    let server = Server::start().await;
    server.connect("acme", Provider::Okta).await;
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    for days in ["0", "-3", "x", "", "99999999999"] {
        let fields = [("events", "days"), ("events-days", days), ("records", "all")];
        let wrong = browser.post(PAGE, &fields).await;
        wrong.is(422).says("as a whole number").says(&format!("value=\"{days}\""));
    }
    let long = [("events", "days"), ("events-days", "40000"), ("records", "all")];
    browser.post(PAGE, &long).await.is(422).says("1 to 36500 days").says("value=\"40000\"");
    browser.post(PAGE, &[("events", "all")]).await.is(422).says("Choose how long records");
    let auditor = server.signed_in(Some("acme"), Role::Auditor).await;
    auditor.get(PAGE).await.is(200).says("disabled").says_not(">Save<");
    auditor.post(PAGE, &[("events", "all"), ("records", "all")]).await.is(403);
    server.connect("globex", Provider::Okta).await;
    let stranger = server.signed_in(Some("globex"), Role::Administrator).await;
    stranger.post(PAGE, &[("events", "all"), ("records", "all")]).await.is(404);
}
