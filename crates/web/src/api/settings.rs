//! The settings of a connection as the API speaks of them: typed, each under one name for reading and for writing.

use super::endpoint::Sample;
use ::scim::Mode;
use ::scim::schema::definition::Required;
use provisioning::Settings;
use provisioning::ownership::{ExistingUsers, OtherConnections};
use provisioning::policy::MappingDefault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which attributes every user must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RequiredView {
    /// Username, e-mail, given and family name.
    Standard,
    /// The username alone.
    UserName,
}

/// What becomes of a group that no mapping and no rule speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MappingDefaultView {
    /// It stands for the organization of its name, which is made if it is not there.
    Create,
    /// It stands for the organization of its name if there is one.
    Match,
    /// It waits for a person.
    Hand,
}

/// What becomes of a creation that meets a user by hand of the same username.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExistingUsersView {
    /// It is refused.
    Reject,
    /// The user becomes the connection's, if the address lies in a verified domain.
    Link,
}

/// What becomes of a creation that meets a user of another connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OtherConnectionsView {
    /// It is refused.
    Reject,
    /// The user becomes this connection's, and follows the other no longer.
    TakeOver,
    /// The user stays the other's, and follows both.
    Share,
}

/// The settings of a connection.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Settings")]
pub struct SettingsView {
    /// Whether only what the RFC and the interoperability profile allow is taken; else habits are corrected.
    pub strict: bool,
    /// Which attributes every user must have.
    pub required: RequiredView,
    /// Whether groups and memberships are synchronised.
    pub groups: bool,
    /// Attributes that are not synchronised.
    pub off: Vec<String>,
    /// Attributes that may not stand in the filter of a URI.
    pub sensitive: Vec<String>,
    /// What becomes of a group that no mapping and no rule speaks of.
    pub mapping_default: MappingDefaultView,
    /// The role that such a group gives; null for the tenant's default role.
    pub mapping_role: Option<String>,
    /// The strongest role that mappings and rules may give.
    pub role_ceiling: String,
    /// What becomes of a creation that meets a user by hand.
    pub existing_users: ExistingUsersView,
    /// What becomes of a creation that meets a user of another connection.
    pub other_connections: OtherConnectionsView,
    /// The Entra tenant whose own access token opens the connection; null for none.
    pub entra_tenant: Option<String>,
    /// The audience of that token; null for that of every application outside the gallery.
    pub entra_audience: Option<String>,
    /// The cloud of that tenant; null for the worldwide one.
    pub entra_authority: Option<String>,
}

impl From<&Settings> for SettingsView {
    fn from(settings: &Settings) -> Self {
        Self {
            strict: settings.mode == Mode::Strict,
            required: match settings.required {
                Required::Standard => RequiredView::Standard,
                Required::UserName => RequiredView::UserName,
            },
            groups: settings.groups,
            off: settings.off.clone(),
            sensitive: settings.sensitive.clone(),
            mapping_default: match settings.mapping_default {
                MappingDefault::Create => MappingDefaultView::Create,
                MappingDefault::Match => MappingDefaultView::Match,
                MappingDefault::Hand => MappingDefaultView::Hand,
            },
            mapping_role: settings.mapping_role.clone(),
            role_ceiling: settings.role_ceiling.clone(),
            existing_users: match settings.existing_users {
                ExistingUsers::Reject => ExistingUsersView::Reject,
                ExistingUsers::Link => ExistingUsersView::Link,
            },
            other_connections: match settings.other_connections {
                OtherConnections::Reject => OtherConnectionsView::Reject,
                OtherConnections::TakeOver => OtherConnectionsView::TakeOver,
                OtherConnections::Share => OtherConnectionsView::Share,
            },
            entra_tenant: settings.entra.tenant.clone(),
            entra_audience: settings.entra.audience.clone(),
            entra_authority: settings.entra.authority.clone(),
        }
    }
}

