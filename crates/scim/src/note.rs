//! What was done to a request beyond the letter: corrected habits, parts accepted and ignored.
//!
//! Notes end on the request's record, so that nothing is silently dropped.

use serde::{Deserialize, Serialize};

/// What a note reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// A provider's habit was read as what the RFC says.
    Corrected,
    /// A part was accepted and not applied.
    Ignored,
}

/// One remark on a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What it reports.
    pub kind: NoteKind,
    /// The habit's stable name, such as `string-boolean`: records can be filtered and counted by it.
    pub habit: std::borrow::Cow<'static, str>,
    /// A sentence for a person, such as `active: "False" was read as false`. Never holds a secret.
    pub text: String,
}

/// The remarks on one request, in order, bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    notes: Vec<Note>,
    dropped: usize,
}

/// How many remarks one request keeps; more are counted.
const LIMIT: usize = 100;

impl Notes {
    /// No remarks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reports a corrected habit.
    pub fn corrected(&mut self, habit: &'static str, text: impl Into<String>) {
        self.push(NoteKind::Corrected, habit, text.into());
    }

    /// Reports an accepted part that is not applied.
    pub fn ignored(&mut self, habit: &'static str, text: impl Into<String>) {
        self.push(NoteKind::Ignored, habit, text.into());
    }

    fn push(&mut self, kind: NoteKind, habit: &'static str, text: String) {
        if self.notes.len() < LIMIT {
            self.notes.push(Note { kind, habit: habit.into(), text });
        } else {
            self.dropped += 1;
        }
    }

    /// The remarks kept.
    pub fn as_slice(&self) -> &[Note] {
        &self.notes
    }

    /// How many remarks did not fit.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// Adds the remarks of another.
    pub fn extend(&mut self, other: Notes) {
        for note in other.notes {
            self.push(note.kind, "", String::new());
            if let Some(last) = self.notes.last_mut().filter(|last| last.habit.is_empty()) {
                *last = note;
            }
        }
        self.dropped += other.dropped;
    }
}
