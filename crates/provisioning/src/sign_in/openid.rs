//! OpenID Connect: what a provider says of itself, what is asked of it, and what its answer must say.
//!
//! The authorization code flow with PKCE (OpenID Connect Core 1.0 §3.1, RFC 7636, RFC 9700). Nothing here speaks to anybody:
//! that is for the doors. A sentence about what is wrong never has a code, a token or a secret in it.

use crate::jwt::{Audience, Keys, Presented, Seconds, shown};
use crate::tokens::digest;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::net::{IpAddr, SocketAddr};
use store::sign_in_providers::Provider;

/// The algorithms that an ID token may be signed with.
const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::ES256];
/// How far the clocks of a provider and of this machine may be apart, in seconds.
const SKEW: i64 = 300;
/// How long a subject may be, in bytes (OpenID Connect Core 1.0 §2).
const SUBJECT: usize = 255;

/// Whether an address is one that a provider of this issuer may be asked at: over TLS, and for an issuer on this very
/// machine there as well.
pub fn may_be_asked(address: &str, issuer: &str) -> bool {
    let named = |scheme: &str| {
        let authority = address.strip_prefix(scheme)?.split(['/', '?', '#']).next()?;
        (!authority.is_empty() && !authority.contains(['@', '\\'])).then_some(authority)
    };
    named("https://").is_some() || (is_loopback(issuer) && is_loopback(address))
}

/// Whether an address is one of this very machine, without TLS.
pub fn is_loopback(address: &str) -> bool {
    let authority = address.strip_prefix("http://").and_then(|rest| rest.split(['/', '?', '#']).next());
    let Some(authority) = authority else { return false };
    let address = authority.parse::<SocketAddr>().map(|address| address.ip());
    address.or_else(|_| authority.parse::<IpAddr>()).is_ok_and(|address| address.is_loopback())
}

/// Where a provider says what it is (OpenID Connect Discovery 1.0 §4).
pub fn discovery_address(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

/// How the token endpoint is shown a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// In the header `Authorization`.
    Basic,
    /// In the form.
    Post,
}

/// What a provider says of itself.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// Where browsers go.
    pub authorization: String,
    /// Where codes are exchanged.
    pub token: String,
    /// Where its keys are.
    pub keys: String,
    /// How it wants a secret shown.
    pub method: Method,
    /// Whether every answer of it names it (RFC 9207).
    tells_issuer: bool,
}

impl Discovery {
    /// Reads what an issuer publishes.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn read(document: &Value, issuer: &str) -> Result<Self, String> {
        let named = document.get("issuer").and_then(Value::as_str).unwrap_or_default();
        if named != issuer {
            return Err(format!(
                "It says that its issuer is {}, and the issuer that was set up is {}.",
                shown(named),
                shown(issuer)
            ));
        }
        let address = |name: &str| match document.get(name).and_then(Value::as_str) {
            Some(address) if may_be_asked(address, issuer) => Ok(address.to_owned()),
            Some(address) => Err(format!("Its {name} is {}, which is not https.", shown(address))),
            None => Err(format!("It does not say what its {name} is.")),
        };
        let lists = |name: &str, word: &str| {
            let listed = document.get(name).and_then(Value::as_array);
            listed.map(|listed| listed.iter().any(|one| one == word))
        };
        if lists("response_types_supported", "code") == Some(false) {
            return Err("It does not hand out codes (response_types_supported).".into());
        }
        if lists("code_challenge_methods_supported", "S256") == Some(false) {
            return Err("It does not take PKCE with S256 (code_challenge_methods_supported).".into());
        }
        let methods = "token_endpoint_auth_methods_supported";
        let takes_basic = lists(methods, "client_secret_basic");
        let only_post = takes_basic == Some(false) && lists(methods, "client_secret_post") == Some(true);
        Ok(Self {
            authorization: address("authorization_endpoint")?,
            token: address("token_endpoint")?,
            keys: address("jwks_uri")?,
            method: if only_post { Method::Post } else { Method::Basic },
            tells_issuer: document.get("authorization_response_iss_parameter_supported")
                == Some(&Value::Bool(true)),
        })
    }

    /// Holds the issuer that an answer names against the provider that the browser was sent to (RFC 9207): whoever mixes
    /// two providers up sends one's code to the other.
    ///
    /// # Errors
    /// It is another one, or missing where it must not be.
    pub fn check_issuer(&self, named: Option<&str>, issuer: &str) -> Result<(), String> {
        match named {
            Some(named) if named != issuer => Err(format!("The answer is one of {}", shown(named))),
            None if self.tells_issuer => Err("The answer does not say which provider it is of".into()),
            _ => Ok(()),
        }
    }
}

