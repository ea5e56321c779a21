-- Who works on workspaces, and when it was last heard of.
create table compute_worker (
  id text primary key,
  seen_at timestamptz not null default now()
);

-- What each compute sees of a server: one may be cut off from it while another is not.
create table server_sighting (
  server_id text not null references server (id) on delete cascade,
  worker_id text not null references compute_worker (id) on delete cascade,
  -- Of the registration that was looked at.
  version integer not null,
  is_reached boolean not null,
  primary key (server_id, worker_id)
);
create index server_sighting_worker_idx on server_sighting (worker_id);
