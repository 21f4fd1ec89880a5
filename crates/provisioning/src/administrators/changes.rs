//! Changes to who may do what, and to how a person signs in.
//!
//! Whoever may do something else from now on, or can no longer sign in, is signed out everywhere.

use super::links::covered;
use super::{Known, Reach, Role, check_name, journal_of, known, operators};
use crate::Error;
use crate::people::{self, Act, Operator};
use serde_json::json;
use store::administrators::{self, Administrator, Grant, INSTALLATION};
use store::sessions::Session;
use store::tenants::Tenant;
use store::{Store, TenantId, Tx, second_factors, sessions, tickets};

/// Lets a person act as something else in a tenant, or in the installation if no tenant is given.
///
/// # Errors
/// They do not act there; an operator of one tenant alone; the last operator.
pub async fn set_role(
    store: &Store,
    operator: &Operator,
    tenant: Option<&Tenant>,
    id: &str,
    role: Role,
) -> Result<(), Error> {
    if tenant.is_some() && role == Role::Operator {
        return Err(Error::invalid("An operator is of the installation, not of one tenant."));
    }
    let (number, id) = (tenant.map_or(INSTALLATION, |tenant| tenant.tenant), id.to_owned());
    people::act(store, operator, number, move |act| {
        let (person, old) = granted(act, number, &id)?;
        if old == role.as_str() {
            return Ok(());
        }
        if old == Role::Operator.as_str() {
            check_not_last(act.tx, &person.administrator)?;
        }
        let grant = Grant { tenant: number, administrator: id.clone(), role: role.as_str().into() };
        let change = administrators::grant(act.tx, &grant)?;
        let change = change.and(sessions::delete_others(act.tx, &id, None)?);
        let summary = format!("{} is {role} instead of {old}", person.administrator.name);
        let (before, after) = (json!({ "role": old }), json!({ "role": role.as_str() }));
        let subject = ("administrator", id.as_str());
        act.record(change, "administrator.role_changed", subject, None, summary, Some(before), Some(after));
        Ok(())
    })
    .await
}

/// Takes away what a person may do in a tenant, or in the installation if no tenant is given.
///
/// # Errors
/// They do not act there; the last operator.
pub async fn withdraw(
    store: &Store,
    operator: &Operator,
    tenant: Option<&Tenant>,
    id: &str,
) -> Result<(), Error> {
    let (number, id) = (tenant.map_or(INSTALLATION, |tenant| tenant.tenant), id.to_owned());
    people::act(store, operator, number, move |act| {
        let (person, role) = granted(act, number, &id)?;
        if role == Role::Operator.as_str() {
            check_not_last(act.tx, &person.administrator)?;
        }
        let change = administrators::withdraw(act.tx, number, &id)?;
        let change = change.and(sessions::delete_others(act.tx, &id, None)?);
        let summary = format!("{} is no longer {role}", person.administrator.name);
        let subject = ("administrator", id.as_str());
        act.record(
            change,
            "administrator.removed",
            subject,
            None,
            summary,
            Some(json!({ "role": role })),
            None,
        );
        Ok(())
    })
    .await
}

/// A person who acts in a tenant, and as what.
fn granted(act: &mut Act<'_, '_>, tenant: TenantId, id: &str) -> Result<(Known, String), Error> {
    let person = known(act.tx, Reach::Installation, id)?;
    let role = person.grants.iter().find(|grant| grant.tenant == tenant).map(|grant| grant.role.clone());
    match role {
        Some(role) => Ok((person, role)),
        None => Err(super::unknown(id)),
    }
}

/// Refuses what would leave nobody who can run the installation.
fn check_not_last(tx: &mut Tx<'_>, person: &Administrator) -> Result<(), Error> {
    let operators = operators(tx)?;
    if operators.len() == 1 && operators.iter().all(|other| other.id == person.id) {
        return Err(Error::Conflict(format!(
            "{} is the last operator who can sign in. Make somebody else an operator first.",
            person.name
        )));
    }
    Ok(())
}

