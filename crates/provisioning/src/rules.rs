//! Rules of a connection, kept by hand: over the names of groups, and over the attributes of users.

use crate::connections::{Shape, by_id as known, present, touch};
use crate::mappings::check_ceiling;
use crate::organizations::check_seen;
use crate::people::{self, Act, Operator};
use crate::policy::follow::{Reach, follow};
use crate::policy::mapping::Question;
use crate::policy::rules::{AttributeRule, NamingRule};
use crate::{Error, find};
use serde_json::{Value, json};
use store::connections::Connection;
use store::jobs::Job;
use store::rules::{self, Rule, RuleKind};
use store::{Store, Tx};

/// How many rules a connection may have.
const MAX_RULES: usize = 100;
/// Where a rule may stand among the rules of its kind.
const POSITIONS: std::ops::RangeInclusive<i64> = 1..=1_000_000;
/// How long a rule's name may be, in characters.
const NAME_LENGTH: usize = 100;

/// What a person wants of a rule; `None` leaves what there is, or takes what is usual.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// What a person calls it.
    pub name: Option<String>,
    /// Its place among the rules of its kind, from 1; at the end if none is given.
    pub position: Option<i64>,
    /// For a naming rule the attribute of the group: `displayName` or `externalId`.
    pub subject: Option<String>,
    /// The regular expression, or the filter.
    pub expression: Option<String>,
    /// The organization, by id, name or slug; an empty text for none.
    pub organization: Option<String>,
    /// The role, by id or name; an empty text for none.
    pub role: Option<String>,
    /// Whether the role holds in every organization below.
    pub inherit: Option<bool>,
    /// Whether it gives nothing for now.
    pub paused: Option<bool>,
}

/// Makes a rule.
///
/// # Errors
/// An expression that cannot be used; no such organization or role; a role above the ceiling; too many rules.
pub async fn create(
    store: &Store,
    operator: &Operator,
    connection: &str,
    kind: RuleKind,
    wanted: Wanted,
) -> Result<(Rule, Option<Job>), Error> {
    let place = known(store, connection)?;
    people::act(store, operator, place.scope.tenant, move |act| {
        let (connection, shape) = present(act.tx, &place)?;
        let there = rules::of_connection(act.tx, connection.scope)?;
        if there.len() >= MAX_RULES {
            return Err(Error::invalid(format!("A connection has {MAX_RULES} rules at most.")));
        }
        let empty = empty(act.new_id(), kind, &there, act.at);
        let rule = shaped(act.tx, &connection, &shape, empty, &wanted)?;
        let change = rules::insert(act.tx, connection.scope, &rule)?;
        let change = change.and(touch(act, &connection)?);
        let summary = format!("Rule \"{}\" was created", rule.name);
        let (scope, after) = (Some(connection.scope), Some(told(&rule)));
        act.record(change, "rule.created", ("rule", &rule.id), scope, summary, None, after);
        let job = follow(act, &connection, &Reach::Everybody)?;
        Ok((rule, job))
    })
    .await
}

/// Changes a rule.
///
/// # Errors
/// As for making one; no such rule; a version that is not the present one.
pub async fn change(
    store: &Store,
    operator: &Operator,
    connection: &str,
    id: &str,
    version: Option<i64>,
    wanted: Wanted,
) -> Result<(Rule, Option<Job>), Error> {
    let (place, id) = (known(store, connection)?, id.to_owned());
    people::act(store, operator, place.scope.tenant, move |act| {
        let (connection, shape) = present(act.tx, &place)?;
        let before = there(act, &connection, &id)?;
        check_seen(before.version, version)?;
        let mut after = shaped(act.tx, &connection, &shape, before.clone(), &wanted)?;
        if after == before {
            return Ok((before, None));
        }
        after.version += 1;
        after.modified_at = act.at;
        let change = rules::update(act.tx, connection.scope, &after)?;
        let change = change.and(touch(act, &connection)?);
        let summary = format!("Rule \"{}\" was changed", after.name);
        let (scope, old, new) = (Some(connection.scope), Some(told(&before)), Some(told(&after)));
        act.record(change, "rule.changed", ("rule", &id), scope, summary, old, new);
        let job = follow(act, &connection, &Reach::Everybody)?;
        Ok((after, job))
    })
    .await
}

