//! moto: what speaks to AWS speaks to this server instead, which keeps its state in memory and checks no signature.
//!
//! It is Python, comes with the testers of `cargo xtask interop` (see `xtask/interop/requirements.txt`) and starts empty.
//! Programs find it by an endpoint URL; they need credentials, and any will do.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::served::{Served, free_address};

/// A moto server that runs; dropped, it ends.
pub struct Moto {
    served: Served,
    /// What takes the place of AWS's own endpoints, such as `http://127.0.0.1:5000`.
    pub endpoint_url: String,
}

impl Moto {
    /// Starts `moto_server` out of `programs`, the folder of the venv's programs, on a free port; its log goes to `folder`.
    pub fn start(programs: &Path, folder: &Path) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(programs.join("moto_server"));
        command
            .args(["-H", &address.ip().to_string(), "-p", &address.port().to_string()])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONUNBUFFERED", "1");
        let served = Served::start("moto", &mut command, address, folder.join("moto.log"))?;
        Ok(Self { served, endpoint_url: format!("http://{address}") })
    }

    /// Ends it; fails if it had ended before.
    pub fn stop(self) -> Result<()> {
        self.served.stop()
    }
}
