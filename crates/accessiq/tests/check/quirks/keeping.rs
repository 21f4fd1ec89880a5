//! What is kept, refused and said, and what no quirk tells of.

use super::{Row, answer, ask, has_key, header, refuse_if, resources};
use crate::proxy::{Fault, NONE, refusal};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::{Value, json};
use std::time::Duration;

pub const ROWS: &[Row] = &[
    (
        "Q-18 a number is there once",
        answer(|_, given, _| {
            if let Some(numbers) = given.body["phoneNumbers"].as_array_mut() {
                numbers.dedup_by(|one, other| one["value"] == other["value"]);
            }
        }),
        &["create-same-value-twice"],
    ),
    (
        "Q-19 text is made pretty",
        answer(|_, given, _| {
            for pointer in ["/displayName", "/phoneNumbers/0/value"] {
                if let Some(Value::String(text)) = given.body.pointer_mut(pointer) {
                    *text = text.replace("  ", " ").replace(['(', ')', '😀'], "");
                }
            }
        }),
        &["create-keeps-text", "create-keeps-telephone", "media-utf8"],
    ),
    (
        "Q-20 what is unassigned is refused",
        ask(|asked, _| refuse_if(asked.says(":null") || asked.says("\"\""), 400)),
        &["create-nulls", "create-blank-text", "put-null", "patch-blank"],
    ),
    (
        "Q-20 schemas are those of the RFC",
        ask(|asked, _| refuse_if(asked.says("2.0User") || asked.says("schemas.microsoft.com"), 400)),
        &["create-unknown-schema", "group-unknown-schema"],
    ),
    (
        "Q-20 names are written one way",
        ask(|asked, _| refuse_if(asked.body.get("DisplayName").is_some(), 400)),
        &["create-letter-case"],
    ),
    (
        "Q-21 the first operation wins",
        ask(|asked, _| {
            asked.operations().reverse();
            None
        }),
        &["patch-in-order"],
    ),
    (
        "Q-21 what was done before a failure stays",
        ask(|asked, memory| {
            if asked.says("perhaps")
                && let Some(operations) = asked.body["Operations"].as_array_mut().filter(|all| all.len() > 1)
            {
                operations.truncate(1);
                memory.insert("half".into(), String::new());
            }
            None
        })
        .and_answer(|_, given, memory| {
            if memory.remove("half").is_some() {
                *given = refusal(400, "invalidValue");
            }
        }),
        &["patch-atomic"],
    ),
    ("Q-22 ids are UUIDs", ask(|asked, _| refuse_if(asked.path.contains("010101"), 500)), &["read-unknown"]),
    (
        "Q-23 who is not known is sent to a page",
        answer(|_, given, _| {
            if given.status == 401 {
                (given.status, given.body) = (302, Value::Null);
                given.headers.insert(LOCATION, HeaderValue::from_static("/login"));
            }
        }),
        &[
            "no-credentials",
            "malformed-credentials",
            "wrong-token",
            "unauthorized-body",
            "challenge",
            "wrong-token-writes",
        ],
    ),
    (
        "Q-23 a 401 says nothing",
        answer(|_, given, _| {
            if given.status == 401 {
                given.body = Value::Null;
                given.headers.remove(WWW_AUTHENTICATE);
            }
        }),
        &["unauthorized-body", "challenge"],
    ),
    (
        "Q-24 the server is busy, and says so in words",
        answer(|asked, given, _| {
            if asked.is("GET", "/Users/") {
                *given = refusal(429, "tooMany");
                given.headers.insert(RETRY_AFTER, HeaderValue::from_static("soon"));
            }
        }),
        &["speed-of-burst", "busy-says-when"],
    ),
    (
        "Q-25 passwords come back",
        ask(|asked, memory| {
            if let Some(password) = asked.body["password"].as_str() {
                memory.insert("password".into(), password.to_owned());
            }
            let is_so = has_key(asked, "password");
            refuse_if(is_so, 400)
        })
        .and_answer(|_, given, memory| {
            if given.body["userName"].is_string()
                && let Some(password) = memory.get("password")
            {
                given.body["password"] = json!(password);
            }
        }),
        &["create-password", "patch-password"],
    ),
    (
        "Q-26 pages are numbered from 0",
        ask(|asked, _| {
            let is_so = ["startIndex=0", "startIndex=-5", "count=-1", "count=1000000", "startIndex=1000"]
                .iter()
                .any(|text| asked.query.contains(text));
            refuse_if(is_so, 400)
        }),
        &["list-start-index", "list-count-negative", "list-count-large", "list-past-the-end"],
    ),
    (
        "Q-26 there is one page",
        ask(|asked, _| {
            for name in ["count=", "startIndex=", "cursor=", "sortBy="] {
                asked.query = asked.query.replace(name, "ignored=");
            }
            None
        }),
        &["list-pages", "list-count-zero", "list-sort", "list-cursor"],
    ),
    (
        "Q-26 itemsPerPage is what was asked for",
        answer(|_, given, _| {
            given.body["itemsPerPage"] = json!(100);
        }),
        &["list-first"],
    ),
    (
        "Q-27 what is unknown in a query is an error",
        ask(|asked, _| refuse_if(asked.query.contains("aadOptscim062020"), 400)),
        &["read-unknown-parameter", "flag-on-write"],
    ),
    (
        "Q-28 managers are users",
        ask(|asked, _| refuse_if(asked.says("accessiq-check-no-user"), 400)),
        &["create-manager-unknown"],
    ),
    // What no quirk tells of, and no coarse fault brings to light.
    (
        "A-3 nobody is made inactive",
        ask(|asked, _| {
            if asked.is("POST", "/Users") {
                asked.body["active"] = json!(true);
            }
            None
        }),
        &["create-inactive"],
    ),
    (
        "R7643-3.1-12 meta is empty",
        answer(|asked, given, _| {
            if asked.is("POST", "/Users") && given.status == 201 {
                given.body["meta"] = json!({});
                given.body["externalId"] = json!("invented");
            }
        }),
        &["create-meta", "create-id", "create-location"],
    ),
    (
        "E-25 group names are not unique",
        ask(|asked, memory| {
            if asked.is("POST", "/Groups") {
                let number = memory.len().to_string();
                memory.insert(number.clone(), String::new());
                asked.body["displayName"] =
                    json!(format!("{number} {}", asked.body["displayName"].as_str().unwrap_or_default()));
            }
            None
        }),
        &["group-taken"],
    ),
    (
        "R7643-7-03 schemas are anything",
        answer(|asked, given, _| {
            if asked.path == "/Schemas" {
                let attributes = json!([{ "name": "odd", "type": "complex", "uniqueness": null, "subAttributes": [{ "name": "odder", "type": "complex" }] }]);
                resources(given)
                    .push(json!({ "id": "urn:ietf:params:scim:api:odd", "attributes": attributes }));
            }
        }),
        &["schema-characteristics", "schema-nesting", "schema-messages", "schema-nulls"],
    ),
    (
        "R7644-4-06 discovery is paged",
        answer(|asked, given, _| {
            if asked.path == "/Schemas" && asked.query.contains("count=1") {
                resources(given).truncate(1);
            }
        }),
        &["discovery-paging"],
    ),
    (
        "R7643-5-03 discovery is private, and says nothing",
        answer(|asked, given, _| {
            if asked.path == "/ServiceProviderConfig" {
                given.body = json!({ "authenticationSchemes": [{ "type": "magic" }] });
                if header(asked, "authorization").is_empty() {
                    given.status = 401;
                }
            }
        }),
        &["config-answers", "config-complete", "config-authentication", "config-anonymous"],
    ),
    (
        "R7644-3.7-01 what is off is neither refused nor ignored",
        answer(|asked, given, _| {
            if asked.path == "/ServiceProviderConfig" {
                for feature in ["bulk", "sort"] {
                    given.body[feature]["supported"] = json!(false);
                }
            }
            if asked.path == "/Bulk" || asked.query.contains("sortBy") {
                given.status = 404;
            }
        }),
        &["bulk-off", "list-sort-ignored"],
    ),
    (
        "R7644-3.11-01 /Me is unknown",
        answer(|asked, given, _| {
            if asked.path == "/Me" {
                given.status = 404;
            }
        }),
        &["error-me"],
    ),
    (
        "R7644-3.5.1-03 what is left out is kept",
        ask(|asked, _| {
            if asked.method == "PUT" && asked.body["title"].is_null() {
                asked.body["title"] = json!("Lead");
            }
            None
        }),
        &["put-omitted"],
    ),
    (
        "R9110-15-02 any type is JSON",
        ask(|asked, _| {
            if asked.body.is_object() {
                asked.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            None
        }),
        &["media-other"],
    ),
    (
        "Q-24 the server takes its time",
        Fault { delay: Duration::from_millis(1600), ..NONE },
        &["list-speed", "speed-of-answers"],
    ),
];
