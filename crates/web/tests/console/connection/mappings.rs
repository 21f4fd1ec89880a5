//! Mappings and rules: asked about first, then made.

use super::Acme;
use provisioning::administrators::Role;
use testkit::user;

#[tokio::test]
async fn a_group_is_mapped_after_one_saw_whom_it_concerns() {
    let acme = Acme::start().await;
    let listed = acme.open("/mappings").await;
    listed.is(200).says("Sales").says("made for the group").says("1 in all");
    let group = format!("/mappings/groups/{}", acme.sales);
    acme.open(&group).await.is(200).says("Map it by hand").says("Member of");
    let asked = format!(
        "/what-if?act=map&group={}&stands=something&organization=acme&role=Manager&inherit=true",
        acme.sales
    );
    let shown = acme.open(&asked).await;
    shown
        .is(200)
        .says("1 person gains, 1 loses, 0 unchanged")
        .says("Apply to 1 person")
        .says("Manager of acme and below")
        .says("Member of Sales");
    assert_eq!(acme.roles("ana@acme.example").await, ["Member of Sales", "Member of acme"]);
    let saved = acme.send(&shown, &[]).await;
    assert_eq!(saved.is(303).location(), acme.path("/mappings"));
    acme.open("/mappings").await.says("Saved. It changed 1 person.").says("by hand");
    let roles = acme.roles("ana@acme.example").await;
    assert!(roles.contains(&"Manager of acme".to_owned()), "{roles:?}");
    assert_eq!(acme.server.faults(), Vec::<String>::new());
}

#[tokio::test]
async fn a_change_is_not_made_when_it_means_something_else_by_now() {
    let acme = Acme::start().await;
    let asked =
        format!("/what-if?act=map&group={}&stands=something&organization=acme&role=Manager", acme.sales);
    let shown = acme.open(&asked).await;
    let body = serde_json::json!([{ "op": "add", "path": "members", "value": [{ "value": acme.bo }] }]);
    acme.okta.operate(&format!("/Groups/{}", acme.sales), body).await.expect(204);
    let again = acme.send(&shown, &[]).await;
    again.is(409).says("nothing was saved").says("Apply to 2 people");
    acme.open("/mappings").await.says("made for the group");
    acme.send(&again, &[]).await.is(303);
    acme.open("/mappings").await.says("by hand").says("It changed 2 people.");
}

#[tokio::test]
async fn a_mapping_is_paused_resumed_and_taken_away() {
    let acme = Acme::start().await;
    let group = format!("/mappings/groups/{}", acme.sales);
    let asked =
        format!("/what-if?act=map&group={}&stands=something&organization=acme&role=Manager", acme.sales);
    acme.send(&acme.open(&asked).await, &[]).await.is(303);
    let id = mapping_of(&acme);
    let paused = acme.open(&format!("/what-if?act=mapping&id={id}&version=1&paused=true")).await;
    paused.is(200).says("is paused").says("1 loses");
    acme.send(&paused, &[]).await.is(303);
    acme.open(&group).await.says("paused: it gives nothing for now").says("Resume");
    let stale = acme.open(&format!("/what-if?act=mapping&id={id}&version=1&paused=false")).await;
    acme.send(&stale, &[]).await.is(422).says("Somebody changed this meanwhile");
    let ended = acme.open(&format!("/what-if?act=mapping-end&id={id}&version=2")).await;
    ended.is(200).says("is taken away").says("Member of Sales");
    acme.send(&ended, &[]).await.is(303);
    acme.open(&group).await.says("made for the group");
    acme.open(&format!("/what-if?act=mapping-end&id={id}&version=2")).await.is(404);
}

fn mapping_of(acme: &Acme) -> String {
    let scope = acme.okta.connection.scope;
    let read = |tx: &mut store::Tx<'_>| store::mappings::of_group(tx, scope, &acme.sales);
    acme.server.store().read(read).expect("mappings")[0].id.clone()
}

