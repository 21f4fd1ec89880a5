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
