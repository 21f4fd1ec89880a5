//! Users of the directory: found by filter, made and changed by hand, explained, locked out, given roles.

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::named::{SAMPLE_ID, SAMPLE_TIME, connections_of, optional_time};
use super::problem::Problem;
use provisioning::access::{self, find_user};
use provisioning::hand::Wanted;
use provisioning::people::{self, Hand, time};
use provisioning::{hand, lock, roster};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::Tx;
use store::users::User;

/// A person in the directory.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "User")]
pub struct UserView {
    /// The id.
    pub id: String,
    /// The username.
    pub user_name: String,
    /// `active`, `deactivated` or `staged`; `erased` for somebody of whom nothing but the ids is left.
    pub status: String,
    /// When a person locked the user out by hand; null for users who are not locked.
    pub locked_at: Option<String>,
    /// `connection` or `hand`.
    pub source: String,
    /// The connection that owns the person.
    pub connection: Option<String>,
    /// The provider's own id of the person.
    pub external_id: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The name to show.
    pub display_name: Option<String>,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: String,
    /// When it last changed.
    pub modified_at: String,
}

impl UserView {
    /// A user of a tenant with these connections.
    pub fn of(user: &User, connections: &HashMap<i64, String>) -> Self {
        Self {
            id: user.id.clone(),
            user_name: user.user_name.clone(),
            status: user.status.as_str().to_owned(),
            locked_at: optional_time(user.locked_at),
            source: if user.connection.is_some() { "connection" } else { "hand" }.to_owned(),
            connection: user.connection.and_then(|number| connections.get(&number).cloned()),
            external_id: user.external_id.clone(),
            email: user.email.clone(),
            given_name: user.given_name.clone(),
            family_name: user.family_name.clone(),
            display_name: user.display_name.clone(),
            version: user.version,
            created_at: time(user.created_at),
            modified_at: time(user.modified_at),
        }
    }
}

impl Sample for UserView {
    fn sample() -> Self {
        Self {
            id: SAMPLE_ID.into(),
            user_name: "ana@acme.example".into(),
            status: "active".into(),
            locked_at: None,
            source: "connection".into(),
            connection: Some(SAMPLE_ID.into()),
            external_id: Some("00u1a2b3c4".into()),
            email: Some("ana@acme.example".into()),
            given_name: Some("Ana".into()),
            family_name: Some("Müller".into()),
            display_name: None,
            version: 1,
            created_at: SAMPLE_TIME.into(),
            modified_at: SAMPLE_TIME.into(),
        }
    }
}

/// A user to be made by hand.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewUser {
    /// The username: 1 to 200 characters. An address serves as e-mail address where none is given.
    #[schemars(length(min = 1, max = 200))]
    pub user_name: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The name to show.
    pub display_name: Option<String>,
    /// Whether the user has access from the start.
    #[serde(default = "active")]
    pub active: bool,
}

fn active() -> bool {
    true
}

impl Sample for NewUser {
    fn sample() -> Self {
        Self {
            user_name: "eve@partner.example".into(),
            email: None,
            given_name: Some("Eve".into()),
            family_name: Some("Marsh".into()),
            display_name: None,
            active: true,
        }
    }
}

/// Changes to a user by hand: what is left away stays as it is, an empty text takes an attribute away.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserChange {
    /// The username.
    pub user_name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The name to show.
    pub display_name: Option<String>,
    /// Whether the user has access; false locks the user out.
    pub active: Option<bool>,
}

impl Sample for UserChange {
    fn sample() -> Self {
        Self { display_name: Some("Eve M.".into()), ..Self::default() }
    }
}

/// A role to be given by hand.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMembership {
    /// The role, by id or name.
    pub role: String,
    /// The organization, by id, name or slug; the tenant's root if none is given.
    pub organization: Option<String>,
    /// Whether the role holds in every organization below.
    #[serde(default)]
    pub inherit: bool,
}

impl Sample for NewMembership {
    fn sample() -> Self {
        Self { role: "Manager".into(), organization: Some("sales".into()), inherit: false }
    }
}

/// What was done, as a sentence.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Told {
    /// What happened.
    pub summary: String,
}

