-- With which one server enrols itself, once.
create table join_token (
  id text primary key,
  -- sha-256; the token itself is stored nowhere.
  secret_hash bytea not null unique,
  -- The one server that it is for.
  name text not null,
  hostname text not null,
  docker_port integer not null,
  -- What it is to have besides; null: it was not said.
  labels jsonb,
  region text,
  -- Set where that server is registered already: it is given a new certificate.
  server_id text references server (id) on delete cascade,
  created_by text not null references "user" (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz,
  -- The request that is being answered with it.
  held_by text,
  held_until timestamptz,
  check ((held_by is null) = (held_until is null))
);
create index join_token_expires_at_idx on join_token (expires_at);
create index join_token_server_id_idx on join_token (server_id) where server_id is not null;
create index join_token_created_by_idx on join_token (created_by);

-- When it enrolled itself; null: its certificates are the operator’s own.
alter table server add column enrolled_at timestamptz;
