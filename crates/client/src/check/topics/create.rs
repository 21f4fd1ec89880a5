//! `POST /Users` (RFC 7644 §3.3), with the bodies that providers send.

use serde_json::{Value, json};

use crate::check::answer::has;
use crate::check::catalogue::Provider::{Auth0, Entra, Every, Okta};
use crate::check::catalogue::{Check, harm, must, run};
use crate::check::scratch::Kind::User;
use crate::check::server::{ENTERPRISE, USER};
use crate::check::session::{Session, overlay};
use crate::check::verdict::{Verdict, ensure};
use crate::http::Method;

/// Names as people have them: doubled spaces, quotes, letters beyond ASCII, and a letter with its mark apart.
const TRICKY: &str = "Zoe\u{308}  d'Ünglert \"Bob\" & Søn 𠮷";
/// As no standard writes it.
const TELEPHONE: &str = "+49 (30) 555-0100 ext. 7";

pub(super) const CHECKS: &[Check] = &[
    must(
        "create-answers-201",
        "A create is answered with 201 and the user with its id",
        &["R7644-3.3-01", "Q-8"],
        run!(created),
    )
    .harms(&[
        harm(Okta, "O-5", "reports that the new user was empty"),
        harm(Auth0, "A-4", "takes anything but 201 with an id for an error"),
        harm(Entra, "E-5", "needs the id for everything that follows"),
    ]),
    must(
        "create-location",
        "A create names the user's absolute address in Location and in meta.location",
        &["R7644-3.3-01", "R7643-3.1-13"],
        run!(location),
    ),
    must(
        "create-meta",
        "A new user has resourceType, created and lastModified in meta",
        &["R7643-3.1-12", "R7643-3.1-11"],
        run!(meta),
    ),
    must(
        "create-id",
        "An id is never empty and does not contain `bulkId`",
        &["R7643-3.1-02", "R7643-3.1-05", "O-21"],
        run!(id),
    ),
    must(
        "create-read-only",
        "What a client may not set is ignored on a create",
        &["R7644-3.3-02", "R7643-3.1-03"],
        run!(read_only),
    )
    .harms(&[harm(Entra, "E-5", "sends meta.resourceType with every create")]),
    must("create-keeps-text", "Text comes back byte for byte", &["Q-19"], run!(keeps_text)).harms(&[
        harm(Entra, "E-22", "reads the value again and pushes it forever"),
        harm(Okta, "O-8", "sends the changed text back as if it were its own"),
    ]),
    must(
        "create-keeps-telephone",
        "Telephone numbers come back byte for byte",
        &["Q-19", "R7643-4.1.2-03"],
        run!(keeps_telephone),
    )
    .harms(&[harm(Entra, "E-22", "asks that numbers are not reformatted")]),
    must(
        "create-same-value-twice",
        "One number under three types stays three numbers",
        &["Q-18"],
        run!(same_value),
    )
    .harms(&[harm(Entra, "E-25", "sends this in its validator, and expects it back")]),
    must("create-taken", "A userName that is taken is 409 uniqueness", &["R7644-3.3-03"], run!(taken)).harms(
        &[
            harm(Okta, "O-5", "stops the job on 409, and makes the user twice without it"),
            harm(Entra, "E-24", "expects 409"),
            harm(Auth0, "A-5", "looks for the user it knows only after 409"),
        ],
    ),
    must(
        "create-taken-other-case",
        "A userName that is taken in another case is 409",
        &["R7643-4.1.1-01", "Q-15"],
        run!(taken_other_case),
    )
    .harms(&[harm(Every, "Q-15", "makes one person twice")]),
    must(
        "create-taken-unicode-case",
        "`É` and `é` are one letter in a userName",
        &["Q-15"],
        run!(taken_unicode),
    )
    .harms(&[harm(Every, "Q-15", "makes a person twice whose name has such a letter")]),
    must(
        "create-without-name",
        "A user without userName is 400",
        &["R7644-3.12-02", "R7643-4.1.1-01"],
        run!(without_name),
    )
    .harms(&[harm(Entra, "E-26", "asks for this in its collection")]),
    must(
        "create-broken-json",
        "A body that is not JSON is 400 invalidSyntax",
        &["R7644-3.12-01"],
        run!(broken),
    ),
    must("create-no-object", "A body that is no object is 400", &["R7644-3.3-08"], run!(no_object)),
    must("create-inactive", "A user can be made inactive", &["R7643-2.3.2-01"], run!(inactive))
        .harms(&[harm(Auth0, "A-3", "makes blocked users with active false")]),
    must(
        "create-password",
        "A password is taken, and never comes back",
        &["R7643-7-05", "Q-25"],
        run!(password),
    )
    .harms(&[harm(Okta, "O-4", "sends a password with every create, also without password sync")])
    .habit(),
    must(
        "create-groups-empty",
        "`groups: []` in a create is ignored",
        &["R7643-4.1.2-05"],
        run!(groups_empty),
    )
    .harms(&[harm(Okta, "O-4", "sends it with every create")]),
    must("create-nulls", "null means unassigned", &["R7643-2.5-01", "Q-20"], run!(nulls)).harms(&[harm(
        Entra,
        "E-5",
        "has sent null for what it does not map",
    )]),
    must(
        "create-urn-without-object",
        "The enterprise URN may stand in schemas alone, beside `roles: []`",
        &["R7643-3-02"],
        run!(urn_alone),
    )
    .harms(&[harm(Entra, "E-5", "sends it with every create")]),
    must(
        "create-letter-case",
        "Attribute names are read in any letter case",
        &["R7643-2.1-01", "Q-20"],
        run!(letter_case),
    )
    .harms(&[harm(Entra, "E-26", "sends `UserName` and `Active` in its collection")]),
    must(
        "create-shared-external-id",
        "Two users may have one externalId",
        &["R7643-3.1-09", "Q-15"],
        run!(shared_external_id),
    )
    .harms(&[harm(Entra, "E-26", "shares one externalId in its collection")]),
    must(
        "create-manager-unknown",
        "A manager need not be a user that is there",
        &["Q-28"],
        run!(manager_unknown),
    )
    .harms(&[harm(Entra, "E-25", "sends managers before they are users")]),
    must(
        "create-attributes",
        "`attributes` shapes the answer to a create",
        &["R7644-3.9-01"],
        run!(attributes),
    ),
];

