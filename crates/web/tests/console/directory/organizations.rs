//! Organizations: the tree, who has access and why, making, changing, moving, archiving.

use super::{Acme, LARGEST, address, unescaped};
use provisioning::administrators::Role;
use scim::Provider;

#[tokio::test]
async fn an_organization_is_made_changed_moved_and_archived() {
    let acme = Acme::start().await;
    acme.get("/organizations/new").await.is(200).says(r#"value="acme""#);
    let refused = acme.post("/organizations/new", &[("name", "Sales"), ("type", "team")]).await;
    refused.is(409).says("Another organization has this slug").says(r#"value="Sales""#);
    let refused = acme.post("/organizations/new", &[("name", " "), ("type", "planet")]).await;
    refused.is(422).says("1 to 200 characters");
    let emea = acme.make("EMEA", "acme").await;
    let iberia = acme.make("Iberia", "emea").await;
    acme.get("/organizations").await.says("EMEA").says("Iberia").says("4 organizations");
    acme.get(&format!("/organizations/{iberia}")).await.says("EMEA").says("Nobody has a role here.");
    let path = format!("/organizations/{iberia}");
    let refused = acme.post(&path, &[("name", ""), ("type", "team"), ("version", "1")]).await;
    refused.is(422).says("1 to 200 characters");
    let fields = [("name", "Spain and Portugal"), ("slug", "es-pt"), ("type", "division"), ("version", "1")];
    acme.post(&path, &fields).await.is(303);
    acme.get(&path).await.says("“Spain and Portugal” was saved").says(">es-pt</code>").says("division");
    acme.post(&path, &fields).await.is(409).says("Somebody changed this since you opened the page");
    let archive = format!("/organizations/{emea}/archive");
    acme.post(&archive, &[("confirm", "EMEA")]).await.is(409).says("organizations stand below it");
    acme.post(&format!("{path}/archive"), &[("confirm", "")]).await.is(422).says("Type the name");
    acme.post(&format!("{path}/archive"), &[("confirm", "spain and portugal")]).await.is(303);
    acme.get(&path).await.is(200).says("Archived").says_not("Archive it");
    acme.get("/organizations").await.says_not("Spain and Portugal</bdi>").says("Archived 1");
    acme.get("/organizations?show=archived").await.says("Spain and Portugal");
    assert_eq!(acme.server.faults(), Vec::<String>::new());
}

#[tokio::test]
async fn a_move_says_first_who_gains_and_loses_and_happens_only_as_it_was_shown() {
    let acme = Acme::start().await;
    acme.client.create_user("bo@acme.example").await;
    acme.client.create_user("cy@acme.example").await;
    acme.make("EMEA", "acme").await;
    acme.make("APAC", "acme").await;
    let japan = acme.make("Japan", "emea").await;
    acme.give("ana@acme.example", "Manager", "emea", true).await;
    acme.give("bo@acme.example", "Viewer", "apac", true).await;
    // Not passed down: a move changes nothing for her.
    acme.give("cy@acme.example", "Manager", "emea", false).await;
    let path = format!("/organizations/{japan}/move");
    acme.get(&path).await.is(200).says("See what it would mean");
    acme.get(&format!("{path}?to=nowhere")).await.is(422).says("There is no organization");
    acme.get(&format!("{path}?to=japan")).await.is(422).says("cannot stand below itself");
    let shown = acme.get(&format!("{path}?to=apac")).await;
    shown.is(200).says("1 person gains, 1 loses, 0 unchanged").says("Move it and apply to 2 people");
    shown.says("Manager, passed down from EMEA").says("Viewer, passed down from APAC").says_not("cy@");
    // Somebody else gets something in between.
    acme.give("cy@acme.example", "Viewer", "apac", true).await;
    let apac = acme.organization("APAC");
    let fields = [("to", apac.as_str()), ("seen", "1 person gains, 1 loses, 0 unchanged"), ("version", "1")];
    acme.post(&path, &fields).await.is(409).says("has changed since you looked").says("apply to 3 people");
    acme.get(&format!("/organizations/{japan}")).await.says("Manager").says_not("Viewer");
    let fields = [("to", apac.as_str()), ("seen", "2 people gain, 1 loses, 0 unchanged"), ("version", "1")];
    acme.post(&path, &fields).await.is(303);
    let moved = acme.get(&format!("/organizations/{japan}")).await;
    moved.says("stands below “APAC” now").says("Viewer").says("passed down from").says_not(">Manager<");
    assert_eq!(acme.newest().kind, "organization.moved");
    let root = acme.organization("acme");
    acme.get(&format!("/organizations/{root}/move?to=apac")).await.is(422).says("cannot be moved");
}

#[tokio::test]
async fn who_has_access_since_when_and_why_is_on_the_page_and_in_a_file() {
    let acme = Acme::start().await;
    let sales = acme.organization("Sales");
    let page = acme.get(&format!("/organizations/{sales}")).await;
    page.says("Ana Müller").says("the organization made for it").says("as of 2026-01-01 00:00:00 UTC");
    page.says("What gives roles here").says(&format!("/groups/{}", acme.group));
    let root = acme.organization("acme");
    acme.give("ana@acme.example", "Manager", "acme", true).await;
    acme.get(&format!("/organizations/{sales}")).await.says("passed down from").says("outranked");
    acme.get(&format!("/organizations/{root}"))
        .await
        .says("Everybody in the tenant becomes a member by default");
    let file = acme.get(&format!("/organizations/{sales}/people.csv")).await;
    file.is(200).says("\"ana@acme.example\",\"Ana Müller\",\"active\",\"Member\",\"no\",\"\",");
    file.says("\"Manager\",\"yes\",\"acme\",").says("by request");
    assert_eq!(file.headers["content-disposition"], "attachment; filename=\"people.csv\"");
    assert_eq!(file.text.lines().count(), 3, "{}", file.text);
}

#[tokio::test]
async fn an_archived_organization_is_brought_back_where_it_stood() {
    let acme = Acme::start().await;
    let above = acme.make("Labs", "acme").await;
    let id = acme.make("Old", "labs").await;
    for (name, id) in [("Old", &id), ("Labs", &above)] {
        acme.post(&format!("/organizations/{id}/archive"), &[("confirm", name)]).await.is(303);
    }
    let restore = format!("/organizations/{id}/restore");
    acme.get(&format!("/organizations/{id}")).await.is(200).says("Archived").says("Bring it back");
    acme.post(&restore, &[]).await.is(409).says("is archived as well. Restore that first");
    acme.post(&format!("/organizations/{above}/restore"), &[]).await.is(303);
    acme.post(&restore, &[("version", "1")]).await.is(409).says("Somebody changed this");
    let again = acme.make("Old", "labs").await;
    acme.post(&restore, &[]).await.is(409).says("has its slug by now");
    acme.post(&format!("/organizations/{again}/archive"), &[("confirm", "Old")]).await.is(303);
    let auditor = acme.server.signed_in(Some("acme"), Role::Auditor).await;
    auditor.get(&format!("/t/acme/organizations/{id}")).await.is(200).says_not("Bring it back");
    auditor.post(&format!("/t/acme{restore}"), &[]).await.is(403);
    acme.post(&restore, &[]).await.is(303);
    assert_eq!(acme.newest().kind, "organization.restored");
    acme.get(&format!("/organizations/{id}")).await.is(200).says("Labs").says_not("Bring it back");
    acme.post(&restore, &[]).await.is(409).says("is not archived");
    let globex = acme.server.connect("globex", Provider::Okta).await;
    let stranger = acme.server.signed_in(Some("globex"), Role::Administrator).await;
    stranger.post(&format!("/t/globex{restore}"), &[]).await.is(404);
    globex.get("/Users").await.expect(200);
}

#[tokio::test]
async fn a_tree_of_any_size_is_shown_in_parts_that_reach_all_of_it() {
    let acme = Acme::start().await;
    acme.make("Wide", "acme").await;
    let mut above = acme.make("Deep 0", "acme").await;
    for level in 1..18 {
        above = acme.make(&format!("Deep {level}"), &above).await;
    }
    let store = acme.server.store();
    let tenant = store.read(|tx| store::tenants::by_name(tx, "acme")).unwrap().unwrap();
    for number in 0..250 {
        let wanted = provisioning::organizations::Wanted {
            name: Some(format!("Team {number:03} {}", "x".repeat(180))),
            parent: Some("wide".into()),
            ..Default::default()
        };
        let by = testkit::operator();
        provisioning::organizations::create(store, &by, &tenant, wanted).await.unwrap();
    }
    let page = acme.get("/organizations").await;
    page.is(200).says("271 organizations").says("Deep 17").says("250 below");
    let wide = acme.organization("Wide");
    let (mut path, mut found) = (format!("/t/acme/organizations?at={wide}"), 0);
    loop {
        let page = acme.browser.get(&path).await;
        assert!(page.is(200).text.len() < LARGEST, "{}", page.text.len());
        found += page.text.matches("<bdi>Team ").count();
        if !page.text.contains("Next page") {
            break;
        }
        path = unescaped(address(&page, &format!("/t/acme/organizations?at={wide}&#38;after=")));
    }
    assert_eq!(found, 250);
    acme.get("/organizations?q=team+24").await.says("13 organizations").says("in <bdi>acme › Wide</bdi>");
    acme.get(&format!("/organizations/{wide}")).await.says("250 in the tree");
}

#[tokio::test]
async fn what_is_another_tenants_is_not_there_and_an_auditor_changes_nothing() {
    let acme = Acme::start().await;
    let globex = acme.server.connect("globex", Provider::Okta).await;
    globex.create_group("Secret", &[]).await;
    let tenant = globex.connection.scope.tenant;
    let store = acme.server.store();
    let foreign = store.read(|tx| provisioning::find::organization(tx, tenant, "Secret")).unwrap().id;
    let own = acme.organization("Sales");
    for path in ["", "/move", "/people.csv"] {
        acme.get(&format!("/organizations/{foreign}{path}")).await.is(404).says_not("Secret");
    }
    acme.get(&format!("/organizations?at={foreign}")).await.is(404);
    acme.get(&format!("/organizations/new?parent={foreign}")).await.is(404);
    acme.get(&format!("/organizations/{own}/move?to={foreign}"))
        .await
        .is(422)
        .says("There is no organization");
    let auditor = acme.server.signed_in(Some("acme"), Role::Auditor).await;
    for path in ["", "/archive", "/move"] {
        acme.post(&format!("/organizations/{foreign}{path}"), &[("confirm", "Secret")]).await.is(404);
        auditor.post(&format!("/t/acme/organizations/{own}{path}"), &[("confirm", "Sales")]).await.is(403);
    }
    auditor.post("/t/acme/organizations/new", &[("name", "Mine")]).await.is(403);
    auditor.get(&format!("/t/acme/organizations/{own}")).await.is(200).says("Ana").says_not("Name and type");
    auditor.get(&format!("/t/acme/organizations/{own}/people.csv")).await.is(200).says("ana@");
}
