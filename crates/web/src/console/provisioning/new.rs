//! Enabling provisioning, first step: which provider. What is made is shown at once, with the token, this once.

use super::head::path_of;
use super::setup::{self, Shown, Step};
use crate::console::desk::Desk;
use crate::console::form::{Fields, done};
use crate::console::frame::{self, Frame, Section, Theme};
use crate::console::trouble::Trouble;
use ::scim::Provider;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::tokens::DAY;
use provisioning::{Error, connections};
use store::connections::Connection;

/// How long a token may live, in days, and what that is called; 0 for without end.
const LIFETIMES: &[(u32, &str)] =
    &[(90, "90 days"), (180, "180 days"), (365, "One year"), (730, "Two years"), (0, "Without end")];
/// The lifetime that is chosen first.
const USUAL: u32 = 365;

#[derive(Template)]
#[template(path = "provisioning/new.html")]
struct NewPage {
    frame: Frame,
    path: String,
    providers: Vec<Choice>,
    wanted: Wanted,
    problem: Option<String>,
    /// The number of the newest connection: what comes after it was made by this form.
    seen: i64,
}

/// A provider to choose.
struct Choice {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    is_chosen: bool,
}

/// What the form says.
#[derive(Clone, Debug)]
struct Wanted {
    provider: Option<Provider>,
    name: String,
    days: u32,
}

/// What a provider needs, in a few words.
fn hint(provider: Provider) -> &'static str {
    match provider {
        Provider::Okta => "Pushes people and groups as you assign them.",
        Provider::Entra => "Pushes people and groups in cycles of about 40 minutes.",
        Provider::Google => "Pushes people; groups are not pushed.",
        Provider::Auth0 => "Pushes through an Action that you install.",
        Provider::Cognito => "Has no SCIM client: an import and a Lambda function push for it.",
        Provider::Generic => "Whatever speaks SCIM 2.0.",
    }
}

fn check_role(desk: &Desk) -> Result<(), Trouble> {
    if desk.role.may_change() {
        return Ok(());
    }
    Err(Trouble::forbidden(
        "You are signed in as an auditor. An administrator of this tenant can connect a provider.",
    ))
}

/// `GET /t/{tenant}/provisioning/new`.
pub async fn form(desk: Desk) -> Result<Response, Trouble> {
    check_role(&desk)?;
    let all = connections_of(&desk).await?;
    let seen = all.last().map_or(0, |connection| connection.scope.connection);
    let wanted = Wanted { provider: None, name: String::new(), days: USUAL };
    page(&desk, StatusCode::OK, wanted, None, seen)
}

/// `POST /t/{tenant}/provisioning/new`: makes the connection; the answer is its first page, with the token.
pub async fn create(desk: Desk, fields: Fields) -> Result<Response, Trouble> {
    let seen: i64 = fields.text("seen").parse().unwrap_or(i64::MAX);
    let wanted = Wanted {
        provider: fields.text("provider").parse().ok(),
        name: fields.text("name").to_owned(),
        days: fields.text("days").parse().unwrap_or(USUAL),
    };
    let again =
        |problem: String| page(&desk, StatusCode::UNPROCESSABLE_ENTITY, wanted.clone(), Some(problem), seen);
    let Some(provider) = wanted.provider else {
        return again("Choose the identity provider that shall be connected.".to_owned());
    };
    if !LIFETIMES.iter().any(|(days, _)| *days == wanted.days) {
        return again("Choose one of the lifetimes of the token.".to_owned());
    }
    let name = Some(wanted.name.as_str()).filter(|name| !name.is_empty());
    // A page that is loaded again sends its form again: it leads to what the form has made, and makes nothing.
    let called = name.unwrap_or(provider.label());
    if let Some(made) = made_since(&desk, seen, provider, called).await? {
        let path = format!("{}/setup?step=credentials", path_of(&desk, &made));
        return Ok(done(&desk, &path, "This connection was made already. Its token was shown once."));
    }
    let store = desk.app.store();
    let expires_at = (wanted.days > 0).then(|| desk.now + i64::from(wanted.days) * DAY);
    let made =
        connections::create(store, &desk.operator(), desk.tenant.tenant, provider, name, expires_at).await;
    match made {
        Ok((connection, token)) => {
            let shown = Shown { token: Some(token), ..Shown::default() };
            setup::page(&desk, &connection, Step::Credentials, StatusCode::OK, shown).await
        }
        Err(Error::Invalid(problem)) => again(problem),
        Err(error) => Err(error.into()),
    }
}

fn page(
    desk: &Desk,
    status: StatusCode,
    wanted: Wanted,
    problem: Option<String>,
    seen: i64,
) -> Result<Response, Trouble> {
    let choice = |provider: Provider| Choice {
        name: provider.as_str(),
        label: provider.label(),
        hint: hint(provider),
        is_chosen: wanted.provider == Some(provider),
    };
    let page = NewPage {
        frame: desk.frame(Section::Provisioning, "Enable SCIM provisioning"),
        path: desk.path("/provisioning"),
        providers: Provider::ALL.into_iter().map(choice).collect(),
        wanted,
        problem,
        seen,
    };
    frame::page_with(status, &page)
}

async fn connections_of(desk: &Desk) -> Result<Vec<Connection>, Trouble> {
    let tenant = desk.tenant.tenant;
    Ok(desk.app.store().read_long_of(tenant, move |tx| store::connections::of_tenant(tx, tenant)).await?)
}

/// The connection of this provider and name that was made after another.
async fn made_since(
    desk: &Desk,
    seen: i64,
    provider: Provider,
    name: &str,
) -> Result<Option<Connection>, Trouble> {
    let is_it = |connection: &Connection| {
        connection.scope.connection > seen
            && connection.provider == provider.as_str()
            && connection.name == name
    };
    Ok(connections_of(desk).await?.into_iter().find(is_it))
}
