//! Erasing a person: nothing in the database names them any more, the ids stay, and nobody else loses anything.

#[expect(dead_code, reason = "each file of tests uses its part")]
mod world;

use provisioning::erasure::{self, Wanted};
use provisioning::keys::Scope;
use provisioning::people::Hand;
use provisioning::{doctor, jobs, lock, people};
use scim::Provider;
use serde_json::{Value, json};
use std::path::Path;
use store::users::{Status, User};
use testkit::{Server, operator};
use world::World;

/// What names the person, each to be found nowhere afterwards: names old and new, addresses, and values of attributes.
const MARKERS: &[&str] = &[
    "zoraida",
    "quicksilver",
    "zq-external-4711",
    "brimstone",
    "+49 170 5550123",
    "falkenweg",
    "zq-title-of-hers",
    "zq-cost-center",
    "zq-nick",
    "zq-typo",
];

fn body(user_name: &str, family: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "userName": user_name,
        "externalId": "zq-external-4711",
        "name": { "givenName": "Zoraïda", "familyName": family },
        "displayName": format!("Zoraïda {family}"),
        "nickName": "zq-nick",
        "title": "zq-title-of-hers",
        "emails": [{ "value": user_name, "type": "work", "primary": true }],
        "phoneNumbers": [{ "value": "+49 170 5550123", "type": "mobile" }],
        "addresses": [{ "streetAddress": "Falkenweg 3", "type": "work" }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "costCenter": "zq-cost-center" },
    })
}

impl World {
    async fn erase(&self, who: &str, reason: &str) -> Result<(), String> {
        let wanted = Wanted { reason: reason.into(), version: None, confirmed: true };
        erasure::erase(self.server.store(), &operator(), &self.tenant(), who, wanted)
            .await
            .map_err(|error| error.to_string())?;
        jobs::run_open(self.server.store(), |_| {}).await.expect("work");
        Ok(())
    }
}

/// A person who left traces wherever there can be any, and Joana, who is called much alike.
async fn company() -> (World, User, String, String) {
    let world = World::begin().await;
    let idp = &world.idp;
    let joana = idp.create_user("joana.quick@acme.example").await;
    let zora = idp.post("/Users", &body("zoraida@quicksilver.example", "Quicksilver")).await.expect(201).id();
    let sales = idp.create_group("Sales", &[&zora, &joana]).await;
    // Renamed, looked for, refused, misread, removed and added again.
    idp.put(&format!("/Users/{zora}"), &body("zoraida@brimstone.example", "Brimstone")).await.expect(200);
    let filter = "filter=userName%20eq%20%22ZORAIDA%40brimstone.example%22";
    idp.get(&format!("/Users?{filter}")).await.expect(200);
    idp.get("/Users?filter=nickName%20eq%20%22zq-nick%22").await.expect(200);
    idp.get("/Users").await.expect(200);
    idp.get("/Users/zoraida@brimstone.example").await.expect_error(404, None);
    idp.post("/Users", &body("zoraida@brimstone.example", "Brimstone"))
        .await
        .expect_error(409, Some("uniqueness"));
    let typo = json!([{ "op": "replace", "path": "zq-typo", "value": "zq-typo" }]);
    idp.operate(&format!("/Users/{zora}"), typo).await;
    world.remove(&sales, &zora).await;
    world.add(&sales, &[&zora]).await;
    world.set_active(&zora, false).await.expect(200);
    world.set_active(&zora, true).await.expect(200);
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{ "method": "PUT", "path": format!("/Users/{zora}"), "data": body("zoraida@brimstone.example", "Brimstone") }],
    });
    idp.post("/Bulk", &bulk).await.expect(200);
    let user = world.person(&zora);
    // By the API, with an answer that is kept to be given again.
    let api = world.server.operator_api(&Scope::ALL).await.with_header("idempotency-key", "lock-1");
    api.ask(&format!("/users/{}/lock?tenant=Acme", user.id)).await.expect(200);
    lock::unlock(world.server.store(), &operator(), &world.tenant(), &user.id, None).await.expect("a user");
    world.give(&user, "Manager", Some("Sales")).await;
    world.server.flush().await;
    (world, user, zora, joana)
}

/// The text of every column of every table.
fn add_columns(path: &Path, texts: &mut Vec<(String, String)>) {
    let connection = rusqlite::Connection::open(path).expect("a database");
    let mut tables =
        connection.prepare("select name from sqlite_master where type = 'table'").expect("tables");
    let names: Vec<String> =
        tables.query_map([], |row| row.get(0)).expect("names").map(|name| name.expect("a name")).collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let mut statement = connection.prepare(&format!("select * from \"{name}\"")).expect("a table");
        let columns = statement.column_count();
        let mut rows = statement.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            for column in 0..columns {
                if let rusqlite::types::ValueRef::Text(text) = row.get_ref(column).expect("a value") {
                    texts.push((name.clone(), String::from_utf8_lossy(text).into_owned()));
                }
            }
        }
    }
}

