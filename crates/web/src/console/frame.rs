//! What stands around every page: navigation, tenant, theme, who is signed in, and how times are shown on it.

use super::assets::Assets;
use super::desk::{Desk, Visitor};
use super::show::{Count, Time};
use super::trouble::Trouble;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use provisioning::administrators::{self, Role};

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the person's system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// As it is kept in the cookie and marked in the page.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of a word; the system's for any other word.
    pub fn named(word: &str) -> Self {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.as_str() == word).unwrap_or_default()
    }
}

/// Which part of the navigation a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// What needs somebody.
    Overview,
    /// Connections.
    Provisioning,
    /// People.
    Users,
    /// The tree.
    Organizations,
    /// Roles.
    Roles,
    /// The journal.
    Events,
    /// Administrators, API keys, tenants.
    Settings,
    /// What is a person's own, or of nobody.
    Personal,
}

/// An entry of the navigation.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is called.
    pub name: &'static str,
    /// Where it leads.
    pub path: String,
    /// Whether the page belongs to it.
    pub is_here: bool,
    /// Whether it stands below the heading Identity.
    pub is_indented: bool,
}

/// A tenant to go to.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// Its overview.
    pub path: String,
}

/// What stands around a page.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The page's title.
    pub title: String,
    /// The theme.
    pub theme: Theme,
    /// The tenant; none on pages of no tenant.
    pub tenant: Option<Place>,
    /// The navigation.
    pub entries: Vec<Entry>,
    /// Who is signed in.
    pub name: String,
    /// With which address.
    pub email: String,
    /// As what they act here.
    pub role: Option<Role>,
    /// What every form sends along.
    pub csrf: String,
    /// What was done just before.
    pub notice: Option<String>,
    /// Path and query of the page, to come back to.
    pub address: String,
    /// Whether only the part that changed is asked for.
    pub is_part: bool,
    /// Whether what the page is about takes no change any more, whoever asks.
    pub is_closed: bool,
    /// The files that every page needs.
    pub assets: Assets,
    now: i64,
}

impl Frame {
    pub(super) fn of(visitor: &Visitor, desk: Option<&Desk>, section: Section, title: &str) -> Self {
        let person = &visitor.who.administrator;
        Self {
            title: title.to_owned(),
            theme: visitor.theme,
            tenant: desk.map(|desk| Place { name: desk.tenant.name.clone(), path: desk.path("") }),
            entries: desk.map(|desk| entries(desk, section)).unwrap_or_default(),
            name: person.name.clone(),
            email: person.email.clone(),
            role: desk.map_or_else(|| visitor.who.role_of_installation(), |desk| Some(desk.role)),
            csrf: visitor.who.session.csrf.clone(),
            notice: visitor.notice.clone(),
            address: visitor.address.clone(),
            is_part: visitor.is_part,
            is_closed: false,
            assets: Assets,
            now: visitor.now,
        }
    }

    /// An instant, as it is shown.
    pub fn time(&self, at: &i64) -> Time {
        Time { at: *at, now: self.now }
    }

    /// When the page was asked for.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// A number, its thousands apart.
    pub fn count(&self, number: &i64) -> Count {
        Count(*number)
    }

    /// Whether the person may change what is on the page.
    pub fn may_change(&self) -> bool {
        !self.is_closed && self.role.is_some_and(Role::may_change)
    }

    /// Whether the person runs the installation.
    pub fn is_operator(&self) -> bool {
        self.role == Some(administrators::Role::Operator)
    }
}

fn entries(desk: &Desk, section: Section) -> Vec<Entry> {
    let rows = [
        ("Overview", "", Section::Overview, false),
        ("Provisioning", "/provisioning", Section::Provisioning, true),
        ("Users", "/users", Section::Users, false),
        ("Organizations", "/organizations", Section::Organizations, false),
        ("Roles", "/roles", Section::Roles, false),
        ("Events", "/events", Section::Events, false),
        ("Settings", "/settings", Section::Settings, false),
    ];
    let entry = |(name, path, of, is_indented)| Entry {
        name,
        path: desk.path(path),
        is_here: of == section,
        is_indented,
    };
    rows.map(entry).into()
}

/// A filled template as an answer.
pub fn page(template: &impl Template) -> Result<Response, Trouble> {
    page_with(StatusCode::OK, template)
}

/// The same with another status, such as `422` for a form that is shown again.
pub fn page_with(status: StatusCode, template: &impl Template) -> Result<Response, Trouble> {
    match template.render() {
        Ok(text) => Ok((status, Html(text)).into_response()),
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            Err(Trouble::internal())
        }
    }
}
