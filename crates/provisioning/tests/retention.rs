//! Retention: history that is not to be kept goes from the oldest on, and what it alone explained is still explained.

#[expect(dead_code, reason = "each file of tests uses its part")]
mod world;

use provisioning::access::{self, Because};
use provisioning::retention::{self, Keep};
use provisioning::{jobs, rules, tenants};
use scim::Provider;
use serde_json::json;
use store::rules::RuleKind;
use testkit::{Server, operator};
use world::{World, with};

const DAY: i64 = 24 * 3600;

impl World {
    async fn keep(&self, events: Option<u32>, records: Option<u32>, confirmed: bool) -> Result<(), String> {
        let kept =
            retention::Wanted { events: events.map(Keep::of), records: records.map(Keep::of), confirmed };
        let wanted = tenants::Wanted { kept, ..Default::default() };
        let set = tenants::set_up(self.server.store(), &operator(), &self.tenant(), wanted).await;
        set.map(drop).map_err(|error| error.to_string())
    }

    /// Lets everything go that is too old; returns in how many steps.
    async fn prune(&self) -> usize {
        self.server.flush().await;
        let mut steps = 0;
        while retention::prune(self.server.store()).await.expect("a database that works") {
            steps += 1;
        }
        steps
    }

    fn records(&self) -> i64 {
        let scope = self.idp.connection.scope;
        self.server.store().read(|tx| store::requests::count(tx, scope)).expect("records")
    }

    fn because(&self, scim_id: &str) -> Vec<Because> {
        let user = self.person(scim_id);
        let access = self.server.store().read(|tx| access::of_user(tx, self.tenant_id(), &user));
        access.expect("access").entries.into_iter().flat_map(|entry| entry.because).collect()
    }
}

#[tokio::test]
async fn records_go_after_ninety_days_and_events_stay_unless_said_otherwise() {
    let world = World::begin().await;
    world.idp.create_user("ana@acme.example").await;
    let (kinds, _) = world.events(0);
    world.server.wait(60 * DAY);
    world.idp.create_user("ben@acme.example").await;
    assert_eq!((world.prune().await, world.records()), (0, 2));
    world.server.wait(31 * DAY);
    assert_eq!((world.prune().await, world.records()), (1, 1));
    assert_eq!(world.events(0).0[..kinds.len()], kinds[..]);
    world.keep(None, Some(0), false).await.expect("what is kept for good needs no confirmation");
    world.server.wait(1000 * DAY);
    assert_eq!((world.prune().await, world.records()), (0, 1));
}

#[tokio::test]
async fn events_go_from_the_oldest_on_and_the_journal_stays_sound() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana@acme.example").await;
    let sales = world.idp.create_group("Sales", &[&ana]).await;
    for number in 0..300 {
        world.idp.create_user(&format!("person{number}@acme.example")).await;
    }
    let (_, last) = world.events(0);
    world.server.wait(40 * DAY);
    world.keep(Some(30), None, true).await.expect("a setting");
    world.idp.create_user("new@acme.example").await;
    world.add(&sales, &[&world.idp.create_user("newer@acme.example").await]).await;
    let steps = world.prune().await;
    assert!(steps > 1, "{last} events went in {steps} steps");
    let tenant = world.tenant();
    assert_eq!(tenant.first_event, last + 1);
    let kept = world.server.store().read(|tx| store::events::after(tx, world.tenant_id(), 0, 1000));
    let numbers: Vec<i64> = kept.expect("events").iter().map(|event| event.number).collect();
    assert_eq!(numbers, (last + 1..=tenant.last_event).collect::<Vec<_>>());
    world.is_sound();
    // All of them may go; what happens next goes on counting.
    world.server.wait(40 * DAY);
    world.prune().await;
    assert_eq!(world.events(0).0, Vec::<String>::new());
    world.is_sound();
    world.set_active(&ana, false).await.expect(200);
    assert_eq!(world.events(0).0, ["resource.updated", "user.deactivated"]);
    world.is_sound();
}

