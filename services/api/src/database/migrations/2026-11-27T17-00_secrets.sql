-- Variables of terminals and commands. Each value is encrypted with a data key of its own, which a key outside of the database wraps.
create table secret (
  -- Order of a rotation.
  id bigint generated always as identity unique,
  owner_kind text not null check (owner_kind in ('user', 'workspace')),
  owner_id text not null,
  name text not null check (length(name) between 1 and 128),
  -- Grows with each new value; the value can only be decrypted as this version.
  version integer not null default 1,
  -- Which key wrapped the data key: a digest of it, which tells nothing of it.
  key_id text not null,
  wrapped_key bytea not null,
  sealed_value bytea not null,
  value_bytes integer not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  user_id text generated always as (case when owner_kind = 'user' then owner_id end) stored
    references "user" (id) on delete cascade,
  workspace_id text generated always as (case when owner_kind = 'workspace' then owner_id end) stored
    references workspace (id) on delete cascade,
  primary key (owner_kind, owner_id, name)
);

create index secret_by_key on secret (key_id, id);
create index secret_by_user on secret (user_id) where user_id is not null;
create index secret_by_workspace on secret (workspace_id) where workspace_id is not null;

comment on column workspace.env is 'Variables in clear of an older Podex; api moves them into table secret when it starts with a key.';
