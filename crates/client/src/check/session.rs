//! What a check has in hand: the wire, what the server said of itself, and scratch users and groups.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::answer::Answer;
use super::exchange::Exchange;
use super::scratch::{Kind, Resource, Scratch};
use super::server::{GROUP, Server, USER};
use super::verdict::{Ended, Verdict, failed, skipped};
use crate::http::{Authorization, Method, RawRequest, ScimClient};

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// What bodies are sent as.
pub const SCIM_JSON: &str = "application/scim+json";
/// What need not be encoded in a path or query (RFC 3986 §2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What the checks work with.
pub struct Session {
    client: ScimClient,
    token: String,
    /// What the server said of itself.
    pub server: Server,
    /// What was made, and has to go.
    pub(super) scratch: Scratch,
    /// What went over the wire in the current check.
    pub(super) exchanges: Vec<Exchange>,
    /// The `Retry-After` of every 429 and 503 so far.
    pub busy: Vec<String>,
    /// How many requests in a row had no answer.
    pub(super) silent: u32,
    reader: Option<Resource>,
}

impl Session {
    pub(super) fn new(client: ScimClient, token: &str, marker: String) -> Self {
        Self {
            client,
            token: token.trim().to_owned(),
            server: Server::default(),
            scratch: Scratch::new(marker),
            exchanges: Vec::new(),
            busy: Vec::new(),
            silent: 0,
            reader: None,
        }
    }

    /// The client.
    pub(super) fn client(&self) -> &ScimClient {
        &self.client
    }

    /// The SCIM base URL.
    pub fn base_url(&self) -> &str {
        self.client.base_url()
    }

    /// A sentence without the token: a server may repeat it anywhere.
    pub(super) fn without_token(&self, text: &str) -> String {
        if self.token.is_empty() { text.to_owned() } else { text.replace(&self.token, "$TOKEN") }
    }

    /// A request with the usual headers, to be changed before it is sent.
    pub fn request(method: Method, path: &str, body: Option<String>) -> RawRequest {
        let mut headers = vec![("Accept", SCIM_JSON.to_owned())];
        if body.is_some() {
            headers.push(("Content-Type", SCIM_JSON.to_owned()));
        }
        RawRequest {
            method,
            path: path.to_owned(),
            headers,
            authorization: Authorization::Token("Bearer"),
            body,
        }
    }

    /// Sends a request; no answer at all ends the check.
    pub async fn send(&mut self, request: RawRequest) -> Result<Answer, Ended> {
        let pending = self.scratch.expect_of(&request)?;
        let mut exchange = Exchange::asked(&request);
        let named = format!("{} {}", request.method, request.path);
        let answered = self.client.exchange(&request).await;
        let answer = match answered {
            Ok(answer) => answer,
            Err(error) => {
                self.exchanges.push(exchange);
                self.silent += 1;
                return Err(failed(format!("{named} is answered"), error.to_string()));
            }
        };
        self.silent = 0;
        self.busy.extend(answer.busy);
        exchange.answered(answer.status, &answer.headers, &answer.text, &self.token, self.scratch.marker());
        let fit = exchange.answer.clone();
        self.exchanges.push(exchange.clone());
        let body = serde_json::from_str(&answer.text).unwrap_or_default();
        let (status, headers, text) = (answer.status, answer.headers, answer.text);
        let answer = Answer { request: named, status, headers, text, body, fit };
        if let Some(pending) = pending {
            self.scratch.learn(pending, &request, &answer, exchange);
        }
        Ok(answer)
    }

    /// `GET`.
    pub async fn get(&mut self, path: &str) -> Result<Answer, Ended> {
        self.send(Self::request(Method::GET, path, None)).await
    }

    /// `GET` with a filter of users or groups.
    pub async fn find(&mut self, kind: Kind, filter: &str) -> Result<Answer, Ended> {
        self.get(&format!("{}?filter={}", kind.endpoint(), encoded(filter))).await
    }

    /// `POST`.
    pub async fn post(&mut self, path: &str, body: &Value) -> Result<Answer, Ended> {
        self.send(Self::request(Method::POST, path, Some(body.to_string()))).await
    }

    /// `PUT`.
    pub async fn put(&mut self, path: &str, body: &Value) -> Result<Answer, Ended> {
        self.send(Self::request(Method::PUT, path, Some(body.to_string()))).await
    }

    /// `PATCH` with these operations.
    pub async fn patch(&mut self, resource: &Resource, operations: Value) -> Result<Answer, Ended> {
        self.patch_body(resource, &json!({ "schemas": [PATCH], "Operations": operations })).await
    }

