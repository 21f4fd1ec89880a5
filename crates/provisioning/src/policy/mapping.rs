//! Groups to organizations: what a group stands for, unless a person chose.
//!
//! First a naming rule; else the organization of the group's name, found by name or slug in any letter case, or made
//! under the tenant's root as a team. What was made follows the group: renamed with it, archived with it when nothing
//! else uses it. What was found or chosen is left alone.

use super::MappingDefault;
use super::rules::{Choice, Reading};
use crate::Error;
use crate::directory::slug;
use crate::unit::{Told, Work};
use scim::fold::fold;
use serde_json::{Value, json};
use store::mappings::{self, Mapping, Origin, Target};
use store::mirror_groups::MirrorGroup;
use store::organizations::{self, Organization};
use store::roles::{self, Role};
use store::{StoreError, memberships, rules, tenants};

/// What a group shall stand for.
struct Wanted {
    target: Target,
    origin: Origin,
    paused: bool,
}

/// Gives a group what it shall stand for by rules and settings; what a person chose stays. Returns whether its members
/// get something else by it than before.
pub fn remap(work: &mut Work<'_, '_>, group: &MirrorGroup) -> Result<bool, Error> {
    let present = mappings::of_group(work.tx, work.scope, &group.id)?;
    if present.iter().any(|mapping| mapping.origin == Origin::Hand) {
        return Ok(false);
    }
    let wanted = wanted(work, group, &present)?;
    let stays = |mapping: &Mapping| {
        wanted.as_ref().is_some_and(|wanted| {
            mapping.target.as_ref() == Some(&wanted.target)
                && mapping.origin == wanted.origin
                && mapping.paused == wanted.paused
        })
    };
    if present.iter().all(stays) && present.len() == usize::from(wanted.is_some()) {
        return Ok(false);
    }
    let given = |target: Option<&Target>, paused: bool| target.filter(|_| !paused).cloned();
    let before: Vec<Target> =
        present.iter().filter_map(|mapping| given(mapping.target.as_ref(), mapping.paused)).collect();
    let after: Vec<Target> =
        wanted.iter().filter_map(|wanted| given(Some(&wanted.target), wanted.paused)).collect();
    if !present.is_empty() {
        let change = mappings::delete_of_group(work.tx, work.scope, &group.id)?;
        let summary = format!("The mapping of group \"{}\" ended", group.display_name());
        work.record(change, "mapping.ended", ("group", &group.id), Told { summary, ..Told::default() });
    }
    if let Some(Wanted { target, origin, paused }) = wanted {
        add(work, group, Some(target), origin, paused)?;
    }
    Ok(before != after)
}

/// Adds what a group stands for, with its event.
pub fn add(
    work: &mut Work<'_, '_>,
    group: &MirrorGroup,
    target: Option<Target>,
    origin: Origin,
    paused: bool,
) -> Result<Mapping, Error> {
    let mapping = Mapping {
        id: work.new_id(),
        group_id: group.id.clone(),
        target,
        origin,
        paused,
        version: 1,
        created_at: work.at,
        modified_at: work.at,
    };
    let change = mappings::insert(work.tx, work.scope, &mapping)?;
    let (summary, after) = told(work, group, &mapping)?;
    let told = Told { summary, before: None, after: Some(after) };
    work.record(change, "mapping.created", ("group", &group.id), told);
    Ok(mapping)
}

/// A mapping as its event tells of it: a sentence, and the parts.
pub fn told(
    work: &mut Work<'_, '_>,
    group: &MirrorGroup,
    mapping: &Mapping,
) -> Result<(String, Value), StoreError> {
    let name = group.display_name();
    let Some(target) = &mapping.target else {
        return Ok((format!("Group \"{name}\" stands for nothing"), json!({ "id": mapping.id, "ignored": true })));
    };
    let tenant = work.scope.tenant;
    let organization = organizations::by_id(work.tx, tenant, &target.organization)?.map(|found| found.name);
    let role = roles::by_id(work.tx, tenant, &target.role)?.map(|found| found.name);
    let summary = format!(
        "Group \"{name}\" stands for {} of the organization \"{}\"",
        role.as_deref().unwrap_or_default(),
        organization.as_deref().unwrap_or_default()
    );
    let parts = json!({
        "id": mapping.id,
        "organization": { "id": target.organization, "name": organization },
        "role": { "id": target.role, "name": role },
        "inherit": target.inherit,
        "origin": mapping.origin.as_str(),
        "paused": mapping.paused,
    });
    Ok((summary, parts))
}

