//! `POST /Users/.search` (RFC 7644 §3.4.3), for those who do not put names into URLs.

use serde_json::{Value, json};

use crate::check::answer::{Answer, has};
use crate::check::catalogue::Provider::Ping;
use crate::check::catalogue::{Check, harm, must, run};
use crate::check::session::Session;
use crate::check::verdict::{Ended, Verdict, skipped};

const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

pub(super) const CHECKS: &[Check] = &[
    must(
        "search-users",
        "A search by POST finds as a search by GET",
        &["R7644-3.4.3-02", "R7644-3.4.3-05"],
        run!(users),
    )
    .harms(&[harm(Ping, "P-1", "searches by POST, if set so")]),
    must(
        "search-attributes",
        "`attributes` of a search are an array of names",
        &["R7644-3.4.3-01"],
        run!(attributes),
    ),
    must("search-schema", "A search without its schema is 400", &["R7644-3.4.3-04"], run!(schema)),
];

/// Searches; a server that has no search by POST is not asked further.
async fn searched(on: &mut Session, body: Value) -> Result<Answer, Ended> {
    let answer = on.post("/Users/.search", &body).await?;
    if matches!(answer.status, 404 | 405 | 501) {
        return Err(skipped(format!("the server has no search by POST ({})", answer.summary())));
    }
    Ok(answer)
}

async fn users(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let filter = format!("userName eq \"{}\"", user.name());
    searched(on, json!({ "schemas": [REQUEST], "filter": filter, "startIndex": 1, "count": 10 }))
        .await?
        .lists(&[&user.id])
}

async fn attributes(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let filter = format!("userName eq \"{}\"", user.name());
    let answer =
        searched(on, json!({ "schemas": [REQUEST], "filter": filter, "attributes": ["userName"] })).await?;
    answer.lists(&[&user.id])?;
    has(
        &answer.body["Resources"][0],
        &[("/userName", user.body["userName"].clone()), ("/emails", Value::Null)],
    )
}

async fn schema(on: &mut Session) -> Verdict {
    searched(on, json!({ "schemas": ["urn:example:accessiq-check"], "count": 1 }))
        .await?
        .refuses(&[400], None)
}
