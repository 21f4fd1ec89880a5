//! /Me.

use crate::support::acme;
use axum::http::Method;

/// R7644-3.11-01: not supported is 501.
/// R7644-3.11-02: and no redirect.
/// R7644-3.11-03: a token of a connection stands for no user.
/// M-48: 501, not 404.
#[tokio::test]
async fn a_provisioning_token_is_nobody() {
    let (_server, client) = acme().await;
    client.create_user("ana").await;
    for path in ["/Me", "/Me/", "/Me?attributes=userName"] {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let reply = client.send(method, path, "{}").await.expect_error(501, None);
            assert_eq!(reply.header("location"), None);
        }
    }
    client.with_token(None).get("/Me").await.expect_error(401, None);
}
