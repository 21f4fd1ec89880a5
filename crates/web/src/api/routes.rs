//! Every operation of the API, on one page.

use super::endpoint::{Endpoint, Parameter};
use super::{
    clients, connections, doctor, domains, ending, erasure, events, groups, jobs, links, mappings,
    organizations, requests, roles, rules, schemas, tenants, tokens, users, whatif,
};
use axum::http::Method;
use provisioning::access::{Access, OrganizationAccess};
use provisioning::keys::Scope;
use provisioning::preview::Preview;

/// Every operation, grouped by what it is about.
pub fn all() -> Vec<Endpoint> {
    let groups = [
        of_operators(),
        of_connections(),
        of_tokens(),
        of_clients(),
        of_schemas(),
        of_mappings(),
        of_rules(),
        of_organizations(),
        of_roles(),
        of_users(),
        of_ownership(),
        of_what_happened(),
    ];
    groups.into_iter().flatten().collect()
}

fn of_operators() -> Vec<Endpoint> {
    vec![
        Endpoint::on(Method::GET, "/tenants", "listTenants", tenants::list)
            .about("The tenants, oldest first.")
            .needs(&[Scope::Operator])
            .answers_pages::<tenants::TenantView>(),
        Endpoint::on(Method::POST, "/tenants", "createTenant", tenants::create)
            .about("Makes a tenant, with its root organization and the built-in roles.")
            .needs(&[Scope::Operator])
            .takes::<tenants::NewTenant>()
            .answers::<tenants::TenantView>(201),
        Endpoint::on(Method::GET, "/tenant", "readTenant", tenants::read)
            .about("The tenant of the key, or the one that an operator's key names.")
            .answers::<tenants::TenantView>(200),
        Endpoint::on(Method::PATCH, "/tenant", "changeTenant", tenants::change)
            .about("Changes which organization every user becomes a member of, with which role, and how long events and records are kept.")
            .takes::<tenants::TenantChange>()
            .answers::<tenants::TenantChanged>(200),
        Endpoint::on(Method::GET, "/doctor", "examine", doctor::examine)
            .about(
                "Checks mirror, directory and events of every tenant against each other. It may take long.",
            )
            .needs(&[Scope::Operator])
            .answers::<provisioning::doctor::Report>(200),
    ]
}

fn of_connections() -> Vec<Endpoint> {
    use connections::{ConnectionChange, ConnectionMade, ConnectionView, NewConnection};
    vec![
        Endpoint::on(Method::GET, "/connections", "listConnections", connections::list)
            .about("The connections of the tenant, oldest first.")
            .answers_pages::<ConnectionView>(),
        Endpoint::on(Method::POST, "/connections", "createConnection", connections::create)
            .about("Makes a connection with its first token, which is shown this once. Needs the scope tokens as well.")
            .needs(&[Scope::Write, Scope::Tokens])
            .takes::<NewConnection>()
            .answers::<ConnectionMade>(201)
            .versioned(),
        Endpoint::on(Method::GET, "/connections/{connection}", "readConnection", connections::read)
            .about("One connection, with its settings.")
            .answers::<ConnectionView>(200)
            .versioned(),
        Endpoint::on(Method::PATCH, "/connections/{connection}", "changeConnection", connections::change)
            .about("Changes a connection's name and settings. All changes are taken, or none.")
            .takes::<ConnectionChange>()
            .answers::<jobs::Changed<ConnectionView>>(200)
            .versioned()
            .guarded(),
        Endpoint::on(Method::POST, "/connections/{connection}/what-if", "askWhatIf", whatif::ask)
            .about("Says who would gain and lose what by a mapping, a rule or settings. Nothing is changed by it.")
            .needs(&[Scope::Read])
            .takes::<whatif::Considered>()
            .answers::<Preview>(200),
        Endpoint::on(Method::GET, "/connections/{connection}/ending", "previewEnding", ending::preview)
            .about("What the end of a connection would mean: how many users, memberships and organizations, and who. Nothing is changed by it.")
            .with(Parameter::text("way", "finalise: what it gave stays, by hand. terminate: what no other connection gives ends. finalise if none is given.", "terminate"))
            .may_be_refused()
            .answers::<provisioning::ending::Preview>(200),
        Endpoint::on(Method::POST, "/connections/{connection}/ending", "endConnection", ending::begin)
            .about("Ends a connection, for good: it takes no more requests, its tokens and clients are revoked at once, and a job makes what it gave by hand, or ends it. Its events and records stay. Needs the scope tokens as well.")
            .needs(&[Scope::Write, Scope::Tokens])
            .takes::<ending::EndingWanted>()
            .answers::<jobs::JobView>(201)
            .guarded(),
        Endpoint::on(Method::POST, "/connections/{connection}/rederive", "rederive", jobs::rederive)
            .about("Asks for every group to be mapped and every user to be derived anew, in the background.")
            .answers::<jobs::JobView>(201),
        Endpoint::on(Method::GET, "/connections/{connection}/groups", "listGroups", groups::list)
            .about("The groups that the identity provider keeps, oldest first, with what they stand for.")
            .answers_pages::<groups::GroupView>(),
        Endpoint::on(Method::GET, "/connections/{connection}/groups/{group}", "readGroup", groups::read)
            .about("One group, by its id or its name.")
            .answers::<groups::GroupView>(200),
        Endpoint::on(Method::GET, "/connections/{connection}/requests", "listRequests", requests::list)
            .about("The records of the connection's requests, newest first, without bodies.")
            .with(Parameter::text("status", "Only answers of this status, such as 404, or of this class, such as 4xx.", "4xx"))
            .with(Parameter::text("method", "Only requests of this method.", "PATCH"))
            .answers_pages::<requests::RequestSummary>(),
        Endpoint::on(Method::GET, "/connections/{connection}/requests/{request}", "readRequest", requests::read)
            .about("The record of one request, with its bodies, secrets left out.")
            .answers::<requests::RequestView>(200),
    ]
}

