//! Members of a group: adding and removing them at a cost that follows the change, never the group.
//!
//! A changed user member re-derives one user; a changed group member, the users within it.

use crate::Error;
use crate::directory::{Held, rederive_id, users_within};
use crate::policy::attributes::Profile;
use crate::unit::{Told, Unit};
use crate::users::{note_taken_over, short};
use scim::ScimError;
use scim::patch::RowChange;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::members::{self, Member, MemberKind};
use store::mirror_groups::{self, MirrorGroup};
use store::mirror_users;

/// How many members are looked at at a time where a condition says which are meant.
const PAGE: i64 = 500;

/// The members that a request changed so far.
#[derive(Debug, Default)]
pub struct Changed {
    users: BTreeSet<String>,
    groups: BTreeSet<String>,
}

impl Changed {
    /// Whether any member changed.
    pub fn any(&self) -> bool {
        !self.users.is_empty() || !self.groups.is_empty()
    }

    fn note(&mut self, kind: MemberKind, id: &str) {
        match kind {
            MemberKind::User => self.users.insert(id.to_owned()),
            MemberKind::Group => self.groups.insert(id.to_owned()),
        };
    }
}

/// Carries out a change of the members of a group.
pub fn change(
    unit: &mut Unit<'_, '_>,
    group: &MirrorGroup,
    change: &RowChange,
    changed: &mut Changed,
) -> Result<(), Error> {
    let scope = unit.session.scope;
    match change {
        RowChange::Add(elements) => {
            for id in values(elements) {
                add(unit, group, id, changed)?;
            }
        }
        RowChange::Replace(elements) => {
            let mut wanted: BTreeSet<&str> = values(elements).collect();
            for member in members::of_group(unit.tx, scope, &group.id)? {
                if !wanted.remove(member.member_id.as_str()) {
                    remove(unit, group, &member.member_id, changed)?;
                }
            }
            for id in wanted {
                add(unit, group, id, changed)?;
            }
        }
        RowChange::Remove(ids) => {
            for id in ids {
                remove(unit, group, id, changed)?;
            }
        }
        RowChange::RemoveWhere(filter) => {
            let mut after = Some(String::new());
            while let Some(id) = after {
                let page = super::MembersPage::read(unit.tx, scope, &group.id, &id, PAGE)?;
                let mut named = page.shown(unit.session);
                named.retain(|element| filter.matches_element(element));
                for id in values(&named) {
                    remove(unit, group, id, changed)?;
                }
                after = page.next;
            }
        }
        RowChange::Clear => {
            for member in members::of_group(unit.tx, scope, &group.id)? {
                remove(unit, group, &member.member_id, changed)?;
            }
        }
    }
    Ok(())
}

fn values(elements: &[Value]) -> impl Iterator<Item = &str> {
    elements.iter().filter_map(|element| element.get("value").and_then(Value::as_str))
}

/// What stands under an id: kind and name.
fn resolve(unit: &mut Unit<'_, '_>, id: &str) -> Result<Option<(MemberKind, String)>, Error> {
    let scope = unit.session.scope;
    if let Some(user) = mirror_users::by_id(unit.tx, scope, id)? {
        return Ok(Some((MemberKind::User, Profile::of(&user.document).called())));
    }
    let group = mirror_groups::by_id(unit.tx, scope, id)?;
    Ok(group.map(|group| (MemberKind::Group, format!("group \"{}\"", group.display_name()))))
}

fn add(unit: &mut Unit<'_, '_>, group: &MirrorGroup, id: &str, changed: &mut Changed) -> Result<(), Error> {
    let Some((kind, name)) = resolve(unit, id)? else { return unknown(unit, id) };
    let member = Member {
        group_id: group.id.clone(),
        member_id: id.to_owned(),
        kind,
        added_at: unit.session.at,
        request_id: unit.session.request_id.clone(),
        token_id: unit.session.caller.credential_id().map(str::to_owned),
    };
    let Some(change) = members::insert(unit.tx, unit.session.scope, &member)? else {
        unit.notes.ignored("already-member", format!("members: {name} is a member already"));
        return Ok(());
    };
    let told = Told {
        summary: format!("{name} was added to group \"{}\"", group.display_name()),
        before: None,
        after: Some(json!({ "member": id })),
    };
    unit.record(change, "group.member_added", ("group", &group.id), told);
    changed.note(kind, id);
    Ok(())
}

/// An id that nothing stands under: kept out with a remark on the porch, refused by the letter.
fn unknown(unit: &mut Unit<'_, '_>, id: &str) -> Result<(), Error> {
    let id = short(id);
    if unit.session.is_strict() {
        return Err(ScimError::invalid_value(format!(
            "members: there is no user and no group with the id \"{id}\". Create it first."
        ))
        .into());
    }
    unit.notes.ignored(
        "unknown-member",
        format!("members: \"{id}\" is no user and no group here and was left out"),
    );
    Ok(())
}

fn remove(
    unit: &mut Unit<'_, '_>,
    group: &MirrorGroup,
    id: &str,
    changed: &mut Changed,
) -> Result<(), Error> {
    let scope = unit.session.scope;
    let Some(member) = members::one(unit.tx, scope, &group.id, id)? else {
        unit.notes.ignored("no-member", format!("members: \"{}\" is no member", short(id)));
        return Ok(());
    };
    let Some(change) = members::delete(unit.tx, scope, &group.id, id)? else { return Ok(()) };
    let name = resolve(unit, id)?.map_or_else(|| id.to_owned(), |(_, name)| name);
    let told = Told {
        summary: format!("{name} was removed from group \"{}\"", group.display_name()),
        before: Some(json!({ "member": id })),
        after: None,
    };
    unit.record(change, "group.member_removed", ("group", &group.id), told);
    changed.note(member.kind, id);
    Ok(())
}

/// Lets the directory follow the members that changed.
pub fn follow(unit: &mut Unit<'_, '_>, changed: Changed) -> Result<(), Error> {
    let mut users = changed.users;
    for group in &changed.groups {
        users.extend(users_within(unit.tx, unit.session.scope, group)?);
    }
    let mut any_taken_over = false;
    for id in &users {
        any_taken_over |= rederive_id(&mut unit.work(), id)? == Some(Held::TakenOver);
    }
    if any_taken_over {
        note_taken_over(unit);
    }
    Ok(())
}

/// Takes a resource out of every group that holds it, since it is about to go. Each group gets a new version.
pub fn leave_all(unit: &mut Unit<'_, '_>, id: &str, called: &str) -> Result<(), Error> {
    let scope = unit.session.scope;
    for member in members::of_member(unit.tx, scope, id)? {
        let Some(change) = members::delete(unit.tx, scope, &member.group_id, id)? else { continue };
        let Some(mut group) = mirror_groups::by_id(unit.tx, scope, &member.group_id)? else { continue };
        group.version += 1;
        group.modified_at = unit.session.at;
        let change = change.and(mirror_groups::update(unit.tx, scope, &group)?);
        let told = Told {
            summary: format!("{called} left group \"{}\" with the resource", group.display_name()),
            before: Some(json!({ "member": id })),
            after: None,
        };
        unit.record(change, "group.member_removed", ("group", &group.id), told);
    }
    Ok(())
}
