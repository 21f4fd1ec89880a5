//! What needs somebody: tokens that end, requests that fail, providers that are silent, groups and people that are not
//! as they should be.

use super::head::{path_of, state};
use crate::console::desk::Desk;
use crate::console::show::{Count, State, distance};
use crate::console::trouble::Trouble;
use ::scim::Provider;
use provisioning::contact::{Contact, Standing};
use provisioning::tokens::DAY;
use provisioning::{Error, ending};
use store::connections::Connection;
use store::links::{Link, LinkState};
use store::tokens::Token;
use store::{Tx, activity, jobs, links, tokens};

/// How long before its end a token is spoken of.
const SOON: i64 = 30 * DAY;
/// How long a provider may be silent. Most look in every hour, or every day.
const SILENCE: i64 = 7 * DAY;
/// How many groups that stand for nothing are counted.
const GROUPS: i64 = 1000;

/// Something that needs somebody.
#[derive(Clone, Debug)]
pub struct Need {
    /// How urgent it is.
    pub state: State,
    /// What it is.
    pub what: String,
    /// Where something can be done about it.
    pub path: String,
    /// What can be done.
    pub action: &'static str,
}

/// What needs somebody of one connection, the most urgent first.
pub fn of_connection(tx: &mut Tx<'_>, desk: &Desk, connection: &Connection) -> Result<Vec<Need>, Error> {
    let path = path_of(desk, connection);
    if connection.ending.is_some() {
        return of_ended(tx, connection, &path);
    }
    let mut needs = Vec::new();
    let at = |below: &str| format!("{path}{below}");
    let contact = Contact::of(tx, connection.scope, desk.now)?;
    needs.extend(of_contact(connection, &contact, desk.now, &path));
    needs.extend(of_tokens(
        &tokens::of_connection(tx, connection.scope)?,
        connection,
        desk.now,
        &at("/tokens"),
    ));
    let groups = activity::unmapped(tx, connection.scope, GROUPS)?.len();
    let groups = i64::try_from(groups).unwrap_or(GROUPS);
    if groups > 0 {
        let what = match groups {
            1 => "1 group stands for no organization".to_owned(),
            GROUPS => format!("{} groups or more stand for no organization", Count(groups)),
            _ => format!("{} groups stand for no organization", Count(groups)),
        };
        needs.push(Need { state: attention(), what, path: at("/mappings"), action: "Map them" });
    }
    let incomplete = activity::incomplete(tx, connection.scope)?;
    if incomplete > 0 {
        let what = match incomplete {
            1 => "1 person lacks an e-mail address or a name".to_owned(),
            _ => format!("{} people lack an e-mail address or a name", Count(incomplete)),
        };
        needs.push(Need { state: attention(), what, path: at("/users"), action: "See who" });
    }
    needs.extend(of_links(tx, desk, connection)?);
    if !jobs::open_of_connection(tx, connection.scope)?.is_empty() {
        let what = "A change of its settings is being carried out".to_owned();
        needs.push(Need {
            state: State::Quiet("Under way"),
            what,
            path: at("/settings"),
            action: "See how far",
        });
    }
    needs.sort_by_key(|need| rank(need.state));
    Ok(needs)
}

/// What needs somebody in a tenant, with the connection's name before each.
pub fn of_tenant(tx: &mut Tx<'_>, desk: &Desk, connections: &[Connection]) -> Result<Vec<Need>, Error> {
    let mut needs = Vec::new();
    for connection in connections {
        let named = of_connection(tx, desk, connection)?.into_iter();
        needs.extend(named.map(|need| Need { what: format!("{}: {}", connection.name, need.what), ..need }));
    }
    needs.sort_by_key(|need| rank(need.state));
    Ok(needs)
}

/// One that was ended needs nobody, unless its end could not be carried out.
fn of_ended(tx: &mut Tx<'_>, connection: &Connection, path: &str) -> Result<Vec<Need>, Error> {
    let need = |state, what: &str, action| Need {
        state,
        what: what.to_owned(),
        path: format!("{path}/end"),
        action,
    };
    if !jobs::open_of_connection(tx, connection.scope)?.is_empty() {
        return Ok(vec![need(State::Quiet("Under way"), "Its end is being carried out", "See how far")]);
    }
    if ending::is_left_undone(tx, connection)? {
        let what = "It was ended, and that was not carried out for everybody";
        return Ok(vec![need(wrong(), what, "Carry it out")]);
    }
    Ok(Vec::new())
}

fn attention() -> State {
    State::Attention("Attention")
}

fn wrong() -> State {
    State::Wrong("Wrong")
}

fn rank(state: State) -> u8 {
    match state {
        State::Wrong(_) => 0,
        State::Attention(_) => 1,
        State::Good(_) | State::Quiet(_) => 2,
    }
}

