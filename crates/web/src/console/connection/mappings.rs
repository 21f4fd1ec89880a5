//! Mappings: what each group stands for today, the rules, and what becomes of groups that nothing speaks of.

use super::jobs::{Progress, open};
use super::place::Place;
use super::stands::{Choices, GroupLine, Which, lines};
use super::walk::Pages;
use crate::api::rules::RuleView;
use crate::console::frame::{Frame, Theme, page};
use crate::console::narrow::Narrow;
use crate::console::provisioning::head::{ConnectionHead, Tab};
use crate::console::trouble::Trouble;
use askama::Template;
use axum::response::Response;
use provisioning::policy::MappingDefault;
use store::rules::RuleKind;
use store::{StoreError, rules};

#[derive(Template)]
#[template(path = "connection/mappings.html")]
struct MappingsPage {
    frame: Frame,
    head: ConnectionHead,
    jobs: Vec<Progress>,
    /// Whether groups are synchronised at all.
    with_groups: bool,
    /// What the list is searched for.
    text: String,
    only_unmapped: bool,
    groups: Vec<GroupLine>,
    pages: Pages,
    narrow_naming: Narrow,
    naming: Vec<RuleLine>,
    narrow_attribute: Narrow,
    attribute: Vec<RuleLine>,
    usual_role: String,
    default: MappingDefault,
    ceiling: String,
    organizations: String,
}

/// A rule, in a line.
struct RuleLine {
    rule: RuleView,
    /// Whether it can be used; one that speaks of an attribute that was switched off cannot.
    is_usable: bool,
}

impl RuleLine {
    /// What the line shows.
    fn texts(&self) -> Vec<&str> {
        let rule = &self.rule;
        let mut texts = vec![rule.name.as_str(), rule.expression.as_str()];
        texts.extend(rule.subject.as_deref());
        texts.extend([&rule.organization, &rule.role].into_iter().flatten().map(|named| named.name.as_str()));
        texts.extend(rule.paused.then_some("paused"));
        texts.extend((!self.is_usable).then_some("matches nobody"));
        texts
    }
}

/// `GET …/mappings`.
pub async fn show(place: Place) -> Result<Response, Trouble> {
    let text = place.query.text("q").to_owned();
    let only_unmapped = place.query.text("stands") == "none";
    let which = match (only_unmapped, text.as_str()) {
        (true, _) => Which::Unmapped,
        (false, "") => Which::Found(None),
        (false, text) => Which::named(&place, text)?,
    };
    let (groups, pages) = lines(&place, which).await?;
    let (mut naming, mut attribute) = rules_of(&place)?;
    let mut narrow_naming = Narrow::of_part(&place.address, "naming", "rules over names");
    narrow_naming.keep(&mut naming, RuleLine::texts);
    let mut narrow_attribute = Narrow::of_part(&place.address, "attribute", "rules over attributes");
    narrow_attribute.keep(&mut attribute, RuleLine::texts);
    let settings = &place.shape.settings;
    let page_of = MappingsPage {
        frame: place.framed("Mappings"),
        head: place.head(Tab::Mappings)?,
        jobs: open(&place)?,
        with_groups: settings.groups,
        usual_role: Choices::of(&place)?.usual_role,
        default: settings.mapping_default,
        ceiling: settings.role_ceiling.clone(),
        organizations: place.path("/organizations/"),
        text,
        only_unmapped,
        groups,
        pages,
        narrow_naming,
        naming,
        narrow_attribute,
        attribute,
    };
    page(&page_of)
}

/// The rules over names, and those over attributes.
fn rules_of(place: &Place) -> Result<(Vec<RuleLine>, Vec<RuleLine>), Trouble> {
    let policy = &place.shape.policy;
    let is_usable = |rule: &rules::Rule| match rule.kind {
        RuleKind::Naming => policy.naming.iter().any(|usable| usable.id == rule.id),
        RuleKind::Attribute => policy.attributes.iter().any(|usable| usable.id == rule.id),
    };
    let (mut naming, mut attribute) = (Vec::new(), Vec::new());
    place.app.store().read(|tx| {
        for rule in rules::of_connection(tx, place.scope())? {
            let line = RuleLine {
                rule: RuleView::read(tx, place.tenant.tenant, &rule)?,
                is_usable: is_usable(&rule),
            };
            match rule.kind {
                RuleKind::Naming => naming.push(line),
                RuleKind::Attribute => attribute.push(line),
            }
        }
        Ok::<_, StoreError>(())
    })?;
    Ok((naming, attribute))
}
