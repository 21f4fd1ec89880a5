//! A connection's settings: typed, with one text form (`KEY=VALUE`) for the command line.

use crate::Error;
use crate::entra::Entra;
use crate::ownership::{ExistingUsers, OtherConnections};
use crate::policy::MappingDefault;
use scim::Mode;
use scim::path::Named;
use scim::schema::Schema;
use scim::schema::definition::{Definitions, Required, Synchronised};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What an administrator chose for a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether the provider's habits are corrected.
    pub mode: Mode,
    /// Which attributes every user must have.
    pub required: Required,
    /// Whether groups and memberships are synchronised.
    pub groups: bool,
    /// Paths of attributes that are not synchronised.
    pub off: Vec<String>,
    /// Attributes of users that may not stand in the filter of a URI (RFC 7644 §7.5.2).
    pub sensitive: Vec<String>,
    /// What becomes of groups that no mapping by hand and no naming rule speaks of.
    pub mapping_default: MappingDefault,
    /// The name of the role that such groups give; the tenant's default role if none is named.
    pub mapping_role: Option<String>,
    /// The name of the strongest role that mappings and rules may give.
    pub role_ceiling: String,
    /// What becomes of a creation that meets a user by hand.
    pub existing_users: ExistingUsers,
    /// What becomes of a creation that meets a user of another connection.
    pub other_connections: OtherConnections,
    /// Whether Entra ID may come with its own access token.
    pub entra: Entra,
}

/// The strongest role that mappings and rules give unless something else is chosen.
const ROLE_CEILING: &str = "Admin";

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: Mode::Lenient,
            required: Required::Standard,
            groups: true,
            off: Vec::new(),
            sensitive: Vec::new(),
            mapping_default: MappingDefault::Create,
            mapping_role: None,
            role_ceiling: ROLE_CEILING.to_owned(),
            existing_users: ExistingUsers::default(),
            other_connections: OtherConnections::default(),
            entra: Entra::default(),
        }
    }
}

/// The keys that [`Settings::set`] takes, with what each means.
pub const KEYS: &[(&str, &str)] = &[
    ("required", "standard (userName, e-mail, given and family name) or userName (that alone)"),
    (
        "strict",
        "true: only what the RFC and the interoperability profile allow; false: the provider's habits are corrected",
    ),
    ("groups", "true or false: whether groups and memberships are synchronised"),
    (
        "off",
        "attributes that are not synchronised, separated by commas, such as title,nickName; empty for none",
    ),
    (
        "sensitive",
        "attributes that may not stand in a filter of a URI, such as name,emails; POST /.search takes them",
    ),
    (
        "mapping-default",
        "create, match or hand: whether a group that no mapping and no rule speaks of makes an organization of its name, finds one, or waits for a person",
    ),
    ("mapping-role", "the role that such groups give, such as Member; empty for the tenant's default role"),
    (
        "role-ceiling",
        "the strongest role that mappings and rules may give, such as Admin; Owner is given by hand alone",
    ),
    (
        "existing-users",
        "reject or link: whether a creation that meets a user by hand of the same username is refused, or makes that user the connection's, if the address lies in a verified domain",
    ),
    (
        "other-connections",
        "reject, take-over or share: whether a creation that meets a user of another connection is refused, makes that user this connection's, or lets the user follow both",
    ),
    (
        "entra-tenant",
        "the id of the Entra tenant whose own access token opens the connection; empty for none",
    ),
    ("entra-audience", "the audience of that token; empty for that of every application outside the gallery"),
    (
        "entra-authority",
        "the cloud of that tenant, such as https://login.microsoftonline.us; empty for the worldwide one",
    ),
];

