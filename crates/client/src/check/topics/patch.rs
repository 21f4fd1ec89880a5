//! `PATCH /Users/{id}` as RFC 7644 §3.5.2 writes it.

use serde_json::{Value, json};

use crate::check::answer::{elements, has};
use crate::check::catalogue::Provider::{Entra, Every, Okta};
use crate::check::catalogue::{Check, harm, must, run, should};
use crate::check::server::{ENTERPRISE, USER};
use crate::check::session::Session;
use crate::check::verdict::{Verdict, ensure};
use crate::http::Method;

pub(super) const CHECKS: &[Check] = &[
    must(
        "patch-replace",
        "`replace` sets an attribute, set before or not",
        &["R7644-3.5.2.3-02", "R7644-3.5.2.3-04"],
        run!(replace),
    )
    .harms(&[harm(Entra, "E-9", "cannot update a user")]),
    must(
        "patch-sub-attribute",
        "`replace` of `name.givenName` keeps the family name",
        &["R7644-3.5.2.3-02"],
        run!(sub_attribute),
    )
    .harms(&[harm(Entra, "E-9", "sends one operation for each attribute")]),
    must(
        "patch-complex",
        "`add` of `name` sets what is given and keeps the rest",
        &["R7644-3.5.2.1-06"],
        run!(complex),
    ),
    must(
        "patch-append",
        "`add` to a list appends, an array or one object",
        &["R7644-3.5.2.1-07"],
        run!(append),
    ),
    must(
        "patch-append-again",
        "`add` of what is there changes nothing",
        &["R7644-3.5.2.1-08", "Q-9"],
        run!(append_again),
    ),
    must(
        "patch-replace-list",
        "`replace` of a list replaces it whole",
        &["R7644-3.5.2.3-03"],
        run!(replace_list),
    ),
    must(
        "patch-element",
        "`replace` of `phoneNumbers[type eq \"work\"].value` changes that element alone",
        &["R7644-3.5.2.3-07"],
        run!(element),
    )
    .harms(&[harm(Entra, "E-9", "writes all list values so")]),
    must(
        "patch-remove",
        "`remove` clears an attribute; again, it is no error",
        &["R7644-3.5.2.2-02", "R7644-3.5.2.2-09"],
        run!(remove),
    ),
    must(
        "patch-remove-element",
        "`remove` with a filter takes one element",
        &["R7644-3.5.2.2-04"],
        run!(remove_element),
    ),
    must("patch-primary", "A new primary takes the place of the old one", &["R7644-3.5.2-11"], run!(primary)),
    must(
        "patch-extension",
        "A path with the enterprise URN sets a department",
        &["R7644-3.10-04", "R7644-3.5.2-13"],
        run!(extension),
    )
    .harms(&[harm(Entra, "E-9", "writes enterprise attributes so")]),
    must(
        "patch-manager-object",
        "A manager is set by `{\"value\": id}`",
        &["R7643-4.3-02", "Q-5"],
        run!(manager),
    )
    .harms(&[harm(Entra, "E-19", "loses managers")]),
    must("patch-in-order", "Operations apply one after another", &["R7644-3.5.2-07", "Q-21"], run!(in_order))
        .harms(&[harm(Entra, "Q-21", "counts on the last operation")]),
    must(
        "patch-atomic",
        "If one operation fails, none was applied",
        &["R7644-3.5.2-08", "Q-21"],
        run!(atomic),
    )
    .harms(&[harm(Every, "Q-21", "believes that nothing was changed")]),
    must("patch-many", "Twelve `add` operations on a bare user all hold", &["R7644-3.5.2-07"], run!(many))
        .harms(&[harm(Entra, "E-25", "sends some thirty in its validator, and reads each back")]),
    must("patch-rename-taken", "A PATCH to a userName that is taken is 409", &["R7644-3.12-08"], run!(taken)),
    must("patch-attributes", "`attributes` asks for a 200 with these", &["R7644-3.5.2-12"], run!(attributes)),
    must("patch-unknown", "A PATCH of an id that is not there is 404", &["R7644-3.5.2-15"], run!(unknown)),
    must("patch-read-only", "A change of `id` is 400", &["R7644-3.5.2-09"], run!(read_only)),
    must("patch-required", "A required attribute cannot be removed", &["R7644-3.5.2.2-06"], run!(required)),
    must(
        "patch-remove-nothing",
        "`remove` without a path is 400 noTarget",
        &["R7644-3.5.2.2-01"],
        run!(no_target),
    ),
    must("patch-operation", "An operation that is not there is 400", &["R7644-3.5.2-03"], run!(operation)),
    must("patch-path", "A path that cannot be read is 400", &["R7644-3.5.2-05"], run!(path)),
    must("patch-type", "A value of the wrong type is 400", &["R7644-3.12-09"], run!(wrong_type)),
    should(
        "patch-no-change",
        "What changes nothing leaves lastModified alone",
        &["R7644-3.5.2.1-01", "Q-9"],
        run!(no_change),
    )
    .harms(&[harm(Okta, "O-15", "sends the same again with every update")]),
];

