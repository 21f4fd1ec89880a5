//! `PATCH /Users/{id}` as providers really write it (docs/identity-providers.md §7).
//!
//! Each check departs from the RFC in one way, so that a failure names its cause.

use serde_json::{Value, json};

use super::patch::patched;
use crate::check::answer::elements;
use crate::check::catalogue::Provider::{Auth0, Entra, JumpCloud, Okta, OneLogin};
use crate::check::catalogue::{Check, harm, must, run};
use crate::check::server::{ENTERPRISE, USER};
use crate::check::session::Session;
use crate::check::verdict::{Verdict, ensure};

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const DEACTIVATES: &str = "cannot take access away";

pub(super) const CHECKS: &[Check] = &[
    must(
        "patch-pathless",
        "`replace` without a path sets what its value names",
        &["R7644-3.5.2.3-01"],
        run!(pathless),
    )
    .harms(&[
        harm(Okta, "O-9", "cannot deactivate anybody (catalog apps send no path)"),
        harm(Entra, "E-9", "puts most attributes into one such operation (compliant flag)"),
    ])
    .habit(),
    must(
        "patch-op-letter-case",
        "`\"op\": \"Replace\"` and `\"Add\"` are read in any letter case",
        &["R7644-3.5.2-04", "M-17"],
        run!(letter_case),
    )
    .harms(&[harm(Entra, "E-9", "writes all operations so by default")])
    .habit(),
    must(
        "patch-active-text",
        "`Replace active \"False\"` deactivates, and `\"True\"` activates",
        &["Q-1", "M-32"],
        run!(active_text),
    )
    .harms(&[harm(Entra, "E-11", DEACTIVATES)])
    .habit(),
    must(
        "patch-absent-replace",
        "`Replace phoneNumbers[type eq \"work\"].value` makes the element if there is none",
        &["Q-3", "M-12"],
        run!(absent_replace),
    )
    .harms(&[harm(Entra, "E-10", "cannot set the first work number of a user")])
    .habit(),
    must(
        "patch-absent-add",
        "`Add phoneNumbers[type eq \"mobile\"].value` makes the element if there is none",
        &["Q-3", "M-13"],
        run!(absent_add),
    )
    .harms(&[harm(Entra, "E-10", "cannot add the first mobile number of a user")])
    .habit(),
    must(
        "patch-absent-once",
        "Two operations on one absent element make one element",
        &["Q-3", "Q-6"],
        run!(absent_once),
    )
    .harms(&[harm(Entra, "E-10", "makes two addresses out of one")])
    .habit(),
    must(
        "patch-role-primary",
        "`roles[primary eq \"True\"].value` makes one role, primary",
        &["Q-6"],
        run!(role_primary),
    )
    .harms(&[harm(Entra, "E-21", "cannot assign an app role")])
    .habit(),
    must(
        "patch-role-json",
        "A role whose value is JSON in a string is stored as it is",
        &["Q-7"],
        run!(role_json),
    )
    .harms(&[harm(Entra, "E-21", "cannot assign app roles")])
    .habit(),
    must(
        "patch-dotted-keys",
        "`{\"name.givenName\": …}` in a value sets the given name",
        &["Q-4"],
        run!(dotted_keys),
    )
    .harms(&[harm(Entra, "E-9", "updates names so (compliant flag)")])
    .habit(),
    must(
        "patch-urn-keys",
        "`{\"urn:…:User:department\": …}` in a value sets the department",
        &["Q-4"],
        run!(urn_keys),
    )
    .harms(&[harm(Entra, "E-9", "updates enterprise attributes so (compliant flag)")])
    .habit(),
    must("patch-manager-text", "A manager is set by an id as text", &["Q-5", "M-31"], run!(manager_text))
        .harms(&[harm(Entra, "E-19", "loses managers")])
        .habit(),
    must(
        "patch-manager-list",
        "A manager is set by a list at `manager` without its URN",
        &["Q-5"],
        run!(manager_list),
    )
    .harms(&[harm(Entra, "E-19", "writes it so in one of its shapes")])
    .habit(),
    must(
        "patch-manager-cleared",
        "A manager is cleared by empty text, or by an empty value",
        &["Q-5"],
        run!(manager_cleared),
    )
    .harms(&[harm(Entra, "E-19", "cannot take a manager away")])
    .habit(),
    must("patch-password", "A password without a path is taken, and not shown", &["Q-25"], run!(password))
        .harms(&[harm(Okta, "O-11", "fails its password sync")])
        .habit(),
    must(
        "patch-whole-user",
        "A whole user, its schemas included, may be the value",
        &["A-9"],
        run!(whole_user),
    )
    .harms(&[harm(Auth0, "A-9", "updates users so, if set to PATCH")])
    .habit(),
    must(
        "patch-remove-with-value",
        "`Remove` may carry a value beside its path",
        &["E-10"],
        run!(remove_with_value),
    )
    .harms(&[harm(Entra, "E-10", "cannot remove a number")])
    .habit(),
    must(
        "patch-extra-members",
        "`id` beside Operations, and `name` in one, are ignored",
        &["E-26"],
        run!(extra_members),
    )
    .harms(&[harm(Entra, "E-26", "has them in its collection")])
    .habit(),
    must("patch-rename-pathless", "A user is renamed without a path", &["E-25"], run!(rename))
        .harms(&[
            harm(Entra, "E-25", "does so in its validator"),
            harm(JumpCloud, "J-2", "writes operations without a path"),
        ])
        .habit(),
    must("patch-blank", "Empty text clears an attribute", &["Q-20", "R7644-3.5.2.3-09"], run!(blank))
        .harms(&[harm(OneLogin, "L-3", "sends empty text for what is not set")])
        .habit(),
];

