//! Who is found, who is still there, and who is gone.

use super::{Row, answer, ask, header, hide, refuse_if, resources};
use crate::proxy::refusal;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use serde_json::json;

pub const ROWS: &[Row] = &[
    (
        "Q-13 a GET with Content-Type has a body",
        ask(|asked, _| {
            let is_so = matches!(asked.method.as_str(), "GET" | "DELETE")
                && !header(asked, "content-type").is_empty();
            refuse_if(is_so, 400)
        }),
        &["read-with-content-type", "delete-with-content-type"],
    ),
    (
        "Q-13 bodies are application/scim+json and nothing else",
        ask(|asked, _| {
            let is_so = asked.method == "POST" && header(asked, "content-type") != "application/scim+json";
            refuse_if(is_so, 415)
        }),
        &["media-json-body", "media-charset", "media-missing"],
    ),
    (
        "Q-14 a plus is a plus",
        ask(|asked, _| {
            asked.query = asked.query.replace('+', "%2B");
            None
        }),
        &["filter-plus-for-space"],
    ),
    (
        "Q-14 queries are decoded twice",
        ask(|asked, _| {
            asked.query = asked.query.replace("%2B", "+");
            None
        }),
        &["filter-plus-in-value"],
    ),
    (
        "Q-14 filters are the RFC's and nothing else",
        ask(|asked, _| {
            let is_so = ["%5D.value", "externalId%20eq%20a", "%20Eq%20"]
                .iter()
                .any(|text| asked.query.contains(text));
            is_so.then(|| refusal(400, "invalidFilter"))
        }),
        &["filter-email-path", "filter-unquoted", "filter-letter-case"],
    ),
    (
        "Q-14 a slash at the end is another place",
        ask(|asked, _| refuse_if(asked.path.ends_with('/'), 404)),
        &["filter-trailing-slash", "read-trailing-slash"],
    ),
    (
        "Q-14 members are always there",
        ask(|asked, _| {
            asked.query = asked.query.replace("excludedAttributes=members", "");
            None
        }),
        &["group-find-without-members", "group-read-without-members"],
    ),
    (
        "Q-15 names are compared letter by letter",
        ask(|asked, _| {
            let upper = asked.query.contains("ACCESSIQ-CHECK");
            if upper && !asked.query.contains("externalId") {
                asked.query = asked.query.replace("ACCESSIQ-CHECK", "ACCESSIQ-NOBODY");
            }
            if let Some(name) = asked.body["userName"]
                .as_str()
                .filter(|name| name.contains("ACCESSIQ") || name.contains("ÉLODIE"))
            {
                asked.body["userName"] = json!(format!("other-{name}"));
            }
            None
        }),
        &["filter-user-name-case", "group-find-case", "create-taken-other-case", "create-taken-unicode-case"],
    ),
    (
        "Q-15 an externalId is one user's",
        ask(|asked, memory| {
            let id = asked.body["externalId"].as_str().map(str::to_owned);
            let is_so =
                asked.is("POST", "/Users") && id.is_some_and(|id| memory.insert(id, String::new()).is_some());
            refuse_if(is_so, 409)
        }),
        &["create-shared-external-id"],
    ),
    (
        "Q-15 a filter finds the first and no other",
        answer(|_, given, _| {
            if given.body["Resources"].is_array() {
                resources(given).truncate(1);
            }
        }),
        &["filter-shared-external-id"],
    ),
    (
        "Q-15 externalIds are compared without case",
        ask(|asked, memory| {
            if let Some(id) = asked.body["externalId"].as_str() {
                memory.insert(id.to_uppercase(), id.to_owned());
            }
            for (upper, id) in memory.iter() {
                asked.query = asked.query.replace(upper.as_str(), id);
            }
            None
        }),
        &["filter-external-id-case"],
    ),
    (
        "Q-16 who is inactive is not there",
        answer(|asked, given, _| {
            hide(given, |user| user["active"] == false);
            if asked.method == "GET" && given.body["active"] == false {
                *given = refusal(404, "invalidValue");
            }
        }),
        &["inactive-read", "inactive-found", "inactive-listed", "deactivate"],
    ),
    (
        "Q-16 who is inactive leaves all groups",
        ask(|asked, memory| {
            if asked.method == "PATCH" && asked.says("false") {
                memory.insert(asked.path.replace("/Users/", ""), String::new());
            }
            None
        })
        .and_answer(|_, given, memory| {
            if let Some(members) = given.body["members"].as_array_mut() {
                members.retain(|member| !memory.contains_key(member["value"].as_str().unwrap_or_default()));
            }
        }),
        &["inactive-keeps-groups"],
    ),
    (
        "Q-17 a DELETE deactivates",
        ask(|asked, _| {
            if asked.is("DELETE", "/Users/") {
                asked.method = "PATCH".into();
                asked.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                asked.body = json!({
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                    "Operations": [{ "op": "replace", "path": "active", "value": false }],
                });
            }
            None
        }),
        &[
            "delete-then-read",
            "delete-then-find",
            "delete-twice",
            "delete-then-change",
            "delete-leaves-groups",
            "delete-then-create",
        ],
    ),
    (
        "Q-17 a DELETE has a body",
        answer(|asked, given, _| {
            if asked.method == "DELETE" {
                (given.status, given.body) = (200, json!({}));
            }
        }),
        &["delete-answers-204"],
    ),
];
