//! Erasing a person: what goes and what stands in the way, why, the username typed; and what is left of somebody who
//! was erased.

use super::events::{EventLine, lines};
use super::refusal::Refusal;
use super::{feeds, is_typed, links, person::known};
use crate::console::connection::jobs::Progress;
use crate::console::desk::Desk;
use crate::console::directory::actors::Actors;
use crate::console::form::{Fields, done, to};
use crate::console::frame::{Frame, Section, Theme, page_with};
use crate::console::trouble::Trouble;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::erasure::{self, Preview, Wanted};
use provisioning::jobs::ERASURE;
use provisioning::policy::attributes::Profile;
use provisioning::{Error, journal};
use store::erasures::{self, Erasure};
use store::events::Wanted as Narrow;
use store::jobs::{self, Job};
use store::users::{Status, User};
use store::{TenantId, Tx};

/// How many of the latest jobs are looked through for that of an erasure.
const JOBS: i64 = 100;
/// Comes after every id: ids are hexadecimal digits.
const AFTER_ALL: &str = "~";
/// How many events of somebody who was erased are shown.
const HISTORY: usize = 10;

#[derive(Template)]
#[template(path = "directory/erase.html")]
struct ErasePage {
    frame: Frame,
    users: String,
    path: String,
    name: String,
    user: User,
    /// None if it cannot be, which `wrong` says then.
    preview: Option<Preview>,
    reason: String,
    confirm: String,
    wrong: Option<String>,
}

/// `GET /users/{id}/erase`.
pub async fn page(desk: Desk, Path((_, id)): Path<(String, String)>) -> Result<Response, Trouble> {
    let user = known(&desk, &id)?;
    if user.status == Status::Erased {
        return Ok(to(&links::user(&desk, &user.id)));
    }
    shown(&desk, user, &Fields::default(), None).await
}

/// `POST /users/{id}/erase`.
pub async fn erase(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let user = known(&desk, &id)?;
    if user.status == Status::Erased {
        return Ok(to(&links::user(&desk, &user.id)));
    }
    let wanted = Wanted {
        reason: fields.text("reason").to_owned(),
        version: fields.text("version").parse().ok(),
        confirmed: true,
    };
    let result = if is_typed(fields.text("confirm"), &user.user_name) {
        erasure::erase(desk.app.store(), &desk.operator(), &desk.tenant, &user.id, wanted).await
    } else {
        let sentence = format!("Nothing was erased: type the username, {}, to confirm it.", user.user_name);
        Err(Error::invalid(sentence))
    };
    match result {
        Ok(_) => {
            let sentence = "The person was erased: access has ended. What was written before is gone through now; you can leave this page.";
            Ok(done(&desk, &links::user(&desk, &user.id), sentence))
        }
        Err(error) => shown(&desk, user, &fields, Some(Refusal::of(error)?)).await,
    }
}

async fn shown(
    desk: &Desk,
    user: User,
    fields: &Fields,
    refusal: Option<Refusal>,
) -> Result<Response, Trouble> {
    let (tenant, id) = (desk.tenant.tenant, user.id.clone());
    let looked = desk.app.store().read_long_of(tenant, move |tx| erasure::preview(tx, tenant, &id)).await;
    let (preview, stands) = match looked {
        Ok(preview) => (Some(preview), None),
        Err(error) => (None, Some(Refusal::of(error)?)),
    };
    let refusal = refusal.or(stands);
    let status = refusal.as_ref().map_or(StatusCode::OK, |refusal| refusal.status);
    let page = ErasePage {
        frame: desk.frame(Section::Users, "Erase a person"),
        users: desk.path("/users"),
        path: links::user(desk, &user.id),
        name: Profile::of_user(&user).called(),
        reason: fields.text("reason").to_owned(),
        confirm: fields.text("confirm").to_owned(),
        wrong: refusal.map(|refusal| refusal.detail),
        preview,
        user,
    };
    page_with(status, &page)
}

#[derive(Template)]
#[template(path = "directory/tombstone.html")]
struct TombstonePage {
    frame: Frame,
    users: String,
    user: User,
    erasure: Option<Erasure>,
    jobs: Vec<Progress>,
    history: Vec<EventLine>,
    all_events: String,
    wrong: Option<String>,
}

/// What is left of somebody who was erased.
///
/// # Errors
/// The archive cannot be read.
pub fn tombstone(desk: &Desk, user: &User, refusal: Option<Refusal>) -> Result<Response, Trouble> {
    let (tenant, last) = (desk.tenant.tenant, desk.tenant.last_event);
    let (erasure, jobs, history) = desk.app.store().read(|tx| {
        let narrow = Narrow { subject: user.id.clone(), ..Narrow::default() };
        let wanted = journal::Wanted { narrow, ..journal::Wanted::default() };
        let events = journal::page(tx, tenant, &wanted, (last, None), HISTORY)?.events;
        let feeds = feeds(tx, tenant)?;
        let actors = Actors::read(tx, tenant, &feeds, &events)?;
        let history = lines(desk, &events, &feeds, &actors);
        Ok::<_, Error>((erasures::of_user(tx, tenant, &user.id)?, jobs_about(tx, tenant, &user.id)?, history))
    })?;
    let status = refusal.as_ref().map_or(StatusCode::OK, |refusal| refusal.status);
    let page = TombstonePage {
        frame: desk.frame(Section::Users, "Somebody who was erased"),
        users: desk.path("/users"),
        jobs: jobs.iter().map(|job| Progress::of(desk, job)).collect(),
        all_events: desk.path(&format!("/events?subject={}", user.id)),
        user: user.clone(),
        wrong: refusal.map(|refusal| refusal.detail),
        erasure,
        history,
    };
    page_with(status, &page)
}

/// The jobs that take a person out of what was written. One that is done knows no longer whom it was about.
fn jobs_about(tx: &mut Tx<'_>, tenant: TenantId, user: &str) -> Result<Vec<Job>, Error> {
    let latest = jobs::page(tx, tenant, AFTER_ALL, JOBS)?;
    let is_about = |job: &Job| job.kind == ERASURE && job.detail["user"].as_str() == Some(user);
    Ok(latest.into_iter().filter(is_about).collect())
}
