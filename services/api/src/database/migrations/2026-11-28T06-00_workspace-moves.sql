-- A workspace on its way to another server. Leased work, as setups are.
create table workspace_move (
  id text primary key,
  workspace_id text not null references workspace (id),
  from_server text references server (id) on delete set null,
  -- As asked for, or as compute chose.
  to_server text references server (id) on delete set null,
  status text not null default 'queued'
    check (status in ('queued', 'copying', 'verifying', 'switching', 'cleaning', 'done', 'failed', 'cancelled')),
  -- What cleaning ends in. done: the old copy is removed, otherwise the new one.
  outcome text check (outcome in ('done', 'failed', 'cancelled')),
  reason text,
  -- Each copy has a folder of its own name, so that a late removal can only ever hit the copy it was meant for.
  source_key text not null,
  target_key text not null unique,
  bytes_done double precision not null default 0,
  bytes_total double precision,
  files_total double precision,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  lease_token text,
  lease_owner text,
  lease_expires_at timestamptz,
  requested_by text,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  check ((ended_at is not null) = (status in ('done', 'failed', 'cancelled'))),
  check ((outcome is not null) = (status = 'cleaning' or ended_at is not null))
);
-- One at a time.
create unique index workspace_move_open_idx on workspace_move (workspace_id) where ended_at is null;
create index workspace_move_due_idx on workspace_move (next_attempt_at) where ended_at is null;
create index workspace_move_from_idx on workspace_move (from_server, id);
create index workspace_move_to_idx on workspace_move (to_server) where ended_at is null;

alter table workspace
  -- It does not run as long as this move holds it, whatever is wanted.
  add column held_by_move text references workspace_move (id);

alter table server
  add column draining_since timestamptz;
