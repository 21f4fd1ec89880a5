//! Policy: what follows from the mirror for the directory, as pure functions over facts.
//!
//! A connection's [`Policy`] is what its administrator chose: how names of groups are read, what becomes of groups
//! that nothing speaks of, which users get a role for what they are. It is read once for each version of the
//! connection; mappings by hand are rows and read with the group they belong to.

pub mod attributes;
pub mod derive;
pub mod follow;
pub mod mapping;
pub(crate) mod renew;
pub mod rules;

use crate::Settings;
use rules::{AttributeRule, NamingRule};
use scim::schema::definition::Definitions;
use serde::{Deserialize, Serialize};
use store::mirror_groups::MirrorGroup;
use store::rules::{Rule, RuleKind};

/// What becomes of a group that no mapping by hand and no naming rule speaks of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MappingDefault {
    /// It stands for the organization of its name, which is made if it is not there.
    #[default]
    Create,
    /// It stands for the organization of its name if there is one.
    Match,
    /// It stands for nothing until a person maps it.
    Hand,
}

/// What a connection's administrator chose for its groups and users.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// What becomes of groups that nothing else speaks of.
    pub mapping_default: MappingDefault,
    /// The name of the role that they give; the tenant's default role if none is named.
    pub mapping_role: Option<String>,
    /// The name of the strongest role that mappings and rules may give.
    pub role_ceiling: String,
    /// How names of groups are read: the first that matches counts.
    pub naming: Vec<NamingRule>,
    /// Which users get a role for what they are: each that matches counts.
    pub attributes: Vec<AttributeRule>,
}

impl Policy {
    /// The policy that settings and rules make. A rule that cannot be read any more, since an attribute that it speaks
    /// of was switched off, matches nobody.
    pub fn of(settings: &Settings, definitions: &Definitions, rules: &[Rule]) -> Self {
        let mut policy = Self::of_settings(settings);
        for rule in rules {
            match rule.kind {
                RuleKind::Naming => policy.naming.extend(NamingRule::read(rule).ok()),
                RuleKind::Attribute => {
                    policy.attributes.extend(AttributeRule::read(rule, &definitions.user).ok());
                }
            }
        }
        policy
    }

    /// The policy that settings alone make, without any rule.
    pub fn of_settings(settings: &Settings) -> Self {
        Self {
            mapping_default: settings.mapping_default,
            mapping_role: settings.mapping_role.clone(),
            role_ceiling: settings.role_ceiling.clone(),
            naming: Vec::new(),
            attributes: Vec::new(),
        }
    }

    /// Whether two policies say the same of groups that no rule and no person speaks of.
    pub fn is_same_by_default(&self, other: &Self) -> bool {
        (self.mapping_default, &self.mapping_role) == (other.mapping_default, &other.mapping_role)
    }

    /// How the name of a group is read, if a naming rule reads it.
    pub fn reading<'p>(&'p self, group: &MirrorGroup) -> Option<rules::Reading<'p>> {
        self.naming.iter().find_map(|rule| rule.reading(group))
    }
}