/// Changes to the settings of a connection: what is left away stays as it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SettingsChange {
    /// Whether only what the RFC and the interoperability profile allow is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
    /// Which attributes every user must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<RequiredView>,
    /// Whether groups and memberships are synchronised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<bool>,
    /// Attributes that are not synchronised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub off: Option<Vec<String>>,
    /// Attributes that may not stand in the filter of a URI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sensitive: Option<Vec<String>>,
    /// What becomes of a group that no mapping and no rule speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapping_default: Option<MappingDefaultView>,
    /// The role that such a group gives; an empty text for the tenant's default role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapping_role: Option<String>,
    /// The strongest role that mappings and rules may give.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_ceiling: Option<String>,
    /// What becomes of a creation that meets a user by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub existing_users: Option<ExistingUsersView>,
    /// What becomes of a creation that meets a user of another connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_connections: Option<OtherConnectionsView>,
    /// The Entra tenant whose own access token opens the connection; an empty text for none. Needs the scope tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entra_tenant: Option<String>,
    /// The audience of that token; an empty text for the usual one. Needs the scope tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entra_audience: Option<String>,
    /// The cloud of that tenant; an empty text for the worldwide one. Needs the scope tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entra_authority: Option<String>,
}

impl SettingsChange {
    /// Whether it says who may come in: whoever may not make tokens may not open the door in another way.
    pub fn lets_in(&self) -> bool {
        [&self.entra_tenant, &self.entra_audience, &self.entra_authority]
            .iter()
            .any(|chosen| chosen.is_some())
    }

    /// Whether the service would ask for keys on the machine it runs on: what listens there is none of a tenant's business.
    pub fn asks_this_machine(&self) -> bool {
        self.entra_authority.as_deref().is_some_and(|authority| authority.starts_with("http://"))
    }

    /// The changes as keys and values, which is how the rules take them.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let written = serde_json::to_value(self).unwrap_or_default();
        let text = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Array(items) => {
                items.iter().filter_map(|item| item.as_str()).collect::<Vec<_>>().join(",")
            }
            other => other.to_string(),
        };
        written.as_object().into_iter().flatten().map(|(name, value)| (key(name), text(value))).collect()
    }
}

/// The key that the rules know a setting by: `mappingDefault` is `mapping-default` there.
fn key(name: &str) -> String {
    let mut key = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            key.push('-');
        }
        key.push(letter.to_ascii_lowercase());
    }
    key
}

impl Sample for SettingsChange {
    fn sample() -> Self {
        Self { strict: Some(false), mapping_default: Some(MappingDefaultView::Match), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use provisioning::settings::KEYS;
    use std::collections::BTreeSet;

    /// A setting that the command line can change and the API cannot would break the promise that each does all.
    #[test]
    fn every_setting_can_be_changed_and_is_shown() {
        let keys: BTreeSet<String> = KEYS.iter().map(|(name, _)| (*name).to_owned()).collect();
        let change = SettingsChange {
            strict: Some(true),
            required: Some(RequiredView::UserName),
            groups: Some(true),
            off: Some(vec!["title".into(), "nickName".into()]),
            sensitive: Some(Vec::new()),
            mapping_default: Some(MappingDefaultView::Hand),
            mapping_role: Some(String::new()),
            role_ceiling: Some("Admin".into()),
            existing_users: Some(ExistingUsersView::Link),
            other_connections: Some(OtherConnectionsView::TakeOver),
            entra_tenant: Some(String::new()),
            entra_audience: Some(String::new()),
            entra_authority: Some(String::new()),
        };
        let pairs = change.pairs();
        let changed: BTreeSet<String> = pairs.iter().map(|(name, _)| name.clone()).collect();
        assert_eq!(changed, keys);
        let shown = serde_json::to_value(SettingsView::from(&Settings::default())).unwrap();
        let shown: BTreeSet<String> = shown.as_object().unwrap().keys().map(|name| key(name)).collect();
        assert_eq!(shown, keys);
        let mut settings = Settings::default();
        for (name, value) in &pairs {
            settings.set(name, value, &[]).unwrap();
        }
        assert_eq!(
            (settings.off, settings.required),
            (vec!["title".into(), "nickName".into()], Required::UserName)
        );
    }
}
