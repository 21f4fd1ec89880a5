//! A person's page: who they are, what feeds them, what they may do and why, and what happened to them.

use super::actors::Actors;
use super::events::{EventLine, lines};
use super::explained::{Chain, chain};
use super::refusal::Refusal;
use super::{Feed, erasure, feeds, is_typed, links, state, users::has_access};
use crate::console::desk::Desk;
use crate::console::form::{Fields, done};
use crate::console::frame::{Frame, Section, Theme, page_with};
use crate::console::show::State;
use crate::console::trouble::Trouble;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::access::{self, Access, Because, Entry};
use provisioning::journal;
use provisioning::people::{self, Hand};
use provisioning::policy::attributes::Profile;
use provisioning::{Error, lock as locking};
use store::events::Wanted as Narrow;
use store::mirror_users::{self, MirrorUser};
use store::organizations::Organization;
use store::roles::Role;
use store::users::{Status, User};
use store::{Scope, TenantId, Tx};

/// How many events of a person's history their page shows.
const HISTORY: usize = 10;
/// How many organizations a role that is passed down is shown at; all are counted.
const BELOW: usize = 60;
/// How many organizations are suggested to choose from; any can be typed.
pub const SUGGESTED: usize = 200;

/// A resource that feeds the person.
struct Source {
    connection: String,
    connection_path: String,
    resource: String,
    resource_path: String,
    is_active: bool,
    is_owner: bool,
}

/// A role at an organization.
struct Holding {
    role: String,
    role_id: String,
    role_path: String,
    organization: String,
    organization_id: String,
    organization_path: String,
    is_effective: bool,
    is_by_hand: bool,
    below: Vec<(String, String)>,
    below_count: i64,
    chain: Chain,
}

/// What was typed into the form that gives a role.
#[derive(Clone, Debug, Default)]
struct Typed {
    organization: String,
    role: String,
    inherit: bool,
}

/// Which form was refused, and why.
#[derive(Debug)]
struct Refused {
    form: Form,
    refusal: Refusal,
}

/// The forms of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Lock,
    Give,
    Take,
}

#[derive(Template)]
#[template(path = "directory/person.html")]
struct PersonPage {
    frame: Frame,
    users: String,
    path: String,
    user: User,
    name: String,
    state: State,
    has_access: bool,
    sources: Vec<Source>,
    owner: Option<(String, String)>,
    holdings: Vec<Holding>,
    organizations: usize,
    history: Vec<EventLine>,
    all_events: String,
    roles: Vec<Role>,
    suggested: Vec<Organization>,
    root: String,
    typed: Typed,
    wrong_lock: Option<String>,
    wrong_give: Option<String>,
    wrong_take: Option<String>,
}

/// What the page shows, read on one snapshot.
struct Facts {
    user: User,
    feeds: Vec<Feed>,
    resources: Vec<(i64, MirrorUser)>,
    access: Access,
    history: journal::Page,
    actors: Actors,
    roles: Vec<Role>,
    organizations: Vec<Organization>,
}

fn read(tx: &mut Tx<'_>, tenant: TenantId, id: &str, last: i64) -> Result<Option<Facts>, Error> {
    let Some(user) = store::users::by_id(tx, tenant, id)? else { return Ok(None) };
    let mut resources = Vec::new();
    for (connection, resource) in mirror_users::of_user(tx, Scope { tenant, connection: 0 }, id)? {
        let found = mirror_users::by_id(tx, Scope { tenant, connection }, &resource)?;
        resources.extend(found.map(|found| (connection, found)));
    }
    let narrow = Narrow { subject: id.to_owned(), ..Narrow::default() };
    let wanted = journal::Wanted { narrow, ..journal::Wanted::default() };
    let history = journal::page(tx, tenant, &wanted, (last, None), HISTORY)?;
    let feeds = feeds(tx, tenant)?;
    let mut organizations = store::organizations::all(tx, tenant)?;
    organizations.retain(|organization| organization.archived_at.is_none());
    Ok(Some(Facts {
        access: access::of_user(tx, tenant, &user)?,
        actors: Actors::read(tx, tenant, &feeds, &history.events)?,
        roles: store::roles::all(tx, tenant)?,
        user,
        feeds,
        resources,
        history,
        organizations,
    }))
}

