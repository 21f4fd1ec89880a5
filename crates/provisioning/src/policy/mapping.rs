//! Groups to organizations by default: a group stands for the organization of its name.
//!
//! Found by name or slug, in any letter case, else made under the tenant's root as a team. What was made follows the
//! group: renamed with it, archived with it when nothing else uses it. What was found is left alone.

use crate::Error;
use crate::directory::slug;
use crate::unit::{Told, Unit};
use scim::fold::fold;
use serde_json::json;
use store::mappings::{self, Mapping};
use store::mirror_groups::MirrorGroup;
use store::organizations::{self, Organization};
use store::{StoreError, memberships, tenants};

const MADE: &str = "made";
const MATCHED: &str = "matched";

/// Maps a new group.
pub fn map(unit: &mut Unit<'_, '_>, group: &MirrorGroup) -> Result<(), Error> {
    let scope = unit.session.scope;
    let tenant = tenants::by_id(unit.tx, scope.tenant)?
        .ok_or_else(|| StoreError::Unreadable("the tenant of a connection is gone".into()))?;
    let name = group.display_name();
    let (organization, origin) = match find(unit, name)? {
        Some(found) => (found, MATCHED),
        None => (make(unit, name, &tenant.root_organization)?, MADE),
    };
    let mapping = Mapping {
        group_id: group.id.clone(),
        organization: organization.id.clone(),
        role: tenant.default_role,
        inherit: false,
        origin: origin.to_owned(),
        paused: false,
        created_at: unit.session.at,
    };
    let change = mappings::insert(unit.tx, scope, &mapping)?;
    let summary = format!("Group \"{name}\" stands for the organization \"{}\"", organization.name);
    let after = json!({ "organization": { "id": organization.id, "name": organization.name }, "role": mapping.role, "origin": origin });
    unit.record(
        change,
        "mapping.created",
        ("group", &group.id),
        Told { summary, before: None, after: Some(after) },
    );
    Ok(())
}

fn find(unit: &mut Unit<'_, '_>, name: &str) -> Result<Option<Organization>, Error> {
    let tenant = unit.session.scope.tenant;
    if let Some(found) = organizations::by_name(unit.tx, tenant, name)?.into_iter().next() {
        return Ok(Some(found));
    }
    // A slug is found by a name that is written as it: "C++" must not become "C".
    Ok(organizations::by_slug(unit.tx, tenant, &fold(name))?)
}

fn make(unit: &mut Unit<'_, '_>, name: &str, root: &str) -> Result<Organization, Error> {
    let organization = Organization {
        id: unit.new_id(),
        parent: Some(root.to_owned()),
        name: name.to_owned(),
        slug: free_slug(unit, name, None)?,
        kind: "team".into(),
        origin: "mapping".into(),
        archived_at: None,
        version: 1,
        created_at: unit.session.at,
        modified_at: unit.session.at,
    };
    let change = organizations::insert(unit.tx, unit.session.scope.tenant, &organization)?;
    let summary = format!("Organization \"{name}\" was made for the group of that name");
    let after = json!({ "name": name, "slug": organization.slug, "type": organization.kind });
    unit.record(
        change,
        "organization.created",
        ("organization", &organization.id),
        Told { summary, before: None, after: Some(after) },
    );
    Ok(organization)
}

/// A slug nobody else has: the name's own, else with a number behind it.
fn free_slug(unit: &mut Unit<'_, '_>, name: &str, own: Option<&str>) -> Result<String, Error> {
    let base = slug(name);
    let mut candidate = base.clone();
    for number in 2.. {
        match organizations::by_slug(unit.tx, unit.session.scope.tenant, &candidate)? {
            Some(holder) if own != Some(&holder.id) => candidate = format!("{base}-{number}"),
            _ => break,
        }
    }
    Ok(candidate)
}

/// Renames the organizations that were made for a group and are its alone.
pub fn rename(unit: &mut Unit<'_, '_>, group: &MirrorGroup) -> Result<(), Error> {
    let scope = unit.session.scope;
    for mapping in mappings::of_group(unit.tx, scope, &group.id)? {
        let Some(before) = organizations::by_id(unit.tx, scope.tenant, &mapping.organization)? else {
            continue;
        };
        let shared = mappings::others_lead_to(unit.tx, scope, &group.id, &before.id)?;
        if mapping.origin != MADE || shared || before.name == group.display_name() {
            continue;
        }
        let mut after = before.clone();
        group.display_name().clone_into(&mut after.name);
        // The slug follows: a later group of the old name must not find this organization by it.
        after.slug = free_slug(unit, &after.name, Some(&before.id))?;
        after.version += 1;
        after.modified_at = unit.session.at;
        let change = organizations::update(unit.tx, scope.tenant, &after)?;
        let told = Told {
            summary: format!(
                "Organization \"{}\" was renamed to \"{}\" with its group",
                before.name, after.name
            ),
            before: Some(json!({ "name": before.name, "slug": before.slug })),
            after: Some(json!({ "name": after.name, "slug": after.slug })),
        };
        unit.record(change, "organization.renamed", ("organization", &after.id), told);
    }
    Ok(())
}

/// Ends the mappings of a group that is gone, and archives what was made for it when nothing else uses it.
///
/// The memberships that the group gave must have ended before.
pub fn unmap(unit: &mut Unit<'_, '_>, group: &MirrorGroup) -> Result<(), Error> {
    let scope = unit.session.scope;
    let former = mappings::of_group(unit.tx, scope, &group.id)?;
    if former.is_empty() {
        return Ok(());
    }
    let change = mappings::delete_of_group(unit.tx, scope, &group.id)?;
    let summary = format!("The mapping of group \"{}\" ended", group.display_name());
    unit.record(change, "mapping.ended", ("group", &group.id), Told { summary, ..Told::default() });
    for mapping in &former {
        archive_unused(unit, &mapping.organization)?;
    }
    Ok(())
}

fn archive_unused(unit: &mut Unit<'_, '_>, id: &str) -> Result<(), Error> {
    let scope = unit.session.scope;
    let Some(before) = organizations::by_id(unit.tx, scope.tenant, id)? else { return Ok(()) };
    let used = mappings::leads_to(unit.tx, scope, id)?
        || memberships::any_at(unit.tx, scope.tenant, id)?
        || organizations::has_children(unit.tx, scope.tenant, id)?;
    if used || before.origin != "mapping" || before.archived_at.is_some() {
        return Ok(());
    }
    let mut after = before;
    after.archived_at = Some(unit.session.at);
    after.version += 1;
    after.modified_at = unit.session.at;
    let change = organizations::update(unit.tx, scope.tenant, &after)?;
    let summary =
        format!("Organization \"{}\" was archived: its group is gone and nothing else uses it", after.name);
    unit.record(change, "organization.archived", ("organization", id), Told { summary, ..Told::default() });
    Ok(())
}
