//! Moving an organization: first who would gain and lose what is passed down to it, then the button that repeats it.

use super::asked::Asked;
use super::holders::known;
use super::organizations::suggested;
use super::refusal::Refusal;
use super::{links, short};
use crate::console::desk::Desk;
use crate::console::form::{Fields, done};
use crate::console::frame::{Frame, Section, Theme, page_with};
use crate::console::trouble::Trouble;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::organizations::{self as rules, Wanted};
use provisioning::preview::{self, Grant, Preview};
use provisioning::{Error, find, relocation};
use store::organizations::Organization;

/// How many people the page names.
const NAMED: usize = 100;

/// What one person would gain and lose, in words.
struct Person {
    name: String,
    path: String,
    user_name: String,
    status: &'static str,
    gains: Vec<String>,
    loses: Vec<String>,
}

/// A move that is considered.
struct Considered {
    parent: Organization,
    summary: String,
    button: String,
    people: Vec<Person>,
    count: i64,
}

#[derive(Template)]
#[template(path = "directory/organization-move.html")]
struct MovePage {
    frame: Frame,
    all: String,
    path: String,
    organization: Organization,
    to: String,
    considered: Option<Considered>,
    suggested: Vec<Organization>,
    wrong: Option<String>,
}

/// `GET /organizations/{id}/move?to=`.
pub async fn page(desk: Desk, Path((_, id)): Path<(String, String)>) -> Result<Response, Trouble> {
    let organization = known(&desk, &id)?;
    let to = Asked::of(&desk).text("to").to_owned();
    shown(&desk, organization, &to, None).await
}

async fn what_if(
    desk: &Desk,
    organization: &Organization,
    to: &str,
) -> Result<(Organization, Preview), Error> {
    let (tenant, organization, to) = (desk.tenant.clone(), organization.clone(), to.to_owned());
    desk.app
        .store()
        .read_long_of(desk.tenant.tenant, move |tx| {
            let parent = find::organization(tx, tenant.tenant, &to)?;
            let preview = relocation::of(tx, &tenant, &organization, &parent)?;
            Ok((parent, preview))
        })
        .await
}

async fn shown(
    desk: &Desk,
    organization: Organization,
    to: &str,
    refusal: Option<Refusal>,
) -> Result<Response, Trouble> {
    let (mut refusal, mut considered) = (refusal, None);
    if !to.is_empty() {
        match what_if(desk, &organization, to).await {
            Ok((parent, preview)) => considered = Some(told(desk, parent, &preview)),
            Err(error) => refusal = Some(Refusal::of(error)?),
        }
    }
    let page = MovePage {
        frame: desk.frame(Section::Organizations, &format!("Move {}", organization.name)),
        all: desk.path("/organizations"),
        path: links::organization(desk, &organization.id),
        to: to.to_owned(),
        considered,
        suggested: suggested(desk).await?,
        wrong: refusal.as_ref().map(|refusal| refusal.detail.clone()),
        organization,
    };
    page_with(refusal.map_or(StatusCode::OK, |refusal| refusal.status), &page)
}

fn told(desk: &Desk, parent: Organization, preview: &Preview) -> Considered {
    let words = |grants: &[Grant]| {
        let words =
            grants.iter().map(|grant| format!("{}, passed down from {}", grant.role.name, grant.by.name));
        words.collect::<Vec<_>>()
    };
    let person = |person: &preview::Person| Person {
        name: short(&person.name),
        path: links::user(desk, &person.user),
        user_name: short(&person.user_name),
        status: person.status,
        gains: words(&person.gains),
        loses: words(&person.loses),
    };
    let count = preview.people.len();
    let button = match count {
        0 => "Move it: nobody's access changes".to_owned(),
        1 => "Move it and apply to 1 person".to_owned(),
        preview::SHOWN => format!("Move it and apply to {count} people or more"),
        _ => format!("Move it and apply to {count} people"),
    };
    Considered {
        summary: preview.summary.clone(),
        button,
        people: preview.people.iter().take(NAMED).map(person).collect(),
        count: i64::try_from(count).unwrap_or(i64::MAX),
        parent,
    }
}

/// `POST /organizations/{id}/move`: moves it, if what was shown still is what would come of it.
pub async fn carry_out(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let organization = known(&desk, &id)?;
    let to = fields.text("to").to_owned();
    let result = what_if(&desk, &organization, &to).await;
    let (parent, preview) = match result {
        Ok(found) => found,
        Err(error) => return shown(&desk, organization, &to, Some(Refusal::of(error)?)).await,
    };
    if preview.summary != fields.text("seen") {
        let refusal = Refusal {
            status: StatusCode::CONFLICT,
            detail: "Who would gain and lose has changed since you looked. Nothing was moved. This is what it would mean now.".into(),
        };
        return shown(&desk, organization, &to, Some(refusal)).await;
    }
    let wanted = Wanted { parent: Some(parent.id.clone()), ..Wanted::default() };
    let version = fields.text("version").parse().ok();
    let store = desk.app.store();
    match rules::change(store, &desk.operator(), &desk.tenant, &organization.id, version, wanted).await {
        Ok(moved) => {
            let sentence =
                format!("“{}” stands below “{}” now: {}.", moved.name, parent.name, preview.summary);
            Ok(done(&desk, &links::organization(&desk, &moved.id), &sentence))
        }
        Err(error) => shown(&desk, organization, &to, Some(Refusal::of(error)?)).await,
    }
}