/// Takes a rule away.
///
/// # Errors
/// No such rule; a version that is not the present one.
pub async fn delete(
    store: &Store,
    operator: &Operator,
    connection: &str,
    id: &str,
    version: Option<i64>,
) -> Result<Option<Job>, Error> {
    let (place, id) = (known(store, connection)?, id.to_owned());
    people::act(store, operator, place.scope.tenant, move |act| {
        let (connection, _) = present(act.tx, &place)?;
        let rule = there(act, &connection, &id)?;
        check_seen(rule.version, version)?;
        let change = rules::delete(act.tx, connection.scope, &id)?;
        let change = change.and(touch(act, &connection)?);
        let summary = format!("Rule \"{}\" was deleted", rule.name);
        let (scope, before) = (Some(connection.scope), Some(told(&rule)));
        act.record(change, "rule.deleted", ("rule", &id), scope, summary, before, None);
        follow(act, &connection, &Reach::Everybody)
    })
    .await
}

/// A rule of a kind that says nothing yet, last among those there are.
pub(crate) fn empty(id: String, kind: RuleKind, there: &[Rule], at: i64) -> Rule {
    let last = there.iter().filter(|rule| rule.kind == kind).map(|rule| rule.position).max();
    Rule {
        id,
        kind,
        position: last.unwrap_or(0) + 1,
        name: String::new(),
        subject: (kind == RuleKind::Naming).then(|| "displayName".into()),
        expression: String::new(),
        organization: None,
        role: None,
        inherit: false,
        paused: false,
        version: 1,
        created_at: at,
        modified_at: at,
    }
}

/// A rule as it shall be, if it can be used.
pub(crate) fn shaped(
    tx: &mut Tx<'_>,
    connection: &Connection,
    shape: &Shape,
    mut rule: Rule,
    wanted: &Wanted,
) -> Result<Rule, Error> {
    let tenant = connection.scope.tenant;
    if let Some(name) = &wanted.name {
        name.trim().clone_into(&mut rule.name);
    }
    if let Some(expression) = &wanted.expression {
        expression.clone_into(&mut rule.expression);
    }
    if rule.name.is_empty() {
        rule.name = rule.expression.chars().take(NAME_LENGTH).filter(|letter| !letter.is_control()).collect();
    }
    if rule.name.chars().count() > NAME_LENGTH || rule.name.chars().any(char::is_control) {
        return Err(Error::invalid(format!(
            "A rule's name has {NAME_LENGTH} characters at most and no control characters."
        )));
    }
    if let Some(subject) = &wanted.subject {
        if rule.kind == RuleKind::Attribute {
            return Err(Error::invalid(
                "A rule over attributes names them in its filter, not as its subject.",
            ));
        }
        rule.subject = Some(subject.clone());
    }
    if let Some(position) = wanted.position {
        if !POSITIONS.contains(&position) {
            return Err(Error::invalid(format!(
                "A rule's position is {} to {}: its place among the rules of its kind.",
                POSITIONS.start(),
                POSITIONS.end()
            )));
        }
        rule.position = position;
    }
    if let Some(who) = &wanted.organization {
        rule.organization = match who.as_str() {
            "" => None,
            who => Some(find::organization(tx, tenant, who)?.id),
        };
    }
    if let Some(who) = &wanted.role {
        rule.role = match who.as_str() {
            "" => None,
            who => Some(find::role(tx, tenant, who)?.id),
        };
    }
    rule.inherit = wanted.inherit.unwrap_or(rule.inherit);
    rule.paused = wanted.paused.unwrap_or(rule.paused);
    if let Some(id) = &rule.role {
        let given = find::role(tx, tenant, id)?;
        check_ceiling(tx, &Question { scope: connection.scope, policy: &shape.policy }, &given)?;
    }
    match rule.kind {
        RuleKind::Naming => drop(NamingRule::read(&rule)?),
        RuleKind::Attribute => drop(AttributeRule::read(&rule, &shape.definitions.user)?),
    }
    Ok(rule)
}

/// The rule of an id.
pub(crate) fn among<'r>(rules: &'r [Rule], id: &str) -> Result<&'r Rule, Error> {
    let found = rules.iter().find(|rule| rule.id == id);
    found.ok_or_else(|| Error::NotFound(format!("There is no rule {id} in this connection.")))
}

fn there(act: &mut Act<'_, '_>, connection: &Connection, id: &str) -> Result<Rule, Error> {
    among(&rules::of_connection(act.tx, connection.scope)?, id).cloned()
}

fn told(rule: &Rule) -> Value {
    json!({
        "kind": rule.kind.as_str(),
        "name": rule.name,
        "position": rule.position,
        "subject": rule.subject,
        "expression": rule.expression,
        "organization": rule.organization,
        "role": rule.role,
        "inherit": rule.inherit,
        "paused": rule.paused,
    })
}
