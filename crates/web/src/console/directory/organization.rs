//! An organization's page: who has access and why, what feeds it, what stands below; and changing and archiving it.

use super::asked::Asked;
use super::holders::{self, Row, known};
use super::is_typed;
use super::links;
use super::refusal::Refusal;
use super::{PAGE, feeds};
use crate::console::desk::Desk;
use crate::console::form::{Fields, done};
use crate::console::frame::{Frame, Section, Theme, page_with};
use crate::console::show::{State, absolute};
use crate::console::trouble::Trouble;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::Error;
use provisioning::access::{self, OrganizationAccess};
use provisioning::organizations::{self as rules, KINDS, Wanted};
use std::collections::HashMap;
use store::mappings::Mapping;
use store::organizations::Organization;
use store::tenants::Tenant;
use store::{Tx, mappings, memberships, mirror_groups, organizations, roles};

/// How many groups, and how many organizations below, a page shows.
const SHOWN: i64 = 100;

/// What gives people a role here: a group, or a rule.
struct Feeding {
    kind: &'static str,
    name: String,
    path: String,
    connection: String,
    connection_path: String,
    role: String,
    inherit: bool,
    paused: bool,
    how: &'static str,
}

/// What was typed of a change.
#[derive(Clone, Debug)]
struct Typed {
    name: String,
    slug: String,
    kind: String,
}

/// The forms of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Change,
    Archive,
}

#[derive(Template)]
#[template(path = "directory/organization.html")]
struct OrganizationPage {
    frame: Frame,
    all: String,
    path: String,
    organization: Organization,
    line: Vec<(String, String)>,
    is_root: bool,
    is_default: bool,
    members: i64,
    people: Vec<Row>,
    is_first: bool,
    first: String,
    next: Option<String>,
    feeding: Vec<Feeding>,
    below: Vec<(String, String)>,
    below_count: i64,
    below_path: String,
    new_below: String,
    events: String,
    csv: String,
    as_of: String,
    kinds: [&'static str; 4],
    typed: Typed,
    wrong_change: Option<String>,
    wrong_archive: Option<String>,
}

/// What the page shows, read on one snapshot.
struct Facts {
    access: OrganizationAccess,
    members: i64,
    line: Vec<Organization>,
    below: Vec<Organization>,
    below_count: usize,
    feeding: Vec<Feeding>,
}

fn read(tx: &mut Tx<'_>, desk: &Desk, organization: &Organization, after: &str) -> Result<Facts, Error> {
    let tenant = desk.tenant.tenant;
    let all = organizations::all(tx, tenant)?;
    let mut below: Vec<Organization> = all
        .iter()
        .filter(|found| found.parent.as_ref() == Some(&organization.id) && found.archived_at.is_none())
        .cloned()
        .collect();
    below.sort_by_cached_key(|found| scim::fold::fold(&found.name));
    let below_count = below.len();
    below.truncate(usize::try_from(SHOWN).unwrap_or_default());
    let known: HashMap<&str, &Organization> = all.iter().map(|found| (found.id.as_str(), found)).collect();
    let mut line: Vec<Organization> = Vec::new();
    let mut above = organization.parent.as_deref();
    while let Some(found) = above.and_then(|id| known.get(id)).filter(|found| !line.contains(found)) {
        line.push((*found).clone());
        above = found.parent.as_deref();
    }
    line.reverse();
    let limit = usize::try_from(PAGE).unwrap_or_default();
    Ok(Facts {
        access: access::of_organization(tx, tenant, organization, after, limit)?,
        members: memberships::count_at(tx, tenant, &organization.id)?,
        feeding: feeding(tx, desk, organization)?,
        line,
        below,
        below_count,
    })
}

/// The groups that are mapped to an organization, and the rules that lead to it.
fn feeding(tx: &mut Tx<'_>, desk: &Desk, organization: &Organization) -> Result<Vec<Feeding>, Error> {
    let tenant = desk.tenant.tenant;
    let names: HashMap<String, String> =
        roles::all(tx, tenant)?.into_iter().map(|role| (role.id, role.name)).collect();
    let role = |id: Option<&String>| id.and_then(|id| names.get(id)).cloned().unwrap_or_default();
    let feeds = feeds(tx, tenant)?;
    let mut found = Vec::new();
    for (number, mapping) in mappings::of_organization(tx, tenant, &organization.id, SHOWN)? {
        let Some(feed) = feeds.iter().find(|feed| feed.scope.connection == number) else { continue };
        let group = mirror_groups::by_id(tx, feed.scope, &mapping.group_id)?;
        found.push(Feeding {
            kind: "Group",
            name: group.map_or_else(String::new, |group| group.display_name().to_owned()),
            path: links::group(desk, &feed.named.id, &mapping.group_id),
            connection: feed.named.name.clone(),
            connection_path: links::connection(desk, &feed.named.id, ""),
            role: role(mapping.target.as_ref().map(|target| &target.role)),
            inherit: mapping.target.as_ref().is_some_and(|target| target.inherit),
            paused: mapping.paused,
            how: how(&mapping),
        });
    }
    for feed in &feeds {
        for rule in store::rules::of_connection(tx, feed.scope)? {
            if rule.organization.as_ref() == Some(&organization.id) {
                found.push(Feeding {
                    kind: "Rule",
                    name: rule.name,
                    path: links::connection(desk, &feed.named.id, "/mappings"),
                    connection: feed.named.name.clone(),
                    connection_path: links::connection(desk, &feed.named.id, ""),
                    role: role(rule.role.as_ref()),
                    inherit: rule.inherit,
                    paused: rule.paused,
                    how: if rule.kind == store::rules::RuleKind::Naming {
                        "reads names of groups"
                    } else {
                        "reads attributes of users"
                    },
                });
            }
        }
    }
    Ok(found)
}

fn how(mapping: &Mapping) -> &'static str {
    match mapping.origin.as_str() {
        "made" => "the organization was made for it",
        "matched" => "by its name",
        "rule" => "by a naming rule",
        _ => "by hand",
    }
}

