//! Users and groups as the identity provider sent them.

use super::Acme;
use provisioning::setup::{self, Wanted};
use serde_json::json;

#[tokio::test]
async fn users_are_found_by_a_piece_of_their_name_and_by_filter() {
    let acme = Acme::start().await;
    acme.open("/users").await.is(200).says("ana@acme.example").says("bo@acme.example").says("2 in all");
    acme.open("/users?q=BO%40").await.says("bo@acme.example").says_not("ana@acme.example").says("1 in all");
    acme.open("/users?q=userName+eq+%22ana%40acme.example%22").await.says("1 in all");
    acme.open("/users?q=active+eq+false").await.says("Nobody is found");
    acme.open("/users?q=salary+gt+1").await.is(422).says("salary").says("value=\"salary gt 1\"");
    acme.open("/users?q=userName+eq").await.is(422).says("role=\"alert\"");
    acme.open("/groups?q=sal").await.says("Sales").says("1 in all");
    acme.open("/groups?q=displayName+eq+%22sales%22").await.says("1 in all");
    acme.open("/groups?q=displayName+xx+%22").await.is(200).says("No group is found");
}

/// R7644-7.5.2-01
#[tokio::test]
async fn what_is_sensitive_is_not_searched_for_by_an_address() {
    let acme = Acme::start().await;
    let changes = [("sensitive".to_owned(), "name,emails".to_owned())];
    let id = &acme.okta.connection.id;
    setup::set(acme.server.store(), &testkit::operator(), id, Wanted::of(&changes)).await.expect("settings");
    acme.open("/users?q=name.familyName+eq+%22M%C3%BCller%22").await.is(422).says("is set as sensitive");
    acme.open("/users?q=M%C3%BCller").await.is(200).says("Nobody is found");
    acme.open("/users?q=ana").await.is(200).says("1 in all");
}

#[tokio::test]
async fn lists_go_on_page_by_page_with_the_total() {
    let acme = Acme::start().await;
    for number in 0..120 {
        acme.okta.create_user(&format!("person{number:03}@acme.example")).await;
    }
    let mut address = acme.path("/users");
    let mut seen = Vec::new();
    for page in 0..3 {
        let shown = acme.browser.get(&address).await;
        shown.is(200).says("122 in all");
        let rows = shown.text.split("data-label=\"Username\">").skip(1);
        seen.extend(rows.map(|rest| rest.split_once('<').expect("a name").0.to_owned()));
        match shown.text.split_once("Next page</a>") {
            Some((before, _)) => {
                let link = before.rsplit_once("href=\"").expect("a link").1;
                address = super::unescaped(link.split_once('"').expect("an address").0);
            }
            None => assert_eq!(page, 2),
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 122);
    acme.open("/users?cursor=made.up").await.is(200).says("122 in all").says_not("First page");
    acme.browser.get(&address).await.says("First page");
}

#[tokio::test]
async fn a_user_shows_what_was_sent_and_leads_to_the_person_and_the_groups() {
    let acme = Acme::start().await;
    let page = acme.open(&format!("/users/{}", acme.ana)).await;
    page.is(200)
        .says("What Okta sent")
        .says("&#34;userName&#34;: &#34;ana@acme.example&#34;")
        .says(&format!("/groups/{}\">Sales", acme.sales))
        .says("href=\"/t/acme/users/");
    acme.open(&format!("/users/{}", acme.sales)).await.is(404);
    let group = acme.open(&format!("/groups/{}", acme.sales)).await;
    group.is(200).says("&#34;displayName&#34;: &#34;Sales&#34;").says(&format!("/users/{}\">", acme.ana));
    group.says("/activity/").says("1 in all").says("made for the group");
    acme.open(&format!("/groups/{}", acme.ana)).await.is(404);
}

#[tokio::test]
async fn users_who_lack_something_are_flagged_and_found() {
    let acme = Acme::start().await;
    let changes = [("required".to_owned(), "userName".to_owned())];
    let id = &acme.okta.connection.id;
    setup::set(acme.server.store(), &testkit::operator(), id, Wanted::of(&changes)).await.expect("settings");
    let bare = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "cy" });
    let cy = acme.okta.post("/Users", &bare).await.expect(201).id();
    let users = acme.open("/users").await;
    users.says("no e-mail, first name, last name");
    let chip = users
        .text
        .split_once("\">Flagged</a>")
        .expect("the chip")
        .0
        .rsplit_once("href=\"")
        .expect("a link")
        .1;
    let found = acme.browser.get(&super::unescaped(chip)).await;
    found.is(200).says(">cy</td>").says("1 in all");
    acme.open(&format!("/users/{cy}")).await.says("sends no e-mail, first name, last name");
}
