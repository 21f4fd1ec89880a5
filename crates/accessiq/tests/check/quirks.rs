//! The quirks of docs/identity-providers.md §7, one by one: a server that gets it wrong is found out by the check that is
//! meant for it, and a server that gets it right is not (`whole.rs`).

use crate::proxy::{Asked, Fault, Given, Misbehaving, NONE, broken, refusal};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::{Value, json};
use std::time::Duration;

/// A quirk, a server that gets it wrong, and the checks that find it out.
type Row = (&'static str, Fault, &'static [&'static str]);

const fn ask(ask: crate::proxy::Ask) -> Fault {
    Fault { ask, ..NONE }
}

const fn answer(answer: crate::proxy::Answer) -> Fault {
    Fault { answer, ..NONE }
}

/// Refuses a request if it is so.
fn refuse_if(is_so: bool, status: u16) -> Option<Given> {
    is_so.then(|| refusal(status, "invalidValue"))
}

fn header<'a>(asked: &'a Asked, name: &str) -> &'a str {
    asked.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn resources(given: &mut Given) -> &mut Vec<Value> {
    if !given.body["Resources"].is_array() {
        given.body["Resources"] = json!([]);
    }
    match &mut given.body["Resources"] {
        Value::Array(resources) => resources,
        _ => unreachable!("just made an array"),
    }
}

/// Takes resources out of a list.
fn hide(given: &mut Given, is_hidden: impl Fn(&Value) -> bool) {
    if given.body["Resources"].is_array() {
        resources(given).retain(|resource| !is_hidden(resource));
        given.body["totalResults"] = json!(resources(given).len());
    }
}

/// Any operation has a value with that key.
fn has_key(asked: &mut Asked, key: &str) -> bool {
    asked.operations().iter().any(|operation| operation["value"].get(key).is_some())
}

fn paths(asked: &mut Asked, text: &str) -> bool {
    asked
        .operations()
        .iter()
        .any(|operation| operation["path"].as_str().is_some_and(|path| path.contains(text)))
}

const NAMED: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const ROWS: &[Row] = &[
    (
        "Q-1 text that is not empty is true",
        ask(|asked, _| {
            for operation in asked.operations().iter_mut().filter(|operation| operation["value"] == "False") {
                operation["value"] = json!(true);
            }
            None
        }),
        &["patch-active-text"],
    ),
    (
        "Q-1 booleans come back as text",
        answer(|_, given, _| {
            if given.body["active"].is_boolean() {
                given.body["active"] = json!(given.body["active"].to_string());
            }
        }),
        &["read-boolean"],
    ),
    (
        "Q-1 text for a boolean is refused",
        ask(|asked, _| refuse_if(asked.says("\"True\""), 400)),
        &["create-active-text", "create-primary-text"],
    ),
    (
        "Q-2 a value does not save the others",
        ask(|asked, _| {
            for operation in asked.operations().iter_mut().filter(|operation| operation["op"] == "Remove") {
                operation.as_object_mut().map(|operation| operation.remove("value"));
            }
            None
        }),
        &["members-remove-by-value"],
    ),
    (
        "Q-2 nobody is removed without a filter",
        ask(|asked, _| {
            let is_so = asked
                .operations()
                .iter()
                .any(|operation| operation["path"] == "members" && operation["op"] == "remove");
            refuse_if(is_so, 400)
        }),
        &["members-remove-all"],
    ),
    (
        "Q-3 there is no target",
        ask(|asked, _| {
            let is_so = paths(asked, "[type eq");
            is_so.then(|| refusal(400, "noTarget"))
        }),
        &["patch-absent-replace", "patch-absent-add", "patch-absent-once", "patch-element"],
    ),
    (
        "Q-4 dotted keys are taken at their word",
        ask(|asked, _| {
            for operation in asked.operations().iter_mut().filter(|operation| operation["value"].is_object())
            {
                if let Some(value) = operation["value"].as_object_mut() {
                    value.retain(|key, _| !key.contains(['.', ':']));
                }
            }
            None
        }),
        &["patch-dotted-keys", "patch-urn-keys"],
    ),
    (
        "Q-5 managers are objects",
        ask(|asked, _| {
            let is_so = asked.operations().iter().any(|operation| {
                let path = operation["path"].as_str().unwrap_or_default();
                path.ends_with("manager") && operation["value"]["value"].as_str().is_none_or(str::is_empty)
            });
            refuse_if(is_so || asked.body[NAMED]["manager"].is_string(), 400)
        }),
        &["patch-manager-text", "patch-manager-list", "patch-manager-cleared", "create-manager-text"],
    ),
    (
        "Q-5 managers get lost",
        answer(|_, given, _| {
            given.body.as_object_mut().map(|body| body.remove(NAMED));
        }),
        &["patch-manager-object", "patch-extension", "read-extension"],
    ),
    (
        "Q-6 each operation makes a role of its own",
        ask(|asked, _| {
            for operation in asked.operations() {
                if let Some(sub) = operation["path"]
                    .as_str()
                    .and_then(|path| path.strip_prefix("roles[primary eq \"True\"]."))
                {
                    let value = operation["value"].clone();
                    *operation = json!({ "op": "add", "path": "roles", "value": [{ (sub): value }] });
                }
            }
            None
        }),
        &["patch-role-primary"],
    ),
    ("Q-7 a role is a word", ask(|asked, _| refuse_if(asked.says("18d14569"), 400)), &["patch-role-json"]),
    (
        "Q-8 an empty list has no Resources",
        answer(|_, given, _| {
            if given.body["totalResults"] == 0 {
                given.body.as_object_mut().map(|list| list.remove("Resources"));
            }
        }),
        &["filter-nobody-resources", "group-find-nothing"],
    ),
    (
        "Q-8 numbers are text, and statuses numbers",
        answer(|_, given, _| {
            given.body["status"] = json!(given.status);
            given.body["totalResults"] = json!("1");
        }),
        &["error-status", "list-numbers", "error-conflict", "unauthorized-body"],
    ),
    (
        "Q-8 everything is application/json",
        answer(|_, given, _| {
            given.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }),
        &["media-answers", "error-media-type"],
    ),
    (
        "Q-8 a create is 200 without a body",
        answer(|asked, given, _| {
            if asked.is("POST", "/Users") {
                (given.status, given.body) = (200, Value::Null);
            }
        }),
        &["create-answers-201", "create-read-only", "create-attributes", "media-json-body"],
    ),
    (
        "Q-9 who is no member cannot be removed",
        ask(|asked, memory| {
            if asked.is("POST", "/Groups") {
                memory.insert("members".into(), asked.body["members"].to_string());
            }
            let known = memory.get("members").cloned().unwrap_or_default();
            let is_so = asked.operations().iter().any(|operation| {
                let id = operation["path"]
                    .as_str()
                    .and_then(|path| path.strip_prefix("members[value eq ")?.strip_suffix(']'));
                id.is_some_and(|id| !known.contains(id))
            });
            refuse_if(is_so, 404)
        }),
        &["members-remove-absent"],
    ),
    (
        "Q-9 a member is added again",
        answer(|asked, given, _| {
            if asked.is("GET", "/Groups/")
                && let Some(members) = given.body["members"].as_array_mut()
            {
                let again = members.first().cloned();
                members.extend(again);
            }
        }),
        &["members-add-again", "members-shown"],
    ),
    (
        "Q-9 what changes nothing is a change",
        answer(|asked, given, memory| {
            let number = memory.len().to_string();
            if asked.is("GET", "/Users/") && given.body["meta"].is_object() {
                given.body["meta"]["lastModified"] = json!(format!("2026-01-01T00:00:{number}Z"));
                memory.insert(number, String::new());
            }
        }),
        &["patch-no-change", "put-again"],
    ),
    (
        "Q-9 who is inactive cannot be deactivated",
        ask(|asked, memory| {
            let is_so = asked.method == "PATCH" && memory.insert(asked.path.clone(), String::new()).is_some();
            refuse_if(is_so, 400)
        }),
        &["deactivate-again", "patch-remove", "patch-append"],
    ),
    (
        "Q-10 one of two members is added, and the rest refused",
        ask(|asked, memory| {
            for operation in asked.operations() {
                let is_known = |member: &Value| member["value"] != "accessiq-check-no-user";
                if let Some(members) =
                    operation["value"].as_array_mut().filter(|members| !members.iter().all(is_known))
                {
                    members.retain(is_known);
                    memory.insert("half".into(), String::new());
                }
            }
            None
        })
        .and_answer(|_, given, memory| {
            if memory.remove("half").is_some() {
                *given = refusal(400, "invalidValue");
            }
        }),
        &["members-unknown"],
    ),
    (
        "Q-11 an id in a PUT is an error",
        ask(|asked, _| {
            let is_so = asked.method == "PUT" && asked.body["id"].is_string();
            refuse_if(is_so, 400)
        }),
        &["put-echo"],
    ),
    (
        "Q-11 active is true unless said",
        ask(|asked, _| {
            if asked.method == "PUT" && asked.body["active"].is_null() {
                asked.body["active"] = json!(true);
            }
            None
        }),
        &["put-without-active"],
    ),
    (
        "Q-11 no groups are no memberships",
        ask(|asked, memory| {
            if asked.method == "PUT" && asked.body["groups"] == json!([]) {
                memory.insert(asked.path.replace("/Users/", ""), String::new());
            }
            None
        })
        .and_answer(|_, given, memory| {
            if let Some(members) = given.body["members"].as_array_mut() {
                members.retain(|member| !memory.contains_key(member["value"].as_str().unwrap_or_default()));
            }
        }),
        &["put-keeps-memberships"],
    ),
    (
        "Q-11 what is unknown is an error",
        ask(|asked, _| refuse_if(asked.says("accessiqCheckUnknown"), 400)),
        &["put-unknown-attribute", "create-unknown-attribute"],
    ),
    (
        "Q-12 an id in an operation is an error",
        ask(|asked, _| {
            let is_so = has_key(asked, "id");
            refuse_if(is_so, 400)
        }),
        &["group-rename-okta"],
    ),
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

impl Fault {
    /// The same, with another answer as well.
    const fn and_answer(self, answer: crate::proxy::Answer) -> Self {
        Self { answer, ..self }
    }
}

/// The checks that a row shows to fail.
pub fn covered() -> impl Iterator<Item = &'static str> {
    ROWS.iter().flat_map(|(_, _, checks)| checks.iter().copied())
}

#[tokio::test]
async fn each_quirk_that_a_server_gets_wrong_is_found_by_its_checks() {
    let mut missed = Vec::new();
    for (quirk, fault, checks) in ROWS {
        let serving = Misbehaving::serve(*fault, &[]).await;
        let report = serving.check(checks).await;
        let found = broken(&report);
        for check in checks.iter().filter(|check| !found.contains(check)) {
            let why = report
                .checks
                .iter()
                .find(|finding| finding.id == *check)
                .and_then(|finding| finding.why.clone());
            missed.push(format!("{quirk}: {check} {}", why.unwrap_or_else(|| "passed".into())));
        }
    }
    assert_eq!(missed, Vec::<String>::new());
}

/// Q-1 … Q-28 of docs/identity-providers.md §7.
#[test]
fn every_quirk_has_a_server_that_gets_it_wrong() {
    for number in 1..=28 {
        let quirk = format!("Q-{number} ");
        let is_there = ROWS.iter().any(|(name, ..)| name.starts_with(&quirk));
        assert!(is_there, "{quirk}");
    }
}
