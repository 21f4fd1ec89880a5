//! A program that listens on this machine while tests run, and ends with them.
//!
//! It gets a free port of the loopback address and a log file. Whoever starts it waits until it listens and may rely on
//! its end: when the value is dropped, the process is gone.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// How long a program may take until it listens.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program that listens.
pub struct Served {
    child: Child,
    name: &'static str,
    log: PathBuf,
}

impl Served {
    /// Starts `command`, which is to listen on `address` and is called `name` in messages; waits until it does.
    pub fn start(
        name: &'static str,
        command: &mut Command,
        address: SocketAddr,
        log: PathBuf,
    ) -> Result<Self> {
        let file = File::create(&log).with_context(|| format!("could not make {}", log.display()))?;
        let copy = file.try_clone().with_context(|| format!("could not make {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(copy)
            .spawn()
            .with_context(|| format!("could not start {name}"))?;
        let mut served = Self { child, name, log };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            served.check_running()?;
            ensure!(
                started.elapsed() < PATIENCE,
                "{name} does not listen on {address}; {} says why",
                served.log.display()
            );
            sleep(Duration::from_millis(50));
        }
        Ok(served)
    }

    /// Ends it; fails if it had ended before.
    pub fn stop(mut self) -> Result<()> {
        self.check_running()
    }

    fn check_running(&mut self) -> Result<()> {
        let ended = self.child.try_wait().with_context(|| format!("could not look after {}", self.name))?;
        ensure!(ended.is_none(), "{} ended while it was needed; {} says why", self.name, self.log.display());
        Ok(())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, and need not be.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An address of this machine that nobody listens on.
pub fn free_address() -> Result<SocketAddr> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port of the loopback address is free")?;
    listener.local_addr().context("no port of the loopback address is free")
}
