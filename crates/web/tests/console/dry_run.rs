//! A dry run of a bulk request: every operation as it would be carried out, and nothing of it left.

use provisioning::administrators::Role;
use scim::Provider;
use serde_json::{Value, json};
use store::{StoreError, requests};
use testkit::{Browser, Client, Server, Shown, user};

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A connection to which bulk requests are sent, and somebody who looks at them.
struct Sent {
    server: Server,
    client: Client,
    browser: Browser,
}

impl Sent {
    async fn start(server: Server) -> Self {
        let client = server.connect("acme", Provider::Generic).await;
        let browser = server.signed_in(Some("acme"), Role::Administrator).await;
        Self { server, client, browser }
    }

    /// Sends operations; returns the path of the request's page.
    async fn send(&self, operations: Value) -> String {
        let body = json!({ "schemas": [BULK], "Operations": operations });
        self.client.post("/Bulk", &body).await.expect(200);
        self.server.flush().await;
        let scope = self.client.connection.scope;
        let all = self.server.store().read(|tx| requests::newest(tx, scope, 50)).expect("records");
        let bulk = all.into_iter().find(|record| record.path == "/Bulk").expect("the request");
        format!("/t/acme/provisioning/{}/activity/{}", self.client.connection.id, bulk.id)
    }

    /// Everything that a dry run could leave: events, records, users and groups.
    fn left(&self) -> (usize, i64, i64, i64) {
        let scope = self.client.connection.scope;
        let counted = self.server.store().read(|tx| {
            Ok::<_, StoreError>((
                store::events::after(tx, scope.tenant, 0, 1000)?.len(),
                requests::count(tx, scope)?,
                store::mirror_users::count(tx, scope)?,
                store::mirror_groups::count(tx, scope)?,
            ))
        });
        counted.expect("a readable database")
    }

    /// Runs it dry, and fails if anything is left.
    async fn rehearse(&self, page: &str) -> Shown {
        let before = self.left();
        let shown = self.browser.get(&format!("{page}/replay")).await;
        shown.is(200).says("What each operation would do today").says("taken back");
        assert_eq!(self.left(), before);
        assert_eq!(self.server.faults(), Vec::<String>::new());
        shown
    }
}

fn group(name: &str, member: &str) -> Value {
    json!({ "schemas": [GROUP], "displayName": name, "members": [{ "value": member }] })
}

async fn each_operation_builds_on_those_before(server: Server) {
    let sent = Sent::start(server).await;
    let page = sent
        .send(json!([
            { "method": "POST", "path": "/Groups", "bulkId": "g", "data": group("Sales", "bulkId:u") },
            { "method": "POST", "path": "/Users", "bulkId": "u", "data": user("ana@acme.example") },
            { "method": "POST", "path": "/Users", "bulkId": "v", "data": user("ANA@acme.example") },
            { "method": "DELETE", "path": "/Users/nobody" },
        ]))
        .await;
    sent.browser.get(&page).await.is(200).says("See what it would do today");
    // As people and groups are now, nothing of it could be done again.
    let today = sent.rehearse(&page).await;
    today.says("There is an active user").says("Could not delete user").says("DELETE 404");
    today.says("which this request did not create").says_not("POST 201");
    // Without them, all but what was wrong then.
    let list = async |path: &str| sent.client.get(path).await.expect(200).body["Resources"][0]["id"].clone();
    for path in ["/Users", "/Groups"] {
        let id = list(path).await;
        sent.client.delete(&format!("{path}/{}", id.as_str().expect("an id"))).await.expect(204);
    }
    sent.server.flush().await;
    let today = sent.rehearse(&page).await;
    assert_eq!(today.text.matches("POST 201").count(), 2, "{}", today.text);
    assert_eq!(today.text.matches("POST 409").count(), 1, "{}", today.text);
    today.says("Group &#34;Sales&#34;").says("DELETE 404").says("There is an active user");
    today.says("<dt>Today</dt><dd>200 <span class=\"quiet\">the same</span>");
    // The one who was refused after the first was made is none of another's business.
    let auditor = sent.server.signed_in(Some("acme"), Role::Auditor).await;
    auditor.get(&format!("{page}/replay")).await.is(200).says("POST 201");
    sent.server.connect("globex", Provider::Okta).await;
    let stranger = sent.server.signed_in(Some("globex"), Role::Administrator).await;
    stranger.get(&format!("{}/replay", page.replace("/t/acme/", "/t/globex/"))).await.is(404);
}

#[tokio::test]
async fn each_operation_of_a_bulk_request_builds_on_those_before_it() {
    each_operation_builds_on_those_before(Server::start().await).await;
}

#[tokio::test]
async fn each_operation_of_a_bulk_request_builds_on_those_before_it_on_postgresql() {
    each_operation_builds_on_those_before(Server::start_on_postgres().await).await;
}

#[tokio::test]
async fn a_circle_is_resolved_in_a_dry_run_as_it_would_be() {
    let sent = Sent::start(Server::start().await).await;
    let page = sent
        .send(json!([
            { "method": "POST", "path": "/Groups", "bulkId": "a", "data": group("One", "bulkId:b") },
            { "method": "POST", "path": "/Groups", "bulkId": "b", "data": group("Two", "bulkId:a") },
        ]))
        .await;
    let groups = sent.client.get("/Groups").await.expect(200).body["Resources"].clone();
    for one in groups.as_array().expect("groups") {
        sent.client.delete(&format!("/Groups/{}", one["id"].as_str().expect("an id"))).await.expect(204);
    }
    sent.server.flush().await;
    let today = sent.rehearse(&page).await;
    assert_eq!(today.text.matches("POST 201").count(), 2, "{}", today.text);
    today.says("PUT 200");
}

#[tokio::test]
async fn hostile_names_and_what_was_no_bulk_request_are_told_as_they_are() {
    let sent = Sent::start(Server::start().await).await;
    let mut hostile = user("eve@acme.example");
    hostile["displayName"] = json!("<script>alert(1)</script>");
    let page = sent
        .send(json!([
            { "method": "POST", "path": "/Users", "bulkId": "u", "data": hostile },
            { "method": "POST", "path": "/<b>", "bulkId": "x", "data": {} },
            { "method": "DELETE", "path": "/Users/bulkId:u" },
        ]))
        .await;
    let today = sent.rehearse(&page).await;
    today.says("&#60;script&#62;alert(1)").says_not("<script>alert").says_not("<b>");
    today.says("DELETE 204").says("must be /Users, /Groups");
    let refused = sent.client.post("/Bulk", &json!({ "schemas": [BULK] })).await.expect(400);
    sent.server.flush().await;
    let id = refused.header("x-request-id").expect("an id").to_owned();
    let path = format!("/t/acme/provisioning/{}/activity/{id}/replay", sent.client.connection.id);
    let dry = sent.browser.get(&path).await;
    dry.is(200).says("<dt>Today</dt><dd>400").says("Operations").says("None would be carried out");
}