fn of_tokens() -> Vec<Endpoint> {
    use tokens::{Rotation, TokenMade, TokenView, TokenWanted};
    vec![
        Endpoint::on(Method::GET, "/connections/{connection}/tokens", "listTokens", tokens::list)
            .about("The tokens of a connection, oldest first, those that ended included. Their text is not kept anywhere.")
            .answers_pages::<TokenView>(),
        Endpoint::on(Method::POST, "/connections/{connection}/tokens", "createToken", tokens::create)
            .about("Makes a further token and shows it, this once.")
            .needs(&[Scope::Tokens])
            .takes::<TokenWanted>()
            .answers::<TokenMade>(201),
        Endpoint::on(Method::POST, "/connections/{connection}/tokens/{token}/rotate", "rotateToken", tokens::rotate)
            .about("Makes a token in the place of one, which lives on for an overlap.")
            .needs(&[Scope::Tokens])
            .takes::<Rotation>()
            .answers::<TokenMade>(201),
        Endpoint::on(Method::DELETE, "/connections/{connection}/tokens/{token}", "revokeToken", tokens::revoke)
            .about("Ends a token at once: the next request with it is refused.")
            .needs(&[Scope::Tokens])
            .answers_nothing(),
    ]
}

fn of_clients() -> Vec<Endpoint> {
    use clients::{ClientMade, ClientView, ClientWanted};
    vec![
        Endpoint::on(Method::GET, "/connections/{connection}/clients", "listClients", clients::list)
            .about("The OAuth 2.0 clients of a connection, oldest first, revoked ones included.")
            .answers_pages::<ClientView>(),
        Endpoint::on(Method::POST, "/connections/{connection}/clients", "createClient", clients::create)
            .about("Makes a client that fetches its own access tokens: one that signs, or one with a secret, which is shown this once.")
            .needs(&[Scope::Tokens])
            .takes::<ClientWanted>()
            .answers::<ClientMade>(201),
        Endpoint::on(Method::POST, "/connections/{connection}/clients/{client}/rotate", "rotateClient", clients::rotate)
            .about("Gives a client another secret, which is shown this once; the old one ends at once. Access tokens it has live on until they expire.")
            .needs(&[Scope::Tokens])
            .answers::<ClientMade>(201),
        Endpoint::on(Method::DELETE, "/connections/{connection}/clients/{client}", "revokeClient", clients::revoke)
            .about("Ends a client at once, and every token it was given.")
            .needs(&[Scope::Tokens])
            .answers_nothing(),
    ]
}

