//! Microsoft Entra ID's SCIM client, one method for each thing it does (docs/identity-providers.md E-1 to E-26).
//!
//! Two dialects: what it sends by itself, and what it sends with `aadOptscim062020` on the tenant URL. It
//! reads, compares, and patches what differs. When to do what is decided in `play`; what differs, in
//! `changes`; what the bodies look like, in `bodies`.

pub mod bodies;
pub mod changes;
pub mod roles;

use std::collections::BTreeMap;

use percent_encoding::utf8_percent_encode;
use serde_json::Value;

use self::roles::RoleMapping;
use super::belief::{BelievedGroup, BelievedUser, values};
use super::provider::{Act, Errand, Feature, Provider, WantedGroup};
use super::wire::{RESERVED, equals, find, id_of, invalid, patch, path};
use crate::http::{ClientError, Method, Patience, Profile, ScimClient};
use crate::people::Person;
use crate::random::Random;

/// The headers that Entra sends (E-2). Its `User-Agent` is not known, so there is none.
pub const PROFILE: Profile = Profile {
    headers: &[("accept", "application/scim+json")],
    content_type: "application/scim+json; charset=utf-8",
};

/// How often Entra repeats a request within a cycle is not documented; what fails is tried again in later
/// cycles (E-23).
const PATIENCE: Patience = Patience { attempts: 4, ..Patience::LONG };

/// How many members go into one request.
pub const BATCH: usize = 20;

/// Which of Entra's two dialects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Without a flag: PascalCase, one operation an attribute, booleans as strings.
    Default,
    /// With `aadOptscim062020`: lower case, attributes merged into one operation without a path.
    Compliant,
}

/// Entra, talking to one connection.
#[derive(Debug)]
pub struct Entra {
    client: ScimClient,
    dialect: Dialect,
    seed: u64,
    roles: RoleMapping,
}

impl Entra {
    /// Entra in one of its dialects; `seed` decides on ids of groups, probes, and how roles are mapped.
    pub fn new(client: ScimClient, dialect: Dialect, seed: u64) -> Self {
        Self { client: client.with_patience(PATIENCE), dialect, seed, roles: RoleMapping::of(seed) }
    }

    /// *Test Connection*, and the keep-alive of every cycle (E-1): a user and a group that nobody knows. Only
    /// 200 and an empty list will do.
    async fn probe(&self, cycle: u64) -> Result<(), ClientError> {
        let unknown = Random::for_purpose(self.seed, 1_000 + cycle).guid();
        for (endpoint, attribute) in [("Users", "userName"), ("Groups", "displayName")] {
            let probe = lookup_path(endpoint, attribute, &unknown);
            if find(&self.client, &probe).await?.is_some() {
                return Err(invalid("GET", &probe, "somebody was found by a random GUID"));
            }
        }
        Ok(())
    }

    /// Match by user name (E-4), create whom nobody matches (E-5), update whom the server has.
    async fn assign(&self, errand: &Errand) -> Result<String, ClientError> {
        let person = &errand.person;
        let mut found = find(&self.client, &lookup_path("Users", "userName", &person.user_name)).await?;
        if let (None, Some(other)) = (&found, errand.later_user_name()) {
            found = find(&self.client, &lookup_path("Users", "userName", other)).await?;
        }
        if let Some(found) = found {
            return self.bring_up_to_date(&found, errand).await;
        }
        let body = bodies::create_user(person, errand.manager.as_deref(), self.roles);
        let answer = self.client.send(Method::POST, "/Users", Some(&body)).await?;
        let id = id_of(answer.body.as_ref(), "POST", "/Users")?;
        // E-21: this mapping adds roles by PATCH alone.
        if let (RoleMapping::Complex, Some(role)) = (self.roles, roles::role_of(person)) {
            let body = bodies::patch_user(self.dialect, self.roles, &[changes::add_role(&role)]);
            self.client.send(Method::PATCH, &path("Users", &id), Some(&body)).await?;
        }
        Ok(id)
    }

    /// Patches what differs from the resource that was `found` (E-9).
    async fn bring_up_to_date(&self, found: &Value, errand: &Errand) -> Result<String, ClientError> {
        let id = id_of(Some(found), "GET", "/Users")?;
        let changes = changes::between(found, &errand.person, errand.manager.as_deref(), self.roles);
        if !changes.is_empty() {
            let body = bodies::patch_user(self.dialect, self.roles, &changes);
            self.client.send(Method::PATCH, &path("Users", &id), Some(&body)).await?;
        }
        Ok(id)
    }

    /// The group and its members: matched by name without them (E-14), or created without any (E-15). Entra would
    /// leave in what an earlier play left in a group; so whoever is in it is read, once.
    async fn find_or_create_group(&self, wanted: &WantedGroup) -> Result<BelievedGroup, ClientError> {
        let mut found =
            find(&self.client, &lookup_path("Groups", "displayName", &wanted.display_name)).await?;
        if let (None, Some(other)) = (&found, &wanted.other_name) {
            found = find(&self.client, &lookup_path("Groups", "displayName", other)).await?;
        }
        let external_id = wanted.external_id.as_deref().unwrap_or_default();
        let Some(found) = found else {
            let body = bodies::create_group(&wanted.display_name, external_id);
            let answer = self.client.send(Method::POST, "/Groups", Some(&body)).await?;
            let id = id_of(answer.body.as_ref(), "POST", "/Groups")?;
            return Ok(BelievedGroup {
                id,
                display_name: wanted.display_name.clone(),
                external_id: wanted.external_id.clone(),
                members: BTreeMap::new(),
            });
        };
        let id = id_of(Some(&found), "GET", "/Groups?filter=…")?;
        let whole = self.client.get(&path("Groups", &id)).await?;
        let members = values(&whole, "members");
        let text = |name: &str| whole.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(BelievedGroup {
            id,
            display_name: text("displayName").unwrap_or_default(),
            external_id: text("externalId"),
            members: members.map(|id| (id.to_owned(), String::new())).collect(),
        })
    }

