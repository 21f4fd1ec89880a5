//! Users: who is created, linked, changed, enabled and disabled.
//!
//! A person is known by `externalId`. By `userName` alone only somebody without any `externalId` is taken for them, and
//! only if the source has verified the name; whose name belongs to another stays as they are, and is a problem. That a
//! person loses access is planned whatever else is wrong with them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::changes::Changes;
use super::deletions::Deletion;
use super::{Act, Choices, Plan, Reference, Step, Work};
use crate::import::desired::{Desired, WantedUser};
use crate::import::held::{Held, HeldUser, folded};

/// The people of a plan, for the groups.
#[derive(Debug, Default)]
pub struct People {
    /// For the `externalId` of everybody who is or will be there.
    pub references: BTreeMap<String, Reference>,
    /// SCIM ids of everybody who is there and of this source, and their names.
    pub own: BTreeMap<String, String>,
    /// `externalId` of everybody who is to be created, and their names.
    pub arriving: BTreeMap<String, String>,
}

/// Plans everybody.
pub fn plan(
    plan: &mut Plan,
    desired: &Desired,
    held: &Held,
    choices: &Choices,
    deletion: &Deletion,
) -> People {
    let mut planning = Planning::new(plan, desired, held, choices, deletion);
    let (mut renames, mut arrivals) = (Vec::new(), Vec::new());
    for wanted in &desired.users {
        match planning.by_external_id.get(wanted.external_id.as_str()).map(Vec::as_slice) {
            None => arrivals.push(wanted),
            Some([place]) => {
                if let Some(rename) = planning.change(wanted, *place) {
                    renames.push(rename);
                }
            }
            Some(places) => planning.plan.problems.push(format!(
                "{}: the connection has {} users with the externalId {}; see which is right and delete the others",
                wanted.user_name,
                places.len(),
                wanted.external_id
            )),
        }
    }
    planning.rename(renames);
    for wanted in arrivals {
        planning.arrive(wanted);
    }
    let people = planning.people;
    let foreign = held.users.iter().filter(|user| !people.own.contains_key(&user.id));
    let origin = &desired.origin.name;
    plan.left_alone.extend(foreign.map(|user| format!("user {}: not of {origin}", user.user_name)));
    people
}

struct Planning<'a> {
    plan: &'a mut Plan,
    desired: &'a Desired,
    held: &'a Held,
    required: &'a BTreeSet<String>,
    by_external_id: BTreeMap<&'a str, Vec<usize>>,
    /// Who has a name, folded; those who are to be deleted aside. No place: somebody who is to be created.
    holders: BTreeMap<String, Option<usize>>,
    people: People,
}

/// A change of `userName`.
struct Rename<'a> {
    wanted: &'a WantedUser,
    place: usize,
    step: Step,
}

impl<'a> Planning<'a> {
    fn new(
        plan: &'a mut Plan,
        desired: &'a Desired,
        held: &'a Held,
        choices: &'a Choices,
        deletion: &Deletion,
    ) -> Self {
        let mut by_external_id: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut holders = BTreeMap::new();
        let mut people = People::default();
        for (place, user) in held.users.iter().enumerate() {
            if let Some(external_id) = user.external_id.as_deref() {
                by_external_id.entry(external_id).or_default().push(place);
                if (desired.origin.is_user_id)(external_id) {
                    people.own.insert(user.id.clone(), user.user_name.clone());
                }
            }
            if !deletion.deletes_user(place) {
                holders.insert(folded(&user.user_name), Some(place));
            }
        }
        let required = choices.required.as_ref().unwrap_or(&held.shape.required);
        Self { plan, desired, held, required, by_external_id, holders, people }
    }

