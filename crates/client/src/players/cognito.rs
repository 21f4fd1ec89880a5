//! AWS Cognito, by manual configuration: a user pool that changes, and the import that reconciles it into a connection.
//!
//! A pool pushes nothing (docs/identity-providers.md C-1), so this is no [`super::provider::Provider`]: each day ends with a
//! run of what `accessiq import cognito` does, deletions included. What the connection should hold is taken from the
//! company, past the import's mapping; only the ids are the server's. How the company looks as a pool is in `pool`.

pub mod pool;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::pool::{Account, group_name, invent_pool, pool_id};
use super::belief::{Belief, BelievedGroup, BelievedUser};
use super::provider::Feature;
use super::story::Story;
use super::{Expectation, Options, PlayError, Progress, Report};
use crate::http::ScimClient;
use crate::import::apply::{Ids, apply};
use crate::import::desired::Desired;
use crate::import::held::{self, Held};
use crate::import::mapping;
use crate::import::plan::{Choices, Plan};
use crate::people::Company;
use crate::week::{Day, Event, Week};

/// What a pool does of all that not every provider does. Who is disabled stays in the groups.
pub const FEATURES: &[Feature] =
    &[Feature::Groups, Feature::Phones, Feature::Deletion, Feature::LeaversStayMembers];

/// How this player is not like the others.
pub const CHOICE: &str = "a user pool pushes nothing: each day ends with a run of the import, deletions included; \
                          a group that is renamed is a new group";

/// A pool, and the import that follows it.
pub struct Cognito<'a> {
    /// What the connection should hold.
    pub belief: Belief,
    /// What is told of the play besides.
    pub story: Story,
    client: Arc<ScimClient>,
    company: Company,
    /// The places of those who have an account in the pool.
    accounts: BTreeSet<usize>,
    pool_id: String,
    concurrency: usize,
    report: &'a Report,
}

impl<'a> Cognito<'a> {
    /// A pool of everybody in the company, of whom the connection knows nothing.
    pub fn new(client: ScimClient, company: Company, options: &Options, report: &'a Report) -> Self {
        let employed = company.people.iter().filter(|person| person.employed);
        Self {
            accounts: employed.map(|person| person.index).collect(),
            belief: Belief::default(),
            story: Story::default(),
            client: Arc::new(client),
            company,
            pool_id: pool_id(options.seed),
            concurrency: options.concurrency.max(1),
            report,
        }
    }

    /// The wire.
    pub fn client(&self) -> &ScimClient {
        &self.client
    }

    /// The first run, and one at the end of each day of a week.
    pub async fn live(&mut self, week: Option<&Week>) -> Result<(), PlayError> {
        self.run("First day").await?;
        for day in week.map_or(&[][..], |week| &week.days) {
            self.live_a_day(day);
            self.run(day.name).await?;
        }
        Ok(())
    }

    /// What happens in the pool.
    fn live_a_day(&mut self, day: &Day) {
        for event in &day.events {
            match event {
                Event::Join(person) | Event::Return(person) => {
                    if let Some(user) = self.belief.users.get(person) {
                        self.story.returns.push((*person, user.id.clone()));
                    }
                    self.company.people[*person].employed = true;
                    self.accounts.insert(*person);
                }
                Event::Leave(person) => self.company.people[*person].employed = false,
                Event::Delete(person) => {
                    self.company.delete_account(*person);
                    self.accounts.remove(person);
                }
                Event::Move { person, department } => {
                    self.company.people[*person].move_to(department);
                    self.story.mover.get_or_insert(*person);
                }
                Event::Rename { person, name } => self.company.people[*person].take_name(name),
                Event::RenameGroup { group, name } => {
                    self.company.groups[*group].display_name.clone_from(name);
                }
                Event::DeleteGroup(group) => self.company.groups[*group].exists = false,
            }
        }
    }

    /// One run of the import.
    async fn run(&mut self, when: &str) -> Result<(), PlayError> {
        (self.report)(Progress::Phase { name: format!("{when}: the import runs"), total: 1 });
        (self.report)(Progress::Step { done: 1 });
        let (held, plan) = self.compare().await?;
        let outcome = apply(&self.client, &plan, self.concurrency, self.report).await;
        let failures = plan.problems.into_iter().chain(outcome.failures).chain(outcome.stopped);
        self.story.refusals.extend(failures.map(|line| format!("{when}: {line}")));
        self.believe(&known_ids(&held, outcome.created));
        Ok(())
    }

    async fn compare(&self) -> Result<(Held, Plan), PlayError> {
        let desired = self.desired();
        let held = held::read(&self.client, &desired, self.concurrency, self.report).await?;
        let plan = Plan::make(&desired, &held, &Choices { delete: true, ..Choices::default() });
        Ok((held, plan))
    }

    fn desired(&self) -> Desired {
        mapping::desired(&invent_pool(&self.pool_id, &self.company, &self.accounts))
    }

    /// A run after the last one: it would change nothing.
    pub async fn run_once_more(&self) -> Result<Expectation, PlayError> {
        let (_, plan) = self.compare().await?;
        let steps = plan.steps.iter().map(|step| format!("{} {}", step.act, step.subject)).collect();
        Ok(Expectation::of("another run finds nothing to change", steps))
    }

    /// A run is over: the connection should hold what the pool has, under the ids that the server gave.
    fn believe(&mut self, ids: &Ids) {
        let gone: Vec<usize> =
            self.belief.users.keys().filter(|person| !self.accounts.contains(person)).copied().collect();
        for person in gone {
            self.belief.forget(person);
        }
        for person in &self.accounts {
            let person = &self.company.people[*person];
            let account = Account::of(person);
            let Some(id) = ids.get(&account.sub) else { continue };
            let believed = BelievedUser {
                external_id: account.sub,
                phone: account.phone,
                ..BelievedUser::of(id.clone(), person)
            };
            self.belief.users.insert(person.index, believed);
        }
        let groups = self.believed_groups(ids);
        for (index, before) in std::mem::replace(&mut self.belief.groups, groups) {
            if self.belief.groups.get(&index).is_none_or(|group| group.id != before.id) {
                self.belief.deleted_groups.push((before.id, before.display_name));
            }
        }
    }

    fn believed_groups(&self, ids: &Ids) -> BTreeMap<usize, BelievedGroup> {
        let existing = self.company.groups.iter().filter(|group| group.exists);
        let believed = existing.filter_map(|group| {
            let display_name = group_name(group);
            let external_id = format!("{}:{display_name}", self.pool_id);
            let id = ids.get(&external_id)?.clone();
            let members =
                self.accounts.iter().filter(|person| group.encloses(&self.company.people[**person]));
            let members = members.filter_map(|person| self.belief.users.get(person));
            let members = members.map(|user| (user.id.clone(), user.user_name.clone())).collect();
            Some((group.index, BelievedGroup { id, display_name, external_id: Some(external_id), members }))
        });
        believed.collect()
    }
}

/// Under which ids the server has everything, after a run.
fn known_ids(held: &Held, created: Ids) -> Ids {
    let users = held.users.iter().map(|user| (&user.external_id, &user.id));
    let groups = held.groups.iter().flatten().map(|group| (&group.external_id, &group.id));
    let known = users.chain(groups).filter_map(|(external_id, id)| Some((external_id.clone()?, id.clone())));
    known.chain(created).collect()
}
