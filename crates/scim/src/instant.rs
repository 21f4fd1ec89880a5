//! Points in time as SCIM writes them, read into what is compared: microseconds since 1970 UTC.

use jiff::{Timestamp, civil, tz::TimeZone};

/// The longest text that is looked at, in bytes.
const MAX_LENGTH: usize = 64;

/// The microseconds since 1970 UTC that an `xsd:dateTime` names; without an offset it is read as UTC. Finer
/// fractions are cut off. `None` if the text is no date with a time.
pub fn microseconds(text: &str) -> Option<i64> {
    // RFC 7643 §2.3.5: a dateTime holds both a date and a time.
    if text.len() > MAX_LENGTH || !text.contains('T') {
        return None;
    }
    let instant = text
        .parse::<Timestamp>()
        .or_else(|_| text.parse::<civil::DateTime>().and_then(|local| TimeZone::UTC.to_timestamp(local)));
    instant.ok().map(Timestamp::as_microsecond)
}

/// The text of an instant, such as `2011-05-13T04:42:34Z`; `None` outside the years that a date can have.
pub fn text(microseconds: i64) -> Option<String> {
    Timestamp::from_microsecond(microseconds).ok().map(|instant| instant.to_string())
}
