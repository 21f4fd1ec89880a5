//! Conversations of identity providers, each on a fresh connection of its provider, against the whole service.

use scim::Provider;
use testkit::{Server, conversation};

macro_rules! conversations {
    ($($(#[$doc:meta])* $name:ident = $provider:ident, $file:literal;)*) => {
        $($(#[$doc])* #[tokio::test]
        async fn $name() {
            let server = Server::start().await;
            let client = server.connect("acme", Provider::$provider).await;
            let failures = conversation::play(&client, include_str!(concat!("data/", $file, ".jsonl"))).await;
            assert!(failures.is_empty(), "{}", failures.join("\n"));
            assert_eq!(server.faults(), Vec::<String>::new());
        })*
    };
}

conversations! {
    /// Okta's custom app: everything by PUT.
    okta_custom_app = Okta, "okta-aiw";
    /// Okta's own suite of specification tests.
    okta_specification_suite = Okta, "okta-spec-suite";
    /// Entra ID as it comes.
    entra_default = Entra, "entra-default";
    /// Entra ID with its flag for compliance.
    entra_compliant = Entra, "entra-aadOptscim062020";
    /// Google Workspace.
    google_workspace = Google, "google";
    /// Auth0's Action for event streams.
    auth0_action = Auth0, "auth0";
    /// A reconciliation of a Cognito user pool.
    cognito_reconciliation = Cognito, "cognito-manual";
}
