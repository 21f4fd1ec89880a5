//! Carrying a connection's settings out on what is stored: users lose attributes that are off, groups go where groups
//! are off. Requests do the same for what they touch, by never storing it.

use super::mapping;
use crate::Error;
use crate::connections::Shape;
use crate::directory::{changed_parts, rederive, rederive_id};
use crate::policy::attributes::Profile;
use crate::unit::{Told, Work};
use scim::resource::strip;
use serde_json::json;
use store::members::{self, MemberKind};
use store::mirror_groups::{self, MirrorGroup};
use store::mirror_users::{self, MirrorUser};

/// How many members of a group are let go at once.
const MEMBERS: i64 = 64;

/// Takes from a user what is off, and derives the directory's user anew.
pub fn user(work: &mut Work<'_, '_>, shape: &Shape, resource: &MirrorUser) -> Result<(), Error> {
    let Some(document) = strip(&shape.definitions.user, &resource.document) else {
        return rederive(work, resource).map(|_| ());
    };
    let after =
        MirrorUser { document, version: resource.version + 1, modified_at: work.at, ..resource.clone() };
    let change = mirror_users::update(work.tx, work.scope, resource, &after)?;
    let (old, new) = changed_parts(resource.document.clone().into(), after.document.clone().into());
    let called = Profile::of(&after.document).called();
    let summary = format!("The resource of {called} lost attributes that are not synchronised any more");
    let told = Told { summary, before: Some(old), after: Some(new) };
    work.record(change, "resource.updated", ("user", &after.user_id), told);
    rederive(work, &after).map(|_| ())
}

/// Maps a group anew; where groups are off, lets some of its members go, and the group with the last. Returns whether
/// that is all there is to do with it.
pub fn group(work: &mut Work<'_, '_>, shape: &Shape, group: &MirrorGroup) -> Result<bool, Error> {
    if shape.settings.groups {
        mapping::remap(work, group)?;
        return Ok(true);
    }
    let page = members::page(work.tx, work.scope, &group.id, "", MEMBERS)?;
    for member in &page {
        let change = members::delete(work.tx, work.scope, &group.id, &member.member_id)?;
        let told = Told {
            summary: format!(
                "A member left group \"{}\": groups are not synchronised any more",
                group.display_name()
            ),
            before: Some(json!({ "member": member.member_id })),
            after: None,
        };
        if let Some(change) = change {
            work.record(change, "group.member_removed", ("group", &group.id), told);
        }
        match member.kind {
            MemberKind::User => {
                rederive_id(work, &member.member_id)?;
            }
            MemberKind::Group => {
                for user in crate::directory::users_within(work.tx, work.scope, &member.member_id)? {
                    rederive_id(work, &user)?;
                }
            }
        }
    }
    if !page.is_empty() {
        return Ok(false);
    }
    for holder in members::of_member(work.tx, work.scope, &group.id)? {
        if let Some(change) = members::delete(work.tx, work.scope, &holder.group_id, &group.id)? {
            let summary = format!("Group \"{}\" left a group that held it", group.display_name());
            let told = Told { summary, before: Some(json!({ "member": group.id })), after: None };
            work.record(change, "group.member_removed", ("group", &holder.group_id), told);
        }
    }
    let change = mirror_groups::delete(work.tx, work.scope, &group.id)?;
    let summary =
        format!("Group \"{}\" was removed: groups are not synchronised any more", group.display_name());
    let told = Told { summary, before: Some(json!({ "attributes": group.document })), after: None };
    work.record(change, "group.deleted", ("group", &group.id), told);
    mapping::unmap(work, group)?;
    Ok(true)
}