    async fn patch_group(&self, id: &str, operations: Vec<Value>) -> Result<(), ClientError> {
        if operations.is_empty() {
            return Ok(());
        }
        let body = patch(&operations);
        self.client.send(Method::PATCH, &path("Groups", id), Some(&body)).await.map(|_| ())
    }
}

impl Provider for Entra {
    const FEATURES: &'static [Feature] = &[
        Feature::Groups,
        Feature::Departments,
        Feature::Managers,
        Feature::ManagerReferences,
        Feature::Roles,
        Feature::Phones,
        Feature::Deletion,
        Feature::LeaversStayMembers,
    ];
    const CONTACT: &'static str = "Test Connection";
    const REDELIVERIES: usize = 2;

    fn client(&self) -> &ScimClient {
        &self.client
    }

    fn choices(&self) -> Vec<String> {
        vec![format!("roles of the application are mapped with {}", self.roles.function())]
    }

    fn believed(&self, id: String, errand: &Errand) -> BelievedUser {
        let person = &errand.person;
        BelievedUser {
            external_id: object_id(person),
            department: person.department(),
            manager: errand.manager.clone(),
            role: roles::role_of(person).map(|role| self.roles.value(&role)),
            phone: (errand.id.is_some() || has_phone_at_once(person)).then(|| person.phone.clone()),
            ..BelievedUser::of(id, person)
        }
    }

    /// Nothing tells Entra whether people are there: it looks for each.
    async fn make_contact(&self) -> Result<bool, ClientError> {
        self.probe(0).await.map(|()| true)
    }

    async fn begin_cycle(&self, cycle: u64) -> Result<(), ClientError> {
        self.probe(cycle).await
    }

    async fn perform(&self, errand: &Errand) -> Result<String, ClientError> {
        let Some(id) = &errand.id else { return self.assign(errand).await };
        let path = path("Users", id);
        match errand.act {
            // E-12: who comes back is known by their id, as who changed is.
            Act::Assign | Act::Update => {
                let found = self.client.get(&path).await?;
                return self.bring_up_to_date(&found, errand).await;
            }
            Act::Deactivate => {
                let body = bodies::patch_user(self.dialect, self.roles, &[changes::set_active(false)]);
                self.client.send(Method::PATCH, &path, Some(&body)).await?;
            }
            // E-13: thirty days after it was disabled.
            Act::Delete => {
                self.client.send(Method::DELETE, &path, None).await?;
            }
        }
        Ok(id.clone())
    }

    fn group_external_id(&self, index: usize) -> Option<String> {
        Some(Random::for_purpose(self.seed, 1_000_000 + index as u64).guid())
    }

    /// Its names first (E-18), then who went (E-17), then who came (E-16), a batch at a time.
    async fn push_group(
        &self,
        known: Option<&BelievedGroup>,
        wanted: &WantedGroup,
    ) -> Result<String, ClientError> {
        let before = match known {
            Some(known) => known.clone(),
            None => self.find_or_create_group(wanted).await?,
        };
        self.patch_group(&before.id, bodies::rename_group(self.dialect, &before, wanted)).await?;
        let went: Vec<&str> = missing_in(&wanted.members, &before.members).collect();
        for batch in went.chunks(BATCH) {
            self.patch_group(&before.id, bodies::remove_members(self.dialect, batch)).await?;
        }
        let came: Vec<&str> = missing_in(&before.members, &wanted.members).collect();
        for (number, batch) in came.chunks(BATCH).enumerate() {
            let together = number.is_multiple_of(2);
            self.patch_group(&before.id, bodies::add_members(self.dialect, batch, together)).await?;
        }
        Ok(before.id)
    }

    /// E-20.
    async fn delete_group(&self, id: &str) -> Result<(), ClientError> {
        self.client.send(Method::DELETE, &path("Groups", id), None).await.map(|_| ())
    }
}

/// The match, encoded as Microsoft's own library does it (E-4): a space is a plus. Groups without their
/// members (E-14).
pub fn lookup_path(endpoint: &str, attribute: &str, value: &str) -> String {
    let filter = equals(attribute, value);
    let filter = utf8_percent_encode(&filter, RESERVED).to_string().replace("%20", "+");
    let members = if endpoint == "Groups" { "excludedAttributes=members&" } else { "" };
    format!("/{endpoint}?{members}filter={filter}")
}

/// The object id of somebody: what `externalId` is mapped from. It stays the same when an account is made anew.
pub fn object_id(person: &Person) -> String {
    Random::for_purpose(person.lot, 3).guid()
}

/// Whether the desk of somebody has a telephone when they come. Who has none gets it with the first update, at a
/// value path that matches nothing yet (E-10).
pub fn has_phone_at_once(person: &Person) -> bool {
    person.lot.is_multiple_of(3)
}

fn missing_in<'m>(
    these: &'m BTreeMap<String, String>,
    of_those: &'m BTreeMap<String, String>,
) -> impl Iterator<Item = &'m str> {
    of_those.keys().filter(|id| !these.contains_key(*id)).map(String::as_str)
}
