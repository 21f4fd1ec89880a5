//! Work in the background: how far it is, on the pages that began it and on a page of its own. It goes on without
//! anybody looking.

use super::place::Place;
use crate::console::desk::Desk;
use crate::console::form::done;
use crate::console::frame::{Frame, Section, Theme, page};
use crate::console::trouble::Trouble;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use provisioning::jobs::{ENDING, ERASURE};
use provisioning::people::time;
use store::jobs::{self, Job, JobState};
use store::{StoreError, connections};

/// How far a job is.
pub struct Progress {
    /// The page of the job.
    pub path: String,
    /// What is done now, in words.
    pub doing: &'static str,
    /// How many things were done.
    pub done: i64,
    /// How many there are.
    pub total: i64,
    /// How many are left.
    pub rest: i64,
    /// Whether it goes on.
    pub is_open: bool,
    /// Why it cannot go on.
    pub failure: Option<String>,
    /// Who asked for it.
    pub by: String,
    /// When it was asked for.
    pub created_at: i64,
    /// When it ended.
    pub finished_at: Option<i64>,
}

impl Progress {
    /// How far a job of the tenant is.
    pub fn of(desk: &Desk, job: &Job) -> Self {
        Self {
            path: desk.path(&format!("/jobs/{}", job.id)),
            doing: doing(job),
            done: job.done,
            // What came meanwhile is done as well, so more may be done than there were.
            total: job.total.max(job.done),
            rest: (job.total - job.done).max(0),
            is_open: job.finished_at.is_none(),
            failure: job.failure.clone(),
            by: job.actor.1.clone().unwrap_or_else(|| job.actor.0.clone()),
            created_at: job.created_at,
            finished_at: job.finished_at,
        }
    }
}

/// What is done now, in words.
fn doing(job: &Job) -> &'static str {
    match (job.state, job.kind.as_str(), job.phase.as_str()) {
        (JobState::Failed, _, _) => "It cannot go on",
        (JobState::Done, ENDING, _) => "The connection let everybody go",
        (JobState::Done, ERASURE, _) => "Nothing that is kept names the person any more",
        (JobState::Done, _, _) => "Everybody has what the change means for them",
        (JobState::Waiting, ENDING, "users") => "Letting people go",
        (JobState::Waiting, ENDING, "groups") => "Letting groups go",
        (JobState::Waiting, ENDING, "rules") => "Taking its rules out",
        (JobState::Waiting, ERASURE, "events") => "Taking the person out of events",
        (JobState::Waiting, ERASURE, "records") => "Taking the person out of the records of requests",
        (JobState::Waiting, ERASURE, "traces") => "Clearing what the database itself still holds",
        (JobState::Waiting, ERASURE, _) => "Taking the person out of everything else",
        (JobState::Waiting, _, "groups") => "Reading what groups stand for",
        (JobState::Waiting, _, "users" | "by_hand") => "Giving people what they shall have",
        (JobState::Waiting, _, _) => "Putting away what nothing uses any more",
    }
}

/// What is being carried out for a connection.
///
/// # Errors
/// The archive cannot be read.
pub fn open(place: &Place) -> Result<Vec<Progress>, Trouble> {
    let open = place.app.store().read(|tx| jobs::open_of_connection(tx, place.scope()))?;
    Ok(open.iter().map(|job| Progress::of(place, job)).collect())
}

#[derive(Template)]
#[template(path = "connection/job.html")]
struct JobPage {
    frame: Frame,
    job: Progress,
    id: String,
    /// The connection it is about, or else what it belongs to.
    about: &'static str,
    name: String,
    path: String,
    asked_at: String,
}

#[derive(Template)]
#[template(path = "connection/progress.html")]
struct ProgressPart {
    frame: Frame,
    job: Progress,
}

/// `GET /t/{tenant}/jobs/{job}`: the page, or the part of it that moves.
pub async fn show(desk: Desk, Path((_, id)): Path<(String, String)>) -> Result<Response, Trouble> {
    let tenant = desk.tenant.tenant;
    let found = desk.app.store().read(|tx| {
        let Some(job) = jobs::by_id(tx, tenant, &id)? else { return Ok(None) };
        let connection =
            connections::of_tenant(tx, tenant)?.into_iter().find(|found| found.scope == job.scope);
        Ok::<_, StoreError>(Some((job, connection)))
    })?;
    let (job, connection) = found.ok_or_else(Trouble::not_found)?;
    let frame = desk.frame(Section::Provisioning, "Work in the background");
    let progress = Progress::of(&desk, &job);
    if desk.is_part {
        return page(&ProgressPart { frame, job: progress });
    }
    let (about, name, path) = match connection {
        Some(found) => ("Connection", found.name, desk.path(&format!("/provisioning/{}", found.id))),
        None => ("About", "people of the directory".to_owned(), desk.path("/users")),
    };
    page(&JobPage { frame, asked_at: time(job.created_at), job: progress, id: job.id, about, name, path })
}

/// `POST …/rederive`: derives the whole directory of the connection anew.
pub async fn rederive(place: Place) -> Result<Response, Trouble> {
    let job =
        provisioning::jobs::rederive(place.app.store(), &place.operator(), &place.connection.id).await?;
    let sentence = "It is being carried out; you can leave this page.";
    Ok(done(&place, &place.path(&format!("/jobs/{}", job.id)), sentence))
}
