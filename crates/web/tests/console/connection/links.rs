//! Links that wait for an Owner, and the domains they need: seen, decided, carried out.

use provisioning::administrators::Role;
use scim::Provider;
use serde_json::json;
use testkit::{Browser, Client, NameServer, Server, user};

/// A tenant of a verified domain whose Okta sent an Admin who is there by hand.
struct Waiting {
    server: Server,
    okta: Client,
    browser: Browser,
}

const DOMAIN: &str = "/t/acme/settings/domains/linked.test";
const LINKS: &str = "/t/acme/provisioning/links";

impl Waiting {
    async fn start() -> Self {
        let names = NameServer::start().await;
        let server = Server::start_with_names(&names).await;
        let okta = server.connect("acme", Provider::Okta).await;
        let browser = server.signed_in(Some("acme"), Role::Administrator).await;
        browser.get("/t/acme/settings/domains").await.is(200).says("There is no domain yet");
        let added = browser.post("/t/acme/settings/domains", &[("name", " Linked.Test ")]).await;
        assert_eq!(added.is(303).location(), DOMAIN);
        let verify = format!("{DOMAIN}/verify");
        browser.post(&verify, &[]).await.is(409).says("There is no TXT record at");
        let page = browser.get(DOMAIN).await;
        page.is(200).says("Not verified").says("id=\"record\">_accessiq-challenge.linked.test<");
        let challenge = page.text.split_once("id=\"challenge\">").expect("a text").1;
        let challenge = challenge.split_once('<').expect("an end").0;
        names.publish("_accessiq-challenge.linked.test", &[challenge]);
        assert_eq!(browser.post(&verify, &[]).await.is(303).location(), DOMAIN);
        browser.get(DOMAIN).await.is(200).says("Verified").says_not("Check now");
        let settings = format!("/t/acme/provisioning/{}/settings", okta.connection.id);
        let fields = [("name", okta.connection.name.as_str()), ("existing-users", "link")];
        browser.post(&settings, &fields).await.is(303);
        let api = server.api("acme", &provisioning::keys::Scope::ALL[..3]).await;
        api.post("/users", &json!({ "userName": "root@linked.test" })).await.expect(201);
        api.post("/users/root@linked.test/memberships", &json!({ "role": "Admin" })).await.expect(200);
        okta.post("/Users", &root()).await.expect_error(409, Some("uniqueness"));
        server.flush().await;
        Self { server, okta, browser }
    }

    /// The path of the link that waits, and its version.
    async fn link(&self) -> (String, String) {
        let page = self.browser.get(LINKS).await;
        let path = page.text.split_once(&format!("action=\"{LINKS}/")).expect("a link").1;
        let id = path.split_once('/').expect("an end").0;
        let version = page.text.split_once("name=\"version\" value=\"").expect("a version").1;
        (format!("{LINKS}/{id}"), version.split_once('"').expect("an end").0.to_owned())
    }
}

/// What the provider sends of the Admin.
fn root() -> serde_json::Value {
    let mut root = user("root@linked.test");
    root["emails"] = json!([{ "value": "root@linked.test" }]);
    root["externalId"] = json!("<script>alert(1)</script>");
    root
}

#[tokio::test]
async fn a_link_that_waits_is_decided_on_its_page() {
    let acme = Waiting::start().await;
    let overview = format!("/t/acme/provisioning/{}", acme.okta.connection.id);
    for page in ["/t/acme", overview.as_str()] {
        acme.browser.get(page).await.is(200).says("1 person waits to be linked").says(LINKS);
    }
    let shown = acme.browser.get(LINKS).await;
    shown.is(200).says("root@linked.test").says("Admin of acme").says("/activity/").says("1 waits");
    shown.says_not("<script>alert").says("&#60;script&#62;alert");
    acme.browser.get(&format!("{LINKS}?q=root+ADMIN+okta")).await.is(200).says("root@linked.test");
    acme.browser.get(&format!("{LINKS}?q=root+owner")).await.says("Nothing among the links is like");
    let (path, version) = acme.link().await;
    acme.browser.post(&format!("{path}/reject"), &[("version", &version)]).await.is(303);
    acme.okta.post("/Users", &root()).await.expect_error(409, Some("uniqueness"));
    let stale = acme.browser.post(&format!("{path}/approve"), &[("version", &version)]).await;
    stale.is(409).says("Somebody changed this meanwhile").says("Rejected");
    acme.browser.get(&overview).await.says_not("waits to be linked");
    acme.browser.post(&format!("{path}/approve"), &[]).await.is(303);
    acme.browser.get(LINKS).await.says("Approved").says("Nobody waits");
    acme.okta.post("/Users", &root()).await.expect(201);
    acme.browser.get(LINKS).await.is(200).says("Nobody waits").says_not("root@linked.test");
    acme.browser.post(&format!("{path}/approve"), &[]).await.is(404);
    assert_eq!(acme.server.faults(), Vec::<String>::new());
}

