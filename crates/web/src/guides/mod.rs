//! Guides for administrators: how each provider is connected, what it sends then, what goes wrong and what to do.
//!
//! A guide is data (`guides/*.toml` beside `src/`), so that the book, the command line and a page that shows it say the
//! same. Here it is read, its placeholders are filled in, and it is typed; `markdown` writes it out. What the service
//! itself says stands once, in `guides/errors.toml`; a test provokes each of those errors and compares. A guide is read
//! anew each time: it is small, and seldom asked for.

mod fill;
mod markdown;

use ::scim::Provider;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What is filled into a guide. The token is not among it: guides say where to put it, and never hold it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The SCIM base URL of the connection.
    pub base_url: &'a str,
    /// The connection's id.
    pub connection: &'a str,
    /// The name of the connection's tenant.
    pub tenant: &'a str,
}

impl Place<'static> {
    /// What stands in a guide as long as there is no connection.
    pub const EXAMPLE: Self = Self {
        base_url: "https://iam.example.com/scim/v2/CONNECTION",
        connection: "CONNECTION",
        tenant: "TENANT",
    };
}

/// How one provider is connected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guide {
    /// The provider.
    pub provider: Provider,
    /// What the guide is for, in a few words.
    pub title: String,
    /// The month in which the provider's own documentation was last compared, as `2026-11`.
    pub checked: String,
    /// What to expect of the guide; paragraphs.
    pub summary: Vec<String>,
    /// What must be so before one begins.
    pub before: Vec<String>,
    /// What to do, in this order.
    pub steps: Vec<Step>,
    /// Which attribute of the provider is which of SCIM.
    pub mappings: Vec<Mapping>,
    /// What becomes of groups.
    pub groups: Vec<String>,
    /// Which requests come when.
    pub expect: Vec<Expectation>,
    /// How long it takes.
    pub timing: Vec<String>,
    /// How to see that it works.
    pub test: Vec<String>,
    /// What cannot be done this way.
    pub limits: Vec<String>,
    /// What the service refuses, and the cure.
    pub errors: Vec<Refusal>,
    /// What only the provider shows.
    pub symptoms: Vec<Symptom>,
    /// How to change the token.
    pub rotate: Vec<String>,
    /// How to end it.
    pub back: Vec<String>,
    /// Other ways to do the same, or what differs between products; often none.
    #[serde(default)]
    pub variants: Vec<Variant>,
    /// Where the provider says so.
    pub sources: Vec<Source>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What it is for.
    pub title: String,
    /// Where to click, one after the other; empty for what is done at a command line.
    #[serde(default)]
    pub path: Vec<String>,
    /// What to do there.
    pub text: String,
    /// What to enter.
    #[serde(default)]
    pub enter: Vec<Entry>,
    /// Commands or code to copy.
    #[serde(default)]
    pub code: Option<String>,
    /// What one should then see.
    #[serde(default)]
    pub see: Option<String>,
}

/// A field and what goes into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The field as the provider calls it.
    pub field: String,
    /// What to enter or choose.
    pub value: String,
}

/// An attribute's way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The provider's attribute.
    pub theirs: String,
    /// The attribute of SCIM.
    pub scim: String,
    /// What it is here.
    pub ours: String,
}

/// What the provider sends on an occasion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The occasion.
    pub event: String,
    /// The requests in their order; none if the provider sends nothing.
    pub requests: Vec<String>,
    /// What comes of them here.
    pub result: String,
}

/// An error that the service answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// Its name in `errors.toml`.
    pub id: String,
    /// What it is, in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The detail code, if it has one.
    #[serde(default)]
    pub scim_type: Option<String>,
    /// The sentence, with "…" for what differs from case to case.
    pub detail: String,
    /// How and where the provider shows it.
    pub shown: String,
    /// Why it happens.
    pub cause: String,
    /// What to do.
    pub cure: String,
}

/// Something that the provider shows and the service did not say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Symptom {
    /// What one sees.
    pub shown: String,
    /// Why it happens.
    pub cause: String,
    /// What to do.
    pub cure: String,
}

/// Another way, or another product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// What it is.
    pub title: String,
    /// What is to be known; paragraphs.
    pub text: Vec<String>,
    /// What to do.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// A document of somebody else that says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its title.
    pub name: String,
    /// Its address.
    pub url: String,
}

/// A guide that cannot be read. The guides are part of the program and tested, so nobody should ever see it.
#[derive(Debug, thiserror::Error)]
#[error("the guide for {provider} cannot be read: {problem}")]
pub struct Malformed {
    provider: Provider,
    problem: String,
}

