//! `cargo xtask interop`: testers that others wrote, against a service that really serves.
//!
//! scim2-tester plays a SCIM client that knows the RFCs; schemathesis makes thousands of requests out of the service's
//! own OpenAPI descriptions, of SCIM and of the admin API; moto stands in for AWS, and a user pool in it is imported. They
//! are Python and go into `target/interop/venv`, each package at the version in `xtask/interop/requirements.txt`; what the
//! testers are told about the service lies beside it. The service has a fresh data directory and a free loopback port, and
//! stops with the run.

mod cognito;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::generate;
use crate::moto::Moto;
use crate::served::{Served, free_address};
use crate::shell::{Workspace, say};

/// With fewer checks, scim2-tester skipped most of what it has.
const FEWEST_CHECKS: usize = 100;

/// Runs both testers; fails if one of them finds anything.
pub fn run(workspace: &Workspace) -> Result<()> {
    generate::build(workspace)?;
    let place = Place::of(workspace);
    place.install()?;
    let service = place.serve()?;
    let moto = Moto::start(&place.python, &place.folder)?;
    cognito::run(&place, &moto)?;
    moto.stop()?;
    let as_made = place.connect("as made", "generic", &[])?;
    let lenient = place.connect("userName alone", "generic", &["required=userName"])?;
    for connection in [&as_made, &lenient] {
        place.scim2_tester(connection)?;
    }
    place.schemathesis(&lenient)?;
    place.schemathesis_api(&lenient)?;
    service.stop()
}

/// Installs the Python programs, moto among them, unless they are there; answers with their folder.
pub fn install(workspace: &Workspace) -> Result<PathBuf> {
    let place = Place::of(workspace);
    place.install()?;
    Ok(place.python)
}

/// Where everything is.
struct Place {
    program: PathBuf,
    /// The programs of the venv.
    python: PathBuf,
    /// What the testers are told.
    told: PathBuf,
    /// What a run leaves behind, logs among it.
    folder: PathBuf,
}

/// A connection to test.
struct Connection {
    name: String,
    base_url: String,
    token: String,
}

impl Place {
    fn of(workspace: &Workspace) -> Self {
        Self {
            program: workspace.target.join("debug").join("accessiq"),
            python: workspace.target.join("interop").join("venv").join("bin"),
            told: workspace.root.join("xtask").join("interop"),
            folder: workspace.target.join("interop"),
        }
    }