#[tokio::test]
async fn who_gave_a_membership_is_explained_after_the_event_has_gone() {
    let world = World::begin().await;
    let body = with("ana@acme.example", json!({ "title": "Lead" }));
    let rule = rules::Wanted {
        name: Some("leads".into()),
        expression: Some("title eq \"Lead\"".into()),
        role: Some("Manager".into()),
        organization: Some("Acme".into()),
        ..Default::default()
    };
    let connection = &world.idp.connection.id;
    rules::create(world.server.store(), &operator(), connection, RuleKind::Attribute, rule)
        .await
        .expect("a rule");
    let ana = world.idp.post("/Users", &body).await.expect(201).id();
    world.idp.create_group("Sales", &[&ana]).await;
    world.give(&world.person(&ana), "Viewer", Some("Sales")).await;
    let before = world.because(&ana);
    let requests = |because: &[Because]| {
        because.iter().filter(|link| matches!(link, Because::Request { token: Some(_), .. })).count()
    };
    assert_eq!(requests(&before), 2, "one by the rule, one by the group");
    assert!(before.iter().any(|link| matches!(link, Because::Hand { by: Some(by), .. } if by == "test")));
    world.server.wait(400 * DAY);
    world.keep(Some(30), Some(30), true).await.expect("a setting");
    world.prune().await;
    assert_eq!(world.records(), 0);
    assert_eq!(world.because(&ana), before);
    world.is_sound();
}

#[tokio::test]
async fn somebody_whose_giver_nobody_wrote_down_is_explained_by_what_is_not_kept() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana@acme.example").await;
    world.give(&world.person(&ana), "Viewer", None).await;
    world.server.wait(400 * DAY);
    world.keep(Some(30), None, true).await.expect("a setting");
    // As by a release that did not write it down.
    let tenant = world.tenant_id();
    let newest = world.tenant().last_event;
    let since = world.server.store().clock().now();
    let gone = move |tx: &mut store::Tx<'_>| store::events::delete_before(tx, tenant, newest, since);
    world.server.store().write(gone).await.expect("no events");
    let told: Vec<String> = world.because(&ana).iter().map(Because::sentence).collect();
    let told = told.iter().find(|told| told.starts_with("given by hand")).expect("a reason");
    assert_eq!(
        told,
        "given by hand, since 2026-01-01T00:00:00.000Z (events before 2027-02-05T00:00:00.000Z are not kept)"
    );
}

#[tokio::test]
async fn what_would_go_is_said_before_and_confirmed() {
    let world = World::begin().await;
    world.idp.create_user("ana@acme.example").await;
    world.server.wait(40 * DAY);
    world.server.flush().await;
    let said = world.keep(Some(30), Some(7), false).await.expect_err("a question");
    assert_eq!(
        said,
        "This would remove events older than 30 days and records older than 7 days, for good. Confirm it to go on."
    );
    assert_eq!((world.tenant().keep_events, world.tenant().keep_records), (None, Some(90)));
    world.keep(Some(365), Some(60), false).await.expect("nothing goes by it");
    let refused = world.keep(Some(40_000), None, true).await.expect_err("too long");
    assert_eq!(refused, "Events and records are kept for 1 to 36500 days, or for good with 0.");
    assert_eq!((world.tenant().keep_events, world.tenant().keep_records), (Some(365), Some(60)));
    jobs::run_open(world.server.store(), |_| {}).await.expect("work");
    let (kinds, _) = world.events(0);
    assert_eq!(kinds.iter().filter(|kind| *kind == "tenant.retention_changed").count(), 1);
}

#[tokio::test]
async fn a_gap_that_no_retention_made_is_still_found() {
    // On a file that the test may look into.
    let server = Server::start_on_sqlite().await;
    let idp = server.connect("Acme", Provider::Okta).await;
    let world = World { server, idp };
    world.idp.create_user("ana@acme.example").await;
    let path = world.server.store().path().expect("a file");
    let file = rusqlite::Connection::open(path).expect("a database");
    file.execute("delete from events where number = 2", []).expect("a gap");
    drop(file);
    let faults = world.server.faults();
    assert!(faults.iter().any(|fault| fault.contains("event 2 is missing")), "{faults:?}");
}
