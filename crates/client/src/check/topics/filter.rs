//! Filters of users (RFC 7644 §3.4.2.2), as providers send them.

use serde_json::json;

use crate::check::catalogue::Provider::{Auth0, Cognito, Entra, Every, Okta, OneLogin};
use crate::check::catalogue::{Check, harm, must, run, should};
use crate::check::scratch::Kind::User;
use crate::check::server::{ENTERPRISE, USER};
use crate::check::session::{Session, encoded};
use crate::check::verdict::{Verdict, ensure};

const NOBODY: &str = "accessiq-check-nobody-5e1f@example.com";

pub(super) const CHECKS: &[Check] = &[
    must(
        "filter-user-name",
        "A user is found by userName, on the first page of 100",
        &["R7644-3.4.2.2-02"],
        run!(user_name),
    )
    .harms(&[
        harm(Okta, "O-3", "looks everybody up by userName before a create"),
        harm(Entra, "E-4", "matches by userName"),
    ]),
    must(
        "filter-nobody",
        "A userName that is not there is 200 with an empty list",
        &["R7644-3.4.2-03"],
        run!(nobody),
    )
    .harms(&[
        harm(Entra, "E-1", "fails its connection test on anything else"),
        harm(OneLogin, "L-1", "asks for this when the connector is enabled"),
    ]),
    must(
        "filter-nobody-resources",
        "An empty list has `Resources: []`",
        &["Q-8", "M-24"],
        run!(empty_resources),
    )
    .harms(&[harm(Auth0, "A-6", "takes a list without Resources for an invalid answer")]),
    must(
        "filter-user-name-case",
        "userName is compared without regard to case",
        &["R7643-4.1.1-01", "Q-15"],
        run!(other_case),
    )
    .harms(&[
        harm(Entra, "E-4", "asks for this in its validator"),
        harm(Okta, "O-16", "asks for this in its test suite (R9)"),
    ]),
    must("filter-external-id", "A user is found by externalId", &["R7643-3.1-07"], run!(external_id)).harms(
        &[
            harm(Auth0, "A-6", "finds its users by externalId alone"),
            harm(Entra, "E-6", "may match by externalId"),
            harm(Cognito, "C-8", "matches by externalId"),
        ],
    ),
    must(
        "filter-external-id-case",
        "externalId is compared with regard to case",
        &["R7643-3.1-07", "Q-15"],
        run!(external_id_case),
    )
    .harms(&[harm(Every, "Q-15", "finds somebody else")]),
    must(
        "filter-shared-external-id",
        "A filter finds both users who share an externalId",
        &["R7643-3.1-09", "Q-15"],
        run!(shared),
    )
    .harms(&[harm(Entra, "E-26", "has two users of one externalId in its collection")]),
    must("filter-id", "A user is found by id", &["R7644-3.4.2.2-18"], run!(id)).harms(&[harm(
        Entra,
        "E-19",
        "has asked for id together with manager",
    )]),
    must("filter-and", "Two conditions are joined by `and`", &["R7644-3.4.2.2-08"], run!(and))
        .harms(&[harm(Entra, "E-4", "joins matching attributes by `and`")]),
    should(
        "filter-or-not",
        "`or`, `not` and brackets are read",
        &["R7644-3.4.2.2-08", "R7644-3.4.2.2-09"],
        run!(or_not),
    ),
    should(
        "filter-starts-with",
        "`sw`, `ew` and `co` find parts of a text",
        &["R7644-3.4.2.2-04"],
        run!(parts),
    ),
    should("filter-present", "`pr` finds what has a value", &["R7644-3.4.2.2-05"], run!(present)),
    should("filter-date", "Dates are compared by `ge` and `lt`", &["R7644-3.4.2.2-06"], run!(date)),
    must(
        "filter-letter-case",
        "Operators and attribute names are read in any letter case",
        &["R7644-3.4.2.2-01", "Q-14"],
        run!(letter_case),
    )
    .harms(&[harm(Entra, "E-26", "writes `DisplayName` in its collection")]),
    must("filter-email", "A user is found by `emails.value`", &["R7644-3.4.2.2-14"], run!(email)),
    should(
        "filter-element",
        "`emails[type eq \"work\" and value eq …]` looks within one element",
        &["R7644-3.4.2.2-10"],
        run!(element),
    ),
    must(
        "filter-plus-for-space",
        "`+` stands for a space in a query",
        &["R7644-3.4.2.2-27", "Q-14"],
        run!(plus),
    )
    .harms(&[harm(Entra, "E-4", "encodes spaces so, as its library does")]),
    must(
        "filter-plus-in-value",
        "`%2B` stays a plus, and `'` an apostrophe, in o'brien+hr@…",
        &["R7644-3.4.2.2-27", "M-49", "Q-14"],
        run!(plus_in_value),
    )
    .harms(&[harm(Every, "Q-14", "does not find who has a plus in the address, and makes them twice")]),
    must(
        "filter-escapes",
        "Quotes and backslashes in a text are escaped as in JSON",
        &["R7644-3.4.2.2-20"],
        run!(escapes),
    )
    .harms(&[harm(Auth0, "A-6", "escapes them in its lookup")]),
    should(
        "filter-urn",
        "An attribute may be named with its schema",
        &["R7644-3.10-01", "R7644-3.10-02"],
        run!(urn),
    ),
    must(
        "filter-malformed",
        "A filter that cannot be read is 400 invalidFilter",
        &["R7644-3.4.2.2-17"],
        run!(malformed),
    ),
    must(
        "filter-operator",
        "An operator that is not there is 400 invalidFilter",
        &["R7644-3.4.2.2-17"],
        run!(operator),
    ),
    should(
        "filter-trailing-slash",
        "`/Users/?filter=…` is a search as well",
        &["R7644-3.2-04", "Q-14"],
        run!(slash),
    )
    .harms(&[harm(Entra, "E-26", "writes it so in its collection")]),
    must(
        "filter-email-path",
        "`emails[type eq \"work\"].value eq …` finds by work e-mail",
        &["R7644-3.4.2.2-13", "Q-14"],
        run!(email_path),
    )
    .harms(&[harm(Entra, "E-7", "matches by work e-mail so")])
    .habit(),
    must("filter-unquoted", "`externalId eq jyoung` is read without quotes", &["Q-14"], run!(unquoted))
        .harms(&[harm(Entra, "E-6", "has it in its documentation and its collection")])
        .habit(),
];

