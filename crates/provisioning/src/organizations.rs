//! The tree of organizations, kept by hand: making, renaming, moving and archiving its nodes.
//!
//! A move changes who inherits what at once: what a membership passes down is read from the tree, never stored.

use crate::directory::slug;
use crate::people::{self, Act, Operator};
use crate::{Error, find, names};
use serde_json::{Value, json};
use std::collections::HashMap;
use store::organizations::{self, Organization};
use store::tenants::Tenant;
use store::{Scope, Store, TenantId, Tx, mappings, memberships, rules, tenants};

/// The kinds that an organization may be of, the largest first.
pub const KINDS: [&str; 4] = ["company", "division", "department", "team"];
/// How long a name or a slug may be, in characters.
const NAME_LENGTH: usize = 200;
/// How deep the tree may be.
const MAX_DEPTH: usize = 20;

/// What a person wants of an organization; `None` leaves what there is, or takes what is usual.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The name.
    pub name: Option<String>,
    /// The name in a form for addresses; made of the name if none is given.
    pub slug: Option<String>,
    /// One of [`KINDS`].
    pub kind: Option<String>,
    /// The organization above, by id, name or slug; the tenant's root if none is given.
    pub parent: Option<String>,
}

/// Makes an organization.
///
/// # Errors
/// A name, slug or kind that cannot be; a slug that is taken; a parent that is not there; a tree too deep.
pub async fn create(
    store: &Store,
    operator: &Operator,
    tenant: &Tenant,
    wanted: Wanted,
) -> Result<Organization, Error> {
    let (number, root) = (tenant.tenant, tenant.root_organization.clone());
    let made = people::act(store, operator, number, move |act| {
        let name = wanted.name.as_deref().map(str::trim).unwrap_or_default();
        names::check("An organization's", name, NAME_LENGTH)?;
        let parent = find::organization(act.tx, number, wanted.parent.as_deref().unwrap_or(&root))?;
        check_depth(act.tx, number, None, &parent.id)?;
        let organization = Organization {
            id: act.new_id(),
            parent: Some(parent.id),
            name: name.to_owned(),
            slug: chosen_slug(wanted.slug.as_deref().unwrap_or(name))?,
            kind: chosen_kind(wanted.kind.as_deref().unwrap_or("team"))?,
            origin: "hand".into(),
            archived_at: None,
            version: 1,
            created_at: act.at,
            modified_at: act.at,
        };
        let change = organizations::insert(act.tx, number, &organization)?;
        let summary = format!("Organization \"{}\" was created", organization.name);
        let subject = ("organization", organization.id.as_str());
        act.record(change, "organization.created", subject, None, summary, None, Some(told(&organization)));
        Ok(organization)
    })
    .await;
    made.map_err(slug_taken)
}

/// Changes an organization: its name, slug, kind or place in the tree. `version` is the one the person has seen.
///
/// # Errors
/// As for making one; a version that is not the present one; a move below itself; the root moved or of another kind.
pub async fn change(
    store: &Store,
    operator: &Operator,
    tenant: &Tenant,
    who: &str,
    version: Option<i64>,
    wanted: Wanted,
) -> Result<Organization, Error> {
    let (number, root, who) = (tenant.tenant, tenant.root_organization.clone(), who.to_owned());
    let changed = people::act(store, operator, number, move |act| {
        let before = find::organization(act.tx, number, &who)?;
        check_seen(before.version, version)?;
        let mut after = before.clone();
        if let Some(name) = &wanted.name {
            names::check("An organization's", name.trim(), NAME_LENGTH)?;
            name.trim().clone_into(&mut after.name);
        }
        if let Some(slug) = &wanted.slug {
            after.slug = chosen_slug(slug)?;
        }
        if let Some(kind) = &wanted.kind {
            after.kind = chosen_kind(kind)?;
        }
        if let Some(parent) = &wanted.parent {
            let parent = find::organization(act.tx, number, parent)?;
            check_move(act.tx, number, &root, &before.id, &parent.id)?;
            after.parent = Some(parent.id);
        }
        if after == before {
            return Ok(before);
        }
        // What a person shaped is not renamed or archived with a group any more.
        if after.origin == "mapping" {
            after.origin = "hand".into();
        }
        write(act, number, &before, after)
    })
    .await;
    changed.map_err(slug_taken)
}

