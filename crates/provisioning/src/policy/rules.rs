//! Rules, ready to be used: a naming rule is a regular expression over the name of a group, an attribute rule a SCIM
//! filter over a user. Both are bounded: expressions run in linear time and compile to a limited size.

use crate::Error;
use regex::{Regex, RegexBuilder};
use scim::filter::Filter;
use scim::{Document, Mode, Notes, ResourceDefinition};
use serde_json::Value;
use std::borrow::Cow;
use store::mappings::Target;
use store::mirror_groups::MirrorGroup;
use store::rules::Rule;

/// How long a regular expression may be, in bytes.
const MAX_PATTERN: usize = 1000;
/// How large a compiled regular expression may be, in bytes.
const MAX_COMPILED: usize = 256 * 1024;
/// How deep its groups may be nested.
const MAX_NESTING: u32 = 50;
/// The captures that a pattern may have: the organization, and the role.
const CAPTURES: [&str; 2] = ["org", "role"];
/// Attributes of a user that no rule may speak of: they follow from others, or are not for reading.
const NOT_FOR_RULES: [&str; 5] = ["groups", "id", "meta", "password", "schemas"];

/// Which attribute of a group a naming rule reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// `displayName`.
    DisplayName,
    /// `externalId`.
    ExternalId,
}

impl Subject {
    /// The subject of an attribute's name.
    ///
    /// # Errors
    /// Another attribute.
    pub fn named(name: &str) -> Result<Self, Error> {
        match name {
            "displayName" => Ok(Self::DisplayName),
            "externalId" => Ok(Self::ExternalId),
            _ => Err(Error::invalid(format!(
                "A naming rule reads displayName or externalId of a group, not \"{name}\"."
            ))),
        }
    }
}

/// A rule over the names of groups.
#[derive(Clone, Debug)]
pub struct NamingRule {
    /// The rule's id.
    pub id: String,
    /// Whether it gives nothing for now.
    pub paused: bool,
    /// Whether the role holds in every organization below.
    pub inherit: bool,
    subject: Subject,
    pattern: Regex,
    organization: Option<String>,
    role: Option<String>,
}

/// What a naming rule reads in the name of a group.
#[derive(Clone, Debug)]
pub struct Reading<'p> {
    /// The rule.
    pub rule: &'p NamingRule,
    /// The organization.
    pub organization: Choice,
    /// The role; `None` leaves it to the default.
    pub role: Option<Choice>,
}

/// Something that a rule names, or has chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// By the name that stands in the group's.
    Named(String),
    /// By id, whatever the group is called.
    Chosen(String),
}

impl NamingRule {
    /// Makes a rule ready for use.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn read(rule: &Rule) -> Result<Self, Error> {
        let pattern = pattern(&rule.expression)?;
        let captures: Vec<&str> = pattern.capture_names().flatten().collect();
        if let Some(unknown) = captures.iter().find(|name| !CAPTURES.contains(name)) {
            return Err(Error::invalid(format!(
                "The capture \"{unknown}\" means nothing. Name captures org and role, as in ^aiq-(?<org>.+)-(?<role>admin|member)$."
            )));
        }
        for (capture, chosen) in [("org", &rule.organization), ("role", &rule.role)] {
            if captures.contains(&capture) && chosen.is_some() {
                return Err(Error::invalid(format!(
                    "The pattern captures {capture}, and the rule names one besides. Keep one of the two."
                )));
            }
        }
        if !captures.contains(&"org") && rule.organization.is_none() {
            return Err(Error::invalid(
                "The rule leads to no organization. Capture it, as in ^aiq-(?<org>.+)$, or choose one for the rule.",
            ));
        }
        Ok(Self {
            id: rule.id.clone(),
            paused: rule.paused,
            inherit: rule.inherit,
            subject: Subject::named(rule.subject.as_deref().unwrap_or("displayName"))?,
            pattern,
            organization: rule.organization.clone(),
            role: rule.role.clone(),
        })
    }

    /// What the rule reads in the name of a group; `None` if it does not match, or captures an empty organization.
    pub fn reading(&self, group: &MirrorGroup) -> Option<Reading<'_>> {
        let text = match self.subject {
            Subject::DisplayName => group.display_name(),
            Subject::ExternalId => group.external_id()?,
        };
        let captures = self.pattern.captures(text)?;
        let text_of = |name: &str| captures.name(name).map(|found| found.as_str().trim().to_owned());
        let organization = match &self.organization {
            Some(id) => Choice::Chosen(id.clone()),
            None => Choice::Named(text_of("org").filter(|name| !name.is_empty())?),
        };
        let role = match &self.role {
            Some(id) => Some(Choice::Chosen(id.clone())),
            None => text_of("role").map(Choice::Named),
        };
        Some(Reading { rule: self, organization, role })
    }
}

