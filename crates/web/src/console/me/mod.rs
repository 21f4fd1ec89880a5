//! A person's own page: name, password, second factor, and where they are signed in.

mod identities;
mod password;
mod second_factor;
mod sessions;

use super::desk::Visitor;
use super::form::{Fields, done};
use super::frame::{Frame, Section, Theme, page_with};
use super::narrow::Narrow;
use super::provider::{self, Choice};
use super::trouble::Trouble;
use crate::App;
use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use provisioning::Error;
use provisioning::administrators::{Reach, changes, known};

/// Where it is.
const PATH: &str = "/me";

/// Its routes.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(page_of).post(rename))
        .route("/me/password", post(password::change))
        .route("/me/second-factor", get(second_factor::propose).post(second_factor::add))
        .route("/me/second-factor/remove", post(second_factor::remove))
        .route("/me/recovery-codes", post(second_factor::renew_codes))
        .route("/me/accounts/link", post(identities::link))
        .route("/me/accounts/unlink", post(identities::unlink))
        .route("/me/sessions/end", post(sessions::end))
}

/// A form of the page that could not be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Name,
    Password,
    SecondFactor,
    Accounts,
}

#[derive(Template)]
#[template(path = "me/page.html")]
struct MePage {
    frame: Frame,
    name: String,
    has_password: bool,
    has_second_factor: bool,
    codes_left: i64,
    providers: Vec<Choice>,
    accounts: Vec<identities::Line>,
    narrow: Narrow,
    sessions: Vec<sessions::Line>,
    /// Whether there is any but this one.
    has_others: bool,
    wrong: Option<(Part, String)>,
}

impl MePage {
    /// What is wrong with a part.
    fn wrong_with(&self, part: Part) -> Option<&str> {
        self.wrong.as_ref().filter(|(one, _)| *one == part).map(|(_, words)| words.as_str())
    }
}

/// The page; with what is wrong, if something was sent that cannot be taken.
fn show(visitor: &Visitor, wrong: Option<(Part, String)>) -> Result<Response, Trouble> {
    let person = &visitor.who.administrator;
    let (known, codes_left, sessions) = visitor.app.store().read(|tx| {
        let known = known(tx, Reach::Installation, &person.id)?;
        let codes_left = store::second_factors::count_codes(tx, &person.id)?;
        Ok::<_, Error>((known, codes_left, store::sessions::of_administrator(tx, &person.id)?))
    })?;
    let mut sessions = sessions::lines(visitor, sessions);
    let has_others = sessions.len() > 1;
    let mut narrow = Narrow::of_part(&visitor.address, "sessions", "sessions");
    narrow.keep(&mut sessions, |line| vec![&line.browser, &line.agent, &line.address]);
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = MePage {
        frame: visitor.frame(Section::Personal, "You"),
        providers: provider::choices(&visitor.app)?,
        accounts: identities::lines(visitor, known.identities)?,
        has_password: known.administrator.password.is_some(),
        name: known.administrator.name,
        has_second_factor: known.has_second_factor,
        codes_left,
        narrow,
        sessions,
        has_others,
        wrong,
    };
    page_with(status, &page)
}

/// The page again, if what was sent is the person's to mend.
fn again(visitor: &Visitor, part: Part, error: Error) -> Result<Response, Trouble> {
    match error {
        Error::Invalid(words) | Error::Conflict(words) => show(visitor, Some((part, words))),
        other => Err(other.into()),
    }
}

/// `GET /me`.
async fn page_of(visitor: Visitor) -> Result<Response, Trouble> {
    show(&visitor, None)
}

/// `POST /me`: another name.
async fn rename(visitor: Visitor, fields: Fields) -> Result<Response, Trouble> {
    match changes::rename(visitor.app.store(), &visitor.who.administrator, fields.text("name")).await {
        Ok(()) => Ok(done(&visitor, PATH, "Your name is saved.")),
        Err(error) => again(&visitor, Part::Name, error),
    }
}
