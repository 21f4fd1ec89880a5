//! Roles: those built in and the tenant's own, what each permits, and who holds it where.

use super::asked::Asked;
use super::refusal::Refusal;
use super::{PAGE, links, short, state};
use crate::console::desk::Desk;
use crate::console::form::{Fields, done};
use crate::console::frame::{self, Frame, Section, Theme, page_with};
use crate::console::narrow::Narrow;
use crate::console::show::State;
use crate::console::trouble::Trouble;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::Error;
use provisioning::policy::attributes::Profile;
use provisioning::roles::{self as rules, Wanted};
use provisioning::roster;
use scim::filter::Filter;
use std::collections::HashMap;
use store::roles::Role;
use store::search::Within;
use store::{StoreError, TenantId, Tx, memberships, organizations, roles, users};

/// How many organizations a person's line names; all are counted.
const PLACES: usize = 5;

/// A role, in a line.
struct Line {
    role: Role,
    path: String,
    holders: i64,
}

impl Line {
    /// What the line shows.
    fn texts(&self) -> Vec<&str> {
        let mut texts = vec![self.role.name.as_str()];
        texts.extend(self.role.built_in.then_some("built in"));
        texts.extend(self.role.permissions.iter().map(String::as_str));
        texts
    }
}

/// A person who holds a role.
struct Holder {
    name: String,
    path: String,
    user_name: String,
    state: State,
    places: Vec<(String, String)>,
    more: i64,
}

/// What was typed of a role.
#[derive(Clone, Debug, Default)]
struct Typed {
    name: String,
    priority: String,
    permissions: String,
}

#[derive(Template)]
#[template(path = "directory/roles.html")]
struct RolesPage {
    frame: Frame,
    narrow: Narrow,
    lines: Vec<Line>,
    new: String,
}

#[derive(Template)]
#[template(path = "directory/role-new.html")]
struct NewPage {
    frame: Frame,
    all: String,
    typed: Typed,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "directory/role.html")]
struct RolePage {
    frame: Frame,
    all: String,
    path: String,
    role: Role,
    is_default: bool,
    narrow: Narrow,
    /// How many hold it.
    count: i64,
    /// How many of them are looked for.
    found: i64,
    holders: Vec<Holder>,
    is_first: bool,
    first: String,
    next: Option<String>,
    events: String,
    typed: Typed,
    wrong_change: Option<String>,
    wrong_delete: Option<String>,
}

/// `GET /roles`.
pub async fn list(desk: Desk) -> Result<Response, Trouble> {
    let tenant = desk.tenant.tenant;
    let read = move |tx: &mut Tx<'_>| {
        Ok::<_, StoreError>((roles::all(tx, tenant)?, memberships::count_by_role(tx, tenant)?))
    };
    let (all, counts) = desk.app.store().read_long_of(tenant, read).await?;
    let counts: HashMap<String, i64> = counts.into_iter().collect();
    let line = |role: Role| Line {
        path: links::role(&desk, &role.id),
        holders: counts.get(&role.id).copied().unwrap_or_default(),
        role,
    };
    let mut lines: Vec<Line> = all.into_iter().map(line).collect();
    let mut narrow = Narrow::of(&desk.address, "roles");
    narrow.keep(&mut lines, Line::texts);
    frame::page(&RolesPage {
        frame: desk.frame(Section::Roles, "Roles"),
        narrow,
        lines,
        new: desk.path("/roles/new"),
    })
}

/// `GET /roles/new`.
pub async fn new(desk: Desk) -> Result<Response, Trouble> {
    new_page(&desk, Typed::default(), None)
}

fn new_page(desk: &Desk, typed: Typed, refusal: Option<Refusal>) -> Result<Response, Trouble> {
    let status = refusal.as_ref().map_or(StatusCode::OK, |refusal| refusal.status);
    let page = NewPage {
        frame: desk.frame(Section::Roles, "New role"),
        all: desk.path("/roles"),
        typed,
        wrong: refusal.map(|refusal| refusal.detail),
    };
    page_with(status, &page)
}

fn typed(fields: &Fields) -> Typed {
    let text = |name: &str| fields.text(name).to_owned();
    Typed { name: text("name"), priority: text("priority"), permissions: text("permissions") }
}

impl Typed {
    fn of(role: &Role) -> Self {
        Self {
            name: role.name.clone(),
            priority: role.priority.to_string(),
            permissions: role.permissions.join("\n"),
        }
    }

    fn wanted(&self) -> Result<Wanted, Error> {
        let priority = self.priority.parse().map_err(|_| {
            Error::invalid("The priority is a number from 1 to 99: the higher, the stronger.")
        })?;
        let permissions = self.permissions.split_whitespace().map(str::to_owned).collect();
        Ok(Wanted { name: Some(self.name.clone()), priority: Some(priority), permissions: Some(permissions) })
    }
}

/// `POST /roles/new`.
pub async fn create(desk: Desk, fields: Fields) -> Result<Response, Trouble> {
    let typed = typed(&fields);
    let result = match typed.wanted() {
        Ok(wanted) => rules::create(desk.app.store(), &desk.operator(), &desk.tenant, wanted).await,
        Err(error) => Err(error),
    };
    match result {
        Ok(role) => {
            let sentence = format!("Role “{}” was created.", role.name);
            Ok(done(&desk, &links::role(&desk, &role.id), &sentence))
        }
        Err(error) => new_page(&desk, typed, Some(Refusal::of(error)?)),
    }
}

/// The role of an id, within the tenant.
fn known(desk: &Desk, id: &str) -> Result<Role, Trouble> {
    let found = desk.app.store().read(|tx| roles::by_id(tx, desk.tenant.tenant, id))?;
    found.ok_or_else(Trouble::not_found)
}

