-- Portable between SQLite and PostgreSQL: text, bigint (instants are microseconds since 1970 UTC, booleans 0 and 1),
-- no default that only one engine has. The tenant leads every key and index: that is isolation, and what lets
-- the database be sharded by tenant.

create table installation (
    name text not null primary key,
    value text not null
);

create table tenants (
    tenant_id bigint not null primary key,
    name text not null,
    name_key text not null,
    root_organization_id text not null,
    default_organization_id text not null,
    default_role_id text not null,
    last_event bigint not null,
    created_at bigint not null
);
create unique index tenants_name_key on tenants (name_key);

create table connections (
    tenant_id bigint not null,
    connection_id bigint not null,
    id text not null,
    name text not null,
    provider text not null,
    settings text not null,
    version bigint not null,
    created_at bigint not null,
    modified_at bigint not null,
    primary key (tenant_id, connection_id)
);
-- The gate knows a connection by its public id before it knows the tenant.
create unique index connections_id on connections (id);

create table tokens (
    tenant_id bigint not null,
    connection_id bigint not null,
    id text not null,
    name text not null,
    digest text not null,
    read_only bigint not null,
    created_at bigint not null,
    expires_at bigint,
    revoked_at bigint,
    last_used_at bigint,
    last_used_address text,
    last_used_agent text,
    primary key (tenant_id, connection_id, id)
);
-- The gate knows a token by its digest before it knows the tenant.
create unique index tokens_digest on tokens (digest);

create table extensions (
    tenant_id bigint not null,
    id_key text not null,
    id text not null,
    document text not null,
    created_at bigint not null,
    modified_at bigint not null,
    primary key (tenant_id, id_key)
);

create table mirror_users (
    tenant_id bigint not null,
    connection_id bigint not null,
    id text not null,
    user_id text not null,
    user_name text not null,
    user_name_key text not null,
    external_id text,
    display_name text,
    display_name_key text,
    active bigint not null,
    document text not null,
    version bigint not null,
    created_at bigint not null,
    modified_at bigint not null,
    primary key (tenant_id, connection_id, id)
);
create unique index mirror_users_user_name_key on mirror_users (tenant_id, connection_id, user_name_key);
create index mirror_users_external_id on mirror_users (tenant_id, connection_id, external_id) where external_id is not null;
create index mirror_users_display_name_key on mirror_users (tenant_id, connection_id, display_name_key) where display_name_key is not null;
create index mirror_users_user_id on mirror_users (tenant_id, user_id);

create table mirror_emails (
    tenant_id bigint not null,
    connection_id bigint not null,
    email_key text not null,
    id text not null,
    primary key (tenant_id, connection_id, email_key, id)
) /*without rowid*/;
create index mirror_emails_id on mirror_emails (tenant_id, connection_id, id);

create table mirror_groups (
    tenant_id bigint not null,
    connection_id bigint not null,
    id text not null,
    display_name text not null,
    display_name_key text not null,
    external_id text,
    document text not null,
    version bigint not null,
    created_at bigint not null,
    modified_at bigint not null,
    primary key (tenant_id, connection_id, id)
);
-- Not unique: two groups of one name may live side by side when their externalIds tell them apart.
create index mirror_groups_display_name_key on mirror_groups (tenant_id, connection_id, display_name_key);
create index mirror_groups_external_id on mirror_groups (tenant_id, connection_id, external_id) where external_id is not null;

create table members (
    tenant_id bigint not null,
    connection_id bigint not null,
    group_id text not null,
    member_id text not null,
    kind text not null,
    added_at bigint not null,
    request_id text not null,
    token_id text,
    primary key (tenant_id, connection_id, group_id, member_id)
) /*without rowid*/;
create index members_member_id on members (tenant_id, connection_id, member_id, group_id);
create index members_kind on members (tenant_id, connection_id, group_id, member_id) where kind = 'group';

create table users (
    tenant_id bigint not null,
    id text not null,
    connection_id bigint,
    status text not null,
    linked bigint not null,
    user_name text not null,
    user_name_key text not null,
    external_id text,
    email text,
    given_name text,
    family_name text,
    display_name text,
    version bigint not null,
    created_at bigint not null,
    modified_at bigint not null,
    primary key (tenant_id, id)
);
-- Among users that are by hand or still fed by a connection, a username names one person.
create unique index users_user_name_key on users (tenant_id, user_name_key) where linked = 1;
create index users_source on users (tenant_id, connection_id, user_name_key);
create index users_external_id on users (tenant_id, connection_id, external_id) where external_id is not null;

create table organizations (
    tenant_id bigint not null,
    id text not null,
    parent_id text,
    name text not null,
    name_key text not null,
    slug text not null,
    kind text not null,
    origin text not null,
    archived_at bigint,
    version bigint not null,
    created_at bigint not null,
    modified_at bigint not null,
    primary key (tenant_id, id)
);
create unique index organizations_slug on organizations (tenant_id, slug) where archived_at is null;
create index organizations_name_key on organizations (tenant_id, name_key);
create index organizations_parent_id on organizations (tenant_id, parent_id);

create table roles (
    tenant_id bigint not null,
    id text not null,
    name text not null,
    name_key text not null,
    priority bigint not null,
    permissions text not null,
    built_in bigint not null,
    created_at bigint not null,
    primary key (tenant_id, id)
);
create unique index roles_name_key on roles (tenant_id, name_key);

create table mappings (
    tenant_id bigint not null,
    connection_id bigint not null,
    group_id text not null,
    organization_id text not null,
    role_id text not null,
    inherit bigint not null,
    origin text not null,
    paused bigint not null,
    created_at bigint not null,
    primary key (tenant_id, connection_id, group_id, organization_id, role_id)
) /*without rowid*/;
create index mappings_organization_id on mappings (tenant_id, organization_id);

create table memberships (
    tenant_id bigint not null,
    user_id text not null,
    organization_id text not null,
    role_id text not null,
    reason text not null,
    connection_id bigint not null,
    group_id text not null,
    inherit bigint not null,
    since bigint not null,
    request_id text,
    primary key (tenant_id, user_id, organization_id, role_id, reason, connection_id, group_id)
) /*without rowid*/;
create index memberships_organization_id on memberships (tenant_id, organization_id, user_id);
create index memberships_group_id on memberships (tenant_id, connection_id, group_id, user_id) where reason = 'group';
create index memberships_role_id on memberships (tenant_id, organization_id, role_id, user_id) where reason = 'hand';

create table events (
    tenant_id bigint not null,
    number bigint not null,
    at bigint not null,
    kind text not null,
    subject_kind text not null,
    subject_id text not null,
    connection_id bigint,
    actor_kind text not null,
    actor_id text,
    request_id text,
    summary text not null,
    before text,
    after text,
    primary key (tenant_id, number)
) /*without rowid*/;
create index events_subject on events (tenant_id, subject_id, number);

create table requests (
    tenant_id bigint not null,
    connection_id bigint not null,
    id text not null,
    at bigint not null,
    duration bigint not null,
    method text not null,
    path text not null,
    query text,
    status bigint not null,
    token_id text,
    address text,
    user_agent text,
    changes text,
    notes text,
    error text,
    request_body text,
    response_body text,
    primary key (tenant_id, connection_id, id)
);
