//! Clients of a connection: programs that fetch their own access tokens by OAuth 2.0.

use super::place::{Place, spoken};
use super::tokens::{Secret, once};
use crate::console::form::{Fields, done};
use crate::console::frame::{Frame, Theme, page_with};
use crate::console::provisioning::head::{ConnectionHead, Tab};
use crate::console::trouble::Trouble;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::Error;
use provisioning::clients::{self, Wanted};
use serde_json::Value;
use store::clients::Client;
use store::tokens::Token;

/// A client, in a line.
pub struct ClientLine {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// How it proves itself, in words.
    pub proof: &'static str,
    /// Whether its tokens open reading alone.
    pub read_only: bool,
    /// Whether it is no longer let in.
    pub is_revoked: bool,
    /// When it was made.
    pub created_at: i64,
    /// When one of its tokens was last used.
    pub last_used_at: Option<i64>,
}

impl ClientLine {
    /// What the line shows.
    pub fn texts(&self) -> Vec<&str> {
        let mut texts = vec![self.name.as_str(), self.id.as_str(), self.proof];
        texts.extend(self.read_only.then_some("reads only"));
        texts.extend(self.is_revoked.then_some("revoked"));
        texts
    }
}

/// The clients of a connection, the newest first.
///
/// # Errors
/// The archive cannot be read.
pub fn clients_of(place: &Place, tokens: &[Token]) -> Result<Vec<ClientLine>, Trouble> {
    let all = place.app.store().read(|tx| store::clients::of_connection(tx, place.scope()))?;
    let line = |client: &Client| ClientLine {
        id: client.id.clone(),
        name: client.name.clone(),
        proof: if client.public_keys.is_some() { "signs with a key" } else { "has a secret" },
        read_only: client.read_only,
        is_revoked: client.revoked_at.is_some(),
        created_at: client.created_at,
        last_used_at: tokens
            .iter()
            .filter(|token| token.client_id.as_ref() == Some(&client.id))
            .filter_map(|token| token.last_used_at)
            .max(),
    };
    Ok(all.iter().rev().map(line).collect())
}

#[derive(Template)]
#[template(path = "connection/client.html")]
struct ClientPage {
    frame: Frame,
    head: ConnectionHead,
    name: String,
    keys: String,
    read_only: bool,
    /// The client to be revoked; none where one is made.
    ending: Option<Client>,
    wrong: Option<String>,
}

fn show(
    place: &Place,
    fields: &Fields,
    ending: Option<Client>,
    wrong: Option<String>,
) -> Result<Response, Trouble> {
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = ClientPage {
        frame: place.framed(if ending.is_some() { "Revoke a client" } else { "New client" }),
        head: place.head(Tab::Tokens)?,
        name: fields.text("name").to_owned(),
        keys: fields.text("keys").to_owned(),
        read_only: fields.is_ticked("read-only"),
        ending,
        wrong,
    };
    page_with(status, &page)
}

/// `GET …/tokens/clients/new`.
pub async fn new(place: Place) -> Result<Response, Trouble> {
    show(&place, &Fields::default(), None, None)
}

/// `POST …/tokens/clients/new`.
pub async fn create(place: Place, fields: Fields) -> Result<Response, Trouble> {
    let keys = match fields.optional("keys").map(serde_json::from_str::<Value>) {
        Some(Ok(keys)) => Some(keys),
        Some(Err(error)) => {
            let sentence =
                format!("The public keys are no JSON: {error}. Paste a JWK Set, or leave it empty.");
            return show(&place, &fields, None, Some(sentence));
        }
        None => None,
    };
    let wanted = Wanted {
        name: fields.text("name"),
        public_keys: keys.as_ref(),
        read_only: fields.is_ticked("read-only"),
    };
    let made = clients::create(place.app.store(), &place.operator(), place.scope(), wanted).await;
    let new = match made {
        Ok(new) => new,
        Err(error) => return show(&place, &fields, None, Some(spoken(error)?)),
    };
    let (name, id) = (new.client.name, new.client.id);
    let Some(text) = new.secret else {
        let sentence = format!("Client \"{name}\" was made. Its id is {id}.");
        return Ok(done(&place, &place.here("/tokens"), &sentence));
    };
    let secret =
        Secret { what: "client secret", name, text, expires_at: None, before: None, client: Some(id) };
    once(&place, secret)
}

fn named(place: &Place) -> Result<Client, Trouble> {
    let all = place.app.store().read(|tx| store::clients::of_connection(tx, place.scope()))?;
    let id = place.named("client");
    all.into_iter().find(|client| client.id == id).ok_or_else(Trouble::not_found)
}

/// `GET …/tokens/clients/{client}/revoke`.
pub async fn revocation(place: Place) -> Result<Response, Trouble> {
    let client = named(&place)?;
    show(&place, &Fields::default(), Some(client), None)
}

/// `POST …/tokens/clients/{client}/revoke`.
pub async fn revoke(place: Place, fields: Fields) -> Result<Response, Trouble> {
    let client = named(&place)?;
    if fields.text("confirm") != client.name {
        let sentence = "Nothing was revoked: what you typed is not the client's name.".to_owned();
        return show(&place, &fields, Some(client), Some(sentence));
    }
    match clients::revoke(place.app.store(), &place.operator(), &client.id).await {
        Ok(_) => {
            let sentence = format!("Client \"{}\" was revoked, with every token it was given.", client.name);
            Ok(done(&place, &place.here("/tokens"), &sentence))
        }
        Err(error @ Error::Invalid(_)) => show(&place, &fields, Some(client), Some(spoken(error)?)),
        Err(error) => Err(error.into()),
    }
}
