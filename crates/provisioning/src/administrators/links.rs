//! Links that open one thing once: the first run, an invitation, a new password.
//!
//! Whoever makes one hands it over: no mail server is needed. A link opens for who has it, so it ends soon, and only its
//! digest is kept. Nobody gets one for a person who also acts where they have no say.

use super::{Known, Reach, Role, Wanted, check_name, has_operator, journal_of, known};
use crate::people::{self, Operator, time};
use crate::tokens::{DAY, compose_after, digest, is_formed_as};
use crate::{Error, passwords};
use serde_json::json;
use std::fmt;
use std::str::FromStr;
use store::administrators::{self, Administrator, Grant, INSTALLATION};
use store::tenants::Tenant;
use store::tickets::{self, Ticket};
use store::{Store, StoreError, Tx, identities, sessions};

const PREFIX: &str = "aiq_link_";

/// What a link opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Being the first operator.
    Setup,
    /// Choosing a first password.
    Invitation,
    /// Choosing another password.
    Reset,
}

impl Purpose {
    /// As it is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Invitation => "invitation",
            Self::Reset => "reset",
        }
    }

    /// How long such a link can be opened, in microseconds.
    pub fn lifetime(self) -> i64 {
        match self {
            Self::Setup | Self::Reset => DAY,
            Self::Invitation => 7 * DAY,
        }
    }
}

impl FromStr for Purpose {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let all = [Self::Setup, Self::Invitation, Self::Reset];
        let found = all.into_iter().find(|purpose| purpose.as_str() == text);
        found.ok_or_else(|| Error::invalid(format!("\"{text}\" is no purpose of a link.")))
    }
}

/// A link just made: the only time its secret is at hand.
#[derive(Clone)]
pub struct Link {
    /// What it opens.
    pub purpose: Purpose,
    /// Until when.
    pub expires_at: i64,
    secret: String,
}

impl Link {
    fn new(store: &Store, purpose: Purpose) -> Self {
        let expires_at = store.clock().now() + purpose.lifetime();
        Self { purpose, expires_at, secret: compose_after(PREFIX, store.ids().secret()) }
    }

    /// The address, to be shown once.
    pub fn address(&self, public_url: &str) -> String {
        format!("{public_url}/setup/{}", self.secret)
    }