fn telephones() -> Value {
    json!({ "phoneNumbers": [{ "value": "+1 555 0100", "type": "work" }, { "value": "+1 555 0101", "type": "mobile" }] })
}

/// Patches a user that was made with these attributes, and reads it back.
pub(super) async fn patched(
    on: &mut Session,
    with: Value,
    operations: Value,
    expected: &[(&str, Value)],
) -> Verdict {
    let user = on.user_with(with).await?;
    on.patch(&user, operations).await?.changed()?;
    on.holds(&user, expected).await
}

async fn replace(on: &mut Session) -> Verdict {
    on.server.has(&["title", "nickName"])?;
    let operations = json!([
        { "op": "replace", "path": "title", "value": "Lead" },
        { "op": "replace", "path": "nickName", "value": "Chk" },
    ]);
    patched(
        on,
        json!({ "title": "Analyst" }),
        operations,
        &[("/title", json!("Lead")), ("/nickName", json!("Chk"))],
    )
    .await
}

async fn sub_attribute(on: &mut Session) -> Verdict {
    let with = json!({ "name": { "givenName": "Check", "familyName": "Kept" } });
    let operations = json!([{ "op": "replace", "path": "name.givenName", "value": "Zoë" }]);
    patched(on, with, operations, &[("/name/givenName", json!("Zoë")), ("/name/familyName", json!("Kept"))])
        .await
}

async fn complex(on: &mut Session) -> Verdict {
    let with = json!({ "name": { "givenName": "Check", "familyName": "Kept" } });
    let operations = json!([{ "op": "add", "path": "name", "value": { "givenName": "Zoë" } }]);
    patched(on, with, operations, &[("/name/givenName", json!("Zoë")), ("/name/familyName", json!("Kept"))])
        .await
}

async fn append(on: &mut Session) -> Verdict {
    on.server.has(&["phoneNumbers"])?;
    let user = on.user_with(telephones()).await?;
    for value in [
        json!([{ "value": "+1 555 0102", "type": "fax" }]),
        json!({ "value": "+1 555 0103", "type": "home" }),
    ] {
        on.patch(&user, json!([{ "op": "add", "path": "phoneNumbers", "value": value }])).await?.changed()?;
    }
    let document = on.now(&user).await?;
    let found = document["phoneNumbers"].as_array().map_or(0, Vec::len);
    ensure(found == 4, "four phone numbers", format!("{found}"))
}

async fn append_again(on: &mut Session) -> Verdict {
    on.server.has(&["phoneNumbers"])?;
    let user = on.user_with(telephones()).await?;
    let value = json!([{ "value": "+1 555 0100", "type": "work" }]);
    on.patch(&user, json!([{ "op": "add", "path": "phoneNumbers", "value": value }])).await?.changed()?;
    let found = on.now(&user).await?["phoneNumbers"].as_array().map_or(0, Vec::len);
    ensure(found == 2, "two phone numbers, as before", format!("{found}"))
}

async fn replace_list(on: &mut Session) -> Verdict {
    on.server.has(&["phoneNumbers"])?;
    let operations = json!([{ "op": "replace", "path": "phoneNumbers", "value": [{ "value": "+1 555 0104", "type": "home" }] }]);
    let expected = [("/phoneNumbers/0/value", json!("+1 555 0104")), ("/phoneNumbers/1", Value::Null)];
    patched(on, telephones(), operations, &expected).await
}

