//! `GET /Users/{id}`, and which attributes it shows (RFC 7644 §3.4.1, §3.9).

use serde_json::{Value, json};

use crate::check::answer::has;
use crate::check::catalogue::Provider::{Auth0, Entra, Every, Okta};
use crate::check::catalogue::{Check, harm, must, run, should};
use crate::check::server::{ENTERPRISE, USER};
use crate::check::session::{SCIM_JSON, Session};
use crate::check::verdict::{Verdict, ensure};
use crate::http::Method;

pub(super) const CHECKS: &[Check] = &[
    must("read-by-id", "A user is read by its id as it was made", &["R7644-3.4.1-01"], run!(by_id)).harms(&[
        harm(Okta, "O-7", "reads a user before every change"),
        harm(Entra, "E-8", "cannot read a user back"),
    ]),
    must("read-schemas", "A user names its schemas", &["R7643-3-01"], run!(schemas)),
    must(
        "read-unknown",
        "An id that is not there is 404 with a SCIM error, whatever it looks like",
        &["R7644-3.4.1-01", "Q-22"],
        run!(unknown),
    )
    .harms(&[
        harm(Okta, "O-19", "asks for this in its test suite (R4), with an id that is no UUID"),
        harm(Entra, "E-8", "takes a user for gone only after 404"),
    ]),
    must("read-other-type", "A user's id finds nothing under /Groups", &["R7644-3.4.1-02"], run!(other_type)),
    must(
        "read-attributes",
        "`attributes` shows what is named, and the id",
        &["R7644-3.9-02"],
        run!(attributes),
    ),
    must("read-excluded", "`excludedAttributes` leaves out what is named", &["R7644-3.9-03"], run!(excluded))
        .harms(&[harm(Entra, "E-14", "asks for groups without their members so")]),
    must(
        "read-excluded-id",
        "`excludedAttributes=id` does not leave out the id",
        &["R7643-7-06"],
        run!(excluded_id),
    ),
    must(
        "read-attributes-letter-case",
        "Names in `attributes` are read in any letter case",
        &["R7644-3.9-06"],
        run!(attributes_case),
    ),
    must("read-boolean", "`active` comes back as a JSON boolean", &["R7643-2.3.2-01", "Q-1"], run!(boolean))
        .harms(&[harm(Every, "Q-1", "takes the text \"false\" for true")]),
    must(
        "read-extension",
        "Enterprise attributes stand under their URN, and the URN in schemas",
        &["R7643-3.3-02", "R7643-3.3-03"],
        run!(extension),
    )
    .harms(&[harm(Entra, "E-9", "reads department and manager there")]),
    should(
        "read-unknown-parameter",
        "Query parameters that are not known are ignored",
        &["R7644-3.4.2-06", "Q-27"],
        run!(parameter),
    )
    .harms(&[harm(Entra, "E-2", "carries `?aadOptscim062020` in its URL")]),
    must(
        "read-with-content-type",
        "A GET with Content-Type and no body is a GET",
        &["Q-13"],
        run!(content_type),
    )
    .harms(&[harm(Auth0, "A-2", "sends Content-Type with every request")]),
    should(
        "read-trailing-slash",
        "A slash at the end of the path does not matter",
        &["R7644-3.2-04", "Q-14"],
        run!(slash),
    )
    .harms(&[harm(Entra, "E-26", "has `/Users/` in its collection")]),
];

async fn by_id(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let expected = [
        ("/id", json!(user.id)),
        ("/userName", user.body["userName"].clone()),
        ("/emails/0/value", user.body["userName"].clone()),
    ];
    on.holds(&user, &expected).await
}

async fn schemas(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let found = on.now(&user).await?["schemas"].clone();
    ensure(
        found.as_array().is_some_and(|schemas| schemas.contains(&json!(USER))),
        format!("schemas has {USER}"),
        found.to_string(),
    )
}

async fn unknown(on: &mut Session) -> Verdict {
    for id in ["010101001010101011001010101011", "00000000-0000-4000-8000-000000000000"] {
        on.get(&format!("/Users/{id}")).await?.refuses(&[404], None)?;
    }
    Ok(())
}

async fn other_type(on: &mut Session) -> Verdict {
    on.server.has_groups()?;
    let user = on.reader().await?;
    on.get(&user.path().replace("/Users", "/Groups")).await?.is(&[404])
}

async fn shaped(on: &mut Session, query: &str) -> Result<Value, crate::check::verdict::Ended> {
    let user = on.reader().await?;
    let answer = on.get(&format!("{}?{query}", user.path())).await?;
    answer.is(&[200])?;
    ensure(
        answer.body["id"] == json!(user.id),
        format!("the id {}", user.id),
        answer.body["id"].to_string(),
    )?;
    Ok(answer.body)
}

async fn attributes(on: &mut Session) -> Verdict {
    let name = on.reader().await?.body["userName"].clone();
    has(
        &shaped(on, "attributes=userName").await?,
        &[("/userName", name), ("/emails", Value::Null), ("/name", Value::Null)],
    )
}

async fn excluded(on: &mut Session) -> Verdict {
    let name = on.reader().await?.body["userName"].clone();
    has(&shaped(on, "excludedAttributes=emails").await?, &[("/userName", name), ("/emails", Value::Null)])
}

async fn excluded_id(on: &mut Session) -> Verdict {
    shaped(on, "excludedAttributes=id").await.map(drop)
}

async fn attributes_case(on: &mut Session) -> Verdict {
    let name = on.reader().await?.body["userName"].clone();
    has(&shaped(on, "attributes=USERNAME").await?, &[("/userName", name), ("/emails", Value::Null)])
}

async fn boolean(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    on.holds(&user, &[("/active", json!(true))]).await
}

async fn extension(on: &mut Session) -> Verdict {
    on.server.has(&[&format!("{ENTERPRISE}:department")])?;
    let user =
        on.user_with(json!({ "schemas": [USER, ENTERPRISE], ENTERPRISE: { "department": "Check" } })).await?;
    let document = on.now(&user).await?;
    has(&document, &[(&format!("/{ENTERPRISE}/department"), json!("Check"))])?;
    let schemas = &document["schemas"];
    ensure(
        schemas.as_array().is_some_and(|all| all.contains(&json!(ENTERPRISE))),
        format!("schemas has {ENTERPRISE}"),
        schemas.to_string(),
    )
}

async fn parameter(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    for parameter in ["aadOptscim062020", "accessiqCheck=1"] {
        on.get(&format!("{}?{parameter}", user.path())).await?.is(&[200])?;
    }
    Ok(())
}

async fn content_type(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let mut request = Session::request(Method::GET, &user.path(), None);
    request.headers.push(("Content-Type", SCIM_JSON.into()));
    on.send(request).await?.is(&[200])
}

async fn slash(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    on.get(&format!("{}/", user.path())).await?.is(&[200])
}
