//! One run: the servers, the phases, and what each cost.

use super::process::{Memory, Spent};
use super::report::{Phase, Report};
use crate::config::{Archive, operator};
use anyhow::{Context, Result, ensure};
use client::load::wire::{self, Keep};
use client::load::workload::{self, Names};
use client::load::{Asked, Outcome, Server};
use client::players::{self, Options, Player};
use provisioning::{connections, tenants};
use scim::Provider;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::sleep;

/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_mins(1);
/// How many members are added in one round, and removed again.
const ROUND: usize = 200;
/// Members a request while a group is filled.
const BATCH: usize = 1_000;

/// A process that ends with its value.
pub struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, and need not be.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Running {
    fn id(&self) -> u32 {
        self.0.id()
    }
}

/// What is measured, and what against.
pub struct Bench {
    /// The service.
    pub server: Server,
    /// Its process, if it is on this machine.
    pub process: Option<u32>,
    /// Other processes whose CPU time counts as the service's, such as those of its database.
    pub others: Vec<u32>,
    /// How many connections are open at once.
    pub connections: usize,
    /// The sizes of the directory at which it is measured.
    pub sizes: Vec<usize>,
    /// Requests of a phase that only reads; others send fewer, since theirs cost more.
    pub requests: usize,
    /// What the names begin with.
    pub names: Names,
    bare: Running,
    bare_server: Server,
}

impl Bench {
    /// A bench of a server.
    ///
    /// # Errors
    /// The bare server does not start.
    pub async fn new(
        server: Server,
        process: Option<u32>,
        connections: usize,
        sizes: Vec<usize>,
        requests: usize,
        names: Names,
    ) -> Result<Self> {
        let (bare, address) = start(|address| {
            let mut command = Command::new(std::env::current_exe()?);
            command.args(["bench-bare", "--listen", &address.to_string()]);
            Ok(command)
        })
        .await?;
        let bare_server = Server { address, base: String::new(), token: String::new() };
        Ok(Self {
            server,
            process,
            others: Vec::new(),
            connections,
            sizes,
            requests,
            names,
            bare,
            bare_server,
        })
    }

