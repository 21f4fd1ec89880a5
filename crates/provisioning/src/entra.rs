//! Entra ID without a stored secret: its provisioning service sends an access token of the customer's own tenant.
//!
//! The settings say which tenant. From them follow the issuers that are believed, the audience, and where the keys are
//! published; what a token says is held against them before anybody asks for a key. Fetching keys is for the doors.

use crate::Error;
use crate::jwt::{Audience, Keys, Presented, Seconds, shown};
use crate::session::Caller;
use jsonwebtoken::Algorithm;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::net::SocketAddr;

/// The algorithms that a token may be signed with.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512];
/// How far the clocks of Entra ID and of this machine may be apart, in seconds.
const SKEW: i64 = 300;

/// Whose tokens a connection accepts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Entra {
    /// The id of the Entra tenant; `None`: no token of Entra ID is accepted.
    pub tenant: Option<String>,
    /// The audience; `None` for that of every application outside the gallery.
    pub audience: Option<String>,
    /// Where Entra ID is; `None` for the worldwide service.
    pub authority: Option<String>,
}

/// One of Microsoft's clouds.
struct Cloud {
    /// Where it signs in and publishes its keys.
    authority: &'static str,
    /// What the issuer of a token of version 1.0 starts with.
    issuer: &'static str,
    /// The application template of every application outside the gallery: the audience of its tokens
    /// (docs/identity-providers.md E-2).
    audience: &'static str,
    /// Another host of Microsoft's that its keys may be at.
    keys: &'static str,
}

const CLOUDS: [Cloud; 3] = [
    Cloud {
        authority: "https://login.microsoftonline.com",
        issuer: "https://sts.windows.net/",
        audience: "8adf8e6e-67b2-4cf2-a259-e3dc5476c621",
        keys: "https://login.windows.net/",
    },
    Cloud {
        authority: "https://login.microsoftonline.us",
        issuer: "https://sts.windows.net/",
        audience: "4602d0b4-76bb-404b-bca9-2652e1a39c6d",
        keys: "https://login.microsoftonline.us/",
    },
    Cloud {
        authority: "https://login.partner.microsoftonline.cn",
        issuer: "https://sts.chinacloudapi.cn/",
        audience: "5a532e38-1581-4918-9658-008dc27c1d68",
        keys: "https://login.chinacloudapi.cn/",
    },
];

impl Entra {
    /// Sets one of the keys `entra-…` from text; empty text takes it back.
    ///
    /// # Errors
    /// A value the key does not take.
    pub(crate) fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        let given = (!value.is_empty()).then_some(value);
        match key {
            "entra-tenant" => self.tenant = given.map(tenant).transpose()?,
            "entra-audience" => self.audience = given.map(audience).transpose()?,
            _ => self.authority = given.map(authority).transpose()?,
        }
        Ok(())
    }

    fn cloud(&self) -> &'static Cloud {
        let named = CLOUDS.iter().find(|cloud| Some(cloud.authority) == self.authority.as_deref());
        named.unwrap_or(&CLOUDS[0])
    }

    fn expected_audience(&self) -> &str {
        self.audience.as_deref().unwrap_or(self.cloud().audience)
    }

    /// Where the keys of a version's tokens are published.
    fn source(&self, tenant: &str, version: Version) -> Source {
        let authority = self.authority.as_deref().unwrap_or(CLOUDS[0].authority);
        Source { authority: authority.to_owned(), tenant: tenant.to_owned(), version }
    }
}

fn tenant(value: &str) -> Result<String, Error> {
    let is_dash = |place: usize| matches!(place, 8 | 13 | 18 | 23);
    let is_id = value.len() == 36
        && value
            .bytes()
            .enumerate()
            .all(|(place, byte)| if is_dash(place) { byte == b'-' } else { byte.is_ascii_hexdigit() });
    if is_id {
        return Ok(value.to_ascii_lowercase());
    }
    Err(Error::invalid(format!(
        "entra-tenant does not take \"{value}\". It takes the Directory (tenant) ID that Entra ID shows in its overview, such as 01234567-89ab-cdef-0123-456789abcdef."
    )))
}

fn audience(value: &str) -> Result<String, Error> {
    if value.len() > 200 || value.contains(|letter: char| letter.is_control() || letter.is_whitespace()) {
        return Err(Error::invalid("entra-audience takes the id of an application, up to 200 characters."));
    }
    Ok(value.to_owned())
}

/// A fixed list, and this very machine: a setting must not make the service call any address (SSRF).
fn authority(value: &str) -> Result<String, Error> {
    let value = value.trim_end_matches('/');
    if CLOUDS.iter().any(|cloud| cloud.authority == value) || is_loopback(value) {
        return Ok(value.to_owned());
    }
    let known: Vec<&str> = CLOUDS.iter().map(|cloud| cloud.authority).collect();
    Err(Error::invalid(format!(
        "entra-authority does not take \"{value}\". It takes one of {}; for a trial also http:// with an address of this machine and a port.",
        known.join(", ")
    )))
}

fn is_loopback(authority: &str) -> bool {
    let address = authority.strip_prefix("http://").and_then(|address| address.parse::<SocketAddr>().ok());
    address.is_some_and(|address| address.ip().is_loopback())
}

/// The form of a token, which says where its keys are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Version {
    /// `"ver": "1.0"`.
    One,
    /// `"ver": "2.0"`.
    Two,
}

/// Where the keys for one issuer are published.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    authority: String,
    tenant: String,
    version: Version,
}

