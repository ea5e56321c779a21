create table ssh_key (
  id text primary key,
  user_id text not null references "user" (id) on delete cascade,
  name text not null check (length(name) <= 100),
  type text not null,
  -- As it crosses the wire (RFC 4253 §6.6), in base64. The private half never comes here.
  public_key text not null check (length(public_key) <= 1000),
  fingerprint text not null,
  created_at timestamptz not null default now(),
  unique (user_id, fingerprint)
);
