//! Okta's SCIM client, one method for each thing Okta does (docs/identity-providers.md O-1 to O-18).
//!
//! Two flavours: an app of the App Integration Wizard writes everything by PUT; an app of the catalog
//! patches `active` and groups. When to do what is decided in `play`; what the bodies look like, in `bodies`.

pub mod bodies;

use percent_encoding::utf8_percent_encode;
use serde_json::Value;

use super::belief::{BelievedGroup, BelievedUser};
use super::provider::{Act, Errand, Feature, Provider, WantedGroup};
use super::wire::{RESERVED, count, equals, find, id_of, path};
use crate::http::{ClientError, Method, Profile, ScimClient};
use crate::people::Person;
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
const PAGE: u64 = 100;

/// Which of Okta's two dialects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavor {
    /// A custom app from the App Integration Wizard: PUT only.
    Wizard,
    /// An app of the integration catalog: PATCH for `active` and groups.
    Catalog,
}

/// Okta, talking to one connection.
#[derive(Debug)]
pub struct Okta {
    client: ScimClient,
    flavor: Flavor,
    seed: u64,
}

impl Okta {
    /// Okta in one of its flavours; `seed` decides on passwords.
    pub fn new(client: ScimClient, flavor: Flavor, seed: u64) -> Self {
        Self { client, flavor, seed }
    }

    /// Look up by user name (O-3), create whom nobody finds (O-4), link and update whom the server has (O-10).
    async fn assign(&self, errand: &Errand) -> Result<String, ClientError> {
        let person = &errand.person;
        let mut found = self.look_up("Users", "userName", &person.user_name).await?;
        if let (None, Some(other)) = (&found, errand.later_user_name()) {
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
        match find(&self.client, &path).await {
            Err(error) if error.status() == Some(404) => Ok(None),
            found => found,
        }
    }
}

impl Provider for Okta {
    const FEATURES: &'static [Feature] = &[Feature::Groups, Feature::Departments, Feature::Managers];
    const CONTACT: &'static str = "Test Connector Configuration";
    /// What failed is a task in Okta's console, and waits there for an administrator.
    const REDELIVERIES: usize = 0;

    fn client(&self) -> &ScimClient {
        &self.client
    }

    fn believed(&self, id: String, errand: &Errand) -> BelievedUser {
        let work = errand.person.work.as_ref();
        let manager = work.and_then(|work| work.manager.as_ref());
        BelievedUser {
            department: work.map(|work| work.department),
            manager: manager.map(|manager| manager.number.clone()),
            ..BelievedUser::of(id, &errand.person)
        }
    }

    /// *Test Connector Configuration* (O-2), with *Import Groups* ticked.
    async fn make_contact(&self) -> Result<bool, ClientError> {
        let users = count(&self.client, "/Users?startIndex=1&count=2").await?;
        self.client.get("/Groups?startIndex=1&count=100").await?;
        Ok(users > 0)
    }

    async fn perform(&self, errand: &Errand) -> Result<String, ClientError> {
        match (errand.act, &errand.id) {
            // Okta has no deletion (O-9): who is to be deleted is deactivated.
            (Act::Deactivate | Act::Delete, Some(id)) => self.deactivate(id, &errand.person).await,
            (Act::Update, Some(id)) => self.update(id, &errand.person).await,
            _ => self.assign(errand).await,
        }
    }

    /// What was not pushed before is looked up by name (O-12) and created if need be (O-13).
    async fn push_group(
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
    async fn delete_group(&self, id: &str) -> Result<(), ClientError> {
        self.client.send(Method::DELETE, &path("Groups", id), None).await.map(|_| ())
    }
}

/// The lookup, its parameters in one of the two orders that were seen on the wire (O-3).
pub fn lookup_path(endpoint: &str, attribute: &str, value: &str) -> String {
    let filter = equals(attribute, value);
    let filter = utf8_percent_encode(&filter, RESERVED);
    if value.len().is_multiple_of(2) {
        format!("/{endpoint}?filter={filter}&startIndex=1&count={PAGE}")
    } else {
        format!("/{endpoint}?startIndex=1&count={PAGE}&filter={filter}")
    }
}
