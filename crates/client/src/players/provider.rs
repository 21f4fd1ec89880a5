//! What a provider can be asked to do. Each provider's own module does it as that provider's client does.
//!
//! When to do what is decided in [`super::play`], for all of them alike.

use std::collections::BTreeMap;

use super::belief::{BelievedGroup, BelievedUser};
use crate::http::{ClientError, ScimClient};
use crate::people::Person;

/// What not every provider does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Pushes groups and their members.
    Groups,
    /// Sends the department.
    Departments,
    /// Sends who somebody's manager is.
    Managers,
    /// Names a manager by their SCIM id, so that it can be sent only once the manager is there.
    ManagerReferences,
    /// Sends roles in the application.
    Roles,
    /// Sends telephone numbers, of some people only some time after their account.
    Phones,
    /// Deletes for good, some time after somebody left.
    Deletion,
    /// Leaves who left in their groups, and does not send the memberships again when they come back.
    LeaversStayMembers,
}

/// A change to one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Assign, or assign again.
    Assign,
    /// Push a changed profile.
    Update,
    /// Unassign.
    Deactivate,
    /// Delete for good.
    Delete,
}

/// One change to one person, with what the play knows of them.
#[derive(Clone, Debug)]
pub struct Errand {
    /// What to do.
    pub act: Act,
    /// To whom, as they are after it.
    pub person: Person,
    /// The SCIM id, if they were pushed before.
    pub id: Option<String>,
    /// The SCIM id of their manager, if the manager was pushed before.
    pub manager: Option<String>,
    /// How the server may have them from an earlier play, if under another name or account.
    pub later: Option<Person>,
}

impl Errand {
    /// Another userName under which the server may have them.
    pub fn later_user_name(&self) -> Option<&str> {
        let name = self.later.as_ref().map(|later| later.user_name.as_str());
        name.filter(|name| *name != self.person.user_name)
    }
}

/// A group as it should be.
#[derive(Clone, Debug)]
pub struct WantedGroup {
    /// Its name.
    pub display_name: String,
    /// The provider's id, if it sends one.
    pub external_id: Option<String>,
    /// SCIM ids of its members, and their user names.
    pub members: BTreeMap<String, String>,
    /// Another name under which the server may have it from an earlier play.
    pub other_name: Option<String>,
}

/// A provider's client, talking to one connection.
pub trait Provider: Send + Sync + Sized + 'static {
    /// What it does of all that not every provider does.
    const FEATURES: &'static [Feature];
    /// How the first contact is called at the provider.
    const CONTACT: &'static str;
    /// How often a change that failed is tried anew as a whole, in a later cycle or by redelivery.
    const REDELIVERIES: usize;

    /// Whether it does that.
    fn has(feature: Feature) -> bool {
        Self::FEATURES.contains(&feature)
    }

    /// The wire.
    fn client(&self) -> &ScimClient;

    /// What the seed decided where a provider's habit is a setting, or not known: a sentence each.
    fn choices(&self) -> Vec<String> {
        Vec::new()
    }

    /// What the server should have once it carried out the errand under `id`.
    fn believed(&self, id: String, errand: &Errand) -> BelievedUser;

    /// The first contact. Says whether the server may have people of an earlier play.
    fn make_contact(&self) -> impl Future<Output = Result<bool, ClientError>> + Send;

    /// What is sent when a cycle begins.
    fn begin_cycle(&self, _cycle: u64) -> impl Future<Output = Result<(), ClientError>> + Send {
        std::future::ready(Ok(()))
    }

    /// Carries out an errand. Says under which id the server has the person now.
    fn perform(&self, errand: &Errand) -> impl Future<Output = Result<String, ClientError>> + Send;

    /// The provider's id of the group at `index`, if it sends one.
    fn group_external_id(&self, _index: usize) -> Option<String> {
        None
    }

    /// Makes the server's group what is `wanted`; `known` is what was pushed last. Says under which id the
    /// server has it. Without [`Feature::Groups`] nobody asks for it.
    fn push_group(
        &self,
        _known: Option<&BelievedGroup>,
        _wanted: &WantedGroup,
    ) -> impl Future<Output = Result<String, ClientError>> + Send {
        std::future::ready(Err(no_groups()))
    }

    /// Deletes a group. Without [`Feature::Groups`] nobody asks for it.
    fn delete_group(&self, _id: &str) -> impl Future<Output = Result<(), ClientError>> + Send {
        std::future::ready(Err(no_groups()))
    }
}

fn no_groups() -> ClientError {
    ClientError::Settings("this provider pushes no groups".into())
}
