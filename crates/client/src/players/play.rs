//! A play: the company lives, and the player keeps the server in step with it.
//!
//! The first sync, then a week day by day: what happens is applied to the company, the changed people are
//! pushed (several at a time), then the groups whose members or names changed. What the server acknowledged
//! becomes belief. No request is built here; that is the provider's own module.

use std::sync::Arc;

use super::belief::{Belief, BelievedGroup};
use super::deliver::{deliver, ends_the_play};
use super::provider::{Act, Errand, Feature, Provider, WantedGroup};
use super::story::Story;
use super::{PlayError, Progress, Report};
use crate::people::{Company, Person};
use crate::week::{Day, Event, Week};

/// A company, its provider, and what the provider believes of the server.
pub struct Play<'a, P> {
    /// The provider.
    pub provider: Arc<P>,
    /// What the server should hold.
    pub belief: Belief,
    /// What is told of the play besides.
    pub story: Story,
    company: Company,
    week: Option<Week>,
    concurrency: usize,
    report: &'a Report,
    /// The server may have people and groups of an earlier play.
    played_before: bool,
}

/// A group to push: its place, what was pushed last, and what it should be.
type GroupErrand = (usize, Option<BelievedGroup>, WantedGroup);

impl<'a, P: Provider> Play<'a, P> {
    /// A play that has not begun.
    pub fn new(
        provider: P,
        company: Company,
        week: Option<Week>,
        concurrency: usize,
        report: &'a Report,
    ) -> Self {
        Self {
            provider: Arc::new(provider),
            belief: Belief::default(),
            story: Story::default(),
            company,
            week,
            concurrency: concurrency.max(1),
            report,
            played_before: false,
        }
    }

    /// Makes contact, assigns everybody, pushes every group. People and groups that an earlier play left on
    /// the server are found and brought back to Monday morning.
    pub async fn initial_sync(&mut self) -> Result<(), PlayError> {
        (self.report)(Progress::Phase { name: P::CONTACT.into(), total: 1 });
        self.played_before = self.provider.make_contact().await?;
        (self.report)(Progress::Step { done: 1 });
        let employed = self.company.people.iter().filter(|person| person.employed);
        let tasks = employed.map(|person| (person.index, Act::Assign)).collect();
        self.push_people("Assigning people", tasks).await?;
        self.push_managers("Assigning people: managers").await?;
        self.push_groups("Pushing groups").await?;
        self.played_before = false;
        Ok(())
    }

    /// Lives the week that was planned, if one was.
    pub async fn live_the_week(&mut self) -> Result<(), PlayError> {
        let days = self.week.clone().map(|week| week.days).unwrap_or_default();
        for (day, cycle) in days.iter().zip(1..) {
            match self.provider.begin_cycle(cycle).await {
                Err(error) if ends_the_play::<P>(&error) => return Err(error.into()),
                Err(error) => self.story.refusals.push(format!("cycle {cycle}: {error}")),
                Ok(()) => {}
            }
            self.live_a_day(day).await?;
        }
        Ok(())
    }

    async fn live_a_day(&mut self, day: &Day) -> Result<(), PlayError> {
        let mut tasks = Vec::new();
        let (mut deleted_people, mut deleted_groups) = (Vec::new(), Vec::new());
        for event in &day.events {
            match event {
                Event::Join(person) => tasks.push((*person, Act::Assign)),
                Event::Return(person) => {
                    self.story.returns.extend(self.id_of(*person).map(|id| (*person, id)));
                    tasks.push((*person, Act::Assign));
                }
                Event::Leave(person) => tasks.push((*person, Act::Deactivate)),
                Event::Delete(person) if P::has(Feature::Deletion) => {
                    deleted_people.push(*person);
                    tasks.push((*person, Act::Delete));
                }
                Event::Delete(_) => {}
                Event::Move { person, department } => {
                    self.company.people[*person].move_to(department);
                    self.story.mover.get_or_insert(*person);
                    tasks.push((*person, Act::Update));
                }
                Event::Rename { person, name } => {
                    self.company.people[*person].take_name(name);
                    tasks.push((*person, Act::Update));
                }
                Event::RenameGroup { group, name } => {
                    self.company.groups[*group].display_name.clone_from(name);
                }
                Event::DeleteGroup(group) => deleted_groups.push(*group),
            }
        }
        for (person, act) in &tasks {
            self.company.people[*person].employed = matches!(act, Act::Assign | Act::Update);
        }
        self.push_people(&format!("{}: people", day.name), tasks).await?;
        for person in deleted_people {
            self.company.delete_account(person);
        }
        self.push_managers(&format!("{}: managers", day.name)).await?;
        for group in deleted_groups {
            self.delete_group(group).await?;
        }
        self.push_groups(&format!("{}: groups", day.name)).await
    }

    async fn push_people(&mut self, phase: &str, mut tasks: Vec<(usize, Act)>) -> Result<(), PlayError> {
        // Whom the server refused to take cannot be updated; the refusal is on record.
        tasks.retain(|(person, act)| *act == Act::Assign || self.belief.users.contains_key(person));
        let errands = tasks.into_iter().map(|(person, act)| self.errand(person, act)).collect();
        let Self { provider, belief, concurrency, report, .. } = self;
        let start = |errand: Errand| {
            let provider = Arc::clone(provider);
            async move {
                let outcome = provider.perform(&errand).await;
                (errand, outcome)
            }
        };
        let finish = |errand: Errand, id| believe(provider.as_ref(), belief, &errand, id);
        let failed = deliver::<P, _, _, _>(phase, *concurrency, *report, errands, start, finish).await?;
        let lines = failed.iter().map(|(errand, error)| format!("{}: {error}", errand.person.user_name));
        self.story.refusals.extend(lines);
        Ok(())
    }

