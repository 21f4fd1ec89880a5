//! Okta's SCIM client, one method for each thing Okta does (docs/identity-providers.md O-1 to O-18).
//!
//! Two flavours: an app of the App Integration Wizard writes everything by PUT; an app of the catalog
//! patches `active` and groups. When to do what is decided in `play`; what the bodies look like, in `bodies`.

pub mod bodies;

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::http::{ClientError, Method, Profile, ScimClient};
use crate::people::Person;
use crate::players::belief::BelievedGroup;
use crate::random::Random;

/// The headers that Okta sends (docs/identity-providers.md O-1); a request without body carries no `Content-Type`.
pub const PROFILE: Profile = Profile {
    headers: &[
        ("accept", "application/scim+json"),
        ("accept-charset", "utf-8"),
        ("accept-encoding", "gzip,deflate"),
        ("user-agent", "Okta SCIM Client 1.0.0"),
        ("connection", "close"),
    ],
    content_type: "application/scim+json; charset=utf-8",
};

/// How many resources Okta asks for at a time.
pub const PAGE: u64 = 100;

const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Which of Okta's two dialects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavor {
    /// A custom app from the App Integration Wizard: PUT only.
    Wizard,
    /// An app of the integration catalog: PATCH for `active` and groups.
    Catalog,
}

/// A change to one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Assign, or assign again.
    Assign,
    /// Push a changed profile.
    Update,
    /// Unassign.
    Deactivate,
}

/// A group as it should be.
#[derive(Clone, Debug)]
pub struct WantedGroup {
    /// Its name.
    pub display_name: String,
    /// SCIM ids of its members, and their user names.
    pub members: BTreeMap<String, String>,
    /// Another name under which the server may have it from an earlier play.
    pub other_name: Option<String>,
}

/// Okta, talking to one connection.
#[derive(Debug)]
pub struct Okta {
    /// The wire.
    pub client: ScimClient,
    flavor: Flavor,
    seed: u64,
}

impl Okta {
    /// Okta in one of its flavours; `seed` decides on passwords.
    pub fn new(client: ScimClient, flavor: Flavor, seed: u64) -> Self {
        Self { client, flavor, seed }
    }

    /// *Test Connector Configuration* (O-2), with *Import Groups* ticked. Says how many users there are.
    pub async fn test_connector(&self) -> Result<u64, ClientError> {
        let probe = "/Users?startIndex=1&count=2";
        let users = self.client.get(probe).await?;
        let total = users.get("totalResults").and_then(Value::as_u64);
        let total = total.ok_or_else(|| invalid("GET", probe, "`totalResults` is no integer"))?;
        self.client.get("/Groups?startIndex=1&count=100").await?;
        Ok(total)
    }

    /// Does `act` to `person`, whom the server has as `id` if they were pushed before. Says under which id
    /// the server has them now.
    pub async fn perform(
        &self,
        act: Act,
        person: &Person,
        id: Option<&str>,
        other_name: Option<&str>,
    ) -> Result<String, ClientError> {
        match (act, id) {
            (Act::Deactivate, Some(id)) => self.deactivate(id, person).await,
            (Act::Update, Some(id)) => self.update(id, person).await,
            _ => self.assign(person, other_name).await,
        }
    }

    /// Look up by user name (O-3), create whom nobody finds (O-4), link and update whom the server has (O-10).
    async fn assign(&self, person: &Person, other_name: Option<&str>) -> Result<String, ClientError> {
        let mut found = self.look_up("Users", "userName", &person.user_name).await?;
        if let (None, Some(other)) = (&found, other_name) {
            found = self.look_up("Users", "userName", other).await?;
        }
        let Some(found) = found else {
            let password = Random::for_purpose(self.seed, 100 + person.index as u64).base62(12);
            let created = bodies::create_user(person, &password);
            let answer = self.client.send(Method::POST, "/Users", Some(&created)).await?;
            return id_of(answer.body.as_ref(), "POST", "/Users");
        };
        let id = id_of(Some(&found), "GET", "/Users?filter=…")?;
        if self.flavor == Flavor::Catalog && found.get("active") != Some(&Value::Bool(true)) {
            self.client.send(Method::PATCH, &path("Users", &id), Some(&bodies::set_active(true))).await?;
        }
        self.update(&id, person).await
    }

    /// Read, then put back what was read under what Okta has (O-7, O-8).
    async fn update(&self, id: &str, person: &Person) -> Result<String, ClientError> {
        let path = path("Users", id);
        let returned = self.client.get(&path).await?;
        self.client.send(Method::PUT, &path, Some(&bodies::replace_user(&returned, person))).await?;
        Ok(id.to_owned())
    }