async fn pathless(on: &mut Session) -> Verdict {
    let operations = json!([{ "op": "replace", "value": { "active": false, "displayName": "Pathless" } }]);
    patched(on, json!({}), operations, &[("/active", json!(false)), ("/displayName", json!("Pathless"))])
        .await
}

async fn letter_case(on: &mut Session) -> Verdict {
    let operations = json!([
        { "op": "Replace", "path": "displayName", "value": "Replaced" },
        { "op": "Add", "path": "externalId", "value": "accessiq-check-added" },
    ]);
    let expected = [("/displayName", json!("Replaced")), ("/externalId", json!("accessiq-check-added"))];
    patched(on, json!({}), operations, &expected).await
}

async fn active_text(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    for (text, active) in [("False", false), ("True", true)] {
        on.patch(&user, json!([{ "op": "Replace", "path": "active", "value": text }])).await?.changed()?;
        on.holds(&user, &[("/active", json!(active))]).await?;
    }
    Ok(())
}

async fn absent(on: &mut Session, operation: &str, kind: &str) -> Verdict {
    on.server.has(&["phoneNumbers"])?;
    let user = on.user().await?;
    let path = format!("phoneNumbers[type eq \"{kind}\"].value");
    on.patch(&user, json!([{ "op": operation, "path": path, "value": "+1 555 0100" }])).await?.changed()?;
    let document = on.now(&user).await?;
    let found = elements(&document, "phoneNumbers", "type", &json!(kind));
    let agrees = found.len() == 1 && found[0]["value"] == "+1 555 0100";
    ensure(agrees, format!("one {kind} number, +1 555 0100"), document["phoneNumbers"].to_string())
}

async fn absent_replace(on: &mut Session) -> Verdict {
    absent(on, "replace", "work").await
}

async fn absent_add(on: &mut Session) -> Verdict {
    absent(on, "add", "mobile").await
}

async fn absent_once(on: &mut Session) -> Verdict {
    on.server.has(&["addresses"])?;
    let user = on.user().await?;
    let operations = json!([
        { "op": "add", "path": "addresses[type eq \"work\"].streetAddress", "value": "1 Check Street" },
        { "op": "add", "path": "addresses[type eq \"work\"].locality", "value": "Checkville" },
    ]);
    on.patch(&user, operations).await?.changed()?;
    let document = on.now(&user).await?;
    let found = elements(&document, "addresses", "type", &json!("work"));
    let agrees = found.len() == 1
        && found[0]["streetAddress"] == "1 Check Street"
        && found[0]["locality"] == "Checkville";
    ensure(agrees, "one work address with street and locality", document["addresses"].to_string())
}

async fn role_primary(on: &mut Session) -> Verdict {
    on.server.has(&["roles"])?;
    let user = on.user().await?;
    let operations: Vec<Value> = [("display", "Admin"), ("value", "admin"), ("type", "AppRole")]
        .iter()
        .map(|(sub, value)| json!({ "op": "add", "path": format!("roles[primary eq \"True\"].{sub}"), "value": value }))
        .collect();
    on.patch(&user, json!(operations)).await?.changed()?;
    let document = on.now(&user).await?;
    let roles = document["roles"].as_array().map_or(&[][..], Vec::as_slice);
    let agrees = roles.len() == 1 && roles[0]["value"] == "admin" && roles[0]["primary"] == true;
    ensure(agrees, "one role, admin, with primary true", document["roles"].to_string())
}

async fn role_json(on: &mut Session) -> Verdict {
    const ROLE: &str = r#"{"id":"18d14569","value":"Admin","displayName":"Admin"}"#;
    on.server.has(&["roles"])?;
    let operations = json!([{ "op": "Add", "path": "roles", "value": [{ "value": ROLE }] }]);
    patched(on, json!({}), operations, &[("/roles/0/value", json!(ROLE))]).await
}

