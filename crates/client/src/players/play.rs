//! A play: the company lives, and the player keeps the server in step with it.
//!
//! The first sync, then a week day by day: what happens is applied to the company, the changed people are
//! pushed (several at a time), then the groups whose members or names changed. What the server acknowledged
//! becomes belief. No request is built here; that is the provider's own module.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::belief::{Belief, BelievedGroup, BelievedUser};
use super::okta::{Act, Okta, WantedGroup};
use super::{Cast, Expectation, Known, PlayError, Progress, Report};
use crate::http::ClientError;
use crate::parallel::in_parallel;
use crate::people::Company;
use crate::week::{Day, Event, Week};

/// A company, its provider, and what the provider believes of the server.
pub struct Play<'a> {
    /// The provider.
    pub okta: Arc<Okta>,
    /// What the server should hold.
    pub belief: Belief,
    company: Company,
    week: Option<Week>,
    concurrency: usize,
    report: &'a Report,
    refusals: Vec<String>,
    returns: Vec<(usize, String)>,
    mover: Option<usize>,
}

impl<'a> Play<'a> {
    /// A play that has not begun.
    pub fn new(
        okta: Okta,
        company: Company,
        week: Option<Week>,
        concurrency: usize,
        report: &'a Report,
    ) -> Self {
        let (belief, refusals, returns) = (Belief::default(), Vec::new(), Vec::new());
        let (okta, concurrency) = (Arc::new(okta), concurrency.max(1));
        Self { okta, belief, company, week, concurrency, report, refusals, returns, mover: None }
    }

    /// Tests the connection, assigns everybody, pushes every group. People and groups that an earlier play
    /// left on the server are found and brought back to Monday morning.
    pub async fn initial_sync(&mut self) -> Result<(), PlayError> {
        (self.report)(Progress::Phase { name: "Test Connector Configuration".into(), total: 1 });
        let played_before = self.okta.test_connector().await? > 0;
        (self.report)(Progress::Step { done: 1 });
        let employed = self.company.people.iter().filter(|person| person.employed);
        let tasks = employed.map(|person| (person.index, Act::Assign)).collect();
        self.push_people("Assigning people", tasks, played_before).await?;
        self.push_groups("Pushing groups", played_before).await
    }

    /// Lives the week that was planned, if one was.
    pub async fn live_the_week(&mut self) -> Result<(), PlayError> {
        for day in self.week.clone().map(|week| week.days).unwrap_or_default() {
            self.live_a_day(&day).await?;
        }
        Ok(())
    }

    async fn live_a_day(&mut self, day: &Day) -> Result<(), PlayError> {
        let mut tasks = Vec::new();
        let mut deletions = Vec::new();
        for event in &day.events {
            match event {
                Event::Join(person) => tasks.push((*person, Act::Assign)),
                Event::Return(person) => {
                    let id = self.belief.users.get(person).map(|user| user.id.clone());
                    self.returns.extend(id.map(|id| (*person, id)));
                    tasks.push((*person, Act::Assign));
                }
                Event::Leave(person) => tasks.push((*person, Act::Deactivate)),
                Event::Move { person, department } => {
                    self.company.people[*person].move_to(department);
                    self.mover.get_or_insert(*person);
                    tasks.push((*person, Act::Update));
                }
                Event::Rename { person, name } => {
                    self.company.people[*person].take_name(name);
                    tasks.push((*person, Act::Update));
                }
                Event::RenameGroup { group, name } => {
                    self.company.groups[*group].display_name.clone_from(name);
                }
                Event::DeleteGroup(group) => deletions.push(*group),
            }
        }
        for (person, act) in &tasks {
            self.company.people[*person].employed = *act != Act::Deactivate;
        }
        self.push_people(&format!("{}: people", day.name), tasks, false).await?;
        for group in deletions {
            self.delete_group(group).await?;
        }
        self.push_groups(&format!("{}: groups", day.name), false).await
    }

    async fn push_people(
        &mut self,
        phase: &str,
        mut tasks: Vec<(usize, Act)>,
        played_before: bool,
    ) -> Result<(), PlayError> {
        // Whom the server refused to take cannot be updated; the refusal is on record.
        tasks.retain(|(person, act)| *act == Act::Assign || self.belief.users.contains_key(person));
        (self.report)(Progress::Phase { name: phase.into(), total: tasks.len() });
        let Self { okta, belief, company, week, refusals, report, .. } = self;
        let known: BTreeMap<usize, String> = tasks
            .iter()
            .filter_map(|(person, _)| belief.users.get(person).map(|user| (*person, user.id.clone())))
            .collect();
        let start = |(index, act): (usize, Act)| {
            let (okta, person) = (Arc::clone(okta), company.people[index].clone());
            let id = known.get(&index).cloned();
            let other_name =
                week.as_ref().filter(|_| played_before).and_then(|week| week.later_user_name(index));
            let other_name = other_name.map(str::to_owned);
            async move {
                let outcome = okta.perform(act, &person, id.as_deref(), other_name.as_deref()).await;
                (person, outcome)
            }
        };
        let mut done = 0;
        in_parallel(self.concurrency, tasks, start, |(person, outcome)| {
            done += 1;
            report(Progress::Step { done });
            if let Some(id) = note(refusals, &person.user_name, outcome)? {
                belief.users.insert(person.index, BelievedUser::of(id, &person));
            }
            Ok(())
        })
        .await
    }

