//! Conversations of identity providers, each on a fresh connection of its provider, against the whole service.
//!
//! Each names the remarks that its records must hold, all of them: a habit that is read silently fails, and so does a
//! remark on a request that has no habit.

use scim::{Provider, dialect};
use testkit::{Server, conversation};

macro_rules! conversations {
    ($($(#[$doc:meta])* $name:ident = $provider:ident, $settings:expr, $file:literal, $remarks:expr;)*) => {
        $($(#[$doc])* #[tokio::test]
        async fn $name() {
            let server = Server::start().await;
            let client = server.connect_with("acme", Provider::$provider, &$settings).await;
            let conversation = include_str!(concat!("data/", $file, ".jsonl"));
            let played = conversation::play(&server, &client, conversation).await;
            assert!(played.failures.is_empty(), "{}", played.failures.join("\n"));
            let remarks: Vec<&str> = played.remarks.iter().map(String::as_str).collect();
            let expected: &[&str] = &$remarks;
            assert_eq!(remarks, expected);
            assert!(remarks.iter().all(|name| dialect::meaning(name).is_some()));
            assert_eq!(server.faults(), Vec::<String>::new());
        })*
    };
}

/// What a connection of a client that knows no names or addresses of people is set to.
const NAME_ALONE: [(&str, &str); 1] = [("required", "userName")];

conversations! {
    /// Okta's custom app: everything by PUT.
    okta_custom_app = Okta, [], "okta-aiw", ["password-ignored", "read-only"];
    /// Okta's catalog app: PATCH without path, the name sent again with every change of members.
    okta_catalog_app = Okta, [], "okta-catalog", ["already-member", "no-member", "password-ignored", "read-only", "read-only-in-value", "unknown-attribute"];
    /// Okta's own suite of specification tests.
    okta_specification_suite = Okta, [], "okta-spec-suite", [];
    /// Okta's own suite of changes, as this side sees it.
    okta_crud_suite = Okta, [], "okta-crud-suite", ["password-ignored", "read-only"];
    /// Somebody leaves, and comes back a year later.
    a_rehire_a_year_later = Okta, [], "rehire", ["password-ignored", "read-only"];
    /// Entra ID as it comes.
    entra_default = Entra, [], "entra-default", ["bare-value", "blank-value", "created-by-filter", "hollow-element", "list-for-single-value", "name-without-urn", "op-letter-case", "path-without-urn", "read-only", "remove-listed", "remove-with-value", "string-boolean", "unknown-schema", "value-path-comparison"];
    /// Entra ID with its flag for compliance.
    entra_compliant = Entra, [], "entra-aadOptscim062020", ["flattened-keys", "no-member", "read-only", "unknown-schema", "value-path-comparison"];
    /// Both dialects of Entra ID, one after the other on one connection.
    entra_both_dialects = Entra, [], "entra-both-dialects", ["already-member", "flattened-keys", "op-letter-case", "read-only", "remove-listed", "string-boolean", "unknown-schema"];
    /// Every shape in which Entra ID sends managers and roles.
    entra_roles_and_managers = Entra, [], "entra-roles-managers", ["bare-value", "blank-text", "blank-value", "flattened-keys", "key-without-urn", "list-for-single-value", "malformed-urn", "name-without-urn", "op-letter-case", "path-without-urn", "read-only", "remove-with-value", "string-boolean", "urn-dot-path"];
    /// What Microsoft's SCIM validator asks.
    entra_validator = Entra, [], "entra-validator", ["bare-value", "blank-text", "flattened-keys", "op-letter-case", "string-boolean", "unknown-schema"];
    /// Microsoft's published collection of requests.
    microsoft_collection = Entra, NAME_ALONE, "microsoft-postman", ["bare-value", "extra-operation-member", "extra-patch-member", "filter-in-attributes", "op-letter-case", "read-only", "single-value-for-list", "string-boolean", "unknown-attribute", "unknown-member", "unquoted-filter-value"];
    /// Somebody is deleted after thirty days, and comes back a year later.
    a_rehire_after_deletion = Entra, [], "rehire-deleted", ["op-letter-case", "read-only", "string-boolean"];
    /// Google Workspace.
    google_workspace = Google, [], "google", ["read-only"];
    /// People who leave Google Workspace, in each of its ways.
    google_leavers = Google, [], "google-leavers", [];
    /// Auth0's Action for event streams.
    auth0_action = Auth0, [], "auth0", ["schemas-in-value"];
    /// A reconciliation of a Cognito user pool.
    cognito_reconciliation = Cognito, [], "cognito-manual", [];
    /// OneLogin's template with macros unset.
    onelogin = Generic, [], "onelogin", ["blank-text", "blank-value", "missing-schemas", "string-boolean", "unknown-schema"];
    /// JumpCloud's test, twice, and its groups.
    jumpcloud = Generic, [], "jumpcloud", ["remove-listed"];
    /// PingOne's filter expressions, PUT, PATCH and search.
    pingone = Generic, [], "pingone", ["read-only"];
    /// authentik, which removes members by a list.
    authentik = Generic, [], "authentik", ["read-only", "remove-listed"];
    /// Rauthy, which removes members by a list.
    rauthy = Generic, [], "rauthy", ["read-only", "remove-listed"];
    /// Keycloak's plug-ins, which remove members in several ways.
    keycloak = Generic, [], "keycloak", ["op-letter-case", "read-only", "reference-alone", "remove-listed"];
    /// The examples of RFC 7643 and RFC 7644.
    examples_of_the_rfcs = Generic, NAME_ALONE, "rfc-examples", ["password-ignored", "read-only", "unquoted-filter-value"];
}
