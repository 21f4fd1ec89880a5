//! Users and groups as AWS writes them: the API's answers, and what the AWS CLI prints of them.
//!
//! Both are the same JSON, but for dates: seconds since 1970 in an answer, ISO 8601 in a file (docs/identity-providers.md C-4,
//! C-5). Nothing is guessed: a user who does not say whether they are enabled is an error.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::pool::PoolUser;

/// A user as `ListUsers` and `ListUsersInGroup` have them (C-4).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserRecord {
    /// The name within the pool.
    pub username: String,
    /// `AdminGetUser` calls them otherwise.
    #[serde(default, alias = "UserAttributes")]
    attributes: Vec<AttributeRecord>,
    enabled: Option<bool>,
    user_create_date: Option<DateRecord>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributeRecord {
    name: String,
    #[serde(default)]
    value: String,
}

/// A date in one of its forms.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum DateRecord {
    Seconds(f64),
    Text(String),
}

impl DateRecord {
    /// In microseconds since 1970 UTC.
    fn micros(&self) -> Option<i64> {
        match self {
            Self::Seconds(seconds) => {
                let since_1970 = jiff::SignedDuration::try_from_secs_f64(*seconds).ok()?;
                i64::try_from(since_1970.as_micros()).ok()
            }
            Self::Text(text) => text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_microsecond),
        }
    }
}

impl TryFrom<UserRecord> for PoolUser {
    type Error = String;

    fn try_from(record: UserRecord) -> Result<Self, String> {
        let username = record.username;
        let attributes: BTreeMap<String, String> =
            record.attributes.into_iter().map(|attribute| (attribute.name, attribute.value)).collect();
        let Some(sub) = attributes.get("sub").filter(|sub| !sub.is_empty()).cloned() else {
            return Err(format!(
                "user \"{username}\" has no attribute \"sub\", by which they are known; ask for all attributes"
            ));
        };
        let Some(enabled) = record.enabled else {
            return Err(format!("user \"{username}\" has no \"Enabled\", true or false"));
        };
        let created = record.user_create_date.map(|date| {
            date.micros().ok_or_else(|| {
                format!("the \"UserCreateDate\" of user \"{username}\" is neither an ISO 8601 date nor seconds since 1970")
            })
        });
        let created = created.transpose()?;
        Ok(Self { username, sub, attributes, enabled, created })
    }
}

/// The users of many records by their `sub`, each once: pages may overlap while the pool changes.
pub fn by_sub(records: Vec<UserRecord>) -> Result<BTreeMap<String, PoolUser>, String> {
    let users = records.into_iter().map(PoolUser::try_from);
    users.map(|user| user.map(|user| (user.sub.clone(), user))).collect()
}