fn of_schemas() -> Vec<Endpoint> {
    use schemas::{NewSchema, SchemaView};
    vec![
        Endpoint::on(Method::GET, "/schemas", "listSchemas", schemas::list)
            .about("The schema extensions that the tenant adds to its users.")
            .answers_pages::<SchemaView>(),
        Endpoint::on(Method::POST, "/schemas", "registerSchema", schemas::register)
            .about("Registers an extension from a Schema resource, or lets the one of its URN grow. It is in use at once, on every connection.")
            .takes::<NewSchema>()
            .answers::<SchemaView>(201),
        Endpoint::on(Method::GET, "/schemas/{schema}", "readSchema", schemas::read)
            .about("One extension, by its URN.")
            .answers::<SchemaView>(200),
        Endpoint::on(Method::DELETE, "/schemas/{schema}", "removeSchema", schemas::remove)
            .about("Takes an extension away that no user has values for.")
            .answers_nothing(),
    ]
}

fn of_mappings() -> Vec<Endpoint> {
    use mappings::{MappingChange, MappingView, NewMapping};
    vec![
        Endpoint::on(Method::GET, "/connections/{connection}/mappings", "listMappings", mappings::list)
            .about("What the groups of a connection stand for, by hand, by rule and by name.")
            .answers_pages::<MappingView>(),
        Endpoint::on(Method::POST, "/connections/{connection}/mappings", "createMapping", mappings::create)
            .about("Maps a group by hand. Its name and the rules are not asked for it any more.")
            .takes::<NewMapping>()
            .answers::<jobs::Changed<MappingView>>(201)
            .versioned(),
        Endpoint::on(Method::GET, "/connections/{connection}/mappings/{mapping}", "readMapping", mappings::read)
            .about("One mapping.")
            .answers::<MappingView>(200)
            .versioned(),
        Endpoint::on(Method::PATCH, "/connections/{connection}/mappings/{mapping}", "changeMapping", mappings::change)
            .about("Changes a mapping, which is by hand from then on.")
            .takes::<MappingChange>()
            .answers::<jobs::Changed<MappingView>>(200)
            .versioned()
            .guarded(),
        Endpoint::on(Method::DELETE, "/connections/{connection}/mappings/{mapping}", "deleteMapping", mappings::delete)
            .about("Takes a mapping by hand away. With the last one gone, rules and the group's name are asked again.")
            .answers::<jobs::Ended>(200)
            .guarded(),
    ]
}

fn of_rules() -> Vec<Endpoint> {
    use rules::{NewRule, RuleChange, RuleView};
    vec![
        Endpoint::on(Method::GET, "/connections/{connection}/rules", "listRules", rules::list)
            .about("The rules of a connection, oldest first.")
            .answers_pages::<RuleView>(),
        Endpoint::on(Method::POST, "/connections/{connection}/rules", "createRule", rules::create)
            .about("Makes a rule: over the names of groups, or over the attributes of users.")
            .takes::<NewRule>()
            .answers::<jobs::Changed<RuleView>>(201)
            .versioned(),
        Endpoint::on(Method::GET, "/connections/{connection}/rules/{rule}", "readRule", rules::read)
            .about("One rule.")
            .answers::<RuleView>(200)
            .versioned(),
        Endpoint::on(Method::PATCH, "/connections/{connection}/rules/{rule}", "changeRule", rules::change)
            .about("Changes a rule.")
            .takes::<RuleChange>()
            .answers::<jobs::Changed<RuleView>>(200)
            .versioned()
            .guarded(),
        Endpoint::on(Method::DELETE, "/connections/{connection}/rules/{rule}", "deleteRule", rules::delete)
            .about("Takes a rule away, and what it gave.")
            .answers::<jobs::Ended>(200)
            .guarded(),
    ]
}

fn of_organizations() -> Vec<Endpoint> {
    use organizations::{NewOrganization, OrganizationChange, OrganizationView};
    vec![
        Endpoint::on(Method::GET, "/organizations", "listOrganizations", organizations::list)
            .about("The tenant's organizations, oldest first, archived ones included. `parent` makes a tree of them.")
            .answers_pages::<OrganizationView>(),
        Endpoint::on(Method::POST, "/organizations", "createOrganization", organizations::create)
            .about("Makes an organization.")
            .takes::<NewOrganization>()
            .answers::<OrganizationView>(201)
            .versioned(),
        Endpoint::on(Method::GET, "/organizations/{organization}", "readOrganization", organizations::read)
            .about("One organization, by its id, slug or name.")
            .answers::<OrganizationView>(200)
            .versioned(),
        Endpoint::on(Method::PATCH, "/organizations/{organization}", "changeOrganization", organizations::change)
            .about("Renames an organization, moves it in the tree, or changes its slug or type.")
            .takes::<OrganizationChange>()
            .answers::<OrganizationView>(200)
            .versioned()
            .guarded(),
        Endpoint::on(Method::GET, "/organizations/{organization}/access", "explainOrganizationAccess", organizations::access)
            .about("Who may do what at an organization, since when, and why, a page of people at a time.")
            .answers::<OrganizationAccess>(200)
            .paged(),
        Endpoint::on(Method::POST, "/organizations/{organization}/archive", "archiveOrganization", organizations::archive)
            .about("Archives an organization that nothing uses. It stays on record.")
            .answers::<OrganizationView>(200)
            .versioned()
            .guarded(),
        Endpoint::on(Method::POST, "/organizations/{organization}/restore", "restoreOrganization", organizations::restore)
            .about("Brings an archived organization back, where it stood. Nobody is a member of it by that alone.")
            .answers::<OrganizationView>(200)
            .versioned()
            .guarded(),
    ]
}

