-- People who sign in at the console, what each may do in which tenant, and where they are signed in.

create table administrators (
    id text not null primary key,
    email text not null,
    email_key text not null,
    name text not null,
    password text,
    created_at bigint not null,
    created_by text not null,
    disabled_at bigint,
    last_signed_in_at bigint
);
create unique index administrators_email_key on administrators (email_key);

-- Tenant 0 stands for the installation: whoever holds a grant there holds it in every tenant.
create table administrator_grants (
    tenant_id bigint not null,
    administrator_id text not null,
    role text not null,
    primary key (tenant_id, administrator_id)
);
create index administrator_grants_administrator on administrator_grants (administrator_id);

create table console_sessions (
    digest text not null primary key,
    id text not null,
    administrator_id text not null,
    csrf text not null,
    created_at bigint not null,
    expires_at bigint not null,
    last_used_at bigint not null,
    address text,
    agent text
);
create index console_sessions_administrator on console_sessions (administrator_id);

-- An authenticator app. To tell the next code its secret must be read, so it is kept as it is.
create table second_factors (
    administrator_id text not null primary key,
    secret text not null,
    last_step bigint not null,
    created_at bigint not null
);

create table recovery_codes (
    administrator_id text not null,
    digest text not null,
    primary key (administrator_id, digest)
);

-- What opens one thing once: the first run, an invitation, a new password, the second step of signing in.
create table tickets (
    digest text not null primary key,
    kind text not null,
    administrator_id text,
    created_at bigint not null,
    created_by text not null,
    expires_at bigint not null
);
create index tickets_administrator on tickets (administrator_id, kind);

-- How often somebody tried to sign in lately; in the database, so that every node and every start knows of it.
create table sign_in_attempts (
    subject text not null primary key,
    taken bigint not null,
    since bigint not null,
    failed_at bigint
);

-- The installation's own journal has tenant 0.
create table installation_journal (
    tenant_id bigint not null primary key,
    last_event bigint not null
);
insert into installation_journal (tenant_id, last_event) values (0, 0);
