//! `accessiq import cognito` against a user pool in moto.
//!
//! The pool is made and changed by boto3; whether the connection then holds what the pool holds is judged by a script that
//! reads both sides itself (`xtask/interop/cognito.py`).

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{Connection, Place, succeed};
use crate::moto::Moto;
use crate::shell::say;

/// Fills a pool, imports it, changes it and imports it again; fails if pool and connection ever differ.
pub fn run(place: &Place, moto: &Moto) -> Result<()> {
    let connection = place.connect("user pool", "cognito", &[])?;
    let import = Import { place, moto, connection };
    let pool = import.script(&["fill"])?.trim().to_owned();
    let plan = import.accessiq(&pool, &[])?;
    let created = plan["counts"]["create-user"].as_u64().unwrap_or(0);
    ensure!(created > 130 && plan["applied"] == false, "a dry run of a new pool: {plan:#}");
    import.accessiq(&pool, &["--apply"])?;
    import.verify(&pool)?;
    import.script(&["change", &pool])?;
    let plan = import.accessiq(&pool, &["--apply", "--delete"])?;
    for act in [
        "disable-user",
        "enable-user",
        "update-user",
        "rename-user",
        "delete-user",
        "delete-group",
        "create-user",
    ] {
        ensure!(plan["counts"][act].as_u64() > Some(0), "a week in the pool should lead to {act}: {plan:#}");
    }
    let users = import.verify(&pool)?;
    let plan = import.accessiq(&pool, &["--apply", "--delete"])?;
    ensure!(plan["changes"] == json!([]), "a second import should find nothing to do: {plan:#}");
    say(&format!("moto: a pool of {users} users was imported, changed and imported again"));
    Ok(())
}

struct Import<'a> {
    place: &'a Place,
    moto: &'a Moto,
    connection: Connection,
}

impl Import<'_> {
    /// Runs an import of the pool; what it answers.
    fn accessiq(&self, pool: &str, options: &[&str]) -> Result<Value> {
        let mut command = self.place.accessiq();
        command
            .args(["import", "cognito", "--json", "--user-pool-id", pool])
            .args(["--endpoint-url", &self.moto.endpoint_url, "--base-url", &self.connection.base_url])
            .args(options);
        let text = succeed(self.told(&mut command))?;
        serde_json::from_str(&text).context("`accessiq import cognito` printed no JSON")
    }

    fn script(&self, arguments: &[&str]) -> Result<String> {
        let mut command = self.place.tester("python");
        command.arg(self.place.told.join("cognito.py")).args(arguments);
        succeed(self.told(&mut command))
    }

    /// Compares pool, connection and directory; says how many users there are.
    fn verify(&self, pool: &str) -> Result<u64> {
        let there: Value = serde_json::from_str(&self.script(&["verify", pool])?)?;
        let listed =
            self.place.answer(&["user", "list", "--tenant", "interop", "--status", "active", "--json"])?;
        let mut active: Vec<&Value> =
            listed.as_array().into_iter().flatten().map(|user| &user["userName"]).collect();
        active.retain(|name| name.as_str().is_some_and(|name| name.ends_with("@acme.example")));
        active.sort_by_key(|name| name.as_str());
        ensure!(json!(active) == there["active"], "the directory has {active:?}, the pool {there}");
        there["users"].as_u64().context("cognito.py does not say how many users there are")
    }

    /// Lets a program find moto and the connection.
    fn told<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("AWS_ENDPOINT_URL", &self.moto.endpoint_url)
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "AKIAINTEROP")
            .env("AWS_SECRET_ACCESS_KEY", "interop")
            .env("BASE_URL", &self.connection.base_url)
            .env("ACCESSIQ_TOKEN", &self.connection.token)
            .env("NO_PROXY", "127.0.0.1")
    }
}