    /// Runs every phase at every size; `say` is told of each when it is done.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn run(&self, report: &mut Report, say: impl Fn(&Phase)) -> Result<()> {
        let mut users: Vec<String> = Vec::new();
        for &size in &self.sizes {
            let mut phases = vec![self.grow(&mut users, size).await?];
            phases.extend(self.reads(&users).await?);
            phases.push(self.deactivations(&users).await?);
            phases.extend(self.groups(&users).await?);
            for phase in phases {
                say(&phase);
                report.phases.push(phase);
            }
        }
        let sync = self.initial_sync(users.len()).await?;
        say(&sync);
        report.phases.push(sync);
        let week = self.week(users.len()).await?;
        say(&week);
        report.phases.push(week);
        if let Some(process) = self.process {
            let memory = Memory::of(process)?;
            report.memory_kib = Some(memory.resident);
            report.peak_memory_kib = Some(memory.peak);
        }
        Ok(())
    }

    /// Requests of a phase that writes.
    fn writes(&self) -> usize {
        (self.requests * 2 / 5).max(2)
    }

    /// Creates users until there are so many; the last ones are measured.
    async fn grow(&self, users: &mut Vec<String>, size: usize) -> Result<Phase> {
        let measured = self.writes().min(size.saturating_sub(users.len()));
        let before = size.saturating_sub(measured);
        if users.len() < before {
            let (names, first) = (self.names.clone(), users.len());
            let create = move |number| names.create(first + number);
            let grown = wire::send(&self.server, self.connections, before - first, create, wire::id).await?;
            ensure!(
                grown.failed.is_empty(),
                "users cannot be created: {}",
                grown.first_failure.unwrap_or_default()
            );
            users.extend(grown.kept.into_iter().flatten());
        }
        let (names, first) = (self.names.clone(), users.len());
        let (phase, made) = self
            .measure("create user", size, measured, move |number| names.create(first + number), wire::id)
            .await?;
        users.extend(made.kept.into_iter().flatten());
        Ok(phase)
    }

    async fn reads(&self, users: &[String]) -> Result<Vec<Phase>> {
        let size = users.len();
        let ids = users.to_vec();
        let read = move |number| workload::read(workload::chosen(&ids, number));
        let (read, _) = self.measure("GET user by id", size, self.requests, read, wire::nothing).await?;
        let names = self.names.clone();
        let look_up = move |number: usize| names.look_up(number.wrapping_mul(7919) % size.max(1));
        let (look_up, _) =
            self.measure("filter userName eq", size, self.requests, look_up, wire::nothing).await?;
        let (list, _) = self
            .measure("list 100 users", size, (self.requests / 25).max(1), |_| workload::list(), wire::nothing)
            .await?;
        Ok(vec![read, look_up, list])
    }

    /// Every user deactivated is activated again by the next request for the same one.
    async fn deactivations(&self, users: &[String]) -> Result<Phase> {
        let half: Vec<String> = users.iter().take(self.writes() / 2).cloned().collect();
        let of_half = half.len();
        let ask = move |number: usize| workload::set_active(&half[number % of_half], number >= of_half);
        let (phase, _) = self.measure("PATCH active", users.len(), of_half * 2, ask, wire::nothing).await?;
        Ok(phase)
    }

    /// One member more, and a read without members, in a small group and in one of everybody.
    async fn groups(&self, users: &[String]) -> Result<Vec<Phase>> {
        let mut phases = Vec::new();
        let (spare, rest) = users.split_at(ROUND.min(users.len() / 2));
        for members in [10, rest.len()] {
            let first = &rest[..members.min(10)];
            let create = self.names.create_group(&format!("{members} of {}", users.len()), first);
            let made = wire::send(&self.server, 1, 1, move |_| create.clone(), wire::id).await?;
            let group = made.kept.into_iter().flatten().next().context("a group cannot be created")?;
            for batch in rest[first.len()..members].chunks(BATCH) {
                let add = workload::add_members(&group, batch);
                let added = wire::send(&self.server, 1, 1, move |_| add.clone(), wire::nothing).await?;
                ensure!(
                    added.failed.is_empty(),
                    "members cannot be added: {}",
                    added.first_failure.unwrap_or_default()
                );
            }
            phases.push(self.one_more(&group, members, spare).await?);
            let id = group.clone();
            let name = "GET group without members";
            phases.push(
                self.measure(name, members, self.requests, move |_| workload::read_group(&id), wire::nothing)
                    .await?
                    .0,
            );
        }
        Ok(phases)
    }

    /// Adds members one by one; they are removed again outside what is measured, so that the group keeps its size.
    async fn one_more(&self, group: &str, members: usize, spare: &[String]) -> Result<Phase> {
        let mut whole: Option<Phase> = None;
        for _ in 0..(self.writes() / 2 / ROUND).max(1) {
            let (id, users) = (group.to_owned(), spare.to_vec());
            let add = move |number: usize| workload::add_members(&id, &users[number..=number]);
            let (phase, _) = self.measure("add one member", members, spare.len(), add, wire::nothing).await?;
            whole = Some(match whole {
                Some(before) => before.and(&phase),
                None => phase,
            });
            let (id, users) = (group.to_owned(), spare.to_vec());
            let remove = move |number: usize| workload::remove_member(&id, &users[number]);
            wire::send(&self.server, self.connections, spare.len(), remove, wire::nothing).await?;
        }
        whole.context("no member was added")
    }

    /// Per user a look-up, and a creation since nobody is found: how a provider begins.
    async fn initial_sync(&self, size: usize) -> Result<Phase> {
        let names = Names(format!("{}-sync", self.names.0));
        let users = self.writes();
        // Look-up and creation of one user are two requests in a row, of whatever connection comes next.
        let ask = move |number: usize| {
            if number.is_multiple_of(2) { names.look_up(number / 2) } else { names.create(number / 2) }
        };
        let (phase, _) = self
            .measure("initial sync (per user: look-up, create)", size, users * 2, ask, wire::nothing)
            .await?;
        Ok(phase.per(2))
    }

    /// A player of Okta: first sync and a week, with all it checks.
    async fn week(&self, size: usize) -> Result<Phase> {
        let options = Options {
            base_url: format!("http://{}{}", self.server.address, self.server.base),
            token: self.server.token.clone(),
            domain: format!("{}.example", self.names.0),
            users: 500,
            groups: 20,
            seed: 1,
            week: true,
            concurrency: self.connections,
        };
        let (before, started) = (self.spent()?, Instant::now());
        let verdict = players::play(Player::Okta, &options, &|_| {}).await?;
        let spent = self.spent()?.zip(before).map(|(now, before)| now.since(&before));
        ensure!(verdict.held(), "the player of Okta is not content with the server");
        let requests = usize::try_from(verdict.counts.requests)?;
        Ok(Phase::of_player(
            "player of Okta, 500 people and a week",
            size,
            requests,
            started.elapsed(),
            spent,
        ))
    }

    fn spent(&self) -> Result<Option<Spent>> {
        let Some(process) = self.process else { return Ok(None) };
        let mut spent = Spent::of(process)?;
        for other in &self.others {
            spent = spent.and(Spent::of(*other)?);
        }
        Ok(Some(spent))
    }

    /// Sends the requests of a phase, and as many to the bare server with an answer of the same size.
    async fn measure(
        &self,
        name: &'static str,
        size: usize,
        count: usize,
        ask: impl Fn(usize) -> Asked + Send + Sync + 'static,
        keep: Keep,
    ) -> Result<(Phase, Outcome)> {
        let sample = ask(0);
        let before = self.spent()?;
        let outcome = wire::send(&self.server, self.connections, count, ask, keep).await?;
        let after = self.spent()?;
        let spent = after.zip(before).map(|(after, before)| after.since(&before));
        let bare = self.bare(&sample, outcome.mean_size(), count).await?;
        Ok((Phase::new(name, size, &outcome, spent, bare), outcome))
    }

    /// What the bare server spends on such a request.
    async fn bare(&self, sample: &Asked, size: usize, count: usize) -> Result<Duration> {
        let path = format!("/{}", size.max(2));
        let asked = match &sample.body {
            Some(body) => Asked::with(http::Method::POST, path, body.clone()),
            None => Asked::get(path),
        };
        let before = Spent::of(self.bare.id())?;
        let count = count.clamp(1, self.requests);
        wire::send(&self.bare_server, self.connections, count, move |_| asked.clone(), wire::nothing).await?;
        let spent = Spent::of(self.bare.id())?.since(&before);
        Ok(spent / u32::try_from(count).unwrap_or(u32::MAX))
    }
}

