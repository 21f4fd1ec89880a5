//! Signed tokens of others (JWT, RFC 7519): which key is said to have signed one, and whether it did.
//!
//! Only public keys are ever here, and each is good for the algorithms of its own kind alone. So `none`, or an HMAC with
//! a public key for its secret, finds nothing to be proven with (RFC 8725 §3.1). What a token must say, and when it is
//! good, is for the callers, who take the time from the archive's clock.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

/// How long a token may be, in bytes.
const LENGTH: usize = 16 * 1024;
/// How many keys a set may have.
const KEYS: usize = 100;
/// How large the modulus of an RSA key is, in bytes (RFC 7518 §3.3; the larger bound keeps checks cheap).
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;
/// Members of a JWK that only its owner may know (RFC 7518 §6).
const PRIVATE: [&str; 3] = ["d", "k", "p"];

/// A token that nobody has proven yet.
pub(crate) struct Presented<'t> {
    text: &'t str,
    algorithm: Algorithm,
    /// Which key is said to have signed it.
    pub(crate) key_id: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

/// Whether a credential has the form of a JWT: three parts, and no token of ours has a dot.
pub fn has_form(text: &str) -> bool {
    text.split('.').count() == 3
}

impl<'t> Presented<'t> {
    /// Reads the header of a token.
    ///
    /// # Errors
    /// What is wrong with it, as the rest of a sentence that began with the token.
    pub(crate) fn read(text: &'t str, allowed: &[Algorithm]) -> Result<Self, String> {
        if text.len() > LENGTH {
            return Err(format!("it is longer than {LENGTH} bytes"));
        }
        if !has_form(text) {
            return Err("it does not have the three parts of a signed token".into());
        }
        let header: Header = part(text, 0).ok_or("its header cannot be read")?;
        let algorithm = header.alg.parse().ok().filter(|algorithm| allowed.contains(algorithm));
        let algorithm =
            algorithm.ok_or_else(|| format!("its algorithm {} is not accepted", shown(&header.alg)))?;
        if header.crit.is_some() {
            return Err("its header asks for something that is not understood here".into());
        }
        Ok(Self { text, algorithm, key_id: header.kid })
    }

    /// What the token says, proven or not.
    pub(crate) fn claims<T: DeserializeOwned>(&self) -> Result<T, String> {
        part(self.text, 1).ok_or_else(|| "it lacks a claim, or one has another form than it should".into())
    }

    /// Whether one of the keys signed it. A token that names a key is held against that key alone.
    pub(crate) fn is_signed_by(&self, keys: &Keys) -> bool {
        let mut validation = Validation::new(self.algorithm);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let named = keys.0.iter().filter(|key| self.key_id.is_none() || key.id == self.key_id);
        named
            .filter(|key| key.algorithms.contains(&self.algorithm))
            .any(|key| jsonwebtoken::decode::<IgnoredAny>(self.text, &key.public, &validation).is_ok())
    }
}

fn part<T: DeserializeOwned>(text: &str, number: usize) -> Option<T> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.split('.').nth(number)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// What a stranger wrote, short enough and tame enough for a sentence.
pub(crate) fn shown(text: &str) -> String {
    let tame: String = text.chars().filter(|character| !character.is_control()).take(100).collect();
    format!("\"{tame}\"")
}

/// Public keys.
#[derive(Clone)]
pub struct Keys(Vec<Key>);

#[derive(Clone)]
struct Key {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    public: DecodingKey,
}

