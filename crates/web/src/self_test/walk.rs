//! The requests of a test, in the order of a person's life. Each step needs those before it: the first that fails ends
//! the walk.

use super::diagnosis::{self, Came};
use super::{Step, Verdict};
use provisioning::contact::SELF_TEST;
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How large one may be, in bytes.
const LENGTH: usize = 256 * 1024;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A walk.
pub struct Walk {
    client: Result<Client, String>,
    base_url: String,
    token: String,
    /// What makes the names of what is created unlike anybody's.
    mark: String,
    groups: bool,
    /// The steps so far.
    pub steps: Vec<Step>,
}

/// What a step asks, and of whom.
struct Asked<'a> {
    name: &'static str,
    method: Method,
    path: &'a str,
    body: Option<Value>,
    /// Whether the token is sent along.
    with_token: bool,
}

impl Walk {
    /// A walk that has not begun.
    pub fn new(base_url: String, token: &str, mark: &str, groups: bool) -> Self {
        let builder = Client::builder().timeout(PATIENCE).redirect(Policy::none()).user_agent(SELF_TEST);
        let is_loopback =
            base_url.starts_with("http://127.0.0.1") || base_url.starts_with("http://localhost");
        let builder = if is_loopback { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(|error| error.to_string());
        let (token, mark) = (token.to_owned(), mark.to_owned());
        Self { client, base_url, token, mark, groups, steps: Vec::new() }
    }

    /// Makes every step, up to the first that fails.
    pub async fn go(&mut self) {
        // What was found out stands in the steps.
        let _ended_early = self.steps_in_order().await.is_none();
    }

    async fn steps_in_order(&mut self) -> Option<()> {
        let open = Asked {
            name: "Reach the address",
            method: Method::GET,
            path: "/ServiceProviderConfig",
            body: None,
            with_token: false,
        };
        self.step(&open, |came| came.has_schema("ServiceProviderConfig")).await?;
        let is_list = |came: &Came| came.body["totalResults"].is_u64();
        self.step(&get("Be let in with a token", "/Users?count=1"), is_list).await?;
        let user = self.create_user().await?;
        let path = format!("/Users/{user}");
        self.find(&user).await?;
        let name = json!([{ "op": "replace", "path": "name.givenName", "value": "Changed" }]);
        self.step(&patch("Update the user", &path, &name), Came::is_done).await?;
        if self.groups {
            self.life_of_a_group(&user).await?;
        }
        let active = json!([{ "op": "replace", "path": "active", "value": false }]);
        self.step(&patch("Deactivate the user", &path, &active), Came::is_done).await?;
        let is_inactive = |came: &Came| came.status == 200 && came.body["active"] == json!(false);
        self.step(&get("See the user deactivated", &path), is_inactive).await?;
        self.delete("Delete the user", &path).await?;
        self.step(&get("See the user gone", &path), |came| came.status == 404).await?;
        Some(())
    }

    async fn create_user(&mut self) -> Option<String> {
        let address = format!("accessiq-self-test-{}@self-test.invalid", self.mark);
        let body = json!({
            "schemas": [USER],
            "userName": address,
            "externalId": format!("self-test-{}", self.mark),
            "name": { "givenName": "Scratch", "familyName": "Self-test" },
            "emails": [{ "value": address, "type": "work", "primary": true }],
            "active": true,
        });
        self.create("Create a user", "/Users", body).await
    }

    async fn find(&mut self, user: &str) -> Option<()> {
        let filter = format!("userName eq \"accessiq-self-test-{}@self-test.invalid\"", self.mark);
        let filter: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let path = format!("/Users?filter={filter}");
        let user = user.to_owned();
        self.step(&get("Find the user", &path), move |came| came.body["Resources"][0]["id"] == json!(user))
            .await
    }

    async fn life_of_a_group(&mut self, user: &str) -> Option<()> {
        let body = json!({ "schemas": [GROUP], "displayName": format!("accessiq-self-test-{}", self.mark) });
        let group = self.create("Create a group", "/Groups", body).await?;
        let path = format!("/Groups/{group}");
        let member = json!([{ "op": "add", "path": "members", "value": [{ "value": user }] }]);
        self.step(&patch("Add the user to the group", &path, &member), Came::is_done).await?;
        self.delete("Delete the group", &path).await
    }

    async fn create(&mut self, name: &'static str, path: &str, body: Value) -> Option<String> {
        let asked = Asked { name, method: Method::POST, path, body: Some(body), with_token: true };
        let came =
            self.step_that_comes(&asked, |came| came.status == 201 && came.body["id"].is_string()).await?;
        came.body["id"].as_str().map(str::to_owned)
    }

    async fn delete(&mut self, name: &'static str, path: &str) -> Option<()> {
        let asked = Asked { name, method: Method::DELETE, path, body: None, with_token: true };
        self.step(&asked, |came| came.status == 204).await
    }

    async fn step(&mut self, asked: &Asked<'_>, is_right: impl Fn(&Came) -> bool) -> Option<()> {
        self.step_that_comes(asked, is_right).await.map(drop)
    }

    async fn step_that_comes(&mut self, asked: &Asked<'_>, is_right: impl Fn(&Came) -> bool) -> Option<Came> {
        let started = Instant::now();
        let came = self.send(asked).await;
        let took = i64::try_from(started.elapsed().as_micros()).unwrap_or(i64::MAX);
        let (status, verdict) = match &came {
            Ok(came) if is_right(came) => (Some(came.status), Verdict::Passed),
            Ok(came) => (Some(came.status), diagnosis::of_answer(came, asked.with_token, &self.base_url)),
            Err(error) => (None, diagnosis::of_silence(error, &self.base_url)),
        };
        let passed = verdict == Verdict::Passed;
        let request = format!("{} {}", asked.method, without_id(asked.path));
        self.steps.push(Step { name: asked.name, asked: request, status, took, verdict });
        came.ok().filter(|_| passed)
    }

    async fn send(&self, asked: &Asked<'_>) -> Result<Came, String> {
        let client = self.client.as_ref().map_err(Clone::clone)?;
        let mut request = client.request(asked.method.clone(), format!("{}{}", self.base_url, asked.path));
        if asked.with_token {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = &asked.body {
            request = request.header("content-type", "application/scim+json").body(body.to_string());
        }
        let mut answer = request.send().await.map_err(|error| diagnosis::innermost(&error))?;
        let text =
            |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (location, media_type, is_ours) =
            (text("location"), text("content-type"), text("x-request-id").is_some());
        let status = answer.status().as_u16();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| diagnosis::innermost(&error))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LENGTH {
                return Err(format!("the answer has more than {LENGTH} bytes"));
            }
        }
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Ok(Came { status, body, location, media_type, is_ours })
    }
}

/// `/Users/0197…?count=1` as a person reads it: `/Users/…`.
fn without_id(path: &str) -> String {
    let path = path.split('?').next().unwrap_or(path);
    match path.rsplit_once('/') {
        Some((endpoint, _)) if !endpoint.is_empty() => format!("{endpoint}/…"),
        _ => path.to_owned(),
    }
}

fn get<'a>(name: &'static str, path: &'a str) -> Asked<'a> {
    Asked { name, method: Method::GET, path, body: None, with_token: true }
}

fn patch<'a>(name: &'static str, path: &'a str, operations: &Value) -> Asked<'a> {
    let body = Some(json!({ "schemas": [PATCH], "Operations": operations }));
    Asked { name, method: Method::PATCH, path, body, with_token: true }
}
