-- Mappings by hand beside those that a group's name leads to, rules, users locked by hand, work in the background.

alter table users add column locked_at bigint;

-- What gave a membership: a group, or a rule over attributes.
alter table memberships rename column group_id to source_id;
create index memberships_given_role on memberships (tenant_id, role_id, user_id) where reason = 'hand';

-- A row without organization and role says that the group stands for nothing. Until now a group had one row at most.
create table mappings_of_groups (
    tenant_id bigint not null,
    connection_id bigint not null,
    group_id text not null,
    id text not null,
    organization_id text,
    role_id text,
    inherit bigint not null,
    origin text not null,
    rule_id text,
    paused bigint not null,
    version bigint not null,
    created_at bigint not null,
    modified_at bigint not null,
    primary key (tenant_id, connection_id, group_id, id)
) /*without rowid*/;
insert into mappings_of_groups (tenant_id, connection_id, group_id, id, organization_id, role_id, inherit, origin,
    rule_id, paused, version, created_at, modified_at)
    select tenant_id, connection_id, group_id, group_id, organization_id, role_id, inherit, origin, null, paused, 1,
        created_at, created_at from mappings;
drop table mappings;
alter table mappings_of_groups rename to mappings;
create unique index mappings_id on mappings (tenant_id, connection_id, id);
create unique index mappings_role_id on mappings (tenant_id, connection_id, group_id, organization_id, role_id);
create index mappings_organization on mappings (tenant_id, organization_id);
create index mappings_role on mappings (tenant_id, role_id);

create table rules (
    tenant_id bigint not null,
    connection_id bigint not null,
    id text not null,
    kind text not null,
    position bigint not null,
    name text not null,
    subject text,
    expression text not null,
    organization_id text,
    role_id text,
    inherit bigint not null,
    paused bigint not null,
    version bigint not null,
    created_at bigint not null,
    modified_at bigint not null,
    primary key (tenant_id, connection_id, id)
);
create index rules_organization on rules (tenant_id, organization_id);
create index rules_role on rules (tenant_id, role_id);

create table jobs (
    tenant_id bigint not null,
    id text not null,
    connection_id bigint not null,
    kind text not null,
    detail text not null,
    state text not null,
    phase text not null,
    place text not null,
    done bigint not null,
    total bigint not null,
    actor_kind text not null,
    actor_id text,
    failure text,
    created_at bigint not null,
    modified_at bigint not null,
    finished_at bigint,
    primary key (tenant_id, id)
);
create index jobs_connection_id on jobs (tenant_id, connection_id, id) where finished_at is null;
