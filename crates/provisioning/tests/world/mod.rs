//! A small world for stories about the directory: a server, one connection, and the tenant behind it.

use provisioning::access;
use provisioning::people::{self, Hand};
use scim::Provider;
use serde_json::{Value, json};
use store::memberships::Reason;
use store::organizations::Organization;
use store::tenants::Tenant;
use store::users::User;
use store::{TenantId, memberships, mirror_groups, mirror_users, roles, rules};
use testkit::{Client, Server, operator, user};

/// A server, one connection, and the tenant behind it, called Acme.
pub struct World {
    /// The server.
    pub server: Server,
    /// The identity provider.
    pub idp: Client,
}

impl World {
    pub async fn begin() -> Self {
        let server = Server::start().await;
        let idp = server.connect("Acme", Provider::Okta).await;
        Self { server, idp }
    }

    pub fn tenant_id(&self) -> TenantId {
        self.idp.connection.scope.tenant
    }

    pub fn tenant(&self) -> Tenant {
        let found = self.server.store().read(|tx| store::tenants::by_id(tx, self.tenant_id()));
        found.expect("a readable database").expect("the tenant")
    }

    /// The directory's user behind a resource.
    pub fn person(&self, scim_id: &str) -> User {
        let scope = self.idp.connection.scope;
        let found = self.server.store().read(|tx| mirror_users::by_id(tx, scope, scim_id));
        self.user(&found.expect("a readable database").expect("a resource").user_id)
    }

    pub fn user(&self, id: &str) -> User {
        let found = self.server.store().read(|tx| store::users::by_id(tx, self.tenant_id(), id));
        found.expect("a readable database").expect("a user")
    }

    pub fn users(&self) -> Vec<User> {
        self.server.store().read(|tx| store::users::page(tx, self.tenant_id(), "", 100)).expect("users")
    }

    pub fn organizations(&self) -> Vec<Organization> {
        self.server.store().read(|tx| store::organizations::all(tx, self.tenant_id())).expect("organizations")
    }

    /// The organizations that are not archived, by name.
    pub fn names(&self) -> Vec<String> {
        let living = self.organizations().into_iter().filter(|found| found.archived_at.is_none());
        living.map(|found| found.name).collect()
    }

    pub fn organization(&self, name: &str) -> Organization {
        let found = self.organizations().into_iter().find(|found| found.name == name);
        found.unwrap_or_else(|| panic!("no organization {name} among {:?}", self.names()))
    }

    /// What a user has, as `Organization: Role (reason)`.
    pub fn held(&self, user: &User) -> Vec<String> {
        let tenant = self.tenant_id();
        let (store, scope) = (self.server.store(), self.idp.connection.scope);
        let organizations = self.organizations();
        let roles = store.read(|tx| roles::all(tx, tenant)).expect("roles");
        let held = store.read(|tx| memberships::of_user(tx, tenant, &user.id)).expect("memberships");
        let mut told: Vec<String> = held
            .into_iter()
            .map(|membership| {
                let organization = organizations.iter().find(|found| found.id == membership.organization);
                let role = roles.iter().find(|found| found.id == membership.role).expect("a role");
                let reason = match membership.reason {
                    Reason::Default => "default".to_owned(),
                    Reason::Hand => "by hand".to_owned(),
                    Reason::Rule { rule, .. } => {
                        let known = store.read(|tx| rules::of_connection(tx, scope)).expect("rules");
                        known.into_iter().find(|found| found.id == rule).expect("a rule").name
                    }
                    Reason::Group { group, .. } => {
                        let group = store.read(|tx| mirror_groups::by_id(tx, scope, &group));
                        group.expect("a readable database").expect("a group").display_name().to_owned()
                    }
                };
                format!("{}: {} ({reason})", organization.expect("an organization").name, role.name)
            })
            .collect();
        told.sort();
        told
    }

    /// What a user has by their SCIM id.
    pub fn held_by(&self, scim_id: &str) -> Vec<String> {
        self.held(&self.person(scim_id))
    }

    /// The organizations and roles that a user may use now.
    pub fn effective(&self, user: &User) -> Vec<String> {
        let access =
            self.server.store().read(|tx| access::of_user(tx, self.tenant_id(), user)).expect("access");
        let effective = access.entries.into_iter().filter(|entry| entry.effective);
        effective.map(|entry| format!("{}: {}", entry.organization.name, entry.role.name)).collect()
    }

    pub async fn hand(
        &self,
        give: bool,
        user: &User,
        role: &str,
        at: Option<&str>,
    ) -> Result<String, String> {
        let hand = Hand {
            user: user.id.clone(),
            role: role.into(),
            organization: at.map(str::to_owned),
            inherit: false,
        };
        let result = people::by_hand(self.server.store(), &operator(), &self.tenant(), hand, give).await;
        result.map_err(|error| error.to_string())
    }

    pub async fn give(&self, user: &User, role: &str, at: Option<&str>) {
        self.hand(true, user, role, at).await.expect("a role by hand");
    }

    pub async fn set_active(&self, scim_id: &str, active: bool) -> testkit::Reply {
        let operation = json!([{ "op": "replace", "path": "active", "value": active }]);
        self.idp.operate(&format!("/Users/{scim_id}"), operation).await
    }

    pub async fn add(&self, group: &str, members: &[&str]) {
        let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
        let operation = json!([{ "op": "add", "path": "members", "value": members }]);
        self.idp.operate(&format!("/Groups/{group}"), operation).await.expect(204);
    }

    pub async fn remove(&self, group: &str, member: &str) {
        let path = format!("members[value eq \"{member}\"]");
        let operation = json!([{ "op": "remove", "path": path }]);
        self.idp.operate(&format!("/Groups/{group}"), operation).await.expect(204);
    }

    pub async fn rename(&self, group: &str, name: &str) {
        let operation = json!([{ "op": "replace", "path": "displayName", "value": name }]);
        self.idp.operate(&format!("/Groups/{group}"), operation).await.expect(204);
    }

    /// The kinds of the events that came after a number, and the newest number.
    pub fn events(&self, after: i64) -> (Vec<String>, i64) {
        let tenant = self.tenant_id();
        let events =
            self.server.store().read(|tx| store::events::after(tx, tenant, after, 1000)).expect("events");
        let last = events.last().map_or(after, |event| event.number);
        (events.into_iter().map(|event| event.kind).collect(), last)
    }

    #[track_caller]
    pub fn is_sound(&self) {
        assert_eq!(self.server.faults(), Vec::<String>::new());
    }
}

/// The body of a user with more members.
pub fn with(user_name: &str, more: Value) -> Value {
    let mut body = user(user_name);
    let (Some(members), Value::Object(more)) = (body.as_object_mut(), more) else { return body };
    members.extend(more);
    body
}

/// The membership that everybody has.
pub const DEFAULT: &str = "Acme: Member (default)";
