//! The directory of a tenant: users, organizations, roles, events, and finding any of them.
//!
//! `links` says where each of them has its page, `asked` what an address asks for besides its path, `explained` how a
//! chain of reasons is told. Every id is looked up within the tenant of the desk: that of another is not there.

mod actors;
mod asked;
mod difference;
mod erasure;
mod events;
mod explained;
mod export;
mod find;
mod holders;
mod links;
mod organization;
mod organizations;
mod person;
mod refusal;
mod relocation;
mod roles;
mod users;

use super::show::State;
use crate::App;
use axum::Router;
use axum::routing::{get, post};
use provisioning::access::Named;
use store::users::{Status, User};
use store::{Scope, StoreError, TenantId, Tx};

/// How many rows a page of a list holds.
const PAGE: i64 = 50;

/// Its routes, below `/t/{tenant}`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/users", get(users::list))
        .route("/users/{id}", get(person::page))
        .route("/users/{id}/lock", post(person::lock))
        .route("/users/{id}/unlock", post(person::unlock))
        .route("/users/{id}/erase", get(erasure::page).post(erasure::erase))
        .route("/users/{id}/roles", post(person::give))
        .route("/users/{id}/roles/take", post(person::take))
        .route("/organizations", get(organizations::list))
        .route("/organizations/new", get(organizations::new).post(organizations::create))
        .route("/organizations/{id}", get(organization::page).post(organization::change))
        .route("/organizations/{id}/archive", post(organization::archive))
        .route("/organizations/{id}/restore", post(organization::restore))
        .route("/organizations/{id}/move", get(relocation::page).post(relocation::carry_out))
        .route("/organizations/{id}/people.csv", get(holders::download))
        .route("/roles", get(roles::list))
        .route("/roles/new", get(roles::new).post(roles::create))
        .route("/roles/{id}", get(roles::page).post(roles::change))
        .route("/roles/{id}/delete", post(roles::delete))
        .route("/events", get(events::list))
        .route("/events/{number}", get(events::one))
        .route("/events/export", get(export::download))
        .route("/find", get(find::page_of))
}

/// A name as lists show it: an identity provider can make one as long as it likes.
fn short(name: &str) -> String {
    difference::cut(name, 120)
}

/// How a user stands.
fn state(user: &User) -> State {
    state_of(user.status.as_str(), user.locked_at.is_some())
}

/// How a user of this status stands.
fn state_of(status: &str, is_locked: bool) -> State {
    match status {
        _ if is_locked => State::Attention("Locked by hand"),
        status if status == Status::Active.as_str() => State::Good("Active"),
        status if status == Status::Staged.as_str() => State::Quiet("Staged"),
        status if status == Status::Erased.as_str() => State::Quiet("Erased"),
        _ => State::Quiet("Deactivated"),
    }
}

/// A connection, as pages name it.
#[derive(Clone)]
struct Feed {
    scope: Scope,
    named: Named,
}

/// The connections of a tenant.
fn feeds(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Feed>, StoreError> {
    let all = store::connections::of_tenant(tx, tenant)?;
    let feed = |found: store::connections::Connection| Feed {
        scope: found.scope,
        named: Named { id: found.id, name: found.name },
    };
    Ok(all.into_iter().map(feed).collect())
}

/// Whether a name was typed, to confirm what is not easily taken back. Case and spaces at the ends do not matter.
fn is_typed(typed: &str, name: &str) -> bool {
    let key = |text: &str| scim::fold::fold(text).split_whitespace().collect::<Vec<_>>().join(" ");
    key(typed) == key(name)
}
