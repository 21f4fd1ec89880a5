//! Entity tags: the version of a resource as HTTP and `meta.version` show it (RFC 7644 §3.14).

/// The weak tag of a version number.
pub fn tag(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// Whether a header of `If-Match` or `If-None-Match` names the version. Tags are compared without `W/`, as the
/// RFC's own example needs; `*` names every version.
pub fn matches(header: &str, version: i64) -> bool {
    let own = format!("\"{version}\"");
    header.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == own)
}

/// What a request asks of the version of a resource before anything is done (RFC 9110 §13.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// `If-Match`: the resource must be of one of these versions.
    pub if_match: Option<String>,
    /// `If-None-Match`: it must be of none of these.
    pub if_none_match: Option<String>,
}

impl Conditions {
    /// Whether the client means this version, as far as `If-Match` tells.
    pub fn mean(&self, version: i64) -> bool {
        self.if_match.as_deref().is_none_or(|header| matches(header, version))
    }

    /// Whether the client has this version, as far as `If-None-Match` tells.
    pub fn know(&self, version: i64) -> bool {
        self.if_none_match.as_deref().is_some_and(|header| matches(header, version))
    }
}