    /// `active: false`; Okta never deletes a user (O-9).
    async fn deactivate(&self, id: &str, person: &Person) -> Result<String, ClientError> {
        match self.flavor {
            Flavor::Wizard => self.update(id, person).await,
            Flavor::Catalog => {
                self.client.send(Method::PATCH, &path("Users", id), Some(&bodies::set_active(false))).await?;
                Ok(id.to_owned())
            }
        }
    }

    /// Makes the server's group what is `wanted`. `known` is what Okta pushed last; if nothing, the group is
    /// looked up by name (O-12) and created if need be (O-13). Says under which id the server has it.
    pub async fn push_group(
        &self,
        known: Option<&BelievedGroup>,
        wanted: &WantedGroup,
    ) -> Result<String, ClientError> {
        let id = match known {
            Some(known) => known.id.clone(),
            None => self.find_or_create_group(wanted).await?,
        };
        let path = path("Groups", &id);
        let (name, members) = (&wanted.display_name, &wanted.members);
        let (method, body) = match (self.flavor, known) {
            (Flavor::Wizard, _) => (Method::PUT, bodies::replace_group(&id, name, members)),
            (Flavor::Catalog, None) => (Method::PATCH, bodies::push_group(&id, name, members)),
            (Flavor::Catalog, Some(known)) => {
                (Method::PATCH, bodies::change_group(&id, name, &known.members, members))
            }
        };
        // O-13, O-14: the wizard reads a group before it replaces the members; a mere rename is not read.
        if self.flavor == Flavor::Wizard && known.is_none_or(|known| known.members != *members) {
            self.client.get(&path).await?;
        }
        self.client.send(method, &path, Some(&body)).await?;
        Ok(id)
    }

    /// *Unlink pushed group*, and delete it (O-15).
    pub async fn delete_group(&self, id: &str) -> Result<(), ClientError> {
        self.client.send(Method::DELETE, &path("Groups", id), None).await.map(|_| ())
    }

    async fn find_or_create_group(&self, wanted: &WantedGroup) -> Result<String, ClientError> {
        let mut found = self.look_up("Groups", "displayName", &wanted.display_name).await?;
        if let (None, Some(other)) = (&found, &wanted.other_name) {
            found = self.look_up("Groups", "displayName", other).await?;
        }
        if let Some(found) = found {
            return id_of(Some(&found), "GET", "/Groups?filter=…");
        }
        let body = bodies::create_group(&wanted.display_name);
        let answer = self.client.send(Method::POST, "/Groups", Some(&body)).await?;
        id_of(answer.body.as_ref(), "POST", "/Groups")
    }

    /// The first resource with this value, or nothing; Okta takes a 404 for nothing too (O-3).
    async fn look_up(
        &self,
        endpoint: &str,
        attribute: &str,
        value: &str,
    ) -> Result<Option<Value>, ClientError> {
        let path = lookup_path(endpoint, attribute, value);
        match self.client.get(&path).await {
            Ok(mut list) => match list.get_mut("Resources").map(Value::take) {
                Some(Value::Array(found)) => Ok(found.into_iter().next()),
                _ => Err(invalid("GET", &path, "a list without `Resources`")),
            },
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The lookup, its parameters in one of the two orders that were seen on the wire (O-3).
pub fn lookup_path(endpoint: &str, attribute: &str, value: &str) -> String {
    let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
    let filter = format!("{attribute} eq \"{quoted}\"");
    let filter = utf8_percent_encode(&filter, QUERY);
    if value.len().is_multiple_of(2) {
        format!("/{endpoint}?filter={filter}&startIndex=1&count={PAGE}")
    } else {
        format!("/{endpoint}?startIndex=1&count={PAGE}&filter={filter}")
    }
}

/// `/Users/{id}`, whatever characters the server puts into an id.
pub fn path(endpoint: &str, id: &str) -> String {
    format!("/{endpoint}/{}", utf8_percent_encode(id, QUERY))
}

fn id_of(resource: Option<&Value>, method: &str, path: &str) -> Result<String, ClientError> {
    let id = resource.and_then(|resource| resource.get("id")).and_then(Value::as_str);
    id.map(str::to_owned).ok_or_else(|| invalid(method, path, "the answer has no resource with an `id`"))
}

fn invalid(method: &str, path: &str, reason: &str) -> ClientError {
    ClientError::Invalid { request: format!("{method} {path}"), reason: reason.to_owned() }
}
