//! What a PUT or PATCH looks like, and what it means.

use super::{Row, answer, ask, has_key, paths, refuse_if};
use crate::proxy::refusal;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Value, json};

/// The extension of managers.
const NAMED: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

pub const ROWS: &[Row] = &[
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
];
