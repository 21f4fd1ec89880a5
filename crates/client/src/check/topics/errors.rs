//! What an error looks like (RFC 7644 §3.12): administrators read it in their provider's log.

use serde_json::json;

use crate::check::answer::Answer;
use crate::check::catalogue::Provider::{Entra, Every, Okta};
use crate::check::catalogue::{Check, harm, must, remark, run, should};
use crate::check::session::Session;
use crate::check::verdict::{Ended, Verdict, ensure, failed};

/// RFC 7644 Tables 9 and 11, RFC 9865 Table 3.
const SCIM_TYPES: [&str; 13] = [
    "invalidFilter",
    "tooMany",
    "uniqueness",
    "mutability",
    "invalidSyntax",
    "invalidPath",
    "noTarget",
    "invalidValue",
    "invalidVers",
    "sensitive",
    "invalidCursor",
    "expiredCursor",
    "invalidCount",
];

pub(super) const CHECKS: &[Check] = &[
    must(
        "error-status",
        "`status` of an error is the HTTP status, as text",
        &["R7644-3.12-11", "R7644-3.12-12", "Q-8"],
        run!(status),
    )
    .harms(&[harm(Okta, "O-22", "asks for \"404\" as text in its test suite (R12)")]),
    should("error-detail", "An error has a detail that people can read", &["R7644-3.12-11"], run!(detail))
        .harms(&[
            harm(Okta, "O-19", "asks for it in its test suite (R4)"),
            harm(Entra, "E-24", "shows it in the provisioning log, and nothing else"),
        ]),
    must("error-media-type", "Errors are application/scim+json", &["R7644-3.8-03", "Q-8"], run!(media_type))
        .harms(&[harm(Entra, "E-2", "does not read errors of another type")]),
    must(
        "error-scim-type",
        "`scimType` is one of those that are defined",
        &["R7644-3.12-13"],
        run!(scim_type),
    ),
    must(
        "error-conflict",
        "A conflict is a SCIM error with status \"409\"",
        &["R7644-3.12-12", "R7644-3.3-03"],
        run!(conflict),
    )
    .harms(&[harm(Every, "E-24", "shows the administrator no reason")]),
    must(
        "error-endpoint",
        "An address that is not there is 404 with a SCIM error",
        &["R7644-3.12-14"],
        run!(endpoint),
    ),
    must("error-method", "A POST to a user's own address is refused", &["R7644-3.3-07"], run!(method)),
    remark("error-me", "/Me is answered, or 501", &["R7644-3.11-01"], run!(me)),
];

/// The errors to look at: nobody, a filter that cannot be read, a user without a name.
async fn some(on: &mut Session) -> Result<[Answer; 3], Ended> {
    let mut body = on.user_body();
    crate::check::session::overlay(&mut body, json!({ "userName": null }));
    Ok([
        on.post("/Users", &body).await?,
        on.get("/Users?filter=userName%20eq%20%22").await?,
        on.get("/Users/accessiq-check-no-user").await?,
    ])
}

async fn status(on: &mut Session) -> Verdict {
    for answer in some(on).await? {
        answer.refuses(&[400, 404], None)?;
        let agrees = answer.body["status"] == json!(answer.status.to_string());
        ensure(
            agrees,
            format!("{}: status is \"{}\"", answer.request, answer.status),
            format!("it is {}", answer.body["status"]),
        )?;
    }
    Ok(())
}

async fn detail(on: &mut Session) -> Verdict {
    for answer in some(on).await? {
        answer.refuses(&[400, 404], None)?;
        let readable = answer.body["detail"].as_str().is_some_and(|detail| !detail.trim().is_empty());
        ensure(readable, format!("{}: a detail", answer.request), answer.shown())?;
    }
    Ok(())
}

async fn media_type(on: &mut Session) -> Verdict {
    for answer in some(on).await? {
        answer.is(&[400, 404])?;
        let found = answer.media_type();
        ensure(
            found == "application/scim+json",
            format!("{}: application/scim+json", answer.request),
            found,
        )?;
    }
    Ok(())
}

async fn scim_type(on: &mut Session) -> Verdict {
    for answer in some(on).await? {
        answer.is(&[400, 404])?;
        if let Some(found) = answer.body["scimType"].as_str().filter(|found| !SCIM_TYPES.contains(found)) {
            return Err(failed(format!("one of {}", SCIM_TYPES.join(", ")), found));
        }
    }
    Ok(())
}

async fn conflict(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let answer = on.post("/Users", &user.body).await?;
    answer.refuses(&[409], None)?;
    let whole = answer.body["status"] == "409" && answer.body["detail"].is_string();
    ensure(whole, "status \"409\" and a detail", answer.shown())
}

async fn endpoint(on: &mut Session) -> Verdict {
    on.get("/AccessiqCheckNowhere").await?.refuses(&[404], None)
}

async fn method(on: &mut Session) -> Verdict {
    let user = on.user().await?;
    let answer = on.post(&user.path(), &user.body).await?;
    ensure(
        (400..600).contains(&answer.status) && answer.status != 500,
        "405, or 404 or 501",
        answer.summary(),
    )
}

async fn me(on: &mut Session) -> Verdict {
    on.get("/Me").await?.is(&[200, 308, 501])
}
