//! API keys: what programs act with here.

use super::office::{Office, Tab};
use crate::console::form::{Fields, done};
use crate::console::frame::{Frame, Theme, page, page_with};
use crate::console::narrow::Narrow;
use crate::console::show::State;
use crate::console::trouble::Trouble;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::Error;
use provisioning::keys::{self, Scope, Wanted};
use provisioning::tokens::DAY;
use std::collections::HashMap;
use store::keys::Key;

/// A key, as it is shown.
pub struct Line {
    path: String,
    state: State,
    is_active: bool,
    key: Key,
}

impl Line {
    /// What the line shows.
    fn texts(&self) -> Vec<&str> {
        let key = &self.key;
        let mut texts = vec![key.name.as_str(), self.state.word(), key.scopes.as_str()];
        texts.extend(key.last_used_address.as_deref());
        texts
    }
}

fn line(office: &Office, key: Key) -> Line {
    let expired = key.expires_at.is_some_and(|expires_at| expires_at <= office.now);
    let soon = key.expires_at.is_some_and(|expires_at| expires_at <= office.now + 30 * DAY);
    let state = match (key.revoked_at.is_some(), expired) {
        (true, _) => State::Quiet("revoked"),
        (false, true) => State::Wrong("expired"),
        (false, false) if soon => State::Attention("expires soon"),
        (false, false) => State::Good("active"),
    };
    let is_active = key.revoked_at.is_none() && !expired;
    Line { path: office.path(&format!("/keys/{}", key.id)), state, is_active, key }
}

#[derive(Template)]
#[template(path = "settings/keys.html")]
struct ListPage {
    frame: Frame,
    tabs: Vec<Tab>,
    narrow: Narrow,
    keys: Vec<Line>,
    new: String,
    called: String,
}

/// `GET …/keys`.
pub async fn list(office: Office) -> Result<Response, Trouble> {
    let keys = office.app.store().read(|tx| store::keys::of_tenant(tx, office.number()))?;
    let mut keys: Vec<Line> = keys.into_iter().rev().map(|key| line(&office, key)).collect();
    // What opens something first.
    keys.sort_by_key(|line| !line.is_active);
    let mut narrow = Narrow::of(&office.address, "keys");
    narrow.keep(&mut keys, Line::texts);
    page(&ListPage {
        frame: office.frame("API keys"),
        tabs: office.tabs("API keys"),
        narrow,
        keys,
        new: office.path("/keys/new"),
        called: office.called(),
    })
}

/// A scope to tick.
struct Choice {
    name: &'static str,
    meaning: &'static str,
    is_ticked: bool,
}

fn meaning(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "look at everything but secrets",
        Scope::Write => "change everything but tokens",
        Scope::Tokens => "make, rotate and revoke the bearer tokens of connections",
        Scope::Operator => "make tenants, and act within any of them",
    }
}

#[derive(Template)]
#[template(path = "settings/new-key.html")]
struct NewPage {
    frame: Frame,
    path: String,
    called: String,
    choices: Vec<Choice>,
    name: String,
    days: String,
    wrong: Option<String>,
}

fn new_page(office: &Office, fields: &Fields, wrong: Option<String>) -> Result<Response, Trouble> {
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let is_fresh = wrong.is_none();
    let choices = scopes(office).iter().map(|scope| Choice {
        name: scope.as_str(),
        meaning: meaning(*scope),
        is_ticked: fields.all("scope").any(|word| word == scope.as_str())
            || (is_fresh && *scope == Scope::Read),
    });
    let page = NewPage {
        frame: office.frame("Make an API key"),
        path: office.path("/keys"),
        called: office.called(),
        choices: choices.collect(),
        name: fields.text("name").to_owned(),
        days: fields.optional("days").unwrap_or("365").to_owned(),
        wrong,
    };
    page_with(status, &page)
}

