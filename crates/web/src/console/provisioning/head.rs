//! What stands on top of every page of a connection: its name, how it stands, when its provider was last heard of, and
//! the tabs. A page extends `provisioning/connection-frame.html` and has a `frame` and a `head`.

use crate::console::desk::Desk;
use crate::console::frame::{Frame, Section};
use crate::console::show::State;
use crate::console::trouble::Trouble;
use ::scim::Provider;
use provisioning::contact::{Contact, Standing};
use store::connections::{self, Connection, Way};

/// A page of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// How it goes.
    Overview,
    /// Every request.
    Activity,
    /// Which attributes are synchronised.
    Attributes,
    /// What groups stand for.
    Mappings,
    /// Its users.
    Users,
    /// Its groups.
    Groups,
    /// Its credentials.
    Tokens,
    /// How it is set up.
    Settings,
}

/// The tabs, with their names and paths below the connection's.
const TABS: [(Tab, &str, &str); 8] = [
    (Tab::Overview, "Overview", ""),
    (Tab::Activity, "Activity", "/activity"),
    (Tab::Attributes, "What to sync", "/attributes"),
    (Tab::Mappings, "Mappings", "/mappings"),
    (Tab::Users, "Users", "/users"),
    (Tab::Groups, "Groups", "/groups"),
    (Tab::Tokens, "Tokens", "/tokens"),
    (Tab::Settings, "Settings", "/settings"),
];

/// A tab to go to.
#[derive(Clone, Debug)]
pub struct TabLink {
    /// What it is called.
    pub name: &'static str,
    /// Where it leads.
    pub path: String,
    /// Whether the page is it.
    pub is_here: bool,
}

/// What stands on top of a page of a connection.
#[derive(Clone, Debug)]
pub struct ConnectionHead {
    /// The connection's name.
    pub name: String,
    /// The provider's name.
    pub provider_label: &'static str,
    /// The connection's overview; its other pages are below.
    pub path: String,
    /// The list of connections.
    pub list: String,
    /// How it stands.
    pub state: State,
    /// When the provider was last heard of.
    pub last_contact: Option<i64>,
    /// The tabs.
    pub tabs: Vec<TabLink>,
    /// Since when it takes no requests any more, and what became of what it gave.
    pub ended: Option<(i64, &'static str)>,
}

impl ConnectionHead {
    /// The head of a connection's page.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub fn of(desk: &Desk, connection: &Connection, here: Tab) -> Result<Self, Trouble> {
        let contact = desk.app.store().read(|tx| Contact::of(tx, connection.scope, desk.now))?;
        let path = path_of(desk, connection);
        let link =
            |(tab, name, below)| TabLink { name, path: format!("{path}{below}"), is_here: tab == here };
        let provider: Provider = connection.provider.parse().unwrap_or_default();
        Ok(Self {
            name: connection.name.clone(),
            provider_label: provider.label(),
            list: desk.path("/provisioning"),
            state: state(connection, &contact),
            last_contact: contact.heard.map(|heard| heard.at),
            tabs: TABS.map(link).into(),
            ended: connection.ending.map(|ending| (ending.at, becomes(ending.way))),
            path,
        })
    }
}

/// What becomes of what a connection gave that ended.
fn becomes(way: Way) -> &'static str {
    match way {
        Way::Finalise => "What it gave stays with people, by hand.",
        Way::Terminate => "What it alone gave ends with it.",
    }
}

/// What stands around a page of a connection. One that was ended takes no change any more.
pub fn framed(desk: &Desk, connection: &Connection, title: &str) -> Frame {
    let mut frame = desk.frame(Section::Provisioning, title);
    frame.is_closed = connection.ending.is_some();
    frame
}

/// How a connection stands.
pub fn state(connection: &Connection, contact: &Contact) -> State {
    if connection.ending.is_some() { State::Quiet("Ended") } else { shown(contact.standing()) }
}

/// How a connection is heard of, as it is shown.
pub fn shown(standing: Standing) -> State {
    match standing {
        Standing::Waiting => State::Quiet("Waiting"),
        Standing::Receiving => State::Good("Receiving"),
        Standing::Failures => State::Attention("Errors"),
        Standing::Failing => State::Wrong("Errors"),
    }
}

/// The path of a connection's overview.
pub fn path_of(desk: &Desk, connection: &Connection) -> String {
    desk.path(&format!("/provisioning/{}", connection.id))
}

/// The connection of an id, if it is one of the tenant's.
///
/// # Errors
/// It is another tenant's, or there is none: both alike.
pub fn find(desk: &Desk, id: &str) -> Result<Connection, Trouble> {
    let found = desk.app.store().read(|tx| connections::by_id(tx, id))?;
    found.filter(|found| found.scope.tenant == desk.tenant.tenant).ok_or_else(Trouble::not_found)
}