fn of_roles() -> Vec<Endpoint> {
    use roles::{NewRole, RoleChange, RoleView};
    vec![
        Endpoint::on(Method::GET, "/roles", "listRoles", roles::list)
            .about("The tenant's roles, oldest first: those built in, then its own.")
            .answers_pages::<RoleView>(),
        Endpoint::on(Method::POST, "/roles", "createRole", roles::create)
            .about("Makes a role.")
            .takes::<NewRole>()
            .answers::<RoleView>(201)
            .versioned(),
        Endpoint::on(Method::GET, "/roles/{role}", "readRole", roles::read)
            .about("One role, by its id or name.")
            .answers::<RoleView>(200)
            .versioned(),
        Endpoint::on(Method::PATCH, "/roles/{role}", "changeRole", roles::change)
            .about("Changes a role of the tenant's own.")
            .takes::<RoleChange>()
            .answers::<RoleView>(200)
            .versioned()
            .guarded(),
        Endpoint::on(Method::DELETE, "/roles/{role}", "deleteRole", roles::delete)
            .about("Deletes a role of the tenant's own that nobody has and nothing gives.")
            .answers_nothing()
            .guarded(),
    ]
}

fn of_users() -> Vec<Endpoint> {
    use users::{NewMembership, NewUser, Told, UserChange, UserView};
    vec![
        Endpoint::on(Method::GET, "/users", "listUsers", users::list)
            .about("The users of the tenant, oldest first, whatever connection they came by.")
            .with(Parameter::text(
                "filter",
                "A SCIM filter over userName, externalId, emails, name.givenName, name.familyName, displayName, active, status, locked, id, meta.created and meta.lastModified.",
                "userName eq \"ana@acme.example\"",
            ))
            .answers_pages::<UserView>(),
        Endpoint::on(Method::POST, "/users", "createUser", users::create)
            .about("Makes a user by hand: active, and a member of the default organization.")
            .takes::<NewUser>()
            .answers::<UserView>(201)
            .versioned(),
        Endpoint::on(Method::GET, "/users/{user}", "readUser", users::read)
            .about("One user, by id or username.")
            .answers::<UserView>(200)
            .versioned(),
        Endpoint::on(Method::PATCH, "/users/{user}", "changeUser", users::change)
            .about("Changes a user by hand. The attributes of a connection's user are the identity provider's.")
            .takes::<UserChange>()
            .answers::<UserView>(200)
            .versioned()
            .guarded(),
        Endpoint::on(Method::GET, "/users/{user}/access", "explainAccess", users::access)
            .about("What a user may do, where it is inherited from, and why: role ← mapping or rule ← group ← request.")
            .answers::<Access>(200),
        Endpoint::on(Method::POST, "/users/{user}/lock", "lockUser", users::lock)
            .about("Locks a user out: all access ends, and no identity provider lets the user in again.")
            .answers::<UserView>(200)
            .versioned()
            .guarded(),
        Endpoint::on(Method::POST, "/users/{user}/unlock", "unlockUser", users::unlock)
            .about("Lets a user in again, if the identity provider says so too.")
            .answers::<UserView>(200)
            .versioned()
            .guarded(),
        Endpoint::on(Method::GET, "/users/{user}/erasure", "readErasure", erasure::read)
            .about("What erasing a person would take away; of somebody who was erased, when, by whom and why.")
            .may_be_refused()
            .answers::<erasure::ErasureView>(200),
        Endpoint::on(Method::POST, "/users/{user}/erasure", "eraseUser", erasure::erase)
            .about("Erases a person, for good: access ends at once, and a job takes names, addresses and attributes out of events and records. A nameless tombstone with the ids stays. Of an operator's key alone, which names the tenant.")
            .needs(&[Scope::Operator])
            .within_tenant()
            .takes::<erasure::ErasureWanted>()
            .answers::<jobs::JobView>(201)
            .guarded(),
        Endpoint::on(Method::POST, "/users/{user}/memberships", "giveRole", users::give)
            .about("Gives a role by hand. No identity provider takes it away.")
            .takes::<NewMembership>()
            .answers::<Told>(200),
        Endpoint::on(Method::DELETE, "/users/{user}/memberships", "takeRole", users::take)
            .about("Takes a role away that was given by hand.")
            .with(Parameter::text("role", "The role, by id or name. It must be given.", "Manager"))
            .with(Parameter::text("organization", "The organization, by id, name or slug; the tenant's root if none is given.", "sales"))
            .answers::<Told>(200),
    ]
}