/// Which markers stand in the database: in the bytes of its files or all it gives out, and in any column of any table.
fn found(server: &Server) -> Vec<String> {
    let everything = String::from_utf8_lossy(&server.kept()).into_owned();
    let mut texts: Vec<(String, String)> = vec![("what is kept".into(), everything)];
    if let Some(path) = server.store().path() {
        add_columns(path, &mut texts);
    }
    let mut found = Vec::new();
    for (place, text) in texts {
        let text = text.to_lowercase().replace('ï', "i").replace("\\u00ef", "i");
        found.extend(
            MARKERS
                .iter()
                .filter(|marker| text.contains(**marker))
                .map(|marker| format!("{marker} in {place}")),
        );
    }
    found.sort();
    found.dedup();
    found
}

#[tokio::test]
async fn nothing_in_the_whole_database_names_the_person_any_more() {
    let (world, user, zora, joana) = company().await;
    let before = found(&world.server);
    for marker in MARKERS {
        assert!(before.iter().any(|found| found.starts_with(marker)), "{marker} is nowhere to begin with");
    }
    world.erase(&user.id, "request 2026-17").await.expect("an erasure");
    assert_eq!(found(&world.server), Vec::<String>::new());

    let tombstone = world.user(&user.id);
    assert_eq!((tombstone.status, tombstone.linked, tombstone.connection), (Status::Erased, false, None));
    assert_eq!((tombstone.user_name.as_str(), &tombstone.email), (user.id.as_str(), &None));
    assert_eq!(world.held(&tombstone), Vec::<String>::new());
    world.idp.get(&format!("/Users/{zora}")).await.expect_error(404, None);
    let joana = world.person(&joana);
    assert_eq!(joana.user_name, "joana.quick@acme.example");
    assert_eq!(world.held(&joana).len(), 2);
    assert_eq!(world.idp.members(&world.sales().await).await.len(), 1);
    world.is_sound();
}

impl World {
    async fn sales(&self) -> String {
        let found = self.idp.get("/Groups?filter=displayName%20eq%20%22Sales%22").await.expect(200);
        found.body["Resources"][0]["id"].as_str().expect("an id").to_owned()
    }
}

/// Pages that filled up and were split keep copies of rows that moved on, and a log has pages as they were before.
#[tokio::test]
async fn among_many_others_no_copy_of_a_row_is_left_behind() {
    let (world, user, zora, _) = company().await;
    for number in 0..300 {
        world.idp.create_user(&format!("person{}@acme.example", number * 7919 % 1000)).await;
        if number % 10 == 0 {
            let title =
                json!([{ "op": "replace", "path": "title", "value": format!("zq-title-of-hers {number}") }]);
            world.idp.operate(&format!("/Users/{zora}"), title).await.expect(200);
        }
    }
    world.server.flush().await;
    world.erase(&user.id, "request 2026-17").await.expect("an erasure");
    assert_eq!(found(&world.server), Vec::<String>::new());
}

#[tokio::test]
async fn the_journal_still_tells_what_happened_and_the_reason_is_kept() {
    let (world, user, zora, _) = company().await;
    let (kinds, last) = world.events(0);
    world.erase(&user.id, "request 2026-17").await.expect("an erasure");
    let told = world.server.store().read(|tx| store::events::of_subject(tx, world.tenant_id(), &user.id));
    let told = told.expect("a readable database");
    let summary =
        |kind: &str| told.iter().find(|event| event.kind == kind).expect("an event").summary.clone();
    assert_eq!(summary("user.created"), "A person who was erased: user.created");
    assert_eq!(summary("membership.started"), "A person who was erased became Member of Acme");
    assert_eq!(told[0].after, Some(json!({ "scimId": zora })));
    let (after, _) = world.events(0);
    assert_eq!(after[..kinds.len()], kinds[..]);
    let erased = told.iter().find(|event| event.kind == "user.erased").expect("an event");
    assert!(erased.number > last);
    assert_eq!(erased.after, Some(json!({ "status": "erased", "reason": "request 2026-17" })));
    let kept = world.server.store().read(|tx| store::erasures::of_user(tx, world.tenant_id(), &user.id));
    assert_eq!(kept.expect("a readable database").expect("an erasure").reason, "request 2026-17");
}

