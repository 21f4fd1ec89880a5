//! One administrator: what they may do, how they sign in, and what can be done about it.

use super::administrators::{LinkPage, everywhere, state};
use super::office::{Office, Tab};
use crate::console::form::{Fields, done};
use crate::console::frame::{Frame, Theme, page, page_with};
use crate::console::show::State;
use crate::console::trouble::Trouble;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::Error;
use provisioning::administrators::links::{self, Purpose};
use provisioning::administrators::{Known, Role, changes, known};
use std::collections::HashMap;

#[derive(Template)]
#[template(path = "settings/administrator.html")]
struct PersonPage {
    frame: Frame,
    tabs: Vec<Tab>,
    path: String,
    back: String,
    called: String,
    known: Known,
    state: State,
    everywhere: Option<String>,
    role: Option<String>,
    roles: &'static [Role],
    is_covered: bool,
    is_self: bool,
    wrong: Option<String>,
}

/// The id in the path: routes of a tenant have the tenant there as well.
type Named = Path<HashMap<String, String>>;

/// The person of the path, if they act here, or for operators anywhere.
fn find(office: &Office, named: &Named) -> Result<Known, Trouble> {
    let id = named.get("id").map_or("", String::as_str);
    let found = office.app.store().read(|tx| known(tx, office.reach(), id));
    let found = found.map_err(|error| match error {
        Error::NotFound(_) => Trouble::not_found(),
        other => other.into(),
    })?;
    let acts_here = found.grants.iter().any(|grant| grant.tenant == office.number());
    if office.tenant().is_some() && !acts_here { Err(Trouble::not_found()) } else { Ok(found) }
}

fn show(office: &Office, known: Known, wrong: Option<String>) -> Result<Response, Trouble> {
    let number = office.number();
    let everywhere = match office.tenant() {
        Some(_) => None,
        None => Some(office.app.store().read(|tx| everywhere(tx, &known.grants))?),
    };
    let path = office.path(&format!("/administrators/{}", known.administrator.id));
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = PersonPage {
        frame: office.frame(&known.administrator.name),
        tabs: office.tabs("Administrators"),
        path,
        back: office.path("/administrators"),
        called: office.called(),
        state: state(&known),
        everywhere,
        role: known.grants.iter().find(|grant| grant.tenant == number).map(|grant| grant.role.clone()),
        roles: office.roles(),
        is_covered: office.reach().covers(&known.grants),
        is_self: known.administrator.id == office.who.administrator.id,
        known,
        wrong,
    };
    page_with(status, &page)
}

/// `GET …/administrators/{id}`.
pub async fn page_of(office: Office, named: Named) -> Result<Response, Trouble> {
    let known = find(&office, &named)?;
    show(&office, known, None)
}

/// What was done, on the person's page; or what is wrong.
fn told(office: &Office, known: Known, result: Result<(), Error>, what: &str) -> Result<Response, Trouble> {
    match result {
        Ok(()) => {
            let path = office.path(&format!("/administrators/{}", known.administrator.id));
            Ok(done(office, &path, &format!("{} {what}", known.administrator.name)))
        }
        Err(Error::Invalid(words) | Error::Conflict(words)) => show(office, known, Some(words)),
        Err(error) => Err(error.into()),
    }
}

/// `POST …/role`.
pub async fn set_role(office: Office, named: Named, fields: Fields) -> Result<Response, Trouble> {
    let known = find(&office, &named)?;
    let role: Role = match fields.text("role").parse() {
        Ok(role) => role,
        Err(error) => return told(&office, known, Err(error), ""),
    };
    let (store, id) = (office.app.store(), known.administrator.id.as_str());
    let result = changes::set_role(store, &office.operator(), office.tenant(), id, role).await;
    told(&office, known, result, &format!("is {role} now, and has to sign in again."))
}

/// `POST …/link`: a new invitation, or a link to choose another password; shown once.
pub async fn make_link(office: Office, named: Named) -> Result<Response, Trouble> {
    let known = find(&office, &named)?;
    let (store, id) = (office.app.store(), known.administrator.id.as_str());
    match links::renew(store, &office.operator(), office.reach(), id).await {
        Ok(link) => page(&LinkPage {
            frame: office.frame("A link"),
            back: office.path(&format!("/administrators/{id}")),
            name: known.administrator.name,
            is_reset: link.purpose == Purpose::Reset,
            expires_at: link.expires_at,
            address: Some(link.address(office.app.public_url())),
        }),
        Err(error) => told(&office, known, Err(error), ""),
    }
}

/// `POST …/enable`.
pub async fn enable(office: Office, named: Named) -> Result<Response, Trouble> {
    let known = find(&office, &named)?;
    let (store, id) = (office.app.store(), known.administrator.id.as_str());
    let result = changes::set_disabled(store, &office.operator(), office.reach(), id, false).await;
    told(&office, known, result, "can sign in again.")
}

/// `POST …/disable`.
pub async fn disable(office: Office, named: Named, fields: Fields) -> Result<Response, Trouble> {
    let known = find(&office, &named)?;
    let (store, id) = (office.app.store(), known.administrator.id.as_str());
    let result = match Office::confirmed(&fields, &known.administrator.email) {
        Ok(()) => changes::set_disabled(store, &office.operator(), office.reach(), id, true).await,
        Err(error) => Err(error),
    };
    told(&office, known, result, "can no longer sign in.")
}

/// `POST …/sign-out`.
pub async fn sign_out(office: Office, named: Named) -> Result<Response, Trouble> {
    let known = find(&office, &named)?;
    let (store, id) = (office.app.store(), known.administrator.id.as_str());
    let result = changes::sign_out(store, &office.operator(), office.reach(), id).await;
    told(&office, known, result, "is signed out everywhere.")
}

/// `POST …/second-factor`: takes it away.
pub async fn remove_second_factor(office: Office, named: Named) -> Result<Response, Trouble> {
    let known = find(&office, &named)?;
    let (store, id) = (office.app.store(), known.administrator.id.as_str());
    let result = changes::remove_second_factor(store, &office.operator(), office.reach(), id).await;
    told(&office, known, result, "has no second factor any more.")
}

/// `POST …/withdraw`: takes away what they may do here.
pub async fn withdraw(office: Office, named: Named, fields: Fields) -> Result<Response, Trouble> {
    let known = find(&office, &named)?;
    let (store, id) = (office.app.store(), known.administrator.id.as_str());
    let result = match Office::confirmed(&fields, &known.administrator.email) {
        Ok(()) => changes::withdraw(store, &office.operator(), office.tenant(), id).await,
        Err(error) => Err(error),
    };
    match result {
        Ok(()) => {
            let sentence =
                format!("{} may do nothing in {} any more.", known.administrator.name, office.called());
            Ok(done(&office, &office.path("/administrators"), &sentence))
        }
        other => told(&office, known, other, ""),
    }
}
