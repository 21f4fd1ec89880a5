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
use crate::console::narrow::Narrow;
use crate::console::show::{State, absolute};
use crate::console::trouble::Trouble;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::Error;
use provisioning::access::{self, OrganizationAccess};
use provisioning::organizations::{self as rules, KINDS, Wanted};
use provisioning::roster;
use scim::filter::Filter;
use std::collections::HashMap;
use store::mappings::Mapping;
use store::organizations::Organization;
use store::tenants::Tenant;
use store::{TenantId, Tx, mappings, memberships, mirror_groups, organizations, roles};

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

impl Feeding {
    /// What the line shows.
    fn texts(&self) -> Vec<&str> {
        let mut texts =
            vec![self.kind, self.name.as_str(), self.connection.as_str(), self.role.as_str(), self.how];
        texts.extend(self.paused.then_some("paused"));
        texts
    }
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
    narrow: Narrow,
    /// How many people are like what was typed.
    found: i64,
    people: Vec<Row>,
    is_first: bool,
    first: String,
    next: Option<String>,
    narrow_gives: Narrow,
    feeding: Vec<Feeding>,
    /// How many more there are than are shown.
    more_feeding: i64,
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
    found: Option<i64>,
    members: i64,
    line: Vec<Organization>,
    below: Vec<Organization>,
    below_count: usize,
    feeding: Vec<Feeding>,
}

fn read(
    tx: &mut Tx<'_>,
    desk: &Desk,
    organization: &Organization,
    sought: Option<&Filter>,
    after: &str,
) -> Result<Facts, Error> {
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
    let (found, access) = people(tx, tenant, organization, sought, after)?;
    Ok(Facts {
        access,
        found,
        members: memberships::count_at(tx, tenant, &organization.id)?,
        feeding: feeding(tx, desk, organization)?,
        line,
        below,
        below_count,
    })
}

/// A page of those who have a role at an organization; if some are looked for, of those, with how many they are.
fn people(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    organization: &Organization,
    sought: Option<&Filter>,
    after: &str,
) -> Result<(Option<i64>, OrganizationAccess), Error> {
    if let Some(filter) = sought {
        let (found, access) = access::sought(tx, tenant, organization, filter, (after, PAGE))?;
        return Ok((Some(found), access));
    }
    let limit = usize::try_from(PAGE).unwrap_or_default();
    Ok((None, access::of_organization(tx, tenant, organization, after, limit)?))
}

/// The groups that are mapped to an organization, and the rules that lead to it.
fn feeding(tx: &mut Tx<'_>, desk: &Desk, organization: &Organization) -> Result<Vec<Feeding>, Error> {
    let tenant = desk.tenant.tenant;
    let names: HashMap<String, String> =
        roles::all(tx, tenant)?.into_iter().map(|role| (role.id, role.name)).collect();
    let role = |id: Option<&String>| id.and_then(|id| names.get(id)).cloned().unwrap_or_default();
    let feeds = feeds(tx, tenant)?;
    let mut found = Vec::new();
    for (number, mapping) in mappings::of_organization(tx, tenant, &organization.id, i64::MAX)? {
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
    let narrow = Narrow::of(&desk.address, "people with access");
    let sought = narrow.is_on().then(|| roster::words(&narrow.text)).transpose()?;
    let facts =
        desk.app.store().read_long_of(tenant, move |tx| read(tx, &own, &place, sought.as_ref(), &after));
    let mut facts = facts.await?;
    let mut narrow_gives = Narrow::of_part(&desk.address, "gives", "groups and rules");
    narrow_gives.keep(&mut facts.feeding, Feeding::texts);
    let limit = usize::try_from(SHOWN).unwrap_or_default();
    let more_feeding = i64::try_from(facts.feeding.len().saturating_sub(limit)).unwrap_or(i64::MAX);
    facts.feeding.truncate(limit);
    // Those to whom a role is passed down are not counted, but a page of them is seen.
    let shown = i64::try_from(facts.access.people.len()).unwrap_or(i64::MAX);
    let narrow = narrow.among(facts.members.max(shown));
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
        first: asked.at(&path, &[("after", "")]),
        next: facts.access.next.map(|next| asked.at(&path, &[("after", &next)])),
        narrow,
        found: facts.found.unwrap_or_default(),
        narrow_gives,
        feeding: facts.feeding,
        more_feeding,
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
