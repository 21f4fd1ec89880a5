//! The console: pages for people, made on the server, that work without JavaScript.
//!
//! `gate` lets nobody in without a session, nothing be changed without the session's own form, and auditors change
//! nothing; `stranger` stands before the few pages that need no session. A handler gets a `Desk` (who, in which tenant, as what), asks the rules, and fills one template of
//! `templates/`. `frame` is what stands around every page, `narrow` how a table is narrowed by words, `show` how times,
//! numbers and states look, `trouble` what is said when something is wrong. Never in here: rules of its own, SQL, markup in strings but for `show`.

pub mod assets;
mod connection;
pub mod cookies;
pub mod desk;
mod directory;
pub mod form;
pub mod frame;
mod gate;
mod me;
pub mod narrow;
pub mod overview;
mod passwords;
pub mod personal;
pub mod provider;
mod provisioning;
mod settings;
pub mod sheet;
pub mod show;
pub mod sign_in;
mod stranger;
mod tenants;
pub mod trouble;
mod welcome;

use crate::App;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

/// Every route of the console.
pub fn router(app: &App) -> Router<App> {
    let open = Router::new()
        .route("/sign-in", get(sign_in::first_step).post(sign_in::sign_in))
        .route("/sign-in/code", get(sign_in::second_step).post(sign_in::give_code))
        .route("/sign-in/with/{provider}", post(provider::sign_in))
        .route("/sign-in/return/{provider}", get(provider::back))
        .route("/setup/{secret}/with/{provider}", post(provider::join))
        .route("/setup/{secret}", get(welcome::page_of).post(welcome::accept))
        .layer(from_fn_with_state(app.clone(), stranger::unsigned))
        .route("/assets/{hash}/{name}", get(assets::asset));
    let personal = Router::new()
        .route("/", get(personal::home))
        .route("/theme", post(personal::theme))
        .route("/sign-out", post(personal::sign_out))
        .route("/tenants", get(tenants::list).post(tenants::create))
        .nest("/installation", settings::of_installation())
        .merge(me::routes())
        .layer(from_fn_with_state(app.clone(), gate::signed_in));
    let tenant = Router::new()
        .route("/", get(overview::page))
        .merge(provisioning::routes())
        .merge(connection::routes())
        .merge(directory::routes())
        .merge(settings::routes())
        .fallback(trouble::nowhere)
        .layer(from_fn_with_state(app.clone(), gate::in_tenant));
    open.merge(personal).nest("/t/{tenant}", tenant).layer(CatchPanicLayer::custom(trouble::panicked))
}
