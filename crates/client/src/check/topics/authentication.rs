//! Who is let in, and what the others hear (RFC 7644 §2).

use crate::check::answer::Answer;
use crate::check::catalogue::Provider::{Every, Okta};
use crate::check::catalogue::{Check, harm, must, run, should};
use crate::check::session::Session;
use crate::check::verdict::{Ended, Verdict, ensure};
use crate::http::{Authorization, Method};

const WRONG: Authorization = Authorization::Other("Bearer accessiq-check-wrong-token");

pub(super) const CHECKS: &[Check] = &[
    must("no-credentials", "A request without credentials is 401, not a login page", &["Q-23"], run!(none))
        .harms(&[harm(Every, "Q-23", "takes a redirect or a page for an answer")]),
    must("malformed-credentials", "`Authorization: non-token` is 401", &["Q-23"], run!(malformed))
        .harms(&[harm(Okta, "O-22", "asks for this in its test suite (R11)")]),
    must("wrong-token", "An unknown token is 401", &["Q-23", "R6750-3.1-02"], run!(wrong)).harms(&[harm(
        Every,
        "Q-23",
        "cannot tell a wrong token from another failure",
    )]),
    should("unauthorized-body", "A 401 is a SCIM error that says so", &["R7644-3.12-11", "Q-23"], run!(body))
        .harms(&[harm(Okta, "O-20", "shows the administrator no reason")]),
    must("challenge", "A 401 names the scheme in WWW-Authenticate", &["R7644-2-01"], run!(challenge)),
    must("wrong-token-writes", "An unknown token makes no user", &["R7644-7.6-01", "Q-23"], run!(writes)),
    must("scheme-letter-case", "`bearer` is read as `Bearer`", &["R6750-2.1-01"], run!(lower_case)),
];

async fn asked(on: &mut Session, authorization: Authorization) -> Result<Answer, Ended> {
    let mut request = Session::request(Method::GET, "/Users?count=1", None);
    request.authorization = authorization;
    on.send(request).await
}

async fn none(on: &mut Session) -> Verdict {
    asked(on, Authorization::Absent).await?.is(&[401])
}

async fn malformed(on: &mut Session) -> Verdict {
    asked(on, Authorization::Other("non-token")).await?.is(&[401])
}

async fn wrong(on: &mut Session) -> Verdict {
    asked(on, WRONG).await?.is(&[401])
}

async fn body(on: &mut Session) -> Verdict {
    let answer = asked(on, Authorization::Absent).await?;
    answer.refuses(&[401], None)?;
    let whole =
        answer.body["status"] == "401" && answer.body["detail"].as_str().is_some_and(|text| !text.is_empty());
    ensure(whole, "status is \"401\", and detail says why", answer.shown())
}

async fn challenge(on: &mut Session) -> Verdict {
    let answer = asked(on, Authorization::Absent).await?;
    answer.is(&[401])?;
    ensure(!answer.header("www-authenticate").is_empty(), "a WWW-Authenticate header", "there is none")
}

async fn writes(on: &mut Session) -> Verdict {
    let body = on.user_body();
    let mut request = Session::request(Method::POST, "/Users", Some(body.to_string()));
    request.authorization = WRONG;
    on.send(request).await?.is(&[401])
}

async fn lower_case(on: &mut Session) -> Verdict {
    asked(on, Authorization::Token("bearer")).await?.is(&[200])
}
