//! What if: who would gain and lose what by a mapping, a rule or a setting, before it is saved.
//!
//! The same pure functions that carry a policy out are asked about one that is only considered, on one snapshot and
//! without writing anything. An organization that would be made for it has a name and no id yet.

use crate::connections::{Shape, present};
use crate::directory::{default_of, groups_holding, users_within};
use crate::mappings::{self, wanted_target};
use crate::policy::Policy;
use crate::policy::attributes::Profile;
use crate::policy::derive::{self, Facts};
use crate::policy::mapping::{Place, Question, Wanted};
use crate::{Error, access::Named, extensions, find, rules, setup};
use schemars::JsonSchema;
use scim::resource::strip;
use scim::schema::definition::Definitions;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use store::connections::Connection;
use store::mappings::{Mapping, Origin, Target};
use store::memberships::{self, Reason};
use store::mirror_groups::{self, MirrorGroup};
use store::mirror_users::{self, MirrorUser};
use store::rules::{Rule, RuleKind};
use store::{Scope, Tx, organizations, roles, users};

/// What is considered.
#[derive(Clone, Debug)]
pub enum Proposal {
    /// A new mapping by hand.
    NewMapping(mappings::Wanted),
    /// A change of the mapping of an id.
    Mapping(String, mappings::Change),
    /// The end of the mapping of an id.
    MappingEnd(String),
    /// A new rule.
    NewRule(RuleKind, rules::Wanted),
    /// A change of the rule of an id.
    Rule(String, rules::Wanted),
    /// The end of the rule of an id.
    RuleEnd(String),
    /// Settings: keys and values.
    Settings(Vec<(String, String)>),
}

/// Who would gain and lose what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Preview {
    /// All of it in one sentence.
    pub summary: String,
    /// How many people would gain something.
    pub gain: usize,
    /// How many would lose something.
    pub lose: usize,
    /// How many would gain or lose something, or both.
    pub changed: usize,
    /// How many are concerned and would have what they have.
    pub unchanged: usize,
    /// Whom it would change, [`SHOWN`] at most, in the order of their making.
    pub people: Vec<Person>,
    /// Organizations that would be made.
    pub organizations: BTreeSet<String>,
    /// What is stored and would be removed.
    pub removed: setup::Loss,
}

impl Preview {
    /// Counts a person.
    pub(crate) fn count(&mut self, gains_nothing: bool, loses_nothing: bool) {
        self.gain += usize::from(!gains_nothing);
        self.lose += usize::from(!loses_nothing);
        self.changed += usize::from(!gains_nothing || !loses_nothing);
        self.unchanged += usize::from(gains_nothing && loses_nothing);
    }

    /// Says in a sentence what was counted.
    pub(crate) fn sum_up(&mut self) {
        let verb = |count: usize, one, many| if count == 1 { one } else { many };
        let people = verb(self.gain, "person", "people");
        let (gains, loses) = (verb(self.gain, "gains", "gain"), verb(self.lose, "loses", "lose"));
        self.summary =
            format!("{} {people} {gains}, {} {loses}, {} unchanged", self.gain, self.lose, self.unchanged);
    }
}

/// How many people a preview names; all are counted.
pub const SHOWN: usize = 1000;

/// What one person would gain and lose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// The user's id.
    pub user: String,
    /// The username.
    pub user_name: String,
    /// How the person is called.
    pub name: String,
    /// `active`, `deactivated` or `staged`; of somebody who is not active it changes what comes back with activation.
    pub status: &'static str,
    /// What the person would gain.
    pub gains: Vec<Grant>,
    /// What the person would lose.
    pub loses: Vec<Grant>,
}

/// A role at an organization.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Grant {
    /// The organization; its id is empty if it would be made.
    pub organization: Named,
    /// The role.
    pub role: Named,
    /// Whether the role holds in every organization below.
    pub inherit: bool,
    /// What gives it: the group, or the rule.
    pub by: Named,
}

