//! Groups to organizations: what a group stands for, unless a person chose.
//!
//! First a naming rule; else the organization of the group's name, found by name or slug in any letter case, or made
//! under the tenant's root as a team. What was made follows the group: renamed with it, archived with it when nothing
//! else uses it. What was found or chosen is left alone.

use super::rules::{Choice, Reading};
use super::{MappingDefault, Policy};
use crate::Error;
use crate::directory::slug;
use crate::unit::{Told, Work};
use scim::fold::fold;
use serde_json::{Value, json};
use store::mappings::{self, Mapping, Origin, Target};
use store::mirror_groups::MirrorGroup;
use store::organizations::{self, Organization};
use store::roles::{self, Role};
use store::{Scope, StoreError, Tx, memberships, rules, tenants};

/// What a group shall stand for by rules and settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The organization.
    pub organization: Place,
    /// The role there.
    pub role: String,
    /// Whether the role holds in every organization below.
    pub inherit: bool,
    /// Whether it gives nothing for now.
    pub paused: bool,
    /// How it comes to be.
    pub origin: Origin,
}

/// An organization that is there, or is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// By its id.
    There(String),
    /// By the name it will have.
    New(String),
}

impl Wanted {
    fn is(&self, mapping: &Mapping) -> bool {
        mapping.target.as_ref().is_some_and(|target| {
            self.organization == Place::There(target.organization.clone())
                && (&self.role, self.inherit) == (&target.role, target.inherit)
        }) && (self.paused, &self.origin) == (mapping.paused, &mapping.origin)
    }
}

/// Gives a group what it shall stand for by rules and settings; what a person chose stays. Returns whether its members
/// get something else by it than before.
pub fn remap(work: &mut Work<'_, '_>, group: &MirrorGroup) -> Result<bool, Error> {
    let present = mappings::of_group(work.tx, work.scope, &group.id)?;
    if present.iter().any(|mapping| mapping.origin == Origin::Hand) {
        return Ok(false);
    }
    let question = Question { scope: work.scope, policy: work.policy };
    let wanted = question.wanted(work.tx, group, &present)?;
    if present.iter().all(|mapping| wanted.as_ref().is_some_and(|wanted| wanted.is(mapping)))
        && present.len() == usize::from(wanted.is_some())
    {
        return Ok(false);
    }
    let before = given(&present);
    if !present.is_empty() {
        let change = mappings::delete_of_group(work.tx, work.scope, &group.id)?;
        let summary = format!("The mapping of group \"{}\" ended", group.display_name());
        work.record(change, "mapping.ended", ("group", &group.id), Told { summary, ..Told::default() });
    }
    let mut after = Vec::new();
    if let Some(Wanted { organization, role, inherit, paused, origin }) = wanted {
        let organization = match organization {
            Place::There(id) => id,
            Place::New(name) => make(work, &name)?,
        };
        let target = Target { organization, role, inherit };
        after.push(add(work, group, Some(target), origin, paused)?);
    }
    Ok(before != given(&after))
}

/// What mappings give to whoever is in the group.
fn given(mappings: &[Mapping]) -> Vec<Target> {
    mappings.iter().filter(|mapping| !mapping.paused).filter_map(|mapping| mapping.target.clone()).collect()
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
        return Ok((
            format!("Group \"{name}\" stands for nothing"),
            json!({ "id": mapping.id, "ignored": true }),
        ));
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

/// Asks what a group shall stand for under a policy, be it in force or only considered. Changes nothing.
pub struct Question<'p> {
    /// The connection.
    pub scope: Scope,
    /// Its policy.
    pub policy: &'p Policy,
}