fn of_ownership() -> Vec<Endpoint> {
    use domains::{Attestation, DomainView, NewDomain};
    use links::LinkView;
    vec![
        Endpoint::on(Method::GET, "/domains", "listDomains", domains::list)
            .about("The domains of the tenant's addresses, by name, with what shows that each is its own.")
            .answers_pages::<DomainView>(),
        Endpoint::on(Method::POST, "/domains", "createDomain", domains::create)
            .about("Adds a domain. A TXT record named as `record` says, with the text of `challenge`, shows that it is the tenant's.")
            .takes::<NewDomain>()
            .answers::<DomainView>(201)
            .versioned(),
        Endpoint::on(Method::GET, "/domains/{domain}", "readDomain", domains::read)
            .about("One domain.")
            .answers::<DomainView>(200)
            .versioned(),
        Endpoint::on(Method::POST, "/domains/{domain}/verify", "verifyDomain", domains::verify)
            .about("Asks the DNS whether the challenge is published.")
            .answers::<DomainView>(200)
            .versioned(),
        Endpoint::on(Method::POST, "/domains/{domain}/attest", "attestDomain", domains::attest)
            .about("Holds a domain to be the tenant's on an operator's word. Needs the scope operator as well.")
            .takes::<Attestation>()
            .answers::<DomainView>(200)
            .versioned(),
        Endpoint::on(Method::DELETE, "/domains/{domain}", "deleteDomain", domains::delete)
            .about("Takes a domain away. Whoever was linked by it stays linked.")
            .answers_nothing()
            .guarded(),
        Endpoint::on(Method::GET, "/links", "listLinks", links::list)
            .about("Links to users by hand that wait for approval or were decided, oldest first. One that was carried out is gone.")
            .answers_pages::<LinkView>(),
        Endpoint::on(Method::GET, "/links/{link}", "readLink", links::read)
            .about("One link, with what the identity provider sent.")
            .answers::<LinkView>(200)
            .versioned(),
        Endpoint::on(Method::POST, "/links/{link}/approve", "approveLink", links::approve)
            .about("Approves a link: the identity provider's next attempt to create that very person links. It holds for 30 days.")
            .answers::<LinkView>(200)
            .versioned()
            .guarded(),
        Endpoint::on(Method::POST, "/links/{link}/reject", "rejectLink", links::reject)
            .about("Rejects a link: no attempt links.")
            .answers::<LinkView>(200)
            .versioned()
            .guarded(),
    ]
}

fn of_what_happened() -> Vec<Endpoint> {
    vec![
        Endpoint::on(Method::GET, "/events", "listEvents", events::feed)
            .about("The journal as a feed: every change in the order of commits, numbered without gaps from the oldest that is kept. Ask on with `next`.")
            .with(Parameter::number("after", "Events after this number; 0 for all.", 0, Some(i64::MAX), 56))
            .with(Parameter::number("limit", "How many at most.", 1, Some(super::page::MAX), 100))
            .answers::<events::EventFeed>(200),
        Endpoint::on(Method::GET, "/jobs", "listJobs", jobs::list)
            .about("Changes that concern many people and are carried out in the background, newest first.")
            .answers_pages::<jobs::JobView>(),
        Endpoint::on(Method::GET, "/jobs/{job}", "readJob", jobs::read)
            .about("How one of them stands.")
            .answers::<jobs::JobView>(200),
    ]
}
