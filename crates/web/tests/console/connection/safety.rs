//! What no page of a connection lets through, whoever asks.

use super::{Acme, HOSTILE, named};
use provisioning::administrators::Role;
use scim::Provider;

/// Every page of a connection.
fn pages(acme: &Acme) -> Vec<String> {
    let mut pages: Vec<String> = [
        "/attributes",
        "/mappings",
        "/mappings/default",
        "/mappings/rules/new",
        "/users",
        "/groups",
        "/tokens",
        "/tokens/clients/new",
        "/settings",
        "/end",
        "/end?way=finalise",
        "/end?way=terminate",
    ]
    .map(str::to_owned)
    .into();
    pages.push(format!("/mappings/groups/{}", acme.sales));
    pages.push(format!("/what-if?act=map&group={}&stands=nothing", acme.sales));
    pages.push(format!("/users/{}", acme.ana));
    pages.push(format!("/groups/{}", acme.sales));
    pages
}

#[tokio::test]
async fn another_tenants_connection_is_nowhere() {
    let acme = Acme::start().await;
    let globex = acme.server.connect("globex", Provider::Okta).await;
    let stranger = acme.server.signed_in(Some("globex"), Role::Administrator).await;
    let own = format!("/t/globex/provisioning/{}", globex.connection.id);
    for page in pages(&acme) {
        let id = &acme.okta.connection.id;
        stranger.get(&format!("/t/globex/provisioning/{id}{page}")).await.is(404).says_not("Sales");
        stranger.get(&acme.path(&page)).await.is(404);
    }
    for foreign in [
        format!("/users/{}", acme.ana),
        format!("/groups/{}", acme.sales),
        format!("/mappings/groups/{}", acme.sales),
    ] {
        stranger.get(&format!("{own}{foreign}")).await.is(404);
    }
    let map = format!("{own}/what-if?act=map&group={}&stands=nothing", acme.sales);
    stranger.get(&map).await.is(404);
    let scope = acme.okta.connection.scope;
    let tokens = acme.server.store().read(|tx| store::tokens::of_connection(tx, scope)).expect("tokens");
    for way in ["rotate", "revoke"] {
        let path = format!("{own}/tokens/{}/{way}", tokens[0].id);
        stranger.get(&path).await.is(404);
        stranger.post(&path, &[("confirm", "first"), ("hours", "0")]).await.is(404);
    }
    acme.okta.get("/Users").await.expect(200);
}

#[tokio::test]
async fn an_auditor_reads_everything_and_changes_nothing() {
    let acme = Acme::start().await;
    let auditor = acme.server.signed_in(Some("acme"), Role::Auditor).await;
    for page in pages(&acme) {
        let shown = auditor.get(&acme.path(&page)).await;
        shown.is(200);
        let main = shown.text.split_once("<main").expect("a page").1;
        for change in ["<button class=\"main\"", "<button class=\"danger\"", "small danger"] {
            assert!(!main.contains(change), "{page} offers a change");
        }
    }
    for page in
        ["/attributes", "/what-if", "/tokens", "/tokens/clients/new", "/settings", "/rederive", "/end"]
    {
        auditor.post(&acme.path(page), &[("name", "x"), ("days", "90")]).await.is(403);
    }
}

#[tokio::test]
async fn hostile_names_are_text_on_every_page() {
    let acme = Acme::start().await;
    let long = "x".repeat(200);
    let eve = named(&acme.okta, "eve@acme.example", HOSTILE).await;
    let lou = named(&acme.okta, "lou@acme.example", &long).await;
    let evil = acme.okta.create_group(HOSTILE, &[&eve, &lou]).await;
    let mut pages = pages(&acme);
    pages.push(format!("/mappings/groups/{evil}"));
    pages.push(format!("/what-if?act=map&group={evil}&stands=nothing"));
    pages.push(format!("/what-if?act=map&group={evil}&stands=something&organization=%3Cscript%3E"));
    pages.push(format!("/users/{eve}"));
    pages.push(format!("/groups/{evil}"));
    pages.push("/users?q=%3Cscript%3E%22".to_owned());
    pages.push("/groups?q=%22%3E%3Cscript%3E+eq".to_owned());
    pages.push("/mappings?q=%22%3E%3Cscript%3E".to_owned());
    for page in pages {
        let shown = acme.open(&page).await;
        shown.says_not("<script>alert").says_not("\"><script>").says_not("style=");
        assert!(shown.text.len() < 150_000, "{page} has {} bytes", shown.text.len());
    }
    acme.open("/users").await.says(&long);
}