/// A policy that is only considered.
struct Considered {
    scope: Scope,
    policy: Policy,
    definitions: Arc<Definitions>,
    with_groups: bool,
    /// What groups would stand for; a group that is not in it is asked when it is met.
    groups: HashMap<String, Vec<Mapping>>,
    /// The one group whose members are concerned; all users if none is named.
    group: Option<String>,
    removed: setup::Loss,
}

/// Begins the id of an organization that would be made; a name follows.
const NEW: &str = "new:";

/// What a proposal would mean for the people of a connection.
///
/// # Errors
/// What carrying it out would refuse.
pub fn of(tx: &mut Tx<'_>, connection: &Connection, proposal: &Proposal) -> Result<Preview, Error> {
    let mut considered = consider(tx, connection, proposal)?;
    let mut preview = Preview { removed: std::mem::take(&mut considered.removed), ..Preview::default() };
    let scope = considered.scope;
    if let Some(group) = considered.group.clone() {
        for id in users_within(tx, scope, &group)? {
            if let Some(resource) = mirror_users::by_id(tx, scope, &id)? {
                look_at(tx, &mut considered, &resource, &mut preview)?;
            }
        }
    } else {
        let mut after = String::new();
        loop {
            let page = mirror_users::page(tx, scope, &after, 500)?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.id);
            for resource in &page {
                look_at(tx, &mut considered, resource, &mut preview)?;
            }
        }
    }
    let made = considered.groups.values().flatten().filter_map(|mapping| mapping.target.as_ref());
    preview.organizations =
        made.filter_map(|target| target.organization.strip_prefix(NEW)).map(str::to_owned).collect();
    preview.sum_up();
    Ok(preview)
}

fn consider(tx: &mut Tx<'_>, connection: &Connection, proposal: &Proposal) -> Result<Considered, Error> {
    let (connection, shape) = present(tx, connection)?;
    let scope = connection.scope;
    let mut considered = Considered {
        scope,
        policy: (*shape.policy).clone(),
        definitions: Arc::clone(&shape.definitions),
        with_groups: shape.settings.groups,
        groups: HashMap::new(),
        group: None,
        removed: setup::Loss::default(),
    };
    match proposal {
        Proposal::NewMapping(_) | Proposal::Mapping(..) | Proposal::MappingEnd(_) => {
            let (group, hand) = proposed_mappings(tx, &connection, &shape, proposal)?;
            let rows = considered.rows(tx, &group, hand)?;
            considered.groups.insert(group.id.clone(), rows);
            considered.group = Some(group.id);
        }
        Proposal::NewRule(..) | Proposal::Rule(..) | Proposal::RuleEnd(_) => {
            let rules = proposed_rules(tx, &connection, &shape, proposal)?;
            considered.policy = Policy::of(&shape.settings, &shape.definitions, &rules);
        }
        Proposal::Settings(changes) => {
            let (_, settings) = setup::changed(tx, &connection, changes)?;
            setup::check_roles(tx, scope, &settings)?;
            considered.removed = setup::loss(tx, &connection, changes)?;
            let extensions = extensions::of(tx, scope.tenant)?;
            considered.definitions = Arc::new(Definitions::build(&settings.synchronised(extensions)));
            let rules = store::rules::of_connection(tx, scope)?;
            considered.policy = Policy::of(&settings, &considered.definitions, &rules);
            considered.with_groups = settings.groups;
        }
    }
    Ok(considered)
}

