//! What one group stands for: mapped by hand, changed, paused, or left to rules and names again.

use super::place::Place;
use super::stands::{Choices, Stands, of_group};
use crate::console::form::Fields;
use crate::console::frame::{Frame, Theme, page_with};
use crate::console::provisioning::head::{ConnectionHead, Tab};
use crate::console::trouble::Trouble;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use store::{StoreError, members, mirror_groups};

#[derive(Template)]
#[template(path = "connection/group-mappings.html")]
struct GroupMappingsPage {
    frame: Frame,
    head: ConnectionHead,
    id: String,
    name: String,
    members: i64,
    stands: Vec<Stands>,
    choices: Choices,
    filled: Filled,
    wrong: Option<String>,
    organizations: String,
}

/// What was filled in.
#[derive(Default)]
struct Filled {
    /// The mapping that is changed; empty for a new one.
    id: String,
    organization: String,
    role: String,
    inherit: bool,
    is_nothing: bool,
}

/// `GET …/mappings/groups/{group}`.
pub async fn page(place: Place) -> Result<Response, Trouble> {
    let (group, fields) = (place.named("group").to_owned(), place.query.clone());
    show(&place, &group, &fields, None)
}

/// The page, with what was filled in and what is wrong with it.
///
/// # Errors
/// There is no such group in the connection.
pub fn show(place: &Place, group: &str, fields: &Fields, wrong: Option<String>) -> Result<Response, Trouble> {
    let scope = place.scope();
    let found = place.app.store().read(|tx| {
        let Some(group) = mirror_groups::by_id(tx, scope, group)? else { return Ok(None) };
        let members = members::count(tx, scope, &group.id)?;
        let stands = of_group(tx, scope, &group.id)?;
        Ok::<_, StoreError>(Some((group, members, stands)))
    })?;
    let (group, members, stands) = found.ok_or_else(Trouble::not_found)?;
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = GroupMappingsPage {
        frame: place.framed(group.display_name()),
        head: place.head(Tab::Mappings)?,
        name: group.display_name().to_owned(),
        id: group.id,
        members,
        stands,
        choices: Choices::of(place)?,
        filled: Filled {
            id: fields.text("id").to_owned(),
            organization: fields.text("organization").to_owned(),
            role: fields.text("role").to_owned(),
            inherit: fields.text("inherit") == "true",
            is_nothing: fields.text("stands") == "nothing",
        },
        organizations: place.path("/organizations/"),
        wrong,
    };
    page_with(status, &page)
}