async fn created(on: &mut Session) -> Verdict {
    let body = on.user_body();
    let answer = on.post("/Users", &body).await?;
    answer.is(&[201])?;
    ensure(answer.body["id"].as_str().is_some_and(|id| !id.is_empty()), "a body with an id", answer.shown())?;
    has(
        &answer.body,
        &[
            ("/userName", body["userName"].clone()),
            ("/name/givenName", json!("Check")),
            ("/active", json!(true)),
        ],
    )
}

async fn location(on: &mut Session) -> Verdict {
    let body = on.user_body();
    let answer = on.post("/Users", &body).await?;
    answer.is(&[200, 201])?;
    let (header, meta) =
        (answer.header("location"), answer.body["meta"]["location"].as_str().unwrap_or_default());
    ensure(header.contains("://"), "an absolute Location header", format!("Location is \"{header}\""))?;
    ensure(header == meta, format!("meta.location is {header}"), format!("it is \"{meta}\""))
}

async fn meta(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    let meta = &user.answer["meta"];
    ensure(
        meta["resourceType"] == "User",
        "meta.resourceType is User",
        format!("it is {}", meta["resourceType"]),
    )?;
    for name in ["created", "lastModified"] {
        let is_time = meta[name].as_str().is_some_and(|text| text.len() >= 19 && text.as_bytes()[10] == b'T');
        ensure(is_time, format!("meta.{name} is a date with its time"), format!("it is {}", meta[name]))?;
    }
    Ok(())
}

async fn id(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    ensure(!user.id.contains("bulkId"), "an id without `bulkId` in it", user.id.clone())?;
    ensure(
        user.answer["externalId"].is_null(),
        "no externalId, since none was given",
        user.answer["externalId"].to_string(),
    )
}

async fn read_only(on: &mut Session) -> Verdict {
    let mut body = on.user_body();
    overlay(
        &mut body,
        json!({ "id": "chosen-by-the-client", "meta": { "resourceType": "User", "created": "1999-01-01T00:00:00Z" } }),
    );
    let answer = on.post("/Users", &body).await?;
    answer.is(&[201])?;
    ensure(
        answer.body["id"] != "chosen-by-the-client",
        "an id of the server's own",
        answer.body["id"].to_string(),
    )?;
    let created = answer.body["meta"]["created"].as_str().unwrap_or_default();
    ensure(!created.starts_with("1999"), "meta.created of the server's own", created)
}

async fn keeps_text(on: &mut Session) -> Verdict {
    let user = on
        .user_with(json!({ "displayName": TRICKY, "name": { "givenName": TRICKY, "familyName": "É" } }))
        .await?;
    on.holds(
        &user,
        &[
            ("/displayName", json!(TRICKY)),
            ("/name/givenName", json!(TRICKY)),
            ("/userName", user.body["userName"].clone()),
        ],
    )
    .await
}

async fn keeps_telephone(on: &mut Session) -> Verdict {
    on.server.has(&["phoneNumbers"])?;
    let user = on.user_with(json!({ "phoneNumbers": [{ "value": TELEPHONE, "type": "work" }] })).await?;
    on.holds(&user, &[("/phoneNumbers/0/value", json!(TELEPHONE))]).await
}

async fn same_value(on: &mut Session) -> Verdict {
    on.server.has(&["phoneNumbers"])?;
    let numbers: Vec<Value> = ["work", "mobile", "fax"]
        .iter()
        .map(|kind| json!({ "value": "+1 555 0100", "type": kind }))
        .collect();
    let user = on.user_with(json!({ "phoneNumbers": numbers })).await?;
    let found = on.now(&user).await?["phoneNumbers"].as_array().map_or(0, Vec::len);
    ensure(found == 3, "three phone numbers", format!("{found}"))
}