    /// Plans somebody who is there; hands back what waits for a name to be free.
    fn change(&mut self, wanted: &'a WantedUser, place: usize) -> Option<Rename<'a>> {
        let user = self.held.users.get(place)?;
        self.people.references.insert(wanted.external_id.clone(), Reference::Known(user.id.clone()));
        self.people.own.insert(user.id.clone(), user.user_name.clone());
        if user.active && !wanted.active {
            self.push(set_active(Act::DisableUser, user, false));
        }
        let attributes = self.fitting(wanted)?;
        if wanted.active && !user.active {
            self.push(set_active(Act::EnableUser, user, true));
        }
        let changes = Changes::between(wanted, &attributes, user);
        if changes.is_empty() {
            self.plan.unchanged_users += usize::from(wanted.active == user.active);
            return None;
        }
        let is_renamed = folded(&wanted.user_name) != folded(&user.user_name);
        let act = if is_renamed { Act::RenameUser } else { Act::UpdateUser };
        let step = changes.step(act, user);
        if is_renamed {
            return Some(Rename { wanted, place, step });
        }
        self.push(step);
        None
    }

    /// Renames in an order in which each name is free by then.
    fn rename(&mut self, mut waiting: Vec<Rename<'a>>) {
        loop {
            let before = waiting.len();
            let mut still = Vec::new();
            for rename in waiting {
                let name = folded(&rename.wanted.user_name);
                if self.holders.contains_key(&name) {
                    still.push(rename);
                    continue;
                }
                if let Some(user) = self.held.users.get(rename.place) {
                    self.holders.remove(&folded(&user.user_name));
                }
                self.holders.insert(name, Some(rename.place));
                self.push(rename.step);
            }
            waiting = still;
            if waiting.len() == before {
                break;
            }
        }
        for rename in waiting {
            self.name_is_taken(rename.wanted);
        }
    }

    /// Plans somebody whose `externalId` is not there.
    fn arrive(&mut self, wanted: &'a WantedUser) {
        let Some(attributes) = self.fitting(wanted) else { return };
        let name = folded(&wanted.user_name);
        let holder = self.holders.get(&name).copied();
        let held = holder.flatten().and_then(|place| self.held.users.get(place));
        match (holder, held) {
            (None, _) => {
                self.holders.insert(name, None);
                let reference = Reference::New(wanted.external_id.clone());
                self.people.references.insert(wanted.external_id.clone(), reference);
                self.people.arriving.insert(wanted.external_id.clone(), wanted.user_name.clone());
                self.push(create(wanted, attributes));
            }
            (_, Some(user)) if user.external_id.is_none() && wanted.is_verified => {
                self.people.references.insert(wanted.external_id.clone(), Reference::Known(user.id.clone()));
                self.people.own.insert(user.id.clone(), user.user_name.clone());
                if user.active != wanted.active {
                    let act = if wanted.active { Act::EnableUser } else { Act::DisableUser };
                    self.push(set_active(act, user, wanted.active));
                }
                let mut changes = Changes::between(wanted, &attributes, user);
                changes.replace("externalId", &wanted.external_id.as_str().into());
                self.push(changes.step(Act::LinkUser, user));
            }
            _ => self.name_is_taken(wanted),
        }
    }

    fn push(&mut self, step: Step) {
        self.plan.steps.push(step);
    }

    fn name_is_taken(&mut self, wanted: &WantedUser) {
        let holder = self.holders.get(&folded(&wanted.user_name)).copied().flatten();
        let holder = holder.and_then(|place| self.held.users.get(place));
        let whose = holder.map_or("somebody else of the source".into(), |user| {
            let external_id = user.external_id.as_deref();
            let is_missing = external_id.is_some_and(|id| {
                (self.desired.origin.is_user_id)(id) && !self.people.references.contains_key(id)
            });
            let known = external_id.map_or_else(|| user.id.clone(), |id| format!("externalId {id}"));
            let why = match external_id {
                None => {
                    ", who has no externalId, and the source has not verified that they are the same person"
                }
                Some(_) if is_missing => ", who is not in the source any more and could be deleted",
                Some(_) => "",
            };
            format!("another user of the connection ({known}){why}")
        });
        self.plan.problems.push(format!(
            "{} ({}): not sent, because this username belongs to {whose}",
            wanted.user_name, wanted.external_id
        ));
    }

    /// What the connection would take of somebody; nothing, and a problem, if it would refuse them.
    fn fitting(&mut self, wanted: &WantedUser) -> Option<Map<String, Value>> {
        let attributes = self.held.shape.fitting(&wanted.attributes);
        let lacking: Vec<String> = self
            .required
            .iter()
            .filter(|path| !has(wanted, &attributes, path))
            // Of an attribute that is not there at all, its parts say it better.
            .filter(|path| !self.required.iter().any(|other| other.starts_with(&format!("{path}."))))
            .map(|path| {
                let source = self.desired.origin.sources.iter().find(|(known, _)| known == path);
                source.map_or_else(|| path.clone(), |(_, source)| format!("{path} ({source})"))
            })
            .collect();
        if lacking.is_empty() {
            return Some(attributes);
        }
        self.plan.problems.push(format!(
            "{} ({}): not sent, because the connection requires {}",
            wanted.user_name,
            wanted.external_id,
            lacking.join(" and ")
        ));
        None
    }
}

/// Whether somebody has a value at a path.
fn has(wanted: &WantedUser, attributes: &Map<String, Value>, path: &str) -> bool {
    let is_there = |value: &Value| match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => members.values().any(|value| !value.is_null()),
        _ => true,
    };
    let (name, sub) = path.split_once('.').map_or((path, None), |(name, sub)| (name, Some(sub)));
    match (name, attributes.get(name), sub) {
        ("userName" | "active", ..) => true,
        // An address in the username serves where there is no other.
        ("emails", Some(Value::Null) | None, _) => wanted.user_name.contains('@'),
        (_, None, _) => false,
        (_, Some(Value::Array(items)), Some(sub)) => {
            items.iter().any(|item| item.get(sub).is_some_and(is_there))
        }
        (_, Some(value), Some(sub)) => value.get(sub).is_some_and(is_there),
        (_, Some(value), None) => is_there(value),
    }
}

fn create(wanted: &WantedUser, attributes: Map<String, Value>) -> Step {
    let mut body = Map::new();
    body.insert("schemas".into(), json!(["urn:ietf:params:scim:schemas:core:2.0:User"]));
    body.insert("externalId".into(), wanted.external_id.as_str().into());
    body.insert("userName".into(), wanted.user_name.as_str().into());
    body.insert("active".into(), wanted.active.into());
    for (name, mut value) in attributes {
        if let Value::Object(members) = &mut value {
            members.retain(|_, value| !value.is_null());
        }
        if !value.is_null() && value != json!({}) {
            body.insert(name, value);
        }
    }
    Step {
        act: Act::CreateUser,
        subject: wanted.user_name.clone(),
        detail: if wanted.active { Vec::new() } else { vec!["disabled".into()] },
        work: Work::Create { endpoint: "/Users", external_id: wanted.external_id.clone(), body: body.into() },
    }
}

fn set_active(act: Act, user: &HeldUser, active: bool) -> Step {
    let mut changes = Changes::default();
    changes.replace("active", &active.into());
    Step { detail: Vec::new(), ..changes.step(act, user) }
}
