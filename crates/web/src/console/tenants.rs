//! The tenants that a person may know of; operators make new ones.

use super::desk::{Desk, Visitor};
use super::form::{Fields, done};
use super::frame::{Frame, Section, Theme, page_with};
use super::narrow::Narrow;
use super::settings::{Tab, tabs_of_installation};
use super::trouble::Trouble;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::administrators::{Role, tenants_of};
use provisioning::{Error, tenants};

/// A tenant to choose.
pub struct Place {
    /// Its overview.
    pub path: String,
    name: String,
    role: &'static str,
    created_at: i64,
}

#[derive(Template)]
#[template(path = "tenants.html")]
struct TenantsPage {
    frame: Frame,
    tabs: Vec<Tab>,
    narrow: Narrow,
    places: Vec<Place>,
    name: String,
    wrong: Option<String>,
}

/// The tenants that a person may know of.
pub fn places(visitor: &Visitor) -> Result<Vec<Place>, Trouble> {
    let tenants = visitor.app.store().read(|tx| tenants_of(tx, &visitor.who.grants))?;
    let place = |tenant: store::tenants::Tenant| {
        let role = visitor.who.role_in(tenant.tenant).unwrap_or(Role::Auditor);
        let created_at = tenant.created_at;
        let desk = Desk { visitor: visitor.clone(), tenant, role };
        Place { path: desk.path(""), name: desk.tenant.name, role: role.as_str(), created_at }
    };
    Ok(tenants.into_iter().map(place).collect())
}

/// The page; again with what is wrong, if a name was sent that cannot be.
pub fn show(
    visitor: &Visitor,
    mut places: Vec<Place>,
    wrong: Option<(String, String)>,
) -> Result<Response, Trouble> {
    let frame = visitor.frame(Section::Personal, "Tenants");
    let tabs = if frame.is_operator() { tabs_of_installation("Tenants") } else { Vec::new() };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (name, wrong) = wrong.map_or((String::new(), None), |(name, words)| (name, Some(words)));
    let mut narrow = Narrow::of(&visitor.address, "tenants");
    narrow.keep(&mut places, |place| vec![&place.name, place.role]);
    page_with(status, &TenantsPage { frame, tabs, narrow, places, name, wrong })
}

/// `GET /tenants`.
pub async fn list(visitor: Visitor) -> Result<Response, Trouble> {
    show(&visitor, places(&visitor)?, None)
}

/// `POST /tenants`: an operator makes one.
pub async fn create(visitor: Visitor, fields: Fields) -> Result<Response, Trouble> {
    if visitor.who.role_of_installation() != Some(Role::Operator) {
        return Err(Trouble::forbidden("Only an operator makes tenants. Ask one."));
    }
    let name = fields.text("name");
    match tenants::create(visitor.app.store(), &visitor.operator(), name).await {
        Ok(tenant) => {
            let sentence = format!("Tenant \"{}\" was made.", tenant.name);
            let desk = Desk { visitor: visitor.clone(), tenant, role: Role::Operator };
            Ok(done(&visitor, &desk.path(""), &sentence))
        }
        Err(Error::Invalid(words)) => show(&visitor, places(&visitor)?, Some((name.to_owned(), words))),
        Err(error) => Err(error.into()),
    }
}
