//! The users and groups that a run makes, and nothing but those: what was made is known, and goes again.

use std::collections::HashMap;

use serde_json::Value;

use super::answer::Answer;
use super::exchange::Exchange;
use super::session::encoded;
use super::verdict::{Ended, skipped};
use crate::http::{Method, RawRequest};

/// Users or groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Users.
    User,
    /// Groups.
    Group,
}

impl Kind {
    /// Where they are.
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::User => "/Users",
            Self::Group => "/Groups",
        }
    }

    /// What one of them is called.
    pub fn noun(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }

    /// The attribute that holds its name.
    pub fn naming_attribute(self) -> &'static str {
        match self {
            Self::User => "userName",
            Self::Group => "displayName",
        }
    }
}

/// A user or group that this run made.
#[derive(Clone, Debug)]
pub struct Resource {
    /// User or group.
    pub kind: Kind,
    /// The server's id; never empty.
    pub id: String,
    /// What was sent to make it.
    pub body: Value,
    /// What the server answered.
    pub answer: Value,
}

impl Resource {
    /// Its path below the base URL.
    pub fn path(&self) -> String {
        format!("{}/{}", self.kind.endpoint(), encoded(&self.id))
    }

    /// Its name, as it was sent.
    pub fn name(&self) -> &str {
        self.body[self.kind.naming_attribute()].as_str().unwrap_or_default()
    }
}

/// A resource and the exchange that made it.
struct Made {
    resource: Resource,
    exchange: Option<Exchange>,
    is_there: bool,
    is_kept: bool,
}

/// What a request may make.
pub(super) enum Pending {
    /// One resource, of that name if it has one.
    One(Kind, Option<String>),
    /// Nothing, unless the server makes what it should refuse to make.
    Unlikely(Kind),
    /// Some, in bulk.
    Bulk,
}

/// All that a run made.
pub(super) struct Scratch {
    marker: String,
    drawn: u32,
    made: Vec<Made>,
    pending: Vec<(Kind, String)>,
    refused: HashMap<Kind, String>,
}

impl Scratch {
    pub fn new(marker: String) -> Self {
        Self { marker, drawn: 0, made: Vec::new(), pending: Vec::new(), refused: HashMap::new() }
    }

    /// How every name begins.
    pub fn marker(&self) -> &str {
        &self.marker
    }

    /// A userName that was not given yet.
    pub fn user_name(&mut self) -> String {
        format!("{}@example.com", self.next_name())
    }

    /// A displayName of a group that was not given yet.
    pub fn group_name(&mut self) -> String {
        self.next_name()
    }

    fn next_name(&mut self) -> String {
        self.drawn += 1;
        format!("{}-{}", self.marker, self.drawn)
    }

    /// Notes, before a request leaves, what it may make. Skips the check if that could not be deleted again.
    pub fn expect_of(&mut self, request: &RawRequest) -> Result<Option<Pending>, Ended> {
        let kinds: &[Kind] = match (&request.method, request.path.split('?').next().unwrap_or_default()) {
            (&Method::POST, "/Users") => &[Kind::User],
            (&Method::POST, "/Groups") => &[Kind::Group],
            (&Method::POST, "/Bulk") => &[Kind::User, Kind::Group],
            (&Method::POST | &Method::PUT, path) if path.starts_with("/Users/") => {
                return Ok(Some(Pending::Unlikely(Kind::User)));
            }
            _ => return Ok(None),
        };
        if let Some((kind, why)) = kinds.iter().find_map(|kind| Some((kind, self.refused.get(kind)?))) {
            let noun = kind.noun();
            return Err(skipped(format!(
                "no further {noun} is made, since the server did not delete one (DELETE: {why})"
            )));
        }
        let body = request.body.as_deref().and_then(|body| serde_json::from_str::<Value>(body).ok());
        let body = body.unwrap_or_default();
        if let [kind] = kinds {
            let name = body[kind.naming_attribute()].as_str().map(str::to_owned);
            self.pending.extend(name.clone().map(|name| (*kind, name)));
            return Ok(Some(Pending::One(*kind, name)));
        }
        for data in body["Operations"].as_array().into_iter().flatten().map(|operation| &operation["data"]) {
            let kind = if data["userName"].is_string() { Kind::User } else { Kind::Group };
            self.pending.extend(data[kind.naming_attribute()].as_str().map(|name| (kind, name.to_owned())));
        }
        Ok(Some(Pending::Bulk))
    }