#[tokio::test]
async fn a_group_stands_for_nothing_when_somebody_chooses_so() {
    let acme = Acme::start().await;
    let shown = acme.open(&format!("/what-if?act=map&group={}&stands=nothing", acme.sales)).await;
    shown.is(200).says("stands for nothing").says("1 loses");
    acme.send(&shown, &[]).await.is(303);
    acme.open("/mappings").await.says("Nothing, as chosen");
    assert_eq!(acme.roles("ana@acme.example").await, ["Member of acme"]);
}

#[tokio::test]
async fn what_cannot_be_is_said_in_the_form_and_changes_nothing() {
    let acme = Acme::start().await;
    let form = format!("/what-if?act=map&group={}&stands=something&organization=", acme.sales);
    acme.open(&form).await.is(422).says("There is no organization");
    let unknown = acme.open(&format!("{form}nowhere%22%3E&role=Manager&inherit=true")).await;
    unknown
        .is(422)
        .says("There is no organization")
        .says("value=\"nowhere&#34;&#62;\"")
        .says("<option selected>Manager");
    acme.open(&format!("{form}acme&role=Owner")).await.is(422).says("above what this connection may give");
    for (expression, wrong) in [
        ("(", "cannot be used"),
        ("%5Ex%24", "leads to no organization"),
        ("%28%3F%3Cnobody%3E.%2B%29", "means nothing"),
    ] {
        let rule = format!("/what-if?act=rule-new&kind=naming&expression={expression}&organization=&role=");
        acme.open(&rule).await.is(422).says(wrong);
    }
    let filter = "/what-if?act=rule-new&kind=attribute&expression=salary+gt+1&organization=acme&role=Viewer";
    acme.open(filter).await.is(422).says("The filter cannot be used").says("value=\"salary gt 1\"");
    acme.open("/what-if?act=nonsense").await.is(404);
    acme.open("/what-if").await.is(404);
    acme.open("/mappings/rules/0197").await.is(404);
    acme.open("/mappings/groups/0197").await.is(404);
    assert_eq!(acme.server.faults(), Vec::<String>::new());
}

#[tokio::test]
async fn rules_are_made_changed_paused_and_deleted() {
    let acme = Acme::start().await;
    acme.open("/mappings/rules/new?kind=naming").await.is(200).says("Regular expression");
    acme.open("/mappings/rules/new?kind=attribute").await.is(200).says("SCIM filter");
    let naming = "%5E%28%3F%3Corg%3E.%2B%29%24";
    let asked = format!(
        "/what-if?act=rule-new&kind=naming&expression={naming}&subject=displayName&organization=&role=Manager&inherit=false&name=ours&position="
    );
    let shown = acme.open(&asked).await;
    shown.is(200).says("1 person gains, 1 loses, 1 unchanged");
    acme.send(&shown, &[]).await.is(303);
    acme.open("/mappings").await.says("ours").says("^(?&#60;org&#62;.+)$").says("rule &#34;ours&#34;");
    let attribute =
        "/what-if?act=rule-new&kind=attribute&expression=userName+sw+%22bo%22&organization=acme&role=Viewer";
    let shown = acme.open(attribute).await;
    shown.is(200).says("Viewer of acme").says("bo@acme.example");
    acme.send(&shown, &[]).await.is(303);
    let rules = acme.server.store().read(|tx| store::rules::of_connection(tx, acme.okta.connection.scope));
    let rule = rules.expect("rules").into_iter().find(|rule| rule.name == "ours").expect("the rule");
    acme.open(&format!("/mappings/rules/{}", rule.id)).await.is(200).says("value=\"ours\"").says("Manager");
    let paused = acme.open(&format!("/what-if?act=rule&id={}&version=1&paused=true", rule.id)).await;
    acme.send(&paused, &[]).await.is(303);
    acme.open("/mappings").await.says("<span class=\"tag\">paused</span>");
    let ended = acme.open(&format!("/what-if?act=rule-end&id={}&version=2", rule.id)).await;
    acme.send(&ended, &[]).await.is(303);
    acme.open("/mappings").await.says_not("ours");
    assert_eq!(acme.server.faults(), Vec::<String>::new());
}

