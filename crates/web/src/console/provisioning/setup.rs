//! Enabling provisioning, the further steps on one page that stays: credentials, what to sync, test. Beside them the
//! provider's own guide, with what belongs to this connection filled in.

use super::head::{find, framed, path_of};
use super::line::{Names, RequestLine, took};
use super::prose::Prose;
use super::sync::{self, Part};
use crate::console::desk::Desk;
use crate::console::form::{Fields, to};
use crate::console::frame::{self, Frame, Theme};
use crate::console::trouble::Trouble;
use crate::guides::{self, Guide, Place, Refusal};
use crate::self_test::{self, Report, Verdict};
use ::scim::Provider;
use askama::Template;
use axum::extract::{Path, RawQuery};
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::contact::SELF_TEST;
use provisioning::tokens::{self, LIFETIME, NewToken, Wanted};
use provisioning::{Error, connections, extensions, setup};
use store::Tx;
use store::connections::Connection;
use store::requests::{self, Record};

/// How many of the latest requests are looked at for the provider's.
const LOOKED_AT: i64 = 60;
/// How many of them are shown.
const SHOWN: usize = 5;

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Address and token.
    Credentials,
    /// Which attributes.
    Attributes,
    /// Whether it works.
    Test,
}

impl Step {
    const ALL: [Self; 3] = [Self::Credentials, Self::Attributes, Self::Test];

    fn word(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Attributes => "attributes",
            Self::Test => "test",
        }
    }

    /// Which of the steps it is, from 1; the choice of the provider was the first.
    fn number(self) -> usize {
        match self {
            Self::Credentials => 2,
            Self::Attributes => 3,
            Self::Test => 4,
        }
    }

    fn of(query: Option<&str>) -> Self {
        let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let word = pairs.find(|(name, _)| name == "step").map(|(_, word)| word.into_owned());
        Self::ALL.into_iter().find(|step| Some(step.word()) == word.as_deref()).unwrap_or(Self::Credentials)
    }
}

/// What an act has brought about that only its own answer shows.
#[derive(Default)]
pub struct Shown {
    /// A token just made.
    pub token: Option<NewToken>,
    /// What came of the service's own test.
    pub report: Option<Report>,
    /// What is wrong with a form.
    pub problem: Option<String>,
}

/// What the provider has sent so far.
struct Heard {
    lines: Vec<RequestLine>,
    is_connected: bool,
    /// Why its last request failed, as the guide explains it.
    refusal: Option<Refusal>,
}

#[derive(Template)]
#[template(path = "provisioning/setup.html")]
struct SetupPage {
    frame: Frame,
    list: String,
    path: String,
    name: String,
    provider_label: &'static str,
    step: Step,
    base_url: String,
    shown: Shown,
    parts: Vec<Part>,
    groups: bool,
    version: i64,
    heard: Heard,
    guide: Guide,
}

impl SetupPage {
    #[expect(clippy::unused_self, reason = "a template calls methods of its page")]
    fn took(&self, step: &self_test::Step) -> String {
        took(step.took)
    }
}

#[derive(Template)]
#[template(path = "provisioning/heard.html")]
struct HeardPart {
    frame: Frame,
    path: String,
    provider_label: &'static str,
    heard: Heard,
}

/// `GET …/setup?step=`.
pub async fn show(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let connection = find(&desk, &id)?;
    page(&desk, &connection, Step::of(query.as_deref()), StatusCode::OK, Shown::default()).await
}

/// `POST …/setup/token`: another token, where the first was not stored.
pub async fn make_token(desk: Desk, Path((_, id)): Path<(String, String)>) -> Result<Response, Trouble> {
    let connection = find(&desk, &id)?;
    let expires_at = Some(desk.now + LIFETIME);
    let wanted = Wanted { name: "set up", expires_at, read_only: false };
    let token = tokens::create(desk.app.store(), &desk.operator(), connection.scope, wanted).await?;
    let shown = Shown { token: Some(token), ..Shown::default() };
    page(&desk, &connection, Step::Credentials, StatusCode::OK, shown).await
}

