//! Every route of the service, on one page, grouped by who calls it.

use crate::{App, api, console, gate, health, metrics, oauth, scim};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use tower_http::catch_panic::CatchPanicLayer;

/// All routes.
pub fn router(app: App) -> Router {
    Router::new()
        // People, in a browser. Their routes are on a page of their own, `console/mod.rs`.
        .merge(console::router(&app))
        // Load balancers, operators.
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        // Programs of administrators. Its routes are on a page of their own, `api/routes.rs`.
        .nest(api::BASE, api::router())
        // Clients that fetch their access tokens.
        .route(oauth::TOKEN_ENDPOINT, post(oauth::token))
        .route("/.well-known/oauth-authorization-server", get(oauth::metadata))
        // Identity providers.
        .nest("/scim/v2/{connection}", through_the_doorway(&app, provisioning_routes()))
        // The root with a slash at its end lies outside what is nested.
        .merge(through_the_doorway(&app, Router::new().route("/scim/v2/{connection}/", root())))
        .fallback(scim::nowhere)
        .layer(from_fn_with_state(app.clone(), metrics::count))
        .with_state(app)
}

/// What an identity provider calls, below its connection's SCIM base URL.
fn provisioning_routes() -> Router<App> {
    let endpoints: [(&str, MethodRouter<App>); 16] = [
        ("/Users", get(scim::users::list).post(scim::users::create)),
        ("/Users/.search", post(scim::users::search)),
        (
            "/Users/{id}",
            get(scim::users::read)
                .put(scim::users::replace)
                .patch(scim::users::patch)
                .delete(scim::users::delete),
        ),
        ("/Groups", get(scim::groups::list).post(scim::groups::create)),
        ("/Groups/.search", post(scim::groups::search)),
        (
            "/Groups/{id}",
            get(scim::groups::read)
                .put(scim::groups::replace)
                .patch(scim::groups::patch)
                .delete(scim::groups::delete),
        ),
        ("/", root()),
        ("/.search", post(scim::root::search)),
        ("/Bulk", post(scim::bulk::bulk)),
        ("/Me", get(scim::me).post(scim::me).put(scim::me).patch(scim::me).delete(scim::me)),
        ("/ServiceProviderConfig", get(scim::discovery::service_provider_config)),
        ("/ResourceTypes", get(scim::discovery::resource_types)),
        ("/ResourceTypes/{name}", get(scim::discovery::resource_type)),
        ("/Schemas", get(scim::discovery::schemas)),
        ("/Schemas/{urn}", get(scim::discovery::schema)),
        ("/openapi.json", get(scim::openapi::description)),
    ];
    let mut router = Router::new();
    for (path, methods) in endpoints {
        let methods = methods.fallback(scim::method_not_allowed);
        // Some clients end a path with a slash.
        if path != "/" {
            router = router.route(&format!("{path}/"), methods.clone());
        }
        router = router.route(path, methods);
    }
    router.fallback(scim::unknown_endpoint)
}

/// The same routes for a request that comes from within: what it may do was settled before.
pub(crate) fn within() -> Router<App> {
    Router::new().nest("/scim/v2/{connection}", provisioning_routes())
}

/// The root: resources of every type.
fn root() -> MethodRouter<App> {
    get(scim::root::list).fallback(scim::method_not_allowed)
}

/// Credential, limits and record around every route.
fn through_the_doorway(app: &App, routes: Router<App>) -> Router<App> {
    routes
        .layer(CatchPanicLayer::custom(scim::panicked))
        .layer(from_fn_with_state(app.clone(), gate::doorway))
}
