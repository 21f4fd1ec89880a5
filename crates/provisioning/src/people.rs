//! Acts of people: what an operator does by command or console, each with its event, in one transaction.

use crate::calls::{self, Call};
use crate::policy::Policy;
use crate::policy::attributes::Profile;
use crate::tenants::OWNER;
use crate::unit::Work;
use crate::{Error, access, directory, find, keys};
use serde_json::Value;
use store::events::{Journal, NewEvent, Origin, Subject, Unrecorded};
use store::ids::Ids;
use store::keys::NO_TENANT;
use store::memberships::{self, Membership, Reason};
use store::tenants::Tenant;
use store::{Scope, Store, StoreError, TenantId, Tx};

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// What the journal calls the kind of actor: `operator`, `key`, `administrator`, or `system` for nobody.
    pub kind: &'static str,
    /// The name the journal keeps.
    pub name: String,
    /// The request of an API key that the act is asked for by.
    pub call: Option<Call>,
}

impl Operator {
    /// A person at the command line.
    pub fn named(name: impl Into<String>) -> Self {
        Self { kind: "operator", name: name.into(), call: None }
    }

    /// A person who is signed in at the console, by their address: whoever may change the tenant that the console let
    /// them act in.
    pub fn signed_in(email: impl Into<String>) -> Self {
        Self { kind: "administrator", name: email.into(), call: None }
    }

    /// Whether this is a person, or a person's key, who acts for a tenant as its Owners may.
    pub fn acts_for(&self, tenant: TenantId) -> bool {
        match &self.call {
            Some(call) => call.key_tenant == tenant || self.is_beyond_tenants(),
            None => self.kind == "administrator" || self.is_beyond_tenants(),
        }
    }

    /// Whether this is an operator of the installation.
    pub fn is_beyond_tenants(&self) -> bool {
        match &self.call {
            Some(call) => call.key_tenant == NO_TENANT,
            None => self.kind == "operator",
        }
    }
}

/// The changes of one act while they are made.
pub struct Act<'u, 'c> {
    /// The transaction.
    pub tx: &'u mut Tx<'c>,
    /// When.
    pub at: i64,
    /// Who acts.
    pub operator: &'u Operator,
    ids: &'u Ids,
    journal: Journal,
}

impl<'c> Act<'_, 'c> {
    /// A new id.
    pub fn new_id(&self) -> String {
        self.ids.next()
    }

    /// The part of the act that the rules of the directory see, about one connection.
    pub fn work<'w>(&'w mut self, scope: Scope, policy: &'w Policy) -> Work<'w, 'c> {
        let (at, ids) = (self.at, self.ids);
        Work { tx: self.tx, scope, policy, at, request_id: None, ids, journal: &mut self.journal }
    }

    /// Takes a change and the event that tells of it.
    #[expect(
        clippy::too_many_arguments,
        reason = "an event has this many parts, and one caller names them all"
    )]
    pub fn record(
        &mut self,
        change: Unrecorded,
        kind: &'static str,
        subject: (&'static str, &str),
        scope: Option<Scope>,
        summary: String,
        before: Option<Value>,
        after: Option<Value>,
    ) {
        let subject = Subject { kind: subject.0, id: subject.1.to_owned() };
        let connection = scope.map(|scope| scope.connection);
        self.journal.record(change, NewEvent { kind, subject, connection, summary, before, after });
    }
}

/// Carries out an act within a tenant.
pub async fn act<T: Send + 'static>(
    store: &Store,
    operator: &Operator,
    tenant: TenantId,
    work: impl Fn(&mut Act<'_, '_>) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (ids, operator, at) = (store.ids().clone(), operator.clone(), store.clock().now());
    store
        .write_of(tenant, move |tx| {
            stand(tx, &operator, at)?;
            let mut act = Act { tx, at, operator: &operator, ids: &ids, journal: Journal::default() };
            let result = work(&mut act)?;
            let Act { tx, journal, .. } = act;
            finish(tx, journal, tenant, &operator, at)?;
            Ok(result)
        })
        .await
}