impl Source {
    /// The issuer of the tokens.
    pub fn issuer(&self) -> String {
        let cloud = CLOUDS.iter().find(|cloud| cloud.authority == self.authority).unwrap_or(&CLOUDS[0]);
        match self.version {
            Version::One => format!("{}{}/", cloud.issuer, self.tenant),
            Version::Two => format!("{}/{}/v2.0", self.authority, self.tenant),
        }
    }

    /// The address of the discovery document (OpenID Connect Discovery 1.0 §4).
    pub fn discovery(&self) -> String {
        let version = match self.version {
            Version::One => "",
            Version::Two => "/v2.0",
        };
        format!("{}/{}{version}/.well-known/openid-configuration", self.authority, self.tenant)
    }

    /// Whether everything about it is on this very machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.authority)
    }

    /// Where the discovery document says that the keys are.
    ///
    /// # Errors
    /// It is another issuer's, or points to a host that has no business with it.
    pub fn key_address<'d>(&self, discovery: &'d Value) -> Result<&'d str, String> {
        let text = |name: &str| discovery.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("issuer") != self.issuer() {
            return Err(format!("{} speaks for the issuer {}", self.discovery(), shown(text("issuer"))));
        }
        let address = text("jwks_uri");
        let own = address.strip_prefix(&self.authority).is_some_and(|path| path.starts_with('/'));
        let cloud = CLOUDS.iter().find(|cloud| cloud.authority == self.authority);
        if own || cloud.is_some_and(|cloud| address.starts_with(cloud.keys)) {
            return Ok(address);
        }
        Err(format!("{} points to keys at {}", self.discovery(), shown(address)))
    }

    /// The keys of a published set that may sign for the issuer.
    ///
    /// # Errors
    /// There is none.
    pub fn keys(&self, set: &Value) -> Result<Keys, String> {
        // A key that names its issuer signs for one tenant, or for each ({tenantid}).
        let is_own = |key: &Value| {
            let issuer = key.get("issuer").and_then(Value::as_str);
            issuer.is_none_or(|issuer| issuer.contains("{tenantid}") || issuer.contains(&self.tenant))
        };
        Keys::read_usable(set, |key| key.get("kty").is_some_and(|kind| kind == "RSA") && is_own(key))
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    tid: String,
    exp: Seconds,
    nbf: Option<Seconds>,
    scp: Option<String>,
    appid: Option<String>,
    azp: Option<String>,
    sub: Option<String>,
}

/// A token that says what the connection expects, and has yet to be proven.
pub struct Candidate<'t> {
    presented: Presented<'t>,
    key_id: String,
    source: Source,
    caller: Caller,
}

impl<'t> Candidate<'t> {
    /// Reads a token. What it says is not proven by that.
    ///
    /// # Errors
    /// Why it is refused, as the rest of a sentence that began with the token.
    pub fn read(text: &'t str, settings: &Entra, now: i64) -> Result<Self, String> {
        let Some(tenant) = &settings.tenant else {
            return Err(
                "this connection accepts none; set entra-tenant, or paste a bearer token into Entra ID"
                    .into(),
            );
        };
        let presented = Presented::read(text, &ALGORITHMS)?;
        let key_id = presented.key_id.clone().ok_or("it does not name its key")?;
        let claims: Claims = presented.claims()?;
        let sources = [Version::One, Version::Two].map(|version| settings.source(tenant, version));
        let source = sources.into_iter().find(|source| source.issuer() == claims.iss).ok_or_else(|| {
            format!("its issuer is {}, which is not that of the tenant {tenant}", shown(&claims.iss))
        })?;
        if !claims.tid.eq_ignore_ascii_case(tenant) {
            return Err(format!("it is of the tenant {}, not of {tenant}", shown(&claims.tid)));
        }
        let audience = settings.expected_audience();
        if !claims.aud.contains(audience) {
            return Err(format!("it is for audience {}, not for {audience}", claims.aud.shown()));
        }
        if claims.scp.is_some() {
            // Only a token that a person was given for somebody else's use has scopes.
            return Err("it speaks for a person, not for the provisioning service".into());
        }
        check_times(&claims, now / 1_000_000)?;
        let application = claims.appid.or(claims.azp).or(claims.sub).unwrap_or_default();
        let application = application.chars().filter(|letter| !letter.is_control()).take(100).collect();
        let until = claims.exp.0.saturating_add(SKEW).saturating_mul(1_000_000);
        Ok(Self { presented, key_id, source, caller: Caller::Entra { application, until } })
    }

    /// Where the keys are that can prove it.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Whether the key that it names is among these.
    pub fn names_one_of(&self, keys: &Keys) -> bool {
        keys.has(&self.key_id)
    }

    /// Who sent it, if one of the keys signed it.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn prove(self, keys: &Keys) -> Result<Caller, String> {
        if !keys.has(&self.key_id) {
            return Err(format!("Entra ID publishes no key {}", shown(&self.key_id)));
        }
        if !self.presented.is_signed_by(keys) {
            return Err("its signature is not that of the key it names".into());
        }
        Ok(self.caller)
    }
}

fn check_times(claims: &Claims, now: i64) -> Result<(), String> {
    let told = |seconds: i64| crate::people::time(seconds.saturating_mul(1_000_000));
    if now >= claims.exp.0.saturating_add(SKEW) {
        return Err(format!("it expired at {}", told(claims.exp.0)));
    }
    match claims.nbf {
        Some(Seconds(nbf)) if now < nbf.saturating_sub(SKEW) => {
            Err(format!("it is good from {} on; is the clock of this machine right?", told(nbf)))
        }
        _ => Ok(()),
    }
}