/// Starts this program as a server of a fresh connection; returns what to send requests to.
///
/// # Errors
/// The archive cannot be made, or the server does not start.
pub async fn serve(archive: &Archive, log: &Path) -> Result<(Running, Server)> {
    let store = archive.open()?;
    let tenant = tenants::create(&store, &operator(), &format!("bench {}", store.ids().next())).await?;
    let made =
        connections::create(&store, &operator(), tenant.tenant, Provider::Okta, Some("bench"), None).await?;
    drop(store);
    let log = std::fs::File::create(log).with_context(|| format!("{} cannot be made", log.display()))?;
    let (running, address) = start(|address| {
        let mut command = Command::new(std::env::current_exe()?);
        match &archive.database {
            Some(url) => command.arg("--database").arg(url),
            None => command.arg("--data").arg(&archive.data),
        };
        command.args(["serve", "--rate-limit", "0", "--listen", &address.to_string()]).stderr(log);
        Ok(command)
    })
    .await?;
    let (connection, token) = made;
    Ok((running, Server { address, base: format!("/scim/v2/{}", connection.id), token: token.text }))
}

/// The process of a server that was started.
pub fn process(running: &Running) -> u32 {
    running.id()
}

async fn start(command: impl FnOnce(SocketAddr) -> Result<Command>) -> Result<(Running, SocketAddr)> {
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let mut command = command(address)?;
    let mut running = Running(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?);
    let started = Instant::now();
    while TcpStream::connect(address).await.is_err() {
        ensure!(running.0.try_wait()?.is_none(), "the server ended before it listened");
        ensure!(started.elapsed() < PATIENCE, "the server does not listen");
        sleep(Duration::from_millis(5)).await;
    }
    Ok((running, address))
}