impl Keys {
    /// Reads a JWK Set (RFC 7517 §5) every key of which must be of use.
    ///
    /// # Errors
    /// What is wrong with the set, or with which of its keys.
    pub(crate) fn read(set: &Value) -> Result<Self, String> {
        let keys = members(set)?.iter().zip(1..).map(|(key, number)| {
            read_key(key).map_err(|reason| format!("Key {number} of the set cannot be used: {reason}."))
        });
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err("The set has no key.".into()) } else { Ok(Self(keys)) }
    }

    /// Reads those keys of a JWK Set that are of use.
    ///
    /// # Errors
    /// It is no set, or none is.
    pub(crate) fn read_usable(set: &Value, is_wanted: impl Fn(&Value) -> bool) -> Result<Self, String> {
        let keys = members(set)?.iter().filter(|key| is_wanted(key)).filter_map(|key| read_key(key).ok());
        let keys: Vec<Key> = keys.collect();
        if keys.is_empty() { Err("The set has no key that can be used.".into()) } else { Ok(Self(keys)) }
    }

    /// Whether there is a key of that id.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.0.iter().any(|key| key.id.as_deref() == Some(id))
    }
}

fn members(set: &Value) -> Result<&Vec<Value>, String> {
    let keys = set.get("keys").and_then(Value::as_array);
    let keys = keys.ok_or("This is no JWK Set: an object with an array of \"keys\".")?;
    if keys.len() > KEYS { Err(format!("The set has more than {KEYS} keys.")) } else { Ok(keys) }
}

fn read_key(jwk: &Value) -> Result<Key, String> {
    use Algorithm::{ES256, PS256, RS256, RS384, RS512};
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let kind = text("kty").unwrap_or_default();
    if kind == "oct" || PRIVATE.iter().any(|name| jwk.get(name).is_some()) {
        return Err("it holds a secret; only public keys belong here".into());
    }
    if text("use").is_some_and(|purpose| purpose != "sig") {
        return Err("it is not for signatures".into());
    }
    let number = |name: &str| {
        let bytes = text(name).and_then(|digits| BASE64_URL_SAFE_NO_PAD.decode(digits).ok());
        bytes.ok_or_else(|| format!("its member {name} is no number in base64url"))
    };
    let (own, public): (&[Algorithm], _) = match kind {
        "RSA" => {
            let (modulus, exponent) = (number("n")?, number("e")?);
            if !MODULUS.contains(&modulus.len()) {
                return Err("an RSA key has 2048 to 8192 bits".into());
            }
            (&[RS256, RS384, RS512, PS256], DecodingKey::from_rsa_raw_components(&modulus, &exponent))
        }
        "EC" if text("crv") == Some("P-256") => {
            let (x, y) = (text("x").unwrap_or_default(), text("y").unwrap_or_default());
            if number("x")?.len() != 32 || number("y")?.len() != 32 {
                return Err("a point of P-256 has 32 bytes in x and in y".into());
            }
            let public = DecodingKey::from_ec_components(x, y).map_err(|error| error.to_string())?;
            (&[ES256], public)
        }
        _ => return Err("it is neither RSA nor EC on the curve P-256".into()),
    };
    let algorithms: Vec<Algorithm> = match text("alg") {
        None => own.to_vec(),
        Some(alg) => own.iter().copied().filter(|own| alg.parse().ok() == Some(*own)).collect(),
    };
    if algorithms.is_empty() {
        return Err("its algorithm is not one that is accepted for its kind".into());
    }
    Ok(Key { id: text("kid").map(str::to_owned), algorithms, public })
}

/// An instant in a claim, in whole seconds since 1970 UTC. Some write a fraction (RFC 7519 §2).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seconds(pub(crate) i64);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a fraction is cut off; what is too large saturates"
        )]
        let cut = || number.as_f64().unwrap_or_default() as i64;
        Ok(Self(number.as_i64().unwrap_or_else(cut)))
    }
}

/// The audience of a token: one, or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl Audience {
    pub(crate) fn contains(&self, wanted: &str) -> bool {
        match self {
            Self::One(one) => one == wanted,
            Self::Several(several) => several.iter().any(|one| one == wanted),
        }
    }

    /// For a sentence.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::One(one) => shown(one),
            Self::Several(several) => shown(&several.join(" ")),
        }
    }
}
