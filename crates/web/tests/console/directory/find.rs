//! Find: everything by what somebody knows of it.

use super::Acme;
use scim::Provider;

#[tokio::test]
async fn what_is_meant_beyond_doubt_is_gone_to_at_once() {
    let acme = Acme::start().await;
    let (ana, sales) = (acme.user("ana@acme.example"), acme.organization("Sales"));
    let connection = &acme.client.connection.id;
    let activity = {
        let scope = acme.client.connection.scope;
        acme.server.store().read(|tx| store::requests::newest(tx, scope, 1)).unwrap().remove(0).id
    };
    for (query, path) in [
        (ana.as_str(), format!("/users/{ana}")),
        ("ANA@acme.example", format!("/users/{ana}")),
        (acme.ana.as_str(), format!("/users/{ana}")),
        (sales.as_str(), format!("/organizations/{sales}")),
        (acme.group.as_str(), format!("/provisioning/{connection}/groups/{}", acme.group)),
        (activity.as_str(), format!("/provisioning/{connection}/activity/{activity}")),
        (connection.as_str(), format!("/provisioning/{connection}")),
        ("manager", format!("/roles/{}", acme.role("Manager"))),
        ("events", "/events".to_owned()),
        ("%233", "/events/3".to_owned()),
        ("3", "/events/3".to_owned()),
    ] {
        let found = acme.get(&format!("/find?q={query}")).await;
        assert_eq!(found.is(303).location(), format!("/t/acme{path}"), "{query}");
    }
}

#[tokio::test]
async fn what_may_be_several_things_is_listed_by_kind() {
    let acme = Acme::start().await;
    // A group and the organization made for it have one name.
    let both = acme.get("/find?q=sales").await;
    both.is(200).says(">Group<").says(">Organization<");
    acme.get("/find?q=m%C3%BCl").await.is(200).says("Ana Müller").says(">Person<");
    acme.get("/find?q=sal").await.is(200).says(">Group<").says(">Organization<");
    acme.get("/find?q=zzz").await.is(200).says("Nothing is called").says(r#"value="zzz""#);
    acme.get("/find").await.is(200).says("What are you looking for?");
    acme.get("/find?q=99999999").await.is(200).says("Nothing is called");
}

#[tokio::test]
async fn what_is_another_tenants_is_not_found() {
    let acme = Acme::start().await;
    let globex = acme.server.connect("globex", Provider::Okta).await;
    let eve = globex.create_user("mallory@globex.example").await;
    let group = globex.create_group("Secret", &[&eve]).await;
    acme.server.flush().await;
    let request = acme.server.store().read(|tx| store::requests::newest(tx, globex.connection.scope, 1));
    let request = request.unwrap().remove(0).id;
    for query in
        ["mallory@globex.example", "mallory", "Secret", &eve, &group, &request, &globex.connection.id]
    {
        acme.get(&format!("/find?q={query}")).await.is(200).says("Nothing is called");
    }
}
