create table server (
  id text primary key,
  name text not null unique,
  hostname text not null,
  docker_port integer not null,
  tls_ca_path text,
  tls_cert_path text,
  tls_key_path text,
  -- Set for the engine beside compute, which is reached over its socket and not over TLS.
  docker_socket text unique,
  total_cpu double precision not null,
  total_memory_mb integer not null,
  total_disk_gb double precision not null,
  -- Grows with each change of the registration and each request to check it; compute checks what it has not seen.
  version integer not null default 1,
  -- The version of the last observation.
  checked_version integer not null default 0,
  admin_status text not null default 'active' check (admin_status in ('active', 'draining', 'maintenance')),
  observed_status text not null default 'pending'
    check (observed_status in ('pending', 'ready', 'unreachable', 'unfit')),
  reason text,
  checks jsonb not null default '[]',
  facts jsonb,
  last_seen_at timestamptz,
  created_at timestamptz not null default now()
);

create table workspace (
  id text primary key,
  owner_id text not null references "user" (id),
  name text not null,
  -- As asked for; null is the platform’s default. placed_image is what compute really used.
  image text,
  placed_image text,
  size text not null check (size in ('small', 'medium', 'large')),
  git_url text,
  branch text,
  env jsonb not null default '{}',
  desired_status text not null default 'running'
    check (desired_status in ('running', 'paused', 'stopped', 'deleted')),
  status text not null default 'creating'
    check (status in ('creating', 'running', 'pausing', 'paused', 'stopping', 'stopped', 'unreachable', 'failed', 'deleted')),
  reason text,
  -- Grows with each change of what is wanted. settled: what is wanted at this version was reached, or given up.
  version integer not null default 1,
  settled boolean not null default false,
  server_id text references server (id) on delete set null,
  storage_key text not null unique,
  container_id text,
  -- First seen running; from then on its storage pins it to its server.
  ran_at timestamptz,
  reserved_cpu double precision not null default 0,
  reserved_memory_mb integer not null default 0,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  lease_token text,
  lease_expires_at timestamptz,
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  last_active_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index workspace_owner_id_idx on workspace (owner_id, id);
create index workspace_server_id_idx on workspace (server_id) where status <> 'deleted';
create index workspace_unsettled_idx on workspace (next_attempt_at) where not settled;

-- One row. Locked while a workspace is put on a server, so that limits hold under concurrency.
create table fleet (
  id boolean primary key default true check (id),
  -- As compute said last; the default of COMPUTE_MAX_WORKSPACES until it has placed its first workspace.
  max_workspaces integer not null default 50
);
insert into fleet default values;
