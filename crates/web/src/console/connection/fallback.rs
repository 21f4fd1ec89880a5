//! What becomes of groups that no mapping and no rule speaks of, and the strongest role that any of them gives.

use super::place::Place;
use super::stands::Choices;
use crate::console::form::Fields;
use crate::console::frame::{Frame, Theme, page_with};
use crate::console::provisioning::head::{ConnectionHead, Tab};
use crate::console::trouble::Trouble;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::policy::MappingDefault;
use provisioning::tenants::OWNER;

#[derive(Template)]
#[template(path = "connection/fallback.html")]
struct FallbackPage {
    frame: Frame,
    head: ConnectionHead,
    version: i64,
    default: String,
    role: String,
    ceiling: String,
    choices: Choices,
    wrong: Option<String>,
}

/// `GET …/mappings/default`.
pub async fn page(place: Place) -> Result<Response, Trouble> {
    let fields = place.query.clone();
    show(&place, &fields, None)
}

/// The form, with what was filled in and what is wrong with it.
///
/// # Errors
/// The archive cannot be read.
pub fn show(place: &Place, fields: &Fields, wrong: Option<String>) -> Result<Response, Trouble> {
    let settings = &place.shape.settings;
    let text = |key: &str, is: &str| {
        if fields.is_ticked(key) { fields.text(key).to_owned() } else { is.to_owned() }
    };
    let mut choices = Choices::of(place)?;
    choices.all_roles.retain(|role| role != OWNER);
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = FallbackPage {
        frame: place.framed("Groups that nothing speaks of"),
        head: place.head(Tab::Mappings)?,
        version: place.connection.version,
        default: text("mapping-default", word(settings.mapping_default)),
        role: text("mapping-role", settings.mapping_role.as_deref().unwrap_or_default()),
        ceiling: text("role-ceiling", &settings.role_ceiling),
        choices,
        wrong,
    };
    page_with(status, &page)
}

/// The word that the setting takes.
fn word(default: MappingDefault) -> &'static str {
    match default {
        MappingDefault::Create => "create",
        MappingDefault::Match => "match",
        MappingDefault::Hand => "hand",
    }
}
