//! What to sync.

use super::Acme;
use serde_json::json;

#[tokio::test]
async fn required_attributes_are_locked_and_the_rest_stand_with_their_meaning() {
    let acme = Acme::start().await;
    let page = acme.open("/attributes").await;
    page.is(200)
        .says("The job title.")
        .says("Cost center")
        .says("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")
        .says("name=\"groups\" checked");
    for path in ["userName", "emails", "name.givenName", "name.familyName", "active"] {
        let row = format!("name=\"on\" value=\"{path}\"");
        let tag = page.text.split_once(&row).unwrap_or_else(|| panic!("no row {path}")).1;
        assert!(tag.split_once('>').expect("a tag").0.ends_with("checked disabled"), "{path} is not locked");
    }
    page.says_not("value=\"password\"").says_not("value=\"groups\"");
}

#[tokio::test]
async fn what_a_choice_removes_is_told_and_confirmed_by_the_connections_name() {
    let acme = Acme::start().await;
    let title = json!([{ "op": "add", "path": "title", "value": "Lead" }]);
    acme.okta.operate(&format!("/Users/{}", acme.ana), title).await.expect(200);
    let all: Vec<String> = on(&acme.open("/attributes").await.text);
    let chosen: Vec<(&str, &str)> =
        all.iter().filter(|path| *path != "title").map(|path| ("on", path.as_str())).collect();
    let with_groups = [chosen.clone(), vec![("groups", "on")]].concat();
    let sent_on = acme.browser.post(&acme.path("/attributes"), &with_groups).await;
    let address = sent_on.is(303).location().to_owned();
    assert!(address.ends_with("&groups=true&off=title"), "{address}");
    let shown = acme.browser.get(&address).await;
    shown.is(200).says("title of 1 user").says("and remove what is stored");
    acme.send(&shown, &[]).await.is(422).says("is not the connection");
    acme.send(&shown, &[("confirm", "Okta!")]).await.is(422);
    let kept = acme.okta.get(&format!("/Users/{}", acme.ana)).await;
    assert_eq!(kept.body["title"], "Lead");
    let saved = acme.send(&shown, &[("confirm", &acme.okta.connection.name)]).await;
    assert_eq!(saved.is(303).location(), acme.path("/attributes"));
    let gone = acme.okta.get(&format!("/Users/{}", acme.ana)).await;
    assert_eq!(gone.body.get("title"), None);
    acme.open("/attributes").await.says("value=\"title\" aria-label=\"Title\">");
    acme.browser.post(&acme.path("/attributes"), &with_groups).await.is(303);
    acme.open("/attributes").await.says("Nothing was changed");
}

#[tokio::test]
async fn groups_are_switched_off_after_one_saw_what_that_ends() {
    let acme = Acme::start().await;
    let all: Vec<String> = on(&acme.open("/attributes").await.text);
    let chosen: Vec<(&str, &str)> = all.iter().map(|path| ("on", path.as_str())).collect();
    let address = acme.browser.post(&acme.path("/attributes"), &chosen).await.location().to_owned();
    let shown = acme.browser.get(&address).await;
    shown.is(200).says("1 group with the memberships it gives").says("1 loses");
    acme.send(&shown, &[("confirm", &acme.okta.connection.name)]).await.is(303);
    acme.open("/mappings").await.says("Groups are not synchronised");
    acme.open("/groups").await.says("Groups are not synchronised");
    assert_eq!(acme.roles("ana@acme.example").await, ["Member of acme"]);
}

/// The boxes of a page that can be ticked and are.
fn on(page: &str) -> Vec<String> {
    let boxes = page.split("name=\"on\" value=\"").skip(1);
    boxes.map(|rest| rest.split_once('"').expect("a value").0.to_owned()).collect()
}
