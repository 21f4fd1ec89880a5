//! Counts and digests of rows, whatever order they come in: what left is held against what arrived.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// How many rows there were, and a digest of them that does not depend on their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub rows: u64,
    /// The SHA-256 of each row, added up. Rows have keys, so no two are equal.
    lanes: [u64; 4],
}

impl Sum {
    /// Adds a row, written as JSON.
    pub fn add(&mut self, line: &[u8]) {
        self.rows += 1;
        let digest = Sha256::digest(line);
        for (lane, bytes) in self.lanes.iter_mut().zip(digest.chunks_exact(8)) {
            let part = bytes.iter().fold(0, |number: u64, byte| (number << 8) | u64::from(*byte));
            *lane = lane.wrapping_add(part);
        }
    }

    /// The digest as hexadecimal digits.
    pub fn digest(&self) -> String {
        crate::hex(&self.lanes.map(u64::to_be_bytes).concat())
    }
}

/// What there is of each table, by the tables' names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents(pub BTreeMap<String, Sum>);

impl Contents {
    /// How many rows there are in all.
    pub fn rows(&self) -> u64 {
        self.0.values().map(|sum| sum.rows).sum()
    }

    /// The first table of which there is something else, as a clause; `None` where all is the same.
    pub fn difference(&self, arrived: &Self) -> Option<String> {
        let tables = self.0.keys().chain(arrived.0.keys());
        let of = |contents: &Self, table: &str| contents.0.get(table).cloned().unwrap_or_default();
        tables.into_iter().find_map(|table| {
            let (one, other) = (of(self, table), of(arrived, table));
            (one != other).then(|| {
                if one.rows == other.rows {
                    format!("table {table} has other rows")
                } else {
                    format!("table {table} has {} rows, not {}", other.rows, one.rows)
                }
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_rows_does_not_matter_and_every_row_does() {
        let of = |rows: &[&str]| {
            let mut sum = Sum::default();
            for row in rows {
                sum.add(row.as_bytes());
            }
            sum
        };
        assert_eq!(of(&["[1]", "[2]", "[3]"]), of(&["[3]", "[1]", "[2]"]));
        assert_ne!(of(&["[1]", "[2]", "[3]"]), of(&["[1]", "[2]", "[4]"]));
        assert_ne!(of(&["[1]", "[2]"]).digest(), of(&["[1]", "[2]", "[3]"]).digest());
        assert_eq!(of(&["[1]"]).digest().len(), 64);
    }
}