impl Guide {
    /// What the guide tells of an answer, by its status and its sentence; nothing if it tells nothing of it.
    pub fn refusal(&self, status: i64, said: &str) -> Option<&Refusal> {
        self.errors.iter().find(|refusal| i64::from(refusal.status) == status && refusal.is_said(said))
    }
}

impl Refusal {
    /// Whether a sentence is this one, whatever stands in the place of "…".
    fn is_said(&self, said: &str) -> bool {
        // On the wire the sentence of a failure ends with the request's id; a record keeps it without.
        let detail = self.detail.strip_suffix(" Request ….").unwrap_or(&self.detail);
        let mut parts = detail.split('…');
        let Some(mut rest) = said.strip_prefix(parts.next().unwrap_or_default()) else { return false };
        for part in parts {
            match rest.split_once(part) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        rest.is_empty() || detail.ends_with('…')
    }
}

const ERRORS: &str = include_str!("../../guides/errors.toml");

fn text(provider: Provider) -> &'static str {
    match provider {
        Provider::Okta => include_str!("../../guides/okta.toml"),
        Provider::Entra => include_str!("../../guides/entra.toml"),
        Provider::Google => include_str!("../../guides/google.toml"),
        Provider::Auth0 => include_str!("../../guides/auth0.toml"),
        Provider::Cognito => include_str!("../../guides/cognito.toml"),
        Provider::Generic => include_str!("../../guides/generic.toml"),
    }
}

/// The guide of a provider for one connection.
///
/// # Errors
/// The guide is malformed or has a placeholder that nothing fills.
pub fn guide(provider: Provider, place: &Place<'_>) -> Result<Guide, Malformed> {
    read(text(provider), place).map_err(|problem| Malformed { provider, problem })
}

fn read(text: &str, place: &Place<'_>) -> Result<Guide, String> {
    let mut guide: Value = toml::from_str(text).map_err(|error| error.to_string())?;
    let known: Map<String, Value> = toml::from_str(ERRORS).map_err(|error| error.to_string())?;
    for told in guide["errors"].as_array_mut().into_iter().flatten() {
        *told = with_sentence(told, &known)?;
    }
    fill::fill(&mut guide, place)?;
    serde_json::from_value(guide).map_err(|error| error.to_string())
}

/// What a guide tells of an error, laid over what `errors.toml` says of it.
fn with_sentence(told: &Value, known: &Map<String, Value>) -> Result<Value, String> {
    let id = told["id"].as_str().ok_or("an error has no id")?;
    let said =
        known.get(id).and_then(Value::as_object).ok_or_else(|| format!("there is no error \"{id}\""))?;
    let mut whole = said.clone();
    for (key, value) in told.as_object().into_iter().flatten() {
        if ["status", "scim_type", "detail"].contains(&key.as_str()) {
            return Err(format!("error \"{id}\": what the service says stands in errors.toml alone"));
        }
        whole.insert(key.clone(), value.clone());
    }
    Ok(Value::Object(whole))
}

#[cfg(test)]
mod tests {
    use super::{Place, read, text};
    use scim::Provider;

    #[test]
    fn an_answer_is_known_by_its_sentence_whatever_it_names() {
        let guide = super::guide(Provider::Okta, &Place::EXAMPLE).unwrap();
        let known = |status, said: &str| guide.refusal(status, said).map(|refusal| refusal.id.as_str());
        let exists = "There is an active user with the userName \"ana\" already. Update that user (id 7) instead of creating it.";
        assert_eq!(known(409, exists), Some("user-exists"));
        assert_eq!(known(400, exists), None);
        assert_eq!(known(409, &exists[..60]), None);
        let off = "This connection does not synchronise groups. Switch groups on in AccessIQ, or stop pushing them.";
        assert_eq!(known(501, off), Some("groups-off"));
        assert_eq!(known(409, ""), None);
    }

    fn problem(from: &str, to: &str) -> String {
        let text = text(Provider::Okta).replacen(from, to, 1);
        assert_ne!(text, super::text(Provider::Okta), "{from} is in the guide");
        read(&text, &Place::EXAMPLE).expect_err("a malformed guide")
    }

    #[test]
    fn a_malformed_guide_is_not_read() {
        assert!(problem("title = ", "titel = ").contains("titel"));
        assert!(problem("{base_url}", "{base_uri}").contains("{base_uri}"));
        assert!(problem("id = \"wrong-token\"", "id = \"wrong\"").contains("no error \"wrong\""));
        assert!(
            problem("id = \"wrong-token\"", "id = \"wrong-token\"\ndetail = \"No.\"")
                .contains("errors.toml alone")
        );
    }
}