impl Sample for Told {
    fn sample() -> Self {
        Self { summary: "Ana Müller became Manager of Sales by hand".into() }
    }
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let (paging, tenant) = (call.paging()?, call.tenant()?.tenant);
    let filter = call.parameter("filter").map(roster::filter).transpose()?;
    let after = Some(paging.after.clone()).filter(|after| !after.is_empty());
    let store = call.app.store();
    // The search says itself whether anything comes after.
    let found = roster::page(store, tenant, filter, after, paging.wanted()).await?;
    let connections = store.read(|tx| connections_of(tx, tenant))?;
    Reply::ok(&call.page(&paging, found.rows, |user| &user.id, |user| UserView::of(user, &connections)))
}

pub(super) async fn read(call: Call) -> Result<Reply, Problem> {
    let (tenant, who) = (call.tenant()?.tenant, call.named("user"));
    shown(&call, &call.app.store().read(|tx| find_user(tx, tenant, who))?)
}

fn shown(call: &Call, user: &User) -> Result<Reply, Problem> {
    let tenant = call.tenant()?.tenant;
    let connections = call.app.store().read(|tx| connections_of(tx, tenant))?;
    Ok(Reply::ok(&UserView::of(user, &connections))?.at_version(user.version))
}

pub(super) async fn create(call: Call) -> Result<Reply, Problem> {
    let NewUser { user_name, email, given_name, family_name, display_name, active } = call.body()?;
    let (user_name, active) = (Some(user_name), Some(active));
    let wanted = Wanted { user_name, email, given_name, family_name, display_name, active };
    let (store, tenant) = (call.app.store(), call.tenant()?);
    let made = hand::create(store, &call.operator, tenant, wanted).await?;
    let connections = store.read(|tx| connections_of(tx, tenant.tenant))?;
    let reply = Reply::created(format!("/users/{}", made.id), &UserView::of(&made, &connections))?;
    Ok(reply.at_version(made.version))
}

pub(super) async fn change(call: Call) -> Result<Reply, Problem> {
    let UserChange { user_name, email, given_name, family_name, display_name, active } = call.body()?;
    let wanted = Wanted { user_name, email, given_name, family_name, display_name, active };
    let (store, seen) = (call.app.store(), call.seen()?);
    shown(
        &call,
        &hand::change(store, &call.operator, call.tenant()?, call.named("user"), seen, wanted).await?,
    )
}

pub(super) async fn access(call: Call) -> Result<Reply, Problem> {
    let (tenant, who) = (call.tenant()?.tenant, call.named("user").to_owned());
    let read = move |tx: &mut Tx<'_>| {
        let user = find_user(tx, tenant, &who)?;
        access::of_user(tx, tenant, &user)
    };
    Reply::ok(&call.app.store().read_long(read).await?)
}

pub(super) async fn lock(call: Call) -> Result<Reply, Problem> {
    let (store, seen) = (call.app.store(), call.seen()?);
    shown(&call, &lock::lock(store, &call.operator, call.tenant()?, call.named("user"), seen).await?)
}

pub(super) async fn unlock(call: Call) -> Result<Reply, Problem> {
    let (store, seen) = (call.app.store(), call.seen()?);
    shown(&call, &lock::unlock(store, &call.operator, call.tenant()?, call.named("user"), seen).await?)
}

pub(super) async fn give(call: Call) -> Result<Reply, Problem> {
    let NewMembership { role, organization, inherit } = call.body()?;
    by_hand(&call, Hand { user: call.named("user").to_owned(), role, organization, inherit }, true).await
}

pub(super) async fn take(call: Call) -> Result<Reply, Problem> {
    let role = call
        .parameter("role")
        .ok_or_else(|| Problem::malformed("Name the role that is to be taken away: ?role=NAME."))?;
    let hand = Hand {
        user: call.named("user").to_owned(),
        role: role.to_owned(),
        organization: call.parameter("organization").map(str::to_owned),
        inherit: false,
    };
    by_hand(&call, hand, false).await
}

async fn by_hand(call: &Call, hand: Hand, give: bool) -> Result<Reply, Problem> {
    let summary = people::by_hand(call.app.store(), &call.operator, call.tenant()?, hand, give).await?;
    Reply::ok(&Told { summary })
}
