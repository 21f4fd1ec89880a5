//! Settings.

use super::{Acme, HOSTILE};
use provisioning::settings::KEYS;

#[tokio::test]
async fn every_setting_stands_on_the_page() {
    let acme = Acme::start().await;
    let page = acme.open("/settings").await;
    page.is(200);
    for (key, _) in KEYS {
        page.says(&format!("id=\"setting-{key}\""));
    }
}

#[tokio::test]
async fn settings_are_changed_together_or_not_at_all() {
    let acme = Acme::start().await;
    let page = acme.open("/settings").await;
    let fields = [("name", HOSTILE), ("strict", "true"), ("required", "userName"), ("sensitive", "emails")];
    let saved = acme.send(&page, &fields).await;
    saved.is(303);
    let page = acme.open("/settings").await;
    page.says("It holds from the next request on")
        .says("value=\"true\" checked")
        .says("value=\"userName\" checked");
    page.says("value=\"emails\"").says("&#60;script&#62;").says_not("<script>alert");
    acme.send(&page, &[("name", ""), ("strict", "false")]).await.is(422).says("name has 1 to 100");
    let wrong = acme.send(&page, &[("name", "Okta"), ("strict", "false"), ("sensitive", "shoeSize")]).await;
    wrong.is(422).says("shoeSize").says("value=\"Okta\"");
    acme.open("/settings").await.says("value=\"true\" checked");
    let stale = [("name", "Okta"), ("strict", "false"), ("version", "1")];
    acme.send(&page, &stale).await.is(422).says("Somebody changed this meanwhile");
    acme.send(&page, &[("name", HOSTILE)]).await.is(303);
    acme.open("/settings").await.says("Nothing was changed");
}

#[tokio::test]
async fn the_service_asks_nothing_of_the_machine_it_runs_on() {
    let acme = Acme::start().await;
    let page = acme.open("/settings").await;
    let fields = [
        ("name", "Okta"),
        ("entra-tenant", "01234567-89ab-cdef-0123-456789abcdef"),
        ("entra-authority", "http://127.0.0.1:1"),
    ];
    acme.send(&page, &fields).await.is(422).says("is reached by https://");
    let fields = [("name", "Okta"), ("entra-tenant", "01234567-89ab-cdef-0123-456789abcdef")];
    acme.send(&page, &fields).await.is(303);
    acme.open("/settings")
        .await
        .says("value=\"01234567-89ab-cdef-0123-456789abcdef\"")
        .says("<details open>");
}
