-- Connections that ended, people who were erased, and how long history is kept.

alter table connections add column ending text;
alter table connections add column ended_at bigint;

-- That somebody was erased, when, by whom and why. Names nobody.
create table erasures (
    tenant_id bigint not null,
    user_id text not null,
    at bigint not null,
    actor_kind text not null,
    actor_id text,
    reason text not null,
    primary key (tenant_id, user_id)
);

-- How many days events and records are kept; null for all of them.
alter table tenants add column keep_events bigint;
alter table tenants add column keep_records bigint default 90;
-- The oldest event there is, and the instant before which those that went were written.
alter table tenants add column first_event bigint not null default 1;
alter table tenants add column events_since bigint not null default 0;

-- Who gave a membership by hand, once the event that told it has gone.
alter table memberships add column given_by text;