#[tokio::test]
async fn who_is_sent_again_is_a_new_person() {
    let (world, user, zora, _) = company().await;
    world.erase(&user.id, "request 2026-17").await.expect("an erasure");
    let again =
        world.idp.post("/Users", &body("zoraida@brimstone.example", "Brimstone")).await.expect(201).id();
    assert_ne!(again, zora);
    assert_ne!(world.person(&again).id, user.id);
    assert_eq!(world.held_by(&again), [world::DEFAULT]);
    world.is_sound();
}

#[tokio::test]
async fn what_cannot_be_erased_is_refused_and_stays() {
    let (world, user, zora, _) = company().await;
    let (_, last) = world.events(0);
    let who = user.id.as_str();
    for reason in ["", "  ", "Zoraïda asked for it", "asked by ZORAIDA@brimstone.example", "line\nline"] {
        world.erase(who, reason).await.expect_err("a reason that is not taken");
    }
    let rule = provisioning::rules::Wanted {
        name: Some("one".into()),
        expression: Some("userName eq \"zoraida@brimstone.example\"".into()),
        organization: Some("Sales".into()),
        role: Some("Viewer".into()),
        ..Default::default()
    };
    let kind = store::rules::RuleKind::Attribute;
    let connection = &world.idp.connection.id;
    provisioning::rules::create(world.server.store(), &operator(), connection, kind, rule)
        .await
        .expect("a rule");
    let refusal = world.erase(who, "request 17").await.expect_err("a rule that names the person");
    assert!(refusal.starts_with("Rule \"one\" names the person."), "{refusal}");
    let rules = world.server.store().read(|tx| store::rules::of_connection(tx, world.idp.connection.scope));
    let id = rules.expect("rules")[0].id.clone();
    provisioning::rules::delete(world.server.store(), &operator(), connection, &id, None)
        .await
        .expect("no rule");
    world.give(&user, "Owner", None).await;
    let refusal = world.erase(who, "request 17").await.expect_err("the last Owner");
    assert_eq!(refusal, "Zoraïda Brimstone is the last active Owner. Make someone else an Owner first.");
    let unsure = Wanted { reason: "request 17".into(), version: None, confirmed: false };
    let said = erasure::erase(world.server.store(), &operator(), &world.tenant(), who, unsure).await;
    assert_eq!(said.expect_err("a question").to_string(), refusal, "what cannot be is not asked about");
    world.idp.get(&format!("/Users/{zora}")).await.expect(200);
    assert!(!world.events(last).0.contains(&"user.erased".to_owned()));
}

#[tokio::test]
async fn of_somebody_who_was_erased_nothing_can_be_changed() {
    let (world, user, ..) = company().await;
    world.erase(&user.id, "request 17").await.expect("an erasure");
    let gone = format!("User {} was erased. Nothing but the id is left.", user.id);
    assert_eq!(world.erase(&user.id, "request 17").await.expect_err("twice"), gone);
    let (store, tenant) = (world.server.store(), world.tenant());
    let locked = lock::lock(store, &operator(), &tenant, &user.id, None).await.expect_err("a refusal");
    let unlocked = lock::unlock(store, &operator(), &tenant, &user.id, None).await.expect_err("a refusal");
    let hand = Hand { user: user.id.clone(), role: "Viewer".into(), organization: None, inherit: false };
    let given = people::by_hand(store, &operator(), &tenant, hand, true).await.expect_err("a refusal");
    assert_eq!([locked, unlocked, given].map(|error| error.to_string()), [gone.clone(), gone.clone(), gone]);
}

#[tokio::test]
async fn it_goes_on_where_it_was_interrupted_and_reaches_every_connection() {
    let (world, user, ..) = company().await;
    // What another connection's provider was answered names the person as well.
    let other = world.server.connect("Acme", Provider::Entra).await;
    other
        .post("/Users", &body("zoraida@brimstone.example", "Brimstone"))
        .await
        .expect_error(409, Some("uniqueness"));
    world.server.flush().await;
    let wanted = Wanted { reason: "request 17".into(), version: None, confirmed: true };
    let job = erasure::erase(world.server.store(), &operator(), &world.tenant(), &user.id, wanted).await;
    let job = job.expect("an erasure");
    let mut steps = 0;
    loop {
        // A fresh look each time: nothing is remembered but what the job's row holds.
        let step = jobs::step(world.server.store(), world.tenant_id(), &job.id).await.expect("a step");
        steps += 1;
        let report = world.server.store().read(doctor::examine).expect("a report");
        assert_eq!(report.findings, Vec::<String>::new());
        if step.finished_at.is_some() {
            assert_eq!(step.detail, json!({}), "what named the person goes with the job");
            break;
        }
    }
    assert!(steps > 5, "{steps}");
    assert_eq!(found(&world.server), Vec::<String>::new());
}
