//! The request for a token: a form (RFC 6749 §4.4.2), and the client's proof in it or beside it (§2.3, RFC 7523 §2.2).

use super::Denial;
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use provisioning::grants::{self, Proof};
use std::collections::HashMap;

const FORM: &str = "application/x-www-form-urlencoded";
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The parameters of a form. Not to be printed: they hold the secret.
pub struct Form(HashMap<String, String>);

impl Form {
    /// Reads a body.
    pub fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Denial> {
        let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media = media.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !media.eq_ignore_ascii_case(FORM) {
            return Err(Denial::new("invalid_request", format!("The body must be of the type {FORM}.")));
        }
        let mut parameters = HashMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            // §3.2: without a value it is as if it were not there; twice it is an error.
            if value.is_empty() {
                continue;
            }
            if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Denial::new("invalid_request", "A parameter is there twice."));
            }
        }
        Ok(Self(parameters))
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// Who the client says it is, and what it proves that with. Not to be printed.
pub struct Credentials {
    id: Option<String>,
    secret: Option<String>,
    assertion: Option<String>,
}

impl Credentials {
    /// Finds the one proof there must be.
    pub fn find(headers: &HeaderMap, form: &Form) -> Result<Self, Denial> {
        let basic = headers.get(header::AUTHORIZATION).map(|value| value.to_str().ok().and_then(read_basic));
        let secret = form.get("client_secret");
        let assertion = form.get("client_assertion");
        let id = form.get("client_id").map(str::to_owned);
        match (basic, secret, assertion) {
            (Some(Some((user, password))), None, None) => {
                if id.is_some_and(|id| id != user) {
                    return Err(Denial::new("invalid_request", "The client gives itself two names."));
                }
                Ok(Self { id: Some(user), secret: Some(password), assertion: None })
            }
            (None, Some(secret), None) => Ok(Self { id, secret: Some(secret.to_owned()), assertion: None }),
            (None, None, Some(assertion)) if form.get("client_assertion_type") == Some(JWT_BEARER) => {
                Ok(Self { id, secret: None, assertion: Some(assertion.to_owned()) })
            }
            (None, None, Some(_)) => {
                Err(Denial::new("invalid_request", format!("client_assertion_type must be {JWT_BEARER}.")))
            }
            (None | Some(None), None, None) => Err(Denial::invalid_client()),
            // RFC 6749 §2.3: one way to prove itself in each request.
            _ => Err(Denial::new("invalid_request", "The client proves itself in more than one way.")),
        }
    }

    /// What the client calls itself, beside the proof.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// What the client calls itself anywhere.
    pub fn claimed_id(&self) -> Option<String> {
        self.id.clone().or_else(|| grants::claimed_client(self.assertion.as_deref()?))
    }

    /// The proof.
    pub fn proof(&self) -> Option<Proof<'_>> {
        let assertion = self.assertion.as_deref().map(Proof::Assertion);
        assertion.or(self.secret.as_deref().map(Proof::Secret))
    }
}

/// RFC 6749 §2.3.1: both halves of the credential are encoded as in a form.
fn read_basic(value: &str) -> Option<(String, String)> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let credential = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = credential.split_once(':')?;
    Some((decoded(user), decoded(password)))
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