/// `GET /roles/{id}`.
pub async fn page(desk: Desk, Path((_, id)): Path<(String, String)>) -> Result<Response, Trouble> {
    let role = known(&desk, &id)?;
    let typed = Typed::of(&role);
    shown(&desk, role, typed, None, None).await
}

async fn shown(
    desk: &Desk,
    role: Role,
    typed: Typed,
    change: Option<Refusal>,
    delete: Option<Refusal>,
) -> Result<Response, Trouble> {
    let (tenant, asked) = (desk.tenant.tenant, Asked::of(desk));
    let (own, id, after) = (desk.clone(), role.id.clone(), asked.text("after").to_owned());
    let narrow = Narrow::of(&desk.address, "people who hold it");
    let sought = narrow.is_on().then(|| roster::words(&narrow.text)).transpose()?;
    let read = move |tx: &mut Tx<'_>| {
        let counts = memberships::count_by_role(tx, tenant)?;
        let count = counts.into_iter().find(|(role, _)| *role == id).map_or(0, |(_, count)| count);
        let (found, users, more) = users_with(tx, tenant, &id, sought.as_ref(), &after)?;
        let next = users.last().filter(|_| more).cloned();
        let holders = users.iter().map(|user| holder(tx, &own, tenant, &id, user));
        let holders = holders.collect::<Result<Vec<_>, StoreError>>()?;
        Ok::<_, Error>((count, found.unwrap_or(count), holders.into_iter().flatten().collect(), next))
    };
    let (count, found, holders, next) = desk.app.store().read_long_of(tenant, read).await?;
    let status = change.as_ref().or(delete.as_ref()).map_or(StatusCode::OK, |refusal| refusal.status);
    let path = links::role(desk, &role.id);
    let page = RolePage {
        frame: desk.frame(Section::Roles, &role.name),
        all: desk.path("/roles"),
        is_default: desk.tenant.default_role == role.id,
        narrow: narrow.among(count),
        count,
        found,
        holders,
        is_first: asked.text("after").is_empty(),
        first: asked.at(&path, &[("after", "")]),
        next: next.map(|next| asked.at(&path, &[("after", &next)])),
        events: desk.path(&format!("/events?subject={}", role.id)),
        typed,
        wrong_change: change.map(|refusal| refusal.detail),
        wrong_delete: delete.map(|refusal| refusal.detail),
        path,
        role,
    };
    page_with(status, &page)
}

/// A page of the ids of those who have a role, and whether others come after; if some are looked for, of those, with how
/// many they are.
fn users_with(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    role: &str,
    sought: Option<&Filter>,
    after: &str,
) -> Result<(Option<i64>, Vec<String>, bool), Error> {
    if let Some(filter) = sought {
        let page = roster::among(tx, tenant, filter, &Within::Role(role.to_owned()), (after, PAGE))?;
        let users = page.rows.into_iter().map(|user| user.id).collect();
        return Ok((Some(page.total), users, page.next.is_some()));
    }
    let limit = usize::try_from(PAGE).unwrap_or_default();
    let mut users = memberships::users_with_role(tx, tenant, role, after, PAGE + 1)?;
    let more = users.len() > limit;
    users.truncate(limit);
    Ok((None, users, more))
}

fn holder(
    tx: &mut Tx<'_>,
    desk: &Desk,
    tenant: TenantId,
    role: &str,
    id: &str,
) -> Result<Option<Holder>, StoreError> {
    let Some(user) = users::by_id(tx, tenant, id)? else { return Ok(None) };
    let mut held = memberships::of_user(tx, tenant, id)?;
    held.retain(|membership| membership.role == role);
    held.dedup_by(|one, other| one.organization == other.organization);
    let mut places = Vec::new();
    for membership in held.iter().take(PLACES) {
        let found = organizations::by_id(tx, tenant, &membership.organization)?;
        places.extend(found.map(|found| (found.name, links::organization(desk, &found.id))));
    }
    Ok(Some(Holder {
        name: short(&Profile::of_user(&user).called()),
        path: links::user(desk, id),
        user_name: short(&user.user_name),
        state: state(&user),
        places,
        more: i64::try_from(held.len().saturating_sub(PLACES)).unwrap_or(i64::MAX),
    }))
}

/// `POST /roles/{id}`.
pub async fn change(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let (before, typed) = (known(&desk, &id)?, typed(&fields));
    let version = fields.text("version").parse().ok();
    let store = desk.app.store();
    let result = match typed.wanted() {
        Ok(wanted) => rules::change(store, &desk.operator(), &desk.tenant, &before.id, version, wanted).await,
        Err(error) => Err(error),
    };
    match result {
        Ok(after) => {
            let sentence = format!("Role “{}” was saved.", after.name);
            Ok(done(&desk, &links::role(&desk, &after.id), &sentence))
        }
        Err(error) => {
            let refusal = Refusal::of(error)?;
            shown(&desk, before, typed, Some(refusal), None).await
        }
    }
}

/// `POST /roles/{id}/delete`, once the name was typed.
pub async fn delete(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let role = known(&desk, &id)?;
    let version = fields.text("version").parse().ok();
    let store = desk.app.store();
    let result = if super::is_typed(fields.text("confirm"), &role.name) {
        rules::delete(store, &desk.operator(), &desk.tenant, &role.id, version).await
    } else {
        Err(Error::invalid(format!("Type the name, {}, to delete this role.", role.name)))
    };
    match result {
        Ok(()) => Ok(done(&desk, &desk.path("/roles"), &format!("Role “{}” was deleted.", role.name))),
        Err(error) => {
            let (typed, refusal) = (Typed::of(&role), Refusal::of(error)?);
            shown(&desk, role, typed, None, Some(refusal)).await
        }
    }
}
