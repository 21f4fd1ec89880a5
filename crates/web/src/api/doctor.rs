//! The check of everything against everything, for operators.

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::problem::Problem;
use provisioning::doctor::{self, Report};

impl Sample for Report {
    fn sample() -> Self {
        Self { tenants: 1, resources: 202, users: 202, groups: 11, events: 1_391, ..Self::default() }
    }
}

pub(super) async fn examine(call: Call) -> Result<Reply, Problem> {
    Reply::ok(&call.app.store().read_long(doctor::examine).await?)
}