/// What a key can have here: the scope that reaches beyond a tenant only where there is none.
fn scopes(office: &Office) -> &'static [Scope] {
    if office.tenant().is_some() { &Scope::ALL[..3] } else { &Scope::ALL }
}

/// `GET …/keys/new`.
pub async fn form(office: Office) -> Result<Response, Trouble> {
    if !office.frame("").may_change() {
        return Err(Trouble::forbidden("An auditor makes no keys. Ask an administrator."));
    }
    new_page(&office, &Fields::default(), None)
}

#[derive(Template)]
#[template(path = "settings/made-key.html")]
struct MadePage {
    frame: Frame,
    back: String,
    key: Key,
    text: String,
    example: String,
}

/// `POST …/keys`: makes a key, and shows it once.
pub async fn create(office: Office, fields: Fields) -> Result<Response, Trouble> {
    let wanted = match wanted(&office, &fields) {
        Ok(wanted) => wanted,
        Err(error) => return new_page(&office, &fields, Some(error.to_string())),
    };
    match keys::create(office.app.store(), &office.operator(), office.tenant(), wanted).await {
        Ok(made) => page(&MadePage {
            frame: office.frame("API key"),
            back: office.path("/keys"),
            key: made.key,
            text: made.text,
            example: format!("{}/api/v1", office.app.public_url()),
        }),
        Err(Error::Invalid(words)) => new_page(&office, &fields, Some(words)),
        Err(error) => Err(error.into()),
    }
}

fn wanted(office: &Office, fields: &Fields) -> Result<Wanted, Error> {
    let scopes = fields.all("scope").map(str::parse).collect::<Result<Vec<Scope>, Error>>()?;
    let days: i64 = match fields.text("days").parse() {
        Ok(days @ 0..=3650) => days,
        _ => return Err(Error::invalid("A key lives for 1 to 3,650 days, or with 0 without end.")),
    };
    let expires_at = (days > 0).then(|| office.now + days * DAY);
    Ok(Wanted { name: fields.text("name").into(), scopes, expires_at })
}

#[derive(Template)]
#[template(path = "settings/key.html")]
struct KeyPage {
    frame: Frame,
    tabs: Vec<Tab>,
    back: String,
    line: Line,
    wrong: Option<String>,
}

/// The id in the path: routes of a tenant have the tenant there as well.
type Named = Path<HashMap<String, String>>;

fn find(office: &Office, named: &Named) -> Result<Key, Trouble> {
    let id = named.get("id").map_or("", String::as_str);
    let found = office.app.store().read(|tx| store::keys::by_id(tx, office.number(), id))?;
    found.ok_or_else(Trouble::not_found)
}

fn show(office: &Office, key: Key, wrong: Option<String>) -> Result<Response, Trouble> {
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = KeyPage {
        frame: office.frame(&key.name),
        tabs: office.tabs("API keys"),
        back: office.path("/keys"),
        line: line(office, key),
        wrong,
    };
    page_with(status, &page)
}

/// `GET …/keys/{id}`.
pub async fn page_of(office: Office, named: Named) -> Result<Response, Trouble> {
    let key = find(&office, &named)?;
    show(&office, key, None)
}

/// `POST …/keys/{id}/revoke`.
pub async fn revoke(office: Office, named: Named, fields: Fields) -> Result<Response, Trouble> {
    let key = find(&office, &named)?;
    let result = match Office::confirmed(&fields, &key.name) {
        Ok(()) => keys::revoke(office.app.store(), &office.operator(), &key.id).await.map(drop),
        Err(error) => Err(error),
    };
    match result {
        Ok(()) => {
            let sentence = format!("API key \"{}\" is revoked: the next call with it is refused.", key.name);
            Ok(done(&office, &office.path("/keys"), &sentence))
        }
        Err(Error::Invalid(words) | Error::Conflict(words)) => show(&office, key, Some(words)),
        Err(error) => Err(error.into()),
    }
}
