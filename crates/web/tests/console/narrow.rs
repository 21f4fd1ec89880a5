//! Narrowing tables by words: tables that are whole on their page, and lists that go on page by page.

use crate::support::{between, joined, sign_in, tenant};
use provisioning::administrators::Role;
use provisioning::{connections, domains, keys, roles, tenants};
use scim::Provider;
use serde_json::json;
use testkit::{Browser, Client, Server, Shown, operator, user};

/// What the rows of a test are called by: more of them than are taken in at a glance.
const GREEK: [&str; 9] =
    ["Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta", "Eta Ωmega", "Theta", "<script>Iota"];

/// Text with its entities read.
fn unescaped(text: &str) -> String {
    let entities = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    entities.iter().fold(text.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}

/// Checks a table that has a row for each of [`GREEK`]: the form is there, finds one, and says when it finds none.
async fn narrows(browser: &Browser, path: &str, field: &str, what: &str) {
    let whole = browser.get(path).await;
    whole.is(200).says(&format!("aria-label=\"Filter {what}\"")).says("Gamma").says("Delta");
    whole.says("&#60;script&#62;Iota").says_not("<script>Iota");
    let and = if path.contains('?') { '&' } else { '?' };
    let found = browser.get(&format!("{path}{and}{field}=%CF%89MEGA++eTa")).await;
    found.is(200).says("Eta Ωmega").says_not("Gamma").says(">Show all</a>");
    found.says(&format!("name=\"{field}\" value=\"ωMEGA  eTa\""));
    let none = browser.get(&format!("{path}{and}{field}=%3Cscript%3Ekappa")).await;
    none.is(200).says(&format!("Nothing among the {what} is like")).says_not("Gamma");
    none.says("<q><bdi>&#60;script&#62;kappa</bdi></q>").says_not("<script>kappa");
    let back = unescaped(between(&none.text, "is like", &format!("\">Show all {what}")));
    let back =
        back.rsplit_once("href=\"").expect("a link").1.split('#').next().unwrap_or_default().to_owned();
    assert_eq!(back, path);
}

/// A tenant with a connection, and an administrator who is signed in.
struct Acme {
    server: Server,
    okta: Client,
    browser: Browser,
}

impl Acme {
    async fn start() -> Self {
        let server = Server::start().await;
        let okta = server.connect("acme", Provider::Okta).await;
        let browser = server.signed_in(Some("acme"), Role::Administrator).await;
        Self { server, okta, browser }
    }

    fn path(&self, page: &str) -> String {
        format!("/t/acme/provisioning/{}{page}", self.okta.connection.id)
    }
}

#[tokio::test]
async fn tokens_and_clients_of_a_connection_are_narrowed_each_by_itself() {
    let acme = Acme::start().await;
    acme.browser.get(&acme.path("/tokens")).await.is(200).says_not("aria-label=\"Filter");
    for name in GREEK {
        acme.browser.post(&acme.path("/tokens"), &[("name", name), ("days", "90")]).await.is(200);
        acme.browser.post(&acme.path("/tokens/clients/new"), &[("name", name)]).await.is(200);
    }
    let page = acme.path("/tokens");
    acme.browser.get(&format!("{page}?q=active+beta&clients=secret+zeta")).await.says("Beta").says("Zeta");
    // The one form keeps what the other asks for.
    let both = acme.browser.get(&format!("{page}?q=beta&clients=zeta")).await;
    both.says("<input type=\"hidden\" name=\"clients\" value=\"zeta\">");
    both.says("<input type=\"hidden\" name=\"q\" value=\"beta\">")
        .says(&format!("action=\"{page}#clients\""));
    narrows(&acme.browser, &format!("{page}?clients=nobody"), "q", "tokens").await;
    narrows(&acme.browser, &format!("{page}?q=nobody"), "clients", "clients").await;
    // A client's id, part of it, finds it as well.
    let all = acme.server.store().read(|tx| store::clients::of_connection(tx, acme.okta.connection.scope));
    let client = all.expect("clients").remove(3);
    let tail = &client.id[client.id.len() - 8..];
    acme.browser.get(&format!("{page}?q=nobody&clients={tail}")).await.says("Delta").says_not("Epsilon");
}

#[tokio::test]
async fn rules_of_a_connection_are_narrowed_beside_the_groups() {
    let acme = Acme::start().await;
    for (position, name) in GREEK.iter().enumerate() {
        for (kind, expression) in [("naming", format!("^{position}$")), ("attribute", "title pr".into())] {
            let fields = [
                ("act", "rule-new"),
                ("kind", kind),
                ("name", name),
                ("expression", &expression),
                ("organization", "acme"),
                ("role", "Member"),
                ("people", "0"),
            ];
            acme.browser.post(&acme.path("/what-if"), &fields).await.is(303);
        }
    }
    let page = acme.path("/mappings");
    narrows(&acme.browser, &format!("{page}?attribute=nobody"), "naming", "rules over names").await;
    narrows(&acme.browser, &format!("{page}?naming=nobody"), "attribute", "rules over attributes").await;
    acme.browser.get(&format!("{page}?naming=%5E4%24&attribute=x")).await.says("Epsilon").says_not("Gamma");
}

#[tokio::test]
async fn what_to_sync_is_narrowed_and_saves_what_is_out_of_sight_as_it_was() {
    let acme = Acme::start().await;
    let page = acme.path("/attributes");
    let found = acme.browser.get(&format!("{page}?q=phone")).await;
    found.is(200).says("Phone numbers").says_not("Nickname").says(">Show all</a>");
    assert_eq!(found.text.matches("type=\"checkbox\" name=\"on\"").count(), 1);
    let kept = found.text.split("type=\"hidden\" name=\"on\" value=\"").skip(1);
    let kept: Vec<&str> = kept.filter_map(|rest| rest.split('"').next()).collect();
    let mut fields: Vec<(&str, &str)> = kept.iter().map(|path| ("on", *path)).collect();
    fields.push(("groups", "on"));
    // The one box that is seen was not ticked.
    let onward = acme.browser.post(&page, &fields).await;
    assert!(onward.is(303).location().ends_with("&off=phoneNumbers"), "{}", onward.location());
    fields.push(("on", "phoneNumbers"));
    assert_eq!(acme.browser.post(&page, &fields).await.is(303).location(), page);
    acme.browser.get(&format!("{page}?q=kappa")).await.is(200).says("Nothing among the attributes is like");
}

#[tokio::test]
async fn settings_and_roles_of_a_tenant_are_narrowed() {
    let acme = Acme::start().await;
    let (store, own) = (acme.server.store(), tenant(&acme.server, "acme").await);
    for (place, name) in GREEK.iter().enumerate() {
        let wanted = keys::Wanted { name: (*name).into(), scopes: vec![keys::Scope::Read], expires_at: None };
        keys::create(store, &operator(), Some(&own), wanted).await.expect("a key");
        let wanted = roles::Wanted { name: Some((*name).into()), priority: Some(7), permissions: None };
        roles::create(store, &operator(), &own, wanted).await.expect("a role");
        let domain = format!("d{place}.example");
        domains::add(store, &operator(), &own, &domain).await.expect("a domain");
        let (email, role) = (format!("a{place}@acme.example"), "auditor");
        let fields = [("email", email.as_str()), ("name", name), ("role", role)];
        acme.browser.post("/t/acme/settings/administrators", &fields).await.is(200);
    }
    narrows(&acme.browser, "/t/acme/settings/keys", "q", "keys").await;
    narrows(&acme.browser, "/t/acme/settings/administrators", "q", "administrators").await;
    narrows(&acme.browser, "/t/acme/roles", "q", "roles").await;
    let found = acme.browser.get("/t/acme/settings/domains?q=d4+not").await;
    found.is(200).says("d4.example").says_not("d5.example").says("1 of 9 domains");
    acme.browser.get("/t/acme/settings/administrators?q=a7%40").await.says("Theta").says("1 of 10 people");
    // A form that is refused leaves the table as it was.
    let refused = acme.browser.post("/t/acme/settings/domains?q=d4", &[("name", "no domain")]).await;
    refused.is(422).says("d4.example").says_not("d5.example");
    let auditor = acme.server.signed_in(Some("acme"), Role::Auditor).await;
    auditor.get("/t/acme/settings/keys?q=zeta").await.is(200).says("1 of 9 keys");
}

#[tokio::test]
async fn tenants_connections_and_providers_are_narrowed() {
    let acme = Acme::start().await;
    let (store, own) = (acme.server.store(), tenant(&acme.server, "acme").await);
    let operates = acme.server.signed_in(None, Role::Operator).await;
    for (place, name) in GREEK.iter().enumerate() {
        tenants::create(store, &operator(), name).await.expect("a tenant");
        let by = operator();
        let made = connections::create(store, &by, own.tenant, Provider::Okta, Some(name), None);
        made.await.expect("a connection");
        let (id, issuer) = (format!("p{place}"), format!("https://p{place}.example"));
        let fields = [("id", id.as_str()), ("name", name), ("issuer", &issuer), ("client_id", "accessiq")];
        operates.post("/installation/sign-in", &fields).await.is(303);
    }
    narrows(&operates, "/tenants", "q", "tenants").await;
    narrows(&operates, "/installation/sign-in", "q", "providers").await;
    narrows(&acme.browser, "/t/acme/provisioning", "q", "connections").await;
    acme.browser.get("/t/acme/provisioning?q=nobody").await.says("Enable SCIM provisioning");
    // Somebody of one tenant finds no other.
    acme.browser.get("/tenants?q=a").await.is(200).says("acme").says_not("Alpha");
}

#[tokio::test]
async fn sessions_of_a_person_are_narrowed() {
    let server = Server::start().await;
    let (_, browser) = joined(&server, None, "ana@acme.example", Role::Operator).await;
    browser.get("/me").await.says_not("aria-label=\"Filter sessions\"");
    for _ in 0..8 {
        sign_in(&server.browser(), "ana@acme.example", crate::support::PASSWORD).await.is(303);
    }
    browser.get("/me").await.is(200).says("aria-label=\"Filter sessions\"").says("action=\"/me#sessions\"");
    let none = browser.get("/me?sessions=firefox").await;
    none.is(200).says("Nothing among the sessions is like").says("End every other session");
    browser.get("/me?sessions=another+browser").await.says("This one");
}

#[tokio::test]
async fn links_that_wait_are_narrowed() {
    let acme = Acme::start().await;
    acme.browser.get("/t/acme/provisioning/links").await.says("Nobody waits").says_not("aria-label=\"Filter");
    let none = acme.browser.get("/t/acme/provisioning/links?q=root").await;
    none.is(200).says("Nothing among the links is like").says_not("Nobody waits");
}

/// Follows a list to its end; returns what stands in its cells of that label.
async fn walk(browser: &Browser, path: &str, label: &str) -> (Vec<String>, Shown) {
    let (mut address, mut seen) = (path.to_owned(), Vec::new());
    loop {
        let shown = browser.get(&address).await;
        shown.is(200);
        let cell = format!("<td data-label=\"{label}\">");
        let cells = shown.text.split(&cell).skip(1);
        seen.extend(cells.map(|rest| rest.split_once("</td>").expect("its end").0.to_owned()));
        let Some((before, _)) = shown.text.split_once("Next page</a>") else { return (seen, shown) };
        let link = before.rsplit_once("href=\"").expect("a link").1;
        address = unescaped(link.split_once('"').expect("an address").0);
    }
}

/// A tenant whose group Sales has sixty people called One, ten called Two and a group called One more.
async fn crowd(server: &Server) -> (Client, Browser, String) {
    let okta = server.connect("acme", Provider::Okta).await;
    let inner = okta.create_group("One more", &[]).await;
    let mut members = vec![inner];
    for number in 0..70 {
        let mut person = user(&format!("p{number:02}@acme.example"));
        person["displayName"] = json!(if number % 7 == 0 { "Nº Two" } else { "Nº One" });
        members.push(okta.post("/Users", &person).await.expect(201).id());
    }
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let sales = okta.create_group("Sales", &members).await;
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    (okta, browser, sales)
}

async fn lists_of_people_stay_right(server: Server) {
    let (okta, browser, sales) = crowd(&server).await;
    let stranger = server.connect("globex", Provider::Okta).await;
    stranger.create_user("one@globex.example").await;
    let group = format!("/t/acme/provisioning/{}/groups/{sales}", okta.connection.id);
    let (members, last) = walk(&browser, &format!("{group}?members=one+n%C2%BA"), "Member").await;
    last.says("60 in all");
    assert_eq!(members.len(), 60);
    let (members, last) = walk(&browser, &format!("{group}?members=ONE"), "Member").await;
    last.says("61 in all");
    assert_eq!(members.len(), 61);
    assert_eq!(members.iter().filter(|cell| cell.contains("One more")).count(), 1);
    browser.get(&group).await.says("71 in all").says("aria-label=\"Filter members\"");
    browser.get(&format!("{group}?members=kappa")).await.says("Nothing among the members is like");

    let scope = okta.connection.scope;
    let organization =
        server.store().read(|tx| provisioning::find::organization(tx, scope.tenant, "Sales")).expect("it").id;
    let page = format!("/t/acme/organizations/{organization}");
    let (people, last) = walk(&browser, &format!("{page}?q=one"), "Person").await;
    last.says("60 people like <q><bdi>one</bdi></q>. 70 members of its own");
    assert_eq!(people.len(), 60);
    browser.get(&format!("{page}?q=two+p07")).await.says("p07@acme.example").says("1 person like");
    browser.get(&format!("{page}?q=kappa")).await.says("Nothing among the people with access is like");

    let role = server.store().read(|tx| provisioning::find::role(tx, scope.tenant, "Member")).expect("it").id;
    let page = format!("/t/acme/roles/{role}");
    let (holders, last) = walk(&browser, &format!("{page}?q=ONE"), "Person").await;
    last.says("60 of 70 people").says("First page");
    assert_eq!(holders.len(), 60);
    browser.get(&format!("{page}?q=globex")).await.says("Nothing among the people who hold it is like");
}

#[tokio::test]
async fn lists_that_go_on_keep_pages_and_total_right() {
    lists_of_people_stay_right(Server::start().await).await;
}

#[tokio::test]
async fn lists_that_go_on_keep_pages_and_total_right_on_postgresql() {
    lists_of_people_stay_right(Server::start_on_postgres().await).await;
}

#[tokio::test]
async fn what_is_passed_down_from_above_is_found_below() {
    let acme = Acme::start().await;
    acme.okta.create_user("ana@acme.example").await;
    acme.okta.create_user("bo@acme.example").await;
    let api = acme.server.api("acme", &keys::Scope::ALL[..3]).await;
    let organization = |name: &str, parent: &str| json!({ "name": name, "type": "team", "parent": parent });
    let upper =
        api.post("/organizations", &organization("Upper", "acme")).await.expect(201).body["id"].clone();
    let lower =
        api.post("/organizations", &organization("Lower", "upper")).await.expect(201).body["id"].clone();
    let given = |inherit: bool| json!({ "role": "Manager", "organization": upper, "inherit": inherit });
    api.post("/users/ana@acme.example/memberships", &given(true)).await.expect(200);
    api.post("/users/bo@acme.example/memberships", &given(false)).await.expect(200);
    let page = format!("/t/acme/organizations/{}", lower.as_str().expect("an id"));
    acme.browser.get(&format!("{page}?q=acme.example")).await.says("ana@acme").says_not("bo@acme");
    // What gives roles is narrowed by itself.
    for name in GREEK {
        acme.okta.create_group(name, &[]).await;
        let group = acme.okta.get(&format!("/Groups?filter={}", filter(name))).await.expect(200).body;
        let id = group["Resources"][0]["id"].as_str().expect("an id").to_owned();
        let mapping = json!({ "group": id, "organization": lower, "role": "Viewer" });
        let path = format!("/connections/{}/mappings", acme.okta.connection.id);
        api.post(&path, &mapping).await.expect(201);
    }
    narrows(&acme.browser, &page, "gives", "groups and rules").await;
}

fn filter(name: &str) -> String {
    let filter = format!("displayName eq {}", json!(name));
    form_urlencoded::byte_serialize(filter.as_bytes()).collect()
}
