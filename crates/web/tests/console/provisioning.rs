//! Identity > Provisioning: enabling it, how it goes, every request and what it meant.

use axum::body::Body;
use axum::http::Request;
use provisioning::administrators::Role;
use scim::Provider;
use serde_json::json;
use testkit::{Browser, Client, Server, Shown, user};

/// A name as nobody should have it, and as somebody has.
const HOSTILE: &str = "<script>alert(1)</script> \u{202e}שלום\u{202c} 🦊";

fn within<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("no {before:?} in\n{text}")).1;
    rest.split_once(after).unwrap_or_else(|| panic!("no {after:?} in\n{text}")).0
}

/// A connection with its overview's path.
async fn connected(server: &Server) -> (Client, Browser, String) {
    let client = server.connect("acme", Provider::Okta).await;
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    let path = format!("/t/acme/provisioning/{}", client.connection.id);
    (client, browser, path)
}

fn newest_request(page: &Shown) -> &str {
    within(&page.text, "/activity/0", "\"")
}

#[tokio::test]
async fn a_provider_is_connected_on_one_page_that_stays() {
    let server = Server::start().await;
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    browser.get("/t/acme").await.is(200).says("No identity provider is connected");
    let form = browser.get("/t/acme/provisioning/new").await;
    form.is(200).says("Microsoft Entra ID").says("aria-current=\"step\">Provider");
    let fields = [
        ("seen", within(&form.text, r#"name="seen" value=""#, "\"")),
        ("provider", "okta"),
        ("name", "acme.okta.com"),
        ("days", "90"),
    ];
    let made = browser.post("/t/acme/provisioning/new", &fields).await;
    made.is(200).says("The token is shown this once").says("I have stored it").says("in 3 months");
    let token = within(&made.text, r#"<code id="token">"#, "<").to_owned();
    let base_url = within(&made.text, r#"id="base-url" aria-labelledby="base-url-name">"#, "<").to_owned();
    assert!(token.starts_with("scim_") && base_url.starts_with("https://iam.example.com/scim/v2/"));
    // The guide beside it has the address filled in, and never the token.
    assert_eq!(made.text.matches(&token).count(), 1);
    assert!(made.text.matches(&base_url).count() > 1);

    // The same form once more makes nothing and shows no token.
    let again = browser.post("/t/acme/provisioning/new", &fields).await;
    let setup = again.is(303).location().to_owned();
    browser.get(&setup).await.is(200).says("made already").says_not(&token).says("Make another token");
    let list = browser.get("/t/acme/provisioning").await;
    list.is(200).says("acme.okta.com").says("Waiting").says("1 connection");

    let path = setup.split("/setup").next().unwrap();
    let choose = browser.get(&format!("{path}/setup?step=attributes")).await;
    choose
        .is(200)
        .says(r#"value="userName" checked disabled"#)
        .says(r#"value="title" checked>"#)
        .says("required");
    let on: Vec<String> = choose
        .text
        .split(r#"name="on" value=""#)
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .filter(|path| path != "title")
        .collect();
    let version = within(&choose.text, r#"name="version" value=""#, "\"").to_owned();
    let mut fields: Vec<(&str, &str)> = on.iter().map(|path| ("on", path.as_str())).collect();
    fields.extend([("groups", "true"), ("version", version.as_str())]);
    let saved = browser.post(&format!("{path}/setup/attributes"), &fields).await;
    assert!(saved.is(303).location().ends_with("/setup?step=test"));
    browser.get(&format!("{path}/setup?step=attributes")).await.says(r#"value="title">"#);
    // Somebody else's form of an older version changes nothing.
    browser.post(&format!("{path}/setup/attributes"), &fields).await.is(422).says("meanwhile");

    browser.get(&format!("{path}/setup?step=test")).await.is(200).says("Waiting for Okta’s first request");
    let address = base_url.trim_start_matches("https://iam.example.com").to_owned();
    let request = |token: &str| {
        Request::post(format!("{address}/Users"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/scim+json")
            .body(Body::from(user("ana@acme.example").to_string()))
            .unwrap()
    };
    server.browser().send(request(&token)).await.is(201);
    let heard = browser.get(&format!("{path}/setup/heard")).await;
    heard.is(200).says("Connected").says("was created").says_not("hx-get");
    browser.get(path).await.is(200).says("Receiving").says("<dt>Active</dt><dd>1</dd>");
}

#[tokio::test]
async fn a_connection_is_not_made_of_half_a_form() {
    let server = Server::start().await;
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    let long = "x".repeat(101);
    let without =
        browser.post("/t/acme/provisioning/new", &[("seen", "0"), ("name", "kept"), ("days", "90")]).await;
    without.is(422).says("Choose the identity provider").says(r#"value="kept""#);
    let fields = [("seen", "0"), ("provider", "okta"), ("name", long.as_str()), ("days", "90")];
    browser.post("/t/acme/provisioning/new", &fields).await.is(422).says("role=\"alert\"").says(&long);
    let fields = [("seen", "0"), ("provider", "okta"), ("days", "7000")];
    browser.post("/t/acme/provisioning/new", &fields).await.is(422).says("lifetimes");
    browser.get("/t/acme/provisioning").await.says("No identity provider is connected");
}

#[tokio::test]
async fn nothing_of_a_connection_is_shown_in_another_tenant() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Okta).await;
    client.create_user("ana@acme.example").await;
    let own = server.signed_in(Some("acme"), Role::Administrator).await;
    let page = own.get(&format!("/t/acme/provisioning/{}/activity", client.connection.id)).await;
    let request = format!("0{}", newest_request(page.is(200)));
    let other = server.signed_in(Some("globex"), Role::Administrator).await;
    let path = format!("/t/globex/provisioning/{}", client.connection.id);
    let request_path = format!("/activity/{request}");
    let replay = format!("{request_path}/replay");
    for below in [
        "",
        "/activity",
        "/activity/newer",
        "/activity/export",
        "/setup",
        "/setup/heard",
        &request_path,
        &replay,
    ] {
        other.get(&format!("{path}{below}")).await.is(404).says_not("ana@acme.example");
    }
    for below in ["/setup/token", "/setup/attributes", "/setup/self-test"] {
        other.post(&format!("{path}{below}"), &[]).await.is(404);
    }
    // A record of another connection of the same tenant is not found either.
    let second = server.connect("acme", Provider::Entra).await;
    own.get(&format!("/t/acme/provisioning/{}{request_path}", second.connection.id)).await.is(404);
}

#[tokio::test]
async fn an_auditor_sees_everything_and_is_offered_nothing() {
    let server = Server::start().await;
    let (client, _, path) = connected(&server).await;
    client.create_user("ana@acme.example").await;
    let auditor = server.signed_in(Some("acme"), Role::Auditor).await;
    for page in [
        "/t/acme",
        "/t/acme/provisioning",
        &path,
        &format!("{path}/activity"),
        &format!("{path}/setup?step=test"),
    ] {
        auditor.get(page).await.is(200).says_not("self-test</button>").says_not("/provisioning/new");
    }
    auditor.get("/t/acme/provisioning/new").await.is(403);
    for below in ["/setup/token", "/setup/attributes", "/setup/self-test"] {
        auditor.post(&format!("{path}{below}"), &[]).await.is(403);
    }
}

#[tokio::test]
async fn a_request_is_told_in_words_whole_and_without_markup_of_strangers() {
    let server = Server::start().await;
    let (client, browser, path) = connected(&server).await;
    let mut ana = user("ana@acme.example");
    ana["displayName"] = json!(HOSTILE);
    ana["password"] = json!("correct horse");
    let id = client.post("/Users", &ana).await.expect(201).id();
    let operations = json!([{ "op": "Replace", "path": "active", "value": "False" }]);
    server.wait(1);
    client.operate(&format!("/Users/{id}"), operations).await.expect(200);
    let activity = browser.get(&format!("{path}/activity")).await;
    activity.is(200).says("&#60;script&#62;").says_not("<script>alert").says("2 requests on record");
    let request = format!("0{}", newest_request(&activity));
    let shown = browser.get(&format!("{path}/activity/{request}")).await;
    shown.is(200).says_not("<script>alert");
    shown.says("corrected").says("What it meant for access").says("was deactivated: all access ends");
    shown.says(r#"<span class="before">active</span>"#).says(r#"<span class="after">deactivated</span>"#);
    shown.says("Bearer $ACCESSIQ_TOKEN").says_not(client.token()).says("curl -X PATCH");
    assert!(shown.text.len() < 150_000);
    let created = browser.get(&format!("{path}/activity?operation=create")).await;
    let created = browser.get(&format!("{path}/activity/0{}", newest_request(&created))).await;
    created.is(200).says("[redacted]").says_not("correct horse");
}

#[tokio::test]
async fn a_failure_says_its_cause_and_what_to_do_at_the_provider() {
    let server = Server::start().await;
    let (client, browser, path) = connected(&server).await;
    client.create_user("ana@acme.example").await;
    server.wait(1);
    client.post("/Users", &user("ana@acme.example")).await.expect(409);
    let activity = browser.get(&format!("{path}/activity?outcome=failed")).await;
    activity.is(200).says("Could not create user “ana@acme.example”").says_not("was created");
    let shown = browser.get(&format!("{path}/activity/0{}", newest_request(&activity))).await;
    shown.is(200).says("Why it failed").says("<strong>In Okta:</strong>").says("What to do.");
    browser.get("/t/acme").await.says("1 request failed within a day").says("Errors");
}

#[tokio::test]
async fn activity_is_filtered_by_outcome_operation_person_and_time() {
    let server = Server::start().await;
    let (client, browser, path) = connected(&server).await;
    let ana = client.create_user("ana@acme.example").await;
    server.wait(5400);
    let ben = client.create_user("ben@acme.example").await;
    client.create_group("Sales", &[&ana]).await;
    let get = |query: &str| {
        let (browser, address) = (browser.clone(), format!("{path}/activity?{query}"));
        async move { browser.get(&address).await }
    };
    get("who=ana%40acme.example").await.is(200).says("ana@acme.example").says("Sales").says_not("ben@");
    get(&format!("who={ben}")).await.says_not("Sales");
    get("who=Sales").await.says("Sales").says_not("ben@");
    get("operation=groups").await.says("Sales").says_not("ben@");
    get("operation=delete").await.says("No request is like this");
    get("from=2026-01-01T01:00").await.says("ben@").says_not("(ana@");
    get("until=2026-01-01T01:00").await.says("ana@").says_not("ben@");
    get("outcome=corrected").await.is(200);
    for bad in
        ["outcome=nice", "operation=x", "from=yesterday", "from=2026-01-02T00:00&until=2026-01-01T00:00"]
    {
        get(bad).await.is(422).says("role=\"alert\"");
    }
    get("from=yesterday").await.says(r#"value="yesterday""#);
    get(&format!("who={}", "x".repeat(201))).await.is(422);
    // Anything at all as words: compared as text, and shown as text.
    get("who=%25%27%3B--%3Cscript%3E").await.is(200).says("%&#39;;--&#60;script&#62;");
}

#[tokio::test]
async fn new_requests_come_to_the_page_by_themselves() {
    let server = Server::start().await;
    let (client, browser, path) = connected(&server).await;
    let page = browser.get(&format!("{path}/activity?operation=create")).await;
    let poll = within(&page.text, r#"hidden hx-get=""#, "\"").replace("&#38;", "&");
    browser.get(&poll).await.is(204);
    client.create_user("ana@acme.example").await;
    let came = browser.get(&poll).await;
    came.is(200).says(r#"class="arrives""#).says("ana@acme.example").says_not("<html");
    let next = within(&came.text, r#"hidden hx-get=""#, "\"").replace("&#38;", "&");
    browser.get(&next).await.is(204);
    browser.get(&format!("{path}/activity?live=off")).await.says_not("hx-get").says("Paused");
}

#[tokio::test]
async fn activity_is_paged_and_every_request_is_on_one_page() {
    let server = Server::start().await;
    let (client, browser, path) = connected(&server).await;
    for number in 0..120 {
        client.create_user(&format!("person{number:03}@acme.example")).await;
    }
    let mut address = format!("{path}/activity?operation=create");
    let mut seen = 0;
    loop {
        let page = browser.get(&address).await;
        assert!(page.is(200).text.len() < 150_000);
        seen += page.text.matches("was created").count();
        let Some((before, _)) = page.text.split_once("\">Older</a>") else { break };
        address = before.rsplit_once("href=\"").unwrap().1.replace("&#38;", "&");
    }
    assert_eq!(seen, 120);
}

#[tokio::test]
async fn an_export_is_whole_and_no_spreadsheet_acts_on_it() {
    let server = Server::start().await;
    let (client, browser, path) = connected(&server).await;
    let mut group =
        json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "=1+1" });
    for number in 0..3 {
        client.create_user(&format!("person{number}@acme.example")).await;
    }
    client.post("/Groups", &group).await.expect(201);
    group["displayName"] = json!("=1+1");
    client.post("/Groups", &group).await.expect(409);
    let lines = browser.get(&format!("{path}/activity/export?form=jsonl")).await;
    let read: Vec<serde_json::Value> =
        lines.is(200).text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read.len(), 5);
    assert_eq!(read[0]["status"], 409);
    assert!(lines.headers["content-disposition"].to_str().unwrap().ends_with(".jsonl\""));
    let table = browser.get(&format!("{path}/activity/export?form=csv&outcome=failed")).await;
    table.is(200).says("\"id\",\"at\",\"what\",\"effect\",\"method\"");
    assert_eq!(table.text.lines().count(), 2);
    for cell in table.text.split(',') {
        assert!(!cell.trim_start_matches('"').starts_with(['=', '+', '@']), "{cell}");
    }
    browser.get(&format!("{path}/activity/export?form=csv&from=never")).await.is(422);
}

#[tokio::test]
async fn a_dry_run_says_what_would_happen_and_changes_nothing() {
    let server = Server::start().await;
    let (client, browser, path) = connected(&server).await;
    let id = client.create_user("ana@acme.example").await;
    let activity = browser.get(&format!("{path}/activity")).await;
    let request = format!("0{}", newest_request(&activity));
    client.delete(&format!("/Users/{id}")).await.expect(204);
    let counts = |server: &Server| {
        server.store().read(|tx| {
            let events = store::events::after(tx, client.connection.scope.tenant, 0, 1000)?.len();
            Ok::<_, store::StoreError>((
                events,
                store::requests::count(tx, client.connection.scope)?,
                store::mirror_users::count(tx, client.connection.scope)?,
            ))
        })
    };
    let before = counts(&server).unwrap();
    let dry = browser.get(&format!("{path}/activity/{request}/replay")).await;
    dry.is(200)
        .says("taken back")
        .says("a new resource for the user there was")
        .says("<dt>Today</dt><dd>201");
    assert_eq!(counts(&server).unwrap(), before);
    // With today's people the same request would be refused.
    client.create_user("ana@acme.example").await;
    let dry = browser.get(&format!("{path}/activity/{request}/replay")).await;
    dry.is(200).says("<dt>Today</dt><dd>409").says("There is an active user");
    assert!(server.faults().is_empty(), "{:?}", server.faults());
}

#[tokio::test]
async fn what_needs_somebody_is_said_first() {
    let server = Server::start().await;
    let (client, browser, path) = connected(&server).await;
    browser.get(&path).await.says("Okta has not reached it yet");
    client.create_user("ana@acme.example").await;
    browser.get(&path).await.says("Nothing needs you.");
    // Sessions end before a year has passed: another browser looks then.
    server.wait(340 * 24 * 3600);
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    browser.get(&path).await.says("expires in 25 days").says("was last heard of");
    server.wait(30 * 24 * 3600);
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    browser.get("/t/acme").await.says("No token opens it any more").says("Make a token");
    let quiet = server.connect_with("acme", Provider::Entra, &[("mapping-default", "hand")]).await;
    quiet.create_group(HOSTILE, &[]).await;
    browser.get("/t/acme").await.says("1 group stands for no organization").says_not("<script>alert");
}

#[tokio::test]
async fn people_over_time_and_deactivations_beside_what_is_usual_are_drawn() {
    const DAY: i64 = 24 * 3_600;
    let server = Server::start().await;
    let okta = server.connect("acme", Provider::Okta).await;
    let mut ids = Vec::new();
    for number in 0..8 {
        ids.push(okta.create_user(&format!("user{number}@acme.example")).await);
    }
    let path = format!("/t/acme/provisioning/{}", okta.connection.id);
    let open = async || server.signed_in(Some("acme"), Role::Administrator).await.get(&path).await;
    open()
        .await
        .is(200)
        .says("People by day")
        .says("Nobody was deactivated today")
        .says("two weeks to look back on");
    let leave = async |id: &str| {
        let body = serde_json::json!([{ "op": "replace", "path": "active", "value": false }]);
        okta.operate(&format!("/Users/{id}"), body).await.expect(200);
    };
    for day in 0..20 {
        provisioning::figures::write_down(server.store()).await.expect("a database that works");
        server.wait(DAY);
        if day == 9 {
            leave(&ids[0]).await;
        }
    }
    let usual = open().await;
    usual.is(200).says("Nobody was deactivated today. Usual is 0 to 1 a day, in the middle 0.");
    usual.says("2026-01-11: 1").says("today 7 active, 1 deactivated").says("2026-01-10: 8 active");
    for id in &ids[1..5] {
        leave(id).await;
    }
    let unusual = open().await;
    unusual.says("Unusual").says("4 people were deactivated today, more than usual: 0 to 1 a day");
    unusual.says("today 3 active, 5 deactivated");
    assert!(unusual.text.len() < 150_000, "{} bytes", unusual.text.len());
    assert_eq!(server.faults(), Vec::<String>::new());
}
