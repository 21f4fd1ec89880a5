//! What to sync: every attribute with its meaning, those that are required locked. What goes with a choice is told
//! before it is saved.

use super::jobs::{Progress, open};
use super::place::Place;
use crate::console::form::{Fields, done, to};
use crate::console::frame::{Frame, Theme, page_with};
use crate::console::narrow::Narrow;
use crate::console::provisioning::head::{ConnectionHead, Tab};
use crate::console::trouble::Trouble;
use ::scim::ResourceDefinition;
use ::scim::schema::definition::{Definitions, Required, Synchronised};
use ::scim::schema::{Attribute, ENTERPRISE_USER, Mutability};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::{Settings, extensions};
use store::Store;
use store::TenantId;

/// What people call attributes, where their names do not say it. The first are what the directory itself holds of a
/// person, and come first.
const LABELS: [(&str, &str); 11] = [
    ("userName", "Username"),
    ("emails", "Email"),
    ("name.givenName", "First name"),
    ("name.familyName", "Last name"),
    ("displayName", "Display name"),
    ("name.formatted", "Full name"),
    ("nickName", "Nickname"),
    ("profileUrl", "Profile page"),
    ("timezone", "Time zone"),
    ("ims", "Instant messaging"),
    ("x509Certificates", "Certificates"),
];
/// How many of them come first.
const FIRST: usize = 5;

/// An attribute, in a line.
pub struct AttributeLine {
    /// As settings write it.
    pub path: String,
    /// What people call it.
    pub label: String,
    /// Its name in SCIM.
    pub name: String,
    /// What it means.
    pub meaning: String,
    /// Whether it is synchronised.
    pub is_on: bool,
    /// Whether it cannot be switched off.
    pub is_locked: bool,
    /// Whether every user must have it.
    pub is_required: bool,
}

impl AttributeLine {
    /// What the line shows.
    fn texts(&self) -> Vec<&str> {
        let mut texts = vec![self.label.as_str(), self.name.as_str(), self.meaning.as_str()];
        texts.extend(self.is_required.then_some("required"));
        texts
    }
}

/// Attributes of one schema.
pub struct AttributeTable {
    /// What the table is of.
    pub title: String,
    /// The schema's URN, where it is not the core's.
    pub urn: Option<String>,
    /// The attributes.
    pub lines: Vec<AttributeLine>,
}

#[derive(Template)]
#[template(path = "connection/attributes.html")]
struct AttributesPage {
    frame: Frame,
    head: ConnectionHead,
    jobs: Vec<Progress>,
    narrow: Narrow,
    tables: Vec<AttributeTable>,
    /// What is on and not shown: it stays on when the others are saved.
    beside: Vec<String>,
    with_groups: bool,
    requires_all: bool,
    wrong: Option<String>,
}

/// `GET …/attributes`.
pub async fn page(place: Place) -> Result<Response, Trouble> {
    show(&place, None)
}

/// The table, with what is wrong with what was chosen.
///
/// # Errors
/// The archive cannot be read.
pub fn show(place: &Place, wrong: Option<String>) -> Result<Response, Trouble> {
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let settings = &place.shape.settings;
    let mut tables = tables(place.app.store(), place.tenant.tenant, settings)?;
    let mut narrow = Narrow::of(&place.address, "attributes");
    let mut beside = on(&tables);
    for table in &mut tables {
        narrow.keep(&mut table.lines, AttributeLine::texts);
    }
    tables.retain(|table| !table.lines.is_empty());
    let shown = on(&tables);
    beside.retain(|path| !shown.contains(path));
    let page = AttributesPage {
        frame: place.framed("What to sync"),
        head: place.head(Tab::Attributes)?,
        jobs: open(place)?,
        narrow,
        tables,
        beside,
        with_groups: settings.groups,
        requires_all: settings.required == Required::Standard,
        wrong,
    };
    page_with(status, &page)
}