    /// Installs the testers unless the same versions are there.
    fn install(&self) -> Result<()> {
        let requirements = self.told.join("requirements.txt");
        let wanted = fs::read_to_string(&requirements)
            .with_context(|| format!("could not read {}", requirements.display()))?;
        let stamp = self.folder.join("installed.txt");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(());
        }
        say("third-party testers: installing them into target/interop/venv");
        let venv = self.folder.join("venv");
        succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv)).context(
            "the testers need python3 (3.10 or later) with its venv module; install it from the system's packages",
        )?;
        succeed(
            Command::new(self.python.join("python"))
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
                .arg(&requirements),
        )?;
        fs::write(&stamp, wanted).with_context(|| format!("could not write {}", stamp.display()))
    }

    /// Starts the service on a free port.
    fn serve(&self) -> Result<Served> {
        let data = self.folder.join("data");
        if data.exists() {
            fs::remove_dir_all(&data).with_context(|| format!("could not remove {}", data.display()))?;
        }
        let address = free_address()?;
        say(&format!("serving on {address} for third-party testers"));
        let mut command = self.accessiq();
        command.args(["serve", "--listen", &address.to_string()]);
        let service = Served::start("the service", &mut command, address, self.folder.join("service.log"))?;
        self.answer(&["tenant", "create", "interop", "--json"])?;
        Ok(service)
    }

    /// Makes a connection with these settings.
    fn connect(&self, name: &str, provider: &str, settings: &[&str]) -> Result<Connection> {
        let made = self.answer(&[
            "connection",
            "create",
            "--tenant",
            "interop",
            "--provider",
            provider,
            "--name",
            name,
            "--json",
        ])?;
        let text = |member: &str| -> Result<String> {
            let text = made[member].as_str().with_context(|| format!("a new connection without {member}"))?;
            Ok(text.to_owned())
        };
        let id = text("id")?;
        if !settings.is_empty() {
            self.answer(&[&["connection", "set", &id, "--json"], settings].concat())?;
        }
        Ok(Connection { name: name.to_owned(), base_url: text("base_url")?, token: text("token")? })
    }

    fn accessiq(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--data").arg(self.folder.join("data"));
        command
    }

    /// What the command line answers to a command with `--json`.
    fn answer(&self, arguments: &[&str]) -> Result<Value> {
        let text = succeed(self.accessiq().args(arguments))?;
        serde_json::from_str(&text)
            .with_context(|| format!("`accessiq {}` printed no JSON", arguments.join(" ")))
    }

    fn scim2_tester(&self, connection: &Connection) -> Result<()> {
        let printed = succeed(
            self.tester("python")
                .arg(self.told.join("scim2.py"))
                .args(["--url", &connection.base_url, "test", "--verbose"])
                // On the command line, others on this machine could read it.
                .env("SCIM_CLI_HEADERS", format!("Authorization: Bearer {}", connection.token)),
        )?;
        let checks = printed.lines().filter(|line| line.starts_with("SUCCESS ")).count();
        ensure!(checks >= FEWEST_CHECKS, "scim2-tester made {checks} checks only:\n{printed}");
        say(&format!("scim2-tester, connection \"{}\": {checks} checks, no failure", connection.name));
        Ok(())
    }

    fn schemathesis(&self, connection: &Connection) -> Result<()> {
        let description = format!("{}/openapi.json", connection.base_url);
        let what = format!("connection \"{}\"", connection.name);
        self.schemathesis_over(
            &what,
            ("schemathesis.toml", "hooks"),
            &description,
            &[("ACCESSIQ_TOKEN", &connection.token)],
        )
    }

    /// The admin API, with an operator's key, about a connection that has users and groups.
    fn schemathesis_api(&self, connection: &Connection) -> Result<()> {
        let made = self.answer(&[
            "key",
            "create",
            "--operator",
            "--scopes",
            "read,write,tokens",
            "--name",
            "interop",
            "--json",
        ])?;
        let key = made["key"].as_str().context("a new key without its text")?;
        let (server, id) =
            connection.base_url.split_once("/scim/v2/").context("a base URL of another form")?;
        let description = format!("{server}/api/v1/openapi.json");
        let known = self.known(id)?.to_string();
        let told = [("ACCESSIQ_KEY", key), ("ACCESSIQ_KNOWN", known.as_str())];
        self.schemathesis_over("admin API", ("api.toml", "api_hooks"), &description, &told)
    }

    /// What a path of the admin API can name and will find.
    fn known(&self, connection: &str) -> Result<Value> {
        let of_tenant =
            |arguments: &[&str]| self.answer(&[arguments, &["--tenant", "interop", "--json"]].concat());
        let of_connection =
            |arguments: &[&str]| self.answer(&[arguments, &["--connection", connection, "--json"]].concat());
        let role = of_tenant(&["role", "create", "Tester", "--priority", "10"])?;
        let organization = of_tenant(&["organization", "create", "Lab"])?;
        let naming =
            of_connection(&["rule", "create", "--kind", "naming", "--expression", "^lab-(?<org>.+)$"])?;
        let group = of_connection(&["group", "list"])?[0]["id"].clone();
        let group = group.as_str().context("a connection that was tested and has no group")?;
        let mapping = of_connection(&["mapping", "create", "--group", group, "--organization", "lab"])?;
        Ok(json!({
            "connection": connection,
            "group": group,
            "mapping": mapping["id"],
            "organization": organization["id"],
            "role": role["id"],
            "rule": naming["id"],
            "token": of_connection(&["token", "list"])?[0]["id"],
            "user": of_tenant(&["user", "list"])?[0]["id"],
        }))
    }

    fn schemathesis_over(
        &self,
        what: &str,
        (settings, hooks): (&str, &str),
        description: &str,
        environment: &[(&str, &str)],
    ) -> Result<()> {
        let printed = succeed(
            self.tester("schemathesis")
                .arg("--config-file")
                .arg(self.told.join(settings))
                .args(["run", "--no-color"])
                .arg(description)
                .env("SCHEMATHESIS_HOOKS", hooks)
                // On the command line, others on this machine could read them.
                .envs(environment.iter().copied()),
        )?;
        let mut lines = printed.lines().map(str::trim).skip_while(|line| *line != "Test cases:");
        let count =
            lines.nth(1).with_context(|| format!("schemathesis does not say what it did:\n{printed}"))?;
        say(&format!("schemathesis, {what}: {count}"));
        Ok(())
    }

    /// A program of the venv, which leaves what it leaves in the folder of the run.
    fn tester(&self, program: &str) -> Command {
        let mut command = Command::new(self.python.join(program));
        command
            .current_dir(&self.folder)
            .env("PYTHONPATH", &self.told)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("NO_PROXY", "127.0.0.1");
        command
    }
}

/// Runs a command to its end and hands on what it printed; fails, with all of it, if the command fails.
pub fn succeed(command: &mut Command) -> Result<String> {
    let program = Path::new(command.get_program()).display().to_string();
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("could not start {program}"))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        println!("{printed}\n{}", String::from_utf8_lossy(&output.stderr));
        bail!("{program} ended with {}; its output above says why", output.status);
    }
    Ok(printed)
}
