-- Providers that people may sign in with at the console (OpenID Connect), and whose account there is whose here. No
-- secret is in here: a provider's client secret stays with whoever runs the machine.

create table sign_in_providers (
    id text not null primary key,
    name text not null,
    issuer text not null,
    client_id text not null,
    has_secret bigint not null,
    created_at bigint not null,
    created_by text not null
);
create unique index sign_in_providers_issuer on sign_in_providers (issuer);

create table administrator_identities (
    issuer text not null,
    subject text not null,
    id text not null,
    administrator_id text not null,
    told text,
    created_at bigint not null,
    last_used_at bigint,
    primary key (issuer, subject)
);
create index administrator_identities_administrator on administrator_identities (administrator_id);

-- Browsers that are at a provider just now. Each comes back once.
create table sign_in_requests (
    digest text not null primary key,
    provider_id text not null,
    purpose text not null,
    administrator_id text,
    opened_by text,
    next text not null,
    created_at bigint not null,
    expires_at bigint not null
);
