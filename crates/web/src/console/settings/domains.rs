//! Domains of a tenant: added, shown to be its own by a TXT record or attested by an operator, taken away.

use super::office::{Office, Tab};
use crate::console::connection::place::spoken;
use crate::console::form::{Fields, done};
use crate::console::frame::{Frame, Theme, page_with};
use crate::console::narrow::Narrow;
use crate::console::show::State;
use crate::console::trouble::Trouble;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::{Error, domains as rules};
use store::domains::{self, Domain};

/// A domain, in a line.
struct Line {
    path: String,
    state: State,
    domain: Domain,
}

impl Line {
    /// What the line shows.
    fn texts(&self) -> Vec<&str> {
        let mut texts = vec![self.domain.name.as_str(), self.state.word()];
        texts.extend(self.domain.verified.as_ref().map(|verified| verified.by.as_str()));
        texts
    }
}

#[derive(Template)]
#[template(path = "settings/domains.html")]
struct ListPage {
    frame: Frame,
    tabs: Vec<Tab>,
    path: String,
    narrow: Narrow,
    lines: Vec<Line>,
    name: String,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "settings/domain.html")]
struct DomainPage {
    frame: Frame,
    list: String,
    path: String,
    domain: Domain,
    state: State,
    /// The name of the TXT record.
    record: String,
    reason: String,
    confirm: String,
    wrong: Option<String>,
}

fn state(domain: &Domain) -> State {
    match &domain.verified {
        None => State::Attention("Not verified"),
        Some(verified) if verified.reason.is_some() => State::Good("Attested"),
        Some(_) => State::Good("Verified"),
    }
}

fn path_of(office: &Office, name: &str) -> String {
    office.path(&format!("/domains/{name}"))
}

/// `GET …/domains`.
pub async fn list(office: Office) -> Result<Response, Trouble> {
    listed(&office, "", None)
}

fn listed(office: &Office, name: &str, wrong: Option<(StatusCode, String)>) -> Result<Response, Trouble> {
    let tenant = office.of_tenant()?.tenant;
    let all = office.app.store().read(|tx| domains::all(tx, tenant))?;
    let line = |domain: Domain| Line { path: path_of(office, &domain.name), state: state(&domain), domain };
    let mut lines: Vec<Line> = all.into_iter().map(line).collect();
    let mut narrow = Narrow::of(&office.address, "domains");
    narrow.keep(&mut lines, Line::texts);
    let status = wrong.as_ref().map_or(StatusCode::OK, |(status, _)| *status);
    let page = ListPage {
        frame: office.frame("Domains"),
        tabs: office.tabs("Domains"),
        path: office.path("/domains"),
        narrow,
        lines,
        name: name.to_owned(),
        wrong: wrong.map(|(_, sentence)| sentence),
    };
    page_with(status, &page)
}

/// `POST …/domains`: adds one.
pub async fn add(office: Office, fields: Fields) -> Result<Response, Trouble> {
    let name = fields.text("name");
    let tenant = office.of_tenant()?;
    match rules::add(office.app.store(), &office.operator(), tenant, name).await {
        Ok(domain) => {
            let sentence = format!("{} was added. Show now that it is yours.", domain.name);
            Ok(done(&office, &path_of(&office, &domain.name), &sentence))
        }
        Err(error) => listed(&office, name, Some(refused(error)?)),
    }
}

/// The status and the sentence for what cannot be.
fn refused(error: Error) -> Result<(StatusCode, String), Trouble> {
    let status = match error {
        Error::Conflict(_) | Error::VersionMismatch { .. } => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Ok((status, spoken(error)?))
}

/// The tenant's domain of that name.
fn known(office: &Office, name: &str) -> Result<Domain, Trouble> {
    let tenant = office.of_tenant()?.tenant;
    Ok(office.app.store().read(|tx| rules::find(tx, tenant, name))?)
}

/// `GET …/domains/{name}`.
pub async fn page_of(office: Office, Path((_, name)): Path<(String, String)>) -> Result<Response, Trouble> {
    let domain = known(&office, &name)?;
    shown(&office, domain, &Fields::default(), None)
}

fn shown(
    office: &Office,
    domain: Domain,
    fields: &Fields,
    wrong: Option<(StatusCode, String)>,
) -> Result<Response, Trouble> {
    let status = wrong.as_ref().map_or(StatusCode::OK, |(status, _)| *status);
    let page = DomainPage {
        frame: office.frame(&domain.name),
        list: office.path("/domains"),
        path: path_of(office, &domain.name),
        record: rules::place(&domain),
        state: state(&domain),
        reason: fields.text("reason").to_owned(),
        confirm: fields.text("confirm").to_owned(),
        wrong: wrong.map(|(_, sentence)| sentence),
        domain,
    };
    page_with(status, &page)
}

/// `POST …/domains/{name}/verify`: asks the DNS.
pub async fn verify(
    office: Office,
    Path((_, name)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let domain = known(&office, &name)?;
    let texts = match office.app.resolver().texts(&rules::place(&domain)).await {
        Ok(texts) => texts,
        Err(reason) => {
            return shown(&office, domain, &fields, Some((StatusCode::SERVICE_UNAVAILABLE, reason)));
        }
    };
    let tenant = office.of_tenant()?;
    let result = rules::verify(office.app.store(), &office.operator(), tenant, &domain.name, texts).await;
    answered(&office, domain, &fields, result.map(|after| format!("{} is verified.", after.name)))
}

/// `POST …/domains/{name}/attest`: an operator's word for it.
pub async fn attest(
    office: Office,
    Path((_, name)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let domain = known(&office, &name)?;
    if !office.operator().is_beyond_tenants() {
        return Err(Trouble::forbidden("A domain is attested by an operator. Verify it by its TXT record."));
    }
    let (tenant, reason) = (office.of_tenant()?, fields.text("reason"));
    let result = rules::attest(office.app.store(), &office.operator(), tenant, &domain.name, reason).await;
    answered(&office, domain, &fields, result.map(|after| format!("{} is attested.", after.name)))
}

fn answered(
    office: &Office,
    domain: Domain,
    fields: &Fields,
    result: Result<String, Error>,
) -> Result<Response, Trouble> {
    match result {
        Ok(sentence) => Ok(done(office, &path_of(office, &domain.name), &sentence)),
        Err(error) => shown(office, domain, fields, Some(refused(error)?)),
    }
}

/// `POST …/domains/{name}/remove`, once the name was typed.
pub async fn remove(
    office: Office,
    Path((_, name)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let domain = known(&office, &name)?;
    if let Err(error) = Office::confirmed(&fields, &domain.name) {
        return shown(&office, domain, &fields, Some(refused(error)?));
    }
    let (tenant, seen) = (office.of_tenant()?, fields.text("version").parse().ok());
    match rules::remove(office.app.store(), &office.operator(), tenant, &domain.name, seen).await {
        Ok(()) => {
            let sentence = format!("{} was removed: nobody new is linked by it.", domain.name);
            Ok(done(&office, &office.path("/domains"), &sentence))
        }
        Err(error) => shown(&office, domain, &fields, Some(refused(error)?)),
    }
}