/// `GET /users/{id}`.
pub async fn page(desk: Desk, Path((_, id)): Path<(String, String)>) -> Result<Response, Trouble> {
    shown(&desk, &id, Typed::default(), None).await
}

async fn shown(desk: &Desk, id: &str, typed: Typed, refused: Option<Refused>) -> Result<Response, Trouble> {
    let user = known(desk, id)?;
    if user.status == Status::Erased {
        return erasure::tombstone(desk, &user, refused.map(|refused| refused.refusal));
    }
    let (tenant, last, id) = (desk.tenant.tenant, desk.tenant.last_event, id.to_owned());
    let facts = desk.app.store().read_long_of(tenant, move |tx| read(tx, tenant, &id, last)).await?;
    let mut facts = facts.ok_or_else(Trouble::not_found)?;
    let status = refused.as_ref().map_or(StatusCode::OK, |refused| refused.refusal.status);
    let wrong = |form: Form| {
        let here = refused.as_ref().filter(|refused| refused.form == form);
        here.map(|refused| refused.refusal.detail.clone())
    };
    let name = Profile::of_user(&facts.user).called();
    let holdings = holdings(desk, &facts.access);
    let root = facts.organizations.iter().find(|found| found.id == desk.tenant.root_organization);
    let organizations: std::collections::BTreeSet<&str> =
        facts.access.entries.iter().map(|entry| entry.organization.id.as_str()).collect();
    let page = PersonPage {
        frame: desk.frame(Section::Users, &name),
        users: desk.path("/users"),
        path: links::user(desk, &facts.user.id),
        state: state(&facts.user),
        has_access: has_access(&facts.user),
        sources: sources(desk, &facts),
        owner: owner(desk, &facts),
        organizations: organizations.len(),
        history: lines(desk, &facts.history.events, &facts.feeds, &facts.actors),
        all_events: desk.path(&format!("/events?subject={}", facts.user.id)),
        root: root.map_or_else(String::new, |root| root.name.clone()),
        wrong_lock: wrong(Form::Lock),
        wrong_give: wrong(Form::Give),
        wrong_take: wrong(Form::Take),
        holdings,
        name,
        roles: std::mem::take(&mut facts.roles),
        suggested: facts.organizations.iter().take(SUGGESTED).cloned().collect(),
        user: facts.user,
        typed,
    };
    page_with(status, &page)
}

fn owner(desk: &Desk, facts: &Facts) -> Option<(String, String)> {
    let number = facts.user.connection?;
    let feed = facts.feeds.iter().find(|feed| feed.scope.connection == number)?;
    Some((feed.named.name.clone(), links::connection(desk, &feed.named.id, "")))
}

fn sources(desk: &Desk, facts: &Facts) -> Vec<Source> {
    let source = |(number, resource): &(i64, MirrorUser)| {
        let feed = facts.feeds.iter().find(|feed| feed.scope.connection == *number)?;
        Some(Source {
            connection: feed.named.name.clone(),
            connection_path: links::connection(desk, &feed.named.id, ""),
            resource: resource.id.clone(),
            resource_path: links::connection(desk, &feed.named.id, &format!("/users/{}", resource.id)),
            is_active: resource.active,
            is_owner: facts.user.connection == Some(*number),
        })
    };
    facts.resources.iter().filter_map(source).collect()
}

