//! Speaking to AWS: credentials, signatures, and the three calls that read a user pool.
//!
//! Credentials are found where AWS's own tools find them and go into signatures alone: they are in no error, no log
//! and no `Debug`.

pub mod cognito;
pub mod credentials;
mod refusal;
pub mod signature;

use std::sync::Arc;
use std::time::SystemTime;

/// Asks for the time, which a signature holds.
pub type Now = Arc<dyn Fn() -> SystemTime + Send + Sync>;