/// Archives an organization that nothing uses.
///
/// # Errors
/// It is the root or the default, or something uses it: organizations below, members, mappings or rules.
pub async fn archive(
    store: &Store,
    operator: &Operator,
    tenant: &Tenant,
    who: &str,
    version: Option<i64>,
) -> Result<Organization, Error> {
    let (number, who) = (tenant.tenant, who.to_owned());
    people::act(store, operator, number, move |act| {
        let before = find::organization(act.tx, number, &who)?;
        check_seen(before.version, version)?;
        if let Some(use_of) = use_of(act.tx, number, &before)? {
            return Err(Error::Conflict(format!(
                "Organization \"{}\" is in use: {use_of}. End that first.",
                before.name
            )));
        }
        let after = Organization { archived_at: Some(act.at), ..before.clone() };
        write(act, number, &before, after)
    })
    .await
}

/// Brings an archived organization back, where it stood. Nobody is a member of it by that alone.
///
/// # Errors
/// It is not archived; the one above it is; another has taken its slug; a version that is not the present one.
pub async fn restore(
    store: &Store,
    operator: &Operator,
    tenant: &Tenant,
    who: &str,
    version: Option<i64>,
) -> Result<Organization, Error> {
    let (number, who) = (tenant.tenant, who.to_owned());
    let restored = people::act(store, operator, number, move |act| {
        let before = find_archived(act.tx, number, &who)?;
        check_seen(before.version, version)?;
        if before.archived_at.is_none() {
            return Err(Error::Conflict(format!("Organization \"{}\" is not archived.", before.name)));
        }
        if let Some(parent) = &before.parent {
            let above = organizations::by_id(act.tx, number, parent)?;
            if let Some(above) = above.filter(|above| above.archived_at.is_some()) {
                return Err(Error::Conflict(format!(
                    "Organization \"{}\", above \"{}\", is archived as well. Restore that first.",
                    above.name, before.name
                )));
            }
            check_depth(act.tx, number, Some(&before.id), parent)?;
        }
        let after = Organization { archived_at: None, ..before.clone() };
        write(act, number, &before, after)
    })
    .await;
    restored.map_err(|error| match error {
        Error::Store(error) if error.is_constraint("organizations_slug") => Error::Conflict(
            "Another organization has its slug by now. Give that one another slug first.".into(),
        ),
        other => other,
    })
}

/// The organization of an id, or the archived one of a name or slug that no other archived one has.
fn find_archived(tx: &mut Tx<'_>, tenant: TenantId, who: &str) -> Result<Organization, Error> {
    let all = organizations::all(tx, tenant)?;
    if let Some(found) = all.iter().find(|found| found.id == who) {
        return Ok(found.clone());
    }
    let named =
        |found: &&Organization| found.archived_at.is_some() && (found.slug == who || found.name == who);
    let mut named = all.iter().filter(named);
    match (named.next(), named.next()) {
        (Some(found), None) => Ok(found.clone()),
        (Some(_), Some(_)) => Err(Error::invalid(format!(
            "Several archived organizations are called \"{who}\". Name one by its id."
        ))),
        _ => Err(Error::NotFound(format!("There is no archived organization \"{who}\" in this tenant."))),
    }
}

fn write(
    act: &mut Act<'_, '_>,
    tenant: TenantId,
    before: &Organization,
    mut after: Organization,
) -> Result<Organization, Error> {
    after.version += 1;
    after.modified_at = act.at;
    let change = organizations::update(act.tx, tenant, &after)?;
    let (kind, what) = if before.archived_at.is_some() {
        ("organization.restored", "was brought back".to_owned())
    } else if after.archived_at.is_some() {
        ("organization.archived", "was archived".to_owned())
    } else if after.parent != before.parent {
        ("organization.moved", "was moved".to_owned())
    } else if after.name != before.name {
        ("organization.renamed", format!("was renamed to \"{}\"", after.name))
    } else {
        ("organization.changed", "was changed".to_owned())
    };
    let summary = format!("Organization \"{}\" {what}", before.name);
    act.record(
        change,
        kind,
        ("organization", &after.id),
        None,
        summary,
        Some(told(before)),
        Some(told(&after)),
    );
    Ok(after)
}

