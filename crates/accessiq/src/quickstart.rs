//! `accessiq quickstart`: from nothing to a directory that an identity provider keeps in sync, and what an
//! administrator wants to see of it.

use crate::cli::{access, events, simulate};
use crate::config::{Archive, operator};
use crate::output;
use crate::serve::{Running, until_asked_to_stop};
use anyhow::Context;
use clap::Args;
use client::people::DOMAIN;
use client::players::{Options, Player, Verdict};
use provisioning::access as explained;
use provisioning::administrators::links::{self, Link};
use provisioning::people::Operator;
use provisioning::tokens::{self, DAY, LIFETIME, Wanted};
use provisioning::{connections, doctor, tenants};
use scim::Provider;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use store::Store;
use store::connections::Connection;
use store::tenants::Tenant;
use tokio::net::TcpListener;
use web::resolver::Resolver;

const TENANT: &str = "acme";
const CONNECTION: &str = "Okta (quickstart)";
const PEOPLE: usize = 200;
const GROUPS: usize = 12;
const SEED: u64 = 7;

/// Show it working: serve on loopback and let an Okta player push a realistic directory.
#[derive(Args, Debug)]
pub struct Quickstart {
    /// End after the summary; the exit code tells whether all expectations of the sync held
    #[arg(long)]
    exit: bool,
    /// Only prepare tenant and connection, and serve
    #[arg(long)]
    no_demo: bool,
    /// Address to listen on; another free port is taken if it is in use
    #[arg(long, value_name = "ADDR", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)))]
    listen: SocketAddr,
}

/// Runs the command.
pub async fn run(archive: &Archive, quickstart: &Quickstart) -> anyhow::Result<ExitCode> {
    check_loopback(quickstart.listen)?;
    let store = archive.open()?;
    let listener = listen(quickstart.listen).await?;
    let running = Running::start(store.clone(), listener, None, 0, Resolver::default()).await?;
    println!("AccessIQ Provisioning, data in {}\n", archive.place());
    let prepared = prepare(&store).await?;
    let setup = links::setup(&store).await?;
    introduce(&running, &prepared, setup.as_ref());
    let mut held = true;
    if !quickstart.no_demo {
        held = demonstrate(&store, archive, &running, &prepared).await?;
    }
    if !quickstart.exit {
        println!("\nServing on {} until Ctrl-C.", running.app.public_url());
        until_asked_to_stop().await?;
    }
    running.stop().await?;
    Ok(if held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Tokens would travel unencrypted between machines (RFC 7644 §7.2), and a demonstration has no need of that.
fn check_loopback(wanted: SocketAddr) -> anyhow::Result<()> {
    anyhow::ensure!(
        wanted.ip().is_loopback(),
        "--listen {wanted} is reachable from other machines, and quickstart speaks plain HTTP. Listen on 127.0.0.1, or \
         use `accessiq serve` behind a proxy with TLS."
    );
    Ok(())
}

/// Listens where it was asked to, else on a free port beside it.
async fn listen(wanted: SocketAddr) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(wanted).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            eprintln!("{wanted} is in use, taking another port.");
            Ok(TcpListener::bind(SocketAddr::new(wanted.ip(), 0)).await?)
        }
        Err(error) => Err(error)
            .with_context(|| format!("cannot listen on {wanted}. Choose another address with --listen")),
    }
}

/// The tenant and the connection, and the token if it was made just now.
struct Prepared {
    tenant: Tenant,
    connection: Connection,
    token: Option<String>,
}

async fn prepare(store: &Store) -> anyhow::Result<Prepared> {
    let operator = operator();
    let tenant = match store.read(|tx| store::tenants::by_name(tx, TENANT))? {
        Some(tenant) => tenant,
        None => tenants::create(store, &operator, TENANT).await?,
    };
    let existing = store.read(|tx| store::connections::of_tenant(tx, tenant.tenant))?;
    if let Some(connection) = existing.into_iter().find(|connection| connection.name == CONNECTION) {
        return Ok(Prepared { tenant, connection, token: None });
    }
    let expires_at = Some(store.clock().now() + LIFETIME);
    let (connection, token) =
        connections::create(store, &operator, tenant.tenant, Provider::Okta, Some(CONNECTION), expires_at)
            .await?;
    Ok(Prepared { tenant, connection, token: Some(token.text) })
}

fn introduce(running: &Running, prepared: &Prepared, setup: Option<&Link>) {
    let token = prepared.token.as_deref().unwrap_or("shown when it was made; another: accessiq token create");
    println!("  Tenant         {}", prepared.tenant.name);
    println!("  Console        {}/", running.app.public_url());
    println!("  SCIM base URL  {}", running.app.base_url(&prepared.connection.id));
    println!("  Bearer token   {token}");
    if prepared.token.is_some() {
        println!("                 (shown this once; only its hash is kept)");
    }
    if let Some(link) = setup {
        println!("  Setup link     {}", link.address(running.app.public_url()));
        println!("                 (become the first operator of the console; it opens once, within a day)");
    }
    println!();
}