/// `GET /organizations/{id}`.
pub async fn page(desk: Desk, Path((_, id)): Path<(String, String)>) -> Result<Response, Trouble> {
    let organization = known(&desk, &id)?;
    let typed = typed_of(&organization);
    shown(&desk, organization, typed, None).await
}

fn typed_of(organization: &Organization) -> Typed {
    Typed {
        name: organization.name.clone(),
        slug: organization.slug.clone(),
        kind: organization.kind.clone(),
    }
}

async fn shown(
    desk: &Desk,
    organization: Organization,
    typed: Typed,
    refused: Option<(Form, Refusal)>,
) -> Result<Response, Trouble> {
    let asked = Asked::of(desk);
    let (own, place, after) = (desk.clone(), organization.clone(), asked.text("after").to_owned());
    let tenant = desk.tenant.tenant;
    let facts = desk.app.store().read_long_of(tenant, move |tx| read(tx, &own, &place, &after)).await?;
    let is = |named: fn(&Tenant) -> &String| *named(&desk.tenant) == organization.id;
    let link = |found: &Organization| (found.name.clone(), links::organization(desk, &found.id));
    let status = refused.as_ref().map_or(StatusCode::OK, |(_, refusal)| refusal.status);
    let wrong = |form: Form| {
        let here = refused.as_ref().filter(|(refused, _)| *refused == form);
        here.map(|(_, refusal)| refusal.detail.clone())
    };
    let path = links::organization(desk, &organization.id);
    let page = OrganizationPage {
        frame: desk.frame(Section::Organizations, &organization.name),
        all: desk.path("/organizations"),
        line: facts.line.iter().map(link).collect(),
        is_root: is(|tenant| &tenant.root_organization),
        is_default: is(|tenant| &tenant.default_organization),
        members: facts.members,
        people: facts.access.people.iter().map(|holder| holders::row(desk, holder)).collect(),
        is_first: asked.text("after").is_empty(),
        first: path.clone(),
        next: facts.access.next.map(|next| asked.at(&path, &[("after", &next)])),
        feeding: facts.feeding,
        below: facts.below.iter().map(link).collect(),
        below_count: i64::try_from(facts.below_count).unwrap_or(i64::MAX),
        below_path: desk.path(&format!("/organizations?at={}", organization.id)),
        new_below: desk.path(&format!("/organizations/new?parent={}", organization.id)),
        events: desk.path(&format!("/events?subject={}", organization.id)),
        csv: format!("{path}/people.csv"),
        as_of: absolute(desk.now),
        kinds: KINDS,
        wrong_change: wrong(Form::Change),
        wrong_archive: wrong(Form::Archive),
        typed,
        path,
        organization,
    };
    page_with(status, &page)
}

/// `POST /organizations/{id}`: name, slug, type.
pub async fn change(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let before = known(&desk, &id)?;
    let text = |name: &str| fields.text(name).to_owned();
    let typed = Typed { name: text("name"), slug: text("slug"), kind: text("type") };
    let wanted = Wanted {
        name: Some(typed.name.clone()),
        slug: Some(typed.slug.clone()).filter(|slug| !slug.is_empty()),
        kind: Some(typed.kind.clone()),
        parent: None,
    };
    let version = fields.text("version").parse().ok();
    let store = desk.app.store();
    match rules::change(store, &desk.operator(), &desk.tenant, &before.id, version, wanted).await {
        Ok(after) => {
            let sentence = format!("Organization “{}” was saved.", after.name);
            Ok(done(&desk, &links::organization(&desk, &after.id), &sentence))
        }
        Err(error) => {
            let refusal = Refusal::of(error)?;
            shown(&desk, before, typed, Some((Form::Change, refusal))).await
        }
    }
}

/// `POST /organizations/{id}/archive`, once the name was typed.
pub async fn archive(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let before = known(&desk, &id)?;
    let version = fields.text("version").parse().ok();
    let store = desk.app.store();
    let result = if is_typed(fields.text("confirm"), &before.name) {
        rules::archive(store, &desk.operator(), &desk.tenant, &before.id, version).await
    } else {
        Err(Error::invalid(format!("Type the name, {}, to archive this organization.", before.name)))
    };
    match result {
        Ok(after) => {
            let sentence = format!("Organization “{}” was archived.", after.name);
            Ok(done(&desk, &desk.path("/organizations"), &sentence))
        }
        Err(error) => {
            let (typed, refusal) = (typed_of(&before), Refusal::of(error)?);
            shown(&desk, before, typed, Some((Form::Archive, refusal))).await
        }
    }
}

/// `POST /organizations/{id}/restore`: brings an archived one back.
pub async fn restore(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let before = known(&desk, &id)?;
    let version = fields.text("version").parse().ok();
    match rules::restore(desk.app.store(), &desk.operator(), &desk.tenant, &before.id, version).await {
        Ok(after) => {
            let sentence = format!("Organization “{}” is back, where it stood.", after.name);
            Ok(done(&desk, &links::organization(&desk, &after.id), &sentence))
        }
        Err(error) => {
            let (typed, refusal) = (typed_of(&before), Refusal::of(error)?);
            shown(&desk, before, typed, Some((Form::Archive, refusal))).await
        }
    }
}
