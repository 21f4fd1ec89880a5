-- Keys of the admin API, the answers that are given again, and the indexes that its lists run on.

-- Tenant 0 stands for no tenant: the key of an operator.
create table api_keys (
    tenant_id bigint not null,
    id text not null,
    name text not null,
    digest text not null,
    scopes text not null,
    created_at bigint not null,
    created_by text not null,
    expires_at bigint,
    revoked_at bigint,
    revoked_by text,
    last_used_at bigint,
    last_used_address text,
    primary key (tenant_id, id)
);
-- The gate knows a key by its digest before it knows the tenant.
create unique index api_keys_digest on api_keys (digest);

create table replays (
    tenant_id bigint not null,
    key_id text not null,
    name text not null,
    fingerprint text not null,
    request_id text not null,
    at bigint not null,
    carried bigint not null,
    answer text,
    primary key (tenant_id, key_id, name)
);
create index replays_at on replays (tenant_id, key_id, at);

alter table roles add column version bigint not null default 1;

alter table users add column email_key text;
-- Addresses beyond ASCII get their key when their user changes next.
update users set email_key = lower(email) where email is not null;
create index users_email_key on users (tenant_id, email_key) where email_key is not null;
create index users_any_user_name_key on users (tenant_id, user_name_key);
create index users_any_external_id on users (tenant_id, external_id) where external_id is not null;
