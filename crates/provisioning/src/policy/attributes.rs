//! Which of a resource's attributes the directory's user follows.

use scim::Document;
use serde_json::{Value, json};
use store::users::User;

/// The synchronised attributes of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// `userName`.
    pub user_name: String,
    /// `externalId`.
    pub external_id: Option<String>,
    /// The primary e-mail, else the first, else an address in `userName`.
    pub email: Option<String>,
    /// `name.givenName`.
    pub given_name: Option<String>,
    /// `name.familyName`.
    pub family_name: Option<String>,
    /// `displayName`.
    pub display_name: Option<String>,
}

impl Profile {
    /// The profile of a User resource.
    pub fn of(document: &Document) -> Self {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let name = |part| text(document.get("name").and_then(|name| name.get(part)));
        let user_name = text(document.get("userName")).unwrap_or_default();
        Self {
            email: email(document)
                .or_else(|| scim::resource::is_address(&user_name).then(|| user_name.clone())),
            external_id: text(document.get("externalId")),
            given_name: name("givenName"),
            family_name: name("familyName"),
            display_name: text(document.get("displayName")),
            user_name,
        }
    }

    /// The profile that a user has.
    pub fn of_user(user: &User) -> Self {
        Self {
            user_name: user.user_name.clone(),
            external_id: user.external_id.clone(),
            email: user.email.clone(),
            given_name: user.given_name.clone(),
            family_name: user.family_name.clone(),
            display_name: user.display_name.clone(),
        }
    }

    /// Gives a user this profile.
    pub fn put_on(self, user: &mut User) {
        user.user_name = self.user_name;
        user.external_id = self.external_id;
        user.email = self.email;
        user.given_name = self.given_name;
        user.family_name = self.family_name;
        user.display_name = self.display_name;
    }

    /// The profile as an event tells of it.
    pub fn told(&self) -> Value {
        json!({
            "userName": self.user_name,
            "externalId": self.external_id,
            "email": self.email,
            "givenName": self.given_name,
            "familyName": self.family_name,
            "displayName": self.display_name,
        })
    }

    /// How to call the person: display name, else given and family name, else username.
    pub fn called(&self) -> String {
        if let Some(name) = &self.display_name {
            return name.clone();
        }
        match (&self.given_name, &self.family_name) {
            (Some(given), Some(family)) => format!("{given} {family}"),
            _ => self.user_name.clone(),
        }
    }
}

fn email(document: &Document) -> Option<String> {
    let has_value = |email: &&Value| email.get("value").is_some_and(Value::is_string);
    let emails: Vec<&Value> =
        document.get("emails").and_then(Value::as_array).into_iter().flatten().filter(has_value).collect();
    let primary = emails.iter().find(|email| email.get("primary") == Some(&Value::Bool(true)));
    let chosen = primary.or(emails.first())?;
    chosen.get("value").and_then(Value::as_str).map(str::to_owned)
}
