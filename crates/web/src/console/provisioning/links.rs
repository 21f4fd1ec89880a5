//! Links that wait for an Owner: a provider sends somebody who is here by hand and has a role of Admin or above.

use crate::console::desk::Desk;
use crate::console::form::{Fields, done};
use crate::console::frame::{Frame, Section, Theme, page_with};
use crate::console::narrow::Narrow;
use crate::console::show::State;
use crate::console::trouble::Trouble;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::policy::attributes::Profile;
use provisioning::{Error, access, links as rules};
use store::links::{Link, LinkState};
use store::{TenantId, Tx, connections, links, users};

/// How many links that were decided are shown, the newest.
const DECIDED: usize = 50;

/// A link, as it is shown.
struct Line {
    link: Link,
    path: String,
    person: String,
    person_path: String,
    /// The roles of the person that ask for an Owner's word, with their organizations.
    roles: Vec<String>,
    connection: String,
    connection_path: String,
    request_path: String,
    state: State,
}

impl Line {
    /// What the line shows.
    fn texts(&self) -> Vec<&str> {
        let mut texts = vec![
            self.person.as_str(),
            self.link.user_name.as_str(),
            self.connection.as_str(),
            self.state.word(),
        ];
        texts.extend(self.roles.iter().map(String::as_str));
        texts.extend(self.link.email.as_deref());
        texts.extend(self.link.external_id.as_deref());
        texts.extend(self.link.decided.as_ref().map(|(by, _)| by.as_str()));
        texts
    }
}

#[derive(Template)]
#[template(path = "provisioning/links.html")]
struct LinksPage {
    frame: Frame,
    list: String,
    narrow: Narrow,
    waiting: Vec<Line>,
    decided: Vec<Line>,
    wrong: Option<String>,
}

/// `GET /provisioning/links`.
pub async fn page(desk: Desk) -> Result<Response, Trouble> {
    show(&desk, StatusCode::OK, None).await
}

async fn show(desk: &Desk, status: StatusCode, wrong: Option<String>) -> Result<Response, Trouble> {
    let (own, tenant) = (desk.clone(), desk.tenant.tenant);
    let mut narrow = Narrow::of(&desk.address, "links");
    let read = move |tx: &mut Tx<'_>| {
        let (waiting, mut decided): (Vec<Link>, Vec<Link>) = links::page(tx, tenant, "", i64::MAX)?
            .into_iter()
            .partition(|link| link.state == LinkState::Pending);
        decided.sort_by_key(|link| std::cmp::Reverse(link.modified_at));
        decided.truncate(DECIDED);
        let mut lines = |all: Vec<Link>| {
            all.into_iter().map(|link| line(tx, &own, tenant, link)).collect::<Result<Vec<_>, Error>>()
        };
        Ok::<_, Error>((lines(waiting)?, lines(decided)?))
    };
    let (mut waiting, mut decided) = desk.app.store().read_long_of(tenant, read).await?;
    narrow.keep(&mut waiting, Line::texts);
    narrow.keep(&mut decided, Line::texts);
    let page = LinksPage {
        frame: desk.frame(Section::Provisioning, "Links that wait for an Owner"),
        list: desk.path("/provisioning"),
        narrow,
        waiting,
        decided,
        wrong,
    };
    page_with(status, &page)
}

fn line(tx: &mut Tx<'_>, desk: &Desk, tenant: TenantId, link: Link) -> Result<Line, Error> {
    let connection = connections::of_tenant(tx, tenant)?
        .into_iter()
        .find(|found| found.scope.connection == link.connection);
    let (connection, connection_path) = connection.map_or_else(
        || (String::new(), desk.path("/provisioning")),
        |found| (found.name, desk.path(&format!("/provisioning/{}", found.id))),
    );
    let user = users::by_id(tx, tenant, &link.user)?;
    let mut roles = Vec::new();
    if let Some(user) = &user {
        let access = access::of_user(tx, tenant, user)?;
        let own = access.entries.into_iter().filter(|entry| entry.inherited_from.is_none());
        roles.extend(own.map(|entry| format!("{} of {}", entry.role.name, entry.organization.name)));
    }
    Ok(Line {
        path: desk.path(&format!("/provisioning/links/{}", link.id)),
        person: user.map_or_else(|| link.user_name.clone(), |user| Profile::of_user(&user).called()),
        person_path: desk.path(&format!("/users/{}", link.user)),
        request_path: format!("{connection_path}/activity/{}", link.request_id),
        state: match link.state {
            LinkState::Pending => State::Attention("Waits"),
            LinkState::Approved => State::Good("Approved"),
            LinkState::Rejected => State::Quiet("Rejected"),
        },
        connection,
        connection_path,
        roles,
        link,
    })
}

/// `POST /provisioning/links/{link}/approve`.
pub async fn approve(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    decide(&desk, &id, &fields, true).await
}

/// `POST /provisioning/links/{link}/reject`.
pub async fn reject(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    decide(&desk, &id, &fields, false).await
}

async fn decide(desk: &Desk, id: &str, fields: &Fields, approve: bool) -> Result<Response, Trouble> {
    let seen = fields.text("version").parse().ok();
    match rules::decide(desk.app.store(), &desk.operator(), &desk.tenant, id, seen, approve).await {
        Ok(link) => {
            let name = desk.app.store().read(|tx| users::by_id(tx, desk.tenant.tenant, &link.user))?;
            let name = name.map_or(link.user_name, |user| Profile::of_user(&user).called());
            let sentence = if approve {
                format!("Approved: {name} is linked when the provider sends the person next.")
            } else {
                format!("Rejected: {name} stays by hand.")
            };
            Ok(done(desk, &desk.path("/provisioning/links"), &sentence))
        }
        Err(error @ (Error::Conflict(_) | Error::VersionMismatch { .. })) => {
            show(desk, StatusCode::CONFLICT, Some(crate::console::connection::place::spoken(error)?)).await
        }
        Err(error) => Err(error.into()),
    }
}