    /// `PATCH` with this body.
    pub async fn patch_body(&mut self, resource: &Resource, body: &Value) -> Result<Answer, Ended> {
        self.server.offers("patch")?;
        self.send(Self::request(Method::PATCH, &resource.path(), Some(body.to_string()))).await
    }

    /// `DELETE`.
    pub async fn delete(&mut self, resource: &Resource) -> Result<Answer, Ended> {
        self.send(Self::request(Method::DELETE, &resource.path(), None)).await
    }

    /// The body of a user that nobody has made yet, with what the server requires.
    pub fn user_body(&mut self) -> Value {
        let name = self.scratch.user_name();
        let mut body = json!({
            "schemas": [USER],
            "userName": name,
            "name": { "givenName": "Check", "familyName": self.scratch.marker() },
            "displayName": name.split('@').next().unwrap_or_default(),
            "emails": [{ "value": name, "type": "work", "primary": true }],
            "active": true,
        });
        self.server.fill_in_required(USER, &mut body);
        body
    }

    /// The body of a group that nobody has made yet.
    pub fn group_body(&mut self, members: &[&Resource]) -> Value {
        let members: Vec<Value> = members.iter().map(|member| json!({ "value": member.id })).collect();
        let mut body =
            json!({ "schemas": [GROUP], "displayName": self.scratch.group_name(), "members": members });
        self.server.fill_in_required(GROUP, &mut body);
        body
    }

    /// Makes a resource that a check needs; if it cannot be made, the check is skipped.
    pub async fn made(&mut self, kind: Kind, body: Value) -> Result<Resource, Ended> {
        if kind == Kind::Group {
            self.server.has_groups()?;
        }
        let answer = match self.post(kind.endpoint(), &body).await {
            Err(Ended::Failed(failure)) => {
                return Err(skipped(format!("{} could not be made: {}", kind.noun(), failure.came)));
            }
            other => other?,
        };
        match (answer.status, answer.body["id"].as_str()) {
            (200 | 201, Some(id)) if !id.is_empty() => {
                self.scratch.mark_preparation(id);
                if let Some(exchange) = self.exchanges.last_mut() {
                    exchange.is_preparation = true;
                }
                Ok(Resource { kind, id: id.to_owned(), body, answer: answer.body.clone() })
            }
            _ => Err(skipped(format!(
                "{} could not be made: POST {} answered {}",
                kind.noun(),
                kind.endpoint(),
                answer.shown()
            ))),
        }
    }

    /// A new user.
    pub async fn user(&mut self) -> Result<Resource, Ended> {
        self.user_with(json!({})).await
    }

    /// A new user with these attributes besides.
    pub async fn user_with(&mut self, more: Value) -> Result<Resource, Ended> {
        let mut body = self.user_body();
        overlay(&mut body, more);
        self.made(Kind::User, body).await
    }

    /// A new group with these members.
    pub async fn group(&mut self, members: &[&Resource]) -> Result<Resource, Ended> {
        let body = self.group_body(members);
        self.made(Kind::Group, body).await
    }

    /// A user for checks that only read; the same one each time.
    pub async fn reader(&mut self) -> Result<Resource, Ended> {
        if let Some(reader) = &self.reader {
            return Ok(reader.clone());
        }
        let external_id = format!("{}-Reader", self.scratch.marker());
        let reader = self.user_with(json!({ "externalId": external_id })).await?;
        self.scratch.keep(&reader);
        self.reader = Some(reader.clone());
        Ok(reader)
    }

    /// What the server has of a resource now.
    pub async fn now(&mut self, resource: &Resource) -> Result<Value, Ended> {
        let answer = self.get(&resource.path()).await?;
        answer.is(&[200])?;
        Ok(answer.body)
    }

    /// The server has these values now, by JSON pointer; null stands for unassigned.
    pub async fn holds(&mut self, resource: &Resource, expected: &[(&str, Value)]) -> Verdict {
        let document = self.now(resource).await?;
        super::answer::has(&document, expected)
    }

    /// The ids of a group's members now.
    pub async fn members(&mut self, group: &Resource) -> Result<Vec<String>, Ended> {
        let document = self.now(group).await?;
        let members = document["members"].as_array().into_iter().flatten();
        Ok(members.filter_map(|member| member["value"].as_str()).map(str::to_owned).collect())
    }

