//! What a person considers to change in a connection's policy, as a form and an address say it: `act` and its parts.
//!
//! The same fields ask what would change and then make the change, so nothing is saved that was not seen before.

use super::place::Place;
use crate::console::form::Fields;
use crate::console::trouble::Trouble;
use provisioning::preview::Proposal;
use provisioning::{Error, mappings, rules, setup};
use store::jobs::Job;
use store::rules::RuleKind;

/// The settings that decide what people have: changed only after one has seen what that means.
pub const POLICY_SETTINGS: [&str; 5] = ["groups", "off", "mapping-default", "mapping-role", "role-ceiling"];

/// Which form the fields were filled in on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// What a group stands for.
    Group(String),
    /// A rule that is there, or a new one.
    Rule(Option<String>, RuleKind),
    /// What becomes of groups that nothing speaks of.
    Default,
    /// What to sync.
    Attributes,
}

/// Something to be changed.
pub struct Considered {
    /// What would be changed.
    pub proposal: Proposal,
    /// Where it was filled in.
    pub form: Form,
    /// The version of what is to be changed that the person saw.
    seen: Option<i64>,
}

impl Considered {
    /// Reads what is considered.
    ///
    /// # Errors
    /// An `act` that is none, or one about something that is not there.
    pub fn read(place: &Place, fields: &Fields) -> Result<Self, Trouble> {
        let id = fields.text("id").to_owned();
        let (proposal, form) = match fields.text("act") {
            "map" => {
                let group = fields.text("group").to_owned();
                (Proposal::NewMapping(new_mapping(fields)), Form::Group(group))
            }
            "mapping" => {
                let form = Form::Group(group_of(place, &id)?);
                (Proposal::Mapping(id, mapping_change(fields)), form)
            }
            "mapping-end" => {
                let form = Form::Group(group_of(place, &id)?);
                (Proposal::MappingEnd(id), form)
            }
            "rule-new" => {
                let kind = kind(fields);
                (Proposal::NewRule(kind, rule(fields)), Form::Rule(None, kind))
            }
            "rule" => {
                let form = Form::Rule(Some(id.clone()), kind_of(place, &id)?);
                (Proposal::Rule(id, rule(fields)), form)
            }
            "rule-end" => {
                let form = Form::Rule(Some(id.clone()), kind_of(place, &id)?);
                (Proposal::RuleEnd(id), form)
            }
            "settings" => {
                let changes = settings(fields);
                let is_default =
                    changes.iter().any(|(key, _)| key.starts_with("mapping-") || key == "role-ceiling");
                let form = if is_default { Form::Default } else { Form::Attributes };
                (Proposal::Settings(changes), form)
            }
            _ => return Err(Trouble::not_found()),
        };
        Ok(Self { proposal, form, seen: fields.text("version").parse().ok() })
    }

    /// Makes the change. Returns the job that carries it out, if many people are concerned.
    ///
    /// # Errors
    /// What the rules refuse.
    pub async fn carry_out(self, place: &Place) -> Result<Option<Job>, Error> {
        let (store, by, id) = (place.app.store(), place.operator(), place.connection.id.as_str());
        match self.proposal {
            Proposal::NewMapping(wanted) => Ok(mappings::create(store, &by, id, wanted).await?.1),
            Proposal::Mapping(mapping, change) => {
                Ok(mappings::change(store, &by, id, &mapping, self.seen, change).await?.1)
            }
            Proposal::MappingEnd(mapping) => mappings::delete(store, &by, id, &mapping, self.seen).await,
            Proposal::NewRule(kind, wanted) => Ok(rules::create(store, &by, id, kind, wanted).await?.1),
            Proposal::Rule(rule, wanted) => {
                Ok(rules::change(store, &by, id, &rule, self.seen, wanted).await?.1)
            }
            Proposal::RuleEnd(rule) => rules::delete(store, &by, id, &rule, self.seen).await,
            Proposal::Settings(changes) => {
                let wanted = setup::Wanted { changes, version: self.seen, confirmed: true };
                Ok(setup::set(store, &by, id, wanted).await?.1)
            }
        }
    }
}

/// A field that was sent, also if it was left empty.
fn sent(fields: &Fields, name: &str) -> Option<String> {
    fields.is_ticked(name).then(|| fields.text(name).to_owned())
}

fn flag(fields: &Fields, name: &str) -> Option<bool> {
    match fields.text(name) {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn new_mapping(fields: &Fields) -> mappings::Wanted {
    let is_nothing = fields.text("stands") == "nothing";
    mappings::Wanted {
        group: fields.text("group").to_owned(),
        // An empty text is an organization that there is not, and is said to be one.
        organization: (!is_nothing).then(|| fields.text("organization").to_owned()),
        role: fields.optional("role").filter(|_| !is_nothing).map(str::to_owned),
        inherit: !is_nothing && flag(fields, "inherit") == Some(true),
        paused: false,
    }
}

fn mapping_change(fields: &Fields) -> mappings::Change {
    mappings::Change {
        organization: sent(fields, "organization"),
        role: fields.optional("role").map(str::to_owned),
        inherit: flag(fields, "inherit"),
        paused: flag(fields, "paused"),
    }
}

fn rule(fields: &Fields) -> rules::Wanted {
    rules::Wanted {
        name: sent(fields, "name"),
        // What is no number is no place either, which the rules say.
        position: fields.optional("position").map(|text| text.parse().unwrap_or(0)),
        subject: fields.optional("subject").map(str::to_owned),
        // A space at the end of a pattern is part of it.
        expression: fields.is_ticked("expression").then(|| fields.exact("expression").to_owned()),
        organization: sent(fields, "organization"),
        role: sent(fields, "role"),
        inherit: flag(fields, "inherit"),
        paused: flag(fields, "paused"),
    }
}

fn kind(fields: &Fields) -> RuleKind {
    if fields.text("kind") == "attribute" { RuleKind::Attribute } else { RuleKind::Naming }
}

fn settings(fields: &Fields) -> Vec<(String, String)> {
    let sent = POLICY_SETTINGS.into_iter().filter(|key| fields.is_ticked(key));
    sent.map(|key| (key.to_owned(), fields.text(key).to_owned())).collect()
}

fn group_of(place: &Place, mapping: &str) -> Result<String, Trouble> {
    let found = place.app.store().read(|tx| store::mappings::by_id(tx, place.scope(), mapping))?;
    Ok(found.ok_or_else(Trouble::not_found)?.group_id)
}

fn kind_of(place: &Place, rule: &str) -> Result<RuleKind, Trouble> {
    let all = place.app.store().read(|tx| store::rules::of_connection(tx, place.scope()))?;
    Ok(all.into_iter().find(|found| found.id == rule).ok_or_else(Trouble::not_found)?.kind)
}
