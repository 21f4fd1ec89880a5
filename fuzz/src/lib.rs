//! What the fuzz targets do with bytes that anybody may send: nothing may panic, and what holds for good input must
//! hold for every input. Run with `cargo xtask fuzz`; the corpora are kept under `corpus/`.

use scim::bulk::{BulkRequest, References};
use scim::filter::Filter;
use scim::patch::{self, Step};
use scim::projection::Projection;
use scim::resource::{self, Shown};
use scim::schema::definition::{Definitions, Synchronised};
use scim::{Document, Mode, Notes, Provider, dialect};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::OnceLock;
use web::scim::cursor::{self, CursorKey};

const MODES: [Mode; 2] = [Mode::Lenient, Mode::Strict];

fn definitions() -> &'static Definitions {
    static DEFINITIONS: OnceLock<Definitions> = OnceLock::new();
    DEFINITIONS.get_or_init(|| Definitions::build(&Synchronised::default()))
}

fn sample() -> Document {
    let document = json!({
        "userName": "ana@example.com",
        "name": { "givenName": "Ana", "familyName": "Müller" },
        "emails": [{ "value": "ana@example.com", "type": "work", "primary": true }, { "value": "a@b", "type": "home" }],
        "active": true,
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Sales", "manager": { "value": "1" } },
    });
    document.as_object().cloned().unwrap_or_default()
}

/// A filter: what is read prints as text that reads back as the same, and can be evaluated.
pub fn filter(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let definition = &definitions().user;
    for mode in MODES {
        let Ok(filter) = Filter::parse(text, definition, mode, &mut Notes::new()) else { continue };
        filter.matches(&sample());
        let printed = filter.to_string();
        if let Ok(again) = Filter::parse(&printed, definition, Mode::Strict, &mut Notes::new()) {
            assert_eq!(again, filter, "{printed}");
        }
    }
}

/// A PATCH path, in every operation.
pub fn path(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for (op, value) in [("add", json!("x")), ("replace", json!([{ "value": "x" }])), ("remove", Value::Null)] {
        let schemas = json!([patch::PATCH_SCHEMA]);
        change(&json!({ "schemas": schemas, "Operations": [{ "op": op, "path": text, "value": value }] }));
    }
}

/// The body of a PATCH.
pub fn patch(data: &[u8]) {
    if let Ok(body) = serde_json::from_slice::<Value>(data) {
        change(&body);
    }
}

fn change(body: &Value) {
    for definition in [&definitions().user, &definitions().group] {
        for mode in MODES {
            let mut notes = Notes::new();
            let body = dialect::read_patch(Provider::Entra, mode, definition, body.clone(), &mut notes);
            let Ok(operations) = patch::parse(definition, body, mode, &mut notes) else { continue };
            let Ok(steps) = patch::plan(definition, operations, mode, &mut notes) else { continue };
            let mut document = sample();
            for step in &steps {
                if let Step::Document(operation) = step
                    && patch::apply(definition, &mut document, operation, mode, &mut notes).is_err()
                {
                    break;
                }
            }
            if patch::finish(definition, &mut document, &mut notes).is_ok() {
                let before = document.clone();
                assert!(patch::finish(definition, &mut document, &mut notes).is_ok());
                assert_eq!(before, document);
            }
        }
    }
}

/// The body of a create or replace: what is read reads back as the same from what is shown.
pub fn resource(data: &[u8]) {
    let Ok(body) = serde_json::from_slice::<Value>(data) else { return };
    let shown = Shown { id: "1", created: 0, last_modified: 0, version: 1, location: "https://example.com/Users/1" };
    for definition in [&definitions().user, &definitions().group] {
        for mode in MODES {
            let mut notes = Notes::new();
            let body = dialect::read_resource(Provider::Okta, mode, definition, body.clone(), &mut notes);
            let Ok(document) = resource::read(definition, body, mode, &mut notes) else { continue };
            let _complete = resource::check_required(definition, &document);
            let presented = resource::present(definition, document.clone(), Document::new(), &shown);
            let again = resource::read(definition, presented.clone().into(), mode, &mut Notes::new());
            assert_eq!(again.ok(), Some(document));
            if let Ok(projection) = Projection::parse(definition, Some("userName,emails.value"), None, mode) {
                projection.apply(definition, presented);
            }
        }
    }
}

/// The body of a bulk request.
pub fn bulk(data: &[u8]) {
    let Ok(body) = serde_json::from_slice::<Value>(data) else { return };
    let Ok(request) = BulkRequest::read(&body) else { return };
    let attributes = References::of(definitions());
    for operation in request.operations.iter().filter_map(|operation| operation.operation.as_ref().ok()) {
        let references = operation.references(&attributes);
        let known: HashMap<String, String> = references.into_iter().map(|id| (id, "1".to_owned())).collect();
        assert!(operation.resolved(&attributes, &known).references(&attributes).is_empty());
        operation.without_references(&attributes);
    }
}

/// A cursor: none that this key did not seal is opened.
pub fn cursor(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    assert!(cursor::open(&CursorKey([7; 32]), "query", text, 0).is_err());
}

/// A token of Entra ID's, and a client's assertion. Nobody signed these, so nothing more than reading happens.
pub fn jwt(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let tenant = Some("cbb1a5ac-f33b-45fa-9bf5-f37db0fed422".to_owned());
    let settings = provisioning::entra::Entra { tenant, ..Default::default() };
    if let Ok(candidate) = provisioning::entra::Candidate::read(text, &settings, 1_767_225_600_000_000) {
        assert!(provisioning::jwt::has_form(text));
        if let Ok(set) = serde_json::from_str(text)
            && let Ok(keys) = candidate.source().keys(&set)
        {
            assert!(candidate.prove(&keys).is_err());
        }
    }
    drop(provisioning::grants::claimed_client(text));
}

/// A bearer token.
pub fn token(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if provisioning::tokens::is_well_formed(text) {
        assert!(text.starts_with("scim_") && text.len() == 54);
    }
    provisioning::tokens::digest(text);
}