#[tokio::test]
async fn the_default_is_changed_and_groups_that_stand_for_nothing_are_found() {
    let acme = Acme::start().await;
    let version = |acme: &Acme| {
        let id = acme.okta.connection.id.clone();
        let found = acme.server.store().read(|tx| store::connections::by_id(tx, &id));
        found.expect("a connection").expect("a connection").version
    };
    acme.open("/mappings?stands=none").await.says("Every group stands for something");
    acme.open("/mappings/default").await.is(200).says("value=\"create\" checked");
    let asked = format!(
        "/what-if?act=settings&version={}&mapping-default=hand&mapping-role=&role-ceiling=Manager",
        version(&acme)
    );
    let shown = acme.open(&asked).await;
    shown.is(200).says("0 people gain, 1 loses").says("no role above Manager");
    acme.send(&shown, &[]).await.is(303);
    acme.open("/mappings?stands=none").await.says("Sales").says("1 in all");
    acme.open("/mappings").await.says("above Manager");
    let owner =
        format!("/what-if?act=settings&version={}&mapping-default=hand&role-ceiling=Owner", version(&acme));
    acme.open(&owner).await.is(422).says("Owner is given by hand alone").says("value=\"hand\" checked");
    acme.okta.create_group("Engineering", &[]).await;
    acme.open("/mappings?q=engin").await.says("Engineering").says_not("Sales</a>");
}

#[tokio::test]
async fn what_concerns_many_is_carried_out_in_the_background_and_shown() {
    let acme = Acme::start().await;
    let mut members = Vec::new();
    for number in 0..210 {
        let reply = acme.okta.post("/Users", &user(&format!("person{number}@acme.example"))).await;
        members.push(serde_json::json!({ "value": reply.expect(201).id() }));
    }
    let add = serde_json::json!([{ "op": "add", "path": "members", "value": members }]);
    acme.okta.operate(&format!("/Groups/{}", acme.sales), add).await.expect(204);
    let asked =
        format!("/what-if?act=map&group={}&stands=something&organization=acme&role=Viewer", acme.sales);
    let shown = acme.open(&asked).await;
    shown.is(200).says("211 people gain, 211 lose, 0 unchanged").says("Apply to 211 people").says("from=100");
    assert!(shown.text.len() < 150_000, "{}", shown.text.len());
    let more = acme.open(&format!("{asked}&from=200")).await;
    more.is(200).says("People 201 to 211 of 211").says_not("from=300");
    acme.send(&shown, &[]).await.is(303);
    let listed = acme.open("/mappings").await;
    listed.says("you can leave this page").says("hx-trigger=\"every 2s\"").says("0 of 211 done, 211 left");
    let job = listed
        .text
        .split_once("hx-get=\"")
        .expect("a job")
        .1
        .split_once('"')
        .expect("an address")
        .0
        .to_owned();
    acme.browser.get(&job).await.is(200).says("<h1>Work in the background</h1>").says("211 left");
    acme.work().await;
    let part = axum::http::Request::get(&job).header("hx-request", "true").body(axum::body::Body::empty());
    let part = acme.browser.send(part.expect("a request")).await;
    part.is(200).says("Everybody has what the change means").says_not("hx-trigger").says_not("<html");
    acme.open("/mappings").await.says_not("hx-trigger");
    let other = acme.server.signed_in(Some("globex"), Role::Administrator).await;
    other.get(&job.replace("/t/acme/", "/t/globex/")).await.is(404);
}

#[tokio::test]
async fn everybody_can_be_derived_anew() {
    let acme = Acme::start().await;
    let begun = acme.browser.post(&acme.path("/rederive"), &[]).await;
    let job = begun.is(303).location().to_owned();
    acme.browser.get(&job).await.is(200).says("0 of 3 done, 3 left");
    acme.work().await;
    acme.browser.get(&job).await.is(200).says("3 done").says_not("hx-get");
    assert_eq!(acme.server.faults(), Vec::<String>::new());
}
