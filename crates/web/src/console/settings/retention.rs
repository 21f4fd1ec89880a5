//! How long events and records of requests are kept. What a shorter time would remove is said first, and confirmed by
//! the tenant's name.

use super::office::{Office, Tab};
use crate::console::connection::place::spoken;
use crate::console::form::{Fields, done};
use crate::console::frame::{Frame, Theme, page_with};
use crate::console::trouble::Trouble;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::retention::{Keep, Wanted};
use provisioning::{Error, tenants};
use store::tenants::Tenant;

#[derive(Template)]
#[template(path = "settings/retention.html")]
struct RetentionPage {
    frame: Frame,
    tabs: Vec<Tab>,
    path: String,
    kinds: [Kind; 2],
    /// Since when events are whole; 0 if none went.
    since: i64,
    tenant: String,
    /// What would go, which is to be confirmed.
    goes: Option<String>,
    confirm: String,
    wrong: Option<String>,
}

/// Something that is kept.
struct Kind {
    /// What its fields are called.
    key: &'static str,
    name: &'static str,
    hint: &'static str,
    /// Whether it is kept for good.
    is_all: bool,
    /// For how many days else.
    days: String,
}

/// `GET …/retention`.
pub async fn page(office: Office) -> Result<Response, Trouble> {
    shown(&office, &Fields::default(), StatusCode::OK, None, None)
}

fn shown(
    office: &Office,
    fields: &Fields,
    status: StatusCode,
    goes: Option<String>,
    wrong: Option<String>,
) -> Result<Response, Trouble> {
    let tenant = office.of_tenant()?;
    let kind = |key: &'static str, name, hint, days: Option<i64>| {
        let number = format!("{key}-days");
        Kind {
            is_all: if fields.is_ticked(key) { fields.text(key) == "all" } else { days.is_none() },
            days: if fields.is_ticked(&number) {
                fields.text(&number).to_owned()
            } else {
                days.map(|days| days.to_string()).unwrap_or_default()
            },
            key,
            name,
            hint,
        }
    };
    let page = RetentionPage {
        frame: office.frame("Retention"),
        tabs: office.tabs("Retention"),
        path: office.path("/retention"),
        kinds: [
            kind(
                "events",
                "Events",
                "Who did what, before and after: the history on every page. Who gave a role that still stands is never forgotten.",
                tenant.keep_events,
            ),
            kind(
                "records",
                "Records of requests",
                "What identity providers sent and were answered: the activity of connections, and what dry runs need.",
                tenant.keep_records,
            ),
        ],
        since: tenant.events_since,
        tenant: tenant.name.clone(),
        confirm: fields.text("confirm").to_owned(),
        goes,
        wrong,
    };
    page_with(status, &page)
}

/// `POST …/retention`.
pub async fn change(office: Office, fields: Fields) -> Result<Response, Trouble> {
    let tenant = office.of_tenant()?;
    let kept = match (keep(&fields, "events"), keep(&fields, "records")) {
        (Ok(events), Ok(records)) => (events, records),
        (Err(sentence), _) | (_, Err(sentence)) => {
            return shown(&office, &fields, StatusCode::UNPROCESSABLE_ENTITY, None, Some(sentence));
        }
    };
    let is_confirmed = Office::confirmed(&fields, &tenant.name).is_ok();
    match set(&office, tenant, kept, is_confirmed).await {
        Ok(()) => {
            let sentence = "Saved. What is older goes by itself, some at a time.";
            Ok(done(&office, &office.path("/retention"), sentence))
        }
        Err(Error::Unconfirmed(goes)) => {
            let was_typed = fields.is_ticked("confirm");
            let sentence = format!("Nothing was changed: type \"{}\" to confirm it.", tenant.name);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            shown(&office, &fields, status, Some(goes), was_typed.then_some(sentence))
        }
        Err(error) => shown(&office, &fields, StatusCode::UNPROCESSABLE_ENTITY, None, Some(spoken(error)?)),
    }
}

async fn set(
    office: &Office,
    tenant: &Tenant,
    (events, records): (Keep, Keep),
    confirmed: bool,
) -> Result<(), Error> {
    let kept = Wanted { events: Some(events), records: Some(records), confirmed };
    let wanted = tenants::Wanted { kept, ..tenants::Wanted::default() };
    tenants::set_up(office.app.store(), &office.operator(), tenant, wanted).await.map(drop)
}

/// How long a form wants something to be kept.
fn keep(fields: &Fields, key: &str) -> Result<Keep, String> {
    match fields.text(key) {
        "all" => Ok(Keep::All),
        "days" => match fields.text(&format!("{key}-days")).parse() {
            Ok(days) if days > 0 => Ok(Keep::of(days)),
            _ => Err(format!("Say for how many days {key} are kept, as a whole number from 1 to 36500.")),
        },
        _ => Err(format!("Choose how long {key} are kept.")),
    }
}