/// `POST …/attributes`: on to what the choice would change. An address with what is off is short and can be kept.
pub async fn choose(place: Place, fields: Fields) -> Result<Response, Trouble> {
    let settings = &place.shape.settings;
    let chosen: Vec<&str> = fields.all("on").collect();
    let mut off = Vec::new();
    let mut rows = Vec::new();
    for table in tables(place.app.store(), place.tenant.tenant, settings)? {
        for line in table.lines {
            if !line.is_locked && !chosen.contains(&line.path.as_str()) {
                off.push(line.path.clone());
            }
            rows.push(line.path);
        }
    }
    // Parts of attributes that were switched off otherwise have no row, and stay as they are.
    off.extend(settings.off.iter().filter(|path| !rows.contains(path)).cloned());
    let with_groups = fields.is_ticked("groups");
    let same = |one: &[String], other: &[String]| {
        one.len() == other.len() && one.iter().all(|path| other.contains(path))
    };
    if same(&off, &settings.off) && with_groups == settings.groups {
        return Ok(done(
            &place,
            &place.here("/attributes"),
            "Nothing was changed: it is what is synchronised already.",
        ));
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("act", "settings")
        .append_pair("version", &place.connection.version.to_string())
        .append_pair("groups", if with_groups { "true" } else { "false" })
        .append_pair("off", &off.join(","))
        .finish();
    Ok(to(&format!("{}?{query}", place.here("/what-if"))))
}

/// The paths of what is synchronised and could be switched off.
fn on(tables: &[AttributeTable]) -> Vec<String> {
    let lines = tables.iter().flat_map(|table| &table.lines);
    lines.filter(|line| line.is_on && !line.is_locked).map(|line| line.path.clone()).collect()
}

/// Every attribute that a connection with these settings can synchronise, as tables.
///
/// # Errors
/// The archive cannot be read.
pub fn tables(store: &Store, tenant: TenantId, settings: &Settings) -> Result<Vec<AttributeTable>, Trouble> {
    let known = store.read(|tx| extensions::of(tx, tenant))?;
    let build = |off: Vec<String>| {
        Definitions::build(&Synchronised { required: settings.required, off, extensions: known.clone() }).user
    };
    let every = build(Vec::new());
    let mut tables = vec![core_table(&every)];
    tables.extend(every.extensions.iter().map(|extension| {
        let urn = extension.schema.id.clone();
        let attributes = extension.schema.attributes.iter().filter(|attribute| is_written(attribute));
        AttributeTable {
            title: if urn == ENTERPRISE_USER {
                "Enterprise".to_owned()
            } else {
                extension.schema.name.clone()
            },
            lines: attributes.map(|attribute| line(&format!("{urn}:"), None, attribute)).collect(),
            urn: Some(urn),
        }
    }));
    let paths = tables.iter().flat_map(|table| &table.lines).map(|line| line.path.clone()).collect();
    // What is still there when everything is switched off cannot be.
    let least = build(paths);
    let present = build(settings.off.clone());
    for line in tables.iter_mut().flat_map(|table| &mut table.lines) {
        line.is_locked = least.resolve(&line.path).is_ok();
        line.is_on = present.resolve(&line.path).is_ok();
    }
    Ok(tables)
}

/// The core attributes: those first that the directory itself holds.
fn core_table(user: &ResourceDefinition) -> AttributeTable {
    let mut lines = Vec::new();
    for attribute in user.base.attributes.iter().filter(|attribute| is_written(attribute)) {
        // The parts of a name are chosen one by one; of everything else, the whole.
        if attribute.name == "name" {
            lines.extend(attribute.sub_attributes.iter().map(|sub| line("", Some(&attribute.name), sub)));
        } else {
            lines.push(line("", None, attribute));
        }
    }
    for line in &mut lines {
        if let Some((_, label)) = LABELS.iter().find(|(path, _)| *path == line.path) {
            (*label).clone_into(&mut line.label);
        }
    }
    let first = &LABELS[..FIRST];
    let place = |line: &AttributeLine| first.iter().position(|(path, _)| *path == line.path).unwrap_or(FIRST);
    lines.sort_by_key(place);
    AttributeTable { title: "User".to_owned(), urn: None, lines }
}

/// Whether an identity provider can write an attribute that is stored.
fn is_written(attribute: &Attribute) -> bool {
    attribute.mutability != Mutability::ReadOnly && !ResourceDefinition::is_secret(&attribute.name)
}

fn line(prefix: &str, within: Option<&str>, attribute: &Attribute) -> AttributeLine {
    let name = within.map_or_else(|| attribute.name.clone(), |within| format!("{within}.{}", attribute.name));
    AttributeLine {
        path: format!("{prefix}{name}"),
        label: words(&attribute.name),
        name,
        meaning: attribute.description.clone(),
        is_on: true,
        is_locked: false,
        is_required: attribute.required,
    }
}

/// The name of an attribute as words: `phoneNumbers` is `Phone numbers`.
fn words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if words.is_empty() {
            words.extend(letter.to_uppercase());
        } else if letter.is_ascii_uppercase() {
            words.push(' ');
            words.push(letter.to_ascii_lowercase());
        } else {
            words.push(letter);
        }
    }
    words
}