async fn finds(on: &mut Session, filter: &str, ids: &[&str]) -> Verdict {
    on.find(User, filter).await?.lists(ids)
}

async fn user_name(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let filter = encoded(&format!("userName eq \"{}\"", user.name()));
    on.get(&format!("/Users?filter={filter}&startIndex=1&count=100")).await?.lists(&[&user.id])
}

async fn nobody(on: &mut Session) -> Verdict {
    let answer = on.find(User, &format!("userName eq \"{NOBODY}\"")).await?;
    answer.lists(&[])?;
    ensure(answer.body["totalResults"] == 0, "totalResults is 0", answer.body["totalResults"].to_string())
}

async fn empty_resources(on: &mut Session) -> Verdict {
    let answer = on.find(User, &format!("userName eq \"{NOBODY}\"")).await?;
    answer.lists(&[])?;
    ensure(answer.body["Resources"].is_array(), "`Resources` is an empty array", "it is left out")
}

async fn other_case(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    finds(on, &format!("userName eq \"{}\"", user.name().to_uppercase()), &[&user.id]).await
}

async fn external_id(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    finds(on, &format!("externalId eq {}", user.body["externalId"]), &[&user.id]).await
}

async fn external_id_case(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let other = user.body["externalId"].as_str().unwrap_or_default().to_uppercase();
    finds(on, &format!("externalId eq \"{other}\""), &[]).await
}

async fn shared(on: &mut Session) -> Verdict {
    let first = on.user_with(json!({ "externalId": "accessiq-check|shared" })).await?;
    let second = on.user_with(json!({ "externalId": "accessiq-check|shared" })).await?;
    let answer = on.find(User, "externalId eq \"accessiq-check|shared\"").await?;
    let found: Vec<&str> = answer.list()?.iter().filter_map(|user| user["id"].as_str()).collect();
    let both = found.contains(&first.id.as_str()) && found.contains(&second.id.as_str());
    ensure(both, format!("{} and {}", first.id, second.id), found.join(", "))
}

async fn id(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    finds(on, &format!("id eq \"{}\"", user.id), &[&user.id]).await
}