async fn element(on: &mut Session) -> Verdict {
    on.server.has(&["phoneNumbers"])?;
    let user = on.user_with(telephones()).await?;
    let operation =
        json!({ "op": "replace", "path": "phoneNumbers[type eq \"work\"].value", "value": "+1 555 0199" });
    on.patch(&user, json!([operation])).await?.changed()?;
    let document = on.now(&user).await?;
    for (kind, number) in [("work", "+1 555 0199"), ("mobile", "+1 555 0101")] {
        let found = elements(&document, "phoneNumbers", "type", &json!(kind));
        let agrees = found.len() == 1 && found[0]["value"] == number;
        ensure(agrees, format!("one {kind} number, {number}"), document["phoneNumbers"].to_string())?;
    }
    Ok(())
}

async fn remove(on: &mut Session) -> Verdict {
    on.server.has(&["title"])?;
    let user = on.user_with(json!({ "title": "Lead" })).await?;
    for _ in 0..2 {
        on.patch(&user, json!([{ "op": "remove", "path": "title" }])).await?.changed()?;
    }
    on.holds(&user, &[("/title", Value::Null)]).await
}

async fn remove_element(on: &mut Session) -> Verdict {
    on.server.has(&["phoneNumbers"])?;
    let operations = json!([{ "op": "remove", "path": "phoneNumbers[type eq \"work\"]" }]);
    let expected = [("/phoneNumbers/0/type", json!("mobile")), ("/phoneNumbers/1", Value::Null)];
    patched(on, telephones(), operations, &expected).await
}

async fn primary(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    let other = format!("other-{}", user.name());
    let value = json!([{ "value": other, "type": "home", "primary": true }]);
    on.patch(&user, json!([{ "op": "add", "path": "emails", "value": value }])).await?.changed()?;
    let document = on.now(&user).await?;
    let primary = elements(&document, "emails", "primary", &json!(true));
    let agrees = primary.len() == 1 && primary[0]["value"] == other.as_str();
    ensure(agrees, format!("{other} is the only primary e-mail"), document["emails"].to_string())
}

async fn extension(on: &mut Session) -> Verdict {
    on.server.has(&[&format!("{ENTERPRISE}:department")])?;
    let user = on.user().await?;
    on.patch(&user, json!([{ "op": "add", "path": format!("{ENTERPRISE}:department"), "value": "Check" }]))
        .await?
        .changed()?;
    let document = on.now(&user).await?;
    has(&document, &[(&format!("/{ENTERPRISE}/department"), json!("Check"))])?;
    let named = document["schemas"].as_array().is_some_and(|schemas| schemas.contains(&json!(ENTERPRISE)));
    ensure(named, format!("schemas has {ENTERPRISE}"), document["schemas"].to_string())
}

async fn manager(on: &mut Session) -> Verdict {
    on.server.has(&[&format!("{ENTERPRISE}:manager")])?;
    let manager = on.reader().await?;
    let operation =
        json!({ "op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": { "value": manager.id } });
    patched(
        on,
        json!({}),
        json!([operation]),
        &[(&format!("/{ENTERPRISE}/manager/value"), json!(manager.id))],
    )
    .await
}

async fn in_order(on: &mut Session) -> Verdict {
    let operations = json!([
        { "op": "remove", "path": "externalId" },
        { "op": "add", "path": "externalId", "value": "accessiq-check-78" },
        { "op": "replace", "path": "externalId", "value": "accessiq-check-79" },
    ]);
    patched(
        on,
        json!({ "externalId": "accessiq-check-77" }),
        operations,
        &[("/externalId", json!("accessiq-check-79"))],
    )
    .await
}

async fn atomic(on: &mut Session) -> Verdict {
    let user = on.user_with(json!({ "displayName": "Before" })).await?;
    let operations = json!([
        { "op": "replace", "path": "displayName", "value": "After" },
        { "op": "replace", "path": "active", "value": "perhaps" },
    ]);
    let answer = on.patch(&user, operations).await?;
    ensure(answer.status >= 400, "an error, since the second operation makes no sense", answer.summary())?;
    on.holds(&user, &[("/displayName", json!("Before"))]).await
}