    fn ticket(&self, administrator: Option<&str>, at: i64, by: &str) -> Ticket {
        Ticket {
            digest: digest(&self.secret),
            kind: self.purpose.as_str().into(),
            administrator: administrator.map(str::to_owned),
            created_at: at,
            created_by: by.to_owned(),
            expires_at: self.expires_at,
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Link").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

/// A link for the first run, in place of any before; none once an operator can sign in.
pub async fn setup(store: &Store) -> Result<Option<Link>, Error> {
    if store.read(has_operator)? {
        return Ok(None);
    }
    let link = Link::new(store, Purpose::Setup);
    let by = Operator { kind: "system", name: "setup".into(), call: None };
    let ticket = link.ticket(None, store.clock().now(), &by.name);
    let is_made = people::act(store, &by, INSTALLATION, move |act| {
        if has_operator(act.tx)? {
            return Ok(false);
        }
        tickets::delete_kind(act.tx, Purpose::Setup.as_str())?;
        let change = tickets::insert(act.tx, &ticket)?;
        let (summary, after) =
            ("A setup link was made".into(), json!({ "expiresAt": time(ticket.expires_at) }));
        act.record(change, "setup.link_created", ("setup", "link"), None, summary, None, Some(after));
        Ok(true)
    })
    .await?;
    Ok(is_made.then_some(link))
}

/// A person who was added, and the link to hand to them.
#[derive(Clone, Debug)]
pub struct Invited {
    /// The person.
    pub administrator: Administrator,
    /// The link; none for somebody who signs in already, or whose password is not the inviter's to decide.
    pub link: Option<Link>,
}

/// Adds a person to a tenant, or to the installation if no tenant is given.
///
/// # Errors
/// An address or a name that cannot be; a person who is there already; an operator of one tenant alone.
pub async fn invite(
    store: &Store,
    operator: &Operator,
    reach: Reach,
    tenant: Option<&Tenant>,
    wanted: Wanted,
) -> Result<Invited, Error> {
    let wanted = wanted.checked()?;
    if tenant.is_some() && wanted.role == Role::Operator {
        return Err(Error::invalid("An operator is of the installation, not of one tenant."));
    }
    let number = tenant.map_or(INSTALLATION, |tenant| tenant.tenant);
    let (role, fresh) = (wanted.role, wanted.row(store, &operator.name));
    let link = Link::new(store, Purpose::Invitation);
    let (offered, by) = (link.clone(), operator.name.clone());
    let (administrator, is_linked) = people::act(store, operator, number, move |act| {
        let there = administrators::by_email(act.tx, &fresh.email)?;
        let added = there.is_none().then(|| administrators::insert(act.tx, &fresh)).transpose()?;
        let person = there.unwrap_or_else(|| fresh.clone());
        let held = administrators::grants_of(act.tx, &person.id)?;
        if let Some(grant) = held.iter().find(|grant| grant.tenant == number) {
            return Err(Error::Conflict(format!("{} is {} here already.", person.email, grant.role)));
        }
        let grant = Grant { tenant: number, administrator: person.id.clone(), role: role.as_str().into() };
        let mut change = administrators::grant(act.tx, &grant)?;
        if let Some(added) = added {
            change = change.and(added);
        }
        let grants = administrators::grants_of(act.tx, &person.id)?;
        let has_joined =
            person.password.is_some() || !identities::of_administrator(act.tx, &person.id)?.is_empty();
        let can_accept = !has_joined && person.disabled_at.is_none();
        let is_linked = can_accept && reach.covers(&grants);
        if is_linked {
            tickets::delete_of(act.tx, &person.id)?;
            change = change.and(tickets::insert(act.tx, &offered.ticket(Some(&person.id), act.at, &by))?);
        }
        let after = json!({ "email": person.email, "name": person.name, "role": role.as_str() });
        let summary = format!("{} was added as {role}", person.name);
        act.record(
            change,
            "administrator.added",
            ("administrator", &person.id),
            None,
            summary,
            None,
            Some(after),
        );
        Ok((person, is_linked))
    })
    .await?;
    Ok(Invited { administrator, link: is_linked.then_some(link) })
}

/// Makes a link for a person, in place of any before: an invitation if they have not joined yet, else one to choose another
/// password.
///
/// # Errors
/// There is no such person; they cannot sign in, or also act where the one who asks has no say.
pub async fn renew(store: &Store, operator: &Operator, reach: Reach, id: &str) -> Result<Link, Error> {
    // Whoever has joined is asked for their second factor by a link to a new password, and was never by an invitation.
    let has_joined = store.read(|tx| known(tx, reach, id))?.has_joined();
    let purpose = if has_joined { Purpose::Reset } else { Purpose::Invitation };
    let link = Link::new(store, purpose);
    let (offered, by, id) = (link.clone(), operator.name.clone(), id.to_owned());
    people::act_first(store, operator, move |act| {
        let person = covered(act.tx, reach, &id)?;
        if person.administrator.disabled_at.is_some() {
            return Err(Error::Conflict(format!(
                "{} is disabled. Enable them first.",
                person.administrator.name
            )));
        }
        if person.has_joined() != has_joined {
            return Err(Error::Conflict(format!(
                "{} has just accepted an invitation. Load the page again.",
                person.administrator.name
            )));
        }
        tickets::delete_of(act.tx, &id)?;
        let change = tickets::insert(act.tx, &offered.ticket(Some(&id), act.at, &by))?;
        let name = &person.administrator.name;
        let summary = match purpose {
            Purpose::Reset => format!("A link to choose a new password was made for {name}"),
            _ => format!("{name} was invited again"),
        };
        let after = json!({ "expiresAt": time(offered.expires_at) });
        let subject = ("administrator", id.as_str());
        act.record(change, "administrator.link_created", subject, None, summary, None, Some(after));
        Ok((journal_of(&person.grants), ()))
    })
    .await?;
    Ok(link)
}

/// A person over whom the one who asks has the whole say.
pub(super) fn covered(tx: &mut Tx<'_>, reach: Reach, id: &str) -> Result<Known, Error> {
    let person = known(tx, reach, id)?;
    if !reach.covers(&person.grants) {
        return Err(Error::invalid(format!(
            "{} also acts outside this tenant, so only an operator can do this.",
            person.administrator.name
        )));
    }
    Ok(person)
}

/// What an opened link is good for.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What it opens.
    pub purpose: Purpose,
    /// For whom; none for the first run.
    pub administrator: Option<Administrator>,
    digest: String,
}

impl Opened {
    /// What is kept of the link.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }
}

/// What a link's secret opens now. Mistyped, used, expired and pointless are all alike: `None`.
pub fn open(tx: &mut Tx<'_>, secret: &str, now: i64) -> Result<Option<Opened>, StoreError> {
    if !is_formed_as(PREFIX, secret) {
        return Ok(None);
    }
    open_by_digest(tx, &digest(secret), now)
}

/// What the link of a digest opens now.
pub(crate) fn open_by_digest(tx: &mut Tx<'_>, digest: &str, now: i64) -> Result<Option<Opened>, StoreError> {
    let digest = digest.to_owned();
    let ticket = tickets::by_digest(tx, &digest)?.filter(|ticket| now < ticket.expires_at);
    let Some(ticket) = ticket else { return Ok(None) };
    let Ok(purpose) = ticket.kind.parse() else { return Ok(None) };
    if purpose == Purpose::Setup {
        let opened = Opened { purpose, administrator: None, digest };
        return Ok((!has_operator(tx)?).then_some(opened));
    }
    let Some(id) = ticket.administrator else { return Ok(None) };
    let person = administrators::by_id(tx, &id)?.filter(|person| person.disabled_at.is_none());
    Ok(person.map(|person| Opened { purpose, administrator: Some(person), digest }))
}

/// What a person says of themselves when they open a link.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Their address: for the first run alone, otherwise it is known.
    pub email: String,
    /// Their name; empty to leave it as it is.
    pub name: String,
}

impl Accepted {
    /// Refuses what cannot be, before anything costly is done.
    ///
    /// # Errors
    /// An address, a name or a password that cannot be.
    pub fn check(&self, opened: &Opened, password: &str) -> Result<(), Error> {
        match &opened.administrator {
            None => {
                super::check_email(self.email.trim())?;
                check_name(self.name.trim())?;
                passwords::check(password, self.email.trim())
            }
            Some(person) => {
                if !self.name.trim().is_empty() {
                    check_name(self.name.trim())?;
                }
                passwords::check(password, &person.email)
            }
        }
    }
}

/// Takes what a person chose who opened a link, once. `hash` is that of the password. `None` if it opens nothing any more.
///
/// # Errors
/// An address that is taken.
pub async fn accept(
    store: &Store,
    secret: &str,
    accepted: Accepted,
    hash: String,
) -> Result<Option<Administrator>, Error> {
    let Some(opened) = store.read(|tx| open(tx, secret, store.clock().now()))? else { return Ok(None) };
    let (email, name) = (accepted.email.trim().to_owned(), accepted.name.trim().to_owned());
    let by = Operator::signed_in(opened.administrator.as_ref().map_or(&email, |person| &person.email));
    let first = Wanted { email, name: name.clone(), role: Role::Operator }.row(store, "setup");
    let secret = secret.to_owned();
    let made = people::act_first(store, &by, move |act| {
        // Asked once more, where nothing can come between: a link opens once.
        let opened = open(act.tx, &secret, act.at)?.ok_or_else(no_longer)?;
        let (person, added) = match opened.administrator {
            Some(person) => (person, None),
            None => (first.clone(), Some(administrators::insert(act.tx, &first)?)),
        };
        let mut change = administrators::set_password(act.tx, &person.id, &hash)?;
        if !name.is_empty() && name != person.name {
            change = change.and(administrators::set_name(act.tx, &person.id, &name)?);
        }
        let called = if name.is_empty() { &person.name } else { &name };
        let (kind, summary) = match opened.purpose {
            Purpose::Setup => {
                ("administrator.added", format!("{called} was added as operator, by the setup link"))
            }
            Purpose::Invitation => ("administrator.joined", format!("{called} accepted the invitation")),
            Purpose::Reset => {
                ("administrator.password_changed", format!("{called} chose a new password by a link"))
            }
        };
        if let Some(added) = added {
            let role = Role::Operator.as_str().into();
            let grant = Grant { tenant: INSTALLATION, administrator: person.id.clone(), role };
            change = change.and(added).and(administrators::grant(act.tx, &grant)?);
        }
        tickets::delete(act.tx, &opened.digest)?;
        tickets::delete_of(act.tx, &person.id)?;
        change = change.and(sessions::delete_others(act.tx, &person.id, None)?);
        act.record(change, kind, ("administrator", &person.id), None, summary, None, None);
        let grants = administrators::grants_of(act.tx, &person.id)?;
        Ok((journal_of(&grants), person))
    })
    .await;
    match made {
        Err(Error::Store(error)) if error.is_constraint("administrators_email_key") => {
            Err(Error::invalid("Somebody has this address already. Choose another one."))
        }
        Err(Error::NotFound(_)) => Ok(None),
        other => other.map(Some),
    }
}

fn no_longer() -> Error {
    Error::NotFound("The link is no longer valid.".into())
}
