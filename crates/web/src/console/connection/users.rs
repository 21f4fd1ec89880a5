//! The mirror's users: whom the identity provider maintains, found and looked at, each with the person they feed.

use super::place::{Place, spoken};
use super::search;
use super::walk::{LINES, Pages, Walk};
use crate::console::frame::{Frame, Theme, page, page_with};
use crate::console::provisioning::head::{ConnectionHead, Tab};
use crate::console::show::State;
use crate::console::trouble::Trouble;
use ::scim::filter::Filter;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::policy::attributes::Profile;
use provisioning::{Error, users};
use serde_json::Value;
use store::mirror_users::{self, MirrorUser};
use store::search::{Selection, is_keyed_for_users};
use store::{StoreError, Tx};

/// What a piece of a name is looked for in.
pub const PLAIN: [&str; 5] = ["userName", "displayName", "name.givenName", "name.familyName", "emails.value"];
/// Users who lack something that the directory wants to know of a person.
const FLAGGED: &str =
    "not (name.givenName pr) or not (name.familyName pr) or (not (emails pr) and not (userName co \"@\"))";

/// A user, in a line.
struct UserLine {
    id: String,
    user_id: String,
    name: String,
    user_name: String,
    email: Option<String>,
    is_active: bool,
    /// What is missing; empty if nothing is.
    lacks: String,
    modified_at: i64,
}

/// A choice beside the search.
pub struct Chip {
    /// What it is called.
    pub name: &'static str,
    /// The list of those it stands for.
    pub path: String,
    /// Whether it is chosen.
    pub is_here: bool,
}

#[derive(Template)]
#[template(path = "connection/users.html")]
struct UsersPage {
    frame: Frame,
    head: ConnectionHead,
    text: String,
    chips: Vec<Chip>,
    users: Vec<UserLine>,
    pages: Pages,
    people: String,
    wrong: Option<String>,
}

/// `GET …/users`.
pub async fn list(place: Place) -> Result<Response, Trouble> {
    let text = place.query.text("q").to_owned();
    let found = match search::read(&place, &place.shape.definitions.user, &text, &PLAIN) {
        Ok(filter) => found(&place, filter).await?,
        Err(error) => {
            let nothing = Pages { total: 0, next: None, first: None };
            return shown(&place, text, Vec::new(), nothing, Some(spoken(error)?));
        }
    };
    shown(&place, text, found.0, found.1, None)
}

fn shown(
    place: &Place,
    text: String,
    users: Vec<UserLine>,
    pages: Pages,
    wrong: Option<String>,
) -> Result<Response, Trouble> {
    let chip = |(name, filter): (&'static str, &'static str)| {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", filter).finish();
        let path =
            if filter.is_empty() { place.here("/users") } else { place.here(&format!("/users?{query}")) };
        Chip { name, path, is_here: filter == text }
    };
    let chips =
        [("All", ""), ("Active", "active eq true"), ("Inactive", "active eq false"), ("Flagged", FLAGGED)];
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = UsersPage {
        frame: place.framed("Users"),
        head: place.head(Tab::Users)?,
        chips: chips.map(chip).into(),
        people: place.path("/users/"),
        text,
        users,
        pages,
        wrong,
    };
    page_with(status, &page)
}

async fn found(place: &Place, filter: Option<Filter>) -> Result<(Vec<UserLine>, Pages), Trouble> {
    let walk = Walk::of(place);
    let (after, session) = (walk.position(), place.session());
    let is_short = is_keyed_for_users(&Selection { filter: filter.as_ref(), ..Selection::default() });
    let read = move |tx: &mut Tx<'_>| {
        let selection = Selection {
            filter: filter.as_ref(),
            after: after.as_ref(),
            count: LINES,
            ..Selection::default()
        };
        let with_groups = filter.as_ref().is_some_and(|filter| filter.mentions("groups"));
        let show = |tx: &mut Tx<'_>, user: &MirrorUser| users::document(tx, &session, user, with_groups);
        Ok::<_, Error>(store::search::users(tx, session.scope, &selection, show)?)
    };
    let found = if is_short { place.app.store().read(read)? } else { place.read_long(read).await? };
    let pages = walk.pages(place, found.total, found.next.as_ref().map(|position| position.id.as_str()));
    Ok((found.rows.iter().map(line).collect(), pages))
}

fn line(user: &MirrorUser) -> UserLine {
    let profile = Profile::of(&user.document);
    UserLine {
        id: user.id.clone(),
        user_id: user.user_id.clone(),
        name: profile.called(),
        lacks: lacks(&profile),
        user_name: profile.user_name,
        email: profile.email,
        is_active: user.active,
        modified_at: user.modified_at,
    }
}

/// What the directory wants to know of a person and the provider did not send.
fn lacks(profile: &Profile) -> String {
    let wanted = [
        ("e-mail", &profile.email),
        ("first name", &profile.given_name),
        ("last name", &profile.family_name),
    ];
    let missing: Vec<&str> =
        wanted.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| *name).collect();
    missing.join(", ")
}

#[derive(Template)]
#[template(path = "connection/user.html")]
struct UserPage {
    frame: Frame,
    head: ConnectionHead,
    user: UserLine,
    external_id: Option<String>,
    created_at: i64,
    version: i64,
    groups: Vec<Held>,
    sent: String,
    person: String,
}

/// A group that holds the user.
struct Held {
    id: String,
    name: String,
    is_direct: bool,
}

/// `GET …/users/{user}`.
pub async fn show(place: Place) -> Result<Response, Trouble> {
    let (session, id) = (place.session(), place.named("user").to_owned());
    let read = move |tx: &mut Tx<'_>| {
        let Some(user) = mirror_users::by_id(tx, session.scope, &id)? else { return Ok(None) };
        let document = users::document(tx, &session, &user, true)?;
        Ok::<_, StoreError>(Some((user, document)))
    };
    let (user, document) = place.app.store().read(read)?.ok_or_else(Trouble::not_found)?;
    let held = document.get("groups").and_then(Value::as_array).into_iter().flatten();
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let groups = held.map(|held| Held {
        id: text(held, "value"),
        name: text(held, "display"),
        is_direct: held["type"] == "direct",
    });
    let line = line(&user);
    page(&UserPage {
        frame: place.framed(&line.name),
        head: place.head(Tab::Users)?,
        groups: groups.collect(),
        external_id: user.external_id().map(str::to_owned),
        created_at: user.created_at,
        version: user.version,
        sent: serde_json::to_string_pretty(&user.document).unwrap_or_default(),
        person: place.path(&format!("/users/{}", user.user_id)),
        user: line,
    })
}
