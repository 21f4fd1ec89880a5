//! Tokens: made, rotated with an overlap, revoked; and the clients that fetch their own. A token's text is shown once,
//! in the answer that made it.

use super::clients::{ClientLine, clients_of};
use super::place::{Place, spoken};
use crate::api::tokens::state;
use crate::console::form::{Fields, done};
use crate::console::frame::{Frame, Theme, page, page_with};
use crate::console::narrow::Narrow;
use crate::console::provisioning::head::{ConnectionHead, Tab};
use crate::console::show::State;
use crate::console::trouble::Trouble;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::Error;
use provisioning::tokens::{self, DAY, Wanted};
use store::tokens::Token;

/// How long a token may live, in days, and what that is called. 0 is for ever.
pub const LIFETIMES: [(u32, &str); 5] =
    [(30, "30 days"), (90, "90 days"), (180, "6 months"), (365, "1 year"), (0, "until it is revoked")];
/// How long a rotated token may live on, in hours, and what that is called.
const OVERLAPS: [(u32, &str); 6] =
    [(0, "not at all"), (1, "1 hour"), (24, "1 day"), (72, "3 days"), (168, "1 week"), (720, "30 days")];
/// From how many days before its end a token is worth a word.
const SOON: i64 = 30;

/// A token, in a line.
pub struct TokenLine {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// Whether it opens anything.
    pub is_active: bool,
    /// Whether it opens reading alone.
    pub read_only: bool,
    /// Whether a newer one of its name is there: it lives on beside that.
    pub is_replaced: bool,
    /// When it was made.
    pub created_at: i64,
    /// From when on it is refused.
    pub expires_at: Option<i64>,
    /// When it was last used.
    pub last_used_at: Option<i64>,
    /// From where.
    pub last_used_address: Option<String>,
    /// By which user agent.
    pub last_used_agent: Option<String>,
}

impl TokenLine {
    fn of(token: &Token, all: &[Token], now: i64) -> Self {
        let word = state(token, now);
        let is_soon = token.expires_at.is_some_and(|expires_at| expires_at - now < SOON * DAY);
        let is_replaced = all.iter().any(|other| {
            other.name == token.name
                && (other.created_at, &other.id) > (token.created_at, &token.id)
                && state(other, now) == "active"
        });
        let state = match word {
            "active" if is_replaced => State::Attention("replaced"),
            "active" if is_soon => State::Attention("expires soon"),
            "active" => State::Good("active"),
            "expired" => State::Quiet("expired"),
            _ => State::Quiet("revoked"),
        };
        Self {
            id: token.id.clone(),
            name: token.name.clone(),
            state,
            is_active: word == "active",
            read_only: token.read_only,
            is_replaced,
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            last_used_address: token.last_used_address.clone(),
            last_used_agent: token.last_used_agent.clone(),
        }
    }

    /// What the line shows.
    fn texts(&self) -> Vec<&str> {
        let mut texts = vec![self.name.as_str(), self.state.word()];
        texts.extend(self.read_only.then_some("reads only"));
        texts.extend(self.last_used_address.as_deref());
        texts.extend(self.last_used_agent.as_deref());
        texts
    }
}

