//! What bodies may be sent as, and what comes back (RFC 7644 §3.8).

use serde_json::json;

use crate::check::answer::Answer;
use crate::check::catalogue::Provider::{Entra, Google, Okta, OneLogin};
use crate::check::catalogue::{Check, harm, must, remark, run};
use crate::check::session::Session;
use crate::check::verdict::{Ended, Verdict, ensure};
use crate::http::Method;

pub(super) const CHECKS: &[Check] = &[
    must("media-answers", "Answers are application/scim+json", &["R7644-3.8-03", "Q-8"], run!(answers))
        .harms(&[harm(Entra, "E-2", "does not take application/json in its validator")]),
    must("media-json-body", "A body may be application/json", &["R7644-8.1-01", "Q-13"], run!(json_body))
        .harms(&[
            harm(Google, "G-2", "sends nothing else"),
            harm(Okta, "O-22", "sends it in its test suite (R6)"),
        ]),
    must(
        "media-charset",
        "A body may be `application/scim+json; charset=utf-8`",
        &["R7644-8.1-01", "Q-13"],
        run!(charset),
    )
    .harms(&[
        harm(Okta, "O-1", "sends it with every write"),
        harm(Entra, "E-2", "sends it in its validator"),
    ]),
    must(
        "media-accept-json",
        "`Accept: application/json` is answered in JSON",
        &["R7644-3.8-03"],
        run!(accept_json),
    )
    .harms(&[harm(OneLogin, "L-1", "asks for application/json")]),
    must("media-accept-any", "`Accept: */*` is answered", &["R7644-3.8-03"], run!(accept_any))
        .harms(&[harm(Google, "G-2", "cannot set its headers")]),
    must("media-okta", "The headers of Okta are accepted", &["O-1"], run!(okta)).harms(&[harm(
        Okta,
        "O-1",
        "sends Accept-Charset and Accept-Encoding with every request",
    )]),
    must(
        "media-utf8",
        "Text is UTF-8 in both directions, beyond its first plane too",
        &["R7644-3.8-02"],
        run!(utf8),
    ),
    remark("media-other", "A body of another type is 415", &["R9110-15-02"], run!(other)),
    remark("media-missing", "A body without Content-Type is read as JSON", &["Q-13"], run!(missing)).habit(),
];

/// Makes a user by a body of this type.
async fn posted(on: &mut Session, content_type: Option<&str>) -> Result<Answer, Ended> {
    let body = on.user_body();
    let mut request = Session::request(Method::POST, "/Users", Some(body.to_string()));
    request.headers.retain(|(name, _)| *name != "Content-Type");
    request.headers.extend(content_type.map(|kind| ("Content-Type", kind.to_owned())));
    on.send(request).await
}

/// Reads a user with these headers.
async fn read(on: &mut Session, headers: &[(&'static str, &str)]) -> Result<Answer, Ended> {
    let user = on.reader().await?;
    let mut request = Session::request(Method::GET, &user.path(), None);
    request.headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let answer = on.send(request).await?;
    answer.is(&[200])?;
    ensure(answer.body["id"] == json!(user.id), "the user, as JSON", answer.shown())?;
    Ok(answer)
}

async fn answers(on: &mut Session) -> Verdict {
    let created = posted(on, Some("application/scim+json")).await?;
    created.is(&[200, 201])?;
    let read = read(on, &[("Accept", "application/scim+json")]).await?;
    let listed = on.get("/Users?count=1").await?;
    for answer in [created, read, listed] {
        let found = answer.media_type();
        ensure(
            found == "application/scim+json",
            format!("{}: application/scim+json", answer.request),
            found,
        )?;
    }
    Ok(())
}

async fn json_body(on: &mut Session) -> Verdict {
    posted(on, Some("application/json")).await?.is(&[201])
}

async fn charset(on: &mut Session) -> Verdict {
    posted(on, Some("application/scim+json; charset=utf-8")).await?.is(&[201])
}

async fn accept_json(on: &mut Session) -> Verdict {
    let found = read(on, &[("Accept", "application/json")]).await?.media_type();
    let is_json = matches!(found.as_str(), "application/json" | "application/scim+json");
    ensure(is_json, "application/json, or application/scim+json", found)
}

async fn accept_any(on: &mut Session) -> Verdict {
    read(on, &[("Accept", "*/*")]).await.map(drop)
}

async fn okta(on: &mut Session) -> Verdict {
    let headers = [
        ("Accept", "application/scim+json"),
        ("Accept-Charset", "utf-8"),
        ("Accept-Encoding", "gzip,deflate"),
        ("User-Agent", "Okta SCIM Client 1.0.0"),
    ];
    read(on, &headers).await.map(drop)
}

async fn utf8(on: &mut Session) -> Verdict {
    let user = on.user_with(json!({ "displayName": "Ｚoë 😀 𠮷 \u{200d}" })).await?;
    on.holds(&user, &[("/displayName", user.body["displayName"].clone())]).await
}

async fn other(on: &mut Session) -> Verdict {
    posted(on, Some("text/plain")).await?.is(&[415])
}

async fn missing(on: &mut Session) -> Verdict {
    posted(on, None).await?.is(&[201])
}