/// Lets Okta push its directory, and shows what came of it. Returns whether everything is as it should be.
async fn demonstrate(
    store: &Store,
    archive: &Archive,
    running: &Running,
    prepared: &Prepared,
) -> anyhow::Result<bool> {
    let demo = Operator::named("quickstart");
    // Of a token made before only the hash is there: the player gets one of its own, for as long as it plays.
    let own = if prepared.token.is_none() {
        let expires_at = Some(store.clock().now() + DAY / 24);
        Some(
            tokens::create(
                store,
                &demo,
                prepared.connection.scope,
                Wanted { name: "quickstart player", expires_at, read_only: false },
            )
            .await?,
        )
    } else {
        None
    };
    let token =
        own.as_ref().map_or_else(|| prepared.token.clone().unwrap_or_default(), |own| own.text.clone());
    println!("Okta pushes {PEOPLE} people and {GROUPS} groups, then lives through a week:");
    let options = Options {
        base_url: running.app.base_url(&prepared.connection.id),
        token,
        domain: DOMAIN.into(),
        users: PEOPLE,
        groups: GROUPS,
        seed: SEED,
        week: true,
        concurrency: 8,
    };
    let verdict = simulate::play(Player::Okta, &options).await?;
    if let Some(own) = own {
        tokens::revoke(store, &demo, &own.token.id).await?;
    }
    simulate::show(&verdict);
    let agrees = summarize(store, archive, prepared, &verdict).await?;
    Ok(verdict.held() && agrees)
}

/// What an administrator wants to see. Returns whether directory and provider agree.
async fn summarize(
    store: &Store,
    archive: &Archive,
    prepared: &Prepared,
    verdict: &Verdict,
) -> anyhow::Result<bool> {
    let tenant = prepared.tenant.tenant;
    let (statuses, memberships, organizations, newest) = store.read(|tx| {
        Ok::<_, store::StoreError>((
            store::users::counts(tx, tenant)?,
            store::memberships::count(tx, tenant)?,
            organizations(tx, tenant)?,
            store::events::newest(tx, tenant, 8)?,
        ))
    })?;
    println!("\nUsers");
    for (status, count) in &statuses {
        println!("  {status:<12} {:>6}", output::grouped(*count));
    }
    println!("\nOrganizations, {} memberships", output::grouped(memberships));
    println!("{}", output::table(["Organization", "Type", "People"], organizations));
    println!("\nThe last events (accessiq events --tenant {TENANT})");
    println!("{}", events::table(&newest.into_iter().rev().collect::<Vec<_>>()));
    explain(store, prepared, verdict)?;
    let report = store.read_long(doctor::examine).await?;
    let active = statuses.iter().find(|(status, _)| status == "active").map_or(0, |(_, count)| *count);
    let agree = usize::try_from(active) == Ok(verdict.counts.active) && report.findings.is_empty();
    println!(
        "\n{} Okta believes in {} active people, the directory holds {active}; doctor found {} faults in {} events.",
        if agree { "✓" } else { "✗" },
        verdict.counts.active,
        report.findings.len(),
        output::grouped(i64::try_from(report.events)?)
    );
    for finding in &report.findings {
        println!("    {finding}");
    }
    try_next(archive, prepared, verdict);
    Ok(agree)
}

fn organizations(
    tx: &mut store::Tx<'_>,
    tenant: store::TenantId,
) -> Result<Vec<[String; 3]>, store::StoreError> {
    let counts = store::memberships::count_by_organization(tx, tenant)?;
    let all = store::organizations::all(tx, tenant)?;
    let rows = all.into_iter().map(|organization| {
        let people = counts.iter().find(|(id, _)| *id == organization.id).map_or(0, |(_, count)| *count);
        let name = if organization.archived_at.is_some() {
            format!("{} (archived)", organization.name)
        } else {
            organization.name
        };
        [name, organization.kind, output::grouped(people)]
    });
    Ok(rows.collect())
}

/// "Why does X have role Y?", for somebody the week was eventful for.
fn explain(store: &Store, prepared: &Prepared, verdict: &Verdict) -> anyhow::Result<()> {
    let Some(known) = verdict.cast.rehired.as_ref().or(verdict.cast.mover.as_ref()) else { return Ok(()) };
    let tenant = prepared.tenant.tenant;
    let access = store.read(|tx| {
        let user = explained::find_user(tx, tenant, &known.user_name)?;
        explained::of_user(tx, tenant, &user)
    })?;
    println!("\nWhy does {} have access?", access.name);
    for entry in access.entries.iter().take(3) {
        println!("{}", access::sentence(entry));
    }
    if access.entries.len() > 3 {
        println!(
            "\n  … and {} more: accessiq user access {} --tenant {TENANT}",
            access.entries.len() - 3,
            known.user_name
        );
    }
    Ok(())
}

fn try_next(archive: &Archive, prepared: &Prepared, verdict: &Verdict) {
    let somebody = verdict.cast.leaver.as_ref().map_or("NAME", |known| known.user_name.as_str());
    let id = &prepared.connection.id;
    let data = archive.option();
    println!("\nTry next");
    println!(
        "  1. Who lost access, and what is on record\n     accessiq user access '{somebody}' --tenant {TENANT}{data}"
    );
    println!("  2. Every request, and what it meant\n     accessiq requests --connection {id}{data}");
    println!(
        "  3. The tokens; `rotate` makes a new one while the old one lives on\n     accessiq token list --connection {id}{data}"
    );
}
