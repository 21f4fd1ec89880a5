//! How small things look on every page: instants, numbers, ids, states. Each is markup that is safe as it stands.

use askama::filters::HtmlSafe;
use provisioning::people::time;
use std::fmt;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// An instant: how long ago it is, with the exact time and its zone one hover or focus away.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    /// The instant, in microseconds.
    pub at: i64,
    /// Now.
    pub now: i64,
}

impl HtmlSafe for Time {}

impl fmt::Display for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (exact, words, absolute) = (time(self.at), distance(self.now - self.at), absolute(self.at));
        write!(formatter, "<time datetime=\"{exact}\" title=\"{absolute}\">{words}</time>")
    }
}

/// How far an instant lies in the past, or if negative in the future, in words.
pub fn distance(passed: i64) -> String {
    let (size, is_past) = (passed.abs(), passed >= 0);
    let (number, unit) = match size {
        size if size < SECOND => return "now".to_owned(),
        size if size < MINUTE => (size / SECOND, "s"),
        size if size < HOUR => (size / MINUTE, "min"),
        size if size < DAY => (size / HOUR, "h"),
        size if size < 60 * DAY => (size / DAY, if size / DAY == 1 { "day" } else { "days" }),
        size if size < 730 * DAY => (size / (30 * DAY), "months"),
        size => (size / (365 * DAY), "years"),
    };
    if is_past { format!("{number} {unit} ago") } else { format!("in {number} {unit}") }
}

/// An instant to the second, with its zone: `2026-05-03 12:04:31 UTC`.
pub fn absolute(at: i64) -> String {
    let exact = time(at);
    let (date, clock) = exact.split_once('T').unwrap_or((&exact, ""));
    format!("{date} {} UTC", clock.get(..8).unwrap_or(clock.trim_end_matches('Z')))
}

/// A number, its thousands apart: `12,345`.
#[derive(Clone, Copy, Debug)]
pub struct Count(pub i64);

impl HtmlSafe for Count {}

impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        if self.0 < 0 {
            formatter.write_str("−")?;
        }
        for (index, digit) in digits.char_indices() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                formatter.write_str(",")?;
            }
            write!(formatter, "{digit}")?;
        }
        Ok(())
    }
}

/// How something stands, as a shape and a word. The word is ours, never somebody's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Good(&'static str),
    /// Somebody should look.
    Attention(&'static str),
    /// It does not work.
    Wrong(&'static str),
    /// Of no weight.
    Quiet(&'static str),
}

impl State {
    /// The word alone.
    pub fn word(self) -> &'static str {
        match self {
            Self::Good(word) | Self::Attention(word) | Self::Wrong(word) | Self::Quiet(word) => word,
        }
    }
}

impl HtmlSafe for State {}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (class, shape, word) = match self {
            Self::Good(word) => ("good", "●", word),
            Self::Attention(word) => ("attention", "▲", word),
            Self::Wrong(word) => ("wrong", "■", word),
            Self::Quiet(word) => ("quiet", "○", word),
        };
        write!(
            formatter,
            "<span class=\"state {class}\"><span aria-hidden=\"true\">{shape}</span> {word}</span>"
        )
    }
}