fn pattern(text: &str) -> Result<Regex, Error> {
    if text.is_empty() || text.len() > MAX_PATTERN {
        return Err(Error::invalid(format!("A regular expression has 1 to {MAX_PATTERN} bytes.")));
    }
    let built = RegexBuilder::new(text).size_limit(MAX_COMPILED).nest_limit(MAX_NESTING).build();
    built.map_err(|error| Error::invalid(format!("The regular expression cannot be used: {error}")))
}

/// A rule over the attributes of users.
#[derive(Clone, Debug)]
pub struct AttributeRule {
    /// The rule's id.
    pub id: String,
    /// What whoever matches gets.
    pub target: Target,
    /// Whether it gives nothing for now.
    pub paused: bool,
    filter: Filter,
}

impl AttributeRule {
    /// Makes a rule ready for use.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn read(rule: &Rule, definition: &ResourceDefinition) -> Result<Self, Error> {
        let (Some(organization), Some(given)) = (&rule.organization, &rule.role) else {
            return Err(Error::invalid("A rule over attributes names an organization and a role."));
        };
        let filter = Filter::parse(&rule.expression, definition, Mode::Lenient, &mut Notes::new())
            .map_err(|error| Error::invalid(format!("The filter cannot be used: {}", error.detail)))?;
        if let Some(attribute) = NOT_FOR_RULES.iter().find(|attribute| filter.mentions(attribute)) {
            return Err(Error::invalid(format!(
                "A rule cannot speak of \"{attribute}\". Use attributes that the identity provider maintains, such as title or roles."
            )));
        }
        let target =
            Target { organization: organization.clone(), role: given.clone(), inherit: rule.inherit };
        Ok(Self { id: rule.id.clone(), target, paused: rule.paused, filter })
    }

    /// Whether the rule speaks of a user, as [`readable`] shows them.
    pub fn matches(&self, user: &Document) -> bool {
        self.filter.matches(user)
    }
}

/// A user as rules read them: where a role's value is JSON as text, as Microsoft Entra ID sends it, the value within
/// stands in its place: `{"value":"{\"id\":\"…\",\"value\":\"Admin\"}"}` reads as `{"value":"Admin"}`
/// (docs/identity-providers.md E-21).
pub fn readable(user: &Document) -> Cow<'_, Document> {
    let within = |role: &Value| -> Option<Value> {
        let text = role.get("value")?.as_str()?;
        let inner: Value = text.starts_with('{').then(|| serde_json::from_str(text).ok())??;
        let value = inner.get("value")?.as_str()?.to_owned();
        let mut role = role.clone();
        role["value"] = value.into();
        Some(role)
    };
    let roles = user.get("roles").and_then(Value::as_array);
    if !roles.is_some_and(|roles| roles.iter().any(|role| within(role).is_some())) {
        return Cow::Borrowed(user);
    }
    let mut user = user.clone();
    for role in user.get_mut("roles").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(read) = within(role) {
            *role = read;
        }
    }
    Cow::Owned(user)
}
