//! Settings of a connection: its name and how it reads requests. What decides over attributes and mappings is changed on
//! their pages, where one sees first what it means.

use super::jobs::{Progress, open};
use super::place::{Place, spoken};
use crate::console::form::{Fields, done};
use crate::console::frame::{Frame, Theme, page_with};
use crate::console::provisioning::head::{ConnectionHead, Tab};
use crate::console::trouble::Trouble;
use ::scim::schema::definition::Required;
use ::scim::{Mode, Provider};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::policy::MappingDefault;
use provisioning::setup;

/// The settings that this page changes.
const HERE: [&str; 8] = [
    "strict",
    "required",
    "existing-users",
    "other-connections",
    "sensitive",
    "entra-tenant",
    "entra-audience",
    "entra-authority",
];

#[derive(Template)]
#[template(path = "connection/settings.html")]
struct SettingsPage {
    frame: Frame,
    head: ConnectionHead,
    jobs: Vec<Progress>,
    version: i64,
    filled: Filled,
    with_groups: bool,
    off: Vec<String>,
    default: MappingDefault,
    role: Option<String>,
    ceiling: String,
    wrong: Option<String>,
}

/// What is set, or was filled in.
struct Filled {
    name: String,
    is_strict: bool,
    user_name_alone: bool,
    /// `reject` or `link`.
    existing: String,
    /// `reject`, `take-over` or `share`.
    others: String,
    sensitive: String,
    entra: [String; 3],
    /// Whether anything is set for Entra ID's own tokens, or could be of use.
    with_entra: bool,
}

/// `GET …/settings`.
pub async fn page(place: Place) -> Result<Response, Trouble> {
    show(&place, &Fields::default(), None)
}

fn show(place: &Place, fields: &Fields, wrong: Option<String>) -> Result<Response, Trouble> {
    let settings = &place.shape.settings;
    let text = |key: &str, is: &str| {
        if fields.is_ticked(key) { fields.text(key).to_owned() } else { is.to_owned() }
    };
    let entra = [
        ("entra-tenant", &settings.entra.tenant),
        ("entra-audience", &settings.entra.audience),
        ("entra-authority", &settings.entra.authority),
    ];
    let strict = if settings.mode == Mode::Strict { "true" } else { "false" };
    let required = if settings.required == Required::UserName { "userName" } else { "standard" };
    let is_entra = place.connection.provider == Provider::Entra.to_string();
    let filled = Filled {
        name: text("name", &place.connection.name),
        is_strict: text("strict", strict) == "true",
        user_name_alone: text("required", required) == "userName",
        existing: text("existing-users", settings.existing_users.as_str()),
        others: text("other-connections", settings.other_connections.as_str()),
        sensitive: text("sensitive", &settings.sensitive.join(", ")),
        with_entra: is_entra || entra.iter().any(|(_, set)| set.is_some()),
        entra: entra.map(|(key, set)| text(key, set.as_deref().unwrap_or_default())),
    };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = SettingsPage {
        frame: place.framed("Settings"),
        head: place.head(Tab::Settings)?,
        jobs: open(place)?,
        version: place.connection.version,
        filled,
        with_groups: settings.groups,
        off: settings.off.clone(),
        default: settings.mapping_default,
        role: settings.mapping_role.clone(),
        ceiling: settings.role_ceiling.clone(),
        wrong,
    };
    page_with(status, &page)
}

/// `POST …/settings`.
pub async fn change(place: Place, fields: Fields) -> Result<Response, Trouble> {
    // What listens on the machine that the service runs on is none of a tenant's business.
    if fields.text("entra-authority").starts_with("http://") {
        let sentence = "The cloud of an Entra tenant is reached by https://. One on this machine is for trials: `accessiq connection set` takes it.";
        return show(&place, &fields, Some(sentence.to_owned()));
    }
    let mut changes = vec![("name".to_owned(), fields.text("name").to_owned())];
    let sent = HERE.iter().filter(|key| fields.is_ticked(key));
    changes.extend(sent.map(|key| ((*key).to_owned(), fields.text(key).to_owned())));
    let wanted = setup::Wanted { changes, version: fields.text("version").parse().ok(), confirmed: false };
    match setup::set(place.app.store(), &place.operator(), &place.connection.id, wanted).await {
        Ok((connection, _)) if connection.version == place.connection.version => {
            Ok(done(&place, &place.here("/settings"), "Nothing was changed: it is set up like this already."))
        }
        Ok(_) => Ok(done(&place, &place.here("/settings"), "Saved. It holds from the next request on.")),
        Err(error @ provisioning::Error::VersionMismatch { .. }) => {
            show(&place, &Fields::default(), Some(spoken(error)?))
        }
        Err(error) => show(&place, &fields, Some(spoken(error)?)),
    }
}