/// What is held by itself, each with where it is passed down to.
fn holdings(desk: &Desk, access: &Access) -> Vec<Holding> {
    let own = access.entries.iter().filter(|entry| entry.inherited_from.is_none());
    own.map(|entry| {
        let is_below = |other: &&Entry| {
            other.inherited_from.as_ref() == Some(&entry.organization)
                && other.role == entry.role
                && other.because == entry.because
        };
        let below: Vec<&Entry> = access.entries.iter().filter(is_below).collect();
        let named = |entry: &&Entry| {
            (entry.organization.name.clone(), links::organization(desk, &entry.organization.id))
        };
        Holding {
            role: entry.role.name.clone(),
            role_id: entry.role.id.clone(),
            role_path: links::role(desk, &entry.role.id),
            organization: entry.organization.name.clone(),
            organization_id: entry.organization.id.clone(),
            organization_path: links::organization(desk, &entry.organization.id),
            is_effective: entry.effective,
            is_by_hand: matches!(entry.because.first(), Some(Because::Hand { .. })),
            below_count: i64::try_from(below.len()).unwrap_or(i64::MAX),
            below: below.iter().take(BELOW).map(named).collect(),
            chain: chain(desk, &entry.because),
        }
    })
    .collect()
}

/// The person of an id, within the tenant.
///
/// # Errors
/// There is none, or only in another tenant.
pub fn known(desk: &Desk, id: &str) -> Result<User, Trouble> {
    let found = desk.app.store().read(|tx| store::users::by_id(tx, desk.tenant.tenant, id))?;
    found.ok_or_else(Trouble::not_found)
}

/// Goes on to the person's page, or shows it again with what was wrong.
async fn answered(
    desk: &Desk,
    user: &User,
    typed: Typed,
    form: Form,
    result: Result<String, Error>,
) -> Result<Response, Trouble> {
    match result {
        Ok(sentence) => Ok(done(desk, &links::user(desk, &user.id), &sentence)),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            shown(desk, &user.id, typed, Some(Refused { form, refusal })).await
        }
    }
}

/// `POST /users/{id}/lock`: deactivates by hand, once the username was typed.
pub async fn lock(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let user = known(&desk, &id)?;
    let version = fields.text("version").parse().ok();
    let result = if is_typed(fields.text("confirm"), &user.user_name) {
        let done = locking::lock(desk.app.store(), &desk.operator(), &desk.tenant, &user.id, version).await;
        done.map(|user| format!("{} is locked out: all access has ended.", Profile::of_user(&user).called()))
    } else {
        Err(Error::invalid(format!("Type the username, {}, to deactivate this person.", user.user_name)))
    };
    answered(&desk, &user, Typed::default(), Form::Lock, result).await
}

/// `POST /users/{id}/unlock`.
pub async fn unlock(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let user = known(&desk, &id)?;
    let version = fields.text("version").parse().ok();
    let result = locking::unlock(desk.app.store(), &desk.operator(), &desk.tenant, &user.id, version).await;
    let result = result.map(|user| {
        let name = Profile::of_user(&user).called();
        if has_access(&user) {
            format!("{name} is unlocked and has access again.")
        } else {
            format!("{name} is unlocked. The identity provider has this person deactivated, so there is no access yet.")
        }
    });
    answered(&desk, &user, Typed::default(), Form::Lock, result).await
}

/// `POST /users/{id}/roles`: gives a role by hand.
pub async fn give(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    by_hand(&desk, &id, &fields, Form::Give).await
}

/// `POST /users/{id}/roles/take`: takes a role that was given by hand.
pub async fn take(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    by_hand(&desk, &id, &fields, Form::Take).await
}

async fn by_hand(desk: &Desk, id: &str, fields: &Fields, form: Form) -> Result<Response, Trouble> {
    let user = known(desk, id)?;
    let typed = Typed {
        organization: fields.text("organization").to_owned(),
        role: fields.text("role").to_owned(),
        inherit: fields.is_ticked("inherit"),
    };
    let hand = Hand {
        user: user.id.clone(),
        role: typed.role.clone(),
        organization: fields.optional("organization").map(str::to_owned),
        inherit: typed.inherit,
    };
    let store = desk.app.store();
    let done = people::by_hand(store, &desk.operator(), &desk.tenant, hand, form == Form::Give).await;
    let typed = if form == Form::Give { typed } else { Typed::default() };
    answered(desk, &user, typed, form, done.map(|summary| format!("{summary}."))).await
}
