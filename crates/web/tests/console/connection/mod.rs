//! A connection's pages.

mod attributes;
mod ending;
mod links;
mod mappings;
mod mirror;
mod safety;
mod settings;
mod tokens;

use provisioning::administrators::Role;
use scim::Provider;
use serde_json::json;
use testkit::{Browser, Client, Server, Shown};

/// A tenant whose Okta sent Ana, Bo and the group Sales with Ana in it; an administrator is signed in.
struct Acme {
    server: Server,
    okta: Client,
    browser: Browser,
    ana: String,
    bo: String,
    sales: String,
}

impl Acme {
    async fn start() -> Self {
        let server = Server::start().await;
        let okta = server.connect("acme", Provider::Okta).await;
        let ana = okta.create_user("ana@acme.example").await;
        let bo = okta.create_user("bo@acme.example").await;
        let sales = okta.create_group("Sales", &[&ana]).await;
        let browser = server.signed_in(Some("acme"), Role::Administrator).await;
        Self { server, okta, browser, ana, bo, sales }
    }

    /// The path of a page of the connection.
    fn path(&self, page: &str) -> String {
        format!("/t/acme/provisioning/{}{page}", self.okta.connection.id)
    }

    /// Opens a page of the connection.
    async fn open(&self, page: &str) -> Shown {
        self.browser.get(&self.path(page)).await
    }

    /// Sends the form of a page that was shown, with these fields set.
    async fn send(&self, shown: &Shown, filled: &[(&str, &str)]) -> Shown {
        let (action, mut fields) = form_of(shown);
        fields.retain(|(name, _)| name != "csrf" && !filled.iter().any(|(set, _)| set == name));
        fields.extend(filled.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.browser.post(&action, &fields).await
    }

    /// The roles that a person has, as `Role of Organization`.
    async fn roles(&self, user: &str) -> Vec<String> {
        let api = self.server.api("acme", &[provisioning::keys::Scope::Read]).await;
        let access = api.get(&format!("/users/{user}/access")).await.expect(200).body;
        let entries = access["entries"].as_array().expect("entries").clone();
        let words = |entry: &serde_json::Value| {
            format!("{} of {}", entry["role"]["name"], entry["organization"]["name"]).replace('"', "")
        };
        entries.iter().map(words).collect()
    }

    /// Carries out what is to be done in the background.
    async fn work(&self) {
        provisioning::jobs::run_open(self.server.store(), |_| ()).await.expect("jobs");
    }
}

/// The first form in the page itself that is sent by POST: where it goes, and what it sends unless somebody fills it in.
fn form_of(shown: &Shown) -> (String, Vec<(String, String)>) {
    let main = shown.text.split_once("<main").expect("a page").1;
    let form = main.split_once("<form method=\"post\"").unwrap_or_else(|| panic!("no form in {main}")).1;
    let form = form.split_once("</form>").expect("the end of the form").0;
    let action = attribute(form, "action").expect("where it goes");
    let inputs = form.split("<input ").skip(1).map(|rest| rest.split_once('>').expect("the end of a tag").0);
    let hidden = inputs.filter(|tag| tag.contains("type=\"hidden\""));
    let fields = hidden
        .map(|tag| (attribute(tag, "name").expect("a name"), attribute(tag, "value").expect("a value")));
    (action, fields.collect())
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let rest = tag.split_once(&format!("{name}=\""))?.1;
    Some(unescaped(rest.split_once('"')?.0))
}

/// Text as it was before it was escaped.
fn unescaped(text: &str) -> String {
    let entities = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    entities.iter().fold(text.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}

/// A name as nobody should have one.
const HOSTILE: &str = "<script>alert(1)</script> \u{202e}evil\u{202c} 🦊 \"quoted\" 'n' &amp;";

/// A user of that display name.
async fn named(okta: &Client, user_name: &str, display_name: &str) -> String {
    let mut user = testkit::user(user_name);
    user["displayName"] = json!(display_name);
    okta.post("/Users", &user).await.expect(201).id()
}
