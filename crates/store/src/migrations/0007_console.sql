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
