//! PostgreSQL's programs, and who runs them: the server refuses to be root.

use crate::installed;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

/// The account that the Debian package makes.
const ACCOUNT: &str = "postgres";

/// Whether PostgreSQL is not installed here.
pub fn missing() -> bool {
    installed().is_none()
}

/// A program of PostgreSQL, as an account that it accepts.
pub fn program(name: &str) -> Command {
    let path = installed().expect("PostgreSQL is not installed: apt-get install postgresql").join(name);
    if !is_root() {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", ACCOUNT, "--regid", ACCOUNT, "--clear-groups", "--"]).arg(path);
    // The account may not be allowed to stand where root stands.
    command.current_dir("/");
    command
}

/// Gives a directory to the account that the server runs as.
pub fn own(directory: &Path) {
    if is_root() {
        let owned = Command::new("chown").arg(ACCOUNT).arg(directory).status().expect("chown");
        assert!(owned.success(), "{} cannot be given to {ACCOUNT}", directory.display());
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