/// A browser's way to a provider and back. All of it follows from the secret in the browser's cookie, so that nothing
/// but that browser can come back, and nothing that is kept here says how.
#[derive(Clone, Copy)]
pub struct Journey<'s>(pub &'s str);

impl Journey<'_> {
    /// What the answer brings back.
    pub fn state(self) -> String {
        digest(&format!("state {}", self.0))
    }

    /// What the ID token brings back.
    pub fn nonce(self) -> String {
        digest(&format!("nonce {}", self.0))
    }

    /// What proves to the token endpoint that the code is ours (RFC 7636 §4.1).
    pub fn verifier(self) -> String {
        digest(&format!("verifier {}", self.0))
    }

    fn challenge(self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier().as_bytes()))
    }

    /// The address that the browser goes to.
    pub fn address(self, discovery: &Discovery, provider: &Provider, back: &str) -> String {
        let (state, nonce, challenge) = (self.state(), self.nonce(), self.challenge());
        let parameters = [
            ("response_type", "code"),
            ("response_mode", "query"),
            ("client_id", provider.client_id.as_str()),
            ("redirect_uri", back),
            ("scope", "openid email"),
            ("state", state.as_str()),
            ("nonce", nonce.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        let pairs = parameters
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
        let joint = if discovery.authorization.contains('?') { '&' } else { '?' };
        format!("{}{joint}{}", discovery.authorization, pairs.join("&"))
    }
}

/// What the ID token must say.
#[derive(Clone, Copy)]
pub struct Expected<'e> {
    /// The provider.
    pub provider: &'e Provider,
    /// Whose answer it is.
    pub journey: Journey<'e>,
    /// When the browser went, in microseconds.
    pub began_at: i64,
    /// Now.
    pub now: i64,
}

/// An account at a provider, as the provider says.
#[derive(Clone, Debug)]
pub struct Account {
    /// The provider's issuer.
    pub issuer: String,
    /// The account.
    pub subject: String,
    /// What the provider calls it, to recognise it by; nothing follows from it.
    pub told: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: Seconds,
    iat: Seconds,
    nbf: Option<Seconds>,
    nonce: Option<String>,
    email: Option<String>,
    preferred_username: Option<String>,
}

/// The keys that a provider publishes.
///
/// # Errors
/// It is no set of keys, or none of them is of use.
pub fn keys(set: &Value) -> Result<Keys, String> {
    Keys::read_usable(set, |_| true)
}

/// Who an ID token is about (OpenID Connect Core 1.0 §3.1.3.7).
///
/// # Errors
/// Why it is refused, as a sentence.
pub fn account(token: &str, expected: Expected<'_>, keys: &Keys) -> Result<Account, String> {
    prove(token, expected, keys).map_err(|reason| format!("Its ID token was refused: {reason}"))
}

fn prove(token: &str, expected: Expected<'_>, keys: &Keys) -> Result<Account, String> {
    let Expected { provider, journey, began_at, now } = expected;
    let presented = Presented::read(token, &ALGORITHMS)?;
    if !presented.is_signed_by(keys) {
        return Err("none of the provider's keys signed it".into());
    }
    let claims: Claims = presented.claims()?;
    if claims.iss != provider.issuer {
        return Err(format!("its issuer is {}", shown(&claims.iss)));
    }
    let is_one = match &claims.aud {
        Audience::One(_) => true,
        Audience::Several(several) => several.len() == 1,
    };
    let is_for_us = match claims.azp.as_deref() {
        Some(party) => party == provider.client_id,
        None => is_one,
    };
    if !claims.aud.contains(&provider.client_id) || !is_for_us {
        return Err(format!("it is for {}, not for this service alone", claims.aud.shown()));
    }
    let (now, began_at) = (now / 1_000_000, began_at / 1_000_000);
    if now >= claims.exp.0.saturating_add(SKEW) {
        return Err("it has expired".into());
    }
    let not_yet = |at: Seconds| now < at.0.saturating_sub(SKEW);
    if not_yet(claims.iat) || claims.nbf.is_some_and(not_yet) {
        return Err("it is good later only; is the clock of this machine right?".into());
    }
    if claims.iat.0 < began_at.saturating_sub(SKEW) {
        return Err("it is older than the sign-in".into());
    }
    if claims.nonce.as_deref() != Some(journey.nonce().as_str()) {
        return Err("it answers another sign-in".into());
    }
    if claims.sub.is_empty() || claims.sub.len() > SUBJECT || claims.sub.contains('\0') {
        return Err("it does not name an account".into());
    }
    let told = claims.email.or(claims.preferred_username);
    let told = told.map(|told| told.chars().filter(|letter| !letter.is_control()).take(100).collect());
    Ok(Account { issuer: claims.iss, subject: claims.sub, told })
}