/// Lets a person sign in no more, or again.
///
/// # Errors
/// There is no such person, or one over whom the one who asks has no say; the last operator.
pub async fn set_disabled(
    store: &Store,
    operator: &Operator,
    reach: Reach,
    id: &str,
    is_disabled: bool,
) -> Result<(), Error> {
    let id = id.to_owned();
    people::act_first(store, operator, move |act| {
        let Known { administrator: person, grants, .. } = covered(act.tx, reach, &id)?;
        let journal = journal_of(&grants);
        if person.disabled_at.is_some() == is_disabled {
            return Ok((journal, ()));
        }
        if is_disabled {
            check_not_last(act.tx, &person)?;
        }
        let mut change = administrators::set_disabled(act.tx, &id, is_disabled.then_some(act.at))?;
        if is_disabled {
            tickets::delete_of(act.tx, &id)?;
            change = change.and(sessions::delete_others(act.tx, &id, None)?);
        }
        let (kind, word) = if is_disabled {
            ("administrator.disabled", "can no longer sign in")
        } else {
            ("administrator.enabled", "can sign in again")
        };
        let summary = format!("{} {word}", person.name);
        act.record(change, kind, ("administrator", &id), None, summary, None, None);
        Ok((journal, ()))
    })
    .await
}

/// Takes a person's second factor away: they lost it.
///
/// # Errors
/// There is no such person, or one over whom the one who asks has no say; they have none.
pub async fn remove_second_factor(
    store: &Store,
    operator: &Operator,
    reach: Reach,
    id: &str,
) -> Result<(), Error> {
    let id = id.to_owned();
    people::act_first(store, operator, move |act| {
        let person = covered(act.tx, reach, &id)?;
        if !person.has_second_factor {
            return Err(Error::invalid(format!("{} has no second factor.", person.administrator.name)));
        }
        let change = second_factors::delete(act.tx, &id)?;
        let change = change.and(sessions::delete_others(act.tx, &id, None)?);
        let summary = format!("The second factor of {} was removed", person.administrator.name);
        let subject = ("administrator", id.as_str());
        act.record(change, "administrator.second_factor_removed", subject, None, summary, None, None);
        Ok((journal_of(&person.grants), ()))
    })
    .await
}

/// Signs a person out everywhere.
///
/// # Errors
/// There is no such person, or one over whom the one who asks has no say.
pub async fn sign_out(store: &Store, operator: &Operator, reach: Reach, id: &str) -> Result<(), Error> {
    let id = id.to_owned();
    people::act_first(store, operator, move |act| {
        let person = covered(act.tx, reach, &id)?;
        let change = sessions::delete_others(act.tx, &id, None)?;
        let summary = format!("{} was signed out everywhere", person.administrator.name);
        let subject = ("administrator", id.as_str());
        act.record(change, "administrator.signed_out", subject, None, summary, None, None);
        Ok((journal_of(&person.grants), ()))
    })
    .await
}

/// Gives oneself another name.
///
/// # Errors
/// A name that cannot be.
pub async fn rename(store: &Store, person: &Administrator, name: &str) -> Result<(), Error> {
    let (id, name) = (person.id.clone(), name.trim().to_owned());
    check_name(&name)?;
    people::act_first(store, &Operator::signed_in(&person.email), move |act| {
        let Known { administrator: person, grants, .. } = known(act.tx, Reach::Installation, &id)?;
        let journal = journal_of(&grants);
        if person.name != name {
            let change = administrators::set_name(act.tx, &id, &name)?;
            let summary = format!("{} is called {name} now", person.name);
            let (before, after) = (json!({ "name": person.name }), json!({ "name": name }));
            let subject = ("administrator", id.as_str());
            act.record(change, "administrator.renamed", subject, None, summary, Some(before), Some(after));
        }
        Ok((journal, ()))
    })
    .await
}

/// Sets one's own password, whose present one was shown to be known, and signs oneself out everywhere else.
pub async fn set_password(
    store: &Store,
    person: &Administrator,
    session: &Session,
    hash: String,
) -> Result<(), Error> {
    let (id, kept) = (person.id.clone(), session.digest.clone());
    people::act_first(store, &Operator::signed_in(&person.email), move |act| {
        let Known { administrator: person, grants, .. } = known(act.tx, Reach::Installation, &id)?;
        let change = administrators::set_password(act.tx, &id, &hash)?;
        tickets::delete_of(act.tx, &id)?;
        let change = change.and(sessions::delete_others(act.tx, &id, Some(&kept))?);
        let summary = format!("{} chose a new password", person.name);
        let subject = ("administrator", id.as_str());
        act.record(change, "administrator.password_changed", subject, None, summary, None, None);
        Ok((journal_of(&grants), ()))
    })
    .await
}
