//! What was done to a request beyond the letter: corrected habits, parts accepted and ignored.
//!
//! Notes end on the request's record, so that nothing is silently dropped.

use serde::{Deserialize, Serialize};

/// What a note reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// The remarks on one request, in order, bounded; all of them are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    kept: Vec<Note>,
    dropped: usize,
    counts: Vec<(NoteKind, &'static str, u64)>,
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

    /// Reports an accepted part that is not applied, and that every element of a list may have: said once.
    pub fn ignored_once(&mut self, habit: &'static str, text: &str) {
        if !self.kept.iter().any(|note| note.habit == habit && note.text == text) {
            self.ignored(habit, text);
        }
    }

    fn push(&mut self, kind: NoteKind, habit: &'static str, text: String) {
        match self.counts.iter_mut().find(|(of, name, _)| (*of, *name) == (kind, habit)) {
            Some((_, _, count)) => *count += 1,
            None => self.counts.push((kind, habit, 1)),
        }
        if self.kept.len() < LIMIT {
            self.kept.push(Note { kind, habit: habit.into(), text });
        } else {
            self.dropped += 1;
        }
    }

    /// The remarks kept.
    pub fn as_slice(&self) -> &[Note] {
        &self.kept
    }

    /// How many remarks did not fit.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// How often each remark was made, those that did not fit included.
    pub fn counts(&self) -> &[(NoteKind, &'static str, u64)] {
        &self.counts
    }
}