#[tokio::test]
async fn a_dry_run_asks_nobody_for_a_link() {
    let acme = Waiting::start().await;
    let overview = format!("/t/acme/provisioning/{}", acme.okta.connection.id);
    let decides = async |word: &str| {
        let fields = [("name", acme.okta.connection.name.as_str()), ("existing-users", word)];
        acme.browser.post(&format!("{overview}/settings"), &fields).await.is(303);
    };
    let api = acme.server.api("acme", &provisioning::keys::Scope::ALL[..3]).await;
    api.post("/users", &json!({ "userName": "second@linked.test" })).await.expect(201);
    api.post("/users/second@linked.test/memberships", &json!({ "role": "Admin" })).await.expect(200);
    let mut second = user("second@linked.test");
    second["emails"] = json!([{ "value": "second@linked.test" }]);
    decides("reject").await;
    let refused = acme.okta.post("/Users", &second).await.expect_error(409, Some("uniqueness"));
    acme.server.flush().await;
    decides("link").await;
    let request = refused.header("x-request-id").expect("an id");
    let dry = acme.browser.get(&format!("{overview}/activity/{request}/replay")).await;
    dry.is(200).says("<dt>Today</dt><dd>409").says("approve");
    acme.browser.get(LINKS).await.says("1 waits").says_not("second@linked.test");
}

#[tokio::test]
async fn nobody_else_decides() {
    let acme = Waiting::start().await;
    let (path, _) = acme.link().await;
    let auditor = acme.server.signed_in(Some("acme"), Role::Auditor).await;
    auditor.get(LINKS).await.is(200).says("root@linked.test").says_not("Approve");
    auditor.get(DOMAIN).await.is(200).says_not("Remove it");
    acme.server.connect("globex", Provider::Okta).await;
    let stranger = acme.server.signed_in(Some("globex"), Role::Administrator).await;
    for act in ["approve", "reject"] {
        auditor.post(&format!("{path}/{act}"), &[]).await.is(403);
        stranger.post(&format!("{path}/{act}"), &[]).await.is(404);
        stranger.post(&format!("{}/{act}", path.replace("/acme/", "/globex/")), &[]).await.is(404);
    }
    stranger.get(&LINKS.replace("acme", "globex")).await.is(200).says_not("root@linked.test");
    for act in ["verify", "attest", "remove"] {
        let fields = [("reason", "x"), ("confirm", "linked.test")];
        auditor.post(&format!("{DOMAIN}/{act}"), &fields).await.is(403);
        stranger.post(&format!("{}/{act}", DOMAIN.replace("acme", "globex")), &fields).await.is(404);
    }
    stranger.get(&DOMAIN.replace("acme", "globex")).await.is(404);
    auditor.post("/t/acme/settings/domains", &[("name", "x.example")]).await.is(403);
    acme.browser.get(DOMAIN).await.is(200).says("Verified");
}

#[tokio::test]
async fn a_domain_is_attested_by_operators_alone_and_removed_by_its_name() {
    let acme = Waiting::start().await;
    let list = "/t/acme/settings/domains";
    let wrong = acme.browser.post(list, &[("name", "<b>nowhere")]).await;
    wrong.is(422).says("is no domain of e-mail addresses").says("value=\"&#60;b&#62;nowhere\"");
    acme.browser.post(list, &[("name", "linked.test")]).await.is(409).says("is there already");
    acme.browser.post(list, &[("name", "corp.example")]).await.is(303);
    let corp = format!("{list}/corp.example");
    acme.browser.get(&corp).await.is(200).says_not("Attest it");
    acme.browser.post(&format!("{corp}/attest"), &[("reason", "Our own")]).await.is(403);
    let operator = acme.server.signed_in(None, Role::Operator).await;
    operator.get(&corp).await.is(200).says("Attest it");
    operator.post(&format!("{corp}/attest"), &[("reason", " ")]).await.is(422).says("needs a reason");
    operator.post(&format!("{corp}/attest"), &[("reason", "Our <own>")]).await.is(303);
    acme.browser.get(&corp).await.is(200).says("Attested").says("Our &#60;own&#62;");
    let kept = acme.browser.post(&format!("{corp}/remove"), &[("confirm", "corp")]).await;
    kept.is(422)
        .says("Type \"corp.example\" to confirm".replace('"', "&#34;").as_str())
        .says("value=\"corp\"");
    let remove = [("confirm", "corp.example"), ("version", "1")];
    acme.browser.post(&format!("{corp}/remove"), &remove).await.is(409);
    acme.browser.post(&format!("{corp}/remove"), &[("confirm", "corp.example")]).await.is(303);
    acme.browser.get(&corp).await.is(404);
    acme.browser.get(list).await.is(200).says("1 domain").says_not("corp.example\"");
}

#[tokio::test]
async fn a_name_server_that_does_not_answer_is_told_as_such() {
    let server = Server::start().await;
    server.connect("acme", Provider::Okta).await;
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    browser.post("/t/acme/settings/domains", &[("name", "linked.test")]).await.is(303);
    browser.post(&format!("{DOMAIN}/verify"), &[]).await.is(503).says("cannot be asked").says("Check now");
}
