//! The end of a connection: nobody loses anything by finalising it, what it alone gave goes when it is terminated, and
//! neither locks the last Owner out.

#[expect(dead_code, reason = "each file of tests uses its part")]
mod world;

use provisioning::connections::by_id;
use provisioning::ending::{self, Wanted};
use provisioning::jobs;
use provisioning::people::Operator;
use scim::Provider;
use serde_json::json;
use store::connections::Way;
use store::jobs::{Job, JobState};
use store::users::Status;
use testkit::operator;
use world::{DEFAULT, World};

fn wanted(way: Way) -> Wanted {
    Wanted { way, version: None, confirmed: true }
}

impl World {
    async fn end(&self, way: Way) -> Job {
        let job = ending::begin(self.server.store(), &operator(), &self.idp.connection.id, wanted(way)).await;
        let job = job.expect("an ending that is taken");
        self.work().await;
        let ended = self.server.store().read(|tx| store::jobs::by_id(tx, self.tenant_id(), &job.id));
        ended.expect("a readable database").expect("the job")
    }

    async fn work(&self) {
        jobs::run_open(self.server.store(), |_| {}).await.expect("work");
    }

    async fn refusal(&self, way: Way) -> String {
        let begun =
            ending::begin(self.server.store(), &operator(), &self.idp.connection.id, wanted(way)).await;
        begun.expect_err("a refusal").to_string()
    }

    async fn summary(&self, way: Way) -> String {
        let connection = by_id(self.server.store(), &self.idp.connection.id).expect("the connection");
        ending::preview(self.server.store(), &connection, way).await.expect("a preview").summary
    }
}

/// Ana and Ben of Sales, Ben deactivated, and Sales within All.
async fn company() -> (World, String, String) {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana@acme.example").await;
    let ben = world.idp.create_user("ben@acme.example").await;
    let sales = world.idp.create_group("Sales", &[&ana, &ben]).await;
    world.idp.create_group("All", &[&sales]).await;
    world.set_active(&ben, false).await.expect(200);
    (world, ana, ben)
}

#[tokio::test]
async fn finalising_keeps_everybodys_access_and_makes_it_by_hand() {
    let (world, ana, ben) = company().await;
    let (ana, ben) = (world.person(&ana), world.person(&ben));
    let before = (world.effective(&ana), world.effective(&ben));
    assert_eq!(
        world.summary(Way::Finalise).await,
        "Connection \"Okta\" would end: 2 users and 4 memberships become by hand, 2 organizations made for its groups stay, and nobody gains or loses anything."
    );
    let job = world.end(Way::Finalise).await;
    assert_eq!((job.state, job.done), (JobState::Done, 4));
    assert_eq!((world.effective(&ana), world.effective(&ben)), before);
    assert_eq!(world.held(&ana), [DEFAULT, "All: Member (by hand)", "Sales: Member (by hand)"]);
    for (user, status) in [(&ana, Status::Active), (&ben, Status::Deactivated)] {
        let now = world.user(&user.id);
        assert_eq!((now.connection, now.linked, now.status), (None, true, status));
    }
    assert!(world.organizations().iter().all(|found| found.origin != "mapping"));
    assert_eq!(world.names(), ["Acme", "Sales", "All"]);
    world.is_sound();
}

#[tokio::test]
async fn what_is_by_hand_already_stays_once_and_keeps_what_it_passes_down() {
    let (world, ana, _) = company().await;
    let ana = world.person(&ana);
    world.give(&ana, "Member", Some("Sales")).await;
    world.end(Way::Finalise).await;
    assert_eq!(world.held(&ana), [DEFAULT, "All: Member (by hand)", "Sales: Member (by hand)"]);
    world.is_sound();
}

#[tokio::test]
async fn terminating_ends_what_the_connection_alone_gave() {
    let (world, ana, ben) = company().await;
    let (ana, ben) = (world.person(&ana), world.person(&ben));
    world.give(&ana, "Manager", Some("Sales")).await;
    assert_eq!(
        world.summary(Way::Terminate).await,
        "Connection \"Okta\" would end, and with it what it alone gave: 1 active user is deactivated, 6 memberships end, 1 organization is archived."
    );
    world.end(Way::Terminate).await;
    assert_eq!(world.held(&ana), ["Sales: Manager (by hand)"]);
    assert_eq!(world.held(&ben), Vec::<String>::new());
    for user in [&ana, &ben] {
        let now = world.user(&user.id);
        assert_eq!((now.linked, now.status), (false, Status::Deactivated));
        assert_eq!(world.effective(&now), Vec::<String>::new());
    }
    assert_eq!(world.names(), ["Acme", "Sales"]);
    world.is_sound();
}

#[tokio::test]
async fn the_organization_that_another_connection_uses_stays() {
    let (world, ..) = company().await;
    let other = world.server.connect("Acme", Provider::Entra).await;
    let eva = other.create_user("eva@acme.example").await;
    other.create_group("Sales", &[&eva]).await;
    world.end(Way::Terminate).await;
    assert_eq!(world.names(), ["Acme", "Sales"]);
    assert_eq!(world.users().iter().filter(|user| user.status == Status::Active).count(), 1);
    world.is_sound();
}