    fn errand(&self, person: usize, act: Act) -> Errand {
        let person = &self.company.people[person];
        let week = self.week.as_ref().filter(|_| self.played_before);
        Errand {
            act,
            id: self.id_of(person.index),
            manager: self.manager_of(person),
            later: week.and_then(|week| week.later(person)),
            person: person.clone(),
        }
    }

    fn id_of(&self, person: usize) -> Option<String> {
        self.belief.users.get(&person).map(|user| user.id.clone())
    }

    fn manager_of(&self, person: &Person) -> Option<String> {
        self.id_of(person.work.as_ref()?.manager.as_ref()?.index)
    }

    /// Sends references to managers who came, or went for good, after their people were pushed.
    async fn push_managers(&mut self, phase: &str) -> Result<(), PlayError> {
        if !P::has(Feature::ManagerReferences) {
            return Ok(());
        }
        let employed = self.company.people.iter().filter(|person| person.employed);
        let tasks: Vec<(usize, Act)> = employed
            .filter_map(|person| {
                let believed = self.belief.users.get(&person.index)?;
                (believed.manager != self.manager_of(person)).then_some((person.index, Act::Update))
            })
            .collect();
        if tasks.is_empty() { Ok(()) } else { self.push_people(phase, tasks).await }
    }

    async fn push_groups(&mut self, phase: &str) -> Result<(), PlayError> {
        if !P::has(Feature::Groups) {
            return Ok(());
        }
        let tasks = self.groups_to_push();
        let Self { provider, belief, story, concurrency, report, .. } = self;
        let start = |errand: GroupErrand| {
            let provider = Arc::clone(provider);
            async move {
                let outcome = provider.push_group(errand.1.as_ref(), &errand.2).await;
                (errand, outcome)
            }
        };
        let finish = |(index, _, wanted): GroupErrand, id| {
            let WantedGroup { display_name, external_id, members, .. } = wanted;
            belief.groups.insert(index, BelievedGroup { id, display_name, external_id, members });
        };
        let failed = deliver::<P, _, _, _>(phase, *concurrency, *report, tasks, start, finish).await?;
        story
            .refusals
            .extend(failed.iter().map(|((_, _, wanted), error)| format!("{}: {error}", wanted.display_name)));
        Ok(())
    }

    /// The groups that are not as they were pushed last.
    fn groups_to_push(&self) -> Vec<GroupErrand> {
        let week = self.week.as_ref().filter(|_| self.played_before);
        let existing = self.company.groups.iter().filter(|group| group.exists);
        let changed = existing.filter_map(|group| {
            let stay = P::has(Feature::LeaversStayMembers);
            let people = self.company.people.iter();
            let people = people.filter(|person| group.holds(person) || stay && group.encloses(person));
            let members = people.filter_map(|person| self.belief.users.get(&person.index));
            let wanted = WantedGroup {
                display_name: group.display_name.clone(),
                external_id: self.provider.group_external_id(group.index),
                members: members.map(|user| (user.id.clone(), user.user_name.clone())).collect(),
                other_name: week.and_then(|week| week.later_group_name(group.index)).map(str::to_owned),
            };
            let known = self.belief.groups.get(&group.index);
            known.is_none_or(|known| differs(known, &wanted)).then(|| (group.index, known.cloned(), wanted))
        });
        changed.collect()
    }

    async fn delete_group(&mut self, index: usize) -> Result<(), PlayError> {
        self.company.groups[index].exists = false;
        let Some(group) = self.belief.groups.get(&index).cloned() else { return Ok(()) };
        match self.provider.delete_group(&group.id).await {
            Ok(()) => {
                self.belief.groups.remove(&index);
                self.belief.deleted_groups.push((group.id, group.display_name));
            }
            Err(error) if ends_the_play::<P>(&error) => return Err(error.into()),
            Err(error) => self.story.refusals.push(format!("{}: {error}", group.display_name)),
        }
        Ok(())
    }

    /// What the provider does otherwise than was asked, and what the seed decided.
    pub fn choices(&self, groups: usize) -> Vec<String> {
        let mut choices = self.provider.choices();
        if groups > 0 && !P::has(Feature::Groups) {
            choices.push(format!("this provider pushes no groups: {groups} were left out"));
        }
        choices
    }
}

/// An errand was acknowledged.
fn believe<P: Provider>(provider: &P, belief: &mut Belief, errand: &Errand, id: String) {
    let person = errand.person.index;
    match errand.act {
        Act::Assign | Act::Update => {
            belief.users.insert(person, provider.believed(id, errand));
        }
        Act::Deactivate => {
            belief.users.entry(person).and_modify(|user| user.active = false);
        }
        Act::Delete => belief.forget(person),
    }
}

fn differs(known: &BelievedGroup, wanted: &WantedGroup) -> bool {
    known.display_name != wanted.display_name || !known.members.keys().eq(wanted.members.keys())
}
