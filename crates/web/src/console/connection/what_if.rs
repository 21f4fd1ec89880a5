//! What if: who would gain and lose what, shown before anything is saved. The button repeats the number that was shown,
//! and the change is made only while the number still holds.

use super::considered::{Considered, Form};
use super::place::{Place, spoken};
use super::{attributes, fallback, group_mappings, rule_form};
use crate::console::form::{Fields, done};
use crate::console::frame::{Frame, Theme, page_with};
use crate::console::provisioning::head::{ConnectionHead, Tab};
use crate::console::show::Count;
use crate::console::trouble::Trouble;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::Error;
use provisioning::preview::{self, Person, Preview, Proposal, SHOWN};
use store::{mirror_groups, rules};

/// How many people one page names.
const NAMED: usize = 100;

#[derive(Template)]
#[template(path = "connection/what-if.html")]
struct WhatIfPage {
    frame: Frame,
    head: ConnectionHead,
    /// What is considered, as a sentence.
    sentence: String,
    preview: Preview,
    /// The people that this page names.
    people: Vec<Person>,
    /// The first of them, by number.
    first: i64,
    /// The last of them, by number.
    until: i64,
    changed: i64,
    more: Option<String>,
    fields: Vec<(String, String)>,
    action: String,
    back: String,
    users: String,
    button: String,
    /// What has to be typed, where something stored would be removed.
    confirm: Option<String>,
    wrong: Option<String>,
}

/// `GET …/what-if?act=…`.
pub async fn ask(place: Place) -> Result<Response, Trouble> {
    let fields = place.query.clone();
    let considered = Considered::read(&place, &fields)?;
    match preview(&place, &considered).await {
        Ok(preview) => show(&place, &considered, &fields, preview, StatusCode::OK, None),
        Err(error) => again(&place, &considered.form, &fields, spoken(error)?),
    }
}

/// `POST …/what-if`: makes the change, if it still means what was shown.
pub async fn apply(place: Place, fields: Fields) -> Result<Response, Trouble> {
    let considered = Considered::read(&place, &fields)?;
    let preview = match preview(&place, &considered).await {
        Ok(preview) => preview,
        Err(error) => return again(&place, &considered.form, &fields, spoken(error)?),
    };
    let changed = preview.changed;
    if fields.text("people") != changed.to_string() {
        let sentence = "What it would change is another thing by now, so nothing was saved. This is what it would change now.";
        return show(&place, &considered, &fields, preview, StatusCode::CONFLICT, Some(sentence.into()));
    }
    if !preview.removed.is_none() && fields.text("confirm") != place.connection.name {
        let sentence = "Nothing was saved: what you typed is not the connection's name.";
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return show(&place, &considered, &fields, preview, status, Some(sentence.into()));
    }
    let form = considered.form.clone();
    match considered.carry_out(&place).await {
        Ok(job) => {
            let sentence = match (job, changed) {
                (Some(_), _) => {
                    "Saved. It is being carried out for everybody it concerns; you can leave this page."
                        .to_owned()
                }
                (None, 0) => "Saved. Nobody has anything else by it today.".to_owned(),
                (None, changed) => format!("Saved. It changed {}.", people(changed)),
            };
            let next = if form == Form::Attributes { "/attributes" } else { "/mappings" };
            Ok(done(&place, &place.here(next), &sentence))
        }
        Err(error) => again(&place, &form, &fields, spoken(error)?),
    }
}

async fn preview(place: &Place, considered: &Considered) -> Result<Preview, Error> {
    let (connection, proposal) = (place.connection.clone(), considered.proposal.clone());
    place.read_long(move |tx| preview::of(tx, &connection, &proposal)).await
}

/// The form again, with what was filled in and what is wrong with it.
fn again(place: &Place, form: &Form, fields: &Fields, wrong: String) -> Result<Response, Trouble> {
    match form {
        Form::Group(group) => group_mappings::show(place, group, fields, Some(wrong)),
        Form::Rule(id, kind) => rule_form::show(place, id.as_deref(), *kind, fields, Some(wrong)),
        Form::Default => fallback::show(place, fields, Some(wrong)),
        Form::Attributes => attributes::show(place, Some(wrong)),
    }
}

