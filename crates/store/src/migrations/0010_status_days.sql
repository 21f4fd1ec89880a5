-- What the console draws of a connection's people by day.

-- How many users of a connection had which status when a day was last looked at. Numbers alone: they name nobody.
create table status_days (
    tenant_id bigint not null,
    connection_id bigint not null,
    day bigint not null,
    active bigint not null,
    deactivated bigint not null,
    staged bigint not null,
    primary key (tenant_id, connection_id, day)
) /*without rowid*/;

create index events_deactivated on events (tenant_id, connection_id, at) where kind = 'user.deactivated';
