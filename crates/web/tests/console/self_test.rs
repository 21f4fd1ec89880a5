//! The service's own test of a connection, over real sockets.

use axum::Router;
use axum::http::{Request, header};
use axum::middleware::{Next, from_fn};
use provisioning::administrators::Role;
use scim::Provider;
use testkit::{Browser, Server};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A server that is reached at a port of this machine, through a layer that may misbehave.
struct Reached {
    server: Server,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Reached {
    async fn start(between: impl FnOnce(Router) -> Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = Server::start_at(&format!("http://{address}"), None).await;
        let routes = between(server.router().clone());
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { server, serving }
    }

    /// Runs the test at the console; returns the browser, and the number of its connection's overview.
    async fn test(&self) -> (Browser, testkit::Client, testkit::Shown) {
        let client = self.server.connect("acme", Provider::Okta).await;
        let browser = self.server.signed_in(Some("acme"), Role::Administrator).await;
        let path = format!("/t/acme/provisioning/{}/setup/self-test", client.connection.id);
        let shown = browser.post(&path, &[]).await;
        (browser, client, shown)
    }
}

impl Drop for Reached {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Nobody is left in directory or mirror, no organization was added, and the token opens nothing.
fn assert_nothing_is_left(server: &Server, client: &testkit::Client) {
    let scope = client.connection.scope;
    let read = server.store().read(|tx| {
        let organizations = store::organizations::all(tx, scope.tenant)?.len();
        let tokens = store::tokens::of_connection(tx, scope)?;
        let open = tokens.iter().filter(|token| token.revoked_at.is_none()).count();
        Ok::<_, store::StoreError>((
            store::users::page(tx, scope.tenant, "", 10)?.len(),
            store::mirror_users::count(tx, scope)?,
            store::mirror_groups::count(tx, scope)?,
            store::memberships::count(tx, scope.tenant)?,
            organizations,
            tokens.len(),
            open,
        ))
    });
    assert_eq!(read.unwrap(), (0, 0, 0, 0, 1, 2, 1));
    assert!(server.faults().is_empty(), "{:?}", server.faults());
}

#[tokio::test]
async fn it_walks_through_a_persons_life_and_leaves_nobody() {
    let reached = Reached::start(|routes| routes).await;
    let (browser, client, shown) = reached.test().await;
    shown.is(200).says("Everything works from outside").says("Deactivate the user").says("POST /Users");
    shown.says_not("class=\"text-wrong\"");
    assert_nothing_is_left(&reached.server, &client);
    // What it sent is on record and is no word of the provider.
    let path = format!("/t/acme/provisioning/{}", client.connection.id);
    browser.get(&path).await.says("Waiting");
    browser.get(&format!("{path}/setup?step=test")).await.says("Waiting for Okta’s first request");
}

#[tokio::test]
async fn a_proxy_that_strips_the_credential_is_found_out() {
    let strip = |routes: Router| {
        routes.layer(from_fn(|mut request: Request<axum::body::Body>, next: Next| async move {
            request.headers_mut().remove(header::AUTHORIZATION);
            next.run(request).await
        }))
    };
    let reached = Reached::start(strip).await;
    let (_, client, shown) = reached.test().await;
    shown.is(200).says("The test did not pass").says("strips the Authorization header").says("401");
    assert_nothing_is_left(&reached.server, &client);
}

/// Created from outside, and deleted from within where the proxy lets no DELETE through.
#[tokio::test]
async fn a_proxy_that_lets_no_delete_through_is_found_out_and_nobody_is_left() {
    let block = |routes: Router| {
        routes.layer(from_fn(|request: Request<axum::body::Body>, next: Next| async move {
            if request.method() == axum::http::Method::DELETE {
                let refused = (axum::http::StatusCode::METHOD_NOT_ALLOWED, "<html>not here</html>");
                return axum::response::IntoResponse::into_response(refused);
            }
            next.run(request).await
        }))
    };
    let reached = Reached::start(block).await;
    let (_, client, shown) = reached.test().await;
    shown.is(200).says("does not let this method through").says("<td data-label=\"Answer\">405");
    assert_nothing_is_left(&reached.server, &client);
}

#[tokio::test]
async fn an_address_where_nothing_listens_is_said_to_be_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let server = Server::start_at(&format!("http://{address}"), None).await;
    let client = server.connect("acme", Provider::Okta).await;
    let browser = server.signed_in(Some("acme"), Role::Administrator).await;
    let path = format!("/t/acme/provisioning/{}/setup/self-test", client.connection.id);
    browser.post(&path, &[]).await.is(200).says("Nothing listens there");
    assert_nothing_is_left(&server, &client);
}