/// The group that a proposal is about, and its mappings by hand as they would be.
fn proposed_mappings(
    tx: &mut Tx<'_>,
    connection: &Connection,
    shape: &Shape,
    proposal: &Proposal,
) -> Result<(MirrorGroup, Vec<Mapping>), Error> {
    let scope = connection.scope;
    let by_hand = |mapping: &Mapping| mapping.origin == Origin::Hand;
    if let Proposal::NewMapping(wanted) = proposal {
        let group = find::group(tx, scope, &wanted.group)?;
        let target = wanted_target(tx, connection, shape, wanted)?;
        let mut hand = store::mappings::of_group(tx, scope, &group.id)?;
        hand.retain(|mapping| by_hand(mapping) && mapping.target.is_some());
        hand.push(mapping_of(&group, target, Origin::Hand, wanted.paused));
        return Ok((group, hand));
    }
    let (Proposal::Mapping(id, _) | Proposal::MappingEnd(id)) = proposal else {
        return Err(Error::invalid("This is no proposal about a mapping."));
    };
    let (group, before) = mappings::there(tx, connection, id)?;
    let mut hand = store::mappings::of_group(tx, scope, &group.id)?;
    hand.retain(|mapping| by_hand(mapping) && mapping.id != before.id);
    if let Proposal::Mapping(_, change) = proposal {
        let after = mappings::changed(tx, connection, shape, &before, change)?;
        hand.push(Mapping { origin: Origin::Hand, ..after });
    }
    Ok((group, hand))
}

fn proposed_rules(
    tx: &mut Tx<'_>,
    connection: &Connection,
    shape: &Shape,
    proposal: &Proposal,
) -> Result<Vec<Rule>, Error> {
    let mut all = store::rules::of_connection(tx, connection.scope)?;
    match proposal {
        Proposal::NewRule(kind, wanted) => {
            let empty = rules::empty(String::new(), *kind, &all, 0);
            all.push(rules::shaped(tx, connection, shape, empty, wanted)?);
        }
        Proposal::Rule(id, wanted) => {
            let before = rules::among(&all, id)?.clone();
            let after = rules::shaped(tx, connection, shape, before, wanted)?;
            for rule in all.iter_mut().filter(|rule| rule.id == *id) {
                rule.clone_from(&after);
            }
        }
        Proposal::RuleEnd(id) => {
            rules::among(&all, id)?;
            all.retain(|rule| rule.id != *id);
        }
        _ => {}
    }
    all.sort_by_key(|rule| rule.position);
    Ok(all)
}

fn mapping_of(group: &MirrorGroup, target: Option<Target>, origin: Origin, paused: bool) -> Mapping {
    Mapping {
        id: String::new(),
        group_id: group.id.clone(),
        target,
        origin,
        paused,
        version: 0,
        created_at: 0,
        modified_at: 0,
    }
}

impl Considered {
    /// What a group would stand for, given its mappings by hand.
    fn rows(&self, tx: &mut Tx<'_>, group: &MirrorGroup, hand: Vec<Mapping>) -> Result<Vec<Mapping>, Error> {
        if !hand.is_empty() {
            return Ok(hand);
        }
        let mut present = store::mappings::of_group(tx, self.scope, &group.id)?;
        present.retain(|mapping| mapping.origin != Origin::Hand);
        let question = Question { scope: self.scope, policy: &self.policy };
        let Some(wanted) = question.wanted(tx, group, &present)? else { return Ok(Vec::new()) };
        let Wanted { organization, role, inherit, paused, origin } = wanted;
        let organization = match organization {
            Place::There(id) => id,
            Place::New(name) => format!("{NEW}{name}"),
        };
        let target = Target { organization, role, inherit };
        Ok(vec![mapping_of(group, Some(target), origin, paused)])
    }

    /// What the groups that hold a user would give.
    fn mappings(&mut self, tx: &mut Tx<'_>, id: &str) -> Result<Vec<Mapping>, Error> {
        let mut found = Vec::new();
        if !self.with_groups {
            return Ok(found);
        }
        for id in groups_holding(tx, self.scope, id)? {
            if !self.groups.contains_key(&id) {
                let present = store::mappings::of_group(tx, self.scope, &id)?;
                // Only the one group is concerned; of the others, what a person chose stays too.
                let stays =
                    self.group.is_some() || present.iter().any(|mapping| mapping.origin == Origin::Hand);
                let rows = match mirror_groups::by_id(tx, self.scope, &id)? {
                    Some(group) if !stays => self.rows(tx, &group, Vec::new())?,
                    _ => present,
                };
                self.groups.insert(id.clone(), rows);
            }
            found.extend(self.groups.get(&id).into_iter().flatten().cloned());
        }
        Ok(found)
    }
}

