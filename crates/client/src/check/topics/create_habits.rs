//! `POST /Users` with what departs from the RFC: text for booleans, blank text, what no schema has.

use serde_json::json;

use crate::check::answer::has;
use crate::check::catalogue::Provider::{Entra, Okta, OneLogin};
use crate::check::catalogue::{Check, harm, must, run};
use crate::check::server::{ENTERPRISE, USER};
use crate::check::session::{Session, overlay};
use crate::check::verdict::{Verdict, ensure};

pub(super) const CHECKS: &[Check] = &[
    must("create-active-text", "`\"active\": \"True\"` is read as true", &["Q-1"], run!(active_text))
        .harms(&[harm(Entra, "E-26", "sends text for booleans")])
        .habit(),
    must(
        "create-primary-text",
        "`\"primary\": \"True\"` is read as true",
        &["Q-1", "Q-6"],
        run!(primary_text),
    )
    .harms(&[harm(Entra, "E-25", "sends this in its validator")])
    .habit(),
    must("create-blank-text", "Empty text means unassigned", &["Q-20"], run!(blank))
        .harms(&[harm(OneLogin, "L-3", "sends empty text for every macro that is not set")])
        .habit(),
    must(
        "create-unknown-attribute",
        "An attribute that no schema has is ignored",
        &["M-33", "Q-11"],
        run!(unknown_attribute),
    )
    .harms(&[harm(Okta, "O-8", "sends back what it does not know")])
    .habit(),
    must("create-unknown-schema", "A schema that is not known is ignored", &["Q-20"], run!(unknown_schema))
        .harms(&[harm(Entra, "E-5", "sends a malformed enterprise URN in older examples")])
        .habit(),
    must(
        "create-manager-text",
        "`\"manager\": \"id\"` is read as a manager",
        &["Q-5", "M-31"],
        run!(manager_text),
    )
    .harms(&[harm(Entra, "E-19", "loses the manager of a new user")])
    .habit(),
];

async fn active_text(on: &mut Session) -> Verdict {
    let mut body = on.user_body();
    overlay(&mut body, json!({ "active": "True" }));
    let answer = on.post("/Users", &body).await?;
    answer.is(&[201])?;
    has(&answer.body, &[("/active", json!(true))])
}

async fn primary_text(on: &mut Session) -> Verdict {
    on.server.has(&["roles"])?;
    let mut body = on.user_body();
    overlay(
        &mut body,
        json!({ "roles": [{ "primary": "True", "type": "WindowsAzureActiveDirectoryRole", "value": "Admin" }] }),
    );
    let answer = on.post("/Users", &body).await?;
    answer.is(&[201])?;
    has(&answer.body, &[("/roles/0/primary", json!(true)), ("/roles/0/value", json!("Admin"))])
}

async fn blank(on: &mut Session) -> Verdict {
    on.server.has(&["title", &format!("{ENTERPRISE}:manager")])?;
    let mut body = on.user_body();
    overlay(&mut body, json!({ "schemas": [USER, ENTERPRISE], "title": "" }));
    body[ENTERPRISE]["manager"] = json!({ "value": "" });
    let answer = on.post("/Users", &body).await?;
    answer.is(&[201])?;
    let title = &answer.body["title"];
    ensure(title.is_null() || title == "", "no title", title.to_string())?;
    let manager = &answer.body[ENTERPRISE]["manager"]["value"];
    ensure(manager.is_null() || manager == "", "no manager", manager.to_string())
}

async fn unknown_attribute(on: &mut Session) -> Verdict {
    let mut body = on.user_body();
    overlay(&mut body, json!({ "accessiqCheckUnknown": "x" }));
    on.post("/Users", &body).await?.is(&[201])
}

async fn unknown_schema(on: &mut Session) -> Verdict {
    let mut body = on.user_body();
    overlay(
        &mut body,
        json!({ "schemas": [USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0User"] }),
    );
    on.post("/Users", &body).await?.is(&[201])
}

async fn manager_text(on: &mut Session) -> Verdict {
    on.server.has(&[&format!("{ENTERPRISE}:manager")])?;
    let manager = on.reader().await?;
    let mut body = on.user_body();
    overlay(&mut body, json!({ "schemas": [USER, ENTERPRISE] }));
    body[ENTERPRISE]["manager"] = json!(manager.id);
    let answer = on.post("/Users", &body).await?;
    answer.is(&[201])?;
    let found = &answer.body[ENTERPRISE]["manager"]["value"];
    ensure(*found == json!(manager.id), format!("manager.value is {}", manager.id), found.to_string())
}
