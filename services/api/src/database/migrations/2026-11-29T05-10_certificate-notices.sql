-- What admins were told by mail of certificates that end, so that each is told once.
create table certificate_notice (
  server_id text not null references server (id) on delete cascade,
  side text not null check (side in ('client', 'server')),
  expires_at timestamptz not null,
  stage text not null check (stage in ('two_weeks', 'three_days', 'expired')),
  told_at timestamptz not null default now(),
  primary key (server_id, side, expires_at, stage)
);