#[derive(Template)]
#[template(path = "connection/tokens.html")]
struct TokensPage {
    frame: Frame,
    head: ConnectionHead,
    base_url: String,
    narrow: Narrow,
    active: Vec<TokenLine>,
    /// Those that open nothing any more.
    ended: Vec<TokenLine>,
    narrow_clients: Narrow,
    clients: Vec<ClientLine>,
    lifetimes: [(u32, &'static str); 5],
    name: String,
    days: u32,
    read_only: bool,
    wrong: Option<String>,
}

/// `GET …/tokens`.
pub async fn list(place: Place) -> Result<Response, Trouble> {
    show(&place, "", 365, false, None)
}

fn show(
    place: &Place,
    name: &str,
    days: u32,
    read_only: bool,
    wrong: Option<String>,
) -> Result<Response, Trouble> {
    let all = place.app.store().read(|tx| store::tokens::of_connection(tx, place.scope()))?;
    let by_hand: Vec<Token> = all.iter().filter(|token| token.client_id.is_none()).cloned().collect();
    let lines = by_hand.iter().rev().map(|token| TokenLine::of(token, &by_hand, place.now));
    let (mut active, mut ended): (Vec<_>, Vec<_>) = lines.partition(|line| line.is_active);
    let mut narrow = Narrow::of(&place.address, "tokens");
    narrow.keep(&mut active, TokenLine::texts);
    narrow.keep(&mut ended, TokenLine::texts);
    let mut clients = clients_of(place, &all)?;
    let mut narrow_clients = Narrow::of_part(&place.address, "clients", "clients");
    narrow_clients.keep(&mut clients, ClientLine::texts);
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = TokensPage {
        frame: place.framed("Tokens"),
        head: place.head(Tab::Tokens)?,
        base_url: place.app.base_url(&place.connection.id),
        lifetimes: LIFETIMES,
        name: name.to_owned(),
        narrow,
        active,
        ended,
        narrow_clients,
        clients,
        days,
        read_only,
        wrong,
    };
    page_with(status, &page)
}

/// `POST …/tokens`.
pub async fn create(place: Place, fields: Fields) -> Result<Response, Trouble> {
    let (name, read_only) = (fields.text("name"), fields.is_ticked("read-only"));
    let chosen = fields.text("days").parse::<u32>().ok();
    let chosen = chosen.filter(|days| LIFETIMES.iter().any(|(known, _)| known == days));
    let Some(days) = chosen else {
        let sentence = "Choose how long the token shall live.".to_owned();
        return show(&place, name, 365, read_only, Some(sentence));
    };
    let expires_at = (days > 0).then(|| place.now + i64::from(days) * DAY);
    let wanted = Wanted { name, expires_at, read_only };
    match tokens::create(place.app.store(), &place.operator(), place.scope(), wanted).await {
        Ok(new) => once(&place, Secret::token(&new.token, new.text, None)),
        Err(error) => show(&place, name, days, read_only, Some(spoken(error)?)),
    }
}

/// Something that is shown this once.
pub struct Secret {
    /// What it is, such as `token`.
    pub what: &'static str,
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// From when on it is refused.
    pub expires_at: Option<i64>,
    /// The token that it takes the place of: when that was last used, and until when it lives.
    pub before: Option<(Option<i64>, Option<i64>)>,
    /// The id of a client, which goes with its secret.
    pub client: Option<String>,
}

impl Secret {
    fn token(token: &Token, text: String, before: Option<(Option<i64>, Option<i64>)>) -> Self {
        let (name, expires_at) = (token.name.clone(), token.expires_at);
        Self { what: "token", name, text, expires_at, before, client: None }
    }
}

#[derive(Template)]
#[template(path = "connection/secret.html")]
struct SecretPage {
    frame: Frame,
    head: ConnectionHead,
    secret: Secret,
    base_url: String,
    token_endpoint: String,
}

/// The one page that shows a secret: the answer that made it, at no address of its own.
///
/// # Errors
/// The archive cannot be read.
pub fn once(place: &Place, secret: Secret) -> Result<Response, Trouble> {
    page(&SecretPage {
        frame: place.framed("Store it now"),
        head: place.head(Tab::Tokens)?,
        base_url: place.app.base_url(&place.connection.id),
        token_endpoint: format!("{}{}", place.app.public_url(), crate::oauth::TOKEN_ENDPOINT),
        secret,
    })
}

#[derive(Template)]
#[template(path = "connection/token-end.html")]
struct TokenEndPage {
    frame: Frame,
    head: ConnectionHead,
    token: TokenLine,
    /// Whether the token is rotated; else it is revoked.
    rotates: bool,
    overlaps: [(u32, &'static str); 6],
    wrong: Option<String>,
}

fn end_page(place: &Place, token: &Token, rotates: bool, wrong: Option<String>) -> Result<Response, Trouble> {
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = TokenEndPage {
        frame: place.framed(if rotates { "Rotate a token" } else { "Revoke a token" }),
        head: place.head(Tab::Tokens)?,
        token: TokenLine::of(token, &[], place.now),
        overlaps: OVERLAPS,
        rotates,
        wrong,
    };
    page_with(status, &page)
}

/// The connection's token that the address names.
fn named(place: &Place) -> Result<Token, Trouble> {
    let all = place.app.store().read(|tx| store::tokens::of_connection(tx, place.scope()))?;
    let id = place.named("token");
    all.into_iter().find(|token| token.id == id).ok_or_else(Trouble::not_found)
}

/// `GET …/tokens/{token}/rotate`.
pub async fn rotation(place: Place) -> Result<Response, Trouble> {
    end_page(&place, &named(&place)?, true, None)
}

/// `POST …/tokens/{token}/rotate`.
pub async fn rotate(place: Place, fields: Fields) -> Result<Response, Trouble> {
    let old = named(&place)?;
    let chosen = fields.text("hours").parse::<u32>().ok();
    let chosen = chosen.filter(|hours| OVERLAPS.iter().any(|(known, _)| known == hours));
    let Some(hours) = chosen else {
        let sentence = "Choose how long the old token lives on.".to_owned();
        return end_page(&place, &old, true, Some(sentence));
    };
    let overlap = i64::from(hours) * (DAY / 24);
    match tokens::rotate(place.app.store(), &place.operator(), &old.id, overlap).await {
        Ok(new) => {
            let until = place.now + overlap;
            let until = old.expires_at.map_or(until, |expires_at| expires_at.min(until));
            once(&place, Secret::token(&new.token, new.text, Some((old.last_used_at, Some(until)))))
        }
        Err(error) => end_page(&place, &old, true, Some(spoken(error)?)),
    }
}

/// `GET …/tokens/{token}/revoke`.
pub async fn revocation(place: Place) -> Result<Response, Trouble> {
    end_page(&place, &named(&place)?, false, None)
}

/// `POST …/tokens/{token}/revoke`.
pub async fn revoke(place: Place, fields: Fields) -> Result<Response, Trouble> {
    let token = named(&place)?;
    if fields.text("confirm") != token.name.trim() {
        let sentence = "Nothing was revoked: what you typed is not the token's name.".to_owned();
        return end_page(&place, &token, false, Some(sentence));
    }
    match tokens::revoke(place.app.store(), &place.operator(), &token.id).await {
        Ok(_) => {
            let sentence = format!("Token \"{}\" was revoked: it opens nothing from now on.", token.name);
            Ok(done(&place, &place.here("/tokens"), &sentence))
        }
        Err(error @ Error::Invalid(_)) => end_page(&place, &token, false, Some(spoken(error)?)),
        Err(error) => Err(error.into()),
    }
}
