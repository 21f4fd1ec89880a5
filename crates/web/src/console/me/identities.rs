//! A person's accounts at sign-in providers: linked and unlinked with the password, since a browser may be left alone.

use super::{PATH, Part, again, password, sessions};
use crate::console::assets::Assets;
use crate::console::desk::Visitor;
use crate::console::form::{Fields, done};
use crate::console::provider::{find, onward};
use crate::console::stranger::Bare;
use crate::console::trouble::Trouble;
use axum::response::Response;
use provisioning::Error;
use provisioning::sign_in::identities;
use provisioning::sign_in::requests::Wish;
use store::identities::Identity;

/// An account, in a line.
pub struct Line {
    /// The link to it.
    pub identity: Identity,
    /// What people call its provider.
    pub provider: String,
}

/// Those that somebody has.
pub fn lines(visitor: &Visitor, identities: Vec<Identity>) -> Result<Vec<Line>, Trouble> {
    let providers = visitor.app.store().read(store::sign_in_providers::all)?;
    let line = |identity: Identity| {
        let provider = providers.iter().find(|provider| provider.issuer == identity.issuer);
        let provider = provider.map_or_else(|| identity.issuer.clone(), |provider| provider.name.clone());
        Line { identity, provider }
    };
    Ok(identities.into_iter().map(line).collect())
}

/// `POST /me/accounts/link`: on to a provider, and back with an account there.
pub async fn link(visitor: Visitor, fields: Fields) -> Result<Response, Trouble> {
    let app = &visitor.app;
    let provider = find(app, fields.text("provider"))?;
    if let Some(words) = password::refusal(&visitor, fields.exact("present")).await? {
        return again(&visitor, Part::Accounts, Error::invalid(words));
    }
    let who = &visitor.who;
    let csrf = who.session.csrf.clone();
    let bare = Bare { assets: Assets, theme: visitor.theme, csrf, notice: None, wrong: None };
    onward(app, bare, who.session.address.as_deref(), &provider, Wish::Link(who)).await
}

/// `POST /me/accounts/unlink`.
pub async fn unlink(visitor: Visitor, fields: Fields) -> Result<Response, Trouble> {
    if let Some(words) = password::refusal(&visitor, fields.exact("present")).await? {
        return again(&visitor, Part::Accounts, Error::invalid(words));
    }
    let (store, who) = (visitor.app.store(), &visitor.who);
    identities::unlink(store, &who.administrator, &who.session, fields.text("id")).await?;
    let sentence = "The account is unlinked. Every other session of yours has ended.";
    sessions::renewed(&visitor, done(&visitor, PATH, sentence)).await
}