impl Settings {
    /// Sets one key from text. `extensions` are the tenant's own, whose attributes can be switched off as well.
    ///
    /// # Errors
    /// An unknown key or a value the key does not take, with what it takes.
    pub fn set(&mut self, key: &str, value: &str, extensions: &[Arc<Schema>]) -> Result<(), Error> {
        match key {
            "required" => {
                self.required = match value {
                    "standard" => Required::Standard,
                    "userName" => Required::UserName,
                    _ => return Err(refused(key, value)),
                }
            }
            "strict" => self.mode = if boolean(key, value)? { Mode::Strict } else { Mode::Lenient },
            "groups" => self.groups = boolean(key, value)?,
            "off" => self.off = self.attributes_off(value, extensions)?,
            "sensitive" => self.sensitive = base_attributes(value)?,
            "mapping-default" => {
                self.mapping_default = match value {
                    "create" => MappingDefault::Create,
                    "match" => MappingDefault::Match,
                    "hand" => MappingDefault::Hand,
                    _ => return Err(refused(key, value)),
                }
            }
            "mapping-role" => self.mapping_role = (!value.is_empty()).then(|| value.to_owned()),
            "existing-users" => {
                self.existing_users = ExistingUsers::named(value).ok_or_else(|| refused(key, value))?;
            }
            "other-connections" => {
                self.other_connections = OtherConnections::named(value).ok_or_else(|| refused(key, value))?;
            }
            "role-ceiling" => value.clone_into(&mut self.role_ceiling),
            "entra-tenant" | "entra-audience" | "entra-authority" => self.entra.set(key, value)?,
            _ => {
                let keys: Vec<&str> =
                    std::iter::once("name").chain(KEYS.iter().map(|(key, _)| *key)).collect();
                return Err(Error::invalid(format!(
                    "\"{key}\" is no setting. Settings are: {}.",
                    keys.join(", ")
                )));
            }
        }
        Ok(())
    }

    fn attributes_off(&self, value: &str, extensions: &[Arc<Schema>]) -> Result<Vec<String>, Error> {
        let paths = listed(value);
        let without = |off: Vec<String>| {
            let extensions = extensions.to_vec();
            Definitions::build(&Synchronised { required: self.required, off, extensions })
        };
        let every = without(Vec::new());
        for path in &paths {
            if every.user.resolve(path).is_err() {
                return Err(Error::invalid(format!(
                    "\"{path}\" is not an attribute of a user. Write it as in the schema, such as title or urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter."
                )));
            }
            if without(vec![path.clone()]).user.resolve(path).is_ok() {
                return Err(Error::invalid(format!(
                    "\"{path}\" is always synchronised and cannot be switched off."
                )));
            }
        }
        Ok(paths)
    }

    /// What shapes the connection's schemas, with the tenant's own extensions.
    pub fn synchronised(&self, extensions: Vec<Arc<Schema>>) -> Synchronised {
        Synchronised { required: self.required, off: self.off.clone(), extensions }
    }
}

/// The parts of a value, separated by commas.
fn listed(value: &str) -> Vec<String> {
    value.split(',').map(str::trim).filter(|path| !path.is_empty()).map(str::to_owned).collect()
}

/// Attributes of the core User, whole, spelled as the schema spells them.
fn base_attributes(value: &str) -> Result<Vec<String>, Error> {
    let definition = Definitions::build(&Synchronised::default()).user;
    let named = |name: String| match definition.resolve(&name) {
        Ok(Named::Attribute(found)) if found.extension.is_none() && found.sub.is_none() => {
            Ok(found.attribute.name.clone())
        }
        _ => Err(Error::invalid(format!(
            "\"{name}\" is not an attribute of the core User. Write whole attributes, such as name,emails."
        ))),
    };
    listed(value).into_iter().map(named).collect()
}

fn boolean(key: &str, value: &str) -> Result<bool, Error> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(refused(key, value)),
    }
}

fn refused(key: &str, value: &str) -> Error {
    let takes = KEYS.iter().find(|(known, _)| *known == key).map_or("", |(_, takes)| *takes);
    Error::invalid(format!("{key} does not take \"{value}\". It takes: {takes}."))
}
