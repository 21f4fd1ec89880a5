-- Clients that fetch their own access tokens by OAuth 2.0, and who sends a request without a token that a person made.

create table clients (
    tenant_id bigint not null,
    connection_id bigint not null,
    id text not null,
    name text not null,
    digest text,
    public_keys text,
    read_only bigint not null,
    created_at bigint not null,
    revoked_at bigint,
    primary key (tenant_id, connection_id, id)
);
-- The token endpoint knows a client by its id before it knows the tenant.
create unique index clients_id on clients (id);

-- Assertions that were taken, until they expire: none is taken twice.
create table assertions (
    tenant_id bigint not null,
    connection_id bigint not null,
    client_id text not null,
    digest text not null,
    expires_at bigint not null,
    primary key (tenant_id, connection_id, client_id, digest)
) /*without rowid*/;

-- The client that a token was issued to; null for one that a person made.
alter table tokens add column client_id text;
create index tokens_client_id on tokens (tenant_id, connection_id, client_id) where client_id is not null;

-- The client, or Entra ID's application, that sent a request; null where token_id says it all.
alter table requests add column caller text;
