create table token (
  id text primary key,
  user_id text not null references "user" (id) on delete cascade,
  name text not null,
  -- sha-256 of the secret; the secret itself is stored nowhere.
  secret_hash bytea not null unique,
  scope text not null check (scope in ('read', 'write', 'admin')),
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz
);
create index token_user_id_idx on token (user_id, id);

-- Written in the transaction that makes the resource: a repeated request finds the resource, not a second one.
create table idempotency_key (
  user_id text not null references "user" (id) on delete cascade,
  key text not null,
  operation text not null,
  request_hash bytea not null,
  resource_id text not null,
  created_at timestamptz not null default now(),
  primary key (user_id, key)
);
create index idempotency_key_created_at_idx on idempotency_key (created_at);
