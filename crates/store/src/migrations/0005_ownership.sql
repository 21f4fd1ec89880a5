-- Whose user it is: which resources a user follows, which domains a tenant has shown to be its own, and which links to
-- users by hand wait for a person.

-- Whether the directory's user follows the resource; 0 once another connection took the user over.
alter table mirror_users add column feeds bigint not null default 1;
-- One connection feeds a user by one resource.
drop index mirror_users_user_id;
create unique index mirror_users_connection_id on mirror_users (tenant_id, user_id, connection_id);

create index users_by_hand on users (tenant_id, id) where connection_id is null;

create table domains (
    tenant_id bigint not null,
    name text not null,
    challenge text not null,
    verified_at bigint,
    verified_by text,
    reason text,
    version bigint not null,
    created_at bigint not null,
    modified_at bigint not null,
    primary key (tenant_id, name)
);

create table links (
    tenant_id bigint not null,
    id text not null,
    connection_id bigint not null,
    user_id text not null,
    user_name text not null,
    external_id text,
    email text,
    state text not null,
    request_id text not null,
    decided_at bigint,
    decided_by text,
    version bigint not null,
    created_at bigint not null,
    modified_at bigint not null,
    primary key (tenant_id, id)
);
create unique index links_user_id on links (tenant_id, connection_id, user_id);