/// `POST …/setup/attributes`.
pub async fn choose(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let connection = find(&desk, &id)?;
    let parts = parts_of(&desk, &connection)?;
    let changes = vec![
        ("off".to_owned(), sync::off(&parts, &fields)),
        ("groups".to_owned(), fields.is_ticked("groups").to_string()),
    ];
    let wanted = setup::Wanted { changes, version: fields.text("version").parse().ok(), confirmed: false };
    let set = setup::set(desk.app.store(), &desk.operator(), &connection.id, wanted).await;
    let problem = match set {
        Ok(_) => return Ok(to(&format!("{}/setup?step=test", path_of(&desk, &connection)))),
        Err(Error::Invalid(problem)) => problem,
        Err(Error::Conflict(problem)) => {
            format!(
                "{problem} What is stored already is removed on the page What to sync, which says of whom."
            )
        }
        Err(error @ Error::VersionMismatch { .. }) => {
            format!("{error} Somebody else changed the settings meanwhile; this is how they are now.")
        }
        Err(error) => return Err(error.into()),
    };
    let shown = Shown { problem: Some(problem), ..Shown::default() };
    page(&desk, &connection, Step::Attributes, StatusCode::UNPROCESSABLE_ENTITY, shown).await
}

/// `POST …/setup/self-test`.
pub async fn test(desk: Desk, Path((_, id)): Path<(String, String)>) -> Result<Response, Trouble> {
    let connection = find(&desk, &id)?;
    let report = self_test::run(&desk.app, &desk.operator(), &connection).await?;
    let shown = Shown { report: Some(report), ..Shown::default() };
    page(&desk, &connection, Step::Test, StatusCode::OK, shown).await
}

/// `GET …/setup/heard`: what the provider has sent, as a part of the page that looks again by itself.
pub async fn heard(desk: Desk, Path((_, id)): Path<(String, String)>) -> Result<Response, Trouble> {
    let connection = find(&desk, &id)?;
    let guide = guide_of(&desk, &connection)?;
    let part = HeardPart {
        frame: framed(&desk, &connection, "Test"),
        path: path_of(&desk, &connection),
        provider_label: provider_of(&connection).label(),
        heard: hear(&desk, &connection, &guide).await?,
    };
    frame::page(&part)
}

/// The page at a step.
pub async fn page(
    desk: &Desk,
    connection: &Connection,
    step: Step,
    status: StatusCode,
    shown: Shown,
) -> Result<Response, Trouble> {
    let guide = guide_of(desk, connection)?;
    let page = SetupPage {
        frame: framed(desk, connection, &format!("Set up {}", connection.name)),
        list: desk.path("/provisioning"),
        path: path_of(desk, connection),
        name: connection.name.clone(),
        provider_label: provider_of(connection).label(),
        step,
        base_url: desk.app.base_url(&connection.id),
        shown,
        parts: parts_of(desk, connection)?,
        groups: connections::settings(connection)?.groups,
        version: connection.version,
        heard: hear(desk, connection, &guide).await?,
        guide,
    };
    frame::page_with(status, &page)
}

fn provider_of(connection: &Connection) -> Provider {
    connection.provider.parse().unwrap_or_default()
}

fn parts_of(desk: &Desk, connection: &Connection) -> Result<Vec<Part>, Trouble> {
    let own = desk.app.store().read(|tx| extensions::of(tx, connection.scope.tenant))?;
    Ok(sync::parts(&connections::settings(connection)?, &own))
}

/// The guide of a connection's provider.
pub fn guide_of(desk: &Desk, connection: &Connection) -> Result<Guide, Trouble> {
    let base_url = desk.app.base_url(&connection.id);
    let place = Place { base_url: &base_url, connection: &connection.id, tenant: &desk.tenant.name };
    guides::guide(provider_of(connection), &place).map_err(|error| {
        tracing::error!(%error, "a guide cannot be read");
        Trouble::internal()
    })
}

async fn hear(desk: &Desk, connection: &Connection, guide: &Guide) -> Result<Heard, Trouble> {
    let activity = format!("{}/activity", path_of(desk, connection));
    let scope = connection.scope;
    let read = move |tx: &mut Tx<'_>| {
        let mut records = requests::newest(tx, scope, LOOKED_AT)?;
        records.retain(|record| record.user_agent.as_deref() != Some(SELF_TEST));
        let names = Names::of(tx, scope, &records)?;
        Ok::<_, Error>((records, names))
    };
    let (records, names) = desk.app.store().read_long_of(scope.tenant, read).await?;
    let refusal = records.first().and_then(|record: &Record| {
        record.error.as_deref().and_then(|said| guide.refusal(record.status, said).cloned())
    });
    Ok(Heard {
        is_connected: records.iter().any(|record| record.status < 400),
        lines: records.iter().take(SHOWN).map(|record| RequestLine::of(record, &names, &activity)).collect(),
        refusal,
    })
}