#[tokio::test]
async fn from_the_beginning_on_its_credentials_are_as_unknown_ones() {
    let (world, ana, _) = company().await;
    let unknown = world.idp.with_token(Some("scim_nothing"));
    let job =
        ending::begin(world.server.store(), &operator(), &world.idp.connection.id, wanted(Way::Finalise))
            .await
            .expect("an ending");
    assert_eq!((job.state, job.done), (JobState::Waiting, 0));
    let (known, unknown) =
        (world.idp.get(&format!("/Users/{ana}")).await, unknown.get(&format!("/Users/{ana}")).await);
    assert_eq!((known.code(), &known.body), (401, &unknown.body));
    world.work().await;
    assert_eq!(world.idp.get("/Users").await.code(), 401);
    world.server.flush().await;
    let scope = world.idp.connection.scope;
    let records = world.server.store().read(|tx| store::requests::newest(tx, scope, 100)).expect("records");
    assert!(records.iter().any(|record| record.path == "/Users" && record.status == 201));
}

#[tokio::test]
async fn the_last_owner_is_kept_whenever_it_shows() {
    let (world, ana, ben) = company().await;
    let ana = world.person(&ana);
    world.give(&ana, "Owner", None).await;
    let refusal = "Ana Müller is the last active Owner, and would be deactivated with connection \"Okta\". Make someone else an Owner first, or finalise the connection.";
    assert_eq!(world.refusal(Way::Terminate).await, refusal);
    assert_eq!(world.idp.get(&format!("/Users/{ben}")).await.code(), 200, "nothing was begun");
    // Another Owner is there when it begins, and gone when it comes to her.
    let other = world.server.connect("Acme", Provider::Entra).await;
    let eva = other.create_user("eva@acme.example").await;
    let scope = other.connection.scope;
    let eva_row = world.server.store().read(|tx| store::mirror_users::by_id(tx, scope, &eva));
    let eva_user = world.user(&eva_row.expect("a readable database").expect("a resource").user_id);
    world.give(&eva_user, "Owner", None).await;
    ending::begin(world.server.store(), &operator(), &world.idp.connection.id, wanted(Way::Terminate))
        .await
        .expect("an ending");
    let operation = json!([{ "op": "replace", "path": "active", "value": false }]);
    other.operate(&format!("/Users/{eva}"), operation).await.expect(200);
    world.work().await;
    let now = world.user(&ana.id);
    assert_eq!((now.status, now.connection, now.linked), (Status::Active, None, true));
    assert_eq!(world.effective(&now)[0], "Acme: Owner");
    world.is_sound();
}

#[tokio::test]
async fn it_is_confirmed_and_happens_once() {
    let (world, ..) = company().await;
    let (store, id) = (world.server.store(), &world.idp.connection.id);
    let unsure = Wanted { confirmed: false, ..wanted(Way::Finalise) };
    let said = ending::begin(store, &operator(), id, unsure).await.expect_err("a question").to_string();
    assert!(said.ends_with("Nothing of it can be taken back. Confirm it to go on."), "{said}");
    let stale = Wanted { version: Some(7), ..wanted(Way::Finalise) };
    ending::begin(store, &operator(), id, stale).await.expect_err("another version");
    assert_eq!(world.idp.get("/Users").await.code(), 200);
    world.end(Way::Finalise).await;
    let again = world.refusal(Way::Terminate).await;
    assert_eq!(
        again,
        "Connection \"Okta\" was ended at 2026-01-01T00:00:00.000Z and cannot be changed any more. Make a new one instead."
    );
    let refused = [
        provisioning::setup::set(
            store,
            &operator(),
            id,
            provisioning::setup::Wanted::of(&[("strict".into(), "true".into())]),
        )
        .await
        .map(drop),
        jobs::rederive(store, &operator(), id).await.map(drop),
        new_token(store, &operator(), world.idp.connection.scope).await,
    ];
    for refused in refused {
        assert_eq!(refused.expect_err("a refusal").to_string(), again);
    }
}

async fn new_token(
    store: &store::Store,
    operator: &Operator,
    scope: store::Scope,
) -> Result<(), provisioning::Error> {
    let wanted = provisioning::tokens::Wanted { name: "next", expires_at: None, read_only: false };
    provisioning::tokens::create(store, operator, scope, wanted).await.map(drop)
}

#[tokio::test]
async fn the_events_tell_of_each_step() {
    let (world, ..) = company().await;
    let (_, last) = world.events(0);
    world.end(Way::Terminate).await;
    let (kinds, _) = world.events(last);
    let count = |kind: &str| kinds.iter().filter(|found| *found == kind).count();
    assert_eq!(kinds.first().map(String::as_str), Some("connection.ending"));
    assert_eq!(kinds.last().map(String::as_str), Some("connection.ended"));
    assert_eq!(
        ["user.deactivated", "membership.ended", "group.deleted", "organization.archived"].map(count),
        [1, 6, 2, 2]
    );
}