/// What uses an organization, in words.
fn use_of(tx: &mut Tx<'_>, tenant: TenantId, organization: &Organization) -> Result<Option<String>, Error> {
    let id = &organization.id;
    let scope = Scope { tenant, connection: 0 };
    let of_tenant = tenants::by_id(tx, tenant)?;
    let is = |named: fn(&Tenant) -> &String| of_tenant.as_ref().is_some_and(|tenant| named(tenant) == id);
    let use_of = if is(|tenant| &tenant.root_organization) {
        "it is the tenant's root"
    } else if is(|tenant| &tenant.default_organization) {
        "every user becomes a member of it by default"
    } else if organizations::has_children(tx, tenant, id)? {
        "organizations stand below it"
    } else if mappings::leads_to(tx, scope, id)? {
        "groups are mapped to it"
    } else if rules::leads_to(tx, scope, id)? {
        "a rule leads to it"
    } else if memberships::any_at(tx, tenant, id)? {
        "it has members"
    } else {
        return Ok(None);
    };
    Ok(Some(use_of.to_owned()))
}

/// Refuses to move an organization where it cannot stand.
pub(crate) fn check_move(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    root: &str,
    id: &str,
    parent: &str,
) -> Result<(), Error> {
    if id == root {
        return Err(Error::invalid("The tenant's root stands at the top of the tree and cannot be moved."));
    }
    check_depth(tx, tenant, Some(id), parent)
}

/// Refuses a place in the tree that is below the organization itself, or too deep.
fn check_depth(tx: &mut Tx<'_>, tenant: TenantId, own: Option<&str>, parent: &str) -> Result<(), Error> {
    let all = organizations::all(tx, tenant)?;
    let parents: HashMap<&str, Option<&str>> =
        all.iter().map(|found| (found.id.as_str(), found.parent.as_deref())).collect();
    let mut above = Some(parent);
    let mut depth = 1;
    while let Some(id) = above {
        if own == Some(id) {
            return Err(Error::invalid(
                "An organization cannot stand below itself. Move the one below it elsewhere first.",
            ));
        }
        depth += 1;
        above = parents.get(id).copied().flatten();
    }
    let height = own.map_or(0, |own| height(&all, own));
    if depth + height > MAX_DEPTH {
        return Err(Error::invalid(format!("The tree of organizations can be {MAX_DEPTH} deep at most.")));
    }
    Ok(())
}

/// How many organizations stand one below the other under an organization.
fn height(all: &[Organization], id: &str) -> usize {
    let mut level = vec![id];
    let mut height = 0;
    loop {
        level = all
            .iter()
            .filter(|found| found.parent.as_deref().is_some_and(|parent| level.contains(&parent)))
            .map(|found| found.id.as_str())
            .collect();
        if level.is_empty() || height > MAX_DEPTH {
            return height;
        }
        height += 1;
    }
}

fn chosen_slug(text: &str) -> Result<String, Error> {
    let slug = slug(text);
    if slug.chars().count() > NAME_LENGTH {
        return Err(Error::invalid(format!("A slug has {NAME_LENGTH} characters at most.")));
    }
    Ok(slug)
}

fn chosen_kind(kind: &str) -> Result<String, Error> {
    if KINDS.contains(&kind) {
        return Ok(kind.to_owned());
    }
    Err(Error::invalid(format!("\"{kind}\" is no type of organization. It is one of: {}.", KINDS.join(", "))))
}

/// Refuses a change by someone who has seen another version.
pub(crate) fn check_seen(current: i64, seen: Option<i64>) -> Result<(), Error> {
    match seen {
        Some(seen) if seen != current => Err(Error::VersionMismatch { current }),
        _ => Ok(()),
    }
}

fn slug_taken(error: Error) -> Error {
    match error {
        Error::Store(error) if error.is_constraint("organizations_slug") => {
            Error::Conflict("Another organization has this slug. Give this one another with slug.".into())
        }
        other => other,
    }
}

fn told(organization: &Organization) -> Value {
    json!({
        "name": organization.name,
        "slug": organization.slug,
        "type": organization.kind,
        "parent": organization.parent,
        "archived": organization.archived_at.is_some(),
    })
}
