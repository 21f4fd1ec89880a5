//! What a command says: one JSON document for programs, tables and sentences for people; both to stdout.

use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// Prints a JSON document.
pub fn json(document: &Value) {
    println!("{document:#}");
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
    table.add_rows(rows);
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
