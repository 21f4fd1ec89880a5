-- The names of people, folded, so that a piece of one is looked for where the rows are.
alter table users add column display_name_key text;
alter table users add column given_name_key text;
alter table users add column family_name_key text;
-- The version of the user whose names the keys are of. A release that knows no keys writes a version without them; they are
-- made when a newer one gets to it.
alter table users add column folded_version bigint not null default 0;
create index users_unfolded on users (tenant_id) where folded_version <> version;
