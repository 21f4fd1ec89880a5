//! What a command says: one JSON document for programs, tables and sentences for people; both to stdout.

use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::Arguments;

/// Prints a line for people: what was sent by a provider steers no terminal. Stands in for the standard one in this crate.
macro_rules! println {
    () => { std::println!() };
    ($($argument:tt)*) => { $crate::output::say(format_args!("{}\n", format_args!($($argument)*))) };
}

/// The same without an end of line.
macro_rules! print {
    ($($argument:tt)*) => { $crate::output::say(format_args!($($argument)*)) };
}

/// Prints text for people.
pub fn say(text: Arguments<'_>) {
    std::print!("{}", plain(&text.to_string()));
}

/// Text in which what would steer a terminal, or turn the order of what stands around it, is written out: `\u{1b}`.
pub fn plain(text: &str) -> Cow<'_, str> {
    let steers = |letter: char| {
        (letter.is_control() && letter != '\n')
            || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(steers) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if steers(letter) {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    shown.into()
}

/// Prints a JSON document.
pub fn json(document: &Value) {
    std::println!("{document:#}");
}

/// Prints what the API shows as well.
pub fn document(view: &impl Serialize) -> anyhow::Result<()> {
    json(&serde_json::to_value(view)?);
    Ok(())
}

/// A table for people; fits the terminal.
pub fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    if std::env::var_os("COLUMNS").is_none() && !std::io::IsTerminal::is_terminal(&std::io::stdout()) {
        table.set_width(200);
    }
    table.set_header(head);
    // Before it measures them.
    table.add_rows(rows.into_iter().map(|cells| cells.map(|cell| plain(&cell).into_owned())));
    table
}

/// An instant for people: seconds, UTC.
pub fn time(micros: i64) -> String {
    Timestamp::from_microsecond(micros).map_or_else(|_| micros.to_string(), |at| format!("{at:.0}"))
}

/// An instant for people, or a dash.
pub fn optional_time(micros: Option<i64>) -> String {
    micros.map_or_else(|| "–".into(), time)
}

/// An instant for programs.
pub fn exact_time(micros: Option<i64>) -> Value {
    micros.map_or(Value::Null, |micros| provisioning::people::time(micros).into())
}

/// A number with its thousands grouped.
pub fn grouped(number: i64) -> String {
    let digits = number.abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}
