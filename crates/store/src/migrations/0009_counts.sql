-- How many users and groups a connection has. Every list without a filter says it, and counting takes as long as there are
-- many.
create table mirror_counts (
    tenant_id bigint not null,
    connection_id bigint not null,
    kind text not null,
    total bigint not null,
    primary key (tenant_id, connection_id, kind)
) /*without rowid*/;
insert into mirror_counts (tenant_id, connection_id, kind, total)
    select tenant_id, connection_id, 'user', count(*) from mirror_users group by tenant_id, connection_id;
insert into mirror_counts (tenant_id, connection_id, kind, total)
    select tenant_id, connection_id, 'group', count(*) from mirror_groups group by tenant_id, connection_id;
