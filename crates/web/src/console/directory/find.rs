//! Find: people, groups, organizations, roles, connections, requests, events and pages by what somebody knows of them. What is
//! meant beyond doubt is gone to at once.

use super::asked::Asked;
use super::{Feed, feeds, links, short, state};
use crate::console::desk::Desk;
use crate::console::form::to;
use crate::console::frame::{Frame, Section, Theme, page};
use crate::console::show::State;
use crate::console::trouble::Trouble;
use askama::Template;
use axum::response::Response;
use provisioning::policy::attributes::Profile;
use provisioning::{Error, roster};
use scim::filter::Filter;
use scim::fold::fold;
use scim::schema::definition::{Definitions, Synchronised};
use scim::{Mode, Notes};
use std::collections::HashSet;
use store::mirror_groups::MirrorGroup;
use store::search::{self, Selection};
use store::users::User;
use store::{
    Scope, TenantId, Tx, events, mirror_groups, mirror_users, organizations, requests, roles, users,
};

/// How many of each kind a page shows.
const SHOWN: usize = 10;
/// How many a page shows in all.
const MOST: usize = 100;
/// How much of what was typed counts, in characters.
const LENGTH: usize = 200;

/// Something that was found.
struct Hit {
    kind: &'static str,
    name: String,
    path: String,
    note: String,
    state: Option<State>,
    /// Whether it is what was typed, and not only like it.
    is_exact: bool,
}

#[derive(Template)]
#[template(path = "directory/find.html")]
struct FindPage {
    frame: Frame,
    query: String,
    hits: Vec<Hit>,
    people: String,
    organizations: String,
}

/// Pages by their names.
const PAGES: [(&str, &str); 9] = [
    ("Overview", ""),
    ("Provisioning", "/provisioning"),
    ("Enable SCIM provisioning", "/provisioning/new"),
    ("Users", "/users"),
    ("Organizations", "/organizations"),
    ("Roles", "/roles"),
    ("Events", "/events"),
    ("Settings", "/settings"),
    ("Administrators", "/settings/administrators"),
];

/// `GET /find?q=`.
pub async fn page_of(desk: Desk) -> Result<Response, Trouble> {
    let query: String = Asked::of(&desk).text("q").chars().take(LENGTH).collect();
    let query = query.trim().to_owned();
    let tenant = desk.tenant.tenant;
    let mut hits = Vec::new();
    if !query.is_empty() {
        let (own, sought) = (desk.clone(), query.clone());
        hits = desk
            .app
            .store()
            .read_long_of(tenant, move |tx| Search { desk: &own, tenant }.all(tx, &sought))
            .await?;
        let mut seen = HashSet::new();
        hits.retain(|hit| seen.insert(hit.path.clone()));
        if hits.iter().filter(|hit| hit.is_exact).count() != 1 {
            hits.extend(like(&desk, &query, &hits).await?);
        }
    }
    let mut exact = hits.iter().filter(|hit| hit.is_exact);
    if let (Some(only), None) = (exact.next(), exact.next()) {
        return Ok(to(&only.path));
    }
    hits.sort_by_key(|hit| !hit.is_exact);
    hits.truncate(MOST);
    let encoded: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    page(&FindPage {
        frame: desk.frame(Section::Personal, "Find"),
        people: desk.path(&format!("/users?q={encoded}")),
        organizations: desk.path(&format!("/organizations?q={encoded}")),
        query,
        hits,
    })
}

/// People who are like what was typed.
async fn like(desk: &Desk, query: &str, known: &[Hit]) -> Result<Vec<Hit>, Trouble> {
    // What reads as a filter and is none finds nobody: here it was meant as words.
    let Ok(filter) = roster::search(query) else { return Ok(Vec::new()) };
    let count = i64::try_from(SHOWN).unwrap_or_default();
    let found = roster::page(desk.app.store(), desk.tenant.tenant, Some(filter), None, count).await?;
    let hits = found.rows.iter().map(|user| person(desk, user, false));
    Ok(hits.filter(|hit| known.iter().all(|known| known.path != hit.path)).collect())
}

fn person(desk: &Desk, user: &User, is_exact: bool) -> Hit {
    Hit {
        kind: "Person",
        name: short(&Profile::of_user(user).called()),
        path: links::user(desk, &user.id),
        note: short(&user.user_name),
        state: Some(state(user)),
        is_exact,
    }
}

fn hit(
    kind: &'static str,
    name: impl Into<String>,
    path: String,
    note: impl Into<String>,
    is_exact: bool,
) -> Hit {
    Hit { kind, name: short(&name.into()), path, note: short(&note.into()), state: None, is_exact }
}

/// A search of a tenant.
struct Search<'s> {
    desk: &'s Desk,
    tenant: TenantId,
}

