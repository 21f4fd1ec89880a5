//! Access explained: what the rules tell, with examples for the description.

use super::endpoint::Sample;
use super::named::{self, SAMPLE_ID, SAMPLE_TIME};
use provisioning::access::{Access, Because, Entry, Holder, OrganizationAccess};

/// One role with its reasons.
fn entry() -> Entry {
    let group = Because::Mapping {
        group: named::sample("Sales EMEA"),
        connection: named::sample("Okta"),
        origin: "hand",
        rule: None,
        since: SAMPLE_TIME.into(),
    };
    let request = Because::Request {
        at: SAMPLE_TIME.into(),
        request: SAMPLE_ID.into(),
        token: Some(named::sample("first")),
        client: None,
    };
    Entry {
        organization: named::sample("Sales"),
        role: named::sample("Manager"),
        effective: true,
        inherited_from: None,
        because: vec![group, request],
    }
}

impl Sample for Access {
    fn sample() -> Self {
        Self {
            user: SAMPLE_ID.into(),
            user_name: "ana@acme.example".into(),
            name: "Ana Müller".into(),
            status: "active",
            entries: vec![entry()],
        }
    }
}

impl Sample for OrganizationAccess {
    fn sample() -> Self {
        let holder = Holder {
            user: SAMPLE_ID.into(),
            user_name: "ana@acme.example".into(),
            name: "Ana Müller".into(),
            status: "active",
            since: SAMPLE_TIME.into(),
            entries: vec![entry()],
        };
        Self { organization: named::sample("Sales"), people: vec![holder], next: None }
    }
}