impl Question<'_> {
    /// What a group shall stand for that `present` speak of now; `None` for nothing.
    pub fn wanted(
        &self,
        tx: &mut Tx<'_>,
        group: &MirrorGroup,
        present: &[Mapping],
    ) -> Result<Option<Wanted>, Error> {
        if let Some(reading) = self.policy.reading(group) {
            return self.by_rule(tx, &reading, present);
        }
        if self.policy.mapping_default == MappingDefault::Hand {
            return Ok(None);
        }
        let Some(role) = self.default_role(tx)? else { return Ok(None) };
        // What was found or made once stays, whatever it is called by now.
        let kept = present.iter().find(|mapping| matches!(mapping.origin, Origin::Made | Origin::Matched));
        if let Some((mapping, target)) = kept.and_then(|mapping| Some((mapping, mapping.target.as_ref()?))) {
            return Ok(Some(Wanted {
                organization: Place::There(target.organization.clone()),
                role: role.id,
                inherit: target.inherit,
                paused: mapping.paused,
                origin: mapping.origin.clone(),
            }));
        }
        let Some(organization) = self.place(tx, group.display_name())? else { return Ok(None) };
        let is_new = matches!(organization, Place::New(_));
        let origin = if is_new { Origin::Made } else { Origin::Matched };
        Ok(Some(Wanted { organization, role: role.id, inherit: false, paused: false, origin }))
    }

    /// What a naming rule makes of a group. A role that there is not, or that is above the ceiling, gives nothing: a
    /// name that anybody at the provider may choose must not promote.
    fn by_rule(
        &self,
        tx: &mut Tx<'_>,
        reading: &Reading<'_>,
        present: &[Mapping],
    ) -> Result<Option<Wanted>, Error> {
        let tenant = self.scope.tenant;
        let role = match &reading.role {
            None => self.default_role(tx)?,
            Some(Choice::Named(name)) => roles::by_name(tx, tenant, name)?,
            Some(Choice::Chosen(id)) => roles::by_id(tx, tenant, id)?,
        };
        let ceiling = self.ceiling(tx)?;
        let Some(role) = role.filter(|role| role.priority <= ceiling) else { return Ok(None) };
        let (organization, made) = match &reading.organization {
            Choice::Chosen(id) => (Place::There(id.clone()), false),
            Choice::Named(name) => {
                let Some(place) = self.place(tx, name)? else { return Ok(None) };
                let made_before = |mapping: &Mapping| {
                    let there = |target: &Target| place == Place::There(target.organization.clone());
                    mapping.origin.has_made() && mapping.target.as_ref().is_some_and(there)
                };
                let made = matches!(place, Place::New(_)) || present.iter().any(made_before);
                (place, made)
            }
        };
        Ok(Some(Wanted {
            organization,
            role: role.id,
            inherit: reading.rule.inherit,
            paused: reading.rule.paused,
            origin: Origin::Rule { rule: reading.rule.id.clone(), made },
        }))
    }

    /// The priority above which neither mappings nor rules of the connection give a role.
    pub fn ceiling(&self, tx: &mut Tx<'_>) -> Result<i64, StoreError> {
        let role = roles::by_name(tx, self.scope.tenant, &self.policy.role_ceiling)?;
        Ok(role.map_or(0, |role| role.priority))
    }

    /// The role that groups give which nothing else speaks of.
    pub fn default_role(&self, tx: &mut Tx<'_>) -> Result<Option<Role>, StoreError> {
        let tenant = self.scope.tenant;
        match &self.policy.mapping_role {
            Some(name) => roles::by_name(tx, tenant, name),
            None => match tenants::by_id(tx, tenant)? {
                Some(found) => roles::by_id(tx, tenant, &found.default_role),
                None => Ok(None),
            },
        }
    }

    /// The organization of a name: found by name or slug, else to be made if the policy makes any.
    fn place(&self, tx: &mut Tx<'_>, name: &str) -> Result<Option<Place>, StoreError> {
        let tenant = self.scope.tenant;
        if let Some(found) = organizations::by_name(tx, tenant, name)?.into_iter().next() {
            return Ok(Some(Place::There(found.id)));
        }
        // A slug is found by a name that is written as it: "C++" must not become "C".
        if let Some(found) = organizations::by_slug(tx, tenant, &fold(name))? {
            return Ok(Some(Place::There(found.id)));
        }
        let may_make = self.policy.mapping_default == MappingDefault::Create;
        Ok(may_make.then(|| Place::New(name.to_owned())))
    }
}

fn make(work: &mut Work<'_, '_>, name: &str) -> Result<String, Error> {
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
    Ok(organization.id)
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
        summary: format!("Organization \"{}\" was renamed to \"{}\" with its group", before.name, after.name),
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
