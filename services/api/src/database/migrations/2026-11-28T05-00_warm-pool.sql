-- One row: what the pool is made of, and which compute keeps it.
create table pool (
  id boolean primary key default true check (id),
  -- Stands on its containers: an engine may serve another Podex too.
  instance text not null default gen_random_uuid()::text,
  -- What slots are made of, as compute said last; null until one has kept the pool.
  image text,
  size text not null default 'small' check (size in ('small', 'medium', 'large')),
  -- As the variable of compute says; a setting stands above it.
  slots integer not null default 0,
  keeper_id text,
  lease_token text,
  lease_expires_at timestamptz,
  -- Why a slot could not be filled, the last time.
  failure text,
  failed_server_id text references server (id) on delete set null,
  failed_at timestamptz
);
insert into pool default values;

-- A started container that belongs to nobody. The row is there before its container and its folder, and goes after them, or when a
-- workspace takes both over.
create table pool_slot (
  storage_key text primary key,
  server_id text not null references server (id) on delete cascade,
  image text not null,
  size text not null check (size in ('small', 'medium', 'large')),
  status text not null default 'filling' check (status in ('filling', 'ready', 'removing')),
  container_id text,
  image_id text,
  -- Of the runtime that is mounted.
  version text,
  reserved_cpu double precision not null,
  reserved_memory_mb integer not null,
  created_at timestamptz not null default now(),
  ready_at timestamptz,
  check (status <> 'ready' or (container_id is not null and ready_at is not null))
);
create index pool_slot_server_id_idx on pool_slot (server_id);
create index pool_slot_ready_idx on pool_slot (image, size, ready_at) where status = 'ready';

-- null: before this was kept.
alter table workspace add column started_from text check (started_from in ('pool', 'cold'));