fn look_at(
    tx: &mut Tx<'_>,
    considered: &mut Considered,
    resource: &MirrorUser,
    preview: &mut Preview,
) -> Result<(), Error> {
    let scope = considered.scope;
    // Whoever was taken over by another connection gets nothing by this one.
    let followed = if resource.feeds { users::by_id(tx, scope.tenant, &resource.user_id)? } else { None };
    let Some(user) = followed else { return Ok(()) };
    let others = mirror_users::feeding_beside(tx, scope, &user.id)?;
    let mappings = considered.mappings(tx, &resource.id)?;
    let default = default_of(tx, scope)?;
    let left = strip(&considered.definitions.user, &resource.document);
    let resource = match left {
        Some(document) => &MirrorUser { document, ..resource.clone() },
        None => resource,
    };
    let facts = Facts {
        user: &user,
        resource: Some(resource),
        others: &others,
        mappings: &mappings,
        rules: &considered.policy.attributes,
        connection: scope.connection,
        default: (&default.0, &default.1),
    };
    let desired = derive::desired(&facts);
    let has = memberships::of_user(tx, scope.tenant, &user.id)?;
    let difference = derive::difference(scope.connection, &has, &desired.grants);
    let mut gains = BTreeSet::new();
    for ((organization, role, reason), inherit) in difference.start {
        gains.insert(grant(tx, scope, (organization, role), reason, inherit)?);
    }
    let mut loses = BTreeSet::new();
    for ended in difference.end {
        loses.insert(grant(tx, scope, (&ended.organization, &ended.role), &ended.reason, ended.inherit)?);
    }
    preview.count(gains.is_empty(), loses.is_empty());
    if (!gains.is_empty() || !loses.is_empty()) && preview.people.len() < SHOWN {
        preview.people.push(Person {
            user: user.id.clone(),
            user_name: user.user_name.clone(),
            name: Profile::of_user(&user).called(),
            status: user.status.as_str(),
            gains: gains.into_iter().collect(),
            loses: loses.into_iter().collect(),
        });
    }
    Ok(())
}

pub(crate) fn grant(
    tx: &mut Tx<'_>,
    scope: Scope,
    (organization, role): (&str, &str),
    reason: &Reason,
    inherit: bool,
) -> Result<Grant, Error> {
    let organization = match organization.strip_prefix(NEW) {
        Some(name) => Named { id: String::new(), name: name.to_owned() },
        None => Named {
            id: organization.to_owned(),
            name: organizations::by_id(tx, scope.tenant, organization)?
                .map_or_else(String::new, |found| found.name),
        },
    };
    let role = Named {
        id: role.to_owned(),
        name: roles::by_id(tx, scope.tenant, role)?.map_or_else(String::new, |found| found.name),
    };
    let by = match reason {
        Reason::Group { group, .. } => Named {
            id: group.clone(),
            name: mirror_groups::by_id(tx, scope, group)?
                .map_or_else(String::new, |found| found.display_name().to_owned()),
        },
        Reason::Rule { rule, .. } => {
            let known: BTreeMap<String, String> = store::rules::of_connection(tx, scope)?
                .into_iter()
                .map(|found| (found.id, found.name))
                .collect();
            Named { id: rule.clone(), name: known.get(rule).cloned().unwrap_or_default() }
        }
        Reason::Default | Reason::Hand => Named::default(),
    };
    Ok(Grant { organization, role, inherit, by })
}
