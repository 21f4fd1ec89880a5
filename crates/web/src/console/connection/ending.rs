//! The end of a connection: which way, what it would mean and for whom, then its name typed, and how far it is.

use super::jobs::{Progress, open};
use super::place::{Place, spoken};
use crate::console::form::{Fields, done};
use crate::console::frame::{Frame, Theme, page_with};
use crate::console::provisioning::head::{ConnectionHead, Tab};
use crate::console::show::Count;
use crate::console::trouble::Trouble;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::Error;
use provisioning::ending::{self, Concerned, Preview, Wanted};
use provisioning::preview::SHOWN;
use store::connections::Way;

/// How many organizations a page names; all are counted.
const ORGANIZATIONS: usize = 50;
/// How many people one page names.
const NAMED: usize = 100;

#[derive(Template)]
#[template(path = "connection/end.html")]
struct EndPage {
    frame: Frame,
    head: ConnectionHead,
    jobs: Vec<Progress>,
    /// Whether it was ended, and something of it is left that nobody is about to let go.
    is_left_undone: bool,
    version: i64,
    /// Where people have their pages.
    users: String,
    way: Option<&'static str>,
    shown: Option<Meaning>,
    /// What was typed as the connection's name.
    confirm: String,
    wrong: Option<String>,
}

/// What an end would mean, as the page shows it.
struct Meaning {
    preview: Preview,
    /// How many would have something else afterwards, which the button repeats.
    people: i64,
    button: String,
    /// The organizations that it concerns, and how many more there are.
    organizations: Vec<String>,
    more_organizations: i64,
    named: Vec<Concerned>,
    first: i64,
    until: i64,
    more: Option<String>,
}

/// `GET …/end?way=…&from=…`: what the milder way would mean, unless the other is asked for.
pub async fn page(place: Place) -> Result<Response, Trouble> {
    let is_over = place.connection.ending.is_some()
        && !place.app.store().read(|tx| ending::is_left_undone(tx, &place.connection))?;
    if is_over {
        return show(&place, None, None, "", Ok(()));
    }
    let begun = place.connection.ending.map(|ending| ending.way);
    let way = way_of(place.query.text("way")).or(begun).unwrap_or(Way::Finalise);
    match ending::preview(place.app.store(), &place.connection, way).await {
        Ok(preview) => show(&place, Some(way), Some(preview), "", Ok(())),
        Err(error) => show(&place, Some(way), None, "", Err(error)),
    }
}

/// `POST …/end`: ends it, if that still means what was shown.
pub async fn begin(place: Place, fields: Fields) -> Result<Response, Trouble> {
    let Some(way) = way_of(fields.text("way")) else {
        let error = Error::invalid("Choose first what becomes of what the connection gave.");
        return show(&place, None, None, "", Err(error));
    };
    let store = place.app.store();
    let preview = match ending::preview(store, &place.connection, way).await {
        Ok(preview) => preview,
        Err(error) => return show(&place, Some(way), None, "", Err(error)),
    };
    let typed = fields.text("confirm");
    if fields.text("people") != concerned(&preview, way).to_string() {
        let sentence =
            "It would mean another thing by now, so nothing was ended. This is what it would mean now.";
        let answer = Err(Error::Conflict(sentence.into()));
        return show(&place, Some(way), Some(preview), typed, answer);
    }
    if typed != place.connection.name.trim() {
        let answer = Err(Error::invalid("Nothing was ended: what you typed is not the connection's name."));
        return show(&place, Some(way), Some(preview), typed, answer);
    }
    let wanted = Wanted { way, version: fields.text("version").parse().ok(), confirmed: true };
    match ending::begin(store, &place.operator(), &place.connection.id, wanted).await {
        Ok(_) => {
            let sentence = "The connection was ended: it takes no requests from now on. The rest is being carried out; you can leave this page.";
            Ok(done(&place, &place.here("/end"), sentence))
        }
        Err(error) => show(&place, Some(way), Some(preview), typed, Err(error)),
    }
}

fn way_of(word: &str) -> Option<Way> {
    [Way::Finalise, Way::Terminate].into_iter().find(|way| way.as_str() == word)
}

/// How many people the button speaks of: those who stay by hand, or those who lose their access.
fn concerned(preview: &Preview, way: Way) -> i64 {
    number(match way {
        Way::Finalise => preview.by_hand,
        Way::Terminate => preview.deactivated,
    })
}

fn number(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn show(
    place: &Place,
    way: Option<Way>,
    preview: Option<Preview>,
    typed: &str,
    answer: Result<(), Error>,
) -> Result<Response, Trouble> {
    let (status, wrong) = match answer {
        Ok(()) => (StatusCode::OK, None),
        Err(error @ (Error::Conflict(_) | Error::VersionMismatch { .. })) => {
            (StatusCode::CONFLICT, Some(spoken(error)?))
        }
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, Some(spoken(error)?)),
    };
    let is_left_undone = place.app.store().read(|tx| ending::is_left_undone(tx, &place.connection))?;
    let mut frame = place.framed("End the connection");
    // What could not be carried out may be asked for again.
    frame.is_closed &= !is_left_undone;
    let page = EndPage {
        frame,
        head: place.head(Tab::Settings)?,
        jobs: open(place)?,
        version: place.connection.version,
        users: place.path("/users/"),
        shown: way.zip(preview).map(|(way, preview)| meaning(place, way, preview)),
        way: way.or(place.connection.ending.map(|ending| ending.way)).map(Way::as_str),
        confirm: typed.to_owned(),
        is_left_undone,
        wrong,
    };
    page_with(status, &page)
}

fn meaning(place: &Place, way: Way, mut preview: Preview) -> Meaning {
    let people = concerned(&preview, way);
    let before = place.query.text("from").parse::<usize>().unwrap_or(0).min(SHOWN);
    let all = std::mem::take(&mut preview.people);
    let (known, place_of) = (all.len(), place.here("/end"));
    let named: Vec<Concerned> = all.into_iter().skip(before).take(NAMED).collect();
    let until = before + named.len();
    let who = if people == 1 { "1 person".to_owned() } else { format!("{} people", Count(people)) };
    Meaning {
        button: match way {
            Way::Finalise => format!("End the connection: {who} by hand from now on"),
            Way::Terminate => {
                let verb = if people == 1 { "loses" } else { "lose" };
                format!("End the connection: {who} {verb} access")
            }
        },
        more: (until < known).then(|| format!("{place_of}?way={}&from={until}", way.as_str())),
        first: number(before + 1).min(number(until)),
        until: number(until),
        organizations: preview.organizations.iter().take(ORGANIZATIONS).cloned().collect(),
        more_organizations: number(preview.organizations.len().saturating_sub(ORGANIZATIONS)),
        people,
        named,
        preview,
    }
}