    async fn push_groups(&mut self, phase: &str, played_before: bool) -> Result<(), PlayError> {
        let mut tasks = Vec::new();
        for group in self.company.groups.iter().filter(|group| group.exists) {
            let people = self.company.people.iter().filter(|person| group.holds(person));
            let members = people.filter_map(|person| self.belief.users.get(&person.index));
            let members = members.map(|user| (user.id.clone(), user.user_name.clone())).collect();
            let week = self.week.as_ref().filter(|_| played_before);
            let other_name = week.and_then(|week| week.later_group_name(group.index)).map(str::to_owned);
            let wanted = WantedGroup { display_name: group.display_name.clone(), members, other_name };
            let known = self.belief.groups.get(&group.index);
            if known.is_none_or(|known| changed(known, &wanted)) {
                tasks.push((group.index, known.cloned(), wanted));
            }
        }
        (self.report)(Progress::Phase { name: phase.into(), total: tasks.len() });
        let Self { okta, belief, refusals, report, .. } = self;
        let start = |(index, known, wanted): (usize, Option<BelievedGroup>, WantedGroup)| {
            let okta = Arc::clone(okta);
            async move {
                let outcome = okta.push_group(known.as_ref(), &wanted).await;
                (index, wanted, outcome)
            }
        };
        let mut done = 0;
        in_parallel(self.concurrency, tasks, start, |(index, wanted, outcome)| {
            done += 1;
            report(Progress::Step { done });
            let WantedGroup { display_name, members, .. } = wanted;
            if let Some(id) = note(refusals, &display_name, outcome)? {
                belief.groups.insert(index, BelievedGroup { id, display_name, members });
            }
            Ok(())
        })
        .await
    }

    async fn delete_group(&mut self, index: usize) -> Result<(), PlayError> {
        self.company.groups[index].exists = false;
        let Some(group) = self.belief.groups.get(&index).cloned() else { return Ok(()) };
        let outcome = self.okta.delete_group(&group.id).await;
        if note(&mut self.refusals, &group.display_name, outcome)?.is_some() {
            self.belief.groups.remove(&index);
            self.belief.deleted_groups.push((group.id, group.display_name));
        }
        Ok(())
    }

    /// What the play itself showed: refusals, and the ids of those who came back.
    pub fn expectations(&mut self) -> Vec<Expectation> {
        let changed = self.returns.iter().filter_map(|(person, before)| {
            let user = self.belief.users.get(person)?;
            (user.id != *before)
                .then(|| format!("user {}: came back as {}, was {before}", user.user_name, user.id))
        });
        let changed = changed.collect();
        vec![
            Expectation::of("the server took every request", std::mem::take(&mut self.refusals)),
            Expectation::of("who came back has the id they had", changed),
        ]
    }

    /// One person for each of the week's stories.
    pub fn cast(&self) -> Cast {
        let known = |index: &usize| {
            let user = self.belief.users.get(index)?;
            let (user_name, id) = (user.user_name.clone(), user.id.clone());
            Some(Known { user_name, display_name: user.display_name.clone(), id })
        };
        let leaver = self.belief.users.iter().find(|(_, user)| !user.active).map(|(index, _)| index);
        Cast {
            rehired: self.returns.first().and_then(|(index, _)| known(index)),
            mover: self.mover.as_ref().and_then(known),
            leaver: leaver.and_then(known),
        }
    }
}

fn changed(known: &BelievedGroup, wanted: &WantedGroup) -> bool {
    known.display_name != wanted.display_name || !known.members.keys().eq(wanted.members.keys())
}

/// Keeps a refusal for the verdict; lets an error through that leaves nothing to play with.
fn note<T>(
    refusals: &mut Vec<String>,
    whom: &str,
    outcome: Result<T, ClientError>,
) -> Result<Option<T>, PlayError> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.ends_the_play() => Err(error.into()),
        Err(error) => {
            refusals.push(format!("{whom}: {error}"));
            Ok(None)
        }
    }
}
