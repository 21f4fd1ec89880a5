//! Groups over SCIM: what each operation does to the mirror, and that organizations and memberships follow.

mod create;
mod delete;
mod find;
mod members;
mod patch;
mod replace;

pub use create::create;
pub use delete::delete;
pub use find::{MemberShown, MembersPage, Shape, document, list, one, shown};
pub use members::leave_all;
pub use patch::{Wanted, patch};
pub use replace::replace;

use crate::Error;
use crate::directory::{changed_parts, rederive_id, users_within};
use crate::policy::mapping;
use crate::unit::{Resource, Told, Unit, Work};
use crate::users::{check_version, short};
use scim::etag::Conditions;
use scim::{Document, ScimError};
use store::mappings;
use store::mirror_groups::{self, MirrorGroup};

/// How many members an answer to a change holds. Of more the beginning is made with the change, and what is answered is read
/// behind it, so that neither memory nor those who wait for the same tenant bear a large group.
const ANSWERED: i64 = 1_000;

/// The resource of an id, in the version the client spoke of if it spoke of one.
fn existing(unit: &mut Unit<'_, '_>, id: &str, conditions: &Conditions) -> Result<MirrorGroup, Error> {
    let found = mirror_groups::by_id(unit.tx, unit.session.scope, id)?.ok_or_else(|| not_found(id))?;
    check_version(conditions, found.version)?;
    Ok(found)
}

/// `404` for a group.
fn not_found(id: &str) -> Error {
    Error::NotFound(format!(
        "There is no group with the id \"{}\". It was deleted, or never created on this connection: look it up again by displayName, or create it.",
        short(id)
    ))
}

/// Refuses a name that another group of the connection has, unless different externalIds tell the two apart.
fn check_name(unit: &mut Unit<'_, '_>, group: &MirrorGroup) -> Result<(), Error> {
    let name = group.display_name();
    for other in mirror_groups::by_display_name(unit.tx, unit.session.scope, name)? {
        let told_apart =
            matches!((group.external_id(), other.external_id()), (Some(own), Some(theirs)) if own != theirs);
        if other.id != group.id && !told_apart {
            return Err(ScimError::uniqueness(format!(
                "There is a group named \"{}\" already (id {}). Use that group, or choose another displayName.",
                short(name),
                other.id
            ))
            .into());
        }
    }
    Ok(())
}

/// Writes a changed document, or a version of its own for changed members. What is as it was is not written.
fn write(
    unit: &mut Unit<'_, '_>,
    before: &MirrorGroup,
    document: Document,
    members_changed: bool,
) -> Result<MirrorGroup, Error> {
    scim::resource::check_required(&unit.session.definitions.group, &document)?;
    let document_changed = document != before.document;
    if !document_changed && !members_changed {
        return Ok(before.clone());
    }
    let after =
        MirrorGroup { document, version: before.version + 1, modified_at: unit.session.at, ..before.clone() };
    if document_changed {
        check_name(unit, &after)?;
    }
    let change = mirror_groups::update(unit.tx, unit.session.scope, &after)?;
    let (old, new) = changed_parts(before.document.clone().into(), after.document.clone().into());
    let (kind, summary) = if document_changed {
        ("group.updated", format!("Group \"{}\" was changed", after.display_name()))
    } else {
        ("group.members_changed", format!("The members of group \"{}\" changed", after.display_name()))
    };
    unit.record(change, kind, ("group", &after.id), Told { summary, before: Some(old), after: Some(new) });
    let names =
        |group: &MirrorGroup| (group.display_name().to_owned(), group.external_id().map(str::to_owned));
    if names(before) != names(&after) {
        follow_name(&mut unit.work(), &after)?;
    }
    Ok(after)
}

/// Lets organizations, and the members if they get something else by it, follow a group to its new name.
fn follow_name(work: &mut Work<'_, '_>, group: &MirrorGroup) -> Result<(), Error> {
    let former = mappings::of_group(work.tx, work.scope, &group.id)?;
    if mapping::renamed(work, group)? {
        for id in users_within(work.tx, work.scope, &group.id)? {
            rederive_id(work, &id)?;
        }
        for target in former.iter().filter_map(|mapping| mapping.target.as_ref()) {
            mapping::archive_unused(work, &target.organization)?;
        }
    }
    Ok(())
}

/// The resource as the client shall see it; without members where nobody asked for them.
fn answer(unit: &mut Unit<'_, '_>, group: &MirrorGroup, with_members: bool) -> Result<Resource, Error> {
    // What is taken back cannot be read behind the change.
    let limit = if unit.session.is_rehearsal { i64::MAX } else { ANSWERED };
    let members = if with_members {
        MembersPage::read(unit.tx, unit.session.scope, &group.id, "", limit)?
    } else {
        MembersPage::default()
    };
    Ok(Resource {
        id: group.id.clone(),
        version: group.version,
        is_beginning: members.next.is_some(),
        document: Some(shown(unit.session, group, members.shown(unit.session))),
    })
}
