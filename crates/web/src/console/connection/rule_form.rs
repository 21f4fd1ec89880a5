//! A rule: over the names of groups, or over the attributes of users.

use super::place::Place;
use super::stands::Choices;
use crate::console::form::Fields;
use crate::console::frame::{Frame, Theme, page_with};
use crate::console::provisioning::head::{ConnectionHead, Tab};
use crate::console::trouble::Trouble;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use store::rules::{Rule, RuleKind};
use store::{StoreError, organizations, roles, rules};

#[derive(Template)]
#[template(path = "connection/rule.html")]
struct RulePage {
    frame: Frame,
    head: ConnectionHead,
    is_naming: bool,
    filled: Filled,
    choices: Choices,
    wrong: Option<String>,
    provider: &'static str,
}

/// What is filled in.
#[derive(Default)]
struct Filled {
    /// The rule's id; empty for a new one.
    id: String,
    version: i64,
    name: String,
    position: String,
    subject: String,
    expression: String,
    organization: String,
    role: String,
    inherit: bool,
    paused: bool,
}

/// `GET …/mappings/rules/new?kind=…`.
pub async fn new(place: Place) -> Result<Response, Trouble> {
    let fields = place.query.clone();
    let kind = match fields.text("kind") {
        "attribute" => RuleKind::Attribute,
        _ => RuleKind::Naming,
    };
    show(&place, None, kind, &fields, None)
}

/// `GET …/mappings/rules/{rule}`.
pub async fn page(place: Place) -> Result<Response, Trouble> {
    let (id, fields) = (place.named("rule").to_owned(), place.query.clone());
    let kind = found(&place, &id)?.kind;
    show(&place, Some(&id), kind, &fields, None)
}

fn found(place: &Place, id: &str) -> Result<Rule, Trouble> {
    let all = place.app.store().read(|tx| rules::of_connection(tx, place.scope()))?;
    all.into_iter().find(|rule| rule.id == id).ok_or_else(Trouble::not_found)
}

/// The form, with what is there or was filled in, and what is wrong with it.
///
/// # Errors
/// There is no such rule in the connection.
pub fn show(
    place: &Place,
    id: Option<&str>,
    kind: RuleKind,
    fields: &Fields,
    wrong: Option<String>,
) -> Result<Response, Trouble> {
    let mut filled = match id {
        Some(id) => as_it_is(place, found(place, id)?)?,
        None => Filled { subject: "displayName".into(), ..Filled::default() },
    };
    if fields.is_ticked("expression") {
        let text = |name: &str| fields.text(name).to_owned();
        filled.name = text("name");
        filled.position = text("position");
        filled.subject = text("subject");
        fields.exact("expression").clone_into(&mut filled.expression);
        filled.organization = text("organization");
        filled.role = text("role");
        filled.inherit = fields.text("inherit") == "true";
    }
    let title = if id.is_some() { filled.name.clone() } else { "New rule".to_owned() };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = RulePage {
        frame: place.framed(&title),
        head: place.head(Tab::Mappings)?,
        is_naming: kind == RuleKind::Naming,
        choices: Choices::of(place)?,
        provider: place.provider(),
        filled,
        wrong,
    };
    page_with(status, &page)
}

fn as_it_is(place: &Place, is: Rule) -> Result<Filled, Trouble> {
    let tenant = place.tenant.tenant;
    let (organization, role) = place.app.store().read(|tx| {
        let organization = match &is.organization {
            Some(id) => organizations::by_id(tx, tenant, id)?.map(|found| found.slug),
            None => None,
        };
        let role = match &is.role {
            Some(id) => roles::by_id(tx, tenant, id)?.map(|found| found.name),
            None => None,
        };
        Ok::<_, StoreError>((organization, role))
    })?;
    Ok(Filled {
        id: is.id,
        version: is.version,
        name: is.name,
        position: is.position.to_string(),
        subject: is.subject.unwrap_or_default(),
        expression: is.expression,
        organization: organization.unwrap_or_default(),
        role: role.unwrap_or_default(),
        inherit: is.inherit,
        paused: is.paused,
    })
}