fn wanted(
    work: &mut Work<'_, '_>,
    group: &MirrorGroup,
    present: &[Mapping],
) -> Result<Option<Wanted>, Error> {
    let policy = work.policy;
    if let Some(reading) = policy.reading(group) {
        return by_rule(work, &reading, present);
    }
    let kept = present.iter().find(|mapping| matches!(mapping.origin, Origin::Made | Origin::Matched));
    if policy.mapping_default == MappingDefault::Hand {
        return Ok(None);
    }
    let Some(role) = default_role(work)? else { return Ok(None) };
    // What was found or made once stays, whatever it is called by now.
    if let Some((target, mapping)) = kept.and_then(|mapping| Some((mapping.target.clone()?, mapping))) {
        let target = Target { role: role.id, ..target };
        return Ok(Some(Wanted { target, origin: mapping.origin.clone(), paused: mapping.paused }));
    }
    let may_make = policy.mapping_default == MappingDefault::Create;
    let Some((organization, made)) = find_or_make(work, group.display_name(), may_make)? else {
        return Ok(None);
    };
    let origin = if made { Origin::Made } else { Origin::Matched };
    let target = Target { organization: organization.id, role: role.id, inherit: false };
    Ok(Some(Wanted { target, origin, paused: false }))
}

/// What a naming rule makes of a group. A role that there is not, or that is above the ceiling, gives nothing: a name
/// that anybody at the provider may choose must not promote.
fn by_rule(
    work: &mut Work<'_, '_>,
    reading: &Reading<'_>,
    present: &[Mapping],
) -> Result<Option<Wanted>, Error> {
    let tenant = work.scope.tenant;
    let role = match &reading.role {
        None => default_role(work)?,
        Some(Choice::Named(name)) => roles::by_name(work.tx, tenant, name)?,
        Some(Choice::Chosen(id)) => roles::by_id(work.tx, tenant, id)?,
    };
    let ceiling = ceiling(work)?;
    let Some(role) = role.filter(|role| role.priority <= ceiling) else { return Ok(None) };
    let (organization, made) = match &reading.organization {
        Choice::Chosen(id) => (id.clone(), false),
        Choice::Named(name) => {
            let may_make = work.policy.mapping_default == MappingDefault::Create;
            let Some((found, made)) = find_or_make(work, name, may_make)? else { return Ok(None) };
            let made_before = present.iter().any(|mapping| {
                mapping.origin.has_made()
                    && mapping.target.as_ref().is_some_and(|target| target.organization == found.id)
            });
            (found.id, made || made_before)
        }
    };
    let target = Target { organization, role: role.id, inherit: reading.rule.inherit };
    let origin = Origin::Rule { rule: reading.rule.id.clone(), made };
    Ok(Some(Wanted { target, origin, paused: reading.rule.paused }))
}

/// The priority above which neither mappings nor rules of the connection give a role.
pub fn ceiling(work: &mut Work<'_, '_>) -> Result<i64, StoreError> {
    let role = roles::by_name(work.tx, work.scope.tenant, &work.policy.role_ceiling)?;
    Ok(role.map_or(0, |role| role.priority))
}

/// The role that groups give which nothing else speaks of.
fn default_role(work: &mut Work<'_, '_>) -> Result<Option<Role>, StoreError> {
    let tenant = work.scope.tenant;
    match &work.policy.mapping_role {
        Some(name) => roles::by_name(work.tx, tenant, name),
        None => match tenants::by_id(work.tx, tenant)? {
            Some(found) => roles::by_id(work.tx, tenant, &found.default_role),
            None => Ok(None),
        },
    }
}

/// The organization of a name, and whether it was made for it.
fn find_or_make(
    work: &mut Work<'_, '_>,
    name: &str,
    may_make: bool,
) -> Result<Option<(Organization, bool)>, Error> {
    match find(work, name)? {
        Some(found) => Ok(Some((found, false))),
        None if may_make => Ok(Some((make(work, name)?, true))),
        None => Ok(None),
    }
}

fn find(work: &mut Work<'_, '_>, name: &str) -> Result<Option<Organization>, Error> {
    let tenant = work.scope.tenant;
    if let Some(found) = organizations::by_name(work.tx, tenant, name)?.into_iter().next() {
        return Ok(Some(found));
    }
    // A slug is found by a name that is written as it: "C++" must not become "C".
    Ok(organizations::by_slug(work.tx, tenant, &fold(name))?)
}

fn make(work: &mut Work<'_, '_>, name: &str) -> Result<Organization, Error> {
    let tenant = tenants::by_id(work.tx, work.scope.tenant)?
        .ok_or_else(|| StoreError::Unreadable("the tenant of a connection is gone".into()))?;
    let organization = Organization {
        id: work.new_id(),
        parent: Some(tenant.root_organization),
        name: name.to_owned(),
        slug: free_slug(work, name, None)?,
        kind: "team".into(),
        origin: "mapping".into(),
        archived_at: None,
        version: 1,
        created_at: work.at,
        modified_at: work.at,
    };
    let change = organizations::insert(work.tx, work.scope.tenant, &organization)?;
    let summary = format!("Organization \"{name}\" was made for the group of that name");
    let after = json!({ "name": name, "slug": organization.slug, "type": organization.kind });
    work.record(
        change,
        "organization.created",
        ("organization", &organization.id),
        Told { summary, before: None, after: Some(after) },
    );
    Ok(organization)
}

