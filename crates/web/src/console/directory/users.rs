//! Users: everybody in the directory, found by name or by the SCIM filter language, by status, a page at a time.

use super::asked::Asked;
use super::refusal::Refusal;
use super::{Feed, PAGE, feeds, links, short, state};
use crate::console::desk::Desk;
use crate::console::frame::{Frame, Section, Theme, page_with};
use crate::console::show::State;
use crate::console::trouble::Trouble;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::policy::attributes::Profile;
use provisioning::{Error, roster};
use scim::filter::Filter;
use store::search;
use store::users::{Status, User};

/// A chip that narrows the list to a status.
struct Chip {
    name: &'static str,
    count: Option<i64>,
    path: String,
    is_on: bool,
}

/// A person, in a line.
struct Line {
    name: String,
    path: String,
    user_name: String,
    email: String,
    state: State,
    source: String,
    source_path: Option<String>,
    modified_at: i64,
}

#[derive(Template)]
#[template(path = "directory/users.html")]
struct UsersPage {
    frame: Frame,
    query: String,
    status: String,
    chips: Vec<Chip>,
    lines: Vec<Line>,
    total: i64,
    is_narrowed: bool,
    is_first: bool,
    first: String,
    next: Option<String>,
    wrong: Option<String>,
    provisioning: String,
}

/// The chips: value in the address, name, filter.
const STATUSES: [(&str, &str, &str); 4] = [
    ("active", "Active", "status eq \"active\""),
    ("deactivated", "Deactivated", "status eq \"deactivated\""),
    ("staged", "Staged", "status eq \"staged\""),
    ("locked", "Locked by hand", "locked eq true"),
];

/// `GET /users`.
pub async fn list(desk: Desk) -> Result<Response, Trouble> {
    let (asked, tenant) = (Asked::of(&desk), desk.tenant.tenant);
    let store = desk.app.store();
    let (query, status) = (asked.text("q").to_owned(), asked.text("status").to_owned());
    let found = match wanted(&query, &status) {
        Ok(filter) => {
            let after = Some(asked.text("after").to_owned()).filter(|after| !after.is_empty());
            roster::page(store, tenant, filter, after, PAGE).await.map_err(Trouble::from).map(Ok)?
        }
        Err(error) => Err(Refusal::of(error)?),
    };
    let (status_of_page, wrong, found) = match found {
        Ok(found) => (StatusCode::OK, None, found),
        Err(refusal) => {
            let nothing = search::Page { total: 0, rows: Vec::new(), next: None };
            (refusal.status, Some(refusal.detail), nothing)
        }
    };
    let (counts, feeds) = store
        .read_long_of(tenant, move |tx| {
            Ok::<_, store::StoreError>((store::users::counts(tx, tenant)?, feeds(tx, tenant)?))
        })
        .await?;
    let page = UsersPage {
        frame: desk.frame(Section::Users, "Users"),
        chips: chips(&asked, &status, &counts),
        lines: found.rows.iter().map(|user| line(&desk, user, &feeds)).collect(),
        total: found.total,
        is_narrowed: !query.is_empty() || !status.is_empty(),
        is_first: asked.text("after").is_empty(),
        first: asked.with(&[("after", "")]),
        next: found.next.map(|next| asked.with(&[("after", &next.id)])),
        wrong,
        provisioning: desk.path("/provisioning"),
        query,
        status,
    };
    page_with(status_of_page, &page)
}

/// The filter of what was typed and which chip is on.
fn wanted(query: &str, status: &str) -> Result<Option<Filter>, Error> {
    let by_status = match STATUSES.iter().find(|(value, _, _)| *value == status) {
        Some((_, _, filter)) => Some(roster::filter(filter)?),
        None if status.is_empty() => None,
        None => {
            let words = STATUSES.map(|(value, _, _)| value).join(", ");
            return Err(Error::invalid(format!("status is one of: {words}, not \"{status}\".")));
        }
    };
    let by_text = if query.is_empty() { None } else { Some(roster::search(query)?) };
    Ok(match (by_status, by_text) {
        (Some(one), Some(other)) => Some(Filter::And(Box::new(one), Box::new(other))),
        (one, other) => one.or(other),
    })
}

fn chips(asked: &Asked, status: &str, counts: &[(String, i64)]) -> Vec<Chip> {
    let count = |value: &str| counts.iter().find(|(known, _)| known == value).map_or(0, |(_, count)| *count);
    let all = Chip {
        name: "All",
        count: Some(counts.iter().map(|(_, count)| count).sum()),
        path: asked.with(&[("status", ""), ("after", "")]),
        is_on: status.is_empty(),
    };
    let narrowed = STATUSES.iter().map(|(value, name, _)| Chip {
        name,
        count: (*value != "locked").then(|| count(value)),
        path: asked.with(&[("status", value), ("after", "")]),
        is_on: *value == status,
    });
    [all].into_iter().chain(narrowed).collect()
}

fn line(desk: &Desk, user: &User, feeds: &[Feed]) -> Line {
    let feed = user.connection.and_then(|number| feeds.iter().find(|feed| feed.scope.connection == number));
    let email = user.email.clone().filter(|email| *email != user.user_name);
    Line {
        name: short(&Profile::of_user(user).called()),
        path: links::user(desk, &user.id),
        user_name: short(&user.user_name),
        email: email.as_deref().map(short).unwrap_or_default(),
        state: state(user),
        source: feed.map_or_else(|| "By hand".to_owned(), |feed| feed.named.name.clone()),
        source_path: feed.map(|feed| links::connection(desk, &feed.named.id, "")),
        modified_at: user.modified_at,
    }
}

/// Whether the user has the access of their memberships.
pub fn has_access(user: &User) -> bool {
    user.status == Status::Active
}