async fn taken(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    on.post("/Users", &user.body).await?.refuses(&[409], Some("uniqueness"))
}

async fn taken_other_case(on: &mut Session) -> Verdict {
    let mut body = on.user().await?.body;
    body["userName"] = json!(body["userName"].as_str().unwrap_or_default().to_uppercase());
    on.post("/Users", &body).await?.is(&[409])
}

async fn taken_unicode(on: &mut Session) -> Verdict {
    let mut body = on.user_body();
    let name = body["userName"].as_str().unwrap_or_default().to_owned();
    body["userName"] = json!(name.replace('@', "-élodie@"));
    on.made(User, body.clone()).await?;
    body["userName"] = json!(name.replace('@', "-ÉLODIE@"));
    on.post("/Users", &body).await?.is(&[409])
}

async fn without_name(on: &mut Session) -> Verdict {
    let mut body = on.user_body();
    overlay(&mut body, json!({ "userName": null }));
    on.post("/Users", &body).await?.refuses(&[400], Some("invalidValue"))
}

async fn broken(on: &mut Session) -> Verdict {
    on.send(Session::request(Method::POST, "/Users", Some("{\"userName\":".into())))
        .await?
        .refuses(&[400], Some("invalidSyntax"))
}

async fn no_object(on: &mut Session) -> Verdict {
    on.post("/Users", &json!(["accessiq-check"])).await?.refuses(&[400], None)
}

async fn inactive(on: &mut Session) -> Verdict {
    let user = on.user_with(json!({ "active": false })).await?;
    on.holds(&user, &[("/active", json!(false))]).await
}

async fn password(on: &mut Session) -> Verdict {
    const SECRET: &str = "Ch3ck-c0rrect-horse";
    let mut body = on.user_body();
    overlay(&mut body, json!({ "password": SECRET }));
    let answer = on.post("/Users", &body).await?;
    answer.is(&[201])?;
    ensure(!answer.text.contains(SECRET), "an answer without the password", "the password came back")?;
    let id = answer.body["id"].as_str().unwrap_or_default();
    let read = on.get(&format!("/Users/{}?attributes=password", crate::check::session::encoded(id))).await?;
    ensure(
        !read.text.contains(SECRET) && read.body["password"].is_null(),
        "no password, also when asked for",
        "the password came back",
    )
}

async fn groups_empty(on: &mut Session) -> Verdict {
    let mut body = on.user_body();
    overlay(&mut body, json!({ "groups": [] }));
    on.post("/Users", &body).await?.is(&[201])
}

async fn nulls(on: &mut Session) -> Verdict {
    let mut body = on.user_body();
    for name in ["addresses", "phoneNumbers", "title"] {
        on.server.has(&[name])?;
        body[name] = Value::Null;
    }
    let answer = on.post("/Users", &body).await?;
    answer.is(&[201])?;
    has(&answer.body, &[("/title", Value::Null), ("/phoneNumbers", Value::Null)])
}

async fn urn_alone(on: &mut Session) -> Verdict {
    on.server.has(&["roles", &format!("{ENTERPRISE}:department")])?;
    let mut body = on.user_body();
    overlay(&mut body, json!({ "schemas": [USER, ENTERPRISE], "roles": [] }));
    on.post("/Users", &body).await?.is(&[201])
}

async fn letter_case(on: &mut Session) -> Verdict {
    let mut body = on.user_body();
    let (display_name, active) = (body["displayName"].clone(), json!(false));
    overlay(
        &mut body,
        json!({ "displayName": null, "active": null, "DisplayName": display_name, "Active": active }),
    );
    let answer = on.post("/Users", &body).await?;
    answer.is(&[201])?;
    has(&answer.body, &[("/displayName", display_name), ("/active", active)])
}

async fn shared_external_id(on: &mut Session) -> Verdict {
    let first = on.user().await?;
    let external_id = format!("shared-{}", first.name());
    on.user_with(json!({ "externalId": external_id })).await?;
    let mut body = on.user_body();
    overlay(&mut body, json!({ "externalId": external_id }));
    on.post("/Users", &body).await?.is(&[201])
}

async fn manager_unknown(on: &mut Session) -> Verdict {
    on.server.has(&[&format!("{ENTERPRISE}:manager")])?;
    let mut body = on.user_body();
    overlay(&mut body, json!({ "schemas": [USER, ENTERPRISE] }));
    body[ENTERPRISE]["manager"] = json!({ "value": "accessiq-check-no-user" });
    on.post("/Users", &body).await?.is(&[201])
}

async fn attributes(on: &mut Session) -> Verdict {
    let body = on.user_body();
    let answer = on.post("/Users?attributes=userName", &body).await?;
    answer.is(&[201])?;
    has(
        &answer.body,
        &[("/userName", body["userName"].clone()), ("/emails", Value::Null), ("/name", Value::Null)],
    )
}