/// A slug nobody else has: the name's own, else with a number behind it.
fn free_slug(work: &mut Work<'_, '_>, name: &str, own: Option<&str>) -> Result<String, Error> {
    let base = slug(name);
    let mut candidate = base.clone();
    for number in 2.. {
        match organizations::by_slug(work.tx, work.scope.tenant, &candidate)? {
            Some(holder) if own != Some(&holder.id) => candidate = format!("{base}-{number}"),
            _ => break,
        }
    }
    Ok(candidate)
}

/// Follows a group to its new name: an organization that was made for it and is its alone takes the name, and a naming
/// rule may read it as something else. Returns whether the members get something else by it.
pub fn renamed(work: &mut Work<'_, '_>, group: &MirrorGroup) -> Result<bool, Error> {
    let present = mappings::of_group(work.tx, work.scope, &group.id)?;
    let is_read = work.policy.reading(group).is_some();
    let was_read = present.iter().any(|mapping| matches!(mapping.origin, Origin::Rule { .. }));
    if is_read || was_read {
        return remap(work, group);
    }
    let made = present.iter().filter(|mapping| mapping.origin == Origin::Made);
    for target in made.filter_map(|mapping| mapping.target.as_ref()) {
        rename_made(work, group, &target.organization)?;
    }
    Ok(false)
}

fn rename_made(work: &mut Work<'_, '_>, group: &MirrorGroup, organization: &str) -> Result<(), Error> {
    let scope = work.scope;
    let Some(before) = organizations::by_id(work.tx, scope.tenant, organization)? else { return Ok(()) };
    let shared = mappings::others_lead_to(work.tx, scope, &group.id, &before.id)?
        || rules::leads_to(work.tx, scope, &before.id)?;
    if shared || before.origin != "mapping" || before.name == group.display_name() {
        return Ok(());
    }
    let mut after = before.clone();
    group.display_name().clone_into(&mut after.name);
    // The slug follows: a later group of the old name must not find this organization by it.
    after.slug = free_slug(work, &after.name, Some(&before.id))?;
    after.version += 1;
    after.modified_at = work.at;
    let change = organizations::update(work.tx, scope.tenant, &after)?;
    let told = Told {
        summary: format!(
            "Organization \"{}\" was renamed to \"{}\" with its group",
            before.name, after.name
        ),
        before: Some(json!({ "name": before.name, "slug": before.slug })),
        after: Some(json!({ "name": after.name, "slug": after.slug })),
    };
    work.record(change, "organization.renamed", ("organization", &after.id), told);
    Ok(())
}

/// Ends the mappings of a group that is gone, and archives what was made for it when nothing else uses it.
///
/// The memberships that the group gave must have ended before.
pub fn unmap(work: &mut Work<'_, '_>, group: &MirrorGroup) -> Result<(), Error> {
    let scope = work.scope;
    let former = mappings::of_group(work.tx, scope, &group.id)?;
    if former.is_empty() {
        return Ok(());
    }
    let change = mappings::delete_of_group(work.tx, scope, &group.id)?;
    let summary = format!("The mapping of group \"{}\" ended", group.display_name());
    work.record(change, "mapping.ended", ("group", &group.id), Told { summary, ..Told::default() });
    for target in former.iter().filter_map(|mapping| mapping.target.as_ref()) {
        archive_unused(work, &target.organization)?;
    }
    Ok(())
}

/// Archives an organization that was made for a group and that nothing uses any more.
pub fn archive_unused(work: &mut Work<'_, '_>, id: &str) -> Result<(), Error> {
    let scope = work.scope;
    let Some(before) = organizations::by_id(work.tx, scope.tenant, id)? else { return Ok(()) };
    let is_default =
        tenants::by_id(work.tx, scope.tenant)?.is_some_and(|tenant| tenant.default_organization == id);
    let used = is_default
        || mappings::leads_to(work.tx, scope, id)?
        || rules::leads_to(work.tx, scope, id)?
        || memberships::any_at(work.tx, scope.tenant, id)?
        || organizations::has_children(work.tx, scope.tenant, id)?;
    if used || before.origin != "mapping" || before.archived_at.is_some() {
        return Ok(());
    }
    let mut after = before;
    after.archived_at = Some(work.at);
    after.version += 1;
    after.modified_at = work.at;
    let change = organizations::update(work.tx, scope.tenant, &after)?;
    let summary =
        format!("Organization \"{}\" was archived: its group is gone and nothing else uses it", after.name);
    work.record(change, "organization.archived", ("organization", id), Told { summary, ..Told::default() });
    Ok(())
}