async fn and(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let filter = format!("userName eq \"{}\" and active eq ", user.name());
    finds(on, &format!("{filter}true"), &[&user.id]).await?;
    finds(on, &format!("{filter}false"), &[]).await
}

async fn or_not(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let name = user.name().to_owned();
    finds(on, &format!("userName eq \"{NOBODY}\" or userName eq \"{name}\""), &[&user.id]).await?;
    finds(on, &format!("userName eq \"{name}\" and not (active eq true)"), &[]).await
}

async fn parts(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let name = user.name().to_owned();
    for (operator, part) in
        [("sw", &name[..name.len() - 4]), ("ew", &name[4..]), ("co", &name[4..name.len() - 4])]
    {
        finds(on, &format!("userName {operator} \"{part}\""), &[&user.id]).await?;
    }
    Ok(())
}

async fn present(on: &mut Session) -> Verdict {
    on.server.has(&["title"])?;
    let user = on.reader().await?;
    let name = user.name().to_owned();
    finds(on, &format!("userName eq \"{name}\" and emails pr"), &[&user.id]).await?;
    finds(on, &format!("userName eq \"{name}\" and title pr"), &[]).await
}

async fn date(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let name = user.name().to_owned();
    finds(
        on,
        &format!("userName eq \"{name}\" and meta.lastModified ge \"2001-01-01T00:00:00Z\""),
        &[&user.id],
    )
    .await?;
    finds(on, &format!("userName eq \"{name}\" and meta.lastModified lt \"2001-01-01T00:00:00Z\""), &[]).await
}

async fn letter_case(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    finds(on, &format!("USERNAME Eq \"{}\"", user.name()), &[&user.id]).await
}

async fn email(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    finds(on, &format!("emails.value eq \"{}\"", user.name()), &[&user.id]).await
}

async fn element(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let name = user.name().to_owned();
    finds(on, &format!("emails[type eq \"work\" and value eq \"{name}\"]"), &[&user.id]).await?;
    finds(on, &format!("emails[type eq \"home\" and value eq \"{name}\"]"), &[]).await
}

async fn plus(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    on.get(&format!("/Users?filter=userName+eq+%22{}%22", encoded(user.name()))).await?.lists(&[&user.id])
}

async fn plus_in_value(on: &mut Session) -> Verdict {
    let mut body = on.user_body();
    let name = body["userName"].as_str().unwrap_or_default().replace('@', "-o'brien+hr@");
    body["userName"] = json!(name);
    let user = on.made(User, body).await?;
    on.get(&format!("/Users?filter=userName+eq+%22{}%22", encoded(&name))).await?.lists(&[&user.id])
}

async fn escapes(on: &mut Session) -> Verdict {
    let name =
        format!("accessiq \"check\" \\ {}", on.user_body()["displayName"].as_str().unwrap_or_default());
    let user = on.user_with(json!({ "displayName": name })).await?;
    finds(on, &format!("displayName eq {}", json!(name)), &[&user.id]).await
}

async fn urn(on: &mut Session) -> Verdict {
    on.server.has(&[&format!("{ENTERPRISE}:department")])?;
    let department = on.user_body()["displayName"].clone();
    let user = on
        .user_with(json!({ "schemas": [USER, ENTERPRISE], ENTERPRISE: { "department": department } }))
        .await?;
    finds(on, &format!("{USER}:userName eq \"{}\"", user.name()), &[&user.id]).await?;
    finds(on, &format!("{ENTERPRISE}:department eq {department}"), &[&user.id]).await
}

async fn malformed(on: &mut Session) -> Verdict {
    on.find(User, "userName eq \"").await?.refuses(&[400], Some("invalidFilter"))
}

async fn operator(on: &mut Session) -> Verdict {
    on.find(User, "userName resembles \"x\"").await?.refuses(&[400], Some("invalidFilter"))
}

async fn slash(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let filter = encoded(&format!("userName eq \"{}\"", user.name()));
    on.get(&format!("/Users/?filter={filter}")).await?.lists(&[&user.id])
}

async fn email_path(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    finds(on, &format!("emails[type eq \"work\"].value eq \"{}\"", user.name()), &[&user.id]).await
}

async fn unquoted(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let external_id = user.body["externalId"].as_str().unwrap_or_default().to_owned();
    finds(on, &format!("externalId eq {external_id}"), &[&user.id]).await
}