impl Search<'_> {
    /// Everything but the people who are only like it.
    fn all(&self, tx: &mut Tx<'_>, query: &str) -> Result<Vec<Hit>, Error> {
        let feeds = feeds(tx, self.tenant)?;
        let mut hits = self.people(tx, query)?;
        self.organizations_and_roles(tx, query, &mut hits)?;
        for feed in &feeds {
            self.of_connection(tx, query, feed, &mut hits)?;
        }
        let number = query.strip_prefix('#').unwrap_or(query).replace(',', "");
        if let Ok(number) = number.parse()
            && let Some(event) = events::by_number(tx, self.tenant, number)?
        {
            let (name, path) = (format!("Event {number}"), links::event(self.desk, number));
            hits.push(hit("Event", name, path, event.summary, true));
        }
        let key = fold(query);
        for (name, path) in PAGES {
            let name_key = fold(name);
            if name_key.contains(&key) {
                hits.push(hit("Page", name, self.desk.path(path), "", name_key == key));
            }
        }
        Ok(hits)
    }

    fn people(&self, tx: &mut Tx<'_>, query: &str) -> Result<Vec<Hit>, Error> {
        let mut found: Vec<User> = Vec::new();
        found.extend(users::by_id(tx, self.tenant, query)?);
        found.extend(users::linked_by_user_name(tx, self.tenant, query)?);
        if found.is_empty() {
            found.extend(users::former(tx, self.tenant, query)?);
        }
        Ok(found.iter().map(|user| person(self.desk, user, true)).collect())
    }

    fn organizations_and_roles(
        &self,
        tx: &mut Tx<'_>,
        query: &str,
        hits: &mut Vec<Hit>,
    ) -> Result<(), Error> {
        let key = fold(query);
        let (mut exact, mut like) = (Vec::new(), Vec::new());
        for found in organizations::all(tx, self.tenant)? {
            let name_key = fold(&found.name);
            let is_exact = found.id == query || name_key == key || found.slug == key;
            if (found.archived_at.is_some() || !name_key.contains(&key)) && !is_exact {
                continue;
            }
            let note = if found.archived_at.is_some() { "archived".to_owned() } else { found.kind };
            let path = links::organization(self.desk, &found.id);
            let list = if is_exact && found.archived_at.is_none() { &mut exact } else { &mut like };
            list.push(hit("Organization", found.name, path, note, is_exact && found.archived_at.is_none()));
        }
        like.truncate(SHOWN);
        hits.extend(exact.into_iter().chain(like));
        for role in roles::all(tx, self.tenant)? {
            let name_key = fold(&role.name);
            let is_exact = role.id == query || name_key == key;
            if is_exact || name_key.contains(&key) {
                hits.push(hit("Role", role.name, links::role(self.desk, &role.id), "", is_exact));
            }
        }
        Ok(())
    }

    fn of_connection(
        &self,
        tx: &mut Tx<'_>,
        query: &str,
        feed: &Feed,
        hits: &mut Vec<Hit>,
    ) -> Result<(), Error> {
        let (scope, id, name) = (feed.scope, &feed.named.id, &feed.named.name);
        let (key, name_key) = (fold(query), fold(name));
        if *id == query || name_key.contains(&key) {
            let path = links::connection(self.desk, id, "");
            hits.push(hit("Connection", name, path, "", *id == query || name_key == key));
        }
        for group in groups(tx, scope, query)? {
            let path = links::group(self.desk, id, &group.id);
            let is_exact = group.id == query || fold(group.display_name()) == key;
            hits.push(hit("Group", group.display_name(), path, name, is_exact));
        }
        if let Some(resource) = mirror_users::by_id(tx, scope, query)?
            && let Some(user) = users::by_id(tx, self.tenant, &resource.user_id)?
        {
            hits.push(person(self.desk, &user, true));
        }
        if let Some(record) = requests::by_id(tx, scope, query)? {
            let what = format!("{} {} → {}", record.method, record.path, record.status);
            hits.push(hit("Request", what, links::request(self.desk, id, query), name, true));
        }
        Ok(())
    }
}

/// The groups of a connection that have this id, or a name that begins so; those of the very name are never left out.
fn groups(tx: &mut Tx<'_>, scope: Scope, query: &str) -> Result<Vec<MirrorGroup>, Error> {
    let mut found = mirror_groups::by_display_name(tx, scope, query)?;
    found.truncate(SHOWN);
    found.extend(mirror_groups::by_id(tx, scope, query)?);
    let text = format!("displayName sw {}", serde_json::Value::from(query));
    let definition = &Definitions::build(&Synchronised::default()).group;
    let filter = Filter::parse(&text, definition, Mode::Lenient, &mut Notes::default())?;
    let count = i64::try_from(SHOWN).unwrap_or_default();
    let selection = Selection { filter: Some(&filter), count, ..Selection::default() };
    // An index answers it alone: no row has to be judged by its document.
    let like = search::groups(tx, scope, &selection, |_, group| Ok(group.document.clone()))?;
    for group in like.rows {
        if found.iter().all(|known| known.id != group.id) {
            found.push(group);
        }
    }
    Ok(found)
}