async fn many(on: &mut Session) -> Verdict {
    const PLAIN: [(&str, &str); 7] = [
        ("title", "Lead"),
        ("nickName", "Chk"),
        ("userType", "Employee"),
        ("preferredLanguage", "de-DE"),
        ("locale", "de-DE"),
        ("timezone", "Europe/Berlin"),
        ("externalId", "accessiq-check-many"),
    ];
    const EXTENDED: [&str; 5] = ["employeeNumber", "costCenter", "organization", "division", "department"];
    let user = on.user().await?;
    let mut operations = Vec::new();
    let mut expected = Vec::new();
    for (name, value) in PLAIN.iter().filter(|(name, _)| on.server.has(&[name]).is_ok()) {
        operations.push(json!({ "op": "add", "path": name, "value": value }));
        expected.push((format!("/{name}"), json!(value)));
    }
    for name in EXTENDED {
        let path = format!("{ENTERPRISE}:{name}");
        if on.server.has(&[&path]).is_ok() {
            operations.push(json!({ "op": "add", "path": path, "value": format!("check {name}") }));
            expected.push((format!("/{ENTERPRISE}/{name}"), json!(format!("check {name}"))));
        }
    }
    on.patch(&user, json!(operations)).await?.changed()?;
    let expected: Vec<(&str, Value)> =
        expected.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
    on.holds(&user, &expected).await
}

async fn taken(on: &mut Session) -> Verdict {
    let (user, other) = (on.user().await?, on.reader().await?);
    let operations = json!([{ "op": "replace", "path": "userName", "value": other.name() }]);
    on.patch(&user, operations).await?.refuses(&[409], Some("uniqueness"))
}

async fn attributes(on: &mut Session) -> Verdict {
    on.server.offers("patch")?;
    let user = on.user().await?;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "displayName", "value": "Shaped" }],
    });
    let path = format!("{}?attributes=displayName", user.path());
    let answer = on.send(Session::request(Method::PATCH, &path, Some(body.to_string()))).await?;
    answer.is(&[200])?;
    has(&answer.body, &[("/displayName", json!("Shaped")), ("/emails", Value::Null)])
}

async fn unknown(on: &mut Session) -> Verdict {
    let mut nobody = on.reader().await?;
    nobody.id = "accessiq-check-no-user".into();
    on.patch(&nobody, json!([{ "op": "replace", "path": "displayName", "value": "x" }]))
        .await?
        .refuses(&[404], None)
}

/// The operations are refused with 400, and the user is as before.
async fn refused(on: &mut Session, operations: Value, scim_type: Option<&str>) -> Verdict {
    let user = on.user().await?;
    on.patch(&user, operations).await?.refuses(&[400], scim_type)?;
    on.holds(&user, &[("/id", json!(user.id)), ("/userName", user.body["userName"].clone())]).await
}

async fn read_only(on: &mut Session) -> Verdict {
    refused(
        on,
        json!([{ "op": "replace", "path": "id", "value": "accessiq-check-other" }]),
        Some("mutability"),
    )
    .await
}

async fn required(on: &mut Session) -> Verdict {
    refused(on, json!([{ "op": "remove", "path": "userName" }]), None).await
}

async fn no_target(on: &mut Session) -> Verdict {
    refused(on, json!([{ "op": "remove" }]), Some("noTarget")).await
}

async fn operation(on: &mut Session) -> Verdict {
    refused(on, json!([{ "op": "move", "path": "displayName", "value": "x" }]), None).await
}

async fn path(on: &mut Session) -> Verdict {
    refused(on, json!([{ "op": "replace", "path": "emails[type eq", "value": "x" }]), None).await
}

async fn wrong_type(on: &mut Session) -> Verdict {
    refused(on, json!([{ "op": "replace", "path": "active", "value": "perhaps" }]), Some("invalidValue"))
        .await
}

async fn no_change(on: &mut Session) -> Verdict {
    let user = on.user_with(json!({ "displayName": "Same", "schemas": [USER] })).await?;
    let before = on.now(&user).await?["meta"].clone();
    on.patch(&user, json!([{ "op": "replace", "path": "displayName", "value": "Same" }])).await?.changed()?;
    let after = on.now(&user).await?["meta"].clone();
    ensure(before == after, format!("meta stays {before}"), after.to_string())
}
