//! The address itself, and how the server behaves under what a provider sends.

use std::net::IpAddr;

use serde_json::json;

use crate::check::catalogue::Provider::{Auth0, Entra, Every, Okta};
use crate::check::catalogue::{Check, harm, must, remark, run};
use crate::check::session::{Session, encoded};
use crate::check::verdict::{Verdict, ensure, skipped};
use crate::http::Method;

/// What Entra ID may send in a second.
const BURST: usize = 25;

pub(super) const CHECKS: &[Check] =
    &[
        must(
            "url-https",
            "The base URL begins with https, unless it is this machine's",
            &["R7644-7.2-01"],
            run!(https),
        )
        .harms(&[harm(Okta, "O-1", "does not take http"), harm(Entra, "E-2", "does not take http")]),
        must("url-underscore", "The base URL has no `_`", &["O-1"], run!(underscore)).harms(&[harm(
            Okta,
            "O-1",
            "does not take it",
        )]),
        must(
            "flag-on-write",
            "Query parameters that are not known are ignored on POST and PATCH",
            &["Q-27"],
            run!(flag),
        )
        .harms(&[harm(Entra, "E-2", "carries `?aadOptscim062020` in its URL")]),
        must("speed-of-burst", "25 requests in a row are not refused", &["Q-24"], run!(burst))
            .harms(&[harm(Entra, "E-23", "needs 25 requests a second for a tenant")]),
        must(
            "busy-says-when",
            "A 429 or 503 says in whole seconds when to come back",
            &["Q-24", "R6585-4-01"],
            run!(busy),
        )
        .harms(&[harm(Okta, "O-18", "waits five minutes on anything else")]),
        remark("speed-of-answers", "A user is made and read within 1.5 seconds", &["Q-24"], run!(speed))
            .harms(&[
                harm(Auth0, "A-2", "gives up after 1.5 seconds"),
                harm(Every, "Q-24", "may give up on a slow answer"),
            ]),
    ];

async fn https(on: &mut Session) -> Verdict {
    let url = on.base_url();
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host).trim_matches(['[', ']']);
    let is_here = host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    ensure(is_here || url.starts_with("https://"), "https://", url)
}

async fn underscore(on: &mut Session) -> Verdict {
    let url = on.base_url();
    ensure(!url.contains('_'), "no `_`", url)
}

async fn flag(on: &mut Session) -> Verdict {
    let body = on.user_body();
    let answer = on.post("/Users?aadOptscim062020", &body).await?;
    answer.is(&[201])?;
    on.server.offers("patch")?;
    let id = answer.body["id"].as_str().unwrap_or_default();
    let operation = json!({ "op": "replace", "path": "displayName", "value": "Flagged" });
    let body =
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] });
    let path = format!("/Users/{}?aadOptscim062020", encoded(id));
    on.send(Session::request(Method::PATCH, &path, Some(body.to_string()))).await?.changed()
}

async fn burst(on: &mut Session) -> Verdict {
    let before = on.busy.len();
    let user = on.reader().await?;
    for _ in 0..BURST {
        on.get(&user.path()).await?;
    }
    let refused = on.busy.len() - before;
    ensure(refused == 0, "no 429 and no 503", format!("{refused} of them"))
}

async fn busy(on: &mut Session) -> Verdict {
    if on.busy.is_empty() {
        return Err(skipped("the server was never too busy"));
    }
    let odd = on.busy.iter().find(|text| text.trim().parse::<u32>().is_err());
    match odd {
        Some(text) => ensure(false, "Retry-After with a number", format!("Retry-After is \"{text}\"")),
        None => Ok(()),
    }
}

async fn speed(on: &mut Session) -> Verdict {
    let began = std::time::Instant::now();
    let user = on.user().await?;
    on.now(&user).await?;
    let took = began.elapsed().as_millis();
    ensure(took < 1500, "1500 ms", format!("{took} ms"))
}
