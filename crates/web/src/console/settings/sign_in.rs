//! Providers that people may sign in with: of the installation, for operators.

use super::office::{Office, Tab};
use crate::console::form::{Fields, done};
use crate::console::frame::{Frame, Theme, page, page_with};
use crate::console::narrow::Narrow;
use crate::console::provider::{find, return_address};
use crate::console::trouble::Trouble;
use crate::secrets;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::Error;
use provisioning::sign_in::providers::{self, Wanted};
use store::StoreError;
use store::sign_in_providers::{self, Provider};

/// Where they are.
const PATH: &str = "/installation/sign-in";

#[derive(Template)]
#[template(path = "settings/sign-in.html")]
struct ListPage {
    frame: Frame,
    tabs: Vec<Tab>,
    narrow: Narrow,
    providers: Vec<(i64, Provider)>,
}

/// `GET /installation/sign-in`.
pub async fn list(office: Office) -> Result<Response, Trouble> {
    let mut providers = office.app.store().read(|tx| {
        let all = sign_in_providers::all(tx)?;
        let counted = |provider: Provider| Ok((providers::accounts(tx, &provider)?, provider));
        all.into_iter().map(counted).collect::<Result<Vec<_>, StoreError>>()
    })?;
    let mut narrow = Narrow::of(&office.address, "providers");
    narrow.keep(&mut providers, |(_, provider)| vec![&provider.name, &provider.issuer, &provider.client_id]);
    page(&ListPage { frame: office.frame("Sign-in"), tabs: office.tabs("Sign-in"), narrow, providers })
}

#[derive(Template)]
#[template(path = "settings/sign-in-new.html")]
struct NewPage {
    frame: Frame,
    returns: String,
    wanted: Wanted,
    wrong: Option<String>,
}

fn new_page(office: &Office, wanted: Wanted, wrong: Option<String>) -> Result<Response, Trouble> {
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let returns = format!("{}/sign-in/return/", office.app.public_url());
    page_with(status, &NewPage { frame: office.frame("Add a provider"), returns, wanted, wrong })
}

fn wanted(fields: &Fields) -> Wanted {
    Wanted {
        id: fields.text("id").to_owned(),
        name: fields.text("name").to_owned(),
        issuer: fields.text("issuer").to_owned(),
        client_id: fields.text("client_id").to_owned(),
        has_secret: fields.is_ticked("has_secret"),
    }
}

/// `GET /installation/sign-in/new`.
pub async fn form(office: Office) -> Result<Response, Trouble> {
    new_page(&office, Wanted { has_secret: true, ..wanted(&Fields::default()) }, None)
}

/// `POST /installation/sign-in`.
pub async fn add(office: Office, fields: Fields) -> Result<Response, Trouble> {
    let wanted = wanted(&fields);
    match providers::add(office.app.store(), &office.operator(), &wanted).await {
        Ok(provider) => {
            let path = format!("{PATH}/{}", provider.id);
            Ok(done(
                &office,
                &path,
                &format!("{} is added. Tell it the redirect address below.", provider.name),
            ))
        }
        Err(Error::Invalid(words) | Error::Conflict(words)) => new_page(&office, wanted, Some(words)),
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "settings/sign-in-provider.html")]
struct ProviderPage {
    frame: Frame,
    tabs: Vec<Tab>,
    provider: Provider,
    returns: String,
    variable: String,
    /// Why its secret cannot be had.
    missing: Option<String>,
    accounts: i64,
    wrong: Option<String>,
}

fn show(office: &Office, provider: Provider, wrong: Option<String>) -> Result<Response, Trouble> {
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let secret = provider.has_secret.then(|| office.app.secrets().secret(&provider.id));
    let page = ProviderPage {
        frame: office.frame(&provider.name),
        tabs: office.tabs("Sign-in"),
        returns: return_address(&office.app, &provider),
        variable: secrets::variable(&provider.id),
        missing: secret.and_then(Result::err),
        accounts: office.app.store().read(|tx| providers::accounts(tx, &provider))?,
        provider,
        wrong,
    };
    page_with(status, &page)
}

/// `GET /installation/sign-in/{id}`.
pub async fn page_of(office: Office, Path(id): Path<String>) -> Result<Response, Trouble> {
    let provider = find(&office.app, &id)?;
    show(&office, provider, None)
}

/// `POST /installation/sign-in/{id}/remove`.
pub async fn remove(office: Office, Path(id): Path<String>, fields: Fields) -> Result<Response, Trouble> {
    let provider = find(&office.app, &id)?;
    let result = match Office::confirmed(&fields, &provider.name) {
        Ok(()) => providers::remove(office.app.store(), &office.operator(), &provider.id).await.map(drop),
        Err(error) => Err(error),
    };
    match result {
        Ok(()) => Ok(done(&office, PATH, &format!("Nobody signs in with {} any more.", provider.name))),
        Err(Error::Invalid(words) | Error::Conflict(words)) => show(&office, provider, Some(words)),
        Err(error) => Err(error.into()),
    }
}
