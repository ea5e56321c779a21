create table platform_setting (
  key text primary key,
  value jsonb not null,
  updated_by text references "user" (id) on delete set null,
  updated_at timestamptz not null default now()
);

create table invitation (
  id text primary key,
  -- In lower case, as better-auth stores addresses.
  email text not null,
  role text not null check (role in ('user', 'admin')),
  -- sha-256 of the secret; the secret itself is stored nowhere.
  secret_hash bytea not null unique,
  invited_by text references "user" (id) on delete set null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz
);
create index invitation_open_email_idx on invitation (email) where used_at is null and revoked_at is null;
