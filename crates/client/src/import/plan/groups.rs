//! Groups: which are created, linked and renamed, and who joins and leaves them.
//!
//! Only members of this source are ever removed: who was put into a group by somebody else stays there, and is named.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::users::People;
use super::{Act, Plan, Reference, Step, Work};
use crate::import::desired::{Desired, WantedGroup};
use crate::import::held::{Held, HeldGroup, folded, path};

/// Plans all groups, if there are any to plan.
pub fn plan(plan: &mut Plan, desired: &Desired, held: &Held, people: &People) {
    let Some(wanted_groups) = &desired.groups else { return };
    let Some(held_groups) = &held.groups else {
        if !wanted_groups.is_empty() {
            plan.left_alone.push("groups: the connection does not synchronise them".into());
        }
        return;
    };
    let with_external_id =
        held_groups.iter().filter_map(|group| Some((group.external_id.as_deref()?, group)));
    let by_external_id: BTreeMap<&str, &HeldGroup> = with_external_id.collect();
    let by_name: BTreeMap<String, &HeldGroup> =
        held_groups.iter().map(|group| (folded(&group.display_name), group)).collect();
    let mut found = BTreeSet::new();
    for wanted in wanted_groups {
        let known = by_external_id.get(wanted.external_id.as_str());
        match (known, by_name.get(&folded(&wanted.display_name))) {
            (Some(group), _) => {
                found.insert(group.id.as_str());
                keep(plan, wanted, group, people, None);
            }
            (None, Some(group)) if group.external_id.is_none() => {
                found.insert(group.id.as_str());
                keep(plan, wanted, group, people, Some(Act::LinkGroup));
            }
            (None, Some(group)) => plan.problems.push(format!(
                "group {}: not sent, because the connection has a group of this name that is not of {} ({})",
                wanted.display_name,
                desired.origin.name,
                group.external_id.as_deref().unwrap_or(&group.id)
            )),
            (None, None) => create(plan, wanted, people),
        }
    }
    let foreign = held_groups.iter().filter(|group| {
        let external_id = group.external_id.as_deref();
        !found.contains(group.id.as_str())
            && !external_id.is_some_and(|external_id| desired.origin.owns_group(external_id))
    });
    let origin = &desired.origin.name;
    plan.left_alone.extend(foreign.map(|group| format!("group {}: not of {origin}", group.display_name)));
}

/// Plans a group that is there.
fn keep(plan: &mut Plan, wanted: &WantedGroup, group: &HeldGroup, people: &People, link: Option<Act>) {
    let before = plan.steps.len();
    let mut operations = Vec::new();
    let mut replace = |attribute: &str, value: &str| {
        operations.push(json!({ "op": "replace", "path": attribute, "value": value }));
        attribute.to_owned()
    };
    let mut detail = Vec::new();
    if link.is_some() {
        detail.push(replace("externalId", &wanted.external_id));
    }
    if wanted.display_name != group.display_name {
        detail.push(replace("displayName", &wanted.display_name));
    }
    if !operations.is_empty() {
        plan.steps.push(Step {
            act: link.unwrap_or(Act::RenameGroup),
            subject: group.display_name.clone(),
            detail,
            work: Work::Patch { path: path("Groups", &group.id), operations },
        });
    }
    if let Some(members) = &wanted.members {
        let wanted_members = references(members, people);
        let (stay, foreign): (BTreeSet<_>, BTreeSet<_>) =
            group.members.iter().partition(|id| people.own.contains_key(*id));
        if !foreign.is_empty() {
            let name = &group.display_name;
            plan.left_alone
                .push(format!("group {name}: {} members who are not of the source", foreign.len()));
        }
        let is_held = |reference: &Reference| match reference {
            Reference::Known(id) => group.members.contains(id),
            Reference::New(_) => false,
        };
        let joining = wanted_members.iter().filter(|(reference, _)| !is_held(reference));
        let joining = joining.map(|(reference, name)| (reference.clone(), name.clone())).collect();
        let leaving = stay.into_iter().map(|id| Reference::Known(id.clone()));
        let leaving = leaving.filter(|reference| !wanted_members.contains_key(reference));
        let leaving = leaving.map(|reference| (reference.clone(), name_of(&reference, people))).collect();
        let reference = Reference::Known(group.id.clone());
        change_members(plan, Act::RemoveMembers, &wanted.display_name, &reference, leaving);
        change_members(plan, Act::AddMembers, &wanted.display_name, &reference, joining);
    }
    plan.unchanged_groups += usize::from(plan.steps.len() == before);
}

fn create(plan: &mut Plan, wanted: &WantedGroup, people: &People) {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "externalId": wanted.external_id,
        "displayName": wanted.display_name,
    });
    let external_id = wanted.external_id.clone();
    plan.steps.push(Step {
        act: Act::CreateGroup,
        subject: wanted.display_name.clone(),
        detail: Vec::new(),
        work: Work::Create { endpoint: "/Groups", external_id: external_id.clone(), body },
    });
    let members = wanted.members.as_ref().map(|members| references(members, people)).unwrap_or_default();
    change_members(plan, Act::AddMembers, &wanted.display_name, &Reference::New(external_id), members);
}

/// The members that are or will be there, and their names. Who cannot be sent is a problem that was told already.
fn references(members: &BTreeSet<String>, people: &People) -> BTreeMap<Reference, String> {
    let known = members.iter().filter_map(|external_id| people.references.get(external_id));
    known.map(|reference| (reference.clone(), name_of(reference, people))).collect()
}

fn name_of(reference: &Reference, people: &People) -> String {
    match reference {
        Reference::Known(id) => people.own.get(id).unwrap_or(id).clone(),
        Reference::New(external_id) => people.arriving.get(external_id).unwrap_or(external_id).clone(),
    }
}

fn change_members(
    plan: &mut Plan,
    act: Act,
    subject: &str,
    group: &Reference,
    members: BTreeMap<Reference, String>,
) {
    if members.is_empty() {
        return;
    }
    let (members, detail): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    let work = Work::Members { group: group.clone(), members };
    plan.steps.push(Step { act, subject: subject.to_owned(), detail, work });
}

/// The operations by which members join or leave.
pub fn operations(act: Act, ids: &[String]) -> Vec<Value> {
    if act == Act::AddMembers {
        let members: Vec<Value> = ids.iter().map(|id| json!({ "value": id })).collect();
        return vec![json!({ "op": "add", "path": "members", "value": members })];
    }
    let remove = |id: &String| json!({ "op": "remove", "path": format!("members[value eq {}]", json!(id)) });
    ids.iter().map(remove).collect()
}
