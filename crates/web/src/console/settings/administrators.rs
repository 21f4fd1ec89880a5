//! Who may act here, and inviting somebody.

use super::office::{Office, Tab};
use crate::console::form::Fields;
use crate::console::frame::{Frame, Theme, page, page_with};
use crate::console::narrow::Narrow;
use crate::console::show::State;
use crate::console::trouble::Trouble;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::Error;
use provisioning::administrators::{self, Known, Role, Wanted, links};
use store::administrators::{Grant, INSTALLATION};
use store::{StoreError, Tx, tenants};

/// A person, in a line.
pub struct Line {
    path: String,
    name: String,
    email: String,
    role: String,
    state: State,
    has_second_factor: bool,
    last_signed_in_at: Option<i64>,
}

impl Line {
    /// What the line shows.
    fn texts(&self) -> Vec<&str> {
        vec![&self.name, &self.email, &self.role, self.state.word()]
    }
}

#[derive(Template)]
#[template(path = "settings/administrators.html")]
struct ListPage {
    frame: Frame,
    tabs: Vec<Tab>,
    narrow: Narrow,
    people: Vec<Line>,
    new: String,
    is_installation: bool,
}

/// How a person stands.
pub fn state(known: &Known) -> State {
    match (known.administrator.disabled_at, known.has_joined()) {
        (Some(_), _) => State::Quiet("disabled"),
        (None, false) => State::Attention("invited"),
        (None, true) => State::Good("active"),
    }
}

/// What somebody may do everywhere: `operator`, `auditor of acme`.
pub fn everywhere(tx: &mut Tx<'_>, grants: &[Grant]) -> Result<String, StoreError> {
    let mut words = Vec::new();
    for grant in grants {
        if grant.tenant == INSTALLATION {
            words.push(grant.role.clone());
        } else if let Some(tenant) = tenants::by_id(tx, grant.tenant)? {
            words.push(format!("{} of {}", grant.role, tenant.name));
        }
    }
    Ok(if words.is_empty() { "nothing".into() } else { words.join(", ") })
}

/// `GET …/administrators`.
pub async fn list(office: Office) -> Result<Response, Trouble> {
    let number = office.number();
    let mut people = office.app.store().read(|tx| {
        let known = match office.tenant() {
            Some(_) => administrators::of_tenant(tx, number)?,
            None => administrators::all(tx)?,
        };
        let line = |known: Known| {
            let role = match office.tenant() {
                Some(_) => {
                    known.grants.iter().find(|grant| grant.tenant == number).map(|grant| grant.role.clone())
                }
                None => Some(everywhere(tx, &known.grants)?),
            };
            Ok(Line {
                path: office.path(&format!("/administrators/{}", known.administrator.id)),
                state: state(&known),
                role: role.unwrap_or_default(),
                has_second_factor: known.has_second_factor,
                last_signed_in_at: known.administrator.last_signed_in_at,
                name: known.administrator.name,
                email: known.administrator.email,
            })
        };
        known.into_iter().map(line).collect::<Result<Vec<_>, StoreError>>()
    })?;
    let mut narrow = Narrow::of(&office.address, "administrators");
    narrow.keep(&mut people, Line::texts);
    page(&ListPage {
        frame: office.frame("Administrators"),
        tabs: office.tabs("Administrators"),
        narrow,
        people,
        new: office.path("/administrators/new"),
        is_installation: office.tenant().is_none(),
    })
}

#[derive(Template)]
#[template(path = "settings/invite.html")]
struct InvitePage {
    frame: Frame,
    back: String,
    called: String,
    roles: &'static [Role],
    email: String,
    name: String,
    role: String,
    wrong: Option<String>,
}

fn invite_page(office: &Office, fields: &Fields, wrong: Option<String>) -> Result<Response, Trouble> {
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = InvitePage {
        frame: office.frame("Invite an administrator"),
        back: office.path("/administrators"),
        called: office.called(),
        roles: office.roles(),
        email: fields.text("email").to_owned(),
        name: fields.text("name").to_owned(),
        role: fields.optional("role").unwrap_or(Role::Administrator.as_str()).to_owned(),
        wrong,
    };
    page_with(status, &page)
}

/// `GET …/administrators/new`.
pub async fn form(office: Office) -> Result<Response, Trouble> {
    if !office.frame("").may_change() {
        return Err(Trouble::forbidden("An auditor invites nobody. Ask an administrator."));
    }
    invite_page(&office, &Fields::default(), None)
}

#[derive(Template)]
#[template(path = "settings/link.html")]
pub struct LinkPage {
    pub frame: Frame,
    pub back: String,
    pub name: String,
    pub is_reset: bool,
    pub address: Option<String>,
    pub expires_at: i64,
}

/// `POST …/administrators`: invites somebody, and shows the link once.
pub async fn invite(office: Office, fields: Fields) -> Result<Response, Trouble> {
    let role: Role = match fields.text("role").parse() {
        Ok(role) => role,
        Err(error) => return invite_page(&office, &fields, Some(Error::to_string(&error))),
    };
    let wanted = Wanted { email: fields.text("email").into(), name: fields.text("name").into(), role };
    let (store, by) = (office.app.store(), office.operator());
    let invited = match links::invite(store, &by, office.reach(), office.tenant(), wanted).await {
        Ok(invited) => invited,
        Err(Error::Invalid(words) | Error::Conflict(words)) => {
            return invite_page(&office, &fields, Some(words));
        }
        Err(error) => return Err(error.into()),
    };
    page(&LinkPage {
        frame: office.frame("Invited"),
        back: office.path("/administrators"),
        name: invited.administrator.name,
        is_reset: false,
        expires_at: invited.link.as_ref().map_or(office.now, |link| link.expires_at),
        address: invited.link.map(|link| link.address(office.app.public_url())),
    })
}
