//! Auth0's Action for event streams, one method for each event (docs/identity-providers.md ).
//!
//! It creates without looking, finds by `externalId`, and is in a hurry: a second and a half, one repetition,
//! then the event is delivered again. What the body looks like is in `bodies`.

pub mod bodies;

use std::time::Duration;

use percent_encoding::{AsciiSet, utf8_percent_encode};
use serde_json::Value;

use super::belief::BelievedUser;
use super::provider::{Act, Errand, Feature, Provider};
use super::wire::{RESERVED, equals, id_of, invalid, path};
use crate::http::{ClientError, Method, Patience, Profile, ScimClient};
use crate::people::Person;
use crate::random::Random;

/// The headers that Auth0 sends: `Content-Type` on every request, with a body or without one.
pub const PROFILE: Profile = Profile {
    headers: &[
        ("accept", "application/scim+json"),
        ("content-type", "application/scim+json"),
        ("user-agent", "node"),
    ],
    content_type: "application/scim+json",
};

/// `Retry-After` is not heeded.
pub const PATIENCE: Patience = Patience {
    timeout: Duration::from_millis(1500),
    attempts: 2,
    pause: Some(Duration::from_millis(250)),
    insists: true,
};

/// What JavaScript's `encodeURIComponent` encodes.
const COMPONENT: &AsciiSet = &RESERVED.remove(b'!').remove(b'*').remove(b'\'').remove(b'(').remove(b')');

/// Auth0, talking to one connection.
#[derive(Debug)]
pub struct Auth0 {
    client: ScimClient,
}

impl Auth0 {
    /// Auth0.
    pub fn new(client: ScimClient) -> Self {
        Self { client: client.with_patience(PATIENCE) }
    }

    /// `user.created`. A conflict is success if it is about the same user.
    async fn create(&self, person: &Person) -> Result<String, ClientError> {
        let body = bodies::user(person);
        let answer = match self.client.send(Method::POST, "/Users", Some(&body)).await {
            Ok(answer) => answer,
            Err(conflict) if conflict.status() == Some(409) => return self.reconcile(person, conflict).await,
            Err(error) => return Err(error),
        };
        if answer.status != 201 {
            return Err(invalid("POST", "/Users", format!("201 is needed, {} came", answer.status)));
        }
        id_of(answer.body.as_ref(), "POST", "/Users")
    }

    /// Whom a conflict was about: somebody of exactly this `externalId`, or it is an error.
    async fn reconcile(&self, person: &Person, conflict: ClientError) -> Result<String, ClientError> {
        let wanted = external_id(person);
        let Some(found) = self.find(&wanted).await? else { return Err(conflict) };
        let theirs = found.get("externalId").unwrap_or(&Value::Null);
        if theirs != wanted.as_str() {
            let reason = format!("409, and whom the server found by externalId \"{wanted}\" has {theirs}");
            return Err(invalid("POST", "/Users", reason));
        }
        // An earlier play may have left them blocked; then they are unblocked, which is an update.
        if found.get("active") == Some(&Value::Bool(person.employed)) {
            id_of(Some(&found), "GET", "/Users?filter=…")
        } else {
            self.replace(&found, person).await
        }
    }

    /// `user.updated`, of which blocking is one kind. `None` if nobody is found.
    async fn update(&self, person: &Person, known_as: &str) -> Result<Option<String>, ClientError> {
        match self.find(known_as).await? {
            Some(found) => self.replace(&found, person).await.map(Some),
            None => Ok(None),
        }
    }

    /// The same for somebody who may be there with another account; *upsert* creates whom it does not find.
    async fn update_either(
        &self,
        person: &Person,
        known_as: &str,
        later: &str,
    ) -> Result<Option<String>, ClientError> {
        match self.update(person, known_as).await? {
            None if later != known_as => self.update(person, later).await,
            updated => Ok(updated),
        }
    }

    async fn replace(&self, found: &Value, person: &Person) -> Result<String, ClientError> {
        let id = id_of(Some(found), "GET", "/Users?filter=…")?;
        self.client.send(Method::PUT, &path("Users", &id), Some(&bodies::user(person))).await?;
        Ok(id)
    }

    /// `user.deleted`: who is not there any more is deleted.
    async fn delete(&self, person: &Person) -> Result<(), ClientError> {
        let Some(found) = self.find(&external_id(person)).await? else { return Ok(()) };
        let id = id_of(Some(&found), "GET", "/Users?filter=…")?;
        match self.client.send(Method::DELETE, &path("Users", &id), None).await {
            Err(error) if error.status() != Some(404) => Err(error),
            _ => Ok(()),
        }
    }

    /// Every resource in the list must have an id.
    async fn find(&self, external_id: &str) -> Result<Option<Value>, ClientError> {
        let path = lookup_path(external_id);
        let mut list = self.client.get(&path).await?;
        let Some(Value::Array(found)) = list.get_mut("Resources").map(Value::take) else {
            return Err(invalid("GET", &path, "a list without `Resources`"));
        };
        if found.iter().any(|resource| !resource["id"].is_string()) {
            return Err(invalid("GET", &path, "a resource without an `id`"));
        }
        Ok(found.into_iter().next())
    }
}

impl Provider for Auth0 {
    const FEATURES: &'static [Feature] = &[Feature::Deletion];
    const CONTACT: &'static str = "The stream opens";
    const REDELIVERIES: usize = 2;

    fn client(&self) -> &ScimClient {
        &self.client
    }

    fn believed(&self, id: String, errand: &Errand) -> BelievedUser {
        BelievedUser { external_id: external_id(&errand.person), ..BelievedUser::of(id, &errand.person) }
    }

    /// There is no test of a connection: the first request is the first event.
    async fn make_contact(&self) -> Result<bool, ClientError> {
        Ok(true)
    }

    async fn perform(&self, errand: &Errand) -> Result<String, ClientError> {
        let person = &errand.person;
        let known_as = external_id(person);
        match (errand.act, &errand.id) {
            (Act::Assign, None) => {
                if let Some(later) = &errand.later
                    && let Some(id) = self.update_either(person, &known_as, &external_id(later)).await?
                {
                    return Ok(id);
                }
                self.create(person).await
            }
            (Act::Delete, id) => {
                self.delete(person).await?;
                Ok(id.clone().unwrap_or_default())
            }
            _ => {
                let updated = self.update(person, &known_as).await?;
                let skipped = "nobody has this externalId: the update is skipped";
                updated.ok_or_else(|| invalid("GET", &lookup_path(&known_as), skipped))
            }
        }
    }
}

/// The lookup, encoded as `encodeURIComponent` does.
pub fn lookup_path(external_id: &str) -> String {
    let filter = equals("externalId", external_id);
    format!("/Users?filter={}", utf8_percent_encode(&filter, COMPONENT))
}

/// Auth0's `user_id`: the connection that somebody signs in by, and what it calls them. An account of Auth0's own
/// database has another one each time it is made.
pub fn external_id(person: &Person) -> String {
    let account = u64::from(person.account);
    match person.lot % 8 {
        0 => format!("samlp|acme|{}", person.index),
        1 => format!("google-oauth2|{}", super::google::directory_id(person)),
        2 => format!("ad|acme|ACME\\{}", person.index),
        _ => {
            let mut random = Random::for_purpose(person.lot, 5 + account);
            format!("auth0|{:016x}{:08x}", random.draw(), random.draw() >> 32)
        }
    }
}
