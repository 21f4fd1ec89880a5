//! Versions of resources (RFC 7644 §3.14), where the server announces them.

use serde_json::json;

use crate::check::answer::Answer;
use crate::check::catalogue::{Check, must, run, should};
use crate::check::scratch::Resource;
use crate::check::session::Session;
use crate::check::verdict::{Ended, Verdict, ensure};
use crate::http::Method;

pub(super) const CHECKS: &[Check] = &[
    must("etag-header", "A user comes with an ETag", &["R7644-3.14-01"], run!(header)),
    should("etag-meta", "meta.version is the ETag", &["R7643-3.1-14"], run!(meta)),
    must("etag-changes", "A change makes another ETag", &["R7644-3.14-05"], run!(changes)),
    must(
        "etag-not-modified",
        "If-None-Match of the current version is 304",
        &["R7644-3.14-02"],
        run!(not_modified),
    ),
    must(
        "etag-current",
        "If-Match of the current version is carried out",
        &["R7644-3.14-04", "M-01"],
        run!(current),
    ),
    must(
        "etag-stale",
        "If-Match of an older version is 412, and nothing is changed",
        &["R7644-3.14-03", "M-46"],
        run!(stale),
    ),
    must(
        "etag-stale-delete",
        "A DELETE with an older version is 412, and nobody is deleted",
        &["R7644-3.6-07"],
        run!(stale_delete),
    ),
];

/// A new user and its version.
async fn versioned(on: &mut Session) -> Result<(Resource, String), Ended> {
    on.server.announces("etag")?;
    let user = on.user().await?;
    let answer = on.get(&user.path()).await?;
    answer.is(&[200])?;
    let etag = answer.header("etag").to_owned();
    ensure(!etag.is_empty(), "an ETag header, as ServiceProviderConfig announces", "there is none")?;
    Ok((user, etag))
}

/// A change, or a DELETE without a body, on condition of a version.
async fn conditional(on: &mut Session, user: &Resource, method: Method, etag: &str) -> Result<Answer, Ended> {
    let body = (method == Method::PUT).then(|| {
        let mut body = user.body.clone();
        body["displayName"] = json!("On condition");
        body.to_string()
    });
    let mut request = Session::request(method, &user.path(), body);
    request.headers.push(("If-Match", etag.to_owned()));
    on.send(request).await
}

/// A new user that was changed, and the version before the change.
async fn outdated(on: &mut Session) -> Result<(Resource, String), Ended> {
    let (user, etag) = versioned(on).await?;
    let mut body = user.body.clone();
    body["displayName"] = json!("Changed");
    on.put(&user.path(), &body).await?.changed()?;
    Ok((user, etag))
}

async fn header(on: &mut Session) -> Verdict {
    versioned(on).await.map(drop)
}

async fn meta(on: &mut Session) -> Verdict {
    let (user, etag) = versioned(on).await?;
    on.holds(&user, &[("/meta/version", json!(etag))]).await
}

async fn changes(on: &mut Session) -> Verdict {
    let (user, before) = outdated(on).await?;
    let after = on.get(&user.path()).await?.header("etag").to_owned();
    ensure(after != before, format!("another ETag than {before}"), after)
}

async fn not_modified(on: &mut Session) -> Verdict {
    let (user, etag) = versioned(on).await?;
    let mut request = Session::request(Method::GET, &user.path(), None);
    request.headers.push(("If-None-Match", etag));
    on.send(request).await?.is(&[304])
}

async fn current(on: &mut Session) -> Verdict {
    let (user, etag) = versioned(on).await?;
    conditional(on, &user, Method::PUT, &etag).await?.changed()?;
    on.holds(&user, &[("/displayName", json!("On condition"))]).await
}

async fn stale(on: &mut Session) -> Verdict {
    let (user, etag) = outdated(on).await?;
    conditional(on, &user, Method::PUT, &etag).await?.is(&[412])?;
    on.holds(&user, &[("/displayName", json!("Changed"))]).await
}

async fn stale_delete(on: &mut Session) -> Verdict {
    let (user, etag) = outdated(on).await?;
    conditional(on, &user, Method::DELETE, &etag).await?.is(&[412])?;
    on.get(&user.path()).await?.is(&[200])
}
