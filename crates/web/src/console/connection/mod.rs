//! A connection's pages: what to sync, mappings and rules, users, groups, tokens, settings; and work in the background.
//!
//! Every handler takes a [`place::Place`], which found the connection within the tenant. What changes what people have
//! goes through `what_if`: it is asked about first, by an address that can be kept, and made by a button that says how
//! many people it concerns.

pub mod attributes;
mod clients;
mod considered;
mod ending;
mod fallback;
mod group_mappings;
mod groups;
pub mod jobs;
mod mappings;
pub mod place;
mod rule_form;
mod search;
mod settings;
mod stands;
mod tokens;
mod users;
mod walk;
mod what_if;

use crate::App;
use axum::Router;
use axum::routing::{MethodRouter, get, post};

/// Its routes, below `/t/{tenant}`.
pub(super) fn routes() -> Router<App> {
    let pages: [(&str, MethodRouter<App>); 19] = [
        ("/attributes", get(attributes::page).post(attributes::choose)),
        ("/mappings", get(mappings::show)),
        ("/mappings/default", get(fallback::page)),
        ("/mappings/groups/{group}", get(group_mappings::page)),
        ("/mappings/rules/new", get(rule_form::new)),
        ("/mappings/rules/{rule}", get(rule_form::page)),
        ("/what-if", get(what_if::ask).post(what_if::apply)),
        ("/users", get(users::list)),
        ("/users/{user}", get(users::show)),
        ("/groups", get(groups::list)),
        ("/groups/{group}", get(groups::show)),
        ("/tokens", get(tokens::list).post(tokens::create)),
        ("/tokens/{token}/rotate", get(tokens::rotation).post(tokens::rotate)),
        ("/tokens/{token}/revoke", get(tokens::revocation).post(tokens::revoke)),
        ("/tokens/clients/new", get(clients::new).post(clients::create)),
        ("/tokens/clients/{client}/revoke", get(clients::revocation).post(clients::revoke)),
        ("/settings", get(settings::page).post(settings::change)),
        ("/rederive", post(jobs::rederive)),
        ("/end", get(ending::page).post(ending::begin)),
    ];
    let router = Router::new().route("/jobs/{job}", get(jobs::show));
    pages.into_iter().fold(router, |router, (path, methods)| {
        router.route(&format!("/provisioning/{{connection}}{path}"), methods)
    })
}
