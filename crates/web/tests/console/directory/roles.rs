//! Roles: built in and own, who holds them, making, changing, deleting.

use super::Acme;
use provisioning::administrators::Role;
use provisioning::roles::{Wanted, create};
use scim::Provider;

#[tokio::test]
async fn a_role_is_made_held_changed_and_deleted_once_nobody_holds_it() {
    let acme = Acme::start().await;
    acme.get("/roles").await.is(200).says("Owner").says("built in").says(">1</td>");
    for (fields, sentence) in [
        ([("name", "Billing"), ("priority", "none"), ("permissions", "")], "a number from 1 to 99"),
        ([("name", "Billing"), ("priority", "100"), ("permissions", "")], "Owner alone has 100"),
        ([("name", "owner"), ("priority", "50"), ("permissions", "")], "Another role has this name"),
    ] {
        let refused = acme.post("/roles/new", &fields).await;
        assert!([409, 422].contains(&refused.status.as_u16()), "{sentence}");
        refused.says(sentence).says(&format!("value=\"{}\"", fields[0].1));
    }
    let fields =
        [("name", "Billing"), ("priority", "50"), ("permissions", "invoices.read\r\ninvoices.pay\r\n")];
    acme.post("/roles/new", &fields).await.is(303);
    let path = format!("/roles/{}", acme.role("Billing"));
    acme.get(&path).await.says("Role “Billing” was created").says("invoices.pay").says("Nobody holds it");
    acme.give("ana@acme.example", "Billing", "sales", false).await;
    acme.get(&path).await.says("Ana Müller").says("1 person").says("Sales");
    acme.post(&format!("{path}/delete"), &[("confirm", "billing")]).await.is(409).says("is in use");
    let fields =
        [("name", "Billing"), ("priority", "55"), ("permissions", "invoices.read"), ("version", "1")];
    acme.post(&path, &fields).await.is(303);
    acme.get(&path).await.says("55").says_not("invoices.pay");
    acme.post(&path, &fields).await.is(409).says("Somebody changed this");
    let take = [("role", "Billing"), ("organization", "sales")];
    acme.post(&format!("/users/{}/roles/take", acme.user("ana@acme.example")), &take).await.is(303);
    acme.post(&format!("{path}/delete"), &[("confirm", "")]).await.is(422).says("Type the name");
    acme.post(&format!("{path}/delete"), &[("confirm", "billing")]).await.is(303);
    acme.get(&path).await.is(404);
    let owner = format!("/roles/{}", acme.role("Owner"));
    acme.get(&owner).await.says("stays as it is").says_not("Delete it");
    acme.post(&owner, &[("name", "Boss"), ("priority", "9")]).await.is(409).says("is built in");
}

#[tokio::test]
async fn what_is_another_tenants_is_not_there_and_an_auditor_changes_nothing() {
    let acme = Acme::start().await;
    let globex = acme.server.connect("globex", Provider::Okta).await;
    let store = acme.server.store();
    let tenant = store.read(|tx| store::tenants::by_id(tx, globex.connection.scope.tenant)).unwrap().unwrap();
    let wanted = Wanted { name: Some("Secret".into()), priority: Some(1), permissions: None };
    let foreign = create(store, &testkit::operator(), &tenant, wanted).await.unwrap().id;
    acme.get(&format!("/roles/{foreign}")).await.is(404).says_not("Secret");
    acme.post(&format!("/roles/{foreign}"), &[("name", "Mine"), ("priority", "2")]).await.is(404);
    acme.post(&format!("/roles/{foreign}/delete"), &[("confirm", "Secret")]).await.is(404);
    let auditor = acme.server.signed_in(Some("acme"), Role::Auditor).await;
    auditor.get("/t/acme/roles").await.is(200).says_not("New role");
    for path in ["/new", &format!("/{}", acme.role("Member"))] {
        auditor.post(&format!("/t/acme/roles{path}"), &[("name", "Mine"), ("priority", "2")]).await.is(403);
    }
}