/// People by hand whom the provider sends, and who are too mighty to be linked without somebody's word.
fn of_links(tx: &mut Tx<'_>, desk: &Desk, connection: &Connection) -> Result<Option<Need>, Error> {
    let all = links::page(tx, connection.scope.tenant, "", i64::MAX)?;
    let waits =
        |link: &&Link| link.connection == connection.scope.connection && link.state == LinkState::Pending;
    let what = match all.iter().filter(waits).count() {
        0 => return Ok(None),
        1 => "1 person waits to be linked: an Owner decides".to_owned(),
        number => format!("{number} people wait to be linked: an Owner decides"),
    };
    Ok(Some(Need { state: attention(), what, path: desk.path("/provisioning/links"), action: "Decide" }))
}

fn of_contact(connection: &Connection, contact: &Contact, now: i64, path: &str) -> Option<Need> {
    let label = connection.provider.parse::<Provider>().unwrap_or_default().label();
    let Some(heard) = contact.heard else {
        let old = now - connection.created_at > DAY;
        let what = if old {
            format!("{label} has not reached it since it was made {}", distance(now - connection.created_at))
        } else {
            format!("{label} has not reached it yet")
        };
        let state = if old { attention() } else { State::Quiet("Waiting") };
        return Some(Need {
            state,
            what,
            path: format!("{path}/setup?step=test"),
            action: "Test the connection",
        });
    };
    if contact.failures > 0 {
        let what = match contact.failures {
            1 => "1 request failed within a day".to_owned(),
            _ => format!("{} requests failed within a day", Count(contact.failures)),
        };
        let state = if contact.standing() == Standing::Failing { wrong() } else { attention() };
        return Some(Need {
            state,
            what,
            path: format!("{path}/activity?outcome=failed"),
            action: "See what failed",
        });
    }
    if now - heard.at > SILENCE {
        let what = format!("{label} was last heard of {}", distance(now - heard.at));
        return Some(Need {
            state: attention(),
            what,
            path: format!("{path}/activity"),
            action: "See the activity",
        });
    }
    None
}

fn of_tokens(tokens: &[Token], connection: &Connection, now: i64, path: &str) -> Vec<Need> {
    // A client's tokens come and go by themselves, and Entra ID brings its own.
    let by_hand = || tokens.iter().filter(|token| token.client_id.is_none() && token.revoked_at.is_none());
    let is_over = |token: &&Token| token.expires_at.is_some_and(|end| end <= now);
    let need = |state, what| Need { state, what, path: path.to_owned(), action: "Rotate token" };
    let has_other_way = tokens.iter().any(|token| token.client_id.is_some())
        || provisioning::connections::settings(connection)
            .is_ok_and(|settings| settings.entra.tenant.is_some());
    if by_hand().all(|token| is_over(&token)) && !has_other_way {
        let what = "No token opens it any more".to_owned();
        return vec![Need { action: "Make a token", ..need(wrong(), what) }];
    }
    let ending = by_hand().filter(|token| !is_over(token));
    let soon =
        ending.filter_map(|token| token.expires_at.filter(|end| end - now < SOON).map(|end| (token, end)));
    soon.map(|(token, end)| {
        need(attention(), format!("Token \u{201c}{}\u{201d} expires {}", token.name, distance(now - end)))
    })
    .collect()
}

/// A connection, in a line.
#[derive(Clone, Debug)]
pub struct ConnectionLine {
    /// Its name.
    pub name: String,
    /// Its overview.
    pub path: String,
    /// The provider.
    pub provider: &'static str,
    /// How it stands.
    pub state: State,
    /// When the provider was last heard of.
    pub last_contact: Option<i64>,
    /// How many users it has.
    pub users: i64,
    /// How many groups.
    pub groups: i64,
}

impl ConnectionLine {
    /// The line of a connection.
    pub fn of(tx: &mut Tx<'_>, desk: &Desk, connection: &Connection) -> Result<Self, Error> {
        let contact = Contact::of(tx, connection.scope, desk.now)?;
        Ok(Self {
            name: connection.name.clone(),
            path: path_of(desk, connection),
            provider: connection.provider.parse::<Provider>().unwrap_or_default().label(),
            state: state(connection, &contact),
            last_contact: contact.heard.map(|heard| heard.at),
            users: store::mirror_users::count(tx, connection.scope)?,
            groups: store::mirror_groups::count(tx, connection.scope)?,
        })
    }
}

/// The lines of a tenant's connections.
pub async fn lines(desk: &Desk, connections: Vec<Connection>) -> Result<Vec<ConnectionLine>, Trouble> {
    let own = desk.clone();
    let read = move |tx: &mut Tx<'_>| {
        connections
            .iter()
            .map(|connection| ConnectionLine::of(tx, &own, connection))
            .collect::<Result<_, Error>>()
    };
    Ok(desk.app.store().read_long_of(desk.tenant.tenant, read).await?)
}