/// Carries out an act whose tenant is known only within: one that makes a tenant, or is about a person whose journal
/// depends on what they may do.
pub(crate) async fn act_first<T: Send + 'static>(
    store: &Store,
    operator: &Operator,
    work: impl Fn(&mut Act<'_, '_>) -> Result<(TenantId, T), Error> + Send + 'static,
) -> Result<T, Error> {
    let (ids, operator, at) = (store.ids().clone(), operator.clone(), store.clock().now());
    store
        .write(move |tx| {
            stand(tx, &operator, at)?;
            let mut act = Act { tx, at, operator: &operator, ids: &ids, journal: Journal::default() };
            let (tenant, result) = work(&mut act)?;
            let Act { tx, journal, .. } = act;
            finish(tx, journal, tenant, &operator, at)?;
            Ok(result)
        })
        .await
}

/// Asks once more, where nothing can come between, whether the key of a call still opens, and marks the call.
fn stand(tx: &mut Tx<'_>, operator: &Operator, at: i64) -> Result<(), Error> {
    let Some(call) = &operator.call else { return Ok(()) };
    keys::check_standing(tx, call.key_tenant, &operator.name, at)?;
    calls::carry(tx, call, &operator.name)
}

fn finish(
    tx: &mut Tx<'_>,
    journal: Journal,
    tenant: TenantId,
    operator: &Operator,
    at: i64,
) -> Result<(), StoreError> {
    let origin = Origin {
        actor_kind: operator.kind,
        actor_id: Some(operator.name.clone()),
        request_id: operator.call.as_ref().map(|call| call.request_id.clone()),
        at,
    };
    journal.flush(tx, tenant, &origin)
}

/// An instant as RFC 3339 text, in UTC.
pub fn time(micros: i64) -> String {
    scim::resource::date_time(micros)
}

/// A role to be given or taken by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hand {
    /// The username or the user's id.
    pub user: String,
    /// The role's name or id.
    pub role: String,
    /// The organization's name, slug or id; the tenant's root if none is given.
    pub organization: Option<String>,
    /// Whether the role holds in every organization below as well.
    pub inherit: bool,
}

/// Gives or takes a role by hand; returns what happened as a sentence.
///
/// # Errors
/// No such user, role or organization; a role that was not given by hand; the last Owner's.
pub async fn by_hand(
    store: &Store,
    operator: &Operator,
    tenant: &Tenant,
    hand: Hand,
    give: bool,
) -> Result<String, Error> {
    let tenant = tenant.clone();
    act(store, operator, tenant.tenant, move |act| {
        let number = tenant.tenant;
        let user = access::find_living(act.tx, number, &hand.user)?;
        let role = find::role(act.tx, number, &hand.role)?;
        let named = hand.organization.as_deref().unwrap_or(&tenant.root_organization);
        let organization = find::organization(act.tx, number, named)?;
        let membership = Membership {
            user: user.id.clone(),
            organization: organization.id.clone(),
            role: role.id.clone(),
            reason: Reason::Hand,
            inherit: hand.inherit,
            since: act.at,
            request_id: None,
        };
        let called = Profile::of_user(&user).called();
        let told = |membership: &Membership| directory::told(membership, &organization.name, &role.name);
        let has = memberships::of_user(act.tx, number, &user.id)?;
        let held = has.iter().find(|held| held.is_same_as(&membership));
        if give {
            let Some(change) = memberships::insert(act.tx, number, &membership)? else {
                return Ok(format!("{called} is {} of {} by hand already", role.name, organization.name));
            };
            let (kind, summary) =
                directory::started(held, hand.inherit, &called, &role.name, &organization.name);
            let summary = format!("{summary} by hand");
            let (before, after) = (held.map(told), Some(told(&membership)));
            act.record(change, kind, ("user", &user.id), None, summary.clone(), before, after);
            return Ok(summary);
        }
        let of_tenant = role.name == OWNER && organization.id == tenant.root_organization;
        if of_tenant && directory::is_last_owner(act.tx, number, &user)? {
            return Err(Error::invalid(format!(
                "{called} is the last active Owner. Make someone else an Owner first."
            )));
        }
        let change = memberships::delete(act.tx, number, &membership)?.ok_or_else(|| {
            Error::NotFound(format!("{called} was not made {} of {} by hand.", role.name, organization.name))
        })?;
        let summary = format!("{called} is no longer {} of {} by hand", role.name, organization.name);
        act.record(
            change,
            "membership.ended",
            ("user", &user.id),
            None,
            summary.clone(),
            held.map(told),
            None,
        );
        Ok(summary)
    })
    .await
}