fn show(
    place: &Place,
    considered: &Considered,
    fields: &Fields,
    mut preview: Preview,
    status: StatusCode,
    wrong: Option<String>,
) -> Result<Response, Trouble> {
    let before = fields.text("from").parse::<usize>().unwrap_or(0).min(SHOWN);
    let named = std::mem::take(&mut preview.people);
    let all = named.len();
    let people: Vec<Person> = named.into_iter().skip(before).take(NAMED).collect();
    let until = before + people.len();
    let kept: Vec<(String, String)> = fields
        .pairs()
        .filter(|(name, _)| !["csrf", "people", "confirm", "from"].contains(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&kept).finish();
    let (path, tab) = match &considered.form {
        Form::Group(group) => (format!("/mappings/groups/{group}"), Tab::Mappings),
        Form::Rule(Some(id), _) => (format!("/mappings/rules/{id}"), Tab::Mappings),
        Form::Rule(None, _) => ("/mappings/rules/new".to_owned(), Tab::Mappings),
        Form::Default => ("/mappings/default".to_owned(), Tab::Mappings),
        Form::Attributes => ("/attributes".to_owned(), Tab::Attributes),
    };
    let page = WhatIfPage {
        frame: place.framed("What would change"),
        head: place.head(tab)?,
        sentence: sentence(place, &considered.proposal)?,
        button: button(&preview),
        changed: number(preview.changed),
        first: number(before + 1),
        until: number(until),
        more: (until < all).then(|| format!("{}?{query}&from={until}", place.here("/what-if"))),
        confirm: (!preview.removed.is_none()).then(|| place.connection.name.clone()),
        action: place.here("/what-if"),
        back: format!("{}?{query}", place.here(&path)),
        users: place.path("/users/"),
        fields: kept,
        people,
        preview,
        wrong,
    };
    page_with(status, &page)
}

/// What the button does, with the number that the person saw.
fn button(preview: &Preview) -> String {
    match (preview.changed, preview.removed.is_none()) {
        (0, true) => "Save: it changes nobody".to_owned(),
        (0, false) => "Apply, and remove what is stored".to_owned(),
        (changed, true) => format!("Apply to {}", people(changed)),
        (changed, false) => format!("Apply to {}, and remove what is stored", people(changed)),
    }
}

fn people(number: usize) -> String {
    let count = Count(self::number(number));
    if number == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

fn number(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What is considered, in words.
fn sentence(place: &Place, proposal: &Proposal) -> Result<String, Trouble> {
    let scope = place.scope();
    let group = |id: &str| -> Result<String, Trouble> {
        let found = place.app.store().read(|tx| provisioning::find::group(tx, scope, id));
        Ok(found?.display_name().to_owned())
    };
    let mapped = |id: &str| -> Result<String, Trouble> {
        let found = place.app.store().read(|tx| match store::mappings::by_id(tx, scope, id)? {
            Some(mapping) => mirror_groups::by_id(tx, scope, &mapping.group_id),
            None => Ok(None),
        })?;
        Ok(found.map(|found| found.display_name().to_owned()).unwrap_or_default())
    };
    let rule = |id: &str| -> Result<String, Trouble> {
        let all = place.app.store().read(|tx| rules::of_connection(tx, scope))?;
        Ok(all.into_iter().find(|found| found.id == id).map(|found| found.name).unwrap_or_default())
    };
    let verb = |paused: Option<bool>| match paused {
        Some(true) => "is paused",
        Some(false) => "is resumed",
        None => "is changed",
    };
    Ok(match proposal {
        Proposal::NewMapping(wanted) => match &wanted.organization {
            None => format!("Group \"{}\" stands for nothing.", group(&wanted.group)?),
            Some(organization) => format!(
                "Group \"{}\" stands for {} of \"{organization}\"{}.",
                group(&wanted.group)?,
                wanted.role.as_deref().unwrap_or("the usual role"),
                if wanted.inherit { " and of every organization below it" } else { "" },
            ),
        },
        Proposal::Mapping(id, change) => {
            format!("A mapping of group \"{}\" {}.", mapped(id)?, verb(change.paused))
        }
        Proposal::MappingEnd(id) => format!("A mapping of group \"{}\" is taken away.", mapped(id)?),
        Proposal::NewRule(_, wanted) => {
            format!("A new rule reads {}", wanted.expression.as_deref().unwrap_or_default())
        }
        Proposal::Rule(id, wanted) => format!("Rule \"{}\" {}.", rule(id)?, verb(wanted.paused)),
        Proposal::RuleEnd(id) => format!("Rule \"{}\" is deleted.", rule(id)?),
        Proposal::Settings(changes) => {
            let said = |(key, value): &(String, String)| match key.as_str() {
                "off" if value.is_empty() => "every attribute is synchronised".to_owned(),
                "off" => format!("not synchronised: {}", value.replace(',', ", ")),
                "groups" if value == "true" => "groups are synchronised".to_owned(),
                "groups" => "groups are not synchronised".to_owned(),
                "mapping-default" => format!("groups that nothing speaks of: {value}"),
                "mapping-role" if value.is_empty() => "they give the tenant's default role".to_owned(),
                "mapping-role" => format!("they give {value}"),
                _ => format!("no role above {value} is given"),
            };
            format!("From now on: {}.", changes.iter().map(said).collect::<Vec<_>>().join("; "))
        }
    })
}