    /// Reads from the answer what was made.
    pub fn learn(&mut self, pending: Pending, request: &RawRequest, answer: &Answer, exchange: Exchange) {
        let (kind, name) = match pending {
            Pending::One(kind, name) => (kind, name),
            Pending::Unlikely(kind) if answer.status == 201 => (kind, None),
            Pending::Unlikely(_) => return,
            Pending::Bulk => return self.learn_from_bulk(&answer.body),
        };
        if (200..300).contains(&answer.status) {
            let Some(id) = answer.body["id"].as_str().filter(|id| !id.is_empty()) else { return };
            // An answer that names somebody else's resource is nothing to delete.
            let returned = answer.body[kind.naming_attribute()].as_str();
            if returned.is_some_and(|name| !name.to_lowercase().contains(&self.marker.to_lowercase())) {
                return;
            }
            let body = request.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
            let body = body.unwrap_or_default();
            let resource = Resource { kind, id: id.to_owned(), body, answer: answer.body.clone() };
            self.made.push(Made { resource, exchange: Some(exchange), is_there: true, is_kept: false });
        } else if answer.status >= 500 {
            // It may have been made all the same.
            return;
        }
        self.pending.retain(|(_, one)| Some(one) != name.as_ref());
    }

    fn learn_from_bulk(&mut self, body: &Value) {
        for operation in body["Operations"].as_array().into_iter().flatten() {
            let made = operation["method"] == "POST"
                && operation["status"].as_str().is_some_and(|status| status.starts_with('2'));
            let mut segments = operation["location"].as_str().unwrap_or_default().rsplit('/');
            let (id, kind) = (segments.next().unwrap_or_default(), segments.next());
            match kind {
                Some("Users") if made => self.found(Kind::User, id, "made in bulk"),
                Some("Groups") if made => self.found(Kind::Group, id, "made in bulk"),
                _ => {}
            }
        }
    }

    /// Names that may have been made, as far as anybody knows.
    pub fn unanswered(&mut self) -> Vec<(Kind, String)> {
        std::mem::take(&mut self.pending)
    }

    /// Something of this run that a search brought to light.
    pub fn found(&mut self, kind: Kind, id: &str, name: &str) {
        if id.is_empty() || self.made.iter().any(|made| made.is_there && made.resource.id == id) {
            return;
        }
        let body = serde_json::json!({ kind.naming_attribute(): name });
        let resource = Resource { kind, id: id.to_owned(), body, answer: Value::Null };
        self.made.push(Made { resource, exchange: None, is_there: true, is_kept: false });
    }

    /// Keeps a resource until the end of the run.
    pub fn keep(&mut self, resource: &Resource) {
        for made in self.made.iter_mut().filter(|made| made.resource.id == resource.id) {
            made.is_kept = true;
        }
    }

    /// What is there and may go, groups first, the youngest first.
    pub fn to_delete(&self, everything: bool) -> Vec<Resource> {
        let there = |made: &&Made| {
            made.is_there && (everything || !(made.is_kept || self.refused.contains_key(&made.resource.kind)))
        };
        let mut found: Vec<Resource> =
            self.made.iter().rev().filter(there).map(|made| made.resource.clone()).collect();
        found.sort_by_key(|resource| resource.kind == Kind::User);
        found
    }

    /// It is gone.
    pub fn forget(&mut self, resource: &Resource) {
        for made in self.made.iter_mut().filter(|made| made.resource.id == resource.id) {
            made.is_there = false;
        }
    }

    /// Nothing more of the kind is made: it could not be deleted.
    pub fn refuse_more(&mut self, kind: Kind, why: &str) {
        self.refused.entry(kind).or_insert_with(|| why.to_owned());
    }

    /// Notes that a resource was made for a check, not by it.
    pub fn mark_preparation(&mut self, id: &str) {
        for making in self
            .made
            .iter_mut()
            .filter(|made| made.resource.id == id)
            .filter_map(|made| made.exchange.as_mut())
        {
            making.is_preparation = true;
        }
    }

    /// Everything that was made and the exchange that made it, the oldest first.
    pub fn history(&self) -> impl DoubleEndedIterator<Item = (&Resource, &Exchange)> {
        self.made.iter().filter_map(|made| Some((&made.resource, made.exchange.as_ref()?)))
    }
}
