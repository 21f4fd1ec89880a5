//! Events: the journal, narrowed, one by one, and as files.

use super::{Acme, address, unescaped};
use provisioning::administrators::Role;
use scim::Provider;
use serde_json::{Value, json};

#[tokio::test]
async fn the_journal_tells_who_did_what_before_and_after() {
    let acme = Acme::start().await;
    let ana = acme.user("ana@acme.example");
    acme.post(&format!("/users/{ana}/lock"), &[("confirm", "ana@acme.example")]).await.is(303);
    let number = acme.newest().number;
    let page = acme.get("/events").await;
    page.is(200).says("was locked out by hand").says(r#"<del class="before">active</del>"#);
    page.says(r#"<ins class="after">deactivated</ins>"#).says("token “first”").says("administrator-");
    let event = acme.get(&format!("/events/{number}")).await;
    event.is(200).says("user.locked").says(&format!("/t/acme/users/{ana}")).says("The event before");
    event.says_not("The event after");
    acme.get(&format!("/events/{}", number + 1)).await.is(404);
    acme.get("/events/0").await.is(404);
    acme.get("/events/one").await.is(404);
}

#[tokio::test]
async fn the_journal_is_narrowed_by_kind_actor_subject_connection_time_and_text() {
    let mut acme = Acme::start().await;
    acme.server.wait(86_400);
    acme.browser = acme.server.signed_in(Some("acme"), Role::Administrator).await;
    acme.make("EMEA", "acme").await;
    let (made, created) =
        ("Organization &#34;EMEA&#34; was created", "Organization &#34;Sales&#34; was made for the group");
    let connection = acme.client.connection.id.clone();
    let sales = acme.organization("Sales");
    for (query, finds_new, finds_old) in [
        ("kind=organization", true, true),
        ("kind=organization.created", true, true),
        ("kind=organ", false, false),
        ("actor=administrator", true, false),
        ("actor=token", false, true),
        (&format!("connection={connection}"), false, true),
        (&format!("subject={sales}"), false, true),
        (&format!("subject={sales}&kind=user"), false, false),
        ("from=2026-01-02", true, false),
        ("until=2026-01-02", false, true),
        ("from=2026-01-01T00:00&until=2026-01-03", true, true),
        ("q=emea", true, false),
        ("q=%22SALES%22", false, true),
    ] {
        let page = acme.get(&format!("/events?{query}")).await;
        assert_eq!(page.is(200).text.contains(made), finds_new, "{query}");
        assert_eq!(page.text.contains(created), finds_old, "{query}");
    }
    acme.get("/events?from=yesterday").await.is(422).says("From takes a day").says(r#"value="yesterday""#);
    acme.get("/events?connection=nowhere").await.is(422).says("There is no such connection");
    acme.get("/events?q=unheard").await.is(200).says("Nothing of that kind has happened");
}

#[tokio::test]
async fn pages_of_the_journal_meet_every_event_once() {
    let acme = Acme::start().await;
    for number in 0..60 {
        acme.client.create_user(&format!("user{number}@acme.example")).await;
    }
    for query in ["?kind=", "?kind=user", "?q=was+created"] {
        let (mut path, mut numbers) = (format!("/t/acme/events{query}"), Vec::<i64>::new());
        loop {
            let page = acme.browser.get(&path).await;
            let lines = page.is(200).text.split("<div class=\"what\">").skip(1);
            numbers.extend(lines.map(|line| {
                let rest = line.split("/t/acme/events/").nth(1).unwrap();
                rest[..rest.find('"').unwrap()].parse::<i64>().unwrap()
            }));
            if !page.text.contains("rel=\"next\"") {
                break;
            }
            let from = page.text.rfind("<a class=\"button small\" href=\"").unwrap();
            path = page.text[from..].split('"').nth(3).map(unescaped).unwrap();
        }
        assert!(numbers.is_sorted_by(|one, other| one > other), "{query}: {numbers:?}");
        let least = if query == "?kind=" { acme.newest().number } else { 61 };
        assert!(i64::try_from(numbers.len()).unwrap() >= least, "{query}: {}", numbers.len());
    }
}

#[tokio::test]
async fn the_journal_goes_out_as_lines_of_json_and_as_a_table() {
    let acme = Acme::start().await;
    for number in 0..700 {
        let name = format!("user{number}@acme.example");
        acme.client.create_user(&name).await;
    }
    let last = usize::try_from(acme.newest().number).unwrap();
    assert!(last > 1000, "more than one piece: {last}");
    let lines = acme.browser.get("/t/acme/events/export?format=jsonl").await;
    assert_eq!(lines.is(200).headers["content-type"], "application/jsonl");
    let documents: Vec<Value> = lines.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<usize> =
        documents.iter().map(|event| usize::try_from(event["number"].as_i64().unwrap()).unwrap()).collect();
    assert_eq!(numbers, (1..=last).collect::<Vec<_>>());
    let table = acme.browser.get("/t/acme/events/export?format=csv&kind=group").await;
    let ours = documents.iter().filter(|event| event["kind"].as_str().unwrap().starts_with("group."));
    assert_eq!(table.is(200).text.matches("\r\n").count(), ours.count() + 1);
    table.says("\u{feff}\"number\",\"time\",\"kind\"").says("\"group.created\",\"group\"");
    assert_eq!(table.headers["content-disposition"], "attachment; filename=\"events.csv\"");
    acme.get("/events/export?format=xml").await.is(422).says("csv or jsonl");
    acme.get("/events/export?from=soon").await.is(422);
    acme.get("/events/export?connection=nowhere").await.is(422);
}

#[tokio::test]
async fn what_is_another_tenants_is_not_there_and_an_auditor_reads_it_all() {
    let acme = Acme::start().await;
    let globex = acme.server.connect("globex", Provider::Okta).await;
    globex.create_user("eve@globex.example").await;
    let foreign = &globex.connection.id;
    acme.get(&format!("/events?connection={foreign}")).await.is(422).says_not("eve@");
    acme.get("/events?q=eve").await.says_not("eve@");
    acme.get("/events/export").await.is(200).says_not("eve@");
    let auditor = acme.server.signed_in(Some("acme"), Role::Auditor).await;
    auditor.get("/t/acme/events").await.is(200).says("Sales");
    auditor.get("/t/acme/events/1").await.is(200);
    auditor.get("/t/acme/events/export").await.is(200).says("tenant.created");
    auditor.get("/t/globex/events/export").await.is(404);
}

#[tokio::test]
async fn a_name_that_is_a_formula_is_text_in_the_table() {
    let acme = Acme::start().await;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "@SUM(A1:A9)", "displayName": "=HYPERLINK(\"https://evil.example\",\"x\")",
        "name": { "givenName": "+1", "familyName": "-1" },
        "emails": [{ "value": "x@acme.example" }],
    });
    let id = acme.client.post("/Users", &body).await.expect(201).id();
    acme.client.create_group("=cmd|' /C calc'!A0", &[&id]).await;
    let table = acme.browser.get("/t/acme/events/export?format=csv").await;
    let organization = acme.organization("=cmd|' /C calc'!A0");
    let people = acme.get(&format!("/organizations/{organization}/people.csv")).await;
    people.says("\"'=HYPERLINK(\"\"https://evil.example\"\",\"\"x\"\")\"").says("\"'@SUM(A1:A9)\"");
    for file in [&table.text, &people.text] {
        let mut begins = file.split("\",\"").chain(file.split("\r\n\""));
        assert!(!begins.any(|cell| cell.starts_with(['=', '+', '@'])), "{file}");
    }
    let export = address(&acme.get("/events").await, "/t/acme/events/export?format=csv").to_owned();
    acme.browser.get(&unescaped(&export)).await.is(200);
}
