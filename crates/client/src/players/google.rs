//! Google Workspace's auto-provisioning, one method for each thing it does (docs/identity-providers.md G-1 to G-8).
//!
//! Google publishes no wire format: headers and the order of things are reported, the verb of an update is not
//! known. So the seed chooses it, and the verdict says which. What the bodies look like is in `bodies`.

pub mod bodies;

use percent_encoding::utf8_percent_encode;
use serde_json::Value;

use super::belief::BelievedUser;
use super::provider::{Act, Errand, Feature, Provider};
use super::wire::{RESERVED, count, equals, find, id_of, path};
use crate::http::{ClientError, Method, Patience, Profile, ScimClient};
use crate::people::Person;
use crate::random::Random;

/// The headers that Google sends (G-2), on requests without a body too.
pub const PROFILE: Profile = Profile {
    headers: &[("accept", "application/json"), ("user-agent", "Google-Auto-Provisioning")],
    content_type: "application/json",
};

/// How Google repeats a request is not known; every few hours it syncs anew (G-1).
const PATIENCE: Patience = Patience { attempts: 4, ..Patience::LONG };

/// How an update is sent (G-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// The whole resource.
    Put,
    /// One operation without a path.
    Patch,
}

impl Verb {
    /// The one that `seed` draws.
    pub fn of(seed: u64) -> Self {
        if seed.is_multiple_of(2) { Self::Patch } else { Self::Put }
    }
}

/// Google, talking to one connection.
#[derive(Debug)]
pub struct Google {
    client: ScimClient,
    verb: Verb,
}

impl Google {
    /// Google; `seed` decides on the verb of an update.
    pub fn new(client: ScimClient, seed: u64) -> Self {
        Self { client: client.with_patience(PATIENCE), verb: Verb::of(seed) }
    }

    /// Match by the primary address (G-4), create whom nobody matches, update whom the server has.
    async fn assign(&self, errand: &Errand) -> Result<String, ClientError> {
        let person = &errand.person;
        let mut found = find(&self.client, &lookup_path(&person.user_name)).await?;
        if let (None, Some(other)) = (&found, errand.later_user_name()) {
            found = find(&self.client, &lookup_path(other)).await?;
        }
        let Some(found) = found else {
            let body = bodies::user(person);
            let answer = self.client.send(Method::POST, "/Users", Some(&body)).await?;
            return id_of(answer.body.as_ref(), "POST", "/Users");
        };
        let id = id_of(Some(&found), "GET", "/Users?filter=…")?;
        self.update(&id, person).await?;
        Ok(id)
    }

    async fn update(&self, id: &str, person: &Person) -> Result<(), ClientError> {
        let (method, body) = match self.verb {
            Verb::Put => (Method::PUT, bodies::replace_user(id, person)),
            Verb::Patch => (Method::PATCH, bodies::patch_user(person)),
        };
        self.send(method, id, Some(&body)).await
    }

    /// Stage one: suspend (G-6).
    async fn suspend(&self, id: &str, person: &Person) -> Result<(), ClientError> {
        match self.verb {
            Verb::Put => self.update(id, person).await,
            Verb::Patch => self.send(Method::PATCH, id, Some(&bodies::set_active(false))).await,
        }
    }

    async fn send(&self, method: Method, id: &str, body: Option<&Value>) -> Result<(), ClientError> {
        self.client.send(method, &path("Users", id), body).await.map(|_| ())
    }
}

impl Provider for Google {
    const FEATURES: &'static [Feature] = &[Feature::Deletion];
    const CONTACT: &'static str = "First contact";
    const REDELIVERIES: usize = 1;

    fn client(&self) -> &ScimClient {
        &self.client
    }

    fn choices(&self) -> Vec<String> {
        let verb = match self.verb {
            Verb::Put => "PUT",
            Verb::Patch => "PATCH",
        };
        vec![format!("updates are sent by {verb}: which verb Google uses is not known")]
    }

    fn believed(&self, id: String, errand: &Errand) -> BelievedUser {
        BelievedUser { external_id: directory_id(&errand.person), ..BelievedUser::of(id, &errand.person) }
    }

    /// One user is asked for (G-3), then the attributes for the page of mappings (G-8).
    async fn make_contact(&self) -> Result<bool, ClientError> {
        let users = count(&self.client, "/Users?count=1").await?;
        self.client.get("/Schemas").await?;
        Ok(users > 0)
    }

    async fn perform(&self, errand: &Errand) -> Result<String, ClientError> {
        let Some(id) = &errand.id else { return self.assign(errand).await };
        match errand.act {
            Act::Assign | Act::Update => self.update(id, &errand.person).await?,
            Act::Deactivate => self.suspend(id, &errand.person).await?,
            // Stage two, days or weeks later.
            Act::Delete => self.send(Method::DELETE, id, None).await?,
        }
        Ok(id.clone())
    }
}

/// The match by user name.
pub fn lookup_path(user_name: &str) -> String {
    let filter = equals("userName", user_name);
    format!("/Users?filter={}", utf8_percent_encode(&filter, RESERVED))
}

/// The id that Google's directory has for somebody: 21 digits.
pub fn directory_id(person: &Person) -> String {
    let mut random = Random::for_purpose(person.lot, 4);
    let digits = (0..20).map(|_| char::from(b"0123456789"[random.below(10)]));
    std::iter::once('1').chain(digits).collect()
}