async fn dotted_keys(on: &mut Session) -> Verdict {
    let with = json!({ "name": { "givenName": "Check", "familyName": "Kept" } });
    let operations = json!([{ "op": "replace", "value": { "name.givenName": "Zoë" } }]);
    let expected = [
        ("/name/givenName", json!("Zoë")),
        ("/name/familyName", json!("Kept")),
        ("/name.givenName", Value::Null),
    ];
    patched(on, with, operations, &expected).await
}

async fn urn_keys(on: &mut Session) -> Verdict {
    let key = format!("{ENTERPRISE}:department");
    on.server.has(&[&key])?;
    let operations = json!([{ "op": "replace", "value": { &key: "Check" } }]);
    let expected =
        [(&*format!("/{ENTERPRISE}/department"), json!("Check")), (&*format!("/{key}"), Value::Null)];
    patched(on, json!({}), operations, &expected).await
}

/// Sets a manager by this operation, in which `id` stands for the manager's id.
async fn managed(on: &mut Session, path: &str, value: impl Fn(&str) -> Value) -> Verdict {
    on.server.has(&[&format!("{ENTERPRISE}:manager")])?;
    let manager = on.reader().await?;
    let operations = json!([{ "op": "add", "path": path, "value": value(&manager.id) }]);
    patched(on, json!({}), operations, &[(&format!("/{ENTERPRISE}/manager/value"), json!(manager.id))]).await
}

async fn manager_text(on: &mut Session) -> Verdict {
    managed(on, &format!("{ENTERPRISE}:manager"), |id| json!(id)).await
}

async fn manager_list(on: &mut Session) -> Verdict {
    managed(on, "manager", |id| json!([{ "$ref": format!("../Users/{id}"), "value": id }])).await
}

async fn manager_cleared(on: &mut Session) -> Verdict {
    on.server.has(&[&format!("{ENTERPRISE}:manager")])?;
    let manager = on.reader().await?;
    for value in [json!(""), json!({ "value": "" })] {
        let with =
            json!({ "schemas": [USER, ENTERPRISE], ENTERPRISE: { "manager": { "value": manager.id } } });
        let operations =
            json!([{ "op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": value }]);
        patched(on, with, operations, &[(&format!("/{ENTERPRISE}/manager"), Value::Null)]).await?;
    }
    Ok(())
}

async fn password(on: &mut Session) -> Verdict {
    const SECRET: &str = "Ch3ck-c0rrect-staple";
    let user = on.user().await?;
    let answer = on.patch(&user, json!([{ "op": "replace", "value": { "password": SECRET } }])).await?;
    answer.changed()?;
    ensure(!answer.text.contains(SECRET), "an answer without the password", "the password came back")
}

async fn whole_user(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    let mut body = user.body.clone();
    body["displayName"] = json!("Whole");
    on.patch(&user, json!([{ "op": "replace", "value": body }])).await?.changed()?;
    on.holds(&user, &[("/displayName", json!("Whole"))]).await
}

async fn remove_with_value(on: &mut Session) -> Verdict {
    on.server.has(&["phoneNumbers"])?;
    let with = json!({ "phoneNumbers": [{ "value": "+1 555 0100", "type": "work" }] });
    let path = "phoneNumbers[type eq \"work\"].value";
    let operations = json!([{ "op": "remove", "path": path, "value": "+1 555 0100" }]);
    patched(on, with, operations, &[("/phoneNumbers/0/value", Value::Null)]).await
}

async fn extra_members(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    let operation =
        json!({ "op": "replace", "name": "displayName", "path": "displayName", "value": "Extra" });
    let body = json!({ "schemas": [PATCH], "id": user.id, "Operations": [operation] });
    on.patch_body(&user, &body).await?.changed()?;
    on.holds(&user, &[("/displayName", json!("Extra"))]).await
}

async fn rename(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    let name = on.user_body()["userName"].clone();
    on.patch(&user, json!([{ "op": "replace", "value": { "userName": name } }])).await?.changed()?;
    on.holds(&user, &[("/userName", name), ("/id", json!(user.id))]).await
}

async fn blank(on: &mut Session) -> Verdict {
    on.server.has(&["title"])?;
    let user = on.user_with(json!({ "title": "Lead" })).await?;
    on.patch(&user, json!([{ "op": "replace", "path": "title", "value": "" }])).await?.changed()?;
    let title = on.now(&user).await?["title"].clone();
    ensure(title.is_null() || title == "", "title is then unassigned", title.to_string())
}
