//! What a play remembers beside its belief, and what that says in the verdict.

use super::belief::Belief;
use super::{Cast, Expectation, Known};

/// What happened in a play.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// What the server did not take, a line each.
    pub refusals: Vec<String>,
    /// Who came back, and the SCIM id they had before.
    pub returns: Vec<(usize, String)>,
    /// The first who changed department.
    pub mover: Option<usize>,
}

impl Story {
    /// Refusals, and the ids of those who came back.
    pub fn expectations(&self, belief: &Belief) -> Vec<Expectation> {
        let changed = self.returns.iter().filter_map(|(person, before)| {
            let user = belief.users.get(person)?;
            (user.id != *before)
                .then(|| format!("user {}: came back as {}, was {before}", user.user_name, user.id))
        });
        vec![
            Expectation::of("the server took every request", self.refusals.clone()),
            Expectation::of("who came back has the id they had", changed.collect()),
        ]
    }

    /// One person for each of the week's stories.
    pub fn cast(&self, belief: &Belief) -> Cast {
        let known = |index: &usize| {
            let user = belief.users.get(index)?;
            let (user_name, id) = (user.user_name.clone(), user.id.clone());
            Some(Known { user_name, display_name: user.display_name.clone(), id })
        };
        let leaver = belief.users.iter().find(|(_, user)| !user.active).map(|(index, _)| index);
        Cast {
            rehired: self.returns.first().and_then(|(index, _)| known(index)),
            mover: self.mover.as_ref().and_then(known),
            leaver: leaver.and_then(known),
        }
    }
}
