-- What the console counts of a connection without reading every row of it.

create index requests_at on requests (tenant_id, connection_id, at, status, method);
create index requests_refused on requests (tenant_id, connection_id, id, method, status) where status >= 400;
create index users_status on users (tenant_id, connection_id, status);
create index users_incomplete on users (tenant_id, connection_id)
    where linked = 1 and (email is null or given_name is null or family_name is null);