    /// The group has exactly these members now, each once.
    pub async fn has_members(&mut self, group: &Resource, wanted: &[&Resource]) -> Verdict {
        let mut found = self.members(group).await?;
        let mut wanted: Vec<&str> = wanted.iter().map(|member| member.id.as_str()).collect();
        found.sort_unstable();
        wanted.sort_unstable();
        let told = |ids: &[&str]| if ids.is_empty() { "nobody".to_owned() } else { ids.join(", ") };
        let shown: Vec<&str> = found.iter().map(String::as_str).collect();
        super::verdict::ensure(
            shown == wanted,
            format!("the group's members are then exactly: {}", told(&wanted)),
            format!("the members are: {}", told(&shown)),
        )
    }

    /// Deletes what the check made, except what is kept; says what could not be deleted.
    pub(super) async fn tidy(&mut self, everything: bool) -> Vec<String> {
        let mut left = if everything { self.look_for_the_unanswered().await } else { Vec::new() };
        for resource in self.scratch.to_delete(everything) {
            match self.delete_for_good(&resource).await {
                Ok(()) => self.scratch.forget(&resource),
                Err(why) => {
                    self.scratch.refuse_more(resource.kind, &why);
                    let (noun, name, id) = (resource.kind.noun(), resource.name(), &resource.id);
                    left.push(format!("{noun} {name} (id {id}): DELETE: {why}"));
                }
            }
        }
        left
    }

    /// Deletes a resource, or finds that it is gone already; else says why not.
    async fn delete_for_good(&mut self, resource: &Resource) -> Result<(), String> {
        let told = |ended| match ended {
            Ended::Failed(failure) => failure.came,
            Ended::Skipped(why) => why,
        };
        let answer = self.delete(resource).await.map_err(told)?;
        if matches!(answer.status, 200..300 | 404 | 410) {
            return Ok(());
        }
        let still_there = self.get(&resource.path()).await.map_err(told)?;
        if matches!(still_there.status, 404 | 410) { Ok(()) } else { Err(answer.summary()) }
    }

    /// Finds what may have been made by a request whose answer was never read, or had no id; says what cannot be found out.
    async fn look_for_the_unanswered(&mut self) -> Vec<String> {
        let mut unknown = Vec::new();
        for (kind, name) in self.scratch.unanswered() {
            let attribute = kind.naming_attribute();
            let listed = match self.find(kind, &format!("{attribute} eq \"{name}\"")).await {
                Ok(answer) => answer.list().map(<[Value]>::to_vec),
                Err(ended) => Err(ended),
            };
            let Ok(listed) = listed else {
                unknown
                    .push(format!("{} {name}: it may have been made, and a search cannot tell", kind.noun()));
                continue;
            };
            for resource in listed {
                let is_ours =
                    resource[attribute].as_str().is_some_and(|found| found.eq_ignore_ascii_case(&name));
                if let (true, Some(id)) = (is_ours, resource["id"].as_str()) {
                    self.scratch.found(kind, id, &name);
                }
            }
        }
        unknown
    }

    /// The lines for a shell that ask again what this check asked, with what it had to make before.
    pub(super) fn again(&self, base_url: &str) -> Vec<String> {
        let asked: Vec<&Exchange> =
            self.exchanges.iter().filter(|exchange| !exchange.is_preparation).collect();
        let mut text: String = asked.iter().map(|exchange| said(exchange)).collect();
        let mut needed = Vec::new();
        // A group is made of users that were made before it, so the youngest come first.
        for (made, making) in self.scratch.history().rev() {
            if text.contains(&made.id) {
                text.push_str(&said(making));
                needed.push((made, making));
            }
        }
        let mut variables: Vec<(String, String)> = Vec::new();
        let mut lines = Vec::new();
        for (made, making) in needed.iter().rev() {
            let variable = format!("{}_{}", made.kind.noun().to_ascii_uppercase(), variables.len() + 1);
            lines.push(format!("{variable}=$({} | jq -r .id)", making.again(base_url, &variables)));
            variables.push((made.id.clone(), variable));
        }
        let is_made = |exchange: &&Exchange| needed.iter().any(|(_, making)| making == exchange);
        let rest = asked.into_iter().filter(|exchange| !is_made(exchange));
        lines.extend(rest.map(|exchange| exchange.again(base_url, &variables)));
        lines
    }
}

/// Where a request may name what was made before it.
fn said(exchange: &Exchange) -> String {
    format!("{}\n{}\n", exchange.path, exchange.body.as_deref().unwrap_or_default())
}

/// Percent-encodes a value of a query or a segment of a path.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Sets the members of an object in another; null takes a member away.
pub fn overlay(body: &mut Value, more: Value) {
    if let (Value::Object(body), Value::Object(more)) = (body, more) {
        for (name, value) in more {
            if value.is_null() {
                body.remove(&name);
            } else {
                body.insert(name, value);
            }
        }
    }
}
